# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# hosts: vmm openvmm
# kernels: 6.12 6.1 5.10
# guests: ours
# spread: yes
# cpus: 4
# modules: hv_storvsc sd_mod ext4 crc32c_generic
# strangers: fio
# time: 300
# Neighbouring blocks from buffers that neither begin nor end with a page: the host's lists of pages have no gaps.
# Our driver keeps buffers for such where a kernel joins them all the same; kernels of today do not.
load hv_storvsc
load sd_mod
load crc32c_generic
load ext4
counted() { cat "$scsi/$1" 2>/dev/null || echo none; }

for serial in LISMEM1 LISFILE4; do
    need_disk $serial
    host=$(readlink -f "/sys/block/$disk/device" | sed 's/.*\/host\([0-9]*\)\/.*/\1/')
    scsi=/sys/class/scsi_host/host$host
    for bytes in 512 1536 3584; do
        for order in write randwrite; do
            fio --name=gaps --filename="/dev/$disk" --direct=1 --ioengine=libaio --iodepth=32 --iodepth_batch_submit=32 \
                --iodepth_batch_complete_min=16 --bs=$bytes --size=$((bytes * 600)) --numjobs=4 --offset_increment=$((bytes * 600)) \
                --rw=$order --iomem_align=512 --verify=crc32c --verify_fatal=1 --group_reporting --eta=never --output=/tmp/fio.log ||
                { cat /tmp/fio.log; fail "$order of $bytes bytes on $serial"; }
        done
    done
    note "$serial: $(counted bounced) bounced, $(counted bounce_waits) waits after fio"

    # Blocks of 1 KiB: four buffers of a page, in any order on the disk.
    mkdir -p /tmp/at
    mke2fs -b 1024 "/dev/$disk" 4096 >/dev/null || fail "mke2fs on $serial"
    mount -t ext4 "/dev/$disk" /tmp/at || fail "mount of $serial"
    for file in 1 2 3 4 5 6 7 8 9; do
        dd if=/dev/urandom of=/tmp/data.$file bs=1000 count=$((file * 20)) 2>/dev/null
        for part in 1 2 3; do dd if=/tmp/data.$file of=/tmp/at/$part.$file bs=333 2>/dev/null; done
    done
    umount /tmp/at
    echo 3 >/proc/sys/vm/drop_caches
    mount -t ext4 "/dev/$disk" /tmp/at || fail "second mount of $serial"
    for file in 1 2 3 4 5 6 7 8 9; do
        for part in 1 2 3; do cmp /tmp/data.$file /tmp/at/$part.$file || fail "$serial has other data"; done
    done
    umount /tmp/at
    note "$serial: $(counted bounced) bounced, $(counted bounce_waits) waits after ext4"
done
