/* SPDX-License-Identifier: ISC */
/*
 * test_squid.c: real helpers from Debian's squid package, over each stream channel.
 *
 * Each is asked in Squid's own helper protocol, and what comes of it (answers, messages on
 * standard error, files, exit status) is compared with the same helper run by a shell over the
 * same questions, and with what the answers must mean. SQUID_LIBEXEC says where the helpers are,
 * if it is not /usr/lib/squid.
 */
#define _GNU_SOURCE
#include "common.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "airlock/ipc.h"

enum { PATIENCE_MS = 10000 };

static const enum airlock_channel streams[] = { AIRLOCK_TCP, AIRLOCK_FIFO, AIRLOCK_UNIX_STREAM };

struct file {
	const char *name, *text;
};

struct exchange {
	const char *question;
	const char *meaning; /* the answer begins so; NULL: no answer is due */
};

/* A helper, as it is run in a folder that holds `files`: its arguments are relative to that. */
struct subject {
	const char *program;
	const char *args[3];
	struct file files[4];
	struct exchange talk[9];
	const char *interpreter; /* of a #! script */
	const char *opens;	 /* what it opens itself and holds */
	const char *rotates;	 /* to this, and then opens the other anew and writes to it */
	bool null_stderr;	 /* it makes its own 2 /dev/null */
};

/* Folders. Each run has a fresh one; the picture of a folder is all that is in it, as one text. */

static char root[] = "/tmp/airlock-squid-XXXXXX";

