/* SPDX-License-Identifier: ISC */
/*
 * conditions.c: see conditions.h. How the kernel reads each argument is kept in mind: where it
 * reads an int, the high half is nobody's business.
 *
 * What the restrictions mean is told a second time in reading.c. Keep the two apart: that they
 * agree is what the tests are about.
 */
#define _GNU_SOURCE
#include "conditions.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the halves of the arguments stand the other way round here"
#endif

/* since 5.6 */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

enum {
	LOAD = BPF_LD | BPF_W | BPF_ABS,
	EQUAL = BPF_JMP | BPF_JEQ | BPF_K,
	GREATER = BPF_JMP | BPF_JGT | BPF_K,
	AT_LEAST = BPF_JMP | BPF_JGE | BPF_K,
	ANY_BIT = BPF_JMP | BPF_JSET | BPF_K,
	AND = BPF_ALU | BPF_AND | BPF_K
};

#define LOW 0xffffffffull
#define REFUSE(e) (SECCOMP_RET_ERRNO | (e))

/* Asked of each call many times, and mostly not so: the first letter tells. */
static bool is(const char *name, const char *known)
{
	return *name == *known && !strcmp(name, known);
}

/* Restrictions */

static void add_atom(struct airlock__restriction *r, bool starts_clause, uint8_t arg,
		     enum airlock__op op, uint64_t mask, uint64_t value)
{
	r->atom[r->natoms++] =
		(struct airlock__atom){ arg, (uint8_t)op, starts_clause, mask, value };
}

static void refuse_always(struct airlock__restriction *r, int error)
{
	r->answer = REFUSE((uint32_t)error);
	r->always = true;
}

static void refuse_if_any(struct airlock__restriction *r, uint8_t arg, uint32_t bits)
{
	r->answer = REFUSE(EPERM);
	add_atom(r, true, arg, AIRLOCK__NE, bits, 0);
}

static void restrict_families(const struct airlock_profile *p, const char *name,
			      struct airlock__restriction *r)
{
	/* a ring can open sockets that no filter sees, whatever a rule says of it */
	if (is(name, "io_uring_setup"))
		refuse_always(r, ENOSYS);
	if (!is(name, "socket"))
		return;
	r->answer = REFUSE(EAFNOSUPPORT);
	r->says_allowed = p->family_mode == AIRLOCK__ALLOW_LIST;
	for (unsigned i = 0; i < 64; i++)
		if (p->families >> i & 1)
			add_atom(r, true, 0, AIRLOCK__EQ, LOW, i);
	r->always = r->says_allowed && r->natoms == 0;
	if (r->natoms == 0 && !r->always)
		r->answer = 0;
}

static void restrict_namespaces(const struct airlock_profile *p, const char *name,
				struct airlock__restriction *r)
{
	uint32_t all = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
		       CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;
	uint32_t refused = all & ~p->namespaces;

	if (!refused)
		return;
	if (is(name, "clone3"))
		refuse_always(r, ENOSYS);
	if (is(name, "unshare"))
		refuse_if_any(r, 0, refused);
	/* in clone(2) the bit of CLONE_NEWTIME is part of the exit signal */
	if (is(name, "clone") && refused & ~(uint32_t)CSIGNAL)
		refuse_if_any(r, 0, refused & ~(uint32_t)CSIGNAL);
	/* without a type it enters whatever the descriptor is; with a pidfd several at once */
	if (is(name, "setns")) {
		refuse_if_any(r, 1, refused);
		add_atom(r, true, 1, AIRLOCK__EQ, LOW, 0);
	}
}

static void restrict_realtime(const char *name, struct airlock__restriction *r)
{
	static const int fine[] = { SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE };

	/* its policy is behind a pointer */
	if (is(name, "sched_setattr"))
		refuse_always(r, EPERM);
	if (!is(name, "sched_setscheduler"))
		return;
	r->answer = REFUSE(EPERM);
	r->says_allowed = true;
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		add_atom(r, true, 1, AIRLOCK__EQ, LOW & ~(uint64_t)SCHED_RESET_ON_FORK,
			 (uint64_t)fine[i]);
}

