/* SPDX-License-Identifier: ISC */
/*
 * probes.h: what this kernel, and the container around us, let a process do. Each probe is a child of its own,
 * bounded in time: what it changes is its own, and what it is killed for kills nobody else.
 */
#ifndef AIRLOCK_PROBES_H
#define AIRLOCK_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of the output; see the table in probes.c. */
enum probe {
	PROBE_CLOSE_RANGE,
	PROBE_TABLE,		/* CLOSE_RANGE_UNSHARE */
	PROBE_SHARED,		/* clone(CLONE_VM | CLONE_FILES), exit signal 0 */
	PROBE_QUIET,		/* clone with exit signal 0 and nothing shared */
	PROBE_CLONE_PIDFD,
	PROBE_PIDFD_OPEN,
	PROBE_PIDFD_SEND_SIGNAL,
	PROBE_KILL,
	PROBE_WAITID_PIDFD,
	PROBE_PIDFD_GETFD,
	PROBE_MEMFD,
	PROBE_GETRANDOM,
	PROBE_PROC,
	PROBE_VAULT,		/* value: the bytes */
	PROBE_FILTER,		/* seccomp */
	PROBE_ACTIONS,
	PROBE_LISTENER,
	PROBE_KILLABLE,
	PROBE_LANDLOCK,		/* value: the ABI */
	PROBE_TCP,		/* a spawn with that channel */
	PROBE_UDP,
	PROBE_SPAWN,		/* a spawn without a seal, its answer read */
	PROBE_NULL,		/* the same without stderr_fd */
	PROBE_SESSION,		/* and as `airlock run` starts helpers */
	PROBE_PRIVATE,		/* the same with AIRLOCK_PRIVATE_MEMORY */
	PROBE_NONE,		/* sealed with the builtins `none' */
	PROBE_STRICT,		/* and `strict' */
	NPROBES
};

struct found_here {
	bool had;
	bool untried;		/* nobody knows */
	bool kills;		/* who tries it */
	long value;
	char reason[160];	/* why not; or how far; "" */
};

void probe_all(struct found_here found[NPROBES]);
const char *probe_name(enum probe p);
const char *probe_about(enum probe p);

/* Can the seal of builtin i be had? */
void probe_builtin(size_t i, struct found_here *ret);

/* What is read and not tried: of this process, and of the kernel's settings. -1: it cannot be read. */
struct surroundings {
	int seccomp, filters;	/* mode, and how many there are around us */
	int no_new_privs, dumpable, suid_dumpable, ptrace_scope;
	bool knows_capabilities;
	uint64_t capabilities;	/* effective */
	char core_pattern[128];	/* "": not known */
	bool ignores_sigchld;	/* as who started us left it */
	char untried[64];	/* why nothing of this is known; "" */
	uint64_t blocked;	/* signals: bit n - 1 */
};

/* Also sets SIGCHLD to its default: without it no child can be waited for. */
void look_around(struct surroundings *s);

#endif
