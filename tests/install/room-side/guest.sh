# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Sourced in the room by case.sh: a Hyper-V guest with kernels, and what the cases ask about it.
. /tests/module.sh

running=$(uname -r)
plant=/plant
device=1eccfd72-4b41-45ef-b73a-4a6e44c12924

# add_kernel <release> [version of its disk driver]: with headers, the kernel's own drivers and an initramfs that has bus
# and disk.
add_kernel() {
    local tree=/lib/modules/$1
    mkdir -p "$tree/kernel/drivers"/{hid,hv,input,scsi} "$tree/headers/include/generated" "$tree/headers/include/config"
    ln -s headers "$tree/build"
    printf 'all:\n' >"$tree/headers/Makefile"
    echo "#define UTS_RELEASE \"$1\"" >"$tree/headers/include/generated/utsrelease.h"
    printf 'CONFIG_%s\n' HYPERV=m INPUT=y MODULES=y RD_GZIP=y SCSI=m SERIO=y | tee "$tree/headers/.config" "$tree/headers/include/config/auto.conf" >"/boot/config-$1"
    make_module "$tree/kernel/drivers/hv/hv_vmbus.ko" hv_vmbus '' '' "$1"
    make_module "$tree/kernel/drivers/hid/hid-hyperv.ko" hid_hyperv '' '' "$1"
    make_module "$tree/kernel/drivers/input/hyperv-keyboard.ko" hyperv_keyboard '' '' "$1"
    make_module "$tree/kernel/drivers/scsi/hv_storvsc.ko" hv_storvsc "${2-}" '' "$1"
    : >"$tree/modules.order"
    : >"$tree/modules.builtin"
    : >"$tree/modules.builtin.modinfo"
    depmod "$1"
    : >"/boot/vmlinuz-$1"
    own_image "$1"
}

# own_image <release>: what the guest makes without lis-ng.
own_image() {
    if command -v mkinitramfs >/dev/null; then
        mkinitramfs -o "/boot/initrd.img-$1" "$1" 2>/run/mkinitramfs
    else
        dracut --force "/boot/initrd.img-$1" "$1" >/run/mkinitramfs 2>&1
    fi || die "$(cat /run/mkinitramfs)"
}

# dracut, of which no more is needed than of initramfs-tools; and udev, without which it makes nothing.
configure_dracut() {
    local name
    mkdir -p /etc/dracut.conf.d /etc/initramfs-tools /usr/lib/systemd /sys/module/firmware_class/parameters
    : >/sys/module/firmware_class/parameters/path
    printf '%s\n' 'hostonly=no' 'dracutmodules=" base kernel-modules "' 'add_drivers+=" hv_vmbus hv_storvsc "' 'compress=gzip' >/etc/dracut.conf.d/room.conf
    for name in /usr/bin/udevadm /usr/lib/systemd/systemd-udevd; do
        if [[ ! -e $name ]]; then printf '#!/bin/sh\n' >"$name" && chmod +x "$name"; fi
    done
}

