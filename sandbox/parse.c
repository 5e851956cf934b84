/* SPDX-License-Identifier: ISC */
/*
 * parse.c: see parse.h.
 *
 * The lines are read here and not by inih. As Debian builds it, that library cuts a value at " ;", which
 * SystemCallRule= needs; it knows no `\` at a line's end, no columns, and tells its handler no line.
 */
#define _GNU_SOURCE
#include "parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_MEMORY "there is not enough memory"

/* Where a line of the file stands in the line that was put together of several. */
struct piece {
	size_t at;
	unsigned line, column; /* where it begins, from 1 */
};

struct reader {
	struct airlock__parser *parser;
	const struct airlock__chain *chain;
	const char *text;
	size_t len, next;
	unsigned line;	 /* of the file, from 1, the one last read */
	unsigned column; /* where the first line begins, behind a byte order mark */
	char *joined;
	size_t n;
	struct piece *pieces;
	size_t npieces;
};

static int parse_chain(struct airlock__parser *parser, const struct airlock__chain *chain,
		       const char *text, size_t len);

/* Errors */

static int fail(struct airlock__parser *parser, int code, const char *source, unsigned line,
		size_t column, const char *format, ...) __attribute__((format(printf, 6, 7)));

static int fail(struct airlock__parser *parser, int code, const char *source, unsigned line,
		size_t column, const char *format, ...)
{
	struct airlock_profile_error *e = parser->error;
	struct airlock__wrong clean;
	char message[sizeof e->message];
	va_list args;

	if (!e)
		return code;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	airlock__wrong(&clean, 0, "%s", message);
	e->source = source;
	e->line = line;
	e->column = (unsigned)column;
	memcpy(e->message, clean.message, sizeof e->message);
	return code;
}

/* For an offset in the joined line */
static int fail_at(struct reader *r, int code, size_t at, const char *message)
{
	size_t i = r->npieces - 1;

	while (i && r->pieces[i].at > at)
		i--;
	return fail(r->parser, code, r->chain->source, r->pieces[i].line,
		    at - r->pieces[i].at + r->pieces[i].column, "%s", message);
}

/* The place of an offset in the text itself */
static int fail_in_text(struct reader *r, int code, size_t at, const char *message)
{
	unsigned line = 1;
	size_t start = 0;

	for (size_t i = 0; i < at; i++)
		if (r->text[i] == '\n') {
			line++;
			start = i + 1;
		}
	return fail(r->parser, code, r->chain->source, line, at - start + 1, "%s", message);
}

/* Names of sources are kept as long as the profile is: once each, on failure too. */
static const char *keep_source(struct airlock__parser *parser, const char *name)
{
	struct airlock__strings *s = parser->sources;

	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->at[i], name))
			return s->at[i];
	return airlock__strings_add(s, name) < 0 ? NULL : s->at[s->n - 1];
}

/* Lines */

static int add_piece(struct reader *r, unsigned column, const char *text, size_t len)
{
	struct piece *pieces = airlock__grow(r->pieces, r->npieces, sizeof *pieces);

	if (!pieces)
		return fail(r->parser, -ENOMEM, r->chain->source, 0, 0, "%s", NO_MEMORY);
	r->pieces = pieces;
	r->pieces[r->npieces++] = (struct piece){ r->n, r->line, column };
	if (len > AIRLOCK__MAX_LINE - r->n)
		return fail_at(r, -E2BIG, AIRLOCK__MAX_LINE,
			       "the line is longer than 64 KiB, with the lines that it goes on "
			       "with");
	memcpy(r->joined + r->n, text, len);
	r->n += len;
	return 0;
}

static bool goes_on(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[len - 1 - n] == '\\')
		n++;
	return n & 1;
}

/* "; return EPERM" on a line of its own is a comment, and was hardly meant to be one. */
static bool looks_like_return(const char *comment, size_t len)
{
	size_t i = 1;

	while (i < len && airlock__is_blank(comment[i]))
		i++;
	return *comment == ';' && len - i >= 6 && !memcmp(comment + i, "return", 6);
}

