/* SPDX-License-Identifier: ISC */
/*
 * test_run.c: airlock run: nothing is lost, changed or kept for ever between our standard streams and a
 * helper's channel, whoever dies, floods or does not read; and what becomes of signals and of the status.
 */
#define _GNU_SOURCE
#include "common.h"
#include "command.h"

#include <fcntl.h>
#include <poll.h>
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

#define REPORT helper_program("report")

/* perl and sh need files and, some, forks: what is tested is what goes between */
#define FREE "--profile", "none"
#define FREER FREE, "-p", "ExecOnce=no"

enum { MESSAGE = 65536, UDP_MESSAGE = 65507, LONG_MS = 20000 };

static const char *const types[] = { "none",	    "tcp",	  "udp",	   "fifo",
				     "unix-stream", "unix-dgram", "unix-seqpacket" };

/* A run with all its ends in our hands */
struct live {
	pid_t pid;
	int in, out, err; /* ours, -1: closed */
};

struct setting {
	int in, out;	      /* its own instead, 0: pipes */
	void (*before)(void); /* in the child, before the exec */
};

static struct live start_with(const struct setting *s, const char *const argv[])
{
	int in[2], out[2], err[2];
	struct live l;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	l = (struct live){ fork(), in[1], out[0], err[0] };
	assert_true(l.pid >= 0);
	if (l.pid == 0) {
		/* a test that fails leaves nobody behind */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_DFL);
		dup2(s->in ? s->in : in[0], 0);
		dup2(s->out ? s->out : out[1], 1);
		dup2(err[1], 2);
		if (s->before)
			s->before();
		execv(AIRLOCK, (char *const *)argv);
		_exit(98);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	return l;
}

#define START_WITH(setting, ...) \
	start_with(setting, (const char *const[]){ "airlock", "run", __VA_ARGS__, NULL })
#define START(...) START_WITH(&(struct setting){ 0 }, __VA_ARGS__)

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* waitpid(2), bounded */
static int wait_for(pid_t pid, int options)
{
	int st, r;

	for (int64_t end = now_ms() + LONG_MS; (r = waitpid(pid, &st, options | WNOHANG)) == 0;) {
		if (now_ms() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			fail_msg("airlock run does not end, stop or go on");
		}
		usleep(2000);
	}
	assert_int_equal(r, pid);
	return st;
}

static int code_of(int st)
{
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

/* Its exit code, when it ends with our ends still open */
static int ends_itself(struct live *l)
{
	int st = wait_for(l->pid, 0);

	shut(&l->in);
	shut(&l->out);
	shut(&l->err);
	return code_of(st);
}

/* When its input is at its end */
static int end(struct live *l)
{
	shut(&l->in);
	return ends_itself(l);
}

/* One line of `fd`, without its newline, within LONG_MS. Static storage. */
static const char *line_of(int fd)
{
	static char line[8192];

	for (size_t n = 0; n < sizeof line; n++) {
		if (!readable(fd, LONG_MS))
			fail_msg("no line comes");
		if (read(fd, line + n, 1) != 1)
			fail_msg("the end comes, and no line");
		if (line[n] == '\n') {
			line[n] = 0;
			return line;
		}
	}
	fail_msg("a line without end");
	return NULL;
}

/* The next one of our own: helpers, too, may say something */
static const char *own_line_of(int fd)
{
	const char *line;

	do
		line = line_of(fd);
	while (strncmp(line, "airlock: ", 9) != 0);
	return line;
}

/* Its value in /proc/PID/status, a number; -1: there is none */
static long status_of(pid_t pid, const char *key)
{
	char path[64], line[256];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, key, strlen(key)))
			value = strtol(line + strlen(key), NULL, 10);
	if (f)
		fclose(f);
	return value;
}

static char state_of(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state;
}

static void until_state(pid_t pid, const char *states)
{
	for (int64_t over = now_ms() + LONG_MS; !strchr(states, state_of(pid)); usleep(2000))
		if (now_ms() > over)
			fail_msg("process %d is in state %c, not %s", (int)pid, state_of(pid),
				 states);
}

/* Not there any more, but for what its parent has to reap (strchr(3) finds the 0 of no state, too) */
static void until_gone(pid_t pid)
{
	until_state(pid, "ZX");
}

/* Bounded memory: the program, its libraries, two buffers. A sanitizer has a shadow. */
static void assert_small(pid_t pid)
{
	long kib = status_of(pid, "VmHWM:");

	assert_true(kib > 0);
	if (!UNDER_SANITIZER && kib > 16 * 1024)
		fail_msg("airlock run has used %ld KiB", kib);
}

/* Text of `n` bytes, from malloc: lines of `width` with their newline */
static char *text_of(size_t n, size_t width)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = (i + 1) % width ? (char)('a' + i / width % 26) : '\n';
	text[n] = 0;
	return text;
}

/* Channels */

static void every_channel_carries_lines(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(types); i++) {
		struct ran r =
			RAN("one\ntwo\n\nfour\n", "airlock", "run", "--channel", types[i], "cat");

		assert_ran(&r, 0, "");
		assert_string_equal(r.out, "one\ntwo\n\nfour\n");
		command_free(&r);
	}
}

static void unix_stream_is_the_default(void **state)
{
	struct ran r = RAN("", "airlock", "run", FREE, "perl", "-e",
			   "print unpack('S', getsockname STDIN), ' ', unpack('i', getsockopt "
			   "STDIN, 1, 3)");

	(void)state;
	assert_ran(&r, 0, "");
	/* AF_UNIX, SOCK_STREAM */
	assert_string_equal(r.out, "1 1");
	command_free(&r);
}

static void none_is_no_channel(void **state)
{
	struct live l = START("--channel", "none", FREE, "sh", "-c",
			      "read x; echo lost; echo said >&2; exit 3");
	char left[8];

	(void)state;
	put_all(l.in, "input\n", 6);
	assert_contains(line_of(l.err), "]: said");
	shut(&l.in);
	assert_int_equal(read(l.out, left, sizeof left), 0);
	assert_int_equal(end(&l), 3);
}

static const char message_sizes[] =
	"while (defined($n = sysread STDIN, $b, 1 << 20) && $n) { syswrite STDOUT, length $b }";

static void a_line_is_a_message_with_its_newline(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ran r;

		if (is_stream((enum airlock_channel)i) || i == AIRLOCK_NONE)
			continue;
		r = RAN("four\n\nlast", "airlock", "run", FREE, "--channel", types[i], "perl", "-e",
			message_sizes);
		assert_ran(&r, 0, "");
		/* and each of the answers, which have none, is a line */
		assert_string_equal(r.out, "5\n1\n4\n");
		command_free(&r);
	}
}

