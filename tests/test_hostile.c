/* SPDX-License-Identifier: ISC */
/*
 * test_hostile.c: what tests/helpers/hostile.c gets under each builtin profile, and under one that uses
 * every key: one spawn an attempt, since the answer may be its death. What must come of it is the
 * table `policy`; what is refused shall also have left no trace on files and processes.
 */
#define _GNU_SOURCE
#include "common.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "airlock/sandbox.h"

enum {
	/* a user that nobody else runs processes as: LimitNPROC= counts them all */
	STRANGER = 63210,
	NPROC = 16,
	TTY = 3,
	MAX_ATTEMPTS = 512,
	MAX_RUNS = 32
};

/*
 * The policy. The last row that fits attempt and run counts. Runs are PROFILE/USER; a word without a
 * slash is of any user's. Outcomes: a signal that killed it, an errno, "done", or "done:WHAT"; any of
 * those named will do. "done" needs the reason why it may.
 */
#define LISTS "strict filter squid-* network-client"
#define AS_STRICT "strict squid-rewrite squid-log squid-unlinkd"
#define AS_FILTER "filter squid-auth network-client"
#define SAME_USER \
	"a process of the same user that has no more rights: only a list of calls or a user of " \
	"its own helps"
#define NO_LIST "this profile restricts nothing"

