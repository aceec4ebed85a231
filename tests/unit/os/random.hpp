// SPDX-License-Identifier: GPL-2.0-only
// The one source of chance in a test: everything that varies is drawn from a seed.
#ifndef TESTOS_RANDOM_HPP
#define TESTOS_RANDOM_HPP

#include <cstdint>

namespace testos {

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    // 0 .. bound-1; bound is not 0.
    uint32_t below(uint32_t bound) { return static_cast<uint32_t>(next() % bound); }
    // True once in n.
    bool once_in(uint32_t n) { return below(n) == 0; }

private:
    uint64_t state_;
};

} // namespace testos

#endif
