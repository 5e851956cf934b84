#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Plants each bug of fuzz/planted/ in a copy of the tree, and sees whether its target finds it, from the
# committed corpus, within a minute by libFuzzer and within two by AFL++. A target that does not has no teeth.
#
#	fuzz/teeth.sh BUILD [-e libfuzzer|afl|both] [-t SECONDS] [BUG|TARGET]...
#
# Prints a table of how long each took; the corpus alone finds what took 0 s. Exit status: 0: all were found.
# The seed of each run is fixed. What is built stays in BUILD/teeth, so that the next time is quicker.
set -u
usage() { echo "usage: fuzz/teeth.sh BUILD [-e libfuzzer|afl|both] [-t SECONDS] [BUG|TARGET]..." >&2; exit 2; }
[ $# -gt 0 ] || usage
mkdir -p "$1/teeth" && work=$(cd "$1/teeth" && pwd) || exit 2
shift
engine=both seconds=
while getopts e:t: o; do
	case $o in
	e) engine=$OPTARG ;;
	t) seconds=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
case $engine in libfuzzer | afl | both) ;; *) usage ;; esac
cd "$(dirname "$0")/.." || exit 2
# what make hands down to a make that it starts must not get there
unset MAKEFLAGS MAKELEVEL MFLAGS
make=${MAKE:-make}
lf_seconds=${seconds:-60} afl_seconds=${seconds:-120}
engines=$engine
[ "$engine" != both ] || engines='libfuzzer afl'
if [[ $engines == *afl* ]] && ! command -v afl-fuzz >/dev/null; then
	echo "no afl-fuzz here: libFuzzer alone"
	engines=libfuzzer
fi
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# The bugs

target_of() { sed -n 's/^Target: //p' "$1"; }
bugs=()
for p in fuzz/planted/*.patch; do
	name=$(basename "$p" .patch)
	if [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || [[ " $* " == *" $(target_of "$p") "* ]]; then
		bugs+=("$name")
	fi
done
[ ${#bugs[@]} -gt 0 ] || { echo "no such bug" >&2; exit 2; }
targets=$(for b in "${bugs[@]}"; do target_of "fuzz/planted/$b.patch"; done | sort -u | xargs)

# Trees and what is built of them. Times are kept: make builds anew what the patch has changed, and nothing else.

copy_tree() { # TO
	(cd "$1" && rm -rf lib sandbox fuzz tests Makefile) || return 1
	cp -pR Makefile lib sandbox fuzz "$1" && mkdir "$1/tests" && cp -p tests/*.[ch] "$1/tests"
}

# MAKE'S GOAL for the engine, and where the target is then
goal_of() { [ "$1" = libfuzzer ] && echo fuzz || echo fuzz-afl-asan; }
program_of() { [ "$1" = libfuzzer ] && echo "build/fuzz/$2" || echo "build/afl/asan/$2"; }
objects_of() { [ "$1" = libfuzzer ] && echo build/fuzz/obj || echo build/afl/obj-asan; }
build() { # TREE ENGINE TARGETS
	(cd "$1" && $make --no-print-directory B=build "$(goal_of "$2")" FUZZ_TARGETS="$3") >"$scratch/log" 2>&1 || {
		tail -n 20 "$scratch/log" >&2
		return 1
	}
}

# What a target starts from: the committed corpus, or while there is none the seeds.
corpus_of() { # TARGET
	local at=$PWD/corpus/$1
	if [ -z "$(ls "$at" 2>/dev/null)" ]; then
		at=$clean/build/seeds/$1
		(cd "$clean" && $make B=build seeds FUZZ_TARGETS="$1") >"$scratch/log" 2>&1 || return 1
	fi
	[ -n "$(ls "$at" 2>/dev/null)" ] && echo "$at"
}

# A bug may signal everybody: it has processes of its own, where that goes
alone=(unshare -p -f --mount-proc --kill-child)
"${alone[@]}" true 2>/dev/null || alone=()

# Engines. Each prints "SECONDS [RUNS]", or nothing if it found nothing

now() { date +%s%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }'; }

run_libfuzzer() { # PROGRAM CORPUS DICTIONARY
	local start status
	start=$(now)
	rm -rf "$scratch/run" && mkdir "$scratch/run" "$scratch/run/new"
	timeout -k 5 $((lf_seconds + 60)) "${alone[@]}" "$1" -seed=1 -max_total_time="$lf_seconds" -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$scratch/run/" ${3:+-dict="$3"} "$scratch/run/new" "$2" >"$scratch/log" 2>&1
	status=$?
	[ "$status" -ne 0 ] || return 1
	echo "$(since "$start") $(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/log")"
}

run_afl() { # PROGRAM CORPUS DICTIONARY
	local start
	start=$(now)
	rm -rf "$scratch/run"
	# AFL++ will not begin with an input that crashes: that it does is found all the same
	if ! timeout -k 5 60 "${alone[@]}" "$1" "$2"/* >"$scratch/log" 2>&1; then
		echo "$(since "$start") corpus"
		return
	fi
	AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_BENCH_UNTIL_CRASH=1 \
		timeout -k 5 $((afl_seconds + 60)) "${alone[@]}" afl-fuzz -s 1 -V "$afl_seconds" ${3:+-x "$3"} -m none -t 1000+ -i "$2" \
		-o "$scratch/run" -- "$1" >"$scratch/log" 2>&1 </dev/null
	if [ -n "$(ls "$scratch/run/default/crashes" 2>/dev/null)" ]; then
		echo "$(since "$start") $(sed -n 's/^execs_done *: *//p' "$scratch/run/default/fuzzer_stats")"
	fi
}

