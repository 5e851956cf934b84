/* SPDX-License-Identifier: ISC */
/*
 * test_helper.c: airlock_wait(), airlock_kill() and airlock_stop(): true, bounded, and never about
 * another process. Most tests run twice: with the pidfd, and without, as before Linux 5.2.
 */
#define _GNU_SOURCE
#include "common.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 5, LONG_MS = 10000, UNTOUCHED = -7777 };
enum { PID_FS = 0x50494446, NR_CLONE3 = 435 }; /* newer than some headers; the same everywhere */

static bool use_pidfd = true;

/* Both ways of one test */
#define BOTH(name) \
	static void name(void **state) \
	{ \
		(void)state; \
		use_pidfd = true; \
		body_##name(); \
	} \
	static void name##_without_pidfd(void **state) \
	{ \
		(void)state; \
		use_pidfd = false; \
		body_##name(); \
		use_pidfd = true; \
	} \
	struct test_##name

#define UNIT_BOTH(name) cmocka_unit_test(name), cmocka_unit_test(name##_without_pidfd)

/* What a bound may be missed by: the machine has others to serve, so it must be met once in TRIES. */
static int64_t slack_ms(void)
{
	return under_valgrind() ? 2000 : 100;
}

static void drop_pidfd(struct airlock_helper *h)
{
	if (use_pidfd)
		return;
	close(h->pidfd);
	h->pidfd = -1;
}

static struct airlock_helper start_on(enum airlock_channel c, const char *what, const char *arg)
{
	char *argv[] = { (char *)helper_program("report"), (char *)what, (char *)arg, NULL };
	struct airlock_options o = options_for(c, argv);
	struct airlock_helper h = must_spawn(&o);

	drop_pidfd(&h);
	return h;
}

static struct airlock_helper start(const char *what, const char *arg)
{
	return start_on(AIRLOCK_UNIX_STREAM, what, arg);
}

/* One that ignores SIGTERM by now */
static struct airlock_helper start_hanging(void)
{
	struct airlock_helper h = start("hang", NULL);
	char ready[16];
	size_t n = 0;

	while (n < 6) {
		ssize_t r;

		assert_true(readable(h.rfd, LONG_MS));
		r = read(h.rfd, ready + n, sizeof ready - n);
		assert_true(r > 0);
		n += (size_t)r;
	}
	assert_memory_equal(ready, "ready\n", 6);
	return h;
}

/* Until it has ended, without reaping it. */
static void until_zombie(pid_t pid)
{
	siginfo_t si;
	int r;

	do
		r = waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT);
	while (r < 0 && errno == EINTR);
	assert_int_equal(r, 0);
}

static void reap_by_another(pid_t pid)
{
	pid_t r;

	do
		r = waitpid(pid, NULL, 0);
	while (r < 0 && errno == EINTR);
	assert_int_equal(r, pid);
}

static void close_channel(struct airlock_helper *h)
{
	close(h->rfd);
	if (h->wfd != h->rfd)
		close(h->wfd);
	h->rfd = h->wfd = -1;
}

static void kill_and_wait(struct airlock_helper *h)
{
	int st = UNTOUCHED;

	assert_int_equal(airlock_kill(h, SIGKILL), 0);
	assert_int_equal(airlock_wait(h, -1, &st), 0);
	assert_int_equal(st, SIGKILL);
	close_channel(h);
}

static void assert_spent(const struct airlock_helper *h)
{
	assert_int_equal(h->pid, -1);
	assert_int_equal(h->pidfd, -1);
}

static void assert_all_spent(const struct airlock_helper *h)
{
	assert_spent(h);
	assert_int_equal(h->rfd, -1);
	assert_int_equal(h->wfd, -1);
}

static bool is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

/* The SIGCHLD of a helper that ran is no failure: this handler keeps the snapshots from counting. */
static volatile sig_atomic_t chlds;

static void note_sigchld(int sig)
{
	(void)sig;
	chlds++;
}

static int setup(void **state)
{
	struct sigaction act = { .sa_handler = note_sigchld };

	(void)state;
	/* handles that are spent hold -1, and are tried here */
	guard_all_others();
	return sigaction(SIGCHLD, &act, NULL);
}

/* An interval timer that interrupts every call, and may kill one process by and by */

static volatile sig_atomic_t ticks;
static volatile pid_t victim;
static volatile sig_atomic_t kill_at_tick;

static void tick(int sig)
{
	(void)sig;
	if (++ticks == kill_at_tick)
		kill(victim, SIGKILL);
}

