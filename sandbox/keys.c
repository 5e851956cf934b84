/* SPDX-License-Identifier: ISC */
/*
 * keys.c: the table of keys, and what to say of those that are not in it. Data, mostly.
 */
#define _GNU_SOURCE
#include "keys.h"

#include <string.h>
#include <sys/resource.h>

static const struct airlock__key keys[] = {
	{ "SystemCallFilter", airlock__set_filter, 0, false, false },
	{ "SystemCallErrorNumber", airlock__set_refusal, 0, true, false },
	{ "SystemCallLog", airlock__set_log, 0, false, false },
	{ "SystemCallRule", airlock__set_rule, 0, false, false },
	{ "SystemCallBaseline", airlock__set_baseline, 0, true, false },
	{ "SystemCallArchitectures", airlock__set_architectures, 0, false, false },
	{ "RestrictAddressFamilies", airlock__set_families, 0, false, false },
	{ "RestrictNamespaces", airlock__set_namespaces, 0, false, false },
	{ "RestrictRealtime", airlock__set_bool, AIRLOCK__REALTIME, true, false },
	{ "RestrictSUIDSGID", airlock__set_bool, AIRLOCK__SUID_SGID, true, false },
	{ "LockPersonality", airlock__set_bool, AIRLOCK__PERSONALITY, true, false },
	{ "MemoryDenyWriteExecute", airlock__set_bool, AIRLOCK__WRITE_EXECUTE, true, false },
	{ "ExecOnce", airlock__set_bool, AIRLOCK__EXEC_ONCE, true, false },
	{ "NoNewPrivileges", airlock__set_no_new_privs, 0, true, false },
	{ "CapabilityBoundingSet", airlock__set_capabilities, 0, false, true },
	{ "AmbientCapabilities", airlock__set_capabilities, 1, false, true },
	{ "User", airlock__set_user, 0, true, true },
	{ "Group", airlock__set_user, 1, true, true },
	{ "SupplementaryGroups", airlock__set_groups, 0, false, true },
	{ "UMask", airlock__set_umask, 0, true, true },
	{ "WorkingDirectory", airlock__set_directory, 0, true, true },
	{ "RootDirectory", airlock__set_root, 0, true, true },
	{ "LimitCPU", airlock__set_limit, RLIMIT_CPU, true, true },
	{ "LimitFSIZE", airlock__set_limit, RLIMIT_FSIZE, true, true },
	{ "LimitDATA", airlock__set_limit, RLIMIT_DATA, true, true },
	{ "LimitSTACK", airlock__set_limit, RLIMIT_STACK, true, true },
	{ "LimitCORE", airlock__set_limit, RLIMIT_CORE, true, true },
	{ "LimitRSS", airlock__set_limit, RLIMIT_RSS, true, true },
	{ "LimitNPROC", airlock__set_limit, RLIMIT_NPROC, true, true },
	{ "LimitNOFILE", airlock__set_limit, RLIMIT_NOFILE, true, true },
	{ "LimitMEMLOCK", airlock__set_limit, RLIMIT_MEMLOCK, true, true },
	{ "LimitAS", airlock__set_limit, RLIMIT_AS, true, true },
	{ "LimitLOCKS", airlock__set_limit, RLIMIT_LOCKS, true, true },
	{ "LimitSIGPENDING", airlock__set_limit, RLIMIT_SIGPENDING, true, true },
	{ "LimitMSGQUEUE", airlock__set_limit, RLIMIT_MSGQUEUE, true, true },
	{ "LimitNICE", airlock__set_limit, RLIMIT_NICE, true, true },
	{ "LimitRTPRIO", airlock__set_limit, RLIMIT_RTPRIO, true, true },
	{ "LimitRTTIME", airlock__set_limit, RLIMIT_RTTIME, true, true },
	{ "ReadPath", airlock__set_path, AIRLOCK__READ, false, true },
	{ "WritePath", airlock__set_path, AIRLOCK__WRITE, false, true },
	{ "ExecPath", airlock__set_path, AIRLOCK__EXEC, false, true },
	{ "BindTCP", airlock__set_ports, 0, false, false },
	{ "ConnectTCP", airlock__set_ports, 1, false, false },
	{ "Scope", airlock__set_scopes, 0, false, true },
	{ "Environment", airlock__set_environment, 0, false, true },
	{ "PassEnvironment", airlock__set_variables, 0, false, true },
	{ "UnsetEnvironment", airlock__set_variables, 1, false, true },
	{ "Nice", airlock__set_nice, 0, true, true },
	{ "CPUAffinity", airlock__set_cpus, 0, false, true },
	{ "OOMScoreAdjust", airlock__set_oom_score, 0, true, true },
	{ "BestEffort", airlock__set_best_effort, 0, false, true },
	{ "Include", NULL, 0, false, false },
};

