/* SPDX-License-Identifier: ISC */
/*
 * test_closefds.c: closing all but a set, over a fake kernel whose every call can be made to fail,
 * and over the real one. The oracle is one sentence: success means that exactly those of the set
 * that were open are open.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "closefds.h"
#include "fake_kernel.h"
#include "sys.h"

static struct fake_kernel k;
static struct airlock__fd_calls calls;
static int before[FAKE_FDS], keep[FAKE_FDS];
static size_t nbefore, nkeep;

static void start(void)
{
	fake_kernel_start(&k, &calls);
	nkeep = 0;
}

static void open_some(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_true(fake_kernel_open(&k, fds[i]));
}

static void fail_call(enum fake_call call, unsigned at, int code)
{
	k.failures[k.nfailures++] = (struct fake_failure){ call, at, code, false };
}

static bool is_kept(int fd)
{
	for (size_t i = 0; i < nkeep; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

static int close_others(unsigned upto)
{
	nbefore = k.nfds;
	memcpy(before, k.fd, nbefore * sizeof *before);
	return airlock__close_all_but(&calls, keep, nkeep, upto);
}

/* Is open what was and is kept, and nothing else? */
static void assert_exact(void)
{
	size_t n = 0;

	for (size_t i = 0; i < nbefore; i++) {
		if (!is_kept(before[i]))
			continue;
		n++;
		if (!fake_kernel_is_open(&k, before[i]))
			fail_msg("P3: %d was to be kept, and is closed", before[i]);
	}
	for (size_t i = 0; i < k.nfds; i++)
		if (!is_kept(k.fd[i]))
			fail_msg("P3: %d is left open", k.fd[i]);
	assert_int_equal(n, k.nfds);
	if (k.misuse)
		fail_msg("%s", k.misuse);
}

static void must_close(unsigned upto)
{
	assert_int_equal(close_others(upto), 0);
	assert_exact();
}

/* Sets */

enum { SETS = 8 };

/* A table, and one of several sets to keep of it: none, one, all, neighbours, some not open. */
static void make_set(int which)
{
	static const int table[] = { 0, 1, 2, 3, 5, 6, 7, 10, 63, 64, 65, 100, 255, 256, 1000 };
	static const int sets[SETS][16] = {
		{ -1 },
		{ 0, -1 },
		{ 1000, -1 },
		{ 0, 1, 2, -1 },
		{ 5, 6, 7, -1 },
		{ 4, 8, 9, 2000, -1 }, /* none of them open */
		{ 0, 2, 4, 6, 8, 10, 64, 256, 999, -1 },
		{ 0, 1, 2, 3, 5, 6, 7, 10, 63, 64, 65, 100, 255, 256, 1000, -1 },
	};

	start();
	open_some(table, COUNT(table));
	while (nkeep < 16 && sets[which][nkeep] >= 0) {
		keep[nkeep] = sets[which][nkeep];
		nkeep++;
	}
}

static void p3_close_range_over_the_gaps_is_enough(void **state)
{
	(void)state;
	for (int set = 0; set < SETS; set++) {
		make_set(set);
		/* nothing else is asked for, and no bound is needed */
		must_close(0);
		assert_int_equal(k.calls[FAKE_CLOSE], 0);
		assert_int_equal(k.calls[FAKE_OPEN_LIST], 0);
		assert_true(k.calls[FAKE_CLOSE_RANGE] <= nkeep + 1);
	}
}

static const int refusals[] = { ENOSYS, EPERM, EINVAL, EACCES };

static void p3_the_list_is_used_where_close_range_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++)
		for (int set = 0; set < SETS; set++) {
			make_set(set);
			fail_call(FAKE_CLOSE_RANGE, 0, refusals[i]);
			/* a bound of 0: so what stands above a lowered limit is found, too */
			must_close(0);
			assert_int_equal(k.calls[FAKE_CLOSE_RANGE], 1);
			assert_true(k.first[FAKE_OPEN_LIST] > k.first[FAKE_CLOSE_RANGE]);
		}
}

