/* SPDX-License-Identifier: ISC */
/*
 * values.c: see values.h. Pure: no files, no users, no environment are looked at.
 */
#define _GNU_SOURCE
#include "values.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "calls.h"

#define BLANKS " \t\r"

enum {
	MAX_ERRNO = 4095, /* the kernel's */
	MAX_USER_NAME = 255,
};

/* Messages */

int airlock__wrong(struct airlock__wrong *w, size_t at, const char *format, ...)
{
	va_list args;

	w->at = at;
	va_start(args, format);
	vsnprintf(w->message, sizeof w->message, format, args);
	va_end(args);
	for (char *p = w->message; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return -EINVAL;
}

struct airlock__shown airlock__show(const char *text, size_t len)
{
	struct airlock__shown s;
	const int room = sizeof s.text - sizeof "`...`";

	if (len <= (size_t)room)
		snprintf(s.text, sizeof s.text, "`%.*s`", (int)len, text);
	else
		snprintf(s.text, sizeof s.text, "`%.*s...`", room, text);
	return s;
}

int airlock__unknown(struct airlock__wrong *w, size_t at, const char *kind,
		     const struct airlock__nearest *n)
{
	struct airlock__shown s = airlock__show(n->word, n->len);

	if (n->best)
		return airlock__wrong(w, at, "unknown %s %s; did you mean `%s`?", kind, s.text,
				      n->best);
	return airlock__wrong(w, at, "unknown %s %s", kind, s.text);
}

int airlock__unknown_name(struct airlock__wrong *w, size_t at, const char *kind,
			  enum airlock__names table, const char *name, size_t len)
{
	struct airlock__nearest nearest;
	const struct airlock__name *names;
	size_t n;

	names = airlock__names(table, &n);
	airlock__nearest_begin(&nearest, name, len);
	for (size_t i = 0; i < n; i++)
		airlock__nearest_try(&nearest, names[i].name);
	/* INET for AF_INET is too far off to be a slip, and meant all the same */
	for (size_t i = 0; i < n && !nearest.best && len; i++) {
		const char *part = strchr(names[i].name, '_');

		if (part && strlen(part + 1) == len && !strncasecmp(part + 1, name, len))
			nearest.best = names[i].name;
	}
	return airlock__unknown(w, at, kind, &nearest);
}

bool airlock__same(const char *text, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != word[i] || !word[i])
			return false;
	return !word[len];
}

/* Words */

int airlock__words_begin(struct airlock__words *ws, const char *value, size_t from,
			 const char *separators)
{
	*ws = (struct airlock__words){ .value = value, .separators = separators, .next = from };
	/* no escape is shorter than what it stands for, and there is something between two words */
	ws->store = malloc(strlen(value) + 2);
	return ws->store ? 0 : -ENOMEM;
}

void airlock__words_end(struct airlock__words *ws)
{
	free(ws->store);
	ws->store = NULL;
}

size_t airlock__words_at(const struct airlock__words *ws, size_t i)
{
	return ws->plain ? ws->at + i : ws->at;
}

static bool parts(const struct airlock__words *ws, char c)
{
	return airlock__is_blank(c) || (c && *ws->separators && strchr(ws->separators, c));
}

/* How many bytes from `s` on are of one word, and mean themselves. */
static size_t plain_run(const struct airlock__words *ws, const char *s)
{
	size_t n = 0;

	while (s[n] && s[n] != '\\' && s[n] != '"' && s[n] != '\'' && !parts(ws, s[n]))
		n++;
	return n;
}

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* `n` digits of that base; UINT32_MAX: they are not there. */
static uint32_t digits(const char *s, unsigned base, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d;

		if (s[i] >= '0' && s[i] <= '9')
			d = (unsigned)(s[i] - '0');
		else if ((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'f')
			d = (unsigned)((s[i] | 0x20) - 'a' + 10);
		else
			return UINT32_MAX;
		if (d >= base)
			return UINT32_MAX;
		v = v * base + d;
	}
	return v;
}

/*
 * What stands after a backslash, at `s`: into `to`, with its length in *ret_n. Returns how many bytes of
 * `s` it took; 0: there is no such escape.
 */
