/* SPDX-License-Identifier: ISC */
/*
 * plan.c: see plan.h. All that can fail slowly, or needs memory, is done here before the clone.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "guard.h"
#include "reserve.h"

enum {
	STACK_BYTES = 65536,	/* room for a signal frame with all the registers there may be */
	LARGEST_OPTIONS = 4096, /* no struct airlock_options will ever be larger */
	SPARE_PLAN_BYTES = 8192,
	OWN_MOVES = 5,		       /* 0, 1, 2, the Landlock ruleset, the signal pipe */
	NR_OPEN_DEFAULT = 1024 * 1024, /* fs.nr_open unless it was raised; no limit is above that */
};

/* ThreadSanitizer has shadows for so many bits of low addresses, and for little else. */
#if defined(__SANITIZE_THREAD__)
#define LOW_BITS 38
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LOW_BITS 38
#endif
#endif
#ifndef LOW_BITS
#define LOW_BITS 0
#endif

#define ALL_FLAGS \
	(AIRLOCK_NEW_SESSION | AIRLOCK_SEARCH_PATH | AIRLOCK_DIE_WITH_PARENT | \
	 AIRLOCK_PRIVATE_MEMORY)
#define ALL_PARTS 0xfffu
#define NO_INDEX SIZE_MAX

int airlock__random(void *buf, size_t n, int64_t deadline)
{
	const struct timespec nap = { 0, 1000000 };

	for (size_t done = 0; done < n;) {
		ssize_t r = getrandom((char *)buf + done, n - done, GRND_NONBLOCK);

		if (r > 0) {
			done += (size_t)r;
			continue;
		}
		if (errno == EAGAIN && airlock__now() >= deadline)
			return -ETIMEDOUT;
		if (errno == EAGAIN)
			nanosleep(&nap, NULL);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

const char *airlock__name_of(const struct airlock_options *o)
{
	const char *slash;

	if (o->name || !o->path)
		return o->name;
	slash = strrchr(o->path, '/');
	return slash && slash[1] ? slash + 1 : o->path;
}

/* Options */

static int wrong(struct airlock_error *error, const char *name, const char *what)
{
	return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, EINVAL, "%s", what);
}

static int check_size(const struct airlock_options *o, struct airlock_error *error)
{
	const unsigned char *bytes = (const unsigned char *)o;

	if (o->size < sizeof *o)
		return wrong(error, NULL, "size: smaller than struct airlock_options");
	if (o->size > LARGEST_OPTIONS)
		return wrong(error, NULL, "size: larger than any struct airlock_options");
	for (size_t i = sizeof *o; i < o->size; i++)
		if (bytes[i])
			return wrong(error, NULL,
				     "size: fields that this version does not know are in use");
	return 0;
}

/* Before any descriptor of ours is open, so that none of them can be meant. */
static int check_open(const char *name, const char *field, size_t i, int fd,
		      struct airlock_error *error)
{
	char index[32] = "";

	if (fcntl(fd, F_GETFD) >= 0)
		return 0;
	if (i != NO_INDEX)
		snprintf(index, sizeof index, "[%zu].from", i);
	return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, errno, "%s%s: %d", field, index,
			     fd);
}

static int check_fds(const struct airlock_options *o, struct airlock_error *error)
{
	const char *name = airlock__name_of(o);

	if (o->nfds && !o->fds)
		return wrong(error, name, "fds: NULL, but nfds is not 0");
	if (o->nfds > AIRLOCK__MAX_FDS)
		return wrong(error, name, "nfds: more than 1024");
	for (size_t i = 0; i < o->nfds; i++) {
		int to = o->fds[i].to;

		if (o->fds[i].from < 0)
			return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, EINVAL,
					     "fds[%zu].from: %d", i, o->fds[i].from);
		if (to < 0 || to == STDERR_FILENO ||
		    (to < STDERR_FILENO && o->channel != AIRLOCK_NONE))
			return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, EINVAL,
					     "fds[%zu].to: %d%s", i, to, to < 0 ? "" : " is taken");
		for (size_t j = 0; j < i; j++)
			if (o->fds[j].to == to)
				return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, EINVAL,
						     "fds[%zu].to: %d, as fds[%zu].to", i, to, j);
	}
	for (size_t i = 0; i < o->nfds; i++) {
		int r = check_open(name, "fds", i, o->fds[i].from, error);

		if (r < 0)
			return r;
	}
	return o->stderr_fd < 0 ? 0 : check_open(name, "stderr_fd", NO_INDEX, o->stderr_fd, error);
}

