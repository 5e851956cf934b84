/* SPDX-License-Identifier: ISC */
/*
 * lines.c: see lines.h.
 */
#define _GNU_SOURCE
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

void lines_open(struct lines *l, int log, const char *log_name)
{
	memset(l, 0, sizeof *l);
	end_open(&l->log, log, O_WRONLY);
	l->log_name = log_name;
}

/* A terminal takes orders from control characters, those of ISO 6429 above 0x7f in UTF-8 too. */
static void defuse(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char next = i + 1 < len ? (unsigned char)text[i + 1] : 0;

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			text[i] = '?';
		if (c == 0xc2 && next >= 0x80 && next < 0xa0)
			text[i] = text[i + 1] = '?';
	}
}

void lines_begin(struct lines *l, const char *name, pid_t pid)
{
	snprintf(l->prefix, sizeof l->prefix, "%.40s[%d]: ", name, (int)pid);
	defuse(l->prefix, strlen(l->prefix));
	l->start = l->end = 0;
}

bool lines_wait(const struct lines *l)
{
	return l->out_start < l->out_end;
}

ssize_t lines_read(struct lines *l, int fd)
{
	ssize_t n;

	memmove(l->raw, l->raw + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	n = read(fd, l->raw + l->end, sizeof l->raw - l->end);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	l->end += (size_t)n;
	return n;
}

/* One line, or a piece of one that is too long, into `out`: false if there is none yet. */
static bool take_line(struct lines *l, bool all)
{
	size_t prefix = strlen(l->prefix), room = sizeof l->out - prefix - 2;
	size_t have = l->end - l->start;
	const char *text = l->raw + l->start, *newline = memchr(text, '\n', have);
	size_t len = newline ? (size_t)(newline - text) : have;
	bool broken = len > room;

	if (!newline && !broken && !(all && have))
		return false;
	if (broken)
		len = room;
	l->start += len + (newline && !broken);
	memcpy(l->out, l->prefix, prefix);
	memcpy(l->out + prefix, text, len);
	if (!broken && len && text[len - 1] == '\r')
		len--;
	defuse(l->out + prefix, len);
	if (broken)
		l->out[prefix + len++] = '\\';
	l->out[prefix + len++] = '\n';
	l->out_start = 0;
	l->out_end = prefix + len;
	return true;
}

/* A log that takes nothing costs its lines, not the helper. */
static void lose(struct lines *l, int error)
{
	if (!l->told && l->log_name)
		complain("%s: %s; lines are lost", l->log_name, strerror(error));
	l->told = true;
	l->out_start = l->out_end = 0;
}

static bool log_is_ready(const struct lines *l)
{
	struct pollfd p = { l->log.fd, POLLOUT, 0 };

	return poll(&p, 1, 0) != 0;
}

/* False: the log takes no more now */
static bool write_out(struct lines *l)
{
	while (lines_wait(l)) {
		ssize_t n = -EAGAIN;

		if (log_is_ready(l))
			n = end_write(&l->log, l->out + l->out_start, l->out_end - l->out_start);
		if (n == -EAGAIN)
			return false;
		if (n < 0)
			lose(l, (int)-n);
		else
			l->out_start += (size_t)n;
	}
	return true;
}

void lines_write(struct lines *l, bool all)
{
	while (write_out(l) && take_line(l, all))
		;
}

void lines_note(struct lines *l, const char *format, ...)
{
	size_t prefix;
	va_list args;
	int n;

	if (!write_out(l))
		return;
	prefix = (size_t)snprintf(l->out, sizeof l->out, "airlock: %s", l->prefix);
	va_start(args, format);
	n = vsnprintf(l->out + prefix, sizeof l->out - prefix - 1, format, args);
	va_end(args);
	l->out_start = 0;
	l->out_end = strnlen(l->out, sizeof l->out - 1);
	if (n > 0)
		l->out[l->out_end++] = '\n';
	write_out(l);
}
