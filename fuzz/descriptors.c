/* SPDX-License-Identifier: ISC */
/*
 * descriptors.c: see descriptors.h.
 */
#include "descriptors.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
	OPEN,
	OPEN_RANGE,
	OPEN_HIGH,
	OPEN_FAR,
	KEEP,
	KEEP_RANGE,
	KEEP_HIGH,
	KEEP_FAR,
	FAIL,
	LIE,
	A_READ,
	BEYOND,
	LIMIT
};
/* clang-format off */
const struct fuzz_op descriptor_ops[] = {
	{ "open", "b" },
	{ "open-range", "bb" },		/* first, how many */
	{ "open-high", "b" },		/* so much above HIGH; the last: BEYOND_1024 */
	{ "open-far", "w" },		/* any number */
	{ "keep", "b" },
	{ "keep-range", "bb" },
	{ "keep-high", "b" },
	{ "keep-far", "w" },
	{ "fail", "bbbb" },		/* call, the n-th (0: each), errno (index), done all the same */
	{ "lie", "h" },			/* enum fake_lie */
	{ "names-a-read", "b" },
	{ "beyond", "b" },		/* upto: so much more than what is open */
	{ "limit", "b" },		/* RLIMIT_NOFILE, lowered when all is open; 0: not */
	{ NULL, NULL },
};
/* clang-format on */

FUZZ_UNTRACED_BEGIN

/* One number alone is above the limit that systems set by default: to try each costs its time. */
enum { LOW = 127, HIGH = 256, BEYOND_1024 = 1100 };

/* What close(2), close_range(2), open(2), getdents64(2) and filters answer */
static const int codes[] = { ENOSYS, EPERM,  EINTR,  EIO,    EBADF, EINVAL,
			     EMFILE, ENFILE, ENOENT, EACCES, ENOMEM };
enum { NCODES = sizeof codes / sizeof *codes };

static void keep(struct descriptors *d, int fd)
{
	size_t i = d->nkeep;

	for (; i > 0 && d->keep[i - 1] >= fd; i--)
		if (d->keep[i - 1] == fd)
			return;
	if (d->nkeep == DESCRIPTORS_KEEP)
		return;
	memmove(&d->keep[i + 1], &d->keep[i], (d->nkeep - i) * sizeof *d->keep);
	d->keep[i] = fd;
	d->nkeep++;
}

static void open_or_keep(struct descriptors *d, bool opens, int first, int n, int highest)
{
	for (int fd = first; fd < first + n && fd <= highest; fd++)
		if (opens)
			fake_kernel_open(&d->kernel, fd);
		else
			keep(d, fd);
}

static void fail(struct fake_kernel *k, const struct fuzz_step *s)
{
	struct fake_failure f = { (enum fake_call)(s->arg[0] % FAKE_NCALLS), (unsigned)s->arg[1],
				  codes[s->arg[2] % NCODES], s->arg[3] & 1 };

	/* room is left for what a real kernel does not have */
	if (k->nfailures == FAKE_FAILURES - 2)
		return;
	/* Linux does not open a list and say that it did not, nor forget what it read */
	if (f.call == FAKE_OPEN_LIST || f.call == FAKE_READ_LIST)
		f.done = false;
	/* that an open number is none is a lie that nobody could see */
	if (f.call == FAKE_CLOSE && f.code == EBADF)
		f.done = true;
	k->failures[k->nfailures++] = f;
}

/* True: it is a step that opens or keeps, and that is done. */
static bool table_step(struct descriptors *d, const struct fuzz_step *s, int highest)
{
	bool opens = s->op < KEEP;
	int fd = (int)(s->arg[0] % (LOW + 1));

	switch (s->op) {
	case OPEN:
	case KEEP:
		open_or_keep(d, opens, fd, 1, highest);
		return true;
	case OPEN_RANGE:
	case KEEP_RANGE:
		open_or_keep(d, opens, fd, (int)(s->arg[1] % (LOW + 2)),
			     LOW < highest ? LOW : highest);
		return true;
	case OPEN_HIGH:
	case KEEP_HIGH:
		open_or_keep(d, opens, s->arg[0] < 255 ? HIGH + (int)s->arg[0] : BEYOND_1024, 1,
			     highest);
		return true;
	case OPEN_FAR:
	case KEEP_FAR:
		open_or_keep(d, opens, (int)(s->arg[0] % ((unsigned)highest + 1)), 1, highest);
		return true;
	default:
		return false;
	}
}

static void spare_far_numbers(struct fake_kernel *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->nfailures; i++)
		if (k->failures[i].call == FAKE_CLOSE_RANGE)
			k->failures[n++] = k->failures[i];
	if (n == 0)
		return;
	k->nfailures = n;
	k->lies = FAKE_HONEST;
	k->limit = 0;
}

static void find_left(struct descriptors *d)
{
	for (size_t i = 0; i < d->nkeep; i++)
		if (fake_kernel_is_open(&d->kernel, d->keep[i]))
			d->left[d->nleft++] = d->keep[i];
}

void descriptors_decode(const uint8_t *data, size_t size, int highest, struct descriptors *ret)
{
	struct fuzz_reader r = { data, data + size };
	struct fake_kernel *k = &ret->kernel;
	unsigned beyond = 0, bound;
	struct fuzz_step s;

	fake_kernel_start(k, &ret->calls);
	ret->nkeep = ret->nleft = 0;
	while (fuzz_next(&r, &s)) {
		if (table_step(ret, &s, highest))
			continue;
		if (s.op == FAIL)
			fail(k, &s);
		else if (s.op == LIE)
			k->lies |= (int)(s.arg[0] & 0x3ff);
		else if (s.op == A_READ)
			k->names_a_read = (size_t)s.arg[0];
		else if (s.op == BEYOND)
			beyond = (unsigned)s.arg[0];
		else
			k->limit = (unsigned)s.arg[0];
	}
	bound = fake_kernel_bound(k);
	if (bound < DESCRIPTORS_NEAR - 256)
		bound += beyond;
	/* the list itself, opened in between, takes the lowest free number */
	ret->upto = bound ? bound : 1;
	if (ret->upto > DESCRIPTORS_NEAR)
		spare_far_numbers(k);
	find_left(ret);
}

static bool has(const int *numbers, size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (numbers[i] == fd)
			return true;
	return false;
}

const char *descriptors_judge(const struct descriptors *d, int answer, const int *open, size_t n)
{
	const struct fake_kernel *k = &d->kernel;
	size_t at = 0;

	if (answer > 0 || answer <= -4096)
		return "0 or a negative errno";
	if (answer == 0 && n == d->nleft && memcmp(open, d->left, n * sizeof *open) == 0)
		return NULL;
	for (size_t i = 0; i < d->nleft; i++) {
		while (at < n && open[at] < d->left[i])
			at++;
		if (at == n || open[at] != d->left[i])
			return "P3: what is to be kept stays open";
	}
	if (answer < 0) {
		if (!k->failed[FAKE_CLOSE_RANGE])
			return "where close_range(2) does not fail, nothing does";
		return k->refused[FAKE_CLOSE] ? NULL
					      : "where no close(2) is refused, there is a way";
	}
	for (size_t i = 0; i < n; i++)
		if (!has(d->left, d->nleft, open[i]))
			return "P3: success means that all else is closed";
	return "in order, and none twice";
}

FUZZ_UNTRACED_END
