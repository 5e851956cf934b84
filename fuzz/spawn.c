/* SPDX-License-Identifier: ISC */
/*
 * spawn: airlock_spawn() itself, again and again in one process: options good and bad, mapped descriptors,
 * seals, callers in odd states, calls that fail on both sides; then what a caller does with its helper.
 *
 * Oracle: what the header says is wrong is refused as it says; what must fail does, and what must not
 * does not (P1). A failure leaves no process, descriptor, mapping or SIGCHLD, writes no output, and names
 * a step, its errno and a reason (P2). A success is a helper that answers, and what it reports of itself
 * is what was asked for (P1): its descriptors are 0, 1, 2 and those mapped, each the right object (P3); its
 * first bytes are its own, and what it echoes is what was written (P5). The caller's signals, errno, flags,
 * directory, umask, limits and descriptors are as before (P7). A sealed helper execs once (P9).
 *
 * What is started is small and built in: it lives in a memfd, and is named by /proc.
 */
#define _GNU_SOURCE
#include "spawn_options.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "spawn_caller.h"
#include "spawn_faults.h"
#include "spawn_report.h"

enum {
	SPAWN = (int)SEAL_NOPS + (int)OPTION_NOPS,
	CLEAR,
	FAULT,
	NO_FAULTS,
	LIMIT,
	LOW,
	STDIO,
	MASK,
	DISPOSITION,
	UMASK,
	NOT_DUMPABLE,
	RESERVE,
	UNRESERVE,
	STEAL,
	WRITE,
	HALF_CLOSE,
	WAIT,
	KILL,
	STOP
};
/* clang-format off */
static const struct fuzz_op ops[] = {
	SEAL_OPERATIONS,
	OPTION_OPERATIONS,
	{ "spawn", "" },
	{ "clear", "" },		/* options as at the start */
	{ "fault", "bbb" },		/* which call, the n-th (0: each), errno (index) */
	{ "no-faults", "" },
	{ "limit", "h" },		/* RLIMIT_NOFILE, soft */
	{ "low", "h" },			/* so many low descriptors are taken */
	{ "stdio", "b" },		/* bits: closed during spawns */
	{ "mask", "q" },
	{ "disposition", "bb" },	/* signal; default, ignored, handled */
	{ "umask", "h" },
	{ "not-dumpable", "" },
	{ "reserve", "" },
	{ "unreserve", "" },
	{ "steal", "bb" },		/* one of the library's descriptors: closed, or replaced by ours */
	{ "write", "bs" },		/* to a helper, and its echo */
	{ "half-close", "b" },
	{ "wait", "bb" },		/* which, milliseconds */
	{ "kill", "bb" },
	{ "stop", "bb" },		/* which, grace */
	{ NULL, NULL },
};
/* clang-format on */
const struct fuzz_op *const fuzz_ops = ops;

enum {
	HELPERS = 3,
	SPAWNS = 8,
	LOW_MAX = 290,
	SAVED_AT = 900,
	ANSWER_MS = 6000,
	RESERVE_FDS = 9,
	RAISED = 4096,
	CHILDREN = 16,
	BLIND_MS = 20
};

struct helper {
	struct airlock_helper h;
	enum airlock_channel channel;
	int mode;
	unsigned char mode_arg;
	bool answers; /* it can be relied on to echo */
	bool own_end; /* its end, if it ends, is its own */
	bool one_exec;
};

static struct {
	struct wanted wanted;
	struct helper helper[HELPERS];
	size_t nhelpers;
	bool ours[CALLER_FDS]; /* the target's, the engine's and the helpers' descriptors */
	struct caller start;
	rlim_t limit; /* 0: as it is */
	unsigned stdio;
	unsigned spawns;
	bool was_private, has_others; /* other children: the engine's, to name symbols */
	pid_t other[CHILDREN];
	int nothers;
	bool has_ignored; /* SIGCHLD, for a while: then a helper may be gone unseen */
} run;

static bool with_faults;
static volatile sig_atomic_t deaths;

static void count_death(int sig)
{
	deaths += sig == SIGCHLD;
}

