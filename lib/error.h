/* SPDX-License-Identifier: ISC */
/*
 * error.h: names of steps, and messages.
 */
#ifndef AIRLOCK_ERROR_H
#define AIRLOCK_ERROR_H

#include "airlock/airlock.h"

/*
 * Fill in *error (may be NULL) with "NAME: STEP: WHAT: text of errno"; NAME is left out if NULL,
 * WHAT if the format is empty. Bytes that could play tricks in a log become '?'. Returns -code.
 */
int airlock__fail(struct airlock_error *error, const char *name, enum airlock_step step, int code,
		  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "RLIMIT_NOFILE" for its number. */
const char *airlock__limit_name(unsigned which);

#endif
