/* SPDX-License-Identifier: ISC */
/*
 * test_explain.c: which call a profile refuses, in words, and the line that makes it pass: of calls that are made
 * up, of this process's own memory and files, and of helpers under `airlock run --explain`. And who listens to
 * calls, where helper, stage or listener do not live as long as they should.
 */
#define _GNU_SOURCE
#include "common.h"
#include "command.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/filter.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "explain.h"
#include "profile.h"
#include "program.h"
#include "remedy.h"
#include "signatures.h"
#include "tracee.h"

/* A call of this thread, as if it asked */
static struct question asked(int nr, const uint64_t args[6])
{
	struct question q = { .pid = (pid_t)syscall(SYS_gettid) };

	q.data.arch = airlock__audit_arch;
	q.data.nr = nr;
	memcpy(q.data.args, args, sizeof q.data.args);
	return q;
}
#define ASKED(nr, ...) asked(nr, (const uint64_t[6]){ __VA_ARGS__ })
#define TEXT(s) (uint64_t)(uintptr_t)(s)

static int number(const char *name)
{
	int call = airlock__call_by_name(name, strlen(name));

	assert_true(call >= 0);
	return airlock__calls[call].nr;
}

/* Words */

static void must_read(struct question q, const char *want)
{
	char text[512];

	tracee_call(&q, text, sizeof text);
	assert_string_equal(text, want);
}

static void calls_are_shown_as_people_write_them(void **state)
{
	static const char evil[] = "a\"b\\c\n\x1b[31m\xc3\xa9";

	(void)state;
	must_read(ASKED(SYS_openat, (uint64_t)AT_FDCWD, TEXT("/etc/passwd"), O_RDONLY | O_CLOEXEC,
			7),
		  "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC)");
	must_read(ASKED(SYS_openat, 5, TEXT("x"), O_WRONLY | O_CREAT | O_TRUNC, 0644),
		  "openat(5, \"x\", O_WRONLY|O_CREAT|O_TRUNC, 0644)");
	must_read(ASKED(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		  "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)");
	must_read(ASKED(SYS_socket, 4242, 0, 0), "socket(0x1092, 0, 0)");
	must_read(ASKED(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0),
		  "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
	must_read(ASKED(SYS_kill, 12, SIGTERM), "kill(12, SIGTERM)");
	must_read(ASKED(SYS_ioctl, 0, TIOCGWINSZ, 0x1234), "ioctl(0, TIOCGWINSZ, 0x1234)");
	must_read(ASKED(SYS_unlinkat, (uint64_t)AT_FDCWD, TEXT(evil), AT_REMOVEDIR),
		  "unlinkat(AT_FDCWD, \"a\\\"b\\\\c\\n\\x1b[31m\\xc3\\xa9\", AT_REMOVEDIR)");
	/* what the high half holds of an int is nobody's business */
	must_read(ASKED(SYS_socket, 0xdead00000000ull | AF_UNIX, SOCK_DGRAM, 0),
		  "socket(AF_UNIX, SOCK_DGRAM, 0)");
	must_read(ASKED(SYS_getpid, 1, 2, 3), "getpid()");
}

static void calls_without_a_signature_are_shown_in_hex(void **state)
{
	struct question q = ASKED(4242, 1, 0x20, 0, 3);

	(void)state;
	assert_null(call_signature("swapon"));
	must_read(ASKED(number("swapon"), 0x10, 0, 0), "swapon(0x10)");
	must_read(q, "syscall_4242(0x1, 0x20, 0x0, 0x3)");
	q.data.arch ^= 1;
	q.data.nr = SYS_getpid;
	q.data.args[0] = q.data.args[1] = q.data.args[3] = 0;
	assert_int_equal(q.data.args[2], 0);
	{
		char text[512], want[64];

		tracee_call(&q, text, sizeof text);
		snprintf(want, sizeof want, "syscall_%d() of another architecture", SYS_getpid);
		assert_string_equal(text, want);
	}
}

static void addresses_of_sockets_are_shown(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/log" };

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	must_read(ASKED(SYS_connect, 3, TEXT(&in), sizeof in),
		  "connect(3, {AF_INET, 127.0.0.1, port 443}, 16)");
	must_read(ASKED(SYS_bind, 3, TEXT(&in6), sizeof in6),
		  "bind(3, {AF_INET6, ::1, port 80}, 28)");
	must_read(ASKED(SYS_connect, 3, TEXT(&un), sizeof un),
		  "connect(3, {AF_UNIX, \"/run/log\"}, 110)");
	memcpy(un.sun_path, "\0ab\nc", 5);
	must_read(ASKED(SYS_connect, 3, TEXT(&un), 2 + 5),
		  "connect(3, {AF_UNIX, \"\\0ab\\nc\"}, 7)");
	must_read(ASKED(SYS_connect, 3, TEXT(&un), 2), "connect(3, {AF_UNIX}, 2)");
	must_read(ASKED(SYS_connect, 3, TEXT(&in), 7), "connect(3, {AF_INET}, 7)");
	must_read(ASKED(SYS_connect, 3, TEXT(&in), 1), "connect(3, ?, 1)");
	must_read(ASKED(SYS_connect, 3, 0, 16), "connect(3, NULL, 16)");
}

/* Two pages, of which the second cannot be read */
static char *page_before_nothing(size_t *ret_page)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	assert_int_equal(munmap(at + page, page), 0);
	*ret_page = page;
	return at;
}

static void memory_is_read_as_far_as_it_goes(void **state)
{
	size_t page;
	char *at = page_before_nothing(&page), buf[64], *long_one = malloc(9000);
	pid_t me = getpid();

	(void)state;
	memcpy(at + page - 4, "abc", 4);
	assert_int_equal(tracee_string(me, TEXT(at + page - 4), buf, sizeof buf), 3);
	assert_string_equal(buf, "abc");
	/* no end before the page's */
	at[page - 1] = 'd';
	assert_int_equal(tracee_string(me, TEXT(at + page - 4), buf, sizeof buf), -EFAULT);
	assert_int_equal(tracee_read(me, TEXT(at + page - 4), buf, 10), 4);
	assert_int_equal(tracee_read(me, TEXT(at + page), buf, 10), -EFAULT);
	assert_int_equal(tracee_read(me, 0, buf, 10), -EFAULT);
	assert_int_equal(tracee_read(me, UINT64_MAX - 4, buf, 10), -EFAULT);
	assert_int_equal(tracee_string(me, UINT64_MAX, buf, sizeof buf), -EFAULT);
	/* longer than there is room, over pages, and just so long */
	memset(long_one, 'x', 9000);
	assert_int_equal(tracee_string(me, TEXT(long_one), buf, sizeof buf), -ENAMETOOLONG);
	long_one[63] = '\0';
	assert_int_equal(tracee_string(me, TEXT(long_one), buf, sizeof buf), 63);
	long_one[63] = 'x';
	long_one[8999] = '\0';
	{
		char *whole = malloc(9000);

		assert_int_equal(tracee_string(me, TEXT(long_one), whole, 9000), 8999);
		assert_memory_equal(whole, long_one, 9000);
		free(whole);
	}
	free(long_one);
	munmap(at, page);
}

static void strings_that_are_wrong_are_shown_as_such(void **state)
{
	size_t page;
	char *at = page_before_nothing(&page), long_one[4000], text[1024];
	struct question q;

	(void)state;
	memset(at, 'y', page);
	must_read(ASKED(SYS_chdir, TEXT(at + page - 3)), "chdir(?)");
	must_read(ASKED(SYS_chdir, 0), "chdir(NULL)");
	must_read(ASKED(SYS_chdir, 4), "chdir(?)");
	munmap(at, page);
	memset(long_one, 'z', sizeof long_one);
	q = ASKED(SYS_chdir, TEXT(long_one));
	tracee_call(&q, text, sizeof text);
	assert_int_equal(strlen(text), strlen("chdir(\"\"...)") + 160);
	assert_contains(text, "zzz\"...)");
}

static void what_is_shown_fits_and_is_printable_whatever_is_asked(void **state)
{
	unsigned char evil[512];
	char text[700];

	(void)state;
	srand(4);
	for (size_t i = 0; i < sizeof evil; i++)
		evil[i] = (unsigned char)rand();
	for (int round = 0; round < scaled(20000); round++) {
		size_t size = 1 + (size_t)rand() % (sizeof text - 1);
		struct question q = ASKED(rand() % 470);

		for (int i = 0; i < 6; i++)
			q.data.args[i] = rand() % 3   ? TEXT(evil + rand() % 500)
					 : rand() % 2 ? (uint64_t)rand() << (rand() % 40)
						      : (uint64_t)rand() % 200;
		memset(text, 0x7f, sizeof text);
		tracee_call(&q, text, size);
		assert_true(memchr(text, '\0', size) != NULL);
		for (const char *c = text; *c; c++)
			assert_true(*c >= 0x20 && *c < 0x7f);
		assert_int_equal(text[size], 0x7f);
	}
}

static int print_wrong(const char *call, size_t arg)
{
	print_message("%s: argument %zu is of 32 bits\n", call, arg);
	return 1;
}

/* each letter is known, and there are no more than six */
static void signatures_are_of_calls_and_of_known_kinds(void **state)
{
	char names[512];
	int wrong = 0;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < airlock__ncalls; i++) {
		const char *s = call_signature(airlock__calls[i].name);

		if (!s)
			continue;
		n++;
		assert_true(strlen(s) <= 6);
		for (const char *k = s; *k; k++)
			assert_true(strchr("sdfiulzmpax", *k) != NULL ||
				    value_names(*k, 1, names, sizeof names));
		/* the kernel's view of their widths is the call table's */
		for (size_t a = 0; s[a]; a++)
			if (strchr("splz", s[a]) && airlock__calls[i].narrow >> a & 1)
				wrong += print_wrong(airlock__calls[i].name, a);
	}
	/* those of a table that is out of order are not found */
	assert_true(n >= 220);
	assert_int_equal(wrong, 0);
}

