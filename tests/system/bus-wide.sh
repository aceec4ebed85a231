# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# kernels: 6.12
# cpus: 64
# long: yes
# time: 1500
# append: cpuhp.parallel=0
# device: --device=memory,id=dm0
# All of them at once would spin on one emulated CPU until the last has started.
# 64 CPUs: each has its SynIC, and they leave and come back while a channel works.
stat_of() { qmp '{"execute": "query-stats"}' | sed 's/.*"'"$1"'":\([^,}]*\).*/\1/'; }

[ "$(nproc)" -eq 64 ] || fail "$(nproc) CPUs"
use_bus
gone=''
for cpu in 63 40 17; do
    if echo 0 >"/sys/devices/system/cpu/cpu$cpu/online" 2>/dev/null; then gone="$gone $cpu"; fi
done
[ -n "$gone" ] || fail "no CPU may leave"
for cpu in $gone; do echo 1 >"/sys/devices/system/cpu/cpu$cpu/online" || fail "CPU $cpu does not come back"; done
[ "$(nproc)" -eq 64 ] || fail "$(nproc) CPUs afterwards"
[ "$(stat_of violations)" = '[]' ] || fail "the host complains: $(stat_of violations)"
[ "$GUEST" = intree ] || unload lis_probe hv_vmbus
