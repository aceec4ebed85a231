// SPDX-License-Identifier: GPL-2.0-only
// Which CPU takes the interrupts of which channel (protocol.md 2.6).
#ifndef VMBUS_PLACEMENT_HPP
#define VMBUS_PLACEMENT_HPP

#include <lis/os.h>
#include <lis/result.hpp>

namespace vmbus {

class Placement {
public:
    Placement() : assigned_(nullptr), bound_(nullptr), limit_(0) {}
    ~Placement() {
        lis_os_free(assigned_);
        lis_os_free(bound_);
    }
    Placement(const Placement&) = delete;
    Placement& operator=(const Placement&) = delete;

    LIS_MUST_USE lis::Status init();

    // The online CPU with the fewest channels so far.
    uint32_t assign();
    // The CPU of the control messages, for channels that are no faster elsewhere.
    uint32_t assign_message_cpu();
    void unassign(uint32_t cpu);

    // Binds an open channel to wanted if that CPU is online, else to another one,
    // which is returned; until unbind the CPU cannot go offline.
    uint32_t bind(uint32_t wanted);
    // NotFound: that CPU is offline.
    LIS_MUST_USE lis::Status bind_exactly(uint32_t cpu);
    void unbind(uint32_t cpu);
    // Any context.
    bool has_bound(uint32_t cpu) const { return __atomic_load_n(&bound_[cpu], __ATOMIC_ACQUIRE) != 0; }

private:
    uint32_t* assigned_;
    uint32_t* bound_;
    uint32_t limit_;
};

} // namespace vmbus

#endif
