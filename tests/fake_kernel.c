/* SPDX-License-Identifier: ISC */
/*
 * fake_kernel.c: see fake_kernel.h. Needs nothing but memcpy and the like.
 */
#include "fake_kernel.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

/* struct linux_dirent64: inode, offset, then the record's length, a type, the name */
enum {
	OFFSET_AT = 8,
	LENGTH_AT = 16,
	TYPE_AT = 18,
	NAME_AT = 19,
	LONGEST_NAME = 24,
	DIRECTORY = 4,
	LINK = 10
};

/* positions in the list: 0 and 1 are the directories, then each number has its own */
enum { FIRST_NUMBER = 2 };

static size_t index_of(const struct fake_kernel *k, int fd)
{
	size_t i = 0;

	while (i < k->nfds && k->fd[i] < fd)
		i++;
	return i;
}

bool fake_kernel_is_open(const struct fake_kernel *k, int fd)
{
	size_t i = index_of(k, fd);

	return i < k->nfds && k->fd[i] == fd;
}

static void insert(struct fake_kernel *k, int fd)
{
	size_t i = index_of(k, fd);

	memmove(&k->fd[i + 1], &k->fd[i], (k->nfds - i) * sizeof *k->fd);
	k->fd[i] = fd;
	k->nfds++;
}

static void delete (struct fake_kernel *k, size_t i, size_t n)
{
	memmove(&k->fd[i], &k->fd[i + n], (k->nfds - i - n) * sizeof *k->fd);
	k->nfds -= n;
	if (k->list >= 0 && !fake_kernel_is_open(k, k->list))
		k->list = -1;
}

bool fake_kernel_open(struct fake_kernel *k, int fd)
{
	if (fd < 0 || k->nfds >= FAKE_FDS)
		return false;
	if (!fake_kernel_is_open(k, fd))
		insert(k, fd);
	return true;
}

unsigned fake_kernel_bound(const struct fake_kernel *k)
{
	return k->nfds ? (unsigned)k->fd[k->nfds - 1] + 1 : 0;
}

static void misused(struct fake_kernel *k, const char *how)
{
	if (!k->misuse)
		k->misuse = how;
}

/* The script's word on this call; NULL: it goes on. */
static const struct fake_failure *fails(struct fake_kernel *k, enum fake_call call)
{
	unsigned nth = ++k->calls[call];

	k->ticks++;
	if (nth == 1)
		k->first[call] = k->ticks;
	for (size_t i = 0; i < k->nfailures; i++)
		if (k->failures[i].call == call &&
		    (k->failures[i].at == 0 || k->failures[i].at == nth))
			return &k->failures[i];
	return NULL;
}

static int call_close_range(void *kernel, unsigned first, unsigned last)
{
	struct fake_kernel *k = kernel;
	const struct fake_failure *f = fails(k, FAKE_CLOSE_RANGE);
	size_t from, to;

	if (first > last) {
		misused(k, "close_range: first above last");
		return -EINVAL;
	}
	if (f && !f->done)
		return -f->code;
	for (from = 0; from < k->nfds && (unsigned)k->fd[from] < first;)
		from++;
	for (to = from; to < k->nfds && (unsigned)k->fd[to] <= last;)
		to++;
	delete (k, from, to - from);
	return f ? -f->code : 0;
}

static int call_close(void *kernel, int fd)
{
	struct fake_kernel *k = kernel;
	const struct fake_failure *f = fails(k, FAKE_CLOSE);

	if (fd < 0)
		misused(k, "close: a negative number");
	if (f && !f->done)
		return -f->code;
	if (!fake_kernel_is_open(k, fd))
		return -EBADF;
	delete (k, index_of(k, fd), 1);
	return f ? -f->code : 0;
}

static int call_open_list(void *kernel)
{
	struct fake_kernel *k = kernel;
	const struct fake_failure *f = fails(k, FAKE_OPEN_LIST);
	int fd = 0;

	if (f)
		return -f->code;
	if (k->list >= 0)
		misused(k, "open: the list is open already");
	while ((size_t)fd < k->nfds && k->fd[fd] == fd)
		fd++;
	insert(k, fd);
	k->list = fd;
	k->position = 0;
	return fd;
}

/* The next number from `position` on, and the position after it; false: the end. */
static bool next_number(const struct fake_kernel *k, unsigned long long position, int *ret,
			unsigned long long *ret_next)
{
	size_t i;

	if (k->lies & FAKE_BY_INDEX)
		i = (size_t)(position - FIRST_NUMBER);
	else
		i = position - FIRST_NUMBER > INT_MAX ? k->nfds
						      : index_of(k, (int)(position - FIRST_NUMBER));
	if (i >= k->nfds)
		return false;
	*ret = k->fd[i];
	*ret_next = FIRST_NUMBER + 1 + (k->lies & FAKE_BY_INDEX ? i : (unsigned long long)k->fd[i]);
	return true;
}

