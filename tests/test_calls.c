/* SPDX-License-Identifier: ISC */
/*
 * test_calls.c: the table of system calls, against all that knows them on this machine: the kernels'
 * headers for three architectures, libseccomp, systemd, the tracer's formats, and the kernel itself.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

enum { NONE = -1, X86_64, AARCH64, RISCV64, MACHINES };

static const char *const machines[MACHINES] = { "x86_64", "aarch64", "riscv64" };

/* All columns of calls.inc, of which the library has one. */
struct row {
	const char *name;
	int nr[MACHINES];
	uint32_t since;
};

#define ARM64(n) (n), NONE
#define RISCV64(n) NONE, (n)
#define FIRST(a, ...) a
#define SECOND(a, ...) SECOND_(a, ##__VA_ARGS__, a, 0)
#define SECOND_(a, b, ...) b
#define CALL(name, x86_64, generic, major, minor, patch, narrow) \
	{ #name, \
	  { (x86_64), FIRST(generic, 0), SECOND(generic) }, \
	  AIRLOCK__KERNEL(major, minor, patch) },
static const struct row rows[] = {
#include "calls.inc"
};
#undef CALL

#define CALL(name, ...) C_##name,
enum {
#include "calls.inc"
};
#undef CALL

#define FAMILY(...) __VA_ARGS__, NONE,
static const int families[] = {
#include "calls.inc"
};
#undef FAMILY

static int find(const char *name)
{
	return airlock__call_by_name(name, strlen(name));
}

static bool one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

static struct airlock__callset members(const char *group)
{
	struct airlock__callset s;
	int i = airlock__group_by_name(group, strlen(group));

	if (i < 0)
		fail_msg("there is no group %s", group);
	airlock__group_members((size_t)i, &s);
	return s;
}

static bool has(const struct airlock__callset *s, const char *name)
{
	int i = find(name);

	if (i < 0)
		fail_msg("there is no call %s", name);
	return airlock__callset_has(s, (size_t)i);
}

static bool contains(const struct airlock__callset *whole, const struct airlock__callset *part)
{
	for (size_t i = 0; i < COUNT(whole->bits); i++)
		if (part->bits[i] & ~whole->bits[i])
			return false;
	return true;
}

