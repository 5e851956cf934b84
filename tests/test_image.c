/* SPDX-License-Identifier: ISC */
/*
 * test_image.c: what executable files say, well and badly made, and damaged by the thousand.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "scratch.h"
#include "small_elf.h"

static void read_image(const void *bytes, size_t n, struct airlock__image *image)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	memset(image, 0, sizeof *image);
	assert_int_equal(airlock__image_read(fd, image), 0);
	close(fd);
}

static void must_be_kind(const void *bytes, size_t n, enum airlock__image_kind kind,
			 const char *interpreter)
{
	struct airlock__image image;

	read_image(bytes, n, &image);
	if (image.kind != kind)
		fail_msg("kind %d instead of %d: %s", image.kind, kind, image.note);
	if (interpreter)
		assert_string_equal(image.interpreter, interpreter);
	else
		assert_null(image.interpreter);
	assert_int_equal(kind == AIRLOCK__FOREIGN, image.note != NULL);
	airlock__image_free(&image);
}

static void script_is_read_as_the_kernel_reads_it(void **state)
{
	char line[400];

	(void)state;
#define LINE(text) (text), sizeof(text) - 1
	must_be_kind(LINE("#!/bin/sh\n"), AIRLOCK__SCRIPT, "/bin/sh");
	must_be_kind(LINE("#!/bin/sh"), AIRLOCK__SCRIPT, "/bin/sh");
	must_be_kind(LINE("#! \t /bin/sh \t-e x\nmore"), AIRLOCK__SCRIPT, "/bin/sh");
	must_be_kind(LINE("#!/bin/sh\0more\n"), AIRLOCK__SCRIPT, "/bin/sh");
	must_be_kind(LINE("#!relative\r\n"), AIRLOCK__SCRIPT, "relative\r");
	must_be_kind(LINE("#!\n/bin/sh"), AIRLOCK__FOREIGN, NULL);
	must_be_kind(LINE("#! \t \n"), AIRLOCK__FOREIGN, NULL);
	must_be_kind(LINE("#!"), AIRLOCK__FOREIGN, NULL);
	must_be_kind(LINE("#"), AIRLOCK__FOREIGN, NULL);
	must_be_kind(LINE(""), AIRLOCK__FOREIGN, NULL);
	must_be_kind(LINE("echo\n"), AIRLOCK__FOREIGN, NULL);
#undef LINE
	/* what the kernel sees ends at 256 bytes: a longer name would be cut to another's */
	memset(line, 'x', sizeof line);
	memcpy(line, "#!/", 3);
	must_be_kind(line, sizeof line, AIRLOCK__FOREIGN, NULL);
	must_be_kind(line, 256, AIRLOCK__FOREIGN, NULL);
	line[255] = '\n';
	line[256] = '\0';
	{
		char name[254];

		memcpy(name, line + 2, 253);
		name[253] = '\0';
		must_be_kind(line, 256, AIRLOCK__SCRIPT, name);
	}
	memset(line + 2, ' ', sizeof line - 2);
	must_be_kind(line, sizeof line, AIRLOCK__FOREIGN, NULL);
}

static void must_have_run_path(const struct small_elf *e, const char *run_path)
{
	struct airlock__image image;

	read_image(e, sizeof *e, &image);
	assert_int_equal(image.kind, AIRLOCK__DYNAMIC);
	assert_string_equal(image.interpreter, "/lib/ld.so");
	if (run_path) {
		assert_non_null(image.run_path);
		assert_string_equal(image.run_path, run_path);
		assert_null(image.note);
	} else {
		assert_null(image.run_path);
		assert_non_null(image.note);
	}
	airlock__image_free(&image);
}

static void elf_says_its_interpreter_and_run_path(void **state)
{
	struct small_elf e = small_elf("/a:$ORIGIN/b");

	(void)state;
	must_have_run_path(&e, "/a:$ORIGIN/b");
	e.dynamic[2].d_tag = DT_RPATH;
	must_have_run_path(&e, "/a:$ORIGIN/b");
	/* the loader looks at the newer one alone */
	e.dynamic[3] = (Elf64_Dyn){ DT_RUNPATH, { 4 } };
	must_have_run_path(&e, "$ORIGIN/b");
	e = small_elf("");
	must_have_run_path(&e, "");
	e.header.e_phnum = 2;
	e.phdrs[INTERP].p_type = PT_NULL;
	must_be_kind(&e, sizeof e, AIRLOCK__STATIC, NULL);
}

