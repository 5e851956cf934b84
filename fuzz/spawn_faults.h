/* SPDX-License-Identifier: ISC */
/*
 * spawn_faults.h: calls that fail under `spawn`, with no hook in the library.
 *
 * The parent's go through the C library: the linker hands us those of the library that it is linked with
 * (-Wl,--wrap, see the Makefile). The child's are raw: a seccomp filter over this whole process refuses
 * some arguments that nobody else uses, so that an option or a seal makes a call of the child's fail.
 */
#ifndef AIRLOCK_FUZZ_SPAWN_FAULTS_H
#define AIRLOCK_FUZZ_SPAWN_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* What becomes of the child's call: one of the first, an errno; the last: its end. */
enum { FAULT_ACTIONS = 6, FAULT_END = FAULT_ACTIONS - 1 };

/* The arguments, each for action i. What mapped numbers do to close_range(2): see faults.c. */
enum {
	FAULT_TO = 1030,		/* dup3(2) to FAULT_TO + i */
	FAULT_LAST_TO = 1040,		/* close_range(2) from FAULT_LAST_TO + 1 + 2 * i on */
	FAULT_LOW_BOUND = 200,		/* the bound of the child's own table: 200 to 255: ENOMEM */
	FAULT_NICE = 17,		/* setpriority(2): EPERM */
	FAULT_ID = 4242,		/* setresgid(2), setresuid(2): FAULT_ID + i */
	FAULT_UMASK = 0x80000000,	/* umask(2): | i */
	FAULT_SECUREBITS = 0x4000000,	/* prctl(2): | i */
	FAULT_ARGS = 16,
};
extern char fault_directory[FAULT_ACTIONS][2];		/* chdir(2), by address: "/" */
extern char *fault_argv[FAULT_ACTIONS][FAULT_ARGS];	/* execve(2), by address */

/* Once, before the first spawn. False: this machine does not let us, and these calls do not fail. */
bool faults_prepare(void);

/*
 * From now on, within the library: the nth call (0: each) of that number fails with the errno of that
 * index, both taken modulo what there are. faults_clear(): none does.
 */
void faults_add(unsigned call, unsigned nth, unsigned code);
void faults_clear(void);

/* Has one been added? One that fails again and again may hold the library until its deadline. */
bool faults_any(void);

/* Around each call of the library. `fail`: what was added fails in it. */
void faults_enter(bool fail);
void faults_leave(void);

/* Bytes that the library has mapped and not unmapped. */
size_t faults_mapped(void);

#endif
