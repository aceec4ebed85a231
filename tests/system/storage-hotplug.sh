# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# kasan: long
# cpus: 4
# modules: hv_storvsc sd_mod
# time: 240
# Disks grow and shrink, come and go under the guest, which sees it without being asked to look.
# dmesg: I/O error|detected capacity change|Buffer I/O error
load hv_storvsc
load sd_mod
storage() { qmp '{"execute": "storage-'"$1"'", "arguments": {"id": "disk0", '"$2"'}}' >/dev/null || fail "storage-$1 $2"; }
sectors() { cat "/sys/block/$disk/size"; }
# A read tells the guest; then it looks by itself.
has_sectors() {
    dd if="/dev/$disk" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null || true
    [ "$(sectors)" -eq "$1" ]
}

need_disk LISMEM1
old=$(sectors)
storage resize '"mib": 96'
wait_for 20 has_sectors $((96 * 2048)) || fail "the disk has grown to 96 MiB, the guest sees $(sectors) sectors"
dd if=/dev/urandom of="/dev/$disk" bs=1M seek=95 count=1 oflag=direct 2>/dev/null || fail "cannot write where the disk has grown"
storage resize "\"mib\": $((old / 2048))"
wait_for 20 has_sectors "$old" || fail "the disk has shrunk to $old sectors, the guest sees $(sectors)"
note "$disk: 64, 96 and 64 MiB"

for round in 1 2 3; do
    storage add-lun '"lun": 9, "memory": 16, "serial": "LISHOT", "block": 4096'
    need_disk LISHOT
    [ "$(sectors)" -eq 32768 ] || fail "16 MiB were added, the guest sees $(sectors) sectors"
    [ "$(cat "/sys/block/$disk/queue/logical_block_size")" -eq 4096 ] || fail "not blocks of 4096 bytes"
    dd if=/dev/urandom of=/tmp/data bs=1M count=4 2>/dev/null
    dd if=/tmp/data of="/dev/$disk" bs=1M oflag=direct 2>/dev/null || fail "cannot write to the new disk"
    dd if="/dev/$disk" of=/tmp/back bs=1M count=4 iflag=direct 2>/dev/null || fail "cannot read the new disk"
    cmp /tmp/data /tmp/back || fail "the new disk has other data"
    # The last time while it is in use.
    if [ $round -eq 3 ]; then
        (while dd if="/dev/$disk" of=/dev/null bs=64k iflag=direct 2>/dev/null; do :; done) &
        reader=$!
        sleep 1
    fi
    storage remove-lun '"lun": 9'
    gone() { ! disk LISHOT >/dev/null; }
    wait_for 30 gone || fail "the removed disk is still there"
    if [ $round -eq 3 ]; then wait "$reader"; fi
    note "round $round: LUN 9 came as $disk and went"
done
need_disk LISMEM1
dd if="/dev/$disk" of=/dev/null bs=1M count=4 iflag=direct 2>/dev/null || fail "the other disk of the controller is lost"
