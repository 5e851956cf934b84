/* SPDX-License-Identifier: ISC */
/*
 * stage.c: listener_stage() of listener.h: puts the filter that asks in force, and passes its listener on.
 *
 * From then on any call of this process waits for the command, which may have gone: none is made here that the
 * filter does not know.
 */
#define _GNU_SOURCE
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "profile.h"
#include "program.h"
#include "seal.h"

/* since 5.19 */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum {
	LOAD = BPF_LD | BPF_W | BPF_ABS,
	EQUAL = BPF_JMP | BPF_JEQ | BPF_K,
	GIVE = BPF_RET | BPF_K,
	TOKEN_LENGTH = LISTENER_TOKEN
};

/* The program */

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t n; /* may be more than there is room for */
	uint32_t
		password[4]; /* of the stage's own last calls: in arguments that they do not have */
};

static void put(struct program *to, struct sock_filter f)
{
	if (to->n < BPF_MAXINSNS)
		to->code[to->n] = f;
	to->n++;
}

static int number_of(const char *name)
{
	int call = airlock__call_by_name(name, strlen(name));

	return call < 0 ? -1 : airlock__calls[call].nr;
}

/* With the number in A. */
static void answer_call(struct program *to, const char *name, uint32_t answer)
{
	int nr = number_of(name);

	if (nr < 0)
		return;
	put(to, (struct sock_filter)BPF_JUMP(EQUAL, (uint32_t)nr, 0, 1));
	put(to, (struct sock_filter)BPF_STMT(GIVE, answer));
}

/*
 * The stage has to pass the listener on and to close its own copy, or it would wait for itself. Both calls bear
 * a password, which the memory of the helper does not hold: the exec has replaced that.
 */
static void put_password(struct program *to)
{
	uint32_t at = offsetof(struct seccomp_data, args) + 4 * sizeof(uint64_t);

	for (uint8_t i = 0; i < 4; i++) {
		put(to, (struct sock_filter)BPF_STMT(LOAD, at + i * (uint32_t)sizeof(uint32_t)));
		put(to, (struct sock_filter)BPF_JUMP(EQUAL, to->password[i], 0,
						     (uint8_t)(2 * (3 - i) + 5)));
	}
	put(to, (struct sock_filter)BPF_STMT(LOAD, offsetof(struct seccomp_data, nr)));
	answer_call(to, "sendmsg", SECCOMP_RET_ALLOW);
	answer_call(to, "close", SECCOMP_RET_ALLOW);
}

static bool restricts_files(const struct airlock_profile *p)
{
	return p->has_access[AIRLOCK__READ] || p->has_access[AIRLOCK__WRITE] ||
	       p->has_access[AIRLOCK__EXEC];
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

bool listener_asks_anyway(const struct airlock_profile *p, const char *call)
{
	static const char *const execs[] = { "execve", "execveat" };
	static const char *const of_files[] = {
		"open",	     "openat", "openat2",  "creat",  "truncate",  "unlink", "unlinkat",
		"rename",    "link",   "renameat", "linkat", "renameat2", "mkdir",  "mkdirat",
		"symlinkat", "rmdir",  "symlink",  "mknod",  "mknodat",
	};

	if (is_one_of(call, execs, sizeof execs / sizeof *execs))
		return p->exec_once || restricts_files(p);
	if (is_one_of(call, of_files, sizeof of_files / sizeof *of_files))
		return restricts_files(p);
	/* a socket's name in the file system is made as a file is */
	if (!strcmp(call, "bind"))
		return p->has_bind || restricts_files(p);
	return !strcmp(call, "connect") && p->has_connect;
}

static void put_judged(struct program *to, const struct airlock_profile *p)
{
	for (size_t i = 0; i < airlock__ncalls; i++)
		if (listener_asks_anyway(p, airlock__calls[i].name))
			answer_call(to, airlock__calls[i].name, SECCOMP_RET_USER_NOTIF);
}

/* The profile's own program, which asks where it would refuse */
static int put_profile(struct program *to, const struct airlock_profile *p)
{
	struct airlock__program own;
	int r;

	if (!airlock__program_needed(p, p->exec_once)) {
		put(to, (struct sock_filter)BPF_STMT(GIVE, SECCOMP_RET_ALLOW));
		return 0;
	}
	r = airlock__program_make(p, false, (uint32_t)personality(0xffffffff), &own);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < own.n; i++) {
		struct sock_filter f = own.code[i];

		if (f.code == GIVE && f.k != SECCOMP_RET_ALLOW && f.k != SECCOMP_RET_LOG)
			f.k = SECCOMP_RET_USER_NOTIF;
		put(to, f);
	}
	free(own.code);
	return 0;
}

