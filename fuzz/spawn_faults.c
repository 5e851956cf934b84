/* SPDX-License-Identifier: ISC */
/*
 * spawn_faults.c: see spawn_faults.h.
 *
 * What stands in for a call is of the C library's signature, and calls it but for the one that is to
 * fail. The table has only errnos that Linux or a container's filter gives for that call. Mappings
 * are counted, since no checker of leaks looks at them.
 */
#define _GNU_SOURCE
#include "spawn_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops.h"

/* The parent's calls */

#define CALLS(X) \
	X(MMAP, ENOMEM, EPERM, EAGAIN) \
	X(MPROTECT, ENOMEM, EPERM, ENOMEM) \
	X(MADVISE, EINVAL, ENOMEM, EAGAIN) \
	X(GETRANDOM, ENOSYS, EAGAIN, EINTR) \
	X(PIPE2, EMFILE, ENFILE, ENOSYS) \
	X(SOCKETPAIR, EMFILE, ENFILE, EAFNOSUPPORT) \
	X(SOCKET, EMFILE, EPERM, EAFNOSUPPORT) \
	X(BIND, EADDRINUSE, EACCES, EPERM) \
	X(LISTEN, EADDRINUSE, EPERM, EOPNOTSUPP) \
	X(CONNECT, ECONNREFUSED, EINTR, EPERM) \
	X(ACCEPT4, EMFILE, ECONNABORTED, EINTR) \
	X(GETSOCKNAME, ENOBUFS, EPERM, ENOBUFS) \
	X(GETSOCKOPT, ENOBUFS, EPERM, ENOBUFS) \
	X(SETSOCKOPT, ENOMEM, EPERM, ENOPROTOOPT) \
	X(FCNTL, EMFILE, EPERM, EMFILE) \
	X(OPEN, EMFILE, EACCES, ENOENT) \
	X(READ, EINTR, EIO, ECONNRESET) \
	X(WRITE, EINTR, EPERM, EACCES) \
	X(SEND, EINTR, EPERM, ENOBUFS) \
	X(POLL, EINTR, ENOMEM, EPERM) \
	X(WAITID, EINTR, EPERM, EPERM) \
	X(MEMFD_CREATE, EMFILE, ENOSYS, ENOMEM) \
	X(DUP3, EBUSY, EINTR, EPERM)

enum { CODES = 3, FAULTS = 8, MAPPINGS = 16 };
#define NAME_OF(name, ...) CALL_##name,
#define CODES_OF(name, ...) { __VA_ARGS__ },
enum call { CALLS(NAME_OF) NCALLS };
static const int codes[NCALLS][CODES] = { CALLS(CODES_OF) };

static struct {
	bool inside, fail;
	unsigned seen[NCALLS];
	struct {
		enum call call;
		unsigned nth;
		int code;
	} fault[FAULTS];
	size_t n;
	struct {
		char *at;
		size_t size;
	} mapping[MAPPINGS];
	size_t nmappings;
} state;

void faults_add(unsigned call, unsigned nth, unsigned code)
{
	call %= NCALLS;
	if (state.n == FAULTS)
		return;
	/* without it no child can be reaped, and nobody could keep the promises */
	if (call == CALL_WAITID && !nth)
		nth = 1;
	state.fault[state.n].call = (enum call)call;
	state.fault[state.n].nth = nth;
	state.fault[state.n++].code = codes[call][code % CODES];
	/* asked again at once, for ever */
	if (!nth && state.fault[state.n - 1].code == EINTR)
		state.fault[state.n - 1].nth = 1;
}

void faults_clear(void)
{
	state.n = 0;
}

bool faults_any(void)
{
	return state.n > 0;
}

void faults_enter(bool fail)
{
	state.inside = true;
	state.fail = fail;
	memset(state.seen, 0, sizeof state.seen);
}

static int stranger = -1;

void faults_leave(void)
{
	state.inside = false;
	if (stranger >= 0)
		close(stranger);
	stranger = -1;
}

static bool fails(enum call call)
{
	if (!state.inside || !state.fail)
		return false;
	state.seen[call]++;
	for (size_t i = 0; i < state.n; i++)
		if (state.fault[i].call == call &&
		    (!state.fault[i].nth || state.fault[i].nth == state.seen[call])) {
			errno = state.fault[i].code;
			return true;
		}
	return false;
}

size_t faults_mapped(void)
{
	size_t n = 0;

	for (size_t i = 0; i < state.nmappings; i++)
		n += state.mapping[i].size;
	return n;
}