static void handle_nothing(int sig)
{
	(void)sig;
}

static bool reaps_by_itself(void)
{
	struct sigaction sa;

	return sigaction(SIGCHLD, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

/* Descriptors */

/* What is neither ours nor a helper's must be the library's reserve: one empty file, so many times at most */
static void check_reserve(const struct descriptor *d)
{
	int n = 0, first = -1;

	for (int i = 0; i < CALLER_FDS; i++) {
		if (!d[i].open || run.ours[i])
			continue;
		first = first < 0 ? i : first;
		FUZZ_HOLDS(d[i].ino == d[first].ino && d[i].dev == d[first].dev &&
				   S_ISREG(d[i].mode) && !d[i].size,
			   "P2: no descriptor is left but those of the reserve");
		FUZZ_HOLDS(d[i].cloexec == FD_CLOEXEC && i > 2,
			   "the reserve is close-on-exec, and never 0 to 2");
		n++;
	}
	FUZZ_HOLDS(n <= RESERVE_FDS, "the reserve is of nine descriptors");
}

static void check_ours(const struct descriptor *before, const struct descriptor *after)
{
	for (int i = 0; i < CALLER_FDS; i++)
		if (run.ours[i])
			FUZZ_HOLDS(same_descriptor(&before[i], &after[i]),
				   "P7: the caller's descriptors are as before");
}

static void know(int fd, bool ours)
{
	if (fd >= 0 && fd < CALLER_FDS)
		run.ours[fd] = ours;
}

bool is_librarys(int fd)
{
	return fd >= 0 && fd < CALLER_FDS && !run.ours[fd] && fcntl(fd, F_GETFD) >= 0;
}

static void own_handle(const struct airlock_helper *h, bool ours)
{
	know(h->pidfd, ours);
	know(h->rfd, ours);
	know(h->wfd, ours);
}

/* Processes */

static bool is_helper(pid_t pid)
{
	for (size_t i = 0; i < run.nhelpers; i++)
		if (run.helper[i].h.pid == pid)
			return true;
	return false;
}

static bool has_children(int options)
{
	siginfo_t si;

	return waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT | options) == 0 || errno != ECHILD;
}

/* Our children, proc_pid_children(5): how many, or -1 */
static int children(pid_t ret[CHILDREN])
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int n = 0;

	if (!f)
		return -1;
	while (n < CHILDREN && fscanf(f, "%d", &ret[n]) == 1)
		n++;
	fclose(f);
	return n;
}

static void check_children(void)
{
	siginfo_t si = { 0 };
	bool none = !run.has_others;

	FUZZ_HOLDS(!has_children(__WCLONE), "P2: no child is left that has not become a helper");
	for (size_t i = 0; i < run.nhelpers; i++)
		none &= run.helper[i].h.pid <= 0;
	FUZZ_HOLDS(!none || !has_children(__WALL), "P2: no process is left");
	if (run.has_others || waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0)
		return;
	FUZZ_HOLDS(!si.si_pid || is_helper(si.si_pid), "P2: no zombie is left");
}

/* What a helper says */

static bool wait_for(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };
	int r;

	do
		r = poll(&p, 1, ANSWER_MS);
	while (r < 0 && errno == EINTR);
	return r > 0;
}

static void hear(int fd, void *buf, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = read(fd, (char *)buf + done, n - done);

		if (r < 0 && errno == EAGAIN) {
			FUZZ_HOLDS(wait_for(fd, POLLIN), "P1: the helper answers");
			continue;
		}
		FUZZ_HOLDS(r > 0, "P1: the helper runs, and its channel is open");
		done += (size_t)r;
	}
}

static void drain(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof buf) > 0)
		;
}

static void check_report(const struct call *c, const struct airlock_helper *h,
			 const struct caller *before, int from)
{
	struct program_report r;

	do {
		hear(from, &r, sizeof r);
		FUZZ_HOLDS(r.magic == PROGRAM_MAGIC, "P5: the first byte is the helper's own");
		/* many write to that pipe, and nobody waits for those that may fail to */
	} while (from == objects_out_read && r.pid != h->pid);
	FUZZ_HOLDS(r.pid == h->pid && r.parent == getpid(), "P1: the helper is our child");
	report_check(&r, c, &run.wanted, before, with_faults);
}

