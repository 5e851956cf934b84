/* SPDX-License-Identifier: ISC */
/*
 * exec.c: airlock exec: this very process becomes the helper. Every helper that is started so pays for
 * what is done here: nothing that it does not need.
 */
#define _GNU_SOURCE
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listener.h"

static const char help[] =
	"Usage: airlock exec [--profile NAME|FILE]... [-p KEY=VALUE]... [--keep-fd N]...\n"
	"                    [--] PROGRAM [ARGUMENT]...\n"
	"Seal this process as the profile says and execute PROGRAM in it: no process is\n"
	"left between who started airlock and the program.\n\n"
	"  --profile NAME|FILE   a builtin (see `airlock profile') or a file; `filter' if\n"
	"                        none is given; several add up\n"
	"  -p, --property KEY=VALUE\n"
	"                        a line more for the profile\n"
	"  --keep-fd N           the program keeps descriptor N, too (0, 1 and 2 it has)\n"
	"  -h, --help            this\n\n"
	"Exit status: the program's; 125 airlock failed, 126 the program cannot be\n"
	"executed, 127 there is none.\n";

enum { OPT_KEEP_FD = 256, OPT_LISTENER };

static const struct option longs[] = {
	SANDBOX_LONGS,
	{ "keep-fd", required_argument, NULL, OPT_KEEP_FD },
	{ "help", no_argument, NULL, 'h' },
	/* for `airlock run --explain' and `airlock learn', see listener.h */
	{ "listener", required_argument, NULL, OPT_LISTENER },
	{ NULL, 0, NULL, 0 },
};

/* The descriptors that pass: 0 and 1 (main() saw to it that they are open), and those that were named. */
struct kept {
	struct airlock_fd *fds;
	size_t n;
};

static int keep_fd(struct kept *k, int fd)
{
	struct airlock_fd *more;

	for (size_t i = 0; i < k->n; i++)
		if (k->fds[i].to == fd)
			return 0;
	more = reallocarray(k->fds, k->n + 1, sizeof *more);
	if (!more)
		return -ENOMEM;
	k->fds = more;
	more[k->n++] = (struct airlock_fd){ fd, fd };
	return 0;
}

static int keep_named(const struct verb *verb, struct kept *k, const char *value)
{
	int fd = whole_number(value, 1 << 20);

	if (fd < 0)
		return misused(verb, "--keep-fd %s: the number of a descriptor is wanted", value);
	if (fcntl(fd, F_GETFD) < 0) {
		complain("--keep-fd %s: %s", value, strerror(errno));
		return EXIT_AIRLOCK;
	}
	if (fd <= STDERR_FILENO)
		return 0;
	if (keep_fd(k, fd) < 0) {
		complain("%s", strerror(ENOMEM));
		return EXIT_AIRLOCK;
	}
	return 0;
}

static int exec_it(struct sandbox *sandbox, struct kept *kept, char **argv, const char *listener)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	struct airlock_error e;
	int r = sandbox_read(sandbox, argv);

	if (r == 0)
		r = !listener ? sandbox_seal(sandbox) : listener_stage(sandbox, listener);
	if (r == 0 && (keep_fd(kept, STDIN_FILENO) < 0 || keep_fd(kept, STDOUT_FILENO) < 0)) {
		complain("%s", strerror(ENOMEM));
		r = EXIT_AIRLOCK;
	}
	if (r != 0)
		return r;
	o.stderr_fd = STDERR_FILENO;
	o.path = argv[0];
	o.argv = argv;
	o.fds = kept->fds;
	o.nfds = kept->n;
	o.seal = sandbox->seal;
	o.flags = AIRLOCK_SEARCH_PATH;
	airlock_exec(&o, &e);
	/* the profile may be in force, and allow no more than this, if that */
	_exit(failed_start(&e));
}

static int main_exec(const struct verb *verb, int argc, char **argv)
{
	struct sandbox sandbox = { 0 };
	struct kept kept = { NULL, 0 };
	const char *listener = NULL;
	int o, code = 0;

	while (code == 0 &&
	       (o = next_option(verb, argc, argv, SANDBOX_SHORTS, longs, &code)) != -1) {
		if (o == OPT_KEEP_FD)
			code = keep_named(verb, &kept, optarg);
		else if (o == OPT_LISTENER)
			listener = optarg;
		else if (o == '?' || !sandbox_option(&sandbox, o, optarg))
			break;
	}
	if (code == 0 && o == -1)
		code = optind == argc ? misused(verb, "no program given")
				      : exec_it(&sandbox, &kept, argv + optind, listener);
	sandbox_free(&sandbox);
	free(kept.fds);
	return code;
}

const struct verb verb_exec = { "exec", "seal this process and execute a program in it", help,
				main_exec };
