/* SPDX-License-Identifier: ISC */
/*
 * bench.c: what it costs to start a program, by each way there is, side by side.
 *
 *	bench [-r ROUNDS] [-e PROGRAM] [-o spawns|commands] [--tsv FILE] [--commands-tsv FILE]
 *
 * -r: rounds (300); -e: the program to start (BENCH_EXIT); -o: one of the two tables only; --tsv,
 * --commands-tsv: their figures for a plot. The second table is in commands.c; what follows is of
 * the first.
 *
 * How it is measured, and why so. Four callers, one a column, stand ready as processes of their
 * own, so that all columns see the same good and bad times of the machine. A round asks each in
 * turn; it starts the program once by each method, in an order that is drawn anew, so that no
 * method has always the same one before it. A cell is the median over the rounds. For the ratios
 * it then runs each two that are compared right after each other, by turns the one and the other
 * first, and the median is of the ratios of these neighbours. Nothing is pinned: callers are not,
 * and a helper that starts on another processor than its caller's is part of the cost. A caller's
 * memory is of small pages, as a long-lived heap is, and has been written to; its descriptors are
 * files of their own, not copies of one, and close-on-exec, so that no method pays for handing
 * them on. The seal is made once, as a caller would, of the profile below. The program is static, without a C library, and ends at once: any real one would only
 * add the same to all. It never fails on a figure: it prints them.
 */
#define _GNU_SOURCE
#include <airlock/airlock.h>
#include <airlock/sandbox.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "stats.h"

#ifndef BENCH_EXIT
#define BENCH_EXIT "build/bench/exit"
#define BENCH_CALLS "build/bench/calls"
#endif

#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 34)
#define HAVE_CLOSEFROM 1
#endif
#endif

enum { WARM_UP = 10, MIB = 1 << 20 };

/* Nanoseconds: until the call returned, and until the program's end was known */
struct cost {
	int64_t blocks, whole;
};

enum method {
	VFORK,
	VFORK_FILTER, /* of one instruction: what the kernel takes for any */
	FORK,
	POSIX_SPAWN,
	CLOSEFROM,
	AIRLOCK, /* then one for each channel */
	STREAM = AIRLOCK + AIRLOCK_UNIX_STREAM,
	SEALED = AIRLOCK + AIRLOCK_UNIX_SEQPACKET + 1, /* a unix stream, and the profile */
	NMETHODS
};

/*
 * What is compared. fork last: what runs next after it pays for its copying on write, and that is no
 * affair of another pair's.
 */
enum pair {
	STREAM_FLOOR,
	STREAM_CLOSEFROM,
	SEALED_FLOOR,
	SEALED_STREAM,
	FILTER_FLOOR,
	STREAM_FORK,
	NPAIRS
};
static const struct {
	enum method ours, rival;
} pairs[NPAIRS] = {
	[STREAM_FLOOR] = { STREAM, VFORK },	  [STREAM_CLOSEFROM] = { STREAM, CLOSEFROM },
	[SEALED_FLOOR] = { SEALED, VFORK },	  [SEALED_STREAM] = { SEALED, STREAM },
	[FILTER_FLOOR] = { VFORK_FILTER, VFORK }, [STREAM_FORK] = { STREAM, FORK },
};

/* What one caller measures in a round */
struct sample {
	struct cost method[NMETHODS];
	struct {
		struct cost ours, rival;
	} pair[NPAIRS];
	int64_t compiled;		/* the profile made a seal: nanoseconds */
	int64_t bare_call, sealed_call; /* a thousand getppid(2) of a helper's: nanoseconds */
};

/* 64 calls, eight limits, three paths, the one exec */
static const char profile_text[] =
	"SystemCallFilter=read write readv writev pread64 pwrite64 close fstat newfstatat statx\n"
	"SystemCallFilter=lseek mmap munmap mprotect brk madvise mremap open openat access\n"
	"SystemCallFilter=faccessat faccessat2 readlink readlinkat getdents64 getcwd fcntl dup "
	"dup2\n"
	"SystemCallFilter=dup3 pipe2 poll ppoll select pselect6 epoll_create1 epoll_ctl "
	"epoll_wait\n"
	"SystemCallFilter=epoll_pwait eventfd2 futex set_robust_list set_tid_address rseq "
	"arch_prctl\n"
	"SystemCallFilter=prlimit64 getrandom uname getpid gettid getppid getuid geteuid getgid\n"
	"SystemCallFilter=getegid rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack "
	"sched_yield\n"
	"SystemCallFilter=sched_getaffinity clock_gettime exit exit_group\n"
	"LimitCPU=60\nLimitFSIZE=16M\nLimitDATA=256M\nLimitSTACK=8M\n"
	"LimitNOFILE=64\nLimitAS=1G\nLimitMEMLOCK=64K\nLimitSIGPENDING=64\n"
	"ReadPath=/usr /etc\nExecPath=@program\n";

