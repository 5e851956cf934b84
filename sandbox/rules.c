/* SPDX-License-Identifier: ISC */
/*
 * rules.c: see rules.h. One function a line of the grammar there; it must not recurse but for
 * parentheses, nor keep more than AIRLOCK__MAX_ATOMS whatever the text is.
 */
#include "rules.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "names.h"

enum { MAX_DEPTH = 16, MAX_ERRNO = 4095, MAX_QUOTE = 48 };

struct reader {
	const char *text; /* not terminated, and any byte may be in it */
	size_t len, at;

	size_t *ret_at;
	char *message;
	size_t message_size;

	size_t call;
	uint64_t width; /* of the argument that is read: its bits */
	unsigned arg;

	struct airlock__atom atoms[AIRLOCK__MAX_ATOMS];
	size_t natoms;
};

/* A piece of the text for a message: short, and without what a terminal takes for a command. */
struct quote {
	char text[MAX_QUOTE + sizeof "``..."];
};

static int fail(struct reader *r, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct reader *r, size_t at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->message, r->message_size, format, args);
	va_end(args);
	*r->ret_at = at;
	return -EINVAL;
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->len && (r->text[r->at] == ' ' || r->text[r->at] == '\t'))
		r->at++;
}

/* The word from `at` on: its length, 0 if none is there. */
static size_t word_length(const struct reader *r, size_t at)
{
	size_t n = 0;

	while (at + n < r->len && is_word_char(r->text[at + n]))
		n++;
	return n;
}

static bool is_word(const struct reader *r, size_t n, const char *word)
{
	return n == strlen(word) && !memcmp(r->text + r->at, word, n);
}

/* Do these characters come next? */
static bool is_next(const struct reader *r, const char *characters)
{
	size_t n = strlen(characters);

	return r->len - r->at >= n && !memcmp(r->text + r->at, characters, n);
}

/* Messages */

static struct quote quote(const struct reader *r, size_t at, size_t n)
{
	struct quote q = { 0 };
	size_t taken = n <= MAX_QUOTE ? n : MAX_QUOTE;

