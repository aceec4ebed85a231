// SPDX-License-Identifier: GPL-2.0-only
// One Ethernet frame on its way between guest and back-end. Its beginning is a private
// copy, so that what is judged there stays as it was; the rest is used where it lies,
// in guest memory too, which the guest may change at any time.
#ifndef HOST_NETWORK_FRAME_HPP
#define HOST_NETWORK_FRAME_HPP

#include <cstddef>
#include <cstdint>
#include <sys/uio.h>
#include <vector>

namespace host {

const size_t kEthernetBytes = 14;
const size_t kTagBytes = 4;
const size_t kLargestFrame = 0x10000 + kEthernetBytes + kTagBytes; // with segmentation

enum class Segmentation { None, Tcp4, Tcp6 };

class Frame {
public:
    static constexpr size_t kHeadLimit = 192; // all headers of a frame that is segmented

    Frame() = default;
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    // Takes the bytes [offset, offset + bytes) of these pieces; they must be there. Nothing is left to do for it.
    void assign(const std::vector<iovec>& pieces, size_t offset, size_t bytes);
    void assign(const void* data, size_t bytes);
    // The headers of another frame, and a part of what follows them there.
    void assign_part(const Frame& other, size_t header_bytes, size_t offset, size_t bytes);

    unsigned char* head() { return head_; }
    const unsigned char* head() const { return head_; }
    size_t head_bytes() const { return pieces_[0].iov_len; }
    // The whole frame; the first piece is the head.
    const std::vector<iovec>& pieces() const { return pieces_; }
    size_t size() const { return size_; }
    // Copies out; what lies past the end is not touched.
    void copy(size_t offset, void* to, size_t bytes) const;

    // An 802.1Q tag from `tag` into the bytes, and the other way round.
    void insert_tag();
    void extract_tag();

    // ---- what is not in the bytes ----

    bool tagged = false;
    uint16_t tag = 0;
    // The checksum field holds the sum of the pseudo-header only.
    bool partial_checksum = false;
    size_t checksum_start = 0;
    size_t checksum_at = 0;
    bool checksum_good = false; // its TCP or UDP checksum, or none is needed
    // To be cut into TCP segments; partial_checksum is set as well.
    Segmentation segmentation = Segmentation::None;
    size_t segment_bytes = 0;
    size_t header_bytes = 0; // within the head

private:
    static constexpr size_t kRoom = kTagBytes;
    void reset();

    unsigned char storage_[kRoom + kHeadLimit];
    unsigned char* head_ = storage_ + kRoom;
    std::vector<iovec> pieces_;
    size_t size_ = 0;
};

// Appends [offset, offset + bytes) of the pieces to `to`; false: past their end, and something may have been appended.
bool append_slice(const std::vector<iovec>& pieces, size_t offset, size_t bytes, std::vector<iovec>& to);
// Copies as much of [offset, offset + bytes) as there is; returns how much.
size_t copy_slice(const std::vector<iovec>& pieces, size_t offset, void* to, size_t bytes);

} // namespace host

#endif
