#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: each public header compiles alone, as C99 and as C++, without a warning, and so does a use
# of AIRLOCK_OPTIONS_INIT. Usage: tests/check-headers.sh BUILD
set -u
cc=${CC:-cc}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0
strict='-Wall -Wextra -Wpedantic -Werror -Wundef -Wstrict-prototypes'

for h in airlock ipc; do
	echo "#include <airlock/$h.h>" >"$work/$h.c"
	[ $h = ipc ] || echo 'struct airlock_options o = AIRLOCK_OPTIONS_INIT;' >>"$work/$h.c"
	$cc -std=c99 $strict -Ilib -c -o "$work/o" "$work/$h.c" || { echo "$h.h: not C99 alone"; status=1; }
	if $cc -x c++ -E /dev/null >/dev/null 2>&1; then
		$cc -x c++ -std=c++11 ${strict% *} -Ilib -c -o "$work/o" "$work/$h.c" || { echo "$h.h: not C++"; status=1; }
	elif command -v g++ >/dev/null; then
		g++ -x c++ -std=c++11 ${strict% *} -Ilib -c -o "$work/o" "$work/$h.c" || { echo "$h.h: not C++"; status=1; }
	else
		echo "SKIP: no C++ compiler for $h.h"
		[ $status -ne 0 ] || status=77
	fi
done
exit $status
