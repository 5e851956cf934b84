/* SPDX-License-Identifier: ISC */
/*
 * scratch.c: see scratch.h.
 */
#define _GNU_SOURCE
#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi.h"
#include "landlock.h"
#include "report.h"

char scratch[64];

const char *in_scratch(const char *name)
{
	static char paths[16][256];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
	return path;
}

void put_file(const char *path, const void *text, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

void put_text(const char *path, const char *text, mode_t mode)
{
	put_file(path, text, strlen(text), mode);
}

char *get_file(const char *path, size_t *ret_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	text = malloc((size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(read(fd, text, (size_t)st.st_size), st.st_size);
	text[st.st_size] = '\0';
	close(fd);
	*ret_n = (size_t)st.st_size;
	return text;
}

void copy_program(const char *from, const char *to)
{
	size_t n;
	char *text = get_file(from, &n);

	put_file(to, text, n, 0755);
	free(text);
}

int set_up_scratch(void **state)
{
	char text[256];

	(void)state;
	/* what is looked up shall not depend on who runs the tests */
	setenv("PATH", "/usr/bin:/bin", 1);
	snprintf(scratch, sizeof scratch, "/tmp/airlock-landlock-XXXXXX");
	assert_non_null(mkdtemp(scratch));
	assert_int_equal(chmod(scratch, 0755), 0);
	assert_int_equal(mkdir(in_scratch("data"), 0755), 0);
	assert_int_equal(mkdir(in_scratch("data/sub"), 0755), 0);
	assert_int_equal(mkdir(in_scratch("other"), 0755), 0);
	assert_int_equal(mkdir(in_scratch("bin"), 0755), 0);
	put_text(in_scratch("data/file"), "text\n", 0644);
	put_text(in_scratch("data/sub/deep"), "text\n", 0644);
	put_text(in_scratch("other/target"), "text\n", 0644);
	assert_int_equal(symlink("../other/target", in_scratch("data/link")), 0);
	assert_int_equal(symlink("file", in_scratch("data/list")), 0);
	assert_int_equal(symlink("../data", in_scratch("other/folder")), 0);
	copy_program("/bin/true", in_scratch("bin/true"));
	assert_int_equal(symlink("true", in_scratch("bin/linked")), 0);
	snprintf(text, sizeof text, "#! %s\targument \n", in_scratch("bin/true"));
	put_text(in_scratch("bin/script"), text, 0755);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int tear_down_scratch(void **state)
{
	(void)state;
	return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Profiles and reports */

struct airlock_profile *profile_of(const char *const lines[][2], size_t n)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		if (airlock_profile_set(p, lines[i][0], lines[i][1], &e) < 0)
			fail_msg("%s=%s: %s", lines[i][0], lines[i][1], e.message);
	return p;
}
static const char *state_name(enum airlock_state s)
{
	static const char *const names[] = { "not asked", "enforced", "lost" };

	return names[s];
}

static size_t find_entry(const struct airlock_report *r, const char *name)
{
	for (size_t i = 0; i < airlock_report_count(r); i++)
		if (!strcmp(airlock_report_name(r, i), name))
			return i;
	fail_msg("the report has no %s", name);
	return 0;
}

/* `reason`: a part of it */
void must_say(const struct airlock_report *r, const char *name, enum airlock_state state,
	      const char *reason)
{
	size_t i = find_entry(r, name);
	const char *is = airlock_report_reason(r, i);

	if (airlock_report_state(r, i) != state || !strstr(is, reason) || (!*reason && *is))
		fail_msg("%s: %s, \"%s\" instead of %s, \"%s\"", name,
			 state_name(airlock_report_state(r, i)), is, state_name(state), reason);
}

void need_landlock(int abi)
{
	if (under_valgrind())
		SKIP("valgrind knows no Landlock");
	if (landlock_abi() < abi)
		SKIP("the kernel has Landlock's ABI %d, and %d is needed", landlock_abi(), abi);
}

/* The ruleset must come about without loss; the report is the caller's. */
int must_make(struct airlock_profile *p, struct airlock_report **ret_report)
{
	struct airlock_report *r = airlock__report_new();
	int fd = -1, e;

	assert_non_null(r);
	e = airlock__landlock_make(p, r, &fd);
	for (size_t i = 0; i < airlock_report_count(r); i++)
		if (e < 0 || airlock_report_state(r, i) == AIRLOCK_LOST)
			fail_msg("%s: %s", airlock_report_name(r, i), airlock_report_reason(r, i));
	assert_int_equal(e, 0);
	assert_int_equal(airlock__report_failure(r), 0);
	assert_true(fd > 2);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	if (ret_report)
		*ret_report = r;
	else
		airlock_report_free(r);
	return fd;
}

void restrict_self(int fd)
{
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(syscall(NR_RESTRICT_SELF, fd, 0), 0);
	close(fd);
}

/* Of this process, for ever. Frees the profile. */
void enforce(struct airlock_profile *p)
{
	restrict_self(must_make(p, NULL));
	airlock_profile_free(p);
}

/* It must fail so, in the calling process, and change nothing; frees the profile. */
void must_not_make(struct airlock_profile *p, int error, const char *name, const char *why)
{
	struct snapshot *s = snapshot_take();
	struct airlock_report *r = airlock__report_new();
	int fd = -7, e = airlock__landlock_make(p, r, &fd);

	assert_int_equal(e, error);
	assert_int_equal(fd, -7);
	must_say(r, name, AIRLOCK_LOST, why);
	airlock_report_free(r);
	assert_unchanged(s);
	airlock_profile_free(p);
}

/* What can be done: 0, or errno */

static int opened(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

int reading(const char *path)
{
	return opened(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

int writing(const char *path)
{
	return opened(open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK));
}

int listing(const char *path)
{
	return opened(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int truncating(const char *path)
{
	return truncate(path, 2) < 0 ? errno : 0;
}

int creating(const char *path)
{
	return opened(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
}

int making_folder(const char *path)
{
	return mkdir(path, 0755) < 0 ? errno : 0;
}

int making_fifo(const char *path)
{
	return mkfifo(path, 0600) < 0 ? errno : 0;
}

int making_link(const char *path)
{
	return symlink("nowhere", path) < 0 ? errno : 0;
}

int making_device(const char *path)
{
	return mknod(path, S_IFCHR | 0600, 1 << 8 | 3) < 0 ? errno : 0;
}

int making_socket(const char *path)
{
	return mknod(path, S_IFSOCK | 0600, 0) < 0 ? errno : 0;
}

int removing(const char *path)
{
	return remove(path) < 0 ? errno : 0;
}

int renaming(const char *from, const char *to)
{
	return rename(from, to) < 0 ? errno : 0;
}

/* The call is the device's own, not one that the kernel answers for any file. */
int device_ioctl(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), n = 0, r;

	if (fd < 0)
		return -1;
	r = ioctl(fd, TIOCGPTN, &n) < 0 ? errno : 0;
	close(fd);
	return r;
}

int executing(const char *path)
{
	pid_t pid = fork();
	int st = -1;

	if (pid == 0) {
		execv(path, ARGV(path));
		_exit(errno);
	}
	assert_int_equal(waitpid(pid, &st, 0), pid);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -st;
}

void must_be(int is, int want, const char *what, int line)
{
	if (is != want)
		fail_msg("line %d: %s: %s instead of %s", line, what, is ? strerror(is) : "allowed",
			 want ? strerror(want) : "allowed");
}
