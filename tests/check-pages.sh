#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: the manual pages say what the code does. mandoc finds nothing to say about them; each public
# function of sandbox/ has a page, with the header's prototype; their C examples compile and run, their
# profiles and rules are taken; keys, builtins, groups and names of the report are those of the library,
# no more and no fewer. Usage: tests/check-pages.sh BUILD
set -u
build=$1 cc=${CC:-cc} nm=$(${CC:-cc} -print-prog-name=nm) status=0 skipped=
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
wrong() { echo "$*"; status=1; }
die() { echo "$*"; exit 1; }

# WHAT FILE FILE: what the page has, and what there is, a name a line
same() {
	sort -u -o "$2" "$2"
	sort -u -o "$3" "$3"
	[ -s "$3" ] || wrong "$1: none found"
	diff --label 'the page' --label 'the library' -u "$2" "$3" || wrong "$1: the page and the library differ"
	notes="${notes:+$notes, }$(wc -l <"$3") $1"
}
notes=

# a page as it is, without the escapes that our examples and rules need; a line of one page's section
plain() { sed 's/\\(ti/~/g; s/\\(dq/"/g; s/^\\&//; s/\\-/-/g; s/\\e/\\/g'; }
section() { awk -v want="$2" '/^\.Sh / { in_it = substr($0, 5) == want; next } in_it' "$1"; }
profile_page=man/airlock-profile.5

lint() {
	command -v mandoc >/dev/null || { skipped='mandoc is not installed'; return; }
	# whether another manual is there depends on the machine
	mandoc -Tlint -Wstyle man/*.[1-8] 2>/dev/null | grep -v 'STYLE: referenced manual not found' && status=1
	[ "${PIPESTATUS[0]}" -lt 5 ] || wrong "mandoc failed"
}

# The functions that a page's synopsis declares, as C
prototypes() {
	section "$1" SYNOPSIS | awk '
		# words, of which those in quotes are one
		function words(s, w,   n) {
			for (n = 0; s != ""; sub(/^ +/, "", s))
				if (s ~ /^"/) { match(substr(s, 2), /"/); w[++n] = substr(s, 2, RSTART - 1); s = substr(s, RSTART + 2) }
				else { match(s " ", / /); w[++n] = substr(s, 1, RSTART - 1); s = substr(s, RSTART) }
			return n
		}
		/^\.Ft / { words(substr($0, 5), w); type = w[1] }
		/^\.Fn / { n = words(substr($0, 5), w); s = ""; for (i = 2; i <= n; i++) s = s (i > 2 ? ", " : "") w[i]; print type " " w[1] "(" s ");" }
		/^\.Fo / { name = $2; s = "" }
		/^\.Fa / { words(substr($0, 5), w); s = s (s == "" ? "" : ", ") w[1] }
		/^\.Fc/ { print type " " name "(" s ");" }'
}

functions() {
	local lib page
	for lib in airlock airlock-sandbox; do
		"$nm" -D --defined-only "$build/lib$lib.so" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' |
			sort -u >"$work/$lib.exported"
		[ -s "$work/$lib.exported" ] || wrong "lib$lib.so exports nothing"
	done
	sort "$work"/*.exported >"$work/exported"
	: >"$work/named"
	for page in man/*.3; do
		section "$page" NAME | sed -n 's/^\.Nm \([^ ]*\).*/\1/p' | sort >"$work/in-name"
		prototypes "$page" >"$work/prototypes"
		sed 's/.*[ *]\([A-Za-z_]*\)(.*/\1/' "$work/prototypes" | sort >"$work/in-synopsis"
		diff -u "$work/in-name" "$work/in-synopsis" || wrong "$page: NAME and SYNOPSIS differ"
		{
			section "$page" SYNOPSIS | sed -n 's/^\.In \(.*\)/#include <\1>/p'
			cat "$work/prototypes"
		} >"$work/t.c"
		$cc -std=c99 -Wall -Werror -Ilib -Isandbox -c -o "$work/o" "$work/t.c" ||
			wrong "$page: other prototypes than the header's"
		cat "$work/in-name" >>"$work/named"
	done
	sort -o "$work/named" "$work/named"
	[ -z "$(uniq -d "$work/named")" ] || wrong "named by two pages: $(uniq -d "$work/named" | xargs)"
	comm -13 "$work/exported" "$work/named" | sed 's/^/no such function: /' >"$work/out"
	comm -23 "$work/airlock-sandbox.exported" "$work/named" | sed 's/^/no page for /' >>"$work/out"
	cat "$work/out"
	[ ! -s "$work/out" ] || status=1
	comm -23 "$work/airlock.exported" "$work/named" >"$work/later"
	[ ! -s "$work/later" ] || echo "no page yet for $(xargs <"$work/later")"
	notes="$(wc -l <"$work/named") functions"
}

