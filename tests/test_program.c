/* SPDX-License-Identifier: ISC */
/*
 * test_program.c: the seccomp program of a profile says what the profile says. The program is run
 * by our interpreter (which test_bpf.c holds against the kernel), the profile is read by reading.c,
 * and the two must agree on every call with every argument that might make a difference. Then a
 * sample of it is called for real.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assemble.h"
#include "bpf.h"
#include "names.h"
#include "program.h"
#include "reading.h"

enum { PERSONALITY = 0x0020000, NUMBERS = 600 };

static uint64_t random_state = 0x2545f4914f6cdd1d;

static uint64_t rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x9e3779b97f4a7c15;
}

static size_t below(size_t n)
{
	return (size_t)(rnd() >> 20) % n;
}

/* A profile as text, and what became of it */

struct text {
	char at[1 << 17];
	size_t n;
};
static struct text text;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text.at + text.n, sizeof text.at - text.n, format, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof text.at - text.n);
	text.n += (size_t)n;
}

static struct airlock_profile *parse(void)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e = { 0 };

	assert_non_null(p);
	if (airlock_profile_parse(p, text.at, text.n, &e) < 0)
		fail_msg("%u:%u: %s, in\n%s", e.line, e.column, e.message, text.at);
	return p;
}

static struct airlock_profile *profile_of(const char *lines)
{
	text.n = 0;
	say("%s", lines);
	return parse();
}

static struct airlock__program program_of(const struct airlock_profile *p, bool one_exec)
{
	struct airlock__program g = { 0 };
	const char *why = "";
	size_t at = 0;
	int r = airlock__program_make(p, one_exec, PERSONALITY, &g);

	if (r < 0)
		fail_msg("%s, of\n%s", strerror(-r), text.at);
	if (airlock__bpf_check(g.code, g.n, &at, &why) < 0)
		fail_msg("%zu of %u: %s, in the program of\n%s", at, g.n, why, text.at);
	assert_int_equal(g.one_exec, one_exec);
	return g;
}

static void patch(struct airlock__program *g, const struct airlock__one_exec *e)
{
	const uint64_t words[] = { e->path, e->argv, e->envp };

	for (int i = 0; i < 6; i++) {
		assert_int_equal(g->code[g->at[i]].code, BPF_JMP | BPF_JEQ | BPF_K);
		assert_int_equal(g->code[g->at[i]].k, UINT32_MAX);
		g->code[g->at[i]].k = (uint32_t)(words[i / 2] >> (i % 2 ? 32 : 0));
	}
}

/* Each half another number, so that no two can be taken for each other */
static const struct airlock__one_exec drawn = {
	.path = 0x00001a2b3c4d5000,
	.argv = 0x00002b3c4d5e6008,
	.envp = 0x00003c4d5e6f7010,
};

static uint32_t answer_of(const struct airlock__program *g, const struct seccomp_data *d)
{
	return airlock__bpf_run(g->code, g->n, d, NULL, NULL);
}

/* Where the two do not agree, all is shown that is needed to see why. */
static void must_agree(const struct airlock_profile *p, const struct airlock__program *g,
		       const struct airlock__one_exec *e, const struct seccomp_data *d)
{
	uint32_t program = answer_of(g, d), reading = airlock__reading(p, e, PERSONALITY, d);
	int call = airlock__call_by_nr((uint32_t)d->nr);

	if (program == reading)
		return;
	fprintf(stderr, "%s\n", text.at);
	airlock__bpf_print(g->code, g->n, stderr);
	fail_msg("call %d (%s) arch %#x args %#llx %#llx %#llx %#llx %#llx %#llx: the program says "
		 "%#x, the profile %#x:\n%s",
		 d->nr, call < 0 ? "none" : airlock__calls[call].name, d->arch, d->args[0],
		 d->args[1], d->args[2], d->args[3], d->args[4], d->args[5], program, reading,
		 text.at);
}

/* Arguments that might make a difference */

static const uint64_t telling[] = {
	0,	    1,		2,	     3,
	4,	    5,		6,	     7,
	8,	    10,		16,	     17,
	38,	    63,		64,	     65,  /* families, policies, prot */
	21,	    43,		256,	     262, /* ways to TCP */
	31,	    0x0400000,	0x80,	     0x20000,
	0x2000000,  0x4000000,	0x8000000, /* namespaces */
	0x10000000, 0x20000000, 0x40000000,  0x7e020080,
	0x40000001, 0x40000002, 0x40000003,  0x40000005, /* reset-on-fork */
	02000,	    04000,	06000,	     07777,
	01777,	    0100644,	0102755, /* modes */
	0100,	    0101,	0x400000,    0x410000,
	0x10000,    0x410002,	0x80000, /* open's flags */
	0x8000,	    0x7fff,	PERSONALITY, PERSONALITY + 1,
	0xffffffff, 0xfffffffe, 0x7fffffff,  0x80000000,
	UINT64_MAX,
};

static uint64_t telling_value(const struct airlock_profile *p, size_t call, size_t arg)
{
	uint64_t v = telling[below(COUNT(telling))];

	if (p->nrules && below(3)) {
		const struct airlock__rule *r = &p->rules[below(p->nrules)];

		for (size_t i = 0; i < p->nrules && r->call != call; i++)
			r = &p->rules[i];
		if (r->natoms) {
			const struct airlock__atom *a = &r->atoms[below(r->natoms)];

			for (size_t i = 0; i < 4 && a->arg != arg; i++)
				a = &r->atoms[below(r->natoms)];
			v = below(4) ? a->value : a->mask;
			if (below(6) == 0)
				v ^= ~a->mask & rnd();
		}
	}
	switch (below(10)) {
	case 0:
		return v + 1;
	case 1:
		return v - 1;
	case 2:
		return v | (uint64_t)1 << (32 + below(32));
	case 3:
		return v ^ (uint64_t)1 << below(64);
	case 4:
		return (v & UINT32_MAX) | rnd() << 32;
	case 5:
		return rnd() >> below(64);
	default:
		return v;
	}
}

static const char *const looked_at[] = {
	"socket",	 "unshare",	  "clone",
	"setns",	 "clone3",	  "sched_setscheduler",
	"sched_setattr", "chmod",	  "fchmod",
	"fchmodat",	 "fchmodat2",	  "mkdir",
	"mkdirat",	 "mknod",	  "mknodat",
	"creat",	 "open",	  "openat",
	"openat2",	 "personality",	  "mmap",
	"mprotect",	 "pkey_mprotect", "shmat",
	"execve",	 "execveat",	  "io_uring_setup",
	"sendto",	 "sendmsg",	  "sendmmsg",
	"setsockopt",	 "mq_open",
};

static bool is_looked_at(const struct airlock_profile *p, int call)
{
	if (call < 0)
		return false;
	for (size_t i = 0; i < COUNT(looked_at); i++)
		if (!strcmp(airlock__calls[call].name, looked_at[i]))
			return true;
	return airlock__has_rule(p, (size_t)call);
}

static void compare_number(const struct airlock_profile *p, const struct airlock__program *g,
			   const struct airlock__one_exec *e, uint32_t nr, size_t rounds)
{
	struct seccomp_data d = { .nr = (int)nr, .arch = airlock__audit_arch };
	int call = airlock__call_by_nr(nr);

	must_agree(p, g, e, &d);
	for (size_t i = 0; i < rounds; i++) {
		for (size_t a = 0; a < 6; a++)
			d.args[a] = telling_value(p, call < 0 ? SIZE_MAX : (size_t)call, a);
		must_agree(p, g, e, &d);
	}
}