static const char *const titles[NMETHODS] = {
	"vfork+execve (floor)",
	"  and any filter",
	"fork+execve",
	"posix_spawn",
	"  with closefrom",
	"airlock, no channel",
	"  tcp",
	"  udp",
	"  fifo",
	"  unix-stream",
	"  unix-dgram",
	"  unix-seqpacket",
	"  unix-stream, sealed",
};

static const struct column {
	const char *title;
	size_t bytes;
	int descriptors;
} columns[] = {
	{ "10 MiB, 10 fds", 10 * (size_t)MIB, 10 },
	{ "10 MiB, 19000", 10 * (size_t)MIB, 19000 },
	{ "1 GiB, 10 fds", 1024 * (size_t)MIB, 10 },
	{ "1 GiB, 19000", 1024 * (size_t)MIB, 19000 },
};

enum { SMALL, SMALL_MANY, LARGE, LARGE_MANY, NCOLUMNS };

static const char *program = BENCH_EXIT;
static char *const argv_of_it[] = { (char *)"exit", NULL };
static char *const empty_environment[] = { NULL };
static struct airlock_seal *seal, *calls_seal;
#ifdef HAVE_CLOSEFROM
static posix_spawn_file_actions_t close_from_3;
#endif

/* The methods: each starts the program once */

/* A child of vfork(2) may call nothing but execve and _exit, nor return from here. */
static __attribute__((noinline)) pid_t by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, argv_of_it, empty_environment);
		_exit(127);
	}
	return pid;
}

/* The least that a sandbox can cost: one instruction that allows all. */
static __attribute__((noinline)) pid_t by_vfork_with_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog one = { 1, &allow };
	pid_t pid = vfork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &one) == 0)
			execve(program, argv_of_it, empty_environment);
		_exit(127);
	}
	return pid;
}

static pid_t by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execve(program, argv_of_it, empty_environment);
		_exit(127);
	}
	return pid;
}

static pid_t by_posix_spawn(const posix_spawn_file_actions_t *actions)
{
	pid_t pid;

	errno = posix_spawn(&pid, program, actions, NULL, argv_of_it, empty_environment);
	return errno ? -1 : pid;
}

static pid_t start_without_airlock(enum method m)
{
	switch (m) {
	case VFORK:
		return by_vfork();
	case VFORK_FILTER:
		return by_vfork_with_filter();
	case FORK:
		return by_fork();
#ifdef HAVE_CLOSEFROM
	case CLOSEFROM:
		return by_posix_spawn(&close_from_3);
#endif
	default:
		return by_posix_spawn(NULL);
	}
}

static struct cost measure_other(enum method m)
{
	int64_t begin = now(), started, end;
	int status;
	pid_t pid = start_without_airlock(m), waited;

	started = now();
	waited = waitpid(pid, &status, 0);
	end = now();
	if (pid < 0 || waited != pid || status != 0)
		errx(1, "%s: %s did not start, or did not exit with 0", titles[m], program);
	return (struct cost){ started - begin, end - begin };
}

static struct airlock_options options_for(enum method m)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;

	o.channel = m == SEALED ? AIRLOCK_UNIX_STREAM : (enum airlock_channel)(m - AIRLOCK);
	o.seal = m == SEALED ? seal : NULL;
	o.path = program;
	o.argv = argv_of_it;
	o.envp = empty_environment;
	o.stderr_fd = STDERR_FILENO; /* as the other methods have it */
	return o;
}

static struct airlock_helper must_spawn(const struct airlock_options *o)
{
	struct airlock_helper h;
	struct airlock_error e;

	if (airlock_spawn(o, &h, &e) < 0)
		errx(1, "%s", e.message);
	return h;
}

static struct cost measure_airlock(enum method m)
{
	struct airlock_options o = options_for(m);
	struct airlock_helper h;
	int64_t begin, started, end;
	int r, status = -1;

	begin = now();
	h = must_spawn(&o);
	started = now();
	if (h.rfd >= 0)
		close(h.rfd);
	if (h.wfd >= 0 && h.wfd != h.rfd)
		close(h.wfd);
	r = airlock_wait(&h, -1, &status);
	end = now();
	if (r < 0 || status != 0)
		errx(1, "%s: %s did not exit with 0", titles[m], program);
	return (struct cost){ started - begin, end - begin };
}

