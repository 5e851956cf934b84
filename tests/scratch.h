/* SPDX-License-Identifier: ISC */
/*
 * scratch.h: a folder with files to try things on, profiles and rulesets for them, and the trying.
 */
#ifndef AIRLOCK_TESTS_SCRATCH_H
#define AIRLOCK_TESTS_SCRATCH_H

#include "common.h"

#include "airlock/sandbox.h"

enum { NR_OPENAT2 = 437, NR_CREATE_RULESET = 444, NR_ADD_RULE = 445, NR_RESTRICT_SELF = 446 };

/*
 * A folder in /tmp, set up anew for each test that is listed by SCRATCH_TEST(), and removed after it:
 *	data/file data/sub/deep data/link -> ../other/target data/list -> file
 *	other/target, other/folder -> ../data
 *	bin/true (a copy), bin/script -> #! bin/true, bin/linked -> true
 */
extern char scratch[64];
int set_up_scratch(void **state);
int tear_down_scratch(void **state);
#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_scratch, tear_down_scratch)

/* The path of a name in it. Good for the next 15 calls. */
const char *in_scratch(const char *name);
#define S(name) in_scratch(name)

/* Files, or the test fails. get_file(): from malloc, and a NUL after it. */
void put_file(const char *path, const void *text, size_t n, mode_t mode);
void put_text(const char *path, const char *text, mode_t mode);
char *get_file(const char *path, size_t *ret_n);
void copy_program(const char *from, const char *to);

/* A profile of lines { KEY, VALUE }, and its command, argv[0] first. */
struct airlock_profile *profile_of(const char *const lines[][2], size_t n);
#define PROFILE(...) \
	profile_of((const char *const[][2]){ __VA_ARGS__ }, \
		   sizeof((const char *const[][2]){ __VA_ARGS__ }) / sizeof(const char *[2]))

#define COMMAND(p, ...) \
	assert_int_equal(airlock_profile_command(p, ARGV(__VA_ARGS__)[0], ARGV(__VA_ARGS__)), 0)

/* The report has this entry; `reason`: a part of it; "": it is empty. */
void must_say(const struct airlock_report *r, const char *name, enum airlock_state state, const char *reason);

/* Skips the test where the kernel has not this ABI of Landlock. */
void need_landlock(int abi);

/*
 * A ruleset, which must come about without loss: above 2, close-on-exec. *ret_report may be NULL.
 */
int must_make(struct airlock_profile *p, struct airlock_report **ret_report);

/* The ruleset is for this process, for ever, and closed. enforce() makes it, and frees the profile. */
void restrict_self(int fd);
void enforce(struct airlock_profile *p);

/*
 * No ruleset may come about, with this error and this reason, and nothing of the calling process be
 * changed. Frees the profile.
 */
void must_not_make(struct airlock_profile *p, int error, const char *name, const char *why);

/* What can be done: 0, or errno. */
int reading(const char *path);
int writing(const char *path);
int listing(const char *path);
int truncating(const char *path);
int creating(const char *path);
int making_folder(const char *path);
int making_fifo(const char *path);
int making_link(const char *path);
int making_device(const char *path);
int making_socket(const char *path);
int removing(const char *path);
int renaming(const char *from, const char *to);

/* An ioctl(2) that only a pseudo-terminal answers, on its folder's own device; -1: it cannot be opened. */
int device_ioctl(const char *path);

/* In a forked copy, without arguments: 0: it ran and ended with 0. */
int executing(const char *path);

void must_be(int is, int want, const char *what, int line);
#define ALLOWED(what) must_be(what, 0, #what, __LINE__)
#define REFUSED(what) must_be(what, EACCES, #what, __LINE__)

/* One body a test, in a forked child */
#define CHILD_TEST(name, abi) \
	static void name##_body(void *arg); \
	static void name(void **state) \
	{ \
		(void)state; \
		need_landlock(abi); \
		in_child(name##_body, NULL); \
	} \
	static void name##_body(void *arg __attribute__((unused)))

#endif
