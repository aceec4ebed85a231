# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by dkms.conf, the installer and its hooks: what is known of a kernel from its files. bash 3.2.

# drivers_of <directory with a copy of lis-ng>: the names of the drivers that it installs.
drivers_of() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$1/packaging/modules.list"; }

# What MODULE_DESCRIPTION says in our drivers and in no other.
description_of() { # <driver>
    case $1 in
    hv_vmbus) echo 'Hyper-V VMBus' ;;
    hyperv_keyboard) echo 'Hyper-V synthetic keyboard' ;;
    hid_hyperv) echo 'Hyper-V synthetic mouse' ;;
    *) echo "no driver of lis-ng" ;;
    esac
}

# Since 6.18 CONFIG_HYPERV is y or n, and CONFIG_HYPERV_VMBUS says how the bus is built.
bus_is_built_in() { # <kernel release>
    local config option
    if grep -q '/hv_vmbus\.ko$' "/lib/modules/$1/modules.builtin" 2>/dev/null; then return 0; fi
    for config in "/boot/config-$1" "/lib/modules/$1/config" "/lib/modules/$1/build/.config"; do
        [[ -r $config ]] || continue
        for option in CONFIG_HYPERV_VMBUS CONFIG_HYPERV; do
            case $(sed -n "s/^$option=//p" "$config") in
            y) return 0 ;;
            m) return 1 ;;
            esac
        done
        return 1
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
