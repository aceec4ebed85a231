// SPDX-License-Identifier: GPL-2.0-only
// What a hostile host sends to hv_netvsc's core: each receive packet is completed, and no bad
// frame is delivered.
#include "network/hostile_scene.hpp"

using namespace network_test;

// ---- receive packets ----

TEST(NetworkHostileReceive, PacketsThatAreNoneAreCountedAndCompleted) {
    with_driver([](Scene all) {
        const std::vector<Range> good = lay(all, {rndis(plain(100))});
        give_ranges(all, range_list(good), kDelivered);
        give_ranges(all, range_list(good, 0xCAFF), kBadPacket);
        give_ranges(all, range_list(good, hyperv::kNvspReceiveBufferId, 1), kBadPacket);
        give_ranges(all, range_list(good, hyperv::kNvspReceiveBufferId, 0x20000000), kBadPacket);
        give_ranges(all, range_list(good, hyperv::kNvspReceiveBufferId, -2), kBadPacket);
        give_ranges(all, Bytes(), kBadPacket);
        give_ranges(all, range_list(good), kBadPacket, nvsp(108));
        give_ranges(all, range_list(good), kBadPacket, Bytes());
        give_ranges(all, range_list(std::vector<Range>(700, good[0])), kBadPacket); // more than are read
        give_ranges(all, range_list({}), {nullptr, 0});
        EXPECT_TRUE(works(all));
    });
}

TEST(NetworkHostileReceive, RangesEndWithTheBuffer) {
    with_driver([](Scene all) {
        const uint32_t end = static_cast<uint32_t>(receive_pages(all.driver.options)) * 4096;
        const Bytes message = rndis(plain(100));
        const uint32_t bytes = static_cast<uint32_t>(message.size());
        give_ranges(all, range_list(lay(all, {message}, end - bytes)), kDelivered);
        give_ranges(all, range_list({{bytes, end - bytes + 1}}), kBadRange);
        for (const Range& range : {Range{bytes, end}, Range{bytes, 0xFFFFFFFF}, Range{0xFFFFFFFF, 64}, Range{0xFFFFFFFF, 1},
                                   Range{0x80000000, 0x80000000}, Range{1, end}})
            give_ranges(all, range_list({range}), kBadRange);
        give_ranges(all, range_list({{0, end}}), kBadFrame);
        give_ranges(all, range_list({{7, end - 7}}), kBadFrame);
        lay(all, {message});
        give_ranges(all, range_list({{43, 64}}), kBadFrame);
    });
}

TEST(NetworkHostileReceive, FramesThatMakeNoSenseAreCounted) {
    const struct {
        size_t at;
        uint32_t value;
    } lies[] = {{4, 43}, {4, 0}, {4, 145}, {4, 0xFFFFFFFF}, {8, 35}, {8, 0xFFFFFFFF}, {8, 0xFFFFFFFC}, {8, 37}, {8, 137},
                {12, 101}, {12, 0xFFFFFFFF}, {12, 13}, {12, 0}};
    with_driver([&](Scene all) {
        give_message(all, rndis(plain(100)), kDelivered);
        for (const auto& lie : lies) {
            SCOPED_TRACE(testing::Message() << lie.at << ": " << lie.value);
            give_message(all, rndis(plain(100), {}, [&](Bytes& bytes) { set_word(bytes, lie.at, lie.value); }), kBadFrame);
        }
        EXPECT_TRUE(works(all));
    });
}

