// SPDX-License-Identifier: GPL-2.0-only
#include "connection.hpp"

#include <hyperv/hypercall.h>
#include <lis/shared.hpp>

#include "version.hpp"

namespace vmbus {

using hyperv::MessageType;
using lis::Status;

static const uint32_t kContactTimeoutMs = 60 * 1000;
// An Azure host may flush its disk cache for 50 s before it answers.
static const uint32_t kUnloadTimeoutMs = 100 * 1000;
static const uint32_t kUnloadPollUs = 10 * 1000;
// What we would use of version 6.0's optional features: nothing yet.
static const uint32_t kWantedFeatures = 0;

enum : uint32_t { kInterruptPage, kParentToChildPage, kChildToParentPage, kPages };

Connection::Connection(Poster& poster, Exchange& exchange, Synic& synic, Counters& counters)
    : poster_(poster), exchange_(exchange), synic_(synic), counters_(counters), pages_(nullptr),
      receive_bits_(nullptr), send_bits_(nullptr), parent_to_child_(nullptr), child_to_parent_(nullptr),
      version_(0), host_may_know_pages_(false), left_in_crash_(false) {}

Connection::~Connection() {
    if (host_may_know_pages_)
        lis_os_pages_abandon(pages_);
    else
        lis_os_pages_free(pages_);
}

Status Connection::init() {
    pages_ = lis_os_pages_alloc(kPages);
    if (pages_ == nullptr)
        return Status::NoMemory;
    unsigned char* const bits = static_cast<unsigned char*>(lis_os_pages_address(pages_, kInterruptPage));
    receive_bits_ = reinterpret_cast<uint32_t*>(bits);
    send_bits_ = reinterpret_cast<uint32_t*>(bits + hyperv::kInterruptPageSendOffset);
    parent_to_child_ = static_cast<hyperv::MonitorPage*>(lis_os_pages_address(pages_, kParentToChildPage));
    child_to_parent_ = static_cast<hyperv::MonitorPage*>(lis_os_pages_address(pages_, kChildToParentPage));
    return Status::Ok;
}

void Connection::fill_contact(uint32_t version, hyperv::InitiateContact* message) const {
    message->header.type.set(static_cast<uint32_t>(MessageType::InitiateContact));
    message->version.set(version);
    message->target_vp.set(has_message_target(version) ? lis_os_cpu_vp_index(kMessageCpu) : 0);
    if (has_contact_sint(version)) {
        const uint64_t features = version >= hyperv::kVersionCopper ? kWantedFeatures : 0;
        message->target.set(hyperv::kVmbusSint | features << 32);
    } else {
        message->target.set(lis_os_pages_frame(pages_, kInterruptPage) << 12);
    }
    message->parent_to_child_monitor.set(lis_os_pages_frame(pages_, kParentToChildPage) << 12);
    message->child_to_parent_monitor.set(lis_os_pages_frame(pages_, kChildToParentPage) << 12);
}

Status Connection::contact(uint32_t version) {
    hyperv::InitiateContact message = hyperv::InitiateContact();
    fill_contact(version, &message);
    Request request(exchange_, AnswerKey{MessageType::VersionResponse, 0, 0}, 0);
    LIS_TRY(request.arm());
    LIS_TRY(poster_.post_contact(contact_connection_id(version), &message, sizeof message));
    host_may_know_pages_ = true;
    LIS_TRY(request.wait(kContactTimeoutMs));
    const Status status = judge_response(version, request);
    if (status == Status::Refused)
        host_may_know_pages_ = false;
    return status;
}

// The version that was asked for counts: QEMU's host leaves the selected one out.
Status Connection::judge_response(uint32_t version, const Request& request) {
    const hyperv::VersionResponse& response = request.answer<hyperv::VersionResponse>();
    if (response.supported == 0)
        return Status::Refused;
    if (response.connection_state != 0) {
        counters_.add(Counter::ConnectFailedState);
        lis_os_log(LIS_OS_LOG_ERROR, "the host supports version %u.%u and fails to connect (state %u)",
                   version_major(version), version_minor(version), response.connection_state);
        return Status::Protocol;
    }
    poster_.set_connection_id(has_contact_sint(version) ? response.message_connection_id.get()
                                                        : hyperv::kConnectionMessages);
    const uint32_t granted = version >= hyperv::kVersionCopper ? response.features.get() : 0;
    if ((granted & ~kWantedFeatures) != 0)
        counters_.add(Counter::FeatureNotRequested);
    __atomic_store_n(&version_, version, __ATOMIC_RELAXED);
    return Status::Ok;
}

Status Connection::negotiate(uint32_t max_version) {
    for (uint32_t index = 0; version_at(index) != 0; index++) {
        const uint32_t version = version_at(index);
        if (max_version != 0 && version > max_version)
            continue;
        const Status status = contact(version);
        if (status != Status::Refused)
            return status;
    }
    return Status::Refused;
}

Status Connection::negotiate_again(uint32_t version) {
    return contact(version);
}

Status Connection::request_offers() {
    hyperv::MessageHeader message = hyperv::MessageHeader();
    message.type.set(static_cast<uint32_t>(MessageType::RequestOffers));
    return poster_.post(message);
}

Status Connection::unload() {
    const uint32_t version = __atomic_exchange_n(&version_, 0u, __ATOMIC_RELAXED);
    if (version == 0)
        return Status::Ok;
    if (!has_unload(version))
        return Status::Unsupported;
    hyperv::MessageHeader message = hyperv::MessageHeader();
    message.type.set(static_cast<uint32_t>(MessageType::Unload));
    Request request(exchange_, AnswerKey{MessageType::UnloadResponse, 0, 0}, 0);
    LIS_TRY(request.arm());
    LIS_TRY(poster_.post(message));
    LIS_TRY(request.wait(kUnloadTimeoutMs));
    host_may_know_pages_ = false;
    return Status::Ok;
}

void Connection::take_in_crash(uint32_t cpu) {
    uint32_t type = 0;
    if (synic_.take_in_crash(cpu, &type) && type == static_cast<uint32_t>(MessageType::UnloadResponse))
        __atomic_store_n(&left_in_crash_, true, __ATOMIC_RELEASE);
}

// The answer comes to a CPU that may be stopped, so every CPU's slot is looked at. And it comes only into a
// free slot: the host waits with it for the EOM of a CPU that will write none. Hence the look before UNLOAD.
void Connection::unload_in_crash() {
    const uint32_t version = __atomic_exchange_n(&version_, 0u, __ATOMIC_RELAXED);
    if (version == 0 || !has_unload(version))
        return;
    const uint32_t cpus = lis_os_cpu_limit();
    for (uint32_t cpu = 0; cpu < cpus; cpu++)
        take_in_crash(cpu);
    hyperv::MessageHeader message = hyperv::MessageHeader();
    message.type.set(static_cast<uint32_t>(MessageType::Unload));
    if (poster_.post_in_crash(&message, sizeof message) != Status::Ok)
        return;
    bool answered = false;
    for (uint32_t waited = 0; waited < kUnloadTimeoutMs * 1000 / kUnloadPollUs && !answered; waited++) {
        if (waited % 500 == 499)
            lis_os_log(LIS_OS_LOG_INFO, "waiting for the host to unload (%u s)", (waited + 1) / 100);
        for (uint32_t cpu = 0; cpu < cpus; cpu++)
            take_in_crash(cpu);
        answered = __atomic_load_n(&left_in_crash_, __ATOMIC_ACQUIRE);
        if (!answered)
            lis_os_delay_us(kUnloadPollUs);
    }
    // The next kernel must find free slots.
    for (uint32_t cpu = 0; cpu < cpus; cpu++)
        synic_.clear_slot(cpu);
    if (!answered)
        lis_os_log(LIS_OS_LOG_WARNING, "the host has not answered the unload, going on without");
}

uint32_t Connection::take_legacy_events(uint32_t index) {
    return lis::take_flags(&receive_bits_[index]);
}

void Connection::set_send_bit(uint32_t relid) {
    lis::fetch_or(&send_bits_[relid / 32], 1u << (relid % 32));
}

void Connection::set_monitor_bit(uint8_t monitor_id) {
    hyperv::MonitorGroup& group = child_to_parent_->groups[monitor_id / hyperv::kMonitorsInGroup];
    lis::fetch_or(&group.pending, 1u << (monitor_id % hyperv::kMonitorsInGroup));
}

} // namespace vmbus
