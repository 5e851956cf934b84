/* SPDX-License-Identifier: ISC */
/*
 * lacks.c: see lacks.h. Calls are asked about with arguments that loaders and C libraries use;
 * files are looked for among those that the profile names, as Landlock would: file by file, up to the root.
 */
#define _GNU_SOURCE
#include "lacks.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers.h"
#include "image.h"
#include "paths.h"
#include "place.h"
#include "reading.h"

/* Calls */

#define AT ((uint64_t)(unsigned)AT_FDCWD)
#define P 0x7f0000001000 /* an address: no profile looks at one */

#define GLIBC_OLD "glibc before 2.34"
#define MUSL "musl"

static const struct {
	const char *call;
	uint64_t args[6];
	const char *who;
} typical[] = {
	{ "access", { P, R_OK }, "glibc" },
	{ "arch_prctl", { 0x1002, P }, "" },
	{ "brk", { 0 }, "" },
	{ "close", { 3 }, "" },
	{ "exit", { 0 }, "threads" },
	{ "exit_group", { 0 }, "" },
	{ "faccessat", { AT, P, R_OK }, "glibc, where there is no access" },
	{ "fcntl", { 3, F_SETFD, FD_CLOEXEC }, MUSL },
	{ "fstat", { 3, P }, "" },
	{ "futex", { P, 129, INT32_MAX }, "" },
	{ "getrandom", { P, 8, 1 }, "" },
	{ "mmap", { 0, 65536, PROT_READ, MAP_PRIVATE, 3, 0 }, "" },
	{ "mmap", { P, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, 3, 4096 }, "" },
	{ "mmap",
	  { 0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, UINT32_MAX, 0 },
	  "" },
	{ "mprotect", { P, 4096, PROT_READ }, "" },
	{ "munmap", { P, 4096 }, "" },
	{ "newfstatat", { AT, P, P, 0 }, "" },
	{ "open", { P, O_RDONLY | O_CLOEXEC }, MUSL },
	{ "openat", { AT, P, O_RDONLY | O_CLOEXEC }, "" },
	{ "pread64", { 3, P, 784, 64 }, "" },
	{ "prlimit64", { 0, RLIMIT_STACK, 0, P }, "" },
	{ "read", { 3, P, 832 }, "" },
	{ "readlink", { P, P, 4095 }, "$ORIGIN, static programs" },
	{ "readlinkat", { AT, P, P, 4095 }, "$ORIGIN, static programs" },
	{ "restart_syscall", { 0 }, "programs that are stopped and go on" },
	{ "riscv_hwprobe", { P, 1, 0, 0, 0 }, "" },
	{ "rseq", { P, 32, 0, 0x53053053 }, "glibc" },
	{ "rt_sigaction", { 32, P, 0, 8 }, GLIBC_OLD },
	{ "rt_sigprocmask", { 1, P, 0, 8 }, GLIBC_OLD },
	{ "rt_sigreturn", { 0 }, "programs that handle signals" },
	{ "set_robust_list", { P, 24 }, "" },
	{ "set_tid_address", { P }, "" },
	{ "uname", { P }, "old glibc" },
};

static uint32_t typical_answer(const struct airlock_profile *p, const struct airlock__call *call,
			       const uint64_t args[6])
{
	static const struct airlock__one_exec unknown = { 1, 2, 3 };
	struct seccomp_data data = { .nr = call->nr, .arch = airlock__audit_arch };

	memcpy(data.args, args, sizeof data.args);
	return airlock__reading(p, p->exec_once ? &unknown : NULL,
				(uint32_t)personality(0xffffffff), &data);
}

static size_t find_calls(const struct airlock_profile *p, struct lack *lacks)
{
	struct airlock__callset start;
	size_t n = 0;

	if (!airlock__program_needed(p, p->exec_once))
		return 0;
	airlock__group_members((size_t)airlock__group_by_name("@start", strlen("@start")), &start);
	for (size_t i = 0; i < sizeof typical / sizeof *typical; i++) {
		const char *name = typical[i].call;
		int call = airlock__call_by_name(name, strlen(name));
		uint32_t answer;

		if (call < 0 || airlock__calls[call].nr < 0 ||
		    !airlock__callset_has(&start, (size_t)call))
			continue;
		answer = typical_answer(p, &airlock__calls[call], typical[i].args);
		/* one line for a call: the first way of using it that is refused */
		if (answer_allows(answer) || (n > 0 && !strcmp(lacks[n - 1].call, name)))
			continue;
		lacks[n++] = (struct lack){ .call = name, .answer = answer, .who = typical[i].who };
	}
	return n;
}

/* Files */

struct allowed {
	dev_t dev;
	ino_t ino;
	enum airlock__access access;
};

struct search {
	struct airlock__place place;
	struct allowed *allowed;
	size_t nallowed;
	struct lack *lacks;
	size_t nlacks;
};

static int keep_allowed(void *arg, int fd, mode_t mode, enum airlock__access access)
{
	struct search *s = arg;
	struct allowed *more = reallocarray(s->allowed, s->nallowed + 1, sizeof *more);
	struct stat st;

	(void)mode;
	if (!more)
		return -1;
	s->allowed = more;
	if (fstat(fd, &st) < 0)
		return -1;
	more[s->nallowed++] = (struct allowed){ st.st_dev, st.st_ino, access };
	return 0;
}

