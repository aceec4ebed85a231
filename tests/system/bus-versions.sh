# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# kernels: 6.12 6.1 5.10
# guests: ours
# spread: yes
# cpus: 4
# time: 300
# device: --device=memory,id=dm0
# Hosts of every version: the guest takes the newest that both speak, and a channel works both ways on it, by the
# interrupt page of the old ones and by the event flags of the others.
stat_of() { qmp '{"execute": "query-stats"}' | sed 's/.*"'"$1"'":\([^,}]*\).*/\1/'; }
counter() { awk -v name="$1" '$1 == name { print $2 }' "/sys/kernel/debug/lis_probe/$balloon"; }
reports() { [ "$(counter reports)" -gt 0 ]; }

for version in 0.13 1.1 2.4 3.0 4.0 4.1 5.0 5.1 5.2 5.3 6.0; do
    qmp '{"execute": "bus-limit", "arguments": {"version": "'$version'"}}' >/dev/null || fail "the host knows no $version"
    use_bus
    [ "$(stat_of version)" = $((${version%.*} * 65536 + ${version#*.})) ] || fail "$version: the host counts $(stat_of version)"
    log | grep 'Vmbus version:' | tail -n 1 | grep -q "Vmbus version:${version%.*}\.${version#*.}\$" || fail "$version is not in the log"
    wait_for 10 reports || fail "$version: no report, though a driver is bound"
    [ "$(counter dropped)" -eq 0 ] || fail "$version: $(counter dropped) packets dropped"
    unload lis_probe hv_vmbus
    # Hosts before 1.1 are not told that the guest leaves: they keep all until it contacts them again.
    [ $version = 0.13 ] || [ "$(stat_of gpadls)" = 0 ] || fail "$version: $(stat_of gpadls) GPADLs are left with the host"
    [ "$(stat_of violations)" = '[]' ] || fail "$version: the host complains: $(stat_of violations)"
done
