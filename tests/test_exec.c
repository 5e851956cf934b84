/* SPDX-License-Identifier: ISC */
/*
 * test_exec.c: airlock_exec() makes the calling process the helper: with the same steps, so the
 * same descriptors (P3), signals and limits (P7), and the same truth about failure (P1). Each test
 * lets a forked copy of the test program do it.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seal.h"

#define REPORT helper_program("report")

enum { REPORT_AT = 9, PREPARED_NOT = 90, EXEC_FAILED = 91 };

/* Two programs in a folder: denied/prog, and hit/prog which is `report` */

static char folder[PATH_MAX / 2];

static const char *in_folder(const char *name)
{
	static char names[4][PATH_MAX];
	static unsigned next;
	char *full = names[next++ % COUNT(names)];

	snprintf(full, sizeof *names, "%s/%s", folder, name);
	return full;
}

static int make_folder(void **state)
{
	int fd;

	(void)state;
	snprintf(folder, sizeof folder, "%s/tests/exec-XXXXXX", BUILD_DIR);
	if (!mkdtemp(folder) || mkdir(in_folder("hit"), 0755) < 0 ||
	    mkdir(in_folder("denied"), 0755) < 0)
		return -1;
	/* root may execute what has any x bit: this has none */
	fd = open(in_folder("denied/prog"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	close(fd);
	return symlink(REPORT, in_folder("hit/prog"));
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "hit/prog", "denied/prog", "hit", "denied", "" };
	int r = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		r |= remove(in_folder(names[i]));
	return r;
}

/* A process that calls airlock_exec() */

struct outcome {
	pid_t pid;
	int wstatus;
	char *text; /* what it wrote to its REPORT_AT, from malloc */
};

/* Setting the stage in the forked process: no assertion of cmocka's may run there. */
static void need(bool condition, const char *what)
{
	if (condition)
		return;
	dprintf(REPORT_AT, "not prepared: %s: %s\n", what, strerror(errno));
	_exit(PREPARED_NOT);
}

#define NEED(condition) need(condition, #condition)

static char *read_until_end(int fd)
{
	struct airlock_helper h = { -1, -1, fd, fd };

	return read_all(&h, AIRLOCK_FIFO, NULL);
}

static struct outcome outcome_of(void (*body)(void *arg), void *arg)
{
	struct outcome result;
	int out[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	result.pid = fork();
	assert_true(result.pid >= 0);
	if (result.pid == 0) {
		/* wherever it stands: what stood there was of no use here */
		if (out[1] != REPORT_AT && dup2(out[1], REPORT_AT) != REPORT_AT)
			_exit(PREPARED_NOT);
		for (int i = 0; i < 2; i++)
			if (out[i] != REPORT_AT)
				close(out[i]);
		body(arg);
		_exit(PREPARED_NOT);
	}
	close(out[1]);
	result.text = read_until_end(out[0]);
	close(out[0]);
	while (waitpid(result.pid, &result.wstatus, 0) < 0 && errno == EINTR)
		;
	return result;
}

/* The report of a process that did exec. */
static char *report_after(void (*body)(void *arg), void *arg)
{
	struct outcome result = outcome_of(body, arg);
	char pid[16];

	if (result.wstatus != 0)
		fail_msg("wait status %#x: %s", result.wstatus, result.text);
	/* it is still the very process */
	snprintf(pid, sizeof pid, "%d", (int)result.pid);
	must_report(result.text, "pid", pid);
	return result.text;
}

static struct airlock_options exec_options(void)
{
	return options_for(AIRLOCK_NONE, ARGV("unset"));
}

/* Become `report`, with these descriptors and the pipe. */
static void exec_with(struct airlock_options *o, const struct airlock_fd *fds, size_t n)
{
	static struct airlock_fd all[1025];
	struct airlock_error e = { 0 };
	int r;

	if (n)
		memcpy(all, fds, n * sizeof *fds);
	all[n] = (struct airlock_fd){ REPORT_AT, REPORT_AT };
	o->fds = all;
	o->nfds = n + 1;
	o->argv = ARGV("(report)", "-o", "9");
	errno = EXDEV;
	r = airlock_exec(o, &e);
	if (errno != EXDEV || r != -e.code || r >= 0)
		dprintf(REPORT_AT, "airlock_exec: %d, errno %d\n", r, errno);
	dprintf(REPORT_AT, "step: %s\ncode: %d\nmessage: %s\npid: %d\n", airlock_step_name(e.step),
		e.code, e.message, (int)getpid());
	_exit(EXEC_FAILED);
}

static void exec_report(struct airlock_options *o)
{
	if (!o->path || !strcmp(o->path, "unset"))
		o->path = REPORT;
	exec_with(o, NULL, 0);
}

static void must_fail_in(void (*body)(void *arg), void *arg, enum airlock_step step, int code)
{
	struct outcome result = outcome_of(body, arg);
	char number[16];

	if (!WIFEXITED(result.wstatus) || WEXITSTATUS(result.wstatus) != EXEC_FAILED)
		fail_msg("wait status %#x: %s", result.wstatus, result.text);
	must_report(result.text, "step", airlock_step_name(step));
	snprintf(number, sizeof number, "%d", code);
	must_report(result.text, "code", number);
	snprintf(number, sizeof number, "%d", (int)result.pid);
	must_report(result.text, "pid", number);
	assert_non_null(strstr(result.text, strerror(code)));
	/* the first line is "step", unless the call did not return what it must */
	assert_int_equal(strncmp(result.text, "step: ", 6), 0);
	free(result.text);
}

/* P1: it execs */

static void execs(void *arg)
{
	struct airlock_options o = exec_options();

	(void)arg;
	exec_report(&o);
}

static void p1_exec_keeps_the_pid(void **state)
{
	char *text = report_after(execs, NULL), number[16];

	(void)state;
	snprintf(number, sizeof number, "%d", (int)getpid());
	must_report(text, "ppid", number);
	snprintf(number, sizeof number, "%d", (int)getsid(0));
	must_report(text, "sid", number);
	must_report(text, "arg 0", "(report)");
	must_report(text, "arg 1", "-o");
	must_report(text, "pdeathsig", "0");
	free(text);
}

static void *execs_in_a_thread(void *arg)
{
	execs(arg);
	return NULL;
}

/* The kernel makes the thread that execs the leader. */
static void execs_from_a_thread(void *arg)
{
	pthread_t thread;

	NEED(pthread_create(&thread, NULL, execs_in_a_thread, arg) == 0);
	pthread_join(thread, NULL);
}

static void p1_exec_from_another_thread_keeps_the_pid(void **state)
{
	(void)state;
	for (int i = 0; i < scaled(50); i++)
		free(report_after(execs_from_a_thread, NULL));
}

static void execs_with_environment(void *arg)
{
	struct airlock_options o = exec_options();

	setenv("AIRLOCK_TEST_VARIABLE", "of the caller", 1);
	o.envp = arg;
	exec_report(&o);
}

static void p1_exec_environment_is_the_one_that_was_given(void **state)
{
	char *text;

	(void)state;
	if (sealed_mode())
		SKIP("the seal has an environment of its own");
	text = report_after(execs_with_environment, NULL);
	assert_non_null(strstr(text, "\nenv: AIRLOCK_TEST_VARIABLE=of the caller\n"));
	free(text);
	text = report_after(execs_with_environment, ARGV("ONE=1"));
	must_report(text, "env", "ONE=1");
	assert_null(strstr(text, "AIRLOCK_TEST_VARIABLE"));
	free(text);
}

static void execs_in_directory(void *arg)
{
	struct airlock_options o = exec_options();

	o.cwd = arg;
	o.path = "./prog";
	exec_report(&o);
}

static void p1_exec_resolves_the_path_in_the_directory(void **state)
{
	char real[PATH_MAX], *text = report_after(execs_in_directory, (char *)in_folder("hit"));

	(void)state;
	assert_non_null(realpath(in_folder("hit"), real));
	must_report(text, "cwd", real);
	free(text);
	must_fail_in(execs_in_directory, (char *)in_folder("denied"), AIRLOCK_STEP_EXECVE, EACCES);
	must_fail_in(execs_in_directory, (char *)in_folder("nonexistent"), AIRLOCK_STEP_DIRECTORY,
		     ENOENT);
}

static void execs_by_search(void *arg)
{
	struct airlock_options o = exec_options();

	NEED(setenv("PATH", arg, 1) == 0);
	o.path = "prog";
	o.flags |= AIRLOCK_SEARCH_PATH;
	exec_report(&o);
}

static void p1_exec_searches_path(void **state)
{
	char path[2 * PATH_MAX];

	(void)state;
	snprintf(path, sizeof path, "/nonexistent:%s:%s", in_folder("denied"), in_folder("hit"));
	free(report_after(execs_by_search, path));
	snprintf(path, sizeof path, "%s:/nonexistent", in_folder("denied"));
	must_fail_in(execs_by_search, path, AIRLOCK_STEP_EXECVE, EACCES);
	snprintf(path, sizeof path, "/nonexistent:%s", in_folder("denied/prog"));
	must_fail_in(execs_by_search, path, AIRLOCK_STEP_EXECVE, ENOTDIR);
}

/* P1: it fails, and says so */

static void execs_path(void *arg)
{
	struct airlock_options o = exec_options();

	o.path = arg;
	exec_report(&o);
}

static void p1_exec_failure_returns_step_execve(void **state)
{
	(void)state;
	must_fail_in(execs_path, (char *)in_folder("nonexistent"), AIRLOCK_STEP_EXECVE, ENOENT);
	must_fail_in(execs_path, (char *)in_folder("denied/prog"), AIRLOCK_STEP_EXECVE, EACCES);
	must_fail_in(execs_path, folder, AIRLOCK_STEP_EXECVE, EACCES);
	must_fail_in(execs_path, (char *)in_folder("denied/prog/x"), AIRLOCK_STEP_EXECVE, ENOTDIR);
}

static void execs_with_null_error(void *arg)
{
	struct airlock_options o = exec_options();

	o.path = arg;
	o.argv = ARGV("report");
	o.fds = &(struct airlock_fd){ REPORT_AT, REPORT_AT };
	o.nfds = 1;
	dprintf(REPORT_AT, "result: %d\n", airlock_exec(&o, NULL));
	_exit(EXEC_FAILED);
}

static void p1_exec_error_may_be_null(void **state)
{
	struct outcome result = outcome_of(execs_with_null_error, (char *)in_folder("nonexistent"));
	char number[16];

	(void)state;
	assert_true(WIFEXITED(result.wstatus) && WEXITSTATUS(result.wstatus) == EXEC_FAILED);
	snprintf(number, sizeof number, "%d", -ENOENT);
	must_report(result.text, "result", number);
	free(result.text);
	assert_int_equal(airlock_exec(NULL, NULL), -EINVAL);
}

/* P3: descriptors */

/* Sources of their own kind, close-on-exec, at 20 and up; made before the fork, to be known here. */
enum { A = 20, B, C, SOURCES = 3 };

static void put_sources(void)
{
	for (int i = 0; i < SOURCES; i++) {
		int fd = memfd_create("source", MFD_CLOEXEC);

		assert_int_equal(dup3(fd, A + i, O_CLOEXEC), A + i);
		close(fd);
	}
}

static void close_sources(void)
{
	for (int i = 0; i < SOURCES; i++)
		close(A + i);
}

struct mapped {
	const char *fds; /* all that the helper shall have */
	int stderr_fd;
	size_t n;
	struct airlock_fd moves[6];
};

static const struct mapped mapped[] = {
	{ "0 1 2 9", -1, 0, { { 0, 0 } } },
	{ "0 1 2 9", 2, 0, { { 0, 0 } } },
	{ "0 1 2 9", A, 0, { { 0, 0 } } },
	{ "0 1 2 9", 2, 2, { { 0, 0 }, { 1, 1 } } },
	{ "0 1 2 9", 0, 2, { { 1, 0 }, { 0, 1 } } },
	{ "0 1 2 9", 1, 1, { { A, 0 } } },
	{ "0 1 2 9", 0, 1, { { A, 1 } } },
	{ "0 1 2 3 4 5 9", 2, 5, { { A, 0 }, { A, 1 }, { 0, 3 }, { 1, 4 }, { 2, 5 } } },
	{ "0 1 2 9 20 21 22", -1, 3, { { A, B }, { B, C }, { C, A } } },
	{ "0 1 2 9 20 21", B, 4, { { 0, A }, { A, 1 }, { 1, B }, { B, 0 } } },
	{ "0 1 2 9 20 21 22 500", C, 4, { { A, A }, { A, B }, { B, C }, { C, 500 } } },
};

static void execs_mapped(void *arg)
{
	const struct mapped *m = arg;
	struct airlock_options o = exec_options();

	o.path = REPORT;
	o.stderr_fd = m->stderr_fd;
	exec_with(&o, m->moves, m->n);
}

static struct identity source_of(const struct mapped *m, int to)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->moves[i].to == to)
			return identity_of(m->moves[i].from);
	return to == STDERR_FILENO && m->stderr_fd >= 0 ? identity_of(m->stderr_fd)
							: identity_of_null();
}

