# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# spread: yes
# boots: 2
# time: 60
# The host asks for a restart, and the guest starts again; its services come back.
load hv_utils
wait_for 30 service_ready shutdown || fail "the guest does not use the service: $result"
if [ "$BOOT" = 1 ]; then
    mkdir -p /sbin
    printf '#!/bin/sh\nexec /bin/reboot -f\n' >/sbin/reboot
    chmod +x /sbin/reboot
    again
    service shutdown request '"what": "restart"'
    has '"result":"ok"' || fail "the guest refuses: $result"
    sleep 30
    fail "the guest runs on"
fi
has '"violations":[]' || fail "the host complains: $result"
