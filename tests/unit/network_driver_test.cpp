// SPDX-License-Identifier: GPL-2.0-only
// hv_netvsc's core against a host that behaves: negotiation, frames both ways, queues, sleep.
#include "network/driver.hpp"

using bus_test::Bytes;
using bus_test::packet_of;
using bus_test::plain;
using bus_test::Recorder;
using bus_test::seeded;
using bus_test::unfinished;
using bus_test::World;
using host::AdapterOptions;
using network_test::NetworkDriver;
using network_test::Packet;
using testos::for_each_seed;
using testos::Seed;

namespace {

const uint32_t kVersions[] = {hyperv::kNvspVersion1, hyperv::kNvspVersion2, hyperv::kNvspVersion4,
                              hyperv::kNvspVersion5, hyperv::kNvspVersion6, hyperv::kNvspVersion61};

struct Scene {
    World& world;
    NetworkDriver& driver;
    Recorder& recorder;
};

void with_driver(Seed seed, const AdapterOptions& adapter, const std::function<void(NetworkDriver&)>& edit,
                 const std::function<void(Scene)>& body) {
    World world(seeded(seed));
    const auto recorder = std::make_shared<Recorder>();
    const hyperv::Guid instance = {{5}};
    NetworkDriver driver(world, std::make_shared<host::NetworkDevice>(world.link, world.bus, instance, adapter, recorder));
    if (edit) edit(driver);
    world.run_connected([&] {
        ASSERT_TRUE(world.wait_until([&] { return driver.started != NetworkDriver::kNever; }));
        body(Scene{world, driver, *recorder});
    });
    EXPECT_EQ(world.last_ledger.abandoned, 0u);
}

void with_driver(const std::function<void(Scene)>& body, const AdapterOptions& adapter = {}, Seed seed = Seed{1}) {
    with_driver(seed, adapter, nullptr, [&](Scene all) {
        ASSERT_EQ(all.driver.started, 0);
        all.driver.listen();
        ASSERT_TRUE(all.world.wait_until([&] { return all.driver.state().queues == all.driver.info().queue_limit; }));
        body(all);
        EXPECT_EQ(all.driver.adapter().counters.faults, 0u) << all.driver.host().last_fault();
    });
}

bool arrive(Scene all, size_t count) {
    return all.world.wait_until([&] { return all.driver.arrivals.size() >= count; });
}

bool leave(Scene all, size_t count) {
    return all.world.wait_until([&] { return all.recorder.records.size() >= count; });
}

} // namespace

TEST(NetworkDriver, SpeaksTheNewestVersionThatTheHostTakes) {
    for (const uint32_t version : kVersions) {
        AdapterOptions options;
        options.nvsp_version = version;
        with_driver([&](Scene all) {
            EXPECT_EQ(all.driver.info().nvsp_version, version);
            EXPECT_EQ(all.driver.adapter().session.nvsp_version, version);
            EXPECT_EQ(all.driver.adapter().session.ndis_minor, version >= hyperv::kNvspVersion5 ? 30u : 1u);
            EXPECT_EQ(all.driver.info().queue_limit, version >= hyperv::kNvspVersion5 ? 4u : 1u);
            EXPECT_EQ((all.driver.info().offloads & NETVSC_COALESCE) != 0, version >= hyperv::kNvspVersion61);
            EXPECT_EQ((all.driver.info().offloads & NETVSC_CHECKSUM_UDP4) != 0, version > hyperv::kNvspVersion4);
            EXPECT_NE(all.driver.info().offloads & NETVSC_LARGE_SEND4, 0u);
            const Bytes frame = plain(100);
            EXPECT_EQ(all.driver.send(frame)->result, NETVSC_COPIED);
            ASSERT_TRUE(leave(all, 1));
            EXPECT_EQ(all.recorder.records[0].bytes, frame);
            EXPECT_EQ(all.recorder.give({frame}), 1u);
            ASSERT_TRUE(arrive(all, 1));
            EXPECT_EQ(all.driver.arrivals[0].bytes, frame);
        }, options);
    }
}

TEST(NetworkDriver, NoCommonVersionIsAnError) {
    AdapterOptions options;
    options.nvsp_version = 0;
    with_driver(Seed{1}, options, nullptr, [](Scene all) {
        EXPECT_EQ(all.driver.started, -LIS_EOPNOTSUPP);
        EXPECT_FALSE(all.driver.bound());
    });
}

