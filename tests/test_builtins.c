/* SPDX-License-Identifier: ISC */
/*
 * test_builtins.c: each builtin profile with the real programs it is for.
 *
 * A program is started over each stream channel, is asked and must answer as it would outside;
 * /proc says that it is locked in; end of file ends it with status 0. Then what a profile is to
 * refuse is tried, and must be refused in the way that the profile's comments say. The same as
 * root and as users without privileges. SQUID_LIBEXEC says where Squid's helpers are, if not in
 * /usr/lib/squid.
 */
#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi.h"
#include "airlock/sandbox.h"
#include "bpf.h"
#include "calls.h"

enum { PATIENCE_MS = 10000, MOST_ARGS = 6 };

static const enum airlock_channel streams[] = { AIRLOCK_UNIX_STREAM, AIRLOCK_FIFO, AIRLOCK_TCP };

/* Names may begin with DIR (the run's folder), ROOT (that of all) or SQUID (its helpers). */
struct file {
	const char *name, *text;
	mode_t mode; /* 0: 0644 */
};

struct exchange {
	const char *question;
	const char *meaning; /* the answer begins so; NULL: no answer is due */
};

struct subject {
	const char *profile, *program;
	const char *args[MOST_ARGS];
	struct file files[4];
	struct exchange talk[8];
	const char *write_path; /* one more WritePath= */
	struct file writes;	/* what it has written when the talk is over */
	bool optional;		/* tried where it is installed, and its absence is no skip */
};

/* Folders */

static char root[] = "/tmp/airlock-builtins-XXXXXX";
static char dir[PATH_MAX]; /* of this run */

static const char *squid_folder(void)
{
	const char *folder = getenv("SQUID_LIBEXEC");

	return folder ? folder : "/usr/lib/squid";
}

/* From malloc */
static char *expand(const char *text)
{
	const struct {
		const char *name, *value;
	} words[] = { { "DIR", dir }, { "ROOT", root }, { "SQUID", squid_folder() } };
	char *s = NULL;

	for (size_t i = 0; !s && i < COUNT(words); i++) {
		size_t n = strlen(words[i].name);

		if (!strncmp(text, words[i].name, n) && strchr("/", text[n]))
			assert_true(asprintf(&s, "%s%s", words[i].value, text + n) > 0);
	}
	if (!s)
		s = strdup(text);
	assert_non_null(s);
	return s;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	char *path = expand(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode ? mode : 0644);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	put_all(fd, text, strlen(text));
	close(fd);
	free(path);
}

/* From malloc */
static char *file_text(const char *name)
{
	char *path = expand(name), *text = NULL;
	FILE *f = fopen(path, "re");
	size_t size = 0;

	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(f);
	free(path);
	assert_non_null(text);
	return text;
}

static bool exists(const char *name)
{
	char *path = expand(name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static void must_hold(const char *name, const char *want)
{
	int64_t end = now_ms() + PATIENCE_MS;
	char *text = NULL;

	/* the helper writes without an answer */
	do {
		free(text);
		text = exists(name) ? file_text(name) : strdup("(nothing)");
		if (!strcmp(text, want))
			break;
		usleep(1000);
	} while (now_ms() < end);
	assert_string_equal(text, want);
	free(text);
}

static void new_folder(const struct file *files, size_t n)
{
	snprintf(dir, sizeof dir, "%s/XXXXXX", root);
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < n && files[i].name; i++) {
		char name[PATH_MAX];

		snprintf(name, sizeof name, "DIR/%s", files[i].name);
		write_file(name, files[i].text, files[i].mode);
	}
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void remove_folder(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	*dir = '\0';
}

/* Seals */

static const char *reason_of(const struct airlock_report *report, const char *name,
			     enum airlock_state *ret_state)
{
	for (size_t i = 0; i < airlock_report_count(report); i++)
		if (!strcmp(airlock_report_name(report, i), name)) {
			*ret_state = airlock_report_state(report, i);
			return airlock_report_reason(report, i);
		}
	fail_msg("the report says nothing of %s", name);
	return NULL;
}

static void must_be_state(const struct airlock_report *report, const char *name,
			  enum airlock_state want, const char *words)
{
	enum airlock_state is = AIRLOCK_LOST;
	const char *reason = reason_of(report, name, &is);

	if (is != want || !strstr(reason, words))
		fail_msg("%s: state %d, \"%s\"; not %d, \"%s\"", name, (int)is, reason, (int)want,
			 words);
}

/* Without privileges some defaults cannot be had, and that is said. */
static void must_tell_of_ids(const struct airlock_report *report)
{
	if (geteuid() == 0) {
		must_be_state(report, "groups", AIRLOCK_ENFORCED, "");
		must_be_state(report, "bounding-set", AIRLOCK_ENFORCED, "");
	} else {
		must_be_state(report, "groups", AIRLOCK_NOT_ASKED, "unprivileged");
		must_be_state(report, "bounding-set", AIRLOCK_NOT_ASKED, "unprivileged");
	}
	must_be_state(report, "capabilities", AIRLOCK_ENFORCED, "");
	must_be_state(report, "one-exec", AIRLOCK_ENFORCED, "");
}

static int pretended_abi = -1; /* of Landlock; -1: the real one */

/* What the builtins call best effort */
static bool may_be_lost(const char *name)
{
	static const struct {
		const char *name;
		int abi;
	} later[] = { { "landlock-truncate", 3 },
		      { "landlock-bind-tcp", 4 },
		      { "landlock-connect-tcp", 4 },
		      { "landlock-ioctl-dev", 5 },
		      { "landlock-scope", 6 } };

	for (size_t i = 0; i < COUNT(later); i++)
		if (!strcmp(name, later[i].name))
			return pretended_abi >= 0 && pretended_abi < later[i].abi;
	return false;
}

static void must_have_lost_nothing(const char *profile, const struct airlock_report *report, int r)
{
	for (size_t i = 0; i < airlock_report_count(report); i++)
		if (airlock_report_state(report, i) == AIRLOCK_LOST &&
		    !may_be_lost(airlock_report_name(report, i)))
			fail_msg("P8: %s: %s is lost: %s", profile, airlock_report_name(report, i),
				 airlock_report_reason(report, i));
	if (r < 0)
		fail_msg("%s: no seal: %s", profile, strerror(-r));
}

static struct airlock_profile *profile_of(const char *name)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e = { 0 };

	assert_non_null(p);
	if (airlock_profile_builtin(p, name, &e) < 0)
		fail_msg("%s:%u:%u: %s", e.source, e.line, e.column, e.message);
	return p;
}

static void set(struct airlock_profile *p, const char *key, const char *value)
{
	struct airlock_profile_error e = { 0 };
	char *whole = expand(value);

	if (airlock_profile_set(p, key, whole, &e) < 0)
		fail_msg("%s=%s: %s", key, whole, e.message);
	free(whole);
}

/* Frees the profile. */
static struct airlock_seal *seal_of(const char *name, struct airlock_profile *p, char *const argv[])
{
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	int r = airlock_profile_command(p, argv[0], argv);

	assert_int_equal(r, 0);
	r = airlock_seal_new(p, &seal, &report);
	assert_non_null(report);
	must_have_lost_nothing(name, report, r);
	must_tell_of_ids(report);
	airlock_report_free(report);
	airlock_profile_free(p);
	return seal;
}

/* A helper that runs, and what is known of it by /proc */

static struct airlock_helper running; /* so that a test that fails leaves nothing to the next */
static struct airlock_seal *sealed;

static void end_run(void)
{
	sealed = airlock_seal_free(sealed);
	if (*dir)
		remove_folder();
}

static int clean_up(void **state)
{
	(void)state;
	if (running.pid > 0)
		airlock_stop(&running, 100, NULL);
	end_run();
	return 0;
}

static char *proc_text(const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)running.pid, name);
	return file_text(path);
}

static void must_have_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (!at || (at != text && at[-1] != '\n'))
		fail_msg("/proc does not say \"%s\" of it:\n%s", line, text);
}

static void assert_locked_in(void)
{
	static const char *const none[] = { "CapInh:\t0000000000000000\n",
					    "CapPrm:\t0000000000000000\n",
					    "CapEff:\t0000000000000000\n",
					    "CapAmb:\t0000000000000000\n" };
	char *status = proc_text("status"), *limits = proc_text("limits");

	must_have_line(status, "NoNewPrivs:\t1\n");
	must_have_line(status, "Seccomp:\t2\n");
	for (size_t i = 0; i < COUNT(none); i++)
		must_have_line(status, none[i]);
	if (geteuid() == 0) {
		must_have_line(status, "CapBnd:\t0000000000000000\n");
		must_have_line(status, "Groups:\t \n");
	}
	must_have_line(limits, "Max core file size        1                    1 ");
	free(status);
	free(limits);
}

