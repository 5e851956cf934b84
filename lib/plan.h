/* SPDX-License-Identifier: ISC */
/*
 * plan.h: turns a caller's options into the plan that a child follows, and the memory it stands in.
 */
#ifndef AIRLOCK_PLAN_H
#define AIRLOCK_PLAN_H

#include "airlock/airlock.h"
#include "child.h"

enum { AIRLOCK__MAX_FDS = 1024 };

/* What a helper gets in place of its 0, 1 and 2, and what the child keeps for itself. */
struct airlock__sources {
	int helper_rfd, helper_wfd;
	int stderr_fd;
	int signal_fd;			/* write end that closes at exec (private memory); -1: none */
};

/* The memory of one spawn. No part of it may go before the child has let go of it. */
struct airlock__memory {
	struct airlock__plan *plan;
	void *stack_top;
	void *base;			/* of the mapping: guard page, stack, plan, all that it points to */
	size_t size;
	bool keep_mapping;		/* as the spare, for the next spawn */
	void *vault;			/* where the three pointers of the one exec hide; NULL: none */
	size_t vault_size;
	bool had_vault;			/* its addresses may stand anywhere in the mapping */
	struct airlock__move *moves;
	struct airlock__op *ops;
	int *keep;
};

/*
 * Is every option sane, every descriptor in it open? 0, or -EINVAL or -EBADF with the field named
 * in *error.
 */
int airlock__check_options(const struct airlock_options *o, struct airlock_error *error);

/* Is one of the caller's descriptors to be the helper's `to`? */
bool airlock__maps(const struct airlock_options *o, int to);

/* The helper's name for messages, by the options. */
const char *airlock__name_of(const struct airlock_options *o);

/*
 * Map the memory and fill in the plan, but for its descriptors. `shared`: parent and child shall
 * both see the child's words although the child has a copy of all other memory.
 */
int airlock__plan_make(const struct airlock_options *o, bool shared, int64_t deadline,
		       struct airlock__memory *ret, struct airlock_error *error);

/*
 * Fill in the descriptors. `low`: the reserve is ours, and all that the child needs is put below
 * its bound; then -EMFILE and the like mean that it does not fit there.
 */
int airlock__plan_descriptors(const struct airlock_options *o, const struct airlock__sources *from, bool low,
			      struct airlock__memory *m);

/* Unmap, or keep as the spare mapping that the next spawn takes. */
void airlock__plan_free(struct airlock__memory *m);

/* Unmap the vault alone: a child with private memory has its own copy. */
void airlock__plan_close_vault(struct airlock__memory *m);

/* Make the spare mapping now, or give it back: see airlock_reserve(). */
void airlock__plan_keep_spare(void);
void airlock__plan_drop_spare(void);

/* Fill `n` bytes from getrandom(2): 0, or a negative errno. It is not ready early at boot. */
int airlock__random(void *buf, size_t n, int64_t deadline);

#endif
