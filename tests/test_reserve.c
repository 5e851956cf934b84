/* SPDX-License-Identifier: ISC */
/*
 * test_reserve.c: the reserved low descriptors. What they buy (P10, as a fact that a filter counts,
 * not as a time), and that they never cost a caller a descriptor of its own: one that closes all,
 * puts its log there, lowers its limit, or forks while another thread spawns.
 */
#define _GNU_SOURCE
#include "common.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "plan.h"
#include "reserve.h"

enum {
	SLOTS = AIRLOCK__SLOTS,
	BOUND = AIRLOCK__LOW_BOUND,
	ALL = SLOTS + 1,
	CLOSE_RANGE_UNSHARE_FLAG = 2, /* linux/close_range.h, which older headers lack */
	LONG_MS = 10000,
	PATIENCE_S = 60,
};

static void no_op(int sig)
{
	(void)sig;
}

static int setup(void **state)
{
	struct sigaction act = { .sa_handler = no_op, .sa_flags = SA_RESTART };
	struct rlimit limit;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	/* the SIGCHLD of a helper that ran is no failure: a handler of ours keeps it from being counted */
	return sigaction(SIGCHLD, &act, NULL);
}

static bool is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

static bool same_file(int fd, const struct stat *st)
{
	struct stat now;

	return fstat(fd, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino;
}

/* Is it the library's? Its memfd has a name. */
static bool names_reserved(int dir, const char *name)
{
	char target[64];
	ssize_t n = readlinkat(dir, name, target, sizeof target - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	return !strcmp(target, "/memfd:airlock (deleted)");
}

static bool is_reserved(int fd)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return names_reserved(AT_FDCWD, path);
}

/* The reserved descriptors, in order; there is room for one more than there may be. */
static int list_reserved(int ret[ALL + 1])
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) && n <= ALL)
		if (names_reserved(dirfd(d), e->d_name))
			ret[n++] = atoi(e->d_name);
	closedir(d);
	for (int i = 1; i < n; i++)
		assert_true(ret[i - 1] < ret[i]);
	return n;
}

/* One spawn of the report over `c`: its list must be 0, 1, 2 and what is mapped. */
static void assert_list(enum airlock_channel c, const struct airlock_fd *fds, size_t nfds,
			const char *want)
{
	char *argv[] = { (char *)helper_program("report"), NULL }, *text, *list;
	struct airlock_options o = options_for(c, argv);

	o.fds = fds;
	o.nfds = nfds;
	text = report_of(&o);
	list = report_value(text, "fds");
	assert_non_null(list);
	assert_string_equal(list, want);
	free(list);
	free(text);
}

/* An echo over each channel, and the right list over those that say when they are at its end. */
static void assert_spawns_work(void)
{
	for (enum airlock_channel c = AIRLOCK_NONE; c < NCHANNELS; c++) {
		struct airlock_helper h;
		struct airlock_error e;

		if (c == AIRLOCK_NONE || has_eof(c))
			assert_list(c, NULL, 0, c == AIRLOCK_NONE ? "0 1 2 9" : "0 1 2");
		if (spawn_cat(c, 0, &h, &e) < 0)
			fail_msg("%s: %s", channel_name(c), e.message);
		assert_true(echoes(&h, channel_name(c)));
		assert_true(end_cat(&h));
	}
}

/* A failure must not harm the reserve, nor what stands in its place */
static void assert_missing_program_fails(void)
{
	char *argv[] = { (char *)"/nonexistent/helper", NULL };
	struct airlock_options o = options_for(AIRLOCK_FIFO, argv);
	struct airlock_helper h;
	struct airlock_error e;

	assert_int_equal(airlock_spawn(&o, &h, &e), -ENOENT);
	assert_int_equal(e.step, AIRLOCK_STEP_EXECVE);
}

/* Fill every free number below the bound but `leave` of them; returns how many there were. */
static int fill_low(int fill[BOUND], int leave)
{
	int n = 0;

	for (;;) {
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		assert_true(fd >= 0);
		if (fd >= BOUND) {
			close(fd);
			break;
		}
		fill[n++] = fd;
	}
	assert_true(n >= leave);
	while (leave-- > 0)
		close(fill[--n]);
	return n;
}

static void unfill(const int fill[BOUND], int n)
{
	while (n > 0)
		close(fill[--n]);
}

/* Take and give back */

