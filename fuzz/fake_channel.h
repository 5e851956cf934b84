/* SPDX-License-Identifier: ISC */
/*
 * fake_channel.h: one direction of a channel that does what networks do: it delays, splits, loses,
 * doubles, swaps, and ends at any byte.
 *
 * A plain struct: no allocation, no globals, no descriptor. What is written is not copied: it must
 * stay where it is.
 */
#ifndef AIRLOCK_FUZZ_FAKE_CHANNEL_H
#define AIRLOCK_FUZZ_FAKE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_MESSAGES = 32 };

/* Bytes in one stream; messages, each read at once, cut if need be; those with an end of file. */
enum fake_kind { FAKE_BYTES, FAKE_DATAGRAMS, FAKE_PACKETS };

struct fake_message {
	const uint8_t *bytes;
	size_t n;
	unsigned from;			/* who wrote it: the user's own word */
};

struct fake_channel {
	enum fake_kind kind;
	struct fake_message message[FAKE_MESSAGES];
	size_t first, past;		/* of those that are there: not yet read */
	size_t arrived;			/* bytes, or messages, that a read can see */
	bool ended;
	struct fake_message last;	/* what the last read took from */
	size_t taken;			/* bytes, or messages, that were read */
};

void fake_channel_start(struct fake_channel *c, enum fake_kind kind);

/* False: there is no room, or the channel has ended. Writing nothing to a stream does nothing. */
bool fake_channel_write(struct fake_channel *c, unsigned from, const uint8_t *bytes, size_t n);

/* The same, before the `at`-th message that is on its way, if there are so many. Messages only. */
bool fake_channel_insert(struct fake_channel *c, size_t at, unsigned from, const uint8_t *bytes, size_t n);

/* So many bytes, or messages, more can be read. What is written later is on its way at first. */
void fake_channel_arrive(struct fake_channel *c, size_t n);

/* To the `at`-th message that is on its way, from 0; swap: and the next. False: there is none. */
bool fake_channel_lose(struct fake_channel *c, size_t at);
bool fake_channel_double(struct fake_channel *c, size_t at);
bool fake_channel_swap(struct fake_channel *c, size_t at);

/* After so many bytes, or messages, of those that are on their way it ends; the rest is lost. */
void fake_channel_end(struct fake_channel *c, size_t after);

/* As read(2) on a nonblocking descriptor: bytes, 0 at the end of file, -EAGAIN. */
int fake_channel_read(struct fake_channel *c, uint8_t *buf, size_t size);

#endif
