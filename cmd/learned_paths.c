/* SPDX-License-Identifier: ISC */
/*
 * learned_paths.c: see learned.h. This part writes what a profile says of files.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "learned_names.h"
#include "paths.h"

/* A new profile has these two, another what it has. */
static bool is_reached(const struct learned *l, const struct learned_about *a,
		       const struct learned_want *w)
{
	return reach_covers(l->base ? &a->base : &a->program, w->kind, w->is_folder, w->path);
}

struct chosen {
	enum why argv, argv_dir;
	struct names names;
};

static void choose_word(enum why *word, enum why why)
{
	if (why < *word)
		*word = why;
}

/* Both words are noted as to be read, whatever for. */
static bool by_word(const struct reach *words, bool is_folder, const char *path)
{
	return reach_covers(words, WANT_READ, is_folder, path);
}

/* ps(1) lists all processes. */
static bool is_of_proc(const struct learned_want *w)
{
	return w->kind == WANT_READ && (w->is_own || (w->is_listed && !strcmp(w->path, "/proc")));
}

/* What has no name that could be written, or one that gives too much */
static bool is_left_out(const struct learned_want *w)
{
	return learned_unnameable(w) || (w->is_listed && !is_of_proc(w) &&
					 !names_may_stand_for_all(w->path, strlen(w->path)));
}

/* `folders`: files that are arguments will be replaced. */
static int choose_path(const struct learned_about *a, const char *path, bool whole, bool folders,
		       enum why why, struct chosen *c)
{
	/* of a folder all beneath it is meant: it must be an argument's itself */
	bool is_word = whole ? reach_has(&a->words, true, path) : by_word(&a->words, false, path);
	bool is_beside = whole ? reach_has(&a->folders, true, path)
			       : folders && reach_has(&a->words, false, path) &&
					 by_word(&a->folders, false, path);

	if (is_word && (whole || !is_beside))
		choose_word(&c->argv, why);
	else if (is_beside)
		choose_word(&c->argv_dir, why);
	else
		return names_add(&c->names, path, whole, why);
	return 0;
}

static int choose_for(const struct learned *l, const struct learned_about *a,
		      const struct learned_want *w, bool folders, struct chosen *c)
{
	bool up = w->made && names_folder_len(w->path) > 0;
	char *path;
	int r;

	if (is_left_out(w) || is_reached(l, a, w))
		return 0;
	if (is_of_proc(w))
		return names_add(&c->names, "/proc", true, OF_PROC);
	path = strndup(w->path, up ? names_folder_len(w->path) : strlen(w->path));
	if (!path)
		return -ENOMEM;
	r = choose_path(a, path, w->is_folder || up, folders, w->is_listed ? LISTED : USED, c);
	free(path);
	return r;
}

static int choose(const struct learned *l, const struct learned_about *a, enum want_kind kind,
		  bool folders, struct chosen *c)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->nwants; i++)
		if (l->wants[i].kind == kind)
			r = choose_for(l, a, &l->wants[i], folders, c);
	for (size_t i = c->names.n; i-- > 0;) {
		const struct named *name = &c->names.at[i];

		if ((c->argv != NOT && by_word(&a->words, name->is_folder, name->path)) ||
		    (c->argv_dir != NOT && by_word(&a->folders, name->is_folder, name->path)))
			names_drop(&c->names, i);
	}
	names_merge(&c->names);
	return r;
}

/* Of those that stand there for that */
static int write_names(const struct learned_about *a, const char *key, const struct chosen *c,
		       enum why why, FILE *f)
{
	const struct names *ns = &c->names;
	const char **words = calloc(ns->n + 1, sizeof *words);
	size_t n = 0;
	char begin[16];
	int r = words ? 0 : -ENOMEM;

	snprintf(begin, sizeof begin, "%s=", key);
	for (size_t i = 0; r == 0 && i < ns->n; i++) {
		if (ns->at[i].why != why)
			continue;
		words[n] = names_word(ns->at[i].path, a->exists(ns->at[i].path));
		if (words[n])
			n++;
		else
			r = -ENOMEM;
	}
	if (r == 0)
		learned_write_words(f, begin, words, n);
	while (n > 0)
		free((char *)words[--n]);
	free(words);
	return r;
}

static const struct {
	enum want_kind kind;
	enum airlock__access access;
	const char *key, *always; /* in a new profile */
} kinds[] = {
	{ WANT_READ, AIRLOCK__READ, "ReadPath", "@program" },
	{ WANT_WRITE, AIRLOCK__WRITE, "WritePath", NULL },
	{ WANT_EXEC, AIRLOCK__EXEC, "ExecPath", "@program" },
};

/* Without the word that begins each new profile another may lack the right to start the program at all. */
static bool wants_program(const struct learned *l, const struct learned_about *a, size_t kind)
{
	if (!l->base)
		return kinds[kind].always;
	for (size_t i = 0; kinds[kind].kind == WANT_EXEC && i < a->program.n; i++)
		if (a->program.at[i].access == AIRLOCK__EXEC &&
		    !reach_covers(&a->base, WANT_EXEC, false, a->program.at[i].path))
			return true;
	return false;
}

