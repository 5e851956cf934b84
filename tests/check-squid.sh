#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: a real Squid on 127.0.0.1, each of its helpers started by `airlock exec` with its builtin
# profile: they work, in number, over rotation and reconfiguration; they are locked in, as /proc says;
# one that turns hostile is stopped; none is left. Usage: tests/check-squid.sh BUILD
set -u
. tests/real-server.sh
libexec=${SQUID_LIBEXEC:-/usr/lib/squid}
clients=8 requests=300

for program in squid curl perl timeout; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
for program in basic_ncsa_auth ext_file_userip_acl storeid_file_rewrite log_file_daemon unlinkd; do
	[ -x "$libexec/$program" ] || skip "$libexec/$program is not installed"
done
need_landlock
grep -Eqs '^(/usr/sbin/)?squid \(enforce\)' /sys/kernel/security/apparmor/profiles &&
	skip 'AppArmor keeps Squid out of temporary folders'

make_folder
name=airlock$$ # of the service: Squid's shared memory is named for it
airlock=$tmp/airlock conf=$tmp/squid.conf
squid='' master='' origin='' noted=''

finish() {
	trap - EXIT
	if [ -n "$squid" ]; then
		kill "$squid" 2>/dev/null
		wait "$squid" 2>/dev/null # timeout(1) kills what does not end
	fi
	for p in $noted; do lives "$p" && kill -KILL "${p%:*}"; done
	if [ -n "$origin" ]; then
		kill "$origin" 2>/dev/null
		wait "$origin" 2>/dev/null
	fi
	rm -rf "$tmp" "/dev/shm/$name-"*
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

die() {
	for log in squid.out logs/cache.log; do
		[ -s "$tmp/$log" ] && echo "the end of $log:" && tail -n 20 "$tmp/$log" | sed 's/^/| /'
	done
	echo "$*"
	exit 1
}

#
# What Squid is given
#

write_origin() {
	cat >"$tmp/origin.pl" <<'EOF'
# Answers each request with the path that was asked for; under /kept/ it may be kept. Prints its port.
use strict;
use IO::Select;
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
alarm 300;
$| = 1;
my $door = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1', LocalPort => 0) or die "origin: $@";
print $door->sockport, "\n";
my $all = IO::Select->new($door);
my (%asked, $answers);
while (my @ready = $all->can_read) {
	for my $c (@ready) {
		if ($c == $door) {
			$c = $door->accept or next;
			$all->add($c);
			$asked{$c} = '';
			next;
		}
		my $n = sysread $c, $asked{$c}, 65536, length $asked{$c};
		next if $n && $asked{$c} !~ /\r\n\r\n/;
		if ($n && $asked{$c} =~ m{^GET (\S+)}) {
			my ($path, @t) = ($1, split ' ', gmtime);
			my $body = "path $path, answer " . ++$answers . "\n";
			print $c "HTTP/1.1 200 OK\r\nConnection: close\r\n",
				"Date: $t[0], $t[2] $t[1] $t[4] $t[3] GMT\r\n",
				"Cache-Control: ", $path =~ m{^/kept/} ? 'max-age=600' : 'no-store', "\r\n",
				"Content-Length: ", length $body, "\r\n\r\n$body";
		}
		$all->remove($c);
		delete $asked{$c};
		close $c;
	}
}
EOF
}

write_rewriter() {
	{
		echo "#!$(command -v perl)"
		# not by its arguments: what they name it may read
		echo "my (\$passwords, \$port) = ('$tmp/etc/users', $origin_port);"
		cat <<'EOF'
# A URL rewriter: /old/ becomes /new/. Asked for /attack/THING it turns on who started it, and tells
# by /survived/ in its answer what it got.
use strict;
my %attack = (
	read => sub { open(my $f, '<', '/etc/passwd') ? 'read' : "$!" },
	steal => sub { open(my $f, '<', $passwords) ? 'read' : "$!" },
	socket => sub {
		socket(my $s, 2, 1, 0) or return "$!";
		connect($s, pack 'SnC4x8', 2, $port, 127, 0, 0, 1) ? 'connected' : "$!";
	},
	fork => sub { system('/bin/true') == 0 ? 'ran' : "$!" },
	exec => sub { exec '/bin/echo', shift() . ' OK rewrite-url="http://127.0.0.1/survived/exec/ran"'; "$!" },
);
$| = 1;
while (<STDIN>) {
	my ($id, $url) = /^(\d+) (\S+)/ or next;
	if ($url =~ m{^(.*)/attack/(\w+)$} && $attack{$2}) {
		print STDERR "rewriter: tries $2\n";
		my $got = $attack{$2}->($id);
		print STDERR "rewriter: $2: $got\n";
		print "$id OK rewrite-url=\"$1/survived/$2/", $got =~ s/\W+/-/gr, "\"\n";
	} elsif ($url =~ s{/old/}{/new/}) {
		print "$id OK rewrite-url=\"$url\"\n";
	} else {
		print "$id ERR\n";
	}
}
EOF
	} >"$tmp/rewriter"
	chmod 755 "$tmp/rewriter"
}

# Squid gives these two no arguments of ours
write_wrappers() {
	cat >"$tmp/log-daemon" <<EOF
#!/bin/sh
exec $airlock exec --profile squid-log -- $libexec/log_file_daemon "\$@"
EOF
	cat >"$tmp/unlinkd" <<EOF
#!/bin/sh
exec $airlock exec --profile squid-unlinkd -p WritePath=$tmp/cache -- $libexec/unlinkd "\$@"
EOF
	chmod 755 "$tmp/log-daemon" "$tmp/unlinkd"
}

# USER...: lines for basic_ncsa_auth
passwords() { perl -e 'print "$_:", crypt("secret-$_", q($5$gate$)), "\n" for @ARGV' "$@"; }

write_files() {
	mkdir "$tmp"/{etc,cache,logs,state,out}
	passwords mallory $(seq -f user%g $clients) >"$tmp/etc/users"
	# the helper shall see that a newer one takes its place
	touch -d '1 minute ago' "$tmp/etc/users"
	for user in late $(seq -f user%g $clients); do echo "127.0.0.1 $user"; done >"$tmp/etc/addresses"
	printf '%s\t%s\n' '^http://[^/]+/kept/[^/]+/(.*)$' 'http://store.invalid/$1' >"$tmp/etc/rules"
	chmod 640 "$tmp"/etc/*
	write_rewriter
	write_wrappers
}

write_conf() {
	cat >"$conf" <<EOF
http_port 127.0.0.1:$port
visible_hostname localhost
pid_filename $tmp/squid.pid
cache_log $tmp/logs/cache.log
coredump_dir $tmp/state
netdb_filename stdio:$tmp/state/netdb
pinger_enable off
hosts_file none
dns_nameservers 127.0.0.1
udp_outgoing_address 127.0.0.1
memory_cache_shared off
cache_mem 1 MB
cache_dir ufs $tmp/cache 8 4 4
logfile_rotate 3
shutdown_lifetime 1 second
$([ "$(id -u)" = 0 ] && echo "cache_effective_user $owner")

access_log daemon:$tmp/logs/access.log squid
logfile_daemon $tmp/log-daemon
unlinkd_program $tmp/unlinkd
auth_param basic program $airlock exec --profile squid-auth -- $libexec/basic_ncsa_auth $tmp/etc/users
auth_param basic realm gate
auth_param basic children 4 startup=2 idle=1
auth_param basic credentialsttl 1 second
external_acl_type listed ttl=0 negative_ttl=0 cache=0 children-max=4 children-startup=2 %SRC %LOGIN $airlock exec --profile squid-auth -- $libexec/ext_file_userip_acl -f $tmp/etc/addresses
url_rewrite_program $airlock exec --profile squid-rewrite -- $tmp/rewriter
url_rewrite_children 4 startup=1 idle=1 concurrency=1
store_id_program $airlock exec --profile squid-rewrite -- $libexec/storeid_file_rewrite $tmp/etc/rules
store_id_children 4 startup=1 idle=1 concurrency=1

acl known proxy_auth REQUIRED
acl listed external listed
acl purge method PURGE
http_access deny !known
http_access allow listed
http_access deny all
EOF
}

free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

start_origin() {
	write_origin
	timeout -k 5 300 perl "$tmp/origin.pl" >"$tmp/origin.port" 2>"$tmp/origin.log" &
	origin=$!
	eventually 10 test -s "$tmp/origin.port" || die "the origin does not start: $(cat "$tmp/origin.log")"
	origin_port=$(cat "$tmp/origin.port")
	there=http://127.0.0.1:$origin_port
}

control() { timeout -k 5 20 squid -N -n "$name" -f "$conf" "$@" >>"$tmp/squid.out" 2>&1; }
# [USER[:PASSWORD]] PATH: what comes of it
ask() {
	local user=()
	[ $# -eq 1 ] || { case $1 in *:*) user=(-U "$1") ;; *) user=(-U "$1:secret-$1") ;; esac; shift; }
	curl -s -m 10 -x "http://127.0.0.1:$port" "${user[@]}" -o "$tmp/out/body" -w '%{http_code}' "$there$1"
}
body() { head -c 200 "$tmp/out/body" | head -n 1; }
# CODE [USER] PATH
must_be() {
	local want=$1 got
	shift
	got=$(ask "$@")
	[ "$got" = "$want" ] || die "$*: $got, and not $want"
}
# USER PATH THEN: is answered as that path
must_become() {
	must_be 200 "$1" "$2"
	case $(body) in "path $3, "*) ;; *) die "$2 becomes \"$(body)\", and not $3" ;; esac
}
answers() { [ "$(ask /ready)" = 407 ]; }
# Squid rotates that log, too
cache_log() { cat "$tmp"/logs/cache.log{.[0-9],} 2>/dev/null; }

start_squid() {
	control -z || die "squid -z: exit status $?"
	# somebody else may take the port before Squid does
	for _ in 1 2 3; do
		timeout -k 5 300 squid -N -n "$name" -f "$conf" >>"$tmp/squid.out" 2>&1 &
		squid=$!
		eventually 15 eval 'answers || [ -z "$(stamp $squid)" ]'
		[ -z "$(stamp $squid)" ] || break
		squid=''
		cache_log | grep -q 'Cannot bind\|Unable to open HTTP' || break
		port=$(free_port)
		write_conf
	done
	answers || die 'Squid does not start'
	master=$(cat "$tmp/squid.pid")
}

#
# What /proc says
#

# a script is named, not what reads it
helper_name() {
	local words
	mapfile -d '' words <"/proc/$1/cmdline" || return
	words=("${words[@]//[()]/}") # Squid writes (NAME)
	case ${words[0]##*/} in perl*) echo "${words[1]##*/}" ;; *) echo "${words[0]##*/}" ;; esac
} 2>/dev/null
# All that are to be there are, and none is still on its way into its sandbox
all_started() {
	local names
	pids=$(children) names=" $(for p in $pids; do helper_name "$p"; done | tr '\n' ' ')"
	case $names in *' squid '* | *' sh '* | *' airlock '*) return 1 ;; esac
	for want in basic_ncsa_auth ext_file_userip_acl rewriter storeid_file_rewrite log_file_daemon unlinkd; do
		case $names in *" $want "*) ;; *) return 1 ;; esac
	done
}

