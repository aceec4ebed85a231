// SPDX-License-Identifier: GPL-2.0-only
#include "receive_buffer.hpp"

#include <algorithm>

namespace host {

bool ReceiveBuffer::divide(uint32_t section_bytes, uint32_t limit) {
    const size_t count = std::min<size_t>(memory.size() / section_bytes, limit);
    if (count == 0) return false;
    section_bytes_ = section_bytes;
    sections_.assign(count, Section());
    // The lowest go out first.
    free_ = kNone;
    for (size_t i = count; i-- > 0;) {
        sections_[i].next = free_;
        free_ = static_cast<uint32_t>(i);
    }
    free_count_ = static_cast<uint32_t>(count);
    return true;
}

void ReceiveBuffer::detach() {
    memory.detach();
    sections_.clear();
    free_ = kNone;
    free_count_ = 0;
}

uint32_t ReceiveBuffer::take(uint32_t count) {
    std::lock_guard<std::mutex> guard(mutex_);
    if (count == 0 || count > free_count_) return kNone;
    const uint32_t first = free_;
    uint32_t last = first;
    for (uint32_t i = 1; i < count; i++) {
        sections_[last].state = State::Taken;
        last = sections_[last].next;
    }
    sections_[last].state = State::Taken;
    free_ = sections_[last].next;
    free_count_ -= count;
    sections_[last].next = kNone;
    sections_[first].last = last;
    return first;
}

void ReceiveBuffer::join(uint32_t chain, uint32_t more) {
    std::lock_guard<std::mutex> guard(mutex_);
    sections_[sections_[chain].last].next = more;
    sections_[chain].last = sections_[more].last;
}

// The id of a packet is its first section's: nobody else has that one as long as the packet is out.
uint64_t ReceiveBuffer::lend(uint32_t chain) {
    std::lock_guard<std::mutex> guard(mutex_);
    sections_[chain].state = State::Lent;
    return uint64_t{chain} + 1;
}

bool ReceiveBuffer::give_back(uint64_t transaction_id) {
    std::lock_guard<std::mutex> guard(mutex_);
    if (transaction_id == 0 || transaction_id > sections_.size()) return false;
    const uint32_t chain = static_cast<uint32_t>(transaction_id - 1);
    if (sections_[chain].state != State::Lent) return false;
    put_locked(chain);
    return true;
}

void ReceiveBuffer::put(uint32_t chain) {
    std::lock_guard<std::mutex> guard(mutex_);
    put_locked(chain);
}

void ReceiveBuffer::put_locked(uint32_t chain) {
    for (uint32_t section = chain; section != kNone;) {
        const uint32_t next = sections_[section].next;
        sections_[section].state = State::Free;
        sections_[section].next = free_;
        free_ = section;
        free_count_++;
        section = next;
    }
}

uint32_t ReceiveBuffer::free_count() const {
    std::lock_guard<std::mutex> guard(mutex_);
    return free_count_;
}

} // namespace host
