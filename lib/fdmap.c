/* SPDX-License-Identifier: ISC */
/*
 * fdmap.c: see fdmap.h. Pure; runs in the parent, so that the child only follows a list.
 *
 * A move is ready when no move that is still to come reads from its target. Doing it may free
 * the one move that writes to its source. When none is ready, what is left are cycles, each of
 * them plain (every number in it is read once and written once): one target is saved to the
 * scratch number, its one reader reads that instead, and the cycle unwinds.
 */
#include "fdmap.h"

#include <errno.h>
#include <stdlib.h>

#define NONE (~0u)

static int by_target(const void *a, const void *b)
{
	const struct airlock__move *x = a, *y = b;

	return (x->to > y->to) - (x->to < y->to);
}

/* the move that writes to `fd`, if any */
static struct airlock__move *writer_of(struct airlock__move *moves, size_t n, int fd)
{
	struct airlock__move key = { .to = fd };

	return bsearch(&key, moves, n, sizeof *moves, by_target);
}

enum { FIRST_FREE = 3 };

static void see(struct airlock__move *moves, size_t n, int fd)
{
	size_t i = (size_t)fd - FIRST_FREE;

	if (fd >= FIRST_FREE && i < 2 * n)
		moves[i / 2].seen[i % 2] = true;
}

/* n moves name 2n numbers at most, so among the first 2n + 1 there is a free one */
static int free_number(struct airlock__move *moves, size_t n)
{
	size_t i = 0;

	for (size_t j = 0; j < n; j++)
		moves[j].seen[0] = moves[j].seen[1] = false;
	for (size_t j = 0; j < n; j++) {
		see(moves, n, moves[j].from);
		see(moves, n, moves[j].to);
	}
	while (i < 2 * n && moves[i / 2].seen[i % 2])
		i++;
	return (int)i + FIRST_FREE;
}

static void push(struct airlock__move *moves, unsigned *ready, struct airlock__move *m)
{
	m->next = *ready;
	*ready = (unsigned)(m - moves);
}

static size_t drain(struct airlock__move *moves, size_t n, unsigned *ready, struct airlock__op *ops)
{
	size_t count = 0;

	while (*ready != NONE) {
		struct airlock__move *m = &moves[*ready], *freed;

		*ready = m->next;
		m->done = true;
		ops[count++] = (struct airlock__op){ m->from, m->to, m->cloexec };
		freed = writer_of(moves, n, m->from);
		if (freed && freed != m && !freed->done && --freed->blockers == 0)
			push(moves, ready, freed);
	}
	return count;
}

int airlock__fdmap(struct airlock__move *moves, size_t n, struct airlock__op *ret_ops)
{
	unsigned ready = NONE;
	size_t count;
	int scratch;

	if (n == 0)
		return 0;
	qsort(moves, n, sizeof *moves, by_target);
	for (size_t i = 0; i < n; i++) {
		if (moves[i].from < 0 || moves[i].to < 0 ||
		    (i > 0 && moves[i].to == moves[i - 1].to))
			return -EINVAL;
		moves[i].done = false;
		moves[i].blockers = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct airlock__move *m = writer_of(moves, n, moves[i].from);

		if (m && m != &moves[i])
			m->blockers++;
	}
	scratch = free_number(moves, n);
	for (size_t i = 0; i < n; i++)
		if (moves[i].blockers == 0)
			push(moves, &ready, &moves[i]);
	count = drain(moves, n, &ready, ret_ops);

	for (size_t i = 0; i < n; i++)
		if (!moves[i].done)
			writer_of(moves, n, moves[i].from)->reader = (unsigned)i;
	for (size_t i = 0; i < n; i++) {
		if (moves[i].done)
			continue;
		ret_ops[count++] = (struct airlock__op){ moves[i].to, scratch, true };
		moves[moves[i].reader].from = scratch;
		moves[i].blockers = 0;
		push(moves, &ready, &moves[i]);
		count += drain(moves, n, &ready, ret_ops + count);
	}
	return (int)count;
}
