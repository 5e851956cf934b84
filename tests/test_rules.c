/* SPDX-License-Identifier: ISC */
/*
 * test_rules.c: the text of SystemCallRule=: what it means, what is wrong with it, and random
 * expressions against an evaluator that knows nothing of masks.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "calls.h"
#include "rules.h"

#define HIGH 0xffffffff00000000

/* From a copy that ends where the text ends, so that a checker sees a read behind it. */
static int parse(const char *text, size_t len, struct airlock__rule *ret, size_t *ret_at,
		 char message[256])
{
	char *copy = malloc(len > 0 ? len : 1);
	int r;

	memcpy(copy, text, len);
	message[0] = '\0';
	r = airlock__rule_parse(copy, len, ret, ret_at, message, 256);
	free(copy);
	return r;
}

static struct airlock__rule must_parse(const char *text)
{
	struct airlock__rule rule;
	char message[256];
	size_t at = 0;
	int r = parse(text, strlen(text), &rule, &at, message);

	if (r < 0)
		fail_msg("%s: %d at %zu: %s", text, r, at, message);
	return rule;
}

/* The offset is where the `^` stands in the text; it is taken out first. */
static void must_refuse(const char *marked, const char *want)
{
	const char *mark = strchr(marked, '^');
	struct airlock__rule rule, before;
	char text[1024], message[256];
	size_t at = 12345;
	int r;

	assert_non_null(mark);
	snprintf(text, sizeof text, "%.*s%s", (int)(mark - marked), marked, mark + 1);
	memset(&rule, 0x5a, sizeof rule);
	before = rule;
	r = parse(text, strlen(text), &rule, &at, message);
	assert_memory_equal(&rule, &before, sizeof rule);
	if (r != -EINVAL || at != (size_t)(mark - marked) || strcmp(message, want) != 0)
		fail_msg("%s: %d at %zu: %s", marked, r, at, message);
}

static bool allows(const char *text, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct airlock__rule rule = must_parse(text);
	const uint64_t args[6] = { a0, a1, a2 };
	bool allowed = airlock__rule_allows(&rule, args);

	free(rule.atoms);
	return allowed;
}

/* Argument 0 of socket is of 32 bits, argument 2 of read of 64: the tests below stand on it. */
static bool socket0(const char *condition, uint64_t arg)
{
	char text[256];

	snprintf(text, sizeof text, "socket: arg0 %s", condition);
	return allows(text, arg, 0, 0);
}

static bool read2(const char *condition, uint64_t arg)
{
	char text[256];

	snprintf(text, sizeof text, "read: arg2 %s", condition);
	return allows(text, 0, 0, arg);
}

static size_t index_of(const char *call)
{
	int i = airlock__call_by_name(call, strlen(call));

	assert_true(i >= 0);
	return (size_t)i;
}

/* Rules */

static void a_rule_without_conditions_is_always_or_never(void **state)
{
	static const char *const always[] = { "read:1", "read: allow", " \tread\t : \t1\t ",
					      "read :allow" };
	static const struct {
		const char *text;
		uint32_t otherwise;
	} never[] = {
		{ "read: return EPERM", SECCOMP_RET_ERRNO | 1 },
		{ "read:return kill", SECCOMP_RET_KILL_PROCESS },
		{ "read: return\t38 ", SECCOMP_RET_ERRNO | 38 },
		{ "read: return 4095", SECCOMP_RET_ERRNO | 4095 },
		{ "read: return 0x10", SECCOMP_RET_ERRNO | 16 },
		{ "read: return EWOULDBLOCK", SECCOMP_RET_ERRNO | 11 },
	};
	const uint64_t args[6] = { 1, 2, 3, 4, 5, 6 };

	(void)state;
	for (size_t i = 0; i < COUNT(always); i++) {
		struct airlock__rule rule = must_parse(always[i]);

		assert_int_equal(rule.call, index_of("read"));
		assert_true(rule.always);
		assert_null(rule.atoms);
		assert_int_equal(rule.natoms, 0);
		assert_int_equal(rule.otherwise, 0);
		assert_true(airlock__rule_allows(&rule, args));
	}
	for (size_t i = 0; i < COUNT(never); i++) {
		struct airlock__rule rule = must_parse(never[i].text);

		assert_int_equal(rule.call, index_of("read"));
		assert_false(rule.always);
		assert_null(rule.atoms);
		assert_int_equal(rule.natoms, 0);
		assert_int_equal(rule.otherwise, never[i].otherwise);
		assert_false(airlock__rule_allows(&rule, args));
	}
}

static void the_answer_otherwise_stands_after_the_conditions(void **state)
{
	static const struct {
		const char *text;
		uint32_t otherwise;
	} cases[] = {
		{ "socket: arg0 == AF_UNIX", 0 },
		{ "socket: arg0 == AF_UNIX; return EAFNOSUPPORT", SECCOMP_RET_ERRNO | 97 },
		{ "socket: arg0 == AF_UNIX;return kill", SECCOMP_RET_KILL_PROCESS },
		{ "socket:arg0==AF_UNIX\t;\treturn\t1", SECCOMP_RET_ERRNO | 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct airlock__rule rule = must_parse(cases[i].text);

		assert_int_equal(rule.otherwise, cases[i].otherwise);
		assert_int_equal(rule.natoms, 1);
		assert_false(rule.always);
		free(rule.atoms);
	}
}

static void a_call_that_this_architecture_lacks_may_have_a_rule(void **state)
{
	int found = 0;

	(void)state;
	for (size_t i = 0; i < airlock__ncalls; i++) {
		struct airlock__rule rule;
		char text[128];

		if (airlock__calls[i].nr >= 0)
			continue;
		snprintf(text, sizeof text, "%s: arg0 == 1", airlock__calls[i].name);
		rule = must_parse(text);
		assert_int_equal(rule.call, i);
		free(rule.atoms);
		found++;
	}
	assert_true(found > 0);
}

static void every_call_and_every_argument_may_have_a_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < airlock__ncalls; i++)
		for (unsigned arg = 0; arg < 6; arg++) {
			bool narrow = airlock__calls[i].narrow >> arg & 1;
			struct airlock__rule rule;
			char text[128];

			snprintf(text, sizeof text, "%s: arg%u == -1", airlock__calls[i].name, arg);
			rule = must_parse(text);
			assert_int_equal(rule.call, i);
			assert_int_equal(rule.natoms, 1);
			assert_int_equal(rule.atoms[0].arg, arg);
			assert_int_equal(rule.atoms[0].op, AIRLOCK__EQ);
			assert_true(rule.atoms[0].starts_clause);
			assert_int_equal(rule.atoms[0].mask, narrow ? UINT32_MAX : UINT64_MAX);
			assert_int_equal(rule.atoms[0].value, narrow ? UINT32_MAX : UINT64_MAX);
			free(rule.atoms);
		}
}

