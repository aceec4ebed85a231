// SPDX-License-Identifier: GPL-2.0-only
#include "ring.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {

const uint32_t kPageBytes = 4096;
const uint32_t kDescriptorBytes = 16;
const uint32_t kTrailerBytes = 8;

uint32_t distance(uint32_t from, uint32_t to, uint32_t size) { return to >= from ? to - from : size - from + to; }

bool index_ok(uint32_t index, uint32_t size) { return index < size && index % 8 == 0; }

uint32_t round8(size_t bytes) { return static_cast<uint32_t>((bytes + 7) & ~size_t{7}); }

uint16_t word(const unsigned char* at) { return static_cast<uint16_t>(at[0] | at[1] << 8); }

void put_word(unsigned char* at, uint32_t value) {
    at[0] = static_cast<unsigned char>(value);
    at[1] = static_cast<unsigned char>(value >> 8);
}

} // namespace

bool RingPages::attach(Platform& platform, const std::vector<uint64_t>& frames) {
    pages_.clear();
    if (frames.size() < 2) return false;
    for (const uint64_t frame : frames) {
        void* const page = platform.page(frame);
        if (!page) {
            pages_.clear();
            return false;
        }
        pages_.push_back(static_cast<unsigned char*>(page));
    }
    if (Tamper* const tamper = platform.tamper()) tamper_ = tamper->ring();
    return true;
}

void RingPages::detach() {
    if (tamper_ && attached()) tamper_->leaving(*this);
    tamper_.reset();
    pages_.clear();
}

uint32_t RingPages::load(Field field) const {
    return __atomic_load_n(reinterpret_cast<const uint32_t*>(pages_[0] + field), __ATOMIC_SEQ_CST);
}

void RingPages::store(Field field, uint32_t value) {
    store_as_is(field, tamper_ ? tamper_->word(field, value, size()) : value);
}

void RingPages::store_as_is(Field field, uint32_t value) {
    __atomic_store_n(reinterpret_cast<uint32_t*>(pages_[0] + field), value, __ATOMIC_SEQ_CST);
}

void RingPages::copy_in(uint32_t offset, void* to, size_t size) const {
    for (size_t done = 0; done < size;) {
        const uint32_t at = advance(offset, static_cast<uint32_t>(done));
        const size_t piece = std::min<size_t>(size - done, kPageBytes - at % kPageBytes);
        memcpy(static_cast<char*>(to) + done, pages_[1 + at / kPageBytes] + at % kPageBytes, piece);
        done += piece;
    }
}

void RingPages::copy_out(uint32_t offset, const void* from, size_t size) {
    for (size_t done = 0; done < size;) {
        const uint32_t at = advance(offset, static_cast<uint32_t>(done));
        const size_t piece = std::min<size_t>(size - done, kPageBytes - at % kPageBytes);
        memcpy(pages_[1 + at / kPageBytes] + at % kPageBytes, static_cast<const char*>(from) + done, piece);
        done += piece;
    }
}

// The guest zeroes a new ring, but a host starts wherever the indices stand.
void IncomingRing::attached() { read_ = committed_ = pages.load(RingPages::kReadIndex); }

RingResult IncomingRing::read(Packet& packet) {
    const uint32_t size = pages.size();
    const uint32_t write = pages.load(RingPages::kWriteIndex);
    if (!index_ok(write, size) || !index_ok(read_, size)) return RingResult::Corrupt;
    const uint32_t available = distance(read_, write, size);
    if (available == 0) return RingResult::Empty;
    if (available < kDescriptorBytes + kTrailerBytes) return RingResult::Corrupt;
    unsigned char descriptor[kDescriptorBytes];
    pages.copy_in(read_, descriptor, sizeof descriptor);
    const uint32_t offset = word(descriptor + 2) * 8u;
    const uint32_t length = word(descriptor + 4) * 8u;
    if (offset < kDescriptorBytes || offset > length || length > available - kTrailerBytes) return RingResult::Corrupt;
    packet.type = word(descriptor);
    packet.flags = word(descriptor + 6);
    memcpy(&packet.transaction_id, descriptor + 8, 8);
    packet.extension.resize(offset - kDescriptorBytes);
    pages.copy_in(pages.advance(read_, kDescriptorBytes), packet.extension.data(), packet.extension.size());
    packet.payload.resize(length - offset);
    pages.copy_in(pages.advance(read_, offset), packet.payload.data(), packet.payload.size());
    read_ = pages.advance(read_, length + kTrailerBytes);
    return RingResult::Done;
}