static int check_seal(const struct airlock_options *o, struct airlock_error *error)
{
	const struct airlock_seal *s = o->seal;
	const char *what = NULL;

	if (!s)
		return 0;
	if (s->size != sizeof *s || s->version != AIRLOCK__SEAL_VERSION || s->parts & ~ALL_PARTS)
		what = "made by another version of the sandbox library";
	else if (s->parts & AIRLOCK__SEAL_SECCOMP &&
		 (!s->filter || !s->nfilter || s->nfilter > BPF_MAXINSNS))
		what = "a program of no instructions, or too many";
	else if (s->parts & AIRLOCK__SEAL_ONE_EXEC && !(s->parts & AIRLOCK__SEAL_SECCOMP))
		what = "one exec without a program";
	else if (s->parts & AIRLOCK__SEAL_OOM_SCORE &&
		 (s->oom_score_adj < -1000 || s->oom_score_adj > 1000))
		what = "an OOM score that does not exist";
	else if ((s->parts & AIRLOCK__SEAL_UID && s->uid == UINT32_MAX) ||
		 (s->parts & AIRLOCK__SEAL_GID && s->gid == UINT32_MAX))
		what = "an id that means \"as it is\" to setresuid(2)";
	for (int i = 0; !what && s->parts & AIRLOCK__SEAL_ONE_EXEC && i < 6; i++)
		if (s->one_exec[i] >= s->nfilter)
			what = "one exec outside of the program";
	return what ? airlock__fail(error, airlock__name_of(o), AIRLOCK_STEP_SEAL, EINVAL, "%s",
				    what)
		    : 0;
}

int airlock__check_options(const struct airlock_options *o, struct airlock_error *error)
{
	const char *name;
	int r;

	if (!o)
		return wrong(error, NULL, "options: NULL");
	r = check_size(o, error);
	if (r < 0)
		return r;
	name = airlock__name_of(o);
	if (o->stderr_fd < -1)
		return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, EINVAL, "stderr_fd: %d",
				     o->stderr_fd);
	if ((int)o->channel < AIRLOCK_NONE || o->channel > AIRLOCK_UNIX_SEQPACKET)
		return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, EINVAL, "channel: %d",
				     (int)o->channel);
	if (!o->path)
		return wrong(error, name, "path: NULL");
	if (!o->argv || !o->argv[0])
		return wrong(error, name, o->argv ? "argv: empty" : "argv: NULL");
	if (o->flags & ~ALL_FLAGS)
		return airlock__fail(error, name, AIRLOCK_STEP_OPTIONS, EINVAL, "flags: %#x",
				     o->flags);
	r = check_fds(o, error);
	return r < 0 ? r : check_seal(o, error);
}

/* The program: where it may be */

static const char *directories_for(const struct airlock_options *o)
{
	const char *dirs = "";

	if (o->flags & AIRLOCK_SEARCH_PATH && !strchr(o->path, '/') && *o->path) {
		dirs = getenv("PATH");
		if (!dirs)
			dirs = "/bin:/usr/bin";
	}
	return dirs;
}

/*
 * One string after the other to `to`, if that is not NULL; returns the bytes they take, at most
 * `room`: another thread may change the environment between two calls. As execvp(3): an empty
 * element is the current directory. Strings only, no look at the disk.
 */