static void start_ticking(int ms, pid_t kill_this, int at_tick)
{
	struct sigaction act = { .sa_handler = tick };
	struct itimerval every = { { 0, ms * 1000 }, { 0, ms * 1000 } };

	ticks = 0;
	victim = kill_this;
	kill_at_tick = at_tick;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void stop_ticking(void)
{
	struct itimerval never = { 0 };

	setitimer(ITIMER_REAL, &never, NULL);
	/* valgrind hands a last one over late */
	signal(SIGALRM, SIG_IGN);
	usleep(2000);
	signal(SIGALRM, SIG_DFL);
}

/* airlock_wait() */

static void body_wait_polls(void)
{
	struct airlock_helper h = start("linger", NULL), before = h;
	int64_t best = LONG_MS;
	int st = UNTOUCHED;

	for (int i = 0; i < TRIES; i++) {
		int64_t t = now_ms();

		assert_int_equal(airlock_wait(&h, 0, &st), -ETIMEDOUT);
		t = now_ms() - t;
		best = t < best ? t : best;
	}
	assert_true(best <= slack_ms());
	assert_int_equal(st, UNTOUCHED);
	assert_memory_equal(&h, &before, sizeof h);
	kill_and_wait(&h);
}
BOTH(wait_polls);

static void body_p4_wait_ends_at_its_timeout(void)
{
	struct airlock_helper h = start("linger", NULL), before = h;
	int64_t best = LONG_MS;
	int st = UNTOUCHED;

	for (int i = 0; i < TRIES && best > 200 + slack_ms(); i++) {
		int64_t t = now_ms();

		assert_int_equal(airlock_wait(&h, 200, &st), -ETIMEDOUT);
		t = now_ms() - t;
		/* now_ms() cuts off what is below a millisecond, at both ends */
		assert_true(t >= 199);
		best = t < best ? t : best;
	}
	assert_true(best <= 200 + slack_ms());
	assert_int_equal(st, UNTOUCHED);
	assert_memory_equal(&h, &before, sizeof h);
	kill_and_wait(&h);
}
BOTH(p4_wait_ends_at_its_timeout);

static void body_wait_for_ever_outlasts_signals(void)
{
	struct airlock_helper h = start("linger", NULL);
	int st = UNTOUCHED;

	start_ticking(3, h.pid, 100);
	assert_int_equal(airlock_wait(&h, -1, &st), 0);
	stop_ticking();
	assert_int_equal(st, SIGKILL);
	assert_true(ticks >= 100);
	assert_spent(&h);
	close_channel(&h);
}
BOTH(wait_for_ever_outlasts_signals);

static void body_signals_do_not_end_a_wait_early(void)
{
	struct airlock_helper h = start("linger", NULL);
	int64_t best = LONG_MS;

	start_ticking(3, 0, 0);
	for (int i = 0; i < TRIES && best > 300 + slack_ms(); i++) {
		int64_t t = now_ms();

		assert_int_equal(airlock_wait(&h, 300, NULL), -ETIMEDOUT);
		t = now_ms() - t;
		assert_true(t >= 299);
		best = t < best ? t : best;
	}
	stop_ticking();
	assert_true(best <= 300 + slack_ms());
	assert_true(ticks > 10);
	kill_and_wait(&h);
}
BOTH(signals_do_not_end_a_wait_early);

static void body_p1_wait_gives_every_exit_status(void)
{
	struct snapshot *s = snapshot_take();

	for (int code = 0; code < 256; code += 256 / scaled(256)) {
		char number[16];
		struct airlock_helper h;
		int st = UNTOUCHED;

		snprintf(number, sizeof number, "%d", code);
		h = start_on(AIRLOCK_NONE, "exit", number);
		assert_int_equal(airlock_wait(&h, LONG_MS, &st), 0);
		assert_int_equal(st, code << 8);
		assert_all_spent(&h);
	}
	assert_unchanged(s);
}
BOTH(p1_wait_gives_every_exit_status);

/* Does it end a process that has not asked for it? signal(7), "Standard signals" */
static bool ends_a_process(int sig)
{
	switch (sig) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return false;
	}
	return true;
}

static void body_p1_wait_gives_every_signal(void)
{
	struct snapshot *s;
	struct rlimit old, none;

	getrlimit(RLIMIT_CORE, &old);
	none = (struct rlimit){ 0, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_CORE, &none), 0);
	s = snapshot_take();
	for (int sig = 1; sig <= 64; sig += 64 / scaled(64)) {
		char number[16];
		struct airlock_helper h;
		int st = UNTOUCHED;

		if (!ends_a_process(sig))
			continue;
		snprintf(number, sizeof number, "%d", sig);
		h = start_on(AIRLOCK_NONE, "signal", number);
		assert_int_equal(airlock_wait(&h, LONG_MS, &st), 0);
		/* no core flag: the soft limit is 0 */
		assert_int_equal(st, sig);
		assert_all_spent(&h);
	}
	assert_unchanged(s);
	setrlimit(RLIMIT_CORE, &old);
}
BOTH(p1_wait_gives_every_signal);

static void remove_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (*e->d_name != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	assert_int_equal(rmdir(path), 0);
}

/* What waitpid(2) says of the same program, started by fork and exec alone. */
static int plain_wstatus(const char *cwd, const char *sig)
{
	const char *program = helper_program("report");
	pid_t pid = fork();
	int st = UNTOUCHED;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (chdir(cwd) == 0)
			execl(program, program, "signal", sig, (char *)NULL);
		_exit(126);
	}
	while (waitpid(pid, &st, 0) < 0)
		assert_int_equal(errno, EINTR);
	return st;
}

