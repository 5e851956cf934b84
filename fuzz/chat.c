/* SPDX-License-Identifier: ISC */
/*
 * chat: both sides of the handshake, each reading as its owner does, over a channel that delays,
 * splits, loses, doubles, swaps and ends; with strangers about, with the caller's first bytes right
 * behind HELLO and the helper's right behind REPLY.
 *
 * Oracle: a side accepts when it reads the one record that the other wrote for it, and at nothing
 * else: no stranger, who does not know the tokens, ever wins. If the parent accepts, so did the
 * child. On a channel that does no harm both do, whatever strangers send on UDP. No more is read
 * than needs to be; and what is left when a side has accepted is what the caller, or the helper,
 * has sent: all of it, whole, in order (P5).
 */
#include "ops.h"

#include <errno.h>
#include <string.h>

#include "airlock/airlock.h"
#include "fake_channel.h"
#include "handshake.h"

FUZZ_UNTRACED_BEGIN

enum { CHANNEL, RUN, ARRIVE, CALLER, HELPER, LOSE, DOUBLE, SWAP, STRANGER, FORGE, END };
/* clang-format off */
static const struct fuzz_op ops[] = {
	{ "channel", "bh" },		/* must be first: type, what the tokens are made of */
	{ "run", "bb" },		/* 0: the child, 1: the parent; so many reads at most */
	{ "arrive", "bb" },		/* 0: down, to the child, 1: up; so many bytes or messages */
	{ "caller", "s" },		/* the caller sends this behind HELLO */
	{ "helper", "s" },		/* the helper will send this behind REPLY, or does */
	{ "lose", "bb" },		/* which way, which of those on their way */
	{ "double", "bb" },
	{ "swap", "bb" },		/* that and the next */
	{ "stranger", "bbs" },		/* which way, before which, what; in a stream: instead of all */
	{ "forge", "bbbb" },		/* the same: nearly the right record. Which byte, changed how */
	{ "end", "bb" },		/* which way, after so many */
	{ NULL, NULL },
};
/* clang-format on */
const struct fuzz_op *const fuzz_ops = ops;

enum { DOWN, UP, WAYS };
enum { RECORD, OTHER, FOREIGN }; /* who wrote it: the two sides; caller and helper; strangers */
enum { SAID = 8, FORGED = 16, MOST = AIRLOCK__RECORD_SIZE + 1, STEPS = 64 };
enum child { WAITS, REPLIED, DIED };

/* One way, and the side that listens at its end. */
struct way {
	struct fake_channel channel;
	struct airlock__chat chat;
	uint8_t record[AIRLOCK__RECORD_SIZE], made[AIRLOCK__RECORD_SIZE];
	unsigned reads;
	bool foreign;			/* a stream that another got hold of */
	bool harmed;			/* the script did what this channel would never do */
	struct fake_message said[SAID]; /* by the caller, or by the helper */
	size_t nsaid, length, sent;	/* of the helper's none is sent before REPLY */
};

struct spawn {
	unsigned type;
	enum child child;
	struct way way[WAYS];
	uint8_t forged[FORGED][MOST];
	size_t nforged;
};

static bool accepted(const struct way *w)
{
	return w->chat.verdict == AIRLOCK__CHAT_ACCEPTED;
}

static enum fake_kind kind_of(unsigned type)
{
	switch (type) {
	case AIRLOCK_UDP:
	case AIRLOCK_UNIX_DGRAM:
		return FAKE_DATAGRAMS;
	case AIRLOCK_UNIX_SEQPACKET:
		return FAKE_PACKETS;
	default:
		return FAKE_BYTES;
	}
}

/* As the design has it. The two tokens differ, whatever `seed` is; no text stands in them. */
static void make_record(uint8_t *ret, unsigned way, unsigned type, uint64_t seed)
{
	const uint8_t start[] = { 'A', 'L', 'K', '1', 1, way == DOWN ? 1 : 2, (uint8_t)type, 0 };

	memcpy(ret, start, sizeof start);
	for (size_t i = sizeof start; i < AIRLOCK__RECORD_SIZE; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		ret[i] = (uint8_t)(0x80 | seed >> 57);
	}
	ret[sizeof start] = (uint8_t)(0x80 | (ret[sizeof start] & 0x7e) | way);
}