/* One line of the file. 1: it goes on. */
static int read_piece(struct reader *r)
{
	const char *line = r->text + r->next, *end = memchr(line, '\n', r->len - r->next);
	size_t len = end ? (size_t)(end - line) : r->len - r->next, blanks = 0;
	bool more, last = !end;
	int error;

	r->next += len + !last;
	r->line++;
	if (len && line[len - 1] == '\r')
		len--;
	while (blanks < len && airlock__is_blank(line[blanks]))
		blanks++;
	if (blanks < len && (line[blanks] == '#' || line[blanks] == ';')) {
		if (!r->npieces)
			return 0;
		if (looks_like_return(line + blanks, len - blanks))
			return fail(r->parser, -EINVAL, r->chain->source, r->line, blanks + 1,
				    "a line that begins with `;` is a comment: `; return` stands "
				    "on the line before");
		if (r->next < r->len)
			return 1;
		/* where the text ends in a comment, what goes on before it ends there, too */
		return fail_at(r, -EINVAL, r->n - 1, "nothing comes after this `\\`");
	}
	more = goes_on(line, len);
	error = add_piece(r, r->line == 1 ? r->column : 1, line, len);
	if (error < 0)
		return error;
	if (more && r->next >= r->len)
		return fail_at(r, -EINVAL, r->n - 1, "nothing comes after this `\\`");
	if (more)
		r->joined[r->n - 1] = ' ';
	return more;
}

static int read_line(struct reader *r)
{
	int more;

	r->n = 0;
	r->npieces = 0;
	while ((more = read_piece(r)) > 0)
		;
	r->joined[r->n] = '\0';
	return more;
}

/* Assignments */

size_t airlock__printed(const char *key, const char *value)
{
	return strlen(key) + strlen("=") + strlen(value) + strlen("\n");
}

/* Take the value, and remember it. -E2BIG, -EINVAL: *wrong says what is wrong with it. */
static int assign(struct airlock__parser *parser, const struct airlock__key *key, const char *value,
		  const char *source, unsigned line, struct airlock__wrong *wrong)
{
	struct airlock__setting s = {
		.p = parser->p,
		.value = value,
		.source = source,
		.line = line,
		.into_deny = parser->into_deny,
	};
	struct airlock__assignment *lines;
	size_t len = strlen(value);
	int r;

	/* Printed, it would go on with the next line. (Blanks after a `\`: it was meant to, here.) */
	if (goes_on(value, len)) {
		airlock__wrong(wrong, len - 1,
			       "a value cannot end in `\\`; to go on, it must be the last of its "
			       "line");
		return -EINVAL;
	}
	parser->printed += airlock__printed(key->name, value);
	if (parser->printed > AIRLOCK__MAX_TEXT) {
		airlock__wrong(wrong, 0, "more than 1 MiB of lines in one profile");
		return -E2BIG;
	}
	r = key->set(&s, key->which);
	if (r < 0) {
		*wrong = s.wrong;
		return r;
	}
	if (!key->apart)
		parser->p->ready = NULL;
	lines = airlock__grow(parser->p->lines, parser->p->nlines, sizeof *lines);
	if (!lines)
		return -ENOMEM;
	parser->p->lines = lines;
	lines += parser->p->nlines;
	*lines = (struct airlock__assignment){ key->name, airlock__key_index(key), strdup(value),
					       source, line };
	if (!lines->value)
		return -ENOMEM;
	parser->p->nlines++;
	return 0;
}

/* Includes */

static int read_all(struct airlock__parser *parser, int fd, const char *source, char **ret,
		    size_t *ret_len)
{
	const size_t size = AIRLOCK__MAX_TEXT + 1;
	char *text = malloc(size);
	size_t n = 0;
	ssize_t r;

	if (!text)
		return fail(parser, -ENOMEM, source, 0, 0, "%s", NO_MEMORY);
	while (n < size && (r = read(fd, text + n, size - n)) != 0) {
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			int code = -errno;

			free(text);
			errno = -code;
			return fail(parser, code, source, 0, 0, "cannot be read: %m");
		}
		n += (size_t)r;
	}
	*ret = text;
	*ret_len = n;
	return 0;
}

static int check_loop(const struct airlock__chain *chain, const struct airlock__chain *new,
		      struct airlock__wrong *wrong)
{
	const struct airlock__chain *first = chain;
	bool loop = false;
	int depth = 0;

