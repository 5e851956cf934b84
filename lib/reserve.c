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
#include <sys/stat.h>
#include <unistd.h>

#include "airlock/airlock.h"
#include "clock.h"
#include "lock.h"
#include "quiet.h"

enum { FIRST = 3, RESERVE_MS = 1000 };

struct slot {
	int fd;				/* -1: none */
	bool used;			/* holds a spawn's descriptor just now */
};

/* All of it under the lock, but for `useless`. `master` stands aside, to copy slots from. */
static struct {
	struct airlock__lock lock;
	atomic_bool useless;
	bool have_master;
	int master;
	dev_t dev;
	ino_t ino;
	struct slot slot[AIRLOCK__SLOTS];
	int nslots;
} reserve;

static bool ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == reserve.dev && st.st_ino == reserve.ino;
}

/* its own low number is better used as a slot */
static int aside(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, AIRLOCK__LOW_BOUND);

	return up < 0 ? fcntl(fd, F_DUPFD_CLOEXEC, FIRST) : up;
}

static bool have_master(void)
{
	if (reserve.have_master && ours(reserve.master))
		return true;
	/* lost to the caller; a slot that is still ours can replace it */
	reserve.have_master = false;
	for (int i = 0; i < reserve.nslots && !reserve.have_master; i++) {
		if (!ours(reserve.slot[i].fd))
			continue;
		reserve.master = aside(reserve.slot[i].fd);
		reserve.have_master = reserve.master >= 0;
	}
	return reserve.have_master;
}

static int make_master(void)
{
	struct stat st;
	int fd, up;

	if (have_master())
		return 0;
	fd = memfd_create("airlock", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		int r = -errno;

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
	reserve.dev = st.st_dev;
	reserve.ino = st.st_ino;
	return 0;
}

/* Forget what the caller has closed or replaced, then take what low numbers are free. */
static int fill(void)
{
	int r = make_master(), kept = 0;

	if (r < 0)
		return r;
	for (int i = 0; i < reserve.nslots; i++)
		if (ours(reserve.slot[i].fd))
			reserve.slot[kept++] = (struct slot){ reserve.slot[i].fd, false };
	reserve.nslots = kept;
	while (reserve.nslots < AIRLOCK__SLOTS) {
		int fd = fcntl(reserve.master, F_DUPFD_CLOEXEC, FIRST);

		if (fd < 0 || fd >= AIRLOCK__LOW_BOUND) {
			if (fd >= 0)
				close(fd);
			break;
		}
		reserve.slot[reserve.nslots++] = (struct slot){ fd, false };
	}
	return reserve.nslots > 0 ? 0 : -EMFILE;
}

static int take(int64_t deadline)
{
	bool anew = false;
	int r = airlock__lock(&reserve.lock, deadline, &anew);

	if (r < 0)
		return r;
	/* in a forked copy a slot may hold what another thread was spawning: fill() looks */
	for (int i = 0; anew && i < reserve.nslots; i++)
		reserve.slot[i].used = false;
	r = fill();
	if (r < 0)
		airlock__unlock(&reserve.lock);
	return r;
}

int airlock__reserve_take(int64_t deadline)
{
	if (atomic_load(&reserve.useless))
		return -ENOSYS;
	return take(deadline);
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
	if ((unsigned)*fd < airlock__reserve_bound())
		return 0;
	for (int i = 0; i < reserve.nslots; i++) {
		struct slot *s = &reserve.slot[i];

		if (s->used)
			continue;
		if (dup3(*fd, s->fd, O_CLOEXEC) < 0)
			return -errno;
		s->used = true;
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

		/* if it cannot be a placeholder again it must still let go of the spawn's descriptor */
		if (s->used && (!ours(reserve.master) || dup3(reserve.master, s->fd, O_CLOEXEC) < 0))
			close(s->fd);
		else
			reserve.slot[kept++] = (struct slot){ s->fd, false };
	}
	reserve.nslots = kept;
	airlock__unlock(&reserve.lock);
}

void airlock__reserve_useless(void)
{
	atomic_store(&reserve.useless, true);
}

int airlock_reserve(void)
{
	struct airlock__quiet quiet = airlock__quiet_begin();
	int r = take(airlock__in_ms(RESERVE_MS));

	if (r == 0)
		airlock__unlock(&reserve.lock);
	airlock__quiet_end(&quiet);
	return r;
}

void airlock_unreserve(void)
{
	struct airlock__quiet quiet = airlock__quiet_begin();
	bool anew;

	if (airlock__lock(&reserve.lock, airlock__in_ms(RESERVE_MS), &anew) == 0) {
		for (int i = 0; i < reserve.nslots; i++)
			if (ours(reserve.slot[i].fd))
				close(reserve.slot[i].fd);
		reserve.nslots = 0;
		if (reserve.have_master && ours(reserve.master))
			close(reserve.master);
		reserve.have_master = false;
		airlock__unlock(&reserve.lock);
	}
	airlock__quiet_end(&quiet);
}
