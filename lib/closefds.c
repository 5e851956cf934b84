/* SPDX-License-Identifier: ISC */
/*
 * closefds.c: see closefds.h. Compiled for the child too, so it calls nothing but the table.
 *
 * Three ways, each where the one before it fails: close_range(2) over the gaps (Linux 5.9; may be
 * refused by a container's filter, as ENOSYS or as EPERM); the list in /proc/self/fd, read until
 * it shows nothing more to close; every number. A lowered limit does not matter to the first
 * two, since neither asks for it.
 */
#include "closefds.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

enum { PASSES = 4, LIST_BYTES = 1024 };

/* struct linux_dirent64, which no header gives: see getdents64(2) */
enum { RECORD_LENGTH_AT = 16, NAME_AT = 19 };

static bool kept(const int *keep, size_t n, int fd)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (keep[mid] == fd)
			return true;
		if (keep[mid] < fd)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static int close_gaps(const struct airlock__fd_calls *calls, const int *keep, size_t n)
{
	unsigned first = 0;
	int r;

	for (size_t i = 0; i < n; i++) {
		unsigned k = (unsigned)keep[i];

		if (k > first && (r = calls->close_range(calls->kernel, first, k - 1)) < 0)
			return r;
		first = k + 1;
	}
	return calls->close_range(calls->kernel, first, ~0u);
}

/*
 * Linux frees the number whatever close(2) answers, except for EBADF: but whether it did is
 * asked, not believed. A filter's EPERM shows here too.
 */
static int close_surely(const struct airlock__fd_calls *calls, int fd)
{
	int r = calls->close(calls->kernel, fd);

	if (r < 0 && r != -EBADF)
		r = calls->close(calls->kernel, fd);
	return r == -EBADF ? 0 : r;
}

static bool ends_within(const char *name, const char *end)
{
	while (name < end && *name)
		name++;
	return name < end;
}

/* -1 if it is no number */
static int number(const char *name)
{
	int fd = 0;

	if (*name == '\0')
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || fd > (INT32_MAX - 9) / 10)
			return -1;
		fd = fd * 10 + (*name - '0');
	}
	return fd;
}

/* One pass over the list. Counts what it closed; `ret_self`: the list names itself. */
static int close_listed(const struct airlock__fd_calls *calls, int list, const int *keep, size_t n,
			bool *ret_self)
{
	_Alignas(8) char buf[LIST_BYTES];
	int closed = 0, got;

	*ret_self = false;
	while ((got = calls->read_list(calls->kernel, list, buf, sizeof buf)) > 0) {
		for (int at = 0; at < got;) {
			uint16_t length;
			int fd, r;

			if (got > LIST_BYTES || got - at < NAME_AT)
				return -EIO;
			__builtin_memcpy(&length, buf + at + RECORD_LENGTH_AT, sizeof length);
			if (length < NAME_AT || length > got - at)
				return -EIO;
			if (!ends_within(buf + at + NAME_AT, buf + at + length))
				return -EIO;
			fd = number(buf + at + NAME_AT);
			at += length;
			if (fd == list)
				*ret_self = true;
			if (fd < 0 || fd == list || kept(keep, n, fd))
				continue;
			if ((r = close_surely(calls, fd)) < 0)
				return r;
			closed++;
		}
	}
	return got < 0 ? got : closed;
}

/* *ret_stuck: the list's own descriptor does not close, so there is no hope for others. */
static int close_by_list(const struct airlock__fd_calls *calls, const int *keep, size_t n,
			 bool *ret_stuck)
{
	int r = -EIO;

	for (int pass = 0; pass < PASSES; pass++) {
		bool self;
		int list = calls->open_list(calls->kernel), c;

		if (list < 0)
			return list;
		r = close_listed(calls, list, keep, n, &self);
		c = close_surely(calls, list);
		*ret_stuck = c < 0;
		if (r < 0 || c < 0)
			return c < 0 ? c : r;
		/* a list that does not name the very descriptor it is read from is no list of ours */
		if (!self)
			return -ENOENT;
		if (r == 0)
			return 0;
	}
	return -EIO;
}

static int close_each(const struct airlock__fd_calls *calls, const int *keep, size_t n,
		      unsigned upto)
{
	int r;

	for (unsigned fd = 0; fd < upto; fd++)
		if (!kept(keep, n, (int)fd) && (r = close_surely(calls, (int)fd)) < 0)
			return r;
	return 0;
}

int airlock__close_all_but(const struct airlock__fd_calls *calls, const int *keep, size_t n,
			   unsigned upto)
{
	bool stuck = false;
	int r;

	if (close_gaps(calls, keep, n) == 0)
		return 0;
	r = close_by_list(calls, keep, n, &stuck);
	if (r == 0 || stuck)
		return r;
	return close_each(calls, keep, n, upto);
}
