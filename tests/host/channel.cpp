// SPDX-License-Identifier: GPL-2.0-only
#include "channel.hpp"

#include "bus.hpp"

#include <cstdio>

namespace host {

namespace {
const uint32_t kConnectionIdBase = 0x10000;
const uint32_t kCommitEvery = 32; // packets: a guest that waits for space need not wait for all
const uint32_t kDrainAtMost = 4096;
}

uint32_t Channel::connection_id() const { return kConnectionIdBase + relid_; }

void Channel::signal_guest() { bus_.signal_guest(*this); }

void Channel::commit_reads() {
    if (incoming_.commit()) signal_guest();
}

RingResult Channel::drain(const std::function<bool(Packet&)>& take) {
    Packet packet = std::move(packet_); // a device that signals may come here again
    const RingResult result = drain(take, packet);
    packet_ = std::move(packet);
    return result;
}

RingResult Channel::drain(const std::function<bool(Packet&)>& take, Packet& packet) {
    for (uint32_t taken = 0; taken < kDrainAtMost;) {
        incoming_.mask(true);
        RingResult result = RingResult::Done;
        bool wanted = true;
        while (wanted && taken < kDrainAtMost && (result = incoming_.read(packet)) == RingResult::Done) {
            wanted = take(packet);
            if (++taken % kCommitEvery == 0) commit_reads();
        }
        commit_reads();
        if (result == RingResult::Done && wanted) break;
        incoming_.mask(false);
        if (result != RingResult::Empty) return result;
        // The guest does not signal for what it wrote before it could see the mask gone.
        if (incoming_.empty()) return RingResult::Empty;
    }
    more_ = true;
    return RingResult::Done;
}

bool Channel::serve(uint64_t signals) {
    signals_ += signals;
    wakeups_++;
    if (bus_.stalled_) {
        serving_put_off_ = true;
        return false;
    }
    std::unique_lock<std::mutex> guard(device_->mutex, std::defer_lock);
    if (!device_->serves_channels_at_once()) guard.lock();
    more_ = false;
    device_->on_signal(*this);
    return more_ && is_open();
}

RingResult Channel::write(uint16_t type, uint16_t flags, uint64_t transaction_id,
                          const std::vector<unsigned char>& payload, const std::vector<unsigned char>& extension) {
    if (!is_open()) return RingResult::Corrupt;
    bool signal = false;
    const RingResult result = outgoing_.write(type, flags, transaction_id, extension, payload, &signal);
    if (signal) signal_guest();
    return result;
}

const std::vector<uint64_t>* Channel::gpadl(uint32_t handle) const {
    auto found = bus_.gpadls_.find(handle);
    if (found == bus_.gpadls_.end() || found->second->relid() != relid_ || !found->second->accepted) return nullptr;
    return &found->second->frames();
}

hyperv::Guid guid(const char* text) {
    unsigned int f[11] = {};
    sscanf(text, "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &f[0], &f[1], &f[2], &f[3], &f[4], &f[5], &f[6], &f[7], &f[8],
           &f[9], &f[10]);
    hyperv::Guid id = {};
    for (int i = 0; i < 4; i++) id.bytes[i] = static_cast<unsigned char>(f[0] >> (8 * i));
    for (int i = 0; i < 2; i++) id.bytes[4 + i] = static_cast<unsigned char>(f[1] >> (8 * i));
    for (int i = 0; i < 2; i++) id.bytes[6 + i] = static_cast<unsigned char>(f[2] >> (8 * i));
    for (int i = 0; i < 8; i++) id.bytes[8 + i] = static_cast<unsigned char>(f[3 + i]);
    return id;
}

} // namespace host
