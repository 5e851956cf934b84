/* SPDX-License-Identifier: ISC */
/*
 * pack.c: see pack.h. One description serves both ways, so that they cannot differ: each pass_*() writes
 * what it is given, or fills it in. Must not write an address, nor the padding between fields.
 */
#define _GNU_SOURCE
#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "keys.h"

struct pack {
	FILE *to; /* NULL: it is read */
	const unsigned char *from;
};

static bool pass(struct pack *k, void *data, size_t n)
{
	if (k->to)
		return fwrite(data, 1, n, k->to) == n;
	memcpy(data, k->from, n);
	k->from += n;
	return true;
}
#define PASS(k, field) pass(k, &(field), sizeof(field))

static bool pass_text(struct pack *k, char **text)
{
	uint32_t size = k->to && *text ? (uint32_t)strlen(*text) + 1 : 0;

	if (!PASS(k, size))
		return false;
	if (!k->to)
		*text = size ? malloc(size) : NULL;
	return size == 0 || (*text && pass(k, *text, size));
}

/*
 * How many elements there are, which are passed next; and an array for them as airlock__grow() has it. *array is
 * the profile's, which counts those that have come: so it can be freed after a failure.
 */
static bool begin(struct pack *k, void *array, size_t size, size_t has, size_t *ret_n)
{
	uint32_t n = (uint32_t)has;
	void *room = NULL;

	if (!PASS(k, n))
		return false;
	*ret_n = n;
	if (k->to)
		return true;
	if (n > 0)
		room = calloc(airlock__room(n), size);
	memcpy(array, &room, sizeof room);
	return room || n == 0;
}

/* One of them, which is the profile's from now on if it was read */
static bool passed(struct pack *k, bool good, size_t *n)
{
	*n += good && !k->to;
	return good;
}

/* Names of builtins live for ever. */
static bool pass_source(struct pack *k, const char **source)
{
	const char *name;
	uint32_t i = 0;

	while (k->to && (name = airlock_profile_builtin_name(i)) && strcmp(name, *source) != 0)
		i++;
	if (!PASS(k, i))
		return false;
	name = airlock_profile_builtin_name(i);
	if (!k->to)
		*source = name;
	return name;
}

static bool pass_line(struct pack *k, struct airlock__assignment *a)
{
	if (!PASS(k, a->key_index) || !PASS(k, a->line) || !pass_source(k, &a->source))
		return false;
	a->key = airlock__key_at(a->key_index)->name;
	return pass_text(k, &a->value);
}

static bool pass_lines(struct pack *k, struct airlock_profile *p)
{
	size_t n = 0;
	bool good = begin(k, &p->lines, sizeof *p->lines, p->nlines, &n);

	for (size_t i = 0; good && i < n; i++)
		good = passed(k, pass_line(k, &p->lines[i]), &p->nlines);
	return good;
}

static bool pass_atom(struct pack *k, struct airlock__atom *a)
{
	return PASS(k, a->arg) && PASS(k, a->op) && PASS(k, a->starts_clause) && PASS(k, a->mask) &&
	       PASS(k, a->value);
}

static bool pass_rule(struct pack *k, struct airlock__rule *r)
{
	size_t n = 0;
	bool good = PASS(k, r->call) && PASS(k, r->always) && PASS(k, r->otherwise) &&
		    begin(k, &r->atoms, sizeof *r->atoms, r->natoms, &n);

	for (size_t i = 0; good && i < n; i++)
		good = passed(k, pass_atom(k, &r->atoms[i]), &r->natoms);
	return good;
}

static bool pass_rules(struct pack *k, struct airlock_profile *p)
{
	size_t n = 0;
	bool good = begin(k, &p->rules, sizeof *p->rules, p->nrules, &n);

	for (size_t i = 0; good && i < n; i++)
		good = passed(k, pass_rule(k, &p->rules[i]), &p->nrules);
	return good;
}

static bool pass_path(struct pack *k, struct airlock__path *path)
{
	return PASS(k, path->access) && PASS(k, path->optional) && PASS(k, path->line) &&
	       pass_source(k, &path->source) && pass_text(k, &path->path);
}

static bool pass_paths(struct pack *k, struct airlock_profile *p)
{
	size_t n = 0;
	bool good = begin(k, &p->paths, sizeof *p->paths, p->npaths, &n);

	for (size_t i = 0; good && i < n; i++)
		good = passed(k, pass_path(k, &p->paths[i]), &p->npaths);
	return good;
}

static bool pass_ports(struct pack *k, uint16_t **ports, size_t *nports)
{
	size_t n = 0;
	bool good = begin(k, ports, sizeof **ports, *nports, &n);

	for (size_t i = 0; good && i < n; i++)
		good = passed(k, PASS(k, (*ports)[i]), nports);
	return good;
}

static bool pass_strings(struct pack *k, struct airlock__strings *s)
{
	size_t n = 0;
	bool good = begin(k, &s->at, sizeof *s->at, s->n, &n);

	for (size_t i = 0; good && i < n; i++)
		good = passed(k, pass_text(k, &s->at[i]), &s->n);
	return good;
}

/* What airlock__profile_plain() leaves out */
static bool pass_rest(struct pack *k, struct airlock_profile *p)
{
	return pass_lines(k, p) && pass_rules(k, p) && pass_paths(k, p) &&
	       pass_ports(k, &p->bind, &p->nbind) && pass_ports(k, &p->connect, &p->nconnect) &&
	       pass_text(k, &p->user) && pass_text(k, &p->group) && pass_text(k, &p->root) &&
	       pass_text(k, &p->directory) && pass_strings(k, &p->groups) &&
	       pass_strings(k, &p->environment) && pass_strings(k, &p->pass) &&
	       pass_strings(k, &p->unset) && pass_strings(k, &p->best_effort);
}

bool airlock__pack(struct airlock_profile *p, FILE *to)
{
	struct pack k = { .to = to };
	struct airlock_profile plain;

	airlock__profile_plain(p, &plain);
	return PASS(&k, plain) && pass_rest(&k, p);
}

bool airlock__unpack(const unsigned char *from, struct airlock_profile *ret)
{
	struct pack k = { .from = from };

	return PASS(&k, *ret) && pass_rest(&k, ret);
}
