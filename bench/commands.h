/* SPDX-License-Identifier: ISC */
/*
 * commands.h: what it costs to start a program by a command that restricts it.
 */
#ifndef AIRLOCK_BENCH_COMMANDS_H
#define AIRLOCK_BENCH_COMMANDS_H

/* Measures, and prints the table and the verdicts; the figures to `tsv`, too, if it is not NULL. */
void commands_bench(int rounds, const char *program, const char *tsv);

#endif
