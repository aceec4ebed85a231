// SPDX-License-Identifier: GPL-2.0-only
#include "platform.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tamper.hpp"

namespace host {

namespace {

const uint64_t kPage = 4096;

template <typename F>
bool for_each_piece(Platform& platform, uint64_t address, size_t size, F copy) {
    for (size_t done = 0; done < size;) {
        char* const page = static_cast<char*>(platform.page((address + done) / kPage));
        if (!page) return false;
        const uint64_t offset = (address + done) % kPage;
        const size_t piece = std::min<size_t>(size - done, kPage - offset);
        copy(page + offset, done, piece);
        done += piece;
    }
    return true;
}

} // namespace

bool read_guest(Platform& platform, uint64_t address, void* to, size_t size) {
    return for_each_piece(platform, address, size, [to](const char* guest, size_t at, size_t piece) {
        memcpy(static_cast<char*>(to) + at, guest, piece);
    });
}

bool write_guest(Platform& platform, uint64_t address, const void* from, size_t size) {
    std::vector<unsigned char> changed;
    if (Tamper* const tamper = platform.tamper()) {
        const unsigned char* const bytes = static_cast<const unsigned char*>(from);
        changed.assign(bytes, bytes + size);
        tamper->memory(changed.data(), size);
        from = changed.data();
    }
    return for_each_piece(platform, address, size, [from](char* guest, size_t at, size_t piece) {
        memcpy(guest, static_cast<const char*>(from) + at, piece);
    });
}

} // namespace host
