/* SPDX-License-Identifier: ISC */
/*
 * test_handshake.c: the chat's state machine, without any channel. What is fed stands right before
 * a page that cannot be read, so that a look past the end is a crash in every build.
 */
#define _GNU_SOURCE
#include "common.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "handshake.h"

enum { SIZE = AIRLOCK__RECORD_SIZE };

#define MORE AIRLOCK__CHAT_MORE
#define ACCEPTED AIRLOCK__CHAT_ACCEPTED
#define REFUSED AIRLOCK__CHAT_REFUSED

static const uint8_t token[AIRLOCK__TOKEN_SIZE] = {
	0x00, 0xff, 0x41, 0x4c, 0x4b, 0x31, 0x0a, 0x0d,
	0x7f, 0x80, 0x01, 0xfe, 0x55, 0xaa, 0x20, 0x99,
};
static const uint8_t other_token[AIRLOCK__TOKEN_SIZE] = {
	0x00, 0xff, 0x41, 0x4c, 0x4b, 0x31, 0x0a, 0x0d,
	0x7f, 0x80, 0x01, 0xfe, 0x55, 0xaa, 0x20, 0x98,
};
static const enum airlock__record_kind kinds[] = { AIRLOCK__HELLO, AIRLOCK__REPLY };

static uint8_t *fence; /* the first byte that cannot be read */

static int make_fence(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	if (p == MAP_FAILED || mprotect(p + page, page, PROT_NONE) < 0)
		return -1;
	fence = p + page;
	return 0;
}

static enum airlock__verdict feed(struct airlock__chat *c, const uint8_t *bytes, size_t n)
{
	memcpy(fence - n, bytes, n);
	return airlock__chat_feed(c, fence - n, n);
}

static struct airlock__chat fresh(enum airlock__record_kind kind, unsigned channel)
{
	struct airlock__chat c;

	/* it must not lean on what was there before */
	memset(&c, 0xa5, sizeof c);
	airlock__chat_start(&c, kind, channel, token);
	return c;
}

static bool by_bytes(unsigned channel)
{
	return airlock__framing_of(channel) == AIRLOCK__BYTES;
}

/* Whatever comes now, it stays as it is and asks for nothing. */
static void assert_final(struct airlock__chat *c, enum airlock__verdict verdict)
{
	static const size_t sizes[] = { 0, 1, 23, SIZE, SIZE + 1, 1000 };
	uint8_t right[SIZE], noise[1000];

	memset(noise, 0x41, sizeof noise);
	memcpy(right, c->expected, SIZE);
	assert_int_equal(airlock__chat_want(c), 0);
	assert_int_equal(feed(c, right, SIZE), verdict);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(feed(c, noise, sizes[i]), verdict);
		assert_int_equal(airlock__chat_want(c), 0);
	}
	assert_int_equal(feed(c, right, SIZE), verdict);
}

static void the_record_stands_byte_for_byte(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < 256; channel++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			uint8_t record[SIZE + 1];
			const uint8_t head[8] = {
				'A', 'L', 'K', '1', 1, (uint8_t)(k + 1), (uint8_t)channel, 0
			};

			memset(record, 0xee, sizeof record);
			airlock__record_make(record, kinds[k], channel, token);
			assert_memory_equal(record, head, 8);
			assert_memory_equal(record + 8, token, 16);
			assert_int_equal(record[SIZE], 0xee);
		}
}

static void framing_is_that_of_the_channel(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < 1000; channel++) {
		int want = channel == AIRLOCK_UDP ? AIRLOCK__OPEN_DATAGRAMS
			   : channel == AIRLOCK_UNIX_DGRAM || channel == AIRLOCK_UNIX_SEQPACKET
				   ? AIRLOCK__DATAGRAMS
				   : AIRLOCK__BYTES;

		assert_int_equal(airlock__framing_of(channel), want);
	}
}

static void p5_the_right_record_is_accepted_on_every_channel(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < NCHANNELS; channel++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			struct airlock__chat c = fresh(kinds[k], channel);
			uint8_t record[SIZE];

			airlock__record_make(record, kinds[k], channel, token);
			assert_int_equal(airlock__chat_want(&c),
					 by_bytes(channel) ? SIZE : SIZE + 1);
			assert_int_equal(feed(&c, record, SIZE), ACCEPTED);
			assert_final(&c, ACCEPTED);
		}
}

