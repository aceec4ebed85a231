# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# kernels: 6.1 6.12 5.10
# cpus: 4
# boots: 2
# disk: 768
# intree: long
# time: 180
# spread: yes
# Hibernation: the guest writes itself to a disk and resets; the next boot, with a bus of its own, reads it back.
# The devices are offered to the resumed bus again: they are the same, with the same driver, and traffic goes on.
counter() { awk -v name="$1" '$1 == name { print $2 }' "/sys/kernel/debug/lis_probe/$device"; }
reports() { [ "$(counter reports)" -gt "$1" ]; }
bound() { [ -e "$devices/$device/driver" ]; }
more_interrupts() { [ "$(bus_interrupts)" -gt "$interrupts" ]; }
devices_of_bus() { find "$devices" -mindepth 1 -maxdepth 1 | sort; }

load virtio_pci
load virtio_blk
wait_for 10 test -b /dev/vda || fail "no disk"
use_bus
device=$balloon
[ "$GUEST" = intree ] || wait_for 10 reports 0 || fail "no report before the sleep"

if [ "$BOOT" -eq 2 ]; then
    # Ends this system: the one that was written goes on below.
    cat /sys/block/vda/dev >/sys/power/resume
    fail "not resumed: $(log | grep PM: | tail -n1)"
fi

mkswap /dev/vda >/dev/null
swapon /dev/vda
before=$(devices_of_bus)
interrupts=$(bus_interrupts)
[ "$GUEST" = intree ] || sent=$(counter reports)
again
echo reboot >/sys/power/disk
echo disk >/sys/power/state || fail "cannot hibernate: $(log | tail -n1)"

# From here on in the second boot.
note "$(log | grep -c 'PM: hibernation: hibernation exit') time back; disk $(cat /sys/power/disk)"
[ "$(devices_of_bus)" = "$before" ] || fail "other devices after the resume: $(devices_of_bus)"
wait_for 10 bound || fail "the device has lost its driver"
wait_for 10 more_interrupts || fail "no interrupt after the resume"
swapoff /dev/vda
[ "$GUEST" = ours ] || exit 0
wait_for 10 reports "$sent" || fail "no report after the resume"
echo "$device" >/sys/bus/vmbus/drivers/lis_probe/unbind
echo "$device" >/sys/bus/vmbus/drivers/lis_probe/bind
wait_for 10 reports 0 || fail "no report after binding again"
unload lis_probe hv_vmbus
