# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: ours intree
# intree: asked
# cpus: 4
# modules: hv_netvsc
# strangers: ethtool iperf3
# soak: yes
# time: 120
# An adapter under load while its cable, its MTU, its channels and rings change, and it goes down and comes up: what was
# begun ends, nothing stands still, and the host has nothing to complain of. At last the host takes it away under load
# and gives it back.
load hv_netvsc
need_nic 00 10.83.0.2/24
need_nic 01 10.84.0.2/24
answers() { ping -c 1 -W 3 10.84.0.1 >/dev/null && ping -c 1 -W 3 10.83.0.1 >/dev/null; }
wait_for 10 answers || fail "no ping before"
stop_load() {
    touch /run/stop
    wait
}
trap stop_load EXIT

rm -f /run/stop
: >/run/transfers
: >/run/pings
# Both ways at a time; a connection may break while the adapter is down.
while [ ! -e /run/stop ]; do
    if timeout 20 iperf3 --client 10.84.0.1 --time 2 --connect-timeout 2000 --bidir >/dev/null 2>&1; then
        echo 1 >>/run/transfers
    fi
done &
while [ ! -e /run/stop ]; do
    if ping -c 1 -W 1 -s 1400 10.83.0.1 >/dev/null; then echo 1 >>/run/pings; fi
done &

lines() { wc -l <"/run/$1"; }
further() { [ "$(lines transfers)" -gt "$1" ] && [ "$(lines pings)" -gt "$2" ]; }
rounds=0
end=$(($(date +%s) + SOAK))
while [ "$rounds" -lt 1 ] || [ "$(date +%s)" -lt "$end" ]; do
    for each in 00 01; do
        nic=$(nic $each)
        ip link set "$nic" mtu 4000 || fail "no MTU of 4000"
        ip link set "$nic" mtu 1500 || fail "no MTU of 1500"
        ethtool -L "$nic" combined 1 || fail "not one channel"
        ethtool -L "$nic" combined 4 || fail "not four channels"
        ethtool -G "$nic" rx 200 || fail "no smaller ring"
        ethtool -G "$nic" rx 2000 || fail "no larger ring"
        ip link set "$nic" down
        ip link set "$nic" up
        ethtool -K "$nic" tso off tx off >/dev/null
        ethtool -K "$nic" tx on tso on >/dev/null
    done
    qmp '{"execute": "network-link", "arguments": {"id": "net0", "up": false}}' >/dev/null || fail "the cable does not go out"
    qmp '{"execute": "network-link", "arguments": {"id": "net0", "up": true}}' >/dev/null || fail "the cable does not go in"
    wait_for 60 further "$(lines transfers)" "$(lines pings)" ||
        fail "round $rounds: $(lines transfers) transfers, $(lines pings) pings: one of them stands still"
    rounds=$((rounds + 1))
done
note "$rounds rounds, $(lines transfers) transfers, $(lines pings) pings"
for each in net0 net1; do
    [ "$(device_count $each faults)" = 0 ] || fail "$(device_count $each faults) faults of the guest on $each"
done

index=$(cat "/sys/class/net/$(nic 01)/ifindex")
qmp '{"execute": "scenario", "arguments": {"name": "device-reset"}}' >/dev/null || fail "the host takes nothing away"
is_another() { nic=$(nic 01) && [ "$(cat "/sys/class/net/$nic/ifindex")" != "$index" ]; }
wait_for 30 is_another || fail "taken away, and it has not come back"
need_nic 00 10.83.0.2/24
need_nic 01 10.84.0.2/24
wait_for 10 answers || fail "no ping after it came back"
wait_for 60 further "$(lines transfers)" "$(lines pings)" || fail "no traffic after it came back"
