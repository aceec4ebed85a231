# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: qemu openvmm
# guests: ours
# time: 60
# Whatever the bus does, each CPU keeps the clock that it had, and so does the broadcast device.
clocks() { cat /sys/devices/system/clockevents/*/current_device /sys/devices/system/clocksource/*/current_clocksource; }

before=$(clocks)
[ -n "$before" ] || fail "no clock events in sysfs"
for round in 1 2 3; do
    use_bus
    [ "$(clocks)" = "$before" ] || fail "round $round, loaded: $(clocks | tr '\n' ' ')instead of $(echo "$before" | tr '\n' ' ')"
    unload lis_probe hv_vmbus
    [ "$(clocks)" = "$before" ] || fail "round $round, unloaded: $(clocks | tr '\n' ' ')instead of $(echo "$before" | tr '\n' ' ')"
done