static bool share(const struct airlock__callset *a, const struct airlock__callset *b)
{
	for (size_t i = 0; i < COUNT(a->bits); i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

static size_t count(const struct airlock__callset *s)
{
	size_t n = 0;

	for (size_t i = 0; i < AIRLOCK__MAX_CALLS; i++)
		n += airlock__callset_has(s, i);
	return n;
}

/* The table */

static void names_are_sorted_and_each_is_there_once(void **state)
{
	(void)state;
	assert_int_equal(COUNT(rows), airlock__ncalls);
	assert_true(airlock__ncalls > 400 && airlock__ncalls <= AIRLOCK__MAX_CALLS);
	for (size_t i = 1; i < airlock__ncalls; i++)
		if (strcmp(airlock__calls[i - 1].name, airlock__calls[i].name) >= 0)
			fail_msg("%s stands after %s", airlock__calls[i].name,
				 airlock__calls[i - 1].name);
}

static void every_name_is_found_and_nothing_like_it(void **state)
{
	static const char *const others[] = { "",     "a",     "rea",	"readx", "zzz",
					      "READ", "open ", " open", "_",	 "~" };
	char name[64];

	(void)state;
	for (size_t i = 0; i < airlock__ncalls; i++) {
		size_t len = strlen(airlock__calls[i].name);

		/* as long as it says, and not a byte more is looked at */
		memset(name, '#', sizeof name);
		memcpy(name, airlock__calls[i].name, len);
		assert_int_equal(airlock__call_by_name(name, len), i);
		assert_int_equal(airlock__call_by_name(name, len + 1), -1);
		name[len] = '\0';
		assert_int_equal(airlock__call_by_name(name, len + 1), -1);
		assert_int_equal(airlock__call_by_name(name, sizeof name), -1);
	}
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(find(others[i]), -1);
}

static void every_number_is_found_and_is_of_one_call(void **state)
{
	uint32_t highest = 0, with_number = 0, found = 0;

	(void)state;
	for (size_t i = 0; i < airlock__ncalls; i++) {
		int nr = airlock__calls[i].nr;

		if (nr < 0) {
			assert_int_equal(nr, NONE);
			continue;
		}
		with_number++;
		highest = (uint32_t)nr > highest ? (uint32_t)nr : highest;
		if (airlock__call_by_nr((uint32_t)nr) != (int)i)
			fail_msg("%d is not of %s alone", nr, airlock__calls[i].name);
	}
	for (uint32_t nr = 0; nr < 4 * AIRLOCK__MAX_CALLS; nr++)
		found += airlock__call_by_nr(nr) >= 0;
	assert_int_equal(found, with_number);
	assert_int_equal(airlock__highest_nr(), highest);
	assert_int_equal(airlock__call_by_nr(highest + 1), -1);
	assert_int_equal(airlock__call_by_nr(0x40000000), -1);
	assert_int_equal(airlock__call_by_nr(UINT32_MAX), -1);
}

static void from_424_on_all_machines_count_alike_and_upwards(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (int nr = 424; nr <= 469; nr++) {
		const struct row *row = NULL;

		for (size_t i = 0; i < COUNT(rows); i++)
			if (rows[i].nr[X86_64] == nr)
				row = &rows[i];
		if (!row)
			fail_msg("%d is missing", nr);
		assert_int_equal(row->nr[AARCH64], nr);
		assert_int_equal(row->nr[RISCV64], nr);
		/* close_range waited for its number's turn, and quotactl_fd took a lost one's */
		if (nr == 436 || nr == 443)
			continue;
		if (row->since < last)
			fail_msg("%s is older than the call before it", row->name);
		last = row->since;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(rows[i].since >= AIRLOCK__KERNEL(2, 6, 0));
		assert_true(rows[i].since <= airlock__newest_kernel);
		assert_int_equal(rows[i].since, airlock__calls[i].since);
	}
	assert_int_equal(airlock__newest_kernel, AIRLOCK__KERNEL(6, 18, 0));
}

/* A kernel that is not newer than the table has no call that the table lacks at its end. */
static void this_kernel_has_no_call_beyond_the_highest(void **state)
{
	struct utsname u;
	unsigned major = 0, minor = 0;

	(void)state;
	assert_int_equal(uname(&u), 0);
	assert_int_equal(sscanf(u.release, "%u.%u", &major, &minor), 2);
	if (AIRLOCK__KERNEL(major, minor, 0) > airlock__newest_kernel)
		SKIP("Linux %s is newer than the table", u.release);
	if (under_valgrind())
		SKIP("valgrind has a list of its own");
	for (long nr = (long)airlock__highest_nr() + 1; nr < 510; nr++) {
		assert_int_equal(syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L), -1);
		if (errno != ENOSYS)
			fail_msg("this kernel has a call %ld", nr);
	}
}

/* Against headers */

/*
 * Every __NR_ that a compiler's headers define, as "@NAME NUMBER" or "@NAME (NUMBER + NUMBER)": the
 * names come from one run of the preprocessor, their values from another.
 */
static FILE *open_headers(const char *cc)
{
	char command[1024];
	FILE *f;

	snprintf(command, sizeof command,
		 "command -v %1$s >/dev/null && { printf '%%s\\n' '#include <asm/unistd.h>'"
		 " '#include <linux/version.h>' '@@version LINUX_VERSION_CODE' '#ifdef __aarch64__'"
		 " '@@machine 1' '#elif defined(__riscv)' '@@machine 2' '#else' '@@machine 0'"
		 " '#endif'; echo '#include <asm/unistd.h>' | %1$s -E -dM - |"
		 " sed -n 's/^#define __NR_\\([a-z0-9_]*\\) .*/@\\1 __NR_\\1/p'; } | %1$s -E -P - "
		 "2>/dev/null",
		 cc);
	f = popen(command, "r");
	assert_non_null(f);
	return f;
}

static int number_of(const char *text)
{
	int base = 0, more = 0;

	return sscanf(text, "(%d + %d)", &base, &more) == 2 ? base + more : atoi(text);
}

static void compare_with_headers(const char *cc)
{
	FILE *f = open_headers(cc);
	char line[256], name[128], value[128];
	bool seen[COUNT(rows)] = { 0 };
	int m = X86_64, n = 0;
	uint32_t version = 0;

	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, " @@version %u", &version) == 1 ||
		    sscanf(line, " @@machine %d", &m) == 1 ||
		    sscanf(line, " @%127s %127[^\n]", name, value) != 2 ||
		    !strcmp(name, "syscalls") || !strcmp(name, "arch_specific_syscall"))
			continue;
		n++;
		if (find(name) < 0)
			fail_msg("%s: the table lacks %s", cc, name);
		seen[find(name)] = true;
		if (rows[find(name)].nr[m] != number_of(value))
			fail_msg("%s: %s is %s there, %d in the table for %s", cc, name, value,
				 rows[find(name)].nr[m], machines[m]);
	}
	pclose(f);
	if (n < 200)
		SKIP("%s is not there, or has no headers", cc);
	print_message("%s: %d calls of %s, Linux %u.%u\n", cc, n, machines[m], version >> 16,
		      version >> 8 & 0xff);
	/* nfsservctl has left the generic table */
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!seen[i] && rows[i].nr[m] >= 0 && rows[i].since <= version &&
		    strcmp(rows[i].name, "nfsservctl"))
			fail_msg("%s does not have %s, which is %d in the table", cc, rows[i].name,
				 rows[i].nr[m]);
}

static void numbers_agree_with_this_systems_headers(void **state)
{
	(void)state;
	compare_with_headers("cc");
}

static void numbers_agree_with_the_headers_for_aarch64(void **state)
{
	(void)state;
	compare_with_headers("aarch64-linux-gnu-gcc");
}

