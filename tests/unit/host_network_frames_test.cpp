// SPDX-License-Identifier: GPL-2.0-only
// Frames from good and bad guests through the network adapter (protocol.md 6.5 - 6.7).
#include "bus/network_frames.hpp"

using bus_test::Bytes;
using bus_test::NetworkGuest;
using bus_test::Recorder;
using bus_test::both;
using bus_test::checksum_is_good;
using bus_test::kChecksum;
using bus_test::kHash;
using bus_test::kLargeSend;
using bus_test::kTcp4;
using bus_test::kVlan;
using bus_test::packet_of;
using bus_test::plain;
using bus_test::unfinished;
using bus_test::with_recorder;
using host::AdapterOptions;
using host::NetworkDevice;
using hyperv::NvspStatus;
using hyperv::PacketType;

TEST(NetworkFrames, ComeByRangesAndBySections) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes frame = plain(1514);
        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(frame)), NvspStatus::Success);
        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(frame), {44, 100, 1}), NvspStatus::Success);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(frame), 3), NvspStatus::Success);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(14)), 4), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 4u);
        for (int i = 0; i < 3; i++) EXPECT_EQ(recorder.records[i].bytes, frame);
        EXPECT_EQ(recorder.records[3].bytes, plain(14));
        EXPECT_EQ(device.adapter().counters.faults, 0u);
    });
}

TEST(NetworkFrames, SeveralInOneSection) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        Bytes all;
        for (unsigned char i = 0; i < 8; i++) all = both(all, NetworkGuest::packet(plain(100, i)));
        EXPECT_EQ(guest.send_section(all), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 8u);
        for (unsigned char i = 0; i < 8; i++) EXPECT_EQ(recorder.records[i].bytes, plain(100, i));
        EXPECT_EQ(device.adapter().counters.tx_batches, 1u);
        // What is good before the bad one has gone.
        all.resize(all.size() - 1);
        EXPECT_EQ(guest.send_section(all), NvspStatus::Fail);
        EXPECT_EQ(recorder.records.size(), 15u);
    });
}

TEST(NetworkFrames, HeaderInTheSectionAndFrameInRanges) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes frame = plain(1000), rndis = NetworkGuest::packet(frame);
        guest.put(0, Bytes(rndis.begin(), rndis.begin() + 44));
        guest.lay(frame);
        hyperv::NvspRndisPacket header = {};
        header.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
        header.section_bytes.set(44);
        const unsigned char* const bytes = reinterpret_cast<unsigned char*>(&header);
        const Bytes payload(bytes, bytes + sizeof header);
        const uint64_t id = guest.send(PacketType::GpaDirect, guest.extension({}, 1000), payload);
        EXPECT_EQ(guest.status_of(id), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(recorder.records[0].bytes, frame);
    });
}

TEST(NetworkFrames, SectionsOutOfRangeAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes rndis = NetworkGuest::packet(plain(100));
        EXPECT_EQ(guest.send_section(rndis, 4), NvspStatus::Success); // the last of 32 KiB
        EXPECT_EQ(guest.send_section(rndis, 5), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0xFFFFFFFE), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0, 6145), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0, 0), NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(rndis, 0, 0xFFFFFFFF), NvspStatus::Fail);
        EXPECT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(device.adapter().counters.faults, 5u);
    });
}

