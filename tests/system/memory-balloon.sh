# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# machine: all
# kernels: 6.12 6.1 5.10
# guests: intree
# cpus: 4
# time: 120
# The host takes memory by the balloon and gives it back: the kernel has less, then as much as before, and what
# it hands over was its own, each page once.
dm() { qmp '{"execute": "memory-status", "arguments": {"id": "dm0"}}' | sed 's/.*"'"$1"'":\("[^"]*"\|\[[^]]*\]\|[^,}]*\).*/\1/'; }
target() { qmp '{"execute": "memory-target", "arguments": {"id": "dm0", "mib": '"$1"'}}' >/dev/null || fail "the host sets no target"; }
idle() { [ "$(dm state)" = '"idle"' ]; }
has_mib() { idle && [ $(($(dm assigned-pages) / 256)) -eq "$1" ]; }
reported() { [ "$(dm reports)" -gt "$1" ]; }
field() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }

# The first report comes after 45 s else.
load hv_balloon pressure_report_delay=1
wait_for 20 idle || fail "the balloon's driver has not introduced itself: $(dm state)"
all=$(($(dm assigned-pages) / 256))
free=$(field MemFree)
total=$(field MemTotal)

target $((all - 96))
wait_for 30 has_mib $((all - 96)) || fail "the host has got $(dm ballooned-pages) pages"
[ "$(dm ballooned-pages)" -eq $((96 * 256)) ] || fail "$(dm ballooned-pages) pages in the balloon"
lost=$((free - $(field MemFree)))
note "96 MiB in the balloon, in $(dm answers) messages: MemFree $lost kB less, MemTotal $((total - $(field MemTotal))) kB less"
[ $lost -ge $((88 * 1024)) ] || fail "MemFree is only $lost kB less"
# Since 5.12 what is ballooned is no memory of the guest's.
case $(uname -r) in
5.10.*) ;;
*) [ $((total - $(field MemTotal))) -eq $((96 * 1024)) ] || fail "MemTotal is $((total - $(field MemTotal))) kB less" ;;
esac
seen=$(dm reports)
wait_for 10 reported "$seen" || fail "no pressure report"
[ "$(dm committed-pages)" -ge $((96 * 256)) ] || fail "only $(dm committed-pages) pages are reported as committed"

# Step by step, both ways.
target $((all - 32))
wait_for 30 has_mib $((all - 32)) || fail "the balloon has not become smaller: $(dm ballooned-pages) pages"
target $((all - 64))
wait_for 30 has_mib $((all - 64)) || fail "the balloon has not become larger: $(dm ballooned-pages) pages"
target "$all"
wait_for 30 has_mib "$all" || fail "the host has kept $(dm ballooned-pages) pages"
lost=$((free - $(field MemFree)))
[ $lost -le $((8 * 1024)) ] || fail "$lost kB of MemFree have not come back"
[ "$(field MemTotal)" -eq "$total" ] || fail "MemTotal was $total kB and is $(field MemTotal) kB"

# More than the guest can do without: it gives nothing, or what it can, and lives.
target 64
wait_for 30 idle || fail "no answer to a target that is too low"
note "asked for all but 64 MiB it has kept $(($(dm assigned-pages) / 256)) MiB"
[ "$(dm assigned-pages)" -gt $((100 * 256)) ] || fail "the guest has kept only $(dm assigned-pages) pages"
target "$all"
wait_for 30 has_mib "$all" || fail "the host has kept $(dm ballooned-pages) pages"
[ "$(dm violations)" = '[]' ] || fail "the host complains: $(dm violations)"
