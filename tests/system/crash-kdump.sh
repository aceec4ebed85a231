# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# kernels: 6.12 6.1 5.10
# cpus: 4
# intree: asked
# strangers: kexec
# second-kernel: yes
# boots: 2
# append: crashkernel=192M
# timeline: contact offers open unload left contact offers open (close )?reset contact offers open panic unload left contact offers open (close )?(unload left )?off
# time: 90
# long: yes
# Kdump: the bus is left before the second kernel's connects to it and finds the same devices. First without the panic
# notifiers, when the other CPUs still run and the host hears of no panic; then behind them, when they are stopped.
use_bus
if second; then
    [ -e /proc/vmcore ] || fail "this is no crash kernel"
    [ "$(ls "$devices")" = "$(cat /root/devices)" ] || fail "devices $(ls "$devices"), in the first kernel $(cat /root/devices)"
    [ "$BOOT" -eq 1 ] || return 0
    again
    reboot -f
fi

ls "$devices" >/root/devices
load_second -p nr_cpus=1 reset_devices
if [ "$BOOT" -eq 1 ]; then after=N; else after=Y; fi
echo $after >/sys/module/kernel/parameters/crash_kexec_post_notifiers
last=$((CPUS - 1))
# shellcheck disable=SC2046 # a list
keep_busy $(seq 0 $((last - 1)))
sleep 2
echo 1 >/proc/sys/kernel/sysrq
taskset -c $last sh -c 'echo c >/proc/sysrq-trigger'
