// SPDX-License-Identifier: GPL-2.0-only
#include "kunit_core.h"

#include <hyperv/hypercall.h>
#include <hyperv/synic.h>

static const uint32_t kMsrReferenceCounter = 0x40000020;
static const uint32_t kNobody = 0x00fffffe; // a connection id that no host uses

uint32_t lis_kunit_on_hyperv(void) {
    uint32_t registers[4];
    lis_os_cpuid(hyperv::kLeafInterface, registers);
    return registers[0] == hyperv::kInterfaceSignature;
}

uint32_t lis_kunit_vp_index_here(void) {
    return static_cast<uint32_t>(lis_os_msr_read(hyperv::kMsrVpIndex));
}

uint64_t lis_kunit_reference_time(void) {
    return lis_os_msr_read(kMsrReferenceCounter);
}

static bool refused(uint64_t result) {
    return (result & hyperv::kCallStatusMask) == hyperv::kStatusInvalidConnectionId;
}

uint32_t lis_kunit_refuses_event(void) {
    return refused(lis_os_hypercall_fast8(hyperv::kCallSignalEvent | hyperv::kCallFast, kNobody));
}

int32_t lis_kunit_refuses_message(uint32_t* answer) {
    lis_os_pages* const page = lis_os_pages_alloc(1);
    if (page == nullptr)
        return -LIS_ENOMEM;
    hyperv::PostMessageInput* const input = static_cast<hyperv::PostMessageInput*>(lis_os_pages_address(page, 0));
    input->connection_id.set(kNobody);
    input->message_type.set(1);
    input->payload_bytes.set(8);
    lis_os_cpu_pin();
    *answer = refused(lis_os_hypercall(hyperv::kCallPostMessage, input));
    lis_os_cpu_unpin();
    lis_os_pages_free(page);
    return 0;
}
