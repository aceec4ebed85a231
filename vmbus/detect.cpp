// SPDX-License-Identifier: GPL-2.0-only
// What CPUID says about the host (protocol.md 1.1).
#include "vmbus_core.h"

#include <hyperv/hypercall.h>

namespace vmbus {
namespace {

struct Leaf {
    uint32_t eax, ebx, ecx, edx;
};

Leaf cpuid(uint32_t number) {
    uint32_t registers[4] = {0, 0, 0, 0};
    lis_os_cpuid(number, registers);
    return Leaf{registers[0], registers[1], registers[2], registers[3]};
}

bool hyperv_interface() {
    if ((cpuid(1).ecx & hyperv::kHypervisorPresent) == 0)
        return false;
    const Leaf vendor = cpuid(hyperv::kLeafVendor);
    return vendor.eax >= hyperv::kLeafLimits && vendor.ebx == hyperv::kVendorEbx &&
           vendor.ecx == hyperv::kVendorEcx && vendor.edx == hyperv::kVendorEdx &&
           cpuid(hyperv::kLeafInterface).eax == hyperv::kInterfaceSignature;
}

uint32_t platform(const Leaf& features, uint32_t highest_leaf) {
    const uint32_t needed = hyperv::kPrivilegeHypercall | hyperv::kPrivilegeVpIndex | hyperv::kPrivilegeSynic;
    if ((features.ebx & hyperv::kPrivilegeIsolation) != 0 && highest_leaf >= hyperv::kLeafIsolation &&
        (cpuid(hyperv::kLeafIsolation).ebx & hyperv::kIsolationTypeMask) != 0)
        return VMBUS_CORE_PLATFORM_ISOLATED;
    if ((features.ebx & hyperv::kPrivilegeCreatePartitions) != 0 &&
        (features.ebx & hyperv::kPrivilegeCpuManagement) != 0)
        return VMBUS_CORE_PLATFORM_ROOT;
    if ((features.eax & needed) != needed)
        return VMBUS_CORE_PLATFORM_NO_SYNIC;
    return VMBUS_CORE_PLATFORM_GUEST;
}

} // namespace
} // namespace vmbus

void vmbus_core_detect(struct vmbus_core_host* host) {
    using namespace vmbus;
    *host = vmbus_core_host();
    host->platform = VMBUS_CORE_PLATFORM_NONE;
    if (!hyperv_interface())
        return;
    const Leaf build = cpuid(hyperv::kLeafBuild);
    const Leaf features = cpuid(hyperv::kLeafFeatures);
    host->build = build.eax;
    host->major = static_cast<uint16_t>(build.ebx >> 16);
    host->minor = static_cast<uint16_t>(build.ebx & 0xFFFF);
    host->service_pack = build.ecx;
    host->service_branch = build.edx >> 24;
    host->service_number = build.edx & 0xFFFFFF;
    host->features = features.eax;
    host->misc_features = features.edx;
    host->hints = cpuid(hyperv::kLeafHints).eax;
    host->platform = platform(features, cpuid(hyperv::kLeafVendor).eax);
}
