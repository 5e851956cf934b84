/* SPDX-License-Identifier: ISC */
/*
 * test_inject.c: each system call of a spawn fails once with each errno that it may have.
 *
 * A spawn is run once to see which calls parent and child make; then once more for each of them
 * and each errno of its manual page (and ENOSYS and EPERM, which the filters of containers give).
 * Either a fallback made it a success, and then it is a whole one (P1, P3, P5, P8), or it is an
 * error that leaves nothing (P2) and names its step. Never a hang (P4). At the end, what kernels
 * and filters refuse each time: there the fallback must succeed.
 */
#define _GNU_SOURCE
#include "common.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "seal.h"
#include "supervisor.h"

/* newer than some headers; the same numbers everywhere */
enum {
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_PIDFD_OPEN = 434,
	NR_CLOSE_RANGE = 436,
	NR_LANDLOCK_CREATE_RULESET = 444,
	NR_LANDLOCK_RESTRICT_SELF = 446,
};

enum {
	TIMEOUT_MS = 2000,
	SHORT_MS = 50, /* where the child is made to hang */
	PATIENT_MS = 10000,
	SLACK_MS = 1000, /* no hang; test_edge has the narrow bound */
	OFTEN = 6,	 /* a call made more often than this is sampled */
	LIMIT_S = 240,
	MOST_FAILURES = 100, /* shown of one case */
};

/* What may go wrong, by the manual pages; ENOSYS and EPERM are added to each. */
static const struct errors {
	int nr;
	const char *name;
	int list[32];
} errors[] = {
#ifdef SYS_poll
	{ SYS_poll, "poll", { EFAULT, EINTR, EINVAL, ENOMEM } },
#endif
#ifdef SYS_open
	{ SYS_open, "open", { EACCES, EINTR, EMFILE, ENFILE, ENOENT, ENOMEM, ENXIO } },
#endif
#ifdef SYS_fork
	{ SYS_fork, "fork", { EAGAIN, ENOMEM } },
#endif
	{ SYS_ppoll, "ppoll", { EFAULT, EINTR, EINVAL, ENOMEM } },
	{ SYS_socket,
	  "socket",
	  { EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTONOSUPPORT } },
	{ SYS_bind,
	  "bind",
	  { EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EFAULT, EINVAL, ENOMEM, ENOTSOCK } },
	{ SYS_getsockname, "getsockname", { EBADF, EFAULT, EINVAL, ENOBUFS, ENOTSOCK } },
	{ SYS_listen, "listen", { EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP } },
	{ SYS_connect,
	  "connect",
	  { EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EALREADY, EBADF, ECONNREFUSED,
	    EFAULT, EINPROGRESS, EINTR, EISCONN, ENETUNREACH, ENOTSOCK, EPROTOTYPE, ETIMEDOUT } },
	{ SYS_getsockopt, "getsockopt", { EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK } },
	{ SYS_setsockopt, "setsockopt", { EBADF, EFAULT, EINVAL, ENOMEM, ENOPROTOOPT, ENOTSOCK } },
	{ SYS_accept4,
	  "accept4",
	  { EAGAIN, EBADF, ECONNABORTED, EFAULT, EINTR, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM,
	    ENOTSOCK, EOPNOTSUPP, EPROTO } },
	{ SYS_close, "close", { EBADF, EINTR, EIO, ENOSPC, EDQUOT } },
	{ SYS_fcntl, "fcntl", { EACCES, EAGAIN, EBADF, EBUSY, EINTR, EINVAL, EMFILE, ENOLCK } },
	{ SYS_openat,
	  "openat",
	  { EACCES, EBADF, EFAULT, EINTR, EINVAL, EISDIR, ELOOP, EMFILE, ENAMETOOLONG, ENFILE,
	    ENODEV, ENOENT, ENOMEM, ENOTDIR, ENXIO, EOVERFLOW, EROFS, ETXTBSY } },
	{ SYS_socketpair,
	  "socketpair",
	  { EAFNOSUPPORT, EFAULT, EMFILE, ENFILE, EOPNOTSUPP, EPROTONOSUPPORT } },
	{ SYS_pipe2, "pipe2", { EFAULT, EINVAL, EMFILE, ENFILE } },
	{ SYS_getrandom, "getrandom", { EAGAIN, EFAULT, EINTR, EINVAL } },
	{ SYS_sendto,
	  "sendto",
	  { EACCES, EAGAIN, EBADF, ECONNRESET, EDESTADDRREQ, EFAULT, EINTR, EINVAL, EISCONN,
	    EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE } },
	{ SYS_write,
	  "write",
	  { EAGAIN, EBADF, EDESTADDRREQ, EDQUOT, EFAULT, EFBIG, EINTR, EINVAL, EIO, ENOSPC,
	    EPIPE } },
	{ SYS_read, "read", { EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EIO, EISDIR } },
	{ SYS_mmap,
	  "mmap",
	  { EACCES, EAGAIN, EBADF, EEXIST, EINVAL, ENFILE, ENODEV, ENOMEM, EOVERFLOW, ETXTBSY } },
	{ SYS_mprotect, "mprotect", { EACCES, EINVAL, ENOMEM } },
	{ SYS_munlock, "munlock", { EAGAIN, EINVAL, ENOMEM, EPERM } },
	{ SYS_madvise, "madvise", { EACCES, EAGAIN, EBADF, EINVAL, EIO, ENOMEM, EPERM } },
	{ SYS_munmap, "munmap", { EINVAL, ENOMEM } },
	{ SYS_prlimit64, "prlimit", { EFAULT, EINVAL, ESRCH } },
	{ SYS_fstat, "fstat", { EBADF, EFAULT, ENOMEM, EOVERFLOW } },
#ifdef SYS_newfstatat
	{ SYS_newfstatat, "fstatat", { EBADF, EFAULT, EINVAL, ENOMEM, EOVERFLOW } },
#endif
	{ SYS_dup3, "dup3", { EBADF, EBUSY, EINTR, EINVAL, EMFILE, ENOMEM } },
	{ SYS_rt_sigprocmask, "rt_sigprocmask", { EFAULT, EINVAL } },
	{ SYS_rt_sigaction, "rt_sigaction", { EFAULT, EINVAL } },
	{ SYS_clone, "clone", { EAGAIN, EINVAL, ENOMEM, ENOSPC, EUSERS } },
	{ SYS_futex, "futex", { EACCES, EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM, ETIMEDOUT } },
	{ SYS_waitid, "waitid", { EAGAIN, ECHILD, EINTR, EINVAL, ESRCH } },
	{ NR_PIDFD_SEND_SIGNAL, "pidfd_send_signal", { EBADF, EINVAL, ESRCH } },
	{ NR_PIDFD_OPEN, "pidfd_open", { EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, ESRCH } },
	{ SYS_kill, "kill", { EINVAL, ESRCH } },
	{ SYS_memfd_create, "memfd_create", { EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM } },
	{ SYS_prctl, "prctl", { EACCES, EBUSY, EFAULT, EINVAL, EOPNOTSUPP } },
	{ SYS_nanosleep, "nanosleep", { EFAULT, EINTR, EINVAL } },
	{ SYS_clock_nanosleep, "clock_nanosleep", { EFAULT, EINTR, EINVAL } },
	{ NR_CLOSE_RANGE, "close_range", { EINVAL, EMFILE, ENOMEM } },
	{ SYS_getdents64, "getdents64", { EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR } },
	{ SYS_setsid, "setsid", { 0 } },
	{ SYS_chroot,
	  "chroot",
	  { EACCES, EFAULT, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR } },
	{ SYS_chdir,
	  "chdir",
	  { EACCES, EFAULT, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR } },
	{ SYS_umask, "umask", { 0 } },
	{ SYS_setpriority, "setpriority", { EACCES, EINVAL, ESRCH } },
	{ SYS_sched_setaffinity, "sched_setaffinity", { EFAULT, EINVAL, ESRCH } },
	{ SYS_setgroups, "setgroups", { EFAULT, EINVAL, ENOMEM } },
	{ SYS_setresgid, "setresgid", { EAGAIN, EINVAL } },
	{ SYS_setresuid, "setresuid", { EAGAIN, EINVAL } },
	{ SYS_capset, "capset", { EFAULT, EINVAL, ESRCH } },
	{ SYS_capget, "capget", { EFAULT, EINVAL, ESRCH } },
	{ SYS_exit, "exit", { 0 } },
	{ SYS_getppid, "getppid", { 0 } },
	{ SYS_getpid, "getpid", { 0 } },
	{ NR_LANDLOCK_RESTRICT_SELF,
	  "landlock_restrict_self",
	  { E2BIG, EBADF, EBADFD, EINVAL, EOPNOTSUPP } },
	{ SYS_seccomp,
	  "seccomp",
	  { EACCES, EBUSY, ECANCELED, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, ESRCH } },
	{ SYS_execve,
	  "execve",
	  { E2BIG, EACCES, EAGAIN, EFAULT, EINVAL, EIO, EISDIR, ELIBBAD, ELOOP, EMFILE,
	    ENAMETOOLONG, ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOTDIR, ETXTBSY } },
	{ SYS_exit_group, "exit_group", { 0 } },
};

