/* SPDX-License-Identifier: ISC */
/*
 * test_threads.c: many threads spawn at once, while others open descriptors, reap, are cancelled,
 * signal, or change ids. Nothing may be lost, mixed up, or left.
 *
 * cmocka's assertions are for the main thread; all others note what went wrong, and go on or end.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "airlock/ipc.h"

enum { LONG_MS = 10000, STACK_BYTES = 256 * 1024, UNTOUCHED = -7777 };

/* Threads that do not assert */

struct worker {
	pthread_t thread;
	int id, rounds;
	int spawns;	  /* that succeeded */
	atomic_bool done; /* with its rounds, but alive */
	unsigned seed;
	char wrong[320]; /* the first thing that was */
};

static atomic_bool enough; /* for those that work until they are told */
static pthread_attr_t small_stacks;

static void wrong(struct worker *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct worker *w, const char *format, ...)
{
	va_list args;

	if (*w->wrong)
		return;
	va_start(args, format);
	vsnprintf(w->wrong, sizeof w->wrong, format, args);
	va_end(args);
}

static void start_one(struct worker *w, void *(*life)(void *))
{
	assert_int_equal(pthread_create(&w->thread, &small_stacks, life, w), 0);
}

static void start_all(struct worker *w, int n, int rounds, void *(*life)(void *))
{
	enough = false;
	for (int i = 0; i < n; i++) {
		w[i] = (struct worker){ .id = i, .rounds = rounds, .seed = (unsigned)i + 1 };
		start_one(&w[i], life);
	}
}

/* Sum of their spawns */
static int end_all(struct worker *w, int n)
{
	int spawns = 0;

	for (int i = 0; i < n; i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
	for (int i = 0; i < n; i++) {
		if (*w[i].wrong)
			fail_msg("thread %d, after %d spawns: %s", i, w[i].spawns, w[i].wrong);
		spawns += w[i].spawns;
	}
	return spawns;
}

static unsigned draw(struct worker *w)
{
	w->seed = w->seed * 1103515245 + 12345;
	return w->seed >> 16;
}

static void note_sigchld(int sig)
{
	(void)sig;
}

static int setup(void **state)
{
	/* the SIGCHLD of a helper that ran is no failure: a handler of ours keeps it from being counted */
	struct sigaction act = { .sa_handler = note_sigchld, .sa_flags = SA_RESTART };

	(void)state;
	pthread_attr_init(&small_stacks);
	pthread_attr_setstacksize(&small_stacks, STACK_BYTES);
	/* one heap, so that what is left in it can be counted */
	mallopt(M_ARENA_MAX, 1);
	guard_all_others();
	return sigaction(SIGCHLD, &act, NULL);
}

/* Bytes that malloc(3) has given out. Sanitizers have heaps of their own, and a leak check. */
static size_t heap_bytes(void)
{
	return UNDER_SANITIZER || under_valgrind() ? 0 : mallinfo2().uordblks;
}

/* Spawns */

static void spawn_to_fail(struct worker *w, int kind)
{
	static char name[] = "x", missing[] = "/nonexistent/helper",
		    folder[] = "/nonexistent/folder";
	char *argv[] = { name, NULL };
	struct airlock_options o = options_for((enum airlock_channel)(kind % NCHANNELS), argv);
	struct airlock_helper h = { -2, -2, -2, -2 };
	struct airlock_error e;
	enum airlock_step want = kind % 2 ? AIRLOCK_STEP_EXECVE : AIRLOCK_STEP_DIRECTORY;
	int r;

	o.path = kind % 2 ? missing : BUILD_DIR "/tests/helpers/report";
	o.cwd = kind % 2 ? NULL : folder;
	if (kind % 5 == 0)
		o.flags |= AIRLOCK_PRIVATE_MEMORY;
	r = airlock_spawn(&o, &h, &e);
	if (r != -ENOENT || e.step != want || h.pid != -2 || h.rfd != -2)
		wrong(w, "a spawn that must fail says %d at step %s", r, airlock_step_name(e.step));
}

/* By signal, or by end of file where there is one. */
static void end_either_way(struct worker *w, enum airlock_channel c, struct airlock_helper *h,
			   bool by_signal)
{
	int st = UNTOUCHED, r;

	if (by_signal || c == AIRLOCK_UDP || c == AIRLOCK_UNIX_DGRAM) {
		if (!end_cat(h))
			wrong(w, "%s: not ended by SIGKILL", channel_name(c));
		return;
	}
	r = airlock_stop(h, LONG_MS, &st);
	if (r < 0 || st != 0)
		wrong(w, "%s: end of file: %d, wait status %#x", channel_name(c), r, (unsigned)st);
	if (h->pid != -1 || h->pidfd != -1 || h->rfd != -1 || h->wfd != -1)
		wrong(w, "%s: the handle is not spent", channel_name(c));
}

/* One spawn of a kind, with a text of its own that must come back. */
static void spawn_and_echo(struct worker *w, int i)
{
	enum airlock_channel c = (enum airlock_channel)((i + w->id) % NCHANNELS);
	struct airlock_helper h;
	struct airlock_error e;
	char text[64];

	if (spawn_cat(c, i % 16 == 5 ? AIRLOCK_PRIVATE_MEMORY : 0, &h, &e) < 0)
		return wrong(w, "%s: %s", channel_name(c), e.message);
	w->spawns++;
	snprintf(text, sizeof text, "thread %d, spawn %d, %#x", w->id, i, draw(w));
	if (!echoes(&h, text))
		wrong(w, "%s: '%s' did not come back", channel_name(c), text);
	end_either_way(w, c, &h, i % 2);
}

static void *spawn_rounds(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < w->rounds && !*w->wrong; i++) {
		spawn_and_echo(w, i);
		if (i % 8 == 3)
			spawn_to_fail(w, i + w->id);
	}
	return NULL;
}

