// SPDX-License-Identifier: GPL-2.0-only
// Not in hv_vmbus: races and what only looks like one, compiled exactly as cores are.
#include "kunit_core.h"

#include <lis/atomic.hpp>
#include <lis/shared.hpp>

void lis_kunit_race_plain(uint32_t* word, uint32_t times) {
    for (uint32_t i = 0; i < times; i++) {
        ++*word;
        __asm__ __volatile__("" : : : "memory"); // each time, not once by as many
    }
}

void lis_kunit_race_atomic(uint32_t* word, uint32_t times) {
    for (uint32_t i = 0; i < times; i++) {
        const uint32_t seen = lis::atomic_load(word);
        if (!lis::atomic_compare_exchange(word, seen, seen + 1))
            lis::atomic_store(word, seen + 2);
        lis::atomic_fetch_or(word, 1u);
    }
}

void lis_kunit_race_statistic(uint64_t* counter, uint32_t times) {
    for (uint32_t i = 0; i < times; i++) lis::count(counter);
}

void lis_kunit_race_copy_out(void* shared, uint32_t size, uint32_t times) {
    unsigned char bytes[512] = {};
    for (uint32_t i = 0; i < times; i++) lis::copy_words_out(shared, bytes, size);
}

void lis_kunit_race_copy_in(const void* shared, uint32_t size, uint32_t times) {
    unsigned char bytes[512];
    for (uint32_t i = 0; i < times; i++) lis::copy_words_in(bytes, shared, size);
}

static inline __attribute__((always_inline)) void say(uint32_t* number, uint32_t value, lis_kunit_order order) {
    if (order == LIS_KUNIT_ORDER_RELEASE)
        return lis::atomic_store(number, value, __ATOMIC_RELEASE);
    if (order == LIS_KUNIT_ORDER_BARRIER)
        lis::full_barrier();
    lis::atomic_store(number, value);
}

void lis_kunit_race_give(lis_kunit_handover* handover, uint32_t times, lis_kunit_order order) {
    for (uint32_t i = 0; i < times; i++) {
        while (lis::atomic_load(&handover->number, __ATOMIC_ACQUIRE) != 2 * i) __builtin_ia32_pause();
        handover->content = i;
        say(&handover->number, 2 * i + 1, order);
    }
}

void lis_kunit_race_take(lis_kunit_handover* handover, uint32_t times, lis_kunit_order order) {
    for (uint32_t i = 0; i < times; i++) {
        while (lis::atomic_load(&handover->number, __ATOMIC_ACQUIRE) != 2 * i + 1) __builtin_ia32_pause();
        handover->content = 0;
        say(&handover->number, 2 * i + 2, order);
    }
}
