/* SPDX-License-Identifier: ISC */
/*
 * test_learn.c: airlock learn. First what is made of data that was seen, by hand and at random;
 * then real programs: what was learned of a run makes the same run pass, and is refused more.
 */
#define _GNU_SOURCE
#include "common.h"
#include "command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "learned.h"
#include "learned_file.h"
#include "reading.h"

/* What was seen */

static size_t call_of(const char *name)
{
	int call = airlock__call_by_name(name, strlen(name));

	assert_true(call >= 0);
	return (size_t)call;
}

static struct seccomp_data data_of(size_t call, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = airlock__calls[call].nr, .arch = airlock__audit_arch };

	memcpy(d.args, args, sizeof d.args);
	return d;
}

static void saw_args(struct learned *l, const char *name, const uint64_t args[6])
{
	struct seccomp_data d = data_of(call_of(name), args);

	assert_int_equal(learned_call(l, &d), 0);
}
#define SAW(l, name, ...) saw_args(l, name, (const uint64_t[6]){ __VA_ARGS__ })

static void saw_path(struct learned *l, enum want_kind kind, bool is_folder, const char *path)
{
	struct want w = { .kind = kind, .path = (char *)path, .is_folder = is_folder };

	assert_int_equal(learned_want(l, &w), 0);
}

static void saw(struct learned *l, struct want w)
{
	assert_int_equal(learned_want(l, &w), 0);
}

static void saw_listed(struct learned *l, const char *path)
{
	saw(l, (struct want){ .kind = WANT_READ,
			      .path = (char *)path,
			      .is_folder = true,
			      .is_listed = true });
}

static void saw_port(struct learned *l, enum want_kind kind, uint16_t port)
{
	struct want w = { .kind = kind, .port = port };

	assert_int_equal(learned_want(l, &w), 0);
}

/* What is known besides */

static bool is_there(const char *path)
{
	return !strstr(path, "/gone");
}

static const char *const a_command[] = { "/usr/bin/it", "/srv/data/table", NULL };

static struct learned_about about_it(void)
{
	struct learned_about a = { .argv = (char *const *)a_command, .exists = is_there };

	assert_int_equal(reach_add(&a.program, AIRLOCK__EXEC, false, "/usr/bin/it"), 0);
	assert_int_equal(reach_add(&a.program, AIRLOCK__READ, true, "/usr/lib"), 0);
	assert_int_equal(reach_add(&a.words, AIRLOCK__READ, false, "/srv/data/table"), 0);
	assert_int_equal(reach_add(&a.folders, AIRLOCK__READ, true, "/srv/data"), 0);
	return a;
}

static void forget(struct learned_about *a)
{
	reach_free(&a->program);
	reach_free(&a->words);
	reach_free(&a->folders);
	reach_free(&a->base);
}

static char *text_of(const struct learned *l, const struct learned_about *a)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(l->base ? learned_write_more(l, a, f) : learned_write(l, a, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static struct airlock_profile *parsed(const char *text)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e;

	assert_non_null(p);
	if (airlock_profile_parse(p, text, strlen(text), &e) < 0)
		fail_msg("%u:%u: %s, in\n%s", e.line, e.column, e.message, text);
	return p;
}

/* As lexical as the data is */
static struct reach reach_of(const struct airlock_profile *p, const struct learned_about *a)
{
	struct reach r = { .n = 0 };

	for (size_t i = 0; i < p->npaths; i++) {
		const char *path = p->paths[i].path;
		const struct reach *words = !strcmp(path, "@argv")	 ? &a->words
					    : !strcmp(path, "@argv-dir") ? &a->folders
									 : &a->program;

		if (*path == '/')
			assert_int_equal(reach_add(&r, p->paths[i].access, true, path), 0);
		for (size_t j = 0; *path == '@' && j < words->n; j++)
			assert_int_equal(reach_add(&r,
						   words == &a->program ? words->at[j].access
									: p->paths[i].access,
						   words->at[j].is_folder, words->at[j].path),
					 0);
	}
	return r;
}

static const char *shown;

static void show(const char *what)
{
	print_message("not allowed: %s, by\n%s\n", what, shown);
}

static int complaints;

static void count(const char *what)
{
	(void)what;
	complaints++;
}

/* The text, which must allow all that was seen; frees the rest. */
static char *learned_text(struct learned *l)
{
	struct learned_about a = about_it();
	char *text = text_of(l, &a);
	struct airlock_profile *p = parsed(text);
	struct reach reach = reach_of(p, &a);

	shown = text;
	assert_int_equal(learned_check(l, &a, p, &reach, show), 0);
	reach_free(&reach);
	forget(&a);
	airlock_profile_free(p);
	learned_free(l);
	return text;
}

static struct learned *new_one(void)
{
	struct learned *l = learned_new(NULL);

	assert_non_null(l);
	return l;
}

static void assert_no(const char *all, const char *part)
{
	if (strstr(all, part))
		fail_msg("`%s' is in `%s'", part, all);
}

/* A line as a whole */
static void assert_line(const char *all, const char *line)
{
	char *between;

	assert_true(asprintf(&between, "\n%s\n", line) > 0);
	assert_contains(all, between);
	free(between);
}

static void a_group_is_taken_where_most_of_it_was_seen(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	SAW(l, "fsync", 3);
	SAW(l, "fdatasync", 3);
	SAW(l, "sync", 0);
	SAW(l, "syncfs", 3);
	text = learned_text(l);
	assert_line(text, "SystemCallFilter=@sync");
	assert_line(text, "#   not seen of it: msync sync_file_range");
	free(text);
}

static void names_are_taken_where_little_of_a_group_was_seen(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	SAW(l, "fsync", 3);
	SAW(l, "fdatasync", 3);
	SAW(l, "sysinfo", 0);
	text = learned_text(l);
	assert_no(text, "=@sync");
	assert_line(text, "# of @sync\nSystemCallFilter=fdatasync fsync");
	assert_line(text, "# others\nSystemCallFilter=sysinfo");
	/* the loader's calls are not asked for twice, nor is what every list begins with */
	assert_line(text, "SystemCallFilter=@start");
	free(text);
}

/* Each of these would bring in one call that has a power of its own. */
static void no_group_brings_in_what_it_should_not(void **state)
{
	static const struct {
		const char *group, *but;
	} cases[] = {
		{ "@process", "unshare" },	 { "@process", "kill" },
		{ "@setuid", "setuid" },	 { "@chown", "fchown" },
		{ "@ipc", "process_vm_writev" }, { "@network-io", "listen" },
		{ "@keyring", "keyctl" },
	};

	(void)state;
	for (size_t c = 0; c < COUNT(cases); c++) {
		struct learned *l = new_one();
		struct airlock__callset members;
		char *text, line[64];

		airlock__group_members((size_t)airlock__group_by_name(cases[c].group,
								      strlen(cases[c].group)),
				       &members);
		for (size_t i = 0; i < airlock__ncalls; i++)
			if (airlock__callset_has(&members, i) && airlock__calls[i].nr >= 0 &&
			    strcmp(airlock__calls[i].name, cases[c].but) != 0)
				SAW(l, airlock__calls[i].name, 0);
		text = learned_text(l);
		snprintf(line, sizeof line, "SystemCallFilter=%s\n", cases[c].group);
		assert_no(text, line);
		free(text);
	}
}

static void few_values_make_a_rule_and_many_allow_the_call(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	SAW(l, "ioctl", 0, TCGETS);
	SAW(l, "ioctl", 1, TCGETS);
	SAW(l, "ioctl", 0, 0xabcdef);
	SAW(l, "fcntl", 0, F_DUPFD, 10);
	SAW(l, "fcntl", 0, F_SETLKW);
	SAW(l, "prctl", 15);
	for (uint64_t i = 0; i < LEARNED_MAX_VALUES + 1; i++)
		SAW(l, "kill", 1, i);
	text = learned_text(l);
	assert_line(text,
		    "SystemCallRule=ioctl: arg1 == TCGETS || arg1 == 0xabcdef; return ENOTTY");
	assert_line(text,
		    "SystemCallRule=fcntl: arg1 == F_DUPFD || arg1 == F_SETLKW; return EINVAL");
	assert_line(text, "SystemCallRule=prctl: arg0 == PR_SET_NAME; return EINVAL");
	assert_line(text, "# of @process\nSystemCallFilter=kill");
	free(text);

	l = new_one();
	for (uint64_t i = 0; i < LEARNED_MAX_VALUES + 1; i++)
		SAW(l, "ioctl", 0, TCGETS + i);
	text = learned_text(l);
	assert_no(text, "SystemCallRule=ioctl");
	assert_line(text, "# others\nSystemCallFilter=ioctl");
	free(text);
}

static void more_values_than_are_kept_allow_any(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	for (uint64_t i = 0; i < 2 * LEARNED_MAX_TUPLES; i++) {
		SAW(l, "ioctl", 0, i);
		SAW(l, "personality", i);
		SAW(l, "openat", 0, 0, i << 3);
	}
	assert_int_equal(l->calls[call_of("ioctl")].n, LEARNED_MAX_TUPLES);
	text = learned_text(l);
	assert_no(text, "\nLockPersonality=yes");
	assert_no(text, "SystemCallRule=openat");
	free(text);
}

static void sockets_are_of_the_families_seen(void **state)
{
	struct learned *l = new_one();
	char *text = learned_text(l);

	(void)state;
	assert_line(text, "RestrictAddressFamilies=none");
	assert_line(text, "BindTCP=none");
	assert_line(text, "ConnectTCP=none");
	free(text);

	l = new_one();
	SAW(l, "socket", AF_INET6, SOCK_STREAM);
	SAW(l, "socket", AF_UNIX, SOCK_STREAM);
	/*
	 * no kernel has that one, and what it is told then it is told by the profile, too
	 */
	SAW(l, "socket", 63, SOCK_STREAM);
	saw_port(l, WANT_CONNECT, 443);
	saw_port(l, WANT_CONNECT, 80);
	saw_port(l, WANT_CONNECT, 443);
	text = learned_text(l);
	assert_line(text, "RestrictAddressFamilies=AF_INET6 AF_UNIX");
	assert_line(text, "BindTCP=none");
	assert_line(text, "ConnectTCP=80 443");
	assert_no(text, "\nScope=abstract-unix-socket");
	free(text);
}

static const struct {
	const char *key, *call;
	uint64_t args[6];
} restricted[] = {
	{ "MemoryDenyWriteExecute=yes", "mmap", { 0, 4096, PROT_WRITE | PROT_EXEC } },
	{ "MemoryDenyWriteExecute=yes", "mprotect", { 0, 4096, PROT_READ | PROT_EXEC } },
	{ "RestrictSUIDSGID=yes", "fchmod", { 3, 04755 } },
	{ "RestrictSUIDSGID=yes", "openat2", { 0 } },
	{ "RestrictRealtime=yes", "sched_setattr", { 0 } },
	{ "LockPersonality=yes", "personality", { 0x0040000 } },
	{ "RestrictNamespaces=yes", "setns", { 3, 0 } },
	{ "RestrictAddressFamilies=none", "io_uring_setup", { 8 } },
	{ "BindTCP=none", "io_uring_setup", { 8 } },
};

static void restrictions_hold_unless_they_would_refuse_what_was_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(restricted); i++) {
		struct learned *l = new_one();
		char *text = learned_text(l);

		assert_line(text, restricted[i].key);
		free(text);
		l = new_one();
		saw_args(l, restricted[i].call, restricted[i].args);
		text = learned_text(l);
		if (strstr(text, restricted[i].key) == strstr(text, "\n") + 1)
			fail_msg("%s stands there", restricted[i].key);
		assert_contains(text, "would refuse what was seen of ");
		assert_contains(text, restricted[i].call);
		free(text);
	}
}

