/* SPDX-License-Identifier: ISC */
/*
 * test_error.c: what programs compiled against the library lean on (numbers of steps, layout of the
 * public structs), and messages.
 */
#define _GNU_SOURCE
#include "common.h"

#include <stdio.h>
#include <string.h>

#include "airlock/ipc.h"
#include "error.h"

/* The numbers are ABI: they stand here once more, by hand, and lines are only ever added. */
static const struct {
	int number, step;
	const char *name;
} steps[] = {
	{ 0, AIRLOCK_STEP_NONE, "none" },
	{ 1, AIRLOCK_STEP_OPTIONS, "options" },
	{ 2, AIRLOCK_STEP_SEAL, "seal" },
	{ 3, AIRLOCK_STEP_MEMORY, "memory" },
	{ 4, AIRLOCK_STEP_CHANNEL, "channel" },
	{ 5, AIRLOCK_STEP_RESERVE, "reserve" },
	{ 6, AIRLOCK_STEP_CLONE, "clone" },
	{ 7, AIRLOCK_STEP_CHAT, "chat" },
	{ 8, AIRLOCK_STEP_TIMEOUT, "timeout" },
	{ 9, AIRLOCK_STEP_KILLED, "killed" },
	{ 10, AIRLOCK_STEP_RANDOM, "random" },
	{ 11, AIRLOCK_STEP_DUMPABLE, "dumpable" },
	{ 12, AIRLOCK_STEP_OOM_SCORE, "oom-score" },
	{ 13, AIRLOCK_STEP_WAIT, "wait" },
	{ 32, AIRLOCK_STEP_UNSHARE, "unshare" },
	{ 33, AIRLOCK_STEP_SIGNALS, "signals" },
	{ 34, AIRLOCK_STEP_DESCRIPTORS, "descriptors" },
	{ 35, AIRLOCK_STEP_CLOSE, "close" },
	{ 36, AIRLOCK_STEP_SESSION, "session" },
	{ 37, AIRLOCK_STEP_ROOT, "root" },
	{ 38, AIRLOCK_STEP_DIRECTORY, "directory" },
	{ 39, AIRLOCK_STEP_UMASK, "umask" },
	{ 40, AIRLOCK_STEP_RLIMIT, "rlimit" },
	{ 41, AIRLOCK_STEP_NICE, "nice" },
	{ 42, AIRLOCK_STEP_AFFINITY, "affinity" },
	{ 43, AIRLOCK_STEP_BOUNDING, "bounding" },
	{ 44, AIRLOCK_STEP_SECUREBITS, "securebits" },
	{ 45, AIRLOCK_STEP_GROUPS, "groups" },
	{ 46, AIRLOCK_STEP_GID, "gid" },
	{ 47, AIRLOCK_STEP_UID, "uid" },
	{ 48, AIRLOCK_STEP_CAPABILITIES, "capabilities" },
	{ 49, AIRLOCK_STEP_AMBIENT, "ambient" },
	{ 50, AIRLOCK_STEP_PARENT, "parent" },
	{ 51, AIRLOCK_STEP_NO_NEW_PRIVS, "no-new-privs" },
	{ 52, AIRLOCK_STEP_LANDLOCK, "landlock" },
	{ 53, AIRLOCK_STEP_SIGMASK, "sigmask" },
	{ 54, AIRLOCK_STEP_SECCOMP, "seccomp" },
	{ 55, AIRLOCK_STEP_EXECVE, "execve" },
};

static void numbers_of_steps_are_fixed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++)
		assert_int_equal(steps[i].step, steps[i].number);
}

static bool is_listed(int number)
{
	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i].number == number)
			return true;
	return false;
}

static void each_step_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		const char *name = airlock_step_name((enum airlock_step)steps[i].number);

		assert_string_equal(name, steps[i].name);
		assert_string_not_equal(name, "unknown");
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(name, airlock_step_name(
							      (enum airlock_step)steps[j].number));
	}
}

/* a step that is added must be added above, or it shows here */
static void any_other_number_is_unknown(void **state)
{
	static const int far[] = { -1, -32, 1 << 16, 0x7fffffff, (int)0x80000000u };

	(void)state;
	for (int i = -1000; i < 1000; i++)
		if (!is_listed(i))
			assert_string_equal(airlock_step_name((enum airlock_step)i), "unknown");
	for (size_t i = 0; i < COUNT(far); i++)
		assert_string_equal(airlock_step_name((enum airlock_step)far[i]), "unknown");
}

static void names_are_words_for_logs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++)
		assert_int_equal(strspn(steps[i].name, "abcdefghijklmnopqrstuvwxyz-"),
				 strlen(steps[i].name));
}

static void the_version_is_that_of_the_header(void **state)
{
	char version[64];

	(void)state;
	snprintf(version, sizeof version, "%d.%d.%d", AIRLOCK_VERSION_MAJOR, AIRLOCK_VERSION_MINOR,
		 AIRLOCK_VERSION_PATCH);
	assert_string_equal(airlock_version(), version);
}