static int have_method(enum method m)
{
#ifdef HAVE_CLOSEFROM
	(void)m;
	return 1;
#else
	return m != CLOSEFROM;
#endif
}

static struct cost measure(enum method m)
{
	if (!have_method(m))
		return (struct cost){ 0, 0 };
	return m >= AIRLOCK ? measure_airlock(m) : measure_other(m);
}

/* The seal: what it costs to make it, and each call of the helper */

static struct airlock_seal *make_seal(const char *path)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e = { 0 };
	struct airlock_report *report = NULL;
	struct airlock_seal *ret = NULL;
	int r;

	if (!p || airlock_profile_parse(p, profile_text, strlen(profile_text), &e) < 0 ||
	    airlock_profile_command(p, path, argv_of_it) < 0)
		errx(1, "the profile, line %u: %s", e.line, e.message);
	r = airlock_seal_new(p, &ret, &report);
	for (size_t i = 0; r < 0 && i < airlock_report_count(report); i++)
		if (airlock_report_state(report, i) == AIRLOCK_LOST)
			warnx("%s: %s", airlock_report_name(report, i),
			      airlock_report_reason(report, i));
	if (r < 0)
		errx(1, "no seal: %s", strerror(-r));
	airlock_report_free(report);
	airlock_profile_free(p);
	return ret;
}

static int64_t measure_compiling(void)
{
	int64_t begin = now();
	struct airlock_seal *s = make_seal(program);
	int64_t end = now();

	airlock_seal_free(s);
	return end - begin;
}

static int64_t measure_calls(enum method m)
{
	struct airlock_options o = options_for(m);
	struct airlock_helper h;
	int64_t ns = 0;

	o.path = BENCH_CALLS;
	o.seal = m == SEALED ? calls_seal : NULL;
	h = must_spawn(&o);
	if (airlock_wait(&h, -1, NULL) < 0 || read(h.rfd, &ns, sizeof ns) != sizeof ns)
		errx(1, "%s: no answer", BENCH_CALLS);
	close(h.rfd);
	return ns;
}

/* A caller: a process that measures a round whenever it is told to */

static void draw_order(enum method order[NMETHODS], uint32_t *seed)
{
	for (int i = 0; i < NMETHODS; i++) {
		int j;

		*seed = *seed * 1664525 + 1013904223;
		j = (int)((*seed >> 8) % (unsigned)(i + 1));
		order[i] = order[j];
		order[j] = (enum method)i;
	}
}

static void measure_round(struct sample *ret, uint32_t *seed, int swapped)
{
	enum method order[NMETHODS];

	draw_order(order, seed);
	measure(VFORK); /* not counted: it finds the caches as another caller left them */
	for (int i = 0; i < NMETHODS; i++)
		ret->method[order[i]] = measure(order[i]);
	for (int i = 0; i < NPAIRS; i++) {
		if (swapped)
			ret->pair[i].ours = measure(pairs[i].ours);
		ret->pair[i].rival = measure(pairs[i].rival);
		if (!swapped)
			ret->pair[i].ours = measure(pairs[i].ours);
	}
	ret->compiled = measure_compiling();
	ret->bare_call = measure_calls(STREAM);
	ret->sealed_call = measure_calls(SEALED);
}

static void use_memory(size_t bytes)
{
	volatile char *p =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "%zu MiB", bytes / MIB);
	madvise((void *)p, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += 4096)
		p[i] = 1;
}

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void use_descriptors(int wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(1, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int n = count_descriptors(); n < wanted; n++)
		if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			err(1, "descriptor %d of %d (hard limit %llu)", n, wanted,
			    (unsigned long long)limit.rlim_max);
}

static _Noreturn void be_caller(const struct column *c, int control)
{
	uint32_t seed = (uint32_t)c->descriptors;
	struct sample sample;
	char byte;

	/* as the library advises: while low numbers are free. Its own few come on top of the column's. */
	if (airlock_reserve() < 0)
		errx(1, "no low descriptor is free");
	seal = make_seal(program);
	calls_seal = make_seal(BENCH_CALLS);
	use_memory(c->bytes);
	/* nor is the seal's descriptor among the column's */
	use_descriptors(c->descriptors + count_descriptors() - (control + 1));
	for (int round = 0; read(control, &byte, 1) == 1; round++) {
		measure_round(&sample, &seed, round % 2);
		if (write(control, &sample, sizeof sample) != sizeof sample)
			break;
	}
	exit(0);
}

