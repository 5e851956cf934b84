/* SPDX-License-Identifier: ISC */
/*
 * test_fuzz.c: what the fuzz targets share: the decoder of inputs and its text form, tables of
 * descriptors with their judge, the simulated channel. (The fake kernel is tested by test_closefds,
 * and by closefds_real against Linux.)
 */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptors.h"
#include "fake_channel.h"
#include "ops.h"

/* The table of this "target": that of the descriptors, and behind it some of every kind. */
static struct fuzz_op table[32];
const struct fuzz_op *const fuzz_ops = table;
static const struct fuzz_op more[] = {
	{ "none", "" },	    { "all", "bhwq" },	    { "text", "s" },
	{ "mixed", "bsh" }, { "most", "bbbbbbbs" },
};
static unsigned nops;

static int make_table(void **state)
{
	(void)state;
	for (; descriptor_ops[nops].name; nops++)
		table[nops] = descriptor_ops[nops];
	memcpy(table + nops, more, sizeof more);
	nops += COUNT(more);
	return nops < COUNT(table) ? 0 : -1;
}

static unsigned op_of(const char *name)
{
	unsigned op = 0;

	while (strcmp(table[op].name, name) != 0)
		op++;
	return op;
}

/* Text to input and back; from malloc. make(): NULL if it is refused. */

static uint8_t *make(const char *text, size_t *ret_size)
{
	char *data = NULL;
	FILE *in = fmemopen((char *)(uintptr_t)text, strlen(text), "r");
	FILE *out = open_memstream(&data, ret_size);
	int r;

	assert_non_null(in);
	assert_non_null(out);
	r = fuzz_make(in, out, "a test");
	fclose(in);
	fclose(out);
	if (r == 0)
		return (uint8_t *)data;
	assert_int_equal(r, -EINVAL);
	free(data);
	return NULL;
}

static char *print(const uint8_t *data, size_t size)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	assert_non_null(f);
	fuzz_print(data, size, f);
	fclose(f);
	return text;
}

static void steps_have_their_arguments(void **state)
{
	const uint8_t input[] = { (uint8_t)op_of("all"),
				  1,
				  2,
				  3,
				  4,
				  5,
				  6,
				  7,
				  8,
				  9,
				  10,
				  11,
				  12,
				  13,
				  14,
				  15,
				  (uint8_t)op_of("mixed"),
				  255,
				  2,
				  'h',
				  'i',
				  1,
				  1,
				  (uint8_t)op_of("none") };
	struct fuzz_reader r = { input, input + sizeof input };
	struct fuzz_step s;

	(void)state;
	assert_true(fuzz_next(&r, &s));
	assert_int_equal(s.op, op_of("all"));
	assert_int_equal(s.arg[0], 1);
	assert_int_equal(s.arg[1], 0x0302);
	assert_int_equal(s.arg[2], 0x07060504);
	assert_true(s.arg[3] == 0x0f0e0d0c0b0a0908);
	assert_true(fuzz_next(&r, &s));
	assert_int_equal(s.arg[0], 255);
	assert_int_equal(s.arg[1], 2);
	assert_memory_equal(s.bytes, "hi", 2);
	assert_int_equal(s.arg[2], 0x0101);
	assert_int_equal(s.arg[3], 0);
	assert_true(fuzz_next(&r, &s));
	assert_int_equal(s.op, op_of("none"));
	assert_false(fuzz_next(&r, &s));
	assert_false(fuzz_next(&r, &s));
}

static void what_is_missing_is_0(void **state)
{
	const uint8_t input[] = { (uint8_t)op_of("mixed"), 7, 200, 'x' };

	(void)state;
	for (size_t size = 0; size <= sizeof input; size++) {
		/* of exactly this size, so that a checker sees a read past it */
		uint8_t *exact = malloc(size ? size : 1);
		struct fuzz_reader r = { exact, exact + size };
		struct fuzz_step s;

		memcpy(exact, input, size);
		assert_int_equal(fuzz_next(&r, &s), size > 0);
		if (size > 0) {
			assert_int_equal(s.arg[0], size > 1 ? 7 : 0);
			assert_int_equal(s.arg[1], size > 3 ? 1 : 0);
			assert_int_equal(s.arg[2], 0);
			assert_true(s.bytes <= exact + size);
			assert_false(fuzz_next(&r, &s));
		}
		free(exact);
	}
}

