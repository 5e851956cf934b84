/* SPDX-License-Identifier: ISC */
/*
 * learned_reach.c: see learned.h. This part says what a set of paths reaches.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

/* Paths */

static size_t hash_of(const char *path, size_t len)
{
	/* FNV-1a */
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)path[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

static void put(struct path_index *x, const char *path, size_t item)
{
	size_t at = hash_of(path, strlen(path));

	while (x->slots[at & (x->size - 1)].path)
		at++;
	x->slots[at & (x->size - 1)] = (struct path_slot){ path, item };
}

int path_index_put(struct path_index *x, const char *path, size_t item)
{
	struct path_index old = *x;

	if (2 * (x->n + 1) > x->size) {
		x->size = x->size ? 2 * x->size : 64;
		x->slots = calloc(x->size, sizeof *x->slots);
		if (!x->slots) {
			*x = old;
			return -ENOMEM;
		}
		for (size_t i = 0; i < old.size; i++)
			if (old.slots[i].path)
				put(x, old.slots[i].path, old.slots[i].item);
		free(old.slots);
	}
	put(x, path, item);
	x->n++;
	return 0;
}

bool path_index_next(const struct path_index *x, const char *path, size_t len, size_t *at,
		     size_t *ret_item)
{
	size_t begin = hash_of(path, len);

	while (x->size) {
		const struct path_slot *slot = &x->slots[(begin + *at) & (x->size - 1)];

		if (!slot->path)
			break;
		(*at)++;
		if (!strncmp(slot->path, path, len) && !slot->path[len]) {
			*ret_item = slot->item;
			return true;
		}
	}
	return false;
}

/* Reach */

int reach_add(struct reach *r, enum airlock__access access, bool is_folder, const char *path)
{
	struct reach_item *more = airlock__grow(r->at, r->n, sizeof *more);
	size_t len = strlen(path);
	int error;

	if (!more)
		return -ENOMEM;
	r->at = more;
	while (len > 1 && path[len - 1] == '/')
		len--;
	more[r->n] = (struct reach_item){ access, is_folder, strndup(path, len) };
	if (!more[r->n].path)
		return -ENOMEM;
	error = path_index_put(&r->index, more[r->n].path, r->n);
	if (error < 0)
		free(more[r->n].path);
	else
		r->n++;
	return error;
}

int reach_add_as(struct reach *r, const struct reach *from, enum airlock__access access)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < from->n; i++)
		if (from->at[i].access == AIRLOCK__READ)
			error = reach_add(r, access, from->at[i].is_folder, from->at[i].path);
	return error;
}

int reach_add_program(struct reach *r, const struct reach *program, enum airlock__access access)
{
	int error = 0;

	/* its libraries are read whatever it stands with */
	for (size_t i = 0; error == 0 && i < program->n; i++)
		if (program->at[i].access == AIRLOCK__READ || access == AIRLOCK__EXEC)
			error = reach_add(r, program->at[i].access, program->at[i].is_folder,
					  program->at[i].path);
	return error;
}

void reach_free(struct reach *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->at[i].path);
	free(r->at);
	free(r->index.slots);
	*r = (struct reach){ .n = 0 };
}

static bool gives(const struct reach_item *item, enum want_kind kind, bool is_folder)
{
	/* what can be executed can be read, but for folders */
	if (kind == WANT_READ)
		return item->access == AIRLOCK__READ ||
		       (item->access == AIRLOCK__EXEC && !is_folder);
	return item->access == (kind == WANT_WRITE ? AIRLOCK__WRITE : AIRLOCK__EXEC);
}

/* The folder that n bytes of a path lie in: how many bytes of it. "/" has none, 0. */
static size_t up(const char *path, size_t n)
{
	size_t len = n;

	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 1 ? len - 1 : n > 1 ? len : 0;
}

bool reach_covers(const struct reach *r, enum want_kind kind, bool is_folder, const char *path)
{
	size_t len = strlen(path), item;

	for (size_t n = len; n > 0; n = up(path, n))
		for (size_t at = 0; path_index_next(&r->index, path, n, &at, &item);)
			if (gives(&r->at[item], kind, is_folder) &&
			    (n == len || r->at[item].is_folder))
				return true;
	return false;
}

bool reach_has(const struct reach *r, bool is_folder, const char *path)
{
	size_t item;

	for (size_t at = 0; path_index_next(&r->index, path, strlen(path), &at, &item);)
		if (r->at[item].is_folder == is_folder)
			return true;
	return false;
}