static const struct row {
	const char *attempts, *runs, *outcomes, *why;
} policy[] = {
	{ "*", LISTS, "SIGSYS", NULL },
	{ "nothing", "*", "done", "it is no attempt" },

	/* P9, whatever the profile; other tables of calls; numbers that are none */
	{ "exec-* i386-* x32-*", "*", "SIGSYS", NULL },
	{ "number-*", "*", "ENOSYS", NULL },
	/* on x86_64 it has x32's bit */
	{ "number-minus-one", "*", "SIGSYS ENOSYS", NULL },
	{ "exec-guess-parents-maps", "*", "EACCES", NULL },
	{ "exec-guess-parents-maps", "none/nobody", "SIGSYS", NULL },
	{ "exec-clone3", "network-client", "ENOSYS", NULL },

	/* what every seal holds */
	{ "limit-*", "*", "EPERM", NULL },
	{ "core-dump", "*", "SIGSEGV", NULL },
	{ "core-dump-raised", "*", "EPERM", NULL },
	{ "fd-strays*", "*", "EBADF", NULL },
	{ "id-new-privs", "*", "EINVAL", NULL },

	/* files: Landlock's, or the list's */
	{ "read-*", LISTS, "EACCES", NULL },
	{ "read-program", LISTS, "done", "it is @program" },
	{ "read-stat", LISTS, "done", "Landlock hides no metadata; loaders need the call" },
	{ "read-inside", "filter squid-auth squid-rewrite network-client", "done",
	  "it is among @argv" },
	{ "read-openat2", LISTS, "ENOSYS", NULL },
	{ "read-by-handle*", LISTS, "SIGSYS", NULL },
	{ "write-inside write-beside-inside write-outside write-o-* write-creat*", LISTS, "EACCES",
	  NULL },
	{ "write-inside write-beside-inside", "squid-log", "done", "logs are written there" },
	{ "write-rename*", "squid-log", "EACCES", NULL },
	{ "write-creat-suid", "squid-log", "EPERM EACCES", NULL },
	{ "write-unlink", "squid-unlinkd", "EACCES", NULL },
	{ "write-mkdir", AS_FILTER, "EACCES", NULL },
	{ "uring-*", LISTS, "ENOSYS", NULL },

	/* the network */
	{ "socket-* tcp-* udp-* unix-*", AS_FILTER, "EAFNOSUPPORT", NULL },
	{ "socket-pair", "filter squid-auth", "SIGSYS", NULL },
	{ "socket-pair", "network-client", "done", "it talks to nobody else" },
	{ "socket-inet socket-inet-high-half socket-inet6", "network-client", "done",
	  "its family" },
	{ "socket-every-family", "network-client", "done:2,10,", "the two families" },
	{ "tcp-connect-* udp-send tcp-fastopen-*", "network-client", "done", "it may connect out" },
	{ "tcp-*-mptcp tcp-connect-smc", "network-client", "EAFNOSUPPORT", NULL },
	{ "tcp-bind", "network-client", "EACCES", NULL },
	{ "tcp-listen", "network-client", "SIGSYS", NULL },

	/* others, as files and by the calls that are allowed in part */
	{ "victim-proc-* parent-proc-*", LISTS, "EACCES", NULL },
	{ "victim-prlimit victim-robust-list", LISTS, "EPERM", NULL },
	{ "signal-owner", "network-client", "EINVAL", NULL },
	{ "id-ambient id-securebits", LISTS, "EINVAL", NULL },
	{ "ns-clone3-user", "network-client", "ENOSYS", NULL },
	{ "tty-*", LISTS, "ENOTTY", NULL },
	{ "code-wx* code-mprotect", LISTS, "EPERM", NULL },
	{ "memory-mmap memory-brk", LISTS, "done", "these profiles have no LimitAS=" },

	/* none: what the kernel itself refuses to one without capabilities */
	{ "read-* write-* uring-* socket-* tcp-* udp-* unix-*", "none", "done", NO_LIST },
	{ "read-by-handle", "none", "EPERM", NULL },
	{ "read-by-handle-alone", "none", "EPERM", NULL },
	{ "read-victims-root", "none/root", "EACCES", NULL },
	{ "read-etc-shadow", "none/nobody", "EACCES", NULL },
	{ "write-mknod-device write-chown", "none", "EPERM", NULL },
	{ "socket-packet", "none", "EPERM", NULL },
	{ "socket-xdp", "none", "EPERM EAFNOSUPPORT", NULL },
	{ "socket-alg socket-bluetooth socket-key socket-smc socket-vsock", "none",
	  "done EPERM EAFNOSUPPORT EPROTONOSUPPORT ESOCKTNOSUPPORT ENODEV", NO_LIST },
	{ "victim-* parent-*", "none/root", "EPERM EACCES", NULL },
	{ "victim-* parent-*", "none/nobody", "done", SAME_USER },
	{ "tcp-connect-smc", "none", "done EAFNOSUPPORT", "where the kernel has it at all" },
	{ "victim-prlimit signal-*", "none", "done", SAME_USER },
	{ "victim-setns victim-process-madvise", "none", "EPERM EACCES", NULL },
	{ "fork-bomb memory-*", "none", "done", NO_LIST },
	{ "id-*", "none", "EPERM", NULL },
	{ "id-setuid id-setresuid id-setgid id-setresgid", "none/root", "done",
	  "it was 0 before, and gains no capability" },
	{ "id-new-privs", "none", "EINVAL", NULL },
	{ "ns-unshare-* mount-*", "none", "EPERM", NULL },
	{ "ns-*-user mount-in-own-namespace", "none", "done",
	  "namespaces of its own: RestrictNamespaces= is there for those who fear for the kernel" },
	{ "mount-chroot-escape", "none", "done", "it may read the file without a chroot, too" },
	{ "ns-setns-channel", "none", "EINVAL", NULL },
	{ "kernel-*", "none", "EPERM EACCES ENOSYS", NULL },
	{ "kernel-keyctl kernel-add-key kernel-seccomp kernel-landlock kernel-modify-ldt "
	  "kernel-personality*",
	  "none", "done", "every program may" },
	{ "kernel-request-key", "none", "ENOKEY", NULL },
	{ "kernel-clock-settime", "none", "EINVAL EPERM", NULL },
	{ "kernel-quotactl", "none", "EPERM ENOENT ENOSYS ENOTBLK", NULL },
	{ "kernel-syslog kernel-perf-event kernel-userfaultfd kernel-bpf", "none",
	  "done EPERM EACCES ENOSYS", "the machine's sysctls may open these to all" },
	{ "tty-tiocsti*", "none", "EPERM EIO", NULL },
	{ "tty-tiocsti-own-session", "none", "done EPERM EIO",
	  "a terminal that it was given, in a session of its own" },
	{ "tty-tioclinux tty-tiocsti-channel", "none", "ENOTTY", NULL },
	{ "code-*", "none", "done", NO_LIST },
	{ "sched-*", "none", "EPERM EACCES", NULL },
	{ "sched-batch", "none", "done", "less, not more" },

	/* with ExecOnce=no: one that may exec gains nothing by a program with the setuid bit */
	{ "exec-*", "exec", "done", "ExecOnce=no" },
	{ "exec-setuid", "exec/nobody", "done:a second program ran as user 65534", "ExecOnce=no" },
	{ "exec-execveat-channel", "exec", "EACCES", NULL },
	{ "exec-guess-*", "exec", "EFAULT EACCES done", "ExecOnce=no" },

	/* every key at once: a user of its own, a deny list, Landlock, all Restrict*= */
	{ "*", "own", "EPERM", NULL },
	{ "nothing", "own", "done", "it is no attempt" },
	{ "exec-* i386-* x32-*", "own", "SIGSYS", NULL },
	{ "exec-guess-parents-maps", "own", "EACCES", NULL },
	{ "exec-clone3 number-*", "own", "ENOSYS", NULL },
	{ "number-minus-one", "own", "SIGSYS ENOSYS", NULL },
	{ "core-dump", "own", "SIGSEGV", NULL },
	{ "fd-strays*", "own", "EBADF", NULL },
	{ "id-new-privs", "own", "EINVAL", NULL },
	{ "read-* write-*", "own", "EACCES", NULL },
	{ "read-program read-inside", "own", "done", "ReadPath=" },
	{ "read-stat", "own", "done", "Landlock hides no metadata" },
	{ "read-openat2", "own", "ENOSYS", NULL },
	{ "read-by-handle*", "own", "EPERM EACCES", NULL },
	{ "write-creat-suid write-chmod-suid", "own", "EPERM", NULL },
	{ "write-mknod-device", "own", "EPERM EACCES", NULL },
	{ "write-chown", "own", "EPERM", NULL },
	{ "write-chmod write-utimensat write-setxattr", "own", "done",
	  "its own file: Landlock has no right for these, and the deny list does not name them" },
	{ "uring-*", "own", "ENOSYS", NULL },
	{ "socket-*", "own", "EAFNOSUPPORT", NULL },
	{ "socket-unix socket-pair socket-inet*", "own", "done", "RestrictAddressFamilies=" },
	{ "socket-inet6", "own", "EAFNOSUPPORT", NULL },
	{ "socket-every-family", "own", "done:1,2,", "RestrictAddressFamilies=" },
	{ "tcp-* unix-bind", "own", "EACCES", NULL },
	{ "tcp-connect-allowed", "own", "done", "ConnectTCP=" },
	{ "tcp-connect-mapped", "own", "EAFNOSUPPORT", NULL },
	/* Landlock does not see these: the program refuses them */
	{ "tcp-*-mptcp", "own", "EPROTONOSUPPORT", NULL },
	{ "tcp-connect-smc", "own", "EAFNOSUPPORT", NULL },
	{ "tcp-fastopen-*", "own", "EOPNOTSUPP", NULL },
	{ "tcp-listen", "own", "done",
	  "listen(2) alone binds no port of its choice: Landlock has no right for it" },
	{ "udp-send", "own", "done", "ConnectTCP= is for TCP" },
	{ "unix-path-connect", "own", "done EACCES",
	  "Landlock has no right for it before Linux 7" },
	{ "victim-proc-* parent-proc-*", "own", "EACCES", NULL },
	{ "victim-robust-list victim-process-madvise", "own", "EPERM EACCES", NULL },
	{ "signal-owner", "own", "undelivered EPERM", NULL },
	{ "fork-bomb", "own", "EAGAIN", NULL },
	{ "memory-mmap memory-brk", "own", "ENOMEM", NULL },
	{ "ns-clone3-user", "own", "ENOSYS", NULL },
	{ "kernel-seccomp kernel-landlock", "own", "done", "they only take away" },
	{ "code-memfd", "own", "done",
	  "as with systemd: two mappings of a file of its own; take memfd_create away, too" },
	{ "sched-batch", "own", "done", "less, not more" },
	{ "sched-setpriority", "own", "EACCES EPERM", NULL },

	/* ports alone: what Landlock sees, and what it does not */
	{ "tcp-connect-outside tcp-connect-mapped tcp-bind", "ports", "EACCES", NULL },
	{ "tcp-connect-allowed", "ports", "done", "ConnectTCP=" },
	{ "tcp-listen", "ports", "done", "see above" },
	{ "tcp-*-mptcp tcp-connect-smc", "ports", "EPROTONOSUPPORT", NULL },
	{ "tcp-fastopen-*", "ports", "EOPNOTSUPP", NULL },

	/* Scope= alone, against processes of the very same user: any Landlock domain stops ptrace, too */
	{ "signal-* unix-abstract-*", "scopes", "EPERM", NULL },
	{ "signal-owner", "scopes", "undelivered", NULL },
	{ "unix-path-connect", "scopes", "done", "it has a place in the file system" },
	{ "unix-bind", "scopes", "done", "Scope= is about what others made" },
	{ "victim-* parent-*", "scopes", "EPERM EACCES", NULL },
	{ "victim-prlimit victim-affinity victim-setpriority", "scopes", "done", SAME_USER },

	/* without a seal, to show that the attempts are real */
	{ "*", "unsealed", "*", "no seal" },
	{ "nothing exec-execve exec-libc exec-execveat-path exec-execveat-empty-path "
	  "exec-proc-self-exe "
	  "exec-fexecve-memfd exec-fork exec-vfork exec-clone3 exec-thread exec-setuid "
	  "exec-high-half "
	  "exec-guess-stack exec-guess-mappings",
	  "unsealed", "done", "no seal" },
	{ "read-program read-inside read-outside read-etc-hostname read-dotdot read-symlink "
	  "read-relative "
	  "read-proc-* read-o-path read-openat2 read-folder read-stat write-*",
	  "unsealed", "done", "no seal" },
	{ "write-mknod-device write-chown", "unsealed/user unsealed/nobody", "EPERM", NULL },
	{ "socket-unix socket-inet socket-inet-high-half socket-pair tcp-connect-allowed "
	  "tcp-connect-outside "
	  "tcp-bind tcp-listen udp-send unix-*",
	  "unsealed", "done", "no seal" },
	{ "victim-* parent-* signal-*", "unsealed/root", "done", "no seal" },
	{ "fork-bomb memory-mmap memory-brk", "unsealed", "done", "no seal" },
	{ "code-wx code-wx-high-half code-mprotect code-memfd code-shm kernel-personality* "
	  "sched-batch",
	  "unsealed", "done", "no seal" },
	{ "core-dump", "unsealed", "core SIGSEGV", "no seal" },
	{ "fd-strays*", "unsealed", "EBADF", NULL },
};

