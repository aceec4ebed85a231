// SPDX-License-Identifier: GPL-2.0-only
// Walks bytes that lie in pieces of memory.
#ifndef HOST_PIECES_HPP
#define HOST_PIECES_HPP

#include <sys/uio.h>

#include <algorithm>
#include <vector>

namespace host {

// Calls use(where, bytes before it, its bytes) for each part of the bytes at offset, in order. Returns how many bytes
// there were: less than wanted when the pieces end.
template <typename F>
size_t for_each_piece(const std::vector<iovec>& pieces, size_t offset, size_t bytes, F use) {
    size_t done = 0;
    for (const iovec& piece : pieces) {
        if (done == bytes) break;
        if (offset >= piece.iov_len) {
            offset -= piece.iov_len;
            continue;
        }
        const size_t length = std::min(bytes - done, piece.iov_len - offset);
        use(static_cast<char*>(piece.iov_base) + offset, done, length);
        done += length;
        offset = 0;
    }
    return done;
}

} // namespace host

#endif
