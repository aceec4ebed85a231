// SPDX-License-Identifier: GPL-2.0-only
// CPUID leaves and the hypercalls of the bus (protocol.md 1.1, 1.5).
#ifndef HYPERV_HYPERCALL_H
#define HYPERV_HYPERCALL_H

#include <lis/le.hpp>

namespace hyperv {

const uint32_t kLeafVendor = 0x40000000;
const uint32_t kLeafInterface = 0x40000001;
const uint32_t kLeafBuild = 0x40000002;
const uint32_t kLeafFeatures = 0x40000003;
const uint32_t kLeafHints = 0x40000004;
const uint32_t kLeafLimits = 0x40000005;
const uint32_t kLeafIsolation = 0x4000000C;

const uint32_t kVendorEbx = 0x7263694D;  // "Microsoft Hv"
const uint32_t kVendorEcx = 0x666F736F;
const uint32_t kVendorEdx = 0x76482074;
const uint32_t kInterfaceSignature = 0x31237648;  // "Hv#1"

const uint32_t kHypervisorPresent = 1u << 31;  // leaf 1, ECX
const uint32_t kPrivilegeSynic = 1u << 2;      // leaf 0x40000003, EAX
const uint32_t kPrivilegeHypercall = 1u << 5;
const uint32_t kPrivilegeVpIndex = 1u << 6;
const uint32_t kPrivilegeCreatePartitions = 1u << 0;  // EBX
const uint32_t kPrivilegeCpuManagement = 1u << 12;
const uint32_t kPrivilegeIsolation = 1u << 22;
const uint32_t kIsolationTypeMask = 0xF;  // leaf 0x4000000C, EBX

const uint64_t kCallPostMessage = 0x005C;
const uint64_t kCallSignalEvent = 0x005D;
const uint64_t kCallFast = 1ull << 16;
const uint64_t kCallStatusMask = 0xFFFF;

enum HypercallStatus : uint32_t {
    kStatusSuccess = 0x00,
    kStatusInsufficientMemory = 0x0B,
    kStatusInvalidConnectionId = 0x12,
    kStatusInsufficientBuffers = 0x13,
    kStatusTimeOut = 0x78,
};

const uint32_t kConnectionMessages = 1;            // before 5.0
const uint32_t kConnectionEvents = 2;              // version 0.13
const uint32_t kConnectionMessagesMultiClient = 4;  // INITIATE_CONTACT from 5.0

struct PostMessageInput {
    lis::Le32 connection_id;
    lis::Le32 reserved;
    lis::Le32 message_type;
    lis::Le32 payload_bytes;
    unsigned char payload[240];
};
LIS_WIRE_SIZE(PostMessageInput, 256);

}  // namespace hyperv

#endif
