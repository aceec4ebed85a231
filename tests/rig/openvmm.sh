# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced by boot: OpenVMM, a virtual machine monitor with a VMBus of its own, as the user has built it. The emulated
# machine gets the program, the libraries that it is linked with and the linker that it names.

# How OpenVMM is told to say by its exit status what has become of the guest; machine/openvmm knows these numbers.
openvmm_ends="--guest-shutdown-action exit:40 --guest-reset-action exit:41 --guest-crash-action exit:42"

# openvmm_check <path or ''>: fails with one line if that cannot be run here.
openvmm_check() {
    local missing
    if [[ ! $1 ]]; then
        say "host openvmm needs OPENVMM=path of an OpenVMM binary"
    elif [[ ! -e $1 ]]; then
        say "OPENVMM=$1: no such file"
    elif [[ ! -f $1 ]]; then
        say "OPENVMM=$1: not a file"
    elif [[ ! -x $1 ]]; then
        say "OPENVMM=$1: not executable"
    elif ! readelf -h "$1" 2>/dev/null | grep -q 'Machine:.*X86-64'; then
        say "OPENVMM=$1: not a program for x86-64"
    elif missing=$(openvmm_closure "$1" | awk '$1 == "missing" { print $2; exit }') && [[ $missing ]]; then
        say "OPENVMM=$1: needs $missing, which is not here"
    else
        return 0
    fi
    return 1
}

# openvmm_closure <program>: what it is linked with, a line each: `linker <path>`, `library <path>`, `missing <name>`.
# A static program has no line.
openvmm_closure() {
    # ldd fails on a static program, and says so on its standard error.
    { ldd "$1" 2>/dev/null || true; } | awk '
        $2 == "=>" && $3 == "not" { print "missing", $1; next }
        $2 == "=>" && $3 ~ "^/" { print "library", $3; next }
        $1 ~ "^/" && $1 ~ "/ld-[^/]*$" { print "linker", $1 }'
}

# openvmm_bring <program> <directory>: makes <directory>/openvmm with all that the emulated machine needs.
openvmm_bring() {
    local to=$2/openvmm kind file
    mkdir -p "$to/lib"
    strip -o "$to/openvmm" "$1" || die "OPENVMM=$1: cannot be copied"
    cp "$rig_dir/machine/openvmm" "$to/run"
    while read -r kind file; do
        case $kind in
        linker) cp -L "$file" "$to/linker" ;;
        library) cp -L "$file" "$to/lib/" ;;
        esac
    done < <(openvmm_closure "$1")
}

# openvmm_options <vCPUs> <MiB>: but for devices and the kernel's command line. It shows the kernel console COM1 on its
# standard output; the results of COM2 go to a pipe.
openvmm_options() {
    echo "--single-process --hypervisor kvm --hv --processors $1 --memory ${2}M" \
        "--kernel /vmlinuz --initrd /guest.cpio --com1 console --com2 file=/run/results $openvmm_ends"
}