static void restrict_suid_sgid(const char *name, struct airlock__restriction *r)
{
	enum { NEVER = 6 };
	static const struct {
		const char *name;
		uint8_t mode, flags; /* flags: the mode counts only if a file may be made */
	} calls[] = {
		{ "chmod", 1, NEVER },	   { "fchmod", 1, NEVER },  { "fchmodat", 2, NEVER },
		{ "fchmodat2", 2, NEVER }, { "mkdir", 1, NEVER },   { "mkdirat", 2, NEVER },
		{ "mknod", 1, NEVER },	   { "mknodat", 2, NEVER }, { "creat", 1, NEVER },
		{ "open", 2, 1 },	   { "openat", 3, 2 },	    { "mq_open", 2, 1 },
	};

	/* its mode is behind a pointer */
	if (is(name, "openat2"))
		refuse_always(r, ENOSYS);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		if (!is(name, calls[i].name))
			continue;
		refuse_if_any(r, calls[i].mode, S_ISUID | S_ISGID);
		if (calls[i].flags == NEVER)
			return;
		/* O_TMPFILE without the bit that it shares with O_DIRECTORY */
		add_atom(r, false, calls[i].flags, AIRLOCK__NE,
			 O_CREAT | (O_TMPFILE & ~O_DIRECTORY), 0);
		return;
	}
}

static void restrict_write_execute(const char *name, struct airlock__restriction *r)
{
	if (is(name, "mprotect") || is(name, "pkey_mprotect"))
		refuse_if_any(r, 2, PROT_EXEC);
	if (is(name, "shmat"))
		refuse_if_any(r, 2, SHM_EXEC);
	if (is(name, "personality")) {
		/* READ_IMPLIES_EXEC; but ~0, which asks */
		refuse_if_any(r, 0, 0x0400000);
		add_atom(r, false, 0, AIRLOCK__NE, LOW, 0xffffffff);
	}
	if (!is(name, "mmap"))
		return;
	r->answer = REFUSE(EPERM);
	add_atom(r, true, 2, AIRLOCK__EQ, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC);
}

/*
 * Ways to TCP that Landlock does not see, or not as TCP: other protocols that speak it, sockets of
 * families that make connections of their own, and data that goes with the first packet.
 */
static void restrict_tcp(const struct airlock_profile *p, const char *name,
			 struct airlock__restriction *r)
{
	enum { SMC = 256, MPTCP = 262, FAMILY_RDS = 21, FAMILY_SMC = 43, FASTOPEN = 0x20000000 };

	if (!p->has_bind && !p->has_connect)
		return;
	if (is(name, "io_uring_setup"))
		refuse_always(r, ENOSYS);
	if (is(name, "socket")) {
		r->answer = REFUSE(EPROTONOSUPPORT);
		add_atom(r, true, 2, AIRLOCK__EQ, LOW, SMC);
		add_atom(r, true, 2, AIRLOCK__EQ, LOW, MPTCP);
		add_atom(r, true, 0, AIRLOCK__EQ, LOW, FAMILY_RDS);
		add_atom(r, true, 0, AIRLOCK__EQ, LOW, FAMILY_SMC);
	}
	/* a TCP socket becomes one of SMC's: TCP_ULP */
	if (is(name, "setsockopt")) {
		r->answer = REFUSE(ENOPROTOOPT);
		add_atom(r, true, 1, AIRLOCK__EQ, LOW, 6);
		add_atom(r, false, 2, AIRLOCK__EQ, LOW, 31);
	}
	if (!p->has_connect)
		return;
	if (is(name, "sendto") || is(name, "sendmmsg"))
		refuse_if_any(r, 3, FASTOPEN);
	if (is(name, "sendmsg"))
		refuse_if_any(r, 2, FASTOPEN);
	if (r->answer == REFUSE(EPERM))
		r->answer = REFUSE(EOPNOTSUPP);
}

/* What is there of it counts: the atoms behind natoms, which are many, are left as they are. */
static void clear(struct airlock__restriction *r)
{
	r->answer = 0;
	r->always = r->says_allowed = false;
	r->natoms = 0;
}

/* No two of these speak of the same call. */
static void restrict_call(const struct airlock_profile *p, uint32_t personality, const char *name,
			  struct airlock__restriction *r)
{
	if (p->family_mode != AIRLOCK__NO_LIST)
		restrict_families(p, name, r);
	if (p->restrict_namespaces)
		restrict_namespaces(p, name, r);
	if (p->restrict_realtime)
		restrict_realtime(name, r);
	if (p->restrict_suid_sgid)
		restrict_suid_sgid(name, r);
	if (p->deny_write_execute)
		restrict_write_execute(name, r);
	if (p->lock_personality && is(name, "personality")) {
		clear(r);
		r->answer = REFUSE(EPERM);
		r->says_allowed = true;
		add_atom(r, true, 0, AIRLOCK__EQ, LOW, 0xffffffff);
		if (!p->deny_write_execute || !(personality & 0x0400000))
			add_atom(r, true, 0, AIRLOCK__EQ, LOW, personality);
	}
}

