/* SPDX-License-Identifier: ISC */
/*
 * test_cmd.c: the airlock command as it was built: `airlock exec` in all that it promises, what comes
 * before any verb, and every verb under wrong use. Codes and messages are compared as a whole.
 */
#define _GNU_SOURCE
#include "common.h"
#include "command.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT helper_program("report")
#define TRY(verb) "; try `airlock " verb " --help'\n"
#define EXEC_TRY TRY("exec")

enum { NOT_PREPARED = 99, NO_EXEC = 98, SIGNALLED = 128 };

/* The folder that all tests share: its files are put there by make_folder(). */
static char *folder;

static const char *in_folder(const char *name)
{
	static char names[8][PATH_MAX];
	static unsigned next;
	char *full = names[next++ % COUNT(names)];

	snprintf(full, sizeof *names, "%s/%s", folder, name);
	return full;
}

static int make_folder(void **state)
{
	(void)state;
	/* a folder that may not be searched would make 126 of each 127 */
	if (setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1) < 0)
		return -1;
	folder = temp_folder();
	temp_file(folder, "few.conf", "LimitNOFILE=21\n", 0644);
	temp_file(folder, "mask.conf", "[Service]\nUMask=077\nLimitNOFILE=22\n", 0644);
	temp_file(folder, "filter", "LimitNOFILE=23\n", 0644);
	temp_file(folder, "wrong.conf", "# a comment\nLimitNOFILE=21\n  Usr=root\n", 0644);
	temp_file(folder, "includes.conf", "Include=./wrong.conf\n", 0644);
	temp_file(folder, "secret.conf", "LimitNOFILE=21\n", 0);
	temp_file(folder, "plain", "no program\n", 0644);
	temp_file(folder, "no-format", "echo\n", 0755);
	temp_file(folder, "script", "#!/bin/cat\nread by cat\n", 0755);
	temp_file(folder, "orphan", "#!/nonexistent/interpreter\n", 0755);
	if (symlink(REPORT, in_folder("prog")) < 0 || mkfifo(in_folder("fifo"), 0644) < 0 ||
	    mkdir(in_folder("denied"), 0755) < 0)
		return -1;
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	temp_remove(folder);
	return 0;
}

/* What one command line says: standard error as a whole, and nothing on standard output. */
static void must_say(int code, const char *err, struct command c)
{
	struct ran r = command_run(&c);

	assert_ran(&r, code, err);
	assert_string_equal(r.out, "");
	command_free(&r);
}
#define MUST_SAY(code, err, ...) \
	must_say(code, err, (struct command){ .argv = (const char *const[]){ __VA_ARGS__, NULL } })
#define MUST_SAY_IN(where, code, err, ...) \
	must_say(code, err, \
		 (struct command){ .argv = (const char *const[]){ __VA_ARGS__, NULL }, \
				   .cwd = (where) })

/* The report of a command that must succeed in silence, from malloc. */
static char *report_by(struct command c)
{
	struct ran r = command_run(&c);

	assert_ran(&r, 0, "");
	free(r.err);
	return r.out;
}
#define REPORT_BY(...) \
	report_by((struct command){ .argv = (const char *const[]){ __VA_ARGS__, NULL } })

static void must_report_number(const char *text, const char *key, long want)
{
	char number[32];

	snprintf(number, sizeof number, "%ld", want);
	must_report(text, key, number);
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && (at[len] == '\n' || !at[len]))
			return true;
	return false;
}

/* This machine may lack what the builtin needs. */
static void need_builtin(const char *name)
{
	struct ran r = RAN(NULL, "airlock", "exec", "--profile", name, REPORT, "exit", "0");
	bool has = r.code == 0;

	if (!has)
		print_message("%s", r.err);
	command_free(&r);
	if (!has)
		SKIP("the builtin %s cannot be had here", name);
}

/* nobody may not be able to reach a folder above the build */
static void need_nobody(void)
{
	struct ran r;
	int code;

	need_root();
	r = command_run(&(struct command){
		.argv = (const char *const[]){ "airlock", "--version", NULL }, .as_nobody = true });
	code = r.code;
	command_free(&r);
	if (code == NO_EXEC)
		SKIP("nobody cannot reach %s", AIRLOCK);
	assert_int_equal(code, 0);
}

/* In the process that becomes the command, where nothing may be asserted */
static void prepared(bool condition)
{
	if (!condition)
		_exit(NOT_PREPARED);
}

/* It becomes the program */

static void tell_pid(void)
{
	dprintf(STDOUT_FILENO, "started: %d\n", (int)getpid());
}

static void exec_becomes_the_program_and_leaves_no_parent_behind(void **state)
{
	char *text = report_by((struct command){
		.argv = (const char *const[]){ "airlock", "exec", "--profile", "none", REPORT,
					       NULL },
		.prepare = tell_pid,
	});
	char *started = report_value(text, "started");

	(void)state;
	assert_non_null(started);
	must_report(text, "pid", started);
	must_report_number(text, "ppid", getpid());
	must_report_number(text, "pgid", getpgid(0));
	must_report_number(text, "sid", getsid(0));
	must_report(text, "pdeathsig", "0");
	must_report(text, "arg 0", REPORT);
	free(started);
	free(text);
}

static void exec_locks_in_with_every_profile(void **state)
{
	char *text = REPORT_BY("airlock", "exec", "--profile", "none", REPORT);

	(void)state;
	must_report(text, "no-new-privs", "1");
	must_report(text, "seccomp", "2");
	must_report(text, "limit 4", "1:1"); /* no core dumps, not even into a pipe */
	if (geteuid() == 0) {
		must_report(text, "groups", "");
		must_report(text, "capabilities", "0 0 0 0 0");
	}
	free(text);
}

static void exec_passes_on_how_the_program_ends(void **state)
{
	static const char *const codes[] = { "0", "1", "3", "124", "125", "126", "127", "255" };
	static const int signals[] = { SIGHUP, SIGKILL, SIGUSR1, SIGTERM };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		MUST_SAY(atoi(codes[i]), "", "airlock", "exec", "--profile", "none", REPORT, "exit",
			 codes[i]);
	for (size_t i = 0; i < COUNT(signals); i++) {
		char number[8];

		snprintf(number, sizeof number, "%d", signals[i]);
		MUST_SAY(SIGNALLED + signals[i], "", "airlock", "exec", "--profile", "none", REPORT,
			 "signal", number);
	}
}

/* P9 */
static void exec_holds_to_the_one_exec(void **state)
{
	(void)state;
	MUST_SAY(SIGNALLED + SIGSYS, "", "airlock", "exec", "--profile", "none", REPORT, "reexec",
		 REPORT);
	/* nor after the shell, which could exec it directly but for this */
	MUST_SAY(SIGNALLED + SIGSYS, "", "airlock", "exec", "--profile", "none", "sh", "-c",
		 "exec true");
	MUST_SAY(0, "", "airlock", "exec", "--profile", "none", "-p", "ExecOnce=no", REPORT,
		 "reexec", REPORT);
	need_builtin("filter");
	MUST_SAY(SIGNALLED + SIGSYS, "", "airlock", "exec", REPORT, "reexec", REPORT);
}

