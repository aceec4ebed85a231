// SPDX-License-Identifier: GPL-2.0-only
#include "echo_device.hpp"

namespace host {

uint32_t EchoDevice::on_open(Channel&) {
    opened_++;
    return open_status;
}

void EchoDevice::on_close(Channel& channel) {
    closed_++;
    waiting_.erase(channel.relid());
}

void EchoDevice::on_signal(Channel& channel) {
    if (!channel.is_open() || !reads) return;
    std::deque<Packet>& waiting = waiting_[channel.relid()];
    const RingResult result = channel.drain([&waiting](Packet& packet) {
        waiting.push_back(packet);
        return true;
    });
    if (result == RingResult::Corrupt) corrupt_++;
    answer(channel);
}

void EchoDevice::count(Counters& counters) const {
    counters["opened"] += opened_;
    counters["closed"] += closed_;
    counters["echoed"] += echoed_;
    counters["corrupt"] += corrupt_;
}

void EchoDevice::answer(Channel& channel) {
    std::deque<Packet>& waiting = waiting_[channel.relid()];
    while (!waiting.empty()) {
        const Packet& packet = waiting.front();
        const bool completion = (packet.flags & kCompletionRequested) != 0;
        const RingResult result = channel.write(completion ? kPacketCompletion : kPacketInBand, 0,
                                                packet.transaction_id, packet.payload);
        if (result == RingResult::Full) {
            const uint32_t bytes = static_cast<uint32_t>(packet.payload.size()) + 24;
            channel.outgoing().want_space(bytes);
            if (channel.outgoing().free_bytes() < bytes) return; // the guest signals when there is room
            continue;
        }
        if (result == RingResult::Corrupt) {
            corrupt_++;
            waiting.clear();
            break;
        }
        echoed_++;
        waiting.pop_front();
    }
    channel.outgoing().want_space(0);
}

} // namespace host
