/* SPDX-License-Identifier: ISC */
/*
 * test_bpf.c: the interpreter of seccomp's programs, by the book and against the kernel: what it
 * takes and what it refuses, and what taken programs answer.
 */
#define _GNU_SOURCE
#include "common.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"
#include "calls.h"

#define STMT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP(code, k, jt, jf) ((struct sock_filter)BPF_JUMP(code, k, jt, jf))
#define LD_NR STMT(BPF_LD | BPF_W | BPF_ABS, 0)
#define LD_ARG(n, high) STMT(BPF_LD | BPF_W | BPF_ABS, 16 + 8 * (n) + ((high) ? 4 : 0))
#define RET(k) STMT(BPF_RET | BPF_K, k)
#define RET_A STMT(BPF_RET | BPF_A, 0)
#define LDI(k) STMT(BPF_LD | BPF_IMM, k)
#define LDXI(k) STMT(BPF_LDX | BPF_IMM, k)
#define ALU(op, k) STMT(BPF_ALU | (op) | BPF_K, k)
#define ALUX(op) STMT(BPF_ALU | (op) | BPF_X, 0)

enum { UNUSED_NR = 700, LONGEST = 48 };

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint32_t rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16);
}

static uint32_t below(size_t n)
{
	return rnd() % (uint32_t)n;
}

static const struct seccomp_data sample = {
	.nr = 3,
	.arch = 0xc000003e,
	.instruction_pointer = 0x1122334455667788,
	.args = { 0x0000000100000002, 0x0000000300000004, 0x0000000500000006, 0x0000000700000008,
		  0x000000090000000a, 0x0000000b0000000c },
};

static void answers(const struct sock_filter *code, size_t n, uint32_t want)
{
	const char *why = NULL;
	size_t at = 0;
	uint32_t got;

	if (airlock__bpf_check(code, n, &at, &why) < 0)
		fail_msg("refused at %zu: %s", at, why);
	got = airlock__bpf_run(code, n, &sample, NULL, NULL);
	if (got != want) {
		airlock__bpf_print(code, n, stderr);
		fail_msg("answers %#x, not %#x", got, want);
	}
}
#define ANSWERS(want, ...) \
	answers((const struct sock_filter[]){ __VA_ARGS__ }, \
		COUNT(((const struct sock_filter[]){ __VA_ARGS__ })), want)

static void loads_give_the_words_of_the_data(void **state)
{
	(void)state;
	ANSWERS(3, LD_NR, RET_A);
	ANSWERS(0xc000003e, STMT(BPF_LD | BPF_W | BPF_ABS, 4), RET_A);
	ANSWERS(0x55667788, STMT(BPF_LD | BPF_W | BPF_ABS, 8), RET_A);
	ANSWERS(0x11223344, STMT(BPF_LD | BPF_W | BPF_ABS, 12), RET_A);
	for (unsigned i = 0; i < 6; i++) {
		ANSWERS(2 * i + 2, LD_ARG(i, false), RET_A);
		ANSWERS(2 * i + 1, LD_ARG(i, true), RET_A);
	}
	ANSWERS(sizeof(struct seccomp_data), STMT(BPF_LD | BPF_W | BPF_LEN, 0), RET_A);
	ANSWERS(sizeof(struct seccomp_data), STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
		STMT(BPF_MISC | BPF_TXA, 0), RET_A);
	ANSWERS(0xfedcba98, LDI(0xfedcba98), RET_A);
	ANSWERS(77, LDXI(77), STMT(BPF_MISC | BPF_TXA, 0), RET_A);
	ANSWERS(77, LDI(77), STMT(BPF_MISC | BPF_TAX, 0), LDI(1), STMT(BPF_MISC | BPF_TXA, 0),
		RET_A);
}

static void registers_begin_as_zero(void **state)
{
	(void)state;
	ANSWERS(0, RET_A);
	ANSWERS(0, LDI(5), STMT(BPF_MISC | BPF_TXA, 0), RET_A);
}

