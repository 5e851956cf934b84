/* SPDX-License-Identifier: ISC */
/*
 * program.c: see program.h. Each number of a call goes one of two ways: to an answer at once, or to
 * a block that looks at its arguments.
 *
 * It is made here, and not by libseccomp, which is a witness in the tests: libseccomp 2.5's
 * generator does not see each allocation fail, and then leaves rules out of a program that it calls
 * good, or loops, or ends the caller by a signal.
 *
 * The kernel runs a program once for each number when it is put in force, and remembers which are
 * allowed without a look at an argument. So a spawn costs what the ordinary numbers take here, and
 * nothing but the blocks may look at arguments.
 */
#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "assemble.h"
#include "conditions.h"
#include "pack.h"

#ifdef __x86_64__
enum { HAS_X32 = 1 };
#else
enum { HAS_X32 = 0 };
#endif

enum {
	FIRST_X32 = 0x40000000,
	LOAD = BPF_LD | BPF_W | BPF_ABS,
	EQUAL = BPF_JMP | BPF_JEQ | BPF_K,
	AT_LEAST = BPF_JMP | BPF_JGE | BPF_K,
	AT_NR = offsetof(struct seccomp_data, nr),
	AT_ARCH = offsetof(struct seccomp_data, arch),
	AT_ARGS = offsetof(struct seccomp_data, args)
};

#define NO_SUCH_CALL (SECCOMP_RET_ERRNO | ENOSYS)

/* Numbers from `first` to where the next begins */
struct range {
	uint32_t first, weight; /* weight: how many of them the kernel tries */
	unsigned to;		/* a label */
};

struct number {
	unsigned to; /* a label */
	bool block;  /* ... of a block, that emit_block() writes */
};

struct work {
	const struct airlock_profile *p;
	bool one_exec;
	uint32_t personality;
	struct airlock__assembly a;

	uint32_t n; /* the highest number and one */
	struct number *number;
	size_t at[6]; /* the branches of the one exec */

	int execve, execveat;		   /* their indices in airlock__calls */
	struct airlock__decision decision; /* too large to be made anew for each call */
	struct number straight;		   /* as it was last, with its answer */
	uint32_t answer;
};

/* The halves are written over for each spawn: all ones are no address. */
static void emit_one_exec(struct work *w)
{
	unsigned kill = airlock__asm_answer(&w->a, SECCOMP_RET_KILL_PROCESS);
	unsigned allow = airlock__asm_answer(&w->a, SECCOMP_RET_ALLOW);

	for (uint32_t i = 0; i < 6; i++) {
		airlock__asm_emit(&w->a, LOAD, AT_ARGS + i * (uint32_t)sizeof(uint32_t));
		w->at[i] = airlock__asm_branch(&w->a, EQUAL, UINT32_MAX,
					       i < 5 ? AIRLOCK__NEXT : allow, kill);
	}
}

static struct number straight(struct work *w, uint32_t answer)
{
	/* most numbers go the way of the one before */
	if (!w->straight.to || w->answer != answer) {
		w->straight.to = airlock__asm_answer(&w->a, answer);
		w->answer = answer;
	}
	return w->straight;
}

static struct number block(struct work *w)
{
	return (struct number){ .to = airlock__asm_label(&w->a), .block = true };
}

/* In the order of reading.h. */
static struct number sort_out(struct work *w, uint32_t nr)
{
	struct airlock__decision *d = &w->decision;
	int call = airlock__call_by_nr(nr);

	if (w->one_exec && call == w->execve)
		return block(w);
	if (w->one_exec && call == w->execveat)
		return straight(w, SECCOMP_RET_KILL_PROCESS);
	if (call < 0 || airlock__calls[call].since > airlock__baseline(w->p))
		return straight(w, NO_SUCH_CALL);
	airlock__decide(w->p, (size_t)call, w->personality, d);
	return airlock__is_conditional(d) ? block(w) : straight(w, d->answer);
}

static void emit_block(struct work *w, uint32_t nr)
{
	int call = airlock__call_by_nr(nr);

	airlock__asm_place(&w->a, w->number[nr].to);
	if (w->one_exec && call == w->execve) {
		emit_one_exec(w);
		return;
	}
	airlock__decide(w->p, (size_t)call, w->personality, &w->decision);
	airlock__emit_conditions(&w->a, w->p, (size_t)call, &w->decision);
}

/* The way to them */

static size_t add_range(struct range *ranges, size_t n, uint32_t first, uint32_t weight,
			unsigned to)
{
	if (n > 0 && ranges[n - 1].to == to) {
		ranges[n - 1].weight += weight;
		return n;
	}
	ranges[n] = (struct range){ first, weight, to };
	return n + 1;
}

/* What lies above the numbers weighs little, but more than the one that a single number does. */
enum { ABOVE = 2 };

/* At most as many as there are numbers, and two. */
static size_t find_ranges(struct work *w, struct range *ranges)
{
	size_t n = 0;

	for (uint32_t nr = 0; nr < w->n; nr++)
		n = add_range(ranges, n, nr, 1, w->number[nr].to);
	n = add_range(ranges, n, w->n, ABOVE, airlock__asm_answer(&w->a, NO_SUCH_CALL));
	if (HAS_X32)
		n = add_range(ranges, n, FIRST_X32, ABOVE,
			      airlock__asm_answer(&w->a, SECCOMP_RET_KILL_PROCESS));
	return n;
}

