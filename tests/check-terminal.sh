#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: what people see who type. Completion in bash and zsh, and what verbs do on a terminal: progress, ^C, ^Z,
# ^D, no colours where none are wanted. Usage: tests/check-terminal.sh BUILD
# Where tmux or zsh are missing the rest is tested all the same, and the gate counts as skipped.
set -u
build=$(cd "$1" && pwd) || exit 1
# short, and without blanks: a socket's path has 107 bytes, and a screen's line 100
root=$(mktemp -d /tmp/airlock.XXXXXX) || exit 1
tmux_server=$root/tmux
skipped=
trap 'tmux -S "$tmux_server" kill-server 2>/dev/null; rm -rf "$root"' EXIT
die() { echo "$*"; exit 1; }
trap 'exit 1' HUP INT TERM
# zsh takes its keys from the names of editors
unset TMUX NO_COLOR CLICOLOR CLICOLOR_FORCE EDITOR VISUAL INPUTRC ZDOTDIR ENV BASH_ENV
export LC_ALL=C.UTF-8 HOME=$root TERM=xterm-256color HISTFILE=
PATH=$build:$PATH
verbs='exec run check profile doctor learn'

# Completion in bash: the function is called as bash would

complete_bash() {
	bash --norc -c '
		complete() { :; }
		compopt() { :; }
		. cmd/airlock.bash
		breaks=$1; shift
		COMP_WORDBREAKS=$breaks COMP_WORDS=(airlock "$@") COMP_CWORD=$#
		_airlock airlock "${@: -1}" "${@: -2:1}"
		((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2>&1 | LC_ALL=C sort
}
# WANTED WORD...: the last word is the one that is completed, "=" a word of its own as bash has it
breaks=$' \t\n"\'@><=;|&(:'
completes() {
	local want=$1 got
	shift
	got=$(complete_bash "$breaks" "$@" | xargs)
	[ "$got" = "$want" ] || die "bash: airlock $*: completed to [$got], not to [$want]"
}
# the same where `=' does not part words
completes_whole() {
	local breaks=$' \t\n"\'@><;|&(:'
	completes "$@"
}
sorted() { tr -s ' \n' '\n\n' | sed '/^$/d' | LC_ALL=C sort; }
options_of() { airlock ${1:+"$1"} --help | grep -oE '^  -[a-zA-Z], --[a-z-]+|^  --?[a-zA-Z][a-z-]*' | tr -d , | sorted; }
keys=$(sed -n 's/^	{ "\([A-Za-z]*\)", [^"]*},$/\1/p' sandbox/keys.c | sorted)
builtins=$(ls sandbox/profiles | sed 's/\.conf$//' | sorted)

[ "$(complete_bash "$breaks" '')" = "$(echo "$verbs" | sorted)" ] || die "bash: the verbs are not completed"
[ "$(complete_bash "$breaks" exec -p '' | tr -d =)" = "$keys" ] ||
	die "bash: the keys are not those of sandbox/keys.c: $(diff <(complete_bash "$breaks" exec -p '' | tr -d =) <(echo "$keys"))"
[ "$(complete_bash "$breaks" profile '')" = "$builtins" ] || die "bash: the builtin profiles are not completed"
for verb in $verbs; do
	help=$(options_of "$verb")
	got=$({ complete_bash "$breaks" "$verb" --; complete_bash "$breaks" "$verb" -; } | LC_ALL=C sort -u)
	[ -n "$help" ] && [ "$got" = "$help" ] || die "bash: airlock $verb: options and --help differ: $(diff <(echo "$got") <(echo "$help"))"
	for option in $help; do
		timeout -k 5 20 airlock "$verb" "$option" </dev/null 2>&1 >/dev/null | grep -q 'unknown option' &&
			die "airlock $verb --help tells of $option, which there is not"
	done
done
completes 'exec' ex
completes '--help --version' --
completes '' --help ''
completes '' frobnicate --
completes 'squid-auth' exec --profile squid-a
completes 'squid-auth' exec --profile = squid-a
completes 'squid-auth' exec --prof = squid-a
completes_whole '--profile=squid-auth' exec --profile=squid-a
completes 'squid-auth' check squid-a
completes 'squid-auth' check none --json squid-a
completes '--disasm' check none --disa
completes 'prlimit' check none -- prlimi
completes 'sandbox/keys.c' check none -- cat sandbox/keys.c
completes '' check none -- cat --disa
completes 'squid-auth' profile squid-a
completes '' profile squid-auth squid-a
completes 'sandbox/keys.c' exec --profile sandbox/keys.c
completes 'User=' exec -p Us
completes 'User=' exec --property = Us
completes '' exec -p User = ro
completes 'sandbox/keys.c' exec -p ReadPath = sandbox/keys.c
completes_whole 'ReadPath=sandbox/keys.c' exec -p ReadPath=sandbox/keys.c
completes '' exec --keep-fd ''
completes 'sandbox/keys.c' run --log sandbox/keys.c
completes 'sandbox/keys.c' learn -o sandbox/keys.c
completes 'prlimit' exec prlimi
completes 'prlimit' exec --profile none -p User=x -- prlimi
completes 'sandbox/keys.c' exec cat sandbox/keys.c
completes 'sandbox/keys.c' exec -- sandbox/keys.c
# what follows the program is its own
completes '' exec true --prof
completes '' exec -- true --prof
echo "$root/a file" >"$root/a file"
[ "$(complete_bash "$breaks" exec cat "$root/a")" = "$root/a file" ] || die "bash: a name with a blank is not kept whole"
channels=$(complete_bash "$breaks" run --channel '')
for channel in $channels; do
	said=$(timeout -k 5 20 airlock run --profile none --channel "$channel" true </dev/null 2>&1) ||
		[ "$channel" = udp ] || die "airlock run --channel $channel, which is completed: $said"
done
named=$(airlock run --channel frobnicate true 2>&1 | grep -oE '\b(none|tcp|udp|fifo|unix-[a-z]+)\b' | LC_ALL=C sort -u)
[ "$channels" = "$named" ] || die "the types of channels are $(echo $named), and completed are $(echo $channels)"
echo "completion in bash"

# A terminal

if ! command -v tmux >/dev/null; then
	echo 'SKIP: tmux is not installed'
	exit 77
fi
mux() { tmux -S "$tmux_server" -f /dev/null "$@"; }
# COMMAND...: on a new terminal, the only one
on_terminal() {
	mux kill-server 2>/dev/null
	while mux has-session 2>/dev/null; do :; done
	# the one that ends may still hold the socket
	mux new-session -d -x 100 -y 30 -c "$PWD" "$*" || { sleep 1; mux new-session -d -x 100 -y 30 -c "$PWD" "$*"; } ||
		die "tmux does not start"
	mux set-option -g remain-on-exit on 2>/dev/null
}
screen() { mux capture-pane -p -J -t : 2>/dev/null | sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }
press() { mux send-keys -t : "$@"; }
# until a line of the screen is (matches, as grep -E has it) TEXT
await() {
	local i began=$SECONDS
	for ((i = 0; i < 200; i++)); do
		screen | grep -qE -- "$1" && return
		sleep 0.1
	done
	echo "line ${BASH_LINENO[*]}: for $((SECONDS - began)) s the terminal does not show [$1], but:"
	show
	exit 1
}
show() { screen | sed 's/^/    | /'; }
# An empty screen but for the prompt of a shell that reads its keys itself
fresh_prompt() {
	await '^(\^C)?ready>$'
	press C-l
	await '^ready>$'
}
# What is typed while a shell does something the terminal itself would echo: until that is done
orders=0
order() {
	orders=$((orders + 1))
	press "$1; echo order \$((orders=$orders)) is done" Enter
	await "^order $orders is done\$"
	fresh_prompt
}
shell_on_terminal() {
	on_terminal 'exec bash --norc --noprofile -i'
	press "PS1='ready> '" Enter
	fresh_prompt
}

shell_on_terminal
order '. cmd/airlock.bash'
press 'airlock doc' Tab
await '^ready> airlock doctor ?$'
press C-u 'airlock exec --prof' Tab 'squid-au' Tab
await '^ready> airlock exec --profile squid-auth ?$'
press C-u 'airlock exec --profile=squid-au' Tab
await '^ready> airlock exec --profile=squid-auth ?$'
press C-u 'airlock exec -p CPUA' Tab '0'
await '^ready> airlock exec -p CPUAffinity=0$'
press C-u "airlock exec cat $root/a" Tab Enter
await "^$root/a file$"
echo "completion in bash, typed"

if ! command -v zsh >/dev/null; then
	skipped='zsh is not installed'
else
	zsh -n cmd/airlock.zsh || die "zsh: airlock.zsh is not its language"
	mkdir "$root/functions" && cp cmd/airlock.zsh "$root/functions/_airlock"
	on_terminal 'exec zsh -f -i'
	press "PS1='ready> '; RPS1=; fpath=($root/functions \$fpath); autoload -U compinit; compinit -D -u" Enter
	fresh_prompt
	press 'airlock doc' Tab
	await '^ready> airlock doctor$'
	press C-u 'airlock exec --prof' Tab 'squid-au' Tab
	await '^ready> airlock exec --profile[= ]squid-auth$'
	press C-u 'airlock exec -p CPUA' Tab '0'
	await '^ready> airlock exec -p CPUAffinity=0$'
	press C-u 'airlock profile squid-re' Tab
	await '^ready> airlock profile squid-rewrite$'
	press C-u 'airlock check sandbox/keys_rea' Tab
	await '^ready> airlock check sandbox/keys_reach\.c$'
	press C-u 'airlock run --channel unix-seq' Tab
	await '^ready> airlock run --channel unix-seqpacket$'
	press C-u 'airlock check none --dis' Tab
	await '^ready> airlock check none --disasm$'
	press C-u 'airlock check none -- prlimi' Tab
	await '^ready> airlock check none -- prlimit$'
	press C-u 'airlock exec --profile none -- prlimi' Tab
	await '^ready> airlock exec --profile none -- prlimit$'
	press C-u "airlock exec --profile none -- cat $root/a" Tab Enter
	await "^$root/a file$"
	fresh_prompt
	press 'airlock exec --' Tab
	for option in $(options_of exec | grep '^--'); do await "(^|  )$option( |\$)"; done
	zsh -fc '
		compset() { return 1 }
		_wanted() { print -rl -- $keys }
		. <(sed "/^_airlock \"/d" cmd/airlock.zsh)
		_airlock_keys' | sorted >"$root/zsh-keys"
	[ "$(cat "$root/zsh-keys")" = "$keys" ] || die "zsh: the keys are not those of sandbox/keys.c: $(diff "$root/zsh-keys" <(echo "$keys"))"
	echo "completion in zsh, typed"
fi

# Verbs on a terminal

# the state of the one child of a process (T: stopped), and its own
state_of() { sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null; }
children_of() { [ $# -eq 0 ] || cat "/proc/$1/task/$1/children" 2>/dev/null; }
await_state() {
	local i
	for ((i = 0; i < 200; i++)); do
		[[ $(state_of "$1") =~ $2 ]] && return
		sleep 0.1
	done
	show
	die "process $1, $3, is $(state_of "$1"), not $2"
}
# the last of the shell's children and theirs is of this name: what is typed sooner would be the shell's
await_program() {
	local i p
	for ((i = 0; i < 200; i++)); do
		p=$(children_of "$pane")
		[ -z "$(children_of $p)" ] || p=$(children_of $p)
		[ -n "$p" ] && [ "$(cat "/proc/${p% }/comm" 2>/dev/null)" = "$1" ] && return
		sleep 0.1
	done
	show
	die "$1 is not started"
}
# what a shell is asked when its prompt is back
says() {
	press C-l "$1" Enter
	await "$2"
	fresh_prompt
}
shell_on_terminal
pane=$(mux display-message -p -t : '#{pane_pid}')
modes='[ "$(stty -g)" = "$before" ] && echo the modes are as before'
press 'before=$(stty -g)' Enter
type_to() {
	press 'hello world' Enter
	await '^goodbye world$'
}
for verb in exec run; do
	press C-l "airlock $verb cat" Enter
	await_program cat
	press 'a line' Enter
	for ((i = 0; $(screen | grep -c '^a line$') != 2; i++)); do
		((i < 200)) || die "airlock $verb cat: the line that was typed does not come back: $(screen)"
		sleep 0.1
	done
	press C-d
	await '^ready>$'
	says 'echo status $?' '^status 0$'

	helper="airlock $verb sed -u s/hello/goodbye/"
	press C-l "$helper" Enter
	await_program sed
	type_to
	press C-c
	# what is typed sooner may be the helper's
	await '^(\^C)?ready>$'
	says 'echo status $?' '^status 130$'
	says "$modes" '^the modes are as before$'

	press "$helper" Enter
	await_program sed
	type_to
	command=$(children_of "$pane")
	processes="$command $(children_of $command)"
	press C-z
	await '^\[1\]\+ +Stopped +airlock'
	for p in $processes; do await_state "$p" '^T$' "after ^Z in $verb"; done
	press C-l 'fg' Enter
	await '^airlock'
	for p in $processes; do await_state "$p" '^[SR]$' "after fg in $verb"; done
	type_to
	press C-d
	await '^ready>$'
	says 'echo status $?' '^status 0$'
	for p in $processes; do [ ! -e "/proc/$p" ] || die "airlock $verb: process $p is left"; done
	says "$modes" '^the modes are as before$'
	echo "airlock $verb: ^D, ^C, ^Z and fg"
done

# learn: a line that tells how far it is, and is gone at the end
busy="sh -c 'while :; do sleep 0.05; done'"
press C-l "airlock learn -o $root/learned.conf $busy" Enter
await '^learning: [1-9][0-9]* calls, [1-9][0-9]* different, [0-9]+ files$'
press C-c
await '^(\^C)?ready>$'
screen | grep -q 'learning:' && die "airlock learn leaves its progress on the screen: $(screen)"
press C-l
await '^ready>$'
[ -s "$root/learned.conf" ] || die "airlock learn wrote no profile when ^C ended it"
airlock check "$root/learned.conf" -- sh >"$root/check" 2>&1 || die "airlock learn wrote what airlock check does not take: $(cat "$root/check")"
left=$(find "$root" -name 'learned.conf.*')
[ -z "$left" ] || die "airlock learn leaves files: $left"
says "$modes" '^the modes are as before$'
grep -q "^ExecPath=" "$root/learned.conf" || die "airlock learn has not seen that sleep was executed"
echo "airlock learn: progress, ^C"

# What goes to a terminal byte by byte: VARIABLES COMMAND
raw() {
	on_terminal "read -r _; export $1; $2; echo The End; read -r _"
	: >"$root/raw"
	mux pipe-pane -t : "cat >>'$root/raw'"
	press Enter
	await '^The End$'
	for ((i = 0; i < 200; i++)); do
		grep -q 'The End' "$root/raw" && return
		sleep 0.1
	done
	show
	die "$2: nothing of it came from tmux"
}
colour=$'\033\\[[0-9;]*m'
few="airlock learn -o '$root/learned.conf' sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; done'"
raw _=_ "$few"
grep -q 'learning:' "$root/raw" && grep -q "$colour" "$root/raw" || die "airlock learn shows no progress in colour"
raw NO_COLOR=1 "$few"
grep -q 'learning:' "$root/raw" || die "airlock learn shows no progress with NO_COLOR"
grep -q "$colour" "$root/raw" && die "airlock learn is coloured in spite of NO_COLOR: $(cat -v "$root/raw")"
raw TERM=dumb "$few"
grep -q 'learning:' "$root/raw" && die "airlock learn shows progress on a dumb terminal"
raw _=_ "$few 2>'$root/err'"
grep -q 'learning:' "$root/raw" "$root/err" && die "airlock learn shows progress, though standard error is no terminal"
[ ! -s "$root/err" ] || die "airlock learn complains: $(cat "$root/err")"
all='airlock --help; airlock check filter; airlock check nonesuch; airlock profile; airlock doctor; airlock exec --frobnicate'
raw NO_COLOR=1 "$all"
grep -q $'\033' "$root/raw" && die "escapes on a terminal in spite of NO_COLOR: $(cat -v "$root/raw")"
sh -c "$all" >"$root/raw" 2>&1
[ -s "$root/raw" ] && grep -q $'\033' "$root/raw" && die "escapes in a file: $(cat -v "$root/raw")"
echo "progress and colours, where they are wanted"

[ -z "$skipped" ] || { echo "SKIP: $skipped"; exit 77; }
