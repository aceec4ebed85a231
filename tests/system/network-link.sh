# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# cpus: 4
# modules: hv_netvsc
# strangers: ethtool
# time: 150
# What the host does to an adapter that is up, and what the guest's administrator does: cable, speed, another network, a
# virtual function announced, MTU, number of channels, address, unbind.
load hv_netvsc
need_nic 00 10.83.0.2/24
command() { qmp "{\"execute\": \"network-$1\", \"arguments\": {\"id\": \"net0\"${2:+, $2}}}" >/dev/null || fail "no $1"; }
answers() { ping -c 1 -W 3 10.83.0.1 >/dev/null; }
no_carrier() { ! has_carrier "$nic"; }
speed() { [ "$(cat "/sys/class/net/$nic/speed")" = "$1" ]; }
open_channels() { [ "$(device_count net0 channels-open)" = "$1" ]; }
wait_for 10 answers || fail "no ping"

command link '"up": false'
wait_for 10 no_carrier || fail "the cable is out, and there is a carrier"
if answers; then fail "ping without a cable"; fi
command link '"up": true'
wait_for 15 has_carrier "$nic" || fail "the cable is in, and there is no carrier"
wait_for 10 answers || fail "no ping after the cable was in again"

wait_for 5 speed 10000 || fail "speed $(cat "/sys/class/net/$nic/speed")"
command link '"mbits": 2500'
wait_for 10 speed 2500 || fail "speed $(cat "/sys/class/net/$nic/speed") instead of 2500"
command link '"mbits": 10000'

changes=$(cat "/sys/class/net/$nic/carrier_changes")
command change
changed() { [ "$(cat "/sys/class/net/$nic/carrier_changes")" -ge $((changes + 2)) ]; }
wait_for 15 changed || fail "another network, and the carrier has not gone and come"
wait_for 10 answers || fail "no ping on the other network"

command vf '"allocated": true, "serial": 7'
answers || fail "no ping while a virtual function is announced"
command vf '"allocated": false'
answers || fail "no ping after the virtual function"

# The guest leaves NVSP and comes anew each time.
for mtu in 4000 9000 1500; do
    ip link set "$nic" mtu $mtu || fail "no MTU of $mtu"
    wait_for 15 has_carrier "$nic" || fail "no carrier with MTU $mtu"
    wait_for 10 answers || fail "no ping with MTU $mtu"
    [ "$(device_count net0 mtu)" = $mtu ] || fail "the host has MTU $(device_count net0 mtu), not $mtu"
    ping -c 2 -W 5 -s $((mtu - 28)) 10.83.0.1 >/dev/null || fail "no ping of $mtu bytes"
done

for channels in 1 2; do
    [ "$channels" -le "$(nproc)" ] || break
    ethtool -L "$nic" combined $channels || [ "$(ethtool -l "$nic" | awk '/^Combined/ { n = $2 } END { print n }')" = $channels ] ||
        fail "no $channels channels"
    wait_for 15 open_channels $channels || fail "$(device_count net0 channels-open) channels are open, not $channels"
    wait_for 10 answers || fail "no ping with $channels channels"
done

for address in 00:15:5d:00:02:00 00:15:5d:00:01:00; do
    ip link set "$nic" down
    ip link set "$nic" address $address || fail "the address does not change to $address"
    ip link set "$nic" up
    wait_for 10 answers || fail "no ping as $address"
done

device=$(basename "$(readlink "/sys/class/net/$nic/device")")
echo "$device" >/sys/bus/vmbus/drivers/hv_netvsc/unbind
[ ! -e "/sys/class/net/$nic" ] || fail "unbound, and there is $nic"
wait_for 10 open_channels 0 || fail "unbound, and $(device_count net0 channels-open) channels are open"
echo "$device" >/sys/bus/vmbus/drivers/hv_netvsc/bind
need_nic 00 10.83.0.2/24
wait_for 10 answers || fail "no ping after it was bound again"
[ "$(device_count net0 faults)" = 0 ] || fail "$(device_count net0 faults) faults of the guest"
