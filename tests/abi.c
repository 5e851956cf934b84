/* SPDX-License-Identifier: ISC */
/*
 * abi.c: see abi.h. The kernel holds each landlock_create_ruleset(2) until our process has answered
 * it (seccomp_unotify(2)): the question for the ABI itself, all else by letting it go on.
 */
#define _GNU_SOURCE
#include "abi.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1
#endif

enum { NR_CREATE_RULESET = 444, NR_ADD_RULE = 445, NR_RESTRICT_SELF = 446, CREATE_VERSION = 1 };

int landlock_abi(void)
{
	long abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static bool refuse_all(unsigned error)
{
	const struct call_rule rules[] = {
		{ NR_CREATE_RULESET, 0, 0, 0, SECCOMP_RET_ERRNO | error },
		{ NR_ADD_RULE, 0, 0, 0, SECCOMP_RET_ERRNO | error },
		{ NR_RESTRICT_SELF, 0, 0, 0, SECCOMP_RET_ERRNO | error },
	};

	return filter_calls(rules, COUNT(rules));
}

/* Of struct landlock_ruleset_attr: handled_access_fs, then handled_access_net, then scoped. */
static uint64_t attr_size(int abi)
{
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static void answer(int listener, int abi)
{
	struct seccomp_notif n;
	struct seccomp_notif_resp a;

	memset(&n, 0, sizeof n);
	memset(&a, 0, sizeof a);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
		return;
	a.id = n.id;
	if (n.data.args[2] & CREATE_VERSION)
		a.val = abi;
	else if (n.data.args[1] > attr_size(abi))
		a.error = -E2BIG;
	else
		a.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* it may have been killed meanwhile */
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &a);
}

static int receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	int fd = -1;

	if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	return fd;
}

static bool send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return sendmsg(to, &m, 0) == 1;
}

/* Holds nothing of the test's open: somebody may wait for the end of its output. */
static _Noreturn void serve(int talk, int abi)
{
	enum { LISTENER = 1, FIRST_OTHER = 2, MANY = 1024 };
	struct pollfd p = { LISTENER, POLLIN, 0 };
	int listener = receive_fd(talk);

	if (listener < 0 || dup2(listener, LISTENER) < 0)
		_exit(1);
	close(0);
	for (int fd = FIRST_OTHER; fd < MANY; fd++)
		close(fd);
	for (;;) {
		poll(&p, 1, -1);
		if (p.revents & POLLIN)
			answer(LISTENER, abi);
		/* nobody is left under the filter */
		else if (p.revents)
			_exit(0);
	}
}

static bool start_server(int abi, int *ret_talk)
{
	int talk[2], st = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, talk) < 0)
		return false;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* twice, so that it is no child of the test's */
		close(talk[0]);
		pid = fork();
		if (pid == 0)
			serve(talk[1], abi);
		_exit(pid < 0);
	}
	close(talk[1]);
	if (pid > 0 && waitpid(pid, &st, 0) == pid && st == 0) {
		*ret_talk = talk[0];
		return true;
	}
	close(talk[0]);
	return false;
}

bool pretend_landlock_abi(int abi)
{
	int talk, listener;
	bool good;

	if (under_valgrind())
		return false;
	if (abi <= 0)
		return refuse_all(abi == 0 ? ENOSYS : (unsigned)-abi);
	if (!start_server(abi, &talk))
		return false;
	listener = listener_for(NR_CREATE_RULESET);
	good = listener >= 0 && send_fd(talk, listener);
	if (listener >= 0)
		close(listener);
	close(talk);
	return good && landlock_abi() == abi;
}
