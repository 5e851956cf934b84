/* SPDX-License-Identifier: ISC */
/*
 * spawn_seal.c: see spawn_seal.h.
 */
#define _GNU_SOURCE
#include "spawn_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "airlock/airlock.h"
#include "airlock/sandbox.h"
#include "spawn_faults.h"

/* Profiles: under each the program can do all that it does */

enum { READS_ALL = 4 }; /* and writes nothing */
static const char *const profiles[] = {
	"",
	"SystemCallFilter=~ptrace mount\n",
	"SystemCallFilter=@system-service\nSystemCallErrorNumber=EPERM\n",
	"UMask=077\nLimitNOFILE=64:64\nNice=5\n",
	[READS_ALL] = "ReadPath=/\nExecPath=/\n",
	"ReadPath=/usr\nBindTCP=none\nScope=signal\nBestEffort=landlock\n",
	"RestrictAddressFamilies=none\nMemoryDenyWriteExecute=yes\nLockPersonality=yes\n",
	"Environment=A=b C=d\nWorkingDirectory=/\n",
	"ExecOnce=no\nSystemCallLog=getppid\n",
	"OOMScoreAdjust=500\n",
	"User=65534\nGroup=65534\n",
};
enum { NPROFILES = sizeof profiles / sizeof *profiles };
static struct airlock_seal *made[NPROFILES];

/* The caller writes it for its helper: not without /proc, and not where Landlock keeps that from being written */
static bool can_set_oom_score(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static struct airlock_seal *make(const char *text)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_seal *seal = NULL;

	if (p && airlock_profile_parse(p, text, strlen(text), NULL) == 0)
		(void)airlock_seal_new(p, &seal, NULL); /* not every kernel and user can */
	airlock_profile_free(p);
	if (seal && seal->parts & AIRLOCK__SEAL_OOM_SCORE && !can_set_oom_score()) {
		airlock_seal_free(seal);
		seal = NULL;
	}
	return seal;
}

void seal_prepare(void)
{
	for (int i = 0; i < NPROFILES; i++)
		made[i] = make(profiles[i]);
}

/* By hand */

enum { PROGRAM_MAX = 16, MAX_GROUPS = 8 };

static struct {
	struct airlock_seal seal;
	unsigned long cpus[2];
	uint32_t groups[MAX_GROUPS];
	struct sock_filter filter[PROGRAM_MAX];
} hand;

static char sealed[] = "SEALED=yes", language[] = "LANG=C";
static char *const environment[] = { sealed, language, NULL };
static const char *const directories[] = { NULL, "/",	 "/airlock-missing", "/proc/self/exe",
					   "",	 "/proc" };
enum { NDIRECTORIES = sizeof directories / sizeof *directories };

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
#define EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)

enum { ALLOW = SECCOMP_RET_ALLOW };
enum program {
	ALLOWS_ALL,
	EXEC_ERRNO,
	EXEC_KILLS,
	EXEC_KILLS_THREAD,
	EXEC_TRAPS,
	EXEC_TRACES,
	EXEC_NOTIFIES,
	ALL_ERRNO,
	ALL_KILL,
	NO_EXIT,
	WRITE_ERRNO,
	LOGS_ALL,
	ONE_EXEC,
	BAD_JUMP,
	NO_RETURN,
	NO_PROGRAM,
	NPROGRAMS
};

static const struct {
	int nr; /* -1: all calls */
	uint32_t answer;
} answers[] = {
	[ALLOWS_ALL] = { -1, ALLOW },
	[EXEC_ERRNO] = { SYS_execve, SECCOMP_RET_ERRNO | EPERM },
	[EXEC_KILLS] = { SYS_execve, SECCOMP_RET_KILL_PROCESS },
	[EXEC_KILLS_THREAD] = { SYS_execve, SECCOMP_RET_KILL_THREAD },
	[EXEC_TRAPS] = { SYS_execve, SECCOMP_RET_TRAP },
	[EXEC_TRACES] = { SYS_execve, SECCOMP_RET_TRACE },
	[EXEC_NOTIFIES] = { SYS_execve, 0x7fc00000 },
	[ALL_ERRNO] = { -1, SECCOMP_RET_ERRNO | ENOMEM },
	[ALL_KILL] = { -1, SECCOMP_RET_KILL_PROCESS },
	[NO_EXIT] = { SYS_exit_group, SECCOMP_RET_ERRNO | EPERM },
	[WRITE_ERRNO] = { SYS_write, SECCOMP_RET_ERRNO | EPERM },
	[LOGS_ALL] = { -1, SECCOMP_RET_LOG },
};

