/* SPDX-License-Identifier: ISC */
/*
 * hostile.c: a helper that tries to get out: one attempt a process, since the answer may be its death.
 *
 *	hostile list			the names of all attempts, a line each
 *	hostile ATTEMPT [KEY=VALUE...]	try it, and write one line:
 *		ATTEMPT: got done WHAT		it has it
 *		ATTEMPT: got errno NAME		the answer was an error
 *		ATTEMPT: got killed NAME	the copy of itself that tried was killed
 *		ATTEMPT: not tried: REASON
 *
 * Keys: secret, inside, dir, own, suid (paths), victim, parent (pids), cell (an address, the same
 * in both), port, allowed, udp (loopback), abstract, path (unix sockets), tty (a descriptor).
 *
 * Before the attempt it makes no call but what a static C library makes to reach main(), and after
 * it one write: else a profile that allows little would be praised for refusing something else.
 * (What is done to the parent begins with a read: the parent says by a byte that its spawn is over.)
 * None of this may hurt the machine where it succeeds, as root either: it touches the named
 * files, the named processes, loopback and itself, and where success would be felt by all the
 * arguments are such that the kernel checks rights first and then finds them wrong.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What older headers lack; these have the same numbers everywhere. */
enum {
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_IO_URING_SETUP = 425,
	NR_IO_URING_ENTER = 426,
	NR_OPEN_TREE = 428,
	NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430,
	NR_PIDFD_OPEN = 434,
	NR_CLONE3 = 435,
	NR_OPENAT2 = 437,
	NR_PIDFD_GETFD = 438,
	NR_PROCESS_MADVISE = 440,
	NR_MOUNT_SETATTR = 442,
	NR_LANDLOCK_CREATE = 444,
	NR_PROCESS_MRELEASE = 448,
	MSG_TCP_FASTOPEN = 0x20000000,
	PROTOCOL_MPTCP = 262,
	MANY_FORKS = 64,
	GIB = 1 << 30,
	EXECUTED = 77 /* the exit status of a second program */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HIGH_HALF 0x100000000L

extern char **environ;
static char **args;   /* the KEY=VALUE ones */
static char *program; /* this file, as it was called */
static const char *attempt;
static const char *detail = ""; /* what was got */

/* Frame */

static _Noreturn void end(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void end(const char *format, ...)
{
	char line[1024];
	va_list list;
	size_t n = (size_t)snprintf(line, sizeof line - 1, "%s: ", attempt);
	int r;

	va_start(list, format);
	r = vsnprintf(line + n, sizeof line - 1 - n, format, list);
	va_end(list);
	n += r < 0 ? 0 : (size_t)r;
	if (n > sizeof line - 2)
		n = sizeof line - 2;
	line[n++] = '\n';
	_exit(write(1, line, n) != (ssize_t)n);
}

static _Noreturn void not_tried(const char *reason)
{
	end("not tried: %s", reason);
}

static const char *name_of_errno(long code)
{
	static char number[24];
	const char *name = strerrorname_np((int)code);

	snprintf(number, sizeof number, "%ld", code);
	return name ? name : number;
}

static _Noreturn void got(long r)
{
	if (r < 0)
		end("got errno %s", name_of_errno(-r));
	end("got done %s", detail);
}

static const char *option_or_null(const char *key)
{
	size_t n = strlen(key);

	for (char **a = args; *a; a++)
		if (!strncmp(*a, key, n) && (*a)[n] == '=')
			return *a + n + 1;
	return NULL;
}

static const char *option(const char *key)
{
	const char *value = option_or_null(key);

	if (!value)
		end("not tried: no %s= was given", key);
	return value;
}

static long number(const char *key)
{
	return strtol(option(key), NULL, 0);
}

/* "VALUE of KEY" followed by `rest`; of static storage, four in use at once. */
static const char *beneath(const char *key, const char *rest)
{
	static char paths[4][4096];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof *paths, "%s%s", option(key), rest);
	return path;
}

/* a call's result as the kernel gives it */
static long result(long r)
{
	return r == -1 ? -errno : r;
}

#define SYS(...) result(syscall(__VA_ARGS__))

static long with_detail(long r, const char *what)
{
	if (r >= 0)
		detail = what;
	return r;
}

/* The parent is less open while it spawns: its byte says that it is done. */
static long parent(void)
{
	char c;

	SYS(SYS_read, 0, &c, 1);
	return number("parent");
}

/* How a forked copy ended that went on with end_copy(). */
static long outcome_of(long pid)
{
	int status = 0;

	if (pid < 0)
		return pid;
	if (SYS(SYS_wait4, pid, &status, __WALL, 0) < 0)
		return -errno;
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		end("got killed SIG%s", name ? name : "?");
	}
	/* it has told itself */
	if (WEXITSTATUS(status) == EXECUTED)
		_exit(0);
	return -WEXITSTATUS(status);
}

static _Noreturn void end_copy(long r)
{
	_exit(r < 0 ? (int)-r : 0);
}

/* A second exec */

static char **second_argv(void)
{
	static char *argv[4];

	argv[0] = program;
	argv[1] = (char *)"executed";
	argv[2] = (char *)attempt;
	return argv;
}

static long exec_self(void)
{
	return SYS(SYS_execve, program, second_argv(), environ);
}

static long exec_suid(void)
{
	return SYS(SYS_execve, option("suid"), second_argv(), environ);
}

static long exec_libc(void)
{
	execvp(program, second_argv());
	return -errno;
}

static long exec_at_path(void)
{
	return SYS(SYS_execveat, AT_FDCWD, program, second_argv(), environ, 0);
}

/* Of a descriptor that it has, so that no open stands before it. */
static long exec_at_channel(void)
{
	return SYS(SYS_execveat, 0, "", second_argv(), environ, AT_EMPTY_PATH);
}

static long exec_at_empty(void)
{
	long fd = SYS(SYS_openat, AT_FDCWD, program, O_RDONLY);

	return fd < 0 ? fd : SYS(SYS_execveat, fd, "", second_argv(), environ, AT_EMPTY_PATH);
}

static long exec_proc_exe(void)
{
	return SYS(SYS_execve, "/proc/self/exe", second_argv(), environ);
}

static long exec_memfd(void)
{
	static char buf[65536];
	long from = SYS(SYS_openat, AT_FDCWD, program, O_RDONLY), n;
	long to = SYS(SYS_memfd_create, "hostile", 0);

	if (from < 0 || to < 0)
		return from < 0 ? from : to;
	while ((n = SYS(SYS_read, from, buf, sizeof buf)) > 0)
		if (SYS(SYS_write, to, buf, n) != n)
			not_tried("the copy could not be written");
	fexecve((int)to, second_argv(), environ);
	return -errno;
}

static long exec_fork(void)
{
	long pid = SYS(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		end_copy(exec_self());
	return outcome_of(pid);
}

static long exec_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, second_argv(), environ);
		_exit(errno);
	}
	return outcome_of(result(pid));
}

/* struct clone_args, of the first version */
struct clone3 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

static long exec_clone3(void)
{
	struct clone3 c = { .exit_signal = SIGCHLD };
	long pid = SYS(NR_CLONE3, &c, sizeof c);

	if (pid == 0)
		end_copy(exec_self());
	return outcome_of(pid);
}

static int thread_that_execs(void *arg)
{
	(void)arg;
	return (int)exec_self();
}

static long exec_thread(void)
{
	static char stack[65536] __attribute__((aligned(64)));
	int pid = clone(thread_that_execs, stack + sizeof stack,
			CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL);

	if (pid < 0)
		return -errno;
	for (;;)
		SYS(SYS_sched_yield);
}

/* Guesses at the three pointers. One a process: the first wrong one is the last. */