static size_t unescape(const char *s, char *to, size_t *ret_n)
{
	static const char from[] = "abfnrtv\\\"'s", into[] = "\a\b\f\n\r\t\v\\\"' ";
	const char *simple = *s ? strchr(from, *s) : NULL;
	size_t n = *s == 'x' ? 2 : *s == 'u' ? 4 : *s == 'U' ? 8 : 0;
	uint32_t c;

	*ret_n = 1;
	if (simple) {
		*to = into[simple - from];
		return 1;
	}
	if (!n) {
		c = digits(s, 8, 3);
		if (!c || c > 0xff)
			return 0;
		*to = (char)c;
		return 3;
	}
	c = digits(s + 1, 16, n);
	if (!c || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	if (*s == 'x')
		*to = (char)c;
	else
		*ret_n = put_utf8(to, c);
	return n + 1;
}

int airlock__words_next(struct airlock__words *ws, struct airlock__wrong *w)
{
	const char *s = ws->value;
	size_t i = ws->next, quoted_at = 0, n, took;
	char quote = 0;

	while (parts(ws, s[i]))
		i++;
	ws->next = i;
	if (!s[i])
		return 0;
	ws->at = i;
	ws->plain = true;
	ws->word = ws->store + ws->used;
	n = plain_run(ws, s + i);
	memcpy(ws->store + ws->used, s + i, n);
	ws->used += n;
	i += n;
	for (; s[i] && (quote || !parts(ws, s[i])); i += took) {
		took = 1;
		if (s[i] == '\\') {
			took = unescape(s + i + 1, ws->store + ws->used, &n);
			if (!took)
				return airlock__wrong(w, i,
						      "`\\` begins nothing known here; `\\\\` "
						      "stands for itself");
			ws->used += n;
			took++;
			ws->plain = false;
		} else if (quote ? s[i] == quote : s[i] == '"' || s[i] == '\'') {
			quote = quote ? 0 : s[i];
			quoted_at = i;
			ws->plain = false;
		} else {
			ws->store[ws->used++] = s[i];
		}
	}
	if (quote)
		return airlock__wrong(w, quoted_at, "the quote that begins here does not end");
	ws->len = (size_t)(ws->store + ws->used - ws->word);
	ws->store[ws->used++] = '\0';
	ws->next = i;
	return 1;
}

/* Numbers */

/* How many digits begin `text`; *ret is UINT64_MAX where they are too many. */
static size_t scan_number(const char *text, size_t len, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		unsigned d = (unsigned)(text[i] - '0');

		v = v > (UINT64_MAX - d) / 10 ? UINT64_MAX : v * 10 + d;
	}
	*ret = v;
	return i;
}

int airlock__number(const char *text, size_t len, uint64_t max, uint64_t *ret)
{
	uint64_t v;

	/* systemd reads 010 as octal: what is 10 to one and 8 to the other is nothing here */
	if (!len || (len > 1 && text[0] == '0') || scan_number(text, len, &v) != len || v > max ||
	    v == UINT64_MAX)
		return -EINVAL;
	*ret = v;
	return 0;
}

int airlock__integer(const char *text, size_t at, long min, long max, const char *what, int *ret,
		     struct airlock__wrong *w)
{
	bool minus = *text == '-';
	const char *from = text + (minus || *text == '+');
	uint64_t v;
	long n;

	if (airlock__number(from, strlen(from), INT32_MAX, &v) == 0) {
		n = minus ? -(long)v : (long)v;
		if (n >= min && n <= max) {
			*ret = (int)n;
			return 0;
		}
	}
	return airlock__wrong(w, at, "%s is no %s: a number from %ld to %ld",
			      airlock__show(text, strlen(text)).text, what, min, max);
}

int airlock__boolean(const char *text, bool *ret, struct airlock__wrong *w)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	/* the second time round as systemd has it, in letters of either case */
	for (size_t i = 0; i < 2 * sizeof words / sizeof *words; i++) {
		const char *word = words[i % (sizeof words / sizeof *words)];

		if (i < sizeof words / sizeof *words ? !strcmp(text, word)
						     : !strcasecmp(text, word)) {
			*ret = i & 1;
			return 0;
		}
	}
	return airlock__wrong(w, 0, "%s is neither `yes` nor `no`",
			      airlock__show(text, strlen(text)).text);
}

int airlock__answer(const char *text, size_t len, size_t at, unsigned least, uint32_t *ret,
		    struct airlock__wrong *w)
{
	uint64_t v;

