/* SPDX-License-Identifier: ISC */
/*
 * test_paths.c: what @argv, @argv-dir and @program stand for, and what paths are beneath a root:
 * tried for real under the ruleset that comes of it.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "landlock.h"
#include "report.h"
#include "scratch.h"
#include "small_elf.h"

/* @argv and @argv-dir */

CHILD_TEST(argv_names_files_and_folders_that_exist, 5)
{
	struct airlock_profile *p = PROFILE({ "ReadPath", "@argv" });

	assert_int_equal(chdir(S("data")), 0);
	/* argv[0] is none of them; what names nothing is passed over */
	COMMAND(p, S("other/target"), "sub", S("data/link"), "--option", "file", "", "no/such/file",
		"/nowhere", "file/no", "-f/etc/passwd");
	enforce(p);
	ALLOWED(reading("sub/deep"));
	ALLOWED(listing("sub"));
	ALLOWED(reading("file"));
	ALLOWED(reading(S("other/target")));
	REFUSED(listing("."));
	REFUSED(listing(S("other")));
	REFUSED(reading("/etc/passwd"));
	REFUSED(writing("file"));
}

CHILD_TEST(argv_does_not_take_the_program_for_an_argument, 5)
{
	struct airlock_profile *p = PROFILE({ "ReadPath", "@argv" });

	COMMAND(p, S("other/target"));
	enforce(p);
	REFUSED(reading(S("other/target")));
}

CHILD_TEST(argv_is_looked_up_from_the_profiles_directory, 5)
{
	struct airlock_profile *p =
		PROFILE({ "ReadPath", "@argv" }, { "WorkingDirectory", S("data") });

	assert_int_equal(chdir(S("other")), 0);
	put_text("file", "another\n", 0644);
	COMMAND(p, "helper", "file", "../other/target");
	enforce(p);
	ALLOWED(reading(S("data/file")));
	ALLOWED(reading(S("other/target")));
	REFUSED(reading(S("other/file")));
}

CHILD_TEST(argv_with_a_directory_that_is_missing_names_nothing_relative, 5)
{
	struct airlock_profile *p =
		PROFILE({ "ReadPath", "@argv" }, { "WorkingDirectory", S("no") });

	assert_int_equal(chdir(S("data")), 0);
	COMMAND(p, "helper", "file", S("data/sub"));
	enforce(p);
	REFUSED(reading("file"));
	ALLOWED(reading("sub/deep"));
}

CHILD_TEST(argv_dir_is_the_folder_of_files_and_of_files_to_come, 5)
{
	struct airlock_profile *p =
		PROFILE({ "ReadPath", "@argv-dir" }, { "WritePath", "@argv-dir" });

	assert_int_equal(mkdir(S("logs"), 0755), 0);
	assert_int_equal(chdir(S("bin")), 0);
	/* a file; a file to come; what has no folder; a word that is no file */
	COMMAND(p, "helper", S("data/sub/deep"), S("logs/access.log"), S("no/such/file"), "word");
	enforce(p);
	ALLOWED(creating(S("data/sub/new")));
	ALLOWED(renaming(S("data/sub/new"), S("data/sub/deep")));
	ALLOWED(creating(S("logs/access.log")));
	ALLOWED(renaming(S("logs/access.log"), S("logs/access.log.0")));
	ALLOWED(listing(S("logs")));
	REFUSED(reading(S("data/file")));
	REFUSED(creating(S("data/new")));
	REFUSED(creating(S("bin/word")));
	REFUSED(listing(scratch));
}

CHILD_TEST(argv_dir_takes_a_folder_for_itself, 5)
{
	struct airlock_profile *p = PROFILE({ "ReadPath", "@argv-dir" });

	assert_int_equal(chdir(S("data")), 0);
	COMMAND(p, "helper", "sub/", S("other/../bin"));
	enforce(p);
	ALLOWED(reading("sub/deep"));
	ALLOWED(listing(S("bin")));
	REFUSED(reading("file"));
	REFUSED(listing(scratch));
}

