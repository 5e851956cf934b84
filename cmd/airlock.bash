# SPDX-License-Identifier: ISC
#
# Completion of airlock(1) for bash, with or without the bash-completion package. Verbs, options and
# builtin profiles are asked of the command itself. It must not do more than ask: no profile is read, nothing started.

# The keys of airlock-profile(5), for -p
_airlock_keys="SystemCallFilter SystemCallErrorNumber SystemCallLog SystemCallRule SystemCallBaseline
SystemCallArchitectures RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID
LockPersonality MemoryDenyWriteExecute ExecOnce NoNewPrivileges CapabilityBoundingSet AmbientCapabilities User
Group SupplementaryGroups UMask WorkingDirectory RootDirectory LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE
LimitRSS LimitNPROC LimitNOFILE LimitMEMLOCK LimitAS LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE
LimitRTPRIO LimitRTTIME ReadPath WritePath ExecPath BindTCP ConnectTCP Scope Environment PassEnvironment
UnsetEnvironment Nice CPUAffinity OOMScoreAdjust BestEffort Include"

# "--profile NAME|FILE", "-h", "--help", each as a line, of `airlock VERB --help', or of `airlock --help'
_airlock_options() {
	local line
	"$@" --help 2>/dev/null </dev/null | while IFS= read -r line; do
		[[ $line =~ ^\ \ ((-[a-zA-Z]),\ )?(--?[a-zA-Z][a-z-]*)(\ ([A-Z][^ ]*))?(\ \ |$) ]] || continue
		[[ -z ${BASH_REMATCH[2]} ]] || printf '%s %s\n' "${BASH_REMATCH[2]}" "${BASH_REMATCH[5]}"
		printf '%s %s\n' "${BASH_REMATCH[3]}" "${BASH_REMATCH[5]}"
	done
}

_airlock_verbs() {
	"$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  *[^ ].*/\1/p'
}

_airlock_builtins() {
	"$1" profile 2>/dev/null | sed -n 's/^\([a-z][a-z-]*\).*/\1/p'
}

# What value the option $1 takes, of the lines in $2: an exact name goes before one that is cut short.
_airlock_takes() {
	local name kind guess=
	while read -r name kind; do
		[[ $name != "$1" ]] || { printf '%s\n' "$kind"; return; }
		[[ $1 != --?* || $name != "$1"* ]] || guess=$kind
	done <<<"$2"
	printf '%s\n' "$guess"
}

# Lines of standard input, to COMPREPLY
_airlock_add() {
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY
}

# Of the words in $1 those that begin with $2
_airlock_reply() {
	_airlock_add < <(compgen -W "$1" -- "$2")
}

# Names of files are the one thing that may hold blanks.
_airlock_files() {
	compopt -o filenames 2>/dev/null
	_airlock_add < <(compgen -f -- "$1")
}

# A value by what --help calls it
_airlock_value() {
	local airlock=$1 kind=$2 cur=$3
	case $kind in
	*FILE*NAME* | *NAME*FILE*)
		_airlock_reply "$(_airlock_builtins "$airlock")" "$cur"
		_airlock_files "$cur"
		;;
	FILE*) _airlock_files "$cur" ;;
	TYPE*) _airlock_reply $'none\ntcp\nudp\nfifo\nunix-stream\nunix-dgram\nunix-seqpacket' "$cur" ;;
	KEY=VALUE)
		case $cur in
		*Path=* | *Directory=* | Include=*) _airlock_files "${cur#*=}"; return ;;
		*=*) return ;;
		esac
		compopt -o nospace 2>/dev/null
		_airlock_add < <(compgen -S = -W "$_airlock_keys" -- "$cur")
		;;
	esac
}

# What the usage of the verb, $2, names first after its options
_airlock_operand() {
	local airlock=$1 verb=$2 cur=$3
	case $verb in
	check) _airlock_value "$airlock" 'NAME|FILE' "$cur" ;;
	profile) _airlock_reply "$(_airlock_builtins "$airlock")" "$cur" ;;
	exec | run | learn | 'check --')
		# a program, by PATH or by a path
		if [[ $cur == */* ]]; then _airlock_files "$cur"; else _airlock_add < <(compgen -c -- "$cur" | sort -u); fi
		;;
	esac
}

_airlock() {
	local airlock=${COMP_WORDS[0]/#\~/$HOME} cur='' verb='' word kind options value='' i operands=0 closed=''
	local -a words=()

	COMPREPLY=()
	# where `=' breaks words, `--profile=no' came in three
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((${#words[@]} > 0)) && [[ $word == = || ${COMP_WORDS[i - 1]} == = && i -gt 1 ]]; then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
	done
	cur=${words[${#words[@]} - 1]}
	unset 'words[${#words[@]}-1]'

	for word in "${words[@]}"; do
		if [[ -n $value ]]; then
			value=
		elif [[ -z $verb ]]; then
			# no option goes before the verb
			[[ $word != -* ]] || return 0
			verb=$word
			options=$(_airlock_options "$airlock" "$verb")
		elif [[ -z $closed && $word == -- ]]; then
			closed=yes
			# what stands before it are profiles
			[[ $verb != check ]] || { verb='check --'; operands=0; }
		elif [[ -z $closed && $word == -?* ]]; then
			[[ $word == *=* ]] || value=$(_airlock_takes "$word" "$options")
		else
			operands=$((operands + 1))
			# options of the program are its own
			[[ $verb == check ]] || closed=yes
		fi
	done

	if [[ -z $verb ]]; then
		if [[ $cur == -* ]]; then
			_airlock_reply "$(_airlock_options "$airlock" | sed 's/ .*//')" "$cur"
		else
			_airlock_reply "$(_airlock_verbs "$airlock")" "$cur"
		fi
	elif [[ -n $value ]]; then
		_airlock_value "$airlock" "$value" "$cur"
	elif [[ -z $closed && $cur == --*=* ]]; then
		kind=$(_airlock_takes "${cur%%=*}" "$options")
		_airlock_value "$airlock" "$kind" "${cur#*=}"
	elif [[ -z $closed && $cur == -* ]]; then
		_airlock_reply "$(sed 's/ .*//' <<<"$options")" "$cur"
	elif ((operands == 0)) || [[ $verb == check ]]; then
		_airlock_operand "$airlock" "$verb" "$cur"
	elif [[ $verb != profile && $verb != doctor ]]; then
		_airlock_files "$cur"
	fi
	# readline replaces what stands behind the last break: where that is no `=', all of the word
	if [[ $cur == *=* && $COMP_WORDBREAKS != *=* && -z $closed ]]; then
		[[ $cur == --*=* && -z $value ]] && cur=${cur%%=*}= || cur=${cur%=*}=
		COMPREPLY=("${COMPREPLY[@]/#/$cur}")
	fi
}
complete -F _airlock airlock