static void reserve_takes_low_descriptors_once(void **state)
{
	int before, first[ALL + 1], second[ALL + 1], n, high = 0;

	(void)state;
	airlock_unreserve();
	before = count_fds();
	assert_int_equal(list_reserved(first), 0);
	errno = 4321;
	assert_int_equal(airlock_reserve(), 0);
	n = errno;
	assert_int_equal(n, 4321);
	assert_int_equal(count_fds(), before + ALL);
	assert_int_equal(list_reserved(first), ALL);
	for (int i = 0; i < ALL; i++) {
		high += first[i] >= BOUND;
		assert_true(first[i] > STDERR_FILENO);
		assert_int_equal(fcntl(first[i], F_GETFD), FD_CLOEXEC);
	}
	assert_int_equal(high, 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(airlock_reserve(), 0);
		assert_int_equal(list_reserved(second), ALL);
		assert_memory_equal(first, second, ALL * sizeof *first);
	}
	assert_int_equal(count_fds(), before + ALL);
	airlock_unreserve();
}

static void unreserve_gives_all_back(void **state)
{
	int before, now[ALL + 1], r;

	(void)state;
	airlock_unreserve();
	before = count_fds();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(airlock_reserve(), 0);
		errno = 4321;
		airlock_unreserve();
		r = errno;
		assert_int_equal(r, 4321);
		assert_int_equal(list_reserved(now), 0);
		assert_int_equal(count_fds(), before);
	}
	/* nothing to give back */
	airlock_unreserve();
	airlock_unreserve();
	assert_int_equal(count_fds(), before);
}

static void a_spawn_after_unreserve_takes_them_again(void **state)
{
	int now[ALL + 1];

	(void)state;
	for (int i = 0; i < 3; i++) {
		airlock_unreserve();
		assert_list(AIRLOCK_FIFO, NULL, 0, "0 1 2");
		/* private memory has no use for them */
		assert_int_equal(list_reserved(now), private_mode() ? 0 : ALL);
		assert_spawns_work();
		assert_int_equal(list_reserved(now), private_mode() ? 0 : ALL);
	}
	airlock_unreserve();
}

/* A daemon that reserves, closes everything, and reserves again has what it asked for. */
static void reserve_after_a_loss_takes_them_again(void **state)
{
	int first[ALL + 1], now[ALL + 1];

	(void)state;
	for (int lost = 0; lost <= ALL; lost++) {
		airlock_unreserve();
		assert_int_equal(airlock_reserve(), 0);
		assert_int_equal(list_reserved(first), ALL);
		/* one of them, and at last all */
		for (int i = 0; i < ALL; i++)
			if (i == lost || lost == ALL)
				close(first[i]);
		assert_int_equal(airlock_reserve(), 0);
		assert_int_equal(list_reserved(now), ALL);
	}
	airlock_unreserve();
	assert_int_equal(list_reserved(now), 0);
}

static void take_without_stdio(void *arg)
{
	int now[ALL + 1];

	(void)arg;
	airlock_unreserve();
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	assert_int_equal(airlock_reserve(), 0);
	for (int fd = 0; fd < 3; fd++)
		assert_true(is_closed(fd));
	assert_int_equal(list_reserved(now), ALL);
}

static void the_reserve_is_never_0_1_2(void **state)
{
	(void)state;
	in_child(take_without_stdio, NULL);
}

/* Low numbers are short */

static void no_low_number_is_emfile_and_spawns_work(void **state)
{
	int fill[BOUND], n, now[ALL + 1];

	(void)state;
	airlock_unreserve();
	n = fill_low(fill, 0);
	assert_int_equal(airlock_reserve(), -EMFILE);
	assert_int_equal(airlock_reserve(), -EMFILE);
	assert_spawns_work();
	assert_missing_program_fails();
	assert_true(list_reserved(now) <= 1);
	unfill(fill, n);
	assert_int_equal(airlock_reserve(), 0);
	assert_int_equal(list_reserved(now), ALL);
	airlock_unreserve();
	assert_int_equal(list_reserved(now), 0);
}

/* From one slot on: sometimes they suffice, sometimes they do not, and it must not show. */
static void few_low_numbers_do_not_show(void **state)
{
	(void)state;
	for (int free_numbers = 1; free_numbers <= SLOTS; free_numbers++) {
		int fill[BOUND], n, now[ALL + 1];

		airlock_unreserve();
		n = fill_low(fill, free_numbers);
		assert_int_equal(airlock_reserve(), 0);
		assert_int_equal(list_reserved(now), free_numbers + 1);
		assert_spawns_work();
		assert_missing_program_fails();
		assert_int_equal(list_reserved(now), free_numbers + 1);
		unfill(fill, n);
	}
	airlock_unreserve();
}