/* Files */

static struct {
	char *folder;
	int dir;
} here;

static int set_up(void **state)
{
	(void)state;
	here.folder = temp_folder();
	temp_file(here.folder, "file", "text\n", 0644);
	temp_file(here.folder, "script", "#!/bin/sh\n", 0755);
	here.dir = open(here.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(here.dir >= 0);
	assert_int_equal(symlinkat("file", here.dir, "link"), 0);
	assert_int_equal(symlinkat("link", here.dir, "again"), 0);
	assert_int_equal(symlinkat("sub/new", here.dir, "dangling"), 0);
	assert_int_equal(mkdirat(here.dir, "sub", 0755), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(here.dir);
	temp_remove(here.folder);
	return 0;
}

static const char *const kinds[] = { "read", "write", "exec", "bind", "connect" };

/* "read F/file, write F/": F is the folder, a folder ends in a slash */
static void must_want(struct question q, const char *want)
{
	struct want wants[MAX_WANTS];
	char text[1024] = "";
	int fds = count_fds(), n = tracee_wants(&q, wants);
	size_t used = 0, len = strlen(here.folder);

	assert_true(n >= 0);
	assert_int_equal(count_fds(), fds);
	for (int i = 0; i < n; i++) {
		const char *path = wants[i].path;
		bool inside = path && !strncmp(path, here.folder, len);

		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s ", used ? ", " : "",
					 kinds[wants[i].kind]);
		if (!path)
			used += (size_t)snprintf(text + used, sizeof text - used, "%u",
						 wants[i].port);
		else
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s",
						 inside ? "F" : "", inside ? path + len : path,
						 wants[i].is_folder ? "/" : "");
	}
	tracee_wants_free(wants, n);
	assert_string_equal(text, want);
}

static struct question opening(const char *name, int flags)
{
	return ASKED(SYS_openat, (uint64_t)here.dir, TEXT(name), (uint64_t)flags, 0644);
}

static void opening_wants_what_the_kernel_will_judge(void **state)
{
	char *absolute = temp_path(here.folder, "sub/../link");

	(void)state;
	must_want(opening("file", O_RDONLY), "read F/file");
	must_want(opening("again", O_WRONLY), "write F/file");
	must_want(opening("link", O_RDWR), "read F/file, write F/file");
	must_want(opening("file", O_RDONLY | O_TRUNC), "read F/file, write F/file");
	must_want(opening("file", O_WRONLY | O_CREAT), "write F/file");
	must_want(opening(".", O_RDONLY | O_DIRECTORY), "read F/");
	must_want(opening("sub/..", O_RDONLY), "read F/");
	must_want(opening(absolute, O_RDONLY), "read F/file");
	must_want(opening(".", O_RDWR | O_TMPFILE), "read F/, write F/");
	/* these fail of themselves, or are not judged */
	must_want(opening("file", O_PATH), "");
	must_want(opening("link", O_RDONLY | O_NOFOLLOW), "");
	must_want(opening("none", O_RDONLY), "");
	must_want(opening("file", O_WRONLY | O_CREAT | O_EXCL), "");
	must_want(opening("sub", O_WRONLY), "");
	must_want(opening("", O_RDONLY), "");
	must_want(opening("file", O_ACCMODE), "");
	must_want(ASKED(SYS_openat, (uint64_t)here.dir, 4, O_RDONLY), "");
	must_want(ASKED(SYS_openat, 999, TEXT("file"), O_RDONLY), "");
	free(absolute);
}

static void files_that_are_to_be_made_want_their_folder(void **state)
{
	(void)state;
	must_want(opening("new", O_WRONLY | O_CREAT), "write F/");
	must_want(opening("new", O_RDWR | O_CREAT | O_EXCL), "read F/, write F/");
	must_want(opening("sub/new", O_WRONLY | O_CREAT), "write F/sub/");
	/* where a link leads to nothing, the file is made there, unless it must be a new one */
	must_want(opening("dangling", O_WRONLY | O_CREAT), "write F/sub/");
	must_want(opening("dangling", O_WRONLY | O_CREAT | O_EXCL), "");
	must_want(opening("none/new", O_WRONLY | O_CREAT), "");
	must_want(ASKED(SYS_unlinkat, (uint64_t)here.dir, TEXT("link"), 0), "write F/");
	must_want(ASKED(SYS_unlinkat, (uint64_t)here.dir, TEXT("none"), 0), "");
	must_want(ASKED(SYS_unlinkat, (uint64_t)here.dir, TEXT("sub/"), AT_REMOVEDIR), "write F/");
	must_want(ASKED(SYS_mkdirat, (uint64_t)here.dir, TEXT("sub/d"), 0755), "write F/sub/");
	must_want(ASKED(SYS_mkdirat, (uint64_t)here.dir, TEXT("sub"), 0755), "");
	must_want(ASKED(SYS_symlinkat, TEXT("to"), (uint64_t)here.dir, TEXT("l")), "write F/");
	must_want(ASKED(SYS_mknodat, (uint64_t)here.dir, TEXT("fifo"), S_IFIFO, 0), "write F/");
	must_want(ASKED(SYS_renameat2, (uint64_t)here.dir, TEXT("file"), (uint64_t)here.dir,
			TEXT("sub/to"), 0),
		  "write F/, write F/sub/");
	must_want(ASKED(SYS_renameat2, (uint64_t)here.dir, TEXT("file"), (uint64_t)here.dir,
			TEXT("link"), 0),
		  "write F/");
	must_want(ASKED(SYS_linkat, (uint64_t)here.dir, TEXT("file"), (uint64_t)here.dir, TEXT("b"),
			0),
		  "write F/");
}

static struct question renaming(const char *from, const char *to, unsigned flags)
{
	return ASKED(SYS_renameat2, (uint64_t)here.dir, TEXT(from), (uint64_t)here.dir, TEXT(to),
		     flags);
}

/* What fails before Landlock or of itself would widen a profile that is learned of it. */
static void calls_that_must_fail_want_nothing(void **state)
{
	static const char *const no_names[] = { "/", "//", ".", "..", "sub/.", "sub/..", "" };
	const uint64_t dir = (uint64_t)here.dir;

	(void)state;
	for (size_t i = 0; i < COUNT(no_names); i++) {
		must_want(ASKED(SYS_unlinkat, dir, TEXT(no_names[i]), 0), "");
		must_want(ASKED(SYS_unlinkat, dir, TEXT(no_names[i]), AT_REMOVEDIR), "");
		must_want(ASKED(SYS_mkdirat, dir, TEXT(no_names[i]), 0755), "");
		must_want(renaming("file", no_names[i], 0), "");
		must_want(renaming(no_names[i], "new", 0), "");
		must_want(ASKED(SYS_linkat, dir, TEXT("file"), dir, TEXT(no_names[i]), 0), "");
	}
	must_want(ASKED(SYS_unlinkat, dir, TEXT("sub"), 0), "");
	must_want(ASKED(SYS_unlinkat, dir, TEXT("file"), AT_REMOVEDIR), "");
	must_want(ASKED(SYS_unlinkat, dir, TEXT("sub"), AT_REMOVEDIR), "write F/");
	/* the source is not there */
	must_want(renaming("none", "sub/new", 0), "");
	must_want(ASKED(SYS_linkat, dir, TEXT("none"), dir, TEXT("sub/new"), 0), "");
	must_want(ASKED(SYS_linkat, dir, TEXT(""), dir, TEXT("sub/new"), 0), "");
	must_want(ASKED(SYS_linkat, dir, TEXT("file"), dir, TEXT("link"), 0), "");
	/* a folder into itself, and over what it is in, or over another kind of thing */
	must_want(renaming("sub", "sub/new", 0), "");
	must_want(renaming("sub/..", "sub/new", 0), "");
	must_want(renaming("sub", "file", 0), "");
	must_want(renaming("file", "sub", 0), "");
	must_want(renaming("file", "sub", RENAME_EXCHANGE), "write F/");
	must_want(renaming("file", "link", RENAME_NOREPLACE), "");
	must_want(renaming("file", "new", RENAME_EXCHANGE), "");
	must_want(renaming("file", "new", RENAME_NOREPLACE), "write F/");
	must_want(renaming("sub", "new/", 0), "write F/");
	must_want(renaming("file", "new/", 0), "");
	/* no file has such a name */
	must_want(opening("new/", O_WRONLY | O_CREAT), "");
	must_want(opening("sub/", O_RDONLY | O_CREAT), "");
	must_want(opening("sub", O_RDONLY | O_CREAT), "");
	must_want(opening("file", O_RDONLY | O_DIRECTORY), "");
	must_want(ASKED(SYS_mknodat, dir, TEXT("new/"), S_IFIFO, 0), "");
	must_want(ASKED(SYS_symlinkat, TEXT("to"), dir, TEXT("new/")), "");
	must_want(ASKED(SYS_mkdirat, dir, TEXT("new/"), 0755), "write F/");
}

