# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced after cache.sh: root file systems in memory, for the emulated machine and for the guest.

# initramfs_skeleton <directory>: busybox and the mount points.
initramfs_skeleton() {
    local busybox
    busybox=$(command -v busybox) || die "needs busybox-static (make packages)"
    mkdir -p "$1"/{bin,dev,etc,lib,proc,run,sys,tmp,root}
    cp "$busybox" "$1/bin/busybox"
    ln -sf busybox "$1/bin/sh"
}

# initramfs_pack <directory> <file>: not compressed, because unpacking costs more under emulation.
initramfs_pack() {
    (cd "$1" && find . -mindepth 1 -printf '%P\0' | cpio --null -o -H newc -R 0:0 --quiet) >"$2"
}

# kernel_module <moddir> <release> <module>...: the files of the kernel's modules and of all that they
# need, in the order of loading. A module that is built in prints nothing.
kernel_module() {
    local moddir=$1 release=$2 name
    shift 2
    for name in "$@"; do
        modprobe -d "$moddir" -S "$release" --show-depends "$name" | awk '$1 == "insmod" { print $2 }'
    done | awk '!seen[$0]++'
}

copy_module() {
    local file=$1 to=$2 name=${1##*/}
    mkdir -p "$to"
    case $name in
    *.ko) cp "$file" "$to/" ;;
    *.ko.xz) xz -dc "$file" >"$to/${name%.xz}" ;;
    *.ko.zst) zstd -qdc "$file" >"$to/${name%.zst}" ;;
    *) die "not a module: $file" ;;
    esac
}

# initramfs_modules <directory> <moddir> <release> <our modules' directory or ''> <kernel modules>...
# Makes lib/modules/<release> with the kernel's modules that are named and, in updates/ where modprobe
# prefers them, all of ours with what they need of the kernel.
initramfs_modules() {
    local root=$1 moddir=$2 release=$3 ours=$4 module name
    shift 4
    local tree=$root/lib/modules/$release wanted=("$@") source=$moddir/lib/modules/$release
    mkdir -p "$tree/kernel"
    cp "$source"/modules.builtin* "$tree/"
    : >"$tree/modules.order"
    if [[ $ours ]]; then
        for module in "$ours"/*.ko; do
            [[ -e $module ]] || die "no modules in $ours (build them first: make)"
            [[ $(modinfo -F vermagic "$module") == "$release "* ]] || die "$module is not built for $release"
            copy_module "$module" "$tree/updates"
            strip --strip-debug "$tree/updates/${module##*/}"
        done
        for name in $(modinfo -F depends "$ours"/*.ko | tr ',' '\n' | sort -u); do
            [[ -e $ours/$name.ko ]] || wanted+=("$name")
        done
    fi
    # The debug kernel has no drivers in the place of ours.
    for name in "${!wanted[@]}"; do
        [[ ! $ours || ! -e $ours/${wanted[name]}.ko ]] || unset "wanted[name]"
    done
    for module in $(kernel_module "$moddir" "$release" "${wanted[@]}"); do
        name=${module##*/}
        [[ -e $tree/updates/${name%%.ko*}.ko ]] || copy_module "$module" "$tree/kernel"
    done
    depmod -b "$root" "$release"
}
