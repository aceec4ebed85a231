// SPDX-License-Identifier: GPL-2.0-only
#include "shared_watch.hpp"

#include "hooks.hpp"
#include "report.hpp"

#include <lis/shared.hpp>

#include <algorithm>
#include <cstring>
#include <sanitizer/asan_interface.h>

namespace support {

namespace {

const size_t kControl = sizeof(hyperv::RingControl);
std::vector<SharedWatch*> watches;

SharedWatch* watch_of(const volatile void* address) {
    for (SharedWatch* watch : watches)
        if (watch->covers(address)) return watch;
    return nullptr;
}

void begin_access(const volatile void* address, size_t size, int access) {
    SharedWatch* const watch = watch_of(address);
    if (watch != nullptr) watch->begin(address, size, access);
}

void end_access(const volatile void* address, size_t size, int access) {
    SharedWatch* const watch = watch_of(address);
    if (watch != nullptr) watch->end(address, size, access);
}

} // namespace

SharedWatch::SharedWatch(RingMemory& memory)
    : memory_(memory), guest_(static_cast<unsigned char*>(memory.ring().control)), loads_(memory.size()) {
    watches.push_back(this);
    hooks.shared_begin = begin_access;
    hooks.shared_end = end_access;
    ASAN_POISON_MEMORY_REGION(guest_, memory_.mapped_bytes());
}

SharedWatch::~SharedWatch() {
    ASAN_UNPOISON_MEMORY_REGION(guest_, memory_.mapped_bytes());
    watches.erase(std::find(watches.begin(), watches.end(), this));
    if (watches.empty()) hooks.shared_begin = hooks.shared_end = nullptr;
}

bool SharedWatch::covers(const volatile void* address) const {
    const auto* const byte = static_cast<const volatile unsigned char*>(address);
    return byte >= guest_ && byte < guest_ + memory_.mapped_bytes();
}

void SharedWatch::forget_counts() {
    memset(control_loads_, 0, sizeof control_loads_);
    memset(control_stores_, 0, sizeof control_stores_);
    data_loads_ = data_stores_ = 0;
}

size_t SharedWatch::offset_of(const volatile void* address) const {
    const size_t offset = static_cast<size_t>(static_cast<const volatile unsigned char*>(address) - guest_);
    return offset >= kControl + memory_.size() ? offset - memory_.size() : offset;
}

// In whole granules of 8, which is what ASan has.
void SharedWatch::poison(bool on, size_t offset, size_t size) {
    const size_t from = offset & ~size_t{7};
    const size_t to = (offset + size + 7) & ~size_t{7};
    if (on)
        ASAN_POISON_MEMORY_REGION(guest_ + from, to - from);
    else
        ASAN_UNPOISON_MEMORY_REGION(guest_ + from, to - from);
}

void SharedWatch::begin(const volatile void* address, size_t size, int access) {
    const size_t raw = static_cast<size_t>(static_cast<const volatile unsigned char*>(address) - guest_);
    if (size > memory_.mapped_bytes() - raw) report("access beyond the ring's mapping");
    if (before_access) before_access(offset_of(address), size, access);
    poison(false, raw, size);
}

void SharedWatch::loaded(size_t offset, size_t size) {
    if (offset < kControl) {
        if (offset / 4 < 17) control_loads_[offset / 4]++;
        return;
    }
    data_loads_++;
    for (size_t i = 0; i < size; i++) {
        unsigned char& count = loads_[(offset - kControl + i) % memory_.size()];
        if (count != 0) {
            double_fetches_++;
            if (!tolerant_) report("double fetch of a byte of packet data");
        }
        count = 1;
    }
}

void SharedWatch::end(const volatile void* address, size_t size, int access) {
    poison(true, static_cast<size_t>(static_cast<const volatile unsigned char*>(address) - guest_), size);
    const size_t offset = offset_of(address);
    if ((access & LIS_TEST_STORE) != 0) {
        if (offset >= kControl)
            data_stores_++;
        else if (offset / 4 < 17)
            control_stores_[offset / 4]++;
        if (offset == offsetof(hyperv::RingControl, read_index)) std::fill(loads_.begin(), loads_.end(), 0);
    }
    if ((access & LIS_TEST_LOAD) != 0) {
        loaded(offset, size);
        if (after_load) after_load(offset, size);
    }
}

} // namespace support
