# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# cpus: 4
# time: 120
# modules: hyperv_keyboard evdev
# What is typed at the host arrives in the guest: text, keys with prefixes, also when the keyboard was taken
# away and given back.
class=f912ad6d-2b17-48ea-bd65-f927a61c7684

find_keyboard() {
    device=$(device_of_class $class)
    [ -n "$device" ] || return 1
    set -- "$devices/$device"/serio*/input/input*/event*
    keys=/dev/input/${1##*/}
    [ -e "$keys" ]
}
type_codes() { qmp '{"execute": "keyboard-type", "arguments": {"codes": ['"$1"']}}' >/dev/null || fail "the host does not type"; }
type_text() { qmp '{"execute": "keyboard-type", "arguments": {"text": "'"$1"'"}}' >/dev/null || fail "the host does not type"; }

# seen <event...>: whether those keys went down (code+) and up (code-), and no others.
seen() {
    events=$(hexdump -v -e '8/2 "%x " " " 2/2 "%u " " " 1/4 "%d\n"' /run/keys |
        awk '$9 == 1 && $11 != 2 { printf "%s%d%s", sep, $10, $11 ? "+" : "-"; sep = " " }')
    [ "$events" = "$*" ]
}

# expect <what> <event...>
expect() {
    what=$1
    shift
    wait_for 10 seen "$@" || fail "$what: seen is '$events', typed was '$*'"
}

listen() {
    : >/run/keys
    cat "$keys" >/run/keys &
    listener=$!
    sleep 1 # for cat to open it
}

type_all() {
    listen
    type_text 'Lis 9!\n'
    expect "text" 42+ 38+ 38- 42- 23+ 23- 31+ 31- 57+ 57- 10+ 10- 42+ 2+ 2- 42- 28+ 28-
    kill $listener
    listen
    # Arrow up; the right Ctrl key; Pause, which is down and up at once.
    type_codes '224, 72, 224, 200, 224, 29, 224, 157, 225, 29, 69, 225, 157, 197'
    expect "prefixes" 103+ 103- 97+ 97- 119+ 119-
    kill $listener
}

load hv_vmbus
load evdev
# shellcheck disable=SC2016 # evaluated later
wait_for 20 eval '[ -n "$(device_of_class $class)" ]' || fail "the host offers no keyboard"
load "$(cat "$devices/$(device_of_class $class)/modalias")"
wait_for 20 find_keyboard || fail "no input device"
note "$keys of $device, driver $(readlink "$devices/$device/driver")"
type_all

qmp '{"execute": "device_del", "arguments": {"id": "keyboard0"}}' >/dev/null || fail "the host does not take it away"
gone() { ! [ -e "$keys" ]; }
wait_for 20 gone || fail "the input device stays when the keyboard has gone"
qmp '{"execute": "device_add", "arguments": {"driver": "keyboard", "id": "keyboard0"}}' >/dev/null || fail "no new one"
wait_for 20 find_keyboard || fail "no input device for the new keyboard"
type_all

if [ "$GUEST" = ours ]; then
    unload hyperv_keyboard
    gone || fail "the input device stays without its driver"
    load hyperv_keyboard
    wait_for 20 find_keyboard || fail "no input device after loading again"
    type_all
fi