/* What a whole file of one user's tries cost; shared with the forked children that do them. */
static struct tally {
	char run[48];
	unsigned attempts, refused, allowed, not_tried, wrong;
} * tallies;
static char *notes;
enum { NOTES_SIZE = 1 << 16 };
static char *scratch; /* a folder; everything else is beneath it */
static char *program; /* a copy of the helper that any user can reach */
static char *names[MAX_ATTEMPTS + 1];
static bool has_i386;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t n = strlen(notes);
	va_list list;

	va_start(list, format);
	vsnprintf(notes + n, NOTES_SIZE - n, format, list);
	va_end(list);
}

/* One run: a profile, as a user */
static struct run {
	const char *profile, *user;
	uid_t uid;   /* whom the caller becomes */
	uid_t owner; /* whose the scratch files are: the helper's */
	char label[48];
	struct airlock_seal *seal;
	struct tally *tally;
	char inside[256], outside[256], data[256], own[256], suid[256];
	int tcp[2], tcp_port[2], udp, udp_port, abstract, abstract_dgram, path, ptm, pts;
	char abstract_name[64], path_name[256];
	pid_t victim;
	int victim_fd;
} run;

/* seen by the victim, at the same address in the caller, and shared between them */
static struct cell {
	volatile char byte;
	volatile int signals;
} * cell;

