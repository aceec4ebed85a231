// SPDX-License-Identifier: GPL-2.0-only
// Control messages on their way from the interrupt to the dispatcher. It is
// bounded: when it is full the message stays in its SynIC slot, and the host keeps
// the rest, so an offer storm costs no memory.
#ifndef VMBUS_INBOX_HPP
#define VMBUS_INBOX_HPP

#include <hyperv/vmbus.h>
#include <lis/lock.hpp>
#include <lis/result.hpp>

namespace vmbus {

struct ControlMessage {
    uint32_t size; // of bytes, at most 240
    unsigned char bytes[hyperv::kMaxMessageBytes];
};

class Inbox {
public:
    Inbox() : slots_(nullptr), first_(0), count_(0) {}
    ~Inbox() { lis_os_free(slots_); }
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    LIS_MUST_USE lis::Status init();

    // The place for the next message, or nullptr when full. The caller holds the
    // lock, fills it and calls commit(), or forgets it.
    ControlMessage* reserve();
    void commit() { count_++; }
    lis::Spinlock& lock() { return lock_; }

    // false: empty. Any context; one reader.
    bool take(ControlMessage* message);

private:
    static const uint32_t kSlots = 128;

    lis::Spinlock lock_; // guards all below
    ControlMessage* slots_;
    uint32_t first_;
    uint32_t count_;
};

} // namespace vmbus

#endif
