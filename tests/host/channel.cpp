// SPDX-License-Identifier: GPL-2.0-only
#include "channel.hpp"

#include "bus.hpp"

#include <cstdio>

namespace host {

namespace {
const uint32_t kConnectionIdBase = 0x10000;
}

uint32_t Channel::connection_id() const { return kConnectionIdBase + relid_; }

void Channel::signal_guest() { bus_.signal_guest(*this); }

void Channel::commit_reads() {
    if (incoming_.commit()) signal_guest();
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
