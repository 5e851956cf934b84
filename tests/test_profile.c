/* SPDX-License-Identifier: ISC */
/*
 * test_profile.c: the language of profiles: what each key makes of its values, what is wrong and
 * where, what is included; that a failure changes nothing, and that what is printed is the same
 * profile. tests/profiles/ holds files that are each wrong in a way of its own.
 */
#define _GNU_SOURCE
#include "common.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys.h"
#include "pack.h"
#include "parse.h"
#include "profile.h"
#include "program.h"

#define CORPUS "tests/profiles"
#define KILL SECCOMP_RET_KILL_PROCESS
#define ERRNO_IS(n) (SECCOMP_RET_ERRNO | (uint32_t)(n))

enum { CORPUS_AT_LEAST = 80, MIB = 1024 * 1024, KIB64 = 64 * 1024 };

/* Memory that runs out: the allocation after `allocations_left` more fails (Makefile: --wrap) */

static long allocations_left = -1;

static bool runs_out(void)
{
	return allocations_left >= 0 && allocations_left-- == 0;
}

#define WRAP(type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (!runs_out()) \
			return __real_##name arguments; \
		errno = ENOMEM; \
		return NULL; \
	}
WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))

/* Profiles that must or must not be taken */

static struct airlock_profile *new_profile(void)
{
	struct airlock_profile *p = airlock_profile_new();

	assert_non_null(p);
	return p;
}

static void must_parse(struct airlock_profile *p, const char *text)
{
	struct airlock_profile_error e = { 0 };

	if (airlock_profile_parse(p, text, strlen(text), &e) < 0)
		fail_msg("%s:%u:%u: %s, in:\n%s", e.source, e.line, e.column, e.message, text);
}

static struct airlock_profile *profile_of(const char *text)
{
	struct airlock_profile *p = new_profile();

	must_parse(p, text);
	return p;
}

static char *printed(const struct airlock_profile *p)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(airlock_profile_print(p, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void must_be_same_strings(const struct airlock__strings *a, const struct airlock__strings *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(a->at[i], b->at[i]);
}

static void must_be_same_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void must_be_same_array(const void *a, size_t na, const void *b, size_t nb, size_t size)
{
	assert_int_equal(na, nb);
	if (na)
		assert_memory_equal(a, b, na * size);
}

/* All that a profile means; not where it was written. */
static void must_be_same(const struct airlock_profile *a, const struct airlock_profile *b)
{
	assert_int_equal(a->filter_mode, b->filter_mode);
	assert_int_equal(a->log_mode, b->log_mode);
	assert_memory_equal(&a->filter, &b->filter, sizeof a->filter);
	assert_memory_equal(&a->log, &b->log, sizeof a->log);
	assert_memory_equal(&a->named, &b->named, sizeof a->named);
	assert_memory_equal(a->own, b->own, sizeof a->own);
	assert_int_equal(a->refusal, b->refusal);
	assert_int_equal(a->baseline, b->baseline);
	assert_int_equal(a->nrules, b->nrules);
	for (size_t i = 0; i < a->nrules; i++) {
		const struct airlock__rule *r = &a->rules[i], *s = &b->rules[i];

		assert_int_equal(r->call, s->call);
		assert_int_equal(r->always, s->always);
		assert_int_equal(r->otherwise, s->otherwise);
		assert_int_equal(r->natoms, s->natoms);
		for (size_t j = 0; j < r->natoms; j++) {
			assert_int_equal(r->atoms[j].arg, s->atoms[j].arg);
			assert_int_equal(r->atoms[j].op, s->atoms[j].op);
			assert_int_equal(r->atoms[j].starts_clause, s->atoms[j].starts_clause);
			assert_true(r->atoms[j].mask == s->atoms[j].mask);
			assert_true(r->atoms[j].value == s->atoms[j].value);
		}
	}
	assert_int_equal(a->exec_once, b->exec_once);
	assert_int_equal(a->native_only, b->native_only);
	assert_int_equal(a->family_mode, b->family_mode);
	assert_true(a->families == b->families);
	assert_int_equal(a->restrict_namespaces, b->restrict_namespaces);
	assert_int_equal(a->namespaces, b->namespaces);
	assert_int_equal(a->restrict_realtime, b->restrict_realtime);
	assert_int_equal(a->restrict_suid_sgid, b->restrict_suid_sgid);
	assert_int_equal(a->lock_personality, b->lock_personality);
	assert_int_equal(a->deny_write_execute, b->deny_write_execute);
	must_be_same_text(a->user, b->user);
	must_be_same_text(a->group, b->group);
	assert_int_equal(a->has_groups, b->has_groups);
	assert_int_equal(a->has_bounding, b->has_bounding);
	assert_int_equal(a->has_ambient, b->has_ambient);
	must_be_same_strings(&a->groups, &b->groups);
	assert_true(a->bounding == b->bounding);
	assert_true(a->ambient == b->ambient);
	assert_int_equal(a->umask, b->umask);
	must_be_same_text(a->root, b->root);
	must_be_same_text(a->directory, b->directory);
	assert_int_equal(a->directory_optional, b->directory_optional);
	assert_int_equal(a->limits, b->limits);
	assert_memory_equal(a->limit, b->limit, sizeof a->limit);
	assert_int_equal(a->has_nice, b->has_nice);
	assert_int_equal(a->has_cpus, b->has_cpus);
	assert_int_equal(a->has_oom, b->has_oom);
	assert_int_equal(a->nice, b->nice);
	assert_int_equal(a->oom_score_adj, b->oom_score_adj);
	assert_memory_equal(&a->cpus, &b->cpus, sizeof a->cpus);
	assert_int_equal(a->npaths, b->npaths);
	for (size_t i = 0; i < a->npaths; i++) {
		assert_int_equal(a->paths[i].access, b->paths[i].access);
		assert_int_equal(a->paths[i].optional, b->paths[i].optional);
		assert_string_equal(a->paths[i].path, b->paths[i].path);
	}
	assert_memory_equal(a->has_access, b->has_access, sizeof a->has_access);
	assert_int_equal(a->has_bind, b->has_bind);
	assert_int_equal(a->has_connect, b->has_connect);
	must_be_same_array(a->bind, a->nbind, b->bind, b->nbind, sizeof *a->bind);
	must_be_same_array(a->connect, a->nconnect, b->connect, b->nconnect, sizeof *a->connect);
	assert_true(a->scopes == b->scopes);
	must_be_same_strings(&a->environment, &b->environment);
	must_be_same_strings(&a->pass, &b->pass);
	must_be_same_strings(&a->unset, &b->unset);
	must_be_same_strings(&a->best_effort, &b->best_effort);
	must_be_same_text(a->command, b->command);
	must_be_same_strings(&a->argv, &b->argv);
}

/* What it prints makes the same profile, and prints the same. Frees it. */
static void done_with(struct airlock_profile *p)
{
	char *text = printed(p), *again;
	struct airlock_profile *q = profile_of(text);

	if (p->command) {
		char **argv = calloc(p->argv.n + 1, sizeof *argv);

		assert_non_null(argv);
		memcpy(argv, p->argv.at, p->argv.n * sizeof *argv);
		assert_int_equal(airlock_profile_command(q, p->command, argv), 0);
		free(argv);
	}
	must_be_same(p, q);
	again = printed(q);
	assert_string_equal(text, again);
	free(again);
	free(text);
	airlock_profile_free(q);
	airlock_profile_free(p);
}

static struct airlock_profile_error error_of(const char *text, size_t len, int code)
{
	struct airlock_profile *p = profile_of("Nice=3\nReadPath=/etc\nSystemCallFilter=read\n"),
			       *q;
	struct airlock_profile_error e = { 0 };
	char *before = printed(p), *after;

	q = profile_of(before);
	assert_int_equal(airlock_profile_parse(p, text, len, &e), code);
	must_be_same(p, q);
	after = printed(p);
	assert_string_equal(before, after);
	/* nobody need ask */
	assert_int_equal(airlock_profile_parse(p, text, len, NULL), code);
	must_be_same(p, q);
	free(before);
	free(after);
	/* a constant: it may be looked at though the profile has gone */
	assert_string_equal(e.source, "(text)");
	airlock_profile_free(q);
	airlock_profile_free(p);
	return e;
}

static void must_be_wrong(const char *text, unsigned line, unsigned column, const char *message)
{
	struct airlock_profile_error e = error_of(text, strlen(text), -EINVAL);

	if (e.line != line || e.column != column || strcmp(e.message, message))
		fail_msg("%u:%u: %s, where %u:%u: %s was to be, for:\n%s", e.line, e.column,
			 e.message, line, column, message, text);
}

static size_t call(const char *name)
{
	int i = airlock__call_by_name(name, strlen(name));

	if (i < 0)
		fail_msg("there is no call %s", name);
	return (size_t)i;
}

static uint32_t answer(const struct airlock_profile *p, const char *name)
{
	return airlock__base_answer(p, call(name));
}

static uint64_t value(enum airlock__names table, const char *name)
{
	uint64_t v;

	assert_true(airlock__name_value(table, name, strlen(name), &v));
	return v;
}

static uint64_t capability(const char *name)
{
	return UINT64_C(1) << value(AIRLOCK__CAPABILITIES, name);
}

/* The beginning */

static void a_new_profile_restricts_nothing_but_what_always_holds(void **state)
{
	struct airlock_profile *p = new_profile(), *none = new_profile();
	char *text = printed(p);

	(void)state;
	assert_string_equal(text, "");
	assert_int_equal(p->filter_mode, AIRLOCK__NO_LIST);
	assert_int_equal(p->refusal, KILL);
	assert_true(p->exec_once);
	assert_int_equal(p->umask, -1);
	assert_int_equal(p->limits, 1u << RLIMIT_CORE);
	assert_true(p->limit[RLIMIT_CORE].soft == 0 && p->limit[RLIMIT_CORE].hard == 0);
	assert_true(p->bounding == 0 && p->ambient == 0);
	assert_false(p->has_bounding || p->has_ambient || p->has_groups);
	assert_false(airlock__restricts_calls(p));
	assert_int_equal(airlock__baseline(p), airlock__newest_kernel);
	for (size_t i = 0; i < airlock__ncalls; i++)
		assert_int_equal(airlock__base_answer(p, i), SECCOMP_RET_ALLOW);
	assert_int_equal(airlock_profile_builtin(none, "none", NULL), 0);
	must_be_same(p, none);
	free(text);
	airlock_profile_free(none);
	done_with(p);
	assert_null(airlock_profile_free(NULL));
}

static void each_builtin_is_taken_and_prints_what_makes_it_again(void **state)
{
	const char *name;
	size_t n = 0;

	(void)state;
	for (; (name = airlock_profile_builtin_name(n)); n++) {
		struct airlock_profile *p = new_profile();
		struct airlock_profile_error e = { 0 };

		if (airlock_profile_builtin(p, name, &e) < 0)
			fail_msg("%s:%u:%u: %s", e.source, e.line, e.column, e.message);
		done_with(p);
	}
	assert_true(n >= 8);
}

/* Lines */

static void comments_blanks_and_sections_say_nothing(void **state)
{
	struct airlock_profile *p = profile_of("# one\n  ; two \\\n\n[Service]\n\t[Service]  \n"
					       "  Nice  =\t5 \t\r\n   \r\nUMask=022");

	(void)state;
	assert_int_equal(p->nice, 5);
	assert_int_equal(p->umask, 022);
	assert_int_equal(p->nlines, 2);
	done_with(p);
	p = profile_of("\xef\xbb\xbf[Service]\nNice=1\n");
	assert_int_equal(p->nice, 1);
	done_with(p);
	p = profile_of("");
	assert_int_equal(p->nlines, 0);
	done_with(p);
}

static void a_line_goes_on_after_a_backslash_and_over_comments(void **state)
{
	struct airlock_profile *p =
		profile_of("SystemCallFilter=read \\\n# no\n\t; no\n  write\\\nclose \\\r\n lseek\n"
			   "Environment=A=b\\\nC=d\nNice=\\\n\n");

	(void)state;
	assert_int_equal(answer(p, "read"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "write"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "close"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "lseek"), SECCOMP_RET_ALLOW);
	assert_int_equal(p->environment.n, 2);
	assert_false(p->has_nice);
	done_with(p);
}

static void places_are_those_of_the_file_however_lines_go_on(void **state)
{
	(void)state;
	must_be_wrong("Nice=5\n\n  Nise = 5\n", 3, 3, "unknown key `Nise`; did you mean `Nice`?");
	must_be_wrong("SystemCallFilter=opennat", 1, 18,
		      "unknown system call `opennat`; did you mean `openat`?");
	must_be_wrong("SystemCallFilter= \\\n\\\n \topennat \\\n read", 3, 3,
		      "unknown system call `opennat`; did you mean `openat`?");
	must_be_wrong("SystemCallFilter=read \\\r\n;\r\n\r\nSystemCallFilter=read \\\r\n#\r\n "
		      "open:EPREM\r\n",
		      6, 7, "unknown errno `EPREM`; did you mean `EPERM`?");
	must_be_wrong("\xef\xbb\xbfNice=x\n", 1, 9,
		      "`x` is no nice value: a number from -20 to 19");
	must_be_wrong("ReadPath=\"/a b\" -x\n", 1, 18,
		      "`x` is no absolute path, nor `@argv`, `@argv-dir`, `@program`");
	/* what had escapes in it is told of by its beginning */
	must_be_wrong("Environment=/ \"A=\\x41\\x01\"", 1, 13,
		      "`/` is no assignment: NAME=VALUE, of letters, digits and _ the name");
	must_be_wrong("Environment=X=1 \"A=\\x41\\x01\"", 1, 17,
		      "a control character in the environment");
	/* of two \r the first is a blank, and not the line's end */
	must_be_wrong("SystemCallFilter=read \\\r\r\n write\n", 1, 23,
		      "a value cannot end in `\\`; to go on, it must be the last of its line");
	must_be_wrong("Nice=1\\\n", 1, 7, "nothing comes after this `\\`");
	must_be_wrong("\\", 1, 1, "nothing comes after this `\\`");
	must_be_wrong("=", 1, 1, "a key is missing before the `=`");
}

static void a_nul_byte_is_wrong_wherever_it_stands(void **state)
{
	static const char in_value[] = "Nice=5\nUser=no\0body\n", in_comment[] = "# a\0",
			  first[] = "\0Nice=5", behind[] = "Nice=5\n\0";
	static char far[KIB64];
	struct airlock_profile_error e;

	(void)state;
	e = error_of(in_value, sizeof in_value - 1, -EINVAL);
	assert_string_equal(e.message, "a NUL byte");
	assert_int_equal(e.line, 2);
	assert_int_equal(e.column, 8);
	e = error_of(in_comment, sizeof in_comment - 1, -EINVAL);
	assert_int_equal(e.column, 4);
	e = error_of(first, sizeof first - 1, -EINVAL);
	assert_int_equal(e.line, 1);
	assert_int_equal(e.column, 1);
	e = error_of(behind, sizeof behind - 1, -EINVAL);
	assert_int_equal(e.line, 2);
	assert_int_equal(e.column, 1);
	memset(far, '\n', sizeof far);
	far[sizeof far - 1] = '\0';
	e = error_of(far, sizeof far, -EINVAL);
	assert_string_equal(e.message, "a NUL byte");
	assert_int_equal(e.line, sizeof far);
}

static void bytes_of_any_language_are_taken_and_told_of(void **state)
{
	struct airlock_profile *p =
		profile_of("# gr\xfc\xdf\nReadPath=/srv/gr\xfc\xdf\nEnvironment=A=\xff\n");

	(void)state;
	assert_string_equal(p->paths[0].path, "/srv/gr\xfc\xdf");
	assert_string_equal(p->environment.at[0], "A=\xff");
	done_with(p);
	must_be_wrong("gr\xfc\xdf=1", 1, 1, "unknown key `gr\xfc\xdf`");
	must_be_wrong("N\x1b[31m=1", 1, 1, "unknown key `N?[31m`");
}

/* Bounds */

static void more_than_a_mebibyte_is_too_much(void **state)
{
	char *text = malloc(MIB + 2);
	struct airlock_profile_error e;
	struct airlock_profile *p;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', MIB + 2);
	p = new_profile();
	assert_int_equal(airlock_profile_parse(p, text, MIB, NULL), 0);
	airlock_profile_free(p);
	e = error_of(text, MIB + 1, -E2BIG);
	assert_string_equal(e.message, "more than 1 MiB");
	assert_int_equal(e.line, MIB + 1);
	assert_int_equal(e.column, 1);
	memset(text, '#', MIB);
	e = error_of(text, MIB + 2, -E2BIG);
	assert_int_equal(e.line, 1);
	assert_int_equal(e.column, MIB + 1);
	free(text);
}

static void a_line_of_more_than_64_kib_is_too_much(void **state)
{
	char *text = malloc(3 * KIB64);
	struct airlock_profile_error e;
	struct airlock_profile *p;
	size_t n;

	(void)state;
	assert_non_null(text);
	n = (size_t)sprintf(text, "Nice=5\nReadPath=/etc");
	memset(text + n, ' ', KIB64);
	p = new_profile();
	assert_int_equal(airlock_profile_parse(p, text, strlen("Nice=5\n") + KIB64, NULL), 0);
	airlock_profile_free(p);
	e = error_of(text, strlen("Nice=5\n") + KIB64 + 1, -E2BIG);
	assert_int_equal(e.line, 2);
	assert_int_equal(e.column, KIB64 + 1);

	/* in small pieces: each `\` is a blank of the whole */
	for (size_t i = 0; i <= KIB64; i++)
		memcpy(text + 2 * i, "\\\n", 2);
	e = error_of(text, 2 * KIB64 + 2, -E2BIG);
	assert_int_equal(e.line, KIB64 + 1);
	assert_int_equal(e.column, 1);
	free(text);
}

/* `text` again and again, up to 1 MiB; from malloc */
static char *repeated(const char *text, size_t *ret_n)
{
	char *all = malloc(MIB + 1);
	size_t n = 0, len = strlen(text);

	assert_non_null(all);
	for (; n + len <= MIB; n += len)
		memcpy(all + n, text, len);
	all[n] = '\0';
	*ret_n = n;
	return all;
}

static void what_is_large_is_read_in_little_time(void **state)
{
	static const char *const texts[] = {
		"Nice=1\n",
		"ReadPath=/\n",
		"ReadPath=/ / / / / / / / / / / / / / / / / /\n",
		"SystemCallFilter=@known\n",
		"SystemCallFilter=~@system-service:EPERM\n",
		"SystemCallRule=read: arg0 == 1\n",
		"SystemCallRule=\n",
		"ConnectTCP=1\n",
		"Environment=A=1 B=2\n",
		"UnsetEnvironment=\n",
		"CPUAffinity=0-1023\n",
		"BestEffort=landlock rlimit seccomp\n",
		"LimitCPU=5min 20s\n",
		"# nothing\n",
		"\\\n\\\n\\\n\\\n\n",
		"[Service]\n",
	};
	const int64_t bound = UNDER_SANITIZER || under_valgrind() ? 60000 : 6000;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct airlock_profile *p = new_profile();
		struct airlock_profile_error e;
		size_t n;
		char *text = repeated(texts[i], &n);
		int64_t start = now_ms();
		int r = airlock_profile_parse(p, text, n, &e);

		if (r < 0)
			fail_msg("%u:%u: %s, of %s", e.line, e.column, e.message, texts[i]);
		if (now_ms() - start > bound)
			fail_msg("%lld ms for %s", (long long)(now_ms() - start), texts[i]);
		free(text);
		airlock_profile_free(p);
	}
}

static void many_different_names_take_little_time_and_have_a_bound(void **state)
{
	static const char *const keys[] = { "Environment", "PassEnvironment", "UnsetEnvironment",
					    "SupplementaryGroups" };
	char *text = malloc(MIB);

	(void)state;
	assert_non_null(text);
	for (size_t k = 0; k < COUNT(keys); k++) {
		struct airlock_profile *p = new_profile();
		struct airlock_profile_error e;
		size_t n = 0, last = 0;

		for (int i = 0; i < 1024; i++)
			n += (size_t)sprintf(text + n, "%s=n%d%s\n", keys[k], i, k ? "" : "=1");
		assert_int_equal(airlock_profile_parse(p, text, n, NULL), 0);
		last = (size_t)sprintf(text, "%s=more%s\n", keys[k], k ? "" : "=1");
		assert_int_equal(airlock_profile_parse(p, text, last, &e), -E2BIG);
		assert_string_equal(e.message, "more than 1024 of these");
		assert_int_equal(e.column, strlen(keys[k]) + 2);
		airlock_profile_free(p);
	}
	free(text);
}

static void all_ports_there_are_can_be_named_in_any_order(void **state)
{
	char *text = malloc(MIB);
	struct airlock_profile *p;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (int port = 65535; port >= 0; port--) {
		if (port == 65535 || port % 1000 == 999)
			n += (size_t)sprintf(text + n, "\nBindTCP=");
		n += (size_t)sprintf(text + n, "%d ", port);
	}
	p = profile_of(text);
	assert_int_equal(p->nbind, 65536);
	for (size_t i = 0; i < p->nbind; i++)
		assert_int_equal(p->bind[i], i);
	free(text);
	done_with(p);
}

static void ten_thousand_rules_are_kept_in_order(void **state)
{
	struct airlock_profile *p;
	char *text = malloc(MIB);
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < 10000; i++)
		n += (size_t)sprintf(text + n, "SystemCallRule=openat: arg2 == %d\n", i);
	p = profile_of(text);
	free(text);
	assert_int_equal(p->nrules, 10000);
	for (size_t i = 0; i < p->nrules; i++)
		assert_true(p->rules[i].natoms == 1 && p->rules[i].atoms[0].value == i);
	assert_true(airlock__has_rule(p, call("openat")));
	assert_false(airlock__has_rule(p, call("open")));
	done_with(p);
}

