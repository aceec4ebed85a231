# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2119,SC2120
# One case in a room of its own: case.sh <name>. `case.sh --list` prints the names. Each function below is a case.
set -euo pipefail

install() { /lis/install.sh "$@"; }
upgrade() { /lis/upgrade.sh "$@"; }
uninstall() { /lis/uninstall.sh "$@"; }
# shellcheck source=tests/install/room-side/mishaps.sh
. "$(dirname "$0")/mishaps.sh"
# shellcheck source=tests/install/room-side/disk.sh
. "$(dirname "$0")/disk.sh"
set_version() { echo "$1" >/lis/VERSION; }

case_usage() {
    local script
    for script in install upgrade uninstall; do
        expect 0 'Exit status' "$script" --help
        expect 2 'unknown option --nonsense (see --help)' "$script" --nonsense
        expect 2 'unknown option leftover' "$script" leftover
        expect 2 'unknown option --dry-run --force' "$script" '--dry-run --force'
        expect 2 'unknown option' "$script" ''
    done
    expect 2 '--kernel needs' install --kernel
    expect 2 '--kernel needs' install --kernel --force
    expect 2 'unknown option --kernel' uninstall --kernel "$running"
}

case_refuses_without_root() { # in a user namespace without a user
    local before
    before=$(snapshot)
    expect 1 'refused: needs root' unshare --user /lis/install.sh
    expect 1 'refused: needs root' unshare --user /lis/uninstall.sh
    unchanged "$before"
}

case_refuses_a_bus_that_is_built_in() {
    local config=/boot/config-$running builtin=/lib/modules/$running/modules.builtin
    sed -i 's/^CONFIG_HYPERV=m/CONFIG_HYPERV=y/' "$config"
    refused 'is built in and cannot be replaced' install --force
    printf 'CONFIG_HYPERV=y\nCONFIG_HYPERV_VMBUS=y\n' >"$config"
    refused 'is built in and cannot be replaced' install --kernel "$running"
    # Since 6.18: the first says that there is Hyper-V support, the second how the bus is built.
    printf 'CONFIG_HYPERV=y\nCONFIG_HYPERV_VMBUS=m\n' >"$config"
    expect 0 'would build' install --dry-run
    echo kernel/drivers/hv/hv_vmbus.ko >"$builtin"
    refused 'is built in and cannot be replaced' install
    rm "$config"
    refused 'is built in and cannot be replaced' install
}

case_passes_over_another_kernel_with_the_bus_built_in() {
    add_kernel 7.0-builtin
    echo kernel/drivers/hv/hv_vmbus.ko >/lib/modules/7.0-builtin/modules.builtin
    expect 0 'left as it is: the bus of kernel 7.0-builtin is built in' install
    is_installed "$running" 0.1.0
    [[ $(in_image 7.0-builtin) == in-tree ]] || die "kernel 7.0-builtin has $(in_image 7.0-builtin)"
    # What DKMS does when a kernel comes.
    mkdir -p /etc/dkms
    local status=0
    dkms build -m lis-ng -v 0.1.0 -k 7.0-builtin >/run/output 2>&1 || status=$?
    [[ $status == 77 ]] || die "dkms ended with $status: $(cat /run/output)"
}

case_refuses_what_is_no_hyperv_guest() {
    rm -r /sys/bus
    refused 'not a Hyper-V guest' install
    expect 0 'would build' install --force --dry-run
    mkdir -p /sys/bus/vmbus/devices
    expect 0 'would build' install --dry-run
    rm -r /sys/bus
    mkdir -p /sys/class/dmi/id
    echo 'Microsoft Corporation' >/sys/class/dmi/id/sys_vendor
    echo 'Surface' >/sys/class/dmi/id/product_name
    refused 'not a Hyper-V guest' install
    echo 'Virtual Machine' >/sys/class/dmi/id/product_name
    expect 0 'would build' install --dry-run
    rm -r /sys/class
    mkdir -p /usr/local/bin
    printf '#!/bin/sh\necho microsoft\n' >/usr/local/bin/systemd-detect-virt
    chmod +x /usr/local/bin/systemd-detect-virt
    expect 0 'would build' install --dry-run
}

case_refuses_where_a_device_would_lose_its_driver() {
    vmbus_device 525074dc-8985-46e2-8057-a307dc18a502 hv_balloon
    refused "a device would lose its driver, and lis-ng has none yet: hv_balloon ($device)" install
    expect 0 "will be without a driver: hv_balloon ($device)" install --force --dry-run
}

