/* SPDX-License-Identifier: ISC */
/*
 * rules.h: conditions on the arguments of a system call, and the text of SystemCallRule=. Pure.
 */
#ifndef AIRLOCK_RULES_H
#define AIRLOCK_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum airlock__op {
	AIRLOCK__EQ,
	AIRLOCK__NE,
	AIRLOCK__LT,			/* unsigned, as are all of them */
	AIRLOCK__LE,
	AIRLOCK__GT,
	AIRLOCK__GE
};

/* (args[arg] & mask) OP value. "arg2 & C" is (arg2 & C) != 0, "arg1 in C" is (arg1 & ~C) == 0. */
struct airlock__atom {
	uint8_t arg;			/* 0 to 5 */
	uint8_t op;			/* enum airlock__op */
	bool starts_clause;		/* else it and the one before must both hold */
	uint64_t mask, value;		/* an argument that the kernel reads 32 bits of: both have a high
					   half of 0 */
};

/*
 * SystemCallRule=NAME: EXPR [; return ERRNO]: allowed where one clause holds as a whole. Without atoms:
 * always ("NAME: 1") or never ("NAME: return ERRNO").
 */
struct airlock__rule {
	size_t call;			/* index in airlock__calls */
	struct airlock__atom *atoms;	/* from malloc */
	size_t natoms;
	bool always;
	uint32_t otherwise;		/* SECCOMP_RET_ERRNO | n, SECCOMP_RET_KILL_PROCESS; 0: as the profile */
};

enum {
	AIRLOCK__MAX_ATOMS = 256	/* in one rule */
};

/*
 * Read one: 0; -EINVAL with *ret_at the offset of what is wrong, and the message; -E2BIG, with both
 * too: too many atoms; -ENOMEM. *ret is untouched on failure; its atoms are the caller's to free.
 *
 * Grammar, with blanks anywhere between tokens:
 *	rule  = name ":" ( expr [ ";" "return" what ] | "return" what | "1" | "allow" )
 *	expr  = and *( "||" and )
 *	and   = atom *( "&&" atom )
 *	atom  = "arg" 0..5 op const
 *	op    = "==" "!=" "<" "<=" ">" ">=" "&" "in"
 *	const = term *( "|" term )
 *	term  = [ "~" ] ( number | NAME | "(" const ")" )
 *	what  = errno name | number 1..4095 | "kill"
 * Numbers: decimal, 0x, 0 for octal, "-" before a decimal one.
 * A constant for an argument of 32 bits must fit it, zero- or sign-extended; "~" is within its width.
 */
int airlock__rule_parse(const char *text, size_t len, struct airlock__rule *ret, size_t *ret_at, char *message,
			size_t message_size);

/* Does the rule allow a call with these arguments? The direct reading: not used to make programs. */
bool airlock__rule_allows(const struct airlock__rule *r, const uint64_t args[6]);

#endif
