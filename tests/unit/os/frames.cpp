// SPDX-License-Identifier: GPL-2.0-only
#include "frames.hpp"

#include "report.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

namespace testos {

namespace {

const uint32_t kFrames = 40960; // 160 MiB, of which only what is touched exists

char* map_whole(int fd) {
    void* view = mmap(nullptr, kFrames * kFrameBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (view == MAP_FAILED) abort();
    return static_cast<char*>(view);
}

} // namespace

Frames& Frames::pool() {
    static Frames* frames = new Frames;
    return *frames;
}

Frames::Frames() : fd_(memfd_create("guest memory", MFD_CLOEXEC)), states_(kFrames) {
    if (fd_ < 0 || ftruncate(fd_, static_cast<off_t>(kFrames * kFrameBytes)) != 0) abort();
    guest_ = map_whole(fd_);
    host_ = map_whole(fd_);
    ASAN_POISON_MEMORY_REGION(guest_, kFrames * kFrameBytes);
    for (uint32_t i = kFrames; i-- > 0;) free_.push_back(i);
}

bool Frames::allocate(uint32_t count, Random& random, std::vector<uint64_t>& frames) {
    if (count > free_.size()) return false;
    frames.clear();
    for (uint32_t i = 0; i < count; i++) {
        // Neighbours are rarely neighbours in physical memory.
        const size_t window = std::min<size_t>(free_.size(), 64);
        std::swap(free_[free_.size() - 1 - random.below(static_cast<uint32_t>(window))], free_.back());
        const uint64_t frame = kFirstFrame + free_.back();
        free_.pop_back();
        State& state = at(frame);
        state.allocated = true;
        allocated_++;
        if (state.dirty) memset(host_address(frame), 0, kFrameBytes);
        state.dirty = true;
        poison(frame, false);
        frames.push_back(frame);
    }
    return true;
}

void Frames::free(uint64_t frame) {
    State& state = at(frame);
    if (!state.allocated || state.abandoned) {
        report("a page is freed that is not allocated");
        return;
    }
    if (state.holds != 0 && !host_breaks_its_word) report("a page is freed that the host may still use");
    if (!state.aliases.empty()) report("a page is freed that is still mapped");
    give_back(frame);
}

void Frames::give_back(uint64_t frame) {
    State& state = at(frame);
    if (state.abandoned) abandoned_--;
    state.allocated = state.abandoned = false;
    state.holds = 0;
    allocated_--;
    poison(frame, true);
    free_.push_back(static_cast<uint32_t>(frame - kFirstFrame));
}

void Frames::abandon(uint64_t frame) {
    at(frame).abandoned = true;
    abandoned_++;
}

void* Frames::guest_address(uint64_t frame) const { return guest_ + (frame - kFirstFrame) * kFrameBytes; }

void* Frames::host_address(uint64_t frame) const {
    return is_allocated(frame) ? host_ + (frame - kFirstFrame) * kFrameBytes : nullptr;
}

const Frames::Mapping* Frames::mapping_of(const char* address) const {
    for (const Mapping& mapping : mappings_)
        if (address >= mapping.start && address < mapping.start + mapping.frames.size() * kFrameBytes) return &mapping;
    return nullptr;
}

uint64_t Frames::frame_of(const void* address) const {
    const char* at_byte = static_cast<const char*>(address);
    if (at_byte >= guest_ && at_byte < guest_ + kFrames * kFrameBytes)
        return kFirstFrame + static_cast<uint64_t>(at_byte - guest_) / kFrameBytes;
    const Mapping* mapping = mapping_of(at_byte);
    return mapping ? mapping->frames[static_cast<size_t>(at_byte - mapping->start) / kFrameBytes] : 0;
}

void* Frames::map(const std::vector<uint64_t>& frames) {
    const size_t bytes = frames.size() * kFrameBytes;
    void* area = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) return nullptr;
    char* const start = static_cast<char*>(area);
    for (size_t i = 0; i < frames.size(); i++) {
        const off_t offset = static_cast<off_t>((frames[i] - kFirstFrame) * kFrameBytes);
        if (mmap(start + i * kFrameBytes, kFrameBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd_, offset) ==
            MAP_FAILED) {
            munmap(start, bytes);
            return nullptr;
        }
    }
    mappings_.push_back(Mapping{start, frames});
    for (size_t i = 0; i < frames.size(); i++) {
        State& state = at(frames[i]);
        state.aliases.push_back(start + i * kFrameBytes);
        if (state.holds != 0) ASAN_POISON_MEMORY_REGION(start + i * kFrameBytes, kFrameBytes);
    }
    return start;
}

void Frames::unmap(void* address) {
    auto found = std::find_if(mappings_.begin(), mappings_.end(),
                              [address](const Mapping& mapping) { return mapping.start == address; });
    if (found == mappings_.end()) {
        report("lis_os_unmap of an address that is no mapping");
        return;
    }
    for (size_t i = 0; i < found->frames.size(); i++) {
        auto& aliases = at(found->frames[i]).aliases;
        aliases.erase(std::find(aliases.begin(), aliases.end(), found->start + i * kFrameBytes));
    }
    ASAN_UNPOISON_MEMORY_REGION(found->start, found->frames.size() * kFrameBytes);
    munmap(found->start, found->frames.size() * kFrameBytes);
    mappings_.erase(found);
}

void Frames::hold(uint64_t frame) {
    if (!is_allocated(frame)) {
        report("the host is given a page (frame 0x%llx) that is not allocated", static_cast<unsigned long long>(frame));
        return;
    }
    if (at(frame).holds++ == 0) poison(frame, true);
}

void Frames::release(uint64_t frame) {
    if (!known(frame) || at(frame).holds == 0) return; // reported when it was given
    if (--at(frame).holds == 0 && at(frame).allocated) poison(frame, false);
}

void Frames::forget_holds() {
    for (uint64_t i = 0; i < states_.size(); i++) {
        if (states_[i].holds == 0) continue;
        states_[i].holds = 0;
        poison(kFirstFrame + i, false);
    }
}

void Frames::poison(uint64_t frame, bool on) {
    std::vector<char*> views = at(frame).aliases;
    views.push_back(static_cast<char*>(guest_address(frame)));
    for (char* view : views) {
        if (on)
            ASAN_POISON_MEMORY_REGION(view, kFrameBytes);
        else
            ASAN_UNPOISON_MEMORY_REGION(view, kFrameBytes);
    }
}

void Frames::lift_poison(const volatile void* address, size_t size) {
    const char* at_byte = const_cast<const char*>(static_cast<const volatile char*>(address));
    for (size_t done = 0; done < size;) {
        const size_t left = kFrameBytes - (reinterpret_cast<uintptr_t>(at_byte + done) % kFrameBytes);
        const size_t piece = std::min(left, size - done);
        if (is_held(frame_of(at_byte + done))) ASAN_UNPOISON_MEMORY_REGION(at_byte + done, piece);
        done += piece;
    }
}

// ASan's granule is 8 bytes: whole granules are poisoned again.
void Frames::lay_poison(const volatile void* address, size_t size) {
    const char* at_byte = const_cast<const char*>(static_cast<const volatile char*>(address));
    const char* const end = at_byte + size;
    at_byte -= reinterpret_cast<uintptr_t>(at_byte) % 8;
    while (at_byte < end) {
        const size_t left = kFrameBytes - (reinterpret_cast<uintptr_t>(at_byte) % kFrameBytes);
        const size_t piece = std::min(left, (static_cast<size_t>(end - at_byte) + 7) & ~size_t{7});
        if (is_held(frame_of(at_byte))) ASAN_POISON_MEMORY_REGION(at_byte, piece);
        at_byte += piece;
    }
}

void Frames::reset() {
    while (!mappings_.empty()) unmap(mappings_.back().start);
    if (allocated_ == 0) return;
    for (uint64_t i = 0; i < states_.size(); i++)
        if (states_[i].allocated) give_back(kFirstFrame + i);
}

} // namespace testos