static struct want only_want(struct question q)
{
	struct want wants[MAX_WANTS];

	assert_int_equal(tracee_wants(&q, wants), 1);
	free(wants[0].path);
	wants[0].path = NULL;
	return wants[0];
}

static void what_is_listed_and_what_is_its_own_is_marked(void **state)
{
	char path[64];

	(void)state;
	assert_true(only_want(opening("sub", O_RDONLY | O_DIRECTORY)).is_listed);
	assert_true(only_want(opening("sub", O_RDONLY)).is_listed);
	assert_false(only_want(opening("file", O_RDONLY)).is_listed);
	assert_false(only_want(opening("new", O_WRONLY | O_CREAT)).is_listed);
	assert_true(only_want(opening("/proc/self/maps", O_RDONLY)).is_own);
	assert_true(only_want(opening("/proc/thread-self/comm", O_RDONLY)).is_own);
	assert_true(only_want(opening("/proc/self", O_RDONLY)).is_own);
	snprintf(path, sizeof path, "/proc/%d/stat", (int)getppid());
	assert_false(only_want(opening(path, O_RDONLY)).is_own);
	assert_false(only_want(opening("/proc/cpuinfo", O_RDONLY)).is_own);
	assert_false(only_want(opening("file", O_RDONLY)).is_own);
}

