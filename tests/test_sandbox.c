/* SPDX-License-Identifier: ISC */
/*
 * test_sandbox.c: profiles made into seals, seen from within the helper: what each key does, what the
 * report says of it, on this kernel and on others; who the helper is; threads; and the two secrets
 * that a seal lives by: the door into the caller, and the pointers of the one exec.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi.h"
#include "airlock/sandbox.h"
#include "bpf.h"

enum { NR_PIDFD_OPEN = 434, NR_PIDFD_GETFD = 438 };

/* Profiles and seals */

static struct airlock_profile *profile_of(const char *text)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e;

	assert_non_null(p);
	if (airlock_profile_parse(p, text, strlen(text), &e) < 0)
		fail_msg("%s:%u:%u: %s", e.source, e.line, e.column, e.message);
	assert_int_equal(airlock_profile_command(p, helper_program("report"), ARGV("report")), 0);
	return p;
}

static int try_seal(const char *text, struct airlock_seal **ret, struct airlock_report **ret_report)
{
	struct airlock_profile *p = profile_of(text);
	int r = airlock_seal_new(p, ret, ret_report);

	airlock_profile_free(p);
	return r;
}

static void print_losses(const struct airlock_report *report)
{
	for (size_t i = 0; i < airlock_report_count(report); i++)
		if (airlock_report_state(report, i) == AIRLOCK_LOST)
			print_message("lost: %s: %s\n", airlock_report_name(report, i),
				      airlock_report_reason(report, i));
}

static struct airlock_seal *seal_of(const char *text)
{
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	int r = try_seal(text, &seal, &report);

	print_losses(report);
	airlock_report_free(report);
	if (r < 0)
		fail_msg("no seal: %s: %s", strerror(-r), text);
	return seal;
}

static char *sealed_report(const char *text)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_seal *seal = seal_of(text);
	char *report;

	o.seal = seal;
	report = report_of(&o);
	airlock_seal_free(seal);
	return report;
}

/* Index of a line of the report; fails the test if it is not there. */
static size_t line_of(const struct airlock_report *report, const char *name)
{
	size_t i = 0;

	while (airlock_report_name(report, i) && strcmp(airlock_report_name(report, i), name))
		i++;
	if (!airlock_report_name(report, i))
		fail_msg("the report has no %s", name);
	return i;
}

static void must_state(const struct airlock_report *report, const char *name, enum airlock_state s,
		       const char *word)
{
	size_t i = line_of(report, name);

	if (airlock_report_state(report, i) != s || !strstr(airlock_report_reason(report, i), word))
		fail_msg("%s: %d (%s), not %d (%s)", name, airlock_report_state(report, i),
			 airlock_report_reason(report, i), s, word);
}

/* P8, P2: no seal, and that line of the report says why; nothing is left. */
static void must_not_seal(const char *text, int error, const char *name, const char *word)
{
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = (struct airlock_seal *)-1;
	struct snapshot *s;
	int r;

	/* the heap grows once */
	try_seal(text, &seal, &report);
	airlock_report_free(report);
	report = NULL;
	s = snapshot_take();
	r = try_seal(text, &seal, &report);
	if (r != error)
		fail_msg("%d, not %d: %s", r, error, text);
	assert_ptr_equal(seal, (struct airlock_seal *)-1);
	assert_non_null(report);
	must_state(report, name, AIRLOCK_LOST, word);
	airlock_report_free(report);
	/* where nobody asks for a report, too */
	assert_int_equal(try_seal(text, &seal, NULL), error);
	assert_ptr_equal(seal, (struct airlock_seal *)-1);
	assert_unchanged(s);
}

/* What holds in every profile */

static bool has_variable(const char *report, const char *assignment)
{
	char line[256];

	snprintf(line, sizeof line, "\nenv: %s", assignment);
	return strstr(report, line);
}

static void what_always_holds(void)
{
	char *report;

	setenv("LD_PRELOAD", "/nonexistent.so", 1);
	setenv("LC_AIRLOCK", "here", 1);
	setenv("AIRLOCK_SECRET", "here", 1);
	report = sealed_report("");
	must_report(report, "no-new-privs", "1");
	must_report(report, "seccomp", "2");
	/* which keeps cores from pipes, too */
	must_report(report, "limit 4", "1:1");
	assert_true(has_variable(report, "LC_AIRLOCK=here\n"));
	assert_false(has_variable(report, "LD_PRELOAD"));
	assert_false(has_variable(report, "AIRLOCK_SECRET"));
	free(report);
	report = sealed_report("PassEnvironment=AIRLOCK_SECRET\nUnsetEnvironment=LC_AIRLOCK\n"
			       "Environment=\"A=b c\" PATH=/x");
	assert_true(has_variable(report, "AIRLOCK_SECRET=here\n"));
	assert_true(has_variable(report, "A=b c\n"));
	assert_true(has_variable(report, "PATH=/x\n"));
	assert_false(has_variable(report, "LC_AIRLOCK"));
	free(report);
	unsetenv("LD_PRELOAD");
	unsetenv("LC_AIRLOCK");
	unsetenv("AIRLOCK_SECRET");
}

static void p1_what_holds_in_every_profile_holds_in_an_empty_one(void **state)
{
	(void)state;
	as_both(what_always_holds);
}

static void p9_there_is_no_second_exec(void **state)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM,
			    ARGV(helper_program("report"), "reexec", helper_program("report")));
	struct airlock_seal *seal = seal_of("");
	struct airlock_helper h;

	(void)state;
	o.seal = seal;
	h = must_spawn(&o);
	must_stop(&h, SIGSYS);
	airlock_seal_free(seal);
	/* unless the profile says so */
	seal = seal_of("ExecOnce=no");
	o.seal = seal;
	h = must_spawn(&o);
	must_stop(&h, 0);
	airlock_seal_free(seal);
}

/* Each key */

