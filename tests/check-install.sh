#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: programs build against the *installed* libraries through pkg-config, shared and static, and
# run; the installed command does, too, and its completions are those of the tree; uninstall leaves nothing,
# manual pages included. Usage: tests/check-install.sh BUILD
set -u
cc=${CC:-cc}
command -v pkg-config >/dev/null || { echo 'SKIP: pkg-config is not installed'; exit 77; }
# what pkg-config says would be torn apart at blanks
case ${TMPDIR:-} in *[[:space:]]*) TMPDIR=/tmp ;; esac
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
die() { echo "$*"; exit 1; }

unset MAKEFLAGS MAKELEVEL
${MAKE:-make} -s install B="$1" CC="$cc" PREFIX=/opt/airlock DESTDIR="$root" >/dev/null || die "make install failed"
export PKG_CONFIG_PATH=$root/opt/airlock/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
cat >"$root/airlock.c" <<'EOF'
#include <airlock/airlock.h>
#include <airlock/ipc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	struct airlock_helper h;
	struct airlock_error e;
	char *argv[] = { "cat", NULL };

	o.channel = AIRLOCK_UNIX_STREAM;
	o.path = "cat";
	o.argv = argv;
	o.flags = AIRLOCK_SEARCH_PATH;
	if (airlock_spawn(&o, &h, &e) < 0)
		return fprintf(stderr, "%s\n", e.message), 1;
	if (write(h.wfd, "hello", 5) != 5 || airlock_stop(&h, 1000, NULL) < 0)
		return 2;
	ipcClose(-1, -1, -1);
	return strcmp(airlock_version(), VERSION) != 0;
}
EOF
cat >"$root/airlock-sandbox.c" <<'EOF'
#include <airlock/airlock.h>
#include <airlock/sandbox.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	struct airlock_options o = AIRLOCK_OPTIONS_INIT;
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error wrong = { "", 0, 0, "no memory" };
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	struct airlock_helper h;
	struct airlock_error e;
	char *argv[] = { "cat", NULL }, answer[5];
	int r, status;

	if (!p || airlock_profile_builtin(p, "filter", &wrong) < 0)
		return fprintf(stderr, "%s:%u: %s\n", wrong.source, wrong.line, wrong.message), 1;
	o.channel = AIRLOCK_UNIX_STREAM;
	o.path = "cat";
	o.argv = argv;
	o.flags = AIRLOCK_SEARCH_PATH;
	r = airlock_profile_command(p, o.path, o.argv);
	if (r == 0)
		r = airlock_seal_new(p, &seal, &report);
	for (size_t i = 0; report && i < airlock_report_count(report); i++)
		if (airlock_report_state(report, i) == AIRLOCK_LOST)
			fprintf(stderr, "%s: %s\n", airlock_report_name(report, i), airlock_report_reason(report, i));
	airlock_report_free(report);
	airlock_profile_free(p);
	if (r < 0)
		return fprintf(stderr, "seal: %s\n", strerror(-r)), 2;
	o.seal = seal;
	if (airlock_spawn(&o, &h, &e) < 0)
		return fprintf(stderr, "%s\n", e.message), 3;
	airlock_seal_free(seal);
	if (write(h.wfd, "hello", 5) != 5)
		return 4;
	if (poll(&(struct pollfd){ .fd = h.rfd, .events = POLLIN }, 1, 10000) != 1 || read(h.rfd, answer, 5) != 5 ||
	    memcmp(answer, "hello", 5) != 0)
		return 5;
	if (airlock_stop(&h, 10000, &status) < 0 || status != 0)
		return 6;
	return strcmp(airlock_version(), VERSION) != 0;
}
EOF
# Only where there is no Landlock, or filters cannot be loaded, may a sandbox be missing.
no_sandbox() {
	"$root/opt/airlock/bin/airlock" doctor --json | tr -d ' \n' | grep -qE '"name":"(landlock|seccomp)","had":false'
}
needs() { "$($cc -print-prog-name=readelf)" -d "$root/$1" | grep NEEDED; }
# MODULE, and the library that it is
try() {
	local module=$1 lib=$root/opt/airlock/lib version
	version=$(pkg-config --modversion "$module") || die "pkg-config does not know $module"
	run() {
		"$root/$1" && return
		no_sandbox || die "$module: does not run with the $1 library"
		skipped='the builtin filter cannot be had here'
	}
	build() { $cc -std=c99 -Wall -Werror -DVERSION="\"$version\"" -o "$root/$1" "$root/$module.c" "${@:2}"; }
	build shared $(pkg-config --cflags --libs "$module") || die "$module: does not build against the shared library"
	needs shared | grep -q "\[lib$module\.so\.[0-9]" || die "$module: built shared, and needs no lib$module.so"
	LD_LIBRARY_PATH=$lib run shared
	build static $(pkg-config --cflags "$module") -L"$lib" \
		-Wl,-Bstatic $(pkg-config --static --libs-only-l "$module") -Wl,-Bdynamic ||
		die "$module: does not build statically"
	needs static | grep "lib$module\.so" && die "$module: built statically, and needs that"
	run static
	echo "$module $version, shared and static"
}
skipped=
try airlock
try airlock-sandbox

