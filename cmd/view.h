/* SPDX-License-Identifier: ISC */
/*
 * view.h: files as a process that asks sees them: from its root and folders, by its own descriptors.
 *
 * Nothing is opened but as O_PATH. It may all be otherwise a moment later.
 */
#ifndef AIRLOCK_VIEW_H
#define AIRLOCK_VIEW_H

#include <limits.h>

#include "tracee.h"

/* The process that asks, and what it wants by now */
struct view {
	const struct question *q;
	pid_t process;
	int root;			/* its root folder */
	char root_name[PATH_MAX];	/* as it is seen from here; "" for our own */
	bool is_ours;			/* its root is ours */
	struct want *wants;		/* MAX_WANTS of them */
	int n;
	bool no_memory, unseen;		/* unseen: it keeps from us what would have to be looked at */
};

/* With q and wants set: 0, or -errno: -EACCES: it does not let itself be seen; else it is gone. */
int view_open(struct view *v);

/* Descriptors, to be closed, or -errno. `arg`: HERE, or the argument with the descriptor. */
int view_open_base(struct view *v, int arg);
/* What the name leads to from that folder, for the process; with openat2(2)'s `flags`. */
int view_resolve(const struct view *v, int base, const char *name, int flags);
int view_look_up(int base, const char *name, int flags, uint64_t resolve);

/* The number of its own descriptor that is named, by whichever way it is said; -1: none is. */
int view_descriptor_named(const struct view *v, const char *name);

/* What is at the address in an argument. false: there is no string, and the call will fail of itself; or `unseen`. */
bool view_read_name(struct view *v, int arg, char name[PATH_MAX]);
ssize_t view_read(struct view *v, int arg, void *buf, size_t size);

/* The name of a descriptor of ours. false: it has none, as of a pipe */
bool view_name_of(int fd, char name[PATH_MAX]);

/* One want more: of the file that the descriptor is of, if it has a name in its root; `add`: a port. */
void view_want(struct view *v, enum want_kind kind, int fd);
void view_want_as(struct view *v, struct want w, int fd);
void view_add(struct view *v, struct want want);

#endif
