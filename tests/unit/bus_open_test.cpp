// SPDX-License-Identifier: GPL-2.0-only
// Open and close of a channel, the answers that go wrong, and data through its rings
// (protocol.md 2.4.5, 2.6).
#include "bus/echo_client.hpp"

#include <gtest/gtest.h>

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

lis_vmbus_channel* first(World& world) { return world.device(1)->channel; }

int32_t open_and_close(lis_vmbus_channel* channel) {
    Events events;
    const lis_vmbus_open how = open_parameters(&events);
    const int32_t status = lis_vmbus_channel_open(channel, &how);
    if (status == 0) lis_vmbus_channel_close(channel);
    return status;
}

void set_status(host::Outgoing& message, uint32_t status) {
    for (int i = 0; i < 4; i++) message.bytes[16 + i] = static_cast<unsigned char>(status >> 8 * i);
}

} // namespace

TEST(BusOpen, DataComesBackFromTheEchoDevice) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            EchoClient client(first(world));
            client.dispatch = seed.value % 2 ? LIS_VMBUS_DISPATCH_SOFTIRQ : LIS_VMBUS_DISPATCH_IRQ;
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(20));
            client.close();
        });
        EXPECT_EQ(world.last_ledger.freed, 6u);
    });
}

TEST(BusOpen, RingsThatRunFullGoOn) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            EchoClient client(first(world));
            client.pages = 2;
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(40, 1000));
            client.close();
        });
    });
}

TEST(BusOpen, EveryVersionCarriesData) {
    for (const uint32_t version :
         {hyperv::kVersionWs2008, hyperv::kVersionWin7, hyperv::kVersionWin8, hyperv::kVersionWin81,
          hyperv::kVersionWin10, hyperv::kVersionWin10V5, hyperv::kVersionIron, hyperv::kVersionCopper}) {
        for (const bool dedicated : {true, false}) {
            for_each_seed(50, [version, dedicated](Seed seed) {
                WorldOptions options = seeded(seed);
                options.host.versions = {version};
                World world(options);
                world.add_echo(0, -1, dedicated);
                world.add_echo(1, -1, dedicated);
                world.run_connected([&] {
                    EchoClient one(world.device(1)->channel), two(world.device(2)->channel);
                    ASSERT_EQ(one.open(), 0);
                    ASSERT_EQ(two.open(), 0);
                    EXPECT_TRUE(one.exchange(5)) << std::hex << version;
                    EXPECT_TRUE(two.exchange(5)) << std::hex << version;
                    one.close();
                    two.close();
                });
            });
        }
    }
}

TEST(BusOpen, MonitoredChannelIsSignalledThroughItsPage) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed));
        world.add_echo(0, 37);
        world.run_connected([&] {
            EchoClient client(first(world));
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(5));
            EXPECT_EQ(world.bus.signals(), 0u) << "no hypercall";
            lis_vmbus_channel_low_latency(first(world), 1);
            EXPECT_TRUE(client.exchange(5));
            EXPECT_GT(world.bus.signals(), 0u);
            struct vmbus_core_channel_status status;
            vmbus_core_channel_status(first(world), &status);
            EXPECT_EQ(status.client.connection_id, world.bus.channel(1)->connection_id());
            client.close();
        });
    });
}

TEST(BusOpen, UserDataReachesTheHostAndNothingElse) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        Events events;
        unsigned char data[5] = {1, 2, 3, 4, 5};
        lis_vmbus_open how = open_parameters(&events);
        how.user_data = data;
        how.user_data_size = sizeof data;
        ASSERT_EQ(lis_vmbus_channel_open(first(world), &how), 0);
        const std::vector<unsigned char>& seen = world.bus.channel(1)->open_data();
        for (size_t i = 0; i < seen.size(); i++) EXPECT_EQ(seen[i], i < 5 ? i + 1 : 0u);
        lis_vmbus_channel_close(first(world));
    });
}

