/* SPDX-License-Identifier: ISC */
/*
 * spawn.c: the parent's story, from top to bottom.
 *
 * It does all that can fail slowly before it clones, and then waits for one word: the kernel
 * clears `alive` in the shared memory when the child lets go of it, at exec or at death. It must
 * not return before that, nor free what the child stands on.
 *
 * Three ways, the later ones where an earlier one cannot be had:
 *
 *  low table       memory and descriptor table shared; the child takes a table of its own that
 *                  holds what stands below the reserve's bound. Costs the same for any caller.
 *  whole table     memory shared, table copied: one reference for each open descriptor.
 *  private memory  nothing shared: asked for, or sharing is refused (emulators, checkers), or
 *                  would be a door into the caller (guard.h).
 */
#define _GNU_SOURCE
#include "airlock/airlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "error.h"
#include "guard.h"
#include "plan.h"
#include "quiet.h"
#include "reserve.h"
#include "reap.h"
#include "sys.h"

enum {
	DEFAULT_TIMEOUT_MS = 10000,
	RESERVE_MS = 1000,
	RESERVE_SOON_MS = 5, /* longer is dearer than a copied table */
	GRACE_MS = 50,	     /* beyond the deadline, for a killed child to die */
	GLANCE_MS = 20,	     /* private memory: how often to look, should the pipe be held open */
};

enum way { LOW_TABLE, WHOLE_TABLE, PRIVATE_MEMORY };

struct spawn {
	const struct airlock_options *o;
	struct airlock_error *error;
	const char *name;
	int64_t deadline;
	struct airlock__channel channel;
	int plug[3];			       /* where the caller's 0, 1 or 2 is closed; else -1 */
	int null_fd;			       /* /dev/null, if the helper is to get it; else -1 */
	uint8_t token[2][AIRLOCK__TOKEN_SIZE]; /* HELLO's and REPLY's */
	struct airlock__memory m;
	struct airlock__child_id id;
	bool holds_reserve, guarded, unshare_failed, without_reserve;
	bool lives_on; /* a killed child was put aside */
	bool quiet;    /* exit signal 0: a child that never execs is invisible */
	int signal_fd; /* read end of a pipe that closes at exec, where one is needed */
	int signal_write_fd;
};

static int fail(struct spawn *s, enum airlock_step step, int code, const char *what)
{
	return airlock__fail(s->error, s->name, step, code, "%s", what);
}

/* Before the clone */

static bool chats(const struct spawn *s)
{
	return s->o->channel != AIRLOCK_NONE;
}

/* A caller without /dev may still map 0, 1 and 2. */
static bool needs_null(const struct spawn *s)
{
	return s->o->stderr_fd < 0 || (!chats(s) && !(airlock__maps(s->o, STDIN_FILENO) &&
						      airlock__maps(s->o, STDOUT_FILENO)));
}

/*
 * A caller may have closed 0, 1 or 2, and its other threads may still write there: no end of the
 * channel may stand at these numbers for a moment. Reads and writes of an O_PATH descriptor fail
 * as those of a closed one do.
 */
static int plug_stdio(struct spawn *s)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		s->plug[fd] = open("/", O_PATH | O_CLOEXEC);
		if (s->plug[fd] < 0)
			return fail(s, AIRLOCK_STEP_CHANNEL, errno, "/");
	}
	return 0;
}

static int open_ends(struct spawn *s)
{
	int r = plug_stdio(s);

	if (r < 0)
		return r;
	r = airlock__channel_open(s->o->channel, s->deadline, &s->channel);
	if (r < 0)
		return fail(s, r == -ETIMEDOUT ? AIRLOCK_STEP_TIMEOUT : AIRLOCK_STEP_CHANNEL, -r,
			    "");
	if (!needs_null(s))
		return 0;
	s->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return s->null_fd < 0 ? fail(s, AIRLOCK_STEP_CHANNEL, errno, "/dev/null") : 0;
}

/* A socket must not raise SIGPIPE; a FIFO's other end is still open here. */
static ssize_t put(int fd, const void *buf, size_t n)
{
	ssize_t r = send(fd, buf, n, MSG_NOSIGNAL);

	return r < 0 && errno == ENOTSOCK ? write(fd, buf, n) : r;
}