	for (const struct airlock__chain *c = chain; c; c = c->by) {
		if (new->file ? c->file && c->dev == new->dev && c->ino == new->ino
			      : c->builtin && !strcmp(c->builtin, new->builtin))
			loop = true;
		first = c;
		depth++;
	}
	if (loop)
		airlock__wrong(wrong, 0, "%.100s includes itself; the first to be read was %.100s",
			       new->source, first->source);
	else if (depth > AIRLOCK__MAX_DEPTH)
		airlock__wrong(wrong, 0,
			       "the includes are more than %d deep; the first to be read was "
			       "%.100s",
			       AIRLOCK__MAX_DEPTH, first->source);
	return loop || depth > AIRLOCK__MAX_DEPTH ? -ELOOP : 0;
}

/*
 * Open and check; `wrong` says why not. A FIFO must not hang us, and a terminal not become ours.
 */
static int open_text(const char *path, struct stat *st, struct airlock__wrong *wrong)
{
	int fd, code = 0;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 || fstat(fd, st) < 0)
		code = -errno;
	else if (S_ISDIR(st->st_mode))
		code = -EISDIR;
	else if (!S_ISREG(st->st_mode))
		code = -EINVAL;
	if (!code)
		return fd;
	errno = -code;
	if (code == -EINVAL)
		airlock__wrong(wrong, 0, "cannot read %.180s: only regular files are taken", path);
	else
		airlock__wrong(wrong, 0, "cannot read %.180s: %m", path);
	if (fd >= 0)
		close(fd);
	return code;
}

/* A whole file or builtin, which was written without knowing what stands before it. */
static int parse_whole(struct airlock__parser *parser, const struct airlock__chain *chain,
		       const char *text, size_t len)
{
	bool outer = parser->into_deny;
	int r;

	parser->into_deny = parser->p->filter_mode == AIRLOCK__DENY_LIST;
	r = parse_chain(parser, chain, text, len);
	parser->into_deny = outer;
	return r;
}

/* `chain`: who includes it, or NULL. Until its text is read, `wrong` tells of errors; then *ret_reading. */
static int load_file(struct airlock__parser *parser, const struct airlock__chain *chain,
		     const char *path, struct airlock__wrong *wrong, bool *ret_reading)
{
	struct airlock__chain new = { .file = true, .by = chain };
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	int fd, r;

	*ret_reading = false;
	fd = open_text(path, &st, wrong);
	if (fd < 0)
		return fd;
	new.dev = st.st_dev;
	new.ino = st.st_ino;
	new.source = keep_source(parser, path);
	r = new.source ? check_loop(chain, &new, wrong) : -ENOMEM;
	if (r == 0) {
		*ret_reading = true;
		r = read_all(parser, fd, new.source, &text, &len);
	}
	close(fd);
	if (r < 0)
		return r;
	r = parse_whole(parser, &new, text, len);
	free(text);
	return r;
}

/* The builtin's own name, which lives for ever. */
static const char *builtin_name(const char *name)
{
	const char *own;

	for (size_t i = 0; (own = airlock_profile_builtin_name(i)); i++)
		if (!strcmp(own, name))
			return own;
	return NULL;
}

static int unknown_builtin(struct airlock__wrong *wrong, const char *name)
{
	struct airlock__nearest n;
	const char *own;

	airlock__nearest_begin(&n, name, strlen(name));
	for (size_t i = 0; (own = airlock_profile_builtin_name(i)); i++)
		airlock__nearest_try(&n, own);
	if (n.best)
		airlock__unknown(wrong, 0, "builtin profile", &n);
	else
		airlock__wrong(wrong, 0,
			       "there is no builtin profile %s; a file's name has a `/`, as in "
			       "`./%.64s`",
			       airlock__show(name, strlen(name)).text, name);
	return -ENOENT;
}

static int load_builtin(struct airlock__parser *parser, const struct airlock__chain *chain,
			const char *name, struct airlock__wrong *wrong, bool *ret_reading)
{
	struct airlock__chain new = { .by = chain };
	const char *text;
	int r;

	*ret_reading = false;
	new.source = new.builtin = builtin_name(name);
	if (!new.builtin)
		return unknown_builtin(wrong, name);
	r = check_loop(chain, &new, wrong);
	if (r < 0)
		return r;
	*ret_reading = true;
	text = airlock_profile_builtin_text(new.builtin);
	return parse_whole(parser, &new, text, strlen(text));
}