static void an_empty_message_is_an_empty_line_and_no_end(void **state)
{
	static const char *const say = "syswrite STDOUT, 'a'; send STDOUT, '', 0; syswrite STDOUT, "
				       "'b'; sysread STDIN, $b, 9";

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ran r;

		if (is_stream((enum airlock_channel)i) || i == AIRLOCK_NONE)
			continue;
		r = RAN("x\n", "airlock", "run", FREE, "--channel", types[i], "perl", "-e", say);
		assert_ran(&r, 0, "");
		assert_string_equal(r.out, "a\n\nb\n");
		command_free(&r);
	}
}

/* Who does not read keeps us from seeing it before the helper has gone */
static void an_empty_message_of_a_dead_helper_is_no_end_either(void **state)
{
	static const char say[] = "syswrite STDOUT, 'x' x 60000 for 1, 2; syswrite STDOUT, 'a'; "
				  "send STDOUT, '', 0; syswrite STDOUT, 'b'";
	struct live l = START(FREE, "--channel", "unix-seqpacket", "perl", "-e", say);
	char *text = malloc(120100);
	size_t n = 0;
	ssize_t r;

	(void)state;
	usleep(700000);
	while ((r = read(l.out, text + n, 120100 - n)) > 0)
		n += (size_t)r;
	assert_int_equal(n, 2 * 60001 + 5);
	assert_memory_equal(text + n - 5, "a\n\nb\n", 5);
	free(text);
	assert_int_equal(end(&l), 0);
}

static void the_longest_message_passes_and_one_byte_more_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		size_t most = i == AIRLOCK_UDP ? UDP_MESSAGE : MESSAGE;
		char *text, want[128];
		struct ran r;

		if (is_stream((enum airlock_channel)i) || i == AIRLOCK_NONE)
			continue;
		text = text_of(most, most);
		r = RAN(text, "airlock", "run", "--channel", types[i], "cat");
		assert_ran(&r, 0, "");
		assert_string_equal(r.out, text);
		command_free(&r);
		free(text);

		/* two short ones, and the third */
		text = text_of(most + 3, most + 3);
		text[0] = text[1] = '\n';
		r = RAN(text, "airlock", "run", "--channel", types[i], "cat");
		snprintf(want, sizeof want,
			 "airlock: standard input: line 3 is longer than the %zu bytes of a "
			 "message\n",
			 most);
		/* after what cat says of an answer that it cannot give any more */
		assert_int_equal(r.code, 125);
		assert_contains(r.err, want);
		command_free(&r);
		free(text);
	}
}

static void a_longer_message_of_the_helper_is_an_error(void **state)
{
	struct ran r = RAN("x\n", "airlock", "run", FREE, "--channel", "unix-dgram", "perl", "-e",
			   "syswrite STDOUT, 'y' x 70000; sleep 30");

	(void)state;
	assert_ran(&r, 125,
		   "airlock: a message of 70000 bytes from the helper is longer than 65536\n");
	assert_string_equal(r.out, "");
	command_free(&r);
}

/* Its port is free for others then: held, or else not read any more */
static void the_last_words_of_a_udp_helper_arrive(void **state)
{
	struct ran r = RAN("", "airlock", "run", FREE, "--channel", "udp", "perl", "-e",
			   "select undef, undef, undef, 0.3; syswrite STDOUT, \"bye\\n\"; exit 4");

	(void)state;
	if (r.code == 4 && !*r.out) {
		command_free(&r);
		SKIP("pidfd_getfd(2) is refused here");
	}
	assert_ran(&r, 4, "");
	assert_string_equal(r.out, "bye\n");
	command_free(&r);
}

static void a_datagram_helper_that_ignores_sigterm_is_killed(void **state)
{
	struct ran r =
		RAN("x\n", "airlock", "run", FREE, "--channel", "unix-dgram", REPORT, "hang");

	(void)state;
	assert_ran(&r, 128 + SIGKILL, "");
	command_free(&r);
}

/* 1 GiB of blocks, each with its number, through cat */

enum { BLOCK = 1 << 16 };

static void fill_block(char *block)
{
	unsigned x = 1;

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = (char)((x = x * 1103515245 + 12345) >> 16);
}

static pid_t fork_writer(int fd, unsigned long blocks)
{
	static char block[BLOCK];
	pid_t pid;

	fill_block(block);
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	for (unsigned long i = 0; i < blocks; i++) {
		memcpy(block, &i, sizeof i);
		for (size_t n = 0; n < BLOCK;) {
			ssize_t w = write(fd, block + n, BLOCK - n);

			if (w < 0)
				_exit(1);
			n += (size_t)w;
		}
	}
	_exit(0);
}

static void read_blocks(int fd, unsigned long blocks, pid_t airlock)
{
	static char want[BLOCK], got[BLOCK];

	fill_block(want);
	for (unsigned long i = 0; i < blocks; i++) {
		memcpy(want, &i, sizeof i);
		for (size_t n = 0; n < BLOCK;) {
			ssize_t r = read(fd, got + n, BLOCK - n);

			if (r <= 0)
				fail_msg("block %lu: it ends after %zu bytes", i, n);
			n += (size_t)r;
		}
		if (memcmp(want, got, BLOCK) != 0)
			fail_msg("block %lu is not what was written", i);
		if (i == blocks / 16 * 15)
			assert_small(airlock);
	}
	assert_int_equal(read(fd, got, 1), 0);
}

static void a_gibibyte_passes(const char *type)
{
	unsigned long blocks = (unsigned long)scaled((1 << 30) / BLOCK) / (UNDER_SANITIZER ? 8 : 1);
	struct live l = START("--channel", type, "cat");
	pid_t writer = fork_writer(l.in, blocks);

	shut(&l.in);
	read_blocks(l.out, blocks, l.pid);
	assert_int_equal(wait_for(writer, 0), 0);
	assert_int_equal(end(&l), 0);
}

static void a_gibibyte_passes_tcp(void **state)
{
	(void)state;
	a_gibibyte_passes("tcp");
}

static void a_gibibyte_passes_a_fifo(void **state)
{
	(void)state;
	a_gibibyte_passes("fifo");
}

static void a_gibibyte_passes_a_unix_stream(void **state)
{
	(void)state;
	a_gibibyte_passes("unix-stream");
}