static int start_caller(const struct column *c)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		err(1, "socketpair");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid > 0) {
		close(pair[1]);
		return pair[0];
	}
	/* it holds 0, 1, 2 and its control alone */
	if (dup3(pair[1], STDERR_FILENO + 1, O_CLOEXEC) < 0 && pair[1] != STDERR_FILENO + 1)
		err(1, "dup3");
	for (int fd = STDERR_FILENO + 2; fd < 256; fd++)
		close(fd);
	be_caller(c, STDERR_FILENO + 1);
}

/* The figures */

static int rounds = 300;
static struct sample *samples; /* [round][column] */

static struct sample *sample_of(int round, int column)
{
	return &samples[round * NCOLUMNS + column];
}

static void ask_for_round(int control, struct sample *ret)
{
	if (write(control, "", 1) != 1 || read(control, ret, sizeof *ret) != sizeof *ret)
		errx(1, "a caller has ended, see above");
}

static void run_rounds(void)
{
	int controls[NCOLUMNS];
	struct sample unused;

	for (int c = 0; c < NCOLUMNS; c++)
		controls[c] = start_caller(&columns[c]);
	for (int round = -WARM_UP; round < rounds; round++)
		for (int i = 0; i < NCOLUMNS; i++) {
			int c = (i + round + WARM_UP) % NCOLUMNS;

			ask_for_round(controls[c], round < 0 ? &unused : sample_of(round, c));
		}
	for (int c = 0; c < NCOLUMNS; c++)
		close(controls[c]);
	while (wait(NULL) > 0)
		;
}

static struct spread microseconds(int column, int m, int of_call)
{
	double values[MOST_ROUNDS];

	for (int i = 0; i < rounds; i++) {
		const struct cost *c = &sample_of(i, column)->method[m];

		values[i] = (double)(of_call ? c->blocks : c->whole) / 1e3;
	}
	return spread_of(values, (size_t)rounds);
}

/* Of one to the other, or the other way round, or their difference in microseconds */
enum relation { OURS_TO_RIVAL, RIVAL_TO_OURS, OURS_LESS_RIVAL };

static struct spread compare(int column, enum pair p, enum relation how)
{
	double values[MOST_ROUNDS];

	for (int i = 0; i < rounds; i++) {
		double r = (double)sample_of(i, column)->pair[p].rival.whole;
		double s = (double)sample_of(i, column)->pair[p].ours.whole;

		values[i] = how == OURS_TO_RIVAL   ? s / r
			    : how == RIVAL_TO_OURS ? r / s
						   : (s - r) / 1e3;
	}
	return spread_of(values, (size_t)rounds);
}

static struct spread compile_milliseconds(int column)
{
	double values[MOST_ROUNDS];

	for (int i = 0; i < rounds; i++)
		values[i] = (double)sample_of(i, column)->compiled / 1e6;
	return spread_of(values, (size_t)rounds);
}

static struct spread call_ratio(int column)
{
	double values[MOST_ROUNDS];

	for (int i = 0; i < rounds; i++)
		values[i] = (double)sample_of(i, column)->sealed_call /
			    (double)sample_of(i, column)->bare_call;
	return spread_of(values, (size_t)rounds);
}

static void print_table(void)
{
	printf("Microseconds: until the end of the program was known, (until the call returned).\n"
	       "Medians over %d rounds.\n\n%-21s",
	       rounds, "the caller has");
	for (int c = 0; c < NCOLUMNS; c++)
		printf("  %14s", columns[c].title);
	printf("\n");
	for (int m = 0; m < NMETHODS; m++) {
		printf("%-21s", titles[m]);
		for (int c = 0; c < NCOLUMNS; c++)
			if (have_method((enum method)m))
				printf(" %6.0f (%6.0f)", microseconds(c, m, 0).median,
				       microseconds(c, m, 1).median);
			else
				printf(" %15s", "-");
		printf("\n");
	}
	if (!have_method(CLOSEFROM))
		printf("(this C library has no posix_spawn_file_actions_addclosefrom_np)\n");
}

static double largest_over_smallest(void)
{
	double low = 0, high = 0;

	for (int c = 0; c < NCOLUMNS; c++) {
		double m = microseconds(c, STREAM, 0).median;

		low = c == 0 || m < low ? m : low;
		high = c == 0 || m > high ? m : high;
	}
	return high / low;
}

