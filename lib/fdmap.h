/* SPDX-License-Identifier: ISC */
/*
 * fdmap.h: orders descriptor moves so that none overwrites another's source.
 */
#ifndef AIRLOCK_FDMAP_H
#define AIRLOCK_FDMAP_H

#include <stdbool.h>
#include <stddef.h>

/* Wanted: what stands at `from` shall stand at `to`. */
struct airlock__move {
	int from, to;
	bool cloexec;			/* of the descriptor at `to` */
	bool done, seen[2];		/* working space of the module ... */
	unsigned blockers, next, reader;
};

/* To be done: dup3(from, to); where they are equal, only the close-on-exec flag is set. */
struct airlock__op {
	int from, to;
	bool cloexec;
};

/* Capacity of the result for n moves: a cycle of two or more needs one op more. */
#define AIRLOCK__MAX_OPS(n) ((n) + (n) / 2)

/*
 * Order `n` moves into ops. Sorts `moves` by `to` and uses up the rest of them. Any number that
 * is no `to` may be overwritten, but only one is: the lowest from 3 on that is neither source
 * nor target, and only where moves form a cycle. Returns the number of ops, or -EINVAL for a
 * negative number or a `to` that repeats. Costs n log n.
 */
int airlock__fdmap(struct airlock__move *moves, size_t n, struct airlock__op *ret_ops);

#endif