static void body_p1_wait_gives_the_core_flag(void)
{
	static const int dumping[] = { SIGSEGV, SIGABRT, SIGQUIT, SIGBUS };
	char cwd[] = "/tmp/airlock-core-XXXXXX";
	struct rlimit old, all;
	bool flagged = true;

	if (sealed_mode())
		SKIP("the seal has a core limit of its own");
	assert_non_null(mkdtemp(cwd));
	getrlimit(RLIMIT_CORE, &old);
	all = (struct rlimit){ old.rlim_max, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_CORE, &all), 0);
	for (size_t i = 0; i < COUNT(dumping); i++) {
		char number[16];
		char *argv[] = { (char *)helper_program("report"), (char *)"signal", number, NULL };
		struct airlock_options o = options_for(AIRLOCK_NONE, argv);
		struct airlock_helper h;
		int st = UNTOUCHED, truth;

		snprintf(number, sizeof number, "%d", dumping[i]);
		truth = plain_wstatus(cwd, number);
		flagged = flagged && truth == (dumping[i] | 0x80);
		o.cwd = cwd;
		h = must_spawn(&o);
		drop_pidfd(&h);
		assert_int_equal(airlock_wait(&h, LONG_MS, &st), 0);
		assert_int_equal(st, truth);
	}
	setrlimit(RLIMIT_CORE, &old);
	remove_folder(cwd);
	if (!flagged)
		SKIP("this machine dumps no core, so there is no flag to see");
}
BOTH(p1_wait_gives_the_core_flag);

static void body_p5_the_rest_of_the_output_outlives_the_helper(void)
{
	enum { N = 5000 };

	for (enum airlock_channel c = AIRLOCK_TCP; c < NCHANNELS; c++) {
		struct snapshot *s = snapshot_take();
		struct airlock_helper h;
		char *text;
		size_t n;
		int st = UNTOUCHED;

		if (!has_eof(c)) {
			assert_unchanged(s);
			continue;
		}
		h = start_on(c, "flood", "5000");
		assert_int_equal(airlock_wait(&h, LONG_MS, &st), 0);
		assert_int_equal(st, 0);
		assert_spent(&h);
		assert_true(h.rfd > STDERR_FILENO && h.wfd > STDERR_FILENO);
		text = read_all(&h, c, &n);
		assert_int_equal(n, N);
		assert_int_equal(strspn(text, "x"), N);
		free(text);
		/* spent: there is nobody left to wait for, or to signal */
		assert_int_equal(airlock_wait(&h, 0, &st), -EINVAL);
		assert_int_equal(airlock_wait(&h, -1, &st), -EINVAL);
		assert_int_equal(airlock_kill(&h, 0), -ESRCH);
		assert_int_equal(airlock_kill(&h, SIGKILL), -ESRCH);
		close_channel(&h);
		assert_unchanged(s);
	}
}
BOTH(p5_the_rest_of_the_output_outlives_the_helper);

static void body_wait_says_echild_after_another_reaped(void)
{
	static const int timeouts[] = { 0, 100, -1 };

	for (size_t i = 0; i < COUNT(timeouts); i++) {
		struct snapshot *s = snapshot_take();
		struct airlock_helper h = start("exit", "5");
		int st = UNTOUCHED;

		reap_by_another(h.pid);
		assert_int_equal(airlock_wait(&h, timeouts[i], &st), -ECHILD);
		assert_int_equal(st, UNTOUCHED);
		assert_spent(&h);
		assert_int_equal(airlock_wait(&h, timeouts[i], &st), -EINVAL);
		close_channel(&h);
		assert_unchanged(s);
	}
}
BOTH(wait_says_echild_after_another_reaped);

/* SIGCHLD ignored, or SA_NOCLDWAIT: nobody can learn the status, but the end shows. */
static void wait_unreapable(void *arg)
{
	const struct sigaction *act = arg;
	struct airlock_helper h;
	int st = UNTOUCHED;

	alarm(60);
	assert_int_equal(sigaction(SIGCHLD, act, NULL), 0);
	h = start("linger", NULL);
	assert_int_equal(airlock_wait(&h, 0, &st), -ETIMEDOUT);
	assert_int_equal(airlock_wait(&h, 20, &st), -ETIMEDOUT);
	assert_int_equal(airlock_kill(&h, SIGKILL), 0);
	assert_int_equal(airlock_wait(&h, -1, &st), -ECHILD);
	assert_int_equal(st, UNTOUCHED);
	assert_spent(&h);
	assert_true(h.rfd > STDERR_FILENO);
	close_channel(&h);
}

/* A stop of a helper that nobody can reap: it is gone, and that is what the answer says. */
static void stop_unreapable(void *arg)
{
	const struct sigaction *act = arg;
	struct airlock_helper h;
	int fd, st = UNTOUCHED;

	alarm(60);
	assert_int_equal(sigaction(SIGCHLD, act, NULL), 0);
	h = start("cat", NULL);
	fd = h.rfd;
	assert_int_equal(airlock_stop(&h, LONG_MS, &st), -ECHILD);
	assert_int_equal(st, UNTOUCHED);
	assert_all_spent(&h);
	assert_true(is_closed(fd));
	h = start_hanging();
	assert_int_equal(airlock_stop(&h, 20, &st), -ECHILD);
	assert_int_equal(st, UNTOUCHED);
	assert_all_spent(&h);
}

