// SPDX-License-Identifier: GPL-2.0-only
// Dynamic memory: balloon and hot add (protocol.md 7.1, 7.2). In-band packets,
// messages of at most 4096 bytes.
#ifndef HYPERV_DYNAMIC_MEMORY_H
#define HYPERV_DYNAMIC_MEMORY_H

#include <lis/le.hpp>

namespace hyperv {

const uint32_t kDmMessageBytes = 4096;

const uint32_t kDmVersion2_0 = 0x00020000; // Windows 10, 2016
const uint32_t kDmVersion1_0 = 0x00010000; // Windows 8, 2012
const uint32_t kDmVersion0_3 = 0x00000003; // Windows 7, 2008 R2 SP1

enum class DmType : uint16_t {
    Error = 0,
    VersionRequest = 1,       // to the host
    VersionResponse = 2,
    Capabilities = 3,         // to the host
    CapabilitiesResponse = 4,
    Status = 5,               // to the host
    BalloonRequest = 6,
    BalloonResponse = 7,      // to the host
    UnballoonRequest = 8,
    UnballoonResponse = 9,    // to the host
    HotAddRequest = 10,
    HotAddResponse = 11,      // to the host
    Info = 12,
    HotRemoveRequest = 13,
    HotRemoveResponse = 14,   // to the host
};

struct DmHeader {
    lis::Le16 type;           // DmType
    lis::Le16 size;           // of the whole message
    lis::Le32 transaction_id; // each side counts for itself; a reply need not echo
};
LIS_WIRE_SIZE(DmHeader, 8);
LIS_WIRE_AT(DmHeader, size, 2);
LIS_WIRE_AT(DmHeader, transaction_id, 4);

struct DmVersionRequest {
    DmHeader header;
    lis::Le32 version;
    lis::Le32 last_attempt; // bit 0
};
LIS_WIRE_SIZE(DmVersionRequest, 16);
LIS_WIRE_AT(DmVersionRequest, version, 8);
LIS_WIRE_AT(DmVersionRequest, last_attempt, 12);

// Also CapabilitiesResponse.
struct DmAnswer {
    DmHeader header;
    lis::Le64 flags; // kDmAccepted and, of capabilities, the other two
};
LIS_WIRE_SIZE(DmAnswer, 16);
LIS_WIRE_AT(DmAnswer, flags, 8);

const uint64_t kDmAccepted = 1;
const uint64_t kDmAllowsHotRemove = 2;
const uint64_t kDmWantsNoStatus = 4;

struct DmCapabilities {
    DmHeader header;
    lis::Le64 flags;
    lis::Le64 min_pages;
    lis::Le64 max_page; // the highest page number that may be hot-added
};
LIS_WIRE_SIZE(DmCapabilities, 32);
LIS_WIRE_AT(DmCapabilities, flags, 8);
LIS_WIRE_AT(DmCapabilities, min_pages, 16);
LIS_WIRE_AT(DmCapabilities, max_page, 24);

const uint64_t kDmCanBalloon = 1;
const uint64_t kDmCanHotAdd = 2;
const uint32_t kDmAlignmentShift = 2; // bits 5:2: hot-added memory begins at a multiple of 2^n MiB
const uint64_t kDmAlignmentMask = 0xF;

// Counts of 4 KiB pages. Only `committed` moves hosts.
struct DmStatus {
    DmHeader header;
    lis::Le64 available;
    lis::Le64 committed;
    lis::Le64 page_file;
    lis::Le64 free;
    lis::Le32 page_file_writes;
    lis::Le32 io_difference;
};
LIS_WIRE_SIZE(DmStatus, 48);
LIS_WIRE_AT(DmStatus, available, 8);
LIS_WIRE_AT(DmStatus, committed, 16);
LIS_WIRE_AT(DmStatus, page_file, 24);
LIS_WIRE_AT(DmStatus, free, 32);
LIS_WIRE_AT(DmStatus, page_file_writes, 40);
LIS_WIRE_AT(DmStatus, io_difference, 44);

struct DmBalloonRequest {
    DmHeader header;
    lis::Le32 pages;
    lis::Le32 reserved;
};
LIS_WIRE_SIZE(DmBalloonRequest, 16);
LIS_WIRE_AT(DmBalloonRequest, pages, 8);

// Ranges follow. No ranges and no more messages: the guest has nothing to give.
struct DmBalloonResponse {
    DmHeader header;
    lis::Le32 reserved;
    lis::Le32 more_and_count; // bit 0: more messages follow; 31:1: ranges
};
LIS_WIRE_SIZE(DmBalloonResponse, 16);
LIS_WIRE_AT(DmBalloonResponse, more_and_count, 12);

// Ranges follow.
struct DmUnballoonRequest {
    DmHeader header;
    lis::Le32 more; // bit 0: more messages follow, and only the last is answered
    lis::Le32 range_count;
};
LIS_WIRE_SIZE(DmUnballoonRequest, 16);
LIS_WIRE_AT(DmUnballoonRequest, more, 8);
LIS_WIRE_AT(DmUnballoonRequest, range_count, 12);

const uint32_t kDmMore = 1;

struct DmUnballoonResponse {
    DmHeader header;
};
LIS_WIRE_SIZE(DmUnballoonResponse, 8);

// Bits 39:0: first page number, 63:40: pages.
struct DmRange {
    lis::Le64 pages;
};
LIS_WIRE_SIZE(DmRange, 8);

const uint64_t kDmRangeFirstMask = (uint64_t(1) << 40) - 1;
const uint32_t kDmRangeCountShift = 40;

struct DmHotAddRequest {
    DmHeader header;
    DmRange range;
    // A region may follow: another DmRange, within which more will be added later.
};
LIS_WIRE_SIZE(DmHotAddRequest, 16);
LIS_WIRE_AT(DmHotAddRequest, range, 8);

// result 1, pages > 0: added. 1, 0: never ask again. 0, 0: ask later.
struct DmHotAddResponse {
    DmHeader header;
    lis::Le32 pages;
    lis::Le32 result;
};
LIS_WIRE_SIZE(DmHotAddResponse, 16);
LIS_WIRE_AT(DmHotAddResponse, pages, 8);
LIS_WIRE_AT(DmHotAddResponse, result, 12);

// Entries of {type, size, data} follow.
struct DmInfo {
    DmHeader header;
    lis::Le32 reserved;
    lis::Le32 info_bytes;
};
LIS_WIRE_SIZE(DmInfo, 16);
LIS_WIRE_AT(DmInfo, info_bytes, 12);

} // namespace hyperv

#endif
