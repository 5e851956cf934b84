/* SPDX-License-Identifier: ISC */
/*
 * common.c: see common.h.
 */
#define _GNU_SOURCE
#include "common.h"

#include "airlock/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
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

/* AIRLOCK_TEST_FILTER=GLOB runs the tests of that name alone */
__attribute__((constructor)) static void set_filter(void)
{
	const char *glob = getenv("AIRLOCK_TEST_FILTER");

	if (glob)
		cmocka_set_test_filter(glob);
}

enum { PATIENCE_MS = 10000, QUIET_MS = 50, MANY = 65536 };

const char *channel_name(enum airlock_channel c)
{
	static const char *const names[] = { "none",	    "tcp",	  "udp",	   "fifo",
					     "unix-stream", "unix-dgram", "unix-seqpacket" };

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

bool sealed_mode(void)
{
	const char *mode = getenv("AIRLOCK_TEST_MODE");

	return mode && !strcmp(mode, "sealed");
}

/*
 * One for all spawns of the process, made before its tests count descriptors. Not a word on limits, ids or
 * folders: they look at these.
 */
static const char mode_profile[] = "SystemCallFilter=~@module @swap @reboot @clock\n"
				   "SystemCallErrorNumber=EPERM\n"
				   "SystemCallRule=personality: arg0 == 0xffffffff; return EPERM\n"
				   "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n"
				   "RestrictRealtime=yes\n"
				   "ReadPath=/\nWritePath=/\nExecPath=/\n";
static struct airlock_seal *mode_seal;

static __attribute__((constructor)) void make_mode_seal(void)
{
	struct airlock_profile *p = sealed_mode() ? airlock_profile_new() : NULL;
	struct airlock_report *report = NULL;

	if (!sealed_mode())
		return;
	if (!p || airlock_profile_parse(p, mode_profile, strlen(mode_profile), NULL) < 0 ||
	    airlock_seal_new(p, &mode_seal, &report) < 0) {
		printf("the mode's seal cannot be had\n");
		for (size_t i = 0; i < airlock_report_count(report); i++)
			printf("%s: %s\n", airlock_report_name(report, i),
			       airlock_report_reason(report, i));
		exit(1);
	}
	airlock_report_free(report);
	airlock_profile_free(p);
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

/* Milliseconds each, and more where threads wait for each other: with private memory, or a seal */
int affordable(int n)
{
	bool slow = UNDER_SANITIZER && (private_mode() || sealed_mode());

	return scaled(slow && n >= 10 ? n / 10 : n);
}

const char *helper_program(const char *name)
{
	static char paths[8][4096];
	static const char *names[8];
	size_t i = 0;

	while (i < COUNT(names) - 1 && names[i] && strcmp(names[i], name))
		i++;
	/* written once: other threads may be starting it */
	if (!names[i]) {
		snprintf(paths[i], sizeof paths[i], "%s/tests/helpers/%s", BUILD_DIR, name);
		names[i] = name;
	}
	return paths[i];
}

struct airlock_options options_for(enum airlock_channel c, char *const argv[])
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;

	o.channel = c;
	o.path = argv[0];
	o.argv = argv;
	o.stderr_fd = STDERR_FILENO;
	/* many at once under a sanitizer on two cores: time is no promise there */
	o.timeout_ms = UNDER_SANITIZER ? 6 * PATIENCE_MS : PATIENCE_MS;
	if (private_mode())
		o.flags |= AIRLOCK_PRIVATE_MEMORY;
	if (sealed_mode())
		o.seal = mode_seal;
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
	s->fds[fd] = (struct fd_state){ true, st.st_dev, st.st_ino, fcntl(fd, F_GETFD),
					fcntl(fd, F_GETFL) };
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

/* "3 -> pipe:[1]", as far as /proc says; static storage */
static const char *named(int fd)
{
	static char name[300];
	char path[32], target[256];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof target);
	snprintf(name, sizeof name, "%d -> %.*s", fd, n > 0 ? (int)n : 1, n > 0 ? target : "?");
	return name;
}

static void compare_fds(const struct snapshot *a, const struct snapshot *b)
{
	for (int fd = 0; fd < MANY; fd++) {
		const struct fd_state *x = &a->fds[fd], *y = &b->fds[fd];

		if (x->open != y->open)
			fail_msg("P2: descriptor %s is %s", named(fd),
				 y->open ? "left open" : "closed");
		if (x->open && (x->dev != y->dev || x->ino != y->ino ||
				x->fd_flags != y->fd_flags || x->file_flags != y->file_flags))
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

	cmocka_set_test_filter(NULL);
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
	/* indented, so that nobody counts its results as this program's */
	while (fgets(line, sizeof line, f))
		print_message("%s%s", strncmp(line, "SKIP ", 5) ? "    " : "", line);
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

bool filter_calls(const struct call_rule *rules, size_t n)
{
	struct sock_filter code[8 * 6 + 2];
	struct sock_fprog program = { 0, code };
	unsigned short at = 0;

	assert_true(n <= 8);
	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n; i++) {
		const struct call_rule *r = &rules[i];
		/* every architecture that the library knows is little-endian */
		unsigned low =
			(unsigned)offsetof(struct seccomp_data, args) + 8u * (unsigned)r->arg;

		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							  (unsigned)r->nr, 0, 5);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, r->mask);
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->bits, 0, 1);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, r->action);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							  offsetof(struct seccomp_data, nr));
	}
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = at;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return true;
	/* who has no CAP_SYS_ADMIN gives up set-user-ID first */
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int listener_for(int nr)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(code), code };
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			  &program);

	if (fd < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			     &program);
	return (int)fd;
}

