/* SPDX-License-Identifier: ISC */
/*
 * profile.c: what <airlock/sandbox.h> offers to do with a profile, and what a profile answers.
 */
#define _GNU_SOURCE
#include "profile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "keys.h"
#include "pack.h"
#include "parse.h"
#include "quiet.h"

/* Life */

static void set_defaults(struct airlock_profile *p)
{
	*p = (struct airlock_profile){
		.refusal = SECCOMP_RET_KILL_PROCESS,
		.exec_once = true,
		.umask = -1,
		.limits = UINT32_C(1) << RLIMIT_CORE,
	};
}

/* All but the sources. */
static void wipe(struct airlock_profile *p)
{
	for (size_t i = 0; i < p->nlines; i++)
		free(p->lines[i].value);
	free(p->lines);
	for (size_t i = 0; i < p->nrules; i++)
		free(p->rules[i].atoms);
	free(p->rules);
	for (size_t i = 0; i < p->npaths; i++)
		free(p->paths[i].path);
	free(p->paths);
	free(p->user);
	free(p->group);
	free(p->root);
	free(p->directory);
	free(p->bind);
	free(p->connect);
	free(p->command);
	airlock__strings_wipe(&p->groups);
	airlock__strings_wipe(&p->environment);
	airlock__strings_wipe(&p->pass);
	airlock__strings_wipe(&p->unset);
	airlock__strings_wipe(&p->best_effort);
	airlock__strings_wipe(&p->argv);
}

struct airlock_profile *airlock_profile_new(void)
{
	struct airlock_profile *p = malloc(sizeof *p);

	if (p)
		set_defaults(p);
	return p;
}

struct airlock_profile *airlock_profile_free(struct airlock_profile *p)
{
	if (p) {
		wipe(p);
		airlock__strings_wipe(&p->sources);
		free(p);
	}
	return NULL;
}

static bool copy_text(const char *from, char **to)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

/* An array as airlock__grow() has them */
static void *copy_array(const void *from, size_t n, size_t size)
{
	void *to = reallocarray(NULL, airlock__room(n), size);

	if (to && n)
		memcpy(to, from, n * size);
	return to;
}

static bool copy_lines(const struct airlock_profile *from, struct airlock_profile *to)
{
	to->lines = copy_array(from->lines, from->nlines, sizeof *to->lines);
	for (; to->lines && to->nlines < from->nlines; to->nlines++)
		if (!copy_text(from->lines[to->nlines].value, &to->lines[to->nlines].value))
			return false;
	return to->lines;
}

static bool copy_rules(const struct airlock_profile *from, struct airlock_profile *to)
{
	to->rules = copy_array(from->rules, from->nrules, sizeof *to->rules);
	for (; to->rules && to->nrules < from->nrules; to->nrules++) {
		struct airlock__rule *r = &to->rules[to->nrules];

		r->atoms = copy_array(r->atoms, r->natoms, sizeof *r->atoms);
		if (!r->atoms)
			return false;
	}
	return to->rules;
}

static bool copy_paths(const struct airlock_profile *from, struct airlock_profile *to)
{
	to->paths = copy_array(from->paths, from->npaths, sizeof *to->paths);
	for (; to->paths && to->npaths < from->npaths; to->npaths++)
		if (!copy_text(from->paths[to->npaths].path, &to->paths[to->npaths].path))
			return false;
	return to->paths;
}

static bool copy_ports(const struct airlock_profile *from, struct airlock_profile *to)
{
	to->bind = copy_array(from->bind, from->nbind, sizeof *to->bind);
	to->connect = copy_array(from->connect, from->nconnect, sizeof *to->connect);
	if (!to->bind || !to->connect)
		return false;
	to->nbind = from->nbind;
	to->nconnect = from->nconnect;
	return true;
}

void airlock__profile_plain(const struct airlock_profile *from, struct airlock_profile *to)
{
	*to = *from;
	to->sources = (struct airlock__strings){ NULL, 0 };
	to->lines = NULL;
	to->rules = NULL;
	to->paths = NULL;
	to->bind = to->connect = NULL;
	to->user = to->group = to->root = to->directory = to->command = NULL;
	to->groups = to->environment = to->pass = to->unset = to->best_effort = to->argv =
		to->sources;
	to->nlines = to->nrules = to->npaths = to->nbind = to->nconnect = 0;
}

