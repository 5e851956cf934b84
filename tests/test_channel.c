/* SPDX-License-Identifier: ISC */
/*
 * test_channel.c: both ends of each channel type, and strangers on loopback who want onto them (P6).
 *
 * The strangers come in two ways: at the worst moment there is, since this program stands in for
 * some of libc's calls (bind, listen, connect, accept4, send and others) and lets them in just then;
 * and as processes that look for new ports as fast as they can, while channels are opened and
 * helpers spawned. Each way is shown to bite by getting onto a channel that is made without care.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "handshake.h"

enum { LAST = AIRLOCK_UNIX_SEQPACKET, EVIL_BYTES = 24 };

/* as long as a record of the chat, so that it could be taken for one */
static const char evil[EVIL_BYTES] = "ALK1 let me in let me in";

static struct airlock__channel open_channel(enum airlock_channel type)
{
	struct airlock__channel c = { -7, -7, -7, -7 };
	int r = airlock__channel_open(type, airlock__in_ms(10000), &c);

	if (r < 0)
		fail_msg("%s: %s", channel_name(type), strerror(-r));
	return c;
}

static void close_channel(struct airlock__channel *c)
{
	airlock__channel_close_ours(c);
	airlock__channel_close_helpers(c);
}

static void nap(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* `text` comes out at `to`, and nothing but it. */
static void carry(int from, int to, const char *text)
{
	char buf[256];
	size_t n = 0, length = strlen(text);

	put_all(from, text, length);
	while (n < length) {
		ssize_t r;

		assert_true(readable(to, 10000));
		r = read(to, buf + n, sizeof buf - n);
		assert_true(r > 0);
		n += (size_t)r;
	}
	assert_int_equal(n, length);
	assert_memory_equal(buf, text, length);
	if (readable(to, 0))
		fail_msg("P6: more came than was sent");
}

static void carry_both_ways(const struct airlock__channel *c)
{
	carry(c->wfd, c->helper_rfd, "a question");
	carry(c->helper_wfd, c->rfd, "an answer that is longer than the question");
}

/* What a channel is */

static void every_channel_carries_bytes_both_ways(void **state)
{
	(void)state;
	for (int type = AIRLOCK_TCP; type <= LAST; type++) {
		struct airlock__channel c = open_channel((enum airlock_channel)type);

		for (int i = 0; i < 10; i++)
			carry_both_ways(&c);
		close_channel(&c);
	}
}

static void datagrams_keep_their_bounds(void **state)
{
	static const enum airlock_channel types[] = { AIRLOCK_UDP, AIRLOCK_UNIX_DGRAM,
						      AIRLOCK_UNIX_SEQPACKET };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct airlock__channel c = open_channel(types[i]);
		char buf[100];

		assert_int_equal(write(c.wfd, "one", 3), 3);
		assert_int_equal(write(c.wfd, "two!", 4), 4);
		assert_int_equal(read(c.helper_rfd, buf, sizeof buf), 3);
		assert_int_equal(read(c.helper_rfd, buf, sizeof buf), 4);
		close_channel(&c);
	}
}

