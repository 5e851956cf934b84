/* SPDX-License-Identifier: ISC */
/*
 * remedy.h: what a profile says of a call that is asked about, and which lines would make it pass. Pure.
 */
#ifndef AIRLOCK_REMEDY_H
#define AIRLOCK_REMEDY_H

#include "listener.h"

/* SECCOMP_RET_* of the profile's own program, for a call of the helper's: any exec is one more than the first. */
uint32_t profile_answer(const struct airlock_profile *p, const struct question *q);

bool answer_passes(uint32_t answer);

#endif
