/* SPDX-License-Identifier: ISC */
/*
 * reading.c: see reading.h. The profile is read as a person would read it, call by call, in the
 * words of systemd.exec(5). Nothing here is shared with what makes the program: they are compared.
 */
#define _GNU_SOURCE
#include "reading.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>

enum { PASSES = 0 };

/* The kernel's view of an argument that it reads as an int or an unsigned */
static uint32_t narrow(const struct seccomp_data *d, int arg)
{
	return (uint32_t)d->args[arg];
}

static bool one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(name, *names))
		names++;
	return *names;
}
#define IS(name, ...) one_of(name, (const char *const[]){ __VA_ARGS__, NULL })

/* Each restriction: the errno that a call gets which breaks it, or PASSES. */

static int families(const struct airlock_profile *p, const char *name, const struct seccomp_data *d)
{
	uint32_t family = narrow(d, 0);
	bool listed = family < 64 && p->families >> family & 1;

	if (p->family_mode == AIRLOCK__NO_LIST)
		return PASSES;
	if (IS(name, "io_uring_setup"))
		return ENOSYS;
	if (!IS(name, "socket"))
		return PASSES;
	return listed == (p->family_mode == AIRLOCK__ALLOW_LIST) ? PASSES : EAFNOSUPPORT;
}

static int namespaces(const struct airlock_profile *p, const char *name,
		      const struct seccomp_data *d)
{
	static const uint32_t kinds[] = { 0x00020000, 0x02000000, 0x04000000, 0x08000000,
					  0x10000000, 0x20000000, 0x40000000, 0x00000080 };
	const uint32_t time = 0x00000080;
	uint32_t bad = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!(p->namespaces & kinds[i]))
			bad |= kinds[i];
	if (!p->restrict_namespaces || bad == 0)
		return PASSES;
	if (IS(name, "clone3"))
		return ENOSYS;
	if (IS(name, "unshare") && narrow(d, 0) & bad)
		return EPERM;
	/* there it would be a signal's number */
	if (IS(name, "clone") && narrow(d, 0) & bad & ~time)
		return EPERM;
	if (IS(name, "setns") && (narrow(d, 1) == 0 || narrow(d, 1) & bad))
		return EPERM;
	return PASSES;
}

static int realtime(const struct airlock_profile *p, const char *name, const struct seccomp_data *d)
{
	if (!p->restrict_realtime)
		return PASSES;
	if (IS(name, "sched_setattr"))
		return EPERM;
	if (!IS(name, "sched_setscheduler"))
		return PASSES;
	switch (narrow(d, 1) & ~(uint32_t)SCHED_RESET_ON_FORK) {
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return PASSES;
	default:
		return EPERM;
	}
}

static int suid_sgid(const struct airlock_profile *p, const char *name,
		     const struct seccomp_data *d)
{
	uint32_t mode = 0;

	if (!p->restrict_suid_sgid)
		return PASSES;
	if (IS(name, "openat2"))
		return ENOSYS;
	if (IS(name, "chmod", "fchmod", "mkdir", "mknod", "creat"))
		mode = narrow(d, 1);
	else if (IS(name, "fchmodat", "fchmodat2", "mkdirat", "mknodat"))
		mode = narrow(d, 2);
	else if (IS(name, "open", "mq_open") && (narrow(d, 1) & 0100 || narrow(d, 1) & 020000000))
		mode = narrow(d, 2);
	else if (IS(name, "openat") && (narrow(d, 2) & 0100 || narrow(d, 2) & 020000000))
		mode = narrow(d, 3);
	return mode & 04000 || mode & 02000 ? EPERM : PASSES;
}

static int personality_lock(const struct airlock_profile *p, uint32_t own, const char *name,
			    const struct seccomp_data *d)
{
	if (!p->lock_personality || !IS(name, "personality"))
		return PASSES;
	return narrow(d, 0) == own || narrow(d, 0) == 0xffffffff ? PASSES : EPERM;
}

static int write_execute(const struct airlock_profile *p, const char *name,
			 const struct seccomp_data *d)
{
	if (!p->deny_write_execute)
		return PASSES;
	if (IS(name, "mmap") && narrow(d, 2) & PROT_WRITE && narrow(d, 2) & PROT_EXEC)
		return EPERM;
	if (IS(name, "mprotect", "pkey_mprotect") && narrow(d, 2) & PROT_EXEC)
		return EPERM;
	if (IS(name, "shmat") && narrow(d, 2) & SHM_EXEC)
		return EPERM;
	/* READ_IMPLIES_EXEC */
	if (IS(name, "personality") && narrow(d, 0) != 0xffffffff && narrow(d, 0) & 0x0400000)
		return EPERM;
	return PASSES;
}

