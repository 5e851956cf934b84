/* SPDX-License-Identifier: ISC */
/*
 * guard.c: see guard.h. Counted, so that threads do not restore each other's 0.
 */
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lock.h"

static struct {
	struct airlock__lock lock;
	_Atomic unsigned count, changes; /* spawns that need it shut; times it was shut or opened */
	int saved;
	bool watches_forks;
} guard;

bool airlock__guard_needed(const struct airlock_seal *seal)
{
	if (!seal)
		return false;
	if (seal->parts & AIRLOCK__SEAL_LESS_THAN_PARENT)
		return true;
	/*
	 * A filter that kills the exec dumps core; before Linux 5.16 that ends all who share the
	 * memory, whatever the limit.
	 */
	return seal->parts & AIRLOCK__SEAL_SECCOMP ||
	       (seal->limits & 1u << RLIMIT_CORE && seal->limit[RLIMIT_CORE].soft > 0);
}

/*
 * What the kernel sets the flag to when a process changes its ids, proc_sys_fs(5): -1 if it does
 * not say. 1 would open the door that we shut.
 */
static int suid_dumpable(void)
{
	char c;
	ssize_t n;
	int fd = open("/proc/sys/fs/suid_dumpable", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	do
		n = read(fd, &c, 1);
	while (n < 0 && errno == EINTR);
	close(fd);
	return n == 1 && c >= '0' && c <= '2' ? c - '0' : -1;
}

static void open_again(void)
{
	guard.changes++;
	prctl(PR_SET_DUMPABLE, guard.saved);
	guard.count = 0;
}

/*
 * fork(3) in another thread copies the flag, too, and nobody else would put it back there. It
 * copies the flag first and our words later, so what they were before it began counts as well. No
 * lock is held meanwhile: a fork takes long, and waits for other handlers.
 */
static _Thread_local struct {
	unsigned count, changes;
} at_fork;

static void before_fork(void)
{
	at_fork.changes = atomic_load(&guard.changes);
	at_fork.count = atomic_load(&guard.count);
}

static void in_forked_copy(void)
{
	if (at_fork.count > 0 || atomic_load(&guard.count) > 0 ||
	    atomic_load(&guard.changes) != at_fork.changes)
		prctl(PR_SET_DUMPABLE, guard.saved);
	/* no other thread is in the copy */
	atomic_store(&guard.count, 0);
	atomic_store(&guard.lock.word, 0);
}

static pthread_once_t watch_forks_once = PTHREAD_ONCE_INIT;

static void watch_forks(void)
{
	guard.watches_forks = pthread_atfork(before_fork, NULL, in_forked_copy) == 0;
}

/*
 * The first to shut and the last to open: the count stands for as long as the flag may differ, so
 * that a copy that is forked at any moment knows what to put back.
 */
static int shut(void)
{
	int by_kernel = suid_dumpable();

	guard.saved = prctl(PR_GET_DUMPABLE);
	/* 2 can be read but not set */
	if (!guard.watches_forks || guard.saved < 0 || guard.saved == 2 || by_kernel < 0 ||
	    by_kernel == 1)
		return -ENOTSUP;
	guard.changes++;
	guard.count = 1;
	if (prctl(PR_SET_DUMPABLE, 0) == 0)
		return 0;
	guard.count = 0;
	return -ENOTSUP;
}

int airlock__guard_shut(void)
{
	bool anew;
	int r = 0;

	pthread_once(&watch_forks_once, watch_forks);
	/* held for a few calls only, so it needs no deadline */
	airlock__lock(&guard.lock, AIRLOCK__FOREVER, &anew);
	/* a copy that was not made by fork(3), and so not seen by in_forked_copy() */
	if (anew && guard.count > 0)
		open_again();
	if (guard.count == 0)
		r = shut();
	else
		guard.count++;
	airlock__unlock(&guard.lock);
	return r;
}

void airlock__guard_open(void)
{
	bool anew;

	airlock__lock(&guard.lock, AIRLOCK__FOREVER, &anew);
	/* in a forked copy all of it is the parent's */
	if (guard.count == 1 || (anew && guard.count > 0))
		open_again();
	else if (guard.count > 1)
		guard.count--;
	airlock__unlock(&guard.lock);
}