static size_t to_digits(int fd, char *name)
{
	char reversed[16];
	size_t n = 0, length = 0;

	do
		reversed[n++] = (char)('0' + fd % 10);
	while (fd /= 10);
	while (n)
		name[length++] = reversed[--n];
	name[length] = '\0';
	return length;
}

/* One record of `name` at the end of `buf`; returns its length, 0 if it does not fit. */
static size_t put_record(unsigned char *buf, size_t room, const char *name, unsigned long long next)
{
	size_t length = (NAME_AT + strlen(name) + 1 + 7) & ~(size_t)7;
	uint16_t word = (uint16_t)length;
	uint64_t inode = 1, offset = next;

	if (length > room)
		return 0;
	memset(buf, 0, length);
	memcpy(buf, &inode, sizeof inode);
	memcpy(buf + OFFSET_AT, &offset, sizeof offset);
	memcpy(buf + LENGTH_AT, &word, sizeof word);
	buf[TYPE_AT] = *name == '.' ? DIRECTORY : LINK;
	memcpy(buf + NAME_AT, name, strlen(name));
	return length;
}

/* names that are none of descriptors, though some begin or end like one */
static size_t put_other_name(unsigned char *buf, size_t room, unsigned long long position)
{
	static const char *const names[] = {
		"-1",	  "1x",	 "x1", " 1",  "+1",   "2147483648", "99999999999999999999",
		"status", "0x1", "1.", "..1", "\xff",
	};

	return put_record(buf, room, names[position % (sizeof names / sizeof *names)], position);
}

/* The name at the position, or what precedes it by way of a lie; 0: no room, or the end. */
static size_t put_next(struct fake_kernel *k, unsigned char *buf, size_t room, bool *ret_end)
{
	char name[LONGEST_NAME];
	unsigned long long next;
	size_t used = 0, n;
	int fd;

	*ret_end = false;
	if (k->position < FIRST_NUMBER) {
		used = put_record(buf, room, k->position ? ".." : ".", k->position + 1);
		k->position += used > 0;
		return used;
	}
	do {
		if (!next_number(k, k->position, &fd, &next)) {
			*ret_end = true;
			return 0;
		}
		if (k->lies & FAKE_HIDES_ITSELF && fd == k->list)
			k->position = next;
	} while (k->lies & FAKE_HIDES_ITSELF && fd == k->list);
	to_digits(fd, name);
	if (k->lies & FAKE_OTHER_NAMES) {
		used = put_other_name(buf, room, k->position);
		if (!used)
			return 0;
	}
	n = put_record(buf + used, room - used, name, next);
	/* the other name goes with it, or both wait for the next read */
	if (!n)
		return 0;
	k->position = next;
	return used + n;
}

/* The last record, which begins at `last` and ends at `end`, is spoilt. Returns the new end. */
static size_t spoil(const struct fake_kernel *k, unsigned char *buf, size_t last, size_t end)
{
	uint16_t length = (uint16_t)(end - last);

	if (k->lies & FAKE_SHORT_RECORD)
		length = NAME_AT - 1;
	if (k->lies & FAKE_ZERO_RECORD)
		length = 0;
	if (k->lies & FAKE_LONG_RECORD)
		length = (uint16_t)(end - last + 8);
	memcpy(buf + last + LENGTH_AT, &length, sizeof length);
	if (k->lies & FAKE_ENDLESS_NAME)
		for (size_t i = last + NAME_AT; i < end; i++)
			if (!buf[i])
				buf[i] = '0';
	return k->lies & FAKE_TORN ? end - 6 : end;
}

/* Where the last whole record begins. */
static size_t last_record(const unsigned char *buf, size_t end)
{
	size_t at = 0, last = 0;

	while (at < end) {
		uint16_t length;

		memcpy(&length, buf + at + LENGTH_AT, sizeof length);
		last = at;
		at += length;
	}
	return last;
}

static int call_read_list(void *kernel, int list, void *buf, size_t size)
{
	struct fake_kernel *k = kernel;
	const struct fake_failure *f = fails(k, FAKE_READ_LIST);
	size_t used = 0;
	bool end = false;

	if (list < 0 || list != k->list) {
		misused(k, "getdents64: no list");
		return fake_kernel_is_open(k, list) ? -ENOTDIR : -EBADF;
	}
	if (f)
		return -f->code;
	if (k->lies & FAKE_EMPTY)
		return 0;
	if (k->lies & FAKE_TOO_MUCH)
		return (int)size + 1;
	for (size_t names = 0; !k->names_a_read || names < k->names_a_read; names++) {
		size_t n = put_next(k, (unsigned char *)buf + used, size - used, &end);

		if (!n)
			break;
		used += n;
	}
	/* as the kernel: not even one record fits */
	if (!used)
		return end ? 0 : -EINVAL;
	return (int)spoil(k, buf, last_record(buf, used), used);
}

void fake_kernel_start(struct fake_kernel *k, struct airlock__fd_calls *ret)
{
	memset(k, 0, sizeof *k);
	k->list = -1;
	*ret = (struct airlock__fd_calls){ k, call_close_range, call_close, call_open_list,
					   call_read_list };
}
