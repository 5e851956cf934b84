/* SPDX-License-Identifier: ISC */
/*
 * fake_kernel.h: a kernel of descriptors behind struct airlock__fd_calls, with a script of
 * failures.
 *
 * A plain struct: no allocation, no globals, no assertion, so that fuzz targets can use it too.
 * What a caller did wrong stands in `misuse`.
 *
 *	struct fake_kernel k;
 *	struct airlock__fd_calls calls;
 *
 *	fake_kernel_start(&k, &calls);
 *	fake_kernel_open(&k, 7);
 *	k.failures[k.nfailures++] = (struct fake_failure){ FAKE_CLOSE_RANGE, 0, ENOSYS, 0 };
 *	airlock__close_all_but(&calls, keep, n, 8);
 */
#ifndef AIRLOCK_TESTS_FAKE_KERNEL_H
#define AIRLOCK_TESTS_FAKE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "closefds.h"

enum { FAKE_FDS = 512, FAKE_FAILURES = 16 };

enum fake_call { FAKE_CLOSE_RANGE, FAKE_CLOSE, FAKE_OPEN_LIST, FAKE_READ_LIST, FAKE_NCALLS };

/*
 * A call that fails. Linux frees the number although close(2) answers EIO or EINTR; a filter that
 * answers for it (EPERM, ENOSYS) does not let it get that far. EBADF is never told of a number that
 * is open, by Linux: a script that does so asks for a lie that nobody could see.
 */
struct fake_failure {
	enum fake_call call;
	unsigned at;			/* the n-th such call, from 1; 0: each of them */
	int code;			/* errno */
	bool done;			/* what was asked for is done nevertheless */
};

/* What is wrong with the list. One that names itself never leaves names of descriptors out. */
enum fake_lie {
	FAKE_HONEST = 0,
	FAKE_HIDES_ITSELF = 1,		/* and all else is there */
	FAKE_EMPTY = 2,			/* as an empty file system that was mounted over /proc */
	FAKE_OTHER_NAMES = 4,		/* words, signs, numbers too large, between the numbers */
	FAKE_SHORT_RECORD = 8,		/* a record too short for a name */
	FAKE_ZERO_RECORD = 16,		/* a record of length 0 */
	FAKE_LONG_RECORD = 32,		/* a record that ends beyond what was read */
	FAKE_TORN = 64,			/* a read that ends in the middle of a record */
	FAKE_TOO_MUCH = 128,		/* a read that answers more than was asked for */
	FAKE_ENDLESS_NAME = 256,	/* the last name does not end within its record */
	FAKE_BY_INDEX = 512,		/* what is closed moves the others up, past the reader */
};

struct fake_kernel {
	int fd[FAKE_FDS + 1];		/* open, in order; one more for the list itself */
	size_t nfds;
	int lies;			/* enum fake_lie, or'ed */
	size_t names_a_read;		/* at most; 0: as many as fit */
	unsigned limit;			/* on numbers that are given out, as RLIMIT_NOFILE; 0: none */

	struct fake_failure failures[FAKE_FAILURES];
	size_t nfailures;

	/* what came of it */
	unsigned calls[FAKE_NCALLS], first[FAKE_NCALLS];	/* how many; at which tick the first, from 1 */
	unsigned ticks;
	/* of them the script let fail; with and without what was asked for being done */
	unsigned failed[FAKE_NCALLS], refused[FAKE_NCALLS];
	const char *misuse;		/* NULL: none */

	/* its own */
	int list;			/* -1: not open */
	unsigned long long position;
};

/* An empty table, an honest list, no failures. The calls point to *k. */
void fake_kernel_start(struct fake_kernel *k, struct airlock__fd_calls *ret);

/*
 * Counts a call, and says what the script makes of it; NULL: it goes on. For who has another kernel
 * at hand, and wants the same script for it.
 */
const struct fake_failure *fake_kernel_fails(struct fake_kernel *k, enum fake_call call);

/* False: there is no room. */
bool fake_kernel_open(struct fake_kernel *k, int fd);
bool fake_kernel_is_open(const struct fake_kernel *k, int fd);

/* One past the highest number that is open; 0: none is. */
unsigned fake_kernel_bound(const struct fake_kernel *k);

#endif
