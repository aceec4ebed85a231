# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# hosts: vmm openvmm
# kernels: 6.12 6.1 5.10
# guests: intree ours
# kasan: long
# cpus: 4
# modules: hv_storvsc sd_mod
# strangers: fio
# time: 400
# What fio writes to a disk it reads back, on a disk of memory with one channel and on a file with four.
load hv_storvsc
load sd_mod

# verify <serial> <MiB> [fio options]: random and in order, several at a time; then all of it is read once more.
verify() {
    need_disk "$1"
    size=$2
    serial=$1
    shift 2
    fio --filename="/dev/$disk" --direct=1 --ioengine=libaio --iodepth=16 --size="${size}m" --verify=crc32c --verify_fatal=1 \
        --group_reporting --eta=never --output=/tmp/fio.log "$@" || { cat /tmp/fio.log; fail "fio on $serial"; }
    note "$serial is $disk: $(grep -E '^ +(READ|WRITE):' /tmp/fio.log | tr -s ' ' | cut -d' ' -f2,3 | tr '\n' ' ')"
}
stat() { qmp '{"execute": "query-stats"}' | sed 's/.*"'"$1"'":{\([^}]*\)}.*/\1/; s/.*"'"$2"'":\([0-9]*\).*/\1/'; }
channels() {
    for device in "$devices"/*; do
        if [ -d "$device/host$1" ]; then find "$device/channels" -mindepth 1 -maxdepth 1 | wc -l; fi
    done
}
scsi_host() { readlink -f "/sys/block/$disk/device" | sed 's/.*\/host\([0-9]*\)\/.*/\1/'; }

verify LISMEM1 8 --name=random --rw=randwrite --bsrange=512-64k --bs_unaligned=0
[ "$(channels "$(scsi_host)")" -eq 1 ] || fail "$(channels "$(scsi_host)") channels instead of 1"
! host_counts || before=$(stat disk4 written-bytes)
verify LISFILE4 2 --name=random --rw=randwrite --bs=4k --numjobs=4 --offset_increment=2m
[ "$(channels "$(scsi_host)")" -eq 4 ] || fail "$(channels "$(scsi_host)") channels instead of 4"
! host_counts || [ $(($(stat disk4 written-bytes) - before)) -ge $((8 * 1048576)) ] || fail "the host has not seen what fio has written"
verify LISFILE4 16 --name=order --rw=write --bs=1m
verify LISMEM1 2 --name=one --rw=randwrite --bs=4k --iodepth=1
! host_counts || [ "$(stat disk4 malformed)" -eq 0 ] || fail "the host has got packets that make no sense"
