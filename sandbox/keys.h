/* SPDX-License-Identifier: ISC */
/*
 * keys.h: the keys of a profile, and what each does to it. Pure.
 */
#ifndef AIRLOCK_KEYS_H
#define AIRLOCK_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "profile.h"
#include "values.h"

/* A value on its way into a profile. */
struct airlock__setting {
	struct airlock_profile *p;
	const char *value;		/* NUL-terminated, without blanks around it, without a newline */
	const char *source;		/* of the profile's sources */
	unsigned line;
	bool into_deny;			/* as struct airlock__parser has it */
	struct airlock__wrong wrong;	/* with -EINVAL and -E2BIG */
};

struct airlock__key {
	const char *name;
	int (*set)(struct airlock__setting *s, int which);	/* NULL: Include= */
	int which;			/* for `set`: one function serves several keys */
	bool scalar;			/* the last line counts, and no other */
	bool apart;			/* whatever it says, the program of the calls is the same */
};

/* The key of that name, or NULL with what is wrong (at 0). */
const struct airlock__key *airlock__key(const char *name, size_t len, struct airlock__wrong *w);

/* The table: the i-th, or NULL past the last; and its place. */
enum { AIRLOCK__MAX_KEYS = 64 };
const struct airlock__key *airlock__key_at(size_t i);
size_t airlock__key_index(const struct airlock__key *key);

/* keys_calls.c */
int airlock__set_filter(struct airlock__setting *s, int which);
int airlock__set_refusal(struct airlock__setting *s, int which);
int airlock__set_log(struct airlock__setting *s, int which);
int airlock__set_rule(struct airlock__setting *s, int which);
int airlock__set_baseline(struct airlock__setting *s, int which);
int airlock__set_architectures(struct airlock__setting *s, int which);
int airlock__set_families(struct airlock__setting *s, int which);
int airlock__set_namespaces(struct airlock__setting *s, int which);
int airlock__set_capabilities(struct airlock__setting *s, int which);	/* 0: bounding set, 1: ambient */
int airlock__set_scopes(struct airlock__setting *s, int which);

/* keys_process.c */
int airlock__set_bool(struct airlock__setting *s, int which);		/* enum airlock__flag */
int airlock__set_no_new_privs(struct airlock__setting *s, int which);
int airlock__set_user(struct airlock__setting *s, int which);		/* 0: user, 1: group */
int airlock__set_groups(struct airlock__setting *s, int which);
int airlock__set_umask(struct airlock__setting *s, int which);
int airlock__set_directory(struct airlock__setting *s, int which);
int airlock__set_root(struct airlock__setting *s, int which);
int airlock__set_limit(struct airlock__setting *s, int which);		/* RLIMIT_* */
int airlock__set_nice(struct airlock__setting *s, int which);
int airlock__set_cpus(struct airlock__setting *s, int which);
int airlock__set_oom_score(struct airlock__setting *s, int which);

/* keys_reach.c */
int airlock__set_path(struct airlock__setting *s, int which);		/* enum airlock__access */
int airlock__set_ports(struct airlock__setting *s, int which);		/* 0: bind, 1: connect */
int airlock__set_environment(struct airlock__setting *s, int which);
int airlock__set_variables(struct airlock__setting *s, int which);	/* 0: pass, 1: unset */
int airlock__set_best_effort(struct airlock__setting *s, int which);

enum airlock__flag {
	AIRLOCK__EXEC_ONCE,
	AIRLOCK__REALTIME,
	AIRLOCK__SUID_SGID,
	AIRLOCK__PERSONALITY,
	AIRLOCK__WRITE_EXECUTE
};

/* Arrays that grow by doubling: room for one more after `n`; NULL: no memory. */
void *airlock__grow(void *array, size_t n, size_t size);
/* How many such an array of n holds. */
size_t airlock__room(size_t n);

/*
 * Calls `take` with each word of the value, until one call says that it is wrong.
 */
int airlock__each_word(struct airlock__setting *s, const char *separators, int which,
		       int (*take)(struct airlock__setting *s, const struct airlock__words *ws, int which));

/* -E2BIG: a list has AIRLOCK__MAX_STRINGS. */
enum { AIRLOCK__MAX_STRINGS = 1024 };	/* each new one is compared with those before */
int airlock__too_many(struct airlock__wrong *w, size_t at);

/* Absolute, and not too long? `others`: for the message, what would be right besides. */
int airlock__check_path(struct airlock__setting *s, size_t at, const char *path, const char *others);

/* A copy in the place of what was there; -ENOMEM. */
int airlock__replace(char **to, const char *text);

/* Add a copy; -ENOMEM. */
int airlock__strings_add(struct airlock__strings *s, const char *text);
int airlock__strings_copy(const struct airlock__strings *from, struct airlock__strings *to);
void airlock__strings_wipe(struct airlock__strings *s);

#endif
