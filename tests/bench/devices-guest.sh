#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1091,SC2154
#
# In the guest, for tests/bench/devices: one sample of each row, with our drivers or the kernel's own, then a restart
# for the next ones. Prints
#   BENCH <start> <side> <row> <operations> <bytes> <seconds> <JSON: KVM's counts before> <JSON: after>
#   GUEST-SYMBOL <start> <address> <type> <name> <module>     of hv_*
#   GUEST-MODULE <start> <module> <address>                   of all
#   GUEST-KERNEL <start> <release> <address>                  of its beginning
. /lib/lis.sh

case $SIDES in
both) if [ $((BOOT % 2)) = 1 ]; then side=intree; else side=ours; fi ;;
*) side=$SIDES ;;
esac

# drive <driver>: loads it, ours or the kernel's; fails if this side has none.
drive() {
    if [ "$side" = intree ]; then
        load "$1"
        return
    fi
    [ -e "/bench/ours/$1.ko" ] || return 1
    while read -r module; do load "$module"; done <"/bench/ours/$1.depends"
    loaded hv_vmbus || insmod /bench/ours/hv_vmbus.ko || fail "cannot load our hv_vmbus"
    insmod "/bench/ours/$1.ko" || fail "cannot load our $1"
}

wanted() { echo "$1" | grep -qE "$ROWS"; }

# report <row> <operations> <bytes> [seconds]
report() {
    seconds=${4:-$(awk '{ t[NR] = $1 } END { printf "%.2f", t[2] - t[1] }' /run/sample.begin /run/sample.end)}
    echo "BENCH $BOOT $side $1 $2 $3 $seconds $(cat /run/sample.before) $(cat /run/sample.after)"
}

# disk_row <row> <block in KiB> <fio options>: as many bytes as fio says.
disk_row() {
    row=$1 block=$2
    shift 2
    wanted "$row" || return 0
    (cd /run && fio --name=row --filename="/dev/$disk" --direct=1 --ioengine=libaio --time_based --runtime="$SECONDS_EACH" --size=48m \
        --bs="${block}k" --exec_prerun="/bench/sample begin" --exec_postrun="/bench/sample end" \
        --output-format=terse --terse-version=3 --output=fio.out "$@") >/run/fio.log 2>&1 || fail "$row: $(tail -n1 /run/fio.log)"
    # KiB read and written.
    kib=$(awk -F';' '$1 == 3 { print $6 + $47 }' /run/fio.out)
    [ "${kib:-0}" -gt 0 ] || fail "$row: fio has moved nothing: $(tail -n1 /run/fio.out)"
    report "$row" $((kib / block)) $((kib * 1024))
}

# jobs_row <row> <jobs> <fio options>: 4 KiB each. Only the first job is asked when it begins and ends, so what all have
# done meanwhile is what the disk says.
jobs_row() {
    row=$1 jobs=$2
    shift 2
    wanted "$row" || return 0
    job="--filename=/dev/$disk --direct=1 --ioengine=libaio --time_based --runtime=$SECONDS_EACH --size=48m --bs=4k $*"
    # shellcheck disable=SC2086
    (cd /run && fio --name=first $job --exec_prerun="/bench/sample begin" --exec_postrun="/bench/sample end" \
        --name=others --numjobs=$((jobs - 1)) $job --output=fio.out) >/run/fio.log 2>&1 || fail "$row: $(tail -n1 /run/fio.log)"
    done=$(awk '{ n[NR] = $1 + $5 } END { print n[2] - n[1] }' /run/sample.begin.disk /run/sample.end.disk)
    [ "$done" -gt 0 ] || fail "$row: the disk has done nothing"
    report "$row" "$done" $((done * 4096))
}

count_of() { cat "/sys/class/net/$nic/statistics/$1"; }

