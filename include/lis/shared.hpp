// SPDX-License-Identifier: GPL-2.0-only
// The only functions that touch memory which the host can write. A value is
// loaded once into private memory, judged there, and the shared copy is not
// looked at again.
//
// In the kernel these are plain inlined accesses. Unit tests define
// LIS_TEST_SHARED and supply the hooks of lis/test_hooks.hpp: they keep shared memory
// poisoned except during an access, count the loads of every byte, and let a
// hostile host rewrite memory behind each load.
//
// The order arguments are __ATOMIC_RELAXED, __ATOMIC_ACQUIRE, ... and must be
// constants. Everything is safe in any context.
#ifndef LIS_SHARED_HPP
#define LIS_SHARED_HPP

#include <lis/result.hpp>
#include <lis/types.h>

#ifdef LIS_TEST_SHARED
#include <lis/test_hooks.hpp>
#define LIS_SHARED_ACCESS(address, size, access) \
    const TestAccess lis_access_(lis_test_shared_begin, lis_test_shared_end, address, size, LIS_TEST_##access)
#else
#define LIS_SHARED_ACCESS(address, size, access) static_cast<void>(0)
#endif

#if defined(__SANITIZE_THREAD__) && !defined(LIS_TEST_SHARED)
// KCSAN does not see what memcpy does, and takes volatile accesses for marked ones.
extern "C" {
void __tsan_read_range(void* address, size_t size);
void __tsan_write_range(void* address, size_t size);
}
#define LIS_RUN_READ(address, size) __tsan_read_range(const_cast<void*>(address), size)
#define LIS_RUN_WRITTEN(address, size) __tsan_write_range(address, size)
#else
#define LIS_RUN_READ(address, size) static_cast<void>(0)
#define LIS_RUN_WRITTEN(address, size) static_cast<void>(0)
#endif

namespace lis {

// The type that an integer argument has, without taking part in deduction.
template <typename T>
struct Identity {
    typedef T type;
};

// ---- words: naturally aligned integers, at most as wide as a pointer ----

template <typename T>
LIS_ALWAYS_INLINE T load_once(const T* shared, int order = __ATOMIC_RELAXED) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_SHARED_ACCESS(shared, sizeof(T), LOAD);
    return __atomic_load_n(shared, order);
}

template <typename T>
LIS_ALWAYS_INLINE void store_once(T* shared, typename Identity<T>::type value, int order = __ATOMIC_RELAXED) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_SHARED_ACCESS(shared, sizeof(T), STORE);
    __atomic_store_n(shared, value, order);
}

// The next four are full barriers and return what was there before.
template <typename T>
LIS_ALWAYS_INLINE T exchange(T* shared, typename Identity<T>::type value) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_SHARED_ACCESS(shared, sizeof(T), EXCHANGE);
    return __atomic_exchange_n(shared, value, __ATOMIC_SEQ_CST);
}

template <typename T>
LIS_ALWAYS_INLINE T fetch_or(T* shared, typename Identity<T>::type bits) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_SHARED_ACCESS(shared, sizeof(T), EXCHANGE);
    return __atomic_fetch_or(shared, bits, __ATOMIC_SEQ_CST);
}

template <typename T>
LIS_ALWAYS_INLINE T fetch_and(T* shared, typename Identity<T>::type bits) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_SHARED_ACCESS(shared, sizeof(T), EXCHANGE);
    return __atomic_fetch_and(shared, bits, __ATOMIC_SEQ_CST);
}

