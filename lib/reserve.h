/* SPDX-License-Identifier: ISC */
/*
 * reserve.h: a few low descriptors kept for spawns, so that a child can take a table of its own
 * that holds only what stands below a bound, whatever the caller has open above it.
 */
#ifndef AIRLOCK_RESERVE_H
#define AIRLOCK_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

enum { AIRLOCK__SLOTS = 8, AIRLOCK__LOW_BOUND = 256 };

/*
 * Take the reserved descriptors for one spawn: 0, or a negative errno where there are none, they
 * are not free by `deadline`, or a spawn has said that this kernel does not let it (see
 * airlock__reserve_useless). Until airlock__reserve_release() no other thread has them.
 *
 * The holder may sleep on the shared futex `holder`: another thread that comes to wait for the
 * reserve wakes it, so that it can look whether it still needs it. *ret_waited is 2 while one waits.
 */
int airlock__reserve_take(int64_t deadline, volatile int *holder, const volatile uint32_t **ret_waited);

/*
 * Put a copy of *fd below the bound, if it is not there, and set *fd to it. -EMFILE: no slot is
 * left. The copy is gone after airlock__reserve_release().
 */
int airlock__reserve_place(int *fd);

/* One past the highest reserved descriptor: the bound. */
unsigned airlock__reserve_bound(void);

/* Make the slots placeholders again, and let others at them. */
void airlock__reserve_release(void);

/* What airlock_reserve() and airlock_unreserve() promise, but for the spare memory. */
int airlock__reserve_make(int64_t deadline);
void airlock__reserve_give_back(int64_t deadline);

/* The kernel or a filter refuses a table below a bound: do not try again. */
void airlock__reserve_useless(void);

#endif
