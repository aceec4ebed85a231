# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with selftest
# Sourced: faults planted in a copy of the project that builds the sample module. Each plant_* edits
# the copy in the current directory; each expect_* is the complaint that must follow.
# Set by selftest: kdir. Read by it: modpost_warns (let modpost only warn about undefined symbols, so
# that our own check is what fails).

modpost_warns=

in_core() { printf '%s\n' "$1" >>tests/build/sample/core.cpp; }
in_shim() { printf '%s\n' "$1" >>tests/build/sample/sample_linux.c; }
before_core() { sed -i "3i $1" tests/build/sample/core.cpp; }
before_shim() { sed -i "3i $1" tests/build/sample/sample_linux.c; }

plants=()
plant() { plants+=("$1"); } # <name>: of functions plant_<name> and expect_<name>

plant kernel_header_in_core
expect_kernel_header_in_core() { echo "linux/types.h: No such file"; }
plant_kernel_header_in_core() { before_core '#include <linux/types.h>'; }

# By names that the compiler finds all the same.
plant kernel_header_in_core_by_path
expect_kernel_header_in_core_by_path() { echo "core.cpp is a core and reads .*/include/generated/utsrelease.h"; }
plant_kernel_header_in_core_by_path() { before_core "#include \"$kdir/include/generated/utsrelease.h\""; }

plant kernel_header_in_toolkit
expect_kernel_header_in_toolkit() { echo "core.cpp is a core and reads .*/include/generated/utsrelease.h"; }
plant_kernel_header_in_toolkit() {
    echo "#include \"$kdir/include/generated/utsrelease.h\"" >include/lis/planted.hpp
    before_core '#include <lis/planted.hpp>'
}

plant probe_results_in_core
expect_probe_results_in_core() { echo "core.cpp is a core and reads build/.*/generated/lis_config.h"; }
plant_probe_results_in_core() { before_core '#include <lis_config.h>'; }

plant compat_header_in_core
expect_compat_header_in_core() { echo "core.cpp is a core and reads include/compat/planted.h"; }
plant_compat_header_in_core() {
    mkdir -p include/compat
    : >include/compat/planted.h
    before_core '#include <compat/planted.h>'
}

plant wire_header_in_shim
expect_wire_header_in_shim() { echo "sample_linux.c is a shim and reads include/hyperv/planted.h"; }
plant_wire_header_in_shim() {
    : >include/hyperv/planted.h
    before_shim '#include <hyperv/planted.h>'
}

plant wire_header_in_shim_by_detour
expect_wire_header_in_shim_by_detour() { echo "sample_linux.c is a shim and reads include/hyperv/planted.h"; }
plant_wire_header_in_shim_by_detour() {
    : >include/hyperv/planted.h
    before_shim '#include "../../probes/../../include/hyperv/planted.h"'
}

plant toolkit_header_in_shim
expect_toolkit_header_in_shim() { echo "sample_linux.c is a shim and reads include/lis/planted.hpp"; }
plant_toolkit_header_in_shim() {
    : >include/lis/planted.hpp
    before_shim '#include <lis/planted.hpp>'
}

plant linux_hyperv_in_shim
expect_linux_hyperv_in_shim() { echo "sample_linux.c is a shim and reads the kernel's <linux/hyperv.h>"; }
plant_linux_hyperv_in_shim() { in_shim '#include <linux/hyperv.h>'; }

plant mshyperv_outside_the_bus
expect_mshyperv_outside_the_bus() { echo "sample_linux.c is not a shim of the bus and names <asm/mshyperv.h>"; }
plant_mshyperv_outside_the_bus() { in_shim '#include <asm/mshyperv.h>'; }

plant timer_header_outside_the_bus
expect_timer_header_outside_the_bus() { echo "names <clocksource/hyperv_timer.h> (in include/compat/planted.h)"; }
plant_timer_header_outside_the_bus() {
    mkdir -p include/compat
    echo '#include <clocksource/hyperv_timer.h>' >include/compat/planted.h
    in_shim '#include <compat/planted.h>'
}

plant global_constructor
expect_global_constructor() { echo "has global constructors or destructors: _GLOBAL__sub_I_"; }
plant_global_constructor() {
    in_core 'struct Planted { uint32_t value; Planted() : value(lis_sample_sum(nullptr, 0)) {} } planted;'
}

plant constructor_attribute
expect_constructor_attribute() { echo "has global constructors or destructors"; }
plant_constructor_attribute() { in_shim 'static void __attribute__((constructor)) planted(void) { lis_sample_report(0, 0); }'; }

