# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# guests: ours
# time: 240
# A hundred times loaded and unloaded (on kernels but the first 30 times, unless the soaks are long): each time the
# bus connects, and memory does not go away. The sanitized kernel takes six seconds a round: only as many there as
# the time of a soak allows. It also keeps freed memory in a quarantine of 1/32 of all; what is lost bit by bit
# kmemleak and the other kernels tell.
meminfo() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }

available() {
    echo 3 >/proc/sys/vm/drop_caches
    meminfo MemAvailable
}

rounds=100
[ "$KERNEL" = 6.12 ] || [ "$SOAK" -ge 600 ] || rounds=30
allowed=1024
if [ "$KERNEL" = kasan ]; then
    rounds=$((SOAK < 600 ? 10 + SOAK / 12 : 100))
    allowed=$((allowed + $(meminfo MemTotal) / 32))
fi

round=1
while [ "$round" -le "$rounds" ]; do
    load hv_vmbus
    # shellcheck disable=SC2016 # evaluated later
    wait_for 10 eval '[ -n "$(ls "$devices" 2>/dev/null)" ]' || fail "round $round: no device"
    unload hv_vmbus
    if [ "$round" -eq 10 ]; then early=$(available); fi
    round=$((round + 1))
done
late=$(available)
note "MemAvailable after 10 rounds $early kB, after $rounds $late kB"
[ $((early - late)) -le "$allowed" ] || fail "$((early - late)) kB lost in $((rounds - 10)) rounds"
