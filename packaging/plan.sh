# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by packaging/common.sh: for which kernels something is to be done, and whether it can be. Nothing
# here changes anything. bash 3.2.

kernels='' # releases, space separated

judge_kernel() { # <kernel release>: sets `why` if ours cannot be built for it
    why=''
    if [[ ! -d /lib/modules/$1/kernel ]]; then
        why="there is no kernel $1 in /lib/modules"
    elif bus_is_built_in "$1"; then
        why="the bus of kernel $1 is built in and cannot be replaced"
    elif ! has_headers "$1"; then
        why="the headers of kernel $1 are missing: apt-get install linux-headers-$1"
    fi
    [[ ! $why ]]
}

# The kernels asked for; else the running one, which must do, and all others that do.
choose_kernels() {
    local kernel path running
    for kernel in $asked_kernels; do
        judge_kernel "$kernel" || refuse "$why"
        add_kernel "$kernel"
    done
    [[ ! $asked_kernels ]] || return 0
    running=$(uname -r)
    judge_kernel "$running" || refuse "$why"
    add_kernel "$running"
    for path in /lib/modules/*/kernel; do
        kernel=${path#/lib/modules/} kernel=${kernel%/kernel}
        if [[ $kernel == "$running" ]]; then continue; fi
        if judge_kernel "$kernel"; then add_kernel "$kernel"; else note "left as it is: $why"; fi
    done
}

add_kernel() { # <kernel release>
    case " $kernels " in *" $1 "*) ;; *) kernels="$kernels $1" ;; esac
}

judge_tools() {
    local lacking
    find_initramfs_maker
    lacking=$(missing_tools dkms=dkms depmod=kmod modinfo=kmod modprobe=kmod make=make tar=tar diff=diffutils)
    [[ ! $lacking ]] || refuse "$lacking"
}

judge_compilers() {
    local kernel lacking
    for kernel in $kernels; do
        lacking=$("$here/build-aux/prerequisites" "/lib/modules/$kernel/build" 2>&1) || refuse "${lacking#lis-ng: }"
    done
}

# Of another package, as Microsoft's LIS.
judge_strangers() {
    local kernel driver file
    for kernel in $kernels; do
        for driver in $(drivers_of "$here"); do
            file=$(our_file "$kernel" "$driver")
            if [[ $file && ! $(version_on "$kernel") ]] && ! is_ours "$file"; then
                refuse "$file belongs to something else: uninstall that first"
            fi
        done
    done
}

judge_room() {
    local lacking free
    # shellcheck disable=SC2086
    lacking=$(boot_space_lacks $kernels)
    [[ ! $lacking ]] || refuse "$lacking"
    # A build and its log, and an unpacked initramfs.
    free=$(df -Pk "${dkms_tree%/*}" | awk 'NR == 2 { print $4 }')
    [[ $free -ge 307200 ]] || refuse "${dkms_tree%/*} has $((free / 1024)) MiB free, and 300 MiB are needed"
}

# is_complete <version> <kernel release>: nothing is left to do there.
is_complete() {
    local image file whole=1
    [[ $(version_on "$2") == "$1" ]] || return 1
    for file in "${configuration_files[@]}"; do
        [[ -e $file ]] || return 1
    done
    judge_depmod "$2" || return 1
    image=$(image_of "$2")
    [[ $image ]] || return 0
    scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/lis-ng.XXXXXX") || return 1
    judge_image "$image" "$2" "$1" "$scratch/image" || whole=''
    rm -rf "$scratch"
    [[ $whole ]]
}

# What install.sh and upgrade.sh judge alike. Sets `kernels`.
judge_installation() {
    judge_tools
    choose_kernels
    judge_guest
    judge_compilers
    judge_strangers
}

# In a line for each, which drivers a kernel goes without. <kernel release>...
tell_left_out() {
    local kernel sentence
    for kernel; do
        left_out "$here" "$kernel" | while read -r sentence; do note "$sentence"; done
    done
}

# plan <sentence>...: with --dry-run the last thing that a script does.
plan() {
    local sentence
    [[ $dry_run ]] || return 0
    for sentence; do say "would $sentence"; done
    for kernel in $kernels; do
        if [[ $(image_of "$kernel") ]]; then say "would replace $(image_of "$kernel"), after a look into the new one"; fi
    done
    exit 0
}