static void numbers_agree_with_the_headers_for_riscv64(void **state)
{
	(void)state;
	compare_with_headers("riscv64-linux-gnu-gcc");
}

static void numbers_agree_with_libseccomp_on_all_machines(void **state)
{
	static const uint32_t arch[MACHINES] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64,
						 SCMP_ARCH_RISCV64 };
	unsigned known = 0;

	(void)state;
	for (int m = 0; m < MACHINES; m++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			int nr = seccomp_syscall_resolve_name_arch(arch[m], rows[i].name);

			if (nr == __NR_SCMP_ERROR)
				continue;
			known++;
			/* below zero: it knows the name, and that this machine has no such call */
			if ((nr < 0 ? NONE : nr) != rows[i].nr[m])
				fail_msg("%s: %s is %d to libseccomp, %d here", machines[m],
					 rows[i].name, nr, rows[i].nr[m]);
		}
	assert_true(known > 3 * 350);
	for (uint32_t nr = 0; nr < AIRLOCK__MAX_CALLS; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)nr);

		if (name && airlock__call_by_nr(nr) != find(name))
			fail_msg("%u is %s to libseccomp", nr, name);
		free(name);
	}
	assert_int_equal(airlock__audit_arch, seccomp_arch_native());
}

/* Groups */

static void every_group_has_a_name_a_line_and_members(void **state)
{
	(void)state;
	assert_true(airlock__ngroups() >= 31);
	for (size_t i = 0; i < airlock__ngroups(); i++) {
		const char *name = airlock__group_name(i);
		struct airlock__callset s;

		assert_int_equal(name[0], '@');
		assert_int_equal(airlock__group_by_name(name, strlen(name)), i);
		assert_int_equal(airlock__group_by_name(name, strlen(name) - 1), -1);
		assert_int_equal(airlock__group_by_name(name, strlen(name) + 1), -1);
		assert_true(strlen(airlock__group_about(i)) >= 10);
		memset(&s, 0xff, sizeof s);
		airlock__group_members(i, &s);
		if (count(&s) == 0)
			fail_msg("%s is empty", name);
		for (size_t c = airlock__ncalls; c < AIRLOCK__MAX_CALLS; c++)
			assert_false(airlock__callset_has(&s, c));
	}
	assert_null(airlock__group_name(airlock__ngroups()));
	assert_int_equal(airlock__group_by_name("read", 4), -1);
	assert_int_equal(airlock__group_by_name("", 0), -1);
}

static void a_set_holds_what_is_put_in_it_and_nothing_else(void **state)
{
	struct airlock__callset s = { 0 };

	(void)state;
	for (size_t i = 0; i < AIRLOCK__MAX_CALLS; i += 3)
		airlock__callset_put(&s, i, true);
	for (size_t i = 0; i < AIRLOCK__MAX_CALLS; i += 6)
		airlock__callset_put(&s, i, false);
	for (size_t i = 0; i < AIRLOCK__MAX_CALLS; i++)
		assert_int_equal(airlock__callset_has(&s, i), i % 3 == 0 && i % 6 != 0);
	airlock__callset_put(&s, AIRLOCK__MAX_CALLS, true);
	assert_false(airlock__callset_has(&s, AIRLOCK__MAX_CALLS));
}