static void a_profile_holds_no_more_than_it_can_print_again(void **state)
{
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error e;
	size_t n;
	char *text = repeated("ReadPath=/srv/one\n", &n), *before, *after;

	(void)state;
	assert_int_equal(airlock_profile_parse(p, text, n, &e), 0);
	before = printed(p);
	assert_int_equal(airlock_profile_parse(p, "Nice=5\n\nReadPath=/two/and/more", 30, &e),
			 -E2BIG);
	assert_int_equal(e.line, 1);
	assert_int_equal(e.column, 6);
	assert_string_equal(e.message, "more than 1 MiB of lines in one profile");
	after = printed(p);
	assert_string_equal(before, after);
	free(before);
	free(after);
	free(text);
	done_with(p);
}

static void lines_that_later_ones_make_void_do_not_pile_up(void **state)
{
	struct airlock_profile *p = new_profile();
	char number[16], *text;

	(void)state;
	for (int i = 1; i <= 1000; i++) {
		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(airlock_profile_set(p, "LimitNOFILE", number, NULL), 0);
		assert_int_equal(airlock_profile_set(p, "ReadPath", "/etc", NULL), 0);
		assert_int_equal(airlock_profile_set(p, "ReadPath", "", NULL), 0);
	}
	assert_int_equal(airlock_profile_set(p, "ReadPath", "/usr", NULL), 0);
	text = printed(p);
	assert_string_equal(text, "LimitNOFILE=1000\nReadPath=\nReadPath=/usr\n");
	free(text);
	done_with(p);
}

/* System calls */

static void the_first_line_says_which_kind_of_list_it_is(void **state)
{
	struct airlock_profile *p = profile_of("SystemCallFilter=read\n");

	(void)state;
	assert_int_equal(p->filter_mode, AIRLOCK__ALLOW_LIST);
	assert_int_equal(answer(p, "read"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "write"), KILL);
	/* @default, as in systemd */
	assert_int_equal(answer(p, "exit_group"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "rt_sigreturn"), SECCOMP_RET_ALLOW);
	assert_true(airlock__restricts_calls(p));
	must_parse(p, "SystemCallFilter=write close\nSystemCallFilter=~close read exit_group\n");
	assert_int_equal(answer(p, "write"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "close"), KILL);
	assert_int_equal(answer(p, "read"), KILL);
	assert_int_equal(answer(p, "exit_group"), KILL);
	done_with(p);

	p = profile_of("SystemCallFilter=~read write\nSystemCallErrorNumber=EACCES\n");
	assert_int_equal(p->filter_mode, AIRLOCK__DENY_LIST);
	assert_int_equal(answer(p, "read"), ERRNO_IS(EACCES));
	assert_int_equal(answer(p, "close"), SECCOMP_RET_ALLOW);
	must_parse(p, "SystemCallFilter=write\nSystemCallFilter=~close\n");
	assert_int_equal(answer(p, "write"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "close"), ERRNO_IS(EACCES));
	done_with(p);

	p = profile_of("SystemCallFilter=~\n");
	assert_int_equal(p->filter_mode, AIRLOCK__DENY_LIST);
	assert_int_equal(answer(p, "read"), SECCOMP_RET_ALLOW);
	done_with(p);
}

