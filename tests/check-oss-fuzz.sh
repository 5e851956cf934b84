#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: builds the fuzz targets by fuzz/oss-fuzz/build.sh in the environment that OSS-Fuzz gives it, and looks at
# them as its check_build does: each starts, is instrumented, by the sanitizer that was asked for and no
# other, takes its seeds, needs nothing that does not ship with it, no /dev, no working directory, and no
# place to write but the temporary one. Usage: tests/check-oss-fuzz.sh BUILD [WAY]...
#
# The ways: address, undefined, memory: with libFuzzer, and that sanitizer. coverage: what is reached. afl: AFL++.
# other: an engine that we know nothing of, as honggfuzz and Centipede are: an archive with a main() and what is told
# of edges.
#
# No containers run here: clang-19 stands in for the compiler of its image, and bwrap for its runner.
set -u
mkdir -p "$1/oss-fuzz" && root=$(cd "$1/oss-fuzz" && pwd) || exit 1
shift
[ $# -gt 0 ] || set -- address undefined memory coverage afl other
cd "$(dirname "$0")/.." || exit 1
read -ra targets <<<"${FUZZ_TARGETS:-$(make -s fuzz-targets)}"
failed=0 skipped=
# check_build speaks up below 100, and goes on. Some of ours drive one small module, and their own code is not traced.
least_edges=20
bad() { echo "  $*"; failed=$((failed + 1)); }
for tool in clang-19 clang++-19 zip unzip objdump readelf; do
	command -v "$tool" >/dev/null || { echo "needs $tool"; exit 1; }
done

flags_of() {
	case $1 in
	address | afl | other) echo '-fsanitize=address -fsanitize-address-use-after-scope' ;;
	coverage) echo '-fprofile-instr-generate -fcoverage-mapping -pthread' ;;
	memory) echo '-fsanitize=memory -fsanitize-memory-track-origins' ;;
	undefined)
		local fatal=bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift
		fatal+=,signed-integer-overflow,vla-bound
		echo "-fsanitize=$fatal,unsigned-integer-overflow -fno-sanitize-recover=$fatal"
		;;
	*) return 1 ;;
	esac
}

# It runs the files that it is given, and says how many edges it was told of.
make_engine() {
	cat >"$WORK/engine.c" <<-'END'
		#include <stdint.h>
		#include <stdio.h>
		#include <stdlib.h>
		int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
		static long edges;
		void __sanitizer_cov_trace_pc_guard_init(uint32_t *first, uint32_t *end) { edges += end - first; }
		void __sanitizer_cov_trace_pc_guard(uint32_t *guard) { (void)guard; }
		void __sanitizer_cov_pcs_init(const uintptr_t *first, const uintptr_t *end) { (void)first; (void)end; }
		void __sanitizer_cov_trace_pc_indir(uintptr_t callee) { (void)callee; }
		#define CMP(name, type) void __sanitizer_cov_trace_##name(type a, type b) { (void)a; (void)b; }
		CMP(cmp1, uint8_t) CMP(cmp2, uint16_t) CMP(cmp4, uint32_t) CMP(cmp8, uint64_t)
		CMP(const_cmp1, uint8_t) CMP(const_cmp2, uint16_t) CMP(const_cmp4, uint32_t) CMP(const_cmp8, uint64_t)
		void __sanitizer_cov_trace_switch(uint64_t v, uint64_t *cases) { (void)v; (void)cases; }
		int main(int argc, char **argv)
		{
			for (int i = 1; i < argc; i++) {
				FILE *f = fopen(argv[i], "rb");
				uint8_t *data = malloc(1 << 20);
				if (!f || !data)
					return 2;
				LLVMFuzzerTestOneInput(data, fread(data, 1, 1 << 20, f));
				free(data);
				fclose(f);
			}
			printf("INFO: Loaded 1 modules (%ld guards)\n", edges);
			return 0;
		}
	END
	clang-19 -O1 -c -o "$WORK/engine.o" "$WORK/engine.c" && rm -f "$WORK/engine.a" &&
		ar rcs "$WORK/engine.a" "$WORK/engine.o"
}

