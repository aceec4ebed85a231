# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# In the emulated machine, for tests/bench/devices: the other end of adapter net1's cable, with an iperf3 server; and
# for the profile, in vmm.log, where the functions of its kernel are.
tunctl -t lis0 >/dev/null
ip addr add 10.84.0.1/24 dev lis0
ip link set lis0 up
/strangers/lib64/ld-linux-x86-64.so.2 --library-path /strangers/usr/lib/x86_64-linux-gnu /strangers/usr/bin/iperf3 \
    --server --daemon
echo "L1-RELEASE $(uname -r)" >/dev/ttyS2
sed -n 's/^[0-9a-f]* [tTwW] /L1-SYMBOL &/p' /proc/kallsyms >/dev/ttyS2
