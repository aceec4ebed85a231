// SPDX-License-Identifier: GPL-2.0-only
// Scattered guest memory as one run of bytes: the ranges of a GPA-direct packet
// (protocol.md 3.2) or an array of page numbers, judged once and then used in place.
// Nothing is copied in between: what the pieces point at is the guest's own memory,
// which the guest may change at any time. What must be judged is copied out first.
#ifndef HOST_GPA_RANGES_HPP
#define HOST_GPA_RANGES_HPP

#include "platform.hpp"

#include <sys/uio.h>
#include <vector>

namespace host {

enum class RangeFault {
    None,
    Malformed, // counts and lengths contradict each other
    NoMemory,  // a page does not exist
};

// Keeps its allocations when it is filled anew, so one of them per channel costs
// nothing per packet. The pieces are valid as long as the guest.
class GuestBuffer {
public:
    // ---- filling; after a fault the buffer is empty ----

    void clear();
    // The extension of a GPA-direct packet: all its ranges, one behind the other.
    RangeFault assign_gpa_direct(Platform& platform, const unsigned char* extension, size_t size);
    RangeFault assign_gpa_direct(Platform& platform, const std::vector<unsigned char>& extension) {
        return assign_gpa_direct(platform, extension.data(), extension.size());
    }
    // One range: that many bytes from byte offset of the first page on. frames holds count
    // page numbers of 8 bytes, little-endian and unaligned; spare ones at the end are ignored.
    RangeFault append_range(Platform& platform, uint32_t bytes, uint32_t offset, const unsigned char* frames,
                            size_t count);
    // Whole pages, such as those of a GPADL.
    RangeFault append_frames(Platform& platform, const std::vector<uint64_t>& frames);
    // Guest-physical addresses in a row.
    RangeFault append_address(Platform& platform, uint64_t address, size_t bytes);

    // ---- using ----

    size_t size() const { return size_; }
    // Of assign_gpa_direct and append_range.
    size_t range_count() const { return ranges_; }
    // Contiguous host memory is one piece. No piece is empty.
    const std::vector<iovec>& pieces() const { return pieces_; }
    // The pieces of [offset, offset + bytes) in place of what was in `out`. False: past the end.
    bool slice(size_t offset, size_t bytes, std::vector<iovec>& out) const;

    // Copies; false, and nothing was touched: past the end.
    bool read(size_t offset, void* to, size_t bytes) const;
    bool write(size_t offset, const void* from, size_t bytes) const;
    bool fill(size_t offset, unsigned char value, size_t bytes) const;

private:
    bool append_page(Platform& platform, uint64_t frame, uint32_t offset, size_t bytes);
    template <typename F>
    bool for_each_piece(size_t offset, size_t bytes, F use) const;

    std::vector<iovec> pieces_;
    size_t size_ = 0;
    size_t ranges_ = 0;
};

} // namespace host

#endif
