/* SPDX-License-Identifier: ISC */
/*
 * environment.c: see environment.h. Names are passed on that are known to be harmless, or named by the
 * profile: LD_PRELOAD and its like are code that would run in the helper.
 */
#define _GNU_SOURCE
#include "environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t name_length(const char *assignment)
{
	return strcspn(assignment, "=");
}

static bool same_name(const char *a, const char *b)
{
	size_t n = name_length(a);

	return n == name_length(b) && !memcmp(a, b, n);
}

static bool is_listed(const struct airlock__strings *names, const char *assignment)
{
	for (size_t i = 0; i < names->n; i++)
		if (same_name(names->at[i], assignment))
			return true;
	return false;
}

static bool by_default(const char *assignment)
{
	return same_name(assignment, "PATH") || same_name(assignment, "LANG") ||
	       same_name(assignment, "TZ") || !strncmp(assignment, "LC_", 3);
}

/* UnsetEnvironment=: a name, or a name with a value that must be that one. */
static bool is_unset(const struct airlock_profile *p, const char *assignment)
{
	for (size_t i = 0; i < p->unset.n; i++) {
		const char *u = p->unset.at[i];

		if (strchr(u, '=') ? !strcmp(u, assignment) : same_name(u, assignment))
			return true;
	}
	return false;
}

/* Add, unless the name is there or is not wanted. The array always ends in NULL. */
static int add(const struct airlock_profile *p, const char *assignment, struct airlock__strings *to)
{
	char **larger, *copy;

	if (!strchr(assignment, '=') || is_listed(to, assignment) || is_unset(p, assignment))
		return 0;
	copy = strdup(assignment);
	larger = copy ? realloc(to->at, (to->n + 2) * sizeof *to->at) : NULL;
	if (!larger) {
		free(copy);
		return -ENOMEM;
	}
	to->at = larger;
	to->at[to->n++] = copy;
	to->at[to->n] = NULL;
	return 0;
}

int airlock__environment_make(const struct airlock_profile *p, struct airlock__strings *ret)
{
	struct airlock__strings e = { calloc(1, sizeof *e.at), 0 };
	int r = e.at ? 0 : -ENOMEM;

	/* the profile's own first: they win */
	for (size_t i = 0; r == 0 && i < p->environment.n; i++)
		r = add(p, p->environment.at[i], &e);
	for (char **at = environ; r == 0 && at && *at; at++)
		if (by_default(*at) || is_listed(&p->pass, *at))
			r = add(p, *at, &e);
	if (r == 0) {
		*ret = e;
		return 0;
	}
	for (size_t i = 0; i < e.n; i++)
		free(e.at[i]);
	free(e.at);
	return r;
}