static void arithmetic_is_of_32_bits(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t a, b, want;
	} cases[] = {
		{ BPF_ADD, 0xffffffff, 2, 1 },
		{ BPF_SUB, 1, 2, 0xffffffff },
		{ BPF_MUL, 0x10001, 0x10001, 0x20001 },
		{ BPF_DIV, 0xffffffff, 16, 0x0fffffff },
		{ BPF_AND, 0xff00ff00, 0x0ff00ff0, 0x0f000f00 },
		{ BPF_OR, 0xff00ff00, 0x0ff00ff0, 0xfff0fff0 },
		{ BPF_XOR, 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0 },
		{ BPF_LSH, 0xf1, 28, 0x10000000 },
		{ BPF_RSH, 0xf0000000, 28, 0xf },
		{ BPF_RSH, 0xf0000000, 0, 0xf0000000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		ANSWERS(cases[i].want, LDI(cases[i].a), ALU(cases[i].op, cases[i].b), RET_A);
		ANSWERS(cases[i].want, LDXI(cases[i].b), LDI(cases[i].a), ALUX(cases[i].op), RET_A);
	}
	ANSWERS(0xffffffff, LDI(1), ALU(BPF_NEG, 0), RET_A);
	ANSWERS(0x80000000, LDI(0x80000000), ALU(BPF_NEG, 0), RET_A);
}

static void dividing_by_an_x_of_zero_kills(void **state)
{
	(void)state;
	ANSWERS(SECCOMP_RET_KILL_THREAD, LDI(7), ALUX(BPF_DIV), RET(SECCOMP_RET_ALLOW));
}

static void a_shift_by_x_takes_five_bits(void **state)
{
	(void)state;
	ANSWERS(2, LDXI(33), LDI(1), ALUX(BPF_LSH), RET_A);
	ANSWERS(1, LDXI(32), LDI(1), ALUX(BPF_RSH), RET_A);
}

static void cells_keep_what_is_stored(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < BPF_MEMWORDS; i++) {
		ANSWERS(i + 9, LDI(i + 9), STMT(BPF_ST, i), LDI(0), STMT(BPF_LD | BPF_MEM, i),
			RET_A);
		ANSWERS(i + 9, LDXI(i + 9), STMT(BPF_STX, i), LDXI(0), STMT(BPF_LDX | BPF_MEM, i),
			STMT(BPF_MISC | BPF_TXA, 0), RET_A);
	}
}

static void branches_compare_without_sign(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t a, b;
		bool want;
	} cases[] = {
		{ BPF_JEQ, 5, 5, true },
		{ BPF_JEQ, 5, 6, false },
		{ BPF_JGT, 6, 5, true },
		{ BPF_JGT, 5, 5, false },
		{ BPF_JGT, 0xffffffff, 1, true },
		{ BPF_JGT, 1, 0xffffffff, false },
		{ BPF_JGE, 5, 5, true },
		{ BPF_JGE, 4, 5, false },
		{ BPF_JGE, 0x80000000, 1, true },
		{ BPF_JSET, 0x80000001, 0x80000000, true },
		{ BPF_JSET, 0x7fffffff, 0x80000000, false },
		{ BPF_JSET, 5, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		ANSWERS(cases[i].want, LDI(cases[i].a),
			JUMP(BPF_JMP | cases[i].op | BPF_K, cases[i].b, 0, 1), RET(1), RET(0));
		ANSWERS(cases[i].want, LDXI(cases[i].b), LDI(cases[i].a),
			JUMP(BPF_JMP | cases[i].op | BPF_X, 0, 1, 0), RET(0), RET(1));
	}
	ANSWERS(8, STMT(BPF_JMP | BPF_JA, 2), RET(1), RET(2), RET(8));
	ANSWERS(1, STMT(BPF_JMP | BPF_JA, 0), RET(1), RET(2), RET(8));
}