static void compare_foreign(const struct airlock_profile *p, const struct airlock__program *g,
			    const struct airlock__one_exec *e)
{
	static const uint32_t numbers[] = { NUMBERS,	1000,	    0x3fffffff, 0x40000000,
					    0x40000001, 0x4000003b, 0x7fffffff, 0x80000000,
					    0xfffffffe, 0xffffffff };
	static const uint32_t archs[] = { AUDIT_ARCH_I386,    AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64,
					  AUDIT_ARCH_RISCV64, AUDIT_ARCH_ARM,	 0,
					  UINT32_MAX };

	for (size_t i = 0; i < COUNT(numbers); i++)
		compare_number(p, g, e, numbers[i], 1);
	for (size_t i = 0; i < COUNT(archs) * 8; i++) {
		struct seccomp_data d = { .nr = (int)below(NUMBERS),
					  .arch = archs[i % COUNT(archs)] };

		must_agree(p, g, e, &d);
	}
}

/* The pointers of the spawn, and each half of each of them wrong */
static void compare_one_exec(const struct airlock_profile *p, const struct airlock__program *g,
			     const struct airlock__one_exec *e)
{
	struct seccomp_data d = { .nr = SYS_execve,
				  .arch = airlock__audit_arch,
				  .args = { e->path, e->argv, e->envp, rnd(), rnd(), rnd() } };

	assert_int_equal(answer_of(g, &d), SECCOMP_RET_ALLOW);
	must_agree(p, g, e, &d);
	for (size_t i = 0; i < 6; i++) {
		uint64_t was = d.args[i / 2];

		d.args[i / 2] ^= (uint64_t)1 << (below(32) + (i % 2 ? 32 : 0));
		assert_int_equal(answer_of(g, &d), SECCOMP_RET_KILL_PROCESS);
		must_agree(p, g, e, &d);
		d.args[i / 2] = was;
	}
}

/*
 * As the kernel finds out which calls are allowed whatever their arguments: a program that only
 * asks for number and architecture, by instructions that it follows (seccomp_is_const_allow()).
 */
static bool kernel_remembers(const struct airlock__program *g, uint32_t nr)
{
	const struct seccomp_data d = { .nr = (int)nr, .arch = airlock__audit_arch };
	uint32_t a = 0;

	for (size_t at = 0; at < g->n; at++) {
		const struct sock_filter *f = &g->code[at];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k >= offsetof(struct seccomp_data, instruction_pointer))
				return false;
			a = f->k ? d.arch : nr;
			break;
		case BPF_JMP | BPF_JA:
			at += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > f->k ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k == SECCOMP_RET_ALLOW;
		default:
			return false;
		}
	}
	return false;
}

static void check_remembered(const struct airlock_profile *p, const struct airlock__program *g,
			     uint32_t nr)
{
	struct seccomp_data d = { .nr = (int)nr, .arch = airlock__audit_arch };
	unsigned args = 0;
	uint32_t r;

	if (is_looked_at(p, airlock__call_by_nr(nr)))
		return;
	r = airlock__bpf_run(g->code, g->n, &d, NULL, &args);
	if (args)
		fail_msg("call %u: looks at arguments %#x without need, in\n%s", nr, args, text.at);
	if ((r == SECCOMP_RET_ALLOW) != kernel_remembers(g, nr))
		fail_msg("call %u: the kernel would not remember that it is allowed, in\n%s", nr,
			 text.at);
}

static void compare_program(const struct airlock_profile *p, bool one_exec, size_t rounds)
{
	struct airlock__program g = program_of(p, one_exec);
	const struct airlock__one_exec *e = one_exec ? &drawn : NULL;

	if (one_exec) {
		patch(&g, e);
		compare_one_exec(p, &g, e);
	}
	for (uint32_t nr = 0; nr <= NUMBERS; nr++) {
		compare_number(p, &g, e, nr, is_looked_at(p, airlock__call_by_nr(nr)) ? rounds : 1);
		check_remembered(p, &g, nr);
	}
	compare_foreign(p, &g, e);
	free(g.code);
}

static void compare(const struct airlock_profile *p, size_t rounds)
{
	compare_program(p, p->exec_once, rounds);
	if (p->exec_once)
		compare_program(p, false, rounds / 4);
}

static void the_programs_of_the_builtins_say_what_the_builtins_say(void **state)
{
	(void)state;
	for (size_t i = 0; airlock_profile_builtin_name(i); i++) {
		const char *name = airlock_profile_builtin_name(i);
		struct airlock_profile_error e = { 0 };
		struct airlock_profile *p = airlock_profile_new();

		text.n = 0;
		say("Include=%s\n", name);
		if (airlock_profile_builtin(p, name, &e) < 0)
			fail_msg("%s:%u:%u: %s", e.source, e.line, e.column, e.message);
		compare(p, 2000);
		airlock_profile_free(p);
	}
}

/* Random profiles */

static const char *random_name(enum airlock__names table)
{
	size_t n;
	const struct airlock__name *names = airlock__names(table, &n);

	return names[below(n)].name;
}

static const char *random_call(void)
{
	if (below(3) == 0)
		return looked_at[below(COUNT(looked_at))];
	return airlock__calls[below(airlock__ncalls)].name;
}

static void say_answer(void)
{
	if (below(3) == 0)
		say(":kill");
	else
		say(":%s", random_name(AIRLOCK__ERRNOS));
}

static void say_names(size_t most, bool answers)
{
	for (size_t i = 1 + below(most); i > 0; i--) {
		if (below(4) == 0)
			say(" %s", airlock__group_name(below(airlock__ngroups())));
		else
			say(" %s", random_call());
		if (answers && below(8) == 0)
			say_answer();
	}
	say("\n");
}

static void say_list(const char *key, bool answers)
{
	static const size_t most[] = { 3, 20, 80, 400 };
	size_t lines = 1 + below(3);

	for (size_t i = 0; i < lines; i++) {
		say("%s=%s", key, below(3) ? "" : "~");
		say_names(most[below(COUNT(most))], answers);
	}
}

static void say_atom(size_t call)
{
	static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=", "&", "in" };
	size_t arg = below(6);
	uint64_t v = below(3) ? telling[below(COUNT(telling))] : rnd() >> below(64);

	if (airlock__calls[call].narrow >> arg & 1)
		v = (uint32_t)v;
	else if (below(3) == 0)
		v |= rnd() << 32;
	say("arg%zu %s %s%#llx", arg, ops[below(COUNT(ops))], below(12) ? "" : "~",
	    (unsigned long long)v);
}

static void say_rule(size_t most)
{
	const char *name = random_call();
	size_t call = (size_t)airlock__call_by_name(name, strlen(name));

	say("SystemCallRule=%s: ", name);
	switch (below(12)) {
	case 0:
		say("1\n");
		return;
	case 1:
		say("return %s\n", random_name(AIRLOCK__ERRNOS));
		return;
	default:
		break;
	}
	for (size_t i = 1 + below(most); i > 0; i--) {
		say_atom(call);
		if (i > 1)
			say(below(2) ? " && " : " || ");
	}
	if (below(2))
		say("; return %s", below(4) ? random_name(AIRLOCK__ERRNOS) : "kill");
	say("\n");
}

static void say_some(const char *key, enum airlock__names table)
{
	say("%s=%s", key, below(2) ? "" : "~");
	for (size_t i = 1 + below(5); i > 0; i--)
		say("%s ", random_name(table));
	say("\n");
}

