// SPDX-License-Identifier: GPL-2.0-only
// Frames to good and bad guests through the network adapter (protocol.md 6.4, 6.6, 6.7).
#include "bus/network_frames.hpp"

using bus_test::Bytes;
using bus_test::NetworkGuest;
using bus_test::NetworkMessage;
using bus_test::Recorder;
using bus_test::both;
using bus_test::checksum_is_good;
using bus_test::kChecksum;
using bus_test::kVlan;
using bus_test::packet_of;
using bus_test::plain;
using bus_test::with_recorder;
using host::AdapterOptions;
using host::NetworkDevice;
using hyperv::NvspStatus;

TEST(NetworkFrames, AreGivenInSectionsThatComeBack) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        EXPECT_EQ(recorder.give({plain(60, 1), plain(1514, 2), plain(14, 3)}), 3u);
        for (const Bytes& frame : {plain(60, 1), plain(1514, 2), plain(14, 3)})
            EXPECT_EQ(guest.next(hyperv::kNvspChannelData).frame(), frame);
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all);
        EXPECT_EQ(device.adapter().counters.rx_packets, 1u); // together
    });
}

TEST(NetworkFrames, NoSectionIsGivenTwice) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        guest.keep = true;
        const uint32_t all = device.free_sections();
        std::vector<Bytes> frames(all + 10, plain(100));
        EXPECT_EQ(recorder.give(frames), all);
        EXPECT_EQ(device.adapter().counters.rx_no_buffer, 10u);
        EXPECT_EQ(device.free_sections(), 0u);
        lis_os_sleep_ms(5);
        guest.poll();
        std::set<uint32_t> offsets;
        uint32_t frames_come = 0;
        for (const NetworkMessage& message : guest.messages) {
            if (message.channel_type != hyperv::kNvspChannelData) continue;
            frames_come++;
            offsets.insert(message.offset);
        }
        EXPECT_EQ(frames_come, all);
        EXPECT_EQ(offsets.size(), all);
        // Control waits for a section, and then comes.
        device.set_link(false);
        EXPECT_TRUE(guest.next(hyperv::kNvspChannelControl).bytes.empty());
        ASSERT_FALSE(guest.kept.empty());
        guest.complete(guest.kept[0]);
        EXPECT_FALSE(guest.next(hyperv::kNvspChannelControl).bytes.empty());
    });
}

TEST(NetworkFrames, WrongCompletionsGiveNothingBack) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        guest.keep = true;
        EXPECT_EQ(recorder.give({plain(100), plain(100), plain(100)}), 3u);
        lis_os_sleep_ms(5);
        guest.poll();
        ASSERT_EQ(guest.kept.size(), 1u);
        const uint64_t id = guest.kept[0];
        for (const uint64_t wrong : {uint64_t{0}, id + 1, id + 2, id + 3, uint64_t{all} + 1, UINT64_MAX})
            guest.complete(wrong);
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all - 3);
        EXPECT_EQ(device.adapter().counters.faults, 6u);
        guest.complete(id);
        guest.complete(id); // twice
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all);
        EXPECT_EQ(device.adapter().counters.faults, 7u);
    });
}

TEST(NetworkFrames, FilterDecidesWhatComes) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        Bytes broadcast = plain(60), multicast = plain(60), other = plain(60);
        std::fill(broadcast.begin(), broadcast.begin() + 6, 0xFF);
        multicast[0] = 1;
        other[5] = 9;
        const std::vector<Bytes> all = {plain(60), broadcast, multicast, other};
        EXPECT_EQ(guest.set_filter(0), 0u);
        EXPECT_EQ(recorder.give(all), 0u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterDirected), 0u);
        EXPECT_EQ(recorder.give(all), 1u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterBroadcast), 0u);
        EXPECT_EQ(recorder.give(all), 1u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterMulticast), 0u);
        EXPECT_EQ(recorder.give(all), 0u);
        EXPECT_EQ(guest.set(hyperv::Oid::MulticastList, Bytes(multicast.begin(), multicast.begin() + 6)), 0u);
        EXPECT_EQ(recorder.give(all), 1u);
        EXPECT_NE(guest.set(hyperv::Oid::MulticastList, Bytes(5)), 0u);
        EXPECT_EQ(guest.set_filter(hyperv::kFilterPromiscuous), 0u);
        EXPECT_EQ(recorder.give(all), 4u);
        device.set_link(false);
        EXPECT_EQ(recorder.give(all), 0u);
    });
}