/* It fits any channel's buffer, so the child will find it there. */
static int say_hello(struct spawn *s)
{
	uint8_t hello[AIRLOCK__RECORD_SIZE];
	ssize_t n;

	airlock__record_make(hello, AIRLOCK__HELLO, s->o->channel, s->token[0]);
	do
		n = put(s->channel.wfd, hello, sizeof hello);
	while (n < 0 && errno == EINTR);
	if (n == sizeof hello)
		return 0;
	return fail(s, AIRLOCK_STEP_CHAT, n < 0 ? errno : EPROTO, "HELLO");
}

static int prepare_chat(struct spawn *s)
{
	int r = airlock__random(s->token, sizeof s->token, s->deadline);

	return r < 0 ? fail(s, AIRLOCK_STEP_RANDOM, -r, "") : say_hello(s);
}

static void tell_chat(struct spawn *s)
{
	struct airlock__plan *p = s->m.plan;

	p->chats = chats(s);
	airlock__chat_start(&p->hello, AIRLOCK__HELLO, s->o->channel, s->token[0]);
	airlock__record_make(p->reply, AIRLOCK__REPLY, s->o->channel, s->token[1]);
}

static struct airlock__sources sources(const struct spawn *s)
{
	return (struct airlock__sources){
		chats(s) ? s->channel.helper_rfd : s->null_fd,
		chats(s) ? s->channel.helper_wfd : s->null_fd,
		s->o->stderr_fd < 0 ? s->null_fd : s->o->stderr_fd,
		s->signal_write_fd,
	};
}

/* Can it have worked? Once the helper runs a failure comes late: see set_oom_score(). */
static int check_oom_score(struct spawn *s)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	char own[16] = "";
	ssize_t n;
	int fd;

	if (!s->o->seal || !(s->o->seal->parts & AIRLOCK__SEAL_OOM_SCORE))
		return 0;
	if (airlock__sys2(__NR_capget, &header, data) < 0 ||
	    data[0].effective & 1u << CAP_SYS_RESOURCE)
		return 0;
	fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, own, sizeof own - 1);
	airlock__close_pair(fd, -1);
	/* the kernel's floor is not to be seen; it is above 0 for nobody */
	if (n > 0 && s->o->seal->oom_score_adj < 0 && s->o->seal->oom_score_adj < atoi(own))
		return fail(s, AIRLOCK_STEP_OOM_SCORE, EACCES, "lower than the caller's");
	return 0;
}

/* The clone */

static long clone_child(struct spawn *s, unsigned long flags)
{
	struct airlock__plan *p = s->m.plan;
	uint64_t all = ~(uint64_t)0, old;
	long r;

	p->alive = AIRLOCK__BORN;
	p->step = p->code = p->detail = 0;
	p->fate = AIRLOCK__OPEN;
	if (p->die_with_parent)
		p->parent = getpid();
	s->id.pidfd = -1; /* before Linux 5.2 CLONE_PIDFD is ignored */
	s->quiet = (flags & 0xff) == 0;
	/*
	 * A debugger takes a clone with exit signal 0 for a thread, and is lost when that execs. With
	 * this flag it does not follow; the price is that strace -f does not, either. A mere fork needs
	 * no such flag, and who asks for one may know none.
	 */
	if (s->quiet)
		flags |= CLONE_UNTRACED;
	/* the raw call: libc keeps two of its signals out of any mask */
	r = airlock__sys4(__NR_rt_sigprocmask, AIRLOCK__SIG_SETMASK, &all, &old, sizeof all);
	if (r < 0)
		return r;
	r = airlock__clone(flags, s->m.stack_top, &s->id.pidfd, &p->alive, airlock__child, p);
	airlock__sys4(__NR_rt_sigprocmask, AIRLOCK__SIG_SETMASK, &old, NULL, sizeof old);
	s->id.pid = r > 0 ? (pid_t)r : -1;
	if (s->id.pid < 0)
		s->id.pidfd = -1;
	return r < 0 ? r : 0;
}

/* Is it the call that is refused, and not the resources? */
static bool refused(long r)
{
	return r == -EINVAL || r == -ENOSYS || r == -EPERM;
}

static void free_reserve(struct spawn *s)
{
	if (s->holds_reserve)
		airlock__reserve_release();
	s->holds_reserve = false;
}

static void close_signal_pipe(struct spawn *s)
{
	airlock__close_pair(s->signal_fd, s->signal_write_fd);
	s->signal_fd = s->signal_write_fd = -1;
}