CHILD_TEST(argv_dir_of_a_plain_name_is_the_directory, 5)
{
	struct airlock_profile *p = PROFILE({ "ReadPath", "@argv-dir" });

	assert_int_equal(chdir(S("data")), 0);
	COMMAND(p, "helper", "file");
	enforce(p);
	ALLOWED(reading("file"));
	ALLOWED(reading("sub/deep"));
	REFUSED(listing(".."));
}

CHILD_TEST(argv_dir_of_a_link_is_its_folder_and_its_targets, 5)
{
	struct airlock_profile *p = PROFILE({ "ReadPath", "@argv-dir" });

	COMMAND(p, "helper", S("data/link"));
	enforce(p);
	ALLOWED(reading(S("data/file")));
	ALLOWED(listing(S("other")));
	REFUSED(listing(S("bin")));
}

static int reading_etc(struct airlock_profile *p, struct airlock_report **ret_report)
{
	int fd = must_make(p, ret_report), st = -1;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(syscall(NR_RESTRICT_SELF, fd, 0) < 0 ? 255 : reading("/etc/passwd"));
	}
	close(fd);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	return WEXITSTATUS(st);
}

static void no_word_ever_gives_the_root_folder(void **state)
{
	static const char *const words[] = { "@argv", "@argv-dir" };
	static const char *const arguments[] = { "/", "/no-such-file", "/airlock?/", "//",
						 "/usr/.." };

	(void)state;
	need_landlock(5);
	for (size_t i = 0; i < COUNT(words); i++)
		for (size_t j = 0; j < COUNT(arguments); j++) {
			struct airlock_profile *p = PROFILE({ "ReadPath", words[i] });
			struct airlock_report *r;

			COMMAND(p, "helper", arguments[j]);
			REFUSED(reading_etc(p, &r));
			must_say(r, "landlock-fs", AIRLOCK_ENFORCED, "0 paths");
			/* a name that is none stands for its folder with @argv-dir alone */
			if (i == 1 || j == 0 || j >= 3)
				must_say(r, "landlock-fs", AIRLOCK_ENFORCED, "is the root folder");
			airlock_report_free(r);
			airlock_profile_free(p);
		}
}

/* @program */

static void try_program(void *arg)
{
	char **command = arg;
	struct airlock_profile *p = PROFILE({ "ExecPath", "@program" });

	assert_int_equal(airlock_profile_command(p, command[0], command), 0);
	enforce(p);
	ALLOWED(executing(command[0]));
	REFUSED(executing("/bin/false"));
	REFUSED(reading("/etc/passwd"));
	REFUSED(reading(S("data/file")));
	REFUSED(listing(S("bin")));
	REFUSED(writing(command[0]));
}

static void program_is_itself_its_interpreters_and_libraries(void **state)
{
	(void)state;
	need_landlock(5);
	/* dynamic; a script of it; a link to it; static */
	in_child(try_program, ARGV(S("bin/true")));
	in_child(try_program, ARGV(S("bin/script")));
	in_child(try_program, ARGV(S("bin/linked")));
	in_child(try_program, ARGV("/bin/true"));
	copy_program(helper_program("report"), S("bin/static"));
	in_child(try_program, ARGV(S("bin/static")));
}

static void program_with_read_path_may_be_read_and_not_run_body(void *arg)
{
	struct airlock_profile *p = PROFILE({ "ReadPath", "@program" });

	(void)arg;
	COMMAND(p, S("bin/script"));
	enforce(p);
	ALLOWED(reading(S("bin/script")));
	ALLOWED(reading(S("bin/true")));
	REFUSED(executing(S("bin/script")));
	REFUSED(executing(S("bin/true")));
}

static void program_with_read_path_may_be_read_and_not_run(void **state)
{
	(void)state;
	need_landlock(5);
	in_child(program_with_read_path_may_be_read_and_not_run_body, NULL);
}

