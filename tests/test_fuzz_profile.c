/* SPDX-License-Identifier: ISC */
/*
 * test_fuzz_profile.c: the readers that the fuzz targets `profile` and `profile_diff` compare the library with: the
 * first puts lines together, the second says what the page says of a call.
 */
#include "common.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "profile_model.h"
#include "profile_text.h"

const struct fuzz_op *const fuzz_ops = model_ops;

#define ERRNO_IS(n) (SECCOMP_RET_ERRNO | (uint32_t)(n))

/* Texts */

static struct text_reader reader;

static struct text_line first_of(const char *text)
{
	struct text_line l;

	text_begin(&reader, text, strlen(text));
	assert_true(text_next(&reader, &l));
	return l;
}

static void a_line_is_put_together(void **state)
{
	struct text_line l =
		first_of("\xef\xbb\xbf# a\r\n\r\n[Service]\n Nice = a \\\n# b\n;c\n\tb\\\\  \nX=1");

	(void)state;
	assert_false(l.broken);
	assert_string_equal(l.key, "Nice");
	assert_string_equal(l.value, "a  \tb\\\\");
	assert_int_equal(l.first, 4);
	assert_int_equal(l.last, 7);
	/* the b is in the line after the comments */
	assert_int_equal(reader.text[l.from[strlen("a  \t")]], 'b');
	assert_int_equal(reader.text[l.key_from], 'N');
	assert_true(text_next(&reader, &l));
	assert_string_equal(l.value, "1");
	assert_false(text_next(&reader, &l));
}

static void what_is_no_line_is_broken(void **state)
{
	static const char *const texts[] = { "Nice",
					     "=1",
					     "[Unit]",
					     "Nice=1 \\",
					     "Nice=1 \\\n# x\n",
					     "A=1 \\\n;return 1",
					     "[Service]\\",
					     "[A=1" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!first_of(texts[i]).broken)
			fail_msg("%s", texts[i]);
	assert_false(first_of("A=1 \\\\").broken);
}

static void places_are_in_the_text(void **state)
{
	static const char text[] = "ab\n\nc";

	(void)state;
	assert_true(text_has_place(text, 5, 1, 3));
	assert_false(text_has_place(text, 5, 1, 4));
	assert_true(text_has_place(text, 5, 2, 1));
	assert_true(text_has_place(text, 5, 3, 2));
	assert_false(text_has_place(text, 5, 3, 0));
	assert_false(text_has_place(text, 5, 4, 1));
	assert_false(text_has_place(text, 5, 0, 1));
}

static struct text taken(const char *input)
{
	struct text t;

	assert_true(text_take((const uint8_t *)input, strlen(input), &t));
	return t;
}

static void must_be(const char *at, size_t len, const char *expected)
{
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(at, expected, len);
}

static void an_input_has_parts(void **state)
{
	struct text t = taken("a\n%%\nb\n%%\n");
	size_t len;

	(void)state;
	assert_int_equal(t.n, 3);
	must_be(t.at[0], t.len[0], "a\n");
	must_be(text_of_source(&t, "/proc/self/fd/81", &len), 2, "b\n");
	assert_non_null(text_of_source(&t, "/proc/self/fd/82", &len));
	assert_int_equal(len, 0);
	assert_null(text_of_source(&t, "/proc/self/fd/83", &len));
	must_be(text_of_source(&t, "(text)", &len), 2, "a\n");
	assert_non_null(text_of_source(&t, "strict", &len));
	text_free(&t);
	t = taken("%%65K\nEnvironment=A=");
	assert_true(t.large);
	assert_int_equal(t.len[0], 65 * 1024);
	text_free(&t);
	t = taken("%%65K\nEnvironment=B=");
	assert_false(t.large);
	must_be(t.at[0], t.len[0], "Environment=B=");
	text_free(&t);
	t = taken("%%1K\nInclude=/proc/self/fd/81\n%%1025K\n# nothing\n");
	assert_false(t.len[0] != 1024 || t.len[1] != 1025 * 1024);
	must_be(t.at[0], 2 * 25, "Include=/proc/self/fd/81\nInclude=/proc/self/fd/81\n");
	text_free(&t);
	t = taken("%%1K\nInclude=/proc/self/fd/81\n%%1025K\n# nothing at all\n");
	assert_int_equal(t.len[0], 25); /* all are known texts, or none is made large */
	text_free(&t);
	t = taken("%%1K\nEnvironment=A0=");
	assert_int_equal(t.len[0], 1024);
	must_be(t.at[0], 28, "Environment=A0= A1= A2= A3= ");
	text_free(&t);
}

