# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# hosts: qemu openvmm
# guests: ours
# The bus leaves: nothing of it stays in sysfs, and the host sends no more interrupts.
load hv_vmbus
wait_for 10 eval 'log | grep -q "Vmbus version"' || fail "no version negotiated"
unload hv_vmbus
[ ! -e /sys/bus/vmbus ] || fail "/sys/bus/vmbus is still there"
before=$(bus_interrupts)
sleep 2
[ "$(bus_interrupts)" -eq "$before" ] || fail "interrupts after unloading"
