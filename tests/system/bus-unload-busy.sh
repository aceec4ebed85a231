# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# cpus: 4
# time: 240
# kernels: 6.12 6.1 5.10 kasan rt
# device: --device=memory,id=dm0
# long: yes
# intree: asked
# The bus leaves while interrupts arrive: the host offers and rescinds fifty devices at a time, a driver binds and lets
# go, on another CPU in each round. Nothing crashes, no page stays behind, and the bus comes back. The kernel's own bus, which often
# does not survive it, has no driver here: its hv_balloon cannot be unloaded.
dynamic_memory=525074dc-8985-46e2-8057-a307dc18a502
driver=/sys/bus/vmbus/drivers/lis_probe
rounds=8

ledger() { awk -v name="$1" '$1 == name { print $2 }' /sys/kernel/debug/hv_vmbus/ledger; }
memory() {
    echo 3 >/proc/sys/vm/drop_caches
    awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}

# Both end with the scenario, whatever its end.
# Binding opens a channel, a dozen messages and interrupts; what is there to bind to comes and goes.
binder() {
    set +e # there is not always something to bind
    while kill -0 $$; do
        echo "$device" >$driver/unbind
        echo "$device" >$driver/bind
    done 2>/dev/null
}

# The only one here that talks to the host.
crowd() {
    while kill -0 $$; do
        qmp '{"execute": "device_add", "arguments": {"driver": "echo", "class": "6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21", "count": 50}}' >/dev/null
        qmp '{"execute": "device_del", "arguments": {"driver": "echo"}}' >/dev/null
    done 2>/dev/null
}

load hv_vmbus
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -n "$(device_of_class $dynamic_memory)" ]' || fail "the balloon's offer has not become a device"
device=$(device_of_class $dynamic_memory)
unload hv_vmbus

busy=''
if [ "$GUEST" = ours ]; then
    binder &
    busy="$busy $!"
fi
crowd &
busy="$busy $!"
# shellcheck disable=SC2086 # a list
trap 'kill $busy 2>/dev/null' EXIT

round=1
while [ "$round" -le $rounds ]; do
    before=$(bus_interrupts)
    load hv_vmbus
    if [ "$GUEST" = ours ]; then
        load lis_probe cpu=$((round % 4))
        echo $dynamic_memory >$driver/new_id
    fi
    # Another moment of the binder's work in each round.
    usleep $((round * 100000))
    if [ "$GUEST" = ours ]; then
        rmmod lis_probe || fail "round $round: cannot unload lis_probe"
        for left in shared with_host abandoned; do
            [ "$(ledger $left)" -eq 0 ] || fail "round $round: $(ledger $left) pages are $left"
        done
    fi
    rmmod hv_vmbus || fail "round $round: cannot unload hv_vmbus"
    [ "$(bus_interrupts)" -gt $((before + 100)) ] || fail "round $round: only $(($(bus_interrupts) - before)) interrupts"
    note "round $round"
    [ "$round" -ne 2 ] || early=$(memory)
    round=$((round + 1))
done
late=$(memory)
note "$(bus_interrupts) interrupts; MemAvailable after 2 rounds $early kB, after $rounds $late kB"
allowed=1024
# The sanitizer keeps freed memory in a quarantine of 1/32 of all.
[ "$KERNEL" != kasan ] || allowed=$((allowed + late / 16))
[ $((early - late)) -le $allowed ] || fail "$((early - late)) kB lost"
