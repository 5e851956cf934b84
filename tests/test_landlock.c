/* SPDX-License-Identifier: ISC */
/*
 * test_landlock.c: what a ruleset allows and refuses is tried for real, in forked children; what an
 * older kernel would say is said by abi.c. And the report that tells of it.
 */
#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi.h"
#include "landlock.h"
#include "report.h"
#include "scratch.h"

/* The report */

static void report_keeps_what_it_is_told_and_makes_it_safe_to_print(void **state)
{
	struct airlock_report *r = airlock__report_new();

	(void)state;
	assert_int_equal(airlock_report_count(r), 0);
	assert_null(airlock_report_name(r, 0));
	assert_null(airlock_report_reason(r, 0));
	for (int i = 0; i < 100; i++)
		airlock__report_add(r, i % 2 ? "odd" : "even", AIRLOCK_ENFORCED, "%d\033[2J\n\x7f",
				    i);
	assert_int_equal(airlock_report_count(r), 100);
	assert_string_equal(airlock_report_name(r, 99), "odd");
	assert_string_equal(airlock_report_reason(r, 99), "99?[2J??");
	assert_int_equal(airlock_report_state(r, 99), AIRLOCK_ENFORCED);
	assert_null(airlock_report_name(r, 100));
	assert_null(airlock_report_reason(r, 100));
	assert_int_equal(airlock_report_state(r, 100), AIRLOCK_NOT_ASKED);
	assert_int_equal(airlock__report_failure(r), 0);
	assert_null(airlock_report_free(r));
	assert_null(airlock_report_free(NULL));
	assert_int_equal(airlock_report_count(NULL), 0);
}

static void report_remembers_the_first_loss_that_is_not_best_effort(void **state)
{
	struct airlock_profile *p = PROFILE({ "BestEffort", "landlock-scope" });
	struct airlock_report *r = airlock__report_new();

	(void)state;
	airlock__report_lost(r, p, "landlock-scope", -EPERM, "%s", "");
	assert_int_equal(airlock__report_failure(r), 0);
	airlock__report_lost(r, p, "landlock-fs", -EOPNOTSUPP, "%s", "why");
	airlock__report_lost(r, p, "landlock-truncate", -ESRCH, "%s", "");
	assert_int_equal(airlock__report_failure(r), -EOPNOTSUPP);
	must_say(r, "landlock-scope", AIRLOCK_LOST, "");
	must_say(r, "landlock-fs", AIRLOCK_LOST, "why");
	airlock_report_free(r);
	airlock_profile_free(p);
}

static void short_of_memory(void *arg)
{
	enum { BYTES = 64 << 20 };
	struct airlock_report *r = airlock__report_new();
	struct airlock_profile *p = PROFILE({ "BestEffort", "landlock" });
	const struct rlimit little = { BYTES, BYTES };

	(void)arg;
	assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
	airlock__report_lost(r, p, "landlock-fs", -EPERM, "%*s", 2 * BYTES, "");
	assert_int_equal(airlock_report_count(r), 0);
	assert_int_equal(airlock__report_failure(r), -ENOMEM);
	airlock_report_free(r);
	airlock_profile_free(p);
}

static void report_that_has_no_memory_is_a_failure_even_if_all_is_best_effort(void **state)
{
	(void)state;
	if (UNDER_SANITIZER || under_valgrind())
		SKIP("a checker ends the process where memory is short");
	in_child(short_of_memory, NULL);
}

/* Files */