/* P3: 0, 1, 2, and what it opened itself: files of its folder, its own script */
static void assert_no_other_descriptor(const char *program)
{
	char path[64], target[PATH_MAX];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)running.pid);
	d = opendir(path);
	if (!d && geteuid() != 0)
		return;
	assert_non_null(d);
	while ((e = readdir(d))) {
		ssize_t n;

		if (*e->d_name == '.' || atoi(e->d_name) <= STDERR_FILENO)
			continue;
		n = readlinkat(dirfd(d), e->d_name, target, sizeof target - 1);
		assert_true(n >= 0);
		target[n] = '\0';
		if (strncmp(target, dir, strlen(dir)) && strcmp(target, program))
			fail_msg("P3: the helper holds %s: %s", e->d_name, target);
	}
	closedir(d);
}

static void send_end_of_file(void)
{
	if (running.wfd != running.rfd) {
		assert_int_equal(close(running.wfd), 0);
		running.wfd = -1;
	} else {
		assert_int_equal(shutdown(running.wfd, SHUT_WR), 0);
	}
}

/* Standard error is a file, as Squid's cache.log is. */
static int open_messages(void)
{
	char *path = expand("DIR/messages");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	free(path);
	return fd;
}

/* p NULL: without a seal */
static void start(struct airlock_profile *p, const char *profile, enum airlock_channel c,
		  char *const argv[])
{
	struct airlock_options o = options_for(c, argv);

	if (p)
		sealed = seal_of(profile, p, argv);
	o.seal = sealed;
	o.cwd = dir;
	o.stderr_fd = open_messages();
	running = must_spawn(&o);
	close(o.stderr_fd);
}

static void start_subject(const struct subject *s, enum airlock_channel c)
{
	struct airlock_profile *p = s->profile ? profile_of(s->profile) : NULL;
	char *argv[MOST_ARGS + 2] = { expand(s->program) };

	for (size_t i = 0; i < COUNT(s->args) && s->args[i]; i++)
		argv[i + 1] = expand(s->args[i]);
	if (s->write_path)
		set(p, "WritePath", s->write_path);
	start(p, s->profile, c, argv);
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
}

/* A question, and its answer, and the next */
static void talk(const struct exchange *x, const char *who)
{
	char answer[4096];

	for (; x->question; x++) {
		char *question = expand(x->question);

		if (!x->meaning) {
			put_all(running.wfd, question, strlen(question));
		} else {
			ask(&running, question, answer, sizeof answer);
			if (strncmp(answer, x->meaning, strlen(x->meaning)))
				fail_msg("%s: asked '%s', it says '%s', and not '%s'", who,
					 question, answer, x->meaning);
		}
		free(question);
	}
}

static void run_subject(const struct subject *s, enum airlock_channel c)
{
	char *program, *rest;

	new_folder(s->files, COUNT(s->files));
	program = expand(s->program);
	start_subject(s, c);
	talk(s->talk, s->program);
	/* one that answers nothing may still be in its loader, which opens and closes files */
	if (s->writes.name)
		must_hold(s->writes.name, s->writes.text);
	assert_locked_in();
	assert_no_other_descriptor(program);
	send_end_of_file();
	rest = read_all(&running, c, NULL);
	assert_string_equal(rest, "");
	free(rest);
	must_stop(&running, 0);
	free(program);
	end_run();
}

/* The programs */

#define LINES \
	{ "first b\n", "first X\n" }, \
	{ \
		"b\n", "X\n" \
	}
#define UPPER \
	{ "first b\n", "FIRST B\n" }, { "b\n", "B\n" }, \
	{ \
		"\n", "\n" \
	}
#define SAME \
	{ "first b\n", "first b\n" }, { "b\n", "b\n" }, \
	{ \
		"\n", "\n" \
	}

/* alice: secret, Apache's MD5; bob: swordfish, SHA-512; y: secret, yescrypt; c: secret, bcrypt */
#define PASSWORDS \
	"alice:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/\n" \
	"bob:$6$abcdefgh$nXozMQ7eIF4OiwaKAhepst9mtOKKwNBYsZ." \
	"fglGECyVpFcHnUxZl1rg3LFqBimZ7VM0sJWgFd.52RjaQ/cpR90\n" \
	"y:$y$j9T$abcdefgh$IUWJt2doU4Kf6E/JP1UkAT3S5O3Q7SSA8SJirXIlEu9\n" \
	"c:$2y$05$abcdefghabcdefghabcdeemFPYPQhhjxC78UUefzL5vk0fa9y1NW.\n"
/* mallory: secret, Apache's MD5; and nobody else */
#define OTHER_PASSWORDS "mallory:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/\n"

#define PYTHON_FILTER \
	"#!/usr/bin/python3\n" \
	"import sys, re, json, time, random\n" \
	"time.localtime(), random.random()\n" \
	"for line in sys.stdin:\n" \
	"    sys.stdout.write(re.sub('[a-z]', lambda m: m.group().upper(), line))\n" \
	"    sys.stdout.flush()\n"
#define PERL_FILTER \
	"#!/usr/bin/perl\n" \
	"use strict; use POSIX; use Time::HiRes;\n" \
	"$| = 1; my @t = localtime; strftime('%c', @t);\n" \
	"while (<>) { print uc }\n"
#define SH_REWRITER \
	"#!/bin/sh\n" \
	"while read -r url rest; do echo \"OK rewrite-url=$url\"; done\n"

