/* SPDX-License-Identifier: ISC */
/*
 * wants.c: tracee_wants() of tracee.h: which files and ports a call wants, found as the kernel will find them.
 *
 * Names are looked up in the process's own root and folders, and nothing is opened but as O_PATH, save
 * programs, to see what starts them. It may all be otherwise a moment later.
 */
#define _GNU_SOURCE
#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "calls.h"
#include "image.h"
#include "place.h"
#include "signatures.h"

enum { RETRIES = 8, LINKS = 8 };

/* The process that asks, and what it wants by now */
struct view {
	const struct question *q;
	pid_t process;
	int root;		  /* its root folder */
	char root_name[PATH_MAX]; /* as it is seen from here; "" for our own */
	bool is_ours;		  /* its root is ours */
	struct want *wants;
	int n;
	bool no_memory;
};

/* Its folders */

static int open_proc(pid_t pid, const char *what)
{
	char name[64];
	int fd;

	snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, what);
	fd = open(name, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static pid_t process_of(pid_t thread)
{
	char name[64], line[128];
	long id = 0;
	FILE *f;

	snprintf(name, sizeof name, "/proc/%d/status", (int)thread);
	f = fopen(name, "re");
	while (f && !id && fgets(line, sizeof line, f))
		if (!strncmp(line, "Tgid:", 5))
			id = strtol(line + 5, NULL, 10);
	if (f)
		fclose(f);
	return id > 0 ? (pid_t)id : thread;
}

/* false: it has none, as of a pipe */
static bool name_of(int fd, char name[PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, name, PATH_MAX);
	if (n <= 0 || n >= PATH_MAX || *name != '/')
		return false;
	name[n] = '\0';
	return true;
}

static int open_view(struct view *v)
{
	struct stat its, ours;

	v->process = process_of(v->q->pid);
	v->root = open_proc(v->q->pid, "root");
	if (v->root < 0)
		return v->root;
	if (fstat(v->root, &its) < 0 || stat("/", &ours) < 0 || !name_of(v->root, v->root_name)) {
		close(v->root);
		return -ENOENT;
	}
	v->is_ours = its.st_dev == ours.st_dev && its.st_ino == ours.st_ino;
	if (!strcmp(v->root_name, "/"))
		*v->root_name = '\0';
	return 0;
}

/* `arg`: HERE, or the argument with the descriptor. */
static int open_base(const struct view *v, int arg)
{
	char what[32] = "cwd";
	int fd = arg == HERE ? AT_FDCWD : (int)v->q->data.args[arg];

	if (fd != AT_FDCWD)
		snprintf(what, sizeof what, "fd/%d", fd);
	return open_proc(v->q->pid, what);
}

/* Names */

/* A name without the process's root before it; NULL: it lies outside. */
static const char *within_root(const struct view *v, const char *name)
{
	size_t n = strlen(v->root_name);

	if (strncmp(name, v->root_name, n) != 0)
		return NULL;
	return name[n] == '\0' ? "/" : name[n] == '/' ? name + n : NULL;
}

static int look_up(int base, const char *name, int flags, uint64_t resolve)
{
	struct open_how how = { .flags = (uint64_t)(O_PATH | O_CLOEXEC | flags),
				.resolve = resolve | RESOLVE_NO_MAGICLINKS };
	long fd;
	int i = 0;

	/* EAGAIN: something was renamed meanwhile */
	do
		fd = syscall(SYS_openat2, base, name, &how, sizeof how);
	while (fd < 0 && (errno == EINTR || errno == EAGAIN) && i++ < RETRIES);
	return fd < 0 ? -errno : (int)fd;
}

/* The name of a descriptor of its own, by whichever way it is said: its number, or -1. */
static int descriptor_named(const struct view *v, const char *name)
{
	static const char *const standard[] = { "/dev/stdin", "/dev/stdout", "/dev/stderr" };
	char own[64];
	const char *const before[] = { "/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", own };

	snprintf(own, sizeof own, "/proc/%d/fd/", (int)v->process);
	for (int i = 0; i < 3; i++)
		if (!strcmp(name, standard[i]))
			return i;
	for (size_t i = 0; i < sizeof before / sizeof *before; i++)
		if (!strncmp(name, before[i], strlen(before[i])))
			return whole_number(name + strlen(before[i]), INT_MAX / 16);
	return -1;
}

static int look_up_absolute(const struct view *v, const char *name, int flags)
{
	static const char self[] = "/proc/self", thread[] = "/proc/thread-self";
	int fd = descriptor_named(v, name);
	char what[32], other[PATH_MAX + 64];
	const char *rest = NULL;

	if (fd >= 0) {
		snprintf(what, sizeof what, "fd/%d", fd);
		return open_proc(v->q->pid, what);
	}
	/* ours would be another's */
	if (!strncmp(name, self, sizeof self - 1))
		rest = name + sizeof self - 1;
	else if (!strncmp(name, thread, sizeof thread - 1))
		rest = name + sizeof thread - 1;
	if (rest && (*rest == '/' || !*rest)) {
		snprintf(other, sizeof other, "/proc/%d%s", (int)v->process, rest);
		name = other;
	}
	return look_up(v->root, name, flags, RESOLVE_IN_ROOT);
}

/* As the process would, from that folder. An O_PATH descriptor, or -errno. */
static int resolve(const struct view *v, int base, const char *name, int flags)
{
	char folder[PATH_MAX], *whole;
	const char *within;
	int fd;

	if (*name == '/')
		return look_up_absolute(v, name, flags);
	if (!*name)
		return -ENOENT;
	if (v->is_ours)
		return look_up(base, name, flags, 0);
	/* links in it must not lead to our root */
	within = name_of(base, folder) ? within_root(v, folder) : NULL;
	if (!within)
		return -EXDEV;
	if (asprintf(&whole, "%s/%s", within, name) < 0)
		return -ENOMEM;
	fd = look_up_absolute(v, whole, flags);
	free(whole);
	return fd;
}

/* Wants */

static void add(struct view *v, struct want want)
{
	for (int i = 0; i < v->n; i++)
		if (v->wants[i].kind == want.kind && v->wants[i].port == want.port &&
		    (!want.path || !strcmp(v->wants[i].path, want.path))) {
			free(want.path);
			return;
		}
	if (v->n < MAX_WANTS)
		v->wants[v->n++] = want;
	else
		free(want.path);
}

/* What is open may have no name by now. */
static bool has_gone(int fd, const char *name)
{
	static const char mark[] = " (deleted)";
	size_t n = strlen(name);
	struct stat is, named;

	if (n < sizeof mark || strcmp(name + n - (sizeof mark - 1), mark) != 0)
		return false;
	return fstat(fd, &is) < 0 || stat(name, &named) < 0 || is.st_dev != named.st_dev ||
	       is.st_ino != named.st_ino;
}

/* What a link like /proc/self, looked up by us, has led to is ours: its own has the same name otherwise. */
static char *its_own(const struct view *v, const char *name)
{
	char ours[32], *other;
	size_t n;

	snprintf(ours, sizeof ours, "/proc/%d", (int)getpid());
	n = strlen(ours);
	if (strncmp(name, ours, n) != 0 || (name[n] && name[n] != '/'))
		return strdup(name);
	return asprintf(&other, "/proc/%d%s", (int)v->process, name + n) < 0 ? NULL : other;
}

static void want_fd(struct view *v, enum want_kind kind, int fd)
{
	char name[PATH_MAX];
	const char *within;
	struct stat st;
	struct want w = { .kind = kind };

	if (!name_of(fd, name) || has_gone(fd, name) || fstat(fd, &st) < 0 || S_ISLNK(st.st_mode))
		return;
	within = within_root(v, name);
	if (!within)
		return;
	w.is_folder = S_ISDIR(st.st_mode);
	w.path = its_own(v, within);
	if (w.path)
		add(v, w);
	else
		v->no_memory = true;
}

/* false: there is no such string, and the call will fail of itself */
static bool read_name(const struct view *v, int arg, char name[PATH_MAX])
{
	return tracee_string(v->q->pid, v->q->data.args[arg], name, PATH_MAX) >= 0;
}

/* The folder that a name stands in; *ret_there: is there something of that name? */
static int open_folder(struct view *v, int base, const char *name, bool *ret_there)
{
	char *folder = airlock__folder_of(name);
	int fd, there;

	if (!folder) {
		v->no_memory = true;
		return -ENOMEM;
	}
	fd = *name ? resolve(v, base, folder, O_DIRECTORY) : -ENOENT;
	free(folder);
	there = fd < 0 ? fd : resolve(v, base, name, O_NOFOLLOW);
	*ret_there = there >= 0;
	if (there >= 0)
		close(there);
	return fd;
}

/* What must hold of a name for the kernel to come as far as to judge */
enum must { BE_THERE, NOT_BE_THERE, DO_AS_IT_LIKES };

static void want_folder(struct view *v, int base, const char *name, enum must must)
{
	bool there;
	int fd = open_folder(v, base, name, &there);

	if (fd < 0)
		return;
	if (must == DO_AS_IT_LIKES || there == (must == BE_THERE))
		want_fd(v, WANT_WRITE, fd);
	close(fd);
}

static void want_folder_of(struct view *v, int dir, int path, enum must must)
{
	char name[PATH_MAX];
	int base;

	/* what a descriptor is of may stand in no folder: the file of O_TMPFILE, that linkat(2) names so */
	if (!read_name(v, path, name) || descriptor_named(v, name) >= 0)
		return;
	base = open_base(v, dir);
	if (base >= 0 || *name == '/')
		want_folder(v, base, name, must);
	if (base >= 0)
		close(base);
}

/* Opening */

static void want_open(struct view *v, int fd, int flags, bool is_new)
{
	int mode = flags & O_ACCMODE;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	/* that fails of itself */
	if (S_ISDIR(st.st_mode) && mode != O_RDONLY && !is_new)
		return;
	if (mode == O_RDONLY || mode == O_RDWR)
		want_fd(v, WANT_READ, fd);
	if (mode == O_WRONLY || mode == O_RDWR || is_new ||
	    (flags & O_TRUNC && S_ISREG(st.st_mode)))
		want_fd(v, WANT_WRITE, fd);
}

/* A link that leads to nothing: the file is made where it leads. false: it is none, or leads round and round. */
static bool follow(const struct view *v, int base, char name[PATH_MAX])
{
	char to[PATH_MAX], *folder, *whole;
	int fd = resolve(v, base, name, O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", to, sizeof to - 1);
	int made = -1;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	to[n] = '\0';
	folder = *to == '/' ? NULL : airlock__folder_of(name);
	if (*to == '/' || folder)
		made = asprintf(&whole, "%s%s%s", folder ? folder : "", folder ? "/" : "", to);
	free(folder);
	if (made < 0)
		return false;
	if (made < PATH_MAX)
		memcpy(name, whole, (size_t)made + 1);
	free(whole);
	return made < PATH_MAX;
}

static void want_new(struct view *v, int base, char name[PATH_MAX], int flags)
{
	bool there;
	int fd;

	for (int i = 0; i < LINKS && follow(v, base, name); i++)
		;
	fd = open_folder(v, base, name, &there);
	if (fd < 0)
		return;
	if (!there)
		want_open(v, fd, flags, true);
	close(fd);
}

static int open_named(const struct view *v, int base, const char *name, int flags, uint64_t how)
{
	bool no_follow = flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL);
	int follow_flags = no_follow ? O_NOFOLLOW : 0;

	if (how & (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		return look_up(base, name, follow_flags, how);
	return resolve(v, base, name, follow_flags);
}

static void opens(struct view *v, int dir, int path, int flags, uint64_t how)
{
	const int tmpfile = O_TMPFILE & ~O_DIRECTORY;
	char name[PATH_MAX];
	int base, fd;

	if (flags & O_PATH || !read_name(v, path, name))
		return;
	base = open_base(v, dir);
	if (base < 0 && *name != '/')
		return;
	fd = open_named(v, base, name, flags, how);
	if (fd >= 0 && !(flags & O_CREAT && flags & O_EXCL))
		want_open(v, fd, flags, flags & tmpfile);
	else if (fd == -ENOENT && flags & O_CREAT && !(how & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)))
		want_new(v, base, name, flags);
	if (fd >= 0)
		close(fd);
	if (base >= 0)
		close(base);
}

static void opens_how(struct view *v, const struct file_call *c)
{
	struct open_how how;

	memset(&how, 0, sizeof how);
	if (tracee_read(v->q->pid, v->q->data.args[c->flags], &how, sizeof how) == sizeof how)
		opens(v, c->dir, c->path, (int)how.flags, how.resolve);
}

/* Executing */

/* What the kernel opens besides to start it: of this file in *ret, from malloc; NULL: nothing */
static char *interpreter_of(int program)
{
	struct airlock__image image = { 0 };
	char name[64], *ret;
	struct stat st;
	int fd;

	if (fstat(program, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	snprintf(name, sizeof name, "/proc/self/fd/%d", program);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || airlock__image_read(fd, &image) < 0) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	close(fd);
	ret = image.interpreter;
	image.interpreter = NULL;
	airlock__image_free(&image);
	return ret;
}

/* The program, the interpreter of its #! line, the loader: each wants the right to be executed. */
static void executes(struct view *v, const struct file_call *c)
{
	bool itself = c->flags != NO_FLAGS && v->q->data.args[c->flags] & AT_EMPTY_PATH;
	int base = open_base(v, c->dir), fd = -1;
	char name[PATH_MAX], *next;

	if (!read_name(v, c->path, name))
		*name = '\0';
	if (itself && !*name && base >= 0)
		fd = dup(base);
	else if (*name == '/' || base >= 0)
		fd = resolve(v, base, name, 0);
	for (int i = 0; fd >= 0 && i < MAX_WANTS; i++) {
		want_fd(v, WANT_EXEC, fd);
		next = interpreter_of(fd);
		close(fd);
		fd = next ? resolve(v, base, next, 0) : -1;
		free(next);
	}
	if (fd >= 0)
		close(fd);
	if (base >= 0)
		close(base);
}

/* Sockets */

/* Where it cannot be looked at it is taken for one. */
static bool is_tcp(const struct view *v)
{
	int protocol = IPPROTO_TCP, pidfd = (int)syscall(SYS_pidfd_open, v->process, 0);
	socklen_t size = sizeof protocol;
	int fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, (int)v->q->data.args[0], 0);

	if (fd >= 0) {
		if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0)
			protocol = -1;
		close(fd);
	}
	if (pidfd >= 0)
		close(pidfd);
	return protocol == IPPROTO_TCP;
}

static void uses_address(struct view *v, const struct file_call *c)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		char end[sizeof(struct sockaddr_un) + 1];
	} a;
	size_t size = (uint32_t)v->q->data.args[c->path + 1];
	struct want w = { .kind = c->deed == BINDS ? WANT_BIND : WANT_CONNECT };
	ssize_t n;
	int base;

	memset(&a, 0, sizeof a);
	n = tracee_read(v->q->pid, v->q->data.args[c->path], &a,
			size < sizeof a.un ? size : sizeof a.un);
	if (n < (ssize_t)sizeof a.any.sa_family)
		return;
	/* the ports of both lie at the same place */
	w.port = ntohs(a.in.sin_port);
	if ((a.any.sa_family == AF_INET || a.any.sa_family == AF_INET6) && is_tcp(v))
		add(v, w);
	if (a.any.sa_family != AF_UNIX || c->deed != BINDS || !a.un.sun_path[0])
		return;
	base = open_base(v, HERE);
	if (base >= 0 || a.un.sun_path[0] == '/')
		want_folder(v, base, a.un.sun_path, NOT_BE_THERE);
	if (base >= 0)
		close(base);
}