/* From a file into a file: neither can be polled */
static void files_are_read_and_written(void **state)
{
	char *folder = temp_folder(), *in = temp_path(folder, "in"),
	     *out = temp_path(folder, "out");
	char *text = text_of(3000000, 77), *got = calloc(1, 3000001);
	struct setting s = { 0 };
	struct live l;

	(void)state;
	temp_file(folder, "in", text, 0600);
	s.in = open(in, O_RDONLY | O_CLOEXEC);
	s.out = open(out, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_int_equal(write(s.out, "before\n", 7), 7);
	l = START_WITH(&s, "cat");
	assert_int_equal(end(&l), 0);
	assert_int_equal(lseek(s.out, 0, SEEK_END), 3000007);
	assert_int_equal(pread(s.out, got, 3000000, 7), 3000000);
	assert_string_equal(got, text);
	close(s.in);
	close(s.out);
	free(text);
	free(got);
	free(in);
	free(out);
	temp_remove(folder);
}

static void sockets_are_read_and_written(void **state)
{
	struct setting s = { 0 };
	struct live l;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	s.in = s.out = pair[1];
	l = START_WITH(&s, "cat");
	close(pair[1]);
	put_all(pair[0], "over a socket\n", 14);
	assert_string_equal(line_of(pair[0]), "over a socket");
	shutdown(pair[0], SHUT_WR);
	assert_int_equal(end(&l), 0);
	close(pair[0]);
}

static void a_terminal_is_read_and_written(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct setting s = { 0 };
	struct live l;

	(void)state;
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		SKIP("there are no pseudo-terminals: %s", strerror(errno));
	s.in = s.out = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(s.in >= 0);
	l = START_WITH(&s, FREE, "perl", "-pe", "BEGIN { $| = 1 } s/^/got /");
	put_all(master, "hi\n", 3);
	/* the terminal's echo first */
	assert_string_equal(line_of(master), "hi\r");
	assert_string_equal(line_of(master), "got hi\r");
	put_all(master, "\004", 1);
	assert_int_equal(end(&l), 0);
	close(s.in);
	close(master);
}

static void shared_descriptors_stay_blocking(void **state)
{
	struct setting s = { 0 };
	int in[2], out[2];
	struct live l;

	(void)state;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	s.in = in[0];
	s.out = out[1];
	l = START_WITH(&s, "cat");
	put_all(in[1], "x\n", 2);
	assert_string_equal(line_of(out[0]), "x");
	assert_false(fcntl(in[0], F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(out[1], F_GETFL) & O_NONBLOCK);
	close(in[1]);
	assert_int_equal(end(&l), 0);
	close(in[0]);
	close(out[0]);
	close(out[1]);
}

static void standard_input_that_cannot_be_read_is_told(void **state)
{
	struct setting s = { .in = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	struct live l = START_WITH(&s, "cat");

	(void)state;
	assert_string_equal(line_of(l.err), "airlock: standard input: Is a directory");
	assert_int_equal(end(&l), 125);
	close(s.in);
}

static void closed_standard_descriptors_are_no_matter(void **state)
{
	(void)state;
	for (unsigned closed = 1; closed < 8; closed++) {
		struct command c = { .argv = (const char *const[]){ "airlock", "run", "cat", NULL },
				     .input = "x\n",
				     .closed = closed };
		struct ran r = command_run(&c);

		assert_ran(&r, 0, "");
		assert_string_equal(r.out, closed & 3 ? "" : "x\n");
		command_free(&r);
	}
}

static void end_of_input_is_end_of_file(void **state)
{
	static const char *const eof[] = { "tcp", "fifo", "unix-stream", "unix-seqpacket" };

	(void)state;
	for (size_t i = 0; i < COUNT(eof); i++) {
		struct ran r = RAN("", "airlock", "run", FREE, "--channel", eof[i], "perl", "-e",
				   "$n = sysread STDIN, $b, 9; select undef, undef, undef, 0.2; "
				   "syswrite STDOUT, \"end $n\\n\"");

		assert_ran(&r, 0, "");
		assert_string_equal(r.out, "end 0\n");
		command_free(&r);
	}
}

/* Standard output */

static void full_standard_output_is_told_and_ends_all(void **state)
{
	struct command c = { .argv = (const char *const[]){ "airlock", "run", FREE, "sh", "-c",
							    "echo $$ >&2; while echo y; do :; done",
							    NULL } };
	struct ran r;

	(void)state;
	c.out_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (c.out_fd < 0)
		SKIP("there is no /dev/full");
	r = command_run(&c);
	assert_int_equal(r.code, 125);
	assert_contains(r.err, "\nairlock: standard output: No space left on device\n");
	until_gone((pid_t)atoi(strchr(r.err, ':') + 2));
	command_free(&r);
	close(c.out_fd);
}

static void ignore_sigpipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static struct live start_flood(void (*before)(void), pid_t *ret_helper)
{
	struct live l = START_WITH(&(struct setting){ .before = before }, FREE, "sh", "-c",
				   "echo $$; while echo y; do :; done");

	*ret_helper = (pid_t)atoi(line_of(l.out));
	return l;
}

static void nobody_reads_standard_output_any_more(void **state)
{
	pid_t helper;
	struct live l = start_flood(NULL, &helper);

	(void)state;
	shut(&l.out);
	assert_int_equal(end(&l), 128 + SIGPIPE);
	until_gone(helper);
	l = start_flood(NULL, &helper);
	shut(&l.out);
	/* as a filter: really by the signal */
	assert_int_equal(WTERMSIG(wait_for(l.pid, 0)), SIGPIPE);
	shut(&l.in);
	shut(&l.err);
}

static void where_sigpipe_is_ignored_that_is_an_error(void **state)
{
	pid_t helper;
	struct live l = start_flood(ignore_sigpipe, &helper);

	(void)state;
	shut(&l.out);
	assert_string_equal(own_line_of(l.err), "airlock: standard output: Broken pipe");
	assert_int_equal(end(&l), 125);
	until_gone(helper);
}

static void what_was_said_before_the_end_waits_for_a_slow_reader(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(types); i++) {
		struct live l;
		char *text;
		size_t n = 0;
		ssize_t r;

		if (!is_stream((enum airlock_channel)i))
			continue;
		l = START("--channel", types[i], REPORT, "flood", "150000");
		sleep(2);
		text = malloc(150001);
		while ((r = read(l.out, text + n, 150001 - n)) > 0)
			n += (size_t)r;
		assert_int_equal(n, 150000);
		assert_int_equal(strspn(text, "x"), n);
		free(text);
		assert_int_equal(end(&l), 0);
	}
}

/* The helper */

static void the_status_is_the_helpers(void **state)
{
	struct ran r = RAN("left\nunread\n", "airlock", "run", REPORT, "exit", "7");

	(void)state;
	assert_ran(&r, 7, "");
	command_free(&r);
	r = RAN(NULL, "airlock", "run", REPORT, "exit", "0");
	assert_ran(&r, 0, "");
	command_free(&r);
	r = RAN(NULL, "airlock", "run", FREE, REPORT, "signal", "9");
	assert_ran(&r, 137, "");
	command_free(&r);
	r = RAN(NULL, "airlock", "run", FREE, REPORT, "signal", "11");
	assert_ran(&r, 139, "");
	command_free(&r);
	/* what the profile refuses */
	r = RAN(NULL, "airlock", "run", "sh", "-c", "(echo) >&2; exit 0");
	assert_ran(&r, 128 + SIGSYS, "");
	command_free(&r);
}

static void what_cannot_be_started_is_told(void **state)
{
	char *folder = temp_folder(), *plain = temp_path(folder, "plain"), want[512];
	struct ran r = RAN(NULL, "airlock", "run", FREE, "no-such-program");

	(void)state;
	assert_int_equal(r.code, 127);
	assert_contains(r.err, "airlock: ");
	assert_contains(r.err, "no-such-program");
	assert_contains(r.err, "No such file or directory\n");
	command_free(&r);
	temp_file(folder, "plain", "#!/bin/sh\n", 0644);
	r = RAN(NULL, "airlock", "run", FREE, plain);
	assert_int_equal(r.code, 126);
	assert_contains(r.err, "Permission denied\n");
	command_free(&r);
	/* and with --restart as well */
	r = RAN(NULL, "airlock", "run", FREE, "--restart", plain);
	assert_int_equal(r.code, 126);
	command_free(&r);
	r = RAN(NULL, "airlock", "run", "--profile", "/no/such/profile", "cat");
	snprintf(want, sizeof want, "airlock: /no/such/profile: No such file or directory\n");
	assert_ran(&r, 125, want);
	command_free(&r);
	free(plain);
	temp_remove(folder);
}

static void the_seal_is_in_force(void **state)
{
	struct ran r = RAN("", "airlock", "run", FREE, "grep", "-E",
			   "^(Seccomp|NoNewPrivs|CapEff):", "/proc/self/status");

	(void)state;
	assert_ran(&r, 0, "");
	assert_contains(r.out, "CapEff:\t0000000000000000\n");
	assert_contains(r.out, "NoNewPrivs:\t1\n");
	assert_contains(r.out, "Seccomp:\t2\n");
	command_free(&r);
	/* `filter' is the default: no file that was not named */
	r = RAN("", "airlock", "run", "sh", "-c", "read x </etc/hostname; echo $?");
	assert_int_equal(r.code, 0);
	assert_contains(r.err, "ermission denied");
	command_free(&r);
}

static void a_dead_helper_does_not_wait_for_the_end_of_input(void **state)
{
	struct live l = START(REPORT, "exit", "3");

	(void)state;
	/* l.in stays open */
	assert_int_equal(ends_itself(&l), 3);
}

static void a_helper_that_reads_no_more_is_heard_to_its_end(void **state)
{
	char *text = text_of(1000000, 50);
	struct ran r = RAN(text, "airlock", "run", FREE, "perl", "-e",
			   "shutdown STDIN, 0; select undef, undef, undef, 0.5; syswrite STDOUT, "
			   "\"done\\n\"; exit 6");

	(void)state;
	assert_ran(&r, 6, "");
	assert_string_equal(r.out, "done\n");
	command_free(&r);
	free(text);
}

/* Writes until no more is taken for half a second; returns how much was. */
static size_t fill(int fd)
{
	char bytes[4096];
	size_t all = 0;

	memset(bytes, 'x', sizeof bytes);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	for (;;) {
		struct pollfd p = { fd, POLLOUT, 0 };
		ssize_t n;

		if (poll(&p, 1, 500) == 0)
			return all;
		n = write(fd, bytes, sizeof bytes);
		if (n < 0 && errno != EAGAIN)
			fail_msg("write: %s", strerror(errno));
		all += n > 0 ? (size_t)n : 0;
		if (all > 64 << 20)
			fail_msg("what nobody reads is taken without end");
	}
}

static long cpu_ms_of(pid_t pid)
{
	char path[64];
	unsigned long user = 0, system = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f,
				"%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system),
			 2);
	fclose(f);
	return (long)((user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

static void a_helper_that_never_reads_costs_nothing(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(types); i++) {
		struct live l;
		long busy;

		if (!is_stream((enum airlock_channel)i))
			continue;
		l = START("--channel", types[i], REPORT, "linger");
		fill(l.in);
		busy = cpu_ms_of(l.pid);
		sleep(1);
		assert_small(l.pid);
		/* it waits, it does not look again and again */
		assert_true(cpu_ms_of(l.pid) - busy < 300);
		kill(l.pid, SIGTERM);
		assert_int_equal(ends_itself(&l), 128 + SIGTERM);
	}
}

static void output_that_nobody_reads_costs_nothing(void **state)
{
	pid_t helper;
	struct live l = start_flood(NULL, &helper);
	long busy;

	(void)state;
	sleep(1);
	busy = cpu_ms_of(l.pid);
	sleep(1);
	assert_small(l.pid);
	assert_true(cpu_ms_of(l.pid) - busy < 300);
	/* the helper dies, and what it said is still for somebody; but an end was asked for */
	kill(l.pid, SIGTERM);
	assert_int_equal(ends_itself(&l), 128 + SIGTERM);
	until_gone(helper);
}

static void waiting_for_input_costs_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct live l = START("--channel", types[i], REPORT, "linger");
		long busy;

		usleep(200000);
		busy = cpu_ms_of(l.pid);
		usleep(500000);
		assert_true(cpu_ms_of(l.pid) - busy < 200);
		kill(l.pid, SIGTERM);
		assert_int_equal(end(&l), 128 + SIGTERM);
	}
}

/* Standard error */

static void each_line_of_standard_error_has_its_name(void **state)
{
	struct ran r =
		RAN("", "airlock", "run", FREE, "sh", "-c",
		    "i=0; echo $$; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done");
	char want[64], *line, *rest = NULL;
	int n = 0;

	(void)state;
	assert_int_equal(r.code, 0);
	for (line = strtok_r(r.err, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		snprintf(want, sizeof want, "sh[%d]: line %d", atoi(r.out), n++);
		assert_string_equal(line, want);
	}
	assert_int_equal(n, 20000);
	command_free(&r);
}

static void a_long_line_is_broken_and_a_last_one_ended(void **state)
{
	struct ran r = RAN("", "airlock", "run", FREE, "perl", "-e",
			   "$| = 1; print STDERR 'x' x 100000, \"\\nshort\\n\\ntail\"");
	char *line, *rest = r.err, *text;
	size_t all = 0;

	(void)state;
	assert_int_equal(r.code, 0);
	while ((line = strsep(&rest, "\n"))) {
		assert_true(strlen(line) < 4096);
		text = strstr(line, "]: ") + 3;
		all += strspn(text, "x");
		if (strcmp(text + strspn(text, "x"), "\\") != 0)
			break;
	}
	assert_int_equal(all, 100000);
	assert_contains(strsep(&rest, "\n"), "]: short");
	assert_true(strlen(strstr(strsep(&rest, "\n"), "]: ")) == 3);
	assert_contains(strsep(&rest, "\n"), "]: tail");
	assert_string_equal(rest, "");
	command_free(&r);
}

static void a_terminal_is_given_no_orders_of_the_helpers(void **state)
{
	struct ran r = RAN("", "airlock", "run", FREE, "sh", "-c",
			   "printf 'a\\033[31mb\\302\\233c\\tgr\\303\\274n\\r\\n' >&2");

	(void)state;
	assert_int_equal(r.code, 0);
	assert_contains(r.err, "]: a?[31mb??c\tgr\303\274n\n");
	command_free(&r);
}

static void a_log_that_nobody_reads_costs_nothing(void **state)
{
	struct live l = START(FREE, "sh", "-c", "echo $$; while echo y >&2; do :; done");
	pid_t helper = (pid_t)atoi(line_of(l.out));

	(void)state;
	sleep(1);
	assert_small(l.pid);
	kill(l.pid, SIGTERM);
	assert_int_equal(ends_itself(&l), 128 + SIGTERM);
	until_gone(helper);
}

static void a_child_of_the_helper_that_lives_on_does_not_keep_us(void **state)
{
	struct live l = START(FREER, "sh", "-c", "sleep 100 & echo $!; echo said >&2; exit 5");
	pid_t child = (pid_t)atoi(line_of(l.out));
	int st;

	(void)state;
	assert_true(child > 1);
	assert_contains(line_of(l.err), "]: said");
	st = wait_for(l.pid, 0);
	kill(child, SIGKILL);
	assert_int_equal(code_of(st), 5);
	shut(&l.in);
	shut(&l.out);
	shut(&l.err);
}

static void nor_does_one_that_writes_without_end(void **state)
{
	struct ran r =
		RAN("", "airlock", "run", FREE, "sh", "-c", "(while echo y; do :; done) & exit 5");

	(void)state;
	assert_ran(&r, 5, "");
	command_free(&r);
	r = RAN("", "airlock", "run", FREE, "--log", "/dev/null", "sh", "-c",
		"(while echo y >&2; do :; done) & exit 5");
	assert_ran(&r, 5, "");
	command_free(&r);
}

/* --log */

static char *contents(const char *path)
{
	char *text = calloc(1, 1 << 16);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, (1 << 16) - 1) >= 0);
	close(fd);
	return text;
}

