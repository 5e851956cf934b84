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

/* more calls than anybody has reason for */
enum { PATIENCE = 1 << 16 };

/* positions in the list: 0 and 1 are the directories, then each number has its own */
enum { FIRST_NUMBER = 2 };

/* A fuzzing engine shall follow what calls answer, and not how a number is looked up. */
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)
#endif

static size_t index_of(const struct fake_kernel *k, int fd)
{
	size_t low = 0, high = k->nfds;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (k->fd[mid] < fd)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool fake_kernel_is_open(const struct fake_kernel *k, int fd)
{
	size_t i = index_of(k, fd);

	return i < k->nfds && k->fd[i] == fd;
}

/* At its place, which is `i`. */
static void insert(struct fake_kernel *k, size_t i, int fd)
{
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
	size_t i = k->nfds;

	if (fd < 0 || i >= FAKE_FDS)
		return false;
	if (i && k->fd[i - 1] >= fd)
		i = index_of(k, fd);
	if (i == k->nfds || k->fd[i] != fd)
		insert(k, i, fd);
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

const struct fake_failure *fake_kernel_fails(struct fake_kernel *k, enum fake_call call)
{
	static const struct fake_failure enough = { .code = EIO };
	unsigned nth = ++k->calls[call];

	if (++k->ticks > PATIENCE) {
		misused(k, "there is no end to the calls");
		return &enough;
	}
	if (nth == 1)
		k->first[call] = k->ticks;
	for (size_t i = 0; i < k->nfailures; i++) {
		const struct fake_failure *f = &k->failures[i];

		if (f->call != call || (f->at != 0 && f->at != nth))
			continue;
		k->failed[call]++;
		k->refused[call] += !f->done;
		return f;
	}
	return NULL;
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
	size_t n = 0, length;

	for (int rest = fd; rest; rest /= 10)
		n++;
	length = n += n == 0;
	name[length] = '\0';
	for (; n; fd /= 10)
		name[--n] = (char)('0' + fd % 10);
	return length;
}

/* One record of the name at `buf`; returns its length, 0 if it does not fit. */
static size_t put_record(unsigned char *buf, size_t room, const char *name, size_t n,
			 unsigned long long next)
{
	size_t length = (NAME_AT + n + 1 + 7) & ~(size_t)7;
	uint16_t word = (uint16_t)length;
	uint64_t inode = 1, offset = next, nothing = 0;

	if (length > room)
		return 0;
	memcpy(buf, &inode, sizeof inode);
	memcpy(buf + OFFSET_AT, &offset, sizeof offset);
	/* what is behind the name, and the next three */
	memcpy(buf + length - sizeof nothing, &nothing, sizeof nothing);
	memcpy(buf + LENGTH_AT, &word, sizeof word);
	buf[TYPE_AT] = *name == '.' ? DIRECTORY : LINK;
	for (size_t i = 0; i < n; i++)
		buf[NAME_AT + i] = (unsigned char)name[i];
	return length;
}

static int call_close_range(void *kernel, unsigned first, unsigned last)
{
	struct fake_kernel *k = kernel;
	const struct fake_failure *f = fake_kernel_fails(k, FAKE_CLOSE_RANGE);
	size_t from, to;

	if (first > last) {
		misused(k, "close_range: first above last");
		return -EINVAL;
	}
	if (f && !f->done)
		return -f->code;
	from = first > INT_MAX ? k->nfds : index_of(k, (int)first);
	to = last >= INT_MAX ? k->nfds : index_of(k, (int)last + 1);
	delete (k, from, to - from);
	return f ? -f->code : 0;
}

static int call_close(void *kernel, int fd)
{
	struct fake_kernel *k = kernel;
	const struct fake_failure *f = fake_kernel_fails(k, FAKE_CLOSE);
	size_t i;

	if (fd < 0)
		misused(k, "close: a negative number");
	if (f && !f->done)
		return -f->code;
	i = index_of(k, fd);
	if (i == k->nfds || k->fd[i] != fd)
		return -EBADF;
	delete (k, i, 1);
	return f ? -f->code : 0;
}

#ifdef __clang__
#pragma clang attribute pop
#endif

static int call_open_list(void *kernel)
{
	struct fake_kernel *k = kernel;
	const struct fake_failure *f = fake_kernel_fails(k, FAKE_OPEN_LIST);
	int fd = 0;

	if (f)
		return -f->code;
	if (k->list >= 0)
		misused(k, "open: the list is open already");
	while ((size_t)fd < k->nfds && k->fd[fd] == fd)
		fd++;
	if (k->limit && (unsigned)fd >= k->limit)
		return -EMFILE;
	/* a list that was left open has taken the last place */
	if (k->nfds > FAKE_FDS)
		return -ENFILE;
	insert(k, (size_t)fd, fd);
	k->list = fd;
	k->position = 0;
	return fd;
}

/* names that are none of descriptors, though some begin or end like one */
static size_t put_other_name(unsigned char *buf, size_t room, unsigned long long position)
{
	static const char *const names[] = {
		"-1",	  "1x",	 "x1", " 1",  "+1",   "2147483648", "99999999999999999999",
		"status", "0x1", "1.", "..1", "\xff", "",
	};
	const char *name = names[position % (sizeof names / sizeof *names)];

	return put_record(buf, room, name, strlen(name), position);
}

/* The name at the position, or what precedes it by way of a lie; 0: no room, or the end. */
static size_t put_next(struct fake_kernel *k, unsigned char *buf, size_t room, bool *ret_end)
{
	char name[LONGEST_NAME];
	unsigned long long next;
	size_t used = 0, n, length;
	int fd;

	*ret_end = false;
	if (k->position < FIRST_NUMBER) {
		used = put_record(buf, room, "..", k->position ? 2 : 1, k->position + 1);
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
	length = to_digits(fd, name);
	if (k->lies & FAKE_OTHER_NAMES) {
		used = put_other_name(buf, room, k->position);
		if (!used)
			return 0;
	}
	n = put_record(buf + used, room - used, name, length, next);
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
	const struct fake_failure *f = fake_kernel_fails(k, FAKE_READ_LIST);
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
	for (size_t names = 0; !k->names_a_read || names < k->names_a_read; names++) {
		size_t n = put_next(k, (unsigned char *)buf + used, size - used, &end);

		if (!n)
			break;
		used += n;
	}
	/* past what is there, so that who believes it reads on */
	if (k->lies & FAKE_TOO_MUCH)
		return (int)size + 4 * NAME_AT;
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
