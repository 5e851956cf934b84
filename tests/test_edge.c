/* SPDX-License-Identifier: ISC */
/*
 * test_edge.c: children that are killed, stopped or hung at every moment up to the exec and past it.
 *
 * A supervisor (supervisor.h) holds the child's k-th call and does it there, so every moment is
 * met; at random times it is done once more without holding. A helper leaves a mark in a pipe at
 * its 9 when it runs: never a mark from a spawn that failed.
 */
#define _GNU_SOURCE
#include "common.h"

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "seal.h"
#include "supervisor.h"

enum {
	NR_CLOSE_RANGE = 436,
	MARK_FD = 9,
	LIMIT_S = 240,
	PATIENCE_MS = 5000,
	SHORT_MS = 100, /* timeout of a spawn whose child hangs */
	LONG_MS = 3000,
	SLACK_MS = 100,	 /* P4: the timeout and no more than this */
	TRIES = 10,	 /* of a bound in time: late for good, or was the machine busy once? */
	QUICK_MS = 1000, /* of a spawn beside one that hangs */
	KILLS = 2000,
	BLINKS = 400,
	SWEEP_US = 300,
	CHECK_EACH = 100,
	OTHERS = 4,
	SPAWNS_EACH = 5,
	MAX_STEPS = 256,
};

/* The spawn at hand */

static struct {
	struct airlock_options o;
	char *argv[5];
	struct airlock_fd fds[1];
	int mark[2];
} the;

static void prepare(enum airlock_channel c, int timeout_ms)
{
	/* what the child does depends on the numbers: they shall be the same each time */
	airlock_reserve();
	the.argv[0] = (char *)helper_program("report");
	the.argv[1] = (char *)"mark";
	the.argv[2] = (char *)"9";
	the.argv[3] = (char *)"X";
	assert_int_equal(pipe2(the.mark, O_CLOEXEC), 0);
	assert_int_equal(fcntl(the.mark[0], F_SETFL, O_NONBLOCK), 0);
	the.fds[0] = (struct airlock_fd){ the.mark[1], MARK_FD };
	the.o = options_for(c, the.argv);
	the.o.fds = the.fds;
	the.o.nfds = 1;
	the.o.timeout_ms = (unsigned)timeout_ms;
}

/* How many helpers have run; nobody but them writes, and all of them are gone. */
static int marks(void)
{
	char buf[64];
	ssize_t n;

	n = read(the.mark[0], buf, sizeof buf);
	assert_true(n > 0 || (n < 0 && errno == EAGAIN));
	return n > 0 ? (int)n : 0;
}

static void check_untouched(const struct outcome *out)
{
	const struct airlock_helper *h = &out->helper;

	assert_true(h->pid == -2 && h->pidfd == -2 && h->rfd == -2 && h->wfd == -2);
	assert_int_equal(out->r, -out->error.code);
	assert_int_equal(out->errno_after, WATCHED_ERRNO);
	assert_true(out->mask_before == out->mask_after);
	/* never a failure that ran */
	assert_int_equal(marks(), 0);
}

static void need_supervisor(const char *test)
{
	const char *why = no_supervisor();

	if (why) {
		print_message("SKIP %s: %s\n", test, why);
		skip();
	}
}

/* The child's calls when nothing is done to it */

static struct call steps[MAX_STEPS];
static int nsteps;

static void end_helper(struct airlock_helper *h)
{
	int r = airlock_kill(h, SIGKILL);

	/* without a channel it finds end of file in /dev/null, and ends by itself */
	assert_true(r == 0 || (r == -ESRCH && h->rfd < 0));
	assert_int_equal(airlock_stop(h, PATIENCE_MS, NULL), 0);
	assert_true(sigchld_came(PATIENCE_MS));
}

static void record_steps(const struct rule *rules, size_t nrules)
{
	struct outcome out;
	const struct call *calls;
	size_t n;

	watched_spawn(&the.o, rules, nrules, &out);
	if (out.r < 0)
		fail_msg("%s", out.error.message);
	calls = watched_calls(&n);
	nsteps = 0;
	for (size_t i = 0; i < n; i++)
		if (calls[i].who == CHILD && nsteps < MAX_STEPS)
			steps[nsteps++] = calls[i];
	assert_true(readable(the.mark[0], PATIENCE_MS));
	end_helper(&out.helper);
	assert_int_equal(marks(), 1);
	assert_in_range(nsteps, 10, MAX_STEPS - 1);
	assert_int_equal(steps[nsteps - 1].nr, SYS_execve);
}

