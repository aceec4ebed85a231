// SPDX-License-Identifier: GPL-2.0-only
#include "memory.hpp"

#include <algorithm>

#include <sys/mman.h>

namespace vmm {

Memory::Memory(uint64_t bytes) : bytes_(bytes), low_(std::min(bytes, kHoleStart)) {
    void* const base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) throw system_error("no address space for the guest's memory");
    base_ = static_cast<unsigned char*>(base);
}

Memory::~Memory() { munmap(base_, bytes_); }

void Memory::attach(const Fd& vm) const {
    kvm_userspace_memory_region region = {};
    region.memory_size = low_;
    region.userspace_addr = reinterpret_cast<uint64_t>(base_);
    control(vm, KVM_SET_USER_MEMORY_REGION, &region, "low memory");
    if (high_bytes() == 0) return;
    region.slot = 1;
    region.guest_phys_addr = kHoleEnd;
    region.memory_size = high_bytes();
    region.userspace_addr = reinterpret_cast<uint64_t>(base_ + low_);
    control(vm, KVM_SET_USER_MEMORY_REGION, &region, "high memory");
}

unsigned char* Memory::at(uint64_t address, uint64_t size) const {
    if (address < low_) return size <= low_ - address ? base_ + address : nullptr;
    if (address < kHoleEnd || address - kHoleEnd >= high_bytes()) return nullptr;
    address -= kHoleEnd;
    return size <= high_bytes() - address ? base_ + low_ + address : nullptr;
}

void Memory::clear() {
    if (madvise(base_, bytes_, MADV_DONTNEED) != 0) throw system_error("cannot clear the guest's memory");
}

} // namespace vmm