/* Those that the kernel put on the stack for this very program; only what they point to is new. */
static long guess_stack(void)
{
	attempt = "exec-guess-stack";
	strcpy(args[-1], "executed");
	args[0] = (char *)attempt;
	return SYS(SYS_execve, getauxval(AT_EXECFN), args - 2, environ);
}

static long guess_null(void)
{
	return SYS(SYS_execve, 0, 0, 0);
}

/* what stands in a program that was not patched */
static long guess_ones(void)
{
	return SYS(SYS_execve, -1L, -1L, -1L);
}

/* as the library draws them: far apart, in a large mapping somewhere below the stack */
static long guess_below_stack(void)
{
	uintptr_t here = (uintptr_t)&here;

	return SYS(SYS_execve, (here - 3ul * GIB) & ~7ul, (here - 2ul * GIB) & ~7ul,
		   (here - 1ul * GIB) & ~7ul);
}

static long guess_mappings(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	memcpy(p, second_argv(), 4 * sizeof(char *));
	memcpy((char *)p + 128, program, strlen(program) + 1);
	return SYS(SYS_execve, (char *)p + 128, p, (char *)p + 24);
}

/* The caller's largest private mapping, if it is still there. */
static long guess_parents_maps(void)
{
	static char text[1 << 20];
	char path[64];
	unsigned long best = 0, size = 0, from, to;
	long fd, n, used = 0;

	snprintf(path, sizeof path, "/proc/%ld/maps", parent());
	fd = SYS(SYS_openat, AT_FDCWD, path, O_RDONLY);
	if (fd < 0)
		return fd;
	while (used < (long)sizeof text - 1 &&
	       (n = SYS(SYS_read, fd, text + used, sizeof text - 1 - (size_t)used)) > 0)
		used += n;
	for (char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && to - from > size) {
			best = from;
			size = to - from;
		}
	return SYS(SYS_execve, best + size / 4, best + size / 2, best + size / 4 * 3);
}

/* Other doors into the kernel: where a filter knows only one table of numbers */

#ifdef __x86_64__
static long int80(long nr, const void *a, const void *b, const void *c)
{
	long r;

	if ((uintptr_t)a >> 32 || (uintptr_t)b >> 32 || (uintptr_t)c >> 32)
		not_tried("this program is not linked low enough for 32-bit pointers");
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

static long i386_execve(void)
{
	static char path[4096], word[] = "executed", what[64];
	static uint32_t argv[4], envp[1];

	snprintf(path, sizeof path, "%s", program);
	snprintf(what, sizeof what, "%s", attempt);
	argv[0] = (uint32_t)(uintptr_t)path;
	argv[1] = (uint32_t)(uintptr_t)word;
	argv[2] = (uint32_t)(uintptr_t)what;
	return int80(11, path, argv, envp);
}

static long i386_getpid(void)
{
	return with_detail(int80(20, NULL, NULL, NULL), "a pid");
}

static long i386_open(void)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s", option("secret"));
	return with_detail(int80(5, path, NULL, NULL), "a descriptor");
}

static long x32(long nr, long a, long b, long c)
{
	return SYS(0x40000000L | nr, a, b, c, 0);
}

static long x32_execve(void)
{
	return x32(520, (long)program, (long)second_argv(), (long)environ);
}

static long x32_execve_of_64(void)
{
	return x32(SYS_execve, (long)program, (long)second_argv(), (long)environ);
}

static long x32_getpid(void)
{
	return with_detail(x32(SYS_getpid, 0, 0, 0), "a pid");
}

static long x32_openat(void)
{
	return with_detail(x32(SYS_openat, AT_FDCWD, (long)option("secret"), O_RDONLY),
			   "a descriptor");
}

/* the kernel looks at the lower half of a number */
static long execve_high_half(void)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(HIGH_HALF | SYS_execve), "D"(program), "S"(second_argv()),
			   "d"(environ)
			 : "memory", "rcx", "r11");
	return r;
}
#else
static long other_machine(void)
{
	not_tried("this machine has no other table of calls");
}
#define i386_execve other_machine
#define i386_getpid other_machine
#define i386_open other_machine
#define x32_execve other_machine
#define x32_execve_of_64 other_machine
#define x32_getpid other_machine
#define x32_openat other_machine
#define execve_high_half other_machine
#endif

/* Reading */

static long read_fd(long fd)
{
	char c;
	long r = fd < 0 ? fd : SYS(SYS_read, fd, &c, 1);

	return with_detail(r, "read it");
}

static long read_path(const char *path)
{
	return read_fd(SYS(SYS_openat, AT_FDCWD, path, O_RDONLY));
}

static long read_inside(void)
{
	return read_path(option("inside"));
}

static long read_program(void)
{
	return read_path(program);
}

static long read_secret(void)
{
	return read_path(option("secret"));
}

static long read_shadow(void)
{
	return read_path("/etc/shadow");
}

static long read_hostname(void)
{
	return read_path("/etc/hostname");
}

static long read_dotdot(void)
{
	char path[4096];

	snprintf(path, sizeof path, "%s", option("inside"));
	*strrchr(path, '/') = '\0';
	strcat(path, "/../outside/secret");
	return read_path(path);
}

static long read_symlink(void)
{
	char path[4096];

	snprintf(path, sizeof path, "%s", option("inside"));
	*strrchr(path, '/') = '\0';
	strcat(path, "/link");
	return read_path(path);
}

static long read_relative(void)
{
	return read_path("secret");
}

static long read_proc_root(void)
{
	char path[4096];

	snprintf(path, sizeof path, "/proc/self/root%s", option("secret"));
	return read_path(path);
}

static long read_proc_cwd(void)
{
	return read_path("/proc/self/cwd/secret");
}

/* a folder held by O_PATH, which asks for no right to read */
static long read_proc_fd(void)
{
	char path[64];
	long fd = SYS(SYS_openat, AT_FDCWD, option("dir"), O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	snprintf(path, sizeof path, "/proc/self/fd/%ld/secret", fd);
	return read_path(path);
}

static long read_o_path(void)
{
	char path[64];
	long fd = SYS(SYS_openat, AT_FDCWD, option("secret"), O_PATH);

	if (fd < 0)
		return fd;
	snprintf(path, sizeof path, "/proc/self/fd/%ld", fd);
	return read_path(path);
}

static long read_victims_root(void)
{
	char path[4096];

	snprintf(path, sizeof path, "/proc/%ld/root%s", number("victim"), option("secret"));
	return read_path(path);
}

static long read_openat2(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { O_RDONLY, 0, 0 };

	return read_fd(SYS(NR_OPENAT2, AT_FDCWD, option("secret"), &how, sizeof how));
}

static long read_old_open(void)
{
#ifdef SYS_open
	return read_fd(SYS(SYS_open, option("secret"), O_RDONLY));
#else
	not_tried("this machine has openat alone");
#endif
}

static long read_by_handle(void)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount;
	long r = SYS(SYS_name_to_handle_at, AT_FDCWD, option("secret"), &u, &mount, 0);
	long at = r < 0 ? r : SYS(SYS_openat, AT_FDCWD, option("dir"), O_RDONLY | O_DIRECTORY);

	return at < 0 ? at : read_fd(SYS(SYS_open_by_handle_at, at, &u, O_RDONLY));
}

/* the call itself, whatever the folder that it wants */
static long read_by_handle_alone(void)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h = { .handle_bytes = 8, .handle_type = 1 } };

	return SYS(SYS_open_by_handle_at, AT_FDCWD, &u, O_RDONLY);
}

static long list_folder(void)
{
	static char buf[32768];
	long fd = SYS(SYS_openat, AT_FDCWD, option("dir"), O_RDONLY | O_DIRECTORY);

	return with_detail(fd < 0 ? fd : SYS(SYS_getdents64, fd, buf, sizeof buf), "a list");
}

