# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# kernels: 6.12 6.1 5.10
# cpus: 4
# intree: asked
# boots: 2
# spread: yes
# timeline: contact offers open panic unload left reset contact offers open (close )?(unload left )?off
# time: 60
# A panic: the host hears of it once, then that the bus goes, and the guest is reset without delay. The CPU that panics
# is not the one that the host answers to. That one is stopped with its tick armed, which expires before the answer comes.
use_bus
[ "$BOOT" -eq 1 ] || return 0

last=$((CPUS - 1))
# shellcheck disable=SC2046 # a list
keep_busy $(seq 0 $((last - 1)))
sleep 2
echo 1 >/proc/sys/kernel/sysrq
again
taskset -c $last sh -c 'echo c >/proc/sysrq-trigger'
