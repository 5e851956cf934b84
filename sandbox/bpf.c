/* SPDX-License-Identifier: ISC */
/*
 * bpf.c: see bpf.h. What the kernel converts, it converts with 32-bit registers that begin as 0;
 * that is all the state there is here, besides the sixteen cells.
 */
#include "bpf.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "names.h"

/* since 4.14: older headers may lack it */
#ifndef SECCOMP_RET_ACTION_FULL
#define SECCOMP_RET_ACTION_FULL 0xffff0000u
#endif

enum kind {
	REFUSED,
	PLAIN,
	LOADS_DATA,
	LOADS_CELL,
	STORES_CELL,
	SHIFTS,
	DIVIDES,
	JUMPS,
	BRANCHES,
	RETURNS
};

/*
 * The modulo that socket filters have is not among them, and neither are the loads of packet bytes.
 * The code is compared as a whole: bits that mean nothing elsewhere make it another one.
 */
static enum kind kind_of(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return LOADS_DATA;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		return LOADS_CELL;
	case BPF_ST:
	case BPF_STX:
		return STORES_CELL;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return SHIFTS;
	case BPF_ALU | BPF_DIV | BPF_K:
		return DIVIDES;
	case BPF_JMP | BPF_JA:
		return JUMPS;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return BRANCHES;
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
		return RETURNS;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_ALU | BPF_ADD | BPF_K:
	case BPF_ALU | BPF_ADD | BPF_X:
	case BPF_ALU | BPF_SUB | BPF_K:
	case BPF_ALU | BPF_SUB | BPF_X:
	case BPF_ALU | BPF_MUL | BPF_K:
	case BPF_ALU | BPF_MUL | BPF_X:
	case BPF_ALU | BPF_DIV | BPF_X:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_ALU | BPF_AND | BPF_X:
	case BPF_ALU | BPF_OR | BPF_K:
	case BPF_ALU | BPF_OR | BPF_X:
	case BPF_ALU | BPF_XOR | BPF_K:
	case BPF_ALU | BPF_XOR | BPF_X:
	case BPF_ALU | BPF_LSH | BPF_X:
	case BPF_ALU | BPF_RSH | BPF_X:
	case BPF_ALU | BPF_NEG:
		return PLAIN;
	default:
		return REFUSED;
	}
}

/*
 * What is wrong with one instruction; NULL: nothing. stored[i]: the cells that every jump to i
 * leaves written; *written: those that are on the way to this one. A jump or a branch hands that on
 * to its targets, and what follows it is reached by jumps alone. A return does not end a way in the
 * kernel's eyes: neither does it here.
 */
static const char *fault(const struct sock_filter *code, size_t n, size_t at, uint16_t *stored,
			 uint16_t *written)
{
	const struct sock_filter *f = &code[at];
	size_t left = n - at - 1;
	enum kind kind = kind_of(f->code);

	*written &= stored[at];
	switch (kind) {
	case REFUSED:
		return "not an instruction that seccomp takes";
	case LOADS_DATA:
		if (f->k & 3)
			return "a load that is not aligned";
		return f->k >= sizeof(struct seccomp_data) ? "a load past the end" : NULL;
	case SHIFTS:
		return f->k >= 32 ? "a shift by more than 31" : NULL;
	case DIVIDES:
		return f->k == 0 ? "a division by zero" : NULL;
	case LOADS_CELL:
	case STORES_CELL:
		if (f->k >= BPF_MEMWORDS)
			return "a cell that does not exist";
		if (kind == STORES_CELL)
			*written |= (uint16_t)(1u << f->k);
		return *written & 1u << f->k ? NULL
					     : "a load of a cell that may not be written yet";
	case JUMPS:
		if (f->k >= left)
			return "a jump past the end";
		stored[at + 1 + f->k] &= *written;
		*written = UINT16_MAX;
		return NULL;
	case BRANCHES:
		if (f->jt >= left || f->jf >= left)
			return "a jump past the end";
		stored[at + 1 + f->jt] &= *written;
		stored[at + 1 + f->jf] &= *written;
		*written = UINT16_MAX;
		return NULL;
	case PLAIN:
	case RETURNS:
		break;
	}
	return NULL;
}

static int wrong(size_t at, const char *why, size_t *ret_at, const char **ret_why)
{
	*ret_at = at;
	*ret_why = why;
	return -EINVAL;
}

int airlock__bpf_check(const struct sock_filter *code, size_t n, size_t *ret_at,
		       const char **ret_why)
{
	uint16_t stored[BPF_MAXINSNS], written = 0;
	const char *why;

	if (n == 0)
		return wrong(0, "no instruction", ret_at, ret_why);
	if (n > BPF_MAXINSNS)
		return wrong(BPF_MAXINSNS, "more instructions than the kernel takes", ret_at,
			     ret_why);
	memset(stored, 0xff, sizeof stored);
	for (size_t at = 0; at < n; at++)
		if ((why = fault(code, n, at, stored, &written)))
			return wrong(at, why, ret_at, ret_why);
	if (kind_of(code[n - 1].code) != RETURNS)
		return wrong(n, "no return at the end", ret_at, ret_why);
	return 0;
}

