# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# kernels: 6.12 6.1 5.10
# guests: ours intree
# cpus: 4
# intree: asked
# modules: hv_storvsc sd_mod crc32c_generic ext4
# strangers: kexec fio
# second-kernel: yes
# boots: 2
# append: crashkernel=192M
# device: --device=storage,id=disk0,file=/run/disk0,create=64,channels=4,serial=LISCRASH
# time: 150
# long: yes
# Kdump: a kernel that panics while its disk is written to leaves to the second one, with one CPU and little memory, a controller
# that it can use: that reads what the first has written, and writes a piece of the first's memory beside it, which the
# next start of the guest finds.
load hv_vmbus
load hv_storvsc
load sd_mod
load crc32c_generic
load ext4
need_disk LISCRASH
mkdir -p /mnt

if second; then
    [ -e /proc/vmcore ] || fail "this is no crash kernel"
    note "$(nproc) CPU, $(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo) MiB"
    mount "/dev/$disk" /mnt
    (cd /mnt && sha256sum -sc sum) || fail "the first kernel's file is another one in the second"
    dd if=/proc/vmcore of=/mnt/vmcore bs=1M count=8 conv=fsync 2>/dev/null || fail "cannot write to the disk"
    dd if=/proc/vmcore bs=1M count=8 2>/dev/null | sha256sum | sed 's/-/vmcore/' >>/mnt/sum
    umount /mnt
    again
    reboot -f
fi

if [ "$BOOT" -eq 2 ]; then
    mount "/dev/$disk" /mnt
    [ "$(wc -l </mnt/sum)" -eq 2 ] || fail "the second kernel has written nothing: $(ls -l /mnt)"
    (cd /mnt && sha256sum -sc sum) || fail "a file has changed: $(cd /mnt && sha256sum -c sum)"
    [ "$(dd if=/mnt/vmcore bs=1 skip=1 count=3 2>/dev/null)" = ELF ] || fail "no dump"
    umount /mnt
    return 0
fi

mke2fs "/dev/$disk" >/dev/null
mount "/dev/$disk" /mnt
dd if=/dev/urandom of=/mnt/data bs=1M count=8 2>/dev/null
(cd /mnt && sha256sum data >sum)
umount /mnt
qmp '{"execute": "storage-add-lun", "arguments": {"id": "disk0", "lun": 1, "memory": 16, "serial": "LISLOAD"}}' >/dev/null ||
    fail "the host refuses a second disk"
need_disk LISLOAD
load_second -p nr_cpus=1 reset_devices
fio --filename="/dev/$disk" --direct=1 --ioengine=libaio --iodepth=32 --size=16m --rw=randrw --bsrange=4k-64k --numjobs=4 \
    --group_reporting --time_based --runtime=600 --name=load --output=/tmp/fio.log >/dev/null 2>&1 &
busy() { awk '$9 > 8 { found = 1 } END { exit !found }' "/sys/block/$disk/stat" && [ "$(awk '{ print $1 }' "/sys/block/$disk/stat")" -gt 100 ]; }
wait_for 60 busy || fail "fio does nothing: $(cat "/sys/block/$disk/stat")"
echo 1 >/proc/sys/kernel/sysrq
echo c >/proc/sysrq-trigger
