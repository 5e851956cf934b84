#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: a real Apache httpd on 127.0.0.1, its piped logs and its RewriteMap program started by `airlock
# exec`: requests are served, mapped and logged, over a graceful restart; /proc says that the helpers
# are locked in; none is left. Usage: tests/check-apache.sh BUILD
set -u
. tests/real-server.sh
modules=${APACHE_MODULES:-/usr/lib/apache2/modules}
clients=8 requests=300

for program in apache2 curl perl timeout; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
for module in mpm_event authz_core rewrite; do
	[ -e "$modules/mod_$module.so" ] || skip "$modules/mod_$module.so is not installed"
done
need_landlock

make_folder
airlock=$tmp/airlock conf=$tmp/httpd.conf
server='' master='' noted=''

finish() {
	trap - EXIT
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null
		wait "$server" 2>/dev/null # timeout(1) kills what does not end
	fi
	for p in $noted; do lives "$p" && kill -KILL "${p%:*}"; done
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

die() {
	for log in httpd.out log/error.log; do
		[ -s "$tmp/$log" ] && echo "the end of $log:" && tail -n 15 "$tmp/$log" | sed 's/^/| /'
	done
	echo "$*"
	exit 1
}

#
# What httpd is given
#

write_files() {
	mkdir "$tmp"/{log,pages,etc,out}
	for n in $(seq $requests); do
		echo "page $n" >"$tmp/pages/$n.txt"
		echo "name-$n $n.txt"
	done >"$tmp/etc/names"
	{
		echo "#!$(command -v perl)"
		cat <<'EOF'
# A program for RewriteMap: the file of its argument tells what each name stands for
use strict;
$| = 1;
open my $names, '<', $ARGV[0] or die "$ARGV[0]: $!\n";
my %file = map { split } <$names>;
close $names;
while (<STDIN>) {
	chomp;
	print $file{$_} // 'NULL', "\n";
}
EOF
	} >"$tmp/names"
	chmod -R a+rX "$tmp"
	chmod 755 "$tmp/names"
}

write_conf() {
	cat >"$conf" <<EOF
ServerRoot $tmp
ServerName localhost
DefaultRuntimeDir $tmp
PidFile $tmp/httpd.pid
Mutex file:$tmp
Listen 127.0.0.1:$port
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule rewrite_module $modules/mod_rewrite.so
ErrorLog $tmp/log/error.log
LogFormat "%h %t \"%r\" %>s" line
CustomLog "|$airlock exec --profile squid-log -- $(command -v tee) -a $tmp/log/access.log" line
DocumentRoot $tmp/pages
<Directory $tmp/pages>
	Require all granted
</Directory>
RewriteEngine on
RewriteMap names "prg:$airlock exec --profile squid-rewrite $map_user -- $tmp/names $tmp/etc/names"
RewriteRule ^/by-name/(.*)\$ /\${names:\$1|none} [PT]
EOF
	[ -z "$rotatelogs" ] ||
		echo "CustomLog \"|$airlock exec --profile squid-log -- $rotatelogs $tmp/log/turned.%s 1\" line" >>"$conf"
	[ "$(id -u)" != 0 ] || printf '%s www-data\n' User Group >>"$conf"
}

free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
control() { timeout -k 5 20 apache2 -f "$conf" -k "$1" >>"$tmp/httpd.out" 2>&1; }
# CODE PATH [FIRST LINE]
must_be() {
	local got
	got=$(curl -s -m 10 -o "$tmp/out/body" -w '%{http_code}' "http://127.0.0.1:$port$2")
	[ "$got" = "$1" ] || die "$2: $got, and not $1"
	[ $# -lt 3 ] || [ "$(head -n 1 "$tmp/out/body")" = "$3" ] || die "$2 is not answered with \"$3\""
}
answers() { curl -s -m 10 -o "$tmp/out/body" "http://127.0.0.1:$port/"; }

start_httpd() {
	# somebody else may take the port before httpd does
	for _ in 1 2 3; do
		port=$(free_port)
		write_conf
		timeout -k 5 300 apache2 -DFOREGROUND -f "$conf" >>"$tmp/httpd.out" 2>&1 &
		server=$!
		eventually 15 eval 'answers || [ -z "$(stamp $server)" ]'
		[ -z "$(stamp $server)" ] || break
		server=''
		grep -q 'could not bind' "$tmp/httpd.out" || break
	done
	answers || die 'httpd does not start'
	master=$(cat "$tmp/httpd.pid")
}

#
# What /proc says
#

# a script is named, not what reads it
helper_name() {
	local words
	mapfile -d '' words <"/proc/$1/cmdline" || return
	case ${words[0]##*/} in perl*) echo "${words[1]##*/}" ;; *) echo "${words[0]##*/}" ;; esac
} 2>/dev/null
# All that are to be there are, and none is still on its way into its sandbox
all_started() {
	local names
	pids=$(children) names=" $(for p in $pids; do helper_name "$p"; done | tr '\n' ' ')"
	case $names in *' airlock '*) return 1 ;; esac
	for want in tee names ${rotatelogs:+rotatelogs}; do
		case $names in *" $want "*) ;; *) return 1 ;; esac
	done
}