case_refuses_where_disk_or_network_would_go() {
    local class
    for class in ba6163d9-04a1-4d29-b605-72e2ffb1dc7f 32412632-86cb-44a2-9b5c-50d1417354f5 \
        2f9bcc4a-0069-4af3-b76b-6fd0be528cda f8615163-df3e-46c5-913f-f2d2f965ed0e 44c4f61d-4444-4400-9d52-802e27ede19f; do
        vmbus_device "$class" a_driver hv_module
        refused "disk or network would lose its driver, and lis-ng has none yet: hv_module ($device)" install
        refused 'disk or network would lose its driver' install --force
        refused 'disk or network would lose its driver' upgrade_from_another --force
        rm -r /sys/bus/vmbus
    done
    # One that is nobody's loses nothing.
    mkdir -p "/sys/bus/vmbus/devices/$device"
    echo '{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}' >"/sys/bus/vmbus/devices/$device/class_id"
    expect 0 'would build' install --dry-run
}

upgrade_from_another() {
    mkdir -p /usr/src/lis-ng-0.0.9
    local status=0
    upgrade "$@" || status=$?
    rmdir /usr/src/lis-ng-0.0.9
    return "$status"
}

case_refuses_an_unknown_signing_key() {
    mkdir -p /sys/kernel/security /usr/local/bin
    echo 'none [integrity] confidentiality' >/sys/kernel/security/lockdown
    refused 'Secure Boot: DKMS has no signing key yet' install --force
    echo key >/var/lib/dkms/mok.pub
    rm -f /usr/bin/mokutil
    refused 'Secure Boot: mokutil is missing' install
    printf '#!/bin/sh\necho "$2 is not enrolled"\n' >/usr/local/bin/mokutil
    chmod +x /usr/local/bin/mokutil
    refused 'Secure Boot: the key of DKMS is not enrolled' install --force
    printf '#!/bin/sh\necho "$2 is already enrolled"\nexit 1\n' >/usr/local/bin/mokutil
    expect 0 'would build' install --dry-run
    echo '[none] integrity confidentiality' >/sys/kernel/security/lockdown
    rm /usr/local/bin/mokutil
    expect 0 'would build' install --dry-run
    # A kernel that says nothing of lockdown: what the firmware says.
    rm -r /sys/kernel/security
    mkdir -p /sys/firmware/efi/efivars
    printf '\006\000\000\000\001' >/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
    refused 'Secure Boot: mokutil is missing' install
    printf '\006\000\000\000\000' >/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
    expect 0 'would build' install --dry-run
    mkdir -p /sys/module/module/parameters
    echo Y >/sys/module/module/parameters/sig_enforce
    refused 'Secure Boot: mokutil is missing' install
}

case_refuses_without_what_it_needs() {
    rm /lib/modules/"$running"/build
    refused "the headers of kernel $running are missing: apt-get install linux-headers-$running" install
    ln -s headers "/lib/modules/$running/build"
    refused 'there is no kernel 1.2.3 in /lib/modules' install --kernel 1.2.3
    rm -f /usr/bin/g++* /usr/local/bin/g++*
    refused 'a C++ compiler not found: apt-get install g++' install
    rm /usr/sbin/dkms
    refused 'missing: dkms (apt-get install dkms)' install
    rm /usr/sbin/mkinitramfs
    refused 'missing: mkinitramfs (apt-get install initramfs-tools)' install
}

case_refuses_a_boot_that_is_too_full() {
    local free
    free=$(df -Pk /boot | awk 'NR == 2 { print $4 }')
    head -c $(((free - 512) * 1024)) /dev/zero >/boot/ballast
    refused '/boot has 0 MiB free' install
    rm /boot/ballast
    expect 0 'would build' install --dry-run
}

case_refuses_beside_the_bus_of_another_package() {
    mkdir -p "/lib/modules/$running/extra"
    make_module "/lib/modules/$running/extra/hv_vmbus.ko" hv_vmbus 4.3.5 123 "$running" 'Microsoft Hyper-V VMBus Driver'
    refused "/lib/modules/$running/extra/hv_vmbus.ko belongs to something else" install
    uninstall
    [[ -e /lib/modules/$running/extra/hv_vmbus.ko ]] || die 'uninstall.sh has removed it'
}