CHILD_TEST(program_of_a_static_file_is_that_file_alone, 5)
{
	struct airlock_profile *p = PROFILE({ "ExecPath", "@program" });
	struct airlock_report *r;
	int fd;

	copy_program(helper_program("report"), S("bin/static"));
	COMMAND(p, S("bin/static"));
	fd = must_make(p, &r);
	must_say(r, "landlock-fs", AIRLOCK_ENFORCED, "1 path");
	airlock_report_free(r);
	airlock_profile_free(p);
	restrict_self(fd);
	REFUSED(listing("/usr/lib"));
	REFUSED(reading("/etc/ld.so.cache"));
}

CHILD_TEST(program_is_looked_up_in_path_as_execvp_does, 5)
{
	struct airlock_profile *p = PROFILE({ "ExecPath", "@program" });
	char path[512];

	/* a file that cannot be executed hides none that can; nor does a folder */
	put_text(S("data/sub/prog"), "no program", 0644);
	assert_int_equal(mkdir(S("data/prog"), 0755), 0);
	copy_program("/bin/true", S("bin/prog"));
	copy_program("/bin/true", S("other/prog"));
	snprintf(path, sizeof path, "/nowhere:%s:%s:%s:%s", S("data"), S("data/sub"), S("bin"),
		 S("other"));
	setenv("PATH", path, 1);
	COMMAND(p, "prog");
	enforce(p);
	ALLOWED(executing(S("bin/prog")));
	REFUSED(executing(S("other/prog")));
}

CHILD_TEST(program_is_looked_up_in_the_directory_where_path_says_so, 5)
{
	struct airlock_profile *p =
		PROFILE({ "ExecPath", "@program" }, { "WorkingDirectory", S("bin") });

	setenv("PATH", "/nowhere:", 1);
	COMMAND(p, "true");
	enforce(p);
	ALLOWED(executing(S("bin/true")));
	REFUSED(executing("/bin/true"));
}

static void program_that_is_not_there_is_an_error(void **state)
{
	struct airlock_profile *p;

	(void)state;
	p = PROFILE({ "ExecPath", "@program" });
	COMMAND(p, "no-such-program-anywhere");
	must_not_make(p, -ENOENT, "landlock-fs", "no-such-program-anywhere: No such file");
	p = PROFILE({ "ExecPath", "@program" });
	COMMAND(p, "");
	must_not_make(p, -ENOENT, "landlock-fs", "No such file");
	p = PROFILE({ "ExecPath", "@program" });
	COMMAND(p, S("bin"));
	must_not_make(p, -EACCES, "landlock-fs", "Permission denied");
	put_text(S("bin/odd"), "#!/no/such/interpreter\n", 0755);
	p = PROFILE({ "ExecPath", "@program" });
	COMMAND(p, S("bin/odd"));
	must_not_make(p, -ENOENT, "landlock-fs", "/no/such/interpreter: No such file");
}

static void words_without_a_command_are_an_error_that_says_so(void **state)
{
	static const char *const words[] = { "@argv", "@argv-dir", "@program" };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		must_not_make(PROFILE({ "ReadPath", words[i] }, { "BestEffort", "landlock" }),
			      -EINVAL, "landlock-fs", "airlock_profile_command()");
}

static void fifo_as_program_or_argument_is_not_waited_for(void **state)
{
	struct airlock_profile *p;

	(void)state;
	assert_int_equal(mkfifo(S("bin/fifo"), 0755), 0);
	need_landlock(5);
	p = PROFILE({ "ReadPath", "@argv" });
	COMMAND(p, S("bin/fifo"), S("bin/fifo"), "/dev/stdin");
	close(must_make(p, NULL));
	airlock_profile_free(p);
	p = PROFILE({ "ExecPath", "@program" });
	COMMAND(p, S("bin/fifo"));
	must_not_make(p, -EACCES, "landlock-fs", "fifo");
}

