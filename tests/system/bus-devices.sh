# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: vmm
# kernels: 6.12 6.1 5.10
# cpus: 4
# time: 120
# device: --device=echo,class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21
# On the newest version that both speak: devices of the host come and go while the guest runs.
class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21

has() {
    wanted=$1
    set -- "$devices"/*
    [ -e "$1" ] && [ $# -eq "$wanted" ]
}
opened() { [ "$(cat /sys/kernel/debug/lis_probe/*1 | awk '$1 == "events" { print $2 }')" -gt 0 ]; }
stat_of() { qmp '{"execute": "query-stats"}' | sed 's/.*"'"$1"'":\([^,}]*\).*/\1/'; }

load hv_vmbus
wait_for 10 has 1 || fail "no device of the host"
case $GUEST in
ours) log | grep -q 'Vmbus version:6\.0' || fail "not version 6.0" ;;
esac

round=1
while [ $round -le 5 ]; do
    answer=$(qmp '{"execute": "device_add", "arguments": {"driver": "echo", "class": "'$class'"}}') || fail "the host adds no device"
    id=${answer##*\"id\":\"}
    id=${id%%\"*}
    wait_for 10 has 2 || fail "round $round: no second device"
    if [ "$GUEST" = ours ] && [ $round -eq 1 ]; then
        load lis_probe
        echo $class >/sys/bus/vmbus/drivers/lis_probe/new_id
        wait_for 10 opened || fail "the second device has not been opened"
    fi
    qmp '{"execute": "device_del", "arguments": {"id": "'"$id"'"}}' >/dev/null || fail "the host removes no device"
    wait_for 10 has 1 || fail "round $round: the device stays"
    round=$((round + 1))
done
[ "$(stat_of violations)" = '[]' ] || fail "the host complains: $(stat_of violations)"
if [ "$GUEST" = ours ]; then
    unload lis_probe hv_vmbus
    [ "$(stat_of gpadls)" = 0 ] || fail "$(stat_of gpadls) GPADLs are left with the host"
fi
