// SPDX-License-Identifier: GPL-2.0-only
// The transport of control messages: posting and its retries, the message slot, EOM,
// timer messages, nonsense (protocol.md 1.5 - 1.7).
#include "bus/world.hpp"

#include <hyperv/hypercall.h>

#include <cstring>
#include <gtest/gtest.h>

using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using hyperv::MessageType;
using testos::for_each_seed;
using testos::Seed;

namespace {

const uint32_t kMessageVp = 0;

// Posts past the bus server: any SynIC message.
void raw_message(World& world, uint32_t type, const void* payload, size_t size, uint32_t vp = kMessageVp) {
    const unsigned char* bytes = static_cast<const unsigned char*>(payload);
    world.link.synic.post(vp, hyperv::kVmbusSint, type, std::vector<unsigned char>(bytes, bytes + size));
}

} // namespace

TEST(BusPost, RetriesWhatRealHostsThrottleWith) {
    for (const uint32_t status : {0x0Bu, 0x13u, 0x12u, 0x78u}) {
        WorldOptions options;
        options.devices = 1;
        World world(options);
        world.run_connected([&] {
            world.link.post_statuses.assign(12, status);
            lis_vmbus_gpadl* gpadl = nullptr;
            EXPECT_EQ(lis_vmbus_gpadl_create(world.devices[0]->channel, 1, &gpadl), 0) << status;
            EXPECT_EQ(world.counter("post_retry"), 12u);
            lis_vmbus_gpadl_release(gpadl);
        });
    }
}

TEST(BusPost, GivesUpAtOnceOnOtherStatuses) {
    for (const uint32_t status : {0x02u, 0x03u, 0x05u, 0x06u, 0x08u, 0x18u, 0xFFFFu}) {
        WorldOptions options;
        options.devices = 1;
        World world(options);
        world.run_connected([&] {
            world.link.post_statuses.assign(1, status);
            lis_vmbus_gpadl* gpadl = nullptr;
            EXPECT_EQ(lis_vmbus_gpadl_create(world.devices[0]->channel, 1, &gpadl), -LIS_EIO);
            EXPECT_EQ(world.counter("post_retry"), 0u);
            EXPECT_EQ(world.counter("post_failed"), 1u);
            EXPECT_EQ(world.ledger().freed, 1u);
        });
    }
}

TEST(BusPost, EndsAfterAHundredAttemptsInBoundedTime) {
    WorldOptions options;
    options.devices = 1;
    World world(options);
    world.run_connected([&] {
        world.link.post_statuses.assign(100, hyperv::kStatusInsufficientBuffers);
        lis_vmbus_gpadl* gpadl = nullptr;
        const uint64_t before = lis_os_now_ns();
        EXPECT_EQ(lis_vmbus_gpadl_create(world.devices[0]->channel, 1, &gpadl), -LIS_EIO);
        EXPECT_TRUE(world.link.post_statuses.empty()) << "all attempts were made";
        EXPECT_GT(lis_os_now_ns() - before, 60 * 1000000000ull) << "the back-off grows";
        EXPECT_LT(lis_os_now_ns() - before, 200 * 1000000000ull);
    });
}

TEST(BusPost, UnknownConnectionIsNoReasonToWaitForAContact) {
    World world(WorldOptions{});
    world.run([&] {
        world.link.post_statuses.assign(1, hyperv::kStatusInvalidConnectionId);
        EXPECT_EQ(vmbus_core_connect(), 0);
        EXPECT_EQ(world.counter("post_retry"), 0u);
        EXPECT_EQ(lis_vmbus_version(), hyperv::kVersionIron) << "the next version";
        vmbus_core_disconnect();
    });
}

TEST(BusMessages, QueuedOnesArriveOneByOneWithEom) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed));
        world.link.longest_delay_ns = 0;
        world.run_connected([&] {
            const uint64_t eoms = world.link.synic.end_of_messages();
            for (uint32_t relid = 1000; relid < 1300; relid++) world.bus.rescind_relid(relid);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("rescind_unknown") == 300; }));
            EXPECT_EQ(world.link.synic.queued(), 0u);
            EXPECT_GT(world.link.synic.end_of_messages(), eoms);
            EXPECT_EQ(world.link.synic.needless_end_of_messages(), 0u) << "each costs an exit";
        });
    });
}

TEST(BusMessages, NonsenseIsCountedAndTheBusWorks) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed));
        world.run_connected([&] {
            unsigned char bytes[240] = {};
            for (uint32_t type : {0u, 3u, 5u, 7u, 8u, 9u, 11u, 13u, 14u, 16u, 21u, 22u, 25u, 29u, 30u, 0x80000001u}) {
                memcpy(bytes, &type, 4);
                raw_message(world, 1, bytes, 200);
            }
            EXPECT_TRUE(world.wait_until([&] { return world.counter("message_unknown") == 16; }));
            for (size_t size = 0; size < 8; size++) raw_message(world, 1, bytes, size);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("message_short") == 8; }));
            world.add_echo();
            EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 1; }));
        });
    });
}

