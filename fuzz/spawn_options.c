/* SPDX-License-Identifier: ISC */
/*
 * spawn_options.c: see spawn_options.h.
 */
#define _GNU_SOURCE
#include "spawn_options.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spawn_faults.h"

/* fuzz/spawn_program.c, as it was linked */
static const unsigned char program[] = {
#include "spawn_program.inc"
};

enum path {
	PATH_MAPPED, /* by a descriptor that the helper has, too */
	PATH_OURS,   /* by one of ours, while we live */
	PATH_SCRIPT,
	PATH_SEARCHED, /* by its last part, in a directory of PATH */
	PATH_CRASHES,  /* starts, and dies at once */
	PATH_MISSING,
	PATH_FOLDER,
	PATH_NOT_EXECUTABLE,
	PATH_SCRIPT_OF_NONE,
	PATH_NO_ELF,
	PATH_EMPTY_FILE,
	PATH_EMPTY,
	PATH_LONG,
	PATH_LITERAL,
	NPATHS
};

enum { PLAIN_TO = 60, HIGHEST = 1000, FIRST_OWN = 300, LONG_PATH = 5000, SOON_MS = 20 };

/* No version's struct will be larger, and what is said to be is not read. */
enum { LARGEST_OPTIONS = 4096 };

int objects[NOBJECTS], objects_out_read;
static bool foreign[HIGHEST + 1]; /* the engine's: not to be shown to helpers */
static int file[NPATHS];	  /* memfds */
static struct string own_path[NPATHS];
static bool has_null, child_fails, has_proc;

static int make_file(const void *bytes, size_t n, mode_t mode)
{
	int fd = memfd_create("airlock-fuzz", MFD_CLOEXEC), up;

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || fchmod(fd, mode) < 0)
		abort();
	up = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN);
	close(fd);
	return up;
}

static int up(int fd)
{
	int r = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN);

	if (r < 0)
		abort();
	close(fd);
	return r;
}

static void make_programs(void)
{
	static unsigned char changed[sizeof program];
	char script[STRING + 8];
	Elf64_Ehdr header;

	file[PATH_MAPPED] = file[PATH_OURS] = file[PATH_SEARCHED] =
		make_file(program, sizeof program, 0755);
	snprintf(own_path[PATH_OURS].s, STRING, "/proc/%d/fd/%d", (int)getpid(), file[PATH_OURS]);
	snprintf(script, sizeof script, "#!%s e\n", own_path[PATH_OURS].s);
	file[PATH_SCRIPT] = make_file(script, strlen(script), 0755);
	file[PATH_SCRIPT_OF_NONE] = make_file("#!/airlock-missing\n", 19, 0755);
	file[PATH_NOT_EXECUTABLE] = make_file(program, sizeof program, 0644);
	file[PATH_EMPTY_FILE] = make_file("", 0, 0755);
	file[PATH_NO_ELF] = make_file("\177ELF, or is it", 14, 0755);
	memcpy(changed, program, sizeof program);
	memcpy(&header, changed, sizeof header);
	header.e_entry = 16;
	memcpy(changed, &header, sizeof header);
	file[PATH_CRASHES] = make_file(changed, sizeof changed, 0755);
	for (int i = PATH_SCRIPT; i < NPATHS; i++)
		if (file[i] && i != PATH_SEARCHED)
			snprintf(own_path[i].s, STRING, "/proc/%d/fd/%d", (int)getpid(), file[i]);
}

static void make_pipe(enum object end, int which, int *ret_other)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		abort();
	objects[end] = up(fd[which]);
	*ret_other = up(fd[!which]);
}

void options_prepare(bool faults)
{
	int fd[2], other;

	child_fails = faults;
	for (int i = 3; i <= HIGHEST; i++)
		foreign[i] = fcntl(i, F_GETFD) >= 0;
	has_null = access("/dev/null", R_OK | W_OK) == 0;
	make_programs();
	has_proc = access(own_path[PATH_OURS].s, X_OK) == 0;
	make_pipe(OBJECT_OUT, 1, &objects_out_read);
	fcntl(objects_out_read, F_SETFL, O_NONBLOCK);
	make_pipe(OBJECT_IN, 0, &other);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		abort();
	objects[OBJECT_SOCKET] = up(fd[0]);
	up(fd[1]);
	objects[OBJECT_FILE] = make_file("", 0, 0600);
	/* low, see caller_descriptors() */
	objects[OBJECT_PATH] = open("/", O_PATH | O_CLOEXEC);
	objects[OBJECT_HIGH] = fcntl(objects[OBJECT_FILE], F_DUPFD_CLOEXEC, HIGHEST);
	objects[OBJECT_CLOSED] = HIGHEST - 1;
	objects[OBJECT_STDIN] = STDIN_FILENO;
	for (int i = 0; i < FAULT_ACTIONS; i++) {
		static char word[] = "airlock-fuzz", how[] = { PROGRAM_REPORT, 0 };

		fault_argv[i][0] = word;
		fault_argv[i][1] = how;
	}
}

