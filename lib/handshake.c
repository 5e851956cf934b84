/* SPDX-License-Identifier: ISC */
/*
 * handshake.c: see handshake.h. Pure: compiled for the child too, so it calls nothing.
 */
#include "handshake.h"

#include "airlock/airlock.h"

enum { VERSION = 1 };

enum airlock__framing airlock__framing_of(unsigned channel)
{
	switch (channel) {
	case AIRLOCK_UDP:
		return AIRLOCK__OPEN_DATAGRAMS;
	case AIRLOCK_UNIX_DGRAM:
	case AIRLOCK_UNIX_SEQPACKET:
		return AIRLOCK__DATAGRAMS;
	default:
		return AIRLOCK__BYTES;
	}
}

void airlock__record_make(uint8_t ret_record[AIRLOCK__RECORD_SIZE], enum airlock__record_kind kind,
			  unsigned channel, const uint8_t token[AIRLOCK__TOKEN_SIZE])
{
	ret_record[0] = 'A';
	ret_record[1] = 'L';
	ret_record[2] = 'K';
	ret_record[3] = '1';
	ret_record[4] = VERSION;
	ret_record[5] = (uint8_t)kind;
	ret_record[6] = (uint8_t)channel;
	ret_record[7] = 0;
	for (unsigned i = 0; i < AIRLOCK__TOKEN_SIZE; i++)
		ret_record[8 + i] = token[i];
}

void airlock__chat_start(struct airlock__chat *chat, enum airlock__record_kind kind,
			 unsigned channel, const uint8_t token[AIRLOCK__TOKEN_SIZE])
{
	airlock__record_make(chat->expected, kind, channel, token);
	chat->have = 0;
	chat->framing = (uint8_t)airlock__framing_of(channel);
	chat->verdict = AIRLOCK__CHAT_MORE;
}

size_t airlock__chat_want(const struct airlock__chat *chat)
{
	if (chat->verdict != AIRLOCK__CHAT_MORE)
		return 0;
	if (chat->framing != AIRLOCK__BYTES)
		return AIRLOCK__RECORD_SIZE + 1;
	return (size_t)AIRLOCK__RECORD_SIZE - chat->have;
}

static int differs(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t d = 0;

	/* no early end: how far a guess was right is nobody's business */
	for (size_t i = 0; i < n; i++)
		d |= (uint8_t)(a[i] ^ b[i]);
	return d != 0;
}

static enum airlock__verdict judge(struct airlock__chat *chat, const uint8_t *bytes, size_t n)
{
	if (chat->framing == AIRLOCK__BYTES) {
		if (n == 0 || n > (size_t)AIRLOCK__RECORD_SIZE - chat->have)
			return AIRLOCK__CHAT_REFUSED;
		if (differs(chat->expected + chat->have, bytes, n))
			return AIRLOCK__CHAT_REFUSED;
		chat->have = (uint8_t)(chat->have + n);
		return chat->have == AIRLOCK__RECORD_SIZE ? AIRLOCK__CHAT_ACCEPTED
							  : AIRLOCK__CHAT_MORE;
	}
	if (n == AIRLOCK__RECORD_SIZE && !differs(chat->expected, bytes, n)) {
		chat->have = AIRLOCK__RECORD_SIZE;
		return AIRLOCK__CHAT_ACCEPTED;
	}
	/* a stranger's datagram is dropped; between the two ends of a socketpair there are none */
	return chat->framing == AIRLOCK__OPEN_DATAGRAMS ? AIRLOCK__CHAT_MORE
							: AIRLOCK__CHAT_REFUSED;
}

enum airlock__verdict airlock__chat_feed(struct airlock__chat *chat, const uint8_t *bytes, size_t n)
{
	if (chat->verdict == AIRLOCK__CHAT_MORE)
		chat->verdict = (uint8_t)judge(chat, bytes, n);
	return (enum airlock__verdict)chat->verdict;
}