dictionary_of() { [ ! -e "fuzz/$1.dict" ] || echo "$PWD/fuzz/$1.dict"; }

# First without a bug

clean=$work/clean
mkdir -p "$clean" && copy_tree "$clean" || exit 2
for e in $engines; do
	build "$clean" "$e" "$targets" || { echo "$e: the tree does not build" >&2; exit 2; }
	for t in $targets; do
		corpus=$(corpus_of "$t") || { echo "$t has no corpus" >&2; exit 2; }
		if [ "$e" = libfuzzer ]; then
			timeout -k 5 120 "$clean/$(program_of "$e" "$t")" -runs=0 "$corpus" >"$scratch/log" 2>&1
		else
			timeout -k 5 120 "$clean/$(program_of "$e" "$t")" "$corpus"/* >"$scratch/log" 2>&1
		fi || {
			echo "$e: $t fails on its corpus with no bug planted:" >&2
			tail -n 30 "$scratch/log" >&2
			exit 2
		}
	done
done

# Then with each

missed=0 found=0
printf '%-34s %-14s' bug target
for e in $engines; do printf ' %10s %12s' "$e" runs; done
echo
for b in "${bugs[@]}"; do
	t=$(target_of "fuzz/planted/$b.patch")
	printf '%-34s %-14s' "$b" "$t"
	tree=$work/planted
	rm -rf "$tree" && mkdir -p "$tree" && copy_tree "$tree" || exit 2
	if ! patch -d "$tree" -p1 -s -F0 --no-backup-if-mismatch <"fuzz/planted/$b.patch" >"$scratch/log" 2>&1; then
		echo " the patch does not apply"
		missed=$((missed + 1))
		continue
	fi
	for e in $engines; do
		mkdir -p "$tree/$(objects_of "$e")"
		cp -pR "$clean/$(objects_of "$e")/." "$tree/$(objects_of "$e")"
		result=
		if ! build "$tree" "$e" "$t"; then
			result='- unbuilt'
			missed=$((missed + 1))
		elif result=$("run_$e" "$tree/$(program_of "$e" "$t")" "$(corpus_of "$t")" "$(dictionary_of "$t")") &&
			[ -n "$result" ]; then
			found=$((found + 1))
		else
			result='- MISSED'
			missed=$((missed + 1))
		fi
		read -r time runs <<<"$result"
		printf ' %10s %12s' "$time" "$runs"
	done
	echo
done
echo "$found found, $missed missed"
[ "$missed" -eq 0 ]
