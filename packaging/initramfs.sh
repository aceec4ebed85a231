# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by packaging/common.sh: makes an initramfs beside the present one, looks into it, puts it in
# its place. Debian's initramfs-tools or dracut, whichever is there. bash 3.2.

initramfs_maker='' configuration_files=()
# Between DKMS' own hook and that which makes the initramfs, in the order of their names.
kernel_hooks=(/etc/kernel/postinst.d/dkms-lis-ng /etc/kernel/header_postinst.d/dkms-lis-ng)
find_initramfs_maker() {
    if command -v mkinitramfs >/dev/null; then
        initramfs_maker=mkinitramfs
        configuration_files=(/etc/depmod.d/lis-ng.conf /usr/share/initramfs-tools/modules.d/lis-ng "${kernel_hooks[@]}")
    elif command -v dracut >/dev/null; then
        initramfs_maker=dracut
        configuration_files=(/etc/depmod.d/lis-ng.conf /etc/dracut.conf.d/lis-ng.conf "${kernel_hooks[@]}")
    else
        return 1
    fi
}

# image_of <kernel release>: nothing if the kernel boots without one.
image_of() {
    local image
    for image in "/boot/initrd.img-$1" "/boot/initramfs-$1.img"; do
        if [[ -e $image ]]; then
            echo "$image"
            return
        fi
    done
}

new_image() { echo "$1.lis-ng-new"; }       # <image>
kept_image() { echo "$1.lis-ng-previous"; } # <image>

# boot_space_lacks <image>...: a sentence if the new ones may not fit beside the present ones.
boot_space_lacks() {
    local image wanted=1024 free
    for image; do wanted=$((wanted + $(du -Lk "$image" | cut -f 1) * 6 / 5)); done
    free=$(df -Pk /boot | awk 'NR == 2 { print $4 }')
    if [[ $free -lt $wanted ]]; then
        echo "/boot has $((free / 1024)) MiB free, and a new initramfs beside the present one needs $((wanted / 1024)) MiB"
    fi
}

make_image() { # <kernel release> <file>
    case $initramfs_maker in
    mkinitramfs) run env TMPDIR="$scratch" mkinitramfs -o "$2" "$1" ;;
    dracut) run dracut --force --tmpdir "$scratch" "$2" "$1" ;;
    esac
}

unpack_image() { # <file> <directory>
    case $initramfs_maker in
    mkinitramfs) run unmkinitramfs "$1" "$2" ;;
    dracut) run sh -c 'cd "$2" && lsinitrd --unpack "$1"' sh "$1" "$2" ;;
    esac
}

# judge_image <file> <kernel release> <version, or nothing for the kernel's own drivers> <scratch directory>
# What modprobe would load in the initramfs must be what is installed. On failure sets `why`.
judge_image() {
    local root='' tree driver inside file field here_is
    rm -rf "$4"
    mkdir "$4" || { why="no room to look into the new initramfs" && return 1; }
    unpack_image "$1" "$4" || { why="the new initramfs of $2 cannot be unpacked" && return 1; }
    for tree in "$4" "$4"/main; do
        if [[ -e $tree/lib/modules/$2/modules.dep ]]; then root=$tree; fi
    done
    if [[ ! $root ]]; then
        [[ $3 ]] || return 0
        why="the new initramfs of $2 has no modules"
        return 1
    fi
    for driver in $(drivers_of "$here"); do
        inside=$(modinfo -b "$root" -k "$2" -F filename "$driver" 2>/dev/null) || inside=''
        inside=${inside#"$root"}
        if [[ ! $3 ]]; then
            case $inside in
            '' | */kernel/*) continue ;;
            esac
            why="the new initramfs of $2 still has $inside"
            return 1
        fi
        file=$(our_file "$2" "$driver")
        if [[ ! $inside || ! $file ]]; then
            why="the new initramfs of $2 is without $driver"
            return 1
        fi
        case $inside in
        */kernel/*) why="the new initramfs of $2 has the kernel's own $driver" && return 1 ;;
        esac
        for field in version srcversion vermagic; do
            here_is=$(modinfo -F "$field" "$file")
            if [[ $(modinfo -F "$field" "$root$inside") != "$here_is" || ($field == version && $here_is != "$3") ]]; then
                why="the new initramfs of $2 has another $driver than is installed ($field)"
                return 1
            fi
        done
    done
    rm -rf "$4"
}

# What update-initramfs would do behind a new initramfs: systemd-boot and others keep copies.
tell_boot_loader() { # <kernel release> <image>
    [[ $initramfs_maker == mkinitramfs && -d /etc/initramfs/post-update.d ]] || return 0
    run-parts --arg="$1" --arg="$2" /etc/initramfs/post-update.d >>"$log" 2>&1 </dev/null 9>&-
}

keep_image() { # <image>: under a second name, as a copy where /boot knows no links
    rm -f "$(kept_image "$1")"
    ln "$1" "$(kept_image "$1")" 2>/dev/null || cp -p "$1" "$(kept_image "$1")"
}