static void the_flags_of_the_ends_are_as_promised(void **state)
{
	(void)state;
	for (int type = AIRLOCK_TCP; type <= LAST; type++) {
		struct airlock__channel c = open_channel((enum airlock_channel)type);
		int helpers[] = { c.helper_rfd, c.helper_wfd }, ours[] = { c.rfd, c.wfd };

		for (int i = 0; i < 2; i++) {
			assert_int_equal(fcntl(helpers[i], F_GETFL) & O_NONBLOCK, 0);
			assert_int_equal(fcntl(helpers[i], F_GETFD), FD_CLOEXEC);
			assert_int_equal(fcntl(ours[i], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
			assert_int_equal(fcntl(ours[i], F_GETFD), FD_CLOEXEC);
			assert_true(ours[i] > 2);
		}
		assert_int_equal(c.rfd == c.wfd, type != AIRLOCK_FIFO);
		assert_int_equal(c.helper_rfd == c.helper_wfd, type != AIRLOCK_FIFO);
		close_channel(&c);
	}
}

static void no_channel_has_no_ends(void **state)
{
	int before = count_fds();
	struct airlock__channel c = open_channel(AIRLOCK_NONE);

	(void)state;
	assert_true(c.rfd == -1 && c.wfd == -1 && c.helper_rfd == -1 && c.helper_wfd == -1);
	assert_int_equal(count_fds(), before);
	close_channel(&c);
	assert_int_equal(count_fds(), before);
}

/* 40 ms a line would be Nagle's */
static void tcp_does_not_delay(void **state)
{
	struct airlock__channel c = open_channel(AIRLOCK_TCP);
	int fds[] = { c.rfd, c.helper_rfd };

	(void)state;
	for (int i = 0; i < 2; i++) {
		int on = 0;
		socklen_t size = sizeof on;

		assert_int_equal(getsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
		assert_int_equal(on, 1);
	}
	close_channel(&c);
}

static void assert_ends_meet(const struct airlock__channel *c)
{
	int fds[] = { c->rfd, c->helper_rfd };

	for (int i = 0; i < 2; i++) {
		struct sockaddr_in here = { 0 }, there = { 0 };
		socklen_t size = sizeof here;

		assert_int_equal(getsockname(fds[i], (struct sockaddr *)&here, &size), 0);
		size = sizeof there;
		assert_int_equal(getpeername(fds[!i], (struct sockaddr *)&there, &size), 0);
		assert_int_equal(here.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
		if (here.sin_port != there.sin_port ||
		    here.sin_addr.s_addr != there.sin_addr.s_addr)
			fail_msg("P6: an end is connected to somebody else");
	}
}

static void p6_tcp_and_udp_are_on_loopback_with_each_other_alone(void **state)
{
	(void)state;
	for (int type = AIRLOCK_TCP; type <= AIRLOCK_UDP; type++) {
		struct airlock__channel c = open_channel((enum airlock_channel)type);

		assert_ends_meet(&c);
		close_channel(&c);
	}
}

/* Its end */

static void end_of_file_goes_both_ways(void **state)
{
	(void)state;
	for (int type = AIRLOCK_TCP; type <= LAST; type++) {
		struct airlock__channel c = open_channel((enum airlock_channel)type);
		char byte;

		if (!has_eof((enum airlock_channel)type)) {
			close_channel(&c);
			continue;
		}
		put_all(c.wfd, "x", 1);
		airlock__channel_close_ours(&c);
		assert_int_equal(read(c.helper_rfd, &byte, 1), 1);
		assert_int_equal(read(c.helper_rfd, &byte, 1), 0);
		airlock__channel_close_helpers(&c);

		c = open_channel((enum airlock_channel)type);
		airlock__channel_close_helpers(&c);
		assert_true(readable(c.rfd, 10000));
		assert_int_equal(read(c.rfd, &byte, 1), 0);
		airlock__channel_close_ours(&c);
	}
}

static void closing_closes_a_side_once(void **state)
{
	(void)state;
	for (int type = AIRLOCK_TCP; type <= LAST; type++) {
		int before = count_fds(), ours = type == AIRLOCK_FIFO ? 2 : 1;
		struct airlock__channel c = open_channel((enum airlock_channel)type);

		assert_int_equal(count_fds(), before + 2 * ours);
		airlock__channel_close_helpers(&c);
		assert_true(c.helper_rfd == -1 && c.helper_wfd == -1);
		assert_int_equal(count_fds(), before + ours);
		airlock__channel_close_ours(&c);
		assert_true(c.rfd == -1 && c.wfd == -1);
		assert_int_equal(count_fds(), before);
		/* what is closed is not closed again */
		close_channel(&c);
		assert_int_equal(count_fds(), before);
	}
}

static void closing_a_pair_skips_what_is_not_there(void **state)
{
	int before = count_fds(), fd[2];

	(void)state;
	airlock__close_pair(-1, -1);
	assert_int_equal(count_fds(), before);
	for (int which = 0; which < 3; which++) {
		assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
		airlock__close_pair(which == 1 ? -1 : fd[0], which == 2 ? -1 : fd[1]);
		assert_int_equal(count_fds(), before + (which > 0));
		airlock__close_pair(which == 1 ? fd[0] : -1, which == 2 ? fd[1] : -1);
		assert_int_equal(count_fds(), before);
	}
	fd[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	/* a second close would hit whatever another thread has opened there */
	errno = 0;
	airlock__close_pair(fd[0], fd[0]);
	assert_int_equal(errno, 0);
	assert_int_equal(count_fds(), before);
}

static void an_unknown_type_is_refused(void **state)
{
	static const int types[] = { -1, LAST + 1, 100, -1000000 };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct airlock__channel c = { -7, -7, -7, -7 };
		int before = count_fds();

		assert_int_equal(airlock__channel_open((enum airlock_channel)types[i],
						       airlock__in_ms(1000), &c),
				 -EINVAL);
		assert_true(c.rfd == -7 && c.wfd == -7 && c.helper_rfd == -7 && c.helper_wfd == -7);
		assert_int_equal(count_fds(), before);
	}
}

/* With few descriptors. All of this in a forked child. */

static unsigned which_of_stdio(unsigned set)
{
	for (int fd = 0; fd < 3; fd++)
		if (set >> fd & 1)
			close(fd);
	return set;
}

static void open_all_types_low(void *arg)
{
	unsigned closed = which_of_stdio(*(unsigned *)arg);

	for (int type = AIRLOCK_TCP; type <= LAST; type++) {
		struct airlock__channel c = open_channel((enum airlock_channel)type);

		assert_true(c.rfd > 2 && c.wfd > 2);
		assert_int_equal(fcntl(c.rfd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(c.wfd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fcntl(c.rfd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		carry_both_ways(&c);
		close_channel(&c);
		/* what it opened on the way is gone from there, too */
		for (int fd = 0; fd < 3; fd++)
			assert_int_equal(fcntl(fd, F_GETFD) >= 0, !(closed >> fd & 1));
	}
}

static void p3_our_ends_keep_clear_of_0_to_2(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 8; closed++)
		in_child(open_all_types_low, &closed);
}

enum { FEW = 64 };

/* which of the low numbers are open, as bits */
static uint64_t open_numbers(void)
{
	uint64_t set = 0;

	for (int fd = 0; fd < FEW; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			set |= (uint64_t)1 << fd;
	return set;
}

static void limit_descriptors(unsigned n)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Each descriptor that it needs is refused once: the first, the second, ... */
static void open_with_ever_more(enum airlock_channel type)
{
	uint64_t before = open_numbers();
	int failures = 0;

	for (unsigned limit = 0; limit < FEW; limit++) {
		struct airlock__channel c = { -7, -7, -7, -7 };
		int r;

		limit_descriptors(limit);
		r = airlock__channel_open(type, airlock__in_ms(10000), &c);
		limit_descriptors(1024);
		if (r == 0) {
			assert_true(failures > 0);
			close_channel(&c);
			assert_true(open_numbers() == before);
			return;
		}
		failures++;
		/* no message: 2 may be closed */
		assert_int_equal(r, -EMFILE);
		assert_true(c.rfd == -7 && c.wfd == -7 && c.helper_rfd == -7 && c.helper_wfd == -7);
		assert_true(open_numbers() == before);
	}
	fail_msg("it never opens");
}

static void open_all_with_ever_more(void *arg)
{
	which_of_stdio(*(unsigned *)arg);
	for (int type = AIRLOCK_TCP; type <= LAST; type++)
		open_with_ever_more((enum airlock_channel)type);
}

static void p2_a_lack_of_descriptors_leaves_nothing(void **state)
{
	unsigned none = 0;

	(void)state;
	if (under_valgrind())
		SKIP("valgrind has limits of its own");
	in_child(open_all_with_ever_more, &none);
}

static void p2_a_lack_of_descriptors_leaves_nothing_with_0_to_2_closed(void **state)
{
	unsigned all = 7;

	(void)state;
	if (under_valgrind())
		SKIP("valgrind has limits of its own");
	in_child(open_all_with_ever_more, &all);
}

static void p4_a_deadline_that_is_over_ends_it(void **state)
{
	int before = count_fds();

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct airlock__channel c = { -7, -7, -7, -7 };
		int r = airlock__channel_open(AIRLOCK_TCP, airlock__now() - 1000000000, &c);

		if (r == 0)
			close_channel(&c);
		else
			assert_true(r == -ETIMEDOUT && c.rfd == -7);
		assert_int_equal(count_fds(), before);
	}
}

/* Strangers at the worst moment: these calls stand in for libc's, in the library too */

enum moment { NEVER, AFTER_BIND, AFTER_LISTEN, BEFORE_CONNECT, AFTER_CONNECT, BEFORE_ACCEPT };

static struct {
	enum moment moment;
	int type;	   /* SOCK_STREAM, SOCK_DGRAM */
	int count;	   /* strangers a time */
	int fd[512], nfds; /* theirs */
	uint16_t port[8];  /* where they shall go; nports of them */
	int nports;
	in_addr_t from; /* their address, with the port of the end that they would be; 0: any */
	bool busy;
} strangers;

static int real_connect(int fd, const struct sockaddr *to, socklen_t size)
{
	return (int)syscall(SYS_connect, fd, to, size);
}

static void go_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = port };
	int fd = socket(AF_INET, strangers.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return;
	if (strangers.nfds == (int)COUNT(strangers.fd)) {
		close(fd);
		return;
	}
	strangers.fd[strangers.nfds++] = fd;
	if (strangers.from && strangers.nports == 2) {
		struct sockaddr_in at = { .sin_family = AF_INET };

		at.sin_port = strangers.port[port == strangers.port[0]];
		at.sin_addr.s_addr = strangers.from;
		syscall(SYS_bind, fd, &at, sizeof at);
	}
	real_connect(fd, (struct sockaddr *)&to, sizeof to);
	(void)!send(fd, evil, sizeof evil, MSG_NOSIGNAL);
}

static void let_strangers_in(enum moment now)
{
	int saved = errno;

	if (strangers.moment != now || strangers.busy)
		return;
	strangers.busy = true;
	for (int p = 0; p < strangers.nports; p++)
		for (int i = 0; i < strangers.count; i++)
			go_to(strangers.port[p]);
	strangers.busy = false;
	errno = saved;
}

static void note_port(int fd)
{
	struct sockaddr_in at = { 0 };
	socklen_t size = sizeof at;

	if (strangers.moment != NEVER && strangers.nports < (int)COUNT(strangers.port) &&
	    getsockname(fd, (struct sockaddr *)&at, &size) == 0 && at.sin_family == AF_INET)
		strangers.port[strangers.nports++] = at.sin_port;
}

int bind(int fd, const struct sockaddr *at, socklen_t size)
{
	int r = (int)syscall(SYS_bind, fd, at, size);

	if (r == 0)
		note_port(fd);
	let_strangers_in(AFTER_BIND);
	return r;
}

int listen(int fd, int backlog)
{
	int r = (int)syscall(SYS_listen, fd, backlog);

	let_strangers_in(AFTER_LISTEN);
	return r;
}

int connect(int fd, const struct sockaddr *to, socklen_t size)
{
	int r;

	let_strangers_in(BEFORE_CONNECT);
	r = real_connect(fd, to, size);
	let_strangers_in(AFTER_CONNECT);
	return r;
}

/* Strangers come faster than they are sent away: each accept is of another one. */
static bool endless;

int accept4(int fd, struct sockaddr *peer, socklen_t *size, int flags)
{
	if (endless) {
		memset(peer, 0, *size);
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	}
	let_strangers_in(BEFORE_ACCEPT);
	return (int)syscall(SYS_accept4, fd, peer, size, flags);
}

/* The filter that fails with EPERM, counted from 1; 0: none */
static int no_filter, nfilters;

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	if (level == SOL_SOCKET && name == SO_ATTACH_FILTER && ++nfilters == no_filter) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

/* What happens to the caller's HELLO; or what comes first, as if it were the child's REPLY */
static enum { HONEST, SPIED_ON, INTERRUPTED, HELLO_SPOILT, ALIEN_REPLY, REPLY_OF_HELLO } chat_is;
static int pair[2];

int socketpair(int family, int type, int protocol, int fd[2])
{
	int r = (int)syscall(SYS_socketpair, family, type, protocol, fd);

	if (r == 0)
		memcpy(pair, fd, sizeof pair);
	return r;
}

/* What a program would inherit that another thread executed: when HELLO is said; pipes at all */
static int at_hello, pipes;

static int inherited(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		n += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return n;
}

int pipe2(int fd[2], int flags)
{
	pipes += !(flags & O_CLOEXEC);
	return (int)syscall(SYS_pipe2, fd, flags);
}

static void reply_first(int fd, const uint8_t token[AIRLOCK__TOKEN_SIZE])
{
	uint8_t reply[AIRLOCK__RECORD_SIZE];

	airlock__record_make(reply, AIRLOCK__REPLY, AIRLOCK_UNIX_STREAM, token);
	assert_true(fd == pair[0] || fd == pair[1]);
	assert_int_equal(write(pair[fd == pair[0]], reply, sizeof reply), sizeof reply);
}

ssize_t send(int fd, const void *from, size_t n, int flags)
{
	static const uint8_t nobodys[AIRLOCK__TOKEN_SIZE];
	uint8_t copy[AIRLOCK__RECORD_SIZE];

	if (chat_is != HONEST && n == sizeof copy) {
		memcpy(copy, from, n);
		from = copy;
		switch (chat_is) {
		case SPIED_ON:
			chat_is = HONEST;
			at_hello = inherited();
			break;
		case INTERRUPTED:
			chat_is = HONEST;
			errno = EINTR;
			return -1;
		case HELLO_SPOILT:
			copy[n - 1] ^= 1;
			break;
		case ALIEN_REPLY:
			reply_first(fd, nobodys);
			break;
		default:
			/* the token is what it ends in */
			reply_first(fd, copy + n - AIRLOCK__TOKEN_SIZE);
		}
	}
	return (ssize_t)syscall(SYS_sendto, fd, from, n, flags, NULL, 0);
}

static void await_strangers(enum moment moment, int type, int count)
{
	memset(&strangers, 0, sizeof strangers);
	strangers.type = type;
	strangers.count = count;
	strangers.moment = moment;
}

/* they try once more, now that all is made */
static void come_again(void)
{
	enum moment m = strangers.moment;

	let_strangers_in(m);
	for (int i = 0; i < strangers.nfds; i++)
		(void)!send(strangers.fd[i], evil, sizeof evil, MSG_NOSIGNAL);
}

static void send_strangers_away(void)
{
	strangers.moment = NEVER;
	while (strangers.nfds > 0)
		close(strangers.fd[--strangers.nfds]);
}

/* What a channel looks like that is made without care. */

static struct sockaddr_in any_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int naive_socket(int type, struct sockaddr_in *ret)
{
	struct sockaddr_in a = any_port();
	socklen_t size = sizeof *ret;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)ret, &size), 0);
	return fd;
}

/* Takes whoever comes first. */
static struct airlock__channel naive_tcp(void)
{
	struct sockaddr_in at, ours;
	int listener = naive_socket(SOCK_STREAM, &at), fd, accepted;

	assert_int_equal(listen(listener, 128), 0);
	fd = naive_socket(SOCK_STREAM, &ours);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(accepted >= 0);
	close(listener);
	return (struct airlock__channel){ fd, fd, accepted, accepted };
}

/* Binds, then connects, and takes what came before that. */
static struct airlock__channel naive_udp(void)
{
	struct sockaddr_in at[2];
	int fd[2];

	for (int i = 0; i < 2; i++)
		fd[i] = naive_socket(SOCK_DGRAM, &at[i]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(connect(fd[i], (struct sockaddr *)&at[!i], sizeof at[!i]), 0);
	return (struct airlock__channel){ fd[0], fd[0], fd[1], fd[1] };
}

/* Did a stranger get onto this channel? */
static bool is_intruded(const struct airlock__channel *c, int type)
{
	struct sockaddr_in here = { 0 }, there = { 0 };
	socklen_t size = sizeof here;

	if (type == AIRLOCK_UDP)
		return readable(c->rfd, 0) || readable(c->helper_rfd, 0);
	getsockname(c->rfd, (struct sockaddr *)&here, &size);
	size = sizeof there;
	getpeername(c->helper_rfd, (struct sockaddr *)&there, &size);
	return here.sin_port != there.sin_port;
}

static void p6_the_strangers_get_onto_a_channel_made_without_care(void **state)
{
	struct airlock__channel c;

	(void)state;
	await_strangers(AFTER_LISTEN, SOCK_STREAM, 1);
	c = naive_tcp();
	assert_true(is_intruded(&c, AIRLOCK_TCP));
	close_channel(&c);
	send_strangers_away();

	for (enum moment m = AFTER_BIND; m <= BEFORE_CONNECT; m += BEFORE_CONNECT - AFTER_BIND) {
		await_strangers(m, SOCK_DGRAM, 1);
		c = naive_udp();
		assert_true(is_intruded(&c, AIRLOCK_UDP));
		close_channel(&c);
		send_strangers_away();
	}
}

static void p6_whoever_connects_first_is_not_the_helper(void **state)
{
	static const enum moment moments[] = { AFTER_LISTEN, BEFORE_CONNECT, AFTER_CONNECT,
					       BEFORE_ACCEPT };
	static const int counts[] = { 1, 2, 50 };

	(void)state;
	for (size_t m = 0; m < COUNT(moments); m++)
		for (size_t i = 0; i < COUNT(counts); i++) {
			int before = count_fds();
			struct airlock__channel c;

			await_strangers(moments[m], SOCK_STREAM, counts[i]);
			c = open_channel(AIRLOCK_TCP);
			assert_true(strangers.nfds >= counts[i]);
			assert_ends_meet(&c);
			carry_both_ways(&c);
			come_again();
			carry_both_ways(&c);
			close_channel(&c);
			send_strangers_away();
			assert_int_equal(count_fds(), before);
		}
}

static void p4_strangers_without_end_end_in_time(void **state)
{
	enum { TIMEOUT_MS = 200 };
	struct airlock__channel c;
	int before = count_fds(), r;
	int64_t began = now_ms();

	(void)state;
	endless = true;
	r = airlock__channel_open(AIRLOCK_TCP, airlock__in_ms(TIMEOUT_MS), &c);
	endless = false;
	assert_int_equal(r, -ETIMEDOUT);
	assert_true(now_ms() - began <= TIMEOUT_MS + 100);
	assert_int_equal(count_fds(), before);
}

/*
 * Strangers fill the queue of those who wait to be accepted: then ours finds no place in it until
 * they are sent away. A spawn must not fail for that; a second, until TCP tries again, is fair.
 */
static void p6_strangers_who_fill_the_queue_do_not_lock_us_out(void **state)
{
	struct airlock__channel c;
	int before = count_fds();

	(void)state;
	await_strangers(AFTER_LISTEN, SOCK_STREAM, 200);
	c = open_channel(AIRLOCK_TCP);
	assert_ends_meet(&c);
	carry_both_ways(&c);
	close_channel(&c);
	send_strangers_away();
	assert_int_equal(count_fds(), before);
}

static void p6_no_foreign_datagram_gets_in_at_any_moment(void **state)
{
	static const enum moment moments[] = { AFTER_BIND, BEFORE_CONNECT, AFTER_CONNECT };

	(void)state;
	for (size_t m = 0; m < COUNT(moments); m++) {
		int before = count_fds();
		struct airlock__channel c;

		await_strangers(moments[m], SOCK_DGRAM, 10);
		c = open_channel(AIRLOCK_UDP);
		/* to the first socket, the second, or both, once or twice */
		assert_true(strangers.nfds >= 20);
		assert_int_equal(strangers.nports, 2);
		for (int i = 0; i < 5; i++) {
			assert_false(readable(c.rfd, 0));
			assert_false(readable(c.helper_rfd, 0));
			carry_both_ways(&c);
			come_again();
		}
		nap(20);
		assert_false(readable(c.rfd, 0));
		assert_false(readable(c.helper_rfd, 0));
		carry_both_ways(&c);
		close_channel(&c);
		send_strangers_away();
		assert_int_equal(count_fds(), before);
	}
}

static void p6_no_datagram_of_another_address_gets_in(void **state)
{
	int before = count_fds();
	struct airlock__channel c;

	(void)state;
	await_strangers(BEFORE_CONNECT, SOCK_DGRAM, 1);
	strangers.from = htonl(INADDR_LOOPBACK + 1);
	c = open_channel(AIRLOCK_UDP);
	assert_true(strangers.nfds >= 2);
	for (int i = 0; i < 2; i++) {
		struct sockaddr_in at = { 0 };
		socklen_t size = sizeof at;

		assert_int_equal(getsockname(strangers.fd[i], (struct sockaddr *)&at, &size), 0);
		assert_int_equal(at.sin_addr.s_addr, strangers.from);
		assert_int_equal(at.sin_port, strangers.port[!i]);
	}
	assert_false(readable(c.rfd, 20));
	assert_false(readable(c.helper_rfd, 0));
	carry_both_ways(&c);
	close_channel(&c);
	send_strangers_away();
	assert_int_equal(count_fds(), before);
}

/* At once: on UDP the helper sees no end of file that it could wait for. */
static void stop_at_once(struct airlock_helper *h)
{
	assert_int_equal(airlock_kill(h, SIGTERM), 0);
	must_stop(h, SIGTERM);
}

/* P6 through a whole spawn: before, during and after the chat; the helper would send it back. */
static void p6_no_foreign_datagram_reaches_helper_or_caller(void **state)
{
	static const enum moment moments[] = { AFTER_BIND, BEFORE_CONNECT, AFTER_CONNECT };
	char *argv[] = { (char *)helper_program("report"), (char *)"cat", NULL };
	struct airlock_options o = options_for(AIRLOCK_UDP, argv);
	char answer[100];

	(void)state;
	for (size_t m = 0; m < COUNT(moments); m++) {
		struct airlock_helper h;

		await_strangers(moments[m], SOCK_DGRAM, 10);
		h = must_spawn(&o);
		assert_int_equal(strangers.nports, 2);
		for (int i = 0; i < 5; i++) {
			come_again();
			ask(&h, "ping\n", answer, sizeof answer);
			assert_string_equal(answer, "ping\n");
		}
		assert_false(readable(h.rfd, 20));
		stop_at_once(&h);
		send_strangers_away();
	}
}

static void p6_no_udp_channel_lacks_a_filter(void **state)
{
	int before = count_fds();

	(void)state;
	for (no_filter = 1; no_filter <= 4; no_filter++) {
		struct airlock__channel c = { -7, -7, -7, -7 };

		nfilters = 0;
		assert_int_equal(airlock__channel_open(AIRLOCK_UDP, airlock__in_ms(10000), &c),
				 -EPERM);
		assert_int_equal(count_fds(), before);
	}
	no_filter = nfilters = 0;
}

static void p6_a_chat_that_is_not_as_it_should_be_is_refused(void **state)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "cat"));
	struct airlock_error e;
	struct airlock_helper h;
	int before;

	(void)state;
	airlock_reserve();
	before = count_fds();
	for (int how = HELLO_SPOILT; how <= REPLY_OF_HELLO; how++) {
		int r;

		chat_is = how;
		r = airlock_spawn(&o, &h, &e);
		chat_is = HONEST;
		/* (who has executed by then is reaped with a SIGCHLD: must_fail() would not have it) */
		assert_int_equal(r, -EPROTO);
		assert_int_equal(e.step, AIRLOCK_STEP_CHAT);
		assert_int_equal(count_fds(), before);
		assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	}
	chat_is = INTERRUPTED;
	h = must_spawn(&o);
	assert_int_equal(chat_is, HONEST);
	stop_at_once(&h);
}

static void spawn_spied_on(void *arg)
{
	struct airlock_options o =
		options_for(AIRLOCK_UNIX_STREAM, ARGV(helper_program("report"), "cat"));
	unsigned flags = o.flags;
	int before;

	(void)arg;
	close(0);
	before = inherited();
	for (int i = 0; i < 2 * LAST; i++) {
		struct airlock_helper h;

		o.channel = (enum airlock_channel)(1 + i / 2);
		o.flags = flags | (i % 2 ? AIRLOCK_PRIVATE_MEMORY : 0);
		at_hello = -1;
		pipes = 0;
		chat_is = SPIED_ON;
		h = must_spawn(&o);
		stop_at_once(&h);
		assert_int_equal(at_hello, before);
		assert_int_equal(pipes, 0);
	}
}

static void p3_no_descriptor_of_a_spawn_is_for_other_programs(void **state)
{
	(void)state;
	in_child(spawn_spied_on, NULL);
}

static void p6_no_stranger_is_taken_for_the_helper(void **state)
{
	static const enum moment moments[] = { AFTER_LISTEN, BEFORE_CONNECT, AFTER_CONNECT,
					       BEFORE_ACCEPT };
	char *argv[] = { (char *)helper_program("report"), (char *)"cat", NULL };
	struct airlock_options o = options_for(AIRLOCK_TCP, argv);
	char answer[100];

	(void)state;
	for (size_t m = 0; m < COUNT(moments); m++) {
		struct airlock_helper h;

		await_strangers(moments[m], SOCK_STREAM, 10);
		h = must_spawn(&o);
		assert_true(strangers.nfds >= 10);
		come_again();
		ask(&h, "ping\n", answer, sizeof answer);
		assert_string_equal(answer, "ping\n");
		stop_at_once(&h);
		send_strangers_away();
	}
}

/* Strangers who race */

enum { MOST_PORTS = 256, A_PORT = 16, OPEN_AT_ONCE = 64, ATTACKERS = 2 };

/* what the attackers tell, in memory that all share */
struct tally {
	_Atomic long looks, hits; /* at the list of ports; connected to or sent to one */
	_Atomic bool blind;	  /* it cannot list ports */
};

static struct tally *tally;

/* Local ports of IPv4 sockets of this protocol in these states; -1: not to be had. */
static int list_ports(int diag, int protocol, uint32_t states, uint16_t *ports)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} ask_for = {
		{ sizeof ask_for, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0 },
		{ .sdiag_family = AF_INET,
		  .sdiag_protocol = (uint8_t)protocol,
		  .idiag_states = states },
	};
	static _Alignas(struct nlmsghdr) char buf[32768];
	int n = 0;

	if (send(diag, &ask_for, sizeof ask_for, 0) < 0)
		return -1;
	for (;;) {
		ssize_t got = recv(diag, buf, sizeof buf, 0);
		const struct nlmsghdr *h = (const void *)buf;

		if (got < 0)
			return -1;
		for (; NLMSG_OK(h, (unsigned)got); h = NLMSG_NEXT(h, got)) {
			const struct inet_diag_msg *m = NLMSG_DATA(h);

			if (h->nlmsg_type == NLMSG_DONE)
				return n;
			if (h->nlmsg_type == NLMSG_ERROR)
				return -1;
			if (n < MOST_PORTS && m->id.idiag_src[0] == htonl(INADDR_LOOPBACK))
				ports[n++] = m->id.idiag_sport;
		}
	}
}