/*
 * What no library can make good. Either the kernel never gives that answer there, and a library
 * that is lied to may well believe it; or what it refuses to free cannot be freed, and then the
 * test does it in its stead, and nothing else may be left.
 */
enum mercy { NEVER_SAID, TEST_FREES, TEST_RESTORES, LATER_CALL_REAPS };

static const struct exception {
	int who, nr, error; /* 0: each */
	int arg;	    /* -1: any; else only if args[arg] is `value` */
	uint64_t value;
	enum mercy mercy;
	const char *why;
} exceptions[] = {
	{ PARENT, SYS_getpid, 0, -1, 0, NEVER_SAID, "always successful" },
#ifdef SYS_newfstatat
	{ PARENT, SYS_newfstatat, EBADF, -1, 0, NEVER_SAID,
	  "then it is not open, and may be forgotten" },
#endif
	{ PARENT, SYS_fstat, EBADF, -1, 0, NEVER_SAID,
	  "then it is not open, and may be forgotten" },
	{ PARENT, SYS_fcntl, EBADF, 1, F_GETFL, NEVER_SAID,
	  "then it is not open, and not ours to close" },
	{ PARENT, SYS_waitid, ECHILD, -1, 0, NEVER_SAID,
	  "tells exec from death: there is a child" },
	{ PARENT, SYS_waitid, ESRCH, -1, 0, NEVER_SAID, "for process groups only" },
	{ PARENT, SYS_connect, EINPROGRESS, -1, 0, NEVER_SAID, "then a connection is under way" },
	{ PARENT, SYS_connect, EINTR, -1, 0, NEVER_SAID, "then a connection is under way" },
	{ PARENT, NR_PIDFD_SEND_SIGNAL, EBADF, -1, 0, NEVER_SAID, "it is our pidfd" },
	{ PARENT, NR_PIDFD_SEND_SIGNAL, EINVAL, -1, 0, NEVER_SAID, "there is such a signal" },
	{ PARENT, NR_PIDFD_SEND_SIGNAL, ESRCH, -1, 0, NEVER_SAID, "it is not reaped" },
	{ PARENT, SYS_close, 0, -1, 0, TEST_FREES,
	  "the kernel frees the number whatever close(2) answers" },
	{ PARENT, SYS_munmap, 0, -1, 0, TEST_FREES, "what the kernel does not unmap stays" },
	{ PARENT, SYS_rt_sigprocmask, 0, 2, 0, TEST_RESTORES, "the call that restores the mask" },
	{ PARENT, SYS_prctl, 0, 1, 1, TEST_RESTORES, "the call that restores the dumpable flag" },
	{ PARENT, SYS_waitid, 0, -1, 0, LATER_CALL_REAPS,
	  "the call that reaps a child which failed" },
#ifdef SYS_poll
	{ PARENT, SYS_poll, 0, -1, 0, LATER_CALL_REAPS,
	  "the call that awaits the death of a child" },
#endif
	{ PARENT, SYS_ppoll, 0, -1, 0, LATER_CALL_REAPS,
	  "the call that awaits the death of a child" },
};