build() { # WAY
	local sanitizer
	sanitizer=$(flags_of "$1") || { echo "no such way: $1"; exit 2; }
	export OUT=$root/$1/out WORK=$root/$1/work SRC=$PWD SANITIZER=$1 FUZZING_ENGINE=libfuzzer ARCHITECTURE=x86_64
	export FUZZING_LANGUAGE=c CC=clang-19 CXX=clang++-19 LIB_FUZZING_ENGINE=-fsanitize=fuzzer
	rm -rf "$OUT" && mkdir -p "$OUT" "$WORK"
	CFLAGS="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $sanitizer"
	case $1 in
	afl)
		FUZZING_ENGINE=afl SANITIZER=address CC=afl-clang-fast CXX=afl-clang-fast++
		LIB_FUZZING_ENGINE=$(dirname "$(afl-clang-fast -print-file-name=libAFLDriver.a)")/libAFLDriver.a
		[ -e "$LIB_FUZZING_ENGINE" ] || LIB_FUZZING_ENGINE=/usr/lib/afl/libAFLDriver.a
		export AFL_QUIET=1
		;;
	other)
		FUZZING_ENGINE=other SANITIZER=address
		make_engine || return 1
		LIB_FUZZING_ENGINE=$WORK/engine.a
		CFLAGS+=' -fsanitize-coverage=trace-pc-guard,pc-table,indirect-calls,trace-cmp -fno-builtin'
		;;
	*) CFLAGS+=' -fsanitize=fuzzer-no-link' ;;
	esac
	CXXFLAGS=$CFLAGS
	export LLVM_PROFILE_FILE=/tmp/%m.profraw CFLAGS CXXFLAGS UBSAN_OPTIONS=silence_unsigned_overflow=1
	# what make hands down to a make that it starts must not get there
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS fuzz/oss-fuzz/build.sh >"$root/$1/log" 2>&1 || {
		tail -n 20 "$root/$1/log"
		return 1
	}
}

# Calls of a sanitizer's library, which tell what a program was built with. The bounds are check_build's.
calls() { objdump -dC "$1" | grep -cE "callq? +[0-9a-f]+ <__$2"; }
check_sanitizer() { # TARGET
	local asan msan ubsan least=1000
	# of which libFuzzer's own are some hundreds
	[ "$FUZZING_ENGINE" = libfuzzer ] || least=100
	asan=$(calls "$OUT/$1" asan) msan=$(calls "$OUT/$1" msan) ubsan=$(calls "$OUT/$1" ubsan)
	case $SANITIZER in
	coverage) return ;;
	address) [ "$asan" -ge $least ] && [ "$msan" -le 3 ] && [ "$ubsan" -le 200 ] ;;
	memory) [ "$msan" -ge 1000 ] && [ "$asan" -eq 0 ] && [ "$ubsan" -le 200 ] ;;
	undefined) [ "$ubsan" -ge 168 ] && [ "$asan" -eq 0 ] && [ "$msan" -le 3 ] ;;
	esac || bad "$1: not built for $SANITIZER alone: calls of asan $asan, msan $msan, ubsan $ubsan"
}

check_files() { # TARGET
	local t=$1 strangers
	[[ $t =~ ^[A-Za-z0-9_-]+$ ]] || bad "$t: a name that is not taken"
	# libFuzzer's C++ library is linked statically by their compiler, and cannot be by every other
	strangers=$(readelf -d "$OUT/$t" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vE '^(libc|libm|libdl|libpthread|librt|libresolv|libgcc_s|libstdc\+\+)\.so|^ld-linux')
	[ -z "$strangers" ] || bad "$t: needs what does not ship with it: $strangers"
	unzip -q -o -d "$root/seeds/$t" "$OUT/${t}_seed_corpus.zip" || bad "$t: no seeds"
	[ -n "$(ls "$root/seeds/$t" 2>/dev/null)" ] || bad "$t: no seeds"
	grep -qE '^max_len = [0-9]+$' "$OUT/$t.options" || bad "$t: no options"
	# only where text is parsed is there one
	[ ! -e "fuzz/$t.dict" ] || cmp -s "fuzz/$t.dict" "$OUT/$t.dict" || bad "$t: no dictionary"
}

# A folder of its own to write to, nothing else, and no /dev
runner=(bwrap --unshare-all --die-with-parent --tmpfs / --ro-bind /usr /usr --ro-bind-try /lib /lib
	--ro-bind-try /lib64 /lib64 --proc /proc --tmpfs /tmp)
