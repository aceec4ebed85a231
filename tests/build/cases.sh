# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced: test cases of the build, run by tests/build/run in the project's directory.

# Runs kernel-cxx with a compiler that only prints its arguments, one a line, and takes every option
# but those that g++ does not have.
translate() { # <options that Kbuild would give...>
    local dir=build/selftest/flags
    rm -rf "$dir"
    mkdir -p "$dir"
    cat >"$dir/cxx" <<'CXX'
#!/bin/sh
case " $* " in
*" --version "*) echo "cxx 1"; exit ;;
*" -print-file-name=include "*) echo /compiler/include; exit ;;
*" -fno-such-option "* | *" -fcf-protection=unknown "*) echo "unknown option" >&2; exit 1 ;;
*" -x c++ -S "*) exit ;;
esac
printf '%s\n' "$@"
CXX
    chmod +x "$dir/cxx"
    build-aux/kernel-cxx /project "$PWD/$dir" "$PWD/$dir/cxx" cc "$@" -c -o x.o x.cpp
}

flags_are_translated() {
    # shellcheck disable=SC2054 # commas are the options' own
    local kept=(-mcmodel=kernel -mno-red-zone -mregparm=3 -mno-sse -mindirect-branch=thunk-extern
        -mfunction-return=thunk-extern -fcf-protection=branch -fstack-protector-strong
        -fpatchable-function-entry=16,16 -fsanitize=kernel-address -fasan-shadow-offset=0xdffffc0000000000
        -fsanitize=thread -fsanitize-coverage=trace-pc -fprofile-arcs -fno-strict-overflow -fno-strict-aliasing
        -fno-jump-tables -mpreferred-stack-boundary=3 -mharden-sls=all -pg -mfentry -mrecord-mcount -O2
        -Wframe-larger-than=2048)
    local gone=(-std=gnu11 -Wstrict-prototypes -Wno-pointer-sign -Werror=implicit-int -Wdeclaration-after-statement
        -fms-extensions -fno-such-option -D__KERNEL__ -DMODULE -I/kernel/include -I./include)
    local flags flag failed=0
    flags=$(translate "${kept[@]}" --param asan-globals=1 --param=asan-stack=1 "${gone[@]}" -D "TWO=1" -I /kernel/two \
        -include /kernel/force.h -isystem /kernel/system -DKBUILD_MODNAME='"a b"' -Wp,-MMD,x.d \
        -I/project/include) || return 1
    expect() { grep -qxF -e "$1" <<<"$flags" || { echo "lost: $1" && failed=1; }; }
    reject() { if grep -qF -e "$1" <<<"$flags"; then echo "still there: $1" && failed=1; fi; }
    for flag in "${kept[@]}" --param=asan-globals=1 --param=asan-stack=1 -Wp,-MD,x.d -I/project/include -std=gnu++11 \
        -fno-exceptions -fno-rtti -fno-threadsafe-statics -fcheck-new -ffreestanding -nostdinc -nostdinc++ \
        /compiler/include x.cpp x.o -c; do
        expect "$flag"
    done
    for flag in "${gone[@]}" TWO /kernel/ KBUILD_MODNAME; do reject "$flag"; done
    return "$failed"
}

cfi_is_refused() {
    local text
    if text=$(translate -fsanitize=kcfi 2>&1); then echo "accepted" && return 1; fi
    [[ $(wc -l <<<"$text") -eq 1 && $text == *CONFIG_CFI*"not supported"* ]] || { echo "$text" && return 1; }
    # An option that the kernel relies on is not dropped in silence.
    if text=$(translate -fcf-protection=unknown 2>&1); then echo "dropped" && return 1; fi
    [[ $text == *"does not know -fcf-protection=unknown"* ]] || { echo "$text" && return 1; }
}

one_line() { # <what it must contain>: the complaint of the build, from stdin
    local text
    text=$(grep -v '^make' || true)
    if [[ $(wc -l <<<"$text") -ne 1 || $text != *"$1"* ]]; then
        echo "$text"
        return 1
    fi
}

one_line_without_headers() {
    local text
    if text=$(make KDIR=/lib/modules/0.0.0-none/build 2>&1); then echo "built" && return 1; fi
    one_line "apt-get install linux-headers-0.0.0-none (Debian) or yum install kernel-devel-0.0.0-none (RHEL)" <<<"$text"
}

# With a PATH that has everything but g++.
one_line_without_cxx() {
    local dir=$PWD/build/selftest/path text
    rm -rf "$dir"
    mkdir -p "$dir"
    ln -s /usr/bin/* "$dir/"
    rm -f "$dir"/*g++* "$dir"/c++*
    if text=$(PATH=$dir make KDIR="$PWD" 2>&1); then echo "built" && return 1; fi
    one_line "a C++ compiler not found: apt-get install g++ (Debian) or yum install gcc-c++ (RHEL)" <<<"$text"
}

compiled() { grep -E '^ +(CC|CXX) ' | grep -v '\.mod\.o$' || true; }

nothing_is_compiled_twice() { # <kdir>
    local copy text
    copy=$(tests/build/copy-project "$1" again)
    text=$(make -C "$copy" KDIR="$1" | compiled)
    [[ $text == *CXX* && $text == *"CC "* ]] || { echo "compiled only: $text" && return 1; }
    text=$(make -C "$copy" KDIR="$1" | compiled)
    [[ -z $text ]] || { echo "compiled again: $text" && return 1; }
}

# After nothing_is_compiled_twice, in its copy.
changes_compile_what_depends() { # <kdir>
    local copy=build/selftest/again text
    touch "$copy/tests/build/sample/sample_core.h"
    text=$(make -C "$copy" KDIR="$1" | compiled)
    [[ $text == *CXX* && $text == *"CC "* ]] || { echo "after a header: $text" && return 1; }
    touch "$copy/tests/build/sample/core.cpp"
    text=$(make -C "$copy" KDIR="$1" | compiled)
    [[ $text == *CXX* && $text != *"CC "* ]] || { echo "after a core: $text" && return 1; }
    # The same compiler by another name.
    text=$(make -C "$copy" KDIR="$1" CXX="env $(sed -n 's/^LIS_CXX := //p' "$copy"/build/*/kbuild/Kbuild)" | compiled)
    [[ $text == *CXX* && $text != *"CC "* ]] || { echo "after another CXX: $text" && return 1; }
    # The digest is what the headers say, and modules carry it.
    echo '/* changed */' >>"$copy/include/lis/errors.h"
    text=$(make -C "$copy" KDIR="$1" | compiled)
    [[ $text == *CXX* && $text == *"CC "* ]] || { echo "after the digest: $text" && return 1; }
}

writes_below_build_only() {
    local text
    text=$(find . -path ./build -prune -o -path ./.git -prune -o -type f \
        \( -name '*.o' -o -name '*.ko' -o -name '*.cmd' -o -name '*.mod*' -o -name 'Module.symvers' \) -print)
    [[ -z $text ]] || { echo "$text" && return 1; }
}
