/* SPDX-License-Identifier: ISC */
/*
 * learned_more.c: see learned.h. This part writes a new profile as a whole, or what is to be added
 * to another.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "names.h"

/* As one would type it, but for what is no text */
static void write_word(const char *word, size_t len, FILE *f)
{
	size_t plain = 0, piece;

	while (plain < len &&
	       (isalnum((unsigned char)word[plain]) || strchr("/._-+=:,@%", word[plain])))
		plain++;
	if (len && plain == len) {
		fwrite(word, 1, len, f);
		return;
	}
	fputc('\'', f);
	for (; len; word += piece, len -= piece) {
		piece = strcspn(word, "'");
		if (piece > len)
			piece = len;
		learned_write_text(word, piece, f);
		if (piece < len)
			fputs("'\\''", f), piece++;
	}
	fputc('\'', f);
}

static void write_command(char *const *argv, FILE *f)
{
	size_t room = LEARNED_MAX_COMMAND;

	for (size_t i = 0; argv[i]; i++) {
		size_t len = strlen(argv[i]), shown = len < room ? len : room;

		/* not in the middle of a character */
		while (shown > 0 && shown < len && ((unsigned char)argv[i][shown] & 0xc0) == 0x80)
			shown--;
		fputs(i ? " " : "", f);
		write_word(argv[i], shown, f);
		room -= shown < room ? shown + 1 : room;
		if (shown < len || (!room && argv[i + 1])) {
			fputs(" ... (it is longer)", f);
			return;
		}
	}
}

int learned_write(const struct learned *l, const struct learned_about *a, FILE *f)
{
	int r;

	fputs("# Learned by `airlock learn' from one run of\n#\t", f);
	write_command(a->argv, f);
	fputs("\n#\n# It allows what that run did. Read it before you trust it: what the run did "
	      "may be too much, and\n"
	      "# another run may do more (`airlock learn --merge' adds that). What is not in the "
	      "lists kills the\n"
	      "# process; `airlock run --explain' says what that was.\n",
	      f);
	r = learned_write_calls(l, a, f);
	if (r == 0)
		r = learned_write_reach(l, a, f);
	return r < 0 ? r : ferror(f) ? -ENOMEM : 0;
}

/* More for another profile */

/* The lists and rules alone, or one restriction alone */
static struct airlock_profile without_restrictions(const struct airlock_profile *p)
{
	struct airlock_profile q = *p;

	q.family_mode = AIRLOCK__NO_LIST;
	q.restrict_namespaces = q.restrict_realtime = q.restrict_suid_sgid = false;
	q.lock_personality = q.deny_write_execute = false;
	q.has_bind = q.has_connect = false;
	return q;
}

static struct airlock_profile nothing_of(const struct airlock_profile *p)
{
	struct airlock_profile q = without_restrictions(p);

	q.filter_mode = q.log_mode = AIRLOCK__NO_LIST;
	q.nrules = 0;
	memset(&q.ruled, 0, sizeof q.ruled);
	q.baseline = 0;
	memset(q.own, 0, sizeof q.own);
	return q;
}

/* Which arguments the rules of a call look at */
static uint8_t args_of_rules(const struct airlock_profile *p, size_t call)
{
	uint8_t args = 0;

	for (size_t i = 0; i < p->nrules; i++)
		for (size_t j = 0; p->rules[i].call == call && j < p->rules[i].natoms; j++)
			args |= (uint8_t)(1u << p->rules[i].atoms[j].arg);
	return args;
}

/* What the last rule of a call answers where none holds stays the answer. */
static void otherwise_of(const struct airlock_profile *p, size_t call, char *buf, size_t size)
{
	uint32_t otherwise = 0;
	const char *name;

	for (size_t i = 0; i < p->nrules; i++)
		if (p->rules[i].call == call)
			otherwise = p->rules[i].otherwise;
	*buf = 0;
	if (otherwise == SECCOMP_RET_KILL_PROCESS)
		snprintf(buf, size, "; return kill");
	else if (otherwise) {
		name = airlock__value_name(AIRLOCK__ERRNOS, otherwise & SECCOMP_RET_DATA);
		if (name)
			snprintf(buf, size, "; return %s", name);
		else
			snprintf(buf, size, "; return %u", otherwise & SECCOMP_RET_DATA);
	}
}

/* The tuples that are refused, each once in what the rules look at */
static size_t refused_tuples(const struct learned *l, const struct learned_about *a,
			     const struct airlock_profile *p, size_t call, uint8_t args,
			     struct learned_tuple *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < l->calls[call].n; i++) {
		struct learned_tuple t = l->calls[call].tuples[i];
		size_t j = 0;

		if (learned_passes(l, a, p, call, &t))
			continue;
		for (unsigned arg = 0; arg < 6; arg++)
			if (!(args & 1u << arg))
				t.args[arg] = 0;
		while (j < n && memcmp(&ret[j], &t, sizeof t) != 0)
			j++;
		if (j == n)
			ret[n++] = t;
	}
	return n;
}

static bool is_refused(const struct learned *l, const struct learned_about *a,
		       const struct airlock_profile *p, size_t call)
{
	for (size_t i = 0; i < l->calls[call].n; i++)
		if (!learned_passes(l, a, p, call, &l->calls[call].tuples[i]))
			return true;
	return false;
}