static const struct {
	const char *text, *key, *value;
} keys[] = {
	{ "UMask=0137", "umask", "137" },
	{ "WorkingDirectory=/usr", "cwd", "/usr" },
	{ "WorkingDirectory=-/nonexistent/folder\nWorkingDirectory=/", "cwd", "/" },
	{ "LimitCPU=10:20", "limit 0", "10:20" },
	{ "LimitCPU=1min", "limit 0", "60:60" },
	{ "LimitFSIZE=1M:2M", "limit 1", "1048576:2097152" },
	{ "LimitDATA=1G", "limit 2", "1073741824:1073741824" },
	{ "LimitSTACK=1M:4M", "limit 3", "1048576:4194304" },
	{ "LimitCORE=0:4K", "limit 4", "1:4096" },
	{ "LimitCORE=8K:8K", "limit 4", "8192:8192" },
	{ "LimitRSS=1M", "limit 5", "1048576:1048576" },
	{ "LimitNPROC=100:200", "limit 6", "100:200" },
	{ "LimitNOFILE=12:34", "limit 7", "12:34" },
	{ "LimitMEMLOCK=4K", "limit 8", "4096:4096" },
	{ "LimitAS=1G", "limit 9", "1073741824:1073741824" },
	{ "LimitLOCKS=5", "limit 10", "5:5" },
	{ "LimitSIGPENDING=6", "limit 11", "6:6" },
	{ "LimitMSGQUEUE=7", "limit 12", "7:7" },
	{ "LimitNICE=0", "limit 13", "0:0" },
	{ "LimitRTPRIO=0", "limit 14", "0:0" },
	{ "LimitRTTIME=1ms", "limit 15", "1000:1000" },
	{ "Nice=7", "nice", "7" },
	{ "CPUAffinity=0", "affinity", "1" },
};

static void each_key(void)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		char *report = sealed_report(keys[i].text);

		must_report(report, keys[i].key, keys[i].value);
		free(report);
	}
}

static void p1_each_key_does_what_it_says(void **state)
{
	(void)state;
	as_both(each_key);
}

static void p1_the_home_of_the_user_is_a_directory(void **state)
{
	char *report;

	(void)state;
	need_root();
	report = sealed_report("WorkingDirectory=~\nUser=daemon");
	must_report(report, "cwd", "/usr/sbin");
	free(report);
	report = sealed_report("WorkingDirectory=~");
	must_report(report, "cwd", getpwuid(0)->pw_dir);
	free(report);
}

static void p8_a_limit_out_of_reach_is_an_error_or_best_effort(void **state)
{
	struct rlimit now;
	char text[128], want[64], *report;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	if (now.rlim_max == RLIM_INFINITY)
		SKIP("no limit of this caller's can be exceeded");
	snprintf(text, sizeof text, "LimitNOFILE=%llu", (unsigned long long)now.rlim_max + 1);
	if (try_seal(text, &(struct airlock_seal *){ NULL }, NULL) == 0)
		SKIP("this caller may raise limits (CAP_SYS_RESOURCE)");
	must_not_seal(text, -EPERM, "rlimit-nofile", "CAP_SYS_RESOURCE");
	strcat(text, "\nBestEffort=rlimit");
	report = sealed_report(text);
	snprintf(want, sizeof want, "%llu:%llu", (unsigned long long)now.rlim_max,
		 (unsigned long long)now.rlim_max);
	must_report(report, "limit 7", want);
	free(report);
}

/* Who */

static const char nobody_text[] = "User=nobody\nSystemCallFilter=~@module\nExecPath=/\n";

static void p1_a_helper_is_nobody_with_nothing(void **state)
{
	char *report;

	(void)state;
	need_root();
	if (access(helper_program("report"), X_OK) < 0)
		SKIP("nobody can reach %s", helper_program("report"));
	/* the caller has groups to lose */
	report = sealed_report("User=nobody");
	must_report(report, "uid", "65534 65534 65534");
	must_report(report, "gid", "65534 65534 65534");
	must_report(report, "groups", "");
	must_report(report, "capabilities", "0 0 0 0 0");
	free(report);
	report = sealed_report("User=1234\nGroup=4321\nSupplementaryGroups=5 daemon");
	must_report(report, "uid", "1234 1234 1234");
	must_report(report, "gid", "4321 4321 4321");
	must_report(report, "groups", "1 5");
	free(report);
}

static void p1_root_has_no_capabilities_but_what_is_kept(void **state)
{
	char *report;

	(void)state;
	need_root();
	report = sealed_report("");
	must_report(report, "uid", "0 0 0");
	must_report(report, "capabilities", "0 0 0 0 0");
	free(report);
	report = sealed_report("CapabilityBoundingSet=CAP_CHOWN CAP_FOWNER");
	must_report(report, "capabilities", "9 9 0 9 0");
	free(report);
	report = sealed_report("User=nobody\nAmbientCapabilities=CAP_CHOWN");
	must_report(report, "uid", "65534 65534 65534");
	must_report(report, "capabilities", "1 1 1 1 1");
	free(report);
	must_not_seal("CapabilityBoundingSet=CAP_CHOWN\nAmbientCapabilities=CAP_KILL", -EINVAL,
		      "ambient-set", "CAP_KILL");
}

/* Its bounding set stays, and an exec gives root all of that, but nothing that it did not hold before. */
static void without_setpcap(void *arg)
{
	char *report, *caps;

	(void)arg;
	drop_capability(CAP_SETPCAP);
	report = sealed_report("");
	must_report(report, "uid", "0 0 0");
	caps = report_value(report, "capabilities");
	if (!caps || strncmp(caps, "0 0 0 ", 6))
		fail_msg("P1: root holds the capabilities %s", caps);
	free(caps);
	free(report);
}

static void p1_root_without_setpcap_has_no_capabilities_either(void **state)
{
	(void)state;
	need_root();
	in_child(without_setpcap, NULL);
}

static void p1_root_can_keep_an_ambient_set(void **state)
{
	char *report;

	(void)state;
	need_root();
	report = sealed_report("AmbientCapabilities=CAP_CHOWN");
	must_report(report, "uid", "0 0 0");
	must_report(report, "capabilities", "1 1 1 1 1");
	free(report);
}

static void p1_uid_0_is_no_more_than_another_for_good(void **state)
{
	/* each with its lock */
	const unsigned want = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
			      SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	char *report, *bits;

	(void)state;
	need_root();
	if (prctl(PR_GET_SECUREBITS))
		SKIP("this caller has secure bits of its own");
	report = sealed_report("");
	bits = report_value(report, "securebits");
	assert_non_null(bits);
	assert_int_equal(strtoul(bits, NULL, 16), want);
	free(bits);
	free(report);
}