static void format(char *ret, size_t size, const char *text, ...)
	__attribute__((format(printf, 3, 4)));

static void format(char *ret, size_t size, const char *text, ...)
{
	va_list list;
	int n;

	va_start(list, text);
	n = vsnprintf(ret, size, text, list);
	va_end(list);
	assert_true(n >= 0 && (size_t)n < size);
}

/* Policy */

static bool word_matches(const char *words, const char *name)
{
	char word[128];

	for (; *words; words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");

		assert_true(n < sizeof word);
		memcpy(word, words, n);
		word[n] = '\0';
		words += n;
		if (fnmatch(word, name, 0) == 0)
			return true;
	}
	return false;
}

static const struct row *row_for(const char *attempt)
{
	for (size_t i = COUNT(policy); i-- > 0;)
		if (word_matches(policy[i].attempts, attempt) &&
		    (word_matches(policy[i].runs, run.profile) ||
		     word_matches(policy[i].runs, run.label)))
			return &policy[i];
	return NULL;
}

/* one of the words is the outcome; "done:WHAT" may have blanks, and stands alone */
static bool fits(const char *outcomes, const char *outcome)
{
	size_t n = strcspn(outcome, " ");
	char first[64];

	format(first, sizeof first, "%.*s", (int)n, outcome);
	if (!strncmp(outcomes, "done:", 5))
		return !strcmp(first, "done") &&
		       !strcmp(outcome + n + (outcome[n] == ' '), outcomes + 5);
	return word_matches(outcomes, first);
}

/* Scratch */

static void put_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_return_code(fchown(fd, run.owner, run.owner), errno);
	assert_return_code(fchmod(fd, mode), errno);
	close(fd);
}

/* What an attempt may have left: all is made anew after each that succeeded. */
static void make_scratch(void)
{
	char path[300];

	format(path, sizeof path, "%s/new", run.outside);
	if (unlink(path) < 0 && errno == EISDIR)
		rmdir(path);
	format(path, sizeof path, "%s.new", run.data);
	unlink(path);
	unlink(run.own);
	put_file(run.own, "own\n", 0640);
	put_file(run.data, "data\n", 0640);
}

static void make_folder(char *ret, size_t size, const char *name)
{
	format(ret, size, "%s/%s-%s/%s", scratch, run.profile, run.user, name);
	assert_return_code(mkdir(ret, 0700), errno);
	assert_return_code(chown(ret, run.owner, run.owner), errno);
}

static void make_folders(void)
{
	char path[300];

	make_folder(run.inside, sizeof run.inside, "");
	make_folder(run.inside, sizeof run.inside, "inside");
	make_folder(run.outside, sizeof run.outside, "outside");
	format(run.data, sizeof run.data, "%s/data", run.inside);
	format(run.own, sizeof run.own, "%s/own", run.outside);
	format(run.suid, sizeof run.suid, "%s/suid", scratch);
	format(path, sizeof path, "%s/link", run.inside);
	assert_return_code(symlink("../outside/secret", path), errno);
	format(path, sizeof path, "%s/secret", run.outside);
	put_file(path, "secret\n", 0640);
	make_scratch();
}

/* Any change of a file or folder moves its ctime. */
static void look(struct timespec ret[4])
{
	const char *const paths[] = { run.own, run.data, run.outside, run.inside };
	struct stat st;

	for (size_t i = 0; i < COUNT(paths); i++) {
		memset(&st, 0, sizeof st);
		stat(paths[i], &st);
		ret[i] = st.st_ctim;
	}
}

/* Those that it may try to reach */

static int listening(int family, int type, const void *address, socklen_t n)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_return_code(bind(fd, address, n), errno);
	if (type == SOCK_STREAM)
		assert_return_code(listen(fd, 64), errno);
	return fd;
}

static int on_loopback(int type, int *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int fd = listening(AF_INET, type, &at, n);

	assert_return_code(getsockname(fd, (struct sockaddr *)&at, &n), errno);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static int on_unix(int type, const char *name, bool abstract)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	format(at.sun_path + abstract, sizeof at.sun_path - abstract, "%s", name);
	return listening(AF_UNIX, type, &at,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract +
				     strlen(name) + !abstract));
}

