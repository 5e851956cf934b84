#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: the names that the shared library exports, those in its version script and those that the
# public headers declare are the same. Usage: tests/check-symbols.sh BUILD
set -u
cc=${CC:-cc}
nm=$($cc -print-prog-name=nm)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$nm" -D --defined-only "$1/libairlock.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
sed -n 's/^\t\([A-Za-z_0-9]*\);$/\1/p' lib/libairlock.sym | sort >"$work/script"
# a compiler's own list of what the headers declare, not a pattern over their text
for h in airlock ipc; do echo "#include <airlock/$h.h>"; done >"$work/all.c"
$cc -std=c99 -Ilib -E "$work/all.c" | awk '
	/^# [0-9]+ "/ { ours = $3 ~ /airlock\/(airlock|ipc)\.h"/; next }
	ours' | tr '\n' ' ' | grep -oE '\b(airlock_[a-z_]+|ipc[A-Z][A-Za-z]+)\(' | tr -d '(' | sort -u >"$work/headers"

status=0
diff -u "$work/script" "$work/exported" || { echo "version script and library differ"; status=1; }
diff -u "$work/script" "$work/headers" || { echo "version script and headers differ"; status=1; }
[ -s "$work/exported" ] || { echo "the library exports nothing"; status=1; }
echo "$(wc -l <"$work/exported") names"
exit $status