static void a_log_is_appended_to(void **state)
{
	char *folder = temp_folder(), *log = temp_path(folder, "log"), *text;
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ran r = RAN("", "airlock", "run", FREE, "--log", log, "sh", "-c",
				   "echo out; echo err >&2");

		assert_ran(&r, 0, "");
		assert_string_equal(r.out, "out\n");
		command_free(&r);
	}
	text = contents(log);
	assert_int_equal(strncmp(text, "sh[", 3), 0);
	assert_contains(strchr(text, '\n'), "]: err\n");
	assert_int_equal(stat(log, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(text);
	free(log);
	temp_remove(folder);
}

static void a_log_that_cannot_be_opened_is_told(void **state)
{
	struct ran r = RAN("", "airlock", "run", "--log", "/no/such/log", "cat");
	struct command c = { .argv = (const char *const[]){ "airlock", "run", "--log",
							    "/etc/passwd", "cat", NULL },
			     .as_nobody = geteuid() == 0 };

	(void)state;
	assert_ran(&r, 125, "airlock: /no/such/log: No such file or directory\n");
	command_free(&r);
	r = RAN("", "airlock", "run", "--log", "/", "cat");
	assert_ran(&r, 125, "airlock: /: Is a directory\n");
	command_free(&r);
	r = command_run(&c);
	assert_ran(&r, 125, "airlock: /etc/passwd: Permission denied\n");
	command_free(&r);
}

static void a_full_log_costs_its_lines_and_not_the_helper(void **state)
{
	struct ran r;

	(void)state;
	if (access("/dev/full", W_OK) < 0)
		SKIP("there is no /dev/full");
	r = RAN("", "airlock", "run", FREE, "--log", "/dev/full", "sh", "-c",
		"echo one >&2; echo two >&2; exit 8");
	assert_ran(&r, 8, "airlock: /dev/full: No space left on device; lines are lost\n");
	command_free(&r);
}

static void limit_files(void)
{
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 });
}

