/* SPDX-License-Identifier: ISC */
/*
 * answers.c: see answers.h. The answer itself is airlock__reading()'s; here it is asked for, checked
 * against the program, and traced back to a line of the profile.
 */
#define _GNU_SOURCE
#include "answers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

#include "bpf.h"
#include "cmd.h"
#include "names.h"
#include "reading.h"
#include "rules.h"
#include "values.h"

enum { NARGS = 6, LONGEST_SHOWN = 72 };

/* The question */

static int wrong_query(const char *text, const char *what)
{
	complain("--syscall %s: %s", text, what);
	return EXIT_AIRLOCK;
}

static int unknown_call(const char *text, const char *name, size_t len)
{
	struct airlock__nearest near;
	char what[160];

	airlock__nearest_begin(&near, name, len);
	for (size_t i = 0; i < airlock__ncalls; i++)
		airlock__nearest_try(&near, airlock__calls[i].name);
	snprintf(what, sizeof what, "unknown system call `%.*s`%s%s%s", len > 40 ? 40 : (int)len,
		 name, near.best ? "; did you mean `" : "", near.best ? near.best : "",
		 near.best ? "`?" : "");
	return wrong_query(text, what);
}

static int parse_number(const char *text, const char *name, size_t len, struct query *q)
{
	char digits[24], *end;
	unsigned long long nr;
	int call;

	if (len >= sizeof digits)
		return wrong_query(text, "this is no number of a call");
	memcpy(digits, name, len);
	digits[len] = '\0';
	errno = 0;
	nr = strtoull(digits, &end, 0);
	if (*end || errno || nr > UINT32_MAX)
		return wrong_query(text, "this is no number of a call");
	call = airlock__call_by_nr((uint32_t)nr);
	q->data.nr = (int)nr;
	q->name = call < 0 ? NULL : airlock__calls[call].name;
	return 0;
}

static int parse_name(const char *text, size_t len, struct query *q)
{
	int call;

	if (len == 0)
		return wrong_query(text, "the name or number of a system call is wanted first");
	if (*text >= '0' && *text <= '9')
		return parse_number(text, text, len, q);
	call = airlock__call_by_name(text, len);
	if (call < 0)
		return unknown_call(text, text, len);
	if (airlock__calls[call].nr < 0)
		return wrong_query(text, "this architecture has no such call");
	q->name = airlock__calls[call].name;
	q->data.nr = airlock__calls[call].nr;
	return 0;
}

/* A call none of whose arguments is cut to 32 bits: to read those of a number without a name */
static const char *wide_call(void)
{
	size_t i = 0;

	while (i + 1 < airlock__ncalls && airlock__calls[i].narrow)
		i++;
	return airlock__calls[i].name;
}

/* As SystemCallRule= reads what an argument is compared with: it is given such a rule to read. */
static int parse_argument(const struct query *q, const char *arg, size_t len, int i, uint64_t *ret)
{
	struct airlock__rule rule = { 0 };
	size_t at = 0, before, n;
	char message[256] = "", what[320], *line;
	int r;

	if (asprintf(&line, "%s: arg%d == %.*s", q->name ? q->name : wide_call(), i, (int)len,
		     arg) < 0)
		return wrong_query(q->text, strerror(ENOMEM));
	n = strlen(line);
	before = n - len;
	r = len == strspn(arg, " \t") || strcspn(arg, "&;=<>!") < len
		    ? -EDOM
		    : airlock__rule_parse(line, n, &rule, &at, message, sizeof message);
	/* two bars would make another comparison of it */
	if (r == 0 && rule.natoms != 1)
		r = -EDOM;
	if (r == 0)
		*ret = rule.atoms[0].value;
	free(rule.atoms);
	free(line);
	if (r == 0)
		return 0;
	if (r == -EDOM || *message == '\0' || !strncmp(message, "`&&`", 4))
		snprintf(what, sizeof what,
			 "argument %d wants a number, or names of constants joined by `|`", i);
	else
		snprintf(what, sizeof what, "argument %d, column %zu: %s", i,
			 at < before ? 1 : at - before + 1, message);
	return wrong_query(q->text, what);
}

