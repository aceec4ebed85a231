#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# uninstall.sh: takes lis-ng off this guest, whole or half installed, in every version and from every kernel,
# and makes each initramfs anew with the kernel's own drivers. They are in use after a reboot.
#
# Usage: uninstall.sh [options]
#   --dry-run  say what would be done, and change nothing
#   --force    although a kernel has no drivers of its own to go back to
#   --help
#
# Stays behind: /var/log/lis-ng.log, and the signing key that DKMS may have made (/var/lib/dkms/mok.*).
# A failure or an interruption puts lis-ng back as it was; what cannot be put back is named. After a power cut, run
# it again.
#
# Exit status: 0 done, or it was not installed; 1 refused, nothing changed; 2 wrong usage; 3 failed or
# interrupted, everything undone; 4 failed, and what the message names could not be undone.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
options_known='--dry-run --force'
# shellcheck source=packaging/common.sh
. "$here/packaging/common.sh"
parse_options "$@"
begin

find_initramfs_maker
lacking=$(missing_tools dkms=dkms depmod=kmod modinfo=kmod)
[[ ! $lacking ]] || refuse "$lacking"
versions=$(versions_known | tr '\n' ' ')
leftovers=''
for file in "${configuration_files[@]}" /boot/*.lis-ng-new /boot/*.lis-ng-undo /boot/*.lis-ng-previous; do
    if [[ -e $file ]]; then leftovers="$leftovers $file"; fi
done
# Somebody may have taken the modules away already, but not out of the initramfs.
for path in "$dkms_tree"/*/*/"$dkms_arch"/module; do
    kernel=${path%/"$dkms_arch"/module} kernel=${kernel##*/}
    if [[ -d /lib/modules/$kernel/kernel ]]; then add_kernel "$kernel"; fi
done
for path in /lib/modules/*/kernel; do
    kernel=${path#/lib/modules/} kernel=${kernel%/kernel}
    if [[ " $kernels " != *" $kernel "* && ($(strays_of "$kernel") || $(image_has_ours "$kernel" && echo yes)) ]]; then
        add_kernel "$kernel"
    fi
done
if [[ ! $versions && ! $leftovers && ! $kernels ]]; then
    say "lis-ng is not installed"
    exit 0
fi
for kernel in $kernels; do
    for driver in hv_vmbus hv_storvsc; do
        # Without the first there is nothing to go back to; without the others what they drive would be lost.
        [[ $driver == hv_vmbus || $(our_file "$kernel" "$driver") ]] || continue
        if [[ ! $force && ! $(in_tree_files "$kernel" "$driver") ]]; then
            refuse "kernel $kernel has no $driver of its own to go back to (--force uninstalls all the same)"
        fi
    done
done
judge_room
plan "uninstall lis-ng ${versions% } from:$kernels" "remove /usr/src/lis-ng-*, $dkms_tree and${leftovers:- no other file}"
# shellcheck disable=SC2086
change '' $kernels
say "lis-ng is uninstalled${kernels:+ from:}$kernels${kernels:+; reboot to use what the kernel has of its own}"