static unsigned seed = 11;

/* Each input has a text; that text makes an input of the same steps, and of the same text. */
static void every_input_has_a_text_that_makes_it(void **state)
{
	uint8_t input[300];

	(void)state;
	for (int round = 0; round < scaled(3000); round++) {
		size_t size = (size_t)rand_r(&seed) % sizeof input, made_size;
		struct fuzz_reader a, b;
		struct fuzz_step s, t;
		char *text, *again;
		uint8_t *made;

		for (size_t i = 0; i < size; i++)
			input[i] = (uint8_t)rand_r(&seed);
		text = print(input, size);
		/* fmemopen(3) takes no empty one */
		made = *text ? make(text, &made_size) : calloc(1, made_size = 1);
		assert_non_null(made);
		if (!*text)
			made_size = 0;
		again = print(made, made_size);
		assert_string_equal(text, again);
		a = (struct fuzz_reader){ input, input + size };
		b = (struct fuzz_reader){ made, made + made_size };
		while (fuzz_next(&a, &s)) {
			assert_true(fuzz_next(&b, &t));
			assert_int_equal(s.op, t.op);
			assert_memory_equal(s.arg, t.arg, sizeof s.arg);
		}
		assert_false(fuzz_next(&b, &t));
		free(text);
		free(made);
		free(again);
	}
}

static void words_make_inputs(void **state)
{
	const uint8_t want[] = {
		(uint8_t)op_of("all"),	255, 0x34, 0x12, 0,   0, 0,   0x80, 1, 0, 0, 0, 0, 0, 0, 0,
		(uint8_t)op_of("text"), 5,   'a',  '#',	 '"', 0, 0xff
	};
	size_t size;
	uint8_t *made = make("# a comment\n\n  all 255 0x1234 0x80000000 1  # and one here\n"
			     "\ttext \"a#\\x22\\x00\\xfF\"",
			     &size);

	(void)state;
	assert_non_null(made);
	assert_int_equal(size, sizeof want);
	assert_memory_equal(made, want, size);
	free(made);
}

static void nonsense_is_refused(void **state)
{
	static const char *const wrong[] = {
		"nothing",	   "al 1 2 3 4",
		"allx 1 2 3 4",	   "all",
		"all 1 2 3",	   "all 1 2 3 4 5",
		"all 256 0 0 0",   "all 0 65536 0 0",
		"all -1 0 0 0",	   "all 0 0 4294967296 0",
		"all 1x 0 0 0",	   "all 0 0 0 99999999999999999999",
		"none 1",	   "text",
		"text a",	   "text \"a",
		"text \"\\",	   "text \"\\x\"",
		"text \"\\x1\"",   "text \"\\n\"",
		"text \"a\"b",	   "mixed 1 \"a\"",
		"mixed \"a\" 1 1", "none\nnothing",
	};
	char long_one[400];
	size_t size;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (make(wrong[i], &size))
			fail_msg("taken: %s", wrong[i]);
	memset(long_one, 'x', sizeof long_one);
	memcpy(long_one, "text \"", 6);
	memcpy(long_one + 6 + 256, "\"", 2);
	assert_null(make(long_one, &size));
	memcpy(long_one + 6 + 255, "\"", 2);
	free(make(long_one, &size));
	assert_int_equal(size, 2 + 255);
}

/* Descriptors */

static struct descriptors d;

static void lay_out(const char *text, int highest)
{
	size_t size;
	uint8_t *made = make(text, &size);

	assert_non_null(made);
	descriptors_decode(made, size, highest, &d);
	free(made);
}

static int close_all(void)
{
	return airlock__close_all_but(&d.calls, d.keep, d.nkeep, d.upto);
}

static const char *verdict_on(int answer)
{
	return descriptors_judge(&d, answer, d.kernel.fd, d.kernel.nfds);
}

