/* SPDX-License-Identifier: ISC */
/*
 * test_names.c: the tables of names, against numbers that stand here once more, and the nearest
 * word against a slow reading of the same words.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "names.h"

static bool lookup(enum airlock__names which, const char *name, uint64_t *ret)
{
	return airlock__name_value(which, name, strlen(name), ret);
}

static uint64_t value_of(enum airlock__names which, const char *name)
{
	uint64_t value = 0;

	if (!lookup(which, name, &value))
		fail_msg("%s is not in table %d", name, which);
	return value;
}

/* Tables */

static void each_table_is_sorted_and_has_each_name_once(void **state)
{
	(void)state;
	for (int t = 0; t < AIRLOCK__NTABLES; t++) {
		size_t n = 0;
		const struct airlock__name *names = airlock__names(t, &n);

		assert_true(n > 0);
		for (size_t i = 1; i < n; i++)
			if (strcmp(names[i - 1].name, names[i].name) >= 0)
				fail_msg("%s before %s", names[i - 1].name, names[i].name);
	}
}

static void each_name_is_found_and_no_part_or_longer_one(void **state)
{
	(void)state;
	for (int t = 0; t < AIRLOCK__NTABLES; t++) {
		size_t n = 0;
		const struct airlock__name *names = airlock__names(t, &n);

		for (size_t i = 0; i < n; i++) {
			size_t len = strlen(names[i].name);
			/* not terminated, so that a checker sees a read behind it */
			char *word = malloc(len + 1);
			uint64_t value = ~names[i].value;

			memcpy(word, names[i].name, len);
			word = realloc(word, len);
			assert_true(airlock__name_value(t, word, len, &value));
			assert_int_equal(value, names[i].value);
			free(word);

			word = malloc(len + 1);
			memcpy(word, names[i].name, len + 1);
			value = 12345;
			assert_false(airlock__name_value(t, word, len + 1, &value));
			word[len] = 'x';
			assert_false(airlock__name_value(t, word, len + 1, &value));
			word[len / 2] = '\0';
			assert_false(airlock__name_value(t, word, len, &value));
			assert_false(airlock__name_value(t, word, 0, &value));
			assert_int_equal(value, 12345);
			free(word);
		}
	}
}

static void case_counts(void **state)
{
	uint64_t value;

	(void)state;
	assert_false(lookup(AIRLOCK__ERRNOS, "eperm", &value));
	assert_false(lookup(AIRLOCK__CONSTANTS, "o_cloexec", &value));
	assert_false(lookup(AIRLOCK__LIMITS, "LimitCpu", &value));
	assert_false(lookup(AIRLOCK__NAMESPACES, "NET", &value));
}

static void every_value_has_a_name_that_has_the_value(void **state)
{
	(void)state;
	for (int t = 0; t < AIRLOCK__NTABLES; t++) {
		size_t n = 0;
		const struct airlock__name *names = airlock__names(t, &n);

		for (size_t i = 0; i < n; i++) {
			const char *name = airlock__value_name(t, names[i].value);

			assert_non_null(name);
			assert_int_equal(value_of(t, name), names[i].value);
		}
		assert_null(airlock__value_name(t, 0xdeadbeefcafe0123));
	}
}

/* Errnos */

static void errnos_are_all_of_linux(void **state)
{
	size_t n;

	(void)state;
	/* 41 and 58 are aliases that Linux left out */
	for (unsigned e = 1; e <= 133; e++)
		assert_int_equal(airlock__value_name(AIRLOCK__ERRNOS, e) != NULL,
				 e != 41 && e != 58);
	assert_null(airlock__value_name(AIRLOCK__ERRNOS, 0));
	assert_null(airlock__value_name(AIRLOCK__ERRNOS, 134));
	/* and three aliases */
	airlock__names(AIRLOCK__ERRNOS, &n);
	assert_int_equal(n, 131 + 3);
	assert_int_equal(value_of(AIRLOCK__ERRNOS, "EPERM"), 1);
	assert_int_equal(value_of(AIRLOCK__ERRNOS, "EAGAIN"), 11);
	assert_int_equal(value_of(AIRLOCK__ERRNOS, "EDEADLK"), 35);
	assert_int_equal(value_of(AIRLOCK__ERRNOS, "ENOSYS"), 38);
	assert_int_equal(value_of(AIRLOCK__ERRNOS, "EAFNOSUPPORT"), 97);
	assert_int_equal(value_of(AIRLOCK__ERRNOS, "EHWPOISON"), 133);
}