static void mapped(void *at, size_t size)
{
	FUZZ_HOLDS(state.nmappings < MAPPINGS, "maps a few pieces of memory only");
	state.mapping[state.nmappings].at = at;
	state.mapping[state.nmappings++].size = size;
}

static void unmapped(void *at, size_t size)
{
	for (size_t i = 0; i < state.nmappings; i++)
		if (state.mapping[i].at == at) {
			FUZZ_HOLDS(state.mapping[i].size == size,
				   "unmaps what it mapped, and all of it");
			state.mapping[i] = state.mapping[--state.nmappings];
			return;
		}
	fuzz_broken("unmaps only what it mapped, and once", __FILE__, __LINE__);
}

#define WRAP(type, name, parameters, ...) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters

/* The linker's names */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wreserved-identifier"

WRAP(void *, mmap, (void *at, size_t size, int prot, int flags, int fd, off_t offset))
{
	void *r;

	if (fails(CALL_MMAP))
		return MAP_FAILED;
	r = __real_mmap(at, size, prot, flags, fd, offset);
	if (state.inside && r != MAP_FAILED)
		mapped(r, size);
	return r;
}

WRAP(int, munmap, (void *at, size_t size))
{
	if (state.inside)
		unmapped(at, size);
	return __real_munmap(at, size);
}

WRAP(int, mprotect, (void *at, size_t size, int prot))
{
	return fails(CALL_MPROTECT) ? -1 : __real_mprotect(at, size, prot);
}

WRAP(int, madvise, (void *at, size_t size, int advice))
{
	return fails(CALL_MADVISE) ? -1 : __real_madvise(at, size, advice);
}

WRAP(ssize_t, getrandom, (void *buf, size_t size, unsigned flags))
{
	return fails(CALL_GETRANDOM) ? -1 : __real_getrandom(buf, size, flags);
}

WRAP(int, pipe2, (int fd[2], int flags))
{
	return fails(CALL_PIPE2) ? -1 : __real_pipe2(fd, flags);
}

WRAP(int, socketpair, (int domain, int type, int protocol, int fd[2]))
{
	return fails(CALL_SOCKETPAIR) ? -1 : __real_socketpair(domain, type, protocol, fd);
}

WRAP(int, socket, (int domain, int type, int protocol))
{
	return fails(CALL_SOCKET) ? -1 : __real_socket(domain, type, protocol);
}

WRAP(int, bind, (int fd, const struct sockaddr *address, socklen_t size))
{
	return fails(CALL_BIND) ? -1 : __real_bind(fd, address, size);
}

/* P6: a stranger is quicker than the library itself; he is there until the call has ended */

int __real_socket(int domain, int type, int protocol);
int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __real_getsockname(int fd, struct sockaddr *address, socklen_t *size);
int __real_fcntl(int fd, int command, ...);

static void come_first(int listener)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof at;
	int fd = __real_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	stranger = __real_fcntl(fd, F_DUPFD_CLOEXEC, 950);
	close(fd);
	if (stranger >= 0 && __real_getsockname(listener, (struct sockaddr *)&at, &size) == 0)
		(void)__real_connect(stranger, (struct sockaddr *)&at, size);
}

WRAP(int, listen, (int fd, int backlog))
{
	int r;

	if (fails(CALL_LISTEN))
		return -1;
	r = __real_listen(fd, backlog);
	if (r == 0 && state.inside && state.fail && !state.n)
		come_first(fd);
	return r;
}

WRAP(int, connect, (int fd, const struct sockaddr *address, socklen_t size))
{
	return fails(CALL_CONNECT) ? -1 : __real_connect(fd, address, size);
}

WRAP(int, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags))
{
	return fails(CALL_ACCEPT4) ? -1 : __real_accept4(fd, address, size, flags);
}

WRAP(int, getsockname, (int fd, struct sockaddr *address, socklen_t *size))
{
	return fails(CALL_GETSOCKNAME) ? -1 : __real_getsockname(fd, address, size);
}

WRAP(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *size))
{
	return fails(CALL_GETSOCKOPT) ? -1 : __real_getsockopt(fd, level, name, value, size);
}

WRAP(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size))
{
	return fails(CALL_SETSOCKOPT) ? -1 : __real_setsockopt(fd, level, name, value, size);
}

WRAP(int, fcntl, (int fd, int command, ...))
{
	va_list args;
	long arg;

	va_start(args, command);
	arg = va_arg(args, long);
	va_end(args);
	/* who asks for flags of an open descriptor gets them */
	if ((command == F_DUPFD_CLOEXEC || command == F_SETFL) && fails(CALL_FCNTL))
		return -1;
	return __real_fcntl(fd, command, arg);
}