TEST(BusOpen, BadParametersAreRefusedBeforeTheHostKnows) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        Events events;
        const lis_vmbus_open good = open_parameters(&events);
        lis_vmbus_open how = good;
        how.size--;
        EXPECT_EQ(lis_vmbus_channel_open(first(world), &how), -LIS_EINVAL);
        how = good;
        how.send_pages = 1;
        EXPECT_EQ(lis_vmbus_channel_open(first(world), &how), -LIS_EINVAL);
        how = good;
        how.receive_pages = 0;
        EXPECT_EQ(lis_vmbus_channel_open(first(world), &how), -LIS_EINVAL);
        how = good;
        how.send_pages = 0xFFFFFFFF;
        EXPECT_NE(lis_vmbus_channel_open(first(world), &how), 0);
        how = good;
        how.user_data_size = 121;
        how.user_data = &events;
        EXPECT_EQ(lis_vmbus_channel_open(first(world), &how), -LIS_EINVAL);
        how = good;
        how.on_event = nullptr;
        EXPECT_EQ(lis_vmbus_channel_open(first(world), &how), -LIS_EINVAL);
        EXPECT_EQ(world.bus.received(MessageType::GpadlHeader), 0u);
        EXPECT_EQ(world.ledger().allocated, 0u);
    });
}

TEST(BusOpen, SecondOpenIsBusyAndSecondCloseNothing) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            Events events;
            const lis_vmbus_open how = open_parameters(&events);
            ASSERT_EQ(lis_vmbus_channel_open(first(world), &how), 0);
            EXPECT_EQ(lis_vmbus_channel_open(first(world), &how), -LIS_EBUSY);
            lis_vmbus_channel_close(first(world));
            lis_vmbus_channel_close(first(world));
            EXPECT_EQ(world.bus.received(MessageType::CloseChannel), 1u);
            EXPECT_EQ(open_and_close(first(world)), 0) << "again";
        });
    });
}

TEST(BusOpen, NoEventBehindClose) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            Events events;
            lis_vmbus_open how = open_parameters(&events);
            how.dispatch = seed.value % 2 ? LIS_VMBUS_DISPATCH_SOFTIRQ : LIS_VMBUS_DISPATCH_IRQ;
            ASSERT_EQ(lis_vmbus_channel_open(first(world), &how), 0);
            for (int i = 0; i < 3; i++) world.bus.channel(1)->signal_guest();
            for (uint32_t wait = world.machine.scheduler.random.below(20); wait > 0; wait--) lis_os_delay_us(1);
            lis_vmbus_channel_close(first(world));
            const uint32_t seen = events.events;
            lis_os_sleep_ms(10);
            EXPECT_EQ(events.events, seen);
        });
    });
}

TEST(BusOpen, RefusalByTheHost) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed));
        host::EchoDevice& echo = world.add_echo();
        echo.open_status = 0xC0000001;
        world.run_connected([&] {
            EXPECT_EQ(open_and_close(first(world)), -LIS_ECONNREFUSED);
            EXPECT_EQ(world.ledger().with_host, 0u);
            echo.open_status = 0;
            EXPECT_EQ(open_and_close(first(world)), 0);
        });
    });
}

TEST(BusOpen, SilenceIsATimeoutAndTheRingsStayWithTheHost) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::OpenChannelResult).silent = true;
        world.run_connected([&] {
            EXPECT_EQ(open_and_close(first(world)), -LIS_ETIMEDOUT);
            EXPECT_EQ(world.ledger().with_host, 6u);
            EXPECT_EQ(open_and_close(first(world)), -LIS_EBUSY) << "its answer may still come";
        });
        EXPECT_EQ(world.last_ledger.freed, 6u);
    });
}

TEST(BusOpen, LateSuccessIsAnsweredByCloseAndTeardown) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed));
        host::EchoDevice& echo = world.add_echo();
        world.bus.behaviour.on(MessageType::OpenChannelResult).hold = true;
        world.run_connected([&] {
            EXPECT_EQ(open_and_close(first(world)), -LIS_ETIMEDOUT);
            world.bus.behaviour.forget(MessageType::OpenChannelResult);
            world.bus.send_held();
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            EXPECT_EQ(echo.closed(), 1u);
            EXPECT_EQ(world.counter("late_open_result"), 1u);
            EXPECT_EQ(open_and_close(first(world)), 0);
        });
    });
}