	if (airlock__same(text, len, "kill")) {
		*ret = SECCOMP_RET_KILL_PROCESS;
		return 0;
	}
	if (len && text[0] >= '0' && text[0] <= '9') {
		if (airlock__number(text, len, MAX_ERRNO, &v) < 0 || v < least)
			return airlock__wrong(w, at,
					      "%s is no errno: a name, a number from %u to %d, or "
					      "`kill`",
					      airlock__show(text, len).text, least, MAX_ERRNO);
	} else if (!len) {
		return airlock__wrong(w, at, "the errno is missing: a name, a number, or `kill`");
	} else if (!airlock__name_value(AIRLOCK__ERRNOS, text, len, &v)) {
		return airlock__unknown_name(w, at, "errno", AIRLOCK__ERRNOS, text, len);
	}
	*ret = SECCOMP_RET_ERRNO | (uint32_t)v;
	return 0;
}

int airlock__kernel(const char *text, uint32_t *ret, struct airlock__wrong *w)
{
	uint64_t part[3] = { 0, 0, 0 };
	const char *s = text;
	size_t n = 0;

	for (;;) {
		size_t len = strcspn(s, ".");

		if (airlock__number(s, len, n == 2 ? UINT32_MAX : 255, &part[n]) < 0)
			break;
		n++;
		s += len;
		if (!*s && n >= 2) {
			/* the kernel's own macro stops there, too: 4.9 and 4.14 had more patch levels */
			if (part[2] > 255)
				part[2] = 255;
			*ret = AIRLOCK__KERNEL(part[0], part[1], part[2]);
			if (*ret >= AIRLOCK__KERNEL(2, 6, 0))
				return 0;
			return airlock__wrong(w, 0,
					      "%s is older than all calls: 2.6 is the oldest that "
					      "counts",
					      airlock__show(text, strlen(text)).text);
		}
		if (*s != '.' || n == 3)
			break;
		s++;
	}
	return airlock__wrong(w, 0, "%s is no kernel version, as 5.10 is one, or 6.1.20",
			      airlock__show(text, strlen(text)).text);
}

/* Limits */

static bool parse_size(const char *s, size_t len, uint64_t *ret)
{
	static const char units[] = "KMGTPE";
	const char *unit = NULL;
	unsigned shift = 0;
	uint64_t v;

	if (len && s[len - 1] == 'B')
		len--;
	if (len)
		unit = strchr(units, s[len - 1]);
	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		len--;
	}
	if (airlock__number(s, len, UINT64_MAX >> shift, &v) < 0)
		return false;
	*ret = v << shift;
	return true;
}

static const struct {
	const char *name;
	uint64_t us;
} time_units[] = {
	{ "us", 1 },
	{ "usec", 1 },
	{ "µs", 1 },
	{ "ms", 1000 },
	{ "msec", 1000 },
	{ "s", 1000000 },
	{ "sec", 1000000 },
	{ "second", 1000000 },
	{ "seconds", 1000000 },
	{ "m", 60 * 1000000ull },
	{ "min", 60 * 1000000ull },
	{ "minute", 60 * 1000000ull },
	{ "minutes", 60 * 1000000ull },
	{ "h", 3600 * 1000000ull },
	{ "hr", 3600 * 1000000ull },
	{ "hour", 3600 * 1000000ull },
	{ "hours", 3600 * 1000000ull },
	{ "d", 86400 * 1000000ull },
	{ "day", 86400 * 1000000ull },
	{ "days", 86400 * 1000000ull },
	{ "w", 7 * 86400 * 1000000ull },
	{ "week", 7 * 86400 * 1000000ull },
	{ "weeks", 7 * 86400 * 1000000ull },
	/* systemd.time(7): 30.44 and 365.25 days */
	{ "M", 2629800 * 1000000ull },
	{ "month", 2629800 * 1000000ull },
	{ "months", 2629800 * 1000000ull },
	{ "y", 31557600 * 1000000ull },
	{ "year", 31557600 * 1000000ull },
	{ "years", 31557600 * 1000000ull },
};

/* 0: no such unit */
static uint64_t time_unit(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++)
		if (airlock__same(s, len, time_units[i].name))
			return time_units[i].us;
	return 0;
}

