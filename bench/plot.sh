#!/bin/sh
# SPDX-License-Identifier: ISC
# Draws what `bench --tsv SPAWNS --commands-tsv COMMANDS` wrote: plot.sh SPAWNS COMMANDS OUT.svg (needs gnuplot).
# bench/costs.svg was made by it.
set -eu
[ $# -eq 3 ] || { echo "usage: plot.sh SPAWNS.tsv COMMANDS.tsv OUT.svg" >&2; exit 2; }
command -v gnuplot >/dev/null || { echo "plot.sh: gnuplot is not installed" >&2; exit 1; }
gnuplot -e "spawns = '$1'; commands = '$2'; out = '$3'" - <<'PLOT'
set terminal svg noenhanced size 960, 420 font "sans-serif,11" background "#ffffff"
set output out
set datafile separator "\t"
set logscale y
set grid ytics lc "#dddddd"
set border 3
set tics nomirror
set xtics rotate by -35
set style fill solid 0.9 noborder
set multiplot

set size 0.63, 1
set title "Start a program and wait for its end: microseconds, by the caller"
set style data histogram
set style histogram clustered gap 1
set boxwidth 0.9
set key top left samplen 1 maxrows 2
set yrange [10:*]
only(mib, fds) = sprintf("< awk -F'\\t' '$2 == %d && $3 == %d' '%s'", mib, fds, spawns)
plot only(10, 10) using 5:xtic(1) title "10 MiB, 10 fds" lc "#4477aa", \
	only(10, 19000) using 5 title "10 MiB, 19000 fds" lc "#66ccee", \
	only(1024, 10) using 5 title "1 GiB, 10 fds" lc "#ccbb44", \
	only(1024, 19000) using 5 title "1 GiB, 19000 fds" lc "#ee6677"

set size 0.37, 1
set origin 0.63, 0
set title "Start it by a command: microseconds"
set key off
set yrange [10:*]
set boxwidth 0.6
short(s) = s[1:(strstrt(s." --", " --") - 1)]
plot commands every ::1 using 0:2:xtic(short(stringcolumn(1))) with boxes lc "#4477aa", \
	"" every ::1 using 0:2:(sprintf("%.0f", $2)) with labels offset 0, 0.8
PLOT
