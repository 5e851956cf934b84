/* SPDX-License-Identifier: ISC */
/*
 * reading.h: what a profile answers to a call, read from the profile itself and not from its program.
 */
#ifndef AIRLOCK_READING_H
#define AIRLOCK_READING_H

#include <stdbool.h>
#include <linux/seccomp.h>

#include "profile.h"

/*
 * SECCOMP_RET_*. `one_exec`: path, argv and envp as drawn for a spawn; NULL: as if ExecOnce=no was
 * given and execve was allowed (airlock_seal_export_bpf()). `personality`: the caller's, see
 * LockPersonality=. In this order:
 *
 *	another architecture, an x32 number		KILL_PROCESS
 *	execve, with the one exec			ALLOW with those three pointers, else KILL_PROCESS
 *	execveat, with the one exec			KILL_PROCESS
 *	a number that the table does not know, or
 *	of a call newer than the baseline		ERRNO | ENOSYS
 *	a call with rules: one of them holds		ALLOW, or LOG where SystemCallLog= has it
 *	a call with rules: none holds			the last one's `otherwise`, else the call's own
 *							answer, else the profile's refusal
 *	any other call					its base answer
 *	... and where that is ALLOW or LOG, the first restriction that it breaks answers instead:
 *	RestrictAddressFamilies=	socket: EAFNOSUPPORT; io_uring_setup, whatever its rules: ENOSYS
 *	RestrictNamespaces=		clone, unshare, setns: EPERM; clone3: ENOSYS
 *	RestrictRealtime=		sched_setscheduler, sched_setattr: EPERM
 *	RestrictSUIDSGID=		chmod and its kin, open and its kin with O_CREAT or O_TMPFILE,
 *					mq_open with O_CREAT, mkdir and mknod and their kin: EPERM; openat2: ENOSYS
 *	LockPersonality=		personality, but to ask: EPERM
 *	MemoryDenyWriteExecute=		mmap of W and X, mprotect and pkey_mprotect to X, shmat,
 *					personality with READ_IMPLIES_EXEC: EPERM
 *	BindTCP=, ConnectTCP=		socket of what Landlock does not take for TCP (MPTCP, SMC, RDS):
 *					EPROTONOSUPPORT; setsockopt of TCP_ULP: ENOPROTOOPT;
 *					io_uring_setup: ENOSYS
 *	ConnectTCP=			sendto, sendmsg, sendmmsg with MSG_FASTOPEN: EOPNOTSUPP
 *
 * Without any of it (mode none, ExecOnce=no, no restriction) a seal has no program at all.
 */
struct airlock__one_exec {
	uint64_t path, argv, envp;
};
uint32_t airlock__reading(const struct airlock_profile *p, const struct airlock__one_exec *one_exec,
			  uint32_t personality, const struct seccomp_data *data);

#endif
