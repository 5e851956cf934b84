/* SPDX-License-Identifier: ISC */
/*
 * wants.c: tracee_wants() of tracee.h: which files and ports a call wants, found as the kernel will find them. A call
 * that will fail of itself wants none.
 *
 * Nothing is opened but as O_PATH, save programs, to see what starts them. It may all be otherwise a moment later.
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
#include "view.h"

enum { LINKS = 8 };

static bool is_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool ends_in_slash(const char *name)
{
	size_t n = strlen(name);

	return n && name[n - 1] == '/';
}

/* Entries of folders */

/* A name in a folder, and what has it: descriptors, or -errno */
struct entry {
	int folder, itself;
	bool ends_in_slash;
};

/* Nothing is made, moved or removed by a name that ends in "/" alone, in "." or "..". */
static bool is_plain(const char *name)
{
	size_t n = strlen(name), begin;

	while (n > 0 && name[n - 1] == '/')
		n--;
	begin = n;
	while (begin > 0 && name[begin - 1] != '/')
		begin--;
	n -= begin;
	return n > 2 || (n && strncmp(name + begin, "..", n) != 0);
}

static void close_entry(const struct entry *e)
{
	if (e->folder >= 0)
		close(e->folder);
	if (e->itself >= 0)
		close(e->itself);
}

static struct entry open_entry(struct view *v, int base, const char *name)
{
	struct entry e = { -ENOENT, -ENOENT, ends_in_slash(name) };
	char *folder;

	if (!is_plain(name))
		return e;
	folder = airlock__folder_of(name);
	if (folder)
		e.folder = view_resolve(v, base, folder, O_DIRECTORY);
	else
		v->no_memory = true;
	if (e.folder >= 0)
		e.itself = view_resolve(v, base, name, O_NOFOLLOW);
	free(folder);
	return e;
}

static struct entry open_argument(struct view *v, int dir, int path, bool may_be_empty)
{
	struct entry e = { -ENOENT, -ENOENT, false };
	char name[PATH_MAX];
	int base;

	/* what a descriptor is of may stand in no folder: the file of O_TMPFILE, that linkat(2) names so */
	if (!view_read_name(v, path, name))
		return e;
	if (view_descriptor_named(v, name) >= 0) {
		e.itself = view_resolve(v, -1, name, 0);
		return e;
	}
	base = view_open_base(v, dir);
	if (!*name && may_be_empty && base >= 0)
		e.itself = dup(base);
	else if (base >= 0 || *name == '/')
		e = open_entry(v, base, name);
	if (base >= 0)
		close(base);
	return e;
}

static void removes(struct view *v, const struct file_call *c)
{
	bool folders = c->flags == NO_FLAGS ? !strcmp(c->call, "rmdir")
					    : v->q->data.args[c->flags] & AT_REMOVEDIR;
	struct entry e = open_argument(v, c->dir, c->path, false);

	if (e.folder >= 0 && e.itself >= 0 && is_folder(e.itself) == folders)
		view_want(v, WANT_WRITE, e.folder);
	close_entry(&e);
}

static void makes(struct view *v, const struct file_call *c)
{
	struct entry e = open_argument(v, c->dir, c->path, false);

	if (e.folder >= 0 && e.itself < 0 && (!e.ends_in_slash || !strncmp(c->call, "mkdir", 5)))
		view_want(v, WANT_WRITE, e.folder);
	close_entry(&e);
}

/* Is it that folder, or does it lie beneath it? */
static bool lies_in(int fd, int folder)
{
	char name[PATH_MAX], top[PATH_MAX];
	size_t n;

	if (!is_folder(folder) || !view_name_of(fd, name) || !view_name_of(folder, top))
		return false;
	n = strlen(top);
	return !strncmp(name, top, n) && (!name[n] || name[n] == '/');
}

/* link(2) and rename(2): does the kernel come as far as to judge, and may it succeed? */
static bool can_move(const struct entry *from, const struct entry *to, bool is_link, unsigned flags)
{
	bool there = to->itself >= 0, exchange = flags & RENAME_EXCHANGE;

	if (from->itself < 0 || to->folder < 0)
		return false;
	if (to->ends_in_slash && !is_folder(from->itself))
		return false;
	if (is_link)
		return !there;
	if (from->folder < 0 || (there && flags & RENAME_NOREPLACE) || (!there && exchange))
		return false;
	if (there && !exchange && is_folder(from->itself) != is_folder(to->itself))
		return false;
	/* into itself; or over a folder that it is in */
	return !lies_in(to->folder, from->itself) && !(there && lies_in(from->folder, to->itself));
}

static void moves(struct view *v, const struct file_call *c)
{
	unsigned flags = c->flags == NO_FLAGS ? 0 : (unsigned)v->q->data.args[c->flags];
	bool is_link = !strncmp(c->call, "link", 4);
	struct entry from = open_argument(v, c->dir, c->path, is_link && flags & AT_EMPTY_PATH);
	struct entry to = open_argument(v, c->to_dir, c->to, false);

	if (can_move(&from, &to, is_link, flags)) {
		if (from.folder >= 0)
			view_want(v, WANT_WRITE, from.folder);
		view_want(v, WANT_WRITE, to.folder);
	}
	close_entry(&from);
	close_entry(&to);
}

