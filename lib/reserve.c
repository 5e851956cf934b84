/* SPDX-License-Identifier: ISC */
/*
 * reserve.c: see reserve.h. Must never close or replace a descriptor that is not its own.
 *
 * A reserved slot is a descriptor of one memfd, told from all others by device and inode. A
 * caller that daemonises with closefrom() may have its log file at that number now, so each slot
 * is looked at before each use, and one that is not the memfd any more is forgotten.
 */
#define _GNU_SOURCE
#include "reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "lock.h"

enum {
	FIRST = 3,
	SCARCE = 64, /* a limit below which a caller needs its descriptors itself */
	LOSSES = 16, /* so often the caller may take the master from us */
};

struct file {
	dev_t dev;
	ino_t ino;
};

struct slot {
	int fd;
	enum { IDLE, USED, LOST } state; /* used: holds a spawn's descriptor just now, `file` */
	struct file file;
};

/* All of it under the lock, but for `useless`. `master` stands aside, to copy slots from. */
static struct {
	struct airlock__lock lock;
	volatile int *_Atomic holder; /* a futex that the holder of the lock may sleep on */
	atomic_bool useless;
	bool have_master;
	int master, losses;
	struct file memfd;
	struct slot slot[AIRLOCK__SLOTS];
	int nslots;
} reserve;

/* The raw call, since libc's goes by a path; on 64 bits the two have one struct stat. */
static int identify(int fd, struct file *ret)
{
	struct stat st = { 0 };
	long r = airlock__sys2(__NR_fstat, fd, &st);

	if (r < 0)
		return (int)r;
	*ret = (struct file){ st.st_dev, st.st_ino };
	return 0;
}

/* Is it not that file any more? Where that cannot be told it is left as it is, and not used. */
enum is { YES, NO, UNKNOWN };

static enum is is(int fd, const struct file *file)
{
	struct file now = { 0, 0 };
	int r = identify(fd, &now);

	if (r < 0)
		return r == -EBADF ? NO : UNKNOWN;
	return now.dev == file->dev && now.ino == file->ino ? YES : NO;
}

static enum is ours(int fd)
{
	return is(fd, &reserve.memfd);
}

/* its own low number is better used as a slot */
static int aside(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, AIRLOCK__LOW_BOUND);

	return up < 0 ? fcntl(fd, F_DUPFD_CLOEXEC, FIRST) : up;
}

/* 0: there is one; -ENOENT: all is lost; -EMFILE: a slot could replace it, but for a number. */
static int have_master(void)
{
	if (reserve.have_master && ours(reserve.master) != NO)
		return 0;
	/* lost to the caller; a slot that is still ours can replace it */
	reserve.have_master = false;
	for (int i = 0; i < reserve.nslots; i++) {
		if (ours(reserve.slot[i].fd) != YES)
			continue;
		reserve.master = aside(reserve.slot[i].fd);
		reserve.have_master = reserve.master >= 0;
		return reserve.have_master ? 0 : -EMFILE;
	}
	return -ENOENT;
}

static int make_master(void)
{
	int fd, up, r = have_master();

	if (r != -ENOENT)
		return r;
	/*
	 * Lost again and again: perhaps threads have tables of their own (CLONE_FILES not shared),
	 * and each would leave a reserve in every table but the last.
	 */
	if (reserve.losses++ > LOSSES)
		return -EMFILE;
	fd = memfd_create("airlock", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = identify(fd, &reserve.memfd);
	if (r < 0) {
		close(fd);
		return r;
	}
	up = aside(fd);
	if (up >= 0) {
		close(fd);
		fd = up;
	}
	reserve.master = fd;
	reserve.have_master = true;
	return 0;
}

/* A slot that stays in its place is not written anew: a fork may copy it at any moment. */
static void keep(int at, int from)
{
	if (at != from)
		reserve.slot[at] = reserve.slot[from];
	reserve.slot[at].state = IDLE;
}

/*
 * Forget what the caller has closed or replaced, then take what low numbers are free. For a spawn
 * a whole set will do: it looks at each slot when it uses it.
 */
static int fill(bool for_spawn)
{
	struct rlimit limit;
	int r, kept = 0;

	if (for_spawn && reserve.nslots == AIRLOCK__SLOTS)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < SCARCE)
		return -EMFILE;
	r = make_master();
	if (r < 0)
		return r;
	for (int i = 0; i < reserve.nslots; i++)
		if (ours(reserve.slot[i].fd) != NO)
			keep(kept++, i);
	reserve.nslots = kept;
	while (reserve.nslots < AIRLOCK__SLOTS) {
		int fd = fcntl(reserve.master, F_DUPFD_CLOEXEC, FIRST);

		if (fd < 0 || fd >= AIRLOCK__LOW_BOUND) {
			if (fd >= 0)
				close(fd);
			break;
		}
		reserve.slot[reserve.nslots++] = (struct slot){ .fd = fd };
	}
	return reserve.nslots > 0 ? 0 : -EMFILE;
}