WRAP(int, open, (const char *path, int flags, ...))
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, int) : 0;
	va_end(args);
	return fails(CALL_OPEN) ? -1 : __real_open(path, flags, mode);
}

WRAP(ssize_t, read, (int fd, void *buf, size_t size))
{
	return fails(CALL_READ) ? -1 : __real_read(fd, buf, size);
}

/* what _FORTIFY_SOURCE makes of it */
ssize_t __wrap___read_chk(int fd, void *buf, size_t size, size_t room);
ssize_t __wrap___read_chk(int fd, void *buf, size_t size, size_t room)
{
	FUZZ_HOLDS(size <= room, "reads no more than there is room for");
	return __wrap_read(fd, buf, size);
}

WRAP(ssize_t, write, (int fd, const void *buf, size_t size))
{
	return fails(CALL_WRITE) ? -1 : __real_write(fd, buf, size);
}

WRAP(ssize_t, send, (int fd, const void *buf, size_t size, int flags))
{
	return fails(CALL_SEND) ? -1 : __real_send(fd, buf, size, flags);
}

WRAP(int, poll, (struct pollfd * fds, nfds_t n, int timeout))
{
	return fails(CALL_POLL) ? -1 : __real_poll(fds, n, timeout);
}

WRAP(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options))
{
	int r;

	if (fails(CALL_WAITID))
		return -1;
	r = __real_waitid(type, id, info, options);
	FUZZ_HOLDS(r < 0 || !state.inside || !state.fail || !info->si_pid ||
			   info->si_code != CLD_DUMPED || !(options & __WALL),
		   "a child that shares our memory dumps no core");
	return r;
}

WRAP(int, memfd_create, (const char *name, unsigned flags))
{
	return fails(CALL_MEMFD_CREATE) ? -1 : __real_memfd_create(name, flags);
}

WRAP(int, dup3, (int from, int to, int flags))
{
	return fails(CALL_DUP3) ? -1 : __real_dup3(from, to, flags);
}

#pragma GCC diagnostic pop

/* The child's calls */

char fault_directory[FAULT_ACTIONS][2] = { "/", "/", "/", "/", "/", "/" };
char *fault_argv[FAULT_ACTIONS][FAULT_ARGS];

static struct sock_filter code[1024];
static unsigned short length;

static uint32_t action(unsigned i)
{
	static const int errnos[] = { EPERM, ENOSYS, ENOMEM, EAGAIN, EIO };
	_Static_assert(sizeof errnos / sizeof *errnos == FAULT_END, "one an errno");

	return i < FAULT_END ? SECCOMP_RET_ERRNO | (uint32_t)errnos[i] : SECCOMP_RET_KILL_PROCESS;
}

static void add(struct sock_filter one)
{
	code[length++] = one;
}

/* An argument that is an int, or an address whose lower half will do */
static void refuse(int nr, unsigned arg, uint32_t value, uint32_t answer)
{
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					 offsetof(struct seccomp_data, nr)));
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 3));
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					 (uint32_t)(offsetof(struct seccomp_data, args) +
						    8 * arg)));
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

static uint32_t low(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

/* Before Linux 5.16 a child that shares our memory and dumps core ends us, too. */
static bool may_end_children(void)
{
	struct utsname u;
	unsigned major = 0, minor = 0;

	return uname(&u) == 0 && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 16));
}

bool faults_prepare(void)
{
	struct sock_fprog program = { 0, code };
	unsigned n = may_end_children() ? FAULT_ACTIONS : FAULT_END;

	for (unsigned i = 0; i < n; i++) {
		refuse(SYS_dup3, 1, FAULT_TO + i, action(i));
		refuse(SYS_close_range, 0, FAULT_LAST_TO + 1 + 2 * i, action(i));
		refuse(SYS_chdir, 0, low(fault_directory[i]), action(i));
		refuse(SYS_execve, 1, low(fault_argv[i]), action(i));
		refuse(SYS_setresgid, 0, FAULT_ID + i, action(i));
		refuse(SYS_setresuid, 0, FAULT_ID + i, action(i));
		refuse(SYS_umask, 0, (uint32_t)FAULT_UMASK | i, action(i));
		refuse(SYS_prctl, 1, FAULT_SECUREBITS | i, action(i));
	}
	for (unsigned i = FAULT_LOW_BOUND; i < 256; i++)
		refuse(SYS_close_range, 0, i, SECCOMP_RET_ERRNO | ENOMEM);
	refuse(SYS_setpriority, 2, FAULT_NICE, SECCOMP_RET_ERRNO | EPERM);
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	program.len = length;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return true;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}