static void p1_the_group_is_the_users_own(void **state)
{
	const struct passwd *u;
	char text[64], want[64], *report;

	(void)state;
	need_root();
	if (access(helper_program("report"), X_OK) < 0)
		SKIP("nobody can reach %s", helper_program("report"));
	setpwent();
	while ((u = getpwent()) && (u->pw_uid == u->pw_gid || u->pw_uid >= NOBODY))
		;
	endpwent();
	if (!u)
		SKIP("no user here has a group of another number");
	snprintf(text, sizeof text, "User=%u", u->pw_uid);
	snprintf(want, sizeof want, "%u %u %u", u->pw_gid, u->pw_gid, u->pw_gid);
	report = sealed_report(text);
	must_report(report, "gid", want);
	free(report);
}

static void p8_users_that_are_not_there_are_named(void **state)
{
	(void)state;
	must_not_seal("User=no-such-user", -ESRCH, "user", "no-such-user");
	must_not_seal("Group=no-such-group", -ESRCH, "group", "no-such-group");
	must_not_seal("SupplementaryGroups=no-such-group", -ESRCH, "groups", "no-such-group");
	must_not_seal("User=4000000001", -ESRCH, "user", "Group=");
}

/* What the design says of callers like Squid's */
static void unprivileged(void)
{
	struct airlock_report *report = NULL;
	struct airlock_seal *seal;
	char *text;

	assert_int_equal(try_seal("", &seal, &report), 0);
	must_state(report, "groups", AIRLOCK_NOT_ASKED, "unprivileged");
	must_state(report, "bounding-set", AIRLOCK_NOT_ASKED, "unprivileged");
	must_state(report, "securebits", AIRLOCK_NOT_ASKED, "unprivileged");
	must_state(report, "capabilities", AIRLOCK_ENFORCED, "0 kept");
	airlock_report_free(report);
	airlock_seal_free(seal);
	text = sealed_report("");
	assert_non_null(text);
	free(text);
	must_not_seal("User=root", -EPERM, "user", "CAP_SETUID");
	must_not_seal("Group=0", -EPERM, "group", "CAP_SETGID");
	must_not_seal("SupplementaryGroups=daemon", -EPERM, "groups", "CAP_SETGID");
	must_not_seal("CapabilityBoundingSet=CAP_CHOWN", -EPERM, "bounding-set", "CAP_SETPCAP");
	must_not_seal("AmbientCapabilities=CAP_CHOWN", -EPERM, "ambient-set", "CAP_CHOWN");
	must_not_seal("RootDirectory=/", -EPERM, "root", "CAP_SYS_CHROOT");
	/* who they are already they may become */
	text = sealed_report("User=nobody");
	must_report(text, "uid", "65534 65534 65534");
	free(text);
	/* and what they cannot, they may do without, if they say so */
	text = sealed_report("SupplementaryGroups=daemon\nBestEffort=groups");
	assert_non_null(text);
	free(text);
}

static void p8_the_unprivileged_get_what_they_can(void **state)
{
	(void)state;
	need_root();
	as_nobody(unprivileged);
}

/*
 * A daemon that was started by root and has put on another's ids for the time being, as proxies do. exec with
 * no_new_privs makes the real id the effective one: the helper must not be root for it.
 */
static void with_borrowed_ids(void *arg)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	char *text, *caps;

	(void)arg;
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setegid(NOBODY), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	if (access(helper_program("report"), X_OK) < 0)
		SKIP("nobody can reach %s", helper_program("report"));
	assert_int_equal(try_seal("", &seal, &report), 0);
	must_state(report, "user", AIRLOCK_ENFORCED, "65534");
	must_state(report, "group", AIRLOCK_ENFORCED, "65534");
	airlock_report_free(report);
	o.seal = seal;
	text = report_of(&o);
	must_report(text, "uid", "65534 65534 65534");
	must_report(text, "gid", "65534 65534 65534");
	caps = report_value(text, "capabilities");
	assert_true(caps && !strncmp(caps, "0 0 0 ", 6));
	free(caps);
	free(text);
	airlock_seal_free(seal);
	/* and by name, which needs no privilege */
	seal = seal_of("User=nobody");
	airlock_seal_free(seal);
	/* or be what it was */
	seal = seal_of("User=0\nGroup=0");
	airlock_seal_free(seal);
}

static void p1_borrowed_ids_are_for_good(void **state)
{
	(void)state;
	need_root();
	in_child(with_borrowed_ids, NULL);
}

/* The report */

static const char all_asked[] =
	"SystemCallFilter=@system-service\nSystemCallLog=getpid\nSystemCallRule=socket: arg0 == 1\n"
	"RestrictAddressFamilies=AF_UNIX\nRestrictNamespaces=yes\nRestrictRealtime=yes\n"
	"RestrictSUIDSGID=yes\nLockPersonality=yes\nMemoryDenyWriteExecute=yes\n"
	"ReadPath=/\nExecPath=/\nWritePath=/tmp\nBindTCP=none\nConnectTCP=80\n"
	"Scope=abstract-unix-socket signal\nLimitCPU=60\nUMask=077\nWorkingDirectory=/\nNice=1\n"
	"CPUAffinity=0\nOOMScoreAdjust=100\n";

