/* SPDX-License-Identifier: ISC */
/*
 * airlock.h: start a helper program that cannot hurt its caller.
 *
 *	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
 *	struct airlock_helper h;
 *	struct airlock_error e;
 *	char *argv[] = { "cat", NULL };
 *
 *	o.channel = AIRLOCK_UNIX_STREAM;
 *	o.path = "/bin/cat";
 *	o.argv = argv;
 *	if (airlock_spawn(&o, &h, &e) < 0)
 *		errx(1, "%s", e.message);
 *	... write to h.wfd, read from h.rfd; a read of 0 is end of file ...
 *	airlock_stop(&h, 1000, NULL);
 *
 * Functions return 0, or a negative errno. Outputs named ret_* (and `ret`) stay untouched on
 * failure, but for struct airlock_error, which tells of it and may always be NULL. Unless its
 * text says otherwise a function may be called from any thread at any time, is no cancellation
 * point, leaves errno as it was, and must not be called from a signal handler.
 */
#ifndef AIRLOCK_AIRLOCK_H
#define AIRLOCK_AIRLOCK_H

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIRLOCK_VERSION_MAJOR 0
#define AIRLOCK_VERSION_MINOR 1
#define AIRLOCK_VERSION_PATCH 0

/* What stands between caller and helper. The numbers are those of Lusca's IPC_*. */
enum airlock_channel {
	AIRLOCK_NONE = 0,		/* no channel: 0 and 1 are /dev/null */
	AIRLOCK_TCP = 1,		/* loopback TCP connection, see tcp(7) */
	AIRLOCK_UDP = 2,		/* connected pair of loopback UDP sockets, see udp(7). No end of
					   file; and once one end is closed its port is free for others:
					   read no more when the pidfd says that the helper has ended */
	AIRLOCK_FIFO = 3,		/* two pipes, see pipe(7) */
	AIRLOCK_UNIX_STREAM = 4,	/* socketpair(2), see unix(7) */
	AIRLOCK_UNIX_DGRAM = 5,		/* messages; no end of file: watch the pidfd */
	AIRLOCK_UNIX_SEQPACKET = 6	/* messages, and end of file */
};

/* One more descriptor for the helper: it gets the caller's `from` as its `to`. */
struct airlock_fd {
	int from, to;
};

/* Flags of struct airlock_options. */
#define AIRLOCK_NEW_SESSION 1u		/* the helper leads a session of its own, setsid(2) */
#define AIRLOCK_SEARCH_PATH 2u		/* `path` without a slash is looked up in PATH, as execvp(3) does */
#define AIRLOCK_DIE_WITH_PARENT 4u	/* SIGKILL when the spawning *thread* ends, PR_SET_PDEATHSIG; not
					   after unshare(CLONE_NEWPID), where no child sees its parent */
#define AIRLOCK_PRIVATE_MEMORY 8u	/* never share memory with the child: slower, grows with the caller */

struct airlock_seal;			/* a sandbox, made by <airlock/sandbox.h> */

/*
 * What to start, and how. Begin with AIRLOCK_OPTIONS_INIT. Everything that it points to stays
 * the caller's, and must not change during the call, nor may the environment if it is used. The struct grows at its end only, and a
 * new field means nothing while it is zero.
 */
struct airlock_options {
	size_t size;			/* sizeof(struct airlock_options) */
	int stderr_fd;			/* becomes the helper's 2; -1: /dev/null */
	enum airlock_channel channel;
	const char *path;		/* program; relative: to the helper's root and directory */
	char *const *argv;		/* as execve(2) takes them; argv[0] at least */
	char *const *envp;		/* NULL: the seal's environment, else the caller's */
	const char *name;		/* for messages; NULL: the last part of `path` */
	const char *cwd;		/* NULL: the seal's directory, else the caller's */
	const struct airlock_fd *fds;	/* more descriptors for the helper: `to` may not repeat, may */
	size_t nfds;			/* be 0 or 1 only with AIRLOCK_NONE, never 2; at most 1024 */
	const struct airlock_seal *seal;	/* sandbox, or NULL */
	unsigned timeout_ms;		/* bound on the call in milliseconds (0: 10 s); 100 ms more for a
					   child that is at its exec by then, or must be killed */
	unsigned flags;			/* AIRLOCK_NEW_SESSION ... */
};
#define AIRLOCK_OPTIONS_INIT \
	{ sizeof(struct airlock_options), -1, AIRLOCK_NONE, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, 0 }

