/* SPDX-License-Identifier: ISC */
/*
 * learn.c: airlock learn: runs a command with everything allowed and writes a profile of what it
 * used. What is recorded is in watch.c, what becomes of it in learned*.c; here is what has to do
 * with files.
 */
#define _GNU_SOURCE
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <unistd.h>

#include "learned.h"
#include "learned_file.h"
#include "parse.h"
#include "paths.h"
#include "watch.h"

static const char help[] =
	"Usage: airlock learn -o FILE [--merge FILE] [--] PROGRAM [ARGUMENT]...\n"
	"Run PROGRAM with everything allowed, and write a profile of what it and its\n"
	"processes used: system calls, files, ports. Then read that profile: what the run\n"
	"did may be more than you want to allow, and another run may do more.\n\n"
	"  -o, --output FILE     where to write it; `-' is standard output\n"
	"  --merge FILE          write FILE's profile, with lines added for what it refuses;\n"
	"                        nothing is taken away. -o may be the same FILE\n"
	"  -h, --help            this\n\n"
	"It ends when no process of PROGRAM's is left. ^C ends it sooner, with what there is\n"
	"by then; a second ^C kills PROGRAM.\n\n"
	"Exit status: the program's; 128 and N if it was killed by signal N; 125 airlock\n"
	"failed, 126 the program cannot be executed, 127 there is none.\n";

enum { OPT_MERGE = 256 };

static const struct option longs[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "merge", required_argument, NULL, OPT_MERGE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct learn {
	char **argv;
	const char *output, *merge;
	struct learned_file file;
	struct airlock_profile *base;
	char *text; /* of `merge` */
	struct learned *learned;
	struct learned_about about;
};

static int failed(const char *what, int error)
{
	complain("%s: %s", what, strerror(error));
	return EXIT_AIRLOCK;
}

/* Where it goes */

static bool is_stdout(const struct learn *n)
{
	return !strcmp(n->output, "-");
}

/* Before anything runs: can it be written? */
static int find_target(struct learn *n)
{
	int r = is_stdout(n) ? 0 : learned_file_find(&n->file, n->output);

	if (r == -EINVAL) {
		complain("%s: not a regular file; `-o -' writes to standard output", n->output);
		return EXIT_AIRLOCK;
	}
	return r < 0 ? failed(n->output, -r) : 0;
}

/* What is added to */

static int read_text(int fd, char **ret)
{
	char *text = malloc(AIRLOCK__MAX_TEXT + 1);
	size_t len = 0;
	ssize_t n = 1;

	if (!text)
		return -ENOMEM;
	while (n != 0 && len < AIRLOCK__MAX_TEXT) {
		n = read(fd, text + len, AIRLOCK__MAX_TEXT - len);
		if (n < 0 && errno != EINTR) {
			n = -errno;
			free(text);
			return (int)n;
		}
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = 0;
	*ret = text;
	return 0;
}

static int read_base(struct learn *n)
{
	char *name = NULL;
	int fd, r;

	if (!n->merge)
		return 0;
	n->base = airlock_profile_new();
	/* a builtin's name is a file's name here */
	if (!n->base || asprintf(&name, "%s%s", strchr(n->merge, '/') ? "" : "./", n->merge) < 0)
		return failed("--merge", ENOMEM);
	r = profile_add(n->base, name);
	free(name);
	if (r != 0)
		return r;
	fd = open(n->merge, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : read_text(fd, &n->text);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		r = airlock_profile_command(n->base, n->argv[0], n->argv);
	return r < 0 ? failed(n->merge, -r) : 0;
}

/* What paths stand for */

static int take_reach(void *arg, int fd, mode_t mode, enum airlock__access access)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof path - 1);
	if (len < 0)
		return -errno;
	path[len] = 0;
	return reach_add(arg, access, S_ISDIR(mode), path);
}

/* What is missing reaches nothing. */
static int find_reach(const struct airlock_profile *p, struct reach *ret)
{
	char text[AIRLOCK__PATHS_TEXT];
	int r = airlock__paths_each(p, take_reach, ret, text);

	if (r == -ENOMEM)
		return r;
	/* what is gone by now was there by that name */
	for (size_t i = 0; i < p->npaths; i++)
		if (*p->paths[i].path == '/' &&
		    reach_add(ret, p->paths[i].access, true, p->paths[i].path) < 0)
			return -ENOMEM;
	return 0;
}

/* After the run: the words stand for what they stood for before, which may have been moved or removed. */
static int find_reach_as_noted(const struct airlock_profile *p, const struct learned_about *a,
			       struct reach *ret)
{
	struct airlock_profile q = *p;
	int r;

	q.npaths = 0;
	q.paths = calloc(p->npaths + 1, sizeof *q.paths);
	r = q.paths ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < p->npaths; i++) {
		const struct airlock__path *path = &p->paths[i];

		if (!strcmp(path->path, "@argv"))
			r = reach_add_as(ret, &a->words, path->access);
		else if (!strcmp(path->path, "@argv-dir"))
			r = reach_add_as(ret, &a->folders, path->access);
		else if (*path->path == '@')
			r = reach_add_program(ret, &a->program, path->access);
		else
			q.paths[q.npaths++] = *path;
	}
	if (r == 0)
		r = find_reach(&q, ret);
	free(q.paths);
	return r;
}