/* Feed the record cut after each byte i with bit i of `cuts` set; ask before each what is wanted. */
static void feed_cut(const uint8_t *record, unsigned channel, uint32_t cuts)
{
	struct airlock__chat c = fresh(AIRLOCK__HELLO, channel);

	for (size_t from = 0, to; from < SIZE; from = to) {
		int verdict;

		for (to = from + 1; to < SIZE && !(cuts >> (to - 1) & 1);)
			to++;
		if (airlock__chat_want(&c) != SIZE - from)
			fail_msg("P5: at byte %zu it wants %zu", from, airlock__chat_want(&c));
		verdict = airlock__chat_feed(&c, record + from, to - from);
		if (verdict != (to == SIZE ? ACCEPTED : MORE))
			fail_msg("cuts %#x: after byte %zu the verdict is %d", (unsigned)cuts, to,
				 verdict);
	}
	if (airlock__chat_want(&c) != 0)
		fail_msg("P5: it wants more than the record");
}

/* there are 2^23 ways to cut 24 bytes, and all of them are tried (one in 61 where that is slow) */
static void p5_bytes_are_accepted_in_every_split(void **state)
{
	uint32_t step = UNDER_SANITIZER || scaled(100) < 100 ? 61 : 1;
	uint8_t record[SIZE];

	(void)state;
	airlock__record_make(record, AIRLOCK__HELLO, AIRLOCK_UNIX_STREAM, token);
	for (uint32_t cuts = 0; cuts < 1u << (SIZE - 1); cuts += step)
		feed_cut(record, AIRLOCK_UNIX_STREAM, cuts);
}

static void p5_bytes_are_accepted_in_every_pair_of_cuts_and_one_by_one(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < NCHANNELS; channel++) {
		uint8_t record[SIZE];

		if (!by_bytes(channel))
			continue;
		airlock__record_make(record, AIRLOCK__HELLO, channel, token);
		for (int i = 0; i < SIZE - 1; i++)
			for (int j = i; j < SIZE - 1; j++)
				feed_cut(record, channel, 1u << i | 1u << j);
		feed_cut(record, channel, ~0u);
	}
}

/* on datagram channels half a record is no record */
static void p5_a_datagram_of_another_length_is_no_record(void **state)
{
	static const unsigned channels[] = { AIRLOCK_UDP, AIRLOCK_UNIX_DGRAM,
					     AIRLOCK_UNIX_SEQPACKET };

	(void)state;
	for (size_t i = 0; i < COUNT(channels); i++)
		for (size_t n = 0; n <= SIZE + 1; n++) {
			struct airlock__chat c = fresh(AIRLOCK__REPLY, channels[i]);
			uint8_t record[SIZE + 1] = { 0 };
			bool open = channels[i] == AIRLOCK_UDP;

			if (n == SIZE)
				continue;
			airlock__record_make(record, AIRLOCK__REPLY, channels[i], token);
			assert_int_equal(airlock__chat_want(&c), SIZE + 1);
			assert_int_equal(feed(&c, record, n), open ? MORE : REFUSED);
			if (open) {
				/* the rest of it does not make it whole */
				assert_int_equal(feed(&c, record + n, n < SIZE ? SIZE - n : 0),
						 n ? MORE : ACCEPTED);
				if (n)
					assert_int_equal(feed(&c, record, SIZE), ACCEPTED);
				assert_final(&c, ACCEPTED);
			} else {
				assert_final(&c, REFUSED);
			}
		}
}