static size_t list_candidates(const char *path, const char *dirs, char *to, size_t room,
			      size_t *ret_count)
{
	size_t bytes = 0, length = strlen(path) + 1;

	*ret_count = 0;
	for (;;) {
		size_t dir = strcspn(dirs, ":");

		if (dir + (dir > 0) + length > room - bytes)
			return bytes;
		if (to) {
			if (dir) {
				memcpy(to + bytes, dirs, dir);
				to[bytes + dir] = '/';
			}
			memcpy(to + bytes + dir + (dir > 0), path, length);
		}
		bytes += dir + (dir > 0) + length;
		++*ret_count;
		if (!dirs[dir])
			return bytes;
		dirs += dir + 1;
	}
}

/* the longest of `n` strings that stand end to end, with its NUL */
static size_t longest(const char *strings, size_t n)
{
	size_t max = 0;

	while (n--) {
		size_t length = strlen(strings) + 1;

		if (length > max)
			max = length;
		strings += length;
	}
	return max;
}

static size_t count(char *const *p)
{
	size_t n = 0;

	while (p[n])
		n++;
	return n;
}

/* `n` pointers and a NULL, whatever stands behind them by now. */
static void copy_pointers(char *to, char *const *from, size_t n)
{
	char *null = NULL;

	memcpy(to, from, n * sizeof *from);
	memcpy(to + n * sizeof *from, &null, sizeof null);
}

/* Memory */

void airlock__plan_close_vault(struct airlock__memory *m)
{
	if (m->vault)
		munmap(m->vault, m->vault_size);
	m->vault = NULL;
}

struct arena {
	char *at;
	size_t size, used;
};

/* With `at` NULL it only counts. */
static void *carve(struct arena *a, size_t bytes)
{
	void *p = a->at ? a->at + a->used : NULL;

	a->used += (bytes + 15) & ~(size_t)15;
	return p;
}

static void lay_out(const struct airlock_options *o, size_t candidate_bytes, struct arena *a,
		    struct airlock__memory *m, char **ret_candidates, char **ret_path,
		    struct sock_filter **ret_filter)
{
	size_t moves = o->nfds + OWN_MOVES;
	bool one_exec = o->seal && o->seal->parts & AIRLOCK__SEAL_ONE_EXEC;

	m->plan = carve(a, sizeof *m->plan);
	m->moves = carve(a, moves * sizeof *m->moves);
	m->ops = carve(a, AIRLOCK__MAX_OPS(moves) * sizeof *m->ops);
	m->keep = carve(a, moves * sizeof *m->keep);
	*ret_candidates = carve(a, candidate_bytes);
	/* no candidate is longer than all of them together */
	*ret_path = carve(a, one_exec ? 0 : candidate_bytes);
	*ret_filter = carve(a, one_exec ? o->seal->nfilter * sizeof **ret_filter : 0);
}

/*
 * One mapping is kept from spawn to spawn: to make it and to touch its pages costs as much as the
 * rest of the parent's work. The addresses of a vault are wiped from it; tokens are used up.
 */
static void *_Atomic spare;

static size_t spare_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE) + STACK_BYTES + SPARE_PLAN_BYTES;
}

