/* SPDX-License-Identifier: ISC */
/*
 * tracee.h: what a system call of another process means: its memory, its files, its call in words.
 * Nothing that is read here is to be trusted: the process may change it meanwhile.
 */
#ifndef AIRLOCK_TRACEE_H
#define AIRLOCK_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "listener.h"

/* A small file of its folder in /proc, as far as `buf` holds it, as text: its length, or -errno. */
ssize_t tracee_proc(pid_t pid, const char *file, char *buf, size_t size);

/* A line of /proc/PID/status, "\nTgid:": where its value begins, or "". */
const char *tracee_field(const char *status, const char *key);

/* The process that a thread belongs to; -1, or 0: not known. */
pid_t tracee_process(pid_t thread);

/* Bytes of its memory: how many could be read, or -errno. */
ssize_t tracee_read(pid_t pid, uint64_t address, void *buf, size_t size);

/* A string, which ends in NUL in `buf`: its length; -ENAMETOOLONG; -errno. */
ssize_t tracee_string(pid_t pid, uint64_t address, char *buf, size_t size);

/*
 * The call as people write it: `openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC)`. Printable ASCII only,
 * long strings cut with "...", "?" where memory cannot be read. Calls that the table of signatures
 * lacks: name and arguments in hex; numbers without a name: "syscall_4242(...)".
 */
void tracee_call(const struct question *q, char *buf, size_t size);

/* What a call wants of files and ports, as Landlock would judge it. */
enum want_kind { WANT_READ, WANT_WRITE, WANT_EXEC, WANT_BIND, WANT_CONNECT };
struct want {
	enum want_kind kind;
	char *path;			/* READ to EXEC: absolute, without links, as the *helper* (beneath its root) names it;
					   of a file that is not there yet or goes away: its folder. From malloc */
	bool is_folder;
	bool is_listed;			/* READ of a folder: of its names alone */
	bool is_own;			/* beneath /proc/PID, with the number of the process that asks */
	uint16_t port;			/* BIND, CONNECT (TCP only) */
};
enum { MAX_WANTS = 4 };			/* rename wants two folders */

/*
 * How many wants the call has: none for most; none for one that fails of itself, as for a file that is not there
 * and would not be made. -EACCES: it cannot be seen, since the process keeps its memory or files from us. -ENOMEM.
 */
int tracee_wants(const struct question *q, struct want wants[MAX_WANTS]);
void tracee_wants_free(struct want *wants, int n);

#endif
