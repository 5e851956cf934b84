/* SPDX-License-Identifier: ISC */
/*
 * profile_model.h: what the target `profile_diff` is fed with: operations that write a profile, line by line, and
 * ask of calls; and what the page airlock-profile(5) says that the answer is.
 *
 * The answers come from the operations, never from the text, and from nothing of the library but its
 * data: names, numbers, groups, the kernel a call came with, the width of its arguments.
 */
#ifndef AIRLOCK_FUZZ_PROFILE_MODEL_H
#define AIRLOCK_FUZZ_PROFILE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "ops.h"

extern const struct fuzz_op model_ops[];

enum { MODEL_TEXT = 1 << 16, MODEL_RULES = 32, MODEL_CONDITIONS = 64, MODEL_ASKED = 32,
       MODEL_RAW = 3 };

/* In the order of profile_model.c's operators[] */
enum { MODEL_EQ, MODEL_NE, MODEL_LT, MODEL_LE, MODEL_GT, MODEL_GE, MODEL_ANY, MODEL_IN };

struct model_condition {
	unsigned arg, op;
	bool or;			/* before it */
	bool narrow;			/* of 32 bits */
	uint64_t constant;
};

struct model_rule {
	size_t call;
	bool always;
	uint32_t otherwise;		/* SECCOMP_RET_*; 0: as the profile */
	struct model_condition when[MODEL_CONDITIONS];
	size_t n;
};

struct model_list {
	enum { MODEL_NONE, MODEL_ALLOW, MODEL_DENY } mode;
	bool has[AIRLOCK__MAX_CALLS];	/* allowed, or logged */
};

struct model_ask {
	uint32_t nr;
	unsigned arch;			/* 0: this one */
	uint64_t args[6];
};

struct model {
	char text[MODEL_TEXT];
	size_t n;
	struct {
		size_t at, end;
	} raw[MODEL_RAW];		/* lines whose meaning the model does not know, and that may be wrong */
	size_t nraw;
	bool one_exec, asks_copy;
	uint32_t personality;

	struct model_list filter, log;
	uint32_t own[AIRLOCK__MAX_CALLS];
	bool named[AIRLOCK__MAX_CALLS];
	uint32_t refusal, baseline;
	struct model_rule rules[MODEL_RULES];
	size_t nrules;
	/* what those ask for, to be held against what the parser made of them */
	int family_mode; /* MODEL_* */
	uint64_t family_set;
	bool ns_restricts, asked_bool[4], tcp_key[2];
	uint32_t ns_set;
	size_t builtin; /* taken first, by airlock_profile_builtin(); 0: none */
	bool families, suid_sgid, tcp;	/* each closes io_uring, in a way of its own */
	bool restricts;			/* by any key that looks at arguments */

	size_t mentioned[MODEL_ASKED];	/* calls, each once */
	size_t nmentioned;
	struct model_ask asked[MODEL_ASKED];
	size_t nasked;
	uint32_t sum;			/* of the input: to ask for others each time */
};

void model_read(struct model *m, const uint8_t *data, size_t size);

/*
 * What the page says of a call that the table knows, is not too new, and is none of execve and execveat. What the
 * keys that look at arguments take away from it is left out.
 */
uint32_t model_answer(const struct model *m, size_t call, const uint64_t args[6]);

/* Does a condition hold? */
bool model_holds(const struct model_condition *c, const uint64_t args[6]);

#endif