static void steps_and_looks_at_arguments_are_counted(void **state)
{
	const struct sock_filter code[] = {
		LD_NR,
		JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 3),
		LD_ARG(0, true),
		LD_ARG(5, false),
		RET(SECCOMP_RET_ALLOW),
		LD_ARG(2, false),
		RET(SECCOMP_RET_TRAP),
	};
	struct seccomp_data other = sample;
	unsigned args = 77;
	size_t steps = 77;

	(void)state;
	assert_int_equal(airlock__bpf_run(code, COUNT(code), &sample, &steps, &args),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(steps, 5);
	assert_int_equal(args, 1 << 0 | 1 << 5);
	other.nr = 4;
	assert_int_equal(airlock__bpf_run(code, COUNT(code), &other, &steps, &args),
			 SECCOMP_RET_TRAP);
	assert_int_equal(steps, 4);
	assert_int_equal(args, 1 << 2);
}

static void refused(const struct sock_filter *code, size_t n, size_t want_at, const char *want_why)
{
	const char *why = NULL;
	size_t at = SIZE_MAX;

	assert_int_equal(airlock__bpf_check(code, n, &at, &why), -EINVAL);
	assert_int_equal(at, want_at);
	if (!strstr(why, want_why))
		fail_msg("\"%s\", not \"%s\"", why, want_why);
}
#define REFUSED(at, why, ...) \
	refused((const struct sock_filter[]){ __VA_ARGS__ }, \
		COUNT(((const struct sock_filter[]){ __VA_ARGS__ })), at, why)

static void each_way_to_be_wrong_is_refused_with_its_place(void **state)
{
	const struct sock_filter store = STMT(BPF_ST, 3), load = STMT(BPF_LD | BPF_MEM, 3);

	(void)state;
	refused(NULL, 0, 0, "no instruction");
	REFUSED(1, "no return", LD_NR);
	REFUSED(2, "no return", RET(0), LDI(1));
	REFUSED(0, "not an instruction", STMT(BPF_ALU | BPF_MOD | BPF_K, 3), RET(0));
	REFUSED(0, "not an instruction", STMT(BPF_ALU | BPF_MOD | BPF_X, 3), RET(0));
	REFUSED(0, "not an instruction", STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET(0));
	REFUSED(0, "not an instruction", STMT(BPF_LD | BPF_B | BPF_ABS, 0), RET(0));
	REFUSED(0, "not an instruction", STMT(BPF_LD | BPF_W | BPF_IND, 0), RET(0));
	REFUSED(0, "not an instruction", STMT(BPF_LDX | BPF_B | BPF_MSH, 0), RET(0));
	REFUSED(0, "not an instruction", STMT(BPF_RET | BPF_X, 0));
	REFUSED(1, "not an instruction", LD_NR, STMT(0xffff, 0), RET(0));
	REFUSED(0, "aligned", STMT(BPF_LD | BPF_W | BPF_ABS, 2), RET(0));
	REFUSED(0, "past the end", STMT(BPF_LD | BPF_W | BPF_ABS, 64), RET(0));
	REFUSED(0, "past the end", STMT(BPF_LD | BPF_W | BPF_ABS, 0xfffff000), RET(0));
	REFUSED(1, "shift", LD_NR, ALU(BPF_LSH, 32), RET(0));
	REFUSED(1, "shift", LD_NR, ALU(BPF_RSH, 0x80000000), RET(0));
	REFUSED(1, "division", LD_NR, ALU(BPF_DIV, 0), RET(0));
	REFUSED(0, "jump", STMT(BPF_JMP | BPF_JA, 1), RET(0));
	REFUSED(0, "jump", STMT(BPF_JMP | BPF_JA, 0xffffffff), RET(0));
	REFUSED(0, "jump", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(0));
	REFUSED(0, "jump", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), RET(0));
	REFUSED(0, "jump", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0));
	REFUSED(0, "does not exist", STMT(BPF_ST, 16), RET(0));
	REFUSED(0, "does not exist", STMT(BPF_LDX | BPF_MEM, 16), RET(0));
	REFUSED(0, "not be written", load, RET(0));
	REFUSED(2, "not be written", JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), store, load, RET(0));
	REFUSED(1, "not be written", RET(0), load, RET(0));
	ANSWERS(0, JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 1), load, store, load, RET(0));
}