static const struct subject subjects[] = {
	/* strict: what needs nothing */
	{ .profile = "strict", .program = "/bin/cat", .talk = { SAME } },
	{ .profile = "strict",
	  .program = "/bin/sed",
	  .args = { "-u", "s/b/X/" },
	  .talk = { LINES } },
	{ .profile = "strict",
	  .program = "/usr/bin/mawk",
	  .args = { "-W", "interactive", "{ print toupper($0) }" },
	  .talk = { UPPER } },
	{ .profile = "strict",
	  .program = "/usr/bin/gawk",
	  .args = { "{ print toupper($0); fflush() }" },
	  .talk = { UPPER },
	  .optional = true },
	{ .profile = "strict",
	  .program = "/bin/busybox",
	  .args = { "cat" },
	  .talk = { SAME },
	  .optional = true },
	{ .profile = "strict", .program = "ROOT/upper", .talk = { UPPER } },
	{ .profile = "strict", .program = "ROOT/upper-static", .talk = { UPPER } },
	{ .profile = "strict", .program = "ROOT/upper-musl", .talk = { UPPER } },
	{ .profile = "strict", .program = "ROOT/upper-musl-static", .talk = { UPPER } },

	/* filter: the same, and what reads files */
	{ .profile = "filter", .program = "/bin/cat", .talk = { SAME } },
	{ .profile = "filter",
	  .program = "/bin/sed",
	  .args = { "-u", "-f", "DIR/script" },
	  .files = { { "script", "s/b/X/\n", 0 } },
	  .talk = { LINES } },
	{ .profile = "filter",
	  .program = "/usr/bin/mawk",
	  .args = { "-W", "interactive", "-f", "DIR/script" },
	  .files = { { "script", "BEGIN { srand(); rand() }\n{ print toupper($0) }\n", 0 } },
	  .talk = { UPPER } },
	{ .profile = "filter",
	  .program = "/usr/bin/gawk",
	  .args = { "-f", "DIR/script" },
	  .files = { { "script", "{ strftime(); print toupper($0); fflush() }\n", 0 } },
	  .talk = { UPPER },
	  .optional = true },
	{ .profile = "filter",
	  .program = "/bin/busybox",
	  .args = { "awk", "{ print toupper($0); fflush() }" },
	  .talk = { UPPER },
	  .optional = true },
	{ .profile = "filter",
	  .program = "/bin/grep",
	  .args = { "--line-buffered", "-v", "-f", "DIR/patterns" },
	  .files = { { "patterns", "^no\n^never\n", 0 } },
	  .talk = { { "no\nfirst b\n", "first b\n" }, { "never\nb\n", "b\n" } } },
	{ .profile = "filter",
	  .program = "DIR/filter",
	  .files = { { "filter", PYTHON_FILTER, 0755 } },
	  .talk = { UPPER } },
	{ .profile = "filter",
	  .program = "/usr/bin/python3",
	  .args = { "DIR/filter" },
	  .files = { { "filter", PYTHON_FILTER, 0 } },
	  .talk = { UPPER } },
	{ .profile = "filter",
	  .program = "/usr/bin/perl",
	  .args = { "-ne", "$| = 1; s/b/X/; print" },
	  .talk = { LINES } },
	{ .profile = "filter",
	  .program = "DIR/filter",
	  .files = { { "filter", PERL_FILTER, 0755 } },
	  .talk = { UPPER } },
	{ .profile = "filter", .program = "ROOT/upper", .talk = { UPPER } },
	{ .profile = "filter", .program = "ROOT/upper-static", .talk = { UPPER } },
	{ .profile = "filter", .program = "ROOT/upper-musl", .talk = { UPPER } },
	{ .profile = "filter", .program = "ROOT/upper-musl-static", .talk = { UPPER } },

	/* Squid's own */
	{ .profile = "squid-auth",
	  .program = "SQUID/basic_ncsa_auth",
	  .args = { "DIR/passwords" },
	  .files = { { "passwords", PASSWORDS, 0 } },
	  .talk = { { "alice secret\n", "OK" },
		    { "alice wrong\n", "ERR" },
		    { "nobody secret\n", "ERR" },
		    { "bob swordfish\n", "OK" },
		    { "y secret\n", "OK" },
		    { "c secret\n", "OK" },
		    { "alice\n", "ERR" } } },
	{ .profile = "squid-auth",
	  .program = "SQUID/digest_file_auth",
	  .args = { "DIR/passwords" },
	  .files = { { "passwords", "# comment\nalice:secret\n", 0 } },
	  .talk = { { "\"alice\":\"realm\"\n", "OK ha1=\"e16233c09b685e3dd5e17671513db3df\"" },
		    { "\"nobody\":\"realm\"\n", "ERR" },
		    { "nonsense\n", "BH" } } },
	/* a group is looked up: no daemon answers, /etc/group does */
	{ .profile = "squid-auth",
	  .program = "SQUID/ext_file_userip_acl",
	  .args = { "-f", "DIR/addresses" },
	  .files = { { "addresses",
		       "10.0.0.0/255.0.0.0 alice\n192.168.1.1 ALL\n127.0.0.1 NONE\n"
		       "172.16.0.0/255.255.0.0 @nosuchgroup\n",
		       0 } },
	  .talk = { { "10.1.2.3 alice\n", "OK" },
		    { "10.1.2.3 bob\n", "ERR" },
		    { "192.168.1.1 bob\n", "OK" },
		    { "127.0.0.1 alice\n", "ERR" },
		    { "172.16.1.1 alice\n", "ERR" },
		    { "nonsense\n", "BH" } } },
	{ .profile = "squid-rewrite",
	  .program = "SQUID/url_fake_rewrite",
	  .talk = { { "http://example.com/ 127.0.0.1/localhost - GET\n", "ERR" },
		    { "0 http://example.com/ 127.0.0.1/localhost - GET\n", "0 ERR" } } },
	{ .profile = "squid-rewrite",
	  .program = "SQUID/url_fake_rewrite",
	  .args = { "-d" },
	  .talk = { { "0 http://example.com/ 127.0.0.1/localhost - GET\n", "0 ERR" } } },
	{ .profile = "squid-rewrite",
	  .program = "SQUID/storeid_file_rewrite",
	  .args = { "DIR/rules" },
	  .files = { { "rules",
		       "^http://[^.]+\\.dl\\.example\\.net/([^ ]*).*"
		       "\thttp://dl.example.net.squid.internal/$1\n"
		       "a rule without a tab\n",
		       0 } },
	  .talk = { { "http://a.dl.example.net/x -\n",
		      "OK store-id=http://dl.example.net.squid.internal/x\n" },
		    { "http://example.org/ -\n", "ERR\n" },
		    { "7 http://b.dl.example.net/y/z -\n",
		      "7 OK store-id=http://dl.example.net.squid.internal/y/z\n" } } },
	{ .profile = "squid-rewrite",
	  .program = "DIR/rewriter",
	  .files = { { "rewriter", SH_REWRITER, 0755 } },
	  .talk = { { "http://example.com/ -\n", "OK rewrite-url=http://example.com/\n" } } },
	{ .profile = "squid-log",
	  .program = "SQUID/log_file_daemon",
	  .args = { "DIR/access.log" },
	  .talk = { { "Lone\n", NULL }, { "F\n", NULL }, { "R\n", NULL }, { "Ltwo\nF\n", NULL } },
	  .writes = { "DIR/access.log", "two\n", 0 } },
	{ .profile = "squid-unlinkd",
	  .program = "SQUID/unlinkd",
	  .files = { { "0001", "swap file", 0 }, { "0002", "swap file", 0 } },
	  .write_path = "DIR/",
	  .talk = { { "DIR/0001\n", "OK" },
		    { "DIR/missing\n", "ERR" },
		    { "DIR/0002\n", "OK" },
		    { "DIR/0001\n", "ERR" } } },
	{ .profile = "network-client", .program = "/bin/cat", .talk = { SAME } },
	{ .profile = "network-client",
	  .program = "DIR/filter",
	  .files = { { "filter", PYTHON_FILTER, 0755 } },
	  .talk = { UPPER } },
	{ .profile = "none", .program = "/bin/cat", .talk = { SAME } },
	{ .profile = "none",
	  .program = "/usr/bin/python3",
	  .args = { "DIR/filter" },
	  .files = { { "filter", PYTHON_FILTER, 0 } },
	  .talk = { UPPER } },
};

/* What is not there, as a list: "" if all was. NULL for all profiles. */
static const char *run_all_of(const char *profile)
{
	static char missing[1024];
	size_t ran = 0;

	*missing = '\0';
	for (size_t i = 0; i < COUNT(subjects); i++) {
		const struct subject *s = &subjects[i];
		char *path = expand(s->program);
		bool there = !strncmp(s->program, "DIR/", 4) || access(path, X_OK) == 0;

		if (profile && strcmp(profile, s->profile))
			there = false;
		else if (!there && s->optional)
			print_message("not tried, since it is not installed: %s\n", path);
		else if (!there && !strstr(missing, path))
			snprintf(missing + strlen(missing), sizeof missing - strlen(missing), " %s",
				 path);
		free(path);
		for (size_t c = 0; there && c < COUNT(streams); c++)
			run_subject(s, streams[c]);
		ran += there;
	}
	assert_true(ran > 0);
	return missing;
}

#define RUN_ALL_OF(profile) \
	do { \
		const char *missing = run_all_of(profile); \
		if (*missing) \
			SKIP("not all could be tried, these are missing:%s", missing); \
	} while (0)

static void p1_p3_strict_runs_what_needs_nothing(void **state)
{
	(void)state;
	RUN_ALL_OF("strict");
}

static void p1_p3_filter_runs_line_filters(void **state)
{
	(void)state;
	RUN_ALL_OF("filter");
}

static void p1_p3_squid_auth_runs_its_helpers(void **state)
{
	(void)state;
	RUN_ALL_OF("squid-auth");
}

static void p1_p3_squid_rewrite_runs_its_helpers(void **state)
{
	(void)state;
	RUN_ALL_OF("squid-rewrite");
}

static void p1_p3_squid_log_and_unlinkd_run_their_helpers(void **state)
{
	(void)state;
	RUN_ALL_OF("squid-log");
	RUN_ALL_OF("squid-unlinkd");
}

static void p1_p3_network_client_and_none_run_filters_too(void **state)
{
	(void)state;
	RUN_ALL_OF("network-client");
	RUN_ALL_OF("none");
}

/* A helper with arguments of the test's own, and one line more for its profile */
static void start_with(const char *profile, const char *write_path, enum airlock_channel c,
		       const char *const args[])
{
	struct subject s = { .profile = profile, .program = args[0], .write_path = write_path };

	for (size_t i = 0; i < COUNT(s.args) && args[i + 1]; i++)
		s.args[i] = args[i + 1];
	start_subject(&s, c);
}

#define START(profile, write_path, channel, ...) \
	start_with(profile, write_path, channel, (const char *const[]){ __VA_ARGS__, NULL })

static void skip_without(const char *program)
{
	char *path = expand(program);
	bool there = access(path, X_OK) == 0;
	char copy[PATH_MAX];

	snprintf(copy, sizeof copy, "%s", path);
	free(path);
	if (!there)
		SKIP("%s is not installed", copy);
}

/* Text */

