/* SPDX-License-Identifier: ISC */
/*
 * channel.c: see channel.h. Both ends are made here, in the parent: with no accept in the child
 * there is no race to win for a stranger.
 */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum { FIRST_OURS = 3, BACKLOG = 128 };

void airlock__close_pair(int a, int b)
{
	if (a >= 0)
		close(a);
	if (b >= 0 && b != a)
		close(b);
}

void airlock__channel_close_ours(struct airlock__channel *channel)
{
	airlock__close_pair(channel->rfd, channel->wfd);
	channel->rfd = channel->wfd = -1;
}

void airlock__channel_close_helpers(struct airlock__channel *channel)
{
	airlock__close_pair(channel->helper_rfd, channel->helper_wfd);
	channel->helper_rfd = channel->helper_wfd = -1;
}

/* A caller with 0, 1 or 2 closed must not find the channel there. */
static int above_stdio(int *fd)
{
	int up;

	if (*fd >= FIRST_OURS)
		return 0;
	up = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_OURS);
	/* a limit of 3 or less makes 3 an argument that is out of range, fcntl(2) */
	if (up < 0)
		return errno == EINVAL ? -EMFILE : -errno;
	close(*fd);
	*fd = up;
	return 0;
}

/* No other flag that F_SETFL could change is set on what was made here. */
static int nonblocking(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int finish(struct airlock__channel *c)
{
	bool pair = c->rfd != c->wfd;
	int r = above_stdio(&c->rfd);

	if (!pair)
		c->wfd = c->rfd;
	if (r == 0 && pair)
		r = above_stdio(&c->wfd);
	if (r == 0)
		r = nonblocking(c->rfd);
	if (r == 0 && pair)
		r = nonblocking(c->wfd);
	return r;
}

static void use(struct airlock__channel *c, int ours, int helpers)
{
	c->rfd = c->wfd = ours;
	c->helper_rfd = c->helper_wfd = helpers;
}

static int open_unix(struct airlock__channel *c, int type)
{
	int fd[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fd) < 0)
		return -errno;
	use(c, fd[0], fd[1]);
	return 0;
}

static int open_fifo(struct airlock__channel *c)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0)
		return -errno;
	c->helper_rfd = in[0];
	c->wfd = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	c->rfd = out[0];
	c->helper_wfd = out[1];
	return 0;
}

static struct sockaddr_in loopback(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int local_address(int fd, struct sockaddr_in *ret)
{
	socklen_t size = sizeof *ret;

	return getsockname(fd, (struct sockaddr *)ret, &size) < 0 ? -errno : 0;
}

static bool same_address(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return a->sin_family == b->sin_family && a->sin_port == b->sin_port &&
	       a->sin_addr.s_addr == b->sin_addr.s_addr;
}

/* A socket bound to a port of the kernel's choice, on loopback. */
static int bound_socket(int type, int *ret_fd, const struct sock_fprog *filter,
			struct sockaddr_in *ret)
{
	struct sockaddr_in any = loopback();
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	if (filter && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, sizeof *filter) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0)
		return -errno;
	return local_address(fd, ret);
}

/* The accepted connection whose other end is `ours`; a stranger's is closed. */
static int accept_from(int listener, const struct sockaddr_in *ours, int64_t deadline, int *ret_fd)
{
	for (;;) {
		struct sockaddr_in peer;
		socklen_t size = sizeof peer;
		int fd, r = airlock__poll(listener, POLLIN, deadline);

		/* the clock too: while strangers keep coming poll(2) never waits */
		if (r < 0 || airlock__now() >= deadline)
			return r < 0 ? r : -ETIMEDOUT;
		fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
		if (fd < 0) {
			/* a connection that is gone again is none: accept(2), ERRORS */
			if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ||
			    errno == EPROTO)
				continue;
			return -errno;
		}
		if (same_address(&peer, ours)) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
	}
}

/* The answer comes later: who waits for it here, while strangers fill the queue, waits for ever. */
static int begin_connect(int fd, const struct sockaddr_in *to)
{
	if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0 || errno == EINPROGRESS ||
	    errno == EINTR)
		return 0;
	return -errno;
}

