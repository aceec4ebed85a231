# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# cpus: 4
# modules: hv_netvsc 8021q
# strangers: ethtool iperf3
# time: 240
# An adapter on a TAP interface of the machine around: iperf3 both ways, untagged and on a VLAN, with checksums and
# segmentation left to the host, which leaves them to the interface. Its record shows frames that were not segmented.
load hv_netvsc
load 8021q
need_nic 01 10.84.0.2/24
[ -e "/sys/class/net/$nic.7" ] || vconfig add "$nic" 7 >/dev/null
ip addr show dev "$nic.7" | grep -q 10.84.7.2 || ip addr add 10.84.7.2/24 dev "$nic.7"
ip link set "$nic.7" up
wait_for 10 ping -c 1 -W 3 10.84.0.1 >/dev/null || fail "no ping"
wait_for 10 ping -c 1 -W 3 10.84.7.1 >/dev/null || fail "no ping on the VLAN"

# transfer <what> <address> <options...>: notes what it measured.
transfer() {
    what=$1 to=$2
    shift 2
    iperf3 --client "$to" --time 3 --connect-timeout 10000 "$@" >/tmp/iperf 2>&1 || fail "$what: $(tail -n1 /tmp/iperf)"
    note "$what: $(awk '/ receiver$/ { print $7, $8 }' /tmp/iperf)"
}
large=$(device_count net1 tx-large)
transfer "TCP to the host" 10.84.0.1
[ "$(device_count net1 tx-large)" -gt "$large" ] || fail "the guest has segmented by itself"
transfer "TCP from the host" 10.84.0.1 --reverse
[ "$(device_count net1 tap-received-large)" -gt 0 ] || fail "the interface has segmented for the guest"
tagged=$(device_count net1 tx-tagged)
large=$(device_count net1 tx-large)
transfer "TCP to the host on VLAN 7" 10.84.7.1
[ "$(device_count net1 tx-large)" -gt "$large" ] || fail "the guest has segmented by itself on the VLAN"
[ "$(device_count net1 tx-tagged)" -gt "$tagged" ] || fail "nothing was tagged"
transfer "TCP from the host on VLAN 7" 10.84.7.1 --reverse
[ "$(device_count net1 rx-tagged)" -gt 0 ] || fail "nothing came tagged"
transfer "UDP to the host" 10.84.0.1 --udp --bitrate 20M
transfer "UDP from the host" 10.84.0.1 --udp --bitrate 20M --reverse

# The record, of which the host has written out all when it is asked for its counts.
device_count net1 recorded >/dev/null
wget -q -O - http://10.84.0.1/net1.pcap | head -c 400000 >/tmp/record || :
longest=$(hexdump -v -e '1/1 "%u\n"' /tmp/record | awk '
    function word() { return bytes[0] + 256 * (bytes[1] + 256 * (bytes[2] + 256 * bytes[3])) }
    NR <= 24 { next }
    skip > 0 { skip--; next }
    { header = at % 16; if (header >= 8) bytes[header % 4] = $1; at++ }
    at % 16 == 12 { skip_next = word() }
    at % 16 == 0 { if (word() > longest) longest = word(); skip = skip_next }
    END { print longest + 0 }')
note "longest frame in the record: $longest bytes"
[ "$longest" -gt 1518 ] || fail "the record has no frame longer than $longest bytes"

# Coalesced receive: the guest puts large frames together by itself, when it is asked to and has no VLAN.
vconfig rem "$nic.7" >/dev/null
ethtool -K "$nic" lro on || fail "large receive offload does not go on"
transfer "TCP from the host, coalesced" 10.84.0.1 --reverse
[ "$(device_count net1 rx-coalesced)" -gt 0 ] || fail "nothing came coalesced"
ethtool -K "$nic" lro off
note "$(device_count net1 tx-frames) sent ($(device_count net1 tx-large) large), $(device_count net1 rx-frames) received," \
    "$(device_count net1 rx-no-buffer) found no buffer"
[ "$(device_count net1 faults)" = 0 ] || fail "$(device_count net1 faults) faults of the guest"