/* The issue's own number, under AddressSanitizer too */
static void p2_20000_spawns_of_64_threads_leave_nothing(void **state)
{
	enum { THREADS = 64, SPAWNS = 20000 };
	static struct worker w[THREADS];
	int rounds = (affordable(SPAWNS) + THREADS - 1) / THREADS;
	struct snapshot *s;
	size_t heap;

	(void)state;
	/* stacks and the like stay cached: so once before the look */
	start_all(w, THREADS, 2, spawn_rounds);
	end_all(w, THREADS);
	s = snapshot_take();
	heap = heap_bytes();
	start_all(w, THREADS, rounds, spawn_rounds);
	assert_int_equal(end_all(w, THREADS), THREADS * rounds);
	assert_int_equal(heap_bytes(), heap);
	assert_unchanged(s);
}

/* The helper with a channel of pid alone, from many threads. */
static void *ipc_rounds(void *arg)
{
	static const char *const cat[] = { "(cat)", "cat", NULL };
	struct worker *w = arg;

	for (int i = 0; i < w->rounds && !*w->wrong; i++) {
		struct airlock_helper h = { -1, -1, -1, -1 };
		int type = IPC_TCP_SOCKET + (i + w->id) % 5, st = UNTOUCHED;
		char text[64];
		void *hIpc;

		if (i % 4 == 3) {
			if (ipcCreate(type, "/nonexistent/helper", cat, "x", &h.rfd, &h.wfd,
				      &hIpc) != -1 ||
			    errno != ENOENT)
				wrong(w, "a missing program: %s", strerror(errno));
			continue;
		}
		h.pid = ipcCreate(type, BUILD_DIR "/tests/helpers/report", cat, "cat", &h.rfd,
				  &h.wfd, &hIpc);
		if (h.pid <= 0) {
			wrong(w, "type %d: %s", type, strerror(errno));
			break;
		}
		w->spawns++;
		snprintf(text, sizeof text, "thread %d, ipcCreate %d", w->id, i);
		if (!echoes(&h, text))
			wrong(w, "type %d: '%s' did not come back", type, text);
		ipcClose(h.pid, h.rfd, h.wfd);
		/* SIGTERM, or end of file if that came first */
		if (waitpid(h.pid, &st, 0) != h.pid ||
		    (st != SIGTERM && st != 0 && type != IPC_UDP_SOCKET))
			wrong(w, "type %d: wait status %#x", type, (unsigned)st);
	}
	return NULL;
}

