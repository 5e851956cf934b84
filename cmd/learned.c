/* SPDX-License-Identifier: ISC */
/*
 * learned.c: see learned.h. This part keeps what was seen, and says whether a profile allows it.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "reading.h"

/*
 * Which arguments the restrictions of a profile look at, and the rules that learned_calls.c writes.
 * What the rules of a profile that is added to look at comes to that.
 */
static const struct {
	const char *name;
	uint8_t args;
} looked_at[] = {
	{ "chmod", 1 << 1 },	     { "clone", 1 << 0 },
	{ "creat", 1 << 1 },	     { "fchmod", 1 << 1 },
	{ "fchmodat", 1 << 2 },	     { "fchmodat2", 1 << 2 },
	{ "fcntl", 1 << 1 },	     { "ioctl", 1 << 1 },
	{ "mkdir", 1 << 1 },	     { "mkdirat", 1 << 2 },
	{ "mknod", 1 << 1 },	     { "mknodat", 1 << 2 },
	{ "mmap", 1 << 2 },	     { "mprotect", 1 << 2 },
	{ "mq_open", 3 << 1 },	     { "open", 3 << 1 },
	{ "openat", 3 << 2 },	     { "personality", 1 << 0 },
	{ "pkey_mprotect", 1 << 2 }, { "prctl", 1 << 0 },
	{ "prlimit64", 5 << 0 },     { "sched_setscheduler", 1 << 1 },
	{ "sendmmsg", 1 << 3 },	     { "sendmsg", 1 << 2 },
	{ "sendto", 1 << 3 },	     { "setns", 1 << 1 },
	{ "setsockopt", 3 << 1 },    { "shmat", 1 << 2 },
	{ "socket", 7 << 0 },	     { "unshare", 1 << 0 },
};

static int call_of(const char *name)
{
	return airlock__call_by_name(name, strlen(name));
}

struct learned *learned_new(const struct airlock_profile *base)
{
	struct learned *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->base = base;
	l->highest_fd = -1;
	for (size_t i = 0; i < sizeof looked_at / sizeof *looked_at; i++) {
		int call = call_of(looked_at[i].name);

		if (call >= 0)
			l->calls[call].kept = looked_at[i].args;
	}
	for (size_t i = 0; base && i < base->nrules; i++)
		for (size_t j = 0; j < base->rules[i].natoms; j++)
			l->calls[base->rules[i].call].kept |=
				(uint8_t)(1u << base->rules[i].atoms[j].arg);
	return l;
}

void learned_free(struct learned *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < AIRLOCK__MAX_CALLS; i++)
		free(l->calls[i].tuples);
	for (size_t i = 0; i < l->nwants; i++)
		free(l->wants[i].path);
	free(l->wants);
	free(l->index.slots);
	free(l);
}

