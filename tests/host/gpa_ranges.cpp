// SPDX-License-Identifier: GPL-2.0-only
#include "gpa_ranges.hpp"

#include "pieces.hpp"

#include <algorithm>
#include <cstring>

#include <hyperv/ring.h>

namespace host {

namespace {

const uint32_t kPageBytes = 4096;
const size_t kFrameBytes = 8;
const uint64_t kFrameLimit = uint64_t{1} << 52; // beyond, an address would not fit into 64 bits

uint64_t frame_at(const unsigned char* frames, size_t index) {
    uint64_t frame = 0;
    memcpy(&frame, frames + index * kFrameBytes, sizeof frame);
    return frame;
}

} // namespace

void GuestBuffer::clear() {
    pieces_.clear();
    size_ = 0;
    ranges_ = 0;
}

RangeFault GuestBuffer::assign_gpa_direct(Platform& platform, const unsigned char* extension, size_t size) {
    clear();
    hyperv::GpaDirectHeader header;
    if (size < sizeof header) return RangeFault::Malformed;
    memcpy(&header, extension, sizeof header);
    uint32_t left = header.range_count.get();
    if (left == 0) return RangeFault::Malformed;
    for (size_t at = sizeof header; left > 0; left--) {
        hyperv::GpaRange range;
        if (size - at < sizeof range) {
            clear();
            return RangeFault::Malformed;
        }
        memcpy(&range, extension + at, sizeof range);
        at += sizeof range;
        const uint32_t bytes = range.byte_count.get();
        const uint32_t offset = range.byte_offset.get();
        const RangeFault fault = append_range(platform, bytes, offset, extension + at, (size - at) / kFrameBytes);
        if (fault != RangeFault::None) return fault;
        at += (uint64_t{offset} + bytes + kPageBytes - 1) / kPageBytes * kFrameBytes;
    }
    return RangeFault::None;
}

RangeFault GuestBuffer::append_range(Platform& platform, uint32_t bytes, uint32_t offset, const unsigned char* frames,
                                     size_t count) {
    const uint64_t pages = (uint64_t{offset} + bytes + kPageBytes - 1) / kPageBytes;
    if (bytes == 0 || offset >= kPageBytes || pages > count) {
        clear();
        return RangeFault::Malformed;
    }
    ranges_++;
    uint32_t left = bytes;
    for (size_t i = 0; i < pages; i++) {
        const uint32_t piece = std::min(left, kPageBytes - offset);
        if (!append_page(platform, frame_at(frames, i), offset, piece)) return RangeFault::NoMemory;
        left -= piece;
        offset = 0;
    }
    return RangeFault::None;
}

RangeFault GuestBuffer::append_frames(Platform& platform, const std::vector<uint64_t>& frames) {
    for (const uint64_t frame : frames) {
        if (!append_page(platform, frame, 0, kPageBytes)) return RangeFault::NoMemory;
    }
    return RangeFault::None;
}

RangeFault GuestBuffer::append_address(Platform& platform, uint64_t address, size_t bytes) {
    while (bytes > 0) {
        const uint32_t offset = static_cast<uint32_t>(address % kPageBytes);
        const size_t piece = std::min<size_t>(bytes, kPageBytes - offset);
        if (!append_page(platform, address / kPageBytes, offset, piece)) return RangeFault::NoMemory;
        address += piece;
        bytes -= piece;
    }
    return RangeFault::None;
}

bool GuestBuffer::append_page(Platform& platform, uint64_t frame, uint32_t offset, size_t bytes) {
    char* const page = frame < kFrameLimit ? static_cast<char*>(platform.page(frame)) : nullptr;
    if (!page) {
        clear();
        return false;
    }
    char* const start = page + offset;
    size_ += bytes;
    if (!pieces_.empty()) {
        iovec& last = pieces_.back();
        if (static_cast<char*>(last.iov_base) + last.iov_len == start) {
            last.iov_len += bytes;
            return true;
        }
    }
    pieces_.push_back(iovec{start, bytes});
    return true;
}

template <typename F>
bool GuestBuffer::for_each_piece(size_t offset, size_t bytes, F use) const {
    if (offset > size_ || bytes > size_ - offset) return false;
    return host::for_each_piece(pieces_, offset, bytes, use) == bytes;
}

bool GuestBuffer::slice(size_t offset, size_t bytes, std::vector<iovec>& out) const {
    out.clear();
    return for_each_piece(offset, bytes, [&out](char* at, size_t, size_t length) { out.push_back(iovec{at, length}); });
}

bool GuestBuffer::read(size_t offset, void* to, size_t bytes) const {
    return for_each_piece(offset, bytes, [to](const char* at, size_t done, size_t length) {
        memcpy(static_cast<char*>(to) + done, at, length);
    });
}

bool GuestBuffer::write(size_t offset, const void* from, size_t bytes) const {
    return for_each_piece(offset, bytes, [from](char* at, size_t done, size_t length) {
        memcpy(at, static_cast<const char*>(from) + done, length);
    });
}

bool GuestBuffer::fill(size_t offset, unsigned char value, size_t bytes) const {
    return for_each_piece(offset, bytes, [value](char* at, size_t, size_t length) { memset(at, value, length); });
}

} // namespace host
