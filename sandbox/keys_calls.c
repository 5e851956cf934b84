/* SPDX-License-Identifier: ISC */
/*
 * keys_calls.c: the keys that system calls and their arguments are restricted with. They say what
 * is asked for; how it is done, and whether it can be, is for those who make a seal. Pure.
 */
#define _GNU_SOURCE
#include "keys.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

/* SystemCallFilter=, SystemCallLog= */

struct list {
	struct airlock_profile *p;
	enum airlock__mode *mode;
	struct airlock__callset *set;
	bool filter; /* with answers of their own, and calls by name told from those by group */
	bool taking; /* '~' */
};

/*
 * As systemd has it, the later word counts, be it a name or a group. `answer` 0: none of its own; a
 * call that has one is not allowed, whichever kind of line says so.
 */
static void apply(const struct list *l, size_t call, uint32_t answer, bool by_name)
{
	bool wanted = !l->taking && !answer;

	airlock__callset_put(l->set, call, wanted == (*l->mode == AIRLOCK__ALLOW_LIST));
	if (!l->filter)
		return;
	l->p->own[call] = answer;
	if (!wanted || by_name)
		airlock__callset_put(&l->p->named, call, wanted);
}

static void apply_group(const struct list *l, size_t group, uint32_t answer)
{
	struct airlock__callset members;

	airlock__group_members(group, &members);
	for (size_t i = 0; i < airlock__ncalls; i++)
		if (members.bits[i / 64] >> i % 64 & 1)
			apply(l, i, answer, false);
}

static int unknown_call(struct airlock__wrong *w, size_t at, const char *name, size_t len)
{
	bool group = len && *name == '@';
	struct airlock__nearest n;

	if (memchr(name, ',', len))
		return airlock__wrong(w, at, "%s: names are parted by blanks, not by commas",
				      airlock__show(name, len).text);
	airlock__nearest_begin(&n, name, len);
	for (size_t i = 0; i < airlock__ncalls && !group; i++)
		airlock__nearest_try(&n, airlock__calls[i].name);
	for (size_t i = 0; i < airlock__ngroups(); i++)
		airlock__nearest_try(&n, airlock__group_name(i));
	return airlock__unknown(w, at, group ? "group" : "system call", &n);
}

static int list_word(const struct list *l, const struct airlock__words *ws,
		     struct airlock__wrong *w)
{
	const char *colon = memchr(ws->word, ':', ws->len);
	size_t len = colon ? (size_t)(colon - ws->word) : ws->len;
	uint32_t answer = 0;
	int i, r;

	if (*ws->word == '~')
		return airlock__wrong(
			w, ws->at, "`~` stands before the first name, and is for the whole line");
	i = *ws->word == '@' ? airlock__group_by_name(ws->word, len)
			     : airlock__call_by_name(ws->word, len);
	if (i < 0)
		return unknown_call(w, ws->at, ws->word, len);
	if (colon && !l->filter)
		return airlock__wrong(w, airlock__words_at(ws, len),
				      "SystemCallLog= has no answers of its own");
	if (colon) {
		r = airlock__answer(colon + 1, ws->len - len - 1, airlock__words_at(ws, len + 1), 0,
				    &answer, w);
		if (r < 0)
			return r;
	}
	if (*ws->word == '@')
		apply_group(l, (size_t)i, answer);
	else
		apply(l, (size_t)i, answer, true);
	return 0;
}

static int set_list(struct airlock__setting *s, struct list *l)
{
	struct airlock__words ws;
	int r, group;

	l->taking = *s->value == '~';
	/* it would open all that it does not name */
	if (l->filter && s->into_deny && !l->taking && *l->mode == AIRLOCK__DENY_LIST)
		return airlock__wrong(&s->wrong, 0,
				      "a list of what is allowed, after one of what is refused "
				      "(`~`), would "
				      "allow all the rest: include this profile before that line");
	r = airlock__words_begin(&ws, s->value, l->taking, "");
	if (r < 0)
		return r;
	if (*l->mode == AIRLOCK__NO_LIST) {
		*l->mode = l->taking ? AIRLOCK__DENY_LIST : AIRLOCK__ALLOW_LIST;
		group = airlock__group_by_name("@default", strlen("@default"));
		if (l->filter && !l->taking && group >= 0)
			apply_group(l, (size_t)group, 0);
	}
	while ((r = airlock__words_next(&ws, &s->wrong)) > 0 &&
	       (r = list_word(l, &ws, &s->wrong)) == 0)
		;
	airlock__words_end(&ws);
	return r;
}