static void threads_are_told_from_processes(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	SAW(l, "clone3", 0x1000, 88);
	assert_int_equal(learned_clone3(l, 0x3d0f00, 0), 0);
	text = learned_text(l);
	assert_line(text, "SystemCallRule=clone: arg0 & CLONE_THREAD; return EPERM");
	assert_line(text, "SystemCallFilter=clone3:ENOSYS");
	assert_line(text, "RestrictNamespaces=yes");
	free(text);

	l = new_one();
	SAW(l, "clone", 0x1200011);
	text = learned_text(l);
	assert_no(text, "SystemCallRule=clone");
	assert_line(text, "# of @process\nSystemCallFilter=clone");
	assert_line(text, "SystemCallFilter=clone3:ENOSYS");
	free(text);
}

static void namespaces_are_those_that_were_seen(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	SAW(l, "unshare", 0x10000000 | 0x00020000);
	text = learned_text(l);
	assert_line(text, "RestrictNamespaces=mnt user");
	free(text);

	/* into a control group: clone cannot do that */
	l = new_one();
	SAW(l, "clone3", 0x1000, 88);
	assert_int_equal(learned_clone3(l, INT64_C(0x200000000), SIGCHLD), 0);
	text = learned_text(l);
	assert_no(text, "clone3:ENOSYS");
	assert_no(text, "\nRestrictNamespaces");
	free(text);
}

static void what_is_of_the_command_has_a_word(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	saw_path(l, WANT_READ, false, "/usr/lib/libc.so.6");
	saw_path(l, WANT_READ, false, "/usr/bin/it");
	saw_path(l, WANT_READ, false, "/srv/data/table");
	saw_path(l, WANT_READ, false, "/srv/data/other");
	text = learned_text(l);
	assert_line(text, "ReadPath=@program "
			  "@argv\nReadPath=/srv/data/other\nWritePath=none\nExecPath=@program");
	free(text);

	/* it was there first, so that it is not by the folder alone that it can be read */
	l = new_one();
	saw_path(l, WANT_READ, false, "/srv/data/table");
	saw_path(l, WANT_WRITE, true, "/srv/data");
	text = learned_text(l);
	assert_line(text, "ReadPath=@program @argv-dir\nWritePath=@argv-dir\nExecPath=@program");
	free(text);

	l = new_one();
	saw_path(l, WANT_WRITE, false, "/srv/data/table");
	text = learned_text(l);
	assert_line(text, "ReadPath=@program\nWritePath=@argv\nExecPath=@program");
	free(text);
}

static void a_folder_beneath_that_of_an_argument_is_named(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	saw_path(l, WANT_WRITE, true, "/srv/data/sub");
	saw_listed(l, "/srv/data/other");
	text = learned_text(l);
	assert_line(text, "WritePath=/srv/data/sub");
	assert_line(text, "ReadPath=/srv/data/other");
	assert_no(text, "@argv");
	free(text);

	/* where the word stands there for another reason it need not be */
	l = new_one();
	saw_path(l, WANT_WRITE, true, "/srv/data/sub");
	saw_path(l, WANT_WRITE, true, "/srv/data");
	text = learned_text(l);
	assert_line(text, "WritePath=@argv-dir");
	assert_no(text, "/srv/data/sub");
	free(text);
}

/* What stands there at last, and whether the profile allows what was seen: each by a folder alone */
static void what_was_listed_is_told_of_and_may_be_too_much(void **state)
{
	static const char *const never[] = { "/",     "/etc",	"/etc/ssl",  "/home", "/home/joe",
					     "/root", "/var",	"/var/lib",  "/usr",  "/usr/bin",
					     "/dev",  "/sys/x", "/proc/sys", "/tmp" };
	struct learned_about a = about_it();
	struct learned *l = new_one();
	char *text, line[128];

	(void)state;
	saw_listed(l, "/srv/list");
	saw_path(l, WANT_READ, false, "/srv/file");
	saw_path(l, WANT_READ, false, "/srv/list/file");
	text = learned_text(l);
	assert_line(text, "ReadPath=@program\nReadPath=/srv/file\n"
			  "# listed; this also lets all files beneath it be read\n"
			  "ReadPath=/srv/list\nWritePath=none");
	free(text);

	/* nine that were listed do not make one that was not of all */
	l = new_one();
	for (int i = 0; i <= LEARNED_MAX_FILES; i++) {
		snprintf(line, sizeof line, "/srv/many/%d", i);
		saw_listed(l, line);
	}
	text = learned_text(l);
	assert_contains(text, "\nReadPath=/srv/many/0 /srv/many/1 ");
	free(text);

	for (size_t i = 0; i < COUNT(never); i++) {
		struct airlock_profile *p;
		struct reach reach;

		l = new_one();
		saw_listed(l, never[i]);
		text = text_of(l, &a);
		snprintf(line, sizeof line,
			 "#\t%s: listed; it would let all files beneath it be read", never[i]);
		assert_line(text, line);
		assert_line(text, "ReadPath=@program\n# Used, and not allowed by a line of "
				  "ReadPath=:");
		p = parsed(text);
		reach = reach_of(p, &a);
		complaints = 0;
		assert_int_equal(learned_check(l, &a, p, &reach, count), 1);
		assert_int_equal(complaints, 1);
		reach_free(&reach);
		airlock_profile_free(p);
		free(text);
		learned_free(l);
	}
	forget(&a);
}

static void what_it_made_is_found_by_its_folder(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	saw_path(l, WANT_WRITE, true, "/srv/spool");
	saw_path(l, WANT_READ, false, "/srv/spool/gone.123");
	saw_path(l, WANT_READ, false, "/srv/elsewhere");
	text = learned_text(l);
	assert_line(text,
		    "ReadPath=@program\nReadPath=/srv/elsewhere /srv/spool\nWritePath=/srv/spool");
	free(text);
}

