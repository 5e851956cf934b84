/* SPDX-License-Identifier: ISC */
/*
 * learned_calls.c: see learned.h. This part writes what a profile says of system calls and their
 * arguments: groups, names, restrictions.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

enum { COLUMNS = 100 };

/*
 * Groups that are brought in where they fit, and whose names part the rest into topics: in this
 * order.
 */
static const char *const topics[] = {
	"@basic-io",  "@file-system", "@io-event", "@process", "@signal",  "@network-io",
	"@ipc",	      "@timer",	      "@sync",	   "@memlock", "@aio",	   "@pkey",
	"@resources", "@chown",	      "@setuid",   "@sandbox", "@keyring",
};
enum { NTOPICS = sizeof topics / sizeof *topics };

/* What a group shall not bring in unseen: each of these is a power of its own. */
static const char *const powers[] = {
	"@privileged",
	"@mount",
	"@debug",
	"@module",
	"@raw-io",
	"@reboot",
	"@swap",
	"@clock",
	"@obsolete",
	"@setuid",
	"@cpu-emulation",
	"@keyring",
	"unshare",
	"setns",
	"execveat",
	"userfaultfd",
	"process_vm_readv",
	"process_vm_writev",
	"kill",
	"listen",
	"process_madvise",
	"rt_sigqueueinfo",
	"rt_tgsigqueueinfo",
	"pidfd_send_signal",
	"memfd_create",
};

/* The listener does not ask about these, see listener.c. */
static const char *const unasked[] = { "exit", "exit_group", "rt_sigreturn" };

static size_t call_of(const char *name)
{
	return (size_t)airlock__call_by_name(name, strlen(name));
}

static void add_members(struct airlock__callset *s, const char *name)
{
	struct airlock__callset members;

	if (*name != '@') {
		airlock__callset_put(s, call_of(name), true);
		return;
	}
	airlock__group_members((size_t)airlock__group_by_name(name, strlen(name)), &members);
	for (size_t i = 0; i < sizeof s->bits / sizeof *s->bits; i++)
		s->bits[i] |= members.bits[i];
}

/* Each line begins anew, so that any of them can be taken out. */
void learned_write_words(FILE *f, const char *begin, const char *const *words, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		if (column && column + 1 + len > COLUMNS) {
			fputc('\n', f);
			column = 0;
		}
		if (!column)
			column = (size_t)fprintf(f, "%s%s", begin, words[i]);
		else
			column += (size_t)fprintf(f, " %s", words[i]);
	}
	if (column)
		fputc('\n', f);
}

static void write_names(FILE *f, const char *begin, const struct airlock__callset *s)
{
	const char *names[AIRLOCK__MAX_CALLS];
	size_t n = 0;

	for (size_t i = 0; i < airlock__ncalls; i++)
		if (airlock__callset_has(s, i))
			names[n++] = airlock__calls[i].name;
	learned_write_words(f, begin, names, n);
}

/* Groups */

struct lists {
	struct airlock__callset seen, have, powers; /* have: allowed by what is written already */
	struct airlock__callset native;
};

static bool is_seen(const struct lists *s, size_t call)
{
	return airlock__callset_has(&s->seen, call);
}

/*
 * How many of the group's calls were seen, how many not, and of how many of those seen it is the
 * first to allow them: of what this machine has, and a family counts once, since one of it does
 * what another does. false: it has what it must not bring in.
 */
static bool count_members(const struct lists *s, const struct airlock__callset *members,
			  unsigned *seen, unsigned *unseen, unsigned *fresh)
{
	bool counted[AIRLOCK__MAX_CALLS] = { false };

	*seen = *unseen = *fresh = 0;
	/* those that were seen first, so that they are what their families count as */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < airlock__ncalls; i++) {
			int family = airlock__call_family(i);

			if (!airlock__callset_has(members, i) || is_seen(s, i) != (pass == 0))
				continue;
			*fresh += pass == 0 && !airlock__callset_has(&s->have, i);
			if (pass == 1 && airlock__callset_has(&s->powers, i))
				return false;
			if (airlock__calls[i].nr < 0 || (family >= 0 && counted[family]))
				continue;
			if (family >= 0)
				counted[family] = true;
			*(pass == 0 ? seen : unseen) += 1;
		}
	return true;
}

