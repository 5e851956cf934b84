/* SPDX-License-Identifier: ISC */
/*
 * closefds.h: closes every descriptor but a set, and says so only if it is true.
 */
#ifndef AIRLOCK_CLOSEFDS_H
#define AIRLOCK_CLOSEFDS_H

#include <stddef.h>

/* The calls it makes, so that tests can stand in for the kernel. Each: 0 or more, or -errno. */
struct airlock__fd_calls {
	void *kernel;			/* passed back; nothing to the real calls */
	int (*close_range)(void *kernel, unsigned first, unsigned last);
	int (*close)(void *kernel, int fd);
	int (*open_list)(void *kernel);	/* a directory with a name for each open descriptor: /proc/self/fd */
	int (*read_list)(void *kernel, int list, void *buf, size_t size);	/* getdents64(2) */
};

/*
 * Close all but the `n` descriptors in `keep` (sorted, none twice). `upto`: one past the highest
 * number that can be open, used where the kernel offers neither close_range(2) nor a list. 0:
 * nothing else is open. Otherwise a negative errno, and no promise. Safe where malloc is not.
 * The caller's table must be its own: nobody else opens descriptors meanwhile.
 */
int airlock__close_all_but(const struct airlock__fd_calls *calls, const int *keep, size_t n, unsigned upto);

#endif