/* The cases */

enum kind { PLAIN, MANY_FDS, CLOSED_STDIN, FLAGS, SEALED, SEALED_AS_ROOT, MISSING, HANGING };

static const char *const kinds[] = {
	"plain",
	"many descriptors",
	"0 closed",
	"every flag",
	"seal",
	"seal that root alone can keep",
	"missing program",
	"hanging child",
};

struct what {
	enum kind kind;
	enum airlock_channel channel;
	bool all;	/* each call that repeats, too */
	int only_errno; /* close_range alone, with this; see poisons() */
	unsigned first; /* injection to begin with, after one that failed */
};

static char *const cat_argv[] = { NULL, (char *)"cat", NULL };

static struct {
	struct airlock_options o;
	char *argv[3];
	struct airlock_fd fds[9];
	struct airlock_seal seal;
	struct sock_filter code[16];
	unsigned long cpus[16];
	uint32_t group;
	bool fails; /* without any injection */
	struct rule hold;
	bool holds;
} the;

enum {
	FAR = 300,
	KEPT_CAP = CAP_DAC_OVERRIDE,
	SEAL_UMASK = 027,
	SEAL_NICE = 3,
	SEAL_NOFILE = 64,
	SEAL_OOM = 500
};

/* All is allowed, but a second exec. */
static void one_exec(void)
{
	const struct sock_filter code[16] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 12),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 11),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 9),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};

	memcpy(the.code, code, sizeof code);
	the.seal.filter = the.code;
	the.seal.nfilter = COUNT(code);
	for (unsigned short i = 0; i < 6; i++)
		the.seal.one_exec[i] = (uint16_t)(3 + 2 * i);
}

/* A ruleset that forbids to make block devices; -1: no Landlock here. */
static int landlock_ruleset(void)
{
	const uint64_t handled = 1ull << 11; /* LANDLOCK_ACCESS_FS_MAKE_BLOCK */

	return (int)syscall(NR_LANDLOCK_CREATE_RULESET, &handled, sizeof handled, 0);
}

static void make_seal(bool as_root)
{
	struct airlock_seal *s = &the.seal;

	*s = (struct airlock_seal){ .size = sizeof *s, .version = AIRLOCK__SEAL_VERSION };
	s->parts = AIRLOCK__SEAL_UMASK | AIRLOCK__SEAL_NICE | AIRLOCK__SEAL_SECCOMP |
		   AIRLOCK__SEAL_ONE_EXEC | AIRLOCK__SEAL_OOM_SCORE;
	s->umask = SEAL_UMASK;
	s->nice = SEAL_NICE;
	s->oom_score_adj = SEAL_OOM;
	s->limits = 1u << RLIMIT_NOFILE | 1u << RLIMIT_CORE;
	s->limit[RLIMIT_NOFILE] = (struct airlock__limit){ SEAL_NOFILE, SEAL_NOFILE };
	s->directory = "/";
	assert_int_equal(sched_getaffinity(0, sizeof the.cpus, (cpu_set_t *)the.cpus), 0);
	s->cpus = the.cpus;
	s->cpus_size = sizeof the.cpus;
	one_exec();
	s->landlock_fd = landlock_ruleset();
	if (s->landlock_fd >= 0)
		s->parts |= AIRLOCK__SEAL_LANDLOCK;
	the.o.seal = s;
	if (!as_root)
		return;
	s->parts |= AIRLOCK__SEAL_LESS_THAN_PARENT;
	s->root = "/";
	s->bounding = s->permitted = s->effective = s->inheritable = s->ambient = 1ull << KEPT_CAP;
	s->securebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED;
	the.group = getegid();
	s->groups = &the.group;
	s->ngroups = 1;
	s->uid = geteuid();
	s->gid = getegid();
}

static void map_many(void)
{
	for (int i = 0; i < (int)COUNT(the.fds); i++) {
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		assert_int_equal(dup3(fd, FAR + i, O_CLOEXEC), FAR + i);
		close(fd);
		the.fds[i] = (struct airlock_fd){ FAR + i, 10 + i };
	}
	the.o.fds = the.fds;
	the.o.nfds = COUNT(the.fds);
}

static void make_case(const struct what *w)
{
	memset(&the, 0, sizeof the);
	memcpy(the.argv, cat_argv, sizeof the.argv);
	the.argv[0] = (char *)helper_program("report");
	the.argv[1] = (char *)(w->channel == AIRLOCK_NONE ? "linger" : "cat");
	the.o = options_for(w->channel, the.argv);
	the.o.timeout_ms = TIMEOUT_MS;
	the.o.stderr_fd = -1;
	switch (w->kind) {
	case PLAIN:
		break;
	case MANY_FDS:
		map_many();
		break;
	case CLOSED_STDIN:
		airlock_reserve();
		close(STDIN_FILENO);
		break;
	case FLAGS:
		the.o.flags |= AIRLOCK_NEW_SESSION | AIRLOCK_DIE_WITH_PARENT | AIRLOCK_SEARCH_PATH;
		the.o.cwd = "/";
		break;
	case SEALED:
	case SEALED_AS_ROOT:
		make_seal(w->kind == SEALED_AS_ROOT);
		break;
	case MISSING:
		the.o.path = "/nonexistent/helper";
		the.fails = true;
		break;
	case HANGING:
		the.o.timeout_ms = SHORT_MS;
		the.hold = (struct rule){ .who = CHILD, .nr = SYS_read, .nth = 1, .action = HOLD };
		the.holds = the.fails = true;
		break;
	}
}

