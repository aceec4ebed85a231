// SPDX-License-Identifier: GPL-2.0-only
// Where the bytes of a disk are. Data moves straight between the guest's pages and
// there. Several channels may call read(), write(), discard() and flush() at the same
// time; resize() comes alone.
#ifndef HOST_STORAGE_BACKEND_HPP
#define HOST_STORAGE_BACKEND_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/uio.h>
#include <vector>

namespace host {

class StorageBackend {
public:
    virtual ~StorageBackend() {}
    virtual uint64_t bytes() const = 0;
    virtual bool read_only() const { return false; }
    // The caller keeps all of it below bytes(). pieces are used up. False: an error of
    // the medium; how much was moved is not known then.
    virtual bool read(uint64_t offset, std::vector<iovec>& pieces) = 0;
    virtual bool write(uint64_t offset, std::vector<iovec>& pieces) = 0;
    // Reads as zeros afterwards, and takes no room where that can be had.
    virtual bool discard(uint64_t offset, uint64_t bytes) = 0;
    virtual bool flush() = 0;
    // Keeps what is there; what is new reads as zeros.
    virtual bool resize(uint64_t bytes) = 0;
};

// An existing file. Null, and *error says why: it cannot be opened. A block device works, but for resize().
std::shared_ptr<StorageBackend> open_file_backend(const std::string& path, bool read_only, std::string* error);
// Zeros at first. Null: no memory.
std::shared_ptr<StorageBackend> make_memory_backend(uint64_t bytes);

} // namespace host

#endif