TEST(NetworkHostileReceive, RowsWithoutBeginningOrEndAreDropped) {
    with_driver([](Scene all) {
        const Bytes first = rndis(plain(60), row_info(kPart | kFirst)), middle = rndis(plain(60), row_info(kPart));
        const Bytes last = rndis(plain(60), row_info(kPart | kLast)), whole = rndis(plain(60), row_info(kPart | kFirst | kLast));
        give_ranges(all, range_list(lay(all, {first, middle, last})), kDelivered);
        EXPECT_EQ(all.driver.arrivals.back().bytes.size(), 180u);
        give_ranges(all, range_list(lay(all, {whole})), kDelivered);
        give_ranges(all, range_list(lay(all, {last})), kBadRow);
        give_ranges(all, range_list(lay(all, {middle})), kBadRow);
        give_ranges(all, range_list(lay(all, {first, middle})), kBadRow);
        give_ranges(all, range_list(lay(all, {first})), kBadRow);
        give_ranges(all, range_list(lay(all, {last})), kBadRow); // does not end the row of another packet
        give_ranges(all, range_list(lay(all, {first, first, last})), {&netvsc_counters::receive_bad_row, 1});
        EXPECT_EQ(all.driver.arrivals.back().bytes.size(), 120u);
        give_ranges(all, range_list(lay(all, {first, rndis(plain(70))})), {&netvsc_counters::receive_bad_row, 1});
        EXPECT_EQ(all.driver.arrivals.back().bytes.size(), 70u);
    });
}

TEST(NetworkHostileReceive, RowWithABadPartIsNotDeliveredWithAHole) {
    with_driver([](Scene all) {
        const Bytes first = rndis(plain(60), row_info(kPart | kFirst)), last = rndis(plain(60), row_info(kPart | kLast));
        const Bytes bad = rndis(plain(60), row_info(kPart), [](Bytes& bytes) { set_word(bytes, 12, 0xFFFF); });
        const size_t had = all.driver.arrivals.size();
        std::vector<Range> ranges = lay(all, {first, bad, last});
        give_ranges(all, range_list(ranges), kBadFrame);
        ranges[1].offset = 0xFFFFFF00;
        give_ranges(all, range_list(ranges), kBadRange);
        EXPECT_EQ(all.driver.arrivals.size(), had);
        EXPECT_TRUE(works(all));
    });
}

TEST(NetworkHostileReceive, RowsEndWithTheLongestFrame) {
    with_driver([](Scene all) {
        const auto row = [all](uint32_t bytes) {
            std::vector<Bytes> messages;
            const uint32_t kPartBytes = 9000;
            for (uint32_t left = bytes; left != 0;) {
                const uint32_t run = std::min(left, kPartBytes);
                const uint32_t flags = kPart | (left == bytes ? uint32_t{kFirst} : 0u) | (left == run ? uint32_t{kLast} : 0u);
                messages.push_back(rndis(plain(run), row_info(flags)));
                left -= run;
            }
            return range_list(lay(all, messages));
        };
        give_ranges(all, row(NETVSC_FRAME_LIMIT), kDelivered);
        EXPECT_EQ(all.driver.arrivals.back().bytes.size(), size_t{NETVSC_FRAME_LIMIT});
        give_ranges(all, row(NETVSC_FRAME_LIMIT + 1), kBadRow);
        std::vector<Range> parts = lay(all, {rndis(plain(60), row_info(kPart | kFirst)), rndis(plain(20), row_info(kPart)),
                                             rndis(plain(20), row_info(kPart | kLast))});
        std::vector<Range> most(562, parts[1]);
        most.front() = parts[0];
        most.back() = parts[2];
        give_ranges(all, range_list(most), kDelivered);
        EXPECT_EQ(all.driver.arrivals.back().bytes.size(), 60u + 561 * 20);
    }, Seed{1}, [](Scene all) { all.driver.options.receive_sections = 100; });
}

// ---- what the host says by itself ----

