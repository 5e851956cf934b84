/* SPDX-License-Identifier: ISC */
/*
 * promises.c: see promises.h. What is said here is what lib/ does where something cannot be had: the fallbacks
 * of spawn.c, child.c and closefds.c, one promise a function.
 */
#define _GNU_SOURCE
#include "promises.h"

#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { SCARCE = 64, NEWEST_ABI = 6, WHOLE_VAULT_BITS = 32 };

struct judged {
	const struct found_here *found;
	const char *untried; /* why something that it rests on is not known; NULL: all is */
	const struct surroundings *s;
	struct promise *p;
};

/* One reason after the other; the worst of what they say counts. */
static void but(struct judged *j, enum holds holds, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void but(struct judged *j, enum holds holds, const char *format, ...)
{
	size_t used = strlen(j->p->reason);
	va_list args;

	if (holds > j->p->holds)
		j->p->holds = holds;
	if (used && used < sizeof j->p->reason - 3)
		used += (size_t)snprintf(j->p->reason + used, sizeof j->p->reason - used, "; ");
	va_start(args, format);
	vsnprintf(j->p->reason + used, sizeof j->p->reason - used, format, args);
	va_end(args);
}

/* What is not known is taken for had, so that nothing is said of it; and is noted. */
static bool had(struct judged *j, enum probe p)
{
	if (j->found[p].untried && !j->untried)
		j->untried = j->found[p].reason;
	return j->found[p].had || j->found[p].untried;
}

static const char *why_not(const struct judged *j, enum probe p)
{
	return j->found[p].reason;
}

/* Then a child is cloned with SIGCHLD and nothing else, as fork(2) does. */
static bool mere_forks(struct judged *j)
{
	return !had(j, PROBE_SHARED) && !had(j, PROBE_QUIET);
}

/* What the library does without it never comes to pass where to try it is death: then true, and it was told. */
static bool kills(struct judged *j, enum probe p)
{
	if (j->found[p].kills)
		but(j, DOES_NOT_HOLD, "no helper starts: %s: %s", probe_name(p), why_not(j, p));
	return j->found[p].kills;
}

static void truth(struct judged *j)
{
	if (!had(j, PROBE_SPAWN))
		but(j, DOES_NOT_HOLD, "no helper starts: %s", why_not(j, PROBE_SPAWN));
	else if (!had(j, PROBE_PRIVATE))
		but(j, HOLDS_BUT, "none starts with a copy of the caller's memory: %s",
		    why_not(j, PROBE_PRIVATE));
	if (had(j, PROBE_SPAWN) && !had(j, PROBE_NULL))
		but(j, HOLDS_BUT, "without stderr_fd nothing starts: %s", why_not(j, PROBE_NULL));
	if (had(j, PROBE_SPAWN) && !had(j, PROBE_SESSION))
		but(j, HOLDS_BUT, "`airlock run' starts nothing: %s", why_not(j, PROBE_SESSION));
	if (mere_forks(j) && !had(j, PROBE_PROC))
		but(j, HOLDS_BUT,
		    "a child is a mere fork, and without /proc one that is killed at its "
		    "exec counts as started");
}

static void nothing_on_failure(struct judged *j)
{
	if (kills(j, PROBE_SHARED) || kills(j, PROBE_QUIET))
		return;
	if (mere_forks(j))
		but(j, DOES_NOT_HOLD, "a child that fails raises SIGCHLD: it is a mere fork: %s",
		    why_not(j, PROBE_QUIET));
}

static void nothing_else(struct judged *j)
{
	if (had(j, PROBE_CLOSE_RANGE) || kills(j, PROBE_CLOSE_RANGE))
		return;
	if (had(j, PROBE_PROC))
		but(j, HOLDS_BUT,
		    "descriptors are closed one by one, by the list in /proc/self/fd, since there "
		    "is no close_range: %s",
		    why_not(j, PROBE_CLOSE_RANGE));
	else
		but(j, HOLDS_BUT,
		    "every number up to a million is closed, one by one, which is slow: there is "
		    "neither close_range (%s) nor /proc",
		    why_not(j, PROBE_CLOSE_RANGE));
}

static void bounded(struct judged *j)
{
	if (!had(j, PROBE_PIDFD_SEND_SIGNAL) && !had(j, PROBE_KILL))
		but(j, DOES_NOT_HOLD, "a child that hangs cannot be killed: %s",
		    why_not(j, PROBE_KILL));
	if (kills(j, PROBE_CLONE_PIDFD))
		return;
	if (!had(j, PROBE_CLONE_PIDFD) && (!had(j, PROBE_PIDFD_OPEN) || !mere_forks(j)))
		but(j, HOLDS_BUT,
		    "there are no pidfds, so whether a helper has ended is looked for every 10 ms: "
		    "%s",
		    why_not(j, PROBE_CLONE_PIDFD));
	else if (!had(j, PROBE_PIDFD_OPEN))
		but(j, HOLDS_BUT,
		    "pidfd_open is not there for a child that must be a mere fork: %s",
		    why_not(j, PROBE_PIDFD_OPEN));
}

static void invisible_chat(struct judged *j)
{
	if (!had(j, PROBE_GETRANDOM))
		but(j, DOES_NOT_HOLD,
		    "there are no tokens, and so no channel, without getrandom: %s",
		    why_not(j, PROBE_GETRANDOM));
}

static void nobody_else(struct judged *j)
{
	if (!had(j, PROBE_SPAWN))
		return;
	if (!had(j, PROBE_TCP))
		but(j, HOLDS_BUT, "there is no TCP channel: %s", why_not(j, PROBE_TCP));
	if (!had(j, PROBE_UDP))
		but(j, HOLDS_BUT, "there is no UDP channel: %s", why_not(j, PROBE_UDP));
}

static void caller_untouched(struct judged *j)
{
	/* a flag of 2 cannot be put back, so it is left alone, which P10 pays for */
	(void)j;
}

static bool may(const struct judged *j, int cap)
{
	return j->s->capabilities >> cap & 1;
}

static void fail_closed(struct judged *j)
{
	struct rlimit core = { 0, 0 };

	if (*j->s->untried)
		j->untried = j->s->untried;
	if (!had(j, PROBE_FILTER))
		but(j, HOLDS_BUT, "a profile that restricts calls is an error: %s",
		    why_not(j, PROBE_FILTER));
	if (!had(j, PROBE_LANDLOCK))
		but(j, HOLDS_BUT,
		    "a profile with paths, ports or scopes is an error unless it names landlock as "
		    "best effort: no Landlock: %s",
		    why_not(j, PROBE_LANDLOCK));
	else if (j->found[PROBE_LANDLOCK].had && j->found[PROBE_LANDLOCK].value < NEWEST_ABI)
		but(j, HOLDS_BUT,
		    "what wants Landlock's ABI %d is an error or a loss by best effort: here it is "
		    "%ld",
		    NEWEST_ABI, j->found[PROBE_LANDLOCK].value);
	if (had(j, PROBE_NONE) && had(j, PROBE_LANDLOCK) && !had(j, PROBE_STRICT))
		but(j, HOLDS_BUT, "under `strict' nothing starts: %s", why_not(j, PROBE_STRICT));
	if (getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 && j->s->knows_capabilities &&
	    !may(j, CAP_SYS_RESOURCE) && *j->s->core_pattern == '|')
		but(j, HOLDS_BUT,
		    "a helper that crashes is given to core_pattern, a pipe, all the same: the "
		    "limit of 0 does not stop that, and this user may not raise it to 1");
}

static void one_exec(struct judged *j)
{
	long room = j->found[PROBE_VAULT].value;

	if (!had(j, PROBE_FILTER))
		but(j, DOES_NOT_HOLD, "no sandboxed helper starts without seccomp filters: %s",
		    why_not(j, PROBE_FILTER));
	else if (!had(j, PROBE_VAULT))
		but(j, DOES_NOT_HOLD,
		    "no sandboxed helper starts without room to hide its exec in: %s",
		    why_not(j, PROBE_VAULT));
	else if (!had(j, PROBE_NONE) && had(j, PROBE_SPAWN))
		but(j, DOES_NOT_HOLD, "no sandboxed helper starts: %s", why_not(j, PROBE_NONE));
	if (j->found[PROBE_VAULT].had && room < 1l << WHOLE_VAULT_BITS)
		but(j, HOLDS_BUT,
		    "its pointers hide in %ld MiB, not in 4 GiB, and are easier to guess "
		    "(RLIMIT_AS)",
		    room >> 20);
}

/* As guard.c has it: can the dumpable flag be shut and opened again? */
static bool guard_is_there(const struct judged *j)
{
	return (j->s->dumpable == 0 || j->s->dumpable == 1) &&
	       (j->s->suid_dumpable == 0 || j->s->suid_dumpable == 2);
}

static void flat_cost(struct judged *j)
{
	struct rlimit files = { RLIM_INFINITY, RLIM_INFINITY };

	getrlimit(RLIMIT_NOFILE, &files);
	if (kills(j, PROBE_SHARED) || kills(j, PROBE_TABLE))
		return;
	if (!had(j, PROBE_SHARED)) {
		but(j, DOES_NOT_HOLD,
		    "a child copies the caller's memory, since it may not share it: %s",
		    why_not(j, PROBE_SHARED));
		return;
	}
	if (!had(j, PROBE_TABLE))
		but(j, DOES_NOT_HOLD,
		    "a child copies the caller's descriptors: close_range with "
		    "CLOSE_RANGE_UNSHARE: %s",
		    why_not(j, PROBE_TABLE));
	else if (!had(j, PROBE_MEMFD))
		but(j, DOES_NOT_HOLD, "a child copies the caller's descriptors: memfd_create: %s",
		    why_not(j, PROBE_MEMFD));
	else if (files.rlim_cur < SCARCE)
		but(j, DOES_NOT_HOLD,
		    "a child copies the caller's descriptors, of which there are no more than "
		    "%llu: "
		    "too few to reserve some (RLIMIT_NOFILE)",
		    (unsigned long long)files.rlim_cur);
	if (*j->s->untried)
		j->untried = j->s->untried;
	else if (!guard_is_there(j))
		but(j, DOES_NOT_HOLD,
		    "a sandboxed child copies the caller's memory: it is no safe place to share "
		    "while the dumpable flag is %d and fs.suid_dumpable %d (-1: not known)",
		    j->s->dumpable, j->s->suid_dumpable);
}

static const struct {
	const char *title;
	void (*judge)(struct judged *j);
} promises[NPROMISES] = {
	{ "Truth", truth },
	{ "Nothing on failure", nothing_on_failure },
	{ "Nothing else", nothing_else },
	{ "Bounded", bounded },
	{ "Invisible chat", invisible_chat },
	{ "Nobody else", nobody_else },
	{ "Caller untouched", caller_untouched },
	{ "Fail closed", fail_closed },
	{ "One exec", one_exec },
	{ "Flat cost", flat_cost },
};

void promises_judge(const struct found_here found[NPROBES], const struct surroundings *s,
		    struct promise ret[NPROMISES])
{
	static const char *const names[NPROMISES] = { "P1", "P2", "P3", "P4", "P5",
						      "P6", "P7", "P8", "P9", "P10" };

	for (int i = 0; i < NPROMISES; i++) {
		struct judged j = { .found = found, .s = s, .p = &ret[i] };

		ret[i] = (struct promise){ .name = names[i], .title = promises[i].title };
		promises[i].judge(&j);
		if (j.untried)
			but(&j, NOT_KNOWN, "not known: %s", j.untried);
	}
}
