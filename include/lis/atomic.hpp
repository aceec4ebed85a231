// SPDX-License-Identifier: GPL-2.0-only
// Atomic access to PRIVATE words that several CPUs share; what the host can write
// goes through lis/shared.hpp. Only machine words and smaller: i386 has no 64-bit
// atomics here. Any context.
#ifndef LIS_ATOMIC_HPP
#define LIS_ATOMIC_HPP

#include <lis/types.h>

#if !defined(__x86_64__) && !defined(__i386__)
#error "atomic_compare_exchange() and its kin must be full barriers: port them"
#endif

#ifdef LIS_TEST_SHARED
#include <lis/test_hooks.hpp>
#define LIS_PRIVATE_ACCESS(word, access) \
    const TestAccess lis_access_(lis_test_private_begin, lis_test_private_end, word, sizeof *(word), LIS_TEST_##access)
#else
#define LIS_PRIVATE_ACCESS(word, access) static_cast<void>(0)
#endif

namespace lis {

template <typename T>
inline __attribute__((always_inline)) T atomic_load(const T* word, int order = __ATOMIC_RELAXED) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_PRIVATE_ACCESS(word, LOAD);
    return __atomic_load_n(word, order);
}

template <typename T>
inline __attribute__((always_inline)) void atomic_store(T* word, T value, int order = __ATOMIC_RELAXED) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_PRIVATE_ACCESS(word, STORE);
    __atomic_store_n(word, value, order);
}

// The next four are full barriers, also when the exchange fails: x86's locked
// instructions are.

// True: the word was `expected` and is `value` now.
template <typename T>
inline __attribute__((always_inline)) bool atomic_compare_exchange(T* word, T expected, T value) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_PRIVATE_ACCESS(word, EXCHANGE);
    return __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// These return what was there before.
template <typename T>
inline __attribute__((always_inline)) T atomic_fetch_add(T* word, T value) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_PRIVATE_ACCESS(word, EXCHANGE);
    return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST);
}

template <typename T>
inline __attribute__((always_inline)) T atomic_fetch_or(T* word, T bits) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_PRIVATE_ACCESS(word, EXCHANGE);
    return __atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
}

template <typename T>
inline __attribute__((always_inline)) T atomic_fetch_and(T* word, T bits) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_PRIVATE_ACCESS(word, EXCHANGE);
    return __atomic_fetch_and(word, bits, __ATOMIC_SEQ_CST);
}

// A statistic: any number of CPUs may count, races lose counts. 64 bits wide also
// where that takes two accesses.
inline void count(uint64_t* counter) {
#if __SIZEOF_POINTER__ == 8
    __atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
#else
    ++*counter;
#endif
}

} // namespace lis

#endif
