/* SPDX-License-Identifier: ISC */
/*
 * sys_aarch64.h: raw system calls and clone. Included by sys.h alone.
 */

static inline long airlock__syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}

/* The order of clone's arguments here: flags, stack, parent_tid (the pidfd), tls, child_tid. */
static inline long airlock__clone(unsigned long flags, void *stack_top, int *pidfd, volatile int *child_tid,
				  void (*story)(void *), void *arg)
{
	register long x8 __asm__("x8") = AIRLOCK__NR_clone;
	register long x0 __asm__("x0") = (long)flags;
	register void *x1 __asm__("x1") = stack_top;
	register int *x2 __asm__("x2") = pidfd;
	register long x3 __asm__("x3") = 0;
	register volatile int *x4 __asm__("x4") = child_tid;
	register void (*fn)(void *) __asm__("x19") = story;
	register void *fn_arg __asm__("x20") = arg;

	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"	/* the outermost frame, for debuggers */
			 "mov x30, xzr\n\t"
			 "mov x0, x20\n\t"
			 "blr x19\n\t"
			 "brk 1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(fn), "r"(fn_arg)
			 : "memory", "cc");
	return x0;
}

/* Valgrind's client request RUNNING_ON_VALGRIND; on a real processor five instructions that do nothing. */
static inline unsigned long airlock__on_valgrind(void)
{
	volatile unsigned long request[6] = { 0x1001, 0, 0, 0, 0, 0 };
	register unsigned long x3 __asm__("x3") = 0;
	register volatile unsigned long *x4 __asm__("x4") = request;

	__asm__ volatile("ror x12, x12, #3\n\t"
			 "ror x12, x12, #13\n\t"
			 "ror x12, x12, #51\n\t"
			 "ror x12, x12, #61\n\t"
			 "orr x10, x10, x10"
			 : "+r"(x3)
			 : "r"(x4)
			 : "cc", "memory");
	return x3;
}
