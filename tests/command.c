/* SPDX-License-Identifier: ISC */
/*
 * command.c: see command.h.
 */
#define _GNU_SOURCE
#include "common.h"
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void become(const struct command *c, const int in[2], const int out[2], const int err[2])
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(in[0], 0);
	dup2(c->out_fd > 0 ? c->out_fd : out[1], 1);
	dup2(err[1], 2);
	for (int fd = 0; fd < 3; fd++)
		if (c->closed & 1u << fd)
			close(fd);
	for (size_t i = 0; c->env && c->env[i]; i++)
		putenv((char *)c->env[i]);
	if (c->cwd && chdir(c->cwd) < 0)
		_exit(99);
	if (c->as_nobody && (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
			     setresuid(65534, 65534, 65534) < 0))
		_exit(99);
	if (c->prepare)
		c->prepare();
	execvp(!strcmp(c->argv[0], "airlock") ? AIRLOCK : c->argv[0], (char *const *)c->argv);
	_exit(98);
}

/* Reads what there is: false at the end */
static bool keep(int fd, char **text, size_t *len)
{
	char *more = realloc(*text, *len + 65536 + 1);
	ssize_t n;

	assert_non_null(more);
	*text = more;
	n = read(fd, more + *len, 65536);
	if (n > 0)
		*len += (size_t)n;
	more[*len] = 0;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Feeds and listens until both outputs are at their end, or the time is up: false */
static bool talk(const struct command *c, int in, int out, int err, struct ran *r)
{
	size_t left = c->input ? c->input_len ? c->input_len : strlen(c->input) : 0;
	const char *input = c->input;
	double end = seconds_now() + (c->seconds ? c->seconds : 20);
	struct pollfd p[] = { { in, POLLOUT, 0 }, { out, POLLIN, 0 }, { err, POLLIN, 0 } };

	while (p[1].fd >= 0 || p[2].fd >= 0) {
		double wait = end - seconds_now();

		if (wait <= 0)
			return false;
		if (!left && p[0].fd >= 0) {
			close(p[0].fd);
			p[0].fd = -1;
		}
		if (poll(p, 3, (int)(wait * 1000) + 1) < 0 && errno != EINTR)
			return false;
		if (p[0].fd >= 0 && p[0].revents) {
			ssize_t n = write(p[0].fd, input, left);

			if (n < 0 && errno != EAGAIN)
				left = 0;
			input += n > 0 ? n : 0;
			left -= n > 0 ? (size_t)n : 0;
		}
		if (p[1].fd >= 0 && p[1].revents && !keep(out, &r->out, &r->out_len))
			p[1].fd = -1;
		if (p[2].fd >= 0 && p[2].revents && !keep(err, &r->err, &r->err_len))
			p[2].fd = -1;
	}
	if (p[0].fd >= 0)
		close(p[0].fd);
	return true;
}

struct ran command_run(const struct command *c)
{
	struct ran r = { -1, strdup(""), strdup(""), 0, 0 };
	int in[2], out[2], err[2], status;
	void (*pipe_handler)(int) = signal(SIGPIPE, SIG_IGN);
	bool ended;
	pid_t pid;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become(c, in, out, err);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	assert_int_equal(fcntl(in[1], F_SETFL, O_NONBLOCK), 0);
	ended = talk(c, in[1], out[0], err[0], &r);
	if (!ended)
		kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(out[0]);
	close(err[0]);
	signal(SIGPIPE, pipe_handler);
	r.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (!ended)
		fail_msg("%s does not end; it said: %s%s", c->argv[0], r.out, r.err);
	return r;
}

void command_free(struct ran *r)
{
	free(r->out);
	free(r->err);
	*r = (struct ran){ -1, NULL, NULL, 0, 0 };
}

void assert_ran(const struct ran *r, int code, const char *err)
{
	if (r->code != code)
		print_message("code %d, not %d; it said: %s%s\n", r->code, code, r->out, r->err);
	assert_int_equal(r->code, code);
	assert_string_equal(r->err, err);
}

void assert_contains(const char *all, const char *part)
{
	if (!strstr(all, part))
		fail_msg("`%s' is not in `%s'", part, all);
}
