/* SPDX-License-Identifier: ISC */
/*
 * view.c: see view.h.
 */
#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "signatures.h"

enum { RETRIES = 8 };

/* Its folders */

static int open_proc(pid_t pid, const char *what)
{
	char name[64];
	int fd;

	snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, what);
	fd = open(name, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* What a process that is not dumpable, or a rule of the kernel's, answers to us; all else is no secret. */
static bool is_secret(ssize_t r)
{
	return r == -EACCES || r == -EPERM;
}

bool view_name_of(int fd, char name[PATH_MAX])
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

int view_open(struct view *v)
{
	struct stat its, ours;

	v->process = tracee_process(v->q->pid);
	if (v->process <= 0)
		v->process = v->q->pid;
	v->root = open_proc(v->q->pid, "root");
	if (v->root < 0)
		return v->root;
	if (fstat(v->root, &its) < 0 || stat("/", &ours) < 0 ||
	    !view_name_of(v->root, v->root_name)) {
		close(v->root);
		return -EACCES;
	}
	v->is_ours = its.st_dev == ours.st_dev && its.st_ino == ours.st_ino;
	if (!strcmp(v->root_name, "/"))
		*v->root_name = '\0';
	return 0;
}

int view_open_base(struct view *v, int arg)
{
	char what[32] = "cwd";
	int fd = arg == HERE ? AT_FDCWD : (int)v->q->data.args[arg];

	if (fd != AT_FDCWD)
		snprintf(what, sizeof what, "fd/%d", fd);
	fd = open_proc(v->q->pid, what);
	v->unseen |= is_secret(fd);
	return fd;
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

int view_look_up(int base, const char *name, int flags, uint64_t resolve)
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

int view_descriptor_named(const struct view *v, const char *name)
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
	int fd = view_descriptor_named(v, name);
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
	if (rest && !strcmp(rest, "/exe") && !(flags & O_NOFOLLOW))
		return open_proc(v->q->pid, "exe");
	if (rest && (*rest == '/' || !*rest)) {
		snprintf(other, sizeof other, "/proc/%d%s", (int)v->process, rest);
		name = other;
	}
	return view_look_up(v->root, name, flags, RESOLVE_IN_ROOT);
}

int view_resolve(const struct view *v, int base, const char *name, int flags)
{
	char folder[PATH_MAX], *whole;
	const char *within;
	int fd;

	if (*name == '/')
		return look_up_absolute(v, name, flags);
	if (!*name)
		return -ENOENT;
	if (v->is_ours)
		return view_look_up(base, name, flags, 0);
	/* links in it must not lead to our root */
	within = view_name_of(base, folder) ? within_root(v, folder) : NULL;
	if (!within)
		return -EXDEV;
	if (asprintf(&whole, "%s/%s", within, name) < 0)
		return -ENOMEM;
	fd = look_up_absolute(v, whole, flags);
	free(whole);
	return fd;
}

/* Wants */

void view_add(struct view *v, struct want want)
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

/* In the folder of /proc that is the process's, or the thread's, that asks */
static bool is_own(const struct view *v, const char *path)
{
	char own[32];
	pid_t pids[] = { v->process, v->q->pid };

	for (size_t i = 0; i < 2; i++) {
		size_t n = (size_t)snprintf(own, sizeof own, "/proc/%d", (int)pids[i]);

		if (!strncmp(path, own, n) && (path[n] == '/' || !path[n]))
			return true;
	}
	return false;
}

void view_want_as(struct view *v, struct want w, int fd)
{
	char name[PATH_MAX];
	const char *within;
	struct stat st;

	if (!view_name_of(fd, name) || has_gone(fd, name) || fstat(fd, &st) < 0 ||
	    S_ISLNK(st.st_mode))
		return;
	within = within_root(v, name);
	if (!within)
		return;
	w.is_folder = S_ISDIR(st.st_mode);
	w.path = its_own(v, within);
	w.is_own = w.path && is_own(v, w.path);
	if (w.path)
		view_add(v, w);
	else
		v->no_memory = true;
}

void view_want(struct view *v, enum want_kind kind, int fd)
{
	view_want_as(v, (struct want){ .kind = kind }, fd);
}

bool view_read_name(struct view *v, int arg, char name[PATH_MAX])
{
	ssize_t n = tracee_string(v->q->pid, v->q->data.args[arg], name, PATH_MAX);

	v->unseen |= is_secret(n);
	return n >= 0;
}

ssize_t view_read(struct view *v, int arg, void *buf, size_t size)
{
	ssize_t n = tracee_read(v->q->pid, v->q->data.args[arg], buf, size);

	v->unseen |= is_secret(n);
	return n;
}
