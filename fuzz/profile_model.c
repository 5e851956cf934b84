/* SPDX-License-Identifier: ISC */
/*
 * profile_model.c: see profile_model.h.
 */
#define _GNU_SOURCE
#include "profile_model.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <string.h>

#include "names.h"

enum {
	FILTER,
	LOG,
	CALL,
	GROUP,
	RULE,
	WHEN,
	MANY,
	RETURN,
	FAMILIES,
	FAMILY,
	NAMESPACES,
	NAMESPACE,
	RESTRICT,
	TCP,
	REFUSAL,
	BASELINE,
	CLEAR,
	LINE,
	ASK,
	SPAWN
};
const struct fuzz_op model_ops[] = {
	{ "filter", "b" },   /* a line SystemCallFilter=; 1: with a ~ */
	{ "log", "b" },	     /* the same of SystemCallLog= */
	{ "call", "hh" },    /* on such a line: its number, its own answer (see answer_of()) */
	{ "group", "bh" },   /* ... a group, by its place among them */
	{ "rule", "hb" },    /* number; 1: "1", 2: "allow", else with conditions */
	{ "when", "bbbbq" }, /* argument, operator, 1: after ||, notation, constant */
	{ "many", "bbbbq" }, /* argument, operator, 1: with ||, how many, the first one's constant */
	{ "return", "h" },   /* an answer, and the end of the rule */
	{ "families", "b" },			      /* 0: a list, 1: with a ~, 2: none */
	{ "family", "b" },     { "namespaces", "b" }, /* 0: a list, 1: with a ~, 2: yes, 3: no */
	{ "namespace", "b" },  { "restrict", "bb" },  /* which bool; 1: yes */
	{ "tcp", "bbh" },			      /* 1: ConnectTCP=; 1: none; port */
	{ "refusal", "h" },    { "baseline", "bb" },
	{ "clear", "b" },      /* an empty value; which key */
	{ "line", "s" },       /* as it stands here: then the model knows nothing */
	{ "ask", "wbqqqqqq" }, /* number, architecture, arguments */
	{ "spawn", "bw" },     /* 1: not the one exec's program, 2: of a copy; personality */
	{ NULL, NULL },
};

/* Text */

__attribute__((format(printf, 2, 3))) static void say(struct model *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	m->n += (size_t)vsnprintf(m->text + m->n, sizeof m->text - m->n, format, args);
	va_end(args);
}

/* CLONE_NEW*, as clone(2) and unshare(2) have them */
#define ALL_NAMESPACES 0x7e020080u

/* What a line that is being written is of */
struct line {
	enum { NOTHING, OF_FILTER, OF_LOG, OF_RULE, OF_FAMILIES, OF_NAMESPACES } of;
	bool taking, empty;
};

static size_t call_of(struct model *m, uint64_t nr)
{
	int call = airlock__call_by_nr((uint32_t)(nr % (airlock__highest_nr() + 1)));
	size_t i = call >= 0 ? (size_t)call : nr % airlock__ncalls;

	for (size_t j = 0; j < m->nmentioned; j++)
		if (m->mentioned[j] == i)
			return i;
	if (m->nmentioned < MODEL_ASKED)
		m->mentioned[m->nmentioned++] = i;
	return i;
}

/* 1 to 4095: that errno; 4096: 0, with which a call is skipped; 4097: kill; 0: none of its own */
enum { NO_ERROR = 4096, KILLS };

static uint32_t answer_of(uint64_t v)
{
	v %= KILLS + 1;
	return v == 0	    ? 0
	       : v == KILLS ? SECCOMP_RET_KILL_PROCESS
			    : SECCOMP_RET_ERRNO | (uint32_t)(v & 4095);
}

static void say_answer(struct model *m, uint32_t answer)
{
	const char *name = airlock__value_name(AIRLOCK__ERRNOS, answer & 4095);

	if (answer == SECCOMP_RET_KILL_PROCESS)
		say(m, "kill");
	else if (name)
		say(m, "%s", name);
	else
		say(m, "%u", answer & 4095);
}

/* Lists */