/* A running helper. The descriptors are the caller's to poll; airlock_stop() closes them. */
struct airlock_helper {
	pid_t pid;			/* an ordinary child: its death raises SIGCHLD */
	int pidfd;			/* readable when it has ended, pidfd_open(2); -1 before Linux 5.2 */
	int rfd, wfd;			/* nonblocking, close-on-exec, never 0 to 2; equal but with
					   AIRLOCK_FIFO; -1 with AIRLOCK_NONE */
};

/* Where a spawn failed. Numbers are fixed, and only ever appended to. */
enum airlock_step {
	AIRLOCK_STEP_NONE = 0,
	/* the caller's side */
	AIRLOCK_STEP_OPTIONS = 1,	/* an option is wrong: the message names it */
	AIRLOCK_STEP_SEAL = 2,		/* the seal is no seal of this version */
	AIRLOCK_STEP_MEMORY = 3,	/* no memory for the child's stack and plan */
	AIRLOCK_STEP_CHANNEL = 4,	/* the channel, /dev/null or a pipe could not be made */
	AIRLOCK_STEP_RESERVE = 5,	/* the reserved descriptors; no spawn fails for them so far */
	AIRLOCK_STEP_CLONE = 6,		/* clone(2) */
	AIRLOCK_STEP_CHAT = 7,		/* HELLO or REPLY was not what it must be */
	AIRLOCK_STEP_TIMEOUT = 8,	/* the time was up; the message says where the child stood */
	AIRLOCK_STEP_KILLED = 9,	/* the child died before exec; the message says of what */
	AIRLOCK_STEP_RANDOM = 10,	/* getrandom(2) */
	AIRLOCK_STEP_DUMPABLE = 11,	/* the child could not shut its private copy, PR_SET_DUMPABLE */
	AIRLOCK_STEP_OOM_SCORE = 12,	/* /proc/PID/oom_score_adj: the helper, which runs by then, is
					   killed, and that raises SIGCHLD */
	AIRLOCK_STEP_WAIT = 13,		/* waitid(2) does not say what became of the child */
	/* the child's side, in this order */
	AIRLOCK_STEP_UNSHARE = 32,	/* a descriptor table of its own */
	AIRLOCK_STEP_SIGNALS = 33,	/* dispositions to default */
	AIRLOCK_STEP_DESCRIPTORS = 34,	/* descriptors to their places */
	AIRLOCK_STEP_CLOSE = 35,	/* every other descriptor closed */
	AIRLOCK_STEP_SESSION = 36,	/* setsid(2) */
	AIRLOCK_STEP_ROOT = 37,		/* chroot(2) */
	AIRLOCK_STEP_DIRECTORY = 38,	/* chdir(2) */
	AIRLOCK_STEP_UMASK = 39,	/* umask(2) */
	AIRLOCK_STEP_RLIMIT = 40,	/* prlimit(2) */
	AIRLOCK_STEP_NICE = 41,		/* setpriority(2) */
	AIRLOCK_STEP_AFFINITY = 42,	/* sched_setaffinity(2) */
	AIRLOCK_STEP_BOUNDING = 43,	/* capability bounding set, capabilities(7) */
	AIRLOCK_STEP_SECUREBITS = 44,
	AIRLOCK_STEP_GROUPS = 45,	/* setgroups(2) */
	AIRLOCK_STEP_GID = 46,		/* setresgid(2) */
	AIRLOCK_STEP_UID = 47,		/* setresuid(2) */
	AIRLOCK_STEP_CAPABILITIES = 48,	/* capset(2) */
	AIRLOCK_STEP_AMBIENT = 49,
	AIRLOCK_STEP_PARENT = 50,	/* parent-death signal; ESRCH: the parent is gone */
	AIRLOCK_STEP_NO_NEW_PRIVS = 51,
	AIRLOCK_STEP_LANDLOCK = 52,	/* landlock_restrict_self(2) */
	AIRLOCK_STEP_SIGMASK = 53,
	AIRLOCK_STEP_SECCOMP = 54,	/* seccomp(2) */
	AIRLOCK_STEP_EXECVE = 55	/* execve(2) */
};

