// SPDX-License-Identifier: GPL-2.0-only
// One test, a thousand schedules. The seeds are the same in every run; a failing one
// is printed, and LIS_SEED=<n> runs only that one. LIS_SEEDS=<factor> runs more.
#ifndef TESTOS_SEEDS_HPP
#define TESTOS_SEEDS_HPP

#include <cstdint>
#include <functional>

namespace testos {

struct Seed {
    uint64_t value;
};

// Stops at the first seed with a failure.
void for_each_seed(uint32_t count, const std::function<void(Seed)>& body);

} // namespace testos

#endif
