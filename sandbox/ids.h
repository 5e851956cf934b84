/* SPDX-License-Identifier: ISC */
/*
 * ids.h: who a helper is: user, groups, capabilities; by what the profile says and the caller may.
 */
#ifndef AIRLOCK_IDS_H
#define AIRLOCK_IDS_H

#include "profile.h"
#include "report.h"
#include "users.h"

/*
 * Fill in step 7 of the seal; seal->groups is from malloc. What this caller may not do is lost in the
 * report if a line of the profile asks for it, and not asked if only a default does. *ret_home: the
 * home of the helper's user, from malloc, or NULL if it has none. 0; -ENOMEM; what airlock__user() says.
 */
int airlock__ids_make(const struct airlock_profile *p, struct airlock_report *report, struct airlock_seal *seal,
		      char **ret_home);

/* The entry of User=, or of who the caller is in effect: as airlock__user(). */
int airlock__ids_user(const struct airlock_profile *p, struct airlock__user *ret);

/* Has the caller this capability in force? */
bool airlock__capable(int cap);

#endif
