/* SPDX-License-Identifier: ISC */
/*
 * keys_reach.c: the keys that say what the helper reaches and what it is told: paths, ports, the
 * environment; and what may be lost of all that. Nothing is looked up here. Pure.
 */
#define _GNU_SOURCE
#include "keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PORT = 65535 };

/* Paths */

static const char *const path_words[] = { "@argv", "@argv-dir", "@program" };

static int check_path_word(struct airlock__setting *s, size_t at, const char *word)
{
	const size_t npath_words = sizeof path_words / sizeof *path_words;
	struct airlock__nearest n;

	for (size_t i = 0; i < npath_words; i++)
		if (!strcmp(word, path_words[i]))
			return 0;
	airlock__nearest_begin(&n, word, strlen(word));
	for (size_t i = 0; i < npath_words; i++)
		airlock__nearest_try(&n, path_words[i]);
	if (!n.best)
		return airlock__wrong(&s->wrong, at,
				      "%s is none of `@argv`, `@argv-dir`, `@program`",
				      airlock__show(word, strlen(word)).text);
	return airlock__unknown(&s->wrong, at, "word", &n);
}

static int take_path(struct airlock__setting *s, const struct airlock__words *ws, int which)
{
	struct airlock_profile *p = s->p;
	bool optional = *ws->word == '-';
	const char *path = ws->word + optional;
	size_t at = airlock__words_at(ws, optional);
	struct airlock__path *paths;
	char *copy;
	int r;

	if (!strcmp(path, "none"))
		return airlock__wrong(&s->wrong, at,
				      "`none` stands alone, and takes back what was named before");
	r = *path == '@'
		    ? check_path_word(s, at, path)
		    : airlock__check_path(s, at, path, ", nor `@argv`, `@argv-dir`, `@program`");
	if (r < 0)
		return r;
	paths = airlock__grow(p->paths, p->npaths, sizeof *paths);
	if (!paths)
		return -ENOMEM;
	p->paths = paths;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	p->paths[p->npaths++] = (struct airlock__path){ .access = (enum airlock__access)which,
							.optional = optional,
							.path = copy,
							.source = s->source,
							.line = s->line };
	p->has_access[which] = true;
	return 0;
}

int airlock__set_path(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	bool none = !strcmp(s->value, "none");
	size_t kept = 0;

	if (*s->value && !none)
		return airlock__each_word(s, "", which, take_path);
	for (size_t i = 0; i < p->npaths; i++) {
		if (p->paths[i].access == (enum airlock__access)which)
			free(p->paths[i].path);
		else
			p->paths[kept++] = p->paths[i];
	}
	p->npaths = kept;
	p->has_access[which] = none;
	return 0;
}

/* Ports */

