// SPDX-License-Identifier: GPL-2.0-only
#include "storage_session.hpp"

namespace host {

namespace {

const uint32_t kPacketOverhead = 24; // descriptor and trailer

} // namespace

void StorageCounts::add(const StorageCounts& other) {
    requests += other.requests;
    reads += other.reads;
    writes += other.writes;
    read_bytes += other.read_bytes;
    written_bytes += other.written_bytes;
    errors += other.errors;
    malformed += other.malformed;
    held += other.held;
    received += other.received;
    answered += other.answered;
    lost += other.lost;
}

RingResult StorageSession::write(bool completion, uint64_t transaction_id, const std::vector<unsigned char>& bytes) {
    return channel_.write(completion ? kPacketCompletion : kPacketInBand, 0, transaction_id, bytes);
}

void StorageSession::complete(const StorageRequest& request, uint32_t nt_status) {
    if (!request.completion_wanted) return;
    hyperv::StoragePacket packet = request.packet;
    packet.operation.set(static_cast<uint32_t>(hyperv::StorageOperation::CompleteIo));
    packet.status.set(nt_status);
    const unsigned char* const start = reinterpret_cast<const unsigned char*>(&packet);
    bytes_.assign(start, start + request.reply_bytes);
    // Answers keep their order, so that none waits for ever.
    if (waiting_.empty() && write(true, request.transaction_id, bytes_) != RingResult::Full) {
        counts.answered++;
        return;
    }
    waiting_.push_back(Answer{request.transaction_id, bytes_});
    flush();
}

void StorageSession::announce_change(size_t packet_bytes) {
    change_bytes_ = packet_bytes;
    flush();
}

bool StorageSession::flush() {
    for (;;) {
        if (change_bytes_ != 0) {
            hyperv::StoragePacket packet = {};
            packet.operation.set(static_cast<uint32_t>(hyperv::StorageOperation::EnumerateBus));
            const unsigned char* const start = reinterpret_cast<const unsigned char*>(&packet);
            bytes_.assign(start, start + change_bytes_);
            if (write(false, 0, bytes_) != RingResult::Full) change_bytes_ = 0;
        }
        while (!waiting_.empty() && write(true, waiting_.front().transaction_id, waiting_.front().bytes) != RingResult::Full) {
            waiting_.pop_front();
            counts.answered++;
        }
        if (!backlog()) {
            channel_.outgoing().want_space(0);
            return true;
        }
        const uint32_t bytes = static_cast<uint32_t>(sizeof(hyperv::StoragePacket)) + kPacketOverhead;
        channel_.outgoing().want_space(bytes);
        // Room that came before the guest could see the wish is not signalled.
        if (channel_.outgoing().free_bytes() < bytes) return false;
    }
}

void StorageSession::hold(uint64_t id, StorageRequest& request, const LogicalUnit* unit, bool for_ever) {
    counts.held++;
    held_.emplace(id, Held{std::move(request), unit, for_ever});
    request = StorageRequest();
}

bool StorageSession::take_held(uint64_t id, StorageRequest& request) {
    const auto found = held_.find(id);
    if (found == held_.end()) return false;
    request = std::move(found->second.request);
    held_.erase(found);
    return true;
}

} // namespace host
