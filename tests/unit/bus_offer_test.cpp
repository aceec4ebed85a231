// SPDX-License-Identifier: GPL-2.0-only
// Offers: which become devices, which are refused, and what is counted (protocol.md
// 2.4.3, 2.5).
#include "bus/world.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

using bus_test::Device;
using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using hyperv::MessageType;
using testos::for_each_seed;
using testos::Seed;

namespace {

hyperv::OfferChannel raw_offer(uint32_t relid, int number, uint16_t subchannel_index = 0) {
    const host::OfferDescription description = World::describe(number);
    hyperv::OfferChannel offer = {};
    offer.header.type.set(static_cast<uint32_t>(MessageType::OfferChannel));
    offer.class_id = description.class_id;
    offer.instance = description.instance;
    offer.relid.set(relid);
    offer.subchannel_index.set(subchannel_index);
    offer.connection_id.set(0x10000 + relid);
    offer.dedicated_interrupt.set(1);
    return offer;
}

void send_offer(World& world, uint32_t relid, int number, uint16_t subchannel_index = 0) {
    const hyperv::OfferChannel offer = raw_offer(relid, number, subchannel_index);
    world.bus.send(&offer, sizeof offer);
}

lis_guid guest_guid(const char* text) {
    lis_guid guid;
    const hyperv::Guid wire = host::guid(text);
    memcpy(guid.bytes, wire.bytes, sizeof guid.bytes);
    return guid;
}

} // namespace

TEST(BusOffer, DevicesComeInTheOrderOfTheirOffers) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 8));
        world.run_connected([&] {
            ASSERT_EQ(world.devices.size(), 8u);
            for (uint32_t i = 0; i < 8; i++)
                EXPECT_EQ(lis_vmbus_channel_offer(world.devices[i]->channel)->relid, i + 1);
        });
        EXPECT_EQ(world.removes, 8u);
    });
}

TEST(BusOffer, SaysWhatTheHostSaid) {
    World world(WorldOptions{});
    world.run_connected([&] {
        hyperv::OfferChannel offer = raw_offer(77, 5);
        offer.flags.set(0x2010);
        offer.mmio_megabytes.set(64);
        offer.monitor_id = 127;
        offer.monitor_allocated = 0xFF;
        offer.dedicated_interrupt.set(0xFFFE);
        offer.connection_id.set(0xCAFE);
        for (size_t i = 0; i < sizeof offer.user_data; i++) offer.user_data[i] = static_cast<unsigned char>(i);
        world.bus.send(&offer, sizeof offer);
        ASSERT_TRUE(world.wait_until([&] { return world.devices.size() == 1; }));
        const lis_vmbus_offer* const seen = lis_vmbus_channel_offer(world.devices[0]->channel);
        EXPECT_EQ(memcmp(seen->class_id.bytes, offer.class_id.bytes, 16), 0);
        EXPECT_EQ(memcmp(seen->instance.bytes, offer.instance.bytes, 16), 0);
        EXPECT_EQ(seen->relid, 77u);
        EXPECT_EQ(seen->connection_id, 0xCAFEu);
        EXPECT_EQ(seen->flags, 0x2010);
        EXPECT_EQ(seen->mmio_megabytes, 64);
        EXPECT_EQ(seen->subchannel_index, 0);
        EXPECT_EQ(seen->monitor_id, 127);
        EXPECT_EQ(seen->monitor_allocated, 1);
        EXPECT_EQ(seen->dedicated_interrupt, 0);
        EXPECT_EQ(memcmp(seen->user_data, offer.user_data, sizeof offer.user_data), 0);
    });
}

TEST(BusOffer, MonitorBeyondThePageIsNotUsed) {
    World world(WorldOptions{});
    world.run_connected([&] {
        hyperv::OfferChannel offer = raw_offer(1, 1);
        offer.monitor_id = 128;
        offer.monitor_allocated = 1;
        world.bus.send(&offer, sizeof offer);
        ASSERT_TRUE(world.wait_until([&] { return world.devices.size() == 1; }));
        EXPECT_EQ(lis_vmbus_channel_offer(world.devices[0]->channel)->monitor_allocated, 0);
    });
}