static void groups_stand_for_their_calls_and_families(void **state)
{
	struct airlock_profile *p =
		profile_of("SystemCallFilter=@file-system\nSystemCallFilter=~@chown openat2\n");

	(void)state;
	assert_int_equal(answer(p, "openat"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "openat2"), KILL);
	assert_int_equal(answer(p, "fchownat"), KILL);
	assert_int_equal(answer(p, "socket"), KILL);
	assert_false(airlock__callset_has(&p->named, call("openat")));
	done_with(p);
}

static void a_call_can_have_an_answer_of_its_own(void **state)
{
	struct airlock_profile *p = profile_of("SystemCallFilter=read write:EACCES close:kill "
					       "lseek:17\nSystemCallErrorNumber=EPERM\n");

	(void)state;
	assert_int_equal(p->filter_mode, AIRLOCK__ALLOW_LIST);
	assert_int_equal(answer(p, "write"), ERRNO_IS(EACCES));
	assert_int_equal(answer(p, "close"), KILL);
	assert_int_equal(answer(p, "lseek"), ERRNO_IS(17));
	assert_int_equal(answer(p, "open"), ERRNO_IS(EPERM));
	/* given again it is allowed; taken away, it has the answer of all */
	must_parse(p, "SystemCallFilter=write\nSystemCallFilter=~close\n");
	assert_int_equal(answer(p, "write"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "close"), ERRNO_IS(EPERM));
	done_with(p);

	/* as in systemd, in a deny list and for groups, and the later word counts */
	p = profile_of("SystemCallFilter=~@chown:EACCES mount\nSystemCallFilter=lchown\n");
	assert_int_equal(answer(p, "chown"), ERRNO_IS(EACCES));
	assert_int_equal(answer(p, "mount"), KILL);
	assert_int_equal(answer(p, "lchown"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "read"), SECCOMP_RET_ALLOW);
	must_parse(p, "SystemCallFilter=@chown\n");
	assert_int_equal(answer(p, "chown"), SECCOMP_RET_ALLOW);
	/* systemd.exec(5): 0 to 4095 */
	must_parse(p, "SystemCallFilter=~sync:0\n");
	assert_int_equal(answer(p, "sync"), ERRNO_IS(0));
	done_with(p);
}

static void an_empty_filter_clears_all_that_it_said(void **state)
{
	struct airlock_profile *p = profile_of(
		"SystemCallFilter=~read write:EPERM io_uring_setup\nSystemCallFilter=\n");

	(void)state;
	assert_int_equal(p->filter_mode, AIRLOCK__NO_LIST);
	assert_int_equal(answer(p, "read"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "write"), SECCOMP_RET_ALLOW);
	assert_false(airlock__restricts_calls(p));
	must_parse(p, "SystemCallFilter=read\n");
	assert_int_equal(p->filter_mode, AIRLOCK__ALLOW_LIST);
	done_with(p);
}

static void the_refusal_is_an_errno_or_kill(void **state)
{
	struct airlock_profile *p = profile_of("SystemCallErrorNumber=EUCLEAN\n");

	(void)state;
	assert_int_equal(p->refusal, ERRNO_IS(EUCLEAN));
	must_parse(p, "SystemCallErrorNumber=4095\n");
	assert_int_equal(p->refusal, ERRNO_IS(4095));
	must_parse(p, "SystemCallErrorNumber=kill\n");
	assert_int_equal(p->refusal, KILL);
	must_parse(p, "SystemCallErrorNumber=1\nSystemCallErrorNumber=\n");
	assert_int_equal(p->refusal, KILL);
	done_with(p);
}

static void logged_calls_are_allowed_and_logged(void **state)
{
	struct airlock_profile *p = profile_of(
		"SystemCallFilter=read\nSystemCallLog=write @chown\nSystemCallLog=~chown\n");

	(void)state;
	assert_int_equal(p->log_mode, AIRLOCK__ALLOW_LIST);
	assert_int_equal(answer(p, "read"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "write"), SECCOMP_RET_LOG);
	assert_int_equal(answer(p, "lchown"), SECCOMP_RET_LOG);
	assert_int_equal(answer(p, "chown"), KILL);
	must_parse(p, "SystemCallLog=\n");
	assert_int_equal(answer(p, "write"), KILL);
	done_with(p);

	p = profile_of("SystemCallFilter=~write\nSystemCallLog=~read write\n");
	assert_int_equal(p->log_mode, AIRLOCK__DENY_LIST);
	assert_int_equal(answer(p, "read"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "close"), SECCOMP_RET_LOG);
	assert_int_equal(answer(p, "write"), KILL);
	done_with(p);

	p = profile_of("SystemCallLog=read\n");
	assert_true(airlock__restricts_calls(p));
	done_with(p);
}

