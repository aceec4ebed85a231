// SPDX-License-Identifier: GPL-2.0-only
// The memory of one ring, mapped for the guest and once more for the host, in both
// with the data twice in a row as lis/vmbus.h promises.
#ifndef SUPPORT_RING_MEMORY_HPP
#define SUPPORT_RING_MEMORY_HPP

#include <hyperv/ring.h>
#include <lis/vmbus.h>

namespace support {

class RingMemory {
public:
    explicit RingMemory(uint32_t data_bytes);
    ~RingMemory();
    RingMemory(const RingMemory&) = delete;
    RingMemory& operator=(const RingMemory&) = delete;

    uint32_t size() const { return size_; }
    // The guest's side: what a driver gets.
    const lis_vmbus_ring& ring() const { return ring_; }
    lis_vmbus_ring_counters& counters() { return counters_; }
    // The host's side.
    hyperv::RingControl& control() const { return *reinterpret_cast<hyperv::RingControl*>(host_); }
    unsigned char* data() const { return host_ + sizeof(hyperv::RingControl); }
    // Length of each side's mapping.
    size_t mapped_bytes() const { return sizeof(hyperv::RingControl) + 2ull * size_; }

private:
    unsigned char* map(int fd) const;

    uint32_t size_;
    unsigned char* guest_;
    unsigned char* host_;
    lis_vmbus_ring_counters counters_;
    lis_vmbus_ring ring_;
};

} // namespace support

#endif
