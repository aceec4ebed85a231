# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# kernels: 6.12
# hosts: qemu openvmm
# cpus: 4
# guests: ours
# strangers: lsvmbus
# time: 120
# The kernel's own lsvmbus, unmodified, reads our sysfs, and ours prints the same.
load hv_vmbus
load lis_probe
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -n "$(device_of_class $offered)" ]' || fail "the offer of class $offered has not become a device"
# Of a device without a driver ours says more. Each is bound when this returns.
for device in "$devices"/*; do
    tr -d '{}' <"$device/class_id" >/sys/bus/vmbus/drivers/lis_probe/new_id
    [ -e "$device/driver" ] || fail "$device is not bound"
done

for options in "" -v -vv; do
    # shellcheck disable=SC2086 # none or one
    {
        python3 /usr/sbin/lsvmbus $options >/tmp/theirs || fail "the kernel's lsvmbus $options fails"
        sh /tools/lsvmbus $options >/tmp/ours || fail "our lsvmbus $options fails"
    }
    sed 's/^/  /' /tmp/theirs
    grep -q 'VMBUS ID' /tmp/theirs || fail "lsvmbus $options lists nothing"
    diff /tmp/theirs /tmp/ours || fail "lsvmbus $options differs"
done