static void aliases_are_taken_and_the_usual_name_is_given(void **state)
{
	static const struct {
		enum airlock__names which;
		const char *alias, *usual;
	} cases[] = {
		{ AIRLOCK__ERRNOS, "EWOULDBLOCK", "EAGAIN" },
		{ AIRLOCK__ERRNOS, "EDEADLOCK", "EDEADLK" },
		{ AIRLOCK__ERRNOS, "ENOTSUP", "EOPNOTSUPP" },
		{ AIRLOCK__FAMILIES, "AF_LOCAL", "AF_UNIX" },
		{ AIRLOCK__FAMILIES, "AF_FILE", "AF_UNIX" },
		{ AIRLOCK__FAMILIES, "AF_ROUTE", "AF_NETLINK" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value = value_of(cases[i].which, cases[i].alias);

		assert_int_equal(value_of(cases[i].which, cases[i].usual), value);
		assert_string_equal(airlock__value_name(cases[i].which, value), cases[i].usual);
	}
}

/* Small tables */

static void capabilities_are_all_of_linux(void **state)
{
	static const struct {
		const char *name;
		unsigned number;
	} some[] = {
		{ "CAP_CHOWN", CAP_CHOWN },
		{ "CAP_KILL", CAP_KILL },
		{ "CAP_SETGID", CAP_SETGID },
		{ "CAP_SETUID", CAP_SETUID },
		{ "CAP_SETPCAP", CAP_SETPCAP },
		{ "CAP_NET_BIND_SERVICE", CAP_NET_BIND_SERVICE },
		{ "CAP_NET_RAW", CAP_NET_RAW },
		{ "CAP_SYS_PTRACE", CAP_SYS_PTRACE },
		{ "CAP_SYS_ADMIN", CAP_SYS_ADMIN },
		{ "CAP_SYS_RESOURCE", CAP_SYS_RESOURCE },
		{ "CAP_SYSLOG", CAP_SYSLOG },
		{ "CAP_AUDIT_READ", 37 },
		{ "CAP_PERFMON", 38 },
		{ "CAP_BPF", 39 },
		{ "CAP_CHECKPOINT_RESTORE", 40 },
	};
	size_t n;

	(void)state;
	for (unsigned c = 0; c <= 40; c++)
		assert_non_null(airlock__value_name(AIRLOCK__CAPABILITIES, c));
	airlock__names(AIRLOCK__CAPABILITIES, &n);
	assert_int_equal(n, 41);
	assert_true(CAP_LAST_CAP <= 40);
	for (size_t i = 0; i < COUNT(some); i++)
		assert_int_equal(value_of(AIRLOCK__CAPABILITIES, some[i].name), some[i].number);
}

/* a name that a newer kernel brought must be added to the table, or it shows here */
static void this_kernels_capabilities_have_names(void **state)
{
	FILE *f = fopen("/proc/sys/kernel/cap_last_cap", "re");
	unsigned last = 0;

	(void)state;
	if (!f)
		SKIP("no /proc/sys/kernel/cap_last_cap");
	assert_int_equal(fscanf(f, "%u", &last), 1);
	fclose(f);
	for (unsigned c = 0; c <= last; c++)
		assert_non_null(airlock__value_name(AIRLOCK__CAPABILITIES, c));
}

static void families_are_all_of_linux(void **state)
{
	static const struct {
		const char *name;
		unsigned number;
	} some[] = {
		{ "AF_UNIX", 1 },     { "AF_INET", 2 },	      { "AF_BRIDGE", 7 },
		{ "AF_INET6", 10 },   { "AF_DECnet", 12 },    { "AF_NETLINK", 16 },
		{ "AF_PACKET", 17 },  { "AF_ECONET", 19 },    { "AF_PPPOX", 24 },
		{ "AF_LLC", 26 },     { "AF_IB", 27 },	      { "AF_MPLS", 28 },
		{ "AF_TIPC", 30 },    { "AF_BLUETOOTH", 31 }, { "AF_RXRPC", 33 },
		{ "AF_ISDN", 34 },    { "AF_ALG", 38 },	      { "AF_VSOCK", 40 },
		{ "AF_QIPCRTR", 42 }, { "AF_SMC", 43 },	      { "AF_XDP", 44 },
		{ "AF_MCTP", 45 },
	};
	uint64_t value;

	(void)state;
	for (unsigned f = 1; f <= 45; f++)
		assert_non_null(airlock__value_name(AIRLOCK__FAMILIES, f));
	assert_null(airlock__value_name(AIRLOCK__FAMILIES, 46));
	for (size_t i = 0; i < COUNT(some); i++)
		assert_int_equal(value_of(AIRLOCK__FAMILIES, some[i].name), some[i].number);
	/* a set of them is 64 bits; and "unspecified" is none, as in systemd */
	assert_null(airlock__value_name(AIRLOCK__FAMILIES, 0));
	assert_false(lookup(AIRLOCK__FAMILIES, "AF_UNSPEC", &value));
	assert_false(lookup(AIRLOCK__FAMILIES, "AF_MAX", &value));
}

static void families_are_constants_too_with_af_and_pf(void **state)
{
	size_t n;
	const struct airlock__name *names = airlock__names(AIRLOCK__FAMILIES, &n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char pf[64];

		snprintf(pf, sizeof pf, "P%s", names[i].name + 1);
		assert_int_equal(value_of(AIRLOCK__CONSTANTS, names[i].name), names[i].value);
		assert_int_equal(value_of(AIRLOCK__CONSTANTS, pf), names[i].value);
	}
	assert_int_equal(value_of(AIRLOCK__CONSTANTS, "AF_UNSPEC"), 0);
	assert_int_equal(value_of(AIRLOCK__CONSTANTS, "PF_UNSPEC"), 0);
}

static void namespaces_and_scopes_are_the_kernels_bits(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "time"), 0x80);
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "mnt"), 0x20000);
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "cgroup"), 0x2000000);
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "uts"), 0x4000000);
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "ipc"), 0x8000000);
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "user"), 0x10000000);
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "pid"), 0x20000000);
	assert_int_equal(value_of(AIRLOCK__NAMESPACES, "net"), 0x40000000);
	airlock__names(AIRLOCK__NAMESPACES, &n);
	assert_int_equal(n, 8);
	assert_int_equal(value_of(AIRLOCK__SCOPES, "abstract-unix-socket"), 1);
	assert_int_equal(value_of(AIRLOCK__SCOPES, "signal"), 2);
}