/* Of the many rt_sigaction(2) the first, one from the middle and the last are enough for what takes time. */
static bool is_sample(int k)
{
	const struct call *c = &steps[k];

	return c->nr != SYS_rt_sigaction || c->nth == 1 || c->nth == 30 ||
	       steps[k + 1].nr != SYS_rt_sigaction;
}

static struct rule at_step(int k, enum action action)
{
	return (struct rule){ .who = CHILD, .nr = ANY_CALL, .nth = k + 1, .action = action };
}

/* Where no clone but fork's is to be had the child is started by that: a last resort, and as truthful. */
static struct rule refuse_clone(void)
{
	enum { GIVES_PIDFD = 0x1000 }; /* CLONE_PIDFD */

	return (struct rule){ .who = PARENT,
			      .nr = SYS_clone,
			      .action = FAIL,
			      .value = EINVAL,
			      .mask = GIVES_PIDFD,
			      .bits = GIVES_PIDFD };
}

static const enum airlock_channel some_channels[] = { AIRLOCK_NONE, AIRLOCK_FIFO,
						      AIRLOCK_UNIX_STREAM };

/* Killed */

/* The step that the message names as the one where the child stood. */
static enum airlock_step step_in(const char *message)
{
	const char *at = strstr(message, "step '");

	/* both sides chat, so that step has its number among the parent's */
	for (int step = AIRLOCK_STEP_CHAT; at && step <= AIRLOCK_STEP_EXECVE; step++) {
		const char *name = airlock_step_name((enum airlock_step)step);
		size_t n = strlen(name);

		if (!strncmp(at + 6, name, n) && at[6 + n] == '\'')
			return (enum airlock_step)step;
	}
	fail_msg("no step in: %s", message);
	return AIRLOCK_STEP_NONE;
}

/* What one call can belong to. */
static bool belongs(const struct call *c, enum airlock_step step)
{
	switch (c->nr) {
	case SYS_rt_sigaction:
		return step == AIRLOCK_STEP_SIGNALS;
	case SYS_dup3:
		return step == AIRLOCK_STEP_DESCRIPTORS;
	case SYS_read:
	case SYS_write:
		return step == AIRLOCK_STEP_CHAT;
	case SYS_rt_sigprocmask:
		return step == AIRLOCK_STEP_SIGMASK;
	case SYS_prlimit64:
		return step == AIRLOCK_STEP_RLIMIT;
	case NR_CLOSE_RANGE:
		return step == (c->args[2] ? AIRLOCK_STEP_UNSHARE : AIRLOCK_STEP_CLOSE);
	case SYS_execve:
		return step == AIRLOCK_STEP_EXECVE;
	}
	return true;
}

struct start {
	enum airlock_channel channel;
	bool forked;
};

static void kill_at_step(const struct start *start, int k)
{
	struct rule rules[2] = { at_step(k, KILL), refuse_clone() };
	struct snapshot *s = snapshot_take();
	struct outcome out;

	watched_case(1, "%s%s, killed at call %d (number %d)", channel_name(start->channel),
		     start->forked ? ", forked" : "", k, steps[k].nr);
	watched_spawn(&the.o, rules, start->forked ? 2 : 1, &out);
	assert_int_equal(watched_hits(0), 1);
	if (out.r == 0)
		fail_msg("P1: a success, and it did not exec");
	assert_int_equal(out.r, -ECANCELED);
	assert_int_equal(out.error.step, AIRLOCK_STEP_KILLED);
	assert_non_null(strstr(out.error.message, "by signal 9 at step '"));
	if (!belongs(&steps[k], step_in(out.error.message)))
		fail_msg("call %d at: %s", steps[k].nr, out.error.message);
	check_untouched(&out);
	assert_int_equal(sigchld_came(0), start->forked);
	assert_unchanged(s);
}

