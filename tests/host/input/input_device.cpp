// SPDX-License-Identifier: GPL-2.0-only
#include "input_device.hpp"

namespace host {

namespace {
const size_t kWaitingLimit = 4096; // messages
const uint32_t kPacketOverhead = 24;
} // namespace

uint32_t InputDevice::on_open(Channel& channel) {
    if (open_status != 0) return open_status;
    channel_ = &channel;
    ready_ = false;
    return 0;
}

void InputDevice::on_close(Channel&) {
    channel_ = nullptr;
    ready_ = false;
    lost_ += waiting_.size();
    waiting_.clear();
}

void InputDevice::on_signal(Channel& channel) {
    if (!channel.is_open()) return;
    const auto take_packet = [this](Packet& packet) {
        received_++;
        if (packet.type != kPacketInBand || !take(packet.payload)) bad_++;
        const bool wanted = (packet.flags & kCompletionRequested) != 0 && packet.transaction_id != 0;
        if (wanted && completes) send_packet(kPacketCompletion, packet.transaction_id, {});
        return true;
    };
    if (reads && channel.drain(take_packet) == RingResult::Corrupt) bad_++;
    flush();
}

void InputDevice::count(Counters& counters) const {
    counters["ready"] += ready_ ? 1 : 0;
    counters["received"] += received_;
    counters["bad"] += bad_;
    counters["sent"] += sent_;
    counters["lost"] += lost_;
}

bool InputDevice::send_packet(uint16_t type, uint64_t transaction_id, const Bytes& payload) {
    return channel_ != nullptr && channel_->write(type, 0, transaction_id, payload) == RingResult::Done;
}

void InputDevice::send(const void* message, size_t size) {
    if (!answers || channel_ == nullptr) return;
    const unsigned char* const bytes = static_cast<const unsigned char*>(message);
    Bytes edited(bytes, bytes + size);
    if (edit) edit(edited);
    if (edited.empty()) return;
    if (waiting_.size() == kWaitingLimit) {
        lost_++;
        return;
    }
    waiting_.push_back(edited);
    flush();
}

void InputDevice::send_event(const void* message, size_t size) {
    if (ready_) send(message, size);
    else lost_++;
}

void InputDevice::flush() {
    while (channel_ != nullptr && !waiting_.empty()) {
        const RingResult result = channel_->write(kPacketInBand, 0, 0, waiting_.front());
        if (result == RingResult::Full) {
            // The guest signals when there is room; what it has read meanwhile it does not signal for.
            const uint32_t bytes = static_cast<uint32_t>(waiting_.front().size()) + 7 + kPacketOverhead;
            channel_->outgoing().want_space(bytes);
            if (channel_->outgoing().free_bytes() < bytes) return;
            continue;
        }
        if (result != RingResult::Done) return;
        sent_++;
        waiting_.pop_front();
    }
    if (channel_ != nullptr) channel_->outgoing().want_space(0);
}

} // namespace host
