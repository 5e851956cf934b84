/* SPDX-License-Identifier: ISC */
/*
 * seal.c: airlock_seal_new(): a profile becomes data for the child. Step by step, in the order of
 * the report; changes nothing of the caller.
 */
#define _GNU_SOURCE
#include "seal.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "environment.h"
#include "ids.h"
#include "landlock.h"
#include "names.h"
#include "program.h"
#include "quiet.h"

/* What a seal owns, behind what the core sees of it. */
struct sealed {
	struct airlock_seal data; /* first: it is the seal */
	struct airlock__program program;
	/* for airlock_seal_export_bpf(), which few call; NULL: there is nothing to export */
	struct airlock_profile *calls;
	uint32_t personality;
	struct airlock__strings envp;
	char *root, *directory;
	uint32_t *groups;
	cpu_set_t cpus;
};

static int copy_string(const char *from, char **ret)
{
	*ret = from ? strdup(from) : NULL;
	return from && !*ret ? -ENOMEM : 0;
}

/* Step 5: where */

static int make_place(const struct airlock_profile *p, struct airlock_report *report,
		      const char *home, struct sealed *s)
{
	const char *directory = p->directory;
	struct stat st;
	int r;

	if (p->root && !airlock__capable(CAP_SYS_CHROOT))
		airlock__report_lost(report, p, "root", -EPERM, "%s",
				     "this caller may not (CAP_SYS_CHROOT)");
	else
		airlock__report_add(report, "root", p->root ? AIRLOCK_ENFORCED : AIRLOCK_NOT_ASKED,
				    "%s", p->root ? p->root : "");
	if (directory && !strcmp(directory, "~")) {
		directory = home;
		if (!home)
			airlock__report_lost(report, p, "directory", -ESRCH, "%s",
					     "~: the user's home is not known");
	}
	/* beneath another root only the child can tell */
	if (directory && p->directory_optional && !p->root && stat(directory, &st) < 0)
		directory = NULL;
	airlock__report_add(report, "directory", directory ? AIRLOCK_ENFORCED : AIRLOCK_NOT_ASKED,
			    "%s", directory ? directory : "");
	airlock__report_add(report, "umask", p->umask < 0 ? AIRLOCK_NOT_ASKED : AIRLOCK_ENFORCED,
			    "%s", "");
	if (p->umask >= 0) {
		s->data.parts |= AIRLOCK__SEAL_UMASK;
		s->data.umask = (uint32_t)p->umask;
	}
	r = copy_string(p->root, &s->root);
	r = r < 0 ? r : copy_string(directory, &s->directory);
	s->data.root = s->root;
	s->data.directory = s->directory;
	return r;
}

/* Step 6: how much */

static const char *const limit_names[AIRLOCK__NLIMITS] = {
	[RLIMIT_CPU] = "rlimit-cpu",	       [RLIMIT_FSIZE] = "rlimit-fsize",
	[RLIMIT_DATA] = "rlimit-data",	       [RLIMIT_STACK] = "rlimit-stack",
	[RLIMIT_CORE] = "rlimit-core",	       [RLIMIT_RSS] = "rlimit-rss",
	[RLIMIT_NPROC] = "rlimit-nproc",       [RLIMIT_NOFILE] = "rlimit-nofile",
	[RLIMIT_MEMLOCK] = "rlimit-memlock",   [RLIMIT_AS] = "rlimit-as",
	[RLIMIT_LOCKS] = "rlimit-locks",       [RLIMIT_SIGPENDING] = "rlimit-sigpending",
	[RLIMIT_MSGQUEUE] = "rlimit-msgqueue", [RLIMIT_NICE] = "rlimit-nice",
	[RLIMIT_RTPRIO] = "rlimit-rtprio",     [RLIMIT_RTTIME] = "rlimit-rttime",
};

/* A limit above the caller's own hard one cannot be had; best effort is that one. */
static void make_limit(const struct airlock_profile *p, struct airlock_report *report, int which,
		       bool may_raise, struct airlock_seal *seal)
{
	struct airlock__limit want = p->limit[which];
	struct rlimit now;

	if (!(p->limits & 1u << which)) {
		airlock__report_add(report, limit_names[which], AIRLOCK_NOT_ASKED, "%s", "");
		return;
	}
	seal->limits |= 1u << which;
	/* 0 does not keep a core_pattern that is a pipe from its core, 1 does, and makes no file: core(5) */
	if (which == RLIMIT_CORE && want.soft == 0 &&
	    (may_raise || (getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_max >= 1))) {
		want.soft = 1;
		want.hard = want.hard ? want.hard : 1;
	}
	seal->limit[which] = want;
	if (may_raise || getrlimit(which, &now) < 0 || want.hard <= now.rlim_max) {
		airlock__report_add(report, limit_names[which], AIRLOCK_ENFORCED, "%s", "");
		return;
	}
	airlock__report_lost(report, p, limit_names[which], -EPERM,
			     "the caller's own hard limit is %llu, and it may not raise it "
			     "(CAP_SYS_RESOURCE)",
			     (unsigned long long)now.rlim_max);
	seal->limit[which].hard = now.rlim_max;
	if (want.soft > now.rlim_max)
		seal->limit[which].soft = now.rlim_max;
}