# Of ours, pages refer to those that are there, or will be
references() {
	local page name
	for page in man/*.[1-8]; do
		sed -n 's/^\.Xr \(airlock[^ ]*\|ipc[A-Z][^ ]*\) \([1-8]\).*/\1.\2/p' "$page" | sort -u | while read -r name; do
			[ -f "man/$name" ] || grep -qx "${name%.3}" "$work/named" "$work/later" ||
				echo "$page: there is no $name"
		done
	done >"$work/out"
	cat "$work/out"
	[ ! -s "$work/out" ] || status=1
}

# Examples: C where a literal block begins with #include, and what a comment before one names
examples() {
	local page
	mkdir "$work/examples"
	for page in man/*.[1-8]; do
		plain <"$page" | awk -v base="$work/examples/${page##*/}" -v folder="$work/examples/" '
			/^\.\\" example: / { if (name != "") exit 1; name = folder $3; next }
			/^\.Bd -literal/ { in_it = 1; first = 1; next }
			/^\.Ed/ { if (out != "") close(out); in_it = 0; name = out = ""; next }
			in_it && first { first = 0; out = name != "" ? name : /^#include/ ? base "." ++n ".c" : "" }
			in_it && out != "" { print >out; next }
			!in_it && name != "" { exit 1 }
			END { exit name != "" || in_it }' || wrong "$page: the mark of an example without its block"
	done
}

compile() {
	$cc -std=gnu11 -O1 -Wall -Wextra -Werror -Ilib -Isandbox "$1" -o "${1%.c}" "$build/libairlock-sandbox.a" \
		"$build/libairlock.a" -pthread
}

# Asks the library itself
ask() { "$work/ask" "$@"; }
cat >"$work/ask.c" <<'EOF'
#include "airlock/sandbox.h"
#include "calls.h"
#include <string.h>

static int say(struct airlock_profile *p, int r, const struct airlock_profile_error *e)
{
	if (r < 0)
		printf("%s:%u:%u: %s\n", e->source, e->line, e->column, e->message);
	airlock_profile_free(p);
	return r < 0;
}

/* All of standard input, as one profile */
static int parse(struct airlock_profile *p, struct airlock_profile_error *e)
{
	static char text[1 << 20];

	return say(p, airlock_profile_parse(p, text, fread(text, 1, sizeof text, stdin), e), e);
}

static int report(struct airlock_profile *p)
{
	struct airlock_report *report = NULL;
	struct airlock_seal *seal = NULL;
	int r = airlock_seal_new(p, &seal, &report);

	for (size_t i = 0; report && i < airlock_report_count(report); i++)
		puts(airlock_report_name(report, i));
	airlock_report_free(report);
	airlock_seal_free(seal);
	airlock_profile_free(p);
	return r < 0;
}

int main(int argc, char **argv)
{
	struct airlock_profile *p = airlock_profile_new();
	struct airlock_profile_error e = { "", 0, 0, "" };

	if (!p || argc < 2)
		return 2;
	if (!strcmp(argv[1], "parse"))
		return parse(p, &e);
	if (!strcmp(argv[1], "set") && argc == 4)
		return say(p, airlock_profile_set(p, argv[2], argv[3], &e), &e);
	if (!strcmp(argv[1], "report"))
		return report(p);
	airlock_profile_free(p);
	if (!strcmp(argv[1], "builtins"))
		for (size_t i = 0; airlock_profile_builtin_name(i); i++)
			puts(airlock_profile_builtin_name(i));
	else if (!strcmp(argv[1], "groups"))
		for (size_t i = 0; i < airlock__ngroups(); i++)
			puts(airlock__group_name(i));
	else
		return 2;
	return 0;
}
EOF