#define NKEYS (sizeof keys / sizeof *keys)
_Static_assert(NKEYS <= AIRLOCK__MAX_KEYS, "sets of keys are of that size");

/* Keys of systemd's that have no place here, and what does the nearest to them. */
static const struct {
	const char *names, *instead;
} systemds[] = {
	{ " ProtectSystem ProtectHome ProtectProc ProcSubset PrivateTmp PrivateDevices "
	  "ProtectKernelTunables "
	  "ProtectControlGroups InaccessiblePaths TemporaryFileSystem RootImage RootImageOptions "
	  "RootHash "
	  "RootHashSignature RootVerity RootEphemeral MountImages ExtensionImages "
	  "ExtensionDirectories ",
	  "only what ReadPath= and WritePath= name can be reached" },
	{ " ReadOnlyPaths BindReadOnlyPaths ", "use ReadPath=" },
	{ " ReadWritePaths BindPaths StateDirectory CacheDirectory LogsDirectory RuntimeDirectory ",
	  "use WritePath=" },
	{ " ExecPaths NoExecPaths ", "use ExecPath=" },
	{ " ConfigurationDirectory EnvironmentFile LoadCredential LoadCredentialEncrypted "
	  "ImportCredential "
	  "SetCredential SetCredentialEncrypted ",
	  "use ReadPath= or Environment=" },
	{ " PrivateNetwork NetworkNamespacePath IPAddressAllow IPAddressDeny SocketBindAllow "
	  "SocketBindDeny "
	  "RestrictNetworkInterfaces ",
	  "use RestrictAddressFamilies=, BindTCP= and ConnectTCP=" },
	{ " PrivateUsers PrivateIPC IPCNamespacePath PrivateMounts PrivatePIDs MountFlags "
	  "MountAPIVFS ",
	  "no namespaces are made; Scope= and SystemCallFilter= may do" },
	{ " DynamicUser PAMName ", "use User=" },
	{ " ProtectClock ProtectHostname ProtectKernelModules ProtectKernelLogs ",
	  "use SystemCallFilter=~ with @clock, @module and the like" },
	{ " Personality ", "use LockPersonality=" },
	{ " SecureBits ", "they are set as the capabilities need it" },
	{ " MemoryMax MemoryHigh MemoryMin MemoryLow MemorySwapMax MemoryZSwapMax MemoryAccounting "
	  "TasksMax "
	  "TasksAccounting CPUQuota CPUQuotaPeriodSec CPUWeight CPUAccounting ",
	  "use LimitAS=, LimitNPROC= or LimitCPU=" },
	{ " AllowedCPUs StartupAllowedCPUs NUMAPolicy NUMAMask AllowedMemoryNodes ",
	  "use CPUAffinity=" },
	{ " CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork ", "use Nice=" },
	{ " ExecStart ExecStartPre ExecStartPost ExecCondition ExecReload ExecStop ExecStopPost ",
	  "the program is named where it is started" },
	{ " StandardInput StandardOutput StandardError StandardInputText StandardInputData "
	  "NonBlocking Sockets "
	  "FileDescriptorStoreMax USBFunctionDescriptors USBFunctionStrings OpenFile ",
	  "who starts the helper gives it its descriptors" },
	{ " Type ExitType RemainAfterExit GuessMainPID PIDFile BusName RestartSec RestartSteps "
	  "RestartMaxDelaySec "
	  "TimeoutStartSec TimeoutStopSec TimeoutAbortSec TimeoutSec TimeoutStartFailureMode "
	  "TimeoutStopFailureMode RuntimeMaxSec RuntimeRandomizedExtraSec WatchdogSec Restart "
	  "RestartMode "
	  "SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus "
	  "RootDirectoryStartOnly NotifyAccess "
	  "OOMPolicy KillMode KillSignal RestartKillSignal SendSIGHUP SendSIGKILL FinalKillSignal "
	  "WatchdogSignal "
	  "Slice Delegate ReloadSignal ",
	  "who starts the helper looks after it" },
	{ " ExecSearchPath SELinuxContext AppArmorProfile SmackProcessLabel CoredumpFilter "
	  "KeyringMode "
	  "TimerSlackNSec IgnoreSIGPIPE IOSchedulingClass IOSchedulingPriority RestrictFileSystems "
	  "RemoveIPC "
	  "RuntimeDirectoryMode StateDirectoryMode CacheDirectoryMode LogsDirectoryMode "
	  "ConfigurationDirectoryMode RuntimeDirectoryPreserve TimeoutCleanSec LogLevelMax "
	  "LogExtraFields "
	  "LogRateLimitIntervalSec LogRateLimitBurst LogFilterPatterns LogNamespace "
	  "SyslogIdentifier "
	  "SyslogFacility SyslogLevel SyslogLevelPrefix TTYPath TTYReset TTYVHangup TTYRows "
	  "TTYColumns "
	  "TTYVTDisallocate UtmpIdentifier UtmpMode StartupCPUWeight IOAccounting IOWeight "
	  "StartupIOWeight "
	  "IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax "
	  "IODeviceLatencyTargetSec IPAccounting IPIngressFilterPath IPEgressFilterPath BPFProgram "
	  "DeviceAllow "
	  "DevicePolicy DisableControllers ManagedOOMSwap ManagedOOMMemoryPressure "
	  "ManagedOOMMemoryPressureLimit ManagedOOMPreference StartupAllowedMemoryNodes "
	  "SetLoginEnvironment "
	  "MemoryKSM Description Documentation After Before Wants Requires WantedBy ",
	  "nothing here does what it does" },
};