TEST(NetworkDriver, StatesWhatTheAdapterIs) {
    AdapterOptions options;
    options.mac = {{2, 3, 4, 5, 6, 7}};
    options.link_bits = 40000000000ull;
    with_driver([&](Scene all) {
        EXPECT_EQ(memcmp(all.driver.info().mac, options.mac.data(), 6), 0);
        EXPECT_EQ(all.driver.info().mtu, 1500u);
        EXPECT_EQ(all.driver.info().mtu_limit, 65521u);
        EXPECT_GE(all.driver.info().receive_sections, 10u);
        EXPECT_EQ(all.driver.info().send_section_bytes, 6144u);
        EXPECT_EQ(all.driver.info().send_sections, 8u);
        EXPECT_EQ(all.driver.state().speed_mbit, 40000u);
        EXPECT_EQ(all.driver.state().link_up, 1u);
        EXPECT_EQ(all.driver.state().lost, 0u);
        EXPECT_EQ(all.driver.adapter().session.mtu, 1500u);
    }, options);
}

TEST(NetworkDriver, FramesOfEverySizePassBothWays) {
    AdapterOptions options;
    with_driver(Seed{1}, options, [](NetworkDriver& driver) { driver.options.mtu = 9000; }, [&](Scene all) {
        ASSERT_EQ(all.driver.started, 0);
        all.driver.listen();
        std::vector<Bytes> frames;
        for (const uint32_t size : {14u, 15u, 60u, 61u, 1514u, 6000u, 6099u, 6100u, 6101u, 6144u, 9014u}) frames.push_back(plain(size));
        for (size_t i = 0; i < frames.size(); i++) {
            const auto packet = all.driver.send(frames[i]);
            EXPECT_EQ(packet->result, frames[i].size() <= 6100 ? NETVSC_COPIED : NETVSC_HELD) << frames[i].size();
            ASSERT_TRUE(leave(all, i + 1)) << all.driver.host().last_fault();
            EXPECT_EQ(all.recorder.records[i].bytes, frames[i]);
            ASSERT_EQ(all.recorder.give({frames[i]}), 1u);
            ASSERT_TRUE(arrive(all, i + 1));
            EXPECT_EQ(all.driver.arrivals[i].bytes, frames[i]);
            EXPECT_TRUE(all.world.wait_until([&] { return packet->sent == (packet->result == NETVSC_HELD ? 1u : 0u); }));
        }
        EXPECT_EQ(all.driver.drops("payload"), 0u);
    });
}

TEST(NetworkDriver, FramesThatFollowEachOtherShareAMessage) {
    with_driver([](Scene all) {
        std::vector<Bytes> frames;
        for (uint32_t i = 0; i < 5; i++) frames.push_back(plain(101 + i, static_cast<unsigned char>(i)));
        for (size_t i = 0; i < frames.size(); i++) all.driver.send(frames[i], i + 1 < frames.size());
        ASSERT_TRUE(leave(all, frames.size()));
        for (size_t i = 0; i < frames.size(); i++) EXPECT_EQ(all.recorder.records[i].bytes, frames[i]);
        EXPECT_EQ(all.driver.adapter().counters.tx_batches, 1u);
    });
}

// The host's limit is 8 messages; a frame that does not fit begins another section.
TEST(NetworkDriver, BatchesEndWhereTheHostSaysAndNothingIsHeldBack) {
    with_driver(Seed{3}, {}, [](NetworkDriver& driver) { driver.options.mtu = 9000; }, [](Scene all) {
        for (uint32_t i = 0; i < 20; i++) all.driver.send(plain(64), true);
        EXPECT_LT(all.recorder.records.size(), 20u);
        all.driver.flush();
        ASSERT_TRUE(leave(all, 20));
        for (uint32_t i = 0; i < 5; i++) all.driver.send(plain(1514, static_cast<unsigned char>(i)), i != 4);
        ASSERT_TRUE(leave(all, 25));
        for (uint32_t i = 0; i < 5; i++) EXPECT_EQ(all.recorder.records[20 + i].bytes, plain(1514, static_cast<unsigned char>(i)));
        all.driver.send(plain(64), true);
        EXPECT_EQ(all.driver.send(plain(7000))->result, NETVSC_HELD); // does not overtake
        ASSERT_TRUE(leave(all, 27));
        EXPECT_EQ(all.recorder.records[25].bytes.size(), 64u);
        EXPECT_EQ(all.driver.counter(&netvsc_counters::send_failed), 0u);
    });
}