TEST(BusOffer, RelidsOutOfRangeAreCountedAndTheRestWorks) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed));
        world.run_connected([&] {
            for (const uint32_t relid : {0u, 2048u, 2049u, 65536u, 0x80000001u, 0xFFFFFFFFu})
                send_offer(world, relid, 1);
            send_offer(world, 2047, 2);
            ASSERT_TRUE(world.wait_until([&] { return world.devices.size() == 1; }));
            EXPECT_EQ(world.counter("offer_relid_range"), 6u);
            EXPECT_NE(world.device(2047), nullptr);
        });
    });
}

TEST(BusOffer, OldHostsMayUse255Relids) {
    WorldOptions options;
    options.host.versions = {hyperv::kVersionWin7};
    World world(options);
    world.run_connected([&] {
        send_offer(world, 255, 1);
        send_offer(world, 256, 2);
        ASSERT_TRUE(world.wait_until([&] { return world.counter("offer_relid_range") == 1; }));
        EXPECT_EQ(world.devices.size(), 1u);
        EXPECT_NE(world.device(255), nullptr);
    });
}

TEST(BusOffer, RelidInUseIsRefused) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 2));
        world.run_connected([&] {
            world.bus.offer_again(*world.bus.channel(1));
            send_offer(world, 2, 9); // another device under the number of the second
            EXPECT_TRUE(world.wait_until([&] { return world.counter("offer_relid_in_use") == 2; }));
            EXPECT_EQ(world.devices.size(), 2u);
            EXPECT_EQ(world.bus.received(MessageType::RelidReleased), 0u);
        });
    });
}

TEST(BusOffer, SecondChannelOfAnInstanceIsRefusedAndReleased) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 2));
        world.run_connected([&] {
            world.add_echo(0); // the first one's instance, another relid
            EXPECT_TRUE(world.wait_until([&] { return world.bus.received(MessageType::RelidReleased) == 1; }));
            EXPECT_EQ(world.counter("offer_duplicate"), 1u);
            EXPECT_EQ(world.devices.size(), 2u);
        });
    });
}

TEST(BusOffer, SubchannelWithoutAPrimaryIsRefusedAndReleased) {
    World world(WorldOptions{});
    world.expect_violations(); // the host does not know what this test sends
    world.run_connected([&] {
        send_offer(world, 7, 1, 3);
        EXPECT_TRUE(world.wait_until([&] { return world.bus.received(MessageType::RelidReleased) == 1; }));
        EXPECT_EQ(world.counter("offer_no_primary"), 1u);
        EXPECT_EQ(world.adds, 0u);
        EXPECT_EQ(world.subchannel_adds, 0u);
    });
}

TEST(BusOffer, StormFillsEveryRelidAndNoMore) {
    WorldOptions options;
    World world(options);
    world.expect_violations();
    world.run([&] {
        EXPECT_EQ(vmbus_core_connect(), 0);
        world.link.longest_delay_ns = 0;
        int number = 0;
        for (uint32_t round = 0; round < 2; round++)
            for (uint32_t relid = 1; relid < 2060; relid++) send_offer(world, relid, number++);
        EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 2047; }, 60000));
        EXPECT_TRUE(world.wait_until([&] { return world.counter("offer_relid_in_use") == 2047; }, 60000));
        // The last offers of all are of these.
        EXPECT_TRUE(world.wait_until([&] { return world.counter("offer_relid_range") == 24; }));
        vmbus_core_disconnect();
    });
    EXPECT_EQ(world.removes, 2047u);
}

TEST(BusOffer, HotAddedDeviceAppears) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            world.add_echo();
            EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 2; }));
        });
    });
}

TEST(BusOffer, DeviceThatCannotBeRegisteredHarmsNoOther) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 3));
        world.fail_adds = 1;
        world.run_connected([&] {
            EXPECT_EQ(world.devices.size(), 2u);
            EXPECT_EQ(world.device(1), nullptr);
            // The host takes it back as any other.
            world.bus.remove_channel(*world.bus.channel(1));
            EXPECT_TRUE(world.wait_until([&] { return world.bus.channel(1) == nullptr; }));
        });
        EXPECT_EQ(world.removes, 2u);
    });
}

