# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# kasan: long
# guests: ours intree
# intree: long
# cpus: 4
# spread: yes
# soak: yes
# modules: hv_storvsc sd_mod ext4 crc32c_generic
# strangers: fio
# time: 600
# fio on a file system of the disk with four channels, again and again until $SOAK seconds (ten minutes at most) are over,
# while units come and go, the disk grows and shrinks, is slow, fails in places and falls silent, and its channels are
# taken away: not one byte is lost or wrong, and each command is answered once.
load hv_storvsc
load sd_mod
load crc32c_generic
load ext4
storage() { qmp '{"execute": "storage-'"$1"'", "arguments": {"id": "disk4"'"${2:+, }${2:-}"'}}' >/dev/null || fail "storage-$1 ${2:-}"; }
seconds() { cut -d. -f1 /proc/uptime; }
sectors() { cat "/sys/block/$disk/size"; }
has_sectors() { [ "$(sectors)" -eq "$1" ]; }
# of_unit <counter>: what the kernel counts for the disk.
of_unit() { echo $(($(cat "/sys/block/$disk/device/$1"))); }
in_flight() { awk '{ print $1 + $2 }' "/sys/block/$disk/inflight"; }
channels() {
    for device in "$devices"/*; do
        if [ -d "$device/host$(readlink -f "/sys/block/$disk/device" | sed 's/.*\/host\([0-9]*\)\/.*/\1/')" ]; then
            find "$device/channels" -mindepth 1 -maxdepth 1 | wc -l
        fi
    done
}
has_channels() { [ "$(channels)" -eq "$1" ]; }
gone() { ! disk "$1" >/dev/null; }
# Answers that came twice, or for nothing.
nobodys() { awk '$2 == "drop_transaction" { sum += $3 } END { print sum + 0 }' /sys/kernel/debug/hv_vmbus/channels; }
host_sees() {
    stats=$(qmp '{"execute": "query-stats"}' | sed 's/.*"disk4":{\([^}]*\)}.*/\1/')
    for name in received answered waiting lost malformed; do
        eval "$name=$(echo "$stats" | sed "s/.*\"$name\":\([0-9]*\).*/\1/")"
    done
}

# ---- what happens to the disk while fio runs ----

luns() {
    mounted=$disk
    storage add-lun '"lun": 9, "memory": 4, "serial": "LISHOT"'
    need_disk LISHOT
    dd if=/tmp/set/1 of="/dev/$disk" bs=64k oflag=direct 2>/dev/null || fail "cannot write to the new disk"
    dd if="/dev/$disk" bs=64k count=4 iflag=direct 2>/dev/null | cmp - /tmp/set/1 || fail "the new disk has other data"
    (while dd if="/dev/$disk" of=/dev/null bs=64k iflag=direct 2>/dev/null; do :; done) &
    reader=$!
    storage remove-lun '"lun": 9'
    wait_for 60 gone LISHOT || fail "the removed disk is still there"
    wait $reader || fail "the reader of the removed disk"
    disk=$mounted
}

resize() {
    storage resize '"mib": 80'
    wait_for 30 has_sectors $((80 * 2048)) || fail "80 MiB, the guest sees $(sectors) sectors"
    storage resize '"mib": 64'
    wait_for 30 has_sectors $((64 * 2048)) || fail "64 MiB again, the guest sees $(sectors) sectors"
}

# Behind the file system.
failing() {
    storage behave '"bad-block": 122880, "bad-count": 64'
    if dd if="/dev/$disk" of=/dev/null bs=4096 skip=15360 count=1 iflag=direct 2>/dev/null; then fail "bad sectors can be read"; fi
    if dd if=/tmp/set/1 of="/dev/$disk" bs=4096 seek=15361 count=1 oflag=direct 2>/dev/null; then fail "bad sectors can be written"; fi
    storage behave
    dd if=/tmp/set/1 of="/dev/$disk" bs=4096 seek=15361 count=1 oflag=direct 2>/dev/null || fail "good sectors cannot be written"
    dd if="/dev/$disk" of=/dev/null bs=4096 skip=15360 count=1 iflag=direct 2>/dev/null || fail "good sectors cannot be read"
}

# The kernel's own driver does not come back from it.
subchannels() {
    [ "$GUEST" = ours ] || return 0
    storage channels '"channels": 1'
    wait_for 30 has_channels 1 || fail "$(channels) channels instead of 1"
    sleep 1
    storage channels '"channels": 4'
    wait_for 30 has_channels 4 || fail "$(channels) channels instead of 4"
}

# Then there are always commands that go with a channel.
slow() {
    storage behave '"delay-ms": 300'
    sleep 1
    subchannels
    storage behave
}

