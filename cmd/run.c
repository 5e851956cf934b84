/* SPDX-License-Identifier: ISC */
/*
 * run.c: airlock run: a helper behind our own standard streams. What is started, and how often; relay.c has
 * what goes between.
 */
#define _GNU_SOURCE
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "relay.h"

static const char help[] =
	"Usage: airlock run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"Start PROGRAM sealed as the profile says, in a session of its own, and relay\n"
	"standard input and output to its channel. A line that it writes to its standard\n"
	"error goes to ours, as `NAME[PID]: LINE'.\n\n"
	"  --profile NAME|FILE   a builtin (see `airlock profile') or a file; `filter'\n"
	"                        if none is given; several add up\n"
	"  -p, --property KEY=VALUE\n"
	"                        a line more for the profile\n"
	"  --channel TYPE        none, tcp, udp, fifo, unix-stream (the default),\n"
	"                        unix-dgram or unix-seqpacket\n"
	"  --timeout T           bound on the start: a number with ms, s, m or h;\n"
	"                        without one it is seconds; 10 s if not given\n"
	"  --log FILE            lines of standard error are appended to FILE instead\n"
	"  --restart             start it again whenever it ends before the input does\n"
	"  --explain             say which system calls the profile refuses, and what\n"
	"                        line would allow each\n"
	"  -h, --help            this\n\n"
	"End of input is passed on as end of file. With udp, unix-dgram and unix-\n"
	"seqpacket each line of input, with its newline, is a message, and each message\n"
	"of the helper's a line of output: a newline is added where it has none. A\n"
	"message longer than 64 KiB (udp: 65507 bytes) is an error. With udp and unix-\n"
	"dgram there is no end of file: the helper gets SIGTERM when it has said nothing\n"
	"for 2 s after the last line, and if it dies of that the exit status is 0. With\n"
	"udp messages are lost where one side does not read as fast as the other writes.\n"
	"With none, standard input is not read.\n\n"
	"SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are passed on; SIGTSTP\n"
	"stops both, SIGCONT continues both. A line of standard error longer than 4000\n"
	"bytes or so is broken, with `\\' at the break; control characters are written as\n"
	"`?'.\n\n"
	"--restart waits 1 s, and twice as long each time, up to 60 s, while the helper\n"
	"lives for less than 10 s. What was written to the one that died is lost, and so\n"
	"is the rest of a line of which it had a part. SIGTERM, SIGINT and SIGQUIT end\n"
	"that, and SIGHUP if the helper dies of it.\n\n"
	"Exit status: the program's, or 128+N if it was killed by signal N; 125 airlock\n"
	"failed, 126 the program cannot be executed, 127 there is none.\n";

enum { OPT_CHANNEL = 256, OPT_TIMEOUT, OPT_LOG, OPT_RESTART, OPT_EXPLAIN };

static const struct option longs[] = {
	SANDBOX_LONGS,
	{ "channel", required_argument, NULL, OPT_CHANNEL },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "restart", no_argument, NULL, OPT_RESTART },
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char *const channels[] = {
	[AIRLOCK_NONE] = "none",
	[AIRLOCK_TCP] = "tcp",
	[AIRLOCK_UDP] = "udp",
	[AIRLOCK_FIFO] = "fifo",
	[AIRLOCK_UNIX_STREAM] = "unix-stream",
	[AIRLOCK_UNIX_DGRAM] = "unix-dgram",
	[AIRLOCK_UNIX_SEQPACKET] = "unix-seqpacket",
};

enum {
	FIRST_WAIT_S = 1,
	LONGEST_WAIT_S = 60,
	SHORT_LIFE_S = 10, /* who lives longer is waited for as at first */
	SECOND_NS = 1000000000,
	STAGE_FD = 3 /* where --explain's stage finds its socket */
};

struct run {
	const struct verb *verb;
	struct sandbox sandbox;
	enum airlock_channel channel;
	unsigned timeout_ms;
	const char *log_name;
	bool restart, explain;
	char **argv;
	const char *name;   /* the program's, for messages */
	char **stage_words; /* with --explain: what is started instead */
	struct relay relay;
};