/* execve only with the three pointers, whose halves the library fills in */
static void one_exec(struct airlock_seal *s)
{
	uint32_t n = 0;

	hand.filter[n++] = (struct sock_filter)LOAD(nr);
	hand.filter[n++] = (struct sock_filter)EQUAL(SYS_execve, 0, 12);
	for (uint16_t i = 0; i < 6; i++) {
		hand.filter[n++] = (struct sock_filter)
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				 (uint32_t)(offsetof(struct seccomp_data, args) + 4 * i));
		s->one_exec[i] = (uint16_t)n;
		hand.filter[n++] = (struct sock_filter)EQUAL(0, 0, (uint8_t)(2 * (5 - i) + 1));
	}
	hand.filter[n++] = (struct sock_filter)ANSWER(ALLOW);
	hand.filter[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_KILL_PROCESS);
	s->nfilter = n;
	s->parts |= AIRLOCK__SEAL_ONE_EXEC;
}

static void answer_one(struct airlock_seal *s, int nr, uint32_t answer)
{
	uint32_t n = 0;

	if (nr >= 0) {
		hand.filter[n++] = (struct sock_filter)LOAD(nr);
		hand.filter[n++] = (struct sock_filter)EQUAL((uint32_t)nr, 0, 1);
	}
	hand.filter[n++] = (struct sock_filter)ANSWER(answer);
	hand.filter[n++] = (struct sock_filter)ANSWER(ALLOW);
	s->nfilter = n;
}

static void filter(struct wanted_seal *w, enum program program, uint32_t flags)
{
	struct airlock_seal *s = &hand.seal;

	s->parts = (s->parts & ~AIRLOCK__SEAL_ONE_EXEC) | AIRLOCK__SEAL_SECCOMP;
	s->filter = hand.filter;
	s->filter_flags = flags;
	if (program == ONE_EXEC)
		one_exec(s);
	else if (program < ONE_EXEC)
		answer_one(s, answers[program].nr, answers[program].answer);
	else
		answer_one(s, SYS_execve, ALLOW);
	if (program == BAD_JUMP)
		hand.filter[1].jt = 200;
	if (program == NO_RETURN)
		s->nfilter = 1;
	if (program == NO_PROGRAM)
		s->filter = NULL;
	w->plain &= !flags && (program == ALLOWS_ALL || program == LOGS_ALL || program == ONE_EXEC);
	w->fragile |= program == NO_EXIT || program == WRITE_ERRNO || flags;
	w->no_exec = (program >= EXEC_ERRNO && program <= ALL_KILL) || program == BAD_JUMP ||
		     program == NO_RETURN;
	w->slow |= program == EXEC_NOTIFIES || flags;
}

/* Only what any user can ask for, and what no program minds */
static bool plain_limit(unsigned which, const struct airlock__limit *l)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)which, &now) < 0)
		return false;
	if (which != RLIMIT_NOFILE && which != RLIMIT_CORE && which != RLIMIT_MEMLOCK &&
	    which != RLIMIT_MSGQUEUE)
		return false;
	return l->soft <= l->hard && l->hard <= now.rlim_max;
}

