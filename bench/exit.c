/* SPDX-License-Identifier: ISC */
/*
 * exit.c: the program that bench.c starts. Static, without a C library, and ends at once, so that
 * what is measured is the start.
 */
#include "../lib/sys.h"

void _start(void);

void _start(void)
{
	for (;;)
		airlock__sys1(__NR_exit_group, 0);
}