/* Connect to it, say something, and be gone some time later, without a trace (TIME_WAIT). */
static bool knock(uint16_t port)
{
	static int fds[OPEN_AT_ONCE], at;
	static uint16_t last;
	static int times;
	struct linger now = { 1, 0 };
	struct sockaddr_in to = any_port();
	int fd;

	/* a full queue is another test */
	times = port == last ? times + 1 : 0;
	last = port;
	if (times >= A_PORT)
		return false;
	if (fds[at] > 0)
		close(fds[at]);
	fds[at] = fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	at = (at + 1) % OPEN_AT_ONCE;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	to.sin_port = port;
	/* it answers EINPROGRESS, but on loopback is connected by then, if anybody listened */
	real_connect(fd, (struct sockaddr *)&to, sizeof to);
	return send(fd, evil, sizeof evil, MSG_NOSIGNAL) == sizeof evil;
}

static bool throw_at(int fd, uint16_t port)
{
	struct sockaddr_in to = any_port();

	to.sin_port = port;
	return sendto(fd, evil, sizeof evil, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
		      sizeof to) > 0;
}

/* ports that were there before are none of ours */
static bool is_in(uint16_t port, const uint16_t *ports, int n)
{
	while (n-- > 0)
		if (ports[n] == port)
			return true;
	return false;
}

