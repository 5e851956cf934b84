/* SPDX-License-Identifier: ISC */
/*
 * ops.c: see ops.h.
 */
#include "ops.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

FUZZ_UNTRACED_BEGIN

/* Asked for at each step: counted once. */
static unsigned count(void)
{
	static unsigned n;

	if (n == 0)
		while (fuzz_ops[n].name)
			n++;
	return n;
}

static unsigned width(char kind)
{
	return kind == 'h' ? 2 : kind == 'w' ? 4 : kind == 'q' ? 8 : 1;
}

static uint64_t take(struct fuzz_reader *r, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes && r->at < r->end; i++)
		v |= (uint64_t)*r->at++ << 8 * i;
	return v;
}

bool fuzz_next(struct fuzz_reader *r, struct fuzz_step *ret)
{
	const char *args;

	if (r->at >= r->end)
		return false;
	*ret = (struct fuzz_step){ .op = *r->at++ % count() };
	args = fuzz_ops[ret->op].args;
	for (unsigned i = 0; args[i]; i++) {
		ret->arg[i] = take(r, width(args[i]));
		if (args[i] != 's')
			continue;
		if (ret->arg[i] > (size_t)(r->end - r->at))
			ret->arg[i] = (size_t)(r->end - r->at);
		ret->bytes = r->at;
		r->at += ret->arg[i];
	}
	return true;
}

void fuzz_broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
	abort();
}

/* In words */

static void print_bytes(const uint8_t *bytes, size_t n, FILE *f)
{
	fputs(" \"", f);
	for (size_t i = 0; i < n; i++)
		if (isprint(bytes[i]) && bytes[i] != '"' && bytes[i] != '\\')
			fputc(bytes[i], f);
		else
			fprintf(f, "\\x%02x", bytes[i]);
	fputc('"', f);
}

void fuzz_print(const uint8_t *data, size_t size, FILE *f)
{
	struct fuzz_reader r = { data, data + size };
	struct fuzz_step s;

	if (!fuzz_ops) {
		fwrite(data, 1, size, f);
		return;
	}
	while (fuzz_next(&r, &s)) {
		const struct fuzz_op *op = &fuzz_ops[s.op];

		fputs(op->name, f);
		for (unsigned i = 0; op->args[i]; i++)
			if (op->args[i] == 's')
				print_bytes(s.bytes, (size_t)s.arg[i], f);
			else
				fprintf(f, " %llu", (unsigned long long)s.arg[i]);
		fputc('\n', f);
	}
}

/* "..." with \xHH: the bytes to `ret`, at most 255; where it ends, or NULL */
static const char *read_bytes(const char *at, uint8_t *ret, size_t *ret_n)
{
	size_t n = 0;

	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		unsigned char c = (unsigned char)*at;
		char hex[3] = { 0 };

		if (!c || n == 255)
			return NULL;
		if (c == '\\') {
			if (at[1] != 'x' || !isxdigit((unsigned char)at[2]) ||
			    !isxdigit((unsigned char)at[3]))
				return NULL;
			memcpy(hex, at + 2, 2);
			c = (unsigned char)strtoul(hex, NULL, 16);
			at += 3;
		}
		ret[n++] = c;
	}
	*ret_n = n;
	return at + 1;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\n");
}

/* One argument to `out`: where it ends, or NULL */
static const char *make_argument(char kind, const char *at, FILE *out)
{
	uint8_t bytes[255];
	unsigned long long v;
	size_t n;
	char *end;

	at = skip_blanks(at);
	if (kind == 's') {
		at = read_bytes(at, bytes, &n);
		if (at) {
			fputc((int)n, out);
			fwrite(bytes, 1, n, out);
		}
		return at;
	}
	if (!isdigit((unsigned char)*at))
		return NULL;
	errno = 0;
	v = strtoull(at, &end, 0);
	if (errno || (width(kind) < 8 && v >> 8 * width(kind)))
		return NULL;
	for (unsigned i = 0; i < width(kind); i++)
		fputc((int)(v >> 8 * i & 0xff), out);
	return end;
}

/* One line of a seed: "open 7"; blank ones and comments are skipped */
static bool make_line(const char *line, FILE *out)
{
	const char *at = skip_blanks(line);
	size_t len = strcspn(at, " \t\n");
	unsigned op = 0;

	if (!*at || *at == '#')
		return true;
	while (fuzz_ops[op].name &&
	       (strlen(fuzz_ops[op].name) != len || memcmp(fuzz_ops[op].name, at, len) != 0))
		op++;
	if (!fuzz_ops[op].name)
		return false;
	fputc((int)op, out);
	at += len;
	for (const char *kind = fuzz_ops[op].args; *kind && at; kind++)
		at = make_argument(*kind, at, out);
	if (!at)
		return false;
	at = skip_blanks(at);
	return !*at || *at == '#';
}

int fuzz_make(FILE *in, FILE *out, const char *name)
{
	char line[4096];
	unsigned number = 0;
	int c;

	if (!fuzz_ops) {
		while ((c = fgetc(in)) != EOF)
			fputc(c, out);
		return 0;
	}
	while (fgets(line, sizeof line, in)) {
		number++;
		if (make_line(line, out))
			continue;
		line[strcspn(line, "\n")] = '\0';
		fprintf(stderr, "%s:%u: no operation of this target: %s\n", name, number, line);
		return -EINVAL;
	}
	return 0;
}

FUZZ_UNTRACED_END
