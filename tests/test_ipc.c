/* SPDX-License-Identifier: ISC */
/*
 * test_ipc.c: ipcCreate() and ipcClose() keep what their callers have leant on for decades.
 *
 * They take no flags, so in private mode a filter refuses this process to share its memory.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "airlock/ipc.h"
#include "seal.h"

enum { NTYPES = 6, LONG_MS = 10000, GARBAGE = 7777, TRIES = 5 };

static bool filtered, guarded;

static void no_op(int sig)
{
	(void)sig;
}

static int setup(void **state)
{
	struct sigaction act = { .sa_handler = no_op, .sa_flags = SA_RESTART };
	/* the library's own clones alone: a leak checker's shares the file system's state, too */
	struct call_rule sharing = {
		SYS_clone,
		0,
		CLONE_VM | CLONE_FS | CLONE_VFORK | CLONE_THREAD,
		CLONE_VM,
		SECCOMP_RET_ERRNO | EPERM,
	};

	(void)state;
	/* the SIGCHLD of a helper that ran is no failure: a handler of ours keeps it from being counted */
	if (sigaction(SIGCHLD, &act, NULL) < 0)
		return -1;
	guarded = guard_all_others();
	/* valgrind runs no filter, and refuses to share memory on its own */
	filtered = !private_mode() || under_valgrind() || filter_calls(&sharing, 1);
	return 0;
}

#define NEED_MODE() \
	do { \
		if (!filtered) \
			SKIP("this machine allows no seccomp filter, which private mode takes"); \
	} while (0)

/* Nothing may be called with a pid of 0 or less without it. */
#define NEED_GUARD() \
	do { \
		if (!guarded) \
			SKIP("no seccomp filter here, and without one it is too dangerous to " \
			     "try"); \
	} while (0)

/* A helper as these callers know it */
struct ipc {
	pid_t pid;
	int rfd, wfd;
};

static struct ipc create(int type, const char *const args[])
{
	struct ipc p = { -1, GARBAGE, GARBAGE };
	int something;
	void *hIpc = &something;

	p.pid = ipcCreate(type, helper_program("report"), args, "test", &p.rfd, &p.wfd, &hIpc);
	if (p.pid <= 0)
		fail_msg("type %d: %s", type, strerror(errno));
	assert_null(hIpc);
	return p;
}

static int reap(pid_t pid)
{
	int st = -1;
	pid_t r;

	do
		r = waitpid(pid, &st, 0);
	while (r < 0 && errno == EINTR);
	assert_int_equal(r, pid);
	return st;
}

static bool is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

static void close_and_reap(struct ipc *p)
{
	ipcClose(p->pid, p->rfd, p->wfd);
	reap(p->pid);
}

static void close_ends(const struct ipc *p)
{
	if (p->rfd >= 0)
		close(p->rfd);
	if (p->wfd >= 0 && p->wfd != p->rfd)
		close(p->wfd);
}

static char *slurp(int fd)
{
	struct airlock_helper h = { -1, -1, fd, fd };

	return read_all(&h, AIRLOCK_FIFO, NULL);
}

/* The report of a helper of `type`, by its 2, which works for each of them. */
static char *report_by_log(int type, pid_t *ret_pid)
{
	static const char *const args[] = { "report", "-o", "2", NULL };
	struct ipc p;
	int log[2];
	char *text;

	assert_int_equal(pipe2(log, O_CLOEXEC), 0);
	ipcSetDebugLog(log[1]);
	p = create(type, args);
	ipcSetDebugLog(STDERR_FILENO);
	close(log[1]);
	text = slurp(log[0]);
	close(log[0]);
	close_ends(&p);
	assert_int_equal(reap(p.pid), 0);
	*ret_pid = p.pid;
	return text;
}

static void assert_value(const char *text, const char *key, const char *value)
{
	char *got = report_value(text, key);

	assert_non_null(got);
	assert_string_equal(got, value);
	free(got);
}

static void assert_number(const char *text, const char *key, long number)
{
	char value[32];

	snprintf(value, sizeof value, "%ld", number);
	assert_value(text, key, value);
}

