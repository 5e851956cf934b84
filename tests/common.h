/* SPDX-License-Identifier: ISC */
/*
 * common.h: what the tests share: options by mode, snapshots of the caller, talk with helpers.
 *
 * AIRLOCK_TEST_MODE=private runs every spawn with AIRLOCK_PRIVATE_MEMORY, =sealed with a seal that is
 * made of a profile (options_for() sees to both). AIRLOCK_TEST_DIVISOR=N
 * divides the number of rounds, for checkers that are slow. AIRLOCK_TEST_FILTER=GLOB runs the tests
 * of that name alone.
 */
#ifndef AIRLOCK_TESTS_COMMON_H
#define AIRLOCK_TESTS_COMMON_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "airlock/airlock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What execve(2) wants, of string constants. */
#define ARGV(...) ((char **)(const char *const[]){ __VA_ARGS__, NULL })

/* A loud skip: the reason is printed, and counted by tests/run.sh. */
#define SKIP(...) \
	do { \
		print_message("SKIP %s: ", __func__); \
		print_message(__VA_ARGS__); \
		print_message("\n"); \
		skip(); \
	} while (0)

/* AIRLOCK_NONE to AIRLOCK_UNIX_SEQPACKET, and their names. */
#define NCHANNELS 7
const char *channel_name(enum airlock_channel c);
bool is_stream(enum airlock_channel c);		/* TCP, FIFO, unix stream: bytes, end of file */
bool has_eof(enum airlock_channel c);		/* those and seqpacket */

/* Mode */
bool private_mode(void);
bool sealed_mode(void);
bool under_valgrind(void);
int scaled(int n);				/* n / AIRLOCK_TEST_DIVISOR, at least 1 */
int affordable(int n);				/* that, or a tenth where each spawn copies what a sanitizer maps */

/* Absolute path of a program in tests/helpers, as built. Static storage, one a name. */
const char *helper_program(const char *name);

/*
 * Options for `argv` (argv[0] is the path of the program) with the mode's flags, stderr to the
 * caller's 2, a timeout of 10 s.
 */
struct airlock_options options_for(enum airlock_channel c, char *const argv[]);

/* airlock_spawn() that must succeed, else the test fails with the message. */
struct airlock_helper must_spawn(const struct airlock_options *o);

/* airlock_spawn() that must fail: returns the negative errno. P2 is checked around it. */
int must_fail(const struct airlock_options *o, struct airlock_error *ret_error);

/*
 * The caller before and after: descriptors (each with device, inode and flags), mappings' total
 * size, signal mask and dispositions, cwd, umask, limits, dumpable flag, and how many SIGCHLD came.
 * snapshot_take() also counts SIGCHLD from then on (unless the test has a handler of its own) and
 * makes sure that the reserve is in place. assert_unchanged() compares, and checks that there is no
 * child of any kind (P2, P7).
 */
struct snapshot;
struct snapshot *snapshot_take(void);
void assert_unchanged(struct snapshot *s);	/* frees it */
int sigchld_count(void);

/*
 * Run `body` in a forked child, which may ruin its descriptors, limits and signals as it likes; what
 * it asserts is this test's (and so is its SKIP). Its 1 and 2 are a log that is printed if it fails.
 */
void in_child(void (*run)(void *arg), void *arg);

/*
 * Filter the calls of this thread, of those it starts, and of all their children, for ever: `action`
 * is a SECCOMP_RET_* for call `nr` where (argument `arg`, its lower half, & mask) == bits. At most
 * 8 rules, the first that fits counts. false: this machine does not let us.
 */
struct call_rule {
	int nr, arg;
	uint32_t mask, bits, action;
};
bool filter_calls(const struct call_rule *rules, size_t n);

/*
 * Call `nr` of this thread and its children waits, for ever, for what is answered through the descriptor
 * that this returns, seccomp_unotify(2); closed, the call fails with ENOSYS. -1 with errno: it cannot be had.
 */