static void kill_at_each_step(void *arg)
{
	const struct start *start = arg;
	struct rule refused = refuse_clone();
	int rounds = scaled(3);

	prepare(start->channel, PATIENCE_MS);
	record_steps(&refused, start->forked);
	for (int i = 0; i < rounds; i++)
		for (int k = 0; k < nsteps; k++)
			kill_at_step(start, k);
}

static void p2_killed_at_each_call_before_exec_is_an_error(void **state)
{
	(void)state;
	need_supervisor(__func__);
	for (size_t i = 0; i < COUNT(some_channels); i++) {
		struct start start = { some_channels[i], false };

		supervise(kill_at_each_step, &start, NULL, 0, LIMIT_S);
	}
}

static void p1_killed_at_each_call_after_a_mere_fork_is_an_error(void **state)
{
	struct start start = { AIRLOCK_UNIX_STREAM, true };

	(void)state;
	need_supervisor(__func__);
	supervise(kill_at_each_step, &start, NULL, 0, LIMIT_S);
}

static struct {
	int succeeded, failed, marked, unnamed;
} tally;

/* Linux names the process some steps after the point of no return: a kill may come in between. */
static bool has_helpers_name(pid_t pid)
{
	char path[64], name[32] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, name, sizeof name - 1) > 0);
	close(fd);
	return !strcmp(name, "report\n");
}

static void check_killed_helper(struct outcome *out)
{
	struct airlock_helper *h = &out->helper;
	siginfo_t si;
	int st;

	/* by a wait that sees no child which has not exec'd */
	assert_int_equal(waitid(P_PID, (id_t)h->pid, &si, WEXITED | WNOWAIT), 0);
	tally.unnamed += !has_helpers_name(h->pid);
	assert_int_equal(airlock_wait(h, PATIENCE_MS, &st), 0);
	assert_int_equal(st, SIGKILL);
	assert_true(sigchld_came(PATIENCE_MS));
	airlock_stop(h, 0, NULL);
	tally.succeeded++;
	tally.marked += marks();
}

static void check_killed_child(const struct outcome *out, bool forked)
{
	if (out->r != -ECANCELED)
		fail_msg("%s", out->error.message);
	assert_int_equal(out->error.step, AIRLOCK_STEP_KILLED);
	check_untouched(out);
	/* one that has exec'd would have raised it */
	assert_int_equal(sigchld_came(0), forked);
	tally.failed++;
}

/* The moment that all delays are counted from */
struct moment {
	int nr, nth;
	const char *name;
	bool forked;
};

static void kill_around(void *arg)
{
	const struct moment *m = arg;
	/* fork copies a sanitizer's memory, too */
	int rounds = scaled(UNDER_SANITIZER ? KILLS / 4 : KILLS), fds;

	prepare(AIRLOCK_UNIX_STREAM, PATIENCE_MS);
	fds = count_fds();
	srand(4242);
	for (int i = 0; i < rounds; i++) {
		int delay = rand() % (SWEEP_US + 1);
		struct rule rules[2] = {
			{ .who = CHILD,
			  .nr = m->nr,
			  .nth = m->nth,
			  .action = KILL_SOON,
			  .value = delay },
			refuse_clone(),
		};
		struct snapshot *s = i % CHECK_EACH ? NULL : snapshot_take();
		struct outcome out;

		watched_case(1, "killed %d us after %s, round %d", delay, m->name, i);
		watched_spawn(&the.o, rules, m->forked ? 2 : 1, &out);
		assert_int_equal(watched_hits(0), 1);
		if (out.r == 0)
			check_killed_helper(&out);
		else
			check_killed_child(&out, m->forked);
		assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
		assert_int_equal(errno, ECHILD);
		if (s)
			assert_unchanged(s);
		assert_int_equal(count_fds(), fds);
	}
	print_message("killed within %d us after %s: %d spawns failed, %d succeeded, of those %d "
		      "left a mark, "
		      "%d were not named yet\n",
		      SWEEP_US, m->name, tally.failed, tally.succeeded, tally.marked,
		      tally.unnamed);
	/* both sides of the edge were met; and it is an edge, not a matter of opinion */
	if (rounds >= 100) {
		assert_true(tally.succeeded > 0 && tally.failed > 0);
		assert_true(tally.unnamed * 20 <= (m->forked ? 0 : tally.succeeded));
	}
}

