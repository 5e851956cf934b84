/* SPDX-License-Identifier: ISC */
/*
 * landlock.c: see landlock.h. Paths are opened and looked at even where the kernel has no Landlock,
 * so that a profile that is wrong is wrong everywhere.
 */
#define _GNU_SOURCE
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "paths.h"

/* The kernel's, some newer than its headers on this machine may be; checked against landlock(7). */
enum {
	NR_CREATE_RULESET = 444,
	NR_ADD_RULE = 445,
	CREATE_VERSION = 1,
	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,
};

#define FS_EXECUTE (1u << 0)
#define FS_WRITE_FILE (1u << 1)
#define FS_READ_FILE (1u << 2)
#define FS_READ_DIR (1u << 3)
#define FS_REMOVE_DIR (1u << 4)
#define FS_REMOVE_FILE (1u << 5)
#define FS_MAKE_CHAR (1u << 6)
#define FS_MAKE_DIR (1u << 7)
#define FS_MAKE_REG (1u << 8)
#define FS_MAKE_SOCK (1u << 9)
#define FS_MAKE_FIFO (1u << 10)
#define FS_MAKE_BLOCK (1u << 11)
#define FS_MAKE_SYM (1u << 12)
#define FS_REFER (1u << 13)
#define FS_TRUNCATE (1u << 14)
#define FS_IOCTL_DEV (1u << 15)
#define NET_BIND_TCP (1u << 0)
#define NET_CONNECT_TCP (1u << 1)

/* what a rule for something that is no folder may have */
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

struct port_attr {
	uint64_t access, port;
};

/* What a report tells of. ABI: from where on it can be had, and had whole. */
enum part { FS, TRUNCATE, IOCTL_DEV, BIND_TCP, CONNECT_TCP, SCOPE, NPARTS };

static const struct {
	const char *name;
	int abi, whole;
} parts[NPARTS] = {
	[FS] = { "landlock-fs", 1, 5 },
	[TRUNCATE] = { "landlock-truncate", 3, 3 },
	[IOCTL_DEV] = { "landlock-ioctl-dev", 5, 5 },
	[BIND_TCP] = { "landlock-bind-tcp", 4, 4 },
	[CONNECT_TCP] = { "landlock-connect-tcp", 4, 4 },
	[SCOPE] = { "landlock-scope", 6, 6 },
};

struct ruleset {
	const struct airlock_profile *p;
	struct ruleset_attr attr;
	int abi; /* or -errno: there is no Landlock for us */
	int fd;	 /* -1: there is nothing to handle */
	size_t npaths;
	char text[AIRLOCK__PATHS_TEXT];
};

static bool restricts_files(const struct airlock_profile *p)
{
	return p->has_access[AIRLOCK__READ] || p->has_access[AIRLOCK__WRITE] ||
	       p->has_access[AIRLOCK__EXEC];
}

static bool asks_for(const struct airlock_profile *p, enum part part)
{
	switch (part) {
	case FS:
	case TRUNCATE:
	case IOCTL_DEV:
		return restricts_files(p);
	case BIND_TCP:
		return p->has_bind;
	case CONNECT_TCP:
		return p->has_connect;
	case SCOPE:
		return p->scopes != 0;
	case NPARTS:
		break;
	}
	return false;
}

/* The ruleset */

static int ask_abi(void)
{
	long abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);

	return abi > 0 ? (int)abi : abi < 0 ? -errno : -EOPNOTSUPP;
}

static struct ruleset_attr what_to_handle(const struct airlock_profile *p, int abi)
{
	struct ruleset_attr a = { 0, 0, 0 };

	if (restricts_files(p) && abi >= 1) {
		a.fs = FS_REFER - 1;
		if (abi >= 2)
			a.fs |= FS_REFER;
		if (abi >= 3)
			a.fs |= FS_TRUNCATE;
		if (abi >= 5)
			a.fs |= FS_IOCTL_DEV;
	}
	if (abi >= 4)
		a.net = (p->has_bind ? NET_BIND_TCP : 0) | (p->has_connect ? NET_CONNECT_TCP : 0);
	if (abi >= 6)
		a.scoped = p->scopes;
	return a;
}

static bool is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

/* The helper's 0 to 2 are not for this one. */
static int move_up(int fd)
{
	int r;

	if (fd > STDERR_FILENO)
		return fd;
	r = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	r = r < 0 ? -errno : r;
	close(fd);
	return r;
}

/* An older kernel refuses a longer struct if there is anything in what it does not know. */
static int create(const struct ruleset_attr *a, int abi)
{
	size_t size = abi >= 6	 ? sizeof *a
		      : abi >= 4 ? offsetof(struct ruleset_attr, scoped)
				 : offsetof(struct ruleset_attr, net);
	long fd = syscall(NR_CREATE_RULESET, a, size, 0);

	/* it is close-on-exec by itself */
	return fd < 0 ? -errno : move_up((int)fd);
}

/* The kernel has it, and does not let us: what is said of that is said of all of it. */
static void give_up(struct ruleset *s, int error)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->abi = error;
}

static int add_rule(struct ruleset *s, int type, const void *attr)
{
	if (s->fd < 0 || syscall(NR_ADD_RULE, s->fd, type, attr, 0) == 0)
		return 0;
	if (errno == ENOSYS || errno == EPERM || errno == EOPNOTSUPP) {
		give_up(s, -errno);
		return 0;
	}
	return -errno;
}

/* Rules */

