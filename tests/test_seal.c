/* SPDX-License-Identifier: ISC */
/*
 * test_seal.c: seals written by hand, seen from within the helper: as root, and as a forked child
 * that has become nobody. What a seal asks for is in force, or the spawn fails at that very step.
 */
#define _GNU_SOURCE
#include "common.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "seal.h"

enum { NR_PIDFD_OPEN = 434, NR_PIDFD_GETFD = 438, NR_LANDLOCK_CREATE = 444, NR_LANDLOCK_ADD = 445 };

static struct airlock_seal seal_of(uint32_t parts)
{
	return (struct airlock_seal){
		.size = sizeof(struct airlock_seal),
		.version = AIRLOCK__SEAL_VERSION,
		.parts = parts,
		.landlock_fd = -1,
	};
}

/* What the helper reports from within the seal. */
static char *sealed_report(const struct airlock_seal *s)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));

	o.seal = s;
	return report_of(&o);
}

static void must_report_sealed(const struct airlock_seal *s, const char *key, const char *want)
{
	char *report = sealed_report(s);

	must_report(report, key, want);
	free(report);
}

/* What a helper of these options says until it ends; from malloc. */
static char *words_of(const struct airlock_options *o)
{
	struct airlock_helper h = must_spawn(o);
	char *text = read_all(&h, o->channel, NULL);

	must_stop(&h, 0);
	return text;
}

static char *sealed_words(const struct airlock_seal *s, char **argv)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, argv);

	o.seal = s;
	return words_of(&o);
}

/* P2, P8: it fails at this step with this errno, says that word, and leaves nothing. */
static void must_fail_at(const struct airlock_seal *s, enum airlock_step step, int code,
			 const char *word)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_error e = { 0 };

	o.seal = s;
	must_fail(&o, &e);
	if (e.step != step || e.code != code || !strstr(e.message, word))
		fail_msg("failed at %s (%d), not at %s (%d) with '%s': %s",
			 airlock_step_name(e.step), e.code, airlock_step_name(step), code, word,
			 e.message);
}

/* The seal itself */

static void refused_seals(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct airlock_seal s;

	for (int i = 0; i < 4; i++) {
		static const int off[] = { -1, 1, 8, -8 };

		s = seal_of(0);
		s.size += (uint32_t)off[i];
		must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");
		s = seal_of(0);
		s.version += (uint32_t)off[i];
		must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");
	}
	s = seal_of(0);
	s.size = 0;
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");
	for (int bit = 12; bit < 32; bit++) {
		s = seal_of(1u << bit);
		must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");
	}

	s = seal_of(AIRLOCK__SEAL_SECCOMP);
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");
	s.filter = &allow;
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");
	s.nfilter = BPF_MAXINSNS + 1;
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");
	s.filter = NULL;
	s.nfilter = 1;
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "");

	s = seal_of(AIRLOCK__SEAL_ONE_EXEC);
	s.filter = &allow;
	s.nfilter = 1;
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "one exec");
	for (int i = 0; i < 6; i++)
		for (uint16_t at = 1; at; at = (uint16_t)(at * 16)) {
			s = seal_of(AIRLOCK__SEAL_SECCOMP | AIRLOCK__SEAL_ONE_EXEC);
			s.filter = &allow;
			s.nfilter = 1;
			s.one_exec[i] = at;
			must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "one exec");
		}
}

static void p8_a_seal_of_another_version_is_refused(void **state)
{
	(void)state;
	refused_seals();
}

static void nnp_with_any_seal(void)
{
	struct airlock_seal s = seal_of(0);

	must_report_sealed(&s, "no-new-privs", "1");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
		must_report_sealed(NULL, "no-new-privs", "0");
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

static void p1_any_seal_sets_no_new_privs(void **state)
{
	(void)state;
	as_both(nnp_with_any_seal);
}

static void p1_the_environment_is_the_seals_unless_the_options_have_one(void **state)
{
	char *sealed[] = { (char *)"ONE=of the seal", (char *)"TWO=", NULL };
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_seal s = seal_of(0);
	char *report;

	(void)state;
	s.envp = sealed;
	o.seal = &s;
	report = report_of(&o);
	must_report(report, "env", "ONE=of the seal");
	assert_non_null(strstr(report, "\nenv: TWO=\n"));
	assert_null(strstr(report, "env: PATH"));
	free(report);
	o.envp = ARGV("THREE=of the options");
	report = report_of(&o);
	must_report(report, "env", "THREE=of the options");
	assert_null(strstr(report, "of the seal"));
	free(report);
}

/* Resource limits */

/* Low, but enough for a helper, by the kernel's numbers. */
static uint64_t low_limit(unsigned which)
{
	static const uint64_t low[AIRLOCK__NLIMITS] = {
		1000, 1u << 30,	  1u << 30, 4u << 20, 7,    1u << 30, 50000, 500,
		4096, 1ull << 34, 77,	    500,      4096, 10,	      10,    1000000,
	};
	struct rlimit now;

	getrlimit((__rlimit_resource_t)which, &now);
	return low[which] < now.rlim_max ? low[which] : now.rlim_max / 2;
}

static void limit_text(char buf[64], uint64_t soft, uint64_t hard)
{
	snprintf(buf, 64, "%llu:%llu", (unsigned long long)soft, (unsigned long long)hard);
}

static void must_have_limit(const char *report, unsigned which, const struct airlock__limit *want)
{
	char key[16], text[64];

	snprintf(key, sizeof key, "limit %u", which);
	limit_text(text, want->soft, want->hard);
	must_report(report, key, text);
}

/* Each as asked, or as the caller has it. */
static void must_have_limits(const struct airlock_seal *s)
{
	char *report = sealed_report(s);

	for (unsigned i = 0; i < AIRLOCK__NLIMITS; i++) {
		struct rlimit ours;
		struct airlock__limit want;

		getrlimit((__rlimit_resource_t)i, &ours);
		want = (struct airlock__limit){ ours.rlim_cur, ours.rlim_max };
		must_have_limit(report, i, s && s->limits >> i & 1 ? &s->limit[i] : &want);
	}
	free(report);
}

static void add_limit(struct airlock_seal *s, unsigned which)
{
	uint64_t hard = low_limit(which);

	s->limits |= 1u << which;
	s->limit[which] = (struct airlock__limit){ hard ? hard - 1 : 0, hard };
}

static void each_limit_arrives(void)
{
	struct airlock_seal all = seal_of(0);

	must_have_limits(NULL);
	must_have_limits(&all);
	for (unsigned i = 0; i < AIRLOCK__NLIMITS; i++) {
		struct airlock_seal s = seal_of(0);

		add_limit(&s, i);
		add_limit(&all, i);
		must_have_limits(&s);
	}
	must_have_limits(&all);
}

static void p1_each_limit_arrives_as_asked(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind has limits of its own");
	as_both(each_limit_arrives);
}

/* Lower our own, ask for more: without CAP_SYS_RESOURCE that is refused. */
static void raise_each_limit(void *arg)
{
	(void)arg;
	if (have_capability(CAP_SYS_RESOURCE))
		drop_capability(CAP_SYS_RESOURCE);
	for (unsigned i = 0; i < AIRLOCK__NLIMITS; i++) {
		uint64_t hard = i == RLIMIT_NOFILE ? 1500 : low_limit(i);
		struct rlimit ours = { hard, hard };
		struct airlock_seal s = seal_of(0);

		/* a sanitizer's shadow takes terabytes, and what it has for itself is data */
		if ((i == RLIMIT_AS || i == RLIMIT_DATA) && UNDER_SANITIZER)
			continue;
		assert_int_equal(setrlimit((__rlimit_resource_t)i, &ours), 0);
		s.limits = 1u << i;
		s.limit[i] = (struct airlock__limit){ hard, hard + 1 };
		must_fail_at(&s, AIRLOCK_STEP_RLIMIT, EPERM, airlock__limit_name(i));
		/* and one that can be had does not make up for it */
		add_limit(&s, RLIMIT_FSIZE);
		if (i != RLIMIT_FSIZE)
			must_fail_at(&s, AIRLOCK_STEP_RLIMIT, EPERM, airlock__limit_name(i));
	}
}

static void p8_a_limit_that_cannot_be_raised_is_named(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind has limits of its own");
	in_child(raise_each_limit, NULL);
}

static void p8_a_soft_limit_above_the_hard_one_is_named(void **state)
{
	(void)state;
	for (unsigned i = 0; i < AIRLOCK__NLIMITS; i++) {
		struct airlock_seal s = seal_of(0);

		s.limits = 1u << i;
		s.limit[i] = (struct airlock__limit){ 1, 0 };
		must_fail_at(&s, AIRLOCK_STEP_RLIMIT, EINVAL, airlock__limit_name(i));
	}
}

/* RLIMIT_CORE is something else until just before the exec: none of that must be left */
static void core_limit(void)
{
	struct rlimit ours, was;

	getrlimit(RLIMIT_CORE, &was);
	for (rlim_t soft = 0; soft < 3; soft++) {
		struct airlock_seal s = seal_of(0);

		ours = (struct rlimit){ soft < was.rlim_max ? soft : was.rlim_max, was.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_CORE, &ours), 0);
		must_have_limits(NULL);
		must_have_limits(&s);
		s.limits = 1u << RLIMIT_CORE;
		for (uint64_t hard = 0; hard < 3 && hard <= was.rlim_max; hard++) {
			s.limit[RLIMIT_CORE] = (struct airlock__limit){ hard, hard };
			must_have_limits(&s);
		}
	}
	setrlimit(RLIMIT_CORE, &was);
}

