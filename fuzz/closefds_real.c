/* SPDX-License-Identifier: ISC */
/*
 * closefds_real: what closefds does, on the real kernel: in a child that shares our memory and has
 * a descriptor table of its own, the table that the input asks for is laid out, calls fail as it
 * says, and it is looked at what is open then.
 *
 * Oracle: that of closefds; and the fake kernel, which goes first with the same input, has said the
 * same: the same answer, after as many calls of each kind, and the same numbers open. (So closefds,
 * which is so much faster, is not about a kernel that does not exist.)
 *
 * The child has nothing but what the input gives it: the table was copied, so that the engine's own
 * descriptors, closed there, stay open here. It makes raw calls only. Lies of the list are left
 * out: the kernel tells none.
 */
#define _GNU_SOURCE
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

const struct fuzz_op *const fuzz_ops = descriptor_ops;

FUZZ_UNTRACED_BEGIN

enum { STACK_BYTES = 1 << 18, FOUND = FAKE_FDS + 1, RECORD_BYTES = 24 };

/* What the machine is, once and for all. */
static struct {
	bool known;
	int memfd;   /* what all descriptors of the child's are */
	int highest; /* number that the hard limit allows */
	struct both_limits {
		unsigned long long soft, hard;
	} limit;
	int no_list, no_close_range; /* errno, or 0: they are there */
} machine;

/* What the child is given, and what it says. */
static struct {
	const struct descriptors *d;
	struct fake_kernel script; /* its table is empty: the real one is asked */
	int answer, open[FOUND];
	size_t nopen;
	const char *trouble; /* what could not be laid out */
	bool done;
} child;

static int call_close_range(void *kernel, unsigned first, unsigned last)
{
	const struct fake_failure *f = fake_kernel_fails(kernel, FAKE_CLOSE_RANGE);
	int r = 0;

	if (!f || f->done)
		r = (int)airlock__sys3(AIRLOCK__NR_close_range, first, last, 0);
	return f && r == 0 ? -f->code : r;
}

static int call_close(void *kernel, int fd)
{
	const struct fake_failure *f = fake_kernel_fails(kernel, FAKE_CLOSE);
	int r = 0;

	if (!f || f->done)
		r = (int)airlock__sys1(__NR_close, fd);
	return f && r == 0 ? -f->code : r;
}

