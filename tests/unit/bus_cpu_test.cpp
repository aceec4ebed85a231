// SPDX-License-Identifier: GPL-2.0-only
// CPUs: VP indices, where interrupts go, moving a channel, CPUs that go offline
// (protocol.md 1.6, 1.7, 2.4.9).
#include "bus/echo_client.hpp"

#include <gtest/gtest.h>
#include <set>

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

WorldOptions with_version(Seed seed, uint32_t version, uint32_t devices = 1) {
    WorldOptions options = seeded(seed, devices);
    options.host.versions = {version};
    return options;
}

} // namespace

TEST(BusCpu, AThousandSparseVpIndices) {
    WorldOptions options;
    options.cpus = 1024;
    options.vp_index = [](uint32_t cpu) { return cpu * 37 + 5; };
    options.devices = 3;
    World world(options);
    world.run_connected([&] {
        EXPECT_EQ(world.bus.message_vp(), 5u);
        for (const uint32_t cpu : {0u, 1u, 255u, 256u, 257u, 1000u, 1023u}) {
            EchoClient client(world.devices[0]->channel);
            client.cpu = cpu;
            ASSERT_EQ(client.open(), 0);
            EXPECT_EQ(world.bus.channel(1)->target_vp(), cpu * 37 + 5);
            EXPECT_EQ(lis_vmbus_channel_cpu(world.devices[0]->channel), cpu);
            EXPECT_TRUE(client.exchange(3));
            client.close();
        }
    });
    for (uint32_t cpu = 0; cpu < 1024; cpu++) EXPECT_FALSE(world.link.synic.ready(cpu * 37 + 5));
}

TEST(BusCpu, OldHostsGetTheirMessagesToVp0) {
    for (const uint32_t version : {hyperv::kVersionWs2008, hyperv::kVersionWin7, hyperv::kVersionWin8}) {
        World world(with_version(Seed{1}, version));
        world.run_connected([&] { EXPECT_EQ(world.bus.message_vp(), 0u); });
    }
}

TEST(BusCpu, PerformanceDevicesAreSpread) {
    WorldOptions options;
    options.cpus = 4;
    options.devices = 8;
    World world(options);
    world.run_connected([&] {
        std::map<uint32_t, uint32_t> used;
        Events events;
        const lis_vmbus_open how = open_parameters(&events);
        for (auto& device : world.devices) {
            ASSERT_EQ(lis_vmbus_channel_open(device->channel, &how), 0);
            used[lis_vmbus_channel_cpu(device->channel)]++;
        }
        for (uint32_t cpu = 0; cpu < 4; cpu++) EXPECT_EQ(used[cpu], 2u) << cpu;
        for (auto& device : world.devices) lis_vmbus_channel_close(device->channel);
    });
}

TEST(BusCpu, OfflineCpuIsNotChosen) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(2), 0);
            world.machine.set_online(2, false);
            EchoClient client(world.devices[0]->channel);
            client.cpu = 2;
            ASSERT_EQ(client.open(), 0);
            EXPECT_NE(lis_vmbus_channel_cpu(world.devices[0]->channel), 2u);
            EXPECT_TRUE(client.exchange(3));
            EXPECT_EQ(lis_vmbus_channel_set_cpu(world.devices[0]->channel, 2), -LIS_ENODEV);
            client.close();
            world.machine.set_online(2, true);
        });
    });
}

TEST(BusCpu, BoundCpuAndTheMessageCpuStayOnline) {
    World world(seeded(Seed{1}, 1));
    world.run_connected([&] {
        lis_vmbus_channel* const channel = world.devices[0]->channel;
        EXPECT_EQ(vmbus_core_cpu_may_go_offline(0), -LIS_EBUSY) << "control messages";
        EXPECT_EQ(world.machine.logged("CPU 0 stays online: it takes the host's messages"), 1u);
        EXPECT_EQ(vmbus_core_cpu_may_go_offline(1), 0);
        EchoClient client(channel);
        client.cpu = 1;
        ASSERT_EQ(client.open(), 0);
        EXPECT_EQ(vmbus_core_cpu_may_go_offline(1), -LIS_EBUSY);
        EXPECT_EQ(world.machine.logged("CPU 1 stays online: it takes interrupts of an open channel"), 1u);
        EXPECT_EQ(lis_vmbus_channel_set_cpu(channel, 2), 0);
        EXPECT_EQ(vmbus_core_cpu_may_go_offline(1), 0);
        EXPECT_EQ(world.machine.logged("CPU 1 stays online"), 1u);
        EXPECT_EQ(vmbus_core_cpu_may_go_offline(2), -LIS_EBUSY);
        client.close();
        EXPECT_EQ(vmbus_core_cpu_may_go_offline(2), 0);
    });
}