static void io_uring_is_no_way_round(void **state)
{
	static const struct {
		const char *text;
		uint32_t answer;
	} cases[] = {
		{ "", SECCOMP_RET_ALLOW },
		{ "SystemCallLog=read\n", SECCOMP_RET_ALLOW },
		{ "SystemCallArchitectures=native\nSystemCallBaseline=6.1\n", SECCOMP_RET_ALLOW },
		{ "LockPersonality=yes\nRestrictRealtime=yes\nRestrictNamespaces=yes\n",
		  SECCOMP_RET_ALLOW },
		{ "SystemCallFilter=read\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=~read\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=~io_uring_setup\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=@known\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=@known\nSystemCallLog=io_uring_setup\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=@known\nSystemCallLog=~read\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallRule=read: arg0 == 0\n", ERRNO_IS(ENOSYS) },
		{ "RestrictSUIDSGID=yes\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=io_uring_setup\n", SECCOMP_RET_ALLOW },
		{ "SystemCallFilter=io_uring_setup @known\n", SECCOMP_RET_ALLOW },
		{ "SystemCallFilter=io_uring_setup\nSystemCallFilter=~io_uring_setup\n",
		  ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=~read\nSystemCallFilter=io_uring_setup\n", SECCOMP_RET_ALLOW },
		{ "SystemCallFilter=io_uring_setup\nSystemCallLog=io_uring_setup\n",
		  SECCOMP_RET_LOG },
		{ "SystemCallFilter=io_uring_setup\nRestrictAddressFamilies=AF_UNIX\n",
		  ERRNO_IS(ENOSYS) },
		{ "RestrictAddressFamilies=~AF_UNIX\n", ERRNO_IS(ENOSYS) },
		{ "BindTCP=80\n", ERRNO_IS(ENOSYS) },
		{ "ConnectTCP=none\n", ERRNO_IS(ENOSYS) },
		{ "SystemCallFilter=io_uring_setup:EPERM\n", ERRNO_IS(EPERM) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct airlock_profile *p = profile_of(cases[i].text);

		if (answer(p, "io_uring_setup") != cases[i].answer)
			fail_msg("%x for %s", answer(p, "io_uring_setup"), cases[i].text);
		done_with(p);
	}
}

static void rules_add_up_until_they_are_cleared(void **state)
{
	struct airlock_profile *p =
		profile_of("SystemCallRule=openat: arg2 in O_CLOEXEC || arg0 == 1 && arg1 != 0; "
			   "return EACCES\n"
			   "SystemCallRule=openat: 1\nSystemCallRule=read: return kill\n");

	(void)state;
	assert_int_equal(p->nrules, 3);
	assert_int_equal(p->rules[0].call, call("openat"));
	assert_int_equal(p->rules[0].natoms, 3);
	assert_int_equal(p->rules[0].otherwise, ERRNO_IS(EACCES));
	assert_true(p->rules[1].always);
	assert_int_equal(p->rules[2].otherwise, KILL);
	assert_true(airlock__has_rule(p, call("read")));
	assert_true(airlock__restricts_calls(p));
	must_parse(p, "SystemCallRule=\n");
	assert_int_equal(p->nrules, 0);
	assert_false(airlock__restricts_calls(p));
	must_parse(p, "SystemCallRule=write: arg0 == 1\n");
	assert_int_equal(p->nrules, 1);
	done_with(p);
}

static void a_rule_of_too_many_comparisons_is_too_big(void **state)
{
	char text[8192];
	size_t n = (size_t)sprintf(text, "SystemCallRule=read: arg0 == 1");
	struct airlock_profile_error e;

	(void)state;
	for (int i = 1; i < AIRLOCK__MAX_ATOMS; i++)
		n += (size_t)sprintf(text + n, " || arg0 == %d", i + 1);
	done_with(profile_of(text));
	n += (size_t)sprintf(text + n, " || arg0 == 0");
	e = error_of(text, n, -E2BIG);
	assert_string_equal(e.message, "more than 256 comparisons in one rule");
	assert_int_equal(e.line, 1);
}

static void a_baseline_is_a_kernel_version(void **state)
{
	struct airlock_profile *p = profile_of("SystemCallBaseline=5.4\n");

	(void)state;
	assert_int_equal(airlock__baseline(p), AIRLOCK__KERNEL(5, 4, 0));
	assert_true(airlock__restricts_calls(p));
	must_parse(p, "SystemCallBaseline=5.10.3\n");
	assert_int_equal(airlock__baseline(p), AIRLOCK__KERNEL(5, 10, 3));
	must_parse(p, "SystemCallBaseline=4.9.337\n");
	assert_int_equal(airlock__baseline(p), AIRLOCK__KERNEL(4, 9, 255));
	must_parse(p, "SystemCallBaseline=\n");
	assert_int_equal(p->baseline, 0);
	assert_int_equal(airlock__baseline(p), airlock__newest_kernel);
	done_with(p);
}

static void the_native_architecture_is_all_there_is(void **state)
{
	struct airlock_profile *p = profile_of("SystemCallArchitectures=native\n");

	(void)state;
	assert_true(p->native_only);
	assert_true(airlock__restricts_calls(p));
	must_parse(p, "SystemCallArchitectures=\n");
	assert_false(p->native_only);
	done_with(p);
}

/* Restrictions by arguments */

static void address_families_are_a_list_of_either_kind_or_none(void **state)
{
	struct airlock_profile *p = profile_of("RestrictAddressFamilies=AF_UNIX AF_INET\n");
	const uint64_t local = UINT64_C(1) << AF_UNIX, inet = UINT64_C(1) << AF_INET;

	(void)state;
	assert_int_equal(p->family_mode, AIRLOCK__ALLOW_LIST);
	assert_true(p->families == (local | inet));
	must_parse(p, "RestrictAddressFamilies=~AF_INET\n");
	assert_true(p->families == local);
	must_parse(p, "RestrictAddressFamilies=none\n");
	assert_int_equal(p->family_mode, AIRLOCK__ALLOW_LIST);
	assert_true(p->families == 0);
	must_parse(p, "RestrictAddressFamilies=~AF_INET\n");
	assert_int_equal(p->family_mode, AIRLOCK__ALLOW_LIST);
	assert_true(p->families == 0);
	must_parse(p, "RestrictAddressFamilies=AF_INET\n");
	assert_true(p->families == inet);
	must_parse(p, "RestrictAddressFamilies=\n");
	assert_int_equal(p->family_mode, AIRLOCK__NO_LIST);
	assert_false(airlock__restricts_calls(p));
	must_parse(p,
		   "RestrictAddressFamilies=~AF_INET AF_UNIX\nRestrictAddressFamilies=AF_UNIX\n");
	assert_int_equal(p->family_mode, AIRLOCK__DENY_LIST);
	assert_true(p->families == inet);
	assert_true(airlock__restricts_calls(p));
	done_with(p);
}

static void namespaces_are_all_or_none_or_those_that_stay(void **state)
{
	const uint32_t cgroup = CLONE_NEWCGROUP, ipc = CLONE_NEWIPC, net = CLONE_NEWNET;
	struct airlock_profile *p = profile_of("RestrictNamespaces=yes\n");

	(void)state;
	assert_true(p->restrict_namespaces && p->namespaces == 0);
	/* both examples of systemd.exec(5) */
	must_parse(p, "RestrictNamespaces=\nRestrictNamespaces=cgroup "
		      "ipc\nRestrictNamespaces=cgroup net\n");
	assert_true(p->restrict_namespaces && p->namespaces == (cgroup | ipc | net));
	must_parse(p, "RestrictNamespaces=\nRestrictNamespaces=cgroup "
		      "ipc\nRestrictNamespaces=~cgroup net\n");
	assert_true(p->restrict_namespaces && p->namespaces == ipc);
	must_parse(p, "RestrictNamespaces=no\n");
	assert_false(p->restrict_namespaces);
	assert_false(airlock__restricts_calls(p));
	must_parse(p, "RestrictNamespaces=~user net\n");
	assert_true(p->restrict_namespaces);
	assert_true(!(p->namespaces & (CLONE_NEWUSER | net)) && p->namespaces & cgroup &&
		    p->namespaces & ipc);
	assert_true(airlock__restricts_calls(p));
	must_parse(p, "RestrictNamespaces=on\n");
	assert_true(p->restrict_namespaces && p->namespaces == 0);
	done_with(p);
}

static void yes_and_no_have_four_words_each(void **state)
{
	static const char *const keys[] = { "RestrictRealtime", "RestrictSUIDSGID",
					    "LockPersonality", "MemoryDenyWriteExecute",
					    "ExecOnce" };
	static const char *const words[] = { "no", "yes", "false", "true", "off",
					     "on", "0",	  "1",	   "NO",   "Yes" };

	(void)state;
	for (size_t k = 0; k < COUNT(keys); k++) {
		struct airlock_profile *p = new_profile();
		const bool *flags[] = { &p->restrict_realtime, &p->restrict_suid_sgid,
					&p->lock_personality, &p->deny_write_execute,
					&p->exec_once };

		for (size_t i = 0; i < COUNT(words); i++) {
			assert_int_equal(airlock_profile_set(p, keys[k], words[i], NULL), 0);
			assert_int_equal(*flags[k], i & 1);
			for (size_t other = 0; other < 4; other++)
				if (other != k)
					assert_false(*flags[other]);
			assert_int_equal(airlock__restricts_calls(p), k < 4 && i & 1);
		}
		assert_int_equal(airlock_profile_set(p, keys[k], "", NULL), 0);
		assert_int_equal(*flags[k], k == 4);
		done_with(p);
	}
}

static void no_new_privs_can_only_be_said_yes_to(void **state)
{
	(void)state;
	done_with(profile_of("NoNewPrivileges=yes\nNoNewPrivileges=1\n"));
	done_with(profile_of("NoNewPrivileges=\n"));
	must_be_wrong("NoNewPrivileges=off", 1, 17,
		      "no_new_privs holds in every profile: only `yes` is taken");
}

/* Who and where */

static void capabilities_merge_as_in_systemd(void **state)
{
	const uint64_t a = capability("CAP_CHOWN"), b = capability("CAP_KILL"),
		       c = capability("CAP_NET_RAW");
	struct airlock_profile *p = profile_of("CapabilityBoundingSet=CAP_CHOWN CAP_KILL\n"
					       "CapabilityBoundingSet=CAP_KILL CAP_NET_RAW\n");

	(void)state;
	assert_true(p->has_bounding && p->bounding == (a | b | c));
	assert_false(p->has_ambient);
	done_with(p);
	p = profile_of("CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=~CAP_KILL "
		       "CAP_NET_RAW\n");
	assert_true(p->bounding == a);
	done_with(p);
	p = profile_of("CapabilityBoundingSet=~CAP_KILL\nCapabilityBoundingSet=~CAP_CHOWN\n");
	assert_true(p->bounding && !(p->bounding & (a | b)) && p->bounding & c);
	assert_true(p->bounding & capability("CAP_CHECKPOINT_RESTORE"));
	/* nothing but a tilde: all; nothing: none, and that by a line of its own */
	must_parse(p, "CapabilityBoundingSet=~\n");
	assert_true((p->bounding & (a | b | c)) == (a | b | c));
	must_parse(p, "CapabilityBoundingSet=\n");
	assert_true(p->has_bounding && p->bounding == 0);
	done_with(p);
	p = profile_of("AmbientCapabilities=CAP_NET_RAW\nAmbientCapabilities=CAP_"
		       "KILL\nAmbientCapabilities=~CAP_KILL\n");
	assert_true(p->has_ambient && p->ambient == c && !p->has_bounding);
	must_parse(p, "AmbientCapabilities=\n");
	assert_true(!p->has_ambient && p->ambient == 0);
	done_with(p);
}

static void users_and_groups_are_names_or_numbers(void **state)
{
	static const char *const good[] = {
		"nobody",     "0",     "65534",		  "65536",
		"4294967294", "_apt",  "systemd-network", "gr\xc3\xbc\xc3\x9f",
		"a.b",	      "1und1", "DOMAIN@user",	  "%i"
	};
	static const char *const bad[] = {
		"-x",	     ".",   "..",    "a b",	   "a:b",
		"a/b",	     "007", "65535", "4294967295", "99999999999999999999",
		"\"nobody\""
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct airlock_profile *p = new_profile();

		assert_int_equal(airlock_profile_set(p, "User", good[i], NULL), 0);
		assert_int_equal(airlock_profile_set(p, "Group", good[i], NULL), 0);
		assert_int_equal(airlock_profile_set(p, "SupplementaryGroups", good[i], NULL), 0);
		assert_string_equal(p->user, good[i]);
		assert_string_equal(p->group, good[i]);
		assert_string_equal(p->groups.at[0], good[i]);
		assert_true(p->has_groups);
		done_with(p);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct airlock_profile *p = new_profile();

		assert_int_equal(airlock_profile_set(p, "User", bad[i], NULL), -EINVAL);
		assert_int_equal(airlock_profile_set(p, "Group", bad[i], NULL), -EINVAL);
		assert_null(p->user);
		assert_null(p->group);
		airlock_profile_free(p);
	}
}

static void supplementary_groups_are_a_list(void **state)
{
	struct airlock_profile *p =
		profile_of("SupplementaryGroups=audio 44\nSupplementaryGroups=video\n");

	(void)state;
	assert_int_equal(p->groups.n, 3);
	assert_string_equal(p->groups.at[2], "video");
	must_parse(p, "SupplementaryGroups=\nUser=a\nGroup=b\nUser=\nGroup=\n");
	assert_int_equal(p->groups.n, 0);
	assert_false(p->has_groups);
	assert_null(p->user);
	assert_null(p->group);
	done_with(p);
}

static void umask_is_octal(void **state)
{
	struct airlock_profile *p = profile_of("UMask=0077\n");

	(void)state;
	assert_int_equal(p->umask, 077);
	must_parse(p, "UMask=777\n");
	assert_int_equal(p->umask, 0777);
	must_parse(p, "UMask=0\n");
	assert_int_equal(p->umask, 0);
	must_parse(p, "UMask=\n");
	assert_int_equal(p->umask, -1);
	done_with(p);
}

static void directories_are_taken_as_they_stand(void **state)
{
	struct airlock_profile *p =
		profile_of("WorkingDirectory=/srv/a b\nRootDirectory=/srv/\"root\"\n");

	(void)state;
	assert_string_equal(p->directory, "/srv/a b");
	assert_false(p->directory_optional);
	assert_string_equal(p->root, "/srv/\"root\"");
	must_parse(p, "WorkingDirectory=-/srv/%i\\\\\n");
	assert_string_equal(p->directory, "/srv/%i\\\\");
	assert_true(p->directory_optional);
	must_parse(p, "WorkingDirectory=-~\n");
	assert_string_equal(p->directory, "~");
	assert_true(p->directory_optional);
	must_parse(p, "WorkingDirectory=~\n");
	assert_false(p->directory_optional);
	must_parse(p, "WorkingDirectory=-~\nWorkingDirectory=\nRootDirectory=\n");
	assert_null(p->directory);
	assert_null(p->root);
	assert_false(p->directory_optional);
	done_with(p);
}

/* How much */

static const struct {
	const char *key, *value;
	int which;
	uint64_t soft, hard;
} limits[] = {
	{ "LimitCPU", "10", RLIMIT_CPU, 10, 10 },
	{ "LimitCPU", "5min 20s", RLIMIT_CPU, 320, 320 },
	{ "LimitCPU", "1500ms:1h", RLIMIT_CPU, 2, 3600 },
	{ "LimitCPU", "1us", RLIMIT_CPU, 1, 1 },
	{ "LimitCPU", "0", RLIMIT_CPU, 0, 0 },
	{ "LimitCPU", "1w 1d1h", RLIMIT_CPU, 694800, 694800 },
	{ "LimitCPU", "1 month:2 years", RLIMIT_CPU, 2629800, 63115200 },
	{ "LimitCPU", "10:infinity", RLIMIT_CPU, 10, UINT64_MAX },
	{ "LimitFSIZE", "1K", RLIMIT_FSIZE, 1024, 1024 },
	{ "LimitDATA", "1M:2M", RLIMIT_DATA, 1 << 20, 2 << 20 },
	{ "LimitSTACK", "8MB", RLIMIT_STACK, 8 << 20, 8 << 20 },
	{ "LimitCORE", "0:infinity", RLIMIT_CORE, 0, UINT64_MAX },
	{ "LimitRSS", "1G", RLIMIT_RSS, 1 << 30, 1 << 30 },
	{ "LimitNPROC", "0", RLIMIT_NPROC, 0, 0 },
	{ "LimitNOFILE", "16:32", RLIMIT_NOFILE, 16, 32 },
	{ "LimitNOFILE", "18446744073709551614", RLIMIT_NOFILE, UINT64_MAX - 1, UINT64_MAX - 1 },
	{ "LimitMEMLOCK", "64K", RLIMIT_MEMLOCK, 65536, 65536 },
	{ "LimitAS", "1T", RLIMIT_AS, UINT64_C(1) << 40, UINT64_C(1) << 40 },
	{ "LimitAS", "1P:15E", RLIMIT_AS, UINT64_C(1) << 50, UINT64_C(15) << 60 },
	{ "LimitAS", "12B", RLIMIT_AS, 12, 12 },
	{ "LimitLOCKS", "3", RLIMIT_LOCKS, 3, 3 },
	{ "LimitSIGPENDING", "4", RLIMIT_SIGPENDING, 4, 4 },
	{ "LimitMSGQUEUE", "5K", RLIMIT_MSGQUEUE, 5120, 5120 },
	{ "LimitNICE", "+5", RLIMIT_NICE, 15, 15 },
	{ "LimitNICE", "-5", RLIMIT_NICE, 25, 25 },
	{ "LimitNICE", "+19:-20", RLIMIT_NICE, 1, 40 },
	{ "LimitNICE", "40", RLIMIT_NICE, 40, 40 },
	{ "LimitRTPRIO", "99", RLIMIT_RTPRIO, 99, 99 },
	{ "LimitRTTIME", "500", RLIMIT_RTTIME, 500, 500 },
	{ "LimitRTTIME", "2s 5ms 1us:1min", RLIMIT_RTTIME, 2005001, 60000000 },
	{ "LimitRTTIME", "3 \xc2\xb5s", RLIMIT_RTTIME, 3, 3 },
	{ "LimitNOFILE", "infinity", RLIMIT_NOFILE, UINT64_MAX, UINT64_MAX },
};

static void limits_have_the_units_of_systemd(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct airlock_profile *p = new_profile();
		const uint32_t bit = UINT32_C(1) << limits[i].which;
		struct airlock_profile_error e = { 0 };

		if (airlock_profile_set(p, limits[i].key, limits[i].value, &e) < 0)
			fail_msg("%s=%s: %s", limits[i].key, limits[i].value, e.message);
		if (p->limit[limits[i].which].soft != limits[i].soft ||
		    p->limit[limits[i].which].hard != limits[i].hard)
			fail_msg("%s=%s: %llu:%llu", limits[i].key, limits[i].value,
				 (unsigned long long)p->limit[limits[i].which].soft,
				 (unsigned long long)p->limit[limits[i].which].hard);
		assert_int_equal(p->limits, bit | 1u << RLIMIT_CORE);
		seen |= bit;
		assert_int_equal(airlock_profile_set(p, limits[i].key, "", NULL), 0);
		assert_int_equal(p->limits, 1u << RLIMIT_CORE);
		assert_true(p->limit[RLIMIT_CORE].hard == 0);
		done_with(p);
	}
	assert_int_equal(seen, 0xffff);
}

static void niceness_and_oom_score_have_their_ranges(void **state)
{
	struct airlock_profile *p = profile_of("Nice=-20\nOOMScoreAdjust=1000\n");

	(void)state;
	assert_true(p->has_nice && p->nice == -20);
	assert_true(p->has_oom && p->oom_score_adj == 1000);
	must_parse(p, "Nice=+19\nOOMScoreAdjust=-1000\n");
	assert_int_equal(p->nice, 19);
	assert_int_equal(p->oom_score_adj, -1000);
	must_parse(p, "Nice=0\nOOMScoreAdjust=0\n");
	assert_true(p->has_nice && p->nice == 0 && p->has_oom && p->oom_score_adj == 0);
	must_parse(p, "Nice=\nOOMScoreAdjust=\n");
	assert_false(p->has_nice || p->has_oom);
	done_with(p);
}

static void cpus_are_numbers_and_ranges(void **state)
{
	struct airlock_profile *p = profile_of("CPUAffinity=0,2-4 7\nCPUAffinity=1023\n");

	(void)state;
	assert_true(p->has_cpus);
	assert_int_equal(CPU_COUNT(&p->cpus), 6);
	assert_true(CPU_ISSET(0, &p->cpus) && CPU_ISSET(2, &p->cpus) && CPU_ISSET(4, &p->cpus));
	assert_true(CPU_ISSET(7, &p->cpus) && CPU_ISSET(1023, &p->cpus) && !CPU_ISSET(1, &p->cpus));
	must_parse(p, "CPUAffinity=\nCPUAffinity= 1 , 1-1 ,\n");
	assert_int_equal(CPU_COUNT(&p->cpus), 1);
	must_parse(p, "CPUAffinity=\n");
	assert_false(p->has_cpus);
	assert_int_equal(CPU_COUNT(&p->cpus), 0);
	done_with(p);
}

/* What it reaches */

static void paths_are_absolute_or_words_and_may_be_quoted(void **state)
{
	struct airlock_profile *p = profile_of(
		"ReadPath=/etc -/srv/x\nWritePath=\"/a b\" '-/c \"d' /e\\sf\\x67\\147\\u00fc\n"
		"ExecPath=@program @argv -@argv-dir\n");
	static const struct airlock__path want[] = {
		{ AIRLOCK__READ, false, (char *)"/etc", NULL, 1 },
		{ AIRLOCK__READ, true, (char *)"/srv/x", NULL, 1 },
		{ AIRLOCK__WRITE, false, (char *)"/a b", NULL, 2 },
		{ AIRLOCK__WRITE, true, (char *)"/c \"d", NULL, 2 },
		{ AIRLOCK__WRITE, false, (char *)"/e fgg\xc3\xbc", NULL, 2 },
		{ AIRLOCK__EXEC, false, (char *)"@program", NULL, 3 },
		{ AIRLOCK__EXEC, false, (char *)"@argv", NULL, 3 },
		{ AIRLOCK__EXEC, true, (char *)"@argv-dir", NULL, 3 },
	};

	(void)state;
	assert_int_equal(p->npaths, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(p->paths[i].access, want[i].access);
		assert_int_equal(p->paths[i].optional, want[i].optional);
		assert_string_equal(p->paths[i].path, want[i].path);
		assert_string_equal(p->paths[i].source, "(text)");
		assert_int_equal(p->paths[i].line, want[i].line);
	}
	must_parse(p, "WritePath=\n");
	assert_int_equal(p->npaths, 5);
	assert_false(p->has_access[AIRLOCK__WRITE]);
	assert_true(p->has_access[AIRLOCK__READ] && p->has_access[AIRLOCK__EXEC]);
	assert_string_equal(p->paths[2].path, "@program");
	/* given, and nothing beneath any path */
	must_parse(p, "WritePath=/tmp\nWritePath=none\n");
	assert_int_equal(p->npaths, 5);
	assert_true(p->has_access[AIRLOCK__WRITE]);
	done_with(p);
}

static void ports_are_sorted_and_each_stands_once(void **state)
{
	struct airlock_profile *p =
		profile_of("BindTCP=80 443 80\nBindTCP=0 65535\nConnectTCP=none\n");

	(void)state;
	assert_true(p->has_bind && p->has_connect);
	assert_int_equal(p->nbind, 4);
	assert_int_equal(p->bind[0], 0);
	assert_int_equal(p->bind[1], 80);
	assert_int_equal(p->bind[2], 443);
	assert_int_equal(p->bind[3], 65535);
	assert_int_equal(p->nconnect, 0);
	must_parse(p, "ConnectTCP=53\nBindTCP=none\n");
	assert_int_equal(p->nconnect, 1);
	assert_true(p->has_bind && p->nbind == 0);
	must_parse(p, "BindTCP=\nConnectTCP=\n");
	assert_false(p->has_bind || p->has_connect);
	assert_int_equal(p->nconnect, 0);
	done_with(p);
}

static void scopes_add_up(void **state)
{
	struct airlock_profile *p = profile_of("Scope=signal\n");
	const uint64_t signals = value(AIRLOCK__SCOPES, "signal"),
		       abstract = value(AIRLOCK__SCOPES, "abstract-unix-socket");

	(void)state;
	assert_true(p->scopes == signals);
	must_parse(p, "Scope=abstract-unix-socket\n");
	assert_true(p->scopes == (signals | abstract));
	must_parse(p, "Scope=\n");
	assert_true(p->scopes == 0);
	done_with(p);
}

static void the_environment_is_quoted_as_in_systemd(void **state)
{
	/* systemd.exec(5)'s example, and what else its quoting allows */
	struct airlock_profile *p =
		profile_of("Environment=\"VAR1=word1 word2\" VAR2=word3 \"VAR3=$word 5 6\"\n"
			   "Environment=A=\"b c\"d 'E=%i \\'' F=\\t\\n\\\\ G= _h=i=j\n");
	static const char *const want[] = {
		"VAR1=word1 word2", "VAR2=word3", "VAR3=$word 5 6", "A=b cd", "E=%i '",
		"F=\t\n\\",	    "G=",	  "_h=i=j"
	};

	(void)state;
	assert_int_equal(p->environment.n, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		assert_string_equal(p->environment.at[i], want[i]);
	/* each name once, the later value; a name is not its beginning */
	must_parse(p, "Environment=VAR2=x VAR=y\n");
	assert_int_equal(p->environment.n, COUNT(want) + 1);
	assert_string_equal(p->environment.at[1], "VAR2=x");
	must_parse(p, "Environment=\nPassEnvironment=LD_PRELOAD "
		      "HOME\nPassEnvironment=A\nUnsetEnvironment=LANG 'TZ=a b'\n");
	assert_int_equal(p->environment.n, 0);
	assert_int_equal(p->pass.n, 3);
	assert_string_equal(p->pass.at[0], "LD_PRELOAD");
	assert_int_equal(p->unset.n, 2);
	assert_string_equal(p->unset.at[1], "TZ=a b");
	must_parse(p, "PassEnvironment=\nUnsetEnvironment=\n");
	assert_int_equal(p->pass.n + p->unset.n, 0);
	done_with(p);
}

static void escapes_are_those_of_systemd(void **state)
{
	struct airlock_profile *p = profile_of(
		"ReadPath=/"
		"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'\\s\nEnvironment=B=\\x41\\xFf\\101\\377_\n"
		"Environment=C=\\u0041\\u07ff\\u0800\\u20ac\\ud7ff\\ue000\\uFFFD\n"
		"Environment=D=\\U00000041\\U0000fffd\\U00010000\\U0001F600\\U0010ffff\n");
	static const char *const want[] = {
		"B=A\377A\377_",
		"C=A\xdf\xbf\xe0\xa0\x80\xe2\x82\xac\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd",
		"D=A\xef\xbf\xbd\xf0\x90\x80\x80\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf",
	};

	(void)state;
	assert_string_equal(p->paths[0].path, "/\a\b\f\n\r\t\v\\\"' ");
	assert_int_equal(p->environment.n, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		assert_string_equal(p->environment.at[i], want[i]);
	done_with(p);
}

static void best_effort_names_a_restriction_or_a_class_of_them(void **state)
{
	struct airlock_profile *p = profile_of(
		"BestEffort=landlock rlimit-nofile\nBestEffort=seccomp groups landlock\n");

	(void)state;
	assert_int_equal(p->best_effort.n, 4);
	assert_true(airlock__best_effort(p, "landlock-fs"));
	assert_true(airlock__best_effort(p, "landlock-connect-tcp"));
	assert_true(airlock__best_effort(p, "rlimit-nofile"));
	assert_false(airlock__best_effort(p, "rlimit-nproc"));
	assert_true(airlock__best_effort(p, "seccomp-baseline"));
	assert_true(airlock__best_effort(p, "groups"));
	assert_false(airlock__best_effort(p, "group"));
	assert_false(airlock__best_effort(p, "landlocked"));
	must_parse(p, "BestEffort=\n");
	assert_false(airlock__best_effort(p, "landlock-fs"));
	must_parse(p, "BestEffort=group\n");
	assert_true(airlock__best_effort(p, "group"));
	assert_false(airlock__best_effort(p, "groups"));
	done_with(p);
}

static void what_holds_in_every_profile_is_never_best_effort(void **state)
{
	static const char *const words[] = { "no-new-privs", "no-new", "no",
					     "one-exec",     "one",    "environment" };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct airlock_profile *p = new_profile();
		struct airlock_profile_error e;

		assert_int_equal(airlock_profile_set(p, "BestEffort", words[i], &e), -EINVAL);
		assert_non_null(strstr(e.message, "holds in every profile"));
		airlock_profile_free(p);
	}
}

/* One key */

static void one_key_is_set_and_told_of_by_its_name(void **state)
{
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error e = { 0 };
	char *long_value = malloc(KIB64 + 1);

	(void)state;
	assert_int_equal(airlock_profile_set(p, "LimitNOFILE", "  16 ", &e), 0);
	assert_true(p->limit[RLIMIT_NOFILE].soft == 16);
	assert_int_equal(airlock_profile_set(p, "SystemCallFilter", " read opennat", &e), -EINVAL);
	assert_string_equal(e.source, "SystemCallFilter");
	assert_int_equal(e.line, 1);
	assert_int_equal(e.column, 7);
	assert_string_equal(e.message, "unknown system call `opennat`; did you mean `openat`?");
	assert_int_equal(airlock_profile_set(p, "RootDirectory", "/a\nNice=5", &e), -EINVAL);
	assert_int_equal(e.column, 3);
	assert_string_equal(e.message, "a newline: a value is one line");
	assert_int_equal(airlock_profile_set(p, "RootDirectory", "/a\\", &e), -EINVAL);
	assert_int_equal(e.column, 3);
	assert_int_equal(airlock_profile_set(p, "RootDirectory", "/a\\\\", &e), 0);
	assert_int_equal(airlock_profile_set(p, "Nise", "5", &e), -EINVAL);
	assert_string_equal(e.message, "unknown key `Nise`; did you mean `Nice`?");
	assert_int_equal(e.line, 0);
	assert_non_null(e.source);
	assert_int_equal(airlock_profile_set(p, "Nice=5\nUser", "root", &e), -EINVAL);
	assert_int_equal(airlock_profile_set(p, "", "", &e), -EINVAL);

	assert_non_null(long_value);
	memset(long_value, '/', KIB64);
	long_value[KIB64] = '\0';
	assert_int_equal(airlock_profile_set(p, "ReadPath", long_value, &e), -E2BIG);
	assert_string_equal(e.source, "ReadPath");
	free(long_value);

	assert_int_equal(airlock_profile_set(p, "Include", "strict", &e), 0);
	assert_int_equal(p->filter_mode, AIRLOCK__ALLOW_LIST);
	assert_int_equal(airlock_profile_set(p, "Include", "./strict", &e), -EINVAL);
	assert_string_equal(e.message,
			    "`./strict` is relative, and this is no file that it could be beside");
	done_with(p);
}

static void null_pointers_are_refused(void **state)
{
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error e;

	(void)state;
	assert_int_equal(airlock_profile_load(NULL, "x", &e), -EINVAL);
	assert_non_null(e.source);
	assert_int_equal(airlock_profile_load(p, NULL, NULL), -EINVAL);
	assert_int_equal(airlock_profile_parse(p, NULL, 1, &e), -EINVAL);
	assert_int_equal(airlock_profile_parse(p, NULL, 0, &e), 0);
	assert_int_equal(airlock_profile_builtin(p, NULL, &e), -EINVAL);
	assert_int_equal(airlock_profile_set(p, NULL, "x", &e), -EINVAL);
	assert_int_equal(airlock_profile_set(p, "Nice", NULL, &e), -EINVAL);
	assert_int_equal(airlock_profile_command(p, NULL, ARGV("x")), -EINVAL);
	assert_int_equal(airlock_profile_command(p, "x", NULL), -EINVAL);
	done_with(p);
}

static void the_command_is_copied_and_the_last_one_counts(void **state)
{
	struct airlock_profile *p = new_profile();
	char path[] = "/bin/cat", argument[] = "/etc/passwd";

	(void)state;
	assert_int_equal(airlock_profile_command(p, "x", ARGV("a", "b", "c")), 0);
	assert_int_equal(airlock_profile_command(p, path, ARGV("cat", argument)), 0);
	memset(path, 'x', sizeof path - 1);
	memset(argument, 'x', sizeof argument - 1);
	assert_string_equal(p->command, "/bin/cat");
	assert_int_equal(p->argv.n, 2);
	assert_string_equal(p->argv.at[1], "/etc/passwd");
	/* and stays, whatever is read */
	must_parse(p, "Nice=5\n");
	assert_string_equal(p->command, "/bin/cat");
	assert_int_equal(p->argv.n, 2);
	airlock_profile_free(p);
}

static void a_full_device_is_told_of(void **state)
{
	struct airlock_profile *p = profile_of("Nice=5\n");
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	if (!f) {
		airlock_profile_free(p);
		SKIP("there is no /dev/full");
	}
	assert_int_equal(airlock_profile_print(p, f), -ENOSPC);
	fclose(f);
	airlock_profile_free(p);
}

/* Files */

static char folder[] = "/tmp/airlock-profile-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	DIR *d = opendir(folder);
	struct dirent *entry;

	(void)state;
	while (d && (entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	return rmdir(folder);
}

/* Its path, in one of a few places, the last one used first */
static const char *path_in_folder(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static const char *make_file(const char *name, const char *text)
{
	const char *path = path_in_folder(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

static void must_load(struct airlock_profile *p, const char *path)
{
	struct airlock_profile_error e = { 0 };

	if (airlock_profile_load(p, path, &e) < 0)
		fail_msg("%s:%u:%u: %s", e.source, e.line, e.column, e.message);
}

static void must_not_load(const char *path, int code, const char *source, unsigned line,
			  unsigned column, const char *message)
{
	struct airlock_profile *p = profile_of("Nice=3\n"), *q = profile_of("Nice=3\n");
	struct airlock_profile_error e = { 0 };
	int r = airlock_profile_load(p, path, &e);

	if (r != code || strcmp(e.source, source) || e.line != line || e.column != column ||
	    strcmp(e.message, message))
		fail_msg("%d %s:%u:%u: %s", r, e.source, e.line, e.column, e.message);
	must_be_same(p, q);
	airlock_profile_free(p);
	airlock_profile_free(q);
}

static void what_is_included_stands_in_its_place(void **state)
{
	struct airlock_profile *p = new_profile();
	char text[512], *out;

	(void)state;
	make_file("inner.conf", "Nice=2\nReadPath=/inner\n");
	snprintf(text, sizeof text,
		 "Nice=1\nReadPath=/a\nInclude=./inner.conf\nReadPath=/b\nInclude=%s/inner.conf\n"
		 "Include=none\n",
		 folder);
	must_load(p, make_file("outer.conf", text));
	assert_int_equal(p->nice, 2);
	assert_int_equal(p->npaths, 4);
	assert_string_equal(p->paths[1].path, "/inner");
	assert_string_equal(p->paths[1].source, path_in_folder("inner.conf"));
	assert_int_equal(p->paths[1].line, 2);
	assert_string_equal(p->paths[2].source, path_in_folder("outer.conf"));
	assert_int_equal(p->paths[2].line, 4);
	out = printed(p);
	assert_string_equal(out,
			    "ReadPath=/a\nReadPath=/inner\nReadPath=/b\nNice=2\nReadPath=/inner\n");
	free(out);
	done_with(p);
}

static void an_error_in_an_included_file_is_that_files(void **state)
{
	const char *outer, *inner = make_file("wrong.conf", "Nice=1\n\n  Nice=99\n");

	(void)state;
	outer = make_file("outer.conf", "Nice=1\nInclude=./wrong.conf\n");
	must_not_load(outer, -EINVAL, inner, 3, 8,
		      "`99` is no nice value: a number from -20 to 19");
}

static void what_cannot_be_read_is_told_of_where_it_is_named(void **state)
{
	char message[400];
	const char *missing = path_in_folder("missing.conf"), *outer;

	(void)state;
	snprintf(message, sizeof message, "cannot read %s: No such file or directory", missing);
	must_not_load(missing, -ENOENT, missing, 0, 0, message);
	outer = make_file("outer.conf", "\nInclude = missing-too/../missing.conf\n");
	snprintf(message, sizeof message,
		 "cannot read %s/missing-too/../missing.conf: No such file or directory", folder);
	must_not_load(outer, -ENOENT, outer, 2, 11, message);
	snprintf(message, sizeof message, "cannot read %s: Is a directory", folder);
	must_not_load(folder, -EISDIR, folder, 0, 0, message);
	must_not_load("/dev/zero", -EINVAL, "/dev/zero", 0, 0,
		      "cannot read /dev/zero: only regular files are taken");
	if (geteuid() != 0) {
		outer = make_file("secret.conf", "Nice=1\n");
		assert_int_equal(chmod(outer, 0), 0);
		snprintf(message, sizeof message, "cannot read %s: Permission denied", outer);
		must_not_load(outer, -EACCES, outer, 0, 0, message);
	}
}

static void p4_a_fifo_does_not_hang(void **state)
{
	const char *fifo = path_in_folder("fifo");
	char message[400];
	int64_t start = now_ms();

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	snprintf(message, sizeof message, "cannot read %s: only regular files are taken", fifo);
	must_not_load(fifo, -EINVAL, fifo, 0, 0, message);
	assert_true(now_ms() - start < 5000);
}

static void p3_no_descriptor_stays_open(void **state)
{
	struct airlock_profile *p = new_profile();
	int before = count_fds();

	(void)state;
	make_file("inner.conf", "Nice=2\n");
	must_load(p, make_file("outer.conf", "Include=./inner.conf\nInclude=./inner.conf\n"));
	airlock_profile_load(p, make_file("bad.conf", "Include=./inner.conf\nNice\n"), NULL);
	airlock_profile_load(p, folder, NULL);
	airlock_profile_load(p, "/dev/null", NULL);
	assert_int_equal(count_fds(), before);
	done_with(p);
}

static void includes_that_go_round_are_found(void **state)
{
	char message[512];
	const char *a = path_in_folder("a.conf"), *b = path_in_folder("b.conf");

	(void)state;
	make_file("a.conf", "Include=./b.conf\n");
	make_file("b.conf", "Nice=1\nInclude=./a.conf\n");
	snprintf(message, sizeof message, "%s includes itself; the first to be read was %s", a, a);
	must_not_load(a, -ELOOP, b, 2, 9, message);
	/* by another name it is the same file */
	unlink(path_in_folder("c.conf"));
	assert_int_equal(link(path_in_folder("a.conf"), path_in_folder("c.conf")), 0);
	b = path_in_folder("b.conf");
	snprintf(message, sizeof message,
		 "%s/a.conf includes itself; the first to be read was %s/c.conf", folder, folder);
	must_not_load(path_in_folder("c.conf"), -ELOOP, b, 2, 9, message);
}

static void includes_are_at_most_eight_deep(void **state)
{
	char name[32], text[64], message[512];
	struct airlock_profile *p = new_profile();

	(void)state;
	make_file("depth-0.conf", "Nice=7\n");
	for (int i = 1; i <= 9; i++) {
		snprintf(name, sizeof name, "depth-%d.conf", i);
		snprintf(text, sizeof text, "Include=./depth-%d.conf\n", i - 1);
		make_file(name, text);
	}
	must_load(p, path_in_folder("depth-8.conf"));
	assert_int_equal(p->nice, 7);
	done_with(p);
	snprintf(message, sizeof message,
		 "the includes are more than 8 deep; the first to be read was %s/depth-9.conf",
		 folder);
	must_not_load(path_in_folder("depth-9.conf"), -ELOOP, path_in_folder("depth-1.conf"), 1, 9,
		      message);
}

static void includes_are_at_most_64_in_all(void **state)
{
	char text[64 * 32] = "";
	struct airlock_profile *p = new_profile();
	const char *many;

	(void)state;
	for (int i = 0; i < 64; i++)
		strcat(text, "Include=./one.conf\n");
	make_file("one.conf", "Nice=1\n");
	must_load(p, make_file("many.conf", text));
	done_with(p);
	strcat(text, "Include=./one.conf\n");
	many = make_file("many.conf", text);
	must_not_load(many, -E2BIG, many, 65, 9, "more than 64 includes in all");
}

static void a_bomb_of_includes_ends_soon(void **state)
{
	char name[32], text[64 * 32];
	int64_t start = now_ms();
	struct airlock_profile *p = new_profile();

	(void)state;
	/* each includes the next many times: 60 to the power of 8, if nobody counted */
	make_file("bomb-0.conf", "Nice=1\n");
	for (int i = 1; i <= 8; i++) {
		size_t n = 0;

		for (int j = 0; j < 60; j++)
			n += (size_t)sprintf(text + n, "Include=./bomb-%d.conf\n", i - 1);
		snprintf(name, sizeof name, "bomb-%d.conf", i);
		make_file(name, text);
	}
	assert_int_equal(airlock_profile_load(p, path_in_folder("bomb-8.conf"), NULL), -E2BIG);
	assert_true(now_ms() - start < 10000);
	airlock_profile_free(p);
}

static void a_large_file_is_read_up_to_the_bound_and_no_further(void **state)
{
	const char *path = make_file("large.conf", "Nice=1\n");
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error e;

	(void)state;
	/* a hole: all of it is NUL bytes, and the first is what is told of */
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	assert_int_equal(airlock_profile_load(p, path, &e), -EINVAL);
	assert_string_equal(e.message, "a NUL byte");
	assert_int_equal(e.line, 2);
	airlock_profile_free(p);
	assert_int_equal(truncate(path, 0), 0);
}

static void relative_paths_are_those_of_the_file_and_no_others(void **state)
{
	char cwd[4096];
	struct airlock_profile *p = new_profile();

	(void)state;
	must_be_wrong("Nice=1\nInclude=./x.conf", 2, 9,
		      "`./x.conf` is relative, and this is no file that it could be beside");
	make_file("inner.conf", "Nice=2\n");
	make_file("outer.conf", "Include=././/inner.conf\n");
	assert_non_null(getcwd(cwd, sizeof cwd));
	assert_int_equal(chdir(folder), 0);
	must_load(p, "outer.conf");
	assert_int_equal(p->nice, 2);
	must_load(p, "./outer.conf");
	assert_int_equal(chdir(cwd), 0);
	done_with(p);
}

static void an_unknown_builtin_is_told_of(void **state)
{
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error e = { 0 };

	(void)state;
	assert_int_equal(airlock_profile_builtin(p, "stric", &e), -ENOENT);
	assert_string_equal(e.source, "stric");
	assert_int_equal(e.line, 0);
	assert_string_equal(e.message, "unknown builtin profile `stric`; did you mean `strict`?");
	assert_int_equal(airlock_profile_builtin(p, "", &e), -ENOENT);
	/* a builtin is a name, never a path */
	assert_int_equal(airlock_profile_builtin(p, "../profiles/strict.conf", &e), -ENOENT);
	done_with(p);
}

static void the_source_of_an_error_lives_as_long_as_the_profile(void **state)
{
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error first, e;
	char *path = strdup(path_in_folder("not-there.conf"));

	(void)state;
	assert_non_null(path);
	assert_int_equal(airlock_profile_load(p, path, &first), -ENOENT);
	memset(path, 'x', strlen(path));
	free(path);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(airlock_profile_load(p, path_in_folder("not-there.conf"), &e),
				 -ENOENT);
		/* and is not kept twice */
		assert_ptr_equal(first.source, e.source);
	}
	must_load(p, make_file("good.conf", "Nice=1\n"));
	assert_string_equal(first.source, path_in_folder("not-there.conf"));
	done_with(p);
}

/* Failure */

static const char everything[] =
	"SystemCallFilter=@basic-io open:EACCES\nSystemCallErrorNumber=EPERM\nSystemCallLog=read\n"
	"SystemCallRule=openat: arg2 == 0 || arg2 == "
	"1\nSystemCallBaseline=5.10\nSystemCallArchitectures=native\n"
	"RestrictAddressFamilies=AF_UNIX\nRestrictNamespaces=net\nRestrictRealtime="
	"yes\nRestrictSUIDSGID=yes\n"
	"LockPersonality=yes\nMemoryDenyWriteExecute=yes\nExecOnce=no\nNoNewPrivileges=yes\n"
	"CapabilityBoundingSet=CAP_KILL\nAmbientCapabilities=CAP_KILL\nUser=a\nGroup="
	"b\nSupplementaryGroups=c d\n"
	"UMask=022\nWorkingDirectory=-/w\nRootDirectory=/"
	"r\nLimitCPU=5\nLimitFSIZE=1\nLimitDATA=1\nLimitSTACK=1\n"
	"LimitCORE=1\nLimitRSS=1\nLimitNPROC=1\nLimitNOFILE=1\nLimitMEMLOCK=1\nLimitAS="
	"1\nLimitLOCKS=1\n"
	"LimitSIGPENDING=1\nLimitMSGQUEUE=1\nLimitNICE=1\nLimitRTPRIO=1\nLimitRTTIME=1\nReadPath=/"
	"a @argv\n"
	"WritePath=-/b\nExecPath=@program\nBindTCP=1 "
	"2\nConnectTCP=3\nScope=signal\nEnvironment=A=1 B=2\n"
	"PassEnvironment=C\nUnsetEnvironment=D\nNice=1\nCPUAffinity=0\nOOMScoreAdjust="
	"1\nBestEffort=landlock rlimit\n";

static void each_key_of_the_table_is_tried_here(void **state)
{
	struct airlock_profile *p = profile_of(everything);
	const struct airlock__key *key;

	(void)state;
	for (size_t i = 0; (key = airlock__key_at(i)); i++) {
		bool there = !key->set;

		for (size_t j = 0; j < p->nlines; j++)
			there |= p->lines[j].key == key->name;
		if (!there)
			fail_msg("%s is not tried", key->name);
	}
	done_with(p);
}

static void each_key_can_be_cleared_to_its_default(void **state)
{
	struct airlock_profile *p = profile_of(everything), *none = new_profile();
	const struct airlock__key *key;

	(void)state;
	for (size_t i = 0; (key = airlock__key_at(i)); i++)
		assert_int_equal(airlock_profile_set(p, key->name, "", NULL),
				 key->set ? 0 : -EINVAL);
	/* an empty bounding set, asked for: see systemd.exec(5) */
	assert_true(p->has_bounding);
	p->has_bounding = false;
	must_be_same(p, none);
	p->has_bounding = true;
	airlock_profile_free(none);
	done_with(p);
}

static void p2_a_failure_at_the_last_line_changes_nothing(void **state)
{
	static const char *const wrong[] = {
		"Nice=x\n", "SystemCallFilter=x\n", "Include=x\n",	 "[Unit]\n",
		"x\n",	    "ReadPath=/ \"\n",	    "SystemCallRule=x\n"
	};
	const char *base =
		"SystemCallFilter=~mount\nSystemCallRule=read: arg0 == 0\nReadPath=/x\nUser=u\n";
	char text[sizeof everything + 64];

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct airlock_profile *p = profile_of(base), *q = profile_of(base);
		char *before = printed(p), *after;

		snprintf(text, sizeof text, "%s%s", everything, wrong[i]);
		assert_true(airlock_profile_parse(p, text, strlen(text), NULL) < 0);
		must_be_same(p, q);
		assert_true(airlock_profile_load(p, make_file("late.conf", text), NULL) < 0);
		must_be_same(p, q);
		after = printed(p);
		assert_string_equal(before, after);
		free(before);
		free(after);
		airlock_profile_free(q);
		done_with(p);
	}
}

static int try_parse(struct airlock_profile *p, struct airlock_profile_error *e)
{
	return airlock_profile_parse(p, everything, sizeof everything - 1, e);
}

static int try_load(struct airlock_profile *p, struct airlock_profile_error *e)
{
	return airlock_profile_load(p, path_in_folder("memory.conf"), e);
}

static int try_builtin(struct airlock_profile *p, struct airlock_profile_error *e)
{
	return airlock_profile_builtin(p, "network-client", e);
}

static int try_set(struct airlock_profile *p, struct airlock_profile_error *e)
{
	return airlock_profile_set(p, "Environment", "A=2 C=3 D=4", e);
}

static int try_command(struct airlock_profile *p, struct airlock_profile_error *e)
{
	e->source = "";
	snprintf(e->message, sizeof e->message, "there is not enough memory");
	return airlock_profile_command(p, "/bin/sh", ARGV("sh", "-c", "x"));
}

static void p2_too_little_memory_changes_nothing(void **state)
{
	static int (*const tries[])(struct airlock_profile *, struct airlock_profile_error *) = {
		try_parse, try_load, try_builtin, try_set, try_command
	};

	(void)state;
	make_file("inner.conf", "ReadPath=/inner\n");
	make_file("memory.conf", "ReadPath=/outer\nInclude=./inner.conf\nNice=2\n");
	for (size_t i = 0; i < COUNT(tries); i++) {
		struct airlock_profile *p = profile_of(everything), *q = profile_of(everything);
		long n = 0;
		int r = -ENOMEM;

		assert_int_equal(airlock_profile_command(p, "/x", ARGV("x", "y")), 0);
		assert_int_equal(airlock_profile_command(q, "/x", ARGV("x", "y")), 0);
		for (; r == -ENOMEM; n++) {
			struct airlock_profile_error e = { 0 };

			allocations_left = n;
			r = tries[i](p, &e);
			allocations_left = -1;
			if (r == 0)
				break;
			if (r != -ENOMEM)
				fail_msg("%d: %s", r, e.message);
			assert_non_null(e.source);
			assert_string_equal(e.message, "there is not enough memory");
			must_be_same(p, q);
		}
		assert_true(n > 3);
		airlock_profile_free(q);
		done_with(p);
	}
	allocations_left = 0;
	assert_null(airlock_profile_new());
	allocations_left = -1;
}

/* Builtins that were read when the library was built */

static void must_have_the_same_lines(const struct airlock_profile *a,
				     const struct airlock_profile *b)
{
	assert_int_equal(a->nlines, b->nlines);
	for (size_t i = 0; i < a->nlines; i++) {
		assert_ptr_equal(a->lines[i].key, b->lines[i].key);
		assert_int_equal(a->lines[i].key_index, b->lines[i].key_index);
		assert_string_equal(a->lines[i].value, b->lines[i].value);
		assert_string_equal(a->lines[i].source, b->lines[i].source);
		assert_int_equal(a->lines[i].line, b->lines[i].line);
	}
	for (size_t i = 0; i < a->npaths; i++) {
		assert_string_equal(a->paths[i].source, b->paths[i].source);
		assert_int_equal(a->paths[i].line, b->paths[i].line);
	}
}

static void must_have_the_same_program(const struct airlock_profile *a,
				       const struct airlock_profile *b)
{
	struct airlock__program ready, made;

	assert_int_equal(airlock__program_get(a, 0, &ready), 0);
	assert_int_equal(airlock__program_make(b, b->exec_once, 0, &made), 0);
	must_be_same_array(ready.code, ready.n, made.code, made.n, sizeof *made.code);
	assert_int_equal(ready.one_exec, made.one_exec);
	if (made.one_exec)
		assert_memory_equal(ready.at, made.at, sizeof made.at);
	free(ready.code);
	free(made.code);
}

static void a_builtin_that_is_ready_is_as_if_it_were_read(void **state)
{
	const char *name;

	(void)state;
	if (!airlock__ready("filter"))
		SKIP("built for another machine: each is read");
	for (size_t i = 0; (name = airlock_profile_builtin_name(i)); i++) {
		struct airlock_profile *p = new_profile(), *q = new_profile();

		assert_non_null(airlock__ready(name));
		assert_int_equal(airlock_profile_builtin(p, name, NULL), 0);
		/* what is included is read */
		assert_int_equal(airlock_profile_set(q, "Include", name, NULL), 0);
		assert_null(q->ready);
		must_be_same(p, q);
		must_have_the_same_lines(p, q);
		must_have_the_same_program(p, q);
		airlock_profile_free(q);
		done_with(p);
	}
}

static void a_builtin_after_other_lines_is_read(void **state)
{
	struct airlock_profile *p = profile_of("SystemCallFilter=~ptrace\n");
	struct airlock_profile_error e = { 0 };

	(void)state;
	assert_int_equal(airlock_profile_builtin(p, "filter", &e), -EINVAL);
	assert_non_null(strstr(e.message, "`~`"));
	airlock_profile_free(p);
	p = profile_of("SystemCallFilter=acct\n");
	assert_int_equal(airlock_profile_builtin(p, "filter", NULL), 0);
	assert_null(p->ready);
	assert_true(airlock__callset_has(&p->filter, (size_t)airlock__call_by_name("acct", 4)));
	assert_true(airlock__callset_has(&p->filter, (size_t)airlock__call_by_name("read", 4)));
	done_with(p);
}

/* One that a later line changed, and that was taken all the same, would let through what the line refuses. */
static void p8_a_program_that_a_line_changes_is_not_taken_ready(void **state)
{
	/* where all is allowed, and where little is */
	static const char *const builtins[] = { "none", "filter" };
	struct airlock_profile *lines = profile_of(everything);

	(void)state;
	for (size_t i = 0; i < 2 * lines->nlines; i++) {
		const struct airlock__assignment *line = &lines->lines[i / 2];
		const struct airlock__key *key = airlock__key_at(line->key_index);
		struct airlock_profile *p = new_profile();

		assert_int_equal(airlock_profile_builtin(p, builtins[i % 2], NULL), 0);
		assert_int_equal(airlock_profile_set(p, key->name, line->value, NULL), 0);
		if (p->ready && !key->apart)
			fail_msg("%s", key->name);
		must_have_the_same_program(p, p);
		assert_int_equal(airlock_profile_set(p, key->name, "", NULL), 0);
		must_have_the_same_program(p, p);
		done_with(p);
	}
	airlock_profile_free(lines);
}

static void what_is_packed_is_a_whole_profile(void **state)
{
	struct airlock_profile *p = profile_of(everything), unpacked;
	char *bytes = NULL;
	size_t n;
	FILE *f = open_memstream(&bytes, &n);

	(void)state;
	/* only builtins are packed: others' names do not live for ever */
	assert_false(airlock__pack(p, f));
	assert_int_equal(fclose(f), 0);
	free(bytes);
	assert_non_null(f = open_memstream(&bytes, &n));
	for (size_t i = 0; i < p->nlines; i++)
		p->lines[i].source = "none";
	for (size_t i = 0; i < p->npaths; i++)
		p->paths[i].source = "strict";
	assert_true(airlock__pack(p, f));
	assert_int_equal(fclose(f), 0);
	assert_true(airlock__unpack((const unsigned char *)bytes, &unpacked));
	must_be_same(p, &unpacked);
	must_have_the_same_lines(p, &unpacked);
	free(bytes);
	/* to be freed as any other */
	assert_non_null(f = open_memstream(&bytes, &n));
	airlock_profile_free(p);
	p = new_profile();
	*p = unpacked;
	assert_true(airlock__pack(p, f));
	assert_int_equal(fclose(f), 0);
	free(bytes);
	done_with(p);
}

static void p2_too_little_memory_for_a_builtin_changes_nothing(void **state)
{
	struct airlock_profile *p = new_profile(), *q = new_profile();
	struct airlock_profile_error e = { 0 };
	int r = -ENOMEM;
	long n = 0;

	(void)state;
	assert_int_equal(airlock_profile_command(p, "/x", ARGV("x", "y")), 0);
	assert_int_equal(airlock_profile_command(q, "/x", ARGV("x", "y")), 0);
	for (; r == -ENOMEM; n++) {
		must_be_same(p, q);
		allocations_left = n;
		r = airlock_profile_builtin(p, "filter", &e);
		allocations_left = -1;
		if (r < 0)
			assert_string_equal(e.message, "there is not enough memory");
	}
	assert_int_equal(r, 0);
	assert_true(n > 50);
	assert_string_equal(p->command, "/x");
	assert_int_equal(p->argv.n, 2);
	airlock_profile_free(q);
	done_with(p);
}

/*
 * Each allocation of airlock_seal_new() fails in turn: it says so, names nothing as enforced that is not,
 * keeps the caller's descriptors, and in the end makes the same program.
 */
static size_t exported(const struct airlock_seal *seal, char *to, size_t size)
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	ssize_t n;

	assert_int_equal(airlock_seal_export_bpf(seal, fd), 0);
	n = pread(fd, to, size, 0);
	close(fd);
	assert_true(n > 0 && (size_t)n < size);
	return (size_t)n;
}

static void p8_too_little_memory_makes_no_seal(void **state)
{
	static char whole[65536], again[65536];
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_seal *seal = NULL;
	int before = count_fds(), r = -ENOMEM;
	size_t n;

	(void)state;
	assert_int_equal(airlock_profile_builtin(p, "filter", NULL), 0);
	assert_int_equal(airlock_profile_command(p, "/bin/cat", ARGV("cat", "/etc")), 0);
	r = airlock_seal_new(p, &seal, NULL);
	if (r == -EOPNOTSUPP || r == -EPERM) {
		airlock_profile_free(p);
		SKIP("this kernel cannot enforce the builtin `filter`");
	}
	assert_int_equal(r, 0);
	n = exported(seal, whole, sizeof whole);
	airlock_seal_free(seal);
	r = -ENOMEM;
	for (long i = 0; r == -ENOMEM; i++) {
		struct airlock_report *report = NULL;

		assert_true(i < 100000);
		seal = NULL;
		allocations_left = i;
		r = airlock_seal_new(p, &seal, &report);
		allocations_left = -1;
		airlock_report_free(report);
		assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
		assert_true((r == 0) == (seal != NULL));
		if (r == 0) {
			assert_true(i > 10);
			assert_int_equal(exported(seal, again, sizeof again), n);
			assert_memory_equal(whole, again, n);
		}
	}
	assert_int_equal(r, 0);
	airlock_seal_free(seal);
	airlock_profile_free(p);
	assert_int_equal(count_fds(), before);
}

/* The corpus */

/* "# expect LINE:COLUMN: MESSAGE" */
static void must_be_as_expected(const char *name)
{
	char path[600], first[700], is[700];
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error e = { 0 };
	FILE *f;
	int r;

	snprintf(path, sizeof path, CORPUS "/%s", name);
	f = fopen(path, "r");
	assert_non_null(f);
	if (!fgets(first, sizeof first, f))
		fail_msg("%s is empty", path);
	fclose(f);
	first[strcspn(first, "\n")] = '\0';

	r = airlock_profile_load(p, path, &e);
	if (r >= 0)
		fail_msg("%s was taken", path);
	snprintf(is, sizeof is, "# expect %u:%u: %s", e.line, e.column, e.message);
	if (strcmp(first, is))
		fail_msg("%s:\n%s\n%s", path, first, is);
	assert_string_equal(e.source, path);
	assert_int_equal(p->nlines, 0);
	airlock_profile_free(p);
}

static void each_file_of_the_corpus_is_wrong_as_it_says(void **state)
{
	DIR *d = opendir(CORPUS);
	struct dirent *entry;
	int n = 0;

	(void)state;
	if (!d)
		fail_msg("%s is not there: tests are run from the project's root", CORPUS);
	while ((entry = readdir(d))) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 5, ".conf"))
			continue;
		must_be_as_expected(entry->d_name);
		n++;
	}
	closedir(d);
	assert_true(n >= CORPUS_AT_LEAST);
}