static char *printed(const struct airlock_profile *p)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int r;

	assert_non_null(f);
	r = airlock_profile_print(p, f);
	assert_int_equal(r, 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void every_builtin_parses_and_prints_as_what_it_is(void **state)
{
	static const char *const names[] = { "strict",	       "filter",    "squid-auth",
					     "squid-rewrite",  "squid-log", "squid-unlinkd",
					     "network-client", "none" };

	(void)state;
	assert_null(airlock_profile_builtin_name(COUNT(names)));
	for (size_t i = 0; i < COUNT(names); i++) {
		struct airlock_profile *p = profile_of(names[i]), *again = airlock_profile_new();
		struct airlock_profile_error e = { 0 };
		const char *text = airlock_profile_builtin_text(names[i]);
		char *first = printed(p), *second, title[64];

		assert_string_equal(airlock_profile_builtin_name(i), names[i]);
		snprintf(title, sizeof title, "# %s: ", names[i]);
		assert_non_null(text);
		assert_memory_equal(text, title, strlen(title));
		if (airlock_profile_parse(again, first, strlen(first), &e) < 0)
			fail_msg("%s, printed: %u:%u: %s\n%s", names[i], e.line, e.column,
				 e.message, first);
		second = printed(again);
		assert_string_equal(first, second);
		free(first);
		free(second);
		airlock_profile_free(p);
		airlock_profile_free(again);
	}
}

/* An administrator copies a text and adds to it: it must do as a file, too. */
static void every_builtin_can_be_loaded_as_a_file(void **state)
{
	(void)state;
	new_folder(NULL, 0);
	for (size_t i = 0; airlock_profile_builtin_name(i); i++) {
		struct airlock_profile *p = airlock_profile_new(),
				       *builtin = profile_of(airlock_profile_builtin_name(i));
		struct airlock_profile_error e = { 0 };
		char *path = expand("DIR/profile"), *as_file, *as_builtin;

		write_file("DIR/profile",
			   airlock_profile_builtin_text(airlock_profile_builtin_name(i)), 0);
		if (airlock_profile_load(p, path, &e) < 0)
			fail_msg("%s:%u:%u: %s", e.source, e.line, e.column, e.message);
		as_file = printed(p);
		as_builtin = printed(builtin);
		assert_string_equal(as_file, as_builtin);
		free(as_file);
		free(as_builtin);
		free(path);
		airlock_profile_free(p);
		airlock_profile_free(builtin);
	}
}

static void p8_no_builtin_loses_a_restriction_here(void **state)
{
	(void)state;
	if (landlock_abi() < 6)
		SKIP("this kernel's Landlock is older than ABI 6");
	for (size_t i = 0; airlock_profile_builtin_name(i); i++) {
		const char *name = airlock_profile_builtin_name(i);

		airlock_seal_free(seal_of(name, profile_of(name), ARGV("/bin/cat")));
	}
}

/* Files that change while a helper runs */

/* Helpers look at the time of change in whole seconds. */
static void replace_by_rename(const char *name, const char *text)
{
	char *from = expand("DIR/new"), *to = expand(name);
	struct timespec times[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };

	write_file("DIR/new", text, 0);
	assert_int_equal(utimensat(AT_FDCWD, from, times, 0), 0);
	assert_int_equal(rename(from, to), 0);
	free(from);
	free(to);
}

static void squid_auth_sees_passwords_that_are_replaced(void **state)
{
	static const struct file before[] = { { "passwords", PASSWORDS, 0 } };
	static const struct exchange first[] = { { "alice secret\n", "OK" },
						 { "mallory secret\n", "ERR" },
						 { NULL, NULL } };
	static const struct exchange then[] = { { "alice secret\n", "ERR" },
						{ "mallory secret\n", "OK" },
						{ NULL, NULL } };

	(void)state;
	skip_without("SQUID/basic_ncsa_auth");
	for (size_t i = 0; i < COUNT(streams); i++) {
		new_folder(before, COUNT(before));
		START("squid-auth", NULL, streams[i], "SQUID/basic_ncsa_auth", "DIR/passwords");
		talk(first, "basic_ncsa_auth");
		replace_by_rename("DIR/passwords", OTHER_PASSWORDS);
		talk(then, "basic_ncsa_auth");
		must_stop(&running, 0);
		end_run();
	}
}

static void squid_auth_sees_digests_that_are_replaced(void **state)
{
	static const struct file before[] = { { "passwords", "alice:secret\n", 0 } };
	static const struct exchange first[] = { { "\"alice\":\"realm\"\n",
						   "OK ha1=\"e16233c09b685e3dd5e17671513db3df\"" },
						 { "\"bob\":\"realm\"\n", "ERR" },
						 { NULL, NULL } };
	static const struct exchange then[] = { { "\"alice\":\"realm\"\n", "ERR" },
						{ "\"bob\":\"realm\"\n", "OK ha1=" },
						{ NULL, NULL } };

	(void)state;
	skip_without("SQUID/digest_file_auth");
	new_folder(before, COUNT(before));
	START("squid-auth", NULL, AIRLOCK_UNIX_STREAM, "SQUID/digest_file_auth", "DIR/passwords");
	talk(first, "digest_file_auth");
	replace_by_rename("DIR/passwords", "bob:secret\n");
	talk(then, "digest_file_auth");
	must_stop(&running, 0);
}

/* Without @argv-dir a rule follows the old file: that the test above sees the difference */
static void filter_does_not_see_a_file_that_is_replaced(void **state)
{
	static const struct file before[] = { { "passwords", PASSWORDS, 0 } };
	static const struct exchange first[] = { { "alice secret\n", "OK" }, { NULL, NULL } };
	char answer[64] = "";
	ssize_t n;

	(void)state;
	skip_without("SQUID/basic_ncsa_auth");
	new_folder(before, COUNT(before));
	START("filter", NULL, AIRLOCK_UNIX_STREAM, "SQUID/basic_ncsa_auth", "DIR/passwords");
	talk(first, "basic_ncsa_auth");
	replace_by_rename("DIR/passwords", OTHER_PASSWORDS);
	put_all(running.wfd, "mallory secret\n", 15);
	assert_true(readable(running.rfd, PATIENCE_MS));
	n = read(running.rfd, answer, sizeof answer - 1);
	assert_true(n <= 0 || strncmp(answer, "OK", 2));
	must_stop(&running, -1);
}

static void squid_auth_looks_up_groups_in_files(void **state)
{
	struct exchange x[] = { { "10.1.2.3 root\n", "OK" },
				{ "10.1.2.3 nosuchuser\n", "ERR" },
				{ NULL, NULL } };
	char addresses[128], who[64];
	struct file files[] = { { "addresses", addresses, 0 } };
	struct group *g;

	(void)state;
	skip_without("SQUID/ext_file_userip_acl");
	/* some group with a member: systems differ */
	setgrent();
	do
		g = getgrent();
	while (g && !*g->gr_mem);
	endgrent();
	snprintf(addresses, sizeof addresses, "10.0.0.0/255.0.0.0 @%s\n", g ? g->gr_name : "root");
	snprintf(who, sizeof who, "10.1.2.3 %s\n", g ? g->gr_mem[0] : "root");
	x[0].question = who;
	if (!g)
		x[0].meaning = "ERR";
	new_folder(files, COUNT(files));
	START("squid-auth", NULL, AIRLOCK_FIFO, "SQUID/ext_file_userip_acl", "-f", "DIR/addresses");
	talk(x, "ext_file_userip_acl");
	must_stop(&running, 0);
}

/* Their errors are as outside: the same status, the same words, and not a signal. */

static int outcome(const char *profile, const char *const args[], char **ret_said)
{
	int st = -1, r;

	new_folder(NULL, 0);
	start_with(profile, NULL, AIRLOCK_UNIX_STREAM, args);
	/* one that says what is wrong and ends at once may have shut the channel already */
	if (shutdown(running.wfd, SHUT_WR) < 0)
		assert_int_equal(errno, ENOTCONN);
	free(read_all(&running, AIRLOCK_UNIX_STREAM, NULL));
	r = airlock_stop(&running, PATIENCE_MS, &st);
	assert_int_equal(r, 0);
	*ret_said = file_text("DIR/messages");
	end_run();
	return st;
}

static void errors_are_as_outside(void **state)
{
	static const struct {
		const char *profile;
		const char *args[4];
	} cases[] = {
		{ "strict", { "/bin/cat", "/nosuch" } },
		{ "strict", { "/bin/sed", "nonsense" } },
		{ "strict", { "/bin/gzip", "--nonsense" } },
		{ "strict", { "/usr/bin/mawk", "{" } },
		{ "filter", { "/bin/cat", "/nosuch" } },
		{ "filter", { "/bin/gzip", "-dc", "/nosuch" } },
		{ "filter", { "/usr/bin/python3", "/nosuch" } },
		{ "filter", { "/usr/bin/python3", "-c", "import sys; sys.exit('wrong')" } },
		{ "filter", { "/usr/bin/python3", "-c", "import nosuch" } },
		{ "filter", { "/usr/bin/perl", "-e", "die" } },
		{ "filter", { "/usr/bin/perl", "/nosuch" } },
		{ "filter", { "/usr/bin/perl", "-e", "use nosuch" } },
		{ "squid-auth", { "SQUID/basic_ncsa_auth" } },
		{ "squid-auth", { "SQUID/basic_ncsa_auth", "/nosuch/passwords" } },
		{ "squid-auth", { "SQUID/digest_file_auth" } },
		{ "squid-auth", { "SQUID/digest_file_auth", "/nosuch/passwords" } },
		{ "squid-auth", { "SQUID/ext_file_userip_acl", "-f", "/nosuch/addresses" } },
		{ "squid-auth", { "SQUID/ext_file_userip_acl" } },
		{ "squid-rewrite", { "SQUID/url_fake_rewrite", "-h" } },
		{ "squid-rewrite", { "SQUID/storeid_file_rewrite", "/nosuch" } },
		{ "squid-rewrite", { "SQUID/storeid_file_rewrite" } },
		{ "squid-log", { "SQUID/log_file_daemon" } },
		{ "squid-log", { "SQUID/log_file_daemon", "/nosuch/access.log" } },
	};

	(void)state;
	skip_without("SQUID/basic_ncsa_auth");
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *said, *said_outside;
		int st = outcome(cases[i].profile, cases[i].args, &said),
		    outside = outcome(NULL, cases[i].args, &said_outside);

		if (!WIFEXITED(st) || st != outside || strcmp(said, said_outside))
			fail_msg("%s, %s: wait status %#x, '%s'; outside %#x, '%s'",
				 cases[i].profile, cases[i].args[0], (unsigned)st, said,
				 (unsigned)outside, said_outside);
		free(said);
		free(said_outside);
	}
}

/* Signals */

