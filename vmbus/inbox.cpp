// SPDX-License-Identifier: GPL-2.0-only
#include "inbox.hpp"

namespace vmbus {

using lis::SpinGuard;
using lis::Status;

Status Inbox::init() {
    static_assert(kSlots * sizeof(ControlMessage) <= 32768, "lis_os_alloc: at most 32 KiB");
    slots_ = static_cast<ControlMessage*>(lis_os_alloc(kSlots * sizeof(ControlMessage)));
    return slots_ != nullptr && lock_.init(lis::LockRank::Inbox) ? Status::Ok : Status::NoMemory;
}

ControlMessage* Inbox::reserve() {
    if (count_ == kSlots)
        return nullptr;
    uint32_t at = first_ + count_;
    if (at >= kSlots)
        at -= kSlots;
    return &slots_[at];
}

bool Inbox::take(ControlMessage* message) {
    SpinGuard guard(lock_);
    if (count_ == 0)
        return false;
    __builtin_memcpy(message, &slots_[first_], sizeof *message);
    first_ = first_ + 1 == kSlots ? 0 : first_ + 1;
    count_--;
    return true;
}

} // namespace vmbus
