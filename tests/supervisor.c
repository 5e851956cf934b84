/* SPDX-License-Identifier: ISC */
/*
 * supervisor.c: see supervisor.h. The supervisor and its subject speak through one shared page
 * range; the subject waits for nothing but its own thread.
 */
#define _GNU_SOURCE
#include "supervisor.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "common.h"

/* newer than some headers; the same numbers everywhere */
enum { NR_PIDFD_SEND_SIGNAL = 424, NR_PIDFD_OPEN = 434, NR_PIDFD_GETFD = 438 };

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1
#endif

enum { MAX_TASKS = 64, MAX_NR = 512, SUBJECT_FAILED = 99, PATIENCE_MS = 10000, MAX_WATCHED = 32 };

/* What both see */
struct board {
	_Atomic int listener; /* the subject's number of it; -1: none yet */
	_Atomic int refused;  /* errno, if the filter could not be had */
	_Atomic bool listening;
	_Atomic int spawner;	 /* tid */
	_Atomic unsigned window; /* odd: a spawn is under way */
	int nrules;
	struct rule rules[MAX_RULES];
	bool used[MAX_RULES];
	_Atomic int hits[MAX_RULES];
	_Atomic unsigned ncalls;
	struct call calls[MAX_CALLS];
	unsigned cases;
	char what[512];
};

static struct board *board;
static unsigned cases;

static void sleep_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

/* The filter */

static unsigned short put_filter(struct sock_filter *code, const int *calls, size_t n)
{
	unsigned short at = 0;

	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	if (n == 0) {
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							  SYS_rt_sigreturn, 1, 0);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	for (size_t i = 0; i < n; i++) {
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							  (unsigned)calls[i], 0, 1);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return at;
}

/* For the calling thread alone. A descriptor, or -errno. */
static int listen_to_me(const int *calls, size_t n)
{
	struct sock_filter code[2 * MAX_WATCHED + 4];
	struct sock_fprog program = { put_filter(code, calls, n), code };
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			  &program);

	if (fd < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			     &program);
	return fd < 0 ? -errno : (int)fd;
}

/* In a forked copy, since a filter is for life. */
static int try_filter(void)
{
	int st = 0, call = SYS_personality;
	pid_t pid = fork();

	if (pid == 0) {
		int r = listen_to_me(&call, 1);

		_exit(r < 0 ? -r : 0);
	}
	return pid < 0 || waitpid(pid, &st, 0) != pid || !WIFEXITED(st) ? EIO : WEXITSTATUS(st);
}

const char *no_supervisor(void)
{
	static char why[128];
	int r;

	if (under_valgrind())
		return "valgrind's own calls would be held, too";
	r = try_filter();
	if (r == 0)
		return NULL;
	snprintf(why, sizeof why, "seccomp(2) gives no user notification: %s", strerror(r));
	return why;
}

/* The supervisor */

struct task {
	pid_t pid;
	unsigned long long born;
	unsigned window;
	bool parent, execs, helper;
	unsigned short counts[MAX_NR];
	unsigned short total;
};

struct supervisor {
	int listener, subject; /* descriptors */
	pid_t pid;
	unsigned window;
	struct task tasks[MAX_TASKS];
	unsigned next;
};

