/* SPDX-License-Identifier: ISC */
/*
 * sys_x86_64.h: raw system calls and clone. Included by sys.h alone.
 */

static inline long airlock__syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

/* The order of clone's arguments here: flags, stack, parent_tid (the pidfd), child_tid, tls. */
static inline long airlock__clone(unsigned long flags, void *stack_top, int *pidfd, volatile int *child_tid,
				  void (*story)(void *), void *arg)
{
	register volatile int *r10 __asm__("r10") = child_tid;
	register long r8 __asm__("r8") = 0;
	register void (*fn)(void *) __asm__("r12") = story;
	register void *fn_arg __asm__("r13") = arg;
	long r;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"	/* the outermost frame, for debuggers */
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(r)
			 : "a"(AIRLOCK__NR_clone), "D"(flags), "S"(stack_top), "d"(pidfd), "r"(r10), "r"(r8),
			   "r"(fn), "r"(fn_arg)
			 : "rcx", "r11", "memory");
	return r;
}

/* Valgrind's client request RUNNING_ON_VALGRIND; on a real processor five instructions that do nothing. */
static inline unsigned long airlock__on_valgrind(void)
{
	volatile unsigned long request[6] = { 0x1001, 0, 0, 0, 0, 0 };
	unsigned long answer = 0;

	__asm__ volatile("rolq $3, %%rdi\n\t"
			 "rolq $13, %%rdi\n\t"
			 "rolq $61, %%rdi\n\t"
			 "rolq $51, %%rdi\n\t"
			 "xchgq %%rbx, %%rbx"
			 : "+d"(answer)
			 : "a"(request)
			 : "cc", "memory");
	return answer;
}