/* Asks about a process that does not let itself be read: what tracee_wants() says. */
static int wants_of_hidden(struct question q)
{
	int ready[2], wstatus;
	pid_t asker;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	q.pid = fork();
	assert_true(q.pid >= 0);
	if (q.pid == 0) {
		prctl(PR_SET_DUMPABLE, 0);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	asker = fork();
	assert_true(asker >= 0);
	if (asker == 0) {
		struct want wants[MAX_WANTS];

		/* root may read it all the same */
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(99);
		_exit(-tracee_wants(&q, wants));
	}
	assert_int_equal(waitpid(asker, &wstatus, 0), asker);
	kill(q.pid, SIGKILL);
	waitpid(q.pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	assert_true(WIFEXITED(wstatus));
	return -WEXITSTATUS(wstatus);
}

static void what_cannot_be_seen_is_no_nothing(void **state)
{
	struct question q = opening("file", O_RDONLY);

	(void)state;
	assert_int_equal(wants_of_hidden(q), -EACCES);
	/* nor what a process wants that has no number here */
	q.pid = 0;
	assert_int_equal(tracee_wants(&q, (struct want[MAX_WANTS]){ { 0 } }), -EACCES);
	/* a call that has to do with no file */
	assert_int_equal(wants_of_hidden(ASKED(SYS_getpid, 0)), 0);
}

static void openat2_is_looked_up_as_it_says(void **state)
{
	struct open_how how = { .flags = O_RDWR };
	struct question q =
		ASKED(SYS_openat2, (uint64_t)here.dir, TEXT("link"), TEXT(&how), sizeof how);

	(void)state;
	must_want(q, "read F/file, write F/file");
	how.resolve = RESOLVE_IN_ROOT;
	q.data.args[1] = TEXT("/../link");
	must_want(q, "read F/file, write F/file");
	how.resolve = RESOLVE_BENEATH;
	must_want(q, "");
	q.data.args[2] = 16;
	must_want(q, "");
}

static void names_of_ones_own_are_those_of_the_process_that_asks(void **state)
{
	char own[64], by_fd[64], want[128];
	int fd = openat(here.dir, "file", O_RDONLY | O_CLOEXEC), p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	snprintf(by_fd, sizeof by_fd, "/proc/self/fd/%d", fd);
	must_want(opening(by_fd, O_RDONLY), "read F/file");
	snprintf(by_fd, sizeof by_fd, "/dev/fd/%d", fd);
	must_want(opening(by_fd, O_RDONLY), "read F/file");
	snprintf(by_fd, sizeof by_fd, "/dev/fd/%d", p[0]);
	must_want(opening(by_fd, O_RDONLY), "");
	snprintf(own, sizeof own, "read /proc/%d/status", (int)getpid());
	must_want(opening("/proc/self/status", O_RDONLY), own);
	/* of another process: not ours, which looks it up */
	{
		struct question q = opening("/proc/self/status", O_RDONLY);
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			pause();
			_exit(0);
		}
		q.pid = pid;
		snprintf(want, sizeof want, "read /proc/%d/status", (int)pid);
		must_want(q, want);
		q.data.args[1] = TEXT("/dev/fd/../status");
		must_want(q, want);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		/* and of one that is gone, nothing */
		must_want(q, "");
	}
	close(fd);
	close(p[0]);
	close(p[1]);
}

static void programs_want_what_starts_them(void **state)
{
	char *script = temp_path(here.folder, "script"), text[1024] = "";
	struct question q = ASKED(SYS_execve, TEXT(script), 0, 0);
	struct want wants[MAX_WANTS];
	int n = tracee_wants(&q, wants);

	(void)state;
	assert_true(n >= 2);
	for (int i = 0; i < n; i++) {
		assert_int_equal(wants[i].kind, WANT_EXEC);
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", wants[i].path);
	}
	assert_contains(text, script);
	/* sh, and its loader unless it is static */
	assert_contains(text, "sh ");
	tracee_wants_free(wants, n);
	q = ASKED(SYS_execveat, (uint64_t)here.dir, TEXT("file"), 0, 0, 0);
	must_want(q, "exec F/file");
	free(script);
}

static void sockets_want_ports_if_they_are_tcp(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_true(tcp >= 0 && udp >= 0);
	snprintf(un.sun_path, sizeof un.sun_path, "%s/socket", here.folder);
	must_want(ASKED(SYS_connect, (uint64_t)tcp, TEXT(&in), sizeof in), "connect 443");
	must_want(ASKED(SYS_bind, (uint64_t)tcp, TEXT(&in6), sizeof in6), "bind 80");
	must_want(ASKED(SYS_connect, (uint64_t)udp, TEXT(&in), sizeof in), "");
	must_want(ASKED(SYS_connect, (uint64_t)tcp, TEXT(&none), sizeof none), "");
	must_want(ASKED(SYS_connect, (uint64_t)tcp, TEXT(&un), sizeof un), "");
	/* a name in the file system is made */
	must_want(ASKED(SYS_bind, (uint64_t)tcp, TEXT(&un), sizeof un), "write F/");
	un.sun_path[0] = '\0';
	must_want(ASKED(SYS_bind, (uint64_t)tcp, TEXT(&un), sizeof un), "");
	must_want(ASKED(SYS_bind, (uint64_t)tcp, TEXT(&in), 1), "");
	close(tcp);
	close(udp);
}

/* its memory is this one's copy: what is written there reads the same */
static void names_are_looked_up_beneath_the_root_of_the_process(void **state)
{
	struct question in_root, in_cwd, out;
	int p[2];
	char byte;
	pid_t pid;

	(void)state;
	need_root();
	assert_int_equal(symlinkat("/file", here.dir, "sub/up"), 0);
	in_root = ASKED(SYS_openat, (uint64_t)AT_FDCWD, TEXT("/sub/up"), O_RDONLY);
	in_cwd = ASKED(SYS_openat, (uint64_t)AT_FDCWD, TEXT("up"), O_RDONLY);
	out = ASKED(SYS_openat, (uint64_t)AT_FDCWD, TEXT("/etc/passwd"), O_RDONLY);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (chroot(here.folder) == 0 && chdir("/sub") == 0)
			(void)!write(p[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(p[0], &byte, 1), 1);
	in_root.pid = in_cwd.pid = out.pid = pid;
	must_want(in_root, "read /file");
	must_want(in_cwd, "read /file");
	must_want(out, "");
	in_cwd.data.args[1] = TEXT("../../../sub/new");
	in_cwd.data.args[2] = O_WRONLY | O_CREAT;
	must_want(in_cwd, "write /sub/");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(p[0]);
	close(p[1]);
	unlinkat(here.dir, "sub/up", 0);
}

/* Lines */

static struct airlock_profile *profile_of(const char *text)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e;

	assert_non_null(p);
	if (airlock_profile_parse(p, text, strlen(text), &e) < 0)
		fail_msg("%s:%u: %s", e.source, e.line, e.message);
	return p;
}

/* Adds "A=B and C=D" */
static void add_lines(struct airlock_profile *p, const char *lines)
{
	struct airlock_profile_error e;
	char *copy = strdup(lines), *line = copy, *next;

	for (; line; line = next) {
		next = strstr(line, " and ");
		if (next) {
			*next = '\0';
			next += strlen(" and ");
		}
		*strchr(line, '=') = '\0';
		if (airlock_profile_set(p, line, line + strlen(line) + 1, &e) < 0)
			fail_msg("%s: %s", lines, e.message);
	}
	free(copy);
}

/* The call is refused, these lines are what is said, and with them it passes. */
static void must_help(const char *profile, struct question q, const char *lines)
{
	struct airlock_profile *p = profile_of(profile);
	char said[1024];

	assert_false(answer_passes(profile_answer(p, &q)));
	explain_line(p, &q, said, sizeof said);
	assert_string_equal(said, lines);
	if (*said) {
		add_lines(p, said);
		assert_true(answer_passes(profile_answer(p, &q)));
	}
	airlock_profile_free(p);
}

static void lists_are_opened_by_the_name_of_the_call(void **state)
{
	struct question q = ASKED(SYS_socket, AF_INET, SOCK_STREAM, 0);

	(void)state;
	must_help("SystemCallFilter=read", q, "SystemCallFilter=socket");
	must_help("SystemCallFilter=read\nSystemCallErrorNumber=EPERM", q,
		  "SystemCallFilter=socket");
	must_help("SystemCallFilter=~@network-io", q, "SystemCallFilter=socket");
	must_help("SystemCallFilter=socket:EACCES", q, "SystemCallFilter=socket");
	must_help("SystemCallFilter=~socket:0", q, "SystemCallFilter=socket");
	must_help("SystemCallFilter=read", ASKED(SYS_clone3, 0, 0), "SystemCallFilter=clone3");
	must_help("SystemCallFilter=@known", ASKED(number("io_uring_setup"), 1, 0),
		  "SystemCallFilter=io_uring_setup");
	must_help("Include=filter", ASKED(SYS_kill, 1, 0), "SystemCallFilter=kill");
}

static void rules_that_do_not_hold_get_one_that_does(void **state)
{
	const char *profile = "SystemCallRule=ioctl: arg1 == FIONREAD; return ENOTTY\n";

	(void)state;
	must_help(profile, ASKED(SYS_ioctl, 5, TIOCGWINSZ, 0x7ffe1234),
		  "SystemCallRule=ioctl: arg1 == TIOCGWINSZ; return ENOTTY");
	must_help(profile, ASKED(SYS_ioctl, 5, 0x123456, 0),
		  "SystemCallRule=ioctl: arg1 == 0x123456; return ENOTTY");
	must_help("SystemCallRule=socket: arg0 == AF_UNIX && arg1 in 0xff\n",
		  ASKED(SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 17),
		  "SystemCallRule=socket: arg0 == AF_INET6 && arg1 == SOCK_DGRAM|SOCK_CLOEXEC");
	/* the kernel reads an int */
	must_help("SystemCallRule=socket: arg0 == AF_UNIX; return kill\n",
		  ASKED(SYS_socket, 0xffff00000000ull | AF_INET, 0, 0),
		  "SystemCallRule=socket: arg0 == AF_INET; return kill");
	/* an address is not the same the next time */
	must_help("Include=filter", ASKED(SYS_prlimit64, 0, 7, 0x7ffe0000, 0),
		  "SystemCallRule=prlimit64: arg0 == 0 && arg2 != 0; return EPERM");
	must_help("Include=filter", ASKED(SYS_prlimit64, 77, 7, 0, 0),
		  "SystemCallRule=prlimit64: arg0 == 77 && arg2 == 0; return EPERM");
	must_help("SystemCallRule=getpid: return EPERM", ASKED(SYS_getpid),
		  "SystemCallRule=getpid: 1");
	must_help("Include=filter",
		  ASKED(SYS_openat, (uint64_t)AT_FDCWD, 0x1000, O_RDONLY | O_TRUNC | O_CLOEXEC, 0),
		  "SystemCallRule=openat: arg2 == O_RDONLY|O_TRUNC|O_CLOEXEC; return EACCES");
#if !defined(__aarch64__)
	/* a flag for which a C library's headers may have 0 */
	must_help("SystemCallRule=openat: arg2 == 0", ASKED(SYS_openat, 3, 0x1000, 0100001, 0),
		  "SystemCallRule=openat: arg2 == O_WRONLY|O_LARGEFILE");
#endif
}

static void restrictions_are_lifted_by_as_little_as_does(void **state)
{
	(void)state;
	must_help("RestrictAddressFamilies=AF_UNIX", ASKED(SYS_socket, AF_INET, 1, 0),
		  "RestrictAddressFamilies=AF_INET");
	must_help("RestrictAddressFamilies=none", ASKED(SYS_socket, AF_INET, 1, 0),
		  "RestrictAddressFamilies=AF_INET");
	must_help("RestrictAddressFamilies=~AF_INET AF_NETLINK", ASKED(SYS_socket, AF_INET, 1, 0),
		  "RestrictAddressFamilies=AF_INET");
	must_help("RestrictAddressFamilies=AF_UNIX", ASKED(SYS_socket, 4000, 1, 0),
		  "RestrictAddressFamilies=");
	must_help("RestrictAddressFamilies=AF_UNIX", ASKED(number("io_uring_setup"), 1, 0),
		  "RestrictAddressFamilies=");
	must_help("RestrictNamespaces=yes", ASKED(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNET),
		  "RestrictNamespaces=net user");
	must_help("RestrictNamespaces=~user", ASKED(SYS_clone, CLONE_NEWUSER | SIGCHLD),
		  "RestrictNamespaces=user");
	must_help("RestrictNamespaces=yes", ASKED(SYS_clone3, 0, 0), "RestrictNamespaces=no");
	must_help("RestrictNamespaces=yes", ASKED(SYS_setns, 3, 0), "RestrictNamespaces=no");
	must_help("RestrictRealtime=yes", ASKED(SYS_sched_setscheduler, 0, SCHED_FIFO, 0),
		  "RestrictRealtime=no");
	must_help("RestrictSUIDSGID=yes", ASKED(SYS_fchmod, 3, 04755), "RestrictSUIDSGID=no");
	must_help("MemoryDenyWriteExecute=yes", ASKED(SYS_mprotect, 0x1000, 4096, PROT_EXEC),
		  "MemoryDenyWriteExecute=no");
	must_help("LockPersonality=yes", ASKED(SYS_personality, 0x0008000), "LockPersonality=no");
	must_help("LockPersonality=yes\nMemoryDenyWriteExecute=yes",
		  ASKED(SYS_personality, READ_IMPLIES_EXEC),
		  "LockPersonality=no and MemoryDenyWriteExecute=no");
	must_help("ConnectTCP=80", ASKED(SYS_socket, AF_INET, SOCK_STREAM, 262), "ConnectTCP=");
	must_help("ConnectTCP=80\nBindTCP=none", ASKED(SYS_socket, AF_INET, SOCK_STREAM, 262),
		  "ConnectTCP= and BindTCP=");
}

static void several_refusals_of_one_call_are_lifted_together(void **state)
{
	(void)state;
	must_help("SystemCallFilter=@start\nRestrictAddressFamilies=none\nRestrictNamespaces=yes",
		  ASKED(SYS_socket, AF_INET, SOCK_STREAM, 0),
		  "SystemCallFilter=socket and RestrictAddressFamilies=AF_INET");
	must_help("SystemCallBaseline=4.0\nSystemCallFilter=read", ASKED(SYS_statx, 0, 0, 0, 0, 0),
		  "SystemCallBaseline=4.11 and SystemCallFilter=statx");
}

static void the_second_exec_is_lifted_by_its_key(void **state)
{
	(void)state;
	must_help("", ASKED(SYS_execve, 0, 0, 0), "ExecOnce=no");
	must_help("", ASKED(SYS_execveat, 3, 0, 0, 0, 0), "ExecOnce=no");
	must_help("Include=filter", ASKED(SYS_execve, 0, 0, 0), "ExecOnce=no");
	/* without the one exec a profile that refuses execve is none */
	must_help("SystemCallFilter=~execve", ASKED(SYS_execve, 0, 0, 0),
		  "ExecOnce=no and SystemCallFilter=execve");
	must_help("SystemCallFilter=read", ASKED(SYS_execveat, 3, 0, 0, 0, 0),
		  "ExecOnce=no and SystemCallFilter=execveat");
	must_help("SystemCallFilter=~execve execveat", ASKED(SYS_execveat, 3, 0, 0, 0, 0),
		  "ExecOnce=no and SystemCallFilter=execveat and SystemCallFilter=execve");
}

static void what_no_line_allows_gets_none(void **state)
{
	struct question q = ASKED(SYS_getpid);

	(void)state;
	must_help("", ASKED(4242), "");
	q.data.arch ^= 1;
	must_help("", q, "");
}

/* whatever the builtins refuse, what is said of it is so */
static void lines_for_every_call_that_a_builtin_refuses_make_it_pass(void **state)
{
	static const uint64_t patterns[][6] = {
		{ 0 },
		{ 2, 0x7e020003, 0x28000805, 1, 0xffffffff, 7 },
		{ 0x7ffe0000, 0x5413, 04755, 0x20000040, 3, 5 },
	};
	char lines[1024];

	(void)state;
	for (size_t b = 0; airlock_profile_builtin_name(b); b++)
		for (size_t i = 0; i < airlock__ncalls; i += (size_t)(20 / scaled(20)))
			for (size_t k = 0; airlock__calls[i].nr >= 0 && k < COUNT(patterns); k++) {
				struct airlock_profile *p = airlock_profile_new();
				struct question q = asked(airlock__calls[i].nr, patterns[k]);

				assert_int_equal(airlock_profile_builtin(
							 p, airlock_profile_builtin_name(b), NULL),
						 0);
				if (!answer_passes(profile_answer(p, &q))) {
					explain_line(p, &q, lines, sizeof lines);
					assert_true(*lines);
					add_lines(p, lines);
					if (!answer_passes(profile_answer(p, &q)))
						fail_msg("%s: %s", airlock__calls[i].name, lines);
				}
				airlock_profile_free(p);
			}
}

/* Whole runs */

static void can_listen_body(void *arg)
{
	(void)arg;
	if (listener_for(SYS_acct) < 0)
		SKIP("this machine lets us have no listener: %s", strerror(errno));
}

#define NEED_LISTENER() in_child(can_listen_body, NULL)

static bool has_landlock(int abi)
{
	return syscall(444, NULL, 0, 1) >= abi;
}

#define NEED_LANDLOCK(abi) \
	do { \
		if (!has_landlock(abi)) \
			SKIP("no Landlock of ABI %d here", abi); \
	} while (0)

static char step[8][128];

/* "41:2:1:0": a step of the helper `calls` */
static const char *do_call(int slot, long nr, long a, long b, long c)
{
	snprintf(step[slot], sizeof *step, "%ld:%ld:%ld:%ld", nr, a, b, c);
	return step[slot];
}

#define EXPLAIN(...) RAN(NULL, "airlock", "run", "--explain", "--profile", "none", __VA_ARGS__)
#define CALLS helper_program("calls")

static void a_call_that_kills_is_named_with_its_line(void **state)
{
	const char *socket_call = do_call(0, SYS_socket, AF_INET, SOCK_STREAM, 0);
	struct ran r;

	(void)state;
	NEED_LISTENER();
	r = EXPLAIN("-p", "SystemCallFilter=~socket", CALLS, do_call(1, SYS_getppid, 0, 0, 0),
		    socket_call, do_call(2, SYS_getppid, 0, 0, 0));
	assert_int_equal(r.code, 128 + SIGSYS);
	assert_contains(r.err, "airlock: explain: calls[");
	assert_contains(r.err,
			"]: socket(AF_INET, SOCK_STREAM, 0) is refused (killed by SIGSYS); to "
			"allow it: SystemCallFilter=socket\n");
	/* what came before it was done, and nothing after it was */
	assert_true(strchr(r.out, '\n') != NULL);
	assert_string_equal(strchr(r.out, '\n'), "\n");
	command_free(&r);
	r = EXPLAIN("-p", "SystemCallFilter=~socket", "-p", "SystemCallFilter=socket", CALLS,
		    socket_call);
	assert_ran(&r, 0, "");
	command_free(&r);
}

static void an_error_is_answered_and_told_once_with_how_often_it_came(void **state)
{
	const char *again = do_call(0, SYS_socket, AF_INET, SOCK_STREAM, 0);
	char want[256], *at;
	struct ran r;

	(void)state;
	NEED_LISTENER();
	r = EXPLAIN("-p", "SystemCallFilter=~socket:EMFILE", CALLS, again, again, again, again);
	assert_int_equal(r.code, 0);
	snprintf(want, sizeof want, "%ld -1 %d\n%ld -1 %d\n%ld -1 %d\n%ld -1 %d\n",
		 (long)SYS_socket, EMFILE, (long)SYS_socket, EMFILE, (long)SYS_socket, EMFILE,
		 (long)SYS_socket, EMFILE);
	assert_string_equal(r.out, want);
	at = strstr(r.err, "is refused with EMFILE; to allow it: SystemCallFilter=socket\n");
	assert_non_null(at);
	assert_null(strstr(strchr(at, '\n'), "to allow it"));
	assert_contains(r.err,
			"explain: socket, refused with EMFILE: SystemCallFilter=socket: 3 times "
			"more\n");
	command_free(&r);
	r = EXPLAIN("-p", "SystemCallFilter=~socket:0", CALLS, do_call(0, SYS_socket, 1, 1, 0));
	snprintf(want, sizeof want, "%ld 0 0\n", (long)SYS_socket);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, want);
	assert_contains(r.err,
			"is not done, and answered 0; to allow it: SystemCallFilter=socket\n");
	command_free(&r);
}