bool guard_all_others(void)
{
	static const struct call_rule rules[] = {
		{ SYS_kill, 0, ~0u, 0, SECCOMP_RET_KILL_PROCESS },
		{ SYS_kill, 0, 1u << 31, 1u << 31, SECCOMP_RET_KILL_PROCESS },
	};

	return !under_valgrind() && filter_calls(rules, COUNT(rules));
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

int spawn_cat(enum airlock_channel c, unsigned flags, struct airlock_helper *ret,
	      struct airlock_error *ret_error)
{
	static char cat[] = "cat";
	char *argv[] = { cat, cat, NULL };
	struct airlock_options o = options_for(c, argv);
	struct airlock_fd fds[2];
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, r = 0;

	o.path = BUILD_DIR "/tests/helpers/report";
	o.flags |= flags;
	/* many at once on two cores: time is no promise here */
	o.timeout_ms = 6 * PATIENCE_MS;
	if (c == AIRLOCK_NONE) {
		if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
			r = -errno;
		fds[0] = (struct airlock_fd){ in[0], STDIN_FILENO };
		fds[1] = (struct airlock_fd){ out[1], STDOUT_FILENO };
		o.fds = fds;
		o.nfds = 2;
	}
	if (r == 0)
		r = airlock_spawn(&o, ret, ret_error);
	if (c == AIRLOCK_NONE && r == 0) {
		ret->wfd = in[1];
		ret->rfd = out[0];
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		in[1] = out[0] = -1;
	}
	for (int i = 0; i < 2; i++) {
		if (in[i] >= 0)
			close(in[i]);
		if (out[i] >= 0)
			close(out[i]);
	}
	return r;
}

bool echoes(const struct airlock_helper *h, const char *text)
{
	size_t length = strlen(text), n = 0;
	char back[256];

	if (length >= sizeof back || write(h->wfd, text, length) != (ssize_t)length)
		return false;
	while (n < length) {
		ssize_t r;

		if (!ready(h->rfd, POLLIN, PATIENCE_MS))
			return false;
		r = read(h->rfd, back + n, sizeof back - n);
		if (r == 0 || (r < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		n += r > 0 ? (size_t)r : 0;
	}
	return n == length && !memcmp(back, text, n) && read(h->rfd, back, 1) < 0 &&
	       errno == EAGAIN;
}

bool end_cat(struct airlock_helper *h)
{
	int st = -1;
	bool good = airlock_kill(h, SIGKILL) == 0 && airlock_wait(h, PATIENCE_MS, &st) == 0 &&
		    st == SIGKILL;

	close(h->rfd);
	if (h->wfd != h->rfd)
		close(h->wfd);
	h->rfd = h->wfd = -1;
	return good;
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

/* What a report says */

void must_report(const char *report, const char *key, const char *want)
{
	char *is = report_value(report, key);

	if (!is || strcmp(is, want))
		fail_msg("the helper's %s: \"%s\" instead of \"%s\"", key, is ? is : "(none)",
			 want);
	free(is);
}

struct identity identity_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		fail_msg("fstat(%d): %s", fd, strerror(errno));
	return (struct identity){ st.st_dev, st.st_ino, (unsigned)fcntl(fd, F_GETFL) };
}

struct identity identity_of_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct identity id = identity_of(fd);

	close(fd);
	return id;
}

struct identity helpers_fd(const char *report, int fd)
{
	struct identity id = { 0 };
	char key[32], *value;

	snprintf(key, sizeof key, "fd %d", fd);
	value = report_value(report, key);
	if (!value || sscanf(value, "%llx:%llx:%x", &id.dev, &id.ino, &id.flags) != 3)
		fail_msg("the helper has no descriptor %d", fd);
	free(value);
	return id;
}

void must_be_same_file(struct identity is, struct identity want, int fd)
{
	if (is.dev != want.dev || is.ino != want.ino)
		fail_msg("P3: the helper's %d is %llx:%llx, not %llx:%llx", fd, is.dev, is.ino,
			 want.dev, want.ino);
}

/* All signals */

static void empty_handler(int sig)
{
	(void)sig;
}

static void set_all_actions(const unsigned long action[4])
{
	for (int sig = 1; sig <= 64; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			syscall(SYS_rt_sigaction, sig, action, NULL, 8);
}

/* a handler needs a restorer: libc has one, so one action is made by it and copied */
void handle_all_signals(void)
{
	struct sigaction act = { .sa_handler = empty_handler };
	unsigned long raw[4] = { 0 };

	sigemptyset(&act.sa_mask);
	sigaction(SIGUSR1, &act, NULL);
	syscall(SYS_rt_sigaction, SIGUSR1, NULL, raw, 8);
	set_all_actions(raw);
}

void ignore_all_signals(void)
{
	static const unsigned long ignore[4] = { (unsigned long)SIG_IGN };

	set_all_actions(ignore);
}

void block_all_signals(void)
{
	uint64_t all = ~(uint64_t)0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
}

/* Who we are */

void need_root(void)
{
	if (geteuid() != 0)
		SKIP("this needs root");
}

bool have_capability(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	syscall(SYS_capget, &header, data);
	return data[cap / 32].effective >> cap % 32 & 1;
}

void drop_capability(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[cap / 32].effective &= ~(1u << cap % 32);
	data[cap / 32].permitted &= ~(1u << cap % 32);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

void become_nobody(void)
{
	if (geteuid() == 0) {
		assert_int_equal(syscall(SYS_setgroups, 0, NULL), 0);
		assert_int_equal(syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY), 0);
		assert_int_equal(syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY), 0);
		/* as after an exec: a change of uid has cleared it */
		assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	}
	assert_false(have_capability(CAP_SETUID));
	if (access(helper_program("report"), X_OK) < 0)
		SKIP("nobody can reach %s", helper_program("report"));
}

static void nobodys_body(void *arg)
{
	void (*const *run)(void) = arg;

	become_nobody();
	(*run)();
}

void as_nobody(void (*run)(void))
{
	in_child(nobodys_body, &run);
}

/* once as who we are, and once as nobody */
void as_both(void (*run)(void))
{
	run();
	as_nobody(run);
}

/* Temporary folders */

char *temp_folder(void)
{
	char *path = strdup("/tmp/airlock-test-XXXXXX");

	assert_non_null(path);
	assert_non_null(mkdtemp(path));
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

char *temp_path(const char *folder, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

void temp_file(const char *folder, const char *name, const char *text, mode_t mode)
{
	char *path = temp_path(folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	put_all(fd, text, strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	free(path);
}

/* the folder, and what stands in it one level deep */
void temp_remove(char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    unlinkat(dirfd(d), e->d_name, 0) < 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	closedir(d);
	assert_int_equal(rmdir(folder), 0);
	free(folder);
}

int temp_count(const char *folder)
{
	DIR *d = opendir(folder);
	int n = -2;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}
