/* SPDX-License-Identifier: ISC */
/*
 * quiet.h: what every public function does first and last, so that its caller is untouched
 * (P7): errno stays, and no thread is cancelled half way, which would leak what it holds.
 */
#ifndef AIRLOCK_QUIET_H
#define AIRLOCK_QUIET_H

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

struct airlock__quiet {
	int saved_errno, cancel_state, cancel_type;
};

static inline struct airlock__quiet airlock__quiet_begin(void)
{
	struct airlock__quiet q = { errno, PTHREAD_CANCEL_ENABLE, PTHREAD_CANCEL_DEFERRED };

	/*
	 * glibc's signal that was sent while cancellation was enabled may arrive when it is not, and then its
	 * handler (of 2.36) looks at the type alone, which each call that is a cancellation point makes
	 * asynchronous for its duration. At its end such a call waits for a signal that is on its way. So one is
	 * made here, where nothing is held yet; from then on none is sent.
	 */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &q.cancel_state);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &q.cancel_type);
	if (q.cancel_type != PTHREAD_CANCEL_DEFERRED)
		(void)close(-1);
	return q;
}

static inline void airlock__quiet_end(const struct airlock__quiet *q)
{
	int ignored;

	pthread_setcanceltype(q->cancel_type, &ignored);
	pthread_setcancelstate(q->cancel_state, &ignored);
	errno = q->saved_errno;
}

#endif
