/* SPDX-License-Identifier: ISC */
/*
 * profile.h: a profile as it stands after its lines were read: what is asked for, nothing of how.
 */
#ifndef AIRLOCK_PROFILE_H
#define AIRLOCK_PROFILE_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airlock/sandbox.h"
#include "calls.h"
#include "rules.h"
#include "seal.h"

/* A list of calls, as SystemCallFilter= and SystemCallLog= have it: the first line says which kind. */
enum airlock__mode {
	AIRLOCK__NO_LIST,
	AIRLOCK__ALLOW_LIST,
	AIRLOCK__DENY_LIST
};

/* Strings, each and the array from malloc. */
struct airlock__strings {
	char **at;
	size_t n;
};

enum airlock__access {
	AIRLOCK__READ,			/* ReadPath= */
	AIRLOCK__WRITE,			/* WritePath= */
	AIRLOCK__EXEC,			/* ExecPath= */
	AIRLOCK__NACCESS
};

/* "-/some/path", "@program" */
struct airlock__path {
	enum airlock__access access;
	bool optional;			/* '-' stood before it */
	char *path;			/* absolute; or "@argv", "@argv-dir", "@program" */
	const char *source;		/* where it was written, for reports: of profile->sources */
	unsigned line;
};

/* One KEY=VALUE that was taken; to print the profile, and to say where something came from. */
struct airlock__assignment {
	const char *key;		/* of the table of keys */
	size_t key_index;		/* its place there */
	char *value;
	const char *source;		/* of profile->sources */
	unsigned line;
};

struct airlock_profile {
	struct airlock__assignment *lines;
	size_t nlines;
	struct airlock__strings sources;
	const struct airlock__ready *ready;	/* the builtin that has the same program; NULL: none is known */

	/* system calls */
	enum airlock__mode filter_mode, log_mode;
	struct airlock__callset filter, log;
	struct airlock__callset named;		/* allowed by name, not only by a group: see io_uring */
	uint32_t own[AIRLOCK__MAX_CALLS];	/* `name:ERRNO`: SECCOMP_RET_*; 0: none of its own */
	uint32_t refusal;			/* SECCOMP_RET_KILL_PROCESS or SECCOMP_RET_ERRNO | n */
	uint32_t baseline;			/* AIRLOCK__KERNEL(); 0: as the call table */
	struct airlock__rule *rules;
	size_t nrules;
	struct airlock__callset ruled;		/* calls that one of them is for */
	bool exec_once, native_only;		/* native_only: SystemCallArchitectures= was given */

	/* restrictions by arguments */
	enum airlock__mode family_mode;		/* RestrictAddressFamilies=none: an ALLOW_LIST of none */
	uint64_t families;			/* bit AF_* */
	bool restrict_namespaces;
	uint32_t namespaces;			/* CLONE_NEW* that may be made and entered all the same */
	bool restrict_realtime, restrict_suid_sgid, lock_personality, deny_write_execute;

	/* who */
	char *user, *group;			/* as written; NULL: as the caller */
	bool has_groups, has_bounding, has_ambient;	/* given by a line, not by default */
	struct airlock__strings groups;
	uint64_t bounding, ambient;		/* bit CAP_*: kept */

	/* where */
	int umask;				/* -1: as the caller */
	char *root, *directory;			/* directory: absolute, or "~" */
	bool directory_optional;

	/* how much; bit n of `limits`: limit[n] is given. RLIMIT_CORE always is, 0 by default. */
	uint32_t limits;
	struct airlock__limit limit[AIRLOCK__NLIMITS];
	bool has_nice, has_cpus, has_oom;
	int nice, oom_score_adj;
	cpu_set_t cpus;				/* CPU_SETSIZE, 1024, is the most there is */

	/* Landlock */
	struct airlock__path *paths;
	size_t npaths;
	bool has_access[AIRLOCK__NACCESS];	/* the key was given and not cleared, perhaps without a path */
	bool has_bind, has_connect;
	uint16_t *bind, *connect;		/* sorted, each once */
	size_t nbind, nconnect;
	uint64_t scopes;			/* LANDLOCK_SCOPE_* */

	/* the environment, over PATH LANG LC_* TZ */
	struct airlock__strings environment;	/* "NAME=VALUE", each name once */
	struct airlock__strings pass;		/* names */
	struct airlock__strings unset;		/* names, or "NAME=VALUE" */

	struct airlock__strings best_effort;	/* names of the report, or classes of them */

	/* airlock_profile_command() */
	char *command;				/* NULL: not told */
	struct airlock__strings argv;
};

/*
 * What the lists answer to a call, before its arguments are looked at: SECCOMP_RET_ALLOW, _LOG,
 * _ERRNO | n or _KILL_PROCESS. Without a rule for it, that is final but for the restrictions.
 *
 *	own answer (name:ERRNO)		that one
 *	in an allow list, or in none	ALLOW
 *	in a deny list, or not in an
 *	allow list			the profile's refusal
 *
 * Then the log: an allow list of SystemCallLog= makes its calls LOG whatever the filter says; a deny
 * list makes LOG of each ALLOW that it does not name. io_uring gets round a filter, so io_uring_setup
 * is ENOSYS wherever calls are restricted, unless `named`; and always where families are.
 */
uint32_t airlock__base_answer(const struct airlock_profile *p, size_t call);

/* What is answered to a call that is allowed, by a list or by a rule: ALLOW, or LOG as SystemCallLog= says. */
uint32_t airlock__allowed(const struct airlock_profile *p, size_t call);

/* Does the profile need a seccomp program besides the one exec? Has it any rule on this call? */
bool airlock__restricts_calls(const struct airlock_profile *p);
bool airlock__has_rule(const struct airlock_profile *p, size_t call);

/* A copy without what is behind a pointer: arrays are empty there. */
void airlock__profile_plain(const struct airlock_profile *from, struct airlock_profile *to);

/*
 * What of the profile says which calls are allowed, all that airlock__program_make() looks at, as a
 * profile of its own. NULL: no memory.
 */
struct airlock_profile *airlock__profile_calls(const struct airlock_profile *p);

/* The kernel from whose calls on the answer is ENOSYS. */
uint32_t airlock__baseline(const struct airlock_profile *p);

/* Is the loss of this restriction, by its name in the report, one that BestEffort= names? */
bool airlock__best_effort(const struct airlock_profile *p, const char *name);

#endif
