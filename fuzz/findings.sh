# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: ISC
#
# Part of fuzz/campaign: what the workers found, looked at when they have ended, and the report of it.
#
# Must run no target but by once(), which seals it: inputs and folders come from workers that may have been taken over.

# A target is run by once(): alone, in the foreground. It may write the folder TARGET/scratch: what comes from there, or
# from a lane, is taken if it is a plain file, and never by a list that is parted by newlines. Its log and its input
# stand in TARGET/own.

once() { # SECONDS TARGET ARGUMENT...
	local s=$1 t=$2 p status
	shift 2
	rm -rf "${folder:?}/$t/scratch/tmp" && mkdir -p "$folder/$t/scratch/tmp"
	variables=("ASAN_OPTIONS=external_symbolizer_path=$symbolizer:max_allocation_size_mb=2048"
		"UBSAN_OPTIONS=print_stacktrace=1:external_symbolizer_path=$symbolizer")
	sealed "$folder/$t/scratch" "$t" "$s" fuzz asan
	if [ "$sandbox" = yes ] && [ -n "$symbolizer" ]; then
		seal+=(-p "ExecPath=\"$symbolizer\"" -p "ReadPath=-/usr/lib/llvm-19 -/usr/lib/debug \"$folder/bin\" \"$PWD\"")
	fi
	marked setsid timeout -k 5 "$s" "${seal[@]}" -- "$folder/bin/${way:-fuzz}/$t" "$@" \
		>"$folder/$t/own/log" 2>&1 </dev/null 4>&- 9>&- &
	p=$!
	wait $p
	status=$?
	[ -z "$(workers)" ] || stop_all
	case $status in 12[567]) cat "$folder/$t/own/log" >&4; echo "fuzz/campaign: $t could not be run" >&4; exit 2 ;; esac
	return $status
}

# What kind of failure the log tells of, in a line: the oracle's words, or else the sanitizer's with the first functions
# of ours. Two inputs with the same one are the same finding.
kind() {
	local log=$folder/$1/own/log summary
	sed -n 's/^.*[a-z_]*\.c:[0-9]*: \(this does not hold: .*\)/\1/p' "$log" | head -n 1 | grep . && return
	summary=$(sed -n 's/^SUMMARY: \([A-Za-z]*: [a-z-]*\( [a-z]*\)\{0,1\}\).*/\1/p; s/^.*: runtime error: \(.*\)/\1/p' "$log" | head -n 1)
	# shellcheck disable=SC2046 # words
	echo "${summary:-it ended with status $2}" in $(sed -n 's/^ *#[0-9]* 0x[0-9a-f]* in \([A-Za-z0-9_.]*\) .*\/\(lib\|sandbox\|fuzz\|tests\)\/[a-z_]*\.c:.*/\1/p' \
		"$log" | grep -v '^fuzz_broken$' | head -n 3) | sed 's/ in$//; s/[0-9]\{3,\}/N/g'
}

# TARGET FILE [hang]: run it; does it fail? `what': its kind. Sanitizers of another engine say no more of a hang.
fails() {
	local way s
	what=
	for way in fuzz asan; do
		[ -e "$folder/bin/$way/$1" ] || continue
		once 60 "$1" -timeout=10 -rss_limit_mb=2048 "$2"
		s=$?
		if [ $s -ne 0 ]; then what=$(kind "$1" $s); return 0; fi
		[ "${3:-}" != hang ] || break
	done
	return 1
}