static void p3_every_number_is_closed_where_the_list_is_refused(void **state)
{
	static const int codes[] = { ENOENT, EACCES, EPERM, ENOSYS, EMFILE, ENOTDIR };

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++)
		for (size_t j = 0; j < COUNT(codes); j++)
			for (int set = 0; set < SETS; set++) {
				make_set(set);
				fail_call(FAKE_CLOSE_RANGE, 0, refusals[i]);
				fail_call(j % 2 ? FAKE_OPEN_LIST : FAKE_READ_LIST, 0, codes[j]);
				must_close(fake_kernel_bound(&k));
				assert_true(k.first[FAKE_CLOSE_RANGE] < k.first[FAKE_OPEN_LIST]);
				assert_true(k.first[FAKE_CLOSE] > k.first[FAKE_OPEN_LIST]);
			}
}

/* close_range(2) may be refused half way: by a filter that looks at its arguments, say */
static void p3_a_refusal_half_way_is_made_good(void **state)
{
	(void)state;
	for (int set = 0; set < SETS; set++)
		for (unsigned at = 1; at < 10; at++)
			for (int list = 0; list < 3; list++) {
				make_set(set);
				fail_call(FAKE_CLOSE_RANGE, at, EPERM);
				if (list)
					fail_call(list == 1 ? FAKE_OPEN_LIST : FAKE_READ_LIST,
						  list == 1 ? 1 : at, ENOENT);
				must_close(fake_kernel_bound(&k));
			}
}

static void p3_no_lying_list_is_believed(void **state)
{
	(void)state;
	for (int lie = FAKE_HIDES_ITSELF; lie <= FAKE_BY_INDEX; lie <<= 1)
		for (int set = 0; set < SETS; set++)
			for (size_t names = 0; names < 6; names++) {
				make_set(set);
				k.lies = lie;
				k.names_a_read = names;
				fail_call(FAKE_CLOSE_RANGE, 0, ENOSYS);
				if (close_others(fake_kernel_bound(&k)) != 0)
					fail_msg("lie %d: not closed", lie);
				for (size_t i = 0; i < k.nfds; i++)
					if (!is_kept(k.fd[i]))
						fail_msg("P3: lie %d, set %d, %zu names a read: %d "
							 "is left open",
							 lie, set, names, k.fd[i]);
				assert_exact();
			}
}

/* names that are no numbers do not matter: no number of theirs is closed, nor taken for the list's */
static void p3_other_names_in_the_list_do_not_matter(void **state)
{
	(void)state;
	for (int set = 0; set < SETS; set++)
		for (size_t names = 0; names < 4; names++) {
			make_set(set);
			k.lies = FAKE_OTHER_NAMES;
			k.names_a_read = names;
			fail_call(FAKE_CLOSE_RANGE, 0, ENOSYS);
			must_close(0);
		}
}

/* EIO and EINTR: the number is free all the same, and closing it once more is EBADF */
static void p3_a_close_that_fails_but_frees_is_a_close(void **state)
{
	static const int codes[] = { EIO, EINTR, ENOSPC, EDQUOT };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		for (int set = 0; set < SETS; set++)
			for (int list = 0; list < 2; list++) {
				make_set(set);
				fail_call(FAKE_CLOSE_RANGE, 0, ENOSYS);
				if (list)
					fail_call(FAKE_OPEN_LIST, 0, ENOENT);
				k.failures[k.nfailures++] =
					(struct fake_failure){ FAKE_CLOSE, 0, codes[i], true };
				must_close(fake_kernel_bound(&k));
			}
}

static void p8_a_close_that_is_refused_is_a_failure(void **state)
{
	static const int codes[] = { EPERM, ENOSYS, EACCES };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		for (int set = 0; set < SETS; set++)
			for (int list = 0; list < 2; list++) {
				make_set(set);
				fail_call(FAKE_CLOSE_RANGE, 0, ENOSYS);
				if (list)
					fail_call(FAKE_OPEN_LIST, 0, ENOENT);
				fail_call(FAKE_CLOSE, 0, codes[i]);
				assert_int_equal(close_others(2001), -codes[i]);
			}
}

/* The highest that fs.nr_open allows, proc_sys_fs(5): too many to try each, but not for the other two ways. */
enum { HIGHEST = 2147483584 - 1 };

