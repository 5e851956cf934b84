/* SPDX-License-Identifier: ISC */
/*
 * abi.h: makes this kernel's Landlock look older, or gone.
 */
#ifndef AIRLOCK_TESTS_ABI_H
#define AIRLOCK_TESTS_ABI_H

#include <stdbool.h>

/*
 * From now on this thread, and all that it starts, sees a Landlock of this ABI (which the kernel must
 * have at least): it is what the kernel answers when asked, and a ruleset that an ABI that old has no
 * room for is refused. 0: ENOSYS for all of Landlock's calls; negative: that errno. For life: call it
 * in a forked child. What answers is a process of its own, no child of this one, that ends with the
 * last that asks. false: this machine does not let us.
 */
bool pretend_landlock_abi(int abi);

/* The real one; 0: there is none. */
int landlock_abi(void);

#endif