static void attack(int type)
{
	bool tcp = type == AIRLOCK_TCP;
	uint32_t states = tcp ? 1u << TCP_LISTEN : 1u << TCP_CLOSE | 1u << TCP_ESTABLISHED;
	int diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint16_t old[MOST_PORTS], ports[MOST_PORTS];
	int nold = list_ports(diag, tcp ? IPPROTO_TCP : IPPROTO_UDP, states, old), n;

	if (nold < 0)
		tally->blind = true;
	tally->looks++;
	while (nold >= 0 &&
	       (n = list_ports(diag, tcp ? IPPROTO_TCP : IPPROTO_UDP, states, ports)) >= 0) {
		tally->looks++;
		for (int i = 0; i < n; i++)
			if (!is_in(ports[i], old, nold) &&
			    (tcp ? knock(ports[i]) : throw_at(udp, ports[i])))
				tally->hits++;
	}
}

static pid_t attackers[ATTACKERS];

/* back only when all of them are at it */
static void start_attackers(int type)
{
	pid_t parent = getpid();

	memset(tally, 0, sizeof *tally);
	for (int i = 0; i < ATTACKERS; i++) {
		attackers[i] = fork();
		assert_true(attackers[i] >= 0);
		if (attackers[i] > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			attack(type);
		_exit(0);
	}
	for (int ms = 0; tally->looks < 100 && !tally->blind && ms < 10000; ms++)
		nap(1);
}

static void stop_attackers(void)
{
	for (int i = 0; i < ATTACKERS; i++) {
		kill(attackers[i], SIGKILL);
		waitpid(attackers[i], NULL, 0);
	}
}

/* A loopback of our own, so that no other program's ports are knocked at; without it we go on. */
static void own_network(void)
{
	struct ifreq r = { 0 };
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		return;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strcpy(r.ifr_name, "lo");
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &r), 0);
	close(fd);
}