static void p3_the_highest_number_is_closed(void **state)
{
	static const int table[] = { 0, 1, 2, HIGHEST - 1, HIGHEST };
	static const int sets[][2] = {
		{ 0, -1 }, { HIGHEST, -1 }, { HIGHEST - 1, HIGHEST }, { 1, HIGHEST - 1 }
	};

	(void)state;
	for (size_t set = 0; set < COUNT(sets); set++)
		for (int refused = 0; refused < 2; refused++) {
			start();
			open_some(table, COUNT(table));
			for (size_t i = 0; i < 2 && sets[set][i] >= 0; i++)
				keep[nkeep++] = sets[set][i];
			if (refused)
				fail_call(FAKE_CLOSE_RANGE, 0, EPERM);
			must_close(0);
		}
}

static void p3_a_full_table_is_closed(void **state)
{
	(void)state;
	for (int refused = 0; refused < 3; refused++)
		for (int every = 1; every < 5; every++) {
			start();
			for (int fd = 0; fd < FAKE_FDS; fd++) {
				assert_true(fake_kernel_open(&k, fd));
				if (fd % every == 0)
					keep[nkeep++] = fd;
			}
			assert_false(fake_kernel_open(&k, FAKE_FDS));
			if (refused)
				fail_call(FAKE_CLOSE_RANGE, 0, EPERM);
			if (refused > 1)
				fail_call(FAKE_OPEN_LIST, 0, EPERM);
			must_close(FAKE_FDS);
		}
}

static void p3_an_empty_table_is_fine(void **state)
{
	(void)state;
	for (int refused = 0; refused < 3; refused++) {
		start();
		if (refused)
			fail_call(FAKE_CLOSE_RANGE, 0, EPERM);
		if (refused > 1)
			fail_call(FAKE_OPEN_LIST, 0, EPERM);
		must_close(0);
		assert_int_equal(k.nfds, 0);
	}
}

/* At random */

static unsigned seed = 7;

static int roll(int n)
{
	return (int)((unsigned)rand_r(&seed) % (unsigned)n);
}

static void random_table(void)
{
	int range = roll(4) ? 40 : roll(4) ? 400 : 4000, n = roll(60);

	start();
	for (int i = 0; i < n; i++)
		fake_kernel_open(&k, roll(range));
	for (int fd = 0; fd < range && nkeep < 40; fd++)
		if (roll(range) < 8 || (fake_kernel_is_open(&k, fd) && roll(3) == 0))
			keep[nkeep++] = fd;
	k.names_a_read = (size_t)roll(8);
}

/* EBADF of an open number that stays open is the one answer that Linux never gives, see fake_kernel.h. */
static void random_failures(void)
{
	static const int codes[] = { ENOSYS, EPERM,  EINVAL, ENOENT, EIO,  EINTR,
				     EMFILE, ENFILE, ENOMEM, EACCES, EBADF };

	for (int n = roll(6); n > 0; n--) {
		struct fake_failure f = {
			.call = (enum fake_call)roll(FAKE_NCALLS),
			.at = roll(3) ? (unsigned)roll(12) : 0,
			.code = codes[roll(COUNT(codes))],
			.done = roll(2),
		};

		if (f.call == FAKE_CLOSE && f.code == EBADF)
			f.done = true;
		k.failures[k.nfailures++] = f;
	}
	while (roll(3) == 0)
		k.lies |= 1 << roll(10);
}

static bool close_is_refused(void)
{
	for (size_t i = 0; i < k.nfailures; i++)
		if (k.failures[i].call == FAKE_CLOSE && !k.failures[i].done)
			return true;
	return false;
}

static void p3_success_is_exact_whatever_fails(void **state)
{
	int refusals_seen = 0, successes = 0;

	(void)state;
	for (int round = 0; round < scaled(60000); round++) {
		int r;

		random_table();
		random_failures();
		r = close_others(fake_kernel_bound(&k) + (unsigned)roll(5));
		if (r == 0) {
			assert_exact();
			successes++;
			continue;
		}
		assert_true(r < 0 && r > -4096);
		/* there is always a way if close(2) can be had */
		if (!close_is_refused())
			fail_msg("P3: round %d: %s, though close was never refused", round,
				 strerror(-r));
		refusals_seen++;
	}
	assert_true(successes > refusals_seen);
	assert_true(scaled(100) < 100 || refusals_seen > 100);
}

/* The real kernel, in a forked child with a table of its own */

struct verdict {
	char text[256]; /* empty: as it should be */
};

static struct verdict *verdict;

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(verdict->text, sizeof verdict->text, format, args);
	va_end(args);
}

static int real_close_range(void *kernel, unsigned first, unsigned last)
{
	(void)kernel;
	return (int)airlock__sys3(AIRLOCK__NR_close_range, first, last, 0);
}