int query_parse(const char *text, struct query *ret)
{
	struct query q = { .text = text, .data = { .arch = airlock__audit_arch } };
	size_t len = strcspn(text, ":");
	const char *at = text + len;
	int r = parse_name(text, len, &q);

	for (int i = 0; r == 0 && *at == ':'; i++) {
		uint64_t arg = 0;

		len = strcspn(++at, ":");
		if (i == NARGS)
			return wrong_query(text, "a call has six arguments at most");
		r = parse_argument(&q, at, len, i, &arg);
		q.data.args[i] = arg;
		at += len;
	}
	if (r == 0)
		*ret = q;
	return r;
}

/* Which line it was */

static void shown(const struct airlock__assignment *a, const char *what, struct answer *ret)
{
	size_t len = strlen(a->value);
	char where[160];

	/* what was set by itself has its key for a source */
	if (!strcmp(a->source, a->key))
		snprintf(where, sizeof where, "-p ");
	else
		snprintf(where, sizeof where, "%.120s:%u: ", a->source, a->line);
	snprintf(ret->because, sizeof ret->because, "%s%s=%.*s%s%s%s", where, a->key,
		 len > LONGEST_SHOWN ? LONGEST_SHOWN : (int)len, a->value,
		 len > LONGEST_SHOWN ? "..." : "", *what ? ": " : "", what);
}

static const struct airlock__assignment *last_line(const struct airlock_profile *p, const char *key)
{
	for (size_t i = p->nlines; i-- > 0;)
		if (!strcmp(p->lines[i].key, key) && *p->lines[i].value)
			return &p->lines[i];
	return NULL;
}

/* The line with that key, or what holds without one */
static void by_key(const struct airlock_profile *p, const char *key, const char *otherwise,
		   struct answer *ret)
{
	const struct airlock__assignment *a = last_line(p, key);

	if (a)
		shown(a, "", ret);
	else
		snprintf(ret->because, sizeof ret->because, "%s", otherwise);
}

/* SystemCallRule= number i: what an empty line clears is in neither of the two lists */
static const struct airlock__assignment *rule_line(const struct airlock_profile *p, size_t i)
{
	for (size_t j = 0; j < p->nlines; j++)
		if (!strcmp(p->lines[j].key, "SystemCallRule") && *p->lines[j].value && i-- == 0)
			return &p->lines[j];
	return NULL;
}

/* Is the call among the words of a list, by its name or within a group? */
static bool names_call(const char *value, size_t call)
{
	struct airlock__callset members;
	struct airlock__words ws;
	struct airlock__wrong unused;
	bool found = false;

	if (airlock__words_begin(&ws, value, *value == '~', "") < 0)
		return false;
	while (!found && airlock__words_next(&ws, &unused) > 0) {
		size_t len = strcspn(ws.word, ":");
		int group = *ws.word == '@' ? airlock__group_by_name(ws.word, len) : -1;

		if (group >= 0) {
			airlock__group_members((size_t)group, &members);
			found = airlock__callset_has(&members, call);
		} else {
			found = airlock__call_by_name(ws.word, len) == (int)call;
		}
	}
	airlock__words_end(&ws);
	return found;
}

/* The last of the list's lines that names the call: it is what counts */
static const struct airlock__assignment *list_line(const struct airlock_profile *p, const char *key,
						   size_t call)
{
	for (size_t i = p->nlines; i-- > 0;)
		if (!strcmp(p->lines[i].key, key) && names_call(p->lines[i].value, call))
			return &p->lines[i];
	return NULL;
}

