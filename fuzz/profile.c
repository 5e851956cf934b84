/* SPDX-License-Identifier: ISC */
/*
 * profile: the parser of profiles, with texts as people write them, and what they include; see
 * profile_text.h for the inputs.
 *
 * Oracle: an error points into the text that it names, says what is wrong in words that can be shown, and
 * leaves the profile as it was. A text means what its parts mean, one after the other: what stands before a line,
 * the line as it is set by airlock_profile_set(), as a reader of its own puts it together, and
 * what stands after it. What is printed is taken again, makes the same profile, and prints the same.
 */
#define _GNU_SOURCE
#include "ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "profile_same.h"
#include "profile_text.h"

/* its inputs are text */
const struct fuzz_op *const fuzz_ops = NULL;

/*
 * For AddressSanitizer: each parse takes 64 KiB, which would be new pages each time for as long as freed memory is
 * kept from being used again.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}

/* Profiles */

/* What it prints, from malloc. */
static char *print(const struct airlock_profile *p, size_t *ret_len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		abort();
	FUZZ_HOLDS(airlock_profile_print(p, f) == 0, "a profile can be printed");
	if (fclose(f) != 0)
		abort();
	return text;
}

static bool print_the_same(const struct airlock_profile *a, const struct airlock_profile *b)
{
	size_t n, m;
	char *x = print(a, &n), *y = print(b, &m);
	bool r = n == m && !memcmp(x, y, n);

	free(x);
	free(y);
	return r;
}

static struct airlock_profile *new_profile(void)
{
	struct airlock_profile *p = airlock_profile_new();

	if (!p)
		abort();
	return p;
}

/* Errors */

static void check_message(const struct airlock_profile_error *e)
{
	FUZZ_HOLDS(memchr(e->message, '\0', sizeof e->message), "a message ends");
	FUZZ_HOLDS(*e->message, "a message says something");
	for (const char *c = e->message; *c; c++)
		FUZZ_HOLDS((unsigned char)*c >= 0x20 && *c != 0x7f, "a message can be shown");
}

static void check_error(const struct text *t, int r, const struct airlock_profile_error *e)
{
	const char *text;
	size_t len;

	FUZZ_HOLDS(r < 0, "0 or a negative errno");
	check_message(e);
	if (r == -ENOMEM)
		return;
	text = text_of_source(t, e->source, &len);
	FUZZ_HOLDS(text, "an error names the text that it is in");
	FUZZ_HOLDS(text_has_place(text, len, e->line, e->column), "an error points into its text");
}

/* What must be there for an error to be told of is written over. */
static int parse(struct airlock_profile *p, const char *text, size_t len,
		 struct airlock_profile_error *e)
{
	memset(e, 0xa5, sizeof *e);
	return airlock_profile_parse(p, text, len, e);
}

/* What its lines mean */

static void place_of(const char *text, size_t at, unsigned *ret_line, unsigned *ret_column)
{
	*ret_line = *ret_column = 1;
	for (size_t i = 0; i < at; i++)
		if (text[i] == '\n') {
			++*ret_line;
			*ret_column = 1;
		} else {
			++*ret_column;
		}
}

/* The whole text's error `e` is that of airlock_profile_set() for its line `l`. */
static void check_error_of_set(const char *text, const struct text_line *l,
			       const struct airlock_profile_error *e, int r,
			       const struct airlock_profile_error *of_set)
{
	unsigned line, column;

	check_message(of_set);
	/* who includes whom is told, and begins with the text in one case, with the key in the other */
	FUZZ_HOLDS(r == -ELOOP || !strcmp(e->message, of_set->message),
		   "says the same of text and line");
	if (strcmp(e->source, "(text)")) {
		FUZZ_HOLDS(!strcmp(of_set->source, e->source),
			   "an error in the same text that is included");
		FUZZ_HOLDS(e->line == of_set->line && e->column == of_set->column, "... and place");
		return;
	}
	if (!strcmp(of_set->source, "(key)")) {
		FUZZ_HOLDS(of_set->line == 0 && of_set->column == 0, "a key is in no line");
		place_of(text, l->key_from, &line, &column);
		FUZZ_HOLDS(e->line == line && e->column == column, "the place of the key");
		return;
	}
	FUZZ_HOLDS(!strcmp(of_set->source, l->key), "the source is the key");
	FUZZ_HOLDS(of_set->line == 1 && of_set->column >= 1 &&
			   of_set->column <= strlen(l->value) + 1,
		   "an error points into the value");
	/* past the end it is one of several places: where lines that are empty go on with it */
	if (of_set->column > strlen(l->value))
		return;
	place_of(text, l->from[of_set->column - 1], &line, &column);
	FUZZ_HOLDS(e->line == line && e->column == column,
		   "the place in the text is that in the value");
}