static void p3_exec_has_only_what_is_mapped(void **state)
{
	(void)state;
	put_sources();
	for (size_t i = 0; i < COUNT(mapped); i++) {
		char *text = report_after(execs_mapped, (void *)&mapped[i]);

		must_report(text, "fds", mapped[i].fds);
		for (int to = 0; to <= STDERR_FILENO; to++)
			must_be_same_file(helpers_fd(text, to), source_of(&mapped[i], to), to);
		for (size_t j = 0; j < mapped[i].n; j++) {
			int to = mapped[i].moves[j].to;

			must_be_same_file(helpers_fd(text, to), source_of(&mapped[i], to), to);
		}
		free(text);
	}
	close_sources();
}

struct caller {
	int open;
	unsigned closed; /* bit n: n is closed */
	bool lowered;	 /* both limits below what is open */
};

static void execs_as_caller(void *arg)
{
	const struct caller *caller = arg;
	struct airlock_options o = exec_options();
	int hole[4];

	for (int i = 0; i < (int)COUNT(hole); i++)
		NEED((hole[i] = dup(REPORT_AT)) >= 0);
	NEED(open_many(caller->open) == caller->open);
	for (int i = 0; i < (int)COUNT(hole); i++)
		close(hole[i]);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (caller->closed & 1u << fd)
			close(fd);
	if (caller->lowered) {
		struct rlimit limit = { 64, 64 };

		NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	}
	o.stderr_fd = -1;
	o.path = REPORT;
	exec_with(&o, &(struct airlock_fd){ REPORT_AT, 10 }, 1);
}

