// SPDX-License-Identifier: GPL-2.0-only
// Attacks in a ring: packets, indices, and bytes that change while the guest reads.
#ifndef HOST_HOSTILE_HOSTILE_RING_HPP
#define HOST_HOSTILE_HOSTILE_RING_HPP

#include "hostile.hpp"

namespace host {

class HostileRing : public RingTamper {
public:
    HostileRing(Hostile& owner, uint64_t seed) : owner_(owner), dice_(seed) {}

    unsigned packet(std::vector<unsigned char>& bytes) override;
    uint32_t word(int field, uint32_t value, uint32_t ring_bytes) override;
    void written(RingPages& ring, uint32_t start, uint32_t size) override;
    void leaving(RingPages& ring) override { count_taken(ring); }

private:
    void spoil_header(std::vector<unsigned char>& bytes);
    void spoil_transaction(std::vector<unsigned char>& bytes);
    void count_taken(RingPages& ring);

    Hostile& owner_;
    Dice dice_;
    bool changed_ = false;               // the packet that is being written
    std::deque<uint64_t> transactions_;  // ids that went by
    std::deque<uint64_t> ends_;          // of changed packets, in bytes since the ring was opened
    uint64_t written_ = 0;
    uint64_t read_ = 0;
    uint32_t read_index_ = 0;
};

} // namespace host

#endif