static void p1_the_core_limit_arrives_as_asked(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind has limits of its own");
	as_both(core_limit);
}

/* Umask, directory, root */

static void umask_and_directory(void)
{
	char *folder = temp_folder();
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_UMASK);
	char *report;

	s.umask = 0137;
	s.directory = folder;
	o.seal = &s;
	report = report_of(&o);
	must_report(report, "umask", "137");
	must_report(report, "cwd", folder);
	free(report);
	o.cwd = "/";
	report = report_of(&o);
	must_report(report, "cwd", "/");
	free(report);
	s.umask = 0;
	must_report_sealed(&s, "umask", "000");

	s.directory = "/no/such/folder";
	must_fail_at(&s, AIRLOCK_STEP_DIRECTORY, ENOENT, "/no/such/folder");
	s.directory = helper_program("report");
	must_fail_at(&s, AIRLOCK_STEP_DIRECTORY, ENOTDIR, "report");
	temp_remove(folder);
}

static void p1_umask_and_directory_are_the_seals(void **state)
{
	(void)state;
	as_both(umask_and_directory);
}

static void copy_program(const char *from, const char *folder)
{
	static char buf[65536];
	char *to = temp_path(folder, "report");
	int in = open(from, O_RDONLY | O_CLOEXEC),
	    out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof buf)) > 0)
		put_all(out, buf, (size_t)n);
	close(in);
	close(out);
	free(to);
}

static void in_the_root(const struct airlock_seal *s, const char *path, const char *cwd,
			const char *want)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(path));
	char *report;

	o.seal = s;
	o.cwd = cwd;
	report = words_of(&o);
	must_report(report, "cwd", want);
	must_report(report, "fds", "0 1 2");
	free(report);
}

static void p1_the_root_is_the_seals(void **state)
{
	char *folder, *sub, *words, *path;
	struct airlock_seal s = seal_of(0);

	(void)state;
	need_root();
	folder = temp_folder();
	sub = temp_path(folder, "sub");
	assert_int_equal(mkdir(sub, 0755), 0);
	copy_program(helper_program("report"), folder);
	s.root = folder;
	/* the path is resolved in the new root, and a relative one in the directory beneath it */
	in_the_root(&s, "/report", NULL, "/");
	in_the_root(&s, "report", NULL, "/");
	s.directory = "/sub";
	in_the_root(&s, "../report", NULL, "/sub");
	in_the_root(&s, "../../../report", NULL, "/sub");
	in_the_root(&s, "report", "/", "/");

	/* nothing of the old one is to be seen */
	words = sealed_words(&s, ARGV("/report", "open", "/etc/passwd", "/../../etc/passwd",
				      "/report"));
	assert_non_null(strstr(words, "open /etc/passwd: 2\n"));
	assert_non_null(strstr(words, "open /../../etc/passwd: 2\n"));
	assert_non_null(strstr(words, "open /report: 0\n"));
	free(words);
	must_fail_at(&s, AIRLOCK_STEP_EXECVE, ENOENT, helper_program("report"));

	path = temp_path(folder, "nowhere");
	s.root = path;
	must_fail_at(&s, AIRLOCK_STEP_ROOT, ENOENT, path);
	free(path);
	free(sub);
	temp_remove(folder);
}

static void root_of_nobody(void)
{
	struct airlock_seal s = seal_of(0);

	s.root = "/";
	must_fail_at(&s, AIRLOCK_STEP_ROOT, EPERM, "");
}

static void p8_nobody_cannot_change_the_root(void **state)
{
	(void)state;
	as_nobody(root_of_nobody);
}

/* Nice, affinity */

static void nice_value(void)
{
	int ours = getpriority(PRIO_PROCESS, 0);
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_NICE);
	char text[16];

	s.nice = ours < 15 ? ours + 4 : 19;
	snprintf(text, sizeof text, "%d", s.nice);
	must_report_sealed(&s, "nice", text);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), ours);
}

static void p1_the_nice_value_is_the_seals(void **state)
{
	(void)state;
	as_both(nice_value);
}

