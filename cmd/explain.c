/* SPDX-License-Identifier: ISC */
/*
 * explain.c: see explain.h. What the profile's program would refuse is told of and answered so; what Landlock
 * will refuse is told of and let through to it.
 */
#define _GNU_SOURCE
#include "explain.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "names.h"
#include "paths.h"
#include "place.h"
#include "profile.h"
#include "remedy.h"
#include "signatures.h"
#include "tracee.h"

/* MAX_FACTS: a helper that asks for new files for ever shall not fill our memory. */
enum {
	CALL = 512,
	LINES = 1024,
	MAX_FACTS = 1000,
	BURST = 64,
	MAX_DEPTH = 2048,
	MAX_PATH_SHOWN = 200
};

/* What was told of once */
struct fact {
	char *what; /* "socket, refused (killed by SIGSYS): SystemCallFilter=socket" */
	unsigned long long more;
};

/* A file or folder with a rule */
struct beneath {
	enum airlock__access access;
	dev_t dev;
	ino_t ino;
};

struct told {
	struct fact *facts;
	unsigned long long untold;
	struct beneath *rules;
	size_t nrules;
	struct airlock__place place;
	bool files, truncation, ports; /* Landlock keeps them */
};

/* What Landlock keeps */

static int collect(void *arg, int fd, mode_t mode, enum airlock__access access)
{
	struct told *t = arg;
	struct beneath *more = reallocarray(t->rules, t->nrules + 1, sizeof *more);
	struct stat st;

	(void)mode;
	if (!more)
		return -ENOMEM;
	t->rules = more;
	if (fstat(fd, &st) == 0)
		more[t->nrules++] = (struct beneath){ access, st.st_dev, st.st_ino };
	return 0;
}

static int landlock_abi(void)
{
	enum { NR_CREATE_RULESET = 444, CREATE_VERSION = 1 };

	return (int)syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);
}

/* The stage has made the same of the same profile a moment ago: what fails now is not explained. */
static int begin(struct explainer *x)
{
	const struct airlock_profile *p = x->profile;
	char text[AIRLOCK__PATHS_TEXT];
	int abi = landlock_abi();
	struct told *t = calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	x->told = t;
	x->ntold = 0;
	t->place.root = -1;
	t->ports = abi >= 4;
	t->truncation = abi >= 3;
	if (abi >= 1 && (p->has_access[AIRLOCK__READ] || p->has_access[AIRLOCK__WRITE] ||
			 p->has_access[AIRLOCK__EXEC]))
		t->files = airlock__place_open(p, &t->place) == 0 &&
			   airlock__paths_each(p, collect, t, text) == 0;
	return 0;
}

static bool has_rule(const struct told *t, const struct stat *st, enum want_kind kind, bool is_file)
{
	for (size_t i = 0; i < t->nrules; i++) {
		enum airlock__access a = t->rules[i].access;

		if (t->rules[i].dev != st->st_dev || t->rules[i].ino != st->st_ino)
			continue;
		/* what may be executed may be read, but a folder not listed */
		if (kind == WANT_READ ? a == AIRLOCK__READ || (a == AIRLOCK__EXEC && is_file)
				      : a == (kind == WANT_WRITE ? AIRLOCK__WRITE : AIRLOCK__EXEC))
			return true;
	}
	return false;
}

/* A descriptor of the folder in which the file or folder lies. `fd` is spent. */
static int go_up(const struct told *t, int fd, const char *path, const struct stat *st)
{
	char *folder;
	int up;

	if (S_ISDIR(st->st_mode)) {
		up = openat(fd, "..", O_PATH | O_CLOEXEC);
		up = up < 0 ? -errno : up;
	} else {
		folder = airlock__folder_of(path);
		up = folder ? airlock__place_get(&t->place, folder) : -ENOMEM;
		free(folder);
	}
	close(fd);
	return up;
}

/* Is there a rule for it, or for a folder that it lies beneath? What cannot be seen is not accused. */
static bool is_granted(const struct told *t, const struct want *w)
{
	int fd = airlock__place_get(&t->place, w->path);
	struct stat st, below = { 0 };
	bool is_file = !w->is_folder;

	for (int depth = 0; fd >= 0 && depth < MAX_DEPTH; depth++) {
		if (fstat(fd, &st) < 0 || has_rule(t, &st, w->kind, is_file)) {
			close(fd);
			return true;
		}
		/* the root folder is its own */
		if (depth && st.st_dev == below.st_dev && st.st_ino == below.st_ino) {
			close(fd);
			return false;
		}
		below = st;
		fd = go_up(t, fd, w->path, &st);
	}
	if (fd >= 0)
		close(fd);
	return true;
}

