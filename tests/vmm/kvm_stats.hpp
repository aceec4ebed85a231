// SPDX-License-Identifier: GPL-2.0-only
// KVM's own counts of a vCPU: exits, hypercalls, interrupts, halts. Documented with the kernel
// (Documentation/virt/kvm/api.rst, KVM_GET_STATS_FD).
#ifndef VMM_KVM_STATS_HPP
#define VMM_KVM_STATS_HPP

#include <cstdint>
#include <map>
#include <string>

#include "kvm.hpp"

namespace vmm {

class KvmStats {
public:
    // Counts nothing where the kernel is older than 5.14. Not while the vCPU runs: KVM would wait for its next exit.
    explicit KvmStats(const Fd& vcpu);
    // Adds the counts to those in sums, by their names. Any thread, at any time.
    void add_to(std::map<std::string, uint64_t>& sums) const;

private:
    struct Counter {
        std::string name;
        uint64_t offset;
    };
    Fd file_;
    std::vector<Counter> counters_;
};

} // namespace vmm

#endif
