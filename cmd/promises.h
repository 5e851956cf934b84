/* SPDX-License-Identifier: ISC */
/*
 * promises.h: what is found here means for P1 to P10 of airlock(7).
 */
#ifndef AIRLOCK_PROMISES_H
#define AIRLOCK_PROMISES_H

#include "probes.h"

/* The later the worse. */
enum holds { HOLDS, HOLDS_BUT, NOT_KNOWN, DOES_NOT_HOLD };

struct promise {
	const char *name, *title;	/* "P1", "Truth" */
	enum holds holds;
	char reason[512];		/* "" with HOLDS */
};

enum { NPROMISES = 10 };
void promises_judge(const struct found_here found[NPROBES], const struct surroundings *s,
		    struct promise promises[NPROMISES]);

#endif
