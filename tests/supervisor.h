/* SPDX-License-Identifier: ISC */
/*
 * supervisor.h: spawns whose every system call a supervisor sees, and answers as a test wants.
 *
 * supervise() forks a *subject*. The subject's body runs in a thread of its own choice, free of
 * any filter; watched_spawn() hands airlock_spawn() to a second thread there, whose calls (and
 * those of its child, up to and after the exec) are held by a seccomp filter until the
 * supervisor, which is the test's own process, lets them pass or makes them fail. A rule that
 * fails a call keeps the kernel from seeing it at all.
 */
#ifndef AIRLOCK_TESTS_SUPERVISOR_H
#define AIRLOCK_TESTS_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airlock/airlock.h"

enum who { PARENT = 1, CHILD = 2 };

/* One call of parent or child; `nth`: of this number by this process in this spawn, from 1. */
struct call {
	enum who who;
	int nr, nth;
	uint64_t args[6];
	bool acted;			/* a rule was applied to it */
};

enum action {
	FAIL,				/* with errno `value`; the kernel does not see the call */
	HOLD,				/* for ever: only a signal ends it */
	KILL,				/* SIGKILL while it is held */
	STOP,				/* SIGSTOP before the call */
	KILL_SOON,			/* let it pass, then SIGKILL after `value` microseconds */
	BLINK_SOON,			/* let it pass, SIGSTOP after `value`, SIGCONT after as many more */
};

struct rule {
	enum who who;			/* or both */
	int nr, nth;			/* ANY_CALL: nth counts them all; nth 0: each time */
	enum action action;
	int value;
	uint64_t mask, bits;		/* only where (args[arg] & mask) == bits */
	int arg;
};

struct outcome {
	int r;				/* of airlock_spawn() */
	struct airlock_helper helper;
	struct airlock_error error;
	int took_ms;
	int errno_after;		/* it was WATCHED_ERRNO before */
	uint64_t mask_before, mask_after;	/* the spawning thread's signal mask */
};

enum { ANY_CALL = -1, WATCHED_ERRNO = 4242, MAX_RULES = 8, MAX_CALLS = 2048 };

/* Why there can be no supervisor here; NULL: there can. */
const char *no_supervisor(void);

/*
 * Run body(arg) in a forked subject. `calls`: the numbers that are watched, `n` of them; 0: all.
 * True if all that it asserts held, and it ended within `limit_s`; otherwise why is printed.
 */
bool supervised(void (*body)(void *arg), void *arg, const int *calls, size_t n, int limit_s);

/* The same, and the test fails with it. */
void supervise(void (*body)(void *arg), void *arg, const int *calls, size_t n, int limit_s);

/* The number of the last case that the last subject began, see watched_case(). */
unsigned supervised_cases(void);

/* In the subject: */

/* Case `number` begins; a failure shall name it. */
void watched_case(unsigned number, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* airlock_spawn() under rules (at most MAX_RULES; a rule with nth is used up by its first hit). */
void watched_spawn(const struct airlock_options *o, const struct rule *rules, size_t n, struct outcome *ret);

/* The same in two halves. An outcome that is not there after `patience_ms` fails the test. */
void watched_begin(const struct airlock_options *o, const struct rule *rules, size_t n);
void watched_end(int patience_ms, struct outcome *ret);

/* The calls of the last spawn in the order in which they came, up to the exec. */
const struct call *watched_calls(size_t *ret_n);

/* SIGCHLD is blocked in the subject. Has it come, or does it within `patience_ms`? Takes it. */
bool sigchld_came(int patience_ms);

/* How often rule number i was applied in the last spawn. */
int watched_hits(size_t i);

/* Restore the spawning thread's signal mask to what it was before its first spawn. */
void watched_restore_mask(void);

#endif
