#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Runs the tests and gates of one build and prints what became of each; the last line counts.
#	tests/run.sh BUILD SAN UNIT_TESTS SPAWN_TESTS SANDBOX_TESTS CMD_TESTS GATES FUZZ_TARGETS
# Logs stand in BUILD/logs. A test that could not run counts as skipped, and its reason is shown.
# AIRLOCK_TEST_ONLY=NAME runs one test program, or one gate, alone.
set -u
build=$1 san=$2 unit=$3 spawn=$4 sandbox=$5 cmd=$6 gates=$7 targets=$8
only=${AIRLOCK_TEST_ONLY:-}
passed=0 failed=0 skipped=0
# make's job server is nothing that a test should find open
for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done
mkdir -p "$build/logs"
failures=$build/logs/failures
: >"$failures"

# one test program: LABEL PROGRAM, environment already set
run() {
	local label=$1 log="$build/logs/$1.log" began=$SECONDS status n p f s
	shift
	CMOCKA_MESSAGE_OUTPUT=STDOUT timeout -k 10 "${AIRLOCK_TEST_TIMEOUT:-300}" "$@" >"$log" 2>&1 </dev/null
	status=$?
	p=$(grep -c '^\[       OK \]' "$log")
	s=$(grep -c '^\[  SKIPPED \] [a-z]' "$log")
	f=$(grep -c '^\[  FAILED  \] [a-z0-9_]*$' "$log")
	# cmocka names each failed or skipped test twice; a crash, a leak or a timeout names none
	f=$((f / 2)) s=$((s / 2))
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
	# nor does one that ends early and is content
	n=$(sed -n 's/^\[==========\] Running \([0-9]*\) test.*/\1/p' "$log" | head -n 1)
	if [ "$f" -eq 0 ] && { [ "${n:-0}" -eq 0 ] || [ "$n" -ne $((p + s)) ]; }; then
		f=1
		echo "    ${n:-0} tests began, $((p + s)) ended"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%-28s %4d passed %3d failed %3d skipped  %3d s\n' "$label" "$p" "$f" "$s" $((SECONDS - began))
	grep '^SKIP ' "$log" | sed 's/^/    /' | sort -u
	if [ "$f" -gt 0 ]; then
		{
			echo "$label: exit status $status; from $log:"
			grep -v '^\[ RUN  \|^\[       OK\|^SKIP' "$log" | tail -n 40 | sed 's/^/    | /'
		} | tee -a "$failures" | sed 's/^/    /'
	fi
}

gate() {
	local log="$build/logs/$1.log" status
	"tests/$1.sh" "$build" >"$log" 2>&1
	status=$?
	case $status in
	0) passed=$((passed + 1)); printf '%-28s passed\n' "$1" ;;
	77) skipped=$((skipped + 1)); printf '%-28s SKIPPED\n' "$1" ;;
	*)
		failed=$((failed + 1))
		printf '%-28s FAILED, exit status %d\n' "$1" "$status"
		{ echo "$1: exit status $status"; tail -n 20 "$log" | sed 's/^/    | /'; } >>"$failures"
		;;
	esac
	sed 's/^/    /' "$log" | tail -n 40
}

# a fuzz target over its corpus and its seeds: one test
replay() {
	local t=$1 log="$build/logs/fuzz-$1.log" began=$SECONDS inputs=()
	[ ! -d "corpus/$t" ] || inputs+=("corpus/$t")
	[ ! -d "$build/seeds/$t" ] || inputs+=("$build/seeds/$t")
	if REPLAY_NAMES=1 timeout -k 10 "${AIRLOCK_TEST_TIMEOUT:-300}" "$build/replay/$t" "${inputs[@]}" >"$log" 2>&1 </dev/null; then
		passed=$((passed + 1))
		printf '%-28s passed, %s  %3d s\n' "fuzz-$t" "$(tail -n 1 "$log")" $((SECONDS - began))
	else
		failed=$((failed + 1))
		printf '%-28s FAILED\n' "fuzz-$t"
		{ echo "fuzz-$t; from $log:"; tail -n 20 "$log" | sed 's/^/    | /'; } | tee -a "$failures" | sed 's/^/    /'
	fi
}

wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

unset AIRLOCK_TEST_FILTER AIRLOCK_TEST_MODE

# everything that forks must be ours alone to wait for, and quiet under a terminal
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:die_after_fork=0}

for t in $unit; do wanted "$t" && run "$t" "$build/tests/test_$t"; done
for t in $spawn; do
	wanted "$t" || continue
	run "$t" "$build/tests/test_$t"
	AIRLOCK_TEST_MODE=private run "$t-private" "$build/tests/test_$t"
	# these two have seals of their own
	case $t in seal | inject) ;; *) AIRLOCK_TEST_MODE=sealed run "$t-sealed" "$build/tests/test_$t" ;; esac
done
for t in $sandbox; do
	wanted "$t" || continue
	run "$t" "$build/tests/test_$t"
	AIRLOCK_TEST_MODE=private run "$t-private" "$build/tests/test_$t"
done
for t in $targets; do wanted "fuzz-$t" && replay "$t"; done
for t in $cmd; do wanted "$t" && run "$t" "$build/tests/test_$t"; done
if [ -z "$san" ]; then
	if ! command -v valgrind >/dev/null; then
		echo 'SKIPPED: the valgrind runs, since valgrind is not installed'
		skipped=$((skipped + 1))
	elif valgrind -q "$build/tests/test_error" 2>&1 </dev/null | grep -q "corrupted debuginfo"; then
		echo 'SKIPPED: the valgrind runs, since valgrind cannot read what this compiler writes (try -gdwarf-4)'
		skipped=$((skipped + 1))
	else
		for t in $spawn; do
			wanted "$t" || continue
			AIRLOCK_TEST_MODE=private AIRLOCK_TEST_DIVISOR=100 run "$t-valgrind" \
				valgrind -q --error-exitcode=9 --child-silent-after-fork=yes \
				"$build/tests/test_$t"
		done
	fi
	for g in $gates; do wanted "$g" && gate "$g"; done
fi
if [ -s "$failures" ]; then
	echo '== what failed, once more'
	cat "$failures"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
