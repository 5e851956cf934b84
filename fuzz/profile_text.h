/* SPDX-License-Identifier: ISC */
/*
 * profile_text.h: an input of the target `profile`: a text, the files that it may include, and what its
 * lines are to a reader who knows the page airlock-profile(5) and not the parser.
 *
 * The input is the text, as people write it. A line `%%` ends it: what follows is a file of its own, up to the
 * next such line. They are /proc/self/fd/81, .../82 and so on, and one another's ./81, ./82. After the
 * `%%`, or one that begins the input, `1K`, `7K`, `60K`, `65K`, `1025K` make the part as large, by repeating it (or, of
 * an assignment of A0, by assigning more variables), if all parts are among a few known texts.
 */
#ifndef AIRLOCK_FUZZ_PROFILE_TEXT_H
#define AIRLOCK_FUZZ_PROFILE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TEXT_MAX = 8192,		/* what is longer is cut, but for what is made large */
	TEXT_PARTS = 10,
	TEXT_FIRST_FILE = 81,		/* its number, and those of the others after it */
	TEXT_SAME_FILE = 91,		/* the first one, once more */
	TEXT_PIPE = 92			/* no file at all */
};

struct text {
	char *at[TEXT_PARTS];		/* from malloc, of exactly that size; [0]: the text itself */
	size_t len[TEXT_PARTS];
	size_t n;
	bool large;			/* one is larger than TEXT_MAX */
	uint32_t sum;			/* of the input: to look at another line each time */
};

/*
 * Take an input apart, and make its files. No line includes anything then but builtins and these files: other
 * paths lose their slashes. false: no memory.
 */
bool text_take(const uint8_t *data, size_t size, struct text *ret);
void text_free(struct text *t);

/* The part that an error's source means, or NULL. */
const char *text_of_source(const struct text *t, const char *source, size_t *ret_len);

/* Is there such a line, and is it as long as that, or one byte less? Both from 1. */
bool text_has_place(const char *text, size_t len, unsigned line, unsigned column);

/* A line as it is meant: put together, without comments. */
struct text_line {
	bool broken;			/* it is no line of a profile, whatever keys there are */
	unsigned first, last;		/* the lines of the text that it is made of */
	const char *key, *value;	/* neither with blanks around it; NUL-terminated */
	uint32_t key_from;		/* where in the text it stands */
	const uint32_t *from;		/* the same of each byte of the value */
};

struct text_reader {
	const char *text;
	size_t len, next;
	unsigned line;			/* the last one that was read, from 1 */
	char joined[TEXT_MAX + 1];
	uint32_t from[TEXT_MAX + 1];
	size_t n;
};

/* Of at most TEXT_MAX bytes. */
void text_begin(struct text_reader *r, const char *text, size_t len);

/* The next one that is no comment, no `[Service]`, not empty. false: there is none. */
bool text_next(struct text_reader *r, struct text_line *ret);

#endif
