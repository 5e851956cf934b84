/* SPDX-License-Identifier: ISC */
/*
 * ready.c: the builtins as make_ready.c wrote them, compiled in. Must not be linked with it: it is made of them.
 */
#define _GNU_SOURCE
#include <string.h>

#include "pack.h"

static const struct airlock__ready ready[] = {
#include "ready.inc"
	{ .name = NULL },
};

const struct airlock__ready *airlock__ready(const char *name)
{
	for (const struct airlock__ready *r = ready; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}
