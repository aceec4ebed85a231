// SPDX-License-Identifier: GPL-2.0-only
// What CPUID says, and what the bus makes of it. Numbers are written out, not taken from the headers under
// test (protocol.md 1.1).
#include "os/machine.hpp"
#include "vmbus/vmbus_core.h"

#include <cstring>
#include <gtest/gtest.h>

using testos::Machine;

namespace {

const uint32_t kHypercall = 1u << 5, kVpIndex = 1u << 6, kSynic = 1u << 2;                 // features.eax
const uint32_t kCreatePartitions = 1u, kCpuManagement = 1u << 12, kIsolation = 1u << 22; // features.ebx

// An ordinary guest of Windows Server 2022.
void set_up(Machine& machine) {
    machine.cpuid[1] = {{0, 0, 1u << 31, 0}};
    machine.cpuid[0x40000000] = {{0x4000000C, 0x7263694D, 0x666F736F, 0x76482074}}; // "Microsoft Hv"
    machine.cpuid[0x40000001] = {{0x31237648, 0, 0, 0}};                            // "Hv#1"
    machine.cpuid[0x40000002] = {{20348, 10u << 16 | 3, 7, 2u << 24 | 0x123}};
    machine.cpuid[0x40000003] = {{kHypercall | kVpIndex | kSynic | 1u << 1, 0, 0, 0xBED7B2}};
    machine.cpuid[0x40000004] = {{0x24E24, 0, 0, 0}};
}

vmbus_core_host detect(const std::function<void(Machine&)>& change = nullptr) {
    Machine machine{testos::Options()};
    set_up(machine);
    if (change) change(machine);
    vmbus_core_host host;
    memset(&host, 0xEE, sizeof host);
    machine.run([&host] { vmbus_core_detect(&host); });
    return host;
}

} // namespace

TEST(BusDetect, TellsTheHostsBuildAndFeatures) {
    const vmbus_core_host host = detect();
    EXPECT_EQ(host.platform, uint32_t(VMBUS_CORE_PLATFORM_GUEST));
    EXPECT_EQ(host.build, 20348u);
    EXPECT_EQ(host.major, 10u);
    EXPECT_EQ(host.minor, 3u);
    EXPECT_EQ(host.service_pack, 7u);
    EXPECT_EQ(host.service_branch, 2u);
    EXPECT_EQ(host.service_number, 0x123u);
    EXPECT_EQ(host.features, kHypercall | kVpIndex | kSynic | 1u << 1);
    EXPECT_EQ(host.misc_features, 0xBED7B2u);
    EXPECT_EQ(host.hints, 0x24E24u);
}

TEST(BusDetect, TakesNothingElseForHyperV) {
    const std::function<void(Machine&)> changes[] = {
        [](Machine& machine) { machine.cpuid[1][2] = 0; },                    // no hypervisor
        [](Machine& machine) { machine.cpuid[0x40000000][1] = 0x4B4D564B; },  // KVM
        [](Machine& machine) { machine.cpuid[0x40000000][2]++; },
        [](Machine& machine) { machine.cpuid[0x40000000][3]++; },
        [](Machine& machine) { machine.cpuid[0x40000000][0] = 0x40000004; },  // too few leaves
        [](Machine& machine) { machine.cpuid[0x40000001][0] = 0x31237657; },  // another interface
    };
    for (const auto& change : changes) {
        const vmbus_core_host host = detect(change);
        EXPECT_EQ(host.platform, uint32_t(VMBUS_CORE_PLATFORM_NONE)) << &change - changes;
        EXPECT_EQ(host.build, 0u) << "nothing is told of a host that is none";
    }
}

TEST(BusDetect, RefusesAHostWithoutOneOfTheThreeThatAGuestNeeds) {
    for (const uint32_t privilege : {kHypercall, kVpIndex, kSynic}) {
        const vmbus_core_host host = detect([=](Machine& machine) { machine.cpuid[0x40000003][0] &= ~privilege; });
        EXPECT_EQ(host.platform, uint32_t(VMBUS_CORE_PLATFORM_NO_SYNIC)) << privilege;
    }
}

TEST(BusDetect, KnowsTheRootPartitionByBothItsPrivileges) {
    const auto platform_with = [](uint32_t privileges) {
        return detect([=](Machine& machine) { machine.cpuid[0x40000003][1] = privileges; }).platform;
    };
    EXPECT_EQ(platform_with(kCreatePartitions | kCpuManagement), uint32_t(VMBUS_CORE_PLATFORM_ROOT));
    EXPECT_EQ(platform_with(kCreatePartitions), uint32_t(VMBUS_CORE_PLATFORM_GUEST)) << "nested virtualization";
    EXPECT_EQ(platform_with(kCpuManagement), uint32_t(VMBUS_CORE_PLATFORM_GUEST));
}

TEST(BusDetect, KnowsAnIsolatedGuestByItsType) {
    const auto platform_with = [](uint32_t type, uint32_t highest_leaf) {
        return detect([=](Machine& machine) {
                   machine.cpuid[0x40000000][0] = highest_leaf;
                   machine.cpuid[0x40000003][1] = kIsolation;
                   machine.cpuid[0x4000000C] = {{0, type, 0, 0}};
               }).platform;
    };
    for (const uint32_t type : {1u, 2u, 3u}) // VBS, SNP, TDX
        EXPECT_EQ(platform_with(type, 0x4000000C), uint32_t(VMBUS_CORE_PLATFORM_ISOLATED)) << type;
    EXPECT_EQ(platform_with(0, 0x4000000C), uint32_t(VMBUS_CORE_PLATFORM_GUEST)) << "no isolation";
    EXPECT_EQ(platform_with(2, 0x4000000B), uint32_t(VMBUS_CORE_PLATFORM_GUEST)) << "the host has no such leaf";
    const vmbus_core_host host = detect([](Machine& machine) { machine.cpuid[0x4000000C] = {{0, 2, 0, 0}}; });
    EXPECT_EQ(host.platform, uint32_t(VMBUS_CORE_PLATFORM_GUEST)) << "a leaf without its privilege";
}