/* After a spawn */

static void check_error(int r, const struct airlock_error *e)
{
	const char *end = memchr(e->message, 0, sizeof e->message);

	FUZZ_HOLDS(e->code == -r, "P2: the error has the errno that is returned");
	FUZZ_HOLDS(e->step != AIRLOCK_STEP_NONE &&
			   strcmp(airlock_step_name(e->step), "unknown") != 0,
		   "P2: the error names a step");
	FUZZ_HOLDS(end && end != e->message, "P2: the error has a message that ends");
	for (const char *p = e->message; *p; p++)
		FUZZ_HOLDS((unsigned char)*p >= 0x20 && *p != 0x7f, "the message is printable");
}

/*
 * What is right elsewhere may be refused here: ids in a user namespace that maps few of them, user_namespaces(7);
 * a nice value below that of a campaign which was started by nice(1).
 */
static bool is_refused_here(int r, const struct airlock_error *e)
{
	unsigned long long first = 1, to = 1, n = 0;
	FILE *f;

	if (e->step == AIRLOCK_STEP_NICE && r == -EACCES)
		return getpriority(PRIO_PROCESS, 0) > 0;
	if (r != -EINVAL || (e->step != AIRLOCK_STEP_UID && e->step != AIRLOCK_STEP_GID &&
			     e->step != AIRLOCK_STEP_GROUPS))
		return false;
	f = fopen("/proc/self/gid_map", "re");
	if (f && fscanf(f, "%llu %llu %llu", &first, &to, &n) != 3)
		n = 0;
	if (f)
		fclose(f);
	return f && (first || n != UINT32_MAX);
}

static void check_reason(const struct call *c, int r, const struct airlock_error *e, bool told)
{
	bool early = told && (e->step == AIRLOCK_STEP_OPTIONS || e->step == AIRLOCK_STEP_SEAL);

	if (c->verdict == MUST_SUCCEED && !run.limit && !faults_any() &&
	    !(told && is_refused_here(r, e))) {
		fprintf(stderr, "%s\n", told ? e->message : "?");
		fuzz_broken("P1: what is right is not refused", __FILE__, __LINE__);
	}
	if (c->path_error && !run.limit && !faults_any())
		FUZZ_HOLDS(r == -c->path_error && (!told || e->step == AIRLOCK_STEP_EXECVE),
			   "P2: the step is execve(2), and the errno its own");
	if (!c->invalid && !c->not_open)
		return;
	FUZZ_HOLDS((c->invalid && r == -EINVAL) || (c->not_open && r == -EBADF),
		   "a wrong option is EINVAL or EBADF");
	FUZZ_HOLDS(!told || early, "... of the step that checks them");
}

/* The helper that ran already had to be killed: only where the header says so, or late */
static bool may_have_run(const struct airlock_error *e, bool told)
{
	return !told || e->step == AIRLOCK_STEP_OOM_SCORE || e->step == AIRLOCK_STEP_WAIT ||
	       e->step == AIRLOCK_STEP_TIMEOUT || strstr(e->message, "REPLY");
}

static void check_descriptor(int fd, bool nonblocking, const struct descriptor *before)
{
	FUZZ_HOLDS(fd > 2 && (fd >= CALLER_FDS || !before[fd].open || !run.ours[fd]),
		   "a handle's descriptors are new");
	FUZZ_HOLDS(fcntl(fd, F_GETFD) == FD_CLOEXEC, "... close-on-exec");
	FUZZ_HOLDS(!nonblocking || fcntl(fd, F_GETFL) & O_NONBLOCK, "... nonblocking");
}

