// SPDX-License-Identifier: GPL-2.0-only
// Chance drawn from a seed, and values that parsers stumble over.
#ifndef HOST_HOSTILE_DICE_HPP
#define HOST_HOSTILE_DICE_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

namespace host {

class Dice {
public:
    explicit Dice(uint64_t seed) : state_(seed) {}

    uint64_t next();
    uint32_t below(uint32_t bound) { return static_cast<uint32_t>(next() % bound); } // bound is not 0
    bool once_in(uint32_t n) { return below(n) == 0; }
    // Something instead of value: one off, all ones, a power of two, a flipped bit, anything; never value itself.
    uint64_t instead_of(uint64_t value, unsigned bits);
    // Overwrites 1, 2, 4 or 8 bytes somewhere in [from, bytes.size()); false: there are none.
    bool spoil(std::vector<unsigned char>& bytes, size_t from);

private:
    uint64_t state_;
};

} // namespace host

#endif
