/* SPDX-License-Identifier: ISC */
/*
 * spawn_report.c: see spawn_report.h.
 */
#define _GNU_SOURCE
#include "spawn_report.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t hash_all(char *const *strings)
{
	uint64_t h = 0;

	for (; *strings; strings++)
		h = program_hash(h, *strings);
	return h;
}

static uint64_t expected_object(int fd, int at)
{
	struct stat st = { 0 };
	int r = fd >= 0 ? fstat(fd, &st) : stat("/dev/null", &st);

	FUZZ_HOLDS(r == 0, "what is mapped is open");
	return program_object(at, st.st_dev, st.st_ino);
}

static void check_descriptors(const struct airlock_options *o, const struct program_report *r)
{
	uint64_t open[PROGRAM_FDS / 64] = { 7 }, objects_sum = expected_object(o->stderr_fd, 2);

	for (size_t i = 0; i < o->nfds; i++) {
		int to = o->fds[i].to;

		if (to >= PROGRAM_FDS)
			continue;
		open[to / 64] |= 1ull << to % 64;
		if (to > 2)
			objects_sum += expected_object(o->fds[i].from, to);
	}
	FUZZ_HOLDS(memcmp(open, r->open, sizeof open) == 0,
		   "P3: the helper has 0, 1, 2, what is mapped, and no other");
	FUZZ_HOLDS(objects_sum == r->objects, "P3: each is the object that was to stand there");
}

static void check_limits(const struct airlock_seal *s, const struct caller *c,
			 const struct program_report *r)
{
	for (int i = 0; i < CALLER_LIMITS; i++) {
		bool asked = s && s->limits & 1u << i;

		FUZZ_HOLDS(r->limit[i][0] == (asked ? s->limit[i].soft : c->limit[i].rlim_cur) &&
				   r->limit[i][1] ==
					   (asked ? s->limit[i].hard : c->limit[i].rlim_max),
			   "P1: limits are those of the seal, else the caller's");
	}
}

/* setpriority(2) takes what is out of range for the nearest; to setresuid(2) -1 means as it is */
static int nearest_nice(int nice)
{
	return nice < -20 ? -20 : nice > 19 ? 19 : nice;
}

static uint32_t id(bool asked, uint32_t wanted, uint32_t now)
{
	return asked && wanted != UINT32_MAX ? wanted : now;
}

static void check_seal(const struct airlock_seal *s, const struct caller *c,
		       const struct program_report *r, bool filtered)
{
	uint32_t parts = s ? s->parts : 0;

	FUZZ_HOLDS(r->umask == (parts & AIRLOCK__SEAL_UMASK ? s->umask & 0777 : c->umask),
		   "P1: the seal's umask");
	FUZZ_HOLDS(r->nice == (parts & AIRLOCK__SEAL_NICE ? nearest_nice(s->nice) : c->nice),
		   "P1: the seal's nice value");
	FUZZ_HOLDS(r->uid == id(parts & AIRLOCK__SEAL_UID, s ? s->uid : 0, geteuid()),
		   "P1: the seal's uid");
	FUZZ_HOLDS(r->gid == id(parts & AIRLOCK__SEAL_GID, s ? s->gid : 0, getegid()),
		   "P1: the seal's gid");
	FUZZ_HOLDS(r->no_new_privs == (s ? 1 : (unsigned)c->no_new_privs),
		   "P1: no_new_privs with any seal");
	FUZZ_HOLDS(r->seccomp == (parts & AIRLOCK__SEAL_SECCOMP || filtered ? 2 : 0),
		   "P1: the filter is in force");
	check_limits(s, c, r);
}

