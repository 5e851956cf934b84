/* SPDX-License-Identifier: ISC */
/*
 * main.c: airlock(1): finds the verb. What verbs share is in common.c.
 */
#define _GNU_SOURCE
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct verb *const verbs[] = {
	&verb_exec, &verb_run, &verb_check, &verb_profile, &verb_doctor, &verb_learn,
};
enum { NVERBS = sizeof verbs / sizeof *verbs };

static int help(void)
{
	printf("Usage: airlock VERB [OPTION]... [ARGUMENT]...\n"
	       "Start helper programs that cannot hurt who starts them.\n\n");
	for (size_t i = 0; i < NVERBS; i++)
		printf("  %-9s %s\n", verbs[i]->name, verbs[i]->about);
	printf("\n  --help     this; `airlock VERB --help' for each\n"
	       "  --version  print the version\n\n"
	       "See airlock(1); for the language of profiles, airlock-profile(5).\n");
	return finish_output();
}

/* A descriptor that is opened here must not become the 0, 1 or 2 of anybody. */
static int keep_standard_descriptors(void)
{
	int fd, error;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	error = errno;
	if (fd < 0) {
		/* without /dev there may still be all three */
		if (fcntl(0, F_GETFD) >= 0 && fcntl(1, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0)
			return 0;
		complain("/dev/null: %s", strerror(error));
		return EXIT_AIRLOCK;
	}
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (keep_standard_descriptors() != 0)
		return EXIT_AIRLOCK;
	if (argc < 2) {
		complain("no verb given; try `airlock --help'");
		return EXIT_AIRLOCK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("airlock %s\n", airlock_version());
		return finish_output();
	}
	for (size_t i = 0; i < NVERBS; i++)
		if (!strcmp(argv[1], verbs[i]->name))
			return verbs[i]->main(verbs[i], argc - 1, argv + 1);
	if (*argv[1] == '-')
		complain("unknown option %s; try `airlock --help'", argv[1]);
	else
		complain("%s: no such verb; try `airlock --help'", argv[1]);
	return EXIT_AIRLOCK;
}
