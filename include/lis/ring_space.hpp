// SPDX-License-Identifier: GPL-2.0-only
// What both ends of a ring need: the mapping, index arithmetic, and whether to signal.
#ifndef LIS_RING_SPACE_HPP
#define LIS_RING_SPACE_HPP

#include <hyperv/ring.h>
#include <lis/result.hpp>
#include <lis/shared.hpp>
#include <lis/vmbus.h>

namespace lis {

// Whether the host is owed a lis_vmbus_channel_signal(). One too few and it sleeps
// for ever; it throttles a guest that sends too many.
enum class Signal : uint8_t { NotDue, Due };

const uint32_t kPacketAlignment = 8;
const uint32_t kTrailerBytes = sizeof(hyperv::PacketTrailer);

// One ring as this guest maps it. The sizes are ours and trusted, all else is shared.
struct RingSpace {
    hyperv::RingControl* control;
    unsigned char* data; // twice in a row: size bytes from any index on are contiguous
    uint32_t size;       // a multiple of 4096, not always a power of two

    bool is_index(uint32_t index) const { return index < size && index % kPacketAlignment == 0; }

    // For index, bytes <= size; result < size.
    uint32_t advance(uint32_t index, uint32_t bytes) const {
        const uint32_t sum = index + bytes;
        return sum >= size ? sum - size : sum;
    }

    // Bytes from one index to the other.
    uint32_t distance(uint32_t from, uint32_t to) const { return to >= from ? to - from : to + size - from; }
};

// Tells the host that it may count on pending_send_size in this ring. To be done in
// both rings before a channel is opened.
inline void announce_ring_features(void* control) {
    store_once(&static_cast<hyperv::RingControl*>(control)->feature_bits, hyperv::kRingFeaturePendingSendSize);
}

// Invalid: no ring has such a mapping.
LIS_MUST_USE inline Status map_ring(const lis_vmbus_ring& ring, RingSpace* space) {
    const uint32_t kPage = 4096;
    const uint32_t kLargest = 1u << 30; // no sum of two indices wraps
    if (ring.control == nullptr || ring.data == nullptr || ring.counters == nullptr)
        return Status::Invalid;
    if (ring.data_bytes == 0 || ring.data_bytes % kPage != 0 || ring.data_bytes > kLargest)
        return Status::Invalid;
    space->control = static_cast<hyperv::RingControl*>(ring.control);
    space->data = static_cast<unsigned char*>(ring.data);
    space->size = ring.data_bytes;
    announce_ring_features(ring.control);
    return Status::Ok;
}

} // namespace lis

#endif
