// SPDX-License-Identifier: GPL-2.0-only
#include "cpuid.hpp"

#include <algorithm>

#include <hyperv/hypercall.h>

namespace vmm {

namespace {

const uint32_t kHypervisorLeaves = 0x40000000;
const uint32_t kHypervisorLeavesEnd = 0x40010000;
const unsigned kMaxEntries = 256;

// Of the partition's privileges: run time, reference counter and TSC page, SynIC, timers, APIC
// registers, hypercalls, VP index, reset.
const uint32_t kPrivileges = 1 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 9;
const uint32_t kPostAndSignal = 1 << 4 | 1 << 5;
// Crash registers.
const uint32_t kFeatures = 1 << 10;
const uint32_t kDirectTimers = 1 << 19;
const uint32_t kReadFrequencies = 1 << 11, kHasFrequencies = 1 << 8;
// No nested enlightenments.
const uint32_t kHints = 1 << 5;
// Windows Server 2016: 10.0, build 14393.
const uint32_t kBuild = 14393, kBuildVersion = 10 << 16;

std::vector<kvm_cpuid_entry2> ask(const Fd& fd, unsigned long request, const char* what) {
    Table<kvm_cpuid_entry2> table(kMaxEntries);
    control(fd, request, table.data(), what);
    return table.entries();
}

unsigned bits_for(unsigned count) {
    unsigned bits = 0;
    while (1u << bits < count) bits++;
    return bits;
}

void set_topology(kvm_cpuid_entry2& entry, unsigned index, unsigned count) {
    switch (entry.function) {
    case 1:
        entry.ebx = (entry.ebx & 0x0000FFFF) | index << 24 | std::min(count, 255u) << 16;
        entry.ecx |= hyperv::kHypervisorPresent;
        if (count > 1) entry.edx |= 1u << 28;
        else entry.edx &= ~(1u << 28);
        break;
    case 4: entry.eax = (entry.eax & ~0xFC000000u) | (count - 1) << 26; break;
    case 0xB:
    case 0x1F:
        entry.eax = entry.index == 0 ? 0 : bits_for(count);
        entry.ebx = entry.index == 0 ? 1 : entry.index == 1 ? count : 0;
        entry.ecx = entry.index == 0 ? 0x100 : entry.index == 1 ? 0x201 : entry.index;
        entry.edx = index;
        break;
    case 0x80000008: entry.ecx = (entry.ecx & ~0xF0FFu) | (count - 1) | bits_for(count) << 12; break;
    case 0x8000001E:
        entry.eax = index;
        entry.ebx = index;
        entry.ecx = 0;
        break;
    default: break;
    }
}

// False: the guest does not see this leaf.
bool set_hyperv(kvm_cpuid_entry2& entry, const CpuidOptions& options) {
    switch (entry.function) {
    case hyperv::kLeafVendor:
        // KVM names itself, and Linux looks for Hyper-V's own name.
        entry.eax = hyperv::kLeafLimits;
        entry.ebx = hyperv::kVendorEbx;
        entry.ecx = hyperv::kVendorEcx;
        entry.edx = hyperv::kVendorEdx;
        return true;
    case hyperv::kLeafBuild:
        entry.eax = kBuild;
        entry.ebx = kBuildVersion;
        entry.ecx = entry.edx = 0;
        return true;
    case hyperv::kLeafInterface:
    case hyperv::kLeafLimits: return true;
    case hyperv::kLeafFeatures:
        entry.eax &= kPrivileges | (options.frequencies ? kReadFrequencies : 0);
        entry.ebx &= kPostAndSignal;
        entry.edx &= kFeatures | (options.frequencies ? kHasFrequencies : 0) | (options.direct_timers ? kDirectTimers : 0);
        return true;
    case hyperv::kLeafHints:
        entry.eax &= kHints;
        entry.ebx = 0xFFF; // spin as long as you like
        return true;
    default: return false;
    }
}

} // namespace

std::vector<kvm_cpuid_entry2> guest_cpuid(const Fd& kvm, const Fd& vcpu, unsigned index, CpuidOptions options) {
    std::vector<kvm_cpuid_entry2> guest;
    for (kvm_cpuid_entry2& entry : ask(kvm, kGetSupportedCpuid, "KVM_GET_SUPPORTED_CPUID")) {
        // KVM's own leaves would be found before Hyper-V's.
        if (entry.function >= kHypervisorLeaves && entry.function < kHypervisorLeavesEnd) continue;
        set_topology(entry, index, options.count);
        guest.push_back(entry);
    }
    for (kvm_cpuid_entry2& entry : ask(vcpu, kGetSupportedHvCpuid, "KVM_GET_SUPPORTED_HV_CPUID"))
        if (set_hyperv(entry, options)) guest.push_back(entry);
    return guest;
}

} // namespace vmm
