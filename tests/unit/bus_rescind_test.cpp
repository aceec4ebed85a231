// SPDX-License-Identifier: GPL-2.0-only
// Rescind at every point of a channel's life (protocol.md 2.7): waiters end, the
// driver leaves, memory stays until the host lets go of it, RELID_RELEASED is last.
#include "bus/echo_client.hpp"

#include <gtest/gtest.h>

using bus_test::Device;
using bus_test::EchoClient;
using bus_test::Events;
using bus_test::open_parameters;
using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using hyperv::MessageType;
using testos::for_each_seed;
using testos::Seed;

namespace {

void remove_from_host(World& world, uint32_t relid) { world.bus.remove_channel(*world.bus.channel(relid)); }

// The host has got its number back, and the guest has forgotten the device.
bool is_gone(World& world, uint32_t relid) {
    return world.wait_until([&world, relid] { return !world.bus.channel(relid) && !world.device(relid); }, 200000);
}

} // namespace

TEST(BusRescind, IdleDeviceLeaves) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 2));
        world.run_connected([&] {
            remove_from_host(world, 1);
            EXPECT_TRUE(is_gone(world, 1));
            EXPECT_EQ(world.devices.size(), 1u);
            EXPECT_EQ(world.bus.received(MessageType::RelidReleased), 1u);
        });
        EXPECT_EQ(world.removes, 2u);
    });
}

TEST(BusRescind, UnknownAndRepeatedOnesAreCounted) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            for (const uint32_t relid : {0u, 5u, 2047u, 2048u, 0xFFFFFFFFu}) world.bus.rescind_relid(relid);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("rescind_unknown") == 5; }));
            world.on_remove = [](Device&) { lis_os_sleep_ms(20); };
            remove_from_host(world, 1);
            world.bus.rescind_relid(1);
            EXPECT_TRUE(is_gone(world, 1));
            EXPECT_EQ(world.counter("rescind_twice") + world.counter("rescind_unknown"), 6u);
            EXPECT_EQ(world.bus.received(MessageType::RelidReleased), 1u);
        });
        EXPECT_EQ(world.removes, 1u);
    });
}

TEST(BusRescind, BeforeTheDeviceWasAnnounced) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 2));
        // The first probe holds up the second device until it is gone.
        world.on_add = [&](Device& device) {
            if (lis_vmbus_channel_offer(device.channel)->relid == 1) lis_os_sleep_ms(30);
        };
        world.run([&] {
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                while (!world.bus.offers_requested()) lis_os_sleep_ms(1);
                lis_os_sleep_ms(5);
                remove_from_host(world, 2);
            });
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(is_gone(world, 2));
            EXPECT_EQ(world.devices.size(), 1u);
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.adds, world.removes);
    });
}

TEST(BusRescind, DuringProbeWaitsForIt) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        bool probing = false;
        world.on_add = [&](Device& device) {
            probing = true;
            remove_from_host(world, 1);
            lis_os_sleep_ms(50);
            EXPECT_EQ(lis_vmbus_channel_rescinded(device.channel), 1u);
            EXPECT_EQ(world.removes, 0u);
            probing = false;
        };
        world.on_remove = [&](Device&) { EXPECT_FALSE(probing); };
        world.run_connected([&] { EXPECT_TRUE(is_gone(world, 1)); });
        EXPECT_EQ(world.removes, 1u);
    });
}

TEST(BusRescind, EndsAnOpenThatWaits) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::OpenChannelResult).silent = true;
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            lis_vmbus_channel_get(channel);
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                lis_os_sleep_ms(10);
                remove_from_host(world, 1);
            });
            Events events;
            const lis_vmbus_open how = open_parameters(&events);
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(lis_vmbus_channel_open(channel, &how), -LIS_ENODEV);
            EXPECT_LT(lis_os_now_ns() - before, 1000000000ull);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(is_gone(world, 1));
            EXPECT_EQ(lis_vmbus_channel_open(channel, &how), -LIS_ENODEV) << "for good";
            EXPECT_EQ(events.rescinds, 0u) << "it was never open";
            lis_vmbus_channel_put(channel);
        });
    });
}

TEST(BusRescind, EndsAWaitForAGpadl) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlCreated).silent = true;
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                lis_os_sleep_ms(10);
                remove_from_host(world, 1);
            });
            lis_vmbus_gpadl* gpadl = nullptr;
            const uint64_t before = lis_os_now_ns();
            world.on_remove = [](Device&) { lis_os_sleep_ms(100); }; // channel stays valid meanwhile
            EXPECT_EQ(lis_vmbus_gpadl_create(channel, 100, &gpadl), -LIS_ENODEV);
            EXPECT_LT(lis_os_now_ns() - before, 1000000000ull);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(is_gone(world, 1));
            // The host was asked for the pages, and gave them back.
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TEST(BusRescind, OfAnOpenChannelTellsItsDriverOnce) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        std::unique_ptr<EchoClient> client;
        world.on_add = [&](Device& device) {
            client.reset(new EchoClient(device.channel));
            EXPECT_EQ(client->open(), 0);
            EXPECT_TRUE(client->exchange(5));
        };
        world.on_remove = [&](Device&) {
            EXPECT_EQ(client->rescinds(), 1u);
            client->close();
            client.reset();
        };
        world.run_connected([&] {
            remove_from_host(world, 1);
            EXPECT_TRUE(is_gone(world, 1));
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
        EXPECT_EQ(world.last_ledger.freed, 6u);
    });
}

