# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2119,SC2120
# Sourced by case.sh: cases of the driver that the guest's disk is on. Ours works with our bus only, and the kernel's own
# with the kernel's own only.

case_the_disk_is_ours_and_the_network_is_not() {
    local class first=$device
    for class in ba6163d9-04a1-4d29-b605-72e2ffb1dc7f 32412632-86cb-44a2-9b5c-50d1417354f5 2f9bcc4a-0069-4af3-b76b-6fd0be528cda; do
        vmbus_device "$class" hv_storvsc
        expect 0 'would build' install --dry-run
        rm -r /sys/bus/vmbus
    done
    # A bus driver is known by its module, whatever it calls itself.
    vmbus_device ba6163d9-04a1-4d29-b605-72e2ffb1dc7f storvsc hv_storvsc
    expect 0 'would build' install --dry-run
    device=2eccfd72-4b41-45ef-b73a-4a6e44c12924
    vmbus_device f8615163-df3e-46c5-913f-f2d2f965ed0e hv_netvsc
    refused "disk or network would lose its driver, and lis-ng has none yet: hv_netvsc ($device); --force does not change that" install
    refused "lis-ng has none yet: hv_netvsc ($device)" install --force
    refused "lis-ng has none yet: hv_netvsc ($device)" upgrade_from_another --force
    rm -r "/sys/bus/vmbus/devices/$device"
    device=$first
    expect 0 "lis-ng 0.1.0 is installed for: $running" install
    is_installed "$running" 0.1.0
    expect 0 'lis-ng is uninstalled' uninstall
    is_in_tree "$running"
}

case_a_disk_driver_that_does_not_build() {
    local before
    before=$(snapshot)
    echo hv_storvsc >"$plant/build-fails"
    expect 3 'everything is as it was before' install
    unchanged "$before"
    rm "$plant/build-fails"
    # A build that thinks that it has done its work.
    echo hv_storvsc >"$plant/build-forgets"
    expect 3 'everything is as it was before' install
    unchanged "$before"
    rm "$plant/build-forgets"
    install
    echo hv_storvsc >"$plant/build-fails"
    kernel_comes 9.9.9-new
    grep -q 'does not build for kernel 9.9.9-new' /run/output || die "says: $(cat /run/output)"
    is_in_tree 9.9.9-new
    rm "$plant/build-fails"
    echo hv_storvsc >"$plant/build-forgets"
    kernel_comes 9.9.9-newer
    is_in_tree 9.9.9-newer
    is_installed "$running" 0.1.0
}

case_a_newer_disk_driver_of_the_kernels_own() {
    local before
    install
    kernel_comes 9.9.9-new 9.9
    is_in_tree 9.9.9-new
    is_installed "$running" 0.1.0
    grep -q 'keeps its own' /run/output || die "says: $(cat /run/output)"
    [[ ! $(find /lib/modules/9.9.9-new/updates -name 'hv_*' 2>/dev/null) ]] || die "left: $(find /lib/modules/9.9.9-new/updates)"
    before=$(snapshot)
    expect 3 '/kernel/drivers/scsi/hv_storvsc.ko hv_storvsc; everything is as it was before' install --kernel 9.9.9-new
    unchanged "$before"
}

case_an_initramfs_without_the_disk_driver() {
    local before
    before=$(snapshot)
    echo hv_storvsc >"$plant/image-lacks"
    expect 3 "the new initramfs of $running is without hv_storvsc; everything is as it was before" install
    unchanged "$before"
    rm "$plant/image-lacks"
    install
    before=$(snapshot)
    set_version 0.2.0
    echo hv_storvsc >"$plant/image-lacks"
    expect 3 'is without hv_storvsc; everything is as it was before' upgrade
    unchanged "$before"
    is_installed "$running" 0.1.0
    rm "$plant/image-lacks"
    # Made by somebody else since.
    set_version 0.1.0
    rm /usr/share/initramfs-tools/modules.d/lis-ng
    echo hv_vmbus >/etc/initramfs-tools/modules
    own_image "$running"
    [[ $(in_image "$running" hv_storvsc) == none ]] || die "the initramfs has $(in_image "$running" hv_storvsc)"
    expect 0 'is installed for' install
    is_installed "$running" 0.1.0
}