static void many_files_of_a_folder_are_the_folder(void **state)
{
	static const char *const never[] = { "/etc",	   "/etc/ssl",	"/home/joe", "/dev",
					     "/usr/share", "/proc/sys", "/var/lib" };
	struct learned *l = new_one();
	char path[64], *text;

	(void)state;
	for (int i = 0; i <= LEARNED_MAX_FILES; i++) {
		snprintf(path, sizeof path, "/srv/a/b/%d", i);
		saw_path(l, WANT_READ, false, path);
		snprintf(path, sizeof path, "/usr/share/perl/5/%d/x.pm", i);
		saw_path(l, WANT_READ, false, path);
		if (i < LEARNED_MAX_FILES) {
			snprintf(path, sizeof path, "/srv/few/%d", i);
			saw_path(l, WANT_WRITE, false, path);
		}
	}
	text = learned_text(l);
	/* of ninety folders with a file each none is merged; of nine in one, the one is */
	assert_contains(text, "\nReadPath=/srv/a/b -/usr/share/perl/5/0/x.pm ");
	assert_contains(text, "\nWritePath=/srv/few/0 /srv/few/1 ");
	free(text);

	for (size_t n = 0; n < COUNT(never); n++) {
		l = new_one();
		for (int i = 0; i < 40; i++) {
			snprintf(path, sizeof path, "%s/f%d", never[n], i);
			saw_path(l, WANT_READ, false, path);
		}
		text = learned_text(l);
		snprintf(path, sizeof path, "%s/f39", never[n]);
		assert_contains(text, path);
		free(text);
	}
}

static void odd_paths_are_quoted_or_told_of(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	saw_path(l, WANT_READ, false, "/srv/a b");
	saw_path(l, WANT_READ, false, "/srv/\"it's\"");
	saw_path(l, WANT_READ, false, "/srv/back\\slash");
	saw_path(l, WANT_READ, false, "/srv/\xc3\xa9t\xc3\xa9#;%n~");
	saw_path(l, WANT_EXEC, false, "/srv/ends in\\");
	saw_path(l, WANT_READ, false, "/etc/with blank");
	saw_path(l, WANT_READ, false, "/srv/gone for good");
	text = learned_text(l);
	assert_contains(text, " \"/srv/a b\" ");
	assert_contains(text, "\"/srv/\\\"it's\\\"\"");
	assert_contains(text, "\"/srv/back\\\\slash\"");
	assert_contains(text, "\"-/etc/with blank\"");
	assert_contains(text, "\"-/srv/gone for good\"");
	free(text);
}

static void what_has_no_name_is_a_comment(void **state)
{
	struct learned_about a = about_it();
	struct learned *l = new_one();
	struct airlock_profile *p;
	struct reach reach;
	char *text;

	(void)state;
	saw_path(l, WANT_READ, false, "/proc/1234/status");
	saw_path(l, WANT_READ, false, "/proc/cpuinfo");
	saw_path(l, WANT_READ, false, "/srv/new\nExecPath=/");
	/* no file system has it */
	saw_path(l, WANT_READ, false, "pipe:[1]");
	/* ESC [ in one */
	saw_path(l, WANT_READ, false,
		 "/srv/c1\xc2\x9b"
		 "31m");
	saw_path(l, WANT_READ, false, "/srv/\xc2\xa0\xc3\x9b");
	text = text_of(l, &a);
	assert_line(text,
		    "#\t/proc/1234/status: of a process, and another has another name; all of "
		    "/proc would be needed");
	assert_line(text, "#\t/srv/new?ExecPath=/: a `?' stands for a control character");
	assert_line(text, "#\t/srv/c1?31m: a `?' stands for a control character");
	assert_contains(text, "/srv/\xc2\xa0\xc3\x9b");
	assert_no(text, "\xc2\x9b");
	assert_contains(text, "\nReadPath=-/proc/cpuinfo ");
	assert_no(text, "pipe");
	p = parsed(text);
	reach = reach_of(p, &a);
	complaints = 0;
	assert_int_equal(learned_check(l, &a, p, &reach, count), 3);
	assert_int_equal(complaints, 3);
	reach_free(&reach);
	airlock_profile_free(p);
	free(text);
	learned_free(l);
	forget(&a);
}

static void what_is_beneath_a_folder_that_was_listed_needs_no_name(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	saw_path(l, WANT_READ, false, "/proc/1/stat");
	saw_listed(l, "/proc");
	text = learned_text(l);
	assert_line(text, "ReadPath=-/proc");
	assert_no(text, "/proc/1");
	free(text);
}

static void its_own_folder_of_proc_is_had_by_all_of_it(void **state)
{
	struct learned *l = new_one();
	struct learned_about a;
	char *text;

	(void)state;
	saw(l, (struct want){ .kind = WANT_READ, .path = (char *)"/proc/77/maps", .is_own = true });
	saw_path(l, WANT_READ, false, "/proc/cpuinfo");
	text = learned_text(l);
	assert_contains(text, "\n# Its own /proc/PID was read, which Landlock cannot name");
	assert_line(text, "ReadPath=-/proc");
	assert_no(text, "/proc/77");
	free(text);

	/* to write there is another matter */
	l = new_one();
	a = about_it();
	saw(l,
	    (struct want){ .kind = WANT_WRITE, .path = (char *)"/proc/77/comm", .is_own = true });
	text = text_of(l, &a);
	assert_line(text, "WritePath=none\n# Used, and not allowed by a line of WritePath=:");
	assert_contains(text, "\n#\t/proc/77/comm: of a process");
	free(text);
	learned_free(l);
	forget(&a);
}

static void what_could_not_be_seen_is_told_of(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	l->unseen = 3;
	l->fds_unseen = true;
	text = learned_text(l);
	assert_contains(text, "\n# 3 calls of a process that keeps its memory from us: ");
	assert_line(text, "# no LimitNOFILE=: it keeps its descriptors from us");
	free(text);
}

/* As much as a large tree: it must not take the square of that. */
static void forty_thousand_files_take_seconds(void **state)
{
	struct learned *l = new_one();
	int64_t begin = now_ms();
	char path[64], *text;

	(void)state;
	for (int i = 0; i < 40000; i++) {
		/* of half of them no folder can be named for all */
		snprintf(path, sizeof path, i % 2 ? "/srv/t/%d/%d/f" : "/var/lib/%d/%d", i / 9, i);
		saw_path(l, WANT_READ, false, path);
	}
	text = learned_text(l);
	assert_true(now_ms() - begin < (UNDER_SANITIZER ? 60000 : 8000));
	free(text);
}

static void an_odd_command_stays_in_its_comment(void **state)
{
	const char *const argv[] = { "it", "a\nSystemCallFilter=@known", "it's", "\\", NULL };
	struct learned_about a = about_it();
	struct learned *l = new_one();
	char *text;

	(void)state;
	a.argv = (char *const *)argv;
	text = text_of(l, &a);
	assert_line(text, "#\tit 'a?SystemCallFilter=@known' 'it'\\''s' '\\'");
	airlock_profile_free(parsed(text));
	free(text);
	learned_free(l);
	forget(&a);
}

static void a_long_command_is_cut_in_its_comment(void **state)
{
	enum { SIZE = 100000 };
	char *word = malloc(SIZE + 1);
	const char *const argv[] = { "it", word, "more", NULL };
	struct learned_about a = about_it();
	struct learned *l = new_one();
	const char *line, *end;
	char *text;

	(void)state;
	assert_non_null(word);
	/* characters of three bytes, and one before them so that none ends where it is cut */
	for (int i = 0; i < SIZE; i++)
		word[i] = i == 0 ? 'x' : "\xe2\x82\xac"[(i - 1) % 3];
	word[SIZE] = '\0';
	a.argv = (char *const *)argv;
	text = text_of(l, &a);
	line = strstr(text, "#\tit 'x\xe2\x82\xac");
	assert_non_null(line);
	end = strchr(line, '\n');
	assert_true(end - line < 1100);
	assert_memory_equal(end - 23, "\xe2\x82\xac' ... (it is longer)", 23);
	airlock_profile_free(parsed(text));
	free(text);
	free(word);
	learned_free(l);
	forget(&a);
}

static void descriptors_have_a_limit_with_some_to_spare(void **state)
{
	struct learned *l = new_one();
	char *text;

	(void)state;
	l->highest_fd = 3;
	/* no descriptor of its */
	SAW(l, "read", 1000);
	text = learned_text(l);
	assert_line(text, "# the highest descriptor seen was 3\nLimitNOFILE=64");
	free(text);

	l = new_one();
	SAW(l, "fcntl", 3, F_DUPFD, 100);
	SAW(l, "dup2", 3, 255);
	text = learned_text(l);
	assert_line(text, "LimitNOFILE=512");
	free(text);

	/* a limit of ours would refuse it */
	l = new_one();
	SAW(l, "prlimit64", 0, 7, 0x1000, 0);
	text = learned_text(l);
	assert_no(text, "\nLimitNOFILE");
	assert_no(text, "SystemCallRule=prlimit64");
	free(text);
}