/* ExecPath= lets a file be read, too. */
static bool is_named(const struct search *s, const struct stat *st, enum airlock__access access)
{
	for (size_t i = 0; i < s->nallowed; i++) {
		const struct allowed *a = &s->allowed[i];

		if (a->dev == st->st_dev && a->ino == st->st_ino &&
		    (a->access == access ||
		     (access == AIRLOCK__READ && a->access == AIRLOCK__EXEC)))
			return true;
	}
	return false;
}

/* Is the file, or a folder above it, named? true, too, where that cannot be told. */
static bool is_within(const struct search *s, const char *name, enum airlock__access access)
{
	int fd = airlock__place_get(&s->place, name);
	char *at = fd < 0 ? NULL : airlock__place_real_name(&s->place, fd);
	bool found = !at;

	if (fd >= 0)
		close(fd);
	while (at && !found) {
		bool is_root = !strcmp(at, "/");
		struct stat st;
		char *above;

		fd = airlock__place_get(&s->place, at);
		found = fd < 0 || fstat(fd, &st) < 0 || is_named(s, &st, access);
		if (fd >= 0)
			close(fd);
		if (is_root)
			break;
		above = airlock__folder_of(at);
		free(at);
		at = above;
	}
	free(at);
	return found;
}

static void want(struct search *s, const char *name, enum airlock__access access)
{
	struct lack *l = &s->lacks[s->nlacks];

	if (s->nlacks == MAX_LACKS || is_within(s, name, access))
		return;
	*l = (struct lack){ .path = strdup(name), .key = airlock__access_name(access), .who = "" };
	s->nlacks += l->path != NULL;
}

/* Where the loader stands its companions stand, libc among them */
static void want_loader(struct search *s, const char *loader)
{
	int fd = airlock__place_get(&s->place, loader);
	char *real = fd < 0 ? NULL : airlock__place_real_name(&s->place, fd);
	char *folder = real ? airlock__folder_of(real) : NULL;

	want(s, loader, AIRLOCK__EXEC);
	if (folder)
		want(s, folder, AIRLOCK__READ);
	if (fd >= 0)
		close(fd);
	free(folder);
	free(real);
}

/* What kind of file it is; false: that cannot be told */
static bool look_at(const struct search *s, const char *name, struct airlock__image *ret)
{
	int fd = airlock__place_get(&s->place, name);
	int file = fd < 0 ? -1 : airlock__place_read(&s->place, name, fd);
	bool seen = file >= 0 && airlock__image_read(file, ret) == 0;

	if (file >= 0)
		close(file);
	if (fd >= 0)
		close(fd);
	return seen;
}

/* `name` is from malloc and spent. */
static void want_program(struct search *s, char *name, bool stands_in)
{
	enum { MAX_IMAGES = 6 }; /* as the kernel: scripts of scripts */

	for (int i = 0; name && i < MAX_IMAGES; i++) {
		struct airlock__image image = { 0 };
		char *next = NULL;

		if (i > 0 || !stands_in)
			want(s, name, AIRLOCK__EXEC);
		if (look_at(s, name, &image) && image.kind == AIRLOCK__DYNAMIC)
			want_loader(s, image.interpreter);
		if (image.kind == AIRLOCK__SCRIPT && image.interpreter)
			next = strdup(image.interpreter);
		airlock__image_free(&image);
		free(name);
		name = next;
	}
	free(name);
}

/* The first hit in PATH, or the name itself: from malloc */
static char *find_in_path(const struct search *s, const char *program)
{
	const char *dirs = getenv("PATH");

	if (strchr(program, '/'))
		return strdup(program);
	for (dirs = dirs ? dirs : "/bin:/usr/bin";; dirs++) {
		size_t n = strcspn(dirs, ":");
		struct stat st;
		char *name;
		int fd;

		if (asprintf(&name, "%.*s%s%s", (int)n, dirs, n ? "/" : "", program) < 0)
			return NULL;
		fd = airlock__place_get(&s->place, name);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111) {
			close(fd);
			return name;
		}
		if (fd >= 0)
			close(fd);
		free(name);
		dirs += n;
		if (!*dirs)
			return NULL;
	}
}

static size_t find_files(const struct airlock_profile *p, const char *program, bool stands_in,
			 struct lack *lacks, size_t n)
{
	struct search s = { .lacks = lacks, .nlacks = n };
	char text[AIRLOCK__PATHS_TEXT];

	if (!p->has_access[AIRLOCK__READ] && !p->has_access[AIRLOCK__WRITE] &&
	    !p->has_access[AIRLOCK__EXEC])
		return n;
	if (airlock__place_open(p, &s.place) < 0)
		return n;
	/* a path that cannot be had is told of by the seal */
	if (airlock__paths_each(p, keep_allowed, &s, text) == 0)
		want_program(&s, find_in_path(&s, program), stands_in);
	airlock__place_close(&s.place);
	free(s.allowed);
	return s.nlacks;
}

size_t lacks_find(const struct airlock_profile *p, const char *program, bool stands_in,
		  struct lack lacks[MAX_LACKS])
{
	return find_files(p, program, stands_in, lacks, find_calls(p, lacks));
}

void lacks_free(struct lack *lacks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(lacks[i].path);
}