static void a_helper_that_is_stopped_and_continued_goes_on(void **state)
{
	static const struct exchange x[] = { SAME, { NULL, NULL } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		new_folder(NULL, 0);
		START(i ? "filter" : "strict", NULL, AIRLOCK_FIFO, "/bin/cat");
		talk(x, "cat");
		assert_int_equal(airlock_kill(&running, SIGSTOP), 0);
		usleep(10000);
		assert_int_equal(airlock_kill(&running, SIGCONT), 0);
		talk(x, "cat");
		must_stop(&running, 0);
		end_run();
	}
}

static int status_after_term(void)
{
	int st = -1, r = airlock_kill(&running, SIGTERM);

	assert_int_equal(r, 0);
	r = airlock_wait(&running, PATIENCE_MS, &st);
	assert_int_equal(r, 0);
	/* it is gone: this closes what is left of the handle */
	r = airlock_stop(&running, 0, NULL);
	assert_int_equal(r, -ECHILD);
	return st;
}

#define HANDLES_TERM \
	"import signal, sys\n" \
	"signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n" \
	"print('ready', flush=True)\n" \
	"sys.stdin.readline()\n"

static void sigterm_ends_them(void **state)
{
	char answer[64];

	(void)state;
	new_folder(NULL, 0);
	START("filter", NULL, AIRLOCK_FIFO, "/usr/bin/perl", "-ne", "$| = 1; print");
	ask(&running, "started\n", answer, sizeof answer);
	assert_int_equal(status_after_term(), SIGTERM);
	end_run();

	new_folder(NULL, 0);
	START("filter", NULL, AIRLOCK_FIFO, "/usr/bin/python3", "-c", HANDLES_TERM);
	ask(&running, "", answer, sizeof answer);
	assert_string_equal(answer, "ready\n");
	assert_int_equal(status_after_term(), 3 << 8);
	end_run();

	/* its handler raises the signal again, by a call that could hit others: it dies all the same */
	new_folder(NULL, 0);
	START("strict", NULL, AIRLOCK_FIFO, "/bin/gzip", "-dc");
	usleep(100000);
	assert_true(WIFSIGNALED(status_after_term()));
}

/* Much data, both ways at once */

enum { MUCH = 1 << 20 };

/* Returns what came back, from malloc. */
static char *pump(const char *from, size_t n, size_t *ret_n)
{
	size_t done = 0, size = MUCH * 2, got = 0;
	char *back = malloc(size);

	assert_non_null(back);
	for (;;) {
		struct pollfd p[2] = { { running.rfd, POLLIN, 0 },
				       { done < n ? running.wfd : -1, POLLOUT, 0 } };
		ssize_t r;

		if (poll(p, 2, PATIENCE_MS) <= 0)
			fail_msg("%zu bytes went, %zu came: and no more", done, got);
		if (p[1].revents) {
			r = write(running.wfd, from + done, n - done);
			assert_true(r > 0 || errno == EAGAIN);
			done += r > 0 ? (size_t)r : 0;
			if (done == n)
				send_end_of_file();
		}
		if (!p[0].revents)
			continue;
		r = read(running.rfd, back + got, size - got);
		if (r == 0)
			break;
		assert_true(r > 0 || errno == EAGAIN);
		got += r > 0 ? (size_t)r : 0;
		assert_true(got < size);
	}
	*ret_n = got;
	return back;
}

static char *whole_file(const char *name, size_t *ret_n)
{
	char *path = expand(name), *text = malloc(MUCH * 2);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_non_null(text);
	*ret_n = fread(text, 1, MUCH * 2, f);
	fclose(f);
	free(path);
	return text;
}

static void much_through(const char *profile, enum airlock_channel c, const char *const args[],
			 const char *in, const char *out)
{
	size_t nin, nout, n;
	char *from = whole_file(in, &nin), *want = whole_file(out, &nout), *back;

	new_folder(NULL, 0);
	start_with(profile, NULL, c, args);
	back = pump(from, nin, &n);
	must_stop(&running, 0);
	assert_int_equal(n, nout);
	assert_memory_equal(back, want, n);
	free(from);
	free(want);
	free(back);
	end_run();
}

/* ROOT/much and ROOT/much.gz: see make_root() */
static void a_mebibyte_goes_through(void **state)
{
	static const char *const profiles[] = { "strict", "filter", "network-client", "none" };
	static const char *const cat[] = { "/bin/cat", NULL }, *const gzip[] = { "/bin/gzip", "-dc",
										 NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(profiles); i++)
		for (size_t c = 0; c < COUNT(streams); c++) {
			much_through(profiles[i], streams[c], cat, "ROOT/much", "ROOT/much");
			much_through(profiles[i], streams[c], gzip, "ROOT/much.gz", "ROOT/much");
		}
}

/* The folders of Squid's writers */

static void squid_log_turns_its_log_over(void **state)
{
	(void)state;
	skip_without("SQUID/log_file_daemon");
	for (size_t c = 0; c < COUNT(streams); c++) {
		new_folder(NULL, 0);
		START("squid-log", NULL, streams[c], "SQUID/log_file_daemon", "DIR/access.log");
		put_all(running.wfd, "Lone\nF\n", 7);
		must_hold("DIR/access.log", "one\n");
		put_all(running.wfd, "R\nLtwo\nF\n", 9);
		must_hold("DIR/access.log", "two\n");
		must_hold("DIR/access.log.0", "one\n");
		put_all(running.wfd, "R\nLthree\nF\n", 11);
		must_hold("DIR/access.log", "three\n");
		must_hold("DIR/access.log.0", "two\n");
		must_hold("DIR/access.log.1", "one\n");
		must_stop(&running, 0);
		end_run();
	}
}

static void squid_unlinkd_removes_beneath_its_folder_and_nowhere_else(void **state)
{
	static const struct file files[] = { { "0001", "swap file", 0 },
					     { "0002", "swap file", 0 } };
	char *link, answer[64];
	static const struct exchange inside[] = { { "DIR/cache/0001\n", "OK" }, { NULL, NULL } };
	static const char *const outside[] = { "DIR/0001\n", "DIR/cache/../0001\n",
					       "DIR/cache/out/0002\n", "DIR/cache\n",
					       "ROOT/elsewhere\n" };

	(void)state;
	skip_without("SQUID/unlinkd");
	new_folder(files, COUNT(files));
	link = expand("DIR/cache");
	assert_int_equal(mkdir(link, 0700), 0);
	free(link);
	write_file("DIR/cache/0001", "swap file", 0);
	link = expand("DIR/cache/out");
	assert_int_equal(symlink("..", link), 0);
	free(link);
	START("squid-unlinkd", "DIR/cache", AIRLOCK_UNIX_STREAM, "SQUID/unlinkd");
	talk(inside, "unlinkd");
	assert_false(exists("DIR/cache/0001"));
	for (size_t i = 0; i < COUNT(outside); i++) {
		char *question = expand(outside[i]);

		ask(&running, question, answer, sizeof answer);
		assert_string_equal(answer, "ERR\n");
		free(question);
	}
	must_stop(&running, 0);
	assert_true(exists("DIR/0001"));
	assert_true(exists("DIR/0002"));
	assert_true(exists("ROOT/elsewhere"));
}

/* What a profile refuses: by perl, which needs no module for it */

enum { KILLED = -1, FAILS = -2 };

struct attempt {
	const char *profile;
	const char *what; /* true in perl: it worked */
	int want; /* KILLED: dies of SIGSYS; FAILS: without an errno; 0: works; else this errno */
	int abi;  /* of Landlock, from which it is so */
};