static void exec_feeds_the_program_what_airlock_was_fed(void **state)
{
	static const char text[] = "one\ntwo\n\nno newline";
	struct ran r = RAN(text, "airlock", "exec", "--profile", "none", "cat");

	(void)state;
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, text);
	command_free(&r);
	need_builtin("strict");
	r = RAN(text, "airlock", "exec", "--profile", "strict", "cat");
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, text);
	command_free(&r);
}

/* Descriptors */

/* Files that are known to us: the command gets them as its own, at these numbers. */
enum { SOURCES = 5 };
static int sources[SOURCES];
static const int source_at[SOURCES] = { 0, 2, 7, 9, 200 };

static void make_sources(void)
{
	for (int i = 0; i < SOURCES; i++) {
		sources[i] = memfd_create("source", MFD_CLOEXEC);
		assert_true(sources[i] >= 0);
	}
}

static void close_sources(void)
{
	for (int i = 0; i < SOURCES; i++)
		close(sources[i]);
}

/* and a crowd of others, which it must not pass on */
static void place_sources(void)
{
	int high[SOURCES];

	for (int i = 0; i < SOURCES; i++)
		prepared((high[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, 300)) >= 0);
	prepared(open_many(50) == 50);
	for (int i = 0; i < SOURCES; i++)
		prepared(dup2(high[i], source_at[i]) == source_at[i]);
}

static void must_have_sources(const char *text, const char *fds, size_t n)
{
	must_report(text, "fds", fds);
	for (size_t i = 0; i < n; i++)
		must_be_same_file(helpers_fd(text, source_at[i]), identity_of(sources[i]),
				  source_at[i]);
}

/* P3 */
static void exec_keeps_three_descriptors_and_those_that_are_named(void **state)
{
	struct command c = {
		.argv = (const char *const[]){ "airlock", "exec", "--profile", "none", REPORT,
					       NULL },
		.prepare = place_sources,
	};
	char *text;

	(void)state;
	make_sources();
	text = report_by(c);
	must_have_sources(text, "0 1 2", 2);
	free(text);

	c.argv = (const char *const[]){ "airlock", "exec",	  "--profile", "none", "--keep-fd",
					"9",	   "--keep-fd=7", "--keep-fd", "9",    "--keep-fd",
					"2",	   "--keep-fd",	  "0",	       REPORT, NULL };
	text = report_by(c);
	must_have_sources(text, "0 1 2 7 9", 4);
	free(text);

	/* the limit that a profile sets does not touch what is open */
	c.argv = (const char *const[]){ "airlock",	  "exec",      "--profile", "none", "-p",
					"LimitNOFILE=64", "--keep-fd", "200",	    REPORT, NULL };
	text = report_by(c);
	must_report(text, "fds", "0 1 2 200");
	must_be_same_file(helpers_fd(text, 200), identity_of(sources[4]), 200);
	free(text);
	close_sources();
}

static void exec_says_which_descriptor_it_cannot_keep(void **state)
{
	static const char *const bad[] = { "",	  "x",	     "-1",
					   "+1",  " 1",	     "1 ",
					   "0x1", "1048577", "99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *err;

		assert_true(asprintf(&err,
				     "airlock: exec: --keep-fd %s: the number of a descriptor is "
				     "wanted" EXEC_TRY,
				     bad[i]) > 0);
		MUST_SAY(125, err, "airlock", "exec", "--keep-fd", bad[i], REPORT, "exit", "0");
		free(err);
	}
	MUST_SAY(125, "airlock: --keep-fd 777: Bad file descriptor\n", "airlock", "exec",
		 "--keep-fd", "777", REPORT, "exit", "0");
	MUST_SAY(125, "airlock: --keep-fd 1048576: Bad file descriptor\n", "airlock", "exec",
		 "--keep-fd", "1048576", REPORT, "exit", "0");
}

static unsigned closed_now;

static void close_some(void)
{
	prepared(dup2(sources[3], 9) == 9);
	for (int fd = 0; fd < 3; fd++)
		if (closed_now & 1u << fd)
			close(fd);
}

/* Nothing that airlock opens, a profile or a ruleset, may land at 0, 1 or 2. */
static void exec_finds_0_1_and_2_closed(void **state)
{
	(void)state;
	make_sources();
	for (closed_now = 0; closed_now < 8; closed_now++) {
		char text[65536];
		ssize_t n;
		struct ran r = command_run(&(struct command){
			.argv = (const char *const[]){ "airlock", "exec", "--profile",
						       in_folder("few.conf"), "--keep-fd", "9",
						       "-p", "BestEffort=landlock", "-p",
						       "ReadPath=/", "-p", "ExecPath=/", REPORT,
						       "-o", "9", NULL },
			.prepare = close_some,
		});

		assert_ran(&r, 0, "");
		command_free(&r);
		n = pread(sources[3], text, sizeof text - 1, 0);
		assert_true(n > 0);
		text[n] = '\0';
		must_report(text, "fds", "0 1 2 9");
		must_report(text, "limit 7", "21:21");
		for (int fd = 0; fd < 3; fd++)
			if (closed_now & 1u << fd)
				must_be_same_file(helpers_fd(text, fd), identity_of_null(), fd);
		must_be_same_file(helpers_fd(text, 9), identity_of(sources[3]), 9);
		assert_int_equal(ftruncate(sources[3], 0), 0);
		lseek(sources[3], 0, SEEK_SET);
	}
	close_sources();
}

static void exec_fails_as_it_should_with_0_1_and_2_closed(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 8; closed++) {
		const char *err = closed & 4 ? ""
					     : "airlock: prog: no such file, and no builtin "
					       "profile of that name\n";

		must_say(125, err,
			 (struct command){ .argv = (const char *const[]){ "airlock", "exec",
									  "--profile", "prog",
									  REPORT, NULL },
					   .closed = closed });
		err = closed & 4 ? ""
				 : "airlock: /nonexistent/program: No such file or directory\n";
		must_say(127, closed & 4 ? "" : err,
			 (struct command){ .argv = (const char *const[]){ "airlock", "exec",
									  "/nonexistent/program",
									  NULL },
					   .closed = closed });
	}
}

static void give_full_stderr(void)
{
	int fd = open("/dev/full", O_WRONLY);

	prepared(fd >= 0 && dup2(fd, 2) == 2);
}

static void a_message_that_cannot_be_written_changes_no_code(void **state)
{
	struct command c = { .argv = (const char *const[]){ "airlock", "exec", NULL },
			     .prepare = give_full_stderr };

	(void)state;
	must_say(125, "", c);
	c.argv = (const char *const[]){ "airlock", "exec", "/nonexistent/program", NULL };
	must_say(127, "", c);
}

/* Which program */

