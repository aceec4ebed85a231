// SPDX-License-Identifier: GPL-2.0-only
#include "poster.hpp"

#include <hyperv/hypercall.h>

namespace vmbus {

using lis::Status;

namespace {

const uint32_t kAttempts = 100;
const uint32_t kAttemptsInCrash = 10;
const uint32_t kLongestDelayUs = 2048 * 1000;

// Tolerances of real hosts: they throttle with "insufficient memory" or "buffers",
// Azure's with a time-out, and after a reconnect "invalid connection id" is transient.
bool worth_retrying(uint32_t status) {
    switch (status) {
    case hyperv::kStatusInsufficientMemory:
    case hyperv::kStatusInsufficientBuffers:
    case hyperv::kStatusInvalidConnectionId:
    case hyperv::kStatusTimeOut:
        return true;
    default:
        return false;
    }
}

void pause(uint32_t us) {
    if (us < 1000)
        lis_os_delay_us(us);
    else
        lis_os_sleep_ms(us / 1000);
}

} // namespace

uint32_t Poster::attempt(uint32_t connection_id, const void* message, uint32_t size) {
    const uint32_t cpu = lis_os_cpu_pin();
    hyperv::PostMessageInput* const input = static_cast<hyperv::PostMessageInput*>(synic_.post_page(cpu));
    input->connection_id.set(connection_id);
    input->reserved.set(0);
    input->message_type.set(hyperv::kSynicMessageChannel);
    input->payload_bytes.set(size);
    __builtin_memcpy(input->payload, message, size);
    const uint64_t result = lis_os_hypercall(hyperv::kCallPostMessage, input);
    lis_os_cpu_unpin();
    return static_cast<uint32_t>(result & hyperv::kCallStatusMask);
}

uint32_t Poster::attempt_with_patience(uint32_t connection_id, bool contact, const void* message,
                                       uint32_t size) {
    uint32_t delay_us = 1;
    uint32_t status = 0;
    for (uint32_t tries = 0; tries < kAttempts; tries++) {
        status = attempt(connection_id, message, size);
        if (!worth_retrying(status) || (contact && status == hyperv::kStatusInvalidConnectionId))
            return status;
        counters_.add(Counter::PostRetry);
        pause(delay_us);
        if (delay_us < kLongestDelayUs)
            delay_us *= 2;
    }
    return status;
}

Status Poster::failed(uint32_t status) {
    counters_.add(Counter::PostFailed);
    lis_os_log_limited(LIS_OS_LOG_ERROR, "the host takes no message: hypercall status 0x%x", status);
    return Status::Failed;
}

Status Poster::post_bytes(const void* message, uint32_t size) {
    const uint32_t status = attempt_with_patience(connection_id_, false, message, size);
    return status == hyperv::kStatusSuccess ? Status::Ok : failed(status);
}

Status Poster::post_contact(uint32_t connection_id, const void* message, uint32_t size) {
    const uint32_t status = attempt_with_patience(connection_id, true, message, size);
    if (status == hyperv::kStatusInvalidConnectionId)
        return Status::Refused;
    return status == hyperv::kStatusSuccess ? Status::Ok : failed(status);
}

Status Poster::post_in_crash(const void* message, uint32_t size) {
    for (uint32_t tries = 0; tries < kAttemptsInCrash; tries++) {
        const uint32_t status = attempt(connection_id_, message, size);
        if (status == hyperv::kStatusSuccess)
            return Status::Ok;
        if (!worth_retrying(status))
            break;
        lis_os_delay_us(10000);
    }
    return Status::Failed;
}

} // namespace vmbus