/* What does not fit below the bound takes another way. */
static void p3_more_mapped_than_fits_is_mapped_all_the_same(void **state)
{
	enum { N = 20 };
	struct airlock_fd fds[N];
	char want[256] = "0 1 2";

	(void)state;
	assert_int_equal(airlock_reserve(), 0);
	open_many(300);
	for (int i = 0; i < N; i++) {
		fds[i].from = fcntl(0, F_DUPFD_CLOEXEC, 400 + i);
		fds[i].to = 5 + 2 * i;
		assert_true(fds[i].from >= 400);
		snprintf(want + strlen(want), sizeof want - strlen(want), " %d", fds[i].to);
	}
	for (enum airlock_channel c = AIRLOCK_TCP; c < NCHANNELS; c++)
		for (int i = 0; i < 5; i++)
			assert_list(c, fds, N, want);
	assert_spawns_work();
	for (int i = 0; i < N; i++)
		close(fds[i].from);
	close_many();
	airlock_unreserve();
}

/* A caller that takes the numbers for itself */

enum { NLOGS = ALL };

struct log {
	int fd;
	struct stat st;
};

/* Our log at number `fd`, whatever stands there. Every other one is a memfd, as the library's are. */
static void put_log(struct log *log, int fd, int i)
{
	char name[] = "/tmp/airlock-log-XXXXXX";
	int file = i % 2 ? memfd_create("airlock", MFD_CLOEXEC) : mkostemp(name, O_CLOEXEC);

	assert_true(file >= 0);
	if (i % 2 == 0)
		unlink(name);
	assert_int_equal(fcntl(file, F_SETFL, O_APPEND), 0);
	if (file != fd) {
		assert_int_equal(dup2(file, fd), fd);
		close(file);
	}
	log->fd = fd;
	assert_int_equal(fstat(fd, &log->st), 0);
}

static void write_log(const struct log *log)
{
	assert_int_equal(write(log->fd, "line\n", 5), 5);
}

/* `lines` lines, and nothing else */
static void assert_log(const struct log *log, int lines)
{
	char buf[4096];
	ssize_t n;

	if (!same_file(log->fd, &log->st))
		fail_msg("the log at %d is another file, or closed", log->fd);
	n = pread(log->fd, buf, sizeof buf, 0);
	assert_int_equal(n, lines * 5);
	for (int i = 0; i < lines; i++)
		assert_memory_equal(buf + 5 * i, "line\n", 5);
}

/* Spawns of all kinds around logs at all these numbers; the library may not touch one. */
static void assert_logs_are_safe(struct log *logs, int n)
{
	enum { ROUNDS = 3 };
	int rounds = ROUNDS / (scaled(ROUNDS) == ROUNDS ? 1 : ROUNDS);

	for (int round = 1; round <= rounds; round++) {
		for (int i = 0; i < n; i++)
			write_log(&logs[i]);
		assert_spawns_work();
		assert_missing_program_fails();
		for (int i = 0; i < n; i++)
			assert_log(&logs[i], round);
	}
	airlock_reserve();
	airlock_unreserve();
	for (int i = 0; i < n; i++)
		assert_log(&logs[i], rounds);
	assert_spawns_work();
	for (int i = 0; i < n; i++)
		assert_log(&logs[i], rounds);
}

static void close_from(int first)
{
	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return;
	for (int fd = first; fd < 20000; fd++)
		close(fd);
}

/* As daemon(3) and a log file: everything closed, and then what was reserved is ours. */
static void daemonise(void *arg)
{
	int crowd = *(int *)arg, were[ALL + 1], n;
	struct log logs[NLOGS];

	alarm(PATIENCE_S);
	assert_int_equal(airlock_reserve(), 0);
	/* with these the ends of the channels stand above the bound, and go into the slots */
	open_many(crowd);
	assert_spawns_work();
	n = list_reserved(were);
	assert_int_equal(n, ALL);
	for (int round = 0; round < 2; round++) {
		close_from(3);
		for (int i = 0; i < n; i++)
			put_log(&logs[i], were[i], i);
		for (int fd = 3; fd < crowd; fd++)
			if (is_closed(fd))
				assert_int_equal(dup2(STDIN_FILENO, fd), fd);
		assert_logs_are_safe(logs, n);
	}
}

