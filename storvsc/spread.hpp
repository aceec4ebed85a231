// SPDX-License-Identifier: GPL-2.0-only
// The queues of a controller, and which of them a CPU uses: the one whose interrupt it
// takes, else one of its NUMA node, else any; each is given to about as many CPUs.
//
// pick() and at(): pinned, any context but NMI. The others: one thread at a time.
#ifndef STORVSC_SPREAD_HPP
#define STORVSC_SPREAD_HPP

#include "queue.hpp"

namespace storvsc_core {

class Spread {
public:
    static const uint32_t kLimit = 64; // queues

    Spread();
    ~Spread();
    Spread(const Spread&) = delete;
    Spread& operator=(const Spread&) = delete;

    LIS_MUST_USE Status init();
    LIS_MUST_USE Status add(Queue& queue); // NoSpace
    // Nobody finds it any more. Who has found it is waited for by Queue::close().
    void remove(Queue& queue);

    // Slot to begin with; the others follow in turn.
    uint32_t pick(uint32_t cpu) const { return lis::atomic_load(&first_[cpu]); }
    uint32_t slots() const { return lis::atomic_load(&slots_); }
    Queue* at(uint32_t slot) const { return lis::atomic_load(&queues_[slot], __ATOMIC_ACQUIRE); }

private:
    void assign();
    bool is_candidate(uint32_t slot, uint32_t cpu, uint32_t distance) const;

    Queue* queues_[kLimit];
    uint32_t slots_; // used ones are below
    uint8_t* first_; // by CPU
};

} // namespace storvsc_core

#endif
