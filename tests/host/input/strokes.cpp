// SPDX-License-Identifier: GPL-2.0-only
// Text and raw scan codes as events of keys.
#include "keyboard.hpp"

#include <hyperv/input.h>

namespace host {

namespace {

const uint16_t kLeftShift = 0x2A;
const unsigned char kRelease = 0x80;

// Rows of a US keyboard: the characters without and with shift, from a scan code on.
struct Row {
    uint16_t first;
    const char* plain;
    const char* shifted;
};
const Row kRows[] = {
    {0x02, "1234567890-=\b\tqwertyuiop[]\n", "!@#$%^&*()_+\b\tQWERTYUIOP{}\n"},
    {0x1E, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
    {0x2B, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
    {0x39, " ", " "},
};

bool find_key(char character, uint16_t* code, bool* shift) {
    for (const Row& row : kRows)
        for (uint16_t i = 0; row.plain[i] != '\0'; i++) {
            if (row.plain[i] != character && row.shifted[i] != character) continue;
            *code = static_cast<uint16_t>(row.first + i);
            *shift = row.plain[i] != character;
            return true;
        }
    return false;
}

} // namespace

bool strokes_of_text(const std::string& text, std::vector<Stroke>* strokes) {
    for (const char character : text) {
        uint16_t code = 0;
        bool shift = false;
        if (character == '\0' || !find_key(character, &code, &shift)) return false;
        if (shift) strokes->push_back({kLeftShift, 0});
        strokes->push_back({code, 0});
        strokes->push_back({code, hyperv::kKeyBreak});
        if (shift) strokes->push_back({kLeftShift, hyperv::kKeyBreak});
    }
    return true;
}

bool strokes_of_codes(const std::vector<unsigned char>& codes, std::vector<Stroke>* strokes) {
    uint32_t prefix = 0;
    for (const unsigned char code : codes) {
        if (code == 0xE0 || code == 0xE1) {
            if (prefix != 0) return false;
            prefix = code == 0xE0 ? hyperv::kKeyE0 : hyperv::kKeyE1;
            continue;
        }
        if (code % kRelease == 0) return false;
        strokes->push_back({static_cast<uint16_t>(code % kRelease), prefix | (code >= kRelease ? hyperv::kKeyBreak : 0)});
        prefix = 0;
    }
    return prefix == 0;
}

} // namespace host
