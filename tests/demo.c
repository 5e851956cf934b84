/* SPDX-License-Identifier: ISC */
/*
 * demo.c: a first look at Airlock, run by `make demo`.
 *
 * It starts a real helper, basic_ncsa_auth from Debian's squid package, which answers "may this
 * user in?" line by line on its standard input and output: as it is, and locked in by a profile; then a
 * shell that a profile stops; then a program that does not exist. It needs the public headers alone, and
 * ends with 1 if anything is not as it must be.
 *
 *	demo [PATH-OF-BASIC_NCSA_AUTH]
 */
#define _GNU_SOURCE
#include <airlock/airlock.h>
#include <airlock/sandbox.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HELPER "/usr/lib/squid/basic_ncsa_auth"

enum { PATIENCE_MS = 5000, GRACE_MS = 1000 };

static int faults;

static void must(int holds, const char *what)
{
	if (holds)
		return;
	printf("  WRONG: %s\n", what);
	faults++;
}

static double microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static char dir[] = "/tmp/airlock-demo-XXXXXX", passwords[64];

static void remove_passwords(void)
{
	unlink(passwords);
	rmdir(dir);
}

/* In a folder that nobody else can read. The password is `secret`, as htpasswd(1) hashes it. */
static void write_passwords(void)
{
	FILE *f;

	if (!mkdtemp(dir))
		err(1, "%s", dir);
	atexit(remove_passwords);
	snprintf(passwords, sizeof passwords, "%s/passwords", dir);
	f = fopen(passwords, "w");
	if (!f || fputs("alice:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/\n", f) < 0 || fclose(f) < 0)
		err(1, "%s", passwords);
}

/* One line there, one line back. rfd and wfd are nonblocking, so wait until there is an answer. */
static void ask(const struct airlock_helper *h, const char *question, const char *expected)
{
	char answer[256];
	size_t length = 0;

	if (write(h->wfd, question, strlen(question)) != (ssize_t)strlen(question))
		err(1, "write");
	do {
		struct pollfd p = { h->rfd, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, PATIENCE_MS) != 1)
			errx(1, "no answer");
		n = read(h->rfd, answer + length, sizeof answer - 1 - length);
		if (n == 0)
			errx(1, "end of file: the helper has ended");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err(1, "read");
		length += n > 0 ? (size_t)n : 0;
	} while (length == 0 || (answer[length - 1] != '\n' && length < sizeof answer - 1));
	answer[length] = '\0';

	printf("  ask     %s  answer  %s", question, answer);
	must(!strncmp(answer, expected, strlen(expected)), "another answer was due");
}

/* The kernel's own list of what a process has open. */
static int show_descriptors(pid_t pid)
{
	char path[64], target[64];
	int count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(path, target, sizeof target - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		printf("  %-6s  %d -> %s\n", count++ ? "" : "holds", fd, target);
	}
	return count;
}

/* What the kernel says of a process: lines of /proc/PID/status that begin with one of these words. */
static void show_status(pid_t pid)
{
	static const char *const words[] = { "NoNewPrivs:", "Seccomp:", "CapEff:" };
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (!strncmp(line, words[i], strlen(words[i])))
				printf("  kernel  %s", line);
	if (f)
		fclose(f);
}

/* NULL, and said: this machine cannot. */
static struct airlock_seal *seal_of(const char *profile, char *const *argv)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e;
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	size_t enforced = 0;
	int r;

	if (!p || airlock_profile_builtin(p, profile, &e) < 0 ||
	    airlock_profile_command(p, argv[0], argv) < 0)
		errx(1, "%s", p ? e.message : "no memory");
	r = airlock_seal_new(p, &seal, &report);
	for (size_t i = 0; i < airlock_report_count(report); i++) {
		enforced += airlock_report_state(report, i) == AIRLOCK_ENFORCED;
		if (airlock_report_state(report, i) == AIRLOCK_LOST)
			printf("  lost    %s: %s\n", airlock_report_name(report, i),
			       airlock_report_reason(report, i));
	}
	if (r == -EOPNOTSUPP || r == -EPERM)
		printf("  profile %s: this kernel, or a container around us, cannot enforce it\n",
		       profile);
	else if (r < 0)
		errx(1, "the profile %s: %s", profile, strerror(-r));
	else
		printf("  profile %s: %zu restrictions in force\n", profile, enforced);
	airlock_report_free(report);
	airlock_profile_free(p);
	return seal;
}

