/* SPDX-License-Identifier: ISC */
/*
 * tojson.c: see tojson.h.
 */
#define _GNU_SOURCE
#include "tojson.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

void json_no_memory(void)
{
	complain("%s", strerror(ENOMEM));
	exit(EXIT_AIRLOCK);
}

/* How many bytes of the text jansson takes for one character; 0: for none */
static size_t character(const char *text)
{
	for (size_t n = 1; n <= 4 && text[n - 1]; n++) {
		json_t *one = json_stringn(text, n);

		json_decref(one);
		if (one)
			return n;
	}
	return 0;
}

static json_t *repaired(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	const size_t bytes = sizeof replacement - 1;
	char *copy = malloc(strlen(text) * bytes + 1), *to = copy;
	json_t *string;

	if (!copy)
		json_no_memory();
	while (*text) {
		size_t n = character(text);

		memcpy(to, n ? text : replacement, n ? n : bytes);
		to += n ? n : bytes;
		text += n ? n : 1;
	}
	*to = '\0';
	string = json_string(copy);
	free(copy);
	return string;
}

json_t *json_text(const char *text)
{
	json_t *string = text ? json_string(text) : json_null();

	return string ? string : repaired(text);
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		json_no_memory();
}

void json_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		json_no_memory();
}

int json_print(json_t *root)
{
	int r = root ? json_dumpf(root, stdout, JSON_INDENT(2)) : -1;

	if (r < 0 && !ferror(stdout))
		json_no_memory();
	json_decref(root);
	printf("\n");
	return finish_output();
}
