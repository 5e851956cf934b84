# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# What the gates around a real server share. Its helpers are children of the process `master', its files are
# in the folder `tmp'; each gate has a die(), a helper_name() and a descriptors_fit() of its own.
export LC_ALL=C
unset http_proxy https_proxy HTTP_PROXY ALL_PROXY all_proxy no_proxy NO_PROXY
PATH=$PATH:/usr/sbin:/sbin
shown=''

skip() { echo "SKIP: $*"; exit 77; }
show() { shown+=$(printf '%-22s %s' "$1" "$2")$'\n'; }

# 444: landlock_create_ruleset(2), which the profiles cannot do without
need_landlock() { perl -e 'exit !(syscall(444, 0, 0, 1) >= 1)' || skip 'this kernel has no Landlock'; }

# a configuration takes no blanks
make_folder() {
	case ${TMPDIR:-} in *[[:space:]]*) TMPDIR=/tmp ;; esac
	tmp=$(mktemp -d) && tmp=$(readlink -f "$tmp") || exit 1
}

# Processes are told by number and start time, since numbers come again
stamp() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return
	set -- "$1" ${stat##*) }
	[ "$2" = Z ] || echo "$1:${21}"
}
lives() { [ "$(stamp "${1%:*}")" = "$1" ]; }
none_lives() { for p in $1; do lives "$p" && return 1; done; return 0; }

# SECONDS COMMAND: until it holds
eventually() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

children() { grep -l "^PPid:[[:space:]]*$master\$" /proc/[0-9]*/status 2>/dev/null | tr -dc '0-9\n'; }
field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null; }

# PID MESSAGE: unless it has ended: Squid may be about to let some go
wrong() { [ -z "$(stamp "$1")" ] || die "$(helper_name "$1"), process $1: $2"; }
# What it opens to start may be there for a moment
check_descriptors() { eventually 5 descriptors_fit "$@" || wrong "$1" "$unfit"; }