/* What a file says it allows must not come to mean that all else is allowed, too. */
static void a_list_of_what_is_allowed_cannot_follow_one_of_what_is_refused(void **state)
{
	static const char *const wrong[] = {
		"SystemCallFilter=~reboot\nInclude=strict\n",
		"SystemCallFilter=~reboot\nInclude=squid-log\n",
	};
	static const char *const fine[] = {
		"Include=strict\nSystemCallFilter=~brk\n",
		"SystemCallFilter=~reboot\nSystemCallFilter=\nInclude=strict\n",
		"SystemCallFilter=~reboot\nSystemCallFilter=reboot\n",
		"SystemCallFilter=~reboot\nInclude=none\n",
	};
	struct airlock_profile_error e;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct airlock_profile *p = airlock_profile_new();

		assert_int_equal(airlock_profile_parse(p, wrong[i], strlen(wrong[i]), &e), -EINVAL);
		assert_string_equal(e.source, "strict");
		assert_non_null(strstr(e.message, "include this profile before"));
		airlock_profile_free(p);
	}
	for (size_t i = 0; i < COUNT(fine); i++) {
		struct airlock_profile *p = airlock_profile_new();

		assert_int_equal(airlock_profile_parse(p, fine[i], strlen(fine[i]), &e), 0);
		airlock_profile_free(p);
	}
}