/* What operations ask for */

static int object(uint64_t arg)
{
	int fd = (int16_t)arg;

	if (fd >= 0 && fd < NOBJECTS)
		return objects[fd];
	return fd >= 0 && fd <= HIGHEST && foreign[fd] ? objects[OBJECT_CLOSED] : fd;
}

void options_start(struct wanted *w)
{
	memset(w, 0, sizeof *w);
	w->channel = AIRLOCK_UNIX_STREAM;
	w->program_to = PLAIN_TO;
	w->stderr_object = OBJECT_OUT;
	w->fault_argv = -1;
	w->mode.s[0] = PROGRAM_REPORT;
	seal_start(&w->seal);
}

static void copy(struct string *to, const struct fuzz_step *s)
{
	size_t n = s->arg[0] < STRING ? (size_t)s->arg[0] : STRING - 1;

	if (n)
		memcpy(to->s, s->bytes, n);
	to->s[n] = '\0';
}

static void map(struct wanted *w, int from, int to)
{
	/* the program looks for such ones at low numbers only */
	if (from == objects[OBJECT_PATH] && to >= PLAIN_TO)
		from = objects[OBJECT_FILE];
	/* what is read there would go to who reads reports */
	if (from == STDIN_FILENO && to == STDIN_FILENO)
		from = objects[OBJECT_IN];
	/* the number where the program stands and one beyond what is allowed must fit, too */
	if (w->nfds < MAX_FDS - 2)
		w->fds[w->nfds++] = (struct airlock_fd){ from, to };
}

static void set_mode(struct wanted *w, const struct fuzz_step *s)
{
	static const char modes[MAX_MODES] = { PROGRAM_REPORT, PROGRAM_ECHO,
					       PROGRAM_EXIT,   PROGRAM_KILL,
					       PROGRAM_HANG,   PROGRAM_STUBBORN,
					       PROGRAM_EXEC,   0 };

	w->mode.s[0] = modes[s->arg[0] % MAX_MODES];
	w->mode.s[1] = (char)s->arg[1];
}

static void step_fds(struct wanted *w, unsigned op, const struct fuzz_step *s)
{
	if (op == OPTION_FD)
		map(w, object(s->arg[0]), (int16_t)s->arg[1]);
	else if (op == OPTION_FD_FAR)
		map(w,
		    (uint32_t)s->arg[0] <= HIGHEST ? object(s->arg[0]) : (int)(uint32_t)s->arg[0],
		    (int)(uint32_t)s->arg[1]);
	else
		for (int i = 0; i < (int)(s->arg[2] % MAX_FDS); i++)
			map(w, object(s->arg[0]), (int16_t)s->arg[1] + i);
}

static void step_strings(struct wanted *w, unsigned op, const struct fuzz_step *s)
{
	switch (op) {
	case OPTION_LITERAL:
		w->path = PATH_LITERAL;
		copy(&w->literal, s);
		break;
	case OPTION_SEARCH:
		w->has_search = true;
		copy(&w->search, s);
		break;
	case OPTION_ARG:
		if (w->nargs < MAX_STRINGS)
			copy(&w->arg[w->nargs++], s);
		break;
	case OPTION_EMPTY_ENV:
		w->has_env = true;
		break;
	case OPTION_ENV:
		w->has_env = true;
		if (w->nenv < MAX_STRINGS)
			copy(&w->env[w->nenv++], s);
		break;
	default:
		w->has_name = true;
		copy(&w->name, s);
	}
}