static void limits_are_all_sixteen_by_their_keys(void **state)
{
	static const char *const keys[] = {
		"LimitCPU",	 "LimitFSIZE", "LimitDATA",   "LimitSTACK",
		"LimitCORE",	 "LimitRSS",   "LimitNPROC",  "LimitNOFILE",
		"LimitMEMLOCK",	 "LimitAS",    "LimitLOCKS",  "LimitSIGPENDING",
		"LimitMSGQUEUE", "LimitNICE",  "LimitRTPRIO", "LimitRTTIME",
	};
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++)
		assert_int_equal(value_of(AIRLOCK__LIMITS, keys[i]), i);
	airlock__names(AIRLOCK__LIMITS, &n);
	assert_int_equal(n, COUNT(keys));
}

/* Constants */

#define SAME(name) \
	{ \
#name, (uint64_t)(name) \
	}

static void constants_are_those_of_the_headers(void **state)
{
	static const struct {
		const char *name;
		uint64_t value;
	} some[] = {
		SAME(O_CLOEXEC),	 SAME(O_CREAT),		SAME(O_DIRECTORY),
		SAME(O_NOFOLLOW),	 SAME(O_TMPFILE),	SAME(O_PATH),
		SAME(O_DIRECT),		 SAME(O_SYNC),		SAME(O_DSYNC),
		SAME(O_RSYNC),		 SAME(O_ASYNC),		SAME(O_NONBLOCK),
		SAME(F_SETLK),		 SAME(F_DUPFD_CLOEXEC), SAME(F_ADD_SEALS),
		SAME(F_SEAL_WRITE),	 SAME(F_SETPIPE_SZ),	SAME(FD_CLOEXEC),
		SAME(AT_FDCWD),		 SAME(AT_EMPTY_PATH),	SAME(SOCK_SEQPACKET),
		SAME(SOCK_CLOEXEC),	 SAME(SOL_SOCKET),	SAME(SO_RCVTIMEO),
		SAME(SO_TIMESTAMP),	 SAME(SO_PEERCRED),	SAME(MSG_DONTWAIT),
		SAME(MSG_NOSIGNAL),	 SAME(MAP_ANON),	SAME(MAP_ANONYMOUS),
		SAME(MAP_NORESERVE),	 SAME(MAP_STACK),	SAME(MAP_FIXED),
		SAME(PROT_EXEC),	 SAME(MADV_FREE),	SAME(MADV_DONTDUMP),
		SAME(MREMAP_MAYMOVE),	 SAME(MCL_FUTURE),	SAME(SIGSYS),
		SAME(SIGCHLD),		 SAME(SIG_SETMASK),	SAME(CLOCK_TAI),
		SAME(TIMER_ABSTIME),	 SAME(RLIMIT_NOFILE),	SAME(RLIMIT_RTTIME),
		SAME(TIOCSTI),		 SAME(TIOCGWINSZ),	SAME(TCGETS),
		SAME(FIONREAD),		 SAME(FIOCLEX),		SAME(TIOCSCTTY),
		SAME(S_ISUID),		 SAME(S_IFIFO),		SAME(SPLICE_F_GIFT),
		SAME(POSIX_FADV_RANDOM), SAME(LOCK_EX),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(some); i++)
		if (value_of(AIRLOCK__CONSTANTS, some[i].name) != some[i].value)
			fail_msg("%s is %#llx and not %#llx", some[i].name,
				 (unsigned long long)value_of(AIRLOCK__CONSTANTS, some[i].name),
				 (unsigned long long)some[i].value);
}

