/* SPDX-License-Identifier: ISC */
/*
 * image.c: see image.h. Reads by pread(2) alone, never maps: a file that shrinks meanwhile is a
 * short read and not a SIGBUS. All sums are checked, all loops have a bound of ours.
 */
#define _GNU_SOURCE
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* SCRIPT_BYTES: what the kernel looks at (BINPRM_BUF_SIZE); PHDR_BYTES, too (load_elf_phdrs()) */
enum { SCRIPT_BYTES = 256, PHDR_BYTES = 65536, MAX_DYNAMIC = 4096, RUN_PATH_BYTES = 16384 };

#if defined(__x86_64__)
#define NATIVE_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#elif defined(__riscv)
#define NATIVE_MACHINE EM_RISCV
#else
#error "which e_machine has this architecture?"
#endif

/* What of n bytes at `offset` there is; or -errno. */
static ssize_t read_some(int fd, void *to, size_t n, uint64_t offset)
{
	size_t done = 0;

	if (offset > INT64_MAX - n)
		return 0;
	while (done < n) {
		ssize_t r = pread(fd, (char *)to + done, n - done, (off_t)(offset + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

/* 1: all of it. 0: the file ends before. -errno. */
static int read_all_of(int fd, void *to, size_t n, uint64_t offset)
{
	ssize_t r = read_some(fd, to, n, offset);

	return r < 0 ? (int)r : (size_t)r == n;
}

static int foreign(struct airlock__image *image, const char *note)
{
	image->kind = AIRLOCK__FOREIGN;
	image->note = note;
	return 0;
}

/* #! */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * As the kernel has it: blanks, the name up to a blank, NUL or the line's end. A name that goes on
 * past what the kernel reads would be another file's, so it takes none.
 */
static int read_script(const char *buf, size_t n, struct airlock__image *image)
{
	size_t at = 2, end;

	while (at < n && is_blank(buf[at]))
		at++;
	end = at;
	while (end < n && !is_blank(buf[end]) && buf[end] != '\n' && buf[end] != '\0')
		end++;
	if (end == at || end == SCRIPT_BYTES)
		return foreign(image, "its #! line names no interpreter that the kernel takes");
	image->interpreter = strndup(buf + at, end - at);
	if (!image->interpreter)
		return -ENOMEM;
	image->kind = AIRLOCK__SCRIPT;
	return 0;
}

/* ELF */

struct elf {
	int fd;
	Elf64_Phdr *phdrs;
	size_t n;
};

/* Where in the file an address lies, and how much of it follows there. */
static bool find_address(const struct elf *e, uint64_t address, uint64_t *ret_offset,
			 uint64_t *ret_room)
{
	for (size_t i = 0; i < e->n; i++) {
		const Elf64_Phdr *h = &e->phdrs[i];
		uint64_t into = address - h->p_vaddr;

		if (h->p_type != PT_LOAD || address < h->p_vaddr || into >= h->p_filesz ||
		    h->p_offset > UINT64_MAX - into)
			continue;
		*ret_offset = h->p_offset + into;
		*ret_room = h->p_filesz - into;
		return true;
	}
	return false;
}

struct dynamic {
	uint64_t strings, size, rpath, runpath;
	bool has_strings, has_size, has_rpath, has_runpath, whole;
};

static void note_entry(struct dynamic *d, const Elf64_Dyn *entry)
{
	switch (entry->d_tag) {
	case DT_STRTAB:
		d->strings = entry->d_un.d_ptr;
		d->has_strings = true;
		return;
	case DT_STRSZ:
		d->size = entry->d_un.d_val;
		d->has_size = true;
		return;
	case DT_RPATH:
		d->rpath = entry->d_un.d_val;
		d->has_rpath = true;
		return;
	case DT_RUNPATH:
		d->runpath = entry->d_un.d_val;
		d->has_runpath = true;
		return;
	case DT_NULL:
		d->whole = true;
		return;
	}
}

static int read_dynamic(const struct elf *e, const Elf64_Phdr *h, struct dynamic *d)
{
	uint64_t n = h->p_filesz / sizeof(Elf64_Dyn);

	for (uint64_t i = 0; i < n && i < MAX_DYNAMIC && !d->whole; i++) {
		uint64_t into = i * sizeof(Elf64_Dyn);
		Elf64_Dyn entry;
		int r;

		if (h->p_offset > UINT64_MAX - into)
			return 0;
		r = read_all_of(e->fd, &entry, sizeof entry, h->p_offset + into);
		if (r <= 0)
			return r;
		note_entry(d, &entry);
	}
	return 0;
}

/* A string of the dynamic section's table; none where it is not one. */
static int read_string(const struct elf *e, const struct dynamic *d, uint64_t which, char **ret)
{
	uint64_t offset, room;
	char *text;
	ssize_t n;

	if (!d->has_strings || !d->has_size || which >= d->size ||
	    d->strings > UINT64_MAX - which || !find_address(e, d->strings + which, &offset, &room))
		return 0;
	if (room > d->size - which)
		room = d->size - which;
	if (room > RUN_PATH_BYTES)
		room = RUN_PATH_BYTES;
	text = malloc((size_t)room);
	if (!text)
		return -ENOMEM;
	n = read_some(e->fd, text, (size_t)room, offset);
	if (n > 0 && memchr(text, '\0', (size_t)n)) {
		*ret = text;
		return 0;
	}
	free(text);
	return n < 0 ? (int)n : 0;
}

static int read_run_path(const struct elf *e, struct airlock__image *image)
{
	struct dynamic d = { 0 };
	int r = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->phdrs[i].p_type == PT_DYNAMIC) {
			r = read_dynamic(e, &e->phdrs[i], &d);
			break;
		}
	if (r < 0)
		return r;
	/* the loader looks at the older one only where there is no newer */
	if (d.has_runpath || d.has_rpath)
		r = read_string(e, &d, d.has_runpath ? d.runpath : d.rpath, &image->run_path);
	if (!d.whole || ((d.has_runpath || d.has_rpath) && !image->run_path))
		image->note = "its dynamic section is damaged, or too long";
	return r;
}

static int read_interpreter(const struct elf *e, const Elf64_Phdr *h, struct airlock__image *image)
{
	char *name;
	int r;

	/* the kernel's bounds; and it wants the NUL at the end */
	if (h->p_filesz < 2 || h->p_filesz > PATH_MAX)
		return foreign(image, "its ELF interpreter's name is damaged");
	name = malloc((size_t)h->p_filesz);
	if (!name)
		return -ENOMEM;
	r = read_all_of(e->fd, name, (size_t)h->p_filesz, h->p_offset);
	if (r > 0 && name[h->p_filesz - 1] == '\0' && *name) {
		image->interpreter = name;
		image->kind = AIRLOCK__DYNAMIC;
		return read_run_path(e, image);
	}
	free(name);
	return r < 0 ? r : foreign(image, "its ELF interpreter's name is damaged");
}

static int read_program_headers(struct elf *e, const Elf64_Ehdr *h, struct airlock__image *image)
{
	int r = read_all_of(e->fd, e->phdrs, e->n * sizeof *e->phdrs, h->e_phoff);

	if (r < 0)
		return r;
	if (r == 0)
		return foreign(image, "its ELF program headers lie past its end");
	/* the first one counts, as for the kernel */
	for (size_t i = 0; i < e->n; i++)
		if (e->phdrs[i].p_type == PT_INTERP)
			return read_interpreter(e, &e->phdrs[i], image);
	image->kind = AIRLOCK__STATIC;
	return 0;
}

static int read_elf(int fd, const Elf64_Ehdr *h, struct airlock__image *image)
{
	struct elf e = { fd, NULL, h->e_phnum };
	int r;

	if (h->e_ident[EI_CLASS] != ELFCLASS64)
		return foreign(image, "it is an ELF file, but not of 64 bits");
	if (h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != NATIVE_MACHINE)
		return foreign(image, "it is an ELF file of another machine");
	if ((h->e_type != ET_EXEC && h->e_type != ET_DYN) || h->e_phentsize != sizeof(Elf64_Phdr) ||
	    e.n == 0 || e.n > PHDR_BYTES / sizeof *e.phdrs)
		return foreign(image, "it is an ELF file that the kernel does not take");
	e.phdrs = calloc(e.n, sizeof *e.phdrs);
	if (!e.phdrs)
		return -ENOMEM;
	r = read_program_headers(&e, h, image);
	free(e.phdrs);
	return r;
}

int airlock__image_read(int fd, struct airlock__image *ret)
{
	struct airlock__image image = { .kind = AIRLOCK__FOREIGN };
	char buf[SCRIPT_BYTES];
	ssize_t n = read_some(fd, buf, sizeof buf, 0);
	Elf64_Ehdr header;
	int r;

	if (n < 0)
		return (int)n;
	if (n >= 2 && !memcmp(buf, "#!", 2)) {
		r = read_script(buf, (size_t)n, &image);
	} else if ((size_t)n >= sizeof header && !memcmp(buf, ELFMAG, SELFMAG)) {
		memcpy(&header, buf, sizeof header);
		r = read_elf(fd, &header, &image);
	} else {
		r = foreign(&image, "it is neither an ELF file nor a #! script");
	}
	if (r < 0)
		airlock__image_free(&image);
	else
		*ret = image;
	return r;
}

void airlock__image_free(struct airlock__image *image)
{
	free(image->interpreter);
	free(image->run_path);
	image->interpreter = image->run_path = NULL;
}
