// SPDX-License-Identifier: GPL-2.0-only
// What hyperv_keyboard and hid_hyperv have in common: whole lives against the host, one
// that refuses, is silent, lies or takes the device back at any moment.
#include "input/driver.hpp"

#include <hyperv/ring.h>

#include <gtest/gtest.h>

using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using input_test::KeyboardDriver;
using input_test::MouseDriver;
using testos::for_each_seed;
using testos::Seed;

namespace {

// More than a run of the softirq takes, less than the host keeps.
const uint64_t kMany = 2000;

bool works(World& world, input_test::InputDriver& driver) {
    const uint64_t before = driver.events();
    driver.host_event();
    driver.host_event();
    return world.wait_until([&] { return driver.events() == before + 2; });
}

} // namespace

template <typename Driver>
class InputDriver : public testing::Test {};
typedef testing::Types<KeyboardDriver, MouseDriver> Drivers;
TYPED_TEST_SUITE(InputDriver, Drivers);

TYPED_TEST(InputDriver, ShakesHandsAndHearsTheUser) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        world.run_connected([&] {
            ASSERT_EQ(driver.started, 0);
            ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
            EXPECT_TRUE(works(world, driver));
            EXPECT_EQ(driver.host_device().received(), uint64_t{TypeParam::kQuestions});
        });
        EXPECT_EQ(driver.host_device().bad(), 0u);
        for (const char* reason : {"ring_index", "packet_length", "packet_type", "transaction", "payload"})
            EXPECT_EQ(driver.drops(reason), 0u) << reason;
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TYPED_TEST(InputDriver, MoreEventsThanTheRingHolds) {
    for_each_seed(30, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        world.run_connected([&] {
            ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
            for (uint64_t i = 0; i < kMany; i++) driver.host_event();
            EXPECT_TRUE(world.wait_until([&] { return driver.events() == kMany; })) << driver.events();
        });
        EXPECT_EQ(driver.host_device().lost(), 0u);
    });
}

TYPED_TEST(InputDriver, HostThatRefusesIsLeft) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        driver.host_device().accepts = false;
        world.run_connected([&] {
            EXPECT_EQ(driver.started, -LIS_ECONNREFUSED);
            EXPECT_FALSE(driver.host_channel().is_open());
            EXPECT_EQ(world.ledger().with_host, 0u);
        });
    });
}

TYPED_TEST(InputDriver, HostThatDoesNotOpenIsLeft) {
    World world(WorldOptions{});
    TypeParam driver(world);
    driver.host_device().open_status = host::kOpenRefused;
    world.run_connected([&] { EXPECT_EQ(driver.started, -LIS_ECONNREFUSED); });
}

TYPED_TEST(InputDriver, SilentHostIsLeftInTime) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        driver.host_device().answers = false;
        world.run([&] {
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(vmbus_core_connect(), 0);
            ASSERT_TRUE(world.wait_until([&] { return driver.started != TypeParam::kNever; }, 60000));
            EXPECT_EQ(driver.started, -LIS_ETIMEDOUT);
            EXPECT_LT(lis_os_now_ns() - before, (TypeParam::kAnswerMs + 1000) * 1000000ull);
            EXPECT_FALSE(driver.host_channel().is_open());
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TYPED_TEST(InputDriver, CompletionsThatNeverComeAreNotMissed) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        driver.host_device().completes = false;
        world.run_connected([&] {
            EXPECT_EQ(driver.started, 0);
            ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
            EXPECT_TRUE(works(world, driver));
        });
    });
}

TYPED_TEST(InputDriver, InventedAndReplayedCompletionsAreDropped) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        world.run_connected([&] {
            ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
            const uint64_t first = uint64_t{2} << 32 | 1; // the id of the first request
            for (const uint64_t id : {uint64_t{0}, first, ~uint64_t{0}, uint64_t{0xFFFFFFFF}})
                EXPECT_TRUE(driver.host_device().send_packet(host::kPacketCompletion, id, {}));
            EXPECT_TRUE(world.wait_until([&] { return driver.drops("transaction") == 4; }));
            EXPECT_TRUE(works(world, driver));
        });
    });
}

TYPED_TEST(InputDriver, PacketsOfOtherTypesAndLengthsAreDropped) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        world.run_connected([&] {
            ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
            const std::vector<unsigned char> bytes(64, 3);
            for (const uint16_t type : {host::kPacketTransferPages, host::kPacketGpaDirect, uint16_t{0}, uint16_t{0x7777}})
                EXPECT_TRUE(driver.host_device().send_packet(type, 0, bytes));
            EXPECT_TRUE(driver.host_device().send_packet(host::kPacketInBand, 0, std::vector<unsigned char>(8192, 3)));
            EXPECT_TRUE(driver.host_device().send_packet(host::kPacketInBand, 0, {}));
            EXPECT_TRUE(world.wait_until([&] { return driver.drops("payload") == 1; }));
            EXPECT_EQ(driver.drops("packet_type"), 4u);
            EXPECT_EQ(driver.drops("packet_length"), 1u);
            EXPECT_TRUE(works(world, driver));
        });
    });
}

