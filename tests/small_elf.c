/* SPDX-License-Identifier: ISC */
/*
 * small_elf.c: see small_elf.h.
 */
#define _GNU_SOURCE
#include "small_elf.h"

#include <stdio.h>
#include <string.h>

#include "common.h"

struct small_elf small_elf(const char *run_path)
{
	struct small_elf e = { 0 };

	memcpy(e.header.e_ident, ELFMAG, SELFMAG);
	e.header.e_ident[EI_CLASS] = ELFCLASS64;
	e.header.e_ident[EI_DATA] = ELFDATA2LSB;
	e.header.e_ident[EI_VERSION] = EV_CURRENT;
#if defined(__x86_64__)
	e.header.e_machine = EM_X86_64;
#elif defined(__aarch64__)
	e.header.e_machine = EM_AARCH64;
#else
	e.header.e_machine = EM_RISCV;
#endif
	e.header.e_type = ET_DYN;
	e.header.e_phoff = offsetof(struct small_elf, phdrs);
	e.header.e_phentsize = sizeof(Elf64_Phdr);
	e.header.e_phnum = 3;
	e.phdrs[INTERP].p_type = PT_INTERP;
	e.phdrs[INTERP].p_offset = offsetof(struct small_elf, interpreter);
	e.phdrs[INTERP].p_filesz = sizeof "/lib/ld.so";
	strcpy(e.interpreter, "/lib/ld.so");
	e.phdrs[LOAD].p_type = PT_LOAD;
	e.phdrs[LOAD].p_vaddr = BASE;
	e.phdrs[LOAD].p_filesz = sizeof e;
	e.phdrs[DYNAMIC].p_type = PT_DYNAMIC;
	e.phdrs[DYNAMIC].p_offset = offsetof(struct small_elf, dynamic);
	e.phdrs[DYNAMIC].p_filesz = sizeof e.dynamic;
	e.dynamic[0] = (Elf64_Dyn){ DT_STRTAB, { BASE + offsetof(struct small_elf, strings) } };
	e.dynamic[1] = (Elf64_Dyn){ DT_STRSZ, { sizeof e.strings } };
	e.dynamic[2] = (Elf64_Dyn){ DT_RUNPATH, { 1 } };
	e.dynamic[3] = (Elf64_Dyn){ DT_NULL, { 0 } };
	snprintf(e.strings + 1, sizeof e.strings - 1, "%s", run_path);
	return e;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

size_t mutate(unsigned char *to, const unsigned char *from, size_t n, size_t head, uint32_t *seed)
{
	static const unsigned char edges[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned changes = 1 + next_random(seed) % 6;

	memcpy(to, from, n);
	while (changes--) {
		size_t at = next_random(seed) % (next_random(seed) % 8 ? head : n);

		switch (next_random(seed) % 4) {
		case 0:
			to[at] = (unsigned char)next_random(seed);
			break;
		case 1:
			to[at] ^= (unsigned char)(1u << next_random(seed) % 8);
			break;
		case 2:
			to[at] = edges[next_random(seed) % COUNT(edges)];
			break;
		case 3:
			for (size_t i = at & ~7ul; i < (at & ~7ul) + 8 && i < n; i++)
				to[i] = edges[next_random(seed) % COUNT(edges)];
			break;
		}
	}
	return next_random(seed) % 4 ? n : next_random(seed) % (n + 1);
}