/* Operators */

static void comparisons_hold_at_their_boundaries(void **state)
{
	static const struct {
		const char *op;
		bool below, at, above;
	} cases[] = {
		{ "==", false, true, false }, { "!=", true, false, true },
		{ "<", true, false, false },  { "<=", true, true, false },
		{ ">", false, false, true },  { ">=", false, true, true },
	};
	static const uint64_t values[] = {
		1,	    2,		 0x7fffffff,	     0x80000000,	 0xfffffffe,
		0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t j = 0; j < COUNT(values); j++) {
			uint64_t v = values[j];
			char condition[64];

			snprintf(condition, sizeof condition, "%s %#llx", cases[i].op,
				 (unsigned long long)v);
			assert_int_equal(read2(condition, v - 1), cases[i].below);
			assert_int_equal(read2(condition, v), cases[i].at);
			assert_int_equal(read2(condition, v + 1), cases[i].above);
			if (v >= UINT32_MAX)
				continue;
			/* the kernel does not read the high half, so nor do we */
			for (uint64_t high = 0; high < 3; high++) {
				uint64_t bits = high << 32 | (high == 2 ? HIGH : 0);

				assert_int_equal(socket0(condition, (v - 1) | bits),
						 cases[i].below);
				assert_int_equal(socket0(condition, v | bits), cases[i].at);
				assert_int_equal(socket0(condition, (v + 1) | bits),
						 cases[i].above);
			}
		}
}

static void comparisons_are_unsigned_at_the_ends(void **state)
{
	(void)state;
	assert_false(read2("< 0", 0));
	assert_false(read2("< 0", UINT64_MAX));
	assert_true(read2(">= 0", UINT64_MAX));
	assert_true(read2("<= -1", UINT64_MAX));
	assert_true(read2("< -1", 5));
	assert_false(read2("> -1", UINT64_MAX));
	assert_true(socket0("> 5", (uint64_t)-1));
	assert_true(socket0("> 0x7fffffff", 0x80000000));
	assert_false(socket0("> -1", UINT64_MAX));
	/* without the mask this would be above */
	assert_false(socket0("> 0xffffffff", 0x1ffffffff));
	assert_true(socket0("< 1", 0x100000000));
}

static void and_is_any_bit(void **state)
{
	(void)state;
	assert_true(read2("& 6", 2));
	assert_true(read2("& 6", 4));
	assert_true(read2("& 6", 0xffff));
	assert_false(read2("& 6", 9));
	assert_false(read2("& 6", 0));
	assert_false(read2("& 0", UINT64_MAX));
	assert_true(read2("& 0x8000000000000000", 1ULL << 63));
	assert_false(read2("& 0xffffffff", HIGH));
	assert_true(read2("& ~0", 1ULL << 40));
	assert_false(socket0("& ~0", HIGH));
	assert_true(socket0("& -1", 1));
	assert_false(socket0("& 6", HIGH | 9));
	assert_true(socket0("& 0x80000000", 0x80000000));
}

static void in_is_no_other_bit(void **state)
{
	(void)state;
	assert_true(read2("in 6", 0));
	assert_true(read2("in 6", 2));
	assert_true(read2("in 6", 6));
	assert_false(read2("in 6", 7));
	assert_false(read2("in 6", HIGH | 6));
	assert_true(read2("in 0", 0));
	assert_false(read2("in 0", 1ULL << 63));
	assert_true(read2("in -1", UINT64_MAX));
	assert_true(socket0("in 6", HIGH | 6));
	assert_false(socket0("in 6", HIGH | 8));
	assert_false(socket0("in 6", 0x80000000));
	assert_true(socket0("in 0", HIGH));
	assert_false(socket0("in 0", 1));
	assert_true(socket0("in -1", UINT64_MAX));
	assert_true(socket0("in(6)", 2));
}

static void atoms_of_32_bits_have_no_high_half(void **state)
{
	static const char *const conditions[] = { "== -1", "!= ~0", "< ~0",   "<= -1", "> ~5",
						  ">= -5", "& ~0",  "& -1",   "in 5",  "in ~5",
						  "in -1", "in 0",  "== ~(1)" };

	(void)state;
	for (size_t i = 0; i < COUNT(conditions); i++) {
		struct airlock__rule rule;
		char text[64];

		snprintf(text, sizeof text, "socket: arg0 %s", conditions[i]);
		rule = must_parse(text);
		assert_int_equal(rule.atoms[0].mask >> 32, 0);
		assert_int_equal(rule.atoms[0].value >> 32, 0);
		free(rule.atoms);
	}
}

/* Constants */

static void numbers_are_decimal_hexadecimal_or_octal(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{ "0", 0 },
		{ "00", 0 },
		{ "0x0", 0 },
		{ "-0", 0 },
		{ "9", 9 },
		{ "10", 10 },
		{ "010", 8 },
		{ "0777", 511 },
		{ "0x10", 16 },
		{ "0XfF", 255 },
		{ "0xABCDEFabcdef", 0xabcdefabcdef },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "01777777777777777777777", UINT64_MAX },
		{ "0x0000000000000000000000000000000000001", 1 },
		{ "-1", UINT64_MAX },
		{ "-100", (uint64_t)-100 },
		{ "-9223372036854775808", 1ULL << 63 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[128];
		struct airlock__rule rule;

		snprintf(text, sizeof text, "read: arg2 == %s", cases[i].text);
		rule = must_parse(text);
		assert_int_equal(rule.atoms[0].value, cases[i].value);
		free(rule.atoms);
	}
}

