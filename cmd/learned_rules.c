/* SPDX-License-Identifier: ISC */
/*
 * learned_rules.c: see learned.h. This part writes rules: calls with the arguments that were seen.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <string.h>

#include "names.h"

enum { COLUMNS = 100 };

static size_t call_of(const char *name)
{
	return (size_t)airlock__call_by_name(name, strlen(name));
}

/* Constants */

struct constants {
	const char *call;
	int arg;
	const char *begin[8], *but[8]; /* names that begin so, but for these */
	uint64_t least;
};

static const struct constants constants[] = {
	{ "fcntl",
	  1,
	  { "F_" },
	  { "F_OK", "F_RDLCK", "F_WRLCK", "F_UNLCK", "F_EXLCK", "F_SHLCK", "F_SEAL_", "F_OWNER_" },
	  0 },
	{ "ioctl", 1, { "TC", "TIO", "FIO", "SIOC", "BLK", "FS_IOC", "TUN" }, { "TCP_" }, 0x100 },
	{ "prctl",
	  0,
	  { "PR_SET_", "PR_GET_", "PR_CAPBSET_" },
	  { "PR_SET_MM_", "PR_SET_PTRACER_ANY", "PR_SET_VMA_ANON" },
	  0 },
	{ "socket", 0, { "AF_" }, { "AF_FILE", "AF_LOCAL", "AF_ROUTE" }, 0 },
};

static bool begins_with_one(const char *name, const char *const *with, size_t n)
{
	for (size_t i = 0; i < n && with[i]; i++)
		if (!strncmp(name, with[i], strlen(with[i])))
			return true;
	return false;
}

static const char *constant(const char *call, int arg, uint64_t value)
{
	const struct airlock__name *names;
	size_t n;

	names = airlock__names(AIRLOCK__CONSTANTS, &n);
	for (size_t k = 0; k < sizeof constants / sizeof *constants; k++) {
		const struct constants *c = &constants[k];

		if (c->arg != arg || strcmp(c->call, call) != 0 || value < c->least)
			continue;
		for (size_t i = 0; i < n; i++)
			if (names[i].value == value &&
			    begins_with_one(names[i].name, c->begin, 8) &&
			    !begins_with_one(names[i].name, c->but, 8))
				return names[i].name;
	}
	return NULL;
}

/* `arg0 == 1 && arg1 == TCGETS` */
static size_t say_tuple(const char *name, const struct learned_tuple *t, uint8_t args, char *buf,
			size_t size)
{
	const char *and = "";
	size_t used = 0;

	for (int arg = 0; arg < 6; arg++) {
		const char *named = constant(name, arg, t->args[arg]);
		unsigned long long value = t->args[arg];

		if (!(args & 1u << arg))
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%sarg%d == ", and, arg);
		if (named)
			used += (size_t)snprintf(buf + used, size - used, "%s", named);
		else
			used += (size_t)snprintf(buf + used, size - used,
						 value < 10 ? "%llu" : "0x%llx", value);
		and = " && ";
	}
	return used;
}

void learned_write_rule(const struct learned *l, size_t call, const struct learned_tuple *tuples,
			size_t n, uint8_t args, const char *otherwise, FILE *f)
{
	const char *name = airlock__calls[call].name;
	size_t column = (size_t)fprintf(f, "SystemCallRule=%s: ", name);
	char text[512];

	if (n > LEARNED_MAX_VALUES || l->calls[call].any || !args)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		size_t len = say_tuple(name, &tuples[i], args, text, sizeof text);

		if (i && column + len + 6 > COLUMNS)
			column = (size_t)fprintf(f, " || \\\n\t%s", text) + 2;
		else
			column += (size_t)fprintf(f, "%s%s", i ? " || " : "", text);
	}
	/* what always holds has no other answer */
	fprintf(f, "%s\n", n ? otherwise : "1");
}

/* Rules of a new profile, where few values were seen; true: written. */

static bool all(const struct learned *l, const char *call, int arg, uint64_t mask, uint64_t bits)
{
	const struct learned_call *c = &l->calls[call_of(call)];

	for (size_t i = 0; i < c->n; i++)
		if ((c->tuples[i].args[arg] & mask) != bits)
			return false;
	return !c->any;
}

