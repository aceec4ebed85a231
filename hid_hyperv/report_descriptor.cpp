// SPDX-License-Identifier: GPL-2.0-only
#include "report_descriptor.hpp"

#include <lis/reader.hpp>

namespace hid_hyperv_core {

using lis::Span;
using lis::Status;

namespace {

const uint32_t kLongItem = 0xFE;
// Type and tag, without the size.
const uint32_t kInput = 0x80, kOutput = 0x90, kFeature = 0xB0;
const uint32_t kReportSize = 0x74, kReportCount = 0x94, kPush = 0xA4, kPop = 0xB4;
const uint32_t kStackDepth = 4; // of Linux

struct Globals {
    uint32_t size;  // bits
    uint32_t count; // fields
};

uint32_t little_endian(Span bytes) {
    uint32_t value = 0;
    for (size_t i = bytes.size(); i > 0; i--)
        value = value << 8 | bytes.data()[i - 1];
    return value;
}

} // namespace

Status judge_report_descriptor(Span descriptor, uint32_t limit_bytes) {
    const uint64_t limit_bits = static_cast<uint64_t>(limit_bytes) * 8;
    lis::ByteReader reader(descriptor);
    Globals globals = {0, 0}, stack[kStackDepth] = {};
    uint32_t depth = 0;
    uint64_t bits = 0;
    while (reader.remaining() > 0) {
        const uint32_t prefix = LIS_TRY(reader.read<uint8_t>());
        if (prefix == kLongItem)
            return Status::BadPacket; // of no use to anybody, and no kernel takes it
        const uint32_t size = (prefix & 3) == 3 ? 4 : prefix & 3;
        if (reader.remaining() < size)
            return Status::Ok;
        const uint32_t value = little_endian(LIS_TRY(reader.take(size)));
        switch (prefix & ~3u) {
        case kReportSize:
            globals.size = value;
            break;
        case kReportCount:
            globals.count = value;
            break;
        case kPush:
            if (depth == kStackDepth)
                return Status::BadPacket;
            stack[depth++] = globals;
            break;
        case kPop:
            if (depth == 0)
                return Status::BadPacket;
            globals = stack[--depth];
            break;
        case kInput:
        case kOutput:
        case kFeature:
            // Each product is below 2^64, and the sum is judged each time.
            if (globals.size > limit_bits || globals.count > limit_bits)
                return Status::BadPacket;
            bits += static_cast<uint64_t>(globals.size) * globals.count;
            if (bits > limit_bits)
                return Status::BadPacket;
            break;
        }
    }
    return Status::Ok;
}

} // namespace hid_hyperv_core