static void open_doors(void)
{
	char dgram[80];
	const char *pts;

	run.tcp[0] = on_loopback(SOCK_STREAM, &run.tcp_port[0]);
	run.tcp[1] = on_loopback(SOCK_STREAM, &run.tcp_port[1]);
	run.udp = on_loopback(SOCK_DGRAM, &run.udp_port);
	format(run.abstract_name, sizeof run.abstract_name, "airlock-hostile-%d", getpid());
	format(dgram, sizeof dgram, "%sd", run.abstract_name);
	run.abstract = on_unix(SOCK_STREAM, run.abstract_name, true);
	run.abstract_dgram = on_unix(SOCK_DGRAM, dgram, true);
	format(run.path_name, sizeof run.path_name, "%s/socket", run.outside);
	run.path = on_unix(SOCK_STREAM, run.path_name, false);
	assert_return_code(chown(run.path_name, run.owner, run.owner), errno);
	run.ptm = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	pts = run.ptm < 0 || grantpt(run.ptm) < 0 || unlockpt(run.ptm) < 0 ? NULL
									   : ptsname(run.ptm);
	run.pts = pts ? open(pts, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (run.pts < 0)
		note("%s: tty-*: no pseudo-terminal here (%s): they try a socket instead\n",
		     run.label, strerror(errno));
}

static void count_signal(int sig)
{
	(void)sig;
	cell->signals++;
}

/* How many signals came: all that were sent by now, since it handles those before it answers. */
static int count_signals(void)
{
	char c = 0;

	put_all(run.victim_fd, &c, 1);
	if (!readable(run.victim_fd, 10000) || read(run.victim_fd, &c, 1) != 1)
		fail_msg("%s: the victim does not answer", run.label);
	return cell->signals;
}

/* A process beside the helper, as helpless as one can be. It echoes. */
static void start_victim(void)
{
	struct sigaction act = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	pid_t caller = getpid();
	int fds[2];
	char c = 0;

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), errno);
	fflush(NULL);
	run.victim = fork();
	assert_true(run.victim >= 0);
	if (run.victim == 0) {
		setpgid(0, 0);
		sigaction(SIGURG, &act, NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == caller && read(fds[0], &c, 1) == 1 && write(fds[0], &c, 1) == 1)
			;
		_exit(1);
	}
	close(fds[0]);
	run.victim_fd = fds[1];
	count_signals();
}

/* Every hard limit is finite, so that there is something above it. */
static void lower_limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		rlim_t most = i == RLIMIT_CPU	   ? 1000000000
			      : i == RLIMIT_NOFILE ? 65536
						   : (rlim_t)1 << 60;
		struct rlimit l;

		assert_return_code(getrlimit((__rlimit_resource_t)i, &l), errno);
		if (l.rlim_max > most)
			l.rlim_max = most;
		if (l.rlim_cur > l.rlim_max || i == RLIMIT_CORE)
			l.rlim_cur = l.rlim_max;
		assert_return_code(setrlimit((__rlimit_resource_t)i, &l), errno);
	}
}

/* Descriptors that a careless caller leaves open for everybody. */
static void leave_strays(void)
{
	int fd = open("/etc/hostname", O_RDONLY);

	if (fd < 0)
		fd = open("/dev/null", O_RDONLY);
	assert_true(fd >= 0);
	assert_true(dup2(fd, 900) == 900 && dup2(fd, 1024) == 1024);
}

static void become(uid_t uid)
{
	if (uid == geteuid())
		return;
	assert_return_code(setgroups(0, NULL), errno);
	assert_return_code(setresgid(uid, uid, uid), errno);
	assert_return_code(setresuid(uid, uid, uid), errno);
	/* as one who was that user from the start */
	assert_return_code(prctl(PR_SET_DUMPABLE, 1), errno);
}

/* One attempt */

/* What became of it: "done WHAT", an errno, a signal; false: it was not tried, and why. */
static bool outcome_of(const char *attempt, const char *said, int st, char *ret, size_t size)
{
	size_t n = strlen(attempt);
	const char *what =
		!strncmp(said, attempt, n) && !strncmp(said + n, ": ", 2) ? said + n + 2 : "";
	int len;

	len = (int)strcspn(what, "\n");
	if (WIFSIGNALED(st) && WCOREDUMP(st))
		format(ret, size, "core");
	else if (WIFSIGNALED(st))
		format(ret, size, "SIG%s", sigabbrev_np(WTERMSIG(st)));
	else if (!strncmp(what, "not tried: ", 11))
		format(ret, size, "%.*s", len - 11, what + 11);
	else if (!strncmp(what, "got errno ", 10))
		format(ret, size, "%.*s", len - 10, what + 10);
	else if (!strncmp(what, "got killed ", 11))
		format(ret, size, "%.*s", len - 11, what + 11);
	else if (!strncmp(what, "got done", 8))
		format(ret, size, "%.*s", len - 4, what + 4);
	else
		format(ret, size, "nothing said, status %#x", st);
	if (!strncmp(attempt, "i386-", 5) && !has_i386 && !strcmp(ret, "SIGSEGV")) {
		format(ret, size, "this kernel has no calls of i386");
		return false;
	}
	return WIFSIGNALED(st) || strncmp(what, "not tried: ", 11) != 0;
}

static char *arguments[32];

static char **arguments_of(const char *attempt)
{
	static char text[32][320];
	size_t n = 2;

	arguments[0] = program;
	arguments[1] = (char *)attempt;
#define GIVE(...) (format(text[n], sizeof *text, __VA_ARGS__), arguments[n] = text[n], n++)
	GIVE("secret=%s/secret", run.outside);
	GIVE("inside=%s", run.data);
	GIVE("dir=%s", run.outside);
	GIVE("own=%s", run.own);
	GIVE("suid=%s", run.suid);
	GIVE("victim=%d", run.victim);
	GIVE("parent=%d", getpid());
	GIVE("cell=%#lx", (unsigned long)(uintptr_t)&cell->byte);
	GIVE("allowed=%d", run.tcp_port[0]);
	GIVE("port=%d", run.tcp_port[1]);
	GIVE("udp=%d", run.udp_port);
	GIVE("abstract=%s", run.abstract_name);
	GIVE("path=%s", run.path_name);
	GIVE("tty=%d", run.pts < 0 ? 0 : TTY);
#undef GIVE
	arguments[n] = NULL;
	return arguments;
}