static void tables_are_as_their_text_says(void **state)
{
	static const int keep[] = { 0, 5, 6, 9, 256, 2147483583 }, left[] = { 5, 6, 256 };

	(void)state;
	lay_out("open 1\nopen-range 3 4\nopen-high 0\nopen 1\nkeep 9\nkeep 6\nkeep-high 0\nkeep "
		"5\nkeep 9\n"
		"keep-far 2147483583\nkeep 0\nbeyond 7",
		DESCRIPTORS_HIGHEST);
	assert_int_equal(d.kernel.nfds, 6);
	assert_int_equal(d.nkeep, COUNT(keep));
	assert_memory_equal(d.keep, keep, sizeof keep);
	assert_int_equal(d.nleft, COUNT(left));
	assert_memory_equal(d.left, left, sizeof left);
	assert_int_equal(d.upto, 256 + 7 + 1);
	lay_out("keep-range 0 255\nopen 9\nlimit 3\nnames-a-read 2\nlie 1\nfail 1 0 4 0", 1000);
	assert_int_equal(d.nkeep, DESCRIPTORS_KEEP);
	assert_int_equal(d.kernel.limit, 3);
	assert_int_equal(d.kernel.names_a_read, 2);
	assert_int_equal(d.kernel.lies, FAKE_HIDES_ITSELF);
	/* EBADF of an open number that stays open: nobody could see that */
	assert_true(d.kernel.failures[0].done);
}

static void no_number_is_above_the_highest(void **state)
{
	(void)state;
	lay_out("open-far 4294967295\nopen-high 255\nopen-range 90 100\nkeep-far 101\nkeep-range "
		"99 9",
		100);
	assert_true(fake_kernel_bound(&d.kernel) <= 101);
	assert_int_equal(d.keep[d.nkeep - 1], 100);
	lay_out("open-far 4294967295", DESCRIPTORS_HIGHEST);
	assert_true(fake_kernel_bound(&d.kernel) <= (unsigned)DESCRIPTORS_HIGHEST + 1);
}

static void far_numbers_leave_a_way_that_ends(void **state)
{
	(void)state;
	lay_out("open-far 2000000000\nopen 3\nfail 0 0 1 0\nfail 1 0 1 0\nfail 2 0 1 0\nlie "
		"2\nlimit 1",
		DESCRIPTORS_HIGHEST);
	assert_int_equal(close_all(), 0);
	assert_null(verdict_on(0));
	assert_int_equal(d.kernel.nfds, 0);
}

static void the_judge_sees_what_is_wrong(void **state)
{
	static const int kept_alone[] = { 4 }, more_open[] = { 4, 5 }, twice[] = { 4, 4 };

	(void)state;
	lay_out("open-range 3 3\nkeep 4\nkeep 9", 1000);
	assert_null(descriptors_judge(&d, 0, kept_alone, 1));
	assert_non_null(descriptors_judge(&d, 0, more_open, 2));
	assert_non_null(descriptors_judge(&d, 0, twice, 2));
	assert_non_null(descriptors_judge(&d, 0, NULL, 0));
	assert_non_null(descriptors_judge(&d, 1, kept_alone, 1));
	assert_non_null(descriptors_judge(&d, -4096, kept_alone, 1));
	/* a failure must have a reason */
	assert_non_null(descriptors_judge(&d, -EPERM, more_open, 2));
	d.kernel.failed[FAKE_CLOSE_RANGE] = 1;
	assert_non_null(descriptors_judge(&d, -EPERM, more_open, 2));
	d.kernel.refused[FAKE_CLOSE] = 1;
	assert_null(descriptors_judge(&d, -EPERM, more_open, 2));
	assert_non_null(descriptors_judge(&d, -EPERM, more_open + 1, 1));
}

/* A lowered limit: no list can be had above it, as on Linux. */
static void the_fake_kernel_has_a_limit(void **state)
{
	(void)state;
	lay_out("open-range 0 3\nopen 100\nlimit 3\nfail 0 0 1 0", 1000);
	assert_int_equal(d.calls.open_list(&d.kernel), -EMFILE);
	assert_int_equal(d.calls.close(&d.kernel, 1), 0);
	assert_int_equal(d.calls.open_list(&d.kernel), 1);
	assert_int_equal(d.calls.close(&d.kernel, 1), 0);
	assert_int_equal(close_all(), 0);
	assert_null(verdict_on(0));
}

/* The simulated channel */

static struct fake_channel c;

static void write_text(unsigned from, const char *text)
{
	assert_true(fake_channel_write(&c, from, (const uint8_t *)text, strlen(text)));
}

/* Reads up to `size` and compares; NULL: EAGAIN. */
static void must_read(size_t size, const char *want)
{
	uint8_t buf[64];
	int n = fake_channel_read(&c, buf, size);

	if (!want) {
		assert_int_equal(n, -EAGAIN);
		return;
	}
	assert_int_equal(n, strlen(want));
	assert_memory_equal(buf, want, strlen(want));
}