void options_step(struct wanted *w, unsigned op, const struct fuzz_step *s)
{
	switch (op) {
	case OPTION_CHANNEL:
		w->channel = (int)(uint32_t)s->arg[0];
		break;
	case OPTION_PATH:
		w->path = (unsigned)(s->arg[0] % NPATHS);
		break;
	case OPTION_PROGRAM_TO:
		w->program_to = (unsigned)s->arg[0];
		break;
	case OPTION_MODE:
		set_mode(w, s);
		break;
	case OPTION_FAULT_ARGV:
		w->fault_argv = (int)(s->arg[0] % FAULT_ACTIONS);
		break;
	case OPTION_CWD:
		w->cwd = (int)s->arg[0];
		break;
	case OPTION_STDERR:
		w->stderr_object = (int16_t)s->arg[0];
		break;
	case OPTION_FD:
	case OPTION_FD_FAR:
	case OPTION_FD_RANGE:
		step_fds(w, op, s);
		break;
	case OPTION_NFDS:
		w->nfds_xor = (unsigned)s->arg[0];
		break;
	case OPTION_FLAGS:
		w->flags = (unsigned)s->arg[0];
		break;
	case OPTION_TIMEOUT:
		w->timeout_ms = (unsigned)s->arg[0];
		break;
	case OPTION_SIZE:
		w->size_delta = (int16_t)s->arg[0];
		w->tail = (unsigned char)s->arg[1];
		break;
	case OPTION_NULL:
		w->nulls = (unsigned)s->arg[0];
		break;
	case OPTION_NO_SEAL:
		seal_start(&w->seal);
		break;
	default:
		step_strings(w, op, s);
	}
}

/* The struct */

static void *block(struct call *c, const void *bytes, size_t n)
{
	char *p = malloc(n);

	if (!p || c->nblocks == sizeof c->block / sizeof *c->block)
		abort();
	if (n)
		memcpy(p, bytes, n);
	c->block[c->nblocks++] = p;
	return p;
}

static char *string(struct call *c, const char *s)
{
	return block(c, s, strlen(s) + 1);
}

static char *make_path(const struct wanted *w, struct call *c)
{
	char text[LONG_PATH + 1];

	switch (w->path) {
	case PATH_MAPPED:
		snprintf(text, sizeof text, "/proc/self/fd/%u", w->program_to);
		return string(c, text);
	case PATH_SEARCHED:
		snprintf(text, sizeof text, "%u", w->program_to);
		return string(c, text);
	case PATH_MISSING:
		return string(c, "/airlock-missing");
	case PATH_FOLDER:
		return string(c, "/");
	case PATH_EMPTY:
		return string(c, "");
	case PATH_LONG:
		memset(text, 'a', LONG_PATH);
		text[LONG_PATH] = '\0';
		return string(c, text);
	case PATH_LITERAL:
		return string(c, w->literal.s);
	default:
		return string(c, own_path[w->path].s);
	}
}

static void make_argv(const struct wanted *w, struct call *c)
{
	char *argv[MAX_STRINGS + 3], how[3] = { w->mode.s[0], w->mode.s[1], 0 };
	size_t n = 0;

	if (how[0] == PROGRAM_REPORT && w->channel == AIRLOCK_NONE)
		how[0] = w->stderr_object == OBJECT_OUT ? PROGRAM_REPORT_2 : PROGRAM_ECHO;
	c->mode = how[0] ? how[0] : PROGRAM_ECHO;
	c->mode_arg = (unsigned char)how[1];
	if (w->path == PATH_SCRIPT)
		c->mode = PROGRAM_ECHO;
	else if (w->path > PATH_SEARCHED)
		c->mode = 0;
	if (w->nulls & NULL_ARGV)
		return;
	if (w->fault_argv >= 0 && !(w->nulls & NO_ARGV)) {
		c->o->argv = fault_argv[w->fault_argv];
		c->mode = w->channel == AIRLOCK_NONE || w->path == PATH_SCRIPT ? 0
			  : c->mode					       ? PROGRAM_REPORT
									       : 0;
		return;
	}
	if (!(w->nulls & NO_ARGV))
		argv[n++] = string(c, "airlock-fuzz");
	if (n && how[0])
		argv[n++] = string(c, how);
	for (size_t i = 0; n == 2 && i < w->nargs; i++)
		argv[2 + i] = string(c, w->arg[i].s);
	n += n == 2 ? w->nargs : 0;
	argv[n] = NULL;
	c->o->argv = block(c, argv, (n + 1) * sizeof *argv);
}