static void check_caller(struct caller caller)
{
	char *text = report_after(execs_as_caller, &caller);

	must_report(text, "fds", "0 1 2 9 10");
	must_be_same_file(helpers_fd(text, 10), helpers_fd(text, 9), 10);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		must_be_same_file(helpers_fd(text, fd), identity_of_null(), fd);
	free(text);
}

static void p3_exec_whatever_is_open_or_closed(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 8; closed++) {
		check_caller((struct caller){ 0, closed, false });
		check_caller((struct caller){ 500, closed, false });
		check_caller((struct caller){ scaled(18000), closed, false });
	}
}

static void p3_exec_with_limits_lowered_below_what_is_open(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind does not pass the limit of descriptors on");
	for (unsigned closed = 0; closed < 8; closed++)
		check_caller((struct caller){ 500, closed, true });
}

/* Opens and closes, without close-on-exec, as fast as it can. */
static void *opens_and_closes(void *arg)
{
	for (;;) {
		int fd[16];

		for (size_t i = 0; i < COUNT(fd); i++)
			fd[i] = open("/dev/zero", O_RDONLY);
		for (size_t i = 0; i < COUNT(fd); i++)
			if (fd[i] >= 0)
				close(fd[i]);
	}
	return arg;
}

static void execs_among_threads(void *arg)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		NEED(pthread_create(&thread, NULL, opens_and_closes, NULL) == 0);
	/* so that they are at work */
	usleep(500);
	execs(arg);
}