# PID NAME: its descriptors are 0, 1, 2, and what it opens itself; or $unfit tells
descriptors_fit() {
	local fd to own=''
	case $2 in
	log_file_daemon) own=$tmp/logs/access.log ;;
	ext_file_userip_acl) own=$tmp/etc/addresses ;;
	esac
	[ -n "$(stamp "$1")" ] || return 0
	fds=''
	for fd in "/proc/$1/fd/"*; do
		to=$(readlink "$fd") fd=${fd##*/}
		case $fd:$to in
		[01]:socket:* | [01]:pipe:* | 2:/dev/null | 2:"$tmp"/logs/cache.log* | 3:"$own") ;;
		*) unfit="descriptor $fd is $to"; return 1 ;;
		esac
		fds+=" $fd"
	done
	unfit="its descriptors are$fds"
	# unlinkd closes its standard error
	case $2:$fds in *:' 0 1 2'* | unlinkd:' 0 1') ;; *) return 1 ;; esac
}

# PID
check_status() {
	local want is
	for want in Seccomp=2 NoNewPrivs=1 Cap{Inh,Prm,Eff,Amb}=0000000000000000 "Uid=$(field "$master" Uid | cut -f 2)"; do
		is=$(field "$1" "${want%%=*}" | cut -f 1)
		[ "$is" = "${want#*=}" ] || wrong "$1" "${want%%=*} is $is, and not ${want#*=}"
	done
	# Linux before 5.9 does not count them
	is=$(field "$1" Seccomp_filters)
	[ "${is:-1}" -gt "$(field "$master" Seccomp_filters | grep . || echo 0)" ] ||
		wrong "$1" 'it has no filter of its own'
}