	/* a letter beyond ASCII is cut as a whole */
	while (taken < n && taken > 0 && ((unsigned char)r->text[at + taken] & 0xc0) == 0x80)
		taken--;
	for (size_t i = 0; i < taken; i++) {
		unsigned char c = (unsigned char)r->text[at + i];

		q.text[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	if (taken < n)
		memcpy(q.text + taken, "...", 4);
	return q;
}

/* What stands here, be it a word or not. */
static struct quote what_is_here(const struct reader *r)
{
	static const char *const pairs[] = { "&&", "||", "==", "!=", "<=", ">=" };
	size_t n = word_length(r, r->at);
	struct quote q;

	if (r->at == r->len) {
		snprintf(q.text, sizeof q.text, "the end");
		return q;
	}
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (is_next(r, pairs[i]))
			n = 2;
	if (n == 0)
		n = 1;
	while (r->at + n < r->len && ((unsigned char)r->text[r->at + n] & 0xc0) == 0x80)
		n++;
	snprintf(q.text, sizeof q.text, "`%.*s`", MAX_QUOTE + 3, quote(r, r->at, n).text);
	return q;
}

/* `n` bytes here are no such thing; and what they may have been. */
static int unknown(struct reader *r, size_t n, const char *what, const char *best)
{
	struct quote word = quote(r, r->at, n);

	if (best)
		return fail(r, r->at, "unknown %s `%s`; did you mean `%s`?", what, word.text, best);
	return fail(r, r->at, "unknown %s `%s`", what, word.text);
}

static int unknown_of_table(struct reader *r, size_t n, const char *what, enum airlock__names which)
{
	struct airlock__nearest nearest;
	const struct airlock__name *names;
	size_t nnames;

	names = airlock__names(which, &nnames);
	airlock__nearest_begin(&nearest, r->text + r->at, n);
	for (size_t i = 0; i < nnames; i++)
		airlock__nearest_try(&nearest, names[i].name);
	return unknown(r, n, what, nearest.best);
}

static int unknown_call(struct reader *r, size_t n)
{
	struct airlock__nearest nearest;

	airlock__nearest_begin(&nearest, r->text + r->at, n);
	for (size_t i = 0; i < airlock__ncalls; i++)
		airlock__nearest_try(&nearest, airlock__calls[i].name);
	return unknown(r, n, "system call", nearest.best);
}

/* Constants */

/* What a digit is worth; 16: it is none. */
static unsigned digit_value(char c)
{
	if (is_digit(c))
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

/* The number that starts here, with its sign; *ret_n: its length. Does not move. */
static int read_number(struct reader *r, uint64_t *ret, size_t *ret_n)
{
	bool negative = r->text[r->at] == '-';
	size_t from = r->at + negative, n = word_length(r, from), i = 0;
	const char *digits = r->text + from;
	unsigned base = 10;
	uint64_t value = 0;

	if (n == 0 || !is_digit(digits[0]))
		return fail(r, r->at, "`-` wants a decimal number right after it");
	if (n > 1 && digits[0] == '0') {
		bool hex = digits[1] == 'x' || digits[1] == 'X';

		base = hex ? 16 : 8;
		i = hex ? 2 : 0;
	}
	for (size_t j = i; j < n; j++)
		if (digit_value(digits[j]) >= base)
			i = n;
	if (i == n)
		return fail(r, r->at, "`%s` is not a%s number", quote(r, r->at, n + negative).text,
			    base == 8 ? "n octal" : "");
	if (negative && base != 10)
		return fail(r, r->at, "`-` stands before decimal numbers only");
	for (; i < n; i++) {
		unsigned digit = digit_value(digits[i]);

		if (value > (UINT64_MAX - digit) / base)
			return fail(r, r->at, "%s does not fit 64 bits",
				    quote(r, r->at, n + negative).text);
		value = value * base + digit;
	}
	if (negative && value > (uint64_t)1 << 63)
		return fail(r, r->at, "%s does not fit 64 bits",
			    quote(r, r->at, n + negative).text);
	*ret = negative ? -value : value;
	*ret_n = n + negative;
	return 0;
}

static bool is_argument(const struct reader *r, size_t n)
{
	if (n < 4 || memcmp(r->text + r->at, "arg", 3) != 0)
		return false;
	for (size_t i = 3; i < n; i++)
		if (!is_digit(r->text[r->at + i]))
			return false;
	return true;
}

static int read_name(struct reader *r, uint64_t *ret, size_t *ret_n)
{
	size_t n = word_length(r, r->at);

	if (airlock__name_value(AIRLOCK__CONSTANTS, r->text + r->at, n, ret)) {
		*ret_n = n;
		return 0;
	}
	if (is_argument(r, n))
		return fail(r, r->at,
			    "`%s` where a constant is wanted; conditions are joined by `||` and "
			    "`&&`",
			    quote(r, r->at, n).text);
	return unknown_of_table(r, n, "constant", AIRLOCK__CONSTANTS);
}

/* A number or a name, cut to the width of the argument. */
static int read_leaf(struct reader *r, const char *after, uint64_t *ret)
{
	char c = r->at < r->len ? r->text[r->at] : '\0';
	uint64_t value = 0;
	size_t n = 0;
	int err;

	if (is_digit(c) || c == '-')
		err = read_number(r, &value, &n);
	else if (is_word_char(c))
		err = read_name(r, &value, &n);
	else
		err = fail(r, r->at, "`%s` wants a constant after it", after);
	if (err < 0)
		return err;
	/* what an int of -1 becomes in 64 bits is as good as 0xffffffff */
	if (r->width == UINT32_MAX && value > UINT32_MAX && value < (uint64_t)INT32_MIN)
		return fail(r, r->at,
			    "%s does not fit argument %u of `%s`, which the kernel reads as 32 "
			    "bits",
			    quote(r, r->at, n).text, r->arg, airlock__calls[r->call].name);
	r->at += n;
	*ret = value & r->width;
	return 0;
}

static int read_constant(struct reader *r, const char *after, unsigned depth, uint64_t *ret);

static int read_term(struct reader *r, const char *after, unsigned depth, uint64_t *ret)
{
	uint64_t value = 0;
	bool inverted;
	int err;

	skip_blanks(r);
	inverted = is_next(r, "~");
	if (inverted) {
		r->at++;
		skip_blanks(r);
		after = "~";
	}
	if (is_next(r, "(")) {
		if (depth == MAX_DEPTH)
			return fail(r, r->at, "parentheses more than %d deep", MAX_DEPTH);
		r->at++;
		if ((err = read_constant(r, "(", depth + 1, &value)) < 0)
			return err;
		skip_blanks(r);
		if (!is_next(r, ")"))
			return fail(r, r->at, "`)` is wanted, not %s", what_is_here(r).text);
		r->at++;
	} else if ((err = read_leaf(r, after, &value)) < 0) {
		return err;
	}
	*ret = inverted ? ~value & r->width : value;
	return 0;
}

static int read_constant(struct reader *r, const char *after, unsigned depth, uint64_t *ret)
{
	uint64_t all = 0;

	for (;;) {
		uint64_t value = 0;
		int err = read_term(r, after, depth, &value);

		if (err < 0)
			return err;
		all |= value;
		skip_blanks(r);
		if (!is_next(r, "|") || is_next(r, "||"))
			break;
		r->at++;
		after = "|";
	}
	*ret = all;
	return 0;
}

/* Conditions */

static int read_argument(struct reader *r)
{
	size_t n;

	skip_blanks(r);
	n = word_length(r, r->at);
	if (!is_argument(r, n))
		return fail(r, r->at, "`arg0` to `arg5` is wanted, not %s", what_is_here(r).text);
	if (n > 4 || r->text[r->at + 3] > '5')
		return fail(r, r->at, "`%s`: a call has arg0 to arg5", quote(r, r->at, n).text);
	r->arg = (unsigned)(r->text[r->at + 3] - '0');
	r->width = airlock__calls[r->call].narrow >> r->arg & 1 ? UINT32_MAX : UINT64_MAX;
	r->at += n;
	return 0;
}

/* The longer ones first: `<` is the start of `<=`. */
enum { ANY_BIT = AIRLOCK__GE + 1, NO_OTHERS };
static const struct {
	const char *text;
	int op;
} operators[] = {
	{ "==", AIRLOCK__EQ }, { "!=", AIRLOCK__NE }, { "<=", AIRLOCK__LE }, { ">=", AIRLOCK__GE },
	{ "<", AIRLOCK__LT },  { ">", AIRLOCK__GT },  { "&", ANY_BIT },
};

static int read_operator(struct reader *r, int *ret, const char **ret_text)
{
	skip_blanks(r);
	if (is_word(r, word_length(r, r->at), "in")) {
		r->at += 2;
		*ret = NO_OTHERS;
		*ret_text = "in";
		return 0;
	}
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (is_next(r, operators[i].text) && !is_next(r, "&&")) {
			r->at += strlen(operators[i].text);
			*ret = operators[i].op;
			*ret_text = operators[i].text;
			return 0;
		}
	if (is_next(r, "="))
		return fail(r, r->at, "`=` is not an operator; did you mean `==`?");
	return fail(r, r->at, "`arg%u` wants an operator after it (== != < <= > >= & in), not %s",
		    r->arg, what_is_here(r).text);
}

static int read_atom(struct reader *r, bool starts_clause)
{
	struct airlock__atom *a;
	const char *text = NULL;
	uint64_t value = 0;
	int err, op = 0;

	if (r->natoms == AIRLOCK__MAX_ATOMS) {
		skip_blanks(r);
		fail(r, r->at, "more than %d conditions in one rule", AIRLOCK__MAX_ATOMS);
		return -E2BIG;
	}
	if ((err = read_argument(r)) < 0 || (err = read_operator(r, &op, &text)) < 0 ||
	    (err = read_constant(r, text, 0, &value)) < 0)
		return err;

	a = &r->atoms[r->natoms++];
	*a = (struct airlock__atom){ .arg = (uint8_t)r->arg, .starts_clause = starts_clause };
	if (op == ANY_BIT) {
		a->op = AIRLOCK__NE;
		a->mask = value;
	} else if (op == NO_OTHERS) {
		a->op = AIRLOCK__EQ;
		a->mask = ~value & r->width;
	} else {
		a->op = (uint8_t)op;
		a->mask = r->width;
		a->value = value;
	}
	return 0;
}

static int read_expression(struct reader *r)
{
	bool starts_clause = true;

	for (;;) {
		int err = read_atom(r, starts_clause);

		if (err < 0)
			return err;
		skip_blanks(r);
		starts_clause = is_next(r, "||");
		if (!starts_clause && !is_next(r, "&&"))
			break;
		r->at += 2;
	}
	if (r->at == r->len || is_next(r, ";"))
		return 0;
	if (is_next(r, "&"))
		return fail(r, r->at, "`&` does not join conditions; did you mean `&&`?");
	return fail(r, r->at, "`&&`, `||` or `;` is wanted, not %s", what_is_here(r).text);
}

/* The rule */

/* After "return": SECCOMP_RET_*. */
static int read_answer(struct reader *r, uint32_t *ret)
{
	uint64_t value = 0;
	size_t n;
	int err;

	skip_blanks(r);
	n = word_length(r, r->at);
	if (is_word(r, n, "kill")) {
		r->at += n;
		*ret = SECCOMP_RET_KILL_PROCESS;
		return 0;
	}
	if (is_next(r, "-") || (n > 0 && is_digit(r->text[r->at]))) {
		if ((err = read_number(r, &value, &n)) < 0)
			return err;
		if (value < 1 || value > MAX_ERRNO)
			return fail(r, r->at, "%s is no errno; they are 1 to %d",
				    quote(r, r->at, n).text, MAX_ERRNO);
	} else if (n == 0) {
		return fail(r, r->at, "`return` wants an errno or `kill` after it");
	} else if (!airlock__name_value(AIRLOCK__ERRNOS, r->text + r->at, n, &value)) {
		return unknown_of_table(r, n, "errno", AIRLOCK__ERRNOS);
	}
	r->at += n;
	*ret = SECCOMP_RET_ERRNO | (uint32_t)value;
	return 0;
}

static int read_call(struct reader *r)
{
	size_t n;
	int call;

	skip_blanks(r);
	n = word_length(r, r->at);
	if (is_next(r, "@"))
		return fail(r, r->at, "a rule is for one system call, not for a group");
	if (n == 0)
		return fail(r, r->at, "the name of a system call is wanted, not %s",
			    what_is_here(r).text);
	call = airlock__call_by_name(r->text + r->at, n);
	if (call < 0)
		return unknown_call(r, n);
	r->call = (size_t)call;
	r->at += n;
	skip_blanks(r);
	if (!is_next(r, ":"))
		return fail(r, r->at, "`:` is wanted after `%s`, not %s", airlock__calls[call].name,
			    what_is_here(r).text);
	r->at++;
	return 0;
}

static int read_body(struct reader *r, struct airlock__rule *rule)
{
	int err = 0;
	size_t n;

	skip_blanks(r);
	n = word_length(r, r->at);
	if (is_word(r, n, "1") || is_word(r, n, "allow")) {
		r->at += n;
		rule->always = true;
		return 0;
	}
	if (!is_word(r, n, "return")) {
		if (!is_argument(r, n))
			return fail(r, r->at,
				    "`arg0` to `arg5`, `1`, `allow` or `return` is wanted, not %s",
				    what_is_here(r).text);
		if ((err = read_expression(r)) < 0 || r->at == r->len)
			return err;
		r->at++; /* ";" */
		skip_blanks(r);
		n = word_length(r, r->at);
		if (!is_word(r, n, "return"))
			return fail(r, r->at, "`return` is wanted after `;`, not %s",
				    what_is_here(r).text);
	}
	r->at += n;
	return read_answer(r, &rule->otherwise);
}

int airlock__rule_parse(const char *text, size_t len, struct airlock__rule *ret, size_t *ret_at,
			char *message, size_t message_size)
{
	struct reader r = {
		.text = text,
		.len = len,
		.ret_at = ret_at,
		.message = message,
		.message_size = message_size,
	};
	struct airlock__rule rule = { 0 };
	int err;

	if ((err = read_call(&r)) < 0 || (err = read_body(&r, &rule)) < 0)
		return err;
	skip_blanks(&r);
	if (r.at < r.len)
		return fail(&r, r.at, "%s after the end of the rule", what_is_here(&r).text);

	rule.call = r.call;
	rule.natoms = r.natoms;
	if (r.natoms > 0) {
		rule.atoms = malloc(r.natoms * sizeof *rule.atoms);
		if (!rule.atoms)
			return -ENOMEM;
		memcpy(rule.atoms, r.atoms, r.natoms * sizeof *rule.atoms);
	}
	*ret = rule;
	return 0;
}

static bool holds(const struct airlock__atom *a, uint64_t arg)
{
	uint64_t bits = arg & a->mask;

	switch ((enum airlock__op)a->op) {
	case AIRLOCK__EQ:
		return bits == a->value;
	case AIRLOCK__NE:
		return bits != a->value;
	case AIRLOCK__LT:
		return bits < a->value;
	case AIRLOCK__LE:
		return bits <= a->value;
	case AIRLOCK__GT:
		return bits > a->value;
	case AIRLOCK__GE:
		return bits >= a->value;
	}
	return false;
}

bool airlock__rule_allows(const struct airlock__rule *r, const uint64_t args[6])
{
	bool clause = false;

	if (r->always)
		return true;
	for (size_t i = 0; i < r->natoms; i++) {
		const struct airlock__atom *a = &r->atoms[i];

		if (a->starts_clause) {
			if (clause)
				return true;
			clause = true;
		}
		clause = clause && holds(a, args[a->arg]);
	}
	return clause;
}
