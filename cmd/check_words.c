/* SPDX-License-Identifier: ISC */
/*
 * check_words.c: what `airlock check` found, for people. What nobody asked for is counted, no more.
 */
#define _GNU_SOURCE
#include "check.h"

#include <string.h>

#include "bpf.h"

/* What a profile, a script or an argument holds may be meant for a terminal. */
struct safe {
	char text[4200];
};

static struct safe safe(const char *text)
{
	struct safe s;
	size_t len = strnlen(text, sizeof s.text - 1);

	memcpy(s.text, text, len);
	s.text[make_readable(s.text, len, len)] = '\0';
	return s;
}

enum kind { ENFORCED, LOST_WELL, LOST, NOT_HAD };

/* A default that this caller cannot have is told of with its reason; what was not asked for is only counted. */
static bool is_kind(const struct check_asked *a, const struct check_found *f, size_t i,
		    enum kind kind)
{
	enum airlock_state state = airlock_report_state(f->report, i);

	switch (kind) {
	case ENFORCED:
		return state == AIRLOCK_ENFORCED;
	case LOST_WELL:
		return state == AIRLOCK_LOST && check_best_effort(a, f, i);
	case LOST:
		return state == AIRLOCK_LOST && !check_best_effort(a, f, i);
	case NOT_HAD:
		return state == AIRLOCK_NOT_ASKED && *airlock_report_reason(f->report, i);
	}
	return false;
}

static size_t count_kind(const struct check_asked *a, const struct check_found *f, enum kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < airlock_report_count(f->report); i++)
		n += is_kind(a, f, i, kind);
	return n;
}

static void print_kind(const struct check_asked *a, const struct check_found *f, enum kind kind,
		       const char *title)
{
	if (!count_kind(a, f, kind))
		return;
	printf("\n%s\n", title);
	for (size_t i = 0; i < airlock_report_count(f->report); i++) {
		const char *reason = airlock_report_reason(f->report, i);

		if (is_kind(a, f, i, kind))
			printf(*reason ? "  %-20s  %s\n" : "  %s\n",
			       airlock_report_name(f->report, i), safe(reason).text);
	}
}

static void print_lacks(const struct check_found *f)
{
	if (f->nlacks)
		printf("\nwhat a dynamic program would lack\n");
	for (size_t i = 0; i < f->nlacks; i++) {
		const struct lack *l = &f->lacks[i];

		if (l->call)
			printf("  %-20s  %s%s%s%s\n", l->call, answer_in_words(l->answer).text,
			       *l->who ? " (" : "", l->who, *l->who ? ")" : "");
		else
			printf("  %-20s  %s is not within it\n", l->key, safe(l->path).text);
	}
}

static void print_head(const struct check_asked *a, const struct check_found *f)
{
	int had = check_landlock_had(), wanted = check_landlock_wanted(f->report);

	printf("profile   ");
	for (size_t i = 0; i < a->sandbox.nprofiles; i++)
		printf(" %s", safe(a->sandbox.profiles[i]).text);
	for (size_t i = 0; i < a->sandbox.npairs; i++)
		printf(" -p %s", safe(a->sandbox.pairs[i]).text);
	printf("\nvalid      yes\nenforced   %s\n",
	       f->sealed < 0		     ? "no: see what is lost"
	       : count_kind(a, f, LOST_WELL) ? "yes, but for what is lost by best effort"
					     : "yes, all that was asked for");
	if (a->command)
		printf("program    %s\n", safe(f->program).text);
	else if (check_has_words(a->sandbox.profile))
		printf("program    none was given (-- PROGRAM): %s stands in for @program, nothing "
		       "for "
		       "@argv\n",
		       safe(f->program).text);
	if (f->needed)
		printf("seccomp    %u instructions, of the 4096 that the kernel takes\n",
		       f->needed->n);
	else
		printf("seccomp    no program\n");
	if (!wanted)
		printf("Landlock   not asked for\n");
	else if (had < 0)
		printf("Landlock   none here, ABI %d wanted\n", wanted);
	else
		printf("Landlock   ABI %d here, %d wanted\n", had, wanted);
}

static void print_report(const struct check_asked *a, const struct check_found *f)
{
	size_t known = count_kind(a, f, ENFORCED) + count_kind(a, f, LOST_WELL) +
		       count_kind(a, f, LOST) + count_kind(a, f, NOT_HAD);

	print_head(a, f);
	print_kind(a, f, LOST, "lost, so that nothing would be started");
	if (f->sealed < 0 && !count_kind(a, f, LOST))
		printf("\nno seal: %s\n", strerror(-f->sealed));
	print_kind(a, f, LOST_WELL, "lost, as BestEffort= allows");
	print_lacks(f);
	print_kind(a, f, ENFORCED, "enforced");
	print_kind(a, f, NOT_HAD, "not asked for by a line");
	printf("\n%zu other restrictions are not asked for\n",
	       airlock_report_count(f->report) - known);
}

static void print_answers(const struct check_asked *a, const struct check_found *f)
{
	int width = 0;

	for (size_t i = 0; i < a->nqueries && !f->too_long; i++)
		if ((int)strlen(a->queries[i].text) > width)
			width = (int)strlen(a->queries[i].text);
	for (size_t i = 0; i < a->nqueries && !f->too_long; i++)
		printf("%-*s  %-26s  %s\n", width, safe(a->queries[i].text).text,
		       answer_in_words(f->answers[i].value).text, safe(f->answers[i].because).text);
}

/* What stands on standard output says nothing of why there is no seal. */
static void complain_lost(const struct check_asked *a, const struct check_found *f)
{
	for (size_t i = 0; i < airlock_report_count(f->report); i++)
		if (is_kind(a, f, i, LOST))
			complain("%s: %s", airlock_report_name(f->report, i),
				 airlock_report_reason(f->report, i));
	if (!count_kind(a, f, LOST))
		complain("seal: %s", strerror(-f->sealed));
}

int check_print_words(const struct check_asked *a, const struct check_found *f)
{
	if (f->invalid) {
		if (f->in_pair)
			wrong_pair(f->invalid, f->wrong, &f->error);
		else
			wrong_profile(f->invalid, f->wrong, &f->error);
		return 0;
	}
	if (!a->nqueries && !a->disasm && !a->bpf) {
		print_report(a, f);
		return finish_output();
	}
	print_answers(a, f);
	if (a->disasm && f->needed)
		airlock__bpf_print(f->needed->code, f->needed->n, stdout);
	if (f->sealed < 0)
		complain_lost(a, f);
	return finish_output();
}
