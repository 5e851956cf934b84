/* SPDX-License-Identifier: ISC */
/*
 * learned_paths.c: see learned.h. This part writes what a profile says of files, ports, scopes,
 * descriptors.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"

/* The paths of one kind that are to be named, as they come to that. */
struct names {
	struct named {
		char *path;
		bool is_folder;
	} * at;
	size_t n;
};

static void drop(struct names *ns, size_t i)
{
	free(ns->at[i].path);
	ns->at[i] = ns->at[--ns->n];
}

static void names_free(struct names *ns)
{
	while (ns->n)
		drop(ns, 0);
	free(ns->at);
}

static int add_name(struct names *ns, const char *path, size_t len, bool is_folder)
{
	struct named *more = reallocarray(ns->at, ns->n + 1, sizeof *more);

	if (!more)
		return -ENOMEM;
	ns->at = more;
	more[ns->n] = (struct named){ strndup(path, len), is_folder };
	if (!more[ns->n].path)
		return -ENOMEM;
	ns->n++;
	return 0;
}

static size_t folder_len(const char *path)
{
	return (size_t)(strrchr(path, '/') - path);
}

static bool covers(const struct named *folder, const char *path)
{
	size_t n = strlen(folder->path);

	return !strcmp(folder->path, path) ||
	       (folder->is_folder && !strncmp(folder->path, path, n) &&
		(path[n] == '/' || folder->path[n - 1] == '/'));
}

/* What is beneath another of them need not be named. */
static void drop_covered(struct names *ns)
{
	for (size_t i = 0; i < ns->n; i++)
		for (size_t j = 0; j < ns->n; j++)
			if (i != j && covers(&ns->at[j], ns->at[i].path)) {
				drop(ns, i--);
				break;
			}
}

static bool beneath(const char *path, size_t len, const char *top)
{
	size_t n = strlen(top);

	return len >= n && !strncmp(path, top, n) && (len == n || path[n] == '/');
}

/*
 * Is a folder for all that is in it, because much of it was used? Not where a neighbour may be a
 * secret or another machine: /etc, /home/NAME, /var/lib, /usr/share themselves, and nothing of
 * /proc, /sys, /dev.
 */
static bool may_stand_for_all(const char *path, size_t len)
{
	static const char *const never[] = { "/proc", "/sys", "/dev" };
	static const char *const deep[] = { "/etc", "/usr", "/home", "/var", "/run" };
	size_t depth = 0, least = 2;

	for (size_t i = 0; i < len; i++)
		depth += path[i] == '/';
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (beneath(path, len, never[i]))
			return false;
	for (size_t i = 0; i < sizeof deep / sizeof *deep; i++)
		if (beneath(path, len, deep[i]))
			least = 3;
	return depth >= least;
}

/* Where many of one folder are named, the folder is: once. false: there is none. */
static int merge_one(struct names *ns, bool *ret_merged)
{
	*ret_merged = false;
	for (size_t i = 0; i < ns->n; i++) {
		size_t len = folder_len(ns->at[i].path), same = 0;
		int r;

		if (!may_stand_for_all(ns->at[i].path, len))
			continue;
		for (size_t j = 0; j < ns->n; j++)
			same += folder_len(ns->at[j].path) == len &&
				!strncmp(ns->at[j].path, ns->at[i].path, len);
		if (same <= LEARNED_MAX_FILES)
			continue;
		r = add_name(ns, ns->at[i].path, len, true);
		if (r < 0)
			return r;
		drop_covered(ns);
		*ret_merged = true;
		return 0;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->path, ((const struct named *)b)->path);
}

static int merge(struct names *ns)
{
	bool merged = true;
	int r = 0;

	drop_covered(ns);
	while (r == 0 && merged)
		r = merge_one(ns, &merged);
	if (ns->n)
		qsort(ns->at, ns->n, sizeof *ns->at, by_path);
	return r;
}

/*
 * As a word of the list: "-" before what another machine may lack, and as systemd.syntax(7)
 * quotes.
 */