static void check_handle(const struct call *c, const struct airlock_helper *h,
			 const struct descriptor *before)
{
	siginfo_t si;
	enum airlock_channel channel = c->o->channel;

	FUZZ_HOLDS(h->pid > 0 && !is_helper(h->pid), "a handle has the pid of a new process");
	FUZZ_HOLDS(reaps_by_itself() ||
			   waitid(P_PID, (id_t)h->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0,
		   "P1: the helper is an ordinary child");
	if (h->pidfd != -1)
		check_descriptor(h->pidfd, false, before);
	if (channel == AIRLOCK_NONE) {
		FUZZ_HOLDS(h->rfd == -1 && h->wfd == -1, "no channel, no descriptors");
		return;
	}
	check_descriptor(h->rfd, true, before);
	check_descriptor(h->wfd, true, before);
	FUZZ_HOLDS((h->rfd == h->wfd) == (channel != AIRLOCK_FIFO),
		   "two descriptors for two pipes, else one");
}

static void check_success(struct call *c, const struct airlock_helper *h,
			  const struct caller *before)
{
	struct helper *new = &run.helper[run.nhelpers++];

	FUZZ_HOLDS(c->verdict != MUST_FAIL, "P1: what cannot be started is not said to run");
	*new = (struct helper){
		.h = *h, .channel = c->o->channel, .mode = c->mode, .mode_arg = c->mode_arg
	};
	new->own_end = !c->fragile && c->mode;
	new->one_exec = run.wanted.seal.one_exec;
	own_handle(h, true);
	if (c->fragile)
		return;
	check_oom_score(c, h->pid);
	new->answers = c->o->channel != AIRLOCK_NONE &&
		       (c->mode == PROGRAM_REPORT || c->mode == PROGRAM_ECHO);
	if (c->mode == PROGRAM_REPORT)
		check_report(c, h, before, h->rfd);
	else if (c->mode == PROGRAM_REPORT_2)
		check_report(c, h, before, objects_out_read);
}

/* Standard descriptors that are closed for the time of a spawn, and where they are kept */

struct looks {
	struct descriptor before[CALLER_FDS], after[CALLER_FDS];
	struct caller was, is;
	int r, code_left;
	bool deaths;
};

static void close_stdio(void)
{
	for (int i = 0; i < 3; i++)
		if (run.stdio & 1u << i && run.ours[i] && dup3(i, SAVED_AT + i, O_CLOEXEC) >= 0) {
			close(i);
			know(SAVED_AT + i, true);
		}
}

static void open_stdio(struct looks *l)
{
	for (int i = 0, at = SAVED_AT; i < 3; i++, at++) {
		if (!run.ours[at])
			continue;
		dup2(at, i);
		close(at);
		know(at, false);
		l->before[at].open = l->after[at].open = false;
	}
}

static void set_limit(rlim_t soft)
{
	struct rlimit l = run.start.limit[RLIMIT_NOFILE];

	l.rlim_cur = soft < l.rlim_max ? soft : l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
}

static int call_library(struct call *c, struct airlock_helper *h, struct airlock_error *e)
{
	unsigned nulls = run.wanted.nulls;
	struct timespec from, to;
	char **environment = environ;
	int r;

	environ = c->environment;
	clock_gettime(CLOCK_MONOTONIC, &from);
	faults_enter(true);
	errno = ENOTNAM;
	r = airlock_spawn(nulls & NULL_OPTIONS ? NULL : c->o, nulls & NULL_RET ? NULL : h,
			  nulls & NULL_ERROR ? NULL : e);
	faults_leave();
	clock_gettime(CLOCK_MONOTONIC, &to);
	FUZZ_HOLDS(nulls & NULL_OPTIONS || c->o->size < sizeof *c->o || !c->o->timeout_ms ||
			   c->o->timeout_ms > 60000 ||
			   (to.tv_sec - from.tv_sec) * 1000 <= (long)c->o->timeout_ms + 5000,
		   "P4: no longer than its timeout");
	environ = environment;
	return r;
}

/* Neither a helper, nor there before the input. Where that cannot be seen it may be there for a while. */
static bool has_child_aside(int ms)
{
	pid_t is[CHILDREN];
	int n = children(is);

	for (int i = 0; i < n; i++) {
		bool known = is_helper(is[i]);

		for (int j = 0; j < run.nothers; j++)
			known |= run.other[j] == is[i];
		if (!known)
			return true;
	}
	return n < 0 && ms < BLIND_MS;
}

/*
 * P4 wins over P2: a child that was killed and cannot die yet, on a machine that is busy, too, is kept until
 * a later call finds it dead. One that is not kept stays.
 */
static void let_it_die(const struct airlock_error *e)
{
	struct airlock_helper spent = { -1, -1, -1, -1 };
	bool more = true;

	if (!(run.wanted.nulls & NULL_ERROR) && !strstr(e->message, "cannot die yet"))
		return;
	if (run.limit)
		set_limit(run.start.limit[RLIMIT_NOFILE].rlim_cur);
	for (int ms = 0; ms < ANSWER_MS && more; ms++) {
		more = has_child_aside(ms);
		faults_enter(false);
		(void)airlock_stop(&spent, 0, NULL); /* there is nothing to stop */
		faults_leave();
		if (more)
			poll(NULL, 0, 1);
	}
	if (run.limit)
		set_limit(run.limit);
}

static void look_and_spawn(struct call *c, struct airlock_helper *h, struct airlock_error *e,
			   struct looks *l)
{
	close_stdio();
	options_make(&run.wanted, c);
	caller_descriptors(l->before);
	if (run.limit)
		set_limit(run.limit);
	caller_look(&l->was);
	deaths = 0;
	l->r = call_library(c, h, e);
	l->code_left = errno;
	if (l->r < 0)
		let_it_die(e);
	l->deaths = deaths > 0;
	caller_look(&l->is);
	if (run.limit)
		set_limit(run.start.limit[RLIMIT_NOFILE].rlim_cur);
	caller_descriptors(l->after);
	open_stdio(l);
	check_ours(l->before, l->after);
}

static void stop(struct helper *h, unsigned grace_ms);

static void make_room(void)
{
	if (run.nhelpers < HELPERS)
		return;
	stop(&run.helper[0], 0);
	memmove(run.helper, run.helper + 1, (HELPERS - 1) * sizeof *run.helper);
	run.nhelpers--;
}

static void spawn(void)
{
	static struct looks l;
	struct airlock_helper h, untouched;
	struct airlock_error e;
	bool told = !(run.wanted.nulls & NULL_ERROR);
	const char *changed;
	struct call c;

	make_room();
	/* ten times as slow under a sanitizer: once an input will do */
	if (run.was_private)
		run.wanted.flags &= ~AIRLOCK_PRIVATE_MEMORY;
	run.was_private |= !!(run.wanted.flags & AIRLOCK_PRIVATE_MEMORY);
	memset(&h, 0x5a, sizeof h);
	untouched = h;
	memset(&e, 0x5a, sizeof e);
	look_and_spawn(&c, &h, &e, &l);
	changed = caller_changed(&l.was, &l.is);
	FUZZ_HOLDS(!changed, changed);
	FUZZ_HOLDS(l.code_left == ENOTNAM, "P7: errno is as before");
	FUZZ_HOLDS(l.r <= 0, "0 or a negative errno");
	if (l.r == 0) {
		check_handle(&c, &h, l.before);
		check_success(&c, &h, &l.was);
	} else {
		if (told)
			check_error(l.r, &e);
		check_reason(&c, l.r, &e, told);
		FUZZ_HOLDS(memcmp(&h, &untouched, sizeof h) == 0, "P2: no output is changed");
		FUZZ_HOLDS(!l.deaths || run.nhelpers || may_have_run(&e, told), "P2: no SIGCHLD");
		check_children();
	}
	check_reserve(l.after);
	drain(objects_out_read);
	options_free(&c);
}

/* What a caller does with helpers */

static struct helper *helper(uint64_t i)
{
	return run.nhelpers ? &run.helper[i % run.nhelpers] : NULL;
}

static void put(const struct helper *h, const uint8_t *bytes, size_t n)
{
	ssize_t r;

	do {
		r = send(h->h.wfd, bytes, n, MSG_NOSIGNAL);
		if (r < 0 && errno == ENOTSOCK)
			r = write(h->h.wfd, bytes, n);
	} while (r < 0 && errno == EAGAIN && wait_for(h->h.wfd, POLLOUT));
	FUZZ_HOLDS(r == (ssize_t)n, "P1: the helper's end of the channel is open");
}

static void exchange(struct helper *h, const struct fuzz_step *s)
{
	uint8_t buf[256];
	size_t n = (size_t)s->arg[1];

	/* an empty message is the end to the program */
	if (!h->answers || h->h.wfd < 0 || !n)
		return;
	put(h, s->bytes, n);
	hear(h->h.rfd, buf, n);
	FUZZ_HOLDS(memcmp(buf, s->bytes, n) == 0, "P5: the echo is what was written");
}

static void check_status(const struct helper *h, int status)
{
	if (h->mode == PROGRAM_EXIT && h->own_end)
		FUZZ_HOLDS(WIFEXITED(status) && WEXITSTATUS(status) == h->mode_arg,
			   "P1: the status is the helper's own");
	if (h->mode == PROGRAM_EXEC && h->own_end)
		FUZZ_HOLDS(h->one_exec ? !WIFEXITED(status) || WEXITSTATUS(status) != ENOENT
				       : WIFEXITED(status) && WEXITSTATUS(status) == ENOENT,
			   "P9: one exec where that was asked for, and only there");
}

static void ended(struct helper *h, const struct airlock_helper *was, int r, int status)
{
	FUZZ_HOLDS(h->h.pid == -1 && h->h.pidfd == -1, "a handle of what is gone is spent");
	own_handle(was, false);
	own_handle(&h->h, true);
	if (r == 0 && status != -1)
		check_status(h, status);
}

static void wait_helper(struct helper *h, int ms)
{
	struct airlock_helper was = h->h;
	int status = -1, r;

	/* it ends by itself */
	if (h->own_end && (h->mode == PROGRAM_EXIT || h->mode == PROGRAM_EXEC))
		ms = ANSWER_MS;
	faults_enter(true);
	errno = ENOTNAM;
	r = airlock_wait(&h->h, ms, &status);
	faults_leave();
	FUZZ_HOLDS(errno == ENOTNAM, "P7: errno is as before");
	if (was.pid <= 0)
		FUZZ_HOLDS(r == -EINVAL, "a spent handle is none");
	else if (r == 0 || r == -ECHILD)
		ended(h, &was, r, status);
	else
		FUZZ_HOLDS(memcmp(&h->h, &was, sizeof was) == 0 &&
				   (r == -ETIMEDOUT || faults_any()),
			   "a helper that runs still does");
	FUZZ_HOLDS(r != -ECHILD || run.has_ignored || faults_any(), "nobody else reaps it");
	FUZZ_HOLDS((r == 0) == (status != -1), "the status is written if it is known");
}

static void stop(struct helper *h, unsigned grace_ms)
{
	struct airlock_helper was = h->h;
	int status = -1, r;

	if (grace_ms)
		h->own_end &= h->mode == PROGRAM_EXIT || h->mode == PROGRAM_EXEC;
	else
		h->own_end = false;
	faults_enter(false);
	r = airlock_stop(&h->h, grace_ms, &status);
	faults_leave();
	FUZZ_HOLDS(h->h.pid == -1 && h->h.pidfd == -1 && h->h.rfd == -1 && h->h.wfd == -1,
		   "stop spends the handle");
	FUZZ_HOLDS(r == 0 || (r == -ECHILD && (was.pid <= 0 || run.has_ignored)),
		   "what is stopped is reaped");
	own_handle(&was, false);
	h->answers = false;
	(void)status;
}

static void kill_helper(struct helper *h, int sig)
{
	int r = airlock_kill(&h->h, sig);

	h->answers &= !sig;
	h->own_end &= !sig;
	if (h->h.pid <= 0)
		FUZZ_HOLDS(r == -ESRCH, "no signal goes to a spent handle");
	else
		FUZZ_HOLDS(r == 0 || r == -ESRCH || (r == -EINVAL && sig > 64),
			   "a signal is sent, or there is nobody");
}

static void half_close(struct helper *h)
{
	char c;

	if (h->h.wfd < 0 || !h->answers)
		return;
	h->answers = false;
	if (h->channel == AIRLOCK_FIFO) {
		know(h->h.wfd, false);
		close(h->h.wfd);
		h->h.wfd = -1;
	} else if (h->channel == AIRLOCK_UDP || h->channel == AIRLOCK_UNIX_DGRAM ||
		   shutdown(h->h.wfd, SHUT_WR) < 0) {
		return;
	}
	FUZZ_HOLDS(wait_for(h->h.rfd, POLLIN) && read(h->h.rfd, &c, 1) == 0,
		   "P5: nothing is left over at the end");
}

/* The state of the caller */

/* Without close-on-exec: only the library can keep them from helpers. */
static void take_low(unsigned n)
{
	n %= LOW_MAX + 1;
	for (unsigned i = 0; i < n; i++)
		if (fcntl((int)i, F_GETFD) < 0 && dup2(objects[OBJECT_FILE], (int)i) >= 0)
			know((int)i, true);
}

static void steal(const struct fuzz_step *s)
{
	int seen = 0, wanted = (int)s->arg[0] % RESERVE_FDS;

	for (int i = 3; i < CALLER_FDS; i++) {
		if (run.ours[i] || fcntl(i, F_GETFD) < 0 || seen++ != wanted)
			continue;
		if (s->arg[1] & 1) {
			dup2(objects[OBJECT_FILE], i);
			know(i, true);
		} else {
			close(i);
		}
		return;
	}
}

/*
 * What an engine needs, and what would end us, stays as it is. SIGCHLD is not blocked: a thread of the
 * engine's would be told of a death, at any time later.
 */
static bool is_free_signal(int sig)
{
	static const uint64_t not = 1ull << SIGKILL | 1ull << SIGSTOP | 1ull << SIGSEGV |
				    1ull << SIGBUS | 1ull << SIGILL | 1ull << SIGFPE |
				    1ull << SIGABRT | 1ull << SIGTRAP | 1ull << SIGSYS |
				    1ull << SIGALRM | 1ull << SIGPIPE | 1ull << 32 | 1ull << 33;

	return sig >= 1 && sig < 64 && !(not >> sig & 1);
}

static uint64_t free_signals(uint64_t mask)
{
	uint64_t r = 0;

	for (int sig = 1; sig < 64; sig++)
		if (is_free_signal(sig) && sig != SIGCHLD)
			r |= mask & 1ull << (sig - 1);
	return r;
}

static void dispose(int sig, unsigned how)
{
	if (!is_free_signal(sig))
		return;
	run.has_ignored |= sig == SIGCHLD && how % 3 == 1;
	if (how % 3 == 2)
		set_disposition(sig, sig == SIGCHLD ? count_death : handle_nothing);
	else
		set_disposition(sig, how % 3 ? SIG_IGN : SIG_DFL);
}

static void call_reserve(bool take)
{
	static struct descriptor before[CALLER_FDS], after[CALLER_FDS];

	caller_descriptors(before);
	faults_enter(true);
	if (take)
		(void)airlock_reserve(); /* whether it can, or not: spawns work without */
	else
		airlock_unreserve();
	faults_leave();
	caller_descriptors(after);
	check_ours(before, after);
}

static void change_caller(const struct fuzz_step *s)
{
	switch (s->op) {
	case LIMIT:
		run.limit = s->arg[0];
		break;
	case LOW:
		take_low((unsigned)s->arg[0]);
		break;
	case STDIO:
		run.stdio = (unsigned)s->arg[0];
		break;
	case MASK:
		set_signal_mask(run.start.mask | free_signals(s->arg[0]));
		break;
	case DISPOSITION:
		dispose((int)s->arg[0] % 65, (unsigned)s->arg[1]);
		break;
	case UMASK:
		umask((mode_t)s->arg[0] & 0777);
		break;
	case NOT_DUMPABLE:
		prctl(PR_SET_DUMPABLE, 0);
		break;
	case STEAL:
		steal(s);
		break;
	default:
		call_reserve(s->op == RESERVE);
	}
}

static void use_helper(const struct fuzz_step *s)
{
	struct helper *h = helper(s->arg[0]);

	if (!h)
		return;
	switch (s->op) {
	case WRITE:
		exchange(h, s);
		break;
	case HALF_CLOSE:
		half_close(h);
		break;
	case WAIT:
		wait_helper(h, (int)s->arg[1] % 8);
		break;
	case KILL:
		kill_helper(h, (int)s->arg[1]);
		break;
	default:
		stop(h, (unsigned)s->arg[1] % 4);
	}
}

static void step(const struct fuzz_step *s)
{
	if (s->op < SEAL_NOPS)
		seal_step(&run.wanted.seal, s);
	else if (s->op < (int)SEAL_NOPS + (int)OPTION_NOPS)
		options_step(&run.wanted, s->op - SEAL_NOPS, s);
	else if (s->op == SPAWN && run.spawns++ < SPAWNS)
		spawn();
	else if (s->op == CLEAR)
		options_start(&run.wanted);
	else if (s->op == FAULT)
		faults_add((unsigned)s->arg[0], (unsigned)s->arg[1], (unsigned)s->arg[2]);
	else if (s->op == NO_FAULTS)
		faults_clear();
	else if (s->op >= LIMIT && s->op <= STEAL)
		change_caller(s);
	else if (s->op >= WRITE)
		use_helper(s);
}

/* Once, and for each input */

static void prepare(void)
{
	struct rlimit l;

	/* so many numbers as we look at must be there; and nothing dumps a core into anybody's folder */
	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < RAISED) {
		l.rlim_cur = RAISED < l.rlim_max ? RAISED : l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur < CALLER_FDS) {
		fprintf(stderr, "spawn: the limit of descriptors is to be %d or more (ulimit -n)\n",
			CALLER_FDS);
		exit(2);
	}
	/* what is closed here would be taken by what an engine, or the library, opens */
	for (int i = 0; i < 3; i++)
		if (fcntl(i, F_GETFD) < 0)
			(void)open("/dev/null", O_RDWR);
	getrlimit(RLIMIT_CORE, &l);
	l.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &l);
	/* it forbids new privileges, where it must: so before what is compared with */
	with_faults = faults_prepare();
	options_prepare(with_faults);
	seal_prepare();
}

