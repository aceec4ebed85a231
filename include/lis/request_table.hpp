// SPDX-License-Identifier: GPL-2.0-only
// Requests that wait for the host's completion, found again by transaction id. The
// host gives ids back as it likes: an id is looked up and taken out, so that a
// replayed or invented one finds nothing, and it is never a pointer.
//
// A slot's state is generation << 2 | phase; leaving a slot raises its generation. An
// id is that state << 32 | index + 1, so 0 is never used, and the low half keeps away
// from the values near ~0 that the protocol reserves (protocol.md 3.7).
//
// Lock-free, any context, one compare-and-swap each way. A slot is claimed before its
// request is written, and found only after that. add() looks at slots in turn, from
// behind the last one that was found: quick where completions come about in the order
// of their requests, or half of the slots are free. To be refused it has looked at
// every slot twice, so who is refused stops sending until something completes.
#ifndef LIS_REQUEST_TABLE_HPP
#define LIS_REQUEST_TABLE_HPP

#include <lis/atomic.hpp>
#include <lis/result.hpp>

namespace lis {

template <typename T>
class RequestTable {
    struct Slot {
        T* request;
        uint32_t state;
    };

public:
    RequestTable() : slots_(nullptr), capacity_(0), hint_(0) {}
    RequestTable(const RequestTable&) = delete;
    RequestTable& operator=(const RequestTable&) = delete;

    // What init() needs; the table neither allocates nor frees it.
    static size_t memory_bytes(uint32_t capacity) { return capacity * sizeof(Slot); }

    // memory: memory_bytes(capacity), aligned for a pointer. Nobody else may be in
    // any function. Invalid: a capacity of 0 or above 65536.
    LIS_MUST_USE Status init(void* memory, uint32_t capacity) {
        if (memory == nullptr || capacity == 0 || capacity > kCapacityLimit)
            return Status::Invalid;
        slots_ = static_cast<Slot*>(memory);
        capacity_ = capacity;
        hint_ = 0;
        for (uint32_t i = 0; i < capacity; i++) {
            slots_[i].request = nullptr;
            slots_[i].state = kFree;
        }
        return Status::Ok;
    }

    // The id under which take() finds the request. WouldBlock: at one moment of this
    // call as many requests were outstanding as the table holds. init() was called.
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<uint64_t> add(T* request) {
        const uint64_t id = LIS_TRY(reserve(request));
        arm(id);
        return id;
    }

    // add() in two steps: take() finds the request from arm() on, so that nobody completes
    // what is not written yet. A reserved id ends by arm() or by cancel().
    LIS_MUST_USE LIS_ALWAYS_INLINE Result<uint64_t> reserve(T* request) {
        const uint32_t at = atomic_load(&hint_);
        const uint32_t state = atomic_load(&slots_[at].state);
        if (__builtin_expect(phase(state) != kFree || !claim(at, state), 0))
            return reserve_elsewhere(request);
        return fill(at, state, request);
    }

    LIS_ALWAYS_INLINE void arm(uint64_t id) {
        atomic_store(&slots_[static_cast<uint32_t>(id) - 1].state, static_cast<uint32_t>(id >> 32), __ATOMIC_RELEASE);
    }

    void cancel(uint64_t id) {
        const uint32_t state = static_cast<uint32_t>(id >> 32);
        atomic_store(&slots_[static_cast<uint32_t>(id) - 1].state, state - kOutstanding + kGeneration, __ATOMIC_RELEASE);
    }

    // The request of an id, and the id is used up. NotFound: it was never given out,
    // or was taken before. The caller judges what else the host says of the request.
    LIS_MUST_USE Result<T*> take(uint64_t id) {
        const uint32_t index = static_cast<uint32_t>(id) - 1; // an id of 0 is far too large
        const uint32_t state = static_cast<uint32_t>(id >> 32);
        if (index >= capacity_ || (state & kOutstanding) == 0)
            return Status::NotFound;
        return leave(index, state);
    }

    // For the end of a channel: the outstanding request with the least index that is
    // not below *index, taken out; *index is then behind it. nullptr: no more.
    T* take_any(uint32_t* index) {
        for (; *index < capacity_; ++*index) {
            const uint32_t state = atomic_load(&slots_[*index].state);
            if (phase(state) != kOutstanding)
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

    // Looks at every slot: not for the data path. Any context; a moment's value.
    uint32_t outstanding() const {
        uint32_t count = 0;
        for (uint32_t at = 0; at < capacity_; at++)
            count += phase(atomic_load(&slots_[at].state)) == kFree ? 0 : 1;
        return count;
    }

private:
    enum : uint32_t { kFree = 0, kClaimed = 1, kOutstanding = 2, kGeneration = 4 };
    static const uint32_t kCapacityLimit = 65536;

    bool claim(uint32_t at, uint32_t state) {
        return atomic_compare_exchange(&slots_[at].state, state, state + kClaimed);
    }

    uint64_t fill(uint32_t at, uint32_t state, T* request) {
        const uint32_t behind = at + 1;
        atomic_store(&hint_, __builtin_expect(behind == capacity_, 0) ? 0 : behind);
        atomic_store(&slots_[at].request, request);
        return static_cast<uint64_t>(state + kOutstanding) << 32 | behind;
    }

    // A slot that becomes free behind the one that is looked at must not be missed: who
    // is refused may have nothing outstanding that would wake him. Generations only
    // grow, so two rounds that find no free slot and the same sum of generations say
    // that every slot was taken at the moment between them.
    __attribute__((noinline)) Result<uint64_t> reserve_elsewhere(T* request) {
        uint32_t at = atomic_load(&hint_);
        uint32_t before = 0;
        for (uint32_t round = 0;; round++) {
            uint32_t generations = 0;
            for (uint32_t left = capacity_; left != 0; left--) {
                const uint32_t state = atomic_load(&slots_[at].state, __ATOMIC_ACQUIRE);
                if (phase(state) == kFree && claim(at, state))
                    return fill(at, state, request);
                generations += state / kGeneration;
                at = at + 1 == capacity_ ? 0 : at + 1;
            }
            if (round != 0 && generations == before)
                return Status::WouldBlock;
            before = generations;
        }
    }

    static uint32_t phase(uint32_t state) { return state % kGeneration; }

    // Of several callers with the same id one succeeds. The request is read while the
    // slot is ours: the state is the same before and after, and never comes again.
    Result<T*> leave(uint32_t index, uint32_t state) {
        Slot& slot = slots_[index];
        if (atomic_load(&slot.state, __ATOMIC_ACQUIRE) != state)
            return Status::NotFound;
        T* const request = atomic_load(&slot.request);
        const uint32_t next = state - kOutstanding + kGeneration;
        if (!atomic_compare_exchange(&slot.state, state, next))
            return Status::NotFound;
        return request;
    }

    Slot* slots_;
    uint32_t capacity_;
    uint32_t hint_; // slot to look at first
};

} // namespace lis

#endif
