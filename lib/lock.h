/* SPDX-License-Identifier: ISC */
/*
 * lock.h: a lock with a deadline that starts anew in a forked copy of its process.
 *
 * A mutex that another thread held at fork stays locked for ever in the copy. Here the holder's
 * pid is part of the lock: a lock of another pid is free, and who takes it over is told.
 * A copy with the same pid, in a namespace of its own, is taken for its parent.
 */
#ifndef AIRLOCK_LOCK_H
#define AIRLOCK_LOCK_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "clock.h"
#include "sys.h"

/* pid in the upper half; state in the lower: 0 free, 1 held, 2 held and waited for */
struct airlock__lock {
	_Atomic uint64_t word;
};

static inline uint32_t *airlock__lock_state(struct airlock__lock *lock)
{
	return (uint32_t *)&lock->word + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

/* 0, or -ETIMEDOUT. *ret_anew: this process has not held it before, or a fork took it over. */
static inline int airlock__lock(struct airlock__lock *lock, int64_t deadline, bool *ret_anew)
{
	uint64_t me = (uint64_t)(uint32_t)getpid() << 32, old = atomic_load(&lock->word);
	uint32_t mine = 1;

	*ret_anew = false;
	for (;;) {
		struct timespec until;

		if (old >> 32 != me >> 32 || (uint32_t)old == 0) {
			if (!atomic_compare_exchange_weak(&lock->word, &old, me | mine))
				continue;
			*ret_anew = old >> 32 != me >> 32;
			return 0;
		}
		/* before giving up, too: the wake that we may have had is then passed on */
		if ((uint32_t)old != 2 && !atomic_compare_exchange_weak(&lock->word, &old, me | 2))
			continue;
		if (airlock__now() >= deadline)
			return -ETIMEDOUT;
		mine = 2;	/* there may be more who wait */
		until = airlock__timespec(deadline);
		airlock__sys6(__NR_futex, airlock__lock_state(lock), FUTEX_WAIT_BITSET_PRIVATE, 2,
			      deadline == AIRLOCK__FOREVER ? NULL : &until, 0, FUTEX_BITSET_MATCH_ANY);
		old = atomic_load(&lock->word);
	}
}

static inline void airlock__unlock(struct airlock__lock *lock)
{
	uint64_t held = atomic_fetch_and(&lock->word, ~(uint64_t)UINT32_MAX);

	if ((uint32_t)held == 2)
		airlock__sys3(__NR_futex, airlock__lock_state(lock), FUTEX_WAKE_PRIVATE, 1);
}

#endif