static void p8_the_report_tells_what_was_asked(void **state)
{
	static const char *const asked[] = {
		"no-new-privs",
		"one-exec",
		"seccomp-filter",
		"seccomp-baseline",
		"seccomp-rules",
		"seccomp-log",
		"address-families",
		"namespaces",
		"realtime",
		"suid-sgid",
		"lock-personality",
		"write-execute",
		"landlock-fs",
		"landlock-truncate",
		"landlock-ioctl-dev",
		"landlock-bind-tcp",
		"landlock-connect-tcp",
		"landlock-scope",
		"rlimit-cpu",
		"rlimit-core",
		"umask",
		"directory",
		"nice",
		"cpu-affinity",
		"oom-score",
		"capabilities",
		"environment",
	};
	static const char *const not_by_default[] = {
		"seccomp-filter", "seccomp-rules", "seccomp-log",    "address-families",
		"namespaces",	  "realtime",	   "suid-sgid",	     "lock-personality",
		"write-execute",  "landlock-fs",   "landlock-scope", "landlock-bind-tcp",
		"rlimit-cpu",	  "user",	   "umask",	     "root",
		"directory",
	};
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;

	(void)state;
	if (try_seal(all_asked, &seal, &report) == -EOPNOTSUPP) {
		print_losses(report);
		airlock_report_free(report);
		SKIP("this kernel cannot enforce all there is");
	}
	assert_non_null(seal);
	for (size_t i = 0; i < COUNT(asked); i++)
		must_state(report, asked[i], AIRLOCK_ENFORCED, "");
	must_state(report, "seccomp-filter", AIRLOCK_ENFORCED, "instructions");
	must_state(report, "landlock-fs", AIRLOCK_ENFORCED, "ABI");
	airlock_seal_free(seal);
	airlock_report_free(report);

	assert_int_equal(try_seal("", &seal, &report), 0);
	must_state(report, "one-exec", AIRLOCK_ENFORCED, "");
	for (size_t i = 0; i < COUNT(not_by_default); i++)
		must_state(report, not_by_default[i], AIRLOCK_NOT_ASKED, "");
	assert_null(airlock_report_name(report, airlock_report_count(report)));
	assert_null(airlock_report_reason(report, airlock_report_count(report)));
	airlock_seal_free(seal);
	airlock_report_free(report);
}

/* A kernel that has less: what needs which ABI */
static const struct {
	const char *name;
	int abi;
} landlock_parts[] = {
	{ "landlock-fs", 1 },	    { "landlock-truncate", 3 },	   { "landlock-ioctl-dev", 5 },
	{ "landlock-bind-tcp", 4 }, { "landlock-connect-tcp", 4 }, { "landlock-scope", 6 },
};

/* 0: there is no Landlock; below 0: asked for it, the kernel, or a filter, says that errno */
static void on_a_kernel_with(void *arg)
{
	int abi = *(int *)arg;
	char text[2048];
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	char *words;

	if (!pretend_landlock_abi(abi))
		SKIP("nobody here may answer for the kernel");
	for (size_t i = 0; i < COUNT(landlock_parts); i++)
		if (abi < landlock_parts[i].abi) {
			must_not_seal(all_asked, abi == -EPERM ? -EPERM : -EOPNOTSUPP,
				      landlock_parts[i].name, "");
			break;
		}
	snprintf(text, sizeof text, "%sBestEffort=landlock\n", all_asked);
	assert_int_equal(try_seal(text, &seal, &report), 0);
	for (size_t i = 0; i < COUNT(landlock_parts); i++)
		must_state(report, landlock_parts[i].name,
			   abi < landlock_parts[i].abi ? AIRLOCK_LOST : AIRLOCK_ENFORCED, "");
	must_state(report, "seccomp-filter", AIRLOCK_ENFORCED, "");
	o.seal = seal;
	words = report_of(&o);
	must_report(words, "seccomp", "2");
	free(words);
	airlock_seal_free(seal);
	airlock_report_free(report);
}

static void p8_the_report_is_true_on_older_kernels(void **state)
{
	static int abis[] = { 0, -EPERM, -EOPNOTSUPP, 1, 2, 3, 4, 5, 6 };

	(void)state;
	if (under_valgrind())
		SKIP("valgrind answers for some calls itself");
	for (size_t i = 0; i < COUNT(abis); i++)
		in_child(on_a_kernel_with, &abis[i]);
}

static void without_seccomp(void *arg)
{
	const struct call_rule rule = { SYS_seccomp, 0, 0, 0,
					SECCOMP_RET_ERRNO | (uint32_t) * (int *)arg };
	int error = *(int *)arg == EPERM ? -EPERM : -EOPNOTSUPP;
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	char *words;
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));

	if (!filter_calls(&rule, 1))
		SKIP("no filter can be had");
	must_not_seal("", error, "one-exec", "SECCOMP");
	must_not_seal("BestEffort=seccomp", error, "one-exec", "SECCOMP");
	must_not_seal("ExecOnce=no\nSystemCallFilter=~@module", error, "seccomp-filter", "SECCOMP");
	assert_int_equal(try_seal("ExecOnce=no\nSystemCallFilter=~@module\nBestEffort=seccomp",
				  &seal, &report),
			 0);
	must_state(report, "seccomp-filter", AIRLOCK_LOST, "SECCOMP");
	must_state(report, "one-exec", AIRLOCK_NOT_ASKED, "");
	o.seal = seal;
	words = report_of(&o);
	must_report(words, "no-new-privs", "1");
	free(words);
	airlock_seal_free(seal);
	airlock_report_free(report);
}

static void p8_without_seccomp_there_is_no_one_exec(void **state)
{
	static int errors[] = { ENOSYS, EPERM, EINVAL };

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++)
		in_child(without_seccomp, &errors[i]);
}

/* What may be lost between the making of a seal and a spawn is named by the spawn. */
static void sealed_spawn_without_landlock(void *arg)
{
	const struct call_rule rule = { 446 /* landlock_restrict_self */, 0, 0, 0,
					SECCOMP_RET_ERRNO | EPERM };
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_seal *seal = seal_of("ReadPath=/\nExecPath=/\n");
	struct airlock_error e;

	(void)arg;
	if (!filter_calls(&rule, 1))
		SKIP("no filter can be had");
	o.seal = seal;
	assert_int_equal(must_fail(&o, &e), -EPERM);
	assert_int_equal(e.step, AIRLOCK_STEP_LANDLOCK);
	airlock_seal_free(seal);
}

static void p8_a_restriction_that_fails_in_the_child_is_named(void **state)
{
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;

	(void)state;
	if (try_seal("ReadPath=/\n", &seal, &report) == -EOPNOTSUPP) {
		airlock_report_free(report);
		SKIP("no Landlock here");
	}
	airlock_report_free(report);
	airlock_seal_free(seal);
	in_child(sealed_spawn_without_landlock, NULL);
}

/* The program for others */