static void calls_that_cannot_be_allowed_are_told_of(void **state)
{
	struct learned_about a = about_it();
	struct learned *l = new_one();
	struct seccomp_data d = { .nr = 20, .arch = airlock__audit_arch ^ 1 };
	struct airlock_profile *p;
	struct reach reach = { .n = 0 };
	char *text;

	(void)state;
	assert_int_equal(learned_call(l, &d), 0);
	d = (struct seccomp_data){ .nr = 4242, .arch = airlock__audit_arch };
	assert_int_equal(learned_call(l, &d), 0);
	text = text_of(l, &a);
	assert_contains(text, "\n# 2 calls of another architecture, or that are not known here");
	p = parsed(text);
	complaints = 0;
	assert_int_equal(learned_check(l, &a, p, &reach, count), 1);
	airlock_profile_free(p);
	free(text);
	learned_free(l);
	forget(&a);
}

/* At random */

static uint64_t random_state = 1;

static uint64_t number(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static const uint64_t values[] = {
	0,	    1,		2,
	3,	    6,		7,
	10,	    15,		16,
	17,	    0x80,	0x800,
	01000,	    02000,	04755,
	0x5401,	    0x541b,	0x10000,
	0x80000,    0x1200011,	0x3d0f00,
	0x10000000, 0x20000,	0x40000000,
	0xffffffff, 0xffffff9c, 0x7ffe12345678,
	~0ull,
};

static void random_args(uint64_t args[6])
{
	for (size_t i = 0; i < 6; i++)
		args[i] = values[number(COUNT(values))];
}

/* io_uring and clone3 cannot be had in every profile; the latter is told of as it is in truth. */
static void saw_anything(struct learned *l, unsigned calls)
{
	for (unsigned i = 0; i < calls; i++) {
		size_t call = number(airlock__ncalls);
		const char *name = airlock__calls[call].name;
		uint64_t args[6];

		random_args(args);
		if (airlock__calls[call].nr < 0 || (l->base && !strncmp(name, "io_uring", 8)))
			continue;
		if (!strcmp(name, "execve"))
			continue;
		/* nor can TCP's fast open, which ConnectTCP= refuses */
		if (l->base && !strncmp(name, "send", 4))
			args[2] = args[3] = 0;
		saw_args(l, name, args);
		if (!strcmp(name, "clone3"))
			assert_int_equal(learned_clone3(l, (int64_t)(args[0] & 0x7e0f00), SIGCHLD),
					 0);
	}
}

static void a_new_profile_allows_what_was_seen_whatever_it_was(void **state)
{
	(void)state;
	for (int i = 0; i < scaled(2000); i++) {
		struct learned *l = new_one();

		saw_anything(l, 1 + (unsigned)number(i % 10 ? 30 : 600));
		free(learned_text(l));
	}
}

static bool allows(const struct airlock_profile *p, const struct seccomp_data *d)
{
	uint32_t answer = airlock__reading(p, NULL, 0, d);

	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

static bool restricts_files(const struct airlock_profile *p)
{
	return p->has_access[AIRLOCK__READ] || p->has_access[AIRLOCK__WRITE] ||
	       p->has_access[AIRLOCK__EXEC];
}

/* All calls, each with some arguments: what the one allows the other does. */
static void must_allow_as_much(const struct airlock_profile *before,
			       const struct airlock_profile *after, const char *text)
{
	for (size_t call = 0; call < airlock__ncalls; call++)
		for (int i = 0; i < 40 && airlock__calls[call].nr >= 0; i++) {
			uint64_t args[6];
			struct seccomp_data d;

			random_args(args);
			d = data_of(call, args);
			if (allows(before, &d) && !allows(after, &d))
				fail_msg("%s is no longer allowed by\n%s",
					 airlock__calls[call].name, text);
		}
	for (size_t i = 0; i < before->npaths; i++) {
		size_t j = 0;

		while (j < after->npaths &&
		       (strcmp(before->paths[i].path, after->paths[j].path) != 0 ||
			before->paths[i].access != after->paths[j].access))
			j++;
		assert_true(j < after->npaths);
	}
	/* one of them restricts all */
	assert_int_equal(restricts_files(before), restricts_files(after));
}

static const char *const bases[] = {
	"Include=strict\n",
	"Include=filter\n",
	"Include=network-client\n",
	"Include=squid-log\n",
	"",
	"SystemCallFilter=@start\nRestrictAddressFamilies=~AF_INET\nRestrictNamespaces=~user mnt",
	"SystemCallFilter=~@mount kill uname:EPERM ioctl\nSystemCallErrorNumber=EPERM\n",
	("SystemCallRule=kill: arg0 == 0 && arg1 == SIGTERM; return EPERM\nRestrictRealtime=yes\n"
	 "RestrictSUIDSGID=yes\nLockPersonality=yes\nMemoryDenyWriteExecute=yes\n"
	 "RestrictNamespaces=yes\n"),
	"SystemCallFilter=@known\nSystemCallFilter=~@network-io\nReadPath=none\nLimitNOFILE=8\n",
	"SystemCallFilter=@default\nSystemCallLog=@file-system\n# ends in a comment",
	"SystemCallRule=ioctl: return 25\nSystemCallRule=openat: arg2 == 0; return 42\nBindTCP=1\n",
};

static void merging_adds_what_was_seen_and_removes_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < scaled(1000); i++) {
		const char *base = bases[(size_t)i % COUNT(bases)];
		struct airlock_profile *before = parsed(base), *after;
		struct learned_about a = about_it();
		struct learned *l = learned_new(before);
		struct reach reach;
		char *more, *text;

		assert_non_null(l);
		a.base = reach_of(before, &a);
		saw_anything(l, 1 + (unsigned)number(40));
		saw_path(l, WANT_READ, false, "/srv/data/table");
		saw_path(l, WANT_WRITE, i % 2, "/srv/x");
		saw_path(l, WANT_EXEC, false, "/usr/bin/other");
		saw_port(l, WANT_BIND, 80);
		saw_port(l, WANT_CONNECT, 443);
		more = text_of(l, &a);
		assert_true(asprintf(&text, "%s\n%s", base, more) > 0);
		after = parsed(text);
		reach = reach_of(after, &a);
		shown = text;
		assert_int_equal(learned_check(l, &a, after, &reach, show), 0);
		must_allow_as_much(before, after, text);
		reach_free(&reach);
		airlock_profile_free(before);
		airlock_profile_free(after);
		learned_free(l);
		forget(&a);
		free(more);
		free(text);
	}
}

static void merging_what_is_allowed_already_adds_nothing(void **state)
{
	struct airlock_profile *base = parsed("Include=filter\n");
	struct learned_about a = about_it();
	struct learned *l = learned_new(base);
	char *text;

	(void)state;
	assert_non_null(l);
	a.base = reach_of(base, &a);
	SAW(l, "read", 0);
	SAW(l, "openat", 0, 0, O_CLOEXEC);
	saw_path(l, WANT_READ, false, "/srv/data/table");
	text = text_of(l, &a);
	assert_string_equal(text, "");
	free(text);
	learned_free(l);
	airlock_profile_free(base);
	forget(&a);
}

/* It was started before anything was seen. */
static void merging_lets_the_program_be_started(void **state)
{
	static const char *const bases_of_it[] = {
		"ReadPath=/usr\n",
		"ExecPath=/usr\n",
		"WritePath=none\nExecPath=/usr/bin/it\n",
		"ExecPath=@program\n",
	};
	struct learned_about a = about_it();

	(void)state;
	for (size_t i = 0; i < COUNT(bases_of_it); i++) {
		struct airlock_profile *base = parsed(bases_of_it[i]);
		struct learned *l = learned_new(base);
		char *text;

		assert_non_null(l);
		a.base = reach_of(base, &a);
		text = text_of(l, &a);
		if (i)
			assert_string_equal(text, "");
		else
			assert_line(text, "ExecPath=@program");
		free(text);
		learned_free(l);
		airlock_profile_free(base);
		reach_free(&a.base);
	}
	forget(&a);
}

static void merging_keeps_the_answers_of_rules(void **state)
{
	struct airlock_profile *base =
		parsed("SystemCallRule=kill: arg0 == 0 && arg1 == SIGTERM; return ESRCH\n");
	struct learned_about a = about_it();
	struct learned *l = learned_new(base);
	char *text;

	(void)state;
	assert_non_null(l);
	SAW(l, "kill", 77, 9);
	SAW(l, "kill", 0, 15);
	text = text_of(l, &a);
	assert_line(text, "SystemCallRule=kill: arg0 == 0x4d && arg1 == 9; return ESRCH");
	free(text);
	learned_free(l);
	airlock_profile_free(base);
	forget(&a);
}