static void nicer_than_nobody(void)
{
	struct rlimit none = { 0, 0 };
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_NICE);

	assert_int_equal(setrlimit(RLIMIT_NICE, &none), 0);
	s.nice = -5;
	must_fail_at(&s, AIRLOCK_STEP_NICE, EACCES, "");
}

static void p8_nobody_cannot_be_less_nice(void **state)
{
	(void)state;
	as_nobody(nicer_than_nobody);
}

static void affinity(void)
{
	struct airlock_seal s = seal_of(0);
	cpu_set_t ours, one;
	char count[16];
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof ours, &ours), 0);
	while (!CPU_ISSET(cpu, &ours))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	s.cpus = (const unsigned long *)(const void *)&one;
	s.cpus_size = sizeof one;
	must_report_sealed(&s, "affinity", "1");
	s.cpus = (const unsigned long *)(const void *)&ours;
	snprintf(count, sizeof count, "%d", CPU_COUNT(&ours));
	must_report_sealed(&s, "affinity", count);
	CPU_ZERO(&one);
	s.cpus = (const unsigned long *)(const void *)&one;
	must_fail_at(&s, AIRLOCK_STEP_AFFINITY, EINVAL, "");
}

static void p1_the_processors_are_the_seals(void **state)
{
	(void)state;
	as_both(affinity);
}

/* Capabilities and ids */

/* field 0 to 4 of the helper's capabilities: permitted effective inheritable bounding ambient */
static unsigned long long capabilities_of(const struct airlock_seal *s, int field)
{
	char *report = sealed_report(s), *value = report_value(report, "capabilities");
	unsigned long long set[5];

	assert_non_null(value);
	assert_int_equal(sscanf(value, "%llx %llx %llx %llx %llx", &set[0], &set[1], &set[2],
				&set[3], &set[4]),
			 5);
	free(value);
	free(report);
	return set[field];
}

static void p1_the_bounding_set_is_what_stays(void **state)
{
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_BOUNDING);
	unsigned long long all;

	(void)state;
	need_root();
	all = capabilities_of(NULL, 3);
	s.bounding = 1ull << CAP_KILL | 1ull << CAP_NET_BIND_SERVICE;
	assert_true(capabilities_of(&s, 3) == (s.bounding & all));
	/* an exec by root gives what is in it, and no more */
	assert_true(capabilities_of(&s, 0) == (s.bounding & all));
	s.bounding = 0;
	assert_true(capabilities_of(&s, 3) == 0);
	s.bounding = ~0ull;
	assert_true(capabilities_of(&s, 3) == all);
}

static void p1_the_secure_bits_are_the_seals(void **state)
{
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_SECUREBITS);
	char text[16];

	(void)state;
	need_root();
	s.securebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE;
	snprintf(text, sizeof text, "%x", s.securebits);
	must_report_sealed(&s, "securebits", text);
	/* root, but without root's capabilities */
	assert_true(capabilities_of(&s, 0) == 0);
	must_report_sealed(&s, "uid", "0 0 0");
}

static void p1_groups_gid_and_uid_are_the_seals(void **state)
{
	const uint32_t groups[] = { 4, 24, 65534, 100000 };
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_GROUPS);
	char *report;

	(void)state;
	need_root();
	s.groups = groups;
	s.ngroups = COUNT(groups);
	must_report_sealed(&s, "groups", "4 24 65534 100000");
	s.ngroups = 0;
	must_report_sealed(&s, "groups", "");
	s.parts |= AIRLOCK__SEAL_GID | AIRLOCK__SEAL_UID;
	s.gid = 12345;
	s.uid = NOBODY;
	report = sealed_report(&s);
	must_report(report, "gid", "12345 12345 12345");
	must_report(report, "uid", "65534 65534 65534");
	must_report(report, "groups", "");
	free(report);
	/* who leaves root leaves its capabilities */
	for (int field = 0; field < 5; field++)
		if (field != 3)
			assert_true(capabilities_of(&s, field) == 0);
	/* each alone */
	s = seal_of(AIRLOCK__SEAL_GID);
	s.gid = NOBODY;
	report = sealed_report(&s);
	must_report(report, "gid", "65534 65534 65534");
	must_report(report, "uid", "0 0 0");
	free(report);
}

static void p1_the_capability_sets_are_the_seals(void **state)
{
	const unsigned long long bind = 1ull << CAP_NET_BIND_SERVICE, chown = 1ull << CAP_CHOWN;
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_UID | AIRLOCK__SEAL_GID |
					AIRLOCK__SEAL_GROUPS | AIRLOCK__SEAL_CAPABILITIES);
	char *report, text[100];

	(void)state;
	need_root();
	s.uid = s.gid = NOBODY;
	s.permitted = s.effective = s.inheritable = bind | chown;
	s.ambient = bind;
	snprintf(text, sizeof text, "%llx %llx %llx %llx %llx", bind, bind, bind | chown,
		 capabilities_of(NULL, 3), bind);
	report = sealed_report(&s);
	/* nobody, with one capability that it keeps across its own execs */
	must_report(report, "uid", "65534 65534 65534");
	must_report(report, "capabilities", text);
	free(report);

	s.permitted = s.effective = s.inheritable = s.ambient = 0;
	for (int field = 0; field < 5; field++)
		if (field != 3)
			assert_true(capabilities_of(&s, field) == 0);

	/* what is not permitted can be neither effective nor ambient */
	s.effective = bind;
	must_fail_at(&s, AIRLOCK_STEP_CAPABILITIES, EPERM, "");
	s.effective = 0;
	s.ambient = bind;
	snprintf(text, sizeof text, "capability %d", CAP_NET_BIND_SERVICE);
	must_fail_at(&s, AIRLOCK_STEP_AMBIENT, EPERM, text);

	/* an exec by root gives what was permitted, and not what was inheritable */
	s = seal_of(AIRLOCK__SEAL_CAPABILITIES);
	s.permitted = s.effective = chown;
	s.inheritable = bind | chown;
	assert_true(capabilities_of(&s, 0) == chown);
	assert_true(capabilities_of(&s, 2) == (bind | chown));
}

/* an ambient set of the caller's must not slip through */
static void clears_the_ambient_set(void *arg)
{
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_CAPABILITIES);
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	unsigned long long kill_cap = 1ull << CAP_KILL;

	(void)arg;
	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].inheritable |= 1u << CAP_KILL;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0), 0);
	assert_true(capabilities_of(NULL, 4) == kill_cap);
	s.permitted = s.effective = s.inheritable = kill_cap;
	assert_true(capabilities_of(&s, 4) == 0);
}

static void p1_the_ambient_set_of_the_caller_is_cleared(void **state)
{
	(void)state;
	need_root();
	in_child(clears_the_ambient_set, NULL);
}