TEST(BusMessages, EveryTypeOneByteShortIsCounted) {
    const struct {
        MessageType type;
        size_t size;
    } types[] = {
        {MessageType::OfferChannel, 196},      {MessageType::RescindChannelOffer, 12},
        {MessageType::OpenChannelResult, 20},  {MessageType::GpadlCreated, 20},
        {MessageType::GpadlTorndown, 12},      {MessageType::VersionResponse, 10},
        {MessageType::TlConnectResult, 44},    {MessageType::ModifyChannelResponse, 16},
        {MessageType::CloseReservedResponse, 12}, {MessageType::ModifyConnectionResponse, 9},
    };
    World world(WorldOptions{});
    world.run_connected([&] {
        uint64_t expected = 0;
        for (const auto& each : types) {
            unsigned char bytes[240] = {};
            const uint32_t type = static_cast<uint32_t>(each.type);
            memcpy(bytes, &type, 4);
            raw_message(world, 1, bytes, each.size - 1);
            expected++;
            EXPECT_TRUE(world.wait_until([&] { return world.counter("message_short") == expected; })) << type;
        }
    });
}

TEST(BusMessages, OtherTypesInTheSlotAreConsumed) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed));
        world.run_connected([&] {
            unsigned char bytes[24] = {};
            raw_message(world, 0x80000000, bytes, sizeof bytes);
            raw_message(world, 2, bytes, sizeof bytes);
            raw_message(world, hyperv::kSynicMessageTimerExpired, bytes, sizeof bytes);
            world.bus.rescind_relid(9);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("rescind_unknown") == 1; }));
            EXPECT_EQ(world.counter("message_foreign"), 3u);
        });
    });
}

TEST(BusMessages, SizeFieldBeyondTheSlotIsCounted) {
    World world(WorldOptions{});
    world.run_connected([&] {
        std::vector<unsigned char> big(255, 0xEE);
        raw_message(world, 1, big.data(), big.size());
        EXPECT_TRUE(world.wait_until([&] { return world.counter("message_oversize") == 1; }));
    });
}

TEST(BusMessages, HostThatRewritesASlotBehindEachLoad) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 2));
        world.expect_violations(); // what the guest makes of the rubble is not the question
        testos::Random noise(seed.value);
        world.run([&] {
            world.machine.after_shared_load = [&](uint64_t frame, size_t offset, size_t size) {
                if (frame == 0 || size > 8) return;
                unsigned char* const page = static_cast<unsigned char*>(testos::Frames::pool().host_address(frame));
                if (offset < 512 || offset >= 768) return; // the slot of SINT2
                if (noise.once_in(2)) page[516] = static_cast<unsigned char>(noise.next());
                if (noise.once_in(2)) page[528 + noise.below(240)] = static_cast<unsigned char>(noise.next());
            };
            const int32_t connected = vmbus_core_connect();
            static_cast<void>(connected); // whatever it is
            for (int i = 0; i < 5; i++) world.bus.rescind_relid(1 + noise.below(2000));
            lis_os_sleep_ms(50);
            world.machine.after_shared_load = nullptr;
            vmbus_core_disconnect();
        });
    });
}

TEST(BusMessages, WarningsAboutTheHostAreLimited) {
    World world(WorldOptions{});
    world.run_connected([&] {
        for (int i = 0; i < 500; i++) {
            hyperv::OfferChannel offer = {};
            offer.header.type.set(static_cast<uint32_t>(MessageType::OfferChannel));
            world.bus.send(&offer, sizeof offer);
        }
        EXPECT_TRUE(world.wait_until([&] { return world.counter("offer_relid_range") == 500; }));
        EXPECT_GE(world.machine.logged("refused"), 1u);
        EXPECT_LE(world.machine.logged("refused"), 20u);
    });
}

TEST(BusService, ConnectRequestHasTheSizeOfTheVersion) {
    for (const uint32_t version : {hyperv::kVersionWin10, hyperv::kVersionWin10V51, hyperv::kVersionWin10V52,
                                   hyperv::kVersionCopper}) {
        WorldOptions options;
        options.host.versions = {version};
        World world(options);
        world.run_connected([&] {
            lis_guid endpoint, service;
            memset(endpoint.bytes, 1, 16);
            memset(service.bytes, 2, 16);
            EXPECT_EQ(lis_vmbus_connect_service(&endpoint, &service), 0);
            ASSERT_EQ(world.bus.tl_connects().size(), 1u);
            EXPECT_EQ(world.bus.tl_connects()[0].endpoint.bytes[15], 1);
            EXPECT_EQ(world.bus.tl_connects()[0].service.bytes[0], 2);
            EXPECT_EQ(world.bus.tl_connects()[0].with_silo, version >= hyperv::kVersionWin10V52);
        });
    }
    WorldOptions options;
    options.host.versions = {hyperv::kVersionWin81};
    World world(options);
    world.run_connected([&] {
        lis_guid guid = {};
        EXPECT_EQ(lis_vmbus_connect_service(&guid, &guid), -LIS_EOPNOTSUPP);
    });
}
