/* SPDX-License-Identifier: ISC */
/*
 * common.c: see common.h.
 */
#define _GNU_SOURCE
#include "common.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, QUIET_MS = 50, MANY = 65536 };

const char *channel_name(enum airlock_channel c)
{
	static const char *const names[] = { "none", "tcp", "udp", "fifo", "unix-stream", "unix-dgram", "unix-seqpacket" };

	return (size_t)c < COUNT(names) ? names[c] : "?";
}

bool is_stream(enum airlock_channel c)
{
	return c == AIRLOCK_TCP || c == AIRLOCK_FIFO || c == AIRLOCK_UNIX_STREAM;
}

bool has_eof(enum airlock_channel c)
{
	return is_stream(c) || c == AIRLOCK_UNIX_SEQPACKET;
}

bool private_mode(void)
{
	const char *mode = getenv("AIRLOCK_TEST_MODE");

	return mode && !strcmp(mode, "private");
}

bool under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "valgrind");
}

int scaled(int n)
{
	const char *divisor = getenv("AIRLOCK_TEST_DIVISOR");
	int d = divisor ? atoi(divisor) : 1;

	return d > 1 && n / d > 0 ? n / d : d > 1 ? 1 : n;
}

const char *helper_program(const char *name)
{
	static char paths[8][4096];
	static const char *names[8];
	size_t i = 0;

	while (i < COUNT(names) - 1 && names[i] && strcmp(names[i], name))
		i++;
	names[i] = name;
	snprintf(paths[i], sizeof paths[i], "%s/tests/helpers/%s", BUILD_DIR, name);
	return paths[i];
}

struct airlock_options options_for(enum airlock_channel c, char *const argv[])
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;

	o.channel = c;
	o.path = argv[0];
	o.argv = argv;
	o.stderr_fd = STDERR_FILENO;
	o.timeout_ms = PATIENCE_MS;
	if (private_mode())
		o.flags |= AIRLOCK_PRIVATE_MEMORY;
	return o;
}

struct airlock_helper must_spawn(const struct airlock_options *o)
{
	struct airlock_helper h;
	struct airlock_error e;
	int r = airlock_spawn(o, &h, &e);

	if (r < 0)
		fail_msg("%s: %s", channel_name(o->channel), e.message);
	return h;
}

int must_fail(const struct airlock_options *o, struct airlock_error *ret_error)
{
	struct airlock_helper h = { -2, -2, -2, -2 };
	struct snapshot *s = snapshot_take();
	int r = airlock_spawn(o, &h, ret_error);

	if (r == 0)
		fail_msg("%s: the spawn succeeded", channel_name(o->channel));
	assert_true(h.pid == -2 && h.pidfd == -2 && h.rfd == -2 && h.wfd == -2);
	assert_int_equal(r, -ret_error->code);
	assert_unchanged(s);
	return r;
}

/* Snapshots */

struct fd_state {
	bool open;
	dev_t dev;
	ino_t ino;
	int fd_flags, file_flags;
};

struct snapshot {
	struct fd_state *fds;
	int nfds, sigchlds, dumpable;
	long pages;
	unsigned long mask, actions[65];
	char cwd[4096];
	mode_t umask;
	struct rlimit limits[16];
};

static volatile sig_atomic_t sigchlds;

static void count_sigchld(int sig)
{
	(void)sig;
	sigchlds++;
}

int sigchld_count(void)
{
	return sigchlds;
}

static mode_t current_umask(void)
{
	mode_t m = umask(0);

	umask(m);
	return m;
}

static long mapped_pages(void)
{
	char buf[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	return atol(buf);
}

/* Calls `each` for every open descriptor but the one that lists them. */
static void for_each_fd(void (*each)(int fd, void *arg), void *arg)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d)))
		if (*e->d_name != '.' && atoi(e->d_name) != dirfd(d))
			each(atoi(e->d_name), arg);
	closedir(d);
}

static void note_fd(int fd, void *arg)
{
	struct snapshot *s = arg;
	struct stat st;

	if (fd >= MANY || fstat(fd, &st) < 0)
		return;
	s->fds[fd] = (struct fd_state){ true, st.st_dev, st.st_ino, fcntl(fd, F_GETFD), fcntl(fd, F_GETFL) };
	s->nfds++;
}

static void look(struct snapshot *s)
{
	s->nfds = 0;
	memset(s->fds, 0, MANY * sizeof *s->fds);
	for_each_fd(note_fd, s);
	s->pages = mapped_pages();
	s->dumpable = prctl(PR_GET_DUMPABLE);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &s->mask, 8);
	for (int sig = 1; sig <= 64; sig++) {
		unsigned long act[4] = { 0 };

		syscall(SYS_rt_sigaction, sig, NULL, act, 8);
		s->actions[sig] = act[0];
	}
	if (!getcwd(s->cwd, sizeof s->cwd))
		*s->cwd = '\0';
	s->umask = current_umask();
	for (int i = 0; i < 16; i++)
		getrlimit((__rlimit_resource_t)i, &s->limits[i]);
	s->sigchlds = sigchlds;
}