/* When a process began, by proc_pid_stat(5): numbers come again on a busy machine. */
static unsigned long long birth_of(pid_t pid)
{
	enum { FIELDS_TO_START = 20 };
	char path[64], buf[1024], *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, buf, sizeof buf - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	/* the name stands in parentheses, and may hold anything */
	at = strrchr(buf, ')');
	for (int i = 0; at && i < FIELDS_TO_START; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

static struct task *task_of(struct supervisor *s, pid_t pid)
{
	unsigned window = atomic_load(&board->window);
	struct task *t;

	for (unsigned i = 0; i < MAX_TASKS; i++) {
		t = &s->tasks[i];
		if (t->pid != pid)
			continue;
		if (t->parent && t->window != window)
			*t = (struct task){ .pid = pid, .window = window, .parent = true };
		/* a helper of an earlier spawn, or its namesake */
		if (t->parent || t->window == window || t->born == birth_of(pid))
			return t;
		t->pid = 0;
	}
	t = &s->tasks[s->next++ % MAX_TASKS];
	/* the spawner is the first that is seen; its entry must outlive all children's */
	if (t->parent)
		t = &s->tasks[s->next++ % MAX_TASKS];
	*t = (struct task){ .pid = pid,
			    .window = window,
			    .parent = pid == atomic_load(&board->spawner) };
	if (!t->parent)
		t->born = birth_of(pid);
	return t;
}

/* Is it still the library's code that calls? After an exec that went well it is the helper's. */
static bool is_librarys(struct task *t, const struct seccomp_data *d)
{
	if (t->window != atomic_load(&board->window) || !(t->window & 1) || t->helper)
		return false;
	if (t->execs && d->nr != SYS_execve && d->nr != SYS_exit_group) {
		t->helper = true;
		return false;
	}
	t->execs = !t->parent && d->nr == SYS_execve;
	return d->nr >= 0 && d->nr < MAX_NR;
}

static struct call *note(struct task *t, const struct seccomp_data *d)
{
	static struct call spare;
	unsigned n = atomic_load(&board->ncalls);
	struct call *c = n < MAX_CALLS ? &board->calls[n] : &spare;

	t->total++;
	*c = (struct call){ t->parent ? PARENT : CHILD, d->nr, ++t->counts[d->nr], { 0 }, false };
	for (int i = 0; i < 6; i++)
		c->args[i] = d->args[i];
	if (n < MAX_CALLS)
		atomic_store(&board->ncalls, n + 1);
	return c;
}

static const struct rule *rule_for(const struct task *t, const struct call *c)
{
	for (int i = 0; i < board->nrules; i++) {
		const struct rule *r = &board->rules[i];

		if (board->used[i] || !(r->who & c->who) || (r->nr != ANY_CALL && r->nr != c->nr))
			continue;
		if (r->nth && r->nth != (r->nr == ANY_CALL ? t->total : c->nth))
			continue;
		if (r->mask && (c->args[r->arg] & r->mask) != r->bits)
			continue;
		board->used[i] = r->nth != 0;
		return r;
	}
	return NULL;
}

static void answer(struct supervisor *s, uint64_t id, int error)
{
	struct seccomp_notif_resp resp;

	memset(&resp, 0, sizeof resp);
	resp.id = id;
	resp.error = -error;
	resp.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* it may have been killed meanwhile */
	(void)ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void serve_one(struct supervisor *s);

/* Sleeps are too coarse here; and meanwhile others shall not wait. */
static void serve_for_us(struct supervisor *s, int us)
{
	int64_t until = now_ns() + (int64_t)us * 1000;
	struct pollfd p = { s->listener, POLLIN, 0 };

	while (now_ns() < until)
		if (poll(&p, 1, 0) > 0 && p.revents & POLLIN)
			serve_one(s);
}

/* By pidfd, opened while the task is held: what comes later must hit no other process. */
static void signal_soon(struct supervisor *s, const struct seccomp_notif *n, const struct rule *r)
{
	int fd = (int)syscall(NR_PIDFD_OPEN, n->pid, 0);

	answer(s, n->id, 0);
	if (fd < 0)
		return;
	serve_for_us(s, r->value);
	syscall(NR_PIDFD_SEND_SIGNAL, fd, r->action == KILL_SOON ? SIGKILL : SIGSTOP, NULL, 0);
	if (r->action == BLINK_SOON) {
		serve_for_us(s, r->value);
		syscall(NR_PIDFD_SEND_SIGNAL, fd, SIGCONT, NULL, 0);
	}
	close(fd);
}

static void act(struct supervisor *s, const struct seccomp_notif *n, struct call *c,
		const struct rule *r)
{
	c->acted = true;
	atomic_fetch_add(&board->hits[r - board->rules], 1);
	switch (r->action) {
	case FAIL:
		return answer(s, n->id, r->value);
	case HOLD:
		return;
	case KILL:
		kill((pid_t)n->pid, SIGKILL);
		return;
	case STOP:
		kill((pid_t)n->pid, SIGSTOP);
		return;
	case KILL_SOON:
	case BLINK_SOON:
		return signal_soon(s, n, r);
	}
}

static void serve_one(struct supervisor *s)
{
	struct seccomp_notif n;
	const struct rule *r;
	struct task *t;
	struct call *c;

	memset(&n, 0, sizeof n);
	if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
		return;
	t = task_of(s, (pid_t)n.pid);
	if (!is_librarys(t, &n.data))
		return answer(s, n.id, 0);
	c = note(t, &n.data);
	r = rule_for(t, c);
	if (r)
		act(s, &n, c, r);
	else
		answer(s, n.id, 0);
}

/* Until the subject has ended. Its wait status; -1: it had to be killed. */
static int serve(struct supervisor *s, int limit_s)
{
	int64_t until = now_ms() + (int64_t)limit_s * 1000;
	int st = 0;

	for (;;) {
		struct pollfd p[2] = { { s->subject, POLLIN, 0 }, { s->listener, POLLIN, 0 } };

		if (s->listener < 0 && atomic_load(&board->listener) >= 0) {
			s->listener = (int)syscall(NR_PIDFD_GETFD, s->subject,
						   atomic_load(&board->listener), 0);
			if (s->listener < 0)
				atomic_store(&board->refused, errno);
			atomic_store(&board->listening, true);
			continue;
		}
		poll(p, 2, s->listener < 0 ? 1 : 1000);
		if (p[1].revents & POLLIN)
			serve_one(s);
		else if (p[0].revents)
			break;
		/* nobody is left under the filter */
		else if (p[1].revents)
			sleep_us(1000);
		if (now_ms() > until) {
			kill(s->pid, SIGKILL);
			waitpid(s->pid, &st, 0);
			return -1;
		}
	}
	return waitpid(s->pid, &st, 0) == s->pid ? st : -1;
}

/* The subject */

static struct {
	pthread_t thread;
	sem_t go, done;
	const int *calls;
	size_t ncalls;
	struct airlock_options options;
	struct outcome outcome;
	_Atomic uint64_t first_mask;
	_Atomic bool restore;
} subject;

static uint64_t own_mask(void)
{
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
	return mask;
}

static void run_spawn(void)
{
	struct outcome *o = &subject.outcome;
	int64_t began;

	if (atomic_exchange(&subject.restore, false)) {
		uint64_t mask = atomic_load(&subject.first_mask);

		syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
		return;
	}
	o->mask_before = own_mask();
	o->helper = (struct airlock_helper){ -2, -2, -2, -2 };
	memset(&o->error, 0, sizeof o->error);
	errno = WATCHED_ERRNO;
	began = now_ms();
	atomic_fetch_add(&board->window, 1);
	o->r = airlock_spawn(&subject.options, &o->helper, &o->error);
	atomic_fetch_add(&board->window, 1);
	o->errno_after = errno;
	o->took_ms = (int)(now_ms() - began);
	o->mask_after = own_mask();
}

static void *spawner(void *arg)
{
	void *volatile heap = malloc(1);
	int fd;

	(void)arg;
	/* libc gives a thread its own heap at its first request, and never takes it back */
	free(heap);
	atomic_store(&subject.first_mask, own_mask());
	atomic_store(&board->spawner, (int)syscall(SYS_gettid));
	fd = listen_to_me(subject.calls, subject.ncalls);
	if (fd < 0)
		atomic_store(&board->refused, -fd);
	atomic_store(&board->listener, fd < 0 ? -1 : fd);
	for (;;) {
		while (sem_wait(&subject.go) < 0)
			;
		run_spawn();
		sem_post(&subject.done);
	}
	return NULL;
}

/* cmocka's jump to its runner must not be made in a copy of it: see CMOCKA_TEST_ABORT below. */
static void on_abort(int sig)
{
	(void)sig;
	_exit(SUBJECT_FAILED);
}

static void start_spawner(const int *calls, size_t n)
{
	sigset_t set;

	subject.calls = calls;
	subject.ncalls = n;
	sem_init(&subject.go, 0, 0);
	sem_init(&subject.done, 0, 0);
	/* a signal would interrupt what is held, and the kernel would hold it once more */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (pthread_create(&subject.thread, NULL, spawner, NULL))
		_exit(SUBJECT_FAILED);
	while (!atomic_load(&board->listening))
		if (atomic_load(&board->refused))
			fail_msg("no user notification: %s",
				 strerror(atomic_load(&board->refused)));
		else
			sleep_us(100);
	assert_int_equal(atomic_load(&board->refused), 0);
	close(atomic_load(&board->listener));
}

static void be_subject(void (*body)(void *arg), void *arg, const int *calls, size_t n)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	signal(SIGABRT, on_abort);
#ifdef __GLIBC__
	/* what the test itself frees shall not look like mappings that a spawn took away */
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
	start_spawner(calls, n);
	body(arg);
	fflush(NULL);
	_exit(0);
}

bool supervised(void (*body)(void *arg), void *arg, const int *calls, size_t n, int limit_s)
{
	static struct supervisor s;
	int st;

	assert_true(n <= MAX_WATCHED);
	board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	assert_true(board != MAP_FAILED);
	atomic_store(&board->listener, -1);
	fflush(NULL);
	s = (struct supervisor){ .listener = -1, .pid = fork() };
	assert_true(s.pid >= 0);
	if (s.pid == 0)
		be_subject(body, arg, calls, n);
	s.subject = (int)syscall(NR_PIDFD_OPEN, s.pid, 0);
	st = s.subject < 0 ? -1 : serve(&s, limit_s);
	if (s.listener >= 0)
		close(s.listener);
	close(s.subject);
	if (st != 0)
		print_message("\n%s; case: %s\n",
			      st == -1	      ? "the subject did not end"
			      : WIFEXITED(st) ? "the subject failed"
					      : strsignal(WTERMSIG(st)),
			      board->what);
	cases = board->cases;
	munmap(board, sizeof *board);
	return st == 0;
}

void supervise(void (*body)(void *arg), void *arg, const int *calls, size_t n, int limit_s)
{
	if (!supervised(body, arg, calls, n, limit_s))
		fail_msg("see above");
}

unsigned supervised_cases(void)
{
	return cases;
}

void watched_case(unsigned number, const char *format, ...)
{
	va_list args;

	board->cases = number;
	va_start(args, format);
	vsnprintf(board->what, sizeof board->what, format, args);
	va_end(args);
}

void watched_begin(const struct airlock_options *o, const struct rule *rules, size_t n)
{
	assert_true(n <= MAX_RULES);
	if (n)
		memcpy(board->rules, rules, n * sizeof *rules);
	memset(board->used, 0, sizeof board->used);
	board->nrules = (int)n;
	for (size_t i = 0; i < MAX_RULES; i++)
		atomic_store(&board->hits[i], 0);
	atomic_store(&board->ncalls, 0);
	subject.options = *o;
	sem_post(&subject.go);
}

static void await_done(int patience_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += patience_ms / 1000;
	t.tv_nsec += patience_ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	while (sem_timedwait(&subject.done, &t) < 0)
		if (errno != EINTR) {
			unsigned n = atomic_load(&board->ncalls);
			const struct call *c = n ? &board->calls[n - 1] : NULL;

			fail_msg("P4: it hangs: %s; last call %d by the %s", board->what,
				 c ? c->nr : -1, c && c->who == CHILD ? "child" : "parent");
		}
}

void watched_end(int patience_ms, struct outcome *ret)
{
	await_done(patience_ms);
	*ret = subject.outcome;
}

void watched_spawn(const struct airlock_options *o, const struct rule *rules, size_t n,
		   struct outcome *ret)
{
	watched_begin(o, rules, n);
	watched_end(PATIENCE_MS, ret);
}

const struct call *watched_calls(size_t *ret_n)
{
	*ret_n = atomic_load(&board->ncalls);
	return board->calls;
}

bool sigchld_came(int patience_ms)
{
	struct timespec t = { patience_ms / 1000, patience_ms % 1000 * 1000000L };
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	do
		r = sigtimedwait(&set, NULL, &t);
	while (r < 0 && errno == EINTR);
	return r == SIGCHLD;
}

int watched_hits(size_t i)
{
	return atomic_load(&board->hits[i]);
}

void watched_restore_mask(void)
{
	atomic_store(&subject.restore, true);
	sem_post(&subject.go);
	await_done(PATIENCE_MS);
}
