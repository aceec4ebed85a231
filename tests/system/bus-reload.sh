# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: qemu openvmm
# guests: ours
# time: 240
# A hundred times loaded and unloaded: each time the bus connects, and memory does not go away. The sanitized
# kernel takes six seconds a round: only as many there as the time of a soak allows.
rounds=100
if [ "$KERNEL" = kasan ]; then rounds=$((SOAK < 600 ? 10 + SOAK / 12 : 100)); fi

# KASAN keeps freed objects in a quarantine, which a cache that is shrunk gives up.
available() {
    echo 3 >/proc/sys/vm/drop_caches
    for cache in /sys/kernel/slab/*/shrink; do
        [ ! -w "$cache" ] || echo 1 >"$cache"
    done
    awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}

round=1
while [ "$round" -le "$rounds" ]; do
    load hv_vmbus
    # shellcheck disable=SC2016 # evaluated later
    wait_for 10 eval '[ -n "$(ls "$devices" 2>/dev/null)" ]' || fail "round $round: no device"
    unload hv_vmbus
    if [ "$round" -eq 10 ]; then early=$(available); fi
    round=$((round + 1))
done
# What CPUs keep for themselves comes back with time; what is lost does not.
all_is_back() {
    late=$(available)
    [ $((early - late)) -le 1024 ]
}
wait_for 15 all_is_back || fail "$((early - late)) kB lost in $((rounds - 10)) rounds"
note "MemAvailable after 10 rounds $early kB, after $rounds $late kB"