static void what_cannot_be_had_by_adding_is_told_of(void **state)
{
	struct airlock_profile *base = parsed("ConnectTCP=none\nSystemCallBaseline=4.4\n");
	struct learned_about a = about_it();
	struct learned *l = learned_new(base);
	struct reach reach = { .n = 0 };
	char *text;

	(void)state;
	assert_non_null(l);
	SAW(l, "sendto", 3, 0, 0, 0x20000000);
	SAW(l, "statx", 3);
	SAW(l, "read", 3);
	text = text_of(l, &a);
	assert_string_equal(text, "");
	complaints = 0;
	assert_int_equal(learned_check(l, &a, base, &reach, count), 2);
	assert_int_equal(complaints, 2);
	free(text);
	learned_free(l);
	airlock_profile_free(base);
	forget(&a);
}

/* Real programs */

static char *folder;

static int make_folder(void **state)
{
	(void)state;
	if (setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1) < 0)
		return -1;
	folder = temp_folder();
	if (chmod(folder, 0777) < 0)
		return -1;
	temp_file(folder, "table", "one\ntwo\n", 0644);
	temp_file(folder, "secret", "hidden\n", 0644);
	temp_file(folder, "passwd", "joe:$1$salt$qJH7.N4xYta3aEG/dfqo/0\n", 0644);
	temp_file(folder, "ask.pl",
		  "$| = 1; while (<STDIN>) { chomp; if (/^socket/) { socket S, 2, 1, 0; next }\n"
		  "print open(F, '<', $_) ? scalar <F> : \"no: \" . ($! + 0) . \"\\n\" }\n",
		  0644);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	temp_remove(folder);
	return 0;
}

/*
 * Nothing of this can be had where there is no notification, or where somebody listens already.
 */
static void need_listener(void)
{
	struct ran r = RAN("", "airlock", "learn", "-o", "/dev/null", "true");
	bool can;

	command_free(&r);
	r = RAN("", "airlock", "learn", "-o", "-", "true");
	can = r.code == 0;
	if (!can && !strstr(r.err, "listener"))
		fail_msg("airlock learn: %d: %s", r.code, r.err);
	command_free(&r);
	if (!can)
		SKIP("no seccomp listener can be had here");
}

static struct ran run_in_folder(const char *const *argv, const char *input, bool as_nobody)
{
	return command_run(&(struct command){ .argv = argv,
					      .input = input,
					      .cwd = folder,
					      .as_nobody = as_nobody && geteuid() == 0,
					      .seconds = UNDER_SANITIZER ? 60 : 20 });
}

enum { MOST_WORDS = 16 };

static void put_words(const char **to, const char *const *begin, const char *const *command)
{
	size_t n = 0;

	while (*begin)
		to[n++] = *begin++;
	while (*command)
		to[n++] = *command++;
	to[n] = NULL;
	assert_true(n < MOST_WORDS);
}
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char *file_text(const char *name)
{
	char *path = temp_path(folder, name), *text = NULL;
	FILE *f = fopen(path, "re");
	size_t size = 0;

	assert_non_null(f);
	assert_true(getdelim(&text, &size, 0, f) > 0);
	fclose(f);
	free(path);
	return text;
}

static void must_be_narrower_than_system_service(const char *text)
{
	struct airlock_profile *learned = parsed(text),
			       *service = parsed("SystemCallFilter=@system-service\n");
	size_t n = 0, of = 0;

	for (size_t i = 0; i < airlock__ncalls; i++) {
		bool has = airlock__base_answer(learned, i) == SECCOMP_RET_ALLOW ||
			   airlock__has_rule(learned, i);
		bool service_has = airlock__base_answer(service, i) == SECCOMP_RET_ALLOW;

		if (airlock__calls[i].nr < 0)
			continue;
		if (has && !service_has)
			fail_msg("%s is not even in @system-service", airlock__calls[i].name);
		n += has;
		of += service_has;
	}
	/* with @default, which has half as many, and @start */
	if (n * 2 > of)
		fail_msg("%zu calls are not much narrower than @system-service's %zu", n, of);
	airlock_profile_free(learned);
	airlock_profile_free(service);
}

/*
 * Learns it and runs it again with what was learned: the same must come out of it. Returns the
 * profile's text.
 */
static char *must_learn(const char *const *command, const char *input, const char *output, int code,
			bool as_nobody)
{
	const char *words[MOST_WORDS];
	struct ran r;

	put_words(words, WORDS("airlock", "learn", "-o", "learned.conf", "--"), command);
	r = run_in_folder(words, input, as_nobody);
	assert_ran(&r, code, "");
	assert_string_equal(r.out, output);
	command_free(&r);
	put_words(words, WORDS("airlock", "exec", "--profile", "./learned.conf", "--"), command);
	r = run_in_folder(words, input, as_nobody);
	assert_ran(&r, code, "");
	assert_string_equal(r.out, output);
	command_free(&r);
	return file_text("learned.conf");
}

static void end_learned(char *text)
{
	char *path = temp_path(folder, "learned.conf");

	must_be_narrower_than_system_service(text);
	free(text);
	assert_int_equal(unlink(path), 0);
	free(path);
}

static void cat_of_its_argument_is_learned(void **state)
{
	char *text;

	(void)state;
	need_listener();
	text = must_learn(WORDS("cat", "table"), "", "one\ntwo\n", 0, false);
	assert_contains(text, "\nReadPath=@program @argv");
	assert_line(text, "WritePath=none");
	assert_no(text, "\nExecOnce=no");
	end_learned(text);
}

static void cat_of_its_input_is_learned_and_then_reads_no_file(void **state)
{
	struct ran r;
	char *text;

	(void)state;
	need_listener();
	text = must_learn(WORDS("cat"), "hello\n", "hello\n", 0, false);
	assert_no(text, "@argv");
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./learned.conf", "cat", "secret"),
			  "", false);
	assert_ran(&r, 1, "cat: secret: Permission denied\n");
	assert_string_equal(r.out, "");
	command_free(&r);
	end_learned(text);
}

static void sed_in_place_is_learned_with_the_folder_of_its_argument(void **state)
{
	char *text;

	(void)state;
	need_listener();
	temp_file(folder, "edited", "a\n", 0666);
	text = must_learn(WORDS("sed", "-i", "s/a/aa/", "edited"), "", "", 0, false);
	assert_contains(text, "\nWritePath=@argv-dir");
	end_learned(text);
	text = file_text("edited");
	assert_string_equal(text, "aaa\n");
	free(text);
}

static void a_perl_script_is_learned_and_refused_the_rest(void **state)
{
	char *table = temp_path(folder, "table"), *secret = temp_path(folder, "secret"), *input,
	     *text;
	struct ran r;

	(void)state;
	need_listener();
	assert_true(asprintf(&input, "%s\n", table) > 0);
	text = must_learn(WORDS("perl", "ask.pl"), input, "one\n", 0, false);
	free(input);
	assert_contains(text, table);
	assert_line(text, "RestrictAddressFamilies=none");
	assert_true(asprintf(&input, "%s\n%s\n", secret, table) > 0);
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./learned.conf", "perl", "ask.pl"),
			  input, false);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "no: 13\none\n");
	command_free(&r);
	/* SIGSYS */
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./learned.conf", "perl", "ask.pl"),
			  "socket\n", false);
	assert_ran(&r, 128 + SIGSYS, "");
	command_free(&r);
	free(input);
	free(table);
	free(secret);
	end_learned(text);
}

static void forks_pipes_and_files_of_a_shell_are_learned(void **state)
{
	static const char script[] = "(echo a; sleep 0.1; echo b) | sed s/b/c/ | cat; echo kept "
				     ">made; cat <made; rm made; exit 3";
	struct ran r;
	char *text;

	(void)state;
	need_listener();
	text = must_learn(WORDS("sh", "-c", script), "", "a\nc\nkept\n", 3, false);
	assert_line(text, "ExecOnce=no");
	assert_contains(text, "/sed");
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./learned.conf", "sh", "-c",
				"tr a b"),
			  "", false);
	assert_true(r.code != 0);
	assert_contains(r.err, "tr");
	command_free(&r);
	end_learned(text);
}

static void threads_are_learned(void **state)
{
	static const char *const command[] = {
		"perl", "-e",
		"use threads; print join(',', map { $_->join } map { my $n = $_; "
		"threads->create(sub { $n * 2 }) } 1..4), \"\\n\"",
		NULL
	};
	struct ran r = RAN("", "perl", "-e", "use threads");
	bool can = r.code == 0;
	char *text;

	(void)state;
	command_free(&r);
	if (!can)
		SKIP("this perl has no threads");
	need_listener();
	text = must_learn(command, "", "2,4,6,8\n", 0, false);
	assert_line(text, "SystemCallRule=clone: arg0 & CLONE_THREAD; return EPERM");
	end_learned(text);
}