/* The child's table is its own now: others may have the reserve, and it alone holds the pipe open. */
static void tables_are_apart(struct spawn *s)
{
	free_reserve(s);
	airlock__close_pair(s->signal_write_fd, -1);
	s->signal_write_fd = -1;
}

/* Waiting for it */

/* Shared memory: until the child lets go of it. The kernel wakes a *shared* futex. */
static int await_word(struct spawn *s, int64_t deadline)
{
	volatile int *word = &s->m.plan->alive;
	struct timespec until = airlock__timespec(deadline);

	for (;;) {
		int now = __atomic_load_n(word, __ATOMIC_ACQUIRE);

		if (now != AIRLOCK__BORN)
			tables_are_apart(s);
		if (now == AIRLOCK__GONE)
			return 0;
		if (airlock__now() >= deadline)
			return -ETIMEDOUT;
		airlock__sys6(__NR_futex, word, FUTEX_WAIT_BITSET, now, &until, 0,
			      FUTEX_BITSET_MATCH_ANY);
	}
}

/*
 * Exec clears PF_FORKNOEXEC once it has switched memory: 1 if the flag is set, 0 if not, -1 if
 * /proc does not say. See proc_pid_stat(5), fields 3 and 9.
 */
static int never_execed(pid_t pid, char *ret_state)
{
	enum { FORKNOEXEC = 0x40 };
	char buf[512], state;
	const char *after_name = airlock__proc_stat(pid, buf, sizeof buf);
	unsigned flags;

	if (!after_name || sscanf(after_name, ") %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return -1;
	if (ret_state)
		*ret_state = state;
	return (flags & FORKNOEXEC) != 0;
}

/* A zombie has none. */
static bool has_own_memory(const struct spawn *s)
{
	char state = '?';

	if (never_execed(s->id.pid, &state) == 0 || state == 'Z' || state == 'X')
		return true;
	/* one that has ended and was reaped by another is in /proc no more: its pidfd tells */
	return s->id.pidfd >= 0 && airlock__poll(s->id.pidfd, POLLIN, airlock__now()) == 0;
}

/*
 * Exec sets the exit signal to SIGCHLD: a child that was cloned with 0 and has not exec'd is seen
 * with __WALL alone. One that is seen by neither has exec'd, and another has reaped it since.
 */
static int has_execed(const struct spawn *s, bool *ret)
{
	siginfo_t si;
	int r = airlock__waitid(s->id, &si, WEXITED | WNOHANG | WNOWAIT), flag;

	*ret = s->m.plan->step == AIRLOCK_STEP_EXECVE && !s->m.plan->code;
	/* of a mere fork only /proc can tell, as long as it is not reaped */
	if (r == 0 && !s->quiet && *ret && (flag = never_execed(s->id.pid, NULL)) >= 0)
		*ret = !flag;
	if (r != -ECHILD || !s->quiet)
		return r == -ECHILD ? 0 : r;
	r = airlock__waitid(s->id, &si, WEXITED | WNOHANG | WNOWAIT | __WALL);
	if (r == 0)
		*ret = false;
	return r == -ECHILD ? 0 : r;
}

/*
 * Private memory: the pipe closes at exec and at death. A process that another thread forked just
 * then may hold its write end open, so it is no more than a hint to look at the child.
 */
static int await_pipe(struct spawn *s, int64_t deadline)
{
	for (;;) {
		siginfo_t si;
		bool execed;
		int r = airlock__poll(s->signal_fd, POLLIN,
				      airlock__sooner(deadline, airlock__in_ms(GLANCE_MS)));

		if (r != -ETIMEDOUT)
			return r;
		if (airlock__now() >= deadline)
			return -ETIMEDOUT;
		if (!s->quiet)
			continue; /* nothing tells exec before death but the pipe */
		r = has_execed(s, &execed);
		if (r < 0 || execed)
			return r;
		r = airlock__waitid(s->id, &si, WEXITED | WNOHANG | WNOWAIT | __WALL);
		if (r < 0 || si.si_pid)
			return r == -ECHILD ? 0 : r;
	}
}

/* What the child's step was about. */
static void describe(const struct spawn *s, char *buf, size_t size)
{
	const struct airlock__plan *p = s->m.plan;

	*buf = '\0';
	switch (p->step) {
	case AIRLOCK_STEP_EXECVE:
		snprintf(buf, size, "%s%s", s->o->path, p->ncandidates > 1 ? " (in PATH)" : "");
		break;
	case AIRLOCK_STEP_DIRECTORY:
		snprintf(buf, size, "%s", p->directory);
		break;
	case AIRLOCK_STEP_ROOT:
		snprintf(buf, size, "%s", p->seal->root);
		break;
	case AIRLOCK_STEP_DESCRIPTORS:
		snprintf(buf, size, "descriptor %d", p->detail);
		break;
	case AIRLOCK_STEP_RLIMIT:
		snprintf(buf, size, "%s", airlock__limit_name((unsigned)p->detail));
		break;
	case AIRLOCK_STEP_BOUNDING:
	case AIRLOCK_STEP_AMBIENT:
		snprintf(buf, size, "capability %d", p->detail);
		break;
	case AIRLOCK_STEP_CHAT:
		snprintf(buf, size, "child's side");
		break;
	case AIRLOCK_STEP_PARENT:
		snprintf(buf, size, "the parent is gone");
		break;
	}
}

static int report_childs_step(struct spawn *s)
{
	char what[256];

	describe(s, what, sizeof what);
	return fail(s, (enum airlock_step)s->m.plan->step, s->m.plan->code, what);
}

/*
 * End the child, whatever it does, and reap it. One that cannot die yet is put aside, with the
 * memory it stands on. *ret: how it ended, if that is known.
 */
static bool put_down(struct spawn *s, siginfo_t *ret)
{
	int64_t grace = airlock__in_ms(GRACE_MS);
	int r;

	airlock__signal(s->id, SIGKILL);
	/* after SIGKILL it runs no code of ours: the shared table is safe from it */
	tables_are_apart(s);
	ret->si_code = 0;
	r = airlock__reap(s->id, s->deadline > grace ? s->deadline : grace, __WALL, ret);
	if (r == 0 || r == -ECHILD) {
		airlock__close_pair(s->id.pidfd, -1);
		s->id = (struct airlock__child_id){ -1, -1 };
		return true;
	}
	airlock__put_aside(&(struct airlock__aside){
		.id = s->id,
		.base = s->m.base,
		.size = s->m.size,
		.more = s->m.vault,
		.more_size = s->m.vault_size,
		.guarded = s->guarded,
	});
	s->m = (struct airlock__memory){ 0 };
	s->id = (struct airlock__child_id){ -1, -1 };
	s->guarded = false;
	s->lives_on = true;
	return false;
}

/* It did not exec: end it, then say why. */
static int lost(struct spawn *s, bool timed_out)
{
	enum airlock_step stood = (enum airlock_step)s->m.plan->step;
	/* what it said after it was given up is not the reason */
	bool told = s->m.plan->code != 0 && s->m.plan->fate != AIRLOCK__GIVEN_UP;
	char what[256];
	siginfo_t si;
	bool reaped;
	int r = told ? report_childs_step(s) : 0;

	reaped = put_down(s, &si);
	/* it touched nothing: another way can be tried */
	s->unshare_failed = told && reaped && stood == AIRLOCK_STEP_UNSHARE;
	if (s->unshare_failed && refused(r))
		airlock__reserve_useless();
	if (told)
		return r;
	if (timed_out) {
		snprintf(what, sizeof what, "child stood at step '%s'", airlock_step_name(stood));
		return fail(s, AIRLOCK_STEP_TIMEOUT, ETIMEDOUT, what);
	}
	/* its handler for signals that dump core, see child.c, says which by the exit status */
	if (si.si_code == CLD_EXITED && si.si_status > 128) {
		si.si_code = CLD_KILLED;
		si.si_status -= 128;
	}
	if (si.si_code == CLD_KILLED || si.si_code == CLD_DUMPED)
		snprintf(what, sizeof what, "by signal %d at step '%s'", si.si_status,
			 airlock_step_name(stood));
	else
		snprintf(what, sizeof what, "at step '%s'", airlock_step_name(stood));
	return fail(s, AIRLOCK_STEP_KILLED, ECANCELED, what);
}

static int await_release(struct spawn *s, int64_t deadline)
{
	return s->m.plan->private_memory ? await_pipe(s, deadline) : await_word(s, deadline);
}

/*
 * The word is cleared a moment before the child's memory is another: exec_mmap() wakes, then takes
 * a lock that any process can make it wait for. Nobody may reach the caller through it, nor may a
 * change of what belongs to the memory hit the caller, before close-on-exec has shut the pipe, or
 * /proc says so.
 */
static int await_own_memory(struct spawn *s)
{
	int r;

	if (s->signal_fd < 0 || s->m.plan->private_memory)
		return 0;
	/* the pipe may be held open for a while by the copy that another thread's child has of it */
	for (;;) {
		r = airlock__poll(s->signal_fd, POLLIN,
				  airlock__sooner(s->deadline, airlock__in_ms(GLANCE_MS)));
		if (r != -ETIMEDOUT)
			return r;
		if (has_own_memory(s))
			return 0;
		if (airlock__now() >= s->deadline)
			return r;
	}
}

/* Has the child become the helper? If not it is gone, and the error told. */
static int await_exec(struct spawn *s)
{
	bool execed = false, timed_out;
	siginfo_t si;
	int r = await_release(s, s->deadline);

	/* one that came to its exec first gets a moment to end it */
	if (r == -ETIMEDOUT && !airlock__decide(&s->m.plan->fate, AIRLOCK__GIVEN_UP))
		r = await_release(s, airlock__in_ms(GRACE_MS));
	timed_out = r == -ETIMEDOUT;
	if (r == 0)
		r = has_execed(s, &execed);
	if (r == 0 && execed)
		r = await_own_memory(s);
	if (r < 0 && r != -ETIMEDOUT) {
		put_down(s, &si);
		return fail(s, AIRLOCK_STEP_WAIT, -r, "");
	}
	return r == 0 && execed ? 0 : lost(s, timed_out || r == -ETIMEDOUT);
}

/* Starting it */

enum { STARTED = 0, NEXT_WAY = 1 };

/* A pipe whose other end the child holds until its exec, or its death. */
static int open_signal_pipe(struct spawn *s)
{
	int fd[2];

	if (s->signal_fd >= 0)
		return 0;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return fail(s, AIRLOCK_STEP_CHANNEL, errno, "pipe");
	s->signal_fd = fd[0];
	s->signal_write_fd = fd[1];
	return 0;
}

static int begin_low_table(struct spawn *s)
{
	struct airlock__sources from = sources(s);

	if (s->without_reserve)
		return NEXT_WAY;
	if (airlock__reserve_take(airlock__sooner(s->deadline, airlock__in_ms(RESERVE_SOON_MS)),
				  &s->m.plan->alive, &s->m.plan->waited) < 0)
		return NEXT_WAY;
	s->holds_reserve = true;
	if (airlock__plan_descriptors(s->o, &from, true, &s->m) == 0)
		return STARTED;
	free_reserve(s);
	return NEXT_WAY;
}

static int begin_whole_table(struct spawn *s)
{
	struct airlock__sources from = sources(s);
	int r = airlock__plan_descriptors(s->o, &from, false, &s->m);

	return r < 0 ? fail(s, AIRLOCK_STEP_OPTIONS, -r, "fds") : STARTED;
}

static int start_sharing(struct spawn *s, enum way way)
{
	unsigned long flags = CLONE_VM | AIRLOCK__CLONE_PIDFD | CLONE_CHILD_CLEARTID;
	bool needs_pipe = s->guarded || (s->o->seal && s->o->seal->parts & AIRLOCK__SEAL_OOM_SCORE);
	long r = needs_pipe ? open_signal_pipe(s) : 0;

	if (r == 0)
		r = way == LOW_TABLE ? begin_low_table(s) : begin_whole_table(s);
	if (r != STARTED)
		return (int)r;
	r = clone_child(s, way == LOW_TABLE ? flags | CLONE_FILES : flags);
	if (r == 0)
		return STARTED;
	free_reserve(s);
	return refused(r) ? NEXT_WAY : fail(s, AIRLOCK_STEP_CLONE, (int)-r, "");
}

static int start_private(struct spawn *s)
{
	int r = open_signal_pipe(s);
	long c;

	if (r == 0)
		r = begin_whole_table(s);
	if (r < 0)
		return r;
	s->m.plan->private_memory = true;
	c = clone_child(s, AIRLOCK__CLONE_PIDFD);
	/* emulators know fork alone; there a child that fails raises SIGCHLD */
	if (c < 0 && refused(c)) {
		c = clone_child(s, SIGCHLD);
		if (c == 0)
			s->id.pidfd = (int)airlock__sys2(AIRLOCK__NR_pidfd_open, s->id.pid, 0);
		if (s->id.pidfd < 0)
			s->id.pidfd = -1;
	}
	/* the child has its copy: ours would only show where the three pointers are */
	airlock__plan_close_vault(&s->m);
	return c < 0 ? fail(s, AIRLOCK_STEP_CLONE, (int)-c, "") : STARTED;
}

/*
 * A child that needs the guard and cannot have it must not share memory; a copy is born with the
 * door shut as well, where it can be. Valgrind does not refuse a clone that it cannot follow: it
 * ends.
 */
static enum way first_way(struct spawn *s)
{
	bool needed = airlock__guard_needed(s->o->seal);

	s->guarded = needed && airlock__guard_shut() == 0;
	if (s->o->flags & AIRLOCK_PRIVATE_MEMORY || airlock__on_valgrind())
		return PRIVATE_MEMORY;
	return needed && !s->guarded ? PRIVATE_MEMORY : LOW_TABLE;
}

static int prepare_memory(struct spawn *s, enum way way)
{
	bool mapped_shared = s->m.plan && s->m.plan->private_memory;
	int r;

	if (s->m.plan && mapped_shared == (way == PRIVATE_MEMORY))
		return 0;
	airlock__plan_free(&s->m);
	r = airlock__plan_make(s->o, way == PRIVATE_MEMORY, s->deadline, &s->m, s->error);
	if (r == 0)
		tell_chat(s);
	return r;
}

static int start_one_way(struct spawn *s, enum way way)
{
	int r = prepare_memory(s, way);

	if (r < 0)
		return r;
	r = way == PRIVATE_MEMORY ? start_private(s) : start_sharing(s, way);
	if (r != STARTED)
		return r;
	if (way != LOW_TABLE)
		tables_are_apart(s);
	return await_exec(s);
}

static int start(struct spawn *s)
{
	enum way way = first_way(s);
	int r;

	for (;;) {
		r = start_one_way(s, way);
		if (way == LOW_TABLE && r < 0 && s->unshare_failed) {
			/* HELLO still waits in the channel */
			s->unshare_failed = false;
			r = NEXT_WAY;
		}
		if (r != NEXT_WAY)
			return r;
		close_signal_pipe(s);
		way++;
	}
}

/* After the exec */

static int hear_reply(struct spawn *s)
{
	uint8_t buf[AIRLOCK__RECORD_SIZE + 1];
	struct airlock__chat reply;
	size_t want;

	airlock__chat_start(&reply, AIRLOCK__REPLY, s->o->channel, s->token[1]);
	while ((want = airlock__chat_want(&reply)) > 0) {
		ssize_t n = read(s->channel.rfd, buf, want);
		int r = 0;

		if (n >= 0) {
			airlock__chat_feed(&reply, buf, (size_t)n);
			/* a helper may flood a UDP channel whose REPLY was lost */
			if (airlock__chat_want(&reply) > 0 && airlock__now() >= s->deadline)
				r = -ETIMEDOUT;
		} else if (errno == EAGAIN) {
			r = airlock__poll(s->channel.rfd, POLLIN, s->deadline);
		} else if (errno != EINTR) {
			r = -errno;
		}
		if (r < 0)
			return fail(s, r == -ETIMEDOUT ? AIRLOCK_STEP_TIMEOUT : AIRLOCK_STEP_CHAT,
				    -r, "REPLY");
	}
	return reply.verdict == AIRLOCK__CHAT_ACCEPTED
		       ? 0
		       : fail(s, AIRLOCK_STEP_CHAT, EPROTO, "REPLY");
}

static int write_score(int fd, const char *score)
{
	ssize_t n;

	do
		n = write(fd, score, strlen(score));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)strlen(score) ? 0 : n < 0 ? -errno : -EIO;
}

enum { SCORE_SOON_MS = 500 };

/*
 * By pid, since there is no way by pidfd. An exec closes what is close-on-exec, which we waited for, before it
 * says that the new memory may be looked at: until then the file is root's. With a program that may
 * not be read it stays so.
 */
static int open_oom_score(struct spawn *s)
{
	int64_t end = airlock__sooner(s->deadline, airlock__in_ms(SCORE_SOON_MS));
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)s->id.pid);
	while ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0 && errno == EACCES &&
	       airlock__now() < end)
		airlock__poll(-1, 0, airlock__in_ms(1));
	return fd < 0 ? -errno : fd;
}

