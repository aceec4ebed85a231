# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# kernels: 6.12 6.1 5.10
# guests: ours intree
# intree: asked
# cpus: 4
# boots: 2
# disk: 768
# device: --device=storage,id=disk1,file=/run/disk1,create=64,channels=4,serial=LISDATA
# modules: hv_storvsc sd_mod
# strangers: fio
# time: 240
# long: yes
# Hibernation on disks of the host: the guest writes itself to one controller, with four channels of another at work. In the next
# start the first one's driver reads it back, and both have to do with a host that knows nothing of the open channels. What fio
# was writing when everything stood still is there, and it goes on.
load hv_vmbus
load hv_storvsc
load sd_mod
need_disk LISDATA
data=$disk
need_disk LISROOT

if [ "$BOOT" -eq 2 ]; then
    # Ends this system: the one that was written goes on below.
    cat "/sys/block/$disk/dev" >/sys/power/resume
    fail "not resumed: $(log | grep PM: | tail -n1)"
fi

channels() { for device in "$devices"/*; do if [ -d "$device/host$1" ]; then find "$device/channels" -mindepth 1 -maxdepth 1 | wc -l; fi; done; }
scsi_host() { readlink -f "/sys/block/$1/device" | sed 's/.*\/host\([0-9]*\)\/.*/\1/'; }
sectors() { awk '{ print $7 }' "/sys/block/$data/stat"; }
writes() { [ "$(sectors)" -gt "$1" ]; }

mkswap "/dev/$disk" >/dev/null
swapon "/dev/$disk"
[ "$(channels "$(scsi_host "$data")")" -eq 4 ] || fail "$(channels "$(scsi_host "$data")") channels instead of 4"
fio --filename="/dev/$data" --direct=1 --ioengine=libaio --iodepth=8 --size=8m --offset_increment=8m --numjobs=4 --rw=randwrite --bs=4k \
    --rate_iops=40 --verify=crc32c --verify_fatal=1 --group_reporting --eta=never --name=over --output=/tmp/fio.log &
fio=$!
wait_for 60 writes 1000 || fail "fio writes nothing"
again
echo reboot >/sys/power/disk
echo disk >/sys/power/state || fail "cannot hibernate: $(log | tail -n1)"

# From here on in the second boot.
written=$(sectors)
note "$(log | grep -c 'PM: hibernation: hibernation exit') time back, $((written / 2)) KiB written so far"
kill -0 $fio 2>/dev/null || fail "fio had ended before the guest slept: $(cat /tmp/fio.log)"
wait_for 30 writes "$written" || fail "fio does not go on"
wait $fio || fail "fio: $(cat /tmp/fio.log)"
grep -q 'err= 0' /tmp/fio.log || fail "fio: $(cat /tmp/fio.log)"
[ "$(sectors)" -eq $((4 * 8 * 2048)) ] || note "$(sectors) sectors written in all"
[ "$(channels "$(scsi_host "$data")")" -eq 4 ] || fail "$(channels "$(scsi_host "$data")") channels after the resume"
swapoff "/dev/$disk"
dd if=/dev/urandom of=/tmp/data bs=1M count=4 2>/dev/null
dd if=/tmp/data of="/dev/$disk" bs=256k oflag=direct 2>/dev/null || fail "cannot write after the resume"
dd if="/dev/$disk" of=/tmp/back bs=256k count=16 iflag=direct 2>/dev/null || fail "cannot read after the resume"
cmp /tmp/data /tmp/back || fail "other data after the resume"
note "$(sed -n 's/^ *\(READ\|WRITE\): \([^,]*\),.*/\1 \2/p' /tmp/fio.log | tr '\n' ' ')"