/* The whole text's error `e` is that of its part that begins after `lines` lines. */
static void check_error_of_part(const struct airlock_profile_error *e, unsigned lines,
				const struct airlock_profile_error *of_part)
{
	bool here = !strcmp(e->source, "(text)");

	FUZZ_HOLDS(!strcmp(e->message, of_part->message) && !strcmp(e->source, of_part->source) &&
			   e->column == of_part->column &&
			   e->line == of_part->line + (here ? lines : 0),
		   "the error of a part is that of the whole");
}

/* Where a line begins that nothing before it goes on with */
struct place {
	size_t at;
	unsigned lines; /* before it */
};

/*
 * The line of the text to look at: the one that an error is in, or any. *ret_here: where it begins, with
 * the comments before it; *ret_before: there, or some lines before. false: there is none.
 */
static bool find_line(const struct text *t, struct text_reader *reader, int r,
		      const struct airlock_profile_error *e, struct text_line *ret,
		      struct place *ret_before, struct place *ret_here)
{
	size_t any = t->sum % (t->len[0] + 1);

	*ret_before = (struct place){ 0, 0 };
	text_begin(reader, t->at[0], t->len[0]);
	do {
		*ret_here = (struct place){ reader->line ? reader->next : 0, reader->line };
		if (reader->next <= any)
			*ret_before = *ret_here;
		if (!text_next(reader, ret))
			return false;
		if (r < 0 && ret->last >= e->line) {
			FUZZ_HOLDS(ret->first <= e->line, "the line that is wrong");
			return true;
		}
		FUZZ_HOLDS(!ret->broken, "what is no line is wrong");
	} while (r < 0 || reader->next < any);
	return true;
}

/* A mark may begin a text, and no line within one. */
static bool is_mark(const struct text *t, size_t at)
{
	return at > 0 && at < t->len[0] && (unsigned char)t->at[0][at] == 0xef;
}

/* What stands before a place, as a profile */
static struct airlock_profile *before(const struct text *t, size_t at)
{
	struct airlock_profile *p = new_profile();
	struct airlock_profile_error e;

	FUZZ_HOLDS(parse(p, t->at[0], at, &e) == 0, "what stands before what is wrong is taken");
	return p;
}

/* A builtin, or a file, that is included is the same as it is alone. */
static void check_include(const struct text_line *l)
{
	struct airlock_profile *included, *alone;
	struct airlock_profile_error e, f;
	int r, s;

	/* a relative path means one thing to us, and another to a file */
	if (l->broken || strcmp(l->key, "Include") || !*l->value ||
	    (strchr(l->value, '/') && *l->value != '/'))
		return;
	included = new_profile();
	alone = new_profile();
	r = airlock_profile_set(included, "Include", l->value, &e);
	s = *l->value == '/' ? airlock_profile_load(alone, l->value, &f)
			     : airlock_profile_builtin(alone, l->value, &f);
	if (r < 0)
		check_message(&e);
	if (s < 0)
		check_message(&f);
	/* the line itself is one step, where they are too many */
	FUZZ_HOLDS(r == s || r == -ELOOP, "what is included is taken if it is alone");
	FUZZ_HOLDS(r == -ELOOP ||
			   (profile_same(included, alone) && print_the_same(included, alone)),
		   "what is included is what it is alone");
	if (r < 0 && r != -ELOOP)
		FUZZ_HOLDS(!strcmp(e.message, f.message), "and as wrong");
	airlock_profile_free(included);
	airlock_profile_free(alone);
}

static void check_includes(const struct text *t, struct text_reader *reader)
{
	struct text_line l;

	text_begin(reader, t->at[0], t->len[0]);
	while (text_next(reader, &l))
		if (!l.broken && !strcmp(l.key, "Include")) {
			check_include(&l);
			return;
		}
}

/*
 * A line that is wrong: set by itself, or with some that stand before it, it is as wrong, and nothing
 * changes.
 */
static void check_wrong_line(const struct text *t, const struct text_line *l,
			     struct place some_before, struct place here, int r,
			     const struct airlock_profile_error *e)
{
	bool whole = l->broken || t->sum & 1;
	size_t at = whole ? some_before.at : here.at;
	struct airlock_profile *p = before(t, at), *same_p = before(t, at);
	struct airlock_profile_error of_part;
	int again;

	if (whole) {
		again = parse(p, t->at[0] + at, t->len[0] - at, &of_part);
		FUZZ_HOLDS(r == again, "a part that is wrong is as wrong alone");
		check_error_of_part(e, some_before.lines, &of_part);
	} else {
		memset(&of_part, 0xa5, sizeof of_part);
		again = airlock_profile_set(p, l->key, l->value, &of_part);
		FUZZ_HOLDS(r == again, "a line that is wrong is as wrong when it is set");
		check_error_of_set(t->at[0], l, e, r, &of_part);
	}
	if (t->sum & 8)
		FUZZ_HOLDS(airlock_profile_parse(p, t->at[0] + at, t->len[0] - at, NULL) == r,
			   "it is as wrong to who does not ask why");
	check_include(l);
	FUZZ_HOLDS(profile_same(p, same_p) && print_the_same(p, same_p),
		   "a failure leaves the profile as it was");
	airlock_profile_free(p);
	airlock_profile_free(same_p);
}

