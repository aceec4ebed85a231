# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# cpus: 4
# intree: long
# time: 90
# kernels: 6.1 5.10 rt 6.12
# spread: yes
# Suspend to idle: the bus stays connected, all CPUs and their clocks stop, and afterwards traffic goes on.
#
# The RTC does not wake such a guest of QEMU's. A byte from the monitor does, on a serial port that may wake: a
# copy job with a speed limit says after some seconds that it is done.
counter() { awk -v name="$1" '$1 == name { print $2 }' "/sys/kernel/debug/lis_probe/$device"; }
reports() { [ "$(counter reports)" -gt "$1" ]; }
bound() { [ -e "$devices/$device/driver" ]; }
slept() { cat /sys/power/suspend_stats/success 2>/dev/null || awk '$1 == "success:" { print $2 }' /sys/kernel/debug/suspend_stats; }

# call_in <seconds>: lets the monitor speak then.
call_in() {
    for node in "from$round" "to$round"; do
        qmp "{\"execute\": \"blockdev-add\", \"arguments\": {\"driver\": \"null-co\", \"node-name\": \"$node\", \"size\": $(($1 << 20))}}"
    done >/dev/null
    qmp "{\"execute\": \"blockdev-backup\", \"arguments\": {\"job-id\": \"call$round\", \"device\": \"from$round\", \"target\": \"to$round\", \"sync\": \"full\", \"speed\": $((1 << 20))}}" >/dev/null
}

use_bus
device=$balloon
[ "$GUEST" = intree ] || wait_for 10 reports 0 || fail "no report before the sleep"

echo enabled >/sys/class/tty/ttyS2/power/wakeup
for round in 1 2; do
    before=$(slept)
    interrupts=$(bus_interrupts)
    [ "$GUEST" = intree ] || sent=$(counter reports)
    call_in 8 || fail "the monitor takes no order to call"
    # What it says about the job's begin must not be taken for the call.
    sleep 1
    echo freeze >/sys/power/state || fail "round $round: cannot sleep: $(log | tail -n1)"
    [ "$(slept)" -eq $((before + 1)) ] || fail "round $round: has not slept"
    sleep 1
    if [ "$GUEST" = ours ]; then
        # Its clock is not the bus's: another channel is.
        echo "$device" >/sys/bus/vmbus/drivers/lis_probe/unbind
        echo "$device" >/sys/bus/vmbus/drivers/lis_probe/bind
        sent=0
    fi
    [ "$(bus_interrupts)" -gt "$interrupts" ] || fail "round $round: no interrupt after the sleep"
    [ "$GUEST" = intree ] || wait_for 10 reports "$sent" || fail "round $round: no report after the sleep"
    wait_for 1 bound || fail "round $round: the device has lost its driver"
done
note "$(log | grep -c 'suspend exit') times asleep"
[ "$GUEST" = ours ] || exit 0
unload lis_probe hv_vmbus
