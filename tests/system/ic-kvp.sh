# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# strangers: hyperv-daemons
# time: 180
# Debian's hv_kvp_daemon over the kernel's own driver: what the host sets is in the guest's file, what the guest
# has is read by the host.
pool=/var/lib/hyperv/.kvp_pool_

# record <key> <value>: as the daemon keeps it.
record() {
    printf %s "$1"
    head -c $((512 - ${#1})) /dev/zero
    printf %s "$2"
    head -c $((2048 - ${#2})) /dev/zero
}
ok() { has '"result":"ok"' || fail "$1: $result"; }
in_pool() { tr -s '\0' '\n' <"$pool$1" | grep -qxF "$2"; }

mkdir -p /var/lib
load hv_utils
/hyperv/"$KERNEL"/hv_kvp_daemon -n &
daemon=$!
wait_for 60 service_ready kvp || fail "the guest does not use the service: $result"
has '"version":"4.0"' || fail "not version 4.0: $result"

service kvp set '"key": "colour", "value": "gr\u00fcn \ud83c\udf43"'
ok "a key is not set"
in_pool 0 colour || fail "the key is not in the pool"
in_pool 0 'grün 🍃' || fail "the value is not in the pool: $(tr -s '\0' '\n' <${pool}0)"
service kvp set '"key": "colour", "value": "blue"'
ok "a key is not set again"
in_pool 0 blue || fail "the value is the old one"
service kvp set '"key": "answer", "value": "42", "type": "u32"'
ok "a number is not set"
in_pool 0 42 || fail "the number is not in the pool"
service kvp list '"pool": "external"'
ok "the host cannot list its own keys"
has '{"key":"colour","type":"string","value":"blue"}' || fail "the host's own key is missing: $result"
service kvp delete '"key": "colour"'
ok "a key is not deleted"
in_pool 0 colour && fail "a deleted key is in the pool"
in_pool 0 42 || fail "another key is gone too"
service kvp delete '"key": "colour"'
has '"result":"ok"' && fail "a key that is gone can be deleted"

{ record fruit apple && record tree larch; } >${pool}1
service kvp list '"pool": "guest"'
ok "the host cannot list the guest's keys"
note "$result"
has '"items":[{"key":"fruit","type":"string","value":"apple"},{"key":"tree","type":"string","value":"larch"}]' ||
    fail "the host lists something else"

service kvp list '"pool": "auto"'
ok "the host cannot list what the guest says of itself"
note "$result"
has "{\"key\":\"OSBuildNumber\",\"type\":\"string\",\"value\":\"$(uname -r)\"}" || fail "not this kernel"
has '{"key":"ProcessorArchitecture","type":"string","value":"x86_64"}' || fail "not this architecture"
has '"violations":[]' || fail "the host complains"
kill "$daemon"