/* by hand: what headers, old ones above all, may lack or have otherwise than the kernel */
static void constants_are_the_kernels_where_headers_differ(void **state)
{
	static const struct {
		const char *name;
		uint64_t value;
	} some[] = {
#ifdef __aarch64__
		{ "O_LARGEFILE", 0400000 },
		{ "PROT_BTI", 0x10 },
		{ "PROT_MTE", 0x20 },
#else
		{ "O_LARGEFILE", 0100000 },
		{ "PROT_BTI", 0 },
		{ "PROT_MTE", 0 },
#endif
#ifdef __x86_64__
		{ "MAP_32BIT", 0x40 },
		{ "MAP_ABOVE4G", 0x80 },
#else
		{ "MAP_32BIT", 0 },
		{ "MAP_ABOVE4G", 0 },
#endif
		{ "O_ACCMODE", 3 },
		{ "F_GETLK", 5 },
		{ "F_SEAL_EXEC", 0x20 },
		{ "CLONE_NEWTIME", 0x80 },
		{ "CLOSE_RANGE_CLOEXEC", 4 },
		{ "MFD_EXEC", 0x10 },
		{ "MADV_COLLAPSE", 25 },
		{ "MAP_DROPPABLE", 8 },
		{ "MNT_DETACH", 2 },
		{ "MS_REMOUNT", 32 },
		{ "PR_SET_NO_NEW_PRIVS", 38 },
		{ "PR_SET_MDWE", 65 },
		{ "PR_SET_PTRACER", 0x59616d61 },
		{ "PR_SET_VMA", 0x53564d41 },
		{ "ARCH_SET_FS", 0x1002 },
		{ "ARCH_CET_STATUS", 0x3001 },
		{ "SECCOMP_SET_MODE_FILTER", 1 },
		{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0x20 },
		{ "PTRACE_SEIZE", 0x4206 },
		{ "PTRACE_GETREGS", 12 },
		{ "SCHED_OTHER", 0 },
		{ "SCHED_DEADLINE", 6 },
		{ "SOL_TCP", 6 },
		{ "SOL_TLS", 282 },
		{ "SO_PEERPIDFD", 77 },
		{ "STATX_BASIC_STATS", 0x7ff },
		{ "FUTEX_LOCK_PI2_PRIVATE", 141 },
		{ "EFD_SEMAPHORE", 1 },
		{ "KEYCTL_JOIN_SESSION_KEYRING", 1 },
		{ "PER_LINUX32", 8 },
		{ "ADDR_NO_RANDOMIZE", 0x40000 },
		{ "TIOCLINUX", 0x541c },
		{ "TIOCSTI", 0x5412 },
		{ "TIOCGPTPEER", 0x5441 },
		{ "FICLONE", 0x40049409 },
		{ "IPPROTO_MPTCP", 262 },
		{ "TCP_NODELAY", 1 },
		{ "GRND_INSECURE", 4 },
		{ "RENAME_EXCHANGE", 2 },
		{ "IPC_CREAT", 01000 },
		{ "SHM_RDONLY", 010000 },
		{ "S_IFMT", 0170000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(some); i++)
		if (value_of(AIRLOCK__CONSTANTS, some[i].name) != some[i].value)
			fail_msg("%s is %#llx", some[i].name,
				 (unsigned long long)value_of(AIRLOCK__CONSTANTS, some[i].name));
}

/* a flag of bit 31 that a header has as an int would be one of 33 more bits in 64 */
static void only_constants_below_zero_have_a_high_half(void **state)
{
	static const char *const negative[] = { "AT_FDCWD", "FUTEX_CMD_MASK", "KEY_SPEC_",
						"PR_SET_PTRACER_ANY", "RUSAGE_CHILDREN" };
	size_t n, found = 0;
	const struct airlock__name *names = airlock__names(AIRLOCK__CONSTANTS, &n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool listed = false;

		for (size_t j = 0; j < COUNT(negative); j++)
			listed =
				listed || !strncmp(names[i].name, negative[j], strlen(negative[j]));
		if (listed ? names[i].value < 0xffffffff80000000 : names[i].value >> 32 != 0)
			fail_msg("%s is %#llx", names[i].name, (unsigned long long)names[i].value);
		found += listed;
	}
	assert_int_equal(found, 12);
	assert_int_equal(value_of(AIRLOCK__CONSTANTS, "CLONE_IO"), 0x80000000);
}

/* Words */

static const char *nearest(const char *word, const char *const candidates[], size_t n)
{
	struct airlock__nearest near;
	size_t len = strlen(word);
	/* not terminated */
	char *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, word, len);
	airlock__nearest_begin(&near, copy, len);
	assert_null(near.best);
	for (size_t i = 0; i < n; i++)
		airlock__nearest_try(&near, candidates[i]);
	free(copy);
	return near.best;
}