static void nobodys_wishes(void)
{
	const uint32_t group = 4;
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_BOUNDING);

	must_fail_at(&s, AIRLOCK_STEP_BOUNDING, EPERM, "capability 0");
	s = seal_of(AIRLOCK__SEAL_SECUREBITS);
	s.securebits = SECBIT_NOROOT;
	must_fail_at(&s, AIRLOCK_STEP_SECUREBITS, EPERM, "");
	s = seal_of(AIRLOCK__SEAL_GROUPS);
	s.groups = &group;
	s.ngroups = 1;
	must_fail_at(&s, AIRLOCK_STEP_GROUPS, EPERM, "");
	s = seal_of(AIRLOCK__SEAL_GID);
	must_fail_at(&s, AIRLOCK_STEP_GID, EPERM, "");
	s = seal_of(AIRLOCK__SEAL_UID);
	must_fail_at(&s, AIRLOCK_STEP_UID, EPERM, "");
	s = seal_of(AIRLOCK__SEAL_CAPABILITIES);
	s.permitted = 1;
	must_fail_at(&s, AIRLOCK_STEP_CAPABILITIES, EPERM, "");
	/* what it has it may ask for: its own ids, and no capability at all */
	s = seal_of(AIRLOCK__SEAL_GID | AIRLOCK__SEAL_UID | AIRLOCK__SEAL_CAPABILITIES);
	s.gid = getegid();
	s.uid = geteuid();
	assert_true(capabilities_of(&s, 0) == 0);
}

static void p8_nobody_cannot_become_another(void **state)
{
	(void)state;
	as_nobody(nobodys_wishes);
}

/* Seccomp */

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))

static struct airlock_seal seal_of_filter(const struct sock_filter *filter, size_t n)
{
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_SECCOMP);

	if (under_valgrind())
		SKIP("valgrind knows no seccomp(2)");

	s.filter = filter;
	s.nfilter = (uint32_t)n;
	return s;
}

static void denied_call(void)
{
	const struct sock_filter deny[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		RETURN(SECCOMP_RET_ERRNO | 77),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct airlock_seal s = seal_of_filter(deny, COUNT(deny));
	char number[16], *words;

	snprintf(number, sizeof number, "%d", SYS_getppid);
	words = sealed_words(&s, ARGV(helper_program("report"), "call", number));
	assert_string_equal(words, "call: -1 77\n");
	free(words);
	words = sealed_words(NULL, ARGV(helper_program("report"), "call", number));
	assert_string_not_equal(words, "call: -1 77\n");
	free(words);
	must_report_sealed(&s, "seccomp", "2");
	must_report_sealed(NULL, "seccomp", "0");
}

static void p1_a_filter_is_in_force(void **state)
{
	(void)state;
	if (prctl(PR_GET_SECCOMP) != 0)
		SKIP("this process is filtered itself");
	as_both(denied_call);
}

static void p8_a_program_that_the_kernel_refuses_is_an_error(void **state)
{
	/* it does not end in a return */
	const struct sock_filter open_end[] = { LOAD(nr) };
	const struct sock_filter allow[] = { RETURN(SECCOMP_RET_ALLOW) };
	struct airlock_seal s = seal_of_filter(open_end, 1);

	(void)state;
	must_fail_at(&s, AIRLOCK_STEP_SECCOMP, EINVAL, "");
	s = seal_of_filter(allow, 1);
	s.filter_flags = 1u << 30;
	must_fail_at(&s, AIRLOCK_STEP_SECCOMP, EINVAL, "");
}

#define ON_EXECVE(action) \
	{ \
		LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1), RETURN(action), \
			RETURN(SECCOMP_RET_ALLOW) \
	}

static void forbidden_exec(void)
{
	const struct sock_filter with_errno[] = ON_EXECVE(SECCOMP_RET_ERRNO | 77);
	const struct sock_filter with_death[] = ON_EXECVE(SECCOMP_RET_KILL_PROCESS);
	struct airlock_seal s = seal_of_filter(with_errno, COUNT(with_errno));
	char word[32];

	must_fail_at(&s, AIRLOCK_STEP_EXECVE, 77, "report");
	s = seal_of_filter(with_death, COUNT(with_death));
	snprintf(word, sizeof word, "signal %d", SIGSYS);
	must_fail_at(&s, AIRLOCK_STEP_KILLED, ECANCELED, word);
	must_fail_at(&s, AIRLOCK_STEP_KILLED, ECANCELED, "execve");
}

static void p2_a_filter_that_forbids_the_exec_is_a_failure(void **state)
{
	(void)state;
	as_both(forbidden_exec);
}

/* Its memory is the caller's, so a dump of it would be one of the caller. */
static void death_by_filter(void *arg)
{
	const struct sock_filter with_death[] = ON_EXECVE(SECCOMP_RET_KILL_PROCESS);
	struct airlock_seal s = seal_of_filter(with_death, COUNT(with_death));
	struct rlimit limit;
	char pattern[128] = "";
	char *folder = temp_folder();
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC), left;

	(void)arg;
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
	if (fd < 0 || read(fd, pattern, sizeof pattern - 1) < 1 || strchr("|/\n@", *pattern) ||
	    limit.rlim_max < 1 << 20) {
		temp_remove(folder);
		SKIP("cores do not go to the current directory here: %s", pattern);
	}
	close(fd);
	assert_int_equal(chdir(folder), 0);
	must_fail_at(&s, AIRLOCK_STEP_KILLED, ECANCELED, "");
	left = temp_count(folder);
	assert_int_equal(chdir("/"), 0);
	temp_remove(folder);
	if (left)
		fail_msg("P7: the child dumped core: that is the caller's memory");
}

static void p7_a_child_killed_by_its_filter_dumps_no_core(void **state)
{
	(void)state;
	in_child(death_by_filter, NULL);
}

/* The one exec */

enum { AT_FIRST = 3, AT_MATCH = 15, AT_DENY = 16, AT_ALLOW = 17, ONE_EXEC_LENGTH = 18 };

/* execve passes with the three pointers only; execveat never. */
static struct airlock_seal one_exec_seal(struct sock_filter code[ONE_EXEC_LENGTH], uint32_t match)
{
	struct airlock_seal s;
	size_t n = 0;

	if (UNDER_TSAN)
		SKIP("ThreadSanitizer takes no mapping at an address of one's choice");
	code[n++] = (struct sock_filter)LOAD(nr);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat,
						 AT_DENY - 2, 0);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0,
						 AT_ALLOW - 3);
	s = seal_of_filter(code, ONE_EXEC_LENGTH);
	s.parts |= AIRLOCK__SEAL_ONE_EXEC;
	assert_int_equal(n, AT_FIRST);
	for (uint32_t half = 0; half < 6; half++) {
		code[n++] =
			(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						     (uint32_t)offsetof(struct seccomp_data, args) +
							     4 * half);
		s.one_exec[half] = (uint16_t)n;
		code[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0,
						       (uint8_t)(AT_DENY - n - 1));
		n++;
	}
	assert_int_equal(n, AT_MATCH);
	code[n++] = (struct sock_filter)RETURN(match);
	code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | 77);
	code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	return s;
}