static int real_close(void *kernel, int fd)
{
	(void)kernel;
	return (int)airlock__sys1(__NR_close, fd);
}

static int real_open_list(void *kernel)
{
	(void)kernel;
	return (int)airlock__sys4(__NR_openat, AT_FDCWD, "/proc/self/fd",
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

static int real_read_list(void *kernel, int list, void *buf, size_t size)
{
	(void)kernel;
	return (int)airlock__sys3(__NR_getdents64, list, buf, size);
}

static const struct airlock__fd_calls real_calls = { NULL, real_close_range, real_close,
						     real_open_list, real_read_list };

enum obstacle {
	NONE,
	NO_RANGE,
	NO_RANGE_NO_OPEN,
	NO_RANGE_NO_READ,
	NO_RANGE_EMPTY_PROC,
	NOBSTACLES
};

struct task {
	enum obstacle obstacle;
	int code;	  /* what refused calls answer */
	unsigned lowered; /* hard limit on descriptors; 0: as it is */
	const int *table, *keep;
	size_t ntable, nkeep;
};

static bool listed(const int *fds, size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] == fd)
			return true;
	return false;
}

/* /proc with nothing in it but an empty self/fd; false: not allowed */
static bool cover_proc(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/proc", "tmpfs", 0, NULL) == 0 && mkdir("/proc/self", 0755) == 0 &&
	       mkdir("/proc/self/fd", 0755) == 0;
}

static bool lay_obstacle(const struct task *t)
{
	uint32_t action = SECCOMP_RET_ERRNO | (uint32_t)t->code;
	struct call_rule rules[] = {
		{ .nr = AIRLOCK__NR_close_range, .action = action },
		{ .nr = t->obstacle == NO_RANGE_NO_READ ? __NR_getdents64 : __NR_openat,
		  .action = action },
	};

	if (t->obstacle == NONE)
		return true;
	if (t->obstacle == NO_RANGE_EMPTY_PROC && !cover_proc())
		return false;
	return filter_calls(rules,
			    t->obstacle == NO_RANGE || t->obstacle == NO_RANGE_EMPTY_PROC ? 1 : 2);
}

/* No way back: prepares the table as the task says, closes, and looks at every number. */
static void close_really(const struct task *t)
{
	int null = open("/dev/null", O_RDWR), up = fcntl(null, F_DUPFD, 1200);
	struct rlimit limit = { t->lowered, t->lowered };
	int highest = up, r;

	/* the numbers of the table and no others */
	syscall(AIRLOCK__NR_close_range, 0, up - 1, 0);
	syscall(AIRLOCK__NR_close_range, up + 1, ~0u, 0);
	for (size_t i = 0; i < t->ntable; i++) {
		if (dup2(up, t->table[i]) < 0)
			return complain("dup2 to %d: %s", t->table[i], strerror(errno));
		if (t->table[i] > highest)
			highest = t->table[i];
	}
	if (!listed(t->table, t->ntable, up))
		close(up);
	if (t->lowered && setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return complain("setrlimit: %s", strerror(errno));
	if (!lay_obstacle(t))
		return complain("SKIP %s", strerror(errno));
	r = airlock__close_all_but(&real_calls, t->keep, t->nkeep, (unsigned)highest + 1);
	if (r < 0)
		return complain("%s", strerror(-r));
	for (int fd = 0; fd <= highest + 100; fd++) {
		bool is = fcntl(fd, F_GETFD) >= 0;
		bool shall = listed(t->table, t->ntable, fd) && listed(t->keep, t->nkeep, fd);

		if (is != shall)
			return complain("P3: %d is %s", fd, is ? "open" : "closed");
	}
}

static void close_in_child(const struct task *t)
{
	int st;
	pid_t child;

	*verdict->text = '\0';
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close_really(t);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &st, 0), child);
	if (st != 0)
		fail_msg("the child ended with %#x", st);
	if (!strncmp(verdict->text, "SKIP ", 5))
		SKIP("the obstacle cannot be laid here: %s", verdict->text + 5);
	if (*verdict->text)
		fail_msg("obstacle %d (%s), limit %u: %s", t->obstacle, strerror(t->code),
			 t->lowered, verdict->text);
}

static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < 4096)
		SKIP("only %llu descriptors", (unsigned long long)limit.rlim_max);
}