static void write_group(struct lists *s, const char *name, FILE *f)
{
	int group = airlock__group_by_name(name, strlen(name));
	struct airlock__callset unseen;

	airlock__group_members((size_t)group, &unseen);
	fprintf(f, "\n# %s\nSystemCallFilter=%s\n", airlock__group_about((size_t)group), name);
	for (size_t i = 0; i < airlock__ncalls; i++) {
		if (airlock__callset_has(&unseen, i))
			airlock__callset_put(&s->have, i, true);
		if (is_seen(s, i) || airlock__calls[i].nr < 0)
			airlock__callset_put(&unseen, i, false);
	}
	write_names(f, "#   not seen of it: ", &unseen);
}

/* Those of the topic (NULL: all) that were seen and are not allowed yet */
static void write_topic(struct lists *s, const char *topic, FILE *f)
{
	struct airlock__callset names;
	bool any = false;

	memset(&names, topic ? 0 : 0xff, sizeof names);
	if (topic)
		add_members(&names, topic);
	for (size_t i = 0; i < airlock__ncalls; i++) {
		bool wanted = airlock__callset_has(&names, i) && is_seen(s, i) &&
			      !airlock__callset_has(&s->have, i);

		airlock__callset_put(&names, i, wanted);
		if (wanted)
			airlock__callset_put(&s->have, i, true);
		any |= wanted;
	}
	if (!any)
		return;
	if (topic)
		fprintf(f, "\n# of %s\n", topic);
	else
		fputs("\n# others\n", f);
	write_names(f, "SystemCallFilter=", &names);
}

static bool fits(const struct lists *s, const char *name)
{
	struct airlock__callset members;
	unsigned seen, unseen, fresh;

	airlock__group_members((size_t)airlock__group_by_name(name, strlen(name)), &members);
	if (!count_members(s, &members, &seen, &unseen, &fresh))
		return false;
	/* two names are no longer than a group's, and at most a third of it was not seen */
	return fresh >= 2 && seen >= 3 && 2 * unseen <= seen;
}

/*
 * What only a run that goes wrong may need, and what stands in for calls that copy within the
 * kernel
 */
static void write_messages(struct lists *s, FILE *f)
{
	if (is_seen(s, call_of("write")) || airlock__callset_has(&s->have, call_of("write")))
		return;
	fputs("\n# not seen, but a message to standard error is better than a "
	      "riddle\nSystemCallFilter=write\n",
	      f);
	airlock__callset_put(&s->have, call_of("write"), true);
}

static void write_lists(const struct learned *l, const struct learned_about *a,
			const struct airlock__callset *done, FILE *f)
{
	struct lists s = { .have = *done };

	for (size_t i = 0; i < airlock__ncalls; i++)
		airlock__callset_put(&s.seen, i, l->calls[i].n);
	for (size_t i = 0; i < sizeof unasked / sizeof *unasked; i++)
		add_members(&s.seen, unasked[i]);
	for (size_t i = 0; i < sizeof powers / sizeof *powers; i++)
		add_members(&s.powers, powers[i]);
	if (!a->is_static)
		write_group(&s, "@start", f);
	/* nothing of @default need be named: each list begins with it */
	add_members(&s.have, "@default");
	if (a->is_static)
		fputs("\n# What every list begins with, @default, is all that it takes to start "
		      "and to end.\n"
		      "SystemCallFilter=exit_group\n",
		      f);
	for (size_t i = 0; i < NTOPICS; i++)
		if (fits(&s, topics[i]))
			write_group(&s, topics[i], f);
	write_messages(&s, f);
	for (size_t i = 0; i < NTOPICS; i++)
		write_topic(&s, topics[i], f);
	write_topic(&s, NULL, f);
}

/* Restrictions */

/* Would nothing that was seen be refused? NULL: nothing; else the first. */
static int refused_by(const struct learned *l, const struct learned_about *a, const char *key,
		      const char *value, const char **ret)
{
	struct airlock_profile *p = airlock_profile_new();
	int r = p ? 0 : -ENOMEM;

	/* (io_uring_setup is refused wherever it is not named) */
	if (r == 0)
		r = airlock_profile_set(p, "SystemCallFilter",
					"@known io_uring_setup io_uring_enter io_uring_register",
					NULL);
	if (r == 0)
		r = airlock_profile_set(p, key, value, NULL);
	if (r == 0)
		*ret = learned_refused(l, a, p);
	airlock_profile_free(p);
	return r;
}

