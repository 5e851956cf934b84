/* SPDX-License-Identifier: ISC */
/*
 * profile_diff: profiles of any lines about system calls, made into a program, which our interpreter runs.
 *
 * Oracle: for each call that is asked for, the program answers what the profile does when it is read
 * (reading.h); and what the page says of the operations that the profile was written by
 * (profile_model.h): that answer, or where a key looks at the arguments of the call, that or an
 * error. Asked for are the calls that the profile names, their neighbours, numbers that are no calls, x32,
 * other architectures; arguments at and around each constant, with other high halves. The kernel would
 * take the program. What a seal is made of, a copy of what is about calls, says the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "profile.h"
#include "profile_model.h"
#include "program.h"
#include "reading.h"

const struct fuzz_op *const fuzz_ops = model_ops;

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HIGH 0xffffffff00000000

enum { X32 = 0x40000000 };

/* Each half another number, so that no two can be taken for each other */
static const struct airlock__one_exec drawn = {
	.path = 0x00001a2b3c4d5000,
	.argv = 0x00002b3c4d5e6008,
	.envp = 0x00003c4d5e6f7010,
};

/* For AddressSanitizer: large pieces are soon used again, not new pages each time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}

/* A run: the profile in its three forms */
struct run {
	const struct model *m;
	struct airlock_profile *p;
	struct airlock__program program;
	const struct airlock__one_exec *one_exec; /* or NULL */
	int execve, execveat;
};

/* Calls whose arguments are looked at by a key that is no rule */
static const char *const looked_at[] = {
	"socket",     "unshare", "clone",    "setns",	    "clone3",  "sched_setscheduler",
	"chmod",      "fchmod",	 "fchmodat", "fchmodat2",   "mkdir",   "sched_setattr",
	"mkdirat",    "mknod",	 "mknodat",  "creat",	    "open",    "openat",
	"openat2",    "mmap",	 "mprotect", "personality", "shmat",   "pkey_mprotect",
	"setsockopt", "sendto",	 "sendmsg",  "sendmmsg",    "mq_open", "io_uring_setup",
};
static bool is_looked_at[AIRLOCK__MAX_CALLS];
static size_t places[COUNT(looked_at)];

static void know_calls(void)
{
	static bool known;

	for (size_t i = 0; i < COUNT(looked_at) && !known; i++) {
		places[i] = (size_t)airlock__call_by_name(looked_at[i], strlen(looked_at[i]));
		is_looked_at[places[i]] = true;
	}
	known = true;
}

static bool is_pass(uint32_t answer)
{
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

/* What the page says of a call, if the model knows. */
static void check_model(const struct run *run, const struct seccomp_data *d, uint32_t answer)
{
	const struct model *m = run->m;
	int call = airlock__call_by_nr((uint32_t)d->nr);
	uint64_t args[6];
	uint32_t says;

	if (m->nraw || m->builtin || call == run->execve || call == run->execveat)
		return;
	if (call < 0 || airlock__calls[call].since > m->baseline) {
		FUZZ_HOLDS(answer == (SECCOMP_RET_ERRNO | ENOSYS), "what is too new is ENOSYS");
		return;
	}
	memcpy(args, d->args, sizeof args);
	says = model_answer(m, (size_t)call, args);
	if (m->restricts && is_looked_at[call] && is_pass(says))
		FUZZ_HOLDS(answer == says ||
				   (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO,
			   "a restriction takes away, by an error");
	else
		FUZZ_HOLDS(answer == says, "the program answers what the page says");
}

static void check_exec(const struct run *run, const struct seccomp_data *d, uint32_t answer)
{
	int call = airlock__call_by_nr((uint32_t)d->nr);
	bool own = d->args[0] == drawn.path && d->args[1] == drawn.argv && d->args[2] == drawn.envp;

	if (!run->one_exec || call < 0)
		return;
	if (call == run->execve)
		FUZZ_HOLDS(answer == (own ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS),
			   "the one exec, and no other");
	if (call == run->execveat)
		FUZZ_HOLDS(answer == SECCOMP_RET_KILL_PROCESS, "not by a descriptor either");
}

static void check(const struct run *run, uint32_t arch, uint32_t nr, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = (int)nr, .arch = arch, .instruction_pointer = ~nr };
	uint32_t answer;

	memcpy(d.args, args, sizeof d.args);
	answer = airlock__bpf_run(run->program.code, run->program.n, &d, NULL, NULL);
	FUZZ_HOLDS(answer == airlock__reading(run->p, run->one_exec, run->m->personality, &d),
		   "the program answers what the profile says");
	if (arch != airlock__audit_arch) {
		FUZZ_HOLDS(answer == SECCOMP_RET_KILL_PROCESS, "another architecture kills");
		return;
	}
#ifdef __x86_64__
	if (nr >= X32) {
		FUZZ_HOLDS(answer == SECCOMP_RET_KILL_PROCESS, "x32 kills");
		return;
	}
#endif
	check_exec(run, &d, answer);
	check_model(run, &d, answer);
}

static void check_call(const struct run *run, size_t call, const uint64_t args[6])
{
	if (airlock__calls[call].nr >= 0)
		check(run, airlock__audit_arch, (uint32_t)airlock__calls[call].nr, args);
}

/* Arguments */

static const uint64_t none[6],
	all_ones[6] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };

/* A value with which the condition holds, where there is one */
static uint64_t satisfying(const struct model_condition *c)
{
	static const int by[] = { 0, 1, -1, 0, 1, 0, 0, 0 };

	return c->constant + (uint64_t)by[c->op];
}

static void around(const struct run *run, const struct model_rule *r, unsigned arg,
		   uint64_t args[6], uint64_t v)
{
	const uint64_t values[] = {
		v,
		v + 1,
		v - 1,
		v ^ 1ull << 32,
		/* others each time */
		run->m->sum & 64 ? v | HIGH : v & UINT32_MAX,
		run->m->sum & 128 ? ~v : -v,
		v ^ 1ull << (run->m->sum & 63),
	};
	uint64_t was = args[arg];

	for (size_t i = 0; i < COUNT(values); i++) {
		args[arg] = values[i];
		check_call(run, r->call, args);
	}
	args[arg] = was;
}

/*
 * Each of its parts made to hold as a whole, then each condition of that part made to fail; of many
 * conditions, some.
 */
static void ask_of_rule(const struct run *run, const struct model_rule *r, size_t step)
{
	uint64_t args[6];

	for (size_t from = 0, to; from < r->n; from = to) {
		memset(args, 0, sizeof args);
		for (to = from; to < r->n && (to == from || !r->when[to].or); to++)
			args[r->when[to].arg] = satisfying(&r->when[to]);
		check_call(run, r->call, args);
		for (size_t i = from; i < to; i++)
			if ((i + run->m->sum) % step == 0)
				around(run, r, r->when[i].arg, args, r->when[i].constant);
	}
}

static void ask_of_rules(const struct run *run)
{
	size_t all = 0;

	for (size_t i = 0; i < run->m->nrules; i++)
		all += run->m->rules[i].n;
	for (size_t i = 0; i < run->m->nrules; i++)
		ask_of_rule(run, &run->m->rules[i], 1 + all / 8);
}

/* Flags, families, policies, modes and the like that a restriction may look for */
static const uint64_t telling[] = {
	0,	    1,		2,	    3,		4,
	5,	    6,		7,	    10,		16,
	17,	    21,		31,	    38,		43,
	63,	    64,		65,	    256,	262,
	0x80,	    0x20000,	0x2000000,  0x4000000,	0x8000000,
	0x10000000, 0x20000000, 0x40000000, 0x7e020080, 0x40000003,
	0x40000006, 02000,	04000,	    07777,	01777,
	0100,	    0x400000,	0x410000,   0x10000,	0x8000,
	0xffffffff, 0x0400000,	0x7fffffff, 0x80000000, 0xffffffffffffffff,
};