/* `path` as the file `chain` means it: from malloc. */
static char *beside(const struct airlock__chain *chain, const char *path)
{
	const char *slash = strrchr(chain->source, '/');
	size_t folder = slash ? (size_t)(slash - chain->source) + 1 : 0;
	char *whole;

	while (path[0] == '.' && path[1] == '/')
		path += 2 + strspn(path + 2, "/");
	if (*path == '/')
		folder = 0;
	whole = malloc(folder + strlen(path) + 1);
	if (whole) {
		memcpy(whole, chain->source, folder);
		strcpy(whole + folder, path);
	}
	return whole;
}

static int include(struct airlock__parser *parser, const struct airlock__chain *chain,
		   const char *value, struct airlock__wrong *wrong, bool *ret_reading)
{
	char *path;
	int r;

	*ret_reading = false;
	if (!*value)
		return airlock__wrong(wrong, 0,
				      "what to include is missing: a builtin's name, or a path");
	if (++parser->includes > AIRLOCK__MAX_INCLUDES) {
		airlock__wrong(wrong, 0, "more than %d includes in all", AIRLOCK__MAX_INCLUDES);
		return -E2BIG;
	}
	if (!strchr(value, '/'))
		return load_builtin(parser, chain, value, wrong, ret_reading);
	if (*value != '/' && !chain->file)
		return airlock__wrong(wrong, 0,
				      "%s is relative, and this is no file that it could be beside",
				      airlock__show(value, strlen(value)).text);
	path = beside(chain, value);
	if (!path)
		return -ENOMEM;
	r = load_file(parser, chain, path, wrong, ret_reading);
	free(path);
	return r;
}

/* Texts */

/* Take the part [*at, *end) without the blanks around it. */
static void trim(const char *text, size_t *at, size_t *end)
{
	while (*at < *end && airlock__is_blank(text[*at]))
		++*at;
	while (*end > *at && airlock__is_blank(text[*end - 1]))
		--*end;
}

static int parse_section(struct reader *r, size_t at, size_t end)
{
	struct airlock__wrong w;

	if (airlock__same(r->joined + at, end - at, "[Service]"))
		return 0;
	airlock__wrong(&w, 0, "%s: the only section is `[Service]`, and it may be left out",
		       airlock__show(r->joined + at, end - at).text);
	return fail_at(r, -EINVAL, at, w.message);
}

static unsigned line_at(const struct reader *r, size_t at)
{
	size_t i = r->npieces - 1;

	while (i && r->pieces[i].at > at)
		i--;
	return r->pieces[i].line;
}

static int parse_assignment(struct reader *r, size_t at, size_t end)
{
	const char *equals = memchr(r->joined + at, '=', end - at);
	size_t key_at = at, key_end, value_at, value_end = end;
	const struct airlock__key *key;
	struct airlock__wrong wrong;
	bool reading = false;
	int error;

	if (!equals)
		return fail_at(r, -EINVAL, end, "an `=` is missing: it is `Key=value`");
	key_end = (size_t)(equals - r->joined);
	value_at = key_end + 1;
	trim(r->joined, &key_at, &key_end);
	trim(r->joined, &value_at, &value_end);
	if (key_at == key_end)
		return fail_at(r, -EINVAL, key_at, "a key is missing before the `=`");
	key = airlock__key(r->joined + key_at, key_end - key_at, &wrong);
	if (!key)
		return fail_at(r, -EINVAL, key_at, wrong.message);

	r->joined[value_end] = '\0';
	if (key->set)
		error = assign(r->parser, key, r->joined + value_at, r->chain->source,
			       line_at(r, value_at), &wrong);
	else
		error = include(r->parser, r->chain, r->joined + value_at, &wrong, &reading);
	if (error >= 0 || reading)
		return error;
	if (error == -ENOMEM)
		return fail(r->parser, error, r->chain->source, 0, 0, "%s", NO_MEMORY);
	return fail_at(r, error, value_at + wrong.at, wrong.message);
}

