# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A guest without devices: install.sh, a start with our bus, uninstall.sh, a start with the kernel's own.
# boots: 3
. /lis/tests/install/guest-side/lib.sh

case $BOOT in
1)
    bus_is_in_tree
    expect 0 'is installed for' /lis/install.sh
    again
    ;;
2)
    bus_is_ours "$(cat /lis/VERSION)"
    expect 0 'lis-ng is uninstalled' /lis/uninstall.sh
    again
    ;;
3)
    bus_is_in_tree
    [[ ! -e /var/lib/dkms/lis-ng && ! -e /usr/src/lis-ng-$(cat /lis/VERSION) ]] || fail 'something is left'
    ;;
esac
