// SPDX-License-Identifier: GPL-2.0-only
// The send buffer's sections. Each message with frames has one: for frames that are copied,
// or for the RNDIS header of one that is not. A section's number is that of its slot in a
// table of requests, so the id that the host gives back is all there is to find it by.
//
// init() and fini(): nobody else is in any function. take(): after that. The others: any
// context but NMI, never waits.
#ifndef NETVSC_SEND_SECTIONS_HPP
#define NETVSC_SEND_SECTIONS_HPP

#include <lis/request_table.hpp>

#include "shared_buffer.hpp"

namespace netvsc_core {

using lis::Result;
using lis::Status;

class SendSections {
public:
    static const uint32_t kLimit = 2048; // one allocation of the table

    SendSections() : memory_(nullptr), base_(nullptr), bytes_(0), count_(0) {}
    ~SendSections() { fini(); }
    SendSections(const SendSections&) = delete;
    SendSections& operator=(const SendSections&) = delete;

    // section_bytes: as the host has said, judged. NoMemory; Protocol: not even one fits.
    LIS_MUST_USE Status init(unsigned char* base, uint32_t buffer_bytes, uint32_t section_bytes);
    void fini();

    uint32_t bytes() const { return bytes_; }
    uint32_t count() const { return count_; }

    // packet: nullptr, or one that the host will read itself. WouldBlock. What is taken
    // ends by cancel(), or after arm() by complete() or take_any().
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<uint64_t> take(void* packet) {
        return table_.reserve(packet == nullptr ? this : packet);
    }
    static uint32_t number_of(uint64_t id) { return static_cast<uint32_t>(id) - 1; }
    unsigned char* at(uint64_t id) const { return base_ + number_of(id) * bytes_; }
    LIS_ALWAYS_INLINE void arm(uint64_t id) { table_.arm(id); }
    void cancel(uint64_t id) { table_.cancel(id); }

    // *packet: as it was taken. NotFound: nothing is outstanding under that id.
    LIS_MUST_USE Status complete(uint64_t id, void** packet) {
        void* const found = LIS_TRY(table_.take(id));
        *packet = found == this ? nullptr : found;
        return Status::Ok;
    }

    // For the end: the next one that is still with the host. False: no more.
    LIS_MUST_USE bool take_any(uint32_t* index, void** packet) {
        void* const found = table_.take_any(index);
        *packet = found == this ? nullptr : found;
        return found != nullptr;
    }

    // Looks at all of them; a moment's value.
    uint32_t outstanding() const { return count_ == 0 ? 0 : table_.outstanding(); }

private:
    lis::RequestTable<void> table_;
    void* memory_;
    unsigned char* base_;
    uint32_t bytes_;
    uint32_t count_;
};

} // namespace netvsc_core

#endif