TEST(BusRescind, DriverThatForgetsToCloseIsClosed) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        Events events;
        world.on_add = [&](Device& device) {
            const lis_vmbus_open how = open_parameters(&events);
            EXPECT_EQ(lis_vmbus_channel_open(device.channel, &how), 0);
        };
        world.run_connected([&] {
            remove_from_host(world, 1);
            EXPECT_TRUE(is_gone(world, 1));
            EXPECT_EQ(events.rescinds, 1u);
        });
        EXPECT_EQ(world.last_ledger.freed, 6u);
    });
}

TEST(BusRescind, DuringCloseEndsTheWaitAndKeepsThePages) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::GpadlTorndown).silent = true;
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            Events events;
            const lis_vmbus_open how = open_parameters(&events);
            ASSERT_EQ(lis_vmbus_channel_open(channel, &how), 0);
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                lis_os_sleep_ms(10);
                remove_from_host(world, 1);
            });
            world.on_remove = [](Device&) { lis_os_sleep_ms(100); };
            const uint64_t before = lis_os_now_ns();
            lis_vmbus_channel_close(channel);
            EXPECT_LT(lis_os_now_ns() - before, 1000000000ull);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(is_gone(world, 1));
            EXPECT_EQ(world.ledger().with_host, 6u);
        });
        EXPECT_EQ(world.last_ledger.freed, 6u) << "by the answer to UNLOAD";
    });
}

TEST(BusRescind, RelidIsFreeForTheNextDevice) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            for (int round = 0; round < 5; round++) {
                remove_from_host(world, 1);
                ASSERT_TRUE(is_gone(world, 1));
                world.bus.add_device(std::make_shared<host::EchoDevice>(World::describe(round)), 1);
                ASSERT_TRUE(world.wait_until([&] { return world.device(1) != nullptr; }));
            }
        });
    });
}

TEST(BusRescind, SuccessorOfTheSameInstanceComesAfterItsElderHasLeft) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        uint32_t present = 0;
        world.on_add = [&](Device&) { EXPECT_EQ(present++, 0u) << "two devices of one name"; };
        world.on_remove = [&](Device&) {
            lis_os_sleep_ms(20);
            present--;
        };
        world.run_connected([&] {
            remove_from_host(world, 1);
            world.bus.add_device(std::make_shared<host::EchoDevice>(World::describe(0)), 9);
            EXPECT_TRUE(world.wait_until([&] { return world.device(9) != nullptr; }));
        });
        EXPECT_EQ(world.adds, 2u);
    });
}

TEST(BusRescind, AtAnyMomentOfADriversLife) {
    for_each_seed(1500, [](Seed seed) {
        World world(seeded(seed, 1));
        std::unique_ptr<EchoClient> client;
        world.on_add = [&](Device& device) {
            client.reset(new EchoClient(device.channel));
            for (int round = 0; round < 3; round++) {
                const int32_t opened = client->open();
                EXPECT_TRUE(opened == 0 || opened == -LIS_ENODEV) << opened;
                if (opened != 0) return;
                lis_vmbus_gpadl* gpadl = nullptr;
                const int32_t shared = lis_vmbus_gpadl_create(device.channel, 30, &gpadl);
                EXPECT_TRUE(shared == 0 || shared == -LIS_ENODEV) << shared;
                const bool echoed = client->exchange(3);
                EXPECT_TRUE(echoed || lis_vmbus_channel_rescinded(device.channel));
                if (shared == 0) lis_vmbus_gpadl_release(gpadl);
                client->close();
            }
        };
        world.on_remove = [&](Device&) { client.reset(); };
        world.run([&] {
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                while (!world.bus.offers_requested()) lis_os_delay_us(10);
                for (uint32_t wait = world.machine.scheduler.random.below(2000); wait > 0; wait--)
                    lis_os_delay_us(1);
                remove_from_host(world, 1);
            });
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(is_gone(world, 1));
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
        EXPECT_EQ(world.bus.received(MessageType::RelidReleased), 1u);
    });
}

TEST(BusRescind, CloseWaitsForTheCallback) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        struct Driver {
            bool closed = false;
            bool called = false;
        } driver;
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            lis_vmbus_channel_get(channel);
            lis_vmbus_open how = open_parameters(nullptr);
            how.on_event = [](void*) {};
            how.on_rescind = [](void* context) {
                Driver* const of = static_cast<Driver*>(context);
                of->called = true;
                lis_os_sleep_ms(5);
                EXPECT_FALSE(of->closed) << "the driver's memory is gone";
            };
            how.context = &driver;
            ASSERT_EQ(lis_vmbus_channel_open(channel, &how), 0);
            remove_from_host(world, 1);
            lis_os_sleep_ms(static_cast<uint32_t>(seed.value % 4));
            lis_vmbus_channel_close(channel);
            driver.closed = true;
            EXPECT_TRUE(is_gone(world, 1));
            lis_vmbus_channel_put(channel);
        });
    });
}

TEST(BusRescind, DriverIsToldWhileItsProbeShakesHands) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        Events events;
        world.on_add = [&](Device& device) {
            const lis_vmbus_open how = open_parameters(&events);
            ASSERT_EQ(lis_vmbus_channel_open(device.channel, &how), 0);
            remove_from_host(world, 1);
            EXPECT_TRUE(world.wait_until([&] { return events.rescinds == 1; })) << "it waits for an answer in vain";
            lis_vmbus_channel_close(device.channel);
        };
        world.run_connected([&] { EXPECT_TRUE(is_gone(world, 1)); });
        EXPECT_EQ(events.rescinds, 1u);
    });
}
