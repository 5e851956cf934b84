/* SPDX-License-Identifier: ISC */
/*
 * stats.h: the clock, medians and verdicts of the benchmarks.
 */
#ifndef AIRLOCK_BENCH_STATS_H
#define AIRLOCK_BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_ROUNDS = 10000 };

/* Nanoseconds */
int64_t now(void);

struct spread {
	double low, median, high;	/* quartiles */
};

/* Of n values, at least one; sorts them. */
struct spread spread_of(double *values, size_t n);

enum bound { AT_MOST, AT_LEAST };

/* A line: what it is, how it is, what it shall be, "met" or "MISSED". */
void print_verdict(const char *what, struct spread s, enum bound b, double target);

#endif