TYPED_TEST(InputDriver, BrokenRingClosesTheChannelOnly) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        world.run_connected([&] {
            ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
            host::Channel& channel = driver.host_channel();
            channel.outgoing().pages.store(host::RingPages::kWriteIndex, 4);
            channel.signal_guest();
            EXPECT_TRUE(world.wait_until([&] { return !channel.is_open(); })) << "the channel stays open";
            EXPECT_EQ(driver.drops("ring_index"), 1u);
            EXPECT_EQ(world.machine.logged("makes no sense"), 1u);
            EXPECT_TRUE(driver.bound());
            driver.suspend();
            EXPECT_EQ(driver.resume(), 0) << "a new ring, a new life";
            ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
            EXPECT_TRUE(works(world, driver));
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TYPED_TEST(InputDriver, RingThatBreaksInTheHandshakeEndsIt) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        driver.host_device().completes = false; // that would put the index right
        driver.host_device().edit = [&](std::vector<unsigned char>& message) {
            message.clear();
            driver.host_channel().outgoing().pages.store(host::RingPages::kWriteIndex, 4);
            driver.host_channel().signal_guest();
        };
        world.run_connected([&] {
            EXPECT_EQ(driver.started, -LIS_EBADMSG);
            EXPECT_FALSE(driver.host_channel().is_open());
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TYPED_TEST(InputDriver, RescindAtAnyMoment) {
    std::map<int32_t, uint32_t> outcomes;
    for_each_seed(600, [&outcomes](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        world.run([&] {
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                while (!world.bus.offers_requested()) lis_os_delay_us(10);
                for (uint32_t wait = world.machine.scheduler.random.below(1200); wait > 0; wait--) {
                    lis_os_delay_us(1);
                    if (wait % 64 == 0) driver.host_event();
                }
                world.bus.remove_channel(driver.host_channel());
            });
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.empty(); }, 200000));
            outcomes[driver.started]++;
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
    // Behind the handshake, before or in it, and before there was a driver.
    for (const int32_t outcome : {0, -LIS_ENODEV}) EXPECT_GT(outcomes[outcome], 20u) << outcome;
    EXPECT_EQ(outcomes[0] + outcomes[-LIS_ENODEV] + outcomes[+TypeParam::kNever], 600u);
}

TYPED_TEST(InputDriver, RescindEndsTheWaitForAnAnswer) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed));
        TypeParam driver(world);
        driver.host_device().answers = false;
        world.run([&] {
            uint64_t rescinded = 0;
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                while (driver.host_device().received() == 0) lis_os_delay_us(10);
                rescinded = lis_os_now_ns();
                world.bus.remove_channel(driver.host_channel());
            });
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.machine.scheduler.join(host);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.empty(); }));
            EXPECT_LT(lis_os_now_ns() - rescinded, 1000000000ull);
            EXPECT_EQ(driver.started, -LIS_ENODEV);
            vmbus_core_disconnect();
        });
    });
}

TYPED_TEST(InputDriver, SleepsAndWakes) {
    for_each_seed(300, [](Seed seed) {
        WorldOptions options = seeded(seed);
        options.host.new_relids_on_reset = true;
        World world(options);
        TypeParam driver(world);
        world.run_connected([&] {
            for (int round = 0; round < 3; round++) {
                ASSERT_TRUE(world.wait_until([&] { return driver.host_device().ready(); }));
                EXPECT_TRUE(works(world, driver));
                driver.suspend();
                EXPECT_EQ(vmbus_core_suspend(), 0);
                EXPECT_EQ(vmbus_core_resume(), 0);
                EXPECT_EQ(driver.resume(), 0);
            }
        });
        EXPECT_EQ(world.adds, 1u);
        EXPECT_EQ(driver.host_device().bad(), 0u);
    });
}

TYPED_TEST(InputDriver, EveryAllocationMayFail) {
    bool failed = true;
    for (uint64_t nth = 1; failed; nth++) {
        ASSERT_LT(nth, 100u);
        World world(WorldOptions{});
        TypeParam driver(world);
        const auto probe = world.on_add;
        world.on_add = [&](bus_test::Device& device) {
            world.machine.fail_allocation(nth);
            probe(device);
            failed = world.machine.failure_was_injected();
            world.machine.fail_allocation(0);
        };
        world.run_connected([&] {
            EXPECT_TRUE(driver.started == 0 || driver.started == -LIS_ENOMEM) << driver.started;
            EXPECT_TRUE(!failed || driver.started == -LIS_ENOMEM) << nth;
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u) << nth;
    }
}

TYPED_TEST(InputDriver, HostThatRewritesItsRingBehindEachLoad) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed));
        world.expect_violations();
        TypeParam driver(world);
        testos::Random noise(seed.value);
        driver.host_device().edit = [&](std::vector<unsigned char>& message) {
            for (uint32_t i = noise.below(3); i > 0 && noise.once_in(2); i--)
                message[noise.below(static_cast<uint32_t>(message.size()))] = static_cast<unsigned char>(noise.next());
        };
        world.run_connected([&] {
            world.machine.after_shared_load = [&](uint64_t frame, size_t offset, size_t size) {
                if (frame == 0 || offset < 64 || size > 256) return; // of data pages
                unsigned char* const page = static_cast<unsigned char*>(testos::Frames::pool().host_address(frame));
                if (page != nullptr && noise.once_in(4)) page[offset + noise.below(static_cast<uint32_t>(size)) % (4096 - offset)] ^= 0xFF;
            };
            for (int i = 0; i < 40; i++) {
                driver.host_event();
                if (i % 8 == 0) lis_os_sleep_ms(1);
            }
            world.machine.after_shared_load = nullptr;
        });
    });
}