/* Channels made without care until one is intruded; false: none was in five seconds. */
static bool naive_is_intruded(int type)
{
	int64_t until = now_ms() + 5000;
	bool intruded = false;

	while (!intruded && now_ms() < until) {
		struct airlock__channel c = type == AIRLOCK_TCP ? naive_tcp() : naive_udp();

		intruded = is_intruded(&c, type);
		close_channel(&c);
	}
	return intruded;
}

static void open_under_attack(int type, int rounds)
{
	int64_t until = now_ms() + 5000;

	for (int i = 0; i < rounds || (tally->hits < 20 && now_ms() < until); i++) {
		struct airlock__channel c = open_channel((enum airlock_channel)type);
		char text[64];

		assert_ends_meet(&c);
		snprintf(text, sizeof text, "question %d", i);
		carry(c.wfd, c.helper_rfd, text);
		carry(c.helper_wfd, c.rfd, text);
		close_channel(&c);
	}
}

static void spawn_under_attack(int type, int rounds)
{
	char *argv[] = { (char *)helper_program("report"), (char *)"cat", NULL };
	struct airlock_options o = options_for((enum airlock_channel)type, argv);

	for (int i = 0; i < rounds; i++) {
		struct airlock_helper h = must_spawn(&o);
		char text[64], answer[256];

		snprintf(text, sizeof text, "question %d\n", i);
		for (int j = 0; j < 3; j++) {
			ask(&h, text, answer, sizeof answer);
			assert_string_equal(answer, text);
		}
		if (readable(h.rfd, 0))
			fail_msg("P6: the helper says what it was not asked");
		stop_at_once(&h);
	}
}

