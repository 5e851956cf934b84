/* SPDX-License-Identifier: ISC */
/*
 * profile_same.h: whether two profiles ask for the same.
 */
#ifndef AIRLOCK_FUZZ_PROFILE_SAME_H
#define AIRLOCK_FUZZ_PROFILE_SAME_H

#include "profile.h"

/* ... wherever it was written, and whatever command they are told of. */
bool profile_same(const struct airlock_profile *a, const struct airlock_profile *b);

#endif