/* Conditions */

/* With what A holds at the start of a clause: a word of the arguments, masked. */
struct writer {
	struct airlock__assembly *a;
	bool holds;
	uint32_t held_at, held_mask;
};

static void load_masked(struct writer *w, uint8_t arg, bool high, uint32_t mask)
{
	uint32_t at = (uint32_t)(offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t) +
				 (high ? sizeof(uint32_t) : 0));

	if (!w->holds || w->held_at != at || w->held_mask != mask) {
		airlock__asm_emit(w->a, LOAD, at);
		if (mask != UINT32_MAX)
			airlock__asm_emit(w->a, AND, mask);
	}
	w->holds = true;
	w->held_at = at;
	w->held_mask = mask;
}

/* (half & mask) == value. A mask of bits that shall all be clear needs no AND. */
static void equal_half(struct writer *w, uint8_t arg, bool high, uint32_t mask, uint32_t value,
		       unsigned yes, unsigned no)
{
	if (value == 0 && mask != UINT32_MAX) {
		load_masked(w, arg, high, UINT32_MAX);
		airlock__asm_branch(w->a, ANY_BIT, mask, no, yes);
	} else {
		load_masked(w, arg, high, mask);
		airlock__asm_branch(w->a, EQUAL, value, yes, no);
	}
}

static void emit_equal(struct writer *w, const struct airlock__atom *t, unsigned yes, unsigned no)
{
	uint32_t high = (uint32_t)(t->mask >> 32), low = (uint32_t)t->mask;

	if (t->value & ~t->mask) {
		airlock__asm_go(w->a, no);
		return;
	}
	if (high)
		equal_half(w, t->arg, true, high, (uint32_t)(t->value >> 32),
			   low ? AIRLOCK__NEXT : yes, no);
	if (low)
		equal_half(w, t->arg, false, low, (uint32_t)t->value, yes, no);
	if (!t->mask)
		airlock__asm_go(w->a, yes);
}

/* (arg & mask) < value, or with `or_equal` <= value */
static void emit_less(struct writer *w, const struct airlock__atom *t, bool or_equal, unsigned yes,
		      unsigned no)
{
	uint32_t high = (uint32_t)(t->mask >> 32), value = (uint32_t)(t->value >> 32);

	if (high) {
		load_masked(w, t->arg, true, high);
		airlock__asm_branch(w->a, GREATER, value, no, AIRLOCK__NEXT);
		airlock__asm_branch(w->a, EQUAL, value, AIRLOCK__NEXT, yes);
	} else if (value) {
		airlock__asm_go(w->a, yes);
		return;
	}
	load_masked(w, t->arg, false, (uint32_t)t->mask);
	airlock__asm_branch(w->a, or_equal ? GREATER : AT_LEAST, (uint32_t)t->value, no, yes);
}

static void emit_atom(struct writer *w, const struct airlock__atom *t, unsigned yes, unsigned no)
{
	switch ((enum airlock__op)t->op) {
	case AIRLOCK__EQ:
		emit_equal(w, t, yes, no);
		break;
	case AIRLOCK__NE:
		emit_equal(w, t, no, yes);
		break;
	case AIRLOCK__LT:
	case AIRLOCK__LE:
		emit_less(w, t, t->op == AIRLOCK__LE, yes, no);
		break;
	case AIRLOCK__GT:
	case AIRLOCK__GE:
		emit_less(w, t, t->op == AIRLOCK__GT, no, yes);
		break;
	}
}

static size_t clause_end(const struct airlock__atom *atoms, size_t n, size_t i)
{
	for (i++; i < n && !atoms[i].starts_clause; i++)
		;
	return i;
}

/* Atoms that must all hold. One of two halves is more than one branch: so its ends are labels. */
static void emit_clause(struct writer *w, const struct airlock__atom *atoms, size_t n, unsigned yes,
			unsigned no)
{
	for (size_t i = 0; i < n; i++) {
		unsigned next = i + 1 < n ? airlock__asm_label(w->a) : yes;

		emit_atom(w, &atoms[i], next, no);
		/* of two halves, who knows which one decided */
		w->holds &= !(atoms[i].mask >> 32);
		if (i + 1 < n)
			airlock__asm_place(w->a, next);
	}
}