static void p1_p2_killed_at_random_a_spawn_says_what_is_true(void **state)
{
	static const struct moment moments[] = {
		{ SYS_prlimit64, 1, "the child's first prlimit", false },
		{ SYS_read, 1, "it began to read HELLO", false },
		{ SYS_execve, 1, "its execve began", false },
		{ SYS_execve, 1, "the execve of a forked child began", true },
	};

	(void)state;
	need_supervisor(__func__);
	for (size_t i = 0; i < COUNT(moments); i++) {
		const int calls[] = { moments[i].nr, SYS_clone };

		supervise(kill_around, (void *)&moments[i], calls, COUNT(calls), LIMIT_S);
	}
}

/* Stopped, hung */

/* Of one that was put aside; the next spawn reaps it. */
static void await_end_of_killed(void)
{
	siginfo_t si;
	struct rule rule = { .who = PARENT, .nr = SYS_clone, .action = FAIL, .value = EAGAIN };
	struct outcome out;

	if (waitid(P_ALL, 0, &si, WEXITED | WNOWAIT | __WALL) < 0)
		return;
	watched_spawn(&the.o, &rule, 1, &out);
	assert_int_equal(out.r, -EAGAIN);
}

/*
 * It may be late once because the machine is busy. One that is late each time is late. Nothing but
 * the time is forgiven.
 */
static void time_out_at(int k, enum action action)
{
	struct rule rule = at_step(k, action);
	struct outcome out;
	bool late, met;
	int tries = 0;

	do {
		struct snapshot *s = snapshot_take();

		watched_spawn(&the.o, &rule, 1, &out);
		assert_int_equal(out.r, -ETIMEDOUT);
		assert_int_equal(out.error.step, AIRLOCK_STEP_TIMEOUT);
		assert_true(out.took_ms >= SHORT_MS - 1);
		check_untouched(&out);
		/* or the machine was so busy that the child had not got there */
		met = watched_hits(0) == 1;
		late = out.took_ms > SHORT_MS + SLACK_MS;
		if (met && !belongs(&steps[k], step_in(out.error.message)))
			fail_msg("call %d at: %s", steps[k].nr, out.error.message);
		/* P4 before P2: then a later call reaps it */
		if (strstr(out.error.message, "cannot die yet")) {
			late = true;
			await_end_of_killed();
		}
		/* that it stopped is told, and there is no way around it */
		if (sigchld_came(0))
			assert_int_equal(action, STOP);
		assert_unchanged(s);
	} while ((late || !met) && ++tries < TRIES);
	if (late || !met)
		fail_msg("P4: it takes %d ms", out.took_ms);
}

static void time_out_at_each_step(void *arg)
{
	const enum action *action = arg;

	prepare(AIRLOCK_UNIX_STREAM, PATIENCE_MS);
	record_steps(NULL, 0);
	the.o.timeout_ms = SHORT_MS;
	for (int k = 0; k < nsteps; k++) {
		watched_case(1, "%s at call %d (number %d)", *action == STOP ? "stopped" : "hung",
			     k, steps[k].nr);
		if (is_sample(k))
			time_out_at(k, *action);
	}
}

static void p4_a_child_that_is_stopped_ends_in_time(void **state)
{
	static const enum action action = STOP;

	(void)state;
	need_supervisor(__func__);
	supervise(time_out_at_each_step, (void *)&action, NULL, 0, LIMIT_S);
}

static void p4_a_child_that_hangs_in_a_call_ends_in_time(void **state)
{
	static const enum action action = HOLD;

	(void)state;
	need_supervisor(__func__);
	supervise(time_out_at_each_step, (void *)&action, NULL, 0, LIMIT_S);
}

static struct {
	_Atomic int spawned, slowest_ms;
} beside;

