// SPDX-License-Identifier: GPL-2.0-only
// What the bench's programs share: the sides, and a ring that is opened and checked.
#ifndef BENCH_LOAD_HPP
#define BENCH_LOAD_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include <stubs.h>
#include <unit/support/ring_memory.hpp>

#include "side.h"

namespace bench {

const bench_side kSides[] = {BENCH_SIDE(intree), BENCH_SIDE(one), BENCH_SIDE(many)};
const uint32_t kSizes[] = {16, 64, 256, 1024, 4096};
const uint32_t kBurst = 16;
const uint32_t kRingBytes = 128 * 1024;

// How many packets are sent before the reader runs, and in which manner.
enum class Mode { Single, Burst, Batch };
const char* const kModes[] = {"single", "burst", "batch"};

inline void* request_of(uint64_t number) { return reinterpret_cast<void*>(0x100000 + number * 64); }

inline void require(bool what, const char* text) {
    if (what) return;
    fprintf(stderr, "bench: %s\n", text);
    exit(1);
}

// Several threads send, and who finds the ring full reads what is there, one at a time. The time for
// that is part of theirs, on both sides alike.
class Shared {
public:
    explicit Shared(const bench_side& side)
        : side_(side), memory_(kRingBytes), open_(nullptr), reading_(0), sent_(0), payload_() {
        bench_reset();
        bench_seen = {};
        open_ = side_.open(memory_.ring().control, kRingBytes);
    }

    // Full: this thread has read what was there. Busy: another is reading.
    enum class Sent { Yes, Full, Busy };
    Sent send(uint32_t bytes) {
        if (side_.send(open_, payload_, bytes, request_of(1)) == 0) return Sent::Yes;
        return drain() ? Sent::Full : Sent::Busy;
    }

    bool drain() {
        if (__atomic_exchange_n(&reading_, 1, __ATOMIC_ACQUIRE) != 0) return false;
        side_.drain(open_);
        __atomic_store_n(&reading_, 0, __ATOMIC_RELEASE);
        return true;
    }

    void note_sent(uint64_t packets) { __atomic_fetch_add(&sent_, packets, __ATOMIC_RELAXED); }
    // After all threads: whether every packet has come.
    void check() {
        drain();
        require(bench_seen.packets == sent_, "packets got lost between threads");
    }
    uint64_t sent() const { return sent_; }
    const void* state() const { return open_; }

private:
    bench_side side_;
    support::RingMemory memory_;
    void* open_;
    alignas(64) uint32_t reading_; // 1: somebody does
    alignas(64) uint64_t sent_;
    alignas(64) unsigned char payload_[4096];
};

// A side with its ring, and one thread.
class Load {
public:
    explicit Load(const bench_side& side, uint32_t bytes)
        : side_(side), memory_(kRingBytes), open_(nullptr), bytes_(bytes), payload_(), number_(0), sum_(0) {
        bench_reset();
        bench_seen = {};
        open_ = side_.open(memory_.ring().control, kRingBytes);
    }

    // One round; how many packets.
    uint32_t round(Mode mode) {
        const uint32_t packets = mode == Mode::Single ? 1 : kBurst;
        if (mode == Mode::Batch) {
            stamp(packets);
            require(side_.burst(open_, payload_, bytes_, request_of(number_), packets) == packets, "no room");
        } else {
            for (uint32_t i = 0; i < packets; i++) {
                stamp(1);
                require(side_.send(open_, payload_, bytes_, request_of(number_)) == 0, "no room");
            }
        }
        require(side_.drain(open_) == packets, "a packet is missing");
        return packets;
    }

    // What came out is what went in.
    void check(uint64_t packets) const {
        require(bench_seen.packets == packets && bench_seen.sum == sum_ && bench_seen.bytes == packets * bytes_,
                "the packets that were read are not those that were written");
    }

    const void* ring() const { return memory_.ring().control; }
    size_t ring_bytes() const { return memory_.mapped_bytes(); }

private:
    void stamp(uint32_t packets) {
        number_++;
        memcpy(payload_, &number_, sizeof number_);
        sum_ += packets * (number_ + reinterpret_cast<uintptr_t>(request_of(number_)));
    }

    bench_side side_;
    support::RingMemory memory_;
    void* open_;
    uint32_t bytes_;
    unsigned char payload_[4096];
    uint64_t number_;
    uint64_t sum_;
};

} // namespace bench

#endif