static bool has_port(const uint16_t *ports, size_t n, uint16_t port)
{
	while (n > 0 && ports[n - 1] != port)
		n--;
	return n > 0;
}

static bool is_refused(const struct explainer *x, const struct want *w)
{
	const struct airlock_profile *p = x->profile;
	const struct told *t = x->told;

	if (w->kind == WANT_BIND)
		return t->ports && p->has_bind && !has_port(p->bind, p->nbind, w->port);
	if (w->kind == WANT_CONNECT)
		return t->ports && p->has_connect && !has_port(p->connect, p->nconnect, w->port);
	return t->files && !is_granted(t, w);
}

/* Telling */

/* A path as a profile's line has it: in quotes where it would not be one word */
static void path_word(const char *path, char *to, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/._-+,:@%=~^#";
	size_t used = 0;

	if (!path[strspn(path, plain)]) {
		snprintf(to, size, "%s", path);
		return;
	}
	used = (size_t)snprintf(to, size, "\"");
	for (; *path && used + 6 < size; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '"' || c == '\\')
			used += (size_t)snprintf(to + used, size - used, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			used += (size_t)snprintf(to + used, size - used, "\\x%02x", c);
		else
			used += (size_t)snprintf(to + used, size - used, "%c", c);
	}
	snprintf(to + used, size - used, "\"");
}

static const char *want_key(enum want_kind kind)
{
	static const char *const keys[] = {
		[WANT_READ] = "ReadPath", [WANT_WRITE] = "WritePath",	 [WANT_EXEC] = "ExecPath",
		[WANT_BIND] = "BindTCP",  [WANT_CONNECT] = "ConnectTCP",
	};

	return keys[kind];
}

static void want_line(const struct want *w, char *to, size_t size)
{
	static const char proc[] = "/proc/";
	int n = snprintf(to, size, "%s=", want_key(w->kind));

	if (w->kind == WANT_BIND || w->kind == WANT_CONNECT)
		snprintf(to + n, size - (size_t)n, "%u", w->port);
	/* the next run is another process */
	else if (!strncmp(w->path, proc, sizeof proc - 1) && isdigit(w->path[sizeof proc - 1]))
		snprintf(to + n, size - (size_t)n, "/proc");
	else if (strlen(w->path) > MAX_PATH_SHOWN)
		snprintf(to + n, size - (size_t)n, " and the path, which is too long to show");
	else
		path_word(w->path, to + n, size - (size_t)n);
}

/* Once: false: it was told of before, or too much was, and is counted. `key` is copied. */
static bool is_new(struct explainer *x, const char *key)
{
	struct told *t = x->told;
	struct fact *more;

	for (size_t i = 0; i < x->ntold; i++)
		if (!strcmp(t->facts[i].what, key)) {
			t->facts[i].more++;
			return false;
		}
	more = x->ntold < MAX_FACTS ? reallocarray(t->facts, x->ntold + 1, sizeof *more) : NULL;
	if (more)
		t->facts = more;
	if (more)
		more[x->ntold] = (struct fact){ strdup(key), 0 };
	if (!more || !more[x->ntold].what) {
		t->untold++;
		return false;
	}
	x->ntold++;
	return true;
}

static void process_name(pid_t pid, char name[64])
{
	ssize_t n = tracee_proc(pid, "comm", name, 64);

	while (n > 0 && name[n - 1] == '\n')
		n--;
	snprintf(name + (n > 0 ? n : 0), 64 - (size_t)(n > 0 ? n : 0), "%s", n > 0 ? "" : "?");
	/* it is the helper's to choose */
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || (unsigned char)*name >= 0x7f)
			*name = '?';
}

/* What is asked about may be gone, and its number another's: then nothing that was read of it holds. */
static void tell(struct explainer *x, const struct question *q, const char *how, const char *lines)
{
	int call = q->data.arch == airlock__audit_arch ? airlock__call_by_nr((uint32_t)q->data.nr)
						       : -1;
	char text[CALL], name[64], key[LINES + 256], number[32];

	snprintf(number, sizeof number, "syscall_%u", (unsigned)q->data.nr);
	tracee_call(q, text, sizeof text);
	process_name(q->pid, name);
	if (!listener_asks_still(&x->listener, q))
		return;
	snprintf(key, sizeof key, "%s, %s: %s", call < 0 ? number : airlock__calls[call].name, how,
		 *lines ? lines : "no line allows it");
	if (!is_new(x, key))
		return;
	complain("explain: %s[%d]: %s is %s; %s%s", name, (int)q->pid, text, how,
		 *lines ? "to allow it: " : "no line of a profile allows it", lines);
}

