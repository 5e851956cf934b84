/* SPDX-License-Identifier: ISC */
/*
 * watch.c: see watch.h. Everything is allowed; of an answer nothing depends on what was read,
 * which may change.
 */
#define _GNU_SOURCE
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

#include "clock.h"

enum {
	MS = 1000000,
	PROGRESS_MS = 200,  /* between two progress lines */
	MOST_AT_ONCE = 256, /* questions before signals are looked at again */
	QUIET_MS = 300,	    /* the rest may end by itself, too, before it is spoken of */
	GRACE_MS = 2000,    /* to end, once interrupted */
	MAX_PIDS = 64,	    /* remembered, to count who is left */
	STAGE_FD = 3
};

struct watch {
	struct airlock_helper helper;
	struct listener listener;
	struct learned *learned;
	int socket, signals, wstatus;
	bool ended, lost, told, killed; /* lost: its status is another's, or nobody's */
	int interrupts;
	int64_t ended_at, interrupted_at, killed_at, shown_at;
	bool progress, colours, shown;
	uint64_t shown_questions;
	pid_t pids[MAX_PIDS];
	size_t npids;
	sigset_t taken; /* signals that are told of by `signals` */
};

/* Progress */

static void show(struct watch *w)
{
	const struct learned *l = w->learned;
	const char *strong = w->colours ? "\033[1m" : "", *plain = w->colours ? "\033[0m" : "";
	char line[160];
	int n;

	if (!w->progress || l->questions == w->shown_questions ||
	    airlock__now() - w->shown_at < (int64_t)PROGRESS_MS * MS)
		return;
	w->shown_at = airlock__now();
	w->shown_questions = l->questions;
	w->shown = true;
	n = snprintf(line, sizeof line,
		     "\r%slearning:%s %llu calls, %zu different, %zu files\033[K", strong, plain,
		     (unsigned long long)l->questions, l->distinct, l->nfiles);
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

static void erase(struct watch *w)
{
	static const char nothing[] = "\r\033[K";

	if (w->shown)
		(void)!write(STDERR_FILENO, nothing, sizeof nothing - 1);
	w->shown = false;
}

static void begin_progress(struct watch *w)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	w->progress = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
	w->colours = w->progress && !(no_color && *no_color);
}

/* Who is left */

static void remember(struct watch *w, pid_t pid)
{
	for (size_t i = 0; i < w->npids; i++)
		if (w->pids[i] == pid)
			return;
	/* who is gone makes room */
	for (size_t i = 0; w->npids == MAX_PIDS && i < MAX_PIDS; i++)
		if (kill(w->pids[i], 0) < 0 && errno == ESRCH)
			w->pids[i] = w->pids[--w->npids];
	if (w->npids < MAX_PIDS)
		w->pids[w->npids++] = pid;
}

/* The first thread of a process has its number. One at least is there while anybody can ask. */
static unsigned count_left(const struct watch *w)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->npids; i++)
		n += tracee_process(w->pids[i]) == w->pids[i];
	return n ? n : 1;
}

/* One question */

static int learn_clone3(struct learned *l, const struct question *q)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
	} args = { 0 };
	ssize_t n = tracee_read(q->pid, q->data.args[0], &args, sizeof args);

	if (n < (ssize_t)sizeof args || args.flags >> 63 || args.exit_signal > 0xff)
		return learned_clone3(l, -1, 0);
	return learned_clone3(l, (int64_t)args.flags, (int)args.exit_signal);
}

static bool is_call(const struct question *q, const char *name)
{
	int call = airlock__call_by_name(name, strlen(name));

	return call >= 0 && q->data.arch == airlock__audit_arch &&
	       q->data.nr == airlock__calls[call].nr;
}

/*
 * Nobody tells what a call returned, but descriptors are given out from the lowest on: at the next call, which may
 * close it, the new one is there.
 */
static void look_at_descriptors(struct learned *l, const struct question *q)
{
	char name[64];
	struct stat st;
	int r;

	do {
		snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)q->pid, l->highest_fd + 1);
		r = lstat(name, &st);
		l->highest_fd += r == 0;
	} while (r == 0);
	l->fds_unseen |= errno == EACCES || errno == EPERM || q->pid <= 0;
}

/* What is in the folder of /proc of another one that is watched is as good as its own. */
static bool is_watched(const struct watch *w, const char *path)
{
	static const char proc[] = "/proc/";
	long pid;

	if (!path || strncmp(path, proc, sizeof proc - 1) != 0)
		return false;
	pid = strtol(path + sizeof proc - 1, NULL, 10);
	for (size_t i = 0; i < w->npids; i++)
		if (w->pids[i] == pid)
			return true;
	return false;
}

