# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# cpus: 4
# time: 120
# modules: hid_hyperv hid-generic evdev
# The pointer of the host moves, clicks and scrolls in the guest, also when the mouse was taken away and given
# back.
class=cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a

find_mouse() {
    device=$(device_of_class $class)
    [ -n "$device" ] || return 1
    set -- /sys/bus/hid/devices/0006:045E:0621.*/input/input*/event*
    pointer=/dev/input/${1##*/}
    [ -e "$pointer" ]
}
mouse() { qmp '{"execute": "mouse-'"$1"'", "arguments": {'"$2"'}}' >/dev/null || fail "the host does not $1"; }

# seen <event...>: whether the guest's events are these: code=value of keys, wheel and axes. Scan codes of
# buttons and the wheel in high resolution are the kernel's own additions.
seen() {
    events=$(hexdump -v -e '8/2 "%x " " " 2/2 "%u " " " 1/4 "%d\n"' /run/pointer |
        awk '$9 == 1 { at = "key" } $9 == 2 { at = "rel" } $9 == 3 { at = "abs" }
            $9 >= 1 && $9 <= 3 && !($9 == 2 && $10 == 11) { printf "%s%s%d=%d", sep, at, $10, $11; sep = " " }')
    [ "$events" = "$*" ]
}

use_mouse() {
    : >/run/pointer
    cat "$pointer" >/run/pointer &
    listener=$!
    sleep 1 # for cat to open it
    mouse move "\"x\": $1, \"y\": $2"
    mouse click '"button": "left"'
    mouse click '"button": "right"'
    mouse click '"button": "extra"'
    mouse wheel '"steps": 1'
    mouse wheel '"steps": 2, "down": true'
    mouse move "\"x\": 32767, \"y\": $2"
    mouse move '"x": 0, "y": 0'
    set -- "abs0=$1" "abs1=$2" key272=1 key272=0 key273=1 key273=0 key276=1 key276=0 rel8=1 rel8=-2 \
        abs0=32767 abs0=0 abs1=0
    wait_for 10 seen "$@" || fail "seen is '$events', done was '$*'"
    kill $listener
}

load hv_vmbus
load evdev
# shellcheck disable=SC2016 # evaluated later
wait_for 20 eval '[ -n "$(device_of_class $class)" ]' || fail "the host offers no mouse"
load "$(cat "$devices/$(device_of_class $class)/modalias")"
wait_for 20 find_mouse || fail "no input device"
note "$pointer of $device, driver $(readlink "$devices/$device/driver")"
use_mouse 1000 20000

qmp '{"execute": "device_del", "arguments": {"id": "mouse0"}}' >/dev/null || fail "the host does not take it away"
gone() { ! [ -e "$pointer" ]; }
wait_for 20 gone || fail "the input device stays when the mouse has gone"
qmp '{"execute": "device_add", "arguments": {"driver": "mouse", "id": "mouse0"}}' >/dev/null || fail "no new one"
wait_for 20 find_mouse || fail "no input device for the new mouse"
use_mouse 31 32

if [ "$GUEST" = ours ]; then
    unload hid_hyperv
    gone || fail "the input device stays without its driver"
    load hid_hyperv
    wait_for 20 find_mouse || fail "no input device after loading again"
    use_mouse 77 88
fi