/* With DIR as current folder and "DIR/mine" as argument; ROOT is its ".." */
static const struct attempt attempts[] = {
	{ "strict", "open(F, '<', '/etc/passwd')", EACCES, 1 },
	{ "strict", "open(F, '<', 'mine')", EACCES, 1 },
	{ "strict", "opendir(D, '.')", EACCES, 1 },
	{ "strict", "open(F, '>', 'new')", EACCES, 0 },
	{ "strict", "open(F, '>>', 'mine')", EACCES, 0 },
	{ "strict", "open(F, '+<', 'mine')", EACCES, 0 },
	{ "strict", "open(F, '>', '/dev/null')", EACCES, 0 },
	{ "strict", "open(F, '<', '/dev/null')", 0, 0 },
	{ "strict", "unlink('mine')", KILLED, 0 },
	{ "strict", "rename('mine', 'new')", KILLED, 0 },
	{ "strict", "mkdir('new')", KILLED, 0 },
	{ "strict", "chmod(0777, 'mine')", KILLED, 0 },
	{ "strict", "truncate('mine', 0)", KILLED, 0 },
	{ "strict", "utime(1, 1, 'mine')", KILLED, 0 },
	{ "strict", "symlink('mine', 'new')", KILLED, 0 },
	{ "strict", "chroot('.')", KILLED, 0 },
	{ "strict", "socket(S, 2, 1, 0)", KILLED, 0 },
	{ "strict", "pipe(R, W)", KILLED, 0 },
	{ "strict", "defined(fork)", KILLED, 0 },
	{ "strict", "exec('/bin/true')", KILLED, 0 },
	{ "strict", "kill(0, getppid)", KILLED, 0 },
	{ "strict", "kill(0, $$)", KILLED, 0 },
	{ "strict", "setpriority(0, 0, 10)", KILLED, 0 },
	{ "strict", "fcntl(STDIN, 8, $$ + 0)", EINVAL, 0 },		    /* F_SETOWN */
	{ "strict", "ioctl(STDIN, 0x5452, $x = pack('i', 0))", ENOTTY, 0 }, /* FIOASYNC */

	{ "filter", "open(F, '<', '/etc/passwd')", EACCES, 1 },
	{ "filter", "open(F, '<', '/proc/self/status')", EACCES, 1 },
	{ "filter", "open(F, '<', '../elsewhere')", EACCES, 1 },
	{ "filter", "open(F, '<', 'mine')", 0, 0 },
	{ "filter", "open(F, '<', 'other')", EACCES, 1 },
	{ "filter", "opendir(D, '.')", EACCES, 1 },
	{ "filter", "open(F, '>', 'new')", EACCES, 1 },
	{ "filter", "open(F, '>>', 'mine')", EACCES, 1 },
	{ "filter", "open(F, '+<', 'mine')", EACCES, 1 },
	{ "filter", "open(F, '>', '/dev/null')", 0, 0 },
	{ "filter", "mkdir('new')", EACCES, 0 },
	{ "filter", "unlink('mine')", KILLED, 0 },
	{ "filter", "rename('mine', 'new')", KILLED, 0 },
	{ "filter", "chmod(0777, 'mine')", KILLED, 0 },
	{ "filter", "truncate('mine', 0)", KILLED, 0 },
	{ "filter", "chdir('/')", KILLED, 0 },
	{ "filter", "socket(S, 1, 1, 0)", EAFNOSUPPORT, 0 },
	{ "filter", "socket(S, 2, 1, 0)", EAFNOSUPPORT, 0 },
	{ "filter", "socketpair(S, T, 1, 1, 0)", KILLED, 0 },
	{ "filter", "defined(fork)", KILLED, 0 },
	{ "filter", "system('/bin/true') == 0", KILLED, 0 },
	{ "filter", "exec('/bin/true')", KILLED, 0 },
	{ "filter", "kill(0, getppid)", KILLED, 0 },
	{ "filter", "fcntl(STDIN, 8, $$ + 0)", EINVAL, 0 },
	{ "filter", "ioctl(STDIN, 0x5452, $x = pack('i', 0))", ENOTTY, 0 },

	{ "squid-auth", "open(F, '<', 'mine')", 0, 0 },
	{ "squid-auth", "open(F, '<', 'other')", 0, 0 },
	{ "squid-auth", "open(F, '<', '/etc/group')", 0, 0 },
	{ "squid-auth", "open(F, '<', '../elsewhere')", EACCES, 1 },
	{ "squid-auth", "open(F, '<', '/etc/shadow')", EACCES, 0 },
	{ "squid-auth", "open(F, '>>', 'mine')", EACCES, 1 },
	{ "squid-auth", "open(F, '>', 'new')", EACCES, 1 },
	{ "squid-auth", "socket(S, 2, 1, 0)", EAFNOSUPPORT, 0 },
	{ "squid-auth", "unlink('mine')", KILLED, 0 },
	{ "squid-auth", "defined(fork)", KILLED, 0 },

	{ "squid-rewrite", "open(F, '<', 'mine')", 0, 0 },
	{ "squid-rewrite", "open(F, '<', 'other')", EACCES, 1 },
	{ "squid-rewrite", "open(F, '<', '/etc/passwd')", EACCES, 1 },
	{ "squid-rewrite", "open(F, '>>', 'mine')", EACCES, 0 },
	{ "squid-rewrite", "open(F, '>', 'new')", EACCES, 0 },
	{ "squid-rewrite", "socket(S, 2, 1, 0)", KILLED, 0 },
	{ "squid-rewrite", "system('/bin/true') == 0", KILLED, 0 },
	{ "squid-rewrite", "unlink('mine')", KILLED, 0 },

	{ "squid-log", "open(F, '>>', 'new') && print(F 'x')", 0, 0 },
	{ "squid-log", "open(F, '>>', 'mine') && rename('mine', 'new')", 0, 0 },
	{ "squid-log", "open(F, '<', 'mine')", EACCES, 1 },
	{ "squid-log", "open(F, '+<', 'mine')", EACCES, 1 },
	{ "squid-log", "open(F, '>', 'mine')", EACCES, 0 }, /* O_TRUNC */
	{ "squid-log", "open(F, '>>', '../elsewhere')", EACCES, 1 },
	{ "squid-log", "open(F, '>>', '../new')", EACCES, 1 },
	{ "squid-log", "rename('mine', '../new')", EACCES, 1 },
	{ "squid-log", "rename('../elsewhere', 'new')", EACCES, 1 },
	{ "squid-log", "unlink('mine')", KILLED, 0 },
	{ "squid-log", "mkdir('new')", KILLED, 0 },
	{ "squid-log", "symlink('/etc/shadow', 'new')", KILLED, 0 },
	{ "squid-log", "truncate('mine', 0)", KILLED, 0 },
	{ "squid-log", "socket(S, 2, 1, 0)", KILLED, 0 },
	{ "squid-log", "defined(fork)", KILLED, 0 },

	{ "squid-unlinkd", "unlink('mine')", 0, 0 },
	{ "squid-unlinkd", "unlink('../elsewhere')", EACCES, 1 },
	{ "squid-unlinkd", "rmdir('.')", KILLED, 0 },
	{ "squid-unlinkd", "rename('mine', 'new')", KILLED, 0 },
	{ "squid-unlinkd", "open(F, '<', 'mine')", EACCES, 1 },
	{ "squid-unlinkd", "open(F, '>>', 'mine')", EACCES, 0 },
	{ "squid-unlinkd", "open(F, '+<', 'mine')", EACCES, 0 },
	{ "squid-unlinkd", "open(F, '>', 'new')", EACCES, 0 },
	{ "squid-unlinkd", "defined(fork)", KILLED, 0 },

	{ "network-client", "socket(S, 2, 1, 0)", 0, 0 },
	{ "network-client", "socket(S, 10, 2, 0)", 0, 0 },
	{ "network-client", "socket(S, 2, 2, 17)", 0, 0 },
	{ "network-client", "socket(S, 2, 1, 262)", EAFNOSUPPORT, 0 }, /* IPPROTO_MPTCP */
	{ "network-client", "socket(S, 1, 1, 0)", EAFNOSUPPORT, 0 },
	{ "network-client", "socket(S, 16, 3, 0)", EAFNOSUPPORT, 0 }, /* AF_NETLINK */
	{ "network-client", "socket(S, 2, 2, 0) && bind(S, pack('Sna4x8', 2, 0, ''))", 0, 0 },
	{ "network-client", "socket(S, 2, 1, 0) && bind(S, pack('Sna4x8', 2, 40000, ''))", EACCES,
	  4 },
	{ "network-client", "socket(S, 2, 1, 0) && listen(S, 5)", KILLED, 0 },
	{ "network-client", "open(F, '<', '/etc/hosts')", 0, 0 },
	{ "network-client", "open(F, '<', '/etc/passwd')", EACCES, 1 },
	{ "network-client", "open(F, '>', 'new')", EACCES, 1 },
	{ "network-client", "defined(fork)", KILLED, 0 },
	{ "network-client", "kill(0, getppid)", KILLED, 0 },

	{ "none", "open(F, '<', '/etc/passwd')", 0, 0 },
	{ "none", "open(F, '>', 'new')", 0, 0 },
	{ "none", "socket(S, 1, 1, 0)", 0, 0 },
	{ "none", "kill(0, getppid)", 0, 0 },
	{ "none", "system('/bin/true') == 0", FAILS,
	  0 }, /* fork it may; its copy dies of the exec */
	{ "none", "exec('/bin/true')", KILLED, 0 },
};

/* The status, and what it said; without a seal if it has no profile */
static int attempt(const struct attempt *a, char **ret_said)
{
	static const struct file files[] = { { "mine", "mine\n", 0 }, { "other", "other\n", 0 } };
	char code[256];
	int st = -1, r;

	new_folder(files, COUNT(files));
	snprintf(code, sizeof code,
		 "$! = 0; $w = (%s); $e = $! + 0; syswrite(STDOUT, $w ? 'works' : $e)", a->what);
	START(a->profile, a->profile && !strcmp(a->profile, "squid-unlinkd") ? "DIR/" : NULL,
	      AIRLOCK_FIFO, "/usr/bin/perl", "-e", code, "DIR/mine");
	*ret_said = read_all(&running, AIRLOCK_FIFO, NULL);
	r = airlock_stop(&running, PATIENCE_MS, &st);
	assert_int_equal(r, 0);
	return st;
}

static void try_all(void)
{
	int abi = pretended_abi >= 0 ? pretended_abi : landlock_abi();

	for (size_t i = 0; i < COUNT(attempts); i++) {
		const struct attempt *a = &attempts[i];
		char *said, want[16];
		int st;
		bool good;

		if (a->abi > abi)
			continue;
		st = attempt(a, &said);
		snprintf(want, sizeof want, a->want == 0 ? "works" : "%d",
			 a->want == FAILS ? 0 : a->want);
		if (a->want == KILLED)
			good = WIFSIGNALED(st) && WTERMSIG(st) == SIGSYS && !*said;
		else
			good = st == 0 && !strcmp(said, want);
		if (!good)
			fail_msg("%s: %s: wait status %#x, it says '%s'", a->profile, a->what,
				 (unsigned)st, said);
		free(said);
		end_run();
	}
}

