/* SPDX-License-Identifier: ISC */
/*
 * spawn_options.h: the options of `spawn`: what operations ask for, the struct that is made of it, and what
 * the header's words say must become of it.
 */
#ifndef AIRLOCK_FUZZ_SPAWN_OPTIONS_H
#define AIRLOCK_FUZZ_SPAWN_OPTIONS_H

#include "airlock/airlock.h"
#include "ops.h"
#include "spawn_program.h"
#include "spawn_seal.h"

enum option_op {
	OPTION_CHANNEL, OPTION_PATH, OPTION_LITERAL, OPTION_SEARCH, OPTION_PROGRAM_TO, OPTION_MODE, OPTION_ARG,
	OPTION_FAULT_ARGV, OPTION_ENV, OPTION_EMPTY_ENV, OPTION_NAME, OPTION_CWD, OPTION_STDERR, OPTION_FD,
	OPTION_FD_FAR, OPTION_FD_RANGE, OPTION_NFDS, OPTION_FLAGS, OPTION_TIMEOUT, OPTION_SIZE, OPTION_NULL,
	OPTION_NO_SEAL,
	OPTION_NOPS
};
#define OPTION_OPERATIONS \
	{ "channel", "w" }, \
	{ "path", "b" },		/* index, see enum path */ \
	{ "literal", "s" },		/* path, as it is */ \
	{ "search", "s" },		/* PATH, and AIRLOCK_SEARCH_PATH */ \
	{ "program-to", "h" },		/* as which number the helper has its own program */ \
	{ "mode", "bb" },		/* what the program does: index, its argument */ \
	{ "arg", "s" }, \
	{ "fault-argv", "b" },		/* an argv with which execve(2) fails */ \
	{ "env", "s" }, \
	{ "empty-env", "" }, \
	{ "name", "s" }, \
	{ "cwd", "b" }, \
	{ "stderr", "h" },		/* object, or number */ \
	{ "fd", "hh" },			/* object, or number; to */ \
	{ "fd-far", "ww" },		/* from, to: as they are */ \
	{ "fd-range", "hhh" },		/* object, or number; first to, how many */ \
	{ "nfds", "w" },		/* xor */ \
	{ "flags", "w" }, \
	{ "timeout", "b" },		/* milliseconds; 0: the default */ \
	{ "size", "hb" },		/* so much more (or less), filled with */ \
	{ "null", "b" },		/* bits, see enum null */ \
	{ "no-seal", "" }

enum null { NULL_OPTIONS = 1, NULL_RET = 2, NULL_ERROR = 4, NULL_PATH = 8, NULL_ARGV = 16, NO_ARGV = 32, NULL_FDS = 64 };

/* Descriptors of the target's own that options may name by an index; above these, by their number. */
enum object {
	OBJECT_OUT,		/* write end of a pipe that the target reads */
	OBJECT_IN,		/* read end of one that nobody writes to */
	OBJECT_SOCKET, OBJECT_FILE, OBJECT_PATH, OBJECT_HIGH, OBJECT_CLOSED, OBJECT_STDIN,
	NOBJECTS
};
extern int objects[NOBJECTS];
extern int objects_out_read;	/* what comes out of OBJECT_OUT; nonblocking */

enum { MAX_FDS = 1100, MAX_STRINGS = 8, STRING = 256, MAX_MODES = 8 };

struct string {
	char s[STRING];
};

struct wanted {
	int channel, cwd, stderr_object;
	unsigned path, program_to, flags, timeout_ms, nfds_xor, nulls;
	int size_delta, fault_argv;
	unsigned char tail;
	bool has_name, has_env, has_search;
	struct string literal, search, name, mode;
	struct string arg[MAX_STRINGS], env[MAX_STRINGS];
	size_t nargs, nenv, nfds;
	struct airlock_fd fds[MAX_FDS];
	struct wanted_seal seal;
};

/* Files, pipes and numbers, once. `faults`: see faults_prepare(). */
void options_prepare(bool faults);

void options_start(struct wanted *w);
void options_step(struct wanted *w, unsigned op, const struct fuzz_step *s);

/* What is handed to the library: each part of its exact size, so that a sanitizer sees a step beyond. */
struct call {
	struct airlock_options *o;
	char *block[2 * MAX_STRINGS + 8];
	size_t nblocks;
	int mode;			/* what the program will do: PROGRAM_*; 0: it cannot be told */
	unsigned char mode_arg;
	char *environment[2];		/* of the caller during the call */
	enum { MAY, MUST_SUCCEED, MUST_FAIL } verdict;
	bool invalid, not_open;		/* EINVAL; EBADF */
	int path_error;			/* of execve(2), where the path alone is wrong */
	bool fragile;
};

/* Is an open descriptor the library's own? No caller names those. */
bool is_librarys(int fd);

void options_make(const struct wanted *w, struct call *ret);
void options_free(struct call *c);

#endif
