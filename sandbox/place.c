/* SPDX-License-Identifier: ISC */
/*
 * place.c: see place.h. Never opens anything but by O_PATH before it knows that it is a regular
 * file: to open a device or a FIFO may do something, or wait.
 */
#define _GNU_SOURCE
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ids.h"

/* Linux 5.6; headers that old have no <linux/openat2.h> */
enum { NR_OPENAT2 = 437, RESOLVE_BENEATH_ROOT = 0x10, PATIENCE = 32 };

struct how {
	uint64_t flags, mode, resolve;
};

static int open_retrying(const char *name, int flags)
{
	int fd;

	do
		fd = open(name, flags);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static char *join(const char *folder, const char *name)
{
	char *text;

	return asprintf(&text, "%s/%s", folder, name) < 0 ? NULL : text;
}

/* -EAGAIN: somebody renamed on the way, so the kernel cannot say whether it stayed beneath */
static int open_beneath(const struct airlock__place *place, const char *name, int flags)
{
	struct how how = { (unsigned)flags, 0, RESOLVE_BENEATH_ROOT };
	char *whole;
	long fd;

	for (int i = 0; i < PATIENCE; i++) {
		fd = syscall(NR_OPENAT2, place->root, name, &how, sizeof how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	/* EPERM: the filter of a container that is older than the call */
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd < 0 ? -errno : (int)fd;
	whole = join(place->root_path, name);
	fd = whole ? open_retrying(whole, flags) : -ENOMEM;
	free(whole);
	return (int)fd;
}

static int open_named(const struct airlock__place *place, const char *name, int flags)
{
	char *joined = NULL;
	int fd;

	/* the empty name is none, with a folder before it, too */
	if (!*name)
		return -ENOENT;
	if (*name != '/' && place->base) {
		joined = join(place->base, name);
		if (!joined)
			return -ENOMEM;
		name = joined;
	}
	fd = place->root < 0 ? open_retrying(name, flags) : open_beneath(place, name, flags);
	free(joined);
	return fd;
}

int airlock__place_get(const struct airlock__place *place, const char *name)
{
	return open_named(place, name, O_PATH | O_CLOEXEC);
}

int airlock__place_read(const struct airlock__place *place, const char *name, int fd)
{
	struct stat want, is;
	int r;

	if (fstat(fd, &want) < 0)
		return -errno;
	/* as execve(2) */
	if (!S_ISREG(want.st_mode))
		return -EACCES;
	r = open_named(place, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (r < 0)
		return r;
	if (fstat(r, &is) == 0 && is.st_dev == want.st_dev && is.st_ino == want.st_ino)
		return r;
	/* another one by now: what was read of it would say nothing of the one with the rule */
	close(r);
	return -EAGAIN;
}

static char *name_of(int fd)
{
	char link[64], name[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof name);
	return n > 0 && (size_t)n < sizeof name && *name == '/' ? strndup(name, (size_t)n) : NULL;
}

char *airlock__place_real_name(const struct airlock__place *place, int fd)
{
	char *name = name_of(fd), *root, *within = NULL;
	size_t n;

	if (!name || place->root < 0)
		return name;
	root = name_of(place->root);
	n = root ? strlen(root) : 0;
	/* "/" is the one that ends in a slash */
	if (n == 1)
		n = 0;
	if (root && !strncmp(name, root, n) && (name[n] == '/' || name[n] == '\0'))
		within = strdup(name[n] ? name + n : "/");
	free(root);
	free(name);
	return within;
}

bool airlock__place_is_root(const struct airlock__place *place, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == place->root_dev && st.st_ino == place->root_ino;
}

char *airlock__folder_of(const char *name)
{
	size_t n = strlen(name);

	while (n > 1 && name[n - 1] == '/')
		n--;
	while (n > 0 && name[n - 1] != '/')
		n--;
	while (n > 1 && name[n - 1] == '/')
		n--;
	return n ? strndup(name, n) : strdup(".");
}

static int find_base(const struct airlock_profile *p, struct airlock__place *place)
{
	const char *base = p->directory ? p->directory : p->root ? "/" : NULL;
	struct stat st;

	if (!base)
		return 0;
	if (!strcmp(base, "~")) {
		struct airlock__user user = { 0 };
		int r = airlock__ids_user(p, &user);

		if (r == 0 && *user.home == '/') {
			place->base = user.home;
			return 0;
		}
		free(user.home);
		if (r == -ENOMEM)
			return r;
		/* a home that is not known: the spawn will fail; and beneath this is nothing */
		base = "/dev/null";
	} else if (p->directory_optional && !p->root && stat(base, &st) < 0) {
		return 0;
	}
	place->base = strdup(base);
	return place->base ? 0 : -ENOMEM;
}

int airlock__place_open(const struct airlock_profile *p, struct airlock__place *ret)
{
	struct airlock__place place = { .root = -1, .root_path = p->root };
	struct stat st;
	int r;

	if (p->root) {
		place.root = open_retrying(p->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (place.root < 0)
			return place.root;
	}
	r = (place.root < 0 ? stat("/", &st) : fstat(place.root, &st)) < 0 ? -errno : 0;
	if (r == 0)
		r = find_base(p, &place);
	if (r < 0) {
		airlock__place_close(&place);
		return r;
	}
	place.root_dev = st.st_dev;
	place.root_ino = st.st_ino;
	*ret = place;
	return 0;
}

void airlock__place_close(struct airlock__place *place)
{
	if (place->root >= 0)
		close(place->root);
	free(place->base);
	place->root = -1;
	place->base = NULL;
}