static int learn(struct watch *w, const struct question *q)
{
	struct learned *l = w->learned;
	struct want wants[MAX_WANTS];
	int n = tracee_wants(q, wants), r = n < 0 && n != -EACCES ? n : 0;

	/* who asks no more has done nothing, and asks again if it is to be */
	if (r == 0 && listener_asks_still(&w->listener, q)) {
		l->unseen += n == -EACCES;
		look_at_descriptors(l, q);
		r = learned_call(l, &q->data);
		if (r == 0 && is_call(q, "clone3"))
			r = learn_clone3(l, q);
		for (int i = 0; r == 0 && i < n; i++) {
			wants[i].is_own |= is_watched(w, wants[i].path);
			r = learned_want(l, &wants[i]);
		}
		remember(w, q->pid);
	}
	if (n > 0)
		tracee_wants_free(wants, n);
	return r;
}

/* -EPIPE: nobody is left */
static int answer(struct watch *w)
{
	/* so many, and then it is looked whether somebody has had enough */
	for (int i = 0; i < MOST_AT_ONCE; i++) {
		struct question q;
		int r = listener_next(&w->listener, &q);

		if (r < 0)
			return r;
		if (r == 0)
			break;
		r = w->killed ? 0 : learn(w, &q);
		listener_answer(&w->listener, &q,
				w->killed ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW);
		if (r < 0)
			return r;
	}
	show(w);
	return 0;
}

/* Signals and ends */

static void reap(struct watch *w)
{
	siginfo_t si;

	if (!w->ended) {
		int r = airlock_wait(&w->helper, 0, &w->wstatus);

		if (r == 0 || r == -ECHILD) {
			w->lost = r < 0;
			w->ended = true;
			w->ended_at = airlock__now();
		}
	}
	/*
	 * those whose parents are gone are ours: a process that nobody waits for is one that is
	 * left
	 */
	for (;;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid == 0 ||
		    (!w->ended && si.si_pid == w->helper.pid) ||
		    waitpid(si.si_pid, NULL, WNOHANG) <= 0)
			return;
	}
}

static void interrupt(struct watch *w, const struct signalfd_siginfo *si)
{
	if (!w->interrupts++)
		w->interrupted_at = airlock__now();
	if (w->ended)
		return;
	if (w->interrupts > 1)
		(void)airlock_kill(&w->helper, SIGKILL);
	/* a terminal's goes to all of its foreground */
	else if (si->ssi_code != SI_KERNEL)
		(void)airlock_kill(&w->helper, (int)si->ssi_signo);
}

static void take_signals(struct watch *w)
{
	struct signalfd_siginfo si;

	while (read(w->signals, &si, sizeof si) == (ssize_t)sizeof si)
		if (si.ssi_signo != SIGCHLD)
			interrupt(w, &si);
	reap(w);
}

/* When the loop has to look again without being asked: in ms, -1 never */
static int patience(const struct watch *w)
{
	if (w->interrupts || (w->ended && !w->told))
		return 50;
	return w->progress && w->learned->questions != w->shown_questions ? PROGRESS_MS : -1;
}

static bool is_over_since(int64_t since, int ms)
{
	return airlock__now() - since >= (int64_t)ms * MS;
}

/* Who asks from now on is killed, and who does not ask at all is left to itself. */
static void begin_to_kill(struct watch *w)
{
	if (w->killed)
		return;
	w->killed = true;
	w->killed_at = airlock__now();
	if (!w->ended)
		(void)airlock_kill(&w->helper, SIGKILL);
}

/* true: enough */
static bool mind_the_time(struct watch *w)
{
	bool only_others = w->ended && w->ended_at < w->interrupted_at;

	if (w->ended && !w->told && !w->interrupts && is_over_since(w->ended_at, QUIET_MS)) {
		unsigned n = count_left(w);

		w->told = true;
		erase(w);
		complain("learn: waiting for %u process%s left; ^C ends", n,
			 n == 1 ? " that is" : "es that are");
	}
	if (!w->interrupts)
		return false;
	if (w->interrupts > 2 ||
	    is_over_since(w->interrupted_at, only_others ? QUIET_MS : GRACE_MS))
		begin_to_kill(w);
	return w->killed && w->ended && is_over_since(w->killed_at, QUIET_MS);
}

/* The loop */

static int receive(struct watch *w)
{
	int r = listener_receive(w->socket, w->helper.pid, &w->listener);

	if (r == -EAGAIN)
		return 0;
	close(w->socket);
	w->socket = -1;
	/* the stage ended, and has said why */
	return r == -EPIPE ? 0 : r;
}