static void what_a_file_cleared_does_not_bind_what_it_includes(void **state)
{
	struct airlock_profile *p = profile_of("SystemCallFilter=~ptrace\n");

	(void)state;
	make_file("inner.conf", "SystemCallFilter=~acct mount\nSystemCallFilter=mount\n");
	must_load(p, make_file("outer.conf", "SystemCallFilter=\nInclude=./inner.conf\n"));
	assert_int_equal(answer(p, "mount"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "ptrace"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(p, "acct"), KILL);
	done_with(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_what_is_allowed_cannot_follow_one_of_what_is_refused),
		cmocka_unit_test(what_a_file_cleared_does_not_bind_what_it_includes),
		cmocka_unit_test(a_new_profile_restricts_nothing_but_what_always_holds),
		cmocka_unit_test(each_builtin_is_taken_and_prints_what_makes_it_again),
		cmocka_unit_test(comments_blanks_and_sections_say_nothing),
		cmocka_unit_test(a_line_goes_on_after_a_backslash_and_over_comments),
		cmocka_unit_test(places_are_those_of_the_file_however_lines_go_on),
		cmocka_unit_test(a_nul_byte_is_wrong_wherever_it_stands),
		cmocka_unit_test(bytes_of_any_language_are_taken_and_told_of),
		cmocka_unit_test(more_than_a_mebibyte_is_too_much),
		cmocka_unit_test(a_line_of_more_than_64_kib_is_too_much),
		cmocka_unit_test(what_is_large_is_read_in_little_time),
		cmocka_unit_test(many_different_names_take_little_time_and_have_a_bound),
		cmocka_unit_test(all_ports_there_are_can_be_named_in_any_order),
		cmocka_unit_test(ten_thousand_rules_are_kept_in_order),
		cmocka_unit_test(a_profile_holds_no_more_than_it_can_print_again),
		cmocka_unit_test(lines_that_later_ones_make_void_do_not_pile_up),
		cmocka_unit_test(the_first_line_says_which_kind_of_list_it_is),
		cmocka_unit_test(groups_stand_for_their_calls_and_families),
		cmocka_unit_test(a_call_can_have_an_answer_of_its_own),
		cmocka_unit_test(an_empty_filter_clears_all_that_it_said),
		cmocka_unit_test(the_refusal_is_an_errno_or_kill),
		cmocka_unit_test(logged_calls_are_allowed_and_logged),
		cmocka_unit_test(io_uring_is_no_way_round),
		cmocka_unit_test(rules_add_up_until_they_are_cleared),
		cmocka_unit_test(a_rule_of_too_many_comparisons_is_too_big),
		cmocka_unit_test(a_baseline_is_a_kernel_version),
		cmocka_unit_test(the_native_architecture_is_all_there_is),
		cmocka_unit_test(address_families_are_a_list_of_either_kind_or_none),
		cmocka_unit_test(namespaces_are_all_or_none_or_those_that_stay),
		cmocka_unit_test(yes_and_no_have_four_words_each),
		cmocka_unit_test(no_new_privs_can_only_be_said_yes_to),
		cmocka_unit_test(capabilities_merge_as_in_systemd),
		cmocka_unit_test(users_and_groups_are_names_or_numbers),
		cmocka_unit_test(supplementary_groups_are_a_list),
		cmocka_unit_test(umask_is_octal),
		cmocka_unit_test(directories_are_taken_as_they_stand),
		cmocka_unit_test(limits_have_the_units_of_systemd),
		cmocka_unit_test(niceness_and_oom_score_have_their_ranges),
		cmocka_unit_test(cpus_are_numbers_and_ranges),
		cmocka_unit_test(paths_are_absolute_or_words_and_may_be_quoted),
		cmocka_unit_test(ports_are_sorted_and_each_stands_once),
		cmocka_unit_test(scopes_add_up),
		cmocka_unit_test(the_environment_is_quoted_as_in_systemd),
		cmocka_unit_test(escapes_are_those_of_systemd),
		cmocka_unit_test(best_effort_names_a_restriction_or_a_class_of_them),
		cmocka_unit_test(what_holds_in_every_profile_is_never_best_effort),
		cmocka_unit_test(one_key_is_set_and_told_of_by_its_name),
		cmocka_unit_test(null_pointers_are_refused),
		cmocka_unit_test(the_command_is_copied_and_the_last_one_counts),
		cmocka_unit_test(a_full_device_is_told_of),
		cmocka_unit_test(what_is_included_stands_in_its_place),
		cmocka_unit_test(an_error_in_an_included_file_is_that_files),
		cmocka_unit_test(what_cannot_be_read_is_told_of_where_it_is_named),
		cmocka_unit_test(p4_a_fifo_does_not_hang),
		cmocka_unit_test(p3_no_descriptor_stays_open),
		cmocka_unit_test(includes_that_go_round_are_found),
		cmocka_unit_test(includes_are_at_most_eight_deep),
		cmocka_unit_test(includes_are_at_most_64_in_all),
		cmocka_unit_test(a_bomb_of_includes_ends_soon),
		cmocka_unit_test(a_large_file_is_read_up_to_the_bound_and_no_further),
		cmocka_unit_test(relative_paths_are_those_of_the_file_and_no_others),
		cmocka_unit_test(an_unknown_builtin_is_told_of),
		cmocka_unit_test(the_source_of_an_error_lives_as_long_as_the_profile),
		cmocka_unit_test(each_key_of_the_table_is_tried_here),
		cmocka_unit_test(each_key_can_be_cleared_to_its_default),
		cmocka_unit_test(p2_a_failure_at_the_last_line_changes_nothing),
		cmocka_unit_test(p2_too_little_memory_changes_nothing),
		cmocka_unit_test(a_builtin_that_is_ready_is_as_if_it_were_read),
		cmocka_unit_test(a_builtin_after_other_lines_is_read),
		cmocka_unit_test(p8_a_program_that_a_line_changes_is_not_taken_ready),
		cmocka_unit_test(what_is_packed_is_a_whole_profile),
		cmocka_unit_test(p2_too_little_memory_for_a_builtin_changes_nothing),
		cmocka_unit_test(p8_too_little_memory_makes_no_seal),
		cmocka_unit_test(each_file_of_the_corpus_is_wrong_as_it_says),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
