# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# kernels: 6.12 6.1 5.10
# cpus: 4
# intree: asked
# boots: 2
# timeline: (contact offers (open (close )?)*unload left )*contact offers (open (close )?)*panic unload left reset contact offers open (close )?(unload left )?off
# time: 120
# long: yes
# NMIs at any moment, while the bus comes and goes and while channels open and close: harmless as long as the kernel lets
# unknown ones pass; when it does not, the panic reaches the host whatever the interrupted code was about to do.
use_bus
[ "$BOOT" -eq 1 ] || return 0

# The host sends them all to CPU 0, which is also the one that it answers to.
nmis() { awk '$1 == "NMI:" { print $2 }' /proc/interrupts; }
inject() {
    usleep $((1000 * ($(tr -dc 0-9 </dev/urandom | head -c 3 | sed 's/^0*//') + 1)))
    qmp '{"execute": "inject-nmi"}' >/dev/null || fail "the host injects no NMI"
    injected=$((injected + 1))
}

# The kernel's own driver does not let go of its device.
open_and_close() {
    if [ "$GUEST" = intree ]; then
        sleep 1
        return
    fi
    echo "$balloon" >"/sys/bus/vmbus/drivers/lis_probe/unbind"
    echo "$balloon" >"/sys/bus/vmbus/drivers/lis_probe/bind"
}
reload() {
    [ "$GUEST" = ours ] || return 0
    unload lis_probe hv_vmbus
    use_bus
}
work() {
    for _ in 1 2 3; do
        for _ in 1 2 3 4 5; do open_and_close; done
        reload
    done
    touch /run/worked
}

echo 0 >/proc/sys/kernel/unknown_nmi_panic
injected=0
before=$(nmis)
work &
until [ -e /run/worked ] && [ $injected -ge 20 ]; do
    [ -e /run/worked ] || kill -0 $! || fail "opening, closing and reloading came to an end"
    inject
done
wait $!
[ $(($(nmis) - before)) -ge $injected ] || fail "$injected NMIs injected, $(($(nmis) - before)) taken"
note "$injected NMIs taken"

echo 1 >/proc/sys/kernel/unknown_nmi_panic
again
while :; do open_and_close; done &
inject
sleep 30
fail "no panic"