/* What a success must be */

static char *slurp(pid_t pid, const char *name)
{
	static char buf[16384];
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	assert_true(n >= 0);
	buf[n] = '\0';
	return buf;
}

static void check_status(pid_t pid, const char *key, const char *want)
{
	char *got = report_value(slurp(pid, "status"), key);

	assert_non_null(got);
	if (strcmp(got + strspn(got, "\t "), want))
		fail_msg("P8: %s is %s, not %s", key, got, want);
	free(got);
}

static void check_seal(pid_t pid)
{
	const struct airlock_seal *s = the.o.seal;
	char caps[32], group[32];
	char *filters;

	if (!s)
		return;
	check_status(pid, "NoNewPrivs", "1");
	check_status(pid, "Umask", "0027");
	assert_non_null(
		strstr(slurp(pid, "limits"), "Max open files            64                   64 "));
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), SEAL_NICE);
	assert_int_equal(atoi(slurp(pid, "oom_score_adj")), SEAL_OOM);
	/* the supervisor's and the seal's; Linux 5.9 */
	filters = report_value(slurp(pid, "status"), "Seccomp_filters");
	if (filters)
		assert_int_equal(atoi(filters + strspn(filters, "\t ")), 2);
	free(filters);
	if (!(s->parts & AIRLOCK__SEAL_CAPABILITIES))
		return;
	snprintf(caps, sizeof caps, "%016llx", 1ull << KEPT_CAP);
	check_status(pid, "CapBnd", caps);
	check_status(pid, "CapPrm", caps);
	check_status(pid, "CapEff", caps);
	check_status(pid, "CapAmb", caps);
	snprintf(group, sizeof group, "%u ", the.group);
	check_status(pid, "Groups", group);
}

/* 0, 1, 2 and what is mapped; by the list, so that no helper need tell */
static void check_fds(pid_t pid)
{
	char path[64], got[512] = "", want[512] = "";
	bool open_there[64] = { false };
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)))
		if (*e->d_name != '.') {
			int fd = atoi(e->d_name);

			if (fd >= (int)COUNT(open_there))
				fail_msg("P3: the helper holds descriptor %d", fd);
			open_there[fd] = true;
		}
	closedir(d);
	for (int fd = 0; fd < (int)COUNT(open_there); fd++) {
		bool mapped = fd < 3 || (the.o.nfds && fd >= 10 && fd < 10 + (int)the.o.nfds);

		if (open_there[fd])
			snprintf(got + strlen(got), sizeof got - strlen(got), " %d", fd);
		if (mapped)
			snprintf(want + strlen(want), sizeof want - strlen(want), " %d", fd);
	}
	if (strcmp(got, want))
		fail_msg("P3: the helper holds%s, not%s", got, want);
}

static void check_echo(const struct airlock_helper *h)
{
	char answer[64];

	/* the first byte is ours, and back: nothing of the chat is left (P5) */
	assert_int_equal(ask(h, "over\n", answer, sizeof answer), 5);
	assert_string_equal(answer, "over\n");
	assert_false(readable(h->rfd, 0));
}

/* Past the point of no return an exec still has to close, and to name the process: it does not wait. */
static void await_name(pid_t pid)
{
	const struct timespec nap = { 0, 100000 };
	int64_t until = now_ms() + TIMEOUT_MS;

	while (strcmp(slurp(pid, "comm"), "report\n") && now_ms() < until)
		nanosleep(&nap, NULL);
	assert_string_equal(slurp(pid, "comm"), "report\n");
}

static void check_success(const struct outcome *out)
{
	struct airlock_helper h = out->helper;
	int st;

	assert_true(h.pid > 0);
	if (the.o.channel == AIRLOCK_NONE)
		assert_true(h.rfd == -1 && h.wfd == -1);
	else
		check_echo(&h);
	await_name(h.pid);
	check_fds(h.pid);
	check_seal(h.pid);
	assert_false(sigchld_came(0));
	assert_int_equal(airlock_kill(&h, SIGKILL), 0);
	assert_int_equal(airlock_stop(&h, TIMEOUT_MS, &st), 0);
	assert_int_equal(st, SIGKILL);
	/* as any child's, its end is told */
	assert_true(sigchld_came(TIMEOUT_MS));
}

/* What a failure must be */

/* The child's last call is an exec that no rule touched: it had become the helper. */
static bool had_execed(void)
{
	size_t n;
	const struct call *calls = watched_calls(&n), *last = NULL;

	for (size_t i = 0; i < n; i++)
		if (calls[i].who == CHILD)
			last = &calls[i];
	return last && last->nr == SYS_execve && !last->acted && !the.fails;
}

/* No other clone was to be had: see start_private() */
static bool was_forked(void)
{
	size_t n;
	const struct call *calls = watched_calls(&n);

	for (size_t i = 0; i < n; i++)
		if (calls[i].nr == SYS_clone && !calls[i].acted &&
		    (calls[i].args[0] & 0xff) == SIGCHLD)
			return true;
	return false;
}

static void check_failure(const struct outcome *out)
{
	const struct airlock_error *e = &out->error;
	const struct airlock_helper *h = &out->helper;
	const char *step = airlock_step_name(e->step);

	assert_true(h->pid == -2 && h->pidfd == -2 && h->rfd == -2 && h->wfd == -2);
	assert_true(out->r < 0);
	assert_int_equal(out->r, -e->code);
	assert_true(strcmp(step, "none") && strcmp(step, "unknown"));
	assert_non_null(strstr(e->message, step));
	assert_true(out->took_ms <= (int)the.o.timeout_ms + SLACK_MS);
	/* exec gives a child its SIGCHLD, as fork does: then what must be put down dies aloud */
	if (sigchld_came(0))
		assert_true(had_execed() || was_forked());
}

