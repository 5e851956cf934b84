/* SPDX-License-Identifier: ISC */
/*
 * descriptors.h: what closefds and closefds_real share: inputs that are a table of descriptors, a
 * set to keep, and calls that fail; and the verdict on what was left open.
 */
#ifndef AIRLOCK_FUZZ_DESCRIPTORS_H
#define AIRLOCK_FUZZ_DESCRIPTORS_H

#include "ops.h"
#include "fake_kernel.h"

/* The operations: both targets have the same, so that they share inputs. */
extern const struct fuzz_op descriptor_ops[];

enum {
	/* no fs.nr_open is higher: INT_MAX rounded down to a multiple of 64 */
	DESCRIPTORS_HIGHEST = 0x7fffffc0 - 1,
	/* up to here each number can be tried; systems set lower limits by default */
	DESCRIPTORS_NEAR = 1408,
	DESCRIPTORS_KEEP = 96,
};

struct descriptors {
	struct fake_kernel kernel;
	struct airlock__fd_calls calls;
	int keep[DESCRIPTORS_KEEP];	/* sorted, none twice; may name what is not open */
	size_t nkeep;
	unsigned upto;			/* as closefds.h has it: never too low */
	int left[DESCRIPTORS_KEEP];	/* open, and to be kept: what is to be open at the end */
	size_t nleft;
};

/*
 * Make of an input what it says, with no number above `highest`. Where numbers are too far to try
 * each, nothing fails but close_range(2), if that does: so that there is a way that ends.
 */
void descriptors_decode(const uint8_t *data, size_t size, int highest, struct descriptors *ret);

/*
 * Judge what a closing answered, and the numbers that are open after it, in order; the kernel in *d
 * has been through it. NULL: all is well; else what does not hold.
 */
const char *descriptors_judge(const struct descriptors *d, int answer, const int *open, size_t n);

#endif