static void exec_searches_path_as_execvp_does(void **state)
{
	const char *path[] = { NULL, NULL };
	struct command c = { .env = path };
	char *text;

	(void)state;
	/* a folder of that name, and one where it may not be executed, do not hide a later hit */
	assert_true(asprintf((char **)&path[0], "PATH=/nonexistent:%s:%s:/usr/bin:/bin",
			     in_folder("plain"), folder) > 0);
	c.argv = (const char *const[]){ "airlock", "exec", "--profile", "none",
					"prog",	   "-o",   "1",		NULL };
	text = report_by(c);
	must_report(text, "arg 0", "prog");
	free(text);
	c.argv = (const char *const[]){ "airlock", "exec", "--profile", "none", "plain", NULL };
	must_say(126, "airlock: plain: execve: plain (in PATH): Permission denied\n", c);
	c.argv = (const char *const[]){
		"airlock", "exec", "--profile", "none", "nonexistent-program", NULL
	};
	must_say(127,
		 "airlock: nonexistent-program: execve: nonexistent-program (in PATH): No such "
		 "file or directory\n",
		 c);
	/* an empty word in PATH is the folder one is in */
	free((char *)path[0]);
	path[0] = "PATH=/nonexistent:";
	c.cwd = folder;
	c.argv = (const char *const[]){ "airlock", "exec", "--profile", "none", "prog", NULL };
	free(report_by(c));
	path[0] = "PATH=/nonexistent:/usr";
	must_say(127, "airlock: prog: execve: prog (in PATH): No such file or directory\n", c);
}

static void exec_takes_a_path_relative_to_where_it_is(void **state)
{
	struct command c = { .argv = (const char *const[]){ "airlock", "exec", "--profile", "none",
							    "./prog", NULL },
			     .cwd = folder };
	char *text = report_by(c);

	(void)state;
	must_report(text, "arg 0", "./prog");
	must_report(text, "cwd", folder);
	free(text);
	/* the helper's folder, if the profile says another */
	c.argv = (const char *const[]){ "airlock", "exec", "--profile",
					"none",	   "-p",   "WorkingDirectory=/",
					"./prog",  NULL };
	must_say(127, "airlock: prog: execve: ./prog: No such file or directory\n", c);
}

static void exec_runs_scripts(void **state)
{
	struct ran r = RAN(NULL, "airlock", "exec", "--profile", "none", in_folder("script"));

	(void)state;
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "#!/bin/cat\nread by cat\n");
	command_free(&r);
	need_builtin("filter");
	r = RAN(NULL, "airlock", "exec", in_folder("script"));
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "#!/bin/cat\nread by cat\n");
	command_free(&r);
}

/*
 * 127: there is none; 126: it cannot be executed. Whether the profile names @program, and so
 * looks at the file before the exec does, makes no difference.
 */
static void exec_tells_missing_programs_from_those_that_cannot_be_executed(void **state)
{
	static const struct {
		const char *program;
		int code;
		const char *filter, *none;
	} cases[] = {
		{ "./nonexistent", 127, "./nonexistent: No such file or directory",
		  "nonexistent: execve: ./nonexistent: No such file or directory" },
		{ "nonexistent-program", 127, "nonexistent-program: No such file or directory",
		  "nonexistent-program: execve: nonexistent-program (in PATH): No such file or "
		  "directory" },
		{ "", 127, ": No such file or directory", ": execve: No such file or directory" },
		{ "./plain/x", 126, "./plain/x: Not a directory",
		  "x: execve: ./plain/x: Not a directory" },
		{ "./orphan", 127, "./orphan: /nonexistent/interpreter: No such file or directory",
		  "orphan: execve: ./orphan: No such file or directory" },
		{ "./denied", 126, "./denied: Permission denied",
		  "denied: execve: ./denied: Permission denied" },
		{ "/", 126, "/: Permission denied", "/: execve: /: Permission denied" },
		{ "./plain", 126, "plain: execve: ./plain: Permission denied",
		  "plain: execve: ./plain: Permission denied" },
		{ "./no-format", 126, "no-format: execve: ./no-format: Exec format error",
		  "no-format: execve: ./no-format: Exec format error" },
		{ "./fifo", 126, "./fifo: Permission denied",
		  "fifo: execve: ./fifo: Permission denied" },
	};
	char *err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(asprintf(&err, "airlock: %s\n", cases[i].none) > 0);
		MUST_SAY_IN(folder, cases[i].code, err, "airlock", "exec", "--profile", "none",
			    cases[i].program);
		free(err);
	}
	need_builtin("filter");
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(asprintf(&err, "airlock: %s\n", cases[i].filter) > 0);
		MUST_SAY_IN(folder, cases[i].code, err, "airlock", "exec", cases[i].program);
		free(err);
	}
	/* the profile is in force by then, and what tells of it must be allowed still */
	need_builtin("strict");
	MUST_SAY_IN(folder, 126, "airlock: plain: execve: ./plain: Permission denied\n", "airlock",
		    "exec", "--profile", "strict", "./plain");
	/* a folder that is missing is not the program's fault */
	MUST_SAY(125,
		 "airlock: landlock-fs: RootDirectory=/nonexistent: No such file or directory\n",
		 "airlock", "exec", "-p", "RootDirectory=/nonexistent", "true");
	MUST_SAY(125,
		 "airlock: landlock-fs: ReadPath:1: ReadPath=/nonexistent: No such file or "
		 "directory\n",
		 "airlock", "exec", "-p", "ReadPath=/nonexistent", "true");
}

static void exec_leaves_what_follows_the_program_to_it(void **state)
{
	static const char *const words[] = { "report", "--help",    "-p", "x", "--profile=nonsense",
					     "--",     "--keep-fd", "" };
	const char *argv[16] = { "airlock", "exec", "--profile", "none", "--", REPORT };
	char *text;

	(void)state;
	for (int dashes = 0; dashes < 2; dashes++) {
		size_t at = 4 + (size_t)dashes;

		argv[at++] = REPORT;
		for (size_t i = 0; i < COUNT(words); i++)
			argv[at++] = words[i];
		argv[at] = NULL;
		text = report_by((struct command){ .argv = argv });
		argv[4] = "--";
		for (size_t i = 0; i < COUNT(words); i++) {
			char key[16];

			snprintf(key, sizeof key, "arg %zu", i + 1);
			must_report(text, key, words[i]);
		}
		assert_false(has_line(text, "arg 9: "));
		free(text);
	}
	/* a program whose name looks like an option */
	MUST_SAY(127, "airlock: --help: execve: --help (in PATH): No such file or directory\n",
		 "airlock", "exec", "--profile", "none", "--", "--help");
}

/* Profiles */

static void exec_uses_filter_unless_told_otherwise(void **state)
{
	char number[16];
	struct ran r;

	(void)state;
	need_builtin("filter");
	/* filter answers EACCES before the kernel finds that there is no path */
	snprintf(number, sizeof number, "%d", SYS_mkdirat);
	r = RAN(NULL, "airlock", "exec", REPORT, "call", number);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "call: -1 13\n");
	command_free(&r);
	r = RAN(NULL, "airlock", "exec", "--profile", "none", REPORT, "call", number);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "call: -1 14\n");
	command_free(&r);
	/* getppid is in the list, bpf is not */
	snprintf(number, sizeof number, "%d", SYS_bpf);
	MUST_SAY(SIGNALLED + SIGSYS, "", "airlock", "exec", REPORT, "call", number);
}

