# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2119,SC2120
# Sourced by case.sh: cases of what goes wrong around the scripts.

case_another_source_of_a_half_installed_version() {
    local before
    add_kernel 6.1-a
    install
    set_version 0.2.0
    interrupted_at image-waits KILL /lis/upgrade.sh
    echo '// another source' >>/lis/vmbus/bus.cpp
    upgrade --dry-run
    before=$(snapshot | grep -v -e /var/tmp -e lis-ng-new)
    touch "$plant/build-fails"
    expect 3 'everything is as it was before' upgrade
    [[ $(snapshot | grep -v -e /var/tmp -e lis-ng-new) == "$before" ]] || die "changed: $(diff <(echo "$before") <(snapshot | grep -v -e /var/tmp -e lis-ng-new) | head -n 10)"
    rm "$plant/build-fails"
    expect 0 'instead of 0.1.0' upgrade
    is_installed 6.1-a 0.2.0
    is_installed "$running" 0.2.0
    [[ $(modinfo -k "$running" -F srcversion hv_vmbus) == "$(cat /lis/VERSION /lis/vmbus/*.cpp | md5sum | cut -c1-23)" ]] || die 'of the first source'
    [[ ! $(find /usr/src /var/lib/dkms -name '.*.aside') ]] || die 'something is left aside'
}

case_uninstalls_what_dkms_has_lost() {
    install
    rm -r /var/lib/dkms/lis-ng /usr/src/lis-ng-0.1.0
    truncate -s 100 "/lib/modules/$running/updates/dkms/hv_vmbus.ko"
    expect 0 "is uninstalled from: $running" uninstall
    install
    rm -r /var/lib/dkms/lis-ng /usr/src/lis-ng-0.1.0
    mkdir "/lib/modules/$running/elsewhere"
    cp "/lib/modules/$running/updates/dkms/hv_vmbus.ko" "/lib/modules/$running/elsewhere/"
    expect 0 "is uninstalled from: $running" uninstall
    [[ $(in_image "$running") == in-tree ]] || die "the initramfs has $(in_image "$running")"
    [[ ! $(find "/lib/modules/$running" -name hv_vmbus.ko -not -path '*/kernel/*') ]] || die 'a module is still there'
    install
    rm -r /var/lib/dkms/lis-ng /usr/src/lis-ng-0.1.0
    expect 0 "is installed for: $running" install
    is_installed "$running" 0.1.0
}

case_goes_on_when_nobody_listens() {
    # As at a terminal: this room is started with SIGPIPE ignored.
    one_line_of /lis/install.sh
    [[ $(cat /run/ended) == 0 ]] || die "ended with $(cat /run/ended): $(tail -n 5 /var/log/lis-ng.log)"
    is_installed "$running" 0.1.0
    set_version 0.2.0
    touch "$plant/build-fails"
    one_line_of /lis/upgrade.sh
    [[ $(cat /run/ended) == 3 ]] || die "ended with $(cat /run/ended)"
    is_installed "$running" 0.1.0
}

one_line_of() { # <command>
    rm -f /run/ended
    { local status=0; env --default-signal=PIPE "$@" || status=$?; echo $status >/run/ended; } 2>&1 | head -n 1 >/run/output || true
    [[ -e /run/ended ]] || die 'it has gone without a word'
}

case_a_signal_that_nobody_expects_undoes_all() {
    local before signal
    for signal in QUIT USR1; do
        before=$(snapshot)
        touch "$plant/image-waits"
        rm -f "$plant/reached"
        env --default-signal=QUIT /lis/install.sh >/run/output 2>&1 &
        for _ in {1..300}; do
            [[ ! -e $plant/reached ]] || break
            sleep 0.1
        done
        kill "-$signal" $!
        sleep 0.5
        rm -f "$plant/image-waits"
        wait $! || true
        grep -q 'everything is as it was before' /run/output || die "$signal: $(cat /run/output)"
        unchanged "$before"
    done
}

# What Debian's kernel package runs.
kernel_comes() { # <release> [version of its disk driver]
    cat >/etc/kernel/postinst.d/initramfs-tools <<'HOOK'
#!/bin/sh
set -e
mkinitramfs -o "/boot/initrd.img-$1" "$1" 2>/dev/null
HOOK
    chmod +x /etc/kernel/postinst.d/initramfs-tools
    add_kernel "$@"
    rm "/boot/initrd.img-$1"
    expect 0 '' run-parts --exit-on-error --arg="$1" --arg="/boot/vmlinuz-$1" /etc/kernel/postinst.d
}

case_new_kernels_get_it() {
    install
    kernel_comes 9.9.9-new
    is_installed 9.9.9-new 0.1.0
    expect 0 'is uninstalled from:' uninstall
    [[ $(in_image 9.9.9-new) == in-tree && $(in_image "$running") == in-tree ]] || die 'not from both kernels'
    kernel_comes 9.9.9-newer
    [[ $(in_image 9.9.9-newer) == in-tree ]] || die "afterwards one gets $(in_image 9.9.9-newer)"
    [[ ! $(find /etc/kernel -name '*lis-ng*') ]] || die 'a hook is left'
}