static void p7_a_daemons_log_at_a_reserved_number_is_safe(void **state)
{
	int crowds[] = { 0, 300 };

	(void)state;
	if (sealed_mode())
		SKIP("the seal's own descriptor would be among them, and a spawn without it fails");
	for (size_t i = 0; i < COUNT(crowds); i++)
		in_child(daemonise, &crowds[i]);
}

struct over {
	int crowd, which; /* index of the reserved descriptor; -1: all */
};

static void dup_over(void *arg)
{
	const struct over *o = arg;
	int were[ALL + 1], n = 0;
	struct log logs[NLOGS];

	alarm(PATIENCE_S);
	assert_int_equal(airlock_reserve(), 0);
	open_many(o->crowd);
	assert_spawns_work();
	assert_int_equal(list_reserved(were), ALL);
	for (int i = 0; i < ALL; i++)
		if (o->which < 0 || o->which == i) {
			put_log(&logs[n], were[i], i);
			n++;
		}
	assert_logs_are_safe(logs, n);
}

/* list_reserved() is sorted, so the last is the master, the one above the bound. */
static void p7_a_log_over_any_reserved_number_is_safe(void **state)
{
	(void)state;
	for (int which = -1; which < ALL; which++)
		in_child(dup_over, &(struct over){ 0, which });
	in_child(dup_over, &(struct over){ 300, -1 });
}

/* Closed, and then opened by the caller in the ordinary way */
static void close_and_reopen(void *arg)
{
	const struct over *o = arg;
	int were[ALL + 1];
	struct log log;

	alarm(PATIENCE_S);
	assert_int_equal(airlock_reserve(), 0);
	open_many(o->crowd);
	assert_int_equal(list_reserved(were), ALL);
	close(were[o->which]);
	assert_spawns_work();
	/* it has been taken again, or is free */
	put_log(&log, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, were[o->which]), 0);
	assert_logs_are_safe(&log, 1);
}

static void p7_a_closed_reserved_number_is_the_callers_again(void **state)
{
	(void)state;
	for (int which = 0; which < ALL; which++)
		in_child(close_and_reopen, &(struct over){ which % 2 ? 300 : 0, which });
}

/* While a spawn holds them */

/*
 * From now on a close_range(2) of this thread, or of a child of its, waits for an answer that
 * nobody gives: so a spawn stands where its child has no table of its own. The listener's
 * descriptor is returned; closing it lets the call fail.
 */
static int hold_close_range(void)
{
	return listener_for(SYS_close_range);
}

struct held {
	unsigned timeout_ms;
	_Atomic int listener; /* -2: not yet there */
	int r;
	struct airlock_error e;
};

static void *spawn_held(void *arg)
{
	struct held *held = arg;
	char *argv[] = { (char *)helper_program("report"), (char *)"cat", NULL };
	struct airlock_options o = options_for(AIRLOCK_FIFO, argv);
	struct airlock_helper h;

	held->listener = hold_close_range();
	if (held->listener < 0)
		return NULL;
	o.timeout_ms = held->timeout_ms;
	/* this way alone holds the reserve */
	o.flags &= ~AIRLOCK_PRIVATE_MEMORY;
	held->r = airlock_spawn(&o, &h, &held->e);
	return NULL;
}

/* The thread's spawn holds the reserve: slots that are not placeholders show it. */
static pthread_t begin_held(struct held *held, const int were[ALL], int used[ALL], int *ret_nused)
{
	pthread_t t;

	held->listener = -2;
	assert_int_equal(pthread_create(&t, NULL, spawn_held, held), 0);
	while (held->listener == -2)
		usleep(1000);
	if (held->listener < 0) {
		pthread_join(t, NULL);
		SKIP("seccomp(2) gives no user notification here");
	}
	for (int64_t until = now_ms() + held->timeout_ms / 2;;) {
		*ret_nused = 0;
		for (int i = 0; i < ALL; i++)
			if (!is_reserved(were[i]))
				used[(*ret_nused)++] = were[i];
		/* the FIFO's two ends; they are put there one after the other */
		if (*ret_nused >= 2)
			return t;
		if (now_ms() > until)
			fail_msg("the spawn does not use the reserve");
		usleep(1000);
	}
}

