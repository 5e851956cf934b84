/* SPDX-License-Identifier: ISC */
/*
 * child.c: the only code between clone and exec.
 *
 * It runs in a copy of nothing: memory, thread-local storage and lock states are the parent's,
 * live. So the rules, which tests/check-child.sh shows to hold:
 *
 *  - Raw system calls only. No libc: it would touch errno, locks, or the parent's caches; its
 *    set*id() would signal the parent's threads.
 *  - No write but to its own stack, and in the plan to the child's words, the chat and the path.
 *  - Nothing that shared *memory* owns is changed: dumpable flag, PR_SET_MDWE, oom_score_adj.
 *  - No allocation, lock, hook or format string. All that can be prepared was, by the parent.
 *  - It never waits for the parent.
 */
#include "child.h"

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <asm/resource.h>

#include "closefds.h"
#include "sys.h"

enum { STDIN = 0, STDOUT = 1, LAST_CAPABILITY = 63 };

static long retry_interrupted(long n, long a, long b, long c)
{
	long r;

	/* all signals are blocked, but a debugger's stop still interrupts some calls */
	do
		r = airlock__sys3(n, a, b, c);
	while (r == -EINTR);
	return r;
}

static long own_table(struct airlock__plan *p)
{
	long r = 0;

	if (p->bound)
		r = airlock__sys3(AIRLOCK__NR_close_range, p->bound, ~0u,
				  AIRLOCK__CLOSE_RANGE_UNSHARE);
	if (r < 0)
		return r;
	if (p->bound) {
		p->alive = AIRLOCK__OWN_TABLE;
		/* first said, then looked: who comes to wait after this look will see what was said */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (*p->waited == 2)
			airlock__sys3(__NR_futex, &p->alive, FUTEX_WAKE, 1);
	}
	return 0;
}

static _Noreturn void end(int status)
{
	airlock__sys1(__NR_exit_group, status);
	/* a filter can refuse even that */
	airlock__sys1(__NR_exit, status);
	__builtin_trap();
}

static void end_without_core(int sig)
{
	end(128 + sig);
}

/*
 * Every disposition to default, but for signals that dump core: such a core would be the parent's,
 * and before Linux 5.16 the dump would end the parent, too. For when others send one, they get a
 * handler, which exec sets back to default. (A fault of our own while signals are blocked goes past
 * it: that is what the limit is for.)
 *
 * The kernel refuses SIGKILL and SIGSTOP alone. Emulators and checkers keep a few more to
 * themselves; those the caller cannot have set either.
 */
static long default_signals(const struct airlock__plan *p)
{
	/* struct sigaction as the kernel has it: handler, flags, restorer (not everywhere), mask */
	unsigned long by_default[4] = { 0 }, to_end[4] = { 0 }, now[4];
	long r, asked;

	to_end[0] = (unsigned long)end_without_core;
	to_end[1] = AIRLOCK__SA_RESTORER;
	/* never used, since the handler does not return, but where stacks are shadowed it must be there */
	to_end[2] = to_end[0];
	for (int sig = 1; sig <= AIRLOCK__LAST_SIGNAL; sig++) {
		bool dumps = !p->own_process && AIRLOCK__CORE_SIGNALS & 1ul << sig;

		if (sig == AIRLOCK__SIGKILL || sig == AIRLOCK__SIGSTOP)
			continue;
		r = airlock__sys4(__NR_rt_sigaction, sig, dumps ? to_end : by_default, 0,
				  AIRLOCK__SIGNAL_SET_BYTES);
		if (r >= 0)
			continue;
		now[0] = 0;
		asked = airlock__sys4(__NR_rt_sigaction, sig, 0, now, AIRLOCK__SIGNAL_SET_BYTES);
		if (r != -EINVAL || (asked < 0 && asked != -EINVAL) || now[0] != 0)
			return r;
	}
	return 0;
}

static long set_limit(struct airlock__plan *p, unsigned which, const struct airlock__limit *limit)
{
	p->detail = (int)which;
	return airlock__sys4(__NR_prlimit64, 0, which, limit, 0);
}

/*
 * A child that dumps core would dump its parent. Of all soft limits 1 is the one that also stops
 * a core_pattern that is a pipe, see core(5); where the hard limit is 0, 0 must do.
 */
static long no_core(struct airlock__plan *p)
{
	struct airlock__limit none = { p->core.hard ? 1 : 0, p->core.hard };

	return set_limit(p, RLIMIT_CORE, &none);
}

static long place_descriptors(struct airlock__plan *p)
{
	for (size_t i = 0; i < p->nops; i++) {
		const struct airlock__op *op = &p->ops[i];
		long r;

		p->detail = op->to;
		if (op->from == op->to)
			r = airlock__sys3(__NR_fcntl, op->to, F_SETFD,
					  op->cloexec ? FD_CLOEXEC : 0);
		else
			r = retry_interrupted(__NR_dup3, op->from, op->to,
					      op->cloexec ? O_CLOEXEC : 0);
		if (r < 0)
			return r;
	}
	return 0;
}

