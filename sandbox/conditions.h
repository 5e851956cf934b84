/* SPDX-License-Identifier: ISC */
/*
 * conditions.h: what a profile makes of one call, and the instructions that look at its arguments.
 * Rules and restrictions become the same clauses of comparisons here. Pure.
 */
#ifndef AIRLOCK_CONDITIONS_H
#define AIRLOCK_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assemble.h"
#include "profile.h"

/* What a restriction has to say about one call */
struct airlock__restriction {
	uint32_t answer;		/* where it is broken; 0: there is none */
	bool always;			/* broken whatever the arguments */
	bool says_allowed;		/* the atoms are what is allowed; else what is not */
	size_t natoms;
	struct airlock__atom atom[64];
};

struct airlock__decision {
	bool rules;			/* its rules must be asked */
	uint32_t answer;		/* of a call that passes all; without conditions: of any */
	struct airlock__restriction restriction[2];	/* both must be kept; the second is TCP's */
};

/* `personality`: the caller's, see LockPersonality=. One exec and baseline come before this. */
void airlock__decide(const struct airlock_profile *p, size_t call, uint32_t personality,
		     struct airlock__decision *ret);

/* false: the answer is the same whatever the arguments are */
bool airlock__is_conditional(const struct airlock__decision *d);

/* Code that ends in an answer, for a call that is conditional. */
void airlock__emit_conditions(struct airlock__assembly *a, const struct airlock_profile *p,
			      size_t call, const struct airlock__decision *d);

#endif
