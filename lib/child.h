/* SPDX-License-Identifier: ISC */
/*
 * child.h: what parent and child share, all that the child needs to know.
 *
 * The parent fills in a plan, the child follows it. With shared memory it is the same memory,
 * otherwise a shared mapping; either way the words at the top are how the child speaks.
 */
#ifndef AIRLOCK_CHILD_H
#define AIRLOCK_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airlock/airlock.h"
#include "fdmap.h"
#include "handshake.h"
#include "seal.h"

/* `alive`: the kernel writes GONE and wakes the parent, when the child lets go of the memory */
enum { AIRLOCK__GONE = 0, AIRLOCK__BORN = 1, AIRLOCK__OWN_TABLE = 2 };

/* `fate`, changed once, atomically */
enum { AIRLOCK__OPEN = 0, AIRLOCK__EXECS = 1, AIRLOCK__GIVEN_UP = 2 };

/* True if nobody was first, or it was decided so before. */
static inline bool airlock__decide(int *fate, int to)
{
	int was = AIRLOCK__OPEN;

	return __atomic_compare_exchange_n(fate, &was, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) || was == to;
}

struct airlock__plan {
	/* the child's words */
	volatile int alive;		/* a futex */
	volatile int step;		/* enum airlock_step: where it stands */
	volatile int code;		/* errno of the step that failed; 0: none has */
	volatile int detail;		/* of that step: a descriptor, limit or capability by number */
	int fate;			/* who was first: the child at its exec, or the parent's deadline */

	/* how it was started */
	bool own_process;		/* airlock_exec(): no child; return instead of exit */
	bool private_memory;		/* its memory is its own, or a copy */
	unsigned bound;			/* shared table: own one, of what stands below this; 0: it has one */
	const volatile uint32_t *waited;	/* shared table: 2 if others wait for the parent's reserve */
	bool exposed;			/* it may not be dumpable while it holds the parent's memory */
	bool die_with_parent;
	int parent;			/* the pid that getppid(2) must give then */

	/* descriptors */
	const struct airlock__op *ops;
	size_t nops;
	const int *keep;		/* sorted */
	size_t nkeep;
	unsigned upto;			/* see closefds.h */

	/* the chat */
	bool chats;
	struct airlock__chat hello;
	uint8_t reply[AIRLOCK__RECORD_SIZE];

	/* the seal; `landlock_fd` and `filter` are this spawn's own */
	const struct airlock_seal *seal;
	int landlock_fd;
	const struct sock_filter *filter;
	bool new_session;
	const char *directory;
	struct airlock__limit core;	/* RLIMIT_CORE as the helper shall have it */

	/* exec: each candidate in turn is copied to `path`, so that the three pointers never change */
	const char *candidates;		/* strings end to end */
	size_t ncandidates;
	char *path;
	char *const *argv, *const *envp;
};

/* The child's whole life; takes a struct airlock__plan. Returns only if it is `own_process`. */
void airlock__child(void *plan);

#endif