/* What Landlock does not take for TCP */
static int tcp(const struct airlock_profile *p, const char *name, const struct seccomp_data *d)
{
	bool fast_open = IS(name, "sendto", "sendmmsg") && narrow(d, 3) & 0x20000000;

	if (!p->has_bind && !p->has_connect)
		return PASSES;
	if (IS(name, "io_uring_setup"))
		return ENOSYS;
	/* AF_RDS, AF_SMC, IPPROTO_SMC, IPPROTO_MPTCP */
	if (IS(name, "socket") && (narrow(d, 0) == 21 || narrow(d, 0) == 43 ||
				   narrow(d, 2) == 256 || narrow(d, 2) == 262))
		return EPROTONOSUPPORT;
	/* IPPROTO_TCP, TCP_ULP */
	if (IS(name, "setsockopt") && narrow(d, 1) == 6 && narrow(d, 2) == 31)
		return ENOPROTOOPT;
	if (IS(name, "sendmsg") && narrow(d, 2) & 0x20000000)
		fast_open = true;
	return p->has_connect && fast_open ? EOPNOTSUPP : PASSES;
}

static int first_broken(const struct airlock_profile *p, uint32_t personality, const char *name,
			const struct seccomp_data *d)
{
	int error = families(p, name, d);

	if (error == PASSES)
		error = namespaces(p, name, d);
	if (error == PASSES)
		error = realtime(p, name, d);
	if (error == PASSES)
		error = suid_sgid(p, name, d);
	if (error == PASSES)
		error = personality_lock(p, personality, name, d);
	if (error == PASSES)
		error = write_execute(p, name, d);
	if (error == PASSES)
		error = tcp(p, name, d);
	return error;
}

static bool is_pass(uint32_t answer)
{
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

static uint32_t by_rules(const struct airlock_profile *p, size_t call, const uint64_t args[6])
{
	uint32_t refusal = p->own[call] ? p->own[call] : p->refusal;
	const struct airlock__rule *last = NULL;

	for (size_t i = 0; i < p->nrules; i++) {
		if (p->rules[i].call != call)
			continue;
		last = &p->rules[i];
		if (airlock__rule_allows(last, args))
			return airlock__allowed(p, call);
	}
	return last && last->otherwise ? last->otherwise : refusal;
}

static uint32_t of_known_call(const struct airlock_profile *p, size_t call, uint32_t personality,
			      const struct seccomp_data *d)
{
	const char *name = airlock__calls[call].name;
	uint32_t answer = airlock__base_answer(p, call);
	uint64_t args[6];
	int error;

	memcpy(args, d->args, sizeof args);
	/* the exec that starts the helper */
	if (IS(name, "execve") && !is_pass(answer))
		answer = airlock__allowed(p, call);
	if (airlock__has_rule(p, call))
		answer = by_rules(p, call, args);
	if (!is_pass(answer))
		return answer;
	error = first_broken(p, personality, name, d);
	return error == PASSES ? answer : SECCOMP_RET_ERRNO | (uint32_t)error;
}

static bool is_foreign(const struct seccomp_data *d)
{
	if (d->arch != airlock__audit_arch)
		return true;
#ifdef __x86_64__
	return (uint32_t)d->nr >= 0x40000000;
#else
	return false;
#endif
}

uint32_t airlock__reading(const struct airlock_profile *p, const struct airlock__one_exec *one_exec,
			  uint32_t personality, const struct seccomp_data *data)
{
	int call = airlock__call_by_nr((uint32_t)data->nr);
	const char *name = call < 0 ? "" : airlock__calls[call].name;

	if (is_foreign(data))
		return SECCOMP_RET_KILL_PROCESS;
	if (one_exec && IS(name, "execve"))
		return data->args[0] == one_exec->path && data->args[1] == one_exec->argv &&
				       data->args[2] == one_exec->envp
			       ? SECCOMP_RET_ALLOW
			       : SECCOMP_RET_KILL_PROCESS;
	if (one_exec && IS(name, "execveat"))
		return SECCOMP_RET_KILL_PROCESS;
	if (call < 0 || airlock__calls[call].since > airlock__baseline(p))
		return SECCOMP_RET_ERRNO | ENOSYS;
	return of_known_call(p, (size_t)call, personality, data);
}