static void a_line_that_was_told_makes_the_same_run_pass(void **state)
{
	const char *rule = "SystemCallRule=fcntl: arg1 == F_GETFD; return EINVAL";
	const char *call = do_call(0, SYS_fcntl, 0, F_GETFL, 0);
	char *line, *end;
	struct ran r;

	(void)state;
	NEED_LISTENER();
	r = EXPLAIN("-p", rule, CALLS, call);
	line = strstr(r.err, "to allow it: ");
	assert_non_null(line);
	line = strdup(line + strlen("to allow it: "));
	end = strchr(line, '\n');
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(line, "SystemCallRule=fcntl: arg1 == F_GETFL; return EINVAL");
	command_free(&r);
	r = EXPLAIN("-p", rule, "-p", line, CALLS, call);
	assert_ran(&r, 0, "");
	command_free(&r);
	free(line);
}

static void a_path_is_told_and_refused_by_the_kernel(void **state)
{
	char *file = temp_path(here.folder, "file"), *at = NULL, want[256], line[256];
	struct ran r;

	(void)state;
	NEED_LISTENER();
	NEED_LANDLOCK(1);
	assert_true(asprintf(&at, "%d:%d:'%s:%d", (int)SYS_openat, AT_FDCWD, file, O_RDWR) > 0);
	r = EXPLAIN("-p", "ExecPath=@program", "-p", "ReadPath=@program", CALLS, at);
	snprintf(want, sizeof want, "%d -1 %d\n", (int)SYS_openat, EACCES);
	assert_string_equal(r.out, want);
	assert_int_equal(r.code, 0);
	snprintf(want, sizeof want,
		 "openat(AT_FDCWD, \"%s\", O_RDWR) is refused with EACCES by ReadPath= and "
		 "WritePath=; "
		 "to allow it: ReadPath=%s and WritePath=%s\n",
		 file, file, file);
	assert_contains(r.err, want);
	command_free(&r);
	snprintf(want, sizeof want, "ReadPath=%s", here.folder);
	snprintf(line, sizeof line, "WritePath=%s", file);
	r = EXPLAIN("-p", "ExecPath=@program", "-p", want, "-p", line, CALLS, at);
	assert_ran(&r, 0, "");
	assert_null(strstr(r.out, "-1"));
	command_free(&r);
	free(at);
	free(file);
}

static void what_cannot_be_seen_is_told_of(void **state)
{
	/* PR_SET_DUMPABLE */
	const char *hide = do_call(0, SYS_prctl, 4, 0, 0);
	char *file = temp_path(here.folder, "file"), *at = NULL;
	struct ran r;

	(void)state;
	NEED_LISTENER();
	NEED_LANDLOCK(1);
	assert_true(asprintf(&at, "%d:%d:'%s:%d", (int)SYS_openat, AT_FDCWD, file, O_RDONLY) > 0);
	r = command_run(&(struct command){
		.argv = (const char *const[]){ "airlock", "run", "--explain", "--profile", "none",
					       "-p", "ExecPath=@program", CALLS, hide, at, at, NULL },
		.as_nobody = geteuid() == 0 });
	assert_int_equal(r.code, 0);
	assert_contains(r.err, "]: which files or ports openat wants cannot be seen, and so not "
			       "whether Landlock refuses it\n");
	assert_contains(r.err, "explain: openat, which cannot be seen: 1 time more\n");
	command_free(&r);
	free(at);
	free(file);
}

static void paths_with_blanks_and_worse_are_written_as_a_line_takes_them(void **state)
{
	const char *name = "a \"b\\c\xc3\xa9";
	char *file = temp_path(here.folder, name), *at = NULL, *line, *end;
	struct ran r;

	(void)state;
	NEED_LISTENER();
	NEED_LANDLOCK(1);
	temp_file(here.folder, name, "", 0644);
	assert_true(asprintf(&at, "%d:%d:'%s:%d", (int)SYS_openat, AT_FDCWD, file, O_RDONLY) > 0);
	r = EXPLAIN("-p", "ExecPath=@program", CALLS, at);
	line = strstr(r.err, "to allow it: ");
	assert_non_null(line);
	line = strdup(line + strlen("to allow it: "));
	end = strchr(line, '\n');
	*end = '\0';
	command_free(&r);
	r = EXPLAIN("-p", "ExecPath=@program", "-p", line, CALLS, at);
	assert_ran(&r, 0, "");
	assert_null(strstr(r.out, "-1"));
	command_free(&r);
	free(line);
	free(at);
	free(file);
}

