/* SPDX-License-Identifier: ISC */
/*
 * probe_spawn.c: does it work from end to end? Spawns of `airlock --version`, whose answer must come back over
 * the channel. Must run in a child of its own, as all probes.
 */
#define _GNU_SOURCE
#include "probe_tries.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "airlock/airlock.h"
#include "own_program.h"
#include "profile.h"

enum { SPAWN_MS = 3000, GRACE_MS = 500 };

static int hear(const struct airlock_helper *h, struct found_here *f)
{
	static const char want[] = "airlock ";
	char heard[64] = "";
	size_t n = 0;

	while (n < sizeof want - 1) {
		struct pollfd p = { h->rfd, POLLIN, 0 };
		ssize_t r = 0;

		if (poll(&p, 1, SPAWN_MS) > 0)
			r = read(h->rfd, heard + n, sizeof heard - 1 - n);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	if (!strncmp(heard, want, sizeof want - 1))
		return 0;
	snprintf(f->reason, sizeof f->reason, "the helper started, but did not answer");
	return -EPROTO;
}

static int spawn_self(enum airlock_channel channel, unsigned flags, const struct airlock_seal *seal,
		      struct found_here *f)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	char name[] = "airlock", version[] = "--version";
	char *argv[] = { name, version, NULL };
	struct airlock_helper h;
	struct airlock_error e;
	int r;

	o.channel = channel;
	o.path = own_program();
	o.argv = argv;
	o.timeout_ms = SPAWN_MS;
	o.flags = flags;
	o.seal = seal;
	r = airlock_spawn(&o, &h, &e);
	if (r < 0) {
		snprintf(f->reason, sizeof f->reason, "%.150s", e.message);
		return r;
	}
	r = hear(&h, f);
	airlock_stop(&h, GRACE_MS, NULL);
	return r;
}

int try_tcp(struct found_here *f)
{
	return spawn_self(AIRLOCK_TCP, 0, NULL, f);
}

int try_udp(struct found_here *f)
{
	return spawn_self(AIRLOCK_UDP, 0, NULL, f);
}

int try_spawn(struct found_here *f)
{
	return spawn_self(AIRLOCK_UNIX_STREAM, 0, NULL, f);
}

int try_private(struct found_here *f)
{
	return spawn_self(AIRLOCK_UNIX_STREAM, AIRLOCK_PRIVATE_MEMORY, NULL, f);
}

static void keep_lost(const struct airlock_profile *p, const struct airlock_report *report, int r,
		      struct found_here *f)
{
	for (size_t i = 0; i < airlock_report_count(report) && !*f->reason; i++)
		if (airlock_report_state(report, i) == AIRLOCK_LOST &&
		    !airlock__best_effort(p, airlock_report_name(report, i)))
			snprintf(f->reason, sizeof f->reason, "%s: %.120s",
				 airlock_report_name(report, i), airlock_report_reason(report, i));
	if (!*f->reason)
		snprintf(f->reason, sizeof f->reason, "%s", strerror(-r));
}

int try_builtin(const char *name, bool start, struct found_here *f)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	char *argv[] = { (char *)own_program(), NULL };
	int r = p ? airlock_profile_builtin(p, name, NULL) : -ENOMEM;

	r = r < 0 ? r : airlock_profile_command(p, argv[0], argv);
	r = r < 0 ? r : airlock_seal_new(p, &seal, &report);
	if (r < 0 && p)
		keep_lost(p, report, r, f);
	if (r == 0 && start)
		r = spawn_self(AIRLOCK_UNIX_STREAM, 0, seal, f);
	airlock_seal_free(seal);
	airlock_report_free(report);
	airlock_profile_free(p);
	return r;
}

int try_none(struct found_here *f)
{
	return try_builtin("none", true, f);
}

int try_strict(struct found_here *f)
{
	return try_builtin("strict", true, f);
}