/* Once the file is open, is it still the helper's? One that has ended already needs no score. */
static int set_oom_score(struct spawn *s)
{
	char score[16];
	siginfo_t si;
	int fd = open_oom_score(s), r = fd < 0 ? fd : 0, there;

	snprintf(score, sizeof score, "%d", s->o->seal->oom_score_adj);
	there = airlock__waitid(s->id, &si, WEXITED | WNOHANG | WNOWAIT);
	if (there == -ECHILD || (there == 0 && si.si_pid)) {
		r = 0;
	} else if (there < 0) {
		r = there;
	} else if (fd >= 0) {
		r = write_score(fd, score);
	}
	airlock__close_pair(fd, -1);
	return r < 0 ? fail(s, AIRLOCK_STEP_OOM_SCORE, -r, score) : 0;
}

static int greet(struct spawn *s)
{
	siginfo_t si;
	int r = 0;

	if (chats(s))
		r = hear_reply(s);
	if (r == 0 && s->o->seal && s->o->seal->parts & AIRLOCK__SEAL_OOM_SCORE)
		r = set_oom_score(s);
	if (r < 0)
		put_down(s, &si);
	return r;
}

/* Unless the caller has put something else there meanwhile. */
static void pull_plug(int fd)
{
	int flags = fd < 0 ? 0 : fcntl(fd, F_GETFL);

	/* where that cannot be told it is still ours */
	if (flags < 0 ? errno != EBADF : flags & O_PATH)
		close(fd);
}

