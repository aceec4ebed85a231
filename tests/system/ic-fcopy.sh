# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# modules: uio_hv_generic
# strangers: hyperv-daemons
# time: 900
# Debian's file copy daemons: hv_fcopy_daemon over the kernel's own driver; from 6.10 on there is none, and
# hv_fcopy_uio_daemon is itself the driver.
instance=eb765408-105f-49b6-b4aa-c123b64d17d4
mib=1048576

send() { service fcopy send "\"path\": \"/tmp/in/\", $1"; }
takes_files() { send '"bytes": 0, "name": "empty", "create-path": true, "overwrite": true' && has '"result":"done"'; }
# arrived <name>: the file is what the host has sent.
arrived() {
    has '"result":"done"' || fail "$1 is not copied: $result"
    sent=$(echo "$result" | sed 's/.*"crc32":"\([0-9a-f]*\)".*/\1/')
    found=$(crc32 "/tmp/in/$1" | sed 's/ .*//')
    [ "$sent" = "$found" ] || fail "$1 has the checksum $found instead of $sent"
}

case $KERNEL in
6.12)
    load uio_hv_generic
    echo "34d14be3-dee4-41c8-9ae7-6b174977c192 $instance" >/sys/bus/vmbus/drivers/uio_hv_generic/new_id
    wait_for 10 test -e "$devices/$instance/uio" || fail "the device is not bound"
    /hyperv/6.12/hv_fcopy_uio_daemon -n &
    size=$((100 * mib))
    ;;
*)
    load hv_utils
    "/hyperv/$KERNEL/hv_fcopy_daemon" -n &
    size=$((8 * mib))
    ;;
esac
daemon=$!
wait_for 60 service_ready fcopy || fail "the guest does not use the service: $result"
has '"version":"1.1"' || fail "not version 1.1: $result"

# The kernel's driver agrees on versions without the daemon, and refuses files.
wait_for 30 takes_files || fail "the guest takes no file: $result"
arrived empty
send '"bytes": 6145, "name": "small"'
arrived small
send '"bytes": 100, "name": "small"'
has '"reason":"0x80070050"' || fail "a file that exists is overwritten: $result"
send '"bytes": 100, "name": "small", "overwrite": true'
arrived small
[ "$(stat -c %s /tmp/in/small)" = 100 ] || fail "the old file's rest is there"
begin=$(cut -d. -f1 /proc/uptime)
SERVICE_WAIT=800
send "\"bytes\": $size, \"name\": \"large\""
arrived large
seconds=$(($(cut -d. -f1 /proc/uptime) - begin))
note "$((size / mib)) MiB in $seconds s"
rm /tmp/in/large

qmp "{\"execute\": \"fcopy-send\", \"arguments\": {\"bytes\": $((1024 * mib)), \"name\": \"never\", \"path\": \"/tmp/in/\"}}" >/dev/null
sleep 1
qmp '{"execute": "fcopy-cancel"}' >/dev/null
wait_for 20 service_idle fcopy || fail "a copy cannot be cancelled: $result"
has '"result":"cancelled"' || fail "the copy has not ended as cancelled: $result"
note "$result"
has '"violations":[]' || fail "the host complains"
kill "$daemon"
rm -r /tmp/in
