#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# options_test.sh: what vmbus-vmm says to wrong options and missing files: one line, and a status. Needs no KVM.
#
# Usage: options_test.sh        (make check-vmm-options)
#
# Results: build/results/vmm-options.xml.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
lis_top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/rig/junit.sh
. "$lis_top/tests/rig/junit.sh"

case ${1:-} in
--help) awk 'NR > 2 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit ;;
'') ;;
*) echo "options_test.sh: unknown argument $1 (see --help)" >&2; exit 2 ;;
esac

vmm=$lis_top/build/vmm/vmbus-vmm
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo kernel >"$scratch/kernel"
echo_class=6ac83d8f-6e16-4e5c-ab3d-fd8c5a4b7e21

# refused <status> <text> <option...>: ends with that status after one line that holds the text.
refused() {
    local wanted=$1 text=$2 status=0 why=''
    shift 2
    timeout 20 "$vmm" "$@" >"$scratch/out" 2>"$scratch/error" </dev/null || status=$?
    [[ $status == "$wanted" ]] || why+="status $status instead of $wanted; "
    [[ ! -s $scratch/out ]] || why+="output; "
    [[ $(wc -l <"$scratch/error") == 1 ]] || why+="not one line; "
    grep -qF -- "$text" "$scratch/error" || why+="said: $(cat "$scratch/error")"
    if [[ $why ]]; then
        echo "  fail $*: $why"
        junit_add options "$*" 0 fail "$why"
    else
        junit_add options "$*" 0 pass
    fi
}

kernel=(--kernel "$scratch/kernel" --kvm "$scratch/none")
refused 2 'needs --kernel or --disk-boot'
refused 2 '--kernel needs a value' --kernel
refused 2 'unknown option --bogus' --bogus
refused 2 'unexpected argument more' "${kernel[@]}" more
refused 2 'a number from 1 to 64' "${kernel[@]}" --cpus 0
refused 2 'a number from 1 to 64' "${kernel[@]}" --cpus 65
refused 2 'a number from 1 to 64' "${kernel[@]}" --cpus 2x
refused 2 'a number from 1 to 64' "${kernel[@]}" --cpus -1
refused 2 'a number from 64 to' "${kernel[@]}" --memory 63
refused 2 'a number from 1 to 2' "${kernel[@]}" --generation 3
refused 2 'a number from 1 to' "${kernel[@]}" --time-limit 0
refused 2 'more than 4 serial ports' "${kernel[@]}" --serial none --serial none --serial none --serial none --serial none
refused 2 '--stay needs --control' "${kernel[@]}" --stay
refused 2 'goes without --kernel' "${kernel[@]}" --disk-boot "$scratch/kernel"
refused 2 'no kind of device is called disc' "${kernel[@]}" --device disc
refused 2 '"class" is not key=value' "${kernel[@]}" --device echo,class
refused 2 'needs a kind' "${kernel[@]}" --device ,
refused 1 'a device is called a already' "${kernel[@]}" --device "echo,class=$echo_class,id=a" --device "echo,class=$echo_class,id=a"
refused 1 'No such file' --kernel "$scratch/none"
refused 1 'not a file' --kernel "$scratch"
refused 1 "$scratch/none" --kernel "$scratch/kernel" --initrd "$scratch/none"
refused 1 'No such file' --disk-boot "$scratch/none"
refused 1 'no ext2, ext3 or ext4 file system' --disk-boot "$scratch/kernel"
refused 1 'pipe:PATH or unix:PATH' "${kernel[@]}" --control tcp:1
refused 1 'No such file' "${kernel[@]}" --control "unix:$scratch/none/socket"
refused 1 'Is a directory' "${kernel[@]}" --serial "$scratch"
refused 1 "$scratch/none: No such file" "${kernel[@]}"
refused 1 'KVM_GET_API_VERSION' --kernel "$scratch/kernel" --kvm /dev/null

# The help names every kind of device that there is a file for.
why=''
"$vmm" --help >"$scratch/help" || why='bad status'
for file in "$here"/devices/*.cpp; do
    name=$(sed -n 's/.*name() const override { return "\([a-z]*\)".*/\1/p' "$file")
    [[ ! $name ]] || grep -qx "  $name" "$scratch/help" || why+="$name is missing; "
done
junit_add options --help 0 "$([[ $why ]] && echo fail || echo pass)" "$why"
[[ ! $why ]] || echo "  fail --help: $why"

# It names every scenario with its source, and everything that the examples of the README use.
why=''
while IFS=$'\t' read -r name source; do
    grep -A 4 -x "    $name" "$scratch/help" | grep -qF "$source" || why+="$name, $source: missing; "
done < <(sed -nE 's/^ +\{"([a-z-]+)", "([^" ]+).*/\1\t\2/p' "$lis_top/tests/host/scenarios.cpp")
while read -r name; do
    grep -qE "(^|[ ,])$name([ ,:{]|\$)" "$scratch/help" || why+="command $name is missing; "
done < <(grep -oE '"execute": "[a-z_-]+"' "$here/README.md" | cut -d'"' -f4 | sort -u)
while IFS=, read -r kind rest; do
    grep -qx "  $kind" "$scratch/help" || why+="kind $kind is missing; "
    while IFS='=' read -r -d, key _; do
        [[ $key == id || ! $key || $key == ... ]] ||
            awk -v kind="  $kind" '/^  [a-z]/ { here = $0 == kind } here' "$scratch/help" | grep -qE "(^|[ ,])$key=" || why+="key $key of $kind is missing; "
    done <<<"$rest,"
done < <(grep -oE -- '--device [a-z]+(,[^ ]*)?' "$here/README.md" | cut -d' ' -f2 | sort -u)
junit_add options examples 0 "$([[ $why ]] && echo fail || echo pass)" "$why"
[[ ! $why ]] || echo "  fail examples: $why"

junit_write vmm-options