static void must_not_exec_again(const struct airlock_options *o)
{
	char *words = words_of(o);

	if (strcmp(words, "reexec: 77\n"))
		fail_msg("P9: a second exec: %s", *words ? words : "it was done");
	free(words);
}

static void one_exec(void)
{
	struct sock_filter code[ONE_EXEC_LENGTH], before[ONE_EXEC_LENGTH];
	struct airlock_seal s = one_exec_seal(code, SECCOMP_RET_ALLOW);
	const char *program = helper_program("report");
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(program, "reexec", program));
	char *report;

	memcpy(before, code, sizeof code);
	o.seal = &s;
	must_not_exec_again(&o);
	/* argv and envp arrive whole, though they are copies */
	o = options_for(AIRLOCK_UNIX_STREAM, ARGV(program, "report", "an argument", "", "another"));
	o.seal = &s;
	o.envp = ARGV("A=1", "B=", "C=three");
	report = words_of(&o);
	must_report(report, "arg 2", "an argument");
	must_report(report, "arg 3", "");
	must_report(report, "arg 4", "another");
	assert_non_null(strstr(report, "env: A=1\nenv: B=\nenv: C=three\n"));
	must_report(report, "fds", "0 1 2");
	free(report);
	/* the seal is never written to: any number of spawns shares it */
	assert_memory_equal(before, code, sizeof code);
	/* without the seal it can */
	o = options_for(AIRLOCK_UNIX_STREAM, ARGV(program, "reexec", program));
	report = words_of(&o);
	assert_string_equal(report, "");
	free(report);
}

static void p9_a_helper_cannot_exec_again(void **state)
{
	(void)state;
	as_both(one_exec);
}

/* several candidates, of which the last can be executed */
static void one_exec_in_path(void *arg)
{
	struct sock_filter code[ONE_EXEC_LENGTH];
	struct airlock_seal s = one_exec_seal(code, SECCOMP_RET_ALLOW);
	const char *program = helper_program("report");
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV("report", "reexec", program));
	char *folder = temp_folder(), path[8192];
	int length = (int)(strrchr(program, '/') - program);

	(void)arg;
	temp_file(folder, "report", "not to be executed", 0644);
	snprintf(path, sizeof path, "/no/such/folder:/dev/null/x:%s:%.*s:/bin", folder, length,
		 program);
	setenv("PATH", path, 1);
	o.flags |= AIRLOCK_SEARCH_PATH;
	o.seal = &s;
	must_not_exec_again(&o);
	temp_remove(folder);
}

static void p9_the_search_in_path_is_one_exec(void **state)
{
	(void)state;
	in_child(one_exec_in_path, NULL);
}

static void p9_a_script_is_one_exec(void **state)
{
	struct sock_filter code[ONE_EXEC_LENGTH];
	struct airlock_seal s = one_exec_seal(code, SECCOMP_RET_ALLOW);
	char *folder = temp_folder(), *script = temp_path(folder, "script"), line[4200];
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(script));

	(void)state;
	/* 127 bytes was the limit of a first line before Linux 5.1 */
	snprintf(line, sizeof line, "#!%s reexec\n", helper_program("report"));
	temp_file(folder, "script", line, 0755);
	o.seal = &s;
	must_not_exec_again(&o);
	free(script);
	temp_remove(folder);
}

/*
 * The pointers themselves, from the kernel: where they match, the filter asks a listener, which
 * another thread fetches from the child, and that is told the arguments of the execve.
 */
struct watch {
	pid_t spawner; /* thread */
	uint64_t pointer[3], hidden[3];
	const char *problem; /* NULL: none */
};

static pid_t child_of(pid_t thread)
{
	char path[64];
	FILE *f;
	int pid = 0;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)thread);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

static int listener_in(pid_t pid)
{
	char path[64], to[64];

	for (int fd = 0; fd < 64; fd++) {
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(path, to, sizeof to - 1);
		if (n <= 0)
			continue;
		to[n] = '\0';
		if (!strcmp(to, "anon_inode:seccomp notify"))
			return fd;
	}
	return -1;
}

/* Our copy of the child's listener, when it has one. */
static int fetch_listener(const struct watch *w)
{
	int64_t until = now_ms() + 10000;

	while (now_ms() < until) {
		pid_t pid = child_of(w->spawner);
		int fd = pid > 0 ? listener_in(pid) : -1, pidfd, copy;

		if (pid < 0)
			return -1;
		if (fd < 0)
			continue;
		pidfd = (int)syscall(NR_PIDFD_OPEN, pid, 0);
		copy = (int)syscall(NR_PIDFD_GETFD, pidfd, fd, 0);
		close(pidfd);
		return copy;
	}
	return -1;
}

static void *watch_exec(void *arg)
{
	struct watch *w = arg;
	struct seccomp_notif n = { 0 };
	struct seccomp_notif_resp answer = { 0 };
	int listener = fetch_listener(w);

	if (listener < 0) {
		w->problem = "no listener can be had from the child";
		return NULL;
	}
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0 || n.data.nr != SYS_execve)
		w->problem = "nothing comes from the listener";
	for (int i = 0; i < 3; i++) {
		w->pointer[i] = n.data.args[i];
		w->hidden[i] = ~n.data.args[i];
	}
	explicit_bzero(&n.data, sizeof n.data);
	answer.id = n.id;
	answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	close(listener);
	return NULL;
}

static void exec_watched(const struct airlock_seal *s, struct watch *w)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "exit", "0"));
	struct airlock_helper h;
	pthread_t thread;

	*w = (struct watch){ .spawner = (pid_t)syscall(SYS_gettid) };
	o.seal = s;
	assert_int_equal(pthread_create(&thread, NULL, watch_exec, w), 0);
	h = must_spawn(&o);
	pthread_join(thread, NULL);
	must_stop(&h, 0);
	if (w->problem)
		fail_msg("%s", w->problem);
}

static bool is_mapped(uint64_t address)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long long from, to;
	char line[512];
	bool found = false;

	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%llx-%llx", &from, &to) == 2 && address >= from && address < to)
			found = true;
	fclose(f);
	return found;
}

