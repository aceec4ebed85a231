// SPDX-License-Identifier: GPL-2.0-only
// Memory shared with the host: every message boundary, failures, late answers, and
// the ledger (protocol.md 2.4.7).
#include "bus/world.hpp"

#include <cstring>
#include <gtest/gtest.h>

using bus_test::Events;
using bus_test::open_parameters;
using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using hyperv::MessageType;
using testos::for_each_seed;
using testos::Seed;

namespace {

struct Gpadl {
    int32_t status = 0;
    lis_vmbus_gpadl* handle = nullptr;
};

Gpadl create(World& world, uint32_t pages, uint32_t relid = 1) {
    Gpadl made;
    made.status = lis_vmbus_gpadl_create(world.device(relid)->channel, pages, &made.handle);
    return made;
}

uint32_t messages_for(uint32_t pages) { return pages <= 26 ? 1 : 1 + (pages - 26 + 27) / 28; }

void set_status(host::Outgoing& message, uint32_t status) {
    for (int i = 0; i < 4; i++) message.bytes[16 + i] = static_cast<unsigned char>(status >> 8 * i);
}

} // namespace

TEST(BusGpadl, EveryMessageBoundaryArrivesWhole) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        std::vector<uint32_t> sizes;
        for (uint32_t pages = 1; pages <= 200; pages++) sizes.push_back(pages);
        for (uint32_t bodies : {100u, 250u, 291u})
            for (int around = -1; around <= 1; around++)
                sizes.push_back(static_cast<uint32_t>(static_cast<int>(26 + 28 * bodies) + around));
        for (uint32_t pages : {8189u, 8190u}) sizes.push_back(pages);
        for (const uint32_t pages : sizes) {
            const uint64_t before = world.bus.received(MessageType::GpadlHeader) +
                                    world.bus.received(MessageType::GpadlBody);
            const Gpadl gpadl = create(world, pages);
            ASSERT_EQ(gpadl.status, 0) << pages;
            EXPECT_EQ(world.bus.received(MessageType::GpadlHeader) + world.bus.received(MessageType::GpadlBody) -
                          before,
                      messages_for(pages));
            const std::vector<uint64_t>* const seen =
                world.bus.channel(1)->gpadl(lis_vmbus_gpadl_handle(gpadl.handle));
            ASSERT_NE(seen, nullptr) << pages;
            ASSERT_EQ(seen->size(), pages);
            const lis_os_pages* const own = lis_vmbus_gpadl_pages(gpadl.handle);
            for (uint32_t i = 0; i < pages; i++) ASSERT_EQ((*seen)[i], lis_os_pages_frame(own, i));
            lis_vmbus_gpadl_release(gpadl.handle);
            EXPECT_EQ(world.ledger().with_host + world.ledger().shared, 0u);
        }
    });
}

TEST(BusGpadl, SizesBeyondTheProtocolHaveTheirOwnErrors) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        EXPECT_EQ(create(world, 0).status, -LIS_EINVAL);
        EXPECT_EQ(create(world, 8191).status, -LIS_EMSGSIZE);
        EXPECT_EQ(create(world, 0xFFFFFFFF).status, -LIS_EMSGSIZE);
        EXPECT_EQ(world.bus.received(MessageType::GpadlHeader), 0u);
        lis_vmbus_gpadl_release(nullptr);
    });
}

TEST(BusGpadl, TwoTasksShareAtTheSameTime) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 2));
        world.run_connected([&] {
            std::vector<testos::Task*> tasks;
            for (uint32_t relid : {1u, 2u, 1u})
                tasks.push_back(world.machine.scheduler.spawn("sharer", [&world, relid] {
                    for (uint32_t pages : {60u, 3u, 27u}) {
                        const Gpadl gpadl = create(world, pages, relid);
                        ASSERT_EQ(gpadl.status, 0);
                        const std::vector<uint64_t>* const seen =
                            world.bus.channel(relid)->gpadl(lis_vmbus_gpadl_handle(gpadl.handle));
                        ASSERT_NE(seen, nullptr);
                        for (uint32_t i = 0; i < pages; i++)
                            EXPECT_EQ((*seen)[i], lis_os_pages_frame(lis_vmbus_gpadl_pages(gpadl.handle), i));
                        lis_vmbus_gpadl_release(gpadl.handle);
                    }
                }));
            for (testos::Task* task : tasks) world.machine.scheduler.join(task);
        });
        EXPECT_EQ(world.last_ledger.allocated, 270u);
    });
}