static void start_way(struct spawn *s, unsigned way, uint64_t seed)
{
	struct way *w = &s->way[way];

	fake_channel_start(&w->channel, kind_of(s->type));
	make_record(w->record, way, s->type, seed);
	airlock__chat_start(&w->chat, way == DOWN ? AIRLOCK__HELLO : AIRLOCK__REPLY, s->type,
			    w->record + 8);
	w->reads = 0;
	w->foreign = w->harmed = false;
	w->nsaid = w->length = w->sent = 0;
}

/* HELLO or REPLY, as the side that writes it makes it */
static void write_record(struct way *w, unsigned type, enum airlock__record_kind kind)
{
	airlock__record_make(w->made, kind, type, w->record + 8);
	FUZZ_HOLDS(memcmp(w->made, w->record, sizeof w->record) == 0,
		   "a record is what the design says");
	if (!w->foreign && !fake_channel_write(&w->channel, RECORD, w->made, sizeof w->made))
		w->harmed = true;
}

static void start(struct spawn *s, unsigned type, uint64_t seed)
{
	s->type = type;
	s->child = WAITS;
	s->nforged = 0;
	start_way(s, DOWN, 2 * seed);
	start_way(s, UP, 2 * seed + 1);
	write_record(&s->way[DOWN], type, AIRLOCK__HELLO);
}

static void send_said(struct way *w)
{
	for (; w->sent < w->nsaid; w->sent++) {
		const struct fake_message *m = &w->said[w->sent];

		if (!w->foreign && !fake_channel_write(&w->channel, OTHER, m->bytes, m->n))
			w->harmed = true;
	}
}

static void say(struct way *w, const uint8_t *bytes, size_t n)
{
	/* who sends a record of ours on purpose can only fool itself */
	if (w->nsaid == SAID ||
	    (n >= sizeof w->record && memcmp(bytes, w->record, sizeof w->record) == 0))
		return;
	w->said[w->nsaid++] = (struct fake_message){ bytes, n, OTHER };
	w->length += n;
}

FUZZ_UNTRACED_END

/* What the read gave is judged by where it came from. */
static void judge(const struct way *w, unsigned type, int n, enum airlock__verdict is)
{
	const struct fake_channel *c = &w->channel;
	bool whole = c->last.from == RECORD && n > 0;

	if (c->kind == FAKE_BYTES && whole && c->taken < sizeof w->record) {
		FUZZ_HOLDS(is == AIRLOCK__CHAT_MORE, "a record that comes in parts is waited for");
	} else if (whole) {
		FUZZ_HOLDS(is == AIRLOCK__CHAT_ACCEPTED, "the right record is accepted");
		FUZZ_HOLDS(c->kind != FAKE_BYTES || c->taken == sizeof w->record,
			   "not one byte more is read");
	} else if (type == AIRLOCK_UDP) {
		FUZZ_HOLDS(is == AIRLOCK__CHAT_MORE, "what strangers send is dropped");
	} else {
		FUZZ_HOLDS(is != AIRLOCK__CHAT_ACCEPTED, "nothing else wins");
		FUZZ_HOLDS(c->kind == FAKE_BYTES || is == AIRLOCK__CHAT_REFUSED,
			   "nothing else is waited past");
		FUZZ_HOLDS(n > 0 || is == AIRLOCK__CHAT_REFUSED, "an end is an end");
		FUZZ_HOLDS(c->taken < sizeof w->record || is == AIRLOCK__CHAT_REFUSED,
			   "after so many bytes it is certain");
	}
}