/* `wrong` differs from the right record in the byte `at` and maybe in later ones */
static void assert_refused(const uint8_t *wrong, enum airlock__record_kind kind, unsigned channel,
			   size_t at)
{
	struct airlock__chat c = fresh(kind, channel);
	uint8_t right[SIZE];

	airlock__record_make(right, kind, channel, token);
	if (airlock__framing_of(channel) == AIRLOCK__OPEN_DATAGRAMS) {
		for (int i = 0; i < 3; i++) {
			assert_int_equal(feed(&c, wrong, SIZE), MORE);
			assert_int_equal(airlock__chat_want(&c), SIZE + 1);
		}
		assert_int_equal(feed(&c, right, SIZE), ACCEPTED);
		assert_final(&c, ACCEPTED);
		return;
	}
	assert_int_equal(feed(&c, wrong, SIZE), REFUSED);
	assert_final(&c, REFUSED);
	if (!by_bytes(channel))
		return;
	c = fresh(kind, channel);
	for (size_t i = 0; i < at; i++)
		assert_int_equal(feed(&c, wrong + i, 1), MORE);
	assert_int_equal(feed(&c, wrong + at, 1), REFUSED);
	assert_final(&c, REFUSED);
	/* nor do right bytes before it, in one piece with it, make up for it */
	c = fresh(kind, channel);
	assert_int_equal(feed(&c, wrong, at + 1), REFUSED);
	assert_final(&c, REFUSED);
}

static void p6_every_flipped_bit_is_refused_at_once(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < NCHANNELS; channel++)
		for (size_t k = 0; k < COUNT(kinds); k++)
			for (size_t bit = 0; bit < 8 * SIZE; bit++) {
				uint8_t wrong[SIZE];

				airlock__record_make(wrong, kinds[k], channel, token);
				wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
				assert_refused(wrong, kinds[k], channel, bit / 8);
			}
}

/* differences that a sum or an xor over the record would not see */
static void p6_two_flipped_bits_do_not_cancel_out(void **state)
{
	uint8_t right[SIZE];

	(void)state;
	airlock__record_make(right, AIRLOCK__HELLO, AIRLOCK_TCP, token);
	for (size_t a = 0; a < 8 * SIZE; a++)
		for (size_t b = a + 1; b < 8 * SIZE; b++) {
			struct airlock__chat c = fresh(AIRLOCK__HELLO, AIRLOCK_TCP);
			uint8_t wrong[SIZE];

			memcpy(wrong, right, SIZE);
			wrong[a / 8] ^= (uint8_t)(1 << a % 8);
			wrong[b / 8] ^= (uint8_t)(1 << b % 8);
			if (airlock__chat_feed(&c, wrong, SIZE) != AIRLOCK__CHAT_REFUSED)
				fail_msg("bits %zu and %zu flipped are taken", a, b);
		}
}

static size_t first_difference(const uint8_t *a, const uint8_t *b)
{
	size_t i = 0;

	while (a[i] == b[i])
		i++;
	return i;
}

static void p6_records_of_others_are_refused(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < NCHANNELS; channel++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			uint8_t right[SIZE], wrong[SIZE];

			airlock__record_make(right, kinds[k], channel, token);
			/* HELLO sent back is no REPLY, nor the other way round */
			airlock__record_make(wrong, kinds[!k], channel, token);
			assert_refused(wrong, kinds[k], channel, first_difference(right, wrong));
			/* the token of another spawn */
			airlock__record_make(wrong, kinds[k], channel, other_token);
			assert_refused(wrong, kinds[k], channel, first_difference(right, wrong));
			for (unsigned other = 0; other < 256; other++) {
				if (other == channel)
					continue;
				airlock__record_make(wrong, kinds[k], other, token);
				assert_refused(wrong, kinds[k], channel, 6);
			}
		}
}

static void p1_end_of_file_at_each_byte_is_refused(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < NCHANNELS; channel++)
		for (size_t n = 0; n < SIZE; n++) {
			struct airlock__chat c = fresh(AIRLOCK__HELLO, channel);
			uint8_t record[SIZE];

			if (!by_bytes(channel) && n > 0)
				continue;
			airlock__record_make(record, AIRLOCK__HELLO, channel, token);
			if (n)
				assert_int_equal(feed(&c, record, n), MORE);
			if (channel == AIRLOCK_UDP) {
				/* an empty datagram, from anybody */
				assert_int_equal(airlock__chat_feed(&c, NULL, 0), MORE);
				assert_int_equal(feed(&c, record, SIZE), ACCEPTED);
				continue;
			}
			assert_int_equal(airlock__chat_feed(&c, NULL, 0), REFUSED);
			assert_final(&c, REFUSED);
		}
}