static char *as_word(const char *path, bool exists)
{
	static const char *const systems[] = { "/etc",	"/usr", "/lib", "/lib64", "/bin",
					       "/sbin", "/dev", "/run", "/var",	  "/sys",
					       "/proc", "/opt", "/tmp" };
	bool optional = !exists, quoted = strpbrk(path, " \"'\\");
	char *word = malloc(2 * strlen(path) + 4), *end = word;

	if (!word)
		return NULL;
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		optional |= beneath(path, strlen(path), systems[i]);
	if (quoted)
		*end++ = '"';
	if (optional)
		*end++ = '-';
	for (; *path; path++) {
		if (*path == '"' || *path == '\\')
			*end++ = '\\';
		*end++ = *path;
	}
	if (quoted)
		*end++ = '"';
	*end = 0;
	return word;
}

/* A new profile has these two, another what it has. */
static bool is_reached(const struct learned *l, const struct learned_about *a, enum want_kind kind,
		       bool is_folder, const char *path)
{
	return reach_covers(l->base ? &a->base : &a->program, kind, is_folder, path);
}

/* Both are noted as to be read, whatever for. */
static bool by_word(const struct reach *words, bool is_folder, const char *path)
{
	return reach_covers(words, WANT_READ, is_folder, path);
}

struct chosen {
	bool argv, argv_dir;
	struct names names;
};

static int choose(const struct learned *l, const struct learned_about *a, enum want_kind kind,
		  bool folders, struct chosen *c)
{
	for (size_t i = 0; i < l->nwants; i++) {
		const struct learned_want *w = &l->wants[i];
		bool whole = w->is_folder, up = w->made && folder_len(w->path) > 0;
		char *path;
		int r = 0;

		if (w->kind != kind || learned_unnameable(w->path))
			continue;
		path = strndup(w->path, up ? folder_len(w->path) : strlen(w->path));
		if (!path)
			return -ENOMEM;
		whole |= up;
		if (is_reached(l, a, kind, w->is_folder, w->path))
			;
		else if (!whole && !folders && by_word(&a->words, false, path))
			c->argv = true;
		else if ((whole || folders) && by_word(&a->folders, whole, path) &&
			 (whole || by_word(&a->words, false, path)))
			c->argv_dir = true;
		else
			r = add_name(&c->names, path, strlen(path), whole);
		free(path);
		if (r < 0)
			return r;
	}
	return merge(&c->names);
}

static int write_names(const struct learned_about *a, const char *key, const struct names *ns,
		       FILE *f)
{
	const char **words = calloc(ns->n + 1, sizeof *words);
	char begin[16];
	int r = words ? 0 : -ENOMEM;

	snprintf(begin, sizeof begin, "%s=", key);
	for (size_t i = 0; r == 0 && i < ns->n; i++) {
		words[i] = as_word(ns->at[i].path, a->exists(ns->at[i].path));
		if (!words[i])
			r = -ENOMEM;
	}
	if (r == 0)
		learned_write_words(f, begin, words, ns->n);
	for (size_t i = 0; words && i < ns->n; i++)
		free((char *)words[i]);
	free(words);
	return r;
}

static const struct {
	enum want_kind kind;
	const char *key, *always; /* in a new profile */
} kinds[] = {
	{ WANT_READ, "ReadPath", "@program" },
	{ WANT_WRITE, "WritePath", NULL },
	{ WANT_EXEC, "ExecPath", "@program" },
};

static int write_kind(const struct learned *l, const struct learned_about *a, size_t i,
		      bool folders, FILE *f)
{
	struct chosen c = { .names = { NULL, 0 } };
	const char *words[4];
	size_t n = 0;
	char begin[16];
	int r = choose(l, a, kinds[i].kind, folders, &c);

	if (r == 0) {
		if (!l->base && kinds[i].always)
			words[n++] = kinds[i].always;
		if (c.argv)
			words[n++] = "@argv";
		if (c.argv_dir)
			words[n++] = "@argv-dir";
		if (!l->base && !n && !c.names.n)
			words[n++] = "none";
		snprintf(begin, sizeof begin, "%s=", kinds[i].key);
		learned_write_words(f, begin, words, n);
		r = write_names(a, kinds[i].key, &c.names, f);
	}
	names_free(&c.names);
	return r;
}