static void a_program_that_was_not_checked_is_killed_where_it_does_wrong(void **state)
{
	static const struct sock_filter wrong[][2] = {
		{ BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), BPF_STMT(BPF_RET | BPF_K, 1) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 1) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 1) },
		{ BPF_STMT(BPF_LD | BPF_MEM, 16), BPF_STMT(BPF_RET | BPF_K, 1) },
		{ BPF_STMT(BPF_STX, 0xffffffff), BPF_STMT(BPF_RET | BPF_K, 1) },
		{ BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), BPF_STMT(BPF_RET | BPF_K, 1) },
		{ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 7, 7), BPF_STMT(BPF_RET | BPF_K, 1) },
		{ BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_LD | BPF_IMM, 1) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(airlock__bpf_run(wrong[i], 2, &sample, NULL, NULL),
				 SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(airlock__bpf_run(NULL, 0, &sample, NULL, NULL), SECCOMP_RET_KILL_PROCESS);
}

/* Whatever it is, it must not harm the interpreter: sanitizers look on. */
static void random_bytes_run_to_an_end(void **state)
{
	struct sock_filter code[LONGEST];
	const char *why;
	char *text;
	size_t at, size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	for (int round = scaled(UNDER_SANITIZER ? 20000 / 20 : 20000); round > 0; round--) {
		size_t n = 1 + below(LONGEST);

		for (size_t i = 0; i < n; i++)
			code[i] = JUMP((uint16_t)(rnd() & (rnd() & 1 ? 0xff : 0xffff)),
				       rnd() >> below(32), (uint8_t)below(n), (uint8_t)below(n));
		airlock__bpf_run(code, n, &sample, NULL, NULL);
		airlock__bpf_check(code, n, &at, &why);
		if (round % 64 == 0)
			airlock__bpf_print(code, n, f);
	}
	fclose(f);
	free(text);
}

/* Random programs, more often right than not */

static const uint16_t codes[] = {
	BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_W | BPF_LEN,
	BPF_LDX | BPF_W | BPF_LEN,
	BPF_LD | BPF_IMM,
	BPF_LDX | BPF_IMM,
	BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA,
	BPF_LD | BPF_MEM,
	BPF_LDX | BPF_MEM,
	BPF_ST,
	BPF_STX,
	BPF_ALU | BPF_ADD | BPF_K,
	BPF_ALU | BPF_ADD | BPF_X,
	BPF_ALU | BPF_SUB | BPF_K,
	BPF_ALU | BPF_SUB | BPF_X,
	BPF_ALU | BPF_MUL | BPF_K,
	BPF_ALU | BPF_MUL | BPF_X,
	BPF_ALU | BPF_DIV | BPF_K,
	BPF_ALU | BPF_DIV | BPF_X,
	BPF_ALU | BPF_AND | BPF_K,
	BPF_ALU | BPF_AND | BPF_X,
	BPF_ALU | BPF_OR | BPF_K,
	BPF_ALU | BPF_OR | BPF_X,
	BPF_ALU | BPF_XOR | BPF_K,
	BPF_ALU | BPF_XOR | BPF_X,
	BPF_ALU | BPF_LSH | BPF_K,
	BPF_ALU | BPF_LSH | BPF_X,
	BPF_ALU | BPF_RSH | BPF_K,
	BPF_ALU | BPF_RSH | BPF_X,
	BPF_ALU | BPF_NEG,
	BPF_JMP | BPF_JA,
	BPF_JMP | BPF_JEQ | BPF_K,
	BPF_JMP | BPF_JEQ | BPF_X,
	BPF_JMP | BPF_JGE | BPF_K,
	BPF_JMP | BPF_JGE | BPF_X,
	BPF_JMP | BPF_JGT | BPF_K,
	BPF_JMP | BPF_JGT | BPF_X,
	BPF_JMP | BPF_JSET | BPF_K,
	BPF_JMP | BPF_JSET | BPF_X,
};

static uint32_t random_operand(uint16_t code, size_t left)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
		/* the instruction pointer is nobody's to choose */
		return below(3) ? 16 + 4 * below(12) : 4 * below(2);
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return below(4);
	case BPF_JMP | BPF_JA:
		return below(left < 4 ? left : 4);
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return below(32);
	default:
		return 1 + (below(2) ? below(16) : rnd() >> below(31) >> 1);
	}
}

