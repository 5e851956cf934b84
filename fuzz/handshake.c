/* SPDX-License-Identifier: ISC */
/*
 * handshake: one side's state machine, fed with what the other side, or a stranger, might send.
 *
 * Oracle: it accepts exactly when the one right record has come, in the framing of its channel; it
 * never asks for a byte past it, so that not one byte of the helper's is eaten (P5); its verdict is
 * final; it ends: on bytes after one record at most, on sockets without strangers after one
 * datagram.
 */
#include "ops.h"

#include <string.h>

#include "handshake.h"

FUZZ_UNTRACED_BEGIN

enum { START, FEED_RIGHT, FEED_RAW, FEED_WRONG, FEED_END };
/* clang-format off */
static const struct fuzz_op ops[] = {
	{ "start", "bbs" },		/* anew: kind, channel, token */
	{ "right", "b" },		/* so many of the right bytes that come next */
	{ "raw", "s" },			/* these bytes */
	{ "wrong", "bbb" },		/* so many of the right ones but one: which, changed how */
	{ "end", "" },			/* end of file, or an empty datagram */
	{ NULL, NULL },
};
/* clang-format on */
const struct fuzz_op *const fuzz_ops = ops;

/* What a reader who knows the design and not the code would say */
struct model {
	uint8_t record[AIRLOCK__RECORD_SIZE];
	enum airlock__framing framing;
	enum airlock__verdict verdict;
	size_t have;
};

static void model_start(struct model *m, uint8_t kind, uint8_t channel, const uint8_t *token)
{
	memcpy(m->record, "ALK1", 4);
	m->record[4] = 1;
	m->record[5] = kind;
	m->record[6] = channel;
	m->record[7] = 0;
	memcpy(m->record + 8, token, AIRLOCK__TOKEN_SIZE);
	/* 2: UDP, where strangers may send; 5 and 6: datagram and seqpacket sockets */
	m->framing = channel == 2		    ? AIRLOCK__OPEN_DATAGRAMS
		     : channel == 5 || channel == 6 ? AIRLOCK__DATAGRAMS
						    : AIRLOCK__BYTES;
	m->verdict = AIRLOCK__CHAT_MORE;
	m->have = 0;
}

static void model_feed(struct model *m, const uint8_t *bytes, size_t n)
{
	if (m->verdict != AIRLOCK__CHAT_MORE)
		return;
	if (m->framing == AIRLOCK__BYTES) {
		if (n == 0 || m->have + n > sizeof m->record ||
		    memcmp(m->record + m->have, bytes, n) != 0)
			m->verdict = AIRLOCK__CHAT_REFUSED;
		else if ((m->have += n) == sizeof m->record)
			m->verdict = AIRLOCK__CHAT_ACCEPTED;
		return;
	}
	if (n == sizeof m->record && memcmp(m->record, bytes, n) == 0)
		m->verdict = AIRLOCK__CHAT_ACCEPTED;
	else if (m->framing == AIRLOCK__DATAGRAMS)
		m->verdict = AIRLOCK__CHAT_REFUSED;
}

static size_t wanted(const struct model *m)
{
	if (m->verdict != AIRLOCK__CHAT_MORE)
		return 0;
	return m->framing == AIRLOCK__BYTES ? sizeof m->record - m->have : sizeof m->record + 1;
}

/* More than was asked for, too: no read gives that, but it must not be believed. */
static void feed(struct airlock__chat *chat, struct model *m, const uint8_t *bytes, size_t n)
{
	/* they end where this does, so that a sanitizer sees a look past them */
	static uint8_t room[UINT8_MAX];
	enum airlock__verdict was = (enum airlock__verdict)chat->verdict, is;

	memcpy(room + sizeof room - n, bytes, n);
	is = airlock__chat_feed(chat, room + sizeof room - n, n);
	model_feed(m, bytes, n);
	FUZZ_HOLDS(was == AIRLOCK__CHAT_MORE || is == was, "a verdict is final");
	FUZZ_HOLDS(is == m->verdict, "accepts the one right record, and nothing else");
	FUZZ_HOLDS(is == (enum airlock__verdict)chat->verdict, "says what it has");
	FUZZ_HOLDS(airlock__chat_want(chat) == wanted(m),
		   "asks for what is left of the record, or for a datagram that is one byte more");
}

/* The bytes that would come next, from `changed` one on another value */
static void feed_next(struct airlock__chat *chat, struct model *m, const struct fuzz_step *s)
{
	uint8_t bytes[2 * AIRLOCK__RECORD_SIZE];
	size_t from = m->framing == AIRLOCK__BYTES ? m->have : 0,
	       n = s->arg[0] % (sizeof bytes + 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = m->record[(from + i) % sizeof m->record];
	if (s->op == FEED_WRONG && n)
		bytes[s->arg[1] % n] ^= (uint8_t)s->arg[2];
	feed(chat, m, bytes, n);
}

static void start(struct airlock__chat *chat, struct model *m, const struct fuzz_step *s)
{
	uint8_t token[AIRLOCK__TOKEN_SIZE] = { 0 };

	if (s->arg[2])
		memcpy(token, s->bytes,
		       s->arg[2] < sizeof token ? (size_t)s->arg[2] : sizeof token);
	/* it must not lean on what was there before */
	memset(chat, 0xa5, sizeof *chat);
	model_start(m, (uint8_t)s->arg[0], (uint8_t)s->arg[1], token);
	airlock__chat_start(chat, (enum airlock__record_kind)s->arg[0], (unsigned)s->arg[1], token);
	FUZZ_HOLDS(airlock__chat_want(chat) == wanted(m), "asks for a record");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_step s = { .arg = { AIRLOCK__HELLO, 4 } };
	struct fuzz_reader r = { data, data + size };
	struct airlock__chat chat;
	struct model m;

	start(&chat, &m, &s);
	while (fuzz_next(&r, &s)) {
		if (s.op == START)
			start(&chat, &m, &s);
		else if (s.op == FEED_RAW)
			feed(&chat, &m, s.bytes, (size_t)s.arg[0]);
		else if (s.op == FEED_END)
			feed(&chat, &m, m.record, 0);
		else
			feed_next(&chat, &m, &s);
	}
	return 0;
}

FUZZ_UNTRACED_END