/* Returns what it wrote, from malloc. */
static char *spawn_attempt(const char *attempt, int *ret_status)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, arguments_of(attempt));
	struct airlock_fd tty = { run.pts, TTY };
	struct airlock_helper h;
	char *said;

	o.flags |= AIRLOCK_NEW_SESSION;
	o.seal = run.seal;
	o.cwd = run.outside;
	o.fds = &tty;
	o.nfds = run.pts >= 0;
	h = must_spawn(&o);
	/* the spawn is over, and with it the caller's guard: what waits for that may go on */
	if (strstr(attempt, "parent"))
		put_all(h.wfd, "x", 1);
	said = read_all(&h, AIRLOCK_UNIX_STREAM, NULL);
	if (airlock_stop(&h, 5000, ret_status) < 0)
		fail_msg("%s: %s: it does not end", run.label, attempt);
	return said;
}

static void empty_doors(void)
{
	char buf[64];

	while (recv(run.abstract_dgram, buf, sizeof buf, MSG_DONTWAIT) >= 0)
		;
}

static void judge(const char *attempt, const struct row *row)
{
	bool done, touched, owner = !strcmp(attempt, "signal-owner");
	struct timespec before[4], after[4];
	int signals = count_signals(), signalled, st = 0;
	char outcome[256], *said;

	cell->byte = 'c';
	look(before);
	run.tally->attempts++;
	said = spawn_attempt(attempt, &st);
	if (!outcome_of(attempt, said, st, outcome, sizeof outcome)) {
		run.tally->not_tried++;
		note("%s: %s: not tried: %s\n", run.label, attempt, outcome);
		free(said);
		return;
	}
	free(said);
	done = !strncmp(outcome, "done", 4) || !strcmp(outcome, "core");
	signalled = count_signals() - signals;
	if (owner && done && !signalled) {
		strcpy(outcome, "undelivered");
		done = false;
	}
	look(after);
	touched = memcmp(before, after, sizeof before) || cell->byte != 'c' ||
		  cell->signals != signals;
	if (fits(row->outcomes, outcome) && (done ? row->why != NULL : !touched)) {
		run.tally->allowed += done;
		run.tally->refused += !done;
	} else {
		print_message("%s: %s: got %s%s, wanted %s\n", run.label, attempt, outcome,
			      !done && touched ? ", and left traces" : "", row->outcomes);
		run.tally->wrong++;
	}
	if (touched)
		make_scratch();
	empty_doors();
}

/* Runs */

static struct tally *new_tally(void)
{
	for (size_t i = 0; i < MAX_RUNS; i++)
		if (!*tallies[i].run) {
			format(tallies[i].run, sizeof tallies[i].run, "%s", run.label);
			return &tallies[i];
		}
	fail_msg("more runs than lines");
	return NULL;
}

/* The profile with every key; what it is for is in the policy. */
static void own_profile(char *ret, size_t size)
{
	format(ret, size,
	       "User=%d\nGroup=%d\nSupplementaryGroups=\nCapabilityBoundingSet="
	       "\nAmbientCapabilities=\n"
	       "SystemCallFilter=~@mount @reboot @module @swap @clock @debug @raw-io @keyring bpf "
	       "perf_event_open userfaultfd quotactl acct sethostname setdomainname syslog "
	       "modify_ldt "
	       "setpriority ioprio_set mlockall setns unshare kcmp chroot pivot_root\n"
	       "SystemCallErrorNumber=EPERM\n"
	       "SystemCallRule=ioctl: arg1 != TIOCSTI && arg1 != TIOCLINUX; return EPERM\n"
	       "RestrictAddressFamilies=AF_UNIX "
	       "AF_INET\nRestrictNamespaces=yes\nRestrictRealtime=yes\n"
	       "RestrictSUIDSGID=yes\nLockPersonality=yes\nMemoryDenyWriteExecute=yes\n"
	       "NoNewPrivileges=yes\nExecOnce=yes\nUMask=0077\nNice=1\n"
	       "LimitCPU=60\nLimitFSIZE=64M\nLimitDATA=512M\nLimitSTACK=8M\nLimitCORE=0\nLimitRSS="
	       "512M\n"
	       "LimitNOFILE=64\nLimitAS=512M\nLimitNPROC=%d\nLimitMEMLOCK=64K\nLimitLOCKS=16\n"
	       "LimitSIGPENDING=64\nLimitMSGQUEUE=0\nLimitNICE=0\nLimitRTPRIO=0\nLimitRTTIME=1s\n"
	       "ReadPath=@program @argv\nExecPath=@program\nWritePath=-/nonexistent/folder\n"
	       "BindTCP=none\nConnectTCP=%d\nScope=abstract-unix-socket signal\n",
	       STRANGER, STRANGER, NPROC, run.tcp_port[0]);
}

