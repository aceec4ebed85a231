// SPDX-License-Identifier: GPL-2.0-only
// Negotiation: which version is spoken, and what happens when the host does not
// answer as it should (protocol.md 2.2, 2.3).
#include "bus/world.hpp"

#include <hyperv/hypercall.h>

#include <gtest/gtest.h>

using bus_test::World;
using bus_test::WorldOptions;
using hyperv::MessageType;
using testos::for_each_seed;
using testos::Seed;

namespace {

const uint32_t kVersions[] = {
    hyperv::kVersionWs2008,  hyperv::kVersionWin7,     hyperv::kVersionWin8,   hyperv::kVersionWin81,
    hyperv::kVersionWin10,   hyperv::kVersionWin10Rs3, hyperv::kVersionWin10V5, hyperv::kVersionWin10V51,
    hyperv::kVersionWin10V52, hyperv::kVersionIron,    hyperv::kVersionCopper,
};


bool leaves_by_unload(uint32_t version) { return version >= hyperv::kVersionWin81; }

} // namespace

TEST(BusConnect, TakesTheNewestVersionFirst) {
    for_each_seed(1000, [](Seed seed) {
        World world(bus_test::seeded(seed));
        world.run_connected([&] {
            EXPECT_EQ(lis_vmbus_version(), hyperv::kVersionCopper);
            EXPECT_EQ(world.bus.requested_versions(), std::vector<uint32_t>{hyperv::kVersionCopper});
            EXPECT_EQ(world.bus.received(MessageType::RequestOffers), 1u);
        });
        EXPECT_EQ(world.bus.received(MessageType::Unload), 1u);
    });
}

TEST(BusConnect, FindsTheOnlyVersionOfAHost) {
    for (const uint32_t version : kVersions) {
        for_each_seed(50, [version](Seed seed) {
            WorldOptions options = bus_test::seeded(seed);
            options.host.versions = {version};
            options.devices = 2;
            World world(options);
            world.run_connected([&] {
                EXPECT_EQ(lis_vmbus_version(), version);
                EXPECT_EQ(world.bus.version(), version);
                EXPECT_EQ(world.devices.size(), 2u);
            });
            EXPECT_EQ(world.bus.received(MessageType::Unload), leaves_by_unload(version) ? 1u : 0u);
        });
    }
}

TEST(BusConnect, TriesEveryVersionDownwards) {
    WorldOptions options;
    options.host.versions = {hyperv::kVersionWs2008};
    World world(options);
    world.run_connected([&] {
        const std::vector<uint32_t>& tried = world.bus.requested_versions();
        ASSERT_EQ(tried.size(), sizeof kVersions / sizeof kVersions[0]);
        for (size_t i = 0; i < tried.size(); i++) EXPECT_EQ(tried[i], kVersions[tried.size() - 1 - i]);
    });
}

TEST(BusConnect, HonoursMaxVersion) {
    for (const uint32_t version : kVersions) {
        WorldOptions options;
        options.max_version = version;
        World world(options);
        world.run_connected([&] { EXPECT_EQ(lis_vmbus_version(), version); });
    }
    // A limit between two versions means the one below.
    WorldOptions options;
    options.max_version = 0x00040005;
    World world(options);
    world.run_connected([&] { EXPECT_EQ(lis_vmbus_version(), hyperv::kVersionWin10Rs3); });
}

TEST(BusConnect, RefusedByAHostWithoutACommonVersion) {
    for_each_seed(100, [](Seed seed) {
        WorldOptions options = bus_test::seeded(seed);
        options.host.versions = {0x00070000};
        World world(options);
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), -LIS_ECONNREFUSED);
            EXPECT_EQ(lis_vmbus_version(), 0u);
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.bus.received(MessageType::Unload), 0u);
    });
}

TEST(BusConnect, GoesBelowFiveWhenTheHostHasNoMultiClientPort) {
    for_each_seed(100, [](Seed seed) {
        WorldOptions options = bus_test::seeded(seed);
        options.host.knows_multi_client_port = false;
        World world(options);
        world.run_connected([&] {
            EXPECT_EQ(lis_vmbus_version(), hyperv::kVersionWin10Rs3);
            EXPECT_EQ(world.bus.requested_versions(), std::vector<uint32_t>{hyperv::kVersionWin10Rs3});
        });
    });
}

TEST(BusConnect, UnderstandsQemusShortAnswer) {
    for (const uint32_t bytes : {10u, 16u}) {
        WorldOptions options;
        options.host.versions = {hyperv::kVersionWin10};
        options.host.version_response_bytes = bytes;
        World world(options);
        world.run_connected([&] { EXPECT_EQ(lis_vmbus_version(), hyperv::kVersionWin10); });
    }
}

TEST(BusConnect, AnswerOfNineBytesIsNone) {
    WorldOptions options;
    options.host.version_response_bytes = 9;
    World world(options);
    world.run([&] {
        EXPECT_EQ(vmbus_core_connect(), -LIS_ETIMEDOUT);
        EXPECT_EQ(world.counter("message_short"), 1u);
        vmbus_core_disconnect();
    });
}