TEST(NetworkFrames, WhatIsKnownOfAFrameGoesWithIt) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const struct {
            bool tcp;
            uint32_t good, bad;
        } rows[] = {{true, hyperv::kChecksumTcpGood, hyperv::kChecksumTcpBad},
                    {false, hyperv::kChecksumUdpGood, hyperv::kChecksumUdpBad}};
        for (const auto& row : rows) {
            Bytes frame = packet_of(false, row.tcp, 33);
            uint32_t info = 0;
            EXPECT_EQ(recorder.give({frame}), 1u);
            EXPECT_TRUE(guest.next(hyperv::kNvspChannelData).info(kChecksum, info));
            EXPECT_EQ(info, row.good);
            frame[70] ^= 1;
            EXPECT_EQ(recorder.give({frame}), 1u);
            EXPECT_TRUE(guest.next(hyperv::kNvspChannelData).info(kChecksum, info));
            EXPECT_EQ(info, row.bad);
            // A tag in the frame goes beside it.
            Bytes tagged = packet_of(false, row.tcp, 33);
            const Bytes plain_one = tagged;
            const unsigned char tag[4] = {0x81, 0x00, 0x60, 0x07};
            tagged.insert(tagged.begin() + 12, tag, tag + 4);
            EXPECT_EQ(recorder.give({tagged}), 1u);
            const NetworkMessage message = guest.next(hyperv::kNvspChannelData);
            EXPECT_EQ(message.frame(), plain_one);
            EXPECT_TRUE(message.info(kVlan, info));
            EXPECT_EQ(hyperv::vlan_tag(info), 0x6007);
        }
        EXPECT_EQ(device.adapter().counters.rx_bad_checksums, 2u);
        ASSERT_EQ(guest.set_offloads(hyperv::kOffloadOff, 0, 0), 0u);
        uint32_t info = 0;
        EXPECT_EQ(recorder.give({packet_of(false, true, 33)}), 1u);
        EXPECT_FALSE(guest.next(hyperv::kNvspChannelData).info(kChecksum, info));
    });
}

TEST(NetworkFrames, LargeOnesAreCutOrCoalescedAsTheGuestWants) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        const Bytes whole = packet_of(false, true, 8000);
        ASSERT_TRUE(recorder.give_large(whole, 1400));
        for (size_t i = 0; i < 6; i++) {
            const Bytes segment = guest.next(hyperv::kNvspChannelData).frame();
            EXPECT_EQ(segment.size(), 54 + (i < 5 ? 1400u : 1000u));
            EXPECT_TRUE(checksum_is_good(segment));
        }
        ASSERT_EQ(guest.set_offloads(hyperv::kOffloadBoth, 0, hyperv::kOffloadOn), 0u);
        ASSERT_TRUE(recorder.give_large(whole, 1400));
        Bytes together;
        uint32_t id = 0, flags = 0;
        for (size_t parts = 0; !(flags & hyperv::kPacketIdLast) && parts < 10; parts++) {
            const NetworkMessage part = guest.next(hyperv::kNvspChannelData);
            ASSERT_TRUE(part.info(hyperv::kPacketInfoId, id));
            flags = id >> 8 & 0xFF;
            EXPECT_EQ((flags & hyperv::kPacketIdFirst) != 0, parts == 0);
            together = both(together, part.frame());
        }
        EXPECT_EQ(together, whole);
        EXPECT_EQ(device.adapter().counters.rx_coalesced, 1u);
        lis_os_sleep_ms(5);
        EXPECT_EQ(device.free_sections(), all);
    });
}

TEST(NetworkFrames, FullRingLosesFramesAndNoSections) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const uint32_t all = device.free_sections();
        for (int round = 0; round < 20; round++) {
            // One frame a packet, and nobody reads: 5 pages of ring hold fewer than that.
            unsigned given = 0;
            for (int i = 0; i < 400; i++) {
                given += recorder.give({plain(60)});
                if (device.adapter().counters.rx_no_space + device.adapter().counters.rx_no_buffer > 0) break;
            }
            EXPECT_GT(given, 0u);
            lis_os_sleep_ms(2);
            guest.poll();
            lis_os_sleep_ms(2);
            EXPECT_EQ(device.free_sections(), all);
        }
        EXPECT_EQ(device.adapter().counters.faults, 0u);
    });
}

TEST(NetworkFrames, CompletionsWaitForSpaceInTheRing) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes rndis = NetworkGuest::packet(plain(60));
        guest.put(0, rndis);
        hyperv::NvspRndisPacket header = {};
        header.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
        header.section_bytes.set(static_cast<uint32_t>(rndis.size()));
        std::vector<uint64_t> ids;
        for (int i = 0; i < 1000; i++) {
            ids.push_back(guest.send(header));
            if (i % 100 == 99) lis_os_sleep_ms(2);
            if (i % 300 == 299) guest.poll();
        }
        for (const uint64_t id : ids) EXPECT_EQ(guest.status_of(id), NvspStatus::Success);
        EXPECT_EQ(recorder.records.size(), 1000u);
        EXPECT_EQ(device.adapter().counters.faults, 0u);
    });
}