static void the_exported_program_is_the_filter_without_the_one_exec(void **state)
{
	enum { MOST = 4096 };
	static struct sock_filter code[MOST];
	struct airlock_seal *seal =
		seal_of("SystemCallFilter=@basic-io\nSystemCallErrorNumber=EPERM\n"
			"SystemCallRule=kill: arg1 == 0; return EACCES\nLockPersonality=yes");
	struct seccomp_data d = { .nr = SYS_execve };
	int fd = memfd_create("program", MFD_CLOEXEC),
	    full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ssize_t n;
	size_t at;
	const char *why;

	(void)state;
	assert_int_equal(airlock_seal_export_bpf(seal, fd), 0);
	n = pread(fd, code, sizeof code, 0);
	assert_true(n > 0 && n % (ssize_t)sizeof *code == 0);
	n /= (ssize_t)sizeof *code;
	assert_int_equal(airlock__bpf_check(code, (size_t)n, &at, &why), 0);
	/* the first instructions know the architecture */
	d.arch = code[1].k;
	assert_int_equal(airlock__bpf_run(code, (size_t)n, &d, NULL, NULL), SECCOMP_RET_ALLOW);
	d.nr = SYS_read;
	assert_int_equal(airlock__bpf_run(code, (size_t)n, &d, NULL, NULL), SECCOMP_RET_ALLOW);
	d.nr = SYS_socket;
	assert_int_equal(airlock__bpf_run(code, (size_t)n, &d, NULL, NULL),
			 SECCOMP_RET_ERRNO | EPERM);
	/* the profile, whose the rule was, is gone by now */
	d.nr = SYS_kill;
	assert_int_equal(airlock__bpf_run(code, (size_t)n, &d, NULL, NULL), SECCOMP_RET_ALLOW);
	d.args[1] = SIGTERM;
	assert_int_equal(airlock__bpf_run(code, (size_t)n, &d, NULL, NULL),
			 SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(airlock_seal_export_bpf(seal, full), -ENOSPC);
	assert_int_equal(airlock_seal_export_bpf(seal, -1), -EBADF);
	assert_int_equal(airlock_seal_export_bpf(NULL, fd), -EINVAL);
	airlock_seal_free(seal);
	/* nothing but the one exec: nothing for others */
	seal = seal_of("");
	assert_int_equal(airlock_seal_export_bpf(seal, fd), -ENODATA);
	airlock_seal_free(seal);
	close(fd);
	close(full);
}

static void nothing_is_harmed_by_wrong_use(void **state)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_seal *seal = NULL;

	(void)state;
	assert_int_equal(airlock_seal_new(NULL, &seal, NULL), -EINVAL);
	assert_int_equal(airlock_seal_new(p, NULL, NULL), -EINVAL);
	assert_null(airlock_seal_free(NULL));
	assert_null(airlock_report_free(NULL));
	assert_null(airlock_profile_free(NULL));
	assert_int_equal(airlock_profile_command(p, NULL, ARGV("x")), -EINVAL);
	assert_int_equal(airlock_profile_command(p, "x", NULL), -EINVAL);
	/* a filter cannot tell the first exec from others, but for the one exec */
	must_not_seal("ExecOnce=no\nSystemCallFilter=~execve", -EINVAL, "seccomp-filter",
		      "ExecOnce");
	must_not_seal("ReadPath=/nonexistent/path", -ENOENT, "landlock-fs", "/nonexistent/path");
	errno = 4242;
	assert_int_equal(airlock_seal_new(p, &seal, NULL), 0);
	assert_int_equal(errno, 4242);
	airlock_seal_free(seal);
	airlock_profile_free(p);
}

/* This very process */

static void become_sealed(void *arg)
{
	struct airlock_options o =
		options_for(AIRLOCK_NONE,
			    ARGV(helper_program("report"), "reexec", helper_program("report")));
	struct airlock_error e;

	(void)arg;
	o.seal = seal_of("");
	airlock_exec(&o, &e);
	fail_msg("%s", e.message);
}

static void p9_an_exec_in_place_is_the_last_too(void **state)
{
	pid_t pid;
	int st = -1;

	(void)state;
	if (under_valgrind())
		SKIP("valgrind answers for execve");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become_sealed(NULL);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_true(WIFSIGNALED(st) && WTERMSIG(st) == SIGSYS);
}

/* Threads */

struct crew {
	const struct airlock_seal *seal;
	const char *program;
	_Atomic int failures, spawns;
	int rounds;
};

static void *spawn_sealed(void *arg)
{
	struct crew *c = arg;

	for (int i = 0; i < c->rounds; i++) {
		struct airlock_options o = options_for((enum airlock_channel)(i % NCHANNELS),
						       ARGV(c->program, "exit", "0"));
		struct airlock_helper h;
		int st = -1;

		o.seal = c->seal;
		if (airlock_spawn(&o, &h, NULL) < 0 || airlock_stop(&h, 10000, &st) < 0 || st != 0)
			c->failures++;
		c->spawns++;
	}
	return NULL;
}

static void a_seal_serves_32_threads_at_once(void **state)
{
	enum { THREADS = 32 };
	struct airlock_seal *seal = seal_of(all_asked);
	struct crew c = { .seal = seal, .program = helper_program("report"), .rounds = scaled(20) };
	pthread_t t[THREADS];

	(void)state;
	signal(SIGCHLD, SIG_DFL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, spawn_sealed, &c), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(c.failures, 0);
	assert_int_equal(c.spawns, THREADS * c.rounds);
	airlock_seal_free(seal);
}

static void *compile_many(void *arg)
{
	_Atomic int *failures = arg;

	for (int i = 0; i < scaled(20); i++) {
		struct airlock_profile *p = airlock_profile_new();
		struct airlock_seal *seal = NULL;

		if (!p || airlock_profile_parse(p, all_asked, strlen(all_asked), NULL) < 0 ||
		    airlock_seal_new(p, &seal, NULL) < 0)
			++*failures;
		airlock_seal_free(seal);
		airlock_profile_free(p);
	}
	return NULL;
}

static void seals_are_made_in_many_threads_at_once(void **state)
{
	enum { THREADS = 8 };
	pthread_t t[THREADS];
	_Atomic int failures = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, compile_many, &failures), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(failures, 0);
}

