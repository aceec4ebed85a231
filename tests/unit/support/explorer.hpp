// SPDX-License-Identifier: GPL-2.0-only
// Runs a few threads in every order there is, on x86's memory model. Each access to
// a word through lis/shared.hpp or lis/atomic.hpp is one step. A store goes into its
// thread's buffer first and reaches memory as a step of its own, at any later time
// but in order; a thread sees its own buffer; locked accesses and full barriers wait
// until the buffer is empty. So a missing barrier shows, which sanitizers cannot say.
//
// A state that was met before (memory, buffers, and what each thread has seen) is not
// explored again. Threads must be deterministic, hold no resources (a run is given up
// in the middle) and not wait but by sleep_until_woken(). Copies of packet data are
// immediate: x86 reorders neither stores with stores nor loads with loads.
#ifndef SUPPORT_EXPLORER_HPP
#define SUPPORT_EXPLORER_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace support {

struct Scenario {
    // Puts everything back to the start of a run.
    std::function<void()> reset;
    std::vector<std::function<void()>> threads;
    // All memory that steps change.
    struct Region {
        void* start;
        size_t size;
    };
    std::vector<Region> regions;
    // When nothing can happen any more: empty, or what is wrong.
    std::function<std::string(const std::vector<bool>& finished)> verdict;
};

struct Exploration {
    uint64_t states = 0;
    uint64_t runs = 0;
    uint64_t ends = 0;
    std::string failure; // with the order that led there; empty: every order is good
};

// Stops at the first failure. Gives up, which is a failure too, beyond limit states.
Exploration explore(const Scenario& scenario, uint64_t limit);

// ---- for the threads ----

// Wakes a thread, now or when it goes to sleep next. Like a hypercall it is a full barrier.
void wake(unsigned thread);
void sleep_until_woken();
// Ends the exploration with this failure.
void explorer_fail(const char* what);

} // namespace support

#endif
