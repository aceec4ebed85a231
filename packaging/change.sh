# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced by packaging/common.sh: takes the guest from one version of lis-ng (or none) to another (or
# none), wholly or not at all, as far as it has a say in that. bash 3.2.
#
#   build     the new version for every kernel; nothing that a boot reads is touched
#   switch    the modules below /lib/modules; the present initramfs still has what it had
#   image     a new initramfs for each kernel, beside the present one, and looked into
#   commit    all of them are renamed into place; no signal can come in between
#   tell      boot loaders that keep copies: hooks of others, which have a time limit
#   tidy      other versions go
# A guest that stops anywhere before the commit boots as before it. A failure or a signal undoes what was done,
# last first, until the hooks have been run; then nothing stops the rest.

undo=() # functions and their words, pushed before the step that they undo
reason='' why='' scratch='' committed=''

fail() {
    reason=$*
    exit 3
}

interrupted() {
    trap '' INT TERM HUP QUIT
    reason="interrupted by SIG$1"
    exit 3
}

# Whatever ends this shell ends in `leave`.
protect() {
    local signal
    for signal in INT TERM HUP QUIT; do
        # shellcheck disable=SC2064
        trap "interrupted $signal" "$signal"
    done
    trap 'leave $?' EXIT
}

leave() { # <status>: which is 0 too where a signal without a trap ends the shell
    local status=$1 i left=''
    trap '' INT TERM HUP QUIT
    trap - EXIT
    stop_child
    if [[ ! $committed ]]; then
        [[ $reason ]] || reason="something unexpected happened"
        status=3
        for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
            # shellcheck disable=SC2086
            ${undo[i]} >>"$log" 2>&1 || left="$left, ${undo[i]}"
        done
        if [[ $left ]]; then
            status=4
            complain "failed: $reason; NOT undone: ${left#, } (log: $log)"
        else
            complain "failed: $reason; everything is as it was before (log: $log)"
        fi
    fi
    if [[ $scratch ]]; then rm -rf "$scratch"; fi
    exit "$status"
}

put_image_back() { # <kernel release> <image>
    local kept
    kept=$(kept_image "$2")
    [[ -e $kept ]] || return 0
    mv -f "$kept" "$2" && tell_boot_loader "$1" "$2"
}

aside_of() { echo "${1%/*}/.${1##*/}.aside"; } # <path>: where neither DKMS nor versions_known look
move_aside() { [[ ! -e $1 ]] || mv -T "$1" "$(aside_of "$1")"; }

drop_asides() { rm -rf "$dkms_tree"/.*.aside "$dkms_tree"/*/*/.*.aside /usr/src/.lis-ng-*.aside; }

put_back() { # <path>
    [[ -e $(aside_of "$1") ]] || return 0
    rm -rf "$1" && mkdir -p "${1%/*}" && mv -T "$(aside_of "$1")" "$1"
}

put_source_back() { # <version>
    local source
    source=$(source_of "$1")
    rm -rf "$(aside_of "$source.new")"
    if [[ $here -ef $source ]]; then dkms_forget_tree "$1"; else dkms_forget "$1"; fi || return 1
    put_back "$dkms_tree/$1" && put_back "$source"
}

# Modules of ours of which DKMS knows nothing, as after a `rm -rf /var/lib/dkms/lis-ng`.
keep_strays() { # <kernel release>
    local file
    for file in $(strays_of "$1"); do
        mkdir -p "$scratch/strays-$1${file%/*}" && cp -p "$file" "$scratch/strays-$1$file" || return 1
    done
}

put_strays_back() { # <kernel release>
    [[ -d $scratch/strays-$1 ]] || return 0
    cp -pR "$scratch/strays-$1/." / && depmod "$1"
}