/* One read, as spawn.c and child.c do it; false: it would wait, or there is none to do. */
static bool read_once(struct way *w, unsigned type)
{
	uint8_t buf[MOST];
	size_t want = airlock__chat_want(&w->chat), room = sizeof buf;
	int n;

	if (want == 0)
		return false;
	FUZZ_HOLDS(want <= room, "what is asked for fits");
	n = fake_channel_read(&w->channel, buf + room - want, want);
	if (n == -EAGAIN)
		return false;
	FUZZ_HOLDS(++w->reads <= (w->channel.kind == FAKE_BYTES ? sizeof w->record : FAKE_MESSAGES),
		   "it ends");
	judge(w, type, n, airlock__chat_feed(&w->chat, buf + room - want, (size_t)n));
	return true;
}

static void run_side(struct spawn *s, unsigned side, unsigned reads)
{
	struct way *w = &s->way[side];

	while (reads-- && read_once(w, s->type))
		;
	if (s->child != WAITS || s->way[DOWN].chat.verdict == AIRLOCK__CHAT_MORE)
		return;
	s->child = accepted(&s->way[DOWN]) ? REPLIED : DIED;
	if (s->child == REPLIED) {
		write_record(&s->way[UP], s->type, AIRLOCK__REPLY);
		send_said(&s->way[UP]);
	} else {
		fake_channel_end(&s->way[UP].channel, SIZE_MAX);
	}
}

/* Strangers and accidents */

static void intrude(struct way *w, unsigned type, size_t at, const uint8_t *bytes, size_t n)
{
	struct fake_channel *c = &w->channel;

	/* who guesses 128 bits may win */
	if (n >= sizeof w->record && memcmp(bytes, w->record, sizeof w->record) == 0)
		n = sizeof w->record - 1;
	if (c->kind != FAKE_BYTES) {
		w->harmed |= fake_channel_insert(c, at, FOREIGN, bytes, n) && type != AIRLOCK_UDP;
		return;
	}
	if (w->foreign || c->taken || c->arrived || c->ended)
		return;
	/* somebody else was accepted in place of the other side: nothing of that comes here */
	fake_channel_start(c, FAKE_BYTES);
	fake_channel_write(c, FOREIGN, bytes, n);
	w->foreign = w->harmed = true;
}

/* Byte 24 and on: the other side's record, one byte less, one more, none, another channel's. */
static void forge(struct spawn *s, struct way *w, const struct fuzz_step *by)
{
	size_t n = sizeof w->record, which = by->arg[2] % (sizeof w->record + 5);
	uint8_t *f;

	if (s->nforged == FORGED)
		return;
	f = s->forged[s->nforged++];
	memcpy(f, w->record, n);
	f[n] = (uint8_t)by->arg[3];
	if (which < n)
		f[which] ^= by->arg[3] ? (uint8_t)by->arg[3] : 0x80;
	else if (which == n)
		memcpy(f, s->way[w == &s->way[DOWN]].record, n);
	else if (which == n + 1)
		n--;
	else if (which == n + 2)
		n++;
	else if (which == n + 3)
		n = 0;
	else
		f[6] ^= (uint8_t)(by->arg[3] | 1);
	/* a stranger who knows the record and says more is one who knows it */
	if (w->channel.kind != FAKE_BYTES && n > sizeof w->record)
		w->harmed |= fake_channel_insert(&w->channel, by->arg[1], FOREIGN, f, n) &&
			     s->type != AIRLOCK_UDP;
	else
		intrude(w, s->type, by->arg[1], f, n);
}