TEST(NetworkHostileReceive, SendTablesThatMakeNoSenseAreDropped) {
    with_driver([](Scene all) {
        const auto table = [all](uint32_t count, uint32_t offset, size_t bytes, uint32_t entry, uint32_t at) {
            Bytes message = nvsp(134, {count, offset}, bytes);
            for (uint32_t i = 0; i < 16; i++) set_word(message, at + i * 4, entry);
            const uint64_t before = all.driver.drops("payload");
            EXPECT_EQ(all.channel().write(host::kPacketInBand, 0, 0, message), host::RingResult::Done);
            lis_os_sleep_ms(2);
            return all.driver.drops("payload") == before;
        };
        EXPECT_TRUE(table(16, 12, 80, 3, 12));
        EXPECT_EQ(netvsc_queue_of(all.driver.core(), 5), 3u);
        EXPECT_TRUE(table(16, 12, 80, 2, 12));
        EXPECT_EQ(netvsc_queue_of(all.driver.core(), 5), 2u);
        EXPECT_TRUE(table(16, 16, 80, 1, 16));
        EXPECT_EQ(netvsc_queue_of(all.driver.core(), 5), 1u);
        for (const uint32_t count : {0u, 15u, 17u, 0xFFFFFFFFu}) EXPECT_FALSE(table(count, 12, 80, 2, 12)) << count;
        for (const uint32_t offset : {0u, 11u, 17u, 80u, 0xFFFFFFFFu, 0xFFFFFFC0u}) EXPECT_FALSE(table(16, offset, 80, 2, 12)) << offset;
        EXPECT_FALSE(table(16, 12, 72, 2, 12));
        EXPECT_EQ(netvsc_queue_of(all.driver.core(), 5), 1u);
        for (const uint32_t entry : {4u, 63u, 64u, 0x10001u, 0xFFFFFFFFu}) {
            EXPECT_TRUE(table(16, 12, 80, entry, 12));
            EXPECT_EQ(netvsc_queue_of(all.driver.core(), 5), 0u) << entry;
        }
    });
}

// A message that has room for it has its table behind 40 bytes, whatever such a host says.
TEST(NetworkHostileReceive, WrongOffsetOfOldHostsIsKnown) {
    for (const uint32_t version : {hyperv::kNvspVersion5, hyperv::kNvspVersion6, hyperv::kNvspVersion61}) {
        AdapterOptions options;
        options.nvsp_version = version;
        with_driver([version](Scene all) {
            Bytes message = nvsp(134, {16, 12}, 104);
            for (uint32_t at = 12; at < 104; at += 4) set_word(message, at, at < 40 ? 1 : 3);
            EXPECT_EQ(all.channel().write(host::kPacketInBand, 0, 0, message), host::RingResult::Done);
            lis_os_sleep_ms(2);
            EXPECT_EQ(netvsc_queue_of(all.driver.core(), 0), version == hyperv::kNvspVersion61 ? 1u : 3u);
            EXPECT_EQ(netvsc_queue_of(all.driver.core(), 15), 3u);
        }, Seed{1}, nullptr, options);
    }
}

TEST(NetworkHostileReceive, MessagesThatAreShortOrUnknownAreDropped) {
    with_driver([](Scene all) {
        const uint64_t before = all.driver.drops("payload");
        host::Channel& channel = all.channel();
        for (const Bytes& message : {nvsp(128, {1}, 8), nvsp(134, {16, 12}, 40), nvsp(77), nvsp(0), Bytes(),
                                     nvsp(0xFFFFFFFF), nvsp(101)})
            EXPECT_EQ(channel.write(host::kPacketInBand, 0, 0, message), host::RingResult::Done);
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.drops("payload") == before + 7; }));
        EXPECT_EQ(channel.write(host::kPacketInBand, 0, 0, nvsp(130)), host::RingResult::Done);
        EXPECT_EQ(all.driver.state().vf_allocated, 0u);
        EXPECT_EQ(channel.write(host::kPacketGpaDirect, 0, 0, nvsp(107)), host::RingResult::Done);
        EXPECT_EQ(channel.write(0x7777, 0, 0, nvsp(107)), host::RingResult::Done);
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.drops("packet_type") == 2; }));
        EXPECT_TRUE(works(all));
    });
}

TEST(NetworkHostileReceive, VirtualFunctionBeforeItsVersionIsNone) {
    AdapterOptions options;
    options.nvsp_version = hyperv::kNvspVersion2;
    with_driver([](Scene all) {
        EXPECT_EQ(all.channel().write(host::kPacketInBand, 0, 0, nvsp(128, {1, 5})), host::RingResult::Done);
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.drops("payload") == 1; }));
        EXPECT_EQ(all.driver.state().vf_allocated, 0u);
        EXPECT_EQ(netvsc_switch_path(all.driver.core(), 1), -LIS_EOPNOTSUPP);
    }, Seed{1}, nullptr, options);
}
