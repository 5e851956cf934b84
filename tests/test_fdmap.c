/* SPDX-License-Identifier: ISC */
/*
 * test_fdmap.c: the order of descriptor moves. Every result is played on an array of objects that
 * stands for a descriptor table, and the table is looked at afterwards.
 */
#define _GNU_SOURCE
#include "common.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fdmap.h"

enum { LARGE = 1024, NUMBERS = 32768, OPS = AIRLOCK__MAX_OPS(LARGE), CANARY = -77 };

/* A descriptor table: which object stands at each number. 0: none. */
struct table {
	int object[NUMBERS];
	bool cloexec[NUMBERS];
};

static struct table table;
static struct airlock__move moves[LARGE], wanted[LARGE];
static struct airlock__op ops[OPS + 1];

/* Every number has an object of its own, and all are close-on-exec but some. */
static void fill_table(int numbers)
{
	for (int fd = 0; fd < numbers; fd++) {
		table.object[fd] = fd + 1;
		table.cloexec[fd] = fd % 3 != 0;
	}
}

/* dup3(2), and fcntl(2) with F_SETFD where both are one */
static void play(const struct airlock__op *op)
{
	if (op->from < 0 || op->from >= NUMBERS || op->to < 0 || op->to >= NUMBERS)
		fail_msg("an op from %d to %d", op->from, op->to);
	table.object[op->to] = table.object[op->from];
	table.cloexec[op->to] = op->cloexec;
}

static const struct airlock__move *wanted_at(size_t n, int to)
{
	for (size_t i = 0; i < n; i++)
		if (wanted[i].to == to)
			return &wanted[i];
	return NULL;
}

static bool is_number_of(size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (wanted[i].from == fd || wanted[i].to == fd)
			return true;
	return false;
}

/* The number of cycles of two or more, by walking back from each target to its source. */
static int cycles_in(size_t n)
{
	static const struct airlock__move *by_target[NUMBERS];
	static int seen[NUMBERS], mark;
	int cycles = 0, first = mark;

	for (size_t i = 0; i < n; i++)
		by_target[wanted[i].to] = &wanted[i];
	for (size_t i = 0; i < n; i++) {
		const struct airlock__move *m = &wanted[i];

		mark++;
		while (m && seen[m->to] <= first) {
			seen[m->to] = mark;
			m = by_target[m->from];
		}
		if (m && seen[m->to] == mark && m->from != m->to)
			cycles++;
	}
	for (size_t i = 0; i < n; i++)
		by_target[wanted[i].to] = NULL;
	return cycles;
}

/* Move, and look at each number below `numbers`: is it what it shall be, and no other changed? */
static void check(size_t n, int numbers)
{
	int count, scratch = -1, cycles = cycles_in(n);

	memcpy(moves, wanted, n * sizeof *moves);
	ops[AIRLOCK__MAX_OPS(n)].from = CANARY;
	count = airlock__fdmap(moves, n, ops);
	assert_int_equal(ops[AIRLOCK__MAX_OPS(n)].from, CANARY);
	if (count < 0 || (size_t)count != n + (size_t)cycles)
		fail_msg("%d ops for %zu moves with %d cycles", count, n, cycles);
	fill_table(numbers);
	for (int i = 0; i < count; i++)
		play(&ops[i]);
	for (int fd = 0; fd < numbers; fd++) {
		const struct airlock__move *m = wanted_at(n, fd);

		if (m) {
			if (table.object[fd] != m->from + 1)
				fail_msg("P3: %d holds what was at %d, not at %d", fd,
					 table.object[fd] - 1, m->from);
			if (table.cloexec[fd] != m->cloexec)
				fail_msg("P3: %d has close-on-exec %d", fd, table.cloexec[fd]);
		} else if (table.object[fd] != fd + 1 || table.cloexec[fd] != (fd % 3 != 0)) {
			if (scratch >= 0 || is_number_of(n, fd))
				fail_msg("P3: %d was overwritten", fd);
			scratch = fd;
		}
	}
	if (scratch >= 0) {
		/* one that is left over must not reach the helper, whatever closes the rest */
		assert_true(table.cloexec[scratch]);
		assert_true(cycles > 0);
		assert_true(scratch >= 3);
		for (int fd = 3; fd < scratch; fd++)
			assert_true(is_number_of(n, fd));
	}
	/* as promised: sorted by target, for the list of what is kept */
	for (size_t i = 0; i < n; i++) {
		assert_non_null(wanted_at(n, moves[i].to));
		assert_true(i == 0 || moves[i - 1].to < moves[i].to);
	}
}

