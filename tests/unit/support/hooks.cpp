// SPDX-License-Identifier: GPL-2.0-only
#include "hooks.hpp"

#include <lis/atomic.hpp>
#include <lis/shared.hpp>

namespace support {

Hooks hooks;

} // namespace support

using support::hooks;

void lis_test_shared_begin(const volatile void* address, size_t size, int access) {
    if (hooks.shared_begin != nullptr) hooks.shared_begin(address, size, access);
}

void lis_test_shared_end(const volatile void* address, size_t size, int access) {
    if (hooks.shared_end != nullptr) hooks.shared_end(address, size, access);
}

void lis_test_private_begin(const volatile void* address, size_t size, int access) {
    if (hooks.private_begin != nullptr) hooks.private_begin(address, size, access);
}

void lis_test_private_end(const volatile void* address, size_t size, int access) {
    if (hooks.private_end != nullptr) hooks.private_end(address, size, access);
}

void lis_test_barrier() {
    if (hooks.barrier != nullptr) hooks.barrier();
}
