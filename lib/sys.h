/* SPDX-License-Identifier: ISC */
/*
 * sys.h: raw system calls, for the child and for the few that libc has no name for.
 *
 * They answer 0 or more, or -errno, and touch neither errno nor anything else of libc's.
 */
#ifndef AIRLOCK_SYS_H
#define AIRLOCK_SYS_H

#include <asm/unistd.h>
#include <linux/sched.h>

/* What older headers lack. The numbers from 424 on are the same on every architecture. */
#define AIRLOCK__NR_clone __NR_clone
#define AIRLOCK__NR_pidfd_send_signal 424
#define AIRLOCK__NR_pidfd_open 434
#define AIRLOCK__NR_close_range 436
#define AIRLOCK__NR_landlock_restrict_self 446
#define AIRLOCK__CLONE_PIDFD 0x1000		/* Linux 5.2 */
#define AIRLOCK__CLOSE_RANGE_UNSHARE 2u		/* Linux 5.9 */
#define AIRLOCK__P_PIDFD 3			/* Linux 5.4 */

/* The kernel's signals: its own header and libc's <signal.h> do not go together. */
enum {
	AIRLOCK__SIGKILL = 9,
	AIRLOCK__SIGSTOP = 19,
	AIRLOCK__LAST_SIGNAL = 64,
	AIRLOCK__SIG_SETMASK = 2,
	AIRLOCK__SIGNAL_SET_BYTES = 8,
	AIRLOCK__SA_RESTORER = 0x04000000,	/* ignored where there is none */
};

/* Bit n: signal n dumps core by default, signal(7): QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS. */
#define AIRLOCK__CORE_SIGNALS \
	(1ul << 3 | 1ul << 4 | 1ul << 5 | 1ul << 6 | 1ul << 7 | 1ul << 8 | 1ul << 11 | 1ul << 24 | 1ul << 25 | 1ul << 31)

#if defined(__x86_64__) && !defined(__ILP32__)
#include "sys_x86_64.h"
#elif defined(__aarch64__) && !defined(__ILP32__)
#include "sys_aarch64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "sys_riscv64.h"
#else
#error "no raw system calls for this architecture yet: write sys_ARCH.h"
#endif

#define airlock__sys0(n) airlock__syscall6(n, 0, 0, 0, 0, 0, 0)
#define airlock__sys1(n, a) airlock__syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define airlock__sys2(n, a, b) airlock__syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define airlock__sys3(n, a, b, c) airlock__syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define airlock__sys4(n, a, b, c, d) airlock__syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define airlock__sys5(n, a, b, c, d, e) \
	airlock__syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define airlock__sys6(n, a, b, c, d, e, f) \
	airlock__syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
