/* SPDX-License-Identifier: ISC */
/*
 * learned_names.h: the paths of one key that a learned profile names.
 */
#ifndef AIRLOCK_LEARNED_NAMES_H
#define AIRLOCK_LEARNED_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Why a path stands there: the first counts most. */
enum why { USED, LISTED, OF_PROC, NOT };

struct names {
	struct named {
		char *path;		/* from malloc */
		bool is_folder;
		enum why why;
	} *at;
	size_t n;
};

int names_add(struct names *ns, const char *path, bool is_folder, enum why why);
void names_drop(struct names *ns, size_t i);
void names_free(struct names *ns);

/* What is beneath another of them goes, and where many of one folder are named, the folder is; sorted then. */
void names_merge(struct names *ns);

/*
 * Is a folder for all that is in it, because much of it was used, or because it was listed? Not where a neighbour
 * may be a secret or another machine: /etc, /home/NAME, /var/lib, /usr/share themselves, and nothing of /proc,
 * /sys, /dev.
 */
bool names_may_stand_for_all(const char *path, size_t len);

/* As a word of a list, from malloc: "-" before what another machine may lack, and as systemd.syntax(7) quotes. */
char *names_word(const char *path, bool exists);

/* How much of the path is its folder; of what is in the root folder, 0 */
size_t names_folder_len(const char *path);

#endif
