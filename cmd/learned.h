/* SPDX-License-Identifier: ISC */
/*
 * learned.h: what a run used, and the profile that allows it. Pure: what is to be known of files is told.
 */
#ifndef AIRLOCK_LEARNED_H
#define AIRLOCK_LEARNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/seccomp.h>

#include "profile.h"
#include "tracee.h"

/* Which items of an array have a path: there are many. Of the paths it keeps the pointers. */
struct path_index {
	struct path_slot {
		const char *path;	/* NULL: free */
		size_t item;
	} *slots;
	size_t size, n;			/* size: 0, or a power of two */
};
int path_index_put(struct path_index *x, const char *path, size_t item);
/* One after the other: *at is 0 before the first. false: there are no more. `path` ends after `len` bytes. */
bool path_index_next(const struct path_index *x, const char *path, size_t len, size_t *at, size_t *ret_item);

/* What a profile's paths reach: each without links, as the helper names it. */
struct reach {
	struct reach_item {
		enum airlock__access access;
		bool is_folder;
		char *path;		/* from malloc */
	} *at;
	size_t n;
	struct path_index index;
};
int reach_add(struct reach *r, enum airlock__access access, bool is_folder, const char *path);
/* What another reads, with that access; what @program gives where it stands for that. */
int reach_add_as(struct reach *r, const struct reach *from, enum airlock__access access);
int reach_add_program(struct reach *r, const struct reach *program, enum airlock__access access);
void reach_free(struct reach *r);
bool reach_covers(const struct reach *r, enum want_kind kind, bool is_folder, const char *path);
/* Is it itself one of them? */
bool reach_has(const struct reach *r, bool is_folder, const char *path);

enum {
	LEARNED_MAX_TUPLES = 1024,	/* of a call, in what its answer may depend on; more: any */
	LEARNED_MAX_VALUES = 12,	/* of a call, in a rule; more: the call */
	LEARNED_MAX_FILES = 8,		/* of a folder; more: the folder */
	LEARNED_MAX_COMMAND = 1000,	/* bytes of the command in its comment */
	LEARNED_MAX_NAMES = 4096	/* of a kind; more: fewer of a folder */
};

/* Arguments of a call; 0 where nothing depends on them. */
struct learned_tuple {
	uint64_t args[6];
};

struct learned_call {
	struct learned_tuple *tuples;	/* sorted, each once */
	size_t n;			/* 0: not seen */
	uint8_t kept;			/* bit n: argument n is kept */
	bool any;			/* there were more than are kept */
};

struct learned_want {
	enum want_kind kind;
	bool is_folder, made;		/* made: after something was made in its folder */
	bool is_listed, is_own;		/* as of a want: listed, and no more than that */
	uint16_t port;
	char *path;
};

struct learned {
	const struct airlock_profile *base;	/* to add to; NULL: a new one */
	struct learned_call calls[AIRLOCK__MAX_CALLS];
	uint64_t questions;
	size_t distinct, nfiles;
	uint64_t unknown;		/* questions of numbers that the table lacks, of other architectures */
	int example;			/* one of those numbers */
	bool clone3_itself;		/* what clone cannot do */
	uint64_t unseen;		/* calls whose wants could not be seen */
	struct learned_want *wants;
	size_t nwants;
	struct path_index index;	/* of those with a path */
	uint8_t ports[2][1 << 13];	/* a bit each that is among them: bound, connected to */
	int highest_fd;			/* -1: none */
	bool fds_unseen;		/* there may be higher ones */
};

struct learned *learned_new(const struct airlock_profile *base);
void learned_free(struct learned *l);

/* 0 or -ENOMEM. A clone3 is told of twice: by its flags (and exit signal), too, or -1 if they could not be read. */
int learned_call(struct learned *l, const struct seccomp_data *data);
int learned_clone3(struct learned *l, int64_t flags, int exit_signal);
int learned_want(struct learned *l, const struct want *want);
bool learned_has(const struct learned *l, const char *call);

/* What the writer cannot know by itself. */
struct learned_about {
	char *const *argv;		/* the command */
	bool is_static;			/* needs no @start */
	uint32_t personality;
	struct reach program, words, folders;	/* @program (to execute and to read), @argv, @argv-dir (both: to read) */
	struct reach base;		/* of the profile to add to */
	bool (*exists)(const char *path);
};

/* Writes a whole profile; or the lines that add what `base` refuses. 0 or -ENOMEM. */
int learned_write(const struct learned *l, const struct learned_about *a, FILE *f);
int learned_write_more(const struct learned *l, const struct learned_about *a, FILE *f);

/*
 * Does the profile, which reaches that, allow all that was seen? `tell` is called with what it does not
 * allow, in words. Returns how often.
 */
int learned_check(const struct learned *l, const struct learned_about *a, const struct airlock_profile *p,
		  const struct reach *reach, void (*tell)(const char *what));

/* Parts of the above, in learned_calls.c, learned_rules.c, learned_paths.c, learned_rest.c, learned_more.c. */
bool learned_passes(const struct learned *l, const struct learned_about *a, const struct airlock_profile *p, size_t call,
		    const struct learned_tuple *t);
const char *learned_refused(const struct learned *l, const struct learned_about *a, const struct airlock_profile *p);
void learned_write_rule(const struct learned *l, size_t call, const struct learned_tuple *tuples, size_t n,
			uint8_t args, const char *otherwise, FILE *f);
/* Those of a new profile; what they allow is put into `done`. */
void learned_write_rules(const struct learned *l, const struct learned_about *a, struct airlock__callset *done, FILE *f);
void learned_write_words(FILE *f, const char *begin, const char *const *words, size_t n);
int learned_write_calls(const struct learned *l, const struct learned_about *a, FILE *f);
int learned_write_files(const struct learned *l, const struct learned_about *a, FILE *f);
int learned_write_reach(const struct learned *l, const struct learned_about *a, FILE *f);
bool learned_unnameable(const struct learned_want *w);
/* With `?` for each control character */
void learned_write_text(const char *text, size_t len, FILE *f);

#endif
