/* SPDX-License-Identifier: ISC */
/*
 * check.c: airlock check: is a profile valid, what of it would be in force here, what does it answer to a
 * call. Starts nothing.
 */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "own_program.h"
#include "seal.h"

static const char help[] =
	"Usage: airlock check [OPTION]... NAME|FILE... [-- PROGRAM [ARGUMENT]...]\n"
	"Is the profile valid, what of it would be in force on this kernel for this user,\n"
	"and what would a dynamic program lack? PROGRAM is what it is for: @program and\n"
	"@argv stand for that. Nothing is started.\n\n"
	"  --profile NAME|FILE   the same as the word alone; several add up\n"
	"  -p, --property KEY=VALUE\n"
	"                        a line more for the profile\n"
	"  --syscall CALL[:ARGUMENT]...\n"
	"                        what is answered to this call, by name or number, and\n"
	"                        which line says so. Arguments as in SystemCallRule=:\n"
	"                        10, -1, 0x1f, O_RDONLY|O_CLOEXEC; those that are not\n"
	"                        given are 0. What Landlock keeps is not asked here\n"
	"  --bpf FILE            write the seccomp program, without the one exec, for\n"
	"                        other tools (bwrap --seccomp); `-' is standard output\n"
	"  --disasm              print the program\n"
	"  --json                print one object: profile, valid, enforceable, errors\n"
	"                        [source line column message], command [path stand_in],\n"
	"                        restrictions [name state reason best_effort],\n"
	"                        instructions, landlock [had wanted], lacks [call answer,\n"
	"                        or path key; who], syscalls [asked call nr args answer\n"
	"                        allowed because], program (with --disasm)\n"
	"  -h, --help            this\n\n"
	"Exit status: 0 the profile is valid and can be enforced here, and the calls of\n"
	"--syscall are allowed; 1 not so; 125 wrong use, a file that cannot be read, or\n"
	"airlock failed.\n";

/* of landlock_create_ruleset(2) */
enum { NR_LANDLOCK_CREATE_RULESET = 444, LANDLOCK_VERSION = 1 };

enum { OPT_SYSCALL = 256, OPT_BPF, OPT_DISASM, OPT_JSON };