/* Returns its length. All returns are allowances or errnos but that of a division by 0. */
static size_t random_program(struct sock_filter *code, size_t most)
{
	size_t n = 2 + below(most - 1), i = 0;
	bool stores = n > 12 && below(2);

	for (; stores && i < 4; i++)
		code[i] = STMT(BPF_ST, (uint32_t)i);
	for (; i < n; i++) {
		uint16_t op = codes[below(COUNT(codes))];
		size_t left = n - i - 1;

		if (i + 1 == n || below(16) == 0) {
			code[i] = RET(below(3) ? SECCOMP_RET_ERRNO | (1000 + below(3000))
					       : SECCOMP_RET_ALLOW);
			continue;
		}
		if (!stores && (op == (BPF_LD | BPF_MEM) || op == (BPF_LDX | BPF_MEM)))
			op = BPF_MISC | BPF_TAX;
		code[i] = STMT(op, random_operand(op, left));
		if (BPF_CLASS(op) == BPF_JMP && op != (BPF_JMP | BPF_JA)) {
			code[i].jt = (uint8_t)below(left < 6 ? left : 6);
			code[i].jf = (uint8_t)below(left < 6 ? left : 6);
		}
	}
	return n;
}

static void damage(struct sock_filter *code, size_t n)
{
	struct sock_filter *f = &code[below(n)];
	static const uint32_t edges[] = { 0,  1,  2,  15,	  16,	      31,	 32,
					  60, 62, 64, 0x7fffffff, 0xfffff000, 0xffffffff };

	switch (below(5)) {
	case 0:
		f->code ^= (uint16_t)(1u << below(below(2) ? 8 : 16));
		break;
	case 1:
		f->code = (uint16_t)below(0x100);
		break;
	case 2:
		f->k = edges[below(COUNT(edges))];
		break;
	case 3:
		f->jt = (uint8_t)below(n + 1);
		f->jf = (uint8_t)below(n + 1);
		break;
	case 4:
		*f = STMT(codes[below(COUNT(codes))], below(20));
		break;
	}
}

static long install(const struct sock_filter *code, size_t n, unsigned flags)
{
	struct sock_fprog prog = { (unsigned short)n, (struct sock_filter *)code };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

static void *stand_apart(void *arg)
{
	pthread_barrier_t *ready = arg;
	const struct sock_filter allow[] = { RET(SECCOMP_RET_ALLOW) };

	install(allow, 1, 0);
	pthread_barrier_wait(ready);
	for (;;)
		pause();
	return NULL;
}

/*
 * A program that is to be put on all threads is checked first, and then refused because one of them
 * went its own way: so the kernel can be asked thousands of times, and nothing is ever in force.
 */
static bool kernel_can_be_asked(void)
{
	static pthread_barrier_t ready;
	const struct sock_filter allow[] = { RET(SECCOMP_RET_ALLOW) };
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 2);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    pthread_create(&thread, NULL, stand_apart, &ready) != 0)
		return false;
	pthread_barrier_wait(&ready);
	return install(allow, 1, SECCOMP_FILTER_FLAG_TSYNC) > 0;
}

static bool kernel_takes(const struct sock_filter *code, size_t n)
{
	long r = install(code, n, SECCOMP_FILTER_FLAG_TSYNC);

	if (r == 0)
		fail_msg("a program is in force that should only be looked at");
	if (r < 0 && errno != EINVAL)
		fail_msg("seccomp: %s", strerror(errno));
	return r > 0;
}

static bool compare_checks(const struct sock_filter *code, size_t n)
{
	const char *why = "";
	size_t at = 0;
	bool ours = airlock__bpf_check(code, n, &at, &why) == 0, theirs = kernel_takes(code, n);

	if (ours != theirs) {
		airlock__bpf_print(code, n, stderr);
		fail_msg("%s, but the kernel %s (%zu: %s)", ours ? "taken" : "refused",
			 theirs ? "takes it" : "does not", at, why);
	}
	return ours;
}

