/* SPDX-License-Identifier: ISC */
/*
 * profile.c: airlock profile: lists the builtin profiles, or prints one.
 */
#define _GNU_SOURCE
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: airlock profile [NAME]\n"
	"List the builtin profiles, or print the text of one: a start for one's own.\n\n"
	"  -h, --help  this\n\n"
	"Exit status: 0; 125 there is no such profile, wrong use.\n";

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

enum { NAME_COLUMN = 16, WIDTH = 79 };

/* The first sentence of the comment that a profile begins with, its lines joined, without "NAME: ": from malloc */
static char *first_sentence(const char *name, const char *text)
{
	char *sentence = malloc(strlen(text) + 1), *to = sentence;
	size_t len = strlen(name);

	while (sentence && *text == '#') {
		size_t n = strcspn(++text, "\n");

		/* the blank after the '#' parts the lines */
		to = mempcpy(to, text, n);
		text += n + (text[n] == '\n');
		*to = '\0';
	}
	if (!sentence)
		return NULL;
	*to = '\0';
	to = sentence + strspn(sentence, " ");
	if (!strncmp(to, name, len) && to[len] == ':')
		to += len + 1;
	memmove(sentence, to + strspn(to, " "), strlen(to + strspn(to, " ")) + 1);
	for (to = sentence; *to && !(*to == '.' && (to[1] == ' ' || !to[1]));)
		to++;
	*to = '\0';
	return sentence;
}

/* Words, filled into lines that stand to the right of the name */
static void print_one(const char *name, char *sentence)
{
	int column = printf("%-*s", NAME_COLUMN - 1, name);
	char *rest = sentence, *word;

	while ((word = strtok_r(rest, " ", &rest))) {
		if (column + 1 + (int)strlen(word) > WIDTH)
			column = printf("\n%-*s", NAME_COLUMN - 1, "") - 1;
		column += printf(" %s", word);
	}
	printf("\n");
}

static int list(void)
{
	const char *name;

	for (size_t i = 0; (name = airlock_profile_builtin_name(i)); i++) {
		char *sentence = first_sentence(name, airlock_profile_builtin_text(name));

		print_one(name, sentence ? sentence : (char[]){ "" });
		free(sentence);
	}
	return finish_output();
}

static int unknown(const char *name)
{
	const char *near = nearest_builtin(name);

	if (near)
		complain("%s: no such builtin profile; did you mean %s?", name, near);
	else
		complain("%s: no such builtin profile; `airlock profile' lists them", name);
	return EXIT_AIRLOCK;
}

static int main_profile(const struct verb *verb, int argc, char **argv)
{
	const char *text;
	int code = 0;

	if (next_option(verb, argc, argv, "", longs, &code) != -1)
		return code;
	if (argc - optind > 1)
		return misused(verb, "one name is enough: %s", argv[optind + 1]);
	if (optind == argc)
		return list();
	text = airlock_profile_builtin_text(argv[optind]);
	if (!text)
		return unknown(argv[optind]);
	fputs(text, stdout);
	return finish_output();
}

const struct verb verb_profile = { "profile", "list the builtin profiles, or print one", help,
				   main_profile };
