/* SPDX-License-Identifier: ISC */
/*
 * spawn_program.c: what `spawn` starts: small, static, without a C library, so that a start costs little
 * and all that it reports is what it was given. Its image is built into the target.
 */
#include "spawn_program.h"

#include <asm/stat.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/prctl.h>

#include "../lib/sys.h"

enum { STDERR = 2, BUFFER = 4096, HOLES = 64 };

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall "
	"program\n\tud2\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl program\n\tbrk #1\n");
#else
__asm__(".globl _start\n_start:\n\tmv a0, sp\n\tcall program\n\tebreak\n");
#endif

_Noreturn void program(char **stack);

static _Noreturn void end(long status)
{
	airlock__sys1(__NR_exit_group, status);
	/* a filter of the input's may refuse it, with an errno: nobody would be left to end a loop */
	__builtin_trap();
}

static long put(int fd, const void *bytes, long n)
{
	const char *at = bytes;

	while (n > 0) {
		long r = airlock__sys3(__NR_write, fd, at, n);

		if (r <= 0)
			return -1;
		at += r;
		n -= r;
	}
	return 0;
}

static void find_open(struct program_report *r)
{
	struct pollfd fds[PROGRAM_FDS];
	long zero[2] = { 0, 0 }, n;
	int holes = HOLES;

	for (int i = 0; i < PROGRAM_FDS; i++)
		fds[i] = (struct pollfd){ i, 0, 0 };
	/* all in one call, unless a limit is below that; but it does not see those that are O_PATH */
	n = airlock__sys5(__NR_ppoll, fds, PROGRAM_FDS, zero, 0, 8);
	for (int i = 0; i < PROGRAM_FDS; i++) {
		struct stat st = { 0 };

		if (n >= 0 && fds[i].revents & POLLNVAL && holes-- <= 0)
			continue;
		if ((n < 0 || fds[i].revents & POLLNVAL) &&
		    airlock__sys2(__NR_fcntl, i, F_GETFD) < 0)
			continue;
		r->open[i / 64] |= 1ull << i % 64;
		if (i >= STDERR && airlock__sys2(__NR_fstat, i, &st) >= 0)
			r->objects += program_object(i, st.st_dev, st.st_ino);
	}
}

static void find_signals(struct program_report *r)
{
	for (int sig = 1; sig <= AIRLOCK__LAST_SIGNAL; sig++) {
		unsigned long now[4] = { 0 };

		if (airlock__sys4(__NR_rt_sigaction, sig, 0, now, AIRLOCK__SIGNAL_SET_BYTES) >= 0 &&
		    now[0])
			r->not_default |= 1ull << (sig - 1);
	}
	airlock__sys4(__NR_rt_sigprocmask, 0, 0, &r->mask, AIRLOCK__SIGNAL_SET_BYTES);
}

static void find_rights(struct program_report *r)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uint32_t groups[64];
	int sig = 0;
	long n = airlock__sys2(__NR_getgroups, 64, groups), fd;

	r->groups = n > 0 ? program_hash_groups(groups, (unsigned long)n) : 0;
	r->ngroups = (uint32_t)n;
	r->securebits = (uint32_t)airlock__sys5(__NR_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0);
	airlock__sys2(__NR_capget, &header, data);
	r->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	r->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	for (int i = 0; i < 64; i++) {
		if (airlock__sys5(__NR_prctl, PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			r->bounding |= 1ull << i;
		if (airlock__sys5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			r->ambient |= 1ull << i;
	}
	airlock__sys3(__NR_sched_getaffinity, 0, sizeof r->cpus, r->cpus);
	airlock__sys5(__NR_prctl, PR_GET_PDEATHSIG, &sig, 0, 0, 0);
	r->pdeathsig = (uint32_t)sig;
	fd = airlock__sys4(__NR_openat, AT_FDCWD, "/proc/self/comm", O_WRONLY, 0);
	r->landlocked = fd == -13;
	if (fd >= 0)
		airlock__sys1(__NR_close, fd);
}

static void report(int to, char **argv, char **envp)
{
	struct program_report r;
	struct stat st = { 0 };

	for (unsigned i = 0; i < sizeof r; i++)
		((volatile char *)&r)[i] = 0;
	r.magic = PROGRAM_MAGIC;
	r.pid = (int)airlock__sys0(__NR_getpid);
	r.parent = (int)airlock__sys0(__NR_getppid);
	r.session = (int)airlock__sys1(__NR_getsid, 0);
	r.nice = 20 - (int)airlock__sys2(__NR_getpriority, 0, 0);
	r.uid = (uint32_t)airlock__sys0(__NR_geteuid);
	r.gid = (uint32_t)airlock__sys0(__NR_getegid);
	r.umask = (uint32_t)airlock__sys1(__NR_umask, 0);
	r.no_new_privs = (uint32_t)airlock__sys5(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	r.seccomp = (uint32_t)airlock__sys5(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
	find_open(&r);
	find_signals(&r);
	find_rights(&r);
	for (int i = 0; i < PROGRAM_LIMITS; i++)
		airlock__sys4(__NR_prlimit64, 0, i, 0, r.limit[i]);
	for (; *argv; argv++)
		r.arguments = program_hash(r.arguments, *argv);
	for (; *envp; envp++)
		r.environment = program_hash(r.environment, *envp);
	airlock__sys4(__NR_newfstatat, AT_FDCWD, ".", &st, 0);
	r.directory[0] = st.st_dev;
	r.directory[1] = st.st_ino;
	if (put(to, &r, sizeof r) < 0)
		end(1);
}

static _Noreturn void echo(void)
{
	char buf[BUFFER];
	long n;

	while ((n = airlock__sys3(__NR_read, 0, buf, sizeof buf)) > 0)
		if (put(1, buf, n) < 0)
			end(1);
	end(n < 0);
}

static _Noreturn void hang(int stubborn)
{
	unsigned long ignore[4] = { 1, 0, 0, 0 };
	long minute[2] = { 60, 0 };

	if (stubborn)
		airlock__sys4(__NR_rt_sigaction, 15, ignore, 0, AIRLOCK__SIGNAL_SET_BYTES);
	/* until a signal comes, a filter refuses, or nobody is left who would have stopped us */
	airlock__sys5(__NR_ppoll, 0, 0, minute, 0, 0);
	end(1);
}

void program(char **stack)
{
	char **argv = stack + 1, **envp = argv + *(long *)stack + 1;
	const char *how = *(long *)stack > 1 ? argv[1] : "";

	switch (*how) {
	case PROGRAM_REPORT:
		report(1, argv, envp);
		echo();
	case PROGRAM_REPORT_2:
		report(STDERR, argv, envp);
		echo();
	case PROGRAM_EXIT:
		end((unsigned char)how[1]);
	case PROGRAM_KILL:
		airlock__sys2(__NR_kill, airlock__sys0(__NR_getpid), (unsigned char)how[1]);
		hang(0);
	case PROGRAM_HANG:
	case PROGRAM_STUBBORN:
		hang(*how == PROGRAM_STUBBORN);
	case PROGRAM_EXEC:
		end(-airlock__sys3(__NR_execve, "/airlock-missing", argv, envp));
	default:
		echo();
	}
}

/* What a compiler may call on its own */

void *memset(void *to, int byte, unsigned long n);
void *memcpy(void *restrict to, const void *restrict from, unsigned long n);

void *memset(void *to, int byte, unsigned long n)
{
	volatile char *t = to;

	while (n--)
		*t++ = (char)byte;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, unsigned long n)
{
	volatile char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}
