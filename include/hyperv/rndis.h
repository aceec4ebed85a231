// SPDX-License-Identifier: GPL-2.0-only
// RNDIS messages between the network adapter and its host, and what goes with each
// packet (protocol.md 6.6, 6.7). Offsets in a message count from its ninth byte.
#ifndef HYPERV_RNDIS_H
#define HYPERV_RNDIS_H

#include <lis/le.hpp>

namespace hyperv {

enum class RndisType : uint32_t {
    Packet = 1,
    Initialize = 2,
    Halt = 3,
    Query = 4,
    Set = 5,
    Reset = 6,
    IndicateStatus = 7,
    KeepAlive = 8,
    SetEx = 9,
};
const uint32_t kRndisCompletion = 0x80000000; // or-ed to the type

enum RndisStatus : uint32_t {
    kRndisSuccess = 0,
    kRndisOverflow = 0x80000005,
    kRndisFailure = 0xC0000001,
    kRndisResources = 0xC000009A,
    kRndisNotSupported = 0xC00000BB,
    kRndisInvalidPacket = 0xC001000F,
    kRndisInvalidLength = 0xC0010014,
    kRndisInvalidData = 0xC0010015,
    kRndisBufferTooShort = 0xC0010016,
    kRndisInvalidOid = 0xC0010017,
    // of IndicateStatus
    kRndisMediaConnect = 0x4001000B,
    kRndisMediaDisconnect = 0x4001000C,
    kRndisLinkSpeedChange = 0x40010013,
    kRndisNetworkChange = 0x40010018,
    kRndisOffloadConfigChange = 0x40020006,
};

struct RndisHeader {
    lis::Le32 type;   // RndisType
    lis::Le32 length; // with this header
};
LIS_WIRE_SIZE(RndisHeader, 8);
const uint32_t kRndisOffsetBase = sizeof(RndisHeader);

struct RndisPacket {
    RndisHeader header;
    lis::Le32 data_offset;
    lis::Le32 data_bytes;
    lis::Le32 oob_offset;
    lis::Le32 oob_bytes;
    lis::Le32 oob_count;
    lis::Le32 info_offset; // PacketInfos
    lis::Le32 info_bytes;
    lis::Le32 vc_handle;
    lis::Le32 reserved;
};
LIS_WIRE_SIZE(RndisPacket, 44);
LIS_WIRE_AT(RndisPacket, info_offset, 28);

struct RndisInitialize {
    RndisHeader header;
    lis::Le32 request;
    lis::Le32 major;
    lis::Le32 minor;
    lis::Le32 max_transfer;
};
LIS_WIRE_SIZE(RndisInitialize, 24);

const uint32_t kRndisConnectionless = 1;
const uint32_t kRndisMedium8023 = 0;

struct RndisInitializeComplete {
    RndisHeader header;
    lis::Le32 request;
    lis::Le32 status;
    lis::Le32 major;
    lis::Le32 minor;
    lis::Le32 device_flags;
    lis::Le32 medium;
    lis::Le32 max_packets; // in one message
    lis::Le32 max_transfer;
    lis::Le32 alignment; // its logarithm
    lis::Le32 family_offset;
    lis::Le32 family_bytes;
};
LIS_WIRE_SIZE(RndisInitializeComplete, 52);

// Query and Set.
struct RndisRequest {
    RndisHeader header;
    lis::Le32 request;
    lis::Le32 oid;
    lis::Le32 info_bytes;
    lis::Le32 info_offset;
    lis::Le32 vc_handle;
};
LIS_WIRE_SIZE(RndisRequest, 28);

struct RndisQueryComplete {
    RndisHeader header;
    lis::Le32 request;
    lis::Le32 status;
    lis::Le32 info_bytes;
    lis::Le32 info_offset;
};
LIS_WIRE_SIZE(RndisQueryComplete, 24);

// Of Set and KeepAlive. Halt, and KeepAlive itself, are as long as `request`.
struct RndisComplete {
    RndisHeader header;
    lis::Le32 request;
    lis::Le32 status;
};
LIS_WIRE_SIZE(RndisComplete, 16);

struct RndisKeepAlive {
    RndisHeader header;
    lis::Le32 request;
};
LIS_WIRE_SIZE(RndisKeepAlive, 12);

struct RndisResetComplete {
    RndisHeader header;
    lis::Le32 status;
    lis::Le32 addressing_reset;
};
LIS_WIRE_SIZE(RndisResetComplete, 16);

struct RndisIndicateStatus {
    RndisHeader header;
    lis::Le32 status;
    lis::Le32 buffer_bytes;
    lis::Le32 buffer_offset;
};
LIS_WIRE_SIZE(RndisIndicateStatus, 20);

// ---- what goes with a packet ----

enum class PacketInfoType : uint32_t {
    Checksum = 0,
    LargeSend = 2,
    Vlan = 6,
    Hash = 8,
};
const uint32_t kPacketInfoInternal = 0x80000000; // of `type`: not NDIS's own
const uint32_t kPacketInfoId = kPacketInfoInternal | 1;

// `size` is of the whole entry, a multiple of four; the data is at `offset` of it.
struct PacketInfo {
    lis::Le32 size;
    lis::Le32 type;
    lis::Le32 offset;
};
LIS_WIRE_SIZE(PacketInfo, 12);

// Checksum to the host: what to fill in. Transport header offset in bits 16 to 25.
const uint32_t kChecksumIp4 = 0x01;
const uint32_t kChecksumIp6 = 0x02;
const uint32_t kChecksumTcp = 0x04;
const uint32_t kChecksumUdp = 0x08;
const uint32_t kChecksumIpHeader = 0x10;
const uint32_t kChecksumOffsetShift = 16;
const uint32_t kChecksumOffsetMask = 0x3FF;

// Checksum to the guest: what was found.
const uint32_t kChecksumTcpBad = 0x01;
const uint32_t kChecksumUdpBad = 0x02;
const uint32_t kChecksumIpBad = 0x04;
const uint32_t kChecksumTcpGood = 0x08;
const uint32_t kChecksumUdpGood = 0x10;
const uint32_t kChecksumIpGood = 0x20;

// LargeSend. Version 1 has the frame's offset of the TCP header in the same place.
const uint32_t kLargeSendMssMask = 0xFFFFF;
const uint32_t kLargeSendOffsetShift = 20;
const uint32_t kLargeSendOffsetMask = 0x3FF;
const uint32_t kLargeSendVersion2 = 0x40000000;
const uint32_t kLargeSendIp6 = 0x80000000;

// Vlan: priority in bits 0 to 2, CFI, identifier in bits 4 to 15.
inline uint32_t vlan_info(uint16_t tag) {
    return (tag >> 13 & 7u) | (tag >> 12 & 1u) << 3 | (tag & 0xFFFu) << 4;
}
inline uint16_t vlan_tag(uint32_t info) {
    return static_cast<uint16_t>((info & 7) << 13 | (info >> 3 & 1) << 12 | (info >> 4 & 0xFFF));
}

// kPacketInfoId: the parts of a coalesced packet.
const unsigned char kPacketIdVersion = 1;
const unsigned char kPacketIdParts = 1;
const unsigned char kPacketIdFirst = 2;
const unsigned char kPacketIdLast = 4;

struct PacketId {
    unsigned char version;
    unsigned char flags;
    lis::Le16 id;
};
LIS_WIRE_SIZE(PacketId, 4);

} // namespace hyperv

#endif