static int add_to_rules(const struct learned *l, const struct learned_about *a,
			const struct airlock_profile *p, size_t call, FILE *f)
{
	struct learned_tuple *tuples = calloc(l->calls[call].n, sizeof *tuples);
	uint8_t args = args_of_rules(p, call);
	char otherwise[64];
	size_t n;

	if (!tuples)
		return -ENOMEM;
	n = refused_tuples(l, a, p, call, args, tuples);
	otherwise_of(p, call, otherwise, sizeof otherwise);
	if (n)
		learned_write_rule(l, call, tuples, n, args, otherwise, f);
	free(tuples);
	return 0;
}

static int add_calls(const struct learned *l, const struct learned_about *a, FILE *f)
{
	struct airlock_profile q = without_restrictions(l->base);
	const char *names[AIRLOCK__MAX_CALLS + 1];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < airlock__ncalls; i++) {
		const char *name = airlock__calls[i].name;

		if (!is_refused(l, a, &q, i) || airlock__calls[i].since > airlock__baseline(&q))
			continue;
		if (airlock__has_rule(&q, i))
			r = add_to_rules(l, a, &q, i, f);
		/* a first line without `~' would refuse all else */
		else if (q.filter_mode != AIRLOCK__NO_LIST)
			names[n++] = strcmp(name, "clone3") != 0 || l->clone3_itself
					     ? name
					     : "clone3:ENOSYS";
	}
	if (learned_has(l, "execve") && q.filter_mode != AIRLOCK__NO_LIST) {
		uint32_t answer =
			airlock__base_answer(&q, (size_t)airlock__call_by_name("execve", 6));

		if (answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG)
			names[n++] = "execve";
	}
	learned_write_words(f, "SystemCallFilter=", names, n);
	return r;
}

static void add_families(const struct learned *l, FILE *f)
{
	const struct learned_call *c = &l->calls[airlock__call_by_name("socket", 6)];
	const struct airlock_profile *p = l->base;
	const char *names[64];
	size_t n = 0;

	if (p->family_mode == AIRLOCK__NO_LIST)
		return;
	for (uint64_t family = 0; family < 64; family++) {
		bool allowed =
			(p->families >> family & 1) == (p->family_mode == AIRLOCK__ALLOW_LIST);
		const char *name = airlock__value_name(AIRLOCK__FAMILIES, family);
		bool seen = false;

		for (size_t i = 0; i < c->n; i++)
			seen |= c->tuples[i].args[0] == family;
		if (seen && !allowed && name)
			names[n++] = name;
	}
	learned_write_words(f, "RestrictAddressFamilies=", names, n);
}

static void add_namespaces(const struct learned *l, const struct learned_about *a, FILE *f)
{
	struct airlock_profile q = nothing_of(l->base);
	const struct airlock__name *names;
	const char *words[16];
	size_t n, nwords = 0;

	q.restrict_namespaces = l->base->restrict_namespaces;
	if (!learned_refused(l, a, &q))
		return;
	names = airlock__names(AIRLOCK__NAMESPACES, &n);
	/*
	 * each that is no longer in the way of something is one that is wanted; more cannot be
	 * done for a clone3
	 */
	for (size_t i = 0; i < n && nwords < 16; i++) {
		struct airlock_profile without = q;

		without.namespaces = ~(uint32_t)names[i].value | q.namespaces;
		if (learned_refused(l, a, &without))
			words[nwords++] = names[i].name;
	}
	if (l->clone3_itself || !nwords)
		fputs("RestrictNamespaces=no\n", f);
	else
		learned_write_words(f, "RestrictNamespaces=", words, nwords);
}

static void add_restrictions(const struct learned *l, const struct learned_about *a, FILE *f)
{
	static const struct {
		const char *key;
		size_t flag;
	} keys[] = {
		{ "MemoryDenyWriteExecute", offsetof(struct airlock_profile, deny_write_execute) },
		{ "RestrictSUIDSGID", offsetof(struct airlock_profile, restrict_suid_sgid) },
		{ "RestrictRealtime", offsetof(struct airlock_profile, restrict_realtime) },
		{ "LockPersonality", offsetof(struct airlock_profile, lock_personality) },
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct airlock_profile q = nothing_of(l->base);

		*(bool *)((char *)&q + keys[i].flag) =
			*(const bool *)((const char *)l->base + keys[i].flag);
		if (learned_refused(l, a, &q))
			fprintf(f, "%s=no\n", keys[i].key);
	}
	add_families(l, f);
	add_namespaces(l, a, f);
	if (l->base->exec_once && (learned_has(l, "execve") || learned_has(l, "execveat")))
		fputs("ExecOnce=no\n", f);
}

static void add_limit(const struct learned *l, FILE *f)
{
	const struct airlock_profile *p = l->base;
	uint64_t limit = p->limit[RLIMIT_NOFILE].soft;

	if (!(p->limits & 1u << RLIMIT_NOFILE) || l->highest_fd < 0 ||
	    (uint64_t)l->highest_fd < limit || l->highest_fd > 1 << 16)
		return;
	while (limit <= (uint64_t)l->highest_fd)
		limit = limit ? 2 * limit : 64;
	fprintf(f, "LimitNOFILE=%llu\n", (unsigned long long)limit);
}

int learned_write_more(const struct learned *l, const struct learned_about *a, FILE *f)
{
	char *lines = NULL;
	size_t size = 0;
	FILE *g = open_memstream(&lines, &size);
	int r;

	if (!g)
		return -ENOMEM;
	r = add_calls(l, a, g);
	if (r == 0) {
		add_restrictions(l, a, g);
		add_limit(l, g);
		r = learned_write_reach(l, a, g);
	}
	if (fclose(g) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0 && *lines) {
		fputs("\n# Added by `airlock learn --merge' for\n#\t", f);
		write_command(a->argv, f);
		fprintf(f, "\n%s", lines);
	}
	free(lines);
	return r;
}
