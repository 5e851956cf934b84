/* SPDX-License-Identifier: ISC */
/*
 * relay.c: see relay.h. One poll loop; nothing in it waits but poll(2).
 */
#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "flow.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

enum {
	SECOND_NS = 1000000000,
	NAP_MS = 50, /* between looks at a helper without a pidfd */
	GRACE_S = 1,
	DRAIN_S = 1,
	DRAIN_BYTES = 16 << 20 /* more than any channel holds: who writes on is not the helper */
};

/* What is polled, and in the order in which it is looked at */
enum {
	P_SIGNALS,
	P_STAGE,
	P_LISTENER,
	P_HELPER,
	P_IN,
	P_TO,
	P_FROM,
	P_OUT,
	P_ERRORS,
	P_LOG,
	NPOLLED
};

static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP };

int64_t relay_in_seconds(int n)
{
	return airlock__now() + (int64_t)n * SECOND_NS;
}

/* Told when signals count again: who does not read our standard error must not keep us. */
void relay_fail(struct relay *r, const char *format, ...)
{
	va_list args;

	if (r->failed)
		return;
	r->failed = EXIT_AIRLOCK;
	va_start(args, format);
	vsnprintf(r->message, sizeof r->message, format, args);
	va_end(args);
}

/* The helper */

bool relay_has_eof(const struct relay *r)
{
	return r->channel != AIRLOCK_UDP && r->channel != AIRLOCK_UNIX_DGRAM;
}