static void p3_exec_among_threads_that_open_descriptors(void **state)
{
	(void)state;
	for (int i = 0; i < scaled(300); i++) {
		char *text = report_after(execs_among_threads, NULL);

		must_report(text, "fds", "0 1 2 9");
		for (int fd = 0; fd < STDERR_FILENO; fd++)
			must_be_same_file(helpers_fd(text, fd), identity_of_null(), fd);
		must_be_same_file(helpers_fd(text, STDERR_FILENO), identity_of(STDERR_FILENO),
				  STDERR_FILENO);
		free(text);
	}
}

static void execs_with_source(void *arg)
{
	struct airlock_options o = exec_options();

	o.path = REPORT;
	exec_with(&o, &(struct airlock_fd){ *(int *)arg, 10 }, 1);
}

static void execs_with_stderr(void *arg)
{
	struct airlock_options o = exec_options();

	o.stderr_fd = *(int *)arg;
	exec_report(&o);
}

/* Not even if the call itself is given that number for a descriptor of its own. */
static void p1_exec_source_that_is_not_open_is_ebadf(void **state)
{
	int tried = 0;

	(void)state;
	if (sealed_mode())
		SKIP("the seal's own descriptor would be among them, and a spawn without it fails");
	for (int fd = 3; tried < 8; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || fd == REPORT_AT)
			continue;
		tried++;
		must_fail_in(execs_with_source, &fd, AIRLOCK_STEP_OPTIONS, EBADF);
		must_fail_in(execs_with_stderr, &fd, AIRLOCK_STEP_OPTIONS, EBADF);
	}
}

