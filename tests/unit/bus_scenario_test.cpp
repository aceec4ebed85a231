// SPDX-License-Identifier: GPL-2.0-only
// hv_vmbus's cores while the host pauses, moves, resets its devices (host/scenarios.hpp).
#include "bus/echo_client.hpp"
#include "host/scenarios.hpp"

#include <gtest/gtest.h>
#include <set>

using bus_test::Device;
using bus_test::EchoClient;
using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using hyperv::MessageType;
using testos::for_each_seed;
using testos::Seed;

namespace {

void begin(World& world, const char* name) {
    const host::Scenario* const scenario = host::find_scenario(name);
    ASSERT_NE(scenario, nullptr) << name;
    scenario->run(world.bus, world.link);
}

} // namespace

TEST(BusScenario, EachSaysWhereItIsDocumented) {
    std::set<std::string> names;
    for (const host::Scenario& scenario : host::scenarios()) {
        const std::string source = scenario.source;
        EXPECT_TRUE(source.find("documented in ") == 0 || source.find("assumed") == 0) << scenario.name;
        EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
    }
    EXPECT_EQ(host::find_scenario("no such"), nullptr);
}

TEST(BusScenario, PauseDelaysEverythingAndLosesNothing) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 2));
        world.run_connected([&] {
            EchoClient client(world.devices[0]->channel), other(world.devices[1]->channel);
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(5));
            begin(world, "pause");
            const uint64_t start = lis_os_now_ns();
            EXPECT_FALSE(client.exchange(5, 40, 1000)) << "nobody answers";
            ASSERT_EQ(other.open(), 0) << "the answer comes when the host goes on";
            EXPECT_GE(lis_os_now_ns() - start, host::kPauseNs);
            EXPECT_TRUE(client.exchange(0)) << "what was sent meanwhile has come";
            EXPECT_TRUE(other.exchange(20));
            client.close();
            other.close();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TEST(BusScenario, SilenceEndsInTimeOutsAndLateAnswersAreMet) {
    for_each_seed(20, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            begin(world, "silence");
            const uint64_t end = lis_os_now_ns() + host::kSilenceNs;
            EchoClient client(channel);
            EXPECT_EQ(client.open(), -LIS_ETIMEDOUT);
            lis_vmbus_gpadl* gpadl = nullptr;
            EXPECT_EQ(lis_vmbus_gpadl_create(channel, 10, &gpadl), -LIS_ETIMEDOUT);
            EXPECT_LT(lis_os_now_ns(), end) << "each after its own time";
            EXPECT_GT(world.ledger().with_host, 0u);
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }, 200000))
                << "the answers come late, and the memory comes back";
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(20));
            client.close();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TEST(BusScenario, ConnectionAndChannelsLiveThroughAMigration) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 2));
        host::OfferDescription socket = World::describe(9);
        socket.flags = 0x2000;
        const auto socket_device = std::make_shared<host::EchoDevice>(socket);
        world.bus.add_device(socket_device);
        world.on_remove = [](Device& device) { lis_vmbus_channel_close(device.channel); };
        world.run_connected([&] {
            EchoClient client(world.devices[0]->channel);
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(5));
            const uint64_t contacts = world.bus.received(MessageType::InitiateContact);
            begin(world, "live-migration");
            EXPECT_TRUE(client.exchange(50, 40, 5000)) << "what is on its way arrives";
            EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 2; })) << "the socket has ended";
            EXPECT_EQ(client.rescinds(), 0u);
            EXPECT_EQ(world.bus.received(MessageType::InitiateContact), contacts) << "the connection is the old one";
            EXPECT_TRUE(client.exchange(20));
            client.close();
        });
        EXPECT_EQ(world.removes, 3u);
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TEST(BusScenario, HibernatedGuestFindsItsDevicesUnderOtherRelids) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 3));
        world.run_connected([&] {
            begin(world, "guest-hibernation");
            EXPECT_EQ(vmbus_core_suspend(), 0);
            lis_os_sleep_ms(3600 * 1000);
            EXPECT_EQ(vmbus_core_resume(), 0);
            ASSERT_EQ(world.devices.size(), 3u);
            for (const auto& device : world.devices) {
                ASSERT_EQ(device->reoffers.size(), 1u);
                EXPECT_NE(device->reoffers[0].first, device->reoffers[0].second);
            }
            EchoClient client(world.devices[1]->channel);
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(20));
            client.close();
        });
        EXPECT_EQ(world.adds, 3u);
    });
}

TEST(BusScenario, DevicesThatAreResetComeBackUnderOtherRelids) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 2));
        world.on_remove = [&world](Device& device) {
            // Still with the guest: the first one to go cannot be there again.
            lis_os_sleep_ms(100);
            if (world.removes == 0) EXPECT_EQ(world.adds, 2u) << "offered again before it was released";
            lis_vmbus_channel_close(device.channel);
        };
        world.run_connected([&] {
            std::set<uint32_t> before;
            for (const auto& device : world.devices) before.insert(lis_vmbus_channel_offer(device->channel)->relid);
            {
                EchoClient client(world.devices[0]->channel);
                ASSERT_EQ(client.open(), 0);
                begin(world, "device-reset");
                EXPECT_TRUE(world.wait_until([&] { return world.removes == 2 && world.devices.size() == 2; }, 20000));
                EXPECT_EQ(client.rescinds(), 1u);
            }
            for (const auto& device : world.devices)
                EXPECT_EQ(before.count(lis_vmbus_channel_offer(device->channel)->relid), 0u);
            EchoClient again(world.devices[0]->channel);
            ASSERT_EQ(again.open(), 0);
            EXPECT_TRUE(again.exchange(20));
            again.close();
        });
        EXPECT_EQ(world.adds, 4u);
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}
