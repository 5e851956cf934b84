/* SPDX-License-Identifier: ISC */
/*
 * values.h: reads what stands after the '=' of a profile's line: words, numbers, sizes, times. Pure.
 */
#ifndef AIRLOCK_VALUES_H
#define AIRLOCK_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"
#include "seal.h"

/* What is wrong, and where: an offset in the value. */
struct airlock__wrong {
	size_t at;
	char message[256];
};

/* Returns -EINVAL. Control characters do not reach the message. */
int airlock__wrong(struct airlock__wrong *w, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "unknown KIND `WORD`", and what may have been meant if there is something like it. */
int airlock__unknown(struct airlock__wrong *w, size_t at, const char *kind, const struct airlock__nearest *n);
int airlock__unknown_name(struct airlock__wrong *w, size_t at, const char *kind, enum airlock__names table,
			  const char *name, size_t len);

/* A piece of a profile as it may stand in a message, with its quotes: not too long. */
struct airlock__shown {
	char text[64];
};
struct airlock__shown airlock__show(const char *text, size_t len);

/*
 * The words of a value, one by one: blanks (and `separators`) part them, but for what stands in quotes
 * or after a backslash, as in systemd.syntax(7). The words live until _end().
 */
struct airlock__words {
	const char *value, *separators;
	size_t next;			/* in value */
	char *store;
	size_t used;
	const char *word;		/* NUL-terminated, without quotes */
	size_t len, at;			/* of the word; where it begins in the value */
	bool plain;			/* no quotes, no backslash: an offset in it is one in the value */
};

/* From offset `from` of the value. 0 or -ENOMEM. */
int airlock__words_begin(struct airlock__words *ws, const char *value, size_t from, const char *separators);

/* 1: there is a word; 0: no more; -EINVAL. */
int airlock__words_next(struct airlock__words *ws, struct airlock__wrong *w);

/* Where in the value the word's byte `i` stands, as nearly as can be said. */
size_t airlock__words_at(const struct airlock__words *ws, size_t i);
void airlock__words_end(struct airlock__words *ws);

/* Is it one word that begins and ends there? */
bool airlock__same(const char *text, size_t len, const char *word);

/* Asked of each byte of a profile, and of some more than once: so not by strchr(3). */
static inline bool airlock__is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Whole numbers, decimal. `what` is for the message: "port". 0 or -EINVAL. */
int airlock__number(const char *text, size_t len, uint64_t max, uint64_t *ret);
int airlock__integer(const char *text, size_t at, long min, long max, const char *what, int *ret,
		     struct airlock__wrong *w);

int airlock__boolean(const char *text, bool *ret, struct airlock__wrong *w);

/* An errno name, a number from `least` to 4095, "kill": SECCOMP_RET_*. */
int airlock__answer(const char *text, size_t len, size_t at, unsigned least, uint32_t *ret, struct airlock__wrong *w);

/* "5.10", "5.10.3": AIRLOCK__KERNEL(). */
int airlock__kernel(const char *text, uint32_t *ret, struct airlock__wrong *w);

/* SOFT:HARD, or one for both, in the unit of that RLIMIT_*. */
int airlock__limit(int which, const char *text, struct airlock__limit *ret, struct airlock__wrong *w);

/* Is this a name or number that User= takes? It need not exist. */
bool airlock__is_user(const char *text);

/* NAME of the environment: its length, up to '=' or the end; 0: it is none. */
size_t airlock__variable(const char *text);

#endif
