/* SPDX-License-Identifier: ISC */
/*
 * listener.h: a helper whose system calls are asked about before they happen, seccomp_unotify(2).
 *
 * airlock_spawn() adds nothing to its child for this. The command starts *itself* instead, as
 * `airlock exec --listener FD ...`: that stage puts a filter in force which asks where the profile
 * would refuse (or, to learn, always), passes the listener back over the socket FD by SCM_RIGHTS, and
 * then does what `airlock exec` does but for the seal's own program.
 */
#ifndef AIRLOCK_LISTENER_H
#define AIRLOCK_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/seccomp.h>
#include <sys/types.h>

#include "cmd.h"

enum listen_to {
	LISTEN_REFUSED = 'r',		/* what the profile would refuse, execs, and what Landlock judges */
	LISTEN_ALL = 'a'		/* every call, but exit, exit_group and rt_sigreturn */
};

/*
 * The words to start the stage with: "/proc/self/exe" "exec" "--listener" "FD" and the sandbox's own options
 * before the command's. An array from malloc that ends in NULL, the strings within it are not its
 * own; NULL: no memory. `fd_word`: the number of the stage's end of the socket, with the mode after it ("3r").
 */
char **listener_words(const struct sandbox *s, const char *fd_word, char *const *argv);

/* In the stage: filter, listener away, s->seal without a program. 0, or an exit code and it was told why. */
int listener_stage(struct sandbox *s, const char *fd_word);

/* Is it asked about although the profile's program lets it pass? An exec, and what Landlock judges. */
bool listener_asks_anyway(const struct airlock_profile *p, const char *call);

/* In the command. */
enum { LISTENER_TOKEN = 15 };		/* as long as a thread's name can be */
struct listener {
	int fd;				/* to poll: POLLIN there is a question, POLLHUP nobody is left to ask */
	pid_t stage;			/* the helper's pid */
	bool helper_runs;		/* false: what is asked about is still our own stage, and allowed */
	char token[LISTENER_TOKEN + 1];	/* the stage's name, by which that is known */
};

/* Over the command's end of the socket, when it is readable: 0; -EPIPE: the stage ended before; -errno. */
int listener_receive(int socket, pid_t stage, struct listener *ret);
void listener_close(struct listener *l);

/* A question. It stays one until it is answered, or its process dies or is interrupted. */
struct question {
	uint64_t id;
	pid_t pid;			/* the thread; 0: it is in another pid namespace */
	struct seccomp_data data;
};

/* 1: *ret is the next one; 0: none, or it went away, or it was the stage's and is answered. -errno: over. */
int listener_next(struct listener *l, struct question *ret);

/* Is it still the same process that asks? What was read from its memory or /proc counts only if so. */
bool listener_asks_still(const struct listener *l, const struct question *q);

/*
 * SECCOMP_RET_ALLOW or _LOG: let it happen; SECCOMP_RET_ERRNO | n: that; SECCOMP_RET_KILL_PROCESS: the
 * process ends of SIGSYS as the kernel would end it (of SIGKILL where it blocks, ignores or catches SIGSYS).
 */
void listener_answer(const struct listener *l, const struct question *q, uint32_t answer);

#endif