static void groups_hold_the_groups_within_them(void **state)
{
	static const char *const within[][2] = {
		{ "@privileged", "@chown" },	   { "@privileged", "@clock" },
		{ "@privileged", "@module" },	   { "@privileged", "@raw-io" },
		{ "@privileged", "@reboot" },	   { "@privileged", "@swap" },
		{ "@system-service", "@aio" },	   { "@system-service", "@basic-io" },
		{ "@system-service", "@chown" },   { "@system-service", "@default" },
		{ "@system-service", "@ipc" },	   { "@system-service", "@file-system" },
		{ "@system-service", "@keyring" }, { "@system-service", "@io-event" },
		{ "@system-service", "@memlock" }, { "@system-service", "@network-io" },
		{ "@system-service", "@process" }, { "@system-service", "@resources" },
		{ "@system-service", "@setuid" },  { "@system-service", "@signal" },
		{ "@system-service", "@sync" },	   { "@system-service", "@timer" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(within); i++) {
		struct airlock__callset whole = members(within[i][0]), part = members(within[i][1]);

		if (!contains(&whole, &part))
			fail_msg("%s lacks a part of %s", within[i][0], within[i][1]);
	}
}

static void system_service_keeps_out_what_its_manual_says(void **state)
{
	static const char *const out[] = { "@clock",  "@mount",	 "@swap",	   "@reboot",
					   "@module", "@raw-io", "@cpu-emulation", "@debug" };
	struct airlock__callset s = members("@system-service");

	(void)state;
	for (size_t i = 0; i < COUNT(out); i++) {
		struct airlock__callset o = members(out[i]);

		if (share(&s, &o))
			fail_msg("@system-service has a part of %s", out[i]);
	}
	assert_true(has(&s, "ioctl") && has(&s, "madvise") && has(&s, "statx"));
}

/* What systemd 252 does not know, or knew too late to put it anywhere. */
static const char *const newer[] = {
	"futex_requeue", "futex_wait",	  "futex_wake",	      "lsm_get_self_attr",
	"mseal",	 "uprobe",	  "lsm_list_modules", "map_shadow_stack",
	"cachestat",	 "file_getattr",  "file_setattr",     "getxattrat",
	"listxattrat",	 "removexattrat", "setxattrat",	      "open_tree_attr",
};

static void must_be_alike(int group, const struct airlock__callset *systemds)
{
	const char *name = group < 0 ? "" : airlock__group_name((size_t)group);
	struct airlock__callset ours;

	/* @known has calls of machines that are not ours */
	if (group < 0 || !strcmp(name, "@known"))
		return;
	airlock__group_members((size_t)group, &ours);
	for (size_t i = 0; i < airlock__ncalls; i++) {
		const char *call = airlock__calls[i].name;
		bool in = airlock__callset_has(&ours, i);

		if (airlock__callset_has(systemds, i) != in &&
		    !(in && one_of(call, newer, COUNT(newer))) && strncmp(call, "io_uring", 8))
			fail_msg("%s is in %s of %s alone", call, name, in ? "ours" : "systemd");
	}
}

/* A line of its listing into the set; false: it is another group's first. */
static bool take_line(const char *line, struct airlock__callset *systemds, bool known)
{
	char word[128];

	if (line[0] == '@')
		return false;
	if (sscanf(line, "    %127s", word) != 1 || word[0] == '#')
		return true;
	if (word[0] == '@') {
		struct airlock__callset within = members(word);

		for (size_t i = 0; i < COUNT(within.bits); i++)
			systemds->bits[i] |= within.bits[i];
	} else if (find(word) >= 0) {
		airlock__callset_put(systemds, (size_t)find(word), true);
	} else if (!known) {
		fail_msg("the table lacks %s", word);
	}
	return true;
}

/* Loud where it is not the systemd whose groups these are: others put a few calls elsewhere. */
static void groups_have_the_members_that_systemd_gives_them(void **state)
{
	FILE *f = popen("systemd-analyze --version 2>/dev/null && systemd-analyze --no-pager "
			"syscall-filter 2>/dev/null",
			"r");
	char line[512], name[128] = "";
	struct airlock__callset systemds = { 0 };
	unsigned version = 0, groups = 0;
	int group = -1;

	(void)state;
	assert_non_null(f);
	if (!fgets(line, sizeof line, f) || sscanf(line, "systemd %u", &version) != 1 ||
	    version != 252) {
		pclose(f);
		SKIP("the groups are those of systemd 252, here is %u", version);
	}
	while (fgets(line, sizeof line, f)) {
		if ((group < 0 && line[0] != '@') ||
		    take_line(line, &systemds, !strcmp(name, "@known")))
			continue;
		must_be_alike(group, &systemds);
		memset(&systemds, 0, sizeof systemds);
		sscanf(line, "%127s", name);
		group = airlock__group_by_name(name, strlen(name));
		if (group < 0)
			fail_msg("there is no %s", name);
		groups++;
	}
	must_be_alike(group, &systemds);
	pclose(f);
	assert_true(groups >= 29);
}

/* Where in families[] it begins, or -1. */
static int family_of(const char *name)
{
	int first = 0, call = find(name);

	for (int i = 0; i < (int)COUNT(families); i++)
		if (families[i] == NONE)
			first = i + 1;
		else if (families[i] == call)
			return first;
	return -1;
}

static void one_of_a_family_brings_them_all(void **state)
{
	/* said once more, and not taken from calls.inc */
	static const char *const said[] = {
		"stat lstat fstat newfstatat statx",
		"open openat openat2",
		"access faccessat faccessat2",
		"fork vfork clone clone3",
		"dup2 dup3",
		"pipe pipe2",
		"accept accept4",
		"epoll_wait epoll_pwait epoll_pwait2",
		"poll ppoll",
		"select pselect6",
		"rename renameat renameat2",
		"unlink unlinkat",
		"readlink readlinkat",
		"chmod fchmodat fchmodat2",
		"utime utimes futimesat utimensat",
		"wait4 waitid",
		"time gettimeofday clock_gettime",
		"futex futex_wait futex_wake futex_requeue futex_waitv",
	};

	(void)state;
	for (size_t g = 0; g < airlock__ngroups(); g++) {
		struct airlock__callset s;

		airlock__group_members(g, &s);
		for (size_t i = 0; i < COUNT(said); i++) {
			char text[128], *save = NULL;
			int in = 0, all = 0, family = -1;

			strcpy(text, said[i]);
			for (char *w = strtok_r(text, " ", &save); w;
			     w = strtok_r(NULL, " ", &save)) {
				all++;
				in += has(&s, w);
				if (family < 0)
					family = family_of(w);
				if (family < 0 || family_of(w) != family)
					fail_msg("%s is not of the family of %s", w, said[i]);
			}
			if (in && in != all)
				fail_msg("%s has %d of %s", airlock__group_name(g), in, said[i]);
		}
		for (size_t i = 0, first = 0; i < COUNT(families); i++)
			if (families[i] == NONE)
				first = i + 1;
			else
				assert_int_equal(airlock__callset_has(&s, (size_t)families[i]),
						 airlock__callset_has(&s, (size_t)families[first]));
	}
}

static void no_call_is_in_two_families(void **state)
{
	int of[COUNT(rows)] = { 0 }, size = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		if (families[i] == NONE) {
			assert_true(size >= 2);
			size = 0;
			continue;
		}
		size++;
		if (of[families[i]]++)
			fail_msg("%s is in two families", rows[families[i]].name);
	}
	assert_int_equal(size, 0);
}