struct machine {
	const struct seccomp_data *data;
	uint32_t a, x, cell[BPF_MEMWORDS];
	unsigned args;
};

static uint32_t load(struct machine *m, uint32_t at)
{
	const size_t first = offsetof(struct seccomp_data, args);
	uint32_t word;

	if (at >= first)
		m->args |= 1u << (at - first) / sizeof m->data->args[0];
	memcpy(&word, (const char *)m->data + at, sizeof word);
	return word;
}

/* false: a division by zero */
static bool compute(uint32_t *a, uint16_t op, uint32_t by)
{
	switch (op) {
	case BPF_ADD:
		*a += by;
		break;
	case BPF_SUB:
		*a -= by;
		break;
	case BPF_MUL:
		*a *= by;
		break;
	case BPF_DIV:
		if (by == 0)
			return false;
		*a /= by;
		break;
	case BPF_AND:
		*a &= by;
		break;
	case BPF_OR:
		*a |= by;
		break;
	case BPF_XOR:
		*a ^= by;
		break;
	/* a shift by X takes its low five bits, as the processors do */
	case BPF_LSH:
		*a <<= by & 31;
		break;
	case BPF_RSH:
		*a >>= by & 31;
		break;
	case BPF_NEG:
		*a = -*a;
		break;
	}
	return true;
}

static bool holds(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGE:
		return a >= b;
	case BPF_JGT:
		return a > b;
	default:
		return a & b;
	}
}

/* All that neither jumps nor returns, and is none of the loads and stores of cells. */
static bool step(struct machine *m, const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		m->a = load(m, f->k);
		break;
	case BPF_LD | BPF_W | BPF_LEN:
		m->a = sizeof *m->data;
		break;
	case BPF_LDX | BPF_W | BPF_LEN:
		m->x = sizeof *m->data;
		break;
	case BPF_LD | BPF_IMM:
		m->a = f->k;
		break;
	case BPF_LDX | BPF_IMM:
		m->x = f->k;
		break;
	case BPF_MISC | BPF_TAX:
		m->x = m->a;
		break;
	case BPF_MISC | BPF_TXA:
		m->a = m->x;
		break;
	default:
		return compute(&m->a, BPF_OP(f->code), BPF_SRC(f->code) == BPF_X ? m->x : f->k);
	}
	return true;
}

static void use_cell(struct machine *m, const struct sock_filter *f)
{
	uint32_t *reg = f->code == BPF_STX || f->code == (BPF_LDX | BPF_MEM) ? &m->x : &m->a;

	if (kind_of(f->code) == STORES_CELL)
		m->cell[f->k] = *reg;
	else
		*reg = m->cell[f->k];
}