/* A child that is put aside is reaped by the next spawn. */
static void spawn_once_more(void)
{
	struct outcome out;

	watched_spawn(&the.o, &the.hold, the.holds ? 1 : 0, &out);
	if (out.r == 0)
		check_success(&out);
	else
		check_failure(&out);
}

/* Is there a child? If so it was killed: await its end, so that it can be reaped. */
static bool have_child(void)
{
	siginfo_t si;

	if (waitid(P_ALL, 0, &si, WEXITED | WNOWAIT | __WALL) < 0)
		return false;
	/* its death is told now, and not when check_failure() looked */
	if (sigchld_came(0))
		assert_true(had_execed() || was_forked());
	return true;
}

/* On a busy machine: killed, and not dead within the grace (P4 before P2). */
static void reap_late(const struct outcome *out)
{
	if (out->r < 0 && strstr(out->error.message, "cannot die yet") && have_child())
		spawn_once_more();
}

/* Do what the kernel was kept from; all else is the library's duty. */
static void show_mercy(const struct exception *x, const struct call *c, struct outcome *out)
{
	switch (x->mercy) {
	case NEVER_SAID:
		break;
	case TEST_FREES:
		if (c->nr == SYS_close)
			close((int)c->args[0]);
		else
			munmap((void *)(uintptr_t)c->args[0], (size_t)c->args[1]);
		break;
	case TEST_RESTORES:
		if (c->nr == SYS_prctl) {
			prctl(PR_SET_DUMPABLE, 1);
		} else {
			watched_restore_mask();
			out->mask_after = out->mask_before;
		}
		break;
	case LATER_CALL_REAPS:
		if (out->r < 0 && have_child())
			spawn_once_more();
	}
}

static const struct call *acted_call(int nr)
{
	size_t n;
	const struct call *calls = watched_calls(&n);

	for (size_t i = 0; i < n; i++)
		if (calls[i].acted && calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

/* One run */

static struct {
	unsigned at;
	long runs, successes, missed, spared;
} count;

static const struct errors *errors_of(int nr)
{
	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].nr == nr)
			return &errors[i];
	return NULL;
}

static const struct exception *exception_of(const struct call *c, int error)
{
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		const struct exception *x = &exceptions[i];

		if (x->who & c->who && x->nr == c->nr && (!x->error || x->error == error) &&
		    (x->arg < 0 || c->args[x->arg] == x->value))
			return x;
	}
	return NULL;
}

/* Is a call that was interrupted made once more? */
static bool restarts(int nr)
{
	static const int list[] = {
#ifdef SYS_poll
		SYS_poll,
#endif
		SYS_ppoll,     SYS_read,   SYS_write, SYS_sendto, SYS_accept4,
		SYS_getrandom, SYS_waitid, SYS_dup3,  SYS_futex,
	};

	for (size_t i = 0; i < COUNT(list); i++)
		if (list[i] == nr)
			return true;
	return false;
}

/* P2: the errno is the one of the call that failed, and not of what came after it. */
static void check_answer(const struct call *c, int error, const struct outcome *out)
{
	if (error == EINTR && restarts(c->nr))
		assert_int_equal(out->r, 0);
	/* one that has no parent's pid has no parent */
	if (out->r < 0)
		assert_int_equal(out->r, c->nr == SYS_getppid ? -ESRCH : -error);
}

static void inject(const struct what *w, const struct call *c, int error)
{
	const struct exception *x = exception_of(c, error);
	struct rule rules[2] = {
		{ .who = c->who, .nr = c->nr, .nth = c->nth, .action = FAIL, .value = error },
		the.hold
	};
	const struct call *hit;
	struct snapshot *s;
	struct outcome out;
	struct call copy = { 0 };

	if (count.at++ < w->first)
		return;
	if (x && x->mercy == NEVER_SAID) {
		count.spared++;
		return;
	}
	watched_case(count.at, "%s over %s, %s: %s number %d of the %s answers %s (%d)",
		     kinds[w->kind], channel_name(w->channel),
		     private_mode() ? "private memory" : "shared memory", errors_of(c->nr)->name,
		     c->nth, c->who == CHILD ? "child" : "parent", strerror(error), error);
	s = snapshot_take();
	watched_spawn(&the.o, rules, the.holds ? 2 : 1, &out);
	count.runs++;
	hit = acted_call(c->nr);
	count.missed += !hit;
	if (hit)
		copy = *hit;
	if (out.r == 0)
		check_success(&out);
	else
		check_failure(&out);
	if (hit && !the.fails)
		check_answer(c, error, &out);
	if (hit && x)
		show_mercy(x, &copy, &out);
	reap_late(&out);
	count.successes += out.r == 0;
	assert_int_equal(out.errno_after, WATCHED_ERRNO);
	assert_true(out.mask_before == out.mask_after);
	airlock_reserve();
	assert_unchanged(s);
}

/* A whole case */

static struct call recorded[MAX_CALLS];
static size_t nrecorded;

/* The first child's calls and the parent's, as they come when all goes well. */
static void record(const struct what *w)
{
	struct outcome out;
	const struct call *calls;

	watched_case(0, "%s over %s, nothing injected", kinds[w->kind], channel_name(w->channel));
	for (int i = 0; i < 3; i++) {
		struct snapshot *s = snapshot_take();

		watched_spawn(&the.o, &the.hold, the.holds ? 1 : 0, &out);
		if (out.r < 0 && !the.fails)
			fail_msg("%s", out.error.message);
		calls = watched_calls(&nrecorded);
		assert_in_range(nrecorded, 1, MAX_CALLS - 1);
		memcpy(recorded, calls, nrecorded * sizeof *calls);
		if (out.r == 0)
			check_success(&out);
		else
			check_failure(&out);
		assert_unchanged(s);
	}
}