static void p9_the_pointers_differ_from_spawn_to_spawn(void **state)
{
	enum { SPAWNS = 12, NEAR = 1 << 19 };
	struct sock_filter code[ONE_EXEC_LENGTH];
	struct airlock_seal s = one_exec_seal(code, SECCOMP_RET_USER_NOTIF);
	struct watch w[SPAWNS];
	char path[64];
	int far_apart = 0;

	(void)state;
	if (under_valgrind())
		SKIP("valgrind answers for execve");
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)syscall(SYS_gettid));
	if (access(path, R_OK) < 0)
		SKIP("the kernel does not list children (CONFIG_PROC_CHILDREN)");
	s.filter_flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	for (int i = 0; i < SPAWNS; i++)
		exec_watched(&s, &w[i]);
	/* anywhere in the vault, and not in a part of it: half a mebibyte apart, all twelve, by no chance */
	for (int i = 0; i < SPAWNS; i++)
		if (w[i].pointer[0] - w[i].pointer[1] + NEAR > 2 * NEAR)
			far_apart++;
	assert_true(far_apart > 0);
	for (int i = 0; i < SPAWNS; i++)
		for (int a = 0; a < 3; a++) {
			assert_false(is_mapped(w[i].pointer[a]));
			for (int b = 0; b < a; b++)
				assert_true(w[i].pointer[a] != w[i].pointer[b]);
			for (int j = 0; j < i; j++) {
				int next = (a + 1) % 3;

				assert_true(w[i].pointer[a] != w[j].pointer[a]);
				/* nor does one tell of another, within a page or over a distance */
				assert_true(w[i].pointer[a] >> 12 != w[j].pointer[a] >> 12);
				assert_true(w[i].pointer[a] - w[i].pointer[next] !=
					    w[j].pointer[a] - w[j].pointer[next]);
			}
		}
}

/* How often one of the three stands in memory that is no file's, heap or stack. */
static int copies_of(const struct watch *w)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long long from, to;
	char line[512], flags[5];
	int copies = 0;

	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%llx-%llx %4s", &from, &to, flags) != 3 ||
		    strcmp(flags, "rw-p") || strpbrk(line, "/["))
			continue;
		for (const uint64_t *p = (const uint64_t *)(uintptr_t)from;
		     p < (const uint64_t *)(uintptr_t)to; p++)
			for (int i = 0; i < 3; i++)
				copies += ~*p == w->hidden[i];
	}
	fclose(f);
	return copies;
}

static void p9_no_pointer_is_left_in_the_callers_memory(void **state)
{
	struct sock_filter code[ONE_EXEC_LENGTH];
	struct airlock_seal s = one_exec_seal(code, SECCOMP_RET_USER_NOTIF);
	struct watch w;
	char path[64];

	(void)state;
	if (UNDER_SANITIZER || under_valgrind())
		SKIP("a checker has memory of its own");
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)syscall(SYS_gettid));
	if (access(path, R_OK) < 0)
		SKIP("the kernel does not list children (CONFIG_PROC_CHILDREN)");
	s.filter_flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	exec_watched(&s, &w);
	assert_int_equal(copies_of(&w), 0);
}

/* Landlock */

static int rule_for(int ruleset, const char *path, uint64_t access_rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access_rights };
	int r;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	assert_true(rule.parent_fd >= 0);
	r = (int)syscall(NR_LANDLOCK_ADD, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return r;
}

enum {
	READ_AND_EXECUTE = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
			   LANDLOCK_ACCESS_FS_READ_DIR
};

/* The helper program, and what is beneath `folder`, to be read and executed: nothing else. */
static int ruleset_for(const char *folder)
{
	const uint64_t handled = READ_AND_EXECUTE; /* all that the first version knew */
	int fd = (int)syscall(NR_LANDLOCK_CREATE, &handled, sizeof handled, 0);

	assert_true(fd >= 0);
	assert_int_equal(rule_for(fd, folder, READ_AND_EXECUTE), 0);
	assert_int_equal(rule_for(fd, helper_program("report"),
				  READ_AND_EXECUTE & ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR),
			 0);
	return fd;
}

static void must_read_only_beneath(const struct airlock_seal *s, const char *in, const char *out)
{
	char *words = sealed_words(s, ARGV(helper_program("report"), "open", in, out, "/etc", "/")),
	     *want;

	assert_true(asprintf(&want, "open %s: 0\nopen %s: %d\nopen /etc: %d\nopen /: %d\n", in, out,
			     EACCES, EACCES, EACCES) > 0);
	assert_string_equal(words, want);
	free(words);
	free(want);
}

/* The ruleset is not for the helper, wherever it stands: not even where another is wanted. */
static void must_hold_no_ruleset(const struct airlock_seal *s)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report")));
	struct airlock_fd fds[] = { { STDERR_FILENO, s->landlock_fd },
				    { STDERR_FILENO, s->landlock_fd + 1 } };
	char *report, want[64];

	o.seal = s;
	for (o.nfds = 0; o.nfds <= COUNT(fds); o.nfds++) {
		int n = snprintf(want, sizeof want, "0 1 2");

		o.fds = fds;
		for (size_t i = 0; i < o.nfds; i++)
			n += snprintf(want + n, sizeof want - (size_t)n, " %d", fds[i].to);
		report = words_of(&o);
		must_report(report, "fds", want);
		for (size_t i = 0; i < o.nfds; i++)
			must_be_same_file(helpers_fd(report, fds[i].to), identity_of(STDERR_FILENO),
					  fds[i].to);
		free(report);
	}
}

static void landlock(void)
{
	char *in = temp_folder(), *out = temp_folder(), *inside = temp_path(in, "file"),
	     *outside = temp_path(out, "file");
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_LANDLOCK), far;

	temp_file(in, "file", "x", 0644);
	temp_file(out, "file", "x", 0644);
	s.landlock_fd = ruleset_for(in);
	must_read_only_beneath(&s, inside, outside);
	must_hold_no_ruleset(&s);
	far = s;
	far.landlock_fd = fcntl(s.landlock_fd, F_DUPFD_CLOEXEC, 700);
	must_read_only_beneath(&far, inside, outside);
	must_hold_no_ruleset(&far);
	close(far.landlock_fd);
	must_fail_at(&far, AIRLOCK_STEP_DESCRIPTORS, EBADF, "");
	close(s.landlock_fd);
	/* a descriptor, but of no ruleset */
	s.landlock_fd = STDERR_FILENO;
	must_fail_at(&s, AIRLOCK_STEP_LANDLOCK, EBADFD, "");
	free(inside);
	free(outside);
	temp_remove(in);
	temp_remove(out);
}

static void p1_landlock_is_in_force(void **state)
{
	(void)state;
	if (syscall(NR_LANDLOCK_CREATE, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
		SKIP("the kernel has no Landlock: %s", strerror(errno));
	as_both(landlock);
}

/* What the kernel's out-of-memory killer thinks of it */

static int oom_score_of(pid_t pid)
{
	char path[64], text[16] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof text - 1) > 0);
	close(fd);
	return atoi(text);
}