/* Ever forward, so it ends. *ret_steps counts what was begun. */
static uint32_t run(struct machine *m, const struct sock_filter *code, size_t n, size_t *ret_steps)
{
	for (size_t at = 0; at < n; at++) {
		const struct sock_filter *f = &code[at];
		uint32_t b = BPF_SRC(f->code) == BPF_X ? m->x : f->k;

		++*ret_steps;
		switch (kind_of(f->code)) {
		case REFUSED:
			return SECCOMP_RET_KILL_PROCESS;
		case RETURNS:
			return f->code == (BPF_RET | BPF_A) ? m->a : f->k;
		case JUMPS:
			at += f->k;
			break;
		case BRANCHES:
			at += holds(BPF_OP(f->code), m->a, b) ? f->jt : f->jf;
			break;
		case LOADS_CELL:
		case STORES_CELL:
			if (f->k >= BPF_MEMWORDS)
				return SECCOMP_RET_KILL_PROCESS;
			use_cell(m, f);
			break;
		case LOADS_DATA:
			if (f->k & 3 || f->k >= sizeof *m->data)
				return SECCOMP_RET_KILL_PROCESS;
			step(m, f);
			break;
		case SHIFTS:
		case DIVIDES:
		case PLAIN:
			/* the kernel ends a program that divides by an X of 0, with 0 */
			if (!step(m, f))
				return SECCOMP_RET_KILL_THREAD;
			break;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

uint32_t airlock__bpf_run(const struct sock_filter *code, size_t n, const struct seccomp_data *data,
			  size_t *ret_steps, unsigned *ret_args)
{
	struct machine m = { .data = data };
	size_t steps = 0;
	uint32_t r = run(&m, code, n, &steps);

	if (ret_steps)
		*ret_steps = steps;
	if (ret_args)
		*ret_args = m.args;
	return r;
}

static const char *operation(uint16_t code)
{
	static const char *const alu[] = { "add", "sub", "mul", "div", "or", "and",
					   "lsh", "rsh", "neg", "mod", "xor" };
	static const char *const jump[] = { "ja", "jeq", "jgt", "jge", "jset" };

	return BPF_CLASS(code) == BPF_ALU ? alu[BPF_OP(code) >> 4] : jump[BPF_OP(code) >> 4];
}

static void print_place(uint32_t at, FILE *f)
{
	static const char *const place[] = { "nr", "arch", "ip.low", "ip.high" };

	if (at & 3 || at >= sizeof(struct seccomp_data))
		fprintf(f, "[%u]", at);
	else if (at / 4 < sizeof place / sizeof *place)
		fprintf(f, "%s", place[at / 4]);
	else
		fprintf(f, "arg%u.%s", (at - 16) / 8, at & 4 ? "high" : "low");
}

static void print_answer(uint32_t answer, FILE *f)
{
	static const struct {
		uint32_t action;
		const char *name;
	} known[] = {
		{ SECCOMP_RET_KILL_PROCESS, "kill" },
		{ SECCOMP_RET_ALLOW, "allow" },
		{ SECCOMP_RET_KILL_THREAD, "kill-thread" },
		{ SECCOMP_RET_LOG, "log" },
		{ SECCOMP_RET_TRAP, "trap" },
		{ SECCOMP_RET_TRACE, "trace" },
	};
	uint32_t data = answer & SECCOMP_RET_DATA;
	const char *name;

	if ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
		name = airlock__value_name(AIRLOCK__ERRNOS, data);
		if (name)
			fprintf(f, "%s", name);
		else
			fprintf(f, "errno %u", data);
		return;
	}
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].action == answer) {
			fprintf(f, "%s", known[i].name);
			return;
		}
	fprintf(f, "%#x", answer);
}

static void print_operand(const struct sock_filter *c, FILE *f)
{
	if (BPF_SRC(c->code) == BPF_X)
		fprintf(f, "x");
	else
		fprintf(f, "%#x", c->k);
}

/* Loads of constants, arithmetic, moves */
static void print_plain(const struct sock_filter *c, FILE *f)
{
	bool to_x = BPF_CLASS(c->code) == BPF_LDX;

	if (BPF_CLASS(c->code) == BPF_MISC) {
		fprintf(f, c->code == (BPF_MISC | BPF_TAX) ? "tax" : "txa");
	} else if (c->code == (BPF_ALU | BPF_NEG)) {
		fprintf(f, "neg");
	} else if (BPF_CLASS(c->code) == BPF_ALU) {
		fprintf(f, "%-5s ", operation(c->code));
		print_operand(c, f);
	} else if (BPF_MODE(c->code) == BPF_LEN) {
		fprintf(f, "%-5s length", to_x ? "ldx" : "ld");
	} else {
		fprintf(f, "%-5s %#x", to_x ? "ldx" : "ld", c->k);
	}
}

static void print_one(const struct sock_filter *c, size_t at, FILE *f)
{
	bool to_x = BPF_CLASS(c->code) == BPF_LDX || BPF_CLASS(c->code) == BPF_STX;

	switch (kind_of(c->code)) {
	case REFUSED:
		fprintf(f, "? code %#x, jt %u, jf %u, k %#x", c->code, c->jt, c->jf, c->k);
		break;
	case LOADS_DATA:
		fprintf(f, "ld    ");
		print_place(c->k, f);
		break;
	case LOADS_CELL:
		fprintf(f, "%s m[%u]", to_x ? "ldx  " : "ld   ", c->k);
		break;
	case STORES_CELL:
		fprintf(f, "%s m[%u]", to_x ? "stx  " : "st   ", c->k);
		break;
	case JUMPS:
		fprintf(f, "ja    %zu", at + 1 + c->k);
		break;
	case BRANCHES:
		fprintf(f, "%-5s ", operation(c->code));
		print_operand(c, f);
		fprintf(f, "  ? %zu : %zu", at + 1 + c->jt, at + 1 + c->jf);
		break;
	case RETURNS:
		fprintf(f, "ret   ");
		if (c->code == (BPF_RET | BPF_A))
			fprintf(f, "a");
		else
			print_answer(c->k, f);
		break;
	case SHIFTS:
	case DIVIDES:
	case PLAIN:
		print_plain(c, f);
		break;
	}
}

void airlock__bpf_print(const struct sock_filter *code, size_t n, FILE *f)
{
	for (size_t at = 0; at < n; at++) {
		fprintf(f, "%4zu  ", at);
		print_one(&code[at], at, f);
		fprintf(f, "\n");
	}
}
