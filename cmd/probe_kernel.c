/* SPDX-License-Identifier: ISC */
/*
 * probe_kernel.c: what the kernel lets us do, tried as the library does it: a kernel may have a call, and a
 * filter refuse one flag of it. Must run in a child of its own: most of it cannot be taken back.
 */
#define _GNU_SOURCE
#include "probe_tries.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "names.h"
#include "sys.h"

enum { STACK_BYTES = 65536, FAR = 1 << 20, CHILD_MS = 2000 };

/* since 5.0, 5.19, 5.6, 5.13: older headers may lack them */
enum { FLAG_NEW_LISTENER = 1 << 3, FLAG_WAIT_KILLABLE = 1 << 5, NR_PIDFD_GETFD = 438 };
enum { NR_LANDLOCK_CREATE_RULESET = 444, LANDLOCK_VERSION = 1 };
#define RET_USER_NOTIF 0x7fc00000u

int try_close_range(struct found_here *f)
{
	(void)f;
	return (int)airlock__sys3(AIRLOCK__NR_close_range, FAR, FAR, 0);
}

/* On another's memory and table: raw calls only. It ends with the errno. */
static void in_shared(void *arg)
{
	long r = airlock__sys3(AIRLOCK__NR_close_range, FAR, ~0u, AIRLOCK__CLOSE_RANGE_UNSHARE);

	*(volatile long *)arg = r;
	airlock__sys1(__NR_exit, 0);
	__builtin_trap();
}

/* Whether it can be made is asked here: what a filter has against other calls must not count. */
static void ends_at_once(void *arg)
{
	(void)arg;
	airlock__sys1(__NR_exit, 0);
	__builtin_trap();
}

/*
 * A child as lib/spawn.c makes it, and its end: that is told by its memory where waits are refused.
 * *ret_pidfd: -1, it has none.
 */
static int clone_one(unsigned long flags, void (*run)(void *arg), void *arg, int *ret_pidfd)
{
	static _Alignas(16) char stack[STACK_BYTES];
	static int word;
	const struct timespec ms = { 0, 1000000 };
	siginfo_t si;
	long pid;

	*ret_pidfd = -1;
	word = 1;
	pid = airlock__clone(flags | AIRLOCK__CLONE_PIDFD | CLONE_CHILD_CLEARTID | CLONE_UNTRACED,
			     stack + sizeof stack, ret_pidfd, &word, run, arg);
	if (pid < 0)
		return (int)pid;
	if (waitid(P_PID, (id_t)pid, &si, WEXITED | __WALL) == 0 || !(flags & CLONE_VM))
		return 0;
	for (int i = 0; i < CHILD_MS && __atomic_load_n(&word, __ATOMIC_ACQUIRE); i++)
		nanosleep(&ms, NULL);
	return 0;
}

int try_shared(struct found_here *f)
{
	int pidfd;

	(void)f;
	return clone_one(CLONE_VM | CLONE_FILES, ends_at_once, NULL, &pidfd);
}

int try_table(struct found_here *f)
{
	static long r = -EINPROGRESS;
	int pidfd, error;

	error = clone_one(CLONE_VM | CLONE_FILES, in_shared, &r, &pidfd);
	/*
	 * With a table of its own the flag has less to do, but may be refused all the same. And where
	 * the child was killed we shall be, which is seen.
	 */
	if (error < 0 || r == -EINPROGRESS)
		r = airlock__sys3(AIRLOCK__NR_close_range, FAR, ~0u, AIRLOCK__CLOSE_RANGE_UNSHARE);
	(void)f;
	return (int)r;
}

int try_quiet(struct found_here *f)
{
	int pidfd;

	(void)f;
	return clone_one(0, ends_at_once, NULL, &pidfd);
}

int try_clone_pidfd(struct found_here *f)
{
	int pidfd, error;

	error = clone_one(CLONE_VM, ends_at_once, NULL, &pidfd);
	if (error < 0)
		error = clone_one(0, ends_at_once, NULL, &pidfd);
	(void)f;
	return error < 0 ? error : pidfd < 0 ? -ENOSYS : 0;
}

/* A call that looks for its descriptor and finds none is there. */
static int not_the_descriptor(long r)
{
	return r == -EBADF ? 0 : (int)r;
}