static long stat_secret(void)
{
	struct stat st;

	return with_detail(SYS(SYS_newfstatat, AT_FDCWD, option("secret"), &st, 0), "its size");
}

/* Writing: `own` is a file of the caller's, `dir` its folder; both outside */

static long write_fd(long fd)
{
	return with_detail(fd < 0 ? fd : SYS(SYS_write, fd, "x", 1), "wrote to it");
}

static long write_inside(void)
{
	return write_fd(SYS(SYS_openat, AT_FDCWD, option("inside"), O_WRONLY | O_APPEND));
}

static long write_beside_inside(void)
{
	return write_fd(
		SYS(SYS_openat, AT_FDCWD, beneath("inside", ".new"), O_WRONLY | O_CREAT, 0600));
}

static long write_open(void)
{
	return write_fd(SYS(SYS_openat, AT_FDCWD, option("own"), O_WRONLY));
}

static long write_trunc(void)
{
	return with_detail(SYS(SYS_openat, AT_FDCWD, option("own"), O_RDONLY | O_TRUNC), "emptied");
}

static long write_creat(void)
{
	return write_fd(SYS(SYS_openat, AT_FDCWD, beneath("dir", "/new"),
			    O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static long write_creat_suid(void)
{
	return write_fd(
		SYS(SYS_openat, AT_FDCWD, beneath("dir", "/new"), O_WRONLY | O_CREAT, 04755));
}

static long write_tmpfile(void)
{
	return write_fd(SYS(SYS_openat, AT_FDCWD, option("dir"), O_WRONLY | O_TMPFILE, 0600));
}

static long write_truncate(void)
{
	return with_detail(SYS(SYS_truncate, option("own"), 0), "emptied");
}

static long write_unlink(void)
{
	return SYS(SYS_unlinkat, AT_FDCWD, option("own"), 0);
}

static long write_rename(void)
{
	return SYS(SYS_renameat2, AT_FDCWD, option("own"), AT_FDCWD, beneath("dir", "/new"), 0);
}

/* to where it may be read */
static long write_rename_in(void)
{
	return SYS(SYS_renameat2, AT_FDCWD, option("own"), AT_FDCWD, beneath("inside", ".new"), 0);
}

static long write_link(void)
{
	return SYS(SYS_linkat, AT_FDCWD, option("own"), AT_FDCWD, beneath("dir", "/new"), 0);
}

static long write_symlink(void)
{
	return SYS(SYS_symlinkat, option("own"), AT_FDCWD, beneath("dir", "/new"));
}

static long write_mkdir(void)
{
	return SYS(SYS_mkdirat, AT_FDCWD, beneath("dir", "/new"), 0700);
}

static long write_mknod(const long *a)
{
	return SYS(SYS_mknodat, AT_FDCWD, beneath("dir", "/new"), a[0] | 0600, a[1]);
}

static long write_chmod(const long *a)
{
	return SYS(SYS_fchmodat, AT_FDCWD, option("own"), a[0]);
}

static long write_chown(void)
{
	return SYS(SYS_fchownat, AT_FDCWD, option("own"), 12345, 12345, 0);
}

static long write_utimens(void)
{
	struct timespec t[2] = { { 1, 0 }, { 1, 0 } };

	return SYS(SYS_utimensat, AT_FDCWD, option("own"), t, 0);
}

static long write_setxattr(void)
{
	return SYS(SYS_setxattr, option("own"), "user.hostile", "x", 1, 0);
}

/* io_uring: calls that no filter sees */

struct ring {
	long fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
};

static void *ring_map(const struct ring *r, size_t size, off_t at)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)r->fd, at);
}

/* The result of one operation. */
static long ring_do(const struct io_uring_sqe *sqe)
{
	struct ring r = { .fd = -1 };
	uint32_t *tail;
	long n;

	r.fd = SYS(NR_IO_URING_SETUP, 4, &r.p);
	if (r.fd < 0)
		return r.fd;
	r.sq = ring_map(&r, r.p.sq_off.array + r.p.sq_entries * 4, IORING_OFF_SQ_RING);
	r.cq = ring_map(&r, r.p.cq_off.cqes + r.p.cq_entries * sizeof(struct io_uring_cqe),
			IORING_OFF_CQ_RING);
	r.sqes = ring_map(&r, r.p.sq_entries * sizeof *sqe, (off_t)IORING_OFF_SQES);
	if (r.sq == MAP_FAILED || r.cq == MAP_FAILED || r.sqes == MAP_FAILED)
		return -errno;
	*r.sqes = *sqe;
	((uint32_t *)(void *)(r.sq + r.p.sq_off.array))[0] = 0;
	tail = (uint32_t *)(void *)(r.sq + r.p.sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	n = SYS(NR_IO_URING_ENTER, r.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	if (n < 0)
		return n;
	return ((struct io_uring_cqe *)(void *)(r.cq + r.p.cq_off.cqes))->res;
}

static long uring_setup(void)
{
	struct io_uring_params p = { 0 };

	return with_detail(SYS(NR_IO_URING_SETUP, 4, &p), "a ring");
}

static long uring_open(void)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_OPENAT,
				    .fd = AT_FDCWD,
				    .addr = (uintptr_t)option("secret") };

	return read_fd(ring_do(&sqe));
}

static long uring_socket(void)
{
	/* IORING_OP_SOCKET, Linux 5.19 */
	struct io_uring_sqe sqe = { .opcode = 45, .fd = AF_INET, .off = SOCK_STREAM };

	return with_detail(ring_do(&sqe), "a socket");
}

/* Sockets */

static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };
static const char *const type_names[] = { "a stream", "datagrams", "raw", "seqpacket" };

static bool is_refusal(long r)
{
	return r == -EPERM || r == -EACCES || r == -ENOSYS || r == -EAFNOSUPPORT;
}

/* One of each type. Of several errors the one that is told is the least like a refusal. */
static long any_socket(const long *a)
{
	long worst = 0;

	for (size_t i = 0; i < COUNT(types); i++) {
		long r = SYS(SYS_socket, a[0], types[i] | a[1], a[2]);

		if (r >= 0)
			return with_detail(r, type_names[i]);
		if (!worst || (is_refusal(worst) && !is_refusal(r)))
			worst = r;
	}
	return worst;
}

static long every_family(void)
{
	static char had[512];
	size_t n = 0;

	for (int family = 0; family <= 45; family++)
		for (size_t i = 0; i < COUNT(types); i++) {
			long fd = SYS(SYS_socket, family, types[i], 0);

			if (fd < 0)
				continue;
			SYS(SYS_close, fd);
			n += (size_t)snprintf(had + n, sizeof had - n, "%d,", family);
			break;
		}
	detail = had;
	return n ? 0 : -EAFNOSUPPORT;
}

static long socket_pair(void)
{
	int fds[2];

	return with_detail(SYS(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fds), "a pair");
}

