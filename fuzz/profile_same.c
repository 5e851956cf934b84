/* SPDX-License-Identifier: ISC */
/*
 * profile_same.c: see profile_same.h.
 */
#define _GNU_SOURCE
#include "profile_same.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_strings(const struct airlock__strings *a, const struct airlock__strings *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i], b->at[i]))
			return false;
	return true;
}

static bool same_rules(const struct airlock_profile *a, const struct airlock_profile *b)
{
	if (a->nrules != b->nrules)
		return false;
	for (size_t i = 0; i < a->nrules; i++) {
		const struct airlock__rule *r = &a->rules[i], *s = &b->rules[i];

		if (r->call != s->call || r->natoms != s->natoms || r->always != s->always ||
		    r->otherwise != s->otherwise)
			return false;
		for (size_t j = 0; j < r->natoms; j++) {
			const struct airlock__atom *x = &r->atoms[j], *y = &s->atoms[j];

			if (x->arg != y->arg || x->op != y->op ||
			    x->starts_clause != y->starts_clause || x->mask != y->mask ||
			    x->value != y->value)
				return false;
		}
	}
	return true;
}

static bool same_calls(const struct airlock_profile *a, const struct airlock_profile *b)
{
	return a->filter_mode == b->filter_mode && a->log_mode == b->log_mode &&
	       !memcmp(&a->filter, &b->filter, sizeof a->filter) &&
	       !memcmp(&a->log, &b->log, sizeof a->log) &&
	       !memcmp(&a->named, &b->named, sizeof a->named) &&
	       !memcmp(a->own, b->own, sizeof a->own) && a->refusal == b->refusal &&
	       a->baseline == b->baseline && a->exec_once == b->exec_once &&
	       a->native_only == b->native_only && a->family_mode == b->family_mode &&
	       a->families == b->families && a->restrict_namespaces == b->restrict_namespaces &&
	       a->namespaces == b->namespaces && a->restrict_realtime == b->restrict_realtime &&
	       a->restrict_suid_sgid == b->restrict_suid_sgid &&
	       a->lock_personality == b->lock_personality &&
	       a->deny_write_execute == b->deny_write_execute && same_rules(a, b);
}

static bool same_limits(const struct airlock_profile *a, const struct airlock_profile *b)
{
	for (size_t i = 0; i < AIRLOCK__NLIMITS; i++)
		if (a->limit[i].soft != b->limit[i].soft || a->limit[i].hard != b->limit[i].hard)
			return false;
	return a->limits == b->limits && a->has_nice == b->has_nice && a->nice == b->nice &&
	       a->has_oom == b->has_oom && a->oom_score_adj == b->oom_score_adj &&
	       a->has_cpus == b->has_cpus && CPU_EQUAL(&a->cpus, &b->cpus);
}

static bool same_process(const struct airlock_profile *a, const struct airlock_profile *b)
{
	return same_text(a->user, b->user) && same_text(a->group, b->group) &&
	       a->has_groups == b->has_groups && same_strings(&a->groups, &b->groups) &&
	       a->has_bounding == b->has_bounding && a->bounding == b->bounding &&
	       a->has_ambient == b->has_ambient && a->ambient == b->ambient &&
	       a->umask == b->umask && same_text(a->root, b->root) &&
	       same_text(a->directory, b->directory) &&
	       a->directory_optional == b->directory_optional &&
	       same_strings(&a->environment, &b->environment) && same_strings(&a->pass, &b->pass) &&
	       same_strings(&a->unset, &b->unset) &&
	       same_strings(&a->best_effort, &b->best_effort) && same_limits(a, b);
}

static bool same_reach(const struct airlock_profile *a, const struct airlock_profile *b)
{
	if (a->npaths != b->npaths || a->nbind != b->nbind || a->nconnect != b->nconnect)
		return false;
	for (size_t i = 0; i < a->npaths; i++)
		if (a->paths[i].access != b->paths[i].access ||
		    a->paths[i].optional != b->paths[i].optional ||
		    strcmp(a->paths[i].path, b->paths[i].path))
			return false;
	for (size_t i = 0; i < a->nbind; i++)
		if (a->bind[i] != b->bind[i])
			return false;
	for (size_t i = 0; i < a->nconnect; i++)
		if (a->connect[i] != b->connect[i])
			return false;
	for (size_t i = 0; i < AIRLOCK__NACCESS; i++)
		if (a->has_access[i] != b->has_access[i])
			return false;
	return a->has_bind == b->has_bind && a->has_connect == b->has_connect &&
	       a->scopes == b->scopes;
}

bool profile_same(const struct airlock_profile *a, const struct airlock_profile *b)
{
	return same_calls(a, b) && same_process(a, b) && same_reach(a, b);
}