/* All but the sources, which stay with the profile itself. What was copied before a failure is in *to. */
static bool copy(const struct airlock_profile *from, struct airlock_profile *to)
{
	airlock__profile_plain(from, to);
	return copy_lines(from, to) && copy_rules(from, to) && copy_paths(from, to) &&
	       copy_ports(from, to) && copy_text(from->user, &to->user) &&
	       copy_text(from->group, &to->group) && copy_text(from->root, &to->root) &&
	       copy_text(from->directory, &to->directory) &&
	       copy_text(from->command, &to->command) &&
	       airlock__strings_copy(&from->groups, &to->groups) == 0 &&
	       airlock__strings_copy(&from->environment, &to->environment) == 0 &&
	       airlock__strings_copy(&from->pass, &to->pass) == 0 &&
	       airlock__strings_copy(&from->unset, &to->unset) == 0 &&
	       airlock__strings_copy(&from->best_effort, &to->best_effort) == 0 &&
	       airlock__strings_copy(&from->argv, &to->argv) == 0;
}

struct airlock_profile *airlock__profile_calls(const struct airlock_profile *p)
{
	struct airlock_profile *calls = malloc(sizeof *calls);

	if (!calls)
		return NULL;
	airlock__profile_plain(p, calls);
	if (copy_rules(p, calls))
		return calls;
	return airlock_profile_free(calls);
}

/* Changes: made to a copy, which takes the profile's place when all of it went well */

struct change {
	struct airlock_profile *p, copy;
	struct airlock__parser parser;
	struct airlock__quiet quiet;
};

static int no_memory(struct airlock_profile_error *error)
{
	static const struct airlock_profile_error none_left = { "(memory)", 0, 0,
								"there is not enough memory" };

	if (error)
		*error = none_left;
	return -ENOMEM;
}

static int begin(struct change *c, struct airlock_profile *p, struct airlock_profile_error *error)
{
	c->quiet = airlock__quiet_begin();
	c->p = p;
	c->parser =
		(struct airlock__parser){ .p = &c->copy, .sources = &p->sources, .error = error };
	for (size_t i = 0; i < p->nlines; i++)
		c->parser.printed += airlock__printed(p->lines[i].key, p->lines[i].value);
	if (copy(p, &c->copy))
		return 0;
	wipe(&c->copy);
	airlock__quiet_end(&c->quiet);
	return no_memory(error);
}

/* Lines that later ones have made void are of no use to anybody, and would pile up. */
static void forget_void_lines(struct airlock_profile *p)
{
	bool closed[AIRLOCK__MAX_KEYS] = { false };
	size_t kept = p->nlines;

	for (size_t i = p->nlines; i-- > 0;) {
		size_t k = p->lines[i].key_index;

		if (closed[k]) {
			free(p->lines[i].value);
			continue;
		}
		closed[k] = airlock__key_at(k)->scalar || !*p->lines[i].value;
		p->lines[--kept] = p->lines[i];
	}
	p->nlines -= kept;
	memmove(p->lines, p->lines + kept, p->nlines * sizeof *p->lines);
}

static int end(struct change *c, int r)
{
	if (r < 0) {
		wipe(&c->copy);
	} else {
		forget_void_lines(&c->copy);
		c->copy.sources = c->p->sources;
		wipe(c->p);
		*c->p = c->copy;
	}
	airlock__quiet_end(&c->quiet);
	return r < 0 ? r : 0;
}

static int is_null(struct airlock_profile_error *error)
{
	static const struct airlock_profile_error null = { "(caller)", 0, 0, "a NULL pointer" };

	if (error)
		*error = null;
	return -EINVAL;
}

int airlock_profile_load(struct airlock_profile *p, const char *path,
			 struct airlock_profile_error *ret_error)
{
	struct change c;
	int r;

	if (!p || !path)
		return is_null(ret_error);
	r = begin(&c, p, ret_error);
	return r < 0 ? r : end(&c, airlock__parse_file(&c.parser, path));
}

int airlock_profile_parse(struct airlock_profile *p, const char *text, size_t len,
			  struct airlock_profile_error *ret_error)
{
	struct change c;
	int r;

	if (!p || (!text && len))
		return is_null(ret_error);
	r = begin(&c, p, ret_error);
	return r < 0 ? r : end(&c, airlock__parse_text(&c.parser, text ? text : "", len));
}

/* Into a profile that has no line yet; the command may be known. */
static int take_ready(struct airlock_profile *p, const struct airlock__ready *ready,
		      struct airlock_profile_error *error)
{
	struct airlock__quiet quiet = airlock__quiet_begin();
	struct airlock_profile new;
	bool good = airlock__unpack(ready->bytes, &new);

	if (good) {
		new.ready = ready->n ? ready : NULL;
		new.sources = p->sources;
		new.command = p->command;
		new.argv = p->argv;
		p->command = NULL;
		p->argv = (struct airlock__strings){ NULL, 0 };
		wipe(p);
		*p = new;
	} else {
		wipe(&new);
	}
	airlock__quiet_end(&quiet);
	return good ? 0 : no_memory(error);
}

int airlock_profile_builtin(struct airlock_profile *p, const char *name,
			    struct airlock_profile_error *ret_error)
{
	const struct airlock__ready *ready;
	struct change c;
	int r;

