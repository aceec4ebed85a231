// SPDX-License-Identifier: GPL-2.0-only
#include <lis/request_table.hpp>

#include <gtest/gtest.h>
#include <random>
#include <set>
#include <vector>

using lis::RequestTable;
using lis::Result;
using lis::Status;

namespace {

class RequestTableTest : public testing::Test {
protected:
    void create(uint32_t capacity) {
        requests.resize(capacity + 1);
        memory.assign((RequestTable<int>::memory_bytes(capacity) + 7) / 8, 0xAAAAAAAAAAAAAAAAu);
        ASSERT_EQ(table.init(memory.data(), capacity), Status::Ok);
    }

    std::vector<int> requests;
    std::vector<uint64_t> memory;
    RequestTable<int> table;
};

TEST_F(RequestTableTest, TakesWhatWasAdded) {
    create(4);
    const uint64_t id = table.add(&requests[2]).value();
    EXPECT_NE(id, 0u);
    EXPECT_EQ(table.take(id).value(), &requests[2]);
}

TEST_F(RequestTableTest, ReplayFindsNothing) {
    create(1);
    const uint64_t first = table.add(&requests[0]).value();
    ASSERT_TRUE(table.take(first).ok());
    EXPECT_EQ(table.take(first).status(), Status::NotFound);
    // The same slot, another generation.
    const uint64_t second = table.add(&requests[1]).value();
    EXPECT_NE(first, second);
    EXPECT_EQ(table.take(first).status(), Status::NotFound);
    EXPECT_EQ(table.take(second).value(), &requests[1]);
}

TEST_F(RequestTableTest, InventedIdsFindNothing) {
    create(64);
    const uint64_t good = table.add(&requests[0]).value();
    for (uint64_t id : {uint64_t(0), uint64_t(2), uint64_t(64), uint64_t(65), uint64_t(0xFFFFFFFF), ~uint64_t(0),
                        ~uint64_t(0) - 1, uint64_t(1) << 63, good | uint64_t(1) << 63, good + (uint64_t(1) << 32)})
        EXPECT_EQ(table.take(id).status(), Status::NotFound) << id;
    std::mt19937_64 random(1);
    for (int i = 0; i < 1000000; i++) {
        const uint64_t id = random();
        ASSERT_TRUE(id == good || !table.take(id).ok());
    }
    EXPECT_TRUE(table.take(good).ok());
}

TEST_F(RequestTableTest, HoldsExactlyItsCapacity) {
    for (uint32_t capacity : {1u, 2u, 31u, 32u, 33u, 63u, 64u, 65u, 127u, 128u, 129u, 1000u}) {
        create(capacity);
        std::set<uint64_t> ids;
        for (uint32_t i = 0; i < capacity; i++) ids.insert(table.add(&requests[i]).value());
        EXPECT_EQ(ids.size(), capacity);
        EXPECT_EQ(table.add(&requests[capacity]).status(), Status::WouldBlock);
        std::set<int*> taken;
        for (uint64_t id : ids) taken.insert(table.take(id).value());
        EXPECT_EQ(taken.size(), capacity);
        EXPECT_TRUE(table.add(&requests[0]).ok());
    }
}

TEST_F(RequestTableTest, AnyFreeSlotIsFound) {
    create(200);
    std::vector<uint64_t> ids;
    for (uint32_t i = 0; i < 200; i++) ids.push_back(table.add(&requests[i]).value());
    for (uint32_t i = 0; i < 200; i++) {
        ASSERT_TRUE(table.take(ids[i]).ok());
        const Result<uint64_t> again = table.add(&requests[i]);
        ASSERT_TRUE(again.ok()) << i;
        ASSERT_EQ(static_cast<uint32_t>(again.value()), static_cast<uint32_t>(ids[i]));
    }
}

TEST_F(RequestTableTest, TakeAnyEmptiesTheTable) {
    create(100);
    for (uint32_t i = 0; i < 100; i++) {
        const uint64_t id = table.add(&requests[i]).value();
        ASSERT_TRUE(i % 3 != 0 || table.take(id).ok());
    }
    std::set<int*> taken;
    uint32_t index = 0;
    while (int* const request = table.take_any(&index)) EXPECT_TRUE(taken.insert(request).second);
    uint32_t outstanding = 0;
    for (uint32_t i = 0; i < 100; i++) outstanding += i % 3 != 0;
    EXPECT_EQ(taken.size(), outstanding);
    index = 0;
    EXPECT_EQ(table.take_any(&index), nullptr);
    for (uint32_t i = 0; i < 100; i++) EXPECT_TRUE(table.add(&requests[i]).ok());
}

TEST_F(RequestTableTest, RefusesImpossibleCapacities) {
    uint64_t some[4];
    EXPECT_EQ(table.init(some, 0), Status::Invalid);
    EXPECT_EQ(table.init(some, 65537), Status::Invalid);
    EXPECT_EQ(table.init(nullptr, 1), Status::Invalid);
}

} // namespace
