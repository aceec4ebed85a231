# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: ours intree
# cpus: 4
# spread: yes
# modules: hv_storvsc sd_mod
# strangers: sg3-utils
# time: 180
# What a disk says of itself comes through byte for byte, to programs and to the kernel, and its name stays.
load hv_storvsc
load sd_mod

bytes() { od -An -v -tx1 | tr -d ' \n'; }
hex() { printf %02x "$1"; }
zeros() { printf "%0$1d" 0; }
page() { sg_vpd --raw --page="$1" "/dev/$disk" 2>/tmp/error | bytes; }
# says <program> <text>: it is in what the program says of the disk.
says() { $1 "/dev/$disk" 2>&1 | tee /tmp/said | grep -qF -- "$2" || fail "$disk: $1 does not say \"$2\": $(cat /tmp/said)"; }
# page_is <page> <bytes>
page_is() { [ "$(page "$1")" = "$2" ] || fail "$disk: page $1 is $(page "$1") $(cat /tmp/error) instead of $2"; }
# The kernel's own copy; which pages it keeps depends on its age.
kernel_has() {
    if [ -e "/sys/block/$disk/device/vpd_pg$1" ]; then
        [ "$(bytes <"/sys/block/$disk/device/vpd_pg$1")" = "$(page "0x$1")" ] || fail "$disk: the kernel has another page $1"
        kept="$kept $1"
    fi
}
# What /dev/disk/by-id is made of.
names() {
    sg_inq --export --page=0x83 "/dev/$disk" || fail "$disk: sg_inq --export"
    cat "/sys/block/$disk/device/wwid"
}
# look <serial> <MiB>
look() {
    need_disk "$1"
    kept=''
    serial=$(printf %s "$1" | bytes)
    page_is 0 00000006008083b0b1b2
    page_is 0x80 "008000$(hex ${#1})$serial"
    # A name of the local NAA kind, and the vendor with the serial number.
    name=$(page 0x83)
    case $name in
    "008300$(hex $((24 + ${#1})))010300083"???????????????"020100$(hex $((8 + ${#1})))4d73667420202020$serial") ;;
    *) fail "$disk: page 0x83 is $name" ;;
    esac
    page_is 0xb0 "00b0003c01000008$(zeros 24)003fffff000001000000000880000000$(zeros 10)3fffff$(zeros 40)"
    page_is 0xb1 "00b1003c0001$(zeros 116)"
    page_is 0xb2 00b2000400e40200
    for one in 0 80 83 b0 b1 b2; do kernel_has $one; done
    case $kept in *' 80 83'*) ;; *) fail "$disk: the kernel keeps only the pages$kept" ;; esac
    says 'sg_vpd --page=0xb0' 'Maximum unmap LBA count: 0x3fffff'
    says 'sg_inq' 'Vendor identification: Msft'
    says 'sg_vpd --page=sn' "Product serial number: $1"
    says 'sg_readcap' "Device size: $(($2 * 1048576)) bytes"
    says 'sg_readcap --16' 'Logical blocks per physical block exponent=3'
    says 'sg_readcap --16' 'lbpme=1, lbprz=1'
    says 'sg_luns' 'which implies 1 lun entry'
    # Which of the two the kernel likes better depends on its age.
    wwid=$(cat "/sys/block/$disk/device/wwid")
    [ "$wwid" = "naa.$(echo "$name" | cut -c17-32)" ] || [ "$wwid" = "t10.Msft    $1" ] || fail "$disk: wwid $wwid, page 0x83 $name"
    note "$1: $wwid, the kernel keeps$kept"
}

look LISMEM1 64
first=$(names)
look LISFILE4 64
second=$(names)
[ "$first" != "$second" ] || fail "two disks have one name"
if [ "$GUEST" = ours ]; then
    unload sd_mod hv_storvsc
    load hv_storvsc
    load sd_mod
    need_disk LISMEM1
    [ "$(names)" = "$first" ] || fail "LISMEM1 has another name: $(names) instead of $first"
    need_disk LISFILE4
    [ "$(names)" = "$second" ] || fail "LISFILE4 has another name: $(names) instead of $second"
fi
note "$second"