static void by_rules(const struct airlock_profile *p, size_t call, const struct query *q,
		     uint32_t value, struct answer *ret)
{
	const struct airlock__assignment *line = NULL;
	uint64_t args[NARGS];
	bool holds = false;

	memcpy(args, q->data.args, sizeof args);
	for (size_t i = 0; i < p->nrules && !holds; i++) {
		if (p->rules[i].call != call)
			continue;
		line = rule_line(p, i);
		holds = airlock__rule_allows(&p->rules[i], args);
	}
	if (line)
		shown(line, answer_allows(value) ? "" : "no rule for the call holds", ret);
}

static void by_list(const struct airlock_profile *p, size_t call, uint32_t value,
		    struct answer *ret)
{
	const struct airlock__assignment *line = NULL;

	if (value == SECCOMP_RET_LOG)
		by_key(p, "SystemCallLog", "", ret);
	else if (p->filter_mode == AIRLOCK__NO_LIST && answer_allows(value))
		snprintf(ret->because, sizeof ret->because,
			 "no SystemCallFilter=: what is not asked for is not restricted");
	else if ((line = list_line(p, "SystemCallFilter", call)))
		shown(line, "", ret);
	else if (!strcmp(airlock__calls[call].name, "io_uring_setup") && !answer_allows(value))
		snprintf(ret->because, sizeof ret->because,
			 "io_uring gets round what is restricted: SystemCallFilter= must name it");
	else if (answer_allows(value))
		by_key(p, "SystemCallFilter", "not in the list", ret);
	else
		by_key(p, "SystemCallErrorNumber",
		       "not in SystemCallFilter=, and SystemCallErrorNumber= is kill by default",
		       ret);
}

/* Restrictions: each is taken away from a copy, and given back alone, to see which one answers. */
enum { NRESTRICTIONS = 8 };
static const char *const restriction_keys[NRESTRICTIONS] = {
	"RestrictAddressFamilies", "RestrictNamespaces",     "RestrictRealtime", "RestrictSUIDSGID",
	"LockPersonality",	   "MemoryDenyWriteExecute", "BindTCP",		 "ConnectTCP",
};

static void restrict_by(const struct airlock_profile *from, struct airlock_profile *to, int which,
			bool yes)
{
	switch (which) {
	case 0:
		to->family_mode = yes ? from->family_mode : AIRLOCK__NO_LIST;
		break;
	case 1:
		to->restrict_namespaces = yes && from->restrict_namespaces;
		break;
	case 2:
		to->restrict_realtime = yes && from->restrict_realtime;
		break;
	case 3:
		to->restrict_suid_sgid = yes && from->restrict_suid_sgid;
		break;
	case 4:
		to->lock_personality = yes && from->lock_personality;
		break;
	case 5:
		to->deny_write_execute = yes && from->deny_write_execute;
		break;
	case 6:
		to->has_bind = yes && from->has_bind;
		break;
	case 7:
		to->has_connect = yes && from->has_connect;
		break;
	}
}

struct reader {
	struct airlock__one_exec one_exec;
	const struct airlock__one_exec *exec; /* NULL: ExecOnce=no */
	uint32_t personality;
	const struct query *q;
};

static uint32_t read_it(const struct reader *r, const struct airlock_profile *p)
{
	return airlock__reading(p, r->exec, r->personality, &r->q->data);
}

/* The key of the restriction that answers; NULL: none does, it is the lists and rules. */
static const char *restriction(const struct reader *r, const struct airlock_profile *p,
			       uint32_t value)
{
	struct airlock_profile without = *p;

	for (int i = 0; i < NRESTRICTIONS; i++)
		restrict_by(p, &without, i, false);
	if (answer_allows(value) || !answer_allows(read_it(r, &without)))
		return NULL;
	for (int i = 0; i < NRESTRICTIONS; i++) {
		struct airlock_profile with_one = without;

		restrict_by(p, &with_one, i, true);
		if (read_it(r, &with_one) == value)
			return restriction_keys[i];
	}
	return NULL;
}

