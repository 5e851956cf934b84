/* SPDX-License-Identifier: ISC */
/*
 * keys_process.c: the keys that say who the helper is, where it stands, how much it gets. Nothing is
 * looked up here: that a user or a path is there is for those who make a seal. Pure.
 */
#define _GNU_SOURCE
#include "keys.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Arrays */

size_t airlock__room(size_t n)
{
	size_t room = 1;

	while (room < n)
		room *= 2;
	return room;
}

void *airlock__grow(void *array, size_t n, size_t size)
{
	return airlock__room(n) == n || !array ? reallocarray(array, airlock__room(n + 1), size)
					       : array;
}

int airlock__strings_add(struct airlock__strings *s, const char *text)
{
	char **at = airlock__grow(s->at, s->n, sizeof *at), *copy;

	if (!at)
		return -ENOMEM;
	s->at = at;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	s->at[s->n++] = copy;
	return 0;
}

void airlock__strings_wipe(struct airlock__strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->at[i]);
	free(s->at);
	*s = (struct airlock__strings){ NULL, 0 };
}

int airlock__strings_copy(const struct airlock__strings *from, struct airlock__strings *to)
{
	*to = (struct airlock__strings){ NULL, 0 };
	for (size_t i = 0; i < from->n; i++)
		if (airlock__strings_add(to, from->at[i]) < 0) {
			airlock__strings_wipe(to);
			return -ENOMEM;
		}
	return 0;
}

int airlock__too_many(struct airlock__wrong *w, size_t at)
{
	airlock__wrong(w, at, "more than %d of these", AIRLOCK__MAX_STRINGS);
	return -E2BIG;
}

int airlock__each_word(struct airlock__setting *s, const char *separators, int which,
		       int (*take)(struct airlock__setting *s, const struct airlock__words *ws,
				   int which))
{
	struct airlock__words ws;
	int r = airlock__words_begin(&ws, s->value, 0, separators);

	if (r < 0)
		return r;
	while ((r = airlock__words_next(&ws, &s->wrong)) > 0 && (r = take(s, &ws, which)) == 0)
		;
	airlock__words_end(&ws);
	return r;
}

/* Yes and no */

int airlock__set_bool(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	bool *const flags[] = {
		[AIRLOCK__EXEC_ONCE] = &p->exec_once,
		[AIRLOCK__REALTIME] = &p->restrict_realtime,
		[AIRLOCK__SUID_SGID] = &p->restrict_suid_sgid,
		[AIRLOCK__PERSONALITY] = &p->lock_personality,
		[AIRLOCK__WRITE_EXECUTE] = &p->deny_write_execute,
	};

	if (*s->value)
		return airlock__boolean(s->value, flags[which], &s->wrong);
	*flags[which] = which == AIRLOCK__EXEC_ONCE;
	return 0;
}

int airlock__set_no_new_privs(struct airlock__setting *s, int which)
{
	bool yes = true;
	int r = *s->value ? airlock__boolean(s->value, &yes, &s->wrong) : 0;

	(void)which;
	if (r == 0 && !yes)
		r = airlock__wrong(&s->wrong, 0,
				   "no_new_privs holds in every profile: only `yes` is taken");
	return r;
}

/* Who */

static int not_a_user(struct airlock__setting *s, size_t at, const char *word, int which)
{
	return airlock__wrong(&s->wrong, at,
			      "%s cannot be a %s: a name, or a number but 65535 and 4294967295",
			      airlock__show(word, strlen(word)).text, which ? "group" : "user");
}

int airlock__set_user(struct airlock__setting *s, int which)
{
	char **to = which ? &s->p->group : &s->p->user, *copy = NULL;

	if (*s->value) {
		if (!airlock__is_user(s->value))
			return not_a_user(s, 0, s->value, which);
		copy = strdup(s->value);
		if (!copy)
			return -ENOMEM;
	}
	free(*to);
	*to = copy;
	return 0;
}

static int take_group(struct airlock__setting *s, const struct airlock__words *ws, int which)
{
	if (!airlock__is_user(ws->word))
		return not_a_user(s, ws->at, ws->word, which);
	if (s->p->groups.n == AIRLOCK__MAX_STRINGS)
		return airlock__too_many(&s->wrong, ws->at);
	s->p->has_groups = true;
	return airlock__strings_add(&s->p->groups, ws->word);
}

int airlock__set_groups(struct airlock__setting *s, int which)
{
	(void)which;
	if (*s->value)
		return airlock__each_word(s, "", 1, take_group);
	airlock__strings_wipe(&s->p->groups);
	s->p->has_groups = false;
	return 0;
}

/* Where */

