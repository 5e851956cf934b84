/* SPDX-License-Identifier: ISC */
/*
 * error.c: see error.h.
 */
#define _POSIX_C_SOURCE 200809L /* the strerror_r that returns int, on glibc too */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_OF(x) #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *airlock_version(void)
{
	return VERSION_TEXT(AIRLOCK_VERSION_MAJOR, AIRLOCK_VERSION_MINOR, AIRLOCK_VERSION_PATCH);
}

const char *airlock_step_name(enum airlock_step step)
{
	/* clang-format off */
	switch (step) {
	case AIRLOCK_STEP_NONE: return "none";
	case AIRLOCK_STEP_OPTIONS: return "options";
	case AIRLOCK_STEP_SEAL: return "seal";
	case AIRLOCK_STEP_MEMORY: return "memory";
	case AIRLOCK_STEP_CHANNEL: return "channel";
	case AIRLOCK_STEP_RESERVE: return "reserve";
	case AIRLOCK_STEP_CLONE: return "clone";
	case AIRLOCK_STEP_CHAT: return "chat";
	case AIRLOCK_STEP_TIMEOUT: return "timeout";
	case AIRLOCK_STEP_KILLED: return "killed";
	case AIRLOCK_STEP_RANDOM: return "random";
	case AIRLOCK_STEP_DUMPABLE: return "dumpable";
	case AIRLOCK_STEP_OOM_SCORE: return "oom-score";
	case AIRLOCK_STEP_WAIT: return "wait";
	case AIRLOCK_STEP_UNSHARE: return "unshare";
	case AIRLOCK_STEP_SIGNALS: return "signals";
	case AIRLOCK_STEP_DESCRIPTORS: return "descriptors";
	case AIRLOCK_STEP_CLOSE: return "close";
	case AIRLOCK_STEP_SESSION: return "session";
	case AIRLOCK_STEP_ROOT: return "root";
	case AIRLOCK_STEP_DIRECTORY: return "directory";
	case AIRLOCK_STEP_UMASK: return "umask";
	case AIRLOCK_STEP_RLIMIT: return "rlimit";
	case AIRLOCK_STEP_NICE: return "nice";
	case AIRLOCK_STEP_AFFINITY: return "affinity";
	case AIRLOCK_STEP_BOUNDING: return "bounding";
	case AIRLOCK_STEP_SECUREBITS: return "securebits";
	case AIRLOCK_STEP_GROUPS: return "groups";
	case AIRLOCK_STEP_GID: return "gid";
	case AIRLOCK_STEP_UID: return "uid";
	case AIRLOCK_STEP_CAPABILITIES: return "capabilities";
	case AIRLOCK_STEP_AMBIENT: return "ambient";
	case AIRLOCK_STEP_PARENT: return "parent";
	case AIRLOCK_STEP_NO_NEW_PRIVS: return "no-new-privs";
	case AIRLOCK_STEP_LANDLOCK: return "landlock";
	case AIRLOCK_STEP_SIGMASK: return "sigmask";
	case AIRLOCK_STEP_SECCOMP: return "seccomp";
	case AIRLOCK_STEP_EXECVE: return "execve";
	}
	/* clang-format on */
	return "unknown";
}

const char *airlock__limit_name(unsigned which)
{
	static const char *const names[] = {
		"RLIMIT_CPU",	   "RLIMIT_FSIZE", "RLIMIT_DATA",   "RLIMIT_STACK",
		"RLIMIT_CORE",	   "RLIMIT_RSS",   "RLIMIT_NPROC",  "RLIMIT_NOFILE",
		"RLIMIT_MEMLOCK",  "RLIMIT_AS",	   "RLIMIT_LOCKS",  "RLIMIT_SIGPENDING",
		"RLIMIT_MSGQUEUE", "RLIMIT_NICE",  "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
	};

	return which < sizeof names / sizeof *names ? names[which] : "no such limit";
}

/* snprintf(3) at the end of what stands there; a message too long is cut, never lost */
static void append(char *message, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *message, size_t size, const char *format, ...)
{
	size_t used = strlen(message);
	va_list args;

	va_start(args, format);
	vsnprintf(message + used, size - used, format, args);
	va_end(args);
}

int airlock__fail(struct airlock_error *error, const char *name, enum airlock_step step, int code,
		  const char *format, ...)
{
	char what[sizeof error->message], why[128];
	va_list args;

	if (!error)
		return -code;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	if (strerror_r(code, why, sizeof why) != 0)
		snprintf(why, sizeof why, "error %d", code);

	error->step = step;
	error->code = code;
	error->message[0] = '\0';
	/* bounds, so that a long name or path leaves room for the reason */
	append(error->message, sizeof error->message, "%.48s%s%s: ", name ? name : "",
	       name ? ": " : "", airlock_step_name(step));
	if (*what)
		append(error->message, sizeof error->message, "%.110s%s: ", what,
		       strlen(what) > 110 ? "..." : "");
	append(error->message, sizeof error->message, "%s", why);
	for (char *p = error->message; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return -code;
}
