# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# spread: yes
# modules: hv_storvsc sd_mod
# time: 240
# Controllers come and go: IDE, Fibre Channel (1024 targets to look at), and SCSI that speaks an old version only, with
# disks of both block sizes.
load hv_storvsc
load sd_mod
add() {
    note "$1"
    qmp '{"execute": "device_add", "arguments": {"driver": "storage", "id": "kind", "memory": 16, "serial": "LISKIND", '"$1"'}}' \
        >/dev/null || fail "device_add $1"
}
gone() { ! disk LISKIND >/dev/null; }

dd if=/dev/urandom of=/tmp/data bs=1M count=4 2>/dev/null
for kind in '"type": "ide", "ide-target": 1' '"type": "scsi", "version": "5.1", "block": 4096' '"type": "fc"'; do
    add "$kind"
    wait_for 120 disk LISKIND >/dev/null || fail "the guest has no disk on that controller"
    need_disk LISKIND
    dd if=/tmp/data of="/dev/$disk" bs=1M oflag=direct 2>/dev/null || fail "cannot write"
    dd if="/dev/$disk" of=/tmp/back bs=1M count=4 iflag=direct 2>/dev/null || fail "cannot read"
    cmp /tmp/data /tmp/back || fail "other data"
    # The disk first: the kernel's own driver writes its cache back when the controller goes, to a channel that is no
    # more, and waits for the answer for ever.
    qmp '{"execute": "storage-remove-lun", "arguments": {"id": "kind"}}' >/dev/null || fail "storage-remove-lun"
    wait_for 60 gone || fail "the disk that was removed is still there"
    qmp '{"execute": "device_del", "arguments": {"id": "kind"}}' >/dev/null || fail "device_del"
done
