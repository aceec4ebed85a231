// SPDX-License-Identifier: GPL-2.0-only
// Integers of a wire struct. They have alignment 1, so wire structs need neither
// `packed` nor aligned memory. VMBus is little-endian, and so is every guest.
#ifndef LIS_LE_HPP
#define LIS_LE_HPP

#include <lis/types.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "port Le<> first");

namespace lis {

// An aggregate without constructors: a wire struct stays plain bytes.
template <typename T>
struct Le {
    unsigned char bytes[sizeof(T)];

    T get() const {
        T value;
        __builtin_memcpy(&value, bytes, sizeof value);
        return value;
    }
    void set(T value) { __builtin_memcpy(bytes, &value, sizeof value); }
};

typedef Le<uint16_t> Le16;
typedef Le<uint32_t> Le32;
typedef Le<uint64_t> Le64;

} // namespace lis

#define LIS_WIRE_SIZE(T, n) static_assert(sizeof(T) == (n), #T ": wire size")
#define LIS_WIRE_AT(T, field, offset) \
    static_assert(__builtin_offsetof(T, field) == (offset), #T "." #field ": wire offset")

#endif