/* P7: signals, limits, the rest */

static void execs_with_signals(void *arg)
{
	void (*prepare)(void) = *(void (**)(void))arg;

	prepare();
	block_all_signals();
	execs(NULL);
}

static void p7_exec_signals_are_default_and_unblocked(void **state)
{
	void (*prepare[])(void) = { handle_all_signals, ignore_all_signals };

	(void)state;
	for (size_t i = 0; i < COUNT(prepare); i++) {
		char *text = report_after(execs_with_signals, &prepare[i]);

		must_report(text, "not-default", "");
		must_report(text, "mask", "0");
		free(text);
	}
}

static const struct rlimit odd_core = { 123456, 654321 };

static void execs_with_odd_limits(void *arg)
{
	NEED(setrlimit(RLIMIT_CORE, &odd_core) == 0);
	umask(0137);
	execs(arg);
}

static void p7_exec_leaves_limits_and_umask(void **state)
{
	struct rlimit limit;
	char want[64], *text;

	(void)state;
	if (sealed_mode())
		SKIP("the seal has a core limit of its own");
	if (under_valgrind())
		SKIP("valgrind does not pass the limit of descriptors on");
	getrlimit(RLIMIT_CORE, &limit);
	if (limit.rlim_max < odd_core.rlim_max)
		SKIP("the hard limit of core files is too low");
	text = report_after(execs_with_odd_limits, NULL);
	for (int i = 0; i < 16; i++) {
		char key[32];

		if (i == RLIMIT_CORE)
			limit = odd_core;
		else
			getrlimit((__rlimit_resource_t)i, &limit);
		snprintf(key, sizeof key, "limit %d", i);
		snprintf(want, sizeof want, "%llu:%llu", (unsigned long long)limit.rlim_cur,
			 (unsigned long long)limit.rlim_max);
		must_report(text, key, want);
	}
	must_report(text, "umask", "137");
	free(text);
}

static void execs_with_flags(void *arg)
{
	struct airlock_options o = exec_options();

	o.flags |= *(unsigned *)arg;
	exec_report(&o);
}

static void leads_a_group_and_execs(void *arg)
{
	NEED(setpgid(0, 0) == 0);
	execs_with_flags(arg);
}

static void p7_exec_session_and_death_signal(void **state)
{
	unsigned flags = AIRLOCK_NEW_SESSION | AIRLOCK_DIE_WITH_PARENT;
	char *text = report_after(execs_with_flags, &flags), *pid = report_value(text, "pid");

	(void)state;
	must_report(text, "sid", pid);
	must_report(text, "pgid", pid);
	must_report(text, "pdeathsig", "9");
	free(pid);
	free(text);
	/* setsid(2): not for one that leads a group */
	must_fail_in(leads_a_group_and_execs, &flags, AIRLOCK_STEP_SESSION, EPERM);
}

/* P8: the score is the helper's own, as every restriction */

enum { SCORE = 777 }; /* to raise it takes no privilege */

static void execs_with_oom_score(void *arg)
{
	struct airlock_seal seal = {
		.size = sizeof seal,
		.version = AIRLOCK__SEAL_VERSION,
		.parts = AIRLOCK__SEAL_OOM_SCORE,
		.oom_score_adj = SCORE,
	};
	struct airlock_fd out = { REPORT_AT, STDOUT_FILENO };
	struct airlock_options o = exec_options();
	struct airlock_error e = { 0 };

	(void)arg;
	o.path = "/bin/cat";
	o.argv = ARGV("cat", "/proc/self/oom_score_adj");
	o.fds = &out;
	o.nfds = 1;
	o.seal = &seal;
	airlock_exec(&o, &e);
	dprintf(REPORT_AT, "%s\n", e.message);
	_exit(EXEC_FAILED);
}

static void p8_exec_sets_the_oom_score(void **state)
{
	struct outcome result = outcome_of(execs_with_oom_score, NULL);

	(void)state;
	assert_string_equal(result.text, "777\n");
	assert_int_equal(result.wstatus, 0);
	free(result.text);
}

