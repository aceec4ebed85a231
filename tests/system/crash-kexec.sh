# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# kernels: 6.12 6.1 5.10
# cpus: 4 1
# intree: asked
# strangers: kexec
# second-kernel: yes
# timeline: contact offers open (close )?unload left contact offers open (close )?(unload left )?off
# time: 90
# long: yes
# Kexec: the host is told that the first kernel's bus goes, and the second kernel's connects and finds the same devices.
use_bus
if second; then
    [ "$(ls "$devices")" = "$(cat /root/devices)" ] || fail "devices $(ls "$devices"), in the first kernel $(cat /root/devices)"
    return 0
fi

ls "$devices" >/root/devices
load_second -l
kexec -e
fail "still in the first kernel"
