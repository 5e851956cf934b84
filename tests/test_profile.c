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
#include <sys/stat.h>
#include <unistd.h>

#include "keys.h"
#include "parse.h"
#include "profile.h"

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

	if (p->command)
		assert_int_equal(airlock_profile_command(q, p->command, p->argv.at), 0);
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
	struct airlock_profile *p = profile_of("Nice=3\nReadPath=/etc\nSystemCallFilter=read\n"), *q;
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
		fail_msg("%u:%u: %s, where %u:%u: %s was to be, for:\n%s", e.line, e.column, e.message, line,
			 column, message, text);
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
	struct airlock_profile *p = profile_of("SystemCallFilter=read \\\n# no\n\t; no\n  write\\\nclose \\\r\n lseek\n"
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
	must_be_wrong("SystemCallFilter=opennat", 1, 18, "unknown system call `opennat`; did you mean `openat`?");
	must_be_wrong("SystemCallFilter= \\\n\\\n \topennat \\\n read", 3, 3,
		      "unknown system call `opennat`; did you mean `openat`?");
	must_be_wrong("SystemCallFilter=read \\\r\n;\r\n\r\nSystemCallFilter=read \\\r\n#\r\n open:EPREM\r\n", 6, 7,
		      "unknown errno `EPREM`; did you mean `EPERM`?");
	must_be_wrong("\xef\xbb\xbfNice=x\n", 1, 9, "`x` is no nice value: a number from -20 to 19");
	must_be_wrong("ReadPath=\"/a b\" -x\n", 1, 18,
		      "`x` is no absolute path, nor `@argv`, `@argv-dir`, `@program`");
	/* what had escapes in it is told of by its beginning */
	must_be_wrong("Environment=/ \"A=\\x41\\x01\"", 1, 13,
		      "`/` is no assignment: NAME=VALUE, of letters, digits and _ the name");
	must_be_wrong("Environment=X=1 \"A=\\x41\\x01\"", 1, 17, "a control character in the environment");
	must_be_wrong("Nice=1\\\n", 1, 7, "nothing comes after this `\\`");
	must_be_wrong("\\", 1, 1, "nothing comes after this `\\`");
	must_be_wrong("=", 1, 1, "a key is missing before the `=`");
}

static void a_nul_byte_is_wrong_wherever_it_stands(void **state)
{
	static const char in_value[] = "Nice=5\nUser=no\0body\n", in_comment[] = "# a\0", first[] = "\0Nice=5",
			  behind[] = "Nice=5\n\0";
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
}

static void bytes_of_any_language_are_taken_and_told_of(void **state)
{
	struct airlock_profile *p = profile_of("# gr\xfc\xdf\nReadPath=/srv/gr\xfc\xdf\nEnvironment=A=\xff\n");

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
	for (int port = 65535; port >= 0; port--)
		n += (size_t)sprintf(text + n, port % 1000 == 999 ? "%d\n" : port % 1000 ? "%d " : "BindTCP=%d ", port);
	free(text);
	text = malloc(MIB);
	n = 0;
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
	assert_int_equal(airlock_profile_parse(p, "Nice=5\n\nReadPath=/two/and/more", 30, &e), -E2BIG);
	assert_int_equal(e.line, 3);
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
