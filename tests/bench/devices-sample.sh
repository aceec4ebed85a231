#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1091
#
# In the guest: sample begin, sample end: KVM's counts and the time (/run/sample.*), and the marks for the plugin that
# counts instructions, which are innermost.
. /lib/lis.sh
case $1 in
begin)
    qmp '{"execute": "query-kvm"}' >/run/sample.before
    cut -d' ' -f1 /proc/uptime >/run/sample.begin
    /bench/mark begin
    ;;
end)
    /bench/mark end
    cut -d' ' -f1 /proc/uptime >/run/sample.end
    qmp '{"execute": "query-kvm"}' >/run/sample.after
    ;;
esac
