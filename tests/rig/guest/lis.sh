# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154,SC3045
# Sourced by every scenario in the guest (busybox sh). A scenario fails when it calls fail, or when it
# ends with another status than 0; it is run with set -eu.

devices=/sys/bus/vmbus/devices

fail() {
    echo "$*" | tee -a /run/fail
    exit 1
}

# note <text>: into the log of the run.
note() { echo "  $*"; }

# again: this start of the guest (BOOT, from 1) has come as far as it should; a reset follows.
again() {
    echo "LIS-TEST again $BOOT"
    sync
    sleep 1
}

# The kernel log since this scenario began.
log() { dmesg | awk -v mark="LIS scenario $scenario" 'seen; index($0, mark) { seen = 1 }'; }

# wait_for <seconds> <command...>: until the command succeeds.
wait_for() {
    limit=$1
    shift
    until "$@"; do
        limit=$((limit - 1))
        [ "$limit" -ge 0 ] || return 1
        sleep 1
    done
}

loaded() { [ -d "/sys/module/$1" ]; }

# A module's own parameters follow its name.
load() { modprobe "$@" || fail "cannot load $1: $(dmesg | tail -n1)"; }

unload() {
    for module in "$@"; do
        if loaded "$module"; then
            rmmod "$module" || fail "cannot unload $module: used by $(cat "/sys/module/$module/refcnt")"
        fi
    done
}

# Interrupts that the bus has taken so far on all CPUs.
bus_interrupts() { awk '$1 == "HYP:" { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i } END { print sum + 0 }' /proc/interrupts; }

# A device's name on the bus, by its class id without braces; empty if the host does not offer it.
device_of_class() {
    for device in "$devices"/*; do
        if [ -e "$device/class_id" ] && [ "$(cat "$device/class_id")" = "{$1}" ]; then
            echo "${device##*/}"
            return
        fi
    done
}

# qmp <command in JSON>: asks the host, prints its answer; fails if the host refuses.
qmp() {
    if [ ! -e /run/qmp ]; then
        touch /run/qmp
        qmp '{"execute": "qmp_capabilities"}' >/dev/null
    fi
    echo "$1" >&8
    while read -r -t 20 answer <&8; do
        case $answer in
        *'"return":'*)
            echo "$answer"
            return 0
            ;;
        *'"error":'*)
            echo "$answer" >&2
            return 1
            ;;
        esac
    done
    echo "the host's monitor does not answer: $1" >&2
    return 1
}