# PID NAME: its descriptors are 0, 1, 2, and the logs that it writes; or $unfit tells
descriptors_fit() {
	local fd to
	[ -n "$(stamp "$1")" ] || return 0
	fds=''
	for fd in "/proc/$1/fd/"*; do
		to=$(readlink "$fd") fd=${fd##*/}
		case $2:$fd:$to in
		*:0:pipe:* | names:1:pipe:* | *:2:"$tmp/log/error.log") ;;
		# httpd's own
		tee:1:"$tmp/httpd.out" | rotatelogs:1:"$tmp/httpd.out") ;;
		tee:3:"$tmp/log/access.log" | rotatelogs:[34]:"$tmp"/log/turned.*) ;;
		*) unfit="descriptor $fd is $to"; return 1 ;;
		esac
		fds+=" $fd"
	done
	unfit="its descriptors are$fds"
	case $fds in ' 0 1 2'*) ;; *) return 1 ;; esac
}

# PID NAME
check_status() {
	local want is none=0000000000000000 uid
	uid=$(id -u)
	[ "$uid$2" != 0names ] || uid=$(id -u www-data)
	for want in Seccomp=2 NoNewPrivs=1 Cap{Inh,Prm,Eff,Amb}=$none ${bounded:+CapBnd=$none} "Uid=$uid"; do
		is=$(field "$1" "${want%%=*}" | cut -f 1)
		[ "$is" = "${want#*=}" ] || wrong "$1" "${want%%=*} is $is, and not ${want#*=}"
	done
	# Linux before 5.9 does not count them
	is=$(field "$1" Seccomp_filters)
	[ "${is:-1}" -gt "$(field "$master" Seccomp_filters | grep . || echo 0)" ] ||
		wrong "$1" 'it has no filter of its own'
}

# WHEN [all]: every child of httpd's is one of its own, or a helper that is locked in
check_helpers() {
	local p helper fds unfit pids lines=''
	eventually 15 all_started || die "$1: helpers: $(for p in $pids; do helper_name "$p"; done | tr '\n' ' ')"
	helpers=''
	for p in $pids; do
		helper=$(helper_name "$p")
		[ "$helper" != apache2 ] || continue
		check_status "$p" "$helper"
		check_descriptors "$p" "$helper"
		[ -n "$(stamp "$p")" ] || continue
		helpers+=" $(stamp "$p")"
		lines+="  $helper, user $(id -nu "$(field "$p" Uid | cut -f 1)"), descriptors$fds"$'\n'
	done
	noted+=$helpers
	show "$1" "$(wc -w <<<"$helpers") helpers: Seccomp 2, NoNewPrivs 1, no capabilities${bounded:+, nor any to be had}"
	[ "${2:-}" != all ] || while IFS= read -r line; do show '' "$line"; done <<<"${lines%?}"
}

#
# What httpd and its helpers do
#

