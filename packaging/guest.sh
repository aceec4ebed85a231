# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced by packaging/common.sh: what is true of the running guest. bash 3.2.

first_line() { head -n 1 "$1" 2>/dev/null || true; }

# The ACPI device is what hv_vmbus binds to, and there on every generation of Hyper-V. A kernel without
# ACPI names still shows the bus when it has found it, or the firmware's maker.
is_hyperv_guest() {
    local device
    for device in /sys/bus/acpi/devices/VMBUS:* /sys/bus/acpi/devices/VMBus:*; do
        if [[ -e $device ]]; then return 0; fi
    done
    [[ ! -d /sys/bus/vmbus ]] || return 0
    [[ $(first_line /sys/class/dmi/id/sys_vendor) != 'Microsoft Corporation' ||
        $(first_line /sys/class/dmi/id/product_name) != 'Virtual Machine' ]] || return 0
    [[ $(systemd-detect-virt --vm 2>/dev/null) == microsoft ]]
}

# Without these the guest has no disk or no network: storage (SCSI, IDE, fibre channel), network,
# PCI pass-through.
is_vital_class() {
    case $1 in
    '{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}' | '{32412632-86cb-44a2-9b5c-50d1417354f5}' | \
        '{2f9bcc4a-0069-4af3-b76b-6fd0be528cda}' | '{f8615163-df3e-46c5-913f-f2d2f965ed0e}' | \
        '{44c4f61d-4444-4400-9d52-802e27ede19f}') ;;
    *) return 1 ;;
    esac
}

# Devices of the bus whose driver would not work with our hv_vmbus, as lines "vital|other driver device".
devices_that_lose() {
    local device driver weight drivers
    drivers=" $(drivers_of "$here" | tr '\n' ' ') "
    for device in /sys/bus/vmbus/devices/*; do
        [[ -e $device/driver ]] || continue
        driver=$(readlink "$device/driver/module" || readlink "$device/driver")
        driver=${driver##*/}
        [[ $drivers != *" $driver "* ]] || continue
        weight=other
        if is_vital_class "$(first_line "$device/class_id")"; then weight=vital; fi
        echo "$weight $driver ${device##*/}"
    done
}

# The kernel loads nothing but signed modules.
signatures_are_enforced() {
    local variable=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
    case $(first_line /sys/kernel/security/lockdown) in
    *'[integrity]'* | *'[confidentiality]'*) return 0 ;;
    esac
    [[ $(first_line /sys/module/module/parameters/sig_enforce) != Y ]] || return 0
    # Its fifth byte, behind the attributes. A kernel that has no lockdown does not care.
    [[ -e $variable && ! -e /sys/kernel/security/lockdown ]] || return 1
    [[ $(od -An -tu1 -j4 -N1 "$variable" | tr -d ' ') == 1 ]]
}

# A sentence about the key that DKMS signs with; nothing if the kernel takes modules signed with it.
why_key_is_refused() {
    local key=/var/lib/dkms/mok.pub
    if [[ ! -e $key ]]; then
        echo "DKMS has no signing key yet: run 'dkms generate_mok', enrol $key with 'mokutil --import $key', reboot, and come back"
    elif ! command -v mokutil >/dev/null; then
        echo "mokutil is missing, so nobody can tell whether $key is enrolled: apt-get install mokutil"
    elif [[ $(mokutil --test-key "$key" 2>/dev/null) != *'already enrolled'* ]]; then
        echo "the key of DKMS is not enrolled: 'mokutil --import $key', reboot, confirm at the console, and come back"
    fi
}

# Refuses where our bus must not be installed. --force is for what costs comfort, never for what costs
# the disk, the network or the bus itself.
judge_guest() {
    local lost vital why
    if ! is_hyperv_guest; then
        [[ $force ]] || refuse "this is not a Hyper-V guest (--force installs all the same)"
        note "this is not a Hyper-V guest"
    fi
    lost=$(devices_that_lose)
    vital=$(sed -n 's/^vital \(.*\) \(.*\)/\1 (\2)/p' <<<"$lost" | tr '\n' ',')
    vital=${vital%,}
    [[ ! $vital ]] || refuse "disk or network would lose its driver, and lis-ng has none yet: ${vital//,/, }; --force does not change that"
    lost=$(sed -n 's/^other \(.*\) \(.*\)/\1 (\2)/p' <<<"$lost" | tr '\n' ',')
    lost=${lost%,}
    if [[ $lost ]]; then
        [[ $force ]] || refuse "a device would lose its driver, and lis-ng has none yet: ${lost//,/, } (--force gives it up)"
        note "will be without a driver: ${lost//,/, }"
    fi
    if signatures_are_enforced; then
        why=$(why_key_is_refused)
        [[ ! $why ]] || refuse "Secure Boot: $why"
    fi
}