/*
 * Do all go one way but for one or two single numbers? Those are quicker asked for one by one than
 * each between two bounds. Returns how many there are, with their places in `single`; -1: no.
 */
static int single_numbers(const struct range *r, size_t n, size_t single[2], unsigned *ret_common)
{
	size_t heaviest = 0;
	int count = 0;

	/* neighbours go different ways: between and around two there is room for three */
	if (n > 5)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (r[i].weight > r[heaviest].weight)
			heaviest = i;
	for (size_t i = 0; i < n; i++) {
		if (r[i].to == r[heaviest].to)
			continue;
		if (r[i].weight != 1 || count == 2)
			return -1;
		single[count++] = i;
	}
	*ret_common = r[heaviest].to;
	return count;
}

/* The first range of the right half, where the halves weigh about the same */
static size_t middle(const struct range *r, size_t n)
{
	size_t all = 0, left = 0, best = 1, best_off = SIZE_MAX;

	for (size_t i = 0; i < n; i++)
		all += r[i].weight;
	for (size_t i = 1; i < n; i++) {
		size_t off;

		left += r[i - 1].weight;
		off = 2 * left > all ? 2 * left - all : all - 2 * left;
		if (off < best_off) {
			best_off = off;
			best = i;
		}
	}
	return best;
}

/* A tree over two ranges or more, with the number in A. */
static void emit_ways(struct work *w, const struct range *r, size_t n)
{
	unsigned common, right;
	size_t single[2], m;
	int count = single_numbers(r, n, single, &common);

	for (int i = 0; i < count; i++)
		airlock__asm_branch(&w->a, EQUAL, r[single[i]].first, r[single[i]].to,
				    i + 1 < count ? AIRLOCK__NEXT : common);
	if (count > 0)
		return;
	m = middle(r, n);
	right = n - m == 1 ? r[m].to : airlock__asm_label(&w->a);
	airlock__asm_branch(&w->a, AT_LEAST, r[m].first, right, m == 1 ? r[0].to : AIRLOCK__NEXT);
	if (m > 1)
		emit_ways(w, r, m);
	if (n - m > 1) {
		airlock__asm_place(&w->a, right);
		emit_ways(w, r + m, n - m);
	}
}

/* The whole */

static int emit_all(struct work *w)
{
	struct range *ranges = calloc(w->n + 2, sizeof *ranges);

	if (!ranges)
		return -ENOMEM;
	for (uint32_t nr = 0; nr < w->n; nr++)
		w->number[nr] = sort_out(w, nr);
	airlock__asm_emit(&w->a, LOAD, AT_ARCH);
	airlock__asm_branch(&w->a, EQUAL, airlock__audit_arch, AIRLOCK__NEXT,
			    airlock__asm_answer(&w->a, SECCOMP_RET_KILL_PROCESS));
	airlock__asm_emit(&w->a, LOAD, AT_NR);
	emit_ways(w, ranges, find_ranges(w, ranges));
	for (uint32_t nr = 0; nr < w->n; nr++)
		if (w->number[nr].block)
			emit_block(w, nr);
	free(ranges);
	return w->a.no_memory ? -ENOMEM : 0;
}

static int put_together(struct work *w, struct airlock__program *ret)
{
	struct airlock__program made = { .one_exec = w->one_exec };
	size_t n = 0;
	int r = airlock__asm_finish(&w->a, &made.code, &n);

	if (r < 0)
		return r;
	made.n = (uint32_t)n;
	if (n > BPF_MAXINSNS) {
		free(made.code);
		ret->n = made.n;
		return -E2BIG;
	}
	for (int i = 0; w->one_exec && i < 6; i++)
		made.at[i] = (uint16_t)airlock__asm_where(&w->a, w->at[i]);
	*ret = made;
	return 0;
}

bool airlock__program_needed(const struct airlock_profile *p, bool one_exec)
{
	return one_exec || airlock__restricts_calls(p);
}

int airlock__program_make(const struct airlock_profile *p, bool one_exec, uint32_t personality,
			  struct airlock__program *ret)
{
	struct work w = { .p = p, .one_exec = one_exec, .personality = personality };
	int r = -ENOMEM;

	w.execve = airlock__call_by_name("execve", strlen("execve"));
	w.execveat = airlock__call_by_name("execveat", strlen("execveat"));
	w.n = airlock__highest_nr() + 1;
	w.number = calloc(w.n, sizeof *w.number);
	if (w.number)
		r = emit_all(&w);
	if (r == 0)
		r = put_together(&w, ret);
	airlock__asm_free(&w.a);
	free(w.number);
	return r;
}

int airlock__program_get(const struct airlock_profile *p, uint32_t personality,
			 struct airlock__program *ret)
{
	const struct airlock__ready *ready = p->ready;
	struct airlock__program copy = { .one_exec = p->exec_once };

	if (!ready)
		return airlock__program_make(p, p->exec_once, personality, ret);
	copy.n = ready->n;
	copy.code = malloc(copy.n * sizeof *copy.code);
	if (!copy.code)
		return -ENOMEM;
	memcpy(copy.code, ready->code, copy.n * sizeof *copy.code);
	memcpy(copy.at, ready->at, sizeof copy.at);
	*ret = copy;
	return 0;
}
