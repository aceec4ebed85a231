// SPDX-License-Identifier: GPL-2.0-only
// The guest's physical memory: page frames in a memfd that is mapped twice. The
// guest's view is poisoned where memory is free, and where it is shared with the
// host (the hooks of lis/shared.hpp lift that for one access); the host's view is
// plain. One pool serves all tests of a process, one machine at a time.
#ifndef TESTOS_FRAMES_HPP
#define TESTOS_FRAMES_HPP

#include "random.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace testos {

const size_t kFrameBytes = 4096;
// Above 32 bits, so that a frame number that lost its upper half is noticed.
const uint64_t kFirstFrame = 0x123450000u * 16ull;

class Frames {
public:
    static Frames& pool();

    // count zeroed frames in no particular order; false: memory is full.
    bool allocate(uint32_t count, Random& random, std::vector<uint64_t>& frames);
    // Reports frames that are still mapped or that the host may still use.
    void free(uint64_t frame);
    // Leaves the frame allocated; it is no leak.
    void abandon(uint64_t frame);

    bool is_allocated(uint64_t frame) const { return known(frame) && at(frame).allocated; }
    void* guest_address(uint64_t frame) const;
    // Null when the frame is not allocated.
    void* host_address(uint64_t frame) const;
    // The frame behind an address in the guest's view or in a mapping; 0: none.
    uint64_t frame_of(const void* address) const;

    // Maps frames in a row; null when the kernel refuses.
    void* map(const std::vector<uint64_t>& frames);
    void unmap(void* address);

    // The host may use the frame until as many releases as holds have come.
    void hold(uint64_t frame);
    void release(uint64_t frame);
    // For hostile hosts: what is freed while it is held is no mistake of the guest.
    bool host_breaks_its_word = false;
    // The host has gone away: nothing is held any more.
    void forget_holds();
    bool is_held(uint64_t frame) const { return known(frame) && at(frame).holds != 0; }

    // For the hooks of lis/shared.hpp.
    void lift_poison(const volatile void* address, size_t size);
    void lay_poison(const volatile void* address, size_t size);

    uint32_t allocated() const { return allocated_; }
    uint32_t abandoned() const { return abandoned_; }
    // At the end of a machine: gives back everything, whoever holds it.
    void reset();

private:
    struct State {
        bool allocated = false;
        bool abandoned = false;
        bool dirty = false;
        uint32_t holds = 0;
        std::vector<char*> aliases;
    };
    struct Mapping {
        char* start;
        std::vector<uint64_t> frames;
    };

    Frames();
    bool known(uint64_t frame) const { return frame >= kFirstFrame && frame - kFirstFrame < states_.size(); }
    State& at(uint64_t frame) { return states_[frame - kFirstFrame]; }
    const State& at(uint64_t frame) const { return states_[frame - kFirstFrame]; }
    void give_back(uint64_t frame);
    void poison(uint64_t frame, bool on);
    const Mapping* mapping_of(const char* address) const;

    int fd_;
    char* guest_;
    char* host_;
    std::vector<State> states_;
    std::vector<uint32_t> free_; // indices; taken from the end
    std::vector<Mapping> mappings_;
    uint32_t allocated_ = 0;
    uint32_t abandoned_ = 0;
};

} // namespace testos

#endif
