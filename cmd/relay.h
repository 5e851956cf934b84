/* SPDX-License-Identifier: ISC */
/*
 * relay.h: our standard input to a helper's channel, the channel to our standard output, its standard error line by
 * line to the log, our signals to it; until it has ended and all that it said is out.
 *
 * What is held is bounded, whoever does not read. What was read from standard input and not yet written to a
 * helper is kept for the next one.
 */
#ifndef AIRLOCK_RELAY_H
#define AIRLOCK_RELAY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ends.h"
#include "explain.h"
#include "lines.h"

enum {
	RELAY_BYTES = 65536,		/* each way, and so the longest message */
	RELAY_UDP_BYTES = 65507		/* what one UDP datagram carries */
};

struct relay_buffer {
	size_t start, end;
	char data[RELAY_BYTES + 1];	/* the one: a newline after a message */
};

/* How far we are in ending a helper that does not end by itself. */
enum relay_stop { STOP_NOT, STOP_QUIET, STOP_CLOSED, STOP_TERM, STOP_KILL, STOP_GIVEN_UP };

struct relay {
	/* for all helpers */
	enum airlock_channel channel;
	struct end in, out;
	struct lines lines;
	struct relay_buffer to, from;	/* the helper */
	int signals;			/* signalfd(2) */
	sigset_t mask_before;
	unsigned long nlines;		/* read and sent, for messages */
	bool in_over;			/* the end of standard input was read */
	bool sigpipe_ignored;		/* by who started us */
	bool ending;			/* a signal asked for the end: no restart */
	bool broken_pipe;		/* nobody reads our standard output any more */
	int failed;			/* EXIT_AIRLOCK: relay_close() tells `message` */
	char message[256];

	/* for the one that runs */
	struct airlock_helper helper;	/* pid -1: it has ended */
	int errors;			/* its standard error to read; -1: over */
	int udp_end;			/* its own end of a UDP channel, held; -1: it cannot be had */
	int stage;			/* socket on which the listener is to come, or -1 */
	struct explainer explainer;	/* listener.fd -1: none */
	int wstatus;			/* as waitpid(2) has it, when it has ended */
	int64_t ended;			/* when that was seen */
	size_t drained;			/* bytes since then */
	int64_t wait_from, wait_errors;	/* how long, since then, more is waited for, in ns */
	enum relay_stop stop;
	int64_t deadline;		/* for the next step of that */
	bool hung_up;			/* it was sent SIGHUP */
	bool ended_by_us;		/* SIGTERM because its input was at its end */
	bool blind_pidfd;		/* there is none, or it does not tell */
	bool deaf;			/* it reads no more */
	bool end_passed;		/* it has been told of the end of input */
	bool from_over;			/* nothing comes from the channel any more */
	bool torn;			/* the last that it was sent is no end of a line */
	bool skip;			/* the one before was: the rest of that line is for nobody */
};

/* Blocks signals: to be called before anything is started. 0, or EXIT_AIRLOCK and it was told why. */
int relay_open(struct relay *r, enum airlock_channel channel, int log, const char *log_name);
void relay_close(struct relay *r);

/*
 * A helper was started: r->helper is set, and r->stage and r->explainer.profile with --explain. `errors` is the
 * read end of its standard error. All are closed at the end of relay_run(), which returns when it has ended.
 */
void relay_begin(struct relay *r, const char *name, int errors);
void relay_run(struct relay *r);

/* With no helper, for some time: input is read while there is room, signals count. */
void relay_pause(struct relay *r, unsigned seconds);

/* Is there nothing left to start a helper for? */
bool relay_is_over(const struct relay *r);

/* The exit code that all this comes to. May end this process by SIGPIPE. */
int relay_code(const struct relay *r);

#endif
