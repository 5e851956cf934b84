/* SPDX-License-Identifier: ISC */
/*
 * common.c: see cmd.h.
 */
#define _GNU_SOURCE
#include "cmd.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"
#include "paths.h"
#include "profile.h"

/* One write, so that lines of several processes on one log do not mix. */
static void vcomplain(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

bool complain_never_waits;

/* A word of a command line has 128 KiB at most, execve(2). What is told has 2 KiB. */
enum { LONGEST = 160 * 1024, LINE = 2047 };

/* What a message quotes may hold anything, and be of any length; a log is read on a terminal. */
size_t make_readable(char *line, size_t len, size_t room)
{
	static const char cut[] = " ... ";
	size_t tail = room / 2;

	/* the why stands at the end */
	if (len > room) {
		memmove(line + room - tail, line + len - tail, tail);
		memcpy(line + room - tail, cut, sizeof cut - 1);
		len = room;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i], next = (unsigned char)line[i + 1];

		if (c < 0x20 || c == 0x7f)
			line[i] = '?';
		/* C1 controls in UTF-8 */
		else if (c == 0xc2 && i + 1 < len && next >= 0x80 && next < 0xa0)
			line[i] = line[i + 1] = '?';
	}
	return len;
}

static void vcomplain(const char *format, va_list args)
{
	/* static, since a filter may be in force by now that takes malloc(3)'s calls amiss */
	static char line[LONGEST];
	size_t len = (size_t)snprintf(line, sizeof line, "airlock: ");
	int n = vsnprintf(line + len, sizeof line - len, format, args);

	len += n < 0 ? 0 : (size_t)n;
	len = make_readable(line, len < sizeof line ? len : sizeof line - 1, LINE);
	line[len++] = '\n';
	if (complain_never_waits && poll(&(struct pollfd){ STDERR_FILENO, POLLOUT, 0 }, 1, 0) == 0)
		return;
	/* where standard error is gone there is nobody to tell */
	(void)!write(STDERR_FILENO, line, len);
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vcomplain(format, args);
	va_end(args);
}

int misused(const struct verb *verb, const char *format, ...)
{
	static char what[LONGEST];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	complain("%s: %s; try `airlock %s --help'", verb->name, what, verb->name);
	return EXIT_AIRLOCK;
}

/* What getopt_long(3) did not take: of a word of short options the letter, of a long one the name. */
static int wrong_option(const struct verb *verb, const char *word, const struct option *longs,
			int o)
{
	size_t len = strcspn(word, "=");
	bool known = false, by_another = false;

	if (strncmp(word, "--", 2) != 0) {
		char letter[3] = { '-', (char)optopt, '\0' };

		/* of a letter of several bytes it knows the first */
		if (optopt <= ' ' || optopt > '~')
			return misused(verb, "unknown option %s", word);
		return o == ':' ? misused(verb, "option %s needs a value", letter)
				: misused(verb, "unknown option %s", letter);
	}
	if (o == ':')
		return misused(verb, "option %s needs a value", word);
	for (; longs->name; longs++) {
		if (strncmp(longs->name, word + 2, len - 2) != 0)
			continue;
		by_another |= known;
		known = true;
	}
	if (by_another && !optopt)
		return misused(verb, "option %.*s is ambiguous", (int)len, word);
	return known ? misused(verb, "option %.*s takes no value", (int)len, word)
		     : misused(verb, "unknown option %.*s", (int)len, word);
}

int next_option(const struct verb *verb, int argc, char **argv, const char *shorts,
		const struct option *longs, int *ret_code)
{
	/* the word that it looks at: it steps on only at its end */
	const char *word = optind < argc ? argv[optind] : "";
	char all[64];
	int o;

	/* '+': the first word that is no option ends them; ':': what is missing is told apart */
	strcpy(all, "+:h");
	strncat(all, shorts, sizeof all - sizeof "+:h");
	opterr = 0;
	o = getopt_long(argc, argv, all, longs, NULL);
	if (o == 'h') {
		printf("%s", verb->help);
		*ret_code = finish_output();
		return '?';
	}
	if (o == ':' || o == '?')
		*ret_code = wrong_option(verb, word, longs, o);
	return o == ':' ? '?' : o;
}

int finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	complain("standard output: %s", strerror(errno));
	return EXIT_AIRLOCK;
}

int whole_number(const char *text, int max)
{
	long n = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		n = n * 10 + (*text - '0');
		if (n > max)
			return -1;
	}
	return (int)n;
}

static void keep(const char ***words, size_t *n, const char *word)
{
	const char **more = reallocarray(*words, *n + 1, sizeof *more);

	if (!more) {
		complain("%s", strerror(ENOMEM));
		exit(EXIT_AIRLOCK);
	}
	*words = more;
	more[(*n)++] = word;
}

bool sandbox_option(struct sandbox *s, int option, const char *value)
{
	if (option == 'P')
		keep(&s->profiles, &s->nprofiles, value);
	else if (option == 'p')
		keep(&s->pairs, &s->npairs, value);
	else
		return false;
	return true;
}

static bool is_builtin(const char *name)
{
	return airlock_profile_builtin_text(name) != NULL;
}

const char *nearest_builtin(const char *name)
{
	struct airlock__nearest near;
	const char *own;

	airlock__nearest_begin(&near, name, strlen(name));
	for (size_t i = 0; (own = airlock_profile_builtin_name(i)); i++)
		airlock__nearest_try(&near, own);
	return near.best;
}

static void no_profile(const char *name)
{
	const char *near = nearest_builtin(name);

	complain("%s: no such file, and no builtin profile of that name%s%s%s", name,
		 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* as compilers do */
int wrong_profile(const char *name, int r, const struct airlock_profile_error *e)
{
	static const char unread[] = "cannot read ";
	bool is_unread = !e->line && !strncmp(e->message, unread, strlen(unread));

	if (!e->message[0])
		complain("%s: %s", name, strerror(-r));
	else if (e->line)
		complain("%s:%u:%u: %s", e->source, e->line, e->column, e->message);
	else if (is_unread && r == -ENOENT && !strchr(name, '/'))
		no_profile(name);
	else if (is_unread)
		/* a long name is cut there, at its end */
		complain("%s%s", name, strrchr(e->message, ':'));
	else
		complain("%s: %s", e->source, e->message);
	return EXIT_AIRLOCK;
}

int profile_load(struct airlock_profile *p, const char *name, struct airlock_profile_error *e)
{
	*e = (struct airlock_profile_error){ name, 0, 0, "" };
	return is_builtin(name) ? airlock_profile_builtin(p, name, e)
				: airlock_profile_load(p, name, e);
}

int profile_add(struct airlock_profile *p, const char *name)
{
	struct airlock_profile_error e;
	int r = profile_load(p, name, &e);

	return r < 0 ? wrong_profile(name, r, &e) : 0;
}

int profile_pair(struct airlock_profile *p, const char *pair, struct airlock_profile_error *e)
{
	const char *equals = strchr(pair, '=');
	char *key;
	int r;

	*e = (struct airlock_profile_error){ pair, 0, 0, "" };
	if (!equals) {
		snprintf(e->message, sizeof e->message, "KEY=VALUE is wanted");
		return -EINVAL;
	}
	key = strndup(pair, (size_t)(equals - pair));
	r = key ? airlock_profile_set(p, key, equals + 1, e) : -ENOMEM;
	free(key);
	if (e->column)
		e->column += (unsigned)(equals + 1 - pair);
	return r;
}

int wrong_pair(const char *pair, int r, const struct airlock_profile_error *e)
{
	if (e->column && e->message[0])
		complain("-p %s: column %u: %s", pair, e->column, e->message);
	else
		complain("-p %s: %s", pair, e->message[0] ? e->message : strerror(-r));
	return EXIT_AIRLOCK;
}

int sandbox_read(struct sandbox *s, char *const *argv)
{
	int r = 0;

	s->profile = airlock_profile_new();
	if (!s->profile || (argv && airlock_profile_command(s->profile, argv[0], argv) < 0)) {
		complain("%s", strerror(ENOMEM));
		return EXIT_AIRLOCK;
	}
	if (!s->nprofiles)
		r = profile_add(s->profile, "filter");
	for (size_t i = 0; r == 0 && i < s->nprofiles; i++)
		r = profile_add(s->profile, s->profiles[i]);
	for (size_t i = 0; r == 0 && i < s->npairs; i++) {
		struct airlock_profile_error e;

		r = profile_pair(s->profile, s->pairs[i], &e);
		r = r < 0 ? wrong_pair(s->pairs[i], r, &e) : 0;
	}
	return r;
}

static int take_nothing(void *arg, int fd, mode_t mode, enum airlock__access access)
{
	(void)arg, (void)fd, (void)mode, (void)access;
	return 0;
}

/*
 * Where a profile says @program, a program that cannot be had fails the seal before any exec: told as
 * the exec would, and with its code. 0: the program is not at fault.
 */
static int wrong_program(const struct airlock_profile *p)
{
	static const char where[] = "?:0: ReadPath=@program: ";
	struct airlock__path path = { .access = AIRLOCK__READ, .path = (char *)"@program" };
	struct airlock_profile program = {
		.root = p->root,
		.directory = p->directory,
		.directory_optional = p->directory_optional,
		.user = p->user,
		.paths = &path,
		.npaths = 1,
		.command = p->command,
	};
	char text[AIRLOCK__PATHS_TEXT], *what = text + strlen(where);
	int r = p->command ? airlock__paths_each(&program, take_nothing, NULL, text) : 0;

	/* else it is the folder that the program would be in, or a shortage */
	if (r == 0 || strncmp(text, where, strlen(where)) != 0 || r == -ENOMEM || r == -EMFILE ||
	    r == -ENFILE)
		return 0;
	/* of what it needs the program is named, too */
	if (!strncmp(what, p->command, strlen(p->command)))
		complain("%s", what);
	else
		complain("%s: %s", p->command, what);
	return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXEC;
}

int sandbox_seal(struct sandbox *s)
{
	struct airlock_report *report = NULL;
	int code = 0, r = airlock_seal_new(s->profile, &s->seal, NULL);
	bool told;

	/* a report takes time, and is of use where there is something to tell */
	if (r < 0)
		r = airlock_seal_new(s->profile, &s->seal, &report);
	if (r < 0)
		code = wrong_program(s->profile);
	told = code != 0;

	for (size_t i = 0; r < 0 && !code && i < airlock_report_count(report); i++)
		if (airlock_report_state(report, i) == AIRLOCK_LOST &&
		    !airlock__best_effort(s->profile, airlock_report_name(report, i))) {
			complain("%s: %s", airlock_report_name(report, i),
				 airlock_report_reason(report, i));
			told = true;
		}
	if (r < 0 && !told)
		complain("seal: %s", strerror(-r));
	airlock_report_free(report);
	return code ? code : r < 0 ? EXIT_AIRLOCK : 0;
}

void sandbox_free(struct sandbox *s)
{
	airlock_seal_free(s->seal);
	airlock_profile_free(s->profile);
	free(s->profiles);
	free(s->pairs);
}

bool children_see_us(void)
{
	/* the namespace of children leads nowhere before the first of them */
	static const char path[] = "/proc/self/ns/pid_for_children";
	struct stat ours, theirs;

	if (stat("/proc/self/ns/pid", &ours) < 0 || lstat(path, &theirs) < 0)
		return true;
	return stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

int failed_stage(const struct airlock_error *e)
{
	complain("our own program, to ask from: %s", e->message);
	return EXIT_AIRLOCK;
}

int failed_start(const struct airlock_error *e)
{
	complain("%s", e->message);
	if (e->step != AIRLOCK_STEP_EXECVE)
		return EXIT_AIRLOCK;
	return e->code == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXEC;
}