static void want_all(struct view *v, const struct file_call *c)
{
	switch (c->deed) {
	case OPENS:
		opens(v, c->dir, c->path, (int)v->q->data.args[c->flags], 0);
		break;
	case OPENS_HOW:
		opens_how(v, c);
		break;
	case CREATES:
		opens(v, c->dir, c->path, O_CREAT | O_WRONLY | O_TRUNC, 0);
		break;
	case TRUNCATES:
		opens(v, c->dir, c->path, O_WRONLY, 0);
		break;
	case REMOVES:
		want_folder_of(v, c->dir, c->path, BE_THERE);
		break;
	case MAKES:
		want_folder_of(v, c->dir, c->path, NOT_BE_THERE);
		break;
	case MOVES:
		want_folder_of(v, c->dir, c->path, BE_THERE);
		/* a rename replaces what is there */
		want_folder_of(v, c->to_dir, c->to, DO_AS_IT_LIKES);
		break;
	case EXECUTES:
		executes(v, c);
		break;
	case BINDS:
	case CONNECTS:
		uses_address(v, c);
		break;
	}
}

int tracee_wants(const struct question *q, struct want wants[MAX_WANTS])
{
	struct view v = { .q = q, .wants = wants };
	const struct file_call *c;
	int call = airlock__call_by_nr((uint32_t)q->data.nr);

	if (q->data.arch != airlock__audit_arch || call < 0 || q->pid <= 0)
		return 0;
	c = file_call(airlock__calls[call].name);
	if (!c || open_view(&v) < 0)
		return 0;
	want_all(&v, c);
	close(v.root);
	if (!v.no_memory)
		return v.n;
	tracee_wants_free(wants, v.n);
	return -ENOMEM;
}

void tracee_wants_free(struct want *wants, int n)
{
	for (int i = 0; i < n; i++)
		free(wants[i].path);
}
