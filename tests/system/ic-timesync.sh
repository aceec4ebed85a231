# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# time: 90
# The guest's clock is what the host says when it begins and whenever it says so; a sample alone moves nothing.
hour=3600

# ahead: by how many seconds the guest's clock is ahead of the host's.
ahead() {
    service_idle timesync
    echo $(($(date +%s) - $(echo "$result" | sed 's/.*"clock":\([0-9]*\).*/\1/')))
}
is_ahead() { now=$(ahead) && [ "$now" -ge $(($1 - 3)) ] && [ "$now" -le $(($1 + 3)) ]; }

# A clock that nobody has set is not right by chance.
date -s '2001-02-03 04:05' >/dev/null
load hv_utils
wait_for 30 service_ready timesync || fail "the guest does not use the service: $result"
service timesync set '"offset": 0'
has '"result":"ok"' || fail "the guest does not answer well: $result"
has '"version":"4.0"' || fail "not version 4.0: $result"
wait_for 10 is_ahead 0 || fail "the clock is $now s ahead of the host's"

service timesync set '"offset": 3600000'
wait_for 10 is_ahead $hour || fail "after a step of an hour the clock is $now s ahead"
service timesync sample '"offset": 7200000'
sleep 3
is_ahead $hour || fail "after a sample the clock is $now s ahead instead of $hour"
service timesync set '"offset": -31536000000'
wait_for 10 is_ahead -31536000 || fail "after a step back by a year the clock is $now s ahead"
service timesync set '"offset": 0'
wait_for 10 is_ahead 0 || fail "at last the clock is $now s ahead"
note "$result"
has '"violations":[]' || fail "the host complains"
grep -qx hyperv /sys/class/ptp/ptp*/clock_name || fail "there is no PTP clock called hyperv"