TEST(BusGpadl, RefusalFreesThePages) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        host::Rule& rule = world.bus.behaviour.on(MessageType::GpadlCreated);
        rule.edit = [](host::Outgoing& message) { set_status(message, 0x8000FFFF); };
        rule.times = 1;
        world.run_connected([&] {
            EXPECT_EQ(create(world, 30).status, -LIS_ECONNREFUSED);
            EXPECT_EQ(world.ledger().freed, 30u);
            const Gpadl next = create(world, 30);
            EXPECT_EQ(next.status, 0);
            lis_vmbus_gpadl_release(next.handle);
        });
    });
}

TEST(BusGpadl, SilenceLeavesThePagesWithTheHostUntilUnload) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlCreated).silent = true;
        world.run_connected([&] {
            EXPECT_EQ(create(world, 30).status, -LIS_ETIMEDOUT);
            EXPECT_EQ(world.ledger().with_host, 30u);
            EXPECT_EQ(world.ledger().freed, 0u);
        });
        EXPECT_EQ(world.last_ledger.freed, 30u);
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TEST(BusGpadl, LateSuccessIsAnsweredByATeardown) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlCreated).hold = true;
        world.run_connected([&] {
            EXPECT_EQ(create(world, 30).status, -LIS_ETIMEDOUT);
            world.bus.send_held();
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            EXPECT_EQ(world.ledger().freed, 30u);
            EXPECT_EQ(world.counter("late_gpadl_created"), 1u);
            EXPECT_EQ(world.bus.received(MessageType::GpadlTeardown), 1u);
        });
    });
}

TEST(BusGpadl, LateRefusalFreesThePages) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        host::Rule& rule = world.bus.behaviour.on(MessageType::GpadlCreated);
        rule.hold = true;
        rule.edit = [](host::Outgoing& message) { set_status(message, 1); };
        world.run_connected([&] {
            EXPECT_EQ(create(world, 30).status, -LIS_ETIMEDOUT);
            world.bus.send_held();
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().freed == 30; }));
            EXPECT_EQ(world.bus.received(MessageType::GpadlTeardown), 0u);
        });
    });
}

// A host that says first that it has the pages and then that it never took them is not believed.
TEST(BusGpadl, RefusalAfterASuccessFreesNothing) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.expect_violations();
        world.bus.behaviour.on(MessageType::GpadlTorndown).hold = true;
        world.run_connected([&] {
            const Gpadl gpadl = create(world, 30);
            ASSERT_EQ(gpadl.status, 0);
            const uint32_t handle = lis_vmbus_gpadl_handle(gpadl.handle);
            lis_vmbus_gpadl_release(gpadl.handle); // waits for TORNDOWN in vain
            hyperv::GpadlCreated refusal = {};
            refusal.header.type.set(static_cast<uint32_t>(MessageType::GpadlCreated));
            refusal.relid.set(1);
            refusal.gpadl.set(handle);
            refusal.status.set(1);
            world.bus.send(&refusal, sizeof refusal);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("message_unexpected") == 1; }));
            EXPECT_EQ(world.ledger().freed, 0u);
            EXPECT_EQ(world.ledger().with_host, 30u);
            world.bus.behaviour.forget_all();
            world.bus.send_held();
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().freed == 30; }));
        });
    });
}

TEST(BusGpadl, RefusalAfterASuccessForAnotherChannelFreesNothing) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.expect_violations();
        host::Rule& rule = world.bus.behaviour.on(MessageType::GpadlCreated);
        rule.times = 1;
        rule.edit = [&world](host::Outgoing& message) {
            hyperv::GpadlCreated refusal;
            memcpy(&refusal, message.bytes.data(), sizeof refusal);
            refusal.status.set(1);
            message.bytes[8] = 7; // the success comes for relid 7, and the refusal behind it
            message.delivered = nullptr;
            world.link.after(1000000, [&world, refusal] { world.bus.send(&refusal, sizeof refusal); });
        };
        world.run_connected([&] {
            const Gpadl gpadl = create(world, 30);
            EXPECT_EQ(gpadl.status, -LIS_ECONNREFUSED);
            EXPECT_TRUE(world.wait_until([&] { return world.bus.received(MessageType::GpadlTeardown) == 1; }))
                << "the host is asked to let go of them";
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().freed == 30; }));
        });
    });
}