// Stores value iff the word was `expected`.
template <typename T>
LIS_ALWAYS_INLINE T compare_exchange(T* shared, typename Identity<T>::type expected,
                                     typename Identity<T>::type value) {
    static_assert(sizeof(T) <= sizeof(void*), "no wider atomic access on i386");
    LIS_SHARED_ACCESS(shared, sizeof(T), EXCHANGE);
    T found = expected;
    __atomic_compare_exchange_n(shared, &found, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return found;
}

// Takes all bits of a word of flags. Most words are empty: a plain load spares them the
// locked access.
template <typename T>
LIS_ALWAYS_INLINE T take_flags(T* shared) {
    return load_once(shared) == 0 ? 0 : exchange(shared, 0);
}

// ---- runs of bytes ----

// Shared to private: every byte is read exactly once. Without the barrier the
// compiler might drop the copy and read the shared bytes again at each use.
LIS_ALWAYS_INLINE void copy_in(void* to_private, const void* from_shared, size_t size) {
    LIS_SHARED_ACCESS(from_shared, size, LOAD);
    LIS_RUN_READ(from_shared, size);
    __builtin_memcpy(to_private, from_shared, size);
    __asm__ __volatile__("" : : : "memory");
}

// Private to shared.
LIS_ALWAYS_INLINE void copy_out(void* to_shared, const void* from_private, size_t size) {
    LIS_SHARED_ACCESS(to_shared, size, STORE);
    LIS_RUN_WRITTEN(to_shared, size);
    __builtin_memcpy(to_shared, from_private, size);
}

// The same for runs of whole words, which are mostly short: calling memcpy costs more
// than copying them does. size: a multiple of 8.
const size_t kInlineCopyBytes = 128;

typedef unsigned long CopyWord __attribute__((may_alias, aligned(1)));

// Volatile, or compilers make a call of memcpy of a loop over this.
template <unsigned kBytes>
LIS_ALWAYS_INLINE void copy_few_words(unsigned char* to, const unsigned char* from) {
    CopyWord words[kBytes / sizeof(CopyWord)];
    for (unsigned i = 0; i < kBytes / sizeof(CopyWord); i++) words[i] = reinterpret_cast<const volatile CopyWord*>(from)[i];
    for (unsigned i = 0; i < kBytes / sizeof(CopyWord); i++) reinterpret_cast<volatile CopyWord*>(to)[i] = words[i];
}

LIS_ALWAYS_INLINE void copy_words(void* to, const void* from, size_t size) {
    unsigned char* out = static_cast<unsigned char*>(to);
    const unsigned char* in = static_cast<const unsigned char*>(from);
    const unsigned char* const end = in + size;
    if ((size & 8) != 0) {
        copy_few_words<8>(out, in);
        out += 8;
        in += 8;
    }
    if ((size & 16) != 0) {
        copy_few_words<16>(out, in);
        out += 16;
        in += 16;
    }
    for (; in != end; in += 32, out += 32) copy_few_words<32>(out, in);
}

LIS_ALWAYS_INLINE void copy_words_in(void* to_private, const void* from_shared, size_t size) {
    if (size > kInlineCopyBytes)
        return copy_in(to_private, from_shared, size);
    LIS_SHARED_ACCESS(from_shared, size, LOAD);
    LIS_RUN_READ(from_shared, size);
    copy_words(to_private, from_shared, size);
}

LIS_ALWAYS_INLINE void copy_words_out(void* to_shared, const void* from_private, size_t size) {
    if (size > kInlineCopyBytes)
        return copy_out(to_shared, from_private, size);
    LIS_SHARED_ACCESS(to_shared, size, STORE);
    LIS_RUN_WRITTEN(to_shared, size);
    copy_words(to_shared, from_private, size);
}

// One word of a run that is built in registers.
LIS_ALWAYS_INLINE void copy_word_out(unsigned char* to_shared, uint64_t word) {
    copy_out(to_shared, &word, sizeof word);
}

// The same for a size that the compiler knows, without a loop.
template <unsigned kBytes>
struct WholeCopy {
    static LIS_ALWAYS_INLINE void run(unsigned char* to, const unsigned char* from) {
        copy_few_words<32>(to, from);
        WholeCopy<kBytes - 32>::run(to + 32, from + 32);
    }
};
template <>
struct WholeCopy<0> {
    static LIS_ALWAYS_INLINE void run(unsigned char*, const unsigned char*) {}
};

template <unsigned kBytes>
LIS_ALWAYS_INLINE void copy_whole_in(void* to_private, const void* from_shared) {
    static_assert(kBytes % 32 == 0 && kBytes <= kInlineCopyBytes, "a few words");
    LIS_SHARED_ACCESS(from_shared, kBytes, LOAD);
    LIS_RUN_READ(from_shared, kBytes);
    WholeCopy<kBytes>::run(static_cast<unsigned char*>(to_private), static_cast<const unsigned char*>(from_shared));
}

LIS_ALWAYS_INLINE void clear_shared(void* to_shared, size_t size) {
    LIS_SHARED_ACCESS(to_shared, size, STORE);
    LIS_RUN_WRITTEN(to_shared, size);
    __builtin_memset(to_shared, 0, size);
}

// ---- order ----

// Orders every access before it before every access after it, stores before loads
// included: the two-sided protocols (mask, pending send size) rest on that.
LIS_ALWAYS_INLINE void full_barrier() {
#ifdef LIS_TEST_SHARED
    if (lis_test_barrier != nullptr)
        lis_test_barrier();
#endif
#if defined(__SANITIZE_THREAD__) && defined(LIS_TEST_SHARED)
    __asm__ __volatile__("mfence" : : : "memory"); // ThreadSanitizer has no model of fences; KCSAN has one
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

} // namespace lis

#endif