static void ask_the_kernel(void *arg)
{
	static struct sock_filter longest[BPF_MAXINSNS + 1];
	struct sock_filter code[LONGEST];
	int rounds = scaled(UNDER_SANITIZER ? 50000 / 20 : 50000), taken = 0;

	(void)arg;
	if (UNDER_TSAN)
		SKIP("ThreadSanitizer has a thread of its own, which TSYNC would wait for");
	if (!kernel_can_be_asked())
		SKIP("this machine lets no filter be put in force");
	/* each code there can be */
	for (uint32_t c = 0; c <= UINT16_MAX; c += c < 0x100 ? 1 : 0x101) {
		code[0] = STMT(BPF_ST, 1);
		code[1] = STMT(c, 1);
		code[2] = RET(SECCOMP_RET_ALLOW);
		code[3] = RET(SECCOMP_RET_ALLOW);
		compare_checks(code, 4);
		code[1].k = 4;
		compare_checks(code, 4);
		code[0] = STMT(c, 0);
		compare_checks(code, 1);
	}
	for (int i = 0; i < rounds; i++) {
		size_t n = random_program(code, LONGEST);

		for (uint32_t d = below(4); d > 0; d--)
			damage(code, n);
		taken += compare_checks(code, n);
	}
	if (taken < rounds / 5 || taken > rounds - rounds / 5)
		fail_msg("%d of %d taken: that compares little", taken, rounds);
	for (size_t i = 0; i < COUNT(longest); i++)
		longest[i] = RET(SECCOMP_RET_ALLOW);
	assert_true(compare_checks(longest, BPF_MAXINSNS));
	assert_false(compare_checks(longest, BPF_MAXINSNS + 1));
	longest[0] = STMT(BPF_JMP | BPF_JA, BPF_MAXINSNS - 2);
	assert_true(compare_checks(longest, BPF_MAXINSNS));
	longest[0].k++;
	assert_false(compare_checks(longest, BPF_MAXINSNS));
}

static void the_kernel_takes_what_we_take_and_refuses_what_we_refuse(void **state)
{
	(void)state;
	in_child(ask_the_kernel, NULL);
}

/* Real calls under a random program: what came of each, in memory that both can see. */
enum { CALLS = 24 };
struct live {
	int installed, done;
	long answer[CALLS];
	uint64_t args[CALLS][6];
};

static void call_under(const struct sock_filter *code, size_t n, struct live *l)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || install(code, n, 0) < 0)
		_exit(1);
	l->installed = 1;
	for (int i = 0; i < CALLS; i++) {
		const uint64_t *a = l->args[i];

		errno = 0;
		l->answer[i] = syscall(UNUSED_NR, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (l->answer[i] == -1)
			l->answer[i] = -errno;
		l->done = i + 1;
	}
	_exit(0);
}

/* What was answered before, and what shall come of one call; 0: the child dies of it. */
static long expected(const struct sock_filter *code, size_t n, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = UNUSED_NR, .arch = airlock__audit_arch };
	uint32_t r;

	memcpy(d.args, args, sizeof d.args);
	r = airlock__bpf_run(code, n, &d, NULL, NULL);
	if ((r & SECCOMP_RET_ACTION) == SECCOMP_RET_ERRNO)
		return -(long)(r & SECCOMP_RET_DATA);
	assert_true(r == SECCOMP_RET_ALLOW || r == SECCOMP_RET_KILL_THREAD);
	return r == SECCOMP_RET_ALLOW ? -ENOSYS : 0;
}

