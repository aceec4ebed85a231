# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# kasan: gate
# cpus: 4
# modules: hv_storvsc sd_mod
# time: 180
# dmesg: I/O error|medium error|critical medium error
# Bad sectors give an error and not a hang; a slow disk is waited for, and so is one that does not answer at all.
load hv_storvsc
load sd_mod
behave() { qmp '{"execute": "storage-behave", "arguments": {"id": "disk0"'"${1:+, }$1"'}}' >/dev/null || fail "storage-behave $1"; }
block() { dd if="/dev/$disk" of=/tmp/block bs=4096 skip="$1" count=1 iflag=direct 2>/tmp/error; }
now() { cut -d' ' -f1 /proc/uptime | tr -d .; }
need_disk LISMEM1
trap "behave ''" EXIT

dd if=/dev/urandom of=/tmp/data bs=4096 count=4 2>/dev/null
dd if=/tmp/data of="/dev/$disk" bs=4096 oflag=direct 2>/dev/null
behave '"bad-block": 10, "bad-count": 3'
start=$(now)
if block 1; then fail "sectors 10 to 12 are bad, and could be read"; fi
# The kernel's words for a medium error: ENODATA, or EIO.
grep -qE 'No data available|I/O error' /tmp/error || fail "not an error of the medium: $(cat /tmp/error)"
if dd if=/tmp/data of="/dev/$disk" bs=4096 seek=1 count=1 oflag=direct 2>/dev/null; then fail "bad sectors could be written"; fi
note "errors after $(($(now) - start)) hundredths of a second: $(log | grep -m1 -o 'critical medium error.*sector [0-9]*')"
if ! block 0 || ! block 2; then fail "sectors beside the bad ones cannot be read: $(cat /tmp/error)"; fi
behave ''
block 1 || fail "good sectors cannot be read: $(cat /tmp/error)"
dd if=/tmp/data bs=4096 skip=1 count=1 2>/dev/null | cmp - /tmp/block || fail "other data after the error"

behave '"delay-ms": 700'
start=$(now)
block 0 || fail "a slow disk: $(cat /tmp/error)"
[ $(($(now) - start)) -ge 70 ] || fail "not slow"

behave '"never": true'
block 3 &
reader=$!
sleep 5
kill -0 $reader 2>/dev/null || fail "an answer that never came has been taken for one"
behave ''
wait $reader || fail "the late answer was an error"
dd if=/tmp/data bs=4096 skip=3 count=1 2>/dev/null | cmp - /tmp/block || fail "other data in the late answer"