TEST(NetworkDriver, WhatTheHostDoesNotSendIsCounted) {
    with_driver(Seed{1}, {}, nullptr, [](Scene all) {
        all.driver.send(plain(7000)); // longer than the MTU
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.counter(&netvsc_counters::send_failed) == 1; }));
        EXPECT_EQ(all.driver.packets[0]->sent, 1u);
    });
}

TEST(NetworkDriver, ChecksumsAndTagsAreTheHosts) {
    with_driver([](Scene all) {
        all.recorder.takes = true;
        for (const bool ip6 : {false, true}) {
            for (const bool tcp : {false, true}) {
                const size_t at = all.recorder.records.size();
                const Bytes frame = unfinished(packet_of(ip6, tcp, 100), tcp);
                const auto packet = all.driver.make(frame);
                packet->frame.flags = static_cast<uint16_t>((ip6 ? NETVSC_FRAME_IP6 : NETVSC_FRAME_IP4) |
                                                            (tcp ? NETVSC_FRAME_TCP : NETVSC_FRAME_UDP) |
                                                            NETVSC_FRAME_VLAN | NETVSC_FRAME_HASH);
                packet->frame.transport_offset = ip6 ? 54 : 34;
                packet->frame.vlan = 0xB123;
                packet->frame.hash = 77;
                EXPECT_EQ(all.driver.send(packet), NETVSC_COPIED);
                ASSERT_TRUE(leave(all, at + 1)) << all.driver.host().last_fault();
                EXPECT_TRUE(all.recorder.records[at].partial);
                EXPECT_TRUE(all.recorder.records[at].tagged);
                EXPECT_EQ(all.recorder.records[at].tag, 0xB123);
                EXPECT_EQ(all.recorder.records[at].bytes, frame);
            }
        }
    });
}

TEST(NetworkDriver, LargeSendsGoByPageLists) {
    for (const bool ip6 : {false, true}) {
        with_driver([ip6](Scene all) {
            all.recorder.takes = true;
            Bytes frame = unfinished(packet_of(ip6, true, 20000), true, false);
            host::store_be16(&frame[14 + (ip6 ? 4 : 2)], 0);
            const auto packet = all.driver.make(frame);
            packet->frame.flags = static_cast<uint16_t>((ip6 ? NETVSC_FRAME_IP6 : NETVSC_FRAME_IP4) | NETVSC_FRAME_TCP);
            packet->frame.transport_offset = ip6 ? 54 : 34;
            packet->frame.mss = 1400;
            packet->ranges = 7;
            EXPECT_EQ(all.driver.send(packet), NETVSC_HELD);
            ASSERT_TRUE(leave(all, 1)) << all.driver.host().last_fault();
            EXPECT_EQ(all.recorder.records[0].segmentation, ip6 ? host::Segmentation::Tcp6 : host::Segmentation::Tcp4);
            EXPECT_TRUE(all.world.wait_until([&] { return packet->sent == 1; }));
        });
    }
}

TEST(NetworkDriver, TooManyRangesAreTheCallersMatter) {
    with_driver([](Scene all) {
        const auto packet = all.driver.make(plain(20000));
        packet->ranges = 40;
        EXPECT_EQ(all.driver.send(packet), -LIS_EMSGSIZE);
        EXPECT_EQ(all.driver.send(Bytes(13))->result, -LIS_EINVAL);
        EXPECT_EQ(all.driver.send(plain(NETVSC_FRAME_LIMIT + 1))->result, -LIS_EMSGSIZE);
        EXPECT_EQ(all.driver.send(plain(64), false, 9)->result, -LIS_ENODEV);
    });
}

TEST(NetworkDriver, FullSectionsStopAndWakeWithoutALostWake) {
    uint32_t stops = 0;
    for_each_seed(100, [&stops](Seed seed) {
        with_driver([&stops](Scene all) {
            uint32_t sent = 0, wakes = 0;
            for (uint32_t i = 0; i < 200; i++) {
                const int32_t result = all.driver.send(plain(200))->result;
                if (result == NETVSC_COPIED) {
                    sent++;
                    continue;
                }
                ASSERT_EQ(result, -LIS_EAGAIN);
                stops++;
                if (all.driver.ready()) continue;
                wakes++;
                ASSERT_TRUE(all.world.wait_until([&] { return all.driver.wakes >= wakes; })) << stops;
                wakes = all.driver.wakes;
            }
            EXPECT_TRUE(leave(all, sent));
        }, {}, seed);
    });
    EXPECT_GT(stops, 100u);
}

