/* SPDX-License-Identifier: ISC */
/*
 * tracee.c: see tracee.h. What is read is bounded, and what is shown is printable, whatever the process does.
 */
#define _GNU_SOURCE
#include "tracee.h"

#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "calls.h"
#include "signatures.h"

/* Its small files of /proc */

ssize_t tracee_proc(pid_t pid, const char *file, char *buf, size_t size)
{
	char name[64];
	size_t len = 0;
	ssize_t n;
	int fd;

	snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, file);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + len, size - 1 - len)) > 0 || (n < 0 && errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	close(fd);
	buf[len] = 0;
	return (ssize_t)len;
}

const char *tracee_field(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? at + strlen(key) : "";
}

pid_t tracee_process(pid_t thread)
{
	char status[256];

	if (tracee_proc(thread, "status", status, sizeof status) <= 0)
		return -1;
	return (pid_t)strtol(tracee_field(status, "\nTgid:"), NULL, 10);
}

/* Memory */

enum { PAGE = 4096 }; /* or a part of one: what is read stays within it */

/* Without the right to use process_vm_readv(2), as in a filter around us, the file may do. */
static ssize_t read_file(pid_t pid, uint64_t address, void *buf, size_t size)
{
	char name[64];
	ssize_t n;
	int fd;

	if (address > INT64_MAX)
		return -EFAULT;
	snprintf(name, sizeof name, "/proc/%d/mem", (int)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pread(fd, buf, size, (off_t)address);
	n = n < 0 ? -(errno == EIO ? EFAULT : errno) : n == 0 ? -EFAULT : n;
	close(fd);
	return n;
}

static ssize_t read_piece(pid_t pid, uint64_t address, void *buf, size_t size)
{
	struct iovec here = { buf, size }, there = { (void *)(uintptr_t)address, size };
	ssize_t n = process_vm_readv(pid, &here, 1, &there, 1, 0);

	if (n < 0 && errno != EFAULT && errno != ESRCH)
		return read_file(pid, address, buf, size);
	return n < 0 ? -errno : n;
}

ssize_t tracee_read(pid_t pid, uint64_t address, void *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		uint64_t at = address + done;
		size_t piece = PAGE - at % PAGE;
		ssize_t n;

		/* round the end of all addresses */
		if (at < address)
			break;
		if (piece > size - done)
			piece = size - done;
		n = read_piece(pid, at, (char *)buf + done, piece);
		if (n <= 0 && !done)
			return n < 0 ? n : -EFAULT;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t tracee_string(pid_t pid, uint64_t address, char *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t piece = PAGE - (address + done) % PAGE;
		const char *end;
		ssize_t n;

		if (piece > size - done)
			piece = size - done;
		n = tracee_read(pid, address + done, buf + done, piece);
		if (n < 0)
			return n;
		end = memchr(buf + done, '\0', (size_t)n);
		if (end)
			return end - buf;
		done += (size_t)n;
	}
	return -ENAMETOOLONG;
}

/* Words */

/* Text that grows to its end and no further */
struct text {
	char *buf;
	size_t size, len;
};

static void say(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->buf + t->len, t->size - t->len, format, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n < t->size - t->len ? (size_t)n : t->size - t->len - 1;
}

static void say_bytes(struct text *t, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '"' || c == '\\')
			say(t, "\\%c", c);
		else if (c == '\n')
			say(t, "\\n");
		else if (c < 0x20 || c >= 0x7f)
			say(t, "\\x%02x", c);
		else
			say(t, "%c", c);
	}
}

enum { SHOWN = 160 }; /* of a string; enough for nearly all names of files */

static void say_string(struct text *t, pid_t pid, uint64_t address)
{
	char buf[SHOWN + 1];
	ssize_t n;

	if (!address) {
		say(t, "NULL");
		return;
	}
	n = tracee_string(pid, address, buf, sizeof buf);
	if (n < 0 && n != -ENAMETOOLONG) {
		say(t, "?");
		return;
	}
	say(t, "\"");
	say_bytes(t, buf, n < 0 ? SHOWN : (size_t)n);
	say(t, n < 0 ? "\"..." : "\"");
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* How many bytes of it there are: less than the two of the family are none. */
static size_t read_address(const struct question *q, int arg, union address *ret)
{
	size_t size = (uint32_t)q->data.args[arg + 1];
	ssize_t n;

	memset(ret, 0, sizeof *ret);
	if (!q->data.args[arg] || size < sizeof ret->any.sa_family)
		return 0;
	if (size > sizeof *ret)
		size = sizeof *ret;
	n = tracee_read(q->pid, q->data.args[arg], ret, size);
	return n >= (ssize_t)sizeof ret->any.sa_family ? (size_t)n : 0;
}

static void say_unix(struct text *t, const struct sockaddr_un *un, size_t len)
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);

	if (len <= offsetof(struct sockaddr_un, sun_path))
		return;
	say(t, ", \"");
	/* a name that begins with NUL is abstract, and all of it counts */
	if (un->sun_path[0]) {
		say_bytes(t, un->sun_path, strnlen(un->sun_path, n));
	} else {
		say(t, "\\0");
		say_bytes(t, un->sun_path + 1, n - 1);
	}
	say(t, "\"");
}