static int open_list(void)
{
	return (int)airlock__sys4(__NR_openat, AT_FDCWD, "/proc/self/fd",
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

static int call_open_list(void *kernel)
{
	const struct fake_failure *f = fake_kernel_fails(kernel, FAKE_OPEN_LIST);

	return f ? -f->code : open_list();
}

static int call_read_list(void *kernel, int list, void *buf, size_t size)
{
	const struct fake_failure *f = fake_kernel_fails(kernel, FAKE_READ_LIST);
	size_t names = child.script.names_a_read;
	int got;

	/* a name of up to four digits takes so much */
	if (names && names * RECORD_BYTES < size)
		size = names * RECORD_BYTES;
	if (f)
		return -f->code;
	got = (int)airlock__sys3(__NR_getdents64, list, buf, size);
	if (got > 0)
		FUZZ_WRITTEN(buf, (size_t)got);
	return got;
}

static void close_span(unsigned first, unsigned last)
{
	if (airlock__sys3(AIRLOCK__NR_close_range, first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd <= machine.limit.soft; fd++)
		airlock__sys1(__NR_close, fd);
}

static bool lower(unsigned soft)
{
	struct both_limits limit = { soft, machine.limit.hard };

	return airlock__sys4(__NR_prlimit64, 0, RLIMIT_NOFILE, &limit, 0) == 0;
}

/* Exactly the table of the input: all of them one file, which stands past them meanwhile. */
static const char *lay_out(void)
{
	const struct fake_kernel *k = &child.d->kernel;
	unsigned past = child.d->upto;

	if (machine.limit.soft != machine.limit.hard && !lower((unsigned)machine.limit.hard))
		return "the limit cannot be raised";
	if ((unsigned)machine.memfd != past && airlock__sys3(__NR_dup3, machine.memfd, past, 0) < 0)
		return "dup3";
	close_span(0, past - 1);
	close_span(past + 1, ~0u);
	for (size_t i = 0; i < k->nfds; i++)
		if (airlock__sys3(__NR_dup3, past, k->fd[i], 0) < 0)
			return "dup3";
	if (airlock__sys1(__NR_close, past) < 0)
		return "close";
	return k->limit && !lower(k->limit) ? "the limit cannot be lowered" : NULL;
}

static void look(void)
{
	for (unsigned fd = 0; fd <= child.d->upto; fd++)
		if (airlock__sys3(__NR_fcntl, fd, F_GETFD, 0) >= 0 && child.nopen < FOUND)
			child.open[child.nopen++] = (int)fd;
}

/* It never returns, so that its frame must leave no marks for the next one. */
__attribute__((no_sanitize("address"))) static void story(void *arg)
{
	const struct airlock__fd_calls calls = { &child.script, call_close_range, call_close,
						 call_open_list, call_read_list };

	(void)arg;
	child.trouble = lay_out();
	if (!child.trouble) {
		child.answer = airlock__close_all_but(&calls, child.d->keep, child.d->nkeep,
						      child.d->upto);
		look();
	}
	child.done = true;
	airlock__sys1(__NR_exit_group, 0);
	__builtin_trap();
}

static void run_child(void)
{
	static _Alignas(64) uint8_t stack[STACK_BYTES];
	uint64_t all = ~(uint64_t)0, before;
	int status = 0, none = -1;
	long pid, r;

	/* a handler of the engine's must not run in both */
	airlock__sys4(__NR_rt_sigprocmask, AIRLOCK__SIG_SETMASK, &all, &before, sizeof all);
	pid = airlock__clone(CLONE_VM | CLONE_VFORK | SIGCHLD, stack + sizeof stack, &none, &none,
			     story, NULL);
	airlock__sys4(__NR_rt_sigprocmask, AIRLOCK__SIG_SETMASK, &before, NULL, sizeof before);
	FUZZ_HOLDS(pid > 0, "a child can be had");
	do
		r = airlock__sys4(__NR_wait4, pid, &status, 0, NULL);
	while (r == -EINTR);
	FUZZ_HOLDS(r == pid && status == 0 && child.done, "the child comes to its end");
	FUZZ_HOLDS(!child.trouble, child.trouble);
}

static void know_machine(void)
{
	struct rlimit limit;
	char names[1024];
	int list;

	/* who started us may ignore it, and then there is no status to see */
	signal(SIGCHLD, SIG_DFL);
	machine.memfd = memfd_create("closefds_real", MFD_CLOEXEC);
	FUZZ_HOLDS(machine.memfd >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0,
		   "a memfd can be had");
	machine.limit.soft = limit.rlim_cur;
	machine.limit.hard = limit.rlim_max < 1u << 20 ? limit.rlim_max : 1u << 20;
	/* no number has five digits: see call_read_list(); and one past them all is needed */
	machine.highest = DESCRIPTORS_NEAR - 257;
	if (machine.limit.hard < DESCRIPTORS_NEAR + 1)
		machine.highest = (int)machine.limit.hard - 258;
	FUZZ_HOLDS(machine.highest > 0, "the limit allows some 300 descriptors (ulimit -n)");
	list = open_list();
	machine.no_list = list < 0 ? -list : 0;
	if (list >= 0 && airlock__sys3(__NR_getdents64, list, names, sizeof names) <= 0)
		machine.no_list = ENOENT;
	if (list >= 0)
		close(list);
	machine.no_close_range = (int)-airlock__sys3(AIRLOCK__NR_close_range, ~0u, ~0u, 0);
	machine.known = true;
}

/* The fake kernel is told what this one lacks. */
static void be_honest(struct fake_kernel *k)
{
	k->lies = FAKE_HONEST;
	if (machine.no_list)
		k->failures[k->nfailures++] =
			(struct fake_failure){ FAKE_OPEN_LIST, 0, machine.no_list, false };
	if (machine.no_close_range)
		k->failures[k->nfailures++] =
			(struct fake_failure){ FAKE_CLOSE_RANGE, 0, machine.no_close_range, false };
}

FUZZ_UNTRACED_END

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct descriptors d, fake;
	const char *wrong;
	int answer;

	if (!machine.known)
		know_machine();
	descriptors_decode(data, size, machine.highest, &d);
	be_honest(&d.kernel);
	fake = d;
	fake.calls.kernel = &fake.kernel;
	answer = airlock__close_all_but(&fake.calls, fake.keep, fake.nkeep, fake.upto);
	FUZZ_HOLDS(!fake.kernel.misuse, fake.kernel.misuse);
	child.d = &d;
	child.script = d.kernel;
	child.nopen = 0;
	child.done = false;
	run_child();
	wrong = descriptors_judge(&fake, child.answer, child.open, child.nopen);
	FUZZ_HOLDS(!wrong, wrong);
	FUZZ_HOLDS(answer == child.answer, "the fake kernel gives the same answer");
	FUZZ_HOLDS(memcmp(fake.kernel.calls, child.script.calls, sizeof child.script.calls) == 0,
		   "... after as many calls");
	FUZZ_HOLDS(fake.kernel.nfds == child.nopen && memcmp(fake.kernel.fd, child.open,
							     child.nopen * sizeof *child.open) == 0,
		   "... and with the same numbers open");
	return 0;
}
