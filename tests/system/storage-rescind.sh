# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: ours
# kasan: gate
# cpus: 4
# modules: hv_storvsc sd_mod
# strangers: fio
# spread: yes
# time: 300
# A controller with four channels is taken away while it is written to, and given back: what was confirmed is there.
# dmesg: I/O error|Buffer I/O error|Synchronizing SCSI cache|Synchronize Cache|rejecting I/O|lost async page write
# The kernel's own driver does not come back from this.
load hv_storvsc
load sd_mod
give() { qmp '{"execute": "device_add", "arguments": {"driver": "storage", "id": "disk4", "file": "/run/disk4", "channels": 4, "serial": "LISFILE4"}}' >/dev/null || fail "device_add"; }
take() { qmp '{"execute": "device_del", "arguments": {"id": "disk4"}}' >/dev/null || fail "device_del"; }
at_work() { [ "$(awk '{ print $1 + $2 }' "/sys/block/$disk/inflight")" -gt 0 ]; }
gone() { ! disk LISFILE4 >/dev/null; }

rounds='1 2 3 4 5'
[ "$KERNEL" != kasan ] || rounds='1 4' # half a minute a round
for round in $rounds; do
    need_disk LISFILE4
    dd if=/dev/urandom of=/tmp/data bs=1M count=2 2>/dev/null
    dd if=/tmp/data of="/dev/$disk" bs=256k seek=128 oflag=direct conv=fsync 2>/dev/null || fail "round $round: cannot write"
    fio --filename="/dev/$disk" --direct=1 --ioengine=libaio --iodepth=32 --size=16m --rw=randrw --bsrange=4k-64k --numjobs=4 \
        --group_reporting --time_based --runtime=60 --name=load --allow_file_create=0 --output=/tmp/fio.log 2>/dev/null &
    load=$!
    wait_for 60 at_work || fail "round $round: fio does nothing"
    sleep "$round"
    take
    wait_for 30 gone || fail "round $round: the disk is still there"
    ended() { ! kill -0 "$load" 2>/dev/null; }
    wait_for 30 ended || fail "round $round: fio hangs"
    give
    need_disk LISFILE4
    dd if="/dev/$disk" of=/tmp/back bs=256k skip=128 count=8 iflag=direct 2>/dev/null || fail "round $round: cannot read"
    cmp /tmp/data /tmp/back || fail "round $round: other data"
done
note "rounds $rounds: $(sed -n 's/^ *\(READ\|WRITE\): \([^,]*\),.*/\1 \2/p' /tmp/fio.log | tr '\n' ' ')"
# The controller that has come last may still be looked through.
unload sd_mod
let_go hv_storvsc
