// SPDX-License-Identifier: GPL-2.0-only
// A frame's RNDIS message: the header that goes before it, and what the host says of one
// (protocol.md 6.6, 6.7). Any context.
#ifndef NETVSC_RNDIS_FRAME_HPP
#define NETVSC_RNDIS_FRAME_HPP

#include <hyperv/rndis.h>
#include <lis/result.hpp>
#include <lis/shared.hpp>

#include "netvsc_core.h"

namespace netvsc_core {

using lis::Status;

const uint32_t kInfoWords = 4; // of an entry with one value
const uint32_t kInfoLimit = 3; // of a frame to the host: hash, VLAN, checksum or large send
const uint32_t kPlainHeaderBytes = sizeof(hyperv::RndisPacket);
const uint32_t kHeaderBytesLimit = kPlainHeaderBytes + kInfoLimit * kInfoWords * 4;

// Of frame's header.
LIS_ALWAYS_INLINE uint32_t header_bytes(const netvsc_frame& frame) {
    uint32_t infos = (frame.flags & NETVSC_FRAME_HASH) != 0 ? 1 : 0;
    infos += (frame.flags & NETVSC_FRAME_VLAN) != 0 ? 1 : 0;
    infos += (frame.flags & (NETVSC_FRAME_TCP | NETVSC_FRAME_UDP)) != 0 ? 1 : 0;
    return kPlainHeaderBytes + infos * kInfoWords * 4;
}

// Writes the header to the host's memory, and up to 4 bytes behind it; the frame follows
// it. padding: bytes behind the frame that belong to the message.
LIS_ALWAYS_INLINE void write_header(unsigned char* to, const netvsc_frame& frame, uint32_t bytes, uint32_t padding) {
    // hyperv::RndisPacket and PacketInfo as words, which compilers do not make of their fields.
    uint32_t words[kHeaderBytesLimit / 4 + 1];
    uint32_t* word = words;
    const uint32_t info_bytes = bytes - kPlainHeaderBytes;
    *word++ = static_cast<uint32_t>(hyperv::RndisType::Packet);
    *word++ = bytes + frame.bytes + padding;
    *word++ = bytes - hyperv::kRndisOffsetBase;
    *word++ = frame.bytes;
    *word++ = 0;
    *word++ = 0;
    *word++ = 0;
    *word++ = info_bytes == 0 ? 0 : kPlainHeaderBytes - hyperv::kRndisOffsetBase;
    *word++ = info_bytes;
    *word++ = 0;
    *word++ = 0;
    const auto add = [&word](hyperv::PacketInfoType type, uint32_t value) {
        *word++ = kInfoWords * 4;
        *word++ = static_cast<uint32_t>(type);
        *word++ = sizeof(hyperv::PacketInfo);
        *word++ = value;
    };
    if ((frame.flags & NETVSC_FRAME_HASH) != 0)
        add(hyperv::PacketInfoType::Hash, frame.hash);
    if ((frame.flags & NETVSC_FRAME_VLAN) != 0)
        add(hyperv::PacketInfoType::Vlan, hyperv::vlan_info(frame.vlan));
    if (frame.mss != 0) {
        const uint32_t version = (frame.flags & NETVSC_FRAME_IP6) != 0 ? hyperv::kLargeSendIp6 : 0;
        add(hyperv::PacketInfoType::LargeSend, frame.mss | hyperv::kLargeSendVersion2 | version |
                static_cast<uint32_t>(frame.transport_offset) << hyperv::kLargeSendOffsetShift);
    } else if ((frame.flags & (NETVSC_FRAME_TCP | NETVSC_FRAME_UDP)) != 0) {
        const uint32_t kind = ((frame.flags & NETVSC_FRAME_IP6) != 0 ? hyperv::kChecksumIp6 : hyperv::kChecksumIp4) |
                              ((frame.flags & NETVSC_FRAME_TCP) != 0 ? hyperv::kChecksumTcp : hyperv::kChecksumUdp);
        add(hyperv::PacketInfoType::Checksum,
            kind | static_cast<uint32_t>(frame.transport_offset) << hyperv::kChecksumOffsetShift);
    }
    *word = 0;
    const uint32_t whole = (bytes + 7) & ~7u;
    if (whole > sizeof words)
        __builtin_unreachable(); // compilers do not see it
    lis::copy_words_out(to, words, whole);
}

// A frame in the receive buffer, and what the host says of it.
struct ReceivedFrame {
    uint32_t data_offset; // from the message's first byte
    uint32_t data_bytes;
    uint32_t hash;
    uint16_t vlan;
    uint16_t flags;  // of enum netvsc_arrival_flag
    uint8_t in_row;  // 1: a part of a coalesced frame
    uint8_t is_first;
    uint8_t is_last;
};

// message: the host's memory, `bytes` of it, which begins with header; that was read before.
// BadPacket: it makes no sense.
LIS_MUST_USE Status read_frame(const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header,
                               ReceivedFrame* frame);

} // namespace netvsc_core

#endif
