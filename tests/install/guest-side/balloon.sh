# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A guest with dynamic memory, for which lis-ng has no driver yet: refused, and nothing changes.
# balloon: yes
. /lis/tests/install/guest-side/lib.sh

bus_is_in_tree
modprobe hv_balloon
device=''
for _ in {1..20}; do
    for device in /sys/bus/vmbus/drivers/hv_balloon/*-*; do :; done
    [[ ! -e $device ]] || break
    sleep 1
done
[[ -e $device ]] || fail 'hv_balloon has no device'
before=$(find /boot /lib/modules /usr/src /var/lib/dkms /etc -type f -newer /proc/1 | sort)
expect 1 "refused: a device would lose its driver, and lis-ng has none yet: hv_balloon (${device##*/})" /lis/install.sh
expect 0 'will be without a driver: hv_balloon' /lis/install.sh --dry-run --force
[[ $(find /boot /lib/modules /usr/src /var/lib/dkms /etc -type f -newer /proc/1 | sort) == "$before" ]] || fail 'files have changed'
[[ -e $device ]] || fail 'hv_balloon has lost its device'
note 'hv_balloon still has its device'