/* poll(2) takes no descriptor then: a caller that has locked itself in still stops its helpers */
static void stop_without_descriptors(void *arg)
{
	const struct rlimit none = { 0, 0 };
	struct airlock_helper h = start_hanging();
	pid_t pid = h.pid;
	int st = UNTOUCHED;

	(void)arg;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(airlock_wait(&h, 50, &st), -ETIMEDOUT);
	assert_int_equal(airlock_stop(&h, 20, &st), 0);
	assert_int_equal(st, SIGKILL);
	assert_int_equal(kill(pid, 0), -1);
}

static void p4_stop_works_where_no_descriptor_is_allowed(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind answers for RLIMIT_NOFILE itself");
	in_child(stop_without_descriptors, NULL);
}

static void body_unreapable_helpers_are_echild(void)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN };
	struct sigaction no_wait = { .sa_handler = note_sigchld, .sa_flags = SA_NOCLDWAIT };

	in_child(wait_unreapable, &ignored);
	in_child(wait_unreapable, &no_wait);
	in_child(stop_unreapable, &ignored);
	in_child(stop_unreapable, &no_wait);
}
BOTH(unreapable_helpers_are_echild);

/* airlock_kill() */

static void body_kill_delivers(void)
{
	static const int sigs[] = { SIGTERM, SIGUSR1, SIGHUP, SIGKILL, 64 };

	/* valgrind keeps the last one for itself */
	for (size_t i = 0; i < COUNT(sigs) - under_valgrind(); i++) {
		struct airlock_helper h = start("linger", NULL), before = h;
		int st = UNTOUCHED;

		assert_int_equal(airlock_kill(&h, 0), 0);
		assert_int_equal(airlock_wait(&h, 20, &st), -ETIMEDOUT);
		assert_int_equal(airlock_kill(&h, sigs[i]), 0);
		assert_memory_equal(&h, &before, sizeof h);
		assert_int_equal(airlock_wait(&h, LONG_MS, &st), 0);
		assert_int_equal(st, sigs[i]);
		close_channel(&h);
	}
}
BOTH(kill_delivers);

static void body_kill_of_the_dead_is_esrch(void)
{
	struct airlock_helper h = start("exit", "0");

	/* a zombie still has its pid, but there is nobody to signal */
	until_zombie(h.pid);
	assert_int_equal(airlock_kill(&h, SIGTERM), -ESRCH);
	assert_int_equal(airlock_kill(&h, 0), -ESRCH);
	/* and it was not reaped by that */
	until_zombie(h.pid);
	reap_by_another(h.pid);
	assert_int_equal(airlock_kill(&h, SIGTERM), -ESRCH);
	assert_int_equal(airlock_wait(&h, 0, NULL), -ECHILD);
	assert_int_equal(airlock_kill(&h, SIGTERM), -ESRCH);
	close_channel(&h);
}
BOTH(kill_of_the_dead_is_esrch);

static void body_kill_refuses_what_is_no_signal(void)
{
	static const int bad[] = { -1, 65, 1000, -64 };
	struct airlock_helper h = start("linger", NULL);

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(airlock_kill(&h, bad[i]), -EINVAL);
	assert_int_equal(airlock_wait(&h, 20, NULL), -ETIMEDOUT);
	kill_and_wait(&h);
}
BOTH(kill_refuses_what_is_no_signal);

static void null_handles_are_einval(void **state)
{
	int st = UNTOUCHED;

	(void)state;
	assert_int_equal(airlock_wait(NULL, 0, &st), -EINVAL);
	assert_int_equal(airlock_wait(NULL, -1, &st), -EINVAL);
	assert_int_equal(airlock_kill(NULL, SIGTERM), -EINVAL);
	assert_int_equal(airlock_stop(NULL, 0, &st), -EINVAL);
	assert_int_equal(st, UNTOUCHED);
}

/*
 * The helper was reaped by another and its pid is another process's by now: the handle's pidfd
 * still means the helper that is gone, and that process must not feel anything.
 */
static struct airlock_helper reused(struct airlock_helper *innocent)
{
	struct airlock_helper h = start("exit", "0");

	reap_by_another(h.pid);
	*innocent = start("linger", NULL);
	h.pid = innocent->pid;
	return h;
}

static void p6_a_reused_pid_is_not_the_helper(void **state)
{
	struct airlock_helper innocent, h;
	int st = UNTOUCHED;

	(void)state;
	h = reused(&innocent);
	if (h.pidfd < 0)
		SKIP("no pidfd: a reused pid cannot be told from the helper");
	assert_int_equal(airlock_kill(&h, SIGKILL), -ESRCH);
	assert_int_equal(airlock_kill(&h, 0), -ESRCH);
	assert_int_equal(airlock_wait(&h, -1, &st), -ECHILD);
	assert_spent(&h);
	close_channel(&h);
	assert_int_equal(airlock_wait(&innocent, 50, NULL), -ETIMEDOUT);
	kill_and_wait(&innocent);

	h = reused(&innocent);
	assert_int_equal(airlock_stop(&h, 0, &st), -ECHILD);
	assert_all_spent(&h);
	assert_int_equal(st, UNTOUCHED);
	assert_int_equal(airlock_wait(&innocent, 50, NULL), -ETIMEDOUT);
	kill_and_wait(&innocent);
}

/* airlock_stop() */