/* What the kernel knows of a set: bits past its last capability are none */
static uint64_t known_caps(void)
{
	uint64_t all = 0;

	for (int i = 0; i < 64 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		all |= 1ull << i;
	return all;
}

static void check_rights(const struct airlock_options *o, const struct program_report *r)
{
	const struct airlock_seal *s = o->seal;
	uint32_t parts = s ? s->parts : 0;

	FUZZ_HOLDS(r->pdeathsig == (o->flags & AIRLOCK_DIE_WITH_PARENT ? SIGKILL : 0),
		   "P1: dies with its parent, if asked for");
	if (parts & AIRLOCK__SEAL_GROUPS)
		FUZZ_HOLDS(r->ngroups == s->ngroups &&
				   r->groups == program_hash_groups(s->groups, s->ngroups),
			   "P1: the seal's groups");
	if (parts & AIRLOCK__SEAL_BOUNDING)
		FUZZ_HOLDS(!(r->bounding & ~s->bounding & known_caps()), "P1: the bounding set");
	if (parts & AIRLOCK__SEAL_SECUREBITS)
		FUZZ_HOLDS((r->securebits & ~16u) == (s->securebits & ~16u), "P1: the securebits");
	if (parts & AIRLOCK__SEAL_CAPABILITIES) {
		FUZZ_HOLDS(!(r->permitted & ~s->permitted), "P1: no capability but the seal's");
		FUZZ_HOLDS(!(r->inheritable & ~s->inheritable), "P1: ... nor to inherit");
		FUZZ_HOLDS(!(r->ambient & ~s->ambient), "P1: ... nor ambient");
	}
	if (s && s->cpus && s->cpus_size >= 8)
		FUZZ_HOLDS(!(r->cpus[0] & ~s->cpus[0]), "P1: the seal's CPUs");
}

static void check_directory(const struct airlock_options *o, const struct caller *c,
			    const struct program_report *r)
{
	const char *dir = o->cwd ? o->cwd : o->seal ? o->seal->directory : NULL;
	struct stat st = { .st_dev = c->dev, .st_ino = c->ino };

	if (o->seal && o->seal->root) {
		if (o->cwd || o->seal->directory)
			return;
		dir = o->seal->root;
	}
	if (dir)
		(void)stat(dir, &st);
	FUZZ_HOLDS(r->directory[0] == st.st_dev && r->directory[1] == st.st_ino,
		   "P1: the directory that was asked for");
}

void report_check(const struct program_report *r, const struct call *c, const struct wanted *w,
		  const struct caller *before, bool filtered)
{
	const struct airlock_options *o = c->o;
	char *const *envp = o->envp		       ? o->envp
			    : o->seal && o->seal->envp ? o->seal->envp
						       : c->environment;

	FUZZ_HOLDS((r->session == r->pid) == !!(o->flags & AIRLOCK_NEW_SESSION),
		   "P1: a session of its own, if asked for");
	FUZZ_HOLDS(!r->mask && !r->not_default,
		   "the helper's signals are as at the start of a program");
	FUZZ_HOLDS(r->arguments == hash_all(o->argv), "P1: argv as it was given");
	FUZZ_HOLDS(r->environment == hash_all(envp), "P1: the environment that was asked for");
	check_descriptors(o, r);
	check_seal(o->seal, before, r, filtered);
	check_directory(o, before, r);
	check_rights(o, r);
	FUZZ_HOLDS(!w->seal.shuts_files || r->landlocked, "P1: Landlock is in force");
}

void check_oom_score(const struct call *c, pid_t pid)
{
	const struct airlock_seal *s = c->o->seal;
	siginfo_t si = { 0 };
	char path[64];
	int score = 0;
	FILE *f;

	/* what may be gone already is not asked for: it needs none */
	if (!s || !(s->parts & AIRLOCK__SEAL_OOM_SCORE) || !c->mode || c->mode == PROGRAM_EXIT ||
	    c->mode == PROGRAM_KILL || c->mode == PROGRAM_EXEC)
		return;
	if (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid)
		return;
	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return;
	FUZZ_HOLDS(fscanf(f, "%d", &score) != 1 || score == s->oom_score_adj,
		   "P1: the seal's OOM score");
	fclose(f);
}
