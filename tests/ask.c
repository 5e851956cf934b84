/* SPDX-License-Identifier: ISC */
/*
 * ask.c: asks a cat through each channel, with shared and with private memory. Static and without
 * the test harness, so that it also runs for other machines under an emulator.
 */
#include <airlock/airlock.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed(const char *what, const struct airlock_options *o)
{
	fprintf(stderr, "channel %d, flags %u: %s\n", (int)o->channel, o->flags, what);
	return 1;
}

static int ask(const struct airlock_options *o)
{
	struct airlock_helper h;
	struct airlock_error e;
	char answer[64];
	struct pollfd p;
	int wstatus = -1;

	if (airlock_spawn(o, &h, &e) < 0)
		return failed(e.message, o);
	if (o->channel != AIRLOCK_NONE) {
		if (write(h.wfd, "question", 8) != 8)
			return failed("write", o);
		p = (struct pollfd){ h.rfd, POLLIN, 0 };
		if (poll(&p, 1, 10000) != 1 || read(h.rfd, answer, sizeof answer) != 8 ||
		    memcmp(answer, "question", 8))
			return failed("no answer, or a wrong one", o);
	}
	if (airlock_stop(&h, 1000, &wstatus) < 0)
		return failed("stop", o);
	/* where there is no end of file it takes a signal */
	if (wstatus != 0 && !(WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == 15))
		return failed("ended otherwise than it should", o);
	return 0;
}

static int ask_nobody(struct airlock_options o)
{
	struct airlock_helper h;
	struct airlock_error e;

	o.path = "/nonexistent/program";
	if (airlock_spawn(&o, &h, &e) == 0 || e.step != AIRLOCK_STEP_EXECVE)
		return failed("a missing program was not told at step execve", &o);
	if (waitpid(-1, NULL, WNOHANG | __WALL) != -1)
		return failed("a child is left", &o);
	return 0;
}

int main(int argc, char **argv)
{
	static const unsigned ways[] = { 0, AIRLOCK_PRIVATE_MEMORY };
	char *cat[] = { "cat", NULL };
	int bad = 0;

	if (argc != 2)
		return fprintf(stderr, "usage: ask /bin/cat\n"), 2;
	for (int i = 0; i < 2; i++) {
		for (int c = AIRLOCK_NONE; c <= AIRLOCK_UNIX_SEQPACKET; c++) {
			struct airlock_options o = AIRLOCK_OPTIONS_INIT;

			o.channel = (enum airlock_channel)c;
			o.path = argv[1];
			o.argv = cat;
			o.flags = ways[i];
			bad += ask(&o) + ask_nobody(o);
		}
	}
	printf("%d of 28 answers right\n", 28 - bad);
	return bad != 0;
}
