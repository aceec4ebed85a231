// SPDX-License-Identifier: GPL-2.0-only
#include "host/memory/page_set.hpp"
#include "os/random.hpp"

#include <gtest/gtest.h>
#include <set>

using host::PageRange;
using host::PageSet;

TEST(PageSet, JoinsNeighboursAndRefusesOverlap) {
    PageSet set;
    EXPECT_TRUE(set.add(PageRange{10, 5}));
    EXPECT_TRUE(set.add(PageRange{20, 5}));
    EXPECT_TRUE(set.add(PageRange{15, 5}));
    EXPECT_EQ(set.ranges().size(), 1u);
    EXPECT_FALSE(set.add(PageRange{24, 2}));
    EXPECT_FALSE(set.add(PageRange{9, 2}));
    EXPECT_FALSE(set.add(PageRange{12, 0}));
    EXPECT_EQ(set.count(), 15u);
}

TEST(PageSet, TakesFromTheTop) {
    PageSet set;
    set.add(PageRange{0, 4});
    set.add(PageRange{10, 4});
    const std::vector<PageRange> taken = set.take(6);
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(taken[0].first, 10u);
    EXPECT_EQ(taken[1].first, 2u);
    EXPECT_EQ(taken[1].count, 2u);
    EXPECT_EQ(set.take(100).size(), 1u);
    EXPECT_EQ(set.count(), 0u);
}

TEST(PageSet, IsASetOfPages) {
    testos::Random random(1);
    PageSet set;
    std::set<uint64_t> truth;
    for (int step = 0; step < 20000; step++) {
        const PageRange range{random.below(60), random.below(8)};
        bool all = range.count != 0, any = false;
        for (uint64_t page = range.first; page < range.end(); page++) (truth.count(page) ? any : all) = truth.count(page) != 0;
        ASSERT_EQ(set.has_all(range), all);
        ASSERT_EQ(set.has_any(range), any);
        if (random.once_in(2)) {
            ASSERT_EQ(set.add(range), range.count != 0 && !any);
            if (!any) for (uint64_t page = range.first; page < range.end(); page++) truth.insert(page);
        } else {
            ASSERT_EQ(set.remove(range), all);
            if (all) for (uint64_t page = range.first; page < range.end(); page++) truth.erase(page);
        }
        ASSERT_EQ(set.count(), truth.size());
    }
}
