#!/usr/bin/env bash
# SPDX-License-Identifier: ISC OR Apache-2.0
# (http://www.apache.org/licenses/LICENSE-2.0)
#
# Builds all fuzz targets for OSS-Fuzz and ClusterFuzzLite, for any of their engines and sanitizers: compilers,
# flags and the engine come from the environment, what is built goes to $OUT, all else to $WORK.
# It is run in the source folder; `make check-oss-fuzz` tries it out.
#
# Must not assume libFuzzer, and must leave nothing in the source folder.
set -eu
: "${CC:?}" "${CXX:?}" "${OUT:?}" "${WORK:?}" "${LIB_FUZZING_ENGINE:?}"
read -ra targets <<<"${FUZZ_TARGETS:-$(make -s fuzz-targets)}"

# What runs between clone and exec calls nothing, so nothing that calls out may be compiled into it: neither
# by the flags nor by a wrapper that adds some (afl-clang-fast, hfuzz-clang).
case ${CC##*/} in
clang | clang-[0-9]*) child_cc=$CC ;;
*) child_cc=clang ;;
esac

# SAN: anything, so that hardening, which hides bugs, is left out. What the environment has for the targets would be
# taken for the seeds, too, and the other way round: so all is said.
build() { # VARIABLE=VALUE... GOAL
	make -j"$(nproc)" CI= LDFLAGS= CPPFLAGS= CHILD_CC="$child_cc" CHILD_CFLAGS='-g -O2' FUZZ_TARGETS="${targets[*]}" "$@"
}

build SAN=service B="$WORK/targets" FUZZ_OUT="$OUT" CC="$CC" CFLAGS="${CFLAGS-}" FUZZ_LINK="$CXX ${CXXFLAGS-}" \
	LIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" replay
# the inputs that the readable seeds mean are written by our own driver, which needs no engine
build SAN=seeds B="$WORK/seeds" FUZZ_OUT="$WORK/seeds/replay" CC="$child_cc" CFLAGS=-O1 LIB_FUZZING_ENGINE= seeds

for target in "${targets[@]}"; do
	stage=$WORK/corpus/$target
	rm -rf "$stage" "$OUT/${target}_seed_corpus.zip"
	mkdir -p "$stage"
	if [ -d "corpus/$target" ]; then cp -r "corpus/$target/." "$stage"; fi
	for seed in "$WORK/seeds/seeds/$target"/*; do
		if [ -f "$seed" ]; then cp "$seed" "$stage/seed-${seed##*/}"; fi
	done
	(cd "$stage" && zip -q -r "$OUT/${target}_seed_corpus.zip" .)
	cp "fuzz/oss-fuzz/$target.options" "$OUT/"
	if [ -e "fuzz/$target.dict" ]; then cp "fuzz/$target.dict" "$OUT/"; fi
done
