/* SPDX-License-Identifier: ISC */
/*
 * own_program.h: the name of this very program's file: to start, or as an example of a dynamic one.
 */
#ifndef AIRLOCK_OWN_PROGRAM_H
#define AIRLOCK_OWN_PROGRAM_H

/* Absolute; /bin/sh where it cannot be told. Static storage. */
const char *own_program(void);

#endif