static void begin(void)
{
	static struct descriptor d[CALLER_FDS];
	static bool prepared;

	if (!prepared)
		prepare();
	prepared = true;
	memset(&run, 0, sizeof run);
	run.has_others = has_children(__WALL);
	run.nothers = run.has_others ? children(run.other) : 0;
	caller_descriptors(d);
	for (int i = 0; i < CALLER_FDS; i++)
		run.ours[i] = d[i].open;
	caller_look(&run.start);
	set_disposition(SIGCHLD, count_death);
	set_disposition(SIGPIPE, SIG_IGN);
	options_start(&run.wanted);
}

/* All is given back: an input leaves nothing to the next one. */
static void finish(const struct descriptor *at_start)
{
	static struct descriptor d[CALLER_FDS];

	for (size_t i = 0; i < run.nhelpers; i++)
		stop(&run.helper[i], 0);
	check_children();
	call_reserve(false);
	/* MemorySanitizer maps shadows by the same calls */
	FUZZ_HOLDS(faults_mapped() == 0 || FUZZ_MSAN, "P2: no memory is left mapped");
	for (int i = 0; i < CALLER_FDS; i++)
		if (run.ours[i] && !at_start[i].open)
			close(i);
	caller_descriptors(d);
	for (int i = 0; i < CALLER_FDS; i++)
		FUZZ_HOLDS(same_descriptor(&d[i], &at_start[i]), "P2: no descriptor is left");
	umask(run.start.umask);
	prctl(PR_SET_DUMPABLE, run.start.dumpable);
	set_signal_mask(run.start.mask);
	put_back_dispositions(&run.start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct descriptor at_start[CALLER_FDS];
	struct fuzz_reader r = { data, data + size };
	struct fuzz_step s;

	begin();
	caller_descriptors(at_start);
	while (fuzz_next(&r, &s))
		step(&s);
	if (!run.spawns)
		spawn();
	faults_clear();
	finish(at_start);
	return 0;
}
