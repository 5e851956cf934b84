/* SPDX-License-Identifier: ISC */
/*
 * channel.h: makes the two ends of each channel type.
 */
#ifndef AIRLOCK_CHANNEL_H
#define AIRLOCK_CHANNEL_H

#include <stdint.h>

#include "airlock/airlock.h"

/* Descriptors, close-on-exec; the two of a side are equal but for AIRLOCK_FIFO; -1: none. */
struct airlock__channel {
	int rfd, wfd;			/* the caller's: nonblocking, never 0 to 2 */
	int helper_rfd, helper_wfd;	/* the helper's: blocking */
};

#define AIRLOCK__NO_CHANNEL { -1, -1, -1, -1 }

/*
 * Made whole: nobody else is, or can get, on it. AIRLOCK_NONE has no ends: all are -1. 0 or a
 * negative errno, -ETIMEDOUT among them.
 */
int airlock__channel_open(enum airlock_channel type, int64_t deadline, struct airlock__channel *ret);

/* Close what is open of a side, and set it to -1. */
void airlock__channel_close_ours(struct airlock__channel *channel);
void airlock__channel_close_helpers(struct airlock__channel *channel);

/* Close two descriptors: once if they are equal, not at all if negative. */
void airlock__close_pair(int a, int b);

#endif