static void oom_score(void)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "linger"));
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_OOM_SCORE);
	int ours = oom_score_of(getpid());

	o.seal = &s;
	for (int more = 0; more <= 1000 - ours; more += 250) {
		struct airlock_helper h;

		s.oom_score_adj = ours + more;
		h = must_spawn(&o);
		/* it is so when the spawn returns, and the caller's is as it was */
		assert_int_equal(oom_score_of(h.pid), ours + more);
		assert_int_equal(oom_score_of(getpid()), ours);
		assert_int_equal(airlock_kill(&h, SIGKILL), 0);
		must_stop(&h, SIGKILL);
	}
}

static void p1_the_oom_score_is_the_seals(void **state)
{
	(void)state;
	as_both(oom_score);
}

/* without the ids of its parent it is no less the parent's to score */
static void p1_the_oom_score_goes_with_another_uid(void **state)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "linger"));
	struct airlock_seal s =
		seal_of(AIRLOCK__SEAL_OOM_SCORE | AIRLOCK__SEAL_UID | AIRLOCK__SEAL_GID);
	struct airlock_helper h;

	(void)state;
	need_root();
	s.uid = s.gid = NOBODY;
	s.oom_score_adj = 700;
	o.seal = &s;
	h = must_spawn(&o);
	assert_int_equal(oom_score_of(h.pid), 700);
	assert_int_equal(airlock_kill(&h, SIGKILL), 0);
	must_stop(&h, SIGKILL);
}

/* Refused before the helper runs: so that not even its death is seen (P2). */
static void lower_the_score(void *arg)
{
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_OOM_SCORE);

	(void)arg;
	if (have_capability(CAP_SYS_RESOURCE))
		drop_capability(CAP_SYS_RESOURCE);
	s.oom_score_adj = -1000;
	must_fail_at(&s, AIRLOCK_STEP_OOM_SCORE, EACCES, "");
	for (s.oom_score_adj = -1001; s.oom_score_adj <= 1001; s.oom_score_adj += 2002)
		must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "OOM score");
}

static void lower_the_score_of_nobody(void)
{
	lower_the_score(NULL);
}

/* setresuid(2) takes it for "as it is": root's helper would stay root */
static void p8_an_id_that_is_none_is_an_error(void **state)
{
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_UID);

	(void)state;
	s.uid = UINT32_MAX;
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "as it is");
	s = seal_of(AIRLOCK__SEAL_GID);
	s.gid = UINT32_MAX;
	must_fail_at(&s, AIRLOCK_STEP_SEAL, EINVAL, "as it is");
}

static void p8_an_oom_score_that_cannot_be_had_is_an_error(void **state)
{
	(void)state;
	in_child(lower_the_score, NULL);
	as_nobody(lower_the_score_of_nobody);
}

/* Who has raised its own score may go back, and so may its helper: see proc_pid_oom_score_adj(5). */
static void lower_than_our_own(void *arg)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "linger"));
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_OOM_SCORE);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	struct airlock_helper h;

	(void)arg;
	if (have_capability(CAP_SYS_RESOURCE))
		drop_capability(CAP_SYS_RESOURCE);
	s.oom_score_adj = oom_score_of(getpid()) + 1;
	assert_true(fd >= 0);
	if (s.oom_score_adj > 900 || write(fd, "1000", 4) != 4)
		SKIP("our score is high already");
	close(fd);
	o.seal = &s;
	h = must_spawn(&o);
	assert_int_equal(oom_score_of(h.pid), s.oom_score_adj);
	assert_int_equal(airlock_kill(&h, SIGKILL), 0);
	must_stop(&h, SIGKILL);
}

static void p1_a_lower_oom_score_that_the_kernel_grants_is_given(void **state)
{
	(void)state;
	in_child(lower_than_our_own, NULL);
}

/* The caller's dumpable flag */

enum { SPAWNERS = 10 };

static struct {
	_Atomic bool over;
	_Atomic long shut, open, odd, failures, spawns;
} flag;

static void *sample_flag(void *arg)
{
	(void)arg;
	while (!flag.over) {
		int now = prctl(PR_GET_DUMPABLE);

		if (now == 0)
			flag.shut++;
		else if (now == 1)
			flag.open++;
		else
			flag.odd++;
	}
	return NULL;
}

struct many {
	const char *program;
	const struct airlock_seal *seal;
};

static struct airlock_seal lesser_seal(void)
{
	struct airlock_seal s = seal_of(AIRLOCK__SEAL_CAPABILITIES);

	if (geteuid() == 0) {
		s.parts |= AIRLOCK__SEAL_UID | AIRLOCK__SEAL_GID | AIRLOCK__SEAL_GROUPS;
		s.uid = s.gid = NOBODY;
	}
	return s;
}

/* *arg: the seal, or NULL; one spawn in eight fails */
static void *spawn_many(void *arg)
{
	const struct many *m = arg;
	int rounds = affordable(60);

	for (int i = 0; i < rounds; i++) {
		struct airlock_options o = options_for(AIRLOCK_NONE, ARGV(m->program, "exit", "0"));
		struct airlock_helper h;
		bool shall_fail = i % 8 == 7;
		int st = -1;

		if (shall_fail)
			o.path = "/no/such/program";
		o.seal = m->seal;
		if ((airlock_spawn(&o, &h, NULL) == 0) == shall_fail)
			flag.failures++;
		else if (!shall_fail && (airlock_wait(&h, 10000, &st) < 0 || st != 0))
			flag.failures++;
		flag.spawns++;
	}
	return NULL;
}

static void spawn_in_threads(int sealed)
{
	const struct airlock_seal s = lesser_seal();
	/* helper_program() is not for threads */
	struct many with = { helper_program("report"), &s }, without = { with.program, NULL };
	pthread_t sampler, spawner[SPAWNERS];

	/* snapshots count it in a handler that is not for threads */
	signal(SIGCHLD, SIG_DFL);
	memset((void *)&flag, 0, sizeof flag);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	assert_int_equal(pthread_create(&sampler, NULL, sample_flag, NULL), 0);
	for (int i = 0; i < SPAWNERS; i++)
		assert_int_equal(pthread_create(&spawner[i], NULL, spawn_many,
						i < sealed ? &with : &without),
				 0);
	for (int i = 0; i < SPAWNERS; i++)
		pthread_join(spawner[i], NULL);
	flag.over = true;
	pthread_join(sampler, NULL);
	assert_int_equal(flag.failures, 0);
	assert_int_equal(flag.odd, 0);
	if (prctl(PR_GET_DUMPABLE) != 1)
		fail_msg("P7: the dumpable flag is %d", prctl(PR_GET_DUMPABLE));
}

static void guarded(void)
{
	/* nobody's is never shut who only shares with its like */
	spawn_in_threads(0);
	assert_int_equal(flag.shut, 0);
	assert_true(flag.open > 0);
	for (int sealed = 1; sealed <= SPAWNERS; sealed += 3) {
		spawn_in_threads(sealed);
		/* a copy of the memory is born with the door shut, too */
		if (!under_valgrind())
			assert_true(flag.shut > 0);
	}
}

