/* SPDX-License-Identifier: ISC */
/*
 * reap.h: what the parent's modules share about a child: is it dead, reap it, put it aside.
 */
#ifndef AIRLOCK_REAP_H
#define AIRLOCK_REAP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A child by its two names; a pidfd of -1 is none (before Linux 5.2). */
struct airlock__child_id {
	pid_t pid;
	int pidfd;
};

/* waitid(2) for it, with WNOHANG at will. 0, or -errno. */
int airlock__waitid(struct airlock__child_id id, siginfo_t *ret, int options);

/* Send it a signal; it must not have been reaped. 0, or -errno. */
int airlock__signal(struct airlock__child_id id, int sig);

/*
 * Reap it, at the latest at the deadline. 0: *ret is set. -ETIMEDOUT: it lives. -ECHILD: another
 * has reaped it. `any`: reap it even if it never exec'd (__WALL).
 */
int airlock__reap(struct airlock__child_id id, int64_t deadline, int any, siginfo_t *ret);

/*
 * Its line in /proc, see proc_pid_stat(5), from the parenthesis after its name on: in *buf, 512 bytes
 * hold it. NULL: it cannot be read.
 */
const char *airlock__proc_stat(pid_t pid, char *buf, size_t size);

/* A killed child that cannot die yet, and the mappings (or NULL) that go when it has. */
struct airlock__aside {
	struct airlock__aside *_Atomic next;
	struct airlock__child_id id;
	void *base, *more;
	size_t size, more_size;
	bool guarded;			/* holds the caller's dumpable flag down, see guard.h */
	/* what airlock__put_aside() adds, to know it again; 0: not known */
	pid_t owner;			/* whose child it is */
	long long start;		/* of the process */
	ino_t inode;			/* of its pidfd, if no other has that */
};

/*
 * Keeps a copy of *what. There is room for a few; where there is no memory for more, all of it is
 * leaked, as it must.
 */
void airlock__put_aside(const struct airlock__aside *what);

/* Reap those that have died since. */
void airlock__reap_aside(void);

#endif