static void want(size_t *n, int from, int to, bool cloexec)
{
	memset(&wanted[*n], 0xa5, sizeof *wanted);
	wanted[*n].from = from;
	wanted[*n].to = to;
	wanted[*n].cloexec = cloexec;
	wanted[*n].done = false;
	++*n;
}

/* each target in each order, from each source, with each flag */
static int try_all(size_t n, unsigned targets, size_t depth)
{
	int tried = 1;

	if (n > 0)
		check(n, 9);
	if (n == depth)
		return tried;
	for (int to = 0; to < 5; to++) {
		if (targets >> to & 1)
			continue;
		for (int from = 0; from < 5; from++)
			for (int cloexec = 0; cloexec < 2; cloexec++) {
				size_t here = n;

				want(&here, from, to, cloexec);
				tried += try_all(here, targets | 1u << to, depth);
			}
	}
	return tried;
}

static void p3_all_moves_of_five_numbers_come_out_right(void **state)
{
	size_t depth = scaled(100) < 100 ? 3 : 4;
	int tried;

	(void)state;
	tried = try_all(0, 0, depth);
	assert_true(tried ==
		    (depth == 4 ? 1 + 50 + 2000 + 60000 + 1200000 : 1 + 50 + 2000 + 60000));
}

static void p3_no_moves_are_no_ops(void **state)
{
	(void)state;
	assert_int_equal(airlock__fdmap(NULL, 0, NULL), 0);
}

static void p3_a_number_that_stays_gets_its_flag_only(void **state)
{
	size_t n = 0;

	(void)state;
	for (int fd = 0; fd < 10; fd++)
		want(&n, fd, fd, fd % 2);
	check(n, 20);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(ops[i].from, ops[i].to);
}

/* Shapes */

static void cycles_of(size_t n, int length, int base, int stride)
{
	size_t count = 0;

	for (int first = 0; count < n; first += length)
		for (int i = 0; i < length && count < n; i++) {
			int last = (int)n - first < length ? (int)n - first : length;

			want(&count, base + (first + i) * stride,
			     base + (first + (i + 1) % last) * stride, i % 2);
		}
}

static void p3_cycles_of_every_length_come_out_right(void **state)
{
	(void)state;
	for (int length = 1; length <= 40; length++) {
		cycles_of(120, length, 0, 1);
		check(120, 200);
		cycles_of(120, length, 3, 2);
		check(120, 300);
	}
	cycles_of(LARGE, LARGE, 0, 1);
	check(LARGE, 2000);
	cycles_of(LARGE, 2, 0, 1);
	check(LARGE, 2000);
	cycles_of(LARGE, 3, 5, 7);
	check(LARGE, 8000);
}

static void p3_chains_either_way_come_out_right(void **state)
{
	size_t n = 0;

	(void)state;
	for (int i = 0; i < LARGE; i++)
		want(&n, i, i + 1, i % 2);
	check(n, 2000);
	n = 0;
	for (int i = 0; i < LARGE; i++)
		want(&n, i + 1, i, i % 2);
	check(n, 2000);
}

static void p3_one_source_for_all_comes_out_right(void **state)
{
	size_t n = 0;

	(void)state;
	/* it is a target itself, and stays */
	for (int i = 0; i < LARGE; i++)
		want(&n, 500, i, i % 2);
	check(n, 2000);
	/* it is a target, and is overwritten */
	n = 0;
	for (int i = 0; i < LARGE; i++)
		want(&n, i == 500 ? 7 : 500, i, i % 2);
	check(n, 2000);
}