static struct sockaddr_in loopback(long port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static long tcp_connect(const char *key, int protocol)
{
	struct sockaddr_in to = loopback(number(key));
	long fd = SYS(SYS_socket, AF_INET, SOCK_STREAM, protocol);

	return with_detail(fd < 0 ? fd : SYS(SYS_connect, fd, &to, sizeof to), "connected");
}

static long tcp_allowed(void)
{
	return tcp_connect("allowed", 0);
}

static long tcp_outside(void)
{
	return tcp_connect("port", 0);
}

static long tcp_mptcp(void)
{
	return tcp_connect("port", PROTOCOL_MPTCP);
}

static long tcp_bind_mptcp(void)
{
	struct sockaddr_in at = loopback(0);
	long fd = SYS(SYS_socket, AF_INET, SOCK_STREAM, PROTOCOL_MPTCP);

	return with_detail(fd < 0 ? fd : SYS(SYS_bind, fd, &at, sizeof at), "a port");
}

static long tcp_fastopen(void)
{
	struct sockaddr_in to = loopback(number("port"));
	long fd = SYS(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return with_detail(fd < 0 ? fd
				  : SYS(SYS_sendto, fd, "x", 1, MSG_TCP_FASTOPEN, &to, sizeof to),
			   "connected");
}

static long tcp_fastopen_sendmsg(void)
{
	struct sockaddr_in to = loopback(number("port"));
	struct iovec v = { (char *)"x", 1 };
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &v, .msg_iovlen = 1
	};
	long fd = SYS(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return with_detail(fd < 0 ? fd : SYS(SYS_sendmsg, fd, &m, MSG_TCP_FASTOPEN), "connected");
}

static long tcp_fastopen_sendmmsg(void)
{
	struct sockaddr_in to = loopback(number("port"));
	struct iovec v = { (char *)"x", 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &to,
					  .msg_namelen = sizeof to,
					  .msg_iov = &v,
					  .msg_iovlen = 1 } };
	long fd = SYS(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return with_detail(fd < 0 ? fd : SYS(SYS_sendmmsg, fd, &m, 1, MSG_TCP_FASTOPEN),
			   "connected");
}

/* it begins as TCP, and stays it where the other end does not know better */
static long tcp_smc(void)
{
	struct sockaddr_in to = loopback(number("port"));
	long fd = SYS(SYS_socket, 43 /* AF_SMC */, SOCK_STREAM, 0);

	return with_detail(fd < 0 ? fd : SYS(SYS_connect, fd, &to, sizeof to), "connected");
}

static long tcp_mapped(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)number("port")) };
	long fd = SYS(SYS_socket, AF_INET6, SOCK_STREAM, 0);

	inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.sin6_addr);
	return with_detail(fd < 0 ? fd : SYS(SYS_connect, fd, &to, sizeof to), "connected");
}