static void step(struct spawn *s, const struct fuzz_step *by)
{
	struct way *w = &s->way[by->arg[0] % WAYS];
	size_t n = (size_t)by->arg[1];

	switch (by->op) {
	case CHANNEL:
		break;
	case RUN:
		run_side(s, by->arg[0] % WAYS, (unsigned)n);
		break;
	case ARRIVE:
		fake_channel_arrive(&w->channel, n);
		break;
	case CALLER:
		say(&s->way[DOWN], by->bytes, (size_t)by->arg[0]);
		send_said(&s->way[DOWN]);
		break;
	case HELPER:
		say(&s->way[UP], by->bytes, (size_t)by->arg[0]);
		if (s->child == REPLIED)
			send_said(&s->way[UP]);
		break;
	case LOSE:
		w->harmed |= fake_channel_lose(&w->channel, n);
		break;
	case DOUBLE:
		w->harmed |= fake_channel_double(&w->channel, n);
		break;
	case SWAP:
		w->harmed |= fake_channel_swap(&w->channel, n);
		break;
	case STRANGER:
		intrude(w, s->type, n, by->bytes, (size_t)by->arg[2]);
		break;
	case FORGE:
		forge(s, w, by);
		break;
	default:
		fake_channel_end(&w->channel, n);
		w->harmed = true;
	}
}

/* The end */

/* What comes on a stream is what was said, as far as it comes. */
static void hear_stream(struct way *w)
{
	static uint8_t heard[SAID * UINT8_MAX + 1];
	size_t n = 0, at = 0;
	int r;

	while ((r = fake_channel_read(&w->channel, heard + n, sizeof heard - n)) > 0)
		n += (size_t)r;
	for (size_t i = 0; i < w->nsaid && at < n; i++) {
		size_t part = w->said[i].n < n - at ? w->said[i].n : n - at;

		FUZZ_HOLDS(part == 0 || memcmp(heard + at, w->said[i].bytes, part) == 0,
			   "P5: what comes is what was said, in order");
		at += part;
	}
	FUZZ_HOLDS(at == n, "P5: nothing comes that was not said");
	FUZZ_HOLDS(w->harmed || n == w->length, "P5: all of it comes");
}

/* Message by message. With accidents some are missing, or there twice, or not in order. */
static void hear_messages(struct way *w)
{
	const struct fake_message *m = &w->channel.last;
	uint8_t heard[UINT8_MAX];
	size_t at = 0;
	int n;

	while (w->channel.arrived &&
	       (n = fake_channel_read(&w->channel, heard, sizeof heard)) >= 0) {
		if (w->harmed || m->from == FOREIGN)
			continue;
		FUZZ_HOLDS(m->from == OTHER, "P5: no record comes to the helper or the caller");
		FUZZ_HOLDS(at < w->nsaid && m->bytes == w->said[at].bytes &&
				   (size_t)n == w->said[at].n,
			   "P5: what comes is what was said, whole and in order");
		at++;
	}
	FUZZ_HOLDS(w->harmed || at == w->nsaid, "P5: all of it comes");
}

static void hear(struct way *w)
{
	if (!accepted(w))
		return;
	fake_channel_arrive(&w->channel, SIZE_MAX);
	if (w->channel.kind == FAKE_BYTES)
		hear_stream(w);
	else
		hear_messages(w);
}

static void finish(struct spawn *s)
{
	struct way *down = &s->way[DOWN], *up = &s->way[UP];

	fake_channel_arrive(&down->channel, SIZE_MAX);
	run_side(s, DOWN, UINT8_MAX);
	fake_channel_arrive(&up->channel, SIZE_MAX);
	run_side(s, UP, UINT8_MAX);
	FUZZ_HOLDS(accepted(down) || !accepted(up), "the parent accepts only a child that did");
	FUZZ_HOLDS(accepted(down) || down->harmed, "HELLO is accepted where nothing was harmed");
	FUZZ_HOLDS(accepted(up) || up->harmed || down->harmed, "... and so is REPLY");
	hear(down);
	hear(up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_reader r = { data, data + size };
	static struct spawn s;
	struct fuzz_step next;

	if (!fuzz_next(&r, &next))
		return 0;
	if (next.op == CHANNEL) {
		start(&s, 1 + (unsigned)next.arg[0] % 6, next.arg[1]);
	} else {
		start(&s, AIRLOCK_UNIX_STREAM, 0);
		step(&s, &next);
	}
	for (unsigned i = 0; i < STEPS && fuzz_next(&r, &next); i++)
		step(&s, &next);
	finish(&s);
	return 0;
}