# TARGET FILE: what fails becomes a finding, one for each kind: TARGET/crashes/HASH/{input,log,what,name}
finding() {
	local t=$1 file=$2 dir was small=$folder/$1/scratch/small hang=
	[[ ${file#"$folder"} != */hangs*/* && ${file##*/} != timeout-* ]] || hang=hang
	cp "$file" "$folder/$t/own/input" || return
	if ! fails "$t" "$folder/$t/own/input" $hang; then
		mkdir -p "$folder/$t/unreproduced" && cp "$file" "$folder/$t/unreproduced/"
		return
	fi
	was=$what
	dir=$folder/$t/crashes/$(echo "$what" | sha1sum | cut -c 1-16)
	[ ! -d "$dir" ] || return
	mkdir -p "$dir"
	cp "$folder/$t/own/input" "$dir/input"
	cp "$folder/$t/own/log" "$dir/log"
	rm -rf "$small"
	once 120 "$t" -minimize_crash=1 -runs=200000 -max_total_time=15 -timeout=10 "-exact_artifact_path=$small" "$folder/$t/own/input"
	if [ -f "$small" ] && [ ! -L "$small" ]; then
		cp "$small" "$dir/small"
		if fails "$t" "$dir/small" && [ "$what" = "$was" ]; then
			mv "$dir/small" "$dir/input"
			cp "$folder/$t/own/log" "$dir/log"
		fi
	fi
	echo "$was" >"$dir/what"
	echo "${file#"$folder/"}" >"$dir/by"
	in_corpus "$t" "$dir"
}

# It becomes a file of the corpus, unless one there fails in the same way
in_corpus() {
	local t=$1 dir=$2 f
	for f in "$corpus/$t"/crash-*; do
		if [ -f "$f" ] && fails "$t" "$f" && [ "$what" = "$(cat "$dir/what")" ]; then echo "$f" >"$dir/name"; return; fi
	done
	mkdir -p "$corpus/$t"
	f=$corpus/$t/crash-$(sha256sum <"$dir/input" | cut -c 1-16)
	cp "$dir/input" "$f" && echo "$f" >"$dir/name"
}

findings() { # TARGET
	local t=$1 dir f n=0 since is
	for dir in "$folder/$t"/crashes/*/; do
		# from an earlier campaign, and mended since?
		[ ! -d "$dir" ] || { fails "$t" "${dir}input" && [ "$what" = "$(cat "${dir}what")" ]; } || rm -rf "$dir"
	done
	touch "$folder/$t/seen"
	since=$SECONDS
	while IFS= read -r -d '' f; do
		[ -z "$stop2" ] || return
		f=${f#* }
		is=$(sha "$f")
		grep -qxF "$is" "$folder/$t/seen" || {
			if [ $((n++)) -ge 200 ] || [ $((SECONDS - since)) -ge 120 ]; then left[$t]=$((${left[$t]:-0} + 1)); continue; fi
			finding "$t" "$f"
			echo "$is" >>"$folder/$t/seen"
		}
		# another machine's are its own
		[[ $f != *"/$name-"* ]] || rm -f "$f"
	done < <(failing "$t" "$name" && failing "$t" "*" ! -path "*/$name-*")
}

# What the lanes of a machine found: "SIZE PATH", small ones first; of hangs, mostly a machine that was busy, a few
failing() { # TARGET MACHINE CONDITION...
	local t=$1 machine=$2
	shift 2
	# shellcheck disable=SC2086 # a pattern
	{
		find "$folder/$t"/libfuzzer/$machine-*/found "$folder/$t"/afl/$machine-*/crashes* -maxdepth 1 -type f \
			\( -name '*-*' -o -name 'id:*' \) ! -name 'slow-unit*' "$@" -printf '%s %p\0' 2>/dev/null | sort -zn
		find "$folder/$t"/afl/$machine-*/hangs* -maxdepth 1 -type f -name 'id:*' "$@" -printf '%s %p\0' 2>/dev/null | sort -zn | head -zn 3
	}
}

# TARGET FOLDER...: the seeds, which reach more than an engine tells apart, and the smallest set that covers what else
# these do: TARGET/scratch/out; `cov': "EDGES FEATURES FILES BYTES". It fails if the engine did not come to its end.
merge() {
	local t=$1 out=$folder/$1/scratch/out d dirs=() line n
	shift
	for d; do [ ! -d "$d" ] || dirs+=("$d"); done
	n=$(find "${dirs[@]}" -type f 2>/dev/null | wc -l)
	rm -rf "$out" && mkdir "$out"
	# not those that fail: one that does would end all
	if once 300 "$t" -runs=0 -timeout=10 -rss_limit_mb=2048 "$folder/$t/scratch/tmp" "$folder/$t/seeds"; then cp "$folder/$t/seeds"/* "$out"; fi
	once $((900 + n / 20)) "$t" -set_cover_merge=1 -timeout=10 -rss_limit_mb=2048 "$out" "${dirs[@]}" || return 1
	cp "$folder/$t/own/log" "$folder/$t/merge.log"
	if [ -L "$out" ]; then rm "$out"; return 1; fi
	find "$out" -mindepth 1 -regextype posix-extended ! \( -type f -regex '.*/[0-9a-f]{40}' \) -delete 2>/dev/null
	once 300 "$t" -runs=0 -timeout=10 -rss_limit_mb=2048 "$folder/$t/scratch/tmp" "$out" || return 1
	line=$(sed -n 's/^#[0-9]*\tINITED *cov: \([0-9]*\) ft: \([0-9]*\).*/\1 \2/p' "$folder/$t/own/log" | tail -n 1)
	cov[$t]="${line:-0 0} $(find "$out" -type f | wc -l) $(find "$out" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')"
}

keep() { # TARGET: crash-* stay as they are
	local t=$1 new=$corpus/.$1.new
	if [ -z "${cov[$t]:-}" ]; then echo "  $t: not kept, since it could not be minimised"; return; fi
	read -r _ _ _ n <<<"${cov[$t]}"
	if [ "$n" -gt $((1024 * 1024)) ]; then
		echo "  $t: not kept, since all corpora together are to be under 8 MiB and this one has $n bytes: $folder/$t/merged"
		return
	fi
	# all or nothing: a disk may be full
	rm -rf "$new" && mkdir -p "$new" && cp -r "$folder/$t/merged/." "$new" && chmod 644 "$new"/* && {
		! compgen -G "$corpus/$t/crash-*" >/dev/null || cp -p "$corpus/$t"/crash-* "$new"
	} && rm -rf "${corpus:?}/$t" && mv "$new" "$corpus/$t" || { rm -rf "$new"; echo "  $t: could not be kept"; return; }
	echo "  $t: $(find "$folder/$t/merged" -type f | wc -l) inputs, $n bytes"
}

afterwards() { # TARGET
	local t=$1 f
	[ -s "$folder/$t/before" ] || ! merge "$t" "$folder/$t/start" || [ -n "$stop2" ] || echo "${cov[$t]}" >"$folder/$t/before"
	findings "$t"
	unset "cov[$t]"
	if ! merge "$t" "$folder/$t/start" "$folder/$t"/libfuzzer/*/corpus "$folder/$t"/afl/*/queue; then unset "cov[$t]"; return; fi
	[ -z "$stop2" ] || return
	rm -rf "${folder:?}/$t/merged" && mv "$folder/$t/scratch/out" "$folder/$t/merged"
	# from its own words: milliseconds for ten runs of each
	mapfile -t f < <(find "$folder/$t/merged" -type f | head -n 3000)
	once 20 "$t" -runs=10 "${f[@]}"
	sed -n 's/^Executed \(.*\) in \([0-9]*\) ms$/\2 \1/p' "$folder/$t/own/log" | sort -rn | head -n 3 >"$folder/$t/slowest"
}

# The report

table() {
	local t pair lane s r before after
	printf '%-14s %-10s %9s %9s %9s\n' target engine seconds runs per_s
	for pair in "${pairs[@]}"; do
		s=0 r=0
		for lane in ${lanes[$pair]}; do s=$((s + spent[$lane] + spent[$lane.before])) r=$((r + runs[$lane])); done
		printf '%-14s %-10s %9d %9s %9s\n' "${pair%:*}" "${pair#*:}" $s "$(human $r)" "$(human $((s ? r / s : 0)))"
	done
	printf '\n%-14s %9s %9s %9s %9s %7s %9s\n' coverage edges 'was' features 'was' inputs bytes
	for t in "${targets[@]}"; do
		read -ra after <<<"${cov[$t]:-0 0 0 0}"
		read -ra before <<<"$(cat "$folder/$t/before" 2>/dev/null)"
		[ ${#before[@]} -eq 4 ] || before=(0 0 0 0)
		printf '%-14s %9d %9d %9d %9d %7d %9d\n' "$t" "${after[0]}" "${before[0]}" "${after[1]}" "${before[1]}" "${after[2]}" "${after[3]}"
	done
}

incomplete() { echo "$*"; : >"$folder/incomplete"; }

report() {
	local t dir lane pair ms f n
	rm -f "$folder/incomplete"
	# frames of the stack that are in our sources
	local ours='s/^ *#[0-9]* 0x[0-9a-f]* \(in [^ ]*\) .*\/\(\(lib\|sandbox\|fuzz\|tests\)\/[a-z_]*\.c:[0-9]*\).*/\1, \2/p'
	echo "fuzz/campaign, $(date -u '+%F %H:%M') UTC: $(clock $took) of $(clock "$time") with $jobs jobs," \
		"$([ "$sandbox" = yes ] && echo sealed || echo 'NOT sealed')${stop:+; $stop}"
	echo "Times and runs are those of all campaigns in $folder; what was, was when the first began."
	echo
	table
	echo
	echo 'Findings:'
	for t in "${targets[@]}"; do
		for dir in "$folder/$t"/crashes/*/; do
			[ -d "$dir" ] || continue
			crashes=$((crashes + 1))
			echo "  $(cat "${dir}name"): $(wc -c <"${dir}input") bytes, by $(cat "${dir}by")"
			echo "    $(cat "${dir}what")"
			{ sed -n "$ours" "${dir}log" | grep . || grep -aE '^ *#[0-9]+ 0x' "${dir}log"; } | head -n 12 | sed 's/^ */      /'
			echo "    again: $folder/bin/fuzz/$t $(cat "${dir}name")"
		done
		[ -z "${left[$t]:-}" ] || echo "  $t: ${left[$t]} failing inputs were not looked at: there were too many. The next time goes on with them."
		[ -n "${cov[$t]:-}" ] || incomplete "  $t: could not be minimised, or measured: $folder/$t/own/log"
		f=$(find "$folder/$t/unreproduced" -type f 2>/dev/null | wc -l)
		[ "$f" -eq 0 ] || echo "  $t: $f inputs failed under an engine, and not when they were run alone: $folder/$t/unreproduced"
	done
	[ "$crashes" -gt 0 ] || echo '  none'
	echo
	echo 'Slowest inputs, by a run:'
	for t in "${targets[@]}"; do
		while read -r ms f; do
			[ "$ms" -lt 10 ] || printf '  %7.1f ms  %s\n' "$(awk -v n="$ms" 'BEGIN { print n / 10 }')" "${f#"$PWD/"}"
		done <"$folder/$t/slowest"
	done 2>/dev/null | sort -rn | head -n 10 | grep . || echo '  none above 1 ms'
	for pair in "${pairs[@]}"; do
		n=0
		for lane in ${lanes[$pair]}; do n=$((n + runs[$lane])); done
		[ $n -gt 0 ] || [ "$time" -eq 0 ] || incomplete "${pair%:*} was not run by ${pair#*:} at all"
	done
	for lane in "${!failed[@]}"; do
		broken=$((broken + 1))
		printf '\nThe worker %s failed %d times; %s ends with\n' "$lane" "${failed[$lane]}" "$folder/$lane.failed"
		tail -n 5 "$folder/$lane.failed" | sed 's/\x1b\[[0-9;?]*[a-z]//g; s/^/    /'
	done
	[ ! -e "$folder/memory.log" ] || { echo; sort "$folder/memory.log" | uniq -c; }
}
