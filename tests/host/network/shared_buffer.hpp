// SPDX-License-Identifier: GPL-2.0-only
// A run of guest pages that the guest has lent under a GPADL: any place in it is found at once.
#ifndef HOST_NETWORK_SHARED_BUFFER_HPP
#define HOST_NETWORK_SHARED_BUFFER_HPP

#include <host/platform.hpp>

#include <sys/uio.h>
#include <vector>

namespace host {

class SharedBuffer {
public:
    // False: a page does not exist; the buffer is empty then.
    bool attach(Platform& platform, const std::vector<uint64_t>& frames);
    void detach() { pages_.clear(); }
    bool attached() const { return !pages_.empty(); }
    size_t size() const { return pages_.size() * kPage; }

    // [offset, offset + bytes) is within size() in all of these.
    void write(size_t offset, const void* from, size_t bytes);
    void append_pieces(size_t offset, size_t bytes, std::vector<iovec>& to) const;

private:
    static constexpr size_t kPage = 4096;
    std::vector<char*> pages_;
};

} // namespace host

#endif