case_a_new_kernel_for_which_it_does_not_build() {
    install
    touch "$plant/build-fails"
    kernel_comes 9.9.9-new
    grep -q 'does not build for kernel 9.9.9-new' /run/output || die "says: $(cat /run/output)"
    [[ $(in_image 9.9.9-new) == in-tree ]] || die "the initramfs has $(in_image 9.9.9-new)"
    is_installed "$running" 0.1.0
    rm "$plant/build-fails"
    # Its headers come later; without update-initramfs here the image stays.
    expect 0 '' run-parts --exit-on-error --arg=9.9.9-new /etc/kernel/header_postinst.d
    [[ $(in_modprobe 9.9.9-new) == 0.1.0 ]] || die 'not with the headers either'
    add_kernel 9.9.9-builtin
    echo kernel/drivers/hv/hv_vmbus.ko >/lib/modules/9.9.9-builtin/modules.builtin
    expect 0 'has its bus built in' run-parts --exit-on-error --arg=9.9.9-builtin /etc/kernel/postinst.d
}

case_a_way_back_until_the_guest_has_started() {
    local image=/boot/initrd.img-$running first module=/sys/module/hv_vmbus
    local previous=$image.lis-ng-previous
    first=$(md5sum <"$image")
    expect 0 "take $previous as initrd" install
    [[ $(md5sum <"$previous") == "$first" ]] || die 'the previous initramfs is not what was there'
    set_version 0.2.0
    expect 0 "take $previous as initrd" upgrade
    [[ $(md5sum <"$previous") == "$first" ]] || die 'nothing has started with 0.1.0, and it is the way back'
    first=$(md5sum <"$image")
    mkdir -p "$module"
    echo 0.1.0 >"$module/version"
    echo 123 >"$module/srcversion"
    expect 0 'is installed already' upgrade
    [[ -e $previous ]] || die 'gone, although the running bus is another one'
    in_modprobe "$running" >"$module/version"
    modinfo -k "$running" -F srcversion hv_vmbus >"$module/srcversion"
    set_version 0.3.0
    expect 0 "take $previous as initrd" upgrade
    [[ $(md5sum <"$previous") == "$first" ]] || die 'what the guest has started with is not the way back'
    in_modprobe "$running" >"$module/version"
    modinfo -k "$running" -F srcversion hv_vmbus >"$module/srcversion"
    expect 0 'is installed already' install
    [[ ! -e $previous ]] || die 'still there after a start'
    set_version 0.4.0
    upgrade
    expect 0 'is uninstalled' uninstall
    [[ ! -e $previous ]] || die 'still there without lis-ng'
}

case_a_boot_too_full_for_a_way_back() {
    local free size
    free=$(df -Pk /boot | awk 'NR == 2 { print $4 }') size=$(du -k "/boot/initrd.img-$running" | cut -f 1)
    head -c $(((free - size * 3 / 2 - 1024) * 1024)) /dev/zero >/boot/ballast
    expect 0 'too full to keep the previous initramfs' install
    is_installed "$running" 0.1.0
    [[ ! $(find /boot -name '*.lis-ng-*') ]] || die "left: $(ls /boot)"
}

