// SPDX-License-Identifier: GPL-2.0-only
// Objects on the kernel's heap: create<T>() is nullptr when there is no memory.
#ifndef LIS_MEMORY_HPP
#define LIS_MEMORY_HPP

#include <lis/os.h>

namespace lis {
struct Placement {};
}

inline void* operator new(size_t, lis::Placement, void* at) noexcept {
    return at;
}

namespace lis {

// T has a constructor without arguments; its memory is zero before that runs.
template <typename T>
inline T* create() {
    static_assert(sizeof(T) <= 32768, "lis_os_alloc: at most 32 KiB");
    void* const memory = lis_os_alloc(static_cast<uint32_t>(sizeof(T)));
    return memory == nullptr ? nullptr : new (Placement(), memory) T();
}

template <typename T>
inline void destroy(T* object) {
    if (object == nullptr)
        return;
    object->~T();
    lis_os_free(object);
}

} // namespace lis

#endif