TEST(NetworkDriver, FramesFromTheHostAreJudgedAndTagged) {
    with_driver([](Scene all) {
        const Bytes good = packet_of(false, true, 200);
        Bytes bad = good;
        bad[60] ^= 1;
        ASSERT_EQ(all.recorder.give({good, bad, plain(64)}), 3u);
        ASSERT_TRUE(arrive(all, 3));
        std::map<Bytes, uint16_t> flags;
        for (const auto& arrival : all.driver.arrivals) flags[arrival.bytes] = arrival.said.flags;
        EXPECT_NE(flags.at(good) & NETVSC_ARRIVAL_CHECKSUM, 0);
        EXPECT_NE(flags.at(good) & NETVSC_ARRIVAL_HASH, 0);
        EXPECT_EQ(flags.at(bad) & NETVSC_ARRIVAL_CHECKSUM, 0);
        EXPECT_EQ(flags.at(plain(64)) & NETVSC_ARRIVAL_CHECKSUM, 0);
    });
}

TEST(NetworkDriver, CoalescedFramesArriveWhole) {
    with_driver([](Scene all) {
        const Bytes large = packet_of(false, true, 30000);
        ASSERT_TRUE(all.recorder.give_large(large, 1400));
        ASSERT_TRUE(arrive(all, 1));
        EXPECT_NE(all.driver.arrivals[0].said.flags & NETVSC_ARRIVAL_COALESCED, 0);
        EXPECT_EQ(all.driver.arrivals[0].bytes.size(), large.size());
        EXPECT_TRUE(std::equal(large.begin() + 60, large.end(), all.driver.arrivals[0].bytes.begin() + 60));
        EXPECT_EQ(netvsc_set_coalesce(all.driver.core(), 0), 0);
        ASSERT_TRUE(all.recorder.give_large(large, 1400));
        ASSERT_TRUE(arrive(all, 20));
        EXPECT_EQ(all.driver.arrivals[5].said.flags & NETVSC_ARRIVAL_COALESCED, 0);
        EXPECT_NE(all.driver.info().offloads & NETVSC_COALESCE, 0u); // it can be switched on again
        EXPECT_EQ(netvsc_set_coalesce(all.driver.core(), 1), 0);
        const size_t before = all.driver.arrivals.size();
        ASSERT_TRUE(all.recorder.give_large(large, 1400));
        ASSERT_TRUE(arrive(all, before + 1));
        EXPECT_NE(all.driver.arrivals[before].said.flags & NETVSC_ARRIVAL_COALESCED, 0);
    });
}

// The host runs out of sections, and gets every one back.
TEST(NetworkDriver, EveryPacketIsCompletedWithoutMemoryToo) {
    for_each_seed(30, [](Seed seed) {
        with_driver([seed](Scene all) {
            const uint32_t free = all.driver.host().free_sections();
            all.driver.no_memory = seed.value % 2 != 0;
            std::vector<Bytes> frames(40, plain(700));
            for (uint32_t i = 0; i < 20; i++) {
                all.recorder.give(frames);
                lis_os_sleep_ms(1);
            }
            EXPECT_TRUE(all.world.wait_until([&] { return all.driver.host().free_sections() == free; }));
        }, {}, seed);
    });
}

TEST(NetworkDriver, QueuesAreOpenedAndTheHostSpreadsOverThem) {
    for_each_seed(50, [](Seed seed) {
        with_driver([](Scene all) {
            EXPECT_TRUE(all.driver.adapter().session.rss.enabled);
            for (uint32_t i = 0; i < NETVSC_RSS_ENTRIES; i++) EXPECT_EQ(all.driver.adapter().session.rss.table[i], i % 4);
            for (uint32_t queue = 0; queue < 4; queue++)
                EXPECT_EQ(all.driver.send(plain(64 + queue), false, queue)->result, NETVSC_COPIED);
            EXPECT_TRUE(leave(all, 4));
            std::set<uint32_t> queues;
            for (uint32_t hash = 0; hash < 16; hash++) queues.insert(netvsc_queue_of(all.driver.core(), hash));
            EXPECT_EQ(queues.size(), 4u);
        }, {}, seed);
    });
}