static void nothing_asked_is_no_ruleset(void **state)
{
	static const char *const names[] = { "landlock-fs",	     "landlock-truncate",
					     "landlock-ioctl-dev",   "landlock-bind-tcp",
					     "landlock-connect-tcp", "landlock-scope" };
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_report *r = airlock__report_new();
	int fd = 77;

	(void)state;
	assert_int_equal(airlock__landlock_make(p, r, &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(airlock_report_count(r), COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		must_say(r, names[i], AIRLOCK_NOT_ASKED, "");
	assert_int_equal(airlock__report_failure(r), 0);
	airlock_report_free(r);
	airlock_profile_free(p);
}

CHILD_TEST(read_path_reads_and_lists_and_no_more, 5)
{
	enforce(PROFILE({ "ReadPath", S("data") }));
	ALLOWED(reading(S("data/file")));
	ALLOWED(reading(S("data/sub/deep")));
	ALLOWED(listing(S("data")));
	ALLOWED(reading(S("data/sub/../file")));
	REFUSED(reading(S("data/../other/target")));
	REFUSED(reading(S("data/link")));
	ALLOWED(reading(S("other/folder/file")));
	REFUSED(reading(S("other/target")));
	REFUSED(listing(S("other")));
	REFUSED(listing(scratch));
	REFUSED(reading("/etc/passwd"));
	REFUSED(writing(S("data/file")));
	REFUSED(truncating(S("data/file")));
	REFUSED(creating(S("data/new")));
	REFUSED(removing(S("data/file")));
	REFUSED(making_folder(S("data/new")));
	REFUSED(renaming(S("data/file"), S("data/new")));
	REFUSED(executing(S("bin/true")));
}

CHILD_TEST(write_path_writes_makes_removes_and_does_not_read, 5)
{
	enforce(PROFILE({ "WritePath", S("data") }));
	ALLOWED(writing(S("data/file")));
	ALLOWED(truncating(S("data/file")));
	ALLOWED(creating(S("data/new")));
	ALLOWED(making_folder(S("data/folder")));
	ALLOWED(making_fifo(S("data/fifo")));
	ALLOWED(making_link(S("data/symlink")));
	ALLOWED(making_socket(S("data/socket")));
	REFUSED(making_device(S("data/device")));
	ALLOWED(renaming(S("data/new"), S("data/folder/new")));
	ALLOWED(removing(S("data/folder/new")));
	ALLOWED(removing(S("data/folder")));
	REFUSED(reading(S("data/file")));
	REFUSED(listing(S("data")));
	REFUSED(writing(S("other/target")));
	REFUSED(truncating(S("other/target")));
	REFUSED(creating(S("other/new")));
	REFUSED(making_link(S("other/symlink")));
	REFUSED(removing(S("other/target")));
	must_be(renaming(S("data/file"), S("other/file")) != 0, 1, "renaming out", __LINE__);
	must_be(renaming(S("other/target"), S("data/t")) != 0, 1, "renaming in", __LINE__);
}

CHILD_TEST(exec_path_executes_and_reads_files_but_lists_nothing, 5)
{
	enforce(PROFILE({ "ExecPath", S("bin") }, { "ExecPath", "/lib64" }, { "ExecPath", "/lib" },
			{ "ExecPath", "/usr/lib" }));
	ALLOWED(executing(S("bin/true")));
	ALLOWED(executing(S("bin/script")));
	ALLOWED(executing(S("bin/linked")));
	ALLOWED(reading(S("bin/true")));
	REFUSED(listing(S("bin")));
	REFUSED(writing(S("bin/true")));
	REFUSED(executing("/bin/true"));
	REFUSED(reading(S("data/file")));
}

CHILD_TEST(rule_for_a_file_is_for_that_file_alone, 5)
{
	enforce(PROFILE({ "ReadPath", S("data/file") }, { "WritePath", S("other/target") },
			{ "ReadPath", S("data/sub") }));
	ALLOWED(reading(S("data/file")));
	ALLOWED(reading(S("data/list")));
	ALLOWED(reading(S("data/sub/deep")));
	REFUSED(writing(S("data/file")));
	REFUSED(listing(S("data")));
	ALLOWED(writing(S("other/target")));
	ALLOWED(writing(S("data/link")));
	ALLOWED(truncating(S("other/target")));
	REFUSED(reading(S("other/target")));
	REFUSED(creating(S("other/new")));
}

CHILD_TEST(rule_for_a_link_is_for_what_it_leads_to, 5)
{
	enforce(PROFILE({ "ReadPath", S("data/link") }, { "WritePath", S("other/folder") }));
	ALLOWED(reading(S("data/link")));
	ALLOWED(reading(S("other/target")));
	REFUSED(reading(S("data/file")));
	ALLOWED(creating(S("data/new")));
	REFUSED(creating(S("other/new")));
}

/* Another file takes the name, made by one who may: the test's own process. */
static void replace(const char *name)
{
	char fresh[300];

	snprintf(fresh, sizeof fresh, "%s.new", name);
	put_text(fresh, "new\n", 0644);
	assert_int_equal(rename(fresh, name), 0);
}

/* In a forked copy under the ruleset, after the file was replaced */
static int reading_when_replaced(struct airlock_profile *p, const char *name)
{
	int fd = must_make(p, NULL), st = -1;
	pid_t pid;

	airlock_profile_free(p);
	replace(name);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (syscall(NR_RESTRICT_SELF, fd, 0) < 0)
			_exit(255);
		_exit(reading(name));
	}
	close(fd);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_true(WIFEXITED(st));
	return WEXITSTATUS(st);
}

static void file_that_is_replaced_by_rename_needs_a_rule_on_its_folder(void **state)
{
	struct airlock_profile *p;

	(void)state;
	need_landlock(5);
	REFUSED(reading_when_replaced(PROFILE({ "ReadPath", S("data/file") }), S("data/file")));
	ALLOWED(reading_when_replaced(PROFILE({ "ReadPath", S("data") }), S("data/file")));
	p = PROFILE({ "ReadPath", "@argv" });
	COMMAND(p, "helper", S("data/file"));
	REFUSED(reading_when_replaced(p, S("data/file")));
	p = PROFILE({ "ReadPath", "@argv-dir" });
	COMMAND(p, "helper", S("data/file"));
	ALLOWED(reading_when_replaced(p, S("data/file")));
}

CHILD_TEST(keys_without_paths_refuse_all, 5)
{
	enforce(PROFILE({ "ReadPath", "-/nowhere/at/all" }));
	REFUSED(reading(S("data/file")));
	REFUSED(writing(S("data/file")));
	REFUSED(executing(S("bin/true")));
	REFUSED(listing("/"));
	REFUSED(creating(S("data/new")));
}

CHILD_TEST(device_gets_its_ioctls_only_where_it_is_named_itself, 5)
{
	int master = open("/dev/ptmx", O_RDWR | O_CLOEXEC | O_NOCTTY), n;

	if (master < 0 || ioctl(master, TIOCGPTN, &n) < 0)
		SKIP("there are no pseudo-terminals here: %s", strerror(errno));
	enforce(PROFILE({ "ReadPath", "/dev" }));
	REFUSED(device_ioctl("/dev/ptmx"));
	ALLOWED(reading("/dev/null"));
}

CHILD_TEST(device_that_is_named_gets_its_ioctls, 5)
{
	if (device_ioctl("/dev/ptmx") != 0)
		SKIP("there are no pseudo-terminals here");
	enforce(PROFILE({ "ReadPath", "/dev/ptmx" }, { "WritePath", "/dev/null" }));
	ALLOWED(device_ioctl("/dev/ptmx"));
	ALLOWED(writing("/dev/null"));
	REFUSED(reading("/dev/null"));
}

static void path_that_is_not_there_is_an_error_with_its_name_and_place(void **state)
{
	char why[256];

	(void)state;
	snprintf(why, sizeof why, "ReadPath=%s: No such file or directory", S("data/no"));
	must_not_make(PROFILE({ "ReadPath", S("data") }, { "ReadPath", S("data/no") }), -ENOENT,
		      "landlock-fs", why);
	must_not_make(PROFILE({ "WritePath", S("data/file/no") }), -ENOTDIR, "landlock-fs",
		      "WritePath=");
	assert_int_equal(symlink("circle", S("circle")), 0);
	must_not_make(PROFILE({ "ExecPath", S("circle") }), -ELOOP, "landlock-fs", "ExecPath=");
	/* optional is what is not there, not what goes wrong otherwise */
	snprintf(why, sizeof why, "-%s", S("circle"));
	must_not_make(PROFILE({ "ReadPath", why }), -ELOOP, "landlock-fs", "ReadPath=");
	/* nor does best effort make a mistake good */
	must_not_make(PROFILE({ "ReadPath", "/nowhere" }, { "BestEffort", "landlock" }), -ENOENT,
		      "landlock-fs", "/nowhere");
}

CHILD_TEST(optional_path_may_be_missing, 5)
{
	char optional[3][256];

	snprintf(optional[0], sizeof optional[0], "-%s", S("data/no"));
	snprintf(optional[1], sizeof optional[1], "-%s", S("data/file/no"));
	snprintf(optional[2], sizeof optional[2], "-%s", S("data/file"));
	enforce(PROFILE({ "ReadPath", optional[0] }, { "ReadPath", optional[1] },
			{ "ReadPath", optional[2] }));
	ALLOWED(reading(S("data/file")));
	REFUSED(reading(S("other/target")));
}

static void lower_descriptors_stay_the_callers(void *arg)
{
	struct airlock_report *r;
	struct airlock_profile *p = PROFILE({ "ReadPath", S("data") });
	int before, fd;

	(void)arg;
	close(0);
	close(1);
	close(2);
	before = count_fds();
	fd = must_make(p, &r);
	assert_true(fd > 2);
	assert_int_equal(count_fds(), before + 1);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	close(fd);
	airlock_report_free(r);
	airlock_profile_free(p);
}

static void ruleset_is_never_0_to_2(void **state)
{
	(void)state;
	need_landlock(1);
	in_child(lower_descriptors_stay_the_callers, NULL);
}

/* With room for `room` descriptors more. 0, or the error that it must be. */
static int make_with_room(struct airlock_profile *p, int room)
{
	int first = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = -7, error, before;
	struct airlock_report *r = airlock__report_new();
	struct rlimit limit;

	close(first);
	before = count_fds();
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)(first + room);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	error = airlock__landlock_make(p, r, &fd);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (error) {
		assert_int_equal(error, -EMFILE);
		assert_int_equal(fd, -7);
		must_say(r, "landlock-fs", AIRLOCK_LOST, "Too many open files");
	} else {
		close(fd);
	}
	assert_int_equal(count_fds(), before);
	airlock_report_free(r);
	return error;
}

static void short_of_descriptors(void *arg)
{
	/* and how many it takes at least: the ruleset, a path, and what is opened beside it */
	static const struct {
		const char *key, *value;
		int least;
	} cases[] = {
		{ "ReadPath", "/", 2 },
		{ "ReadPath", "@argv", 2 },
		{ "ReadPath", "@argv-dir", 3 },
		{ "ExecPath", "@program", 4 },
	};

	(void)arg;
	setenv("PATH", S("bin"), 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct airlock_profile *p =
			PROFILE({ cases[i].key, cases[i].value }, { "BestEffort", "landlock" });
		int room = 0;

		COMMAND(p, "script", S("data/file"), S("data/link"), S("data/sub"), "x/y");
		while (room < 10 && make_with_room(p, room) != 0)
			room++;
		assert_int_equal(room, cases[i].least);
		airlock_profile_free(p);
	}
}

static void shortage_of_descriptors_is_an_error_wherever_it_comes(void **state)
{
	(void)state;
	need_landlock(1);
	in_child(short_of_descriptors, NULL);
}

static void paths_are_opened_without_a_leak_in_success_and_failure(void **state)
{
	struct airlock_profile *p;
	struct snapshot *s;

	(void)state;
	need_landlock(5);
	p = PROFILE({ "ReadPath", S("data") }, { "ExecPath", "@program" }, { "ReadPath", "@argv" },
		    { "WritePath", "@argv-dir" }, { "BindTCP", "80" });
	COMMAND(p, S("bin/script"), S("data/file"), S("data/link"), S("data/sub"), "x/y", "");
	s = snapshot_take();
	close(must_make(p, NULL));
	assert_unchanged(s);
	assert_int_equal(unlink(S("bin/true")), 0);
	must_not_make(p, -ENOENT, "landlock-fs", "No such file");
}

/* Ports */

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* Listens somewhere; the port in *ret. */
static int listener(int *ret)
{
	struct sockaddr_in a = loopback(0);
	socklen_t size = sizeof a;
	int fd = tcp_socket();

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	*ret = ntohs(a.sin_port);
	return fd;
}

static int connecting(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = tcp_socket(), r = connect(fd, (struct sockaddr *)&a, sizeof a) < 0 ? errno : 0;

	close(fd);
	return r;
}

static int binding(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = tcp_socket(), r, one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	r = bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ? errno : 0;
	close(fd);
	return r;
}

/* A port that was free a moment ago. */
static int free_port(void)
{
	int port, fd = listener(&port);

	close(fd);
	return port;
}

CHILD_TEST(connect_tcp_allows_these_ports_alone, 4)
{
	int here, there, fd1 = listener(&here), fd2 = listener(&there);
	char port[8];

	snprintf(port, sizeof port, "%d", here);
	ALLOWED(connecting(there));
	enforce(PROFILE({ "ConnectTCP", port }));
	ALLOWED(connecting(here));
	REFUSED(connecting(there));
	/* nothing was said of binding, nor of files */
	ALLOWED(binding(free_port()));
	ALLOWED(writing(S("data/file")));
	close(fd1);
	close(fd2);
}

CHILD_TEST(bind_tcp_allows_these_ports_alone, 4)
{
	int mine = free_port(), other = free_port(), there, fd = listener(&there);
	char port[8];

	snprintf(port, sizeof port, "%d", mine);
	enforce(PROFILE({ "BindTCP", port }));
	ALLOWED(binding(mine));
	REFUSED(binding(other));
	REFUSED(binding(0));
	ALLOWED(connecting(there));
	close(fd);
}

CHILD_TEST(ports_of_none_are_refused_all, 4)
{
	int there, fd = listener(&there), port = free_port();

	enforce(PROFILE({ "BindTCP", "none" }, { "ConnectTCP", "none" }));
	REFUSED(connecting(there));
	REFUSED(binding(port));
	REFUSED(binding(0));
	close(fd);
}

static void report_tells_of_ports(void **state)
{
	struct airlock_profile *p;
	struct airlock_report *r;

	(void)state;
	need_landlock(4);
	p = PROFILE({ "BindTCP", "80" }, { "ConnectTCP", "80 443" });
	close(must_make(p, &r));
	must_say(r, "landlock-bind-tcp", AIRLOCK_ENFORCED, "4 wanted, 1 port");
	must_say(r, "landlock-connect-tcp", AIRLOCK_ENFORCED, "4 wanted, 2 ports");
	must_say(r, "landlock-fs", AIRLOCK_NOT_ASKED, "");
	must_say(r, "landlock-scope", AIRLOCK_NOT_ASKED, "");
	airlock_report_free(r);
	airlock_profile_free(p);
}

/* Scopes */

static int abstract_connecting(const struct sockaddr_un *a, socklen_t size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = connect(fd, (const struct sockaddr *)a, size) < 0 ? errno : 0;

	close(fd);
	return r;
}

static int abstract_listener(struct sockaddr_un *a, socklen_t *ret_size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* named by the kernel: abstract */
	assert_int_equal(bind(fd, (struct sockaddr *)a, sizeof a->sun_family), 0);
	*ret_size = sizeof *a;
	assert_int_equal(getsockname(fd, (struct sockaddr *)a, ret_size), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void try_scope(void *arg)
{
	const char *scope = arg;
	struct sockaddr_un a;
	socklen_t size;
	int fd = abstract_listener(&a, &size), life[2], r;
	pid_t other;

	assert_int_equal(pipe2(life, O_CLOEXEC), 0);
	other = fork();
	if (other == 0) {
		/* no signal from inside ends it, a parent's death signal neither: the pipe does */
		close(life[1]);
		_exit(read(life[0], &size, 1) != 0);
	}
	assert_true(other > 0);
	ALLOWED(abstract_connecting(&a, size));
	assert_int_equal(kill(other, 0), 0);
	enforce(PROFILE({ "Scope", scope }));
	must_be(abstract_connecting(&a, size), strstr(scope, "abstract") ? EPERM : 0, "connecting",
		__LINE__);
	r = kill(other, 0) < 0 ? errno : 0;
	must_be(r, strstr(scope, "signal") ? EPERM : 0, "kill", __LINE__);
	ALLOWED(writing(S("data/file")));
	close(fd);
}

static void scopes_keep_signals_and_abstract_sockets_inside(void **state)
{
	static const char *const scopes[] = { "signal", "abstract-unix-socket",
					      "signal abstract-unix-socket" };

	(void)state;
	need_landlock(6);
	for (size_t i = 0; i < COUNT(scopes); i++)
		in_child(try_scope, (void *)scopes[i]);
}

/* Older kernels */

static const struct {
	const char *name;
	int abi;
} parts[] = {
	{ "landlock-fs", 1 },	    { "landlock-truncate", 3 },	   { "landlock-ioctl-dev", 5 },
	{ "landlock-bind-tcp", 4 }, { "landlock-connect-tcp", 4 }, { "landlock-scope", 6 },
};

static struct airlock_profile *profile_of_all_parts(const char *best_effort)
{
	return PROFILE({ "ReadPath", "/" }, { "ReadPath", "/dev/null" },
		       { "WritePath", "/dev/null" }, { "ExecPath", "/" },
		       { "WritePath", S("data") }, { "BindTCP", "none" }, { "ConnectTCP", "none" },
		       { "Scope", "signal" }, { "BestEffort", best_effort });
}

/* What an old kernel has is had, and its report is right; only what it lacks is not in force. */
static void try_abi(void *arg)
{
	int abi = *(int *)arg, fd = -1, there, port = free_port(), other = listener(&there);
	struct airlock_profile *p = profile_of_all_parts("landlock");
	struct airlock_report *r = airlock__report_new();
	bool terminal = device_ioctl("/dev/ptmx") == 0;
	char say[64];

	if (!pretend_landlock_abi(abi))
		SKIP("this machine gives no user notification");
	assert_int_equal(airlock__landlock_make(p, r, &fd), 0);
	assert_true(fd > 2);
	for (size_t i = 0; i < COUNT(parts); i++) {
		snprintf(say, sizeof say, "ABI %d, %d wanted", abi, i == 0 ? 5 : parts[i].abi);
		must_say(r, parts[i].name, abi < parts[i].abi ? AIRLOCK_LOST : AIRLOCK_ENFORCED,
			 say);
	}
	assert_int_equal(airlock__report_failure(r), 0);
	airlock_report_free(r);
	airlock_profile_free(p);
	restrict_self(fd);
	ALLOWED(reading(S("data/file")));
	REFUSED(writing(S("other/target")));
	ALLOWED(creating(S("data/new")));
	must_be(renaming(S("data/new"), S("data/sub/new")), abi < 2 ? EXDEV : 0, "refer", __LINE__);
	must_be(truncating(S("other/target")), abi < 3 ? 0 : EACCES, "truncate", __LINE__);
	must_be(connecting(there), abi < 4 ? 0 : EACCES, "connect", __LINE__);
	must_be(binding(port), abi < 4 ? 0 : EACCES, "bind", __LINE__);
	if (terminal)
		must_be(device_ioctl("/dev/ptmx"), abi < 5 ? 0 : EACCES, "ioctl", __LINE__);
	must_be(kill(getppid(), 0) < 0 ? errno : 0, abi < 6 ? 0 : EPERM, "signal", __LINE__);
	close(other);
}

static void older_abi_has_what_it_knows_and_tells_what_it_lacks(void **state)
{
	(void)state;
	need_landlock(7);
	for (int abi = 1; abi <= 7; abi++) {
		in_child(try_abi, &abi);
		remove(S("data/new"));
		remove(S("data/sub/new"));
	}
}

static void must_lose(const char *best_effort, int failure)
{
	struct airlock_profile *p = profile_of_all_parts(best_effort);
	struct airlock_report *r = airlock__report_new();
	int fd = -7;

	assert_int_equal(airlock__landlock_make(p, r, &fd), 0);
	assert_int_equal(airlock__report_failure(r), failure);
	if (fd >= 0)
		close(fd);
	airlock_report_free(r);
	airlock_profile_free(p);
}

static void try_loss(void *arg)
{
	(void)arg;
	if (!pretend_landlock_abi(3))
		SKIP("this machine gives no user notification");
	must_lose("landlock", 0);
	must_lose("landlock-scope", -EOPNOTSUPP);
	must_lose("landlock-ioctl-dev landlock-bind-tcp landlock-connect-tcp landlock-scope", 0);
}

static void part_that_is_lost_is_a_failure_unless_it_is_best_effort(void **state)
{
	(void)state;
	need_landlock(3);
	in_child(try_loss, NULL);
}

/* Only parts that this ABI has not: there is nothing to make. */
static void try_nothing_left(void *arg)
{
	struct airlock_profile *p =
		PROFILE({ "BindTCP", "80" }, { "Scope", "signal" }, { "BestEffort", "landlock" });
	struct airlock_report *r = airlock__report_new();
	int fd = 7;

	(void)arg;
	if (!pretend_landlock_abi(3))
		SKIP("this machine gives no user notification");
	assert_int_equal(airlock__landlock_make(p, r, &fd), 0);
	assert_int_equal(fd, -1);
	must_say(r, "landlock-bind-tcp", AIRLOCK_LOST, "ABI 3, 4 wanted");
	must_say(r, "landlock-scope", AIRLOCK_LOST, "ABI 3, 6 wanted");
	airlock_report_free(r);
	airlock_profile_free(p);
}

static void no_ruleset_where_the_kernel_has_no_part_of_what_is_asked(void **state)
{
	(void)state;
	need_landlock(3);
	in_child(try_nothing_left, NULL);
}

/* Kernels without */

struct refusal {
	int error;   /* what the calls answer, as pretend_landlock_abi() takes it */
	int failure; /* what is made of it */
	const char *why;
	int call; /* only this one; 0: all */
};

static void try_refusal(void *arg)
{
	const struct refusal *f = arg;
	const struct call_rule rule = { f->call, 0, 0, 0, SECCOMP_RET_ERRNO | (unsigned)-f->error };
	struct airlock_profile *p = profile_of_all_parts("seccomp-baseline");
	struct airlock_report *r = airlock__report_new();
	struct snapshot *s;
	int fd = 7;

	if (f->call ? !filter_calls(&rule, 1) : !pretend_landlock_abi(f->error))
		SKIP("this machine lets us filter nothing");
	s = snapshot_take();
	assert_int_equal(airlock__landlock_make(p, r, &fd), 0);
	assert_int_equal(fd, -1);
	assert_unchanged(s);
	for (size_t i = 0; i < COUNT(parts); i++)
		must_say(r, parts[i].name, AIRLOCK_LOST, f->why);
	assert_int_equal(airlock__report_failure(r), f->failure);
	airlock_report_free(r);
	airlock_profile_free(p);
	must_lose("landlock", 0);
	/* a mistake is one here, too */
	must_not_make(PROFILE({ "ReadPath", S("data/no") }, { "BestEffort", "landlock" }), -ENOENT,
		      "landlock-fs", "No such file");
}

static void kernel_without_landlock_loses_all_and_says_why(void **state)
{
	static const struct refusal refusals[] = {
		{ 0, -EOPNOTSUPP, "has no Landlock", 0 },
		{ -EOPNOTSUPP, -EOPNOTSUPP, "switched off", 0 },
		{ -EPERM, -EPERM, "refused", 0 },
		{ -EACCES, -EOPNOTSUPP, "Permission denied", 0 },
		/* a container whose filter knows one call and not the other */
		{ -EPERM, -EPERM, "refused", NR_ADD_RULE },
		{ -ENOSYS, -EOPNOTSUPP, "has no Landlock", NR_ADD_RULE },
	};

	(void)state;
	if (under_valgrind())
		SKIP("valgrind is no place for filters");
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (!refusals[i].call || landlock_abi() >= 6)
			in_child(try_refusal, (void *)&refusals[i]);
}

static void short_of_kernel_memory(void *arg)
{
	/* to make a ruleset; to ask for the ABI is the same call with flag 1 */
	const struct call_rule rule = { NR_CREATE_RULESET, 2, 1, 0, SECCOMP_RET_ERRNO | ENOMEM };

	(void)arg;
	if (!filter_calls(&rule, 1))
		SKIP("this machine lets us filter nothing");
	must_not_make(PROFILE({ "ReadPath", S("data") }, { "BestEffort", "landlock" }), -ENOMEM,
		      "landlock-fs", "Cannot allocate memory");
	must_not_make(PROFILE({ "BindTCP", "80" }, { "BestEffort", "landlock" }), -ENOMEM,
		      "landlock-bind-tcp", "Cannot allocate memory");
}

static void no_memory_for_a_ruleset_is_an_error(void **state)
{
	(void)state;
	need_landlock(4);
	in_child(short_of_kernel_memory, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(report_keeps_what_it_is_told_and_makes_it_safe_to_print),
		SCRATCH_TEST(report_remembers_the_first_loss_that_is_not_best_effort),
		SCRATCH_TEST(report_that_has_no_memory_is_a_failure_even_if_all_is_best_effort),
		SCRATCH_TEST(nothing_asked_is_no_ruleset),
		SCRATCH_TEST(read_path_reads_and_lists_and_no_more),
		SCRATCH_TEST(write_path_writes_makes_removes_and_does_not_read),
		SCRATCH_TEST(exec_path_executes_and_reads_files_but_lists_nothing),
		SCRATCH_TEST(rule_for_a_file_is_for_that_file_alone),
		SCRATCH_TEST(rule_for_a_link_is_for_what_it_leads_to),
		SCRATCH_TEST(file_that_is_replaced_by_rename_needs_a_rule_on_its_folder),
		SCRATCH_TEST(keys_without_paths_refuse_all),
		SCRATCH_TEST(device_gets_its_ioctls_only_where_it_is_named_itself),
		SCRATCH_TEST(device_that_is_named_gets_its_ioctls),
		SCRATCH_TEST(path_that_is_not_there_is_an_error_with_its_name_and_place),
		SCRATCH_TEST(optional_path_may_be_missing),
		SCRATCH_TEST(ruleset_is_never_0_to_2),
		SCRATCH_TEST(shortage_of_descriptors_is_an_error_wherever_it_comes),
		SCRATCH_TEST(paths_are_opened_without_a_leak_in_success_and_failure),
		SCRATCH_TEST(connect_tcp_allows_these_ports_alone),
		SCRATCH_TEST(bind_tcp_allows_these_ports_alone),
		SCRATCH_TEST(ports_of_none_are_refused_all),
		SCRATCH_TEST(report_tells_of_ports),
		SCRATCH_TEST(scopes_keep_signals_and_abstract_sockets_inside),
		SCRATCH_TEST(older_abi_has_what_it_knows_and_tells_what_it_lacks),
		SCRATCH_TEST(part_that_is_lost_is_a_failure_unless_it_is_best_effort),
		SCRATCH_TEST(no_ruleset_where_the_kernel_has_no_part_of_what_is_asked),
		SCRATCH_TEST(kernel_without_landlock_loses_all_and_says_why),
		SCRATCH_TEST(no_memory_for_a_ruleset_is_an_error),
	};

	return cmocka_run_group_tests_name("landlock", tests, NULL, NULL);
}