# What runs that were killed have left behind.
sweep() {
    rm -f /boot/*.lis-ng-new
    settle_kept_images
    drop_asides
    rm -rf "${TMPDIR:-/var/tmp}"/lis-ng-change.??????
}

# What is there of that version (another source, or half of one) is kept until the end, and first switched off
# where it is installed: a module without its tree could not be taken away any more.
install_source() { # <version>
    local source kernel
    source=$(source_of "$1")
    for kernel in $(kernels_with_ours); do
        [[ $(version_on "$kernel") == "$1" ]] || continue
        undo+=("dkms_switch $kernel $1")
        dkms_switch "$kernel" '' || fail "dkms could not take $1 from kernel $kernel"
    done
    undo+=("put_source_back $1")
    move_aside "$dkms_tree/$1" || fail "cannot move $dkms_tree/$1"
    if [[ ! $here -ef $source ]]; then
        copy_source "$(aside_of "$source.new")" >>"$log" 2>&1 || fail "cannot copy the source to /usr/src"
        { move_aside "$source" && mv -T "$(aside_of "$source.new")" "$source"; } || fail "cannot move $source"
    fi
    dkms_do add "$1" || fail "dkms add failed"
}

# Whether depmod prefers ours.
judge_depmod() { # <kernel release>
    why=$(not_preferred "$here" "$1")
    [[ ! $why ]]
}

restore_configuration() {
    local file
    for file in "${configuration_files[@]}"; do
        if [[ -e $scratch/was$file ]]; then
            cp -p "$scratch/was$file" "$file" || return 1
        else
            rm -f "$file" || return 1
        fi
    done
}

save_configuration() {
    local file
    for file in "${configuration_files[@]}"; do
        mkdir -p "$scratch/was${file%/*}" || return 1
        if [[ -e $file ]]; then cp -p "$file" "$scratch/was$file" || return 1; fi
    done
}

# change <version wanted, or nothing> <kernel release>...
change() {
    local wanted=$1 kernel image before version
    shift
    protect
    sweep
    forget_way_back
    scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/lis-ng-change.XXXXXX") || fail "no room below ${TMPDIR:-/var/tmp}"

    if [[ $wanted && ! ( -d $dkms_tree/$wanted/source/ && ! $(source_differs "$wanted") ) ]]; then
        install_source "$wanted"
    fi
    if [[ $wanted ]]; then
        [[ -e $dkms_tree/$wanted/build ]] || undo+=("rm -rf $dkms_tree/$wanted/build")
        for kernel; do
            say "building $wanted for kernel $kernel"
            dkms_build "$wanted" "$kernel" || fail "$why"
        done
    fi

    save_configuration || fail "no room below $scratch"
    undo+=(restore_configuration)
    if [[ $wanted ]]; then
        set_configuration "$(source_of "$wanted")"
    else
        set_configuration
    fi || fail "cannot write ${configuration_files[*]}"
    for kernel; do
        before=$(version_on "$kernel")
        if [[ ! $before ]]; then
            keep_strays "$kernel" || fail "no room below $scratch"
            undo+=("put_strays_back $kernel")
        fi
        undo+=("dkms_switch $kernel $before")
        if [[ $wanted ]]; then
            say "installing $wanted for kernel $kernel"
        else
            say "uninstalling from kernel $kernel"
        fi
        dkms_switch "$kernel" "$wanted" || fail "dkms could not change the modules of kernel $kernel"
        if [[ $wanted ]]; then judge_depmod "$kernel" || fail "$why"; fi
    done

    if [[ $(previous_size) -gt 0 && $(boot_free) -lt $(room_for "$@") ]]; then
        drop_previous_images
        note "/boot is too full to keep the initramfs that the guest last started with"
    fi
    for kernel; do
        image=$(image_of "$kernel")
        [[ $image ]] || continue
        say "making the initramfs of kernel $kernel"
        undo+=("rm -f $(new_image "$image")")
        make_image "$kernel" "$(new_image "$image")" || fail "the initramfs of kernel $kernel could not be made: $(tail -n 1 "$log")"
        judge_image "$(new_image "$image")" "$kernel" "$wanted" "$scratch/image" || fail "$why"
    done

    sync
    trap '' INT TERM HUP QUIT
    for kernel; do
        image=$(image_of "$kernel")
        [[ $image ]] || continue
        keep_image "$image" || fail "cannot keep $image"
        undo+=("put_image_back $kernel $image")
        mv -f "$(new_image "$image")" "$image" || fail "cannot replace $image"
    done
    sync
    protect
    for kernel; do
        image=$(image_of "$kernel")
        [[ $image ]] || continue
        tell_boot_loader "$kernel" "$image" || fail "a hook of /etc/initramfs/post-update.d failed, or took longer than $hook_limit s"
    done
    trap '' INT TERM HUP QUIT
    undo=() committed=1
    settle_kept_images
    if [[ $wanted ]]; then thin_out_previous_images "$@"; else drop_previous_images; fi
    drop_asides
    for version in $(versions_known); do
        if [[ $version != "$wanted" ]]; then dkms_forget "$version" || note "could not remove all of $version"; fi
    done
    sync
}
