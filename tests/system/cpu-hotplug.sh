# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# cpus: 4
# kernels: 6.1 6.12 5.10 kasan rt
# spread: yes
# intree: long
# time: 240
# CPUs leave and come back while the bus is loaded: a CPU that has come back takes interrupts again, one that an
# open channel needs stays. The bus is loaded and unloaded with a CPU missing.
dynamic_memory=525074dc-8985-46e2-8057-a307dc18a502
driver=/sys/bus/vmbus/drivers/lis_probe

online() { cat "/sys/devices/system/cpu/cpu$1/online"; }
set_online() { echo "$2" 2>/dev/null >"/sys/devices/system/cpu/cpu$1/online"; }
can_leave() { [ -e "/sys/devices/system/cpu/cpu$1/online" ]; }

# Interrupts of the bus that this CPU has taken. Columns of CPUs that are offline are left out.
interrupts_of() {
    awk -v cpu="CPU$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == cpu) column = i + 1 }
        $1 == "HYP:" { print $column }' /proc/interrupts
}

# The kernel's own bus: its clock's events come as messages of the SynIC, whoever sleeps there needs one to be
# woken. Ours: the channel's, which is moved there and back.
takes_interrupts() {
    on_cpu=$1
    seen_before=$(interrupts_of "$on_cpu")
    if [ "$GUEST" = ours ]; then
        was=''
        if bound; then
            was=$(channel cpu)
            echo "$device" >$driver/unbind
        fi
        bind_on "$on_cpu"
    else
        taskset "$((1 << on_cpu))" sh -c 'for _ in 1 2 3 4 5; do usleep 20000; done'
    fi
    [ "$(interrupts_of "$on_cpu")" -gt "$seen_before" ] || return 1
    [ "$GUEST" = ours ] || return 0
    echo "$device" >$driver/unbind
    [ -z "$was" ] || bind_on "$was"
}

counter() { awk -v name="$1" '$1 == name { print $2 }' "/sys/kernel/debug/lis_probe/$device"; }
reports() { [ "$(counter reports)" -gt "$1" ]; }
channel() { cat "$devices/$device/channels/"*"/$1"; }
bound() { [ -e "$devices/$device/driver" ]; }

# Binds the device with its channel's interrupts on a CPU, and sees that they come.
bind_on() {
    echo "$1" >/sys/module/lis_probe/parameters/cpu
    echo "$device" >$driver/bind
    [ "$(channel cpu)" -eq "$1" ] || fail "the channel is on CPU $(channel cpu), not $1"
    [ "$(channel interrupts)" -gt 0 ] || fail "no interrupt of the channel on CPU $1"
    wait_for 10 reports 0 || fail "no report with the channel on CPU $1"
}

# A CPU leaves and comes back.
cycle() {
    set_online "$1" 0 || fail "CPU $1 cannot leave: $(log | tail -n1)"
    sleep 1
    set_online "$1" 1 || fail "CPU $1 does not come back: $(log | tail -n1)"
    takes_interrupts "$1" || fail "CPU $1 is back and takes no interrupt"
}

load hv_vmbus
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -n "$(device_of_class $dynamic_memory)" ]' || fail "the balloon's offer has not become a device"
device=$(device_of_class $dynamic_memory)
if [ "$GUEST" = ours ]; then
    load lis_probe
    echo $dynamic_memory >$driver/new_id
else
    load hv_balloon
fi
wait_for 10 bound || fail "not bound"
for cpu in 0 1 2 3; do
    takes_interrupts $cpu || fail "CPU $cpu takes no interrupt"
done

# With traffic, all but the one that takes the host's messages, one after the other and all together.
for _ in 1 2; do
    for cpu in 1 2 3; do
        cycle $cpu
    done
done
for cpu in 1 2 3; do
    set_online $cpu 0 || fail "CPU $cpu cannot leave"
done
[ "$(nproc)" -eq 1 ] || fail "$(nproc) CPUs are left"
sleep 2
for cpu in 3 2 1; do
    set_online $cpu 1 || fail "CPU $cpu does not come back"
    takes_interrupts $cpu || fail "CPU $cpu is back and takes no interrupt"
done

# The kernel says itself that CPU 0 cannot leave, or the bus does.
if can_leave 0; then
    if set_online 0 0; then fail "the CPU that takes the host's messages has left"; fi
    if [ "$GUEST" = ours ]; then
        log | grep -q "CPU 0 stays online: it takes the host's messages" || fail "no word about CPU 0"
    fi
    takes_interrupts 0 || fail "CPU 0 takes no interrupt any more"
fi
[ "$GUEST" = ours ] || exit 0

# The channel's CPU stays as long as the channel is open.
before=$(counter reports)
wait_for 10 reports "$before" || fail "no report after the CPUs have come back"
for cpu in 2 3; do
    echo "$device" >$driver/unbind
    bind_on $cpu
    if set_online $cpu 0; then fail "CPU $cpu has left, which takes the channel's interrupts"; fi
    log | grep -q "CPU $cpu stays online: it takes interrupts of an open channel" || fail "no word about CPU $cpu"
    [ "$(online $cpu)" -eq 1 ] || fail "CPU $cpu is gone"
    takes_interrupts $cpu || fail "CPU $cpu takes no interrupt any more"
    before=$(counter reports)
    wait_for 10 reports "$before" || fail "no report after CPU $cpu has stayed"
    echo "$device" >$driver/unbind
    cycle $cpu
    bind_on $cpu
done

# One that is missing is not chosen, whoever asks for it.
echo "$device" >$driver/unbind
set_online 3 0 || fail "CPU 3 cannot leave"
echo "$device" >$driver/bind
[ "$(channel cpu)" -ne 3 ] || fail "the channel is on a CPU that is offline"

# The bus leaves and comes with a CPU missing, which joins later.
unload lis_probe hv_vmbus
set_online 3 1 || fail "CPU 3 does not come back without the bus"
set_online 3 0 || fail "CPU 3 cannot leave without the bus"
load hv_vmbus
load lis_probe
echo $dynamic_memory >$driver/new_id
wait_for 10 bound || fail "not bound with a CPU missing"
set_online 3 1 || fail "CPU 3 does not join a bus that was loaded without it"
takes_interrupts 3 || fail "CPU 3 has joined and takes no interrupt"
echo "$device" >$driver/unbind
bind_on 3
unload lis_probe hv_vmbus
