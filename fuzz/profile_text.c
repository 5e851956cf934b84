/* SPDX-License-Identifier: ISC */
/*
 * profile_text.c: see profile_text.h.
 */
#define _GNU_SOURCE
#include "profile_text.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "airlock/sandbox.h"

#define FILES "/proc/self/fd/"
#define BLANKS " \t\r"
#define MARK "\xef\xbb\xbf"

/* Lines */

void text_begin(struct text_reader *r, const char *text, size_t len)
{
	r->text = text;
	r->len = len;
	r->line = 0;
	r->next = len >= strlen(MARK) && !memcmp(text, MARK, strlen(MARK)) ? strlen(MARK) : 0;
}

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

/* The next line of the text, without what ends it: from *at to *end */
static bool bare_line(struct text_reader *r, size_t *at, size_t *end)
{
	if (r->next >= r->len)
		return false;
	*at = r->next;
	while (r->next < r->len && r->text[r->next] != '\n')
		r->next++;
	*end = r->next++;
	if (*end > *at && r->text[*end - 1] == '\r')
		--*end;
	r->line++;
	return true;
}

/* Its first character that is no blank, if it is a comment's; else 0 */
static char comment(const struct text_reader *r, size_t at, size_t end, bool *ret_return)
{
	while (at < end && is_blank(r->text[at]))
		at++;
	if (at == end || (r->text[at] != '#' && r->text[at] != ';'))
		return 0;
	*ret_return = r->text[at] == ';';
	while (++at < end && is_blank(r->text[at]))
		;
	*ret_return &= end - at >= 6 && !memcmp(r->text + at, "return", 6);
	return 1;
}