static const char *path_in(const char *dir, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	FILE *f = fopen(path_in(dir, name), "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void append_file(FILE *to, const char *path)
{
	char buf[4096];
	FILE *f = fopen(path, "re");
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		fwrite(buf, 1, n, to);
	fclose(f);
}

static int no_dots(const struct dirent *e)
{
	return *e->d_name != '.';
}

static char *picture(const char *dir)
{
	struct dirent **names;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int n = scandir(dir, &names, no_dots, alphasort);

	assert_non_null(f);
	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		fprintf(f, "== %s\n", names[i]->d_name);
		append_file(f, path_in(dir, names[i]->d_name));
		free(names[i]);
	}
	free(names);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void remove_folder(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, no_dots, alphasort);

	for (int i = 0; i < n; i++) {
		unlink(path_in(dir, names[i]->d_name));
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	rmdir(dir);
}

static const char *program_path(const char *name)
{
	static char path[4096];
	const char *dir = getenv("SQUID_LIBEXEC");

	snprintf(path, sizeof path, "%s/%s", dir ? dir : "/usr/lib/squid", name);
	return path;
}

static char *all_questions(const struct subject *s)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	for (const struct exchange *x = s->talk; x->question; x++)
		fputs(x->question, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static const char *new_folder(const struct subject *s, const char *name)
{
	static char dir[4096];
	char *questions = all_questions(s);

	snprintf(dir, sizeof dir, "%s/%s-%s", root, s->program, name);
	assert_int_equal(mkdir(dir, 0700), 0);
	for (const struct file *f = s->files; f->name; f++)
		write_file(dir, f->name, f->text);
	write_file(dir, "questions", questions);
	free(questions);
	return dir;
}

/* The three ways to run a helper */

static char *run_by_shell(const struct subject *s)
{
	char command[8192], args[1024] = "", *seen;
	const char *dir = new_folder(s, "shell");

	for (size_t i = 0; i < COUNT(s->args) && s->args[i]; i++) {
		strcat(args, " ");
		strcat(args, s->args[i]);
	}
	snprintf(command, sizeof command, "cd '%s' && '%s'%s <questions >answers 2>messages", dir,
		 program_path(s->program), args);
	assert_int_equal(system(command), 0);
	seen = picture(dir);
	remove_folder(dir);
	return seen;
}

static struct airlock_helper running; /* so that a test that fails leaves nothing to the next */

static int stop_running(void **state)
{
	(void)state;
	if (running.pid > 0)
		airlock_stop(&running, 100, NULL);
	close_many();
	return 0;
}

static void start(const struct subject *s, enum airlock_channel c, const char *dir)
{
	char *argv[COUNT(s->args) + 2] = { (char *)program_path(s->program) };
	struct airlock_options o = options_for(c, argv);

	for (size_t i = 0; i < COUNT(s->args) && s->args[i]; i++)
		argv[i + 1] = (char *)s->args[i];
	o.cwd = dir;
	o.stderr_fd =
		open(path_in(dir, "messages"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(o.stderr_fd >= 0);
	running = must_spawn(&o);
	close(o.stderr_fd);
}

static void assert_meaning(enum airlock_channel c, const struct exchange *x, const char *answer)
{
	if (strncmp(answer, x->meaning, strlen(x->meaning)))
		fail_msg("%s: asked '%s', it says '%s', and not '%s'", channel_name(c), x->question,
			 answer, x->meaning);
}

static void await_content(const char *path)
{
	struct stat st;
	int64_t end = now_ms() + PATIENCE_MS;

	while (stat(path, &st) < 0 || st.st_size == 0) {
		if (now_ms() > end)
			fail_msg("nothing appears in %s", path);
		usleep(1000);
	}
}

static struct stat state_of(pid_t pid, int fd)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	if (stat(path, &st) < 0)
		fail_msg("P3: the helper has no %d", fd);
	return st;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* P3: 0, 1, 2 and what it has opened itself */
static void assert_no_other_descriptor(const struct subject *s, pid_t pid, const char *dir)
{
	char path[64];
	struct stat st, opened = { 0 };
	struct dirent *e;
	DIR *d;
	int others = 0;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	d = opendir(path);
	assert_non_null(d);
	if (s->opens)
		assert_int_equal(stat(path_in(dir, s->opens), &opened), 0);
	while ((e = readdir(d))) {
		if (*e->d_name == '.' || atoi(e->d_name) <= STDERR_FILENO)
			continue;
		st = state_of(pid, atoi(e->d_name));
		if (!s->opens || !same_file(&st, &opened))
			fail_msg("P3: the helper holds descriptor %s, too", e->d_name);
		others++;
	}
	closedir(d);
	assert_int_equal(others, s->opens != NULL);
}

/* P3: and the three are what they must be */
static void assert_stdio(const struct subject *s, enum airlock_channel c,
			 const struct airlock_helper *h, const char *dir)
{
	struct stat in = state_of(h->pid, 0), out = state_of(h->pid, 1), err = state_of(h->pid, 2),
		    st;

	if (c == AIRLOCK_FIFO) {
		assert_int_equal(fstat(h->wfd, &st), 0);
		assert_true(same_file(&in, &st));
		assert_int_equal(fstat(h->rfd, &st), 0);
		assert_true(same_file(&out, &st));
	} else {
		assert_true(S_ISSOCK(in.st_mode));
		assert_true(same_file(&in, &out));
	}
	if (s->null_stderr) {
		assert_true(S_ISCHR(err.st_mode) && err.st_rdev == makedev(1, 3));
	} else {
		assert_int_equal(stat(path_in(dir, "messages"), &st), 0);
		assert_true(same_file(&err, &st));
	}
}

/* As Squid does: a question, and its answer, and the next. */
static void talk(const struct subject *s, enum airlock_channel c, const struct airlock_helper *h,
		 FILE *answers)
{
	char answer[4096];

	for (const struct exchange *x = s->talk; x->question; x++) {
		if (!x->meaning) {
			put_all(h->wfd, x->question, strlen(x->question));
			continue;
		}
		ask(h, x->question, answer, sizeof answer);
		assert_meaning(c, x, answer);
		fputs(answer, answers);
	}
}

static char *run_with_talk(const struct subject *s, enum airlock_channel c)
{
	const char *dir = new_folder(s, channel_name(c));
	FILE *answers = fopen(path_in(dir, "answers"), "we");
	char *seen;

	assert_non_null(answers);
	start(s, c, dir);
	talk(s, c, &running, answers);
	assert_int_equal(fclose(answers), 0);
	/* now it is past its loader, which opens and closes as it likes */
	if (s->rotates) {
		await_content(path_in(dir, s->rotates));
		await_content(path_in(dir, s->opens));
	}
	assert_no_other_descriptor(s, running.pid, dir);
	assert_stdio(s, c, &running, dir);
	must_stop(&running, 0);
	seen = picture(dir);
	remove_folder(dir);
	return seen;
}

/* As the shell does: all questions, then end of file. */
static char *run_with_half_close(const struct subject *s, enum airlock_channel c)
{
	const char *dir = new_folder(s, channel_name(c));
	char *questions = all_questions(s), *answers, *seen;

	start(s, c, dir);
	put_all(running.wfd, questions, strlen(questions));
	free(questions);
	if (c == AIRLOCK_FIFO) {
		assert_int_equal(close(running.wfd), 0);
		running.wfd = -1;
	} else {
		assert_int_equal(shutdown(running.wfd, SHUT_WR), 0);
	}
	answers = read_all(&running, c, NULL);
	must_stop(&running, 0);
	write_file(dir, "answers", answers);
	free(answers);
	seen = picture(dir);
	remove_folder(dir);
	return seen;
}

/* One helper, all of it */

static void skip_without(const struct subject *s)
{
	const char *path = program_path(s->program);

	if (access(path, X_OK) < 0)
		SKIP("%s: %s; it comes with Debian's squid package", path, strerror(errno));
	if (s->interpreter && access(s->interpreter, X_OK) < 0)
		SKIP("%s: %s", s->interpreter, strerror(errno));
}

static void compare_with_shell(const struct subject *s)
{
	char *by_shell, *seen;
	int fds;

	skip_without(s);
	by_shell = run_by_shell(s);
	airlock_reserve();
	open_many(20); /* none is close-on-exec, and no helper may see them */
	fds = count_fds();
	for (size_t i = 0; i < COUNT(streams); i++) {
		seen = run_with_talk(s, streams[i]);
		assert_string_equal(seen, by_shell);
		free(seen);
		seen = run_with_half_close(s, streams[i]);
		assert_string_equal(seen, by_shell);
		free(seen);
	}
	free(by_shell);
	assert_int_equal(count_fds(), fds);
	close_many();
	assert_true(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
}

/* alice: secret, Apache's MD5; bob: swordfish, SHA-512 by crypt(3); dave smith: secret, MD5 */
#define PASSWORDS \
	"alice:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/\n" \
	"bob:$6$abcdefgh$nXozMQ7eIF4OiwaKAhepst9mtOKKwNBYsZ." \
	"fglGECyVpFcHnUxZl1rg3LFqBimZ7VM0sJWgFd.52RjaQ/cpR90\n" \
	"dave smith:$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1\n"

static void p1_p3_p5_basic_ncsa_auth(void **state)
{
	static const struct subject s = {
		.program = "basic_ncsa_auth",
		.args = { "passwords" },
		.files = { { "passwords", PASSWORDS } },
		.talk = {
			{ "alice secret\n", "OK" },
			{ "alice wrong\n", "ERR" },
			{ "nobody secret\n", "ERR" },
			{ "bob swordfish\n", "OK" },
			{ "bob Swordfish\n", "ERR" },
			{ "dave%20smith se%63ret\n", "OK" },
			{ "alice\n", "ERR" },
		},
	};

	(void)state;
	compare_with_shell(&s);
}

/* the answer is the MD5 of alice:realm:secret */
static void p1_p3_p5_digest_file_auth(void **state)
{
	static const struct subject s = {
		.program = "digest_file_auth",
		.args = { "passwords" },
		.files = { { "passwords", "# comment\nalice:secret\n" } },
		.talk = {
			{ "\"alice\":\"realm\"\n", "OK ha1=\"e16233c09b685e3dd5e17671513db3df\"" },
			{ "\"nobody\":\"realm\"\n", "ERR" },
			{ "7 \"alice\":\"realm\"\n", "7 OK ha1=\"e16233c09b685e3dd5e17671513db3df\"" },
			{ "nonsense\n", "BH" },
		},
	};

	(void)state;
	compare_with_shell(&s);
}

static void p1_p3_p5_ext_file_userip_acl(void **state)
{
	static const struct subject s = {
		.program = "ext_file_userip_acl",
		.args = { "-f", "addresses" },
		.opens = "addresses",
		.files = { { "addresses", "10.0.0.0/255.0.0.0 alice\n192.168.1.1 ALL\n127.0.0.1 NONE\n" } },
		.talk = {
			{ "10.1.2.3 alice\n", "OK" },
			{ "10.1.2.3 bob\n", "ERR" },
			{ "192.168.1.1 bob\n", "OK" },
			{ "127.0.0.1 alice\n", "ERR" },
			{ "192.0.2.1 alice\n", "ERR" },
		},
	};

	(void)state;
	compare_with_shell(&s);
}

/* ERR: the address stays as it is */
static void p1_p3_p5_url_fake_rewrite(void **state)
{
	static const struct subject s = {
		.program = "url_fake_rewrite",
		.talk = {
			{ "http://example.com/ 127.0.0.1/localhost - GET\n", "ERR" },
			{ "0 http://example.com/ 127.0.0.1/localhost - GET\n", "0 ERR" },
			{ "12 http://example.net/a?b 127.0.0.1/localhost alice POST\n", "12 ERR" },
		},
	};

	(void)state;
	compare_with_shell(&s);
}

static void p1_p3_p5_unlinkd(void **state)
{
	static const struct subject s = {
		.program = "unlinkd",
		.null_stderr = true,
		.files = { { "0001", "swap file" }, { "0002", "swap file" }, { "0003", "stays" } },
		.talk = {
			{ "0001\n", "OK" },
			{ "missing\n", "ERR" },
			{ "0002\n", "OK" },
			{ "0001\n", "ERR" },
		},
	};

	(void)state;
	compare_with_shell(&s);
}

/* A #! script; and it speaks on 2 of the rule that it does not understand. */
static void p1_p3_p5_storeid_file_rewrite(void **state)
{
	static const struct subject s = {
		.program = "storeid_file_rewrite",
		.interpreter = "/usr/bin/perl",
		.args = { "rules" },
		.files = { { "rules", "^http://[^.]+\\.dl\\.example\\.net/([^ ]*).*\thttp://dl.example.net.squid.internal/$1\n"
				      "a rule without a tab\n" } },
		.talk = {
			{ "http://a.dl.example.net/x -\n", "OK store-id=http://dl.example.net.squid.internal/x\n" },
			{ "http://example.org/ -\n", "ERR\n" },
			{ "7 http://b.dl.example.net/y/z -\n", "7 OK store-id=http://dl.example.net.squid.internal/y/z\n" },
			{ "8 http://example.org/ -\n", "8 ERR\n" },
		},
	};

	(void)state;
	compare_with_shell(&s);
}

/* L: a line for the log; F: flush; R: rotate. It answers nothing: what it wrote is compared. */
static void p1_p3_p5_log_file_daemon(void **state)
{
	static const struct subject s = {
		.program = "log_file_daemon",
		.args = { "access.log" },
		.opens = "access.log",
		.rotates = "access.log.0",
		.null_stderr = true,
		.talk = {
			{ "L1700000000.000 1 127.0.0.1 TCP_MISS/200 GET http://example.com/\n", NULL },
			{ "F\n", NULL },
			{ "R\n", NULL },
			{ "L1700000001.000 1 127.0.0.1 TCP_HIT/200 GET http://example.com/a\n", NULL },
			{ "L1700000002.000 1 127.0.0.1 TCP_HIT/200 GET http://example.com/b\n", NULL },
			{ "F\n", NULL },
		},
	};

	(void)state;
	compare_with_shell(&s);
}

/* The old call, as Squid-2 made it: the name in brackets is all that ps(1) shows. */

static void assert_command_line(pid_t pid, const char *args, size_t n)
{
	char path[64], seen[4096];
	ssize_t got;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	got = read(fd, seen, sizeof seen);
	close(fd);
	assert_int_equal(got, n);
	assert_memory_equal(seen, args, n);
}

static void ask_by_ipc(int type)
{
	static const char command_line[] = "(ncsa_auth)\0passwords";
	const char *args[] = { "(ncsa_auth)", "passwords", NULL };
	struct airlock_helper h = { .pidfd = -1 };
	char answer[4096];
	int st;

	h.pid = ipcCreate(type, program_path("basic_ncsa_auth"), args, "ncsa_auth", &h.rfd, &h.wfd,
			  NULL);
	assert_true(h.pid > 0);
	ask(&h, "alice secret\n", answer, sizeof answer);
	assert_memory_equal(answer, "OK", 2);
	ask(&h, "alice wrong\n", answer, sizeof answer);
	assert_memory_equal(answer, "ERR", 3);
	assert_command_line(h.pid, command_line, sizeof command_line);
	ipcClose(h.pid, h.rfd, h.wfd);
	assert_int_equal(waitpid(h.pid, &st, 0), h.pid);
	/* end of file and SIGTERM come together */
	assert_true(st == 0 || (WIFSIGNALED(st) && WTERMSIG(st) == SIGTERM));
}

static void ipcCreate_starts_basic_ncsa_auth(void **state)
{
	static const struct subject s = { .program = "basic_ncsa_auth",
					  .files = { { "passwords", PASSWORDS } } };
	char before[4096];
	const char *dir;

	(void)state;
	skip_without(&s);
	assert_non_null(getcwd(before, sizeof before));
	dir = new_folder(&s, "ipc");
	assert_int_equal(chdir(dir), 0);
	ask_by_ipc(IPC_TCP_SOCKET);
	ask_by_ipc(IPC_FIFO);
	ask_by_ipc(IPC_STREAM);
	assert_int_equal(chdir(before), 0);
	remove_folder(dir);
}

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

/* What a test that failed has left goes with it. */
static int remove_root(void **state)
{
	struct dirent **names;
	int n = scandir(root, &names, no_dots, alphasort);

	(void)state;
	for (int i = 0; i < n; i++) {
		char dir[4096];

		snprintf(dir, sizeof dir, "%s/%s", root, names[i]->d_name);
		remove_folder(dir);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(p1_p3_p5_basic_ncsa_auth, stop_running),
		cmocka_unit_test_teardown(p1_p3_p5_digest_file_auth, stop_running),
		cmocka_unit_test_teardown(p1_p3_p5_ext_file_userip_acl, stop_running),
		cmocka_unit_test_teardown(p1_p3_p5_url_fake_rewrite, stop_running),
		cmocka_unit_test_teardown(p1_p3_p5_unlinkd, stop_running),
		cmocka_unit_test_teardown(p1_p3_p5_storeid_file_rewrite, stop_running),
		cmocka_unit_test_teardown(p1_p3_p5_log_file_daemon, stop_running),
		cmocka_unit_test(ipcCreate_starts_basic_ncsa_auth),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
