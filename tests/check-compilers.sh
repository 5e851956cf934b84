#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Builds lib/ and sandbox/ with each compiler named, warnings as errors, and checks that the child's object stands
# alone there too. What is built for another machine is run under qemu-user, where a program that
# asks through each channel must get its answer. Last line: how many. Usage: check-compilers.sh CC...
set -u
passed=0 failed=0 skipped=0
unset MAKEFLAGS MAKELEVEL

# a compiler's own program, run here or under an emulator: CC BUILD
ask() {
	local cc=$1 build=$2 machine run=
	machine=$($cc -dumpmachine)
	case $machine in
	x86_64*) ;;
	*)
		run=qemu-${machine%%-*}
		command -v "$run" >/dev/null || { echo "    SKIP: no $run to run it"; return 77; }
		;;
	esac
	$cc -std=gnu11 -Wall -Werror -static -Ilib -o "$build/ask" tests/ask.c "$build/libairlock.a" -pthread || return 1
	timeout 120 $run "$build/ask" /bin/cat
}

for cc in "$@"; do
	command -v "$cc" >/dev/null || { echo "$cc: SKIP: not installed"; skipped=$((skipped + 1)); continue; }
	build=build/compilers/$cc
	log=$build.log
	mkdir -p build/compilers
	if ! CI=1 ${MAKE:-make} -s B="$build" CC="$cc" lib sandbox >"$log" 2>&1; then
		echo "$cc: FAILED to build"
		grep -E 'error|warning' "$log" | head -n 20
		failed=$((failed + 1))
		continue
	fi
	if ! alone=$(CC=$cc tests/check-child.sh "$build"); then
		echo "$cc: FAILED: the child does not stand alone"
		echo "$alone"
		failed=$((failed + 1))
		continue
	fi
	answers=$(ask "$cc" "$build")
	case $? in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)); echo "$cc: FAILED to run" ;;
	esac
	echo "$cc ($($cc -dumpmachine)): $(echo "$alone" | tail -n 1) between clone and exec; $answers"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
