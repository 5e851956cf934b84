/* SPDX-License-Identifier: ISC */
/*
 * assemble.c: see assemble.h. The program is written from its end to its start: jumps go forward
 * only, so that the distance to each target is known when the jump is written, and where it is
 * more than a byte can say, a step on the way is put right behind the branch.
 */
#include "assemble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One less than a byte holds, since a branch may get two steps behind it */
enum { FARTHEST = 254 };

enum kind { PLACE, PLAIN, GO, BRANCH };

/* Small, since there are many: what a page of them costs is the page. */
struct airlock__item {
	uint16_t kind, code;
	uint32_t k;
	unsigned yes, no; /* PLACE, GO: yes is the label */
	uint32_t at;	  /* BRANCH: its index, counted from the end */
};

struct airlock__target {
	bool answers;
	uint32_t answer;
	uint32_t at;   /* counted from the end, 1 is the last instruction; 0: nowhere yet */
	uint32_t step; /* the nearest ja that goes there; 0: none */
};

/* From the end to the start */
struct output {
	struct sock_filter *code;
	size_t n, room;
	bool no_memory;
};

static void *grow(void *p, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 64;
	void *q;

	if (n < *room)
		return p;
	q = reallocarray(p, more, size);
	if (q)
		*room = more;
	return q;
}

void airlock__asm_free(struct airlock__assembly *a)
{
	free(a->items);
	free(a->targets);
}

static struct airlock__item *add(struct airlock__assembly *a, struct airlock__item item)
{
	struct airlock__item *items = grow(a->items, a->nitems, &a->items_room, sizeof *items);

	if (!items) {
		a->no_memory = true;
		return NULL;
	}
	a->items = items;
	items[a->nitems] = item;
	return &items[a->nitems++];
}

/* 0 is AIRLOCK__NEXT: so the first is 1 */
static unsigned add_target(struct airlock__assembly *a, struct airlock__target target)
{
	struct airlock__target *targets =
		grow(a->targets, a->ntargets, &a->targets_room, sizeof *targets);

	if (!targets) {
		a->no_memory = true;
		return AIRLOCK__NEXT;
	}
	a->targets = targets;
	targets[a->ntargets++] = target;
	return (unsigned)a->ntargets;
}

unsigned airlock__asm_label(struct airlock__assembly *a)
{
	return add_target(a, (struct airlock__target){ 0 });
}

unsigned airlock__asm_answer(struct airlock__assembly *a, uint32_t answer)
{
	for (size_t i = 0; i < a->ntargets; i++)
		if (a->targets[i].answers && a->targets[i].answer == answer)
			return (unsigned)i + 1;
	return add_target(a, (struct airlock__target){ .answers = true, .answer = answer });
}

void airlock__asm_place(struct airlock__assembly *a, unsigned label)
{
	add(a, (struct airlock__item){ .kind = PLACE, .yes = label });
}

void airlock__asm_emit(struct airlock__assembly *a, uint16_t code, uint32_t k)
{
	add(a, (struct airlock__item){ .kind = PLAIN, .code = code, .k = k });
}

void airlock__asm_go(struct airlock__assembly *a, unsigned to)
{
	add(a, (struct airlock__item){ .kind = GO, .yes = to });
}

size_t airlock__asm_branch(struct airlock__assembly *a, uint16_t code, uint32_t k, unsigned yes,
			   unsigned no)
{
	add(a,
	    (struct airlock__item){ .kind = BRANCH, .code = code, .k = k, .yes = yes, .no = no });
	return a->nitems - 1;
}

static void put(struct output *o, struct sock_filter f)
{
	struct sock_filter *code = grow(o->code, o->n, &o->room, sizeof *code);

	if (!code) {
		o->no_memory = true;
		return;
	}
	o->code = code;
	code[o->n++] = f;
}

static struct sock_filter return_of(uint32_t answer)
{
	return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
}

/* A place near enough for a branch that is written now: its index from the end. */
static size_t reach(struct airlock__assembly *a, struct output *o, unsigned to, size_t next)
{
	struct airlock__target *t;

	if (to == AIRLOCK__NEXT)
		return next;
	t = &a->targets[to - 1];
	if (t->at && o->n - t->at <= FARTHEST)
		return t->at;
	if (t->answers) {
		put(o, return_of(t->answer));
		return t->at = (uint32_t)o->n;
	}
	if (t->step && o->n - t->step <= FARTHEST)
		return t->step;
	put(o, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(o->n - t->at)));
	return t->step = (uint32_t)o->n;
}

static void write_branch(struct airlock__assembly *a, struct output *o, struct airlock__item *item)
{
	size_t next = o->n;
	size_t yes = reach(a, o, item->yes, next), no = reach(a, o, item->no, next);

	put(o, (struct sock_filter)BPF_JUMP(item->code, item->k, (uint8_t)(o->n - yes),
					    (uint8_t)(o->n - no)));
	item->at = (uint32_t)o->n;
}

static void write_go(struct airlock__assembly *a, struct output *o, unsigned to)
{
	struct airlock__target *t;

	if (to == AIRLOCK__NEXT)
		return;
	t = &a->targets[to - 1];
	if (t->at == o->n && o->n > 0)
		return;
	if (t->answers) {
		put(o, return_of(t->answer));
		t->at = (uint32_t)o->n;
	} else {
		put(o, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(o->n - t->at)));
		t->step = (uint32_t)o->n;
	}
}

static void write_item(struct airlock__assembly *a, struct output *o, struct airlock__item *item)
{
	switch ((enum kind)item->kind) {
	case PLACE:
		a->targets[item->yes - 1].at = (uint32_t)o->n;
		break;
	case PLAIN:
		put(o, (struct sock_filter)BPF_STMT(item->code, item->k));
		break;
	case GO:
		write_go(a, o, item->yes);
		break;
	case BRANCH:
		write_branch(a, o, item);
		break;
	}
}

static void reverse(struct sock_filter *code, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct sock_filter f = code[i];

		code[i] = code[n - 1 - i];
		code[n - 1 - i] = f;
	}
}

int airlock__asm_finish(struct airlock__assembly *a, struct sock_filter **ret, size_t *ret_n)
{
	struct output o = { 0 };

	for (size_t i = a->nitems; !a->no_memory && !o.no_memory && i-- > 0;)
		write_item(a, &o, &a->items[i]);
	if (a->no_memory || o.no_memory) {
		free(o.code);
		return -ENOMEM;
	}
	reverse(o.code, o.n);
	for (size_t i = 0; i < a->nitems; i++)
		a->items[i].at = (uint32_t)o.n - a->items[i].at;
	*ret = o.code;
	*ret_n = o.n;
	return 0;
}

size_t airlock__asm_where(const struct airlock__assembly *a, size_t branch)
{
	return a->items[branch].at;
}