/* Bad input changes nothing, so that these need no process of their own */

static void must_be_refused(const struct airlock_options *o, enum airlock_step step,
			    const char *field)
{
	struct snapshot *s = snapshot_take();
	struct airlock_error e;

	errno = EXDEV;
	assert_int_equal(airlock_exec(o, &e), -EINVAL);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(e.step, step);
	assert_int_equal(e.code, EINVAL);
	if (!strstr(e.message, field))
		fail_msg("\"%s\" does not name %s", e.message, field);
	assert_unchanged(s);
}

static struct airlock_options good(void)
{
	static const char *const argv[] = { "report", "exit", "0", NULL };
	struct airlock_options o = options_for(AIRLOCK_NONE, (char **)argv);

	o.path = REPORT;
	return o;
}

static void bad_input_channel(void **state)
{
	struct airlock_options o = good();

	(void)state;
	for (int c = AIRLOCK_TCP; c <= NCHANNELS; c++) {
		o.channel = (enum airlock_channel)c;
		must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "channel");
	}
	o.channel = (enum airlock_channel) - 1;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "channel");
}

static void bad_input_fields(void **state)
{
	static const char *const none[] = { NULL };
	struct airlock_options o;

	(void)state;
	must_be_refused(NULL, AIRLOCK_STEP_OPTIONS, "options");
	o = good();
	o.size--;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "size");
	o.size = SIZE_MAX;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "size");
	o = good();
	o.path = NULL;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "path");
	o = good();
	o.argv = NULL;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "argv");
	o.argv = (char **)none;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "argv");
	o = good();
	o.flags = 1u << 20;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "flags");
	o = good();
	o.stderr_fd = -2;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "stderr_fd");
}

static void bad_input_fds(void **state)
{
	static const struct airlock_fd bad[] = { { -1, 3 }, { 0, -1 }, { 0, 2 }, { 1, 5 } };
	static const char *const names[] = { "fds[1].from", "fds[1].to", "fds[1].to", "fds[1].to" };
	struct airlock_fd fds[2] = { { 0, 5 } };
	struct airlock_options o = good();

	(void)state;
	o.nfds = 2;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "fds");
	o.fds = fds;
	for (size_t i = 0; i < COUNT(bad); i++) {
		fds[1] = bad[i];
		must_be_refused(&o, AIRLOCK_STEP_OPTIONS, names[i]);
	}
	o.nfds = 1025;
	must_be_refused(&o, AIRLOCK_STEP_OPTIONS, "nfds");
}

static void bad_input_seal(void **state)
{
	struct airlock_seal seal = { .size = sizeof seal, .version = AIRLOCK__SEAL_VERSION + 1 };
	struct airlock_options o = good();

	(void)state;
	o.seal = &seal;
	must_be_refused(&o, AIRLOCK_STEP_SEAL, "version");
	seal.version--;
	seal.size++;
	must_be_refused(&o, AIRLOCK_STEP_SEAL, "version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_exec_keeps_the_pid),
		cmocka_unit_test(p1_exec_from_another_thread_keeps_the_pid),
		cmocka_unit_test(p1_exec_environment_is_the_one_that_was_given),
		cmocka_unit_test(p1_exec_resolves_the_path_in_the_directory),
		cmocka_unit_test(p1_exec_searches_path),
		cmocka_unit_test(p1_exec_failure_returns_step_execve),
		cmocka_unit_test(p1_exec_error_may_be_null),
		cmocka_unit_test(p1_exec_source_that_is_not_open_is_ebadf),
		cmocka_unit_test(p3_exec_has_only_what_is_mapped),
		cmocka_unit_test(p3_exec_whatever_is_open_or_closed),
		cmocka_unit_test(p3_exec_with_limits_lowered_below_what_is_open),
		cmocka_unit_test(p3_exec_among_threads_that_open_descriptors),
		cmocka_unit_test(p7_exec_signals_are_default_and_unblocked),
		cmocka_unit_test(p7_exec_leaves_limits_and_umask),
		cmocka_unit_test(p7_exec_session_and_death_signal),
		cmocka_unit_test(p8_exec_sets_the_oom_score),
		cmocka_unit_test(bad_input_channel),
		cmocka_unit_test(bad_input_fields),
		cmocka_unit_test(bad_input_fds),
		cmocka_unit_test(bad_input_seal),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
