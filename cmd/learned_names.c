/* SPDX-License-Identifier: ISC */
/*
 * learned_names.c: see learned_names.h.
 */
#define _GNU_SOURCE
#include "learned_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "learned.h"

void names_drop(struct names *ns, size_t i)
{
	free(ns->at[i].path);
	ns->at[i] = ns->at[--ns->n];
}

void names_free(struct names *ns)
{
	while (ns->n)
		names_drop(ns, 0);
	free(ns->at);
}

int names_add(struct names *ns, const char *path, bool is_folder, enum why why)
{
	struct named *more = airlock__grow(ns->at, ns->n, sizeof *more);

	if (!more)
		return -ENOMEM;
	ns->at = more;
	more[ns->n] = (struct named){ strdup(path), is_folder, why };
	if (!more[ns->n].path)
		return -ENOMEM;
	ns->n++;
	return 0;
}

size_t names_folder_len(const char *path)
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

static int rank(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : 1 + (unsigned char)c;
}

/* All that is beneath a folder comes right after it. */
static int by_tree(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	const char *p = x->path, *q = y->path;

	while (*p && *p == *q)
		p++, q++;
	if (*p != *q)
		return rank(*p) - rank(*q);
	return x->is_folder != y->is_folder ? y->is_folder - x->is_folder
					    : (int)x->why - (int)y->why;
}

/* What is beneath another of them need not be named. */
static void drop_covered(struct names *ns)
{
	size_t kept = 0;

	if (ns->n)
		qsort(ns->at, ns->n, sizeof *ns->at, by_tree);
	for (size_t i = 0; i < ns->n; i++)
		if (kept && covers(&ns->at[kept - 1], ns->at[i].path))
			free(ns->at[i].path);
		else
			ns->at[kept++] = ns->at[i];
	ns->n = kept;
}

static bool beneath(const char *path, size_t len, const char *top)
{
	size_t n = strlen(top);

	return len >= n && !strncmp(path, top, n) && (len == n || path[n] == '/');
}

bool names_may_stand_for_all(const char *path, size_t len)
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

/* Those of one folder side by side; what was listed counts for nothing here. */
static int by_folder(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	size_t n = names_folder_len(x->path), m = names_folder_len(y->path);
	int order = strncmp(x->path, y->path, n < m ? n : m);

	if (x->why != y->why)
		return (int)x->why - (int)y->why;
	return order ? order : (n > m) - (n < m);
}

/* Where more than so many of one folder are named, the folder is. true: there was one. */
static bool merge_once(struct names *ns, size_t most)
{
	bool merged = false;
	size_t end;

	if (ns->n)
		qsort(ns->at, ns->n, sizeof *ns->at, by_folder);
	for (size_t i = 0; i < ns->n && ns->at[i].why == USED; i = end) {
		size_t len = names_folder_len(ns->at[i].path);

		for (end = i + 1; end < ns->n && by_folder(&ns->at[i], &ns->at[end]) == 0;)
			end++;
		if (end - i <= most || !names_may_stand_for_all(ns->at[i].path, len))
			continue;
		ns->at[i].path[len] = '\0';
		ns->at[i].is_folder = merged = true;
	}
	drop_covered(ns);
	return merged;
}

void names_merge(struct names *ns)
{
	size_t most = LEARNED_MAX_FILES;

	drop_covered(ns);
	do
		while (merge_once(ns, most))
			;
	while (ns->n > LEARNED_MAX_NAMES && (most /= 2) > 0);
}

char *names_word(const char *path, bool exists)
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
