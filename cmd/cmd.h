/* SPDX-License-Identifier: ISC */
/*
 * cmd.h: what the verbs of airlock(1) share: exit codes, messages, and the sandbox that a command line asks for.
 */
#ifndef AIRLOCK_CMD_H
#define AIRLOCK_CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "airlock/airlock.h"
#include "airlock/sandbox.h"

/* As env(1), timeout(1) and the shell have them. */
enum {
	EXIT_WRONG = 1,			/* check: no, the profile is wrong, or cannot be enforced; doctor: a promise does not hold */
	EXIT_AIRLOCK = 125,		/* airlock itself failed: wrong use, a profile that is wrong or cannot be read, a failed step */
	EXIT_CANNOT_EXEC = 126,		/* the program is there and cannot be executed */
	EXIT_NOT_FOUND = 127,		/* there is no such program */
	EXIT_SIGNAL = 128		/* and N: the program was killed by signal N */
};

/* The verbs: argv[0] is the verb. Each returns the exit code. */
struct verb {
	const char *name;
	const char *about;		/* a line */
	const char *help;		/* what --help prints, from "Usage:" on */
	int (*main)(const struct verb *verb, int argc, char **argv);
};
extern const struct verb verb_exec, verb_run, verb_check, verb_profile, verb_doctor, verb_learn;

/* "airlock: what: why" and a newline, as one write to standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Who blocks signals to poll for them must not wait for who does not read standard error: what it cannot take is lost. */
extern bool complain_never_waits;

/* What is quoted may be meant for a terminal: without control characters, and cut to `room`. Returns its length. */
size_t make_readable(char *line, size_t len, size_t room);

/* The same as complain() for wrong use, with where help is; returns EXIT_AIRLOCK. */
int misused(const struct verb *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * getopt_long(3) for a verb, which ends at the first word that is no option: an option, or -1 at their
 * end, or '?' with *ret_code the exit code of the verb: a wrong option was told of, or --help, which
 * every verb has, was printed.
 */
int next_option(const struct verb *verb, int argc, char **argv, const char *shorts, const struct option *longs,
		int *ret_code);

/* Standard output is written out: 0, or EXIT_AIRLOCK and it was told why not (a full disk). */
int finish_output(void);

/* A whole number of at least 0, or -1. */
int whole_number(const char *text, int max);

/*
 * The sandbox. Options of every verb that starts something:
 *	--profile NAME|FILE	repeated: each adds; `filter` if there is none
 *	-p KEY=VALUE		after the profiles, in their order
 */
#define SANDBOX_SHORTS "p:"
#define SANDBOX_LONGS { "profile", required_argument, NULL, 'P' }, { "property", required_argument, NULL, 'p' }

struct sandbox {
	const char **profiles, **pairs;	/* words of argv, the arrays from malloc */
	size_t nprofiles, npairs;
	struct airlock_profile *profile;
	struct airlock_seal *seal;
};

/* Takes the option if it is one of those above: true. */
bool sandbox_option(struct sandbox *s, int option, const char *value);

/* Reads the profiles: 0, or EXIT_AIRLOCK and it was told what is wrong. `argv`: the command, NULL: none is known. */
int sandbox_read(struct sandbox *s, char *const *argv);

/* Then makes s->seal: 0, or the exit code and it was told why not; EXIT_AIRLOCK unless it is for the program. */
int sandbox_seal(struct sandbox *s);
void sandbox_free(struct sandbox *s);

/* NAME or FILE into a profile: a word without a slash that is a builtin's name is that one. 0 or EXIT_AIRLOCK. */
int profile_add(struct airlock_profile *p, const char *name);

/*
 * The same, and KEY=VALUE, for who looks at what is wrong first: 0 or -errno. Then it is told: EXIT_AIRLOCK.
 * An error's column is that in the whole pair.
 */
int profile_load(struct airlock_profile *p, const char *name, struct airlock_profile_error *e);
int wrong_profile(const char *name, int r, const struct airlock_profile_error *e);
int profile_pair(struct airlock_profile *p, const char *pair, struct airlock_profile_error *e);
int wrong_pair(const char *pair, int r, const struct airlock_profile_error *e);

/* The builtin that was perhaps meant; NULL: none is near. */
const char *nearest_builtin(const char *name);

/* After unshare(CLONE_NEWPID) no child sees its parent, and so cannot be told of its death. */
bool children_see_us(void);

/* What airlock_spawn() or airlock_exec() said, told: the exit code. */
int failed_start(const struct airlock_error *e);

/* The same where it was the stage of listener.h that did not start: EXIT_AIRLOCK. */
int failed_stage(const struct airlock_error *e);

#endif