static void p2_ipc_create_from_many_threads_leaves_nothing(void **state)
{
	enum { THREADS = 16 };
	struct worker w[THREADS];
	struct snapshot *s;

	(void)state;
	start_all(w, THREADS, 2, ipc_rounds);
	end_all(w, THREADS);
	s = snapshot_take();
	start_all(w, THREADS, affordable(40), ipc_rounds);
	assert_true(end_all(w, THREADS) > 0);
	assert_unchanged(s);
}

/* P3 */

static void *churn(void *arg)
{
	struct worker *w = arg;
	int fd[2];

	/* all the time that is left, but not that of the spawns: there shall be many */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
	while (!enough) {
		fd[0] = fd[1] = -1;
		switch (draw(w) % 5) {
		case 0:
			fd[0] = open("/dev/null", O_RDWR);
			break;
		case 1:
			if (pipe(fd) < 0)
				wrong(w, "pipe: %s", strerror(errno));
			break;
		case 2:
			if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
				wrong(w, "socketpair: %s", strerror(errno));
			break;
		case 3:
			fd[0] = dup(STDIN_FILENO);
			break;
		case 4:
			fd[0] = fcntl(STDIN_FILENO, F_DUPFD, 200 + (int)(draw(w) % 200));
			break;
		}
		for (int i = 0; i < 2; i++)
			if (fd[i] >= 0)
				close(fd[i]);
		w->spawns++;
	}
	return NULL;
}

