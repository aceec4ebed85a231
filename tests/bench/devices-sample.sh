#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1091
#
# In the guest: sample begin, sample end: KVM's counts, the time and what the disk has done (/run/sample.*), and the marks for the plugin that
# counts instructions, which are innermost.
. /lib/lis.sh

disk_counts() {
    for stat in /sys/block/sd*/stat; do
        [ ! -e "$stat" ] || cat "$stat"
    done
}

case $1 in
begin)
    qmp '{"execute": "query-kvm"}' >/run/sample.before
    cut -d' ' -f1 /proc/uptime >/run/sample.begin
    disk_counts >/run/sample.begin.disk
    /bench/mark begin
    ;;
end)
    /bench/mark end
    disk_counts >/run/sample.end.disk
    cut -d' ' -f1 /proc/uptime >/run/sample.end
    qmp '{"execute": "query-kvm"}' >/run/sample.after
    ;;
esac
