# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Sourced by the scenarios in the Debian guest (bash). A scenario is run at each start of the guest; it fails by
# `fail`, asks for the next start by `again`, and is done when it ends with status 0.
set -euo pipefail

release=$(uname -r)
root_disk=$(findmnt -n -o SOURCE /) root_disk=${root_disk#/dev/}

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
    root=$(dmesg | grep -n -m 1 "EXT4-fs ($root_disk): mounted" | cut -d: -f1)
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

# The root file system is on a disk of the host's bus; its driver is of that version, or the kernel's own if none is named.
disk_is() { # [version]
    local device driver module
    device=$(readlink -f /sys/block/sda/device)
    driver=$(readlink -f "${device%/host*}/driver")
    module=/sys/module/hv_storvsc
    [[ ${driver##*/} == hv_storvsc && $root_disk == sda ]] || fail "the root file system is on $root_disk, its driver is ${driver##*/}"
    [[ $(cat $module/version 2>/dev/null) == "${1-}" ]] || fail "hv_storvsc is '$(cat $module/version 2>/dev/null)', not '${1-}'"
    [[ ! ${1-} || $(cat $module/srcversion) == "$(modinfo -F srcversion hv_storvsc)" ]] || fail 'hv_storvsc is not the one that is installed'
    note "the root file system is on $root_disk by ${1:+our }hv_storvsc ${1:-of the kernel}"
}

# What the last start has written is there, and what this one writes is for the next.
disk_keeps() {
    echo 3 >/proc/sys/vm/drop_caches
    if [[ -e /root/sum ]]; then sha256sum --quiet -c /root/sum || fail 'a file of the last start has changed'; fi
    dd if=/dev/urandom of=/root/kept bs=1M count=8 conv=fsync 2>/dev/null
    sha256sum /root/kept >/root/sum
}

# The disk has the names that it had when the guest was started for the first time.
disk_has_its_names() {
    local names
    [[ -e /run/udev/control ]] || /usr/lib/systemd/systemd-udevd --daemon
    udevadm trigger --subsystem-match=block --action=add
    udevadm settle
    names=$(find /dev/disk/by-id /dev/disk/by-path -lname '*/sda' | sort)
    [[ $(grep -c by-id <<<"$names") -gt 0 ]] || fail 'the disk has no name in /dev/disk/by-id'
    [[ $BOOT != 1 ]] || echo "$names" >/root/names
    [[ $names == "$(cat /root/names)" ]] || fail "the disk is $names; in the first start it was $(cat /root/names)"
    note "$(wc -l <<<"$names") names: $(xargs -n 1 basename <<<"$names" | tr '\n' ' ')"
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