TEST(BusModify, MovesAnOpenChannelAndDataGoesOn) {
    for (const uint32_t version : {hyperv::kVersionWin10Rs3, hyperv::kVersionIron, hyperv::kVersionCopper}) {
        for_each_seed(200, [version](Seed seed) {
            World world(with_version(seed, version));
            world.run_connected([&] {
                lis_vmbus_channel* const channel = world.devices[0]->channel;
                EchoClient client(channel);
                client.cpu = 0;
                ASSERT_EQ(client.open(), 0);
                for (const uint32_t cpu : {1u, 2u, 1u, 1u, 0u}) {
                    EXPECT_EQ(lis_vmbus_channel_set_cpu(channel, cpu), 0);
                    EXPECT_EQ(lis_vmbus_channel_cpu(channel), cpu);
                    EXPECT_EQ(world.bus.channel(1)->target_vp(), lis_os_cpu_vp_index(cpu));
                    EXPECT_TRUE(client.exchange(2));
                }
                client.close();
            });
            EXPECT_EQ(world.bus.received(MessageType::ModifyChannel), 5u);
        });
    }
}

TEST(BusModify, IsRefusedBeforeVersion41AndOnAClosedChannel) {
    {
        World world(with_version(Seed{1}, hyperv::kVersionWin10));
        world.run_connected([&] {
            EchoClient client(world.devices[0]->channel);
            ASSERT_EQ(client.open(), 0);
            EXPECT_EQ(lis_vmbus_channel_set_cpu(world.devices[0]->channel, 1), -LIS_EOPNOTSUPP);
            client.close();
        });
    }
    World world(with_version(Seed{1}, hyperv::kVersionIron));
    world.run_connected([&] {
        EXPECT_EQ(lis_vmbus_channel_set_cpu(world.devices[0]->channel, 1), -LIS_ENODEV);
        EchoClient client(world.devices[0]->channel);
        ASSERT_EQ(client.open(), 0);
        EXPECT_EQ(lis_vmbus_channel_set_cpu(world.devices[0]->channel, 99), -LIS_ENODEV) << "no such CPU";
        client.close();
    });
}

TEST(BusModify, SilenceKeepsBothCpusBound) {
    for_each_seed(100, [](Seed seed) {
        World world(with_version(seed, hyperv::kVersionIron));
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            EchoClient client(channel);
            client.cpu = 1;
            ASSERT_EQ(client.open(), 0);
            host::Rule& rule = world.bus.behaviour.on(MessageType::ModifyChannelResponse);
            rule.silent = true;
            EXPECT_EQ(lis_vmbus_channel_set_cpu(channel, 2), -LIS_ETIMEDOUT);
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(1), -LIS_EBUSY);
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(2), -LIS_EBUSY);
            EXPECT_TRUE(client.exchange(2)) << "wherever the host raises it now";
            client.close();
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(1), 0);
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(2), 0);
        });
    });
}

TEST(BusModify, RefusalKeepsTheOldCpu) {
    for_each_seed(100, [](Seed seed) {
        World world(with_version(seed, hyperv::kVersionIron));
        world.bus.behaviour.on(MessageType::ModifyChannelResponse).edit = [](host::Outgoing& message) {
            message.bytes[12] = 1;
        };
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            EchoClient client(channel);
            client.cpu = 1;
            ASSERT_EQ(client.open(), 0);
            EXPECT_EQ(lis_vmbus_channel_set_cpu(channel, 2), -LIS_ECONNREFUSED);
            EXPECT_EQ(lis_vmbus_channel_cpu(channel), 1u);
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(2), 0);
            client.close();
        });
    });
}