static void argument_that_leads_to_a_pipe_is_passed_over_body(void *arg)
{
	struct airlock_profile *p = PROFILE({ "ReadPath", "@argv" });
	int pipes[2];

	(void)arg;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(dup2(pipes[0], 0), 0);
	if (access("/dev/stdin", F_OK) != 0)
		SKIP("there is no /dev/stdin");
	COMMAND(p, "helper", "/dev/stdin", S("data/file"));
	enforce(p);
	ALLOWED(reading(S("data/file")));
	must_not_make(PROFILE({ "ReadPath", "/dev/stdin" }), -EBADFD, "landlock-fs",
		      "it can have no rule");
}

static void argument_that_leads_to_a_pipe_is_passed_over(void **state)
{
	(void)state;
	need_landlock(5);
	in_child(argument_that_leads_to_a_pipe_is_passed_over_body, NULL);
}

/* Interpreters of interpreters: `n` scripts, the last of them of bin/true. */
static void make_chain(int n)
{
	char name[32], next[32], text[300];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof name, "bin/chain%d", i);
		snprintf(next, sizeof next, i + 1 < n ? "bin/chain%d" : "bin/true", i + 1);
		snprintf(text, sizeof text, "#!%s\n", S(next));
		put_text(S(name), text, 0755);
	}
}

static void interpreters_are_followed_as_far_as_the_kernel_does(void **state)
{
	(void)state;
	need_landlock(5);
	for (int n = 1; n <= 8; n++) {
		struct airlock_profile *p = PROFILE({ "ExecPath", "@program" });
		int kernels;

		make_chain(n);
		COMMAND(p, S("bin/chain0"));
		kernels = executing(S("bin/chain0"));
		if (kernels == 0) {
			airlock_profile_free(p);
			in_child(try_program, ARGV(S("bin/chain0")));
		} else {
			assert_int_equal(kernels, ELOOP);
			must_not_make(p, -ELOOP, "landlock-fs", "Too many levels");
		}
	}
}

static void looping_interpreters_are_an_error(void **state)
{
	struct airlock_profile *p = PROFILE({ "ExecPath", "@program" });
	char text[300];

	(void)state;
	snprintf(text, sizeof text, "#!%s\n", S("bin/loop"));
	put_text(S("bin/loop"), text, 0755);
	COMMAND(p, S("bin/loop"));
	must_not_make(p, -ELOOP, "landlock-fs", "Too many levels");
}

/* Beneath a root */

static void give_the_root_a_world(void)
{
	assert_int_equal(mkdir(S("root"), 0755), 0);
	assert_int_equal(mkdir(S("root/etc"), 0755), 0);
	assert_int_equal(mkdir(S("root/etc/in"), 0755), 0);
	put_text(S("root/etc/in/file"), "inside\n", 0644);
	put_text(S("root/etc/passwd"), "inside\n", 0644);
	put_text(S("root/file"), "inside\n", 0644);
	assert_int_equal(symlink("/etc/in", S("root/absolute")), 0);
	assert_int_equal(symlink("../../../../../../etc/in", S("root/up")), 0);
	copy_program(helper_program("report"), S("root/etc/prog"));
	put_text(S("root/etc/script"), "#!/etc/prog\n", 0755);
}

static void try_root(void *arg)
{
	const bool *refuse_openat2 = arg;
	const struct call_rule rule = { NR_OPENAT2, 0, 0, 0, SECCOMP_RET_ERRNO | ENOSYS };
	struct airlock_profile *p =
		PROFILE({ "RootDirectory", S("root") }, { "WorkingDirectory", "/etc" },
			{ "ReadPath", "@argv" },
			{ "ReadPath", *refuse_openat2 ? "/etc/in" : "/absolute" },
			{ "ExecPath", "@program" });

	COMMAND(p, "/etc/script", "passwd", S("data/file"),
		"../../../../../../../../../etc/shadow");
	if (*refuse_openat2 && !filter_calls(&rule, 1))
		SKIP("no seccomp filter here");
	enforce(p);
	ALLOWED(reading(S("root/etc/in/file")));
	ALLOWED(reading(S("root/etc/passwd")));
	REFUSED(reading(S("root/file")));
	REFUSED(reading("/etc/passwd"));
	REFUSED(reading(S("data/file")));
	ALLOWED(executing(S("root/etc/prog")));
	REFUSED(executing("/bin/true"));
}

