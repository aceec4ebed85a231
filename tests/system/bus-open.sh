# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: qemu openvmm
# guests: ours
# time: 120
# The channel of every device that the host offers opens, tells of itself in sysfs, and closes; afterwards the page
# ledger balances.
driver=/sys/bus/vmbus/drivers/lis_probe

ledger() { awk -v name="$1" '$1 == name { print $2 }' /sys/kernel/debug/hv_vmbus/ledger; }
balanced() {
    [ "$(ledger allocated)" -eq "$(ledger freed)" ] || fail "$1: pages allocated $(ledger allocated), freed $(ledger freed)"
    for left in shared with_host abandoned; do
        [ "$(ledger $left)" -eq 0 ] || fail "$1: $(ledger $left) pages are $left"
    done
}
offers() { ls "$devices" 2>/dev/null; }

load hv_vmbus
load lis_probe
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -n "$(offers)" ]' || fail "no device"
sleep 1 # the others have come by then
for device in $(offers); do
    echo lis_probe >"$devices/$device/driver_override"
    for round in 1 2 3; do
        echo "$device" >$driver/bind || fail "$device, round $round: not bound: $(log | tail -n1)"
        channel=$(echo "$devices/$device"/channels/*)
        [ "$(ledger shared)" -gt 0 ] || fail "$device, round $round: an open channel without shared pages"
        for attribute in cpu out_mask read_avail write_avail events interrupts; do
            [ -r "$channel/$attribute" ] || fail "$device, round $round: no attribute $attribute"
        done
        sleep 1
        seen="CPU $(cat "$channel/cpu"), $(cat "$channel/interrupts") interrupts, $(tr '\n' ' ' <"/sys/kernel/debug/lis_probe/$device")"
        echo "$device" >$driver/unbind
        balanced "$device, round $round"
    done
    note "$(cat "$devices/$device/class_id"): $seen"
done
unload lis_probe hv_vmbus
