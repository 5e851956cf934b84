/* SPDX-License-Identifier: ISC */
/*
 * stats.c: see stats.h.
 */
#define _GNU_SOURCE
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct spread spread_of(double *values, size_t n)
{
	qsort(values, n, sizeof *values, by_size);
	return (struct spread){ values[n / 4], values[n / 2], values[n - 1 - n / 4] };
}

void print_verdict(const char *what, struct spread s, enum bound b, double target)
{
	int met = b == AT_MOST ? s.median <= target : s.median >= target;

	printf("%-47s %6.2f  (%.2f..%.2f)  %s %g: %s\n", what, s.median, s.low, s.high,
	       b == AT_MOST ? "at most" : "at least", target, met ? "met" : "MISSED");
}