static int times(const struct call *c)
{
	int n = 0;

	for (size_t i = 0; i < nrecorded; i++)
		n += recorded[i].nr == c->nr && recorded[i].who == c->who;
	return n;
}

/* Of a call that comes often: the first two, one from the middle, the last. */
static bool is_sample(const struct what *w, const struct call *c)
{
	int n = times(c);

	/* nobody is told what the child did before it hung */
	if (w->kind == HANGING && c->who == CHILD)
		return false;
	return w->all || n <= OFTEN || c->nth <= 2 || c->nth == n / 2 || c->nth == n;
}

/* The answer makes the library give the reserve up for good: needs a subject of its own. */
static bool poisons(const struct call *c, int error)
{
	return c->who == CHILD && c->nr == NR_CLOSE_RANGE &&
	       c->args[2] == 2 /* CLOSE_RANGE_UNSHARE */ &&
	       (error == EINVAL || error == ENOSYS || error == EPERM);
}

static void inject_all_errors(const struct what *w, const struct call *c)
{
	const struct errors *e = errors_of(c->nr);
	static const int always[] = { ENOSYS, EPERM };

	if (!e)
		fail_msg("system call %d of the %s has no list of errors here", c->nr,
			 c->who == CHILD ? "child" : "parent");
	for (size_t i = 0; i < COUNT(always); i++)
		if (!poisons(c, always[i]))
			inject(w, c, always[i]);
	for (size_t i = 0; e->list[i]; i++)
		if (!poisons(c, e->list[i]))
			inject(w, c, e->list[i]);
}

static void run_case(void *arg)
{
	const struct what *w = arg;

	make_case(w);
	record(w);
	for (size_t i = 0; i < nrecorded; i++) {
		if (w->only_errno && poisons(&recorded[i], w->only_errno))
			inject(w, &recorded[i], w->only_errno);
		if (!w->only_errno && is_sample(w, &recorded[i]))
			inject_all_errors(w, &recorded[i]);
	}
	/* a call may come one time more or less as the two race, but most must be there again */
	assert_true(count.missed * 10 <= count.runs || count.runs < 100);
	if (!w->only_errno)
		print_message("%s over %s: %zu calls, %ld injections, %ld survived, %ld not met, "
			      "%ld spared\n",
			      kinds[w->kind], channel_name(w->channel), nrecorded, count.runs,
			      count.successes, count.missed, count.spared);
}

static const char *no_injections(void)
{
	return UNDER_TSAN ? "the sanitizer makes calls of its own in the thread that is watched"
			  : no_supervisor();
}

/* To the end, so that one run shows all that is wrong: a new subject goes on after what failed. */
static int failures_of(struct what w)
{
	int failed = 0;

	while (!supervised(run_case, &w, NULL, 0, LIMIT_S)) {
		/* it is the case without injection that fails */
		if (supervised_cases() == 0 || ++failed == MOST_FAILURES)
			return failed + 1;
		w.first = supervised_cases();
	}
	return failed;
}

static void supervise_case(struct what w)
{
	static const int poison[] = { EINVAL, ENOSYS, EPERM };
	const char *why = no_injections();
	int failed;

	if (why)
		SKIP("%s", why);
	failed = failures_of(w);
	for (size_t i = 0; i < COUNT(poison) && !private_mode(); i++) {
		w.only_errno = poison[i];
		failed += failures_of(w);
	}
	if (failed)
		fail_msg("%d injections failed, see above", failed);
}

static void p2_each_call_fails_over_each_channel(void **state)
{
	(void)state;
	for (int c = 0; c < NCHANNELS; c++)
		supervise_case((struct what){ .kind = PLAIN,
					      .channel = (enum airlock_channel)c,
					      .all = c == AIRLOCK_UNIX_STREAM });
}

static void p2_each_call_fails_with_many_descriptors(void **state)
{
	(void)state;
	supervise_case((struct what){ .kind = MANY_FDS, .channel = AIRLOCK_UNIX_STREAM });
}

static void p2_each_call_fails_with_stdin_closed(void **state)
{
	(void)state;
	supervise_case((struct what){ .kind = CLOSED_STDIN, .channel = AIRLOCK_FIFO });
}

static void p2_each_call_fails_with_every_flag(void **state)
{
	(void)state;
	supervise_case((struct what){ .kind = FLAGS, .channel = AIRLOCK_UNIX_STREAM });
}

static void p8_each_call_fails_with_a_seal(void **state)
{
	(void)state;
	supervise_case((struct what){ .kind = SEALED, .channel = AIRLOCK_UNIX_SEQPACKET });
}

static void p8_each_call_fails_with_a_seal_of_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		SKIP("a seal that changes ids and capabilities needs root");
	supervise_case((struct what){ .kind = SEALED_AS_ROOT, .channel = AIRLOCK_UNIX_STREAM });
}

static void p2_each_call_fails_where_the_program_is_missing(void **state)
{
	(void)state;
	supervise_case((struct what){ .kind = MISSING, .channel = AIRLOCK_UNIX_STREAM });
}

static void p4_each_call_fails_where_the_child_hangs(void **state)
{
	(void)state;
	supervise_case((struct what){ .kind = HANGING, .channel = AIRLOCK_UNIX_STREAM });
}

/* What fails each time */

enum { SHARES_MEMORY = 0x100, GIVES_PIDFD = 0x1000 }; /* CLONE_VM, CLONE_PIDFD */
enum { IN_SHARED = 1, IN_PRIVATE = 2 };

#define ALWAYS(by, call, error) \
	{ \
		.who = (by), .nr = (call), .action = FAIL, .value = (error) \
	}
#define WITH_FLAG(by, call, error, flag) \
	{ \
		.who = (by), .nr = (call), .action = FAIL, .value = (error), .mask = (flag), \
		.bits = (flag) \
	}
