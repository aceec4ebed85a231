// SPDX-License-Identifier: GPL-2.0-only
// For test builds (LIS_TEST_SHARED) only: hooks around each access that lis/shared.hpp
// and lis/atomic.hpp make. Each test program defines the first two, others the rest.
#ifndef LIS_TEST_HOOKS_HPP
#define LIS_TEST_HOOKS_HPP

#include <lis/types.h>

enum lis_test_access { LIS_TEST_LOAD = 1, LIS_TEST_STORE = 2, LIS_TEST_EXCHANGE = 3 };

extern "C" {
void lis_test_shared_begin(const volatile void* address, size_t size, int access);
void lis_test_shared_end(const volatile void* address, size_t size, int access);
void lis_test_private_begin(const volatile void* address, size_t size, int access) __attribute__((weak));
void lis_test_private_end(const volatile void* address, size_t size, int access) __attribute__((weak));
void lis_test_barrier() __attribute__((weak));
}

namespace lis {

class TestAccess {
public:
    typedef void (*Hook)(const volatile void* address, size_t size, int access);

    TestAccess(Hook begin, Hook end, const volatile void* address, size_t size, int access)
        : end_(end), address_(address), size_(size), access_(access) {
        if (begin != nullptr)
            begin(address_, size_, access_);
    }
    ~TestAccess() {
        if (end_ != nullptr)
            end_(address_, size_, access_);
    }
    TestAccess(const TestAccess&) = delete;
    TestAccess& operator=(const TestAccess&) = delete;

private:
    Hook end_;
    const volatile void* address_;
    size_t size_;
    int access_;
};

} // namespace lis

#endif