static void put_logs_while_held(void *arg)
{
	struct held held = { .timeout_ms = 2000 };
	int were[ALL + 1], used[ALL], n;
	struct log logs[ALL];
	pthread_t t;

	(void)arg;
	alarm(PATIENCE_S);
	assert_int_equal(airlock_reserve(), 0);
	open_many(300);
	assert_int_equal(list_reserved(were), ALL);
	t = begin_held(&held, were, used, &n);
	for (int i = 0; i < n; i++) {
		put_log(&logs[i], used[i], i);
		write_log(&logs[i]);
	}
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_true(held.r < 0);
	close(held.listener);
	for (int i = 0; i < n; i++)
		assert_log(&logs[i], 1);
	assert_spawns_work();
	for (int i = 0; i < n; i++)
		assert_log(&logs[i], 1);
}

static void p7_a_log_over_a_number_in_use_is_safe(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind runs no seccomp filter");
	in_child(put_logs_while_held, NULL);
}

static void reserve_while_held(void *arg)
{
	struct held held = { .timeout_ms = 4000 };
	int were[ALL + 1], used[ALL], now[ALL + 1], n, before;
	int64_t t0;
	pthread_t t;

	(void)arg;
	alarm(PATIENCE_S);
	assert_int_equal(airlock_reserve(), 0);
	open_many(300);
	assert_int_equal(list_reserved(were), ALL);
	t = begin_held(&held, were, used, &n);
	before = count_fds();
	t0 = now_ms();
	assert_int_equal(airlock_reserve(), -ETIMEDOUT);
	assert_true(now_ms() - t0 < 2000);
	assert_int_equal(count_fds(), before);
	/* spawns need not wait for it */
	assert_spawns_work();
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(held.r, -ETIMEDOUT);
	close(held.listener);
	assert_int_equal(airlock_reserve(), 0);
	assert_int_equal(list_reserved(now), ALL);
	assert_memory_equal(were, now, ALL * sizeof *now);
}

static void p4_reserve_while_a_spawn_holds_it_is_bounded(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind runs no seccomp filter");
	in_child(reserve_while_held, NULL);
}

/* Low limits */

enum { LIMIT_FROM = 4, LIMIT_TO = 40, LIMIT_SURE = 14 };

struct low_limit {
	int limit;
	enum airlock_channel c;
};

/* By asking for each: opendir(3) would need a descriptor itself. */
static int count_below(int limit)
{
	int n = 0;

	for (int fd = 0; fd < limit; fd++)
		n += !is_closed(fd);
	return n;
}