static void squids_helper_is_learned(void **state)
{
	const char *squid = getenv("SQUID_LIBEXEC");
	char *program, *text;

	(void)state;
	assert_true(asprintf(&program, "%s/basic_ncsa_auth", squid ? squid : "/usr/lib/squid") > 0);
	if (access(program, X_OK) < 0) {
		free(program);
		SKIP("there is no basic_ncsa_auth");
	}
	need_listener();
	text = must_learn(WORDS(program, "passwd"), "joe wrong\nann x\n",
			  "ERR Wrong password\nERR No such user\n", 0, false);
	assert_contains(text, "\nReadPath=@program @argv");
	assert_line(text, "BindTCP=none");
	free(program);
	end_learned(text);
}

static void a_static_program_is_learned_without_start(void **state)
{
	struct ran r;
	char *text;

	(void)state;
	need_listener();
	text = must_learn(WORDS(helper_program("report"), "lines"), "x\n", "got x\n", 0, false);
	assert_no(text, "=@start");
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./learned.conf",
				helper_program("report"), "reexec", "/bin/true"),
			  "", false);
	assert_int_equal(r.code, 128 + SIGSYS);
	command_free(&r);
	end_learned(text);
}

static void an_ordinary_user_can_learn(void **state)
{
	char *text;

	(void)state;
	if (geteuid() != 0)
		SKIP("every other test is that of an ordinary user then");
	need_listener();
	text = must_learn(WORDS("cat", "table"), "", "one\ntwo\n", 0, true);
	end_learned(text);
}

static void how_it_ended_is_told(void **state)
{
	struct ran r;

	(void)state;
	need_listener();
	r = run_in_folder(WORDS("airlock", "learn", "-o", "-", "sh", "-c", "kill -9 $$"), "",
			  false);
	assert_ran(&r, 128 + SIGKILL, "");
	airlock_profile_free(parsed(r.out));
	command_free(&r);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "new.conf", "./none"), "", false);
	assert_ran(&r, 127, "airlock: none: execve: ./none: No such file or directory\n");
	command_free(&r);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "new.conf", "./table"), "", false);
	assert_ran(&r, 126, "airlock: table: execve: ./table: Permission denied\n");
	command_free(&r);
	/* nothing ran, so nothing was written: neither FILE nor one that is to become it */
	r = run_in_folder(WORDS("sh", "-c", "ls | grep new"), "", false);
	assert_string_equal(r.out, "");
	command_free(&r);
}

static void those_that_are_left_are_waited_for(void **state)
{
	struct ran r;
	char *text;

	(void)state;
	need_listener();
	r = run_in_folder(WORDS("airlock", "learn", "-o", "left.conf", "sh", "-c",
				"(sleep 1; echo late | tr a-z A-Z) & exit 7"),
			  "", false);
	assert_ran(&r, 7, "airlock: learn: waiting for 2 processes that are left; ^C ends\n");
	assert_string_equal(r.out, "LATE\n");
	command_free(&r);
	text = file_text("left.conf");
	assert_contains(text, "/tr");
	free(text);
}

static void merging_learns_from_two_runs(void **state)
{
	const char *const first[] = { "airlock", "learn", "-o",	       "two.conf",
				      "sh",	 "-c",	  "cat table", NULL };
	const char *const second[] = { "airlock",  "learn", "--merge", "two.conf",	     "-o",
				       "two.conf", "sh",    "-c",      "cat secret | wc -l", NULL };
	struct airlock_profile *before, *after;
	char *text, *merged;
	struct ran r;

	(void)state;
	need_listener();
	r = run_in_folder(first, "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	text = file_text("two.conf");
	r = run_in_folder(second, "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	merged = file_text("two.conf");
	assert_memory_equal(merged, text, strlen(text));
	assert_contains(merged + strlen(text), "/wc");
	before = parsed(text);
	after = parsed(merged);
	must_allow_as_much(before, after, merged);
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./two.conf", "sh", "-c",
				"cat table; cat secret | wc -l"),
			  "", false);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "one\ntwo\n1\n");
	command_free(&r);
	airlock_profile_free(before);
	airlock_profile_free(after);
	free(text);
	free(merged);
}

static void the_file_is_replaced_as_a_whole(void **state)
{
	char *real = temp_path(folder, "real.conf"), *link = temp_path(folder, "link.conf");
	struct stat st;
	struct ran r;

	(void)state;
	need_listener();
	temp_file(folder, "real.conf", "wrong\n", 0600);
	assert_int_equal(symlink("real.conf", link), 0);
	r = command_run(&(struct command){
		.argv = WORDS("sh", "-c", "umask 027; exec \"$0\" learn -o link.conf true",
			      AIRLOCK),
		.cwd = folder,
		.input = "" });
	assert_ran(&r, 0, "");
	command_free(&r);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(real, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlink(real), 0);
	r = command_run(&(struct command){
		.argv = WORDS("sh", "-c", "umask 027; exec \"$0\" learn -o link.conf true",
			      AIRLOCK),
		.cwd = folder,
		.input = "" });
	assert_ran(&r, 0, "");
	command_free(&r);
	assert_int_equal(stat(real, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(unlink(link), 0);
	free(real);
	free(link);
}

/* Of a process that is no business of the sandbox's: it reads what names it in /proc as cat does. */
static void assert_kept_away(const char *const *files, size_t n)
{
	static const char script[] =
		"sleep 60 & p=$!\n"
		"cat /proc/$p/$1 >/dev/null 2>&1 && echo else yes\n"
		"\"$0\" exec --profile ./learned.conf cat \"/proc/$p/$1\"; echo $?\n"
		"kill $p; wait $p 2>/dev/null; exit 0";

	for (size_t i = 0; i < n; i++) {
		struct ran r =
			run_in_folder(WORDS("sh", "-c", script, AIRLOCK, files[i]), "", true);

		assert_string_equal(r.out, "else yes\n1\n");
		assert_contains(r.err, "Permission denied");
		command_free(&r);
	}
}

static void what_reads_its_own_proc_is_learned_and_reads_no_others(void **state)
{
	static const char *const files[] = { "environ", "maps", "auxv", "root/etc/passwd", "exe" };
	char *text;

	(void)state;
	need_listener();
	/* as grep(1), diff(1), cmp(1) read the first */
	text = must_learn(WORDS("sh", "-c",
				"cat /proc/self/maps >/dev/null; read n </proc/self/comm; echo $n; "
				"cat /proc/$$/comm; ls /proc/self/fd >/dev/null"),
			  "", "sh\nsh\n", 0, true);
	assert_line(text, "ReadPath=-/proc");
	end_learned(text);
	/* the program is the one that was learned */
	text = must_learn(WORDS("cat", "/proc/self/comm"), "", "cat\n", 0, true);
	assert_line(text, "ReadPath=-/proc");
	assert_kept_away(files, COUNT(files));
	end_learned(text);
}

static void grep_and_its_like_are_learned(void **state)
{
	char *text;

	(void)state;
	need_listener();
	text = must_learn(WORDS("grep", "two", "table"), "", "two\n", 0, false);
	end_learned(text);
	text = must_learn(WORDS("cmp", "table", "table"), "", "", 0, false);
	end_learned(text);
}

static void a_folder_that_is_listed_is_learned(void **state)
{
	char *sub = temp_path(folder, "listed"), *text;
	struct ran r;

	(void)state;
	need_listener();
	assert_int_equal(mkdir(sub, 0755), 0);
	temp_file(sub, "name", "text", 0644);
	text = must_learn(WORDS("ls", "listed"), "", "name\n", 0, false);
	assert_contains(text, "\n# listed; this also lets all files beneath it be read\n"
			      "ReadPath=@argv\n");
	end_learned(text);
	temp_remove(sub);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "root.conf", "ls", "-U", "/"), "", false);
	assert_ran(&r, 0, "airlock: learn: the profile does not allow listing /, which was seen\n");
	command_free(&r);
	text = file_text("root.conf");
	assert_contains(text, "\n#\t/: listed; it would let all files beneath it be read\n");
	assert_no(text, "\nReadPath=/\n");
	free(text);
}

/* It is not asked for what it stood for after it was removed. */
static void arguments_that_the_run_removes_are_known_from_before(void **state)
{
	struct ran r;

	(void)state;
	need_listener();
	temp_file(folder, "doomed", "text", 0666);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "doomed.conf", "sh", "-c",
				"cat \"$1\"; rm \"$1\"", "sh", "doomed"),
			  "", false);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "text");
	command_free(&r);
	/* and what it makes there changes the folder that the word stands for */
	r = run_in_folder(WORDS("airlock", "learn", "-o", "doomed.conf", "mkdir", "made/"), "",
			  false);
	assert_ran(&r, 0, "");
	command_free(&r);
}

/* The number of a call that perl(1) has no name for */
static const char *perl_that_hides(char *text, size_t size, const char *then)
{
	/* PR_SET_DUMPABLE */
	snprintf(text, size, "syscall(%d, 4, 0, 0, 0, 0); %s", (int)SYS_prctl, then);
	return text;
}

