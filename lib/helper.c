/* SPDX-License-Identifier: ISC */
/*
 * helper.c: wait, signal and stop, by pidfd, so that never another process is meant.
 */
#define _GNU_SOURCE
#include "airlock/airlock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "guard.h"
#include "lock.h"
#include "quiet.h"
#include "reap.h"
#include "sys.h"

enum { KILL_MS = 1000, FIRST_NAP_NS = 100000, LONGEST_NAP_NS = 10000000, ROOMS = 8 };
enum { PID_FS = 0x50494446 }; /* linux/magic.h, newer than some headers */

/* Children that were killed and had not died. The first few need no memory: there may be none. */
static struct {
	struct airlock__lock lock;
	struct airlock__aside *_Atomic first;
	struct airlock__aside room[ROOMS]; /* free: not in the list */
} aside;

int airlock__waitid(struct airlock__child_id id, siginfo_t *ret, int options)
{
	int r = -1;

	ret->si_pid = 0;
	do {
		errno = EINVAL;
		if (id.pidfd >= 0)
			r = waitid((idtype_t)AIRLOCK__P_PIDFD, (id_t)id.pidfd, ret, options);
		/* Linux 5.2 and 5.3 have pidfds, but no P_PIDFD; and a caller may have closed it */
		if (r < 0 && (errno == EINVAL || errno == EBADF))
			r = waitid(P_PID, (id_t)id.pid, ret, options);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int airlock__signal(struct airlock__child_id id, int sig)
{
	long r = -ENOSYS;

	if (id.pidfd >= 0)
		r = airlock__sys4(AIRLOCK__NR_pidfd_send_signal, id.pidfd, sig, 0, 0);
	/* refused by an old kernel or a filter, or closed by a caller: the child is ours, not reaped */
	if (r == -ENOSYS || r == -EPERM || r == -EBADF)
		r = kill(id.pid, sig) < 0 ? -errno : 0;
	return (int)r;
}

/*
 * A pidfd is readable when the process has ended. Without one, where poll(2) is refused (a limit
 * of no descriptors), and while a tracer holds the zombie, there is nothing but to look again.
 */
static void until_ended(struct airlock__child_id id, int64_t deadline, bool looked, int64_t *nap)
{
	struct timespec t;

	if (id.pidfd >= 0 && !looked && airlock__poll(id.pidfd, POLLIN, deadline) == 0)
		return;
	t = airlock__timespec(airlock__sooner(*nap, deadline - airlock__now()));
	if (t.tv_sec >= 0 && t.tv_nsec >= 0)
		nanosleep(&t, NULL);
	*nap = airlock__sooner(*nap * 2, LONGEST_NAP_NS);
}

int airlock__reap(struct airlock__child_id id, int64_t deadline, int any, siginfo_t *ret)
{
	int64_t nap = FIRST_NAP_NS;
	int r;

	if (deadline == AIRLOCK__FOREVER)
		return airlock__waitid(id, ret, WEXITED | any);
	for (bool looked = false;; looked = true) {
		/* the clock first: whoever ends before the deadline is then seen after it */
		bool late = airlock__now() >= deadline;

		r = airlock__waitid(id, ret, WEXITED | WNOHANG | any);
		if (r < 0 || ret->si_pid)
			return r;
		if (late)
			return -ETIMEDOUT;
		until_ended(id, deadline, looked, &nap);
	}
}

/* Without stdio: another thread may hold its locks for as long as it likes. */
static bool read_proc(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	do
		n = read(fd, text, size - 1);
	while (n < 0 && errno == EINTR);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

const char *airlock__proc_stat(pid_t pid, char *buf, size_t size)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	/* the second is its name, in parentheses, with anything in it */
	return read_proc(path, buf, size) ? strrchr(buf, ')') : NULL;
}

/* When our child with that pid began; 0: it is not there to be seen. */
static long long start_of(pid_t pid)
{
	char buf[512] = "";
	ssize_t n = readlink("/proc/self", buf, sizeof buf - 1);
	const char *at;
	int parent;

	/* of our own PID namespace? */
	if (n < 0 || atoi(buf) != getpid())
		return 0;
	at = airlock__proc_stat(pid, buf, sizeof buf);
	if (!at || sscanf(at, ") %*c %d", &parent) != 1 || parent != getpid())
		return 0;
	for (int field = 3; at && field <= 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoll(at, NULL, 10) : 0;
}

/* Does another child of ours have its pid by now? */
static bool is_anothers(const struct airlock__aside *node)
{
	long long start = node->start ? start_of(node->id.pid) : 0;

	return start && start != node->start;
}

/* A pidfd has an inode of its own since Linux 6.9; 0: it cannot be told from others by that. */
static ino_t inode_of(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (pidfd < 0 || fstatfs(pidfd, &fs) < 0 || fs.f_type != PID_FS || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}

/*
 * A descriptor number kept aside may be the caller's log by now, or a pidfd of another child, if
 * the caller has closed all and opened anew. What cannot be known for that child's pidfd is left
 * alone.
 */
static bool still_its_pidfd(const struct airlock__aside *node)
{
	char path[64], text[512], *at;

	if (node->id.pidfd < 0 || node->inode)
		return node->inode && inode_of(node->id.pidfd) == node->inode;
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", node->id.pidfd);
	at = read_proc(path, text, sizeof text) ? strstr(text, "\nPid:") : NULL;
	return at && atoi(at + strlen("\nPid:")) == node->id.pid && !is_anothers(node);
}

static bool is_in_list(const struct airlock__aside *room)
{
	const struct airlock__aside *node = atomic_load(&aside.first);

	while (node && node != room)
		node = atomic_load(&node->next);
	return node;
}

static struct airlock__aside *find_room(void)
{
	void *p;

	for (int i = 0; i < ROOMS; i++)
		if (!is_in_list(&aside.room[i]))
			return &aside.room[i];
	p = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static bool is_room(const struct airlock__aside *node)
{
	for (int i = 0; i < ROOMS; i++)
		if (node == &aside.room[i])
			return true;
	return false;
}

void airlock__put_aside(const struct airlock__aside *what)
{
	struct airlock__aside *node;
	bool anew;

	if (airlock__lock(&aside.lock, airlock__in_ms(KILL_MS), &anew) < 0)
		return;
	node = find_room();
	if (node) {
		*node = *what;
		node->owner = getpid();
		node->start = start_of(what->id.pid);
		node->inode = inode_of(what->id.pidfd);
		atomic_store(&node->next, atomic_load(&aside.first));
		atomic_store(&aside.first, node);
	}
	airlock__unlock(&aside.lock);
}

static void forget(struct airlock__aside *node, bool its_pidfd)
{
	/* a forked copy has it, too, and may have shut the door itself since */
	if (node->guarded && node->owner == getpid())
		airlock__guard_open();
	if (its_pidfd)
		close(node->id.pidfd);
	if (node->more)
		munmap(node->more, node->more_size);
	if (node->base)
		munmap(node->base, node->size);
	if (!is_room(node))
		munmap(node, (size_t)sysconf(_SC_PAGESIZE));
}

/* Has it been reaped, by us or by another? */
static bool is_reaped(const struct airlock__aside *node, bool its_pidfd)
{
	struct airlock__child_id id = { node->id.pid, its_pidfd ? node->id.pidfd : -1 };
	siginfo_t si;
	int r;

	/* whose status is the caller's */
	if (!its_pidfd && is_anothers(node))
		return true;
	/* -ECHILD: reaped by another, or this is a forked copy, whose child it is not */
	r = airlock__waitid(id, &si, WEXITED | WNOHANG | __WALL);
	return r == -ECHILD || (r == 0 && si.si_pid);
}

/* A copy may be forked at any moment: what is in the list is whole. */
void airlock__reap_aside(void)
{
	struct airlock__aside *_Atomic *at = &aside.first, *node;
	bool anew;

	if (!atomic_load(at))
		return;
	/* another thread does it, or none can: both will do */
	if (airlock__lock(&aside.lock, INT64_MIN, &anew) < 0)
		return;
	while ((node = atomic_load(at))) {
		bool its_pidfd = still_its_pidfd(node);

		if (is_reaped(node, its_pidfd)) {
			atomic_store(at, atomic_load(&node->next));
			forget(node, its_pidfd);
		} else {
			at = &node->next;
		}
	}
	airlock__unlock(&aside.lock);
}

/* As waitpid(2) has it, from what waitid(2) gives. */
static int wstatus_of(const siginfo_t *si)
{
	switch (si->si_code) {
	case CLD_EXITED:
		return (si->si_status & 0xff) << 8;
	case CLD_DUMPED:
		return (si->si_status & 0x7f) | 0x80;
	default:
		return si->si_status & 0x7f;
	}
}

static struct airlock__child_id id_of(const struct airlock_helper *h)
{
	return (struct airlock__child_id){ h->pid, h->pidfd };
}

/* Its process is no more: so is our hold on it. */
static void let_go(struct airlock_helper *h)
{
	airlock__close_pair(h->pidfd, -1);
	h->pidfd = -1;
	h->pid = -1;
}

static int wait_until(struct airlock_helper *h, int64_t deadline, int *ret_wstatus)
{
	siginfo_t si;
	int r = airlock__reap(id_of(h), deadline, 0, &si);

	if (r == 0 && ret_wstatus)
		*ret_wstatus = wstatus_of(&si);
	if (r == 0 || r == -ECHILD)
		let_go(h);
	return r;
}

int airlock_wait(struct airlock_helper *helper, int timeout_ms, int *ret_wstatus)
{
	struct airlock__quiet quiet;
	int r;

	if (!helper || helper->pid <= 0 || timeout_ms < -1)
		return -EINVAL;
	quiet = airlock__quiet_begin();
	r = wait_until(helper,
		       timeout_ms < 0 ? AIRLOCK__FOREVER : airlock__in_ms((unsigned)timeout_ms),
		       ret_wstatus);
	airlock__quiet_end(&quiet);
	return r;
}

int airlock_kill(const struct airlock_helper *helper, int sig)
{
	struct airlock__quiet quiet;
	siginfo_t si;
	int r;

	if (!helper)
		return -EINVAL;
	if (helper->pid <= 0)
		return -ESRCH;
	quiet = airlock__quiet_begin();
	/* one that has been reaped by another must not lend its number to a signal */
	r = airlock__waitid(id_of(helper), &si, WEXITED | WNOHANG | WNOWAIT);
	if (r == -ECHILD || (r == 0 && si.si_pid))
		r = -ESRCH;
	else
		r = airlock__signal(id_of(helper), sig);
	airlock__quiet_end(&quiet);
	return r;
}

/* It was killed, and does not die: kept until a later call can reap it. */
static void keep_aside(struct airlock_helper *h)
{
	airlock__put_aside(&(struct airlock__aside){ .id = id_of(h) });
	h->pidfd = -1;
	h->pid = -1;
}

/* Whatever else waitid(2) may answer, the helper must not be left running. */
static bool ended(int r)
{
	return r == 0 || r == -ECHILD;
}

static int stop(struct airlock_helper *h, unsigned grace_ms, int *ret_wstatus)
{
	int r;

	airlock__close_pair(h->rfd, h->wfd);
	h->rfd = h->wfd = -1;
	if (h->pid <= 0)
		return -ECHILD;
	r = wait_until(h, airlock__in_ms(grace_ms), ret_wstatus);
	if (ended(r))
		return r;
	airlock__signal(id_of(h), SIGTERM);
	/* a stopped process sees no SIGTERM until it goes on */
	airlock__signal(id_of(h), SIGCONT);
	r = wait_until(h, airlock__in_ms(grace_ms), ret_wstatus);
	if (ended(r))
		return r;
	airlock__signal(id_of(h), SIGKILL);
	r = wait_until(h, airlock__in_ms(KILL_MS), ret_wstatus);
	if (!ended(r))
		keep_aside(h);
	return r;
}

int airlock_stop(struct airlock_helper *helper, unsigned grace_ms, int *ret_wstatus)
{
	struct airlock__quiet quiet;
	int r;

	if (!helper)
		return -EINVAL;
	quiet = airlock__quiet_begin();
	airlock__reap_aside();
	r = stop(helper, grace_ms, ret_wstatus);
	airlock__quiet_end(&quiet);
	return r;
}
