#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: of each library: the names that the shared library exports, those in its version script and
# those that its public headers declare are the same. Usage: tests/check-symbols.sh BUILD
set -u
cc=${CC:-cc}
nm=$($cc -print-prog-name=nm)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# LIBRARY SCRIPT FOLDER HEADER...
compare() {
	local library=$1 script=$2 folder=$3 h
	shift 3
	"$nm" -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
	sed -n 's/^\t\([A-Za-z_0-9]*\);$/\1/p' "$script" | sort >"$work/script"
	# a compiler's own list of what the headers declare, not a pattern over their text
	for h; do echo "#include <airlock/$h.h>"; done >"$work/all.c"
	$cc -std=c99 -I"$folder" -E "$work/all.c" | awk -v folder="$folder/airlock/" '
		/^# [0-9]+ "/ { ours = index($3, folder); next }
		ours' | tr '\n' ' ' | grep -oE '\b(airlock_[a-z_]+|ipc[A-Z][A-Za-z]+) *\(' | tr -d '( ' | sort -u >"$work/headers"
	diff -u "$work/script" "$work/exported" || { echo "$script and $library differ"; status=1; }
	diff -u "$work/script" "$work/headers" || { echo "$script and its headers differ"; status=1; }
	[ -s "$work/exported" ] || { echo "$library exports nothing"; status=1; }
	echo "$library: $(wc -l <"$work/exported") names"
}

compare "$1/libairlock.so" lib/libairlock.sym lib airlock ipc
compare "$1/libairlock-sandbox.so" sandbox/libairlock-sandbox.sym sandbox sandbox
exit $status