static void ports_are_told(void **state)
{
	struct ran r;

	(void)state;
	NEED_LISTENER();
	NEED_LANDLOCK(4);
	r = EXPLAIN("-p", "ConnectTCP=1", "-p", "BindTCP=none", CALLS, "connect:1", "connect:2",
		    "bind:0");
	assert_int_equal(r.code, 0);
	assert_contains(r.err, "{AF_INET, 127.0.0.1, port 2}, 16) is refused with EACCES by "
			       "ConnectTCP=; to allow it: ConnectTCP=2\n");
	assert_contains(r.err, "is refused with EACCES by BindTCP=; to allow it: BindTCP=0\n");
	assert_null(strstr(r.err, "port 1}"));
	command_free(&r);
	r = EXPLAIN("-p", "ConnectTCP=1 2", "-p", "BindTCP=0", CALLS, "connect:2", "bind:0");
	assert_ran(&r, 0, "");
	command_free(&r);
}

static void a_second_exec_is_told_and_kills(void **state)
{
	struct ran r;

	(void)state;
	NEED_LISTENER();
	r = EXPLAIN(CALLS, "become:/bin/true");
	assert_int_equal(r.code, 128 + SIGSYS);
	assert_contains(r.err, "execve(\"/bin/true\", ");
	assert_contains(r.err, "(killed by SIGSYS); to allow it: ExecOnce=no\n");
	command_free(&r);
	r = EXPLAIN("-p", "ExecOnce=no", CALLS, "become:/bin/true");
	assert_ran(&r, 0, "");
	command_free(&r);
}

static void a_program_that_may_not_be_executed_is_told(void **state)
{
	const char *script = temp_path(here.folder, "script");
	char step_[256], want[512], line[256];
	struct ran r;

	(void)state;
	NEED_LISTENER();
	NEED_LANDLOCK(1);
	snprintf(step_, sizeof step_, "become:%s", script);
	r = EXPLAIN("-p", "ExecOnce=no", "-p", "ExecPath=@program -/usr -/lib -/lib64 -/bin", CALLS,
		    step_);
	assert_int_equal(r.code, 0);
	snprintf(want, sizeof want, "exec -1 %d\n", EACCES);
	assert_string_equal(r.out, want);
	snprintf(want, sizeof want,
		 "is refused with EACCES by ExecPath=; to allow it: ExecPath=%s\n", script);
	assert_contains(r.err, want);
	command_free(&r);
	snprintf(line, sizeof line, "ExecPath=%s", script);
	r = EXPLAIN("-p", "ExecOnce=no", "-p", "ExecPath=@program -/usr -/lib -/lib64 -/bin", "-p",
		    line, CALLS, step_);
	/* what the shell opens besides is its own matter */
	assert_null(strstr(r.err, "execve"));
	assert_string_equal(r.out, "");
	command_free(&r);
	free((char *)script);
}

static void threads_and_children_are_heard_as_well(void **state)
{
	const char *call = do_call(0, SYS_socket, AF_INET, SOCK_STREAM, 0);
	struct ran r;

	(void)state;
	NEED_LISTENER();
	r = EXPLAIN("-p", "SystemCallFilter=~socket:EPERM", CALLS, "thread", call);
	assert_int_equal(r.code, 0);
	assert_contains(r.err, "refused with EPERM; to allow it: SystemCallFilter=socket");
	command_free(&r);
	/*
	 * The thread's call ends the process (surely: another thread could catch SIGSYS by then); the child's the
	 * child, which the helper tells
	 */
	r = EXPLAIN("-p", "SystemCallFilter=~socket", CALLS, "thread", call);
	assert_int_equal(r.code, 128 + SIGKILL);
	command_free(&r);
	r = EXPLAIN("-p", "SystemCallFilter=~socket", CALLS, "fork", call);
	assert_int_equal(r.code, 100 + SIGSYS);
	assert_contains(r.err, "(killed by SIGSYS); to allow it: SystemCallFilter=socket\n");
	command_free(&r);
}

static void helpers_that_will_not_die_of_sigsys_are_killed(void **state)
{
	static const char *const ways[] = { "ignore", "block", "catch" };

	(void)state;
	NEED_LISTENER();
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct ran r = EXPLAIN("-p", "SystemCallFilter=~socket", CALLS, ways[i],
				       do_call(0, SYS_socket, AF_INET, SOCK_STREAM, 0));

		assert_int_equal(r.code, 128 + SIGKILL);
		assert_string_equal(r.out, "");
		command_free(&r);
	}
}

static void signals_do_not_disturb_questions(void **state)
{
	const char *call = do_call(0, SYS_socket, AF_INET, SOCK_STREAM, 0);
	static const char *const timers[] = { "restarting-timer", "timer" };

	(void)state;
	NEED_LISTENER();
	for (size_t i = 0; i < COUNT(timers); i++) {
		struct ran r = EXPLAIN("-p", "SystemCallFilter=~socket:EMFILE", CALLS, timers[i],
				       call, call, call, call, call, call, call, call);

		assert_int_equal(r.code, 0);
		/* one that comes before the question is read interrupts the call, as it may any */
		for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n"))
			assert_true(strstr(line, " -1 24") || (i == 1 && strstr(line, " -1 4")));
		command_free(&r);
	}
}

static void dynamic_programs_are_told_of_in_full(void **state)
{
	char *file = temp_path(here.folder, "file"), want[512];
	struct ran r;

	(void)state;
	NEED_LISTENER();
	NEED_LANDLOCK(1);
	r = EXPLAIN("-p", "ExecPath=@program", "-p", "ReadPath=@program", "cat", file);
	assert_int_equal(r.code, 1);
	snprintf(want, sizeof want,
		 "\"%s\", O_RDONLY) is refused with EACCES by ReadPath=; to allow it: "
		 "ReadPath=%s\n",
		 file, file);
	assert_contains(r.err, want);
	command_free(&r);
	r = EXPLAIN("-p", "ExecPath=@program", "-p", "ReadPath=@program @argv", "cat", file);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, "text\n");
	command_free(&r);
	free(file);
}

static void a_profile_that_refuses_nothing_has_nothing_to_tell(void **state)
{
	struct ran r;

	(void)state;
	NEED_LISTENER();
	r = RAN("text\n", "airlock", "run", "--explain", "--profile", "none", "cat");
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "text\n");
	command_free(&r);
	r = EXPLAIN("-p", "ExecOnce=no", "cat");
	assert_ran(&r, 0, "");
	command_free(&r);
}

static void what_cannot_be_started_is_said_as_without_explain(void **state)
{
	struct ran r;

	(void)state;
	NEED_LISTENER();
	r = EXPLAIN("/no/such/program");
	assert_int_equal(r.code, 127);
	command_free(&r);
	r = EXPLAIN("/etc/passwd");
	assert_int_equal(r.code, 126);
	command_free(&r);
	r = EXPLAIN("-p", "ReadPath=/no/such/path", "cat");
	assert_int_equal(r.code, 125);
	command_free(&r);
}

static void closed_descriptors_do_not_matter(void **state)
{
	const char *const argv[] = { "airlock",
				     "run",
				     "--explain",
				     "--profile",
				     "none",
				     "-p",
				     "SystemCallFilter=~socket:EPERM",
				     CALLS,
				     do_call(0, SYS_socket, AF_INET, SOCK_STREAM, 0),
				     NULL };

	(void)state;
	NEED_LISTENER();
	for (unsigned closed = 1; closed < 8; closed++) {
		struct ran r = command_run(&(struct command){ .argv = argv, .closed = closed });

		assert_int_equal(r.code, 0);
		if (!(closed & 4))
			assert_contains(r.err, "SystemCallFilter=socket");
		command_free(&r);
	}
}

static void another_user_is_heard_and_killed_as_well(void **state)
{
	const char *call = do_call(0, SYS_socket, AF_INET, SOCK_STREAM, 0);
	struct ran r;

	(void)state;
	need_root();
	NEED_LISTENER();
	r = EXPLAIN("-p", "User=65534", "-p", "Group=65534", "-p", "SystemCallFilter=~socket", "-p",
		    "SystemCallFilter=~setresuid setgroups capset prctl", CALLS, call);
	assert_int_equal(r.code, 128 + SIGSYS);
	assert_contains(r.err, "socket(AF_INET, SOCK_STREAM, 0) is refused");
	command_free(&r);
}

static void an_ordinary_user_can_explain(void **state)
{
	char *script = temp_path(here.folder, "file");
	const char *const argv[] = { "airlock",
				     "run",
				     "--explain",
				     "--profile",
				     "none",
				     "-p",
				     "SystemCallFilter=~chdir:EPERM",
				     "-p",
				     "ExecPath=/",
				     "perl",
				     "-e",
				     "chdir('/usr'); open(F, $ARGV[0]) and exit 3",
				     script,
				     NULL };
	struct ran r;

	(void)state;
	need_root();
	NEED_LISTENER();
	NEED_LANDLOCK(1);
	if (access("/usr/bin/perl", X_OK) < 0)
		SKIP("no perl");
	r = command_run(&(struct command){ .argv = argv, .as_nobody = true });
	/* a build folder that others cannot enter */
	if (r.code == 98) {
		command_free(&r);
		SKIP("nobody cannot execute %s", AIRLOCK);
	}
	assert_contains(r.err, "chdir(\"/usr\") is refused with EPERM; to allow it: "
			       "SystemCallFilter=chdir\n");
	command_free(&r);
	free(script);
}

