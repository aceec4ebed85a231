// SPDX-License-Identifier: GPL-2.0-only
#include "memory.hpp"

#include <algorithm>

#include <sys/mman.h>

namespace vmm {

namespace {

const uint64_t kRoomAlignment = 2ull << 30; // the largest memory block of Linux

uint64_t room_behind(uint64_t end) { return (end + kRoomAlignment - 1) & ~(kRoomAlignment - 1); }

} // namespace

Memory::Memory(uint64_t bytes, uint64_t room_bytes)
    : bytes_(bytes), low_(std::min(bytes, kHoleStart)), room_address_(room_behind(kHoleEnd + high_bytes())),
      room_bytes_(room_bytes) {
    void* const base =
        mmap(nullptr, bytes + room_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) throw system_error("no address space for the guest's memory");
    base_ = static_cast<unsigned char*>(base);
}

Memory::~Memory() { munmap(base_, bytes_ + room_bytes_); }

void Memory::attach(const Fd& vm) const {
    kvm_userspace_memory_region region = {};
    region.memory_size = low_;
    region.userspace_addr = reinterpret_cast<uint64_t>(base_);
    control(vm, KVM_SET_USER_MEMORY_REGION, &region, "low memory");
    if (high_bytes() != 0) {
        region.slot = 1;
        region.guest_phys_addr = kHoleEnd;
        region.memory_size = high_bytes();
        region.userspace_addr = reinterpret_cast<uint64_t>(base_ + low_);
        control(vm, KVM_SET_USER_MEMORY_REGION, &region, "high memory");
    }
    if (room_bytes_ != 0) {
        region.slot = 2;
        region.guest_phys_addr = room_address_;
        region.memory_size = room_bytes_;
        region.userspace_addr = reinterpret_cast<uint64_t>(base_ + bytes_);
        control(vm, KVM_SET_USER_MEMORY_REGION, &region, "memory to be added");
    }
}

unsigned char* Memory::at(uint64_t address, uint64_t size) const {
    if (address < low_) return size <= low_ - address ? base_ + address : nullptr;
    if (address >= room_address_) {
        address -= room_address_;
        return address < room_bytes_ && size <= room_bytes_ - address ? base_ + bytes_ + address : nullptr;
    }
    if (address < kHoleEnd || address - kHoleEnd >= high_bytes()) return nullptr;
    address -= kHoleEnd;
    return size <= high_bytes() - address ? base_ + low_ + address : nullptr;
}

void Memory::clear() {
    if (madvise(base_, bytes_ + room_bytes_, MADV_DONTNEED) != 0) throw system_error("cannot clear the guest's memory");
}

void Memory::discard(uint64_t address, uint64_t size) const {
    unsigned char* const start = at(address, size);
    if (start && madvise(start, size, MADV_DONTNEED) != 0) throw system_error("cannot take memory from the guest");
}

} // namespace vmm