int listener_for(int nr);

/*
 * From now on a kill(2) of a pid of 0 or less, which would signal our whole group or every process of
 * the machine, ends this process by SIGSYS instead: before any test that might make a broken library
 * call that. false: it could not be had (nor under valgrind).
 */
bool guard_all_others(void);

/* Highest open descriptor, number of open descriptors, of this process. */
int count_fds(void);
int highest_fd(void);

/* Open `n` more descriptors (of /dev/null, no close-on-exec); returns how many there are now. */
int open_many(int n);
/* Close all that open_many() opened. */
void close_many(void);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t now_ms(void);

/* Wait for the descriptor up to `ms`; false: nothing came. */
bool readable(int fd, int ms);

/* Write all; fails the test if it cannot within 10 s. */
void put_all(int fd, const void *buf, size_t n);

/*
 * Read from the helper until end of file (or, where the channel has none, one datagram, and then
 * until nothing comes for 50 ms after the helper has ended). NUL-terminated, from malloc.
 */
char *read_all(const struct airlock_helper *h, enum airlock_channel c, size_t *ret_n);

/* Write one line or message and read the one that answers, within 10 s. Returns its length. */
size_t ask(const struct airlock_helper *h, const char *question, char *answer, size_t size);

/*
 * For threads and forked copies, where nothing may be asserted. spawn_cat(): as airlock_spawn(), of
 * `report cat`; with AIRLOCK_NONE two pipes are its 0 and 1, so that it echoes too. echoes(): a
 * text there and back, and not a byte more. end_cat(): SIGKILL, wait, close; false: not as it should.
 */
int spawn_cat(enum airlock_channel c, unsigned flags, struct airlock_helper *ret, struct airlock_error *ret_error);
bool echoes(const struct airlock_helper *h, const char *text);
bool end_cat(struct airlock_helper *h);

/* Stop it and check that it ended as it should: wstatus as waitpid(2) has it; -1: do not care. */
void must_stop(struct airlock_helper *h, int wstatus);

/*
 * The value of "KEY: VALUE" in what tests/helpers/report wrote, from malloc; NULL if it is not
 * there. See that file for the keys.
 */
char *report_value(const char *report, const char *key);

/* Run `report` through a spawn and return its text, from malloc. With AIRLOCK_NONE by a pipe at 9. */
char *report_of(struct airlock_options *o);

/* That value must be this one. */
void must_report(const char *report, const char *key, const char *want);

/* Which file, and with what flags, a descriptor is: one of this process, or of a report's helper. */
struct identity {
	unsigned long long dev, ino;
	unsigned flags;			/* F_GETFL */
};
struct identity identity_of(int fd);
struct identity identity_of_null(void);
struct identity helpers_fd(const char *report, int fd);
void must_be_same_file(struct identity is, struct identity want, int fd);

/* By raw calls, so that all 64 are meant but SIGKILL and SIGSTOP: for a forked child. */
void handle_all_signals(void);
void ignore_all_signals(void);
void block_all_signals(void);

/* Who we are. need_root() skips the test; have_capability(): in force. */
enum { NOBODY = 65534 };
void need_root(void);
bool have_capability(int cap);
void drop_capability(int cap);

/*
 * For a forked child: from now on the user nobody, without groups or capabilities. as_nobody() calls it
 * as such, as_both() once as who we are, and once as nobody.
 */
void become_nobody(void);
void as_nobody(void (*run)(void));
void as_both(void (*run)(void));

/*
 * A temporary folder; what temp_remove() removes, with what stands in it one level deep. temp_path():
 * from malloc. temp_file() makes or replaces a file in it; temp_count() counts.
 */
char *temp_folder(void);
char *temp_path(const char *folder, const char *name);
void temp_file(const char *folder, const char *name, const char *text, mode_t mode);
void temp_remove(char *folder);		/* frees it */
int temp_count(const char *folder);

#endif
