/* SPDX-License-Identifier: ISC */
/*
 * tojson.h: what `check --json` and `doctor --json` print. Memory that runs out ends airlock with 125.
 */
#ifndef AIRLOCK_TOJSON_H
#define AIRLOCK_TOJSON_H

#include <jansson.h>

/* Says so and exits. */
_Noreturn void json_no_memory(void);

/* A string of any bytes: what is no UTF-8 becomes U+FFFD, byte by byte. NULL is null. */
json_t *json_text(const char *text);

/* Both take the value over. */
void json_put(json_t *object, const char *key, json_t *value);
void json_add(json_t *array, json_t *value);

/* Print and free: the exit code of finish_output(). */
int json_print(json_t *root);

#endif