static void ask_of_looked_at(const struct run *run)
{
	uint32_t at = run->m->sum;
	uint64_t args[6];

	for (size_t i = at % 2; i < COUNT(looked_at); i += 2) {
		for (size_t j = 0; j < 6; j++, at = at * 1103515245 + 12345)
			args[j] = telling[(at >> 8) % COUNT(telling)] |
				  (at >> 20 & 1 ? (uint64_t)at << 32 : 0);
		if (at & 1 << 18)
			args[0] = run->m->personality;
		check_call(run, places[i], args);
	}
}

static void ask_of_exec(const struct run *run)
{
	uint64_t args[6] = { drawn.path, drawn.argv, drawn.envp, 1, 2, 3 };

	check_call(run, (size_t)run->execve, args);
	check_call(run, (size_t)run->execveat, args);
	for (unsigned half = 0; half < 6; half++) {
		uint64_t bit = 1ull << ((run->m->sum >> half) % 32 + half % 2 * 32);

		args[half / 2] ^= bit;
		check_call(run, (size_t)run->execve, args);
		args[half / 2] ^= bit;
	}
}

static void ask_of_numbers(const struct run *run)
{
	static const uint32_t archs[] = { AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_X86_64,
					  0 };
	const uint32_t highest = airlock__highest_nr(), native = airlock__audit_arch,
		       sum = run->m->sum;
	const uint32_t others[] = { highest, highest + 1, 511,	      512,	 X32 - 1,
				    X32,     X32 + 1,	  0x7fffffff, UINT32_MAX };

	for (size_t i = 0; i < COUNT(others); i++)
		check(run, native, others[i], none);
	for (size_t i = 0; i < COUNT(archs); i++)
		check(run, archs[i], sum % highest, none);
	for (uint32_t nr = sum % 32; nr <= highest; nr += 32)
		check(run, native, nr, none);
	for (size_t i = 0; i < run->m->nmentioned; i++) {
		const struct airlock__call *c = &airlock__calls[run->m->mentioned[i]];

		if (c->nr < 0)
			continue;
		check(run, native, (uint32_t)c->nr, all_ones);
		check(run, native, (uint32_t)c->nr | X32, none);
		for (int by = -1; by <= 1; by++)
			check(run, native, (uint32_t)(c->nr + by), none);
	}
}

static void ask_of_asked(const struct run *run)
{
	static const uint32_t archs[] = { AUDIT_ARCH_I386,    AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64,
					  AUDIT_ARCH_RISCV64, AUDIT_ARCH_ARM,	 0 };

	for (size_t i = 0; i < run->m->nasked; i++) {
		const struct model_ask *a = &run->m->asked[i];

		check(run, a->arch ? archs[a->arch % COUNT(archs)] : airlock__audit_arch, a->nr,
		      a->args);
	}
}

/* The whole */

static int parse(struct airlock_profile *p, const struct model *m, size_t at, size_t end)
{
	struct airlock_profile_error e;

	return airlock_profile_parse(p, m->text + at, end - at, &e);
}

/* A line that stands as it is may be wrong; all others are good, and are taken in any case. */
static void take_lines(struct airlock_profile *p, const struct model *m)
{
	size_t at = 0;

	if (parse(p, m, 0, m->n) == 0)
		return;
	for (size_t i = 0; i < m->nraw; i++) {
		FUZZ_HOLDS(parse(p, m, at, m->raw[i].at) == 0,
			   "what is written by the page is taken");
		(void)parse(p, m, m->raw[i].at, m->raw[i].end);
		at = m->raw[i].end;
	}
	FUZZ_HOLDS(parse(p, m, at, m->n) == 0, "what is written by the page is taken");
}

static void take_builtin(struct airlock_profile *p, size_t which)
{
	size_t n = 0;

	while (airlock_profile_builtin_name(n))
		n++;
	FUZZ_HOLDS(airlock_profile_builtin(p, airlock_profile_builtin_name(which % n), NULL) == 0,
		   "a builtin is taken");
}