static void a_stream_comes_in_parts(void **state)
{
	(void)state;
	fake_channel_start(&c, FAKE_BYTES);
	write_text(1, "hello");
	write_text(2, "");
	write_text(2, "world");
	must_read(8, NULL);
	fake_channel_arrive(&c, 2);
	must_read(8, "he");
	must_read(8, NULL);
	fake_channel_arrive(&c, 5);
	assert_int_equal(c.taken, 2);
	must_read(4, "llow");
	assert_int_equal(c.last.from, 2);
	must_read(8, "o");
	/* what is a stream's is not shuffled */
	assert_false(fake_channel_lose(&c, 0) || fake_channel_double(&c, 0) ||
		     fake_channel_swap(&c, 0));
	assert_false(fake_channel_insert(&c, 0, 3, NULL, 0));
	fake_channel_end(&c, 2);
	assert_false(fake_channel_write(&c, 1, NULL, 0));
	must_read(8, NULL);
	fake_channel_arrive(&c, SIZE_MAX);
	must_read(8, "rl");
	must_read(8, "");
	must_read(8, "");
}

static void messages_come_whole(void **state)
{
	(void)state;
	for (enum fake_kind kind = FAKE_DATAGRAMS; kind <= FAKE_PACKETS; kind++) {
		fake_channel_start(&c, kind);
		write_text(1, "one");
		write_text(1, "");
		write_text(1, "three");
		write_text(1, "four");
		fake_channel_arrive(&c, 3);
		must_read(2, "on");
		assert_int_equal(c.last.n, 3);
		must_read(8, "");
		must_read(8, "three");
		must_read(8, NULL);
		fake_channel_end(&c, 0);
		must_read(8, kind == FAKE_PACKETS ? "" : NULL);
	}
}

static void messages_have_accidents(void **state)
{
	(void)state;
	fake_channel_start(&c, FAKE_DATAGRAMS);
	write_text(1, "here");
	fake_channel_arrive(&c, 1);
	write_text(1, "one");
	write_text(1, "two");
	write_text(1, "three");
	assert_true(fake_channel_lose(&c, 1));
	assert_false(fake_channel_lose(&c, 2));
	assert_true(fake_channel_swap(&c, 0));
	assert_false(fake_channel_swap(&c, 1));
	assert_true(fake_channel_double(&c, 1));
	assert_true(fake_channel_insert(&c, 0, 7, (const uint8_t *)"x", 1));
	assert_true(fake_channel_insert(&c, 99, 7, (const uint8_t *)"y", 1));
	must_read(8, "here");
	fake_channel_arrive(&c, SIZE_MAX);
	must_read(8, "x");
	assert_int_equal(c.last.from, 7);
	must_read(8, "three");
	must_read(8, "one");
	must_read(8, "one");
	must_read(8, "y");
	must_read(8, NULL);
}

static void a_channel_is_full_at_last(void **state)
{
	(void)state;
	fake_channel_start(&c, FAKE_PACKETS);
	for (int i = 0; i < FAKE_MESSAGES; i++)
		write_text(1, "x");
	assert_false(fake_channel_write(&c, 1, NULL, 0));
	assert_false(fake_channel_double(&c, 0));
	assert_false(fake_channel_insert(&c, 0, 1, NULL, 0));
	fake_channel_end(&c, 3);
	fake_channel_arrive(&c, SIZE_MAX);
	for (int i = 0; i < 3; i++)
		must_read(8, "x");
	must_read(8, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_have_their_arguments),
		cmocka_unit_test(what_is_missing_is_0),
		cmocka_unit_test(every_input_has_a_text_that_makes_it),
		cmocka_unit_test(words_make_inputs),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(tables_are_as_their_text_says),
		cmocka_unit_test(no_number_is_above_the_highest),
		cmocka_unit_test(far_numbers_leave_a_way_that_ends),
		cmocka_unit_test(the_judge_sees_what_is_wrong),
		cmocka_unit_test(the_fake_kernel_has_a_limit),
		cmocka_unit_test(a_stream_comes_in_parts),
		cmocka_unit_test(messages_come_whole),
		cmocka_unit_test(messages_have_accidents),
		cmocka_unit_test(a_channel_is_full_at_last),
	};

	return cmocka_run_group_tests(tests, make_table, NULL);
}
