# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# hosts: vmm openvmm
# kernels: 6.12 6.1 5.10
# spread: yes
# guests: intree
# cpus: 4
# time: 60
# Whoever is the host: guest and host agree on versions of the services, and the clock that nobody has set becomes right.
unload hv_utils
date -s '2001-02-03 04:05' >/dev/null
load hv_utils
for each in 'Shutdown IC version 3.2' 'TimeSync IC version 4.0'; do
    # shellcheck disable=SC2016 # evaluated later
    wait_for 30 eval 'dmesg | grep -q "$each"' || fail "no $each: $(dmesg | grep 'IC version')"
done
clock_is_right() { [ "$(date +%Y)" -ge 2025 ]; }
wait_for 30 clock_is_right || fail "the clock says $(date)"
note "$(date)"