case_dry_run_changes_nothing() {
    local before
    before=$(snapshot)
    expect 0 "would build and install lis-ng 0.1.0 for: $running" install --dry-run
    unchanged "$before"
    [[ ! -e /var/log/lis-ng.log ]] || die 'it has written a log'
    install
    before=$(snapshot)
    expect 0 "would uninstall lis-ng 0.1.0 from: $running" uninstall --dry-run
    set_version 0.2.0
    expect 0 'would remove 0.1.0' upgrade --dry-run
    unchanged "$before"
}

case_installs_and_uninstalls() {
    local before installed
    [[ $(in_image "$running") == in-tree ]] || die "the guest begins with $(in_image "$running")"
    before=$(snapshot | grep -v "initrd.img-$running")
    expect 0 "lis-ng 0.1.0 is installed for: $running; reboot to use it" install
    is_installed "$running" 0.1.0
    [[ ! -e /lib/modules/$running/updates/dkms/lis_probe.ko ]] || die 'a test module is installed'
    installed=$(snapshot)
    expect 0 'lis-ng 0.1.0 is installed already' install
    expect 0 'lis-ng 0.1.0 is installed already' upgrade
    unchanged "$installed"
    expect 0 'lis-ng is uninstalled' uninstall
    [[ $(in_image "$running") == in-tree ]] || die "the initramfs has $(in_image "$running") afterwards"
    [[ $(snapshot | grep -v "initrd.img-$running") == "$before" ]] ||
        die "a trace: $(diff <(echo "$before") <(snapshot | grep -v "initrd.img-$running"))"
    expect 0 'lis-ng is not installed' uninstall
    # From its own copy as well.
    install
    expect 0 'lis-ng is uninstalled' "/usr/src/lis-ng-0.1.0/uninstall.sh"
}

case_comes_before_the_kernels_own_whatever_depmod_searches() {
    echo 'search built-in updates' >/etc/depmod.d/site.conf
    install
    is_installed "$running" 0.1.0
}

case_several_kernels_and_one_that_is_asked_for() {
    add_kernel 6.1-a
    add_kernel 6.1-b
    expect 0 'is installed for: 6.1-a;' install --kernel 6.1-a
    is_installed 6.1-a 0.1.0
    [[ $(in_image 6.1-b) == in-tree && $(in_image "$running") == in-tree ]] || die 'others as well'
    expect 0 'is installed for:' install
    is_installed 6.1-b 0.1.0
    is_installed "$running" 0.1.0
    set_version 0.2.0
    expect 0 'instead of 0.1.0' upgrade --kernel "$running"
    for kernel in 6.1-a 6.1-b "$running"; do is_installed "$kernel" 0.2.0; done
}

case_upgrades() {
    refused 'lis-ng is not installed: install.sh does that' upgrade
    install
    set_version 0.2.0
    refused 'lis-ng 0.1.0 is here already: upgrade.sh takes it to 0.2.0' install
    expect 0 'lis-ng 0.2.0 is installed for' upgrade
    is_installed "$running" 0.2.0
    [[ ! -e /usr/src/lis-ng-0.1.0 && ! -e /var/lib/dkms/lis-ng/0.1.0 ]] || die 'the old version is still there'
    echo '// another source' >>/lis/vmbus/bus.cpp
    refused 'is installed from another source' install
    uninstall
}

case_a_build_error_undoes_all() {
    local before
    before=$(snapshot)
    touch "$plant/build-fails"
    expect 3 'the build for kernel' install
    grep -q 'error: planted; everything is as it was before' /run/output || die "says: $(cat /run/output)"
    unchanged "$before"
    rm "$plant/build-fails"
    install
    before=$(snapshot)
    set_version 0.2.0
    touch "$plant/build-fails"
    expect 3 'everything is as it was before' upgrade
    unchanged "$before"
}

case_a_full_boot_undoes_all() {
    local before
    before=$(snapshot)
    touch "$plant/image-grows"
    expect 3 'could not be made' install
    grep -q 'everything is as it was before' /run/output || die "says: $(cat /run/output)"
    unchanged "$before"
    rm "$plant/image-grows"
    install
    before=$(snapshot)
    touch "$plant/image-grows"
    expect 3 'everything is as it was before' uninstall
    unchanged "$before"
}