/* Where the tuple is, or would have to be */
static size_t place_of(const struct learned_call *c, const struct learned_tuple *t,
		       bool *ret_is_there)
{
	size_t low = 0, high = c->n;

	*ret_is_there = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		size_t i = 0;

		while (i < 6 && c->tuples[mid].args[i] == t->args[i])
			i++;
		if (i == 6) {
			*ret_is_there = true;
			return mid;
		}
		if (c->tuples[mid].args[i] < t->args[i])
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int keep_tuple(struct learned *l, size_t call, const uint64_t args[6])
{
	struct learned_call *c = &l->calls[call];
	struct learned_tuple t = { { 0 } }, *more;
	bool is_there;
	size_t at;

	for (unsigned i = 0; i < 6; i++) {
		if (c->kept & 1u << i)
			t.args[i] =
				airlock__calls[call].narrow & 1u << i ? (uint32_t)args[i] : args[i];
	}
	at = place_of(c, &t, &is_there);
	if (is_there)
		return 0;
	if (c->n == LEARNED_MAX_TUPLES) {
		c->any = true;
		return 0;
	}
	more = airlock__grow(c->tuples, c->n, sizeof *more);
	if (!more)
		return -ENOMEM;
	c->tuples = more;
	memmove(more + at + 1, more + at, (c->n - at) * sizeof *more);
	more[at] = t;
	l->distinct += c->n++ == 0;
	return 0;
}

/* Descriptors are given out from the lowest on, but for these. */
static void look_at_descriptor(struct learned *l, const char *name, const struct seccomp_data *data)
{
	int fd = -1;

	if (!strcmp(name, "dup2") || !strcmp(name, "dup3"))
		fd = (int)data->args[1];
	if (!strcmp(name, "fcntl") &&
	    ((uint32_t)data->args[1] == F_DUPFD || (uint32_t)data->args[1] == F_DUPFD_CLOEXEC))
		fd = (int)data->args[2];
	if (fd > l->highest_fd)
		l->highest_fd = fd;
}

int learned_call(struct learned *l, const struct seccomp_data *data)
{
	int call = data->arch == airlock__audit_arch ? airlock__call_by_nr((uint32_t)data->nr) : -1;
	uint64_t args[6];

	l->questions++;
	if (call < 0) {
		if (!l->unknown++)
			l->example = data->nr;
		return 0;
	}
	memcpy(args, data->args, sizeof args);
	look_at_descriptor(l, airlock__calls[call].name, data);
	return keep_tuple(l, (size_t)call, args);
}

int learned_clone3(struct learned *l, int64_t flags, int exit_signal)
{
	enum { CLEAR_SIGHAND = 1 }; /* of the upper half */
	int call = call_of("clone");
	uint64_t args[6] = { 0 };

	/*
	 * a C library that is told that there is no clone3 does without the first of the new flags
	 */
	if (call < 0 || flags < 0 || flags >> 32 & ~CLEAR_SIGHAND || exit_signal & ~0xff) {
		l->clone3_itself = true;
		return 0;
	}
	args[0] = (uint32_t)flags | (uint32_t)exit_signal;
	return keep_tuple(l, (size_t)call, args);
}

bool learned_has(const struct learned *l, const char *name)
{
	int call = call_of(name);

	return call >= 0 && l->calls[call].n;
}

/* Wants */

static bool is_path(enum want_kind kind)
{
	return kind == WANT_READ || kind == WANT_WRITE || kind == WANT_EXEC;
}

/* NULL: there is none */
static struct learned_want *want_of(const struct learned *l, enum want_kind kind, bool is_folder,
				    const char *path, size_t len)
{
	size_t item;

	for (size_t at = 0; path_index_next(&l->index, path, len, &at, &item);)
		if (l->wants[item].kind == kind && l->wants[item].is_folder == is_folder)
			return &l->wants[item];
	return NULL;
}

static bool something_was_made_beside(const struct learned *l, const char *path)
{
	size_t n = (size_t)(strrchr(path, '/') - path);

	/* of the root's own files the folder is "/" */
	return want_of(l, WANT_WRITE, true, path, n ? n : 1);
}

static bool is_known(struct learned *l, const struct want *want)
{
	struct learned_want *old;
	uint8_t *port, bit = (uint8_t)(1u << want->port % 8);

	if (!is_path(want->kind)) {
		port = &l->ports[want->kind == WANT_CONNECT][want->port / 8];
		if (*port & bit)
			return true;
		*port |= bit;
		return false;
	}
	old = want_of(l, want->kind, want->is_folder, want->path, strlen(want->path));
	if (old) {
		old->is_listed &= want->is_listed;
		old->is_own |= want->is_own;
	}
	return old;
}

int learned_want(struct learned *l, const struct want *want)
{
	struct learned_want *more, w = { .kind = want->kind,
					 .is_folder = want->is_folder,
					 .is_listed = want->is_listed,
					 .is_own = want->is_own,
					 .port = want->port };

	/* what is in no file system is no matter of Landlock's */
	if (is_path(want->kind) && (!want->path || *want->path != '/'))
		return 0;
	if (is_known(l, want))
		return 0;
	more = airlock__grow(l->wants, l->nwants, sizeof *more);
	if (!more)
		return -ENOMEM;
	l->wants = more;
	if (is_path(want->kind)) {
		w.made = !want->is_folder && something_was_made_beside(l, want->path);
		w.path = strdup(want->path);
		if (!w.path || path_index_put(&l->index, w.path, l->nwants) < 0) {
			free(w.path);
			return -ENOMEM;
		}
		l->nfiles++;
	}
	more[l->nwants++] = w;
	return 0;
}

/* Names */

/* How many bytes of a control character it begins with: one of ASCII's, or one of C1 in UTF-8 */
static size_t control(const char *c)
{
	if ((unsigned char)*c < 0x20 || *c == 0x7f)
		return *c != 0;
	return c[0] == '\xc2' && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xa0 ? 2 : 0;
}

void learned_write_text(const char *text, size_t len, FILE *f)
{
	for (const char *c = text, *end = text + len; c < end; c++) {
		size_t n = control(c);

		fputc(n ? '?' : *c, f);
		c += n ? n - 1 : 0;
	}
}

bool learned_unnameable(const struct learned_want *w)
{
	const char *c = w->path;

	/*
	 * each process has a folder of its own there, and a rule is about one that is there now
	 */
	if (!strncmp(c, "/proc/", 6) && c[6] >= '1' && c[6] <= '9')
		return w->kind != WANT_READ || !w->is_own;
	while (*c && !control(c))
		c++;
	return *c;
}

/* Does a profile allow it? */

bool learned_passes(const struct learned *l, const struct learned_about *a,
		    const struct airlock_profile *p, size_t call, const struct learned_tuple *t)
{
	struct seccomp_data data = { .nr = airlock__calls[call].nr, .arch = airlock__audit_arch };
	const char *name = airlock__calls[call].name;
	uint32_t answer;

	memcpy(data.args, t->args, sizeof data.args);
	answer = airlock__reading(p, NULL, a->personality, &data);
	if (answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG)
		return true;
	/* C libraries take clone then, which is asked for by itself */
	if (!strcmp(name, "clone3"))
		return !l->clone3_itself && answer == (SECCOMP_RET_ERRNO | ENOSYS);
	/* what no kernel knows either */
	return !strcmp(name, "socket") && answer == (SECCOMP_RET_ERRNO | EAFNOSUPPORT) &&
	       !airlock__value_name(AIRLOCK__FAMILIES, (uint32_t)t->args[0]);
}

static bool call_passes(const struct learned *l, const struct learned_about *a,
			const struct airlock_profile *p, size_t call)
{
	static const struct learned_tuple all_bits = { { ~0ull, ~0ull, ~0ull, ~0ull, ~0ull,
							 ~0ull } };
	const struct learned_call *c = &l->calls[call];

	for (size_t i = 0; i < c->n; i++)
		if (!learned_passes(l, a, p, call, &c->tuples[i]))
			return false;
	return !c->any || learned_passes(l, a, p, call, &all_bits);
}

const char *learned_refused(const struct learned *l, const struct learned_about *a,
			    const struct airlock_profile *p)
{
	for (size_t i = 0; i < airlock__ncalls; i++)
		if (!call_passes(l, a, p, i))
			return airlock__calls[i].name;
	return NULL;
}

static bool has_port(const uint16_t *ports, size_t n, uint16_t port)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static bool want_passes(const struct learned_want *w, const struct airlock_profile *p,
			const struct reach *reach)
{
	if (w->kind == WANT_BIND)
		return !p->has_bind || has_port(p->bind, p->nbind, w->port);
	if (w->kind == WANT_CONNECT)
		return !p->has_connect || has_port(p->connect, p->nconnect, w->port);
	if (!p->has_access[AIRLOCK__READ] && !p->has_access[AIRLOCK__WRITE] &&
	    !p->has_access[AIRLOCK__EXEC])
		return true;
	return reach_covers(reach, w->kind, w->is_folder, w->path);
}

static void say_want(const struct learned_want *w, char *to, size_t size)
{
	static const char *const words[] = {
		[WANT_READ] = "reading",	  [WANT_WRITE] = "writing",
		[WANT_EXEC] = "executing",	  [WANT_BIND] = "binding",
		[WANT_CONNECT] = "connecting to",
	};

	if (is_path(w->kind))
		snprintf(to, size, "%s %.300s", w->is_listed ? "listing" : words[w->kind], w->path);
	else
		snprintf(to, size, "%s TCP port %u", words[w->kind], w->port);
}

/* Not one by one where there are many: the profile's comments have them. */
static int tell_wants(const struct learned *l, const struct airlock_profile *p,
		      const struct reach *reach, void (*tell)(const char *what))
{
	const struct learned_want *last = NULL;
	size_t n = 0;
	char what[512];

	for (size_t i = 0; i < l->nwants; i++) {
		const struct learned_want *w = &l->wants[i];

		if (want_passes(w, p, reach))
			continue;
		if (++n < LEARNED_MAX_VALUES) {
			say_want(w, what, sizeof what);
			tell(what);
		}
		last = w;
	}
	if (n < LEARNED_MAX_VALUES)
		return (int)n;
	say_want(last, what, sizeof what);
	if (n > LEARNED_MAX_VALUES)
		snprintf(what + strlen(what), sizeof what - strlen(what), ", and %zu more",
			 n - LEARNED_MAX_VALUES);
	tell(what);
	return LEARNED_MAX_VALUES;
}

int learned_check(const struct learned *l, const struct learned_about *a,
		  const struct airlock_profile *p, const struct reach *reach,
		  void (*tell)(const char *what))
{
	char what[512];
	int told = 0;

	for (size_t i = 0; i < airlock__ncalls; i++)
		if (!call_passes(l, a, p, i)) {
			snprintf(what, sizeof what, "the system call %s", airlock__calls[i].name);
			tell(what);
			told++;
		}
	if (l->unknown) {
		snprintf(what, sizeof what,
			 "system calls of another architecture, or unknown (number %d)",
			 l->example);
		tell(what);
		told++;
	}
	if (p->exec_once && (learned_has(l, "execve") || learned_has(l, "execveat"))) {
		tell("to execute another program");
		told++;
	}
	return told + tell_wants(l, p, reach, tell);
}
