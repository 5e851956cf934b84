/* SPDX-License-Identifier: ISC */
/*
 * report.c: see report.h. What is written here is read by people: bytes that could play tricks in
 * a log or on a terminal become '?'.
 */
#define _GNU_SOURCE
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

struct entry {
	const char *name;
	char *reason; /* NULL: there is nothing to say */
	enum airlock_state state;
};

struct airlock_report {
	struct entry *entries;
	size_t n, room;
	int failure;
	bool brief, no_memory;
};

struct airlock_report *airlock__report_new(void)
{
	return calloc(1, sizeof(struct airlock_report));
}

void airlock__report_be_brief(struct airlock_report *r)
{
	r->brief = true;
}

struct airlock_report *airlock_report_free(struct airlock_report *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < r->n; i++)
		free(r->entries[i].reason);
	free(r->entries);
	free(r);
	return NULL;
}

static bool make_room(struct airlock_report *r)
{
	size_t room = r->room ? 2 * r->room : 32;
	struct entry *more;

	if (r->n < r->room)
		return true;
	more = reallocarray(r->entries, room, sizeof *more);
	if (!more)
		return false;
	r->entries = more;
	r->room = room;
	return true;
}

static void add(struct airlock_report *r, const char *name, enum airlock_state state,
		const char *format, va_list args) __attribute__((format(printf, 4, 0)));

/* Most have nothing to say: "%s" of nothing. NULL: that is so, or *ret_failed. */
static char *write_reason(const char *format, va_list args, bool *ret_failed)
	__attribute__((format(printf, 1, 0)));

static char *write_reason(const char *format, va_list args, bool *ret_failed)
{
	va_list copy;
	char *reason;
	bool empty;

	va_copy(copy, args);
	empty = !strcmp(format, "%s") && !*va_arg(copy, const char *);
	va_end(copy);
	*ret_failed = !empty && vasprintf(&reason, format, args) < 0;
	return empty || *ret_failed ? NULL : reason;
}

static void add(struct airlock_report *r, const char *name, enum airlock_state state,
		const char *format, va_list args)
{
	bool failed;
	char *reason;

	if (r->brief)
		return;
	failed = !make_room(r);
	reason = failed ? NULL : write_reason(format, args, &failed);
	if (failed) {
		r->no_memory = true;
		return;
	}
	for (char *c = reason; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	r->entries[r->n++] = (struct entry){ name, reason, state };
}

void airlock__report_add(struct airlock_report *r, const char *name, enum airlock_state state,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(r, name, state, format, args);
	va_end(args);
}

void airlock__report_lost(struct airlock_report *r, const struct airlock_profile *p,
			  const char *name, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(r, name, AIRLOCK_LOST, format, args);
	va_end(args);
	if (r->failure == 0 && !airlock__best_effort(p, name))
		r->failure = error;
}

/* What nobody can read about may be in force or not: no memory is a failure whatever is best effort. */
int airlock__report_failure(const struct airlock_report *r)
{
	return r->no_memory ? -ENOMEM : r->failure;
}

size_t airlock_report_count(const struct airlock_report *r)
{
	return r ? r->n : 0;
}

const char *airlock_report_name(const struct airlock_report *r, size_t i)
{
	return i < airlock_report_count(r) ? r->entries[i].name : NULL;
}

enum airlock_state airlock_report_state(const struct airlock_report *r, size_t i)
{
	return i < airlock_report_count(r) ? r->entries[i].state : AIRLOCK_NOT_ASKED;
}

const char *airlock_report_reason(const struct airlock_report *r, size_t i)
{
	if (i >= airlock_report_count(r))
		return NULL;
	return r->entries[i].reason ? r->entries[i].reason : "";
}