bool IncomingRing::commit() {
    const uint32_t size = pages.size();
    const uint32_t old_read = committed_;
    if (old_read == read_) return false;
    committed_ = read_;
    pages.store(RingPages::kReadIndex, read_); // sequentially consistent: orders the load below behind it
    const uint32_t pending = pages.load(RingPages::kPendingSendSize) & ~7u;
    if (pending == 0) return false;
    const uint32_t write = pages.load(RingPages::kWriteIndex);
    if (!index_ok(write, size)) return false;
    const uint32_t free_before = size - 8 - distance(old_read, write, size);
    const uint32_t free_after = size - 8 - distance(read_, write, size);
    return free_before < pending && free_after >= pending;
}

void OutgoingRing::attached() {
    write_ = pages.load(RingPages::kWriteIndex);
    pages.store(RingPages::kFeatures, 1); // this producer uses the pending send size
}

uint32_t OutgoingRing::free_bytes() const {
    const uint32_t size = pages.size();
    const uint32_t read = pages.load(RingPages::kReadIndex);
    if (!index_ok(read, size) || !index_ok(write_, size)) return 0;
    return size - 8 - distance(read, write_, size);
}

RingResult OutgoingRing::write(uint16_t type, uint16_t flags, uint64_t transaction_id,
                               const std::vector<unsigned char>& extension, const std::vector<unsigned char>& payload,
                               bool* signal) {
    const uint32_t offset = kDescriptorBytes + round8(extension.size());
    const uint32_t length = offset + round8(payload.size());
    *signal = false;
    if (!index_ok(write_, pages.size()) || !index_ok(pages.load(RingPages::kReadIndex), pages.size()))
        return RingResult::Corrupt;
    if (length + kTrailerBytes > free_bytes()) return RingResult::Full;

    std::vector<unsigned char>& bytes = packet_;
    bytes.assign(length + kTrailerBytes, 0);
    put_word(&bytes[0], type);
    put_word(&bytes[2], offset / 8);
    put_word(&bytes[4], length / 8);
    put_word(&bytes[6], flags);
    memcpy(&bytes[8], &transaction_id, 8);
    if (!extension.empty()) memcpy(&bytes[kDescriptorBytes], extension.data(), extension.size());
    if (!payload.empty()) memcpy(&bytes[offset], payload.data(), payload.size());
    memcpy(&bytes[length + 4], &write_, 4);

    RingTamper* const tamper = pages.tamper();
    const unsigned copies = tamper ? tamper->packet(bytes) : 1;
    for (unsigned copy = 0; copy < copies && bytes.size() <= free_bytes(); copy++) *signal = put(bytes) || *signal;
    return RingResult::Done;
}

// True: the guest must be told.
bool OutgoingRing::put(const std::vector<unsigned char>& bytes) {
    const uint32_t before = write_;
    pages.copy_out(write_, bytes.data(), bytes.size());
    write_ = pages.advance(write_, static_cast<uint32_t>(bytes.size()));
    pages.store(RingPages::kWriteIndex, write_);
    if (pages.tamper()) pages.tamper()->written(pages, before, static_cast<uint32_t>(bytes.size()));
    return pages.load(RingPages::kInterruptMask) == 0 && pages.load(RingPages::kReadIndex) == before;
}

} // namespace host