TEST(NetworkDriver, SpreadingIsSetReadAndKept) {
    with_driver([](Scene all) {
        netvsc_spreading spreading;
        netvsc_spreading_of(all.driver.core(), &spreading);
        for (uint16_t& entry : spreading.table) entry = 2;
        spreading.key[0] = 0x11;
        spreading.hash = NETVSC_HASH_TCP4;
        ASSERT_EQ(netvsc_set_spreading(all.driver.core(), &spreading), 0);
        const host::RssSettings& rss = all.driver.adapter().session.rss;
        EXPECT_EQ(rss.table[7], 2u);
        EXPECT_EQ(rss.key[0], 0x11);
        EXPECT_EQ(rss.hash, hyperv::kRssToeplitz | hyperv::kRssTcp4);
        netvsc_spreading bad = spreading;
        bad.table[3] = 4;
        EXPECT_EQ(netvsc_set_spreading(all.driver.core(), &bad), -LIS_EINVAL);
        all.driver.stop();
        ASSERT_EQ(all.driver.start(), 0);
        all.driver.listen();
        ASSERT_TRUE(all.world.wait_until([&] { return all.driver.state().queues == 4; }));
        EXPECT_EQ(all.driver.adapter().session.rss.table[7], 2u);
        all.driver.stop();
        all.driver.options.queues = 2; // the table does not fit any more
        ASSERT_EQ(all.driver.start(), 0);
        ASSERT_TRUE(all.world.wait_until([&] { return all.driver.state().queues == 2; }));
        EXPECT_EQ(all.driver.adapter().session.rss.table[7], 1u);
    });
}

TEST(NetworkDriver, AddressIsSetOrRefused) {
    const uint8_t mac[] = {2, 0xAB, 0xCD, 0xEF, 0x01, 0x9A};
    for (const bool may : {true, false}) {
        AdapterOptions options;
        options.mac_changeable = may;
        with_driver([&](Scene all) {
            EXPECT_EQ(netvsc_set_mac(all.driver.core(), mac), may ? 0 : -LIS_EIO);
            EXPECT_EQ(memcmp(all.driver.adapter().mac.data(), mac, 6) == 0, may);
            EXPECT_EQ(memcmp(all.driver.info().mac, mac, 6) == 0, may);
        }, options);
    }
}

TEST(NetworkDriver, LinkChangesAreTold) {
    with_driver([](Scene all) {
        const uint32_t before = all.driver.changes;
        all.driver.host().set_link(false);
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().link_up == 0; }));
        all.driver.host().set_link(true);
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().link_up == 1; }));
        all.driver.host().set_link_speed(25000000000ull);
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().speed_mbit == 25000; }));
        all.driver.host().change_network();
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().network_changes == 1; }));
        EXPECT_GE(all.driver.changes, before + 4);
    });
}

TEST(NetworkDriver, DataPathIsSwitchedAndGivenBack) {
    with_driver([](Scene all) {
        EXPECT_EQ(netvsc_switch_path(all.driver.core(), 1), -LIS_EOPNOTSUPP);
        ASSERT_TRUE(all.driver.host().set_vf(true, 4711));
        ASSERT_TRUE(all.world.wait_until([&] { return all.driver.state().vf_allocated == 1; }));
        EXPECT_EQ(all.driver.state().vf_serial, 4711u);
        EXPECT_EQ(netvsc_switch_path(all.driver.core(), 1), 0);
        EXPECT_EQ(all.driver.state().path_is_vf, 1u);
        EXPECT_EQ(all.driver.adapter().session.data_path, hyperv::kNvspPathVf);
        all.driver.host().set_vf(false, 4711);
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().vf_allocated == 0; }));
    });
}

TEST(NetworkDriver, StopsAndStartsWithFramesUnderWay) {
    for_each_seed(100, [](Seed seed) {
        with_driver([](Scene all) {
            for (uint32_t round = 0; round < 3; round++) {
                for (uint32_t i = 0; i < 6; i++) all.driver.send(plain(i % 2 ? all.driver.options.mtu : 100));
                std::vector<Bytes> frames(10, plain(300));
                all.recorder.give(frames);
                all.driver.stop();
                for (const auto& packet : all.driver.packets)
                    EXPECT_EQ(packet->sent, packet->result == NETVSC_HELD ? 1u : 0u);
                all.driver.options.mtu = round % 2 ? 1500 : 9000;
                ASSERT_EQ(all.driver.start(), 0);
                EXPECT_EQ(all.driver.adapter().session.mtu, all.driver.options.mtu);
                all.driver.listen();
            }
        }, {}, seed);
    });
}