int airlock__set_filter(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	struct list l = { .p = p, .mode = &p->filter_mode, .set = &p->filter, .filter = true };

	(void)which;
	if (*s->value)
		return set_list(s, &l);
	p->filter_mode = AIRLOCK__NO_LIST;
	memset(&p->filter, 0, sizeof p->filter);
	memset(&p->named, 0, sizeof p->named);
	memset(p->own, 0, sizeof p->own);
	return 0;
}

int airlock__set_log(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	struct list l = { .p = p, .mode = &p->log_mode, .set = &p->log };

	(void)which;
	if (*s->value)
		return set_list(s, &l);
	p->log_mode = AIRLOCK__NO_LIST;
	memset(&p->log, 0, sizeof p->log);
	return 0;
}

int airlock__set_refusal(struct airlock__setting *s, int which)
{
	(void)which;
	if (*s->value)
		return airlock__answer(s->value, strlen(s->value), 0, 1, &s->p->refusal, &s->wrong);
	s->p->refusal = SECCOMP_RET_KILL_PROCESS;
	return 0;
}

/* SystemCallRule= */

int airlock__set_rule(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	struct airlock__rule rule, *rules;
	size_t at = 0;
	int r;

	(void)which;
	if (!*s->value) {
		for (size_t i = 0; i < p->nrules; i++)
			free(p->rules[i].atoms);
		p->nrules = 0;
		memset(&p->ruled, 0, sizeof p->ruled);
		return 0;
	}
	rules = airlock__grow(p->rules, p->nrules, sizeof *rules);
	if (!rules)
		return -ENOMEM;
	p->rules = rules;
	s->wrong.message[0] = '\0';
	r = airlock__rule_parse(s->value, strlen(s->value), &rule, &at, s->wrong.message,
				sizeof s->wrong.message);
	s->wrong.at = at;
	if (r == -E2BIG)
		airlock__wrong(&s->wrong, at, "more than %d comparisons in one rule",
			       AIRLOCK__MAX_ATOMS);
	if (r < 0)
		return r;
	p->rules[p->nrules++] = rule;
	airlock__callset_put(&p->ruled, rule.call, true);
	return 0;
}

int airlock__set_baseline(struct airlock__setting *s, int which)
{
	(void)which;
	if (*s->value)
		return airlock__kernel(s->value, &s->p->baseline, &s->wrong);
	s->p->baseline = 0;
	return 0;
}

int airlock__set_architectures(struct airlock__setting *s, int which)
{
	struct airlock__words ws;
	int r;

	(void)which;
	if (!*s->value) {
		s->p->native_only = false;
		return 0;
	}
	r = airlock__words_begin(&ws, s->value, 0, "");
	if (r < 0)
		return r;
	while ((r = airlock__words_next(&ws, &s->wrong)) > 0) {
		if (!airlock__same(ws.word, ws.len, "native")) {
			r = airlock__wrong(&s->wrong, ws.at,
					   "%s: only `native` is taken, which holds in any case",
					   airlock__show(ws.word, ws.len).text);
			break;
		}
		s->p->native_only = true;
	}
	airlock__words_end(&ws);
	return r;
}

/* Lists of names */