# the command, from where it is: of our libraries it needs none
command=$root/opt/airlock/bin/airlock
[ -x "$command" ] && [ ! -u "$command" ] && [ ! -g "$command" ] || die "not installed as a mere program: bin/airlock"
needs "opt/airlock/bin/airlock" | grep libairlock && die "bin/airlock needs the libraries to be where it finds them"
said=$("$command" --version) || die "bin/airlock --version: exit status $?"
[ "$said" = "airlock $(pkg-config --modversion airlock)" ] || die "bin/airlock --version says: $said"
"$command" exec --profile none -- /bin/true || die "bin/airlock exec -- /bin/true: exit status $?"
if said=$(echo hello | "$command" exec cat 2>&1); then
	[ "$said" = hello ] || die "bin/airlock exec cat says: $said"
elif no_sandbox; then
	skipped="the builtin filter cannot be had here: $said"
else
	die "bin/airlock exec cat does not work: $said"
fi
said=$({ "$command" exec --profile none -- sh -c 'exec true'; echo $?; } 2>/dev/null)
[ "$said" = 159 ] || die "bin/airlock exec: a second exec ended with $said"
echo "$("$command" --version), the command"

at=$root/opt/airlock/share
cmp cmd/airlock.bash "$at/bash-completion/completions/airlock" || die "not installed: the completion for bash"
cmp cmd/airlock.zsh "$at/zsh/site-functions/_airlock" || die "not installed: the completion for zsh"
[ "$(head -n 1 "$at/zsh/site-functions/_airlock")" = '#compdef airlock' ] || die "compinit of zsh takes no such file: _airlock"

for page in man/*.[1-8]; do
	[ -f "$root/opt/airlock/share/man/man${page##*.}/${page##*/}" ] || die "not installed: $page"
done
# the same into a folder with blanks, and out of both
files() { (cd "$1/opt/airlock" && find . ! -type d | sort); }
spaced="$root/a b'c"
mkdir "$spaced"
${MAKE:-make} -s install B="$1" CC="$cc" PREFIX=/opt/airlock DESTDIR="$spaced" >/dev/null ||
	die "make install: DESTDIR may not hold blanks"
diff <(files "$root") <(files "$spaced") || die "with blanks in DESTDIR make install puts other files there"
for at in "$root" "$spaced"; do
	${MAKE:-make} -s uninstall B="$1" PREFIX=/opt/airlock DESTDIR="$at" >/dev/null || die "make uninstall failed"
	left=$(find "$at/opt" ! -type d)
	[ -z "$left" ] || die "left after uninstall: $left"
done
[ -z "$skipped" ] || { echo "SKIP: $skipped"; exit 77; }