static void a_program_that_hides_is_told_of(void **state)
{
	char script[128], *text;
	struct ran r;

	(void)state;
	need_listener();
	perl_that_hides(script, sizeof script, "open F, '<', 'table'; print <F>");
	r = run_in_folder(WORDS("airlock", "learn", "-o", "hidden.conf", "perl", "-e", script), "",
			  true);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, "one\ntwo\n");
	assert_contains(r.err,
			"airlock: learn: of 1 calls it could not be seen which files or ports "
			"they wanted: the profile lacks those\n");
	command_free(&r);
	text = file_text("hidden.conf");
	assert_contains(text, "\n# 1 calls of a process that keeps its memory from us: ");
	assert_contains(text, "\n# no LimitNOFILE=: it keeps its descriptors from us\n");
	airlock_profile_free(parsed(text));
	free(text);
}

static void descriptors_that_are_opened_and_no_more_count(void **state)
{
	char script[128], *text;

	(void)state;
	need_listener();
	/* nothing else is done with them */
	snprintf(script, sizeof script, "syscall(%d, 0) for 1 .. 299; print syscall(%d, 0)",
		 (int)SYS_dup, (int)SYS_dup);
	text = must_learn(WORDS("perl", "-e", script), "", "302", 0, false);
	assert_line(text, "# the highest descriptor seen was 302\nLimitNOFILE=1024");
	end_learned(text);
}

static void a_run_with_long_arguments_is_not_lost(void **state)
{
	enum { SIZE = 120000 };
	char *word = malloc(SIZE + 1);
	struct ran r;

	(void)state;
	need_listener();
	assert_non_null(word);
	memset(word, 'x', SIZE);
	word[SIZE] = '\0';
	r = run_in_folder(WORDS("airlock", "learn", "-o", "long.conf", "true", word, word, word,
				word, word, word, word, word, word, word),
			  "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./long.conf", "true"), "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	free(word);
}

static void merging_into_what_cannot_execute_makes_it_can(void **state)
{
	struct ran r;

	(void)state;
	need_listener();
	temp_file(folder, "base.conf", "ReadPath=-/nowhere-at-all\n", 0644);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "can.conf", "--merge", "base.conf", "cat",
				"table"),
			  "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	r = run_in_folder(WORDS("airlock", "exec", "--profile", "./can.conf", "cat", "table"), "",
			  false);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "one\ntwo\n");
	command_free(&r);
}

static void the_rights_of_a_file_stay(void **state)
{
	char *path = temp_path(folder, "own.conf");
	struct stat st;
	struct ran r;

	(void)state;
	need_listener();
	temp_file(folder, "own.conf", "# mine\n", 0600);
	assert_true(geteuid() != 0 || chown(path, 65534, 65534) == 0);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "own.conf", "--merge", "own.conf",
				"true"),
			  "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, geteuid() == 0 ? 65534 : geteuid());
	free(path);
}

static void a_link_that_leads_nowhere_stays_one(void **state)
{
	char *link = temp_path(folder, "nowhere.conf"), *sub = temp_path(folder, "links"), *text;
	struct stat st;
	struct ran r;

	(void)state;
	need_listener();
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_int_equal(symlink("links/first", link), 0);
	r = run_in_folder(WORDS("sh", "-c", "ln -s ./real.conf links/first"), "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "nowhere.conf", "true"), "", false);
	assert_ran(&r, 0, "");
	command_free(&r);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	text = file_text("links/real.conf");
	airlock_profile_free(parsed(text));
	free(text);
	temp_remove(sub);
	assert_int_equal(unlink(link), 0);
	free(link);
	/* nor does one that leads to itself be followed for ever */
	r = run_in_folder(WORDS("sh", "-c", "ln -s round.conf round.conf"), "", false);
	command_free(&r);
	r = run_in_folder(WORDS("airlock", "learn", "-o", "round.conf", "true"), "", false);
	assert_ran(&r, 125, "airlock: round.conf: Too many levels of symbolic links\n");
	command_free(&r);
}

/*
 * ^C: to the whole group, as the terminal sends it, once `ready` was said. Returns the exit code.
 */
static int interrupted(const char *script, unsigned times)
{
	const char *const argv[] = { AIRLOCK, "learn", "-o",   "interrupted.conf",
				     "sh",    "-c",    script, NULL };
	int out[2], wstatus;
	char c;
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		if (setpgid(0, 0) == 0 && chdir(folder) == 0 && dup2(out[1], 1) == 1)
			execv(argv[0], (char *const *)argv);
		_exit(98);
	}
	close(out[1]);
	assert_true(readable(out[0], 20000));
	assert_int_equal(read(out[0], &c, 1), 1);
	for (unsigned i = 0; i < times; i++) {
		if (i)
			usleep(300000);
		assert_int_equal(kill(-pid, SIGINT), 0);
	}
	assert_int_equal(waitpid(pid, &wstatus, 0), pid);
	close(out[0]);
	return WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 1000 + WTERMSIG(wstatus);
}

static void what_there_is_at_an_interrupt_is_written(void **state)
{
	static const struct {
		const char *script;
		unsigned times;
		int code;
	} cases[] = {
		{ "sleep 0; echo; exec sleep 100", 1, 128 + SIGINT },
		{ "trap 'exit 5' INT; sleep 0; echo; while :; do sleep 0.1; done", 1, 5 },
		/*
		 * it does not end by that, and is killed: after a while, and at once
		 */
		{ "trap '' INT; sleep 0; echo; while :; do sleep 0.1; done", 1, 128 + SIGKILL },
		{ "trap '' INT; sleep 0; echo; while :; do sleep 0.1; done", 2, 128 + SIGKILL },
	};

	(void)state;
	need_listener();
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text;

		assert_int_equal(interrupted(cases[i].script, cases[i].times), cases[i].code);
		text = file_text("interrupted.conf");
		assert_contains(text, "/sleep");
		airlock_profile_free(parsed(text));
		must_be_narrower_than_system_service(text);
		free(text);
	}
}

/* A terminal's reader does not come back: it is blocked as it writes more than the pipe holds. */
static void a_signal_ends_it_while_it_writes(void **state)
{
	enum { SIZE = 200000 };
	const char *const argv[] = { AIRLOCK,	"learn",     "-o",   "-",
				     "--merge", "long.base", "true", NULL };
	char *base = malloc(SIZE + 1), c;
	int out[2], wstatus;
	pid_t pid;

	(void)state;
	need_listener();
	assert_non_null(base);
	for (int i = 0; i < SIZE; i++)
		base[i] = i % 100 == 0 ? '#' : i % 100 == 99 ? '\n' : 'x';
	base[SIZE] = '\0';
	temp_file(folder, "long.base", base, 0644);
	free(base);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		if (chdir(folder) == 0 && dup2(out[1], 1) == 1)
			execv(argv[0], (char *const *)argv);
		_exit(98);
	}
	close(out[1]);
	assert_true(readable(out[0], 20000));
	assert_int_equal(read(out[0], &c, 1), 1);
	assert_int_equal(kill(pid, SIGTERM), 0);
	for (int i = 0; waitpid(pid, &wstatus, WNOHANG) == 0; i++) {
		if (i == 200)
			kill(pid, SIGKILL);
		usleep(50000);
	}
	assert_true(WIFSIGNALED(wstatus));
	assert_int_equal(WTERMSIG(wstatus), SIGTERM);
	close(out[0]);
}

static int count_files(void)
{
	struct ran r = run_in_folder(WORDS("sh", "-c", "ls | wc -l"), "", false);
	int n = atoi(r.out);

	command_free(&r);
	return n;
}

static void a_signal_takes_the_temporary_file_away(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	char *name = temp_path(folder, "never.conf");
	int before = count_files();

	(void)state;
	for (size_t i = 0; i < COUNT(signals); i++) {
		int ready[2], wstatus;
		char c;
		pid_t pid;

		assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct learned_file f = { NULL, NULL };

			for (size_t j = 0; j < COUNT(signals); j++)
				signal(signals[j], SIG_DFL);
			if (learned_file_find(&f, name) == 0 && learned_file_write(&f, "x") == 0 &&
			    write(ready[1], "", 1) == 1)
				for (;;)
					pause();
			_exit(98);
		}
		close(ready[1]);
		assert_int_equal(read(ready[0], &c, 1), 1);
		close(ready[0]);
		assert_int_equal(count_files(), before + 1);
		assert_int_equal(kill(pid, signals[i]), 0);
		assert_int_equal(waitpid(pid, &wstatus, 0), pid);
		assert_true(WIFSIGNALED(wstatus));
		assert_int_equal(WTERMSIG(wstatus), signals[i]);
		assert_int_equal(count_files(), before);
	}
	free(name);
}

/* What unshare(1) can do here: false: nothing */
static bool can_unshare(const char *what)
{
	struct ran r = RAN("", "unshare", what, "--fork", "true");
	bool can = r.code == 0;

	command_free(&r);
	return can;
}