static void *spawn_beside(void *arg)
{
	char *argv[] = { arg, (char *)"cat", NULL };
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, argv);

	for (int i = 0; i < SPAWNS_EACH; i++) {
		int64_t began = now_ms();
		struct airlock_helper h;
		int r = airlock_spawn(&o, &h, NULL), took = (int)(now_ms() - began),
		    slowest = atomic_load(&beside.slowest_ms);

		if (r < 0)
			break;
		while (took > slowest &&
		       !atomic_compare_exchange_weak(&beside.slowest_ms, &slowest, took))
			;
		if (airlock_stop(&h, PATIENCE_MS, NULL) == 0)
			atomic_fetch_add(&beside.spawned, 1);
	}
	return NULL;
}

static void spawn_in_threads(void)
{
	pthread_t threads[OTHERS];

	atomic_store(&beside.spawned, 0);
	atomic_store(&beside.slowest_ms, 0);
	for (int i = 0; i < OTHERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, spawn_beside, the.argv[0]), 0);
	for (int i = 0; i < OTHERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&beside.spawned), OTHERS * SPAWNS_EACH);
	while (sigchld_came(0))
		;
}

/* The first call of a child: with shared memory its table is the parent's still, and so is the reserve. */
static void hang_beside_others(void *arg)
{
	const enum action *action = arg;
	const char *how = *action == STOP ? "stopped" : "hung";
	struct rule rule = at_step(0, *action);
	const struct timespec nap = { 0, 1000000 };
	struct snapshot *s;
	struct outcome out;
	int64_t began;

	prepare(AIRLOCK_UNIX_STREAM, LONG_MS);
	watched_case(1, "others spawn beside a child that is %s", how);
	/* libc keeps the threads' stacks: then they are there before and after */
	spawn_in_threads();
	s = snapshot_take();
	began = now_ms();
	watched_begin(&the.o, &rule, 1);
	while (!watched_hits(0) && now_ms() - began < LONG_MS)
		nanosleep(&nap, NULL);
	spawn_in_threads();
	/* it hung all the while */
	assert_true(now_ms() - began < LONG_MS);
	assert_int_equal(watched_hits(0), 1);
	assert_true(atomic_load(&beside.slowest_ms) < QUICK_MS);
	watched_end(LONG_MS + PATIENCE_MS, &out);
	assert_int_equal(out.r, -ETIMEDOUT);
	assert_true(out.took_ms <= LONG_MS + SLACK_MS);
	check_untouched(&out);
	sigchld_came(0);
	print_message("beside a child that is %s: %d spawns, the slowest in %d ms\n", how,
		      atomic_load(&beside.spawned), atomic_load(&beside.slowest_ms));
	airlock_reserve();
	assert_unchanged(s);
}

static void p4_others_are_not_held_up_by_a_child_that_hangs(void **state)
{
	static const enum action actions[] = { STOP, HOLD };

	(void)state;
	need_supervisor(__func__);
	for (size_t i = 0; i < COUNT(actions); i++)
		supervise(hang_beside_others, (void *)&actions[i], NULL, 0, LIMIT_S);
}

static void blink_around(void *arg)
{
	const struct moment *m = arg;
	int rounds = scaled(BLINKS);

	prepare(AIRLOCK_UNIX_STREAM, PATIENCE_MS);
	srand(4243);
	for (int i = 0; i < rounds; i++) {
		int delay = rand() % (SWEEP_US + 1);
		struct rule rule = { .who = CHILD,
				     .nr = m->nr,
				     .nth = m->nth,
				     .action = BLINK_SOON,
				     .value = delay };
		struct snapshot *s = snapshot_take();
		struct outcome out;
		char answer[16];

		watched_case(1, "stopped %d us after %s, and soon continued, round %d", delay,
			     m->name, i);
		watched_spawn(&the.o, &rule, 1, &out);
		assert_int_equal(watched_hits(0), 1);
		if (out.r < 0)
			fail_msg("%s", out.error.message);
		assert_int_equal(ask(&out.helper, "on\n", answer, sizeof answer), 3);
		assert_string_equal(answer, "on\n");
		assert_int_equal(marks(), 1);
		end_helper(&out.helper);
		/* one for the stop, one for going on */
		sigchld_came(0);
		assert_unchanged(s);
	}
}

