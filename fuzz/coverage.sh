#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# What the committed corpora alone reach of lib/ and sandbox/: lines, branches, MC/DC, a file each. And: in the files
# below each outcome of each condition must be reached, or stand in fuzz/unreached.txt with its reason. One
# that stands there and is reached fails as well. Usage: fuzz/coverage.sh BUILD [CORPORA]
#
# Needs clang-19, which alone knows MC/DC. What runs in a child that shares our memory counts, too.
set -u
mkdir -p "$1/coverage" && build=$(cd "$1/coverage" && pwd) || exit 2
corpora=${2:-corpus}
cd "$(dirname "$0")/.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS
checked='lib/handshake.c lib/fdmap.c lib/closefds.c sandbox/parse.c sandbox/keys.c sandbox/keys_calls.c
	sandbox/keys_process.c sandbox/keys_reach.c sandbox/values.c sandbox/rules.c'
flags='-fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc'
read -ra targets <<<"${FUZZ_TARGETS:-$("${MAKE:-make}" -s fuzz-targets)}"

# SAN: anything, so that hardening is left out. CHILD_EXTRA: what runs between clone and exec is counted as well.
"${MAKE:-make}" --no-print-directory B="$build" SAN=coverage CC=clang-19 CFLAGS="-g -O1 $flags" CHILD_EXTRA="$flags" \
	FUZZ_TARGETS="${targets[*]}" replay >"$build/log" 2>&1 || { tail -n 20 "$build/log"; exit 2; }

rm -f "$build"/*.profraw
objects=()
for t in "${targets[@]}"; do
	corpus=$corpora/$t
	if [ -z "$(ls "$corpus" 2>/dev/null)" ]; then
		echo "$t has no corpus; its seeds in its stead"
		"${MAKE:-make}" --no-print-directory B="$build/seeds" FUZZ_TARGETS="$t" seeds >"$build/log" 2>&1 ||
			{ tail -n 20 "$build/log"; exit 2; }
		corpus=$build/seeds/seeds/$t
	fi
	LLVM_PROFILE_FILE=$build/$t.profraw timeout -k 5 300 "$build/replay/$t" "$corpus" >"$build/log" 2>&1 || {
		echo "$t fails on its corpus"
		tail -n 20 "$build/log"
		exit 2
	}
	objects+=("-object=$build/replay/$t")
done
llvm-profdata-19 merge -o "$build/profile" "$build"/*.profraw || exit 2
llvm_cov() { # COMMAND ARGUMENT...
	local command=$1
	shift
	llvm-cov-19 "$command" "${objects[@]}" -instr-profile="$build/profile" "$@" 2>"$build/log"
}
llvm_cov report -show-branch-summary -show-mcdc-summary -show-region-summary=0 -show-functions=0 \
	-sources lib sandbox | sed "s|$PWD/||" || exit 2

# Each outcome that is not reached, as fuzz/unreached.txt has it: FILE: FUNCTION: NUMBER true|false: LINE. The number
# is that of the condition among those of the line.
# shellcheck disable=SC2086
llvm_cov export -format=lcov -sources $checked >"$build/lcov" || exit 2
awk -v here="$PWD/" '
	/^SF:/ {
		file = substr($0, 4)
		sub(here, "", file)
		split("", text)
		split("", in_line)
		split("", function_at)
		for (n = 0; (getline line < file) > 0;)
			text[++n] = line
		close(file)
	}
	/^FN:/ {
		split(substr($0, 4), f, ",")
		name = f[2]
		sub(/.*:/, "", name)
		function_at[f[1]] = name
	}
	/^BRDA:/ {
		split(substr($0, 6), b, ",")
		at = b[1]
		order = in_line[at]++
		if (b[4] != "-" && b[4] > 0)
			next
		for (l = at; l > 0 && !(l in function_at); l--)
			;
		what = text[at]
		gsub(/^[ \t]+|[ \t]+$/, "", what)
		printf "%s: %s: %d %s: %s\n", file, l ? function_at[l] : "-", int(order / 2) + 1, order % 2 ? "false" : "true", what
	}' "$build/lcov" | sort -u >"$build/unreached"
grep -E '^(lib|sandbox)/' fuzz/unreached.txt | sort -u >"$build/listed"
missing=$(comm -23 "$build/unreached" "$build/listed")
reached=$(comm -13 "$build/unreached" "$build/listed")
status=0
if [ -n "$missing" ]; then
	echo "not reached, and no reason given in fuzz/unreached.txt:"
	echo "$missing"
	status=1
fi
if [ -n "$reached" ]; then
	echo "reached, or gone, though fuzz/unreached.txt says that nothing can reach it:"
	echo "$reached"
	status=1
fi
echo "$(wc -l <"$build/unreached") outcomes are not reached in the files that are checked, $(wc -l <"$build/listed") are listed"
exit $status
