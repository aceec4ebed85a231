# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# kernels: kasan
# guests: ours
# cpus: 2
# time: 240
# device: --device=memory,id=dm0
# device: --device=echo,id=echo0,class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21
# device: --device=echo,id=echo1,class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21
# A host that attacks the guest, from several seeds, while devices come and go and the bus is loaded and unloaded:
# the guest lives (an answer that never comes costs it a minute), and on an honest host afterwards all is as it should be.
class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21
memory=525074dc-8985-46e2-8057-a307dc18a502

status_of() { qmp '{"execute": "hostile-status"}' | sed 's/.*"'"$1"'":\([^,}]*\).*/\1/'; }
use_probe() {
    load hv_vmbus
    load lis_probe
    # A device without a driver, or none at all, is the host's doing.
    echo $memory >/sys/bus/vmbus/drivers/lis_probe/new_id
    echo $class >/sys/bus/vmbus/drivers/lis_probe/new_id
}
# Opens and closes every channel.
rebind() {
    for device in "$devices"/*; do
        [ -e "$device/driver" ] || continue
        name=${device##*/}
        echo "$name" >/sys/bus/vmbus/drivers/lis_probe/unbind 2>/dev/null || true
        echo "$name" >/sys/bus/vmbus/drivers/lis_probe/bind 2>/dev/null || true
    done
}
# The driver may be away, and the host itself may have given the connection up.
ask() { qmp "$1" >/dev/null 2>&1 || true; }

for seed in 1 2 3; do
    qmp '{"execute": "hostile-start", "arguments": {"seed": '$seed', "rate": '$((1 + seed))'}}' >/dev/null
    # A bus that was refused its connection is loaded once more.
    modprobe hv_vmbus || modprobe hv_vmbus || note "seed $seed: no connection"
    if loaded hv_vmbus; then
        use_probe
        round=1
        while [ $round -le 2 ]; do
            ask '{"execute": "device_add", "arguments": {"driver": "echo", "id": "extra", "class": "'$class'"}}'
            target=1
            while [ $target -le 20 ]; do
                ask '{"execute": "memory-target", "arguments": {"id": "dm0", "mib": '$((300 + target))'}}'
                target=$((target + 1))
            done
            rebind
            ask '{"execute": "device_del", "arguments": {"id": "extra"}}'
            round=$((round + 1))
        done
        unload lis_probe hv_vmbus
    fi
    note "seed $seed: $(qmp '{"execute": "hostile-status"}')"
done
attacked=$(($(status_of messages) + $(status_of packets)))
[ $attacked -ge 10 ] || fail "only $attacked messages and packets were attacked"

# Honest again: everything is there, works, and is given back.
qmp '{"execute": "hostile-stop"}' >/dev/null
[ "$(status_of attacks)" = false ] || fail "the host goes on attacking"
use_probe
all_bound() { [ "$(find /sys/bus/vmbus/drivers/lis_probe/ -type l -name '*-*' | wc -l)" -eq 3 ]; }
wait_for 20 all_bound || fail "not all three devices have their driver"
probe_of() { awk -v name="$1" '$1 == name { print $2 }' "/sys/kernel/debug/lis_probe/$(device_of_class $memory)"; }
reports() { [ "$(probe_of reports)" -gt 2 ]; }
wait_for 20 reports || fail "the balloon's device does not report"
unload lis_probe hv_vmbus
[ "$(status_of gpadls)" = 0 ] || fail "$(status_of gpadls) GPADLs are left with the host"
