# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree ours
# cpus: 4
# spread: yes
# modules: hv_storvsc sd_mod
# time: 300
# Controllers that come while the guest runs: IDE, Fibre Channel (1024 targets to look at, nothing at LUN 0), and SCSI that
# speaks an old version only, with blocks of 4096 bytes. They stay: when a controller goes, the kernel's own driver never finishes the
# requests that are on their way, as those of a scan or of a cache that is written back, and waits for them for ever.
load hv_storvsc
load sd_mod
dd if=/dev/urandom of=/tmp/data bs=1M count=4 2>/dev/null
number=0
for kind in '"type": "ide", "ide-target": 1' '"type": "scsi", "version": "5.1", "block": 4096' '"type": "fc", "lun": 5'; do
    number=$((number + 1))
    qmp '{"execute": "device_add", "arguments": {"driver": "storage", "memory": 16, "serial": "LISKIND'$number'", '"$kind"'}}' \
        >/dev/null || fail "device_add $kind"
    wait_for 120 disk LISKIND$number >/dev/null || fail "the guest has no disk on the controller $kind"
    need_disk LISKIND$number
    dd if=/tmp/data of="/dev/$disk" bs=1M oflag=direct 2>/dev/null || fail "cannot write to $disk"
    dd if="/dev/$disk" of=/tmp/back bs=1M count=4 iflag=direct 2>/dev/null || fail "cannot read $disk"
    cmp /tmp/data /tmp/back || fail "$disk has other data"
    note "$disk: $kind"
done

# The names that our host gives a Fibre Channel controller.
adapter=/sys/class/fc_host/host$(readlink -f "/sys/block/$disk/device" | sed 's/.*\/host\([0-9]*\)\/.*/\1/')
node=$(cat "$adapter/node_name") port=$(cat "$adapter/port_name")
[ "$node" = 0xc003ff000000ffff ] || fail "node name $node"
[ "$port" = 0xc003ff0000000000 ] || fail "port name $port"
note "${adapter##*/}: node $node, port $port"
