/* SPDX-License-Identifier: ISC */
/*
 * explain.h: airlock run --explain: says which call a profile refuses and the line that would allow it, then
 * lets the profile have its way.
 */
#ifndef AIRLOCK_EXPLAIN_H
#define AIRLOCK_EXPLAIN_H

#include "listener.h"

struct explainer {
	struct listener listener;
	const struct airlock_profile *profile;
	struct told *told;		/* what was said already is not said again, only counted */
	size_t ntold;
};

/* Answer what is asked by now (the listener is readable), and tell on standard error. -errno: over, close it. */
int explain_next(struct explainer *x);

/* How often what was told of once happened; frees. */
void explain_end(struct explainer *x);

/*
 * The line that would let the call through, `SystemCallFilter=socket`; several, where it takes them, with " and "
 * between; "": there is none (a foreign architecture). Landlock is not looked at.
 */
void explain_line(const struct airlock_profile *p, const struct question *q, char *buf, size_t size);

#endif