static void exec_adds_profiles_up_and_pairs_after_them(void **state)
{
	char *text = REPORT_BY("airlock", "exec", "--profile", in_folder("few.conf"), REPORT);

	(void)state;
	must_report(text, "limit 7", "21:21");
	free(text);
	text = REPORT_BY("airlock", "exec", "--profile", in_folder("few.conf"), "--profile",
			 in_folder("mask.conf"), REPORT);
	must_report(text, "limit 7", "22:22");
	must_report(text, "umask", "077");
	free(text);
	text = REPORT_BY("airlock", "exec", "--profile", in_folder("mask.conf"), "--profile",
			 "none", "--profile", in_folder("few.conf"), REPORT);
	must_report(text, "limit 7", "21:21");
	must_report(text, "umask", "077");
	free(text);
	/* wherever they stand; among themselves in their order */
	text = REPORT_BY("airlock", "exec", "-p", "LimitNOFILE=33", "--property=UMask=027",
			 "--profile", in_folder("mask.conf"), "-pLimitNOFILE=34", REPORT);
	must_report(text, "limit 7", "34:34");
	must_report(text, "umask", "027");
	free(text);
	/* pairs alone add to filter */
	need_builtin("filter");
	MUST_SAY(SIGNALLED + SIGSYS, "", "airlock", "exec", "-p", "LimitNOFILE=33", REPORT);
}

static void exec_takes_a_word_for_a_builtin_and_a_path_for_a_file(void **state)
{
	char *text = report_by(
		(struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								 "./filter", REPORT, NULL },
				  .cwd = folder });

	(void)state;
	must_report(text, "limit 7", "23:23");
	free(text);
	text = report_by(
		(struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								 "few.conf", REPORT, NULL },
				  .cwd = folder });
	must_report(text, "limit 7", "21:21");
	free(text);
	/* the builtin kills what reports do */
	need_builtin("filter");
	MUST_SAY_IN(folder, SIGNALLED + SIGSYS, "", "airlock", "exec", "--profile", "filter",
		    REPORT);
}

static void exec_says_where_a_profile_is_wrong(void **state)
{
	(void)state;
	MUST_SAY_IN(folder, 125,
		    "airlock: wrong.conf:3:3: unknown key `Usr`; did you mean `User`?\n", "airlock",
		    "exec", "--profile", "wrong.conf", REPORT);
	/* all are read before anything is done */
	MUST_SAY_IN(folder, 125,
		    "airlock: wrong.conf:3:3: unknown key `Usr`; did you mean `User`?\n", "airlock",
		    "exec", "--profile", "none", "--profile", "wrong.conf", "/nonexistent/program");
	MUST_SAY_IN(folder, 125,
		    "airlock: wrong.conf:3:3: unknown key `Usr`; did you mean `User`?\n", "airlock",
		    "exec", "--profile", "includes.conf", REPORT);
	MUST_SAY_IN(folder, 125,
		    "airlock: nonesuch: no such file, and no builtin profile of that name\n",
		    "airlock", "exec", "--profile", "nonesuch", REPORT);
	MUST_SAY_IN(folder, 125, "airlock: ./none: No such file or directory\n", "airlock", "exec",
		    "--profile", "./none", REPORT);
	MUST_SAY_IN(folder, 125, "airlock: : no such file, and no builtin profile of that name\n",
		    "airlock", "exec", "--profile", "", REPORT);
	MUST_SAY_IN(folder, 125, "airlock: plain/x: Not a directory\n", "airlock", "exec",
		    "--profile", "plain/x", REPORT);
	MUST_SAY_IN(folder, 125, "airlock: denied: Is a directory\n", "airlock", "exec",
		    "--profile", "denied", REPORT);
	MUST_SAY(125,
		 "airlock: filtre: no such file, and no builtin profile of that name; did you mean "
		 "filter?\n",
		 "airlock", "exec", "--profile", "filtre", REPORT);
	/* a FIFO that nobody writes to must not hang it */
	MUST_SAY_IN(folder, 125, "airlock: fifo: only regular files are taken\n", "airlock", "exec",
		    "--profile", "fifo", REPORT);
	MUST_SAY(125, "airlock: /dev/zero: only regular files are taken\n", "airlock", "exec",
		 "--profile", "/dev/zero", REPORT);
}

static void exec_says_that_a_profile_cannot_be_read(void **state)
{
	struct command c = { .argv = (const char *const[]){ "airlock", "exec", "--profile",
							    "secret.conf", REPORT, NULL },
			     .cwd = folder };

	(void)state;
	if (geteuid() == 0) {
		need_nobody();
		c.as_nobody = true;
	}
	must_say(125, "airlock: secret.conf: Permission denied\n", c);
}

static void exec_says_what_is_wrong_with_a_pair(void **state)
{
	static const struct {
		const char *pair, *why;
	} cases[] = {
		{ "User", "KEY=VALUE is wanted" },
		{ "", "KEY=VALUE is wanted" },
		{ "=x", "unknown key ``" },
		{ "Usr=root", "unknown key `Usr`; did you mean `User`?" },
		{ "user=root", "unknown key `user`; did you mean `User`?" },
		{ " User=root", "unknown key ` User`; did you mean `User`?" },
		{ "SystemCallFilter=read nosuch", "column 23: unknown system call `nosuch`" },
		{ "Nice=100", "column 6: `100` is no nice value: a number from -20 to 19" },
		{ "Include=/nonexistent/profile",
		  "column 9: cannot read /nonexistent/profile: No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *err;

		assert_true(asprintf(&err, "airlock: -p %s: %s\n", cases[i].pair, cases[i].why) >
			    0);
		MUST_SAY(125, err, "airlock", "exec", "--profile", "none", "-p", cases[i].pair,
			 REPORT);
		free(err);
	}
}

static void exec_becomes_another_user(void **state)
{
	char *text;

	(void)state;
	need_root();
	text = REPORT_BY("airlock", "exec", "--profile", "none", "-p", "User=65534", "-p",
			 "Group=65534", REPORT);
	must_report(text, "uid", "65534 65534 65534");
	must_report(text, "gid", "65534 65534 65534");
	must_report(text, "groups", "");
	must_report(text, "capabilities", "0 0 0 0 0");
	free(text);
	MUST_SAY(125, "airlock: user: there is no user nosuch\n", "airlock", "exec", "--profile",
		 "none", "-p", "User=nosuch", REPORT);
	need_nobody();
	must_say(125, "airlock: user: this caller may not become root: it has no CAP_SETUID\n",
		 (struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								  "none", "-p", "User=root", REPORT,
								  NULL },
				   .as_nobody = true });
}

static void exec_works_for_an_ordinary_user(void **state)
{
	char *text;

	(void)state;
	need_nobody();
	text = report_by(
		(struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								 "none", REPORT, NULL },
				  .as_nobody = true });
	must_report(text, "uid", "65534 65534 65534");
	must_report(text, "no-new-privs", "1");
	free(text);
	need_builtin("filter");
	must_say(0, "",
		 (struct command){ .argv = (const char *const[]){ "airlock", "exec", REPORT, "exit",
								  "0", NULL },
				   .as_nobody = true });
}

/* What the program finds */

