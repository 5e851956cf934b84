#compdef airlock
# SPDX-License-Identifier: ISC
#
# Completion of airlock(1) for zsh. Verbs, options and builtin profiles are asked of the command itself.
# It must not do more than ask: no profile is read, nothing started.

# The keys of airlock-profile(5), for -p
_airlock_keys() {
	local -a keys=(
		SystemCallFilter SystemCallErrorNumber SystemCallLog SystemCallRule SystemCallBaseline
		SystemCallArchitectures RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID
		LockPersonality MemoryDenyWriteExecute ExecOnce NoNewPrivileges CapabilityBoundingSet
		AmbientCapabilities User Group SupplementaryGroups UMask WorkingDirectory RootDirectory LimitCPU
		LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitNPROC LimitNOFILE LimitMEMLOCK LimitAS
		LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME ReadPath WritePath ExecPath
		BindTCP ConnectTCP Scope Environment PassEnvironment UnsetEnvironment Nice CPUAffinity OOMScoreAdjust
		BestEffort Include
	)
	if compset -P 1 '*='; then
		[[ $IPREFIX != *(Path|Directory|Include)= ]] || _files
	else
		_wanted keys expl key compadd -S = -a keys
	fi
}

_airlock_builtins() {
	local -a names=(${(M)${(f)"$(_call_program profiles $airlock profile 2>/dev/null)"}:#[a-z]*})
	names=(${names%% *})
	_wanted builtins expl 'builtin profile' compadd -a names
}

_airlock_profiles() {
	_alternative 'builtins:builtin profile:_airlock_builtins' 'files:file:_files'
}

# Lines of --help such as "  -p, --property KEY=VALUE  what it does" as specifications of _arguments, in `reply`
_airlock_options() {
	local line kind action name about
	local -a names
	reply=()
	for line in ${(f)"$(_call_program options $airlock ${1:+${(q)1}} --help 2>/dev/null)"}; do
		[[ $line =~ '^  ((-[a-zA-Z]), )?(--?[a-zA-Z][a-z-]*)( ([A-Z][^ ]*))?(  +(.*))?$' ]] || continue
		names=($match[2] $match[3]) kind=$match[5] about=${match[7]//[\[\]]/}
		case $kind in
		(*FILE*NAME*|*NAME*FILE*) action=_airlock_profiles ;;
		(FILE*) action=_files ;;
		(KEY=VALUE) action=_airlock_keys ;;
		(TYPE*) action='(none tcp udp fifo unix-stream unix-dgram unix-seqpacket)' ;;
		(*) action=' ' ;;
		esac
		for name in $names; do
			case ${name}${kind} in
			(--*[A-Z]*) reply+=("*${name}=[$about]:${kind//:/\\:}:$action") ;;
			(-*[A-Z]*) reply+=("*${name}+[$about]:${kind//:/\\:}:$action") ;;
			(*) reply+=("*${name}[$about]") ;;
			esac
		done
	done
}

_airlock() {
	local airlock=$words[1] curcontext=$curcontext state line expl
	local -a reply verbs
	local -A opt_args

	if ((CURRENT == 2)); then
		if [[ $PREFIX == -* ]]; then
			_airlock_options ''
			_arguments -S $reply
			return
		fi
		verbs=(${${(M)${(f)"$(_call_program verbs $airlock --help 2>/dev/null)"}:#  [a-z]*}#  })
		verbs=(${(@)verbs/ ##/:})
		_describe -t verbs verb verbs
		return
	fi
	shift words
	((CURRENT--))
	curcontext=${curcontext%:*}-$words[1]:
	_airlock_options $words[1]
	case $words[1] in
	(exec|run|learn)
		# options of the program are its own
		_arguments -S -A '-*' $reply '(-):program:_command_names -e' '*::argument:_normal'
		;;
	(check)
		if ((${words[(I)--]} > 1 && ${words[(I)--]} < CURRENT)); then
			# the program, and what is its own
			((CURRENT -= ${words[(I)--]}))
			shift ${words[(I)--]} words
			_normal
		else
			_arguments -S $reply '*:profile:_airlock_profiles'
		fi
		;;
	(profile) _arguments -S $reply '1:builtin profile:_airlock_builtins' ;;
	(doctor) _arguments -S $reply ;;
	esac
}

_airlock "$@"
