/* SPDX-License-Identifier: ISC */
/*
 * learned_rest.c: see learned.h. This part writes what a profile says of what Landlock keeps, and of ports, scopes and
 * descriptors itself.
 */
#define _GNU_SOURCE
#include "learned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ports */

static bool is_in(const uint16_t *ports, size_t n, uint16_t port)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static int by_port(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The ports that were seen and are not allowed yet: how many; -ENOMEM */
static int ports_to_name(const struct learned *l, enum want_kind kind, uint16_t **ret)
{
	const struct airlock_profile *p = l->base;
	const uint16_t *have = !p ? NULL : kind == WANT_BIND ? p->bind : p->connect;
	size_t nhave = !p ? 0 : kind == WANT_BIND ? p->nbind : p->nconnect;
	int n = 0;

	*ret = calloc(l->nwants + 1, sizeof **ret);
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < l->nwants; i++)
		if (l->wants[i].kind == kind && !is_in(have, nhave, l->wants[i].port))
			(*ret)[n++] = l->wants[i].port;
	if (n)
		qsort(*ret, (size_t)n, sizeof **ret, by_port);
	return n;
}

static int write_ports(const struct learned *l, const struct learned_about *a, enum want_kind kind,
		       FILE *f)
{
	const char *key = kind == WANT_BIND ? "BindTCP" : "ConnectTCP", *refused = NULL;
	struct airlock_profile *p;
	uint16_t *ports;
	int n, r = 0;

	if (l->base && !(kind == WANT_BIND ? l->base->has_bind : l->base->has_connect))
		return 0;
	n = ports_to_name(l, kind, &ports);
	if (n < 0)
		return n;
	p = airlock_profile_new();
	r = p ? airlock_profile_set(p, key, "none", NULL) : -ENOMEM;
	/* (io_uring_setup is refused with it in any case) */
	if (r == 0 && !l->base)
		refused = learned_refused(l, a, p);
	airlock_profile_free(p);
	if (r == 0 && (n || !l->base)) {
		if (refused)
			fprintf(f, "# would refuse what was seen of %s: ", refused);
		fprintf(f, "%s=%s", key, n ? "" : "none");
		for (int i = 0; i < n; i++)
			fprintf(f, "%s%u", i ? " " : "", ports[i]);
		fputc('\n', f);
	}
	free(ports);
	return r;
}

/* Limits, scopes */

/* With some to spare; 0: nothing sensible */
static unsigned sensible_limit(int highest)
{
	unsigned limit = 64;

	if (highest > 1 << 16)
		return 0;
	while (limit < 2 * (unsigned)(highest + 1))
		limit *= 2;
	return limit;
}

static void write_limit(const struct learned *l, FILE *f)
{
	unsigned limit = sensible_limit(l->highest_fd);
	bool sets = learned_has(l, "setrlimit");

	for (size_t i = 0; i < l->calls[airlock__call_by_name("prlimit64", 9)].n; i++)
		sets |= l->calls[airlock__call_by_name("prlimit64", 9)].tuples[i].args[2] != 0;
	if (!limit || sets || l->fds_unseen) {
		fprintf(f, "# no LimitNOFILE=: it %s\n",
			l->fds_unseen ? "keeps its descriptors from us"
				      : "sets limits itself, or uses very high descriptors");
		return;
	}
	fprintf(f, "# the highest descriptor seen was %d\nLimitNOFILE=%u\n",
		l->highest_fd < 2 ? 2 : l->highest_fd, limit);
}

static bool signals_others(const struct learned *l)
{
	return learned_has(l, "kill") || learned_has(l, "tkill") ||
	       learned_has(l, "pidfd_send_signal") || learned_has(l, "rt_sigqueueinfo") ||
	       learned_has(l, "rt_tgsigqueueinfo");
}

/* AF_UNIX by any name may reach abstract sockets. */
static bool has_unix_sockets(const struct learned *l)
{
	const struct learned_call *c = &l->calls[airlock__call_by_name("socket", 6)];

	for (size_t i = 0; i < c->n; i++)
		if (c->tuples[i].args[0] == AF_UNIX)
			return true;
	return c->any;
}

static void write_scopes(const struct learned *l, FILE *f)
{
	if (signals_others(l))
		fputs("# it sent signals: Scope=signal would keep them within the sandbox\n", f);
	else
		fputs("Scope=signal\n", f);
	if (has_unix_sockets(l))
		fputs("# it has unix sockets: Scope=abstract-unix-socket would keep abstract ones "
		      "within the sandbox\n",
		      f);
	else
		fputs("Scope=abstract-unix-socket\n", f);
}

/*
 * Where the calls are refused as well, a kernel that lacks a part of Landlock loses a second lock
 * only.
 */
static void write_best_effort(const struct learned *l, FILE *f)
{
	fputs("\n# Kernels without Landlock (before 5.13) are refused. What newer ones add to it "
	      "may be missing where\n"
	      "# the system calls above refuse it, too; and scopes, from 6.12 "
	      "on.\nBestEffort=landlock-scope",
	      f);
	if (!learned_has(l, "bind"))
		fputs(" landlock-bind-tcp", f);
	if (!learned_has(l, "connect"))
		fputs(" landlock-connect-tcp", f);
	if (l->calls[airlock__call_by_name("ioctl", 5)].n <= LEARNED_MAX_VALUES)
		fputs(" landlock-ioctl-dev", f);
	fputc('\n', f);
}

int learned_write_reach(const struct learned *l, const struct learned_about *a, FILE *f)
{
	int r;

	if (!l->base)
		fputs("\n# Files, by Landlock. What may be missing elsewhere has a `-' before "
		      "it.\n",
		      f);
	r = learned_write_files(l, a, f);
	if (!l->base)
		fputc('\n', f);
	if (r == 0)
		r = write_ports(l, a, WANT_BIND, f);
	if (r == 0)
		r = write_ports(l, a, WANT_CONNECT, f);
	if (r == 0 && !l->base) {
		write_scopes(l, f);
		fputc('\n', f);
		write_limit(l, f);
		write_best_effort(l, f);
	}
	return r;
}
