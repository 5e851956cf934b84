/* SPDX-License-Identifier: ISC */
/*
 * clock.h: deadlines. Nanoseconds of CLOCK_MONOTONIC; FOREVER is no deadline.
 */
#ifndef AIRLOCK_CLOCK_H
#define AIRLOCK_CLOCK_H

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <time.h>

#define AIRLOCK__FOREVER INT64_MAX

static inline int64_t airlock__now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t airlock__in_ms(unsigned ms)
{
	return airlock__now() + (int64_t)ms * 1000000;
}

static inline int64_t airlock__sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline struct timespec airlock__timespec(int64_t ns)
{
	return (struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
}

/* Milliseconds from now for poll(2), rounded up so that a wait never ends early; -1: for ever. */
static inline int airlock__left_ms(int64_t deadline)
{
	int64_t left;

	if (deadline == AIRLOCK__FOREVER)
		return -1;
	left = (deadline - airlock__now() + 999999) / 1000000;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Wait for events on one descriptor (-1: only sleep). 0, -ETIMEDOUT, or what poll(2) says. */
static inline int airlock__poll(int fd, short events, int64_t deadline)
{
	struct pollfd p = { fd, events, 0 };
	int r;

	for (;;) {
		r = poll(&p, 1, airlock__left_ms(deadline));
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (airlock__now() >= deadline)
			return -ETIMEDOUT;
	}
}

#endif