static bool has_names(const struct chosen *c, enum why why)
{
	for (size_t i = 0; i < c->names.n; i++)
		if (c->names.at[i].why == why)
			return true;
	return false;
}

static int write_lines(const struct learned *l, const struct learned_about *a, size_t kind,
		       const struct chosen *c, FILE *f)
{
	static const char *const why_there[] = {
		[USED] = "",
		[LISTED] = "# listed; this also lets all files beneath it be read\n",
		[OF_PROC] = "# Its own /proc/PID was read, which Landlock cannot name, or /proc "
			    "was listed. Of processes outside\n"
			    "# the sandbox this shows command lines and states; Landlock keeps "
			    "their memory, environ, maps and the\n"
			    "# like from it, as it keeps ptrace(2).\n",
	};
	char begin[16];
	int r = 0;

	snprintf(begin, sizeof begin, "%s=", kinds[kind].key);
	for (enum why why = USED; r == 0 && why < NOT; why++) {
		const char *words[4];
		size_t n = 0;

		if (why == USED && wants_program(l, a, kind))
			words[n++] = "@program";
		if (c->argv == why)
			words[n++] = "@argv";
		if (c->argv_dir == why)
			words[n++] = "@argv-dir";
		if (why == USED && !l->base && !n && !c->names.n && c->argv == NOT &&
		    c->argv_dir == NOT)
			words[n++] = "none";
		if (n || has_names(c, why))
			fputs(why_there[why], f);
		learned_write_words(f, begin, words, n);
		r = write_names(a, kinds[kind].key, c, why, f);
	}
	return r;
}

/* What the lines of its kind give */
static int find_reach(const struct learned_about *a, size_t kind, const struct chosen *c,
		      struct reach *ret)
{
	enum airlock__access access = kinds[kind].access;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->names.n; i++)
		r = reach_add(ret, access, c->names.at[i].is_folder, c->names.at[i].path);
	if (r == 0 && c->argv != NOT)
		r = reach_add_as(ret, &a->words, access);
	if (r == 0 && c->argv_dir != NOT)
		r = reach_add_as(ret, &a->folders, access);
	return r;
}

/* As comments */
static int write_left_out(const struct learned *l, const struct learned_about *a, size_t kind,
			  const struct chosen *c, FILE *f)
{
	struct reach reach = { .n = 0 };
	int r = find_reach(a, kind, c, &reach);
	size_t n = 0;

	for (size_t i = 0; r == 0 && i < l->nwants; i++) {
		const struct learned_want *w = &l->wants[i];

		if (w->kind != kinds[kind].kind || !is_left_out(w) || is_reached(l, a, w) ||
		    reach_covers(&reach, w->kind, w->is_folder, w->path))
			continue;
		if (n++ == 0)
			fprintf(f, "# Used, and not allowed by a line of %s=:\n", kinds[kind].key);
		if (n > LEARNED_MAX_VALUES)
			continue;
		fputs("#\t", f);
		learned_write_text(w->path, strlen(w->path), f);
		fputs(!learned_unnameable(w)
			      ? ": listed; it would let all files beneath it be read\n"
		      : !strncmp(w->path, "/proc/", 6)
			      ? ": of a process, and another has another name; all of /proc would "
				"be needed\n"
			      : ": a `?' stands for a control character\n",
		      f);
	}
	if (n > LEARNED_MAX_VALUES)
		fprintf(f, "#\t... and %zu more\n", n - LEARNED_MAX_VALUES);
	reach_free(&reach);
	return r;
}

static int write_kind(const struct learned *l, const struct learned_about *a, size_t kind,
		      bool folders, FILE *f)
{
	struct chosen c = { .argv = NOT, .argv_dir = NOT };
	int r = choose(l, a, kinds[kind].kind, folders, &c);

	if (r == 0)
		r = write_lines(l, a, kind, &c, f);
	if (r == 0)
		r = write_left_out(l, a, kind, &c, f);
	names_free(&c.names);
	return r;
}

static bool restricts_files(const struct airlock_profile *p)
{
	return p->has_access[AIRLOCK__READ] || p->has_access[AIRLOCK__WRITE] ||
	       p->has_access[AIRLOCK__EXEC];
}

int learned_write_files(const struct learned *l, const struct learned_about *a, FILE *f)
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
			   reach_has(&a->folders, true, l->wants[i].path);
	for (size_t i = 0; r == 0 && i < sizeof kinds / sizeof *kinds; i++)
		r = write_kind(l, a, i, folders, f);
	if (l->unseen)
		fprintf(f,
			"# %llu calls of a process that keeps its memory from us: what they wanted "
			"could not be seen,\n"
			"# and is missing here\n",
			(unsigned long long)l->unseen);
	return r;
}