static void say_restrictions(void)
{
	static const char *const plain[] = { "RestrictRealtime", "RestrictSUIDSGID",
					     "LockPersonality", "MemoryDenyWriteExecute" };

	for (size_t i = 0; i < COUNT(plain); i++)
		if (below(2))
			say("%s=%s\n", plain[i], below(4) ? "yes" : "no");
	if (below(3) == 0)
		say("RestrictAddressFamilies=none\n");
	else if (below(2))
		say_some("RestrictAddressFamilies", AIRLOCK__FAMILIES);
	if (below(3) == 0)
		say("RestrictNamespaces=yes\n");
	else if (below(2))
		say_some("RestrictNamespaces", AIRLOCK__NAMESPACES);
	if (below(3) == 0)
		say("BindTCP=none\n");
	if (below(3) == 0)
		say("ConnectTCP=443\n");
}

static void say_profile(bool with_log)
{
	static const char *const baselines[] = { "3.0",	 "3.19", "4.14", "5.4",
						 "5.10", "6.1",	 "6.6",	 "6.12" };

	text.n = 0;
	if (below(8))
		say_list("SystemCallFilter", true);
	if (below(2))
		say("SystemCallErrorNumber=%s\n", below(3) ? random_name(AIRLOCK__ERRNOS) : "kill");
	if (with_log && below(3) == 0)
		say_list("SystemCallLog", false);
	if (below(3) == 0)
		say("SystemCallBaseline=%s\n", baselines[below(COUNT(baselines))]);
	if (below(2))
		for (size_t i = 1 + below(12); i > 0; i--)
			say_rule(below(10) ? 5 : 60);
	if (below(3))
		say_restrictions();
	if (below(5) == 0)
		say("ExecOnce=no\n");
}

/* What no text makes, but a rule may hold: bits in the value that the mask lacks, empty masks. */
static void disturb_rules(struct airlock_profile *p)
{
	for (size_t i = 0; i < p->nrules; i++)
		for (size_t j = 0; j < p->rules[i].natoms; j++) {
			struct airlock__atom *a = &p->rules[i].atoms[j];

			if (below(2))
				a->mask =
					rnd() & (below(3) ? UINT64_MAX
							  : (uint64_t)UINT32_MAX << 32 * below(2));
			if (below(8) == 0)
				a->mask = 0;
			if (below(2))
				a->value = below(2) ? a->value & a->mask : rnd() >> below(64);
			if (below(2))
				a->op = (uint8_t)below(AIRLOCK__GE + 1);
		}
}

static void the_programs_of_random_profiles_say_what_the_profiles_say(void **state)
{
	(void)state;
	for (int i = scaled(2000); i > 0; i--) {
		struct airlock_profile *p;

		say_profile(true);
		p = parse();
		compare(p, 64);
		if (i % 4 == 0 && p->nrules) {
			disturb_rules(p);
			compare(p, 64);
		}
		airlock_profile_free(p);
	}
}

/*
 * libseccomp as a witness: what it makes of the same lists must say the same. It asks the running kernel
 * which actions there are, so each answer is a number to it, in the clothes of a tracer's.
 */
enum { MOST_ANSWERS = 512, MOST_CODE = 8192 };

static size_t number_of(uint32_t *answers, size_t *n, uint32_t answer)
{
	size_t i = 0;

	while (i < *n && answers[i] != answer)
		i++;
	if (i == *n) {
		assert_true(i < MOST_ANSWERS);
		answers[(*n)++] = answer;
	}
	return i;
}

static size_t witness(const struct airlock_profile *p, uint32_t *answers, struct sock_filter *code)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRACE(0));
	int fd = memfd_create("witness", MFD_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	assert_true(ctx && fd >= 0);
	number_of(answers, &n, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < airlock__ncalls; i++) {
		size_t answer = number_of(answers, &n, airlock__base_answer(p, i));

		if (airlock__calls[i].nr >= 0 && answer)
			assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_TRACE((uint32_t)answer),
							  airlock__calls[i].nr, 0),
					 0);
	}
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	got = pread(fd, code, MOST_CODE * sizeof *code, 0);
	assert_true(got > 0 && got % (ssize_t)sizeof *code == 0);
	close(fd);
	seccomp_release(ctx);
	return (size_t)got / sizeof *code;
}

static void must_be_witnessed(const struct airlock_profile *p)
{
	static struct sock_filter code[MOST_CODE];
	static uint32_t answers[MOST_ANSWERS];
	struct airlock__program g = program_of(p, false);
	size_t n = witness(p, answers, code);

	for (size_t i = 0; i < airlock__ncalls; i++) {
		struct seccomp_data d = { .nr = airlock__calls[i].nr, .arch = airlock__audit_arch };
		uint32_t theirs;

		/* the export lets the first exec pass */
		if (d.nr < 0 || airlock__calls[i].since > airlock__baseline(p) ||
		    !strcmp(airlock__calls[i].name, "execve"))
			continue;
		theirs = airlock__bpf_run(code, n, &d, NULL, NULL);
		assert_int_equal(theirs & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_TRACE);
		if (answers[theirs & SECCOMP_RET_DATA] != answer_of(&g, &d))
			fail_msg("%s: libseccomp says %#x, we say %#x", airlock__calls[i].name,
				 answers[theirs & SECCOMP_RET_DATA], answer_of(&g, &d));
	}
	free(g.code);
}

static void libseccomp_makes_the_same_of_lists(void **state)
{
	(void)state;
	for (int i = scaled(100); i > 0; i--) {
		struct airlock_profile *p;

		text.n = 0;
		say_list("SystemCallFilter", true);
		say("SystemCallErrorNumber=%s\n", below(2) ? "EPERM" : "kill");
		if (below(2))
			say("SystemCallBaseline=5.10\n");
		p = parse();
		must_be_witnessed(p);
		airlock_profile_free(p);
	}
}

/* What some call must come to, said here and nowhere else: so that both cannot be wrong alike. */

struct expectation {
	const char *lines, *call;
	uint64_t args[4];
	uint32_t answer;
};
#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define E(name) (SECCOMP_RET_ERRNO | (name))

static void expect(const struct expectation *x)
{
	struct airlock_profile *p = profile_of(x->lines);
	struct airlock__program g = program_of(p, p->exec_once);
	int call = airlock__call_by_name(x->call, strlen(x->call));
	struct seccomp_data d = { .arch = airlock__audit_arch };

	assert_true(call >= 0);
	d.nr = airlock__calls[call].nr;
	memcpy(d.args, x->args, sizeof x->args);
	if (d.nr >= 0 && answer_of(&g, &d) != x->answer)
		fail_msg("%s(%#llx, %#llx, %#llx, %#llx) is answered %#x, not %#x, with\n%s",
			 x->call, d.args[0], d.args[1], d.args[2], d.args[3], answer_of(&g, &d),
			 x->answer, x->lines);
	must_agree(p, &g,
		   p->exec_once ? &(struct airlock__one_exec){ UINT64_MAX, UINT64_MAX, UINT64_MAX }
				: NULL,
		   &d);
	free(g.code);
	airlock_profile_free(p);
}