#define WITH_P_PIDFD(error) \
	{ \
		.who = PARENT, .nr = SYS_waitid, .action = FAIL, .value = (error), .mask = ~0ull, \
		.bits = 3 \
	}

struct always {
	const char *what;
	struct rule rules[4];
	unsigned met; /* where it must have been asked: the test would show nothing */
	enum kind kind;
	int r; /* of the spawn */
	enum airlock_step step;
	bool unreserve; /* the reserve is to be taken anew */
	bool lowered;	/* open descriptors above the hard limit */
	bool chats;	/* for channels only */
};

enum { HIGH_FD = 5000, LOW_LIMIT = 64 };

static void open_above_the_limit(void)
{
	struct rlimit low = { LOW_LIMIT, LOW_LIMIT };

	/* without close-on-exec: nothing but the closing stops them */
	for (int i = 0; i < 3; i++)
		assert_int_equal(dup2(STDERR_FILENO, HIGH_FD + 97 * i), HIGH_FD + 97 * i);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
}

static void check_always(const struct always *a, const struct outcome *out)
{
	if (out->r == 0) {
		check_success(out);
	} else {
		check_failure(out);
		assert_int_equal(out->error.step, a->step);
	}
	if (out->r != a->r)
		fail_msg("it answers %d: %s", out->r, out->error.message);
}

