/* SPDX-License-Identifier: ISC */
/*
 * lacks.h: what a dynamic program would lack under a profile, on its way to main() and out again.
 */
#ifndef AIRLOCK_LACKS_H
#define AIRLOCK_LACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "profile.h"

enum { MAX_LACKS = 64 };

struct lack {
	const char *call;		/* of @start, refused with `answer`; NULL: it is a file */
	uint32_t answer;
	char *path;			/* from malloc: not within what the key names */
	const char *key;
	const char *who;		/* whom it matters to; "": every program */
};

/*
 * `program`: whose loader and libraries are looked for. `stands_in`: it is another's place that it takes, so
 * whether it may itself be executed says nothing. Returns how many there are.
 */
size_t lacks_find(const struct airlock_profile *p, const char *program, bool stands_in,
		  struct lack lacks[MAX_LACKS]);
void lacks_free(struct lack *lacks, size_t n);

#endif
