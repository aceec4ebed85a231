# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Sourced by the rig's scripts: where the cache lies, messages, and how something gets into it whole.
#
# The cache holds everything the rig downloads or builds outside the checkout. It may be deleted at
# any time. LIS_CACHE moves it.

lis_cache=${LIS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lis-ng}
rig_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lis_top=$(cd "$rig_dir/../.." && pwd)
mkdir -p "$lis_cache"

if [[ -t 2 ]]; then rig_bold=$'\e[1m' rig_plain=$'\e[0m'; else rig_bold='' rig_plain=''; fi

# Progress goes to stderr: stdout belongs to what a script answers.
say() { printf '%s%s:%s %s\n' "$rig_bold" "${0##*/}" "$rig_plain" "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Prints the comment block below a script's licence line, which is its --help.
usage() { awk 'NR > 2 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

# cache_make <path below the cache> <command...>
# Runs the command with a fresh directory as its last argument; only if it succeeds does the directory
# become <path>. So what exists is whole, and an interrupted run leaves nothing but a *.part to redo.
# Runs that want the same path wait for one another.
cache_make() {
    local path=$lis_cache/$1
    shift
    [[ -d $path ]] && return
    mkdir -p "${path%/*}"
    (
        flock 9
        if [[ ! -d $path ]]; then
            rm -rf "$path.part"
            mkdir "$path.part"
            "$@" "$path.part" 9>&-
            mv "$path.part" "$path"
        fi
    ) 9>"$path.lock"
}