/* The owner breaks the rule: it must not be followed past the record, and never be taken. */
static void more_than_was_wanted_is_refused(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < NCHANNELS; channel++)
		for (size_t have = 0; have < SIZE; have++)
			for (size_t over = 1; over <= 64; over++) {
				struct airlock__chat c = fresh(AIRLOCK__HELLO, channel);
				uint8_t stream[2 * SIZE + 64] = { 0 };

				if (!by_bytes(channel) && have > 0)
					continue;
				airlock__record_make(stream, AIRLOCK__HELLO, channel, token);
				airlock__record_make(stream + SIZE, AIRLOCK__HELLO, channel, token);
				if (have)
					assert_int_equal(feed(&c, stream, have), MORE);
				assert_int_equal(feed(&c, stream + have,
						      airlock__chat_want(&c) + over),
						 channel == AIRLOCK_UDP ? MORE : REFUSED);
				if (channel != AIRLOCK_UDP)
					assert_final(&c, REFUSED);
			}
}

static void p6_noise_is_never_accepted(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < scaled(200000); round++) {
		unsigned channel = (unsigned)round % NCHANNELS;
		struct airlock__chat c = fresh(AIRLOCK__HELLO, channel);
		uint8_t noise[SIZE + 1];
		size_t want;

		for (int reads = 0; reads < 30 && (want = airlock__chat_want(&c)) > 0; reads++) {
			size_t n = (size_t)rand_r(&seed) % (want + 1);

			/* the right magic now and then, so that it gets past the first byte */
			memcpy(noise, c.expected, SIZE);
			noise[SIZE] = 0;
			for (size_t i = round % 2 ? 0 : 8; i < sizeof noise; i++)
				noise[i] = (uint8_t)rand_r(&seed);
			if (airlock__chat_feed(&c, noise, n) == AIRLOCK__CHAT_ACCEPTED)
				fail_msg("noise is taken on %s",
					 channel_name((enum airlock_channel)channel));
		}
	}
}

/* A plain value: a copy in mid-chat goes its own way. */
static void p5_a_chat_has_no_state_but_its_own(void **state)
{
	uint8_t record[SIZE];

	(void)state;
	airlock__record_make(record, AIRLOCK__HELLO, AIRLOCK_TCP, token);
	for (size_t n = 1; n < SIZE; n++) {
		struct airlock__chat a = fresh(AIRLOCK__HELLO, AIRLOCK_TCP), b, other;

		assert_int_equal(feed(&a, record, n), MORE);
		b = a;
		other = fresh(AIRLOCK__HELLO, AIRLOCK_TCP);
		assert_int_equal(feed(&b, (const uint8_t *)"\x5b\x5b", 1), REFUSED);
		assert_int_equal(airlock__chat_want(&other), SIZE);
		assert_int_equal(airlock__chat_want(&a), SIZE - n);
		assert_int_equal(feed(&a, record + n, SIZE - n), ACCEPTED);
		assert_final(&b, REFUSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_record_stands_byte_for_byte),
		cmocka_unit_test(framing_is_that_of_the_channel),
		cmocka_unit_test(p5_the_right_record_is_accepted_on_every_channel),
		cmocka_unit_test(p5_bytes_are_accepted_in_every_split),
		cmocka_unit_test(p5_bytes_are_accepted_in_every_pair_of_cuts_and_one_by_one),
		cmocka_unit_test(p5_a_datagram_of_another_length_is_no_record),
		cmocka_unit_test(p6_every_flipped_bit_is_refused_at_once),
		cmocka_unit_test(p6_two_flipped_bits_do_not_cancel_out),
		cmocka_unit_test(p6_records_of_others_are_refused),
		cmocka_unit_test(p1_end_of_file_at_each_byte_is_refused),
		cmocka_unit_test(more_than_was_wanted_is_refused),
		cmocka_unit_test(p6_noise_is_never_accepted),
		cmocka_unit_test(p5_a_chat_has_no_state_but_its_own),
	};

	return cmocka_run_group_tests(tests, make_fence, NULL);
}
