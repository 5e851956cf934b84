/* SPDX-License-Identifier: ISC */
/*
 * probes.c: see probes.h. The children and what they answer; what they try is in probe_kernel.c and
 * probe_spawn.c.
 */
#define _GNU_SOURCE
#include "probes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "airlock/sandbox.h"
#include "clock.h"
#include "names.h"
#include "probe_tries.h"

enum { PROBE_MS = 10000 };

static const struct {
	const char *name, *about;
	int (*try)(struct found_here *f);
} probes[NPROBES] = {
	[PROBE_CLOSE_RANGE] = { "close_range", "closes all that is not a helper's",
				try_close_range },
	[PROBE_TABLE] = { "close_range-unshare", "a low table of descriptors for the child",
			  try_table },
	[PROBE_SHARED] = { "clone-shared", "a child on our memory and table", try_shared },
	[PROBE_QUIET] = { "clone-quiet", "a child whose failure raises no SIGCHLD", try_quiet },
	[PROBE_CLONE_PIDFD] = { "clone-pidfd", "a child with its pidfd", try_clone_pidfd },
	[PROBE_PIDFD_OPEN] = { "pidfd_open", "a pidfd for a mere fork", try_pidfd_open },
	[PROBE_PIDFD_SEND_SIGNAL] = { "pidfd_send_signal", "signals to nobody else",
				      try_pidfd_send_signal },
	[PROBE_KILL] = { "kill", "signals by pid", try_kill },
	[PROBE_WAITID_PIDFD] = { "waitid-pidfd", "waits by pidfd", try_waitid_pidfd },
	[PROBE_PIDFD_GETFD] = { "pidfd_getfd", "takes descriptors of other processes",
				try_pidfd_getfd },
	[PROBE_MEMFD] = { "memfd_create", "the reserved descriptors", try_memfd },
	[PROBE_GETRANDOM] = { "getrandom", "tokens, and places that nobody can guess",
			      try_getrandom },
	[PROBE_PROC] = { "proc", "/proc is mounted", try_proc },
	[PROBE_VAULT] = { "vault", "room to hide the one exec in", try_vault },
	[PROBE_FILTER] = { "seccomp", "filters of system calls", try_filter },
	[PROBE_ACTIONS] = { "seccomp-actions", "what filters may answer", try_actions },
	[PROBE_LISTENER] = { "seccomp-listener", "for run --explain and learn", try_listener },
	[PROBE_KILLABLE] = { "seccomp-killable", "questions that no signal interrupts",
			     try_killable },
	[PROBE_LANDLOCK] = { "landlock", "paths, TCP ports, scopes", try_landlock },
	[PROBE_TCP] = { "spawn-tcp", "a helper with a TCP channel", try_tcp },
	[PROBE_UDP] = { "spawn-udp", "a helper with a UDP channel", try_udp },
	[PROBE_SPAWN] = { "spawn", "a helper without a seal", try_spawn },
	[PROBE_NULL] = { "spawn-null", "the same, with /dev/null for its errors", try_null },
	[PROBE_SESSION] = { "spawn-session", "the same, as `airlock run' does it", try_session },
	[PROBE_PRIVATE] = { "spawn-private", "the same with a copy of our memory", try_private },
	[PROBE_NONE] = { "spawn-none", "a helper sealed by `none'", try_none },
	[PROBE_STRICT] = { "spawn-strict", "a helper sealed by `strict'", try_strict },
};

const char *probe_name(enum probe p)
{
	return probes[p].name;
}

const char *probe_about(enum probe p)
{
	return probes[p].about;
}

/* The child, and what it says */

/* All of it: 0; -ENODATA: its end came first; -ETIMEDOUT; or what keeps us from listening. */
static int read_until(int fd, void *data, size_t size, int64_t deadline)
{
	size_t n = 0;

	while (n < size) {
		int error = airlock__poll(fd, POLLIN, deadline);
		ssize_t r = error < 0 ? 0 : read(fd, (char *)data + n, size - n);

		if (error < 0)
			return error;
		if (r == 0)
			return -ENODATA;
		if (r < 0 && errno != EINTR)
			return -errno;
		n += r > 0 ? (size_t)r : 0;
	}
	return 0;
}

/* Why a probe gives no answer */
struct silence {
	bool untried, killed;
	char why[sizeof((struct found_here *)0)->reason];
};

static bool untried(struct silence *s, const char *what, int error)
{
	s->untried = true;
	snprintf(s->why, sizeof s->why, "%s: %s", what, strerror(error));
	return false;
}

