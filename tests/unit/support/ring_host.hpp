// SPDX-License-Identifier: GPL-2.0-only
// A well-behaved host at the other end of one ring, for single-threaded tests. It
// knows the layout from protocol.md and shares no code with lis/ring_*.hpp.
#ifndef SUPPORT_RING_HOST_HPP
#define SUPPORT_RING_HOST_HPP

#include "ring_memory.hpp"

#include <cstring>
#include <vector>

namespace support {

typedef std::vector<unsigned char> Bytes;

// For a result that a test does not care about.
template <typename T>
void ignore(const T&) {}

inline Bytes pattern(size_t size, unsigned seed) {
    Bytes bytes(size);
    for (size_t i = 0; i < size; i++) bytes[i] = static_cast<unsigned char>(seed * 37 + i * 11 + (i >> 8) + 1);
    return bytes;
}

struct HostPacket {
    uint16_t type = 0;
    uint16_t flags = 0;
    uint16_t offset8 = 0;
    uint64_t id = 0;
    uint32_t start = 0;
    Bytes body; // extension and payload, padding included
    uint64_t trailer = 0;
};

inline uint16_t load16(const unsigned char* at) { return static_cast<uint16_t>(at[0] | at[1] << 8); }
inline uint64_t load64(const unsigned char* at) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | at[i];
    return value;
}
inline void store16(unsigned char* at, unsigned value) {
    at[0] = static_cast<unsigned char>(value);
    at[1] = static_cast<unsigned char>(value >> 8);
}
inline void store64(unsigned char* at, uint64_t value) {
    for (int i = 0; i < 8; i++) at[i] = static_cast<unsigned char>(value >> 8 * i);
}

class RingHost {
public:
    explicit RingHost(RingMemory& memory) : memory_(memory) {}

    uint32_t used() const {
        const hyperv::RingControl& control = memory_.control();
        return (control.write_index + memory_.size() - control.read_index) % memory_.size();
    }

    // Moves both indices of an empty ring.
    void start_at(uint32_t index) { memory_.control().write_index = memory_.control().read_index = index; }

    // As consumer: takes a packet that must be there.
    HostPacket take() {
        hyperv::RingControl& control = memory_.control();
        const unsigned char* const at = memory_.data() + control.read_index;
        HostPacket packet;
        packet.start = control.read_index;
        packet.type = load16(at);
        packet.offset8 = load16(at + 2);
        packet.flags = load16(at + 6);
        packet.id = load64(at + 8);
        const size_t length = load16(at + 4) * 8u;
        packet.body.assign(at + 16, at + length);
        packet.trailer = load64(at + length);
        control.read_index = static_cast<uint32_t>((control.read_index + length + 8) % memory_.size());
        return packet;
    }

    // As producer: body must be a multiple of 8; returns the bytes used.
    uint32_t put(uint16_t type, uint16_t flags, uint64_t id, uint16_t offset8, const Bytes& body) {
        hyperv::RingControl& control = memory_.control();
        const uint32_t used_bytes = write_at(control.write_index, type, flags, id, offset8,
                                             static_cast<unsigned>(2 + body.size() / 8), body);
        control.write_index = (control.write_index + used_bytes) % memory_.size();
        return used_bytes;
    }

    // The same without the index, and with any length.
    uint32_t write_at(uint32_t index, uint16_t type, uint16_t flags, uint64_t id, unsigned offset8, unsigned length8,
                      const Bytes& body) {
        unsigned char* const at = memory_.data() + index;
        store16(at, type);
        store16(at + 2, offset8);
        store16(at + 4, length8);
        store16(at + 6, flags);
        store64(at + 8, id);
        if (!body.empty()) memcpy(at + 16, body.data(), body.size());
        return static_cast<uint32_t>(16 + body.size() + 8);
    }

private:
    RingMemory& memory_;
};

} // namespace support

#endif
