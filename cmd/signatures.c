/* SPDX-License-Identifier: ISC */
/*
 * signatures.c: see signatures.h. What the system's headers may lack stands here as a number, from the kernel's.
 */
#define _GNU_SOURCE
#include "signatures.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "names.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Calls */

/* Text itself and no pointers to it, here and below: each would be written by the loader at each start */
static const struct {
	char call[20], args[8];
} signatures[] = {
	{ "accept", "fpp" },
	{ "accept4", "fppT" },
	{ "access", "sW" },
	{ "alarm", "u" },
	{ "arch_prctl", "xx" },
	{ "bind", "fai" },
	{ "bpf", "ipu" },
	{ "brk", "p" },
	{ "capget", "pp" },
	{ "capset", "pp" },
	{ "chdir", "s" },
	{ "chmod", "sm" },
	{ "chown", "sii" },
	{ "chroot", "s" },
	{ "clock_getres", "Kp" },
	{ "clock_gettime", "Kp" },
	{ "clock_nanosleep", "Kipp" },
	{ "clock_settime", "Kp" },
#if defined(__x86_64__)
	{ "clone", "Gpppx" },
#else
	{ "clone", "Gppxp" },
#endif
	{ "clone3", "pz" },
	{ "close", "f" },
	{ "close_range", "uux" },
	{ "connect", "fai" },
	{ "copy_file_range", "fpfpzx" },
	{ "creat", "sm" },
	{ "dup", "f" },
	{ "dup2", "ff" },
	{ "dup3", "ffo" },
	{ "epoll_create", "i" },
	{ "epoll_create1", "o" },
	{ "epoll_ctl", "fefp" },
	{ "epoll_pwait", "fpiip" },
	{ "epoll_wait", "fpii" },
	{ "eventfd2", "uo" },
	{ "execve", "spp" },
	{ "execveat", "dsppA" },
	{ "exit", "i" },
	{ "exit_group", "i" },
	{ "faccessat", "dsW" },
	{ "faccessat2", "dsWA" },
	{ "fadvise64", "flli" },
	{ "fallocate", "fxll" },
	{ "fanotify_init", "xx" },
	{ "fchdir", "f" },
	{ "fchmod", "fm" },
	{ "fchmodat", "dsm" },
	{ "fchmodat2", "dsmA" },
	{ "fchown", "fii" },
	{ "fchownat", "dsiiA" },
	{ "fcntl", "fCx" },
	{ "fdatasync", "f" },
	{ "flock", "fx" },
	{ "fork", "" },
	{ "fstat", "fp" },
	{ "fstatfs", "fp" },
	{ "fsync", "f" },
	{ "ftruncate", "fl" },
	{ "futex", "pJupxu" },
	{ "getcwd", "pz" },
	{ "getdents64", "fpu" },
	{ "getegid", "" },
	{ "geteuid", "" },
	{ "getgid", "" },
	{ "getgroups", "ip" },
	{ "getitimer", "ip" },
	{ "getpeername", "fpp" },
	{ "getpgid", "i" },
	{ "getpgrp", "" },
	{ "getpid", "" },
	{ "getppid", "" },
	{ "getpriority", "ii" },
	{ "getrandom", "pzZ" },
	{ "getresgid", "ppp" },
	{ "getresuid", "ppp" },
	{ "getrlimit", "Ep" },
	{ "getrusage", "ip" },
	{ "getsid", "i" },
	{ "getsockname", "fpp" },
	{ "getsockopt", "fLipp" },
	{ "gettid", "" },
	{ "gettimeofday", "pp" },
	{ "getuid", "" },
	{ "getxattr", "sspz" },
	{ "inotify_add_watch", "fsx" },
	{ "inotify_init1", "o" },
	{ "io_uring_enter", "fuuxpz" },
	{ "io_uring_register", "fupu" },
	{ "io_uring_setup", "up" },
	{ "ioctl", "fIx" },
	{ "keyctl", "ixxxx" },
	{ "kill", "iS" },
	{ "lchown", "sii" },
	{ "lgetxattr", "sspz" },
	{ "link", "ss" },
	{ "linkat", "dsdsA" },
	{ "listen", "fi" },
	{ "lseek", "flH" },
	{ "lstat", "sp" },
	{ "madvise", "pzQ" },
	{ "membarrier", "xxi" },
	{ "memfd_create", "sg" },
	{ "mincore", "pzp" },
	{ "mkdir", "sm" },
	{ "mkdirat", "dsm" },
	{ "mknod", "smx" },
	{ "mknodat", "dsmx" },
	{ "mlock", "pz" },
	{ "mlockall", "x" },
	{ "mmap", "pzPMfx" },
	{ "mount", "sssxp" },
	{ "mprotect", "pzP" },
	{ "mq_open", "sOmp" },
	{ "mremap", "pzzxp" },
	{ "msync", "pzx" },
	{ "munmap", "pz" },
	{ "name_to_handle_at", "dsppA" },
	{ "nanosleep", "pp" },
	{ "newfstatat", "dspA" },
	{ "open", "sOm" },
	{ "openat", "dsOm" },
	{ "openat2", "dspz" },
	{ "pause", "" },
	{ "perf_event_open", "piifx" },
	{ "personality", "x" },
	{ "pidfd_getfd", "ffx" },
	{ "pidfd_open", "ix" },
	{ "pidfd_send_signal", "fSpx" },
	{ "pipe", "p" },
	{ "pipe2", "po" },
	{ "pivot_root", "ss" },
	{ "pkey_mprotect", "pzPi" },
	{ "poll", "pui" },
	{ "ppoll", "puppz" },
	{ "prctl", "Rxxxx" },
	{ "pread64", "fpzl" },
	{ "preadv", "fpull" },
	{ "prlimit64", "iEpp" },
	{ "process_vm_readv", "ipzpzx" },
	{ "process_vm_writev", "ipzpzx" },
	{ "pselect6", "ippppp" },
	{ "ptrace", "xixx" },
	{ "pwrite64", "fpzl" },
	{ "pwritev", "fpull" },
	{ "read", "fpz" },
	{ "readlink", "spi" },
	{ "readlinkat", "dspi" },
	{ "readv", "fpi" },
	{ "recvfrom", "fpzBpp" },
	{ "recvmmsg", "fpuBp" },
	{ "recvmsg", "fpB" },
	{ "rename", "ss" },
	{ "renameat", "dsds" },
	{ "renameat2", "dsdsD" },
	{ "rmdir", "s" },
	{ "rseq", "puxx" },
	{ "rt_sigaction", "Sppz" },
	{ "rt_sigprocmask", "Yppz" },
	{ "rt_sigqueueinfo", "iSp" },
	{ "rt_sigsuspend", "pz" },
	{ "rt_tgsigqueueinfo", "iiSp" },
	{ "sched_getaffinity", "iup" },
	{ "sched_setaffinity", "iup" },
	{ "sched_setattr", "ipx" },
	{ "sched_setparam", "ip" },
	{ "sched_setscheduler", "iVp" },
	{ "sched_yield", "" },
	{ "seccomp", "xxp" },
	{ "select", "ipppp" },
	{ "sendfile", "ffpz" },
	{ "sendmmsg", "fpuB" },
	{ "sendmsg", "fpB" },
	{ "sendto", "fpzBai" },
	{ "set_robust_list", "pz" },
	{ "set_tid_address", "p" },
	{ "setgid", "i" },
	{ "setgroups", "ip" },
	{ "setitimer", "ipp" },
	{ "setns", "fN" },
	{ "setpgid", "ii" },
	{ "setpriority", "iii" },
	{ "setregid", "ii" },
	{ "setresgid", "iii" },
	{ "setresuid", "iii" },
	{ "setreuid", "ii" },
	{ "setrlimit", "Ep" },
	{ "setsid", "" },
	{ "setsockopt", "fLipu" },
	{ "setuid", "i" },
	{ "setxattr", "sspzx" },
	{ "shmat", "ipx" },
	{ "shmctl", "iip" },
	{ "shmget", "xzx" },
	{ "shutdown", "fi" },
	{ "sigaltstack", "pp" },
	{ "signalfd4", "fpzo" },
	{ "socket", "FTi" },
	{ "socketpair", "FTip" },
	{ "splice", "fpfpzx" },
	{ "stat", "sp" },
	{ "statfs", "sp" },
	{ "statx", "dsAxp" },
	{ "symlink", "ss" },
	{ "symlinkat", "sds" },
	{ "sysinfo", "p" },
	{ "tgkill", "iiS" },
	{ "time", "p" },
	{ "timer_create", "Kpp" },
	{ "timerfd_create", "Ko" },
	{ "times", "p" },
	{ "tkill", "iS" },
	{ "truncate", "sl" },
	{ "umask", "m" },
	{ "umount2", "sx" },
	{ "uname", "p" },
	{ "unlink", "s" },
	{ "unlinkat", "dsU" },
	{ "unshare", "N" },
	{ "userfaultfd", "o" },
	{ "utimensat", "dspA" },
	{ "vfork", "" },
	{ "wait4", "ipXp" },
	{ "waitid", "iipXp" },
	{ "write", "fpz" },
	{ "writev", "fpi" },
};