static void clear_list(struct model *m, bool filter)
{
	memset(filter ? &m->filter : &m->log, 0, sizeof m->filter);
	if (!filter)
		return;
	memset(m->own, 0, sizeof m->own);
	memset(m->named, 0, sizeof m->named);
}

/* A call of a line; one that has an answer of its own is refused, whatever line that is. */
static void put(struct model *m, const struct line *l, size_t call, uint32_t answer, bool by_name)
{
	bool allowed = !l->taking && !answer;

	if (l->of == OF_LOG) {
		m->log.has[call] = !l->taking;
		return;
	}
	m->filter.has[call] = allowed;
	m->own[call] = answer;
	if (!allowed)
		m->named[call] = false;
	else if (by_name)
		m->named[call] = true;
}

static void put_group(struct model *m, const struct line *l, size_t group, uint32_t answer)
{
	struct airlock__callset members;

	airlock__group_members(group, &members);
	for (size_t i = 0; i < airlock__ncalls; i++)
		if (airlock__callset_has(&members, i))
			put(m, l, i, answer, false);
}

/* The first line says what kind it is: all but, or these and @default */
static void first_of_list(struct model *m, const struct line *l)
{
	struct model_list *list = l->of == OF_FILTER ? &m->filter : &m->log;

	if (list->mode != MODEL_NONE)
		return;
	list->mode = l->taking ? MODEL_DENY : MODEL_ALLOW;
	/* of a log with a ~, all is logged but these */
	memset(list->has, l->taking, sizeof list->has);
	if (l->of == OF_FILTER && !l->taking)
		put_group(m, l, (size_t)airlock__group_by_name("@default", strlen("@default")), 0);
}

static void list_entry(struct model *m, struct line *l, const struct fuzz_step *s)
{
	uint32_t answer = l->of == OF_FILTER ? answer_of(s->arg[1]) : 0;
	size_t i;

	if (l->of != OF_FILTER && l->of != OF_LOG)
		return;
	if (l->empty)
		first_of_list(m, l);
	l->empty = false;
	if (s->op == CALL) {
		i = call_of(m, s->arg[0]);
		say(m, " %s", airlock__calls[i].name);
		put(m, l, i, answer, true);
	} else {
		i = s->arg[0] % airlock__ngroups();
		say(m, " %s", airlock__group_name(i));
		put_group(m, l, i, answer);
	}
	if (answer) {
		say(m, ":");
		say_answer(m, answer);
	}
}

/* Rules */

static const char *const operators[] = { "==", "!=", "<", "<=", ">", ">=", "&", "in" };

/* The constant in one of several ways to write it; it is what it says for the argument's width. */
static void say_constant(struct model *m, struct model_condition *c, unsigned notation)
{
	uint64_t width = c->narrow ? UINT32_MAX : UINT64_MAX, v = c->constant &= width,
		 low = v & 0x0f0f0f0f0f0f0f0f;
	int64_t negative = c->narrow ? (int32_t)(uint32_t)v : (int64_t)v;
	const struct airlock__name *names;
	size_t n;

	switch (notation % 8) {
	case 0:
		say(m, "%" PRIu64, v);
		break;
	case 1:
		if (negative < 0) {
			say(m, "%" PRId64, negative);
			break;
		}
		/* fall through */
	case 2:
		say(m, "0x%" PRIx64, v);
		break;
	case 3:
		say(m, "0%" PRIo64, v);
		break;
	case 4:
		names = airlock__names(AIRLOCK__CONSTANTS, &n);
		n = v % n;
		if (names[n].value <= width) {
			c->constant = names[n].value;
			say(m, "%s", names[n].name);
			break;
		}
		/* fall through */
	case 5:
		say(m, "~0x%" PRIx64, ~c->constant & width);
		break;
	case 6:
		say(m, "%" PRIu64 "|0x%" PRIx64, low, v & ~low);
		break;
	default:
		say(m, "~( 0x%" PRIx64 " |(%" PRIu64 ") )", ~v & width & ~low, ~v & width & 0xff);
		c->constant = ~((~v & width & ~low) | (~v & width & 0xff)) & width;
	}
}

