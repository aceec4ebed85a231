// SPDX-License-Identifier: GPL-2.0-only
// Sub-channels: early, late, too many, gone again (protocol.md 2.7, pitfalls 15 and 27).
#include "bus/echo_client.hpp"

#include <gtest/gtest.h>
#include <set>

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

// Keeps what on_subchannel hands out, and the references that it takes.
struct Collector {
    std::vector<lis_vmbus_channel*> channels;

    static void take(void* context, lis_vmbus_channel* subchannel) {
        lis_vmbus_channel_get(subchannel);
        static_cast<Collector*>(context)->channels.push_back(subchannel);
    }
    void put_all() {
        for (lis_vmbus_channel* channel : channels) lis_vmbus_channel_put(channel);
        channels.clear();
    }
};

host::Channel& host_channel(World& world, uint32_t relid) { return *world.bus.channel(relid); }

} // namespace

TEST(BusSubchannel, OfferedBeforeTheDriverAsks) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        world.run_connected([&] {
            for (uint16_t i = 1; i <= 3; i++) world.bus.add_subchannel(host_channel(world, 1), i);
            EXPECT_TRUE(world.wait_until([&] { return world.subchannel_adds == 3; }));
            EXPECT_TRUE(collector.channels.empty());
            lis_vmbus_channel_on_subchannel(world.devices[0]->channel, Collector::take, &collector);
            EXPECT_EQ(collector.channels.size(), 3u);
            for (lis_vmbus_channel* channel : collector.channels)
                EXPECT_EQ(vmbus_core_channel_primary(channel), world.devices[0]->channel);
            lis_vmbus_channel_on_subchannel(world.devices[0]->channel, nullptr, nullptr);
            collector.put_all();
        });
        EXPECT_EQ(world.subchannel_removes, 3u);
    });
}

TEST(BusSubchannel, OfferedLater) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 2));
        Collector collector;
        world.run_connected([&] {
            lis_vmbus_channel_on_subchannel(world.device(1)->channel, Collector::take, &collector);
            for (uint16_t i = 1; i <= 3; i++) world.bus.add_subchannel(host_channel(world, 1), i);
            world.bus.add_subchannel(host_channel(world, 2), 1); // nobody asked
            EXPECT_TRUE(world.wait_until([&] { return collector.channels.size() == 3; }));
            EXPECT_TRUE(world.wait_until([&] { return world.subchannel_adds == 4; }));
            std::set<uint32_t> indices;
            for (lis_vmbus_channel* channel : collector.channels)
                indices.insert(lis_vmbus_channel_offer(channel)->subchannel_index);
            EXPECT_EQ(indices, (std::set<uint32_t>{1, 2, 3}));
            lis_vmbus_channel_on_subchannel(world.device(1)->channel, nullptr, nullptr);
            collector.put_all();
        });
    });
}

TEST(BusSubchannel, ProbeMayWaitForThem) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        world.on_add = [&](Device& device) {
            lis_vmbus_channel_on_subchannel(device.channel, Collector::take, &collector);
            EXPECT_TRUE(world.wait_until([&] { return world.bus.offers_requested(); }));
            for (uint16_t i = 1; i <= 2; i++) world.bus.add_subchannel(host_channel(world, 1), i);
            EXPECT_TRUE(world.wait_until([&] { return collector.channels.size() == 2; }));
            EXPECT_EQ(world.subchannel_adds, 0u) << "sysfs has no place for them yet";
            lis_vmbus_channel_on_subchannel(device.channel, nullptr, nullptr);
            collector.put_all();
        };
        world.run_connected([&] { EXPECT_TRUE(world.wait_until([&] { return world.subchannel_adds == 2; })); });
    });
}

TEST(BusSubchannel, CarriesDataOfItsOwn) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.devices[0]->channel;
            EchoClient first(primary);
            ASSERT_EQ(first.open(), 0);
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &collector);
            world.bus.add_subchannel(host_channel(world, 1), 1);
            ASSERT_TRUE(world.wait_until([&] { return collector.channels.size() == 1; }));
            EchoClient second(collector.channels[0]);
            ASSERT_EQ(second.open(), 0);
            EXPECT_TRUE(first.exchange(5));
            EXPECT_TRUE(second.exchange(5));
            lis_vmbus_channel_on_subchannel(primary, nullptr, nullptr);
            second.close();
            first.close();
            collector.put_all();
        });
    });
}

