/* SPDX-License-Identifier: ISC */
/*
 * users.c: what sandbox/users.h asks for, from /etc/passwd and /etc/group alone: for the static command, where
 * the C library's own way would load modules that were made for another C library.
 */
#define _GNU_SOURCE
#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No file is no entry. */
static FILE *open_file(const char *path, int *ret_r)
{
	FILE *f = fopen(path, "re");

	*ret_r = f ? 0 : errno == ENOENT ? -ESRCH : -errno;
	return f;
}

/* At the end of a file, or where it could be read no further */
static int not_found(void)
{
	return errno == 0 || errno == ENOENT || errno == ESRCH ? -ESRCH : -errno;
}

/* "+name" and "-name" are no users: a place where entries of another source were to stand. */
static int is_entry(const char *name)
{
	return *name != '+' && *name != '-';
}

int airlock__user(const char *name, uint32_t uid, struct airlock__user *ret)
{
	struct airlock__user user;
	struct passwd *pw;
	int r;
	FILE *f = open_file("/etc/passwd", &r);

	if (!f)
		return r;
	do {
		errno = 0;
		pw = fgetpwent(f);
	} while (pw && (!is_entry(pw->pw_name) ||
			(name ? strcmp(pw->pw_name, name) != 0 : pw->pw_uid != uid)));
	r = pw ? 0 : not_found();
	if (pw) {
		user = (struct airlock__user){ pw->pw_uid, pw->pw_gid, strdup(pw->pw_dir) };
		r = user.home ? 0 : -ENOMEM;
		if (r == 0)
			*ret = user;
	}
	fclose(f);
	return r;
}

int airlock__group(const char *name, uint32_t *ret_gid)
{
	struct group *gr;
	int r;
	FILE *f = open_file("/etc/group", &r);

	if (!f)
		return r;
	do {
		errno = 0;
		gr = fgetgrent(f);
	} while (gr && (!is_entry(gr->gr_name) || strcmp(gr->gr_name, name) != 0));
	r = gr ? 0 : not_found();
	if (gr)
		*ret_gid = gr->gr_gid;
	fclose(f);
	return r;
}