static void say_why(const struct reader *r, const struct airlock_profile *p, struct answer *ret)
{
	int call = airlock__call_by_nr((uint32_t)r->q->data.nr);
	bool exec = call >= 0 && !strncmp(airlock__calls[call].name, "execve", 6);
	uint32_t baseline = airlock__baseline(p);
	const char *key;

	ret->because[0] = '\0';
	if (call < 0)
		snprintf(ret->because, sizeof ret->because, "%s",
			 ret->value == SECCOMP_RET_KILL_PROCESS
				 ? "a number of another table of calls (x32)"
				 : "no call of that number is known");
	else if (exec && p->exec_once)
		by_key(p, "ExecOnce", "ExecOnce=yes, which is the default", ret);
	else if (airlock__calls[call].since > baseline)
		by_key(p, "SystemCallBaseline", "newer than what is known", ret);
	else if ((key = restriction(r, p, ret->value)))
		by_key(p, key, key, ret);
	else if (airlock__has_rule(p, (size_t)call))
		by_rules(p, (size_t)call, r->q, ret->value, ret);
	else
		by_list(p, (size_t)call, ret->value, ret);
}

/* The answer */

/* Pointers of an exec that are surely not those that are asked about: a helper cannot know them. */
static struct airlock__one_exec others_than(const uint64_t args[NARGS])
{
	return (struct airlock__one_exec){ ~args[0], ~args[1], ~args[2] };
}

static int run_program(const struct airlock__program *program,
		       const struct airlock__one_exec *pointers, const struct seccomp_data *data,
		       uint32_t *ret)
{
	const uint64_t three[3] = { pointers->path, pointers->argv, pointers->envp };
	struct sock_filter *code = malloc(program->n * sizeof *code);

	if (!code)
		return -ENOMEM;
	memcpy(code, program->code, program->n * sizeof *code);
	for (int i = 0; program->one_exec && i < 6; i++)
		code[program->at[i]].k = (uint32_t)(three[i / 2] >> 32 * (i % 2));
	*ret = airlock__bpf_run(code, program->n, data, NULL, NULL);
	free(code);
	return 0;
}

int answer_query(const struct airlock_profile *p, const struct airlock__program *program,
		 const struct query *q, struct answer *ret)
{
	struct reader reader = { .personality = (uint32_t)personality(0xffffffff), .q = q };
	uint64_t args[NARGS];
	uint32_t value = 0;
	int r;

	if (!program) {
		ret->value = SECCOMP_RET_ALLOW;
		snprintf(ret->because, sizeof ret->because, "the profile restricts no calls");
		return 0;
	}
	memcpy(args, q->data.args, sizeof args);
	reader.one_exec = others_than(args);
	reader.exec = p->exec_once ? &reader.one_exec : NULL;
	ret->value = read_it(&reader, p);
	say_why(&reader, p, ret);
	r = run_program(program, &reader.one_exec, &q->data, &value);
	return r < 0 ? r : value == ret->value ? 0 : -EILSEQ;
}

bool answer_allows(uint32_t value)
{
	return value == SECCOMP_RET_ALLOW || value == SECCOMP_RET_LOG;
}

struct answer_words answer_in_words(uint32_t value)
{
	struct answer_words w;
	const char *name;

	if (value == SECCOMP_RET_ALLOW) {
		snprintf(w.text, sizeof w.text, "allowed");
	} else if (value == SECCOMP_RET_LOG) {
		snprintf(w.text, sizeof w.text, "logged");
	} else if ((value & ~(uint32_t)SECCOMP_RET_DATA) == SECCOMP_RET_ERRNO) {
		name = airlock__value_name(AIRLOCK__ERRNOS, value & SECCOMP_RET_DATA);
		if (name)
			snprintf(w.text, sizeof w.text, "refused: %s", name);
		else
			snprintf(w.text, sizeof w.text, "refused: errno %u",
				 value & SECCOMP_RET_DATA);
	} else {
		snprintf(w.text, sizeof w.text, "refused: kills the process");
	}
	return w;
}