static void make_environment(const struct wanted *w, struct call *c)
{
	static char path[STRING + 64];
	char *envp[MAX_STRINGS + 1];

	snprintf(path, sizeof path, "PATH=%s:/airlock-missing:/proc/self/fd", w->search.s);
	c->environment[0] = path;
	c->environment[1] = NULL;
	if (!w->has_env)
		return;
	for (size_t i = 0; i < w->nenv; i++)
		envp[i] = string(c, w->env[i].s);
	envp[w->nenv] = NULL;
	c->o->envp = block(c, envp, (w->nenv + 1) * sizeof *envp);
}

enum {
	CWD_NONE,
	CWD_ROOT,
	CWD_PROC,
	CWD_MISSING,
	CWD_FILE,
	CWD_EMPTY,
	CWD_FAULTS,
	NCWDS = CWD_FAULTS + FAULT_ACTIONS
};

static const char *cwd_of(const struct wanted *w)
{
	static const char *const paths[CWD_FAULTS] = {
		NULL, "/", "/proc", "/airlock-missing", "/proc/self/exe", ""
	};
	int kind = w->cwd % NCWDS;

	return kind < CWD_FAULTS ? paths[kind] : fault_directory[kind - CWD_FAULTS];
}

static void make_fds(const struct wanted *w, struct call *c)
{
	struct airlock_fd fds[MAX_FDS];
	size_t n = w->nfds;

	memcpy(fds, w->fds, n * sizeof *fds);
	for (size_t i = 0; i < n; i++)
		if (is_librarys(fds[i].from))
			fds[i].from = objects[OBJECT_CLOSED];
	if (w->path == PATH_MAPPED || w->path == PATH_SEARCHED)
		fds[n++] = (struct airlock_fd){ file[PATH_MAPPED], (int)w->program_to };
	c->o->nfds = n;
	if (n && !(w->nulls & NULL_FDS))
		c->o->fds = block(c, fds, n * sizeof *fds);
	/* so many that none may be read */
	if (w->nfds_xor)
		c->o->nfds = (size_t)w->nfds_xor + 1025;
}

/* What must become of it, by the header */

static bool good_flags(unsigned flags)
{
	return flags <= (AIRLOCK_NEW_SESSION | AIRLOCK_SEARCH_PATH | AIRLOCK_DIE_WITH_PARENT |
			 AIRLOCK_PRIVATE_MEMORY);
}

static bool maps(const struct airlock_options *o, int to)
{
	for (size_t i = 0; i < o->nfds; i++)
		if (o->fds[i].to == to)
			return true;
	return false;
}

static void judge_fds(struct call *c)
{
	const struct airlock_options *o = c->o;

	if (o->nfds > 1024 || (o->nfds && !o->fds)) {
		c->invalid = true;
		return;
	}
	for (size_t i = 0; i < o->nfds; i++) {
		int to = o->fds[i].to, from = o->fds[i].from;

		if (from < 0 || to < 0 || to == 2 || (to < 2 && o->channel != AIRLOCK_NONE))
			c->invalid = true;
		else if (fcntl(from, F_GETFD) < 0)
			c->not_open = true;
		for (size_t j = 0; j < i; j++)
			c->invalid |= o->fds[j].to == to;
		if (to >= FAULT_TO)
			c->verdict = MAY;
	}
	if (o->stderr_fd >= 0 && fcntl(o->stderr_fd, F_GETFD) < 0)
		c->not_open = true;
	if (!has_null && !c->invalid &&
	    (o->stderr_fd == -1 || (o->channel == AIRLOCK_NONE && !(maps(o, 0) && maps(o, 1)))))
		c->verdict = MAY;
}

/* /proc/PID: it is not there, or our child may not look into it */
static bool own_path_is_shut(void)
{
	return !has_proc || prctl(PR_GET_DUMPABLE) != 1;
}

static void judge_path(const struct wanted *w, struct call *c)
{
	bool ours = w->path == PATH_OURS || w->path == PATH_SCRIPT || w->path == PATH_CRASHES;

	if (w->path >= PATH_MISSING && w->path < PATH_LITERAL)
		c->verdict = MUST_FAIL;
	/* a searched name may be something else in the directories before; /proc/PID may be shut to our child */
	else if (c->verdict == MUST_SUCCEED &&
		 (!has_proc || w->path == PATH_LITERAL ||
		  (ours && (w->seal.seal || own_path_is_shut())) ||
		  (w->path == PATH_SEARCHED &&
		   (w->has_search || !(w->flags & AIRLOCK_SEARCH_PATH)))))
		c->verdict = MAY;
	if (w->path == PATH_SEARCHED && w->has_search)
		c->mode = 0;
	c->fragile |= w->path == PATH_CRASHES || w->path == PATH_LITERAL;
}

