/* SPDX-License-Identifier: ISC */
/*
 * own_program.h: the name of this very program's file, to start it; and of a dynamic program, as an example.
 */
#ifndef AIRLOCK_OWN_PROGRAM_H
#define AIRLOCK_OWN_PROGRAM_H

/* Absolute; /bin/sh where it cannot be told. Static storage. */
const char *own_program(void);

/* One that most likely has a loader: this one if it has, else /bin/sh. As above. */
const char *dynamic_program(void);

#endif