static void race(void *arg)
{
	int type = *(int *)arg;
	bool intruded;
	long hits;

	own_network();
	start_attackers(type);
	if (tally->blind) {
		stop_attackers();
		SKIP("an attacker without sock_diag(7) sees no ports");
	}
	intruded = naive_is_intruded(type);
	tally->hits = 0;
	open_under_attack(type, scaled(3000));
	hits = tally->hits;
	spawn_under_attack(type, scaled(300));
	stop_attackers();
	print_message("%s: %ld hits while channels were opened, %ld in all\n",
		      channel_name((enum airlock_channel)type), hits, (long)tally->hits);
	if (!hits || !intruded)
		SKIP("%s: the attack did not bite here: %ld hits, %s",
		     channel_name((enum airlock_channel)type), hits,
		     intruded ? "one of them intruded"
			      : "a channel made without care was not intruded");
}

static void p6_a_race_for_tcp_ports_is_lost(void **state)
{
	int type = AIRLOCK_TCP;

	(void)state;
	in_child(race, &type);
}

static void p6_a_race_for_udp_ports_is_lost(void **state)
{
	int type = AIRLOCK_UDP;

	(void)state;
	in_child(race, &type);
}

static int map_tally(void **state)
{
	(void)state;
	tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	return tally == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_channel_carries_bytes_both_ways),
		cmocka_unit_test(datagrams_keep_their_bounds),
		cmocka_unit_test(the_flags_of_the_ends_are_as_promised),
		cmocka_unit_test(no_channel_has_no_ends),
		cmocka_unit_test(tcp_does_not_delay),
		cmocka_unit_test(p6_tcp_and_udp_are_on_loopback_with_each_other_alone),
		cmocka_unit_test(end_of_file_goes_both_ways),
		cmocka_unit_test(closing_closes_a_side_once),
		cmocka_unit_test(closing_a_pair_skips_what_is_not_there),
		cmocka_unit_test(an_unknown_type_is_refused),
		cmocka_unit_test(p3_our_ends_keep_clear_of_0_to_2),
		cmocka_unit_test(p2_a_lack_of_descriptors_leaves_nothing),
		cmocka_unit_test(p2_a_lack_of_descriptors_leaves_nothing_with_0_to_2_closed),
		cmocka_unit_test(p4_a_deadline_that_is_over_ends_it),
		cmocka_unit_test(p6_the_strangers_get_onto_a_channel_made_without_care),
		cmocka_unit_test(p6_whoever_connects_first_is_not_the_helper),
		cmocka_unit_test(p4_strangers_without_end_end_in_time),
		cmocka_unit_test(p6_strangers_who_fill_the_queue_do_not_lock_us_out),
		cmocka_unit_test(p6_no_foreign_datagram_gets_in_at_any_moment),
		cmocka_unit_test(p6_no_datagram_of_another_address_gets_in),
		cmocka_unit_test(p6_no_foreign_datagram_reaches_helper_or_caller),
		cmocka_unit_test(p6_no_udp_channel_lacks_a_filter),
		cmocka_unit_test(p6_a_chat_that_is_not_as_it_should_be_is_refused),
		cmocka_unit_test(p3_no_descriptor_of_a_spawn_is_for_other_programs),
		cmocka_unit_test(p6_no_stranger_is_taken_for_the_helper),
		cmocka_unit_test(p6_a_race_for_tcp_ports_is_lost),
		cmocka_unit_test(p6_a_race_for_udp_ports_is_lost),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, map_tally, NULL);
}