static void p1_stopped_and_continued_a_spawn_succeeds(void **state)
{
	static const struct moment moments[] = {
		{ SYS_prlimit64, 1, "the child's first prlimit", false },
		{ SYS_execve, 1, "its execve began", false },
	};

	(void)state;
	need_supervisor(__func__);
	for (size_t i = 0; i < COUNT(moments); i++)
		supervise(blink_around, (void *)&moments[i], &moments[i].nr, 1, LIMIT_S);
}

/* Past the point of no return */

/* A success whose helper the kernel killed before its first instruction. */
static void must_die_loading(const struct airlock_options *o)
{
	struct airlock_helper h = must_spawn(o);
	int st;

	assert_int_equal(airlock_wait(&h, PATIENCE_MS, &st), 0);
	if (!WIFSIGNALED(st) || (WTERMSIG(st) != SIGSEGV && WTERMSIG(st) != SIGKILL))
		fail_msg("wait status %#x", st);
	airlock_stop(&h, 0, NULL);
}

/* A program that is one by its header, and whose only segment lies where no process has memory. */
static void write_bad_program(int fd)
{
	Elf64_Ehdr own, bad;
	Elf64_Phdr segment = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_align = 4096 };
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_int_equal(read(self, &own, sizeof own), sizeof own);
	close(self);
	memset(&bad, 0, sizeof bad);
	memcpy(bad.e_ident, own.e_ident, EI_NIDENT);
	bad.e_type = ET_EXEC;
	bad.e_machine = own.e_machine;
	bad.e_version = EV_CURRENT;
	bad.e_flags = own.e_flags;
	bad.e_ehsize = sizeof bad;
	bad.e_phoff = sizeof bad;
	bad.e_phentsize = sizeof segment;
	bad.e_phnum = 1;
	segment.p_vaddr = segment.p_paddr = 0xffffffff00000000;
	bad.e_entry = segment.p_vaddr;
	segment.p_filesz = segment.p_memsz = 4096;
	assert_int_equal(write(fd, &bad, sizeof bad), sizeof bad);
	assert_int_equal(write(fd, &segment, sizeof segment), sizeof segment);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(fchmod(fd, 0755), 0);
}

static void p1_a_program_that_cannot_be_loaded_is_a_helper_that_died(void **state)
{
	char path[] = "/tmp/airlock-test-XXXXXX", *argv[] = { path, NULL };
	struct airlock_options o;
	int fd = mkostemp(path, O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	write_bad_program(fd);
	close(fd);
	for (int c = 0; c < NCHANNELS; c++) {
		o = options_for((enum airlock_channel)c, argv);
		must_die_loading(&o);
	}
	unlink(path);
}

static void p1_a_program_without_memory_to_load_is_a_helper_that_died(void **state)
{
	char *argv[] = { (char *)helper_program("report"), NULL };
	struct airlock_seal seal = { .size = sizeof seal, .version = AIRLOCK__SEAL_VERSION };
	struct airlock_options o;

	(void)state;
	seal.limits = 1u << RLIMIT_AS;
	seal.limit[RLIMIT_AS] = (struct airlock__limit){ 1 << 18, 1 << 18 };
	for (int c = 0; c < NCHANNELS; c++) {
		o = options_for((enum airlock_channel)c, argv);
		o.seal = &seal;
		must_die_loading(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p2_killed_at_each_call_before_exec_is_an_error),
		cmocka_unit_test(p1_killed_at_each_call_after_a_mere_fork_is_an_error),
		cmocka_unit_test(p1_p2_killed_at_random_a_spawn_says_what_is_true),
		cmocka_unit_test(p4_a_child_that_is_stopped_ends_in_time),
		cmocka_unit_test(p4_a_child_that_hangs_in_a_call_ends_in_time),
		cmocka_unit_test(p4_others_are_not_held_up_by_a_child_that_hangs),
		cmocka_unit_test(p1_stopped_and_continued_a_spawn_succeeds),
		cmocka_unit_test(p1_a_program_that_cannot_be_loaded_is_a_helper_that_died),
		cmocka_unit_test(p1_a_program_without_memory_to_load_is_a_helper_that_died),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
