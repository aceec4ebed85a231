#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lsvmbus_test.sh: tools/lsvmbus under several shells, on a bus made of plain files.
#
# Usage: lsvmbus_test.sh        (make check-tools)
#
# What must be printed stands in golden/, written from the format of hyperv-daemons' lsvmbus.
# Results: build/results/tools.xml.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
lis_top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/rig/junit.sh
. "$lis_top/tests/rig/junit.sh"
# shellcheck source=tests/tools/sysfs.sh
. "$here/sysfs.sh"

case ${1:-} in
--help) awk 'NR > 2 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit ;;
'') ;;
*) echo "lsvmbus_test.sh: unknown argument $1 (see --help)" >&2; exit 2 ;;
esac

shells=(dash 'busybox sh' 'bash --posix')
for shell in "${shells[@]}"; do
    command -v "${shell%% *}" >/dev/null || { echo "lsvmbus_test.sh: needs ${shell%% *} (apt-get install ${shell%% *})" >&2; exit 1; }
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What a guest has whose drivers are all loaded; ids of one and two digits, in no order.
bound=$scratch/bound
sysfs_begin "$bound"
sysfs_aliases "$bound"
for driver in hv_balloon hv_netvsc hv_utils; do sysfs_driver "$bound" "$driver"; done
sysfs_device "$bound" 12 f8615163-df3e-46c5-913f-f2d2f965ed0e 000d3a12-3456-000d-3a12-3456000d3a12 hv_netvsc 21:3 12:0 9:1
sysfs_device "$bound" 1 525074dc-8985-46e2-8057-a307dc18a502 1eccfd72-4b41-45ef-b73a-4a6e44c12924 hv_balloon 1:0
sysfs_device "$bound" 3 0e0b6031-5213-4934-818b-38d90ced39db b6650ff7-33bc-4840-8048-e0676786f393 hv_utils

# One device for each reason to have no driver.
idle=$scratch/idle
sysfs_begin "$idle"
sysfs_aliases "$idle"
sysfs_driver "$idle" uio_hv_generic
mkdir "$idle/sys/module/hyperv_keyboard"
sysfs_device "$idle" 1 525074dc-8985-46e2-8057-a307dc18a502 00000000-0000-0000-0000-000000000001 - 1:0
sysfs_device "$idle" 2 f912ad6d-2b17-48ea-bd65-f927a61c7684 00000000-0000-0000-0000-000000000002 - 2:0
sysfs_device "$idle" 3 44c4f61d-4444-4400-9d52-802e27ede19f 00000000-0000-0000-0000-000000000003 - 3:0
sysfs_device "$idle" 4 f8615163-df3e-46c5-913f-f2d2f965ed0e 00000000-0000-0000-0000-000000000004 - 4:0
sysfs_device "$idle" 5 f8615163-df3e-46c5-913f-f2d2f965ed0e 00000000-0000-0000-0000-000000000005 - 5:0
sysfs_device "$idle" 6 f8615163-df3e-46c5-913f-f2d2f965ed0e 00000000-0000-0000-0000-000000000006 - 6:0
sysfs_device "$idle" 7 3375baf4-9e15-4b30-b765-67acb10d607b 00000000-0000-0000-0000-000000000007 - 7:0
sysfs_device "$idle" 8 da0a7802-e377-4aac-8e77-0558eb1073f8 00000000-0000-0000-0000-000000000008 - 8:0
sysfs_device "$idle" 9 00000808-facb-11e6-bd58-64006a7986d3 00000000-0000-0000-0000-000000000009 - 9:0
sysfs_device "$idle" 10 12345678-0000-4000-8000-123456789abc 00000000-0000-0000-0000-00000000000a - 10:0
echo uio_hv_generic >"$idle/sys/bus/vmbus/devices/00000000-0000-0000-0000-000000000005/driver_override"
echo 'a "b" \c' >"$idle/sys/bus/vmbus/devices/00000000-0000-0000-0000-000000000006/driver_override"

