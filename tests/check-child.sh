#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Gate: what runs between clone and exec stands alone. In a release build its object names nothing
# that it does not bring itself, links alone, and has no data that can be written; prints the
# system calls that it can make and its size. Usage: tests/check-child.sh BUILD
set -u
object=$1/lib/child-whole.o
tool() { ${CC:-cc} -print-prog-name="$1"; }
nm=$(tool nm) ld=$(tool ld) size=$(tool size) status=0

undefined=$("$nm" -u "$object")
if [ -n "$undefined" ]; then
	echo "names that the child does not bring itself:"
	echo "$undefined"
	status=1
fi
doors=$("$nm" --defined-only --extern-only "$object" | awk '{print $3}')
if [ "$doors" != airlock__child ]; then
	echo "names that others can call or replace: $doors"
	status=1
fi
if ! "$ld" --no-undefined -e airlock__child -o "$1/child-alone" "$object"; then
	echo "does not link alone"
	status=1
fi
sections=$("$size" -A "$object") || exit 1
writable=$(echo "$sections" | awk '$1 ~ /^\.(data|bss|tdata|tbss|init_array|preinit_array|ctors)/ && $2 > 0')
if [ -n "$writable" ]; then
	echo "data that can be written:"
	echo "$writable"
	status=1
fi

# Every system call number in the source is a name: so the names are the list.
calls=$(cat lib/child.c lib/closefds.c lib/handshake.c | grep -o '\b\(AIRLOCK\)\?__NR_[a-z0-9_]*' |
	sed 's/.*__NR_//' | sort -u)
sites=$(grep -c 'airlock__sys\(call\)\?[0-6]\|__asm__' lib/child.c)
named=$(grep 'airlock__sys[0-6](' lib/child.c | grep -c '__NR_\|airlock__sys3(n,')
if [ "$sites" -ne "$named" ]; then
	echo "$((sites - named)) system calls in child.c are not made by name"
	status=1
fi
echo "$(echo "$calls" | wc -l) system calls: $(echo $calls)"
echo "$sections" | awk '$1 ~ /^\.text/ { n += $2 } END { print n " bytes of code" }'
exit $status