static struct snapshot *new_snapshot(void)
{
	struct snapshot *s = calloc(1, sizeof *s);

	assert_non_null(s);
	s->fds = calloc(MANY, sizeof *s->fds);
	assert_non_null(s->fds);
	return s;
}

static void free_snapshot(struct snapshot *s)
{
	free(s->fds);
	free(s);
}

struct snapshot *snapshot_take(void)
{
	struct snapshot *s = new_snapshot(), *warm = new_snapshot();
	struct sigaction now;

	/* what allocates or reserves once shall have done so */
	airlock_reserve();
	sigaction(SIGCHLD, NULL, &now);
	if (now.sa_handler == SIG_DFL)
		signal(SIGCHLD, count_sigchld);
	look(warm);
	free_snapshot(warm);
	warm = new_snapshot();
	look(s);
	free_snapshot(warm);
	return s;
}

static void compare_fds(const struct snapshot *a, const struct snapshot *b)
{
	for (int fd = 0; fd < MANY; fd++) {
		const struct fd_state *x = &a->fds[fd], *y = &b->fds[fd];

		if (x->open != y->open)
			fail_msg("P2: descriptor %d is %s", fd, y->open ? "left open" : "closed");
		if (x->open && (x->dev != y->dev || x->ino != y->ino || x->fd_flags != y->fd_flags ||
				x->file_flags != y->file_flags))
			fail_msg("P2: descriptor %d is another, or has other flags", fd);
	}
}

void assert_unchanged(struct snapshot *s)
{
	struct snapshot *now = new_snapshot();
	pid_t child;

	child = waitpid(-1, NULL, WNOHANG | __WALL);
	if (child >= 0 || errno != ECHILD)
		fail_msg("P2: a child is left: waitpid says %d", (int)child);
	look(now);
	compare_fds(s, now);
	if (s->sigchlds != now->sigchlds)
		fail_msg("P2: %d SIGCHLD came", now->sigchlds - s->sigchlds);
	/* sanitizers map memory of their own as they like */
	if (!UNDER_SANITIZER && !under_valgrind() && s->pages != now->pages)
		fail_msg("P2: %ld pages more are mapped", now->pages - s->pages);
	assert_int_equal(s->dumpable, now->dumpable);
	assert_int_equal(s->mask, now->mask);
	assert_memory_equal(s->actions, now->actions, sizeof s->actions);
	assert_string_equal(s->cwd, now->cwd);
	assert_int_equal(s->umask, now->umask);
	assert_memory_equal(s->limits, now->limits, sizeof s->limits);
	free_snapshot(now);
	free_snapshot(s);
}

/* A test within a test */

enum { BODY_FAILED = 1, BODY_SKIPPED = 77, LOG_AT = 300 };

static struct {
	void (*run)(void *arg);
	void *arg;
	int log;
	bool done;
} body;

static void run_body(void **state)
{
	(void)state;
	body.run(body.arg);
	body.done = true;
}

/* cmocka tells what failed after the teardown; the body may have closed 1 and 2 */
static int give_output_back(void **state)
{
	(void)state;
	dup2(body.log, STDOUT_FILENO);
	dup2(body.log, STDERR_FILENO);
	return 0;
}

static void be_child(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(run_body, give_output_back) };
	int failed;

	give_output_back(NULL);
	failed = cmocka_run_group_tests_name("in a forked child", tests, NULL, NULL);
	fflush(NULL);
	_exit(failed ? BODY_FAILED : body.done ? 0 : BODY_SKIPPED);
}

static void show_log(void)
{
	char line[1024];
	FILE *f = fdopen(body.log, "r");

	assert_non_null(f);
	rewind(f);
	while (fgets(line, sizeof line, f))
		print_message("%s", line);
	fclose(f);
}

void in_child(void (*run)(void *arg), void *arg)
{
	int log = memfd_create("log", MFD_CLOEXEC), st;
	pid_t pid, r;

	body.run = run;
	body.arg = arg;
	body.done = false;
	body.log = fcntl(log, F_DUPFD_CLOEXEC, LOG_AT);
	assert_true(body.log >= LOG_AT);
	close(log);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_child();
	do
		r = waitpid(pid, &st, 0);
	while (r < 0 && errno == EINTR);
	assert_int_equal(r, pid);
	if (st != 0)
		show_log();
	else
		close(body.log);
	if (WIFEXITED(st) && WEXITSTATUS(st) == BODY_SKIPPED)
		skip();
	if (st != 0)
		fail_msg("the forked child ended with wait status %#x", st);
}

static void count_one(int fd, void *arg)
{
	(void)fd;
	++*(int *)arg;
}

static void keep_highest(int fd, void *arg)
{
	if (fd > *(int *)arg)
		*(int *)arg = fd;
}

int count_fds(void)
{
	int n = 0;

	for_each_fd(count_one, &n);
	return n;
}

int highest_fd(void)
{
	int n = -1;

	for_each_fd(keep_highest, &n);
	return n;
}

