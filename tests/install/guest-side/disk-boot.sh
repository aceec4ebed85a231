# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Kernel, initramfs and root file system are on a SCSI disk of our host, which reads them anew at each start: the usual
# entry, once another, the usual one again.
# boots: 3
# host: vmm
. /lis/tests/install/guest-side/lib.sh

expected=usual
[[ $BOOT != 2 ]] || expected=special
[[ $(cat /proc/cmdline) == *"lis.entry=$expected"* ]] || fail "not the entry '$expected': $(cat /proc/cmdline)"
device=$(readlink -f /sys/block/sda/device)
driver=$(readlink -f "${device%/host*}/driver")
[[ ${driver##*/} == hv_storvsc && $(findmnt -n -o SOURCE /) == /dev/sda ]] || fail "the root file system is on $(findmnt -n -o SOURCE /), its driver is ${driver##*/}"
dd if=/dev/urandom of=/root/data bs=1M count=8 conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
if [[ -e /root/sum ]]; then sha256sum --quiet -c /root/sum || fail 'a file of the last start has changed'; fi
cp /root/data /root/kept
sha256sum /root/kept >/root/sum
note "entry $expected, root on /dev/sda by ${driver##*/} $(cat /sys/module/hv_storvsc/version 2>/dev/null)"
case $BOOT in
1)
    printf '%-1024s' $'# GRUB Environment Block\nnext_entry=special\n' | tr ' ' '#' | sed '1s/#GRUB#Environment#Block/ GRUB Environment Block/' >/boot/grub/grubenv
    again
    ;;
2) again ;;
esac