case_an_initramfs_without_ours_undoes_all() {
    local before
    before=$(snapshot)
    touch "$plant/image-in-tree"
    expect 3 "has the kernel's own hv_vmbus; everything is as it was before" install
    unchanged "$before"
    rm "$plant/image-in-tree"
    make_module "$plant/image-other" hv_vmbus 0.1.0 0123456789 "$running"
    expect 3 'has another hv_vmbus than is installed (srcversion); everything is as it was before' install
    unchanged "$before"
    make_module "$plant/image-other" hv_vmbus 0.0.9 0123456789 "$running"
    expect 3 'has another hv_vmbus than is installed (version); everything is as it was before' install
    unchanged "$before"
}

case_a_second_kernel_that_fails_undoes_the_first() {
    local before
    add_kernel 9.9.9-bad
    printf '#!/bin/sh\ncase $* in *9.9.9-bad*) exit 1 ;; esac\n' >/etc/initramfs/hook
    mkdir -p /etc/initramfs/post-update.d
    cp /etc/initramfs/hook /etc/initramfs/post-update.d/loader
    chmod +x /etc/initramfs/post-update.d/loader
    before=$(snapshot)
    # The loader's hook refuses the old one too: that is said, and everything else is undone.
    expect 4 'NOT undone: put_image_back 9.9.9-bad' install
    unchanged "$before"
    printf '#!/bin/sh\ntest ! -e /plant/loader-fails || { rm /plant/loader-fails; exit 1; }\n' >/etc/initramfs/post-update.d/loader
    touch "$plant/loader-fails"
    before=$(snapshot)
    expect 3 'post-update.d failed, or took longer than 120 s; everything is as it was before' install
    unchanged "$before"
}

case_interrupted_installation_undoes_all() {
    local before
    before=$(snapshot)
    interrupted_at build-waits TERM /lis/install.sh
    unchanged "$before"
    interrupted_at build-waits INT /lis/install.sh
    unchanged "$before"
    interrupted_at image-waits TERM /lis/install.sh
    unchanged "$before"
    interrupted_at image-waits HUP /lis/install.sh
    unchanged "$before"
}

case_interrupted_upgrade_and_uninstallation_undo_all() {
    local before
    install
    before=$(snapshot)
    interrupted_at image-waits INT /lis/uninstall.sh
    unchanged "$before"
    set_version 0.2.0
    interrupted_at build-waits TERM /lis/upgrade.sh
    unchanged "$before"
    interrupted_at image-waits TERM /lis/upgrade.sh
    unchanged "$before"
    is_installed "$running" 0.1.0
}

case_a_power_cut_leaves_what_boots_and_what_can_be_finished() {
    local image before
    image=$(md5sum </boot/initrd.img-"$running")
    before=$(snapshot | grep -v "initrd.img-$running")
    interrupted_at build-waits KILL /lis/install.sh
    [[ $(md5sum </boot/initrd.img-"$running") == "$image" ]] || die 'the initramfs has changed'
    expect 0 'lis-ng is uninstalled' uninstall
    [[ $(snapshot | grep -v "initrd.img-$running") == "$before" ]] || die "a trace: $(diff <(echo "$before") <(snapshot | grep -v "initrd.img-$running"))"
    image=$(md5sum </boot/initrd.img-"$running")
    interrupted_at image-waits KILL /lis/install.sh
    [[ $(md5sum </boot/initrd.img-"$running") == "$image" ]] || die 'the initramfs has changed'
    expect 0 'is installed for' install
    is_installed "$running" 0.1.0
    image=$(md5sum </boot/initrd.img-"$running")
    interrupted_at image-waits KILL /lis/uninstall.sh
    [[ $(md5sum </boot/initrd.img-"$running") == "$image" ]] || die 'the initramfs has changed'
    expect 0 'lis-ng is uninstalled' uninstall
    [[ $(in_image "$running") == in-tree ]] || die "the initramfs has $(in_image "$running")"
    [[ $(snapshot | grep -v "initrd.img-$running") == "$before" ]] || die "a trace: $(diff <(echo "$before") <(snapshot | grep -v "initrd.img-$running"))"
}

case_a_kernel_without_a_bus_of_its_own() {
    install
    rm "/lib/modules/$running/kernel/drivers/hv/hv_vmbus.ko"
    refused "kernel $running has no hv_vmbus of its own to go back to" uninstall
    expect 0 'lis-ng is uninstalled' uninstall --force
}

if [[ $1 == --list ]]; then
    declare -F | sed -n 's/^declare -f case_//p'
    exit
fi
. /tests/guest.sh
make_guest
"case_$1"