bwrap_works() { "${runner[@]}" --remount-ro / --chdir / /usr/bin/env true 2>/dev/null; }

run_target() { # TARGET ARGUMENT...: with the options, and its output in $log
	local t=$1 options=()
	shift
	mapfile -t options < <(sed -n 's/^\([a-z_]*\) = /-\1=/p' "$OUT/$t.options")
	if [ -e "$OUT/$t.dict" ]; then options+=("-dict=/out/$t.dict"); fi
	timeout -k 5 120 "${here[@]}" "${out_at%/}/$t" -artifact_prefix="$tmp_at/" \
		"${options[@]//\/out\//${out_at%/}/}" "$@" >"$log" 2>&1
}

# AFL++'s driver takes no options, nor does one that we do not know
check_files_run() { # TARGET
	local t=$1 seeds=() edges
	for seed in "$root/seeds/$t"/*; do seeds+=("$seeds_at/$t/${seed##*/}"); done
	timeout -k 5 120 "${here[@]}" "${out_at%/}/$t" "${seeds[@]}" >"$log" 2>&1 ||
		{ bad "$t: does not take its seeds"; tail -n 30 "$log"; return; }
	edges=$(sed -n 's/.*INFO: Loaded 1 modules (\([0-9]*\) .*/\1/p' "$log")
	[ "$FUZZING_ENGINE" = afl ] || [ "${edges:-0}" -ge "$least_edges" ] || bad "$t: ${edges:-no} edges: is it instrumented?"
	echo "  $t: ${edges:+$edges edges, }${#seeds[@]} seeds"
}

check_run() { # TARGET
	local t=$1 edges
	if [ "$FUZZING_ENGINE" != libfuzzer ]; then
		check_files_run "$t"
		return
	fi
	run_target "$t" -seed=1337 -runs=4 || { bad "$t: does not start"; tail -n 5 "$log"; return; }
	grep -q 'Done 4 runs' "$log" || bad "$t: ends before it has run"
	edges=$(sed -n 's/.*INFO: Loaded [0-9]* modules* *(\([0-9]*\) .*/\1/p' "$log")
	[ "${edges:-0}" -ge "$least_edges" ] || bad "$t: ${edges:-no} edges: is it instrumented?"
	if [ "$SANITIZER" = coverage ]; then
		nm "$OUT/$t" | grep -q __llvm_profile_runtime || bad "$t: not built for coverage"
	fi
	run_target "$t" -runs=0 "$seeds_at/$t" || { bad "$t: does not take its seeds"; tail -n 30 "$log"; return; }
	run_target "$t" -seed=1337 -runs=500 -max_total_time=20 "$tmp_at" "$seeds_at/$t" ||
		{ bad "$t: does not run"; tail -n 30 "$log"; return; }
	echo "  $t: $edges edges, $(find "$root/seeds/$t" -type f | wc -l) seeds"
}

grep -q apache.org/licenses fuzz/oss-fuzz/Dockerfile fuzz/oss-fuzz/project.yaml || bad 'no licence that OSS-Fuzz takes'
log=$(mktemp) && there=$(mktemp -d) || exit 1
trap 'rm -rf "$log" "$there"' EXIT
for s; do
	echo "$s:"
	if [ "$s" = afl ] && ! command -v afl-clang-fast++ >/dev/null; then
		skipped+=$'\nSKIPPED: no afl-clang-fast++ here: not built for AFL++'
		continue
	fi
	rm -rf "$root/seeds"
	mkdir -p "$root/seeds"
	build "$s" || { bad "$s: build.sh failed"; continue; }
	if bwrap_works; then
		out_at=/out seeds_at=/seeds tmp_at=/tmp
		here=("${runner[@]}" --ro-bind "$OUT" /out --ro-bind "$root/seeds" /seeds --remount-ro / --chdir / --)
	else
		skipped=$'\nSKIPPED: no bwrap here: not seen to run without /dev and with nothing to write to'
		out_at=$OUT seeds_at=$root/seeds tmp_at=$there here=(env -C "$there")
	fi
	for t in "${targets[@]}"; do
		if [ ! -x "$OUT/$t" ]; then
			bad "$t: was not built"
			continue
		fi
		check_files "$t"
		check_sanitizer "$t"
		check_run "$t"
	done
done
[ -z "$skipped" ] || echo "${skipped#?}"
[ "$failed" -eq 0 ]
