#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install.sh: installs lis-ng on this Hyper-V guest: builds its drivers with DKMS, puts them before the
# kernel's own and into the initramfs, and has new kernels get them too. They are in use after a reboot.
#
# Usage: install.sh [options]
#   --kernel RELEASE  for this kernel (may be repeated; default: the running one, and all that can)
#   --dry-run         say what would be done, and change nothing
#   --force           although this is no Hyper-V guest, or a device would be without a driver. Not where
#                     disk or network would go, nor where the kernel would refuse the drivers' signature.
#   --help
#
# Each new initramfs is looked into before it takes the place of the old one, and a failure or an interruption
# undoes what was done. The old one stays beside it (/boot/*.lis-ng-previous, where there is room), as a way
# back if the guest does not start, until one of these scripts is run in a guest that has started with the new
# one. Kernels with the bus built in keep it, and so do new kernels for which the build fails. After a power cut,
# run it again, or uninstall.sh.
#
# Exit status: 0 done, or nothing was to be done; 1 refused, nothing changed; 2 wrong usage; 3 failed or
# interrupted, everything undone; 4 failed, and what the message names could not be undone.
# What the tools say is in /var/log/lis-ng.log.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
options_known='--dry-run --force --kernel'
# shellcheck source=packaging/common.sh
. "$here/packaging/common.sh"
parse_options "$@"
begin

version=$(head -n 1 "$here/VERSION")
for other in $(versions_known); do
    [[ $other == "$version" ]] || refuse "lis-ng $other is here already: upgrade.sh takes it to $version"
done
judge_installation
if [[ $(kernels_with_ours) && $(source_differs "$version") ]]; then
    refuse "lis-ng $version is installed from another source: uninstall.sh first"
fi
incomplete=''
for kernel in $kernels; do
    is_complete "$version" "$kernel" || incomplete="$incomplete $kernel"
done
if [[ ! $incomplete ]]; then
    forget_way_back
    say "lis-ng $version is installed already for:$kernels"
    exit 0
fi
kernels=$incomplete
judge_room
# shellcheck disable=SC2086
tell_left_out $kernels
plan "build and install lis-ng $version for:$kernels"
# shellcheck disable=SC2086
change "$version" $kernels
say "lis-ng $version is installed for:$kernels; reboot to use it"
# shellcheck disable=SC2086
tell_way_back $kernels
