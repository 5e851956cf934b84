/* SPDX-License-Identifier: ISC */
/*
 * closefds: the closing of all descriptors but a set, on a fake kernel: any table, any set, any
 * call failing in any way that Linux or a container's filter has, a lowered limit, a /proc that
 * lies.
 *
 * Oracle: success means that what is open is exactly what was open and is to be kept (P3). On
 * failure, too, what is to be kept is open. It fails only where close_range(2) failed and then a
 * close(2) was refused. No call is made that makes no sense; it ends, after about as many calls as
 * there are numbers.
 */
#include "descriptors.h"

const struct fuzz_op *const fuzz_ops = descriptor_ops;

FUZZ_UNTRACED_BEGIN

/* each number closed in each of four passes over the list, and each in turn, and each twice */
static unsigned patience(const struct descriptors *d, size_t before)
{
	unsigned long long numbers = before + d->nkeep + 8;

	/* a read of the list may give one name, or none that matters */
	numbers = 32 * numbers;
	return (unsigned)(numbers + (d->upto <= DESCRIPTORS_NEAR ? 2ull * d->upto : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct descriptors d;
	const char *wrong;
	size_t before;
	int r;

	descriptors_decode(data, size, DESCRIPTORS_HIGHEST, &d);
	before = d.kernel.nfds;
	r = airlock__close_all_but(&d.calls, d.keep, d.nkeep, d.upto);
	wrong = descriptors_judge(&d, r, d.kernel.fd, d.kernel.nfds);
	FUZZ_HOLDS(!wrong, wrong);
	FUZZ_HOLDS(!d.kernel.misuse, d.kernel.misuse);
	FUZZ_HOLDS(d.kernel.ticks <= patience(&d, before),
		   "makes no more calls than there is reason for");
	return 0;
}

FUZZ_UNTRACED_END