/* a cycle, from each number of which a chain hangs off */
static void p3_chains_that_read_from_a_cycle_come_out_right(void **state)
{
	enum { LENGTH = 64, DEPTH = 7 };
	size_t n = 0;

	(void)state;
	for (int i = 0; i < LENGTH; i++) {
		want(&n, i, (i + 1) % LENGTH, true);
		for (int d = 0; d < DEPTH; d++)
			want(&n, d ? 1000 + i * DEPTH + d - 1 : i, 1000 + i * DEPTH + d, false);
	}
	check(n, 2000);
}

static void shuffle(size_t n, unsigned *seed)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)rand_r(seed) % i;
		struct airlock__move m = wanted[i - 1];

		wanted[i - 1] = wanted[j];
		wanted[j] = m;
	}
}

static size_t random_moves(int *ret_numbers, unsigned *seed)
{
	static int targets[NUMBERS];
	size_t most = 1 + (size_t)rand_r(seed) % (rand_r(seed) % 4 ? 40 : LARGE), n = 0;
	int numbers = (int)most + 1 +
		      rand_r(seed) % (rand_r(seed) % 2	 ? 5
				      : rand_r(seed) % 2 ? 200
							 : 20000);
	bool permute = rand_r(seed) % 3 == 0;

	for (int i = 0; i < numbers; i++)
		targets[i] = i;
	for (int i = numbers; i > 1; i--) {
		int j = rand_r(seed) % i, t = targets[i - 1];

		targets[i - 1] = targets[j];
		targets[j] = t;
	}
	/* the targets once more, in another order, are a heap of cycles */
	for (size_t i = 0; i < most; i++)
		want(&n, permute ? targets[(i * 7 + 3) % most] : rand_r(seed) % numbers, targets[i],
		     rand_r(seed) % 2);
	shuffle(n, seed);
	*ret_numbers = numbers;
	return n;
}

static void p3_thousands_of_random_moves_come_out_right(void **state)
{
	unsigned seed = 42;

	(void)state;
	for (int round = 0; round < scaled(3000); round++) {
		int numbers;
		size_t n = random_moves(&numbers, &seed);

		check(n, numbers + 3 + (numbers < NUMBERS - 2000 ? 1500 : 0));
	}
}

static void p3_the_highest_numbers_are_numbers(void **state)
{
	struct airlock__move high[] = { { .from = INT_MAX, .to = 0 },
					{ .from = 0, .to = INT_MAX, .cloexec = true } };
	int count = airlock__fdmap(high, 2, ops);

	(void)state;
	assert_int_equal(count, 3);
	/* 3 is free, and one of the two is saved there */
	assert_int_equal(ops[0].to, 3);
	assert_true(ops[0].cloexec);
	assert_int_equal(ops[1].to, ops[0].from);
	assert_int_equal(ops[2].from, 3);
	assert_int_equal(ops[2].to, ops[1].from);
}

/* Bad input */

static void must_refuse(size_t n)
{
	memcpy(moves, wanted, n * sizeof *moves);
	ops[0].from = CANARY;
	assert_int_equal(airlock__fdmap(moves, n, ops), -EINVAL);
	assert_int_equal(ops[0].from, CANARY);
}

static void bad_numbers_are_refused(void **state)
{
	static const int bad[] = { -1, -2, -1000, INT_MIN };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		for (size_t at = 0; at < 20; at++) {
			size_t n = 0;

			for (int fd = 0; fd < 20; fd++)
				want(&n, fd, (fd + 1) % 20, false);
			wanted[at].from = bad[i];
			must_refuse(n);
			wanted[at].from = 1;
			wanted[at].to = bad[i];
			must_refuse(n);
		}
}

