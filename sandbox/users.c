/* SPDX-License-Identifier: ISC */
/*
 * users.c: see users.h. Asks the C library, which may ask files, daemons and directories.
 */
#define _GNU_SOURCE
#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_ENTRY = 1 << 20 };

/* Grow the buffer for getpwnam_r() and its kin; false: enough is enough. */
static bool more(char **buf, size_t *size)
{
	char *larger;

	*size = *size ? *size * 2 : 4096;
	larger = *size > LARGEST_ENTRY ? NULL : realloc(*buf, *size);
	if (!larger)
		return false;
	*buf = larger;
	return true;
}

/* ENOENT and the like are how some C libraries say that there is none, getpwnam(3) */
static int not_found(int error)
{
	switch (error) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return -ESRCH;
	default:
		return -error;
	}
}

int airlock__user(const char *name, uint32_t uid, struct airlock__user *ret)
{
	struct passwd pw, *found = NULL;
	char *buf = NULL;
	size_t size = 0;
	int r;

	do {
		if (!more(&buf, &size)) {
			free(buf);
			return -ENOMEM;
		}
		r = name ? getpwnam_r(name, &pw, buf, size, &found)
			 : getpwuid_r(uid, &pw, buf, size, &found);
	} while (r == ERANGE || r == EINTR);
	if (!found)
		r = not_found(r);
	if (found) {
		struct airlock__user user = { pw.pw_uid, pw.pw_gid, strdup(pw.pw_dir) };

		r = user.home ? 0 : -ENOMEM;
		if (r == 0)
			*ret = user;
	}
	free(buf);
	return r;
}

int airlock__group(const char *name, uint32_t *ret_gid)
{
	struct group gr, *found = NULL;
	char *buf = NULL;
	size_t size = 0;
	int r;

	do {
		if (!more(&buf, &size)) {
			free(buf);
			return -ENOMEM;
		}
		r = getgrnam_r(name, &gr, buf, size, &found);
	} while (r == ERANGE || r == EINTR);
	if (!found)
		r = not_found(r);
	if (found)
		*ret_gid = gr.gr_gid;
	free(buf);
	return r;
}
