/* SPDX-License-Identifier: ISC */
/*
 * watch.h: runs a command for `airlock learn` and records all that it and its processes ask the kernel for.
 */
#ifndef AIRLOCK_WATCH_H
#define AIRLOCK_WATCH_H

#include "learned.h"

/*
 * Until nobody is left of it, or somebody has interrupted us. 0, and *ret_code is the command's exit code;
 * or our exit code, and it was told why. *ret_ran: the command itself was executed, so that there is
 * something to write.
 */
int watch_run(char *const *argv, struct learned *l, int *ret_code, bool *ret_ran);

#endif
