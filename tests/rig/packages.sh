#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# packages.sh: installs what `make demo` and `make check` need on a fresh Debian 12 or 13.
#
# Usage: packages.sh [--list]
#   --list  print the names of the packages only
#
# As root, or through sudo. Does nothing when everything is there. Packages of other Debian suites are
# not installed but fetched into the cache (fetch.sh).
set -euo pipefail
. "$(dirname "$0")/cache.sh"

names=(
    # kernel modules, and the debug kernel
    make gcc g++ bc bison flex libelf-dev dwarves kmod xz-utils zstd rsync cpio
    # the rig
    busybox-static debian-archive-keyring patchelf procps util-linux
    # the Debian guest that lis-ng is installed in
    debootstrap e2fsprogs
    # our own host
    acpica-tools nlohmann-json3-dev libext2fs-dev
    # unit tests, fuzzing, benches
    libgtest-dev googletest libbenchmark-dev valgrind python3 clang llvm
    # checks of the sources
    git patch shellcheck
)

missing() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
    done
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root or sudo to install: ${wanted[*]}"
    fi
}

install_packages() {
    local log=$lis_cache/packages.log
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1 </dev/null ||
        die "apt-get $1 failed: $(grep -m1 '^E:' "$log") (log: $log)"
}

case ${1:-} in
--help) usage; exit ;;
--list) printf '%s\n' "${names[@]}"; exit ;;
esac
command -v dpkg-query >/dev/null || die "needs Debian 12 or 13 (no dpkg here)"

mapfile -t wanted < <(missing "${names[@]}")
# The fuzzers' run-time library has clang's version in its name, which is known once clang is there.
runtime() { echo "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"; }
if [[ ${#wanted[@]} -gt 0 ]]; then
    say "installing ${#wanted[@]} packages: ${wanted[*]}"
    install_packages update
    install_packages install --no-install-recommends "${wanted[@]}"
fi
mapfile -t wanted < <(missing "$(runtime)")
if [[ ${#wanted[@]} -gt 0 ]]; then
    say "installing ${wanted[*]}"
    install_packages install --no-install-recommends "${wanted[@]}"
fi
