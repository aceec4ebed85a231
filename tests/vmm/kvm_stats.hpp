// SPDX-License-Identifier: GPL-2.0-only
// KVM's own counts of a virtual machine: exits, hypercalls, interrupts, halts. Documented with the kernel
// (Documentation/virt/kvm/api.rst, KVM_GET_STATS_FD).
#ifndef VMM_KVM_STATS_HPP
#define VMM_KVM_STATS_HPP

#include <cstdint>
#include <map>
#include <string>

#include "kvm.hpp"

namespace vmm {

// Adds the counts of one virtual machine or vCPU to those in sums, by their names; nothing where the kernel is
// older than 5.14. Any thread.
void add_kvm_stats(const Fd& owner, std::map<std::string, uint64_t>& sums);

} // namespace vmm

#endif