# A bus without devices, one on a machine without modules.alias, and one that changes under our hands.
sysfs_begin "$scratch/empty"
unknown=$scratch/unknown
sysfs_begin "$unknown"
sysfs_device "$unknown" 1 525074dc-8985-46e2-8057-a307dc18a502 00000000-0000-0000-0000-000000000001 - 1:0
vanishing=$scratch/vanishing
cp -a "$bound" "$vanishing"
rm "$vanishing/sys/bus/vmbus/devices/b6650ff7-33bc-4840-8048-e0676786f393/class_id"
rm "$vanishing/sys/bus/vmbus/devices/000d3a12-3456-000d-3a12-3456000d3a12/id"
old=$scratch/old
cp -a "$bound" "$old"
rm "$old"/sys/bus/vmbus/devices/*/{driver_override,channel_vp_mapping}

# expect <name> <status> <golden> <arguments...>: output, errors and status, in every shell.
expect() {
    local name=$1 status=$2 golden=$3 shell got
    shift 3
    for shell in "${shells[@]}"; do
        got=0
        # shellcheck disable=SC2086 # a shell may be two words
        $shell "$lis_top/tools/lsvmbus" "$@" >"$scratch/output" 2>&1 || got=$?
        if [[ $got != "$status" ]]; then
            verdict "$shell" "$name" fail "exit status $got, not $status: $(head -n1 "$scratch/output")"
        elif ! diff -u "$golden" "$scratch/output" >"$scratch/diff"; then
            verdict "$shell" "$name" fail "$(cat "$scratch/diff")"
        else
            verdict "$shell" "$name" pass
        fi
    done
}

verdict() {
    junit_add "lsvmbus.${1%% *}" "$2" 0 "$3" "${4:-}"
    [[ $3 == pass ]] || printf '  fail lsvmbus %s, %s: %s\n' "$1" "$2" "$4"
}

says() { echo "$1" >"$scratch/expected"; }

expect lists_devices_by_id 0 "$here/golden/bound" --root "$bound"
expect v_shows_classes_and_channels 0 "$here/golden/bound.v" --root "$bound" -v
expect vv_shows_ids_and_paths 0 "$here/golden/bound.vv" --root "$bound" -vv
expect v_can_be_given_twice 0 "$here/golden/bound.vv" "--root=$bound/" -v --verbose
expect vvv_shows_drivers 0 "$here/golden/bound.vvv" --root "$bound" -vvv
expect json_shows_everything 0 "$here/golden/bound.json" --root "$bound" --json
expect says_why_there_is_no_driver 0 "$here/golden/idle" --root "$idle"
expect says_why_below_the_device 0 "$here/golden/idle.v" --root "$idle" -v
expect json_is_escaped 0 "$here/golden/idle.json" --root "$idle" --json
expect admits_that_it_cannot_tell 0 "$here/golden/unknown" --root "$unknown"
expect leaves_out_devices_that_go 0 "$here/golden/vanishing.vv" --root "$vanishing" -vv
expect lives_without_newer_attributes 0 "$here/golden/old.vv" --root "$old" -vv
expect finds_nothing_on_an_empty_bus 0 /dev/null --root "$scratch/empty"
expect json_of_an_empty_bus 0 "$here/golden/empty.json" --root "$scratch/empty" --json
expect has_help 0 "$here/golden/help" --help
mkdir -p "$scratch/metal/sys/bus"
says 'lsvmbus: not a Hyper-V guest or hv_vmbus is not loaded'
expect refuses_a_machine_without_vmbus 1 "$scratch/expected" --root "$scratch/metal"
says 'lsvmbus: unknown option -x (see --help)'
expect refuses_an_unknown_option 2 "$scratch/expected" -x
says 'lsvmbus: unknown option -vx (see --help)'
expect refuses_an_unknown_letter 2 "$scratch/expected" -vx
says 'lsvmbus: unexpected argument 1 (see --help)'
expect refuses_an_argument 2 "$scratch/expected" 1
says 'lsvmbus: --root needs a directory (see --help)'
expect refuses_root_without_value 2 "$scratch/expected" --root
says "lsvmbus: there is no directory $scratch/nowhere"
expect refuses_a_root_that_is_not_there 2 "$scratch/expected" --root "$scratch/nowhere"

junit_write tools