# WHEN [all]: every child of Squid's is a helper that we know, and locked in
check_helpers() {
	local p helper fds unfit pids lines=''
	eventually 15 all_started || die "$1: helpers: $(for p in $pids; do helper_name "$p"; done | tr '\n' ' ')"
	helpers=''
	for p in $pids; do
		helper=$(helper_name "$p")
		check_status "$p"
		check_descriptors "$p" "$helper"
		[ -n "$(stamp "$p")" ] || continue
		helpers+=" $(stamp "$p")"
		lines+="$helper, descriptors$fds"$'\n'
	done
	noted=$(sort -u <<<"${noted// /$'\n'}${helpers// /$'\n'}")
	show "$1" "$(wc -w <<<"$helpers") helpers: Seccomp 2, NoNewPrivs 1, no capabilities"
	[ "${2:-}" != all ] || while read -r n line; do show '' "  $n $line"; done < <(sort <<<"${lines%?}" | uniq -c)
}
# NAME: those of the helpers that are so called; -NAME: the others
named() {
	for p in $helpers; do
		if [ "$(helper_name "${p%:*}")" = "${1#-}" ]; then [ "$1" = "${1#-}" ]; else [ "$1" != "${1#-}" ]; fi && echo "$p"
	done
}

#
# What Squid and its helpers do
#