/* A value is one line. */
static void check_newline(const struct text *t, const struct text_line *l,
			  struct airlock_profile *p)
{
	size_t len = strlen(l->value), at = len ? t->sum / 16 % len : 0;
	struct airlock_profile_error e;
	char *value = strdup(l->value);

	if (!value)
		abort();
	if (len) {
		value[at] = '\n';
		FUZZ_HOLDS(airlock_profile_set(p, l->key, value, &e) == -EINVAL && e.line == 1 &&
				   e.column <= at + 1,
			   "a value is one line");
	}
	free(value);
}

/* What stands before a line, the line, what stands after it */
static void check_right_line(const struct text *t, const struct text_line *l, struct place here,
			     size_t after, const struct airlock_profile *whole)
{
	struct airlock_profile *p = before(t, here.at);
	struct airlock_profile_error e;

	check_include(l);
	check_newline(t, l, p);
	FUZZ_HOLDS(airlock_profile_set(p, l->key, l->value, NULL) == 0,
		   "a line that is taken can be set");
	FUZZ_HOLDS(parse(p, t->at[0] + after, t->len[0] - after, &e) == 0,
		   "what stands after it is taken");
	FUZZ_HOLDS(profile_same(p, whole) && print_the_same(p, whole),
		   "a text means what its parts mean");
	airlock_profile_free(p);
}

static void check_parts(const struct text *t, const struct airlock_profile *p, int r,
			const struct airlock_profile_error *e)
{
	static struct text_reader reader;
	struct place some_before, here;
	struct text_line l;
	size_t after;

	/* which of the lines includes what is wrong is not told */
	if (r < 0 && strcmp(e->source, "(text)")) {
		check_includes(t, &reader);
		return;
	}
	if (!find_line(t, &reader, r, e, &l, &some_before, &here)) {
		FUZZ_HOLDS(r == 0, "where there is no line nothing is wrong");
		return;
	}
	after = reader.next < t->len[0] ? reader.next : t->len[0];
	if (is_mark(t, some_before.at) || is_mark(t, here.at) || is_mark(t, after))
		return;
	if (r < 0)
		check_wrong_line(t, &l, some_before, here, r, e);
	else
		check_right_line(t, &l, here, after, p);
}

/* What is printed */

static void check_print(const struct airlock_profile *p)
{
	struct airlock_profile *again = new_profile();
	struct airlock_profile_error e;
	size_t len;
	char *text = print(p, &len);

	FUZZ_HOLDS(parse(again, text, len, &e) == 0, "what is printed is taken");
	FUZZ_HOLDS(profile_same(p, again), "what is printed is the same profile");
	FUZZ_HOLDS(print_the_same(p, again), "what is printed prints the same");
	free(text);
	airlock_profile_free(again);
}

/* A bound that is one of a whole text, and not of its parts */
static bool is_bound(int r, const struct airlock_profile_error *e)
{
	return r == -E2BIG && strstr(e->message, "includes in all");
}

static void check_all(const struct text *t, struct airlock_profile *p, int r,
		      const struct airlock_profile_error *e)
{
	const char *nul = memchr(t->at[0], '\0', t->len[0]);
	unsigned line, column;

	if (nul) {
		place_of(t->at[0], (size_t)(nul - t->at[0]), &line, &column);
		FUZZ_HOLDS(r == -EINVAL && e->line == line && e->column == column,
			   "a NUL byte is wrong");
		return;
	}
	if (r == 0)
		check_print(p);
	/* half of what is taken, an eighth of what is not: it costs as much as all the rest */
	if (!is_bound(r, e) && t->sum / 256 % (r < 0 ? 8 : 2) == 0)
		check_parts(t, p, r, e);
}

/* A text of more than there may be, as a value */
static void check_large(const struct text *t, struct airlock_profile *p)
{
	char *value = strndup(t->at[0], t->len[0]);
	struct airlock_profile_error e;

	if (!value)
		abort();
	if (t->len[0] > TEXT_MAX && airlock_profile_set(p, "Environment", value, &e) < 0)
		check_message(&e);
	free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct airlock_profile_error e;
	struct airlock_profile *p;
	struct text t;
	int r;

	if (!text_take(data, size, &t))
		return 0;
	p = new_profile();
	r = parse(p, t.at[0], t.len[0], &e);
	if (r != 0)
		check_error(&t, r, &e);
	if (t.large)
		check_large(&t, p);
	else
		check_all(&t, p, r, &e);
	airlock_profile_free(p);
	text_free(&t);
	return 0;
}