static int call_close_range(void *kernel, unsigned first, unsigned last)
{
	(void)kernel;
	return (int)airlock__sys3(AIRLOCK__NR_close_range, first, last, 0);
}

static int call_close(void *kernel, int fd)
{
	(void)kernel;
	return (int)airlock__sys1(__NR_close, fd);
}

static int call_open_list(void *kernel)
{
	(void)kernel;
	return (int)airlock__sys4(__NR_openat, AT_FDCWD, "/proc/self/fd",
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

static int call_read_list(void *kernel, int list, void *buf, size_t size)
{
	(void)kernel;
	return (int)airlock__sys3(__NR_getdents64, list, buf, size);
}

static long close_others(const struct airlock__plan *p)
{
	struct airlock__fd_calls calls;

	/* one by one: a table of addresses would be data that a loader writes */
	calls.kernel = NULL;
	calls.close_range = call_close_range;
	calls.close = call_close;
	calls.open_list = call_open_list;
	calls.read_list = call_read_list;
	return airlock__close_all_but(&calls, p->keep, p->nkeep, p->upto);
}

/* HELLO was written before the child was born; REPLY fits the buffer: neither waits. */
static long chat(struct airlock__plan *p)
{
	uint8_t buf[AIRLOCK__RECORD_SIZE + 1];
	size_t want;
	long r;

	while ((want = airlock__chat_want(&p->hello)) > 0) {
		r = retry_interrupted(__NR_read, STDIN, (long)buf, (long)want);
		if (r < 0)
			return r;
		airlock__chat_feed(&p->hello, buf, (size_t)r);
	}
	if (p->hello.verdict != AIRLOCK__CHAT_ACCEPTED)
		return -EPROTO;
	for (size_t done = 0; done < sizeof p->reply; done += (size_t)r) {
		r = retry_interrupted(__NR_write, STDOUT, (long)(p->reply + done),
				      (long)(sizeof p->reply - done));
		if (r <= 0)
			return r < 0 ? r : -EPROTO;
	}
	return 0;
}

static long set_root(const struct airlock_seal *seal)
{
	long r = airlock__sys1(__NR_chroot, seal->root);

	return r < 0 ? r : airlock__sys1(__NR_chdir, "/");
}

static long set_limits(struct airlock__plan *p)
{
	for (unsigned i = 0; i < AIRLOCK__NLIMITS; i++) {
		long r;

		/* RLIMIT_CORE gets its own value last, see no_core() */
		if (!(p->seal->limits & 1u << i) || i == RLIMIT_CORE)
			continue;
		r = set_limit(p, i, &p->seal->limit[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static long drop_bounding(struct airlock__plan *p)
{
	for (int cap = 0; cap <= LAST_CAPABILITY; cap++) {
		long r;

		p->detail = cap;
		if (p->seal->bounding & 1ull << cap)
			continue;
		r = airlock__sys5(__NR_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (r == -EINVAL &&
		    airlock__sys5(__NR_prctl, PR_CAPBSET_READ, cap, 0, 0, 0) == -EINVAL)
			return 0; /* past the last that this kernel knows */
		if (r < 0)
			return r;
	}
	return 0;
}

static long set_capabilities(const struct airlock_seal *seal)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(seal->effective >> 32 * i);
		data[i].permitted = (uint32_t)(seal->permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(seal->inheritable >> 32 * i);
	}
	return airlock__sys2(__NR_capset, &header, data);
}

static long set_ambient(struct airlock__plan *p)
{
	long r = airlock__sys5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

	for (int cap = 0; r >= 0 && cap <= LAST_CAPABILITY; cap++) {
		p->detail = cap;
		if (p->seal->ambient & 1ull << cap)
			r = airlock__sys5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0,
					  0);
	}
	return r;
}

/* The signal comes when the parent's thread ends; if it ended before, only the ppid tells. */
static long tie_to_parent(const struct airlock__plan *p)
{
	long r = airlock__sys5(__NR_prctl, PR_SET_PDEATHSIG, AIRLOCK__SIGKILL, 0, 0, 0);

	if (r < 0)
		return r;
	return airlock__sys0(__NR_getppid) == p->parent ? 0 : -ESRCH;
}

static long unblock_signals(void)
{
	static const unsigned char none[AIRLOCK__SIGNAL_SET_BYTES];

	return airlock__sys4(__NR_rt_sigprocmask, AIRLOCK__SIG_SETMASK, none, 0,
			     AIRLOCK__SIGNAL_SET_BYTES);
}

static long install_filter(const struct airlock__plan *p)
{
	struct sock_fprog program = { (unsigned short)p->seal->nfilter,
				      (struct sock_filter *)p->filter };

	return airlock__sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, p->seal->filter_flags,
			     &program);
}

/* As execvp(3): EACCES does not hide a later hit, and is the answer if none follows. */
static long exec_candidates(struct airlock__plan *p)
{
	const char *c = p->candidates;
	bool denied = false;
	long r = -ENOENT;

	for (size_t i = 0; i < p->ncandidates; i++) {
		char *to = p->path;

		p->detail = (int)i;
		while ((*to++ = *c++))
			;
		r = airlock__sys3(__NR_execve, p->path, p->argv, p->envp);
		switch (r) {
		case -EACCES:
			denied = true;
			break;
		case -ENOENT:
		case -ENOTDIR:
		case -ENAMETOOLONG:
		case -ESTALE:
		case -ENODEV:
		case -ETIMEDOUT:
			break;
		default:
			return r;
		}
	}
	return denied ? -EACCES : r;
}

#define STEP(name, call) \
	do { \
		p->step = AIRLOCK_STEP_##name; \
		r = (call); \
		if (r < 0) \
			goto fail; \
	} while (0)
#define PART(name) (p->seal->parts & AIRLOCK__SEAL_##name)

void airlock__child(void *plan)
{
	struct airlock__plan *p = plan;
	const struct airlock_seal *s = p->seal;
	long r;

	/* before it touches any descriptor: until here the table is the parent's own */
	STEP(UNSHARE, own_table(p));

	/* no handler of the caller's may run here; they stay blocked until SIGMASK as well */
	STEP(SIGNALS, default_signals(p));
	if (!p->own_process)
		STEP(RLIMIT, no_core(p));

	/* so that the chat runs over what the helper will have */
	STEP(DESCRIPTORS, place_descriptors(p));
	STEP(CLOSE, close_others(p));
	if (p->chats)
		STEP(CHAT, chat(p));

	/* these need no privilege that goes below, and chroot needs one that does */
	if (p->new_session)
		STEP(SESSION, airlock__sys0(__NR_setsid));
	if (s && s->root)
		STEP(ROOT, set_root(s));
	if (p->directory)
		STEP(DIRECTORY, airlock__sys1(__NR_chdir, p->directory));
	if (s && PART(UMASK))
		STEP(UMASK, airlock__sys1(__NR_umask, s->umask));

	/* raising one needs privilege */
	if (s) {
		STEP(RLIMIT, set_limits(p));
		if (PART(NICE))
			STEP(NICE, airlock__sys3(__NR_setpriority, 0, 0, s->nice));
		if (s->cpus)
			STEP(AFFINITY,
			     airlock__sys3(__NR_sched_setaffinity, 0, s->cpus_size, s->cpus));
	}

	if (s) {
		/* as guard.h has it; shared memory the parent has shut */
		if (p->private_memory && p->exposed)
			STEP(DUMPABLE, airlock__sys5(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0));
		/* each needs what the next gives up: CAP_SETPCAP, CAP_SETGID, CAP_SETUID */
		if (PART(BOUNDING))
			STEP(BOUNDING, drop_bounding(p));
		if (PART(SECUREBITS))
			STEP(SECUREBITS,
			     airlock__sys5(__NR_prctl, PR_SET_SECUREBITS, s->securebits, 0, 0, 0));
		if (PART(GROUPS))
			STEP(GROUPS, airlock__sys2(__NR_setgroups, s->ngroups, s->groups));
		if (PART(GID))
			STEP(GID, airlock__sys3(__NR_setresgid, s->gid, s->gid, s->gid));
		/* a change of uid drops what the ambient set needs, unless told to keep it */
		if (PART(UID) && PART(CAPABILITIES) && s->permitted)
			STEP(UID, airlock__sys5(__NR_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0));
		if (PART(UID))
			STEP(UID, airlock__sys3(__NR_setresuid, s->uid, s->uid, s->uid));
		if (PART(CAPABILITIES)) {
			STEP(CAPABILITIES, set_capabilities(s));
			STEP(AMBIENT, set_ambient(p));
		}
		/* a change of ids sets it to what fs.suid_dumpable says */
		if (p->private_memory && p->exposed)
			STEP(DUMPABLE, airlock__sys5(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0));
	}

	/* changing ids clears it */
	if (p->die_with_parent)
		STEP(PARENT, tie_to_parent(p));

	if (s) {
		/* after set-user-ID has done all it shall; before Landlock and seccomp, which ask for it */
		STEP(NO_NEW_PRIVS, airlock__sys5(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		if (PART(LANDLOCK))
			STEP(LANDLOCK, airlock__sys2(AIRLOCK__NR_landlock_restrict_self,
						     p->landlock_fd, s->landlock_flags));
	}

	STEP(SIGMASK, unblock_signals());
	if (!p->own_process || (s && s->limits & 1u << RLIMIT_CORE))
		STEP(RLIMIT, set_limit(p, RLIMIT_CORE, &p->core));

	/* last: no step after it needs a call but execve */
	if (s && PART(SECCOMP))
		STEP(SECCOMP, install_filter(p));
	/* not after the parent has given it up: a program that ran must not have failed to start */
	STEP(EXECVE, airlock__decide(&p->fate, AIRLOCK__EXECS) ? exec_candidates(p) : -ECANCELED);
fail:
	p->code = (int)-r;
	if (!p->own_process)
		end(127);
}

/* What a compiler may call on its own, whatever it is told; seen by the child's objects alone. */

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int byte, size_t n);

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	char *t = to;

	while (n--)
		*t++ = (char)byte;
	return to;
}