static int map_memory(size_t plan_bytes, bool shared, struct airlock__memory *m)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	m->size = spare_size();
	m->keep_mapping = !shared && plan_bytes <= SPARE_PLAN_BYTES;
	if (m->keep_mapping) {
		m->base = atomic_exchange(&spare, NULL);
		if (m->base) {
			m->stack_top =
				(char *)m->base + m->size - ((plan_bytes + 15) & ~(size_t)15);
			memset(m->stack_top, 0, plan_bytes);
			return 0;
		}
	}
	if (plan_bytes > SPARE_PLAN_BYTES)
		m->size = page + ((STACK_BYTES + plan_bytes + page - 1) & ~(page - 1));
	m->base = mmap(NULL, m->size, PROT_READ | PROT_WRITE,
		       (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
	if (m->base == MAP_FAILED) {
		m->base = NULL;
		return -errno;
	}
	if (mprotect(m->base, page, PROT_NONE) < 0) {
		m->keep_mapping = false; /* without its guard page */
		return -errno;
	}
	m->stack_top = (char *)m->base + m->size - ((plan_bytes + 15) & ~(size_t)15);
	return 0;
}

/*
 * `size` bytes at an address that is drawn. Made of nothing first and opened as a whole later, so
 * that no page is filled before it is used: not by mlockall(2), not by a huge page. Where it can be,
 * kept out of copies that other threads fork; a child with private memory needs its copy.
 */
static int map_vault_at(uintptr_t at, size_t size, bool shared, struct airlock__memory *m)
{
	void *p = mmap((void *)at, size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	m->vault = p;
	m->vault_size = size;
	m->had_vault = true;
	munlock(p, size);
	madvise(p, size, MADV_NOHUGEPAGE);
	/* before Linux 4.17 the address is a hint only */
	if (p == (void *)at && (shared || madvise(p, size, MADV_DONTFORK) == 0) &&
	    mprotect(p, size, PROT_READ | PROT_WRITE) == 0)
		return 0;
	airlock__plan_close_vault(m);
	return -ENOMEM;
}

/*
 * The three pointers that the filter lets through must be hard to guess, and stand at no constant
 * distance from anything that the helper can see: so the mapping's address is drawn, too.
 */
static int map_vault(size_t need, bool shared, int64_t deadline, struct airlock__memory *m)
{
	static const size_t sizes[] = { (size_t)1 << 32, (size_t)1 << 28, (size_t)1 << 24,
					(size_t)1 << 20 };
	/* the stack stands near the top of what a process may use */
	int bits = LOW_BITS ? LOW_BITS : 63 - __builtin_clzl((unsigned long)&need) + 1;
	int r = -ENOMEM;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes && sizes[i] / 8 >= need; i++) {
		/* taken: draw again; no memory, again and again: less */
		for (int try = 0; try < 16 && (r != -ENOMEM || try < 4); try++) {
			uintptr_t at;

			if ((r = airlock__random(&at, sizeof at, deadline)) < 0)
				return r;
			at &= (((uintptr_t)1 << bits) - 1) & ~(uintptr_t)0xffff;
			/* root may map the page that a NULL points to */
			r = -EEXIST;
			if (!at)
				continue;
			if ((r = map_vault_at(at, sizes[i], shared, m)) == 0)
				return 0;
		}
	}
	return r;
}

static bool overlap(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

static int draw_place(const struct airlock__memory *m, size_t bytes, int64_t deadline, char **ret)
{
	uint64_t offset;
	int r = airlock__random(&offset, sizeof offset, deadline);

	if (r < 0)
		return r;
	*ret = (char *)m->vault + (offset % (m->vault_size - bytes) & ~(uint64_t)7);
	return 0;
}

static void patch(struct sock_filter *code, const uint16_t at[6], const void *path,
		  const void *argv, const void *envp)
{
	const void *pointers[3] = { path, argv, envp };

	for (int i = 0; i < 3; i++) {
		code[at[2 * i]].k = (uint32_t)(uintptr_t)pointers[i];
		code[at[2 * i + 1]].k = (uint32_t)((uint64_t)(uintptr_t)pointers[i] >> 32);
	}
}

static int hide_one_exec(const struct airlock_seal *s, struct sock_filter *code, bool shared,
			 int64_t deadline, struct airlock__memory *m)
{
	struct airlock__plan *p = m->plan;
	size_t nargv = count(p->argv), nenvp = count(p->envp);
	size_t bytes[3] = {
		longest(p->candidates, p->ncandidates),
		(nargv + 1) * sizeof *p->argv,
		(nenvp + 1) * sizeof *p->envp,
	};
	char *at[3];
	int r = map_vault(bytes[0] + bytes[1] + bytes[2], shared, deadline, m);

	if (r < 0)
		return r;
	for (int i = 0; i < 3; i++) {
		bool clash;

		do {
			if ((r = draw_place(m, bytes[i], deadline, &at[i])) < 0)
				return r;
			clash = false;
			for (int j = 0; j < i; j++)
				clash |= overlap(at[i], bytes[i], at[j], bytes[j]);
		} while (clash);
	}
	copy_pointers(at[1], p->argv, nargv);
	copy_pointers(at[2], p->envp, nenvp);
	p->path = at[0];
	p->argv = (char *const *)at[1];
	p->envp = (char *const *)at[2];
	memcpy(code, s->filter, s->nfilter * sizeof *code);
	patch(code, s->one_exec, p->path, p->argv, p->envp);
	p->filter = code;
	return 0;
}

static void fill_in(const struct airlock_options *o, struct airlock__plan *p)
{
	static char *const empty[] = { NULL };
	const struct airlock_seal *s = o->seal;
	struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY }, files = { 0, 0 };

	p->seal = s;
	p->exposed = airlock__guard_needed(s);
	p->landlock_fd = -1;
	p->new_session = o->flags & AIRLOCK_NEW_SESSION;
	p->die_with_parent = o->flags & AIRLOCK_DIE_WITH_PARENT;
	p->directory = o->cwd ? o->cwd : s ? s->directory : NULL;
	p->argv = o->argv;
	p->envp = o->envp ? o->envp : s && s->envp ? s->envp : environ ? environ : empty;
	p->filter = s ? s->filter : NULL;
	getrlimit(RLIMIT_CORE, &core);
	p->core = (struct airlock__limit){ core.rlim_cur, core.rlim_max };
	if (s && s->limits & 1u << RLIMIT_CORE)
		p->core = s->limit[RLIMIT_CORE];
	getrlimit(RLIMIT_NOFILE, &files);
	p->upto = files.rlim_max > NR_OPEN_DEFAULT ? (unsigned)files.rlim_max : NR_OPEN_DEFAULT;
}

int airlock__plan_make(const struct airlock_options *o, bool shared, int64_t deadline,
		       struct airlock__memory *ret, struct airlock_error *error)
{
	const char *dirs = directories_for(o);
	bool one_exec = o->seal && o->seal->parts & AIRLOCK__SEAL_ONE_EXEC;
	struct airlock__memory m = { 0 };
	struct arena a = { 0 };
	struct sock_filter *filter;
	char *candidates, *path;
	size_t n, candidate_bytes = list_candidates(o->path, dirs, NULL, SIZE_MAX, &n);
	int r;

	lay_out(o, candidate_bytes, &a, &m, &candidates, &path, &filter);
	r = map_memory(a.used, shared, &m);
	if (r == 0) {
		a = (struct arena){ m.stack_top, a.used, 0 };
		lay_out(o, candidate_bytes, &a, &m, &candidates, &path, &filter);
		list_candidates(o->path, dirs, candidates, candidate_bytes, &n);
		m.plan->candidates = candidates;
		m.plan->ncandidates = n;
		m.plan->path = path;
		fill_in(o, m.plan);
		if (one_exec)
			r = hide_one_exec(o->seal, filter, shared, deadline, &m);
	}
	if (r < 0) {
		airlock__plan_free(&m);
		return airlock__fail(error, airlock__name_of(o), AIRLOCK_STEP_MEMORY, -r, "%s", "");
	}
	*ret = m;
	return 0;
}

void airlock__plan_free(struct airlock__memory *m)
{
	void *base = m->base;

	/* the stack, where the child may have spilled them, the plan and the patched program */
	if (base && m->keep_mapping && m->had_vault) {
		size_t page = (size_t)sysconf(_SC_PAGESIZE);

		memset((char *)base + page, 0, m->size - page);
	}
	if (base && m->keep_mapping)
		base = atomic_exchange(&spare, base);
	airlock__plan_close_vault(m);
	if (base)
		munmap(base, m->size);
	*m = (struct airlock__memory){ 0 };
}

void airlock__plan_keep_spare(void)
{
	struct airlock__memory m = { 0 };

	if (!atomic_load(&spare)) {
		(void)map_memory(0, false, &m); /* a spawn tries again, and says so */
		airlock__plan_free(&m);
	}
}

void airlock__plan_drop_spare(void)
{
	void *base = atomic_exchange(&spare, NULL);

	if (base)
		munmap(base, spare_size());
}

/* Descriptors */

static bool is_target(const struct airlock__move *moves, size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (moves[i].to == fd)
			return true;
	return false;
}

/* Where the child keeps what is not for the helper: where it stands, unless that is wanted. */
static int own_place(const struct airlock__move *moves, size_t n, int fd)
{
	if (!is_target(moves, n, fd))
		return fd;
	for (fd = STDERR_FILENO + 1; is_target(moves, n, fd);)
		fd++;
	return fd;
}

static unsigned highest_source(const struct airlock__move *moves, size_t n)
{
	unsigned highest = 0;

	for (size_t i = 0; i < n; i++)
		if ((unsigned)moves[i].from > highest)
			highest = (unsigned)moves[i].from;
	return highest;
}

/* Put each source below the bound, one slot a descriptor. */
static int place_low(struct airlock__move *moves, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int was = moves[i].from, r;

		if ((unsigned)was < airlock__reserve_bound())
			continue;
		r = airlock__reserve_place(&moves[i].from);
		if (r < 0)
			return r;
		for (size_t j = i + 1; j < n; j++)
			if (moves[j].from == was)
				moves[j].from = moves[i].from;
	}
	return 0;
}