static int make_refused(struct program *to, const struct airlock_profile *p)
{
	size_t at;

	put(to, (struct sock_filter)BPF_STMT(LOAD, offsetof(struct seccomp_data, arch)));
	put(to, (struct sock_filter)BPF_JUMP(EQUAL, airlock__audit_arch, 1, 0));
	at = to->n;
	put(to, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	put_password(to);
	put(to, (struct sock_filter)BPF_STMT(LOAD, offsetof(struct seccomp_data, nr)));
	put_judged(to, p);
	to->code[at].k = (uint32_t)(to->n - at - 1);
	return put_profile(to, p);
}

/*
 * Every call but those that end it, which must work with nobody left to answer, and the end of a signal
 * handler: one that is interrupted while it asks would return to nowhere. All three are in @default.
 */
static int make_all(struct program *to)
{
	put(to, (struct sock_filter)BPF_STMT(LOAD, offsetof(struct seccomp_data, arch)));
	put(to, (struct sock_filter)BPF_JUMP(EQUAL, airlock__audit_arch, 1, 0));
	put(to, (struct sock_filter)BPF_STMT(GIVE, SECCOMP_RET_USER_NOTIF));
	put_password(to);
	put(to, (struct sock_filter)BPF_STMT(LOAD, offsetof(struct seccomp_data, nr)));
	answer_call(to, "exit", SECCOMP_RET_ALLOW);
	answer_call(to, "exit_group", SECCOMP_RET_ALLOW);
	answer_call(to, "rt_sigreturn", SECCOMP_RET_ALLOW);
	put(to, (struct sock_filter)BPF_STMT(GIVE, SECCOMP_RET_USER_NOTIF));
	return 0;
}

/* 0, or an exit code and it was told why not. */
static int make_program(struct program *to, const struct airlock_profile *p, char mode)
{
	int r = mode == LISTEN_ALL ? make_all(to) : make_refused(to, p);

	if (r == 0 && to->n > BPF_MAXINSNS)
		r = -E2BIG;
	if (r == -E2BIG)
		complain("listener: with what it takes to ask, the profile's program has more than "
			 "the %d instructions that the kernel takes",
			 BPF_MAXINSNS);
	else if (r < 0)
		complain("listener: %s", strerror(-r));
	return r < 0 ? EXIT_AIRLOCK : 0;
}

/* The stage */

static void set_token(char token[TOKEN_LENGTH + 1], const unsigned char *random)
{
	for (int i = 0; i < TOKEN_LENGTH; i++)
		token[i] = (char)('a' + random[i] % 26);
	token[TOKEN_LENGTH] = 0;
	prctl(PR_SET_NAME, token);
}

static int load(const struct program *program)
{
	struct sock_fprog f = { (unsigned short)program->n, (struct sock_filter *)program->code };
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			  flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &f);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &f);
	if (fd >= 0)
		return (int)fd;
	if (errno == EBUSY)
		complain("listener: a filter around us asks somebody already, and the kernel takes "
			 "one listener only");
	else if (errno == EINVAL || errno == ENOSYS)
		complain("listener: this kernel has no user notification (Linux 5.5, seccomp)");
	else
		complain("listener: the filter cannot be put in force: %s", strerror(errno));
	return -1;
}

/*
 * No call but with the password from here: nobody hears what is asked. Nor can anybody be told what fails.
 */
static int pass_on(const struct program *program, int socket, int fd, const char *token)
{
	struct iovec text = { (char *)token, TOKEN_LENGTH };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &text,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof control.room };
	uint64_t password[2];
	long r;

	memset(&control, 0, sizeof control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	memcpy(password, program->password, sizeof password);
	do
		r = syscall(SYS_sendmsg, socket, &m, MSG_NOSIGNAL, 0, password[0], password[1]);
	while (r < 0 && errno == EINTR);
	syscall(SYS_close, fd, 0, 0, 0, password[0], password[1]);
	syscall(SYS_close, socket, 0, 0, 0, password[0], password[1]);
	return r == TOKEN_LENGTH ? 0 : EXIT_AIRLOCK;
}

/* "3r" */
static int read_word(const char *word, char *ret_mode)
{
	size_t len = strlen(word);
	char number[16];
	int fd = -1;

	if (len > 1 && len < sizeof number) {
		memcpy(number, word, len - 1);
		number[len - 1] = 0;
		fd = whole_number(number, 1 << 20);
		*ret_mode = word[len - 1];
	}
	if (fd < 0 || (*ret_mode != LISTEN_REFUSED && *ret_mode != LISTEN_ALL)) {
		complain("--listener %s: a descriptor and `%c' or `%c' are wanted", word,
			 LISTEN_REFUSED, LISTEN_ALL);
		return -1;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		complain("--listener %s: %s", word, strerror(errno));
		return -1;
	}
	return fd;
}

static int stage(struct program *program, const struct airlock_profile *p, int socket, char mode)
{
	unsigned char random[TOKEN_LENGTH + sizeof program->password];
	char token[TOKEN_LENGTH + 1];
	int fd, r;

	if (getrandom(random, sizeof random, 0) != sizeof random) {
		complain("listener: getrandom: %s", strerror(errno));
		return EXIT_AIRLOCK;
	}
	memcpy(program->password, random + TOKEN_LENGTH, sizeof program->password);
	r = make_program(program, p, mode);
	if (r != 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		complain("listener: no_new_privs: %s", strerror(errno));
		return EXIT_AIRLOCK;
	}
	set_token(token, random);
	fd = load(program);
	return fd < 0 ? EXIT_AIRLOCK : pass_on(program, socket, fd, token);
}

int listener_stage(struct sandbox *s, const char *fd_word)
{
	struct program *program;
	char mode = 0;
	int socket = read_word(fd_word, &mode), type, r;
	socklen_t size = sizeof type;

	if (socket < 0)
		return EXIT_AIRLOCK;
	/* once the filter is in force there is no telling what is wrong */
	if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) < 0) {
		complain("--listener %s: %s", fd_word, strerror(errno));
		return EXIT_AIRLOCK;
	}
	r = sandbox_seal(s);
	if (r != 0)
		return r;
	/* ours stands for it: a filter of the seal's would refuse before anybody is asked */
	s->seal->parts &= ~(AIRLOCK__SEAL_SECCOMP | AIRLOCK__SEAL_ONE_EXEC);
	program = calloc(1, sizeof *program);
	if (!program) {
		complain("%s", strerror(ENOMEM));
		return EXIT_AIRLOCK;
	}
	r = stage(program, s->profile, socket, mode);
	free(program);
	return r;
}
