/* SPDX-License-Identifier: ISC */
/*
 * spawn_caller.c: see spawn_caller.h.
 */
#define _GNU_SOURCE
#include "spawn_caller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNAL_BYTES = 8, HOLES = 32 };

void caller_look(struct caller *ret)
{
	struct stat st = { 0 };

	memset(ret, 0, sizeof *ret);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &ret->mask, SIGNAL_BYTES);
	for (int sig = 1; sig <= 64; sig++)
		syscall(SYS_rt_sigaction, sig, NULL, ret->action[sig], SIGNAL_BYTES);
	ret->dumpable = prctl(PR_GET_DUMPABLE);
	ret->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	prctl(PR_GET_CHILD_SUBREAPER, &ret->child_subreaper);
	ret->umask = umask(0);
	umask(ret->umask);
	for (int i = 0; i < CALLER_LIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &ret->limit[i]);
	(void)stat(".", &st); /* a directory that is gone or locked stays that */
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->nice = getpriority(PRIO_PROCESS, 0);
}

const char *caller_changed(const struct caller *a, const struct caller *b)
{
	if (a->mask != b->mask)
		return "the caller's signal mask is as before";
	if (memcmp(a->action, b->action, sizeof a->action) != 0)
		return "the caller's signal dispositions are as before";
	if (a->dumpable != b->dumpable)
		return "the caller's dumpable flag is as before";
	if (a->no_new_privs != b->no_new_privs || a->child_subreaper != b->child_subreaper)
		return "the caller's process attributes are as before";
	if (a->umask != b->umask)
		return "the caller's umask is as before";
	if (memcmp(a->limit, b->limit, sizeof a->limit) != 0)
		return "the caller's limits are as before";
	if (a->dev != b->dev || a->ino != b->ino)
		return "the caller's directory is as before";
	if (a->nice != b->nice)
		return "the caller's nice value is as before";
	return NULL;
}

void caller_descriptors(struct descriptor ret[CALLER_FDS])
{
	struct pollfd fds[CALLER_FDS];
	int n, holes = HOLES;

	for (int i = 0; i < CALLER_FDS; i++)
		fds[i] = (struct pollfd){ .fd = i };
	/*
	 * One call for all of them: what is not open is POLLNVAL. So is what is O_PATH, and a leak of that
	 * stands where there was a hole before.
	 */
	n = poll(fds, CALLER_FDS, 0);
	for (int i = 0; i < CALLER_FDS; i++) {
		struct descriptor *d = &ret[i];
		struct stat st = { 0 };

		d->open = n >= 0 ? !(fds[i].revents & POLLNVAL) : fcntl(i, F_GETFD) >= 0;
		if (!d->open && n >= 0 && holes-- > 0 && fcntl(i, F_GETFD) >= 0)
			d->open = true;
		if (!d->open)
			continue;
		fstat(i, &st);
		d->flags = fcntl(i, F_GETFL);
		d->cloexec = fcntl(i, F_GETFD);
		d->dev = st.st_dev;
		d->ino = st.st_ino;
		d->mode = st.st_mode;
		d->size = st.st_size;
	}
}

bool same_descriptor(const struct descriptor *a, const struct descriptor *b)
{
	return a->open == b->open &&
	       (!a->open || (a->flags == b->flags && a->cloexec == b->cloexec && a->dev == b->dev &&
			     a->ino == b->ino));
}

void set_signal_mask(uint64_t mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, SIGNAL_BYTES);
}

void set_disposition(int sig, void (*handler)(int))
{
	struct sigaction sa = { 0 };

	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART;
	sigaction(sig, &sa, NULL);
}

void put_back_dispositions(const struct caller *c)
{
	unsigned long now[4] = { 0 };

	for (int sig = 1; sig <= 64; sig++) {
		syscall(SYS_rt_sigaction, sig, NULL, now, SIGNAL_BYTES);
		if (memcmp(now, c->action[sig], sizeof now) != 0)
			syscall(SYS_rt_sigaction, sig, c->action[sig], NULL, SIGNAL_BYTES);
	}
}