static void limits_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(airlock__limit_name(0), "RLIMIT_CPU");
	assert_string_equal(airlock__limit_name(4), "RLIMIT_CORE");
	assert_string_equal(airlock__limit_name(7), "RLIMIT_NOFILE");
	assert_string_equal(airlock__limit_name(15), "RLIMIT_RTTIME");
	for (unsigned i = 0; i < 16; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(airlock__limit_name(i), airlock__limit_name(j));
	assert_non_null(airlock__limit_name(16));
	assert_non_null(airlock__limit_name(~0u));
}

/* Messages */

static void fill(char *buf, size_t n, char c)
{
	memset(buf, c, n - 1);
	buf[n - 1] = '\0';
}

static void a_message_says_who_where_what_and_why(void **state)
{
	struct airlock_error e;

	(void)state;
	assert_int_equal(airlock__fail(&e, "auth", AIRLOCK_STEP_EXECVE, ENOENT, "%s/%d", "/nowhere",
				       7),
			 -ENOENT);
	assert_string_equal(e.message, "auth: execve: /nowhere/7: No such file or directory");
	assert_int_equal(e.step, AIRLOCK_STEP_EXECVE);
	assert_int_equal(e.code, ENOENT);
}

static void parts_that_are_not_there_leave_no_trace(void **state)
{
	struct airlock_error e;

	(void)state;
	airlock__fail(&e, NULL, AIRLOCK_STEP_CLONE, EAGAIN, "%s", "x");
	assert_string_equal(e.message, "clone: x: Resource temporarily unavailable");
	airlock__fail(&e, "n", AIRLOCK_STEP_CLONE, EAGAIN, "%s", "");
	assert_string_equal(e.message, "n: clone: Resource temporarily unavailable");
	airlock__fail(&e, NULL, AIRLOCK_STEP_CLONE, EAGAIN, "%s", "");
	assert_string_equal(e.message, "clone: Resource temporarily unavailable");
}

static void nobody_need_ask_for_the_message(void **state)
{
	(void)state;
	assert_int_equal(airlock__fail(NULL, "n", AIRLOCK_STEP_CLONE, ENOMEM, "%s", "x"), -ENOMEM);
	assert_int_equal(airlock__fail(NULL, NULL, AIRLOCK_STEP_NONE, 1, "%s", ""), -1);
}

static void a_long_part_is_cut_and_the_reason_stays(void **state)
{
	static char name[5000], what[5000];
	static const size_t lengths[] = { 2, 48, 49, 50, 110, 111, 112, 200, 256, 257, 5000 };
	struct {
		struct airlock_error e;
		unsigned char canary[16];
	} x;

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t j = 0; j < COUNT(lengths); j++) {
			size_t n;

			memset(&x, 0xee, sizeof x);
			fill(name, lengths[i], 'n');
			fill(what, lengths[j], 'w');
			airlock__fail(&x.e, name, AIRLOCK_STEP_NO_NEW_PRIVS, EOVERFLOW, "%s", what);
			n = strnlen(x.e.message, sizeof x.e.message);
			assert_in_range(n, 1, sizeof x.e.message - 1);
			assert_non_null(strstr(x.e.message, "n: no-new-privs: w"));
			assert_non_null(strstr(x.e.message,
					       ": "
					       "Value too large for defined data type"));
			assert_string_equal(x.e.message + n - 9, "data type");
			/* what was cut says so */
			assert_true((strstr(x.e.message, "w...:") != NULL) ==
				    (lengths[j] - 1 > 110));
			for (size_t k = 0; k < sizeof x.canary; k++)
				assert_int_equal(x.canary[k], 0xee);
		}
}

static void every_reason_fits(void **state)
{
	static char name[300], what[300];

	(void)state;
	fill(name, sizeof name, 'n');
	fill(what, sizeof what, 'w');
	for (int code = 1; code < 200; code++) {
		struct airlock_error e;

		airlock__fail(&e, name, AIRLOCK_STEP_NO_NEW_PRIVS, code, "%s", what);
		assert_int_equal(e.code, code);
		assert_true(strlen(e.message) < sizeof e.message - 1);
		/* libc's own word for a number that it does not know is as good as ours */
		if (!strstr(e.message, strerror(code)) && !strstr(strerror(code), "nknown"))
			fail_msg("%s: without %s", e.message, strerror(code));
	}
}

/* a name and a path are somebody else's words: no line of theirs may look like one of ours */
static void control_characters_do_not_reach_the_log(void **state)
{
	struct airlock_error e;
	char text[256 + 1];

	(void)state;
	for (int c = 1; c < 256; c++)
		text[c - 1] = (char)c;
	text[255] = '\0';
	for (int from = 0; from < 255; from += 40) {
		char name[32] = { 0 };

		memcpy(name, text + from, 255 - from < 31 ? (size_t)(255 - from) : 31);
		airlock__fail(&e, name, AIRLOCK_STEP_EXECVE, EACCES, "%.100s", text + from);
		for (const char *p = e.message; *p; p++)
			assert_false((unsigned char)*p < 0x20 || *p == 0x7f);
	}
	airlock__fail(&e, "a\nb", AIRLOCK_STEP_EXECVE, EACCES, "%s", "\033[2J\r\t\x7f");
	assert_string_equal(e.message, "a?b: execve: ?[2J???: Permission denied");
}