static void add(struct airlock__move *moves, size_t *n, int from, int to, bool cloexec)
{
	moves[*n].from = from;
	moves[*n].to = to;
	moves[*n].cloexec = cloexec;
	++*n;
}

bool airlock__maps(const struct airlock_options *o, int to)
{
	for (size_t i = 0; i < o->nfds; i++)
		if (o->fds[i].to == to)
			return true;
	return false;
}

int airlock__plan_descriptors(const struct airlock_options *o, const struct airlock__sources *from,
			      bool low, struct airlock__memory *m)
{
	struct airlock__plan *p = m->plan;
	struct airlock__move *moves = m->moves;
	size_t n = 0, helpers;
	unsigned highest;
	int r, own[2] = { from->signal_fd, -1 };

	if (p->seal && p->seal->parts & AIRLOCK__SEAL_LANDLOCK)
		own[1] = p->seal->landlock_fd;
	if (!airlock__maps(o, STDIN_FILENO))
		add(moves, &n, from->helper_rfd, STDIN_FILENO, false);
	if (!airlock__maps(o, STDOUT_FILENO))
		add(moves, &n, from->helper_wfd, STDOUT_FILENO, false);
	add(moves, &n, from->stderr_fd, STDERR_FILENO, false);
	for (size_t i = 0; i < o->nfds; i++)
		add(moves, &n, o->fds[i].from, o->fds[i].to, false);
	helpers = n;
	for (int i = 0; i < 2; i++)
		if (own[i] >= 0)
			add(moves, &n, own[i], -1, true);
	highest = highest_source(moves, n);
	if (low && (r = place_low(moves, n)) < 0)
		return r;
	/* no higher than it must be: each descriptor below it is copied, and closed again */
	p->bound = low ? highest_source(moves, n) + 1 : 0;
	for (size_t i = helpers; i < n; i++) {
		moves[i].to = own_place(moves, i, moves[i].from);
		if (own[1] >= 0 && i == n - 1)
			p->landlock_fd = moves[i].to;
	}
	if (p->upto <= highest)
		p->upto = highest + 1;

	r = airlock__fdmap(moves, n, m->ops);
	if (r < 0)
		return r;
	p->ops = m->ops;
	p->nops = (size_t)r;
	/* airlock__fdmap() has sorted them by target */
	for (size_t i = 0; i < n; i++)
		m->keep[i] = moves[i].to;
	p->keep = m->keep;
	p->nkeep = n;
	return 0;
}