/* The helper's descriptors, as it tells by its 2, which is `file`. */
static char *fds_of_helper(enum airlock_channel c, int file, const struct airlock_fd *fds,
			   size_t nfds)
{
	char *argv[] = { (char *)helper_program("report"), (char *)"-o", (char *)"2", NULL };
	struct airlock_options o = options_for(c, argv);
	struct airlock_helper h;
	struct stat st;
	char *text, *list;
	int status = -1;

	o.stderr_fd = file;
	o.fds = fds;
	o.nfds = nfds;
	assert_int_equal(ftruncate(file, 0), 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	h = must_spawn(&o);
	assert_int_equal(airlock_wait(&h, LONG_MS, &status), 0);
	assert_int_equal(status, 0);
	airlock_stop(&h, 0, NULL);
	assert_int_equal(fstat(file, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(pread(file, text, (size_t)st.st_size, 0), st.st_size);
	list = report_value(text, "fds");
	free(text);
	assert_non_null(list);
	return list;
}

static void p3_no_descriptor_of_other_threads_gets_in(void **state)
{
	enum { THREADS = 8 };
	struct worker w[THREADS];
	int file = memfd_create("report", MFD_CLOEXEC);
	struct airlock_fd fds[] = { { file, 7 }, { STDIN_FILENO, 300 } };

	(void)state;
	assert_true(file >= 0);
	start_all(w, THREADS, 0, churn);
	for (int i = 0; i < affordable(250); i++)
		for (enum airlock_channel c = AIRLOCK_NONE; c < NCHANNELS; c++) {
			size_t nfds = i % 4 == 1 ? COUNT(fds) : 0;
			char *list = fds_of_helper(c, file, fds, nfds);

			if (strcmp(list, nfds ? "0 1 2 7 300" : "0 1 2")) {
				enough = true;
				fail_msg("P3: %s: the helper holds %s", channel_name(c), list);
			}
			free(list);
		}
	enough = true;
	/* they did not stand still meanwhile */
	assert_true(end_all(w, THREADS) > THREADS * affordable(250));
	close(file);
}

/* P7: another thread reaps whatever it can get */

enum { PIDS = 1 << 22 }; /* the kernel's PID_MAX_LIMIT */

static atomic_uchar was_reaped[PIDS];
static atomic_int reaped, reaped_oddly;

static void *reap_all(void *arg)
{
	(void)arg;
	for (;;) {
		int st;
		pid_t pid = waitpid(-1, &st, 0);

		if (pid > 0 && pid < PIDS) {
			if (!(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL) && st != 0)
				reaped_oddly++;
			reaped++;
			was_reaped[pid] = 1;
		} else if (errno == ECHILD) {
			if (enough)
				return NULL;
			usleep(50);
		}
	}
}

static bool until_reaped(pid_t pid)
{
	for (int64_t until = now_ms() + LONG_MS; !was_reaped[pid]; usleep(100))
		if (now_ms() > until)
			return false;
	was_reaped[pid] = 0;
	return true;
}

/* A success although its status was stolen: what the three calls say of it then */
static void check_stolen(struct worker *w, struct airlock_helper *h, bool stop)
{
	int st = UNTOUCHED, r;

	if (!until_reaped(h->pid))
		return wrong(w, "the reaper did not get its status");
	r = airlock_kill(h, SIGKILL);
	if (r != -ESRCH)
		wrong(w, "airlock_kill() of the reaped says %d", r);
	r = stop ? airlock_stop(h, LONG_MS, &st) : airlock_wait(h, -1, &st);
	if (r != -ECHILD || st != UNTOUCHED || h->pid != -1 || h->pidfd != -1)
		wrong(w, "%s of the reaped says %d", stop ? "airlock_stop()" : "airlock_wait()", r);
	airlock_stop(h, 0, NULL);
}

static void *spawn_under_reaper(void *arg)
{
	static char report[] = "report", to_exit[] = "exit", zero[] = "0";
	char *argv[] = { report, to_exit, zero, NULL };
	struct worker *w = arg;

	for (int i = 0; i < w->rounds && !*w->wrong; i++) {
		enum airlock_channel c = (enum airlock_channel)((i + w->id) % NCHANNELS);
		struct airlock_options o = options_for(c, argv);
		struct airlock_helper h;
		struct airlock_error e;

		/* one that lives, and one that may be gone before the spawn can look */
		if (spawn_cat(c, 0, &h, &e) < 0) {
			wrong(w, "%s: %s", channel_name(c), e.message);
			break;
		}
		w->spawns++;
		if (!echoes(&h, "under a reaper"))
			wrong(w, "%s: no echo", channel_name(c));
		if (airlock_kill(&h, SIGKILL) != 0)
			wrong(w, "%s: no kill", channel_name(c));
		check_stolen(w, &h, i % 2);
		o.path = BUILD_DIR "/tests/helpers/report";
		if (airlock_spawn(&o, &h, &e) < 0) {
			wrong(w, "%s: one that exits at once is no success: %s", channel_name(c),
			      e.message);
			break;
		}
		w->spawns++;
		check_stolen(w, &h, i % 2);
		spawn_to_fail(w, i);
		spawn_to_fail(w, i + 1);
	}
	return NULL;
}

static void p7_a_reaper_of_everything_harms_no_spawn(void **state)
{
	enum { THREADS = 4 };
	struct worker w[THREADS], reaper = { .id = THREADS };
	int spawns;

	(void)state;
	reaped = reaped_oddly = 0;
	enough = false;
	start_one(&reaper, reap_all);
	start_all(w, THREADS, affordable(400), spawn_under_reaper);
	spawns = end_all(w, THREADS);
	enough = true;
	pthread_join(reaper.thread, NULL);
	/* all helpers, and nothing of those that never were */
	assert_int_equal(reaped, spawns);
	assert_int_equal(reaped_oddly, 0);
	assert_true(spawns > 0);
}

/* Cancellation */

struct victim {
	struct worker w;
	struct airlock_helper h;
	bool async;
};

static atomic_int recovered, cut_short;

extern void __asan_unpoison_memory_region(void const volatile *addr, size_t size)
	__attribute__((weak));

/* AddressSanitizer does not see the frames go that a cancellation unwinds: their marks would stay. */
static __attribute__((noinline)) void forget_dead_frames(void)
{
	pthread_attr_t attr;
	void *stack;
	size_t size;
	char here;

	if (!__asan_unpoison_memory_region || pthread_getattr_np(pthread_self(), &attr) != 0)
		return;
	pthread_attr_getstack(&attr, &stack, &size);
	__asan_unpoison_memory_region(stack, (size_t)(&here - (char *)stack));
	pthread_attr_destroy(&attr);
}

/* Whatever the victim held when it was cancelled is in its handle, or is nothing. */
static void recover(void *arg)
{
	struct victim *v = arg;
	int r;

	forget_dead_frames();
	if (v->h.pid <= 0 && v->h.rfd < 0 && v->h.pidfd < 0) {
		cut_short++;
		return;
	}
	recovered++;
	r = airlock_stop(&v->h, 0, NULL);
	if (r < 0 && v->h.pid > 0)
		wrong(&v->w, "a recovered helper: %d", r);
}

static void allow_cancel(const struct victim *v, bool now)
{
	int ignored;

	if (v->async)
		pthread_setcanceltype(now ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED,
				      &ignored);
}

/*
 * Deferred: pthread_testcancel() alone is a cancellation point here. Asynchronous: around the
 * library's calls and nothing else, which must shut it out while they hold anything, and which
 * hand the handle over before they let it in again.
 */
static void *spawn_until_cancelled(void *arg)
{
	static char report[] = "report", linger[] = "linger", missing[] = "/nonexistent/helper";
	char *argv[] = { report, linger, NULL };
	struct victim *v = arg;

	pthread_cleanup_push(recover, v);
	for (int i = v->w.id;; i++) {
		struct airlock_options o = options_for((enum airlock_channel)(i % NCHANNELS), argv);
		struct airlock_error e;
		int r;

		o.path = i % 5 ? BUILD_DIR "/tests/helpers/report" : missing;
		pthread_testcancel();
		allow_cancel(v, true);
		r = airlock_spawn(&o, &v->h, &e);
		allow_cancel(v, false);
		if (r != (i % 5 ? 0 : -ENOENT))
			wrong(&v->w, "%s", e.message);
		pthread_testcancel();
		if (r < 0)
			continue;
		v->w.spawns++;
		allow_cancel(v, true);
		if (i % 2) {
			r = airlock_kill(&v->h, SIGKILL);
			r = r < 0 ? r : airlock_wait(&v->h, LONG_MS, NULL);
		}
		airlock_stop(&v->h, 0, NULL);
		allow_cancel(v, false);
		if (r < 0)
			wrong(&v->w, "kill and wait: %d", r);
	}
	pthread_cleanup_pop(0);
	return NULL;
}

static int cancel_some(struct victim *v, int n, bool async, unsigned seed)
{
	struct worker dice = { .seed = seed };
	int spawns = 0;
	void *result;

	for (int i = 0; i < n; i++) {
		v[i] = (struct victim){
			.w = { .id = (int)(draw(&dice) % 35) },
			.h = { -1, -1, -1, -1 },
			.async = async,
		};
		assert_int_equal(pthread_create(&v[i].w.thread, &small_stacks,
						spawn_until_cancelled, &v[i]),
				 0);
	}
	for (int i = 0; i < n; i++) {
		usleep(draw(&dice) % 500);
		assert_int_equal(pthread_cancel(v[i].w.thread), 0);
	}
	for (int i = 0; i < n; i++) {
		assert_int_equal(pthread_join(v[i].w.thread, &result), 0);
		assert_true(result == PTHREAD_CANCELED);
		if (*v[i].w.wrong)
			fail_msg("victim %d: %s", i, v[i].w.wrong);
		assert_true(v[i].h.pid == -1 && v[i].h.pidfd == -1 && v[i].h.rfd == -1 &&
			    v[i].h.wfd == -1);
		spawns += v[i].w.spawns;
	}
	return spawns;
}

static void cancel_many(bool async)
{
	enum { VICTIMS = 8 };
	struct victim v[VICTIMS];
	struct snapshot *s;
	int spawns = 0, rounds = affordable(400);
	size_t heap;

	/* the first cancellation loads what unwinds, and all stacks are cached after it */
	cancel_some(v, VICTIMS, false, 1);
	cancel_some(v, VICTIMS, async, 2);
	recovered = cut_short = 0;
	s = snapshot_take();
	heap = heap_bytes();
	for (int i = 0; i < rounds; i++)
		spawns += cancel_some(v, VICTIMS, async, (unsigned)i);
	assert_int_equal(heap_bytes(), heap);
	assert_unchanged(s);
	assert_int_equal(recovered + cut_short, rounds * VICTIMS);
	/* it came before, after, and while there was a helper */
	if (rounds > 10)
		assert_true(spawns > 0 && recovered > 0 && cut_short > 0);
}

static void p2_deferred_cancellation_leaves_nothing(void **state)
{
	(void)state;
	cancel_many(false);
}

static void p2_asynchronous_cancellation_leaves_nothing(void **state)
{
	(void)state;
	cancel_many(true);
}

/* Signals */

static atomic_int *strays; /* in memory that a child with its own shares, too */
static atomic_int hits;
static pid_t this_process;

static void on_signal(int sig)
{
	(void)sig;
	if (syscall(SYS_getpid) != this_process)
		++*strays;
	hits++;
}

static void *bombard(void *arg)
{
	struct worker *w = arg;
	struct worker *targets = w - w->id;

	while (!enough) {
		for (int i = 0; i < w->id; i++)
			pthread_kill(targets[i].thread, i % 2 ? SIGUSR1 : SIGRTMIN + 3);
		usleep(150);
	}
	return NULL;
}

static void *spawn_until_enough(void *arg)
{
	struct worker *w = arg;

	/* alive until the last signal was sent to it */
	for (int i = 0; !enough; i++)
		if (i < w->rounds && !*w->wrong) {
			spawn_and_echo(w, i);
			spawn_to_fail(w, i);
		} else {
			w->done = true;
			usleep(1000);
		}
	return NULL;
}

static void catch (int sig)
{
	/* no SA_RESTART: every slow call in these threads may be interrupted */
	struct sigaction act = { .sa_handler = on_signal };

	assert_int_equal(sigaction(sig, &act, NULL), 0);
}

static void p7_signals_harm_no_spawn(void **state)
{
	enum { THREADS = 4 };
	struct itimerval every = { { 0, 700 }, { 0, 700 } }, never = { 0 };
	struct worker w[THREADS + 1];
	int rounds = affordable(400);

	(void)state;
	strays = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(strays != MAP_FAILED);
	this_process = getpid();
	hits = 0;
	catch (SIGALRM);
	catch (SIGUSR1);
	catch (SIGRTMIN + 3);
	start_all(w, THREADS, rounds, spawn_until_enough);
	w[THREADS] = (struct worker){ .id = THREADS };
	start_one(&w[THREADS], bombard);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		while (!w[i].done)
			usleep(1000);
	setitimer(ITIMER_REAL, &never, NULL);
	enough = true;
	pthread_join(w[THREADS].thread, NULL);
	assert_int_equal(end_all(w, THREADS), THREADS * rounds);
	assert_true(hits > rounds);
	assert_int_equal(*strays, 0);
	munmap(strays, 4096);
	signal(SIGALRM, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGRTMIN + 3, SIG_DFL);
}

/*
 * Signals to a process group reach a child before its exec, too: there they wait until it may die of
 * them, and no handler of ours runs in it. Sent by way of fcntl(2), F_SETOWN, for the guard against
 * a broken library forbids kill(2) of a group.
 */
static void *bombard_group(void *arg)
{
	struct worker *w = arg;
	int fd[2];
	char c = 'x';

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0 || fcntl(fd[0], F_SETOWN, -getpgrp()) < 0 ||
	    fcntl(fd[0], F_SETSIG, SIGUSR2) < 0 ||
	    fcntl(fd[0], F_SETFL, O_NONBLOCK | O_ASYNC) < 0) {
		wrong(w, "a pipe that signals: %s", strerror(errno));
		return NULL;
	}
	while (!enough)
		if (write(fd[1], &c, 1) != 1 || read(fd[0], &c, 1) != 1)
			wrong(w, "the pipe: %s", strerror(errno));
	close(fd[0]);
	close(fd[1]);
	return NULL;
}

static void spawn_under_group_signals(void *arg)
{
	struct worker b = { .id = 0 };
	int killed = 0;

	(void)arg;
	alarm(120);
	assert_int_equal(setpgid(0, 0), 0);
	strays = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(strays != MAP_FAILED);
	this_process = getpid();
	hits = 0;
	catch (SIGUSR2);
	enough = false;
	start_one(&b, bombard_group);
	for (int i = 0; i < affordable(1000); i++) {
		struct airlock_helper h;
		struct airlock_error e;
		int r = spawn_cat((enum airlock_channel)(i % NCHANNELS), AIRLOCK_NEW_SESSION, &h,
				  &e);

		/* in its own session it is out of the group's reach */
		if (r == 0)
			assert_true(end_cat(&h));
		else if (r != -ECANCELED || e.step != AIRLOCK_STEP_KILLED)
			fail_msg("%s", e.message);
		killed += r != 0;
		assert_int_equal(*strays, 0);
	}
	enough = true;
	end_all(&b, 1);
	assert_true(hits > 0);
	/* that the signals did come while there was a child */
	if (affordable(1000) == 1000)
		assert_true(killed > 0);
}

static void p7_no_handler_of_ours_runs_in_a_child(void **state)
{
	(void)state;
	in_child(spawn_under_group_signals, NULL);
}

/* The C library tells a change of ids to all its threads by a signal, and waits for each. */
static void *broadcast(void *arg)
{
	struct worker *w = arg;

	while (!enough) {
		if (setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1) < 0 ||
		    setresgid((gid_t)-1, (gid_t)-1, (gid_t)-1) < 0)
			wrong(w, "setresuid: %s", strerror(errno));
		w->spawns++;
	}
	return NULL;
}

static void p7_changes_of_ids_meanwhile_harm_no_spawn(void **state)
{
	enum { THREADS = 4 };
	struct worker w[THREADS], b = { .id = THREADS };
	int rounds = affordable(400);

	(void)state;
	enough = false;
	start_one(&b, broadcast);
	start_all(w, THREADS, rounds, spawn_rounds);
	assert_int_equal(end_all(w, THREADS), THREADS * rounds);
	enough = true;
	pthread_join(b.thread, NULL);
	assert_string_equal(b.wrong, "");
	assert_true(b.spawns > 0);
}

/* Handles of their own */

struct ender {
	struct worker w;
	struct airlock_helper h;
	int kind;
};

static void *end_one(void *arg)
{
	struct ender *n = arg;
	int st = UNTOUCHED, r = 0, want = 0;

	switch (n->kind % 4) {
	case 0: /* ignores SIGTERM: both graces go by */
		r = airlock_stop(&n->h, 150, &st);
		want = SIGKILL;
		break;
	case 1:
		r = airlock_stop(&n->h, LONG_MS, &st);
		break;
	case 2:
		r = airlock_wait(&n->h, 300, &st);
		if (r != -ETIMEDOUT)
			wrong(&n->w, "a wait for one that runs says %d", r);
		r = airlock_kill(&n->h, SIGUSR1);
		if (r == 0)
			r = airlock_wait(&n->h, -1, &st);
		want = SIGUSR1;
		break;
	case 3:
		r = airlock_wait(&n->h, -1, &st);
		want = 7 << 8;
		break;
	}
	if (r < 0 || st != want)
		wrong(&n->w, "kind %d: %d, wait status %#x", n->kind % 4, r, (unsigned)st);
	return NULL;
}

static void p4_waits_and_stops_do_not_hold_up_each_other(void **state)
{
	enum { THREADS = 64 };
	static const char *const what[4][2] = {
		{ "hang", NULL }, { "cat", NULL }, { "linger", NULL }, { "exit", "7" }
	};
	static struct ender n[THREADS];
	int64_t t;

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		char *argv[] = { (char *)helper_program("report"), (char *)what[i % 4][0],
				 (char *)what[i % 4][1], NULL };
		struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, argv);

		n[i] = (struct ender){ .h = must_spawn(&o), .kind = i };
		if (i % 4 == 0)
			assert_true(readable(n[i].h.rfd, LONG_MS));
	}
	t = now_ms();
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&n[i].w.thread, &small_stacks, end_one, &n[i]), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(n[i].w.thread, NULL), 0);
	t = now_ms() - t;
	for (int i = 0; i < THREADS; i++) {
		if (*n[i].w.wrong)
			fail_msg("thread %d: %s", i, n[i].w.wrong);
		airlock_stop(&n[i].h, 0, NULL);
	}
	/* one after the other, those that take 300 ms would take 9.6 s */
	assert_true(t < 4800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p2_20000_spawns_of_64_threads_leave_nothing),
		cmocka_unit_test(p2_ipc_create_from_many_threads_leaves_nothing),
		cmocka_unit_test(p3_no_descriptor_of_other_threads_gets_in),
		cmocka_unit_test(p7_a_reaper_of_everything_harms_no_spawn),
		cmocka_unit_test(p2_deferred_cancellation_leaves_nothing),
		cmocka_unit_test(p2_asynchronous_cancellation_leaves_nothing),
		cmocka_unit_test(p7_signals_harm_no_spawn),
		cmocka_unit_test(p7_no_handler_of_ours_runs_in_a_child),
		cmocka_unit_test(p7_changes_of_ids_meanwhile_harm_no_spawn),
		cmocka_unit_test(p4_waits_and_stops_do_not_hold_up_each_other),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
