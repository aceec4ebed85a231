// SPDX-License-Identifier: GPL-2.0-only
// Channels by relid, for the interrupt path.
#ifndef VMBUS_CHANNEL_TABLE_HPP
#define VMBUS_CHANNEL_TABLE_HPP

#include <hyperv/vmbus.h>

namespace vmbus {

class Channel;

// Lookups are lock-free and valid until the interrupt handler that made them
// returns: after remove() the caller waits by lis_os_quiesce() before it lets go of
// the channel. Changes are serialised by the caller.
class ChannelTable {
public:
    ChannelTable() : words_(0), slots_() {}

    Channel* find(uint32_t relid) const {
        return relid < hyperv::kChannelLimit ? __atomic_load_n(&slots_[relid], __ATOMIC_ACQUIRE) : nullptr;
    }
    void insert(uint32_t relid, Channel* channel) {
        __atomic_store_n(&slots_[relid], channel, __ATOMIC_RELEASE);
        if (relid / 32 >= words_)
            __atomic_store_n(&words_, relid / 32 + 1, __ATOMIC_RELEASE);
    }
    void remove(uint32_t relid) { __atomic_store_n(&slots_[relid], nullptr, __ATOMIC_RELEASE); }

    // How many 32-bit words of event flags can have a bit that is known.
    uint32_t event_words() const { return __atomic_load_n(&words_, __ATOMIC_ACQUIRE); }

private:
    uint32_t words_;
    Channel* slots_[hyperv::kChannelLimit];
};

} // namespace vmbus

#endif
