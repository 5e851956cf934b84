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

#include "profile.h"

struct entry {
	const char *name;
	char *reason;
	enum airlock_state state;
};

struct airlock_report {
	struct entry *entries;
	size_t n, room;
	int failure;
	bool no_memory;
};

struct airlock_report *airlock__report_new(void)
{
	return calloc(1, sizeof(struct airlock_report));
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

static void add(struct airlock_report *r, const char *name, enum airlock_state state,
		const char *format, va_list args)
{
	char *reason;

	if (!make_room(r) || vasprintf(&reason, format, args) < 0) {
		r->no_memory = true;
		return;
	}
	for (char *c = reason; *c; c++)
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
	return i < airlock_report_count(r) ? r->entries[i].reason : NULL;
}