TEST(NetworkFrames, RangesThatMakeNoSenseAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes rndis = NetworkGuest::packet(plain(100));
        // A real host wants the header in one piece.
        EXPECT_EQ(guest.send_ranges(rndis, {20}), NvspStatus::Fail);
        guest.lay(rndis);
        hyperv::NvspRndisPacket header = {};
        header.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
        header.section_index.set(hyperv::kNvspNoSection);
        const unsigned char* const bytes = reinterpret_cast<unsigned char*>(&header);
        const Bytes payload(bytes, bytes + sizeof header);
        Bytes extension = guest.extension({}, static_cast<uint32_t>(rndis.size()));
        const auto send = [&](const Bytes& ranges) {
            return guest.status_of(guest.send(PacketType::GpaDirect, ranges, payload));
        };
        EXPECT_EQ(send(extension), NvspStatus::Success);
        Bytes bad = extension;
        bad[4] = 0; // no ranges
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[4] = 2; // one more than there is
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[8] = bad[9] = 0xFF; // longer than its pages
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[13] = 0x10; // offset 4096
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        bad = extension;
        bad[22] = 0x7F; // a page that does not exist
        EXPECT_EQ(send(bad), NvspStatus::Fail);
        EXPECT_EQ(send({}), NvspStatus::Fail);
        EXPECT_EQ(guest.status_of(guest.send(PacketType::InBand, {}, payload)), NvspStatus::Fail);
        EXPECT_EQ(recorder.records.size(), 1u);
    });
}

TEST(NetworkFrames, PacketsThatContradictThemselvesAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice& device, NetworkGuest& guest) {
        const Bytes infos = both(NetworkGuest::info(kVlan, 0x70), NetworkGuest::info(kHash, 1));
        const Bytes good = NetworkGuest::packet(plain(100), infos);
        ASSERT_EQ(guest.send_section(good), NvspStatus::Success);
        const struct {
            size_t at;
            uint32_t value;
            const char* what;
        } rows[] = {{0, 4, "a control message among frames"},
                    {4, 7, "shorter than its header"},
                    {4, 43, "too short"},
                    {4, 177, "longer than what was sent"},
                    {8, 0, "outside of its message"},              // data in the header
                    {8, 68 + 1, "outside of its message"},         // past the end
                    {8, 0xFFFFFFF8, "outside of its message"},     // wraps
                    {12, 101, "outside of its message"},           // longer than the message
                    {12, 0xFFFFFFFF, "outside of its message"},    //
                    {12, 0, "a size that cannot be"},              // nothing
                    {12, 13, "a size that cannot be"},             // no Ethernet header
                    {20, 4, "out-of-band"},                        //
                    {28, 0, "outside of its message"},             // infos in the header
                    {28, 0xFFFFFFF0, "outside of its message"},    //
                    {28, 60, "inside of the frame"},               //
                    {32, 36, "inside of the frame"},               //
                    {32, 0xFFFFFFFF, "outside of its message"},    //
                    {32, 30, "of a size that cannot be"},          // the second is cut
                    {32, 24, "cut off"},                           // its header is
                    {44, 0, "of a size that cannot be"},           // an endless loop for some
                    {44, 8, "of a size that cannot be"},           //
                    {44, 17, "of a size that cannot be"},          //
                    {44, 36, "of a size that cannot be"},          //
                    {44, 0xFFFFFFFC, "of a size that cannot be"},  //
                    {52, 0, "outside of it"},                      //
                    {52, 17, "outside of it"},                     //
                    {52, 16, "without data"},                      //
                    {52, 0xFFFFFFFF, "outside of it"}};
        for (const auto& row : rows) {
            Bytes bad = good;
            memcpy(&bad[row.at], &row.value, 4);
            EXPECT_EQ(guest.send_section(bad), NvspStatus::Fail) << row.at << " " << row.value;
            EXPECT_NE(device.last_fault().find(row.what), std::string::npos)
                << row.at << " " << row.value << ": " << device.last_fault();
        }
        EXPECT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(1519))), NvspStatus::Fail); // more than the MTU
        EXPECT_EQ(guest.send_section(good), NvspStatus::Success);
    });
}

TEST(NetworkFrames, UnknownPacketInfoIsPassedOver) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes infos = both(NetworkGuest::info(77, 1), NetworkGuest::info(kVlan, hyperv::vlan_info(0xB123)));
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(100), infos)), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 1u);
        EXPECT_TRUE(recorder.records[0].tagged);
        EXPECT_EQ(recorder.records[0].tag, 0xB123);
    });
}

