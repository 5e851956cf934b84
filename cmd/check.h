/* SPDX-License-Identifier: ISC */
/*
 * check.h: what `airlock check` was asked, what it found, and the two ways to print that.
 */
#ifndef AIRLOCK_CHECK_H
#define AIRLOCK_CHECK_H

#include "answers.h"
#include "cmd.h"
#include "lacks.h"

struct check_asked {
	struct sandbox sandbox;
	struct query *queries;
	size_t nqueries;
	const char *bpf;
	bool json, disasm;
	char *const *command; /* NULL: none was given */
};

struct check_found {
	struct airlock_profile_error error; /* with `invalid` */
	const char *invalid;		    /* the profile, or KEY=VALUE, that is wrong */
	bool in_pair;			    /* the latter */
	int wrong;			    /* -errno of that */
	const char *program; /* whose loader was looked for */
	struct airlock__program code;
	const struct airlock__program *needed; /* that one; NULL: it restricts no calls */
	bool too_long; /* for the kernel: there are no answers */
	struct airlock_report *report;
	int sealed; /* 0, or why there is no seal */
	struct lack lacks[MAX_LACKS];
	size_t nlacks;
	struct answer *answers;
};

/* Does a path of the profile stand for something of the command? */
bool check_has_words(const struct airlock_profile *p);

/* The ABI of Landlock here, or -errno; and the one that has all that is asked for, 0: nothing is. */
int check_landlock_had(void);
int check_landlock_wanted(const struct airlock_report *r);

/* Is the loss of the report's line i one that BestEffort= names? */
bool check_best_effort(const struct check_asked *a, const struct check_found *f, size_t i);

/* Both: the exit code of finish_output(). */
int check_print_words(const struct check_asked *a, const struct check_found *f);
int check_print_json(const struct check_asked *a, const struct check_found *f);

#endif
