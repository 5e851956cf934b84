/* SPDX-License-Identifier: ISC */
/*
 * learned_file.h: a file that is replaced as a whole: what is written stands beside it until it takes its place.
 */
#ifndef AIRLOCK_LEARNED_FILE_H
#define AIRLOCK_LEARNED_FILE_H

struct learned_file {
	char *target;			/* what it leads to: a link stays a link */
	char *temporary;		/* NULL: there is none */
};

/*
 * 0 or -errno, each. Before anything is to be written: can it be? -EISDIR; -EINVAL: it is no regular file.
 * From then on SIGINT, SIGTERM and SIGHUP, where they are not ignored, take the temporary file away and end us.
 */
int learned_file_find(struct learned_file *f, const char *name);
int learned_file_write(struct learned_file *f, const char *text);
/* It gets the mode, and where that can be the owner, of what it replaces. */
int learned_file_put(struct learned_file *f);
/* What was not put there goes. */
void learned_file_free(struct learned_file *f);

#endif
