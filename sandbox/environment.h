/* SPDX-License-Identifier: ISC */
/*
 * environment.h: what of the caller's environment a helper gets, and what the profile adds.
 */
#ifndef AIRLOCK_ENVIRONMENT_H
#define AIRLOCK_ENVIRONMENT_H

#include "profile.h"

/*
 * PATH LANG LC_* TZ and PassEnvironment= of the caller's, Environment=, without UnsetEnvironment=. The
 * strings and an array that ends in NULL, from malloc; the NULL is not counted. 0 or -ENOMEM.
 */
int airlock__environment_make(const struct airlock_profile *p, struct airlock__strings *ret);

#endif
