/* SPDX-License-Identifier: ISC */
/*
 * spawn_report.h: what the program that was spawned says of itself (spawn_program.h), held against what the
 * options and the seal asked for, and what is inherited of the caller (P1, P3).
 */
#ifndef AIRLOCK_FUZZ_SPAWN_REPORT_H
#define AIRLOCK_FUZZ_SPAWN_REPORT_H

#include "spawn_caller.h"
#include "spawn_options.h"

/* `filtered': the caller has a seccomp filter already. */
void report_check(const struct program_report *r, const struct call *c, const struct wanted *w,
		  const struct caller *before, bool filtered);

/* A program cannot see its own where it is another user's. */
void check_oom_score(const struct call *c, pid_t pid);

#endif
