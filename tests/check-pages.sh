#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: the manual pages say what the code does. mandoc finds nothing to say about them; each public
# function has a page, with the header's prototype; their C examples compile and run, their shell examples
# print what the page shows, their profiles, rules and configurations are taken; structures, constants,
# steps, keys, builtins, groups, names of the report, verbs and options are those of libraries and command,
# no more and no fewer. Usage: tests/check-pages.sh BUILD
set -u
build=$(cd "$1" && pwd) || exit 1
top=$PWD cc=${CC:-cc} nm=$(${CC:-cc} -print-prog-name=nm) status=0 skipped=
# examples and configurations take no blanks
case ${TMPDIR:-} in *[[:space:]]*) TMPDIR=/tmp ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
wrong() { echo "$*"; status=1; }
die() { echo "$*"; exit 1; }
# What cannot be had here is left out, and said: then the gate counts as skipped
leave_out() { skipped=$*; echo "left out: $*"; }
# Only where there is no Landlock, or filters cannot be loaded, may a sandbox be missing.
no_sandbox() { "$build/airlock" doctor --json | tr -d ' \n' | grep -qE '"name":"(landlock|seccomp)","had":false'; }

# WHAT FILE FILE: what the page has, and what there is, a name a line
equal() {
	sort -u -o "$2" "$2"
	sort -u -o "$3" "$3"
	diff --label 'the page' --label 'what there is' -u "$2" "$3" || wrong "$1: the page is wrong"
}
same() {
	[ -s "$3" ] || wrong "$1: none found"
	equal "$@"
	notes="${notes:+$notes, }$(wc -l <"$3") $1"
}
notes=

# a page as it is, without the escapes that our examples and rules need; a line of one page's section
plain() { sed 's/\\(ti/~/g; s/\\(dq/"/g; s/^\\&//; s/\\-/-/g; s/\\e/\\/g'; }
section() { awk -v want="$2" '/^\.Sh / { in_it = substr($0, 5) == want; next } in_it' "$1"; }
profile_page=man/airlock-profile.5

lint() {
	command -v mandoc >/dev/null || { leave_out 'mandoc is not installed'; return; }
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
	comm -23 "$work/exported" "$work/named" | sed 's/^/no page for /' >>"$work/out"
	cat "$work/out"
	[ ! -s "$work/out" ] || status=1
	notes="$(wc -l <"$work/named") functions"
}

# Definitions as C has them, each on a line, without a blank too many
definitions() { tr -s ' \t\n' ' ' | grep -o '\(struct\|enum\) airlock_[a-z_]* {[^}]*};' | sed 's/ *\([]{};,=[]\) */\1/g'; }
# and the names of their fields
fields() { sed 's/^[^{]*{//; s/}.*//' | tr ';,' '\n\n' | sed 's/\[.*//; s/.*[ *]//' | grep .; }

# What headers define the pages show, and say something of each field and constant
structures() {
	local page=man/airlock_spawn.3 header="lib/airlock/airlock.h" type
	for type in lib/airlock/*.h sandbox/airlock/*.h; do
		$cc -E -P -Ilib -Isandbox "$type" | definitions
	done | grep -v '^enum airlock_\(step\|channel\){' >"$work/structures"
	sed 's/^\.Ft.*//' man/*.3 | definitions >"$work/page-structures"
	same structures "$work/page-structures" "$work/structures"

	sed -n 's/^\.It Va \([a-z_]*\)$/\1/p' $page >"$work/page-fields"
	grep '^struct airlock_\(options\|helper\|error\){' "$work/structures" | fields >"$work/fields"
	same fields "$work/page-fields" "$work/fields"

	sed -n 's/^\.It Dv \(AIRLOCK_[A-Z_]*\)$/\1/p' $page >"$work/page-constants"
	{
		sed -n '/^enum airlock_channel {/,/^}/s/^\t\(AIRLOCK_[A-Z_]*\) = .*/\1/p' $header
		sed -n 's/^#define \(AIRLOCK_[A-Z_]*\) [0-9]*u.*/\1/p' $header
	} >"$work/constants"
	sed -n 's/^\.It Dv \(IPC_[A-Z_]*\)$/\1/p' man/ipcCreate.3 >>"$work/page-constants"
	sed -n 's/^#define \(IPC_[A-Z_]*\) .*/\1/p' lib/airlock/ipc.h >>"$work/constants"
	same constants "$work/page-constants" "$work/constants"

	sed -n 's/^\.It Cm \([a-z-]*\) Ta \([0-9]*\) Ta.*/\1 \2/p' $page >"$work/page-steps"
	ask steps >"$work/steps"
	# the library names what the header numbers
	sed -n '/^enum airlock_step {/,/^}/s/^\tAIRLOCK_STEP_\([A-Z_]*\) = \([0-9]*\).*/\1 \2/p' $header |
		tr 'A-Z_' 'a-z-' >"$work/header-steps"
	equal 'the names of steps' "$work/header-steps" "$work/steps"
	same steps "$work/page-steps" "$work/steps"
}

