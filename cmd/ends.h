/* SPDX-License-Identifier: ISC */
/*
 * ends.h: reads and writes that do not block, of descriptors that others share: O_NONBLOCK belongs to the open
 * file, and would be the shell's, too.
 */
#ifndef AIRLOCK_ENDS_H
#define AIRLOCK_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct end {
	int fd;				/* to poll */
	int io;				/* to read or write; pipes and terminals are opened anew for that */
	size_t most;			/* a longer write could block */
	bool is_socket;
};

/* `access`: O_RDONLY or O_WRONLY. */
void end_open(struct end *e, int fd, int access);

/* Only what end_open() opened; fd stays. */
void end_close(struct end *e);

/* When poll(2) says so. Bytes, or -errno; -EAGAIN: it was not so after all. */
ssize_t end_read(const struct end *e, void *buf, size_t size);
ssize_t end_write(const struct end *e, const void *buf, size_t size);

#endif