/* Options */

static int take_channel(struct run *run, const char *value)
{
	for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
		if (!strcmp(value, channels[i])) {
			run->channel = (enum airlock_channel)i;
			return 0;
		}
	return misused(run->verb,
		       "--channel %s: none, tcp, udp, fifo, unix-stream, unix-dgram or "
		       "unix-seqpacket is wanted",
		       value);
}

static int take_timeout(struct run *run, const char *value)
{
	static const struct {
		const char *name;
		int ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "", 1000 } };
	size_t digits = strspn(value, "0123456789");
	char number[16];
	int n, ms = 0;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(value + digits, units[i].name))
			ms = units[i].ms;
	if (!digits || !ms)
		return misused(run->verb, "--timeout %s: a number with ms, s, m or h is wanted",
			       value);
	snprintf(number, sizeof number, "%.*s", (int)(digits < 15 ? digits : 15), value);
	n = whole_number(number, INT_MAX / ms);
	if (n <= 0)
		return misused(run->verb, "--timeout %s: more than 0 and at most 24 days is wanted",
			       value);
	run->timeout_ms = (unsigned)n * (unsigned)ms;
	return 0;
}

static int take_option(struct run *run, int o)
{
	switch (o) {
	case OPT_CHANNEL:
		return take_channel(run, optarg);
	case OPT_TIMEOUT:
		return take_timeout(run, optarg);
	case OPT_LOG:
		run->log_name = optarg;
		break;
	case OPT_RESTART:
		run->restart = true;
		break;
	case OPT_EXPLAIN:
		run->explain = true;
		break;
	default:
		sandbox_option(&run->sandbox, o, optarg);
	}
	return 0;
}

/* One start */

/* The ends that are ours, and those that are the helper's, who starts with copies of them. */
struct ends {
	int errors[2], stage[2];
};

static void close_ends(const struct ends *e, int which)
{
	if (e->errors[which] >= 0)
		close(e->errors[which]);
	if (e->stage[which] >= 0)
		close(e->stage[which]);
}

static int open_ends(const struct run *run, struct ends *e)
{
	int error;

	*e = (struct ends){ { -1, -1 }, { -1, -1 } };
	if (pipe2(e->errors, O_CLOEXEC) == 0 && fcntl(e->errors[0], F_SETFL, O_NONBLOCK) == 0 &&
	    (!run->explain || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->stage) == 0))
		return 0;
	error = errno;
	close_ends(e, 0);
	close_ends(e, 1);
	complain("the helper's standard error: %s", strerror(error));
	return EXIT_AIRLOCK;
}

static int spawn(struct run *run, const struct ends *e, struct airlock_error *ret_error)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	struct airlock_fd stage = { e->stage[1], STAGE_FD };

	o.stderr_fd = e->errors[1];
	o.channel = run->channel;
	o.path = run->explain ? run->stage_words[0] : run->argv[0];
	o.argv = run->explain ? run->stage_words : run->argv;
	o.name = run->name;
	o.fds = &stage;
	o.nfds = run->explain;
	o.seal = run->sandbox.seal;
	o.timeout_ms = run->timeout_ms;
	/* a terminal's signals come to us, and are passed on once */
	o.flags = AIRLOCK_NEW_SESSION | AIRLOCK_SEARCH_PATH;
	if (children_see_us())
		o.flags |= AIRLOCK_DIE_WITH_PARENT;
	return airlock_spawn(&o, &run->relay.helper, ret_error);
}

/* 0, or the exit code and it was told why not */
static int start(struct run *run)
{
	struct airlock_error error;
	struct ends e;
	int r = open_ends(run, &e);

	if (r != 0)
		return r;
	r = spawn(run, &e, &error);
	close_ends(&e, 1);
	if (r < 0) {
		close_ends(&e, 0);
		return run->explain ? failed_stage(&error) : failed_start(&error);
	}
	run->relay.stage = e.stage[0];
	run->relay.explainer = (struct explainer){ .profile = run->sandbox.profile };
	relay_begin(&run->relay, run->name, e.errors[0]);
	return 0;
}

