/* SPDX-License-Identifier: ISC */
/*
 * paths.h: opens what ReadPath=, WritePath= and ExecPath= stand for, @words included.
 */
#ifndef AIRLOCK_PATHS_H
#define AIRLOCK_PATHS_H

#include <stddef.h>
#include <sys/types.h>

#include "profile.h"

/* "ReadPath" for AIRLOCK__READ. */
const char *airlock__access_name(enum airlock__access access);

/*
 * Calls `take` with an O_PATH descriptor, which stays ours, for each file and folder. @program gives
 * its libraries AIRLOCK__READ whatever key it stands with. A negative errno from `take` ends it;
 * but -EBADFD (there can be no rule for it: a pipe, by /dev/stdin) passes for @argv.
 *
 * No @word ever stands for the root folder, though an argument or a program says so: who wants all
 * files reachable writes it.
 *
 * 0: `text` is what somebody should know about (a note, or ""). Else a negative errno, and `text`
 * says why: what, and the file and line that it was written in.
 */
enum { AIRLOCK__PATHS_TEXT = 1024 };

int airlock__paths_each(const struct airlock_profile *p,
			int (*take)(void *arg, int fd, mode_t mode, enum airlock__access access),
			void *arg, char text[AIRLOCK__PATHS_TEXT]);

#endif