/*
 * A holder sleeps until its child's exec, and is woken before that only if another thread waits:
 * by the child, which looks at the lock when its table is its own, or from here if that is past.
 */
static int lock(int64_t deadline, bool *ret_anew)
{
	volatile int *holder;

	/* marks the lock as waited for, if it is held */
	if (airlock__lock(&reserve.lock, INT64_MIN, ret_anew) == 0)
		return 0;
	holder = atomic_load(&reserve.holder);
	if (holder)
		airlock__sys3(__NR_futex, holder, FUTEX_WAKE, INT_MAX);
	return airlock__lock(&reserve.lock, deadline, ret_anew);
}

static void unlock(void)
{
	atomic_store(&reserve.holder, NULL);
	airlock__unlock(&reserve.lock);
}

static int take(int64_t deadline, bool for_spawn)
{
	bool anew = false;
	int r = lock(deadline, &anew);

	if (r < 0)
		return r;
	/* in a forked copy a slot may hold what another thread was spawning, and is not ours then */
	for (int i = 0; anew && i < reserve.nslots; i++)
		reserve.slot[i].state = IDLE;
	r = fill(for_spawn);
	if (r < 0)
		unlock();
	return r;
}

int airlock__reserve_take(int64_t deadline, volatile int *holder,
			  const volatile uint32_t **ret_waited)
{
	int r;

	if (atomic_load(&reserve.useless))
		return -ENOSYS;
	r = take(deadline, true);
	if (r < 0)
		return r;
	atomic_store(&reserve.holder, holder);
	*ret_waited = airlock__lock_state(&reserve.lock);
	return 0;
}

unsigned airlock__reserve_bound(void)
{
	int highest = 0;

	for (int i = 0; i < reserve.nslots; i++)
		if (reserve.slot[i].fd > highest)
			highest = reserve.slot[i].fd;
	return (unsigned)highest + 1;
}

int airlock__reserve_place(int *fd)
{
	int r;

	if ((unsigned)*fd < airlock__reserve_bound())
		return 0;
	for (int i = 0; i < reserve.nslots; i++) {
		struct slot *s = &reserve.slot[i];

		enum is mine = s->state == IDLE ? ours(s->fd) : NO;

		if (s->state == IDLE && mine == NO)
			s->state = LOST;
		if (s->state != IDLE || mine != YES)
			continue;
		r = identify(*fd, &s->file);
		if (r < 0)
			return r;
		if (dup3(*fd, s->fd, O_CLOEXEC) < 0)
			return -errno;
		s->state = USED;
		*fd = s->fd;
		return 0;
	}
	return -EMFILE;
}

void airlock__reserve_release(void)
{
	int kept = 0;

	for (int i = 0; i < reserve.nslots; i++) {
		struct slot *s = &reserve.slot[i];

		/* taken by the caller meanwhile: not ours to close */
		if (s->state == LOST || (s->state == USED && is(s->fd, &s->file) == NO))
			continue;
		/* if it cannot be a placeholder again it must still let go of the spawn's descriptor */
		if (s->state == USED &&
		    (ours(reserve.master) == NO || dup3(reserve.master, s->fd, O_CLOEXEC) < 0))
			close(s->fd);
		else
			keep(kept++, i);
	}
	reserve.nslots = kept;
	unlock();
}

void airlock__reserve_useless(void)
{
	atomic_store(&reserve.useless, true);
}

int airlock__reserve_make(int64_t deadline)
{
	int r = take(deadline, false);

	if (r == 0)
		unlock();
	return r;
}

void airlock__reserve_give_back(int64_t deadline)
{
	bool anew;

	if (lock(deadline, &anew) < 0)
		return;
	for (int i = 0; i < reserve.nslots; i++)
		if (ours(reserve.slot[i].fd) == YES)
			close(reserve.slot[i].fd);
	reserve.nslots = 0;
	if (reserve.have_master && ours(reserve.master) == YES)
		close(reserve.master);
	reserve.have_master = false;
	reserve.losses = 0;
	unlock();
}