TEST(BusGpadl, AnswerAtTheVeryMomentOfTheTimeout) {
    for (const uint32_t answer : {0u, 1u}) {
        int in_time = 0, late = 0;
        for_each_seed(1000, [&](Seed seed) {
            World world(seeded(seed, 1));
            host::Rule& rule = world.bus.behaviour.on(MessageType::GpadlCreated);
            rule.delay_ns = 60000000000ull - 60000 + seed.value % 60 * 1000;
            rule.edit = [answer](host::Outgoing& message) { set_status(message, answer); };
            world.run_connected([&] {
                const Gpadl gpadl = create(world, 30);
                if (gpadl.status == -LIS_ETIMEDOUT) {
                    late++;
                } else {
                    in_time++;
                    EXPECT_EQ(gpadl.status, answer == 0 ? 0 : -LIS_ECONNREFUSED);
                }
                if (gpadl.status == 0) lis_vmbus_gpadl_release(gpadl.handle);
                EXPECT_TRUE(world.wait_until([&] { return world.ledger().freed == 30; }));
            });
        });
        EXPECT_GT(in_time, 100);
        EXPECT_GT(late, 100);
    }
}

TEST(BusGpadl, AnswersThatComeTwiceAreCounted) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlCreated).copies = 3;
        world.bus.behaviour.on(MessageType::GpadlTorndown).copies = 2;
        world.run_connected([&] {
            const Gpadl gpadl = create(world, 30);
            ASSERT_EQ(gpadl.status, 0);
            // The second answer may come before the waiter of the first has run.
            const auto surplus = [&] {
                return world.counter("message_unexpected") + world.counter("late_gpadl_created") +
                       world.counter("late_gpadl_torndown");
            };
            EXPECT_TRUE(world.wait_until([&] { return surplus() == 2; }));
            EXPECT_EQ(world.ledger().shared, 30u);
            lis_vmbus_gpadl_release(gpadl.handle);
            EXPECT_TRUE(world.wait_until([&] { return surplus() == 3; }));
            EXPECT_EQ(world.ledger().freed, 30u);
        });
    });
}

TEST(BusGpadl, AnswersForOthersChangeNothing) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            const Gpadl gpadl = create(world, 30);
            ASSERT_EQ(gpadl.status, 0);
            const uint32_t handle = lis_vmbus_gpadl_handle(gpadl.handle);
            for (const uint32_t other : {0u, handle + 1, 0xFFFFFFFFu}) {
                hyperv::GpadlTorndown torndown = {};
                torndown.header.type.set(static_cast<uint32_t>(MessageType::GpadlTorndown));
                torndown.gpadl.set(other);
                world.bus.send(&torndown, sizeof torndown);
            }
            // In use by the driver: not the host's to give back.
            hyperv::GpadlTorndown torndown = {};
            torndown.header.type.set(static_cast<uint32_t>(MessageType::GpadlTorndown));
            torndown.gpadl.set(handle);
            world.bus.send(&torndown, sizeof torndown);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("message_unexpected") == 4; }));
            EXPECT_EQ(world.ledger().shared, 30u);
            lis_vmbus_gpadl_release(gpadl.handle);
        });
    });
}

TEST(BusGpadl, TeardownThatIsNeverAnsweredKeepsThePages) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlTorndown).silent = true;
        world.run_connected([&] {
            const Gpadl gpadl = create(world, 30);
            ASSERT_EQ(gpadl.status, 0);
            const uint64_t before = lis_os_now_ns();
            lis_vmbus_gpadl_release(gpadl.handle);
            EXPECT_LT(lis_os_now_ns() - before, 60 * 1000000000ull);
            EXPECT_EQ(world.ledger().with_host, 30u);
        });
        EXPECT_EQ(world.last_ledger.freed, 30u) << "by the answer to UNLOAD";
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TEST(BusGpadl, LateTorndownFreesThePages) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlTorndown).hold = true;
        world.run_connected([&] {
            const Gpadl gpadl = create(world, 30);
            ASSERT_EQ(gpadl.status, 0);
            lis_vmbus_gpadl_release(gpadl.handle);
            EXPECT_EQ(world.ledger().with_host, 30u);
            world.bus.send_held();
            EXPECT_TRUE(world.wait_until([&] { return world.counter("late_gpadl_torndown") == 1; }));
            EXPECT_EQ(world.ledger().freed, 30u);
        });
    });
}