static long tcp_bind(void)
{
	struct sockaddr_in at = loopback(0);
	long fd = SYS(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return with_detail(fd < 0 ? fd : SYS(SYS_bind, fd, &at, sizeof at), "a port");
}

/* takes a port of the kernel's choice without a bind */
static long tcp_listen(void)
{
	long fd = SYS(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return with_detail(fd < 0 ? fd : SYS(SYS_listen, fd, 1), "a port");
}

static long udp_send(void)
{
	struct sockaddr_in to = loopback(number("udp"));
	long fd = SYS(SYS_socket, AF_INET, SOCK_DGRAM, 0);

	return with_detail(fd < 0 ? fd : SYS(SYS_sendto, fd, "x", 1, 0, &to, sizeof to), "sent");
}

static socklen_t unix_address(struct sockaddr_un *ret, const char *key)
{
	const char *name = option(key);
	bool abstract = !strcmp(key, "abstract");

	memset(ret, 0, sizeof *ret);
	ret->sun_family = AF_UNIX;
	snprintf(ret->sun_path + abstract, sizeof ret->sun_path - 1, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static long unix_connect(const char *key)
{
	struct sockaddr_un to;
	socklen_t n = unix_address(&to, key);
	long fd = SYS(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	return with_detail(fd < 0 ? fd : SYS(SYS_connect, fd, &to, n), "connected");
}

static long unix_abstract(void)
{
	return unix_connect("abstract");
}

static long unix_path(void)
{
	return unix_connect("path");
}

static long unix_abstract_send(void)
{
	struct sockaddr_un to;
	socklen_t n = unix_address(&to, "abstract");
	long fd = SYS(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);

	/* the datagram socket of the caller has a 'd' behind its name */
	to.sun_path[n - offsetof(struct sockaddr_un, sun_path)] = 'd';
	return with_detail(fd < 0 ? fd : SYS(SYS_sendto, fd, "x", 1, 0, &to, n + 1), "sent");
}

static long unix_bind(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	long fd = SYS(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s/new", option("dir"));
	return with_detail(fd < 0 ? fd : SYS(SYS_bind, fd, &at, sizeof at), "a name");
}

/* Other processes: a[0] is 0 for the victim, 1 for the parent */

static long who(const long *a)
{
	return a[0] ? parent() : number("victim");
}

static long proc_of(const long *a, const char *what, long flags)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/%s", who(a), what);
	return SYS(SYS_openat, AT_FDCWD, path, flags);
}

/* the victim alone: one that attaches and dies stops its tracee for good */
static long victim_attach(void)
{
	long pid = number("victim");
	long r = SYS(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0);
	int status;

	if (r < 0)
		return r;
	SYS(SYS_wait4, pid, &status, __WALL, 0);
	SYS(SYS_ptrace, PTRACE_DETACH, pid, 0, 0);
	return with_detail(r, "it is traced");
}

static long victim_seize(const long *a)
{
	return with_detail(SYS(SYS_ptrace, PTRACE_SEIZE, who(a), 0, 0), "it is traced");
}

static long victim_readv(const long *a)
{
	char c;
	struct iovec here = { &c, 1 }, there = { (void *)number("cell"), 1 };

	return with_detail(SYS(SYS_process_vm_readv, who(a), &here, 1, &there, 1, 0), "its memory");
}

static long victim_writev(const long *a)
{
	char c = 'X';
	struct iovec here = { &c, 1 }, there = { (void *)number("cell"), 1 };

	return with_detail(SYS(SYS_process_vm_writev, who(a), &here, 1, &there, 1, 0),
			   "its memory");
}

static long victim_mem(const long *a)
{
	long fd = proc_of(a, "mem", O_RDWR);

	return with_detail(fd < 0 ? fd : SYS(SYS_pwrite64, fd, "X", 1, number("cell")),
			   "its memory");
}

static long victim_environ(const long *a)
{
	return read_fd(proc_of(a, "environ", O_RDONLY));
}

static long victim_maps(const long *a)
{
	return read_fd(proc_of(a, "maps", O_RDONLY));
}

static long victim_proc_fd(const long *a)
{
	return with_detail(proc_of(a, "fd/0", O_RDONLY), "its descriptor");
}

static long victim_getfd(const long *a)
{
	long pidfd = SYS(NR_PIDFD_OPEN, who(a), 0);

	return with_detail(pidfd < 0 ? pidfd : SYS(NR_PIDFD_GETFD, pidfd, 0, 0), "its descriptor");
}

static long victim_prlimit(void)
{
	struct rlimit l;
	long r = SYS(SYS_prlimit64, number("victim"), RLIMIT_NOFILE, NULL, &l);

	if (r == 0)
		r = SYS(SYS_prlimit64, number("victim"), RLIMIT_NOFILE, &l, NULL);
	return with_detail(r, "its limits");
}

static long victim_affinity(void)
{
	cpu_set_t set;
	long n = SYS(SYS_sched_getaffinity, number("victim"), sizeof set, &set);

	return n < 0 ? n : SYS(SYS_sched_setaffinity, number("victim"), n, &set);
}

static long victim_priority(void)
{
	return SYS(SYS_setpriority, PRIO_PROCESS, number("victim"), 1);
}

static long victim_madvise(void)
{
	struct iovec there = { (void *)(number("cell") & ~4095L), 4096 };
	long pidfd = SYS(NR_PIDFD_OPEN, number("victim"), 0);

	/* MADV_COLD */
	return pidfd < 0 ? pidfd : SYS(NR_PROCESS_MADVISE, pidfd, &there, 1, 20, 0);
}

static long victim_kcmp(void)
{
	return SYS(SYS_kcmp, number("victim"), number("victim"), 0, 0, 0);
}

static long victim_robust_list(void)
{
	void *head;
	size_t n;

	return SYS(SYS_get_robust_list, number("victim"), &head, &n);
}

static long victim_setns(void)
{
	long pidfd = SYS(NR_PIDFD_OPEN, number("victim"), 0);

	return pidfd < 0 ? pidfd : SYS(SYS_setns, pidfd, CLONE_NEWUTS);
}

/* Signals: SIGURG, which does nothing to one that does not want it */

static long signal_kill(const long *a)
{
	return SYS(SYS_kill, who(a), a[1]);
}

static long signal_group(void)
{
	return SYS(SYS_kill, -number("victim"), SIGURG);
}

static long signal_tkill(void)
{
	return SYS(SYS_tkill, number("victim"), SIGURG);
}

static long signal_tgkill(void)
{
	return SYS(SYS_tgkill, number("victim"), number("victim"), SIGURG);
}

static siginfo_t queued(void)
{
	siginfo_t i = { .si_signo = SIGURG, .si_code = SI_QUEUE };

	return i;
}

static long signal_queue(void)
{
	siginfo_t i = queued();

	return SYS(SYS_rt_sigqueueinfo, number("victim"), SIGURG, &i);
}

static long signal_tgqueue(void)
{
	siginfo_t i = queued();

	return SYS(SYS_rt_tgsigqueueinfo, number("victim"), number("victim"), SIGURG, &i);
}

static long signal_pidfd(void)
{
	long pidfd = SYS(NR_PIDFD_OPEN, number("victim"), 0);

	return pidfd < 0 ? pidfd : SYS(NR_PIDFD_SEND_SIGNAL, pidfd, SIGURG, NULL, 0);
}

/* the kernel sends it, when bytes come to a socket that is said to be the victim's */
static long signal_owner(void)
{
	int fds[2];
	long r = SYS(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fds);

	if (r == 0)
		r = SYS(SYS_fcntl, fds[0], F_SETOWN, number("victim"));
	if (r == 0)
		r = SYS(SYS_fcntl, fds[0], F_SETSIG, SIGURG);
	if (r == 0)
		r = SYS(SYS_fcntl, fds[0], F_SETFL, O_ASYNC | O_NONBLOCK);
	return r < 0 ? r : with_detail(SYS(SYS_write, fds[1], "x", 1), "armed");
}

/* Limits and memory */

static long raise_limit(const long *a)
{
	struct rlimit l;
	long r = SYS(SYS_prlimit64, 0, a[0], NULL, &l);

	if (r < 0)
		return r;
	if (l.rlim_max == RLIM_INFINITY)
		not_tried("the hard limit is infinity");
	l.rlim_cur = ++l.rlim_max;
	return with_detail(SYS(SYS_prlimit64, 0, a[0], &l, NULL), "more");
}

static long fork_bomb(void)
{
	long pids[MANY_FORKS], r = 0;
	int n = 0;

	/* each ends at once, and counts until it is waited for */
	while (n < MANY_FORKS && (r = SYS(SYS_clone, SIGCHLD, 0, 0, 0, 0)) > 0)
		pids[n++] = r;
	if (r == 0)
		SYS(SYS_exit_group, 0);
	for (int i = 0; i < n; i++)
		SYS(SYS_wait4, pids[i], NULL, __WALL, 0);
	return with_detail(r, "64 processes");
}

static long memory_mmap(void)
{
	return SYS(SYS_mmap, 0, GIB, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == -ENOMEM
		       ? -ENOMEM
		       : 0;
}

static long memory_brk(void)
{
	long now = SYS(SYS_brk, 0);
	long then = SYS(SYS_brk, now + GIB);

	/* the call itself never fails */
	return now < 0 ? now : then < 0 ? then : then == now ? -ENOMEM : 0;
}

static long memory_mlock(void)
{
	return SYS(SYS_mlockall, MCL_CURRENT | MCL_FUTURE);
}

static long core_dump(void)
{
	volatile int *volatile nowhere = NULL;

	*nowhere = 1;
	return 0;
}

static long core_dump_raised(void)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
	long r = SYS(SYS_prlimit64, 0, RLIMIT_CORE, &l, NULL);

	return r < 0 ? r : core_dump();
}

/* Rights */

static long all_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { ~0u, ~0u, 0 }, { 0x1ff, 0x1ff, 0 } };

	return SYS(SYS_capset, &header, data);
}

/* one is enough: the number of the highest differs */
static long one_capability(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 1, 1, 0 }, { 0, 0, 0 } };

	return SYS(SYS_capset, &header, data);
}

static long groups_of_root(void)
{
	gid_t g = 0;

	return SYS(SYS_setgroups, 1, &g);
}

/* Namespaces and mounts */

static long clone_user(void)
{
	long pid = SYS(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		end_copy(0);
	return outcome_of(pid);
}

static long clone3_user(void)
{
	struct clone3 c = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	long pid = SYS(NR_CLONE3, &c, sizeof c);

	if (pid == 0)
		end_copy(0);
	return outcome_of(pid);
}

static long mount_here(void)
{
	/* a kind that does not exist: rights are looked at first */
	return SYS(SYS_mount, "none", option("dir"), "hostile", 0, NULL);
}

/* Within namespaces of its own, where what it mounts ends with it. */
static long mount_in_own(void)
{
	long r = SYS(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS);

	if (r == 0)
		r = SYS(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return r < 0 ? r : SYS(SYS_mount, "none", option("dir"), "tmpfs", 0, NULL);
}

static long umount_here(void)
{
	/* no mount: rights are looked at first */
	return SYS(SYS_umount2, option("dir"), UMOUNT_NOFOLLOW);
}

static long pivot_here(void)
{
	return SYS(SYS_pivot_root, option("dir"), option("dir"));
}

static long chroot_here(void)
{
	return SYS(SYS_chroot, option("dir"));
}

/* A root that the directory is not beneath holds nothing back. */
static long chroot_escape(void)
{
	long r = SYS(SYS_chdir, "/");

	if (r == 0)
		r = SYS(SYS_unshare, CLONE_NEWUSER);
	if (r == 0)
		r = SYS(SYS_chroot, beneath("dir", "/"));
	if (r == 0)
		r = SYS(SYS_chdir, "..");
	return r < 0 ? r : read_path(option("secret") + 1);
}

static long mount_attributes(void)
{
	uint64_t attr[4] = { 0 };

	return SYS(NR_MOUNT_SETATTR, AT_FDCWD, option("dir"), 0, attr, sizeof attr);
}

/* The kernel's own */

static long bpf_map(void)
{
	uint32_t attr[16] = { 2, 4, 4, 1 }; /* BPF_MAP_TYPE_ARRAY, key, value, entries */

	return SYS(SYS_bpf, 0, attr, sizeof attr);
}

static long perf_event(void)
{
	uint32_t attr[32] = { 1, 64 }; /* PERF_TYPE_SOFTWARE, size; CPU clock, user and kernel */

	return SYS(SYS_perf_event_open, attr, 0, -1, -1, 0);
}

static long clock_invalid(void)
{
	struct timespec t = { 0, 2000000000 };

	return SYS(SYS_clock_settime, CLOCK_REALTIME, &t);
}

static long adjtime_invalid(void)
{
	/* struct timex: modes is its first word, ADJ_TICK; a tick of 0 is refused */
	uint64_t timex[64] = { 0x4000 };

	return SYS(SYS_adjtimex, timex);
}

static long filter_more(void)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog p = { 1, &code };

	return with_detail(SYS(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p), "one more filter");
}

static long ldt(void)
{
#ifdef SYS_modify_ldt
	uint32_t entry[4] = { 0, 0, 0xfffff, 0x1 }; /* seg_32bit */

	return SYS(SYS_modify_ldt, 0x11, entry, sizeof entry);
#else
	not_tried("this machine has no modify_ldt");
#endif
}

static long ports(void)
{
#ifdef SYS_iopl
	return SYS(SYS_iopl, 3);
#else
	not_tried("this machine has no iopl");
#endif
}

static long port_permission(void)
{
#ifdef SYS_ioperm
	return SYS(SYS_ioperm, 0x80, 1, 1);
#else
	not_tried("this machine has no ioperm");
#endif
}

static long read_log(void)
{
	static char buf[4096];

	return with_detail(SYS(SYS_syslog, 3, buf, sizeof buf), "the kernel's messages");
}

/* Terminals: a slave of the caller's */

static long tty(const long *a)
{
	char c = 'x';

	return SYS(SYS_ioctl, number("tty"), a[0], &c);
}

static long tty_taken(void)
{
	char c = 'x';

	/* a session of its own may have none yet */
	SYS(SYS_ioctl, number("tty"), TIOCSCTTY, 0);
	return SYS(SYS_ioctl, number("tty"), TIOCSTI, &c);
}

/* Code that it wrote itself: a return */

static const unsigned char code[] = {
#if defined __x86_64__
	0xc3
#elif defined __aarch64__
	0xc0, 0x03, 0x5f, 0xd6
#else
	0x67, 0x80, 0x00, 0x00
#endif
};

static long run_code(void *p)
{
	void (*f)(void);

	__builtin___clear_cache(p, (char *)p + sizeof code);
	memcpy(&f, &p, sizeof f);
	f();
	detail = "code that it wrote ran";
	return 0;
}

/* A page's address, or a negative errno. */
static long map_code(long prot, long fd, long flags)
{
	return SYS(SYS_mmap, 0, 4096, prot, flags, fd, 0);
}

static long code_wx(const long *a)
{
	long p = map_code(a[0], -1, MAP_PRIVATE | MAP_ANONYMOUS);

	if (p < 0)
		return p;
	memcpy((void *)p, code, sizeof code);
	return run_code((void *)p);
}

static long code_mprotect(const long *a)
{
	long p = map_code(PROT_READ | PROT_WRITE, -1, MAP_PRIVATE | MAP_ANONYMOUS), r;

	if (p < 0)
		return p;
	memcpy((void *)p, code, sizeof code);
	r = a[0] ? SYS(SYS_pkey_mprotect, p, 4096, PROT_READ | PROT_EXEC, -1)
		 : SYS(SYS_mprotect, p, 4096, PROT_READ | PROT_EXEC);
	return r < 0 ? r : run_code((void *)p);
}

static long code_memfd(void)
{
	long fd = SYS(SYS_memfd_create, "hostile", 0), p;

	if (fd < 0)
		return fd;
	SYS(SYS_write, fd, code, sizeof code);
	p = map_code(PROT_READ | PROT_EXEC, fd, MAP_SHARED);
	return p < 0 ? p : run_code((void *)p);
}

static long code_shm(void)
{
	long id = SYS(SYS_shmget, IPC_PRIVATE, 4096, 0700 | IPC_CREAT), p;

	if (id < 0)
		return id;
	p = SYS(SYS_shmat, id, 0, SHM_EXEC);
	SYS(SYS_shmctl, id, IPC_RMID, 0); /* it goes with the process */
	if (p < 0)
		return p;
	memcpy((void *)p, code, sizeof code);
	return run_code((void *)p);
}

/* Scheduling */

static long sched_fifo(void)
{
	struct sched_param p = { .sched_priority = 1 };

	return SYS(SYS_sched_setscheduler, 0, SCHED_FIFO, &p);
}

static long sched_attr(void)
{
	/* struct sched_attr: size, policy, flags, nice, priority */
	uint32_t attr[12] = { 48, SCHED_FIFO, 0, 0, 0, 1 };

	return SYS(SYS_sched_setattr, 0, attr, 0);
}

static long sched_batch(void)
{
	struct sched_param p = { .sched_priority = 0 };

	return SYS(SYS_sched_setscheduler, 0, SCHED_BATCH, &p);
}

/* Descriptors of the caller's: all but 0 to 2 and the terminal */

static long stray_descriptors(void)
{
	static char had[64];

	for (long fd = 3; fd <= 1024; fd++)
		if (fd != number("tty") && SYS(SYS_fcntl, fd, F_GETFD) >= 0) {
			snprintf(had, sizeof had, "%ld", fd);
			detail = had;
			return 0;
		}
	return -EBADF;
}

/* by what every helper may do: reading */
static long stray_reads(void)
{
	char c;

	for (long fd = 3; fd <= 1024; fd++)
		if (fd != number("tty") && SYS(SYS_read, fd, &c, 0) >= 0)
			return 0;
	return -EBADF;
}

static long no_attempt(void)
{
	return with_detail(0, "nothing");
}

/* The table: a function, one with arguments, or a call with its number and arguments */

static const struct attempt {
	const char *name;
	long (*plain)(void);
	long (*with)(const long *a);
	long nr, a[6];
} attempts[] = {
	{ "nothing", .plain = no_attempt },

	{ "exec-execve", .plain = exec_self },
	{ "exec-libc", .plain = exec_libc },
	{ "exec-execveat-path", .plain = exec_at_path },
	{ "exec-execveat-channel", .plain = exec_at_channel },
	{ "exec-execveat-empty-path", .plain = exec_at_empty },
	{ "exec-proc-self-exe", .plain = exec_proc_exe },
	{ "exec-fexecve-memfd", .plain = exec_memfd },
	{ "exec-fork", .plain = exec_fork },
	{ "exec-vfork", .plain = exec_vfork },
	{ "exec-clone3", .plain = exec_clone3 },
	{ "exec-thread", .plain = exec_thread },
	{ "exec-setuid", .plain = exec_suid },
	{ "exec-high-half", .plain = execve_high_half },
	{ "exec-guess-stack", .plain = guess_stack },
	{ "exec-guess-null", .plain = guess_null },
	{ "exec-guess-ones", .plain = guess_ones },
	{ "exec-guess-below-stack", .plain = guess_below_stack },
	{ "exec-guess-mappings", .plain = guess_mappings },
	{ "exec-guess-parents-maps", .plain = guess_parents_maps },

	{ "i386-execve", .plain = i386_execve },
	{ "i386-getpid", .plain = i386_getpid },
	{ "i386-open", .plain = i386_open },
	{ "x32-execve", .plain = x32_execve },
	{ "x32-execve-64", .plain = x32_execve_of_64 },
	{ "x32-getpid", .plain = x32_getpid },
	{ "x32-openat", .plain = x32_openat },
	{ "number-minus-one", .nr = -1 },
	{ "number-9999", .nr = 9999 },

	{ "read-inside", .plain = read_inside },
	{ "read-program", .plain = read_program },
	{ "read-outside", .plain = read_secret },
	{ "read-etc-shadow", .plain = read_shadow },
	{ "read-etc-hostname", .plain = read_hostname },
	{ "read-dotdot", .plain = read_dotdot },
	{ "read-symlink", .plain = read_symlink },
	{ "read-relative", .plain = read_relative },
	{ "read-proc-self-root", .plain = read_proc_root },
	{ "read-proc-self-cwd", .plain = read_proc_cwd },
	{ "read-proc-self-fd", .plain = read_proc_fd },
	{ "read-o-path", .plain = read_o_path },
	{ "read-victims-root", .plain = read_victims_root },
	{ "read-openat2", .plain = read_openat2 },
	{ "read-open", .plain = read_old_open },
	{ "read-by-handle", .plain = read_by_handle },
	{ "read-by-handle-alone", .plain = read_by_handle_alone },
	{ "read-folder", .plain = list_folder },
	{ "read-stat", .plain = stat_secret },

	{ "write-inside", .plain = write_inside },
	{ "write-beside-inside", .plain = write_beside_inside },
	{ "write-outside", .plain = write_open },
	{ "write-o-trunc", .plain = write_trunc },
	{ "write-creat", .plain = write_creat },
	{ "write-creat-suid", .plain = write_creat_suid },
	{ "write-o-tmpfile", .plain = write_tmpfile },
	{ "write-truncate", .plain = write_truncate },
	{ "write-unlink", .plain = write_unlink },
	{ "write-rename", .plain = write_rename },
	{ "write-rename-inside", .plain = write_rename_in },
	{ "write-link", .plain = write_link },
	{ "write-symlink", .plain = write_symlink },
	{ "write-mkdir", .plain = write_mkdir },
	{ "write-mknod-fifo", .with = write_mknod, .a = { S_IFIFO } },
	{ "write-mknod-device", .with = write_mknod, .a = { S_IFCHR, 0x103 } },
	{ "write-chmod", .with = write_chmod, .a = { 0644 } },
	{ "write-chmod-suid", .with = write_chmod, .a = { 04755 } },
	{ "write-chown", .plain = write_chown },
	{ "write-utimensat", .plain = write_utimens },
	{ "write-setxattr", .plain = write_setxattr },

	{ "uring-setup", .plain = uring_setup },
	{ "uring-openat", .plain = uring_open },
	{ "uring-socket", .plain = uring_socket },

	{ "socket-unix", .with = any_socket, .a = { AF_UNIX } },
	{ "socket-inet", .with = any_socket, .a = { AF_INET } },
	{ "socket-inet-high-half", .with = any_socket, .a = { HIGH_HALF | AF_INET } },
	{ "socket-inet6", .with = any_socket, .a = { AF_INET6 } },
	{ "socket-netlink", .with = any_socket, .a = { AF_NETLINK } },
	{ "socket-packet", .with = any_socket, .a = { AF_PACKET } },
	{ "socket-vsock", .with = any_socket, .a = { AF_VSOCK } },
	{ "socket-alg", .with = any_socket, .a = { AF_ALG } },
	{ "socket-bluetooth", .with = any_socket, .a = { AF_BLUETOOTH } },
	{ "socket-xdp", .with = any_socket, .a = { 44 } },
	{ "socket-key", .with = any_socket, .a = { AF_KEY } },
	{ "socket-smc", .with = any_socket, .a = { 43 } },
	{ "socket-every-family", .plain = every_family },
	{ "socket-pair", .plain = socket_pair },

	{ "tcp-connect-allowed", .plain = tcp_allowed },
	{ "tcp-connect-outside", .plain = tcp_outside },
	{ "tcp-connect-mptcp", .plain = tcp_mptcp },
	{ "tcp-connect-mapped", .plain = tcp_mapped },
	{ "tcp-fastopen-sendto", .plain = tcp_fastopen },
	{ "tcp-fastopen-sendmsg", .plain = tcp_fastopen_sendmsg },
	{ "tcp-fastopen-sendmmsg", .plain = tcp_fastopen_sendmmsg },
	{ "tcp-connect-smc", .plain = tcp_smc },
	{ "tcp-bind", .plain = tcp_bind },
	{ "tcp-bind-mptcp", .plain = tcp_bind_mptcp },
	{ "tcp-listen", .plain = tcp_listen },
	{ "udp-send", .plain = udp_send },
	{ "unix-abstract-connect", .plain = unix_abstract },
	{ "unix-abstract-send", .plain = unix_abstract_send },
	{ "unix-path-connect", .plain = unix_path },
	{ "unix-bind", .plain = unix_bind },

	{ "victim-ptrace-attach", .plain = victim_attach },
	{ "victim-ptrace-seize", .with = victim_seize, .a = { 0 } },
	{ "parent-ptrace-seize", .with = victim_seize, .a = { 1 } },
	{ "victim-vm-readv", .with = victim_readv, .a = { 0 } },
	{ "parent-vm-readv", .with = victim_readv, .a = { 1 } },
	{ "victim-vm-writev", .with = victim_writev, .a = { 0 } },
	{ "parent-vm-writev", .with = victim_writev, .a = { 1 } },
	{ "victim-proc-mem", .with = victim_mem, .a = { 0 } },
	{ "parent-proc-mem", .with = victim_mem, .a = { 1 } },
	{ "victim-proc-environ", .with = victim_environ, .a = { 0 } },
	{ "parent-proc-environ", .with = victim_environ, .a = { 1 } },
	{ "victim-proc-maps", .with = victim_maps, .a = { 0 } },
	{ "parent-proc-maps", .with = victim_maps, .a = { 1 } },
	{ "victim-proc-fd", .with = victim_proc_fd, .a = { 0 } },
	{ "parent-proc-fd", .with = victim_proc_fd, .a = { 1 } },
	{ "victim-pidfd-getfd", .with = victim_getfd, .a = { 0 } },
	{ "parent-pidfd-getfd", .with = victim_getfd, .a = { 1 } },
	{ "victim-prlimit", .plain = victim_prlimit },
	{ "victim-affinity", .plain = victim_affinity },
	{ "victim-setpriority", .plain = victim_priority },
	{ "victim-process-madvise", .plain = victim_madvise },
	{ "victim-kcmp", .plain = victim_kcmp },
	{ "victim-robust-list", .plain = victim_robust_list },
	{ "victim-setns", .plain = victim_setns },

	{ "signal-kill-0", .with = signal_kill, .a = { 0, 0 } },
	{ "signal-kill-0-parent", .with = signal_kill, .a = { 1, 0 } },
	{ "signal-kill", .with = signal_kill, .a = { 0, SIGURG } },
	{ "signal-kill-parent", .with = signal_kill, .a = { 1, SIGURG } },
	{ "signal-group", .plain = signal_group },
	{ "signal-tkill", .plain = signal_tkill },
	{ "signal-tgkill", .plain = signal_tgkill },
	{ "signal-sigqueue", .plain = signal_queue },
	{ "signal-tgsigqueue", .plain = signal_tgqueue },
	{ "signal-pidfd", .plain = signal_pidfd },
	{ "signal-owner", .plain = signal_owner },

	{ "limit-cpu", .with = raise_limit, .a = { RLIMIT_CPU } },
	{ "limit-fsize", .with = raise_limit, .a = { RLIMIT_FSIZE } },
	{ "limit-data", .with = raise_limit, .a = { RLIMIT_DATA } },
	{ "limit-stack", .with = raise_limit, .a = { RLIMIT_STACK } },
	{ "limit-core", .with = raise_limit, .a = { RLIMIT_CORE } },
	{ "limit-rss", .with = raise_limit, .a = { RLIMIT_RSS } },
	{ "limit-nproc", .with = raise_limit, .a = { RLIMIT_NPROC } },
	{ "limit-nofile", .with = raise_limit, .a = { RLIMIT_NOFILE } },
	{ "limit-memlock", .with = raise_limit, .a = { RLIMIT_MEMLOCK } },
	{ "limit-as", .with = raise_limit, .a = { RLIMIT_AS } },
	{ "limit-locks", .with = raise_limit, .a = { RLIMIT_LOCKS } },
	{ "limit-sigpending", .with = raise_limit, .a = { RLIMIT_SIGPENDING } },
	{ "limit-msgqueue", .with = raise_limit, .a = { RLIMIT_MSGQUEUE } },
	{ "limit-nice", .with = raise_limit, .a = { RLIMIT_NICE } },
	{ "limit-rtprio", .with = raise_limit, .a = { RLIMIT_RTPRIO } },
	{ "limit-rttime", .with = raise_limit, .a = { RLIMIT_RTTIME } },
	{ "fork-bomb", .plain = fork_bomb },
	{ "memory-mmap", .plain = memory_mmap },
	{ "memory-brk", .plain = memory_brk },
	{ "memory-mlockall", .plain = memory_mlock },
	{ "core-dump", .plain = core_dump },
	{ "core-dump-raised", .plain = core_dump_raised },

	{ "id-setuid", .nr = SYS_setuid, .a = { 0 } },
	{ "id-setresuid", .nr = SYS_setresuid, .a = { 0, 0, 0 } },
	{ "id-setuid-other", .nr = SYS_setuid, .a = { 12345 } },
	{ "id-setgid", .nr = SYS_setgid, .a = { 0 } },
	{ "id-setresgid", .nr = SYS_setresgid, .a = { 0, 0, 0 } },
	{ "id-setgroups", .plain = groups_of_root },
	{ "id-capset-all", .plain = all_capabilities },
	{ "id-capset-one", .plain = one_capability },
	{ "id-ambient", .nr = SYS_prctl, .a = { PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0 } },
	{ "id-securebits", .nr = SYS_prctl, .a = { PR_SET_SECUREBITS, 0x2f } },
	{ "id-new-privs", .nr = SYS_prctl, .a = { PR_SET_NO_NEW_PRIVS, 0 } },

	{ "ns-unshare-user", .nr = SYS_unshare, .a = { CLONE_NEWUSER } },
	{ "ns-unshare-mount", .nr = SYS_unshare, .a = { CLONE_NEWNS } },
	{ "ns-unshare-net", .nr = SYS_unshare, .a = { CLONE_NEWNET } },
	{ "ns-unshare-pid", .nr = SYS_unshare, .a = { CLONE_NEWPID } },
	{ "ns-clone-user", .plain = clone_user },
	{ "ns-clone3-user", .plain = clone3_user },
	{ "ns-setns-channel", .nr = SYS_setns, .a = { 0, CLONE_NEWNS } },
	{ "mount-mount", .plain = mount_here },
	{ "mount-in-own-namespace", .plain = mount_in_own },
	{ "mount-umount2", .plain = umount_here },
	{ "mount-pivot-root", .plain = pivot_here },
	{ "mount-chroot", .plain = chroot_here },
	{ "mount-chroot-escape", .plain = chroot_escape },
	{ "mount-fsopen", .nr = NR_FSOPEN, .a = { (long)"tmpfs" } },
	{ "mount-open-tree", .nr = NR_OPEN_TREE, .a = { AT_FDCWD, (long)"/", 1 } },
	{ "mount-move-mount", .nr = NR_MOVE_MOUNT, .a = { 0, (long)"", AT_FDCWD, (long)"/", 4 } },
	{ "mount-setattr", .plain = mount_attributes },

	{ "kernel-bpf", .plain = bpf_map },
	{ "kernel-perf-event", .plain = perf_event },
	{ "kernel-userfaultfd", .nr = SYS_userfaultfd, .a = { O_CLOEXEC } },
	{ "kernel-keyctl", .nr = SYS_keyctl, .a = { 0, -3, 1 } },
	{ "kernel-add-key", .nr = SYS_add_key,
	  .a = { (long)"user", (long)"hostile", (long)"x", 1, -2 } },
	{ "kernel-request-key", .nr = SYS_request_key, .a = { (long)"user", (long)"hostile" } },
	{ "kernel-swapon", .nr = SYS_swapon, .a = { (long)"/nonexistent/swap" } },
	{ "kernel-swapoff", .nr = SYS_swapoff, .a = { (long)"/nonexistent/swap" } },
	{ "kernel-reboot", .nr = SYS_reboot, .a = { 1, 1, 0 } },
	{ "kernel-init-module", .nr = SYS_init_module, .a = { 0, 0, (long)"" } },
	{ "kernel-finit-module", .nr = SYS_finit_module, .a = { -1, (long)"", 0 } },
	{ "kernel-delete-module", .nr = SYS_delete_module,
	  .a = { (long)"no_such_module", O_NONBLOCK } },
	{ "kernel-kexec-load", .nr = SYS_kexec_load, .a = { 0, 0, 0, -1 } },
	{ "kernel-settimeofday", .nr = SYS_settimeofday, .a = { 0, 0 } },
	{ "kernel-clock-settime", .plain = clock_invalid },
	{ "kernel-adjtimex", .plain = adjtime_invalid },
	{ "kernel-iopl", .plain = ports },
	{ "kernel-ioperm", .plain = port_permission },
	{ "kernel-quotactl", .nr = SYS_quotactl, .a = { 0x80000200, (long)"/nonexistent/device" } },
	{ "kernel-acct", .nr = SYS_acct, .a = { (long)"/nonexistent/acct" } },
	{ "kernel-sethostname", .nr = SYS_sethostname, .a = { (long)"", -1 } },
	{ "kernel-setdomainname", .nr = SYS_setdomainname, .a = { (long)"", -1 } },
	{ "kernel-syslog", .plain = read_log },
	{ "kernel-seccomp", .plain = filter_more },
	{ "kernel-landlock", .nr = NR_LANDLOCK_CREATE, .a = { 0, 0, 1 } },
	{ "kernel-modify-ldt", .plain = ldt },
	{ "kernel-personality", .nr = SYS_personality, .a = { 0x0040000 } },
	{ "kernel-personality-exec", .nr = SYS_personality, .a = { 0x0400000 } },
	{ "kernel-personality-high-half", .nr = SYS_personality, .a = { HIGH_HALF | 0x0400000 } },

	{ "tty-tiocsti", .with = tty, .a = { TIOCSTI } },
	{ "tty-tiocsti-high-half", .with = tty, .a = { HIGH_HALF | TIOCSTI } },
	{ "tty-tiocsti-own-session", .plain = tty_taken },
	{ "tty-tioclinux", .with = tty, .a = { TIOCLINUX } },
	{ "tty-tiocsti-channel", .nr = SYS_ioctl, .a = { 0, TIOCSTI, (long)"x" } },

	{ "code-wx", .with = code_wx, .a = { PROT_READ | PROT_WRITE | PROT_EXEC } },
	{ "code-wx-high-half", .with = code_wx,
	  .a = { HIGH_HALF | PROT_READ | PROT_WRITE | PROT_EXEC } },
	{ "code-mprotect", .with = code_mprotect, .a = { 0 } },
	{ "code-pkey-mprotect", .with = code_mprotect, .a = { 1 } },
	{ "code-memfd", .plain = code_memfd },
	{ "code-shm", .plain = code_shm },

	{ "sched-fifo", .plain = sched_fifo },
	{ "sched-setattr", .plain = sched_attr },
	{ "sched-batch", .plain = sched_batch },
	{ "sched-setpriority", .nr = SYS_setpriority, .a = { PRIO_PROCESS, 0, -20 } },
	{ "sched-ioprio", .nr = SYS_ioprio_set, .a = { 1, 0, 1 << 13 } },

	{ "fd-strays", .plain = stray_descriptors },
	{ "fd-strays-by-read", .plain = stray_reads },
};

int main(int argc, char **argv)
{
	program = argv[0];
	attempt = argc > 1 ? argv[1] : "list";
	args = argc > 1 ? argv + 2 : argv + argc;
	if (!strcmp(attempt, "executed") && argc > 2) {
		attempt = argv[2];
		dprintf(1, "%s: got done a second program ran as user %d\n", attempt, geteuid());
		_exit(EXECUTED);
	}
	if (!strcmp(attempt, "list")) {
		for (size_t i = 0; i < COUNT(attempts); i++)
			dprintf(1, "%s\n", attempts[i].name);
		return 0;
	}
	for (size_t i = 0; i < COUNT(attempts); i++) {
		const struct attempt *t = &attempts[i];

		if (strcmp(t->name, attempt))
			continue;
		if (t->plain)
			got(t->plain());
		if (t->with)
			got(t->with(t->a));
		got(SYS(t->nr, t->a[0], t->a[1], t->a[2], t->a[3], t->a[4], t->a[5]));
	}
	not_tried("no such attempt");
}
