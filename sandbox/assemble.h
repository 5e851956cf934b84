/* SPDX-License-Identifier: ISC */
/*
 * assemble.h: a small assembler for seccomp programs: labels, jumps as far as they must go. Pure.
 *
 * It knows nothing of profiles. Memory that is short is remembered, and told at the end.
 */
#ifndef AIRLOCK_ASSEMBLE_H
#define AIRLOCK_ASSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/filter.h>

/* Where to: a label, an answer, or the instruction that comes next. */
enum { AIRLOCK__NEXT = 0 };

struct airlock__assembly {
	struct airlock__item *items;
	struct airlock__target *targets;
	size_t nitems, ntargets, items_room, targets_room;
	bool no_memory;
};

/* Begin with { 0 }, end with this. */
void airlock__asm_free(struct airlock__assembly *a);

/* A place that is to be said later: exactly once, and after all that goes there. */
unsigned airlock__asm_label(struct airlock__assembly *a);
void airlock__asm_place(struct airlock__assembly *a, unsigned label);

/* A place that returns `answer`: one for each answer, and nobody need say where it is. */
unsigned airlock__asm_answer(struct airlock__assembly *a, uint32_t answer);

void airlock__asm_emit(struct airlock__assembly *a, uint16_t code, uint32_t k);
void airlock__asm_go(struct airlock__assembly *a, unsigned to);

/* `code`: BPF_JMP | one of JEQ JGT JGE JSET | BPF_K. Returns a number for airlock__asm_where(). */
size_t airlock__asm_branch(struct airlock__assembly *a, uint16_t code, uint32_t k, unsigned yes,
			  unsigned no);

/*
 * Put it together. *ret: the instructions, from malloc; *ret_n: their number, however many. -ENOMEM.
 */
int airlock__asm_finish(struct airlock__assembly *a, struct sock_filter **ret, size_t *ret_n);

/* After that: the index of a branch. */
size_t airlock__asm_where(const struct airlock__assembly *a, size_t branch);

#endif
