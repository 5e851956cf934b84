/* SPDX-License-Identifier: ISC */
/*
 * ipc.c: ipcCreate() and ipcClose() on top of airlock_spawn().
 */
#include "airlock/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "airlock/airlock.h"
#include "channel.h"
#include "quiet.h"

static _Atomic int debug_log = STDERR_FILENO;
static const struct airlock_seal *_Atomic common_seal;

void ipcSetDebugLog(int fd)
{
	atomic_store(&debug_log, fd < 0 ? -1 : fd);
}

void ipcSetSeal(const struct airlock_seal *seal)
{
	atomic_store(&common_seal, seal);
}

/* A log that the caller has closed, or our own 2 in a daemon, is no reason not to start. */
static int usable_log(void)
{
	int fd = atomic_load(&debug_log);

	return fd >= 0 && fcntl(fd, F_GETFD) >= 0 ? fd : -1;
}

static void hand_over(int fd, int *ret, int *left_fd)
{
	if (ret) {
		*ret = fd;
		*left_fd = -1;
	}
}

static int create(int type, const char *prog, const char *const args[], const char *name,
		  struct airlock_helper *h)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;

	if (type < IPC_NONE || type > IPC_UNIX_DGRAM)
		return -EINVAL;
	o.stderr_fd = usable_log();
	o.channel = (enum airlock_channel)type;
	o.path = prog;
	/* execve(2) writes to neither; its prototype is older than const */
	o.argv = (char *const *)(const void *)args;
	o.name = name;
	o.seal = atomic_load(&common_seal);
	o.flags = AIRLOCK_SEARCH_PATH | AIRLOCK_NEW_SESSION;
	return airlock_spawn(&o, h, NULL);
}

pid_t ipcCreate(int type, const char *prog, const char *const args[], const char *name, int *rfd,
		int *wfd, void **hIpc)
{
	struct airlock__quiet quiet = airlock__quiet_begin();
	struct airlock_helper h = { -1, -1, -1, -1 };
	int r, left_rfd, left_wfd;

	if (rfd)
		*rfd = -1;
	if (wfd)
		*wfd = -1;
	if (hIpc)
		*hIpc = NULL;
	r = create(type, prog, args, name, &h);
	left_rfd = h.rfd;
	left_wfd = h.wfd;
	hand_over(h.rfd, rfd, &left_rfd);
	hand_over(h.wfd, wfd, &left_wfd);
	/* what nobody took is closed, but not if it is the other's too */
	if (h.rfd != h.wfd || (!rfd && !wfd))
		airlock__close_pair(left_rfd, left_wfd);
	/* callers of this function know pids alone */
	airlock__close_pair(h.pidfd, -1);
	if (r < 0)
		quiet.saved_errno = -r;
	airlock__quiet_end(&quiet);
	return r < 0 ? -1 : h.pid;
}

void ipcClose(pid_t pid, int rfd, int wfd)
{
	struct airlock__quiet quiet = airlock__quiet_begin();

	airlock__close_pair(rfd, wfd);
	if (pid > 0)
		kill(pid, SIGTERM);
	airlock__quiet_end(&quiet);
}
