/* SPDX-License-Identifier: ISC */
/*
 * calls.c: a helper that makes the system calls that it is told to, one after the other.
 *
 *	calls STEP...
 *
 *	NUMBER[:ARGUMENT]...	that call, and a line "NUMBER RESULT ERRNO" on 1. An argument is a number, or
 *				'TEXT, whose address is given
 *	connect:PORT bind:PORT	TCP, loopback: "connect ERRNO"
 *	become:PATH		become PATH with no arguments: "exec ERRNO" if that fails
 *	fork thread		the steps that follow are a child's, a thread's; it is waited for, and a
 *				child's end is ours
 *	ignore block catch	SIGSYS
 *	timer restarting-timer	SIGALRM every millisecond, without and with SA_RESTART
 *
 * It is static: what it does is all its own, but for what a C library does to reach main().
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char **steps);

static void say(const char *what, long result, int error)
{
	char line[256];
	int n = snprintf(line, sizeof line, "%s %ld %d\n", what, result, error);

	while (write(STDOUT_FILENO, line, (size_t)n) < 0 && errno == EINTR)
		;
}

static void call(char *step)
{
	char *number = strtok(step, ":"), *word;
	long args[6] = { 0 }, r;

	for (int i = 0; i < 6 && (word = strtok(NULL, ":")); i++)
		args[i] =
			*word == '\'' ? (long)(intptr_t)(word + 1) : (long)strtoull(word, NULL, 0);
	errno = 0;
	r = syscall(atoi(number), args[0], args[1], args[2], args[3], args[4], args[5]);
	say(number, r, r < 0 ? errno : 0);
}

static void use_port(const char *what, int port,
		     int (*use)(int fd, const struct sockaddr *a, socklen_t n))
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r = use(fd, (const struct sockaddr *)&a, sizeof a);
	say(what, r, r < 0 ? errno : 0);
	close(fd);
}

static int use_connect(int fd, const struct sockaddr *a, socklen_t n)
{
	return connect(fd, a, n);
}

static int use_bind(int fd, const struct sockaddr *a, socklen_t n)
{
	return bind(fd, a, n);
}

static void in_child(char **steps)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		run(steps);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void *thread(void *steps)
{
	run(steps);
	return NULL;
}

static void in_thread(char **steps)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread, steps) == 0)
		pthread_join(t, NULL);
}

static void handler(int sig)
{
	(void)sig;
}

static void handle(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
}

static void start_timer(int flags)
{
	struct itimerval t = { { 0, 1000 }, { 0, 1000 } };

	handle(SIGALRM, flags);
	setitimer(ITIMER_REAL, &t, NULL);
}

static void block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void become(char *path)
{
	char *argv[] = { path, NULL };

	execv(path, argv);
	say("exec", -1, errno);
}

static void run(char **steps)
{
	for (; *steps; steps++) {
		char *s = *steps;

		if (!strcmp(s, "fork")) {
			in_child(steps + 1);
		} else if (!strcmp(s, "thread")) {
			in_thread(steps + 1);
			return;
		} else if (!strcmp(s, "ignore")) {
			signal(SIGSYS, SIG_IGN);
		} else if (!strcmp(s, "catch")) {
			handle(SIGSYS, 0);
		} else if (!strcmp(s, "block")) {
			block();
		} else if (!strcmp(s, "timer")) {
			start_timer(0);
		} else if (!strcmp(s, "restarting-timer")) {
			start_timer(SA_RESTART);
		} else if (!strncmp(s, "connect:", 8)) {
			use_port("connect", atoi(s + 8), use_connect);
		} else if (!strncmp(s, "bind:", 5)) {
			use_port("bind", atoi(s + 5), use_bind);
		} else if (!strncmp(s, "become:", 7)) {
			become(s + 7);
		} else {
			call(s);
		}
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	run(argv + 1);
	return 0;
}
