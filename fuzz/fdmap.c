/* SPDX-License-Identifier: ISC */
/*
 * fdmap: any moves of descriptors: cycles, chains, sources that are targets, numbers that repeat.
 *
 * Oracle: when the ops are done one after the other on a table, each target holds what stood at its
 * source before, with the close-on-exec flag that was asked for; no other number has changed but,
 * only where moves form a cycle, one: the lowest from 3 on that is neither source nor target, and
 * what is put there goes at exec. No op reads a number that is not open. There are no more ops than
 * one a move and one a cycle, and none stands beyond the capacity that callers allot. Negative
 * numbers and targets that repeat are refused, and nothing else is.
 */
#include "ops.h"

#include <errno.h>
#include <string.h>

#include "fdmap.h"

FUZZ_UNTRACED_BEGIN

enum { MOVE, CHAIN, CYCLE, FAR, SAME };
static const struct fuzz_op ops[] = {
	{ "move", "bbb" }, /* from, to, close-on-exec */
	{ "chain", "bb" }, /* first, how many: each to the next higher number */
	{ "cycle", "bb" }, /* first, how many: the last to the first */
	{ "far", "wwb" },  /* from and to as they are, negative ones too */
	{ "same", "bb" },  /* first, how many: each to itself */
	{ NULL, NULL },
};
const struct fuzz_op *const fuzz_ops = ops;

enum { MOVES = 64, AT_ONCE = 16 };

struct wanted {
	struct airlock__move move[MOVES];
	size_t n;
};

static void want(struct wanted *w, int from, int to, bool cloexec)
{
	if (w->n < MOVES)
		w->move[w->n++] =
			(struct airlock__move){ .from = from, .to = to, .cloexec = cloexec };
}

static void decode(const uint8_t *data, size_t size, struct wanted *w)
{
	struct fuzz_reader r = { data, data + size };
	struct fuzz_step s;

	w->n = 0;
	while (w->n < MOVES && fuzz_next(&r, &s)) {
		int first = (int)s.arg[0], n = (int)(s.arg[1] % (AT_ONCE + 1));

		if (s.op == MOVE)
			want(w, first, (int)s.arg[1], s.arg[2] & 1);
		else if (s.op == FAR)
			want(w, (int)(uint32_t)s.arg[0], (int)(uint32_t)s.arg[1], s.arg[2] & 1);
		else
			for (int i = first; i < first + n; i++)
				want(w, i,
				     s.op == SAME			   ? i
				     : s.op == CYCLE && i == first + n - 1 ? first
									   : i + 1,
				     false);
	}
}

/* The table: what is known of each number that was named, wherever it is. */

enum { PLACES = 512, NOTHING = -1 };

struct place {
	unsigned run; /* of another run: free */
	int number, holds;
	bool cloexec, source, target;
	int writer; /* index of the move whose target this is */
	unsigned visit;
};

static struct place places[PLACES];
static unsigned run;

static struct place *at(int number)
{
	size_t i = (uint32_t)number * 2654435761u >> 23;

	/* there are never as many numbers as places */
	while (places[i].run == run && places[i].number != number)
		i = (i + 1) % PLACES;
	if (places[i].run != run)
		places[i] = (struct place){ .run = run, .number = number, .holds = NOTHING };
	return &places[i];
}

/* The table before the moves; false: they are none that can be done. */
static bool lay_out(const struct wanted *w)
{
	bool valid = true;

	run++;
	for (size_t i = 0; i < w->n; i++) {
		const struct airlock__move *m = &w->move[i];
		struct place *from = at(m->from), *to;

		from->source = true;
		from->holds = m->from;
		to = at(m->to);
		valid = valid && m->from >= 0 && m->to >= 0 && !to->target;
		to->target = true;
		to->writer = (int)i;
	}
	return valid;
}

/* Cycles of two or more. Each target has one source, so each is met at most once a walk. */
static size_t count_cycles(const struct wanted *w)
{
	size_t cycles = 0;

	for (size_t i = 0; i < w->n; i++) {
		unsigned walk = (unsigned)i + 1;
		struct place *p = at(w->move[i].to);

		while (p->target && !p->visit) {
			p->visit = walk;
			p = at(w->move[p->writer].from);
		}
		cycles += p->target && p->visit == walk && w->move[p->writer].from != p->number;
		/* the next walk that comes by here has been counted */
		for (p = at(w->move[i].to); p->target && p->visit == walk;
		     p = at(w->move[p->writer].from))
			p->visit = MOVES + 1;
	}
	return cycles;
}

static int lowest_free(void)
{
	int fd = 3;

	while (at(fd)->source || at(fd)->target)
		fd++;
	return fd;
}

static void perform(const struct airlock__op *op, int scratch)
{
	struct place *from = at(op->from), *to = at(op->to);

	FUZZ_HOLDS(from->holds != NOTHING, "reads what is open");
	FUZZ_HOLDS(to->target || op->to == scratch,
		   "writes to targets, and to one other number where it must");
	FUZZ_HOLDS(to->target || op->cloexec, "what is put aside goes at exec");
	to->holds = from->holds;
	to->cloexec = op->cloexec;
}

static void check(const struct wanted *w, const struct airlock__op *op, size_t n)
{
	size_t cycles = count_cycles(w);
	int scratch = cycles ? lowest_free() : NOTHING;

	FUZZ_HOLDS(n >= w->n && n <= w->n + cycles, "one op a move, and one more a cycle at most");
	for (size_t i = 0; i < n; i++)
		perform(&op[i], scratch);
	for (size_t i = 0; i < w->n; i++) {
		const struct airlock__move *m = &w->move[i];
		const struct place *from = at(m->from), *to = at(m->to);

		FUZZ_HOLDS(to->holds == m->from, "each target holds what stood at its source");
		FUZZ_HOLDS(to->cloexec == m->cloexec, "... with the flag that was asked for");
		FUZZ_HOLDS(from->target || from->holds == m->from, "no other number changes");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* what the module gets ends where these do, so that a sanitizer sees one too many */
	static struct airlock__move moves[MOVES];
	static struct airlock__op list[AIRLOCK__MAX_OPS(MOVES)];
	static struct wanted w;
	struct airlock__move *move;
	struct airlock__op *op;
	bool valid;
	int n;

	decode(data, size, &w);
	valid = lay_out(&w);
	move = moves + MOVES - w.n;
	memcpy(move, w.move, w.n * sizeof *move);
	op = list + AIRLOCK__MAX_OPS(MOVES) - AIRLOCK__MAX_OPS(w.n);
	/* -1, which no op may read: what is not written shows */
	memset(list, 0xff, sizeof list);
	n = airlock__fdmap(move, w.n, op);
	FUZZ_HOLDS(n >= 0 || n == -EINVAL, "a number of ops, or EINVAL");
	FUZZ_HOLDS((n >= 0) == valid,
		   "refuses negative numbers and targets that repeat, and nothing else");
	if (n < 0)
		return 0;
	FUZZ_HOLDS((size_t)n <= AIRLOCK__MAX_OPS(w.n), "keeps to its capacity");
	check(&w, op, (size_t)n);
	return 0;
}

FUZZ_UNTRACED_END
