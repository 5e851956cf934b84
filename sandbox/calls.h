/* SPDX-License-Identifier: ISC */
/*
 * calls.h: the system calls of this architecture: names, numbers, ages, groups. Data only.
 */
#ifndef AIRLOCK_CALLS_H
#define AIRLOCK_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As KERNEL_VERSION() of <linux/version.h>. */
#define AIRLOCK__KERNEL(major, minor, patch) ((uint32_t)((major) << 16 | (minor) << 8 | (patch)))

enum { AIRLOCK__MAX_CALLS = 512, AIRLOCK__CALL_BYTES = 31 };

struct airlock__call {
	char name[AIRLOCK__CALL_BYTES];	/* no pointer, as in names.h */
	uint8_t narrow;			/* bit n: the kernel reads 32 bits or less of argument n (int,
					   unsigned, pid_t, umode_t...), so that its high half says nothing */
	int nr;				/* on this architecture; -1: it has none of that name */
	uint32_t since;			/* the kernel that brought it to this architecture's table, as
					   AIRLOCK__KERNEL(); 2.6.0 for all that is older */
};

/* Sorted by name; calls of other architectures are there too, with nr -1, so that a profile that
   names them is valid everywhere. */
extern const struct airlock__call airlock__calls[];
extern const size_t airlock__ncalls;

/* The newest kernel whose calls are all in the table. */
extern const uint32_t airlock__newest_kernel;

/* AUDIT_ARCH_* of this architecture, as seccomp_data.arch has it. */
extern const uint32_t airlock__audit_arch;

/* Index in airlock__calls, or -1. By number: binary search or better, it is asked often. */
int airlock__call_by_name(const char *name, size_t len);
int airlock__call_by_nr(uint32_t nr);
uint32_t airlock__highest_nr(void);

/* A set of calls, by index. */
struct airlock__callset {
	uint64_t bits[AIRLOCK__MAX_CALLS / 64];
};
bool airlock__callset_has(const struct airlock__callset *s, size_t call);
void airlock__callset_put(struct airlock__callset *s, size_t call, bool in);

/* Groups, with their '@'. Index, or -1. */
int airlock__group_by_name(const char *name, size_t len);
size_t airlock__ngroups(void);
const char *airlock__group_name(size_t i);
const char *airlock__group_about(size_t i);	/* a line for people */

/* Its members, those of groups within it, and their families (stat: newfstatat, statx...). */
void airlock__group_members(size_t i, struct airlock__callset *ret);

/* The same number for calls of one family, and for no other; -1: it is in none. */
int airlock__call_family(size_t call);

#endif
