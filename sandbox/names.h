/* SPDX-License-Identifier: ISC */
/*
 * names.h: names that profiles use for numbers, and what was meant by a name that is none. Data only.
 */
#ifndef AIRLOCK_NAMES_H
#define AIRLOCK_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AIRLOCK__NAME_BYTES = 56 };

/* The text itself: a pointer would be one more for the loader to write, at each start of a program. */
struct airlock__name {
	char name[AIRLOCK__NAME_BYTES];
	uint64_t value;
};

/* Tables sorted by name. */
enum airlock__names {
	AIRLOCK__ERRNOS,		/* "EPERM" */
	AIRLOCK__CAPABILITIES,		/* "CAP_CHOWN" to the newest there is, whatever the headers know */
	AIRLOCK__FAMILIES,		/* "AF_INET" */
	AIRLOCK__NAMESPACES,		/* "cgroup" "ipc" "mnt" "net" "pid" "time" "user" "uts": CLONE_NEW* */
	AIRLOCK__SCOPES,		/* "abstract-unix-socket" "signal": LANDLOCK_SCOPE_* */
	AIRLOCK__LIMITS,		/* "LimitCPU" ...: RLIMIT_* */
	AIRLOCK__CONSTANTS,		/* all that SystemCallRule= takes: "O_CLOEXEC", "AF_UNIX", ... */
	AIRLOCK__NTABLES
};
const struct airlock__name *airlock__names(enum airlock__names which, size_t *ret_n);

/* false: there is no such name. */
bool airlock__name_value(enum airlock__names which, const char *name, size_t len, uint64_t *ret);

/* The name for a value, the usual one if there are several (EAGAIN, AF_UNIX); NULL: none. */
const char *airlock__value_name(enum airlock__names which, uint64_t value);

/*
 * What may have been meant: feed it candidates one by one, then ask. Distance by insertions,
 * deletions, substitutions and swaps of neighbours, without regard to case; at most a third of the
 * length, and 3. Bounded: words of more than 64 bytes are like nothing.
 */
struct airlock__nearest {
	const char *word;
	size_t len;
	uint32_t letters;		/* of the word: what has too many others is not compared */
	unsigned distance;
	const char *best;		/* NULL: nothing is near */
};
void airlock__nearest_begin(struct airlock__nearest *n, const char *word, size_t len);
void airlock__nearest_try(struct airlock__nearest *n, const char *candidate);

#endif