static int many[MANY], nmany;

int open_many(int n)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (n-- > 0 && nmany < MANY) {
		int fd = nmany ? dup(many[0]) : open("/dev/null", O_RDWR);

		if (fd < 0)
			break;
		many[nmany++] = fd;
	}
	return nmany;
}

void close_many(void)
{
	while (nmany > 0)
		close(many[--nmany]);
}

/* Time and talk */

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool ready(int fd, short events, int ms)
{
	struct pollfd p = { fd, events, 0 };
	int64_t until = now_ms() + ms;
	int r;

	do
		r = poll(&p, 1, (int)(until - now_ms() > 0 ? until - now_ms() : 0));
	while (r < 0 && errno == EINTR);
	return r > 0;
}

bool readable(int fd, int ms)
{
	return ready(fd, POLLIN, ms);
}

void put_all(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n) {
		ssize_t r = write(fd, p, n);

		if (r < 0 && errno == EAGAIN && ready(fd, POLLOUT, PATIENCE_MS))
			continue;
		if (r < 0 && errno != EINTR)
			fail_msg("write: %s", strerror(errno));
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		}
	}
}

char *read_all(const struct airlock_helper *h, enum airlock_channel c, size_t *ret_n)
{
	size_t size = 1 << 16, n = 0;
	char *buf = malloc(size);

	for (;;) {
		ssize_t r;

		assert_non_null(buf);
		if (!readable(h->rfd, n && !has_eof(c) ? QUIET_MS : PATIENCE_MS)) {
			if (n && !has_eof(c))
				break;
			fail_msg("%s: the helper says nothing", channel_name(c));
		}
		r = read(h->rfd, buf + n, size - n - 1);
		if (r == 0)
			break;
		if (r < 0 && errno == ECONNREFUSED && c == AIRLOCK_UDP)
			break;
		if (r < 0 && errno != EAGAIN && errno != EINTR)
			fail_msg("%s: read: %s", channel_name(c), strerror(errno));
		if (r > 0)
			n += (size_t)r;
		if (size - n < 65536)
			buf = realloc(buf, size *= 2);
	}
	buf[n] = '\0';
	if (ret_n)
		*ret_n = n;
	return buf;
}

size_t ask(const struct airlock_helper *h, const char *question, char *answer, size_t size)
{
	size_t n = 0;

	put_all(h->wfd, question, strlen(question));
	do {
		ssize_t r;

		if (!readable(h->rfd, PATIENCE_MS))
			fail_msg("no answer to %s", question);
		r = read(h->rfd, answer + n, size - 1 - n);
		if (r == 0)
			fail_msg("end of file instead of an answer to %s", question);
		if (r < 0 && errno != EAGAIN && errno != EINTR)
			fail_msg("read: %s", strerror(errno));
		if (r > 0)
			n += (size_t)r;
	} while (n == 0 || (answer[n - 1] != '\n' && n < size - 1));
	answer[n] = '\0';
	return n;
}

void must_stop(struct airlock_helper *h, int wstatus)
{
	int st = -1, r = airlock_stop(h, 2000, &st);

	assert_int_equal(r, 0);
	assert_true(h->pid == -1 && h->pidfd == -1 && h->rfd == -1 && h->wfd == -1);
	if (wstatus != -1)
		assert_int_equal(st, wstatus);
}

char *report_value(const char *report, const char *key)
{
	size_t length = strlen(key);
	const char *line = report;

	for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!strncmp(line, key, length) && line[length] == ':') {
			line += length + 1;
			line += *line == ' ';
			return strndup(line, strcspn(line, "\n"));
		}
	return NULL;
}

char *report_of(struct airlock_options *o)
{
	enum { AT = 9 };
	struct airlock_helper h;
	int out[2] = { -1, -1 };
	char number[16], *text;
	char *argv[] = { (char *)helper_program("report"), (char *)"-o", number, NULL };
	struct airlock_fd *fds = NULL;

	snprintf(number, sizeof number, "%d", o->channel == AIRLOCK_NONE ? AT : 1);
	o->path = argv[0];
	o->argv = argv;
	if (o->channel == AIRLOCK_NONE) {
		assert_int_equal(pipe2(out, O_CLOEXEC), 0);
		fds = calloc(o->nfds + 1, sizeof *fds);
		assert_non_null(fds);
		if (o->nfds)
			memcpy(fds, o->fds, o->nfds * sizeof *fds);
		fds[o->nfds] = (struct airlock_fd){ out[1], AT };
		o->fds = fds;
		o->nfds++;
	}
	h = must_spawn(o);
	if (o->channel == AIRLOCK_NONE) {
		close(out[1]);
		h.rfd = h.wfd = out[0];
		text = read_all(&h, AIRLOCK_FIFO, NULL);
	} else {
		text = read_all(&h, o->channel, NULL);
	}
	must_stop(&h, 0);
	if (fds) {
		o->fds = NULL;
		o->nfds = 0;
		free(fds);
	}
	return text;
}