TEST(BusModify, RescindEndsTheWait) {
    for_each_seed(300, [](Seed seed) {
        World world(with_version(seed, hyperv::kVersionIron));
        world.bus.behaviour.on(MessageType::ModifyChannelResponse).silent = true;
        std::unique_ptr<EchoClient> client;
        world.on_add = [&](bus_test::Device& device) {
            client.reset(new EchoClient(device.channel));
            EXPECT_EQ(client->open(), 0);
        };
        world.on_remove = [&](bus_test::Device&) {
            lis_os_sleep_ms(50);
            client->close();
            client.reset();
        };
        world.run_connected([&] {
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                lis_os_sleep_ms(10);
                world.bus.remove_channel(*world.bus.channel(1));
            });
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(lis_vmbus_channel_set_cpu(world.devices[0]->channel, 1), -LIS_ENODEV);
            EXPECT_LT(lis_os_now_ns() - before, 1000000000ull);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.empty() && !world.bus.channel(1); }));
        });
    });
}

// ---- events ----

TEST(BusEvents, UnknownFlagsAreCounted) {
    World world(seeded(Seed{1}, 1));
    world.run_connected([&] {
        for (const uint32_t flag : {0u, 2u, 31u, 32u, 1000u, 2047u})
            world.link.synic.set_event_flag(0, hyperv::kVmbusSint, flag);
        EXPECT_TRUE(world.wait_until([&] { return world.counter("event_unknown") >= 1; }));
        // A closed channel's event is nobody's, and known.
        world.link.synic.set_event_flag(0, hyperv::kVmbusSint, 1);
        lis_os_sleep_ms(5);
        struct vmbus_core_channel_status status;
        vmbus_core_channel_status(world.devices[0]->channel, &status);
        EXPECT_EQ(status.interrupts, 1u);
    });
}

TEST(BusEvents, AnyCpuServesAnyChannel) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            Events events;
            lis_vmbus_open how = open_parameters(&events);
            how.cpu = 1;
            ASSERT_EQ(lis_vmbus_channel_open(world.devices[0]->channel, &how), 0);
            world.link.synic.set_event_flag(lis_os_cpu_vp_index(2), hyperv::kVmbusSint, 1);
            EXPECT_TRUE(world.wait_until([&] { return events.events == 1; }));
            lis_vmbus_channel_close(world.devices[0]->channel);
        });
    });
}

TEST(BusEvents, InterruptPageCarriesEveryOldRelid) {
    WorldOptions options = with_version(Seed{1}, hyperv::kVersionWs2008, 0);
    World world(options);
    for (const uint32_t relid : {1u, 31u, 32u, 63u, 200u, 255u})
        world.bus.add_device(std::make_shared<host::EchoDevice>(World::describe(static_cast<int>(relid))), relid);
    world.run_connected([&] {
        for (auto& device : world.devices) {
            EchoClient client(device->channel);
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(3)) << lis_vmbus_channel_offer(device->channel)->relid;
            client.close();
        }
        EXPECT_EQ(world.devices.size(), 6u);
    });
}

TEST(BusModify, LateAnswerIsNotTakenForTheNextOne) {
    for_each_seed(100, [](Seed seed) {
        World world(with_version(seed, hyperv::kVersionIron));
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            EchoClient client(channel);
            client.cpu = 1;
            ASSERT_EQ(client.open(), 0);
            host::Rule& rule = world.bus.behaviour.on(MessageType::ModifyChannelResponse);
            rule.delay_ns = 15 * 1000000000ull;
            rule.times = 1;
            EXPECT_EQ(lis_vmbus_channel_set_cpu(channel, 2), -LIS_ETIMEDOUT);
            EXPECT_EQ(lis_vmbus_channel_set_cpu(channel, 0), -LIS_EBUSY);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("late_modify_response") == 1; }, 10000));
            EXPECT_EQ(lis_vmbus_channel_set_cpu(channel, 0), 0);
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(1), 0);
            EXPECT_EQ(vmbus_core_cpu_may_go_offline(2), 0);
            EXPECT_TRUE(client.exchange(2));
            client.close();
        });
    });
}
