/* SPDX-License-Identifier: ISC */
/*
 * seal.h: what a sandbox is, as plain data that the child can apply.
 *
 * sandbox/ fills it in, child.c applies it; neither names the other. A seal is written once and
 * only read afterwards, by any number of spawns in any thread. Everything it points to belongs
 * to whoever made it. The core refuses a seal whose size or version is not its own.
 */
#ifndef AIRLOCK_SEAL_H
#define AIRLOCK_SEAL_H

#include <stddef.h>
#include <stdint.h>
#include <linux/filter.h>

#define AIRLOCK__SEAL_VERSION 1u
#define AIRLOCK__NLIMITS 16		/* RLIMIT_CPU to RLIMIT_RTTIME, by the kernel's numbers */
#define AIRLOCK__LIMIT_INFINITY UINT64_MAX	/* RLIM64_INFINITY */

/* Parts that are asked for: a field without its bit is ignored. */
#define AIRLOCK__SEAL_UMASK 0x0001u
#define AIRLOCK__SEAL_NICE 0x0002u
#define AIRLOCK__SEAL_BOUNDING 0x0004u
#define AIRLOCK__SEAL_SECUREBITS 0x0008u
#define AIRLOCK__SEAL_GROUPS 0x0010u
#define AIRLOCK__SEAL_GID 0x0020u
#define AIRLOCK__SEAL_UID 0x0040u
#define AIRLOCK__SEAL_CAPABILITIES 0x0080u	/* also clears, then raises, the ambient set */
#define AIRLOCK__SEAL_LANDLOCK 0x0100u
#define AIRLOCK__SEAL_SECCOMP 0x0200u
#define AIRLOCK__SEAL_ONE_EXEC 0x0400u		/* with SECCOMP: patch the six words */
#define AIRLOCK__SEAL_OOM_SCORE 0x0800u

/* Parts that make the child less than its parent, see guard.h. */
#define AIRLOCK__SEAL_LESS_THAN_PARENT \
	(AIRLOCK__SEAL_BOUNDING | AIRLOCK__SEAL_SECUREBITS | AIRLOCK__SEAL_GROUPS | AIRLOCK__SEAL_GID | \
	 AIRLOCK__SEAL_UID | AIRLOCK__SEAL_CAPABILITIES)

struct airlock__limit {
	uint64_t soft, hard;		/* as struct rlimit64 */
};

/* In the order in which the child applies them; the numbers are the design's steps. */
struct airlock_seal {
	uint32_t size;			/* sizeof(struct airlock_seal) */
	uint32_t version;		/* AIRLOCK__SEAL_VERSION */
	uint32_t parts;			/* AIRLOCK__SEAL_* */

	/* 5: NULL: as the caller. `directory` is beneath `root`; with `root` alone it is "/". */
	uint32_t umask;
	const char *root, *directory;

	/* 6 */
	uint32_t limits;		/* bit n: limit[n] is asked for */
	int32_t nice;
	struct airlock__limit limit[AIRLOCK__NLIMITS];
	const unsigned long *cpus;	/* sched_setaffinity(2) mask; NULL: as the caller */
	size_t cpus_size;		/* bytes */

	/* 7 */
	uint64_t bounding;		/* capabilities that stay in the bounding set */
	uint32_t securebits;
	uint32_t ngroups;
	const uint32_t *groups;
	uint32_t gid, uid;		/* real, effective and saved */
	uint64_t permitted, effective, inheritable, ambient;

	/* 9: no_new_privs is set with any seal */

	/* 10 */
	int32_t landlock_fd;		/* a ruleset, close-on-exec */
	uint32_t landlock_flags;	/* of landlock_restrict_self(2) */

	/*
	 * 12: the program, and where the prologue compares execve's arguments: the instructions
	 * whose `k` get the low and high halves of the path, argv and envp pointers, in the order
	 * path low, path high, argv low, argv high, envp low, envp high. Patched into a copy.
	 */
	const struct sock_filter *filter;
	uint32_t nfilter;		/* instructions; at most 4096 (BPF_MAXINSNS) */
	uint32_t filter_flags;		/* SECCOMP_FILTER_FLAG_LOG and the like */
	uint16_t one_exec[6];

	/* 13: NULL: the caller's environment */
	char *const *envp;

	/* written by the parent after the exec, before the spawn returns */
	int32_t oom_score_adj;
};

#endif