static void raw(struct wanted_seal *w, unsigned which, uint32_t value)
{
	struct airlock_seal *s = &hand.seal;
	uint32_t *const field[] = { &s->size, &s->version, &s->parts, &s->nfilter };

	*field[which % 4] ^= value;
	/* what is left of the size would be read */
	if (s->nfilter > PROGRAM_MAX && s->nfilter <= BPF_MAXINSNS)
		s->nfilter = BPF_MAXINSNS + 1;
	if (s->parts & AIRLOCK__SEAL_SECCOMP && !s->filter)
		s->nfilter = 0;
	w->plain = false;
	w->fragile = w->slow = true;
	w->no_exec = false;
}

/* What becomes of it depends: on rights, and on what else names one */
static void directory(struct wanted_seal *w, const char **field, unsigned kind)
{
	kind %= NDIRECTORIES + FAULT_ACTIONS;
	*field = kind < NDIRECTORIES ? directories[kind] : fault_directory[kind - NDIRECTORIES];
	w->plain = false;
}

static void rights(struct wanted_seal *w, const struct fuzz_step *s)
{
	struct airlock_seal *seal = &hand.seal;

	switch (s->op) {
	case SEAL_BOUNDING:
		seal->parts |= AIRLOCK__SEAL_BOUNDING;
		seal->bounding = s->arg[0];
		break;
	case SEAL_SECUREBITS:
		seal->parts |= AIRLOCK__SEAL_SECUREBITS;
		seal->securebits = (uint32_t)s->arg[0];
		break;
	case SEAL_GROUPS:
		seal->parts |= AIRLOCK__SEAL_GROUPS;
		seal->ngroups = (uint32_t)(s->arg[0] % (MAX_GROUPS + 1));
		seal->groups = hand.groups;
		for (uint32_t i = 0; i < MAX_GROUPS; i++)
			hand.groups[i] = (uint32_t)s->arg[1] + i;
		break;
	case SEAL_IDS:
		seal->parts |= (s->arg[0] & 1 ? AIRLOCK__SEAL_GID : 0) |
			       (s->arg[0] & 2 ? AIRLOCK__SEAL_UID : 0);
		seal->gid = (uint32_t)s->arg[1];
		seal->uid = (uint32_t)s->arg[2];
		break;
	default:
		seal->parts |= AIRLOCK__SEAL_CAPABILITIES;
		seal->permitted = s->arg[0];
		seal->effective = s->arg[1];
		seal->inheritable = s->arg[2];
		seal->ambient = s->arg[3];
	}
	w->plain = false;
}

static void limit(struct wanted_seal *w, const struct fuzz_step *s)
{
	unsigned which = (unsigned)s->arg[0] % AIRLOCK__NLIMITS;
	struct airlock__limit *l = &hand.seal.limit[which];

	*l = (struct airlock__limit){ s->arg[1], s->arg[2] };
	/* nobody's folder shall get a core */
	if (which == RLIMIT_CORE)
		l->soft = 0;
	hand.seal.limits |= 1u << which;
	if (plain_limit(which, l))
		return;
	w->plain = false;
	w->fragile = true;
	/* the helper would be short of time, and not we */
	if (which == RLIMIT_CPU || which == RLIMIT_RTTIME)
		w->slow = true;
}

