# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# cpus: 4
# modules: hv_storvsc sr_mod
# time: 120
# dmesg: I/O error|Medium not present
# The DVD's bytes are this guest's own initramfs: a file that is in both is the same. It is taken out, and another
# one put in.
load hv_storvsc
load sr_mod
storage() { qmp '{"execute": "storage-'"$1"'", "arguments": {"id": "dvd0"'"${2:-}"'}}' >/dev/null || fail "storage-$1"; }
need_disk LISDVD
mkdir /tmp/dvd
(cd /tmp/dvd && cpio -i -d init lib/lis.sh <"/dev/$disk" 2>/dev/null) || true # what ends the archive may be cut off
if ! cmp /tmp/dvd/init /init || ! cmp /tmp/dvd/lib/lis.sh /lib/lis.sh; then fail "the DVD has other bytes"; fi
note "$disk: $(cat "/sys/block/$disk/size") sectors"

# The next scenario finds the first one.
trap "storage insert ', \"file\": \"/guest.cpio\"'" EXIT
storage eject
if dd if="/dev/$disk" of=/dev/null bs=2048 count=1 2>/tmp/error; then fail "an empty drive can be read"; fi
grep -q 'No medium' /tmp/error || fail "not an empty drive: $(cat /tmp/error)"
storage insert ', "memory": 3'
bytes=$(dd if="/dev/$disk" bs=2048 2>/dev/null | wc -c)
[ "$bytes" -eq 3145728 ] || fail "a DVD of 3 MiB has $bytes bytes"
[ "$(dd if="/dev/$disk" bs=2048 2>/dev/null | tr -d '\0' | wc -c)" -eq 0 ] || fail "a DVD of zeros has other bytes"
if dd if=/dev/zero of="/dev/$disk" bs=2048 count=1 2>/dev/null; then fail "a DVD can be written"; fi
