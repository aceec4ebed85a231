// SPDX-License-Identifier: GPL-2.0-only
#include "frame.hpp"

#include <host/pieces.hpp>

#include <algorithm>
#include <cstring>

namespace host {

namespace {
const unsigned char kTagProtocol[2] = {0x81, 0x00};
const size_t kAddressBytes = 12; // both MAC addresses
}

bool append_slice(const std::vector<iovec>& pieces, size_t offset, size_t bytes, std::vector<iovec>& to) {
    return for_each_piece(pieces, offset, bytes, [&to](char* at, size_t, size_t length) {
        to.push_back(iovec{at, length});
    }) == bytes;
}

size_t copy_slice(const std::vector<iovec>& pieces, size_t offset, void* to, size_t bytes) {
    return for_each_piece(pieces, offset, bytes, [to](const char* at, size_t done, size_t length) {
        memcpy(static_cast<char*>(to) + done, at, length);
    });
}

void Frame::reset() {
    tagged = partial_checksum = checksum_good = false;
    segmentation = Segmentation::None;
    head_ = storage_ + kRoom;
    pieces_.clear();
}

void Frame::assign(const std::vector<iovec>& pieces, size_t offset, size_t bytes) {
    reset();
    size_ = bytes;
    const size_t copied = std::min(bytes, kHeadLimit);
    copy_slice(pieces, offset, head_, copied);
    pieces_.push_back(iovec{head_, copied});
    append_slice(pieces, offset + copied, bytes - copied, pieces_);
}

void Frame::assign(const void* data, size_t bytes) {
    reset();
    size_ = bytes;
    const size_t copied = std::min(bytes, kHeadLimit);
    memcpy(head_, data, copied);
    pieces_.push_back(iovec{head_, copied});
    if (bytes > copied)
        pieces_.push_back(iovec{const_cast<char*>(static_cast<const char*>(data)) + copied, bytes - copied});
}

void Frame::assign_part(const Frame& other, size_t header_bytes, size_t offset, size_t bytes) {
    reset();
    tagged = other.tagged;
    tag = other.tag;
    size_ = header_bytes + bytes;
    memcpy(head_, other.head_, header_bytes);
    pieces_.push_back(iovec{head_, header_bytes});
    append_slice(other.pieces_, offset, bytes, pieces_);
}

void Frame::copy(size_t offset, void* to, size_t bytes) const { copy_slice(pieces_, offset, to, bytes); }

void Frame::insert_tag() {
    if (!tagged) return;
    tagged = false;
    unsigned char* const moved = head_ - kTagBytes;
    memmove(moved, head_, kAddressBytes);
    memcpy(moved + kAddressBytes, kTagProtocol, sizeof kTagProtocol);
    moved[14] = static_cast<unsigned char>(tag >> 8);
    moved[15] = static_cast<unsigned char>(tag);
    head_ = moved;
    pieces_[0] = iovec{head_, pieces_[0].iov_len + kTagBytes};
    size_ += kTagBytes;
    if (!partial_checksum) return;
    checksum_start += kTagBytes;
    checksum_at += kTagBytes;
    header_bytes += kTagBytes;
}

void Frame::extract_tag() {
    if (tagged || head_bytes() < kEthernetBytes + kTagBytes) return;
    if (memcmp(head_ + kAddressBytes, kTagProtocol, sizeof kTagProtocol) != 0) return;
    tagged = true;
    tag = static_cast<uint16_t>(head_[14] << 8 | head_[15]);
    memmove(head_ + kTagBytes, head_, kAddressBytes);
    head_ += kTagBytes;
    pieces_[0] = iovec{head_, pieces_[0].iov_len - kTagBytes};
    size_ -= kTagBytes;
    if (!partial_checksum) return;
    checksum_start -= kTagBytes;
    checksum_at -= kTagBytes;
    header_bytes -= kTagBytes;
}

} // namespace host
