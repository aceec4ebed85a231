// SPDX-License-Identifier: GPL-2.0-only
// The commands of a disk that compare, repeat or give back blocks.
#include "disk_unit.hpp"

#include <algorithm>
#include <cstring>

namespace host {

using hyperv::ScsiOpcode;
using hyperv::SenseKey;

namespace {

const uint8_t kWriteSameUnmap = 0x08;
const uint8_t kWriteSameAnchor = 0x10;
const uint8_t kWriteSameNoData = 0x01; // WRITE SAME(16) only
const uint8_t kUnmapAnchor = 0x01;
const uint8_t kVerifyCompare = 0x06; // BYTCHK
const size_t kChunkBytes = 65536;

} // namespace

// Without data to compare with, the blocks have only to be there and good.
void DiskUnit::verify(ScsiCommand& command, const Extent& extent) {
    if (!check(command, extent, hyperv::kAscReadError)) return;
    const uint8_t compare = command.cdb[1] & kVerifyCompare;
    if (compare == 0 || extent.count == 0) return;
    const size_t bytes = extent.count * options_.block_bytes;
    // BYTCHK 10b is reserved; 11b compares all blocks with one, which nobody uses.
    if (compare != 0x02 || !command.gives(bytes))
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    std::vector<char> ours(kChunkBytes), theirs(kChunkBytes);
    for (size_t at = 0; at < bytes;) {
        const size_t size = std::min(bytes - at, kChunkBytes);
        command.pieces.assign(1, iovec{ours.data(), size});
        if (!backend_->read(extent.block * options_.block_bytes + at, command.pieces))
            return command.fail_at(SenseKey::MediumError, hyperv::kAscReadError, extent.block);
        command.data.read(at, theirs.data(), size);
        if (memcmp(ours.data(), theirs.data(), size) != 0)
            return command.fail(SenseKey::Miscompare, hyperv::kAscMiscompare);
        at += size;
    }
    command.transferred = bytes;
}

void DiskUnit::write_same(ScsiCommand& command, const Extent& extent) {
    const uint8_t flags = command.cdb[1];
    const bool no_data = command.opcode() == ScsiOpcode::WriteSame16 && (flags & kWriteSameNoData);
    if (read_only()) return command.fail(SenseKey::DataProtect, hyperv::kAscWriteProtected);
    if (extent.count == 0 || extent.count > kMaxWriteSameBlocks || (flags & kWriteSameAnchor))
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    if (!check(command, extent, hyperv::kAscWriteError)) return;
    if (!no_data && !command.gives(options_.block_bytes))
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    std::vector<unsigned char> block(options_.block_bytes);
    if (!no_data) {
        command.data.read(0, block.data(), block.size());
        command.transferred = block.size();
    }
    // What is unmapped reads as zeros, so blocks of anything else are written as asked.
    const bool zeros = std::all_of(block.begin(), block.end(), [](unsigned char byte) { return byte == 0; });
    const uint64_t offset = extent.block * options_.block_bytes;
    const bool done = zeros ? backend_->discard(offset, extent.count * options_.block_bytes) : fill(extent, block);
    if (!done) command.fail_at(SenseKey::MediumError, hyperv::kAscWriteError, extent.block);
}

bool DiskUnit::fill(const Extent& extent, const std::vector<unsigned char>& block) {
    std::vector<unsigned char> chunk;
    while (chunk.size() < kChunkBytes) chunk.insert(chunk.end(), block.begin(), block.end());
    const uint64_t end = (extent.block + extent.count) * options_.block_bytes;
    for (uint64_t at = extent.block * options_.block_bytes; at < end;) {
        const size_t size = static_cast<size_t>(std::min<uint64_t>(end - at, chunk.size()));
        std::vector<iovec> pieces(1, iovec{chunk.data(), size});
        if (!backend_->write(at, pieces)) return false;
        at += size;
    }
    return true;
}

// The whole list is judged before the first block is given back.
void DiskUnit::unmap(ScsiCommand& command) {
    const size_t length = command.cdb16(7);
    if (read_only()) return command.fail(SenseKey::DataProtect, hyperv::kAscWriteProtected);
    if ((command.cdb[1] & kUnmapAnchor) || (length != 0 && !command.gives(length)))
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    if (length == 0) return;
    hyperv::UnmapHeader header;
    if (length < sizeof header) return command.fail(SenseKey::IllegalRequest, hyperv::kAscParameterListLength);
    std::vector<unsigned char> list(length);
    command.data.read(0, list.data(), length);
    memcpy(&header, list.data(), sizeof header);
    const size_t bytes = header.descriptor_bytes.get();
    if (bytes > length - sizeof header || size_t{header.bytes.get()} + 2 < sizeof header + bytes)
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInParameters);
    std::vector<Extent> extents;
    for (size_t at = 0; at + sizeof(hyperv::UnmapDescriptor) <= bytes; at += sizeof(hyperv::UnmapDescriptor)) {
        hyperv::UnmapDescriptor descriptor;
        memcpy(&descriptor, &list[sizeof header + at], sizeof descriptor);
        extents.push_back(Extent{descriptor.block.get(), descriptor.count.get()});
        if (extents.size() > kMaxUnmapDescriptors || extents.back().count > kMaxUnmapBlocks)
            return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInParameters);
        if (!in_range(extents.back())) return command.fail(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange);
    }
    for (const Extent& extent : extents) {
        if (!backend_->discard(extent.block * options_.block_bytes, extent.count * options_.block_bytes))
            return command.fail_at(SenseKey::MediumError, hyperv::kAscWriteError, extent.block);
    }
    command.transferred = length;
}

} // namespace host
