// SPDX-License-Identifier: GPL-2.0-only
// Object identifiers of NDIS that network guests ask for and set, and the objects
// behind them (protocol.md 6.8).
#ifndef HYPERV_NDIS_H
#define HYPERV_NDIS_H

#include <lis/le.hpp>

namespace hyperv {

enum class Oid : uint32_t {
    SupportedList = 0x00010101,
    HardwareStatus = 0x00010102,
    MediaSupported = 0x00010103,
    MediaInUse = 0x00010104,
    MaximumLookahead = 0x00010105,
    MaximumFrameSize = 0x00010106, // MTU
    LinkSpeed = 0x00010107,        // in 100 bit/s
    TransmitBufferSpace = 0x00010108,
    ReceiveBufferSpace = 0x00010109,
    TransmitBlockSize = 0x0001010A,
    ReceiveBlockSize = 0x0001010B,
    VendorId = 0x0001010C,
    VendorDescription = 0x0001010D,
    PacketFilter = 0x0001010E,
    CurrentLookahead = 0x0001010F,
    DriverVersion = 0x00010110,
    MaximumTotalSize = 0x00010111,
    MacOptions = 0x00010113,
    MediaConnectStatus = 0x00010114,
    MaximumSendPackets = 0x00010115,
    VendorDriverVersion = 0x00010116,
    NetworkLayerAddresses = 0x00010118,
    RssCapabilities = 0x00010203,
    RssParameters = 0x00010204,
    MachineName = 0x0001021A,
    ConfigParameter = 0x0001021B,
    TransmitOk = 0x00020101,
    ReceiveOk = 0x00020102,
    TransmitError = 0x00020103,
    ReceiveError = 0x00020104,
    ReceiveNoBuffer = 0x00020105,
    PermanentAddress = 0x01010101,
    CurrentAddress = 0x01010102,
    MulticastList = 0x01010103,
    MaximumListSize = 0x01010104,
    OffloadEncapsulation = 0x0101010A,
    ReceiveErrorAlignment = 0x01020101,
    TransmitOneCollision = 0x01020102,
    TransmitMoreCollisions = 0x01020103,
    OffloadCurrentConfig = 0xFC01020B,
    OffloadParameters = 0xFC01020C,
    OffloadHardwareCapabilities = 0xFC01020D,
};

// PacketFilter.
const uint32_t kFilterDirected = 0x01;
const uint32_t kFilterMulticast = 0x02;
const uint32_t kFilterAllMulticast = 0x04;
const uint32_t kFilterBroadcast = 0x08;
const uint32_t kFilterPromiscuous = 0x20;

struct NdisObjectHeader {
    unsigned char type;
    unsigned char revision;
    lis::Le16 size;
};
LIS_WIRE_SIZE(NdisObjectHeader, 4);

const unsigned char kNdisObjectDefault = 0x80;
const unsigned char kNdisObjectRssCapabilities = 0x88;
const unsigned char kNdisObjectRssParameters = 0x89;
const unsigned char kNdisObjectOffload = 0xA7;

// ---- offloads ----

const uint32_t kEncapsulation8023 = 2;

const uint32_t kCaps4IpOptions = 0x001;
const uint32_t kCaps4TcpOptions = 0x004;
const uint32_t kCaps4Tcp = 0x010;
const uint32_t kCaps4Udp = 0x040;
const uint32_t kCaps4Ip = 0x100;
const uint32_t kCaps6Extensions = 0x001;
const uint32_t kCaps6TcpOptions = 0x004;
const uint32_t kCaps6Tcp = 0x010;
const uint32_t kCaps6Udp = 0x040;
const uint32_t kLso6Extensions = 0x01; // of lso2_ip6_options, two bits each
const uint32_t kLso6TcpOptions = 0x04;

// OffloadHardwareCapabilities and OffloadCurrentConfig.
struct NdisOffload {
    NdisObjectHeader header;
    struct Checksum {
        lis::Le32 encapsulation;
        lis::Le32 capabilities;
    };
    Checksum transmit4, receive4, transmit6, receive6;
    struct {
        lis::Le32 encapsulation, max_bytes, min_segments, options;
    } lso1;
    lis::Le32 ipsec1[7];
    struct {
        lis::Le32 encapsulation4, max_bytes4, min_segments4;
        lis::Le32 encapsulation6, max_bytes6, min_segments6, options6;
    } lso2;
    lis::Le32 flags;
    unsigned char ipsec2[32]; // from revision 2
    unsigned char rsc4, rsc6; // from revision 3
    unsigned char pad[2];
    lis::Le32 gre_flags;
    lis::Le32 gre_max_header;
};
LIS_WIRE_SIZE(NdisOffload, 156);
LIS_WIRE_AT(NdisOffload, lso1, 36);
LIS_WIRE_AT(NdisOffload, ipsec1, 52);
LIS_WIRE_AT(NdisOffload, lso2, 80);
LIS_WIRE_AT(NdisOffload, flags, 108);
LIS_WIRE_AT(NdisOffload, rsc4, 144);
const uint16_t kNdisOffloadBytes1 = 112;
const uint16_t kNdisOffloadBytes2 = 144;

const unsigned char kOffloadNoChange = 0;
const unsigned char kOffloadOff = 1;
// of the checksums
const unsigned char kOffloadTransmit = 2;
const unsigned char kOffloadReceive = 3;
const unsigned char kOffloadBoth = 4;
// of the others
const unsigned char kOffloadOn = 2;

// OffloadParameters. Guests send 20, 22 or 28 bytes of it.
struct NdisOffloadParameters {
    NdisObjectHeader header;
    unsigned char ip4, tcp4, udp4, tcp6, udp6;
    unsigned char lso1, ipsec1, lso2_4, lso2_6;
    unsigned char connection4, connection6;
    unsigned char pad;
    lis::Le32 flags;
    unsigned char ipsec2, ipsec2_4;
    unsigned char rsc4, rsc6;
    unsigned char encapsulated, encapsulation_types;
    unsigned char pad2[2];
};
LIS_WIRE_SIZE(NdisOffloadParameters, 28);
LIS_WIRE_AT(NdisOffloadParameters, lso2_4, 11);
LIS_WIRE_AT(NdisOffloadParameters, rsc4, 22);
const size_t kOffloadParametersLeast = 16;

// ---- receive-side scaling ----

struct NdisRssCapabilities {
    NdisObjectHeader header;
    lis::Le32 flags;
    lis::Le32 interrupt_messages;
    lis::Le32 receive_queues;
    lis::Le16 table_entries;
};
LIS_WIRE_SIZE(NdisRssCapabilities, 18);

const uint16_t kRssTableUnchanged = 4;
const uint16_t kRssKeyUnchanged = 8;
const uint16_t kRssDisable = 0x10;

const uint32_t kRssToeplitz = 0x001;
const uint32_t kRssIp4 = 0x0100;
const uint32_t kRssTcp4 = 0x0200;
const uint32_t kRssIp6 = 0x0400;
const uint32_t kRssTcp6 = 0x1000;
const uint32_t kRssUdp4 = 0x4000;
const uint32_t kRssUdp6 = 0x8000;

const uint32_t kRssTableEntries = 128;
const uint32_t kRssKeyBytes = 40;

// The table, Le32 channel numbers, and the key are where it says.
struct NdisRssParameters {
    NdisObjectHeader header;
    lis::Le16 flags;
    lis::Le16 base_cpu;
    lis::Le32 hash;
    lis::Le16 table_bytes;
    lis::Le16 pad;
    lis::Le32 table_offset;
    lis::Le16 key_bytes;
    lis::Le16 pad2;
    lis::Le32 key_offset;
    lis::Le32 processor_masks[3];
};
LIS_WIRE_SIZE(NdisRssParameters, 40);
LIS_WIRE_AT(NdisRssParameters, table_offset, 16);
LIS_WIRE_AT(NdisRssParameters, key_offset, 24);

// ---- ConfigParameter ----

const uint32_t kConfigInteger = 0;
const uint32_t kConfigString = 2;

struct NdisConfigParameter {
    lis::Le32 name_offset;
    lis::Le32 name_bytes;
    lis::Le32 type;
    lis::Le32 value_offset;
    lis::Le32 value_bytes;
};
LIS_WIRE_SIZE(NdisConfigParameter, 20);

} // namespace hyperv

#endif