static void helpers_outlive_their_seal(void **state)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "lines"));
	struct airlock_seal *seal = seal_of(all_asked);
	struct airlock_helper h;
	char answer[64];

	(void)state;
	o.seal = seal;
	h = must_spawn(&o);
	airlock_seal_free(seal);
	assert_int_equal(ask(&h, "well?\n", answer, sizeof answer), strlen("got well?\n"));
	must_stop(&h, 0);
}

/* The dumpable flag, with ten threads of which some seal */

static void *spawn_with_and_without(void *arg)
{
	struct crew *c = arg;

	for (int i = 0; i < c->rounds; i++) {
		struct airlock_options o = options_for(AIRLOCK_NONE, ARGV(c->program, "exit", "0"));
		struct airlock_helper h;
		int st = -1;

		o.seal = i % 2 ? c->seal : NULL;
		if (airlock_spawn(&o, &h, NULL) < 0 || airlock_stop(&h, 10000, &st) < 0 || st != 0)
			c->failures++;
	}
	return NULL;
}

static void p7_the_dumpable_flag_is_as_before(void **state)
{
	enum { THREADS = 10 };
	struct airlock_seal *seal;
	struct crew c = { .program = helper_program("report"), .rounds = scaled(40) };
	pthread_t t[THREADS];

	(void)state;
	need_root();
	if (access(c.program, X_OK) < 0)
		SKIP("nobody can reach %s", c.program);
	signal(SIGCHLD, SIG_DFL);
	c.seal = seal = seal_of(nobody_text);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, spawn_with_and_without, &c), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(c.failures, 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	airlock_seal_free(seal);
}

/*
 * P9's secret. The kernel shows a helper's program to a privileged tracer: so the three pointers of
 * each spawn can be known, and beside them all that the helper could see of its own memory.
 */

enum { SEEN = 8 }; /* mappings looked at */

struct secret {
	uint64_t pointer[3];
	uint64_t mapping[SEEN];
};

/* The values that the instructions compare the halves of execve's arguments with. */
static bool read_pointers(pid_t pid, uint64_t pointer[3])
{
	static struct sock_filter code[4096];
	long n = ptrace((enum __ptrace_request)0x420c /* PTRACE_SECCOMP_GET_FILTER */, pid, NULL,
			code);
	uint32_t half[6];
	int found = 0;

	for (long i = 0; i + 1 < n; i++)
		if (code[i].code == (BPF_LD | BPF_W | BPF_ABS) &&
		    code[i].k >= offsetof(struct seccomp_data, args[0]) &&
		    code[i].k < offsetof(struct seccomp_data, args[3]) && found < 6 &&
		    code[i].k == offsetof(struct seccomp_data, args[0]) + 4 * (unsigned)found)
			half[found++] = code[i + 1].k;
	for (int i = 0; found == 6 && i < 3; i++)
		pointer[i] = half[2 * i] | (uint64_t)half[2 * i + 1] << 32;
	return found == 6;
}

static int read_mappings(pid_t pid, uint64_t *mapping)
{
	char path[64], line[512];
	unsigned long long from;
	FILE *f;
	int n = 0;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (n < SEEN && fgets(line, sizeof line, f))
		if (sscanf(line, "%llx-", &from) == 1)
			mapping[n++] = from;
	fclose(f);
	return n;
}

/* Its secret and its mappings; false: no tracer may see it here. */
static bool look_into(pid_t pid, struct secret *ret, int *ret_mappings)
{
	bool seen = false;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return false;
	assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, NULL, __WALL), pid);
	seen = read_pointers(pid, ret->pointer);
	*ret_mappings = read_mappings(pid, ret->mapping);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return seen;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int count_repeated(uint64_t *values, int n)
{
	int repeated = 0;

	qsort(values, (size_t)n, sizeof *values, by_value);
	for (int i = 1; i < n; i++)
		repeated += values[i] == values[i - 1];
	return repeated;
}

/* How often the pointer, and its distance to each thing that the helper sees, came again. */
static void must_not_repeat(const struct secret *s, int n, int mappings)
{
	uint64_t *values = calloc((size_t)n, sizeof *values);

	assert_non_null(values);
	for (int p = 0; p < 3; p++) {
		for (int i = 0; i < n; i++)
			values[i] = s[i].pointer[p];
		assert_int_equal(count_repeated(values, n), 0);
		for (int m = 0; m < mappings; m++) {
			for (int i = 0; i < n; i++)
				values[i] = s[i].pointer[p] - s[i].mapping[m];
			assert_int_equal(count_repeated(values, n), 0);
		}
		/* by chance, in 32 bits and more of room, hardly ever */
		for (int i = 0; i < n; i++)
			values[i] = s[i].pointer[p] - s[i].pointer[(p + 1) % 3];
		assert_true(count_repeated(values, n) <= 2);
	}
	free(values);
}

static void p9_the_pointers_are_never_twice_the_same(void **state)
{
	int n = scaled(UNDER_SANITIZER || private_mode() ? 500 : 10000), mappings = SEEN;
	struct airlock_options o =
		options_for(AIRLOCK_NONE, ARGV(helper_program("report"), "linger"));
	struct airlock_seal *seal;
	struct secret *s;

	(void)state;
	need_root();
	if (under_valgrind())
		SKIP("valgrind is no tracer's child");
	s = calloc((size_t)n, sizeof *s);
	assert_non_null(s);
	o.seal = seal = seal_of("");
	for (int i = 0; i < n; i++) {
		struct airlock_helper h = must_spawn(&o);
		int seen = 0;
		bool good = look_into(h.pid, &s[i], &seen);

		mappings = seen < mappings ? seen : mappings;
		assert_int_equal(airlock_kill(&h, SIGKILL), 0);
		must_stop(&h, SIGKILL);
		if (!good) {
			free(s);
			airlock_seal_free(seal);
			SKIP("no tracer may read a filter here (CONFIG_CHECKPOINT_RESTORE)");
		}
	}
	assert_true(mappings >= 4);
	must_not_repeat(s, n, mappings);
	free(s);
	airlock_seal_free(seal);
}

/*
 * Nor are they left in the caller's memory, where a flaw of its own could show them: but for its stack, where
 * the next signal may put what a register still holds. What is looked for is kept inverted, so that it does
 * not find itself.
 */