static uint64_t rights_for(enum airlock__access access, mode_t mode)
{
	/* no MAKE_CHAR, no MAKE_BLOCK: a device that one makes is one that one may use */
	static const uint64_t rights[] = {
		[AIRLOCK__READ] = FS_READ_FILE | FS_READ_DIR,
		[AIRLOCK__WRITE] = FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_MAKE_DIR |
				   FS_MAKE_SYM | FS_MAKE_FIFO | FS_MAKE_SOCK | FS_REMOVE_FILE |
				   FS_REMOVE_DIR | FS_REFER,
		/* the kernel opens for reading what it executes */
		[AIRLOCK__EXEC] = FS_EXECUTE | FS_READ_FILE,
	};
	uint64_t have = rights[access];

	if (S_ISDIR(mode))
		return have;
	/* named itself, not only beneath a folder: it is meant */
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && access != AIRLOCK__EXEC)
		have |= FS_IOCTL_DEV;
	return have & FS_OF_FILES;
}

static int add_path(void *arg, int fd, mode_t mode, enum airlock__access access)
{
	struct ruleset *s = arg;
	struct path_attr a = { rights_for(access, mode) & s->attr.fs, fd };
	int r = add_rule(s, RULE_PATH_BENEATH, &a);

	s->npaths += r == 0;
	return r;
}

static int add_ports(struct ruleset *s, uint64_t access, const uint16_t *ports, size_t n)
{
	for (size_t i = 0; i < n && s->attr.net & access; i++) {
		struct port_attr a = { access, ports[i] };
		int r = add_rule(s, RULE_NET_PORT, &a);

		/* a kernel without TCP: there is nothing to allow */
		if (r < 0 && r != -EAFNOSUPPORT)
			return r;
	}
	return 0;
}

static int fill(struct ruleset *s)
{
	const struct airlock_profile *p = s->p;
	int r = 0;

	*s->text = '\0';
	if (restricts_files(p))
		r = airlock__paths_each(p, add_path, s, s->text);
	if (r < 0)
		return r;
	r = add_ports(s, NET_BIND_TCP, p->bind, p->nbind);
	if (r == 0)
		r = add_ports(s, NET_CONNECT_TCP, p->connect, p->nconnect);
	if (r < 0)
		snprintf(s->text, sizeof s->text, "a rule for a port: %s", strerror(-r));
	return r;
}

/* The report */

static const char *why_none(int error)
{
	switch (error) {
	case -ENOSYS:
		return "the kernel has no Landlock: it is older than 5.13, or built without";
	case -EOPNOTSUPP:
		return "Landlock is switched off: it is not in the kernel's list of security "
		       "modules, "
		       "lsm=";
	case -EPERM:
		return "Landlock's calls are refused, perhaps by the filter of a container";
	}
	return strerror(-error);
}

static void report_extent(const struct ruleset *s, struct airlock_report *report, enum part part)
{
	const char *name = parts[part].name;
	size_t n = part == FS ? s->npaths : part == BIND_TCP ? s->p->nbind : s->p->nconnect;
	int wanted = parts[part].whole;

	if (part == FS)
		airlock__report_add(report, name, AIRLOCK_ENFORCED,
				    "ABI %d, %d wanted, %zu path%s%s%s", s->abi, wanted, n,
				    n == 1 ? "" : "s", *s->text ? "; " : "", s->text);
	else if (part == BIND_TCP || part == CONNECT_TCP)
		airlock__report_add(report, name, AIRLOCK_ENFORCED, "ABI %d, %d wanted, %zu port%s",
				    s->abi, wanted, n, n == 1 ? "" : "s");
	else
		airlock__report_add(report, name, AIRLOCK_ENFORCED, "ABI %d, %d wanted", s->abi,
				    wanted);
}

static void report_all(const struct ruleset *s, struct airlock_report *report)
{
	for (enum part i = 0; i < NPARTS; i++) {
		const char *name = parts[i].name;

		if (!asks_for(s->p, i))
			airlock__report_add(report, name, AIRLOCK_NOT_ASKED, "%s", "");
		else if (s->abi < 0)
			airlock__report_lost(report, s->p, name,
					     s->abi == -EPERM ? -EPERM : -EOPNOTSUPP, "%s",
					     why_none(s->abi));
		else if (s->abi < parts[i].abi)
			airlock__report_lost(report, s->p, name, -EOPNOTSUPP, "ABI %d, %d wanted",
					     s->abi, parts[i].abi);
		else
			report_extent(s, report, i);
	}
}

/* Best effort is about kernels: a path that is not there is a mistake, whatever the kernel. */
static void report_failure(const struct ruleset *s, struct airlock_report *report)
{
	enum part part = FS;

	while (part < SCOPE && !asks_for(s->p, part))
		part++;
	airlock__report_add(report, parts[part].name, AIRLOCK_LOST, "%s", s->text);
}

static int begin(struct ruleset *s)
{
	int r;

	if (!s->attr.fs && !s->attr.net && !s->attr.scoped)
		return 0;
	r = create(&s->attr, s->abi);
	if (is_shortage(r)) {
		snprintf(s->text, sizeof s->text, "a ruleset: %s", strerror(-r));
		return r;
	}
	if (r < 0)
		give_up(s, r);
	else
		s->fd = r;
	return 0;
}

int airlock__landlock_make(const struct airlock_profile *p, struct airlock_report *report,
			   int *ret_fd)
{
	struct ruleset s = { .p = p, .abi = ask_abi(), .fd = -1 };
	int r;

	s.attr = what_to_handle(p, s.abi);
	r = begin(&s);
	if (r == 0)
		r = fill(&s);
	if (r < 0) {
		if (s.fd >= 0)
			close(s.fd);
		report_failure(&s, report);
		return r;
	}
	report_all(&s, report);
	*ret_fd = s.fd;
	return 0;
}