static void no_group_holds_io_uring(void **state)
{
	struct airlock__callset known = members("@known");

	(void)state;
	for (size_t i = 0; i < airlock__ngroups(); i++) {
		struct airlock__callset s;

		airlock__group_members(i, &s);
		if (has(&s, "io_uring_setup") || has(&s, "io_uring_enter") ||
		    has(&s, "io_uring_register"))
			fail_msg("%s holds io_uring", airlock__group_name(i));
		assert_true(contains(&known, &s));
	}
	assert_int_equal(count(&known), airlock__ncalls - 3);
}

/* What families and groups within groups must not bring in. */
static void small_groups_hold_no_great_powers(void **state)
{
	static const char *const powers[] = {
		"clone",
		"fork",
		"clone3",
		"execveat",
		"kill",
		"tgkill",
		"ptrace",
		"socket",
		"connect",
		"bind",
		"unlinkat",
		"unlink",
		"rename",
		"rmdir",
		"mkdirat",
		"chmod",
		"fchmod",
		"chown",
		"fchown",
		"mount",
		"setns",
		"unshare",
		"prctl",
		"setuid",
		"bpf",
		"keyctl",
		"setrlimit",
		"process_vm_writev",
		"pidfd_getfd",
		"ioctl",
		"truncate",
		"linkat",
		"mknodat",
		"perf_event_open",
		"userfaultfd",
		"seccomp",
		"open_by_handle_at",
		"name_to_handle_at",
		"splice",
		"memfd_create",
		"mremap",
	};
	static const char *const small[] = { "@start",	"@default", "@basic-io", "@io-event",
					     "@signal", "@timer",   "@sync",	 "@memlock" };

	(void)state;
	for (size_t g = 0; g < COUNT(small); g++) {
		struct airlock__callset s = members(small[g]);

		for (size_t i = 0; i < COUNT(powers); i++)
			if (has(&s, powers[i]))
				fail_msg("%s holds %s", small[g], powers[i]);
	}
	for (size_t g = 1; g < COUNT(small); g++) {
		struct airlock__callset s = members(small[g]);

		assert_false(has(&s, "open") || has(&s, "openat") || has(&s, "openat2"));
	}
	struct airlock__callset start = members("@start");

	assert_false(has(&start, "write") || has(&start, "writev") || has(&start, "execve") ||
		     has(&start, "creat") || has(&start, "getdents64") || has(&start, "setrlimit"));
}

/* @start, with the programs that it is for */

/* From now on nothing but @start and the exec: all else is SIGSYS. */
static void allow_start_alone(void)
{
	struct airlock__callset s = members("@start");
	struct sock_filter code[2 * AIRLOCK__MAX_CALLS + 4];
	struct sock_fprog program = { 0, code };
	unsigned short at = 0;

	airlock__callset_put(&s, (size_t)find("execve"), true);
	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < airlock__ncalls; i++) {
		if (!airlock__callset_has(&s, i) || airlock__calls[i].nr < 0)
			continue;
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							  (uint32_t)airlock__calls[i].nr, 0, 1);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program.len = at;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(99);
}

/* Exit status of the program under @start, or minus the signal that ended it. */
static int run_with_start_alone(const char *path, const char *arg)
{
	int st;
	pid_t pid;

	if (under_valgrind())
		SKIP("the filter would be valgrind's");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char *const argv[] = { (char *)path, (char *)arg, NULL }, *const envp[] = { NULL };

		allow_start_alone();
		execve(path, argv, envp);
		_exit(98);
	}
	while (waitpid(pid, &st, 0) < 0)
		assert_int_equal(errno, EINTR);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st);
}

/* As `cc`, with a library beside it that its loader has to look for; "" if that cannot be built. */
static char *build_program(const char *cc, const char *flags, const char *name)
{
	char command[2048], *path;

	if (asprintf(&path, "%s/tests/start-%s-%s", BUILD_DIR, cc, name) < 0)
		abort();
	snprintf(command, sizeof command,
		 "command -v %1$s >/dev/null && cd '%2$s/tests' && "
		 "echo 'int three(void) { return 3; }' | %1$s %3$s -shared -fPIC -x c -o "
		 "libstart-%1$s.so - 2>/dev/null; "
		 "echo 'int three(void); int main(void) { return three(); }' >start-%1$s.c && "
		 "if [ -z '%3$s' ]; then %1$s -o '%4$s' start-%1$s.c -L. -lstart-%1$s "
		 "'-Wl,-rpath,$ORIGIN'; else echo 'int main(void) { return 3; }' | "
		 "%1$s %3$s -x c -o '%4$s' -; fi >/dev/null 2>&1",
		 cc, BUILD_DIR, flags, path);
	if (system(command) != 0)
		path[0] = '\0';
	return path;
}