static void the_nearest_word_is_found(void **state)
{
	static const struct {
		const char *word, *candidate;
		bool near;
	} cases[] = {
		{ "openat", "openat", true },
		{ "opennat", "openat", true }, /* one too many */
		{ "opeat", "openat", true },   /* one lost */
		{ "opemat", "openat", true },  /* another */
		{ "opneat", "openat", true },  /* swapped: one edit, not two */
		{ "ead", "read", true },       /* at the start */
		{ "rea", "read", true },
		{ "OPENAT", "openat", true },
		{ "o_cloexec", "O_CLOEXEC", true },
		{ "O_CLOEXECC", "O_CLOEXEC", true },
		/* a third of the length at most: 0 of 2, 1 of 3 to 5, 2 of 6 to 8 */
		{ "", "", true },
		{ "", "a", false },
		{ "a", "b", false },
		{ "ab", "ac", false },
		{ "ab", "AB", true },
		{ "ab", "ba", false },
		{ "abc", "acb", true },
		{ "abc", "axd", false },
		{ "abcde", "abcxy", false },
		{ "abcdef", "abcdxy", true },
		{ "abcdef", "abcxyz", false },
		{ "abcdefgh", "abcdefxy", true },
		{ "abcdefgh", "abcdexyz", false },
		/* and 3 at most */
		{ "abcdefghi", "abcdefxyz", true },
		{ "abcdefghijkl", "abcdefghiXYZ", true },
		{ "abcdefghijkl", "abcdefghWXYZ", false },
		{ "abcdefghijklmnopqrst", "abcdefghijklmnopq", true },
		{ "abcdefghijklmnopqrst", "abcdefghijklmnop", false },
		{ "abcdefghijklmnopq", "abcdefghijklmnopqrst", true },
		{ "abcdefghijklmnop", "abcdefghijklmnopqrst", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *best = nearest(cases[i].word, &cases[i].candidate, 1);

		if ((best != NULL) != cases[i].near)
			fail_msg("%s and %s", cases[i].word, cases[i].candidate);
		if (best)
			assert_string_equal(best, cases[i].candidate);
	}
}

static void the_nearest_of_many_wins_and_the_first_of_equals(void **state)
{
	static const char *const calls[] = { "openat2", "openat", "open", "close" };
	static const char *const equals[] = { "abcdeX", "abcdeY", "abcdXY" };

	(void)state;
	assert_string_equal(nearest("opennat", calls, COUNT(calls)), "openat");
	assert_string_equal(nearest("opennat2", calls, COUNT(calls)), "openat2");
	assert_string_equal(nearest("clsoe", calls, COUNT(calls)), "close");
	assert_null(nearest("mmap", calls, COUNT(calls)));
	assert_string_equal(nearest("abcdef", equals, COUNT(equals)), "abcdeX");
}

static void words_of_more_than_64_bytes_are_like_nothing(void **state)
{
	static char word[70000];
	const char *one = word, *full, *empty = "";
	char longest[65];

	(void)state;
	memset(longest, 'a', 64);
	longest[64] = '\0';
	full = longest;
	assert_string_equal(nearest(longest, &full, 1), longest);
	for (size_t n = 62; n <= 70; n++) {
		memset(word, 'a', n);
		word[n] = '\0';
		/* as a word, and as a candidate */
		assert_int_equal(nearest(word, &full, 1) != NULL, n <= 64);
		assert_int_equal(nearest(longest, &one, 1) != NULL, n <= 64);
		assert_int_equal(nearest(word, &one, 1) != NULL, n <= 64);
	}
	memset(word, 'a', sizeof word - 1);
	assert_null(nearest(word, &one, 1));
	assert_null(nearest(word, &full, 1));
	assert_null(nearest(word, &empty, 1));
}

/* bytes that are no letters are compared as they are, NUL too */
static void any_bytes_may_be_a_word(void **state)
{
	struct airlock__nearest near;

	(void)state;
	airlock__nearest_begin(&near, "ab\0de\xff", 6);
	airlock__nearest_try(&near, "abcde\xff");
	assert_string_equal(near.best, "abcde\xff");
	airlock__nearest_begin(&near, "[abc]", 5);
	airlock__nearest_try(&near, "{abc}");
	assert_null(near.best);
	assert_null(nearest("\xc4\xc4\xc4", &(const char *){ "\xe4\xe4\xe4" }, 1));
}

/* The same distance, told by what it means instead of by rows: slow, so for short words. */
static unsigned slow_distance(const char *a, const char *b)
{
	unsigned best, d;

	if (!*a)
		return (unsigned)strlen(b);
	if (!*b)
		return (unsigned)strlen(a);
	best = slow_distance(a + 1, b + 1) + (*a != *b);
	if ((d = slow_distance(a + 1, b) + 1) < best)
		best = d;
	if ((d = slow_distance(a, b + 1) + 1) < best)
		best = d;
	if (a[1] && b[1] && a[0] == b[1] && a[1] == b[0] &&
	    (d = slow_distance(a + 2, b + 2) + 1) < best)
		best = d;
	return best;
}

static void random_word(char *word, unsigned *seed)
{
	size_t n = (size_t)rand_r(seed) % 8;

	for (size_t i = 0; i < n; i++)
		word[i] = "abc"[rand_r(seed) % 3];
	word[n] = '\0';
}

static void random_words_have_the_distance_of_a_slow_reading(void **state)
{
	unsigned seed = 1;
	int found = 0;

	(void)state;
	for (int round = 0; round < scaled(2000); round++) {
		char word[9], candidates[4][9];
		const char *list[4], *want = NULL, *got;
		unsigned below;

		random_word(word, &seed);
		below = (unsigned)strlen(word) / 3 + 1;
		for (size_t i = 0; i < COUNT(list); i++) {
			unsigned d;

			random_word(candidates[i], &seed);
			list[i] = candidates[i];
			d = slow_distance(word, list[i]);
			if (d < below) {
				below = d;
				want = list[i];
			}
		}
		got = nearest(word, list, COUNT(list));
		if (got != want)
			fail_msg("round %d: %s: %s, not %s", round, word, got ? got : "none",
				 want ? want : "none");
		found += want != NULL;
	}
	assert_true(found > 0);
}

static void names_one_letter_off_are_found_again(void **state)
{
	(void)state;
	for (int t = 0; t < AIRLOCK__NTABLES; t++) {
		size_t n = 0;
		const struct airlock__name *names = airlock__names(t, &n);

		/* a step, since each of them is compared with all */
		for (size_t i = 0; i<n; i += n> 500 ? 37 : 5) {
			struct airlock__nearest near;
			char word[80];

			snprintf(word, sizeof word, "%s~", names[i].name);
			airlock__nearest_begin(&near, word, strlen(word));
			for (size_t j = 0; j < n; j++)
				airlock__nearest_try(&near, names[j].name);
			assert_non_null(near.best);
			/* another name may be as near; none is nearer */
			assert_int_equal(near.distance, 1);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_table_is_sorted_and_has_each_name_once),
		cmocka_unit_test(each_name_is_found_and_no_part_or_longer_one),
		cmocka_unit_test(case_counts),
		cmocka_unit_test(every_value_has_a_name_that_has_the_value),
		cmocka_unit_test(errnos_are_all_of_linux),
		cmocka_unit_test(aliases_are_taken_and_the_usual_name_is_given),
		cmocka_unit_test(capabilities_are_all_of_linux),
		cmocka_unit_test(this_kernels_capabilities_have_names),
		cmocka_unit_test(families_are_all_of_linux),
		cmocka_unit_test(families_are_constants_too_with_af_and_pf),
		cmocka_unit_test(namespaces_and_scopes_are_the_kernels_bits),
		cmocka_unit_test(limits_are_all_sixteen_by_their_keys),
		cmocka_unit_test(constants_are_those_of_the_headers),
		cmocka_unit_test(constants_are_the_kernels_where_headers_differ),
		cmocka_unit_test(only_constants_below_zero_have_a_high_half),
		cmocka_unit_test(the_nearest_word_is_found),
		cmocka_unit_test(the_nearest_of_many_wins_and_the_first_of_equals),
		cmocka_unit_test(words_of_more_than_64_bytes_are_like_nothing),
		cmocka_unit_test(any_bytes_may_be_a_word),
		cmocka_unit_test(random_words_have_the_distance_of_a_slow_reading),
		cmocka_unit_test(names_one_letter_off_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
