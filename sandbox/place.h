/* SPDX-License-Identifier: ISC */
/*
 * place.h: opens files as the helper will find them: beneath its root, from its directory.
 */
#ifndef AIRLOCK_PLACE_H
#define AIRLOCK_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "profile.h"

struct airlock__place {
	int root;			/* -1: the caller's */
	const char *root_path;		/* of the profile */
	char *base;			/* before relative names, from malloc; NULL: the caller's directory */
	dev_t root_dev;
	ino_t root_ino;
};

/* -errno: the profile's root cannot be opened; -ENOMEM. */
int airlock__place_open(const struct airlock_profile *p, struct airlock__place *ret);
void airlock__place_close(struct airlock__place *place);

/* An O_PATH descriptor, close-on-exec, of what the name leads to; symbolic links stay beneath the root. */
int airlock__place_get(const struct airlock__place *place, const char *name);

/*
 * The file of such a descriptor, opened for reading by the same name. -EACCES: it is no regular file.
 * -EAGAIN: the name leads to another by now.
 */
int airlock__place_read(const struct airlock__place *place, const char *name, int fd);

/* The name, without symbolic links and beneath the root, of an open file, from malloc;
   NULL: not known, or with errno ENOMEM no memory. */
char *airlock__place_real_name(const struct airlock__place *place, int fd);

bool airlock__place_is_root(const struct airlock__place *place, int fd);

/* What dirname(3) says, from malloc. "a/b" and "a/b/" give "a", "a" gives ".". NULL: no memory. */
char *airlock__folder_of(const char *name);

#endif