# The ten promises have one name each
promises() {
	sed -n '/^\.It P[0-9]/{s/^\.It //;N;s/\n\.Em / /;s/ \.$//;p}' man/airlock.7 >"$work/page-promises"
	sed -n 's/^| \(P[0-9]*\) | \*\*\([^.]*\)\.\*\*.*/\1 \2/p' SECURITY.md >"$work/promises"
	same promises "$work/page-promises" "$work/promises"
}

# Of ours, pages refer to those that are there
references() {
	local page name
	for page in man/*.[1-8]; do
		sed -n 's/^\.Xr \(airlock[^ ]*\|ipc[A-Z][^ ]*\) \([1-8]\).*/\1.\2/p' "$page" | sort -u | while read -r name; do
			[ -f "man/$name" ] || { [ "${name%.3}" != "$name" ] && grep -qx "${name%.3}" "$work/named"; } ||
				echo "$page: there is no $name"
		done
	done >"$work/out"
	cat "$work/out"
	[ ! -s "$work/out" ] || status=1
}

# Examples: C where a literal block begins with #include, and what a comment before one names. Such a
# comment may tell what else is needed to run it: `example: NAME needs COMMAND...`
examples() {
	local page
	mkdir "$work/examples"
	: >"$work/needs"
	for page in man/*.[1-8]; do
		plain <"$page" | awk -v base="$work/examples/${page##*/}" -v folder="$work/examples/" \
			-v needs="$work/needs" '
			/^\.\\" example: / {
				if (name != "") exit 1
				name = folder $3
				for (i = 5; i <= NF; i++) print $3, $i >>needs
				next
			}
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
#include "airlock/airlock.h"
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
	else if (!strcmp(argv[1], "steps"))
		for (int i = 0; i < 256; i++) {
			const char *name = airlock_step_name((enum airlock_step)i);

			if (strcmp(name, "unknown") != 0)
				printf("%s %d\n", name, i);
		}
	else
		return 2;
	return 0;
}
EOF

# NAME CODE INPUT OUTPUT [ARGUMENT...]: an example, run
says() {
	local name=$1 code=$2 input=$3 output=$4 r=0
	shift 4
	(cd "$work/examples" && printf "$input" | timeout -k 5 30 "./$name" "$@" >said 2>told) || r=$?
	[ $r -eq "$code" ] && [ "$(cat "$work/examples/said")" = "$(printf "$output")" ] && return
	wrong "$name $*: status $r, and it said:"
	cat "$work/examples/said" "$work/examples/told"
}

run_core() {
	says relay 0 'b\na\n' 'a\nb' sort
	says relay 3 '' '' sh -c 'exit 3'
	says relay 1 '' '' "$work/no-such-program"
	grep -q '^relay: no-such-program: execve: .*: No such file or directory$' "$work/examples/told" ||
		wrong "relay: does not tell why"
	printf 'one\ntwo\n' >"$work/examples/one"
	printf 'one\nthree\n' >"$work/examples/two"
	says compare 0 '' '' one one
	says compare 1 '' '2c2\n< two\n---\n> three' one two
	says stop 0 '' 'it runs\nended by signal 15'
	says early 0 '' ''
	says ipc 0 '' HELLO
	if (cd "$work/examples" && echo x | ./become "$top/sandbox/profiles/strict.conf" cat) >"$work/said" 2>"$work/told"; then
		[ "$(cat "$work/said")" = x ] || wrong "become: the helper does not answer"
	elif no_sandbox; then
		leave_out 'become: strict cannot be had here'
	else
		wrong "become: $(cat "$work/told")"
	fi
	says become 125 '' '' bad-profile cat
}