static void paths_are_beneath_the_root_and_links_stay_there(void **state)
{
	struct airlock_profile *p;
	bool refuse_openat2 = false;

	(void)state;
	need_landlock(5);
	give_the_root_a_world();
	/* the script's interpreter is a name beneath the root: run from outside it is another's */
	in_child(try_root, &refuse_openat2);
	p = PROFILE({ "RootDirectory", S("root") }, { "ReadPath", "/up" });
	close(must_make(p, NULL));
	airlock_profile_free(p);
	must_not_make(PROFILE({ "RootDirectory", S("root") }, { "ReadPath", S("data") }), -ENOENT,
		      "landlock-fs", "ReadPath=");
	must_not_make(PROFILE({ "RootDirectory", S("no") }, { "ReadPath", "/" }), -ENOENT,
		      "landlock-fs", "RootDirectory=");
	must_not_make(PROFILE({ "RootDirectory", S("data/file") }, { "ReadPath", "/" }), -ENOTDIR,
		      "landlock-fs", "RootDirectory=");
}

static void paths_are_beneath_the_root_without_openat2(void **state)
{
	bool refuse_openat2 = true;

	(void)state;
	need_landlock(5);
	give_the_root_a_world();
	in_child(try_root, &refuse_openat2);
}

static void root_folder_of_the_profile_is_one_that_no_word_gives(void **state)
{
	struct airlock_profile *p;
	struct airlock_report *r;

	(void)state;
	need_landlock(5);
	p = PROFILE({ "RootDirectory", S("root") }, { "ReadPath", "@argv-dir" });
	give_the_root_a_world();
	COMMAND(p, "helper", "/file", "/", "/etc/../../..");
	close(must_make(p, &r));
	must_say(r, "landlock-fs", AIRLOCK_ENFORCED, "0 paths");
	must_say(r, "landlock-fs", AIRLOCK_ENFORCED, "root folder");
	airlock_report_free(r);
	airlock_profile_free(p);
}

/* Odd programs */

static void foreign_program_is_itself_alone_and_the_report_says_so(void **state)
{
	struct airlock_profile *p;
	struct small_elf e = small_elf("/a");
	struct airlock_report *r;

	(void)state;
	need_landlock(5);
	p = PROFILE({ "ExecPath", "@program" });
	e.header.e_ident[EI_CLASS] = ELFCLASS32;
	put_file(S("bin/foreign"), &e, sizeof e, 0755);
	COMMAND(p, S("bin/foreign"));
	close(must_make(p, &r));
	must_say(r, "landlock-fs", AIRLOCK_ENFORCED, "1 path; ");
	must_say(r, "landlock-fs", AIRLOCK_ENFORCED, "not of 64 bits");
	airlock_report_free(r);
	airlock_profile_free(p);
}

static void put_program_with_run_path(const char *run_path)
{
	struct small_elf e = small_elf(run_path);

	strcpy(e.interpreter, "/bin/true");
	e.phdrs[INTERP].p_filesz = sizeof "/bin/true";
	put_file(S("bin/small"), &e, sizeof e, 0755);
}

static void try_run_path(void *arg)
{
	struct airlock_profile *p = PROFILE({ "ExecPath", "@program" });

	(void)arg;
	/* by a link elsewhere: the loader's $ORIGIN is the folder of what it leads to */
	assert_int_equal(symlink("../bin/small", S("other/small")), 0);
	assert_int_equal(mkdir(S("bin/lib"), 0755), 0);
	put_text(S("bin/lib/one"), "", 0644);
	/* $ORIGINAL is not $ORIGIN and more */
	assert_int_equal(mkdir(S("binAL"), 0755), 0);
	COMMAND(p, S("other/small"));
	enforce(p);
	ALLOWED(reading(S("bin/lib/one")));
	ALLOWED(listing(S("data/sub")));
	REFUSED(listing(S("bin")));
	REFUSED(listing(S("other")));
	REFUSED(listing(S("data")));
	REFUSED(listing(S("binAL")));
	REFUSED(executing(S("bin/lib/one")));
	REFUSED(reading("/etc/passwd"));
}