static void change(struct wanted_seal *w, const struct fuzz_step *s)
{
	struct airlock_seal *seal = &hand.seal;

	switch (s->op) {
	case SEAL_UMASK:
		seal->parts |= AIRLOCK__SEAL_UMASK;
		seal->umask = (uint32_t)s->arg[0];
		w->plain &= seal->umask < FAULT_UMASK;
		break;
	case SEAL_NICE:
		seal->parts |= AIRLOCK__SEAL_NICE;
		seal->nice = (int8_t)s->arg[0];
		w->plain &= seal->nice > 0 && seal->nice < 20 && seal->nice != FAULT_NICE;
		break;
	case SEAL_LIMIT:
		limit(w, s);
		break;
	case SEAL_CPUS:
		hand.cpus[0] = s->arg[0];
		seal->cpus = hand.cpus;
		seal->cpus_size = s->arg[1] % (sizeof hand.cpus + 1);
		w->plain = false;
		break;
	case SEAL_ROOT:
		directory(w, &seal->root, (unsigned)s->arg[0]);
		break;
	case SEAL_DIRECTORY:
		directory(w, &seal->directory, (unsigned)s->arg[0]);
		break;
	case SEAL_LANDLOCK:
		seal->parts |= AIRLOCK__SEAL_LANDLOCK;
		seal->landlock_fd = (int16_t)s->arg[0];
		seal->landlock_flags = (uint32_t)s->arg[1];
		w->plain = false;
		/* none of what is open is a ruleset but those of profiles */
		w->fragile = true;
		break;
	case SEAL_FILTER:
		filter(w, (enum program)(s->arg[0] % NPROGRAMS), (uint32_t)s->arg[1]);
		break;
	case SEAL_WORD:
		seal->one_exec[s->arg[0] % 6] = (uint16_t)s->arg[1];
		w->plain = false;
		w->fragile = w->slow = true;
		break;
	case SEAL_ENVIRONMENT:
		seal->envp = environment;
		break;
	case SEAL_OOM_SCORE:
		seal->parts |= AIRLOCK__SEAL_OOM_SCORE;
		seal->oom_score_adj = (int16_t)s->arg[0];
		w->plain = false;
		break;
	case SEAL_RAW:
		raw(w, (unsigned)s->arg[0], (uint32_t)s->arg[1]);
		break;
	default:
		rights(w, s);
	}
}

/* What the core is to refuse, by the words of seal.h */
static bool refused(const struct airlock_seal *s)
{
	if (s->size != sizeof *s || s->version != 1 || s->parts > 0xfff)
		return true;
	if (s->parts & AIRLOCK__SEAL_SECCOMP && (!s->filter || !s->nfilter || s->nfilter > 4096))
		return true;
	if (s->parts & AIRLOCK__SEAL_OOM_SCORE &&
	    (s->oom_score_adj < -1000 || s->oom_score_adj > 1000))
		return true;
	/* "as it is", to setresuid(2) */
	if ((s->parts & AIRLOCK__SEAL_UID && s->uid == UINT32_MAX) ||
	    (s->parts & AIRLOCK__SEAL_GID && s->gid == UINT32_MAX))
		return true;
	if (!(s->parts & AIRLOCK__SEAL_ONE_EXEC))
		return false;
	for (int i = 0; i < 6; i++)
		if (s->one_exec[i] >= s->nfilter)
			return true;
	return !(s->parts & AIRLOCK__SEAL_SECCOMP);
}

void seal_start(struct wanted_seal *w)
{
	memset(&hand, 0, sizeof hand);
	hand.seal.size = sizeof hand.seal;
	hand.seal.version = AIRLOCK__SEAL_VERSION;
	hand.seal.landlock_fd = -1;
	*w = (struct wanted_seal){ .plain = true };
}

void seal_step(struct wanted_seal *w, const struct fuzz_step *s)
{
	if (s->op == SEAL_PROFILE) {
		const struct airlock_seal *seal = made[s->arg[0] % NPROFILES];

		*w = (struct wanted_seal){
			.seal = seal,
			.plain = true,
			.shuts_files = seal && s->arg[0] % NPROFILES == READS_ALL &&
				       seal->parts & AIRLOCK__SEAL_LANDLOCK,
			.one_exec = seal && seal->parts & AIRLOCK__SEAL_ONE_EXEC,
		};
		return;
	}
	if (w->seal != &hand.seal || s->op == SEAL_BLANK)
		seal_start(w);
	w->seal = &hand.seal;
	if (s->op == SEAL_BLANK)
		return;
	change(w, s);
	w->fails = w->no_exec;
	for (int i = 0; i < AIRLOCK__NLIMITS; i++)
		w->fails |= hand.seal.limits & 1u << i &&
			    hand.seal.limit[i].soft > hand.seal.limit[i].hard;
	w->refused = refused(&hand.seal);
	w->one_exec = hand.seal.parts & AIRLOCK__SEAL_ONE_EXEC;
}
