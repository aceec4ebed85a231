// SPDX-License-Identifier: GPL-2.0-only
// What of the wire format depends on the negotiated version (protocol.md 5.1).
#ifndef STORVSC_FORMAT_HPP
#define STORVSC_FORMAT_HPP

#include <hyperv/storvsc.h>

namespace storvsc_core {

struct Format {
    uint16_t version; // 0: none yet
    uint8_t sense_bytes;
    uint8_t srb_bytes;
    uint32_t packet_bytes;
};

inline bool is_old(const Format& format) {
    return format.packet_bytes == hyperv::kStorageOldPacketBytes;
}

// Without a version the old format, which every host takes.
inline Format format_of(uint16_t version) {
    const bool old = version < hyperv::kStorageVersion5_1;
    Format format;
    format.version = version;
    format.sense_bytes = old ? hyperv::kSrbOldSenseBytes : hyperv::kSrbSenseBytes;
    format.srb_bytes = old ? hyperv::kSrbOldBytes : sizeof(hyperv::Srb);
    format.packet_bytes = old ? hyperv::kStorageOldPacketBytes : static_cast<uint32_t>(sizeof(hyperv::StoragePacket));
    return format;
}

} // namespace storvsc_core

#endif
