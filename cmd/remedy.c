/* SPDX-License-Identifier: ISC */
/*
 * remedy.c: see remedy.h, and explain_line() of explain.h. Lines that may help are written down, gentle ones first;
 * then those go, from the last on, without which the profile allows the call as well. What is left was so
 * tried and not only thought.
 */
#define _GNU_SOURCE
#include "remedy.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

#include "explain.h"
#include "names.h"
#include "profile.h"
#include "program.h"
#include "reading.h"
#include "signatures.h"

enum { MAX_LINES = 16, LINE = 640 };

struct remedy {
	const struct airlock_profile *p;
	const struct question *q;
	size_t call;
	const char *name;
	char lines[MAX_LINES][LINE];
	bool dropped[MAX_LINES];
	size_t n;
};

static bool is_exec(const struct question *q)
{
	int call = airlock__call_by_nr((uint32_t)q->data.nr);

	return q->data.arch == airlock__audit_arch && call >= 0 &&
	       (!strcmp(airlock__calls[call].name, "execve") ||
		!strcmp(airlock__calls[call].name, "execveat"));
}

bool answer_passes(uint32_t answer)
{
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

uint32_t profile_answer(const struct airlock_profile *p, const struct question *q)
{
	if (!airlock__program_needed(p, p->exec_once))
		return SECCOMP_RET_ALLOW;
	if (p->exec_once && is_exec(q))
		return SECCOMP_RET_KILL_PROCESS;
	return airlock__reading(p, NULL, (uint32_t)personality(0xffffffff), &q->data);
}

/* Without the one exec a profile that refuses execve makes no seal: airlock_seal_new() */
static bool refuses_first_exec(const struct airlock_profile *p)
{
	int call = airlock__call_by_name("execve", strlen("execve"));

	return !p->exec_once && !answer_passes(airlock__base_answer(p, (size_t)call)) &&
	       !airlock__has_rule(p, (size_t)call);
}

/* Trying */

/* The profile with one line more. */
static bool add_line(struct airlock_profile *p, const char *line)
{
	const char *equals = strchr(line, '=');
	char key[64];

	if (!equals || (size_t)(equals - line) >= sizeof key)
		return false;
	memcpy(key, line, (size_t)(equals - line));
	key[equals - line] = '\0';
	return airlock_profile_set(p, key, equals + 1, NULL) == 0;
}

/* Does the call pass with the lines that are left? */
static bool passes(const struct remedy *m)
{
	struct airlock_profile *p = airlock__profile_calls(m->p);
	bool good = p;

	for (size_t i = 0; good && i < m->n; i++)
		good = m->dropped[i] || add_line(p, m->lines[i]);
	good = good && !refuses_first_exec(p) && answer_passes(profile_answer(p, m->q));
	airlock_profile_free(p);
	return good;
}

static void may_help(struct remedy *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void may_help(struct remedy *m, const char *format, ...)
{
	va_list args;
	int n;

	if (m->n == MAX_LINES)
		return;
	va_start(args, format);
	n = vsnprintf(m->lines[m->n], LINE, format, args);
	va_end(args);
	if (n > 0 && n < LINE)
		m->n++;
}

/* A line that the profile would not take helps nobody. */
static void drop_unless_taken(struct remedy *m)
{
	struct airlock_profile *p = airlock_profile_new();

	if (m->n && (!p || !add_line(p, m->lines[m->n - 1])))
		m->n--;
	airlock_profile_free(p);
}

/* Rules */

/* Which arguments the rules of this call look at: bit n; *ret_answer: what those get for which none holds. */
static unsigned looked_at(const struct remedy *m, uint32_t *ret_answer)
{
	unsigned args = 0;

	*ret_answer = 0;
	for (size_t i = 0; i < m->p->nrules; i++) {
		const struct airlock__rule *r = &m->p->rules[i];

		if (r->call != m->call)
			continue;
		*ret_answer = r->otherwise;
		for (size_t a = 0; a < r->natoms; a++)
			args |= 1u << r->atoms[a].arg;
	}
	return args;
}

/* One comparison; an address is another one each time, but for NULL. */
static int compare(const struct remedy *m, char *to, size_t size, int arg, bool by_name)
{
	const char *signature = call_signature(m->name);
	char kind = signature && strlen(signature) > (size_t)arg ? signature[arg] : 'x', names[512];
	uint64_t value = m->q->data.args[arg];

	if (airlock__calls[m->call].narrow & 1u << arg)
		value = (uint32_t)value;
	if (strchr("spa", kind))
		return snprintf(to, size, "arg%d %s 0", arg, value ? "!=" : "==");
	if (by_name && value_names(kind, value, names, sizeof names))
		return snprintf(to, size, "arg%d == %s", arg, names);
	return snprintf(to, size, value < 4096 ? "arg%d == %llu" : "arg%d == 0x%llx", arg,
			(unsigned long long)value);
}

/* The last rule says what those get that none allows: so this one must say it, too. */
static void say_otherwise(char *to, size_t size, uint32_t answer)
{
	const char *name = airlock__value_name(AIRLOCK__ERRNOS, answer & SECCOMP_RET_DATA);

	*to = '\0';
	if (answer == SECCOMP_RET_KILL_PROCESS)
		snprintf(to, size, "; return kill");
	else if (answer && name)
		snprintf(to, size, "; return %s", name);
	else if (answer)
		snprintf(to, size, "; return %u", answer & SECCOMP_RET_DATA);
}

static void try_rule(struct remedy *m, bool by_name)
{
	char condition[LINE] = "", otherwise[64];
	uint32_t answer;
	unsigned args = looked_at(m, &answer);
	size_t used = 0;

	for (int i = 0; i < 6; i++) {
		int n;

		if (!(args & 1u << i))
			continue;
		if (used)
			used += (size_t)snprintf(condition + used, sizeof condition - used, " && ");
		n = compare(m, condition + used, sizeof condition - used, i, by_name);
		if (n < 0 || used + (size_t)n + sizeof " && " > sizeof condition)
			return;
		used += (size_t)n;
	}
	say_otherwise(otherwise, sizeof otherwise, answer);
	may_help(m, "SystemCallRule=%s: %s%s", m->name, used ? condition : "1",
		 used ? otherwise : "");
	drop_unless_taken(m);
}

/* By names where the language has them, and they mean the same; the number else */
static void lines_of_rules(struct remedy *m)
{
	size_t n = m->n;

	try_rule(m, true);
	if (m->n > n && passes(m))
		return;
	/* other keys may refuse as well: what counts is whether the rule holds */
	for (size_t i = n; i < m->n; i++) {
		struct airlock__rule rule;
		const char *text = strchr(m->lines[i], '=') + 1;
		char message[256];
		size_t at;
		bool holds;

		if (airlock__rule_parse(text, strlen(text), &rule, &at, message, sizeof message) <
		    0)
			continue;
		holds = airlock__rule_allows(&rule, (const uint64_t *)m->q->data.args);
		free(rule.atoms);
		if (holds)
			return;
	}
	m->n = n;
	try_rule(m, false);
}

/* Restrictions */

static void lines_of_namespaces(struct remedy *m)
{
	uint64_t flags = m->q->data.args[!strcmp(m->name, "setns")];
	const struct airlock__name *names;
	char list[128] = "";
	size_t n, used = 0;

	names = airlock__names(AIRLOCK__NAMESPACES, &n);
	for (size_t i = 0; i < n; i++)
		/* where clone(2) has the bit of CLONE_NEWTIME it has a signal */
		if (flags & names[i].value &&
		    !(names[i].value & CSIGNAL && !strcmp(m->name, "clone")))
			used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
						 used ? " " : "", names[i].name);
	if (used && strcmp(m->name, "clone3") != 0)
		may_help(m, "RestrictNamespaces=%s", list);
	may_help(m, "RestrictNamespaces=no");
}

static void lines_of_restrictions(struct remedy *m)
{
	const struct airlock_profile *p = m->p;
	const char *family = airlock__value_name(AIRLOCK__FAMILIES, (uint32_t)m->q->data.args[0]);

	if (p->restrict_namespaces)
		lines_of_namespaces(m);
	if (p->restrict_realtime)
		may_help(m, "RestrictRealtime=no");
	if (p->restrict_suid_sgid)
		may_help(m, "RestrictSUIDSGID=no");
	if (p->lock_personality)
		may_help(m, "LockPersonality=no");
	if (p->deny_write_execute)
		may_help(m, "MemoryDenyWriteExecute=no");
	if (p->family_mode != AIRLOCK__NO_LIST) {
		if (family && !strcmp(m->name, "socket"))
			may_help(m, "RestrictAddressFamilies=%s", family);
		may_help(m, "RestrictAddressFamilies=");
	}
	if (p->has_connect)
		may_help(m, "ConnectTCP=");
	if (p->has_bind)
		may_help(m, "BindTCP=");
}

static void lines_of_calls(struct remedy *m)
{
	uint32_t since = airlock__calls[m->call].since;

	if (since > airlock__baseline(m->p))
		may_help(m,
			 since & 0xff ? "SystemCallBaseline=%u.%u.%u" : "SystemCallBaseline=%u.%u",
			 since >> 16, since >> 8 & 0xff, since & 0xff);
	if (m->p->exec_once && is_exec(m->q))
		may_help(m, "ExecOnce=no");
	/* where there is no list, the first line would begin one */
	if (m->p->filter_mode != AIRLOCK__NO_LIST) {
		may_help(m, "SystemCallFilter=%s", m->name);
		if (!strcmp(m->name, "execveat"))
			may_help(m, "SystemCallFilter=execve");
	}
	if (airlock__has_rule(m->p, m->call))
		lines_of_rules(m);
	else if (m->p->filter_mode == AIRLOCK__NO_LIST)
		may_help(m, "SystemCallRule=%s: 1", m->name);
}

/* All */

static void find(struct remedy *m)
{
	lines_of_calls(m);
	lines_of_restrictions(m);
	if (!passes(m)) {
		m->n = 0;
		return;
	}
	for (size_t i = m->n; i-- > 0;) {
		m->dropped[i] = true;
		m->dropped[i] = passes(m);
	}
}

void explain_line(const struct airlock_profile *p, const struct question *q, char *buf, size_t size)
{
	int call = q->data.arch == airlock__audit_arch ? airlock__call_by_nr((uint32_t)q->data.nr)
						       : -1;
	struct remedy *m = calloc(1, sizeof *m);
	size_t used = 0;

	if (size)
		*buf = '\0';
	if (call < 0 || !m) {
		free(m);
		return;
	}
	*m = (struct remedy){
		.p = p, .q = q, .call = (size_t)call, .name = airlock__calls[call].name
	};
	find(m);
	for (size_t i = 0; i < m->n && used < size; i++)
		if (!m->dropped[i])
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 used ? " and " : "", m->lines[i]);
	free(m);
}
