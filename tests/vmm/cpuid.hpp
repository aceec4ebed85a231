// SPDX-License-Identifier: GPL-2.0-only
// What the guest's CPUID says: the machine's own CPU below Hyper-V's leaves.
#ifndef VMM_CPUID_HPP
#define VMM_CPUID_HPP

#include <vector>

#include "kvm.hpp"

namespace vmm {

struct CpuidOptions {
    unsigned count;     // vCPUs, all in one package
    bool frequencies;   // of TSC and APIC timer are told: for guests that have no clock to measure them by
    bool direct_timers; // timers can interrupt by a vector
};

// Leaves for vCPU index.
std::vector<kvm_cpuid_entry2> guest_cpuid(const Fd& kvm, const Fd& vcpu, unsigned index, CpuidOptions options);

} // namespace vmm

#endif