static int count_words(const uint64_t inverted[3])
{
	static uint64_t words[8192];
	FILE *f = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
	unsigned long long from, to;
	char line[512];

	assert_true(f && mem >= 0);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%llx-%llx rw", &from, &to) != 2 || strstr(line, "[v") ||
		    strstr(line, "[stack]"))
			continue;
		for (ssize_t n; from < to; from += (size_t)n) {
			size_t room = to - from < sizeof words ? to - from : sizeof words;

			n = pread(mem, words, room, (off_t)from);
			if (n <= 0)
				break;
			for (ssize_t i = 0; i < n / 8; i++)
				for (int j = 0; j < 3; j++)
					found += words[i] == ~inverted[j];
		}
		memset(words, 0, sizeof words);
	}
	fclose(f);
	close(mem);
	return found;
}

/* By another process, so that not even a register of this one ever holds them. */
static bool look_inverted(pid_t pid, uint64_t inverted[3])
{
	int answer[2], st = -1;
	pid_t tracer;
	ssize_t n;

	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	tracer = fork();
	assert_true(tracer >= 0);
	if (tracer == 0) {
		struct secret s = { { 0 }, { 0 } };
		int seen = 0;

		if (!look_into(pid, &s, &seen))
			_exit(1);
		for (int j = 0; j < 3; j++)
			s.pointer[j] = ~s.pointer[j];
		n = write(answer[1], s.pointer, sizeof s.pointer);
		_exit(n != sizeof s.pointer);
	}
	close(answer[1]);
	n = read(answer[0], inverted, 3 * sizeof *inverted);
	close(answer[0]);
	assert_int_equal(waitpid(tracer, &st, 0), tracer);
	return st == 0 && n == 3 * sizeof *inverted;
}

static void p9_the_pointers_are_not_left_in_the_caller(void **state)
{
	struct airlock_options o =
		options_for(AIRLOCK_NONE, ARGV(helper_program("report"), "linger"));
	struct airlock_seal *seal;
	volatile uint64_t *planted;
	uint64_t inverted[3];

	(void)state;
	need_root();
	if (under_valgrind() || UNDER_SANITIZER)
		SKIP("a checker's own memory is too large to look through");
	o.seal = seal = seal_of("SystemCallFilter=@system-service");
	for (int i = 0; i < 20; i++) {
		struct airlock_helper h = must_spawn(&o);
		bool good = look_inverted(h.pid, inverted);

		assert_int_equal(airlock_kill(&h, SIGKILL), 0);
		must_stop(&h, SIGKILL);
		if (!good) {
			airlock_seal_free(seal);
			SKIP("no tracer may read a filter here (CONFIG_CHECKPOINT_RESTORE)");
		}
		assert_int_equal(count_words(inverted), 0);
	}
	/* it would have been found */
	planted = malloc(sizeof *planted);
	assert_non_null(planted);
	*planted = ~inverted[1];
	assert_true(count_words(inverted) > 0);
	*planted = 0;
	free((void *)planted);
	airlock_seal_free(seal);
}

/*
 * The door into the caller: a stranger of the same uid, but without capabilities, tries by every call
 * there is to get at the caller's memory and descriptors, directly and through children that share its
 * memory and have just lost their capabilities. Once such a child has become its program it is fair game.
 */

enum way { READV, WRITEV, MEM, TRACE, GETFD, NWAYS };
static const char *const way_names[NWAYS] = { "process_vm_readv", "process_vm_writev",
					      "/proc/PID/mem", "ptrace", "pidfd_getfd" };

enum { TREASURE = 200 }; /* a descriptor of the caller's */

static struct {
	_Atomic long in[NWAYS], refused[NWAYS], rounds;
	unsigned char secret[16];
} * spy;			 /* shared with the spy */
static unsigned char secret[16]; /* at this very address in the caller, and nowhere else */
static unsigned char door;

static void drop_all(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	syscall(SYS_capset, &header, data);
}

/* 1: in; 0: not in; -1: refused */
static int outcome(bool refused, bool in)
{
	return refused ? -1 : in;
}

static bool is_secret(const void *loot)
{
	return !memcmp(loot, spy->secret, sizeof secret);
}

static int try_vm(pid_t pid, bool write_it)
{
	unsigned char loot[sizeof secret] = { 0 };
	struct iovec here = { loot, sizeof loot }, there = { secret, sizeof secret };
	ssize_t n;

	if (write_it) {
		here.iov_len = there.iov_len = 1;
		there.iov_base = &door;
		loot[0] = 1;
		n = process_vm_writev(pid, &here, 1, &there, 1, 0);
	} else {
		n = process_vm_readv(pid, &here, 1, &there, 1, 0);
	}
	/* what was written the caller will see */
	return outcome(n < 0 && errno == EPERM, !write_it && n > 0 && is_secret(loot));
}

static int try_mem(pid_t pid)
{
	unsigned char loot[sizeof secret] = { 0 };
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return outcome(errno == EACCES || errno == EPERM, false);
	n = pread(fd, loot, sizeof loot, (off_t)(uintptr_t)secret);
	close(fd);
	return n == sizeof loot && is_secret(loot);
}

static int try_trace(pid_t pid)
{
	unsigned char loot[sizeof secret] = { 0 };
	int st;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return outcome(errno == EPERM, false);
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (waitpid(pid, &st, __WALL) != pid || !WIFSTOPPED(st))
		return 0;
	for (size_t i = 0; i < sizeof loot; i += sizeof(long)) {
		long word = ptrace(PTRACE_PEEKDATA, pid, secret + i, NULL);

		memcpy(loot + i, &word, sizeof word);
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return is_secret(loot);
}

static int try_getfd(pid_t pid)
{
	int pidfd = (int)syscall(NR_PIDFD_OPEN, pid, 0), fd, error;

	if (pidfd < 0)
		return 0;
	fd = (int)syscall(NR_PIDFD_GETFD, pidfd, TREASURE, 0);
	error = errno;
	close(pidfd);
	if (fd >= 0)
		close(fd);
	return outcome(fd < 0 && error == EPERM, fd >= 0);
}

static void try_all(pid_t pid)
{
	for (int w = 0; w < NWAYS; w++) {
		int r = w == MEM     ? try_mem(pid)
			: w == TRACE ? try_trace(pid)
			: w == GETFD ? try_getfd(pid)
				     : try_vm(pid, w == WRITEV);

		if (r > 0)
			spy->in[w]++;
		else if (r < 0)
			spy->refused[w]++;
	}
}

static void spy_on(pid_t victim)
{
	char path[64], list[256];
	int fd;

	drop_all();
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)victim, (int)victim);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0) {
		ssize_t n = pread(fd, list, sizeof list - 1, 0);
		char *at = list;
		long pid;

		spy->rounds++;
		list[n > 0 ? n : 0] = '\0';
		while ((pid = strtol(at, &at, 10)) > 0)
			if (pid != getpid())
				try_all((pid_t)pid);
		if (spy->rounds % 16 == 0)
			try_all(victim);
	}
}

