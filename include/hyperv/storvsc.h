// SPDX-License-Identifier: GPL-2.0-only
// Synthetic storage: SCSI, IDE and Fibre Channel controllers (protocol.md chapter 5).
// Every packet has one form; the guest's are completed by packets of the same form.
#ifndef HYPERV_STORVSC_H
#define HYPERV_STORVSC_H

#include <lis/le.hpp>

namespace hyperv {

// major << 8 | minor
const uint16_t kStorageVersion2_0 = 0x0200; // Windows Server 2008
const uint16_t kStorageVersion4_2 = 0x0402; // 2008 R2
const uint16_t kStorageVersion5_1 = 0x0501; // 2012
const uint16_t kStorageVersion6_0 = 0x0600; // 2012 R2
const uint16_t kStorageVersion6_2 = 0x0602; // 2016

enum class StorageOperation : uint32_t {
    CompleteIo = 1,   // of every completion
    RemoveDevice = 2, // to the guest, unasked
    ExecuteSrb = 3,
    ResetLun = 4,
    ResetAdapter = 5,
    ResetBus = 6,
    BeginInitialization = 7,
    EndInitialization = 8,
    QueryProtocolVersion = 9,
    QueryProperties = 10,
    EnumerateBus = 11, // to the guest, unasked: look for devices again
    FibreChannelData = 12,
    CreateSubChannels = 13,
    EventNotification = 14, // to the guest, unasked
};

const uint32_t kStorageCompletionRequested = 1; // StoragePacket::flags

// NTSTATUS values of completions.
const uint32_t kNtSuccess = 0;
const uint32_t kNtUnsuccessful = 0xC0000001;
const uint32_t kNtInvalidParameter = 0xC000000D;
const uint32_t kNtInvalidDeviceRequest = 0xC0000010;
const uint32_t kNtRevisionMismatch = 0xC0000059;
const uint32_t kNtDeviceDoesNotExist = 0xC00000C0;
const uint32_t kNtInvalidDeviceState = 0xC0000184;
const uint32_t kNtIoDeviceError = 0xC0000185;

// Low six bits of Srb::srb_status.
enum class SrbStatus : uint8_t {
    Pending = 0x00,
    Success = 0x01,
    Aborted = 0x02,
    AbortFailed = 0x03,
    Error = 0x04,
    Busy = 0x05,
    InvalidRequest = 0x06,
    InvalidPath = 0x07,
    NoDevice = 0x08,
    Timeout = 0x09,
    SelectionTimeout = 0x0A,
    CommandTimeout = 0x0B,
    MessageRejected = 0x0D,
    BusReset = 0x0E,
    ParityError = 0x0F,
    RequestSenseFailed = 0x10,
    NoAdapter = 0x11,
    DataOverrun = 0x12,
    BadSrbLength = 0x15,
    RequestFlushed = 0x16,
    InvalidLun = 0x20,
    InvalidTarget = 0x21,
    InternalError = 0x30,
};
const uint8_t kSrbStatusMask = 0x3F;
const uint8_t kSrbQueueFrozen = 0x40;
const uint8_t kSrbSenseValid = 0x80;

enum class SrbDirection : uint8_t {
    ToDevice = 0,
    FromDevice = 1,
    None = 2,
};

const uint32_t kSrbQueueActionEnable = 0x00000002;
const uint32_t kSrbDisableSynchTransfer = 0x00000008;
const uint32_t kSrbDisableAutosense = 0x00000020;
const uint32_t kSrbDataIn = 0x00000040;
const uint32_t kSrbDataOut = 0x00000080;
const uint32_t kSrbNoQueueFreeze = 0x00000100;

const uint32_t kSrbCdbBytes = 16;
const uint32_t kSrbSenseBytes = 20;    // from 5.1
const uint32_t kSrbOldSenseBytes = 18; // before
const uint32_t kSrbOldBytes = 36;      // before 5.1 an Srb ends where `extension` begins

struct Srb {
    lis::Le16 length; // kSrbOldBytes or sizeof(Srb)
    uint8_t srb_status;
    uint8_t scsi_status;
    uint8_t port;
    uint8_t path;
    uint8_t target;
    uint8_t lun;
    uint8_t cdb_bytes;
    uint8_t sense_bytes; // request: the guest's buffer; reply: valid ones
    uint8_t direction;   // SrbDirection
    uint8_t reserved1;
    lis::Le32 data_bytes; // request: the guest's buffer; reply: transferred
    unsigned char cdb_or_sense[20]; // request: the CDB and zeros; reply: sense data
    lis::Le16 extension;
    uint8_t queue_tag;
    uint8_t queue_action;
    lis::Le32 flags;
    lis::Le32 timeout_seconds;
    lis::Le32 queue_sort_key;
};
LIS_WIRE_SIZE(Srb, 52);
LIS_WIRE_AT(Srb, srb_status, 2);
LIS_WIRE_AT(Srb, lun, 7);
LIS_WIRE_AT(Srb, direction, 10);
LIS_WIRE_AT(Srb, data_bytes, 12);
LIS_WIRE_AT(Srb, cdb_or_sense, 16);
LIS_WIRE_AT(Srb, extension, kSrbOldBytes);
LIS_WIRE_AT(Srb, flags, 40);
LIS_WIRE_AT(Srb, queue_sort_key, 48);

const uint32_t kStorageMultiChannel = 1; // StorageProperties::flags

// Also the 24 bytes of user data with which a guest opens a channel.
struct StorageProperties {
    lis::Le32 reserved1;
    lis::Le16 max_subchannels;
    lis::Le16 reserved2;
    lis::Le32 flags;
    lis::Le32 max_transfer_bytes;
    lis::Le64 reserved3;
};
LIS_WIRE_SIZE(StorageProperties, 24);
LIS_WIRE_AT(StorageProperties, max_subchannels, 4);
LIS_WIRE_AT(StorageProperties, flags, 8);
LIS_WIRE_AT(StorageProperties, max_transfer_bytes, 12);

struct StorageVersion {
    lis::Le16 version;
    lis::Le16 revision; // 0
};
LIS_WIRE_SIZE(StorageVersion, 4);

struct FibreChannelNames {
    uint8_t primary_active; // else the secondary names count
    uint8_t reserved[3];
    unsigned char primary_port[8];
    unsigned char primary_node[8];
    unsigned char secondary_port[8];
    unsigned char secondary_node[8];
};
LIS_WIRE_SIZE(FibreChannelNames, 36);
LIS_WIRE_AT(FibreChannelNames, primary_port, 4);
LIS_WIRE_AT(FibreChannelNames, secondary_port, 20);

struct StoragePacket {
    lis::Le32 operation; // StorageOperation
    lis::Le32 flags;
    lis::Le32 status; // NTSTATUS; 0 in requests
    union {
        Srb srb;
        StorageProperties properties;
        StorageVersion version;
        FibreChannelNames names;
        lis::Le16 subchannel_count;
        unsigned char bytes[52];
    };
};
LIS_WIRE_SIZE(StoragePacket, 64);
LIS_WIRE_AT(StoragePacket, srb, 12);
const uint32_t kStorageHeaderBytes = 12;
const uint32_t kStorageOldPacketBytes = kStorageHeaderBytes + kSrbOldBytes; // before 5.1

const uint32_t kStorageOfferIde = 2; // StorageOfferData::flags

// User data of the offer of an IDE device.
struct StorageOfferData {
    lis::Le16 reserved1;
    uint8_t path;
    uint8_t target;
    lis::Le32 reserved2;
    lis::Le32 flags;
    unsigned char reserved3[12];
};
LIS_WIRE_SIZE(StorageOfferData, 24);
LIS_WIRE_AT(StorageOfferData, path, 2);
LIS_WIRE_AT(StorageOfferData, flags, 8);

} // namespace hyperv

#endif
