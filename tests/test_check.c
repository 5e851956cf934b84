/* SPDX-License-Identifier: ISC */
/*
 * test_check.c: airlock check, profile and doctor as they were built: what they print, for people and as
 * JSON, their exit codes, and what doctor says under filters like those of containers.
 */
#define _GNU_SOURCE
#include "common.h"
#include "command.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi.h"
#include "airlock/sandbox.h"
#include "calls.h"

#define CORPUS "tests/profiles"

enum { CORPUS_AT_LEAST = 80, NR_CLOSE_RANGE = 436, NR_PIDFD_OPEN = 434, MIB = 1024 * 1024 };

static char *folder;

static int make_folder(void **state)
{
	(void)state;
	folder = temp_folder();
	return folder ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	temp_remove(folder);
	return 0;
}

/* A profile of its own in the folder: its path, from malloc */
static char *profile_file(const char *name, const char *text)
{
	temp_file(folder, name, text, 0644);
	return temp_path(folder, name);
}

/* JSON */

static json_t *parsed(const struct ran *r)
{
	json_error_t e;
	json_t *root = json_loads(r->out, JSON_REJECT_DUPLICATES, &e);

	if (!root)
		fail_msg("no JSON at line %d: %s: %s%s", e.line, e.text, r->out, r->err);
	assert_true(json_is_object(root));
	return root;
}

/* The output of a command with --json, and its code */
#define PARSED(code_wanted, ...) parse_ran(RAN(NULL, __VA_ARGS__), code_wanted)

static json_t *parse_ran(struct ran r, int code)
{
	json_t *root;

	assert_ran(&r, code, "");
	root = parsed(&r);
	command_free(&r);
	return root;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text)
		fail_msg("no string `%s'", key);
	return text;
}

static bool truth_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_boolean(value));
	return json_is_true(value);
}

/* The member of an array of objects whose `key` is that */
static const json_t *member(const json_t *root, const char *array, const char *key,
			    const char *value)
{
	const json_t *all = json_object_get(root, array);

	assert_true(json_is_array(all));
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);
		const char *is = json_string_value(json_object_get(one, key));

		if (is && !strcmp(is, value))
			return one;
	}
	return NULL;
}

static const json_t *must_have(const json_t *root, const char *array, const char *key,
			       const char *value)
{
	const json_t *one = member(root, array, key, value);

	if (!one)
		fail_msg("no `%s' among %s", value, array);
	return one;
}

static size_t size_of(const json_t *root, const char *array)
{
	const json_t *all = json_object_get(root, array);

	assert_true(json_is_array(all));
	return json_array_size(all);
}

static void need_landlock(int abi)
{
	if (landlock_abi() < abi)
		SKIP("Landlock's ABI %d is wanted, and %d is here", abi, landlock_abi());
}

/* check: valid profiles */

static void each_builtin_is_valid_and_lacks_nothing(void **state)
{
	const char *name;

	(void)state;
	need_landlock(1);
	for (size_t i = 0; (name = airlock_profile_builtin_name(i)); i++) {
		json_t *root = PARSED(0, "airlock", "check", name, "--json");

		assert_true(truth_of(root, "valid"));
		assert_true(truth_of(root, "enforceable"));
		assert_int_equal(size_of(root, "errors"), 0);
		if (size_of(root, "lacks") != 0)
			fail_msg("%s lacks something", name);
		assert_string_equal(text_of(must_have(root, "restrictions", "name", "no-new-privs"),
					    "state"),
				    "enforced");
		json_decref(root);
	}
}

static void the_report_says_what_is_enforced_and_counts_the_rest(void **state)
{
	struct ran r = RAN(NULL, "airlock", "check", "strict");

	(void)state;
	need_landlock(6);
	assert_ran(&r, 0, "");
	assert_contains(r.out, "profile    strict\n");
	assert_contains(r.out, "valid      yes\n");
	assert_contains(r.out, "enforced   yes, all that was asked for\n");
	assert_contains(r.out, " here, 6 wanted\n");
	assert_contains(r.out, " instructions, of the 4096");
	assert_contains(r.out, "\n  one-exec\n");
	assert_contains(r.out, "\n  landlock-fs           ABI ");
	assert_contains(r.out, " other restrictions are not asked for\n");
	assert_null(strstr(r.out, "umask"));
	assert_null(strstr(r.out, "would lack"));
	command_free(&r);
}

static void a_command_stands_for_the_words_and_without_one_it_says_who_stands_in(void **state)
{
	const json_t *command;
	json_t *root;
	struct ran r;

	(void)state;
	need_landlock(1);
	r = RAN(NULL, "airlock", "check", "filter");
	assert_ran(&r, 0, "");
	assert_contains(r.out, " stands in for @program, nothing for @argv\n");
	command_free(&r);

	root = PARSED(0, "airlock", "check", "filter", "--json", "--", "/bin/cat", "/etc/passwd");
	command = json_object_get(root, "command");
	assert_string_equal(text_of(command, "path"), "/bin/cat");
	assert_false(truth_of(command, "stand_in"));
	json_decref(root);

	root = PARSED(0, "airlock", "check", "none", "--json");
	assert_true(json_is_null(json_object_get(root, "command")));
	json_decref(root);

	r = RAN(NULL, "airlock", "check", "filter", "--", "/no/such/program");
	assert_ran(&r, 1, "");
	assert_contains(r.out, "enforced   no: see what is lost\n");
	assert_contains(r.out, "@program");
	assert_contains(r.out, "/no/such/program: No such file or directory");
	command_free(&r);
}

static void words_and_options_may_come_in_any_order(void **state)
{
	static const char *const orders[][6] = {
		{ "airlock", "check", "none", "--json", "-pLimitNOFILE=9" },
		{ "airlock", "check", "--json", "none", "--property=LimitNOFILE=9" },
		{ "airlock", "check", "-p", "LimitNOFILE=9", "none", "--json" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		const char *argv[7] = { 0 };
		json_t *root;

		memcpy(argv, orders[i], sizeof orders[i]);
		root = parse_ran(command_run(&(struct command){ .argv = argv }), 0);
		assert_string_equal(text_of(must_have(root, "restrictions", "name",
						      "rlimit-nofile"),
					    "state"),
				    "enforced");
		json_decref(root);
	}
}

/* check: wrong profiles */

static void must_complain_as_the_library(const char *path)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e;
	struct ran r = RAN(NULL, "airlock", "check", path);
	char *want;
	json_t *root;
	const json_t *error;

	assert_non_null(p);
	assert_true(airlock_profile_load(p, path, &e) < 0);
	assert_true(asprintf(&want, "airlock: %s:%u:%u: %s\n", e.source, e.line, e.column,
			     e.message) > 0);
	assert_ran(&r, 1, want);
	assert_string_equal(r.out, "");
	command_free(&r);

	root = PARSED(1, "airlock", "check", "--json", path);
	assert_false(truth_of(root, "valid"));
	assert_false(truth_of(root, "enforceable"));
	assert_int_equal(size_of(root, "errors"), 1);
	error = json_array_get(json_object_get(root, "errors"), 0);
	assert_string_equal(text_of(error, "source"), e.source);
	assert_int_equal(json_integer_value(json_object_get(error, "line")), e.line);
	assert_int_equal(json_integer_value(json_object_get(error, "column")), e.column);
	json_decref(root);
	free(want);
	airlock_profile_free(p);
}

static void each_wrong_profile_is_told_of_as_the_library_does(void **state)
{
	DIR *d = opendir(CORPUS);
	struct dirent *entry;
	int n = 0;

	(void)state;
	if (!d)
		fail_msg("%s is not there: tests are run from the project's root", CORPUS);
	while ((entry = readdir(d))) {
		size_t len = strlen(entry->d_name);
		char path[512];

		if (len < 5 || strcmp(entry->d_name + len - 5, ".conf"))
			continue;
		snprintf(path, sizeof path, CORPUS "/%s", entry->d_name);
		must_complain_as_the_library(path);
		n++;
	}
	closedir(d);
	assert_true(n >= CORPUS_AT_LEAST);
}

