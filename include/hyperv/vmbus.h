// SPDX-License-Identifier: GPL-2.0-only
// Channel messages of the VMBus control plane (protocol.md 2.2 - 2.4).
#ifndef HYPERV_VMBUS_H
#define HYPERV_VMBUS_H

#include <hyperv/ring.h>
#include <lis/le.hpp>

namespace hyperv {

using lis::Le16;
using lis::Le32;
using lis::Le64;

struct Guid {
    unsigned char bytes[16];
};
LIS_WIRE_SIZE(Guid, 16);

const uint32_t kMaxMessageBytes = 240;
const uint32_t kChannelLimit = 2048;       // relids are 1 .. 2047
const uint32_t kLegacyChannelLimit = 256;  // before 2.4 only so many are scanned
const uint32_t kPageBytes = 4096;

enum class MessageType : uint32_t {
    Invalid = 0,
    OfferChannel = 1,
    RescindChannelOffer = 2,
    RequestOffers = 3,
    AllOffersDelivered = 4,
    OpenChannel = 5,
    OpenChannelResult = 6,
    CloseChannel = 7,
    GpadlHeader = 8,
    GpadlBody = 9,
    GpadlCreated = 10,
    GpadlTeardown = 11,
    GpadlTorndown = 12,
    RelidReleased = 13,
    InitiateContact = 14,
    VersionResponse = 15,
    Unload = 16,
    UnloadResponse = 17,
    OpenReservedChannel = 18,
    CloseReservedChannel = 19,
    CloseReservedResponse = 20,
    TlConnectRequest = 21,
    ModifyChannel = 22,
    TlConnectResult = 23,
    ModifyChannelResponse = 24,
    ModifyConnection = 25,
    ModifyConnectionResponse = 26,
    Pause = 27,
    PauseResponse = 28,
    Resume = 29,
};
const uint32_t kMessageTypeLimit = 30;

const uint32_t kVersionWs2008 = 0x0000000D;
const uint32_t kVersionWin7 = 0x00010001;
const uint32_t kVersionWin8 = 0x00020004;
const uint32_t kVersionWin81 = 0x00030000;
const uint32_t kVersionWin10 = 0x00040000;
const uint32_t kVersionWin10Rs3 = 0x00040001;
const uint32_t kVersionWin10V5 = 0x00050000;
const uint32_t kVersionWin10V51 = 0x00050001;
const uint32_t kVersionWin10V52 = 0x00050002;
const uint32_t kVersionIron = 0x00050003;
const uint32_t kVersionCopper = 0x00060000;

// Version 6.0: INITIATE_CONTACT asks, VERSION_RESPONSE grants.
enum FeatureFlags : uint32_t {
    kFeatureGuestSignalParameters = 0x01,
    kFeatureInterruptRedirection = 0x02,
    kFeatureModifyConnection = 0x04,
    kFeatureClientId = 0x08,
    kFeatureConfidentialChannels = 0x10,
    kFeaturePauseResume = 0x20,
    kFeatureServerMonitorPages = 0x40,
    kFeaturePinning = 0x80,
};

struct MessageHeader {
    Le32 type;  // MessageType
    Le32 reserved;
};
LIS_WIRE_SIZE(MessageHeader, 8);

const uint16_t kOfferNamedPipe = 0x0010;
const uint16_t kOfferTlnpi = 0x2000;  // an hv_sock connection

struct OfferChannel {
    MessageHeader header;
    Guid class_id;
    Guid instance;
    unsigned char reserved[16];
    Le16 flags;
    Le16 mmio_megabytes;
    unsigned char user_data[120];
    Le16 subchannel_index;  // 0: a primary channel
    Le16 mmio_megabytes_optional;
    Le32 relid;
    unsigned char monitor_id;
    unsigned char monitor_allocated;  // bit 0
    Le16 dedicated_interrupt;         // bit 0, from version 1.1
    Le32 connection_id;               // from version 1.1
};
LIS_WIRE_SIZE(OfferChannel, 196);
LIS_WIRE_AT(OfferChannel, flags, 56);
LIS_WIRE_AT(OfferChannel, user_data, 60);
LIS_WIRE_AT(OfferChannel, subchannel_index, 180);
LIS_WIRE_AT(OfferChannel, relid, 184);
LIS_WIRE_AT(OfferChannel, monitor_id, 188);
LIS_WIRE_AT(OfferChannel, dedicated_interrupt, 190);
LIS_WIRE_AT(OfferChannel, connection_id, 192);

// RESCIND_CHANNEL_OFFER, CLOSE_CHANNEL, RELID_RELEASED, CLOSE_RESERVED_RESPONSE
struct RelidMessage {
    MessageHeader header;
    Le32 relid;
};
LIS_WIRE_SIZE(RelidMessage, 12);

const uint32_t kNoInterruptVp = 0xFFFFFFFF;
const uint32_t kOpenUserDataBytes = 120;

struct OpenChannel {
    MessageHeader header;
    Le32 relid;
    Le32 open_id;  // echoed in the result
    Le32 gpadl;
    Le32 target_vp;
    Le32 downstream_page_offset;  // of the H>G ring in the GPADL, in pages
    unsigned char user_data[kOpenUserDataBytes];
};
LIS_WIRE_SIZE(OpenChannel, 148);
LIS_WIRE_AT(OpenChannel, target_vp, 20);
LIS_WIRE_AT(OpenChannel, user_data, 28);

struct OpenChannelResult {
    MessageHeader header;
    Le32 relid;
    Le32 open_id;
    Le32 status;  // 0: open
};
LIS_WIRE_SIZE(OpenChannelResult, 20);

struct GpadlHeader {
    MessageHeader header;
    Le32 relid;
    Le32 gpadl;
    Le16 range_bytes;  // of all ranges, over all messages
    Le16 range_count;
    // GpaRange and page numbers follow
};
LIS_WIRE_SIZE(GpadlHeader, 20);
LIS_WIRE_AT(GpadlHeader, range_bytes, 16);

struct GpadlBody {
    MessageHeader header;
    Le32 reserved;
    Le32 gpadl;
    // page numbers follow
};
LIS_WIRE_SIZE(GpadlBody, 16);

const uint32_t kGpadlHeaderFrames = (kMaxMessageBytes - sizeof(GpadlHeader) - sizeof(GpaRange)) / 8;
const uint32_t kGpadlBodyFrames = (kMaxMessageBytes - sizeof(GpadlBody)) / 8;
const uint32_t kGpadlPageLimit = (0xFFFF - sizeof(GpaRange)) / 8;
static_assert(kGpadlHeaderFrames == 26 && kGpadlBodyFrames == 28 && kGpadlPageLimit == 8190,
              "protocol.md 2.4.7");

struct GpadlCreated {
    MessageHeader header;
    Le32 relid;
    Le32 gpadl;
    Le32 status;  // 0: created
};
LIS_WIRE_SIZE(GpadlCreated, 20);

struct GpadlTeardown {
    MessageHeader header;
    Le32 relid;
    Le32 gpadl;
};
LIS_WIRE_SIZE(GpadlTeardown, 16);

struct GpadlTorndown {
    MessageHeader header;
    Le32 gpadl;
};
LIS_WIRE_SIZE(GpadlTorndown, 12);

struct InitiateContact {
    MessageHeader header;
    Le32 version;
    Le32 target_vp;
    Le64 target;  // below 5.0 interrupt page GPA; from 5.0 SINT, VTL, features
    Le64 parent_to_child_monitor;
    Le64 child_to_parent_monitor;
};
LIS_WIRE_SIZE(InitiateContact, 40);
LIS_WIRE_AT(InitiateContact, target, 16);

// The structure ends after connection_state for QEMU's host, which pads to 16 bytes.
struct VersionResponse {
    MessageHeader header;
    unsigned char supported;
    unsigned char connection_state;
    Le16 reserved;
    Le32 message_connection_id;  // from 5.0; before that the selected version, not to be trusted
    Le32 features;               // from 6.0
    Le32 reserved2;
    Le64 parent_to_child_monitor;
    Le64 child_to_parent_monitor;
};
LIS_WIRE_SIZE(VersionResponse, 40);
LIS_WIRE_AT(VersionResponse, message_connection_id, 12);
LIS_WIRE_AT(VersionResponse, features, 16);
const uint32_t kVersionResponseMinBytes = 10;

struct TlConnectRequest {
    MessageHeader header;
    Guid endpoint;
    Guid service;
    Guid silo;  // from 5.2
};
LIS_WIRE_SIZE(TlConnectRequest, 56);
const uint32_t kTlConnectRequestOldBytes = 40;

struct TlConnectResult {
    MessageHeader header;
    Guid endpoint;
    Guid service;
    Le32 status;
};
LIS_WIRE_SIZE(TlConnectResult, 44);

struct ModifyChannel {
    MessageHeader header;
    Le32 relid;
    Le32 target_vp;
};
LIS_WIRE_SIZE(ModifyChannel, 16);

struct ModifyChannelResponse {
    MessageHeader header;
    Le32 relid;
    Le32 status;
};
LIS_WIRE_SIZE(ModifyChannelResponse, 16);

struct ModifyConnectionResponse {
    MessageHeader header;
    unsigned char state;
};
LIS_WIRE_SIZE(ModifyConnectionResponse, 9);

}  // namespace hyperv

#endif
