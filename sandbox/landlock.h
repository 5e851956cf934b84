/* SPDX-License-Identifier: ISC */
/*
 * landlock.h: makes the Landlock ruleset of a profile: paths, TCP ports, scopes.
 */
#ifndef AIRLOCK_LANDLOCK_H
#define AIRLOCK_LANDLOCK_H

#include <stdbool.h>

#include "profile.h"
#include "report.h"

/*
 * A ruleset for landlock_restrict_self(2), close-on-exec and never 0 to 2, in *ret_fd; -1 where the profile asks for
 * nothing that this kernel can do. What is asked and cannot be had is in the report as lost, under
 *	landlock-fs		ABI 1: reading, writing, making, removing, executing of files
 *	landlock-truncate	ABI 3
 *	landlock-ioctl-dev	ABI 5
 *	landlock-bind-tcp	ABI 4
 *	landlock-connect-tcp	ABI 4
 *	landlock-scope		ABI 6
 * and so is what is in force or was not asked. (Before ABI 2 a rename or link to another folder is
 * always refused: no loss of the restriction.) 0; or a negative errno where a path cannot be opened,
 * or memory or descriptors are short, with its reason in the report.
 */
int airlock__landlock_make(const struct airlock_profile *p, struct airlock_report *report, int *ret_fd);

#endif
