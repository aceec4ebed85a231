// SPDX-License-Identifier: GPL-2.0-only
// Ring buffers: control page, packets and their extensions (protocol.md 3.1, 3.2, 3.8).
#ifndef HYPERV_RING_H
#define HYPERV_RING_H

#include <lis/le.hpp>

namespace hyperv {

// The words are plain integers, not Le32: they are aligned and accessed atomically,
// by lis::load_once() and lis::store_once() only.
struct RingControl {
    uint32_t write_index;       // producer's; byte offset in the data
    uint32_t read_index;        // consumer's
    uint32_t interrupt_mask;    // consumer's; not 0: no signal for new data
    uint32_t pending_send_size; // producer's; not 0: signal when that much is free
    uint32_t reserved1[12];
    uint32_t feature_bits;
    unsigned char reserved2[4096 - 68];
};
LIS_WIRE_SIZE(RingControl, 4096);
LIS_WIRE_AT(RingControl, read_index, 4);
LIS_WIRE_AT(RingControl, interrupt_mask, 8);
LIS_WIRE_AT(RingControl, pending_send_size, 12);
LIS_WIRE_AT(RingControl, feature_bits, 64);

const uint32_t kRingFeaturePendingSendSize = 1; // feature_bits

enum class PacketType : uint16_t {
    InBand = 6,
    TransferPages = 7,
    GpaDirect = 9,
    Completion = 11,
};

const uint16_t kPacketCompletionRequested = 1; // PacketDescriptor::flags

// Heads every packet. Lengths are in units of 8 bytes.
struct PacketDescriptor {
    lis::Le16 type;         // PacketType
    lis::Le16 data_offset8; // start of the payload, from the start of the descriptor
    lis::Le16 length8;      // the whole packet without its trailer
    lis::Le16 flags;
    lis::Le64 transaction_id; // a completion echoes it; one with id 0 is never completed
};
LIS_WIRE_SIZE(PacketDescriptor, 16);
LIS_WIRE_AT(PacketDescriptor, data_offset8, 2);
LIS_WIRE_AT(PacketDescriptor, length8, 4);
LIS_WIRE_AT(PacketDescriptor, flags, 6);
LIS_WIRE_AT(PacketDescriptor, transaction_id, 8);

// Ends every packet; nobody is known to read it.
struct PacketTrailer {
    lis::Le32 reserved;
    lis::Le32 write_index; // where the packet began
};
LIS_WIRE_SIZE(PacketTrailer, 8);
LIS_WIRE_AT(PacketTrailer, write_index, 4);

// ---- extensions, between descriptor and payload ----

// TransferPages: range_count TransferPageRanges follow. Bytes 2 and 3 may be garbage.
struct TransferPageHeader {
    lis::Le16 set_id;
    unsigned char sender_owns_set;
    unsigned char reserved;
    lis::Le32 range_count;
};
LIS_WIRE_SIZE(TransferPageHeader, 8);
LIS_WIRE_AT(TransferPageHeader, sender_owns_set, 2);
LIS_WIRE_AT(TransferPageHeader, range_count, 4);

struct TransferPageRange {
    lis::Le32 byte_count;
    lis::Le32 byte_offset; // in the receive buffer
};
LIS_WIRE_SIZE(TransferPageRange, 8);
LIS_WIRE_AT(TransferPageRange, byte_offset, 4);

// GpaDirect: range_count (never 0) GpaRanges follow, each with its page numbers.
struct GpaDirectHeader {
    lis::Le32 reserved;
    lis::Le32 range_count;
};
LIS_WIRE_SIZE(GpaDirectHeader, 8);
LIS_WIRE_AT(GpaDirectHeader, range_count, 4);

// Le64 page numbers follow, as many as the bytes touch pages of 4096.
struct GpaRange {
    lis::Le32 byte_count;
    lis::Le32 byte_offset; // in the first page, below 4096
};
LIS_WIRE_SIZE(GpaRange, 8);
LIS_WIRE_AT(GpaRange, byte_offset, 4);

// ---- pipe framing, at the start of an in-band payload ----

const uint32_t kPipeData = 1;
const uint32_t kPipePartial = 2;

struct PipeHeader {
    lis::Le32 type;
    lis::Le32 size; // bytes that follow
};
LIS_WIRE_SIZE(PipeHeader, 8);
LIS_WIRE_AT(PipeHeader, size, 4);

} // namespace hyperv

#endif
