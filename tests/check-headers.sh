#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: each public header compiles alone, and with the others in any order, as C99 and as C++, without
# a warning, and so does a use of AIRLOCK_OPTIONS_INIT. Usage: tests/check-headers.sh BUILD
set -u
cc=${CC:-cc}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0
strict='-Wall -Wextra -Wpedantic -Werror -Wundef'

if $cc -x c++ -E /dev/null >/dev/null 2>&1; then
	cxx=$cc
elif command -v g++ >/dev/null; then
	cxx=g++
else
	cxx=
	echo 'SKIP: no C++ compiler'
fi

# NAME -IFOLDER...: compiles $work/t.c
compile() {
	local name=$1
	shift
	$cc -std=c99 $strict -Wstrict-prototypes "$@" -c -o "$work/o" "$work/t.c" || { echo "$name: not C99"; status=1; }
	[ -n "$cxx" ] || return
	$cxx -x c++ -std=c++11 $strict "$@" -c -o "$work/o" "$work/t.c" || { echo "$name: not C++"; status=1; }
}

for h in lib/airlock/airlock lib/airlock/ipc sandbox/airlock/sandbox; do
	name=${h##*/}
	echo "#include <airlock/$name.h>" >"$work/t.c"
	[ "$name" != airlock ] || echo 'struct airlock_options o = AIRLOCK_OPTIONS_INIT;' >>"$work/t.c"
	compile "$name.h alone" -I"${h%/airlock/*}"
done
for order in 'airlock ipc sandbox' 'sandbox ipc airlock' 'ipc sandbox airlock sandbox'; do
	for h in $order; do echo "#include <airlock/$h.h>"; done >"$work/t.c"
	compile "all in the order $order" -Ilib -Isandbox
done
[ $status -ne 0 ] || [ -n "$cxx" ] || status=77
exit $status