/* Opening */

static void want_open(struct view *v, int fd, int flags, bool is_new)
{
	int mode = flags & O_ACCMODE;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	/* that fails of itself */
	if (S_ISDIR(st.st_mode) && (mode != O_RDONLY || flags & O_CREAT) && !is_new)
		return;
	if (mode == O_RDONLY || mode == O_RDWR)
		view_want_as(v,
			     (struct want){ .kind = WANT_READ,
					    .is_listed = S_ISDIR(st.st_mode) && !is_new },
			     fd);
	if (mode == O_WRONLY || mode == O_RDWR || is_new ||
	    (flags & O_TRUNC && S_ISREG(st.st_mode)))
		view_want(v, WANT_WRITE, fd);
}

/* A link that leads to nothing: the file is made where it leads. false: it is none, or leads round and round. */
static bool follow(const struct view *v, int base, char name[PATH_MAX])
{
	char to[PATH_MAX], *folder, *whole;
	int fd = view_resolve(v, base, name, O_NOFOLLOW);
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
	struct entry e;

	for (int i = 0; i < LINKS && follow(v, base, name); i++)
		;
	e = open_entry(v, base, name);
	if (e.folder >= 0 && e.itself < 0 && !e.ends_in_slash)
		want_open(v, e.folder, flags, true);
	close_entry(&e);
}

static int open_named(const struct view *v, int base, const char *name, int flags, uint64_t how)
{
	bool no_follow = flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL);
	int same_flags = (no_follow ? O_NOFOLLOW : 0) | (flags & O_DIRECTORY);

	if (how & (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		return view_look_up(base, name, same_flags, how);
	return view_resolve(v, base, name, same_flags);
}

static void opens(struct view *v, int dir, int path, int flags, uint64_t how)
{
	const int tmpfile = O_TMPFILE & ~O_DIRECTORY;
	char name[PATH_MAX];
	int base, fd;

	if (flags & O_PATH || !view_read_name(v, path, name))
		return;
	/* nothing can be made by such a name, and what is there is a folder */
	if (flags & O_CREAT && ends_in_slash(name))
		return;
	base = view_open_base(v, dir);
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
	if (view_read(v, c->flags, &how, sizeof how) == sizeof how)
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
	int base = view_open_base(v, c->dir), fd = -1;
	char name[PATH_MAX], *next;

	if (!view_read_name(v, c->path, name))
		*name = '\0';
	if (itself && !*name && base >= 0)
		fd = dup(base);
	else if (*name == '/' || base >= 0)
		fd = view_resolve(v, base, name, 0);
	for (int i = 0; fd >= 0 && i < MAX_WANTS; i++) {
		view_want(v, WANT_EXEC, fd);
		next = interpreter_of(fd);
		close(fd);
		fd = next ? view_resolve(v, base, next, 0) : -1;
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
	n = view_read(v, c->path, &a, size < sizeof a.un ? size : sizeof a.un);
	if (n < (ssize_t)sizeof a.any.sa_family)
		return;
	/* the ports of both lie at the same place */
	w.port = ntohs(a.in.sin_port);
	if ((a.any.sa_family == AF_INET || a.any.sa_family == AF_INET6) && is_tcp(v))
		view_add(v, w);
	if (a.any.sa_family != AF_UNIX || c->deed != BINDS || !a.un.sun_path[0])
		return;
	base = view_open_base(v, HERE);
	if (base >= 0 || a.un.sun_path[0] == '/') {
		struct entry e = open_entry(v, base, a.un.sun_path);

		if (e.folder >= 0 && e.itself < 0)
			view_want(v, WANT_WRITE, e.folder);
		close_entry(&e);
	}
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
		removes(v, c);
		break;
	case MAKES:
		makes(v, c);
		break;
	case MOVES:
		moves(v, c);
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
	int call = airlock__call_by_nr((uint32_t)q->data.nr), r;

	if (q->data.arch != airlock__audit_arch || call < 0)
		return 0;
	c = file_call(airlock__calls[call].name);
	if (!c)
		return 0;
	/* a process of a pid namespace that is not beneath ours has no number here */
	r = q->pid > 0 ? view_open(&v) : -EACCES;
	if (r < 0)
		return r == -EACCES || r == -ENOMEM ? r : 0;
	want_all(&v, c);
	close(v.root);
	if (!v.no_memory && !v.unseen)
		return v.n;
	tracee_wants_free(wants, v.n);
	return v.no_memory ? -ENOMEM : -EACCES;
}

void tracee_wants_free(struct want *wants, int n)
{
	for (int i = 0; i < n; i++)
		free(wants[i].path);
}