static void p7_the_dumpable_flag_is_shut_and_open_again(void **state)
{
	(void)state;
	as_both(guarded);
}

/* Who has shut it lives with it shut, and so do spawns. */
static void guard_of_the_shut(void *arg)
{
	struct airlock_seal s = lesser_seal();
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "exit", "0"));

	(void)arg;
	assert_int_equal(prctl(PR_SET_DUMPABLE, 0), 0);
	for (int i = 0; i < 2; i++) {
		struct airlock_helper h;

		o.seal = i ? NULL : &s;
		h = must_spawn(&o);
		must_stop(&h, 0);
		assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	}
}

static void p7_a_flag_that_was_shut_stays_shut(void **state)
{
	(void)state;
	in_child(guard_of_the_shut, NULL);
}

/* A caller with mlockall(MCL_FUTURE) must not have gigabytes of vault filled and locked. */
static void spawn_with_locked_memory(void *arg)
{
	struct sock_filter code[ONE_EXEC_LENGTH];
	struct airlock_seal s = one_exec_seal(code, SECCOMP_RET_ALLOW);
	struct airlock_options o =
		options_for(AIRLOCK_NONE, ARGV(helper_program("report"), "exit", "0"));
	struct rusage before, after;

	(void)arg;
	o.seal = &s;
	if (mlockall(MCL_FUTURE) < 0) {
		print_message("SKIP %s: mlockall: %s\n", __func__, strerror(errno));
		return;
	}
	getrusage(RUSAGE_SELF, &before);
	for (int i = 0; i < 10; i++) {
		struct airlock_helper h = must_spawn(&o);

		must_stop(&h, 0);
	}
	getrusage(RUSAGE_SELF, &after);
	if (after.ru_maxrss - before.ru_maxrss > 16 * 1024)
		fail_msg("P10: %ld KiB more in memory", after.ru_maxrss - before.ru_maxrss);
}

static void p10_locked_memory_does_not_fill_the_vault(void **state)
{
	(void)state;
	if (UNDER_SANITIZER || under_valgrind())
		SKIP("a sanitizer's own memory would be locked, too");
	in_child(spawn_with_locked_memory, NULL);
}

/* A copy that another thread forks while the flag is shut has it back, without a call of its own. */
static _Atomic bool forked_enough;

static void *spawn_guarded(void *arg)
{
	const struct airlock_seal s = lesser_seal();
	struct airlock_options o = options_for(AIRLOCK_NONE, ARGV((const char *)arg, "exit", "0"));

	o.seal = &s;
	while (!forked_enough) {
		struct airlock_helper h;

		if (airlock_spawn(&o, &h, NULL) == 0)
			airlock_stop(&h, 1000, NULL);
	}
	return NULL;
}

static void fork_beside_guarded_spawns(void *arg)
{
	pthread_t spawner;
	int shut = 0;

	(void)arg;
	signal(SIGCHLD, SIG_DFL);
	forked_enough = false;
	assert_int_equal(pthread_create(&spawner, NULL, spawn_guarded,
					(void *)helper_program("report")),
			 0);
	for (int i = 0; i < scaled(500); i++) {
		pid_t copy = fork();
		int st = -1;

		assert_true(copy >= 0);
		if (copy == 0)
			_exit(prctl(PR_GET_DUMPABLE) != 1);
		assert_int_equal(waitpid(copy, &st, 0), copy);
		shut += st != 0;
	}
	forked_enough = true;
	pthread_join(spawner, NULL);
	if (shut)
		fail_msg("P7: %d forked copies are not dumpable", shut);
}

static void p7_forked_copies_keep_the_flag(void **state)
{
	(void)state;
	in_child(fork_beside_guarded_spawns, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p8_a_seal_of_another_version_is_refused),
		cmocka_unit_test(p1_any_seal_sets_no_new_privs),
		cmocka_unit_test(p1_the_environment_is_the_seals_unless_the_options_have_one),
		cmocka_unit_test(p1_each_limit_arrives_as_asked),
		cmocka_unit_test(p8_a_limit_that_cannot_be_raised_is_named),
		cmocka_unit_test(p8_a_soft_limit_above_the_hard_one_is_named),
		cmocka_unit_test(p1_the_core_limit_arrives_as_asked),
		cmocka_unit_test(p1_umask_and_directory_are_the_seals),
		cmocka_unit_test(p1_the_root_is_the_seals),
		cmocka_unit_test(p8_nobody_cannot_change_the_root),
		cmocka_unit_test(p1_the_nice_value_is_the_seals),
		cmocka_unit_test(p8_nobody_cannot_be_less_nice),
		cmocka_unit_test(p1_the_processors_are_the_seals),
		cmocka_unit_test(p1_the_bounding_set_is_what_stays),
		cmocka_unit_test(p1_the_secure_bits_are_the_seals),
		cmocka_unit_test(p1_groups_gid_and_uid_are_the_seals),
		cmocka_unit_test(p1_the_capability_sets_are_the_seals),
		cmocka_unit_test(p1_the_ambient_set_of_the_caller_is_cleared),
		cmocka_unit_test(p8_nobody_cannot_become_another),
		cmocka_unit_test(p1_a_filter_is_in_force),
		cmocka_unit_test(p8_a_program_that_the_kernel_refuses_is_an_error),
		cmocka_unit_test(p2_a_filter_that_forbids_the_exec_is_a_failure),
		cmocka_unit_test(p7_a_child_killed_by_its_filter_dumps_no_core),
		cmocka_unit_test(p9_a_helper_cannot_exec_again),
		cmocka_unit_test(p9_the_search_in_path_is_one_exec),
		cmocka_unit_test(p9_a_script_is_one_exec),
		cmocka_unit_test(p9_the_pointers_differ_from_spawn_to_spawn),
		cmocka_unit_test(p9_no_pointer_is_left_in_the_callers_memory),
		cmocka_unit_test(p1_landlock_is_in_force),
		cmocka_unit_test(p1_the_oom_score_is_the_seals),
		cmocka_unit_test(p1_the_oom_score_goes_with_another_uid),
		cmocka_unit_test(p8_an_id_that_is_none_is_an_error),
		cmocka_unit_test(p8_an_oom_score_that_cannot_be_had_is_an_error),
		cmocka_unit_test(p1_a_lower_oom_score_that_the_kernel_grants_is_given),
		cmocka_unit_test(p7_the_dumpable_flag_is_shut_and_open_again),
		cmocka_unit_test(p7_a_flag_that_was_shut_stays_shut),
		cmocka_unit_test(p7_forked_copies_keep_the_flag),
		cmocka_unit_test(p10_locked_memory_does_not_fill_the_vault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