static void constants_are_joined_and_inverted(void **state)
{
	static const struct {
		const char *text;
		uint64_t wide;
	} cases[] = {
		{ "1|2", 3 },
		{ "1 | 2 | 4", 7 },
		{ "(1)", 1 },
		{ "(1|2)|4", 7 },
		{ "1|(2|(4|(8)))", 15 },
		{ "~0", UINT64_MAX },
		{ "~1", UINT64_MAX - 1 },
		{ "~ 1", UINT64_MAX - 1 },
		{ "~-1", 0 },
		{ "~(1|2)", UINT64_MAX - 3 },
		{ "~1|1", UINT64_MAX }, /* of the term alone */
		{ "~(~5)", 5 },
		{ "~(~(1|~6))", ~6ULL | 1 },
		{ "PROT_READ|PROT_WRITE", PROT_READ | PROT_WRITE },
		{ "~(PROT_EXEC)", ~(uint64_t)PROT_EXEC },
		{ "AT_FDCWD", (uint64_t)AT_FDCWD },
		{ "O_RDWR|O_CREAT|O_CLOEXEC|0x8", O_RDWR | O_CREAT | O_CLOEXEC | 8 },
		{ "((((((((((((((((7))))))))))))))))", 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		static const char *const arg[] = { "read: arg2", "socket: arg0" };

		for (int narrow = 0; narrow < 2; narrow++) {
			uint64_t width = narrow ? UINT32_MAX : UINT64_MAX;
			struct airlock__rule rule;
			char text[128];

			snprintf(text, sizeof text, "%s == %s", arg[narrow], cases[i].text);
			rule = must_parse(text);
			assert_int_equal(rule.atoms[0].value, cases[i].wide & width);
			assert_int_equal(rule.atoms[0].mask, width);
			free(rule.atoms);
		}
	}
}

static void a_constant_fits_32_bits_zero_or_sign_extended(void **state)
{
	(void)state;
	assert_true(socket0("== 0xffffffff", 0xffffffff));
	assert_true(socket0("== 4294967295", 0xffffffff));
	assert_true(socket0("== -1", 0xffffffff));
	assert_true(socket0("== 0xffffffffffffffff", 0xffffffff));
	assert_true(socket0("== -2147483648", 0x80000000));
	assert_true(socket0("== 0xffffffff80000000", 0x80000000));
	assert_true(allows("openat: arg0 == AT_FDCWD", 0xffffff9c, 0, 0));
	assert_true(allows("openat: arg0 == AT_FDCWD", (uint64_t)-100, 0, 0));
	assert_true(allows("openat: arg0 == AT_FDCWD", 0x12345678ffffff9c, 0, 0));
	assert_false(allows("openat: arg0 == AT_FDCWD", 100, 0, 0));

#define NO_FIT(number) \
	number " does not fit argument 0 of `socket`, which the kernel reads as 32 bits"
	must_refuse("socket: arg0 == ^0x1ffffffff", NO_FIT("0x1ffffffff"));
	must_refuse("socket: arg0 == ^0x100000000", NO_FIT("0x100000000"));
	must_refuse("socket: arg0 == ^4294967296", NO_FIT("4294967296"));
	must_refuse("socket: arg0 in 1|^0x100000000|2", NO_FIT("0x100000000"));
	must_refuse("socket: arg0 & ~(^0x100000000)", NO_FIT("0x100000000"));
	must_refuse("socket: arg0 == ^-2147483649", NO_FIT("-2147483649"));
	must_refuse("socket: arg0 == ^0xffffffff7fffffff", NO_FIT("0xffffffff7fffffff"));
	must_refuse("socket: arg0 == 1 && arg2 != ^01000000000000",
		    "01000000000000 does not fit argument 2 of `socket`, which the kernel reads as "
		    "32 bits");
	/* where 64 are read, it does */
	assert_true(read2("== 0x1ffffffff", 0x1ffffffff));
}

/* Expressions */

static void and_binds_closer_than_or(void **state)
{
	static const char *const text = "read: arg0 == 1 && arg1 == 2 || arg0 == 3 && arg1 == 4 || "
					"arg2 == 5";
	struct airlock__rule rule = must_parse(text);

	(void)state;
	assert_int_equal(rule.natoms, 5);
	assert_true(rule.atoms[0].starts_clause);
	assert_false(rule.atoms[1].starts_clause);
	assert_true(rule.atoms[2].starts_clause);
	assert_false(rule.atoms[3].starts_clause);
	assert_true(rule.atoms[4].starts_clause);
	free(rule.atoms);
	assert_true(allows(text, 1, 2, 0));
	assert_true(allows(text, 3, 4, 0));
	assert_true(allows(text, 0, 0, 5));
	assert_true(allows(text, 1, 4, 5));
	assert_false(allows(text, 1, 4, 0));
	assert_false(allows(text, 3, 2, 0));
	assert_false(allows(text, 1, 0, 0));
	assert_false(allows(text, 0, 0, 0));
	/* either way round */
	assert_true(allows("read: arg0 == 1 || arg1 == 1 && arg2 == 1", 1, 0, 0));
	assert_false(allows("read: arg0 == 1 || arg1 == 1 && arg2 == 1", 0, 1, 0));
	assert_true(allows("read: arg0 == 1 && arg1 == 1 || arg2 == 1", 0, 0, 1));
}

static void blanks_are_anywhere_or_nowhere(void **state)
{
	static const char *const texts[] = {
		"socket:arg0==1&&arg1 in~(2|4)||arg2&1;return 1",
		"socket : arg0 == 1 && arg1 in ~ ( 2 | 4 ) || arg2 & 1 ; return 1",
		("\t\tsocket\t:\targ0\t==\t1\t&&\targ1\tin\t~\t(\t2\t|\t4\t)\t||\targ2\t&\t1"
		 "\t;\treturn\t1\t\t"),
		"  socket:  arg0==  1 &&arg1  in ~(2  |4)  ||  arg2  &1  ;return  1  ",
	};
	struct airlock__rule first = must_parse(texts[0]);

	(void)state;
	assert_int_equal(first.natoms, 3);
	for (size_t i = 1; i < COUNT(texts); i++) {
		struct airlock__rule rule = must_parse(texts[i]);

		assert_int_equal(rule.call, first.call);
		assert_int_equal(rule.otherwise, first.otherwise);
		assert_int_equal(rule.natoms, first.natoms);
		for (size_t j = 0; j < first.natoms; j++) {
			assert_int_equal(rule.atoms[j].arg, first.atoms[j].arg);
			assert_int_equal(rule.atoms[j].op, first.atoms[j].op);
			assert_int_equal(rule.atoms[j].mask, first.atoms[j].mask);
			assert_int_equal(rule.atoms[j].value, first.atoms[j].value);
			assert_int_equal(rule.atoms[j].starts_clause, first.atoms[j].starts_clause);
		}
		free(rule.atoms);
	}
	free(first.atoms);
}

/* Errors */

static void what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		/* the call */
		{ "^", "the name of a system call is wanted, not the end" },
		{ "  ^", "the name of a system call is wanted, not the end" },
		{ "^: 1", "the name of a system call is wanted, not `:`" },
		{ "^== 1", "the name of a system call is wanted, not `==`" },
		{ "^@file-system: 1", "a rule is for one system call, not for a group" },
		{ "^opennat: 1", "unknown system call `opennat`; did you mean `openat`?" },
		{ " ^OPENAT: 1", "unknown system call `OPENAT`; did you mean `openat`?" },
		{ "^xyzzy_plugh: 1", "unknown system call `xyzzy_plugh`" },
		{ "^zz: 1", "unknown system call `zz`" },
		{ "read^", "`:` is wanted after `read`, not the end" },
		{ "read  ^", "`:` is wanted after `read`, not the end" },
		{ "read ^arg0 == 1", "`:` is wanted after `read`, not `arg0`" },
		{ "read^-1: 1", "`:` is wanted after `read`, not `-`" },
		/* the start of the body */
		{ "read:^", "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not the end" },
		{ "read: ^0", "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not `0`" },
		{ "read: ^(arg0 == 1)",
		  "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not `(`" },
		{ "read: ^ARG0 == 1",
		  "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not `ARG0`" },
		{ "read: ^arg == 1",
		  "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not `arg`" },
		{ "read: ^\xc3\xa4 == 1",
		  "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not `\xc3\xa4`" },
		{ "read: ^; return 1",
		  "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not `;`" },
		{ "read: 1 ^|| arg0 == 1", "`||` after the end of the rule" },
		{ "read: allow^; return EPERM", "`;` after the end of the rule" },
		{ "read: return EPERM ^EPERM", "`EPERM` after the end of the rule" },
		{ "read: return 1^; return 2", "`;` after the end of the rule" },
		/* arguments */
		{ "read: ^arg6 == 1", "`arg6`: a call has arg0 to arg5" },
		{ "read: ^arg10 == 1", "`arg10`: a call has arg0 to arg5" },
		{ "read: ^arg00 == 1", "`arg00`: a call has arg0 to arg5" },
		{ "read: arg0 == 1 && ^arg9 == 1", "`arg9`: a call has arg0 to arg5" },
		{ "read: arg0 == 1 && ^", "`arg0` to `arg5` is wanted, not the end" },
		{ "read: arg0 == 1 || ^1", "`arg0` to `arg5` is wanted, not `1`" },
		{ "read: arg0 == 1 || ^|| arg1 == 1", "`arg0` to `arg5` is wanted, not `||`" },
		{ "read: arg0 == 1 &&^; return 1", "`arg0` to `arg5` is wanted, not `;`" },
		{ "read: arg0 == 1 && ^return 1", "`arg0` to `arg5` is wanted, not `return`" },
		/* operators */
		{ "read: arg0 ^= 1", "`=` is not an operator; did you mean `==`?" },
		{ "read: arg0^",
		  "`arg0` wants an operator after it (== != < <= > >= & in), not the end" },
		{ "read: arg3 ^1",
		  "`arg3` wants an operator after it (== != < <= > >= & in), not `1`" },
		{ "read: arg0 ^&& arg1 == 1",
		  "`arg0` wants an operator after it (== != < <= > >= & in), not `&&`" },
		{ "read: arg0 ^| 1",
		  "`arg0` wants an operator after it (== != < <= > >= & in), not `|`" },
		{ "read: arg0 ^! 1",
		  "`arg0` wants an operator after it (== != < <= > >= & in), not `!`" },
		{ "read: arg0 ^in1",
		  "`arg0` wants an operator after it (== != < <= > >= & in), not `in1`" },
		{ "read: arg0 ^IN 1",
		  "`arg0` wants an operator after it (== != < <= > >= & in), not `IN`" },
		/* constants */
		{ "read: arg0 ==^", "`==` wants a constant after it" },
		{ "read: arg0 == ^&& arg1 == 1", "`==` wants a constant after it" },
		{ "read: arg0 == ^== 1", "`==` wants a constant after it" },
		{ "read: arg0 <^< 1", "`<` wants a constant after it" },
		{ "read: arg0 >= ^; return 1", "`>=` wants a constant after it" },
		{ "read: arg0 in^", "`in` wants a constant after it" },
		{ "read: arg0 & ^)", "`&` wants a constant after it" },
		{ "read: arg0 == 1|^", "`|` wants a constant after it" },
		{ "read: arg0 == 1 | ^| 2", "`|` wants a constant after it" },
		{ "read: arg0 == ~^", "`~` wants a constant after it" },
		{ "read: arg0 == ~^~1", "`~` wants a constant after it" },
		{ "read: arg0 == (^", "`(` wants a constant after it" },
		{ "read: arg0 == (^)", "`(` wants a constant after it" },
		{ "read: arg0 == (1^", "`)` is wanted, not the end" },
		{ "read: arg0 == (1 ^&& arg1 == 1", "`)` is wanted, not `&&`" },
		{ "read: arg0 == (1 ^2)", "`)` is wanted, not `2`" },
		{ "read: arg0 == ^O_CLOEXECC",
		  "unknown constant `O_CLOEXECC`; did you mean `O_CLOEXEC`?" },
		{ "read: arg0 == 1|^o_cloexec",
		  "unknown constant `o_cloexec`; did you mean `O_CLOEXEC`?" },
		{ "read: arg0 == ^in", "unknown constant `in`" },
		{ "read: arg0 == ^EPERMANENTLY_GONE", "unknown constant `EPERMANENTLY_GONE`" },
		{ "read: arg0 == ^arg1",
		  "`arg1` where a constant is wanted; conditions are joined by `||` and `&&`" },
		{ "read: arg0 == 1 | ^arg1 == 2",
		  "`arg1` where a constant is wanted; conditions are joined by `||` and `&&`" },
		/* numbers */
		{ "read: arg0 == ^12ab", "`12ab` is not a number" },
		{ "read: arg0 == ^0x", "`0x` is not a number" },
		{ "read: arg0 == ^0xfg", "`0xfg` is not a number" },
		{ "read: arg0 == ^1_000", "`1_000` is not a number" },
		{ "read: arg0 == ^08", "`08` is not an octal number" },
		{ "read: arg0 == ^-08", "`-08` is not an octal number" },
		{ "read: arg0 == ^-", "`-` wants a decimal number right after it" },
		{ "read: arg0 == ^- 1", "`-` wants a decimal number right after it" },
		{ "read: arg0 == ^--1", "`-` wants a decimal number right after it" },
		{ "read: arg0 == ^-O_RDWR", "`-` wants a decimal number right after it" },
		{ "read: arg0 == ^-0x1", "`-` stands before decimal numbers only" },
		{ "read: arg0 == ^-01", "`-` stands before decimal numbers only" },
		{ "read: arg2 == ^18446744073709551616",
		  "18446744073709551616 does not fit 64 bits" },
		{ "read: arg2 == ^0x10000000000000000",
		  "0x10000000000000000 does not fit 64 bits" },
		{ "read: arg2 == ^02000000000000000000000",
		  "02000000000000000000000 does not fit 64 bits" },
		{ "read: arg2 == ^-9223372036854775809",
		  "-9223372036854775809 does not fit 64 bits" },
		{ "read: arg2 == ^99999999999999999999999999999999",
		  "99999999999999999999999999999999 does not fit 64 bits" },
		/* after a condition */
		{ "read: arg0 == 1 ^& arg1 == 2",
		  "`&` does not join conditions; did you mean `&&`?" },
		{ "read: arg0 == 1 ^arg1 == 2", "`&&`, `||` or `;` is wanted, not `arg1`" },
		{ "read: arg0 == 1^)", "`&&`, `||` or `;` is wanted, not `)`" },
		{ "read: arg0 == 1^, arg1 == 2", "`&&`, `||` or `;` is wanted, not `,`" },
		{ "read: arg0 == 1 ^return 1", "`&&`, `||` or `;` is wanted, not `return`" },
		{ "read: arg0 == 1^\n", "`&&`, `||` or `;` is wanted, not `?`" },
		{ "read: arg0 == 1;^", "`return` is wanted after `;`, not the end" },
		{ "read: arg0 == 1; ^EPERM", "`return` is wanted after `;`, not `EPERM`" },
		{ "read: arg0 == 1; ^returned 1", "`return` is wanted after `;`, not `returned`" },
		{ "read: arg0 == 1;^; return 1", "`return` is wanted after `;`, not `;`" },
		/* answers */
		{ "read: return^", "`return` wants an errno or `kill` after it" },
		{ "read: arg0 == 1; return ^;", "`return` wants an errno or `kill` after it" },
		{ "read: return ^0", "0 is no errno; they are 1 to 4095" },
		{ "read: return ^4096", "4096 is no errno; they are 1 to 4095" },
		{ "read: return ^-1", "-1 is no errno; they are 1 to 4095" },
		{ "read: return ^4294967297", "4294967297 is no errno; they are 1 to 4095" },
		{ "read: return ^1E", "`1E` is not a number" },
		{ "read: return ^99999999999999999999",
		  "99999999999999999999 does not fit 64 bits" },
		{ "read: return ^EPREM", "unknown errno `EPREM`; did you mean `EPERM`?" },
		{ "read: return ^eperm", "unknown errno `eperm`; did you mean `EPERM`?" },
		{ "read: return ^O_CLOEXEC", "unknown errno `O_CLOEXEC`" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		must_refuse(cases[i].text, cases[i].message);
}

static void parentheses_are_16_deep_at_most(void **state)
{
	char text[256], message[256];
	struct airlock__rule rule;
	size_t at = 0;

	(void)state;
	for (int depth = 1; depth < 40; depth++) {
		size_t n = (size_t)snprintf(text, sizeof text, "read: arg2 == ");

		/* `~` and `|` between them make no difference */
		for (int i = 0; i < depth; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "~(");
		n += (size_t)snprintf(text + n, sizeof text - n, "5");
		for (int i = 0; i < depth; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, ")");
		if (depth <= 16) {
			assert_int_equal(parse(text, n, &rule, &at, message), 0);
			assert_int_equal(rule.atoms[0].value, depth % 2 ? ~5ULL : 5);
			free(rule.atoms);
		} else {
			assert_int_equal(parse(text, n, &rule, &at, message), -EINVAL);
			assert_int_equal(at, strlen("read: arg2 == ") + 16 * 2 + 1);
			assert_string_equal(message, "parentheses more than 16 deep");
		}
	}
	/* side by side, there may be any number */
	rule = must_parse("read: arg2 == (1)|(2)|(4)|(8)|(1)|(2)|(4)|(8)|(1)|(2)|(4)|(8)|(1)|(2)|"
			  "(4)|(8)|(1)|(2)|(4)|(8)");
	assert_int_equal(rule.atoms[0].value, 15);
	free(rule.atoms);
}

static void the_number_of_conditions_is_bounded(void **state)
{
	static char text[300 * 16];
	static const int counts[] = { 1, 255, 256, 257, 300 };
	const uint64_t args[6] = { 299 };

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		size_t n = (size_t)snprintf(text, sizeof text, "read:"), at = 0, last = 0;
		struct airlock__rule rule, before;
		char message[256];
		int r;

		for (int j = 0; j < counts[i]; j++) {
			if (j == 256)
				last = n + 4;
			n += (size_t)snprintf(text + n, sizeof text - n, "%sarg0 == %d",
					      j ? " || " : "", j + 44);
		}
		memset(&rule, 0x5a, sizeof rule);
		before = rule;
		r = parse(text, n, &rule, &at, message);
		if (counts[i] > AIRLOCK__MAX_ATOMS) {
			assert_int_equal(r, -E2BIG);
			assert_int_equal(at, last);
			assert_string_equal(message, "more than 256 conditions in one rule");
			assert_memory_equal(&rule, &before, sizeof rule);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(rule.natoms, counts[i]);
		for (size_t j = 0; j < rule.natoms; j++)
			assert_int_equal(rule.atoms[j].value, j + 44);
		assert_int_equal(airlock__rule_allows(&rule, args), counts[i] == 256);
		free(rule.atoms);
	}
}

/* Text */

static void a_nul_is_a_character_like_any_other(void **state)
{
#define TEXT(t, at, message) \
	{ \
		t, sizeof t - 1, at, message \
	}
	static const struct {
		const char *text;
		size_t len, at;
		const char *message;
	} cases[] = {
		TEXT("\0read: 1", 0, "the name of a system call is wanted, not `?`"),
		TEXT("re\0ad: 1", 0, "unknown system call `re`"),
		TEXT("read\0: 1", 4, "`:` is wanted after `read`, not `?`"),
		TEXT("read: 1\0", 7, "`?` after the end of the rule"),
		TEXT("read: arg0 == 1\0", 15, "`&&`, `||` or `;` is wanted, not `?`"),
		TEXT("read: arg0 ==\0", 13, "`==` wants a constant after it"),
		TEXT("read: arg0 == 1; return\0 1", 23,
		     "`return` wants an errno or `kill` after it"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct airlock__rule rule;
		char message[256];
		size_t at = 12345;

		assert_int_equal(parse(cases[i].text, cases[i].len, &rule, &at, message), -EINVAL);
		assert_string_equal(message, cases[i].message);
		assert_int_equal(at, cases[i].at);
	}
}

static void the_text_ends_where_its_length_says(void **state)
{
	static const char text[] = "read: arg2 == 0x10 && arg0 == 1; return EPERM";
	struct airlock__rule rule;
	char message[256];
	size_t at = 0;

	(void)state;
	/* cut anywhere, it is read from memory that ends there */
	for (size_t len = 0; len < sizeof text; len++) {
		int r = parse(text, len, &rule, &at, message);

		if (r == 0) {
			free(rule.atoms);
		} else {
			assert_int_equal(r, -EINVAL);
			assert_true(at <= len);
			assert_true(strlen(message) > 0);
		}
	}
	assert_int_equal(parse(text, strlen("read: arg2 == 0x1"), &rule, &at, message), 0);
	assert_int_equal(rule.atoms[0].value, 1);
	free(rule.atoms);
}

static void a_long_text_is_read_or_refused_and_quoted_in_short(void **state)
{
	enum { LONG = 65536 };
	static const struct {
		const char *before, *repeated, *after;
		int result;
		const char *message; /* NULL: any */
	} cases[] = {
		{ "read: arg2 == 2", "|1", "", 0, NULL },
		{ "read:", " ", "arg2 == 3", 0, NULL },
		{ "read: arg2 == 0", "0", "3", 0, NULL },
		{ "read: arg2 == 0x", "0", "3", 0, NULL },
		{ "read: arg2 == ", "(1)|", "2", 0, NULL },
		{ "read: arg2 == ", "(", "", -EINVAL, "parentheses more than 16 deep" },
		{ "read: arg2 == ", "~", "1", -EINVAL, "`~` wants a constant after it" },
		{ "read: arg2 == ", "9", "", -EINVAL,
		  "999999999999999999999999999999999999999999999999... does not fit 64 bits" },
		{ "", "a", ": 1", -EINVAL,
		  "unknown system call `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...`" },
		{ "read: arg", "1", " == 1", -EINVAL,
		  "`arg111111111111111111111111111111111111111111111...`: a call has arg0 to "
		  "arg5" },
		{ "read: arg0 == ", "X", "", -EINVAL,
		  "unknown constant `XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX...`" },
		{ "read: return ", "E", "", -EINVAL,
		  "unknown errno `EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE...`" },
		{ "read: arg0 ", "q", "", -EINVAL,
		  "`arg0` wants an operator after it (== != < <= > >= & in), not "
		  "`qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq...`" },
		/* a letter that goes on for ever is cut, too */
		{ "read: ", "\x80", "", -EINVAL, NULL },
		{ "read: ", "\xc3\xa4", "", -EINVAL, NULL },
		{ "", "&&", "", -EINVAL, "the name of a system call is wanted, not `&&`" },
	};
	char *text = malloc(LONG + 64);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = 0, at = 0, step = strlen(cases[i].repeated);
		struct airlock__rule rule;
		char message[256];

		n += (size_t)sprintf(text, "%s", cases[i].before);
		for (; n + step + strlen(cases[i].after) <= LONG; n += step)
			memcpy(text + n, cases[i].repeated, step);
		n += (size_t)sprintf(text + n, "%s", cases[i].after);
		assert_int_equal(parse(text, n, &rule, &at, message), cases[i].result);
		if (cases[i].result == 0) {
			assert_int_equal(rule.natoms, 1);
			assert_int_equal(rule.atoms[0].value, 3);
			free(rule.atoms);
			continue;
		}
		assert_true(at <= n);
		assert_in_range(strlen(message), 1, 160);
		if (cases[i].message)
			assert_string_equal(message, cases[i].message);
	}
	free(text);
}

static void a_small_buffer_gets_the_start_of_the_message(void **state)
{
	static const char text[] = "read: arg0 == O_CLOEXECC";
	static const char full[] = "unknown constant `O_CLOEXECC`; did you mean `O_CLOEXEC`?";

	(void)state;
	for (size_t size = 0; size <= sizeof full; size++) {
		char *message = malloc(size > 0 ? size : 1);
		struct airlock__rule rule;
		size_t at = 0;

		message[0] = 'x';
		assert_int_equal(airlock__rule_parse(text, strlen(text), &rule, &at, message, size),
				 -EINVAL);
		assert_int_equal(at, 14);
		if (size == 0)
			assert_int_equal(message[0], 'x');
		else
			assert_int_equal(strlen(message),
					 size <= sizeof full ? size - 1 : sizeof full - 1);
		if (size > 0)
			assert_memory_equal(message, full, size - 1);
		free(message);
	}
}

static void control_characters_do_not_reach_the_message(void **state)
{
	static const char *const starts[] = {
		"", "read", "read: ", "read: arg0 ", "read: arg0 == 1 ", "read: 1", "read: return 1"
	};

	(void)state;
	for (int c = 1; c < 256; c++)
		for (size_t i = 0; i < COUNT(starts); i++) {
			struct airlock__rule rule;
			char text[64], message[256];
			size_t at = 0;
			int n = snprintf(text, sizeof text, "%s%c", starts[i], c);

			if (parse(text, (size_t)n, &rule, &at, message) == 0) {
				free(rule.atoms);
				continue;
			}
			assert_true(strlen(message) > 0);
			for (const char *p = message; *p; p++)
				assert_false((unsigned char)*p < 0x20 || *p == 0x7f);
		}
}

/* Random expressions */

enum { MOST_CLAUSES = 4, MOST_ATOMS = 4, MOST_NODES = 64 };

/* A constant as a tree: a leaf, "a|b", "~a" */
struct node {
	enum { LEAF, EITHER, NOT } kind;
	uint64_t value;	  /* in 64 bits; an argument of 32 sees the low half */
	const char *name; /* NULL: a number */
	int left, right;
};

struct condition {
	unsigned arg;
	int op; /* index in `operators` */
	bool narrow;
	struct node nodes[MOST_NODES];
	int nnodes, root;
};

struct expression {
	const char *call;
	int natoms[MOST_CLAUSES], nclauses;
	struct condition conditions[MOST_CLAUSES][MOST_ATOMS];
};

static const char *const operators[] = { "==", "!=", "<", "<=", ">", ">=", "&", "in" };

struct random {
	unsigned seed;
	char *text;
	size_t n;
};

static unsigned below(struct random *r, unsigned n)
{
	return (unsigned)rand_r(&r->seed) / 7 % n;
}

static uint64_t random_word(struct random *r)
{
	uint64_t bits = (uint64_t)rand_r(&r->seed) << 48 ^ (uint64_t)rand_r(&r->seed) << 24 ^
			(uint64_t)rand_r(&r->seed);

	switch (below(r, 6)) {
	case 0:
		return bits;
	case 1:
		return bits & 7;
	case 2:
		return 1ULL << (bits & 63);
	case 3:
		return bits | HIGH;
	case 4:
		return UINT64_MAX - (bits & 3);
	default:
		return bits & UINT32_MAX;
	}
}

static int random_constant(struct random *r, struct condition *c, int depth)
{
	static const struct {
		const char *name;
		uint64_t value;
	} names[] = {
		{ "O_CLOEXEC", O_CLOEXEC },	{ "AT_FDCWD", (uint64_t)AT_FDCWD },
		{ "PROT_EXEC", PROT_EXEC },	{ "MAP_SHARED", MAP_SHARED },
		{ "AF_INET6", AF_INET6 },	{ "CLONE_IO", 0x80000000 },
		{ "SOCK_STREAM", SOCK_STREAM },
	};
	int i = c->nnodes++;
	struct node *node = &c->nodes[i];
	unsigned kind = below(r, 6);

	*node = (struct node){ 0 };
	if (depth > 0 && c->nnodes < MOST_NODES - 8 && kind < 2) {
		node->kind = EITHER;
		node->left = random_constant(r, c, depth - 1);
		node->right = random_constant(r, c, depth - 1);
	} else if (depth > 0 && c->nnodes < MOST_NODES - 8 && kind == 2) {
		node->kind = NOT;
		node->left = random_constant(r, c, depth - 1);
	} else if (kind == 3) {
		size_t j = below(r, COUNT(names));

		node->name = names[j].name;
		node->value = names[j].value;
	} else {
		node->value = random_word(r);
		if (c->narrow) /* zero- or sign-extended */
			node->value = below(r, 2) ? (uint32_t)node->value
						  : (uint64_t)(int64_t)(int32_t)node->value;
	}
	return i;
}

static void random_expression(struct random *r, struct expression *e)
{
	static const char *const calls[] = { "socket",	  "read",  "mmap",
					     "openat",	  "clone", "fcntl",
					     "prctl",	  "kill",  "riscv_flush_icache",
					     "arch_prctl" };

	e->call = calls[below(r, COUNT(calls))];
	e->nclauses = 1 + (int)below(r, MOST_CLAUSES);
	for (int i = 0; i < e->nclauses; i++) {
		e->natoms[i] = 1 + (int)below(r, MOST_ATOMS);
		for (int j = 0; j < e->natoms[i]; j++) {
			struct condition *c = &e->conditions[i][j];

			/* few arguments, so that conditions meet */
			c->arg = below(r, 4) ? below(r, 2) : below(r, 6);
			c->op = (int)below(r, COUNT(operators));
			c->narrow = airlock__calls[index_of(e->call)].narrow >> c->arg & 1;
			c->nnodes = 0;
			c->root = random_constant(r, c, 4);
		}
	}
}

static void put(struct random *r, const char *token)
{
	static const char *const blanks[] = { "", "", "", " ", "\t", "  ", " \t " };

	r->n += (size_t)sprintf(r->text + r->n, "%s%s", token, blanks[below(r, COUNT(blanks))]);
}

static void put_number(struct random *r, uint64_t value)
{
	char text[64];

	if (below(r, 2) && value >> 63) {
		/* all of them have a minus; -(2^63) too */
		snprintf(text, sizeof text, "-%llu", (unsigned long long)-value);
	} else {
		static const char *const formats[] = { "%llu", "0x%llx", "0X%llX", "0%llo" };

		switch (below(r, COUNT(formats))) {
		case 0:
			snprintf(text, sizeof text, "%llu", (unsigned long long)value);
			break;
		case 1:
			snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
			break;
		case 2:
			snprintf(text, sizeof text, "0X%llX", (unsigned long long)value);
			break;
		default:
			snprintf(text, sizeof text, "0%llo", (unsigned long long)value);
		}
	}
	put(r, text);
}

/* `inside`: an "a|b" needs no parentheses here */
static void put_constant(struct random *r, const struct condition *c, int i, bool inside)
{
	const struct node *node = &c->nodes[i];
	bool bare = inside && below(r, 4) != 0;

	switch (node->kind) {
	case LEAF:
		if (node->name)
			put(r, node->name);
		else
			put_number(r, node->value);
		break;
	case EITHER:
		if (!bare)
			put(r, "(");
		put_constant(r, c, node->left, true);
		put(r, "|");
		put_constant(r, c, node->right, true);
		if (!bare)
			put(r, ")");
		break;
	case NOT:
		put(r, "~");
		/* "~~a" is none, so that a `~` within has parentheses */
		if (c->nodes[node->left].kind == NOT) {
			put(r, "(");
			put_constant(r, c, node->left, true);
			put(r, ")");
		} else {
			put_constant(r, c, node->left, false);
		}
		break;
	}
}

static void put_expression(struct random *r, const struct expression *e)
{
	char arg[] = "arg0";

	r->n = 0;
	put(r, e->call);
	put(r, ":");
	for (int i = 0; i < e->nclauses; i++)
		for (int j = 0; j < e->natoms[i]; j++) {
			const struct condition *c = &e->conditions[i][j];

			if (i + j > 0)
				put(r, j ? "&&" : "||");
			arg[3] = (char)('0' + c->arg);
			put(r, arg);
			if (c->op == 7)
				put(r, " ");
			put(r, operators[c->op]);
			if (c->op == 7)
				put(r, " ");
			put_constant(r, c, c->root, true);
		}
}

static uint32_t constant_of_32(const struct condition *c, int i)
{
	const struct node *node = &c->nodes[i];

	if (node->kind == EITHER)
		return constant_of_32(c, node->left) | constant_of_32(c, node->right);
	return node->kind == NOT ? ~constant_of_32(c, node->left) : (uint32_t)node->value;
}

static uint64_t constant_of_64(const struct condition *c, int i)
{
	const struct node *node = &c->nodes[i];

	if (node->kind == EITHER)
		return constant_of_64(c, node->left) | constant_of_64(c, node->right);
	return node->kind == NOT ? ~constant_of_64(c, node->left) : node->value;
}

/* once for each width, by the C types alone */
#define EVALUATE(type) \
	static bool evaluate_##type(int op, type arg, type constant) \
	{ \
		switch (op) { \
		case 0: \
			return arg == constant; \
		case 1: \
			return arg != constant; \
		case 2: \
			return arg < constant; \
		case 3: \
			return arg <= constant; \
		case 4: \
			return arg > constant; \
		case 5: \
			return arg >= constant; \
		case 6: \
			return (arg & constant) != 0; \
		default: \
			return (arg & ~constant) == 0; \
		} \
	}
EVALUATE(uint32_t)
EVALUATE(uint64_t)

static bool evaluate(const struct expression *e, const uint64_t args[6])
{
	for (int i = 0; i < e->nclauses; i++) {
		bool all = true;

		for (int j = 0; j < e->natoms[i]; j++) {
			const struct condition *c = &e->conditions[i][j];
			uint64_t arg = args[c->arg];

			all = all && (c->narrow ? evaluate_uint32_t(c->op, (uint32_t)arg,
								    constant_of_32(c, c->root))
						: evaluate_uint64_t(c->op, arg,
								    constant_of_64(c, c->root)));
		}
		if (all)
			return true;
	}
	return false;
}

/* Near what the expression asks for, since chance alone would never meet it. */
static void random_arguments(struct random *r, const struct expression *e, uint64_t args[6])
{
	for (int i = 0; i < 6; i++)
		args[i] = random_word(r);
	for (int tries = 0; tries < 4; tries++) {
		int i = (int)below(r, (unsigned)e->nclauses);
		const struct condition *c = &e->conditions[i][below(r, (unsigned)e->natoms[i])];
		uint64_t value = constant_of_64(c, c->root);
		static const uint64_t noise[] = { 0, 0, 0, 1, UINT64_MAX };

		value += noise[below(r, COUNT(noise))];
		if (below(r, 3) == 0)
			value &= random_word(r);
		if (below(r, 4) == 0)
			value = ~value;
		if (below(r, 3) == 0)
			value ^= random_word(r) << 32;
		args[c->arg] = value;
	}
}

static void random_expressions_mean_what_an_evaluator_says(void **state)
{
	static struct expression e;
	struct random r = { .seed = 20, .text = malloc(1 << 20) };
	int allowed = 0, refused = 0;

	(void)state;
	for (int round = 0; round < scaled(3000); round++) {
		struct airlock__rule rule;
		int natoms = 0;

		random_expression(&r, &e);
		put_expression(&r, &e);
		rule = must_parse(r.text);
		for (int i = 0; i < e.nclauses; i++)
			natoms += e.natoms[i];
		assert_int_equal(rule.natoms, natoms);
		for (size_t i = 0; i < rule.natoms; i++)
			if (airlock__calls[rule.call].narrow >> rule.atoms[i].arg & 1)
				assert_int_equal((rule.atoms[i].mask | rule.atoms[i].value) >> 32,
						 0);
		for (int i = 0; i < 30; i++) {
			uint64_t args[6];
			bool want;

			random_arguments(&r, &e, args);
			want = evaluate(&e, args);
			if (airlock__rule_allows(&rule, args) != want)
				fail_msg("round %d: %s\n%#llx %#llx %#llx %#llx %#llx %#llx: %d",
					 round, r.text, (unsigned long long)args[0],
					 (unsigned long long)args[1], (unsigned long long)args[2],
					 (unsigned long long)args[3], (unsigned long long)args[4],
					 (unsigned long long)args[5], want);
			*(want ? &allowed : &refused) += 1;
		}
		free(rule.atoms);
	}
	free(r.text);
	/* neither answer is there by chance alone */
	assert_true(allowed > scaled(3000) * 3 && refused > scaled(3000) * 3);
}

static void random_damage_is_read_or_refused_with_a_place(void **state)
{
	static const char tokens[] =
		"arg0 arg5 1 && || | & in ~ ( ) == <= ; return EPERM kill : 0x7 -";
	static struct expression e;
	struct random r = { .seed = 21, .text = malloc(1 << 20) };
	int read = 0, wrong = 0;

	(void)state;
	for (int round = 0; round < scaled(20000); round++) {
		struct airlock__rule rule = { 0 };
		char message[256];
		size_t at = SIZE_MAX;
		int err;

		if (round % 10 == 0)
			random_expression(&r, &e);
		put_expression(&r, &e);
		for (unsigned i = below(&r, 4); i > 0; i--) {
			size_t where = below(&r, (unsigned)r.n);

			if (below(&r, 2))
				r.text[where] = (char)below(&r, 256);
			else
				r.text[where] = tokens[below(&r, sizeof tokens - 1)];
		}
		err = parse(r.text, r.n, &rule, &at, message);
		if (err == 0) {
			assert_int_equal(rule.atoms != NULL, rule.natoms > 0);
			assert_true(rule.natoms <= AIRLOCK__MAX_ATOMS);
			assert_true(rule.call < airlock__ncalls);
			assert_true(rule.natoms == 0 || rule.atoms[0].starts_clause);
			free(rule.atoms);
			read++;
		} else {
			assert_int_equal(err, -EINVAL);
			assert_true(at <= r.n);
			assert_in_range(strlen(message), 1, 200);
			wrong++;
		}
	}
	free(r.text);
	assert_true(read > 0 && wrong > 0);
}

static void p7_errno_stays(void **state)
{
	(void)state;
	errno = 12345;
	must_refuse("read: ^arg6 == 1", "`arg6`: a call has arg0 to arg5");
	assert_int_equal(errno, 12345);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_without_conditions_is_always_or_never),
		cmocka_unit_test(the_answer_otherwise_stands_after_the_conditions),
		cmocka_unit_test(a_call_that_this_architecture_lacks_may_have_a_rule),
		cmocka_unit_test(every_call_and_every_argument_may_have_a_rule),
		cmocka_unit_test(comparisons_hold_at_their_boundaries),
		cmocka_unit_test(comparisons_are_unsigned_at_the_ends),
		cmocka_unit_test(and_is_any_bit),
		cmocka_unit_test(in_is_no_other_bit),
		cmocka_unit_test(atoms_of_32_bits_have_no_high_half),
		cmocka_unit_test(numbers_are_decimal_hexadecimal_or_octal),
		cmocka_unit_test(constants_are_joined_and_inverted),
		cmocka_unit_test(a_constant_fits_32_bits_zero_or_sign_extended),
		cmocka_unit_test(and_binds_closer_than_or),
		cmocka_unit_test(blanks_are_anywhere_or_nowhere),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(parentheses_are_16_deep_at_most),
		cmocka_unit_test(the_number_of_conditions_is_bounded),
		cmocka_unit_test(a_nul_is_a_character_like_any_other),
		cmocka_unit_test(the_text_ends_where_its_length_says),
		cmocka_unit_test(a_long_text_is_read_or_refused_and_quoted_in_short),
		cmocka_unit_test(a_small_buffer_gets_the_start_of_the_message),
		cmocka_unit_test(control_characters_do_not_reach_the_message),
		cmocka_unit_test(random_expressions_mean_what_an_evaluator_says),
		cmocka_unit_test(random_damage_is_read_or_refused_with_a_place),
		cmocka_unit_test(p7_errno_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