static void a_target_that_repeats_is_refused(void **state)
{
	(void)state;
	for (size_t a = 0; a < 20; a++)
		for (size_t b = 0; b < 20; b++) {
			size_t n = 0;

			for (int fd = 0; fd < 20; fd++)
				want(&n, fd, fd + 100, false);
			wanted[a].to = wanted[b].to;
			/* the same source makes it no better */
			wanted[a].from = wanted[b].from;
			if (a != b)
				must_refuse(n);
		}
}

/* Cost: instructions are counted, not time */

static void map_under_trace(size_t n)
{
	memcpy(moves, wanted, n * sizeof *moves);
	/* once before: what the libraries do the first time is no cost of a map */
	airlock__fdmap(moves, n, ops);
	memcpy(moves, wanted, n * sizeof *moves);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	airlock__fdmap(moves, n, ops);
	_exit(0);
}

/* Instructions of one map, in a child that is stepped through it; `most` or more: it gave up. -1: no tracing. */
static long instructions(size_t n, long most)
{
	pid_t child = fork();
	long count = 0;
	int st;

	assert_true(child >= 0);
	if (child == 0)
		map_under_trace(n);
	assert_int_equal(waitpid(child, &st, 0), child);
	if (!WIFSTOPPED(st))
		return -1;
	while (count < most) {
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) < 0)
			count = -1;
		if (count < 0 || waitpid(child, &st, 0) != child || WIFEXITED(st))
			break;
		count++;
	}
	if (!WIFEXITED(st)) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return count;
}

enum shape { PAIRS, CHAIN, ONE_CYCLE, STAR, NSHAPES };

static size_t make_shape(enum shape shape, int n)
{
	size_t count = 0;

	switch (shape) {
	case ONE_CYCLE:
	case PAIRS:
		cycles_of((size_t)n, shape == PAIRS ? 2 : n, 0, 1);
		return (size_t)n;
	case CHAIN:
		for (int i = 0; i < n; i++)
			want(&count, i, i + 1, false);
		break;
	default:
		for (int i = 0; i < n; i++)
			want(&count, n / 2, i, false);
	}
	return count;
}

/*
 * Eight times the moves may cost 8 * log(192) / log(24) = 13.2 times the instructions, and some; a
 * loop in a loop makes that 22 and more. (Few moves, since each step costs microseconds.)
 */
static void p10_the_cost_grows_as_n_log_n(void **state)
{
	enum { FEW = 24, MANY = 192, TIMES = 18 };
	static const char *const names[] = { "pairs", "a chain", "one cycle", "one source" };
	bool worse = false;

	(void)state;
	if (under_valgrind())
		SKIP("valgrind's children cannot be stepped");
	if (UNDER_SANITIZER)
		SKIP("a sanitizer's own instructions would be counted");
	for (enum shape shape = 0; shape < NSHAPES; shape++) {
		size_t n = make_shape(shape, FEW);
		long few = instructions(n, 10000000), many;

		if (few <= 0)
			SKIP("ptrace(2) is refused");
		n = make_shape(shape, MANY);
		many = instructions(n, TIMES * few);
		if (many >= TIMES * few) {
			print_error("P10: %s: %d moves cost %ld instructions, %d more than %ld\n",
				    names[shape], FEW, few, MANY, many);
			worse = true;
		}
	}
	assert_false(worse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p3_all_moves_of_five_numbers_come_out_right),
		cmocka_unit_test(p3_no_moves_are_no_ops),
		cmocka_unit_test(p3_a_number_that_stays_gets_its_flag_only),
		cmocka_unit_test(p3_cycles_of_every_length_come_out_right),
		cmocka_unit_test(p3_chains_either_way_come_out_right),
		cmocka_unit_test(p3_one_source_for_all_comes_out_right),
		cmocka_unit_test(p3_chains_that_read_from_a_cycle_come_out_right),
		cmocka_unit_test(p3_thousands_of_random_moves_come_out_right),
		cmocka_unit_test(p3_the_highest_numbers_are_numbers),
		cmocka_unit_test(bad_numbers_are_refused),
		cmocka_unit_test(a_target_that_repeats_is_refused),
		cmocka_unit_test(p10_the_cost_grows_as_n_log_n),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