/* ps(1) lists /proc, and so all of it is reached */
static bool is_reached_otherwise(const struct learned *l, const struct learned_about *a,
				 const struct learned_want *w)
{
	if (is_reached(l, a, w->kind, w->is_folder, w->path))
		return true;
	for (size_t i = 0; i < l->nwants; i++) {
		const struct learned_want *o = &l->wants[i];

		if (o->kind == w->kind && o->is_folder && !learned_unnameable(o->path) &&
		    beneath(w->path, strlen(w->path), o->path))
			return true;
	}
	return false;
}

/* What cannot be said of a path, as a comment */
static void write_unnameable(const struct learned *l, const struct learned_about *a, FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nwants; i++) {
		const char *path = l->wants[i].path;

		if (!path || !learned_unnameable(path) || is_reached_otherwise(l, a, &l->wants[i]))
			continue;
		if (n++ == 0)
			fputs("# Used, and not to be named here: what is in a process's own folder "
			      "of /proc (all of\n"
			      "# /proc would be needed for that), and names with control "
			      "characters (here a `?')\n",
			      f);
		if (n > LEARNED_MAX_VALUES)
			continue;
		fputs("#\t", f);
		for (; *path; path++)
			fputc((unsigned char)*path < 0x20 || *path == 0x7f ? '?' : *path, f);
		fputc('\n', f);
	}
	if (n > LEARNED_MAX_VALUES)
		fprintf(f, "#\t... and %zu more\n", n - LEARNED_MAX_VALUES);
}

static bool restricts_files(const struct airlock_profile *p)
{
	return p->has_access[AIRLOCK__READ] || p->has_access[AIRLOCK__WRITE] ||
	       p->has_access[AIRLOCK__EXEC];
}

static int write_files(const struct learned *l, const struct learned_about *a, FILE *f)
{
	bool folders = false;
	int r = 0;

	if (l->base && !restricts_files(l->base))
		return 0;
	/*
	 * where it makes files beside its arguments, these will be replaced by rename some day
	 */
	for (size_t i = 0; i < l->nwants; i++)
		folders |= l->wants[i].kind == WANT_WRITE && l->wants[i].is_folder &&
			   by_word(&a->folders, true, l->wants[i].path);
	for (size_t i = 0; r == 0 && i < sizeof kinds / sizeof *kinds; i++)
		r = write_kind(l, a, i, folders, f);
	write_unnameable(l, a, f);
	return r;
}

/* Ports */

static bool is_in(const uint16_t *ports, size_t n, uint16_t port)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static int by_port(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The ports that were seen and are not allowed yet: how many; -ENOMEM */
static int ports_to_name(const struct learned *l, enum want_kind kind, uint16_t **ret)
{
	const struct airlock_profile *p = l->base;
	const uint16_t *have = !p ? NULL : kind == WANT_BIND ? p->bind : p->connect;
	size_t nhave = !p ? 0 : kind == WANT_BIND ? p->nbind : p->nconnect;
	int n = 0;

	*ret = calloc(l->nwants + 1, sizeof **ret);
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < l->nwants; i++)
		if (l->wants[i].kind == kind && !is_in(have, nhave, l->wants[i].port))
			(*ret)[n++] = l->wants[i].port;
	if (n)
		qsort(*ret, (size_t)n, sizeof **ret, by_port);
	return n;
}

static int write_ports(const struct learned *l, const struct learned_about *a, enum want_kind kind,
		       FILE *f)
{
	const char *key = kind == WANT_BIND ? "BindTCP" : "ConnectTCP", *refused = NULL;
	struct airlock_profile *p;
	uint16_t *ports;
	int n, r = 0;

	if (l->base && !(kind == WANT_BIND ? l->base->has_bind : l->base->has_connect))
		return 0;
	n = ports_to_name(l, kind, &ports);
	if (n < 0)
		return n;
	p = airlock_profile_new();
	r = p ? airlock_profile_set(p, key, "none", NULL) : -ENOMEM;
	/* (io_uring_setup is refused with it in any case) */
	if (r == 0 && !l->base)
		refused = learned_refused(l, a, p);
	airlock_profile_free(p);
	if (r == 0 && (n || !l->base)) {
		if (refused)
			fprintf(f, "# would refuse what was seen of %s: ", refused);
		fprintf(f, "%s=%s", key, n ? "" : "none");
		for (int i = 0; i < n; i++)
			fprintf(f, "%s%u", i ? " " : "", ports[i]);
		fputc('\n', f);
	}
	free(ports);
	return r;
}