static pid_t start_spy(void)
{
	pid_t victim = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* its own copies are no loot */
		memset(secret, 0, sizeof secret);
		close(TREASURE);
		if (getppid() == victim)
			spy_on(victim);
		_exit(0);
	}
	return pid;
}

/* A child in our memory, and with our descriptors, that gives up its capabilities: nobody at the door. */
static int careless_child(void *arg)
{
	struct timespec t = { 0, 50 * 1000000 };

	(void)arg;
	drop_all();
	syscall(SYS_nanosleep, &t, NULL);
	syscall(SYS_exit_group, 0);
	return 0;
}

static bool all_bite(void)
{
	for (int w = 0; w < NWAYS; w++)
		if (!(w == WRITEV ? door : spy->in[w]))
			return false;
	return true;
}

static void be_careless(void)
{
	static _Alignas(16) char stack[65536];
	int64_t until = now_ms() + 10000;

	while (!all_bite() && now_ms() < until) {
		pid_t pid = clone(careless_child, stack + sizeof stack,
				  CLONE_VM | CLONE_FILES | SIGCHLD, NULL);

		assert_true(pid > 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

static void new_secret(void)
{
	assert_int_equal(getrandom(secret, sizeof secret, 0), sizeof secret);
	memcpy(spy->secret, secret, sizeof secret);
	for (int w = 0; w < NWAYS; w++)
		spy->in[w] = spy->refused[w] = 0;
	door = 0;
}

static void theft(void *arg)
{
	struct airlock_options o =
		options_for(AIRLOCK_NONE, ARGV(helper_program("report"), "exit", "0"));
	struct airlock_seal *seal = seal_of(arg);
	bool bites;
	pid_t pid;

	o.seal = seal;
	spy = mmap(NULL, sizeof *spy, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true((void *)spy != MAP_FAILED);
	assert_int_equal(dup3(STDERR_FILENO, TREASURE, O_CLOEXEC), TREASURE);
	new_secret();
	pid = start_spy();
	be_careless();
	bites = all_bite();
	/* another secret, once the spy has let go of the careless child's memory, which is ours */
	for (long rounds = spy->rounds; spy->rounds < rounds + 2;)
		usleep(1000);
	new_secret();
	for (int i = 0; i < scaled(UNDER_SANITIZER && private_mode() ? 250 : 1500); i++) {
		struct airlock_helper h = must_spawn(&o);

		must_stop(&h, 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int w = 0; w < NWAYS; w++)
		if (spy->in[w] || (w == WRITEV && door))
			fail_msg("P6: a stranger got in by %s", way_names[w]);
	if (!bites)
		SKIP("the spy does not bite here, not even where the door is open");
	for (int w = 0; w < NWAYS; w++)
		if (!spy->refused[w])
			fail_msg("nobody tried %s", way_names[w]);
}

static void p6_no_stranger_gets_into_the_caller(void **state)
{
	static char by_default[] = "", nobody[] = "User=nobody\n";

	(void)state;
	need_root();
	if (under_valgrind())
		SKIP("valgrind does not share memory with a child");
	if (UNDER_TSAN)
		SKIP("ThreadSanitizer does not follow a clone into shared memory");
	in_child(theft, by_default);
	if (access(helper_program("report"), X_OK) == 0)
		in_child(theft, nobody);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_what_holds_in_every_profile_holds_in_an_empty_one),
		cmocka_unit_test(p9_there_is_no_second_exec),
		cmocka_unit_test(p1_each_key_does_what_it_says),
		cmocka_unit_test(p1_the_home_of_the_user_is_a_directory),
		cmocka_unit_test(p8_a_limit_out_of_reach_is_an_error_or_best_effort),
		cmocka_unit_test(p1_a_helper_is_nobody_with_nothing),
		cmocka_unit_test(p1_root_has_no_capabilities_but_what_is_kept),
		cmocka_unit_test(p1_root_without_setpcap_has_no_capabilities_either),
		cmocka_unit_test(p1_root_can_keep_an_ambient_set),
		cmocka_unit_test(p1_uid_0_is_no_more_than_another_for_good),
		cmocka_unit_test(p1_the_group_is_the_users_own),
		cmocka_unit_test(p8_users_that_are_not_there_are_named),
		cmocka_unit_test(p8_the_unprivileged_get_what_they_can),
		cmocka_unit_test(p1_borrowed_ids_are_for_good),
		cmocka_unit_test(p8_the_report_tells_what_was_asked),
		cmocka_unit_test(p8_the_report_is_true_on_older_kernels),
		cmocka_unit_test(p8_without_seccomp_there_is_no_one_exec),
		cmocka_unit_test(p8_a_restriction_that_fails_in_the_child_is_named),
		cmocka_unit_test(the_exported_program_is_the_filter_without_the_one_exec),
		cmocka_unit_test(nothing_is_harmed_by_wrong_use),
		cmocka_unit_test(p9_an_exec_in_place_is_the_last_too),
		cmocka_unit_test(a_seal_serves_32_threads_at_once),
		cmocka_unit_test(seals_are_made_in_many_threads_at_once),
		cmocka_unit_test(helpers_outlive_their_seal),
		cmocka_unit_test(p7_the_dumpable_flag_is_as_before),
		cmocka_unit_test(p9_the_pointers_are_never_twice_the_same),
		cmocka_unit_test(p9_the_pointers_are_not_left_in_the_caller),
		cmocka_unit_test(p6_no_stranger_gets_into_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