static int reach_of_words(char *const *argv, const char *command, const char *text,
			  struct reach *ret)
{
	struct airlock_profile *p = airlock_profile_new();
	int r = p ? airlock_profile_command(p, command, argv) : -ENOMEM;

	if (r == 0)
		r = airlock_profile_parse(p, text, strlen(text), NULL);
	if (r == 0)
		r = find_reach(p, ret);
	airlock_profile_free(p);
	return r;
}

static bool exists(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Before the run, as a seal would be made then */
static int look_around(struct learn *n)
{
	struct learned_about *a = &n->about;
	int r;

	a->argv = n->argv;
	a->personality = (uint32_t)personality(0xffffffff);
	a->exists = exists;
	r = reach_of_words(n->argv, n->argv[0], "ReadPath=@program\nExecPath=@program\n",
			   &a->program);
	if (r == 0)
		r = reach_of_words(n->argv, n->argv[0], "ReadPath=@argv\n", &a->words);
	if (r == 0)
		r = reach_of_words(n->argv, n->argv[0], "ReadPath=@argv-dir\n", &a->folders);
	if (r == 0 && n->base)
		r = find_reach(n->base, &a->base);
	/* no script, no loader, no libraries: itself, to read and to execute */
	a->is_static = a->program.n == 2;
	return r < 0 ? failed("learn", -r) : 0;
}

/* The kernel executes what a file asks for: a script's interpreter, a program's loader. */
static int find_loaders(struct learn *n)
{
	struct learned *l = n->learned;
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->nwants; i++) {
		struct reach reach = { .n = 0 };
		char *const argv[] = { l->wants[i].path, NULL };

		if (l->wants[i].kind != WANT_EXEC)
			continue;
		r = reach_of_words(argv, argv[0], "ExecPath=@program\n", &reach);
		for (size_t j = 0; r == 0 && j < reach.n; j++) {
			struct want w = { .kind = WANT_EXEC, .path = reach.at[j].path };

			if (reach.at[j].access == AIRLOCK__EXEC && !reach.at[j].is_folder)
				r = learned_want(l, &w);
		}
		reach_free(&reach);
	}
	return r;
}

/* Writing */

static int make_text(struct learn *n, char **ret)
{
	size_t size = 0;
	FILE *f = open_memstream(ret, &size);
	int r;

	if (!f)
		return -ENOMEM;
	if (!n->base)
		r = learned_write(n->learned, &n->about, f);
	else {
		size_t len = strlen(n->text);

		fputs(n->text, f);
		/* a last line that goes on would take ours in */
		if (len && n->text[len - 1] != '\n')
			fputc('\n', f);
		r = learned_write_more(n->learned, &n->about, f);
	}
	if (fclose(f) != 0 && r == 0)
		r = -ENOMEM;
	return r;
}

static void tell(const char *what)
{
	complain("learn: the profile does not allow %s, which was seen", what);
}