/* Limits, scopes */

/* With some to spare; 0: nothing sensible */
static unsigned sensible_limit(int highest)
{
	unsigned limit = 64;

	if (highest > 1 << 16)
		return 0;
	while (limit < 2 * (unsigned)(highest + 1))
		limit *= 2;
	return limit;
}

static void write_limit(const struct learned *l, FILE *f)
{
	unsigned limit = sensible_limit(l->highest_fd);
	bool sets = learned_has(l, "setrlimit");

	for (size_t i = 0; i < l->calls[airlock__call_by_name("prlimit64", 9)].n; i++)
		sets |= l->calls[airlock__call_by_name("prlimit64", 9)].tuples[i].args[2] != 0;
	if (!limit || sets) {
		fputs("# no LimitNOFILE=: it sets limits itself, or uses very high descriptors\n",
		      f);
		return;
	}
	fprintf(f, "# the highest descriptor seen was %d\nLimitNOFILE=%u\n",
		l->highest_fd < 2 ? 2 : l->highest_fd, limit);
}

static bool signals_others(const struct learned *l)
{
	return learned_has(l, "kill") || learned_has(l, "tkill") ||
	       learned_has(l, "pidfd_send_signal") || learned_has(l, "rt_sigqueueinfo") ||
	       learned_has(l, "rt_tgsigqueueinfo");
}

/* AF_UNIX by any name may reach abstract sockets. */
static bool has_unix_sockets(const struct learned *l)
{
	const struct learned_call *c = &l->calls[airlock__call_by_name("socket", 6)];

	for (size_t i = 0; i < c->n; i++)
		if (c->tuples[i].args[0] == AF_UNIX)
			return true;
	return c->any;
}

static void write_scopes(const struct learned *l, FILE *f)
{
	if (signals_others(l))
		fputs("# it sent signals: Scope=signal would keep them within the sandbox\n", f);
	else
		fputs("Scope=signal\n", f);
	if (has_unix_sockets(l))
		fputs("# it has unix sockets: Scope=abstract-unix-socket would keep abstract ones "
		      "within the sandbox\n",
		      f);
	else
		fputs("Scope=abstract-unix-socket\n", f);
}

/*
 * Where the calls are refused as well, a kernel that lacks a part of Landlock loses a second lock
 * only.
 */
static void write_best_effort(const struct learned *l, FILE *f)
{
	fputs("\n# Kernels without Landlock (before 5.13) are refused. What newer ones add to it "
	      "may be missing where\n"
	      "# the system calls above refuse it, too; and scopes, from 6.12 "
	      "on.\nBestEffort=landlock-scope",
	      f);
	if (!learned_has(l, "bind"))
		fputs(" landlock-bind-tcp", f);
	if (!learned_has(l, "connect"))
		fputs(" landlock-connect-tcp", f);
	if (l->calls[airlock__call_by_name("ioctl", 5)].n <= LEARNED_MAX_VALUES)
		fputs(" landlock-ioctl-dev", f);
	fputc('\n', f);
}

int learned_write_paths(const struct learned *l, const struct learned_about *a, FILE *f)
{
	int r;

	if (!l->base)
		fputs("\n# Files, by Landlock. What may be missing elsewhere has a `-' before "
		      "it.\n",
		      f);
	r = write_files(l, a, f);
	if (!l->base)
		fputc('\n', f);
	if (r == 0)
		r = write_ports(l, a, WANT_BIND, f);
	if (r == 0)
		r = write_ports(l, a, WANT_CONNECT, f);
	if (r == 0 && !l->base) {
		write_scopes(l, f);
		fputc('\n', f);
		write_limit(l, f);
		write_best_effort(l, f);
	}
	return r;
}
