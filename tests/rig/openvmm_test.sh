#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# openvmm_test.sh: what the rig makes of OPENVMM=path, with programs that stand in for OpenVMM: which it refuses, in
# which words, and that what it brings to the emulated machine runs without the libraries of this one.
#
# Usage: openvmm_test.sh        (make check-tools)
#
# Results: build/results/openvmm.xml.
set -euo pipefail
. "$(dirname "$0")/cache.sh"
. "$rig_dir/junit.sh"
. "$rig_dir/openvmm.sh"
case ${1:-} in
--help) usage; exit ;;
'') ;;
*) say "unknown argument $1 (see --help)"; exit 2 ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
libraries=$scratch/libraries
mkdir "$libraries" "$scratch/directory"
echo 'int answer(void) { return 42; }' >"$scratch/answer.c"
printf "%s\n" 'extern int printf(const char *, ...); int answer(void); int main(void) { return printf("%d\n", answer()) != 3; }' >"$scratch/stand_in.c"
gcc -shared -fPIC -o "$libraries/libanswer.so" "$scratch/answer.c"
gcc -o "$scratch/linked" "$scratch/stand_in.c" -L"$libraries" -lanswer -Wl,-rpath,"$libraries"
gcc -o "$scratch/lacking" "$scratch/stand_in.c" -L"$libraries" -lanswer
gcc -static -o "$scratch/static" "$scratch/stand_in.c" "$scratch/answer.c"
cp "$scratch/linked" "$scratch/plain"
chmod -x "$scratch/plain"
printf '#!/bin/sh\n' >"$scratch/script"
chmod +x "$scratch/script"

verdict() {
    junit_add openvmm "$1" 0 "$2" "${3:-}"
    [[ $2 == pass ]] || printf '  fail openvmm, %s: %s\n' "$1" "$3"
}

# refuses <name> <the one line> <path>: boot and system do, with status 2, before they do anything else.
refuses() {
    local name=$1 line=$2 path=$3 program got status
    for program in "boot --script $rig_dir/guest/demo" "system --scenario bus-load"; do
        status=0
        # shellcheck disable=SC2086 # a program and its arguments
        got=$(OPENVMM=$path "$rig_dir"/$program --host openvmm 2>&1) || status=$?
        if [[ $status == 2 && $got == "${program%% *}: $line" ]]; then
            verdict "${program%% *}_$name" pass
        else
            verdict "${program%% *}_$name" fail "status $status, says: $got"
        fi
    done
}

refuses wants_a_path 'host openvmm needs OPENVMM=path of an OpenVMM binary' ''
refuses wants_a_file_that_exists "OPENVMM=$scratch/none: no such file" "$scratch/none"
refuses wants_no_directory "OPENVMM=$scratch/directory: not a file" "$scratch/directory"
refuses wants_an_executable "OPENVMM=$scratch/plain: not executable" "$scratch/plain"
refuses wants_a_program "OPENVMM=$scratch/script: not a program for x86-64" "$scratch/script"
refuses wants_its_libraries "OPENVMM=$scratch/lacking: needs libanswer.so, which is not here" "$scratch/lacking"

# Unasked, nobody looks for it.
if OPENVMM=$scratch/none "$rig_dir/system" --list --scenario 'bus-l*' >"$scratch/list" && ! grep -q openvmm "$scratch/list"; then
    verdict is_not_looked_for pass
else
    verdict is_not_looked_for fail "system --list: $(grep -m 1 openvmm "$scratch/list")"
fi

openvmm_check "$scratch/linked" && openvmm_bring "$scratch/linked" "$scratch/machine"
rm -r "$libraries"
got=$("$scratch/machine/openvmm/linker" --inhibit-cache --library-path "$scratch/machine/openvmm/lib" "$scratch/machine/openvmm/openvmm" 2>&1) || true
if [[ $got == 42 ]]; then verdict brings_libraries pass; else verdict brings_libraries fail "$got"; fi

openvmm_check "$scratch/static" && openvmm_bring "$scratch/static" "$scratch/machine2"
got=$("$scratch/machine2/openvmm/openvmm" 2>&1) || true
if [[ $got == 42 && ! -e $scratch/machine2/openvmm/linker ]]; then
    verdict brings_a_static_program pass
else
    verdict brings_a_static_program fail "$got"
fi

junit_write openvmm