static void p8_p9_what_a_builtin_refuses_is_refused(void **state)
{
	(void)state;
	skip_without("/usr/bin/perl");
	try_all();
	assert_true(exists("ROOT/elsewhere"));
	assert_false(exists("ROOT/new"));
}

/* The same calls, where nothing is sealed, work: else the test above would show nothing. */
static void unsealed_the_same_works(void **state)
{
	(void)state;
	skip_without("/usr/bin/perl");
	for (size_t i = 0; i < COUNT(attempts); i++) {
		struct attempt a = attempts[i];
		char *said;
		int st;

		if (strcmp(a.profile, "filter"))
			continue;
		a.profile = NULL;
		st = attempt(&a, &said);
		/* after fork two say so, after exec none */
		if (st != 0 || (strncmp(said, "works", 5) && !strstr(a.what, "exec(")))
			fail_msg("%s: wait status %#x, it says '%s'", a.what, (unsigned)st, said);
		free(said);
		end_run();
	}
}

/* The network: a server of ours on loopback */

static struct {
	pthread_t thread;
	int fd;
	unsigned port;
} server;

/* Each connection says a line, and gets it back with "you said". HTTP gets an answer, too. */
static void *serve(void *arg)
{
	char line[4096];
	int fd;

	(void)arg;
	while ((fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		ssize_t n = read(fd, line, sizeof line - 1);

		line[n > 0 ? n : 0] = '\0';
		if (strstr(line, "HTTP/1."))
			dprintf(fd, "HTTP/1.0 200 OK\r\n\r\nhello\n");
		else
			dprintf(fd, "you said %s", line);
		close(fd);
	}
	return NULL;
}

static void start_server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof a;

	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server.fd >= 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(server.fd, 16), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&a, &n), 0);
	server.port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void stop_server(void)
{
	/* no longer listening: accept(2) ends with EINVAL */
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
}

#define PYTHON_CLIENT \
	"import socket, sys, threading\n" \
	"port = int(sys.argv[1])\n" \
	"def ask(line, answers):\n" \
	"    with socket.create_connection(('localhost', port)) as s:\n" \
	"        s.sendall(line.encode())\n" \
	"        answers.append(s.makefile().readline())\n" \
	"for line in sys.stdin:\n" \
	"    answers = []\n" \
	"    t = threading.Thread(target=ask, args=(line, answers))\n" \
	"    t.start(); t.join()\n" \
	"    print(answers[0] if answers else 'nothing', end='', flush=True)\n"
#define PERL_CLIENT \
	"use IO::Socket::INET; $| = 1; $p = shift; while (<STDIN>) {" \
	" $s = IO::Socket::INET->new(PeerAddr => \"127.0.0.1:$p\") or die; print $s $_; print " \
	"scalar <$s> }"

static void client(const char *program, const char *option, const char *code)
{
	static const struct exchange x[] = { { "one\n", "you said one\n" },
					     { "two\n", "you said two\n" },
					     { NULL, NULL } };
	char port[16];

	snprintf(port, sizeof port, "%u", server.port);
	for (size_t c = 0; c < COUNT(streams); c++) {
		new_folder(NULL, 0);
		START("network-client", NULL, streams[c], program, option, code, port);
		talk(x, program);
		assert_locked_in();
		must_stop(&running, 0);
		end_run();
	}
}

static void client_curl(void)
{
	char url[64], *said;

	if (access("/usr/bin/curl", X_OK) < 0) {
		print_message("not tried, since it is not installed: /usr/bin/curl\n");
		return;
	}
	snprintf(url, sizeof url, "http://localhost:%u/", server.port);
	new_folder(NULL, 0);
	START("network-client", NULL, AIRLOCK_FIFO, "/usr/bin/curl", "-sS", "--noproxy", "*", url);
	said = read_all(&running, AIRLOCK_FIFO, NULL);
	assert_string_equal(said, "hello\n");
	free(said);
	must_stop(&running, 0);
	end_run();
}

static void network_client_connects_with_threads_and_names(void **state)
{
	(void)state;
	skip_without("/usr/bin/python3");
	skip_without("/usr/bin/perl");
	start_server();
	client("/usr/bin/python3", "-c", PYTHON_CLIENT);
	client("/usr/bin/perl", "-e", PERL_CLIENT);
	client_curl();
	stop_server();
}

static void network_client_keeps_to_the_ports_it_is_given(void **state)
{
	char code[256], number[16], *said;

	(void)state;
	skip_without("/usr/bin/perl");
	if (landlock_abi() < 4)
		SKIP("this kernel's Landlock is older than ABI 4");
	start_server();
	for (int right = 0; right < 2; right++) {
		struct airlock_profile *p = profile_of("network-client");

		snprintf(number, sizeof number, "%u", right ? server.port : server.port ^ 1);
		set(p, "ConnectTCP", number);
		snprintf(code, sizeof code,
			 "socket(S, 2, 1, 0); $w = connect(S, pack('SnC4x8', 2, %u, 127, 0, 0, 1));"
			 " $e = $! + 0; print $w ? 'works' : $e",
			 server.port);
		new_folder(NULL, 0);
		start(p, "network-client", AIRLOCK_FIFO, ARGV("/usr/bin/perl", "-e", code));
		said = read_all(&running, AIRLOCK_FIFO, NULL);
		snprintf(number, sizeof number, "%d", EACCES);
		assert_string_equal(said, right ? "works" : number);
		free(said);
		must_stop(&running, 0);
		end_run();
	}
	stop_server();
}

/* Older kernels: what newer ones add is best effort, since the lists hold it, too. */

static void all_with_abi(void *abi)
{
	pretended_abi = *(int *)abi;
	if (!pretend_landlock_abi(pretended_abi))
		SKIP("this machine does not let us pretend that its Landlock is older");
	run_all_of("strict");
	run_all_of("filter");
	run_all_of("squid-auth");
	run_all_of("squid-log");
	run_all_of("squid-unlinkd");
	try_all();
}

static void p8_builtins_hold_with_older_landlocks(void **state)
{
	(void)state;
	skip_without("/usr/bin/perl");
	for (int abi = 1; abi < 7 && abi < landlock_abi(); abi += 2)
		in_child(all_with_abi, &abi);
}

/* Files cannot be kept without it: then there is no helper, unless that was asked for. */
static void try_without_landlock(void *unused)
{
	(void)unused;
	if (!pretend_landlock_abi(0))
		SKIP("this machine does not let us pretend that there is no Landlock");
	for (size_t i = 0; airlock_profile_builtin_name(i); i++) {
		const char *name = airlock_profile_builtin_name(i);
		struct airlock_profile *p = profile_of(name);
		struct airlock_report *report = NULL;
		struct airlock_seal *seal = NULL;
		int r, none = !strcmp(name, "none");

		airlock_profile_command(p, "/bin/cat", ARGV("/bin/cat"));
		r = airlock_seal_new(p, &seal, &report);
		assert_int_equal(r, none ? 0 : -EOPNOTSUPP);
		must_be_state(report, "landlock-fs", none ? AIRLOCK_NOT_ASKED : AIRLOCK_LOST, "");
		airlock_report_free(report);
		airlock_seal_free(seal);

		set(p, "BestEffort", "landlock");
		r = airlock_seal_new(p, &seal, &report);
		assert_int_equal(r, 0);
		must_be_state(report, "landlock-fs", none ? AIRLOCK_NOT_ASKED : AIRLOCK_LOST, "");
		airlock_report_free(report);
		airlock_seal_free(seal);
		airlock_profile_free(p);
	}
}

static void p8_without_landlock_builtins_fail_and_say_so(void **state)
{
	(void)state;
	in_child(try_without_landlock, NULL);
}

/* Calls that C libraries make which are not here, or that this one makes on other kernels */

