// SPDX-License-Identifier: GPL-2.0-only
// The guest's RAM: one mapping, split around the hole below 4 GiB where devices live. Behind
// it lies what can be added while the guest runs: its memory map does not show that.
#ifndef VMM_MEMORY_HPP
#define VMM_MEMORY_HPP

#include <cstddef>
#include <cstdint>

#include "kvm.hpp"

namespace vmm {

const uint64_t kHoleStart = 0xC0000000; // the end of low memory at most
const uint64_t kHoleEnd = 0x100000000;

class Memory {
public:
    Memory(uint64_t bytes, uint64_t room_bytes);
    ~Memory();
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    // Tells KVM about it. The memory must outlive the virtual machine.
    void attach(const Fd& vm) const;

    uint64_t low_bytes() const { return low_; }
    uint64_t high_bytes() const { return bytes_ - low_; }
    uint64_t room_address() const { return room_address_; }
    uint64_t room_bytes() const { return room_bytes_; }
    // Host address of guest-physical [address, address + size); null unless all of it is RAM, or all room.
    unsigned char* at(uint64_t address, uint64_t size) const;
    // Gives the host's memory behind those bytes, whole pages, back; they read as zeroes then.
    void discard(uint64_t address, uint64_t size) const;
    // Everything zero again.
    void clear();

private:
    uint64_t bytes_;
    uint64_t low_;
    uint64_t room_address_;
    uint64_t room_bytes_;
    unsigned char* base_;
};

} // namespace vmm

#endif
