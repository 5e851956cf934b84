/* SPDX-License-Identifier: ISC */
/*
 * spawn_caller.h: what belongs to the caller of airlock_spawn() and must not change (P7), and its descriptors
 * (P2). Looked at by system calls alone: a fuzzing service may have no /proc.
 */
#ifndef AIRLOCK_FUZZ_SPAWN_CALLER_H
#define AIRLOCK_FUZZ_SPAWN_CALLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* So many descriptors are looked at; all that the target and the library open stand below it. */
enum { CALLER_FDS = 1088, CALLER_LIMITS = 16 };

struct caller {
	uint64_t mask;
	unsigned long action[65][4];	/* by signal, as the kernel has it */
	int dumpable, no_new_privs, child_subreaper;
	mode_t umask;
	struct rlimit limit[CALLER_LIMITS];
	dev_t dev;			/* of the directory */
	ino_t ino;
	int nice;
};

void caller_look(struct caller *ret);

/* NULL, or what is not as it was. */
const char *caller_changed(const struct caller *before, const struct caller *after);

struct descriptor {
	bool open;
	int flags, cloexec;
	dev_t dev;
	ino_t ino;
	mode_t mode;
	off_t size;
};

/* The soft limit must allow CALLER_FDS, or what is beyond it counts as closed. */
void caller_descriptors(struct descriptor ret[CALLER_FDS]);
bool same_descriptor(const struct descriptor *a, const struct descriptor *b);

/* As the kernel knows signals: libc keeps two to itself. */
void set_signal_mask(uint64_t mask);
void set_disposition(int sig, void (*handler)(int));	/* SIG_DFL, SIG_IGN or a function */
void put_back_dispositions(const struct caller *c);

#endif