static void begin_rule(struct model *m, struct line *l, const struct fuzz_step *s)
{
	struct model_rule *r = &m->rules[m->nrules];

	if (m->nrules == MODEL_RULES)
		return;
	r->call = call_of(m, s->arg[0]);
	r->always = s->arg[1] == 1 || s->arg[1] == 2;
	r->otherwise = 0;
	r->n = 0;
	say(m, "SystemCallRule=%s:%s", airlock__calls[r->call].name,
	    s->arg[1] == 1 ? " 1"
	    : r->always	   ? "allow"
			   : "");
	*l = (struct line){ .of = OF_RULE };
}

static void add_condition(struct model *m, struct model_condition new, unsigned notation)
{
	struct model_rule *r = &m->rules[m->nrules];
	struct model_condition *c = &r->when[r->n];

	if (r->always || r->n == MODEL_CONDITIONS)
		return;
	*c = new;
	c->or = r->n > 0 && new.or ;
	c->narrow = airlock__calls[r->call].narrow >> c->arg & 1;
	say(m, " %sarg%u %s ", r->n == 0 ? "" : c->or ? "|| " : "&& ", c->arg, operators[c->op]);
	say_constant(m, c, notation);
	r->n++;
}

static void conditions(struct model *m, const struct line *l, const struct fuzz_step *s)
{
	struct model_condition c = {
		.arg = (unsigned)(s->arg[0] % 6),
		.op = (unsigned)(s->arg[1] % 8),
		.or = s->arg[2] & 1,
		.constant = s->arg[4],
	};

	if (l->of != OF_RULE)
		return;
	if (s->op == WHEN)
		add_condition(m, c, (unsigned)s->arg[3]);
	for (unsigned i = 0; s->op == MANY && i < s->arg[3] % 16; i++, c.constant++)
		add_condition(m, c, i);
}

/* With an answer; or without one, which only a rule can be that has something else. */
static void end_rule(struct model *m, uint32_t answer)
{
	struct model_rule *r = &m->rules[m->nrules++];

	if (r->always || !(answer == SECCOMP_RET_KILL_PROCESS || answer & SECCOMP_RET_DATA))
		answer = 0;
	if (!answer && !r->n && !r->always)
		answer = SECCOMP_RET_ERRNO | EPERM;
	r->otherwise = answer;
	if (answer) {
		say(m, "%s return ", r->n ? ";" : "");
		say_answer(m, answer);
	}
}

/* Lines */

static const char *const bools[] = {
	"RestrictRealtime",
	"RestrictSUIDSGID",
	"LockPersonality",
	"MemoryDenyWriteExecute",
};

static void close_line(struct model *m, struct line *l)
{
	if (l->of == NOTHING)
		return;
	if (l->of == OF_RULE)
		end_rule(m, 0);
	/* without a name and without a ~ it is the empty value */
	if ((l->of == OF_FILTER || l->of == OF_LOG) && l->empty && !l->taking)
		clear_list(m, l->of == OF_FILTER);
	if (l->of == OF_FAMILIES && l->empty && !l->taking) {
		m->families = false;
		m->family_mode = MODEL_NONE;
		m->family_set = 0;
	}
	if (l->of == OF_NAMESPACES && l->empty && !l->taking) {
		m->ns_restricts = false;
		m->ns_set = 0;
	}
	say(m, "\n");
	*l = (struct line){ .of = NOTHING };
}

static void begin_list(struct model *m, struct line *l, const struct fuzz_step *s)
{
	*l = (struct line){ s->op == FILTER ? OF_FILTER : OF_LOG, s->arg[0] & 1, true };
	say(m, "SystemCall%s=%s", s->op == FILTER ? "Filter" : "Log", l->taking ? "~" : "");
	if (l->taking)
		first_of_list(m, l);
}

