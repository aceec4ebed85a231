# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# guests: ours
# time: 240
# A driver binds by new_id, talks to the host over its channel, and lets go; the page ledger balances.
dynamic_memory=525074dc-8985-46e2-8057-a307dc18a502
driver=/sys/bus/vmbus/drivers/lis_probe

counter() { awk -v name="$1" '$1 == name { print $2 }' "/sys/kernel/debug/lis_probe/$device"; }
ledger() { awk -v name="$1" '$1 == name { print $2 }' /sys/kernel/debug/hv_vmbus/ledger; }
reports() { [ "$(counter reports)" -gt 0 ]; }
bound() { [ -e "$devices/$device/driver" ]; }
balanced() {
    [ "$(ledger allocated)" -eq "$(ledger freed)" ] || fail "pages allocated $(ledger allocated), freed $(ledger freed)"
    for left in shared with_host abandoned; do
        [ "$(ledger $left)" -eq 0 ] || fail "$(ledger $left) pages are $left"
    done
}

load hv_vmbus
load lis_probe
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -n "$(device_of_class $dynamic_memory)" ]' || fail "the balloon's offer has not become a device"
device=$(device_of_class $dynamic_memory)
bound && fail "bound before anybody asked for it"

echo $dynamic_memory >$driver/new_id
wait_for 10 bound || fail "not bound by new_id"
wait_for 10 reports || fail "no status report was sent"
log | grep -q "Using Dynamic Memory protocol version 2.0" || fail "protocol version 2.0 was not negotiated"
note "$(tr '\n' ' ' <"/sys/kernel/debug/lis_probe/$device")"
[ "$(ledger shared)" -gt 0 ] || fail "an open channel without shared pages"

for channel in "$devices/$device"/channels/*; do
    for attribute in cpu in_mask out_mask read_avail write_avail events interrupts subchannel_id \
        intr_in_full intr_out_empty out_full_first out_full_total; do
        [ -r "$channel/$attribute" ] || fail "no attribute channels/${channel##*/}/$attribute"
    done
    [ "$(cat "$channel/events")" -gt 0 ] || fail "no signal to the host is counted"
    [ "$(cat "$channel/interrupts")" -gt 0 ] || fail "no interrupt from the host is counted"
done

round=1
while [ $round -le 5 ]; do
    echo "$device" >$driver/unbind
    bound && fail "round $round: still bound"
    balanced
    echo "$device" >$driver/bind
    wait_for 10 reports || fail "round $round: no report after binding again"
    round=$((round + 1))
done

unload lis_probe
balanced
echo lis_probe >"$devices/$device/driver_override"
load lis_probe
wait_for 10 bound || fail "driver_override has not bound it"
unload lis_probe hv_vmbus
