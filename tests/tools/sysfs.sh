# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced: makes the part of /sys, /proc and /lib/modules that lsvmbus reads, below a directory.

# sysfs_begin <root>: an empty bus; drivers are added by sysfs_driver.
sysfs_begin() {
    mkdir -p "$1"/sys/bus/vmbus/{devices,drivers} "$1/sys/module" "$1/proc/sys/kernel"
    echo 6.12.0-test >"$1/proc/sys/kernel/osrelease"
}

# sysfs_aliases <root>: as depmod writes them; a class may have more than one module.
sysfs_aliases() {
    mkdir -p "$1/lib/modules/6.12.0-test"
    cat >"$1/lib/modules/6.12.0-test/modules.alias" <<'ALIASES'
# Aliases extracted from modules themselves.
alias pci:v00008086d00001237sv*sd*bc*sc*i* i440fx
alias vmbus:dc74505285 89 broken
alias vmbus:dc7450528589e2468057a307dc18a502 hv_balloon
alias vmbus:635161f83edfc546913ff2d2f965ed0e hv_netvsc
alias vmbus:635161f83edfc546913ff2d2f965ed0e uio_hv_generic
alias vmbus:31600b0e13523449818b38d90ced39db hv_utils
alias vmbus:6dad12f9172b* hyperv-keyboard
alias acpi*:VMBUS:* hv_vmbus
ALIASES
    printf '%s\0' hid.license=GPL hyperv_fb.alias=vmbus:02780ada77e3ac4a8e770558eb1073f8 \
        hyperv_fb.license=GPL >"$1/lib/modules/6.12.0-test/modules.builtin.modinfo"
}

sysfs_driver() { mkdir "$1/sys/bus/vmbus/drivers/$2"; }

# sysfs_device <root> <id> <class> <instance> <driver or -> <relid:cpu>...
# The modalias is derived from the class, as the kernel does: the first three fields little-endian.
sysfs_device() {
    local device=$1/sys/bus/vmbus/devices/$4 class=$3 driver=$5
    mkdir "$device"
    echo "$2" >"$device/id"
    echo "{$class}" >"$device/class_id"
    echo "{$4}" >"$device/device_id"
    echo "vmbus:${class:6:2}${class:4:2}${class:2:2}${class:0:2}${class:11:2}${class:9:2}${class:16:2}${class:14:2}${class:19:4}${class:24}" \
        >"$device/modalias"
    echo '(null)' >"$device/driver_override"
    [[ $driver == - ]] || ln -s "../../../../bus/vmbus/drivers/$driver" "$device/driver"
    shift 5
    printf '%s\n' "$@" >"$device/channel_vp_mapping"
    [[ $# -gt 0 ]] || : >"$device/channel_vp_mapping"
}
