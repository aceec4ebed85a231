// SPDX-License-Identifier: GPL-2.0-only
// What the guest's CPUID says: the machine's own CPU below Hyper-V's leaves.
#ifndef VMM_CPUID_HPP
#define VMM_CPUID_HPP

#include <vector>

#include "kvm.hpp"

namespace vmm {

// Leaves for vCPU index of count, all in one package.
std::vector<kvm_cpuid_entry2> guest_cpuid(const Fd& kvm, const Fd& vcpu, unsigned index, unsigned count);

} // namespace vmm

#endif