const struct airlock__key *airlock__key_at(size_t i)
{
	return i < NKEYS ? &keys[i] : NULL;
}

size_t airlock__key_index(const struct airlock__key *key)
{
	return (size_t)(key - keys);
}

/* NULL: it is not systemd's */
static const char *instead_of(const char *name, size_t len)
{
	char padded[64];

	if (len > sizeof padded - 3 || memchr(name, ' ', len))
		return NULL;
	padded[0] = ' ';
	memcpy(padded + 1, name, len);
	memcpy(padded + 1 + len, " ", 2);
	for (size_t i = 0; i < sizeof systemds / sizeof *systemds; i++)
		if (strstr(systemds[i].names, padded))
			return systemds[i].instead;
	return NULL;
}

const struct airlock__key *airlock__key(const char *name, size_t len, struct airlock__wrong *w)
{
	struct airlock__nearest nearest;
	const char *instead;

	for (size_t i = 0; i < NKEYS; i++)
		if (len && *name == *keys[i].name && airlock__same(name, len, keys[i].name))
			return &keys[i];
	instead = instead_of(name, len);
	if (instead) {
		airlock__wrong(w, 0, "%s is systemd's, and not known here: %s",
			       airlock__show(name, len).text, instead);
		return NULL;
	}
	airlock__nearest_begin(&nearest, name, len);
	for (size_t i = 0; i < NKEYS; i++)
		airlock__nearest_try(&nearest, keys[i].name);
	airlock__unknown(w, 0, "key", &nearest);
	return NULL;
}
