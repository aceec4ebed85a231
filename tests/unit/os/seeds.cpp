// SPDX-License-Identifier: GPL-2.0-only
#include "seeds.hpp"

#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>

namespace testos {

void for_each_seed(uint32_t count, const std::function<void(Seed)>& body) {
    const char* const one = getenv("LIS_SEED");
    const char* const factor = getenv("LIS_SEEDS");
    uint64_t first = 1;
    uint64_t last = count * (factor ? strtoull(factor, nullptr, 10) : 1);
    if (one) first = last = strtoull(one, nullptr, 10);
    for (uint64_t seed = first; seed <= last; seed++) {
        body(Seed{seed});
        if (!testing::Test::HasFailure()) continue;
        const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
        printf("failed with seed %llu; again: LIS_SEED=%llu <program> --gtest_filter=%s.%s\n",
               static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed), test->test_suite_name(),
               test->name());
        return;
    }
}

} // namespace testos
