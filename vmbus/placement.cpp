// SPDX-License-Identifier: GPL-2.0-only
#include "placement.hpp"

#include "connection.hpp"

namespace vmbus {

using lis::Status;

namespace {

// Inside, no CPU comes or goes: a CPU that is bound to cannot be on its way out.
class CpusHeld {
public:
    CpusHeld() { lis_os_cpus_lock(); }
    ~CpusHeld() { lis_os_cpus_unlock(); }
    CpusHeld(const CpusHeld&) = delete;
    CpusHeld& operator=(const CpusHeld&) = delete;
};

} // namespace

Status Placement::init() {
    limit_ = lis_os_cpu_limit();
    assigned_ = static_cast<uint32_t*>(lis_os_alloc(limit_ * static_cast<uint32_t>(sizeof *assigned_)));
    bound_ = static_cast<uint32_t*>(lis_os_alloc(limit_ * static_cast<uint32_t>(sizeof *bound_)));
    return assigned_ != nullptr && bound_ != nullptr ? Status::Ok : Status::NoMemory;
}

// A hint, so CPUs may come and go meanwhile: bind() looks again.
uint32_t Placement::assign() {
    uint32_t best = Connection::kMessageCpu;
    for (uint32_t cpu = 0; cpu < limit_; cpu++)
        if (lis_os_cpu_is_online(cpu) && __atomic_load_n(&assigned_[cpu], __ATOMIC_RELAXED) <
                                             __atomic_load_n(&assigned_[best], __ATOMIC_RELAXED))
            best = cpu;
    __atomic_fetch_add(&assigned_[best], 1u, __ATOMIC_RELAXED);
    return best;
}

uint32_t Placement::assign_message_cpu() {
    __atomic_fetch_add(&assigned_[Connection::kMessageCpu], 1u, __ATOMIC_RELAXED);
    return Connection::kMessageCpu;
}

void Placement::unassign(uint32_t cpu) {
    __atomic_fetch_sub(&assigned_[cpu], 1u, __ATOMIC_RELAXED);
}

uint32_t Placement::bind(uint32_t wanted) {
    CpusHeld held;
    const uint32_t cpu =
        wanted < limit_ && lis_os_cpu_is_online(wanted) ? wanted : Connection::kMessageCpu;
    __atomic_fetch_add(&bound_[cpu], 1u, __ATOMIC_RELEASE);
    return cpu;
}

Status Placement::bind_exactly(uint32_t cpu) {
    CpusHeld held;
    if (cpu >= limit_ || !lis_os_cpu_is_online(cpu))
        return Status::NotFound;
    __atomic_fetch_add(&bound_[cpu], 1u, __ATOMIC_RELEASE);
    return Status::Ok;
}

void Placement::unbind(uint32_t cpu) {
    __atomic_fetch_sub(&bound_[cpu], 1u, __ATOMIC_RELEASE);
}

} // namespace vmbus
