# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by stranger: libraries that a program is linked with and never calls here.
#
# Debian links some programs with half a distribution (fio with Ceph's, Gluster's and RDMA's clients, some 80 MB).
# A stand-in has the library's name and the functions that the program wants of it; each of them ends the program.

# stand_in_libraries <program> <directory>: makes a stand-in for every library that the program itself needs and
# that is not in the directory.
stand_in_libraries() {
    local program=$1 directory=$2 name
    readelf -dW "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r name; do
        if [[ ! -e $directory/$name ]]; then stand_in "$program" "$directory" "$name"; fi
    done
}

# stand_in <program> <directory> <library>
stand_in() {
    local program=$1 directory=$2 name=$3 script=$2/$3.map source=$2/$3.c version
    for version in $(wanted_versions "$program" "$name"); do
        wanted_functions "$program" "$version" | write_functions >>"$source"
        { echo "$version {"; wanted_functions "$program" "$version" | sed 's/$/;/'; echo '};'; } >>"$script"
    done
    # A library without versions: nothing says which functions are its own, so it gets those that nobody has.
    if [[ ! -e $script ]]; then
        wanted_functions "$program" '' | grep -vxFf <(nm -D --defined-only "$directory"/*.so* 2>/dev/null |
            awk '{ sub(/@.*/, "", $3); print $3 }') | write_functions >"$source" || true # grep: all are had already
        echo '{ global: *; };' >"$script"
    fi
    gcc -shared -nostdlib -fPIC -w -o "$directory/$name" "-Wl,-soname,$name" "-Wl,--version-script,$script" "$source" ||
        die "cannot make a stand-in for $name"
    rm "$script" "$source"
}

wanted_versions() {
    readelf -VW "$1" | awk -v wanted="$2" '{
        for (i = 1; i < NF; i++) {
            if ($i == "File:") file = $(i + 1)
            if ($i == "Name:" && file == wanted) print $(i + 1)
        }
    }'
}

wanted_functions() {
    nm -D --undefined-only "$1" | awk -v wanted="$2" '$1 == "U" {
        split($2, part, "@")
        if (part[2] == wanted) print part[1]
    }'
}

write_functions() { sed 's/.*/void &(void) { __builtin_trap(); }/'; }