/* The values of the names from offset `from` on, or-ed; or as bit numbers if `bits`. */
static int names(struct airlock__setting *s, size_t from, enum airlock__names table,
		 const char *kind, bool bits, uint64_t *ret)
{
	struct airlock__words ws;
	uint64_t all = 0, v;
	int r;

	r = airlock__words_begin(&ws, s->value, from, "");
	if (r < 0)
		return r;
	while ((r = airlock__words_next(&ws, &s->wrong)) > 0) {
		if (!airlock__name_value(table, ws.word, ws.len, &v)) {
			r = airlock__same(ws.word, ws.len, "none")
				    ? airlock__wrong(&s->wrong, ws.at, "`none` stands alone")
				    : airlock__unknown_name(&s->wrong, ws.at, kind, table, ws.word,
							    ws.len);
			break;
		}
		all |= bits ? UINT64_C(1) << (v & 63) : v;
	}
	airlock__words_end(&ws);
	if (r == 0)
		*ret = all;
	return r;
}

static uint64_t all_names(enum airlock__names table, bool bits)
{
	const struct airlock__name *list;
	uint64_t all = 0;
	size_t n;

	list = airlock__names(table, &n);
	for (size_t i = 0; i < n; i++)
		all |= bits ? UINT64_C(1) << (list[i].value & 63) : list[i].value;
	return all;
}

int airlock__set_families(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	bool taking = *s->value == '~';
	uint64_t listed;
	int r;

	(void)which;
	if (!*s->value || !strcmp(s->value, "none")) {
		p->family_mode = *s->value ? AIRLOCK__ALLOW_LIST : AIRLOCK__NO_LIST;
		p->families = 0;
		return 0;
	}
	r = names(s, taking, AIRLOCK__FAMILIES, "address family", true, &listed);
	if (r < 0)
		return r;
	/* After `none` an inverted line takes nothing from nothing: systemd begins a deny list
	   there, and allows all but a few where none was to be. */
	if (p->family_mode == AIRLOCK__NO_LIST)
		p->family_mode = taking ? AIRLOCK__DENY_LIST : AIRLOCK__ALLOW_LIST;
	if (taking == (p->family_mode == AIRLOCK__DENY_LIST))
		p->families |= listed;
	else
		p->families &= ~listed;
	return 0;
}

int airlock__set_namespaces(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	bool taking = *s->value == '~', yes;
	struct airlock__wrong unused;
	uint64_t listed;
	int r;

	(void)which;
	if (!*s->value || airlock__boolean(s->value, &yes, &unused) == 0) {
		p->restrict_namespaces = *s->value && yes;
		p->namespaces = 0;
		return 0;
	}
	r = names(s, taking, AIRLOCK__NAMESPACES, "namespace", false, &listed);
	if (r < 0)
		return r;
	if (!p->restrict_namespaces)
		p->namespaces = taking ? (uint32_t)all_names(AIRLOCK__NAMESPACES, false) : 0;
	p->restrict_namespaces = true;
	if (taking)
		p->namespaces &= ~(uint32_t)listed;
	else
		p->namespaces |= (uint32_t)listed;
	return 0;
}

int airlock__set_capabilities(struct airlock__setting *s, int which)
{
	struct airlock_profile *p = s->p;
	uint64_t *set = which ? &p->ambient : &p->bounding, listed;
	bool *has = which ? &p->has_ambient : &p->has_bounding;
	bool taking = *s->value == '~';
	int r;

	r = names(s, taking, AIRLOCK__CAPABILITIES, "capability", true, &listed);
	if (r < 0)
		return r;
	if (!listed || !*has)
		*set = taking ? all_names(AIRLOCK__CAPABILITIES, true) & ~listed : listed;
	else if (taking)
		*set &= ~listed;
	else
		*set |= listed;
	/* systemd.exec(5): an empty bounding set is what the empty line asks for; it is no ambient one's loss */
	*has = !which || *s->value;
	return 0;
}

int airlock__set_scopes(struct airlock__setting *s, int which)
{
	uint64_t listed;
	int r;

	(void)which;
	if (!*s->value) {
		s->p->scopes = 0;
		return 0;
	}
	r = names(s, 0, AIRLOCK__SCOPES, "scope", false, &listed);
	if (r == 0)
		s->p->scopes |= listed;
	return r;
}
