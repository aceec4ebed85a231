// SPDX-License-Identifier: GPL-2.0-only
#include "shared_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace host {

bool SharedBuffer::attach(Platform& platform, const std::vector<uint64_t>& frames) {
    detach();
    pages_.reserve(frames.size());
    for (const uint64_t frame : frames) {
        char* const page = static_cast<char*>(platform.page(frame));
        if (!page) {
            detach();
            return false;
        }
        pages_.push_back(page);
    }
    return true;
}

void SharedBuffer::write(size_t offset, const void* from, size_t bytes) {
    const char* at = static_cast<const char*>(from);
    while (bytes > 0) {
        const size_t length = std::min(bytes, kPage - offset % kPage);
        memcpy(pages_[offset / kPage] + offset % kPage, at, length);
        at += length;
        offset += length;
        bytes -= length;
    }
}

void SharedBuffer::append_pieces(size_t offset, size_t bytes, std::vector<iovec>& to) const {
    while (bytes > 0) {
        const size_t length = std::min(bytes, kPage - offset % kPage);
        to.push_back(iovec{pages_[offset / kPage] + offset % kPage, length});
        offset += length;
        bytes -= length;
    }
}

} // namespace host