static void clean_up(struct spawn *s)
{
	free_reserve(s);
	/* before the guard: nobody shall read from /proc where the vault is */
	airlock__plan_free(&s->m);
	if (s->guarded)
		airlock__guard_open();
	airlock__channel_close_ours(&s->channel);
	airlock__channel_close_helpers(&s->channel);
	airlock__close_pair(s->null_fd, -1);
	close_signal_pipe(s);
	for (int i = 0; i < 3; i++)
		pull_plug(s->plug[i]);
}

static int spawn(struct spawn *s, struct airlock_helper *ret)
{
	int r = open_ends(s);

	if (r == 0)
		r = check_oom_score(s);
	if (r == 0 && chats(s))
		r = prepare_chat(s);
	if (r == 0)
		r = start(s);
	if (r == 0)
		r = greet(s);
	if (r < 0)
		return r;
	*ret = (struct airlock_helper){ s->id.pid, s->id.pidfd, s->channel.rfd, s->channel.wfd };
	s->channel.rfd = s->channel.wfd = -1;
	return 0;
}

static int64_t deadline_of(const struct airlock_options *o)
{
	return airlock__in_ms(o->timeout_ms ? o->timeout_ms : DEFAULT_TIMEOUT_MS);
}

static struct spawn of_options(const struct airlock_options *o, struct airlock_error *error)
{
	return (struct spawn){
		.o = o,
		.error = error,
		.name = airlock__name_of(o),
		.deadline = deadline_of(o),
		.channel = AIRLOCK__NO_CHANNEL,
		.plug = { -1, -1, -1 },
		.null_fd = -1,
		.id = { -1, -1 },
		.signal_fd = -1,
		.signal_write_fd = -1,
	};
}

