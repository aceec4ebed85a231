# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by dkms.conf, the installer and its hooks: what is known of a kernel from its files. bash 3.2.

# drivers_of <directory with a copy of lis-ng> [kernel release]: the names of the drivers that it installs; with
# a kernel, those that it can carry.
drivers_of() {
    local driver
    sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$1/packaging/modules.list" | while read -r driver; do
        if [[ ! ${2-} || ! $(option_lacking "$1" "$driver" "$2") ]]; then echo "$driver"; fi
    done
}

# option_lacking <directory with a copy of lis-ng> <driver> <kernel release>: the option of the kernel without which
# sources.mk does not build that driver, if the kernel has been made without. Nothing for a kernel that has such a
# driver all the same: its own does not work with our bus, so that both are ours or none.
option_lacking() {
    local option config
    option=$(awk -v driver="$2" '
        /^ifneq/ { option = match($0, /CONFIG_[A-Z0-9_]+/) ? substr($0, RSTART, RLENGTH) : "" }
        /^endif/ { option = "" }
        $1 == "LIS_MODULES" && $NF == driver { print option; exit }' "$1/sources.mk")
    config=$(config_of "$3")
    [[ $option && $config ]] || return 0
    grep -q "^$option=[my]" "$config" || [[ $(in_tree_files "$3" "$2") ]] || echo "$option"
}

# config_of <kernel release>: the file with its configuration; nothing if there is none.
config_of() {
    local config
    for config in "/boot/config-$1" "/lib/modules/$1/config" "/lib/modules/$1/build/.config"; do
        if [[ -r $config ]]; then
            echo "$config"
            return
        fi
    done
}

# A sentence for each of our drivers that the kernel cannot carry. <directory with a copy of lis-ng> <kernel release>
left_out() {
    local driver option
    for driver in $(drivers_of "$1"); do
        option=$(option_lacking "$1" "$driver" "$2")
        if [[ $option ]]; then echo "kernel $2 has no $option, and gets no $driver"; fi
    done
}

# A sentence if modprobe would not load ours of all that the kernel is to get. <directory> <kernel release>
not_preferred() {
    local driver file
    for driver in $(drivers_of "$1" "$2"); do
        file=$(modinfo -k "$2" -F filename "$driver" 2>/dev/null) || file=''
        case $file in
        */kernel/* | '') echo "modprobe of kernel $2 would load ${file:-no} $driver" && return ;;
        esac
    done
}

# What MODULE_DESCRIPTION says in our drivers and in no other.
description_of() { # <driver>
    case $1 in
    hv_vmbus) echo 'Hyper-V VMBus' ;;
    hyperv_keyboard) echo 'Hyper-V synthetic keyboard' ;;
    hid_hyperv) echo 'Hyper-V synthetic mouse' ;;
    hv_storvsc) echo 'Hyper-V storage controllers' ;;
    *) echo "no driver of lis-ng" ;;
    esac
}

# Since 6.18 CONFIG_HYPERV is y or n, and CONFIG_HYPERV_VMBUS says how the bus is built.
bus_is_built_in() { # <kernel release>
    local config option
    if grep -q '/hv_vmbus\.ko$' "/lib/modules/$1/modules.builtin" 2>/dev/null; then return 0; fi
    config=$(config_of "$1")
    [[ $config ]] || return 1
    for option in CONFIG_HYPERV_VMBUS CONFIG_HYPERV; do
        case $(sed -n "s/^$option=//p" "$config") in
        y) return 0 ;;
        m) return 1 ;;
        esac
    done
    return 1
}

has_headers() { [[ -e /lib/modules/$1/build/Makefile ]]; } # <kernel release>

# in_tree_files <kernel release> <driver>: the kernel's own module; nothing if it has none. Its file may have
# dashes where the name has underscores.
in_tree_files() {
    if [[ -d /lib/modules/$1/kernel ]]; then
        find "/lib/modules/$1/kernel" -type f \( -name "${2//_/[-_]}.ko" -o -name "${2//_/[-_]}.ko.[gxz]*" \)
    fi
}

# our_file <kernel release> <driver>: our module where DKMS installs it; nothing if it is not there.
our_file() {
    local file
    for file in "/lib/modules/$1"/{updates/dkms,extra,updates}/"$2".ko*; do
        if [[ -f $file ]]; then
            echo "$file"
            return
        fi
    done
}
