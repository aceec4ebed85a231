// SPDX-License-Identifier: GPL-2.0-only
#include "pcap.hpp"

#include <algorithm>
#include <time.h>

namespace host {

namespace {

// Written in this machine's byte order, which is what the magic number is for.
struct FileHeader {
    uint32_t magic = 0xA1B23C4D; // times in nanoseconds
    uint16_t major = 2, minor = 4;
    uint32_t zone = 0, accuracy = 0;
    uint32_t snap_bytes;
    uint32_t link = 1; // Ethernet
};

struct RecordHeader {
    uint32_t seconds, nanoseconds;
    uint32_t stored, bytes;
};

const size_t kAddressBytes = 12;

} // namespace

std::unique_ptr<PcapWriter> PcapWriter::open(const std::string& path, uint32_t snap_bytes) {
    FILE* const file = fopen(path.c_str(), "wbe");
    if (!file) return nullptr;
    FileHeader header;
    header.snap_bytes = snap_bytes;
    fwrite(&header, sizeof header, 1, file);
    return std::unique_ptr<PcapWriter>(new PcapWriter(file, snap_bytes));
}

PcapWriter::~PcapWriter() { fclose(file_); }

void PcapWriter::write(const Frame& frame) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const size_t tag_bytes = frame.tagged && frame.size() >= kAddressBytes ? kTagBytes : 0;
    RecordHeader record;
    record.seconds = static_cast<uint32_t>(now.tv_sec);
    record.nanoseconds = static_cast<uint32_t>(now.tv_nsec);
    record.bytes = static_cast<uint32_t>(frame.size() + tag_bytes);
    record.stored = std::min(record.bytes, snap_bytes_);

    const std::lock_guard<std::mutex> guard(mutex_);
    recorded_++;
    fwrite(&record, sizeof record, 1, file_);
    size_t left = record.stored;
    const auto put = [this, &left](const void* data, size_t bytes) {
        bytes = std::min(bytes, left);
        fwrite(data, 1, bytes, file_);
        left -= bytes;
    };
    size_t skip = 0;
    if (tag_bytes != 0) {
        const unsigned char tag[kTagBytes] = {0x81, 0x00, static_cast<unsigned char>(frame.tag >> 8),
                                              static_cast<unsigned char>(frame.tag)};
        put(frame.head(), kAddressBytes);
        put(tag, sizeof tag);
        skip = kAddressBytes;
    }
    for (const iovec& piece : frame.pieces()) {
        put(static_cast<const char*>(piece.iov_base) + skip, piece.iov_len - skip);
        skip = 0;
    }
}

void PcapWriter::flush() {
    const std::lock_guard<std::mutex> guard(mutex_);
    fflush(file_);
}

} // namespace host
