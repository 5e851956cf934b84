/* SPDX-License-Identifier: ISC */
/*
 * guard.h: the caller's dumpable flag, while a child stands on its memory.
 *
 * A child that may do less is a door: a stranger who may do as little as the child may write into
 * it, and so into the caller (ptrace(2), "Ptrace access mode checking"). And one that may dump
 * core where the caller may not would dump the caller. Without the dumpable flag neither can
 * happen. See prctl(2), PR_SET_DUMPABLE.
 */
#ifndef AIRLOCK_GUARD_H
#define AIRLOCK_GUARD_H

#include <stdbool.h>

#include "seal.h"

/* Does a child with this seal (may be NULL) need the guard? */
bool airlock__guard_needed(const struct airlock_seal *seal);

/*
 * Shut the door: the flag is 0 until as many airlock__guard_open() as calls that returned 0.
 * -ENOTSUP: it cannot be put back as it was, or would not stay 0; use private memory.
 */
int airlock__guard_shut(void);
void airlock__guard_open(void);

#endif
