# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# disk-boot with our drivers.
# boots: 3
# host: vmm
version=$(cat /sys/module/hv_storvsc/version 2>/dev/null)
if [[ $version != "$(cat /lis/VERSION)" ]]; then
    echo "LIS-FAIL the loaded hv_storvsc is '$version', not ours"
    exit 1
fi
. /lis/tests/install/guest-side/disk-boot.sh
