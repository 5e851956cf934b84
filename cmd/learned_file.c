/* SPDX-License-Identifier: ISC */
/*
 * learned_file.c: see learned_file.h.
 */
#define _GNU_SOURCE
#include "learned_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"

enum { MOST_LINKS = 40 }; /* as the kernel */

/* Signals */

/* What a signal removes; changed with all of them blocked */
static const char *doomed;

static void end(int sig)
{
	if (doomed)
		unlink(doomed);
	/* SA_RESETHAND: now it ends us */
	raise(sig);
}

static void catch_signals(void)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old, sa = { .sa_handler = end, .sa_flags = SA_RESETHAND | SA_NODEFER };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (sigaction(all[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(all[i], &sa, NULL);
}

static void block(sigset_t *ret_before)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, ret_before);
}

static void unblock(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

/* Names */

/* A name to which a link leads, from malloc; NULL: no memory. */
static char *join(const char *link, const char *to)
{
	char *folder = *to == '/' ? strdup("") : airlock__folder_of(link), *whole = NULL;

	if (folder && asprintf(&whole, "%s%s%s", folder, *to == '/' ? "" : "/", to) < 0)
		whole = NULL;
	free(folder);
	return whole;
}

/* Where it leads, though nothing may be there: *ret from malloc. */
static int follow(const char *name, char **ret)
{
	char to[PATH_MAX], *at = strdup(name);

	for (int i = 0; at && i < MOST_LINKS; i++) {
		char *real = realpath(at, NULL), *next;
		int error = errno;
		ssize_t n;

		if (real || error != ENOENT) {
			free(at);
			*ret = real;
			return real ? 0 : -error;
		}
		n = readlink(at, to, sizeof to - 1);
		if (n < 0) {
			*ret = at;
			return 0;
		}
		to[n] = '\0';
		next = join(at, to);
		free(at);
		at = next;
	}
	if (!at)
		return -ENOMEM;
	free(at);
	return -ELOOP;
}

/* The file */

static void drop(struct learned_file *f)
{
	sigset_t before;

	block(&before);
	doomed = NULL;
	if (f->temporary)
		unlink(f->temporary);
	unblock(&before);
	free(f->temporary);
	f->temporary = NULL;
}

/* In the same folder: a descriptor, or -errno. */
static int make(struct learned_file *f)
{
	sigset_t before;
	int fd;

	if (asprintf(&f->temporary, "%s.XXXXXX", f->target) < 0) {
		f->temporary = NULL;
		return -ENOMEM;
	}
	block(&before);
	fd = mkostemp(f->temporary, O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	else
		doomed = f->temporary;
	unblock(&before);
	if (fd < 0) {
		free(f->temporary);
		f->temporary = NULL;
	}
	return fd;
}

int learned_file_find(struct learned_file *f, const char *name)
{
	struct stat st;
	int r = follow(name, &f->target);

	if (r < 0)
		return r;
	if (stat(f->target, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	catch_signals();
	r = make(f);
	if (r < 0)
		return r;
	close(r);
	drop(f);
	return 0;
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Who may read it is as before, or as of a file that is new. */
static int give_rights(const struct learned_file *f, int fd)
{
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	if (stat(f->target, &st) < 0)
		return fchmod(fd, 0644 & ~mask) < 0 ? -errno : 0;
	/* only root may give it away; the group may do without that */
	if (fchown(fd, st.st_uid, st.st_gid) < 0 && fchown(fd, (uid_t)-1, st.st_gid) < 0)
		st.st_mode &= (mode_t)~S_IRWXG;
	return fchmod(fd, st.st_mode & 07777) < 0 ? -errno : 0;
}

int learned_file_write(struct learned_file *f, const char *text)
{
	int fd = make(f), r = fd < 0 ? fd : write_all(fd, text);

	if (r == 0)
		r = give_rights(f, fd);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (r < 0)
		drop(f);
	return r;
}

int learned_file_put(struct learned_file *f)
{
	sigset_t before;
	int r = 0;

	block(&before);
	if (rename(f->temporary, f->target) < 0)
		r = -errno;
	else
		doomed = NULL;
	unblock(&before);
	if (r == 0) {
		free(f->temporary);
		f->temporary = NULL;
	}
	return r;
}

void learned_file_free(struct learned_file *f)
{
	drop(f);
	free(f->target);
	f->target = NULL;
}