static void nor_does_one_at_the_limit_of_files(void **state)
{
	char *folder = temp_folder(), *log = temp_path(folder, "log"), want[4200];
	const struct setting s = { .before = limit_files };
	struct live l;

	(void)state;
	l = START_WITH(&s, FREE, "--log", log, "sh", "-c",
		       "i=0; while [ $i -lt 900 ]; do echo line $i >&2; i=$((i+1)); done; exit 8");
	snprintf(want, sizeof want, "airlock: %s: File too large; lines are lost", log);
	assert_string_equal(line_of(l.err), want);
	assert_int_equal(end(&l), 8);
	free(log);
	temp_remove(folder);
}

/* Our standard error is a pipe that is full already, and that nobody reads */
static void full_errors(void)
{
	fcntl(2, F_SETFL, O_NONBLOCK);
	fill(2);
	fcntl(2, F_SETFL, 0);
}

static void standard_error_that_nobody_reads_keeps_nobody(void **state)
{
	const struct setting s = { .before = full_errors };
	struct live l = START_WITH(&s, FREE, "/no/such/program");
	pid_t helper;

	(void)state;
	assert_int_equal(ends_itself(&l), 127);
	if (access("/dev/full", W_OK) < 0)
		SKIP("there is no /dev/full");
	l = START_WITH(&s, FREE, "--log", "/dev/full", "sh", "-c",
		       "echo lost >&2; echo $$; while read x; do echo $x; done");
	helper = (pid_t)atoi(line_of(l.out));
	assert_int_equal(write(l.in, "still here\n", 11), 11);
	assert_string_equal(line_of(l.out), "still here");
	kill(l.pid, SIGTERM);
	assert_int_equal(ends_itself(&l), 128 + SIGTERM);
	until_gone(helper);
}

