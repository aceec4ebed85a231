// SPDX-License-Identifier: GPL-2.0-only
// What a controller asks its host beside commands (protocol.md 5.5). The answer to a
// question is taken out of its queue's table like any other; who has waited too long
// takes the question out itself, and a late answer finds nothing.
#include "controller.hpp"

#include <hyperv/vmbus.h>

using hyperv::StorageOperation;
using hyperv::StoragePacket;
using lis::MutexGuard;
using lis::Result;
using lis::Status;

namespace {

const uint32_t kAnswerMs = 180 * 1000; // a host that starts a hundred guests at once
const uint32_t kFullRingMs = 10;
const uint64_t kNsPerMs = 1000000;
const uint32_t kPage = 4096;
const uint32_t kRingOverhead = 128; // of a packet: descriptor, range, SRB, trailer
const uint32_t kTransferLimit = 4u << 20;

const uint16_t kVersions[] = {hyperv::kStorageVersion6_2, hyperv::kStorageVersion6_0, hyperv::kStorageVersion5_1,
                              hyperv::kStorageVersion4_2, hyperv::kStorageVersion2_0};

enum Answered : uint32_t { kUnanswered, kAnswered, kAnsweredBadly };

} // namespace

// ---- one question ----

// Ok: packet is the answer, of whatever status.
Status storvsc::ask(StorageOperation operation, StoragePacket* packet, uint32_t timeout_ms) {
    MutexGuard guard(asking_);
    return ask_locked(operation, packet, timeout_ms);
}

Status storvsc::ask_locked(StorageOperation operation, StoragePacket* packet, uint32_t timeout_ms) {
    packet->operation.set(static_cast<uint32_t>(operation));
    packet->flags.set(hyperv::kStorageCompletionRequested);
    lis::atomic_store(&answered_, static_cast<uint32_t>(kUnanswered));
    lis_os_event_reset(changed_);
    const uint64_t deadline = lis_os_now_ns() + uint64_t(timeout_ms) * kNsPerMs;
    const uint64_t id = LIS_TRY(send_question(*packet, deadline));
    LIS_TRY(wait_for_answer(id, deadline));
    *packet = answer_;
    return Status::Ok;
}

// A little less than what is left, never 0 before the deadline: i386 has no 64-bit division here.
static uint32_t ms_until(uint64_t deadline) {
    const uint64_t now = lis_os_now_ns();
    return now >= deadline ? 0 : static_cast<uint32_t>((deadline - now) >> 20) + 1;
}

// A full ring is no reason to give up: a host that is slow is asked to reset.
Result<uint64_t> storvsc::send_question(const StoragePacket& packet, uint64_t deadline) {
    for (;;) {
        lis_os_cpu_pin();
        const Result<uint64_t> id = primary_.ask(&question_, packet);
        lis_os_cpu_unpin();
        if (id.status() != Status::WouldBlock)
            return id;
        if (lis_os_now_ns() >= deadline)
            return Status::TimedOut;
        lis_os_sleep_ms(kFullRingMs);
    }
}

Status storvsc::wait_for_answer(uint64_t id, uint64_t deadline) {
    Status why = Status::Ok;
    while (lis::atomic_load(&answered_, __ATOMIC_ACQUIRE) == kUnanswered && why == Status::Ok) {
        const uint32_t left = ms_until(deadline);
        if (lis_vmbus_channel_rescinded(channel_) != 0)
            why = Status::Rescinded;
        else if (primary_.is_broken())
            why = Status::BadPacket;
        else if (primary_.is_closed())
            why = Status::Rescinded;
        else if (left == 0)
            why = Status::TimedOut;
        else if (lis_os_wait(changed_, left) == 0)
            lis_os_event_reset(changed_);
    }
    if (why != Status::Ok && !primary_.forget(id))
        primary_.wait_for_completions(); // it is being written at this moment
    switch (lis::atomic_load(&answered_, __ATOMIC_ACQUIRE)) {
    case kAnswered:
        return Status::Ok;
    case kAnsweredBadly:
        return Status::BadPacket;
    default:
        return why;
    }
}

void storvsc::on_answer(const StoragePacket& answer, bool complete) {
    answer_ = answer;
    lis::atomic_store(&answered_, static_cast<uint32_t>(complete ? kAnswered : kAnsweredBadly), __ATOMIC_RELEASE);
    lis_os_event_set(changed_);
}

// ---- all of them ----

static Status accepted(const StoragePacket& answer) {
    return answer.status.get() == hyperv::kNtSuccess ? Status::Ok : Status::Failed;
}