static void must_start(const char *cc, const char *flags, const char *name)
{
	char *path = build_program(cc, flags, name);
	int r;

	if (!path[0]) {
		free(path);
		SKIP("%s does not build such programs here", cc);
	}
	r = run_with_start_alone(path, NULL);
	unlink(path);
	free(path);
	if (r != 3)
		fail_msg("%s %s: it ended with %d", cc, name, r);
}

static void a_dynamic_program_of_glibc_needs_start_alone(void **state)
{
	(void)state;
	must_start("cc", "", "dynamic");
}

static void a_static_program_of_glibc_needs_start_alone(void **state)
{
	(void)state;
	must_start("cc", "-static", "static");
	must_start("cc", "-static-pie", "static-pie");
}

static void a_dynamic_program_of_musl_needs_start_alone(void **state)
{
	(void)state;
	must_start("musl-gcc", "", "dynamic");
}

static void a_static_program_of_musl_needs_start_alone(void **state)
{
	(void)state;
	must_start("musl-gcc", "-static", "static");
}

/* The check can fail: what more than ends is killed. */
static void what_start_lacks_is_refused(void **state)
{
	(void)state;
	assert_int_equal(run_with_start_alone("/bin/true", NULL), 0);
	assert_int_equal(run_with_start_alone("/bin/echo", "x"), -SIGSYS);
	assert_int_equal(run_with_start_alone("/bin/rm", "/nonexistent"), -SIGSYS);
}

/* Narrow arguments, as the kernel's tracer has them */

static const char *const narrow_types[] = { "int",	"unsigned int", "unsigned",
					    "pid_t",	"uid_t",	"gid_t",
					    "umode_t",	"key_serial_t", "clockid_t",
					    "qid_t",	"u32",		"__u32",
					    "__s32",	"bool",		"mqd_t",
					    "timer_t",	"key_t",	"rwf_t",
					    "uint32_t", "int32_t",	"enum landlock_rule_type" };
static const char *const wide_types[] = {
	"long",	    "unsigned long", "size_t",	      "loff_t",		 "off_t",
	"u64",	    "__u64",	     "aio_context_t", "cap_user_data_t", "cap_user_header_t",
	"uintptr_t"
};

/* Long in its SYSCALL_DEFINE, but handed to a function that takes an int. */
static bool is_cut_later(const char *call, int arg)
{
	static const char *const by_fd[] = { "readv",	"writev",  "preadv",
					     "pwritev", "preadv2", "pwritev2" };

	return (arg == 0 && one_of(call, by_fd, COUNT(by_fd))) ||
	       (arg == 4 && !strcmp(call, "mmap")) || (arg == 1 && !strcmp(call, "ptrace"));
}

static const char *name_of_event(const char *event)
{
	static const char *const other[][2] = {
		{ "newfstat", "fstat" },	 { "newstat", "stat" },
		{ "newlstat", "lstat" },	 { "newuname", "uname" },
		{ "umount", "umount2" },	 { "sendfile64", "sendfile" },
		{ "fadvise64_64", "fadvise64" },
	};

	for (size_t i = 0; i < COUNT(other); i++)
		if (!strcmp(event, other[i][0]))
			return other[i][1];
	return event;
}

static void check_type(const struct airlock__call *call, int arg, const char *type)
{
	bool narrow = call->narrow >> arg & 1;

	if (!strncmp(type, "const ", 6) && !strchr(type, '*'))
		type += 6;
	if (!strchr(type, '*') && one_of(type, narrow_types, COUNT(narrow_types))) {
		if (!narrow)
			fail_msg("%s: argument %d is %s, but not narrow", call->name, arg, type);
		return;
	}
	if (!strchr(type, '*') && !one_of(type, wide_types, COUNT(wide_types)))
		fail_msg("%s: argument %d is of a type unknown here, %s", call->name, arg, type);
	if (narrow != is_cut_later(call->name, arg))
		fail_msg("%s: argument %d is %s, but narrow", call->name, arg, type);
}

/* Lines are "field:TYPE NAME;" and more; the first five are the same for all. */
static int check_format(const char *folder, const char *event)
{
	char path[512], line[512];
	int call = find(name_of_event(event)), args = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/sys_enter_%s/format", folder, event);
	f = fopen(path, "r");
	assert_non_null(f);
	if (call < 0 || airlock__calls[call].nr < 0)
		fail_msg("the table lacks %s", event);
	while (fgets(line, sizeof line, f)) {
		char *type = strstr(line, "field:"), *end = type ? strchr(type, ';') : NULL;

		if (!end || strstr(type, " common_") || strstr(type, "__syscall_nr") ||
		    strstr(type, "__data_loc"))
			continue;
		while (*end != ' ')
			end--;
		*end = '\0';
		check_type(&airlock__calls[call], args++, type + strlen("field:"));
	}
	fclose(f);
	for (int n = args; n < 8; n++)
		assert_false(airlock__calls[call].narrow >> n & 1);
	return args;
}