TEST(BusOpen, AnswerAtTheVeryMomentOfTheTimeout) {
    int in_time = 0, late = 0;
    for_each_seed(2000, [&](Seed seed) {
        World world(seeded(seed));
        host::EchoDevice& echo = world.add_echo();
        host::Rule& rule = world.bus.behaviour.on(MessageType::OpenChannelResult);
        rule.delay_ns = 60000000000ull - 60000 + seed.value % 60 * 1000;
        rule.times = 1;
        world.run_connected([&] {
            const int32_t status = open_and_close(first(world));
            EXPECT_TRUE(status == 0 || status == -LIS_ETIMEDOUT) << status;
            ++(status == 0 ? in_time : late);
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            EXPECT_EQ(echo.closed(), 1u);
            EXPECT_EQ(open_and_close(first(world)), 0);
        });
    });
    EXPECT_GT(in_time, 100);
    EXPECT_GT(late, 100);
}

TEST(BusOpen, LateRefusalIsAnsweredByTeardown) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed));
        host::EchoDevice& echo = world.add_echo();
        echo.open_status = 7;
        world.bus.behaviour.on(MessageType::OpenChannelResult).hold = true;
        world.run_connected([&] {
            EXPECT_EQ(open_and_close(first(world)), -LIS_ETIMEDOUT);
            echo.open_status = 0;
            world.bus.behaviour.forget(MessageType::OpenChannelResult);
            world.bus.send_held();
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            EXPECT_EQ(world.bus.received(MessageType::CloseChannel), 0u);
            EXPECT_EQ(open_and_close(first(world)), 0);
        });
    });
}

TEST(BusOpen, LateSuccessOfAChannelThatIsRescindedMeanwhile) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::OpenChannelResult).hold = true;
        world.run_connected([&] {
            EXPECT_EQ(open_and_close(first(world)), -LIS_ETIMEDOUT);
            const std::vector<host::Outgoing> held = world.bus.behaviour.take_held();
            world.bus.behaviour.forget_all();
            world.bus.remove_channel(*world.bus.channel(1));
            world.bus.send(held[0].bytes.data(), held[0].bytes.size());
            EXPECT_TRUE(world.wait_until([&] { return world.devices.empty() && !world.bus.channel(1); }));
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }))
                << world.bus.received(MessageType::GpadlTeardown);
        });
        EXPECT_EQ(world.last_ledger.freed, 6u);
    });
}

TEST(BusOpen, ResultsThatComeTwiceOrWithAnotherOpenIdAreCounted) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::OpenChannelResult).copies = 2;
        world.run_connected([&] {
            Events events;
            const lis_vmbus_open how = open_parameters(&events);
            ASSERT_EQ(lis_vmbus_channel_open(first(world), &how), 0);
            hyperv::OpenChannelResult stray = {};
            stray.header.type.set(static_cast<uint32_t>(MessageType::OpenChannelResult));
            stray.relid.set(1);
            stray.open_id.set(0x55555555);
            stray.status.set(1);
            world.bus.send(&stray, sizeof stray); // twice, too
            EXPECT_TRUE(world.wait_until([&] {
                return world.counter("message_unexpected") + world.counter("late_open_result") == 3;
            }));
            EXPECT_TRUE(world.bus.channel(1)->is_open());
            lis_vmbus_channel_close(first(world));
        });
    });
}

TEST(BusOpen, RefusedGpadlIsARefusedOpen) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 1));
        host::Rule& rule = world.bus.behaviour.on(MessageType::GpadlCreated);
        rule.edit = [](host::Outgoing& message) { set_status(message, 5); };
        rule.times = 1;
        world.run_connected([&] {
            EXPECT_EQ(open_and_close(first(world)), -LIS_ECONNREFUSED);
            EXPECT_EQ(world.ledger().freed, 6u);
            EXPECT_EQ(open_and_close(first(world)), 0);
        });
    });
}

