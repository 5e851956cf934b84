/* SPDX-License-Identifier: ISC */
/*
 * flow.c: see flow.h.
 */
#define _GNU_SOURCE
#include "flow.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool has_messages(const struct relay *r)
{
	return r->channel == AIRLOCK_UDP || r->channel == AIRLOCK_UNIX_DGRAM ||
	       r->channel == AIRLOCK_UNIX_SEQPACKET;
}

/* Standard input to the helper */

static size_t longest_message(const struct relay *r)
{
	return r->channel == AIRLOCK_UDP ? RELAY_UDP_BYTES : RELAY_BYTES;
}

static void too_long(struct relay *r)
{
	relay_fail(r, "standard input: line %lu is longer than the %zu bytes of a message",
		   r->nlines + 1, longest_message(r));
	relay_stop(r);
}

void flow_skip_line(struct relay *r)
{
	size_t have = r->to.end - r->to.start;
	const char *text = r->to.data + r->to.start, *newline;

	if (!r->skip || !have)
		return;
	newline = memchr(text, '\n', have);
	r->skip = !newline;
	r->to.start = newline ? (size_t)(newline + 1 - r->to.data) : r->to.end;
}

/* How much can be sent as it is: a message is a line with its end, or the rest at the end of input. */
static size_t to_send(const struct relay *r)
{
	size_t have = r->to.end - r->to.start;
	const char *text = r->to.data + r->to.start, *newline;

	if (!has_messages(r) || !have)
		return have;
	newline = memchr(text, '\n', have);
	if (newline)
		return (size_t)(newline + 1 - text);
	return r->in_over ? have : 0;
}

bool flow_wants_input(const struct relay *r)
{
	if (r->in_over || r->failed || r->broken_pipe || r->channel == AIRLOCK_NONE)
		return false;
	/* for bytes, whole buffers; of messages there may be the beginning of one */
	return has_messages(r) ? !to_send(r) : r->to.start == r->to.end;
}

void flow_take_input(struct relay *r)
{
	struct relay_buffer *b = &r->to;
	ssize_t n;

	memmove(b->data, b->data + b->start, b->end - b->start);
	b->end -= b->start;
	b->start = 0;
	n = end_read(&r->in, b->data + b->end, RELAY_BYTES - b->end);
	if (n == -EAGAIN)
		return;
	if (n < 0)
		relay_fail(r, "standard input: %s", strerror((int)-n));
	if (n <= 0)
		r->in_over = true;
	else
		b->end += (size_t)n;
	flow_skip_line(r);
	/* no line ends in it */
	if (has_messages(r) && b->end - b->start == RELAY_BYTES && !to_send(r))
		too_long(r);
}

bool flow_wants_to_send(const struct relay *r)
{
	return r->helper.wfd >= 0 && !r->deaf && !r->end_passed && to_send(r);
}

static void not_sent(struct relay *r, size_t size, int error)
{
	switch (error) {
	case EAGAIN:
	case EINTR:
		return;
	case ECONNREFUSED:
		/* of UDP: that the one before found nobody; this one was not sent */
		if (r->channel == AIRLOCK_UDP)
			return;
		/* fall through */
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		r->deaf = true;
		return;
	case EMSGSIZE:
		relay_fail(r, "standard input: line %lu: the channel takes no message of %zu bytes",
			   r->nlines + 1, size);
		break;
	default:
		relay_fail(r, "write to the helper: %s", strerror(error));
	}
	relay_stop(r);
}

void flow_send(struct relay *r)
{
	size_t size = to_send(r);
	const char *text = r->to.data + r->to.start;
	ssize_t n;

	if (has_messages(r) && size > longest_message(r)) {
		too_long(r);
		return;
	}
	n = write(r->helper.wfd, text, size);
	if (n < 0) {
		not_sent(r, size, errno);
		return;
	}
	r->to.start += (size_t)n;
	if (n > 0)
		r->torn = !has_messages(r) && text[n - 1] != '\n';
	r->nlines++;
}

void flow_pass_end(struct relay *r)
{
	if (!r->in_over || r->to.start < r->to.end || r->end_passed || r->helper.wfd < 0)
		return;
	r->end_passed = true;
	if (r->helper.wfd != r->helper.rfd) {
		close(r->helper.wfd);
		r->helper.wfd = -1;
	} else if (relay_has_eof(r)) {
		shutdown(r->helper.wfd, SHUT_WR);
	} else if (relay_is_running(r) && r->stop == STOP_NOT) {
		r->stop = STOP_QUIET;
		r->deadline = relay_in_seconds(QUIET_S);
	}
}

/* The helper to standard output */

/*
 * An empty message reads as the end does. It is the end where the other side is shut, and no more is there: so only
 * empty messages that are its very last are taken for it.
 */
static bool is_end(int fd)
{
	struct pollfd p = { fd, POLLRDHUP, 0 };
	int more = 0;

	return poll(&p, 1, 0) != 0 && (ioctl(fd, FIONREAD, &more) < 0 || !more);
}

static ssize_t take_message(struct relay *r)
{
	ssize_t n = recv(r->helper.rfd, r->from.data, RELAY_BYTES, MSG_TRUNC);

	if (n < 0)
		return n;
	if (n > RELAY_BYTES) {
		relay_fail(r, "a message of %zd bytes from the helper is longer than %d", n,
			   RELAY_BYTES);
		relay_stop(r);
		return 0;
	}
	if (n == 0 && relay_has_eof(r) && is_end(r->helper.rfd))
		return 0;
	/* without it two messages would be one */
	if (n == 0 || r->from.data[n - 1] != '\n')
		r->from.data[n++] = '\n';
	return n;
}

void flow_take_output(struct relay *r)
{
	ssize_t n =
		has_messages(r) ? take_message(r) : read(r->helper.rfd, r->from.data, RELAY_BYTES);

	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED))
		return;
	/* a helper that left input unread ends a connection that way */
	if (n < 0 && errno != ECONNRESET && errno != EPIPE && errno != ENOTCONN)
		relay_fail(r, "read from the helper: %s", strerror(errno));
	if (n <= 0) {
		r->from_over = true;
		return;
	}
	r->from.start = 0;
	r->from.end = (size_t)n;
	r->drained += relay_is_running(r) ? 0 : (size_t)n;
	if (r->stop == STOP_QUIET)
		r->deadline = relay_in_seconds(QUIET_S);
}

void flow_put_output(struct relay *r)
{
	ssize_t n = end_write(&r->out, r->from.data + r->from.start, r->from.end - r->from.start);

	if (n == -EAGAIN)
		return;
	if (n >= 0) {
		r->from.start += (size_t)n;
		return;
	}
	if (n == -EPIPE && !r->sigpipe_ignored)
		r->broken_pipe = true;
	else
		relay_fail(r, "standard output: %s", strerror((int)-n));
	relay_stop(r);
}