static void tell_refusal(struct explainer *x, const struct question *q, uint32_t answer)
{
	uint32_t error = answer & SECCOMP_RET_DATA;
	const char *name = airlock__value_name(AIRLOCK__ERRNOS, error);
	char how[64], lines[LINES];

	if ((answer & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		snprintf(how, sizeof how, "refused (killed by SIGSYS)");
	else if (!error)
		snprintf(how, sizeof how, "not done, and answered 0");
	else if (name)
		snprintf(how, sizeof how, "refused with %s", name);
	else
		snprintf(how, sizeof how, "refused with errno %u", error);
	explain_line(x->profile, q, lines, sizeof lines);
	tell(x, q, how, lines);
}

/* Of a process that keeps its memory from us */
static void tell_unseen(struct explainer *x, const struct question *q, const char *call)
{
	char name[64], key[64];

	process_name(q->pid, name);
	snprintf(key, sizeof key, "%.32s, which cannot be seen", call);
	if (listener_asks_still(&x->listener, q) && is_new(x, key))
		complain("explain: %s[%d]: which files or ports %s wants cannot be seen, and so "
			 "not "
			 "whether Landlock refuses it",
			 name, (int)q->pid, call);
}

static void tell_wants(struct explainer *x, const struct question *q)
{
	int call = airlock__call_by_nr((uint32_t)q->data.nr);
	const struct file_call *c = call < 0 ? NULL : file_call(airlock__calls[call].name);
	struct want wants[MAX_WANTS];
	char keys[64] = "", lines[LINES] = "", line[LINES], how[128];
	bool judged = c && (c->deed != TRUNCATES || x->told->truncation);
	int n = judged ? tracee_wants(q, wants) : 0;
	size_t nkeys = 0, nlines = 0;
	bool linked = c && !strncmp(c->call, "link", strlen("link"));

	for (int i = 0; i < n; i++) {
		const char *key = want_key(wants[i].kind);

		if (!is_refused(x, &wants[i]))
			continue;
		/* a file may be linked from where nothing is made: but not elsewhere */
		linked = linked && i == 0 && n > 1;
		want_line(&wants[i], line, sizeof line);
		if (!strstr(keys, key))
			nkeys += (size_t)snprintf(keys + nkeys, sizeof keys - nkeys,
						  "%s%s=", nkeys ? " and " : "", key);
		if (nlines < sizeof lines)
			nlines += (size_t)snprintf(lines + nlines, sizeof lines - nlines, "%s%s",
						   nlines ? " and " : "", line);
	}
	if (n > 0)
		tracee_wants_free(wants, n);
	if (n == -EACCES)
		tell_unseen(x, q, c->call);
	if (!nkeys)
		return;
	snprintf(how, sizeof how, "refused with %s by %s", linked ? "EXDEV" : "EACCES", keys);
	tell(x, q, how, lines);
}

/*
 * A call that passes, and that nobody had to ask about: the stage has read another profile than the command, a
 * file that was changed before a restart. Neither is known to be the wanted one: so the narrower.
 */
static bool is_of_another_profile(const struct airlock_profile *p, const struct question *q)
{
	int call = airlock__call_by_nr((uint32_t)q->data.nr);

	return call >= 0 && !listener_asks_anyway(p, airlock__calls[call].name);
}

int explain_next(struct explainer *x)
{
	struct question q;
	int r = x->told ? 0 : begin(x);

	for (int i = 0; r >= 0 && i < BURST; i++) {
		uint32_t answer;

		r = listener_next(&x->listener, &q);
		if (r <= 0)
			return r;
		answer = profile_answer(x->profile, &q);
		if (!answer_passes(answer))
			tell_refusal(x, &q, answer);
		else if (!is_of_another_profile(x->profile, &q))
			tell_wants(x, &q);
		else {
			tell(x, &q, "refused: the profile has changed since airlock read it", "");
			answer = SECCOMP_RET_ERRNO | EPERM;
		}
		listener_answer(&x->listener, &q, answer);
	}
	return r < 0 ? r : 0;
}

void explain_end(struct explainer *x)
{
	struct told *t = x->told;

	if (!t)
		return;
	for (size_t i = 0; i < x->ntold; i++) {
		if (t->facts[i].more)
			complain("explain: %s: %llu time%s more", t->facts[i].what,
				 t->facts[i].more, t->facts[i].more == 1 ? "" : "s");
		free(t->facts[i].what);
	}
	if (t->untold)
		complain("explain: %llu more calls were refused, and are not told of one by one",
			 t->untold);
	if (t->place.root >= 0 || t->place.base)
		airlock__place_close(&t->place);
	free(t->facts);
	free(t->rules);
	free(t);
	x->told = NULL;
	x->ntold = 0;
}