static int spawn_once(const struct airlock_options *options, struct airlock_helper *ret,
		      struct airlock_error *error, int64_t deadline, bool without_reserve)
{
	struct airlock_error told; /* of a way that failed before another one went */
	struct spawn s = of_options(options, error ? &told : NULL);
	int r;

	s.deadline = deadline;
	s.without_reserve = without_reserve;
	r = spawn(&s, ret);
	clean_up(&s);
	if (r < 0 && error) {
		*error = told;
		if (s.lives_on)
			strncat(error->message, "; the child is killed, and cannot die yet",
				sizeof error->message - strlen(error->message) - 1);
	}
	return r;
}

static bool none_free(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == EMFILE;
	close(fd);
	return false;
}

int airlock_spawn(const struct airlock_options *options, struct airlock_helper *ret,
		  struct airlock_error *error)
{
	struct airlock__quiet quiet = airlock__quiet_begin();
	int r = airlock__check_options(options, error);

	if (r == 0 && !ret)
		r = airlock__fail(error, airlock__name_of(options), AIRLOCK_STEP_OPTIONS, EINVAL,
				  "ret: NULL");
	if (r == 0) {
		int64_t deadline = deadline_of(options);

		airlock__reap_aside();
		r = spawn_once(options, ret, error, deadline, false);
		/* the last free numbers may be those that we hold ourselves */
		if (r == -EMFILE && none_free()) {
			airlock__reserve_give_back(deadline);
			r = spawn_once(options, ret, error, deadline, true);
		}
	}
	airlock__quiet_end(&quiet);
	return r;
}

