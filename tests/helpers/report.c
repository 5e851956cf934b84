/* SPDX-License-Identifier: ISC */
/*
 * report.c: a helper that tells what it really got, as "KEY: VALUE" lines in one write.
 *
 *	report [-o FD] [report]		the report, to FD (1), and exit 0
 *	report cat			copy 0 to 1 until end of file, message by message
 *	report say TEXT			write TEXT at once, then as cat
 *	report mark FD TEXT		write TEXT to FD at once, then as cat
 *	report exit N			exit N at once
 *	report signal N			end by signal N
 *	report hang			sleep, ignoring SIGTERM, whatever happens to 0
 *	report linger			sleep, until a signal ends it
 *	report flood N			write N bytes to 1, then exit 0
 *	report lines			answer each line of 0 with "got LINE"
 *	report reexec PATH		try to become PATH: "reexec: ERRNO" if that fails
 *	report open PATH...		read each: "open PATH: ERRNO" (0: it can be read)
 *	report call N			call number N without arguments: "call: RESULT ERRNO"
 *
 * Keys: fds (numbers), fd N (device:inode:flags), not-default (signals: N=ign N=handler), mask (hex),
 * cwd, umask (octal), limit N (soft:hard, by number), uid and gid (real effective saved),
 * groups, capabilities (permitted effective inheritable bounding ambient, hex), securebits, no-new-privs,
 * seccomp, pdeathsig, pid, ppid, pgid, sid, nice, affinity (number of CPUs), arg N, env (one line
 * each). It is static, so nothing here is the work of a loader.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static char text[1 << 20];
static size_t used;

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void add(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text + used, sizeof text - used, format, args);
	va_end(args);
	if (n > 0)
		used += (size_t)n < sizeof text - used ? (size_t)n : sizeof text - used - 1;
}

static void report_fd(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0)
		add("fd %d: %llx:%llx:%x\n", fd, (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino, (unsigned)fcntl(fd, F_GETFL));
}

/* by the list, and without /proc by number */
static void report_fds(void)
{
	static int fds[65536];
	int n = 0, list = -1;
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;

	if (d) {
		list = dirfd(d);
		while ((e = readdir(d)))
			if (*e->d_name != '.' && atoi(e->d_name) != list && n < 65536)
				fds[n++] = atoi(e->d_name);
		closedir(d);
	} else {
		for (int fd = 0; fd < 65536; fd++)
			if (fcntl(fd, F_GETFD) >= 0)
				fds[n++] = fd;
	}
	add("fds:");
	for (int i = 0; i < n; i++)
		add(" %d", fds[i]);
	add("\n");
	for (int i = 0; i < n; i++)
		report_fd(fds[i]);
}

/* raw calls: libc hides two signals */
static void report_signals(void)
{
	unsigned long mask = ~0ul;

	add("not-default:");
	for (int sig = 1; sig <= 64; sig++) {
		unsigned long act[4] = { 0 };

		if (syscall(SYS_rt_sigaction, sig, NULL, act, 8) == 0 && act[0])
			add(" %d=%s", sig, act[0] == 1 ? "ign" : "handler");
	}
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
	add("\nmask: %lx\n", mask);
}

static void report_credentials(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	unsigned long long permitted, effective, inheritable, bounding = 0, ambient = 0;
	gid_t groups[256];
	uid_t r, e, s;
	int n;

	getresuid(&r, &e, &s);
	add("uid: %u %u %u\n", r, e, s);
	getresgid(&r, &e, &s);
	add("gid: %u %u %u\n", r, e, s);
	n = getgroups(256, groups);
	add("groups:");
	for (int i = 0; i < n; i++)
		add(" %u", groups[i]);
	syscall(SYS_capget, &header, data);
	permitted = data[0].permitted | (unsigned long long)data[1].permitted << 32;
	effective = data[0].effective | (unsigned long long)data[1].effective << 32;
	inheritable = data[0].inheritable | (unsigned long long)data[1].inheritable << 32;
	for (int cap = 0; cap < 64; cap++) {
		bounding |= (unsigned long long)(prctl(PR_CAPBSET_READ, cap) == 1) << cap;
		ambient |= (unsigned long long)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0,
						      0) == 1)
			   << cap;
	}
	add("\ncapabilities: %llx %llx %llx %llx %llx\n", permitted, effective, inheritable,
	    bounding, ambient);
	add("securebits: %x\n", prctl(PR_GET_SECUREBITS));
	add("no-new-privs: %d\nseccomp: %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
	    prctl(PR_GET_SECCOMP));
}