static void make_limits(const struct airlock_profile *p, struct airlock_report *report,
			struct sealed *s)
{
	bool may_raise = airlock__capable(CAP_SYS_RESOURCE);

	for (int i = 0; i < AIRLOCK__NLIMITS; i++)
		make_limit(p, report, i, may_raise, &s->data);
	airlock__report_add(report, "nice", p->has_nice ? AIRLOCK_ENFORCED : AIRLOCK_NOT_ASKED,
			    "%s", "");
	airlock__report_add(report, "cpu-affinity",
			    p->has_cpus ? AIRLOCK_ENFORCED : AIRLOCK_NOT_ASKED, "%s", "");
	airlock__report_add(report, "oom-score", p->has_oom ? AIRLOCK_ENFORCED : AIRLOCK_NOT_ASKED,
			    "%s", "");
	if (p->has_nice) {
		s->data.parts |= AIRLOCK__SEAL_NICE;
		s->data.nice = p->nice;
	}
	if (p->has_cpus) {
		s->cpus = p->cpus;
		s->data.cpus = (const unsigned long *)&s->cpus;
		s->data.cpus_size = sizeof s->cpus;
	}
	if (p->has_oom) {
		s->data.parts |= AIRLOCK__SEAL_OOM_SCORE;
		s->data.oom_score_adj = p->oom_score_adj;
	}
}

/* Step 12: which calls */

/* 0: this kernel, and whatever filter is around the caller, take filters; else a negative errno. */
static int seccomp_here(void)
{
	/* no program: a kernel that would take one says EFAULT, seccomp(2) */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == 0 || errno == EFAULT)
		return 0;
	return -errno;
}

/* One restriction that the program enforces: true where it does, and no more was told of it. */
static bool is_enforced(const struct airlock_profile *p, struct airlock_report *report,
			const char *name, bool asked, int missing)
{
	if (!asked)
		airlock__report_add(report, name, AIRLOCK_NOT_ASKED, "%s", "");
	else if (missing)
		airlock__report_lost(report, p, name, missing == -EPERM ? missing : -EOPNOTSUPP,
				     "no seccomp filters here: %s (SECCOMP_SET_MODE_FILTER)",
				     airlock__value_name(AIRLOCK__ERRNOS, (uint64_t)-missing));
	return asked && !missing;
}

static void filter_part(const struct airlock_profile *p, struct airlock_report *report,
			const char *name, bool asked, int missing, const char *detail)
{
	if (is_enforced(p, report, name, asked, missing))
		airlock__report_add(report, name, AIRLOCK_ENFORCED, "%s", detail);
}

static void report_filter(const struct airlock_profile *p, struct airlock_report *report,
			  bool needed, int missing, uint32_t n)
{
	uint32_t v = airlock__baseline(p);

	filter_part(p, report, "one-exec", p->exec_once, missing, "");
	if (is_enforced(p, report, "seccomp-filter", p->filter_mode != AIRLOCK__NO_LIST, missing))
		airlock__report_add(report, "seccomp-filter", AIRLOCK_ENFORCED, "%u instructions",
				    n);
	if (is_enforced(p, report, "seccomp-baseline", needed, missing))
		airlock__report_add(report, "seccomp-baseline", AIRLOCK_ENFORCED, "Linux %u.%u",
				    v >> 16, v >> 8 & 0xff);
	filter_part(p, report, "seccomp-rules", p->nrules > 0, missing, "");
	filter_part(p, report, "seccomp-log", p->log_mode != AIRLOCK__NO_LIST, missing, "");
	filter_part(p, report, "address-families", p->family_mode != AIRLOCK__NO_LIST, missing, "");
	filter_part(p, report, "seccomp-tcp", p->has_bind || p->has_connect, missing,
		    "no other way to TCP than Landlock sees");
	filter_part(p, report, "namespaces", p->restrict_namespaces, missing, "");
	filter_part(p, report, "realtime", p->restrict_realtime, missing, "");
	filter_part(p, report, "suid-sgid", p->restrict_suid_sgid, missing, "");
	filter_part(p, report, "lock-personality", p->lock_personality, missing, "");
	filter_part(p, report, "write-execute", p->deny_write_execute, missing, "");
}

/* A program is all there is to tell the first exec from others: without the one exec there is no first. */
static bool refuses_exec(const struct airlock_profile *p)
{
	int call = airlock__call_by_name("execve", strlen("execve"));
	uint32_t answer = airlock__base_answer(p, (size_t)call);

	return answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG &&
	       !airlock__has_rule(p, (size_t)call);
}

static int make_program(const struct airlock_profile *p, struct airlock_report *report,
			struct sealed *s)
{
	bool needed = airlock__program_needed(p, p->exec_once);
	uint32_t own = (uint32_t)personality(0xffffffff);
	int missing = needed ? seccomp_here() : 0, r = 0;