c_examples() {
	local f n=0
	for f in "$work"/examples/*.c; do
		compile "$f" || wrong "an example does not compile: ${f##*/}"
		n=$((n + 1))
	done
	notes="$notes, $n C examples"
	run_core
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
	if no_sandbox; then
		leave_out "${1##*/} cannot be had here"
	else
		wrong "${1##*/}: cat does not answer"
	fi
}

profiles() {
	local f rule n=0
	for f in "$work"/examples/*.conf; do
		ask parse <"$f" || wrong "not taken: ${f##*/}"
		# another user is for root to choose
		if [ "$(id -u)" -ne 0 ] && grep -q '^User=' "$f"; then
			leave_out "${f##*/} is not run: that is for root"
		else
			answers "$f"
		fi
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

# VERB: the options that its part of the page lists, and those of its help, a word a line
page_options() {
	awk -v verb="$1" '/^\.S[hs] / { in_it = $0 == ".Ss airlock " verb; next }
		in_it && /^\.It .*Fl / { for (i = 2; i < NF; i++) if ($i == "Fl") print "-" $(i + 1) }' man/airlock.1
}
help_options() {
	"$build/airlock" $1 --help | sed -n 's/^  *\(-.*\)/\1/p' | sed 's/   *.*//' |
		tr ' ,=[' '\n\n\n\n' | grep '^-'
}

verbs() {
	local verb option known
	section man/airlock.1 VERBS | sed -n 's/^\.Ss airlock //p' >"$work/page-verbs"
	"$build/airlock" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' >"$work/verbs"
	same verbs "$work/page-verbs" "$work/verbs"
	: >"$work/all-options"
	while read -r verb; do
		page_options "$verb" >"$work/page-options"
		help_options "$verb" >"$work/help"
		for option in -h --help; do
			grep -qx -e "$option" "$work/help" || wrong "airlock $verb --help: does not tell of $option"
		done
		grep -vx -e -h -e --help "$work/help" >"$work/options"
		equal "the options of $verb" "$work/page-options" "$work/options"
		cat "$work/options" >>"$work/all-options"
		# what is told of is taken; what is in the table is told of, but for what is our own
		while read -r option; do
			timeout -k 5 30 "$build/airlock" "$verb" "$option" </dev/null >"$work/out" 2>&1
			! grep -q "unknown option $option" "$work/out" || wrong "airlock $verb does not know $option"
		done <"$work/options"
		known="cmd/$verb.c"
		! grep -q SANDBOX_LONGS "cmd/$verb.c" || known="$known cmd/cmd.h"
		grep -ho '{ "[a-z-]*", [a-z]*_argument,' $known | sed 's/{ "\([^"]*\)".*/--\1/' |
			grep -vx -e --help -e --listener >"$work/table"
		grep -e '^--' "$work/options" >"$work/long"
		equal "the long options of $verb, in its help" "$work/long" "$work/table"
	done <"$work/verbs"
	section man/airlock.1 SYNOPSIS | grep -o 'Fl [^ ]*' | sed 's/Fl /-/' | grep -vx -e -- >"$work/synopsis"
	help_options '' >>"$work/all-options"
	sed -i -e '/^-h$/d' "$work/all-options"
	for option in $(help_options ''); do
		section man/airlock.1 DESCRIPTION | grep -q "^\.It .*Fl ${option#-}\( \|$\)" || wrong "airlock $option: not in the page"
	done
	sort -u "$work/all-options" | comm -13 - <(sort -u "$work/synopsis") >"$work/out"
	[ ! -s "$work/out" ] || wrong "in the synopsis, and nowhere else: $(xargs <"$work/out")"
	notes="$notes, $(sort -u "$work/all-options" | wc -l) options"
}

# Can NAME be run, or what does it lack?
can() {
	local command
	for command in $(sed -n "s/^$1 //p" "$work/needs"); do
		# not a command, but a right: a filter of somebody else's may refuse it
		if [ "$command" = listener ]; then
			"$build/airlock" doctor | grep -q '^  seccomp-listener  *yes' && continue
			echo "$1: seccomp listeners cannot be had here"
			return 1
		fi
		command -v "$command" >/dev/null || { echo "$1: $command is not installed"; return 1; }
		# where it may make no namespaces it can do nothing
		[ "$command" != bwrap ] || bwrap --ro-bind / / true 2>/dev/null || { echo "$1: bwrap cannot run here"; return 1; }
	done
}

