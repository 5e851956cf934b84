/* SPDX-License-Identifier: ISC */
/*
 * paths.c: see paths.h.
 */
#define _GNU_SOURCE
#include "paths.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "place.h"

/* MAX_IMAGES: as the kernel: a file and what its #! line asks for, and so on (exec_binprm()) */
enum { MAX_IMAGES = 6 };

struct walk {
	const struct airlock_profile *p;
	struct airlock__place place;
	int (*take)(void *arg, int fd, mode_t mode, enum airlock__access access);
	void *arg;
	char *text; /* notes, and on failure why */
};

const char *airlock__access_name(enum airlock__access access)
{
	static const char *const names[] = { "ReadPath", "WritePath", "ExecPath" };

	return names[access];
}

/* Why it fails, with the place where the path was written. Returns error. */
static int fail(struct walk *w, const struct airlock__path *path, int error, const char *format,
		...) __attribute__((format(printf, 4, 5)));

static int fail(struct walk *w, const struct airlock__path *path, int error, const char *format,
		...)
{
	char why[AIRLOCK__PATHS_TEXT / 2];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	snprintf(w->text, AIRLOCK__PATHS_TEXT, "%.200s:%u: %s=%.200s: %s",
		 path->source ? path->source : "?", path->line, airlock__access_name(path->access),
		 path->path, why);
	return error;
}

/* What somebody may wonder about later, after what stands there. */
static void note(struct walk *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct walk *w, const char *format, ...)
{
	size_t used = strlen(w->text);
	va_list args;

	if (used && used < AIRLOCK__PATHS_TEXT - 3)
		used = (size_t)(stpcpy(w->text + used, "; ") - w->text);
	va_start(args, format);
	vsnprintf(w->text + used, AIRLOCK__PATHS_TEXT - used, format, args);
	va_end(args);
}

/* What is short may be had again; all else says that the name leads nowhere. */
static bool is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

static int take_fd(struct walk *w, int fd, enum airlock__access access)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return w->take(w->arg, fd, st.st_mode, access);
}

/* By an @word. 1: taken. 0: it is the root folder, or nothing that can have a rule. */
static int take_fd_for_word(struct walk *w, int fd, const char *name, enum airlock__access access)
{
	int r;

	if (airlock__place_is_root(&w->place, fd)) {
		note(w, "%.100s is the root folder: no @word gives that", name);
		return 0;
	}
	r = take_fd(w, fd, access);
	return r == -EBADFD ? 0 : r < 0 ? r : 1;
}

/* As above, by name. 0: also where there is none. */
static int take_for_word(struct walk *w, const char *name, enum airlock__access access)
{
	int fd = airlock__place_get(&w->place, name), r;

	if (fd < 0)
		return is_shortage(fd) ? fd : 0;
	r = take_fd_for_word(w, fd, name, access);
	close(fd);
	return r;
}

static int take_folder_of(struct walk *w, const char *name, enum airlock__access access)
{
	char *folder = airlock__folder_of(name);
	int r = folder ? take_for_word(w, folder, access) : -ENOMEM;

	free(folder);
	return r;
}

/* @argv and @argv-dir */

/* Without a name for lack of memory another folder would be taken. *ret NULL: it has none. */
static int real_name(struct walk *w, int fd, char **ret)
{
	errno = 0;
	*ret = airlock__place_real_name(&w->place, fd);
	return !*ret && errno == ENOMEM ? -ENOMEM : 0;
}

static int take_argument(struct walk *w, const char *name, enum airlock__access access)
{
	return take_for_word(w, name, access);
}

static int take_argument_folders(struct walk *w, const char *name, enum airlock__access access)
{
	int fd = airlock__place_get(&w->place, name), r = 0;
	struct stat st;
	char *real;

	if (is_shortage(fd))
		return fd;
	if (fd < 0)
		return strchr(name, '/') ? take_folder_of(w, name, access) : 0;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		r = take_fd_for_word(w, fd, name, access);
	} else {
		/* the name may be a link: who replaces either of them does so in its own folder */
		r = real_name(w, fd, &real);
		if (r == 0)
			r = take_folder_of(w, name, access);
		if (r >= 0 && real)
			r = take_folder_of(w, real, access);
		free(real);
	}
	close(fd);
	return r;
}

static int take_arguments(struct walk *w, const struct airlock__path *path,
			  int (*each)(struct walk *w, const char *name,
				      enum airlock__access access))
{
	for (size_t i = 1; i < w->p->argv.n; i++) {
		int r = each(w, w->p->argv.at[i], path->access);

		if (r < 0)
			return fail(w, path, r, "%.100s: %s", w->p->argv.at[i], strerror(-r));
	}
	return 0;
}

