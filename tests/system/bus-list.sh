# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# hosts: qemu openvmm
# The host's offers become devices, with the attributes that lsvmbus and udev rules read.
case $offered in
525074dc-8985-46e2-8057-a307dc18a502) modalias=vmbus:dc7450528589e2468057a307dc18a502 ;;
0e0b6031-5213-4934-818b-38d90ced39db) modalias=vmbus:31600b0e13523449818b38d90ced39db ;;
esac

load hv_vmbus
# shellcheck disable=SC2016 # evaluated later
wait_for 10 eval '[ -n "$(device_of_class $offered)" ]' || fail "the offer of class $offered has not become a device"
device=$devices/$(device_of_class "$offered")

for attribute in class_id device_id modalias state vendor device id driver_override channel_vp_mapping uevent; do
    [ -r "$device/$attribute" ] || fail "no attribute $attribute"
    note "$attribute: $(cat "$device/$attribute")"
done
[ "$(cat "$device/device_id")" = "{${device##*/}}" ] || fail "device_id differs from the device's name"
[ "$(cat "$device/modalias")" = "$modalias" ] || fail "modalias"
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
