/* SPDX-License-Identifier: ISC */
/*
 * ops.h: an input of a fuzz target as a list of operations.
 *
 * A target names its operations and what each takes; mutated bytes then make other lists of
 * sensible operations, where raw bytes would mostly make nonsense. The same table turns readable
 * seeds into inputs, and inputs (a crash, above all) into something to read: see replay.c.
 *
 * An input: for each operation a byte, of which the rest by the number of operations counts, then
 * its arguments, little-endian. What is missing at the end is 0. Every input is a list, and none is
 * refused.
 */
#ifndef AIRLOCK_FUZZ_OPS_H
#define AIRLOCK_FUZZ_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Around what is not under test: an engine that follows each comparison there, too, is three times
 * slower and keeps inputs that are new to the harness alone.
 */
#ifdef __clang__
#define FUZZ_UNTRACED_BEGIN \
	_Pragma("clang attribute push(__attribute__((no_sanitize(\"coverage\"))), apply_to = function)")
#define FUZZ_UNTRACED_END _Pragma("clang attribute pop")
#else
#define FUZZ_UNTRACED_BEGIN
#define FUZZ_UNTRACED_END
#endif

/*
 * Arguments: b, h, w, q: 1, 2, 4, 8 bytes; s: a length of 1 byte, and so many bytes.
 * At most OPS_ARGS of them, of which one may be an s.
 */
enum { OPS_ARGS = 8 };

struct fuzz_op {
	const char *name;
	const char *args;
};

/* Each target has one, ended by a NULL name. NULL itself: its inputs are text. */
extern const struct fuzz_op *const fuzz_ops;

/* One operation of an input. */
struct fuzz_step {
	unsigned op;			/* index in fuzz_ops */
	uint64_t arg[OPS_ARGS];		/* of an s: its length */
	const uint8_t *bytes;		/* of the s; within the input */
};

struct fuzz_reader {
	const uint8_t *at, *end;
};

/* The next one; false: there is no more. */
bool fuzz_next(struct fuzz_reader *r, struct fuzz_step *ret);

/* Print an input; read what was printed: 0, or -EINVAL, and standard error says what line is wrong. */
void fuzz_print(const uint8_t *data, size_t size, FILE *f);
int fuzz_make(FILE *in, FILE *out, const char *name);

/* The target. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The kernel has written here by a raw call, which MemorySanitizer does not see. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define FUZZ_MSAN true
#define FUZZ_WRITTEN(at, n) __msan_unpoison(at, n)
#endif
#endif
#ifndef FUZZ_MSAN
#define FUZZ_MSAN false
#define FUZZ_WRITTEN(at, n) ((void)0)
#endif

/* An oracle that does not hold: says which, and aborts. */
#define FUZZ_HOLDS(condition, what) \
	((condition) ? (void)0 : fuzz_broken(what, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *what, const char *file, int line);

#endif
