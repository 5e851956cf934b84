/* SPDX-License-Identifier: ISC */
/*
 * listener.c: see listener.h: the command's half. The stage's is in stage.c.
 */
#define _GNU_SOURCE
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracee.h"

enum { TOKEN_LENGTH = LISTENER_TOKEN };

/* The words of the stage */

char **listener_words(const struct sandbox *s, const char *fd_word, char *const *argv)
{
	size_t n = 0, command = 0;
	const char **w;

	while (argv[command])
		command++;
	w = calloc(6 + 2 * (s->nprofiles + s->npairs) + command, sizeof *w);
	if (!w)
		return NULL;
	w[n++] = "/proc/self/exe";
	w[n++] = "exec";
	w[n++] = "--listener";
	w[n++] = fd_word;
	for (size_t i = 0; i < s->nprofiles; i++) {
		w[n++] = "--profile";
		w[n++] = s->profiles[i];
	}
	for (size_t i = 0; i < s->npairs; i++) {
		w[n++] = "-p";
		w[n++] = s->pairs[i];
	}
	w[n++] = "--";
	memcpy(w + n, argv, command * sizeof *w);
	return (char **)w;
}

/* Questions */

/* The kernel writes as much as it knows: more than our headers, perhaps. */
union notice {
	struct seccomp_notif n;
	char room[512];
};
union reply {
	struct seccomp_notif_resp r;
	char room[512];
};

static int check_sizes(void)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -errno;
	return sizes.seccomp_notif <= sizeof(union notice) &&
			       sizes.seccomp_notif_resp <= sizeof(union reply)
		       ? 0
		       : -EOPNOTSUPP;
}

/* All that came; a descriptor too many would be lost otherwise. */
static int take_descriptor(struct msghdr *m)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len == CMSG_LEN(sizeof fd))
			memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

int listener_receive(int socket, pid_t pid, struct listener *ret)
{
	struct listener l = { .fd = -1, .stage = pid };
	struct iovec text = { l.token, TOKEN_LENGTH };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &text,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof control.room };
	ssize_t n;
	int r;

	do
		n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	l.fd = take_descriptor(&m);
	if (n == 0 && l.fd < 0)
		return -EPIPE;
	/* no descriptor of ours was free for it */
	if (m.msg_flags & MSG_CTRUNC && l.fd < 0)
		return -EMFILE;
	r = n == TOKEN_LENGTH && l.fd >= 0 ? check_sizes() : -EPROTO;
	if (r < 0)
		listener_close(&l);
	else
		*ret = l;
	return r;
}

void listener_close(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* An exec changes a process's name, and only the stage knew the one that it had. */
static bool is_stage(const struct listener *l)
{
	char name[64];
	ssize_t n = tracee_proc(l->stage, "comm", name, sizeof name);

	return n == TOKEN_LENGTH + 1 && memcmp(name, l->token, TOKEN_LENGTH) == 0;
}

int listener_next(struct listener *l, struct question *ret)
{
	struct pollfd p = { l->fd, POLLIN, 0 };
	union notice got;

	/* the ioctl would wait */
	if (poll(&p, 1, 0) < 0)
		return errno == EINTR ? 0 : -errno;
	if (!(p.revents & POLLIN))
		return p.revents & (POLLHUP | POLLERR | POLLNVAL) ? -EPIPE : 0;
	memset(&got, 0, sizeof got);
	if (ioctl(l->fd, SECCOMP_IOCTL_NOTIF_RECV, &got) < 0)
		return errno == EINTR || errno == ENOENT || errno == EAGAIN ? 0 : -errno;
	*ret = (struct question){ got.n.id, (pid_t)got.n.pid, got.n.data };
	if (!l->helper_runs)
		l->helper_runs = !is_stage(l);
	if (l->helper_runs)
		return 1;
	listener_answer(l, ret, SECCOMP_RET_ALLOW);
	return 0;
}

bool listener_asks_still(const struct listener *l, const struct question *q)
{
	uint64_t id = q->id;

	return ioctl(l->fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static bool has_signal(const char *status, const char *key, int sig)
{
	return strtoull(tracee_field(status, key), NULL, 16) >> (sig - 1) & 1;
}

/* Does SIGSYS, sent to this thread, end it? The first of a pid namespace is spared. */
static bool dies_of_sigsys(const char *status)
{
	const char *ids = tracee_field(status, "\nNSpid:");
	size_t len = strcspn(ids, "\n");

	while (len && (ids[len - 1] == ' ' || ids[len - 1] == '\t'))
		len--;
	if (len > 1 && ids[len - 1] == '1' && ids[len - 2] == '\t')
		return false;
	/* another thread may catch it from now on */
	if (strtol(tracee_field(status, "\nThreads:"), NULL, 10) != 1)
		return false;
	return !has_signal(status, "\nSigBlk:\t", SIGSYS) &&
	       !has_signal(status, "\nSigIgn:\t", SIGSYS) &&
	       !has_signal(status, "\nSigCgt:\t", SIGSYS);
}

/*
 * To the thread that asks, so that it is that one which does not return from its call: the signal stands
 * there when the answer comes. While a question is valid its thread waits in it, and its number is no other's.
 */
static int end_process(const struct listener *l, const struct question *q)
{
	char status[8192];
	pid_t process;
	int pidfd;

	if (tracee_proc(q->pid, "status", status, sizeof status) <= 0)
		return -1;
	process = (pid_t)strtol(tracee_field(status, "\nTgid:"), NULL, 10);
	if (process <= 0)
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, process, 0);
	if (listener_asks_still(l, q))
		syscall(SYS_tgkill, process, q->pid, dies_of_sigsys(status) ? SIGSYS : SIGKILL);
	return pidfd;
}

/* Another thread may have begun to catch SIGSYS meanwhile. */
static void see_it_end(int pidfd)
{
	struct pollfd p = { pidfd, POLLIN, 0 };

	if (pidfd < 0)
		return;
	if (poll(&p, 1, 200) == 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	close(pidfd);
}

static int send_reply(const struct listener *l, const union reply *reply)
{
	union reply copy;
	int r;

	do {
		copy = *reply;
		r = ioctl(l->fd, SECCOMP_IOCTL_NOTIF_SEND, &copy);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

void listener_answer(const struct listener *l, const struct question *q, uint32_t answer)
{
	union reply reply;
	int pidfd = -1;

	memset(&reply, 0, sizeof reply);
	reply.r.id = q->id;
	if (answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG) {
		reply.r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	} else if ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
		reply.r.error = -(int)(answer & SECCOMP_RET_DATA);
	} else {
		pidfd = end_process(l, q);
		/* what waits for the answer alone sees the signal after it */
		reply.r.error = -EPERM;
	}
	/* a kernel before 5.5 has no CONTINUE, and a call without an answer waits for ever */
	if (send_reply(l, &reply) == -EINVAL) {
		reply.r.flags = 0;
		reply.r.error = -ENOSYS;
		(void)send_reply(l, &reply);
	}
	see_it_end(pidfd);
}