check_answers() {
	must_be 407 /old/x
	must_be 407 user1:wrong /old/x
	must_become user1 /old/x /new/x
	must_be 403 mallory /old/x
	must_be 407 late /old/x
	{ cat "$tmp/etc/users"; passwords late; } >"$tmp/etc/users.new"
	chmod 644 "$tmp/etc/users.new" && mv "$tmp/etc/users.new" "$tmp/etc/users"
	must_become late /old/x /new/x
	show 'passwords' 'right: 200; wrong, none: 407; right in a file that replaced the first: 200'
	show 'external ACL' 'a user of the list: 200; another: 403'
	show 'rewriter' '/old/x is answered as /new/x'
}

objects() { find "$tmp/cache" -type f ! -name 'swap.state*'; }
check_store() {
	must_become user1 /kept/here/thing /kept/here/thing
	must_become user1 /kept/there/thing /kept/here/thing
	show 'Store-ID' 'two addresses, one object of the cache'
	eventually 10 eval '[ -n "$(objects)" ]' || die 'nothing was written to the cache'
	curl -s -m 10 -x "http://127.0.0.1:$port" -U user1:secret-user1 -X PURGE -o "$tmp/out/body" "$there/kept/here/thing"
	eventually 10 eval '[ -z "$(objects)" ]' || die 'unlinkd leaves the file of a purged object'
	show 'unlinkd' 'removes the file of a purged object'
}

one_client() {
	for i in $(seq "$1" $clients $requests); do
		printf 'url = "%s/old/%s/%s"\n' "$there" "$1" "$i"
	done | timeout -k 5 60 curl -s -m 20 -x "http://127.0.0.1:$port" -U "user$1:secret-user$1" \
		-w '%{http_code}\n' -K - >"$tmp/out/$1"
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
	n=$(grep -o '^path /new/[0-9]*/[0-9]*' "$tmp/out/all" | sort -u | wc -l)
	[ "$n" -eq $requests ] || die "$n of $requests requests are answered with what was asked for"
	eventually 10 eval '[ $(logged /new/[0-9]) -eq $requests ]' ||
		die "$(logged '/new/[0-9]') of $requests requests are logged"
	show 'a crowd' "$requests requests by $clients clients at once: all 200, rewritten and logged"
}
# PATTERN: lines of the access log, older ones too
logged() { cat "$tmp"/logs/access.log* | grep -c "/200 .*$there$1"; }

check_rotation() {
	local lines daemon
	daemon=$(named log_file_daemon) lines=$(wc -l <"$tmp/logs/access.log")
	control -k rotate || die "squid -k rotate: exit status $?"
	eventually 10 test -e "$tmp/logs/access.log.0" || die 'the log is not rotated'
	must_become user2 /old/rotated /new/rotated
	eventually 10 grep -qs /new/rotated "$tmp/logs/access.log" || die 'after rotation nothing is logged'
	[ "$(wc -l <"$tmp/logs/access.log.0")" -ge "$lines" ] || die 'the rotated log lost lines'
	lives "$daemon" || die 'the log daemon did not outlive the rotation'
	check_helpers 'after rotation'
	show '' "  the same log daemon; $lines lines in access.log.0"
}