static int finish_connect(int fd, int64_t deadline)
{
	socklen_t size = sizeof(int);
	int failed = 0, r = airlock__poll(fd, POLLOUT, deadline);

	if (r < 0)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) < 0)
		return -errno;
	return -failed;
}

/* Helpers write short lines and wait for the answer: Nagle's delay would cost 40 ms each time. */
static int no_delay(int fd)
{
	int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ? -errno : 0;
}

static int open_tcp(struct airlock__channel *c, int64_t deadline)
{
	struct sockaddr_in at, ours;
	int listener = -1, fd = -1, accepted = -1, r;

	r = bound_socket(SOCK_STREAM, &listener, NULL, &at);
	if (r == 0) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		r = fd < 0 ? -errno : 0;
	}
	/* nothing between these two that strangers could use */
	if (r == 0 && listen(listener, BACKLOG) < 0)
		r = -errno;
	if (r == 0)
		r = begin_connect(fd, &at);
	/* bound by connect(2), it may share its port with connections to other places */
	if (r == 0)
		r = local_address(fd, &ours);
	if (r == 0)
		r = accept_from(listener, &ours, deadline, &accepted);
	if (r == 0)
		r = finish_connect(fd, deadline);
	airlock__close_pair(listener, -1);
	use(c, fd, accepted);
	if (r == 0)
		r = no_delay(fd);
	return r < 0 ? r : no_delay(accepted);
}

/*
 * Only what comes from `peer` gets in. A filter on a UDP socket sees the UDP header first; the
 * IP header stands at SKF_NET_OFF.
 */
static int pass_only(int fd, const struct sockaddr_in *peer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(peer->sin_addr.s_addr), 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(peer->sin_port), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { sizeof code / sizeof *code, code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ? -errno
											: 0;
}

static int open_udp(struct airlock__channel *c)
{
	/* shut before it has an address; draining after connect would leave a window */
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog shut = { 1, nothing };
	struct sockaddr_in at[2];
	int fd[2] = { -1, -1 }, r = 0;

	for (int i = 0; i < 2 && r == 0; i++)
		r = bound_socket(SOCK_DGRAM, &fd[i], &shut, &at[i]);
	for (int i = 0; i < 2 && r == 0; i++)
		r = pass_only(fd[i], &at[!i]);
	for (int i = 0; i < 2 && r == 0; i++)
		if (connect(fd[i], (struct sockaddr *)&at[!i], sizeof at[!i]) < 0)
			r = -errno;
	use(c, fd[0], fd[1]);
	if (r == 0 && fcntl(fd[1], F_SETFL, O_RDWR) < 0)
		r = -errno;
	return r;
}

static int open_type(enum airlock_channel type, int64_t deadline, struct airlock__channel *c)
{
	switch (type) {
	case AIRLOCK_NONE:
		return 0;
	case AIRLOCK_TCP:
		return open_tcp(c, deadline);
	case AIRLOCK_UDP:
		return open_udp(c);
	case AIRLOCK_FIFO:
		return open_fifo(c);
	case AIRLOCK_UNIX_STREAM:
		return open_unix(c, SOCK_STREAM);
	case AIRLOCK_UNIX_DGRAM:
		return open_unix(c, SOCK_DGRAM);
	case AIRLOCK_UNIX_SEQPACKET:
		return open_unix(c, SOCK_SEQPACKET);
	}
	return -EINVAL;
}

int airlock__channel_open(enum airlock_channel type, int64_t deadline, struct airlock__channel *ret)
{
	struct airlock__channel c = AIRLOCK__NO_CHANNEL;
	int r = open_type(type, deadline, &c);

	if (r == 0 && type != AIRLOCK_NONE)
		r = finish(&c);
	if (r < 0) {
		airlock__channel_close_ours(&c);
		airlock__channel_close_helpers(&c);
		return r;
	}
	*ret = c;
	return 0;
}