static void set_environment(void)
{
	clearenv();
	prepared(setenv("PATH", "/usr/bin:/bin", 1) == 0 && setenv("LANG", "C", 1) == 0 &&
		 setenv("LC_TIME", "C.UTF-8", 1) == 0 && setenv("TZ", "UTC", 1) == 0 &&
		 setenv("SECRET", "word", 1) == 0 && setenv("HOME", "/root", 1) == 0 &&
		 setenv("LD_AUDIT", "", 1) == 0);
}

static void must_have_environment(const char *text, const char *const *want)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, "\nenv: ")); at++)
		n++;
	for (; *want; want++, n--) {
		char line[256];

		snprintf(line, sizeof line, "env: %s", *want);
		if (!has_line(text, line))
			fail_msg("no %s in the environment", *want);
	}
	if (n != 0)
		fail_msg("%d variables more in the environment: %s", n, strstr(text, "\nenv: "));
}
#define MUST_HAVE_ENVIRONMENT(text, ...) \
	must_have_environment(text, (const char *const[]){ __VA_ARGS__, NULL })

static void exec_passes_few_variables_and_those_that_are_asked_for(void **state)
{
	struct command c = { .argv = (const char *const[]){ "airlock", "exec", "--profile", "none",
							    REPORT, NULL },
			     .prepare = set_environment };
	char *text = report_by(c);

	(void)state;
	MUST_HAVE_ENVIRONMENT(text, "PATH=/usr/bin:/bin", "LANG=C", "LC_TIME=C.UTF-8", "TZ=UTC");
	free(text);
	c.argv = (const char *const[]){ "airlock",   "exec",
					"--profile", "none",
					"-p",	     "PassEnvironment=SECRET LD_AUDIT NONE",
					"-p",	     "Environment=A=b \"C=d e\"",
					"-p",	     "UnsetEnvironment=TZ",
					REPORT,	     NULL };
	text = report_by(c);
	MUST_HAVE_ENVIRONMENT(text, "PATH=/usr/bin:/bin", "LANG=C", "LC_TIME=C.UTF-8",
			      "SECRET=word", "LD_AUDIT=", "A=b", "C=d e");
	free(text);
}

static void clear_environment(void)
{
	clearenv();
}

static void exec_needs_no_environment(void **state)
{
	char *text = report_by(
		(struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								 "none", REPORT, NULL },
				  .prepare = clear_environment });

	(void)state;
	must_have_environment(text, (const char *const[]){ NULL });
	free(text);
	/* where there is no PATH, there are places to look all the same */
	must_say(0, "",
		 (struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								  "none", "true", NULL },
				   .prepare = clear_environment });
}

static void ruin_signals(void)
{
	ignore_all_signals();
	block_all_signals();
}

/* What started us may have ignored SIGPIPE (python), SIGCHLD (a proxy) or blocked what it likes. */
static void exec_sets_signals_to_what_programs_expect(void **state)
{
	char *text = report_by(
		(struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								 "none", REPORT, NULL },
				  .prepare = ruin_signals });

	(void)state;
	must_report(text, "not-default", "");
	must_report(text, "mask", "0");
	free(text);
	need_builtin("filter");
	must_say(0, "",
		 (struct command){ .argv = (const char *const[]){ "airlock", "exec", REPORT, "exit",
								  "0", NULL },
				   .prepare = ruin_signals });
	must_say(127, "airlock: /nonexistent/program: No such file or directory\n",
		 (struct command){ .argv = (const char *const[]){ "airlock", "exec",
								  "/nonexistent/program", NULL },
				   .prepare = ruin_signals });
}

