# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A guest whose root file system is on a SCSI disk by the kernel's own driver: install.sh, a start with ours, uninstall.sh, a
# start with the kernel's own. Files and the disk's names stay.
# boots: 3
# host: vmm
. /lis/tests/install/guest-side/lib.sh

case $BOOT in
1)
    bus_is_in_tree
    disk_is
    disk_has_its_names
    disk_keeps
    expect 0 'is installed for' /lis/install.sh
    again
    ;;
2)
    bus_is_ours "$(cat /lis/VERSION)"
    disk_is "$(cat /lis/VERSION)"
    disk_has_its_names
    disk_keeps
    expect 0 'lis-ng is uninstalled' /lis/uninstall.sh
    again
    ;;
3)
    bus_is_in_tree
    disk_is
    disk_has_its_names
    disk_keeps
    ;;
esac
