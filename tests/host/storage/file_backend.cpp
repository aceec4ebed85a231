// SPDX-License-Identifier: GPL-2.0-only
#include "backend.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace host {

namespace {

const size_t kZeroBytes = 65536;

class FileBackend : public StorageBackend {
public:
    FileBackend(int fd, uint64_t bytes, bool read_only) : fd_(fd), bytes_(bytes), read_only_(read_only) {}
    ~FileBackend() override { close(fd_); }
    FileBackend(const FileBackend&) = delete;
    FileBackend& operator=(const FileBackend&) = delete;

    uint64_t bytes() const override { return bytes_; }
    bool read_only() const override { return read_only_; }
    bool read(uint64_t offset, std::vector<iovec>& pieces) override { return transfer(preadv, offset, pieces); }
    bool write(uint64_t offset, std::vector<iovec>& pieces) override { return transfer(pwritev, offset, pieces); }
    bool discard(uint64_t offset, uint64_t bytes) override;
    bool flush() override { return read_only_ || fdatasync(fd_) == 0; }
    bool resize(uint64_t bytes) override;

private:
    template <typename F>
    bool transfer(F call, uint64_t offset, std::vector<iovec>& pieces);

    int fd_;
    uint64_t bytes_;
    bool read_only_;
};

template <typename F>
bool FileBackend::transfer(F call, uint64_t offset, std::vector<iovec>& pieces) {
    for (size_t first = 0; first < pieces.size();) {
        const int count = static_cast<int>(std::min<size_t>(pieces.size() - first, IOV_MAX));
        const ssize_t moved = call(fd_, &pieces[first], count, static_cast<off_t>(offset));
        if (moved < 0 && errno == EINTR) continue;
        if (moved <= 0) return false; // 0: somebody made the file shorter
        offset += static_cast<uint64_t>(moved);
        size_t left = static_cast<size_t>(moved);
        while (first < pieces.size() && left >= pieces[first].iov_len) left -= pieces[first++].iov_len;
        if (left == 0) continue;
        pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + left;
        pieces[first].iov_len -= left;
    }
    return true;
}

bool FileBackend::discard(uint64_t offset, uint64_t bytes) {
    if (bytes == 0) return true;
    if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                  static_cast<off_t>(bytes)) == 0)
        return true;
    if (errno != EOPNOTSUPP) return false;
    static const char zeros[kZeroBytes] = {};
    while (bytes > 0) {
        const size_t size = static_cast<size_t>(std::min<uint64_t>(bytes, sizeof zeros));
        const ssize_t written = pwrite(fd_, zeros, size, static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        offset += static_cast<uint64_t>(written);
        bytes -= static_cast<uint64_t>(written);
    }
    return true;
}

bool FileBackend::resize(uint64_t bytes) {
    if (read_only_ || ftruncate(fd_, static_cast<off_t>(bytes)) != 0) return false;
    bytes_ = bytes;
    return true;
}

} // namespace

std::shared_ptr<StorageBackend> open_file_backend(const std::string& path, bool read_only, std::string* error) {
    const int fd = open(path.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    // The end rather than st_size: a block device has no size of that kind.
    const off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (end < 0) {
        *error = path + ": " + strerror(errno);
        if (fd >= 0) close(fd);
        return nullptr;
    }
    return std::make_shared<FileBackend>(fd, static_cast<uint64_t>(end), read_only);
}

} // namespace host