static void print_verdicts(void)
{
	double flat = largest_over_smallest();

	printf("\nairlock, unix-stream: medians (and quartiles) of ratios of neighbouring runs\n");
	print_verdict("it to vfork+execve, 10 MiB, 10 fds",
		      compare(SMALL, STREAM_FLOOR, OURS_TO_RIVAL), AT_MOST, 1.5);
	if (have_method(CLOSEFROM)) {
		print_verdict("posix_spawn with closefrom to it, 10 MiB, 19000",
			      compare(SMALL_MANY, STREAM_CLOSEFROM, RIVAL_TO_OURS), AT_LEAST, 12);
		print_verdict("posix_spawn with closefrom to it, 1 GiB, 19000",
			      compare(LARGE_MANY, STREAM_CLOSEFROM, RIVAL_TO_OURS), AT_LEAST, 12);
	}
	print_verdict("fork+execve to it, 1 GiB, 10 fds",
		      compare(LARGE, STREAM_FORK, RIVAL_TO_OURS), AT_LEAST, 120);
	print_verdict("fork+execve to it, 1 GiB, 19000",
		      compare(LARGE_MANY, STREAM_FORK, RIVAL_TO_OURS), AT_LEAST, 120);
	printf("%-47s %6.2f  at most 1.5: %s\n", "its largest cell above to its smallest", flat,
	       flat <= 1.5 ? "met" : "MISSED");

	printf("\nsealed: 64 calls, eight limits, three paths, the one exec\n");
	print_verdict("it to vfork+execve, 10 MiB, 10 fds",
		      compare(SMALL, SEALED_FLOOR, OURS_TO_RIVAL), AT_MOST, 2.2);
	print_verdict("what the seal adds, 10 MiB, 10 fds (us)",
		      compare(SMALL, SEALED_STREAM, OURS_LESS_RIVAL), AT_MOST, 130);
	print_verdict("what the seal adds, 1 GiB, 19000 (us)",
		      compare(LARGE_MANY, SEALED_STREAM, OURS_LESS_RIVAL), AT_MOST, 130);
	printf("%-47s %6.2f\n", "what any filter adds to vfork+execve (us)",
	       compare(SMALL, FILTER_FLOOR, OURS_LESS_RIVAL).median);
	print_verdict("the helper's getppid to a bare one's", call_ratio(SMALL), AT_MOST, 1.35);
	print_verdict("profile to seal (ms)", compile_milliseconds(SMALL), AT_MOST, 3);
}

static void write_tsv(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		err(1, "%s", path);
	fprintf(f, "method\tmib\tdescriptors\tcall_us\twhole_us\twhole_low_us\twhole_high_us\n");
	for (int m = 0; m < NMETHODS; m++)
		for (int c = 0; c < NCOLUMNS && have_method((enum method)m); c++) {
			struct spread s = microseconds(c, m, 0);

			fprintf(f, "%s\t%zu\t%d\t%.1f\t%.1f\t%.1f\t%.1f\n",
				titles[m] + strspn(titles[m], " "), columns[c].bytes / MIB,
				columns[c].descriptors, microseconds(c, m, 1).median, s.median,
				s.low, s.high);
		}
	if (fclose(f) < 0)
		err(1, "%s", path);
}

static void spawns_bench(const char *tsv)
{
	samples = calloc((size_t)rounds * NCOLUMNS, sizeof *samples);
	if (!samples)
		err(1, "%d rounds", rounds);
#ifdef HAVE_CLOSEFROM
	if (posix_spawn_file_actions_init(&close_from_3) ||
	    posix_spawn_file_actions_addclosefrom_np(&close_from_3, STDERR_FILENO + 1))
		errx(1, "posix_spawn_file_actions_addclosefrom_np");
#endif
	run_rounds();
	print_table();
	print_verdicts();
	if (tsv)
		write_tsv(tsv);
	free(samples);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { { "tsv", required_argument, NULL, 't' },
					       { "commands-tsv", required_argument, NULL, 'T' },
					       { 0 } };
	const char *tsv = NULL, *commands_tsv = NULL, *only = "";
	int c;

	while ((c = getopt_long(argc, argv, "r:e:o:t:", longs, NULL)) != -1) {
		if (c == 'r')
			rounds = atoi(optarg);
		else if (c == 'e')
			program = optarg;
		else if (c == 'o')
			only = optarg;
		else if (c == 't')
			tsv = optarg;
		else if (c == 'T')
			commands_tsv = optarg;
		else
			rounds = 0;
	}
	if (rounds < 1 || rounds > MOST_ROUNDS || optind < argc ||
	    (*only && strcmp(only, "spawns") && strcmp(only, "commands"))) {
		fprintf(stderr, "usage: bench [-r ROUNDS] [-e PROGRAM] [-o spawns|commands] "
				"[--tsv FILE] [--commands-tsv FILE]\n");
		return 2;
	}
	if (strcmp(only, "commands") != 0)
		spawns_bench(tsv);
	if (strcmp(only, "spawns") != 0)
		commands_bench(rounds, program, commands_tsv);
	return 0;
}
