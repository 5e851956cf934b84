/* SPDX-License-Identifier: ISC */
/*
 * pack.h: a profile as bytes, for the builtins. They are read when the library is built (make_ready.c), and
 * a process that wants one reads no text and makes no program: it pays for that in each of its starts.
 */
#ifndef AIRLOCK_PACK_H
#define AIRLOCK_PACK_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "profile.h"

/* A builtin as airlock_profile_builtin() leaves it, and what airlock__program_make() makes of it. */
struct airlock__ready {
	const char *name;
	const unsigned char *bytes;	/* for this very build of the library */
	const struct sock_filter *code;	/* with the profile's ExecOnce=; n 0: it has none, or not the same for
					   each caller */
	uint32_t n;
	uint16_t at[6];			/* as struct airlock__program has it */
};

/* NULL: it must be read: there is none of that name, or the library was built for another machine. */
const struct airlock__ready *airlock__ready(const char *name);

/* All but the command; each line must be of a builtin. false: it could not be written. */
bool airlock__pack(struct airlock_profile *p, FILE *to);

/* false: no memory; *ret, which was not looked at, is then to be freed all the same. */
bool airlock__unpack(const unsigned char *from, struct airlock_profile *ret);

#endif