static void each_kind_of_answer_is_given_where_the_profile_says(void **state)
{
	static const struct expectation all[] = {
		{ "", "read", { 0 }, ALLOW },
		{ "", "execve", { 1, 2, 3 }, KILL },
		{ "", "execveat", { 0 }, KILL },
		{ "SystemCallFilter=execve execveat", "execve", { 1, 2, 3 }, KILL },
		{ "SystemCallFilter=execve execveat", "execveat", { 0 }, KILL },
		{ "SystemCallRule=execve: 1", "execve", { 1, 2, 3 }, KILL },
		{ "ExecOnce=no", "execve", { 1, 2, 3 }, ALLOW },
		{ "ExecOnce=no\nSystemCallFilter=read", "execve", { 1, 2, 3 }, ALLOW },
		{ "ExecOnce=no\nSystemCallFilter=read", "execveat", { 0 }, KILL },
		{ "ExecOnce=no\nSystemCallFilter=execveat", "execveat", { 0 }, ALLOW },
		{ "SystemCallFilter=read", "read", { 0 }, ALLOW },
		{ "SystemCallFilter=read", "ptrace", { 0 }, KILL },
		{ "SystemCallFilter=~ptrace", "read", { 0 }, ALLOW },
		{ "SystemCallFilter=~ptrace", "ptrace", { 0 }, KILL },
		{ "SystemCallFilter=~ptrace\nSystemCallErrorNumber=EACCES",
		  "ptrace",
		  { 0 },
		  E(EACCES) },
		{ "SystemCallFilter=read ptrace:ENOENT", "ptrace", { 0 }, E(ENOENT) },
		{ "SystemCallLog=read", "read", { 0 }, SECCOMP_RET_LOG },
		{ "SystemCallFilter=read\nSystemCallRule=openat: 1\nSystemCallLog=~read",
		  "openat",
		  { 0 },
		  SECCOMP_RET_LOG },
		{ "SystemCallFilter=read\nSystemCallRule=openat: arg2 == 0\nSystemCallLog=~read",
		  "openat",
		  { 0 },
		  SECCOMP_RET_LOG },
		{ "SystemCallBaseline=5.10", "close_range", { 0 }, ALLOW },
		{ "SystemCallBaseline=5.8", "close_range", { 0 }, E(ENOSYS) },
		{ "SystemCallBaseline=5.8\nSystemCallFilter=close_range",
		  "close_range",
		  { 0 },
		  E(ENOSYS) },
		{ "SystemCallRule=dup3: arg2 == O_CLOEXEC; return EBADF",
		  "dup3",
		  { 9, 9, 02000000 },
		  ALLOW },
		{ "SystemCallRule=dup3: arg2 == O_CLOEXEC; return EBADF",
		  "dup3",
		  { 9, 9, 0 },
		  E(EBADF) },
		{ "SystemCallRule=dup3: arg2 == O_CLOEXEC; return EBADF",
		  "dup3",
		  { 9, 9, 0x1234567802000000 & ~0ull },
		  E(EBADF) },
		{ "SystemCallRule=dup3: arg2 == 0; return EBADF",
		  "dup3",
		  { 9, 9, 0x100000000 },
		  ALLOW },
		{ "SystemCallFilter=read dup3:EXDEV\nSystemCallRule=dup3: arg0 == 7",
		  "dup3",
		  { 8 },
		  E(EXDEV) },
		{ "SystemCallFilter=read dup3:EXDEV\nSystemCallRule=dup3: arg0 == 7",
		  "dup3",
		  { 7 },
		  ALLOW },
		{ "SystemCallFilter=read\nSystemCallRule=mmap: arg1 < 0x100000001",
		  "mmap",
		  { 0, 0x100000000 },
		  ALLOW },
		{ "SystemCallFilter=read\nSystemCallRule=mmap: arg1 < 0x100000001",
		  "mmap",
		  { 0, 0x100000001 },
		  KILL },
		{ "SystemCallFilter=read\nSystemCallRule=mmap: arg1 < 0x100000001",
		  "mmap",
		  { 0, 0x200000000 },
		  KILL },
		{ "RestrictAddressFamilies=AF_UNIX", "socket", { 1 }, ALLOW },
		{ "RestrictAddressFamilies=AF_UNIX", "socket", { 0x100000001 }, ALLOW },
		{ "RestrictAddressFamilies=AF_UNIX", "socket", { 2 }, E(EAFNOSUPPORT) },
		{ "RestrictAddressFamilies=AF_UNIX", "socket", { 65 }, E(EAFNOSUPPORT) },
		{ "RestrictAddressFamilies=~AF_UNIX", "socket", { 0x100000001 }, E(EAFNOSUPPORT) },
		{ "RestrictAddressFamilies=~AF_UNIX", "socket", { 2 }, ALLOW },
		{ "RestrictAddressFamilies=none", "socket", { 1 }, E(EAFNOSUPPORT) },
		{ "RestrictAddressFamilies=none", "io_uring_setup", { 0 }, E(ENOSYS) },
		{ "RestrictAddressFamilies=none\nSystemCallRule=io_uring_setup: 1",
		  "io_uring_setup",
		  { 0 },
		  E(ENOSYS) },
		{ "RestrictAddressFamilies=AF_UNIX\nSystemCallFilter=~socket",
		  "socket",
		  { 1 },
		  KILL },
		{ "RestrictAddressFamilies=AF_UNIX\nSystemCallRule=socket: arg1 == 1",
		  "socket",
		  { 2, 1 },
		  E(EAFNOSUPPORT) },
		{ "RestrictNamespaces=yes", "unshare", { CLONE_NEWUSER }, E(EPERM) },
		{ "RestrictNamespaces=yes", "unshare", { CLONE_FILES }, ALLOW },
		{ "RestrictNamespaces=yes", "unshare", { 0x80 }, E(EPERM) },
		{ "RestrictNamespaces=yes", "clone", { 0x80 }, ALLOW },
		{ "RestrictNamespaces=yes", "clone", { CLONE_NEWNET | SIGCHLD }, E(EPERM) },
		{ "RestrictNamespaces=yes", "clone", { CLONE_VM | SIGCHLD }, ALLOW },
		{ "RestrictNamespaces=yes", "clone3", { 0 }, E(ENOSYS) },
		{ "RestrictNamespaces=yes", "setns", { 3, 0 }, E(EPERM) },
		{ "RestrictNamespaces=net", "setns", { 3, 0 }, E(EPERM) },
		{ "RestrictNamespaces=net", "setns", { 3, CLONE_NEWNET }, ALLOW },
		{ "RestrictNamespaces=net", "setns", { 3, CLONE_NEWNET | CLONE_NEWNS }, E(EPERM) },
		{ "RestrictNamespaces=net", "unshare", { CLONE_NEWNET }, ALLOW },
		{ "RestrictNamespaces=~net", "unshare", { CLONE_NEWNS }, ALLOW },
		{ "RestrictNamespaces=~net", "unshare", { CLONE_NEWNET }, E(EPERM) },
		{ "RestrictNamespaces=no", "unshare", { CLONE_NEWNET }, ALLOW },
		{ "MemoryDenyWriteExecute=yes", "personality", { 0x0400000 }, E(EPERM) },
		{ "MemoryDenyWriteExecute=yes", "personality", { 0x100440000 }, E(EPERM) },
		{ "MemoryDenyWriteExecute=yes", "personality", { 0xffffffff }, ALLOW },
		{ "MemoryDenyWriteExecute=yes", "personality", { 0x0040000 }, ALLOW },
		{ "RestrictSUIDSGID=yes", "mq_open", { 0, 0100, 06777 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "mq_open", { 0, 0, 06777 }, ALLOW },
		{ "BindTCP=none", "setsockopt", { 3, 6, 31 }, E(ENOPROTOOPT) },
		{ "BindTCP=none", "setsockopt", { 3, 6, 1 }, ALLOW },
		{ "BindTCP=none", "setsockopt", { 3, 1, 31 }, ALLOW },
		/* 3: neither reading nor writing, and O_TRUNC all the same */
		{ "Include=filter", "openat", { 0, 0, 01003 }, E(EACCES) },
		{ "Include=filter", "openat", { 0, 0, 01000 }, E(EACCES) },
		{ "Include=filter", "openat", { 0, 0, 01001 }, ALLOW },
		{ "Include=filter", "openat", { 0, 0, 01102 }, ALLOW },
		{ "Include=filter", "openat", { 0, 0, 02000003 }, ALLOW },
		{ "Include=filter", "open", { 0, 01003 }, E(EACCES) },
		{ "Include=filter", "open", { 0, 02000000 }, ALLOW },
		{ "Include=network-client", "socketpair", { 1, 2, 0 }, E(EAFNOSUPPORT) },
		{ "Include=network-client", "socketpair", { 1, 02000001, 0 }, ALLOW },
		{ "Include=network-client", "socket", { 2, 5, 0 }, E(EAFNOSUPPORT) },
		{ "Include=network-client", "socket", { 2, 1, 17 }, E(EAFNOSUPPORT) },
		{ "Include=network-client", "socket", { 10, 02000002, 0 }, ALLOW },
		{ "BindTCP=none", "socket", { 2, 1, 6 }, ALLOW },
		{ "BindTCP=none", "socket", { 2, 1, 0x1000000106 }, E(EPROTONOSUPPORT) },
		{ "ConnectTCP=1", "socket", { 2, 1, 262 }, E(EPROTONOSUPPORT) },
		{ "ConnectTCP=1", "socket", { 10, 1, 256 }, E(EPROTONOSUPPORT) },
		{ "ConnectTCP=1", "socket", { 43, 1, 0 }, E(EPROTONOSUPPORT) },
		{ "ConnectTCP=1", "socket", { 21, 5, 0 }, E(EPROTONOSUPPORT) },
		{ "ConnectTCP=1\nRestrictAddressFamilies=AF_INET",
		  "socket",
		  { 2, 1, 262 },
		  E(EPROTONOSUPPORT) },
		{ "ConnectTCP=1\nRestrictAddressFamilies=AF_INET", "socket", { 2, 1, 0 }, ALLOW },
		{ "ConnectTCP=1\nRestrictAddressFamilies=AF_INET",
		  "socket",
		  { 1, 1, 0 },
		  E(EAFNOSUPPORT) },
		{ "ConnectTCP=1", "sendto", { 3, 0, 0, 0x20000000 }, E(EOPNOTSUPP) },
		{ "ConnectTCP=1", "sendto", { 3, 0, 0, 0x4000 }, ALLOW },
		{ "ConnectTCP=1", "sendmsg", { 3, 0, 0x20004000 }, E(EOPNOTSUPP) },
		{ "ConnectTCP=1", "sendmmsg", { 3, 0, 1, 0x20000000 }, E(EOPNOTSUPP) },
		{ "BindTCP=1", "sendto", { 3, 0, 0, 0x20000000 }, ALLOW },
		{ "BindTCP=1\nSystemCallRule=io_uring_setup: 1",
		  "io_uring_setup",
		  { 0 },
		  E(ENOSYS) },
		{ "RestrictRealtime=yes", "sched_setscheduler", { 0, 0 }, ALLOW },
		{ "RestrictRealtime=yes", "sched_setscheduler", { 0, 0x40000005 }, ALLOW },
		{ "RestrictRealtime=yes", "sched_setscheduler", { 0, 1 }, E(EPERM) },
		{ "RestrictRealtime=yes", "sched_setscheduler", { 0, 0x40000002 }, E(EPERM) },
		{ "RestrictRealtime=yes", "sched_setscheduler", { 0, 6 }, E(EPERM) },
		{ "RestrictRealtime=yes", "sched_setattr", { 0 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "fchmodat", { 0, 0, 0755 }, ALLOW },
		{ "RestrictSUIDSGID=yes", "fchmodat", { 0, 0, 04755 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "fchmodat2", { 0, 0, 02755 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "mknodat", { 0, 0, 0102755 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "mkdirat", { 0, 0, 02755 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "openat", { 0, 0, O_RDONLY, 04755 }, ALLOW },
		{ "RestrictSUIDSGID=yes", "openat", { 0, 0, O_CREAT, 04755 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "openat", { 0, 0, O_TMPFILE, 04755 }, E(EPERM) },
		{ "RestrictSUIDSGID=yes", "openat", { 0, 0, O_DIRECTORY, 04755 }, ALLOW },
		{ "RestrictSUIDSGID=yes", "openat", { 0, 0, O_CREAT, 0755 }, ALLOW },
		{ "RestrictSUIDSGID=yes", "openat2", { 0 }, E(ENOSYS) },
		{ "LockPersonality=yes", "personality", { 0xffffffff }, ALLOW },
		{ "LockPersonality=yes", "personality", { PERSONALITY }, ALLOW },
		{ "LockPersonality=yes", "personality", { 0x100000000 + PERSONALITY }, ALLOW },
		{ "LockPersonality=yes", "personality", { 0 }, E(EPERM) },
		{ "MemoryDenyWriteExecute=yes", "mmap", { 0, 0, PROT_READ | PROT_WRITE }, ALLOW },
		{ "MemoryDenyWriteExecute=yes", "mmap", { 0, 0, PROT_READ | PROT_EXEC }, ALLOW },
		{ "MemoryDenyWriteExecute=yes",
		  "mmap",
		  { 0, 0, PROT_WRITE | PROT_EXEC },
		  E(EPERM) },
		{ "MemoryDenyWriteExecute=yes", "mprotect", { 0, 0, PROT_READ }, ALLOW },
		{ "MemoryDenyWriteExecute=yes",
		  "mprotect",
		  { 0, 0, PROT_READ | PROT_EXEC },
		  E(EPERM) },
		{ "MemoryDenyWriteExecute=yes", "pkey_mprotect", { 0, 0, PROT_EXEC, 0 }, E(EPERM) },
		{ "MemoryDenyWriteExecute=yes", "shmat", { 0, 0, 0100000 }, E(EPERM) },
		{ "MemoryDenyWriteExecute=yes", "shmat", { 0, 0, 010000 }, ALLOW },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		expect(&all[i]);
}

static void a_profile_that_refuses_nothing_needs_no_program(void **state)
{
	struct airlock_profile *none = profile_of("ExecOnce=no");
	struct airlock_profile *filter = profile_of("ExecOnce=no\nSystemCallFilter=~ptrace");

	(void)state;
	assert_false(airlock__program_needed(none, false));
	assert_true(airlock__program_needed(none, true));
	assert_true(airlock__program_needed(filter, false));
	airlock_profile_free(none);
	airlock_profile_free(filter);
}

/* Rules of many comparisons of both halves: a few such lines fit. */
static void say_long_rules(size_t lines)
{
	text.n = 0;
	say("SystemCallFilter=read\n");
	for (size_t i = 0; i < lines; i++) {
		say("SystemCallRule=%s: arg1 == 0x%zx00000001", i % 3 ? "mmap" : "write", i + 1);
		for (size_t j = 1; j < 150; j++)
			say(" || arg1 %s 0x%zx0000%04zx", j % 2 ? "==" : "in", i + 1, j);
		say("\n");
	}
}

static void a_program_longer_than_the_kernel_takes_is_e2big_with_its_length(void **state)
{
	size_t fits = 0;

	(void)state;
	for (size_t lines = 1; lines < 20; lines++) {
		struct airlock__program g = { 0 };
		struct airlock_profile *p;
		int r;

		say_long_rules(lines);
		p = parse();
		r = airlock__program_make(p, true, PERSONALITY, &g);
		if (r == 0) {
			assert_true(g.n <= BPF_MAXINSNS);
			assert_int_equal(fits, lines - 1);
			fits = lines;
			compare(p, 400);
		} else {
			assert_int_equal(r, -E2BIG);
			assert_true(g.n > BPF_MAXINSNS);
			assert_null(g.code);
		}
		free(g.code);
		airlock_profile_free(p);
	}
	assert_in_range(fits, 3, 15);
}

/* The assembler alone: a walk over nodes, some near, some far, of which each asks one bit. */
enum { NODES = 700 };
struct node {
	size_t bit, yes, no; /* node to go to; NODES: the tail; above: an answer */
};

static size_t some_target(size_t from)
{
	switch (below(6)) {
	case 0:
		return NODES + below(3);
	case 1:
		return from + 1 + below(NODES - from);
	default:
		return from + 1 + below(NODES - from < 5 ? NODES - from : 5);
	}
}

static uint32_t walk(const struct node *nodes, const struct seccomp_data *d)
{
	size_t at = 0;

	while (at < NODES)
		at = d->args[nodes[at].bit / 32] >> nodes[at].bit % 32 & 1 ? nodes[at].yes
									   : nodes[at].no;
	return (uint32_t)at;
}

static unsigned label_of(struct airlock__assembly *a, const unsigned *labels, size_t from,
			 size_t to)
{
	if (to > NODES)
		return airlock__asm_answer(a, (uint32_t)to);
	return to == from + 1 && to < NODES && below(2) ? AIRLOCK__NEXT : labels[to];
}

static void jumps_reach_their_targets_however_far(void **state)
{
	static struct node nodes[NODES];
	unsigned labels[NODES + 1];

	(void)state;
	for (int round = scaled(60); round > 0; round--) {
		struct airlock__assembly a = { 0 };
		struct sock_filter *code = NULL;
		struct seccomp_data d = { 0 };
		const char *why = "";
		size_t n = 0, at = 0;

		for (size_t i = 0; i <= NODES; i++)
			labels[i] = airlock__asm_label(&a);
		for (size_t i = 0; i < NODES; i++) {
			struct node *t = &nodes[i];

			*t = (struct node){ below(192), some_target(i), some_target(i) };
			airlock__asm_place(&a, labels[i]);
			airlock__asm_emit(&a, BPF_LD | BPF_W | BPF_ABS,
					  (uint32_t)(16 + t->bit / 32 * 8));
			airlock__asm_branch(&a, BPF_JMP | BPF_JSET | BPF_K,
					    (uint32_t)1 << t->bit % 32,
					    label_of(&a, labels, i, t->yes),
					    label_of(&a, labels, i, t->no));
		}
		airlock__asm_place(&a, labels[NODES]);
		airlock__asm_emit(&a, BPF_RET | BPF_K, NODES);
		assert_int_equal(airlock__asm_finish(&a, &code, &n), 0);
		if (airlock__bpf_check(code, n, &at, &why) < 0)
			fail_msg("%zu: %s", at, why);
		for (int i = 0; i < 300; i++) {
			for (size_t j = 0; j < 6; j++)
				d.args[j] = below(2) ? rnd() : rnd() & rnd() & rnd() & rnd();
			assert_int_equal(airlock__bpf_run(code, n, &d, NULL, NULL),
					 walk(nodes, &d));
		}
		free(code);
		airlock__asm_free(&a);
	}
}

/* Where one more step, for its other target, comes between a branch and the step that it shares with another. */
static void a_shared_step_is_near_enough_whatever_comes_between(void **state)
{
	enum { YES = 1, NO, FIRST = 230, LAST = 270 };

	(void)state;
	for (size_t between = FIRST; between <= LAST; between++) {
		struct airlock__assembly a = { 0 };
		unsigned yes = airlock__asm_label(&a), no = airlock__asm_label(&a);
		struct sock_filter *code = NULL;
		size_t n = 0;

		airlock__asm_emit(&a, BPF_LD | BPF_W | BPF_ABS, 0);
		airlock__asm_branch(&a, BPF_JMP | BPF_JSET | BPF_K, 1, yes, no);
		for (size_t i = 0; i < between; i++)
			airlock__asm_emit(&a, BPF_LD | BPF_W | BPF_ABS, 0);
		airlock__asm_branch(&a, BPF_JMP | BPF_JSET | BPF_K, 1, yes, AIRLOCK__NEXT);
		for (size_t i = 0; i < LAST; i++)
			airlock__asm_emit(&a, BPF_LD | BPF_W | BPF_ABS, 0);
		airlock__asm_emit(&a, BPF_RET | BPF_K, 0);
		airlock__asm_place(&a, yes);
		airlock__asm_emit(&a, BPF_RET | BPF_K, YES);
		airlock__asm_place(&a, no);
		airlock__asm_emit(&a, BPF_RET | BPF_K, NO);
		assert_int_equal(airlock__asm_finish(&a, &code, &n), 0);
		for (int nr = 0; nr < 2; nr++) {
			struct seccomp_data d = { .nr = nr };

			assert_int_equal(airlock__bpf_run(code, n, &d, NULL, NULL), nr ? YES : NO);
		}
		free(code);
		airlock__asm_free(&a);
	}
}

/* What the kernel does for each number when the program is put in force, and never again */
static void ordinary_calls_pass_with_few_instructions(void **state)
{
	static const struct {
		const char *lines;
		size_t most, mean_tenths;
	} all[] = {
		{ "", 9, 70 },
		{ "RestrictNamespaces=yes\nRestrictRealtime=yes\nRestrictSUIDSGID="
		  "yes\nLockPersonality=yes\n"
		  "MemoryDenyWriteExecute=yes\nRestrictAddressFamilies=AF_UNIX",
		  16, 100 },
		{ "SystemCallFilter=read write close fstat lseek mmap mprotect munmap brk "
		  "rt_sigaction "
		  "rt_sigprocmask rt_sigreturn ioctl pread64 readv writev access pipe select "
		  "sched_yield "
		  "mremap madvise dup dup2 nanosleep getpid socket connect sendto recvfrom exit "
		  "uname fcntl "
		  "fsync ftruncate getcwd readlink gettimeofday getrlimit getuid getgid geteuid "
		  "getegid "
		  "getppid sigaltstack gettid futex sched_getaffinity set_tid_address "
		  "clock_gettime "
		  "clock_nanosleep exit_group openat newfstatat set_robust_list pipe2 prlimit64 "
		  "getrandom "
		  "rseq statx clone clone3 faccessat2 poll",
		  14, 115 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		struct airlock_profile *p = profile_of(all[i].lines);
		struct airlock__program g = program_of(p, true);
		struct seccomp_data d = { .arch = airlock__audit_arch };
		size_t steps, sum = 0, most = 0, n = airlock__highest_nr() + 1;

		for (size_t nr = 0; nr < n; nr++) {
			d.nr = (int)nr;
			airlock__bpf_run(g.code, g.n, &d, &steps, NULL);
			sum += steps;
			most = steps > most ? steps : most;
		}
		print_message("%u instructions; a number takes %zu.%zu on average, %zu at most\n",
			      g.n, sum / n, sum * 10 / n % 10, most);
		assert_in_range(most, 1, all[i].most);
		assert_in_range(sum * 10 / n, 1, all[i].mean_tenths);
		free(g.code);
		airlock_profile_free(p);
	}
}

/* Real calls */

static const struct harmless {
	const char *name;
	uint64_t args[5];
} harmless[] = {
	{ "getpid", { 0 } },
	{ "getppid", { 0 } },
	{ "gettid", { 0 } },
	{ "getuid", { 0 } },
	{ "geteuid", { 0 } },
	{ "getpgid", { 0 } },
	{ "sched_yield", { 0 } },
	{ "umask", { 022 } },
	{ "dup", { ~0ull } },
	{ "close", { ~0ull } },
	{ "read", { ~0ull, 0, 0 } },
	{ "write", { ~0ull, 0, 0 } },
	{ "fcntl", { ~0ull, 1 } },
	{ "fsync", { ~0ull } },
	{ "ftruncate", { ~0ull, 0 } },
	{ "lseek", { ~0ull, 0, 0 } },
	{ "listen", { ~0ull, 1 } },
	{ "shutdown", { ~0ull, 1 } },
	{ "epoll_ctl", { ~0ull, 1, 1, 0 } },
	{ "flock", { ~0ull, 1 } },
	{ "fchdir", { ~0ull } },
	{ "timerfd_settime", { ~0ull, 0, 0, 0 } },
	{ "inotify_rm_watch", { ~0ull, 1 } },
	{ "keyctl", { 0xffff, 0 } },
	{ "bpf", { 0xffff, 0, 0 } },
	{ "ptrace", { 0xffff, ~0ull, 0, 0 } },
	{ "swapoff", { 0 } },
	{ "kcmp", { ~0ull, ~0ull, 0 } },
	{ "pidfd_open", { ~0ull, 0 } },
	{ "pidfd_send_signal", { ~0ull, 0, 0, 0 } },
	{ "close_range", { 9, 8, 0 } },
	{ "openat2", { ~0ull, 0, 0, 0 } },
	{ "clone3", { 0, 0 } },
	{ "io_uring_setup", { 0, 0 } },
	{ "socket", { 1, 1, 0 } },
	{ "socket", { 0x100000001, 1, 0 } },
	{ "socket", { 2, 1, 0 } },
	{ "socket", { 10, 1, 0 } },
	{ "socket", { 16, 3, 0 } },
	{ "socket", { 45, 1, 0 } },
	{ "socket", { 99, 1, 0 } },
	{ "unshare", { 0 } },
	{ "unshare", { CLONE_FILES } },
	{ "unshare", { CLONE_NEWUTS } },
	{ "unshare", { 0x80 } },
	{ "clone", { CLONE_NEWNS | CLONE_FS, 0, 0, 0, 0 } },
	{ "clone", { CLONE_SIGHAND, 0, 0, 0, 0 } },
	{ "setns", { ~0ull, 0 } },
	{ "setns", { ~0ull, CLONE_NEWNET } },
	{ "setns", { ~0ull, CLONE_NEWNET | CLONE_NEWNS } },
	{ "sched_setscheduler", { (uint64_t)-2, 0, 0 } },
	{ "sched_setscheduler", { (uint64_t)-2, 1, 0 } },
	{ "sched_setscheduler", { (uint64_t)-2, 0x40000003, 0 } },
	{ "sched_setattr", { (uint64_t)-2, 0, 0 } },
	{ "fchmod", { ~0ull, 0755 } },
	{ "fchmod", { ~0ull, 04755 } },
	{ "fchmodat", { ~0ull, 0, 0755 } },
	{ "fchmodat", { ~0ull, 0, 02755 } },
	{ "fchmodat2", { ~0ull, 0, 04755, 0 } },
	{ "mkdirat", { ~0ull, 0, 02755 } },
	{ "mkdirat", { ~0ull, 0, 0755 } },
	{ "mknodat", { ~0ull, 0, 0100644, 0 } },
	{ "mknodat", { ~0ull, 0, 0104644, 0 } },
	{ "openat", { ~0ull, 0, O_RDONLY, 04755 } },
	{ "openat", { ~0ull, 0, O_CREAT | O_WRONLY, 04755 } },
	{ "openat", { ~0ull, 0, O_CREAT | O_WRONLY, 0755 } },
	{ "openat", { ~0ull, 0, O_TMPFILE | O_RDWR, 04755 } },
	{ "personality", { 0xffffffff } },
	{ "mmap", { 0, 0, PROT_READ, 0, ~0ull } },
	{ "mmap", { 0, 0, PROT_WRITE | PROT_EXEC, 0, ~0ull } },
	{ "mprotect", { 1, 0, PROT_READ } },
	{ "mprotect", { 1, 0, PROT_EXEC } },
	{ "pkey_mprotect", { 1, 0, PROT_EXEC, ~0ull } },
	{ "shmat", { ~0ull, 0, 0 } },
	{ "shmat", { ~0ull, 0, 0100000 } },
	{ "execveat", { ~0ull, 0, 0, 0, 0 } },
	{ "execve", { 0, 0, 0 } },
};

/* What came of each, in memory that parent and child see: the errno, or 0. */
struct live {
	int installed, done;
	int without[COUNT(harmless)], with[COUNT(harmless)];
	bool call[COUNT(harmless)];
};

static int result_of(const struct harmless *h)
{
	int call = airlock__call_by_name(h->name, strlen(h->name));
	const uint64_t *a = h->args;

	errno = 0;
	if (syscall(airlock__calls[call].nr, a[0], a[1], a[2], a[3], a[4], (uint64_t)0) == -1)
		return errno;
	return 0;
}

static bool install(const struct airlock__program *g)
{
	struct sock_fprog prog = { (unsigned short)g->n, g->code };
	const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0;
}

/* In the child. It may not be allowed to exit: the parent sees to that. */
static void call_them(const struct airlock__program *g, struct live *l)
{
	volatile struct live *v = l;

	for (size_t i = 0; i < COUNT(harmless); i++)
		if (l->call[i])
			l->without[i] = result_of(&harmless[i]);
	if (!install(g))
		_exit(1);
	v->installed = 1;
	for (size_t i = 0; i < COUNT(harmless); i++)
		if (l->call[i])
			v->with[i] = result_of(&harmless[i]);
	v->done = 1;
	for (;;)
		syscall(SYS_exit_group, 0);
}

static int run_child(const struct airlock__program *g, struct live *l)
{
	const volatile struct live *v = l;
	int status = 0;
	pid_t pid, got = 0;

	l->installed = l->done = 0;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		call_them(g, l);
	for (int64_t end = now_ms() + 10000; now_ms() < end && !v->done; usleep(200))
		if ((got = waitpid(pid, &status, WNOHANG)) != 0)
			break;
	if (got == 0) {
		kill(pid, SIGKILL);
		got = waitpid(pid, &status, 0);
	}
	assert_int_equal(got, pid);
	return status;
}

static uint32_t reading_of(const struct airlock_profile *p, const struct airlock__one_exec *e,
			   const struct harmless *h)
{
	int call = airlock__call_by_name(h->name, strlen(h->name));
	struct seccomp_data d = { .arch = airlock__audit_arch };

	d.nr = airlock__calls[call].nr;
	memcpy(d.args, h->args, sizeof h->args);
	return airlock__reading(p, e, PERSONALITY, &d);
}

static void compare_results(const struct airlock_profile *p, const struct airlock__one_exec *e,
			    const struct live *l)
{
	for (size_t i = 0; i < COUNT(harmless); i++) {
		uint32_t r = reading_of(p, e, &harmless[i]);
		int want = r == SECCOMP_RET_ALLOW ? l->without[i] : (int)(r & SECCOMP_RET_DATA);

		if (l->call[i] && l->with[i] != want)
			fail_msg("%s(%#llx, %#llx, %#llx...): %s, not %s, with\n%s",
				 harmless[i].name, (unsigned long long)harmless[i].args[0],
				 (unsigned long long)harmless[i].args[1],
				 (unsigned long long)harmless[i].args[2], strerror(l->with[i]),
				 strerror(want), text.at);
	}
}

/* All calls at once that do not kill, and one that does. false: no filter can be had here. */
static bool call_for_real(const struct airlock_profile *p, struct live *l, int *ncalls, int *nkills)
{
	struct airlock__program g = program_of(p, p->exec_once);
	const struct airlock__one_exec *e = p->exec_once ? &drawn : NULL;
	size_t kills[COUNT(harmless)], n = 0;
	int status;

	if (e)
		patch(&g, e);
	for (size_t i = 0; i < COUNT(harmless); i++) {
		int call = airlock__call_by_name(harmless[i].name, strlen(harmless[i].name));
		bool here = call >= 0 && airlock__calls[call].nr >= 0;

		l->call[i] = here && reading_of(p, e, &harmless[i]) != SECCOMP_RET_KILL_PROCESS;
		if (here && !l->call[i])
			kills[n++] = i;
		*ncalls += l->call[i];
	}
	status = run_child(&g, l);
	if (!l->installed) {
		free(g.code);
		return false;
	}
	if (!l->done)
		fail_msg("a call that was to be answered killed: %#x, with\n%s", status, text.at);
	compare_results(p, e, l);
	if (n > 0) {
		size_t one = kills[below(n)];

		memset(l->call, 0, sizeof l->call);
		l->call[one] = true;
		status = run_child(&g, l);
		if (l->done || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s was to kill: %#x, with\n%s", harmless[one].name, status,
				 text.at);
		++*nkills;
	}
	free(g.code);
	return true;
}

static void need_seccomp(void)
{
	if (under_valgrind())
		SKIP("valgrind knows no seccomp");
}

static void the_kernel_answers_real_calls_as_the_profile_says(void **state)
{
	struct live *l =
		mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int calls = 0, kills = 0;

	(void)state;
	need_seccomp();
	assert_true(l != MAP_FAILED);
	for (int i = scaled(60); i > 0; i--) {
		struct airlock_profile *p;
		bool had;

		/* without what the kernel logs: others read its log */
		say_profile(false);
		p = parse();
		had = call_for_real(p, l, &calls, &kills);
		airlock_profile_free(p);
		if (!had)
			SKIP("this machine lets no filter be put in force");
	}
	assert_true(calls > 100);
	assert_true(kills > 0);
	munmap(l, sizeof *l);
}

#ifdef __x86_64__
static int getpid_by_gate(void)
{
	int r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static int getpid_of_x32(void)
{
	return (int)syscall(0x40000000 + SYS_getpid);
}

/* How a child ends that makes this call, and then exits with 7 */
static int end_of(const struct airlock__program *g, int (*call)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (g && !install(g))
			_exit(1);
		call();
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void other_ways_into_the_kernel_kill(void **state)
{
	struct airlock_profile *p;
	struct airlock__program g;
	int status, by_x32, by_gate;

	(void)state;
	need_seccomp();
	status = end_of(NULL, getpid_by_gate);
	p = profile_of("");
	g = program_of(p, true);
	by_x32 = end_of(&g, getpid_of_x32);
	by_gate = end_of(&g, getpid_by_gate);
	free(g.code);
	airlock_profile_free(p);
	if (WIFEXITED(by_x32) && WEXITSTATUS(by_x32) == 1)
		SKIP("this machine lets no filter be put in force");
	assert_true(WIFSIGNALED(by_x32) && WTERMSIG(by_x32) == SIGSYS);
	if (!WIFEXITED(status))
		SKIP("this kernel has no calls of i386");
	assert_true(WIFSIGNALED(by_gate) && WTERMSIG(by_gate) == SIGSYS);
}
#else
static void other_ways_into_the_kernel_kill(void **state)
{
	(void)state;
	SKIP("only on x86_64 is there one that can be tried");
}
#endif

static void p9_unpatched_the_one_exec_allows_no_exec(void **state)
{
	struct airlock_profile *p = profile_of("");
	struct airlock__program g = program_of(p, true);
	struct seccomp_data d = { .nr = SYS_execve, .arch = airlock__audit_arch };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		for (size_t a = 0; a < 6; a++)
			d.args[a] = rnd() >> (17 + below(47));
		assert_int_equal(answer_of(&g, &d), SECCOMP_RET_KILL_PROCESS);
	}
	for (int i = 1; i < 6; i++)
		assert_true(g.at[i] != g.at[i - 1]);
	free(g.code);
	airlock_profile_free(p);
}

/* Nor does a limit on files, which a daemon may live under, end the caller by SIGXFSZ. */
static void without_descriptors_and_files(void *arg)
{
	static const int which[] = { RLIMIT_NOFILE, RLIMIT_FSIZE };
	struct rlimit was[COUNT(which)], none;
	struct airlock_profile *p = profile_of("SystemCallFilter=@system-service write:EPERM");
	struct airlock__program g = { 0 };
	int r;

	(void)arg;
	for (size_t i = 0; i < COUNT(which); i++) {
		assert_int_equal(getrlimit(which[i], &was[i]), 0);
		none = was[i];
		none.rlim_cur = 0;
		assert_int_equal(setrlimit(which[i], &none), 0);
	}
	r = airlock__program_make(p, true, 0, &g);
	/* what this test prints goes to a file */
	for (size_t i = 0; i < COUNT(which); i++)
		assert_int_equal(setrlimit(which[i], &was[i]), 0);
	assert_int_equal(r, 0);
	free(g.code);
	airlock_profile_free(p);
}

static void p7_making_a_program_takes_no_descriptor_and_no_file(void **state)
{
	(void)state;
	in_child(without_descriptors_and_files, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_answer_is_given_where_the_profile_says),
		cmocka_unit_test(jumps_reach_their_targets_however_far),
		cmocka_unit_test(a_shared_step_is_near_enough_whatever_comes_between),
		cmocka_unit_test(the_programs_of_the_builtins_say_what_the_builtins_say),
		cmocka_unit_test(the_programs_of_random_profiles_say_what_the_profiles_say),
		cmocka_unit_test(libseccomp_makes_the_same_of_lists),
		cmocka_unit_test(a_profile_that_refuses_nothing_needs_no_program),
		cmocka_unit_test(a_program_longer_than_the_kernel_takes_is_e2big_with_its_length),
		cmocka_unit_test(ordinary_calls_pass_with_few_instructions),
		cmocka_unit_test(p9_unpatched_the_one_exec_allows_no_exec),
		cmocka_unit_test(the_kernel_answers_real_calls_as_the_profile_says),
		cmocka_unit_test(other_ways_into_the_kernel_kill),
		cmocka_unit_test(p7_making_a_program_takes_no_descriptor_and_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
