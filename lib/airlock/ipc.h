/* SPDX-License-Identifier: ISC */
/*
 * ipc.h: the helper IPC of Lusca and Squid-2, under its own names, on top of airlock_spawn().
 *
 *	const char *args[] = { "(basic_ncsa_auth)", "/etc/squid/passwd", NULL };
 *	int rfd, wfd;
 *	void *hIpc;
 *	pid_t pid = ipcCreate(IPC_STREAM, "/usr/lib/squid/basic_ncsa_auth", args, "auth", &rfd, &wfd, &hIpc);
 *
 *	if (pid < 0)
 *		err(1, "auth");
 *	... poll rfd and wfd; a read of 0 is end of file ...
 *	ipcClose(pid, rfd, wfd);
 *
 * New programs call airlock_spawn(), which also says where a start failed.
 */
#ifndef AIRLOCK_IPC_H
#define AIRLOCK_IPC_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IPC_NONE 0
#define IPC_TCP_SOCKET 1
#define IPC_UDP_SOCKET 2
#define IPC_FIFO 3
#define IPC_UNIX_STREAM 4
#define IPC_UNIX_DGRAM 5
#define IPC_STREAM IPC_UNIX_STREAM
#define IPC_DGRAM IPC_UNIX_DGRAM

struct airlock_seal;

/*
 * Start `prog` (searched in PATH if it has no slash) with `args` (NULL at the end; args[0] need
 * not be the path), the channel `type` as its 0 and 1, the debug log as its 2, in a session of
 * its own. `name` is for messages and may be NULL. Returns the pid, and nonblocking,
 * close-on-exec descriptors in *rfd and *wfd (equal but with IPC_FIFO, -1 with IPC_NONE), which
 * are the caller's; a descriptor whose pointer is NULL is closed. Returns -1 with errno as
 * airlock_spawn() has it, and -1 in both, if the program does not run. `hIpc` may be NULL, else
 * *hIpc = NULL. Blocks for 10 s at most. Thread-safe. Lusca gave up the real and saved ids in the
 * child: a caller that runs with effective ids of its own for the time being must have a seal for
 * that, see ipcSetSeal(); without one the helper inherits all three.
 */
pid_t ipcCreate(int type, const char *prog, const char *const args[], const char *name,
		int *rfd, int *wfd, void **hIpc);

/*
 * Close the descriptors (once if they are equal; negative ones are skipped) and send SIGTERM to
 * `pid` if it is positive. Never blocks; the caller reaps, as it does any child. errno untouched.
 */
void ipcClose(pid_t pid, int rfd, int wfd);

/* The 2 of the helpers that follow; -1: /dev/null. Default: the caller's own 2. Stays the caller's. */
void ipcSetDebugLog(int fd);

/* The sandbox of the helpers that follow; NULL: none. Stays the caller's, and must outlive them. */
void ipcSetSeal(const struct airlock_seal *seal);

#ifdef __cplusplus
}
#endif
#endif
