#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1091,SC2154,SC2086,SC3045
#
# In the guest, for tests/bench/boot: one sample, then a restart for the next one. Loads our bus and driver
# in odd starts, the kernel's own in even ones, from plain files. Marks:
#   BENCH <start> <side> <mark> <seconds>      by the kernel's clock: begin, offered, bound
#   BENCH <start> <side> stats <n> <JSON>      KVM's counts of all vCPUs: 1 and 2 right behind each other, so that
#                                              the cost of asking is known, then 3 when all is bound
. /lib/lis.sh
counts='"exits", "hypercalls", "io_exits", "irq_injections", "insn_emulation", "halt_exits"'
ask='{"execute": "query-stats", "arguments": {"target": "vcpu", "providers": [{"provider": "kvm", "names": ['$counts']}]}}'

mark() { echo "BENCH $1" >/dev/kmsg; }

if [ $((BOOT % 2)) = 1 ]; then side=ours; else side=intree; fi

# The console is a port at a byte an exit: what is logged would be what is measured.
dmesg -n 1
# What the monitor said before this port was raw came back to it, and it complains of that first.
tries=5
until qmp '{"execute": "query-status"}' >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "no monitor"
done
sleep 3
while read -r -t 1 _ <&8; do :; done
first=$(qmp "$ask") || fail "no counts"
second=$(qmp "$ask")

mark begin
insmod "/bench/$side/hv_vmbus.ko" || fail "cannot load the bus"
mark offered
if [ "$side" = ours ]; then
    insmod /bench/ours/lis_probe.ko || fail "cannot load the driver"
    echo 525074dc-8985-46e2-8057-a307dc18a502 >/sys/bus/vmbus/drivers/lis_probe/new_id
else
    insmod /bench/intree/hv_balloon.ko || fail "cannot load the driver"
fi
mark bound
third=$(qmp "$ask")

found=''
for device in "$devices"/*; do
    [ -e "$device/driver" ] || fail "$device has no driver when all should be bound"
    found=1
done
[ "$found" ] || fail "the host has offered nothing"
dmesg | sed -nE "s/^\[ *([0-9.]+)\].*BENCH ([a-z]+)$/BENCH $BOOT $side \2 \1/p"
echo "BENCH $BOOT $side stats 1 $first"
echo "BENCH $BOOT $side stats 2 $second"
echo "BENCH $BOOT $side stats 3 $third"
if [ "$BOOT" -lt "$BOOTS" ]; then reboot -f; fi
