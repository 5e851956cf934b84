/* SPDX-License-Identifier: ISC */
/*
 * signatures.h: what system calls take: kinds of arguments and the names of their values, and which files they
 * want. Data; it reads no memory of anybody.
 */
#ifndef AIRLOCK_SIGNATURES_H
#define AIRLOCK_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A letter an argument; NULL: the call is not in the table.
 *	s string	d folder's descriptor	f descriptor	i int	u unsigned	l long	z size
 *	m mode, octal	p pointer		a socket's address, with its length in the argument that follows
 *	x hexadecimal	any other letter: it has names, see value_names()
 */
const char *call_signature(const char *call);

/* Is it an int or unsigned, whose high half says nothing? */
bool kind_is_narrow(char kind);

/* "O_WRONLY|O_CREAT": true. false: values of this kind have no names. What has no name is in hex. */
bool value_names(char kind, uint64_t value, char *buf, size_t size);

/* What a call does with files. */
enum deed {
	OPENS,				/* `flags`: the argument with them */
	OPENS_HOW,			/* openat2: `flags` points to them */
	CREATES,			/* creat */
	TRUNCATES,
	REMOVES,			/* from the folder of `path` */
	MAKES,				/* in the folder of `path` */
	MOVES,				/* both: from `path` to `to` */
	EXECUTES,
	BINDS, CONNECTS			/* argument 0 a socket, 1 and 2 the address */
};
enum { HERE = -1, NO_FLAGS = -1 };
struct file_call {
	char call[12];
	enum deed deed;
	int8_t dir, path, flags;	/* arguments; dir HERE: the current folder */
	int8_t to_dir, to;
};

/* NULL: it wants none. */
const struct file_call *file_call(const char *call);

#endif