# For longer than a command's time. fio stands still while its commands come back, so that all can be counted.
silent() {
    echo 4 >"/sys/block/$disk/device/timeout"
    storage behave '"never": true'
    sleep 8
    killall -STOP fio
    sleep 1
    wait_for 5 unmoved || fail "the guest still asks the host"
    asked=$moment ended=$(of_unit iodone_cnt)
    got=$received sent=$answered kept=$waiting
    [ "$kept" -gt 0 ] || fail "the host keeps nothing: fio is not at work"
    [ "$(in_flight)" -eq "$kept" ] || fail "the host keeps $kept commands, and the guest waits for $(in_flight)"
    begin=$(seconds)
    storage behave
    wait_for 30 settled || fail "not settled: the guest waits for $(in_flight), the host keeps $waiting"
    late=$(($(seconds) - begin))
    [ $late -le 30 ] || fail "$late seconds for $kept commands"
    asked=$((moment - asked)) ended=$(($(of_unit iodone_cnt) - ended))
    got=$((received - got)) sent=$((answered - sent))
    [ $sent -eq $((kept + got)) ] || fail "the host has kept $kept commands, got $got, and answered $sent"
    [ $ended -eq $((kept + asked)) ] || fail "the guest has waited for $kept commands, asked $asked, and has the end of $ended"
    [ $got -eq $asked ] || fail "the guest has asked $asked, the host has got $got"
    echo 180 >"/sys/block/$disk/device/timeout"
    killall -CONT fio
    answers=$((answers + kept))
}
# Both sides at one moment: the guest has asked nothing while the host was asked.
unmoved() {
    moment=$(of_unit iorequest_cnt)
    host_sees
    [ "$(of_unit iorequest_cnt)" -eq "$moment" ]
}
settled() { unmoved && [ "$(in_flight)" -eq 0 ] && [ "$waiting" -eq 0 ]; }

# ---- a round ----

on_disk() {
    fio --name=soak --directory=/tmp/at --direct=1 --ioengine=libaio --iodepth=8 --numjobs=4 --size=2m --bsrange=4k-64k \
        --rw=randwrite --verify=crc32c --verify_fatal=1 --group_reporting --eta=never --output=/tmp/fio.log "$@"
}
end_of_fio() { cat /tmp/fio.log; fail "$*"; }
same() { (cd "/tmp/at/set" && md5sum -c /tmp/sums >/tmp/differences) || fail "$1: $(grep -v ': OK$' /tmp/differences)"; }

# A controller that goes while it is read from and written to, and comes back.
exchange() {
    (while dd if="/dev/$disk" of=/dev/null bs=64k iflag=direct 2>/dev/null; do :; done) &
    reader=$!
    sleep 1
    qmp '{"execute": "device_del", "arguments": {"id": "disk4"}}' >/dev/null || fail "device_del"
    wait_for 30 gone LISFILE4 || fail "the disk is still there"
    wait $reader || fail "the reader of the lost controller"
    qmp '{"execute": "device_add", "arguments": {"driver": "storage", "id": "disk4", "file": "/run/disk4", "channels": 4, "serial": "LISFILE4"}}' \
        >/dev/null || fail "device_add"
    need_disk LISFILE4
    wait_for 30 has_channels 4 || fail "$(channels) channels instead of 4"
}

# Nothing is under way.
balanced() {
    host_sees
    [ "$malformed" -eq 0 ] || fail "the host has got packets that make no sense"
    [ "$received" -eq $((answered + lost)) ] || fail "the host has got $received, answered $answered, lost $lost"
    [ "$GUEST" != ours ] || [ "$(nobodys)" -eq 0 ] || fail "$(nobodys) answers to nothing"
}

round() {
    need_disk LISFILE4
    mke2fs -b 4096 "/dev/$disk" 49152 >/dev/null || fail "mke2fs"
    mount -t ext4 "/dev/$disk" /tmp/at || fail "mount"
    on_disk --loops=10000 &
    load=$!
    mkdir /tmp/at/set
    for file in /tmp/set/*; do cp "$file" /tmp/at/set/ || fail "cp"; done
    sync
    for event in luns subchannels resize silent slow failing; do
        $event
        kill -0 $load 2>/dev/null || end_of_fio "fio has ended during $event"
    done
    killall fio
    status=0
    wait $load || status=$?
    # 128: it was told to end.
    if [ $status -ne 0 ] && [ $status -ne 128 ]; then end_of_fio "fio: status $status"; fi
    grep -q 'err= 0:' /tmp/fio.log || end_of_fio "fio does not say that all was well"
    bytes=$(sed -n 's/^ *WRITE: .*io=\([^ ]*\).*/\1/p' /tmp/fio.log)

    on_disk --do_verify=0 || end_of_fio "fio: the last writing"
    umount /tmp/at || fail "umount"
    balanced
    gave_back=$lost
    [ "$GUEST" != ours ] || exchange
    echo 3 >/proc/sys/vm/drop_caches
    mount -t ext4 "/dev/$disk" /tmp/at || fail "second mount"
    same "round $rounds"
    on_disk --verify_only || end_of_fio "fio: other data after umount and mount"
    umount /tmp/at || fail "second umount"
    balanced
}

# The next scenario finds the disk well.
leave() {
    killall -CONT fio 2>/dev/null || :
    killall -KILL fio dd 2>/dev/null || :
    storage behave
    sleep 1
    if grep -q ' /tmp/at ' /proc/mounts; then umount /tmp/at; fi
}
trap leave EXIT
mkdir -p /tmp/set /tmp/at
for file in 1 2 3 4 5 6 7 8; do dd if=/dev/urandom of=/tmp/set/$file bs=32k count=$((file * 8)) 2>/dev/null; done
(cd /tmp/set && md5sum -- * >/tmp/sums)
end=$(($(seconds) + (SOAK < 600 ? SOAK : 600)))
rounds=0 answers=0
while [ $rounds -eq 0 ] || [ "$(seconds)" -lt $end ]; do
    rounds=$((rounds + 1))
    started=$(seconds)
    round
    note "round $rounds: $(($(seconds) - started)) s, fio wrote ${bytes:-nothing}, $kept commands came back $late s after the silence, $gave_back went with channels"
done
note "$rounds rounds, $answers commands answered after a silence, each once"
if [ "$GUEST" = ours ]; then
    # The controller that has come last may still be looked through.
    unload sd_mod
    let_go hv_storvsc
fi