int airlock_reserve(void)
{
	struct airlock__quiet quiet = airlock__quiet_begin();
	int r = airlock__reserve_make(airlock__in_ms(RESERVE_MS));

	airlock__plan_keep_spare();
	airlock__quiet_end(&quiet);
	return r;
}

void airlock_unreserve(void)
{
	struct airlock__quiet quiet = airlock__quiet_begin();

	airlock__reserve_give_back(airlock__in_ms(RESERVE_MS));
	airlock__plan_drop_spare();
	airlock__quiet_end(&quiet);
}

/* This process instead of a child */

/*
 * Other threads could open descriptors between closing and exec. Where a table of our own is
 * refused, one thread needs none: then its directory of tasks has two links and one more.
 */
static int leave_shared_table(void)
{
	struct stat st;
	int r = (int)airlock__sys3(AIRLOCK__NR_close_range, ~0u, ~0u, AIRLOCK__CLOSE_RANGE_UNSHARE);

	if (r == 0 || unshare(CLONE_FILES) == 0)
		return 0;
	r = -errno;
	return stat("/proc/self/task", &st) == 0 && st.st_nlink == 3 ? 0 : r;
}

/* The score is of the memory, and here that is our own. */
static int set_own_oom_score(struct spawn *s)
{
	char score[16];
	int fd, r;

	if (!s->o->seal || !(s->o->seal->parts & AIRLOCK__SEAL_OOM_SCORE))
		return 0;
	snprintf(score, sizeof score, "%d", s->o->seal->oom_score_adj);
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : write_score(fd, score);
	airlock__close_pair(fd, -1);
	return r < 0 ? fail(s, AIRLOCK_STEP_OOM_SCORE, -r, score) : 0;
}

