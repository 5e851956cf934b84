/* SPDX-License-Identifier: ISC */
/*
 * program.c: see program.h. Each number of a call goes one of three ways: to an answer at once, to
 * a block of ours that looks at its arguments, or to what libseccomp made of the plain answers.
 *
 * The kernel runs a program once for each number when it is put in force, and remembers which are
 * allowed without a look at an argument. So a spawn costs what the ordinary numbers take here, and
 * nothing but the blocks may look at arguments.
 */
#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assemble.h"
#include "conditions.h"

/* since 6.3 */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

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
	unsigned to;	/* a label */
	bool block;	/* ... of a block of ours, that emit_block() writes */
	uint32_t plain; /* where it goes to `rest`: its answer */
};

struct work {
	const struct airlock_profile *p;
	bool one_exec;
	uint32_t personality;
	struct airlock__assembly a;

	uint32_t n; /* the highest number and one */
	struct number *number;
	unsigned rest; /* the label of libseccomp's part */
	size_t at[6];  /* the branches of the one exec */
};

static bool is_call(int call, const char *name)
{
	return call >= 0 && !strcmp(airlock__calls[call].name, name);
}

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
	return (struct number){ .to = airlock__asm_answer(&w->a, answer) };
}

/* Without lists nearly all is allowed: what is not is soon asked for, and needs no libseccomp. */
static struct number plain(struct work *w, uint32_t answer)
{
	bool lists = w->p->filter_mode != AIRLOCK__NO_LIST || w->p->log_mode != AIRLOCK__NO_LIST;

	if (!lists && answer != SECCOMP_RET_ALLOW)
		return straight(w, answer);
	return (struct number){ .to = w->rest, .plain = answer };
}

static struct number block(struct work *w)
{
	return (struct number){ .to = airlock__asm_label(&w->a), .block = true };
}

/* In the order of reading.h. */
static struct number sort_out(struct work *w, uint32_t nr)
{
	struct airlock__decision d;
	int call = airlock__call_by_nr(nr);

	if (w->one_exec && is_call(call, "execve"))
		return block(w);
	if (w->one_exec && is_call(call, "execveat"))
		return plain(w, SECCOMP_RET_KILL_PROCESS);
	if (call < 0 || airlock__calls[call].since > airlock__baseline(w->p))
		return straight(w, NO_SUCH_CALL);
	airlock__decide(w->p, (size_t)call, w->personality, &d);
	return airlock__is_conditional(&d) ? block(w) : plain(w, d.answer);
}

