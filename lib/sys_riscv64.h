/* SPDX-License-Identifier: ISC */
/*
 * sys_riscv64.h: raw system calls and clone. Included by sys.h alone.
 */

static inline long airlock__syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = n;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}

/* The order of clone's arguments here: flags, stack, parent_tid (the pidfd), tls, child_tid. */
static inline long airlock__clone(unsigned long flags, void *stack_top, int *pidfd, volatile int *child_tid,
				  void (*story)(void *), void *arg)
{
	register long a7 __asm__("a7") = AIRLOCK__NR_clone;
	register long a0 __asm__("a0") = (long)flags;
	register void *a1 __asm__("a1") = stack_top;
	register int *a2 __asm__("a2") = pidfd;
	register long a3 __asm__("a3") = 0;
	register volatile int *a4 __asm__("a4") = child_tid;
	register void (*fn)(void *) __asm__("s2") = story;
	register void *fn_arg __asm__("s3") = arg;

	__asm__ volatile("ecall\n\t"
			 "bnez a0, 1f\n\t"
			 "li s0, 0\n\t"		/* the outermost frame, for debuggers */
			 "li ra, 0\n\t"
			 "mv a0, s3\n\t"
			 "jalr s2\n\t"
			 "ebreak\n"
			 "1:"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(fn), "r"(fn_arg)
			 : "memory");
	return a0;
}

/* Valgrind does not run on this architecture before its version 3.25. */
static inline unsigned long airlock__on_valgrind(void)
{
	return 0;
}