# network_row <row> <tx or rx> <packet or 65536> <command...>: operations are packets, or so many bytes.
network_row() {
    row=$1 way=$2 unit=$3
    shift 3
    wanted "$row" || return 0
    packets=$(count_of "${way}_packets") bytes=$(count_of "${way}_bytes")
    /bench/sample begin
    "$@" >/run/row.log 2>&1 || fail "$row: $(tail -n2 /run/row.log | tr '\n' ' ')"
    /bench/sample end
    packets=$(($(count_of "${way}_packets") - packets)) bytes=$(($(count_of "${way}_bytes") - bytes))
    [ "$packets" -gt 0 ] || fail "$row: no packets"
    [ "$unit" = packet ] || packets=$((bytes / unit))
    # What iperf3 needs to begin and to end is no part of the time.
    report "$row" "$packets" "$bytes" "$(awk '/ sender$/ { sub(".*-", "", $3); print $3; exit }' /run/row.log)"
}

iperf() { iperf3 --client 10.84.0.1 --connect-timeout 10000 "$@"; }

# 64 bytes of data in each; the kernel's own generator of packets, which has neither sockets nor routes.
pktgen() {
    for command in "pkt_size 106" "count $((SECONDS_EACH * 20000))" "delay 0" "clone_skb 0" "dst 192.0.2.1" "dst_mac 02:6c:69:73:00:02"; do
        echo "$command" >"/proc/net/pktgen/$nic" || return 1
    done
    echo start >/proc/net/pktgen/pgctrl
    grep 'Result: OK' "/proc/net/pktgen/$nic"
}

# As many as the host brings in, for an address that is not the guest's.
generate() {
    qmp '{"execute": "network-generate", "arguments": {"id": "net2", "frames": 0, "per-second": 50000, "bytes": 106}}' || return 1
    sleep "$SECONDS_EACH"
    qmp '{"execute": "network-generate", "arguments": {"id": "net2", "stop": true}}'
}

dmesg -n 1
/bench/sample begin
/bench/sample end
report nothing 1 0
cp /run/sample.before /run/sample.after
/bench/mark
report known 1 0

if drive hv_storvsc; then
    load sd_mod
    need_disk LISBENCH
    # The host's memory behind it is there from then on.
    dd if=/dev/zero of=/dev/"$disk" bs=1M count=48 oflag=direct 2>/dev/null || fail "cannot write to the disk"
    disk_row randread-qd1 4 --rw=randread --iodepth=1
    disk_row randwrite-qd1 4 --rw=randwrite --iodepth=1
    disk_row randread-qd32 4 --rw=randread --iodepth=32
    disk_row randwrite-qd32 4 --rw=randwrite --iodepth=32
    jobs_row randread-4x32 4 --rw=randread --iodepth=32
    disk_row read-1m 1024 --rw=read --iodepth=4
    disk_row write-1m 1024 --rw=write --iodepth=4
fi
if drive hv_netvsc; then
    need_nic 01 10.84.0.2/24
    wait_for 10 ping -c 1 -W 3 10.84.0.1 >/dev/null || fail "no network"
    network_row iperf-nothing tx packet iperf --time 1 --udp --length 64 --bitrate 512
    network_row udp-send tx packet iperf --time "$SECONDS_EACH" --udp --length 64 --bitrate 0
    network_row udp-receive rx packet iperf --time "$SECONDS_EACH" --udp --length 64 --bitrate 0 --reverse
    network_row tcp-send tx 65536 iperf --time "$SECONDS_EACH"
    network_row tcp-receive rx 65536 iperf --time "$SECONDS_EACH" --reverse
    need_nic 02 10.84.2.2/24
    load pktgen
    echo rem_device_all >/proc/net/pktgen/kpktgend_0
    echo "add_device $nic" >/proc/net/pktgen/kpktgend_0
    network_row driver-send tx packet pktgen
    network_row driver-receive rx packet generate
fi
sed -n "s/^\([0-9a-f]* [tT] .*\)\t\[\(hv_.*\)\]$/GUEST-SYMBOL $BOOT \1 \2/p" /proc/kallsyms
awk -v start="$BOOT" -v release="$(uname -r)" '$3 == "_text" { print "GUEST-KERNEL", start, release, $1; exit }' /proc/kallsyms
awk -v start="$BOOT" '{ print "GUEST-MODULE", start, $1, $6 }' /proc/modules
if [ "$BOOT" -lt "$STARTS" ]; then reboot -f; fi
