// SPDX-License-Identifier: GPL-2.0-only
// Why something from the host was dropped, and how often.
#ifndef VMBUS_COUNTERS_HPP
#define VMBUS_COUNTERS_HPP

#include <lis/types.h>

namespace vmbus {

enum class Counter : uint32_t {
    MessageShort,        // shorter than its type demands
    MessageUnknown,      // a type that no host sends to a guest
    MessageUnexpected,   // an answer that nobody waits for
    MessageForeign,      // another SynIC message type in our slot
    MessageOversize,     // a payload size above 240
    EventUnknown,        // an event flag without a channel
    OfferRelidRange,
    OfferRelidInUse,
    OfferNoPrimary,      // a sub-channel whose primary does not exist
    OfferDuplicate,      // a second primary with the same instance
    OfferNoMemory,
    OfferIgnored,        // offered while the bus is going down
    RescindUnknown,
    RescindTwice,
    ConnectFailedState,  // version supported, and the connection failed all the same
    FeatureNotRequested,
    LateOpenResult,
    LateGpadlCreated,
    LateGpadlTorndown,
    LateModifyResponse,
    PostRetry,
    PostFailed,
    WaitTimedOut,
    InboxFull,
    Count,
};

// Counting is lock-free; any context.
class Counters {
public:
    Counters() : values_() {}
    void add(Counter counter) {
        __atomic_fetch_add(&values_[static_cast<uint32_t>(counter)], 1ul, __ATOMIC_RELAXED);
    }
    uint64_t get(Counter counter) const {
        return __atomic_load_n(&values_[static_cast<uint32_t>(counter)], __ATOMIC_RELAXED);
    }
    // Name as in debugfs; nullptr behind the last.
    static const char* name(uint32_t index);

private:
    unsigned long values_[static_cast<uint32_t>(Counter::Count)];
};

} // namespace vmbus

#endif
