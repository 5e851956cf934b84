/* SPDX-License-Identifier: ISC */
/*
 * exit.c: the program that bench.c starts. Static, without a C library, and ends at once, so that
 * what is measured is the start. With MEASURE_CALLS it first writes the nanoseconds that a thousand
 * of its cheapest call took, to 1: what a filter adds to each.
 */
#include "../lib/sys.h"

#include <stdint.h>

void _start(void);

#ifdef MEASURE_CALLS
static int64_t now(void)
{
	int64_t t[2];

	/* CLOCK_MONOTONIC */
	airlock__sys2(__NR_clock_gettime, 1, t);
	return t[0] * 1000000000 + t[1];
}

/* The best of some: what else the machine does is no cost of a call's */
static void measure_calls(void)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 10; i++) {
		int64_t begin = now(), took;

		for (int j = 0; j < 1000; j++)
			airlock__sys0(__NR_getppid);
		took = now() - begin;
		best = took < best ? took : best;
	}
	airlock__sys3(__NR_write, 1, &best, sizeof best);
}
#endif

void _start(void)
{
#ifdef MEASURE_CALLS
	measure_calls();
#endif
	for (;;)
		airlock__sys1(__NR_exit_group, 0);
}