/* "5min 20s"; a number alone is in `unit`. Microseconds. */
static bool parse_time(const char *s, size_t len, uint64_t unit, uint64_t *ret)
{
	const char *end = s + len;
	uint64_t sum = 0, v, us;

	for (bool first = true; s < end; first = false) {
		size_t n = scan_number(s, (size_t)(end - s), &v), word = 0;

		s += n;
		while (s < end && airlock__is_blank(*s))
			s++;
		while (s + word < end && !strchr(BLANKS "0123456789", s[word]))
			word++;
		us = time_unit(s, word);
		if (!word && first && s == end)
			us = unit;
		if (!n || !us || v > (UINT64_MAX - 1 - sum) / us)
			return false;
		sum += v * us;
		s += word;
		while (s < end && airlock__is_blank(*s))
			s++;
	}
	*ret = sum;
	return len > 0;
}

/* With a sign a nice value, without the kernel's own number: 20 minus that. */
static bool parse_nice_limit(const char *s, size_t len, uint64_t *ret)
{
	uint64_t v;

	if (len && *s == '+') {
		if (airlock__number(s + 1, len - 1, 19, &v) < 0)
			return false;
		*ret = 20 - v;
		return true;
	}
	if (len && *s == '-') {
		if (airlock__number(s + 1, len - 1, 20, &v) < 0)
			return false;
		*ret = 20 + v;
		return true;
	}
	return airlock__number(s, len, 40, ret) == 0;
}

static int parse_limit(int which, const char *s, size_t len, size_t at, uint64_t *ret,
		       struct airlock__wrong *w)
{
	const char *what;
	bool taken;

	if (airlock__same(s, len, "infinity")) {
		*ret = AIRLOCK__LIMIT_INFINITY;
		return 0;
	}
	switch (which) {
	case RLIMIT_CPU:
	case RLIMIT_RTTIME:
		what = "time: numbers with us, ms, s, min, h, d or w, or `infinity`";
		taken = parse_time(s, len, which == RLIMIT_CPU ? 1000000 : 1, ret);
		/* the kernel counts whole seconds; less than one must not become none at all */
		if (taken && which == RLIMIT_CPU)
			*ret = *ret / 1000000 + (*ret % 1000000 != 0);
		break;
	case RLIMIT_NICE:
		what = "limit of nice values: -20 to +19 with a sign, 0 to 40 without, or "
		       "`infinity`";
		taken = parse_nice_limit(s, len, ret);
		break;
	case RLIMIT_NOFILE:
	case RLIMIT_NPROC:
	case RLIMIT_LOCKS:
	case RLIMIT_SIGPENDING:
	case RLIMIT_RTPRIO:
		what = "limit: a decimal number, or `infinity`";
		taken = airlock__number(s, len, UINT64_MAX - 1, ret) == 0;
		break;
	default:
		what = "size: a number, perhaps with K, M, G, T, P or E, or `infinity`";
		taken = parse_size(s, len, ret);
	}
	if (taken)
		return 0;
	return airlock__wrong(w, at, "%s is no %s", airlock__show(s, len).text, what);
}

int airlock__limit(int which, const char *text, struct airlock__limit *ret,
		   struct airlock__wrong *w)
{
	const char *colon = strchr(text, ':');
	size_t soft_len = colon ? (size_t)(colon - text) : strlen(text), hard_at = soft_len + 1;
	struct airlock__limit l;
	int r;

	r = parse_limit(which, text, soft_len, 0, &l.soft, w);
	if (r < 0)
		return r;
	l.hard = l.soft;
	if (colon) {
		r = parse_limit(which, colon + 1, strlen(colon + 1), hard_at, &l.hard, w);
		if (r < 0)
			return r;
	}
	if (l.soft > l.hard)
		return airlock__wrong(w, 0,
				      "the soft limit is above the hard one: it is SOFT:HARD");
	*ret = l;
	return 0;
}

/* Names */

bool airlock__is_user(const char *text)
{
	size_t len = strlen(text);
	uint64_t v;

	if (!len || len > MAX_USER_NAME || *text == '-' || !strcmp(text, ".") ||
	    !strcmp(text, ".."))
		return false;
	/* -1 means "leave it" to the kernel, in 16 bits and in 32 */
	if (strspn(text, "0123456789") == len)
		return airlock__number(text, len, UINT32_MAX - 1, &v) == 0 && v != UINT16_MAX;
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr(":/,\"'\\", *s))
			return false;
	return true;
}

size_t airlock__variable(const char *text)
{
	size_t n = 0;

	while ((text[n] >= 'A' && text[n] <= 'Z') || (text[n] >= 'a' && text[n] <= 'z') ||
	       text[n] == '_' || (n && text[n] >= '0' && text[n] <= '9'))
		n++;
	return text[n] && text[n] != '=' ? 0 : n;
}
