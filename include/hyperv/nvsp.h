// SPDX-License-Identifier: GPL-2.0-only
// NVSP, the control protocol of the synthetic network adapter (protocol.md 6.1, 6.2).
// Every message begins with its type. A guest may send more bytes than the message
// has; what a host sends is padded to kNvspMessageBytes, or to the size of 6.1.
#ifndef HYPERV_NVSP_H
#define HYPERV_NVSP_H

#include <lis/le.hpp>

namespace hyperv {

const uint32_t kNvspVersion1 = 0x00000002;
const uint32_t kNvspVersion2 = 0x00030002;
const uint32_t kNvspVersion4 = 0x00040000;
const uint32_t kNvspVersion5 = 0x00050000;
const uint32_t kNvspVersion6 = 0x00060000;
const uint32_t kNvspVersion61 = 0x00060001;

const uint32_t kNvspMessageBytes = 28;
const uint32_t kNvspMessageBytes61 = 40;

enum class NvspType : uint32_t {
    Init = 1,
    InitComplete = 2,
    SendNdisVersion = 100,
    SendReceiveBuffer = 101,
    SendReceiveBufferComplete = 102,
    RevokeReceiveBuffer = 103,
    SendSendBuffer = 104,
    SendSendBufferComplete = 105,
    RevokeSendBuffer = 106,
    SendRndisPacket = 107,
    SendRndisPacketComplete = 108,
    SendNdisConfig = 125,
    SendVfAssociation = 128,
    SwitchDataPath = 129,
    UplinkConnectState = 130,
    OidQueryEx = 131,
    OidQueryExComplete = 132,
    SubChannel = 133, // the answer has the same type
    SendIndirectionTable = 134,
    PacketDirect = 135,
    PacketDirectBatch = 136,
};

enum class NvspStatus : uint32_t {
    None = 0,
    Success = 1,
    Fail = 2,
    TooNew = 3,
    TooOld = 4,
    InvalidRndisPacket = 5,
    Busy = 6,
    Unsupported = 7,
};

struct NvspHeader {
    lis::Le32 type; // NvspType
};
LIS_WIRE_SIZE(NvspHeader, 4);

struct NvspInit {
    NvspHeader header;
    lis::Le32 min_version;
    lis::Le32 max_version;
};
LIS_WIRE_SIZE(NvspInit, 12);

struct NvspInitComplete {
    NvspHeader header;
    lis::Le32 version; // no longer meant to be read: the guest's own is in force
    lis::Le32 max_mdl_chain;
    lis::Le32 status; // NvspStatus
};
LIS_WIRE_SIZE(NvspInitComplete, 16);
LIS_WIRE_AT(NvspInitComplete, status, 12);

struct NvspNdisVersion {
    NvspHeader header;
    lis::Le32 major;
    lis::Le32 minor;
};
LIS_WIRE_SIZE(NvspNdisVersion, 12);

// SendReceiveBuffer and SendSendBuffer.
struct NvspBuffer {
    NvspHeader header;
    lis::Le32 gpadl;
    lis::Le16 id;
    lis::Le16 reserved;
};
LIS_WIRE_SIZE(NvspBuffer, 12);
LIS_WIRE_AT(NvspBuffer, id, 8);

const uint16_t kNvspReceiveBufferId = 0xCAFE;
const uint16_t kNvspSendBufferId = 0;

struct NvspReceiveSection {
    lis::Le32 offset;
    lis::Le32 section_bytes;
    lis::Le32 count;
    lis::Le32 end_offset;
};
LIS_WIRE_SIZE(NvspReceiveSection, 16);

// section_count NvspReceiveSections follow; guests insist on one.
struct NvspReceiveBufferComplete {
    NvspHeader header;
    lis::Le32 status;
    lis::Le32 section_count;
};
LIS_WIRE_SIZE(NvspReceiveBufferComplete, 12);

struct NvspSendBufferComplete {
    NvspHeader header;
    lis::Le32 status;
    lis::Le32 section_bytes;
};
LIS_WIRE_SIZE(NvspSendBufferComplete, 12);

// RevokeReceiveBuffer and RevokeSendBuffer.
struct NvspRevoke {
    NvspHeader header;
    lis::Le16 id;
    lis::Le16 reserved;
};
LIS_WIRE_SIZE(NvspRevoke, 8);

const uint32_t kNvspChannelData = 0;
const uint32_t kNvspChannelControl = 1;
const uint32_t kNvspNoSection = 0xFFFFFFFF;

struct NvspRndisPacket {
    NvspHeader header;
    lis::Le32 channel_type;
    lis::Le32 section_index; // of the send buffer, or kNvspNoSection
    lis::Le32 section_bytes; // used in it
};
LIS_WIRE_SIZE(NvspRndisPacket, 16);
LIS_WIRE_AT(NvspRndisPacket, section_index, 8);

struct NvspRndisPacketComplete {
    NvspHeader header;
    lis::Le32 status;
};
LIS_WIRE_SIZE(NvspRndisPacketComplete, 8);

enum NvspCapabilities : uint64_t {
    kNvspVmq = 0x01,
    kNvspChimney = 0x02,
    kNvspSriov = 0x04,
    kNvspVlan = 0x08,
    kNvspCorrelation = 0x10,
    kNvspTeaming = 0x20,
    kNvspVirtualSubnet = 0x40,
    kNvspRsc = 0x80,
};

struct NvspNdisConfig {
    NvspHeader header;
    lis::Le32 mtu; // with the Ethernet header
    lis::Le32 reserved;
    lis::Le64 capabilities;
};
LIS_WIRE_SIZE(NvspNdisConfig, 20);
LIS_WIRE_AT(NvspNdisConfig, capabilities, 12);

struct NvspVfAssociation {
    NvspHeader header;
    lis::Le32 allocated;
    lis::Le32 serial; // as the VF's PCI device has it
};
LIS_WIRE_SIZE(NvspVfAssociation, 12);

const uint32_t kNvspPathSynthetic = 0;
const uint32_t kNvspPathVf = 1;

// Its completion is empty.
struct NvspSwitchDataPath {
    NvspHeader header;
    lis::Le32 path;
};
LIS_WIRE_SIZE(NvspSwitchDataPath, 8);

// The input of OidQueryEx follows, and the answer behind OidQueryExComplete.
struct NvspOidQuery {
    NvspHeader header;
    unsigned char object[4];
    lis::Le32 oid;
};
LIS_WIRE_SIZE(NvspOidQuery, 12);

struct NvspOidQueryComplete {
    NvspHeader header;
    lis::Le32 status; // of RNDIS
    lis::Le32 bytes;
};
LIS_WIRE_SIZE(NvspOidQueryComplete, 12);

const uint32_t kNvspAllocateSubChannels = 1;

struct NvspSubChannelRequest {
    NvspHeader header;
    lis::Le32 operation;
    lis::Le32 count;
};
LIS_WIRE_SIZE(NvspSubChannelRequest, 12);

struct NvspSubChannelAnswer {
    NvspHeader header;
    lis::Le32 status;
    lis::Le32 count; // granted
};
LIS_WIRE_SIZE(NvspSubChannelAnswer, 12);

const uint32_t kNvspIndirectionEntries = 16;

// The table of channel numbers, Le32 each, is at `offset` of the message.
struct NvspIndirectionTable {
    NvspHeader header;
    lis::Le32 count; // kNvspIndirectionEntries
    lis::Le32 offset;
};
LIS_WIRE_SIZE(NvspIndirectionTable, 12);

} // namespace hyperv

#endif