static void try_obstacle(enum obstacle obstacle)
{
	static const int table[] = { 0, 1, 2, 3, 4, 7, 8, 64, 65, 300, 1023, 1024, 1200, 4095 };
	static const int sets[][14] = {
		{ -1 },
		{ 0, 1, 2, -1 },
		{ 2, -1 },
		{ 3, 4, 7, 8, -1 },
		{ 5, 6, 300, 2000, 4095, -1 },
		{ 0, 1, 2, 3, 4, 7, 8, 64, 65, 300, 1023, 1024, 1200, 4095 },
	};
	static const unsigned limits[] = { 0, 1024, 70, 3, 0 };

	if (under_valgrind())
		SKIP("valgrind has descriptors of its own");
	raise_limit();
	for (size_t set = 0; set < COUNT(sets); set++)
		for (size_t i = 0; i < COUNT(limits); i++)
			for (int code = 0; code < 2; code++) {
				struct task t = { obstacle,  code ? EPERM : ENOSYS,
						  limits[i], table,
						  sets[set], COUNT(table),
						  0 };

				while (t.nkeep < 14 && t.keep[t.nkeep] >= 0)
					t.nkeep++;
				close_in_child(&t);
			}
}

static void p3_the_real_kernel_closes_by_range(void **state)
{
	(void)state;
	try_obstacle(NONE);
}

static void p3_the_real_kernel_closes_by_list(void **state)
{
	(void)state;
	try_obstacle(NO_RANGE);
}

static void p3_the_real_kernel_closes_by_number_without_the_list(void **state)
{
	(void)state;
	try_obstacle(NO_RANGE_NO_OPEN);
}

static void p3_the_real_kernel_closes_by_number_where_the_list_cannot_be_read(void **state)
{
	(void)state;
	try_obstacle(NO_RANGE_NO_READ);
}

static void p3_the_real_kernel_closes_by_number_where_proc_is_covered(void **state)
{
	(void)state;
	try_obstacle(NO_RANGE_EMPTY_PROC);
}

/* thousands, so that the list takes many reads */
static void p3_the_real_kernel_closes_thousands(void **state)
{
	static int table[4000], kept[400];

	(void)state;
	if (under_valgrind())
		SKIP("valgrind has descriptors of its own");
	raise_limit();
	for (int i = 0; i < 4000; i++)
		table[i] = i;
	for (int i = 0; i < 400; i++)
		kept[i] = 10 * i + 1;
	for (enum obstacle o = NONE; o < NO_RANGE_EMPTY_PROC; o++) {
		struct task t = { o, ENOSYS, 256, table, kept, 4000, 400 };

		close_in_child(&t);
	}
}

static int map_verdict(void **state)
{
	(void)state;
	verdict = mmap(NULL, sizeof *verdict, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	return verdict == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p3_close_range_over_the_gaps_is_enough),
		cmocka_unit_test(p3_the_list_is_used_where_close_range_is_refused),
		cmocka_unit_test(p3_every_number_is_closed_where_the_list_is_refused),
		cmocka_unit_test(p3_a_refusal_half_way_is_made_good),
		cmocka_unit_test(p3_no_lying_list_is_believed),
		cmocka_unit_test(p3_other_names_in_the_list_do_not_matter),
		cmocka_unit_test(p3_a_close_that_fails_but_frees_is_a_close),
		cmocka_unit_test(p8_a_close_that_is_refused_is_a_failure),
		cmocka_unit_test(p3_the_highest_number_is_closed),
		cmocka_unit_test(p3_a_full_table_is_closed),
		cmocka_unit_test(p3_an_empty_table_is_fine),
		cmocka_unit_test(p3_success_is_exact_whatever_fails),
		cmocka_unit_test(p3_the_real_kernel_closes_by_range),
		cmocka_unit_test(p3_the_real_kernel_closes_by_list),
		cmocka_unit_test(p3_the_real_kernel_closes_by_number_without_the_list),
		cmocka_unit_test(p3_the_real_kernel_closes_by_number_where_the_list_cannot_be_read),
		cmocka_unit_test(p3_the_real_kernel_closes_by_number_where_proc_is_covered),
		cmocka_unit_test(p3_the_real_kernel_closes_thousands),
	};

	return cmocka_run_group_tests(tests, map_verdict, NULL);
}
