# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# hosts: vmm openvmm
# kernels: 6.12 6.1 5.10
# guests: intree ours
# kasan: long
# cpus: 4
# modules: hv_storvsc sd_mod
# time: 120
# What is discarded reads as zeros, and what is beside it stays.
load hv_storvsc
load sd_mod
piece() { dd if="/dev/$disk" bs=1M skip="$1" count=1 iflag=direct 2>/dev/null | md5sum; }
zeros=$(dd if=/dev/zero bs=1M count=1 2>/dev/null | md5sum)

for serial in LISMEM1 LISFILE4; do
    need_disk $serial
    [ "$(cat "/sys/block/$disk/queue/discard_max_bytes")" -gt 0 ] || fail "$disk cannot discard"
    dd if=/dev/urandom of="/dev/$disk" bs=1M count=4 oflag=direct 2>/dev/null
    first=$(piece 0) last=$(piece 3)
    [ "$(piece 1)" != "$zeros" ] || fail "nothing was written"
    blkdiscard -o 1048576 -l 2097152 "/dev/$disk" || fail "blkdiscard on $serial"
    if [ "$(piece 1)" != "$zeros" ] || [ "$(piece 2)" != "$zeros" ]; then fail "$serial: discarded, but not zeros"; fi
    if [ "$(piece 0)" != "$first" ] || [ "$(piece 3)" != "$last" ]; then fail "$serial: more was discarded than asked"; fi
    note "$serial: $(cat "/sys/block/$disk/queue/discard_max_bytes") bytes at a time, provisioning $(cat "/sys/block/$disk"/device/scsi_disk/*/provisioning_mode)"
done
