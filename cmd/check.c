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

#include "names.h"
#include "own_program.h"
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
	"--syscall are allowed; 1 not so; 125 wrong use, or airlock failed.\n";

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

/* A word that is neither a builtin nor a file: was a builtin meant? */
static void suggest(const char *name, struct airlock_profile_error *e)
{
	struct airlock__nearest near;
	size_t used = strlen(e->message);
	const char *own;

	airlock__nearest_begin(&near, name, strlen(name));
	for (size_t i = 0; (own = airlock_profile_builtin_name(i)); i++)
		airlock__nearest_try(&near, own);
	if (near.best && !strchr(name, '/'))
		snprintf(e->message + used, sizeof e->message - used, "; did you mean %s?",
			 near.best);
}

static int add_profile(struct airlock_profile *p, const char *name, struct airlock_profile_error *e)
{
	int r = airlock_profile_builtin_text(name) ? airlock_profile_builtin(p, name, e)
						   : airlock_profile_load(p, name, e);

	if (r == -ENOENT && !e->line)
		suggest(name, e);
	return r;
}

/* Errors say where in KEY=VALUE. */
static int add_pair(struct airlock_profile *p, const char *pair, struct airlock_profile_error *e)
{
	const char *equals = strchr(pair, '=');
	char *key;
	int r;

	e->source = pair;
	if (!equals) {
		snprintf(e->message, sizeof e->message, "-p wants KEY=VALUE");
		return -EINVAL;
	}
	key = strndup(pair, (size_t)(equals - pair));
	r = key ? airlock_profile_set(p, key, equals + 1, e) : -ENOMEM;
	free(key);
	if (e->column)
		e->column += (unsigned)(equals + 1 - pair);
	return r;
}

/* 0; 1: f->error says what is wrong with f->invalid; EXIT_AIRLOCK and it was told. */
static int read_profiles(struct check_asked *a, struct check_found *f)
{
	struct sandbox *s = &a->sandbox;
	bool its_fault;
	int r = 0;

	s->profile = airlock_profile_new();
	if (!s->profile)
		return out_of_memory();
	for (size_t i = 0; r == 0 && i < s->nprofiles; i++) {
		f->error.source = f->invalid = s->profiles[i];
		r = add_profile(s->profile, f->invalid, &f->error);
	}
	for (size_t i = 0; r == 0 && i < s->npairs; i++) {
		f->invalid = s->pairs[i];
		r = add_pair(s->profile, f->invalid, &f->error);
		if (r < 0)
			f->error.source = "-p";
	}
	if (r == 0) {
		f->invalid = NULL;
		return 0;
	}
	/* is it the text that is wrong, or can it not be read? */
	its_fault =
		r != -ENOMEM && (f->error.line || r == -E2BIG || !strcmp(f->error.source, "-p"));
	if (its_fault)
		return EXIT_WRONG;
	complain("%s: %s", f->error.source, *f->error.message ? f->error.message : strerror(-r));
	return EXIT_AIRLOCK;
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

	f->program = argv ? argv[0] : own_program();
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

static int write_program(const struct check_asked *a, const struct airlock_seal *seal)
{
	bool to_stdout = !strcmp(a->bpf, "-");
	int fd = STDOUT_FILENO, r;

	/* before a file is made: -EBADF would be the answer where there is one */
	if (airlock_seal_export_bpf(seal, -1) == -ENODATA) {
		complain("--bpf %s: there is no program: %s", a->bpf,
			 airlock__program_needed(a->sandbox.profile, false)
				 ? "seccomp filters are lost here"
				 : "the profile restricts no calls");
		return EXIT_WRONG;
	}
	if (!to_stdout)
		fd = open(a->bpf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	r = fd < 0 ? -errno : airlock_seal_export_bpf(seal, fd);
	if (!to_stdout && fd >= 0 && close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0)
		return 0;
	complain("--bpf %s: %s", to_stdout ? "standard output" : a->bpf, strerror(-r));
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