/* Signals */

static const char tell_signals[] = "for my $s (qw(TERM INT HUP QUIT USR1 USR2)) { $SIG{$s} = sub { "
				   "syswrite STDOUT, \"$s\\n\"; exit 9 if $s eq 'TERM' } }"
				   "syswrite STDOUT, \"$$\\n\"; sleep 60 while 1";

static void signals_are_passed_on(void **state)
{
	static const struct {
		int sig;
		const char *name;
	} all[] = { { SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }, { SIGINT, "INT" },
		    { SIGHUP, "HUP" },	 { SIGQUIT, "QUIT" }, { SIGTERM, "TERM" } };
	struct live l = START(FREE, "perl", "-e", tell_signals);

	(void)state;
	line_of(l.out);
	for (size_t i = 0; i < COUNT(all); i++) {
		kill(l.pid, all[i].sig);
		assert_string_equal(line_of(l.out), all[i].name);
	}
	assert_int_equal(end(&l), 9);
}

static void a_helper_that_a_signal_kills_is_told_by_the_status(void **state)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };

	(void)state;
	for (size_t i = 0; i < COUNT(sigs); i++) {
		struct live l = START("cat");

		put_all(l.in, "x\n", 2);
		assert_string_equal(line_of(l.out), "x");
		kill(l.pid, sigs[i]);
		assert_int_equal(ends_itself(&l), 128 + sigs[i]);
	}
}

static void block_and_ignore(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
}

static void what_who_started_us_blocks_and_ignores(void **state)
{
	struct live l = START_WITH(&(struct setting){ .before = block_and_ignore }, FREE, "perl",
				   "-e", tell_signals);

	(void)state;
	line_of(l.out);
	/* as nohup(1) has it */
	kill(l.pid, SIGHUP);
	kill(l.pid, SIGUSR1);
	assert_string_equal(line_of(l.out), "USR1");
	kill(l.pid, SIGTERM);
	assert_string_equal(line_of(l.out), "TERM");
	/* SIGCHLD, ignored, would have taken it away */
	assert_int_equal(end(&l), 9);
}

static void own_group(void)
{
	setpgid(0, 0);
}

static void sigtstp_stops_both_and_sigcont_lets_both_go_on(void **state)
{
	struct live l = START_WITH(&(struct setting){ .before = own_group }, FREE, "sh", "-c",
				   "echo $$; while read x; do echo got $x; done; exit 4");
	pid_t helper = (pid_t)atoi(line_of(l.out));
	int st;

	(void)state;
	for (int i = 0; i < 3; i++) {
		kill(l.pid, SIGTSTP);
		st = wait_for(l.pid, WUNTRACED);
		assert_true(WIFSTOPPED(st));
		assert_int_equal(WSTOPSIG(st), SIGTSTP);
		until_state(helper, "T");
		put_all(l.in, "x\n", 2);
		assert_false(readable(l.out, 200));
		kill(l.pid, SIGCONT);
		assert_string_equal(line_of(l.out), "got x");
	}
	assert_int_equal(end(&l), 4);
}

static void orphaned_group(void)
{
	setsid();
}

/* Nobody would let it go on there: no program stops */
static void sigtstp_in_an_orphaned_group_stops_nobody(void **state)
{
	struct live l = START_WITH(&(struct setting){ .before = orphaned_group }, "cat");

	(void)state;
	put_all(l.in, "x\n", 2);
	assert_string_equal(line_of(l.out), "x");
	kill(l.pid, SIGTSTP);
	put_all(l.in, "y\n", 2);
	assert_string_equal(line_of(l.out), "y");
	assert_int_equal(end(&l), 0);
}

static void the_helper_has_a_session_of_its_own_and_dies_with_us(void **state)
{
	struct live l =
		START(FREE, "sh", "-c",
		      "echo $$; while read x; do :; done; sleep() { while :; do :; done; }; sleep");
	pid_t helper = (pid_t)atoi(line_of(l.out));

	(void)state;
	assert_int_equal(getsid(helper), helper);
	kill(l.pid, SIGKILL);
	assert_int_equal(end(&l), 128 + SIGKILL);
	until_gone(helper);
}

/* As `unshare -p' leaves it: the helper is the first process of a namespace, and sees no parent */
static void unshare_pids(void)
{
	if (unshare(CLONE_NEWPID) < 0)
		_exit(97);
}

static void a_helper_in_another_pid_namespace_runs(void **state)
{
	struct live l;
	int code;

	(void)state;
	need_root();
	if (UNDER_SANITIZER)
		SKIP("there a process can make no thread, and LeakSanitizer needs one");
	l = START_WITH(&(struct setting){ .before = unshare_pids }, "cat");
	put_all(l.in, "x\n", 2);
	if (!readable(l.out, LONG_MS))
		fail_msg("nothing comes");
	if (read(l.out, (char[2]){ 0 }, 2) == 2) {
		assert_int_equal(end(&l), 0);
		return;
	}
	code = end(&l);
	if (code != 97)
		fail_msg("exit status %d", code);
	SKIP("unshare(2) is refused here");
}

/* --restart */

/* Says who it is, answers one line, and ends */
static const char once[] = "echo $$; read x && echo got $x; exit 3";

static void a_helper_is_started_again(void **state)
{
	struct live l = START(FREE, "--restart", "sh", "-c", once);
	char first[64], note[128];

	(void)state;
	snprintf(first, sizeof first, "%s", line_of(l.out));
	put_all(l.in, "a\n", 2);
	assert_string_equal(line_of(l.out), "got a");
	snprintf(note, sizeof note, "airlock: sh[%s]: ended with status 3", first);
	assert_string_equal(line_of(l.err), note);
	snprintf(note, sizeof note, "airlock: sh[%s]: is started again in 1 s", first);
	assert_string_equal(line_of(l.err), note);
	/* it waits for the next one */
	put_all(l.in, "b\n", 2);
	assert_string_not_equal(line_of(l.out), first);
	assert_string_equal(line_of(l.out), "got b");
	assert_contains(line_of(l.err), "ended with status 3");
	assert_contains(line_of(l.err), "is started again in 2 s");
	kill(l.pid, SIGTERM);
	assert_int_equal(end(&l), 3);
}