static void no_file_of_this_machine_is_included(void **state)
{
	static const char *const harmless[] = { "Include=strict", "Include=/proc/self/fd/81",
						"Include=./82", "ReadPath=/etc/passwd" };
	static const char *const others[] = { "Include=/etc/passwd",
					      "Include=\\\n# x\n /etc/passwd",
					      "Nice=1\nInclude = ../x", "Include=/proc/self/fd/0",
					      "%%\nInclude=/dev/tty" };
	struct text t;

	(void)state;
	for (size_t i = 0; i < COUNT(harmless); i++) {
		t = taken(harmless[i]);
		must_be(t.at[0], t.len[0], harmless[i]);
		text_free(&t);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		t = taken(others[i]);
		for (size_t j = 0; j < t.n; j++)
			assert_null(memchr(t.at[j], '/', t.len[j]));
		text_free(&t);
	}
}

/* The page */

static struct model model;

/* The model of a seed's words */
static void read_words(const char *words)
{
	FILE *in = fmemopen((char *)(uintptr_t)words, strlen(words), "r"), *out;
	size_t size = 0;
	char *data = NULL;

	out = open_memstream(&data, &size);
	assert_non_null(in);
	assert_non_null(out);
	assert_int_equal(fuzz_make(in, out, "words"), 0);
	fclose(in);
	fclose(out);
	model_read(&model, (const uint8_t *)data, size);
	free(data);
}

static uint32_t answer(const char *call, uint64_t arg0, uint64_t arg1)
{
	const uint64_t args[6] = { arg0, arg1 };

	return model_answer(&model, (size_t)airlock__call_by_name(call, strlen(call)), args);
}

static size_t nr_of(const char *call)
{
	return (size_t)airlock__calls[airlock__call_by_name(call, strlen(call))].nr;
}

static void lists_are_those_of_the_page(void **state)
{
	char words[512];

	(void)state;
	snprintf(words, sizeof words,
		 "filter 0\ncall %zu 0\ncall %zu 13\nfilter 1\ncall %zu 0\nrefusal 1\n",
		 nr_of("socket"), nr_of("ptrace"), nr_of("brk"));
	read_words(words);
	assert_string_equal(model.text,
			    "SystemCallFilter= socket ptrace:EACCES\nSystemCallFilter=~ brk\n"
			    "SystemCallErrorNumber=EPERM\n");
	assert_int_equal(answer("socket", 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer("ptrace", 0, 0), ERRNO_IS(EACCES));
	assert_int_equal(answer("exit_group", 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer("brk", 0, 0), ERRNO_IS(EPERM));
	assert_int_equal(answer("mount", 0, 0), ERRNO_IS(EPERM));
	assert_int_equal(answer("io_uring_setup", 0, 0), ERRNO_IS(ENOSYS));
	snprintf(words, sizeof words, "filter 1\ncall %zu 0\nlog 1\ncall %zu 0\nlog 0\n",
		 nr_of("mount"), nr_of("read"));
	read_words(words);
	assert_int_equal(answer("mount", 0, 0), SECCOMP_RET_KILL_PROCESS);
	/* the empty line at the end takes the log back */
	assert_int_equal(answer("write", 0, 0), SECCOMP_RET_ALLOW);
}

static void rules_are_those_of_the_page(void **state)
{
	char words[512];

	(void)state;
	/* of 32 bits: an int; of 64: a pointer */
	snprintf(words, sizeof words,
		 "rule %zu 0\nwhen 0 0 0 1 0xffffffff\nwhen 1 7 0 2 0xf0\nwhen 1 4 1 0 "
		 "0x100000000\n"
		 "return 30\n",
		 nr_of("fstat"));
	read_words(words);
	assert_string_equal(model.text, "SystemCallRule=fstat: arg0 == -1 && arg1 in 0xf0 || arg1 "
					"> 4294967296; "
					"return EROFS\n");
	assert_int_equal(answer("fstat", UINT32_MAX, 0x30), SECCOMP_RET_ALLOW);
	assert_int_equal(answer("fstat", UINT64_MAX, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer("fstat", UINT32_MAX, 0x100), ERRNO_IS(EROFS));
	assert_int_equal(answer("fstat", UINT32_MAX, 0x1000000f0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer("fstat", 0, 0x30), ERRNO_IS(EROFS));
	assert_int_equal(answer("read", 0, 0), SECCOMP_RET_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_put_together),
		cmocka_unit_test(what_is_no_line_is_broken),
		cmocka_unit_test(places_are_in_the_text),
		cmocka_unit_test(an_input_has_parts),
		cmocka_unit_test(no_file_of_this_machine_is_included),
		cmocka_unit_test(lists_are_those_of_the_page),
		cmocka_unit_test(rules_are_those_of_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
