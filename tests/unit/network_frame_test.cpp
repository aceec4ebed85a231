// SPDX-License-Identifier: GPL-2.0-only
// A frame's RNDIS header alone: written as protocol.md has it, read without belief in a word of it.
#include "network/lying_host.hpp"

#include "netvsc/rndis_frame.hpp"

using namespace network_test;
using bus_test::plain;
using lis::Status;
using netvsc_core::ReceivedFrame;

namespace {

Status read(const Bytes& message, ReceivedFrame* frame) {
    hyperv::RndisHeader header;
    memcpy(&header, message.data(), sizeof header);
    return netvsc_core::read_frame(message.data(), static_cast<uint32_t>(message.size()), header, frame);
}

Status read(const Bytes& infos, uint32_t info_bytes, ReceivedFrame* frame) {
    return read(rndis(plain(60), infos, [info_bytes](Bytes& bytes) { set_word(bytes, 32, info_bytes); }), frame);
}

// A machine for the hooks of shared memory.
void in_world(const std::function<void()>& body) {
    bus_test::World world(bus_test::seeded(testos::Seed{1}));
    world.run(body);
}

Bytes written(const netvsc_frame& frame, uint32_t padding = 0) {
    const uint32_t bytes = netvsc_core::header_bytes(frame);
    Bytes message(bytes + 4, 0xEE);
    netvsc_core::write_header(message.data(), frame, bytes, padding);
    message.resize(bytes);
    return message;
}

} // namespace

TEST(NetworkFrame, HeaderSaysWhatTheFrameIs) {
    in_world([] {
        netvsc_frame frame = {};
        frame.bytes = 100;
        Bytes message = written(frame, 4);
        ASSERT_EQ(message.size(), 44u);
        const uint32_t plain_words[] = {1, 148, 36, 100, 0, 0, 0, 0, 0, 0, 0};
        for (size_t i = 0; i < 11; i++) EXPECT_EQ(word_at(message, i * 4), plain_words[i]) << i;

        frame.flags = NETVSC_FRAME_HASH | NETVSC_FRAME_VLAN | NETVSC_FRAME_IP6 | NETVSC_FRAME_TCP;
        frame.hash = 0x12345678;
        frame.vlan = 0xB123; // priority 5, DEI
        frame.transport_offset = 54;
        message = written(frame);
        ASSERT_EQ(message.size(), 44u + 48);
        EXPECT_EQ(word_at(message, 4), 192u);
        EXPECT_EQ(word_at(message, 8), 84u);
        EXPECT_EQ(word_at(message, 28), 36u);
        EXPECT_EQ(word_at(message, 32), 48u);
        const uint32_t infos[] = {16, 8, 12, 0x12345678, 16, 6, 12, 0x123D, 16, 0, 12, 54u << 16 | 6};
        for (size_t i = 0; i < 12; i++) EXPECT_EQ(word_at(message, 44 + i * 4), infos[i]) << i;
    });
}

TEST(NetworkFrame, ChecksumAndLargeSendOfEachKind) {
    in_world([] {
        for (const bool ip6 : {false, true}) {
            for (const bool tcp : {false, true}) {
                netvsc_frame frame = {};
                frame.bytes = 1000;
                frame.flags = static_cast<uint16_t>((ip6 ? NETVSC_FRAME_IP6 : NETVSC_FRAME_IP4) | (tcp ? NETVSC_FRAME_TCP : NETVSC_FRAME_UDP));
                frame.transport_offset = 34;
                EXPECT_EQ(word_at(written(frame), 56), 34u << 16 | (tcp ? 4u : 8u) | (ip6 ? 2u : 1u));
                if (!tcp) continue;
                frame.mss = 1400;
                EXPECT_EQ(word_at(written(frame), 48), 2u);
                EXPECT_EQ(word_at(written(frame), 56), 1400u | 34u << 20 | 1u << 30 | (ip6 ? 1u << 31 : 0u));
            }
        }
    });
}

