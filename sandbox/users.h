/* SPDX-License-Identifier: ISC */
/*
 * users.h: users and groups by their names. A file of its own, with nothing else in it: a program that
 * has these two functions itself is linked with its own, and with nothing of the C library's that
 * looks names up (a static program must not: that loads modules of another C library).
 */
#ifndef AIRLOCK_USERS_H
#define AIRLOCK_USERS_H

#include <stdint.h>

struct airlock__user {
	uint32_t uid, gid;
	char *home;			/* from malloc */
};

/* By name, or by uid if that is NULL. 0; -ESRCH: there is none; -ENOMEM or another errno. */
int airlock__user(const char *name, uint32_t uid, struct airlock__user *ret);

/* As airlock__user(). */
int airlock__group(const char *name, uint32_t *ret_gid);

#endif