/* The text of a profile of the tests' own; false: it is a builtin. */
static bool text_of_profile(char *ret, size_t size)
{
	if (!strcmp(run.profile, "own"))
		own_profile(ret, size);
	else if (!strcmp(run.profile, "exec"))
		format(ret, size, "ExecOnce=no\n");
	else if (!strcmp(run.profile, "ports"))
		format(ret, size, "BindTCP=none\nConnectTCP=%d\n", run.tcp_port[0]);
	else if (!strcmp(run.profile, "scopes"))
		format(ret, size, "Scope=abstract-unix-socket signal\n");
	else
		return false;
	return true;
}

/* What best effort costs here; or why there is no seal. */
static void tell_losses(const struct airlock_report *report, int failed)
{
	if (failed && under_valgrind())
		return;
	for (size_t i = 0; i < airlock_report_count(report); i++)
		if (airlock_report_state(report, i) == AIRLOCK_LOST)
			note("%s: %s is lost: %s\n", run.label, airlock_report_name(report, i),
			     airlock_report_reason(report, i));
}

static void make_seal(void)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e = { .source = "" };
	struct airlock_report *report = NULL;
	char text[4096];
	int r;

	assert_non_null(p);
	if (text_of_profile(text, sizeof text))
		r = airlock_profile_parse(p, text, strlen(text), &e);
	else
		r = airlock_profile_builtin(p, run.profile, &e);
	if (r < 0)
		fail_msg("%s: %s:%u:%u: %s", run.label, e.source, e.line, e.column, e.message);
	assert_int_equal(airlock_profile_command(p, program, ARGV(program, run.data)), 0);
	r = airlock_seal_new(p, &run.seal, &report);
	tell_losses(report, r);
	airlock_report_free(report);
	airlock_profile_free(p);
	if (UNDER_TSAN && strcmp(run.profile, "exec") != 0)
		SKIP("%s: ThreadSanitizer takes no mapping at an address of one's choice",
		     run.label);
	if (r == -EOPNOTSUPP)
		SKIP("%s: %s", run.label,
		     under_valgrind() ? "valgrind has no seccomp and no Landlock"
				      : "this kernel cannot enforce it, see the end");
	if (r < 0)
		fail_msg("%s: no seal: %s", run.label, strerror(-r));
}

static void do_run(void *arg)
{
	const char *only = arg;
	const struct row *row;
	int step = scaled(100) < 100 ? 16 : 1;

	make_folders();
	become(run.uid);
	lower_limits();
	leave_strays();
	open_doors();
	start_victim();
	if (strcmp(run.profile, "unsealed"))
		make_seal();
	run.tally = new_tally();
	/* with a divisor, for checkers that are slow, a part of them */
	for (size_t i = 0; names[i]; i += (size_t)step)
		if (word_matches(only, names[i]) && (row = row_for(names[i])))
			judge(names[i], row);
	if (step > 1)
		note("%s: one attempt of %d, as AIRLOCK_TEST_DIVISOR says\n", run.label, step);
	airlock_seal_free(run.seal);
	kill(run.victim, SIGKILL);
	assert_int_equal(waitpid(run.victim, NULL, 0), run.victim);
	if (run.tally->wrong)
		fail_msg("%s: %u of %u attempts did not go as the policy says", run.label,
			 run.tally->wrong, run.tally->attempts);
}

static const char *my_name(void)
{
	return geteuid() == 0 ? "root" : "user";
}

static void try_all(const char *profile, const char *user, uid_t uid, uid_t owner, const char *only)
{
	run = (struct run){ .profile = profile, .user = user, .uid = uid, .owner = owner };
	format(run.label, sizeof run.label, "%s/%s", profile, user);
	in_child(do_run, (char *)only);
}

static void try_builtin(const char *profile)
{
	/* who is no root is whom "nobody" stands for */
	try_all(profile, geteuid() ? "nobody" : "root", geteuid(), geteuid(), "*");
}

static void try_as_nobody(const char *profile, const char *only)
{
	try_all(profile, "nobody", NOBODY, NOBODY, only);
}

static void need_root_for(const char *what)
{
	if (geteuid() != 0)
		SKIP("%s needs root", what);
}

/* Tests: each profile, as who runs this, and as nobody */

#define EACH_BUILTIN(each) \
	each(strict, "strict") each(filter, "filter") each(squid_auth, "squid-auth") \
		each(squid_rewrite, "squid-rewrite") each(squid_log, "squid-log") \
			each(squid_unlinkd, "squid-unlinkd") \
				each(network_client, "network-client") each(none, "none")

#define DEFINE_TESTS(name, profile) \
	static void p1_p3_p9_##name##_refuses_what_the_policy_says(void **state) \
	{ \
		(void)state; \
		try_builtin(profile); \
	} \
	static void p1_p3_p9_##name##_does_so_for_nobody(void **state) \
	{ \
		(void)state; \
		need_root_for("to become nobody"); \
		try_as_nobody(profile, "*"); \
	}

EACH_BUILTIN(DEFINE_TESTS)

static void p1_p3_p9_every_key_at_once_refuses_what_the_policy_says(void **state)
{
	(void)state;
	need_root_for("a user of its own");
	try_all("own", "root", 0, STRANGER, "*");
}

static void a_setuid_program_gains_nothing_where_exec_is_allowed(void **state)
{
	(void)state;
	need_root_for("a program of root's");
	try_as_nobody("exec", "exec-*");
}