case_uninstalls_from_an_initramfs_that_alone_has_it() {
    install
    dkms remove -m lis-ng -v 0.1.0 --all >/run/output 2>&1
    [[ $(in_image "$running") == 0.1.0 ]] || die 'DKMS has made the initramfs anew'
    expect 0 "is uninstalled from: $running" uninstall
    [[ $(in_image "$running") == in-tree ]] || die "the initramfs has $(in_image "$running")"
    install
    dkms remove -m lis-ng -v 0.1.0 --all >/run/output 2>&1
    rm -r /usr/src/lis-ng-0.1.0 /etc/depmod.d/lis-ng.conf /usr/share/initramfs-tools/modules.d/lis-ng /etc/kernel/*/dkms-lis-ng /boot/*.lis-ng-*
    expect 0 "is uninstalled from: $running" uninstall
    [[ $(in_image "$running") == in-tree ]] || die "the initramfs has $(in_image "$running"), and nothing else was left"
    expect 0 'is not installed' uninstall
}

case_from_its_own_copy() {
    local before
    cp -a /lis /usr/src/lis-ng-0.1.0
    before=$(snapshot)
    touch "$plant/build-fails"
    expect 3 'everything is as it was before' /usr/src/lis-ng-0.1.0/install.sh
    unchanged "$before"
    rm "$plant/build-fails"
    expect 0 'is installed for' /usr/src/lis-ng-0.1.0/install.sh
    is_installed "$running" 0.1.0
    [[ -e /usr/src/lis-ng-0.1.0/install.sh ]] || die 'it has deleted itself'
    dkms remove -m lis-ng -v 0.1.0 --all >/run/output 2>&1
    expect 0 'is installed for' /usr/src/lis-ng-0.1.0/install.sh
    is_installed "$running" 0.1.0
}

case_damaged_modules_are_made_again() {
    local before built=/var/lib/dkms/lis-ng/0.1.0/$running/x86_64/module/hv_vmbus.ko installed=/lib/modules/$running/updates/dkms/hv_vmbus.ko
    add_kernel 6.1-a
    install --kernel 6.1-a
    mkdir -p "${built%/*}"
    : >"$built"
    expect 0 'is damaged' install
    is_installed "$running" 0.1.0
    [[ $(modinfo -F version "$built") == 0.1.0 ]] || die 'it still has the damaged one'
    truncate -s 100 "$installed"
    expect 0 "is installed for: $running" install
    is_installed "$running" 0.1.0
    truncate -s 100 "$built" "$installed"
    before=$(snapshot)
    touch "$plant/build-fails"
    expect 3 'everything is as it was before' install
    unchanged "$before"
    rm "$plant/build-fails"
    expect 0 'is damaged' install
    is_installed "$running" 0.1.0
    is_installed 6.1-a 0.1.0
}

case_a_boot_loader_that_hangs() {
    local before
    mkdir -p /etc/initramfs/post-update.d
    printf '#!/bin/sh\nwhile [ -e %s/loader-waits ]; do echo waits >%s/reached; sleep 0.1; done\n' "$plant" "$plant" >/etc/initramfs/post-update.d/loader
    chmod +x /etc/initramfs/post-update.d/loader
    before=$(snapshot)
    # Undone are the initramfs and what the loader knows: the hook has to come back for that.
    touch "$plant/loader-waits"
    sed -i 's/^hook_limit=.*/hook_limit=2/' /lis/packaging/initramfs.sh
    expect 4 'took longer than 2 s; NOT undone: put_image_back' install
    unchanged "$before"
    sed -i 's/^hook_limit=.*/hook_limit=120/' /lis/packaging/initramfs.sh
    # One that hangs once.
    printf '#!/bin/sh\n[ -e %s/reached ] || { echo waits >%s/reached; exec sleep 100; }\n' "$plant" "$plant" >/etc/initramfs/post-update.d/loader
    before=$(snapshot)
    interrupted_at loader-waits TERM /lis/install.sh
    unchanged "$before"
}

case_dry_run_needs_no_root_and_no_log() {
    local before user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    # A room that an ordinary user has started has one user only.
    "${user[@]}" true 2>/dev/null || user=(unshare --user)
    install
    rm /var/log/lis-ng.log
    before=$(snapshot)
    expect 0 'is installed already' "${user[@]}" /lis/install.sh --dry-run
    expect 0 'is installed already' install --dry-run
    expect 0 'would uninstall lis-ng 0.1.0' uninstall --dry-run
    unchanged "$before"
    [[ ! -e /var/log/lis-ng.log ]] || die 'it has written a log'
}

case_a_full_log_is_refused_in_one_line() {
    mount -t tmpfs -o size=64k lis-room /var/log
    head -c 70000 /dev/zero >/var/log/ballast 2>/dev/null || true
    refused 'cannot write /var/log/lis-ng.log: is there room left?' install
    umount /var/log
}

case_depmod_sees_no_copy_of_the_kernels_own() {
    mkdir -p /usr/local/sbin
    printf '#!/bin/sh\nfind /lib/modules -name ".*.ko*" ! -name "*.kept" >>/run/copies\nexec /usr/sbin/depmod "$@"\n' >/usr/local/sbin/depmod
    chmod +x /usr/local/sbin/depmod
    install
    uninstall
    [[ -e /run/copies && ! -s /run/copies ]] || die "depmod finds $(cat /run/copies)"
}

case_the_initramfs_is_made_by_what_serves_new_kernels() {
    local hooks=/etc/kernel/postinst.d
    mkdir -p /usr/local/sbin
    printf '#!/bin/sh\necho dracut >>/run/called\nexit 1\n' >/usr/local/sbin/dracut
    cp /usr/local/sbin/dracut /usr/local/sbin/update-initramfs
    chmod +x /usr/local/sbin/*
    refused 'neither initramfs-tools nor dracut serves new kernels' install
    cp /usr/local/sbin/dracut "$hooks/dracut"
    # mkinitramfs alone is what initramfs-tools-core leaves behind.
    expect 3 'could not be made' install
    [[ -s /run/called ]] || die 'dracut was not called'
    cp /usr/local/sbin/dracut "$hooks/initramfs-tools"
    refused 'both initramfs-tools and dracut serve new kernels' install
    rm "$hooks/dracut"
    expect 0 'is installed for' install
    is_installed "$running" 0.1.0
}