c_examples() {
	local f n=0
	for f in "$work"/examples/*.c; do
		compile "$f" || wrong "an example does not compile: ${f##*/}"
		n=$((n + 1))
	done
	notes="$notes, $n C examples"
	(
		cd "$work/examples" || exit 1
		./check-profiles *.conf || { echo "check-profiles: finds the page's examples wrong"; exit 1; }
		printf 'LimitNOFILE=8\nNonsense=1\n' >bad
		./check-profiles bad >told && { echo "check-profiles: finds nothing wrong"; exit 1; }
		grep -q '^bad:2:1: ' told || { echo "check-profiles: does not tell what is wrong"; exit 1; }
		./print-profile >printed || { echo "print-profile: fails"; exit 1; }
		grep -q '^LimitNOFILE=32:64$' printed || { echo "print-profile: does not print what was set"; exit 1; }
		ask parse <printed || { echo "print-profile: prints no profile"; exit 1; }
	) || status=1
}

# Does cat answer under it?
answers() {
	[ "$("$work/examples/sealed" "$1" cat 2>"$work/told")" != 'a line' ] || return 0
	cat "$work/told"
	if grep -q '^sealed: no seal: Operation not \(supported\|permitted\)$' "$work/told"; then
		skipped="${1##*/} cannot be had here"
	else
		wrong "${1##*/}: cat does not answer"
	fi
}

profiles() {
	local f rule n=0
	for f in "$work"/examples/*.conf; do
		ask parse <"$f" || wrong "not taken: ${f##*/}"
		# another user is for root to choose
		[ "$(id -u)" -ne 0 ] && grep -q '^User=' "$f" || answers "$f"
		n=$((n + 1))
	done
	answers sandbox/profiles/filter.conf
	notes="$notes, $n profiles"
	section $profile_page RULES | plain | sed -n 's/^\.It Ql \([a-z_0-9]*: .*\)/\1/p' >"$work/rules"
	while read -r rule; do
		ask set SystemCallRule "$rule" || wrong "not taken: $rule"
	done <"$work/rules"
	[ -s "$work/rules" ] || wrong "no rules in the page"
	notes="$notes, $(wc -l <"$work/rules") rules"
}

names() {
	local key
	sed -n 's/^\.It Ic \([A-Z][A-Za-z]*\) Ns =.*/\1/p' $profile_page >"$work/page-keys"
	while read -r key; do
		ask set "$key" '' >"$work/out" || [ "$key" = Include ] ||
			wrong "a key that is none, or cannot be cleared: $key: $(cat "$work/out")"
	done <"$work/page-keys"
	sed -n 's/^\t{ "\([A-Z][A-Za-z]*\)",.*/\1/p' sandbox/keys.c >"$work/keys"
	same keys "$work/page-keys" "$work/keys"

	section $profile_page 'GROUPS OF SYSTEM CALLS' | sed -n 's/^\.It Cm \(@[^ ]*\).*/\1/p' >"$work/page-groups"
	ask groups >"$work/groups"
	same groups "$work/page-groups" "$work/groups"

	section $profile_page 'BUILTIN PROFILES' | sed -n 's/^\.It Cm \([^ ]*\).*/\1/p' >"$work/page-builtins"
	ask builtins >"$work/builtins"
	same builtins "$work/page-builtins" "$work/builtins"

	section $profile_page 'THE REPORT' | sed -n 's/^\.It Cm \([^ ]*\).*/\1/p' >"$work/page-report"
	ask report >"$work/report" || wrong "no seal of an empty profile"
	same 'names of the report' "$work/page-report" "$work/report"
}

lint
functions
references
examples
$cc -std=gnu11 -Wall -Werror -Ilib -Isandbox -o "$work/ask" "$work/ask.c" "$build/libairlock-sandbox.a" \
	-pthread || die "cannot ask the library"
c_examples
profiles
names
echo "$notes"
[ $status -ne 0 ] || [ -z "$skipped" ] || { echo "SKIP: $skipped"; status=77; }
exit $status
