/* SPDX-License-Identifier: ISC */
/*
 * command.h: runs a command to its end and keeps what it wrote.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#define AIRLOCK BUILD_DIR "/airlock"

struct command {
	const char *const *argv;	/* ends in NULL; argv[0] "airlock" is the one that was built */
	const char *input;		/* its standard input; NULL: empty */
	size_t input_len;		/* 0: strlen(input) */
	const char *cwd;		/* NULL: as here */
	const char *const *env;		/* NAME=VALUE over what is here, ends in NULL; NULL: none */
	bool as_nobody;			/* as user and group 65534 */
	unsigned closed;		/* bit n: descriptor n is closed, n < 3 */
	int out_fd;			/* its standard output instead; 0: kept in ran.out */
	unsigned seconds;		/* then it is killed, and the test fails; 0: 20 */
	void (*prepare)(void);		/* called last before the exec, in the process itself; NULL: nothing */
};

struct ran {
	int code;			/* exit status; 128 and N: killed by signal N */
	char *out, *err;		/* each ends in NUL, from malloc */
	size_t out_len, err_len;
};

/* Fails the test where the command cannot be started or does not end. */
struct ran command_run(const struct command *c);
void command_free(struct ran *r);

/* The usual: RAN(input, "airlock", "check", "filter") */
#define RAN(text, ...) \
	command_run(&(struct command){ .argv = (const char *const[]){ __VA_ARGS__, NULL }, .input = (text) })

/* The code, and all of standard error; what is told of is printed when they differ. */
void assert_ran(const struct ran *r, int code, const char *err);

/* Is the text there? Prints where it was looked for if not. */
void assert_contains(const char *all, const char *part);

#endif
