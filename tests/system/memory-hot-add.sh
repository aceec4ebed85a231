# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# time: 120
# The host adds memory to a running guest, with and without a region named around it, in sizes that do not fill
# the kernel's blocks; it is used, and can be ballooned like any other.
dm() { qmp '{"execute": "memory-status", "arguments": {"id": "dm0"}}' | sed 's/.*"'"$1"'":\("[^"]*"\|\[[^]]*\]\|[^,}]*\).*/\1/'; }
idle() { [ "$(dm state)" = '"idle"' ]; }
added() { idle && [ $(($(dm hot-added-pages) / 256)) -eq "$1" ]; }
has_mib() { idle && [ $(($(dm assigned-pages) / 256)) -eq "$1" ]; }
field() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }
hot_add() {
    qmp '{"execute": "memory-hot-add", "arguments": {"id": "dm0", "mib": '"$1"', "region": '"$2"'}}' >/dev/null ||
        fail "the host adds no memory"
}
# The kernel takes its page structures for a whole block out of what it has.
grown() {
    more=$((($(field MemTotal) - total) / 1024))
    [ $more -ge $(($1 - 4)) ] && [ $more -le "$1" ]
}

load hv_balloon pressure_report_delay=1
wait_for 20 idle || fail "the balloon's driver has not introduced itself: $(dm state)"
# No udev here.
echo online >/sys/devices/system/memory/auto_online_blocks
before=$(($(dm hot-added-pages) / 256))
all=$(($(dm assigned-pages) / 256))
total=$(field MemTotal)

hot_add 128 true
wait_for 30 added $((before + 128)) || fail "the guest has added $(dm hot-added-pages) pages: $(dmesg | tail -n3)"
wait_for 10 grown 128 || fail "128 MiB added, and MemTotal is $more MiB more"
hot_add 64 true
wait_for 30 added $((before + 192)) || fail "the guest has added $(dm hot-added-pages) pages: $(dmesg | tail -n3)"
wait_for 10 grown 192 || fail "192 MiB added, and MemTotal is $more MiB more"
hot_add 32 false
wait_for 30 added $((before + 224)) || fail "the guest has added $(dm hot-added-pages) pages: $(dmesg | tail -n3)"
wait_for 10 grown 224 || fail "224 MiB added, and MemTotal is $more MiB more"
hot_add 160 false
wait_for 30 added $((before + 384)) || fail "the guest has added $(dm hot-added-pages) pages: $(dmesg | tail -n3)"
wait_for 10 grown 384 || fail "384 MiB added, and MemTotal is $more MiB more"
note "384 MiB added in 4 requests: MemTotal $more MiB more"

# More than the guest had: the new memory holds what is written there.
mkdir -p /tmp/m
mount -t tmpfs -o size=90% none /tmp/m
dd if=/dev/urandom of=/tmp/block bs=1M count=8 2>/dev/null
copies=$((all / 8))
n=1
while [ $n -le $copies ]; do
    cp /tmp/block "/tmp/m/$n" || fail "no room for copy $n of 8 MiB"
    n=$((n + 1))
done
[ "$(md5sum /tmp/m/* | cut -d' ' -f1 | sort -u | wc -l)" -eq 1 ] || fail "memory has changed"
umount /tmp/m

# And back: all of it goes into the balloon and comes out again.
free=$(field MemFree)
qmp '{"execute": "memory-target", "arguments": {"id": "dm0", "mib": '"$all"'}}' >/dev/null
wait_for 60 has_mib "$all" || fail "the guest has $(dm assigned-pages) pages"
lost=$(((free - $(field MemFree)) / 1024))
[ $lost -ge 360 ] || fail "384 MiB ballooned, and MemFree is only $lost MiB less"
qmp '{"execute": "memory-target", "arguments": {"id": "dm0", "mib": '$((all + 384))'}}' >/dev/null
wait_for 60 has_mib $((all + 384)) || fail "the guest has $(dm assigned-pages) pages"
[ "$(dm violations)" = '[]' ] || fail "the host complains: $(dm violations)"
