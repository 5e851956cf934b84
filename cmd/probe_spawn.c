/* SPDX-License-Identifier: ISC */
/*
 * probe_spawn.c: does it work from end to end? Spawns of `airlock --version`, whose answer must come back over
 * the channel. Must run in a child of its own, as all probes.
 */
#define _GNU_SOURCE
#include "probe_tries.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "airlock/airlock.h"
#include "clock.h"
#include "own_program.h"
#include "profile.h"

enum { SPAWN_MS = 3000, GRACE_MS = 500 };

static int hear(const struct airlock_helper *h, struct found_here *f)
{
	static const char want[] = "airlock ";
	char heard[64] = "";
	int64_t deadline = airlock__in_ms(SPAWN_MS);
	size_t n = 0;

	while (n < sizeof want - 1) {
		int error = airlock__poll(h->rfd, POLLIN, deadline);
		ssize_t r = error < 0 ? error : read(h->rfd, heard + n, sizeof heard - 1 - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (error < 0 && error != -ETIMEDOUT)
			return error;
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	if (!strncmp(heard, want, sizeof want - 1))
		return 0;
	snprintf(f->reason, sizeof f->reason, "the helper started, but did not answer");
	return -EPROTO;
}

/* `o` says how; the rest of it is set here. */
static int spawn_self(struct airlock_options o, struct found_here *f)
{
	char name[] = "airlock", version[] = "--version";
	char *argv[] = { name, version, NULL };
	struct airlock_helper h;
	struct airlock_error e;
	int r;

	o.path = own_program();
	o.argv = argv;
	o.timeout_ms = SPAWN_MS;
	r = airlock_spawn(&o, &h, &e);
	if (r < 0) {
		snprintf(f->reason, sizeof f->reason, "%.150s", e.message);
		return r;
	}
	r = hear(&h, f);
	airlock_stop(&h, GRACE_MS, NULL);
	return r;
}

/*
 * Most callers have something to give for a standard error, and need no /dev/null then. What comes
 * there is nobody's business; the pipe goes with the process that tries.
 */
static struct airlock_options usual(enum airlock_channel channel)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	int errors[2];

	o.channel = channel;
	o.stderr_fd = pipe2(errors, O_CLOEXEC) == 0 ? errors[1] : STDERR_FILENO;
	return o;
}

int try_tcp(struct found_here *f)
{
	return spawn_self(usual(AIRLOCK_TCP), f);
}

int try_udp(struct found_here *f)
{
	return spawn_self(usual(AIRLOCK_UDP), f);
}

int try_spawn(struct found_here *f)
{
	return spawn_self(usual(AIRLOCK_UNIX_STREAM), f);
}

int try_null(struct found_here *f)
{
	struct airlock_options o = usual(AIRLOCK_UNIX_STREAM);

	o.stderr_fd = -1;
	return spawn_self(o, f);
}

int try_session(struct found_here *f)
{
	struct airlock_options o = usual(AIRLOCK_UNIX_STREAM);

	o.flags = AIRLOCK_NEW_SESSION | AIRLOCK_DIE_WITH_PARENT;
	return spawn_self(o, f);
}

int try_private(struct found_here *f)
{
	struct airlock_options o = usual(AIRLOCK_UNIX_STREAM);

	o.flags = AIRLOCK_PRIVATE_MEMORY;
	return spawn_self(o, f);
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
	struct airlock_options o = usual(AIRLOCK_UNIX_STREAM);
	struct airlock_seal *seal = NULL;
	char *argv[] = { (char *)own_program(), NULL };
	int r = p ? airlock_profile_builtin(p, name, NULL) : -ENOMEM;

	r = r < 0 ? r : airlock_profile_command(p, argv[0], argv);
	r = r < 0 ? r : airlock_seal_new(p, &seal, &report);
	if (r < 0 && p)
		keep_lost(p, report, r, f);
	o.seal = seal;
	if (r == 0 && start)
		r = spawn_self(o, f);
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