static void a_pair_that_is_wrong_is_told_of_with_its_column(void **state)
{
	const json_t *error;
	json_t *root;
	struct ran r;

	(void)state;
	r = RAN(NULL, "airlock", "check", "none", "-p", "LimitNOFILE=3x");
	assert_ran(&r, 1,
		   "airlock: -p LimitNOFILE=3x: column 13: `3x` is no limit: a decimal number, or "
		   "`infinity`\n");
	command_free(&r);
	r = RAN(NULL, "airlock", "check", "none", "-p", "LimitNOFILE");
	assert_ran(&r, 1, "airlock: -p LimitNOFILE: KEY=VALUE is wanted\n");
	command_free(&r);
	r = RAN(NULL, "airlock", "check", "none", "-p", "LimitNOFIL=3");
	assert_int_equal(r.code, 1);
	assert_contains(r.err, "airlock: -p LimitNOFIL=3: ");
	assert_contains(r.err, "LimitNOFILE");
	command_free(&r);

	root = PARSED(1, "airlock", "check", "none", "--json", "-p", "LimitNOFILE=3x");
	error = json_array_get(json_object_get(root, "errors"), 0);
	assert_int_equal(json_integer_value(json_object_get(error, "column")), 13);
	json_decref(root);
}

static void bytes_that_are_no_utf8_do_not_break_the_json(void **state)
{
	char *bad = profile_file("odd-\xff\xc3-\xc3\xa9.conf", "Nice=1\nReadPath=/\xf0\x9f/x\n");
	char *wrong = profile_file("wrong.conf", "N\xff"
						 "ce\x01=1\n");
	json_t *root = PARSED(1, "airlock", "check", "--json", bad);
	const char *name = json_string_value(json_array_get(json_object_get(root, "profile"), 0));

	(void)state;
	assert_non_null(name);
	assert_contains(name, "/odd-\xef\xbf\xbd\xef\xbf\xbd-\xc3\xa9.conf");
	assert_contains(text_of(must_have(root, "restrictions", "name", "landlock-fs"), "reason"),
			"No such file");
	json_decref(root);
	root = PARSED(1, "airlock", "check", "--json", wrong);
	assert_false(truth_of(root, "valid"));
	json_decref(root);
	free(bad);
	free(wrong);
}

static void what_cannot_be_read_is_told_of(void **state)
{
	char *want, *missing = temp_path(folder, "missing");
	struct ran r = RAN(NULL, "airlock", "check", missing);

	(void)state;
	assert_true(asprintf(&want, "airlock: %s: No such file or directory\n", missing) > 0);
	assert_ran(&r, 125, want);
	command_free(&r);
	free(want);
	free(missing);
	r = RAN(NULL, "airlock", "check", "fliter");
	assert_ran(&r, 125,
		   "airlock: fliter: no such file, and no builtin profile of that name; did you "
		   "mean filter?\n");
	command_free(&r);
	r = RAN(NULL, "airlock", "check", "/");
	assert_ran(&r, 125, "airlock: /: Is a directory\n");
	command_free(&r);
	r = RAN(NULL, "airlock", "check", "/dev/null", "--json");
	assert_ran(&r, 125, "airlock: /dev/null: only regular files are taken\n");
	assert_string_equal(r.out, "");
	command_free(&r);
}

/* ESC, and CSI as one character and as a C1 control in UTF-8 */
#define TERMINAL \
	"\033[2J\xc2\x9b" \
	"31m"

static void nothing_of_a_profile_reaches_the_terminal_as_a_control(void **state)
{
	char *good = profile_file("good-" TERMINAL ".conf", "ReadPath=/no/" TERMINAL "\n");
	char *wrong = profile_file("wrong-" TERMINAL ".conf", "Ni" TERMINAL "=1\n");
	const char *const files[] = { good, wrong, TERMINAL };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct ran r = RAN(NULL, "airlock", "check", files[i]);

		assert_contains(i == 0 ? r.out : r.err, "?[2J??31m");
		assert_null(strchr(r.out, '\033'));
		assert_null(strstr(r.out, "\xc2\x9b"));
		assert_null(strchr(r.err, '\033'));
		assert_null(strstr(r.err, "\xc2\x9b"));
		command_free(&r);
	}
	free(good);
	free(wrong);
}

static void a_profile_of_another_user_cannot_be_read(void **state)
{
	struct ran r;
	char *path, *want;

	(void)state;
	need_root();
	path = profile_file("secret.conf", "Nice=1\n");
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(asprintf(&want, "airlock: %s: Permission denied\n", path) > 0);
	r = command_run(
		&(struct command){ .argv = (const char *const[]){ "airlock", "check", path, NULL },
				   .as_nobody = true });
	assert_ran(&r, 125, want);
	command_free(&r);
	free(want);
	free(path);
}

/* What an ordinary user cannot have by default is told of with its reason, and is no loss. */
static void an_ordinary_user_gets_a_report_of_his_own(void **state)
{
	struct ran r;

	(void)state;
	need_root();
	need_landlock(1);
	r = command_run(
		&(struct command){ .argv = (const char *const[]){ "airlock", "check", "filter",
								  "--", "/bin/cat", NULL },
				   .as_nobody = true });
	assert_ran(&r, 0, "");
	assert_contains(r.out, "\nnot asked for by a line\n");
	assert_contains(r.out, "\n  bounding-set ");
	command_free(&r);
	r = command_run(&(struct command){
		.argv = (const char *const[]){ "airlock", "check", "none", "-p", "User=0", NULL },
		.as_nobody = true });
	assert_ran(&r, 1, "");
	assert_contains(r.out, "\nlost, so that nothing would be started\n  user ");
	command_free(&r);
}

/* check: other kernels */

static void on_abi_3(void *arg)
{
	const json_t *scope;
	json_t *root;
	struct ran r;

	(void)arg;
	if (!pretend_landlock_abi(3))
		SKIP("this machine lets us filter nothing");
	r = RAN(NULL, "airlock", "check", "filter");
	assert_ran(&r, 0, "");
	assert_contains(r.out, "enforced   yes, but for what is lost by best effort\n");
	assert_contains(r.out, "Landlock   ABI 3 here, 6 wanted\n");
	assert_contains(r.out, "\nlost, as BestEffort= allows\n");
	assert_contains(r.out, "\n  landlock-scope        ABI 3, 6 wanted\n");
	command_free(&r);
	root = PARSED(0, "airlock", "check", "filter", "--json");
	scope = must_have(root, "restrictions", "name", "landlock-scope");
	assert_string_equal(text_of(scope, "state"), "lost");
	assert_true(truth_of(scope, "best_effort"));
	json_decref(root);
}

static void without_landlock(void *arg)
{
	const json_t *landlock;
	json_t *root;
	struct ran r;

	(void)arg;
	if (!pretend_landlock_abi(0))
		SKIP("this machine lets us filter nothing");
	r = RAN(NULL, "airlock", "check", "filter");
	assert_ran(&r, 1, "");
	assert_contains(r.out, "valid      yes\nenforced   no: see what is lost\n");
	assert_contains(r.out, "Landlock   none here, ABI 6 wanted\n");
	assert_contains(r.out, "\nlost, so that nothing would be started\n  landlock-fs ");
	command_free(&r);
	root = PARSED(1, "airlock", "check", "filter", "--json");
	assert_true(truth_of(root, "valid"));
	assert_false(truth_of(root, "enforceable"));
	landlock = json_object_get(root, "landlock");
	assert_int_equal(json_integer_value(json_object_get(landlock, "had")), 0);
	assert_int_equal(json_integer_value(json_object_get(landlock, "wanted")), 6);
	json_decref(root);
	/* where standard output is another's, the loss is told of on standard error */
	r = RAN(NULL, "airlock", "check", "filter", "--syscall", "read");
	assert_int_equal(r.code, 1);
	assert_contains(r.out, "read  allowed");
	assert_contains(r.err, "airlock: landlock-fs: ");
	command_free(&r);
	r = RAN(NULL, "airlock", "check", "none");
	assert_ran(&r, 0, "");
	command_free(&r);
}

static void what_an_older_kernel_cannot_do_is_lost(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind is no place for filters");
	need_landlock(6);
	in_child(on_abi_3, NULL);
	in_child(without_landlock, NULL);
}

