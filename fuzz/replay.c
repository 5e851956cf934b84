/* SPDX-License-Identifier: ISC */
/*
 * replay.c: runs a target over files, for compilers without a fuzzing engine and for `make check`.
 *
 *	TARGET FILE|FOLDER...		run each input; says how many there were
 *	TARGET --print FILE		an input in words
 *	TARGET --make FILE		the other way: an input, from words, to standard output
 */
#include "ops.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t runs;

static uint8_t *contents(const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, room = 0, n;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	do {
		if (size == room) {
			room = room ? 2 * room : 4096;
			data = realloc(data, room);
			if (!data)
				abort();
		}
		n = fread(data + size, 1, room - size, f);
		size += n;
	} while (n);
	if (ferror(f)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	fclose(f);
	*ret_size = size;
	return data;
}

static void run_file(const char *path)
{
	size_t size;
	uint8_t *data = contents(path, &size), *exact = malloc(size);

	/* of exactly its size, so that a sanitizer sees a read beyond it */
	if (size && !exact)
		abort();
	if (size)
		memcpy(exact, data, size);
	free(data);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	runs++;
}

static void run(const char *path)
{
	struct dirent **names;
	struct stat st;
	char inside[4096];
	int n;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	for (int i = 0; i < n; i++) {
		snprintf(inside, sizeof inside, "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			/* the one that does not come back is the last that was named */
			if (getenv("REPLAY_NAMES"))
				fprintf(stderr, "%s\n", inside);
			run_file(inside);
		}
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--print")) {
		size_t size;
		uint8_t *data = contents(argv[2], &size);

		fuzz_print(data, size, stdout);
		free(data);
		return ferror(stdout) || fflush(stdout) ? 2 : 0;
	}
	if (argc == 3 && !strcmp(argv[1], "--make")) {
		FILE *f = fopen(argv[2], "r");

		if (!f) {
			fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
			return 2;
		}
		if (fuzz_make(f, stdout, argv[2]) < 0 || fflush(stdout))
			return 2;
		fclose(f);
		return 0;
	}
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	printf("%zu inputs\n", runs);
	return runs == 0;
}