int try_pidfd_open(struct found_here *f)
{
	/* where getpid(2) is refused there is still an init */
	pid_t pid = getpid();
	long r = airlock__sys2(AIRLOCK__NR_pidfd_open, pid > 0 ? pid : 1, 0);

	(void)f;
	return r < 0 ? (int)r : 0;
}

int try_pidfd_send_signal(struct found_here *f)
{
	(void)f;
	return not_the_descriptor(airlock__sys4(AIRLOCK__NR_pidfd_send_signal, FAR, 0, 0, 0));
}

int try_kill(struct found_here *f)
{
	(void)f;
	return kill(getpid(), 0) < 0 ? -errno : 0;
}

int try_waitid_pidfd(struct found_here *f)
{
	siginfo_t si;

	(void)f;
	if (waitid((idtype_t)AIRLOCK__P_PIDFD, FAR, &si, WEXITED | WNOHANG) == 0)
		return 0;
	return not_the_descriptor(-errno);
}

int try_pidfd_getfd(struct found_here *f)
{
	(void)f;
	return not_the_descriptor(airlock__sys3(NR_PIDFD_GETFD, FAR, 0, 0));
}

int try_memfd(struct found_here *f)
{
	(void)f;
	return memfd_create("airlock", MFD_CLOEXEC) < 0 ? -errno : 0;
}

int try_getrandom(struct found_here *f)
{
	char byte;

	(void)f;
	return getrandom(&byte, 1, GRND_NONBLOCK) < 0 ? -errno : 0;
}

int try_proc(struct found_here *f)
{
	(void)f;
	return access("/proc/self/fd/.", R_OK) < 0 ? -errno : 0;
}

/* As map_vault() of lib/plan.c, but for the address */
int try_vault(struct found_here *f)
{
	int r = -ENOMEM;

	for (int bits = 32; bits >= 20; bits -= 4) {
		size_t size = (size_t)1 << bits;
		void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			       -1, 0);

		if (p == MAP_FAILED) {
			r = -errno;
			continue;
		}
		if (mprotect(p, size, PROT_READ | PROT_WRITE) == 0) {
			f->value = (long)size;
			snprintf(f->reason, sizeof f->reason, "%zu MiB", size >> 20);
			return 0;
		}
		r = -errno;
		munmap(p, size);
	}
	return r;
}

/* seccomp */

static int load_filter(unsigned flags)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, code };
	long r;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	r = airlock__sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return r < 0 ? (int)r : 0;
}

int try_filter(struct found_here *f)
{
	(void)f;
	return load_filter(0);
}

int try_actions(struct found_here *f)
{
	static const struct {
		uint32_t action;
		const char *name;
	} actions[] = {
		{ SECCOMP_RET_KILL_PROCESS, "kill-process" },
		{ SECCOMP_RET_ERRNO, "errno" },
		{ SECCOMP_RET_LOG, "log" },
		{ RET_USER_NOTIF, "user-notif" },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		long one = airlock__sys3(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
					 &actions[i].action);
		const char *error = airlock__value_name(AIRLOCK__ERRNOS, (uint64_t)-one);
		size_t used = strlen(f->reason);

		if (one >= 0)
			continue;
		snprintf(f->reason + used, sizeof f->reason - used, "%s%s: %s", used ? ", " : "",
			 actions[i].name, error ? error : "?");
		r = (int)one;
	}
	return r;
}

int try_listener(struct found_here *f)
{
	(void)f;
	return load_filter(FLAG_NEW_LISTENER);
}

int try_killable(struct found_here *f)
{
	(void)f;
	return load_filter(FLAG_NEW_LISTENER | FLAG_WAIT_KILLABLE);
}

int try_landlock(struct found_here *f)
{
	const uint64_t handled[1] = { 1 }; /* LANDLOCK_ACCESS_FS_EXECUTE */
	long abi = airlock__sys3(NR_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION), fd;

	if (abi <= 0)
		return abi < 0 ? (int)abi : -EOPNOTSUPP;
	fd = airlock__sys3(NR_LANDLOCK_CREATE_RULESET, handled, sizeof handled, 0);
	if (fd < 0)
		return (int)fd;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = airlock__sys2(AIRLOCK__NR_landlock_restrict_self, fd, 0);
	if (fd < 0)
		return (int)fd;
	f->value = abi;
	snprintf(f->reason, sizeof f->reason, "ABI %ld", abi);
	return 0;
}
