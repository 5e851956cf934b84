/* SPDX-License-Identifier: ISC */
/*
 * handshake.h: the chat, as a state machine. Bytes in, verdict out.
 *
 * Two records of 24 bytes. HELLO goes to the child and carries token A, REPLY comes back and
 * carries token B; both sides know both tokens from memory. It knows no descriptor: the owner
 * reads as many bytes as `want` says, no more, and feeds what came.
 */
#ifndef AIRLOCK_HANDSHAKE_H
#define AIRLOCK_HANDSHAKE_H

#include <stddef.h>
#include <stdint.h>

enum { AIRLOCK__RECORD_SIZE = 24, AIRLOCK__TOKEN_SIZE = 16 };

enum airlock__record_kind { AIRLOCK__HELLO = 1, AIRLOCK__REPLY = 2 };

/* How the channel keeps records: bytes, one datagram a record, or that with strangers about. */
enum airlock__framing { AIRLOCK__BYTES, AIRLOCK__DATAGRAMS, AIRLOCK__OPEN_DATAGRAMS };

enum airlock__verdict { AIRLOCK__CHAT_MORE, AIRLOCK__CHAT_ACCEPTED, AIRLOCK__CHAT_REFUSED };

struct airlock__chat {
	uint8_t expected[AIRLOCK__RECORD_SIZE];
	uint8_t have;			/* bytes of it that came, and were right */
	uint8_t framing, verdict;
};

enum airlock__framing airlock__framing_of(unsigned channel);

void airlock__record_make(uint8_t ret_record[AIRLOCK__RECORD_SIZE], enum airlock__record_kind kind,
			  unsigned channel, const uint8_t token[AIRLOCK__TOKEN_SIZE]);

/* Begin to wait for one record. */
void airlock__chat_start(struct airlock__chat *chat, enum airlock__record_kind kind, unsigned channel,
			 const uint8_t token[AIRLOCK__TOKEN_SIZE]);

/*
 * How many bytes the next read may ask for; 0: the verdict is final. On datagram channels it is
 * one more than a record, so that a longer datagram shows.
 */
size_t airlock__chat_want(const struct airlock__chat *chat);

/* What one read gave: n bytes, 0 at end of file (or an empty datagram). At most `want`. */
enum airlock__verdict airlock__chat_feed(struct airlock__chat *chat, const uint8_t *bytes, size_t n);

#endif
