// SPDX-License-Identifier: GPL-2.0-only
// Big-endian integers of a wire struct: SCSI's, and those of the Internet protocols.
// Like lis::Le they have alignment 1.
#ifndef LIS_BE_HPP
#define LIS_BE_HPP

#include <lis/le.hpp>

namespace lis {

// An aggregate without constructors: a wire struct stays plain bytes.
template <typename T>
struct Be {
    unsigned char bytes[sizeof(T)];

    T get() const {
        T value = 0;
        for (unsigned i = 0; i < sizeof(T); i++) value = static_cast<T>(value << 8 | bytes[i]);
        return value;
    }
    void set(T value) {
        for (unsigned i = 0; i < sizeof(T); i++) bytes[i] = static_cast<unsigned char>(value >> 8 * (sizeof(T) - 1 - i));
    }
};

typedef Be<uint16_t> Be16;
typedef Be<uint32_t> Be32;
typedef Be<uint64_t> Be64;

} // namespace lis

#endif