static void check_all_formats(void *arg)
{
	static const char folder[] = "/sys/kernel/tracing/events/syscalls";
	char line[128], event[128];
	int calls = 0, args = 0;
	FILE *f;

	(void)arg;
	if (access(folder, R_OK) < 0 &&
	    (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
	     mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, "") < 0 ||
	     access(folder, R_OK) < 0))
		SKIP("the tracer's formats cannot be read here");
	f = popen("ls /sys/kernel/tracing/events/syscalls", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "sys_enter_%127s", event) == 1) {
			calls++;
			args += check_format(folder, event);
		}
	pclose(f);
	assert_true(calls > 300 && args > 800);
}

static void narrow_arguments_are_those_of_the_tracers_formats(void **state)
{
	(void)state;
	in_child(check_all_formats, NULL);
}

/* Narrow arguments, as the kernel takes them */

struct probe {
	const char *name;
	long args[6];
};

static long ask_kernel(const struct probe *p, const long *a)
{
	long r = syscall(airlock__calls[find(p->name)].nr, a[0], a[1], a[2], a[3], a[4], a[5]);

	return r < 0 ? -errno : r;
}

/* With rubbish in the high half of each argument that is said to be narrow, it is the same call. */
static void must_not_see_high_halves(const struct probe *p)
{
	const struct airlock__call *call = &airlock__calls[find(p->name)];
	long plain = ask_kernel(p, p->args);

	if (plain < 0)
		fail_msg("%s: %s", p->name, strerror((int)-plain));
	assert_true(call->narrow != 0);
	for (int i = 0; i < 6; i++) {
		long args[6], r;

		if (!(call->narrow >> i & 1))
			continue;
		memcpy(args, p->args, sizeof args);
		args[i] = (long)((uint64_t)args[i] ^ (uint64_t)0x5a5a5a5a << 32);
		r = ask_kernel(p, args);
		if (r < 0)
			fail_msg("%s reads the high half of argument %d: %s", p->name, i,
				 strerror((int)-r));
	}
}

static void no_high_half_is_seen(void *arg)
{
	static char buf[4096];
	static int n, one = 1, pair[2];
	static uint32_t word;
	static struct pollfd pfd = { -1, 0, 0 };
	static struct stat st;
	struct iovec iov = { buf, 1 };
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC), s = socket(AF_UNIX, SOCK_DGRAM, 0);
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	long pid = getpid();
	const struct probe probes[] = {
		{ "socket", { AF_UNIX, SOCK_STREAM, 0 } },
		{ "socketpair", { AF_UNIX, SOCK_STREAM, 0, (long)pair } },
		{ "setsockopt", { s, SOL_SOCKET, SO_PASSCRED, (long)&one, sizeof one } },
		{ "personality", { 0xffffffff } },
		{ "read", { fd, (long)buf, 1 } },
		{ "write", { fd, (long)buf, 1 } },
		{ "readv", { fd, (long)&iov, 1 } },
		{ "writev", { fd, (long)&iov, 1 } },
		{ "pread64", { file, (long)buf, 1, 0 } },
		{ "preadv", { file, (long)&iov, 1, 0, 0 } },
		{ "preadv2", { file, (long)&iov, 1, 0, 0, 0 } },
		{ "pwritev", { fd, (long)&iov, 1, 0, 0 } },
		{ "mmap", { 0, 4096, PROT_READ, MAP_PRIVATE, file, 0 } },
		{ "lseek", { file, 0, SEEK_SET } },
		{ "ioctl", { s, FIONREAD, (long)&n } },
		{ "fcntl", { fd, F_GETFD } },
		{ "dup", { fd } },
		{ "openat", { AT_FDCWD, (long)"/dev/null", O_RDONLY, 0 } },
		{ "newfstatat", { AT_FDCWD, (long)"/", (long)&st, 0 } },
		{ "fstat", { fd, (long)&st } },
		{ "statx", { AT_FDCWD, (long)"/", 0, 0x7ff, (long)buf } },
		{ "faccessat", { AT_FDCWD, (long)"/", R_OK } },
		{ "pipe2", { (long)pair, O_CLOEXEC } },
		{ "ppoll", { (long)&pfd, 1, (long)(const struct timespec[]){ { 0, 1 } }, 0, 8 } },
		{ "epoll_create1", { 0 } },
		{ "eventfd2", { 0, 0 } },
		{ "kill", { pid, 0 } },
		{ "tgkill", { pid, pid, 0 } },
		{ "getpriority", { PRIO_PROCESS, 0 } },
		{ "prlimit64", { 0, RLIMIT_NOFILE, 0, (long)buf } },
		{ "sched_getaffinity", { 0, sizeof buf, (long)buf } },
		{ "clock_gettime", { CLOCK_MONOTONIC, (long)buf } },
		{ "getrandom", { (long)buf, 1, 0 } },
		{ "futex", { (long)&word, FUTEX_WAKE, 1 } },
		{ "prctl", { PR_GET_DUMPABLE } },
		{ "madvise", { (long)buf & -4096, 4096, MADV_NORMAL } },
		{ "getsid", { 0 } },
	};

	(void)arg;
	for (size_t i = 0; i < COUNT(probes); i++)
		must_not_see_high_halves(&probes[i]);
}

