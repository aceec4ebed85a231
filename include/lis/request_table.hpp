// SPDX-License-Identifier: GPL-2.0-only
// Requests that wait for the host's completion, found again by transaction id. The
// host gives ids back as it likes: an id is looked up and taken out, so that a
// replayed or invented one finds nothing, and it is never a pointer.
//
// An id is generation << 32 | index + 1, so 0 is never used, and the low half keeps
// away from the values near ~0 that the protocol reserves (protocol.md 3.7). A slot's
// state is generation << 1 | outstanding; leaving a slot raises its generation.
//
// Lock-free, any context. A bit map of free slots rather than a free list: clearing
// a bit needs no tag against reuse, which i386 would have no room for.
#ifndef LIS_REQUEST_TABLE_HPP
#define LIS_REQUEST_TABLE_HPP

#include <lis/atomic.hpp>
#include <lis/result.hpp>

namespace lis {

template <typename T>
class RequestTable {
    typedef unsigned long Word;

    struct Slot {
        T* request;
        uint32_t state;
    };

public:
    RequestTable() : slots_(nullptr), free_(nullptr), capacity_(0), hint_(0) {}
    RequestTable(const RequestTable&) = delete;
    RequestTable& operator=(const RequestTable&) = delete;

    // What init() needs; the table neither allocates nor frees it.
    static size_t memory_bytes(uint32_t capacity) {
        return capacity * sizeof(Slot) + words(capacity) * sizeof(Word);
    }

    // memory: memory_bytes(capacity), aligned for a pointer. Nobody else may be in
    // any function. Invalid: a capacity of 0 or above 65536.
    LIS_MUST_USE Status init(void* memory, uint32_t capacity) {
        if (memory == nullptr || capacity == 0 || capacity > kCapacityLimit)
            return Status::Invalid;
        slots_ = static_cast<Slot*>(memory);
        free_ = reinterpret_cast<Word*>(slots_ + capacity);
        capacity_ = capacity;
        hint_ = 0;
        for (uint32_t i = 0; i < capacity; i++) {
            slots_[i].request = nullptr;
            slots_[i].state = 0;
        }
        for (uint32_t i = 0; i < words(capacity); i++) {
            const uint32_t left = capacity - i * kWordBits;
            free_[i] = left >= kWordBits ? ~Word(0) : (Word(1) << left) - 1;
        }
        return Status::Ok;
    }

    // The id under which take() finds the request. WouldBlock: as many requests are
    // outstanding as the table holds.
    LIS_MUST_USE Result<uint64_t> add(T* request) {
        const uint32_t count = words(capacity_);
        uint32_t at = atomic_load(&hint_);
        for (uint32_t tried = 0; tried < count; tried++) {
            for (Word bits = atomic_load(&free_[at]); bits != 0; bits = atomic_load(&free_[at])) {
                const Word bit = bits & (0 - bits);
                if ((atomic_fetch_and(&free_[at], ~bit) & bit) == 0)
                    continue; // somebody else has it
                const uint32_t index = at * kWordBits + static_cast<uint32_t>(__builtin_ctzl(bit));
                Slot& slot = slots_[index];
                slot.request = request;
                const uint32_t state = atomic_load(&slot.state) | kOutstanding;
                atomic_store(&slot.state, state, __ATOMIC_RELEASE);
                return id_of(index, state);
            }
            at = at + 1 == count ? 0 : at + 1;
            atomic_store(&hint_, at);
        }
        return Status::WouldBlock;
    }

    // The request of an id, and the id is used up. NotFound: it was never given out,
    // or was taken before. The caller judges what else the host says of the request.
    LIS_MUST_USE Result<T*> take(uint64_t id) {
        const uint32_t index = static_cast<uint32_t>(id) - 1; // an id of 0 is far too large
        const uint32_t state = static_cast<uint32_t>(id >> 32) << 1 | kOutstanding;
        if (index >= capacity_ || (id >> 63) != 0)
            return Status::NotFound;
        return leave(index, state);
    }

    // For the end of a channel: the outstanding request with the least index that is
    // not below *index, taken out; *index is then behind it. nullptr: no more.
    T* take_any(uint32_t* index) {
        for (; *index < capacity_; ++*index) {
            const uint32_t state = atomic_load(&slots_[*index].state);
            if ((state & kOutstanding) == 0)
                continue;
            const Result<T*> request = leave(*index, state);
            if (request.ok()) {
                ++*index;
                return request.value();
            }
        }
        return nullptr;
    }

    uint32_t capacity() const { return capacity_; }

private:
    static const uint32_t kOutstanding = 1;
    static const uint32_t kCapacityLimit = 65536;
    static const uint32_t kWordBits = sizeof(Word) * 8;

    static uint32_t words(uint32_t capacity) { return (capacity + kWordBits - 1) / kWordBits; }
    static uint64_t id_of(uint32_t index, uint32_t state) {
        return static_cast<uint64_t>(state >> 1) << 32 | (index + 1);
    }

    // Of several callers with the same id one succeeds.
    Result<T*> leave(uint32_t index, uint32_t state) {
        Slot& slot = slots_[index];
        if (!atomic_compare_exchange(&slot.state, state, state + 1)) // next generation, not outstanding
            return Status::NotFound;
        T* const request = slot.request;
        atomic_fetch_or(&free_[index / kWordBits], Word(1) << index % kWordBits);
        return request;
    }

    Slot* slots_;
    Word* free_; // a set bit: the slot is free
    uint32_t capacity_;
    uint32_t hint_; // word to look at first
};

} // namespace lis

#endif