# COUNT PATTERN: so many lines are in each log
are_logged() {
	local log n
	for log in access ${rotatelogs:+turned}; do
		n=$(cat "$tmp/log/$log".* | grep -c "\"GET /$2 HTTP[^\"]*\" 200\$")
		[ "$n" -eq "$1" ] || { echo "$log.*: $n of $1 requests are logged" >"$tmp/out/missed"; return 1; }
	done
} 2>/dev/null
must_be_logged() { eventually 10 are_logged "$@" || die "$(cat "$tmp/out/missed")"; }

one_client() {
	for i in $(seq "$1" $clients $requests); do
		printf 'url = "http://127.0.0.1:%s/by-name/name-%s?crowd"\n' "$port" "$i"
	done | timeout -k 5 60 curl -s -m 20 -w '%{http_code}\n' -K - >"$tmp/out/$1"
}
check_crowd() {
	local k pids='' n
	for k in $(seq $clients); do
		one_client "$k" &
		pids+=" $!"
	done
	wait $pids
	cat "$tmp"/out/[1-9] >"$tmp/out/all"
	n=$(grep -c '^200$' "$tmp/out/all")
	[ "$n" -eq $requests ] || die "$n of $requests requests are answered with 200"
	n=$(grep '^page ' "$tmp/out/all" | sort -u | wc -l)
	[ "$n" -eq $requests ] || die "$n of $requests requests are answered with what their names stand for"
	must_be_logged $requests 'by-name/name-[0-9]*?crowd'
	show 'a crowd' "$requests requests by $clients clients at once: all 200, mapped and logged"
}

check_graceful() {
	local before=$helpers
	control graceful || die "apache2 -k graceful: exit status $?"
	eventually 15 none_lives "$before" || die 'a helper outlives the graceful restart'
	must_be 200 /by-name/name-8 'page 8'
	must_be_logged 1 by-name/name-8
	check_helpers 'graceful restart'
	show '' '  none of them older; requests go on'
}

turned() { must_be 200 /2.txt 'page 2' && [ "$(ls "$tmp"/log/turned.* | wc -l)" -gt 1 ]; }
check_turned() {
	[ -n "$rotatelogs" ] || return
	eventually 10 turned || die 'rotatelogs does not turn its log over'
	show 'rotatelogs' "$(ls "$tmp"/log/turned.* | wc -l) files"
}

leftovers() {
	local file words
	for file in /proc/[0-9]*/cmdline; do
		mapfile -d '' words <"$file"
		case "${words[*]}" in *"$tmp"*) echo "${words[*]}" ;; esac
	done 2>/dev/null
}
check_stop() {
	local left
	control stop || die "apache2 -k stop: exit status $?"
	eventually 20 eval '[ -z "$(stamp $server)" ]' || die 'httpd does not end'
	wait "$server" || die "httpd ends with status $?"
	server=''
	eventually 10 none_lives "$noted" || die 'a helper outlives httpd'
	left=$(leftovers)
	[ -z "$left" ] || die "left after the end: $left"
	show 'stop' "none of $(wc -w <<<"$noted") helpers is left"
}

map_user='' bounded='' rotatelogs=$(command -v rotatelogs)
if [ "$(id -u)" = 0 ]; then
	# httpd starts its helpers as root
	id -u www-data >/dev/null 2>&1 || skip 'there is no user www-data'
	map_user='-p User=www-data -p Group=www-data'
	# 8: CAP_SETPCAP, which a container may not give
	(((0x$(field self CapEff) >> 8 & 1) == 0)) || bounded=yes
fi
cp "$1/airlock" "$airlock" || exit 1
write_files
start_httpd
must_be 200 /1.txt 'page 1'
must_be 200 /by-name/name-7 'page 7'
must_be 404 /by-name/nobody
show 'RewriteMap' 'a name: its file, 200; no name: 404'
must_be_logged 1 by-name/name-7
check_helpers 'locked in' all
check_crowd
check_graceful
check_turned
check_stop
printf '%s' "$shown"