static void emit_block(struct work *w, uint32_t nr)
{
	struct airlock__decision d;
	int call = airlock__call_by_nr(nr);

	airlock__asm_place(&w->a, w->number[nr].to);
	if (w->one_exec && is_call(call, "execve")) {
		emit_one_exec(w);
		return;
	}
	airlock__decide(w->p, (size_t)call, w->personality, &d);
	airlock__emit_conditions(&w->a, w->p, (size_t)call, &d);
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

/* The plain answers */

/*
 * As libseccomp knows them: it asks the running kernel which actions there are, and our answers are
 * the same everywhere. So each answer is a number to it, in the clothes of a tracer's.
 */
struct answers {
	uint32_t *answer;
	size_t *count;
	size_t n, common;
};

static size_t index_of(const struct answers *s, uint32_t answer)
{
	size_t i = 0;

	while (i < s->n && s->answer[i] != answer)
		i++;
	return i;
}

static void count_answers(const struct work *w, struct answers *s)
{
	for (uint32_t nr = 0; nr < w->n; nr++) {
		uint32_t answer = w->number[nr].plain;
		size_t i;

		if (w->number[nr].to != w->rest)
			continue;
		i = index_of(s, answer);
		s->answer[i] = answer;
		s->n += i == s->n;
		if (++s->count[i] > s->count[s->common])
			s->common = i;
	}
}

static int add_rules(const struct work *w, const struct answers *s, scmp_filter_ctx ctx)
{
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	for (uint32_t nr = 0; r == 0 && nr < w->n; nr++) {
		size_t i;

		if (w->number[nr].to != w->rest)
			continue;
		i = index_of(s, w->number[nr].plain);
		if (i != s->common)
			r = seccomp_rule_add(ctx, SCMP_ACT_TRACE((uint32_t)i), (int)nr, 0);
	}
	return r;
}

/*
 * Where libseccomp's program begins with what is new: it asks for architecture and x32 first, which
 * was done before. A holds the number, and must where we go on.
 */
static size_t skip_known(const struct work *w, const struct sock_filter *code, size_t n)
{
	uint32_t in_a = AT_NR;
	size_t known = 0;

	for (size_t at = 0; at < n;) {
		const struct sock_filter *f = &code[at];

		if (in_a == AT_NR)
			known = at;
		if (f->code == LOAD && (f->k == AT_NR || f->k == AT_ARCH)) {
			in_a = f->k;
			at++;
		} else if (f->code == EQUAL && in_a == AT_ARCH) {
			at += 1u + (f->k == airlock__audit_arch ? f->jt : f->jf);
		} else if (f->code == AT_LEAST && in_a == AT_NR && f->k >= w->n) {
			at += 1u + f->jf;
		} else {
			break;
		}
	}
	return known;
}

/* Where vm.memfd_noexec says so, a file that might be executed is refused. */
static int open_memory(void)
{
	int fd = memfd_create("airlock-program", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("airlock-program", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

static int read_back(int fd, struct sock_filter **ret, size_t *ret_n)
{
	off_t size = lseek(fd, 0, SEEK_END);
	struct sock_filter *code;
	ssize_t got;

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	if (size <= 0 || size % (off_t)sizeof *code)
		return -EIO;
	code = malloc((size_t)size);
	if (!code)
		return -ENOMEM;
	got = pread(fd, code, (size_t)size, 0);
	if (got != size) {
		got = got < 0 ? -errno : -EIO;
		free(code);
		return (int)got;
	}
	*ret = code;
	*ret_n = (size_t)size / sizeof *code;
	return 0;
}

static int export(scmp_filter_ctx ctx, struct sock_filter **ret, size_t *ret_n)
{
	int fd = open_memory(), r;

	if (fd < 0)
		return fd;
	r = seccomp_export_bpf(ctx, fd);
	if (r == 0)
		r = read_back(fd, ret, ret_n);
	close(fd);
	return r;
}

/* What it returns to our answers. What is none of them is for an architecture that is not ours. */
static void translate(const struct answers *s, struct sock_filter *code, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t k = code[i].k;

		if (code[i].code != (BPF_RET | BPF_K))
			continue;
		code[i].k = (k & SECCOMP_RET_ACTION) == SECCOMP_RET_TRACE &&
					    (k & SECCOMP_RET_DATA) < s->n
				    ? s->answer[k & SECCOMP_RET_DATA]
				    : SECCOMP_RET_KILL_PROCESS;
	}
}

static int generate(const struct work *w, const struct answers *s, struct sock_filter **ret,
		    size_t *ret_n)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRACE((uint32_t)s->common));
	int r;

	if (!ctx)
		return -ENOMEM;
	r = add_rules(w, s, ctx);
	if (r == 0)
		r = export(ctx, ret, ret_n);
	seccomp_release(ctx);
	if (r == 0)
		translate(s, *ret, *ret_n);
	return r;
}

/* One answer for all needs no libseccomp. */
static int make_rest(const struct work *w, struct sock_filter **ret, size_t *ret_n)
{
	struct answers s = { 0 };
	int r = -ENOMEM;

	s.answer = calloc(w->n + 1, sizeof *s.answer);
	s.count = calloc(w->n + 1, sizeof *s.count);
	if (s.answer && s.count) {
		count_answers(w, &s);
		if (s.n > 1) {
			r = generate(w, &s, ret, ret_n);
		} else if ((*ret = malloc(sizeof **ret))) {
			**ret = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							     s.n ? s.answer[0]
								 : SECCOMP_RET_KILL_PROCESS);
			*ret_n = 1;
			r = 0;
		}
	}
	free(s.answer);
	free(s.count);
	return r;
}

/* The whole */

static int emit_all(struct work *w)
{
	struct range *ranges = calloc(w->n + 2, sizeof *ranges);

	if (!ranges)
		return -ENOMEM;
	w->rest = airlock__asm_label(&w->a);
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
	struct sock_filter *rest = NULL;
	size_t nrest = 0, n = 0, known;
	int r = make_rest(w, &rest, &nrest);

	if (r < 0)
		return r;
	known = skip_known(w, rest, nrest);
	r = airlock__asm_finish(&w->a, w->rest, rest + known, nrest - known, &made.code, &n);
	free(rest);
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