check_reconfigure() {
	local before
	before=$(named -unlinkd) # which has no configuration, and stays
	control -k reconfigure || die "squid -k reconfigure: exit status $?"
	eventually 15 none_lives "$before" || die 'a helper outlives the reconfiguration'
	eventually 15 answers || die 'Squid does not come back'
	must_become user3 /old/reconfigured /new/reconfigured
	must_be 407 user3:wrong /old/x
	check_helpers 'after reconfigure'
	show '' '  none of them older, but for unlinkd; requests go on'
}

leftovers() {
	local file words
	for file in /proc/[0-9]*/cmdline; do
		mapfile -d '' words <"$file"
		case "${words[*]}" in *"$tmp/origin.pl"*) ;; *"$tmp"*) echo "${words[*]}" ;; esac
	done 2>/dev/null
}
check_shutdown() {
	local left
	noted=$(sort -u <(echo "$noted") <(for p in $(children); do stamp "$p"; done))
	control -k shutdown || die "squid -k shutdown: exit status $?"
	eventually 20 eval '[ -z "$(stamp $squid)" ]' || die 'Squid does not end'
	wait "$squid" || die "Squid ends with status $?"
	squid=''
	eventually 10 none_lives "$noted" || die 'a helper outlives Squid'
	left=$(leftovers)
	[ -z "$left" ] || die "left after the end: $left"
	show 'shutdown' "none of $(wc -w <<<"$noted") helpers is left"
}

#
# The rewriter turns hostile
#

# ATTACK [COMMAND...]: without Squid; what it answers, then its exit status
by_hand() {
	local attack=$1
	shift
	printf '0 %s/attack/%s\n' "$there" "$attack" | timeout -k 5 20 "$@" "$tmp/rewriter" 2>"$tmp/out/stderr" |
		grep -o '/survived/[^"]*' | tr '\n' ' '
	echo "${PIPESTATUS[1]}"
}
gone() { cache_log | grep -c 'WARNING: redirector #.* exited'; }

check_attack() {
	local before got
	got=$(by_hand "$1")
	[ "$got" = "/survived/$1/$2 0" ] || die "not locked in, $1 is to be answered by $2: $got"
	got=$(by_hand "$1" "$airlock" exec --profile squid-rewrite --)
	must_become user4 /old/before /new/before
	before=$(gone)
	ask user4 "/attack/$1" >"$tmp/out/code"
	if [ "$3" = killed ]; then
		[ "$got" = 159 ] || die "$1: is to be killed by SIGSYS: $got"
		case $(body) in *survived*) die "$1: $(body)" ;; esac
		eventually 10 eval '[ $(gone) -gt $before ]' || die "$1: Squid's log does not say that the rewriter ended"
		show "attack: $1" "SIGSYS; $(cache_log | grep -A 1 "tries $1\$" | tail -n 1 | sed 's/.*| //')"
	else
		[ "$got" = "/survived/$1/$3 0" ] || die "$1: is to be refused: $got"
		case $(body) in "path /survived/$1/$3, "*) ;; *) die "$1: $(body)" ;; esac
		[ "$(gone)" -eq "$before" ] || die "$1: the rewriter ended"
		show "attack: $1" "$(cache_log | grep "rewriter: $1: " | tail -n 1)"
	fi
	must_become user4 /old/after /new/after
}

check_attacks() {
	check_attack read read Permission-denied
	check_attack steal read Permission-denied
	check_attack socket connected killed
	check_attack fork ran killed
	check_attack exec ran killed
	check_helpers 'after the attacks'
}

owner=proxy # where we are root
[ "$(id -u)" != 0 ] || id -u $owner >/dev/null 2>&1 || skip "there is no user $owner"
cp "$1/airlock" "$airlock" || exit 1
start_origin
write_files
port=$(free_port)
write_conf
chmod 755 "$tmp"
if [ "$(id -u)" = 0 ]; then
	chown -R $owner: "$tmp" || exit 1
	perl -e '$> = getpwnam shift; exit !-x shift' $owner "$airlock" || skip "$owner cannot reach $tmp"
fi
start_squid
check_answers
check_store
check_helpers 'locked in' all
check_crowd
check_rotation
check_reconfigure
check_attacks
check_shutdown
printf '%s' "$shown"
