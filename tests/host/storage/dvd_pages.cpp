// SPDX-License-Identifier: GPL-2.0-only
// What a DVD drive says of itself and of its medium: features, table of contents, mode pages.
#include "dvd_unit.hpp"
#include "mode_pages.hpp"

#include <algorithm>

namespace host {

using hyperv::SenseKey;

namespace {

const uint8_t kTocMsf = 0x02; // READ TOC, byte 1: addresses in minutes, seconds, frames
const uint8_t kDataTrack = 0x14;
const uint8_t kLeadOut = 0xAA;
const uint16_t kProfileDvdRom = 0x0010;

typedef std::vector<unsigned char> Bytes;

void append_be(Bytes& to, uint64_t value, unsigned bytes) {
    while (bytes-- > 0) to.push_back(static_cast<unsigned char>(value >> 8 * bytes));
}

void append_track(Bytes& to, uint8_t number, uint64_t block, bool msf) {
    const uint64_t kFramesPerSecond = 75, kLeadInFrames = 150;
    to.insert(to.end(), {0, kDataTrack, number, 0});
    if (!msf) return append_be(to, block, 4);
    const uint64_t frames = block + kLeadInFrames;
    to.push_back(0);
    // A DVD has more minutes than fit.
    to.push_back(static_cast<unsigned char>(std::min<uint64_t>(frames / kFramesPerSecond / 60, 255)));
    to.push_back(static_cast<unsigned char>(frames / kFramesPerSecond % 60));
    to.push_back(static_cast<unsigned char>(frames % kFramesPerSecond));
}

struct Feature {
    uint16_t code;
    bool current; // even without a medium
    Bytes bytes;
};

} // namespace

// One session with one data track.
void DvdUnit::read_toc(ScsiCommand& command) {
    const bool msf = (command.cdb[1] & kTocMsf) != 0;
    const uint8_t format = command.cdb[2] & 0x0F;
    const uint8_t start = command.cdb[6];
    if (!need_medium(command)) return;
    if (format > 1 || (format == 0 && start > 1 && start != kLeadOut))
        return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    Bytes body = {1, 1}; // first and last track, or session
    if (format == 1 || start <= 1) append_track(body, 1, 0, msf);
    if (format == 0) append_track(body, kLeadOut, blocks(), msf);
    Bytes bytes;
    append_be(bytes, body.size(), 2);
    bytes.insert(bytes.end(), body.begin(), body.end());
    command.reply(bytes.data(), bytes.size(), command.cdb16(7));
}

void DvdUnit::read_disc_information(ScsiCommand& command) {
    const uint8_t kDataTypeMask = 0x07, kComplete = 0x02 | 0x03 << 2; // the disc, and its last session
    if ((command.cdb[1] & kDataTypeMask) != 0) return command.fail(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb);
    if (!need_medium(command)) return;
    unsigned char answer[34] = {0, 32, kComplete, 1, 1, 1, 1};
    command.reply(answer, sizeof answer, command.cdb16(7));
}

void DvdUnit::get_configuration(ScsiCommand& command) {
    const uint8_t kOnlyCurrent = 1, kOnlyOne = 2;
    static const std::vector<Feature> features = {
        {0x0000, true, {0x00, 0x10, 0x00, 0x00}},                          // profiles: DVD-ROM
        {0x0001, true, {0, 0, 0, 1}},                                      // core: SCSI
        {0x0003, true, {0x29, 0, 0, 0}},                                   // removable medium: tray, eject, lock
        {0x0010, false, {0, 0, 0x08, 0x00, 0, 1, 0, 0}},                   // random readable: blocks of 2048
        {0x001F, false, {0, 0, 0, 0}},                                     // DVD read
    };
    const uint8_t which = command.cdb[1] & 3;
    const uint16_t start = command.cdb16(2);
    Bytes body = {0, 0};
    append_be(body, loaded() ? kProfileDvdRom : 0, 2);
    for (const Feature& feature : features) {
        const bool current = feature.current || loaded();
        if (feature.code < start || (which == kOnlyOne && feature.code != start)) continue;
        if (which == kOnlyCurrent && !current) continue;
        append_be(body, feature.code, 2);
        body.push_back(static_cast<unsigned char>((feature.code < 0x10 ? 2 : 0) | (current ? 1 : 0))); // persistent, current
        body.push_back(static_cast<unsigned char>(feature.bytes.size()));
        body.insert(body.end(), feature.bytes.begin(), feature.bytes.end());
    }
    Bytes bytes;
    append_be(bytes, body.size(), 4);
    bytes.insert(bytes.end(), body.begin(), body.end());
    command.reply(bytes.data(), bytes.size(), command.cdb16(7));
}

void DvdUnit::mode_sense(ScsiCommand& command, bool ten) {
    static const std::vector<ModePage> pages = {
        {0x01, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
        // Capabilities: reads DVD-ROM, writes nothing; tray, eject, lock; 24 x speed.
        {0x2A, {0x08, 0x00, 0x00, 0x00, 0x29, 0x00, 0x10, 0x89, 0, 0, 0, 0, 0x10, 0x89, 0, 0, 0, 0}},
    };
    answer_mode_sense(command, ten, 0, 0, kDvdBlockBytes, pages);
}

} // namespace host
