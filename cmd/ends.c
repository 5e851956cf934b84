/* SPDX-License-Identifier: ISC */
/*
 * ends.c: see ends.h.
 */
#define _GNU_SOURCE
#include "ends.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The other side of a terminal cannot be opened anew: that would make another terminal. */
static bool is_terminal(int fd)
{
	unsigned number;

	return isatty(fd) && ioctl(fd, TIOCGPTN, &number) < 0;
}

void end_open(struct end *e, int fd, int access)
{
	int flags = fcntl(fd, F_GETFL);
	char path[32];
	struct stat st;

	*e = (struct end){ fd, fd, SIZE_MAX, false };
	if (flags < 0 || flags & O_NONBLOCK || fstat(fd, &st) < 0)
		return;
	e->is_socket = S_ISSOCK(st.st_mode);
	if (!S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && is_terminal(fd)))
		return;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	e->io = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (e->io >= 0)
		return;
	/* of another user, or there is no /proc: what fits into a pipe when poll(2) says that something does */
	e->io = fd;
	e->most = PIPE_BUF;
}

void end_close(struct end *e)
{
	if (e->io != e->fd)
		close(e->io);
	e->io = e->fd;
}

ssize_t end_read(const struct end *e, void *buf, size_t size)
{
	ssize_t n = e->is_socket ? recv(e->io, buf, size, MSG_DONTWAIT) : read(e->io, buf, size);

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	return n;
}

ssize_t end_write(const struct end *e, const void *buf, size_t size)
{
	ssize_t n;

	if (size > e->most)
		size = e->most;
	n = e->is_socket ? send(e->io, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL)
			 : write(e->io, buf, size);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	return n;
}
