/* SPDX-License-Identifier: ISC */
/*
 * quiet.h: what every public function does first and last, so that its caller is untouched
 * (P7): errno stays, and no thread is cancelled half way, which would leak what it holds.
 */
#ifndef AIRLOCK_QUIET_H
#define AIRLOCK_QUIET_H

#include <errno.h>
#include <pthread.h>

struct airlock__quiet {
	int saved_errno, cancel_state;
};

static inline struct airlock__quiet airlock__quiet_begin(void)
{
	struct airlock__quiet q = { errno, PTHREAD_CANCEL_ENABLE };

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &q.cancel_state);
	return q;
}

static inline void airlock__quiet_end(const struct airlock__quiet *q)
{
	int ignored;

	pthread_setcancelstate(q->cancel_state, &ignored);
	errno = q->saved_errno;
}

#endif