static void at_the_end_of_input_no_helper_is_started_again(void **state)
{
	struct ran r = RAN("a\n", "airlock", "run", FREE, "--restart", "sh", "-c", once);

	(void)state;
	assert_ran(&r, 3, "");
	assert_contains(r.out, "got a\n");
	command_free(&r);
	/* nor if it comes while the next one is waited for */
	r = RAN("a\nlost\n", "airlock", "run", FREE, "--restart", "sh", "-c", once);
	assert_int_equal(r.code, 3);
	command_free(&r);
}

static void who_is_told_to_end_is_not_started_again(void **state)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP };

	(void)state;
	for (size_t i = 0; i < COUNT(sigs); i++) {
		struct live l = START("--restart", "cat");

		put_all(l.in, "x\n", 2);
		assert_string_equal(line_of(l.out), "x");
		kill(l.pid, sigs[i]);
		assert_int_equal(ends_itself(&l), 128 + sigs[i]);
	}
}

static void who_dies_of_another_signal_is_started_again(void **state)
{
	struct live l = START(FREE, "--restart", "sh", "-c", "echo $$; read x");
	pid_t first = (pid_t)atoi(line_of(l.out));

	(void)state;
	kill(first, SIGKILL);
	assert_contains(line_of(l.err), "]: was killed by signal 9 (Killed)");
	assert_true(atoi(line_of(l.out)) != first);
	assert_int_equal(end(&l), 1);
}

/* The first takes a part of a line, and more is in the channel; the next must see whole lines */
static void no_line_is_torn_between_two_helpers(void **state)
{
	char *folder = temp_folder(), *seen = temp_path(folder, "seen"), script[512];
	size_t n = 4000000;
	char *text = text_of(n, 1000), *line, *rest = NULL;
	struct ran r;
	int lines = 0;

	(void)state;
	snprintf(script, sizeof script,
		 "if (! -e '%s') { open F, '>', '%s'; sysread STDIN, $b, 100500; exit 1 } print "
		 "while <>",
		 seen, seen);
	r = RAN(text, "airlock", "run", FREE, "--restart", "perl", "-e", script);
	assert_int_equal(r.code, 0);
	for (line = strtok_r(r.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		assert_int_equal(strlen(line), 999);
		lines++;
	}
	/* what was written to the dead one is lost: some buffers full */
	assert_true(lines > 1000 && lines < 4000);
	command_free(&r);
	free(text);
	free(seen);
	temp_remove(folder);
}

/* --timeout */

static const char *const times[] = { "1500ms", "2", "3s", "1m", "1h", "596h" };

static void times_have_units(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		struct ran r = RAN("x\n", "airlock", "run", "--timeout", times[i], "cat");

		assert_ran(&r, 0, "");
		assert_string_equal(r.out, "x\n");
		command_free(&r);
	}
}

static void start_that_hangs(void *arg)
{
	struct ran r;
	int64_t began;

	(void)arg;
	/* the helper's child asks, and nobody answers */
	if (listener_for(SYS_setsid) < 0)
		SKIP("no listener for system calls here");
	began = now_ms();
	r = RAN("", "airlock", "run", "--timeout", "300ms", "cat");
	assert_int_equal(r.code, 125);
	assert_contains(r.err, "airlock: cat: ");
	assert_contains(r.err, "imed out");
	assert_true(now_ms() - began < 8000);
	command_free(&r);
}

static void a_start_is_bounded(void **state)
{
	(void)state;
	in_child(start_that_hangs, NULL);
}

/* Wrong use */

#define WRONG(want, ...) \
	do { \
		struct ran wrong = RAN("", "airlock", "run", __VA_ARGS__); \
		assert_ran(&wrong, 125, "airlock: " want "\n"); \
		assert_string_equal(wrong.out, ""); \
		command_free(&wrong); \
	} while (0)
#define TRY "; try `airlock run --help'"

static void wrong_use_is_told(void **state)
{
	struct ran r = RAN("", "airlock", "run");

	(void)state;
	assert_ran(&r, 125, "airlock: run: no program given" TRY "\n");
	command_free(&r);
	WRONG("run: no program given" TRY, "--");
	WRONG("run: no program given" TRY, "--restart", "--channel", "tcp");
	WRONG("run: unknown option --chanel" TRY, "--chanel", "tcp", "cat");
	WRONG("run: unknown option -x" TRY, "-x", "cat");
	WRONG("run: option --channel needs a value" TRY, "--channel");
	WRONG("run: option --timeout needs a value" TRY, "--timeout");
	WRONG("run: option --log needs a value" TRY, "--log");
	WRONG("run: option --profile needs a value" TRY, "--profile");
	WRONG("run: option -p needs a value" TRY, "-p");
	WRONG("run: --channel unix: none, tcp, udp, fifo, unix-stream, unix-dgram or "
	      "unix-seqpacket is wanted" TRY,
	      "--channel", "unix", "cat");
	WRONG("run: --channel : none, tcp, udp, fifo, unix-stream, unix-dgram or unix-seqpacket is "
	      "wanted" TRY,
	      "--channel", "", "cat");
	WRONG("run: --timeout soon: a number with ms, s, m or h is wanted" TRY, "--timeout", "soon",
	      "cat");
	WRONG("run: --timeout : a number with ms, s, m or h is wanted" TRY, "--timeout", "", "cat");
	WRONG("run: --timeout 5d: a number with ms, s, m or h is wanted" TRY, "--timeout", "5d",
	      "cat");
	WRONG("run: --timeout -5: a number with ms, s, m or h is wanted" TRY, "--timeout", "-5",
	      "cat");
	WRONG("run: --timeout 1.5: a number with ms, s, m or h is wanted" TRY, "--timeout", "1.5",
	      "cat");
	WRONG("run: --timeout 0: more than 0 and at most 24 days is wanted" TRY, "--timeout", "0",
	      "cat");
	WRONG("run: --timeout 597h: more than 0 and at most 24 days is wanted" TRY, "--timeout",
	      "597h", "cat");
	WRONG("run: --timeout 99999999999999999999: more than 0 and at most 24 days is wanted" TRY,
	      "--timeout", "99999999999999999999", "cat");
	WRONG("-p NoSuch: KEY=VALUE is wanted", "-p", "NoSuch", "cat");
}