static bool ends_in_backslash(const char *s, size_t n)
{
	size_t backslashes = 0;

	while (backslashes < n && s[n - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2;
}

/* Put the next line together. false: there is none. */
static bool join(struct text_reader *r, struct text_line *l)
{
	size_t at, end;
	bool begun = false, looks_like_return;

	r->n = 0;
	l->broken = false;
	while (bare_line(r, &at, &end)) {
		l->last = r->line;
		if (comment(r, at, end, &looks_like_return)) {
			/* an answer that was meant for the rule that goes on */
			l->broken |= begun && looks_like_return;
			if (l->broken)
				return true;
			continue;
		}
		if (!begun)
			l->first = r->line;
		begun = true;
		for (; at < end; at++) {
			r->from[r->n] = (uint32_t)at;
			r->joined[r->n++] = r->text[at];
		}
		if (!ends_in_backslash(r->joined, r->n))
			return true;
		r->joined[r->n - 1] = ' ';
		l->broken = r->next >= r->len;
	}
	l->broken = begun;
	return begun;
}

static void trim(struct text_reader *r, size_t *at, size_t *end)
{
	while (*at < *end && is_blank(r->joined[*at]))
		++*at;
	while (*end > *at && is_blank(r->joined[*end - 1]))
		--*end;
}

/* Is it "Key=value", or broken? false: it says nothing. */
static bool take_apart(struct text_reader *r, struct text_line *l)
{
	size_t at = 0, end = r->n, key_end, value;
	const char *equals;

	trim(r, &at, &end);
	if (at == end)
		return false;
	if (end - at == strlen("[Service]") && !memcmp(r->joined + at, "[Service]", end - at))
		return false;
	equals = memchr(r->joined + at, '=', end - at);
	l->broken = r->joined[at] == '[' || !equals || equals == r->joined + at;
	if (l->broken)
		return true;
	key_end = (size_t)(equals - r->joined);
	value = key_end + 1;
	trim(r, &at, &key_end);
	trim(r, &value, &end);
	r->joined[key_end] = r->joined[end] = '\0';
	/* what comes after the text's last byte */
	r->from[end] = end ? r->from[end - 1] + 1 : 0;
	l->key = r->joined + at;
	l->key_from = r->from[at];
	l->value = r->joined + value;
	l->from = r->from + value;
	return true;
}

bool text_next(struct text_reader *r, struct text_line *ret)
{
	while (join(r, ret))
		if (ret->broken || take_apart(r, ret))
			return true;
	return false;
}

/* Places */

bool text_has_place(const char *text, size_t len, unsigned line, unsigned column)
{
	const char *end = text + len, *newline;

	for (; line > 1; line--) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			return false;
		text = newline + 1;
	}
	newline = memchr(text, '\n', (size_t)(end - text));
	return line == 1 && column >= 1 && column <= (size_t)((newline ? newline : end) - text) + 1;
}

const char *text_of_source(const struct text *t, const char *source, size_t *ret_len)
{
	size_t part;

	if (!strcmp(source, "(text)")) {
		*ret_len = t->len[0];
		return t->at[0];
	}
	if (strncmp(source, FILES, strlen(FILES))) {
		source = airlock_profile_builtin_text(source);
		*ret_len = source ? strlen(source) : 0;
		return source;
	}
	/* ..., or 81/../fd/82 and the like */
	part = strtoul(strrchr(source, '/') + 1, NULL, 10);
	part = part == TEXT_SAME_FILE ? 1 : part - TEXT_FIRST_FILE + 1;
	if (part == 0 || part >= t->n)
		return NULL;
	*ret_len = t->len[part];
	return t->at[part];
}

/* Files */

/* A descriptor of that number, of what *from is; that goes. */
static void settle(int from, int number)
{
	if (from >= 0 && from != number) {
		(void)dup3(from, number, O_CLOEXEC);
		close(from);
	}
}

/* Once for all inputs; where a number cannot be had, there is no such file. */
static void open_files(void)
{
	static bool done;
	int fds[2];

	if (done)
		return;
	done = true;
	for (int i = 0; i < TEXT_PARTS - 1; i++)
		settle(memfd_create("profile", MFD_CLOEXEC), TEXT_FIRST_FILE + i);
	(void)dup3(TEXT_FIRST_FILE, TEXT_SAME_FILE, O_CLOEXEC);
	if (pipe2(fds, O_CLOEXEC) == 0) {
		settle(fds[0], TEXT_PIPE);
		close(fds[1]);
	}
}

static void write_files(const struct text *t)
{
	static size_t were = 1;

	for (size_t i = 1; i < t->n || i < were; i++) {
		int fd = TEXT_FIRST_FILE + (int)i - 1;

		if (ftruncate(fd, 0) == 0 && i < t->n && pwrite(fd, t->at[i], t->len[i], 0) < 0)
			abort();
	}
	were = t->n;
}

/* A builtin, one of the files, the folder of them, or a number that no file has. */
static bool is_harmless(const char *value)
{
	if (!strchr(value, '/'))
		return true;
	if (!strncmp(value, FILES, strlen(FILES)))
		value += strlen(FILES);
	else if (!strncmp(value, "../fd/", strlen("../fd/")))
		value += strlen("../fd/");
	else
		while (*value == '.' && value[1] == '/')
			value += 2;
	/* two digits: not what a fuzzing engine has open beyond 100 */
	return strspn(value, "0123456789") == strlen(value) &&
	       (!*value || (strlen(value) == 2 && *value >= '8'));
}

/* Does a line of it name a file that can be had? */
static bool disarm(char *text, size_t len)
{
	static struct text_reader r;
	struct text_line l;
	bool files = false;

	if (!memmem(text, len, "Include", strlen("Include")))
		return false;
	text_begin(&r, text, len);
	while (text_next(&r, &l)) {
		if (l.broken || strcmp(l.key, "Include"))
			continue;
		if (is_harmless(l.value))
			files |= strchr(l.value, '/') != NULL;
		else
			for (size_t i = 0; l.value[i]; i++)
				if (l.value[i] == '/')
					text[l.from[i]] = '_';
	}
	return files;
}

/* Parts */

/* "%%" and perhaps a size; the bytes that it takes, 0: it is none. */
static size_t divider(const char *line, size_t len, size_t *ret_size)
{
	static const size_t sizes[] = { 0, 1, 7, 60, 65, 1025 };
	const char *end = memchr(line, '\n', len);
	char known[16];

	if (len < 2 || memcmp(line, "%%", 2))
		return 0;
	for (size_t i = 0; end && i < sizeof sizes / sizeof *sizes; i++) {
		int n = sizes[i] ? snprintf(known, sizeof known, "%%%%%zuK", sizes[i])
				 : snprintf(known, sizeof known, "%%%%");

		if (end - line == n && !memcmp(line, known, (size_t)n)) {
			*ret_size = sizes[i] * 1024;
			return (size_t)n + 1;
		}
	}
	return 0;
}

/* The texts that can be made large */
#define NAMES "Environment=A0="
static const char *const large[] = { NAMES, "Environment=A=", "# nothing\n", "Include=" FILES "81\n" };

struct part {
	const char *at;
	size_t len, size; /* 0: it is as it stands */
};

static bool may_be_large(const struct part *p)
{
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		if (p->len == strlen(large[i]) && !memcmp(p->at, large[i], p->len))
			return true;
	return false;
}

static void make_large(char *to, const struct part *p)
{
	char name[16];
	size_t n = p->len;

	memcpy(to, p->at, n);
	if (n == strlen(NAMES) && !memcmp(p->at, NAMES, n))
		for (unsigned i = 1; n < p->size; i++) {
			size_t len = (size_t)snprintf(name, sizeof name, " A%x=", i);

			len = len < p->size - n ? len : p->size - n;
			memcpy(to + n, name, len);
			n += len;
		}
	else
		for (; n < p->size; n++)
			to[n] = to[n - p->len];
}

static bool take_part(struct text *t, const struct part *p)
{
	size_t n = p->size ? p->size : p->len;
	char *to = malloc(n ? n : 1);

	if (!to)
		return false;
	if (p->size)
		make_large(to, p);
	else
		memcpy(to, p->at, n);
	t->large |= n > TEXT_MAX;
	t->at[t->n] = to;
	t->len[t->n++] = n;
	return true;
}

static bool take_parts(const char *at, size_t left, struct text *t)
{
	size_t next = 0, skip = divider(at, left, &next), n = 0;
	struct part parts[TEXT_PARTS], *p;
	bool known = true;

	do {
		at += skip;
		left -= skip;
		p = &parts[n++];
		*p = (struct part){ .at = at, .size = next };
		for (skip = 0; p->len < left && !skip; p->len += !skip)
			if (p->len == 0 || at[p->len - 1] == '\n')
				skip = divider(at + p->len, left - p->len, &next);
		known &= may_be_large(p);
		at += p->len;
		left -= p->len;
	} while (skip && n < TEXT_PARTS);
	for (size_t i = 0; i < n; i++) {
		/* there is little to find here: an engine would spend most of its time on ever new large inputs */
		parts[i].size = known ? parts[i].size : 0;
		if (!take_part(t, &parts[i]))
			return false;
	}
	return true;
}

bool text_take(const uint8_t *data, size_t size, struct text *ret)
{
	bool files = false;

	ret->n = ret->sum = 0;
	ret->large = false;
	for (size_t i = 0; i < size; i++)
		ret->sum = ret->sum * 31 + data[i];
	if (!take_parts((const char *)data, size < TEXT_MAX ? size : TEXT_MAX, ret)) {
		text_free(ret);
		return false;
	}
	for (size_t i = 0; i < ret->n; i++)
		files |= ret->len[i] <= TEXT_MAX && disarm(ret->at[i], ret->len[i]);
	if (files) {
		open_files();
		write_files(ret);
	}
	return true;
}

void text_free(struct text *t)
{
	while (t->n > 0)
		free(t->at[--t->n]);
}
