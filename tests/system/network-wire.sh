# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# hosts: vmm openvmm
# kernels: 6.12 6.1 5.10
# spread: yes
# guests: intree ours
# cpus: 4
# modules: hv_netvsc
# strangers: iperf3
# time: 120
# An adapter on a TAP interface of the machine around, whoever is the host: ping, and TCP and UDP both ways, no
# datagram of which is damaged.
load hv_netvsc
need_nic 01 10.84.0.2/24
snmp() { awk -v row="$1:" -v name="$2" '$1 == row && !n { for (i = 2; i <= NF; i++) if ($i == name) n = i; next }
    $1 == row { print $n }' /proc/net/snmp; }
transfer() {
    what=$1
    shift
    iperf3 --client 10.84.0.1 --time 3 --connect-timeout 10000 "$@" >/tmp/iperf 2>&1 || fail "$what: $(tail -n1 /tmp/iperf)"
    note "$what: $(awk '/ receiver$/ { print $7, $8 }' /tmp/iperf)"
}

wait_for 10 ping -c 1 -W 3 10.84.0.1 >/dev/null || fail "no ping"
ping -c 3 -W 5 -s 1400 10.84.0.1 >/dev/null || fail "no ping of 1400 bytes"
ping -c 3 -W 5 -s 6000 10.84.0.1 >/dev/null || fail "no ping of 6000 bytes, in fragments"
transfer "TCP to the host"
transfer "TCP from the host" --reverse
transfer "UDP to the host" --udp --bitrate 20M
transfer "UDP from the host" --udp --bitrate 20M --reverse
for each in Tcp Udp Icmp; do
    [ "$(snmp $each InCsumErrors)" = 0 ] || fail "$(snmp $each InCsumErrors) bad checksums of $each for the guest"
done