static int parse_lines(struct reader *r)
{
	static const char bom[] = "\xef\xbb\xbf";

	if (r->len >= strlen(bom) && !memcmp(r->text, bom, strlen(bom)))
		r->next = strlen(bom);
	r->column = (unsigned)r->next + 1;
	while (r->next < r->len) {
		size_t at = 0, end;
		int error = read_line(r);

		if (error < 0)
			return error;
		end = r->n;
		trim(r->joined, &at, &end);
		if (at < end)
			error = r->joined[at] == '[' ? parse_section(r, at, end)
						     : parse_assignment(r, at, end);
		if (error < 0)
			return error;
	}
	return 0;
}

static int parse_chain(struct airlock__parser *parser, const struct airlock__chain *chain,
		       const char *text, size_t len)
{
	struct reader r = { .parser = parser, .chain = chain, .text = text, .len = len };
	const char *nul = memchr(text, '\0', len < AIRLOCK__MAX_TEXT ? len : AIRLOCK__MAX_TEXT);
	int error;

	if (nul)
		return fail_in_text(&r, -EINVAL, (size_t)(nul - text), "a NUL byte");
	if (len > AIRLOCK__MAX_TEXT)
		return fail_in_text(&r, -E2BIG, AIRLOCK__MAX_TEXT, "more than 1 MiB");
	r.joined = malloc(AIRLOCK__MAX_LINE + 1);
	if (r.joined)
		error = parse_lines(&r);
	else
		error = fail(parser, -ENOMEM, chain->source, 0, 0, "%s", NO_MEMORY);
	free(r.joined);
	free(r.pieces);
	return error;
}

/* What the library's functions call */

int airlock__parse_text(struct airlock__parser *parser, const char *text, size_t len)
{
	const struct airlock__chain chain = { .source = "(text)" };

	return parse_chain(parser, &chain, text, len);
}

/* The first of a chain: what goes wrong before it is read goes wrong in no line. */
static int first_of_chain(struct airlock__parser *parser, const char *name, int error, bool reading,
			  const struct airlock__wrong *wrong)
{
	const char *source;

	if (error >= 0 || reading)
		return error;
	source = keep_source(parser, name);
	if (!source || error == -ENOMEM)
		return fail(parser, error, source ? source : "(memory)", 0, 0, "%s", NO_MEMORY);
	return fail(parser, error, source, 0, 0, "%s", wrong->message);
}

int airlock__parse_file(struct airlock__parser *parser, const char *path)
{
	struct airlock__wrong wrong;
	bool reading;
	int r = load_file(parser, NULL, path, &wrong, &reading);

	return first_of_chain(parser, path, r, reading, &wrong);
}

int airlock__parse_builtin(struct airlock__parser *parser, const char *name)
{
	struct airlock__wrong wrong;
	bool reading;
	int r = load_builtin(parser, NULL, name, &wrong, &reading);

	return first_of_chain(parser, name, r, reading, &wrong);
}

int airlock__parse_pair(struct airlock__parser *parser, const char *key, const char *value)
{
	struct airlock__wrong wrong;
	const struct airlock__key *known = airlock__key(key, strlen(key), &wrong);
	const struct airlock__chain chain = { .source = known ? known->name : "(key)" };
	size_t at = 0, end = strlen(value);
	const char *newline = strchr(value, '\n');
	bool reading = false;
	char *copy;
	int r;

	if (!known)
		return fail(parser, -EINVAL, chain.source, 0, 0, "%s", wrong.message);
	if (newline)
		return fail(parser, -EINVAL, chain.source, 1, (size_t)(newline - value) + 1,
			    "a newline: a value is one line");
	if (airlock__printed(known->name, value) > AIRLOCK__MAX_LINE)
		return fail(parser, -E2BIG, chain.source, 1, 1, "the value is longer than 64 KiB");
	trim(value, &at, &end);
	copy = strndup(value + at, end - at);
	if (!copy)
		return fail(parser, -ENOMEM, chain.source, 0, 0, "%s", NO_MEMORY);
	if (known->set)
		r = assign(parser, known, copy, chain.source, 1, &wrong);
	else
		r = include(parser, &chain, copy, &wrong, &reading);
	free(copy);
	if (r >= 0 || reading)
		return r;
	if (r == -ENOMEM)
		return fail(parser, r, chain.source, 0, 0, "%s", NO_MEMORY);
	return fail(parser, r, chain.source, 1, at + wrong.at + 1, "%s", wrong.message);
}