static const struct option longs[] = {
	SANDBOX_LONGS,
	{ "syscall", required_argument, NULL, OPT_SYSCALL },
	{ "bpf", required_argument, NULL, OPT_BPF },
	{ "disasm", no_argument, NULL, OPT_DISASM },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Reading the profile */

static int out_of_memory(void)
{
	complain("%s", strerror(ENOMEM));
	return EXIT_AIRLOCK;
}

/* 0; EXIT_WRONG: f->error says what is wrong with f->invalid; EXIT_AIRLOCK and it was told. */
static int read_profiles(struct check_asked *a, struct check_found *f)
{
	struct sandbox *s = &a->sandbox;
	int r = 0;

	s->profile = airlock_profile_new();
	if (!s->profile)
		return out_of_memory();
	for (size_t i = 0; r == 0 && i < s->nprofiles; i++) {
		f->invalid = s->profiles[i];
		r = profile_load(s->profile, f->invalid, &f->error);
	}
	for (size_t i = 0; r == 0 && i < s->npairs; i++) {
		f->invalid = s->pairs[i];
		f->in_pair = true;
		r = profile_pair(s->profile, f->invalid, &f->error);
	}
	if (r == 0)
		f->invalid = NULL;
	if (r == -ENOMEM)
		return out_of_memory();
	f->wrong = r;
	/* is it the text that is wrong, or can it not be read? */
	if (r == 0 || f->in_pair || f->error.line || r == -E2BIG)
		return r == 0 ? 0 : EXIT_WRONG;
	return wrong_profile(f->invalid, r, &f->error);
}

/* What a seal would be */

/* Does a path of it stand for something of the command? */
bool check_has_words(const struct airlock_profile *p)
{
	for (size_t i = 0; i < p->npaths; i++)
		if (*p->paths[i].path == '@')
			return true;
	return false;
}

static int tell_command(struct check_asked *a, struct check_found *f)
{
	struct airlock_profile *p = a->sandbox.profile;
	char *alone[2] = { NULL, NULL };
	char *const *argv = a->command;

	f->program = argv ? argv[0] : dynamic_program();
	alone[0] = (char *)f->program;
	if (!argv && !check_has_words(p))
		return 0;
	return airlock_profile_command(p, f->program, argv ? argv : alone) < 0 ? out_of_memory()
									       : 0;
}

static bool is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

static int make_program(const struct airlock_profile *p, struct check_found *f)
{
	int r;

	if (!airlock__program_needed(p, p->exec_once))
		return 0;
	r = airlock__program_make(p, p->exec_once, (uint32_t)personality(0xffffffff), &f->code);
	if (r == 0)
		f->needed = &f->code;
	/* of such a program nobody will ever be asked; the seal will say so */
	f->too_long = r == -E2BIG;
	return r == -ENOMEM ? out_of_memory() : 0;
}

/* Where it is written to. A FIFO that nobody reads would keep us for ever. */
static int open_for_program(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (fd < 0)
		return -errno;
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

/* What main() put in the place of a closed one is closed at exec, as nothing that is inherited. */
static bool is_closed(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags < 0 || flags & FD_CLOEXEC;
}

static int write_program(const struct check_asked *a, const struct airlock_seal *seal)
{
	bool to_stdout = !strcmp(a->bpf, "-");
	int fd, r;

	/* before a file is made: -EBADF would be the answer where there is one */
	if (airlock_seal_export_bpf(seal, -1) == -ENODATA) {
		complain("--bpf %s: there is no program: %s", a->bpf,
			 airlock__program_needed(a->sandbox.profile, false)
				 ? "seccomp filters are lost here"
				 : "the profile restricts no calls");
		return EXIT_WRONG;
	}
	if (to_stdout)
		fd = is_closed(STDOUT_FILENO) ? -EBADF : STDOUT_FILENO;
	else
		fd = open_for_program(a->bpf);
	r = fd < 0 ? fd : airlock_seal_export_bpf(seal, fd);
	if (!to_stdout && fd >= 0 && close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0)
		return 0;
	/* of a FIFO, fifo(7) */
	complain("--bpf %s: %s", to_stdout ? "standard output" : a->bpf,
		 r == -ENXIO ? "nobody reads it" : strerror(-r));
	return EXIT_AIRLOCK;
}

/* The seal is made for its report, and to write its program. */
static int make_seal(const struct check_asked *a, struct check_found *f)
{
	struct airlock_seal *seal = NULL;
	int code = 0;

	f->sealed = airlock_seal_new(a->sandbox.profile, &seal, &f->report);
	if (is_shortage(f->sealed)) {
		complain("seal: %s", strerror(-f->sealed));
		return EXIT_AIRLOCK;
	}
	if (f->sealed == 0 && a->bpf)
		code = write_program(a, seal);
	airlock_seal_free(seal);
	return code;
}

static int answer_all(const struct check_asked *a, struct check_found *f)
{
	f->answers = calloc(a->nqueries + 1, sizeof *f->answers);
	if (!f->answers)
		return out_of_memory();
	for (size_t i = 0; i < a->nqueries && !f->too_long; i++) {
		int r = answer_query(a->sandbox.profile, f->needed, &a->queries[i], &f->answers[i]);

		if (r == -EILSEQ)
			complain("--syscall %s: internal error: the program does not say `%s'",
				 a->queries[i].text, answer_in_words(f->answers[i].value).text);
		if (r < 0)
			return r == -ENOMEM ? out_of_memory() : EXIT_AIRLOCK;
	}
	return 0;
}

static int look(struct check_asked *a, struct check_found *f)
{
	int code = read_profiles(a, f);

	if (code == 0)
		code = tell_command(a, f);
	if (code == 0)
		code = make_program(a->sandbox.profile, f);
	if (code == 0)
		code = answer_all(a, f);
	if (code == 0)
		code = make_seal(a, f);
	if (code == 0)
		f->nlacks = lacks_find(a->sandbox.profile, f->program, !a->command, f->lacks);
	if (code == 0 && f->sealed < 0)
		code = EXIT_WRONG;
	for (size_t i = 0; code == 0 && i < a->nqueries; i++)
		if (!answer_allows(f->answers[i].value))
			code = EXIT_WRONG;
	return code;
}

/* Landlock, as the whole of it */

/* The ABI, or -errno */
int check_landlock_had(void)
{
	long abi = syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);

	return abi > 0 ? (int)abi : abi < 0 ? -errno : -EOPNOTSUPP;
}

/* The ABI that has all that is asked for, as sandbox/landlock.c says of each; 0: nothing is */
int check_landlock_wanted(const struct airlock_report *r)
{
	static const struct {
		const char *name;
		int abi;
	} parts[] = {
		{ "landlock-fs", 5 },	       { "landlock-truncate", 3 },
		{ "landlock-ioctl-dev", 5 },   { "landlock-bind-tcp", 4 },
		{ "landlock-connect-tcp", 4 }, { "landlock-scope", 6 },
	};
	int wanted = 0;

	for (size_t i = 0; i < airlock_report_count(r); i++)
		for (size_t j = 0; j < sizeof parts / sizeof *parts; j++)
			if (airlock_report_state(r, i) != AIRLOCK_NOT_ASKED &&
			    !strcmp(airlock_report_name(r, i), parts[j].name) &&
			    parts[j].abi > wanted)
				wanted = parts[j].abi;
	return wanted;
}

bool check_best_effort(const struct check_asked *a, const struct check_found *f, size_t i)
{
	return airlock__best_effort(a->sandbox.profile, airlock_report_name(f->report, i));
}

/* The command line */

static int take_query(struct check_asked *a, const char *text)
{
	struct query *more = reallocarray(a->queries, a->nqueries + 1, sizeof *more);

	if (!more)
		return out_of_memory();
	a->queries = more;
	return query_parse(text, &more[a->nqueries++]);
}

static int take_option(struct check_asked *a, int o)
{
	switch (o) {
	case OPT_SYSCALL:
		return take_query(a, optarg);
	case OPT_BPF:
		a->bpf = optarg;
		return 0;
	case OPT_DISASM:
		a->disasm = true;
		return 0;
	case OPT_JSON:
		a->json = true;
		return 0;
	default:
		sandbox_option(&a->sandbox, o, optarg);
		return 0;
	}
}

/* Profiles and options in any order, up to "--". *ret_done: --help was printed. */
static int take_words(const struct verb *verb, int argc, char **argv, struct check_asked *a,
		      bool *ret_done)
{
	int code = 0;

	while (code == 0) {
		int before = optind;
		int o = next_option(verb, argc, argv, SANDBOX_SHORTS, longs, &code);

		if (o == '?') {
			*ret_done = true;
			break;
		}
		if (o != -1) {
			code = take_option(a, o);
			continue;
		}
		if (optind == before + 1 && !strcmp(argv[before], "--")) {
			a->command = argv + optind;
			if (optind == argc)
				code = misused(verb, "no program after --");
			break;
		}
		if (optind == argc)
			break;
		sandbox_option(&a->sandbox, 'P', argv[optind++]);
	}
	return code;
}

static int check_use(const struct verb *verb, const struct check_asked *a)
{
	bool to_stdout = a->bpf && !strcmp(a->bpf, "-");

	if (!a->sandbox.nprofiles)
		return misused(verb, "no profile given");
	if (to_stdout && (a->json || a->disasm || a->nqueries))
		return misused(verb, "--bpf - leaves no room for another answer");
	if (to_stdout && isatty(STDOUT_FILENO))
		return misused(verb, "--bpf -: standard output is a terminal");
	return 0;
}

static int main_check(const struct verb *verb, int argc, char **argv)
{
	struct check_asked a = { .sandbox = { 0 } };
	struct check_found f = { .needed = NULL };
	bool done = false;
	int code = take_words(verb, argc, argv, &a, &done), printed;

	if (code == 0 && !done)
		code = check_use(verb, &a);
	if (code == 0 && !done) {
		code = look(&a, &f);
		if (code != EXIT_AIRLOCK && (f.invalid || f.report)) {
			printed = a.json ? check_print_json(&a, &f) : check_print_words(&a, &f);
			code = printed ? printed : code;
		}
	}
	lacks_free(f.lacks, f.nlacks);
	airlock_report_free(f.report);
	free(f.code.code);
	free(f.answers);
	free(a.queries);
	sandbox_free(&a.sandbox);
	return code;
}

const struct verb verb_check = { "check", "say what a profile means, here and to a system call",
				 help, main_check };