static void show_helper(enum airlock_channel channel, const char *title, const char *program,
			const char *profile)
{
	char *argv[] = { (char *)program, passwords, NULL };
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	struct airlock_seal *seal;
	struct airlock_helper h;
	struct airlock_error e;
	double begin, end;
	int status;

	o.channel = channel;
	o.path = program;
	o.argv = argv;
	printf("\n%s\n", title);
	o.seal = seal = profile ? seal_of(profile, argv) : NULL;
	if (profile && !seal)
		return;
	begin = microseconds();
	if (airlock_spawn(&o, &h, &e) < 0)
		errx(1, "%s", e.message);
	end = microseconds();

	printf("  pid     %d, started in %.0f microseconds\n", (int)h.pid, end - begin);
	ask(&h, "alice secret\n", "OK");
	ask(&h, "alice guess\n", "ERR");
	must(show_descriptors(h.pid) == 3, "it must hold 0, 1 and 2");
	if (profile)
		show_status(h.pid);
	must(airlock_stop(&h, GRACE_MS, &status) == 0 && status == 0,
	     "it must end by itself, with 0");
	printf("  end     its input was closed, it exited with %d\n", WEXITSTATUS(status));
	airlock_seal_free(seal);
}

/* One that was taken over, say: it tries to become another program. */
static void show_refusal(void)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)"exec /bin/cat /etc/shadow",
			 NULL };
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	struct airlock_helper h;
	struct airlock_error e;
	int status;

	printf("\nA shell that is told to exec `cat /etc/shadow`\n");
	o.path = argv[0];
	o.argv = argv;
	o.seal = seal_of("filter", argv);
	if (!o.seal)
		return;
	if (airlock_spawn(&o, &h, &e) < 0)
		errx(1, "%s", e.message);
	must(airlock_wait(&h, PATIENCE_MS, &status) == 0, "it must end");
	must(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "the exec must be stopped");
	printf("  end     killed by the kernel: %s\n",
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "not at all");
	airlock_stop(&h, GRACE_MS, NULL);
	airlock_seal_free((struct airlock_seal *)o.seal);
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void show_failure(void)
{
	char *argv[] = { (char *)"helper", NULL };
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	struct airlock_helper h;
	struct airlock_error e;
	int before = open_descriptors(), after, child, r;

	o.channel = AIRLOCK_UNIX_STREAM;
	o.path = "/no/such/helper";
	o.argv = argv;
	r = airlock_spawn(&o, &h, &e);
	after = open_descriptors();
	child = waitpid(-1, NULL, WNOHANG | __WALL) != -1 || errno != ECHILD;

	printf("\nA program that does not exist\n");
	must(r == -ENOENT, "it must fail");
	if (r == 0)
		return;
	printf("  step    %s\n  code    %d (%s)\n  message %s\n", airlock_step_name(e.step), e.code,
	       strerror(e.code), e.message);
	must(e.step == AIRLOCK_STEP_EXECVE && e.code == ENOENT,
	     "execve must have failed, with ENOENT");
	must(after == before, "a descriptor is left");
	must(!child, "a process is left");
	printf("  left    descriptors: %d before, %d after; %s child process\n", before, after,
	       child ? "a" : "no");
}

int main(int argc, char **argv)
{
	const char *program = argc > 1 ? argv[1] : HELPER;

	if (access(program, X_OK) < 0)
		err(1, "%s (apt-get install squid)", program);
	/* so that a write to a helper that has ended is an error, and no signal */
	signal(SIGPIPE, SIG_IGN);
	write_passwords();

	printf("Airlock %s starts %s,\n"
	       "which answers whether a password is right.\n",
	       airlock_version(), program);
	/* once and early, while low descriptors are free: then no spawn is slow for want of them */
	airlock_reserve();
	show_helper(AIRLOCK_UNIX_STREAM, "Over a unix stream: one socket, both ways", program,
		    NULL);
	show_helper(AIRLOCK_FIFO, "Over a FIFO: two pipes, one each way", program, NULL);
	show_helper(AIRLOCK_UNIX_STREAM, "Locked in: the same, under the profile squid-auth",
		    program, "squid-auth");
	show_refusal();
	show_failure();
	printf("\n%s\n", faults ? "Something is WRONG, see above." : "All as it must be.");
	return faults != 0;
}