bool relay_is_running(const struct relay *r)
{
	return r->helper.pid > 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_channel(struct relay *r)
{
	if (r->helper.wfd == r->helper.rfd)
		r->helper.wfd = -1;
	close_fd(&r->helper.wfd);
	close_fd(&r->helper.rfd);
	r->from_over = true;
}

void relay_stop(struct relay *r)
{
	r->to.start = r->to.end = r->from.start = r->from.end = 0;
	close_channel(r);
	if (!relay_is_running(r) || r->stop >= STOP_CLOSED)
		return;
	r->stop = STOP_CLOSED;
	r->deadline = relay_in_seconds(GRACE_S);
}

static void helper_ended(struct relay *r)
{
	r->ended = airlock__now();
	r->wait_from = r->wait_errors = (int64_t)DRAIN_S * SECOND_NS;
	/* its port is free for others, unless we hold it */
	if (r->channel == AIRLOCK_UDP && r->udp_end < 0)
		r->from_over = true;
	if (r->hung_up && WIFSIGNALED(r->wstatus) && WTERMSIG(r->wstatus) == SIGHUP)
		r->ending = true;
}

static void look_after_helper(struct relay *r, bool pidfd_readable)
{
	int status = 0, wait;

	if (!relay_is_running(r) || !(pidfd_readable || r->blind_pidfd))
		return;
	wait = airlock_wait(&r->helper, 0, &status);
	if (wait == -ETIMEDOUT) {
		/* a tracer keeps what is left of it: readable, and not to be had */
		r->blind_pidfd = true;
		return;
	}
	if (wait < 0)
		relay_fail(r, "the helper's status: %s", strerror(-wait));
	r->wstatus = status;
	helper_ended(r);
}

static void next_stop(struct relay *r)
{
	if (r->stop == STOP_QUIET)
		r->ended_by_us = true;
	if (r->stop == STOP_QUIET || r->stop == STOP_CLOSED) {
		airlock_kill(&r->helper, SIGTERM);
		airlock_kill(&r->helper, SIGCONT);
		r->stop = STOP_TERM;
	} else if (r->stop == STOP_TERM) {
		airlock_kill(&r->helper, SIGKILL);
		r->stop = STOP_KILL;
	} else {
		relay_fail(r, "the helper was killed, and cannot die yet");
		r->wstatus = SIGKILL;
		airlock_stop(&r->helper, 0, NULL);
		close_channel(r);
		helper_ended(r);
	}
	r->deadline = relay_in_seconds(GRACE_S);
}

/* Signals */

/* As a program that is not in our way would stop, and all of it. */
static void stop_both(struct relay *r)
{
	sigset_t tstp;

	sigemptyset(&tstp);
	sigaddset(&tstp, SIGTSTP);
	/* it leads a session of its own, where SIGTSTP stops nobody */
	airlock_kill(&r->helper, SIGSTOP);
	raise(SIGTSTP);
	/* here we stop, unless we are in an orphaned group ourselves */
	sigprocmask(SIG_UNBLOCK, &tstp, NULL);
	sigprocmask(SIG_BLOCK, &tstp, NULL);
}

static void go_on(struct relay *r)
{
	airlock_kill(&r->helper, SIGCONT);
	/* the helper has had none of the time */
	if (r->stop != STOP_NOT)
		r->deadline = relay_in_seconds(r->stop == STOP_QUIET ? QUIET_S : GRACE_S);
	if (!relay_is_running(r))
		r->ended = airlock__now();
}

static void take_signals(struct relay *r)
{
	struct signalfd_siginfo s;

	while (read(r->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		int sig = (int)s.ssi_signo;

		if (sig == SIGTSTP)
			stop_both(r);
		if (sig == SIGTSTP || sig == SIGCONT) {
			go_on(r);
			continue;
		}
		if (sig == SIGTERM || sig == SIGINT || sig == SIGQUIT ||
		    (sig == SIGHUP && !relay_is_running(r)))
			r->ending = true;
		if (sig == SIGHUP)
			r->hung_up = true;
		airlock_kill(&r->helper, sig);
	}
}

/* Its standard error */

static void end_errors(struct relay *r)
{
	close_fd(&r->errors);
	lines_write(&r->lines, true);
}

static void take_errors(struct relay *r)
{
	ssize_t n = lines_read(&r->lines, r->errors);

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		end_errors(r);
		return;
	}
	r->drained += relay_is_running(r) ? 0 : (size_t)n;
	lines_write(&r->lines, false);
}

/* --explain */

static void take_listener(struct relay *r)
{
	int e = listener_receive(r->stage, r->helper.pid, &r->explainer.listener);

	if (e == -EAGAIN)
		return;
	close_fd(&r->stage);
	if (e == 0 || e == -EPIPE)
		return;
	relay_fail(r, "the listener for system calls: %s", strerror(-e));
	relay_stop(r);
}

static void take_question(struct relay *r)
{
	if (explain_next(&r->explainer) < 0)
		listener_close(&r->explainer.listener);
}

/* The loop */

static bool is_late(const struct relay *r)
{
	return !relay_is_running(r) && airlock__now() >= r->ended + (int64_t)DRAIN_S * SECOND_NS;
}

static void watch(struct pollfd *p, int fd, bool wanted, short events)
{
	*p = (struct pollfd){ wanted ? fd : -1, events, 0 };
}

static void watch_all(const struct relay *r, struct pollfd p[NPOLLED])
{
	watch(&p[P_SIGNALS], r->signals, true, POLLIN);
	watch(&p[P_STAGE], r->stage, relay_is_running(r), POLLIN);
	watch(&p[P_LISTENER], r->explainer.listener.fd, true, POLLIN);
	watch(&p[P_HELPER], r->helper.pidfd, relay_is_running(r) && !r->blind_pidfd, POLLIN);
	watch(&p[P_IN], r->in.fd, flow_wants_input(r), POLLIN);
	watch(&p[P_TO], r->helper.wfd, flow_wants_to_send(r), POLLOUT);
	watch(&p[P_FROM], r->helper.rfd, !r->from_over && r->from.start == r->from.end, POLLIN);
	watch(&p[P_OUT], r->out.fd, r->from.start < r->from.end, POLLOUT);
	watch(&p[P_ERRORS], r->errors, !lines_wait(&r->lines), POLLIN);
	watch(&p[P_LOG], r->lines.log.fd, lines_wait(&r->lines), POLLOUT);
}

static int wait_ms(const struct relay *r, const struct pollfd p[NPOLLED], int64_t until)
{
	int64_t next = until, now = airlock__now();
	int ms;

	if (relay_is_running(r)) {
		if (r->stop != STOP_NOT)
			next = airlock__sooner(next, r->deadline);
	} else {
		if (!is_late(r))
			next = airlock__sooner(next, r->ended + (int64_t)DRAIN_S * SECOND_NS);
		if (p[P_FROM].fd >= 0)
			next = airlock__sooner(next, now + r->wait_from);
		if (p[P_ERRORS].fd >= 0)
			next = airlock__sooner(next, now + r->wait_errors);
	}
	ms = airlock__left_ms(next);
	if (relay_is_running(r) && r->blind_pidfd && (ms < 0 || ms > NAP_MS))
		ms = NAP_MS;
	return ms;
}

/*
 * The helper has ended. What it wrote is there at once, or very soon: what comes later, or does not end,
 * is of another process that holds the same descriptors. Only the time in which it could have come counts:
 * not that in which nobody read what had come before.
 */
static void drain(struct relay *r, const struct pollfd p[NPOLLED], int64_t waited)
{
	bool too_much = r->drained > DRAIN_BYTES;

	if (p[P_FROM].fd >= 0) {
		r->wait_from -= waited;
		if (p[P_FROM].revents ? too_much : r->wait_from <= 0 || !relay_has_eof(r))
			r->from_over = true;
	}
	if (p[P_ERRORS].fd >= 0 && r->errors >= 0) {
		r->wait_errors -= waited;
		if (p[P_ERRORS].revents ? too_much : r->wait_errors <= 0)
			end_errors(r);
	}
}

static void serve(struct relay *r, const struct pollfd p[NPOLLED])
{
	if (p[P_IN].revents)
		flow_take_input(r);
	if (p[P_TO].revents && flow_wants_to_send(r))
		flow_send(r);
	flow_pass_end(r);
	if (p[P_FROM].revents && !r->from_over)
		flow_take_output(r);
	if (p[P_OUT].revents && r->from.start < r->from.end)
		flow_put_output(r);
	if (p[P_ERRORS].revents)
		take_errors(r);
	if (p[P_LOG].revents)
		lines_write(&r->lines, r->errors < 0);
}

static void step(struct relay *r, int64_t until)
{
	struct pollfd p[NPOLLED];
	bool ran = relay_is_running(r);
	int64_t began = airlock__now(), waited;
	int n;

	watch_all(r, p);
	n = poll(p, NPOLLED, wait_ms(r, p, until));
	waited = airlock__now() - began;
	if (n < 0) {
		if (errno == EINTR)
			return;
		relay_fail(r, "poll: %s", strerror(errno));
		airlock_stop(&r->helper, 0, &r->wstatus);
		return;
	}
	if (p[P_SIGNALS].revents)
		take_signals(r);
	if (p[P_STAGE].revents)
		take_listener(r);
	if (p[P_LISTENER].revents)
		take_question(r);
	look_after_helper(r, p[P_HELPER].revents);
	serve(r, p);
	if (!ran)
		drain(r, p, waited);
	else if (relay_is_running(r) && r->stop != STOP_NOT && airlock__now() >= r->deadline)
		next_stop(r);
}

static bool is_done(const struct relay *r)
{
	if (relay_is_running(r))
		return false;
	/* who does not read our output must not keep us from ending when that is asked for */
	if ((r->ending || r->failed || r->broken_pipe) && is_late(r))
		return true;
	return r->from_over && r->from.start == r->from.end && r->errors < 0 &&
	       !lines_wait(&r->lines);
}

/* For all helpers */

/* What was ignored when we were started, as nohup(1) has it, stays so: signalfd(2) would wake it. */
static void choose_signals(sigset_t *set)
{
	struct sigaction was;

	sigemptyset(set);
	sigaddset(set, SIGCONT);
	for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
		if (sigaction(passed_on[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaddset(set, passed_on[i]);
}

int relay_open(struct relay *r, enum airlock_channel channel, int log, const char *log_name)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
	sigset_t set;

	memset(r, 0, sizeof *r);
	r->helper = (struct airlock_helper){ -1, -1, -1, -1 };
	r->errors = r->udp_end = r->stage = r->explainer.listener.fd = -1;
	r->channel = channel;
	choose_signals(&set);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals < 0) {
		complain("signalfd: %s", strerror(errno));
		return EXIT_AIRLOCK;
	}
	/* ignored, as some who start us leave it, it would take the helper's status away */
	signal(SIGCHLD, SIG_DFL);
	sigaction(SIGPIPE, &ignore, &was);
	r->sigpipe_ignored = was.sa_handler == SIG_IGN;
	/* a log at RLIMIT_FSIZE costs its lines, not the helper */
	signal(SIGXFSZ, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, &r->mask_before);
	complain_never_waits = true;
	end_open(&r->in, STDIN_FILENO, O_RDONLY);
	end_open(&r->out, STDOUT_FILENO, O_WRONLY);
	lines_open(&r->lines, log, log_name);
	return 0;
}

void relay_close(struct relay *r)
{
	complain_never_waits = false;
	sigprocmask(SIG_SETMASK, &r->mask_before, NULL);
	close_fd(&r->signals);
	end_close(&r->in);
	end_close(&r->out);
	end_close(&r->lines.log);
	if (r->failed)
		complain("%s", r->message);
}

/*
 * No end of file tells that a UDP channel is over, and once the helper's end is closed its port is free for
 * others, who could speak in its name. So its end is held until all is read.
 */
static int hold_udp_end(const struct airlock_helper *h)
{
	struct sockaddr_storage its, peer;
	socklen_t its_size = sizeof its, peer_size = sizeof peer;
	int fd = (int)syscall(SYS_pidfd_getfd, h->pidfd, STDIN_FILENO, 0);

	if (fd >= 0 && (getsockname(fd, (struct sockaddr *)&its, &its_size) < 0 ||
			getpeername(h->rfd, (struct sockaddr *)&peer, &peer_size) < 0 ||
			its_size != peer_size || memcmp(&its, &peer, its_size) != 0))
		close_fd(&fd);
	return fd;
}

void relay_begin(struct relay *r, const char *name, int errors)
{
	lines_begin(&r->lines, name, r->helper.pid);
	r->errors = errors;
	r->udp_end = r->channel == AIRLOCK_UDP ? hold_udp_end(&r->helper) : -1;
	r->explainer.listener.fd = -1;
	r->wstatus = 0;
	r->drained = 0;
	r->stop = STOP_NOT;
	r->hung_up = r->ended_by_us = r->deaf = r->end_passed = false;
	r->blind_pidfd = r->helper.pidfd < 0;
	r->from_over = r->helper.rfd < 0;
	r->from.start = r->from.end = 0;
	r->skip = r->skip || r->torn;
	r->torn = false;
	flow_skip_line(r);
}

void relay_run(struct relay *r)
{
	flow_pass_end(r);
	while (!is_done(r))
		step(r, AIRLOCK__FOREVER);
	close_channel(r);
	close_fd(&r->errors);
	close_fd(&r->udp_end);
	close_fd(&r->stage);
	listener_close(&r->explainer.listener);
}

void relay_pause(struct relay *r, unsigned seconds)
{
	int64_t until = relay_in_seconds((int)seconds);

	while (!relay_is_over(r) && airlock__now() < until)
		step(r, until);
}

bool relay_is_over(const struct relay *r)
{
	return r->ending || r->failed || r->broken_pipe || (r->in_over && r->to.start == r->to.end);
}

static void die_of_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int relay_code(const struct relay *r)
{
	if (r->failed)
		return r->failed;
	if (r->broken_pipe) {
		die_of_sigpipe();
		return EXIT_SIGNAL + SIGPIPE;
	}
	if (!WIFSIGNALED(r->wstatus))
		return WEXITSTATUS(r->wstatus);
	/* that is how the end of input is told where there is no end of file */
	if (r->ended_by_us && WTERMSIG(r->wstatus) == SIGTERM)
		return 0;
	return EXIT_SIGNAL + WTERMSIG(r->wstatus);
}