static int path_error(const struct wanted *w)
{
	static const int errors[NPATHS] = {
		[PATH_MISSING] = ENOENT,	[PATH_FOLDER] = EACCES,
		[PATH_NOT_EXECUTABLE] = EACCES, [PATH_SCRIPT_OF_NONE] = ENOENT,
		[PATH_NO_ELF] = ENOEXEC,	[PATH_EMPTY_FILE] = ENOEXEC,
		[PATH_EMPTY] = ENOENT,		[PATH_LONG] = ENAMETOOLONG,
	};

	/* a search says what the last folder said */
	return (own_path[w->path].s[0] && own_path_is_shut()) || w->flags & AIRLOCK_SEARCH_PATH
		       ? 0
		       : errors[w->path];
}

static void judge(const struct wanted *w, struct call *c)
{
	const struct airlock_options *o = c->o;
	int cwd = w->cwd % NCWDS;

	c->verdict = MUST_SUCCEED;
	judge_fds(c);
	if (c->verdict == MUST_SUCCEED && !w->seal.seal && !w->timeout_ms && cwd == CWD_NONE &&
	    w->fault_argv < 0)
		c->path_error = path_error(w);
	judge_path(w, c);
	c->fragile |= w->seal.fragile;
	if (c->verdict == MUST_SUCCEED &&
	    (!w->seal.plain || (w->timeout_ms && w->timeout_ms < 2000) || cwd == CWD_PROC))
		c->verdict = MAY;
	if (w->seal.fails || (cwd >= CWD_MISSING && cwd < CWD_FAULTS) ||
	    (cwd >= CWD_FAULTS && cwd < CWD_FAULTS + FAULT_END && child_fails))
		c->verdict = MUST_FAIL;
	else if (cwd >= CWD_FAULTS || w->fault_argv >= 0)
		c->verdict = c->verdict == MUST_FAIL ? MUST_FAIL : MAY;
	c->invalid |= w->nulls & (NULL_OPTIONS | NULL_RET | NULL_PATH | NULL_ARGV | NO_ARGV) ||
		      w->size_delta < 0 || (w->size_delta > 0 && w->tail) ||
		      o->size > LARGEST_OPTIONS || o->stderr_fd < -1 || (int)o->channel < 0 ||
		      o->channel > 6 || !good_flags(o->flags) || (w->seal.seal && w->seal.refused);
	if (c->invalid || c->not_open) {
		c->verdict = MUST_FAIL;
		c->path_error = 0;
	}
}

void options_make(const struct wanted *w, struct call *c)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	long size = (long)sizeof o + w->size_delta;
	char *whole;

	memset(c, 0, sizeof *c);
	c->o = &o;
	o.size = size < (long)sizeof o.size ? sizeof o.size : (size_t)size;
	o.stderr_fd = w->stderr_object == -1 ? -1 : object((uint64_t)w->stderr_object);
	if (is_librarys(o.stderr_fd))
		o.stderr_fd = objects[OBJECT_CLOSED];
	o.channel = (enum airlock_channel)w->channel;
	o.path = w->nulls & NULL_PATH ? NULL : make_path(w, c);
	o.name = w->has_name ? string(c, w->name.s) : NULL;
	o.cwd = cwd_of(w);
	o.seal = w->seal.seal;
	o.flags = w->flags;
	o.timeout_ms = w->timeout_ms;
	if (w->seal.slow || faults_any())
		o.timeout_ms = SOON_MS;
	make_argv(w, c);
	make_environment(w, c);
	make_fds(w, c);
	judge(w, c);
	whole = malloc(o.size);
	if (!whole)
		abort();
	memset(whole, w->tail, o.size);
	memcpy(whole, &o, o.size < sizeof o ? o.size : sizeof o);
	c->o = (struct airlock_options *)whole;
}

void options_free(struct call *c)
{
	for (size_t i = 0; i < c->nblocks; i++)
		free(c->block[i]);
	free(c->o);
}
