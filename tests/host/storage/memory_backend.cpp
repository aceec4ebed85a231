// SPDX-License-Identifier: GPL-2.0-only
#include "backend.hpp"

#include <cstring>

#include <sys/mman.h>

namespace host {

namespace {

const uint64_t kPageBytes = 4096;

// Pages that were never written, or were discarded, take no room.
class MemoryBackend : public StorageBackend {
public:
    MemoryBackend(char* base, uint64_t bytes) : base_(base), bytes_(bytes) {}
    ~MemoryBackend() override { munmap(base_, bytes_); }
    MemoryBackend(const MemoryBackend&) = delete;
    MemoryBackend& operator=(const MemoryBackend&) = delete;

    uint64_t bytes() const override { return bytes_; }
    bool read(uint64_t offset, std::vector<iovec>& pieces) override;
    bool write(uint64_t offset, std::vector<iovec>& pieces) override;
    bool discard(uint64_t offset, uint64_t bytes) override;
    bool flush() override { return true; }
    bool resize(uint64_t bytes) override;

private:
    char* base_;
    uint64_t bytes_;
};

bool MemoryBackend::read(uint64_t offset, std::vector<iovec>& pieces) {
    for (const iovec& piece : pieces) {
        memcpy(piece.iov_base, base_ + offset, piece.iov_len);
        offset += piece.iov_len;
    }
    return true;
}

bool MemoryBackend::write(uint64_t offset, std::vector<iovec>& pieces) {
    for (const iovec& piece : pieces) {
        memcpy(base_ + offset, piece.iov_base, piece.iov_len);
        offset += piece.iov_len;
    }
    return true;
}

bool MemoryBackend::discard(uint64_t offset, uint64_t bytes) {
    const uint64_t first = (offset + kPageBytes - 1) / kPageBytes * kPageBytes;
    const uint64_t end = (offset + bytes) / kPageBytes * kPageBytes;
    if (first >= end) {
        memset(base_ + offset, 0, bytes);
        return true;
    }
    memset(base_ + offset, 0, first - offset);
    memset(base_ + end, 0, offset + bytes - end);
    return madvise(base_ + first, end - first, MADV_DONTNEED) == 0;
}

bool MemoryBackend::resize(uint64_t bytes) {
    if (bytes == 0) return false;
    // The tail of the last page would come back when the disk grows again.
    if (bytes < bytes_ && bytes % kPageBytes != 0) memset(base_ + bytes, 0, kPageBytes - bytes % kPageBytes);
    void* const moved = mremap(base_, bytes_, bytes, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return false;
    base_ = static_cast<char*>(moved);
    bytes_ = bytes;
    return true;
}

} // namespace

std::shared_ptr<StorageBackend> make_memory_backend(uint64_t bytes) {
    if (bytes == 0) return nullptr;
    void* const base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return nullptr;
    return std::make_shared<MemoryBackend>(static_cast<char*>(base), bytes);
}

} // namespace host