static void be_odd(void)
{
	struct rlimit limit = { 100, 200 };

	umask(0137);
	prepared(nice(3) != -1 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void exec_leaves_alone_what_no_profile_names(void **state)
{
	char *text = report_by(
		(struct command){ .argv = (const char *const[]){ "airlock", "exec", "--profile",
								 "none", REPORT, NULL },
				  .cwd = folder,
				  .prepare = be_odd });

	(void)state;
	must_report(text, "umask", "137");
	must_report(text, "limit 7", "100:200");
	must_report(text, "cwd", folder);
	must_report_number(text, "nice",
			   getpriority(PRIO_PROCESS, 0) + 3 > 19
				   ? 19
				   : getpriority(PRIO_PROCESS, 0) + 3);
	free(text);
}

/* Hostile surroundings */

static void few_files(void)
{
	struct rlimit limit;

	prepared(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 8;
	prepared(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void too_few_files(void)
{
	struct rlimit limit;

	prepared(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 4;
	prepared(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void exec_works_with_few_descriptors(void **state)
{
	struct command c = { .argv = (const char *const[]){ "airlock", "exec", REPORT, "exit", "0",
							    NULL },
			     .prepare = few_files };

	(void)state;
	need_builtin("filter");
	must_say(0, "", c);
	/* and says so where even that is too few: the program is not at fault */
	for (int i = 0; i < 2; i++) {
		const char *argv[] = { "airlock", "exec", i ? "cat" : "/bin/cat", "/dev/null",
				       NULL };
		struct ran r =
			command_run(&(struct command){ .argv = argv, .prepare = too_few_files });

		assert_int_equal(r.code, 125);
		assert_int_equal(strncmp(r.err, "airlock: ", 9), 0);
		assert_contains(r.err, "Too many open files\n");
		command_free(&r);
	}
}

static void little_memory(void)
{
	struct rlimit limit = { 16 << 20, 16 << 20 };

	prepared(setrlimit(RLIMIT_AS, &limit) == 0);
}

static void exec_works_with_little_memory(void **state)
{
	(void)state;
	if (UNDER_SANITIZER)
		SKIP("a sanitizer wants memory of its own");
	need_builtin("filter");
	must_say(0, "",
		 (struct command){ .argv = (const char *const[]){ "airlock", "exec", REPORT, "exit",
								  "0", NULL },
				   .prepare = little_memory });
}

#define NR_CLOSE_RANGE 436
#define NR_LANDLOCK_CREATE_RULESET 444

static struct call_rule refusal;

static void be_in_a_container(void)
{
	prepared(filter_calls(&refusal, 1));
}

static void refuse(int nr, int code)
{
	refusal = (struct call_rule){ nr, 0, 0, 0, SECCOMP_RET_ERRNO | (uint32_t)code };
}

static void exec_works_where_close_range_is_refused(void **state)
{
	static const int codes[] = { EPERM, ENOSYS };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		char *text;

		refuse(NR_CLOSE_RANGE, codes[i]);
		text = report_by((struct command){
			.argv = (const char *const[]){ "airlock", "exec", "--profile", "none",
						       REPORT, NULL },
			.prepare = be_in_a_container });
		must_report(text, "fds", "0 1 2");
		free(text);
	}
}

/* P8 */
static void exec_fails_where_a_restriction_cannot_be_had(void **state)
{
	static const int codes[] = { EPERM, ENOSYS, EOPNOTSUPP };
	struct command c = { .prepare = be_in_a_container };
	struct ran r;

	(void)state;
	need_builtin("filter");
	for (size_t i = 0; i < COUNT(codes); i++) {
		c.argv = (const char *const[]){ "airlock", "exec", REPORT, "exit", "0", NULL };
		refuse(NR_LANDLOCK_CREATE_RULESET, codes[i]);
		r = command_run(&c);
		assert_int_equal(r.code, 125);
		assert_int_equal(strncmp(r.err, "airlock: landlock-fs: ", 22), 0);
		command_free(&r);
		/* unless its loss is taken */
		c.argv = (const char *const[]){ "airlock", "exec", "-p", "BestEffort=landlock",
						REPORT,	   "exit", "0",	 NULL };
		must_say(0, "", c);
	}
	refuse(SYS_seccomp, EPERM);
	c.argv = (const char *const[]){ "airlock", "exec", "--profile", "none",
					REPORT,	   "exit", "0",		NULL };
	r = command_run(&c);
	assert_int_equal(r.code, 125);
	assert_int_equal(strncmp(r.err, "airlock: ", 9), 0);
	assert_contains(r.err, "seccomp");
	command_free(&r);
}

/* A terminal as standard input */

static int terminal_end = -1;

static void take_terminal(void)
{
	prepared(dup2(terminal_end, 0) == 0);
}

static void exec_leaves_a_terminal_as_it_is(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct ran r;

	(void)state;
	if (terminal < 0)
		SKIP("there are no terminals here: %s", strerror(errno));
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	terminal_end = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal_end >= 0);
	need_builtin("filter");
	/* a line, and ^D */
	put_all(terminal, "typed\n\004", 7);
	r = command_run(
		&(struct command){ .argv = (const char *const[]){ "airlock", "exec", "cat", NULL },
				   .prepare = take_terminal });
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "typed\n");
	command_free(&r);
	close(terminal_end);
	close(terminal);
}

/* Messages */

static void messages_are_one_line_whatever_they_quote(void **state)
{
	char *name = malloc(100001);
	struct ran r;

	(void)state;
	MUST_SAY(125, "airlock: a?[31m?b: no such file, and no builtin profile of that name\n",
		 "airlock", "exec", "--profile", "a\033[31m\nb", REPORT);
	MUST_SAY(125, "airlock: a?b: no such verb; try `airlock --help'\n", "airlock", "a\nb");
	MUST_SAY(125, "airlock: exec: unknown option --a?b" EXEC_TRY, "airlock", "exec",
		 "--a\177b");
	assert_non_null(name);
	memset(name, 'x', 100000);
	name[100000] = '\0';
	for (int i = 0; i < 3; i++) {
		const char *option = i == 0 ? "--profile" : i == 1 ? "-p" : "--keep-fd";

		r = RAN(NULL, "airlock", "exec", option, name, REPORT);
		assert_int_equal(r.code, 125);
		assert_int_equal(strncmp(r.err, "airlock: ", 9), 0);
		assert_ptr_equal(strchr(r.err, '\n'), r.err + r.err_len - 1);
		assert_true(r.err_len <= 2048);
		/* what is long is cut, and never the reason behind it */
		assert_contains(r.err, "xxx ... xxx");
		assert_contains(r.err, i == 0 ? "name too long" : "wanted");
		command_free(&r);
	}
	free(name);
	/* what a terminal takes for the start of a command, in UTF-8 */
	MUST_SAY(125, "airlock: a??b: no such verb; try `airlock --help'\n", "airlock", "a\302\233b");
}

/* Before any verb */

static void airlock_helps(void **state)
{
	static const char *const verbs[] = { "exec", "run", "check", "profile", "doctor", "learn" };
	static const char *const asks[] = { "--help", "-h" };

	(void)state;
	for (size_t i = 0; i < COUNT(asks); i++) {
		struct ran r = RAN(NULL, "airlock", asks[i]);

		assert_ran(&r, 0, "");
		assert_int_equal(strncmp(r.out, "Usage: airlock VERB ", 20), 0);
		for (size_t v = 0; v < COUNT(verbs); v++) {
			char line[32];

			snprintf(line, sizeof line, "\n  %-9s ", verbs[v]);
			assert_contains(r.out, line);
		}
		command_free(&r);
	}
}

static void airlock_tells_its_version(void **state)
{
	static const char *const asks[] = { "--version", "-V" };

	(void)state;
	for (size_t i = 0; i < COUNT(asks); i++) {
		struct ran r = RAN(NULL, "airlock", asks[i]);
		char line[64];

		snprintf(line, sizeof line, "airlock %s\n", airlock_version());
		assert_ran(&r, 0, "");
		assert_string_equal(r.out, line);
		command_free(&r);
	}
}

static void airlock_wants_a_verb_that_it_knows(void **state)
{
	(void)state;
	MUST_SAY(125, "airlock: no verb given; try `airlock --help'\n", "airlock");
	MUST_SAY(125, "airlock: frobnicate: no such verb; try `airlock --help'\n", "airlock",
		 "frobnicate", "--help");
	MUST_SAY(125, "airlock: : no such verb; try `airlock --help'\n", "airlock", "");
	MUST_SAY(125, "airlock: exe: no such verb; try `airlock --help'\n", "airlock", "exe",
		 "true");
	MUST_SAY(125, "airlock: EXEC: no such verb; try `airlock --help'\n", "airlock", "EXEC",
		 "true");
	MUST_SAY(125, "airlock: unknown option --frobnicate; try `airlock --help'\n", "airlock",
		 "--frobnicate");
	MUST_SAY(125, "airlock: unknown option -p; try `airlock --help'\n", "airlock", "-p",
		 "User=root", "exec", "true");
	MUST_SAY(125, "airlock: unknown option --; try `airlock --help'\n", "airlock", "--", "exec",
		 "true");
}

/* Output that cannot be written is a failure, and is told of. */
static void help_and_version_on_a_full_disk_fail(void **state)
{
	static const char *const lines[][3] = { { "--help" },		{ "--version" },
						{ "exec", "--help" },	{ "run", "--help" },
						{ "check", "--help" },	{ "profile", "--help" },
						{ "doctor", "--help" }, { "learn", "--help" } };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (full < 0)
		SKIP("/dev/full: %s", strerror(errno));
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *argv[] = { "airlock", lines[i][0], lines[i][1], NULL };

		must_say(125, "airlock: standard output: No space left on device\n",
			 (struct command){ .argv = argv, .out_fd = full });
	}
	close(full);
}

/* Verbs under wrong use */

static const struct wrong_use {
	const char *words[6];
	const char *why; /* what stands between "airlock: VERB: " and "; try ..." */
} wrong_uses[] = {
	{ { "exec" }, "no program given" },
	{ { "exec", "--" }, "no program given" },
	{ { "exec", "--profile", "none" }, "no program given" },
	{ { "exec", "--profile" }, "option --profile needs a value" },
	{ { "exec", "--prof" }, "option --prof needs a value" },
	{ { "exec", "-p" }, "option -p needs a value" },
	{ { "exec", "--property" }, "option --property needs a value" },
	{ { "exec", "--keep-fd" }, "option --keep-fd needs a value" },
	{ { "exec", "--pro", "none" }, "option --pro is ambiguous" },
	{ { "exec", "--help=me" }, "option --help takes no value" },
	{ { "exec", "--hel=me" }, "option --hel takes no value" },
	{ { "exec", "--profile=none", "-x" }, "unknown option -x" },
	{ { "exec", "--profile=none", "-xp" }, "unknown option -x" },
	{ { "exec", "-P", "none" }, "unknown option -P" },
	{ { "exec", "-\303\244" }, "unknown option -\303\244" },
	{ { "exec", "-1" }, "unknown option -1" },
	{ { "exec", "--timeout", "1", "true" }, "unknown option --timeout" },
	{ { "exec", "--timeout=1", "true" }, "unknown option --timeout" },
	{ { "exec", "--profiles", "none" }, "unknown option --profiles" },
	{ { "run" }, "no program given" },
	{ { "run", "--restart", "--" }, "no program given" },
	{ { "run", "--channel" }, "option --channel needs a value" },
	{ { "run", "--timeout" }, "option --timeout needs a value" },
	{ { "run", "--log" }, "option --log needs a value" },
	{ { "run", "--profile" }, "option --profile needs a value" },
	{ { "run", "-p" }, "option -p needs a value" },
	{ { "run", "--restart=yes", "true" }, "option --restart takes no value" },
	{ { "run", "--explain=yes", "true" }, "option --explain takes no value" },
	{ { "run", "--keep-fd", "3", "true" }, "unknown option --keep-fd" },
	{ { "run", "-x", "true" }, "unknown option -x" },
	{ { "run", "--channel", "unix", "true" },
	  "--channel unix: none, tcp, udp, fifo, unix-stream, unix-dgram or unix-seqpacket is "
	  "wanted" },
	{ { "run", "--channel", "", "true" },
	  "--channel : none, tcp, udp, fifo, unix-stream, unix-dgram or unix-seqpacket is wanted" },
	{ { "run", "--channel", "TCP", "true" },
	  "--channel TCP: none, tcp, udp, fifo, unix-stream, unix-dgram or unix-seqpacket is "
	  "wanted" },
	{ { "run", "--timeout", "", "true" }, "--timeout : a number with ms, s, m or h is wanted" },
	{ { "run", "--timeout", "1d", "true" },
	  "--timeout 1d: a number with ms, s, m or h is wanted" },
	{ { "run", "--timeout", "-1", "true" },
	  "--timeout -1: a number with ms, s, m or h is wanted" },
	{ { "run", "--timeout", "1.5", "true" },
	  "--timeout 1.5: a number with ms, s, m or h is wanted" },
	{ { "run", "--timeout", "0", "true" },
	  "--timeout 0: more than 0 and at most 24 days is wanted" },
	{ { "run", "--timeout", "597h", "true" },
	  "--timeout 597h: more than 0 and at most 24 days is wanted" },
	{ { "run", "--timeout", "99999999999999999999s", "true" },
	  "--timeout 99999999999999999999s: more than 0 and at most 24 days is wanted" },
	{ { "check" }, "no profile given" },
	{ { "check", "--json" }, "no profile given" },
	{ { "check", "--", "true" }, "no profile given" },
	{ { "check", "filter", "--" }, "no program after --" },
	{ { "check", "filter", "--syscall" }, "option --syscall needs a value" },
	{ { "check", "filter", "--bpf" }, "option --bpf needs a value" },
	{ { "check", "--json=1", "filter" }, "option --json takes no value" },
	{ { "check", "filter", "--disasm=1" }, "option --disasm takes no value" },
	{ { "check", "filter", "-j" }, "unknown option -j" },
	{ { "check", "--keep-fd", "3", "filter" }, "unknown option --keep-fd" },
	{ { "check", "--bpf", "-", "--disasm", "filter" },
	  "--bpf - leaves no room for another answer" },
	{ { "profile", "filter", "strict" }, "one name is enough: strict" },
	{ { "profile", "filter", "--json" }, "one name is enough: --json" },
	{ { "profile", "--json" }, "unknown option --json" },
	{ { "profile", "-x", "filter" }, "unknown option -x" },
	{ { "doctor", "me" }, "unexpected word me" },
	{ { "doctor", "--json", "me" }, "unexpected word me" },
	{ { "doctor", "--json=1" }, "option --json takes no value" },
	{ { "doctor", "--profile", "none" }, "unknown option --profile" },
	{ { "learn" }, "-o FILE says where the profile is to be written" },
	{ { "learn", "true" }, "-o FILE says where the profile is to be written" },
	{ { "learn", "-o" }, "option -o needs a value" },
	{ { "learn", "--output" }, "option --output needs a value" },
	{ { "learn", "-o", "-", "--merge" }, "option --merge needs a value" },
	{ { "learn", "-o", "-" }, "no program given" },
	{ { "learn", "-o", "-", "--" }, "no program given" },
	{ { "learn", "-x", "true" }, "unknown option -x" },
	{ { "learn", "-o", "-", "--profile", "none", "true" }, "unknown option --profile" },
};

static void must_be_misused(const struct wrong_use *use)
{
	const char *argv[COUNT(use->words) + 2] = { "airlock" };
	char *err;

	for (size_t i = 0; i < COUNT(use->words); i++)
		argv[i + 1] = use->words[i];
	assert_true(asprintf(&err, "airlock: %s: %s; try `airlock %s --help'\n", use->words[0],
			     use->why, use->words[0]) > 0);
	must_say(125, err, (struct command){ .argv = argv });
	free(err);
}

static void wrong_use_is_told_and_ends_with_125(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong_uses); i++)
		must_be_misused(&wrong_uses[i]);
}

/* Files and programs that cannot be had, for verbs other than exec */
static void verbs_say_what_they_cannot_open(void **state)
{
	(void)state;
	MUST_SAY_IN(folder, 125,
		    "airlock: nonesuch: no such file, and no builtin profile of that name\n",
		    "airlock", "run", "--profile", "nonesuch", "true");
	MUST_SAY_IN(folder, 125,
		    "airlock: wrong.conf:3:3: unknown key `Usr`; did you mean `User`?\n", "airlock",
		    "run", "--profile", "wrong.conf", "true");
	MUST_SAY_IN(folder, 125, "airlock: denied: Is a directory\n", "airlock", "run", "--log",
		    "denied", "true");
	MUST_SAY_IN(folder, 125, "airlock: nonexistent/log: No such file or directory\n", "airlock",
		    "run", "--log", "nonexistent/log", "true");
	MUST_SAY_IN(folder, 127,
		    "airlock: nonexistent: execve: ./nonexistent: No such file or directory\n",
		    "airlock", "run", "--profile", "none", "./nonexistent");
	MUST_SAY_IN(folder, 126, "airlock: plain: execve: ./plain: Permission denied\n", "airlock",
		    "run", "--profile", "none", "./plain");
	MUST_SAY(125, "airlock: --syscall nosuch: unknown system call `nosuch`\n", "airlock",
		 "check", "filter", "--syscall", "nosuch");
	MUST_SAY(125, "airlock: --bpf /nonexistent/program: No such file or directory\n", "airlock",
		 "check", "filter", "--bpf", "/nonexistent/program");
	MUST_SAY(125, "airlock: nonesuch: no such builtin profile; `airlock profile' lists them\n",
		 "airlock", "profile", "nonesuch");
	MUST_SAY(125, "airlock: filtre: no such builtin profile; did you mean filter?\n", "airlock",
		 "profile", "filtre");
	MUST_SAY_IN(folder, 125, "airlock: denied: Is a directory\n", "airlock", "learn", "-o",
		    "denied", "true");
	MUST_SAY_IN(folder, 125, "airlock: nonexistent/new: No such file or directory\n", "airlock",
		    "learn", "-o", "nonexistent/new", "true");
	MUST_SAY_IN(folder, 125, "airlock: ./nonexistent: No such file or directory\n", "airlock",
		    "learn", "-o", "new", "--merge", "./nonexistent", "true");
	MUST_SAY_IN(folder, 127,
		    "airlock: nonexistent: execve: ./nonexistent: No such file or directory\n",
		    "airlock", "learn", "-o", "new", "./nonexistent");
	MUST_SAY_IN(folder, 126, "airlock: plain: execve: ./plain: Permission denied\n", "airlock",
		    "learn", "-o", "new", "./plain");
	/* what failed has left nothing behind */
	assert_int_equal(access(in_folder("new"), F_OK), -1);
}

static void verbs_say_what_they_have_no_permission_for(void **state)
{
	static const struct {
		const char *words[7], *err;
	} cases[] = {
		{ { "run", "--profile", "secret.conf", "true" }, "secret.conf: Permission denied" },
		{ { "run", "--log", "secret.conf", "true" }, "secret.conf: Permission denied" },
		{ { "run", "--log", "/nonesuch.log", "true" }, "/nonesuch.log: Permission denied" },
		{ { "run", "--profile", "none", "-p", "User=root", "true" },
		  "user: this caller may not become root: it has no CAP_SETUID" },
		{ { "learn", "-o", "/nonesuch.conf", "true" },
		  "/nonesuch.conf: Permission denied" },
		{ { "learn", "-o", "-", "--merge", "secret.conf", "true" },
		  "./secret.conf: Permission denied" },
		{ { "check", "filter", "--bpf", "/nonesuch.bpf" },
		  "--bpf /nonesuch.bpf: Permission denied" },
	};

	(void)state;
	if (geteuid() == 0)
		need_nobody();
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *argv[COUNT(cases[i].words) + 2] = { "airlock" };
		char *err;

		for (size_t w = 0; w < COUNT(cases[i].words); w++)
			argv[w + 1] = cases[i].words[w];
		assert_true(asprintf(&err, "airlock: %s\n", cases[i].err) > 0);
		must_say(125, err,
			 (struct command){
				 .argv = argv, .cwd = folder, .as_nobody = geteuid() == 0 });
		free(err);
	}
}

/* Answers are no less important than help. */
static void verbs_fail_where_their_answer_cannot_be_written(void **state)
{
	static const char *const lines[][4] = {
		{ "profile" },
		{ "profile", "filter" },
		{ "check", "none" },
		{ "check", "none", "--json" },
		{ "check", "none", "--disasm" },
		{ "doctor" },
		{ "doctor", "--json" },
	};
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (full < 0)
		SKIP("/dev/full: %s", strerror(errno));
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *argv[] = { "airlock", lines[i][0], lines[i][1], lines[i][2], NULL };

		must_say(125, "airlock: standard output: No space left on device\n",
			 (struct command){ .argv = argv, .out_fd = full });
	}
	close(full);
}