static void help_is_there(void **state)
{
	struct ran r = RAN("", "airlock", "run", "--help");
	static const char *const words[] = { "--profile",  "--property", "--channel", "--timeout",
					     "--log FILE", "--restart",	 "--explain" };

	(void)state;
	assert_ran(&r, 0, "");
	assert_int_equal(strncmp(r.out, "Usage: airlock run ", 19), 0);
	for (size_t i = 0; i < COUNT(words); i++)
		assert_contains(r.out, words[i]);
	for (size_t i = 0; i < COUNT(types); i++)
		assert_contains(r.out, types[i]);
	command_free(&r);
}

static void options_of_the_program_are_its_own(void **state)
{
	struct ran r =
		RAN("", "airlock", "run", FREE, "sh", "-c", "echo $*", "sh", "--channel", "tcp");

	(void)state;
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "--channel tcp\n");
	command_free(&r);
	r = RAN("x\n", "airlock", "run", "--", "cat", "-u");
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "x\n");
	command_free(&r);
}

/* --explain */

static void what_is_refused_is_explained(void **state)
{
	struct ran r = RAN("one\n", "airlock", "run", "--explain", "sh", "-c",
			   "read x; echo $x; (echo never)");

	(void)state;
	assert_int_equal(r.code, 128 + SIGSYS);
	assert_string_equal(r.out, "one\n");
	assert_contains(r.err, "SystemCallFilter=clone");
	command_free(&r);
	r = RAN("one\n", "airlock", "run", "--explain", FREE, "--channel", "fifo", "cat");
	assert_ran(&r, 0, "");
	assert_string_equal(r.out, "one\n");
	command_free(&r);
	r = RAN("", "airlock", "run", "--explain", "no-such-program");
	assert_int_equal(r.code, 127);
	assert_contains(r.err, "no-such-program");
	command_free(&r);
}

/* A folder that may not be searched would make 126 of each 127 */
static int plain_path(void **state)
{
	(void)state;
	return setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_channel_carries_lines),
		cmocka_unit_test(unix_stream_is_the_default),
		cmocka_unit_test(none_is_no_channel),
		cmocka_unit_test(a_line_is_a_message_with_its_newline),
		cmocka_unit_test(an_empty_message_is_an_empty_line_and_no_end),
		cmocka_unit_test(an_empty_message_of_a_dead_helper_is_no_end_either),
		cmocka_unit_test(the_longest_message_passes_and_one_byte_more_is_an_error),
		cmocka_unit_test(a_longer_message_of_the_helper_is_an_error),
		cmocka_unit_test(the_last_words_of_a_udp_helper_arrive),
		cmocka_unit_test(a_datagram_helper_that_ignores_sigterm_is_killed),
		cmocka_unit_test(a_gibibyte_passes_tcp),
		cmocka_unit_test(a_gibibyte_passes_a_fifo),
		cmocka_unit_test(a_gibibyte_passes_a_unix_stream),
		cmocka_unit_test(files_are_read_and_written),
		cmocka_unit_test(sockets_are_read_and_written),
		cmocka_unit_test(a_terminal_is_read_and_written),
		cmocka_unit_test(shared_descriptors_stay_blocking),
		cmocka_unit_test(standard_input_that_cannot_be_read_is_told),
		cmocka_unit_test(closed_standard_descriptors_are_no_matter),
		cmocka_unit_test(end_of_input_is_end_of_file),
		cmocka_unit_test(full_standard_output_is_told_and_ends_all),
		cmocka_unit_test(nobody_reads_standard_output_any_more),
		cmocka_unit_test(where_sigpipe_is_ignored_that_is_an_error),
		cmocka_unit_test(what_was_said_before_the_end_waits_for_a_slow_reader),
		cmocka_unit_test(the_status_is_the_helpers),
		cmocka_unit_test(what_cannot_be_started_is_told),
		cmocka_unit_test(the_seal_is_in_force),
		cmocka_unit_test(a_dead_helper_does_not_wait_for_the_end_of_input),
		cmocka_unit_test(a_helper_that_reads_no_more_is_heard_to_its_end),
		cmocka_unit_test(a_helper_that_never_reads_costs_nothing),
		cmocka_unit_test(output_that_nobody_reads_costs_nothing),
		cmocka_unit_test(waiting_for_input_costs_nothing),
		cmocka_unit_test(each_line_of_standard_error_has_its_name),
		cmocka_unit_test(a_long_line_is_broken_and_a_last_one_ended),
		cmocka_unit_test(a_terminal_is_given_no_orders_of_the_helpers),
		cmocka_unit_test(a_log_that_nobody_reads_costs_nothing),
		cmocka_unit_test(a_child_of_the_helper_that_lives_on_does_not_keep_us),
		cmocka_unit_test(nor_does_one_that_writes_without_end),
		cmocka_unit_test(a_log_is_appended_to),
		cmocka_unit_test(a_log_that_cannot_be_opened_is_told),
		cmocka_unit_test(a_full_log_costs_its_lines_and_not_the_helper),
		cmocka_unit_test(nor_does_one_at_the_limit_of_files),
		cmocka_unit_test(standard_error_that_nobody_reads_keeps_nobody),
		cmocka_unit_test(signals_are_passed_on),
		cmocka_unit_test(a_helper_that_a_signal_kills_is_told_by_the_status),
		cmocka_unit_test(what_who_started_us_blocks_and_ignores),
		cmocka_unit_test(sigtstp_stops_both_and_sigcont_lets_both_go_on),
		cmocka_unit_test(sigtstp_in_an_orphaned_group_stops_nobody),
		cmocka_unit_test(the_helper_has_a_session_of_its_own_and_dies_with_us),
		cmocka_unit_test(a_helper_in_another_pid_namespace_runs),
		cmocka_unit_test(a_helper_is_started_again),
		cmocka_unit_test(at_the_end_of_input_no_helper_is_started_again),
		cmocka_unit_test(who_is_told_to_end_is_not_started_again),
		cmocka_unit_test(who_dies_of_another_signal_is_started_again),
		cmocka_unit_test(no_line_is_torn_between_two_helpers),
		cmocka_unit_test(times_have_units),
		cmocka_unit_test(a_start_is_bounded),
		cmocka_unit_test(wrong_use_is_told),
		cmocka_unit_test(help_is_there),
		cmocka_unit_test(options_of_the_program_are_its_own),
		cmocka_unit_test(what_is_refused_is_explained),
	};
	const char *filter = getenv("AIRLOCK_TEST_FILTER");

	if (filter)
		cmocka_set_test_filter(filter);
	return cmocka_run_group_tests_name("run", tests, plain_path, NULL);
}