/* check --json: what is wanted of Landlock is what the report says of each part */
static void the_abi_that_is_wanted_is_that_of_the_report(void **state)
{
	static const struct {
		const char *pair;
		int wanted;
	} each[] = {
		{ "ReadPath=/", 5 },   { "BindTCP=none", 4 },  { "ConnectTCP=80", 4 },
		{ "Scope=signal", 6 }, { "LimitNOFILE=9", 0 },
	};

	(void)state;
	need_landlock(6);
	for (size_t i = 0; i < COUNT(each); i++) {
		json_t *root = PARSED(0, "airlock", "check", "none", "--json", "-p", each[i].pair);
		const json_t *all = json_object_get(root, "restrictions");
		int most = 0, one;

		for (size_t j = 0; j < json_array_size(all); j++)
			if (sscanf(text_of(json_array_get(all, j), "reason"), "ABI %*d, %d",
				   &one) == 1 &&
			    one > most)
				most = one;
		assert_int_equal(most, each[i].wanted);
		assert_int_equal(json_integer_value(
					 json_object_get(json_object_get(root, "landlock"),
							 "wanted")),
				 each[i].wanted);
		json_decref(root);
	}
}

/* check: what a dynamic program would lack */

static void a_dynamic_program_would_lack_what_the_list_refuses(void **state)
{
	char *path = profile_file("lacks.conf",
				  "SystemCallFilter=@start\n"
				  "SystemCallRule=openat: arg2 == O_WRONLY; return EACCES\n"
				  "SystemCallFilter=~getrandom pread64\n"
				  "SystemCallErrorNumber=EPERM\n");
	json_t *root = PARSED(0, "airlock", "check", path, "--json");
	struct ran r = RAN(NULL, "airlock", "check", path);

	(void)state;
	assert_string_equal(text_of(must_have(root, "lacks", "call", "openat"), "answer"),
			    "refused: EACCES");
	assert_string_equal(text_of(must_have(root, "lacks", "call", "pread64"), "answer"),
			    "refused: EPERM");
	assert_non_null(member(root, "lacks", "call", "getrandom"));
	assert_null(member(root, "lacks", "call", "read"));
	assert_int_equal(size_of(root, "lacks"), 3);
	json_decref(root);
	assert_ran(&r, 0, "");
	assert_contains(r.out, "\nwhat a dynamic program would lack\n");
	assert_contains(r.out, "\n  openat                refused: EACCES\n");
	command_free(&r);
	free(path);
}

static void a_dynamic_program_would_lack_its_loader_and_libraries(void **state)
{
	static const char *const exec_program = "ExecPath=@program";
	json_t *root;

	(void)state;
	need_landlock(1);
	root = PARSED(0, "airlock", "check", "none", "--json", "-p", "ReadPath=/etc", "--",
		      "/bin/cat");
	assert_string_equal(text_of(must_have(root, "lacks", "path", "/bin/cat"), "key"),
			    "ExecPath");
	assert_true(size_of(root, "lacks") >= 3);
	json_decref(root);

	/* a program that is not known may be static; its loader is told of all the same */
	root = PARSED(0, "airlock", "check", "none", "--json", "-p", "ReadPath=/etc");
	assert_int_equal(size_of(root, "lacks"), 2);
	json_decref(root);

	root = PARSED(0, "airlock", "check", "none", "--json", "-p", exec_program, "--",
		      "/bin/cat");
	assert_int_equal(size_of(root, "lacks"), 0);
	json_decref(root);
	root = PARSED(0, "airlock", "check", "none", "--json", "-p", "ExecPath=/", "--", "cat");
	assert_int_equal(size_of(root, "lacks"), 0);
	json_decref(root);
}

static void a_static_program_lacks_no_loader(void **state)
{
	const char *program = helper_program("report");
	json_t *root;

	(void)state;
	need_landlock(1);
	root = PARSED(0, "airlock", "check", "none", "--json", "-p", "ReadPath=/etc", "--",
		      program);
	assert_int_equal(size_of(root, "lacks"), 1);
	assert_string_equal(text_of(must_have(root, "lacks", "path", program), "key"), "ExecPath");
	json_decref(root);
}

static void a_script_lacks_its_interpreter(void **state)
{
	char *script = temp_path(folder, "script"), *pair, *text;
	json_t *root;
	struct ran r;

	(void)state;
	need_landlock(1);
	temp_file(folder, "script", "#!/bin/sh\n", 0755);
	assert_true(asprintf(&pair, "ExecPath=%s", folder) > 0);
	root = PARSED(0, "airlock", "check", "none", "--json", "-p", pair, "--", script);
	assert_non_null(member(root, "lacks", "path", "/bin/sh"));
	assert_null(member(root, "lacks", "path", script));
	json_decref(root);

	/* what a script says is not for the terminal */
	free(pair);
	assert_true(asprintf(&text, "#!%s/\033[2Jsh\n", folder) > 0);
	assert_true(asprintf(&pair, "ExecPath=%s", script) > 0);
	temp_file(folder, "\033[2Jsh", "", 0755);
	temp_file(folder, "script", text, 0755);
	r = RAN(NULL, "airlock", "check", "none", "-p", pair, "--", script);
	assert_ran(&r, 0, "");
	assert_contains(r.out, "/?[2Jsh is not within it\n");
	assert_null(strchr(r.out, '\033'));
	free(text);
	command_free(&r);
	free(pair);
	free(script);
}

/* check --syscall */

struct question {
	const char *profile, *call, *answer, *because;
	int code;
};

static void must_answer(const struct question *q)
{
	struct ran r = RAN(NULL, "airlock", "check", q->profile, "--syscall", q->call);
	char *want;

	assert_true(asprintf(&want, "%s  %-26s  ", q->call, q->answer) > 0);
	assert_ran(&r, q->code, "");
	assert_contains(r.out, want);
	assert_contains(r.out, q->because);
	command_free(&r);
	free(want);
}

static void a_call_is_answered_with_the_line_that_says_so(void **state)
{
	static const struct question questions[] = {
		{ "strict", "read", "allowed", "strict:19: SystemCallFilter=read", 0 },
		{ "strict", "brk:0x1000", "allowed", "SystemCallFilter=brk", 0 },
		{ "strict", "write:1", "allowed", "SystemCallRule=write: arg0 == 1", 0 },
		{ "strict", "write:3", "refused: kills the process", "no rule for the call holds",
		  1 },
		{ "strict", "openat:AT_FDCWD:0:O_RDONLY|O_CLOEXEC", "allowed",
		  "SystemCallRule=openat", 0 },
		{ "strict", "openat:-100:0:O_RDWR", "refused: EACCES", "SystemCallRule=openat", 1 },
		{ "strict", "openat:0xffffff9c:0:02", "refused: EACCES", "SystemCallRule=openat",
		  1 },
		{ "strict", "openat:AT_FDCWD:0:( O_RDONLY | O_CLOEXEC )", "allowed", "openat", 0 },
		{ "strict", "mmap:0:4096:PROT_WRITE|PROT_EXEC", "refused: EPERM",
		  "MemoryDenyWriteExecute=yes", 1 },
		{ "strict", "statfs", "refused: ENOSYS", "statfs:ENOSYS", 1 },
		{ "strict", "socket", "refused: kills the process",
		  "SystemCallErrorNumber= is kill", 1 },
		{ "strict", "io_uring_setup", "refused: ENOSYS", "io_uring gets round", 1 },
		{ "strict", "execve:1:2:3", "refused: kills the process", "ExecOnce=yes", 1 },
		{ "strict", "execve:-1:-1:-1", "refused: kills the process", "ExecOnce=yes", 1 },
		{ "none", "execveat", "refused: kills the process", "ExecOnce=yes", 1 },
		{ "none", "openat", "allowed", "no SystemCallFilter=", 0 },
		{ "strict", "511", "refused: ENOSYS", "no call of that number is known", 1 },
		{ "none", "0x3fffffff", "refused: ENOSYS", "no call of that number is known", 1 },
		{ "network-client", "socket:AF_UNIX:SOCK_STREAM", "refused: EAFNOSUPPORT",
		  "no rule for the call holds", 1 },
		{ "network-client", "socket:AF_INET:SOCK_STREAM|SOCK_CLOEXEC", "allowed",
		  "SystemCallRule=socket", 0 },
		{ "network-client", "clone:CLONE_THREAD|CLONE_NEWUSER", "refused: EPERM",
		  "RestrictNamespaces=yes", 1 },
	};

	(void)state;
	need_landlock(1);
	for (size_t i = 0; i < COUNT(questions); i++)
		must_answer(&questions[i]);
}

