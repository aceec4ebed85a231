# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# modules: brd ext4 crc32c_generic
# strangers: hyperv-daemons
# time: 180
# Debian's hv_vss_daemon over the kernel's own driver: a file system is frozen and thawed as the host asks, and a
# daemon that does not answer leaves it unknown.
file=/tmp/mounted/file
ok() { has '"result":"ok"' || fail "$1: $result"; }
can_be_backed_up() { service vss check && has '"result":"ok"'; }
# A write that waits as long as the file system is frozen.
try_to_write() {
    rm -f /tmp/written
    { echo "$1" >$file && sync && touch /tmp/written; } &
    sleep 2
}

load brd rd_nr=1 rd_size=16384
load crc32c_generic
load ext4
mke2fs /dev/ram0 >/dev/null || fail "no file system"
mkdir -p /tmp/mounted
mount -t ext4 /dev/ram0 /tmp/mounted || fail "the file system is not mounted"
load hv_utils
/hyperv/"$KERNEL"/hv_vss_daemon -n &
daemon=$!
wait_for 60 service_ready vss || fail "the guest does not use the service: $result"
has '"version":"5.0"' || fail "not version 5.0: $result"

# The driver agrees on versions without the daemon, and refuses everything else.
wait_for 30 can_be_backed_up || fail "the guest cannot be backed up: $result"
try_to_write one
[ -e /tmp/written ] || fail "a file system that is not frozen takes nothing"
service vss freeze
ok "the file systems are not frozen"
has '"file_systems":"frozen"' || fail "the host does not know that they are frozen"
try_to_write two
[ ! -e /tmp/written ] || fail "a frozen file system has been written to"
service vss thaw
ok "the file systems are not thawed"
wait_for 10 test -e /tmp/written || fail "a thawed file system takes nothing"
[ "$(cat $file)" = two ] || fail "the write that waited is lost"

note "a daemon that does not answer"
kill -STOP "$daemon"
service vss freeze
has '"result":"silent"' || fail "something has answered: $result"
has '"file_systems":"unknown"' || fail "the host believes to know: $result"
kill -CONT "$daemon"
service vss thaw
ok "the file systems are not thawed"
try_to_write three
wait_for 10 test -e /tmp/written || fail "a thawed file system takes nothing"
note "$result"
has '"violations":[]' || fail "the host complains"
kill "$daemon"
umount /tmp/mounted
