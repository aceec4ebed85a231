// SPDX-License-Identifier: GPL-2.0-only
// The place where an answer is waited for: it is taken once, by its name, and nothing is written
// for one who has given up.
#include "bus/world.hpp"

#include <gtest/gtest.h>
#include <lis/answer_slot.hpp>

using bus_test::seeded;
using bus_test::World;
using lis::Status;
using testos::for_each_seed;
using testos::Seed;

namespace {

typedef lis::AnswerSlot<uint64_t> Slot;

void with_slot(Seed seed, const std::function<void(World&, Slot&)>& body) {
    World world(seeded(seed));
    world.run([&] {
        Slot slot;
        ASSERT_EQ(slot.init(), Status::Ok);
        body(world, slot);
    });
}

bool take(Slot& slot, uint32_t name, uint64_t value) {
    return slot.take(name, [value](uint64_t& answer) {
        answer = value;
        lis_os_delay_us(3);
    });
}

const auto kGoOn = [] { return Status::Ok; };

} // namespace

TEST(NetworkAnswerSlot, AnswerIsTakenOnceByItsName) {
    for_each_seed(200, [](Seed seed) {
        with_slot(seed, [](World& world, Slot& slot) {
            for (uint64_t round = 1; round < 5; round++) {
                const uint32_t name = slot.begin();
                uint32_t taken = 0;
                testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                    for (uint32_t wait = world.machine.scheduler.random.below(20); wait > 0; wait--) lis_os_delay_us(1);
                    for (const uint32_t each : {name - 1, name + 1, 0u, name | 1u << 30, name, name}) taken += take(slot, each, round);
                });
                EXPECT_EQ(slot.wait(1000, kGoOn), Status::Ok);
                EXPECT_EQ(slot.answer(), round);
                world.machine.scheduler.join(host);
                EXPECT_EQ(taken, 1u);
                EXPECT_EQ(slot.answer(), round);
            }
        });
    });
}

TEST(NetworkAnswerSlot, AnswerAtTheTimeoutIsTakenOrRefused) {
    uint32_t late = 0, good = 0;
    for_each_seed(400, [&](Seed seed) {
        with_slot(seed, [&](World& world, Slot& slot) {
            const uint32_t name = slot.begin();
            bool taken = false;
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                for (uint32_t wait = 700 + world.machine.scheduler.random.below(600); wait > 0; wait--) lis_os_delay_us(1);
                taken = take(slot, name, 7);
            });
            const Status status = slot.wait(1, kGoOn);
            const bool written = slot.answer() == 7;
            world.machine.scheduler.join(host);
            EXPECT_EQ(status, taken ? Status::Ok : Status::TimedOut);
            EXPECT_EQ(written, taken);
            (taken ? good : late)++;
        });
    });
    EXPECT_GT(late, 20u);
    EXPECT_GT(good, 20u);
}

TEST(NetworkAnswerSlot, WaitEndsWhenNobodyAnswersAnyMore) {
    for_each_seed(100, [](Seed seed) {
        with_slot(seed, [](World& world, Slot& slot) {
            static_cast<void>(slot.begin());
            uint32_t gone = 0;
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                for (uint32_t wait = world.machine.scheduler.random.below(50); wait > 0; wait--) lis_os_delay_us(1);
                lis::atomic_store(&gone, 1u);
                slot.wake();
            });
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(slot.wait(10000, [&] { return lis::atomic_load(&gone) != 0 ? Status::Rescinded : Status::Ok; }), Status::Rescinded);
            EXPECT_LT(lis_os_now_ns() - before, 1000000000ull);
            world.machine.scheduler.join(host);
        });
    });
}

// A host that guesses the name of a question that could not be sent.
TEST(NetworkAnswerSlot, AbandonedQuestionHasNoAnswer) {
    for_each_seed(300, [](Seed seed) {
        with_slot(seed, [](World& world, Slot& slot) {
            const uint32_t first = slot.begin();
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                for (uint32_t wait = world.machine.scheduler.random.below(8); wait > 0; wait--) lis_os_delay_us(1);
                static_cast<void>(take(slot, first, 7));
            });
            for (uint32_t wait = world.machine.scheduler.random.below(8); wait > 0; wait--) lis_os_delay_us(1);
            slot.abandon();
            const uint32_t second = slot.begin();
            EXPECT_EQ(slot.wait(1, kGoOn), Status::TimedOut) << "nobody has answered this one";
            world.machine.scheduler.join(host);
            EXPECT_FALSE(take(slot, second, 8));
        });
    });
}