Status storvsc::negotiate() {
    StoragePacket packet = {};
    LIS_TRY(ask(StorageOperation::BeginInitialization, &packet, kAnswerMs));
    LIS_TRY(accepted(packet));
    LIS_TRY(query_version());
    storvsc_limits limits = {};
    limits.version = format_.version;
    LIS_TRY(query_properties(&limits));
    if (options_.kind == STORVSC_FIBRE_CHANNEL)
        LIS_TRY(query_names(&limits));
    LIS_TRY(read_ide_address(&limits));
    packet = StoragePacket();
    LIS_TRY(ask(StorageOperation::EndInitialization, &packet, kAnswerMs));
    LIS_TRY(accepted(packet));

    // Less depth is lived with: commands wait then.
    if (limits_.version != 0 && limits.transfer_bytes < limits_.transfer_bytes) {
        lis_os_log(LIS_OS_LOG_ERROR, "the host allows smaller transfers than before: bind the controller again");
        return Status::Protocol;
    }
    const storvsc_limits first = limits_;
    limits_ = limits;
    if (first.version != 0) { // the SCSI layer goes by the first ones
        limits_.transfer_bytes = first.transfer_bytes;
        limits_.queue_depth = first.queue_depth;
    }
    return Status::Ok;
}

Status storvsc::query_version() {
    for (const uint16_t version : kVersions) {
        StoragePacket packet = {};
        packet.version.version.set(version);
        LIS_TRY(ask(StorageOperation::QueryProtocolVersion, &packet, kAnswerMs));
        if (accepted(packet) != Status::Ok)
            continue;
        format_ = storvsc_core::format_of(version);
        primary_.set_format(format_);
        return Status::Ok;
    }
    lis_os_log(LIS_OS_LOG_ERROR, "the host speaks none of our storage protocol versions");
    return Status::Unsupported;
}

Status storvsc::query_properties(storvsc_limits* limits) {
    StoragePacket packet = {};
    LIS_TRY(ask(StorageOperation::QueryProperties, &packet, kAnswerMs));
    LIS_TRY(accepted(packet));
    const hyperv::StorageProperties& properties = packet.properties;

    const uint32_t ring_bytes = (options_.ring_pages - 1) * kPage;
    const uint32_t ring_transfer = (ring_bytes / 8 - kRingOverhead) / 8 * kPage; // an eighth of the ring
    uint32_t transfer = properties.max_transfer_bytes.get() & ~(kPage - 1);
    if (transfer > kTransferLimit)
        transfer = kTransferLimit;
    if (transfer > ring_transfer)
        transfer = ring_transfer;
    if (transfer == 0) {
        lis_os_log(LIS_OS_LOG_ERROR, "the host allows transfers of %u bytes only",
                   properties.max_transfer_bytes.get());
        return Status::Protocol;
    }
    limits->transfer_bytes = transfer;

    const bool multi_channel = format_.version >= hyperv::kStorageVersion5_1 &&
                               (properties.flags.get() & hyperv::kStorageMultiChannel) != 0;
    const uint32_t offered = multi_channel ? properties.max_subchannels.get() : 0;
    limits->subchannels = offered < options_.subchannel_limit ? offered : options_.subchannel_limit;

    // As many of the largest packets as all rings hold, and a tenth less.
    const uint32_t largest = kRingOverhead + (transfer / kPage + 1) * 8;
    uint32_t depth = ring_bytes / largest * (limits->subchannels + 1) * 9 / 10;
    if (depth > Queue::kDepthLimit)
        depth = Queue::kDepthLimit;
    limits->queue_depth = depth != 0 ? depth : 1;
    return Status::Ok;
}

Status storvsc::query_names(storvsc_limits* limits) {
    StoragePacket packet = {};
    LIS_TRY(ask(StorageOperation::FibreChannelData, &packet, kAnswerMs));
    LIS_TRY(accepted(packet));
    const hyperv::FibreChannelNames& names = packet.names;
    const bool primary = names.primary_active != 0;
    __builtin_memcpy(limits->port_name, primary ? names.primary_port : names.secondary_port, sizeof limits->port_name);
    __builtin_memcpy(limits->node_name, primary ? names.primary_node : names.secondary_node, sizeof limits->node_name);
    return Status::Ok;
}

// One IDE disk a channel; the instance id tells which.
Status storvsc::read_ide_address(storvsc_limits* limits) const {
    if (options_.kind != STORVSC_IDE)
        return Status::Ok;
    const lis_guid& instance = lis_vmbus_channel_offer(channel_)->instance;
    if (instance.bytes[5] != 0)
        return Status::Protocol; // an SRB's target has 8 bits
    limits->ide_target = instance.bytes[4];
    return Status::Ok;
}

// What fails here costs speed only. The host offers them one by one.
void storvsc::request_subchannels() {
    if (limits_.subchannels == 0)
        return;
    StoragePacket packet = {};
    packet.subchannel_count.set(static_cast<uint16_t>(limits_.subchannels));
    const Status status = ask(StorageOperation::CreateSubChannels, &packet, 10 * 1000);
    if (status != Status::Ok || accepted(packet) != Status::Ok)
        lis_os_log(LIS_OS_LOG_WARNING, "the host gives no sub-channels; one channel does all");
}