static void ports_are_kept_as_far_as_landlock_sees(void **state)
{
	(void)state;
	try_all("ports", my_name(), geteuid(), geteuid(), "tcp-*");
}

static void scopes_keep_signals_and_sockets_from_the_same_user(void **state)
{
	(void)state;
	try_all("scopes", "nobody", geteuid() ? geteuid() : NOBODY, geteuid() ? geteuid() : NOBODY,
		"signal-* unix-* victim-* parent-*");
}

static void without_a_seal_the_attempts_succeed(void **state)
{
	(void)state;
	try_all("unsealed", my_name(), geteuid(), geteuid(), "*");
}

/* Every attempt has a row for every builtin; no row is about nothing. */
static void the_policy_is_about_all_attempts_and_no_others(void **state)
{
	const char *builtin;

	(void)state;
	for (size_t b = 0; (builtin = airlock_profile_builtin_name(b)); b++)
		for (size_t i = 0; names[i]; i++) {
			run.profile = builtin;
			format(run.label, sizeof run.label, "%s/%s", builtin, "root");
			if (!row_for(names[i]))
				fail_msg("%s: %s: no row", builtin, names[i]);
		}
	for (size_t r = 0; r < COUNT(policy); r++) {
		const char *words = policy[r].attempts;

		for (; *words; words += strspn(words, " ")) {
			size_t n = strcspn(words, " "), i = 0;
			char word[64];

			format(word, sizeof word, "%.*s", (int)n, words);
			words += n;
			while (names[i] && fnmatch(word, names[i], 0) != 0)
				i++;
			if (!names[i])
				fail_msg("row %zu: %s is no attempt", r, word);
		}
	}
}

/* Before and after all */

static void copy_program(const char *to, mode_t mode)
{
	char buf[65536];
	int from = open(helper_program("hostile"), O_RDONLY | O_CLOEXEC);
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t n;

	assert_true(from >= 0 && fd >= 0);
	while ((n = read(from, buf, sizeof buf)) > 0)
		assert_int_equal(write(fd, buf, (size_t)n), n);
	assert_return_code(fchmod(fd, mode), errno);
	close(from);
	close(fd);
}

/* the words of `hostile list`, or of an attempt, without a seal */
static char *words_of(const char *word)
{
	struct airlock_options o = options_for(AIRLOCK_UNIX_STREAM, ARGV(program, word));
	struct airlock_helper h = must_spawn(&o);
	char *text = read_all(&h, AIRLOCK_UNIX_STREAM, NULL);

	airlock_stop(&h, 1000, NULL);
	return text;
}

static void *shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

static int prepare(void **state)
{
	static char folder[] = "/tmp/airlock-hostile-XXXXXX", path[sizeof folder + 16];
	static char *list;
	size_t n = 0;
	char *text;

	(void)state;
	scratch = mkdtemp(folder);
	assert_non_null(scratch);
	assert_return_code(chmod(scratch, 0755), errno);
	format(path, sizeof path, "%s/suid", scratch);
	copy_program(path, 04755);
	format(path, sizeof path, "%s/hostile", scratch);
	copy_program(path, 0755);
	program = path;
	tallies = shared(MAX_RUNS * sizeof *tallies);
	notes = shared(NOTES_SIZE);
	cell = shared(4096);
	list = words_of("list");
	for (char *name = strtok(list, "\n"); name && n < MAX_ATTEMPTS; name = strtok(NULL, "\n"))
		names[n++] = name;
	assert_true(n > 100 && n < MAX_ATTEMPTS);
	text = words_of("i386-getpid");
	has_i386 = strstr(text, "got done") != NULL;
	free(text);
	return 0;
}

/* The table, which stands in the log whatever came of the tests. */
static int tell(void **state)
{
	char command[128];

	(void)state;
	for (char *line = strtok(notes, "\n"); line; line = strtok(NULL, "\n"))
		print_message("%s\n", line);
	print_message("%-24s %9s %9s %9s %9s %9s\n", "", "attempts", "refused", "allowed",
		      "not tried", "wrong");
	for (size_t i = 0; i < MAX_RUNS && *tallies[i].run; i++)
		print_message("%-24s %9u %9u %9u %9u %9u\n", tallies[i].run, tallies[i].attempts,
			      tallies[i].refused, tallies[i].allowed, tallies[i].not_tried,
			      tallies[i].wrong);
	format(command, sizeof command, "rm -rf '%s'", scratch);
	if (system(command) != 0)
		print_message("%s could not be removed\n", scratch);
	return 0;
}

#define LIST_TESTS(name, profile) \
	cmocka_unit_test(p1_p3_p9_##name##_refuses_what_the_policy_says), \
		cmocka_unit_test(p1_p3_p9_##name##_does_so_for_nobody),

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_is_about_all_attempts_and_no_others),
		cmocka_unit_test(without_a_seal_the_attempts_succeed),
		EACH_BUILTIN(LIST_TESTS)
			cmocka_unit_test(p1_p3_p9_every_key_at_once_refuses_what_the_policy_says),
		cmocka_unit_test(scopes_keep_signals_and_sockets_from_the_same_user),
		cmocka_unit_test(ports_are_kept_as_far_as_landlock_sees),
		cmocka_unit_test(a_setuid_program_gains_nothing_where_exec_is_allowed),
	};

	return cmocka_run_group_tests(tests, prepare, tell);
}
