# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# cpus: 4
# modules: hv_netvsc 8021q
# strangers: ethtool
# time: 150
# An adapter whose host answers by itself: ping, UDP and TCP over IPv4 and IPv6, untagged and on a VLAN. Both sides judge
# the checksums: the host always, the guest where its adapter is told not to.
load hv_netvsc
need_nic 00 10.83.0.2/24
ip addr show dev "$nic" | grep -q fd83::2 || ip addr add fd83::2/64 dev "$nic"
[ "$(device_count net0 nvsp-version)" = 393217 ] || fail "not NVSP 6.1 but $(device_count net0 nvsp-version)"
[ "$(device_count net0 channels-open)" -ge 2 ] || fail "no sub-channel"
ethtool -k "$nic" | grep -E 'checksumming:|tcp-segmentation-offload:|tcp6-segm|large-rec' >/tmp/offloads
for each in 'rx-checksumming: on' 'tx-checksumming: on' 'tcp-segmentation-offload: on'; do
    grep -q "^$each" /tmp/offloads || fail "not $each: $(cat /tmp/offloads)"
done

snmp() { awk -v row="$1:" -v name="$2" '$1 == row && !n { for (i = 2; i <= NF; i++) if ($i == name) n = i; next }
    $1 == row { print $n }' /proc/net/snmp; }
no_bad_checksums() {
    bad=$(device_count net0 responder-bad-checksums)
    [ "$bad" = 0 ] || fail "$bad bad checksums of the guest's"
    for each in Tcp Udp Icmp; do
        [ "$(snmp $each InCsumErrors)" = 0 ] || fail "$(snmp $each InCsumErrors) bad checksums of $each for the guest"
    done
}
# echo_tcp <address> <KiB>: what comes back is what went.
echo_tcp() {
    dd if=/dev/urandom of=/tmp/sent bs=1k count="$2" 2>/dev/null
    # Both directions are open until all has come back.
    { cat /tmp/sent; wait_for 30 came_back "$2"; } | nc -w 10 "$1" 7 >/tmp/came &
    wait $! || fail "no TCP to $1"
    cmp /tmp/sent /tmp/came || fail "TCP echo of $1 is not what was sent"
}
came_back() { [ "$(stat -c %s /tmp/came)" -ge $(($1 * 1024)) ]; }
# Nobody's name is known, but the answer is taken by a socket.
echo_udp() {
    before=$(snmp Udp InDatagrams)
    timeout 10 nslookup lis.example "$1" >/dev/null 2>&1 || :
    [ "$(snmp Udp InDatagrams)" -gt "$before" ] || fail "no UDP from $1"
}

for receive in on off; do
    ethtool -K "$nic" rx $receive || fail "rx checksumming does not go $receive"
    ping -c 3 -W 5 10.83.0.1 >/tmp/ping || fail "no ping: $(tail -n2 /tmp/ping)"
    ping -c 2 -W 5 -s 1400 10.83.0.1 >/dev/null || fail "no ping of 1400 bytes"
    wait_for 10 ping6 -c 2 -W 5 fd83::1 >/dev/null || fail "no ping over IPv6"
    echo_udp 10.83.0.1
    echo_tcp 10.83.0.1 512
    echo_tcp fd83::1 128
    no_bad_checksums
done
ethtool -K "$nic" rx on

large=$(device_count net0 tx-large)
[ "$large" -gt 0 ] || fail "nothing was sent to be segmented"
[ "$(device_count net0 tx-checksums)" -gt 0 ] || fail "no checksum was left to the host"
# The host has made segments of them, of the largest MTU that there was in other scenarios at most.
[ "$(device_count net0 responder-largest)" -le 9014 ] || fail "a frame of $(device_count net0 responder-largest) bytes"

# Without segmentation and checksums of the host's.
ethtool -K "$nic" tso off tx off >/dev/null || fail "offloads do not go off"
large=$(device_count net0 tx-large)
echo_tcp 10.83.0.1 128
[ "$(device_count net0 tx-large)" = "$large" ] || fail "still segmented"
ethtool -K "$nic" tx on tso on >/dev/null || fail "offloads do not go on"

load 8021q
[ -e "/sys/class/net/$nic.7" ] || vconfig add "$nic" 7 >/dev/null
ip addr show dev "$nic.7" | grep -q 10.83.7.2 || ip addr add 10.83.7.2/24 dev "$nic.7"
ip link set "$nic.7" up
tagged=$(device_count net0 tx-tagged)
ping -c 3 -W 5 10.83.7.1 >/dev/null || fail "no ping on the VLAN"
echo_tcp 10.83.7.1 256
[ "$(device_count net0 tx-tagged)" -gt "$tagged" ] || fail "nothing was tagged"
[ "$(device_count net0 rx-tagged)" -gt 0 ] || fail "nothing came tagged"
no_bad_checksums
vconfig rem "$nic.7" >/dev/null

note "$(device_count net0 tx-frames) sent ($(device_count net0 tx-large) large), $(device_count net0 rx-frames) received"
[ "$(device_count net0 faults)" = 0 ] || fail "$(device_count net0 faults) faults of the guest"
[ "$(device_count net0 rx-no-buffer)" = 0 ] || fail "$(device_count net0 rx-no-buffer) frames found no buffer"
