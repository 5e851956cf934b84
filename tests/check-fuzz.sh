#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: fuzz/campaign. It runs all targets for a few seconds, which is `make fuzz-smoke'; finds a planted bug,
# minimises it and puts it into the corpus; goes on where it was; leaves nobody behind when it is interrupted;
# and its workers can write their folder alone. All in a scratch folder. Usage: tests/check-fuzz.sh BUILD
# The last line counts. It takes about a minute and a half: .ci/run runs it, and `make check' does not.
set -u
build=$1
passed=0 failed=0 skipped=0
finish() { echo "$passed passed, $failed failed, $skipped skipped"; [ "$failed" -eq 0 ]; exit; }
ok() { passed=$((passed + 1)); printf '%-28s passed\n' "$1"; }
bad() { failed=$((failed + 1)); printf '%-28s FAILED\n' "$1"; sed 's/^/    /' "${2:-/dev/null}"; }
command -v clang-19 >/dev/null || { echo 'SKIP: clang-19 is not installed'; skipped=1; finish; }
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
log=$root/log

# Each target a few seconds

read -ra targets <<<"$(make -s fuzz-targets)"
mkdir "$root/corpus"
[ ! -d corpus ] || cp -r corpus/. "$root/corpus"
engines=1
! command -v afl-fuzz >/dev/null || engines=2
B=$build timeout -k 20 600 fuzz/campaign -t $((3 * engines * ${#targets[@]} / $(nproc) + 2)) -o "$root/smoke" -c "$root/corpus" \
	>"$log" 2>&1 </dev/null
status=$?
for t in "${targets[@]}"; do
	if [ $status -gt 1 ]; then
		bad "smoke-$t"
	elif awk -v t="$t" '$1 == t && ($2 == "afl" || $2 == "libfuzzer") && $4 != "0" { n++ } END { exit n != '$engines' }' \
		"$root/smoke/report.txt" && ! compgen -G "$root/smoke/$t/crashes/*" >/dev/null; then
		ok "smoke-$t"
	else
		bad "smoke-$t"
	fi
done
cat "$log"
[ $engines -eq 2 ] || { echo 'SKIP: afl++ is not installed'; skipped=$((skipped + 1)); }

# A copy of the tree with a bug. What was built already is taken along, and an ordinary user does the rest if there is
# somebody to be one.

tree=$root/tree
mkdir -p "$tree/build" "$tree/corpus"
cp -a Makefile lib sandbox cmd fuzz tests "$tree/" &&
	cp -a "$build"/{.flags,lib*.a,lib,sandbox,cmd,airlock,replay,seeds,fuzz} "$tree/build/" &&
	{ [ ! -d "$build/afl" ] || cp -a "$build/afl" "$tree/build/"; } &&
	patch -s -d "$tree" -p1 <fuzz/planted/handshake-short-read.patch || exit 1
as=()
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chown -R nobody "$tree"
	chmod 755 "$root"
	as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
export HOME=$tree
campaign() { (unset B && cd "$tree" && exec timeout -k 20 600 "${as[@]}" fuzz/campaign -e libfuzzer -o out "$@" handshake) >"$log" 2>&1 </dev/null; }

campaign -t 8
status=$?
crash=$(compgen -G "$tree/corpus/handshake/crash-*" | head -n 1)
if [ $status -eq 1 ] && [ -n "$crash" ] && grep -q 'accepts the one right record' "$log" && grep -q '^ *in feed, fuzz/handshake.c:' "$log"; then
	ok crash-is-reported
else
	bad crash-is-reported "$log"
fi
if [ -n "$crash" ] && [ "$(wc -c <"$crash")" -le 64 ]; then ok crash-is-minimised; else bad crash-is-minimised "$log"; fi
# a regression test: what is right passes it, what is wrong does not
if [ -n "$crash" ] && "$build/replay/handshake" "$crash" >"$log" 2>&1 &&
	make -s -C "$tree" B=build FUZZ_TARGETS=handshake replay >"$log" 2>&1 &&
	! bash -c '"$@"; exit' bash "$tree/build/replay/handshake" "$crash" >"$log" 2>&1; then
	ok crash-is-a-test
else
	bad crash-is-a-test "$log"
fi

# It goes on, without the sandbox, too: what was found stays found, once; and the times add up
ran() { awk '$1 == "handshake" && $2 == "libfuzzer" { print $3 }' "$tree/out/report.txt"; }
before=$(ran)
campaign --no-sandbox -t 5
status=$?
n=$(compgen -G "$tree/corpus/handshake/crash-*" | wc -l)
if [ $status -eq 1 ] && [ "$n" -eq 1 ] && [ "$(ran)" -ge $((before + 3)) ]; then ok resumes; else bad resumes "$log"; fi

# What a worker that was taken over may leave behind: links where the campaign writes and reads, names that are two lines
echo precious | tee "$root/precious" >"$root/kept"
chmod 666 "$root/precious" "$root/kept"
lane=$(compgen -G "$tree/out/handshake/libfuzzer/*-1" | head -n 1)
for f in log input small merge.log; do ln -sf "$root/precious" "$tree/out/handshake/scratch/$f"; done
mkdir -p "$lane/found/a"$'\n'"0 $lane/r$root" && ln -s / "$lane/r" && ln -s "$root/kept" "$lane/found/crash-link"
echo x >"$lane/found/a"$'\n'"0 $lane/r$root/kept"$'\n'"x-y"
campaign --keep -t 0
if [ "$(cat "$root/precious" "$root/kept" 2>&1)" = $'precious\nprecious' ] && ! grep -rqs precious "$tree/out" "$tree/corpus" &&
	grep -q '^  handshake: [0-9]* inputs' "$log"; then
	ok trusts-no-file
else
	bad trusts-no-file "$log"
fi
rm -rf "$lane/r" "$lane/found"/*

# ^C: to all that a terminal would send it to
mine() { grep -lzs "^AIRLOCK_CAMPAIGN=$campaign-" /proc/[0-9]*/environ; }
(unset B && cd "$tree" && exec env --default-signal=INT setsid "${as[@]}" fuzz/campaign -j 2 -o out -t 10m handshake fdmap) \
	>"$log" 2>&1 </dev/null &
campaign=$!
for ((i = 0; i < 600; i++)); do
	[ "$(mine | wc -l)" -lt 4 ] || break
	sleep 0.2
done
n=$(mine | wc -l)
kill -INT -- -$campaign
wait $campaign
status=$?
left=$(mine)
if [ "$n" -ge 4 ] && [ $status -eq 1 ] && [ -z "$left" ] && grep -q '; interrupted$' "$log"; then
	ok ends-on-interrupt
else
	echo "exit status $status; $n processes, and left: $left" >>"$log"
	bad ends-on-interrupt "$log"
fi

# What a worker can do, said by one
echo secret >"$tree/secret"
chmod 777 "$root"
cat >"$root/worker" <<'EOF'
sub can { print "$_[0]: ", ($_[1] ? "yes" : "no"), "\n"; }
sub writes { my $f; open($f, ">", $_[0]) && print({$f} "x") && close($f); }
my ($tree, $root) = @ARGV;
can("writes its folder", writes("mine") && unlink("mine"));
can("writes what others start with", writes("$tree/out/handshake/start/x"));
can("writes the corpus", writes("$tree/corpus/x"));
can("writes elsewhere", writes("$root/x"));
can("removes", unlink("$tree/secret"));
can("reads a secret", open(my $f, "<", "$tree/secret"));
can("changes who may read its own folder", chmod(0777, "."));
can("executes another program", system("/bin/ls") == 0);
can("makes an internet socket", socket(my $s, 2, 1, 0));
can("makes a unix socket", socket(my $u, 1, 1, 0));
can("slows others down", setpriority(0, getppid(), 19));
can("signals others", kill(0, getppid()));
EOF
if ! command -v perl >/dev/null; then
	echo 'SKIP: perl is not installed'
	skipped=$((skipped + 1))
else
	(unset B && cd "$tree" && exec "${as[@]}" fuzz/campaign -o out handshake --as-worker perl -e "$(cat "$root/worker")" \
		"$tree" "$root") >"$log" 2>&1 </dev/null
	if [ "$(grep -c ': no$' "$log")" -eq 11 ] && [ "$(grep ': yes$' "$log")" = 'writes its folder: yes' ]; then
		ok worker-writes-its-folder
	else
		bad worker-writes-its-folder "$log"
	fi
fi
finish