plant global_destructor
expect_global_destructor() { echo "has __cxa_atexit, which belongs to the C++ runtime"; }
plant_global_destructor() {
    modpost_warns=1
    in_core 'struct Planted { ~Planted() { lis_sample_report(0, 0); } } planted;'
}

plant operator_new
expect_operator_new() { echo "has _Znwm, which belongs to the C++ runtime"; }
plant_operator_new() {
    modpost_warns=1
    in_core 'uint32_t* planted() { return new uint32_t; }'
}

plant pure_virtual
expect_pure_virtual() { echo "has __cxa_pure_virtual, which belongs to the C++ runtime"; }
plant_pure_virtual() {
    modpost_warns=1
    in_core 'struct Planted { Planted(); virtual void run() = 0; }; Planted::Planted() { lis_sample_report(0, 0); }'
}

plant support_library
expect_support_library() { echo "has __udivti3, which belongs to the C++ runtime or the compiler's support library"; }
plant_support_library() {
    modpost_warns=1
    in_core 'extern "C" uint64_t planted(unsigned __int128 a, unsigned __int128 b) { return uint64_t(a / b); }'
}

plant undefined_cxx_function
expect_undefined_cxx_function() { echo "needs the C++ function _Z7missingv, which no part of it defines"; }
plant_undefined_cxx_function() {
    modpost_warns=1
    in_core 'void missing(); void planted() { missing(); }'
}

plant exception
expect_exception() { echo "exception handling disabled"; }
plant_exception() { in_core 'void planted() { throw 1; }'; }

plant undefined_symbol
expect_undefined_symbol() { echo "missing_function.*undefined"; }
plant_undefined_symbol() { in_shim 'void missing_function(void); static void __used planted(void) { missing_function(); }'; }

plant undefined_symbol_without_symvers
expect_undefined_symbol_without_symvers() { echo "sample.ko needs missing_function, which this kernel does not export"; }
plant_undefined_symbol_without_symvers() {
    plant_undefined_symbol
    LIS_EXPORTS=$PWD/exports
    awk '{ print $2 }' "$kdir/Module.symvers" >"$LIS_EXPORTS"
    export LIS_EXPORTS
    modpost_warns=1
}

# The kernel is said to have KASAN; it has not, so the core is compiled without.
plant uninstrumented_core
expect_uninstrumented_core() { echo "core.o is a core without the sanitizer of this kernel"; }
plant_uninstrumented_core() { sed -i 's/^kernel_kasan=.*/kernel_kasan=y/' build/*/facts/facts; }

plant export_without_checksum
expect_export_without_checksum() { echo "the export lis_planted has no checksum"; }
plant_export_without_checksum() { in_shim '_Atomic int lis_planted; EXPORT_SYMBOL_GPL(lis_planted);'; } # unknown to genksyms

plant version_comparison
expect_version_comparison() { echo "sample_linux.c compares kernel versions"; }
plant_version_comparison() { in_shim '#if LINUX_VERSION_CODE > 5'$'\n''#endif'; }

plant failing_probe_family
expect_failing_probe_family() { echo "has no known variant of planted (tried: planted_api); a kernel this new"; }
plant_failing_probe_family() {
    printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0-only */' '/* family: planted, required: one */' \
        'int lis_probe(void) { return no_kernel_has_this(); }' >tests/probes/planted_api.c
}

plant malformed_probe_family
expect_malformed_probe_family() { echo "planted_api.c: the second line is not"; }
plant_malformed_probe_family() {
    printf '%s\n' '/* SPDX-License-Identifier: GPL-2.0-only */' '/* family: planted, required: sometimes */' \
        'int lis_probe;' >tests/probes/planted_api.c
}

plant warning_in_core
expect_warning_in_core() { echo "core.cpp:.*warning: unused variable"; }
plant_warning_in_core() { in_core 'void planted() { int unused; }'; }

plant warning_in_shim
expect_warning_in_shim() { echo "sample_linux.c:.*warning: .*planted.*defined but not used"; }
plant_warning_in_shim() { in_shim 'static void planted(void) { }'; }

# What a newer g++ does with the patchable entries of functions that several objects define.
plant sections_of_one_name
expect_sections_of_one_name() { echo "has more than one section lis_twice"; }
plant_sections_of_one_name() {
    sed -i '/^lis-merge/s/:=.*/:=/' Kbuild
    in_shim 'asm(".pushsection lis_twice,\"aG\",@progbits,one,comdat; .long 1; .popsection");'
    in_shim 'asm(".pushsection lis_twice,\"aG\",@progbits,two,comdat; .long 2; .popsection");'
}
