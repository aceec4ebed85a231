# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by packaging/common.sh: makes an initramfs beside the present one, looks into it, puts it in
# its place. Debian's initramfs-tools or dracut, whichever is there. bash 3.2.

initramfs_maker='' configuration_files=()
# Between DKMS' own hook and that which makes the initramfs, in the order of their names.
kernel_hooks=(/etc/kernel/postinst.d/dkms-lis-ng /etc/kernel/header_postinst.d/dkms-lis-ng)

# The one that new kernels get theirs from: what the other one makes might not start this guest. Refuses where
# that cannot be told.
find_initramfs_maker() {
    local with_tools='' with_dracut=''
    if command -v mkinitramfs >/dev/null; then with_tools=1; fi
    if command -v dracut >/dev/null; then with_dracut=1; fi
    if [[ $with_tools && $with_dracut ]]; then
        if [[ ! -x /etc/kernel/postinst.d/initramfs-tools ]] || ! command -v update-initramfs >/dev/null; then with_tools=''; fi
        if [[ ! -x /etc/kernel/postinst.d/dracut && ! -e /usr/lib/kernel/install.d/50-dracut.install ]]; then with_dracut=''; fi
        [[ ! $with_tools || ! $with_dracut ]] || refuse "both initramfs-tools and dracut serve new kernels: remove one of them"
        [[ $with_tools || $with_dracut ]] || refuse "neither initramfs-tools nor dracut serves new kernels, and both are there: remove one of them"
    fi
    if [[ $with_tools ]]; then
        initramfs_maker=mkinitramfs
        configuration_files=(/etc/depmod.d/lis-ng.conf /usr/share/initramfs-tools/modules.d/lis-ng "${kernel_hooks[@]}")
    elif [[ $with_dracut ]]; then
        initramfs_maker=dracut
        configuration_files=(/etc/depmod.d/lis-ng.conf /etc/dracut.conf.d/lis-ng.conf "${kernel_hooks[@]}")
    else
        refuse "missing: mkinitramfs (apt-get install initramfs-tools)"
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

new_image() { echo "$1.lis-ng-new"; }           # <image>
kept_image() { echo "$1.lis-ng-undo"; }         # <image>: what is put back when the change fails
previous_image() { echo "$1.lis-ng-previous"; } # <image>: the way back when the guest does not start

# room_for <kernel release>...: KiB that a new initramfs for each of them may take.
room_for() {
    local kernel image wanted=1024
    for kernel; do
        image=$(image_of "$kernel")
        if [[ $image ]]; then wanted=$((wanted + $(du -Lk "$image" | cut -f 1) * 6 / 5)); fi
    done
    echo "$wanted"
}

boot_free() { df -Pk /boot | awk 'NR == 2 { print $4 }'; } # in KiB

# In KiB. They go when they are in the way.
previous_size() { find /boot -maxdepth 1 -name '*.lis-ng-previous' -printf '%k\n' | awk '{ n += $1 } END { print n + 0 }'; }

# boot_space_lacks <kernel release>...: a sentence if the new ones may not fit beside the present ones.
boot_space_lacks() {
    local wanted free
    wanted=$(room_for "$@") free=$(($(boot_free) + $(previous_size)))
    if [[ $free -lt $wanted ]]; then
        echo "/boot has $((free / 1024)) MiB free, and a new initramfs beside the present one needs $((wanted / 1024)) MiB"
    fi
}

drop_previous_images() { rm -f /boot/*.lis-ng-previous; }

# What was replaced becomes the previous image, unless there is one: nothing has started since that was kept.
settle_kept_images() {
    local kept previous
    for kept in /boot/*.lis-ng-undo; do
        [[ -e $kept ]] || continue
        previous=$(previous_image "${kept%.lis-ng-undo}")
        if [[ -e $previous ]]; then rm -f "$kept"; else mv "$kept" "$previous"; fi
    done
}

# The running bus is the one that is installed: the way back is no longer needed.
has_started() {
    local kernel file module=/sys/module/hv_vmbus
    kernel=$(uname -r)
    file=$(our_file "$kernel" hv_vmbus)
    [[ $file && -e $module/version && -e $module/srcversion ]] || return 1
    [[ $(first_line $module/version) == "$(modinfo -F version "$file")" &&
        $(first_line $module/srcversion) == "$(modinfo -F srcversion "$file")" ]]
}

# When the guest has started since.
forget_way_back() {
    if [[ ! $dry_run ]] && has_started; then drop_previous_images; fi
}

# No more than fits: the next new kernel needs room for its own image.
thin_out_previous_images() { # <kernel release>...
    if [[ $(previous_size) -gt 0 && $(boot_free) -lt $(room_for "$1") ]]; then
        drop_previous_images
        note "/boot is too full to keep the previous initramfs as a way back"
    fi
}

tell_way_back() { # <kernel release>...
    local kernel image
    for kernel; do
        image=$(image_of "$kernel")
        [[ $image && -e $(previous_image "$image") ]] || continue
        say "if kernel $kernel does not start: edit its boot entry, and take $(previous_image "$image") as initrd"
    done
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

# Where an unpacked initramfs has its modules; nothing if it has none.
root_of_image() { # <directory> <kernel release>
    local tree
    for tree in "$1"/main "$1"; do
        if [[ -e $tree/lib/modules/$2/modules.dep ]]; then
            echo "$tree"
            return
        fi
    done
}

# image_has_ours <kernel release>: whatever DKMS knows of it.
image_has_ours() {
    local image root unpacked status=1
    image=$(image_of "$1")
    [[ $image ]] || return 1
    unpacked=$(mktemp -d "${TMPDIR:-/var/tmp}/lis-ng.XXXXXX") || return 1
    if mkdir "$unpacked/image" && unpack_image "$image" "$unpacked/image"; then
        root=$(root_of_image "$unpacked/image" "$1")
        if [[ $root && $(strays_of "$1" "$root") ]]; then status=0; fi
    else
        note "cannot look into $image"
    fi
    rm -rf "$unpacked"
    return "$status"
}

# judge_image <file> <kernel release> <version, or nothing for the kernel's own drivers> <scratch directory>
# What modprobe would load in the initramfs must be what is installed. On failure sets `why`.
judge_image() {
    local root driver inside file field here_is
    rm -rf "$4"
    mkdir "$4" || { why="no room to look into the new initramfs" && return 1; }
    unpack_image "$1" "$4" || { why="the new initramfs of $2 cannot be unpacked" && return 1; }
    root=$(root_of_image "$4" "$2")
    if [[ ! $root ]]; then
        [[ $3 ]] || return 0
        why="the new initramfs of $2 has no modules"
        return 1
    fi
    for driver in $(drivers_of "$here" ${3:+"$2"}); do
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
hook_limit=120 # seconds for all hooks of a kernel
tell_boot_loader() { # <kernel release> <image>
    [[ $initramfs_maker == mkinitramfs && -d /etc/initramfs/post-update.d ]] || return 0
    run timeout -k 10 "$hook_limit" run-parts --arg="$1" --arg="$2" /etc/initramfs/post-update.d
}

keep_image() { # <image>: under a second name, as a copy where /boot knows no links
    rm -f "$(kept_image "$1")"
    ln "$1" "$(kept_image "$1")" 2>/dev/null || cp -p "$1" "$(kept_image "$1")"
}