static int exec_here(struct spawn *s)
{
	struct airlock__plan *p;
	uint64_t all = ~(uint64_t)0, old;
	int r = open_ends(s);

	if (r == 0)
		r = airlock__plan_make(s->o, false, s->deadline, &s->m, s->error);
	if (r == 0)
		r = set_own_oom_score(s);
	if (r < 0)
		return r;
	p = s->m.plan;
	p->own_process = p->private_memory = true;
	p->parent = getppid();
	r = leave_shared_table();
	if (r < 0)
		return fail(s, AIRLOCK_STEP_UNSHARE, -r, "");
	r = begin_whole_table(s);
	if (r < 0)
		return r;
	/* no handler may find us half way; the raw call, as in clone_child() */
	r = (int)airlock__sys4(__NR_rt_sigprocmask, AIRLOCK__SIG_SETMASK, &all, &old, sizeof all);
	if (r < 0)
		return fail(s, AIRLOCK_STEP_SIGMASK, -r, "");
	airlock__child(p);
	airlock__sys4(__NR_rt_sigprocmask, AIRLOCK__SIG_SETMASK, &old, NULL, sizeof old);
	/* what we opened is closed, or is the helper's 0, 1 and 2: none of it is ours any more */
	s->null_fd = s->plug[0] = s->plug[1] = s->plug[2] = -1;
	return report_childs_step(s);
}

int airlock_exec(const struct airlock_options *options, struct airlock_error *error)
{
	struct airlock__quiet quiet = airlock__quiet_begin();
	int r = airlock__check_options(options, error);

	if (r == 0 && options->channel != AIRLOCK_NONE)
		r = airlock__fail(error, airlock__name_of(options), AIRLOCK_STEP_OPTIONS, EINVAL,
				  "channel: %d, but there is nobody at its other end",
				  (int)options->channel);
	if (r == 0) {
		struct spawn s = of_options(options, error);

		r = exec_here(&s);
		clean_up(&s);
	}
	airlock__quiet_end(&quiet);
	return r;
}
