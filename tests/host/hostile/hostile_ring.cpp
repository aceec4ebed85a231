// SPDX-License-Identifier: GPL-2.0-only
#include "hostile_ring.hpp"

#include "../ring.hpp"

#include <cstring>

namespace host {

namespace {

const size_t kDescriptorBytes = 16;
const size_t kTrailerBytes = 8;
const size_t kRemembered = 32;

void put_word(std::vector<unsigned char>& bytes, size_t at, uint64_t value) {
    bytes[at] = static_cast<unsigned char>(value);
    bytes[at + 1] = static_cast<unsigned char>(value >> 8);
}

} // namespace

// Type, offset, length, flags: 16 bits each.
void HostileRing::spoil_header(std::vector<unsigned char>& bytes) {
    const uint64_t length8 = (bytes.size() - kTrailerBytes) / 8;
    switch (dice_.below(8)) {
    case 0: put_word(bytes, 0, dice_.below(16)); break;
    case 1: put_word(bytes, 2, dice_.below(4)); break;                        // inside the descriptor
    case 2: put_word(bytes, 2, length8 + dice_.below(3)); break;              // nothing behind it, or past the end
    case 3: put_word(bytes, 4, dice_.below(4)); break;                        // no length
    case 4: put_word(bytes, 4, length8 + 1 + dice_.below(64)); break;         // into what is not written yet
    case 5: put_word(bytes, 4, dice_.instead_of(length8, 16)); break;
    case 6: put_word(bytes, 6, dice_.next()); break;
    case 7: put_word(bytes, 2, dice_.instead_of(2, 16)); break;
    }
}

void HostileRing::spoil_transaction(std::vector<unsigned char>& bytes) {
    uint64_t id;
    memcpy(&id, &bytes[8], sizeof id);
    // Somebody else's, an old one, none.
    if (!transactions_.empty() && dice_.once_in(2)) id = transactions_[dice_.below(static_cast<uint32_t>(transactions_.size()))];
    else id = dice_.instead_of(id, 64);
    memcpy(&bytes[8], &id, sizeof id);
}

unsigned HostileRing::packet(std::vector<unsigned char>& bytes) {
    changed_ = false;
    uint64_t id;
    memcpy(&id, &bytes[8], sizeof id);
    if (transactions_.size() == kRemembered) transactions_.pop_front();
    transactions_.push_back(id);
    const uint32_t rate = owner_.options().packet_rate;
    if (!owner_.attacks() || rate == 0 || !dice_.once_in(rate)) return 1;
    changed_ = true;
    owner_.counts.packets++;
    const uint32_t kind = dice_.below(256);
    if (kind < 2) return 0;
    if (kind < 40) return 2 + dice_.below(2);
    if (kind < 100) {
        spoil_transaction(bytes);
    } else if (kind < 104) {
        spoil_header(bytes);
    } else if (kind < 120) {
        put_word(bytes, 0, dice_.below(16)); // another type: what follows the descriptor means something else
        if (dice_.once_in(2)) dice_.spoil(bytes, kDescriptorBytes);
    } else if (!dice_.spoil(bytes, kDescriptorBytes)) {
        spoil_transaction(bytes);
    }
    return 1;
}

uint32_t HostileRing::word(int field, uint32_t value, uint32_t ring_bytes) {
    const uint32_t rate = owner_.options().word_rate;
    if (!owner_.attacks() || rate == 0 || !dice_.once_in(rate)) return value;
    owner_.counts.words++;
    if (field == RingPages::kInterruptMask || field == RingPages::kFeatures)
        return static_cast<uint32_t>(dice_.instead_of(value, 32));
    switch (dice_.below(8)) {
    case 0: return ring_bytes;                                    // one behind the last
    case 1: return value + 1 + dice_.below(7);                    // between packets
    case 2: return (value + ring_bytes - 8) % ring_bytes;         // back
    case 3: return (value + 8 * (1 + dice_.below(ring_bytes / 8))) % ring_bytes; // on, over what was never written
    case 4: return 0xFFFFFFF8;
    case 5: return dice_.below(ring_bytes / 8) * 8;
    default: return static_cast<uint32_t>(dice_.instead_of(value, 32));
    }
}

void HostileRing::count_taken(RingPages& ring) {
    const uint32_t index = ring.load(RingPages::kReadIndex);
    const uint32_t size = ring.size();
    if (index < size) {
        read_ += (index + size - read_index_) % size;
        read_index_ = index;
    }
    for (; !ends_.empty() && ends_.front() <= read_; ends_.pop_front()) owner_.counts.taken++;
}

void HostileRing::written(RingPages& ring, uint32_t start, uint32_t size) {
    written_ += size;
    count_taken(ring);
    if (changed_) ends_.push_back(written_);
    if (!owner_.attacks() || owner_.options().packet_rate == 0 || !dice_.once_in(8 * owner_.options().packet_rate)) return;
    // The guest may have judged these bytes, and not used them yet.
    uint64_t bytes = 0;
    const uint32_t width = 1u << dice_.below(4);
    const uint32_t at = ring.advance(start, dice_.below(size / width) * width);
    ring.copy_in(at, &bytes, width);
    bytes = dice_.instead_of(bytes, 8 * width);
    ring.copy_out(at, &bytes, width);
    owner_.counts.rewrites++;
    if (!changed_) ends_.push_back(written_);
    changed_ = true;
}

} // namespace host