static const struct seccomp_data libc_calls[] = {
#ifdef SYS_open
	{ .nr = SYS_open },
	{ .nr = SYS_stat },
	{ .nr = SYS_lstat },
	{ .nr = SYS_access },
	{ .nr = SYS_readlink },
	{ .nr = SYS_getpgrp },
	{ .nr = SYS_poll },
	{ .nr = SYS_time },
	{ .nr = SYS_arch_prctl },
#endif
	{ .nr = SYS_openat },
	{ .nr = SYS_openat, .args = { (uint32_t)AT_FDCWD, 0, O_CLOEXEC | O_NOFOLLOW } },
	{ .nr = SYS_openat, .args = { (uint64_t)AT_FDCWD, 0, O_CLOEXEC | O_DIRECTORY } },
	{ .nr = SYS_fstat },
	{ .nr = SYS_newfstatat },
	{ .nr = SYS_statx },
	{ .nr = SYS_faccessat },
	{ .nr = 439 }, /* faccessat2 */
	{ .nr = SYS_readlinkat },
	{ .nr = SYS_read },
	{ .nr = SYS_readv },
	{ .nr = SYS_pread64 },
	{ .nr = SYS_lseek },
	{ .nr = SYS_write, .args = { 1 } },
	{ .nr = SYS_write, .args = { 2 } },
	{ .nr = SYS_writev, .args = { 1 } },
	{ .nr = SYS_writev, .args = { 2 } },
	{ .nr = SYS_close },
	{ .nr = SYS_fcntl, .args = { 0, F_GETFL } },
	{ .nr = SYS_fcntl, .args = { 3, F_SETFD, FD_CLOEXEC } },
	{ .nr = SYS_fcntl, .args = { 3, F_DUPFD_CLOEXEC, 10 } },
	{ .nr = SYS_ioctl, .args = { 1, 0x5401 } }, /* TCGETS */
	{ .nr = SYS_ioctl, .args = { 1, 0x5413 } }, /* TIOCGWINSZ */
	{ .nr = SYS_ppoll },
	{ .nr = SYS_brk },
	{ .nr = SYS_mmap },
	{ .nr = SYS_mremap },
	{ .nr = SYS_munmap },
	{ .nr = SYS_madvise },
	{ .nr = SYS_mprotect },
	{ .nr = SYS_prlimit64, .args = { 0, 3, 0 } },
	{ .nr = SYS_set_tid_address },
	{ .nr = SYS_set_robust_list },
#ifdef SYS_rseq
	{ .nr = SYS_rseq },
#endif
	{ .nr = SYS_futex },
	{ .nr = SYS_getrandom },
	{ .nr = SYS_rt_sigaction },
	{ .nr = SYS_rt_sigprocmask },
	{ .nr = SYS_rt_sigreturn },
	{ .nr = SYS_sigaltstack },
	{ .nr = SYS_restart_syscall },
	{ .nr = SYS_clock_gettime },
	{ .nr = SYS_clock_getres },
	{ .nr = SYS_gettimeofday },
	{ .nr = SYS_getcpu },
	{ .nr = SYS_sched_getaffinity },
	{ .nr = SYS_sched_yield },
	{ .nr = SYS_sysinfo },
	{ .nr = SYS_uname },
	{ .nr = SYS_getpid },
	{ .nr = SYS_gettid },
	{ .nr = SYS_getuid },
	{ .nr = SYS_exit },
	{ .nr = SYS_exit_group },
};

static size_t exported(const struct airlock_seal *seal, struct sock_filter *code, size_t n)
{
	int fd = memfd_create("program", MFD_CLOEXEC), r = airlock_seal_export_bpf(seal, fd);
	ssize_t size;

	assert_int_equal(r, 0);
	size = pread(fd, code, n * sizeof *code, 0);
	close(fd);
	assert_true(size > 0 && (size_t)size < n * sizeof *code);
	return (size_t)size / sizeof *code;
}

static void every_builtin_allows_what_c_libraries_call(void **state)
{
	static struct sock_filter code[4096];

	(void)state;
	for (size_t i = 0; airlock_profile_builtin_name(i); i++) {
		const char *name = airlock_profile_builtin_name(i);
		struct airlock_seal *seal;
		size_t n;

		if (!strcmp(name, "none")) /* it has no program but the one exec */
			continue;
		seal = seal_of(name, profile_of(name), ARGV("/bin/cat"));
		n = exported(seal, code, COUNT(code));
		for (size_t k = 0; k < COUNT(libc_calls); k++) {
			struct seccomp_data data = libc_calls[k];
			uint32_t answer;

			data.arch = airlock__audit_arch;
			answer = airlock__bpf_run(code, n, &data, NULL, NULL);
			if (answer != SECCOMP_RET_ALLOW)
				fail_msg("%s: call %d: %#x", name, data.nr, answer);
		}
		airlock_seal_free(seal);
	}
}

/* Callers without privileges: as Squid, which runs its helpers as proxy */

static void become(const char *name)
{
	struct passwd *pw = getpwnam(name);

	if (!pw)
		SKIP("there is no user %s", name);
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid), 0);
	assert_int_equal(setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid), 0);
}

static void all_as(void *name)
{
	become(name);
	for (size_t i = 0; airlock_profile_builtin_name(i); i++)
		airlock_seal_free(seal_of(airlock_profile_builtin_name(i),
					  profile_of(airlock_profile_builtin_name(i)),
					  ARGV("/bin/cat")));
	run_all_of(NULL);
	if (access("/usr/bin/perl", X_OK) == 0)
		try_all();
}

static void skip_unless_root(void)
{
	if (geteuid() != 0)
		SKIP("only root may become another");
}

static void p1_p8_every_builtin_works_for_nobody(void **state)
{
	static char name[] = "nobody";

	(void)state;
	skip_unless_root();
	in_child(all_as, name);
}

static void p1_p8_every_builtin_works_for_proxy(void **state)
{
	static char name[] = "proxy";

	(void)state;
	skip_unless_root();
	in_child(all_as, name);
}

/* A program of our own, by each C library that is here, dynamic and static */

#define UPPER_C \
	"#include <ctype.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include " \
	"<string.h>\n#include <time.h>\n" \
	"static int by_byte(const void *a, const void *b) { return *(const char *)a - *(const " \
	"char *)b; }\n" \
	"int main(void)\n{\n" \
	"	char *line = NULL, when[64];\n	size_t size = 0;\n	ssize_t n;\n" \
	"	while ((n = getline(&line, &size, stdin)) > 0) {\n" \
	"		time_t now = time(NULL);\n" \
	"		char *copy = malloc(1 << 20);\n" \
	"		copy = realloc(copy, 1 << 22);\n" \
	"		strftime(when, sizeof when, \"%c\", localtime(&now));\n" \
	"		memcpy(copy, line, (size_t)n);\n" \
	"		qsort(copy, (size_t)n, 1, by_byte);\n" \
	"		free(copy);\n" \
	"		for (ssize_t i = 0; i < n; i++)\n			" \
	"putchar(toupper(line[i]));\n" \
	"		fflush(stdout);\n	}\n" \
	"	free(line);\n	return 0;\n}\n"

static void compile(const char *compiler, const char *options, const char *name)
{
	char command[PATH_MAX * 2];
	int st;

	snprintf(command, sizeof command,
		 "command -v %s >/dev/null || exit 0; %s -O1 %s -o %s/%s %s/upper.c", compiler,
		 compiler, options, root, name, root);
	st = system(command);
	if (st != 0)
		print_message("%s: wait status %#x\n", command, (unsigned)st);
}

static void make_much(void)
{
	char command[PATH_MAX + 128];
	int st;

	/* half of it hard to pack */
	snprintf(command, sizeof command,
		 "cd %s && { head -c %d /dev/urandom; head -c %d /dev/zero; } >much && gzip -k "
		 "much",
		 root, MUCH / 2, MUCH / 2);
	st = system(command);
	assert_int_equal(st, 0);
}

static int make_root(void **state)
{
	(void)state;
	if (!mkdtemp(root) || chmod(root, 01777) < 0)
		return -1;
	umask(022);
	write_file("ROOT/elsewhere", "not yours\n", 0666);
	write_file("ROOT/upper.c", UPPER_C, 0);
	compile("cc", "-pthread", "upper");
	compile("cc", "-static", "upper-static");
	compile("musl-gcc", "", "upper-musl");
	compile("musl-gcc", "-static", "upper-musl-static");
	make_much();
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "%s", root);
	remove_folder();
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_builtin_parses_and_prints_as_what_it_is),
		TEST(every_builtin_can_be_loaded_as_a_file),
		TEST(p8_no_builtin_loses_a_restriction_here),
		TEST(p1_p3_strict_runs_what_needs_nothing),
		TEST(p1_p3_filter_runs_line_filters),
		TEST(p1_p3_squid_auth_runs_its_helpers),
		TEST(p1_p3_squid_rewrite_runs_its_helpers),
		TEST(p1_p3_squid_log_and_unlinkd_run_their_helpers),
		TEST(p1_p3_network_client_and_none_run_filters_too),
		TEST(squid_auth_sees_passwords_that_are_replaced),
		TEST(squid_auth_sees_digests_that_are_replaced),
		TEST(filter_does_not_see_a_file_that_is_replaced),
		TEST(squid_auth_looks_up_groups_in_files),
		TEST(errors_are_as_outside),
		TEST(a_helper_that_is_stopped_and_continued_goes_on),
		TEST(sigterm_ends_them),
		TEST(a_mebibyte_goes_through),
		TEST(squid_log_turns_its_log_over),
		TEST(squid_unlinkd_removes_beneath_its_folder_and_nowhere_else),
		TEST(p8_p9_what_a_builtin_refuses_is_refused),
		TEST(unsealed_the_same_works),
		TEST(network_client_connects_with_threads_and_names),
		TEST(network_client_keeps_to_the_ports_it_is_given),
		TEST(p8_builtins_hold_with_older_landlocks),
		TEST(p8_without_landlock_builtins_fail_and_say_so),
		TEST(every_builtin_allows_what_c_libraries_call),
		TEST(p1_p8_every_builtin_works_for_nobody),
		TEST(p1_p8_every_builtin_works_for_proxy),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
