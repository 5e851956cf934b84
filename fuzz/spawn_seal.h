/* SPDX-License-Identifier: ISC */
/*
 * spawn_seal.h: the seals of `spawn`: made by hand, good and bad ones, and made of small profiles.
 */
#ifndef AIRLOCK_FUZZ_SPAWN_SEAL_H
#define AIRLOCK_FUZZ_SPAWN_SEAL_H

#include "ops.h"
#include "seal.h"

/* The operations; the first of the target's. */
enum seal_op {
	SEAL_PROFILE, SEAL_BLANK, SEAL_UMASK, SEAL_NICE, SEAL_LIMIT, SEAL_CPUS, SEAL_ROOT, SEAL_DIRECTORY,
	SEAL_BOUNDING, SEAL_SECUREBITS, SEAL_GROUPS, SEAL_IDS, SEAL_CAPABILITIES, SEAL_LANDLOCK, SEAL_FILTER,
	SEAL_WORD, SEAL_ENVIRONMENT, SEAL_OOM_SCORE, SEAL_RAW,
	SEAL_NOPS
};
#define SEAL_OPERATIONS \
	{ "profile", "b" },		/* index: a seal of airlock_seal_new() */ \
	{ "seal", "" },			/* one of no restriction; the next ones change it */ \
	{ "seal-umask", "w" }, \
	{ "seal-nice", "b" }, \
	{ "seal-limit", "bqq" },	/* which, soft, hard */ \
	{ "seal-cpus", "bb" },		/* the mask, bytes */ \
	{ "seal-root", "b" }, \
	{ "seal-directory", "b" }, \
	{ "seal-bounding", "q" }, \
	{ "seal-securebits", "w" }, \
	{ "seal-groups", "bw" },	/* how many, the first */ \
	{ "seal-ids", "bww" },		/* 1: gid, 2: uid, 3: both */ \
	{ "seal-capabilities", "qqqq" }, /* permitted, effective, inheritable, ambient */ \
	{ "seal-landlock", "hw" },	/* descriptor, flags */ \
	{ "seal-filter", "bw" },	/* index of a program, flags */ \
	{ "seal-word", "bh" },		/* which of the six, where */ \
	{ "seal-environment", "" }, \
	{ "seal-oom-score", "h" }, \
	{ "seal-raw", "bw" }		/* size, version, parts, nfilter: xor */

/* What the operations ask for. */
struct wanted_seal {
	const struct airlock_seal *seal;	/* NULL: none */
	bool shuts_files; /* a profile that lets nothing be written */
	bool refused;		/* by the check of options: EINVAL */
	bool fails;		/* some step must: */
	bool no_exec;		/* the program lets no exec through, or is none */
	bool plain;		/* no step fails for it */
	bool fragile;		/* the helper may not do what it is told */
	bool slow;		/* its exec may wait for nobody */
	bool one_exec;
};

/* Forget what was asked for. */
void seal_start(struct wanted_seal *w);
void seal_step(struct wanted_seal *w, const struct fuzz_step *s);

/* Once: make the seals of profiles. */
void seal_prepare(void);

#endif