static void children_in_another_pid_namespace_are_started(void **state)
{
	struct ran r;

	(void)state;
	if (UNDER_SANITIZER)
		SKIP("a sanitizer wants a child of its own at the end");
	if (!can_unshare("--pid"))
		SKIP("no pid namespace can be had here");
	need_listener();
	r = run_in_folder(WORDS("unshare", "--pid", AIRLOCK, "learn", "-o", "pid.conf", "cat",
				"table"),
			  "", false);
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "one\ntwo\n");
	command_free(&r);
}

static void without_proc_nothing_can_be_learned(void **state)
{
	struct ran r;

	(void)state;
	if (UNDER_SANITIZER)
		SKIP("a sanitizer wants /proc itself");
	if (!can_unshare("--mount"))
		SKIP("no mount namespace can be had here");
	r = run_in_folder(WORDS("unshare", "--mount", "sh", "-c",
				"mount -t tmpfs none /proc && exec \"$0\" learn -o no.conf true",
				AIRLOCK),
			  "", false);
	assert_int_equal(r.code, 125);
	assert_contains(r.err, "/proc");
	command_free(&r);
}

static void wrong_use_is_told(void **state)
{
	static const struct {
		const char *words[8];
		const char *err;
	} cases[] = {
		{ { "true" },
		  "learn: -o FILE says where the profile is to be written; try `airlock learn "
		  "--help'" },
		{ { "-o", "x.conf" }, "learn: no program given; try `airlock learn --help'" },
		{ { "-o" }, "learn: option -o needs a value; try `airlock learn --help'" },
		{ { "--merge" },
		  "learn: option --merge needs a value; try `airlock learn --help'" },
		{ { "--profile", "filter" },
		  "learn: unknown option --profile; try `airlock learn --help'" },
		{ { "-o", "no/x.conf", "true" }, "no/x.conf: No such file or directory" },
		{ { "-o", ".", "true" }, ".: Is a directory" },
		{ { "-o", "/dev/null", "true" },
		  "/dev/null: not a regular file; `-o -' writes to standard output" },
		{ { "-o", "x.conf", "--merge", "none.conf", "true" },
		  "./none.conf: No such file or directory" },
		{ { "-o", "x.conf", "--merge", "table", "true" },
		  "./table:1:4: an `=` is missing: it is `Key=value`" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *words[MOST_WORDS];
		char *err;
		struct ran r;

		put_words(words, WORDS("airlock", "learn"), cases[i].words);
		assert_true(asprintf(&err, "airlock: %s\n", cases[i].err) > 0);
		r = run_in_folder(words, "", false);
		assert_ran(&r, 125, err);
		assert_string_equal(r.out, "");
		command_free(&r);
		free(err);
	}
}

static void where_it_must_not_write_nothing_runs(void **state)
{
	struct ran r;

	(void)state;
	if (geteuid() != 0)
		SKIP("only root has a user to become");
	r = run_in_folder(WORDS("airlock", "learn", "-o", "/usr/learned.conf", "sh", "-c",
				"echo ran"),
			  "", true);
	assert_ran(&r, 125, "airlock: /usr/learned.conf: Permission denied\n");
	assert_string_equal(r.out, "");
	command_free(&r);
}

static void a_full_disk_is_told_of(void **state)
{
	struct ran r;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0)
		SKIP("there is no /dev/full");
	need_listener();
	r = command_run(&(struct command){
		.argv = WORDS("airlock", "learn", "-o", "-", "true"), .input = "", .out_fd = fd });
	assert_ran(&r, 125, "airlock: standard output: No space left on device\n");
	command_free(&r);
	close(fd);
}

static void closed_descriptors_and_an_ignored_sigchld_do_no_harm(void **state)
{
	struct ran r;
	char *text;

	(void)state;
	need_listener();
	r = command_run(
		&(struct command){ .argv = WORDS("sh", "-c",
						 "trap '' CHLD; exec \"$0\" learn -o closed.conf "
						 "sh -c 'cat table >/dev/null; exit 6'",
						 AIRLOCK),
				   .cwd = folder,
				   .input = "",
				   .closed = 7 });
	assert_int_equal(r.code, 6);
	command_free(&r);
	text = file_text("closed.conf");
	airlock_profile_free(parsed(text));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_taken_where_most_of_it_was_seen),
		cmocka_unit_test(names_are_taken_where_little_of_a_group_was_seen),
		cmocka_unit_test(no_group_brings_in_what_it_should_not),
		cmocka_unit_test(few_values_make_a_rule_and_many_allow_the_call),
		cmocka_unit_test(more_values_than_are_kept_allow_any),
		cmocka_unit_test(sockets_are_of_the_families_seen),
		cmocka_unit_test(restrictions_hold_unless_they_would_refuse_what_was_seen),
		cmocka_unit_test(threads_are_told_from_processes),
		cmocka_unit_test(namespaces_are_those_that_were_seen),
		cmocka_unit_test(what_is_of_the_command_has_a_word),
		cmocka_unit_test(a_folder_beneath_that_of_an_argument_is_named),
		cmocka_unit_test(what_was_listed_is_told_of_and_may_be_too_much),
		cmocka_unit_test(what_it_made_is_found_by_its_folder),
		cmocka_unit_test(many_files_of_a_folder_are_the_folder),
		cmocka_unit_test(odd_paths_are_quoted_or_told_of),
		cmocka_unit_test(what_has_no_name_is_a_comment),
		cmocka_unit_test(what_is_beneath_a_folder_that_was_listed_needs_no_name),
		cmocka_unit_test(its_own_folder_of_proc_is_had_by_all_of_it),
		cmocka_unit_test(what_could_not_be_seen_is_told_of),
		cmocka_unit_test(forty_thousand_files_take_seconds),
		cmocka_unit_test(an_odd_command_stays_in_its_comment),
		cmocka_unit_test(a_long_command_is_cut_in_its_comment),
		cmocka_unit_test(descriptors_have_a_limit_with_some_to_spare),
		cmocka_unit_test(calls_that_cannot_be_allowed_are_told_of),
		cmocka_unit_test(a_new_profile_allows_what_was_seen_whatever_it_was),
		cmocka_unit_test(merging_adds_what_was_seen_and_removes_nothing),
		cmocka_unit_test(merging_what_is_allowed_already_adds_nothing),
		cmocka_unit_test(merging_lets_the_program_be_started),
		cmocka_unit_test(merging_keeps_the_answers_of_rules),
		cmocka_unit_test(what_cannot_be_had_by_adding_is_told_of),
		cmocka_unit_test(cat_of_its_argument_is_learned),
		cmocka_unit_test(cat_of_its_input_is_learned_and_then_reads_no_file),
		cmocka_unit_test(sed_in_place_is_learned_with_the_folder_of_its_argument),
		cmocka_unit_test(a_perl_script_is_learned_and_refused_the_rest),
		cmocka_unit_test(forks_pipes_and_files_of_a_shell_are_learned),
		cmocka_unit_test(threads_are_learned),
		cmocka_unit_test(squids_helper_is_learned),
		cmocka_unit_test(a_static_program_is_learned_without_start),
		cmocka_unit_test(an_ordinary_user_can_learn),
		cmocka_unit_test(what_reads_its_own_proc_is_learned_and_reads_no_others),
		cmocka_unit_test(grep_and_its_like_are_learned),
		cmocka_unit_test(a_folder_that_is_listed_is_learned),
		cmocka_unit_test(arguments_that_the_run_removes_are_known_from_before),
		cmocka_unit_test(a_program_that_hides_is_told_of),
		cmocka_unit_test(descriptors_that_are_opened_and_no_more_count),
		cmocka_unit_test(a_run_with_long_arguments_is_not_lost),
		cmocka_unit_test(merging_into_what_cannot_execute_makes_it_can),
		cmocka_unit_test(the_rights_of_a_file_stay),
		cmocka_unit_test(a_link_that_leads_nowhere_stays_one),
		cmocka_unit_test(how_it_ended_is_told),
		cmocka_unit_test(those_that_are_left_are_waited_for),
		cmocka_unit_test(merging_learns_from_two_runs),
		cmocka_unit_test(the_file_is_replaced_as_a_whole),
		cmocka_unit_test(what_there_is_at_an_interrupt_is_written),
		cmocka_unit_test(a_signal_ends_it_while_it_writes),
		cmocka_unit_test(a_signal_takes_the_temporary_file_away),
		cmocka_unit_test(children_in_another_pid_namespace_are_started),
		cmocka_unit_test(without_proc_nothing_can_be_learned),
		cmocka_unit_test(wrong_use_is_told),
		cmocka_unit_test(where_it_must_not_write_nothing_runs),
		cmocka_unit_test(a_full_disk_is_told_of),
		cmocka_unit_test(closed_descriptors_and_an_ignored_sigchld_do_no_harm),
	};

	cmocka_set_test_filter(getenv("AIRLOCK_TEST_FILTER"));
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
