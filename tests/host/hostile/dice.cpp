// SPDX-License-Identifier: GPL-2.0-only
#include "dice.hpp"

#include <cstring>

namespace host {

// splitmix64
uint64_t Dice::next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t Dice::instead_of(uint64_t value, unsigned bits) {
    const uint64_t all = bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
    for (;;) {
        uint64_t made = 0;
        switch (below(8)) {
        case 0: break;
        case 1: made = value + 1; break;
        case 2: made = value - 1; break;
        case 3: made = all - below(4); break;
        case 4: made = uint64_t{1} << below(bits); break;
        case 5: made = (uint64_t{1} << below(bits)) - 1; break;
        case 6: made = value ^ uint64_t{1} << below(bits); break;
        case 7: made = next(); break;
        }
        made &= all;
        if (made != (value & all)) return made;
    }
}

bool Dice::spoil(std::vector<unsigned char>& bytes, size_t from) {
    if (bytes.size() <= from) return false;
    static const size_t kSizes[] = {1, 2, 4, 4, 8};
    size_t size = kSizes[below(5)];
    while (size > bytes.size() - from) size /= 2;
    // Fields lie at multiples of their size.
    const size_t places = (bytes.size() - from) / size;
    const size_t at = from + below(static_cast<uint32_t>(places)) * size;
    uint64_t value = 0;
    memcpy(&value, &bytes[at], size);
    value = instead_of(value, static_cast<unsigned>(8 * size));
    memcpy(&bytes[at], &value, size);
    return true;
}

} // namespace host