static int write_restriction(const struct learned *l, const struct learned_about *a,
			     const char *key, const char *value, const char *why, FILE *f)
{
	const char *call = NULL;
	int r = refused_by(l, a, key, value, &call);

	if (r < 0)
		return r;
	if (!call)
		fprintf(f, "%s%s=%s\n", why, key, value);
	else
		fprintf(f, "# %s=%s would refuse what was seen of %s\n", key, value, call);
	return 0;
}

/* The names of those that were seen, after a blank each; "" if there were none. */
static void families_seen(const struct learned *l, char *buf, size_t size)
{
	const struct learned_call *c = &l->calls[call_of("socket")];
	const struct airlock__name *names;
	size_t n, used = 0;

	*buf = 0;
	names = airlock__names(AIRLOCK__FAMILIES, &n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < c->n; j++) {
			if (c->tuples[j].args[0] != names[i].value ||
			    airlock__value_name(AIRLOCK__FAMILIES, names[i].value) != names[i].name)
				continue;
			used += (size_t)snprintf(buf + used, size - used, " %s", names[i].name);
			break;
		}
}

static void namespaces_seen(const struct learned *l, char *buf, size_t size)
{
	static const struct {
		const char *name;
		int arg;
		uint64_t not ;
	} calls[] = { { "clone", 0, 0xff }, { "unshare", 0, 0 }, { "setns", 1, 0 } };
	const struct airlock__name *names;
	uint64_t flags = 0;
	size_t n, used = 0;

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		const struct learned_call *c = &l->calls[call_of(calls[i].name)];

		for (size_t j = 0; j < c->n; j++)
			flags |= c->tuples[j].args[calls[i].arg] & ~calls[i].not ;
	}
	*buf = 0;
	names = airlock__names(AIRLOCK__NAMESPACES, &n);
	for (size_t i = 0; i < n; i++)
		if (flags & names[i].value)
			used += (size_t)snprintf(buf + used, size - used, " %s", names[i].name);
}

enum { NAMES_SIZE = 1024 };

static int write_restrictions(const struct learned *l, const struct learned_about *a, FILE *f)
{
	static const char *const keys[] = { "MemoryDenyWriteExecute", "RestrictSUIDSGID",
					    "RestrictRealtime", "LockPersonality" };
	char names[NAMES_SIZE];
	int r = 0;

	fputs("\n# Not seen, and refused whatever the lists say\n", f);
	for (size_t i = 0; r == 0 && i < sizeof keys / sizeof *keys; i++)
		r = write_restriction(l, a, keys[i], "yes", "", f);
	namespaces_seen(l, names, sizeof names);
	if (r == 0)
		r = write_restriction(l, a, "RestrictNamespaces", *names ? names + 1 : "yes", "",
				      f);
	families_seen(l, names, sizeof names);
	if (r == 0)
		r = write_restriction(l, a, "RestrictAddressFamilies", *names ? names + 1 : "none",
				      *names ? "# sockets were seen of these families only\n"
					     : "# not seen: sockets, and so no network\n",
				      f);
	return r;
}

int learned_write_calls(const struct learned *l, const struct learned_about *a, FILE *f)
{
	struct airlock__callset done = { { 0 } };
	char *rules = NULL;
	size_t size;
	FILE *g = open_memstream(&rules, &size);
	int r;

	/*
	 * what rules allow is in no list, but the lists come first for those who read them
	 */
	if (!g)
		return -ENOMEM;
	learned_write_rules(l, a, &done, g);
	if (fclose(g) != 0)
		return -ENOMEM;
	write_lists(l, a, &done, f);
	if (l->unknown)
		fprintf(f,
			"\n# %llu calls of another architecture, or that are not known here "
			"(number %d), cannot be "
			"allowed.\n",
			(unsigned long long)l->unknown, l->example);
	fputs(rules, f);
	free(rules);
	r = write_restrictions(l, a, f);
	if (learned_has(l, "execve") || learned_has(l, "execveat"))
		fputs("\n# It executed other programs, which run in the same sandbox. If it need "
		      "not: ExecOnce=yes.\n"
		      "ExecOnce=no\n",
		      f);
	else
		fputs("# not seen: executing other programs, which ExecOnce=yes, the default, "
		      "refuses\n",
		      f);
	return r;
}