# Each in a folder of its own, with the built command; what it prints is what the page says next
shell_examples() {
	local f name r why n=0
	if no_sandbox; then
		leave_out 'the shell examples: the builtin filter cannot be had here'
		return
	fi
	for f in "$work"/examples/*.sh; do
		name=${f##*/}
		why=$(can "$name") || { leave_out "$why"; continue; }
		mkdir "$work/run" && r=0
		(cd "$work/run" && PATH="$build:$PATH" LC_ALL=C timeout -k 5 60 sh -eu "$f" </dev/null >../said 2>../told) || r=$?
		if [ $r -ne 0 ]; then
			wrong "$name: status $r; it said:"
			cat "$work/said" "$work/told"
		elif [ -f "${f%.sh}.out" ]; then
			diff --label 'the page' --label "$name" -u "${f%.sh}.out" "$work/said" ||
				{ wrong "$name: says something else"; cat "$work/told"; }
		fi
		rm -rf "$work/run"
		n=$((n + 1))
	done
	[ $n -gt 0 ] || wrong "no shell examples"
	notes="$notes, $n shell examples"
}

# COMMAND FILE: is it there?
has() {
	command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || { leave_out "${2##*/}: $1 is not installed"; return 1; }
	taken=$((taken + 1))
}

# Lines for other programs, with the built command in them: these programs take them
squid_takes() {
	! PATH=$PATH:/usr/sbin timeout -k 5 30 squid -k parse -f "$1" 2>&1 | grep -E 'FATAL|ERROR|WARNING|unrecognized'
}
apache_takes() {
	local modules=/usr/lib/apache2/modules module
	[ -f $modules/mod_rewrite.so ] || modules=/usr/lib/httpd/modules
	{
		printf 'ServerName localhost\nListen 127.0.0.1:9\nErrorLog %s/error\nPidFile %s/pid\n' "$work" "$work"
		for module in mpm_event authz_core rewrite; do
			echo "LoadModule ${module}_module $modules/mod_$module.so"
		done
		echo "LogFormat \"%h\" combined"
		cat "$1"
	} >"$1.whole"
	PATH=$PATH:/usr/sbin timeout -k 5 30 apache2 -t -f "$1.whole"
}
ssh_takes() { ssh -G -F "$1" bastion 2>&1 | grep -i "^proxycommand $build/airlock exec "; }
unit_is_taken() { timeout -k 5 30 systemd-analyze verify "$1"; }

configurations() {
	local f taken=0
	for f in "$work"/examples/*.{squid,apache,ssh,socket,service}; do
		[ -f "$f" ] || { wrong "no example ${f##*/}"; continue; }
		grep -q /usr/local/bin/airlock "$f" || [ "${f%.socket}" != "$f" ] || wrong "${f##*/}: does not start airlock"
		sed -i "s|/usr/local/bin/airlock|$build/airlock|g" "$f"
		case $f in
		*.squid) has squid "$f" && { squid_takes "$f" || wrong "squid does not take ${f##*/}"; } ;;
		*.apache) has apache2 "$f" && { apache_takes "$f" >"$work/told" 2>&1 || wrong "apache2: $(cat "$work/told")"; } ;;
		*.ssh) has ssh "$f" && { ssh_takes "$f" >/dev/null || wrong "ssh does not take ${f##*/}"; } ;;
		*) has systemd-analyze "$f" && { unit_is_taken "$f" >"$work/told" 2>&1 || wrong "systemd: $(cat "$work/told")"; } ;;
		esac
	done
	notes="$notes, $taken configurations"
}

lint
functions
references
examples
$cc -std=gnu11 -Wall -Werror -Ilib -Isandbox -o "$work/ask" "$work/ask.c" "$build/libairlock-sandbox.a" \
	"$build/libairlock.a" -pthread || die "cannot ask the library"
structures
c_examples
profiles
names
promises
verbs
shell_examples
configurations
echo "$notes"
[ $status -ne 0 ] || [ -z "$skipped" ] || { echo "SKIP: $skipped"; status=77; }
exit $status
