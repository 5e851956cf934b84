/* SPDX-License-Identifier: ISC */
/*
 * profile_answers.c: what airlock-profile(5) says that a call is answered: see profile_model.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "profile_model.h"

bool model_holds(const struct model_condition *c, const uint64_t args[6])
{
	uint64_t width = c->narrow ? UINT32_MAX : UINT64_MAX, v = args[c->arg] & width,
		 k = c->constant & width;

	switch (c->op) {
	case MODEL_EQ:
		return v == k;
	case MODEL_NE:
		return v != k;
	case MODEL_LT:
		return v < k;
	case MODEL_LE:
		return v <= k;
	case MODEL_GT:
		return v > k;
	case MODEL_GE:
		return v >= k;
	case MODEL_ANY:
		return (v & k) != 0;
	default:
		return (v | k) == k;
	}
}

/* "a && b || c": one of those parts holds as a whole */
static bool rule_holds(const struct model_rule *r, const uint64_t args[6])
{
	bool part = r->n > 0;

	if (r->always)
		return true;
	for (size_t i = 0; i < r->n; i++) {
		if (r->when[i].or &&part)
			return true;
		part = (part || r->when[i].or) && model_holds(&r->when[i], args);
	}
	return part;
}

static uint32_t by_lists(const struct model *m, size_t call)
{
	uint32_t answer = SECCOMP_RET_ALLOW;

	if (m->own[call])
		answer = m->own[call];
	else if (!strcmp(airlock__calls[call].name, "io_uring_setup") &&
		 (m->families || m->tcp ||
		  ((m->filter.mode != MODEL_NONE || m->nrules || m->suid_sgid) && !m->named[call])))
		return SECCOMP_RET_ERRNO | ENOSYS;
	else if (m->filter.mode != MODEL_NONE && !m->filter.has[call])
		answer = m->refusal;
	if (m->log.mode == MODEL_ALLOW && m->log.has[call])
		return SECCOMP_RET_LOG;
	if (m->log.mode == MODEL_DENY && m->log.has[call] && answer == SECCOMP_RET_ALLOW)
		return SECCOMP_RET_LOG;
	return answer;
}

uint32_t model_answer(const struct model *m, size_t call, const uint64_t args[6])
{
	uint32_t lists = by_lists(m, call), refused = m->own[call] ? m->own[call] : m->refusal;
	const struct model_rule *last = NULL;

	for (size_t i = 0; i < m->nrules; i++) {
		if (m->rules[i].call != call)
			continue;
		last = &m->rules[i];
		if (rule_holds(last, args))
			return m->log.mode != MODEL_NONE && m->log.has[call] ? SECCOMP_RET_LOG
									     : SECCOMP_RET_ALLOW;
	}
	if (!last)
		return lists;
	return last->otherwise ? last->otherwise : refused;
}