/* The report by its 2, which is a file here. */
static char *report_to(int file, const struct airlock_helper *h)
{
	struct airlock_helper spent = *h;
	struct stat st;
	char *text;
	int status = -1;

	assert_int_equal(airlock_wait(&spent, LONG_MS, &status), 0);
	assert_int_equal(status, 0);
	airlock_stop(&spent, 0, NULL);
	assert_int_equal(fstat(file, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(pread(file, text, (size_t)st.st_size, 0), st.st_size);
	assert_int_equal(ftruncate(file, 0), 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	return text;
}

static void spawn_under_limit(void *arg)
{
	const struct low_limit *low = arg;
	char *argv[] = { (char *)helper_program("report"), (char *)"-o", (char *)"2", NULL };
	struct airlock_options o = options_for(low->c, argv);
	struct rlimit limit;
	int file = memfd_create("report", MFD_CLOEXEC), before;

	alarm(PATIENCE_S);
	assert_int_equal(file, 3);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)low->limit;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	o.stderr_fd = file;
	before = count_below(low->limit);
	for (int i = 0; i < 3; i++) {
		struct airlock_helper h;
		struct airlock_error e;
		int r = airlock_spawn(&o, &h, &e);

		if (r == 0) {
			char *text = report_to(file, &h), *list = report_value(text, "fds");

			assert_non_null(list);
			assert_string_equal(list, "0 1 2");
			free(list);
			free(text);
		} else if (r != -EMFILE || low->limit >= LIMIT_SURE) {
			fail_msg("%s, limit %d: %s", channel_name(low->c), low->limit, e.message);
		}
		assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
		assert_int_equal(errno, ECHILD);
		airlock_unreserve();
		assert_int_equal(count_below(low->limit), before);
	}
}

static void p2_a_low_limit_works_or_is_emfile(void **state)
{
	(void)state;
	if (sealed_mode())
		SKIP("the seal's own descriptor would be among them, and a spawn without it fails");
	if (under_valgrind())
		SKIP("valgrind answers for RLIMIT_NOFILE itself");
	airlock_unreserve();
	for (int limit = LIMIT_FROM; limit <= LIMIT_TO; limit++)
		for (enum airlock_channel c = AIRLOCK_NONE; c < NCHANNELS; c++)
			in_child(spawn_under_limit, &(struct low_limit){ limit, c });
}

/* P10 */

static const struct call_rule no_copied_table = {
	SYS_clone,
	0,
	CLONE_VM | CLONE_FILES | CLONE_VFORK | CLONE_THREAD,
	CLONE_VM,
	SECCOMP_RET_ERRNO | EAGAIN,
};
static const struct call_rule no_own_memory = {
	SYS_clone, 0, CLONE_VM, 0, SECCOMP_RET_ERRNO | EAGAIN,
};

static void spawn_with_shared_table(void *arg)
{
	struct call_rule rules[] = { no_copied_table, no_own_memory };
	struct airlock_fd fds[3];
	struct airlock_helper h;
	struct airlock_error e;
	int fill[BOUND];

	(void)arg;
	alarm(PATIENCE_S);
	assert_int_equal(airlock_reserve(), 0);
	if (open_many(10000) < 10000)
		SKIP("no 10,000 descriptors");
	assert_true(highest_fd() >= 10000);
	for (int i = 0; i < 3; i++) {
		fds[i].from = fcntl(0, F_DUPFD_CLOEXEC, 5000);
		fds[i].to = (int[]){ 3, 40, 7000 }[i];
		assert_true(fds[i].from >= 5000);
	}
	if (!filter_calls(rules, COUNT(rules)))
		SKIP("this machine allows no seccomp filter");
	for (int i = 0; i < 5; i++) {
		assert_spawns_work();
		for (enum airlock_channel c = AIRLOCK_TCP; c < NCHANNELS; c++)
			assert_list(c, fds, COUNT(fds), "0 1 2 3 40 7000");
	}
	/* that the filter sees the other way: without low numbers there is only that */
	airlock_unreserve();
	fill_low(fill, 0);
	assert_int_equal(spawn_cat(AIRLOCK_UNIX_STREAM, 0, &h, &e), -EAGAIN);
	assert_int_equal(e.step, AIRLOCK_STEP_CLONE);
}

static void p10_the_table_is_not_copied(void **state)
{
	(void)state;
	if (private_mode())
		SKIP("P10 is no promise of private memory");
	in_child(spawn_with_shared_table, NULL);
}

static void spawn_in_private(void *arg)
{
	struct call_rule no_sharing = { SYS_clone, 0, CLONE_VM | CLONE_THREAD, CLONE_VM,
					SECCOMP_RET_ERRNO | EAGAIN };
	struct airlock_helper h;
	struct airlock_error e;

	(void)arg;
	alarm(PATIENCE_S);
	if (!filter_calls(&no_sharing, 1))
		SKIP("this machine allows no seccomp filter");
	for (enum airlock_channel c = AIRLOCK_NONE; c < NCHANNELS; c++) {
		assert_int_equal(spawn_cat(c, AIRLOCK_PRIVATE_MEMORY, &h, &e), 0);
		assert_true(echoes(&h, "private"));
		assert_true(end_cat(&h));
		if (private_mode())
			continue;
		/* that the filter sees the other ways */
		assert_int_equal(spawn_cat(c, 0, &h, &e), -EAGAIN);
		assert_int_equal(e.step, AIRLOCK_STEP_CLONE);
	}
}

static void private_memory_shares_nothing(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind runs no seccomp filter");
	in_child(spawn_in_private, NULL);
}

/* Sharing is refused */

struct refusal {
	struct call_rule rules[3];
	int n;
};

static void spawn_refused(void *arg)
{
	const struct refusal *refusal = arg;

	alarm(PATIENCE_S);
	airlock_reserve();
	open_many(300);
	if (!filter_calls(refusal->rules, (size_t)refusal->n))
		SKIP("this machine allows no seccomp filter");
	for (int i = 0; i < 2; i++) {
		assert_spawns_work();
		assert_missing_program_fails();
	}
}

static void what_is_refused_falls_back(void **state)
{
	static const uint32_t codes[] = { EPERM, ENOSYS, EINVAL };

	(void)state;
	if (under_valgrind())
		SKIP("valgrind runs no seccomp filter");
	for (size_t i = 0; i < COUNT(codes); i++) {
		uint32_t answer = SECCOMP_RET_ERRNO | codes[i], files = CLONE_FILES | CLONE_THREAD;
		const struct call_rule table = { SYS_clone, 0, files, CLONE_FILES, answer };
		const struct call_rule memory = { SYS_clone, 0, CLONE_VM | CLONE_THREAD, CLONE_VM,
						  answer };
		const struct call_rule unshare = {
			SYS_close_range,	  2,	  CLOSE_RANGE_UNSHARE_FLAG,
			CLOSE_RANGE_UNSHARE_FLAG, answer,
		};
		const struct call_rule close_range = { SYS_close_range, 0, 0, 0, answer };
		struct refusal refusals[] = {
			{ { table }, 1 },
			{ { memory }, 1 },
			{ { unshare }, 1 },
			{ { close_range }, 1 },
			{ { table, close_range }, 2 },
			{ { memory, close_range }, 2 },
		};

		for (size_t j = 0; j < COUNT(refusals); j++)
			in_child(spawn_refused, &refusals[j]);
	}
}

/* Once a child could not take a table of its own, none is started with the shared one again. */
static void spawn_after_refused_unshare(void *arg)
{
	struct call_rule unshare = {
		SYS_close_range,
		2,
		CLOSE_RANGE_UNSHARE_FLAG,
		CLOSE_RANGE_UNSHARE_FLAG,
		SECCOMP_RET_ERRNO | ENOSYS,
	};
	struct call_rule table = {
		SYS_clone, 0, CLONE_FILES | CLONE_THREAD, CLONE_FILES, SECCOMP_RET_KILL_PROCESS,
	};

	(void)arg;
	alarm(PATIENCE_S);
	if (!filter_calls(&unshare, 1))
		SKIP("this machine allows no seccomp filter");
	assert_list(AIRLOCK_FIFO, NULL, 0, "0 1 2");
	assert_true(filter_calls(&table, 1));
	assert_spawns_work();
}

static void a_refused_unshare_is_tried_once(void **state)
{
	(void)state;
	if (private_mode())
		SKIP("private memory never shares the table");
	in_child(spawn_after_refused_unshare, NULL);
}

/* Forks */

static atomic_bool enough;

struct spawner {
	pthread_t thread;
	int spawns;
	char wrong[300];
};

static void *spawn_on(void *arg)
{
	struct spawner *s = arg;

	for (int i = 0; !enough; i++) {
		struct airlock_helper h;
		struct airlock_error e;
		int r = spawn_cat((enum airlock_channel)(i % NCHANNELS), 0, &h, &e);

		if (r < 0)
			snprintf(s->wrong, sizeof s->wrong, "%s", e.message);
		else if (!echoes(&h, "from a thread"))
			snprintf(s->wrong, sizeof s->wrong, "no echo");
		if (r == 0 && !end_cat(&h))
			snprintf(s->wrong, sizeof s->wrong, "no end");
		if (*s->wrong)
			break;
		s->spawns++;
	}
	return NULL;
}

static void start_spawners(struct spawner *s, int n)
{
	enough = false;
	for (int i = 0; i < n; i++) {
		s[i] = (struct spawner){ .spawns = 0 };
		assert_int_equal(pthread_create(&s[i].thread, NULL, spawn_on, &s[i]), 0);
	}
}

static void end_spawners(struct spawner *s, int n)
{
	enough = true;
	for (int i = 0; i < n; i++)
		pthread_join(s[i].thread, NULL);
	for (int i = 0; i < n; i++) {
		if (*s[i].wrong)
			fail_msg("thread %d, spawn %d: %s", i, s[i].spawns, s[i].wrong);
		assert_true(s[i].spawns > 0);
	}
}

/* Locked or not, full or not, whatever the other threads did when it was copied. */
static void spawn_in_copy(void *arg)
{
	int now[ALL + 1];

	(void)arg;
	alarm(PATIENCE_S);
	assert_list(AIRLOCK_UNIX_STREAM, NULL, 0, "0 1 2");
	assert_list(AIRLOCK_FIFO, NULL, 0, "0 1 2");
	assert_missing_program_fails();
	/* what its parent was just spawning over is none of its own, and other numbers are free */
	assert_int_equal(airlock_reserve(), 0);
	assert_int_equal(list_reserved(now), ALL);
}

static void fork_during_spawns(void *arg)
{
	enum { THREADS = 4 };
	struct spawner spawners[THREADS];

	(void)arg;
	airlock_reserve();
	start_spawners(spawners, THREADS);
	for (int i = 0; i < scaled(400); i++) {
		/* not always at the same moment of a spawn */
		usleep((useconds_t)(i * 7 % 500));
		in_child(spawn_in_copy, NULL);
	}
	end_spawners(spawners, THREADS);
	assert_spawns_work();
}

/* In a child, so that a failure leaves no thread that spawns on. */
static void p4_a_copy_forked_during_spawns_can_spawn(void **state)
{
	(void)state;
	in_child(fork_during_spawns, NULL);
}

/* In the copy: spawns at the same time as its parent. Asserts nothing, since it is no test. */
static void be_copy(void)
{
	struct spawner s = { .spawns = 0 };

	alarm(PATIENCE_S);
	spawn_on(&s);
	_exit(*s.wrong ? 1 : 0);
}

static void set_enough(int sig)
{
	(void)sig;
	enough = true;
}

static void p7_parent_and_copy_do_not_harm_each_other(void **state)
{
	/* static, so that a leak checker finds it in the copy, too */
	static struct snapshot *s;
	int st = -1;
	pid_t copy;

	(void)state;
	s = snapshot_take();
	enough = false;
	signal(SIGUSR1, set_enough);
	copy = fork();
	assert_true(copy >= 0);
	if (copy == 0)
		be_copy();
	for (int i = 0; i < scaled(20); i++)
		assert_spawns_work();
	kill(copy, SIGUSR1);
	assert_int_equal(waitpid(copy, &st, 0), copy);
	assert_int_equal(st, 0);
	signal(SIGUSR1, SIG_DFL);
	assert_unchanged(s);
	airlock_unreserve();
}

/* The child's stack: what is too deep dies, and hits nothing of the caller's. */
static void the_stack_ends_at_a_guard_page(void **state)
{
	char **argv = ARGV("true");
	struct airlock_options o = options_for(AIRLOCK_NONE, argv);
	int64_t deadline = airlock__in_ms(LONG_MS);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		struct airlock__memory m;
		struct airlock_error e;

		assert_int_equal(airlock__plan_make(&o, shared, deadline, &m, &e), 0);
		assert_true((char *)m.stack_top - (char *)m.base > 16 * (int)page);
		assert_int_equal(syscall(SYS_read, fd, m.base, page), -1);
		assert_int_equal(errno, EFAULT);
		assert_int_equal(syscall(SYS_read, fd, (char *)m.base + page, 1), 1);
		airlock__plan_free(&m);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reserve_takes_low_descriptors_once),
		cmocka_unit_test(unreserve_gives_all_back),
		cmocka_unit_test(a_spawn_after_unreserve_takes_them_again),
		cmocka_unit_test(reserve_after_a_loss_takes_them_again),
		cmocka_unit_test(the_reserve_is_never_0_1_2),
		cmocka_unit_test(no_low_number_is_emfile_and_spawns_work),
		cmocka_unit_test(few_low_numbers_do_not_show),
		cmocka_unit_test(p3_more_mapped_than_fits_is_mapped_all_the_same),
		cmocka_unit_test(p7_a_daemons_log_at_a_reserved_number_is_safe),
		cmocka_unit_test(p7_a_log_over_any_reserved_number_is_safe),
		cmocka_unit_test(p7_a_closed_reserved_number_is_the_callers_again),
		cmocka_unit_test(p7_a_log_over_a_number_in_use_is_safe),
		cmocka_unit_test(p4_reserve_while_a_spawn_holds_it_is_bounded),
		cmocka_unit_test(p2_a_low_limit_works_or_is_emfile),
		cmocka_unit_test(p10_the_table_is_not_copied),
		cmocka_unit_test(private_memory_shares_nothing),
		cmocka_unit_test(what_is_refused_falls_back),
		cmocka_unit_test(a_refused_unshare_is_tried_once),
		cmocka_unit_test(p4_a_copy_forked_during_spawns_can_spawn),
		cmocka_unit_test(p7_parent_and_copy_do_not_harm_each_other),
		cmocka_unit_test(the_stack_ends_at_a_guard_page),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
