# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# time: 90
# The guest answers the host's heartbeat, beat after beat with the next number.
alive() { service_idle heartbeat && has '"alive":true'; }
sequence() { echo "$result" | sed 's/.*"sequence":\([0-9]*\).*/\1/'; }
further() { alive && [ "$(sequence)" -ge $((first + 3)) ]; }

load hv_utils
wait_for 30 alive || fail "no heartbeat: $result"
first=$(sequence)
wait_for 30 further || fail "the heartbeat has stopped: $result"
note "$result"
has '"version":"3.0"' || fail "not version 3.0"
has '"violations":[]' || fail "the host complains"
