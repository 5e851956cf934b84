/* SPDX-License-Identifier: ISC */
/*
 * parse.h: reads the lines of a profile, and what they include, into it.
 */
#ifndef AIRLOCK_PARSE_H
#define AIRLOCK_PARSE_H

#include <stddef.h>
#include <sys/types.h>

#include "keys.h"
#include "profile.h"

enum {
	AIRLOCK__MAX_TEXT = 1024 * 1024, /* bytes of one file, and of what a profile prints */
	AIRLOCK__MAX_LINE = 64 * 1024,	 /* bytes, with those that it goes on with */
	AIRLOCK__MAX_DEPTH = 8,		 /* of includes */
	AIRLOCK__MAX_INCLUDES = 64	 /* in one load */
};

/* A text that is being read, and the ones that include it. */
struct airlock__chain {
	const char *source;
	const char *builtin;		/* its name, or NULL */
	bool file;			/* and then dev, ino; what it includes may be beside it */
	dev_t dev;
	ino_t ino;
	const struct airlock__chain *by;
};

struct airlock__parser {
	struct airlock_profile *p;	/* a copy: after a failure it is to be thrown away */
	struct airlock__strings *sources;	/* outlives it, since errors point there */
	struct airlock_profile_error *error;	/* or NULL */
	size_t printed;			/* bytes that the profile's lines have so far */
	unsigned includes;
	bool into_deny;			/* the file that is read came after a list of what is refused */
};

/* Each 0, or a negative errno with *parser->error filled in. */
int airlock__parse_file(struct airlock__parser *parser, const char *path);
int airlock__parse_builtin(struct airlock__parser *parser, const char *name);
int airlock__parse_text(struct airlock__parser *parser, const char *text, size_t len);
int airlock__parse_pair(struct airlock__parser *parser, const char *key, const char *value);

/* The bytes that airlock_profile_print() writes for one line. */
size_t airlock__printed(const char *key, const char *value);

#endif
