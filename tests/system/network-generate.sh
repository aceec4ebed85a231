# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# cpus: 4
# modules: hv_netvsc
# time: 60
# Frames that nobody asked for: all that the host has given to the guest have come, on every channel, and all of the
# receive buffer is the host's again afterwards.
load hv_netvsc
need_nic 02 192.0.2.2/24
count() { cat "/sys/class/net/$nic/statistics/rx_packets"; }
idle() { [ "$(device_count net2 generator-sent)" -ge $((sent + 3000)) ]; }
sent=$(device_count net2 generator-sent)
lost=$(device_count net2 generator-lost)
before=$(count)
qmp '{"execute": "network-generate", "arguments": {"id": "net2", "frames": 3000, "per-second": 2000, "bytes": 64}}' >/dev/null ||
    fail "it does not generate"
wait_for 30 idle || fail "$(($(device_count net2 generator-sent) - sent)) frames of 3000"
[ "$(device_count net2 generator-lost)" = "$lost" ] || fail "$(device_count net2 generator-lost) frames are lost"
came() { [ "$(count)" -ge $((before + 3000)) ]; }
wait_for 10 came || fail "$(($(count) - before)) of 3000 frames have come"
all_back() { [ "$(device_count net2 free-sections)" = "$(device_count net2 sections)" ]; }
wait_for 5 all_back || fail "$(device_count net2 free-sections) of $(device_count net2 sections) sections are back"
[ "$(device_count net2 rss)" = 1 ] || fail "no receive-side scaling"
[ "$(device_count net2 faults)" = 0 ] || fail "$(device_count net2 faults) faults of the guest"