TEST(NetworkFrames, ChecksumsAreFinishedForTheGuest) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        for (const bool ip6 : {false, true}) {
            for (const bool tcp : {false, true}) {
                for (const size_t data : {0, 1, 2, 7, 64, 150, 151, 1399, 1400}) {
                    const Bytes right = packet_of(ip6, tcp, data);
                    ASSERT_TRUE(checksum_is_good(right)) << ip6 << tcp << data;
                    const uint32_t transport = ip6 ? 54 : 34;
                    for (const uint32_t offset : {transport, 0u}) {
                        const uint32_t info = (ip6 ? hyperv::kChecksumIp6 : hyperv::kChecksumIp4) |
                                              (tcp ? hyperv::kChecksumTcp : hyperv::kChecksumUdp) | offset << 16;
                        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(unfinished(right, tcp),
                                                                         NetworkGuest::info(kChecksum, info)),
                                                    {100}),
                                  NvspStatus::Success);
                        EXPECT_EQ(recorder.records.back().bytes, right) << ip6 << tcp << data;
                    }
                }
            }
        }
        EXPECT_FALSE(recorder.records.back().partial);
    });
}

TEST(NetworkFrames, SumIsThatOfWordsHoweverItIsAdded) {
    Bytes bytes(211);
    for (const unsigned char fill : {0x00, 0x01, 0xff}) {
        for (size_t i = 0; i < bytes.size(); i++) bytes[i] = fill != 1 ? fill : static_cast<unsigned char>(i * 73 + i / 5);
        for (size_t size = 0; size <= bytes.size(); size++) {
            uint32_t wanted = 0;
            for (size_t i = 0; i < size; i++) wanted += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
            while (wanted > 0xFFFF) wanted = (wanted & 0xFFFF) + (wanted >> 16);
            for (const size_t first : {size_t{0}, size / 3, size}) {
                host::InternetSum sum;
                sum.add(bytes.data(), first);
                sum.add(bytes.data() + first, size - first);
                ASSERT_EQ(sum.folded(), wanted) << size << " bytes, the first " << first << " by themselves";
            }
        }
    }
}

TEST(NetworkFrames, ChecksumsOutsideOfTheFrameAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const Bytes frame = packet_of(false, true, 10);
        for (const uint32_t offset : {1u, 13u, 45u, 64u, 1023u}) {
            const Bytes info = NetworkGuest::info(kChecksum, kTcp4 | offset << 16);
            EXPECT_EQ(guest.send_section(NetworkGuest::packet(frame, info)), NvspStatus::Fail);
        }
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(plain(100), NetworkGuest::info(kChecksum, kTcp4))),
                  NvspStatus::Fail);
        EXPECT_EQ(guest.send_section(NetworkGuest::packet(
                      frame, NetworkGuest::info(kChecksum, kTcp4 | hyperv::kChecksumUdp | 34 << 16))),
                  NvspStatus::Fail);
        EXPECT_TRUE(recorder.records.empty());
    });
}