/* false, and why not, where it says nothing in time. In any case it is gone then. */
static bool listen_to(pid_t pid, int fd, void *data, size_t size, struct silence *s)
{
	int status = 0, r = read_until(fd, data, size, airlock__in_ms(PROBE_MS)), waited;

	/* one whose end of the pipe is closed dies just now, and shall say of what */
	if (r != -ENODATA)
		kill(pid, SIGKILL);
	while ((waited = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (r == 0)
		return true;
	if (r == -ETIMEDOUT)
		snprintf(s->why, sizeof s->why, "it does not end in %d s", PROBE_MS / 1000);
	else if (r != -ENODATA)
		return untried(s, "what tries cannot be heard", -r);
	else if (waited < 0)
		return untried(s, "what tries cannot be waited for", errno);
	else if (WIFSIGNALED(status)) {
		s->killed = true;
		snprintf(s->why, sizeof s->why,
			 "whoever tries is killed by %s: a filter is around us",
			 WTERMSIG(status) == SIGSYS ? "SIGSYS" : strsignal(WTERMSIG(status)));
	} else {
		s->untried = true;
		snprintf(s->why, sizeof s->why, "what tries ended without an answer");
	}
	return false;
}

/* `fill` in a child: its data comes back. */
static bool ask_child(void (*fill)(int which, void *data), int which, void *data, size_t size,
		      struct silence *s)
{
	bool heard = false;
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return untried(s, "no pipe", errno);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		fill(which, data);
		/* less than what a pipe takes at once */
		_exit(write(fd[1], data, size) == (ssize_t)size ? 0 : 1);
	}
	if (pid < 0)
		untried(s, "no child can be had", errno);
	close(fd[1]);
	if (pid > 0)
		heard = listen_to(pid, fd[0], data, size, s);
	close(fd[0]);
	return heard;
}

static void explain_errno(int error, struct found_here *f)
{
	const char *name = airlock__value_name(AIRLOCK__ERRNOS, (uint64_t)error);

	snprintf(f->reason, sizeof f->reason, "%s%s", name ? name : strerror(error),
		 error == ENOSYS  ? ": the kernel is too old, or a filter hides it"
		 : error == EPERM ? ": refused, perhaps by a container's filter"
				  : "");
}

static void fill_probe(int which, void *data)
{
	struct found_here *f = data;
	int r = probes[which].try(f);

	f->had = r >= 0;
	if (r < 0 && !*f->reason)
		explain_errno(-r, f);
}

static void fill_builtin(int which, void *data)
{
	struct found_here *f = data;

	f->had = try_builtin(airlock_profile_builtin_name((size_t)which), false, f) == 0;
}

static void find(void (*fill)(int which, void *data), int which, struct found_here *ret)
{
	struct silence s = { .why = "" };

	*ret = (struct found_here){ .had = false };
	if (ask_child(fill, which, ret, sizeof *ret, &s))
		return;
	*ret = (struct found_here){ .untried = s.untried, .kills = s.killed };
	memcpy(ret->reason, s.why, sizeof s.why);
}

void probe_all(struct found_here found[NPROBES])
{
	for (int i = 0; i < NPROBES; i++)
		find(fill_probe, i, &found[i]);
}

void probe_builtin(size_t i, struct found_here *ret)
{
	find(fill_builtin, (int)i, ret);
}

/* What is read */

static bool read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static int read_number(const char *path)
{
	char text[32];

	return read_text(path, text, sizeof text) && *text >= '0' && *text <= '9' ? atoi(text) : -1;
}

/* The number after "\nKEY:\t"; false: there is none */
static bool status_value(const char *status, const char *key, int base, uint64_t *ret)
{
	const char *at = strstr(status, key);

	if (at)
		*ret = strtoull(at + strlen(key), NULL, base);
	return at;
}

static void read_status(struct surroundings *s)
{
	char status[8192];
	uint64_t n = 0;

	if (!read_text("/proc/self/status", status, sizeof status))
		return;
	if (status_value(status, "\nSeccomp:", 10, &n))
		s->seccomp = (int)n;
	if (status_value(status, "\nSeccomp_filters:", 10, &n))
		s->filters = (int)n;
	if (status_value(status, "\nNoNewPrivs:", 10, &n))
		s->no_new_privs = (int)n;
	if (status_value(status, "\nCapEff:", 16, &n)) {
		s->capabilities = n;
		s->knows_capabilities = true;
	}
	status_value(status, "\nSigBlk:", 16, &s->blocked);
}

static void fill_surroundings(int which, void *data)
{
	struct surroundings *s = data;

	(void)which;
	read_status(s);
	s->dumpable = prctl(PR_GET_DUMPABLE);
	s->suid_dumpable = read_number("/proc/sys/fs/suid_dumpable");
	s->ptrace_scope = read_number("/proc/sys/kernel/yama/ptrace_scope");
	read_text("/proc/sys/kernel/core_pattern", s->core_pattern, sizeof s->core_pattern);
	s->core_pattern[strcspn(s->core_pattern, "\n")] = '\0';
}

void look_around(struct surroundings *s)
{
	const struct surroundings unknown = {
		.seccomp = -1,
		.filters = -1,
		.no_new_privs = -1,
		.dumpable = -1,
		.suid_dumpable = -1,
		.ptrace_scope = -1,
		.ignores_sigchld = signal(SIGCHLD, SIG_DFL) == SIG_IGN,
	};
	struct silence silence = { .why = "" };

	*s = unknown;
	if (ask_child(fill_surroundings, 0, s, sizeof *s, &silence))
		return;
	*s = unknown;
	snprintf(s->untried, sizeof s->untried, "%.60s", silence.why);
}
