/* SPDX-License-Identifier: ISC */
/*
 * small_elf.h: an ELF file that is made to be damaged.
 */
#ifndef AIRLOCK_TESTS_SMALL_ELF_H
#define AIRLOCK_TESTS_SMALL_ELF_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* What a loader looks at, each field where it can be set. */
struct small_elf {
	Elf64_Ehdr header;
	Elf64_Phdr phdrs[3];
	Elf64_Dyn dynamic[5];
	char interpreter[16];
	char strings[128];
};

/* BASE: its address. The others: which of phdrs is which. */
enum { BASE = 0x400000, INTERP = 0, LOAD = 1, DYNAMIC = 2 };

/* A dynamic one, of this machine, of /lib/ld.so with that DT_RUNPATH. */
struct small_elf small_elf(const char *run_path);

/*
 * n bytes with a few changes: mostly in the first `head`, so that what follows is reached. Returns how
 * many of them to take.
 */
size_t mutate(unsigned char *to, const unsigned char *from, size_t n, size_t head, uint32_t *seed);

#endif