TEST(BusOffer, OffersBehindTheEndAreIgnored) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 2));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.on_remove = [&](Device&) {
                if (world.removes == 0) world.add_echo();
            };
            vmbus_core_disconnect();
            EXPECT_EQ(world.adds, 2u);
        });
    });
}

TEST(BusOffer, ShortOfferIsCounted) {
    World world(WorldOptions{});
    world.run_connected([&] {
        const hyperv::OfferChannel offer = raw_offer(1, 1);
        world.bus.send(&offer, sizeof offer - 1);
        EXPECT_TRUE(world.wait_until([&] { return world.counter("message_short") == 1; }));
        world.bus.send(&offer, sizeof offer);
        EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 1; }));
    });
}

TEST(BusOffer, LongerOfferIsAnOffer) {
    World world(WorldOptions{});
    world.run_connected([&] {
        const hyperv::OfferChannel offer = raw_offer(1, 1);
        unsigned char bytes[240];
        memset(bytes, 0xEE, sizeof bytes);
        memcpy(bytes, &offer, sizeof offer);
        world.bus.send(bytes, sizeof bytes);
        EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 1; }));
    });
}

TEST(BusOffer, UnknownClassIsADeviceToo) {
    World world(WorldOptions{});
    world.run_connected([&] {
        hyperv::OfferChannel offer = raw_offer(1, 1);
        offer.class_id = host::guid("deadbeef-0000-1111-2222-333344445555");
        world.bus.send(&offer, sizeof offer);
        ASSERT_TRUE(world.wait_until([&] { return world.devices.size() == 1; }));
        EXPECT_STREQ(vmbus_core_class_name(&lis_vmbus_channel_offer(world.devices[0]->channel)->class_id), "unknown");
    });
}

// The numbers are those of protocol.md 2.5 in sysfs; written down here once more.
TEST(BusClasses, HaveNamesAndTheNumbersOfSysfs) {
    const struct {
        const char* guid;
        const char* name;
        uint32_t number;
    } classes[] = {
        {"32412632-86cb-44a2-9b5c-50d1417354f5", "ide", 0},
        {"ba6163d9-04a1-4d29-b605-72e2ffb1dc7f", "scsi", 1},
        {"2f9bcc4a-0069-4af3-b76b-6fd0be528cda", "fibre channel", 2},
        {"f8615163-df3e-46c5-913f-f2d2f965ed0e", "network", 3},
        {"8c2eaf3d-32a7-4b09-ab99-bd1f1c86b501", "network direct", 4},
        {"44c4f61d-4444-4400-9d52-802e27ede19f", "pci", 5},
        {"da0a7802-e377-4aac-8e77-0558eb1073f8", "video", 6},
        {"f912ad6d-2b17-48ea-bd65-f927a61c7684", "keyboard", 7},
        {"cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a", "mouse", 8},
        {"a9a0f4e7-5a45-4d96-b827-8a841e8c03e6", "key-value exchange", 9},
        {"9527e630-d0ae-497b-adce-e80ab0175caf", "time synchronization", 10},
        {"57164f39-9115-4e78-ab55-382f3bd5422d", "heartbeat", 11},
        {"0e0b6031-5213-4934-818b-38d90ced39db", "shutdown", 12},
        {"34d14be3-dee4-41c8-9ae7-6b174977c192", "file copy", 13},
        {"35fa2e29-ea23-4236-96ae-3a6ebacba440", "backup", 14},
        {"525074dc-8985-46e2-8057-a307dc18a502", "dynamic memory", 15},
        {"f8e65716-3cb3-4a06-9a60-1889c5cccab5", "activation", 16},
        {"3375baf4-9e15-4b30-b765-67acb10d607b", "activation 2", 16},
        {"276aacf4-ac15-426c-98dd-7521ad3f01fe", "remote desktop", 16},
        {"c376c1c3-d276-48d2-90a9-c04748072c60", "boot file system", 16},
        {"00000000-0000-0000-0000-000000000001", "unknown", 16},
    };
    for (const auto& each : classes) {
        const lis_guid guid = guest_guid(each.guid);
        EXPECT_STREQ(vmbus_core_class_name(&guid), each.name);
        EXPECT_EQ(vmbus_core_class_device_number(&guid), each.number) << each.name;
    }
}