	if (!p->exec_once && refuses_exec(p)) {
		airlock__report_lost(report, p, "seccomp-filter", -EINVAL, "%s",
				     "with ExecOnce=no the helper's own execve would be refused; "
				     "ExecOnce=yes refuses all others");
		return -EINVAL;
	}
	if (needed && !missing)
		r = airlock__program_get(p, own, &s->program);
	if (r == -E2BIG)
		airlock__report_lost(report, p, "seccomp-filter", r,
				     "a program of %u instructions; the kernel takes %d",
				     s->program.n, BPF_MAXINSNS);
	else if (r < 0)
		airlock__report_lost(report, p, "seccomp-filter", r, "%s", strerror(-r));
	if (r < 0)
		return r;
	report_filter(p, report, needed, missing, s->program.n);
	if (!s->program.code)
		return 0;
	s->data.parts |= AIRLOCK__SEAL_SECCOMP;
	s->data.filter = s->program.code;
	s->data.nfilter = s->program.n;
	if (s->program.one_exec) {
		s->data.parts |= AIRLOCK__SEAL_ONE_EXEC;
		memcpy(s->data.one_exec, s->program.at, sizeof s->data.one_exec);
	}
	if (!airlock__program_needed(p, false))
		return 0;
	s->personality = own;
	s->calls = airlock__profile_calls(p);
	return s->calls ? 0 : -ENOMEM;
}

/* Step 10, and what is left */

static int make_landlock(const struct airlock_profile *p, struct airlock_report *report,
			 struct sealed *s)
{
	int fd = -1, r = airlock__landlock_make(p, report, &fd);

	if (r == 0 && fd >= 0) {
		s->data.parts |= AIRLOCK__SEAL_LANDLOCK;
		s->data.landlock_fd = fd;
	}
	return r;
}

static int make_all(const struct airlock_profile *p, struct airlock_report *report,
		    struct sealed *s)
{
	char *home = NULL;
	int r;

	airlock__report_add(report, "no-new-privs", AIRLOCK_ENFORCED, "%s", "");
	r = make_program(p, report, s);
	r = r < 0 ? r : make_landlock(p, report, s);
	if (r < 0)
		return r;
	make_limits(p, report, s);
	r = airlock__ids_make(p, report, &s->data, &home);
	s->groups = (uint32_t *)s->data.groups;
	r = r < 0 ? r : make_place(p, report, home, s);
	free(home);
	r = r < 0 ? r : airlock__environment_make(p, &s->envp);
	if (r < 0)
		return r;
	s->data.envp = s->envp.at;
	airlock__report_add(report, "environment", AIRLOCK_ENFORCED, "%zu variables", s->envp.n);
	return airlock__report_failure(report);
}

int airlock_seal_new(const struct airlock_profile *p, struct airlock_seal **ret,
		     struct airlock_report **ret_report)
{
	struct airlock__quiet quiet;
	struct airlock_report *report;
	struct sealed *s;
	int r;

	if (!p || !ret)
		return -EINVAL;
	quiet = airlock__quiet_begin();
	report = airlock__report_new();
	if (report && !ret_report)
		airlock__report_be_brief(report);
	s = calloc(1, sizeof *s);
	if (s) {
		s->data.size = sizeof s->data;
		s->data.version = AIRLOCK__SEAL_VERSION;
		s->data.landlock_fd = -1;
	}
	r = report && s ? make_all(p, report, s) : -ENOMEM;
	if (r == 0)
		*ret = &s->data;
	else
		airlock_seal_free(s ? &s->data : NULL);
	if (report && ret_report)
		*ret_report = report;
	else
		airlock_report_free(report);
	airlock__quiet_end(&quiet);
	return r;
}

struct airlock_seal *airlock_seal_free(struct airlock_seal *seal)
{
	struct airlock__quiet quiet;
	struct sealed *s = (struct sealed *)seal;

	if (!s)
		return NULL;
	quiet = airlock__quiet_begin();
	if (s->data.landlock_fd >= 0)
		close(s->data.landlock_fd);
	free(s->program.code);
	airlock_profile_free(s->calls);
	for (size_t i = 0; i < s->envp.n; i++)
		free(s->envp.at[i]);
	free(s->envp.at);
	free(s->root);
	free(s->directory);
	free(s->groups);
	free(s);
	airlock__quiet_end(&quiet);
	return NULL;
}

static int write_all(int fd, const void *from, size_t left)
{
	const char *at = from;

	while (left) {
		ssize_t n = write(fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		left -= (size_t)n;
	}
	return 0;
}

int airlock_seal_export_bpf(const struct airlock_seal *seal, int fd)
{
	const struct sealed *s = (const struct sealed *)seal;
	struct airlock__program program = { 0 };
	struct airlock__quiet quiet;
	int r;

	if (!s)
		return -EINVAL;
	if (!s->calls)
		return -ENODATA;
	quiet = airlock__quiet_begin();
	r = airlock__program_make(s->calls, false, s->personality, &program);
	if (r == 0)
		r = write_all(fd, program.code, program.n * sizeof *program.code);
	free(program.code);
	airlock__quiet_end(&quiet);
	return r;
}
