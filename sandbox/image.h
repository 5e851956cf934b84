/* SPDX-License-Identifier: ISC */
/*
 * image.h: reads of an executable file what the kernel and the loader will open for it.
 *
 * The file may be anybody's: nothing in it is believed but within the file's bounds.
 */
#ifndef AIRLOCK_IMAGE_H
#define AIRLOCK_IMAGE_H

enum airlock__image_kind {
	AIRLOCK__SCRIPT,		/* #!: has an interpreter */
	AIRLOCK__DYNAMIC,		/* ELF with PT_INTERP, its interpreter */
	AIRLOCK__STATIC,		/* ELF without */
	AIRLOCK__FOREIGN		/* neither of them; `note` says why */
};

struct airlock__image {
	enum airlock__image_kind kind;
	const char *note;		/* constant: what is odd about it; NULL: nothing */
	char *interpreter;		/* from malloc, or NULL */
	char *run_path;			/* DT_RUNPATH, else DT_RPATH, as it stands there; from malloc, or NULL */
};

/* From a regular file open for reading. 0; -ENOMEM; what read(2) says. */
int airlock__image_read(int fd, struct airlock__image *ret);
void airlock__image_free(struct airlock__image *image);

#endif