static int watch(struct watch *w)
{
	/* a stage that ends leaves no listener behind */
	while (w->socket >= 0 || w->listener.fd >= 0 || !w->ended) {
		struct pollfd p[] = {
			{ w->signals, POLLIN, 0 },
			{ w->helper.pidfd, POLLIN, 0 },
			{ w->socket, POLLIN, 0 },
			{ w->listener.fd, POLLIN, 0 },
		};
		int r = poll(p, 4, patience(w));

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r < 0)
			continue;
		if (p[0].revents || p[1].revents)
			take_signals(w);
		r = p[2].revents ? receive(w) : 0;
		if (r == 0 && p[3].revents)
			r = answer(w);
		if (r == -EPIPE)
			listener_close(&w->listener);
		else if (r < 0)
			return r;
		if (mind_the_time(w))
			break;
	}
	return 0;
}

static int spawn(struct watch *w, char *const *argv, int stage)
{
	struct sandbox sandbox = { 0 };
	const char *profile = "none", *pair = "ExecOnce=no";
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	const struct airlock_fd fds[] = { { STDIN_FILENO, STDIN_FILENO },
					  { STDOUT_FILENO, STDOUT_FILENO },
					  { stage, STAGE_FD } };
	struct airlock_error e;
	char fd_word[8], **words;
	int r;

	sandbox.profiles = &profile;
	sandbox.npairs = sandbox.nprofiles = 1;
	sandbox.pairs = &pair;
	snprintf(fd_word, sizeof fd_word, "%d%c", STAGE_FD, LISTEN_ALL);
	words = listener_words(&sandbox, fd_word, argv);
	if (!words) {
		complain("%s", strerror(ENOMEM));
		return EXIT_AIRLOCK;
	}
	o.stderr_fd = STDERR_FILENO;
	o.path = words[0];
	o.argv = words;
	o.name = argv[0];
	o.fds = fds;
	o.nfds = sizeof fds / sizeof *fds;
	/* without us its calls fail, each of them */
	if (children_see_us())
		o.flags = AIRLOCK_DIE_WITH_PARENT;
	r = airlock_spawn(&o, &w->helper, &e);
	free(words);
	return r < 0 ? failed_stage(&e) : 0;
}

/* 0, or the exit code and it was told why not */
static int prepare(struct watch *w, int ends[2])
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
	struct sigaction sa;
	sigset_t *set = &w->taken;

	/* whoever started us may have ignored it, and then nobody's status can be had */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(set);
	/* nohup(1) and its like have it so; a signalfd would see them all the same */
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (sigaction(all[i], NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
			sigaddset(set, all[i]);
	sigprocmask(SIG_BLOCK, set, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	w->signals = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signals >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
		return 0;
	complain("learn: %s", strerror(errno));
	if (w->signals >= 0)
		close(w->signals);
	return EXIT_AIRLOCK;
}

/* What came too late to end the run shall not end what is made of it; what comes now does. */
static void leave_signals(struct watch *w)
{
	struct signalfd_siginfo si;

	while (read(w->signals, &si, sizeof si) == (ssize_t)sizeof si)
		;
	close(w->signals);
	sigprocmask(SIG_UNBLOCK, &w->taken, NULL);
}

static int code_of(const struct watch *w)
{
	if (w->lost)
		return EXIT_AIRLOCK;
	return WIFSIGNALED(w->wstatus) ? EXIT_SIGNAL + WTERMSIG(w->wstatus)
				       : WEXITSTATUS(w->wstatus);
}

int watch_run(char *const *argv, struct learned *l, int *ret_code, bool *ret_ran)
{
	struct watch w = { .learned = l, .listener = { .fd = -1 }, .socket = -1 };
	int ends[2], r = prepare(&w, ends);

	if (r != 0)
		return r;
	begin_progress(&w);
	w.socket = ends[0];
	r = spawn(&w, argv, ends[1]);
	close(ends[1]);
	if (r == 0) {
		r = watch(&w);
		erase(&w);
		if (r < 0)
			complain("learn: %s", strerror(-r));
		r = r < 0 ? EXIT_AIRLOCK : 0;
		/* without a listener each call fails */
		if (r == 0 && w.listener.fd >= 0) {
			unsigned n = count_left(&w);

			complain("learn: %u process%s left, and can do nothing more", n,
				 n == 1 ? " is" : "es are");
		}
		if (!w.ended)
			(void)airlock_stop(&w.helper, 0, &w.wstatus);
	}
	*ret_ran = w.listener.helper_runs;
	if (w.socket >= 0)
		close(w.socket);
	listener_close(&w.listener);
	leave_signals(&w);
	*ret_code = code_of(&w);
	return r;
}
