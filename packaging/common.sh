# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by install.sh, upgrade.sh and uninstall.sh, which set `here` and `options_known`: options,
# messages, the log, and children that can be stopped. bash 3.2.
#
# Exit status of all three:
#   0  done, or there was nothing to do
#   1  refused: nothing was changed
#   2  wrong usage
#   3  failed or interrupted: what had been changed is undone
#   4  failed, and something could not be undone: the message names it

log=/var/log/lis-ng.log
umask 022

# shellcheck source=packaging/kernels.sh
. "$here/packaging/kernels.sh"
# shellcheck source=packaging/guest.sh
. "$here/packaging/guest.sh"
# shellcheck source=packaging/dkms.sh
. "$here/packaging/dkms.sh"
# shellcheck source=packaging/initramfs.sh
. "$here/packaging/initramfs.sh"
# shellcheck source=packaging/plan.sh
. "$here/packaging/plan.sh"
# shellcheck source=packaging/change.sh
. "$here/packaging/change.sh"

me=${0##*/}
# Nobody may be listening any more, which stops nothing.
say() { printf '%s: %s\n' "$me" "$*" 2>/dev/null || true; }
complain() { say "$*" >&2; }
note() { complain "note: $*"; }
refuse() {
    complain "refused: $*"
    exit 1
}
usage_error() {
    complain "$* (see --help)"
    exit 2
}

# Sets dry_run, force (1 or empty) and asked_kernels.
parse_options() {
    local known
    dry_run='' force='' asked_kernels=''
    while [[ $# -gt 0 ]]; do
        case $1 in
        --kernel=*) set -- --kernel "${1#*=}" "${@:2}" ;;
        esac
        for known in $options_known --help ''; do
            [[ $1 != "$known" ]] || break
        done
        [[ $known ]] || usage_error "unknown option $1"
        case $1 in
        --help)
            sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$0"
            exit
            ;;
        --dry-run) dry_run=1 ;;
        --force) force=1 ;;
        --kernel)
            [[ ${2-} && $2 != -* && $2 != */* ]] || usage_error "--kernel needs the release of a kernel"
            asked_kernels="$asked_kernels $2"
            shift
            ;;
        esac
        shift
    done
}

# Only root changes anything, and only one at a time.
begin() {
    trap : PIPE # not ignored: children would inherit that
    if [[ $dry_run ]]; then
        log=/dev/null
        return
    fi
    [[ $(id -u) == 0 ]] || refuse "needs root"
    command -v flock >/dev/null || refuse "flock is missing: install util-linux"
    # shellcheck disable=SC2188
    { : >>"$log"; } 2>/dev/null || refuse "cannot write $log"
    exec 9>>"$log"
    flock -n 9 || refuse "another one of install.sh, upgrade.sh and uninstall.sh is running"
    printf -- '\n--- %s %s\n' "$me" "$(date)" 2>/dev/null >&9 || refuse "cannot write $log: is there room left?"
}

# missing_tools <command>=<package>...: one sentence about those that are absent; nothing if all are there.
missing_tools() {
    local pair commands='' packages=''
    for pair; do
        if ! command -v "${pair%%=*}" >/dev/null; then
            commands="$commands ${pair%%=*}"
            case " $packages " in *" ${pair#*=} "*) ;; *) packages="$packages ${pair#*=}" ;; esac
        fi
    done
    if [[ $commands ]]; then echo "missing:$commands (apt-get install$packages)"; fi
}

# Runs a command into the log, in a process group of its own, so that it can be stopped with all its
# children; a signal to this shell is acted on at once, not when the command has ended.
child=''
run() {
    local status=0
    set -m
    "$@" >>"$log" 2>&1 </dev/null 9>&- &
    child=$!
    set +m
    wait "$child" || status=$?
    child=''
    return "$status"
}

# Its children too: they must not write any more when what they have written is undone.
stop_child() {
    local turn watchdog
    [[ $child ]] || return 0
    kill -TERM -- "-$child" 2>/dev/null || true # it may have ended by itself
    (sleep 10 && kill -KILL -- "-$child") >/dev/null 2>&1 </dev/null 9>&- &
    watchdog=$!
    wait "$child" 2>/dev/null || true
    for turn in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 -- "-$child" 2>/dev/null || break
        sleep 0.2
    done
    kill -KILL -- "-$child" 2>/dev/null || true
    kill "$watchdog" 2>/dev/null || true
    child=''
}
