/* SPDX-License-Identifier: ISC */
/*
 * lines.h: what a helper writes to its standard error, line by line, with who said it, into a log. The helper is
 * not to be trusted: what a terminal would obey does not get there.
 */
#ifndef AIRLOCK_LINES_H
#define AIRLOCK_LINES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ends.h"

struct lines {
	struct end log;
	const char *log_name;		/* NULL: it is our standard error */
	bool told;			/* that the log takes nothing */
	char prefix[64];		/* "NAME[PID]: " */
	size_t start, end;		/* of `raw`, what has not been taken yet */
	size_t out_start, out_end;	/* of `out`, what has not been written yet */
	char raw[16384];
	char out[PIPE_BUF];		/* one line; no longer, so that a pipe takes it whole */
};

void lines_open(struct lines *l, int log, const char *log_name);

/* From now on it is this helper that speaks. */
void lines_begin(struct lines *l, const char *name, pid_t pid);

/* Is there a line for which the log must be waited for? No more is read until then. */
bool lines_wait(const struct lines *l);

/* What is there on `fd`: bytes, 0 at the end, or -errno. Then lines_write(). */
ssize_t lines_read(struct lines *l, int fd);

/* Write lines while the log takes them; `all`: what has no end of line, too. */
void lines_write(struct lines *l, bool all);

/* A line of our own, "airlock: NAME[PID]: ...", if the log takes it now. */
void lines_note(struct lines *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