static int take_port(struct airlock__setting *s, const struct airlock__words *ws, int which)
{
	uint16_t **ports = which ? &s->p->connect : &s->p->bind, *grown;
	size_t *n = which ? &s->p->nconnect : &s->p->nbind, at = 0, end = *n;
	uint64_t v;

	if (airlock__number(ws->word, ws->len, MAX_PORT, &v) < 0)
		return airlock__wrong(&s->wrong, ws->at,
				      "%s is no port: a number from 0 to %d, or `none` alone",
				      airlock__show(ws->word, ws->len).text, MAX_PORT);
	*(which ? &s->p->has_connect : &s->p->has_bind) = true;
	while (at < end) {
		size_t middle = at + (end - at) / 2;

		if ((*ports)[middle] == v)
			return 0;
		if ((*ports)[middle] < v)
			at = middle + 1;
		else
			end = middle;
	}
	grown = airlock__grow(*ports, *n, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	*ports = grown;
	memmove(grown + at + 1, grown + at, (*n - at) * sizeof *grown);
	grown[at] = (uint16_t)v;
	++*n;
	return 0;
}

int airlock__set_ports(struct airlock__setting *s, int which)
{
	bool none = !strcmp(s->value, "none");

	if (*s->value && !none)
		return airlock__each_word(s, "", which, take_port);
	*(which ? &s->p->nconnect : &s->p->nbind) = 0;
	*(which ? &s->p->has_connect : &s->p->has_bind) = none;
	return 0;
}

/* The environment */

static int take_assignment(struct airlock__setting *s, const struct airlock__words *ws, int which)
{
	struct airlock__strings *e = &s->p->environment;
	size_t n = airlock__variable(ws->word);

	(void)which;
	if (!n || ws->word[n] != '=')
		return airlock__wrong(&s->wrong, ws->at,
				      "%s is no assignment: NAME=VALUE, of letters, digits and _ "
				      "the name",
				      airlock__show(ws->word, ws->len).text);
	for (const char *c = ws->word + n; *c; c++)
		if (((unsigned char)*c < 0x20 && *c != '\t' && *c != '\n') || *c == 0x7f)
			return airlock__wrong(&s->wrong,
					      airlock__words_at(ws, (size_t)(c - ws->word)),
					      "a control character in the environment");
	for (size_t i = 0; i < e->n; i++)
		if (!strncmp(e->at[i], ws->word, n + 1))
			return airlock__replace(&e->at[i], ws->word);
	return e->n == AIRLOCK__MAX_STRINGS ? airlock__too_many(&s->wrong, ws->at)
					    : airlock__strings_add(e, ws->word);
}

int airlock__set_environment(struct airlock__setting *s, int which)
{
	if (*s->value)
		return airlock__each_word(s, "", which, take_assignment);
	airlock__strings_wipe(&s->p->environment);
	return 0;
}

static int take_variable(struct airlock__setting *s, const struct airlock__words *ws, int which)
{
	struct airlock__strings *to = which ? &s->p->unset : &s->p->pass;
	size_t n = airlock__variable(ws->word);

	if (!n || (ws->word[n] && !which))
		return airlock__wrong(&s->wrong, ws->at,
				      "%s is no name of a variable: letters, digits and _%s",
				      airlock__show(ws->word, ws->len).text,
				      which ? "; nor NAME=VALUE" : "");
	return to->n == AIRLOCK__MAX_STRINGS ? airlock__too_many(&s->wrong, ws->at)
					     : airlock__strings_add(to, ws->word);
}

int airlock__set_variables(struct airlock__setting *s, int which)
{
	if (*s->value)
		return airlock__each_word(s, "", which, take_variable);
	airlock__strings_wipe(which ? &s->p->unset : &s->p->pass);
	return 0;
}

/* BestEffort= */

static const char *const always[] = { "no-new-privs", "one-exec", "environment" };
static const char *const report_names[] = {
	"seccomp-filter",
	"seccomp-baseline",
	"seccomp-rules",
	"seccomp-log",
	"seccomp-tcp",
	"address-families",
	"namespaces",
	"realtime",
	"suid-sgid",
	"lock-personality",
	"write-execute",
	"landlock-fs",
	"landlock-truncate",
	"landlock-ioctl-dev",
	"landlock-bind-tcp",
	"landlock-connect-tcp",
	"landlock-scope",
	"rlimit-cpu",
	"rlimit-fsize",
	"rlimit-data",
	"rlimit-stack",
	"rlimit-core",
	"rlimit-rss",
	"rlimit-nproc",
	"rlimit-nofile",
	"rlimit-memlock",
	"rlimit-as",
	"rlimit-locks",
	"rlimit-sigpending",
	"rlimit-msgqueue",
	"rlimit-nice",
	"rlimit-rtprio",
	"rlimit-rttime",
	"user",
	"group",
	"groups",
	"capabilities",
	"bounding-set",
	"ambient-set",
	"securebits",
	"root",
	"directory",
	"umask",
	"nice",
	"cpu-affinity",
	"oom-score",
};

/* "landlock" of "landlock-fs", or the whole of it */
static bool covers(const char *word, size_t len, const char *name)
{
	return !strncmp(word, name, len) && (name[len] == '\0' || (len && name[len] == '-'));
}

static const size_t nreport_names = sizeof report_names / sizeof *report_names;

static bool is_restriction(const char *word, size_t len)
{
	for (size_t i = 0; i < nreport_names; i++)
		if (covers(word, len, report_names[i]))
			return true;
	return false;
}

static int unknown_restriction(struct airlock__setting *s, const struct airlock__words *ws)
{
	struct airlock__nearest n;

	airlock__nearest_begin(&n, ws->word, ws->len);
	for (size_t i = 0; i < nreport_names; i++)
		airlock__nearest_try(&n, report_names[i]);
	airlock__nearest_try(&n, "landlock");
	airlock__nearest_try(&n, "seccomp");
	airlock__nearest_try(&n, "rlimit");
	return airlock__unknown(&s->wrong, ws->at, "restriction", &n);
}

static int take_best_effort(struct airlock__setting *s, const struct airlock__words *ws, int which)
{
	struct airlock__strings *to = &s->p->best_effort;

	(void)which;
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (covers(ws->word, ws->len, always[i]))
			return airlock__wrong(&s->wrong, ws->at,
					      "`%s` holds in every profile: it cannot be best "
					      "effort",
					      always[i]);
	if (!is_restriction(ws->word, ws->len))
		return unknown_restriction(s, ws);
	for (size_t i = 0; i < to->n; i++)
		if (!strcmp(to->at[i], ws->word))
			return 0;
	return airlock__strings_add(to, ws->word);
}

int airlock__set_best_effort(struct airlock__setting *s, int which)
{
	if (*s->value)
		return airlock__each_word(s, "", which, take_best_effort);
	airlock__strings_wipe(&s->p->best_effort);
	return 0;
}
