/* SPDX-License-Identifier: ISC */
/*
 * bpf.h: runs seccomp's programs as the kernel would, for tests, fuzzing and `airlock check`. Pure.
 */
#ifndef AIRLOCK_BPF_H
#define AIRLOCK_BPF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/*
 * Would the kernel take it? As bpf_check_classic() and seccomp_check_filter() have it: 0, or -EINVAL
 * with the first instruction that is wrong in *ret_at (the last plus one: it does not end in a
 * return) and why in *ret_why, a constant string.
 */
int airlock__bpf_check(const struct sock_filter *code, size_t n, size_t *ret_at, const char **ret_why);

/*
 * Run a program that airlock__bpf_check() takes. Returns what it returns, SECCOMP_RET_*; *ret_steps
 * (may be NULL): the instructions it took, *ret_args (may be NULL): bit n, it looked at args[n].
 * A program that was not checked ends in SECCOMP_RET_KILL_PROCESS where it would do wrong.
 */
uint32_t airlock__bpf_run(const struct sock_filter *code, size_t n, const struct seccomp_data *data,
			  size_t *ret_steps, unsigned *ret_args);

/* Print it, an instruction a line: for people. */
void airlock__bpf_print(const struct sock_filter *code, size_t n, FILE *f);

#endif
