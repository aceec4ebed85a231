// SPDX-License-Identifier: GPL-2.0-only
// What the storage drivers and their host need of SCSI (SPC-4, SBC-3, MMC-5): commands,
// statuses, sense data. Integers are big-endian.
#ifndef HYPERV_SCSI_H
#define HYPERV_SCSI_H

#include <lis/be.hpp>

namespace hyperv {

enum class ScsiOpcode : uint8_t {
    TestUnitReady = 0x00,
    RequestSense = 0x03,
    Read6 = 0x08,
    Write6 = 0x0A,
    Inquiry = 0x12,
    ModeSense6 = 0x1A,
    StartStopUnit = 0x1B,
    PreventAllowMediumRemoval = 0x1E,
    ReadCapacity10 = 0x25,
    Read10 = 0x28,
    Write10 = 0x2A,
    Verify10 = 0x2F,
    SynchronizeCache10 = 0x35,
    WriteSame10 = 0x41,
    Unmap = 0x42,
    ReadToc = 0x43,
    GetConfiguration = 0x46,
    GetEventStatus = 0x4A,
    ReadDiscInformation = 0x51,
    ModeSense10 = 0x5A,
    Read16 = 0x88,
    Write16 = 0x8A,
    Verify16 = 0x8F,
    SynchronizeCache16 = 0x91,
    WriteSame16 = 0x93,
    ServiceActionIn16 = 0x9E,
    ReportLuns = 0xA0,
    MaintenanceIn = 0xA3,
    Read12 = 0xA8,
    Write12 = 0xAA,
    Verify12 = 0xAF,
};
const uint8_t kReadCapacity16 = 0x10; // service action of ServiceActionIn16

// What the top three bits of an opcode say about the length of its CDB; 0: nothing.
inline uint8_t scsi_cdb_bytes(uint8_t opcode) {
    switch (opcode >> 5) {
    case 0: return 6;
    case 1:
    case 2: return 10;
    case 4: return 16;
    case 5: return 12;
    default: return 0;
    }
}

const uint8_t kScsiGood = 0x00;
const uint8_t kScsiCheckCondition = 0x02;
const uint8_t kScsiBusy = 0x08;

enum class SenseKey : uint8_t {
    NoSense = 0x0,
    RecoveredError = 0x1,
    NotReady = 0x2,
    MediumError = 0x3,
    HardwareError = 0x4,
    IllegalRequest = 0x5,
    UnitAttention = 0x6,
    DataProtect = 0x7,
    AbortedCommand = 0xB,
    Miscompare = 0xE,
};

// Additional sense code << 8 | qualifier.
const uint16_t kAscNone = 0x0000;
const uint16_t kAscWriteError = 0x0C00;
const uint16_t kAscReadError = 0x1100;
const uint16_t kAscParameterListLength = 0x1A00;
const uint16_t kAscMiscompare = 0x1D00;
const uint16_t kAscInvalidOpcode = 0x2000;
const uint16_t kAscLbaOutOfRange = 0x2100;
const uint16_t kAscInvalidFieldInCdb = 0x2400;
const uint16_t kAscInvalidFieldInParameters = 0x2600;
const uint16_t kAscWriteProtected = 0x2700;
const uint16_t kAscMediumMayHaveChanged = 0x2800;
const uint16_t kAscBusReset = 0x2902;
const uint16_t kAscCapacityChanged = 0x2A09;
const uint16_t kAscSavingNotSupported = 0x3900;
const uint16_t kAscNoMedium = 0x3A00;
const uint16_t kAscInquiryDataChanged = 0x3F03;
const uint16_t kAscReportedLunsChanged = 0x3F0E;
const uint16_t kAscInternalTargetFailure = 0x4400;
const uint16_t kAscRemovalPrevented = 0x5302;

const uint8_t kSenseFixed = 0x70;
const uint8_t kSenseInformationValid = 0x80; // with kSenseFixed

// Fixed format; descriptor format is not used on VMBus.
struct FixedSense {
    uint8_t response_code;
    uint8_t segment;
    uint8_t key; // SenseKey in the low four bits
    lis::Be32 information; // of a medium error: the first bad LBA
    uint8_t additional_bytes; // that follow
    lis::Be32 command_information;
    uint8_t asc;
    uint8_t ascq;
    uint8_t replaceable_unit;
    unsigned char specific[3];
};
LIS_WIRE_SIZE(FixedSense, 18);
LIS_WIRE_AT(FixedSense, information, 3);
LIS_WIRE_AT(FixedSense, asc, 12);

const uint8_t kTypeDisk = 0x00;
const uint8_t kTypeDvd = 0x05;
const uint8_t kTypeNotPresent = 0x7F; // qualifier 3, type unknown: there is no such logical unit
const uint8_t kInquiryVital = 0x01;   // byte 1 of INQUIRY: a vital product data page is wanted

struct InquiryData {
    uint8_t type;
    uint8_t removable; // bit 7
    uint8_t version;   // 5: SPC-3
    uint8_t format;    // 2
    uint8_t additional_bytes; // that follow
    uint8_t flags5;
    uint8_t flags6;
    uint8_t flags7; // bit 1: command queuing
    char vendor[8];
    char product[16];
    char revision[4];
};
LIS_WIRE_SIZE(InquiryData, 36);
LIS_WIRE_AT(InquiryData, vendor, 8);
LIS_WIRE_AT(InquiryData, revision, 32);

enum class VitalPage : uint8_t {
    Supported = 0x00,
    SerialNumber = 0x80,
    Identification = 0x83,
    BlockLimits = 0xB0,
    BlockCharacteristics = 0xB1,
    Provisioning = 0xB2,
};

struct VitalPageHeader {
    uint8_t type;
    uint8_t page;
    lis::Be16 bytes; // that follow
};
LIS_WIRE_SIZE(VitalPageHeader, 4);

struct BlockLimitsPage {
    VitalPageHeader header;
    uint8_t write_same_nonzero; // bit 0: WRITE SAME of 0 blocks is an error
    uint8_t compare_and_write_blocks;
    lis::Be16 transfer_granularity;
    lis::Be32 max_transfer;
    lis::Be32 optimal_transfer;
    lis::Be32 max_prefetch;
    lis::Be32 max_unmap_blocks;
    lis::Be32 max_unmap_descriptors;
    lis::Be32 unmap_granularity;
    lis::Be32 unmap_alignment; // bit 31: valid
    lis::Be64 max_write_same;
    unsigned char reserved[20];
};
LIS_WIRE_SIZE(BlockLimitsPage, 64);
LIS_WIRE_AT(BlockLimitsPage, max_transfer, 8);
LIS_WIRE_AT(BlockLimitsPage, max_unmap_blocks, 20);
LIS_WIRE_AT(BlockLimitsPage, max_write_same, 36);

struct BlockCharacteristicsPage {
    VitalPageHeader header;
    lis::Be16 rotation_rate; // 1: does not rotate
    unsigned char reserved[58];
};
LIS_WIRE_SIZE(BlockCharacteristicsPage, 64);

struct ProvisioningPage {
    VitalPageHeader header;
    uint8_t threshold_exponent;
    uint8_t flags;
    uint8_t type; // 2: thin
    uint8_t reserved;
};
LIS_WIRE_SIZE(ProvisioningPage, 8);
const uint8_t kProvisioningUnmap = 0x80;
const uint8_t kProvisioningWriteSame16 = 0x40;
const uint8_t kProvisioningWriteSame10 = 0x20;
const uint8_t kProvisioningReadsZeros = 0x04;

struct Capacity10 {
    lis::Be32 last_block; // 0xFFFFFFFF: ask READ CAPACITY(16)
    lis::Be32 block_bytes;
};
LIS_WIRE_SIZE(Capacity10, 8);

struct Capacity16 {
    lis::Be64 last_block;
    lis::Be32 block_bytes;
    uint8_t protection;
    uint8_t physical_exponent; // low four bits: 2^n logical blocks in a physical one
    lis::Be16 provisioning;    // bit 15: thin, bit 14: unmapped blocks read as zeros
    unsigned char reserved[16];
};
LIS_WIRE_SIZE(Capacity16, 32);
LIS_WIRE_AT(Capacity16, provisioning, 14);

struct UnmapHeader {
    lis::Be16 bytes;            // that follow this field
    lis::Be16 descriptor_bytes; // UnmapDescriptors
    unsigned char reserved[4];
};
LIS_WIRE_SIZE(UnmapHeader, 8);

struct UnmapDescriptor {
    lis::Be64 block;
    lis::Be32 count;
    unsigned char reserved[4];
};
LIS_WIRE_SIZE(UnmapDescriptor, 16);

} // namespace hyperv

#endif