/* @program: its libraries */

/* How long $ORIGIN or ${ORIGIN} at the start of n bytes is; 0: another word, or none. */
static size_t origin_word(const char *text, size_t n)
{
	static const char plain[] = "$ORIGIN", braces[] = "${ORIGIN}";
	const size_t np = sizeof plain - 1, nb = sizeof braces - 1;

	if (n >= nb && !strncmp(text, braces, nb))
		return nb;
	if (n >= np && !strncmp(text, plain, np) &&
	    (n == np || (!isalnum((unsigned char)text[np]) && text[np] != '_')))
		return np;
	return 0;
}

/*
 * n bytes of a run path with the program's folder for $ORIGIN. *ret is NULL where another word stands
 * there ($LIB: it differs from loader to loader), or where it is not absolute.
 */
static int expand(const char *element, size_t n, const char *origin, char **ret)
{
	char *to = malloc(n * (strlen(origin) + 1) + 1), *end = to;

	*ret = NULL;
	if (!to)
		return -ENOMEM;
	while (n > 0) {
		size_t word = origin_word(element, n);

		if (!word && *element == '$')
			break;
		if (word)
			end = stpcpy(end, origin);
		else
			*end++ = *element;
		element += word ? word : 1;
		n -= word ? word : 1;
	}
	*end = '\0';
	if (n == 0 && *to == '/') {
		*ret = to;
		return 0;
	}
	free(to);
	return 0;
}

static int take_run_path(struct walk *w, const char *run_path, const char *origin)
{
	while (*run_path) {
		size_t n = strcspn(run_path, ":");
		char *folder = NULL;
		int r = n < PATH_MAX ? expand(run_path, n, origin, &folder) : 0;

		if (r == 0 && folder)
			r = take_for_word(w, folder, AIRLOCK__READ);
		free(folder);
		if (r < 0)
			return r;
		run_path += n + (run_path[n] == ':');
	}
	return 0;
}

/* where loaders look without being told, and what they read first */
static int take_loaders_own(struct walk *w)
{
	static const char *const names[] = {
		"/lib",
		"/lib64",
		"/usr/lib",
		"/usr/lib64",
		"/usr/local/lib",
		"/etc/ld.so.cache",
		"/etc/ld.so.preload",
#if defined(__x86_64__)
		"/etc/ld-musl-x86_64.path",
#elif defined(__aarch64__)
		"/etc/ld-musl-aarch64.path",
#elif defined(__riscv)
		"/etc/ld-musl-riscv64.path",
#endif
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int r = take_for_word(w, names[i], AIRLOCK__READ);

		if (r < 0)
			return r;
	}
	return 0;
}

static int take_libraries(struct walk *w, const char *name, int fd,
			  const struct airlock__image *image)
{
	char *real = NULL, *origin = NULL;
	int r = real_name(w, fd, &real);

	if (r == 0 && !(origin = airlock__folder_of(real ? real : name)))
		r = -ENOMEM;
	if (r == 0)
		r = take_folder_of(w, image->interpreter, AIRLOCK__READ);
	if (r >= 0)
		r = take_loaders_own(w);
	if (r >= 0 && image->run_path)
		r = take_run_path(w, image->run_path, origin);
	free(origin);
	free(real);
	return r;
}

/* @program: itself */

/* The file that execvp(3) would try first, as far as that can be seen: its name in *ret, from malloc. */
static int search(struct walk *w, char **ret)
{
	const char *dirs = getenv("PATH"), *command = w->p->command;
	int result = -ENOENT;

	for (dirs = dirs ? dirs : "/bin:/usr/bin";; dirs++) {
		size_t n = strcspn(dirs, ":");
		struct stat st;
		char *name;
		int fd;

		if (asprintf(&name, "%.*s%s%s", (int)n, dirs, n ? "/" : "", command) < 0)
			return -ENOMEM;
		fd = airlock__place_get(&w->place, name);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111) {
			close(fd);
			*ret = name;
			return 0;
		}
		free(name);
		if (is_shortage(fd))
			return fd;
		if (fd >= 0 || fd == -EACCES)
			result = -EACCES;
		if (fd >= 0)
			close(fd);
		dirs += n;
		if (!*dirs)
			return result;
	}
}

static int find_program(struct walk *w, char **ret)
{
	if (!strchr(w->p->command, '/') && *w->p->command)
		return search(w, ret);
	*ret = strdup(w->p->command);
	return *ret ? 0 : -ENOMEM;
}