static void say_address(struct text *t, const struct question *q, int arg)
{
	char host[INET6_ADDRSTRLEN] = "?", family[32];
	union address a;
	size_t len = read_address(q, arg, &a);

	if (!q->data.args[arg] || !len) {
		say(t, q->data.args[arg] ? "?" : "NULL");
		return;
	}
	value_names('F', a.any.sa_family, family, sizeof family);
	say(t, "{%s", family);
	if (a.any.sa_family == AF_INET && len >= sizeof a.in) {
		inet_ntop(AF_INET, &a.in.sin_addr, host, sizeof host);
		say(t, ", %s, port %u", host, ntohs(a.in.sin_port));
	} else if (a.any.sa_family == AF_INET6 &&
		   len >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		inet_ntop(AF_INET6, &a.in6.sin6_addr, host, sizeof host);
		say(t, ", %s, port %u", host, ntohs(a.in6.sin6_port));
	} else if (a.any.sa_family == AF_UNIX) {
		say_unix(t, &a.un, len);
	}
	say(t, "}");
}

static void say_argument(struct text *t, const struct question *q, char kind, int arg)
{
	uint64_t value = q->data.args[arg];
	char names[512];

	if (value_names(kind, kind_is_narrow(kind) ? (uint32_t)value : value, names,
			sizeof names)) {
		say(t, "%s", names);
		return;
	}
	switch (kind) {
	case 's':
		say_string(t, q->pid, value);
		break;
	case 'a':
		say_address(t, q, arg);
		break;
	case 'd':
	case 'f':
	case 'i':
		if (kind == 'd' && (int)value == AT_FDCWD)
			say(t, "AT_FDCWD");
		else
			say(t, "%d", (int)value);
		break;
	case 'u':
		say(t, "%u", (unsigned)value);
		break;
	case 'l':
		say(t, "%lld", (long long)value);
		break;
	case 'z':
		say(t, "%llu", (unsigned long long)value);
		break;
	case 'm':
		say(t, "%#o", (unsigned)value & 0xffff);
		break;
	case 'p':
		if (!value) {
			say(t, "NULL");
			break;
		}
		/* fall through */
	default:
		say(t, value < 10 ? "%llu" : "0x%llx", (unsigned long long)value);
	}
}

/* A call that makes no file is given no mode: what stands in the register is left over from something. */
static size_t count_arguments(const char *signature, const struct question *q)
{
	size_t n = strlen(signature);
	const char *flags = strstr(signature, "Om");

	if (flags && !(q->data.args[flags - signature] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
		n = (size_t)(flags - signature) + 1;
	return n;
}

static void say_raw(struct text *t, const struct question *q)
{
	int n = 6;

	while (n > 0 && !q->data.args[n - 1])
		n--;
	for (int i = 0; i < n; i++)
		say(t, "%s0x%llx", i ? ", " : "", (unsigned long long)q->data.args[i]);
}

void tracee_call(const struct question *q, char *buf, size_t size)
{
	int call = q->data.arch == airlock__audit_arch ? airlock__call_by_nr((uint32_t)q->data.nr)
						       : -1;
	const char *signature = call < 0 ? NULL : call_signature(airlock__calls[call].name);
	struct text t = { buf, size, 0 };

	if (!size)
		return;
	*buf = '\0';
	if (call < 0)
		say(&t, "syscall_%u(", (unsigned)q->data.nr);
	else
		say(&t, "%s(", airlock__calls[call].name);
	if (signature) {
		size_t n = count_arguments(signature, q);

		for (size_t i = 0; i < n; i++) {
			say(&t, "%s", i ? ", " : "");
			say_argument(&t, q, signature[i], (int)i);
		}
	} else {
		say_raw(&t, q);
	}
	say(&t, ")");
	if (q->data.arch != airlock__audit_arch)
		say(&t, " of another architecture");
	/* what had no room */
	if (t.len + 1 >= size && size > 4)
		memcpy(buf + size - 4, "...", 4);
}
