/* SPDX-License-Identifier: ISC */
/*
 * commands.c: see commands.h. What is measured is from the start to the known end of the command
 * itself, with its path looked up before.
 *
 * A round starts each command once, in an order that is drawn anew, and before each of them the bare
 * program, which is not counted: what a command leaves behind (a filter or a namespace that the
 * kernel takes apart after its end) is not for the next one to pay.
 */
#define _GNU_SOURCE
#include "commands.h"

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stats.h"

#ifndef BENCH_AIRLOCK
#define BENCH_AIRLOCK "build/airlock"
#endif

enum { MOST_WORDS = 8, WARM_UP = 5 };
enum which { BARE, PRLIMIT, SETPRIV, BWRAP, FIREJAIL, AIRLOCK, NCOMMANDS };

static struct command {
	const char *title;
	const char *words[MOST_WORDS]; /* before the program's name; none: it is started itself */
	double target;		       /* of airlock's time, to this one's; 0: none is set */
	bool left_out;
	char *argv[MOST_WORDS + 1];
	double us[MOST_ROUNDS];
} commands[NCOMMANDS] = {
	[BARE] = { .title = "the program itself" },
	[PRLIMIT] = { .title = "prlimit", .words = { "prlimit" } },
	[SETPRIV] = { .title = "setpriv --no-new-privs",
		      .words = { "setpriv", "--no-new-privs" },
		      .target = 1.0 },
	[BWRAP] = { .title = "bwrap --ro-bind / / --die-with-parent",
		    .words = { "bwrap", "--ro-bind", "/", "/", "--die-with-parent" },
		    .target = 0.5 },
	[FIREJAIL] = { .title = "firejail --noprofile --seccomp --quiet",
		       .words = { "firejail", "--noprofile", "--seccomp", "--quiet" },
		       .target = 0.05 },
	[AIRLOCK] = { .title = "airlock exec --profile filter",
		      .words = { BENCH_AIRLOCK, "exec", "--profile", "filter" } },
};

/* From malloc; NULL: it is not installed. */
static char *look_up(const char *name)
{
	const char *dirs = getenv("PATH");
	char *path;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? strdup(name) : NULL;
	for (dirs = dirs ? dirs : "/usr/bin:/bin"; *dirs; dirs += *dirs == ':') {
		int n = (int)strcspn(dirs, ":");

		if (asprintf(&path, "%.*s/%s", n, dirs, name) < 0)
			err(1, "%s", name);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
		dirs += n;
	}
	return NULL;
}

/* A child of vfork(2) may call nothing but what the kernel does. */
static __attribute__((noinline)) pid_t start(char *const *argv, int null)
{
	pid_t pid = vfork();

	if (pid == 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* Microseconds; *ret_status as waitpid(2) has it */
static double measure(const struct command *c, int null, int *ret_status)
{
	int64_t begin = now();
	pid_t pid = start(c->argv, null);

	if (pid < 0 || waitpid(pid, ret_status, 0) != pid)
		err(1, "%s", c->title);
	return (double)(now() - begin) / 1e3;
}

static void leave_out(struct command *c, const char *why)
{
	printf("%s: left out: %s\n", c->title, why);
	c->left_out = true;
}

/* Look each up, and see that it can do here what it shall. */
static void prepare(const char *program, int null)
{
	for (int i = 0; i < NCOMMANDS; i++) {
		struct command *c = &commands[i];
		char why[64];
		int n = 0, status = 0;

		for (; n < MOST_WORDS - 1 && c->words[n]; n++)
			c->argv[n] = n ? strdup(c->words[n]) : look_up(c->words[n]);
		if (n && !c->argv[0]) {
			leave_out(c, "it is not installed");
			continue;
		}
		c->argv[n] = strdup(program);
		measure(c, null, &status);
		snprintf(why, sizeof why, "its status was %#x", status);
		if (status != 0)
			leave_out(c, why);
	}
	if (commands[BARE].left_out)
		errx(1, "%s did not exit with 0", program);
}

static void draw_order(int order[NCOMMANDS], uint32_t *seed)
{
	for (int i = 0; i < NCOMMANDS; i++) {
		int j;

		*seed = *seed * 1664525 + 1013904223;
		j = (int)((*seed >> 8) % (unsigned)(i + 1));
		order[i] = order[j];
		order[j] = i;
	}
}

static void run_rounds(int rounds, int null)
{
	uint32_t seed = 1;

	for (int round = -WARM_UP; round < rounds; round++) {
		int order[NCOMMANDS];

		draw_order(order, &seed);
		for (int i = 0; i < NCOMMANDS; i++) {
			struct command *c = &commands[order[i]];
			int status = 0;
			double us;

			if (c->left_out)
				continue;
			measure(&commands[BARE], null, &status);
			us = measure(c, null, &status);
			if (status != 0)
				errx(1, "%s: status %#x", c->title, status);
			if (round >= 0)
				c->us[round] = us;
		}
	}
}

static struct spread microseconds(const struct command *c, int rounds)
{
	static double values[MOST_ROUNDS];

	memcpy(values, c->us, (size_t)rounds * sizeof *values);
	return spread_of(values, (size_t)rounds);
}

static void print_table(int rounds)
{
	printf("Microseconds until the end of the program was known. Medians (and quartiles) over "
	       "%d rounds.\n\n",
	       rounds);
	for (int i = 0; i < NCOMMANDS; i++) {
		struct spread s;

		if (commands[i].left_out)
			continue;
		s = microseconds(&commands[i], rounds);
		printf("%-40s %8.0f  (%.0f..%.0f)\n", commands[i].title, s.median, s.low, s.high);
	}
}

static void print_verdicts(int rounds)
{
	static double ratios[MOST_ROUNDS];

	if (commands[AIRLOCK].left_out)
		return;
	printf("\nairlock exec --profile filter: medians (and quartiles) of ratios within a "
	       "round\n");
	for (int i = 0; i < NCOMMANDS; i++) {
		char what[80];

		if (commands[i].left_out || commands[i].target == 0)
			continue;
		for (int round = 0; round < rounds; round++)
			ratios[round] = commands[AIRLOCK].us[round] / commands[i].us[round];
		snprintf(what, sizeof what, "to %s", commands[i].title);
		print_verdict(what, spread_of(ratios, (size_t)rounds), AT_MOST, commands[i].target);
	}
}

static void write_tsv(const char *path, int rounds)
{
	FILE *f = fopen(path, "w");

	if (!f)
		err(1, "%s", path);
	fprintf(f, "command\twhole_us\twhole_low_us\twhole_high_us\n");
	for (int i = 0; i < NCOMMANDS; i++) {
		struct spread s;

		if (commands[i].left_out)
			continue;
		s = microseconds(&commands[i], rounds);
		fprintf(f, "%s\t%.1f\t%.1f\t%.1f\n", commands[i].title, s.median, s.low, s.high);
	}
	if (fclose(f) < 0)
		err(1, "%s", path);
}

void commands_bench(int rounds, const char *program, const char *tsv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		err(1, "/dev/null");
	printf("\nCommands that start a static program which exits at once\n\n");
	/* what is told of children must not be told again by them */
	fflush(stdout);
	prepare(program, null);
	run_rounds(rounds, null);
	print_table(rounds);
	print_verdicts(rounds);
	if (tsv)
		write_tsv(tsv, rounds);
	close(null);
}