/* a name with letters beyond ASCII is still a name */
static void letters_of_any_language_stay(void **state)
{
	struct airlock_error e;

	(void)state;
	airlock__fail(&e, "h\xc3\xa9lp", AIRLOCK_STEP_EXECVE, EACCES, "%s", "");
	assert_string_equal(e.message, "h\xc3\xa9lp: execve: Permission denied");
}

static void p7_errno_stays(void **state)
{
	struct airlock_error e;

	(void)state;
	for (int code = 0; code < 5000; code += 7) {
		errno = 12345;
		airlock__fail(&e, "n", AIRLOCK_STEP_EXECVE, code, "%s", "x");
		airlock_step_name((enum airlock_step)code);
		airlock_version();
		if (errno != 12345)
			fail_msg("airlock__fail() of %d sets errno to %d", code, errno);
	}
}

/* Layout */

#define AT(type, field, offset) assert_int_equal(offsetof(struct type, field), offset)

static void the_public_structs_keep_their_layout(void **state)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;

	(void)state;
	if (sizeof(void *) != 8)
		SKIP("the numbers are those of 64 bits");
	assert_int_equal(sizeof(enum airlock_channel), 4);
	assert_int_equal(sizeof(enum airlock_step), 4);
	assert_int_equal(sizeof(struct airlock_fd), 8);
	AT(airlock_fd, from, 0);
	AT(airlock_fd, to, 4);
	assert_int_equal(sizeof(struct airlock_options), 88);
	AT(airlock_options, size, 0);
	AT(airlock_options, stderr_fd, 8);
	AT(airlock_options, channel, 12);
	AT(airlock_options, path, 16);
	AT(airlock_options, argv, 24);
	AT(airlock_options, envp, 32);
	AT(airlock_options, name, 40);
	AT(airlock_options, cwd, 48);
	AT(airlock_options, fds, 56);
	AT(airlock_options, nfds, 64);
	AT(airlock_options, seal, 72);
	AT(airlock_options, timeout_ms, 80);
	AT(airlock_options, flags, 84);
	assert_int_equal(sizeof(struct airlock_helper), 16);
	AT(airlock_helper, pid, 0);
	AT(airlock_helper, pidfd, 4);
	AT(airlock_helper, rfd, 8);
	AT(airlock_helper, wfd, 12);
	assert_int_equal(sizeof(struct airlock_error), 264);
	AT(airlock_error, step, 0);
	AT(airlock_error, code, 4);
	AT(airlock_error, message, 8);
	assert_int_equal(o.size, sizeof o);
	assert_int_equal(o.stderr_fd, -1);
}

static void the_public_numbers_stay(void **state)
{
	(void)state;
	assert_int_equal(AIRLOCK_NONE, 0);
	assert_int_equal(AIRLOCK_TCP, 1);
	assert_int_equal(AIRLOCK_UDP, 2);
	assert_int_equal(AIRLOCK_FIFO, 3);
	assert_int_equal(AIRLOCK_UNIX_STREAM, 4);
	assert_int_equal(AIRLOCK_UNIX_DGRAM, 5);
	assert_int_equal(AIRLOCK_UNIX_SEQPACKET, 6);
	assert_int_equal(IPC_NONE, 0);
	assert_int_equal(IPC_TCP_SOCKET, 1);
	assert_int_equal(IPC_UDP_SOCKET, 2);
	assert_int_equal(IPC_FIFO, 3);
	assert_int_equal(IPC_UNIX_STREAM, 4);
	assert_int_equal(IPC_UNIX_DGRAM, 5);
	assert_int_equal(IPC_STREAM, 4);
	assert_int_equal(IPC_DGRAM, 5);
	assert_int_equal(AIRLOCK_NEW_SESSION, 1);
	assert_int_equal(AIRLOCK_SEARCH_PATH, 2);
	assert_int_equal(AIRLOCK_DIE_WITH_PARENT, 4);
	assert_int_equal(AIRLOCK_PRIVATE_MEMORY, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_steps_are_fixed),
		cmocka_unit_test(each_step_has_a_name_of_its_own),
		cmocka_unit_test(any_other_number_is_unknown),
		cmocka_unit_test(names_are_words_for_logs),
		cmocka_unit_test(the_version_is_that_of_the_header),
		cmocka_unit_test(limits_have_their_names),
		cmocka_unit_test(a_message_says_who_where_what_and_why),
		cmocka_unit_test(parts_that_are_not_there_leave_no_trace),
		cmocka_unit_test(nobody_need_ask_for_the_message),
		cmocka_unit_test(a_long_part_is_cut_and_the_reason_stays),
		cmocka_unit_test(every_reason_fits),
		cmocka_unit_test(control_characters_do_not_reach_the_log),
		cmocka_unit_test(letters_of_any_language_stay),
		cmocka_unit_test(p7_errno_stays),
		cmocka_unit_test(the_public_structs_keep_their_layout),
		cmocka_unit_test(the_public_numbers_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