static bool values_rule(const struct learned *l, const char *name, const char *otherwise, FILE *f)
{
	const struct learned_call *c = &l->calls[call_of(name)];

	if (!c->n || c->n > LEARNED_MAX_VALUES || c->any)
		return false;
	learned_write_rule(l, call_of(name), c->tuples, c->n, c->kept, otherwise, f);
	return true;
}

static bool limits_rule(const struct learned *l, FILE *f)
{
	if (!all(l, "prlimit64", 0, ~0ull, 0) || !all(l, "prlimit64", 2, ~0ull, 0))
		return false;
	fputs("# limits: to ask for its own, not to set them, nor another's\n"
	      "SystemCallRule=prlimit64: arg0 == 0 && arg2 == 0; return EPERM\n",
	      f);
	return true;
}

enum { FLAG_TRUNC = 01000, FLAG_THREAD = 0x10000 };

/*
 * Where the kernel's Landlock does not see it (before 6.2), O_TRUNC empties what can be opened.
 */
static bool truncates(const struct learned *l)
{
	return !all(l, "open", 1, FLAG_TRUNC, 0) || !all(l, "openat", 2, FLAG_TRUNC, 0) ||
	       learned_has(l, "openat2") || learned_has(l, "creat") || learned_has(l, "truncate") ||
	       learned_has(l, "ftruncate");
}

static void write_open_rules(const struct learned *l, const struct learned_about *a,
			     struct airlock__callset *done, FILE *f)
{
	static const char *const names[] = { "open", "openat" };

	if (truncates(l))
		return;
	fputs("# files: nothing was emptied as it was opened\n", f);
	for (size_t i = 0; i < 2; i++) {
		/* the loader may do either; who has none does what was seen */
		if (airlock__calls[call_of(names[i])].nr < 0 ||
		    (a->is_static && !learned_has(l, names[i])))
			continue;
		fprintf(f, "SystemCallRule=%s: arg%zu in ~O_TRUNC; return EACCES\n", names[i],
			i + 1);
		airlock__callset_put(done, call_of(names[i]), true);
	}
}

static bool makes_processes(const struct learned *l)
{
	return learned_has(l, "clone3") || learned_has(l, "clone") || learned_has(l, "fork") ||
	       learned_has(l, "vfork");
}

static bool only_threads(const struct learned *l)
{
	return !learned_has(l, "fork") && !learned_has(l, "vfork") && !l->clone3_itself &&
	       all(l, "clone", 0, FLAG_THREAD, FLAG_THREAD);
}

static void write_clone(const struct learned *l, struct airlock__callset *done, FILE *f)
{
	if (!makes_processes(l))
		return;
	if (!l->clone3_itself) {
		fputs("\n# The arguments of clone3 cannot be seen; told that there is none, C "
		      "libraries use clone.\n"
		      "SystemCallFilter=clone3:ENOSYS\n",
		      f);
		airlock__callset_put(done, call_of("clone3"), true);
	}
	if (only_threads(l)) {
		fputs("# threads, and no processes; at their end their memory is given back\n"
		      "SystemCallRule=clone: arg0 & CLONE_THREAD; return EPERM\n"
		      "SystemCallFilter=madvise\n",
		      f);
		airlock__callset_put(done, call_of("clone"), true);
		airlock__callset_put(done, call_of("madvise"), true);
	}
}

/* A call by a rule needs to be in no list: `done`. */
void learned_write_rules(const struct learned *l, const struct learned_about *a,
			 struct airlock__callset *done, FILE *f)
{
	static const struct {
		const char *name, *otherwise;
	} by_value[] = {
		{ "fcntl", "; return EINVAL" },
		{ "ioctl", "; return ENOTTY" },
		{ "prctl", "; return EINVAL" },
	};

	fputs("\n# Only with such arguments as were seen\n", f);
	for (size_t i = 0; i < sizeof by_value / sizeof *by_value; i++)
		if (values_rule(l, by_value[i].name, by_value[i].otherwise, f))
			airlock__callset_put(done, call_of(by_value[i].name), true);
	if (limits_rule(l, f))
		airlock__callset_put(done, call_of("prlimit64"), true);
	write_open_rules(l, a, done, f);
	write_clone(l, done, f);
}