static void this_kernel_reads_no_high_half_of_narrow_arguments(void **state)
{
	(void)state;
	if (under_valgrind())
		SKIP("valgrind reads the arguments in its own way");
	in_child(no_high_half_is_seen, NULL);
}

/* The other way round: where a high half is read, narrow would make a rule weaker than its text. */
static void this_kernel_reads_the_high_half_of_wide_arguments(void **state)
{
	long high = (long)((uint64_t)1 << 32);
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	if (under_valgrind())
		SKIP("valgrind reads the arguments in its own way");
	assert_true(file >= 0);
	assert_true(p != MAP_FAILED);
	assert_int_equal(airlock__calls[find("unshare")].narrow & 1, 0);
	assert_int_equal(syscall(SYS_unshare, high), -1);
	assert_int_equal(airlock__calls[find("mprotect")].narrow & 4, 0);
	assert_int_equal(syscall(SYS_mprotect, p, 4096L, high | PROT_READ), -1);
	assert_int_equal(airlock__calls[find("lseek")].narrow & 2, 0);
	assert_int_equal(syscall(SYS_lseek, file, high, SEEK_SET), high);
	assert_int_equal(airlock__calls[find("munmap")].narrow & 3, 0);
	assert_int_equal(syscall(SYS_munmap, (long)p | high << 30, 4096L), -1);
	assert_int_equal(munmap(p, 4096), 0);
	close(file);
}

/* ptrace's pid is a long there, and find_vpid() takes an int. */
static void this_kernel_reads_no_high_half_of_ptraces_pid(void **state)
{
	long high = (long)((uint64_t)1 << 32);
	pid_t pid;
	int st;
	long r;

	(void)state;
	assert_int_equal(airlock__calls[find("ptrace")].narrow, 2);
	if (under_valgrind())
		SKIP("valgrind reads the arguments in its own way");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	r = syscall(SYS_ptrace, PTRACE_SEIZE, pid | high, 0L, 0L) < 0 ? -errno : 0;
	kill(pid, SIGKILL);
	while (waitpid(pid, &st, __WALL) == pid && !WIFSIGNALED(st))
		;
	if (r == -EPERM)
		SKIP("this machine lets no one trace");
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_sorted_and_each_is_there_once),
		cmocka_unit_test(every_name_is_found_and_nothing_like_it),
		cmocka_unit_test(every_number_is_found_and_is_of_one_call),
		cmocka_unit_test(from_424_on_all_machines_count_alike_and_upwards),
		cmocka_unit_test(this_kernel_has_no_call_beyond_the_highest),
		cmocka_unit_test(numbers_agree_with_this_systems_headers),
		cmocka_unit_test(numbers_agree_with_the_headers_for_aarch64),
		cmocka_unit_test(numbers_agree_with_the_headers_for_riscv64),
		cmocka_unit_test(numbers_agree_with_libseccomp_on_all_machines),
		cmocka_unit_test(every_group_has_a_name_a_line_and_members),
		cmocka_unit_test(a_set_holds_what_is_put_in_it_and_nothing_else),
		cmocka_unit_test(groups_hold_the_groups_within_them),
		cmocka_unit_test(system_service_keeps_out_what_its_manual_says),
		cmocka_unit_test(groups_have_the_members_that_systemd_gives_them),
		cmocka_unit_test(one_of_a_family_brings_them_all),
		cmocka_unit_test(no_call_is_in_two_families),
		cmocka_unit_test(no_group_holds_io_uring),
		cmocka_unit_test(small_groups_hold_no_great_powers),
		cmocka_unit_test(a_dynamic_program_of_glibc_needs_start_alone),
		cmocka_unit_test(a_static_program_of_glibc_needs_start_alone),
		cmocka_unit_test(a_dynamic_program_of_musl_needs_start_alone),
		cmocka_unit_test(a_static_program_of_musl_needs_start_alone),
		cmocka_unit_test(what_start_lacks_is_refused),
		cmocka_unit_test(narrow_arguments_are_those_of_the_tracers_formats),
		cmocka_unit_test(this_kernel_reads_no_high_half_of_narrow_arguments),
		cmocka_unit_test(this_kernel_reads_the_high_half_of_wide_arguments),
		cmocka_unit_test(this_kernel_reads_no_high_half_of_ptraces_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