static void report_process(void)
{
	char cwd[4096];
	mode_t mask = umask(0);
	int sig = 0;
	cpu_set_t cpus;

	add("cwd: %s\numask: %03o\n", getcwd(cwd, sizeof cwd) ? cwd : "?", mask);
	for (int i = 0; i < 16; i++) {
		struct rlimit limit;

		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			add("limit %d: %llu:%llu\n", i, (unsigned long long)limit.rlim_cur,
			    (unsigned long long)limit.rlim_max);
	}
	prctl(PR_GET_PDEATHSIG, &sig);
	add("pdeathsig: %d\npid: %d\nppid: %d\npgid: %d\nsid: %d\n", sig, getpid(), getppid(),
	    getpgid(0), getsid(0));
	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof cpus, &cpus);
	add("nice: %d\naffinity: %d\n", getpriority(PRIO_PROCESS, 0), CPU_COUNT(&cpus));
}

static int put(int fd, const char *buf, size_t n)
{
	while (n) {
		ssize_t r = write(fd, buf, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		buf += r;
		n -= (size_t)r;
	}
	return 0;
}

static int cat(void)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(0, buf, sizeof buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || put(1, buf, (size_t)n) < 0)
			return 1;
	}
	return 0;
}

static int answer_lines(void)
{
	char line[4096];

	while (fgets(line, sizeof line, stdin))
		if (printf("got %s", line) < 0 || fflush(stdout))
			return 1;
	return 0;
}

static int flood(long n)
{
	static char buf[4096];

	memset(buf, 'x', sizeof buf);
	for (; n > 0; n -= (long)sizeof buf)
		if (put(1, buf, (size_t)n < sizeof buf ? (size_t)n : sizeof buf) < 0)
			return 1;
	return 0;
}

static int reexec(char *path)
{
	char *argv[] = { path, (char *)"exit", (char *)"0", NULL };

	execve(path, argv, environ);
	add("reexec: %d\n", errno);
	return put(1, text, used) < 0;
}

static int open_each(char **paths)
{
	for (; *paths; paths++) {
		int fd = open(*paths, O_RDONLY | O_CLOEXEC), code = errno;

		add("open %s: %d\n", *paths, fd < 0 ? code : 0);
		if (fd >= 0)
			close(fd);
	}
	return put(1, text, used) < 0;
}

static int call(long number)
{
	long r = syscall(number, 0, 0, 0, 0, 0, 0);

	add("call: %ld %d\n", r, r < 0 ? errno : 0);
	return put(1, text, used) < 0;
}

static int report_all(int fd, int argc, char **argv)
{
	report_fds();
	report_signals();
	report_credentials();
	report_process();
	for (int i = 0; i < argc; i++)
		add("arg %d: %s\n", i, argv[i]);
	for (char **e = environ; *e; e++)
		add("env: %s\n", *e);
	return put(fd, text, used) < 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "report";
	const char *arg = argc > 2 ? argv[2] : "";

	if (!strcmp(what, "cat"))
		return cat();
	if (!strcmp(what, "say"))
		return put(1, arg, strlen(arg)) < 0 ? 1 : cat();
	if (!strcmp(what, "mark") && argc > 3)
		return put(atoi(arg), argv[3], strlen(argv[3])) < 0 ? 1 : cat();
	if (!strcmp(what, "exit"))
		_exit(atoi(arg));
	if (!strcmp(what, "signal")) {
		kill(getpid(), atoi(arg));
		for (;;)
			pause();
	}
	if (!strcmp(what, "hang")) {
		signal(SIGTERM, SIG_IGN);
		put(1, "ready\n", 6);
		for (;;)
			pause();
	}
	if (!strcmp(what, "linger"))
		for (;;)
			pause();
	if (!strcmp(what, "flood"))
		return flood(atol(arg));
	if (!strcmp(what, "lines"))
		return answer_lines();
	if (!strcmp(what, "reexec"))
		return reexec(argv[2]);
	if (!strcmp(what, "open"))
		return open_each(argv + 2);
	if (!strcmp(what, "call"))
		return call(atol(arg));
	if (!strcmp(what, "-o"))
		return report_all(atoi(arg), argc, argv);
	if (strcmp(what, "report"))
		return 2;
	return report_all(1, argc, argv);
}
