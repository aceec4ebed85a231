// SPDX-License-Identifier: GPL-2.0-only
#include "spread.hpp"

namespace storvsc_core {

Spread::Spread() : queues_(), slots_(0), first_(nullptr) {}

Spread::~Spread() {
    lis_os_free(first_);
}

Status Spread::init() {
    first_ = static_cast<uint8_t*>(lis_os_alloc(lis_os_cpu_limit()));
    return first_ != nullptr ? Status::Ok : Status::NoMemory;
}

Status Spread::add(Queue& queue) {
    for (uint32_t slot = 0; slot < kLimit; slot++) {
        if (queues_[slot] != nullptr)
            continue;
        lis::atomic_store(&queues_[slot], &queue, __ATOMIC_RELEASE);
        if (slot >= slots_)
            lis::atomic_store(&slots_, slot + 1);
        assign();
        return Status::Ok;
    }
    return Status::NoSpace;
}

void Spread::remove(Queue& queue) {
    for (uint32_t slot = 0; slot < kLimit; slot++)
        if (queues_[slot] == &queue)
            lis::atomic_store(&queues_[slot], static_cast<Queue*>(nullptr));
    assign();
}

// distance 0: its own interrupt; 1: its node; 2: any.
bool Spread::is_candidate(uint32_t slot, uint32_t cpu, uint32_t distance) const {
    if (queues_[slot] == nullptr)
        return false;
    const uint32_t home = lis_vmbus_channel_cpu(queues_[slot]->channel());
    if (distance == 0)
        return home == cpu;
    return distance == 2 || lis_os_cpu_node(home) == lis_os_cpu_node(cpu);
}

void Spread::assign() {
    uint32_t users[kLimit] = {};
    for (uint32_t distance = 0; distance <= 2; distance++)
        for (uint32_t cpu = 0; cpu < lis_os_cpu_limit(); cpu++) {
            uint32_t best = kLimit;
            bool nearer = false; // has one from an earlier round
            for (uint32_t slot = 0; slot < slots_; slot++) {
                nearer |= distance != 0 && is_candidate(slot, cpu, distance - 1);
                if (is_candidate(slot, cpu, distance) && (best == kLimit || users[slot] < users[best]))
                    best = slot;
            }
            if (nearer || best == kLimit)
                continue;
            users[best]++;
            lis::atomic_store(&first_[cpu], static_cast<uint8_t>(best));
        }
}

} // namespace storvsc_core