TEST(NetworkFrames, LargeSendsAreSegmented) {
    for (const bool ip6 : {false, true}) {
        with_recorder(AdapterOptions(), [ip6](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
            const size_t data = 5000, mss = 1400, header = ip6 ? 74 : 54, transport = ip6 ? 54 : 34;
            const Bytes whole = packet_of(ip6, true, data);
            Bytes sent = unfinished(whole, true, false);
            host::store_be16(&sent[ip6 ? 18 : 16], 0);
            if (!ip6) host::store_be16(&sent[24], 0);
            const uint32_t info = mss | static_cast<uint32_t>(transport) << 20 | hyperv::kLargeSendVersion2 |
                                  (ip6 ? hyperv::kLargeSendIp6 : 0);
            EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(sent, NetworkGuest::info(kLargeSend, info)), {150, 3000}),
                      NvspStatus::Success);
            ASSERT_EQ(recorder.records.size(), 4u);
            Bytes together;
            for (size_t i = 0; i < 4; i++) {
                const Bytes& segment = recorder.records[i].bytes;
                EXPECT_TRUE(checksum_is_good(segment)) << i;
                EXPECT_EQ(segment.size(), header + (i < 3 ? mss : data - 3 * mss));
                EXPECT_EQ(host::load_be32(&segment[transport + 4]), static_cast<uint32_t>(0xFFFFFF00 + i * mss));
                EXPECT_EQ(segment[transport + 13], i < 3 ? 0x10 : 0x19); // FIN and PSH on the last
                EXPECT_EQ(host::load_be16(&segment[ip6 ? 18 : 16]), segment.size() - (ip6 ? 54 : 14));
                if (!ip6) {
                    EXPECT_EQ(host::load_be16(&segment[18]), i);
                }
                together.insert(together.end(), segment.begin() + static_cast<ptrdiff_t>(header), segment.end());
            }
            EXPECT_EQ(together, Bytes(whole.begin() + static_cast<ptrdiff_t>(header), whole.end()));
        });
    }
}

TEST(NetworkFrames, LargeSendsPassToWhoCanTakeThem) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        recorder.takes = true;
        const Bytes whole = packet_of(false, true, 5000);
        const uint32_t info = 1400 | 34 << 20 | hyperv::kLargeSendVersion2;
        const Bytes rndis = NetworkGuest::packet(whole, NetworkGuest::info(kLargeSend, info));
        EXPECT_EQ(guest.send_ranges(rndis), NvspStatus::Success);
        ASSERT_EQ(recorder.records.size(), 1u);
        EXPECT_EQ(recorder.records[0].segmentation, host::Segmentation::Tcp4);
        EXPECT_TRUE(recorder.records[0].partial);
        EXPECT_EQ(recorder.records[0].bytes, unfinished(whole, true));
    });
}

TEST(NetworkFrames, LargeSendsThatCannotBeAreRefused) {
    with_recorder(AdapterOptions(), [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        const auto send = [&](const Bytes& frame, uint32_t info) {
            return guest.send_ranges(NetworkGuest::packet(frame, NetworkGuest::info(kLargeSend, info)));
        };
        const uint32_t good = 1400 | 34 << 20 | hyperv::kLargeSendVersion2;
        EXPECT_EQ(send(packet_of(false, true, 5000), good & ~0xFFFFFu), NvspStatus::Fail); // segments of nothing
        EXPECT_EQ(send(packet_of(false, true, 5000), good | hyperv::kLargeSendIp6), NvspStatus::Fail);
        EXPECT_EQ(send(packet_of(false, false, 5000), good), NvspStatus::Fail);
        EXPECT_EQ(send(plain(5000), good), NvspStatus::Fail);
        const uint32_t version1 = good & ~hyperv::kLargeSendVersion2; // not offered
        EXPECT_EQ(send(packet_of(false, true, 5000), version1), NvspStatus::Fail);
        Bytes header = packet_of(false, true, 5000);
        header[34 + 12] = 0x40; // shorter than a TCP header
        EXPECT_EQ(send(header, good), NvspStatus::Fail);
        header = packet_of(false, true, 10);
        header[34 + 12] = 0xF0; // longer than the frame
        EXPECT_EQ(send(header, good), NvspStatus::Fail);
        EXPECT_TRUE(recorder.records.empty());
    });
    AdapterOptions options;
    options.large_send_v1 = true;
    with_recorder(options, [](Recorder& recorder, NetworkDevice&, NetworkGuest& guest) {
        EXPECT_EQ(guest.send_ranges(NetworkGuest::packet(packet_of(false, true, 3000),
                                                         NetworkGuest::info(kLargeSend, 1400 | 34 << 20))),
                  NvspStatus::Success);
        EXPECT_EQ(recorder.records.size(), 3u);
    });
}
