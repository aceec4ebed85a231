# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# hosts: qemu openvmm
# The bus connects to the host and says which version they speak.
load hv_vmbus
wait_for 10 eval 'log | grep -q "Vmbus version:[0-9]"' || fail "no version negotiated"
note "$(log | grep -o 'Vmbus version:.*')"
[ -d /sys/bus/vmbus/drivers ] || fail "no bus in sysfs"
[ "$(bus_interrupts)" -gt 0 ] || fail "no interrupt of the bus"
