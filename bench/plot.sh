#!/bin/sh
# SPDX-License-Identifier: ISC
# Draws what `bench --tsv FILE` wrote: plot.sh FILE OUT.svg (needs gnuplot).
set -eu
[ $# -eq 2 ] || { echo "usage: plot.sh FILE.tsv OUT.svg" >&2; exit 2; }
command -v gnuplot >/dev/null || { echo "plot.sh: gnuplot is not installed" >&2; exit 1; }
gnuplot -e "in = '$1'; out = '$2'" - <<'PLOT'
set terminal svg size 1000, 500
set output out
set datafile separator "\t"
set title "Start a program and wait for its end"
set ylabel "microseconds, median"
set logscale y
set grid ytics
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.8 noborder
set boxwidth 0.9
set xtics rotate by -30
set key outside top right
only(mib, fds) = sprintf("< awk -F'\\t' '$2 == %d && $3 == %d' '%s'", mib, fds, in)
plot only(10, 10) using 5:xtic(1) title "10 MiB, 10 fds", \
	only(10, 19000) using 5 title "10 MiB, 19000 fds", \
	only(1024, 10) using 5 title "1 GiB, 10 fds", \
	only(1024, 19000) using 5 title "1 GiB, 19000 fds"
PLOT
