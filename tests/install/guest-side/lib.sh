# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Sourced by the scenarios in the Debian guest (bash). A scenario is run at each start of the guest; it fails by
# `fail`, asks for the next start by `again`, and is done when it ends with status 0.
set -euo pipefail

release=$(uname -r)

fail() {
    echo "LIS-FAIL $*"
    echo "--- kernel log"
    dmesg | tail -n 40
    exit 1
}

note() { echo "  $* ($(cut -d' ' -f1 /proc/uptime) s)"; }

again() {
    note "start $BOOT is over"
    exit 100
}

# The bus was there before the root file system was: it comes from the initramfs.
bus_is_from_initramfs() {
    local bus root
    bus=$(dmesg | grep -n -m 1 -i 'vmbus version' | cut -d: -f1)
    root=$(dmesg | grep -n -m 1 'EXT4-fs (vda): mounted' | cut -d: -f1)
    [[ $bus && $root && $bus -lt $root ]] || fail "the bus came after the root file system (lines '$bus', '$root')"
}

bus_is_ours() { # <version>
    [[ $(cat /sys/module/hv_vmbus/version 2>/dev/null) == "$1" ]] || fail "the loaded bus is not lis-ng $1"
    [[ $(cat /sys/module/hv_vmbus/srcversion) == "$(modinfo -F srcversion /lib/modules/"$release"/updates/dkms/hv_vmbus.ko*)" ]] ||
        fail 'the loaded bus is not the one that is installed'
    bus_is_from_initramfs
    note "the bus is lis-ng $1, from the initramfs"
}

bus_is_in_tree() {
    [[ -d /sys/module/hv_vmbus ]] || fail 'no bus is loaded'
    [[ ! -e /sys/module/hv_vmbus/version ]] || fail "the loaded bus is lis-ng $(cat /sys/module/hv_vmbus/version)"
    bus_is_from_initramfs
    note "the bus is the kernel's own, from the initramfs"
}

# expect <status> <text> <command...>
expect() {
    local status=0 wanted=$1 text=$2
    shift 2
    "$@" >/run/output 2>&1 || status=$?
    sed 's/^/    /' /run/output
    [[ $status == "$wanted" ]] || { tail -n 20 /var/log/lis-ng.log && fail "$* ended with $status instead of $wanted"; }
    [[ $(cat /run/output) == *"$text"* ]] || fail "$* does not say '$text'"
}