/* What is written is read again: does it say what it should? */
static int check_text(struct learn *n, const char *text)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e = { n->output, 0, 0, "" };
	struct airlock_seal *seal = NULL;
	struct airlock_report *report = NULL;
	struct reach reach = { .n = 0 };
	int r = p ? airlock_profile_command(p, n->argv[0], n->argv) : -ENOMEM;

	if (r == 0)
		r = n->file.temporary ? airlock_profile_load(p, n->file.temporary, &e)
				      : airlock_profile_parse(p, text, strlen(text), &e);
	if (r < 0) {
		complain("%s:%u:%u: %s", n->output, e.line, e.column,
			 *e.message ? e.message : strerror(-r));
	} else {
		r = find_reach_as_noted(p, &n->about, &reach);
		if (r == 0)
			learned_check(n->learned, &n->about, p, &reach, tell);
		if (r == 0 && airlock_seal_new(p, &seal, &report) < 0)
			for (size_t i = 0; i < airlock_report_count(report); i++)
				if (airlock_report_state(report, i) == AIRLOCK_LOST &&
				    !airlock__best_effort(p, airlock_report_name(report, i)))
					complain("learn: the profile cannot be put in force here: "
						 "%s: %s",
						 airlock_report_name(report, i),
						 airlock_report_reason(report, i));
	}
	airlock_seal_free(seal);
	airlock_report_free(report);
	reach_free(&reach);
	airlock_profile_free(p);
	return r < 0 ? EXIT_AIRLOCK : 0;
}

static int put_in_place(struct learn *n, const char *text)
{
	int r = learned_file_write(&n->file, text), code;

	code = r < 0 ? failed(n->output, -r) : check_text(n, text);
	if (code == 0) {
		r = learned_file_put(&n->file);
		code = r < 0 ? failed(n->output, -r) : 0;
	}
	return code;
}

static int write_profile(struct learn *n)
{
	char *text = NULL;
	int r = find_loaders(n), code;

	if (r == 0)
		r = make_text(n, &text);
	if (r < 0)
		code = failed("learn", -r);
	else if (!is_stdout(n))
		code = put_in_place(n, text);
	else {
		code = check_text(n, text);
		fputs(text, stdout);
		if (finish_output() != 0)
			code = EXIT_AIRLOCK;
	}
	free(text);
	return code;
}

static int learn_it(struct learn *n)
{
	int code = read_base(n), status = 0;
	bool ran = false;

	if (code == 0)
		code = find_target(n);
	if (code == 0)
		code = look_around(n);
	if (code != 0)
		return code;
	n->learned = learned_new(n->base);
	if (!n->learned)
		return failed("learn", ENOMEM);
	code = watch_run(n->argv, n->learned, &status, &ran);
	if (n->learned->unseen)
		complain("learn: of %llu calls it could not be seen which files or ports they "
			 "wanted: "
			 "the profile lacks those",
			 (unsigned long long)n->learned->unseen);
	if (code == 0 && ran)
		code = write_profile(n);
	return code ? code : status;
}

static void free_all(struct learn *n)
{
	learned_free(n->learned);
	airlock_profile_free(n->base);
	reach_free(&n->about.program);
	reach_free(&n->about.words);
	reach_free(&n->about.folders);
	reach_free(&n->about.base);
	free(n->text);
	learned_file_free(&n->file);
}

static int main_learn(const struct verb *verb, int argc, char **argv)
{
	struct learn n = { .output = NULL };
	int o, code = 0;

	while (code == 0 && (o = next_option(verb, argc, argv, "o:", longs, &code)) != -1) {
		if (o == 'o')
			n.output = optarg;
		else if (o == OPT_MERGE)
			n.merge = optarg;
		else
			return code;
	}
	if (code == 0 && !n.output)
		code = misused(verb, "-o FILE says where the profile is to be written");
	else if (code == 0 && optind == argc)
		code = misused(verb, "no program given");
	if (code != 0)
		return code;
	n.argv = argv + optind;
	code = learn_it(&n);
	free_all(&n);
	return code;
}

const struct verb verb_learn = { "learn", "write a profile of what a program uses", help,
				 main_learn };
