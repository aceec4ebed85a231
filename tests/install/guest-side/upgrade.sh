# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# After an upgrade that did not compile, and after one that was stopped half way, the guest starts with what it
# had; after one that was not, with the new version.
# boots: 3
. /lis/tests/install/guest-side/lib.sh

version=$(cat /lis/VERSION)
case $BOOT in
1)
    bus_is_ours "$version"
    /lis-next/upgrade.sh >/run/output 2>&1 &
    for _ in {1..600}; do
        if compgen -G '/boot/*.lis-ng-new' >/dev/null; then break; fi
        sleep 1
    done
    kill -TERM $!
    status=0
    wait $! || status=$?
    sed 's/^/    /' /run/output
    [[ $status == 3 && $(cat /run/output) == *'interrupted by SIGTERM; everything is as it was before'* ]] || fail "ended with $status"
    again
    ;;
2)
    bus_is_ours "$version"
    expect 0 "instead of $version" /lis-next/upgrade.sh
    again
    ;;
3)
    bus_is_ours "$version.next"
    [[ ! -e /usr/src/lis-ng-$version && ! -e /var/lib/dkms/lis-ng/$version ]] || fail 'the old version is still there'
    ;;
esac