TEST(BusSubchannel, ClosingThePrimaryClosesIt) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.devices[0]->channel;
            Events events;
            const lis_vmbus_open how = open_parameters(&events);
            ASSERT_EQ(lis_vmbus_channel_open(primary, &how), 0);
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &collector);
            world.bus.add_subchannel(host_channel(world, 1), 1);
            world.bus.add_subchannel(host_channel(world, 1), 2);
            ASSERT_TRUE(world.wait_until([&] { return collector.channels.size() == 2; }));
            for (lis_vmbus_channel* channel : collector.channels)
                ASSERT_EQ(lis_vmbus_channel_open(channel, &how), 0);
            lis_vmbus_channel_close(primary);
            EXPECT_EQ(world.bus.received(MessageType::CloseChannel), 3u);
            for (uint32_t relid = 1; relid <= 3; relid++) EXPECT_FALSE(host_channel(world, relid).is_open());
            EXPECT_EQ(world.ledger().with_host + world.ledger().shared, 0u);
            lis_vmbus_channel_on_subchannel(primary, nullptr, nullptr);
            collector.put_all();
        });
    });
}

TEST(BusSubchannel, RescindOfOneLeavesWhenItsDriverHasClosedIt) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.devices[0]->channel;
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &collector);
            world.bus.add_subchannel(host_channel(world, 1), 1);
            ASSERT_TRUE(world.wait_until([&] { return collector.channels.size() == 1; }));
            EchoClient client(collector.channels[0]);
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(2));
            world.bus.remove_channel(host_channel(world, 2));
            EXPECT_TRUE(world.wait_until([&] { return client.rescinds() == 1; }));
            client.close();
            EXPECT_TRUE(world.wait_until([&] { return world.bus.channel(2) == nullptr; }));
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            EXPECT_EQ(lis_vmbus_channel_rescinded(primary), 0u);
            lis_vmbus_channel_on_subchannel(primary, nullptr, nullptr);
            collector.put_all();
        });
        EXPECT_EQ(world.subchannel_adds, world.subchannel_removes);
    });
}

TEST(BusSubchannel, RescindOfOneThatNobodyTookLeavesAtOnce) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            world.bus.add_subchannel(host_channel(world, 1), 1);
            if (seed.value % 2) {
                EXPECT_TRUE(world.wait_until([&] { return world.subchannel_adds == 1; }));
            }
            world.bus.remove_channel(host_channel(world, 2));
            EXPECT_TRUE(world.wait_until([&] { return world.bus.channel(2) == nullptr; }));
        });
        EXPECT_EQ(world.subchannel_adds, world.subchannel_removes);
    });
}

TEST(BusSubchannel, RescindOfThePrimaryTakesAllWithIt) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        std::vector<std::unique_ptr<EchoClient>> clients;
        world.on_remove = [&](Device& device) {
            lis_vmbus_channel_on_subchannel(device.channel, nullptr, nullptr);
            for (auto& client : clients) client->close();
            clients.clear();
            collector.put_all();
        };
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.devices[0]->channel;
            clients.emplace_back(new EchoClient(primary));
            ASSERT_EQ(clients.back()->open(), 0);
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &collector);
            for (uint16_t i = 1; i <= 2; i++) world.bus.add_subchannel(host_channel(world, 1), i);
            ASSERT_TRUE(world.wait_until([&] { return collector.channels.size() == 2; }));
            for (lis_vmbus_channel* channel : collector.channels) {
                clients.emplace_back(new EchoClient(channel));
                ASSERT_EQ(clients.back()->open(), 0);
            }
            // In any order.
            const uint32_t start = world.machine.scheduler.random.below(3);
            for (uint32_t i = 0; i < 3; i++) world.bus.remove_channel(host_channel(world, 1 + (start + i) % 3));
            EXPECT_TRUE(world.wait_until([&] {
                return !world.bus.channel(1) && !world.bus.channel(2) && !world.bus.channel(3);
            }));
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            EXPECT_TRUE(world.devices.empty());
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
        EXPECT_EQ(world.bus.received(MessageType::RelidReleased), 3u);
    });
}

