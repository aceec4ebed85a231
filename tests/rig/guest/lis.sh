# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154,SC3045
# Sourced by every scenario in the guest (busybox sh). A scenario fails when it calls fail, or when it
# ends with another status than 0; it is run with set -eu.

devices=/sys/bus/vmbus/devices

# The class of a device that the host offers, whatever else it has: dynamic memory, of which OpenVMM knows nothing,
# or requests to shut down. And who drives it in the kernel.
case ${HOST:-} in
openvmm) offered=0e0b6031-5213-4934-818b-38d90ced39db offered_driver=hv_utils ;;
*) offered=525074dc-8985-46e2-8057-a307dc18a502 offered_driver=hv_balloon ;;
esac

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

# second: this is the kernel that load_second has loaded. The scenario runs there once more, from its beginning.
second() { grep -q lis.second /proc/cmdline; }

# load_second <kexec option> [kernel parameters]: loads this kernel a second time, with the files of this guest as
# they are now, for kexec -e (-l) or for a panic (-p). Needs `second-kernel: yes` and `strangers: kexec`.
load_second() {
    how=$1
    shift
    (cd / && find . -xdev ! -path './second/*' | cpio -o -H newc) >/tmp/second.cpio 2>/dev/null
    kexec -a "$how" /second/vmlinuz-* --initrd=/tmp/second.cpio \
        --command-line="$(sed 's/crashkernel=[^ ]*//' /proc/cmdline) lis.second $*" || fail "cannot load a second kernel"
    rm /tmp/second.cpio
}

# use_bus: loads the bus with a driver on the offered device, ours or the kernel's own, and waits until its
# channel is open.
use_bus() {
    load hv_vmbus
    if [ "$GUEST" = ours ]; then
        load lis_probe
        echo $offered >/sys/bus/vmbus/drivers/lis_probe/new_id
    else
        load $offered_driver
    fi
    wait_for 20 bus_in_use || fail "no driver on the device of class $offered"
}
bus_in_use() {
    balloon=$(device_of_class $offered)
    [ -n "$balloon" ] && [ -e "$devices/$balloon/driver" ]
}

# keep_busy <cpu...>: those have no idle moment from now on.
keep_busy() {
    for cpu in "$@"; do taskset -c "$cpu" sh -c 'while :; do :; done' & done
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

# let_go <module>: until nobody is in it, as a SCSI host that is still looked through for units.
let_go() {
    begun=$(cut -d. -f1 /proc/uptime)
    wait_for 120 unused "$1" || fail "$1 is still in use: refcnt $(cat "/sys/module/$1/refcnt")"
    begun=$(($(cut -d. -f1 /proc/uptime) - begun))
    [ $begun -lt 5 ] || note "$1 was in use for $begun s"
}
unused() { [ "$(cat "/sys/module/$1/refcnt")" -eq 0 ]; }

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

# service <kind> <verb> [arguments of JSON]: gives the host's integration service of that kind a command and waits for
# what comes of it: $result is the service's status, for has.
service() {
    qmp "{\"execute\": \"$1-$2\", \"arguments\": {${3:-}}}" >/dev/null || fail "the host refuses $1-$2 ${3:-}"
    wait_for "${SERVICE_WAIT:-120}" service_idle "$1" || fail "no end of $1-$2: $result"
}
service_idle() {
    result=$(qmp "{\"execute\": \"$1-status\"}") || return 1
    has '"busy":false'
}
# The guest's driver and the service have agreed on versions.
service_ready() { service_idle "$1" && has '"state":"ready"'; }
# has <text>: it is in $result.
has() { case $result in *"$1"*) ;; *) return 1 ;; esac; }

# disk <serial>: the name of the disk or drive with that serial number; fails if the kernel has none.
disk() {
    if [ "${HOST:-}" = openvmm ]; then
        disk_of_size "$1"
        return
    fi
    for entry in /sys/block/*; do
        if [ -e "$entry/device/vpd_pg80" ] && [ "$(tail -c +5 "$entry/device/vpd_pg80")" = "$1" ]; then
            echo "${entry##*/}"
            return
        fi
    done
    return 1
}
# OpenVMM gives its disks no serial numbers: machine `all` has one of 64 MiB and one of 65 there.
disk_of_size() {
    for entry in /sys/block/sd*; do
        case $1.$(cat "$entry/size" 2>/dev/null) in
        LISMEM1.131072 | LISFILE4.133120)
            echo "${entry##*/}"
            return
            ;;
        esac
    done
    return 1
}
# need_disk <serial>: waits for it; $disk is its name.
need_disk() {
    wait_for 30 disk "$1" >/dev/null || fail "the guest has no disk $1"
    disk=$(disk "$1")
}

# nic <last byte of the address>: the name of the network interface 00:15:5d:00:01:<byte>; fails if there is none.
nic() {
    address=00:15:5d:00:01:$1
    # OpenVMM chooses the address of the one adapter that machine `all` has there.
    case ${HOST:-}.$1 in openvmm.01) address='00:15:5d:*' ;; esac
    for nic in /sys/class/net/*; do
        case $nic in *.*) continue ;; esac
        # shellcheck disable=SC2254 # a pattern
        case $(cat "$nic/address") in
        $address)
            echo "${nic##*/}"
            return
            ;;
        esac
    done
    return 1
}
# need_nic <last byte> <address/prefix>: waits for it, and brings it up with that address; $nic is its name.
need_nic() {
    wait_for 30 nic "$1" >/dev/null || fail "the guest has no interface of adapter $1"
    nic=$(nic "$1")
    ip link set "$nic" up
    ip addr show dev "$nic" | grep -q " $2 " || ip addr add "$2" dev "$nic"
    wait_for 10 has_carrier "$nic" || fail "no carrier on $nic"
}
has_carrier() { [ "$(cat "/sys/class/net/$1/carrier")" = 1 ]; }
# host_counts: the host answers qmp, and tells what it has seen.
host_counts() { [ "${HOST:-}" != openvmm ]; }
# device_count <id> <counter>: of a device, as the host counts.
device_count() {
    qmp '{"execute": "query-stats"}' | sed -nE "s/.*\"$1\":\{[^}]*\"$2\":([0-9]+).*/\1/p"
}