/* Returns false if the machine lets no filter be put in force. */
static bool compare_live(const struct sock_filter *code, size_t n, struct live *l, int *kills)
{
	int status, i;
	pid_t pid;

	l->installed = l->done = 0;
	for (i = 0; i < CALLS * 6; i++)
		l->args[i / 6][i % 6] =
			below(3) ? below(20) : (uint64_t)rnd() << 32 | rnd() >> below(32);
	pid = fork();
	if (pid == 0)
		call_under(code, n, l);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!l->installed)
		return false;
	for (i = 0; i < l->done; i++)
		if (l->answer[i] != expected(code, n, l->args[i])) {
			airlock__bpf_print(code, n, stderr);
			fail_msg("the kernel answers %ld, we %ld", l->answer[i],
				 expected(code, n, l->args[i]));
		}
	if (i < CALLS) {
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		assert_int_equal(expected(code, n, l->args[i]), 0);
		++*kills;
	}
	return true;
}

static void the_kernel_answers_what_we_answer(void **state)
{
	struct live *l =
		mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sock_filter code[LONGEST + 3] = {
		LD_NR,
		JUMP(BPF_JMP | BPF_JEQ | BPF_K, UNUSED_NR, 1, 0),
		RET(SECCOMP_RET_ALLOW),
	};
	const char *why;
	size_t at;
	int kills = 0;

	(void)state;
	if (UNDER_TSAN)
		SKIP("ThreadSanitizer makes calls of its own, which are answered, too");
	assert_true(l != MAP_FAILED);
	if (under_valgrind())
		SKIP("valgrind knows no seccomp");
	for (int i = scaled(600); i > 0; i--) {
		size_t n;

		do
			n = 3 + random_program(code + 3, LONGEST);
		while (airlock__bpf_check(code, n, &at, &why) < 0);
		if (!compare_live(code, n, l, &kills))
			SKIP("this machine lets no filter be put in force");
	}
	if (scaled(600) == 600)
		assert_true(kills > 0);
	munmap(l, sizeof *l);
}

static void printed_for_people(void **state)
{
	const struct sock_filter code[] = {
		STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc000003e, 0, 9),
		LD_ARG(1, true),
		ALU(BPF_AND, 0xff),
		ALU(BPF_NEG, 0),
		STMT(BPF_MISC | BPF_TAX, 0),
		STMT(BPF_STX, 3),
		JUMP(BPF_JMP | BPF_JSET | BPF_X, 0, 1, 0),
		STMT(BPF_JMP | BPF_JA, 1),
		RET(SECCOMP_RET_ERRNO | EACCES),
		RET(SECCOMP_RET_ALLOW),
		RET(SECCOMP_RET_KILL_PROCESS),
		RET(SECCOMP_RET_LOG),
		RET_A,
		STMT(0xffff, 1),
	};
	static const char want[] = "   0  ld    arch\n"
				   "   1  jeq   0xc000003e  ? 2 : 11\n"
				   "   2  ld    arg1.high\n"
				   "   3  and   0xff\n"
				   "   4  neg\n"
				   "   5  tax\n"
				   "   6  stx   m[3]\n"
				   "   7  jset  x  ? 9 : 8\n"
				   "   8  ja    10\n"
				   "   9  ret   EACCES\n"
				   "  10  ret   allow\n"
				   "  11  ret   kill\n"
				   "  12  ret   log\n"
				   "  13  ret   a\n"
				   "  14  ? code 0xffff, jt 0, jf 0, k 0x1\n";
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	airlock__bpf_print(code, COUNT(code), f);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_give_the_words_of_the_data),
		cmocka_unit_test(registers_begin_as_zero),
		cmocka_unit_test(arithmetic_is_of_32_bits),
		cmocka_unit_test(dividing_by_an_x_of_zero_kills),
		cmocka_unit_test(a_shift_by_x_takes_five_bits),
		cmocka_unit_test(cells_keep_what_is_stored),
		cmocka_unit_test(branches_compare_without_sign),
		cmocka_unit_test(steps_and_looks_at_arguments_are_counted),
		cmocka_unit_test(each_way_to_be_wrong_is_refused_with_its_place),
		cmocka_unit_test(a_program_that_was_not_checked_is_killed_where_it_does_wrong),
		cmocka_unit_test(random_bytes_run_to_an_end),
		cmocka_unit_test(the_kernel_takes_what_we_take_and_refuses_what_we_refuse),
		cmocka_unit_test(the_kernel_answers_what_we_answer),
		cmocka_unit_test(printed_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