/* Stop it; how long it took, at its best of some tries, must lie in the bounds. */
static void stop_in(struct airlock_helper (*begin)(void), unsigned grace_ms, int wstatus,
		    int64_t least, int64_t most)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < TRIES && best > most + slack_ms(); i++) {
		struct snapshot *s = snapshot_take();
		struct airlock_helper h = begin();
		int64_t t = now_ms();
		int st = UNTOUCHED;

		assert_int_equal(airlock_stop(&h, grace_ms, &st), 0);
		t = now_ms() - t;
		assert_int_equal(st, wstatus);
		assert_all_spent(&h);
		assert_unchanged(s);
		assert_true(t >= least - 1);
		best = t < best ? t : best;
	}
	assert_true(best <= most + slack_ms());
}

static struct airlock_helper begin_cat(void)
{
	return start("cat", NULL);
}

static struct airlock_helper begin_lingering(void)
{
	return start("linger", NULL);
}

static struct airlock_helper stopped(struct airlock_helper h)
{
	siginfo_t si;
	int r;

	assert_int_equal(airlock_kill(&h, SIGSTOP), 0);
	do
		r = waitid(P_PID, (id_t)h.pid, &si, WSTOPPED | WNOWAIT);
	while (r < 0 && errno == EINTR);
	assert_int_equal(r, 0);
	return h;
}

static struct airlock_helper begin_stopped_lingering(void)
{
	return stopped(begin_lingering());
}

static struct airlock_helper begin_stopped_hanging(void)
{
	return stopped(start_hanging());
}

static struct airlock_helper begin_dead(void)
{
	struct airlock_helper h = start("exit", "3");

	until_zombie(h.pid);
	return h;
}

static void body_stop_is_end_of_file_first(void)
{
	/* the grace is long, and not waited for */
	stop_in(begin_cat, LONG_MS, 0, 0, 500);
}
BOTH(stop_is_end_of_file_first);

static void body_stop_is_sigterm_second(void)
{
	stop_in(begin_lingering, 200, SIGTERM, 200, 200);
}
BOTH(stop_is_sigterm_second);

static void body_stop_is_sigkill_third(void)
{
	stop_in(start_hanging, 150, SIGKILL, 300, 300);
}
BOTH(stop_is_sigkill_third);

static void body_stop_ends_a_stopped_helper(void)
{
	stop_in(begin_stopped_lingering, 150, SIGTERM, 150, 150);
	stop_in(begin_stopped_hanging, 100, SIGKILL, 200, 200);
}
BOTH(stop_ends_a_stopped_helper);

static void body_stop_of_a_dead_helper_gives_its_status(void)
{
	stop_in(begin_dead, LONG_MS, 3 << 8, 0, 0);
	stop_in(begin_dead, 0, 3 << 8, 0, 0);
}
BOTH(stop_of_a_dead_helper_gives_its_status);

static void body_stop_outlasts_signals(void)
{
	start_ticking(3, 0, 0);
	stop_in(begin_lingering, 150, SIGTERM, 150, 150);
	stop_in(start_hanging, 100, SIGKILL, 200, 200);
	stop_ticking();
	assert_true(ticks > 10);
}
BOTH(stop_outlasts_signals);

static void body_stop_without_grace_is_at_once(void)
{
	int64_t best = LONG_MS;

	for (int i = 0; i < TRIES; i++) {
		struct snapshot *s = snapshot_take();
		struct airlock_helper h = start_hanging();
		int64_t t = now_ms();
		int st = UNTOUCHED;

		assert_int_equal(airlock_stop(&h, 0, &st), 0);
		t = now_ms() - t;
		best = t < best ? t : best;
		assert_int_equal(st, SIGKILL);
		assert_all_spent(&h);
		assert_unchanged(s);
	}
	assert_true(best <= slack_ms());
}
BOTH(stop_without_grace_is_at_once);

static void body_stop_closes_every_channel(void)
{
	for (enum airlock_channel c = AIRLOCK_NONE; c < NCHANNELS; c++) {
		struct snapshot *s = snapshot_take();
		struct airlock_helper h = start_on(c, c == AIRLOCK_NONE ? "linger" : "cat", NULL);
		int st = UNTOUCHED;

		/* where there is no end of file only the signal ends it */
		assert_int_equal(airlock_stop(&h, has_eof(c) ? LONG_MS : 20, &st), 0);
		assert_int_equal(st, has_eof(c) ? 0 : SIGTERM);
		assert_all_spent(&h);
		assert_unchanged(s);
	}
}
BOTH(stop_closes_every_channel);

static void body_stop_after_another_reaped_is_echild(void)
{
	struct snapshot *s = snapshot_take();
	struct airlock_helper h = start("exit", "0");
	int st = UNTOUCHED;
	int64_t t;

	reap_by_another(h.pid);
	t = now_ms();
	assert_int_equal(airlock_stop(&h, LONG_MS, &st), -ECHILD);
	assert_true(now_ms() - t < LONG_MS / 2);
	assert_int_equal(st, UNTOUCHED);
	assert_all_spent(&h);
	assert_unchanged(s);
}
BOTH(stop_after_another_reaped_is_echild);

