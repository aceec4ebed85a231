# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced by packaging/common.sh: which versions of lis-ng are where, and DKMS' part of the work. What is
# installed is read from DKMS' links, because what `dkms status` prints differs between its versions.
# bash 3.2.

dkms_tree=/var/lib/dkms/lis-ng
dkms_arch=$(uname -m)

source_of() { echo "/usr/src/lis-ng-$1"; } # <version>

# Every version of which there is anything, one a line.
versions_known() {
    local path
    for path in "$dkms_tree"/*/ /usr/src/lis-ng-*/; do
        path=${path%/}
        case $path in
        *'*' | */original_module | */kernel-*) ;;
        /usr/src/*) echo "${path#/usr/src/lis-ng-}" ;;
        *) echo "${path##*/}" ;;
        esac
    done | sort -u
}

# version_on <kernel release>: the version that is installed there; nothing if there is none.
version_on() {
    local link
    link=$(readlink "$dkms_tree/kernel-$1-$dkms_arch") || return 0
    if [[ -d $dkms_tree/$link/module ]]; then echo "${link%%/*}"; fi
}

kernels_with_ours() {
    local link
    for link in "$dkms_tree"/kernel-*-"$dkms_arch"; do
        [[ -L $link ]] || continue
        link=${link##*/kernel-}
        echo "${link%-"$dkms_arch"}"
    done
}

# A power cut leaves empty and half ones, which DKMS takes for built.
is_whole() { # <module> <version> <kernel release>
    [[ -f $1 && $(modinfo -F version "$1" 2>/dev/null) == "$2" && $(modinfo -F srcversion "$1" 2>/dev/null) ]] &&
        [[ $(modinfo -F vermagic "$1" 2>/dev/null) == "$3 "* ]]
}

# drivers_in <version> <kernel release>: an older version may have had others than this one.
drivers_in() {
    local source
    source=$(source_of "$1")
    [[ -r $source/packaging/modules.list && -r $source/sources.mk ]] || source=$here
    drivers_of "$source" "$2"
}

is_built() { # <version> <kernel release>
    local driver file
    for driver in $(drivers_in "$1" "$2"); do
        for file in "$dkms_tree/$1/$2/$dkms_arch/module/$driver".ko*; do
            is_whole "$file" "$1" "$2" || return 1
        done
    done
}

is_in_place() { # <version> <kernel release>
    local driver
    for driver in $(drivers_in "$1" "$2"); do
        is_whole "$(our_file "$2" "$driver")" "$1" "$2" || return 1
    done
}

# Copies what a build and the scripts need of this tree into a directory.
copy_source() {
    mkdir -p "$1" &&
        (cd "$here" && tar -cf - --exclude=./build --exclude=./tests --exclude='./.[!/]*' .) | (cd "$1" && tar -xf - --no-same-owner) &&
        mkdir -p "$1/tests/build" &&
        cp -p "$here"/tests/build/check-includes "$here"/tests/build/check-modules "$1/tests/build/" &&
        cp -pR "$here/tests/probes" "$1/tests/"
}

# source_differs <version>: says so if what is in /usr/src is not this tree.
source_differs() {
    local copy
    copy=$(mktemp -d "${TMPDIR:-/var/tmp}/lis-ng.XXXXXX") || return 1
    copy_source "$copy" || true # then it differs
    diff -rq "$copy" "$(source_of "$1")" >/dev/null 2>&1 || echo differs
    rm -rf "$copy"
}

dkms_do() { # add|build|install|uninstall <version> [<kernel release>]
    run dkms "$1" -m lis-ng -v "$2" ${3+-k "$3"}
}

# dkms_build <version> <kernel release>: on failure sets `why`, and the whole log of make is in ours.
dkms_build() {
    local made=$dkms_tree/$1/build/make.log
    if is_built "$1" "$2"; then return 0; fi
    if [[ -e $dkms_tree/$1/$2/$dkms_arch ]]; then
        note "what DKMS has built for kernel $2 is damaged, and is built again"
        undo+=("put_back $dkms_tree/$1/$2/$dkms_arch")
        move_aside "$dkms_tree/$1/$2/$dkms_arch" || return 1
    fi
    if dkms_do build "$1" "$2"; then return 0; fi
    why="the build for kernel $2 failed"
    if [[ -r $made ]]; then
        cat "$made" >>"$log"
        why="$why: $(grep -m 1 -E '^lis-ng:|[Ee]rror|No space' "$made" || tail -n 1 "$made")"
    fi
    return 1
}

# dkms_forget_tree <version>: DKMS knows no more of it, whatever state it is in.
dkms_forget_tree() {
    if [[ -d $dkms_tree/$1 ]]; then
        run dkms remove -m lis-ng -v "$1" --all || true # a half-made one is refused
    fi
    rm -rf "${dkms_tree:?}/$1" && { rmdir "$dkms_tree" 2>/dev/null || true; }
}

dkms_forget() { dkms_forget_tree "$1" && rm -rf "$(source_of "$1")"; } # <version>: neither does /usr/src

# dkms_switch <kernel release> <version, or nothing>: that version is installed there, and no other one.
dkms_switch() {
    local now
    now=$(version_on "$1")
    if [[ $now ]] && { [[ $now != "${2-}" ]] || ! is_in_place "$now" "$1"; }; then
        dkms_do uninstall "$now" "$1" || return 1
        now=''
    fi
    # DKMS has been stopped in between, or its tree has gone. It would not replace a module of the same version.
    if [[ ! $now && -d /lib/modules/$1 ]]; then
        sweep_modules "$1" || return 1
    fi
    if [[ ${2-} && $now != "$2" ]]; then
        dkms_do install "$2" "$1" || return 1
    fi
    "$here/packaging/keep-in-tree" restore "$1"
}

# By what a module says of itself, because nothing else may be left of the version that it came with.
is_ours() { # <file>
    local driver
    driver=${1##*/}
    # Half a module tells nothing; nobody else puts one with this name there.
    if [[ $1 == */updates/dkms/* ]] && ! modinfo "$1" >/dev/null 2>&1; then return 0; fi
    [[ $(modinfo -F version "$1" 2>/dev/null) ]] &&
        [[ $(modinfo -F description "$1" 2>/dev/null) == "$(description_of "${driver%%.ko*}")" ]]
}

# strays_of <kernel release> [root directory]: our modules, wherever they lie beside the kernel's own.
strays_of() {
    local driver file
    for driver in $(drivers_of "$here"); do
        find "${2-}/lib/modules/$1/" -path "${2-}/lib/modules/$1/kernel" -prune -o -type f -name "$driver.ko*" -print
    done | while read -r file; do
        if is_ours "$file"; then echo "$file"; fi
    done
}

# sweep_modules <kernel release>: what DKMS no longer knows of.
sweep_modules() {
    local file swept=''
    for file in $(strays_of "$1"); do
        rm "$file" || return 1
        rmdir "${file%/*}" 2>/dev/null || true # others may live there
        swept=1
    done
    rm -f "$dkms_tree/kernel-$1-$dkms_arch"
    [[ ! $swept ]] || depmod "$1"
}

# What depmod and the makers of an initramfs are told. <directory with lis-ng, or nothing>
set_configuration() {
    local file
    local driver
    if [[ ! ${1-} ]]; then
        rm -f "${configuration_files[@]}"
        return
    fi
    mkdir -p "${configuration_files[@]%/*}" || return 1
    for file in "${kernel_hooks[@]}"; do
        # shellcheck disable=SC2016 # expanded there
        printf '#!/bin/sh\n# Made by lis-ng.\n[ ! -x %s ] || %s %s "$1"\n' "$1/packaging/new-kernel" "$1/packaging/new-kernel" "${file#/etc/kernel/}" >"$file" || return 1
        chmod 755 "$file" || return 1
    done
    # Ours before the kernel's own, whatever order the administrator has set for the rest.
    { echo "# Made by lis-ng." && for driver in $(drivers_of "$1"); do echo "override $driver * updates/dkms"; done; } >"${configuration_files[0]}" || return 1
    case $initramfs_maker in
    mkinitramfs) cp "$1/packaging/modules.list" "${configuration_files[1]}" ;;
    dracut)
        # shellcheck disable=SC2005,SC2046
        printf '# Made by lis-ng.\nadd_drivers+=" %s "\n' "$(echo $(drivers_of "$1"))" >"${configuration_files[1]}"
        ;;
    esac
}
