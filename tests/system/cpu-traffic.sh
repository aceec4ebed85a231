# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# modules: hv_storvsc sd_mod hv_netvsc
# strangers: fio
# device: --direct-timers
# spread: yes
# time: 600
# CPUs leave and come back while a disk and two adapters are busy, each with a channel on every CPU: what fio wrote is there,
# no ping stays away, TCP brings what was sent. The kernel's own bus, of 6.12 as of 5.10, does not let a CPU go that takes
# interrupts of a channel: it must stay, and may leave when its channels have been moved. Its clock on synthetic timers that
# send messages stops now and then on a CPU that has come back: this host offers the other ones, as Hyper-V does.
set_online() { echo "$2" 2>/dev/null >"/sys/devices/system/cpu/cpu$1/online"; }
# channels_of <cpu>: their folders. Sub-channels that are not open have none of interest.
channels_of() {
    for each in "$devices"/*/channels/*; do
        if [ "$(cat "$each/cpu")" -eq "$1" ]; then echo "$each"; fi
    done
}
# move <cpu> <channel...>
move() {
    to=$1
    shift
    for each in "$@"; do
        [ "$(cat "$each/cpu")" -eq "$to" ] || echo "$to" 2>/dev/null >"$each/cpu" || fail "$each cannot move to CPU $to"
    done
}
taken() { for each in "$@"; do cat "$each/interrupts"; done | awk '{ sum += $1 } END { print sum + 0 }'; }
more_taken() {
    than=$1
    shift
    [ "$(taken "$@")" -gt "$than" ]
}
lines() { wc -l <"/run/$1"; }
further() { [ "$(lines disk)" -gt "$1" ] && [ "$(lines pings)" -gt "$2" ] && [ "$(lines transfers)" -gt "$3" ]; }
# All three kinds of traffic have got on.
goes_on() {
    wait_for 90 further "$(lines disk)" "$(lines pings)" "$(lines transfers)" ||
        fail "$1: $(lines disk) rounds of fio, $(lines pings) pings, $(lines transfers) transfers: one of them stands still"
    [ ! -s /run/trouble ] || fail "$1: $(head -n 1 /run/trouble)"
}

load hv_storvsc
load sd_mod
load hv_netvsc
need_disk LISFILE4
need_nic 00 10.83.0.2/24
need_nic 01 10.84.0.2/24
wait_for 10 ping -c 1 -W 3 10.84.0.1 >/dev/null || fail "no ping before"

rm -f /run/stop
trap 'touch /run/stop' EXIT
for each in disk pings transfers trouble; do : >/run/$each; done
while [ ! -e /run/stop ]; do
    fio --name=traffic --filename="/dev/$disk" --direct=1 --ioengine=libaio --iodepth=4 --numjobs=4 --size=512k \
        --offset_increment=512k --rw=randwrite --bs=4k --verify=crc32c --verify_fatal=1 --eta=never --output=/tmp/fio.log ||
        echo "fio: $(grep -m 1 -iE 'error|verify' /tmp/fio.log)" >>/run/trouble
    echo >>/run/disk
done &
while [ ! -e /run/stop ]; do
    ping -c 1 -W 10 10.83.0.9 >/dev/null || echo "a ping was lost" >>/run/trouble
    echo >>/run/pings
done &
# What comes back is what went; the other adapter brings a file at the same time.
dd if=/dev/urandom of=/tmp/sent bs=64k count=4 2>/dev/null
came_back() { [ "$(stat -c %s /tmp/came)" -ge 262144 ]; }
while [ ! -e /run/stop ]; do
    wget -q -O /dev/null http://10.84.0.1/disk4 &
    file=$!
    { cat /tmp/sent; wait_for 60 came_back; } | nc -w 20 10.83.0.9 7 >/tmp/came || echo "no TCP" >>/run/trouble
    cmp /tmp/sent /tmp/came || echo "the echo is not what was sent" >>/run/trouble
    wait "$file" || echo "no file" >>/run/trouble
    echo >>/run/transfers
done &
goes_on "before"

for cpu in 3 2 1; do
    own=$(channels_of $cpu)
    [ -n "$own" ] || fail "CPU $cpu has no channel"
    if set_online $cpu 0; then fail "CPU $cpu has left with its channels"; fi
    # shellcheck disable=SC2086 # a list
    move 0 $own
    set_online $cpu 0 || fail "CPU $cpu cannot leave without channels: $(log | tail -n1)"
    goes_on "CPU $cpu is away"
    set_online $cpu 1 || fail "CPU $cpu does not come back: $(log | tail -n1)"
    # shellcheck disable=SC2086
    {
        move $cpu $own
        wait_for 60 more_taken "$(taken $own)" $own || fail "CPU $cpu is back and takes no interrupt of its channels"
        note "CPU $cpu was away, $(echo $own | wc -w) channels moved"
    }
done

# All but one.
for cpu in 1 2 3; do
    channels_of $cpu >/run/channels$cpu
    # shellcheck disable=SC2046
    move 0 $(cat /run/channels$cpu)
    set_online $cpu 0 || fail "CPU $cpu cannot leave"
done
[ "$(nproc)" -eq 1 ] || fail "$(nproc) CPUs are left"
goes_on "one CPU is left"
for cpu in 1 2 3; do
    set_online $cpu 1 || fail "CPU $cpu does not come back"
    # shellcheck disable=SC2046
    move $cpu $(cat /run/channels$cpu)
done
goes_on "all CPUs are back"
touch /run/stop
wait
[ ! -s /run/trouble ] || fail "$(head -n 1 /run/trouble)"
note "$(lines disk) rounds of fio, $(lines pings) pings, $(lines transfers) transfers"
[ "$(device_count disk4 malformed)" = 0 ] || fail "the host has got packets of the disk's that make no sense"
[ "$(device_count net0 faults)" = 0 ] || fail "faults of the adapter's driver"