/* Who listens */

/* `airlock exec --listener`, and what it is to run */
struct stage {
	struct airlock_helper h;
	struct listener l;
	int socket;
};

static void start_stage(struct stage *s, const char *mode, const char *const *pairs,
			char *const *argv)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	const char *profile = "none";
	struct sandbox sandbox = { .profiles = &profile,
				   .nprofiles = 1,
				   .pairs = (const char **)pairs };
	struct airlock_fd fd = { -1, 3 };
	char **words, word[8];
	int sv[2];

	while (pairs && pairs[sandbox.npairs])
		sandbox.npairs++;
	snprintf(word, sizeof word, "3%s", mode);
	words = listener_words(&sandbox, word, argv);
	assert_non_null(words);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	fd.from = sv[1];
	assert_string_equal(words[0], "/proc/self/exe");
	o.path = AIRLOCK;
	o.argv = words;
	o.fds = &fd;
	o.nfds = 1;
	s->h = must_spawn(&o);
	close(sv[1]);
	s->socket = sv[0];
	s->l.fd = -1;
	free(words);
}

static void receive(struct stage *s)
{
	assert_true(readable(s->socket, 10000));
	assert_int_equal(listener_receive(s->socket, s->h.pid, &s->l), 0);
	assert_int_equal(strlen(s->l.token), LISTENER_TOKEN);
	assert_false(s->l.helper_runs);
}

/* The next question, within 10 s; false: there will be none. */
static bool next_question(struct stage *s, struct question *q)
{
	for (int i = 0; i < 1000; i++) {
		int r;

		if (!readable(s->l.fd, 10000))
			return false;
		r = listener_next(&s->l, q);
		if (r != 0)
			return r > 0;
		/* before Linux 6.11 the listener does not end while there is a zombie */
		if (readable(s->h.pidfd, 0) && !readable(s->l.fd, 0))
			return false;
	}
	return false;
}

static int end_stage(struct stage *s)
{
	int status = -1;

	assert_int_equal(airlock_wait(&s->h, 10000, &status), 0);
	listener_close(&s->l);
	close(s->socket);
	return status;
}

static const char *const refuse_socket[] = { "SystemCallFilter=~socket", NULL };

static void questions_begin_with_the_helper_and_not_with_the_stage(void **state)
{
	/* what the stage itself calls is refused to the helper */
	static const char *const pairs[] = {
		"SystemCallFilter=~socket:EPERM prctl prlimit64 rt_sigaction "
		"close_range seccomp setgroups capset",
		NULL
	};
	struct question q;
	struct stage s;

	(void)state;
	NEED_LISTENER();
	start_stage(&s, "r", pairs, ARGV(CALLS, do_call(0, SYS_socket, 1, 1, 0)));
	receive(&s);
	for (;;) {
		assert_true(next_question(&s, &q));
		assert_true(s.l.helper_runs);
		if (q.data.nr == SYS_socket)
			break;
		/* a static C library begins with these */
		assert_true(q.data.nr == SYS_prlimit64 || q.data.nr == SYS_prctl ||
			    q.data.nr == SYS_rt_sigaction);
		listener_answer(&s.l, &q, SECCOMP_RET_ALLOW);
	}
	assert_int_equal(q.pid, s.h.pid);
	assert_int_equal(q.data.args[0], 1);
	assert_true(listener_asks_still(&s.l, &q));
	listener_answer(&s.l, &q, SECCOMP_RET_ERRNO | EPERM);
	assert_false(listener_asks_still(&s.l, &q));
	assert_int_equal(end_stage(&s), 0);
}

static void everything_can_be_listened_to(void **state)
{
	bool parent = false, child = false, wrote = false;
	struct question q;
	struct stage s;

	(void)state;
	NEED_LISTENER();
	start_stage(&s, "a", NULL,
		    ARGV(CALLS, do_call(0, SYS_getppid, 0, 0, 0), "fork",
			 do_call(1, SYS_getpgid, 0, 0, 0)));
	receive(&s);
	while (next_question(&s, &q)) {
		assert_true(s.l.helper_runs);
		/* those that end it are not asked about */
		assert_true(q.data.nr != SYS_exit_group && q.data.nr != SYS_rt_sigreturn);
		parent = parent || (q.data.nr == SYS_getppid && q.pid == s.h.pid);
		child = child || (q.data.nr == SYS_getpgid && q.pid != s.h.pid);
		wrote = wrote || q.data.nr == SYS_write;
		listener_answer(&s.l, &q, SECCOMP_RET_LOG);
	}
	assert_true(parent && child && wrote);
	assert_int_equal(end_stage(&s), 0);
}

static void a_helper_whose_listener_is_gone_does_not_hang(void **state)
{
	static const char *const modes[] = { "r", "a" };
	struct question q;
	struct stage s;

	(void)state;
	NEED_LISTENER();
	for (size_t i = 0; i < COUNT(modes); i++) {
		int status;

		start_stage(&s, modes[i], i ? NULL : refuse_socket,
			    ARGV(CALLS, do_call(0, SYS_socket, 1, 1, 0),
				 do_call(1, SYS_socket, 1, 1, 0)));
		receive(&s);
		do
			assert_true(next_question(&s, &q));
		while (q.data.nr != SYS_socket &&
		       (listener_answer(&s.l, &q, SECCOMP_RET_ALLOW), true));
		/* while it asks; the call and all that follow are answered ENOSYS */
		listener_close(&s.l);
		status = end_stage(&s);
		assert_int_equal(status, 0);
	}
}

static void a_stage_that_nobody_hears_ends(void **state)
{
	static const char *const modes[] = { "r", "a" };

	(void)state;
	NEED_LISTENER();
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct stage s;
		int status = -1;

		/* gone before it sends, or before what it sent was read */
		start_stage(&s, modes[i], refuse_socket, ARGV(CALLS));
		close(s.socket);
		assert_int_equal(airlock_wait(&s.h, 10000, &status), 0);
		assert_true(WIFEXITED(status));
		/* its exec is a call without an answer, too */
		assert_true(UNDER_SANITIZER || WEXITSTATUS(status) == 125 ||
			    WEXITSTATUS(status) == 126);
	}
}

static void a_helper_that_dies_while_it_asks_leaves_no_question(void **state)
{
	struct question q;
	struct stage s;

	(void)state;
	NEED_LISTENER();
	start_stage(&s, "r", refuse_socket, ARGV(CALLS, do_call(0, SYS_socket, 1, 1, 0)));
	receive(&s);
	assert_true(next_question(&s, &q));
	assert_int_equal(airlock_kill(&s.h, SIGKILL), 0);
	assert_int_equal(airlock_wait(&s.h, 10000, NULL), 0);
	assert_false(listener_asks_still(&s.l, &q));
	/* all answers are to nobody */
	listener_answer(&s.l, &q, SECCOMP_RET_ALLOW);
	listener_answer(&s.l, &q, SECCOMP_RET_ERRNO | EPERM);
	listener_answer(&s.l, &q, SECCOMP_RET_KILL_PROCESS);
	assert_true(readable(s.l.fd, 10000));
	assert_int_equal(listener_next(&s.l, &q), -EPIPE);
	listener_close(&s.l);
	close(s.socket);
}

/* and its explainer, which was in the midst of it, ends with what it has */
static void an_explainer_survives_its_helper(void **state)
{
	struct explainer x = { .profile = profile_of("SystemCallFilter=~socket") };
	struct question q;
	struct stage s;

	(void)state;
	NEED_LISTENER();
	start_stage(&s, "r", refuse_socket, ARGV(CALLS, do_call(0, SYS_socket, 1, 1, 0)));
	receive(&s);
	assert_true(readable(s.l.fd, 10000));
	while (!s.l.helper_runs && readable(s.l.fd, 0))
		if (listener_next(&s.l, &q) > 0)
			break;
	assert_int_equal(airlock_kill(&s.h, SIGKILL), 0);
	assert_int_equal(airlock_wait(&s.h, 10000, NULL), 0);
	x.listener = s.l;
	assert_true(readable(s.l.fd, 10000));
	assert_true(explain_next(&x) < 0);
	explain_end(&x);
	explain_end(&x);
	airlock_profile_free((struct airlock_profile *)x.profile);
	listener_close(&s.l);
	close(s.socket);
}

