# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# spread: yes
# host: "reason":"guest-shutdown"
# time: 90
# The host asks, and the guest powers off: the kernel runs /sbin/poweroff, and only that says that all is well.
load hv_utils
wait_for 30 service_ready shutdown || fail "the guest does not use the service: $result"
has '"version":"3.2"' || fail "not version 3.2: $result"

mkdir -p /sbin
cat >/sbin/poweroff <<POWEROFF
#!/bin/sh
exec >/dev/ttyS1 2>&1
echo "  the kernel runs \$0 \$*"
echo "LIS-TEST pass ic-shutdown \$(cut -d. -f1 /proc/uptime)"
echo "LIS-DONE 0"
sleep 1
/bin/poweroff -f
POWEROFF
chmod +x /sbin/poweroff
service shutdown request '"what": "power-off", "text": "that is all"'
has '"result":"ok"' || fail "the guest refuses: $result"
has '"violations":[]' || fail "the host complains: $result"
sleep 30
fail "the guest runs on"
