# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.1 6.12 5.10
# cpus: 4
# modules: hv_storvsc sd_mod hv_netvsc
# device: --device=echo,id=socket,class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21,socket=on
# spread: yes
# intree: long
# time: 600
# What a host does to a guest as a whole: it stands still, moves to another machine, resets its devices, wakes the guest up
# with other numbers for everything, says nothing for longer than anybody waits. All devices work afterwards: ours carry
# the balloon's reports, the kernel's own a disk, an adapter and the services.
socket=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21
scenario() {
    qmp '{"execute": "scenario", "arguments": {"name": "'"$1"'"}}' >/dev/null || fail "the host refuses $1"
}
host_stands_still() { qmp '{"execute": "query-scenarios"}' | grep -q '"busy":true'; }
host_is_back() { ! host_stands_still; }
numbers() { for each in "$devices"/*; do echo "${each##*/} $(cat "$each/id")"; done | sort; }
names() { numbers | cut -d' ' -f1; }
all_other_numbers() {
    [ "$(names)" = "$all" ] && [ -z "$( (echo "$were"; numbers) | sort | uniq -d)" ]
}

# The guest's reports that the host has read.
counted() { device_count dm0 reports; }
reports() { [ "$(counted)" -gt "$1" ]; }
disk_works() {
    need_disk LISFILE4
    dd if=/dev/urandom of=/tmp/data bs=64k count=16 2>/dev/null
    dd if=/tmp/data of="/dev/$disk" bs=64k oflag=direct 2>/dev/null || fail "$1: cannot write to the disk"
    dd if="/dev/$disk" of=/tmp/back bs=64k count=16 iflag=direct 2>/dev/null || fail "$1: cannot read the disk"
    cmp /tmp/data /tmp/back || fail "$1: the disk has other data"
}
works() {
    if [ "$GUEST" = ours ]; then
        wait_for 30 bus_in_use || fail "$1: the balloon's device has no driver"
        now=$(counted)
        wait_for 30 reports "$now" || fail "$1: no report"
        return
    fi
    disk_works "$1"
    need_nic 00 10.83.0.2/24
    wait_for 20 ping -c 1 -W 3 10.83.0.9 >/dev/null || fail "$1: no ping"
    for each in timesync heartbeat shutdown; do
        wait_for 60 service_ready $each || fail "$1: $each is not ready: $result"
        has '"violations":[]' || fail "$1: the host complains of $each: $result"
    done
}
stands_still() {
    if [ "$GUEST" = ours ]; then
        now=$(counted)
        sleep 5
        [ "$(counted)" -eq "$now" ]
    else
        ! ping -c 1 -W 5 10.83.0.9 >/dev/null
    fi
}
# By how many seconds the guest's clock is ahead of this host's.
ahead() {
    service_idle timesync
    echo $(($(date +%s) - $(echo "$result" | sed 's/.*"clock":\([0-9]*\).*/\1/')))
}
clock_of_another_host() { [ $(($(ahead) - clock)) -ge 6 ] && [ $(($(ahead) - clock)) -le 14 ]; }
vf_went_and_came() { [ "$(log | grep -c 'VF slot 5 added')" -eq 2 ] && [ "$(log | grep -c 'VF slot 5 removed')" -eq 1 ]; }

use_bus
if [ "$GUEST" = intree ]; then
    for each in hv_storvsc sd_mod hv_netvsc hv_utils; do load $each; done
fi
works "at first"
all=$(names)

scenario pause
host_stands_still || fail "the host goes on"
stands_still || fail "there is traffic with a host that stands still"
wait_for 60 host_is_back || fail "the pause has no end"
works "after the pause"
[ "$(names)" = "$all" ] || fail "other devices after the pause: $(names)"

if [ "$GUEST" = intree ]; then
    service timesync set '"offset": 0'
    sleep 2
    clock=$(ahead)
    negotiations=$(device_count timesync0 negotiations)
    qmp '{"execute": "network-vf", "arguments": {"id": "net0", "allocated": true, "serial": 5}}' >/dev/null || fail "no virtual function"
fi
were=$(numbers)
[ -n "$(device_of_class $socket)" ] || fail "the socket is not there"
scenario live-migration
wait_for 30 host_is_back || fail "the migration has no end"
# shellcheck disable=SC2016 # evaluated later
wait_for 30 eval '[ -z "$(device_of_class $socket)" ]' || fail "the socket has survived the migration"
[ "$(numbers)" = "$(echo "$were" | grep "$(names)")" ] || fail "other devices after the migration: $(numbers)"
works "after the migration"
if [ "$GUEST" = intree ]; then
    [ "$(device_count timesync0 negotiations)" -gt "$negotiations" ] || fail "no new negotiation"
    wait_for 20 clock_of_another_host || fail "the clock was $clock s ahead, and is $(ahead)"
    wait_for 20 vf_went_and_came || fail "the virtual function: $(log | grep 'VF slot')"
    service timesync set '"offset": 0'
fi
all=$(names)

# The kernel's own hv_storvsc waits for ever for a cache to be written when its controller has gone: it lets go before.
if [ "$GUEST" = intree ]; then
    for each in /sys/bus/vmbus/drivers/hv_storvsc/*-*; do
        [ ! -e "$each" ] || echo "${each##*/}" >/sys/bus/vmbus/drivers/hv_storvsc/unbind
    done
fi
were=$(numbers)
scenario device-reset
wait_for 60 all_other_numbers || fail "the devices were $were and are $(numbers)"
works "after the reset"

# The guest hibernates as far as its devices see: they sleep, and wake on the same kernel.
were=$(numbers)
scenario guest-hibernation
# The kernel counts 5 s in a loop meanwhile, which takes longer on an emulated processor than its watchdog bears.
echo platform >/sys/power/pm_test
echo 0 >/proc/sys/kernel/soft_watchdog
echo disk >/sys/power/state || fail "cannot hibernate: $(log | tail -n1)"
echo 1 >/proc/sys/kernel/soft_watchdog
echo none >/sys/power/pm_test
wait_for 60 all_other_numbers || fail "the devices were $were and are $(numbers)"
works "after the sleep"

scenario silence
stands_still || fail "there is traffic with a silent host"
wait_for 200 host_is_back || fail "the silence has no end"
works "after the silence"
[ "$(names)" = "$all" ] || fail "other devices after the silence: $(names)"
if [ "$GUEST" = ours ]; then unload lis_probe hv_vmbus; fi