static void a_number_of_another_table_kills(void **state)
{
#ifdef __x86_64__
	const struct question x32 = { "none", "0x40000001", "refused: kills the process", "x32",
				      1 };

	(void)state;
	must_answer(&x32);
#else
	(void)state;
	SKIP("only x86_64 has a table of x32");
#endif
}

static void each_restriction_is_named_by_its_key(void **state)
{
	static const struct {
		const char *pair, *call, *answer;
	} restrictions[] = {
		{ "RestrictAddressFamilies=AF_UNIX", "socket:AF_INET", "refused: EAFNOSUPPORT" },
		{ "RestrictNamespaces=yes", "unshare:CLONE_NEWUSER", "refused: EPERM" },
		{ "RestrictRealtime=yes", "sched_setscheduler:0:SCHED_FIFO", "refused: EPERM" },
		{ "RestrictSUIDSGID=yes", "fchmod:3:S_ISUID", "refused: EPERM" },
		{ "LockPersonality=yes", "personality:0x0020000", "refused: EPERM" },
		{ "MemoryDenyWriteExecute=yes", "mprotect:0:0:PROT_EXEC", "refused: EPERM" },
		{ "BindTCP=none", "socket:AF_INET:SOCK_STREAM:262", "refused: EPROTONOSUPPORT" },
		{ "ConnectTCP=none", "sendmsg:3:0:0x20000000", "refused: EOPNOTSUPP" },
		{ "SystemCallBaseline=5.0", "openat2", "refused: ENOSYS" },
		{ "SystemCallFilter=~read", "read", "refused: kills the process" },
		{ "SystemCallFilter=read:EIO", "read", "refused: EIO" },
		{ "SystemCallFilter=read:4000", "read", "refused: errno 4000" },
		{ "SystemCallLog=read", "read", "logged" },
		{ "SystemCallErrorNumber=EPERM", "execve", "refused: kills the process" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(restrictions); i++) {
		json_t *root = parse_ran(RAN(NULL, "airlock", "check", "none", "--json", "-p",
					     restrictions[i].pair, "-p", "BestEffort=landlock",
					     "--syscall", restrictions[i].call),
					 strcmp(restrictions[i].answer, "logged") != 0);
		const json_t *one = json_array_get(json_object_get(root, "syscalls"), 0);
		char because[128];

		assert_string_equal(text_of(one, "answer"), restrictions[i].answer);
		snprintf(because, sizeof because, "-p %s", restrictions[i].pair);
		if (strcmp(restrictions[i].call, "execve") != 0)
			assert_string_equal(text_of(one, "because"), because);
		json_decref(root);
	}
}

static void without_exec_once_an_exec_is_like_other_calls(void **state)
{
	json_t *root = PARSED(0, "airlock", "check", "none", "--json", "-p", "ExecOnce=no", "-p",
			      "SystemCallFilter=~read", "--syscall", "execve");

	(void)state;
	assert_true(truth_of(json_array_get(json_object_get(root, "syscalls"), 0), "allowed"));
	json_decref(root);
	/* nothing at all is refused: there is no program to ask */
	root = PARSED(0, "airlock", "check", "none", "--json", "-p", "ExecOnce=no", "--syscall",
		      "execve", "--syscall", "511");
	assert_int_equal(size_of(root, "syscalls"), 2);
	assert_int_equal(json_integer_value(json_object_get(root, "instructions")), 0);
	json_decref(root);
}

static void json_says_what_was_asked_with_all_bits(void **state)
{
	json_t *root = PARSED(1, "airlock", "check", "none", "--json", "--syscall",
			      "read:-1:0x8000000000000000:-1", "--syscall", "511");
	const json_t *calls = json_object_get(root, "syscalls");
	const json_t *first = json_array_get(calls, 0), *second = json_array_get(calls, 1);
	const json_t *args = json_object_get(first, "args");
	static const char *const want[] = {
		"0xffffffff", "0x8000000000000000", "0xffffffffffffffff", "0", "0", "0"
	};

	(void)state;
	assert_int_equal(json_array_size(calls), 2);
	assert_int_equal(json_array_size(args), 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(json_string_value(json_array_get(args, i)), want[i]);
	assert_string_equal(text_of(first, "call"), "read");
	assert_int_equal(json_integer_value(json_object_get(first, "nr")), SYS_read);
	assert_true(json_is_null(json_object_get(second, "call")));
	assert_int_equal(json_integer_value(json_object_get(second, "nr")), 511);
	json_decref(root);
}

/* Reading and program are compared at each question: 125 would say that they differ. */
static void all_calls_of_all_builtins_are_answered_as_the_program_does(void **state)
{
	enum { CALLS = 470, WORDS = 2 * CALLS + 5 };
	static char numbers[CALLS][16];
	static const char *argv[WORDS];
	const char *name;

	(void)state;
	need_landlock(1);
	for (size_t p = 0; (name = airlock_profile_builtin_name(p)); p++) {
		struct ran r;
		json_t *root;
		size_t n = 0;

		argv[n++] = "airlock";
		argv[n++] = "check";
		argv[n++] = name;
		argv[n++] = "--json";
		for (int i = 0; i < CALLS; i++) {
			snprintf(numbers[i], sizeof numbers[i], "%d:%d:-1", i, i % 7);
			argv[n++] = "--syscall";
			argv[n++] = numbers[i];
		}
		argv[n] = NULL;
		r = command_run(&(struct command){ .argv = argv });
		assert_ran(&r, 1, "");
		root = parsed(&r);
		assert_int_equal(size_of(root, "syscalls"), CALLS);
		json_decref(root);
		command_free(&r);
	}
}

/* Wrong use: the words after "airlock", the whole message. */

static void must_refuse(const char *const *argv, const char *message)
{
	struct ran r = command_run(&(struct command){ .argv = argv });

	assert_ran(&r, 125, message);
	assert_string_equal(r.out, "");
	command_free(&r);
}
#define REFUSED(message, ...) \
	must_refuse((const char *const[]){ "airlock", __VA_ARGS__, NULL }, message)

static void wrong_use_is_told_of(void **state)
{
	(void)state;
	REFUSED("airlock: check: no profile given; try `airlock check --help'\n", "check");
	REFUSED("airlock: check: no profile given; try `airlock check --help'\n", "check", "--",
		"/bin/cat");
	REFUSED("airlock: check: no program after --; try `airlock check --help'\n", "check",
		"none", "--");
	REFUSED("airlock: check: unknown option --jsn; try `airlock check --help'\n", "check",
		"none", "--jsn");
	REFUSED("airlock: check: option --bpf needs a value; try `airlock check --help'\n", "check",
		"none", "--bpf");
	REFUSED("airlock: check: --bpf - leaves no room for another answer; try `airlock check "
		"--help'\n",
		"check", "none", "--bpf", "-", "--json");
	REFUSED("airlock: profile: one name is enough: none; try `airlock profile --help'\n",
		"profile", "strict", "none");
	REFUSED("airlock: strct: no such builtin profile; did you mean strict?\n", "profile",
		"strct");
	REFUSED("airlock: xyzzy: no such builtin profile; `airlock profile' lists them\n",
		"profile", "xyzzy");
	REFUSED("airlock: doctor: unexpected word help; try `airlock doctor --help'\n", "doctor",
		"help");
	REFUSED("airlock: doctor: unknown option -x; try `airlock doctor --help'\n", "doctor",
		"-x");
}

static void wrong_questions_are_told_of(void **state)
{
	static const char *const joined = "wants a number, or names of constants joined by `|`";
	static const struct {
		const char *call, *what;
	} questions[] = {
		{ "", "the name or number of a system call is wanted first" },
		{ ":1", "the name or number of a system call is wanted first" },
		{ "raed", "unknown system call `raed`; did you mean `read`?" },
		{ "@start", "unknown system call `@start`; did you mean" },
		{ "xyzzy_plugh", "unknown system call `xyzzy_plugh`\n" },
		{ "4294967296", "this is no number of a call" },
		{ "12x", "this is no number of a call" },
		{ "read:x", "argument 0, column 1: unknown constant `x`" },
		{ "read:0:1:2z", "argument 2, column 1: `2z` is not a number" },
		{ "open:0:O_RDONLY|O_NOPE", "argument 1, column 10: unknown constant `O_NOPE`" },
		{ "read:4294967296:0", "does not fit argument 0 of `read`" },
		{ "read:99999999999999999999", "does not fit 64 bits" },
		{ "read:1:2:3:4:5:6:7", "a call has six arguments at most" },
		{ "read:", joined },
		{ "read:1 2", joined },
		{ "read:1||arg0 == 2", joined },
		{ "read:1; return EPERM", joined },
		{ "read:1 && arg1 == 1", joined },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(questions); i++) {
		struct ran r =
			RAN(NULL, "airlock", "check", "strict", "--syscall", questions[i].call);
		char *want;

		assert_true(asprintf(&want, "airlock: --syscall %s: ", questions[i].call) > 0);
		assert_int_equal(r.code, 125);
		assert_contains(r.err, want);
		assert_contains(r.err, questions[i].what);
		assert_string_equal(r.out, "");
		command_free(&r);
		free(want);
	}
}

static void a_call_of_other_architectures_is_told_of(void **state)
{
	struct ran r;

	(void)state;
#ifdef __riscv
	SKIP("this is the architecture that has riscv_hwprobe");
#endif
	r = RAN(NULL, "airlock", "check", "none", "--syscall", "riscv_hwprobe");
	assert_ran(&r, 125,
		   "airlock: --syscall riscv_hwprobe: this architecture has no such call\n");
	command_free(&r);
}

static void each_verb_has_help_and_finds_a_full_disk(void **state)
{
	static const char *const verbs[][4] = {
		{ "airlock", "check", "--help" },   { "airlock", "profile", "--help" },
		{ "airlock", "doctor", "--help" },  { "airlock", "profile" },
		{ "airlock", "profile", "strict" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(verbs); i++) {
		struct ran r = command_run(&(struct command){ .argv = verbs[i] });
		int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

		assert_ran(&r, 0, "");
		if (verbs[i][2] && *verbs[i][2] == '-')
			assert_contains(r.out, "\nExit status: ");
		command_free(&r);
		assert_true(full > 0);
		r = command_run(&(struct command){ .argv = verbs[i], .out_fd = full });
		assert_ran(&r, 125, "airlock: standard output: No space left on device\n");
		command_free(&r);
		close(full);
	}
}

static void a_full_disk_is_told_of_by_each_output_of_check(void **state)
{
	static const char *const ways[][6] = {
		{ "airlock", "check", "none" },
		{ "airlock", "check", "none", "--json" },
		{ "airlock", "check", "none", "--disasm" },
		{ "airlock", "check", "none", "--syscall", "read" },
	};
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct ran r;

	(void)state;
	assert_true(full > 0);
	for (size_t i = 0; i < COUNT(ways); i++) {
		r = command_run(&(struct command){ .argv = ways[i], .out_fd = full });
		assert_ran(&r, 125, "airlock: standard output: No space left on device\n");
		command_free(&r);
	}
	r = command_run(&(struct command){
		.argv = (const char *const[]){ "airlock", "check", "strict", "--bpf", "-", NULL },
		.out_fd = full });
	assert_ran(&r, 125, "airlock: --bpf standard output: No space left on device\n");
	command_free(&r);
	close(full);
	r = RAN(NULL, "airlock", "check", "strict", "--bpf", "/dev/full");
	assert_ran(&r, 125, "airlock: --bpf /dev/full: No space left on device\n");
	command_free(&r);
}

static void closed_descriptors_do_no_harm(void **state)
{
	static const char *const verbs[][4] = {
		{ "airlock", "check", "none" },
		{ "airlock", "profile" },
		{ "airlock", "doctor" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(verbs); i++)
		for (unsigned closed = 1; closed < 8; closed++) {
			struct ran r = command_run(
				&(struct command){ .argv = verbs[i], .closed = closed });

			/* what doctor finds under sanitizers is another matter */
			if (i < 2 || !UNDER_SANITIZER)
				assert_int_equal(r.code, 0);
			command_free(&r);
		}
}

static void ignore_sigpipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static void a_program_for_nobody_is_an_error(void **state)
{
	char *fifo = temp_path(folder, "fifo"), *want;
	static const char *const to_stdout[] = {
		"airlock", "check", "none", "-p", "SystemCallFilter=~reboot", "--bpf", "-", NULL
	};
	int fd[2];
	struct ran r;

	(void)state;
	r = command_run(&(struct command){ .argv = to_stdout, .closed = 2 });
	assert_ran(&r, 125, "airlock: --bpf standard output: Bad file descriptor\n");
	command_free(&r);
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	close(fd[0]);
	r = command_run(&(struct command){ .argv = to_stdout, .out_fd = fd[1] });
	assert_ran(&r, 128 + SIGPIPE, "");
	command_free(&r);
	r = command_run(
		&(struct command){ .argv = to_stdout, .out_fd = fd[1], .prepare = ignore_sigpipe });
	assert_ran(&r, 125, "airlock: --bpf standard output: Broken pipe\n");
	command_free(&r);
	close(fd[1]);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	r = RAN(NULL, "airlock", "check", "none", "-p", "SystemCallFilter=~reboot", "--bpf", fifo);
	assert_true(asprintf(&want, "airlock: --bpf %s: nobody reads it\n", fifo) > 0);
	assert_ran(&r, 125, want);
	command_free(&r);
	free(want);
	free(fifo);
}

/* check --bpf and --disasm */

/* The program in a file, from malloc */
static struct sock_filter *read_program(const char *path, size_t *ret_n)
{
	struct sock_filter *code = calloc(4097, sizeof *code);
	FILE *f = fopen(path, "r");

	assert_non_null(code);
	assert_non_null(f);
	*ret_n = fread(code, sizeof *code, 4097, f);
	assert_true(*ret_n > 0 && *ret_n <= 4096);
	assert_true(feof(f));
	fclose(f);
	return code;
}

struct loaded {
	struct sock_filter *code;
	size_t n;
};

static void load_it(void *arg)
{
	const struct loaded *l = arg;
	struct sock_fprog program = { (unsigned short)l->n, l->code };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		SKIP("this machine takes no filter: %s", strerror(errno));
	/* what `filter' says of it */
	errno = 0;
	assert_int_equal(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
	/* not the one exec: that another tool may start something */
	errno = 0;
	assert_int_equal(syscall(SYS_execve, "/no/such/program", NULL, NULL), -1);
	assert_int_equal(errno, ENOENT);
}

static void the_program_that_is_written_is_one_that_the_kernel_takes(void **state)
{
	char *path = temp_path(folder, "filter.bpf");
	struct ran r = RAN(NULL, "airlock", "check", "filter", "--bpf", path);
	struct loaded l;

	(void)state;
	need_landlock(1);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "");
	command_free(&r);
	l.code = read_program(path, &l.n);

	/* standard output gets the same */
	r = RAN(NULL, "airlock", "check", "filter", "--bpf", "-");
	assert_ran(&r, 0, "");
	assert_int_equal(r.out_len, l.n * sizeof *l.code);
	assert_memory_equal(r.out, l.code, r.out_len);
	command_free(&r);

	/* what stood there before does not show through */
	r = RAN(NULL, "airlock", "check", "none", "-p", "SystemCallFilter=~reboot", "--bpf", path);
	assert_ran(&r, 0, "");
	command_free(&r);
	{
		size_t n;

		free(read_program(path, &n));
		assert_true(n < l.n);
	}
	if (!under_valgrind() && !UNDER_SANITIZER)
		in_child(load_it, &l);
	free(l.code);
	free(path);
}

static void bwrap_takes_the_program(void **state)
{
	char *path = temp_path(folder, "bwrap.bpf"), *script;
	struct ran r = RAN(NULL, "bwrap", "--ro-bind", "/", "/", "true");
	int without = r.code;

	(void)state;
	command_free(&r);
	if (without != 0)
		SKIP("bwrap is not here, or may not make its namespaces: %d", without);
	need_landlock(1);
	r = RAN(NULL, "airlock", "check", "filter", "--bpf", path);
	assert_ran(&r, 0, "");
	command_free(&r);
	assert_true(asprintf(&script,
			     "exec bwrap --ro-bind / / --seccomp 9 grep Seccomp: /proc/self/status "
			     "9<'%s'",
			     path) > 0);
	r = RAN(NULL, "/bin/sh", "-c", script);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "Seccomp:\t2\n");
	command_free(&r);
	free(script);
	free(path);
}

static void a_profile_without_a_program_has_none_to_write(void **state)
{
	char *path = temp_path(folder, "none.bpf"), *want;
	struct ran r = RAN(NULL, "airlock", "check", "none", "--bpf", path);

	(void)state;
	assert_true(asprintf(&want,
			     "airlock: --bpf %s: there is no program: the profile restricts no "
			     "calls\n",
			     path) > 0);
	assert_ran(&r, 1, want);
	assert_int_equal(access(path, F_OK), -1);
	command_free(&r);
	r = RAN(NULL, "airlock", "check", "strict", "--bpf", "/no/such/folder/x");
	assert_ran(&r, 125, "airlock: --bpf /no/such/folder/x: No such file or directory\n");
	command_free(&r);
	free(want);
	free(path);
}

static void disasm_prints_the_program_with_the_number_of_execve(void **state)
{
	struct ran r = RAN(NULL, "airlock", "check", "none", "--disasm");
	char number[32];
	json_t *root;

	(void)state;
	assert_ran(&r, 0, "");
	snprintf(number, sizeof number, "%#x", SYS_execve);
	assert_contains(r.out, "ld    arch\n");
	assert_contains(r.out, number);
	assert_contains(r.out, "arg2.high\n");
	assert_contains(r.out, "ret   kill\n");
	command_free(&r);

	root = PARSED(0, "airlock", "check", "none", "--disasm", "--json");
	assert_int_equal(size_of(root, "program"),
			 json_integer_value(json_object_get(root, "instructions")));
	assert_true(size_of(root, "program") > 10);
	json_decref(root);
}

static void a_program_that_is_too_long_cannot_be_had(void **state)
{
	size_t room = 256 * 1024, n = 0;
	char *text = malloc(room), *path;
	struct ran r;

	(void)state;
	assert_non_null(text);
	*text = '\0';
	/* a rule of its own for so many calls, each with so many conditions */
	for (int i = 0; i < 300; i++) {
		n += (size_t)snprintf(text + n, room - n,
				      "SystemCallRule=%s:", airlock__calls[i].name);
		for (int j = 0; j < 32; j++)
			n += (size_t)snprintf(text + n, room - n, "%s arg0 == %d", j ? " ||" : "",
					      3 * j + i);
		n += (size_t)snprintf(text + n, room - n, "\n");
	}
	path = profile_file("long.conf", text);
	r = RAN(NULL, "airlock", "check", path);
	assert_ran(&r, 1, "");
	assert_contains(r.out, "lost, so that nothing would be started\n");
	assert_contains(r.out, "the kernel takes 4096");
	command_free(&r);
	r = RAN(NULL, "airlock", "check", path, "--syscall", "read");
	assert_int_equal(r.code, 1);
	assert_contains(r.err, "the kernel takes 4096");
	assert_string_equal(r.out, "");
	command_free(&r);
	free(path);
	free(text);
}

/* profile */

static void builtins_are_listed_with_a_line_about_each(void **state)
{
	struct ran r = RAN(NULL, "airlock", "profile");
	const char *name, *at = r.out;

	(void)state;
	assert_ran(&r, 0, "");
	for (size_t i = 0; (name = airlock_profile_builtin_name(i)); i++) {
		const char *line = strstr(r.out, name);

		while (line && line > r.out && line[-1] != '\n')
			line = strstr(line + 1, name);
		if (!line)
			fail_msg("%s is not listed", name);
		assert_true(strlen(line) > 40);
	}
	while (*at) {
		size_t n = strcspn(at, "\n");

		assert_true(n > 16 && n < 80);
		at += n + 1;
	}
	assert_contains(r.out, "strict          for a program that reads its standard input, ");
	assert_null(strchr(r.out, '#'));
	command_free(&r);
}

static void a_builtin_is_printed_as_it_is(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = airlock_profile_builtin_name(i)); i++) {
		struct ran r = RAN(NULL, "airlock", "profile", name);

		assert_ran(&r, 0, "");
		assert_string_equal(r.out, airlock_profile_builtin_text(name));
		command_free(&r);
	}
}

/* doctor */

/* What holds of a promise: "yes", "but", "no"; and its reason names `why`. */
static void must_hold(const json_t *root, const char *promise, const char *holds, const char *why)
{
	const json_t *p = must_have(root, "promises", "name", promise);

	if (strcmp(text_of(p, "holds"), holds))
		fail_msg("%s: %s, not %s: %s", promise, text_of(p, "holds"), holds,
			 text_of(p, "reason"));
	assert_contains(text_of(p, "reason"), why);
}

static void must_not_know(const json_t *root, const char *why)
{
	static const char *const resting[] = {
		"P1", "P2", "P3", "P4", "P5", "P6", "P8", "P9", "P10"
	};
	const json_t *spawn = must_have(root, "has", "name", "spawn");

	assert_true(json_is_null(json_object_get(spawn, "had")));
	assert_contains(text_of(spawn, "reason"), why);
	for (size_t i = 0; i < COUNT(resting); i++)
		must_hold(root, resting[i], "unknown", why);
}

static void must_find(const json_t *root, const char *what, bool had, const char *why)
{
	const json_t *f = must_have(root, "has", "name", what);

	if (truth_of(f, "had") != had)
		fail_msg("%s: %s", what, text_of(f, "reason"));
	assert_contains(text_of(f, "reason"), why);
}

static void need_no_sanitizer(void)
{
	if (UNDER_SANITIZER)
		SKIP("what a sanitizer adds to airlock is not what profiles allow");
	if (under_valgrind())
		SKIP("valgrind is no place for filters");
}

static void doctor_says_what_is_here_and_what_holds(void **state)
{
	static const char *const heads[] = { "\nkernel\n", "\nlimits\n", "\naround us\n",
					     "\nbuiltin profiles\n", "\npromises\n" };
	struct ran r = RAN(NULL, "airlock", "doctor");
	int holds = 0;

	(void)state;
	assert_string_equal(r.err, "");
	for (size_t i = 0; i < COUNT(heads); i++)
		assert_contains(r.out, heads[i]);
	for (const char *at = r.out; (at = strstr(at, "\n  P")); at++)
		holds++;
	assert_int_equal(holds, 10);
	assert_int_equal(r.code, strstr(r.out, "DOES NOT HOLD") ? 1 : 0);
	assert_null(strchr(r.out, '\033'));
	command_free(&r);
}

static void doctor_agrees_with_what_tests_know(void **state)
{
	struct ran r = RAN(NULL, "airlock", "doctor", "--json");
	json_t *root = parsed(&r);
	const json_t *landlock = must_have(root, "has", "name", "landlock");
	const json_t *around = json_object_get(root, "surroundings");
	bool all = true;

	(void)state;
	assert_string_equal(r.err, "");
	assert_int_equal(truth_of(landlock, "had"), landlock_abi() > 0);
	if (landlock_abi() > 0)
		assert_int_equal(json_integer_value(json_object_get(landlock, "value")),
				 landlock_abi());
	assert_int_equal(truth_of(must_have(root, "has", "name", "close_range"), "had"),
			 syscall(NR_CLOSE_RANGE, 1 << 20, 1 << 20, 0) == 0);
	assert_int_equal(truth_of(around, "cap_setuid"), have_capability(7));
	assert_int_equal(json_integer_value(json_object_get(around, "no_new_privs")),
			 prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	assert_int_equal(size_of(root, "promises"), 10);
	for (size_t i = 0; i < 10; i++)
		all &= strcmp(text_of(json_array_get(json_object_get(root, "promises"), i),
				      "holds"),
			      "no") != 0;
	assert_int_equal(r.code, all ? 0 : 1);
	json_decref(root);
	command_free(&r);
}

static void doctor_as_nobody_starts_helpers(void **state)
{
	json_t *root;
	struct ran r;

	(void)state;
	need_no_sanitizer();
	need_root();
	r = command_run(&(struct command){
		.argv = (const char *const[]){ "airlock", "doctor", "--json", NULL },
		.as_nobody = true });
	root = parsed(&r);
	must_find(root, "spawn-none", true, "");
	assert_false(truth_of(json_object_get(root, "surroundings"), "cap_setuid"));
	json_decref(root);
	command_free(&r);
}

/* Under a filter: what is refused, which promise that touches, and how. */
struct sickness {
	struct call_rule rules[3];
	size_t n;
	const char *finding, *finding_why;
	const char *promise, *holds, *promise_why;
	int code;
};

static void diagnose(void *arg)
{
	const struct sickness *s = arg;
	json_t *root;
	struct ran r;

	if (!filter_calls(s->rules, s->n))
		SKIP("this machine lets us filter nothing");
	r = RAN(NULL, "airlock", "doctor", "--json");
	assert_ran(&r, s->code, "");
	root = parsed(&r);
	must_find(root, s->finding, false, s->finding_why);
	must_hold(root, s->promise, s->holds, s->promise_why);
	json_decref(root);
	command_free(&r);
	/* in words, too */
	r = RAN(NULL, "airlock", "doctor");
	assert_ran(&r, s->code, "");
	assert_contains(r.out, s->finding_why);
	assert_contains(r.out, s->promise_why);
	command_free(&r);
}

#define REFUSE(nr, error) \
	{ \
		nr, 0, 0, 0, SECCOMP_RET_ERRNO | (error) \
	}

static void doctor_under_filters_says_which_promise_is_affected(void **state)
{
	static const struct sickness all[] = {
		{ { REFUSE(NR_CLOSE_RANGE, EPERM) },
		  1,
		  "close_range",
		  "EPERM",
		  "P3",
		  "but",
		  "/proc/self/fd",
		  1 },
		{ { REFUSE(NR_CLOSE_RANGE, ENOSYS) },
		  1,
		  "close_range-unshare",
		  "ENOSYS",
		  "P10",
		  "no",
		  "copies the caller's descriptors",
		  1 },
		/* CLOSE_RANGE_UNSHARE alone */
		{ { { NR_CLOSE_RANGE, 2, 2, 2, SECCOMP_RET_ERRNO | EINVAL } },
		  1,
		  "close_range-unshare",
		  "EINVAL",
		  "P10",
		  "no",
		  "CLOSE_RANGE_UNSHARE",
		  1 },
		{ { REFUSE(NR_PIDFD_OPEN, EPERM) },
		  1,
		  "pidfd_open",
		  "EPERM",
		  "P4",
		  "but",
		  "pidfd_open",
		  0 },
		{ { REFUSE(SYS_memfd_create, EPERM) },
		  1,
		  "memfd_create",
		  "EPERM",
		  "P10",
		  "no",
		  "memfd_create",
		  1 },
		/* clone with CLONE_VM and not CLONE_THREAD or CLONE_VFORK */
		{ { { SYS_clone, 0, 0x14100, 0x100, SECCOMP_RET_ERRNO | EPERM } },
		  1,
		  "clone-shared",
		  "EPERM",
		  "P10",
		  "no",
		  "copies the caller's memory",
		  1 },
		{ { REFUSE(444, EPERM), REFUSE(445, EPERM), REFUSE(446, EPERM) },
		  3,
		  "landlock",
		  "EPERM",
		  "P8",
		  "but",
		  "landlock",
		  0 },
		{ { REFUSE(444, ENOSYS), REFUSE(445, ENOSYS), REFUSE(446, ENOSYS) },
		  3,
		  "spawn-strict",
		  "landlock-fs",
		  "P8",
		  "but",
		  "landlock",
		  0 },
		{ { REFUSE(SYS_seccomp, EPERM) },
		  1,
		  "seccomp",
		  "EPERM",
		  "P9",
		  "no",
		  "without seccomp filters",
		  1 },
		{ { REFUSE(SYS_setsid, EPERM) },
		  1,
		  "spawn-session",
		  "session",
		  "P1",
		  "but",
		  "`airlock run' starts nothing",
		  0 },
		/* and one that kills: doctor lives, and says what killed */
		{ { { NR_CLOSE_RANGE, 0, 0, 0, SECCOMP_RET_KILL_PROCESS } },
		  1,
		  "close_range",
		  "SIGSYS",
		  "P1",
		  "no",
		  "no helper starts",
		  1 },
		{ { { NR_CLOSE_RANGE, 0, 0, 0, SECCOMP_RET_KILL_PROCESS } },
		  1,
		  "close_range-unshare",
		  "SIGSYS",
		  "P10",
		  "no",
		  "no helper starts: close_range-unshare",
		  1 },
		{ { { 444, 0, 0, 0, SECCOMP_RET_KILL_PROCESS } },
		  1,
		  "landlock",
		  "SIGSYS",
		  "P8",
		  "but",
		  "SIGSYS",
		  1 },
	};

	(void)state;
	need_no_sanitizer();
	need_landlock(1);
	for (size_t i = 0; i < COUNT(all); i++)
		in_child(diagnose, (void *)&all[i]);
}

/* What is refused has nothing to do with these. */
static void with_other_calls_refused(void *arg)
{
	const struct call_rule *rule = arg;
	json_t *root;
	struct ran r;

	if (!filter_calls(rule, 1))
		SKIP("this machine lets us filter nothing");
	r = RAN(NULL, "airlock", "doctor", "--json");
	assert_ran(&r, 1, "");
	root = parsed(&r);
	must_find(root, "clone-shared", true, "");
	must_find(root, "clone-quiet", true, "");
	must_find(root, "clone-pidfd", true, "");
	must_hold(root, "P1", "no", "no helper starts");
	must_hold(root, "P2", "yes", "");
	json_decref(root);
	command_free(&r);
}

static void doctor_blames_no_clone_for_other_calls(void **state)
{
	static const struct call_rule rules[] = {
		{ NR_CLOSE_RANGE, 0, 0, 0, SECCOMP_RET_KILL_PROCESS },
		REFUSE(SYS_waitid, EPERM),
	};

	(void)state;
	need_no_sanitizer();
	for (size_t i = 0; i < COUNT(rules); i++)
		in_child(with_other_calls_refused, (void *)&rules[i]);
}

enum { NOT_PREPARED = 97 };

static void refuse_polls(void)
{
	const struct call_rule rules[] = {
		REFUSE(SYS_ppoll, EPERM),
#ifdef SYS_poll
		REFUSE(SYS_poll, EPERM),
#endif
	};

	if (!filter_calls(rules, COUNT(rules)))
		_exit(NOT_PREPARED);
}

static void refuse_children(void)
{
	const struct call_rule rules[] = {
		REFUSE(SYS_clone, EAGAIN),
		REFUSE(SYS_clone3, ENOSYS),
#ifdef SYS_fork
		REFUSE(SYS_fork, EAGAIN),
#endif
	};

	if (!filter_calls(rules, COUNT(rules)))
		_exit(NOT_PREPARED);
}

/* The first child is its init, and with that it ends. */
static void unshare_processes(void)
{
	if (unshare(CLONE_NEWPID) < 0)
		_exit(NOT_PREPARED);
}

static void doctor_does_not_say_no_of_what_it_could_not_try(void **state)
{
	static const struct {
		void (*prepare)(void);
		const char *why;
	} ways[] = {
		{ refuse_polls, "what tries cannot be heard: Operation not permitted" },
		{ refuse_children, "no child can be had: Resource temporarily unavailable" },
		{ unshare_processes, "no child can be had: Cannot allocate memory" },
	};
	static const char *const json[] = { "airlock", "doctor", "--json", NULL };
	static const char *const words[] = { "airlock", "doctor", NULL };

	(void)state;
	need_no_sanitizer();
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct ran r =
			command_run(&(struct command){ .argv = json, .prepare = ways[i].prepare });
		json_t *root;

		if (r.code == NOT_PREPARED && getuid() != 0) {
			command_free(&r);
			continue;
		}
		if (r.code == NOT_PREPARED)
			SKIP("this machine lets us filter nothing, or unshare nothing");
		assert_ran(&r, 1, "");
		root = parsed(&r);
		must_not_know(root, ways[i].why);
		json_decref(root);
		command_free(&r);
		r = command_run(&(struct command){ .argv = words, .prepare = ways[i].prepare });
		assert_ran(&r, 1, "");
		assert_contains(r.out, "not known: ");
		assert_null(strstr(r.out, "DOES NOT HOLD"));
		command_free(&r);
	}
}

static void doctor_without_dev_starts_helpers(void **state)
{
	static const char *const try[] = { "bwrap",   "--ro-bind", "/",	   "/",
					   "--tmpfs", "/dev",	   "true", NULL };
	static const char *const argv[] = { "bwrap", "--ro-bind", "/",	    "/",      "--tmpfs",
					    "/dev",  AIRLOCK,	  "doctor", "--json", NULL };
	struct ran r = command_run(&(struct command){ .argv = try });
	int code = r.code;
	json_t *root;

	(void)state;
	command_free(&r);
	need_no_sanitizer();
	if (code == 98)
		SKIP("bwrap is not installed");
	if (code != 0)
		SKIP("bwrap cannot run here");
	r = command_run(&(struct command){ .argv = argv });
	root = parsed(&r);
	must_find(root, "spawn", true, "");
	must_find(root, "spawn-null", false, "/dev/null");
	must_hold(root, "P1", "but", "without stderr_fd nothing starts");
	json_decref(root);
	command_free(&r);
}

static void under_an_outer_filter(void *arg)
{
	static const struct call_rule harmless = REFUSE(511, ENOSYS);
	const json_t *around;
	json_t *root;
	struct ran r;

	(void)arg;
	if (!filter_calls(&harmless, 1))
		SKIP("this machine lets us filter nothing");
	r = RAN(NULL, "airlock", "doctor", "--json");
	root = parsed(&r);
	around = json_object_get(root, "surroundings");
	assert_int_equal(json_integer_value(json_object_get(around, "seccomp")), 2);
	if (!json_is_null(json_object_get(around, "seccomp_filters")))
		assert_true(json_integer_value(json_object_get(around, "seccomp_filters")) >= 1);
	json_decref(root);
	command_free(&r);
}

static void doctor_sees_filters_around_it(void **state)
{
	(void)state;
	need_no_sanitizer();
	in_child(under_an_outer_filter, NULL);
}

static void set_limit(int which, rlim_t value)
{
	struct rlimit l;

	assert_int_equal(getrlimit(which, &l), 0);
	l.rlim_cur = value;
	assert_int_equal(setrlimit(which, &l), 0);
}

static void with_little_room(void *arg)
{
	json_t *root;
	struct ran r;

	(void)arg;
	set_limit(RLIMIT_AS, 1024ul * MIB);
	r = RAN(NULL, "airlock", "doctor", "--json");
	root = parsed(&r);
	assert_int_equal(json_integer_value(
				 json_object_get(must_have(root, "has", "name", "vault"), "value")),
			 256 * MIB);
	must_hold(root, "P9", "but", "256 MiB");
	json_decref(root);
	command_free(&r);
}

static void with_few_descriptors(void *arg)
{
	json_t *root;
	struct ran r;

	(void)arg;
	set_limit(RLIMIT_NOFILE, 32);
	r = RAN(NULL, "airlock", "doctor", "--json");
	assert_ran(&r, 1, "");
	root = parsed(&r);
	must_find(root, "spawn-none", true, "");
	must_hold(root, "P10", "no", "RLIMIT_NOFILE");
	json_decref(root);
	command_free(&r);
}

static void with_no_more_processes(void *arg)
{
	const struct call_rule rules[] = { REFUSE(SYS_clone, EAGAIN), REFUSE(SYS_fork, EAGAIN),
					   REFUSE(SYS_clone3, ENOSYS) };
	char *const argv[] = { (char *)AIRLOCK, (char *)"doctor", NULL };

	(void)arg;
	/* in place of this process: it could not start another */
	if (!filter_calls(rules, COUNT(rules)))
		SKIP("this machine lets us filter nothing");
	execv(AIRLOCK, argv);
	_exit(99);
}

static void doctor_looks_at_limits(void **state)
{
	(void)state;
	need_no_sanitizer();
	in_child(with_little_room, NULL);
	in_child(with_few_descriptors, NULL);
}

static void doctor_without_children_still_ends(void **state)
{
	pid_t pid;
	int status, null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	need_no_sanitizer();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(null, 1);
		dup2(null, 2);
		with_no_more_processes(NULL);
	}
	close(null);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void of_a_careless_parent(void *arg)
{
	json_t *root;
	struct ran r;

	(void)arg;
	r = RAN(NULL, "env", "--ignore-signal=CHLD", AIRLOCK, "doctor", "--json");
	if (r.code == 125)
		SKIP("this env(1) cannot have signals ignored: %s", r.err);
	root = parsed(&r);
	assert_true(truth_of(json_object_get(root, "surroundings"), "ignores_sigchld"));
	must_find(root, "spawn-none", true, "");
	must_find(root, "clone-shared", true, "");
	json_decref(root);
	command_free(&r);
}

static void doctor_works_where_sigchld_is_ignored(void **state)
{
	(void)state;
	need_no_sanitizer();
	in_child(of_a_careless_parent, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_builtin_is_valid_and_lacks_nothing),
		cmocka_unit_test(the_report_says_what_is_enforced_and_counts_the_rest),
		cmocka_unit_test(
			a_command_stands_for_the_words_and_without_one_it_says_who_stands_in),
		cmocka_unit_test(words_and_options_may_come_in_any_order),
		cmocka_unit_test(each_wrong_profile_is_told_of_as_the_library_does),
		cmocka_unit_test(a_pair_that_is_wrong_is_told_of_with_its_column),
		cmocka_unit_test(bytes_that_are_no_utf8_do_not_break_the_json),
		cmocka_unit_test(what_cannot_be_read_is_told_of),
		cmocka_unit_test(nothing_of_a_profile_reaches_the_terminal_as_a_control),
		cmocka_unit_test(a_profile_of_another_user_cannot_be_read),
		cmocka_unit_test(an_ordinary_user_gets_a_report_of_his_own),
		cmocka_unit_test(what_an_older_kernel_cannot_do_is_lost),
		cmocka_unit_test(the_abi_that_is_wanted_is_that_of_the_report),
		cmocka_unit_test(a_dynamic_program_would_lack_what_the_list_refuses),
		cmocka_unit_test(a_dynamic_program_would_lack_its_loader_and_libraries),
		cmocka_unit_test(a_static_program_lacks_no_loader),
		cmocka_unit_test(a_script_lacks_its_interpreter),
		cmocka_unit_test(a_call_is_answered_with_the_line_that_says_so),
		cmocka_unit_test(a_number_of_another_table_kills),
		cmocka_unit_test(each_restriction_is_named_by_its_key),
		cmocka_unit_test(without_exec_once_an_exec_is_like_other_calls),
		cmocka_unit_test(json_says_what_was_asked_with_all_bits),
		cmocka_unit_test(all_calls_of_all_builtins_are_answered_as_the_program_does),
		cmocka_unit_test(wrong_use_is_told_of),
		cmocka_unit_test(wrong_questions_are_told_of),
		cmocka_unit_test(a_call_of_other_architectures_is_told_of),
		cmocka_unit_test(each_verb_has_help_and_finds_a_full_disk),
		cmocka_unit_test(a_full_disk_is_told_of_by_each_output_of_check),
		cmocka_unit_test(closed_descriptors_do_no_harm),
		cmocka_unit_test(a_program_for_nobody_is_an_error),
		cmocka_unit_test(the_program_that_is_written_is_one_that_the_kernel_takes),
		cmocka_unit_test(bwrap_takes_the_program),
		cmocka_unit_test(a_profile_without_a_program_has_none_to_write),
		cmocka_unit_test(disasm_prints_the_program_with_the_number_of_execve),
		cmocka_unit_test(a_program_that_is_too_long_cannot_be_had),
		cmocka_unit_test(builtins_are_listed_with_a_line_about_each),
		cmocka_unit_test(a_builtin_is_printed_as_it_is),
		cmocka_unit_test(doctor_says_what_is_here_and_what_holds),
		cmocka_unit_test(doctor_agrees_with_what_tests_know),
		cmocka_unit_test(doctor_as_nobody_starts_helpers),
		cmocka_unit_test(doctor_under_filters_says_which_promise_is_affected),
		cmocka_unit_test(doctor_blames_no_clone_for_other_calls),
		cmocka_unit_test(doctor_does_not_say_no_of_what_it_could_not_try),
		cmocka_unit_test(doctor_without_dev_starts_helpers),
		cmocka_unit_test(doctor_sees_filters_around_it),
		cmocka_unit_test(doctor_looks_at_limits),
		cmocka_unit_test(doctor_without_children_still_ends),
		cmocka_unit_test(doctor_works_where_sigchld_is_ignored),
	};

	return cmocka_run_group_tests_name("check", tests, make_folder, remove_folder);
}