const char *call_signature(const char *call)
{
	size_t low = 0, high = COUNT(signatures);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int r = strcmp(call, signatures[mid].call);

		if (r == 0)
			return signatures[mid].args;
		if (r > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool kind_is_narrow(char kind)
{
	return !strchr("slzpaxG", kind);
}

/* Names */

struct value {
	char name[32];
	uint64_t value;
};
#define V(name) \
	{ \
#name, (uint64_t)(name) \
	}
#define N(name, value) \
	{ \
#name, value \
	}

static const struct value at_flags[] = {
	V(AT_SYMLINK_NOFOLLOW),
	N(AT_EACCESS, 0x200),
	V(AT_SYMLINK_FOLLOW),
	V(AT_NO_AUTOMOUNT),
	V(AT_EMPTY_PATH),
	N(AT_STATX_FORCE_SYNC, 0x2000),
	N(AT_STATX_DONT_SYNC, 0x4000),
	N(AT_RECURSIVE, 0x8000),
};
static const struct value unlink_flags[] = { V(AT_REMOVEDIR) };
static const struct value message_flags[] = {
	V(MSG_OOB),	   V(MSG_PEEK),
	V(MSG_DONTROUTE),  V(MSG_CTRUNC),
	V(MSG_TRUNC),	   V(MSG_DONTWAIT),
	V(MSG_EOR),	   V(MSG_WAITALL),
	V(MSG_CONFIRM),	   V(MSG_ERRQUEUE),
	V(MSG_NOSIGNAL),   V(MSG_MORE),
	V(MSG_WAITFORONE), N(MSG_ZEROCOPY, 0x4000000),
	V(MSG_FASTOPEN),   V(MSG_CMSG_CLOEXEC),
};
static const struct value fcntl_commands[] = {
	V(F_DUPFD),	     V(F_GETFD),	 V(F_SETFD),	  V(F_GETFL),	   V(F_SETFL),
	V(F_GETLK),	     V(F_SETLK),	 V(F_SETLKW),	  V(F_SETOWN),	   V(F_GETOWN),
	V(F_SETSIG),	     V(F_GETSIG),	 V(F_SETOWN_EX),  V(F_GETOWN_EX),  V(F_OFD_GETLK),
	V(F_OFD_SETLK),	     V(F_OFD_SETLKW),	 V(F_SETLEASE),	  V(F_GETLEASE),   V(F_NOTIFY),
	N(F_CANCELLK, 1029), V(F_DUPFD_CLOEXEC), V(F_SETPIPE_SZ), V(F_GETPIPE_SZ), V(F_ADD_SEALS),
	V(F_GET_SEALS),
};
static const struct value rename_flags[] = {
	N(RENAME_NOREPLACE, 1),
	N(RENAME_EXCHANGE, 2),
	N(RENAME_WHITEOUT, 4),
};
static const struct value resources[] = {
	V(RLIMIT_CPU),	    V(RLIMIT_FSIZE), V(RLIMIT_DATA),   V(RLIMIT_STACK),
	V(RLIMIT_CORE),	    V(RLIMIT_RSS),   V(RLIMIT_NPROC),  V(RLIMIT_NOFILE),
	V(RLIMIT_MEMLOCK),  V(RLIMIT_AS),    V(RLIMIT_LOCKS),  V(RLIMIT_SIGPENDING),
	V(RLIMIT_MSGQUEUE), V(RLIMIT_NICE),  V(RLIMIT_RTPRIO), V(RLIMIT_RTTIME),
};
static const struct value clone_flags[] = {
	V(CLONE_VM),
	V(CLONE_FS),
	V(CLONE_FILES),
	V(CLONE_SIGHAND),
	N(CLONE_PIDFD, 0x1000),
	V(CLONE_PTRACE),
	V(CLONE_VFORK),
	V(CLONE_PARENT),
	V(CLONE_THREAD),
	V(CLONE_NEWNS),
	V(CLONE_SYSVSEM),
	V(CLONE_SETTLS),
	V(CLONE_PARENT_SETTID),
	V(CLONE_CHILD_CLEARTID),
	V(CLONE_UNTRACED),
	V(CLONE_CHILD_SETTID),
	N(CLONE_NEWCGROUP, 0x2000000),
	V(CLONE_NEWUTS),
	V(CLONE_NEWIPC),
	V(CLONE_NEWUSER),
	V(CLONE_NEWPID),
	V(CLONE_NEWNET),
	V(CLONE_IO),
	V(SIGCHLD),
};
static const struct value namespaces[] = {
	V(CLONE_FS),
	V(CLONE_FILES),
	V(CLONE_SYSVSEM),
	V(CLONE_NEWNS),
	V(CLONE_NEWUTS),
	V(CLONE_NEWIPC),
	N(CLONE_NEWCGROUP, 0x2000000),
	V(CLONE_NEWUSER),
	V(CLONE_NEWPID),
	V(CLONE_NEWNET),
	N(CLONE_NEWTIME, 0x80),
};
static const struct value whences[] = { V(SEEK_SET), V(SEEK_CUR), V(SEEK_END), V(SEEK_DATA),
					V(SEEK_HOLE) };
static const struct value futex_operations[] = {
	N(FUTEX_WAIT, 0),
	N(FUTEX_WAKE, 1),
	N(FUTEX_FD, 2),
	N(FUTEX_REQUEUE, 3),
	N(FUTEX_CMP_REQUEUE, 4),
	N(FUTEX_WAKE_OP, 5),
	N(FUTEX_LOCK_PI, 6),
	N(FUTEX_UNLOCK_PI, 7),
	N(FUTEX_TRYLOCK_PI, 8),
	N(FUTEX_WAIT_BITSET, 9),
	N(FUTEX_WAKE_BITSET, 10),
	N(FUTEX_PRIVATE_FLAG, 128),
	N(FUTEX_CLOCK_REALTIME, 256),
};
static const struct value clocks[] = {
	V(CLOCK_REALTIME),	    V(CLOCK_MONOTONIC),	    V(CLOCK_PROCESS_CPUTIME_ID),
	V(CLOCK_THREAD_CPUTIME_ID), V(CLOCK_MONOTONIC_RAW), V(CLOCK_REALTIME_COARSE),
	V(CLOCK_MONOTONIC_COARSE),  V(CLOCK_BOOTTIME),	    V(CLOCK_REALTIME_ALARM),
	V(CLOCK_BOOTTIME_ALARM),    N(CLOCK_TAI, 11),
};
static const struct value levels[] = {
	V(SOL_SOCKET), N(IPPROTO_IP, 0), N(IPPROTO_TCP, 6), N(IPPROTO_UDP, 17), N(IPPROTO_IPV6, 41),
};
static const struct value map_flags[] = {
	V(MAP_SHARED),	  V(MAP_PRIVATE),    N(MAP_SHARED_VALIDATE, 3),
	V(MAP_FIXED),	  V(MAP_ANONYMOUS),  V(MAP_GROWSDOWN),
	V(MAP_DENYWRITE), V(MAP_EXECUTABLE), V(MAP_LOCKED),
	V(MAP_NORESERVE), V(MAP_POPULATE),   V(MAP_NONBLOCK),
	V(MAP_STACK),	  V(MAP_HUGETLB),    N(MAP_FIXED_NOREPLACE, 0x100000),
};
/* O_SYNC and O_TMPFILE hold a bit of another: they come first */
static const struct value open_flags[] = {
	V(O_RDONLY),
	V(O_WRONLY),
	V(O_RDWR),
	V(O_CREAT),
	V(O_EXCL),
	V(O_NOCTTY),
	V(O_TRUNC),
	V(O_APPEND),
	V(O_NONBLOCK),
	V(O_SYNC),
	V(O_DSYNC),
	V(O_ASYNC),
	V(O_DIRECT),
	V(O_TMPFILE),
	V(O_DIRECTORY),
	V(O_NOFOLLOW),
	V(O_NOATIME),
	V(O_CLOEXEC),
	V(O_PATH),
#if defined(__aarch64__)
	N(O_LARGEFILE, 0400000),
#else
	N(O_LARGEFILE, 0100000),
#endif
};
static const struct value some_open_flags[] = { V(O_NONBLOCK), V(O_CLOEXEC), V(O_DIRECT) };
static const struct value protections[] = {
	V(PROT_NONE), V(PROT_READ), V(PROT_WRITE), V(PROT_EXEC), V(PROT_GROWSDOWN), V(PROT_GROWSUP),
};
static const struct value advices[] = {
	V(MADV_NORMAL),
	V(MADV_RANDOM),
	V(MADV_SEQUENTIAL),
	V(MADV_WILLNEED),
	V(MADV_DONTNEED),
	N(MADV_FREE, 8),
	V(MADV_REMOVE),
	V(MADV_DONTFORK),
	V(MADV_DOFORK),
	V(MADV_MERGEABLE),
	V(MADV_UNMERGEABLE),
	V(MADV_HUGEPAGE),
	V(MADV_NOHUGEPAGE),
	V(MADV_DONTDUMP),
	V(MADV_DODUMP),
	N(MADV_WIPEONFORK, 18),
	N(MADV_KEEPONFORK, 19),
	N(MADV_COLD, 20),
	N(MADV_PAGEOUT, 21),
	N(MADV_GUARD_INSTALL, 102),
	N(MADV_GUARD_REMOVE, 103),
};
static const struct value prctl_options[] = {
	V(PR_SET_PDEATHSIG),
	V(PR_GET_PDEATHSIG),
	V(PR_GET_DUMPABLE),
	V(PR_SET_DUMPABLE),
	V(PR_GET_KEEPCAPS),
	V(PR_SET_KEEPCAPS),
	V(PR_SET_NAME),
	V(PR_GET_NAME),
	V(PR_GET_SECCOMP),
	V(PR_SET_SECCOMP),
	V(PR_CAPBSET_READ),
	V(PR_CAPBSET_DROP),
	V(PR_GET_SECUREBITS),
	V(PR_SET_SECUREBITS),
	V(PR_SET_TIMERSLACK),
	V(PR_GET_TIMERSLACK),
	V(PR_SET_MM),
	V(PR_SET_PTRACER),
	V(PR_SET_CHILD_SUBREAPER),
	V(PR_SET_NO_NEW_PRIVS),
	V(PR_GET_NO_NEW_PRIVS),
	V(PR_SET_THP_DISABLE),
	V(PR_GET_THP_DISABLE),
	V(PR_CAP_AMBIENT),
	N(PR_SET_SPECULATION_CTRL, 53),
	N(PR_SET_MDWE, 65),
	N(PR_SET_VMA, 0x53564d41),
};
static const struct value signals[] = {
	V(SIGHUP),    V(SIGINT),  V(SIGQUIT),  V(SIGILL),  V(SIGTRAP), V(SIGABRT),
	V(SIGBUS),    V(SIGFPE),  V(SIGKILL),  V(SIGUSR1), V(SIGSEGV), V(SIGUSR2),
	V(SIGPIPE),   V(SIGALRM), V(SIGTERM),  V(SIGCHLD), V(SIGCONT), V(SIGSTOP),
	V(SIGTSTP),   V(SIGTTIN), V(SIGTTOU),  V(SIGURG),  V(SIGXCPU), V(SIGXFSZ),
	V(SIGVTALRM), V(SIGPROF), V(SIGWINCH), V(SIGIO),   V(SIGPWR),  V(SIGSYS),
};
static const struct value socket_types[] = {
	V(SOCK_STREAM), V(SOCK_DGRAM),	V(SOCK_RAW),	 V(SOCK_RDM),	   V(SOCK_SEQPACKET),
	V(SOCK_DCCP),	V(SOCK_PACKET), V(SOCK_CLOEXEC), V(SOCK_NONBLOCK),
};
static const struct value policies[] = {
	V(SCHED_OTHER), V(SCHED_FIFO), V(SCHED_RR),
	V(SCHED_BATCH), V(SCHED_IDLE), N(SCHED_RESET_ON_FORK, 0x40000000),
};
static const struct value access_modes[] = { V(F_OK), V(R_OK), V(W_OK), V(X_OK) };
static const struct value wait_options[] = { V(WNOHANG),
					     V(WUNTRACED),
					     V(WCONTINUED),
					     V(WEXITED),
					     V(WNOWAIT),
					     N(__WNOTHREAD, 0x20000000),
					     N(__WALL, 0x40000000),
					     N(__WCLONE, 0x80000000) };
static const struct value mask_ways[] = { V(SIG_BLOCK), V(SIG_UNBLOCK), V(SIG_SETMASK) };
static const struct value random_flags[] = { N(GRND_NONBLOCK, 1), N(GRND_RANDOM, 2),
					     N(GRND_INSECURE, 4) };
static const struct value epoll_operations[] = { V(EPOLL_CTL_ADD), V(EPOLL_CTL_DEL),
						 V(EPOLL_CTL_MOD) };
static const struct value memfd_flags[] = { N(MFD_CLOEXEC, 1), N(MFD_ALLOW_SEALING, 2),
					    N(MFD_HUGETLB, 4), N(MFD_NOEXEC_SEAL, 8),
					    N(MFD_EXEC, 16) };

/* `choice`: those bits are one of several values, and not each a flag. */
#define ALL_BITS UINT64_MAX
static const struct {
	char kind;
	uint64_t choice;
	const struct value *values;
	size_t n;
} tables[] = {
#define TABLE(kind, choice, values) \
	{ \
		kind, choice, values, COUNT(values) \
	}
	TABLE('A', 0, at_flags),
	TABLE('B', 0, message_flags),
	TABLE('C', ALL_BITS, fcntl_commands),
	TABLE('D', 0, rename_flags),
	TABLE('E', ALL_BITS, resources),
	TABLE('G', 0xff, clone_flags),
	TABLE('H', ALL_BITS, whences),
	TABLE('J', 0x7f, futex_operations),
	TABLE('K', ALL_BITS, clocks),
	TABLE('L', ALL_BITS, levels),
	TABLE('M', 0xf, map_flags),
	TABLE('N', 0, namespaces),
	TABLE('O', O_ACCMODE, open_flags),
	TABLE('P', 0, protections),
	TABLE('Q', ALL_BITS, advices),
	TABLE('R', ALL_BITS, prctl_options),
	TABLE('S', ALL_BITS, signals),
	TABLE('T', 0xf, socket_types),
	TABLE('U', 0, unlink_flags),
	TABLE('V', 0xff, policies),
	TABLE('W', 0, access_modes),
	TABLE('X', 0, wait_options),
	TABLE('Y', ALL_BITS, mask_ways),
	TABLE('Z', 0, random_flags),
	TABLE('e', ALL_BITS, epoll_operations),
	TABLE('g', 0, memfd_flags),
	TABLE('o', 0, some_open_flags),
#undef TABLE
};

/* Those of ioctl(2) are many, and the profiles' constants have them: the beginnings of their names. */
static const char *ioctl_name(uint64_t value)
{
	static const char *const begin[] = { "TC", "TIOC", "FIO", "SIOC", "BLK", "FS_IOC_", "FI" };
	const struct airlock__name *names;
	size_t n;

	names = airlock__names(AIRLOCK__CONSTANTS, &n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; names[i].value == value && k < COUNT(begin); k++)
			if (!strncmp(names[i].name, begin[k], strlen(begin[k])))
				return names[i].name;
	return NULL;
}

/* "A|B": what is cut off by the buffer's end was too long to read */
static void add(char *buf, size_t size, const char *name)
{
	size_t used = strlen(buf);

	snprintf(buf + used, size - used, "%s%s", used ? "|" : "", name);
}

static void add_number(char *buf, size_t size, uint64_t value)
{
	char hex[32];

	snprintf(hex, sizeof hex, value < 10 ? "%llu" : "0x%llx", (unsigned long long)value);
	add(buf, size, hex);
}

static void add_choice(char *buf, size_t size, const struct value *values, size_t n,
		       uint64_t choice, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (!(values[i].value & ~choice) && values[i].value == value) {
			add(buf, size, values[i].name);
			return;
		}
	if (value)
		add_number(buf, size, value);
}

static void name_flags(char *buf, size_t size, const struct value *values, size_t n,
		       uint64_t choice, uint64_t value)
{
	uint64_t rest = value & ~choice;

	if (choice)
		add_choice(buf, size, values, n, choice, value & choice);
	for (size_t i = 0; i < n; i++) {
		uint64_t v = values[i].value;

		/* 0 has a name of its own (PROT_NONE, F_OK) where nothing else stands */
		if (v ? v & ~choice && (rest & v) == v : !choice && !value)
			add(buf, size, values[i].name);
		if (v & ~choice && (rest & v) == v)
			rest &= ~v;
	}
	if (rest || !*buf)
		add_number(buf, size, rest);
}

bool value_names(char kind, uint64_t value, char *buf, size_t size)
{
	const char *name = NULL;

	*buf = '\0';
	if (kind == 'F' || kind == 'I') {
		name = kind == 'F' ? airlock__value_name(AIRLOCK__FAMILIES, value)
				   : ioctl_name(value);
		if (name)
			add(buf, size, name);
		else
			add_number(buf, size, value);
		return true;
	}
	for (size_t i = 0; i < COUNT(tables); i++)
		if (tables[i].kind == kind) {
			name_flags(buf, size, tables[i].values, tables[i].n, tables[i].choice,
				   value);
			return true;
		}
	return false;
}

/* Files */

const struct file_call *file_call(const char *call)
{
	static const struct file_call calls[] = {
		{ "open", OPENS, HERE, 0, 1, 0, 0 },
		{ "openat", OPENS, 0, 1, 2, 0, 0 },
		{ "openat2", OPENS_HOW, 0, 1, 2, 0, 0 },
		{ "creat", CREATES, HERE, 0, NO_FLAGS, 0, 0 },
		{ "truncate", TRUNCATES, HERE, 0, NO_FLAGS, 0, 0 },
		{ "unlink", REMOVES, HERE, 0, NO_FLAGS, 0, 0 },
		{ "unlinkat", REMOVES, 0, 1, 2, 0, 0 },
		{ "rmdir", REMOVES, HERE, 0, NO_FLAGS, 0, 0 },
		{ "mkdir", MAKES, HERE, 0, NO_FLAGS, 0, 0 },
		{ "mkdirat", MAKES, 0, 1, NO_FLAGS, 0, 0 },
		{ "mknod", MAKES, HERE, 0, NO_FLAGS, 0, 0 },
		{ "mknodat", MAKES, 0, 1, NO_FLAGS, 0, 0 },
		{ "symlink", MAKES, HERE, 1, NO_FLAGS, 0, 0 },
		{ "symlinkat", MAKES, 1, 2, NO_FLAGS, 0, 0 },
		{ "rename", MOVES, HERE, 0, NO_FLAGS, HERE, 1 },
		{ "renameat", MOVES, 0, 1, NO_FLAGS, 2, 3 },
		{ "renameat2", MOVES, 0, 1, 4, 2, 3 },
		{ "link", MOVES, HERE, 0, NO_FLAGS, HERE, 1 },
		{ "linkat", MOVES, 0, 1, 4, 2, 3 },
		{ "execve", EXECUTES, HERE, 0, NO_FLAGS, 0, 0 },
		{ "execveat", EXECUTES, 0, 1, 4, 0, 0 },
		{ "bind", BINDS, HERE, 1, NO_FLAGS, 0, 0 },
		{ "connect", CONNECTS, HERE, 1, NO_FLAGS, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(calls); i++)
		if (!strcmp(call, calls[i].call))
			return &calls[i];
	return NULL;
}
