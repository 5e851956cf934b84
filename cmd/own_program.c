/* SPDX-License-Identifier: ISC */
/*
 * own_program.c: see own_program.h.
 */
#define _GNU_SOURCE
#include "own_program.h"

#include <linux/limits.h>
#include <sys/auxv.h>
#include <unistd.h>

const char *own_program(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	const char *by_loader = (const char *)getauxval(AT_EXECFN);

	/* one that was replaced while it runs has " (deleted)" behind it */
	if (n > 0 && access(path, X_OK) == 0)
		return path;
	/* without /proc */
	return by_loader && *by_loader == '/' && access(by_loader, X_OK) == 0 ? by_loader
									      : "/bin/sh";
}

const char *dynamic_program(void)
{
	/* where a loader stands, if there is one */
	return getauxval(AT_BASE) ? own_program() : "/bin/sh";
}
