// SPDX-License-Identifier: GPL-2.0-only
#include "ic_text.hpp"

#include <cstdint>

namespace host {

namespace {

const uint32_t kReplacement = 0xFFFD;

bool is_surrogate(uint32_t code) { return code >= 0xD800 && code < 0xE000; }

// One character; *at moves behind it.
uint32_t next_character(const std::string& utf8, size_t* at) {
    const unsigned char first = static_cast<unsigned char>(utf8[(*at)++]);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 ? 2 : 1;
    static const uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (first < 0xC2 || first >= 0xF5) return kReplacement;
    uint32_t code = first & (0x3F >> more);
    size_t from = *at;
    for (int i = 0; i < more; i++, from++) {
        if (from >= utf8.size() || (utf8[from] & 0xC0) != 0x80) return kReplacement;
        code = code << 6 | (utf8[from] & 0x3F);
    }
    if (code < kLeast[more] || code > 0x10FFFF || is_surrogate(code)) return kReplacement;
    *at = from;
    return code;
}

void append(std::string* utf8, uint32_t code) {
    if (code < 0x80) {
        utf8->push_back(static_cast<char>(code));
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char kLead[] = {0, 0xC0, 0xE0, 0xF0};
    utf8->push_back(static_cast<char>(kLead[more] | code >> 6 * more));
    for (int i = more - 1; i >= 0; i--) utf8->push_back(static_cast<char>(0x80 | (code >> 6 * i & 0x3F)));
}

size_t units_of(uint32_t code) { return code >= 0x10000 ? 2 : 1; }

void put_unit(unsigned char* to, uint32_t unit) {
    to[0] = static_cast<unsigned char>(unit);
    to[1] = static_cast<unsigned char>(unit >> 8);
}

} // namespace

size_t text_bytes(const std::string& utf8) {
    size_t units = 1;
    for (size_t at = 0; at < utf8.size();) units += units_of(next_character(utf8, &at));
    return 2 * units;
}

size_t put_text(unsigned char* to, size_t size, const std::string& utf8) {
    size_t used = 0;
    for (size_t at = 0; at < utf8.size();) {
        const uint32_t code = next_character(utf8, &at);
        if (used + 2 * units_of(code) + 2 > size) break;
        if (code >= 0x10000) {
            put_unit(to + used, 0xD800 + ((code - 0x10000) >> 10));
            put_unit(to + used + 2, 0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            put_unit(to + used, code);
        }
        used += 2 * units_of(code);
    }
    put_unit(to + used, 0);
    return used + 2;
}

bool get_text(const unsigned char* from, size_t size, std::string* utf8) {
    utf8->clear();
    for (size_t at = 0; at + 2 <= size; at += 2) {
        uint32_t code = from[at] | uint32_t{from[at + 1]} << 8;
        if (code == 0) return true;
        if (is_surrogate(code)) {
            if (code >= 0xDC00 || at + 4 > size) return false;
            const uint32_t low = from[at + 2] | uint32_t{from[at + 3]} << 8;
            if (low < 0xDC00 || low >= 0xE000) return false;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 2;
        }
        append(utf8, code);
    }
    return false;
}

} // namespace host