/* The numbers that the first stop closed belong to others by then. */
static void body_a_second_stop_touches_nothing(void)
{
	struct snapshot *s = snapshot_take();
	struct airlock_helper h = start_on(AIRLOCK_FIFO, "cat", NULL);
	int was[3] = { h.rfd, h.wfd, h.pidfd }, now[3], st = UNTOUCHED;

	assert_int_equal(airlock_stop(&h, LONG_MS, &st), 0);
	for (int i = 0; i < 3; i++) {
		now[i] = -1;
		if (was[i] >= 0) {
			assert_true(is_closed(was[i]));
			now[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
			assert_true(now[i] >= 0);
			if (now[i] != was[i]) {
				assert_int_equal(dup3(now[i], was[i], O_CLOEXEC), was[i]);
				close(now[i]);
			}
		}
	}
	st = UNTOUCHED;
	assert_int_equal(airlock_stop(&h, LONG_MS, &st), -ECHILD);
	assert_int_equal(st, UNTOUCHED);
	assert_all_spent(&h);
	for (int i = 0; i < 3; i++)
		if (was[i] >= 0)
			assert_int_equal(close(was[i]), 0);
	assert_unchanged(s);
}
BOTH(a_second_stop_touches_nothing);

static void body_stop_after_wait_closes_the_channel(void)
{
	struct snapshot *s = snapshot_take();
	struct airlock_helper h = start_on(AIRLOCK_FIFO, "exit", "0");
	int rfd = h.rfd, wfd = h.wfd;

	assert_int_equal(airlock_wait(&h, LONG_MS, NULL), 0);
	assert_int_equal(airlock_stop(&h, LONG_MS, NULL), -ECHILD);
	assert_all_spent(&h);
	assert_true(is_closed(rfd) && is_closed(wfd));
	assert_unchanged(s);
}
BOTH(stop_after_wait_closes_the_channel);

static void body_the_status_may_be_null(void)
{
	struct airlock_helper h = start("exit", "1");

	assert_int_equal(airlock_wait(&h, LONG_MS, NULL), 0);
	close_channel(&h);
	h = start("cat", NULL);
	assert_int_equal(airlock_stop(&h, LONG_MS, NULL), 0);
}
BOTH(the_status_may_be_null);

/* One that cannot die yet */

/* Holds `pid` as a debugger does that has gone to sleep: its end is not shown to its parent. */
static pid_t hold(pid_t pid)
{
	int ready[2];
	char c = 0;
	pid_t tracer;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	tracer = fork();
	assert_true(tracer >= 0);
	if (tracer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		c = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 'y' : 'n';
		if (write(ready[1], &c, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	if (c == 'y')
		return tracer;
	kill(tracer, SIGKILL);
	reap_by_another(tracer);
	return -1;
}

static int64_t cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static bool is_child(pid_t pid)
{
	siginfo_t si;

	return waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

/*
 * Its pidfd says that it has ended, waitid says that it has not: bounded all the same, without
 * burning the time, and reaped by a later call.
 */
static void stop_what_cannot_end(void *arg)
{
	const bool *has_memory = arg;
	struct airlock_helper h = start("linger", NULL), other;
	pid_t pid = h.pid, tracer = hold(pid);
	struct rlimit as_it_is, none;
	int64_t t, cpu;
	int st = UNTOUCHED;

	alarm(30);
	if (tracer < 0) {
		kill_and_wait(&h);
		SKIP("ptrace(2) is not allowed here");
	}
	assert_int_equal(airlock_kill(&h, SIGKILL), 0);
	t = now_ms();
	assert_int_equal(airlock_wait(&h, 0, &st), -ETIMEDOUT);
	cpu = cpu_ms();
	assert_int_equal(airlock_wait(&h, 500, &st), -ETIMEDOUT);
	assert_true(cpu_ms() - cpu < 250);
	assert_true(now_ms() - t < 500 + LONG_MS / 2);
	t = now_ms();
	/* there is nothing to be had for what is remembered of it */
	getrlimit(RLIMIT_AS, &as_it_is);
	none = (struct rlimit){ 0, as_it_is.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_AS, *has_memory ? &as_it_is : &none), 0);
	assert_int_equal(airlock_stop(&h, 50, &st), -ETIMEDOUT);
	assert_int_equal(setrlimit(RLIMIT_AS, &as_it_is), 0);
	assert_true(now_ms() - t >= 99 && now_ms() - t < 1100 + LONG_MS / 2);
	assert_int_equal(st, UNTOUCHED);
	assert_all_spent(&h);
	assert_true(is_child(pid));

	assert_int_equal(kill(tracer, SIGKILL), 0);
	reap_by_another(tracer);
	until_zombie(pid);
	other = start("cat", NULL);
	assert_int_equal(airlock_stop(&other, LONG_MS, NULL), 0);
	assert_false(is_child(pid));
}

/* So many at once; a few are remembered without memory of their own. */
enum { CANNOT_END = 12, WITHOUT_MEMORY = 8 };

static struct held {
	struct airlock_helper h;
	pid_t pid, tracer;
	int pidfd;
	pthread_t thread;
} held[CANNOT_END];

static pthread_barrier_t all_are_there;

static void *stop_is_late(void *h)
{
	pthread_barrier_wait(&all_are_there);
	return airlock_stop(h, 0, NULL) == -ETIMEDOUT ? NULL : h;
}

/* All at once, since each takes a second. `memory`: may they have any? */
static bool stop_held(int n, bool memory)
{
	struct rlimit as_it_is, none;

	for (int i = 0; i < n; i++) {
		held[i].h = start("linger", NULL);
		held[i].pid = held[i].h.pid;
		held[i].pidfd = held[i].h.pidfd;
		held[i].tracer = hold(held[i].pid);
		if (held[i].tracer < 0) {
			kill_and_wait(&held[i].h);
			return false;
		}
	}
	pthread_barrier_init(&all_are_there, NULL, (unsigned)n + 1);
	for (int i = 0; i < n; i++)
		assert_int_equal(pthread_create(&held[i].thread, NULL, stop_is_late, &held[i].h),
				 0);
	getrlimit(RLIMIT_AS, &as_it_is);
	none = (struct rlimit){ 0, as_it_is.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_AS, memory ? &as_it_is : &none), 0);
	pthread_barrier_wait(&all_are_there);
	for (int i = 0; i < n; i++) {
		void *in_time;

		pthread_join(held[i].thread, &in_time);
		assert_null(in_time);
	}
	pthread_barrier_destroy(&all_are_there);
	setrlimit(RLIMIT_AS, &as_it_is);
	return true;
}

/* The tracers of every other one end, and those are reaped by the next call, and no others. */
static void release_held(int n, int from)
{
	struct airlock_helper spent = { -1, -1, -1, -1 };

	for (int i = from; i < n; i += 2) {
		assert_true(is_child(held[i].pid));
		kill(held[i].tracer, SIGKILL);
		reap_by_another(held[i].tracer);
		until_zombie(held[i].pid);
	}
	assert_int_equal(airlock_stop(&spent, 0, NULL), -ECHILD);
	for (int i = 0; i < n; i++) {
		bool is_there = from == 1 && i % 2 == 0;

		assert_int_equal(is_child(held[i].pid), is_there);
		assert_true(held[i].pidfd < 0 || (fcntl(held[i].pidfd, F_GETFD) >= 0) == is_there);
	}
}

/* They are not its own. */
static void spawn_in_a_copy(void)
{
	pid_t copy = fork();
	int st;

	assert_true(copy >= 0);
	if (copy == 0) {
		struct airlock_helper h = start("cat", NULL);

		_exit(airlock_stop(&h, LONG_MS, NULL) != 0);
	}
	assert_int_equal(waitpid(copy, &st, 0), copy);
	assert_int_equal(st, 0);
}

static void stop_many_that_cannot_end(void *arg)
{
	siginfo_t si;

	(void)arg;
	alarm(60);
	if (!stop_held(CANNOT_END, true))
		SKIP("ptrace(2) is not allowed here");
	release_held(CANNOT_END, 1);
	spawn_in_a_copy();
	release_held(CANNOT_END, 0);
	/* there is room again; a checker needs memory itself */
	assert_true(stop_held(WITHOUT_MEMORY, UNDER_SANITIZER || under_valgrind()));
	release_held(WITHOUT_MEMORY, 1);
	release_held(WITHOUT_MEMORY, 0);
	assert_int_equal(waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT | __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

/* A child with that pid, which nobody has now, see clone(2); it exits with 7. */
static pid_t child_with_pid(pid_t pid)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
		uint64_t set_tid, set_tid_size;
	} args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1 };
	long r = syscall(NR_CLONE3, &args, sizeof args);

	if (r == 0)
		_exit(7);
	return (pid_t)r;
}

/* What is remembered of one that another has reaped is neither that pid nor that descriptor. */
static void another_has_its_pid(void *arg)
{
	struct airlock_helper h = start("linger", NULL), spent = { -1, -1, -1, -1 };
	pid_t pid = h.pid, tracer = hold(pid);
	struct statfs fs = { 0 };
	int pidfd = h.pidfd, st;

	(void)arg;
	if (tracer < 0) {
		kill_and_wait(&h);
		SKIP("ptrace(2) is not allowed here");
	}
	assert_int_equal(airlock_stop(&h, 0, NULL), -ETIMEDOUT);
	assert_int_equal(kill(tracer, SIGKILL), 0);
	reap_by_another(tracer);
	reap_by_another(pid);
	if (child_with_pid(pid) < 0)
		SKIP("no child can be given a pid here (clone3(2), CAP_SYS_ADMIN)");
	until_zombie(pid);
	assert_int_equal(airlock_stop(&spent, 0, NULL), -ECHILD);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_true(WIFEXITED(st) && WEXITSTATUS(st) == 7);
	/* before Linux 6.9 nobody can tell whose pidfd it is */
	if (pidfd >= 0 && fstatfs(pidfd, &fs) == 0)
		assert_int_not_equal(fs.f_type, PID_FS);
}

static void body_p7_what_another_reaped_is_nobody_else(void)
{
	in_child(another_has_its_pid, NULL);
}
BOTH(p7_what_another_reaped_is_nobody_else);

static void body_p4_stop_of_what_cannot_end_is_bounded(void)
{
	/* a checker needs some itself */
	bool has_memory = UNDER_SANITIZER || under_valgrind();

	in_child(stop_what_cannot_end, &has_memory);
	in_child(stop_many_that_cannot_end, NULL);
}
BOTH(p4_stop_of_what_cannot_end_is_bounded);

/* P7 */

static void assert_errno_kept(int *r, int got)
{
	assert_int_equal(errno, 4321);
	*r = got;
}

static void body_p7_errno_is_left_alone(void)
{
	struct airlock_helper h = start("linger", NULL);
	int r;

	errno = 4321;
	assert_errno_kept(&r, airlock_wait(&h, 0, NULL));
	assert_errno_kept(&r, airlock_wait(&h, 30, NULL));
	assert_errno_kept(&r, airlock_kill(&h, 0));
	assert_errno_kept(&r, airlock_kill(&h, 1000));
	assert_errno_kept(&r, airlock_stop(&h, 30, NULL));
	assert_int_equal(r, 0);
	assert_errno_kept(&r, airlock_stop(&h, 30, NULL));
	assert_errno_kept(&r, airlock_wait(&h, 30, NULL));
	assert_errno_kept(&r, airlock_kill(&h, 0));
	h = start("exit", "0");
	reap_by_another(h.pid);
	errno = 4321;
	assert_errno_kept(&r, airlock_kill(&h, 0));
	assert_errno_kept(&r, airlock_wait(&h, 0, NULL));
	assert_int_equal(r, -ECHILD);
	assert_errno_kept(&r, airlock_stop(&h, 0, NULL));
}
BOTH(p7_errno_is_left_alone);

struct cancelled {
	struct airlock_helper waited, stopped;
	int r[5], state_after;
	bool survived;
};

static void *call_with_cancel_pending(void *arg)
{
	struct cancelled *c = arg;
	int state;

	pthread_cancel(pthread_self());
	c->r[0] = airlock_wait(&c->waited, 0, NULL);
	c->r[1] = airlock_wait(&c->waited, 50, NULL);
	c->r[2] = airlock_kill(&c->waited, SIGKILL);
	c->r[3] = airlock_wait(&c->waited, -1, NULL);
	c->r[4] = airlock_stop(&c->stopped, 50, NULL);
	/* each left the state as it was */
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	c->state_after = state;
	c->survived = true;
	pthread_testcancel();
	c->survived = false;
	return NULL;
}

static void body_p7_no_call_is_a_cancellation_point(void)
{
	struct snapshot *s;
	struct cancelled c = { .r = { 1, 1, 1, 1, 1 } };
	void *result;
	pthread_t t;

	/* the first thread's stack stays cached */
	c.waited = start("linger", NULL);
	c.stopped = start("linger", NULL);
	assert_int_equal(pthread_create(&t, NULL, call_with_cancel_pending, &c), 0);
	assert_int_equal(pthread_join(t, &result), 0);
	assert_true(result == PTHREAD_CANCELED);
	assert_true(c.survived);
	assert_int_equal(c.r[0], -ETIMEDOUT);
	assert_int_equal(c.r[1], -ETIMEDOUT);
	assert_int_equal(c.r[2], 0);
	assert_int_equal(c.r[3], 0);
	assert_int_equal(c.r[4], 0);
	assert_int_equal(c.state_after, PTHREAD_CANCEL_ENABLE);
	assert_all_spent(&c.stopped);
	close_channel(&c.waited);
	s = snapshot_take();
	assert_unchanged(s);
}
BOTH(p7_no_call_is_a_cancellation_point);

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p4_stop_works_where_no_descriptor_is_allowed),
		UNIT_BOTH(wait_polls),
		UNIT_BOTH(p4_wait_ends_at_its_timeout),
		UNIT_BOTH(wait_for_ever_outlasts_signals),
		UNIT_BOTH(signals_do_not_end_a_wait_early),
		UNIT_BOTH(p1_wait_gives_every_exit_status),
		UNIT_BOTH(p1_wait_gives_every_signal),
		UNIT_BOTH(p1_wait_gives_the_core_flag),
		UNIT_BOTH(p5_the_rest_of_the_output_outlives_the_helper),
		UNIT_BOTH(wait_says_echild_after_another_reaped),
		UNIT_BOTH(unreapable_helpers_are_echild),
		UNIT_BOTH(kill_delivers),
		UNIT_BOTH(kill_of_the_dead_is_esrch),
		UNIT_BOTH(kill_refuses_what_is_no_signal),
		cmocka_unit_test(null_handles_are_einval),
		cmocka_unit_test(p6_a_reused_pid_is_not_the_helper),
		UNIT_BOTH(stop_is_end_of_file_first),
		UNIT_BOTH(stop_is_sigterm_second),
		UNIT_BOTH(stop_is_sigkill_third),
		UNIT_BOTH(stop_ends_a_stopped_helper),
		UNIT_BOTH(stop_of_a_dead_helper_gives_its_status),
		UNIT_BOTH(stop_outlasts_signals),
		UNIT_BOTH(stop_without_grace_is_at_once),
		UNIT_BOTH(stop_closes_every_channel),
		UNIT_BOTH(stop_after_another_reaped_is_echild),
		UNIT_BOTH(a_second_stop_touches_nothing),
		UNIT_BOTH(stop_after_wait_closes_the_channel),
		UNIT_BOTH(the_status_may_be_null),
		UNIT_BOTH(p4_stop_of_what_cannot_end_is_bounded),
		UNIT_BOTH(p7_what_another_reaped_is_nobody_else),
		UNIT_BOTH(p7_errno_is_left_alone),
		UNIT_BOTH(p7_no_call_is_a_cancellation_point),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