static void run_path_of_the_program_is_followed_with_origin(void **state)
{
	(void)state;
	need_landlock(5);
	put_program_with_run_path("${ORIGIN}/lib:$ORIGIN/../data/sub::relative:$LIB:$ORIGINAL:/:"
				  "$ORIGIN/$PLATFORM");
	in_child(try_run_path, NULL);
}

static void mutated_programs_give_a_ruleset_or_an_error(void **state)
{
	struct small_elf e = small_elf("/a:$ORIGIN/../lib:${ORIGIN}/$ORIGIN:$LIB");
	struct airlock_profile *p;
	struct snapshot *s;
	unsigned char to[sizeof e];
	uint32_t seed = 2;

	(void)state;
	need_landlock(5);
	p = PROFILE({ "ExecPath", "@program" });
	s = snapshot_take();
	COMMAND(p, S("bin/small"));
	for (int i = 0; i < scaled(500); i++) {
		struct airlock_report *r = airlock__report_new();
		int fd = -7, error;

		put_file(S("bin/small"), to,
			 mutate(to, (unsigned char *)&e, sizeof e, sizeof e, &seed), 0755);
		error = airlock__landlock_make(p, r, &fd);
		if (error == 0)
			close(fd);
		else if (fd != -7 || (error != -ENOENT && error != -ENOTDIR && error != -ELOOP))
			fail_msg("round %d: %d, %s", i, fd, strerror(-error));
		airlock_report_free(r);
	}
	airlock_profile_free(p);
	assert_unchanged(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(argv_names_files_and_folders_that_exist),
		SCRATCH_TEST(argv_does_not_take_the_program_for_an_argument),
		SCRATCH_TEST(argv_is_looked_up_from_the_profiles_directory),
		SCRATCH_TEST(argv_with_a_directory_that_is_missing_names_nothing_relative),
		SCRATCH_TEST(argv_dir_is_the_folder_of_files_and_of_files_to_come),
		SCRATCH_TEST(argv_dir_takes_a_folder_for_itself),
		SCRATCH_TEST(argv_dir_of_a_plain_name_is_the_directory),
		SCRATCH_TEST(argv_dir_of_a_link_is_its_folder_and_its_targets),
		SCRATCH_TEST(no_word_ever_gives_the_root_folder),
		SCRATCH_TEST(program_is_itself_its_interpreters_and_libraries),
		SCRATCH_TEST(program_with_read_path_may_be_read_and_not_run),
		SCRATCH_TEST(program_of_a_static_file_is_that_file_alone),
		SCRATCH_TEST(program_is_looked_up_in_path_as_execvp_does),
		SCRATCH_TEST(program_is_looked_up_in_the_directory_where_path_says_so),
		SCRATCH_TEST(program_that_is_not_there_is_an_error),
		SCRATCH_TEST(words_without_a_command_are_an_error_that_says_so),
		SCRATCH_TEST(fifo_as_program_or_argument_is_not_waited_for),
		SCRATCH_TEST(argument_that_leads_to_a_pipe_is_passed_over),
		SCRATCH_TEST(interpreters_are_followed_as_far_as_the_kernel_does),
		SCRATCH_TEST(looping_interpreters_are_an_error),
		SCRATCH_TEST(paths_are_beneath_the_root_and_links_stay_there),
		SCRATCH_TEST(paths_are_beneath_the_root_without_openat2),
		SCRATCH_TEST(root_folder_of_the_profile_is_one_that_no_word_gives),
		SCRATCH_TEST(foreign_program_is_itself_alone_and_the_report_says_so),
		SCRATCH_TEST(run_path_of_the_program_is_followed_with_origin),
		SCRATCH_TEST(mutated_programs_give_a_ruleset_or_an_error),
	};

	return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
