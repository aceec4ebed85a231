# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Our drivers, as install.sh puts them in; the root file system is on the disk of an IDE controller.
# boots: 2
# host: vmm
# disk: type=ide
. /lis/tests/install/guest-side/lib.sh

bus_is_ours "$(cat /lis/VERSION)"
disk_is "$(cat /lis/VERSION)"
class=$(readlink -f /sys/block/sda/device) class=$(cat "${class%/host*}/class_id")
[[ $class == '{32412632-86cb-44a2-9b5c-50d1417354f5}' ]] || fail "the disk is of class $class"
disk_has_its_names
disk_keeps
[[ $BOOT != 1 ]] || again
