/* SPDX-License-Identifier: ISC */
/*
 * program.h: makes the seccomp program of a profile.
 */
#ifndef AIRLOCK_PROGRAM_H
#define AIRLOCK_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/filter.h>

#include "profile.h"

struct airlock__program {
	struct sock_filter *code;	/* from malloc */
	uint32_t n;
	bool one_exec;			/* the six words below are to be patched for each spawn */
	uint16_t at[6];			/* as airlock_seal.one_exec */
};

/*
 * Does a seal of this profile need a program: is there anything that it would refuse?
 */
bool airlock__program_needed(const struct airlock_profile *p, bool one_exec);

/*
 * `one_exec` false: as airlock_seal_export_bpf() gives it. `personality`: the caller's, see
 * LockPersonality=. -E2BIG with the number of instructions in ret->n: more than the kernel takes.
 * -ENOMEM. Until patched, the one exec's pointers are all
 * ones: no address that a process can have.
 */
int airlock__program_make(const struct airlock_profile *p, bool one_exec, uint32_t personality,
			  struct airlock__program *ret);

/* The same with the profile's own ExecOnce=, and not made anew if a builtin has it ready. */
int airlock__program_get(const struct airlock_profile *p, uint32_t personality,
			 struct airlock__program *ret);

#endif