TEST(BusGpadl, HostThatNeverUnloadsKeepsThePagesForEver) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlTorndown).silent = true;
        world.bus.behaviour.on(MessageType::UnloadResponse).silent = true;
        world.run_connected([&] {
            const Gpadl gpadl = create(world, 30);
            ASSERT_EQ(gpadl.status, 0);
            lis_vmbus_gpadl_release(gpadl.handle);
        });
        EXPECT_EQ(world.last_ledger.abandoned, 30u);
        EXPECT_EQ(world.machine.logged("30 pages stay with the host"), 1u);
    });
}

TEST(BusGpadl, ReconnectFreesWhatTheHostForgot) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlTorndown).silent = true;
        host::Rule& unload = world.bus.behaviour.on(MessageType::UnloadResponse);
        unload.silent = true;
        unload.times = 1;
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            const Gpadl gpadl = create(world, 30);
            ASSERT_EQ(gpadl.status, 0);
            lis_vmbus_gpadl_release(gpadl.handle);
            EXPECT_EQ(vmbus_core_suspend(), 0); // UNLOAD gets no answer
            EXPECT_EQ(world.ledger().with_host, 30u);
            EXPECT_EQ(vmbus_core_resume(), 0);
            EXPECT_EQ(world.ledger().with_host, 0u);
            EXPECT_EQ(world.ledger().freed, 30u);
            vmbus_core_disconnect();
        });
    });
}

TEST(BusGpadl, DeviceThatLeftTooMuchIsRefusedMore) {
    WorldOptions options;
    options.devices = 2;
    World world(options);
    world.bus.behaviour.on(MessageType::GpadlTorndown).hold = true;
    world.run_connected([&] {
        for (int i = 0; i < 2; i++) {
            const Gpadl gpadl = create(world, 4097);
            ASSERT_EQ(gpadl.status, 0) << i;
            lis_vmbus_gpadl_release(gpadl.handle);
        }
        EXPECT_EQ(create(world, 1).status, -LIS_ENOSPC);
        Events events;
        const lis_vmbus_open how = open_parameters(&events);
        EXPECT_EQ(lis_vmbus_channel_open(world.device(1)->channel, &how), -LIS_ENOSPC);
        // Another device is not punished for it.
        EXPECT_EQ(lis_vmbus_channel_open(world.device(2)->channel, &how), 0);
        world.bus.behaviour.forget(MessageType::GpadlTorndown);
        world.bus.send_held();
        ASSERT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
        EXPECT_EQ(lis_vmbus_channel_open(world.device(1)->channel, &how), 0);
        lis_vmbus_channel_close(world.device(1)->channel);
        lis_vmbus_channel_close(world.device(2)->channel);
    });
}

TEST(BusGpadl, MessageThatCannotBePostedLeavesAConsistentLedger) {
    // The hypercall fails for good at each of the messages in turn.
    for (size_t good = 0; good < 4; good++) {
        WorldOptions options;
        options.devices = 1;
        World world(options);
        world.run_connected([&] {
            world.link.post_statuses.assign(good, 0);
            world.link.post_statuses.push_back(0x03);
            const Gpadl gpadl = create(world, 100);
            EXPECT_EQ(gpadl.status, -LIS_EIO);
            const struct vmbus_core_ledger ledger = world.ledger();
            EXPECT_EQ(ledger.with_host, good == 0 ? 0u : 100u);
            EXPECT_EQ(ledger.freed, good == 0 ? 100u : 0u);
            EXPECT_EQ(world.counter("post_failed"), 1u);
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    }
}

TEST(BusGpadl, EveryAllocationMayFail) {
    bool failed = true;
    for (uint64_t nth = 1; failed; nth++) {
        ASSERT_LT(nth, 100u);
        WorldOptions options;
        options.devices = 1;
        World world(options);
        world.run_connected([&] {
            world.machine.fail_allocation(nth);
            const Gpadl gpadl = create(world, 30);
            EXPECT_TRUE(gpadl.status == 0 || gpadl.status == -LIS_ENOMEM) << gpadl.status;
            if (gpadl.status == 0) lis_vmbus_gpadl_release(gpadl.handle);
            failed = world.machine.failure_was_injected();
            world.machine.fail_allocation(0);
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u) << nth;
    }
}
