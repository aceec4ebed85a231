# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# The host's offers become devices, with the attributes that lsvmbus and udev rules read.
dynamic_memory=525074dc-8985-46e2-8057-a307dc18a502

load hv_vmbus
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -n "$(device_of_class $dynamic_memory)" ]' || fail "the balloon's offer has not become a device"
device=$devices/$(device_of_class $dynamic_memory)

for attribute in class_id device_id modalias state vendor device id driver_override channel_vp_mapping uevent; do
    [ -r "$device/$attribute" ] || fail "no attribute $attribute"
    note "$attribute: $(cat "$device/$attribute")"
done
[ "$(cat "$device/device_id")" = "{${device##*/}}" ] || fail "device_id differs from the device's name"
[ "$(cat "$device/modalias")" = "vmbus:dc7450528589e2468057a307dc18a502" ] || fail "modalias"
[ "$(cat "$device/vendor")" = 0x1414 ] || fail "vendor"
grep -qx "MODALIAS=$(cat "$device/modalias")" "$device/uevent" || fail "no MODALIAS in uevent"
case $(cat "$device/channel_vp_mapping") in
*:*) ;;
*) fail "channel_vp_mapping has no relid:cpu pair" ;;
esac

if [ "$GUEST" = ours ]; then
    sh /tools/lsvmbus | tee /tmp/lsvmbus
    grep -q "VMBUS ID" /tmp/lsvmbus || fail "lsvmbus lists no device"
fi