/* One file: a rule for it, and what it says. */
static int take_image(struct walk *w, const struct airlock__path *path, const char *name,
		      struct airlock__image *ret)
{
	int fd = airlock__place_get(&w->place, name), file = -1, r;

	if (fd < 0)
		return fd;
	file = airlock__place_read(&w->place, name, fd);
	r = file < 0 ? file : airlock__image_read(file, ret);
	if (r == 0) {
		r = take_fd(w, fd, path->access);
		if (r >= 0 && ret->kind == AIRLOCK__DYNAMIC)
			r = take_libraries(w, name, fd, ret);
		if (r < 0)
			airlock__image_free(ret);
	}
	if (file >= 0)
		close(file);
	close(fd);
	return r;
}

static int take_loader(struct walk *w, const struct airlock__path *path, const char *program,
		       const char *name)
{
	int fd = airlock__place_get(&w->place, name);
	int r = fd < 0 ? fd : take_fd(w, fd, path->access);

	if (fd >= 0)
		close(fd);
	if (r < 0)
		return fail(w, path, r, "%.100s wants %.100s: %s", program, name, strerror(-r));
	return 0;
}

/* `name` is from malloc and spent. */
static int take_chain(struct walk *w, const struct airlock__path *path, char *name)
{
	int r = 0;

	for (int i = 0; name; i++) {
		struct airlock__image image = { 0 };
		char *next = NULL;

		r = i < MAX_IMAGES ? take_image(w, path, name, &image) : -ELOOP;
		if (r < 0) {
			fail(w, path, r, "%.200s: %s", name, strerror(-r));
			free(name);
			return r;
		}
		if (image.note)
			note(w, "%.100s: %s", name, image.note);
		if (image.kind == AIRLOCK__DYNAMIC)
			r = take_loader(w, path, name, image.interpreter);
		else if (image.kind == AIRLOCK__SCRIPT) {
			next = image.interpreter;
			image.interpreter = NULL;
		}
		airlock__image_free(&image);
		free(name);
		name = next;
	}
	return r;
}

static int take_program(struct walk *w, const struct airlock__path *path)
{
	char *name = NULL;
	int r = find_program(w, &name);

	if (r < 0)
		return fail(w, path, r, "%.200s: %s", w->p->command, strerror(-r));
	return take_chain(w, path, name);
}

/* All */

static int take_word(struct walk *w, const struct airlock__path *path)
{
	if (!w->p->command)
		return fail(w, path, -EINVAL, "%s",
			    "the command is not known: airlock_profile_command() tells it");
	if (!strcmp(path->path, "@argv"))
		return take_arguments(w, path, take_argument);
	if (!strcmp(path->path, "@argv-dir"))
		return take_arguments(w, path, take_argument_folders);
	if (strcmp(path->path, "@program") != 0)
		return fail(w, path, -EINVAL, "%s", "there is no such @word");
	if (path->access == AIRLOCK__WRITE)
		return fail(w, path, -EINVAL, "%s", "a program is no place to write to");
	return take_program(w, path);
}

static int take_path(struct walk *w, const struct airlock__path *path)
{
	int fd = airlock__place_get(&w->place, path->path), r;

	if (path->optional && (fd == -ENOENT || fd == -ENOTDIR))
		return 0;
	r = fd < 0 ? fd : take_fd(w, fd, path->access);
	if (fd >= 0)
		close(fd);
	if (r == -EBADFD)
		return fail(w, path, r, "%s", "it lies in no file system, so it can have no rule");
	return r < 0 ? fail(w, path, r, "%s", strerror(-r)) : 0;
}

int airlock__paths_each(const struct airlock_profile *p,
			int (*take)(void *arg, int fd, mode_t mode, enum airlock__access access),
			void *arg, char text[AIRLOCK__PATHS_TEXT])
{
	struct walk w = { .p = p, .take = take, .arg = arg, .text = text };
	int r;

	*text = '\0';
	r = airlock__place_open(p, &w.place);
	if (r < 0) {
		snprintf(text, AIRLOCK__PATHS_TEXT, "RootDirectory=%.200s: %s",
			 p->root ? p->root : "", strerror(-r));
		return r;
	}
	for (size_t i = 0; i < p->npaths && r >= 0; i++) {
		const struct airlock__path *path = &p->paths[i];

		r = *path->path == '@' ? take_word(&w, path) : take_path(&w, path);
	}
	airlock__place_close(&w.place);
	return r < 0 ? r : 0;
}