static void begin_names(struct model *m, struct line *l, const struct fuzz_step *s)
{
	static const char *const words[] = { "", "~", "yes", "no" };
	unsigned which = (unsigned)(s->arg[0] % 4);

	m->restricts = true;
	if (s->op == FAMILIES && which > 1) {
		m->family_mode = MODEL_ALLOW;
		m->family_set = 0;
	} else if (s->op == FAMILIES && which == 1 && m->family_mode == MODEL_NONE) {
		m->family_mode = MODEL_DENY;
	} else if (s->op == NAMESPACES && which > 1) {
		m->ns_restricts = which == 2;
		m->ns_set = 0;
	} else if (s->op == NAMESPACES && which == 1 && !m->ns_restricts) {
		m->ns_restricts = true;
		m->ns_set = ALL_NAMESPACES;
	}
	if (s->op == FAMILIES) {
		m->families = true;
		say(m, "RestrictAddressFamilies=%s", which == 1 ? "~" : which ? "none" : "");
	} else {
		say(m, "RestrictNamespaces=%s", words[which]);
	}
	*l = (struct line){ s->op == FAMILIES ? OF_FAMILIES : OF_NAMESPACES, which == 1, true };
	if (which > 1) {
		say(m, "\n");
		l->of = NOTHING;
	}
}

static void name(struct model *m, struct line *l, const struct fuzz_step *s)
{
	enum airlock__names table = s->op == FAMILY ? AIRLOCK__FAMILIES : AIRLOCK__NAMESPACES;
	const struct airlock__name *names;
	size_t n;

	if (l->of != (s->op == FAMILY ? OF_FAMILIES : OF_NAMESPACES))
		return;
	names = airlock__names(table, &n);
	say(m, " %s", names[s->arg[0] % n].name);
	if (table == AIRLOCK__FAMILIES) {
		uint64_t bit = 1ull << names[s->arg[0] % n].value;

		if (m->family_mode == MODEL_NONE)
			m->family_mode = MODEL_ALLOW;
		if (l->taking == (m->family_mode == MODEL_DENY))
			m->family_set |= bit;
		else
			m->family_set &= ~bit;
	} else {
		uint32_t bit = (uint32_t)names[s->arg[0] % n].value;

		if (!m->ns_restricts)
			m->ns_set = 0;
		m->ns_restricts = true;
		m->ns_set = l->taking ? m->ns_set & ~bit : m->ns_set | bit;
	}
	l->empty = false;
}

static void restrict_by(struct model *m, const struct fuzz_step *s)
{
	size_t which = s->arg[0] % (sizeof bools / sizeof *bools);
	bool yes = s->arg[1] & 1;

	m->restricts = true;
	m->asked_bool[which] = yes;
	if (which == 1)
		m->suid_sgid = yes;
	say(m, "%s=%s\n", bools[which], yes ? "yes" : "off");
}

static void tcp(struct model *m, const struct fuzz_step *s)
{
	const char *key = s->arg[0] & 1 ? "ConnectTCP" : "BindTCP";

	m->restricts = m->tcp = true;
	m->tcp_key[s->arg[0] & 1] = true;
	if (s->arg[1] & 1)
		say(m, "%s=none\n", key);
	else
		say(m, "%s=%u\n", key, (unsigned)s->arg[2]);
}

static void clear(struct model *m, const struct fuzz_step *s)
{
	static const char *const keys[] = { "SystemCallFilter", "SystemCallLog", "SystemCallRule",
					    "SystemCallErrorNumber", "SystemCallBaseline" };
	size_t which = s->arg[0] % (sizeof keys / sizeof *keys);

	if (which < 2)
		clear_list(m, which == 0);
	else if (which == 2)
		m->nrules = 0;
	else if (which == 3)
		m->refusal = SECCOMP_RET_KILL_PROCESS;
	else
		m->baseline = airlock__newest_kernel;
	say(m, "%s=\n", keys[which]);
}

static void refusal(struct model *m, const struct fuzz_step *s)
{
	uint32_t answer = answer_of(s->arg[0]);

	if (!(answer & SECCOMP_RET_DATA) && answer != SECCOMP_RET_KILL_PROCESS)
		answer = SECCOMP_RET_ERRNO | EPERM;
	m->refusal = answer;
	say(m, "SystemCallErrorNumber=");
	say_answer(m, answer);
	say(m, "\n");
}

