/* SPDX-License-Identifier: ISC */
/*
 * probe_tries.h: what the probes do, each in its child: 0 or -errno. `f` has room for more than that.
 */
#ifndef AIRLOCK_PROBE_TRIES_H
#define AIRLOCK_PROBE_TRIES_H

#include "probes.h"

/* probe_kernel.c */
int try_close_range(struct found_here *f);
int try_table(struct found_here *f);
int try_shared(struct found_here *f);
int try_quiet(struct found_here *f);
int try_clone_pidfd(struct found_here *f);
int try_pidfd_open(struct found_here *f);
int try_pidfd_send_signal(struct found_here *f);
int try_kill(struct found_here *f);
int try_waitid_pidfd(struct found_here *f);
int try_pidfd_getfd(struct found_here *f);
int try_memfd(struct found_here *f);
int try_getrandom(struct found_here *f);
int try_proc(struct found_here *f);
int try_vault(struct found_here *f);
int try_filter(struct found_here *f);
int try_actions(struct found_here *f);
int try_listener(struct found_here *f);
int try_killable(struct found_here *f);
int try_landlock(struct found_here *f);

/* probe_spawn.c */
int try_tcp(struct found_here *f);
int try_udp(struct found_here *f);
int try_spawn(struct found_here *f);
int try_null(struct found_here *f);
int try_session(struct found_here *f);
int try_private(struct found_here *f);
int try_none(struct found_here *f);
int try_strict(struct found_here *f);

/* Make the seal of a builtin, and start ourselves under it if `start`. */
int try_builtin(const char *name, bool start, struct found_here *f);

#endif