make_guest() {
    mkdir -p "$plant" /sys/bus/acpi/devices/VMBUS:00
    if ! command -v mkinitramfs >/dev/null; then
        configure_dracut
        add_kernel "$running"
        return
    fi
    # Everything that is needed of an initramfs here is a shell, the bus and the disk.
    printf 'MODULES=list\nBUSYBOX=y\nCOMPRESS=gzip\nCOMPRESSLEVEL=1\n' >/etc/initramfs-tools/initramfs.conf
    printf '%s\n' hv_vmbus hv_storvsc >/etc/initramfs-tools/modules
    cat >/usr/share/initramfs-tools/hooks/planted <<'HOOK'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
if [ -e /plant/image-grows ]; then head -c 42000000 /dev/urandom >"$DESTDIR/grown"; fi
if [ -e /plant/image-in-tree ]; then
    rm -rf "$DESTDIR"/lib/modules/*/updates
    mkdir -p "$DESTDIR/lib/modules/$version/kernel/drivers/hv"
    cp "/lib/modules/$version/kernel/drivers/hv/hv_vmbus.ko" "$DESTDIR/lib/modules/$version/kernel/drivers/hv/"
fi
if [ -e /plant/image-other ]; then cp /plant/image-other "$DESTDIR/lib/modules/$version/updates/dkms/hv_vmbus.ko"; fi
if [ -e /plant/image-lacks ]; then rm -f "$DESTDIR/lib/modules/$version/updates/dkms/$(cat /plant/image-lacks).ko"; fi
while [ -e /plant/image-waits ]; do echo image >/plant/reached; sleep 0.1; done
exit 0
HOOK
    chmod +x /usr/share/initramfs-tools/hooks/planted
    add_kernel "$running"
}

# vmbus_device <class without braces> <driver> [module]
vmbus_device() {
    local path=/sys/bus/vmbus/devices/$device
    mkdir -p "$path" "/sys/bus/vmbus/drivers/$2" "/sys/module/${3:-$2}"
    echo "{$1}" >"$path/class_id"
    ln -s "../../drivers/$2" "$path/driver"
    ln -s "../../../../module/${3:-$2}" "/sys/bus/vmbus/drivers/$2/module"
}

# Everything that the scripts may change, but for their log.
snapshot() {
    find /boot /lib/modules/ /usr/src /var/lib/dkms /var/tmp /etc/depmod.d /etc/dkms /etc/initramfs-tools /etc/modprobe.d \
        /usr/share/initramfs-tools/modules.d \( -type f -o -type l -o -type d \) -printf '%p %y %m %l\n' | sort
    find /boot /lib/modules/ /usr/src /var/lib/dkms /etc -type f -exec md5sum {} + 2>/dev/null | grep -v ' /etc/ssl' | sort -k 2
}

die() {
    echo "CASE: $*" >&2
    exit 1
}

# expect <status> <text that its output must have, or ''> <command...>
expect() {
    local status=0 wanted=$1 text=$2
    shift 2
    "$@" >/run/output 2>&1 || status=$?
    [[ $status == "$wanted" ]] || die "$* ended with $status instead of $wanted: $(cat /run/output; tail -n 30 /var/log/lis-ng.log 2>/dev/null)"
    [[ ! $text ]] || grep -qF -- "$text" /run/output || die "$* does not say '$text' but: $(cat /run/output)"
}

# refused <text> <command...>: one line, status 1, and nothing has changed.
refused() {
    local before
    before=$(snapshot)
    expect 1 "$1" "${@:2}"
    [[ $(grep -c . /run/output) == 1 && $(cat /run/output) == *' refused: '* ]] || die "not one line: $(cat /run/output)"
    unchanged "$before"
}

unchanged() {
    local now
    now=$(snapshot)
    [[ $now == "$1" ]] || die "changed: $(diff <(echo "$1") <(echo "$now") | head -n 10)"
}

# in_image <release> [driver]: version of the bus, or of that driver, that modprobe would load in the initramfs; "in-tree"
# for the kernel's own.
in_image() {
    local root file version driver=${2-hv_vmbus}
    rm -rf /run/image
    if command -v unmkinitramfs >/dev/null; then
        unmkinitramfs "/boot/initrd.img-$1" /run/image
    else
        mkdir /run/image
        (cd /run/image && lsinitrd --unpack "/boot/initrd.img-$1")
    fi
    root=/run/image
    [[ ! -d $root/main ]] || root=$root/main
    file=$(modinfo -b "$root" -k "$1" -F filename "$driver" 2>/dev/null) || { echo none && return; }
    version=$(modinfo -F version "$file")
    case $file in */kernel/*) version=in-tree ;; esac
    echo "$version"
}

in_modprobe() { modinfo -k "$1" -F version "${2-hv_vmbus}"; } # <release> [driver]

# is_installed <release> <version>
is_installed() {
    local driver
    for driver in hv_vmbus hv_storvsc; do
        [[ $(in_image "$1" $driver) == "$2" ]] || die "the initramfs of $1 has $driver $(in_image "$1" $driver), not $2"
        [[ $(in_modprobe "$1" $driver) == "$2" ]] || die "modprobe of $1 takes $driver '$(in_modprobe "$1" $driver)', not $2"
    done
    dkms status >/run/status
    grep -q "lis-ng/$2, $1, x86_64: installed" /run/status || die "DKMS says: $(cat /run/status)"
    [[ -e /lib/modules/$1/kernel/drivers/hv/hv_vmbus.ko ]] || die "the kernel's own bus has gone"
    [[ -e /lib/modules/$1/kernel/drivers/scsi/hv_storvsc.ko ]] || die "the kernel's own hv_storvsc has gone"
}

# is_in_tree <release>: bus and disk, none of ours.
is_in_tree() {
    local driver
    for driver in hv_vmbus hv_storvsc; do
        [[ $(in_image "$1" $driver) == in-tree ]] || die "the initramfs of $1 has $driver $(in_image "$1" $driver)"
        [[ $(modinfo -k "$1" -F filename $driver) == */kernel/* ]] || die "modprobe of $1 takes $(modinfo -k "$1" -F filename $driver)"
    done
}

# interrupted_at <plant> <signal> <command...>: sends the signal when the command has come there.
interrupted_at() {
    local what=$1 signal=$2 status=0 pid
    shift 2
    touch "$plant/$what"
    rm -f "$plant/reached"
    set -m
    "$@" >/run/output 2>&1 &
    pid=$!
    set +m
    for _ in {1..300}; do
        [[ ! -e $plant/reached ]] || break
        sleep 0.1
    done
    [[ -e $plant/reached ]] || die "$* has not come to $what: $(cat /run/output)"
    case $signal in
    # As a power cut: this shell is the room's first process, and what is left.
    KILL) kill -KILL -1 ;;
    INT) kill -INT -- "-$pid" ;;
    *) kill "-$signal" "$pid" ;;
    esac
    wait "$pid" 2>/dev/null || status=$?
    rm -f "$plant/$what"
    [[ $signal != KILL ]] || return 0
    [[ $status == 3 ]] || die "ended with $status after SIG$signal: $(cat /run/output)"
    grep -q "interrupted by SIG$signal; everything is as it was before" /run/output || die "says: $(cat /run/output)"
}
