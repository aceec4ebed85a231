# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# kernels: 6.12
# cpus: 4
# guests: ours
# strangers: lsvmbus
# time: 120
# The kernel's own lsvmbus, unmodified, reads our sysfs, and ours prints the same.
dynamic_memory=525074dc-8985-46e2-8057-a307dc18a502

load hv_vmbus
load lis_probe
echo $dynamic_memory >/sys/bus/vmbus/drivers/lis_probe/new_id
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -e "$devices/$(device_of_class $dynamic_memory)/driver" ]' || fail "the balloon's device is not bound"

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