static void elf_with_nonsense_in_it_is_not_believed(void **state)
{
	static const uint64_t nonsense[] = { 0,
					     2,
					     sizeof(struct small_elf) - 1,
					     sizeof(struct small_elf),
					     1u << 20,
					     INT64_MAX - 8,
					     INT64_MAX,
					     UINT64_MAX - 15,
					     UINT64_MAX };
	struct small_elf e = small_elf("/a");

	(void)state;
	for (size_t i = 3; i < COUNT(nonsense); i++) {
		e = small_elf("/a");
		e.header.e_phoff = nonsense[i];
		must_be_kind(&e, sizeof e, AIRLOCK__FOREIGN, NULL);
		e = small_elf("/a");
		e.phdrs[INTERP].p_offset = nonsense[i];
		must_be_kind(&e, sizeof e, AIRLOCK__FOREIGN, NULL);
		e = small_elf("/a");
		e.phdrs[INTERP].p_filesz = nonsense[i];
		must_be_kind(&e, sizeof e, AIRLOCK__FOREIGN, NULL);
		e = small_elf("/a");
		e.phdrs[DYNAMIC].p_offset = nonsense[i];
		must_have_run_path(&e, NULL);
		e = small_elf("/a");
		e.phdrs[LOAD].p_offset = nonsense[i];
		must_have_run_path(&e, NULL);
		e = small_elf("/a");
		e.dynamic[0].d_un.d_ptr = nonsense[i];
		must_have_run_path(&e, NULL);
		e = small_elf("/a");
		e.dynamic[2].d_un.d_val = nonsense[i];
		must_have_run_path(&e, NULL);
	}
	for (size_t i = 0; i < COUNT(nonsense); i++) {
		/* sizes that are too large do no harm where the string ends before */
		e = small_elf("/a");
		e.dynamic[1].d_un.d_val = nonsense[i];
		must_have_run_path(&e, nonsense[i] < 4 ? NULL : "/a");
		e = small_elf("/a");
		e.phdrs[LOAD].p_filesz = nonsense[i];
		must_have_run_path(&e, nonsense[i] < 4 ? NULL : "/a");
	}
	/* no NUL before the end of the table, of the segment, of the file */
	e = small_elf("/a");
	memset(e.strings, 'x', sizeof e.strings);
	must_have_run_path(&e, NULL);
	/* no DT_NULL */
	e = small_elf("/a");
	e.phdrs[DYNAMIC].p_filesz = 3 * sizeof *e.dynamic;
	{
		struct airlock__image image;

		read_image(&e, sizeof e, &image);
		assert_non_null(image.note);
		airlock__image_free(&image);
	}
	/* an interpreter without NUL at its end, or without a name */
	e = small_elf("/a");
	e.phdrs[INTERP].p_filesz--;
	must_be_kind(&e, sizeof e, AIRLOCK__FOREIGN, NULL);
	e = small_elf("/a");
	*e.interpreter = '\0';
	must_be_kind(&e, sizeof e, AIRLOCK__FOREIGN, NULL);
}

static void elf_of_another_kind_is_foreign(void **state)
{
	struct small_elf e;

	(void)state;
#define FOREIGN(change) \
	do { \
		e = small_elf("/a"); \
		e.header.change; \
		must_be_kind(&e, sizeof e, AIRLOCK__FOREIGN, NULL); \
	} while (0)
	FOREIGN(e_ident[EI_CLASS] = ELFCLASS32);
	FOREIGN(e_ident[EI_DATA] = ELFDATA2MSB);
	FOREIGN(e_machine = EM_386);
	FOREIGN(e_type = ET_REL);
	FOREIGN(e_type = ET_CORE);
	FOREIGN(e_phnum = 0);
	FOREIGN(e_phnum = 0xffff);
	FOREIGN(e_phentsize = 0);
	FOREIGN(e_phentsize = sizeof(Elf64_Phdr) + 1);
#undef FOREIGN
}

/* `head`: the bytes at the start that hold what is read */
static void read_mutations(const unsigned char *from, size_t n, size_t head, int rounds)
{
	unsigned char *to = malloc(n);
	uint32_t seed = 1;

	assert_non_null(to);
	for (int i = 0; i < rounds; i++) {
		struct airlock__image image;
		bool has;

		read_image(to, mutate(to, from, n, head, &seed), &image);
		has = image.kind == AIRLOCK__SCRIPT || image.kind == AIRLOCK__DYNAMIC;
		if (has != (image.interpreter != NULL) || (image.run_path && !has) ||
		    (image.kind == AIRLOCK__FOREIGN && !image.note) ||
		    (has && (!*image.interpreter || strlen(image.interpreter) >= 4096)))
			fail_msg("round %d: kind %d", i, image.kind);
		airlock__image_free(&image);
	}
	free(to);
}

static void mutated_programs_neither_crash_nor_loop(void **state)
{
	struct small_elf e = small_elf("/a:$ORIGIN/../lib:${ORIGIN}:$LIB");
	size_t n;
	char *text = get_file("/bin/true", &n);

	(void)state;
	read_mutations((unsigned char *)text, n, n < 1024 ? n : 1024, scaled(4000));
	free(text);
	/* here, half of all changes hit what is read */
	read_mutations((unsigned char *)&e, sizeof e, sizeof e, scaled(20000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(script_is_read_as_the_kernel_reads_it),
		cmocka_unit_test(elf_says_its_interpreter_and_run_path),
		cmocka_unit_test(elf_with_nonsense_in_it_is_not_believed),
		cmocka_unit_test(elf_of_another_kind_is_foreign),
		cmocka_unit_test(mutated_programs_neither_crash_nor_loop),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