without_scsi() { # <release>
    sed -i '/^CONFIG_SCSI=/d' "/boot/config-$1" "/lib/modules/$1"/headers/.config
}

case_a_kernel_without_scsi() {
    local line="kernel $running has no CONFIG_SCSI, and gets no hv_storvsc" own=/lib/modules/$running/kernel/drivers/scsi/hv_storvsc.ko before
    without_scsi "$running"
    # One that has such a driver all the same: ours must be built, or nothing is done.
    echo hv_storvsc >"$plant/build-fails"
    expect 3 'everything is as it was before' install
    rm "$plant/build-fails" "$own"
    depmod "$running"
    own_image "$running"
    before=$(snapshot | grep -v "initrd.img-$running")
    expect 0 "$line" install --dry-run
    echo hv_storvsc >"$plant/build-fails"
    expect 0 "$line" install
    [[ $(grep -c hv_storvsc /run/output) == 1 ]] || die "says: $(cat /run/output)"
    [[ $(in_image "$running") == 0.1.0 && $(in_image "$running" hv_storvsc) == none ]] || die 'not the bus alone'
    expect 0 'is installed already' install
    set_version 0.2.0
    expect 0 "$line" upgrade
    rm "$plant/build-fails"
    kernel_comes 9.9.9-new
    is_installed 9.9.9-new 0.2.0
    expect 0 'is uninstalled' uninstall --force
    [[ ! $(strays "$running") && ! -e $own ]] || die "left: $(strays "$running")"
    [[ $(snapshot | grep "$running" | grep -v "initrd.img-$running") == "$(grep "$running" <<<"$before")" ]] || die 'a trace'
}
strays() { find "/lib/modules/$1" -name 'hv_*.ko*' -not -path '*/kernel/*'; } # <release>

case_an_upgrade_that_brings_the_disk_driver() {
    local before
    cp /lis/packaging/modules.list /run/list
    sed -i /hv_storvsc/d /lis/packaging/modules.list
    vmbus_device ba6163d9-04a1-4d29-b605-72e2ffb1dc7f hv_storvsc
    refused "lis-ng has none yet: hv_storvsc ($device)" install --force
    rm -r /sys/bus/vmbus
    install
    before=$(snapshot)
    cp /run/list /lis/packaging/modules.list
    set_version 0.2.0
    touch "$plant/image-grows"
    expect 3 'everything is as it was before' upgrade
    unchanged "$before"
    rm "$plant/image-grows"
    expect 0 'instead of 0.1.0' upgrade
    is_installed "$running" 0.2.0
    expect 0 'is uninstalled' uninstall
    is_in_tree "$running"
}

case_a_kernel_without_a_disk_driver_of_its_own() {
    install
    rm "/lib/modules/$running/kernel/drivers/scsi/hv_storvsc.ko"
    refused "kernel $running has no hv_storvsc of its own to go back to" uninstall
    expect 0 'lis-ng is uninstalled' uninstall --force
}

case_dracut_takes_bus_and_disk() {
    local before
    is_in_tree "$running"
    expect 0 'is installed for' install
    is_installed "$running" 0.1.0
    before=$(snapshot)
    set_version 0.2.0
    echo 'add_drivers=" hv_vmbus hyperv_keyboard hid_hyperv "' >/etc/dracut.conf.d/site.conf
    expect 3 'is without hv_storvsc; everything is as it was before' upgrade
    rm /etc/dracut.conf.d/site.conf
    unchanged "$before"
    expect 0 'is uninstalled' uninstall
    is_in_tree "$running"
    without_scsi "$running"
    rm "/lib/modules/$running/kernel/drivers/scsi/hv_storvsc.ko"
    depmod "$running"
    expect 0 'gets no hv_storvsc' install
    [[ $(in_image "$running") == 0.2.0 && $(in_image "$running" hv_storvsc) == none ]] || die 'not the bus alone'
}
