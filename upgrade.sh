#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# upgrade.sh: takes this guest from another version of lis-ng to the one of this directory, for every kernel
# that has the other one. The new one is in use after a reboot.
#
# Usage: upgrade.sh [options]
#   --kernel RELEASE  for this kernel too (may be repeated; default: the running one, and all that can)
#   --dry-run         say what would be done, and change nothing
#   --force           as for install.sh
#   --help
#
# A failure or an interruption puts the other version back as it was; what cannot be put back is named. After a
# power cut, run it again. The old initramfs stays as a way back, as install.sh --help says.
#
# Exit status: 0 done, or this version is installed already; 1 refused, nothing changed; 2 wrong usage; 3 failed
# or interrupted, everything undone; 4 failed, and what the message names could not be undone.
# What the tools say is in /var/log/lis-ng.log.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
options_known='--dry-run --force --kernel'
# shellcheck source=packaging/common.sh
. "$here/packaging/common.sh"
parse_options "$@"
begin

version=$(head -n 1 "$here/VERSION")
others=''
for other in $(versions_known); do
    [[ $other == "$version" ]] || others="$others $other"
done
if [[ ! $others ]]; then
    [[ $(kernels_with_ours) ]] || refuse "lis-ng is not installed: install.sh does that"
    forget_way_back
    say "lis-ng $version is installed already"
    exit 0
fi
judge_installation
for kernel in $(kernels_with_ours); do
    if [[ -d /lib/modules/$kernel/kernel ]]; then
        judge_kernel "$kernel" || refuse "$why"
        add_kernel "$kernel"
    fi
done
judge_compilers
judge_room
# shellcheck disable=SC2086
tell_left_out $kernels
plan "build and install lis-ng $version for:$kernels" "remove$others"
# shellcheck disable=SC2086
change "$version" $kernels
say "lis-ng $version is installed for:$kernels, instead of$others; reboot to use it"
# shellcheck disable=SC2086
tell_way_back $kernels
