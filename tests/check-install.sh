#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: a program builds against the *installed* library through pkg-config, shared and static, and
# runs; uninstall leaves nothing. Usage: tests/check-install.sh BUILD
set -u
cc=${CC:-cc}
command -v pkg-config >/dev/null || { echo 'SKIP: pkg-config is not installed'; exit 77; }
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
die() { echo "$*"; exit 1; }

unset MAKEFLAGS MAKELEVEL
${MAKE:-make} -s install B="$1" CC="$cc" PREFIX=/opt/airlock DESTDIR="$root" >/dev/null || die "make install failed"
export PKG_CONFIG_PATH=$root/opt/airlock/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
cat >"$root/use.c" <<'END'
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
END
version=$(pkg-config --modversion airlock) || die "pkg-config does not know airlock"
build() { $cc -std=c99 -Wall -Werror -DVERSION="\"$version\"" -o "$root/$1" "$root/use.c" "${@:2}"; }
build shared $(pkg-config --cflags --libs airlock) || die "does not build against the shared library"
LD_LIBRARY_PATH=$root/opt/airlock/lib "$root/shared" || die "does not run with the shared library"
build static $(pkg-config --cflags airlock) -L"$root/opt/airlock/lib" \
	-Wl,-Bstatic $(pkg-config --static --libs-only-l airlock) -Wl,-Bdynamic || die "does not build statically"
"$root/static" || die "does not run with the static library"
${MAKE:-make} -s uninstall B="$1" PREFIX=/opt/airlock DESTDIR="$root" >/dev/null || die "make uninstall failed"
left=$(find "$root/opt" ! -type d)
[ -z "$left" ] || die "left after uninstall: $left"
echo "version $version, shared and static"