	if (!p || !name)
		return is_null(ret_error);
	ready = p->nlines ? NULL : airlock__ready(name);
	if (ready)
		return take_ready(p, ready, ret_error);
	r = begin(&c, p, ret_error);
	return r < 0 ? r : end(&c, airlock__parse_builtin(&c.parser, name));
}

int airlock_profile_set(struct airlock_profile *p, const char *key, const char *value,
			struct airlock_profile_error *ret_error)
{
	struct change c;
	int r;

	if (!p || !key || !value)
		return is_null(ret_error);
	r = begin(&c, p, ret_error);
	return r < 0 ? r : end(&c, airlock__parse_pair(&c.parser, key, value));
}

int airlock_profile_command(struct airlock_profile *p, const char *path, char *const *argv)
{
	struct airlock__strings copies = { NULL, 0 };
	struct airlock__quiet quiet;
	char *command;
	int r = 0;

	if (!p || !path || !argv)
		return -EINVAL;
	quiet = airlock__quiet_begin();
	command = strdup(path);
	if (!command)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && argv[i]; i++)
		r = airlock__strings_add(&copies, argv[i]);
	if (r < 0) {
		free(command);
		airlock__strings_wipe(&copies);
	} else {
		free(p->command);
		airlock__strings_wipe(&p->argv);
		p->command = command;
		p->argv = copies;
	}
	airlock__quiet_end(&quiet);
	return r;
}

int airlock_profile_print(const struct airlock_profile *p, FILE *f)
{
	struct airlock__quiet quiet;
	bool good = true;
	int r = 0;

	if (!p || !f)
		return -EINVAL;
	quiet = airlock__quiet_begin();
	errno = 0;
	for (size_t i = 0; i < p->nlines && good; i++)
		good = fprintf(f, "%s=%s\n", p->lines[i].key, p->lines[i].value) >= 0;
	if (!good || fflush(f) != 0 || ferror(f))
		r = errno ? -errno : -EIO;
	airlock__quiet_end(&quiet);
	return r;
}

/* Answers */

/* Would io_uring do unseen what the profile looks at? What only counts or logs is no such thing. */
static bool io_uring_gets_round(const struct airlock_profile *p)
{
	return p->filter_mode != AIRLOCK__NO_LIST || p->nrules ||
	       p->family_mode != AIRLOCK__NO_LIST || p->restrict_suid_sgid || p->has_bind ||
	       p->has_connect;
}

uint32_t airlock__allowed(const struct airlock_profile *p, size_t call)
{
	bool named = airlock__callset_has(&p->log, call);
	bool logged = p->log_mode == AIRLOCK__ALLOW_LIST
			      ? named
			      : p->log_mode == AIRLOCK__DENY_LIST && !named;

	return logged ? SECCOMP_RET_LOG : SECCOMP_RET_ALLOW;
}

uint32_t airlock__base_answer(const struct airlock_profile *p, size_t call)
{
	bool listed = airlock__callset_has(&p->filter, call);
	uint32_t answer = SECCOMP_RET_ALLOW;

	if (p->own[call])
		answer = p->own[call];
	else if (*airlock__calls[call].name == 'i' &&
		 !strcmp(airlock__calls[call].name, "io_uring_setup") && io_uring_gets_round(p) &&
		 (p->family_mode != AIRLOCK__NO_LIST || !airlock__callset_has(&p->named, call)))
		return SECCOMP_RET_ERRNO | ENOSYS;
	else if (p->filter_mode != AIRLOCK__NO_LIST &&
		 listed != (p->filter_mode == AIRLOCK__ALLOW_LIST))
		answer = p->refusal;

	if (answer == SECCOMP_RET_ALLOW ||
	    (p->log_mode == AIRLOCK__ALLOW_LIST && airlock__callset_has(&p->log, call)))
		return airlock__allowed(p, call);
	return answer;
}

bool airlock__restricts_calls(const struct airlock_profile *p)
{
	return io_uring_gets_round(p) || p->restrict_namespaces || p->restrict_realtime ||
	       p->lock_personality || p->deny_write_execute || p->native_only || p->baseline ||
	       p->log_mode != AIRLOCK__NO_LIST;
}

bool airlock__has_rule(const struct airlock_profile *p, size_t call)
{
	return airlock__callset_has(&p->ruled, call);
}

uint32_t airlock__baseline(const struct airlock_profile *p)
{
	return p->baseline ? p->baseline : airlock__newest_kernel;
}

bool airlock__best_effort(const struct airlock_profile *p, const char *name)
{
	for (size_t i = 0; i < p->best_effort.n; i++) {
		const char *word = p->best_effort.at[i];
		size_t len = strlen(word);

		if (!strncmp(word, name, len) && (name[len] == '\0' || name[len] == '-'))
			return true;
	}
	return false;
}