/* One after the other */

/* Until there is one, or nothing is left for it to do: false */
static bool start_again(struct run *run, unsigned *wait_s)
{
	int r;

	do {
		lines_note(&run->relay.lines, "is started again in %u s", *wait_s);
		relay_pause(&run->relay, *wait_s);
		if (relay_is_over(&run->relay))
			return false;
		*wait_s = *wait_s * 2 < LONGEST_WAIT_S ? *wait_s * 2 : LONGEST_WAIT_S;
		r = start(run);
	} while (r != 0);
	return true;
}

static void note_end(struct run *run)
{
	int st = run->relay.wstatus;

	if (WIFSIGNALED(st))
		lines_note(&run->relay.lines, "was killed by signal %d (%s)", WTERMSIG(st),
			   strsignal(WTERMSIG(st)));
	else
		lines_note(&run->relay.lines, "ended with status %d", WEXITSTATUS(st));
}

/* 0: the relay's code counts; else the first start failed */
static int supervise(struct run *run)
{
	unsigned wait_s = FIRST_WAIT_S;
	int r = start(run);

	if (r != 0)
		return r;
	for (;;) {
		int64_t born = airlock__now();

		relay_run(&run->relay);
		if (run->explain)
			explain_end(&run->relay.explainer);
		if (!run->restart || relay_is_over(&run->relay))
			return 0;
		if (airlock__now() - born >= (int64_t)SHORT_LIFE_S * SECOND_NS)
			wait_s = FIRST_WAIT_S;
		note_end(run);
		if (!start_again(run, &wait_s))
			return 0;
	}
}

/* A FIFO that nobody reads must not keep us: ENXIO. */
static int open_log(const struct run *run)
{
	int fd;

	if (!run->log_name)
		return STDERR_FILENO;
	fd = open(run->log_name, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
		  0600);
	if (fd < 0)
		complain("%s: %s", run->log_name, strerror(errno));
	return fd;
}

static int prepare(struct run *run)
{
	char fd_word[8];
	int r = sandbox_read(&run->sandbox, run->argv);

	if (r != 0)
		return r;
	if (!run->explain)
		return sandbox_seal(&run->sandbox);
	snprintf(fd_word, sizeof fd_word, "%d%c", STAGE_FD, LISTEN_REFUSED);
	run->stage_words = listener_words(&run->sandbox, fd_word, run->argv);
	if (run->stage_words)
		return 0;
	complain("%s", strerror(ENOMEM));
	return EXIT_AIRLOCK;
}

static int run_it(struct run *run)
{
	const char *slash = strrchr(run->argv[0], '/');
	int log = open_log(run), r;

	if (log < 0)
		return EXIT_AIRLOCK;
	run->name = slash && slash[1] ? slash + 1 : run->argv[0];
	r = prepare(run);
	if (r == 0)
		r = relay_open(&run->relay, run->channel, log, run->log_name);
	if (r == 0) {
		r = supervise(run);
		relay_close(&run->relay);
		if (r == 0)
			r = relay_code(&run->relay);
	}
	if (log != STDERR_FILENO)
		close(log);
	return r;
}

static int main_run(const struct verb *verb, int argc, char **argv)
{
	/* its buffers are more than a stack should hold */
	static struct run run;
	int o = 0, code = 0;

	run.verb = verb;
	run.channel = AIRLOCK_UNIX_STREAM;
	while (code == 0 &&
	       (o = next_option(verb, argc, argv, SANDBOX_SHORTS, longs, &code)) != -1) {
		if (o == '?')
			break;
		code = take_option(&run, o);
	}
	if (code == 0 && o == -1) {
		run.argv = argv + optind;
		code = optind == argc ? misused(verb, "no program given") : run_it(&run);
	}
	free(run.stage_words);
	sandbox_free(&run.sandbox);
	return code;
}

const struct verb verb_run = { "run", "start a helper and relay standard input and output to it",
			       help, main_run };
