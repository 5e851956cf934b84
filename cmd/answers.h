/* SPDX-License-Identifier: ISC */
/*
 * answers.h: what a profile answers to one system call, and which of its lines says so.
 */
#ifndef AIRLOCK_ANSWERS_H
#define AIRLOCK_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/seccomp.h>

#include "profile.h"
#include "program.h"

/* NAME[:ARG...] as it was asked for. */
struct query {
	const char *text;
	const char *name;		/* NULL: a number that the table of calls does not know */
	struct seccomp_data data;
};

/* 0, or EXIT_AIRLOCK and it was told what is wrong. */
int query_parse(const char *text, struct query *ret);

struct answer {
	uint32_t value;			/* SECCOMP_RET_* */
	char because[400];
};

/*
 * By the reading of the profile. 0; -EILSEQ: its program (NULL: it needs none) says another thing, which is a
 * defect of airlock; -ENOMEM.
 */
int answer_query(const struct airlock_profile *p, const struct airlock__program *program, const struct query *q,
		 struct answer *ret);

/* ALLOW or LOG? */
bool answer_allows(uint32_t value);

/* "allowed", "logged", "refused: EPERM", "refused: kills the process" */
struct answer_words {
	char text[48];
};
struct answer_words answer_in_words(uint32_t value);

#endif
