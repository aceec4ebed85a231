# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# kernels: 6.12 6.1 5.10
# spread: yes
# intree: long
# cpus: 4
# time: 400
# device: --device=echo,id=first,class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21
# A thousand devices: each gets its place in sysfs, and all go when the host takes them away.
class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21
crowd=1000

count() { find "$devices" -mindepth 1 -maxdepth 1 | wc -l; }
has() { [ "$(count)" -eq "$1" ]; }
stat_of() { qmp '{"execute": "query-stats"}' | sed 's/.*"'"$1"'":\([^,}]*\).*/\1/'; }

load hv_vmbus
wait_for 20 has 1 || fail "no device of the host"
qmp '{"execute": "device_add", "arguments": {"driver": "echo", "class": "'$class'", "count": '$crowd'}}' >/dev/null || fail "the host adds no devices"
wait_for 120 has $((crowd + 1)) || fail "$(count) devices of $((crowd + 1))"
[ "$(cat "$devices"/*/id | sort -u | wc -l)" -eq $((crowd + 1)) ] || fail "two devices with one number"
qmp '{"execute": "device_del", "arguments": {"driver": "echo"}}' >/dev/null || fail "the host removes no devices"
wait_for 120 has 0 || fail "$(count) devices stay"
# In the middle of coming, going.
qmp '{"execute": "device_add", "arguments": {"driver": "echo", "class": "'$class'", "count": '$crowd'}}' >/dev/null || fail "the host adds no devices"
qmp '{"execute": "device_del", "arguments": {"driver": "echo"}}' >/dev/null || fail "the host removes no devices"
wait_for 120 has 0 || fail "$(count) devices stay"
[ "$(stat_of violations)" = '[]' ] || fail "the host complains: $(stat_of violations)"