TEST(NetworkFrame, InfosAreRead) {
    in_world([] {
        Bytes infos;
        for (const Bytes& each : {info(0, 1 << 3), info(6, 0x123D), info(8, 77), info(9, 5), info(2, 9), row_info(kPart | kLast)})
            infos.insert(infos.end(), each.begin(), each.end());
        ReceivedFrame frame;
        ASSERT_EQ(read(rndis(plain(60), infos), &frame), Status::Ok);
        EXPECT_EQ(frame.flags, NETVSC_ARRIVAL_CHECKSUM | NETVSC_ARRIVAL_VLAN | NETVSC_ARRIVAL_HASH);
        EXPECT_EQ(frame.vlan, 0xB123);
        EXPECT_EQ(frame.hash, 77u);
        EXPECT_EQ(frame.in_row, 1);
        EXPECT_EQ(frame.is_first, 0);
        EXPECT_EQ(frame.is_last, 1);
        EXPECT_EQ(frame.data_offset, 44u + infos.size());
        EXPECT_EQ(frame.data_bytes, 60u);
        for (const uint32_t bad : {1u, 2u, 4u, 0x20u, 0x40u, 0x80u}) { // failed, or of IP, or no value
            ASSERT_EQ(read(rndis(plain(60), info(0, bad)), &frame), Status::Ok);
            EXPECT_EQ(frame.flags, 0) << bad;
        }
    });
}

TEST(NetworkFrame, InfosThatLieAreBad) {
    in_world([] {
        ReceivedFrame frame;
        EXPECT_EQ(read(info(8, 1), 16, &frame), Status::Ok);
        for (const uint32_t bytes : {1u, 11u, 12u, 15u, 17u, 24u, 76u, 77u, 513u, 0x80000000u, 0xFFFFFFFFu})
            EXPECT_EQ(read(info(8, 1), bytes, &frame), Status::BadPacket) << bytes;
        for (const uint32_t size : {0u, 4u, 11u, 13u, 18u, 20u, 0xFFFFFFFCu})
            EXPECT_EQ(read(info(8, 1, size), 16, &frame), Status::BadPacket) << size;
        for (const uint32_t offset : {0u, 11u, 13u, 16u, 17u, 0xFFFFFFFFu})
            EXPECT_EQ(read(info(8, 1, 16, offset), 16, &frame), Status::BadPacket) << offset;
        for (const uint32_t type : {0u, 6u, 8u, hyperv::kPacketInfoId})
            EXPECT_EQ(read(info(type, 1, 12), 12, &frame), Status::BadPacket) << type;
        EXPECT_EQ(read(info(99, 1, 12), 12, &frame), Status::Ok);
        for (const uint32_t offset : {0u, 35u, 37u, 52u, 120u, 0xFFFFFFF8u, 0xFFFFFFFFu}) // 52: over the data
            EXPECT_EQ(read(rndis(plain(60), info(8, 1), [offset](Bytes& bytes) { set_word(bytes, 28, offset); }), &frame),
                      Status::BadPacket) << offset;
    });
}

// No byte behind the end is looked at: each message is an allocation of its own length.
TEST(NetworkFrame, AnyWordMayBeAnything) {
    in_world([] {
        const uint32_t values[] = {0, 1, 7, 8, 36, 43, 44, 60, 100, 119, 120, 121, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF7, 0xFFFFFFF8, 0xFFFFFFFF};
        for (size_t at = 4; at < 60; at += 4) {
            for (const uint32_t value : values) {
                ReceivedFrame frame = {};
                if (read(rndis(plain(60), info(8, 1), [=](Bytes& bytes) { set_word(bytes, at, value); }), &frame) != Status::Ok) continue;
                EXPECT_LE(frame.data_offset, 120u);
                EXPECT_LE(frame.data_bytes, 120u - frame.data_offset) << at << ": " << value;
            }
        }
    });
}