/* The program as a spawn has it */
static void patch(struct airlock__program *g)
{
	const uint64_t words[] = { drawn.path, drawn.argv, drawn.envp };

	for (unsigned i = 0; i < 6; i++) {
		FUZZ_HOLDS(g->at[i] < g->n && g->code[g->at[i]].k == UINT32_MAX,
			   "no address until then");
		g->code[g->at[i]].k = (uint32_t)(words[i / 2] >> (i % 2 ? 32 : 0));
	}
}

/* reading.h reads the profile that the parser made: that has to be the one that was written. */
static void check_keys(const struct model *m, const struct airlock_profile *p)
{
	FUZZ_HOLDS((int)p->family_mode == m->family_mode && p->families == m->family_set,
		   "the families that were asked for");
	FUZZ_HOLDS(p->restrict_namespaces == m->ns_restricts &&
			   (!m->ns_restricts || p->namespaces == m->ns_set),
		   "the namespaces that were asked for");
	FUZZ_HOLDS(p->restrict_realtime == m->asked_bool[0] &&
			   p->restrict_suid_sgid == m->asked_bool[1] &&
			   p->lock_personality == m->asked_bool[2] &&
			   p->deny_write_execute == m->asked_bool[3],
		   "the restrictions that were asked for");
	FUZZ_HOLDS(p->has_bind == m->tcp_key[0] && p->has_connect == m->tcp_key[1],
		   "the keys for TCP that were asked for");
	FUZZ_HOLDS(airlock__program_needed(p, false) ||
			   !(m->ns_restricts || m->family_mode || m->asked_bool[0] ||
			     m->asked_bool[1] || m->asked_bool[2] || m->asked_bool[3] ||
			     m->tcp_key[0] || m->tcp_key[1] || m->filter.mode || m->log.mode ||
			     m->nrules),
		   "what restricts calls needs a program");
}

static bool make(struct run *run)
{
	const struct model *m = run->m;
	struct airlock_profile *copy = m->asks_copy ? airlock__profile_calls(run->p) : NULL;
	const char *why;
	size_t at;
	int r;

	r = airlock__program_make(copy ? copy : run->p, m->one_exec, m->personality, &run->program);
	/* what a builtin has ready is what would be made anew */
	if (r == 0 && run->p->ready && run->p->exec_once == m->one_exec) {
		struct airlock__program g;

		FUZZ_HOLDS(airlock__program_get(run->p, m->personality, &g) < 0 ||
				   (g.n == run->program.n &&
				    !memcmp(g.code, run->program.code, g.n * sizeof *g.code)),
			   "what is ready is what would be made");
		free(g.code);
	}
	airlock_profile_free(copy);
	FUZZ_HOLDS(r == 0 || r == -E2BIG || r == -ENOMEM, "a program, or one that is too large");
	if (r < 0)
		return false;
	FUZZ_HOLDS(airlock__bpf_check(run->program.code, run->program.n, &at, &why) == 0,
		   "the kernel takes it");
	FUZZ_HOLDS(run->program.one_exec == m->one_exec, "the one exec is as it was asked for");
	if (m->one_exec)
		patch(&run->program);
	return true;
}

static void ask_all(const struct run *run)
{
	ask_of_asked(run);
	ask_of_numbers(run);
	ask_of_rules(run);
	if (run->m->restricts)
		ask_of_looked_at(run);
	if (run->m->one_exec)
		ask_of_exec(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	struct run run = { .m = &m, .p = airlock_profile_new() };

	if (!run.p)
		return 0;
	know_calls();
	run.execve = airlock__call_by_name("execve", strlen("execve"));
	run.execveat = airlock__call_by_name("execveat", strlen("execveat"));
	model_read(&m, data, size);
	run.one_exec = m.one_exec ? &drawn : NULL;
	if (m.builtin) {
		take_builtin(run.p, m.builtin);
		(void)parse(run.p, &m, 0, m.n);
	} else {
		take_lines(run.p, &m);
		if (!m.nraw)
			check_keys(&m, run.p);
	}
	if (make(&run)) {
		ask_all(&run);
		free(run.program.code);
	}
	airlock_profile_free(run.p);
	return 0;
}