static void a_socket_without_a_listener_is_an_error(void **state)
{
	struct listener l = { .fd = 77 };
	int sv[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	assert_int_equal(listener_receive(sv[0], getpid(), &l), -EAGAIN);
	assert_int_equal(send(sv[1], "abcdefghijklmno", 15, 0), 15);
	assert_int_equal(listener_receive(sv[0], getpid(), &l), -EPROTO);
	assert_int_equal(send(sv[1], "abc", 3, 0), 3);
	assert_int_equal(listener_receive(sv[0], getpid(), &l), -EPROTO);
	close(sv[1]);
	assert_int_equal(listener_receive(sv[0], getpid(), &l), -EPIPE);
	assert_int_equal(l.fd, 77);
	close(sv[0]);
	/* and one that is no listener has no questions */
	l.fd = null;
	assert_true(listener_next(&l, &(struct question){ 0 }) < 0);
	listener_close(&l);
	listener_close(&l);
}

static void wrong_words_for_the_stage_are_told(void **state)
{
	static const char *const wrong[] = {
		"", "r", "3", "3x", "-3r", "r3", "99999999999999999999r"
	};
	struct ran r;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		char want[128];

		r = RAN(NULL, "airlock", "exec", "--listener", wrong[i], "--profile", "none",
			"true");
		snprintf(want, sizeof want,
			 "airlock: --listener %s: a descriptor and `r' or `a' are wanted\n",
			 wrong[i]);
		assert_ran(&r, 125, want);
		command_free(&r);
	}
	r = RAN(NULL, "airlock", "exec", "--listener", "77r", "--profile", "none", "true");
	assert_ran(&r, 125, "airlock: --listener 77r: Bad file descriptor\n");
	command_free(&r);
	r = RAN(NULL, "airlock", "exec", "--listener", "0r", "--profile", "none", "true");
	assert_ran(&r, 125, "airlock: --listener 0r: Socket operation on non-socket\n");
	command_free(&r);
}

static void one_listener_in_another_body(void *arg)
{
	struct ran r;

	(void)arg;
	if (listener_for(SYS_acct) < 0)
		SKIP("this machine lets us have no listener: %s", strerror(errno));
	r = EXPLAIN("cat");
	assert_int_equal(r.code, 125);
	assert_contains(r.err, "a filter around us asks somebody already");
	command_free(&r);
}

static void a_listener_around_is_told_of(void **state)
{
	(void)state;
	in_child(one_listener_in_another_body, NULL);
}

static void a_filter_that_refuses_is_told_of_body(void *arg)
{
	static const struct call_rule rules[] = {
		{ SYS_seccomp, 1, 8, 8, SECCOMP_RET_ERRNO | EINVAL },
	};
	struct ran r;

	(void)arg;
	if (!filter_calls(rules, COUNT(rules)))
		SKIP("this machine lets us filter no calls");
	r = EXPLAIN("cat");
	assert_int_equal(r.code, 125);
	assert_contains(r.err, "this kernel has no user notification");
	command_free(&r);
}

static void a_kernel_without_notifications_is_told_of(void **state)
{
	(void)state;
	in_child(a_filter_that_refuses_is_told_of_body, NULL);
}

/* A profile whose program is as long as the kernel takes, or nearly */
static char *longest_profile(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	for (unsigned n = 0, made = 0; made < BPF_MAXINSNS - 12; n++) {
		struct airlock__program program = { 0 };
		struct airlock_profile *p;

		fprintf(f, "SystemCallRule=ptrace: arg1 == %u", n);
		for (unsigned i = 0; i < 6; i++)
			fprintf(f, " || arg1 == %u", 1000 + 16 * n + i);
		fprintf(f, "\n");
		fflush(f);
		p = profile_of(text);
		assert_int_equal(airlock__program_make(p, true, 0, &program), 0);
		made = program.n;
		free(program.code);
		airlock_profile_free(p);
	}
	fclose(f);
	return text;
}

static void a_program_that_asking_makes_too_long_is_told_of(void **state)
{
	char *text = longest_profile(), *file = temp_path(here.folder, "long");
	const char *slow[] = { "airlock", "exec", "--profile", file, CALLS, NULL };
	struct ran r;

	(void)state;
	NEED_LISTENER();
	NEED_LANDLOCK(1);
	temp_file(here.folder, "long", text, 0644);
	r = command_run(&(struct command){ .argv = slow });
	assert_ran(&r, 0, "");
	command_free(&r);
	/* of paths there is more to ask */
	r = RAN(NULL, "airlock", "run", "--explain", "--profile", file, "-p", "ReadPath=/", "-p",
		"ExecPath=/", CALLS);
	assert_int_equal(r.code, 125);
	assert_contains(r.err, "more than the 4096 instructions that the kernel takes");
	command_free(&r);
	free(file);
	free(text);
}

static void words_for_the_stage_are_those_of_the_sandbox(void **state)
{
	const char *profiles[] = { "filter", "./mine" }, *pairs[] = { "Nice=1" };
	struct sandbox s = { .profiles = profiles, .nprofiles = 2, .pairs = pairs, .npairs = 1 };
	static const char *const want[] = {
		"/proc/self/exe", "exec", "--listener", "3r", "--profile", "filter", "--profile",
		"./mine",	  "-p",	  "Nice=1",	"--", "cat",	   "-p"
	};
	char **words = listener_words(&s, "3r", ARGV("cat", "-p"));

	(void)state;
	assert_non_null(words);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_string_equal(words[i], want[i]);
	assert_null(words[COUNT(want)]);
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_shown_as_people_write_them),
		cmocka_unit_test(calls_without_a_signature_are_shown_in_hex),
		cmocka_unit_test(addresses_of_sockets_are_shown),
		cmocka_unit_test(memory_is_read_as_far_as_it_goes),
		cmocka_unit_test(strings_that_are_wrong_are_shown_as_such),
		cmocka_unit_test(what_is_shown_fits_and_is_printable_whatever_is_asked),
		cmocka_unit_test(signatures_are_of_calls_and_of_known_kinds),
		cmocka_unit_test(opening_wants_what_the_kernel_will_judge),
		cmocka_unit_test(files_that_are_to_be_made_want_their_folder),
		cmocka_unit_test(calls_that_must_fail_want_nothing),
		cmocka_unit_test(what_is_listed_and_what_is_its_own_is_marked),
		cmocka_unit_test(what_cannot_be_seen_is_no_nothing),
		cmocka_unit_test(openat2_is_looked_up_as_it_says),
		cmocka_unit_test(names_of_ones_own_are_those_of_the_process_that_asks),
		cmocka_unit_test(programs_want_what_starts_them),
		cmocka_unit_test(sockets_want_ports_if_they_are_tcp),
		cmocka_unit_test(names_are_looked_up_beneath_the_root_of_the_process),
		cmocka_unit_test(lists_are_opened_by_the_name_of_the_call),
		cmocka_unit_test(rules_that_do_not_hold_get_one_that_does),
		cmocka_unit_test(restrictions_are_lifted_by_as_little_as_does),
		cmocka_unit_test(several_refusals_of_one_call_are_lifted_together),
		cmocka_unit_test(the_second_exec_is_lifted_by_its_key),
		cmocka_unit_test(what_no_line_allows_gets_none),
		cmocka_unit_test(lines_for_every_call_that_a_builtin_refuses_make_it_pass),
		cmocka_unit_test(a_call_that_kills_is_named_with_its_line),
		cmocka_unit_test(an_error_is_answered_and_told_once_with_how_often_it_came),
		cmocka_unit_test(a_line_that_was_told_makes_the_same_run_pass),
		cmocka_unit_test(a_path_is_told_and_refused_by_the_kernel),
		cmocka_unit_test(what_cannot_be_seen_is_told_of),
		cmocka_unit_test(paths_with_blanks_and_worse_are_written_as_a_line_takes_them),
		cmocka_unit_test(ports_are_told),
		cmocka_unit_test(a_second_exec_is_told_and_kills),
		cmocka_unit_test(a_program_that_may_not_be_executed_is_told),
		cmocka_unit_test(threads_and_children_are_heard_as_well),
		cmocka_unit_test(helpers_that_will_not_die_of_sigsys_are_killed),
		cmocka_unit_test(signals_do_not_disturb_questions),
		cmocka_unit_test(dynamic_programs_are_told_of_in_full),
		cmocka_unit_test(a_profile_that_refuses_nothing_has_nothing_to_tell),
		cmocka_unit_test(what_cannot_be_started_is_said_as_without_explain),
		cmocka_unit_test(closed_descriptors_do_not_matter),
		cmocka_unit_test(another_user_is_heard_and_killed_as_well),
		cmocka_unit_test(an_ordinary_user_can_explain),
		cmocka_unit_test(questions_begin_with_the_helper_and_not_with_the_stage),
		cmocka_unit_test(everything_can_be_listened_to),
		cmocka_unit_test(a_helper_whose_listener_is_gone_does_not_hang),
		cmocka_unit_test(a_stage_that_nobody_hears_ends),
		cmocka_unit_test(a_helper_that_dies_while_it_asks_leaves_no_question),
		cmocka_unit_test(an_explainer_survives_its_helper),
		cmocka_unit_test(a_socket_without_a_listener_is_an_error),
		cmocka_unit_test(wrong_words_for_the_stage_are_told),
		cmocka_unit_test(a_listener_around_is_told_of),
		cmocka_unit_test(a_kernel_without_notifications_is_told_of),
		cmocka_unit_test(a_program_that_asking_makes_too_long_is_told_of),
		cmocka_unit_test(words_for_the_stage_are_those_of_the_sandbox),
	};

	return cmocka_run_group_tests_name("explain", tests, set_up, tear_down);
}