int airlock__set_umask(struct airlock__setting *s, int which)
{
	const char *v = s->value;
	int mask = 0;

	(void)which;
	if (!*v) {
		s->p->umask = -1;
		return 0;
	}
	for (; *v >= '0' && *v <= '7' && mask <= 0777; v++)
		mask = mask * 8 + (*v - '0');
	if (*v || mask > 0777)
		return airlock__wrong(&s->wrong, 0, "%s is no umask: octal, 0 to 777",
				      airlock__show(s->value, strlen(s->value)).text);
	s->p->umask = mask;
	return 0;
}

int airlock__check_path(struct airlock__setting *s, size_t at, const char *path, const char *others)
{
	if (strlen(path) >= PATH_MAX)
		return airlock__wrong(&s->wrong, at, "a path of %zu bytes: %d are the most",
				      strlen(path), PATH_MAX - 1);
	if (*path != '/')
		return airlock__wrong(&s->wrong, at, "%s is no absolute path%s",
				      airlock__show(path, strlen(path)).text, others);
	return 0;
}

int airlock__replace(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

/* No quotes, here and for the root: as in systemd the value is the path, blanks and all. */
int airlock__set_directory(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	bool optional = *s->value == '-';
	const char *path = s->value + optional;
	int r;

	(void)which;
	if (!*s->value) {
		free(p->directory);
		p->directory = NULL;
		p->directory_optional = false;
		return 0;
	}
	r = strcmp(path, "~")
		    ? airlock__check_path(s, optional, path, ", nor `~` (the user's home)")
		    : 0;
	if (r == 0)
		r = airlock__replace(&p->directory, path);
	if (r == 0)
		p->directory_optional = optional;
	return r;
}

int airlock__set_root(struct airlock__setting *s, int which)
{
	int r;

	(void)which;
	if (!*s->value) {
		free(s->p->root);
		s->p->root = NULL;
		return 0;
	}
	r = airlock__check_path(s, 0, s->value, "");
	return r < 0 ? r : airlock__replace(&s->p->root, s->value);
}

/* How much */

int airlock__set_limit(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	const uint32_t bit = UINT32_C(1) << which;

	if (*s->value) {
		int r = airlock__limit(which, s->value, &p->limit[which], &s->wrong);

		if (r == 0)
			p->limits |= bit;
		return r;
	}
	p->limit[which] = (struct airlock__limit){ 0, 0 };
	if (which != RLIMIT_CORE)
		p->limits &= ~bit;
	return 0;
}

int airlock__set_nice(struct airlock__setting *s, int which)
{
	(void)which;
	s->p->has_nice = *s->value;
	if (*s->value)
		return airlock__integer(s->value, 0, -20, 19, "nice value", &s->p->nice, &s->wrong);
	s->p->nice = 0;
	return 0;
}

int airlock__set_oom_score(struct airlock__setting *s, int which)
{
	(void)which;
	s->p->has_oom = *s->value;
	if (*s->value)
		return airlock__integer(s->value, 0, -1000, 1000, "OOM score adjustment",
					&s->p->oom_score_adj, &s->wrong);
	s->p->oom_score_adj = 0;
	return 0;
}

static int take_cpus(struct airlock__setting *s, const struct airlock__words *ws, int which)
{
	const char *dash = strchr(ws->word, '-');
	size_t len = dash ? (size_t)(dash - ws->word) : ws->len;
	uint64_t from, to;

	(void)which;
	if (!strcmp(ws->word, "numa"))
		return airlock__wrong(&s->wrong, ws->at,
				      "`numa` is systemd's, with NUMAMask=, which is not known "
				      "here: name the CPUs");
	if (airlock__number(ws->word, len, CPU_SETSIZE - 1, &from) < 0)
		return airlock__wrong(&s->wrong, ws->at,
				      "%s is no CPU, nor a range of them: numbers from 0 to %d",
				      airlock__show(ws->word, ws->len).text, CPU_SETSIZE - 1);
	to = from;
	if (dash && airlock__number(dash + 1, strlen(dash + 1), CPU_SETSIZE - 1, &to) < 0)
		return airlock__wrong(&s->wrong, airlock__words_at(ws, len + 1),
				      "%s is no range of CPUs: numbers from 0 to %d, as in 0-3",
				      airlock__show(ws->word, ws->len).text, CPU_SETSIZE - 1);
	if (to < from)
		return airlock__wrong(&s->wrong, ws->at,
				      "%s is a range of no CPUs: the lower number comes first",
				      airlock__show(ws->word, ws->len).text);
	for (; from <= to; from++)
		CPU_SET(from, &s->p->cpus);
	s->p->has_cpus = true;
	return 0;
}

int airlock__set_cpus(struct airlock__setting *s, int which)
{
	int r;

	(void)which;
	if (!*s->value) {
		CPU_ZERO(&s->p->cpus);
		s->p->has_cpus = false;
		return 0;
	}
	r = airlock__each_word(s, ",", 0, take_cpus);
	if (r == 0 && !s->p->has_cpus)
		r = airlock__wrong(&s->wrong, 0, "there is no CPU here");
	return r;
}