struct airlock_error {
	enum airlock_step step;		/* the step that failed */
	int code;			/* its errno, positive */
	char message[256];		/* for people: who, where, what, why; ends in NUL */
};

/*
 * Start a helper. 0: the program runs (its exec passed the point of no return), the channel
 * carried bytes both ways, every restriction of the seal is in force. Otherwise a negative
 * errno, and nothing is left: no process, descriptor, memory or SIGCHLD. -EINVAL: an option is
 * wrong. -EBADF: a descriptor in the options is not open. -ETIMEDOUT: the time was up.
 * -ECANCELED: something killed the child before exec. -EPROTO: the channel did not carry the
 * chat. Any other is the errno of the step that failed. A killed child that cannot die yet (a
 * hung file system) is kept with its memory until a later call can reap it, and the message says
 * so. The first call takes what airlock_reserve() would.
 */
int airlock_spawn(const struct airlock_options *options, struct airlock_helper *ret, struct airlock_error *error);

/*
 * Make this very process the helper: the same steps, then execve(2). Returns only on failure,
 * and then the process may have lost descriptors, rights and signal dispositions: report and
 * exit. The channel must be AIRLOCK_NONE; to keep 0 and 1, map them in `fds`. AIRLOCK_NEW_SESSION
 * fails for the leader of a process group (EPERM), AIRLOCK_DIE_WITH_PARENT ties it to the parent
 * that it has at the call, and `timeout_ms` and AIRLOCK_PRIVATE_MEMORY mean nothing here.
 */
int airlock_exec(const struct airlock_options *options, struct airlock_error *error);

/*
 * Wait until the helper ends, at most `timeout_ms` milliseconds (0 polls, -1 is for ever), and
 * reap it. *ret_wstatus (may be NULL) is as waitpid(2) gives it. Then `pid` and `pidfd` of the
 * handle are spent (-1); `rfd` and `wfd` stay, for what is left to read. -ETIMEDOUT: it still
 * runs. -ECHILD: another has reaped it (a SIGCHLD handler, or SIGCHLD is ignored); it is gone,
 * its status unknown, the handle spent likewise. -EINVAL: no handle. One thread a handle.
 */
int airlock_wait(struct airlock_helper *helper, int timeout_ms, int *ret_wstatus);

/*
 * Send a signal, by pidfd: never to another process (before Linux 5.2: as long as no other thread
 * reaps it just then). -ESRCH: it has ended. -EINVAL: no such signal, or no handle. -EPERM: it has
 * become another user's.
 */
int airlock_kill(const struct airlock_helper *helper, int sig);

/*
 * End the helper: close the channel, wait `grace_ms`, SIGTERM (and SIGCONT), wait `grace_ms`,
 * SIGKILL, reap. In all cases the handle is spent: its descriptors are closed and are -1. Takes
 * two times `grace_ms` and a second at most. 0: *ret_wstatus (may be NULL) is set. -ECHILD:
 * another has reaped it. -ETIMEDOUT: killed, but cannot die yet (a hung file system); a later
 * call reaps it.
 */
int airlock_stop(struct airlock_helper *helper, unsigned grace_ms, int *ret_wstatus);

/*
 * Take a few low descriptors (below 256), and some 80 KiB of address space for a child's stack, now,
 * so that the cost of a spawn does not grow with the number of descriptors. The first spawn does so
 * by itself: call this before the low numbers are in use. They are close-on-exec descriptors of an
 * empty memfd_create(2), nine in all; if the caller closes or replaces one it is given up. Spawns
 * work without. -EMFILE: no low number is free, the limit is below 64, or the caller has taken them
 * from us again and again. -ETIMEDOUT: another thread's spawn holds them. Else an errno of
 * memfd_create(2).
 */
int airlock_reserve(void);

/*
 * Give the reserved descriptors back: close those that are still ours. None, if another thread's
 * spawn holds them for a second on end.
 */
void airlock_unreserve(void);

/* "execve", "chat", "seccomp", ...; "unknown" for any other number. Static storage. */
const char *airlock_step_name(enum airlock_step step);

/* Version of the library that runs, as "MAJOR.MINOR.PATCH". Static storage. */
const char *airlock_version(void);

#ifdef __cplusplus
}
#endif
#endif