TEST(BusConnect, UsesTheConnectionIdThatTheHostNames) {
    WorldOptions options;
    options.host.message_connection_id = 0xABCD1234;
    World world(options); // the host model complains of any other
    world.run_connected([&] { EXPECT_EQ(lis_vmbus_version(), hyperv::kVersionCopper); });
}

TEST(BusConnect, TimesOutWhenTheHostIsSilent) {
    for_each_seed(100, [](Seed seed) {
        World world(bus_test::seeded(seed));
        world.bus.behaviour.on(MessageType::VersionResponse).silent = true;
        world.run([&] {
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(vmbus_core_connect(), -LIS_ETIMEDOUT);
            EXPECT_LT(lis_os_now_ns() - before, 200 * 1000000000ull);
            EXPECT_EQ(world.counter("wait_timed_out"), 1u);
            vmbus_core_disconnect();
        });
    });
}

TEST(BusConnect, LateAnswerIsCountedAndChangesNothing) {
    for_each_seed(200, [](Seed seed) {
        World world(bus_test::seeded(seed));
        host::Rule& rule = world.bus.behaviour.on(MessageType::VersionResponse);
        rule.delay_ns = 100ull * 1000000000;
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), -LIS_ETIMEDOUT);
            lis_os_sleep_ms(100 * 1000);
            EXPECT_EQ(world.counter("message_unexpected"), 1u);
            EXPECT_EQ(lis_vmbus_version(), 0u);
            vmbus_core_disconnect();
        });
    });
}

TEST(BusConnect, SecondAnswerIsCounted) {
    for_each_seed(200, [](Seed seed) {
        WorldOptions options = bus_test::seeded(seed);
        options.devices = 1;
        World world(options);
        world.bus.behaviour.on(MessageType::VersionResponse).copies = 2;
        world.run_connected([&] {
            EXPECT_EQ(world.counter("message_unexpected"), 1u);
            EXPECT_EQ(world.devices.size(), 1u);
        });
    });
}

TEST(BusConnect, SupportedButFailedIsAnErrorAndNoReasonForAnOlderVersion) {
    for (const unsigned char state : {1, 2, 255}) {
        WorldOptions options;
        options.host.connection_state = state;
        World world(options);
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), -LIS_EPROTO);
            EXPECT_EQ(world.bus.requested_versions().size(), 1u);
            EXPECT_EQ(world.counter("connect_failed_state"), 1u);
            vmbus_core_disconnect();
        });
    }
}

TEST(BusConnect, FeaturesThatWereNotRequestedAreCountedAndIgnored) {
    World world(WorldOptions{});
    world.bus.behaviour.on(MessageType::VersionResponse).edit = [](host::Outgoing& message) {
        message.bytes[16] = 0x40;
    };
    world.run_connected([&] { EXPECT_EQ(world.counter("feature_not_requested"), 1u); });
}

TEST(BusConnect, WaitsTenSecondsForAllOffersDelivered) {
    for_each_seed(50, [](Seed seed) {
        WorldOptions options = bus_test::seeded(seed);
        options.devices = 2;
        World world(options);
        world.bus.behaviour.on(MessageType::AllOffersDelivered).silent = true;
        world.run([&] {
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(vmbus_core_connect(), 0);
            EXPECT_GE(lis_os_now_ns() - before, 10 * 1000000000ull);
            EXPECT_LT(lis_os_now_ns() - before, 11 * 1000000000ull);
            EXPECT_EQ(world.devices.size(), 2u);
            vmbus_core_disconnect();
        });
    });
}

TEST(BusConnect, EveryAllocationMayFail) {
    bool failed = true;
    for (uint64_t nth = 1; failed; nth++) {
        ASSERT_LT(nth, 2000u);
        WorldOptions options;
        options.devices = 2;
        World world(options);
        world.machine.run([&] {
            world.machine.fail_allocation(nth);
            const int32_t created = world.load();
            if (created != 0) {
                EXPECT_EQ(created, -LIS_ENOMEM);
            } else {
                const int32_t connected = vmbus_core_connect();
                EXPECT_TRUE(connected == 0 || connected == -LIS_ENOMEM) << connected;
                vmbus_core_disconnect();
                world.unload();
            }
            failed = world.machine.failure_was_injected();
        });
        if (HasFailure()) {
            ADD_FAILURE() << "allocation " << nth;
            return;
        }
    }
}

TEST(BusConnect, ConnectsAgainAfterDisconnect) {
    for_each_seed(200, [](Seed seed) {
        WorldOptions options = bus_test::seeded(seed);
        options.devices = 3;
        World world(options);
        world.run([&] {
            for (int round = 0; round < 3; round++) {
                EXPECT_EQ(vmbus_core_connect(), 0);
                EXPECT_EQ(world.devices.size(), 3u);
                vmbus_core_disconnect();
                EXPECT_EQ(world.devices.size(), 0u);
            }
        });
    });
}