TEST(BusSubchannel, UnloadWithOpenOnesEndsEverything) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        Events events;
        world.on_remove = [&](Device& device) {
            lis_vmbus_channel_on_subchannel(device.channel, nullptr, nullptr);
            lis_vmbus_channel_close(device.channel);
            collector.put_all();
        };
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.devices[0]->channel;
            const lis_vmbus_open how = open_parameters(&events);
            ASSERT_EQ(lis_vmbus_channel_open(primary, &how), 0);
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &collector);
            for (uint16_t i = 1; i <= 4; i++) world.bus.add_subchannel(host_channel(world, 1), i);
            ASSERT_TRUE(world.wait_until([&] { return collector.channels.size() == 4; }));
            for (lis_vmbus_channel* channel : collector.channels)
                ASSERT_EQ(lis_vmbus_channel_open(channel, &how), 0);
        });
        EXPECT_EQ(world.last_ledger.freed, 5 * 6u);
    });
}

TEST(BusSubchannel, IsNotMissedWhenTheHandlerComesAtTheSameTime) {
    for_each_seed(2000, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        world.run_connected([&] {
            world.bus.add_subchannel(host_channel(world, 1), 1);
            for (uint64_t turns = seed.value % 5; turns > 0; turns--) lis_os_delay_us(1);
            lis_vmbus_channel_on_subchannel(world.devices[0]->channel, Collector::take, &collector);
            EXPECT_TRUE(world.wait_until([&] { return collector.channels.size() == 1; }));
            lis_vmbus_channel_on_subchannel(world.devices[0]->channel, nullptr, nullptr);
            collector.put_all();
        });
    });
}

TEST(BusSubchannel, NextDriverGetsThemAgain) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector first, second;
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.devices[0]->channel;
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &first);
            world.bus.add_subchannel(host_channel(world, 1), 1);
            world.bus.add_subchannel(host_channel(world, 1), 2);
            ASSERT_TRUE(world.wait_until([&] { return first.channels.size() == 2; }));
            lis_vmbus_channel_on_subchannel(primary, nullptr, nullptr);
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &second);
            EXPECT_TRUE(world.wait_until([&] { return second.channels.size() == 2; }));
            lis_vmbus_channel_on_subchannel(primary, nullptr, nullptr);
            first.put_all();
            second.put_all();
        });
    });
}

TEST(BusSubchannel, ClosingThePrimaryClosesOneThatIsBeingOpened) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        Collector collector;
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.devices[0]->channel;
            Events events;
            const lis_vmbus_open how = open_parameters(&events);
            ASSERT_EQ(lis_vmbus_channel_open(primary, &how), 0);
            lis_vmbus_channel_on_subchannel(primary, Collector::take, &collector);
            world.bus.add_subchannel(host_channel(world, 1), 1);
            ASSERT_TRUE(world.wait_until([&] { return collector.channels.size() == 1; }));
            world.bus.behaviour.on(MessageType::OpenChannelResult).delay_ns = 20 * 1000000;
            bool asked = false;
            testos::Task* const opener = world.machine.scheduler.spawn("opener", [&] {
                asked = true;
                EXPECT_EQ(lis_vmbus_channel_open(collector.channels[0], &how), 0);
            });
            EXPECT_TRUE(world.wait_until([&] { return asked && world.bus.received(MessageType::OpenChannel) == 2; }));
            lis_vmbus_channel_close(primary);
            world.machine.scheduler.join(opener);
            EXPECT_FALSE(host_channel(world, 2).is_open());
            lis_vmbus_channel_on_subchannel(primary, nullptr, nullptr);
            collector.put_all();
        });
    });
}
