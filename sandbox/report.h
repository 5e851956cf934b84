/* SPDX-License-Identifier: ISC */
/*
 * report.h: collects what became of each restriction while a seal is made.
 */
#ifndef AIRLOCK_REPORT_H
#define AIRLOCK_REPORT_H

#include "airlock/sandbox.h"

struct airlock_profile;

/* NULL: no memory. */
struct airlock_report *airlock__report_new(void);

/* For nobody to read: from now on nothing but a failure is remembered. */
void airlock__report_be_brief(struct airlock_report *r);

/*
 * Add a line. `name` is a constant string. No memory is remembered, see airlock__report_failure().
 */
void airlock__report_add(struct airlock_report *r, const char *name, enum airlock_state state,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Asked for, and it cannot be had: AIRLOCK_LOST with that reason. Where BestEffort= does not name it,
 * `error` (negative) is remembered, the first one.
 */
void airlock__report_lost(struct airlock_report *r, const struct airlock_profile *p, const char *name, int error,
			  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* 0: all that was asked for is had, or was best effort. Else the first error. */
int airlock__report_failure(const struct airlock_report *r);

#endif
