// SPDX-License-Identifier: GPL-2.0-only
// RNDIS packet messages: those of the guest are judged and become frames, frames become
// headers of messages to the guest (protocol.md 6.6, 6.7).
#ifndef HOST_NETWORK_RNDIS_PACKET_HPP
#define HOST_NETWORK_RNDIS_PACKET_HPP

#include "frame.hpp"

#include <hyperv/rndis.h>

namespace host {

// One message within the pieces of a send.
struct RndisMessage {
    size_t offset = 0;
    uint32_t type = 0; // hyperv::RndisType
    uint32_t bytes = 0;
};

// The message at offset of `total` bytes. Null: good; else what is wrong with it.
const char* find_message(const std::vector<iovec>& pieces, size_t offset, size_t total, RndisMessage& message);

// What the guest says about a packet of its own.
struct PacketInfos {
    bool has_checksum = false, has_large_send = false, has_vlan = false, has_hash = false;
    uint32_t checksum = 0, large_send = 0, vlan = 0, hash = 0;
};

// Reads the packet into `frame`, with what it wants done. Null: good; else what is wrong with it.
const char* parse_packet(const std::vector<iovec>& pieces, const RndisMessage& message, PacketInfos& infos,
                         Frame& frame);

// The header of a message to the guest, with what goes with the packet.
class PacketHeader {
public:
    static constexpr size_t kLimit = sizeof(hyperv::RndisPacket) + 5 * 16;

    PacketHeader() : bytes_(sizeof(hyperv::RndisPacket)) {}
    void add(hyperv::PacketInfoType type, uint32_t value) { add(static_cast<uint32_t>(type), value); }
    void add(uint32_t type, uint32_t value);
    // For so many bytes of frame behind it.
    void finish(size_t frame_bytes);
    const unsigned char* data() const { return storage_; }
    size_t size() const { return bytes_; }

private:
    unsigned char storage_[kLimit];
    size_t bytes_;
};

} // namespace host

#endif