/* One clause of several. `yes`, `no`, here and above: labels, never AIRLOCK__NEXT. */
static void emit_clauses(struct writer *w, const struct airlock__atom *atoms, size_t n,
			 unsigned yes, unsigned no)
{
	w->holds = false;
	for (size_t i = 0, end; i < n; i = end) {
		unsigned other = no;

		end = clause_end(atoms, n, i);
		if (end < n)
			other = airlock__asm_label(w->a);
		emit_clause(w, &atoms[i], end - i, yes, other);
		if (end < n)
			airlock__asm_place(w->a, other);
		/* ... and of a clause of several atoms */
		w->holds &= end == i + 1;
	}
}

static void emit_restriction(struct writer *w, const struct airlock__restriction *r, unsigned pass)
{
	unsigned broken = airlock__asm_answer(w->a, r->answer);

	if (r->says_allowed)
		emit_clauses(w, r->atom, r->natoms, pass, broken);
	else
		emit_clauses(w, r->atom, r->natoms, broken, pass);
}

/* Calls */

/* Is the answer the same whatever the arguments are? true: *ret_passes says which way. */
static bool rules_are_constant(const struct airlock_profile *p, size_t call, bool *ret_passes)
{
	bool constant = true;

	*ret_passes = false;
	for (size_t i = 0; i < p->nrules; i++) {
		if (p->rules[i].call != call)
			continue;
		if (p->rules[i].always)
			return *ret_passes = true;
		if (p->rules[i].natoms)
			constant = false;
	}
	return constant;
}

static uint32_t refusal_of_rules(const struct airlock_profile *p, size_t call)
{
	uint32_t answer = 0;

	for (size_t i = 0; i < p->nrules; i++)
		if (p->rules[i].call == call)
			answer = p->rules[i].otherwise;
	if (!answer)
		answer = p->own[call];
	return answer ? answer : p->refusal;
}

static bool passes(uint32_t answer)
{
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

/* Without the one exec the first exec must pass all the same, unless a rule looks at it. */
static uint32_t base_of(const struct airlock_profile *p, size_t call)
{
	uint32_t base = airlock__base_answer(p, call);

	if (is(airlock__calls[call].name, "execve") && !passes(base))
		return airlock__allowed(p, call);
	return base;
}

void airlock__decide(const struct airlock_profile *p, size_t call, uint32_t personality,
		     struct airlock__decision *ret)
{
	struct airlock__restriction *r = ret->restriction;
	bool hold;

	ret->rules = false;
	ret->answer = base_of(p, call);
	clear(&r[0]);
	clear(&r[1]);
	if (airlock__has_rule(p, call)) {
		ret->rules = !rules_are_constant(p, call, &hold);
		if (!ret->rules && !hold)
			ret->answer = refusal_of_rules(p, call);
		else
			ret->answer = airlock__allowed(p, call);
	}
	if (passes(ret->answer)) {
		restrict_call(p, personality, airlock__calls[call].name, &r[0]);
		restrict_tcp(p, airlock__calls[call].name, &r[1]);
	}
	for (int i = 0; i < 2; i++)
		if (r[i].answer && r[i].always) {
			ret->answer = r[i].answer;
			r[0].answer = r[1].answer = 0;
		}
}

bool airlock__is_conditional(const struct airlock__decision *d)
{
	return d->rules || d->restriction[0].answer || d->restriction[1].answer;
}

void airlock__emit_conditions(struct airlock__assembly *a, const struct airlock_profile *p,
			      size_t call, const struct airlock__decision *d)
{
	struct writer w = { .a = a };
	unsigned pass = airlock__asm_answer(a, d->answer), looked = pass;

	if (d->restriction[0].answer || d->restriction[1].answer)
		looked = airlock__asm_label(a);
	for (size_t i = 0; d->rules && i < p->nrules; i++) {
		unsigned next;

		if (p->rules[i].call != call || !p->rules[i].natoms)
			continue;
		next = airlock__asm_label(a);
		emit_clauses(&w, p->rules[i].atoms, p->rules[i].natoms, looked, next);
		airlock__asm_place(a, next);
	}
	if (d->rules)
		airlock__asm_go(a, airlock__asm_answer(a, refusal_of_rules(p, call)));
	for (int i = 0; i < 2; i++) {
		unsigned kept = pass;

		if (!d->restriction[i].answer)
			continue;
		airlock__asm_place(a, looked);
		if (i == 0 && d->restriction[1].answer)
			kept = looked = airlock__asm_label(a);
		emit_restriction(&w, &d->restriction[i], kept);
	}
}