static void every_verb_helps(void **state)
{
	static const char *const verbs[] = { "exec", "run", "check", "profile", "doctor", "learn" };
	static const char *const asks[] = { "--help", "-h", "--hel" };

	(void)state;
	for (size_t v = 0; v < COUNT(verbs); v++)
		for (size_t i = 0; i < COUNT(asks); i++) {
			struct ran r = RAN(NULL, "airlock", verbs[v], asks[i], "no-such-program");
			char begin[64];
			int n = snprintf(begin, sizeof begin, "Usage: airlock %s", verbs[v]);

			assert_ran(&r, 0, "");
			if (strncmp(r.out, begin, (size_t)n) != 0)
				fail_msg("`airlock %s %s' says: %s", verbs[v], asks[i], r.out);
			assert_contains(r.out, "--help");
			assert_int_equal(r.out[r.out_len - 1], '\n');
			command_free(&r);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exec_becomes_the_program_and_leaves_no_parent_behind),
		cmocka_unit_test(exec_locks_in_with_every_profile),
		cmocka_unit_test(exec_passes_on_how_the_program_ends),
		cmocka_unit_test(exec_holds_to_the_one_exec),
		cmocka_unit_test(exec_feeds_the_program_what_airlock_was_fed),
		cmocka_unit_test(exec_keeps_three_descriptors_and_those_that_are_named),
		cmocka_unit_test(exec_says_which_descriptor_it_cannot_keep),
		cmocka_unit_test(exec_finds_0_1_and_2_closed),
		cmocka_unit_test(exec_fails_as_it_should_with_0_1_and_2_closed),
		cmocka_unit_test(a_message_that_cannot_be_written_changes_no_code),
		cmocka_unit_test(exec_searches_path_as_execvp_does),
		cmocka_unit_test(exec_takes_a_path_relative_to_where_it_is),
		cmocka_unit_test(exec_runs_scripts),
		cmocka_unit_test(exec_tells_missing_programs_from_those_that_cannot_be_executed),
		cmocka_unit_test(exec_leaves_what_follows_the_program_to_it),
		cmocka_unit_test(exec_uses_filter_unless_told_otherwise),
		cmocka_unit_test(exec_adds_profiles_up_and_pairs_after_them),
		cmocka_unit_test(exec_takes_a_word_for_a_builtin_and_a_path_for_a_file),
		cmocka_unit_test(exec_says_where_a_profile_is_wrong),
		cmocka_unit_test(exec_says_that_a_profile_cannot_be_read),
		cmocka_unit_test(exec_says_what_is_wrong_with_a_pair),
		cmocka_unit_test(exec_becomes_another_user),
		cmocka_unit_test(exec_works_for_an_ordinary_user),
		cmocka_unit_test(exec_passes_few_variables_and_those_that_are_asked_for),
		cmocka_unit_test(exec_needs_no_environment),
		cmocka_unit_test(exec_sets_signals_to_what_programs_expect),
		cmocka_unit_test(exec_leaves_alone_what_no_profile_names),
		cmocka_unit_test(exec_works_with_few_descriptors),
		cmocka_unit_test(exec_works_with_little_memory),
		cmocka_unit_test(exec_works_where_close_range_is_refused),
		cmocka_unit_test(exec_fails_where_a_restriction_cannot_be_had),
		cmocka_unit_test(exec_leaves_a_terminal_as_it_is),
		cmocka_unit_test(messages_are_one_line_whatever_they_quote),
		cmocka_unit_test(airlock_helps),
		cmocka_unit_test(airlock_tells_its_version),
		cmocka_unit_test(airlock_wants_a_verb_that_it_knows),
		cmocka_unit_test(help_and_version_on_a_full_disk_fail),
		cmocka_unit_test(wrong_use_is_told_and_ends_with_125),
		cmocka_unit_test(verbs_say_what_they_cannot_open),
		cmocka_unit_test(verbs_say_what_they_have_no_permission_for),
		cmocka_unit_test(verbs_fail_where_their_answer_cannot_be_written),
		cmocka_unit_test(every_verb_helps),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