/* P2, where the reserve itself is another than before */
static void assert_as_few(int fds)
{
	airlock_unreserve();
	assert_int_equal(count_fds(), fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

static void always_over(const struct always *a, enum airlock_channel channel)
{
	struct what w = { .kind = a->kind, .channel = channel };
	struct rule rules[COUNT(a->rules) + 1];
	struct snapshot *s = NULL;
	struct outcome out;
	size_t n = 0;
	int fds;

	make_case(&w);
	/* to try a million numbers takes its time */
	the.o.timeout_ms = a->kind == HANGING ? SHORT_MS : PATIENT_MS;
	while (n < COUNT(a->rules) && a->rules[n].who) {
		rules[n] = a->rules[n];
		n++;
	}
	if (the.holds)
		rules[n++] = the.hold;
	watched_case(1, "%s, %s over %s", a->what, kinds[w.kind], channel_name(channel));
	if (a->unreserve)
		airlock_unreserve();
	else
		s = snapshot_take();
	fds = count_fds();
	watched_begin(&the.o, rules, n);
	watched_end(2 * PATIENT_MS, &out);
	check_always(a, &out);
	reap_late(&out);
	if (!s)
		return assert_as_few(fds);
	airlock_reserve();
	assert_unchanged(s);
}

static void run_always(void *arg)
{
	const struct always *a = arg;
	int hits[COUNT(a->rules)] = { 0 };

	if (a->lowered)
		open_above_the_limit();
	for (int c = a->chats; c < NCHANNELS; c++) {
		always_over(a, (enum airlock_channel)c);
		for (size_t i = 0; i < COUNT(hits); i++)
			hits[i] += watched_hits(i);
	}
	if (a->met & (private_mode() ? IN_PRIVATE : IN_SHARED))
		assert_true(hits[0] > 0);
}

static void supervise_always(const struct always *a, size_t n)
{
	/* not close(2): where numbers are tried there are too many */
	static const int calls[] = {
		NR_CLOSE_RANGE, SYS_openat,	  SYS_clone,	  SYS_waitid, NR_PIDFD_SEND_SIGNAL,
		NR_PIDFD_OPEN,	SYS_memfd_create, SYS_getrandom,  SYS_futex,  SYS_read,
		SYS_execve,	SYS_exit_group,	  SYS_getdents64,
	};
	const char *why = no_supervisor();

	if (why)
		SKIP("%s", why);
	for (size_t i = 0; i < n; i++)
		supervise(run_always, (void *)&a[i], calls, COUNT(calls), LIMIT_S);
}

static void p3_closing_falls_back_where_close_range_is_refused(void **state)
{
	static const struct always cases[] = {
		{ .what = "close_range ENOSYS",
		  .met = IN_SHARED | IN_PRIVATE,
		  .lowered = true,
		  .rules = { ALWAYS(CHILD, NR_CLOSE_RANGE, ENOSYS) } },
		{ .what = "close_range EPERM",
		  .met = IN_SHARED | IN_PRIVATE,
		  .lowered = true,
		  .rules = { ALWAYS(CHILD, NR_CLOSE_RANGE, EPERM) } },
		{ .what = "close_range ENOSYS, no /proc",
		  .met = IN_SHARED | IN_PRIVATE,
		  .lowered = true,
		  .rules = { ALWAYS(CHILD, NR_CLOSE_RANGE, ENOSYS),
			     ALWAYS(CHILD, SYS_openat, ENOENT) } },
		{ .what = "close_range EPERM, /proc not to be read",
		  .met = IN_SHARED | IN_PRIVATE,
		  .lowered = true,
		  .rules = { ALWAYS(CHILD, NR_CLOSE_RANGE, EPERM),
			     ALWAYS(CHILD, SYS_getdents64, ENOSYS) } },
		{ .what = "no table of its own",
		  .met = IN_SHARED,
		  .rules = { { .who = CHILD,
			       .nr = NR_CLOSE_RANGE,
			       .action = FAIL,
			       .value = EINVAL,
			       .mask = 2,
			       .bits = 2,
			       .arg = 2 } } },
	};

	(void)state;
	supervise_always(cases, COUNT(cases));
}

static void p1_another_way_is_found_where_sharing_is_refused(void **state)
{
	static const struct always cases[] = {
		{ .what = "clone EINVAL",
		  .met = IN_SHARED,
		  .rules = { WITH_FLAG(PARENT, SYS_clone, EINVAL, SHARES_MEMORY) } },
		{ .what = "clone EPERM",
		  .met = IN_SHARED,
		  .rules = { WITH_FLAG(PARENT, SYS_clone, EPERM, SHARES_MEMORY) } },
		{ .what = "clone ENOSYS",
		  .met = IN_SHARED,
		  .rules = { WITH_FLAG(PARENT, SYS_clone, ENOSYS, SHARES_MEMORY) } },
		{ .what = "no clone but fork's, EPERM",
		  .met = IN_SHARED | IN_PRIVATE,
		  .rules = { WITH_FLAG(PARENT, SYS_clone, EPERM, GIVES_PIDFD) } },
		{ .what = "no clone but fork's, EINVAL",
		  .met = IN_SHARED | IN_PRIVATE,
		  .rules = { WITH_FLAG(PARENT, SYS_clone, EINVAL, GIVES_PIDFD) } },
		{ .what = "memfd_create ENOSYS",
		  .met = IN_SHARED,
		  .unreserve = true,
		  .rules = { ALWAYS(PARENT, SYS_memfd_create, ENOSYS) } },
		{ .what = "memfd_create EPERM",
		  .met = IN_SHARED,
		  .unreserve = true,
		  .rules = { ALWAYS(PARENT, SYS_memfd_create, EPERM) } },
		{ .what = "futex ENOSYS",
		  .met = IN_SHARED,
		  .rules = { ALWAYS(PARENT | CHILD, SYS_futex, ENOSYS) } },
	};

	(void)state;
	supervise_always(cases, COUNT(cases));
}

static void p2_old_kernels_without_pidfds_start_and_reap(void **state)
{
	static const struct always cases[] = {
		{ .what = "no pidfd of any kind",
		  .met = IN_SHARED | IN_PRIVATE,
		  .rules = { WITH_FLAG(PARENT, SYS_clone, EINVAL, GIVES_PIDFD),
			     ALWAYS(PARENT, NR_PIDFD_OPEN, ENOSYS),
			     ALWAYS(PARENT, NR_PIDFD_SEND_SIGNAL, ENOSYS), WITH_P_PIDFD(EINVAL) } },
		{ .what = "waitid knows no pidfd",
		  .met = IN_SHARED | IN_PRIVATE,
		  .rules = { WITH_P_PIDFD(EINVAL) } },
		{ .what = "waitid knows no pidfd",
		  .met = IN_SHARED | IN_PRIVATE,
		  .kind = MISSING,
		  .r = -ENOENT,
		  .step = AIRLOCK_STEP_EXECVE,
		  .rules = { WITH_P_PIDFD(EINVAL) } },
		{ .what = "waitid knows no pidfd",
		  .met = IN_SHARED | IN_PRIVATE,
		  .kind = HANGING,
		  .r = -ETIMEDOUT,
		  .step = AIRLOCK_STEP_TIMEOUT,
		  .chats = true,
		  .rules = { WITH_P_PIDFD(EINVAL) } },
		{ .what = "pidfd_send_signal ENOSYS",
		  .met = IN_SHARED | IN_PRIVATE,
		  .kind = HANGING,
		  .r = -ETIMEDOUT,
		  .step = AIRLOCK_STEP_TIMEOUT,
		  .chats = true,
		  .rules = { ALWAYS(PARENT, NR_PIDFD_SEND_SIGNAL, ENOSYS) } },
		{ .what = "pidfd_send_signal EPERM",
		  .met = IN_SHARED | IN_PRIVATE,
		  .kind = HANGING,
		  .r = -ETIMEDOUT,
		  .step = AIRLOCK_STEP_TIMEOUT,
		  .chats = true,
		  .rules = { ALWAYS(PARENT, NR_PIDFD_SEND_SIGNAL, EPERM) } },
	};

	(void)state;
	supervise_always(cases, COUNT(cases));
}

static void p6_no_spawn_without_random_tokens(void **state)
{
	static const struct always cases[] = {
		{ .what = "getrandom ENOSYS",
		  .met = IN_SHARED | IN_PRIVATE,
		  .chats = true,
		  .r = -ENOSYS,
		  .step = AIRLOCK_STEP_RANDOM,
		  .rules = { ALWAYS(PARENT, SYS_getrandom, ENOSYS) } },
		{ .what = "getrandom EPERM",
		  .met = IN_SHARED | IN_PRIVATE,
		  .chats = true,
		  .r = -EPERM,
		  .step = AIRLOCK_STEP_RANDOM,
		  .rules = { ALWAYS(PARENT, SYS_getrandom, EPERM) } },
		{ .what = "getrandom EAGAIN",
		  .met = IN_SHARED | IN_PRIVATE,
		  .kind = HANGING,
		  .chats = true,
		  .r = -ETIMEDOUT,
		  .step = AIRLOCK_STEP_RANDOM,
		  .rules = { ALWAYS(PARENT, SYS_getrandom, EAGAIN) } },
	};

	(void)state;
	supervise_always(cases, COUNT(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p2_each_call_fails_over_each_channel),
		cmocka_unit_test(p2_each_call_fails_with_many_descriptors),
		cmocka_unit_test(p2_each_call_fails_with_stdin_closed),
		cmocka_unit_test(p2_each_call_fails_with_every_flag),
		cmocka_unit_test(p8_each_call_fails_with_a_seal),
		cmocka_unit_test(p8_each_call_fails_with_a_seal_of_root),
		cmocka_unit_test(p2_each_call_fails_where_the_program_is_missing),
		cmocka_unit_test(p4_each_call_fails_where_the_child_hangs),
		cmocka_unit_test(p3_closing_falls_back_where_close_range_is_refused),
		cmocka_unit_test(p1_another_way_is_found_where_sharing_is_refused),
		cmocka_unit_test(p2_old_kernels_without_pidfds_start_and_reap),
		cmocka_unit_test(p6_no_spawn_without_random_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
