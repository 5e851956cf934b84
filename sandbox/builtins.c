/* SPDX-License-Identifier: ISC */
/*
 * builtins.c: the profiles of sandbox/profiles/, compiled in. Nothing is read here.
 */
#define _GNU_SOURCE
#include <string.h>

#include "profile.h"

static const struct {
	const char *name, *text;
} builtins[] = {
#include "builtins.inc"
};

const char *airlock_profile_builtin_name(size_t i)
{
	return i < sizeof builtins / sizeof *builtins ? builtins[i].name : NULL;
}

const char *airlock_profile_builtin_text(const char *name)
{
	for (size_t i = 0; name && i < sizeof builtins / sizeof *builtins; i++)
		if (!strcmp(builtins[i].name, name))
			return builtins[i].text;
	return NULL;
}
