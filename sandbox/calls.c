/* SPDX-License-Identifier: ISC */
/*
 * calls.c: see calls.h. The data is in calls.inc, and all tables are made by the compiler: a call
 * that a group names and the table lacks, or a number that two calls have, does not compile. Must
 * not ask the kernel's headers for numbers: a build with old ones would know fewer calls.
 */
#include "calls.h"

#include <linux/audit.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Numbers are below NUMBERS. */
enum { NONE = -1, NUMBERS = 512 };

#if defined(__x86_64__) && !defined(__ILP32__)
#define NR(x86_64, generic) (x86_64)
#define ARM64(nr) (nr)
#define RISCV64(nr) (nr)
const uint32_t airlock__audit_arch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__) && !defined(__ILP32__)
#define NR(x86_64, generic) (generic)
#define ARM64(nr) (nr)
#define RISCV64(nr) NONE
const uint32_t airlock__audit_arch = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
#define NR(x86_64, generic) (generic)
#define ARM64(nr) NONE
#define RISCV64(nr) (nr)
const uint32_t airlock__audit_arch = AUDIT_ARCH_RISCV64;
#else
#error "no table of system calls for this architecture yet: see calls.inc"
#endif

const uint32_t airlock__newest_kernel = AIRLOCK__KERNEL(6, 18, 0);

/* Calls */

enum { N0 = 1 << 0, N1 = 1 << 1, N2 = 1 << 2, N3 = 1 << 3, N4 = 1 << 4, N5 = 1 << 5 };

#define CALL(name, x86_64, generic, major, minor, patch, narrow) \
	{ #name, narrow, NR(x86_64, generic), AIRLOCK__KERNEL(major, minor, patch) },
const struct airlock__call airlock__calls[] = {
#include "calls.inc"
};
#undef CALL

const size_t airlock__ncalls = COUNT(airlock__calls);

_Static_assert(COUNT(airlock__calls) <= AIRLOCK__MAX_CALLS, "AIRLOCK__MAX_CALLS is too small");

/* C_NAME is the index of NAME in airlock__calls. */
#define CALL(name, ...) C_##name,
enum {
#include "calls.inc"
};
#undef CALL

#define CALL(name, x86_64, generic, ...) \
	_Static_assert(NR(x86_64, generic) < NUMBERS, "NUMBERS is too small"); \
	_Static_assert(sizeof #name <= AIRLOCK__CALL_BYTES, "AIRLOCK__CALL_BYTES is too small");
#include "calls.inc"
#undef CALL

/*
 * By number, an index plus 1. What has no number lies beyond all numbers, each in a place of its
 * own, since two of one place would be an error to the compiler: as two of one number are.
 */
#define PLACE(name, nr) ((nr) == NONE ? NUMBERS + C_##name : (nr))
#define CALL(name, x86_64, generic, ...) [PLACE(name, NR(x86_64, generic))] = C_##name + 1,
static const uint16_t by_nr[NUMBERS + AIRLOCK__MAX_CALLS] = {
#include "calls.inc"
};
#undef CALL

/* As strcmp(), of `name` that is `len` bytes long and may hold a NUL: that is more than an end. */
static int compare(const char *name, size_t len, const char *known)
{
	size_t i = 0;

	while (i < len && name[i] == known[i] && known[i])
		i++;
	if (i == len)
		return known[i] ? -1 : 0;
	return (unsigned char)name[i] < (unsigned char)known[i] ? -1 : 1;
}

int airlock__call_by_name(const char *name, size_t len)
{
	size_t low = 0, high = airlock__ncalls;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *known = airlock__calls[mid].name;
		int r = len ? (unsigned char)*name - (unsigned char)*known : -1;

		if (r == 0)
			r = compare(name, len, known);

		if (r == 0)
			return (int)mid;
		if (r > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

int airlock__call_by_nr(uint32_t nr)
{
	return nr < NUMBERS ? by_nr[nr] - 1 : -1;
}

uint32_t airlock__highest_nr(void)
{
	uint32_t nr = NUMBERS - 1;

	while (by_nr[nr] == 0)
		nr--;
	return nr;
}

bool airlock__callset_has(const struct airlock__callset *s, size_t call)
{
	return call < AIRLOCK__MAX_CALLS && (s->bits[call / 64] >> call % 64 & 1);
}

void airlock__callset_put(struct airlock__callset *s, size_t call, bool in)
{
	uint64_t bit = (uint64_t)1 << call % 64;

	if (call >= AIRLOCK__MAX_CALLS)
		return;
	if (in)
		s->bits[call / 64] |= bit;
	else
		s->bits[call / 64] &= ~bit;
}

/* Groups */

/* A member is the index of a call, or G() of a group. */
enum { IS_GROUP = 0x8000, END = 0xffff };

#define G(id) (IS_GROUP | G_##id)

#define GROUP(id, ...) G_##id,
enum {
#include "calls.inc"
};
#undef GROUP

#define GROUP(id, name, about, ...) static const uint16_t members_##id[] = { __VA_ARGS__, END };
#include "calls.inc"
#undef GROUP

#define GROUP(id, name, about, ...) { name, about, members_##id },
static const struct {
	const char *name, *about;
	const uint16_t *members;
} groups[] = {
#include "calls.inc"
};
#undef GROUP

/* One after the other, each with END. */
#define FAMILY(...) __VA_ARGS__, END,
static const uint16_t families[] = {
#include "calls.inc"
};
#undef FAMILY

int airlock__group_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (compare(name, len, groups[i].name) == 0)
			return (int)i;
	return -1;
}

size_t airlock__ngroups(void)
{
	return COUNT(groups);
}

const char *airlock__group_name(size_t i)
{
	return i < COUNT(groups) ? groups[i].name : NULL;
}

const char *airlock__group_about(size_t i)
{
	return i < COUNT(groups) ? groups[i].about : NULL;
}

static void put_everything(struct airlock__callset *s)
{
	for (size_t i = 0; i < airlock__ncalls; i++)
		airlock__callset_put(s, i, true);
	airlock__callset_put(s, C_io_uring_setup, false);
	airlock__callset_put(s, C_io_uring_enter, false);
	airlock__callset_put(s, C_io_uring_register, false);
}

/* Groups within groups end: each is what calls.inc says, and the test walks them all. */
static void put_members(struct airlock__callset *s, size_t group)
{
	if (group == G_known)
		put_everything(s);
	for (const uint16_t *m = groups[group].members; *m != END; m++) {
		if (*m & IS_GROUP)
			put_members(s, *m & ~IS_GROUP);
		else
			airlock__callset_put(s, *m, true);
	}
}

static void put_families(struct airlock__callset *s)
{
	for (const uint16_t *m = families, *end = families + COUNT(families); m < end; m++) {
		const uint16_t *first = m;
		bool any = false;

		for (; *m != END; m++)
			any = any || airlock__callset_has(s, *m);
		for (; any && first < m; first++)
			airlock__callset_put(s, *first, true);
	}
}

void airlock__group_members(size_t i, struct airlock__callset *ret)
{
	memset(ret, 0, sizeof *ret);
	if (i >= COUNT(groups))
		return;
	put_members(ret, i);
	put_families(ret);
}

int airlock__call_family(size_t call)
{
	int family = 0;

	for (const uint16_t *m = families, *end = families + COUNT(families); m < end; m++) {
		if (*m == call)
			return family;
		family += *m == END;
	}
	return -1;
}
