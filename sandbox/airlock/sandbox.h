/* SPDX-License-Identifier: ISC */
/*
 * sandbox.h: turn a profile, a text that says what a helper may do, into a seal for airlock_spawn().
 *
 *	struct airlock_profile *p = airlock_profile_new();
 *	struct airlock_profile_error e;
 *	struct airlock_report *report = NULL;
 *	struct airlock_seal *seal = NULL;
 *
 *	if (!p || airlock_profile_builtin(p, "filter", &e) < 0 ||
 *	    airlock_profile_set(p, "LimitNOFILE", "16", &e) < 0)
 *		errx(1, "%s:%u:%u: %s", e.source, e.line, e.column, e.message);
 *	airlock_profile_command(p, o.path, o.argv);
 *	if (airlock_seal_new(p, &seal, &report) < 0)
 *		... what is AIRLOCK_LOST in the report says why ...
 *	o.seal = seal;			// for any number of spawns, from any thread
 *
 * The language is airlock-profile(5). Functions return 0, or a negative errno. Outputs named ret_*
 * (and `ret`) stay untouched on failure, but for errors and reports, which tell of it. A profile is
 * for one thread at a time; a seal and a report, once made, may be read by any number of them.
 */
#ifndef AIRLOCK_SANDBOX_H
#define AIRLOCK_SANDBOX_H

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct airlock_profile;			/* what a helper may do */
struct airlock_seal;			/* the same, compiled; see <airlock/airlock.h> */
struct airlock_report;			/* what of it is in force, on this kernel and for this caller */

/* What is wrong with a profile, and where. */
struct airlock_profile_error {
	const char *source;		/* file or builtin, or the key with airlock_profile_set(); lives as
					   long as the profile; never NULL */
	unsigned line, column;		/* from 1, in bytes; 0: it is not a matter of one line */
	char message[256];		/* for people: what, and what would have been right */
};

/* A profile of nothing but what holds in every profile: the builtin `none`. NULL: no memory. */
struct airlock_profile *airlock_profile_new(void);

/* NULL is fine. Returns NULL. */
struct airlock_profile *airlock_profile_free(struct airlock_profile *p);

/*
 * These add to what the profile holds, or on failure leave it as it was. *ret_error may be NULL.
 * -EINVAL: the text is wrong. -ELOOP: it includes itself, or too deep. -E2BIG: more than 1 MiB, a
 * line of more than 64 KiB, or more than the profile can hold. -ENOMEM. load, and Include=: what open(2) and read(2)
 * say; -ENOENT: there is no such builtin.
 */

/* From a file. Only regular files, and what can be read to its end, are taken. */
int airlock_profile_load(struct airlock_profile *p, const char *path, struct airlock_profile_error *ret_error);

/* From `len` bytes in memory, which need not end in NUL; its errors call it "(text)". */
int airlock_profile_parse(struct airlock_profile *p, const char *text, size_t len,
			  struct airlock_profile_error *ret_error);

/* The builtin of this name. */
int airlock_profile_builtin(struct airlock_profile *p, const char *name, struct airlock_profile_error *ret_error);

/* One line, as "KEY=VALUE" in a file: errors give the column within VALUE, and the key as source. */
int airlock_profile_set(struct airlock_profile *p, const char *key, const char *value,
			struct airlock_profile_error *ret_error);

/*
 * The command that @argv, @argv-dir and @program stand for: `path` as execve(2) takes it (without a
 * slash it is looked up in PATH), `argv` ending in NULL. Both are copied. The last call counts.
 * -EINVAL: one of them is NULL.
 */
int airlock_profile_command(struct airlock_profile *p, const char *path, char *const *argv);

/* Names of the builtins, in order; NULL past the last. */
const char *airlock_profile_builtin_name(size_t i);

/* The text of a builtin; NULL: there is none of that name. */
const char *airlock_profile_builtin_text(const char *name);

/* Write the profile as a text that makes the same profile. -EIO and the like: as ferror(3) knows. */
int airlock_profile_print(const struct airlock_profile *p, FILE *f);

/*
 * Compile. Files named by the profile are opened, users looked up, the environment copied, all as
 * the caller is now: make the seal with the privileges and in the namespaces that the spawns will
 * have. *ret_report (may be NULL) is set if a report could be made, on failure too: what is
 * AIRLOCK_LOST there and not named by BestEffort= is why. The seal holds one descriptor
 * (close-on-exec) if the profile restricts paths, ports or scopes: a caller that closes all its
 * descriptors makes the seal afterwards. The profile may be freed at once.
 *
 * -EOPNOTSUPP: the kernel cannot enforce it. -EPERM: this caller may not. -E2BIG: the program is
 * longer than the kernel takes (4096 instructions). -ENOENT, -EACCES...: a path that the profile
 * names. -ESRCH: no such user or group. -EINVAL: @program or @argv without airlock_profile_command(),
 * AmbientCapabilities= that CapabilityBoundingSet= takes away, ExecOnce=no with execve refused.
 * -ENOMEM, -EMFILE, -ENFILE.
 */
int airlock_seal_new(const struct airlock_profile *p, struct airlock_seal **ret, struct airlock_report **ret_report);

/* When no spawn with it is under way. Helpers that run keep what they have. NULL is fine. Returns NULL. */
struct airlock_seal *airlock_seal_free(struct airlock_seal *seal);

/*
 * Write the seccomp program as an array of struct sock_filter (seccomp(2)) to a descriptor, for other
 * tools. Without the one exec, which needs pointers that are drawn for each spawn: execve is allowed
 * there. -ENODATA: the seal has no program. -ENOMEM, -E2BIG: as above. Else what write(2) says.
 */
int airlock_seal_export_bpf(const struct airlock_seal *seal, int fd);

/* What became of each restriction. */
enum airlock_state {
	AIRLOCK_NOT_ASKED = 0,
	AIRLOCK_ENFORCED = 1,		/* by the seal: a spawn that cannot put it in force fails */
	AIRLOCK_LOST = 2		/* asked for, and not in force: see the reason */
};

size_t airlock_report_count(const struct airlock_report *report);

/* "landlock-fs", "rlimit-nofile", ... as airlock-profile(5) lists them. NULL: i is past the last. */
const char *airlock_report_name(const struct airlock_report *report, size_t i);
enum airlock_state airlock_report_state(const struct airlock_report *report, size_t i);

/* Why, or how far ("ABI 7, 6 wanted"); "" where there is nothing to say; NULL: i is past the last. */
const char *airlock_report_reason(const struct airlock_report *report, size_t i);

/* NULL is fine. Returns NULL. */
struct airlock_report *airlock_report_free(struct airlock_report *report);

#ifdef __cplusplus
}
#endif
#endif
