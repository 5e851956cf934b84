/* SPDX-License-Identifier: ISC */
/*
 * spawn_program.h: what the program that `spawn` starts says of itself. For the target and for the program,
 * which has no C library.
 */
#ifndef AIRLOCK_FUZZ_SPAWN_PROGRAM_H
#define AIRLOCK_FUZZ_SPAWN_PROGRAM_H

#include <stdint.h>

enum {
	PROGRAM_MAGIC = 0x4b4c4102,
	PROGRAM_FDS = 1088,	/* so many numbers are looked at: a multiple of 64 */
	PROGRAM_LIMITS = 16,
};

/*
 * The first byte of argv[1]: what it does. REPORT, REPORT_2: the report to 1 or 2, then as ECHO; ECHO: 0 to
 * 1 until end of file; EXIT: with the next byte; KILL: by a signal of that number; HANG: until it is
 * killed; STUBBORN: the same, and SIGTERM does not; EXEC: tries to exec once more and exits with the errno.
 */
enum {
	PROGRAM_REPORT = 'r',
	PROGRAM_REPORT_2 = 'R',
	PROGRAM_ECHO = 'e',
	PROGRAM_EXIT = 'x',
	PROGRAM_KILL = 'k',
	PROGRAM_HANG = 'h',
	PROGRAM_STUBBORN = 't',
	PROGRAM_EXEC = 'E',
};

struct program_report {
	uint32_t magic;
	int32_t pid, parent, session, nice;
	uint32_t uid, gid, umask, no_new_privs, seccomp;
	uint64_t open[PROGRAM_FDS / 64];	/* bit n: n is open */
	uint64_t objects;			/* of all open ones from 2 on, see program_object() */
	uint64_t mask, not_default;		/* signals: bit n - 1 */
	uint64_t limit[PROGRAM_LIMITS][2];
	uint64_t arguments, environment;	/* see program_hash(): all strings, with their NUL */
	uint64_t directory[2];			/* device, inode */
	uint64_t groups;			/* see program_hash_groups(): in order */
	uint32_t ngroups, securebits;
	uint64_t permitted, inheritable, bounding, ambient;
	uint64_t cpus[2];
	uint32_t pdeathsig, landlocked;
};

static inline uint64_t program_hash_groups(const uint32_t *g, unsigned long n)
{
	uint64_t h = 0;

	for (unsigned long i = 0; i < n; i++)
		h = (h ^ g[i]) * 0x100000001b3;
	return h;
}

static inline uint64_t program_hash(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	while (*s++);
	return h;
}

/* To be added up: which object stands at which number. */
static inline uint64_t program_object(int fd, uint64_t dev, uint64_t ino)
{
	uint64_t h = ((uint64_t)(unsigned)fd * 0x9e3779b97f4a7c15 ^ dev) * 0xff51afd7ed558ccd;

	h = (h ^ h >> 29 ^ ino) * 0xc4ceb9fe1a85ec53;
	return h ^ h >> 32;
}

#endif