TEST(BusOpen, CloseThatCannotBePostedKeepsTheRings) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        Events events;
        const lis_vmbus_open how = open_parameters(&events);
        ASSERT_EQ(lis_vmbus_channel_open(first(world), &how), 0);
        world.link.post_statuses.push_back(0x06); // access denied: no retry
        lis_vmbus_channel_close(first(world));
        EXPECT_EQ(world.ledger().with_host, 6u) << "the host still writes there";
        EXPECT_EQ(world.bus.received(MessageType::GpadlTeardown), 0u);
    });
}

TEST(BusOpen, EveryAllocationMayFail) {
    bool failed = true;
    for (uint64_t nth = 1; failed; nth++) {
        ASSERT_LT(nth, 100u);
        WorldOptions options;
        options.devices = 1;
        World world(options);
        world.run_connected([&] {
            world.machine.fail_allocation(nth);
            const int32_t status = open_and_close(first(world));
            EXPECT_TRUE(status == 0 || status == -LIS_ENOMEM) << status;
            failed = world.machine.failure_was_injected();
            world.machine.fail_allocation(0);
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; })) << nth;
            EXPECT_EQ(open_and_close(first(world)), 0) << nth;
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u) << nth;
    }
}

TEST(BusOpen, StatusShowsRingsAndCounters) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        struct vmbus_core_channel_status status;
        vmbus_core_channel_status(first(world), &status);
        EXPECT_EQ(status.open, 0u);
        EchoClient client(first(world));
        client.cpu = 2;
        ASSERT_EQ(client.open(), 0);
        EXPECT_TRUE(client.exchange(10));
        vmbus_core_channel_status(first(world), &status);
        EXPECT_EQ(status.open, 1u);
        EXPECT_EQ(status.cpu, 2u);
        EXPECT_EQ(status.vp_index, lis_os_cpu_vp_index(2));
        EXPECT_EQ(status.send.write_index, 10 * 64u);
        EXPECT_EQ(status.send.read_index, 10 * 64u);
        EXPECT_EQ(status.send.bytes_to_read, 0u);
        EXPECT_EQ(status.send.bytes_to_write, 8192u);
        EXPECT_EQ(status.receive.write_index, 10 * 64u);
        EXPECT_GT(status.interrupts, 0u);
        EXPECT_GT(status.events, 0u);
        EXPECT_EQ(status.events, world.bus.signals());
        client.close();
    });
}

TEST(BusOpen, DroppedPacketsAreCountedByReason) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        lis_vmbus_channel_drop(first(world), LIS_VMBUS_DROP_PACKET_TYPE);
        lis_vmbus_channel_drop(first(world), LIS_VMBUS_DROP_PACKET_TYPE);
        lis_vmbus_channel_drop(first(world), LIS_VMBUS_DROP_COUNT);
        uint64_t value = 0;
        uint64_t sum = 0;
        uint32_t index = 0;
        for (; vmbus_core_channel_counter(first(world), index, &value); index++) {
            EXPECT_EQ(value, index == LIS_VMBUS_DROP_PACKET_TYPE ? 2u : 0u);
            sum += value;
        }
        EXPECT_EQ(index, static_cast<uint32_t>(LIS_VMBUS_DROP_COUNT));
        EXPECT_EQ(sum, 2u);
        EXPECT_EQ(world.machine.logged("packet type"), 2u);
    });
}

TEST(BusOpen, RingsAreReadyBeforeTheFirstEvent) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        struct Driver {
            lis_vmbus_channel* channel;
            uint32_t ready = 0, early = 0;
        } driver;
        world.run_connected([&] {
            driver.channel = world.devices[0]->channel;
            lis_vmbus_open how = open_parameters(nullptr);
            how.on_rings = [](void* context) {
                Driver* const of = static_cast<Driver*>(context);
                EXPECT_NE(lis_vmbus_channel_send_ring(of->channel)->control, nullptr);
                of->ready++;
            };
            how.on_event = [](void* context) {
                Driver* const of = static_cast<Driver*>(context);
                of->early += of->ready == 0;
            };
            how.on_rescind = nullptr;
            how.context = &driver;
            ASSERT_EQ(lis_vmbus_channel_open(driver.channel, &how), 0);
            lis_vmbus_channel_close(driver.channel);
        });
        EXPECT_EQ(driver.ready, 1u);
        EXPECT_EQ(driver.early, 0u);
    });
}
