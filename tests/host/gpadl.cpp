// SPDX-License-Identifier: GPL-2.0-only
#include "gpadl.hpp"

#include <cstring>

namespace host {

bool Gpadl::begin(uint32_t range_bytes, uint32_t range_count, const unsigned char* data, size_t size) {
    if (range_count == 0 || range_bytes == 0 || range_bytes % 8 != 0) return false;
    range_count_ = range_count;
    expected_ = range_bytes / 8;
    return add(data, size);
}

bool Gpadl::add(const unsigned char* data, size_t size) {
    for (size_t at = 0; at + 8 <= size && !complete(); at += 8) {
        uint64_t value = 0;
        memcpy(&value, data + at, sizeof value);
        words_.push_back(value);
    }
    return true;
}

bool Gpadl::accept() {
    if (range_count_ == 0) return false;
    size_t at = 0;
    std::vector<uint64_t> frames;
    for (uint32_t range = 0; range < range_count_; range++) {
        if (at >= words_.size()) return false;
        const uint64_t bytes = words_[at] & 0xFFFFFFFFu;
        const uint64_t offset = words_[at] >> 32;
        at++;
        const uint64_t pages = (offset + bytes + 4095) / 4096;
        if (bytes == 0 || offset >= 4096 || pages > words_.size() - at) return false;
        for (uint64_t i = 0; i < pages; i++) {
            if (!platform_.page(words_[at])) return false;
            frames.push_back(words_[at++]);
        }
    }
    if (at != words_.size()) return false;
    frames_.swap(frames);
    words_ = std::vector<uint64_t>();
    expected_ = 0;
    for (const uint64_t frame : frames_) platform_.page_held(frame);
    accepted = true;
    return true;
}

void Gpadl::release() {
    for (const uint64_t frame : frames_) platform_.page_released(frame);
    frames_.clear();
}

} // namespace host