/* "fd 2" of the report is this file */
static void assert_fd2(const char *text, const struct stat *st)
{
	char *got = report_value(text, "fd 2"), want[64];

	assert_non_null(got);
	snprintf(want, sizeof want, "%llx:%llx:", (unsigned long long)st->st_dev,
		 (unsigned long long)st->st_ino);
	if (strncmp(got, want, strlen(want)))
		fail_msg("the helper's 2 is %s and not %s", got, want);
	free(got);
}

/* Types */

static void types_have_lusca_numbers(void **state)
{
	(void)state;
	assert_int_equal(IPC_NONE, 0);
	assert_int_equal(IPC_TCP_SOCKET, 1);
	assert_int_equal(IPC_UDP_SOCKET, 2);
	assert_int_equal(IPC_FIFO, 3);
	assert_int_equal(IPC_UNIX_STREAM, 4);
	assert_int_equal(IPC_UNIX_DGRAM, 5);
	assert_int_equal(IPC_STREAM, IPC_UNIX_STREAM);
	assert_int_equal(IPC_DGRAM, IPC_UNIX_DGRAM);
}

static void assert_ours(int fd)
{
	assert_true(fd > STDERR_FILENO);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

/* What comes back and how many descriptors it costs; then a line there and back. */
static void type_echoes(int type)
{
	static const char *const cat[] = { "cat", "cat", NULL }, *const linger[] = { "linger",
										     "linger",
										     NULL };
	struct snapshot *s = snapshot_take();
	int before = count_fds();
	struct ipc p = create(type, type == IPC_NONE ? linger : cat);

	if (type == IPC_NONE) {
		assert_int_equal(p.rfd, -1);
		assert_int_equal(p.wfd, -1);
		assert_int_equal(count_fds(), before);
	} else {
		struct airlock_helper h = { p.pid, -1, p.rfd, p.wfd };
		char answer[64], nothing;

		assert_true(type == IPC_FIFO ? p.rfd != p.wfd : p.rfd == p.wfd);
		assert_int_equal(count_fds(), before + (type == IPC_FIFO ? 2 : 1));
		assert_ours(p.rfd);
		assert_ours(p.wfd);
		/* P5: nothing is there before it is asked */
		assert_int_equal(read(p.rfd, &nothing, 1), -1);
		assert_int_equal(errno, EAGAIN);
		ask(&h, "a line of text\n", answer, sizeof answer);
		assert_string_equal(answer, "a line of text\n");
	}
	close_and_reap(&p);
	assert_unchanged(s);
}

static void each_type_by_number_echoes(void **state)
{
	(void)state;
	NEED_MODE();
	for (int type = 0; type < NTYPES; type++)
		type_echoes(type);
}

static void each_type_by_name_echoes(void **state)
{
	static const int types[] = {
		IPC_NONE,	 IPC_TCP_SOCKET, IPC_UDP_SOCKET, IPC_FIFO,
		IPC_UNIX_STREAM, IPC_UNIX_DGRAM, IPC_STREAM,	 IPC_DGRAM,
	};

	(void)state;
	NEED_MODE();
	for (size_t i = 0; i < COUNT(types); i++)
		type_echoes(types[i]);
}

/* Of the channel's kind, not just any that echoes */
static void each_type_is_what_it_says(void **state)
{
	static const struct {
		int type, domain, kind;
	} want[] = {
		{ IPC_TCP_SOCKET, AF_INET, SOCK_STREAM },
		{ IPC_UDP_SOCKET, AF_INET, SOCK_DGRAM },
		{ IPC_UNIX_STREAM, AF_UNIX, SOCK_STREAM },
		{ IPC_UNIX_DGRAM, AF_UNIX, SOCK_DGRAM },
	};
	static const char *const cat[] = { "cat", "cat", NULL };
	struct stat st;
	struct ipc p;

	(void)state;
	NEED_MODE();
	for (size_t i = 0; i < COUNT(want); i++) {
		int domain = -1, kind = -1;
		socklen_t size = sizeof(int);

		p = create(want[i].type, cat);
		assert_int_equal(getsockopt(p.rfd, SOL_SOCKET, SO_DOMAIN, &domain, &size), 0);
		assert_int_equal(getsockopt(p.rfd, SOL_SOCKET, SO_TYPE, &kind, &size), 0);
		assert_int_equal(domain, want[i].domain);
		assert_int_equal(kind, want[i].kind);
		close_and_reap(&p);
	}
	p = create(IPC_FIFO, cat);
	assert_int_equal(fstat(p.rfd, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(fstat(p.wfd, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	close_and_reap(&p);
}

static void end_of_file_is_a_read_of_0(void **state)
{
	static const int types[] = { IPC_TCP_SOCKET, IPC_FIFO, IPC_UNIX_STREAM };
	static const char *const args[] = { "flood", "flood", "10", NULL };

	(void)state;
	NEED_MODE();
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ipc p = create(types[i], args);
		char *text = slurp(p.rfd), c;

		assert_string_equal(text, "xxxxxxxxxx");
		assert_int_equal(read(p.rfd, &c, 1), 0);
		assert_int_equal(read(p.rfd, &c, 1), 0);
		free(text);
		close_and_reap(&p);
	}
}

/* What the helper is */

static void p3_the_helper_holds_0_1_2(void **state)
{
	(void)state;
	NEED_MODE();
	open_many(100);
	for (int type = 0; type < NTYPES; type++) {
		pid_t pid;
		char *text = report_by_log(type, &pid);

		assert_value(text, "fds", "0 1 2");
		free(text);
	}
	close_many();
}

static void the_helper_has_a_session_of_its_own(void **state)
{
	pid_t pid;
	char *text;

	(void)state;
	NEED_MODE();
	text = report_by_log(IPC_STREAM, &pid);
	assert_number(text, "pid", pid);
	assert_number(text, "sid", pid);
	assert_number(text, "pgid", pid);
	assert_number(text, "ppid", getpid());
	assert_true(getsid(0) != pid);
	free(text);
}

static void args_0_need_not_be_the_path(void **state)
{
	static const char *const args[] = { "(auth helper)", "-o", "1", "a b", "", NULL };
	struct ipc p;
	char *text;

	(void)state;
	NEED_MODE();
	p = create(IPC_STREAM, args);
	text = slurp(p.rfd);
	assert_value(text, "arg 0", "(auth helper)");
	assert_value(text, "arg 3", "a b");
	assert_value(text, "arg 4", "");
	assert_null(report_value(text, "arg 5"));
	free(text);
	close_and_reap(&p);
}

static void a_program_without_slash_is_searched_in_path(void **state)
{
	static const char *const args[] = { "report", NULL };
	char path[8192], *old, *text, *env;
	struct ipc p = { -1, -1, -1 };

	(void)state;
	NEED_MODE();
	old = strdup(getenv("PATH") ? getenv("PATH") : "/bin:/usr/bin");
	assert_non_null(old);
	snprintf(path, sizeof path, "/nonexistent:/dev/null:%s/tests/helpers:/bin", BUILD_DIR);
	setenv("PATH", path, 1);
	p.pid = ipcCreate(IPC_STREAM, "report", args, NULL, &p.rfd, &p.wfd, NULL);
	assert_true(p.pid > 0);
	text = slurp(p.rfd);
	env = report_value(text, "pid");
	assert_int_equal(atol(env), p.pid);
	free(env);
	free(text);
	close_and_reap(&p);

	/* and nowhere else */
	setenv("PATH", "/nonexistent:/dev", 1);
	assert_int_equal(ipcCreate(IPC_STREAM, "report", args, NULL, &p.rfd, &p.wfd, NULL), -1);
	assert_int_equal(errno, ENOENT);
	setenv("PATH", old, 1);
	free(old);
}

/* Failure */

struct failure {
	int type;
	const char *prog;
	const char *const *args;
	int code;
};

static void assert_fails(const struct failure *f)
{
	struct snapshot *s = snapshot_take();
	int rfd = GARBAGE, wfd = GARBAGE;
	void *hIpc = &rfd;

	errno = 0;
	assert_int_equal(ipcCreate(f->type, f->prog, f->args, "test", &rfd, &wfd, &hIpc), -1);
	assert_int_equal(errno, f->code);
	assert_int_equal(rfd, -1);
	assert_int_equal(wfd, -1);
	assert_null(hIpc);
	errno = 0;
	assert_int_equal(ipcCreate(f->type, f->prog, f->args, NULL, NULL, NULL, NULL), -1);
	assert_int_equal(errno, f->code);
	assert_unchanged(s);
}

static void p2_failure_is_minus_1_errno_and_nothing_left(void **state)
{
	static const char *const args[] = { "x", NULL }, *const empty[] = { NULL };
	char plain[] = "/tmp/airlock-ipc-XXXXXX";
	int fd;

	(void)state;
	NEED_MODE();
	fd = mkostemp(plain, O_CLOEXEC);
	assert_true(fd >= 0);
	/* a text that is no program, and then one that may be executed */
	assert_int_equal(write(fd, "no program\n", 11), 11);
	for (int type = 0; type < NTYPES; type++) {
		struct failure missing = { type, "/nonexistent/helper", args, ENOENT };
		struct failure nowhere = { type, "airlock-no-such-program", args, ENOENT };
		struct failure denied = { type, plain, args, EACCES };
		struct failure folder = { type, "/", args, EACCES };
		struct failure no_prog = { type, NULL, args, EINVAL };
		struct failure no_args = { type, "/bin/true", NULL, EINVAL };
		struct failure empty_args = { type, "/bin/true", empty, EINVAL };

		assert_fails(&missing);
		assert_fails(&nowhere);
		assert_fails(&denied);
		assert_fails(&folder);
		assert_fails(&no_prog);
		assert_fails(&no_args);
		assert_fails(&empty_args);
	}
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	assert_fails(&(struct failure){ IPC_FIFO, plain, args, ENOEXEC });
	unlink(plain);
}

static void unknown_types_are_einval(void **state)
{
	static const char *const args[] = { "cat", "cat", NULL };
	/* 6 is a channel of ours, and none of Lusca's */
	static const int bad[] = { -1, 6, 7, 1000, -1000 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(&(struct failure){ bad[i], helper_program("report"), args, EINVAL });
}

/* Pointers that the caller leaves out */

static void assert_alive(const struct ipc *p)
{
	assert_int_equal(waitpid(p->pid, NULL, WNOHANG), 0);
}

static void a_descriptor_that_nobody_takes_is_closed(void **state)
{
	static const char *const hang[] = { "hang", "hang", NULL };

	(void)state;
	NEED_MODE();
	for (int type = 0; type < NTYPES; type++) {
		int one = type == IPC_NONE ? 0 : 1;
		struct snapshot *s = snapshot_take();
		int before = count_fds();
		struct ipc p[3];

		for (int i = 0; i < 3; i++)
			p[i] = (struct ipc){ -1, -1, -1 };
		p[0].pid =
			ipcCreate(type, helper_program("report"), hang, "a", &p[0].rfd, NULL, NULL);
		assert_int_equal(count_fds(), before + one);
		p[1].pid = ipcCreate(type, helper_program("report"), hang, NULL, NULL, &p[1].wfd,
				     NULL);
		assert_int_equal(count_fds(), before + 2 * one);
		p[2].pid = ipcCreate(type, helper_program("report"), hang, NULL, NULL, NULL, NULL);
		assert_int_equal(count_fds(), before + 2 * one);
		assert_true(one == (p[0].rfd >= 0) && one == (p[1].wfd >= 0));
		for (int i = 0; i < 3; i++) {
			assert_true(p[i].pid > 0);
			close_ends(&p[i]);
			kill(p[i].pid, SIGKILL);
			reap(p[i].pid);
		}
		assert_unchanged(s);
	}
}

/* The one that is taken works both ways. */
static void one_pointer_is_enough_for_a_socket(void **state)
{
	static const char *const cat[] = { "cat", "cat", NULL };

	(void)state;
	NEED_MODE();
	for (int i = 0; i < 2; i++) {
		struct airlock_helper h = { -1, -1, -1, -1 };
		char answer[64];
		int fd = -1;

		h.pid = ipcCreate(IPC_STREAM, helper_program("report"), cat, NULL, i ? &fd : NULL,
				  i ? NULL : &fd, NULL);
		assert_true(h.pid > 0 && fd >= 0);
		h.rfd = h.wfd = fd;
		ask(&h, "hello\n", answer, sizeof answer);
		assert_string_equal(answer, "hello\n");
		ipcClose(h.pid, fd, fd);
		reap(h.pid);
	}
}

/* The debug log */

static char *report_by_channel(void)
{
	static const char *const args[] = { "report", NULL };
	struct ipc p = create(IPC_STREAM, args);
	char *text = slurp(p.rfd);

	close_and_reap(&p);
	return text;
}

/* Runs first: no ipcSetDebugLog() in this process yet. */
static void the_log_is_our_own_2_by_default(void **state)
{
	int old, file;
	struct stat st;
	char *text;

	(void)state;
	NEED_MODE();
	/* a file that nothing else is, wherever this test's own output goes */
	file = memfd_create("log", MFD_CLOEXEC);
	old = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(file >= 0 && old >= 0);
	assert_int_equal(fstat(file, &st), 0);
	dup2(file, STDERR_FILENO);
	text = report_by_channel();
	dup2(old, STDERR_FILENO);
	close(old);
	close(file);
	assert_fd2(text, &st);
	free(text);
}

static void the_log_is_what_was_set(void **state)
{
	struct stat st, null;
	int file;
	char *text;

	(void)state;
	NEED_MODE();
	file = memfd_create("log", MFD_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(fstat(file, &st), 0);
	assert_int_equal(stat("/dev/null", &null), 0);
	ipcSetDebugLog(file);
	for (int i = 0; i < 2; i++) {
		text = report_by_channel();
		assert_fd2(text, &st);
		assert_value(text, "fds", "0 1 2");
		free(text);
	}
	/* it stays the caller's */
	assert_false(is_closed(file));
	ipcSetDebugLog(-1);
	text = report_by_channel();
	assert_fd2(text, &null);
	free(text);
	/* one that the caller has closed since is no reason not to start */
	ipcSetDebugLog(file);
	close(file);
	text = report_by_channel();
	assert_fd2(text, &null);
	assert_value(text, "fds", "0 1 2");
	free(text);
	ipcSetDebugLog(STDERR_FILENO);
}

/* The seal */

static void the_seal_is_for_all_that_follow(void **state)
{
	struct airlock_seal seal = { .size = sizeof seal, .version = AIRLOCK__SEAL_VERSION };
	struct rlimit limit;
	char want[64];
	char *text;

	(void)state;
	NEED_MODE();
	if (under_valgrind())
		SKIP("valgrind answers for RLIMIT_NOFILE itself");
	getrlimit(RLIMIT_NOFILE, &limit);
	snprintf(want, sizeof want, "%llu:%llu", (unsigned long long)limit.rlim_cur,
		 (unsigned long long)limit.rlim_max);
	seal.limits = 1u << RLIMIT_NOFILE;
	seal.limit[RLIMIT_NOFILE] = (struct airlock__limit){ 61, 62 };
	ipcSetSeal(&seal);
	for (int i = 0; i < 3; i++) {
		text = report_by_channel();
		assert_value(text, "limit 7", "61:62");
		assert_value(text, "no-new-privs", "1");
		free(text);
	}
	ipcSetSeal(NULL);
	text = report_by_channel();
	assert_value(text, "limit 7", want);
	free(text);

	/* P8: one that cannot be put in force is an error */
	seal.version++;
	ipcSetSeal(&seal);
	assert_fails(&(struct failure){ IPC_STREAM, "/bin/true",
					(const char *const[]){ "true", NULL }, EINVAL });
	ipcSetSeal(NULL);
	text = report_by_channel();
	assert_value(text, "limit 7", want);
	free(text);
}

/* P7 */

static void p7_success_leaves_errno_alone(void **state)
{
	static const char *const cat[] = { "cat", "cat", NULL };

	(void)state;
	NEED_MODE();
	NEED_GUARD();
	for (int type = 0; type < NTYPES; type++) {
		struct ipc p;
		int after_create, after_close;

		errno = 4321;
		p = create(type, cat);
		after_create = errno;
		errno = 4321;
		ipcClose(p.pid, p.rfd, p.wfd);
		after_close = errno;
		assert_int_equal(after_create, 4321);
		assert_int_equal(after_close, 4321);
		/* nor where there is nothing to close, or nobody to signal */
		reap(p.pid);
		errno = 4321;
		ipcClose(p.pid, -1, -1);
		ipcClose(-1, GARBAGE, GARBAGE);
		after_close = errno;
		assert_int_equal(after_close, 4321);
	}
}

/* ipcClose() */

static void close_sends_sigterm(void **state)
{
	static const char *const linger[] = { "linger", "linger", NULL };

	(void)state;
	NEED_MODE();
	for (int type = 0; type < NTYPES; type++) {
		struct ipc p = create(type, linger);

		assert_alive(&p);
		ipcClose(p.pid, p.rfd, p.wfd);
		assert_int_equal(reap(p.pid), SIGTERM);
		if (type != IPC_NONE)
			assert_true(is_closed(p.rfd) && is_closed(p.wfd));
	}
}

static void close_leaves_a_negative_pid_alone(void **state)
{
	static const char *const hang[] = { "linger", "linger", NULL };
	struct ipc p;

	(void)state;
	NEED_MODE();
	NEED_GUARD();
	p = create(IPC_FIFO, hang);
	ipcClose(-1, p.rfd, p.wfd);
	assert_true(is_closed(p.rfd) && is_closed(p.wfd));
	assert_alive(&p);
	kill(p.pid, SIGKILL);
	assert_int_equal(reap(p.pid), SIGKILL);
}

static void p4_close_never_blocks(void **state)
{
	static const char *const hang[] = { "hang", "hang", NULL };
	int64_t best = LONG_MS;

	(void)state;
	NEED_MODE();
	for (int i = 0; i < TRIES && best > 100; i++) {
		struct ipc p = create(IPC_STREAM, hang);
		char ready[8];
		int64_t t;

		/* from here on it ignores SIGTERM */
		assert_true(readable(p.rfd, LONG_MS));
		assert_true(read(p.rfd, ready, sizeof ready) > 0);
		t = now_ms();
		ipcClose(p.pid, p.rfd, p.wfd);
		t = now_ms() - t;
		best = t < best ? t : best;
		assert_true(is_closed(p.rfd));
		usleep(20000);
		assert_alive(&p);
		kill(p.pid, SIGKILL);
		assert_int_equal(reap(p.pid), SIGKILL);
	}
	assert_true(best <= 100);
}

/*
 * close(2) itself is watched: the filter turns it into SIGSYS, whose handler counts, and closes by
 * another call. So a second close of a number that is another's by then would be seen.
 */
static volatile int closes[1024];

static void count_close(int sig, siginfo_t *si, void *context)
{
	ucontext_t *u = context;
#if defined(__x86_64__)
	int fd = (int)u->uc_mcontext.gregs[REG_RDI];
#elif defined(__aarch64__)
	int fd = (int)u->uc_mcontext.regs[0];
#else
	int fd = (int)u->uc_mcontext.__gregs[REG_A0];
#endif

	(void)sig;
	(void)si;
	if (fd >= 0 && fd < (int)COUNT(closes))
		closes[fd]++;
	syscall(SYS_close_range, fd, fd, 0);
}

static bool watch_closes(void)
{
	struct sigaction act = { .sa_sigaction = count_close, .sa_flags = SA_SIGINFO };
	struct call_rule trapped = { SYS_close, 0, 0, 0, SECCOMP_RET_TRAP };

	sigaction(SIGSYS, &act, NULL);
	return filter_calls(&trapped, 1);
}

static void close_pairs(void *arg)
{
	int fd[3];

	(void)arg;
	for (int i = 0; i < 3; i++)
		assert_true((fd[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) > STDERR_FILENO);
	if (!watch_closes())
		SKIP("this machine allows no seccomp filter");
	ipcClose(-1, fd[0], fd[0]);
	assert_int_equal(closes[fd[0]], 1);
	assert_true(is_closed(fd[0]));
	assert_false(is_closed(fd[1]) || is_closed(fd[2]));
	ipcClose(-1, fd[1], fd[2]);
	assert_int_equal(closes[fd[1]], 1);
	assert_int_equal(closes[fd[2]], 1);
	assert_true(is_closed(fd[1]) && is_closed(fd[2]));
	assert_int_equal(closes[fd[0]], 1);
}

static void close_closes_once_if_equal(void **state)
{
	(void)state;
	NEED_GUARD();
	in_child(close_pairs, NULL);
}

static void close_one_of_two(void *arg)
{
	int fd[2];

	(void)arg;
	for (int i = 0; i < 2; i++)
		assert_true((fd[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) > STDERR_FILENO);
	ipcClose(-1, -1, -1);
	ipcClose(-1, -1, -2);
	ipcClose(-1, INT32_MIN, INT32_MIN);
	for (int i = 0; i < 3; i++)
		assert_false(is_closed(i));
	ipcClose(-1, fd[0], -1);
	assert_true(is_closed(fd[0]) && !is_closed(fd[1]));
	ipcClose(-1, -1, fd[1]);
	assert_true(is_closed(fd[1]));
}

static void close_skips_negative_descriptors(void **state)
{
	(void)state;
	NEED_GUARD();
	in_child(close_one_of_two, NULL);
}

static volatile sig_atomic_t signals_here;

static void count_signal(int sig)
{
	(void)sig;
	signals_here++;
}

/* Each would end us by SIGSYS if it were a kill(2). */
static void close_for_nobody(void *arg)
{
	static const int nobody[] = { 0, -1, -2, INT32_MIN };
	int st = 0;
	pid_t pid;

	(void)arg;
	signal(SIGTERM, count_signal);
	assert_int_equal(setpgid(0, 0), 0);
	/* that the filter sees such calls; with a signal of 0 they would send nothing */
	for (size_t i = 0; i < COUNT(nobody); i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			syscall(SYS_kill, nobody[i], 0);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &st, 0), pid);
		assert_int_equal(WTERMSIG(st), SIGSYS);
	}
	for (size_t i = 0; i < COUNT(nobody); i++)
		ipcClose(nobody[i], -1, -1);
	assert_int_equal(signals_here, 0);
	ipcClose(getpid(), -1, -1);
	assert_int_equal(signals_here, 1);
}

static void close_never_signals_every_process(void **state)
{
	(void)state;
	NEED_GUARD();
	in_child(close_for_nobody, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_log_is_our_own_2_by_default),
		cmocka_unit_test(types_have_lusca_numbers),
		cmocka_unit_test(each_type_by_number_echoes),
		cmocka_unit_test(each_type_by_name_echoes),
		cmocka_unit_test(each_type_is_what_it_says),
		cmocka_unit_test(end_of_file_is_a_read_of_0),
		cmocka_unit_test(p3_the_helper_holds_0_1_2),
		cmocka_unit_test(the_helper_has_a_session_of_its_own),
		cmocka_unit_test(args_0_need_not_be_the_path),
		cmocka_unit_test(a_program_without_slash_is_searched_in_path),
		cmocka_unit_test(p2_failure_is_minus_1_errno_and_nothing_left),
		cmocka_unit_test(unknown_types_are_einval),
		cmocka_unit_test(a_descriptor_that_nobody_takes_is_closed),
		cmocka_unit_test(one_pointer_is_enough_for_a_socket),
		cmocka_unit_test(the_log_is_what_was_set),
		cmocka_unit_test(the_seal_is_for_all_that_follow),
		cmocka_unit_test(p7_success_leaves_errno_alone),
		cmocka_unit_test(close_sends_sigterm),
		cmocka_unit_test(close_leaves_a_negative_pid_alone),
		cmocka_unit_test(p4_close_never_blocks),
		cmocka_unit_test(close_closes_once_if_equal),
		cmocka_unit_test(close_skips_negative_descriptors),
		cmocka_unit_test(close_never_signals_every_process),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
