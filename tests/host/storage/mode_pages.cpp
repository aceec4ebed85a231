// SPDX-License-Identifier: GPL-2.0-only
#include "mode_pages.hpp"

#include <algorithm>

namespace host {

using hyperv::SenseKey;

namespace {

const uint8_t kAllPages = 0x3F;
const uint8_t kNoBlockDescriptors = 0x08;
const uint8_t kControlChangeable = 1, kControlSaved = 3;

void append_be(std::vector<unsigned char>& to, uint64_t value, unsigned bytes) {
    while (bytes-- > 0) to.push_back(static_cast<unsigned char>(value >> 8 * bytes));
}

} // namespace

void answer_mode_sense(ScsiCommand& command, bool ten, uint8_t device_flags, uint64_t blocks, uint32_t block_bytes,
                       const std::vector<ModePage>& pages) {
    const uint8_t wanted = command.cdb[2] & 0x3F;
    const uint8_t control = command.cdb[2] >> 6;
    const uint8_t subpage = command.cdb[3];
    if (control == kControlSaved) return command.fail(SenseKey::IllegalRequest, hyperv::kAscSavingNotSupported);
    if (subpage != 0 && subpage != 0xFF) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);

    std::vector<unsigned char> body;
    const bool descriptor = blocks != 0 && !(command.cdb[1] & kNoBlockDescriptors);
    if (descriptor) {
        append_be(body, std::min<uint64_t>(blocks, UINT32_MAX), 4);
        append_be(body, block_bytes, 4);
    }
    bool found = wanted == kAllPages;
    for (const ModePage& page : pages) {
        if (wanted != kAllPages && wanted != page.code) continue;
        found = true;
        body.push_back(page.code);
        body.push_back(static_cast<unsigned char>(page.bytes.size()));
        // Of what can be changed, a mask is asked: none of it.
        if (control == kControlChangeable) body.resize(body.size() + page.bytes.size());
        else body.insert(body.end(), page.bytes.begin(), page.bytes.end());
    }
    if (!found) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);

    std::vector<unsigned char> bytes;
    if (ten) {
        append_be(bytes, body.size() + 6, 2); // the bytes that follow
        bytes.push_back(0);
        bytes.push_back(device_flags);
        append_be(bytes, 0, 2);
        append_be(bytes, descriptor ? 8 : 0, 2);
    } else {
        bytes.push_back(static_cast<unsigned char>(body.size() + 3));
        bytes.push_back(0);
        bytes.push_back(device_flags);
        bytes.push_back(descriptor ? 8 : 0);
    }
    bytes.insert(bytes.end(), body.begin(), body.end());
    command.reply(bytes.data(), bytes.size(), ten ? command.cdb16(7) : command.cdb[4]);
}

} // namespace host
