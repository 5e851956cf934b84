/* SPDX-License-Identifier: ISC */
/*
 * fake_channel.c: see fake_channel.h.
 */
#include "fake_channel.h"

#include <errno.h>
#include <string.h>

#include "ops.h"

FUZZ_UNTRACED_BEGIN

void fake_channel_start(struct fake_channel *c, enum fake_kind kind)
{
	c->kind = kind;
	c->first = c->past = c->arrived = c->taken = 0;
	c->ended = false;
	c->last = (struct fake_message){ NULL, 0, 0 };
}

static bool put(struct fake_channel *c, size_t i, struct fake_message m)
{
	if (c->past == FAKE_MESSAGES)
		return false;
	memmove(&c->message[i + 1], &c->message[i], (c->past - i) * sizeof m);
	c->message[i] = m;
	c->past++;
	return true;
}

bool fake_channel_write(struct fake_channel *c, unsigned from, const uint8_t *bytes, size_t n)
{
	if (c->ended)
		return false;
	if (c->kind == FAKE_BYTES && n == 0)
		return true;
	return put(c, c->past, (struct fake_message){ bytes, n, from });
}

/* Where the `at`-th message on its way stands; false: there is none. */
static bool find(const struct fake_channel *c, size_t at, size_t *ret)
{
	if (c->kind == FAKE_BYTES || at >= c->past - c->first - c->arrived)
		return false;
	*ret = c->first + c->arrived + at;
	return true;
}

bool fake_channel_insert(struct fake_channel *c, size_t at, unsigned from, const uint8_t *bytes,
			 size_t n)
{
	size_t i = c->past;

	if (c->ended || c->kind == FAKE_BYTES)
		return false;
	(void)find(c, at, &i); /* else at the end */
	return put(c, i, (struct fake_message){ bytes, n, from });
}

static size_t unread(const struct fake_channel *c)
{
	size_t n = 0;

	if (c->kind != FAKE_BYTES)
		return c->past - c->first;
	for (size_t i = c->first; i < c->past; i++)
		n += c->message[i].n;
	return n;
}

void fake_channel_arrive(struct fake_channel *c, size_t n)
{
	size_t all = unread(c);

	c->arrived = n < all - c->arrived ? c->arrived + n : all;
}

bool fake_channel_lose(struct fake_channel *c, size_t at)
{
	size_t i;

	if (!find(c, at, &i))
		return false;
	c->past--;
	memmove(&c->message[i], &c->message[i + 1], (c->past - i) * sizeof *c->message);
	return true;
}

bool fake_channel_double(struct fake_channel *c, size_t at)
{
	size_t i;

	return find(c, at, &i) && put(c, i, c->message[i]);
}

bool fake_channel_swap(struct fake_channel *c, size_t at)
{
	struct fake_message m;
	size_t i, next;

	if (!find(c, at, &i) || !find(c, at + 1, &next))
		return false;
	m = c->message[i];
	c->message[i] = c->message[next];
	c->message[next] = m;
	return true;
}

void fake_channel_end(struct fake_channel *c, size_t after)
{
	size_t left = after < unread(c) - c->arrived ? c->arrived + after : unread(c);

	c->ended = true;
	if (c->kind != FAKE_BYTES) {
		c->past = c->first + left;
		return;
	}
	for (size_t i = c->first; i < c->past; i++) {
		if (c->message[i].n > left)
			c->message[i].n = left;
		left -= c->message[i].n;
	}
}

static int read_bytes(struct fake_channel *c, uint8_t *buf, size_t size)
{
	size_t n = 0;

	if (size > c->arrived)
		size = c->arrived;
	while (n < size) {
		struct fake_message *m = &c->message[c->first];
		size_t part = m->n < size - n ? m->n : size - n;

		memcpy(buf + n, m->bytes, part);
		n += part;
		c->last = *m;
		m->bytes += part;
		m->n -= part;
		c->first += m->n == 0;
	}
	c->arrived -= n;
	c->taken += n;
	return (int)n;
}

int fake_channel_read(struct fake_channel *c, uint8_t *buf, size_t size)
{
	size_t n;

	if (c->arrived == 0)
		return c->ended && c->kind != FAKE_DATAGRAMS && unread(c) == 0 ? 0 : -EAGAIN;
	if (c->kind == FAKE_BYTES)
		return read_bytes(c, buf, size);
	c->last = c->message[c->first++];
	c->arrived--;
	c->taken++;
	n = c->last.n < size ? c->last.n : size;
	if (n)
		memcpy(buf, c->last.bytes, n);
	return (int)n;
}

FUZZ_UNTRACED_END
