/* SPDX-License-Identifier: ISC */
/*
 * make_ready.c: a program that runs when the library is built: it reads each builtin profile with the library's own
 * code, and writes what pack.h calls ready, as rows of C.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "pack.h"
#include "program.h"

/* so that each is read here */
const struct airlock__ready *airlock__ready(const char *name)
{
	(void)name;
	return NULL;
}

static void write_bytes(struct airlock_profile *p)
{
	char *bytes;
	size_t n;
	FILE *f = open_memstream(&bytes, &n);

	if (!f || !airlock__pack(p, f) || fclose(f) != 0)
		errx(1, "cannot be packed");
	printf("(const unsigned char[]){");
	for (size_t i = 0; i < n; i++)
		printf("%s%d,", i % 32 ? "" : "\n", (unsigned char)bytes[i]);
	printf("},\n");
	free(bytes);
}

/* The caller's personality is in the program of LockPersonality= alone. */
static void write_program(const struct airlock_profile *p)
{
	struct airlock__program program = { 0 };

	if (p->lock_personality || !airlock__program_needed(p, p->exec_once)) {
		printf("NULL, 0, { 0 },\n");
		return;
	}
	if (airlock__program_make(p, p->exec_once, 0, &program) < 0)
		errx(1, "no program can be made");
	printf("(const struct sock_filter[]){\n");
	for (uint32_t i = 0; i < program.n; i++)
		printf("{%u,%u,%u,%#x},\n", program.code[i].code, program.code[i].jt,
		       program.code[i].jf, program.code[i].k);
	printf("}, %u, {", program.n);
	for (int i = 0; i < 6; i++)
		printf("%u,", program.at[i]);
	printf("},\n");
	free(program.code);
}

int main(void)
{
	const char *name;

	for (size_t i = 0; (name = airlock_profile_builtin_name(i)); i++) {
		struct airlock_profile *p = airlock_profile_new();
		struct airlock_profile_error e = { "", 0, 0, "" };

		if (!p || airlock_profile_builtin(p, name, &e) < 0)
			errx(1, "%s:%u:%u: %s", e.source, e.line, e.column, e.message);
		printf("{ \"%s\",\n", name);
		write_bytes(p);
		write_program(p);
		printf("},\n");
		airlock_profile_free(p);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		err(1, "standard output");
	return 0;
}