static void baseline(struct model *m, const struct fuzz_step *s)
{
	unsigned major = 3 + (unsigned)s->arg[0] % 8, minor = (unsigned)s->arg[1] % 24;

	m->baseline = AIRLOCK__KERNEL(major, minor, 0);
	say(m, "SystemCallBaseline=%u.%u\n", major, minor);
}

static void raw(struct model *m, const struct fuzz_step *s)
{
	if (m->nraw == MODEL_RAW)
		return;
	m->restricts = true;
	m->raw[m->nraw].at = m->n;
	for (size_t i = 0; i < s->arg[0]; i++)
		/* a path is looked up by whoever includes it */
		say(m, "%c",
		    s->bytes[i] == '/'			 ? '_'
		    : s->bytes[i] && s->bytes[i] != '\n' ? s->bytes[i]
							 : ' ');
	say(m, "\n");
	m->raw[m->nraw++].end = m->n;
}

static void ask(struct model *m, const struct fuzz_step *s)
{
	struct model_ask *a = &m->asked[m->nasked];

	if (m->nasked == MODEL_ASKED)
		return;
	*a = (struct model_ask){ .nr = (uint32_t)s->arg[0], .arch = (unsigned)s->arg[1] };
	memcpy(a->args, s->arg + 2, sizeof a->args);
	m->nasked++;
}

static void step(struct model *m, struct line *l, const struct fuzz_step *s)
{
	bool within = s->op == CALL || s->op == GROUP || s->op == WHEN || s->op == MANY ||
		      s->op == FAMILY || s->op == NAMESPACE;

	if (s->op == RETURN) {
		if (l->of == OF_RULE) {
			end_rule(m, answer_of(s->arg[0]));
			say(m, "\n");
			l->of = NOTHING;
		}
		return;
	}
	if (!within)
		close_line(m, l);
	switch (s->op) {
	case FILTER:
	case LOG:
		begin_list(m, l, s);
		break;
	case CALL:
	case GROUP:
		list_entry(m, l, s);
		break;
	case RULE:
		begin_rule(m, l, s);
		break;
	case WHEN:
	case MANY:
		conditions(m, l, s);
		break;
	case FAMILIES:
	case NAMESPACES:
		begin_names(m, l, s);
		break;
	case FAMILY:
	case NAMESPACE:
		name(m, l, s);
		break;
	case RESTRICT:
		restrict_by(m, s);
		break;
	case TCP:
		tcp(m, s);
		break;
	case REFUSAL:
		refusal(m, s);
		break;
	case BASELINE:
		baseline(m, s);
		break;
	case CLEAR:
		clear(m, s);
		break;
	case LINE:
		raw(m, s);
		break;
	case ASK:
		ask(m, s);
		break;
	default:
		m->one_exec = !(s->arg[0] & 1);
		m->asks_copy = s->arg[0] & 2;
		m->builtin = s->arg[0] >> 2;
		m->personality = (uint32_t)s->arg[1];
	}
}

void model_read(struct model *m, const uint8_t *data, size_t size)
{
	struct fuzz_reader r = { data, data + size };
	struct line l = { .of = NOTHING };
	struct fuzz_step s;

	m->n = m->nraw = m->nrules = m->nmentioned = m->nasked = 0;
	m->family_mode = MODEL_NONE;
	m->family_set = m->ns_set = 0;
	m->ns_restricts = false;
	memset(m->asked_bool, 0, sizeof m->asked_bool);
	memset(m->tcp_key, 0, sizeof m->tcp_key);
	m->builtin = 0;
	m->families = m->suid_sgid = m->tcp = m->restricts = m->asks_copy = false;
	m->one_exec = true;
	m->personality = 0;
	m->refusal = SECCOMP_RET_KILL_PROCESS;
	m->baseline = airlock__newest_kernel;
	m->sum = 0;
	clear_list(m, true);
	clear_list(m, false);
	/* the most that an operation says: 15 conditions of at most 90 bytes */
	while (m->n + 2048 < sizeof m->text && fuzz_next(&r, &s))
		step(m, &l, &s);
	close_line(m, &l);
	for (size_t i = 0; i < size; i++)
		m->sum = m->sum * 31 + data[i];
}
