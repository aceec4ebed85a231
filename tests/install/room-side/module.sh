# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced in the room: files that kmod's tools take for kernel modules.

# make_module <file> <name> <version or ''> <srcversion or ''> <kernel release> [description]
make_module() {
    {
        echo '.section .modinfo,"a"'
        echo ".asciz \"license=GPL\", \"name=$2\", \"vermagic=$5 SMP mod_unload \", \"depends=\""
        [[ ! $3 ]] || echo ".asciz \"version=$3\""
        [[ ! ${6-} ]] || echo ".asciz \"description=$6\""
        [[ ! $4 ]] || echo ".asciz \"srcversion=$4\""
        echo '.data'
        echo '.zero 64'
    } | as -o "$1" -
}
