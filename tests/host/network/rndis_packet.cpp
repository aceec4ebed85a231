// SPDX-License-Identifier: GPL-2.0-only
#include "rndis_packet.hpp"

#include "offload.hpp"

#include <cstring>

namespace host {

using hyperv::kRndisOffsetBase;

namespace {

const size_t kInfoLimit = 1024; // all of a packet's entries

const char* parse_infos(const unsigned char* bytes, size_t size, PacketInfos& infos) {
    while (size > 0) {
        hyperv::PacketInfo entry;
        if (size < sizeof entry) return "a per-packet info that is cut off";
        memcpy(&entry, bytes, sizeof entry);
        const uint32_t entry_bytes = entry.size.get();
        const uint32_t offset = entry.offset.get();
        if (entry_bytes < sizeof entry || entry_bytes % 4 != 0 || entry_bytes > size)
            return "a per-packet info of a size that cannot be";
        if (offset < sizeof entry || offset > entry_bytes) return "a per-packet info whose data is outside of it";
        bool* has = nullptr;
        uint32_t* value = nullptr;
        switch (static_cast<hyperv::PacketInfoType>(entry.type.get())) {
        case hyperv::PacketInfoType::Checksum: has = &infos.has_checksum, value = &infos.checksum; break;
        case hyperv::PacketInfoType::LargeSend: has = &infos.has_large_send, value = &infos.large_send; break;
        case hyperv::PacketInfoType::Vlan: has = &infos.has_vlan, value = &infos.vlan; break;
        case hyperv::PacketInfoType::Hash: has = &infos.has_hash, value = &infos.hash; break;
        default: break; // there are more of them than anyone knows
        }
        if (has) {
            if (entry_bytes - offset < sizeof *value) return "a per-packet info without data";
            *has = true;
            memcpy(value, bytes + offset, sizeof *value);
        }
        bytes += entry_bytes;
        size -= entry_bytes;
    }
    return nullptr;
}

const char* apply(const PacketInfos& infos, Frame& frame) {
    if (infos.has_vlan) {
        frame.tagged = true;
        frame.tag = hyperv::vlan_tag(infos.vlan);
    }
    if (infos.has_large_send) {
        // Version 1 is for IPv4 alone, and has no bit that says so.
        const bool ip6 = (infos.large_send & hyperv::kLargeSendVersion2) && (infos.large_send & hyperv::kLargeSendIp6);
        const bool good = want_segments(frame, ip6, infos.large_send & hyperv::kLargeSendMssMask);
        return good ? nullptr : "a large send that is no TCP";
    }
    if (!infos.has_checksum) return nullptr;
    const uint32_t wanted = infos.checksum;
    const size_t transport = wanted >> hyperv::kChecksumOffsetShift & hyperv::kChecksumOffsetMask;
    const bool tcp = wanted & hyperv::kChecksumTcp, udp = wanted & hyperv::kChecksumUdp;
    if (tcp && udp) return "a checksum for TCP and UDP at the same time";
    if ((wanted & hyperv::kChecksumIpHeader) && (wanted & hyperv::kChecksumIp4)) {
        const Layers layers = find_layers(frame);
        if (layers.network == 0 || layers.ip6) return "an IP checksum without IP";
        set_ip_checksum(frame, layers);
    }
    if ((tcp || udp) && !want_checksum(frame, tcp, transport)) return "a checksum outside of the frame";
    return nullptr;
}

} // namespace

const char* find_message(const std::vector<iovec>& pieces, size_t offset, size_t total, RndisMessage& message) {
    hyperv::RndisHeader header;
    if (total - offset < sizeof header || copy_slice(pieces, offset, &header, sizeof header) != sizeof header)
        return "an RNDIS message that is cut off";
    message.offset = offset;
    message.type = header.type.get();
    message.bytes = header.length.get();
    if (message.bytes < sizeof header) return "an RNDIS message shorter than its header";
    if (message.bytes > total - offset) return "an RNDIS message longer than what was sent";
    return nullptr;
}

const char* parse_packet(const std::vector<iovec>& pieces, const RndisMessage& message, PacketInfos& infos,
                         Frame& frame) {
    hyperv::RndisPacket packet;
    if (message.bytes < sizeof packet) return "a packet message that is too short";
    copy_slice(pieces, message.offset, &packet, sizeof packet);

    // 64 bits: sums of what the guest says cannot wrap.
    const uint64_t data_begin = uint64_t{packet.data_offset.get()} + kRndisOffsetBase;
    const uint64_t data_end = data_begin + packet.data_bytes.get();
    if (data_begin < sizeof packet || data_end > message.bytes) return "a frame outside of its message";
    if (packet.data_bytes.get() < kEthernetBytes || packet.data_bytes.get() > kLargestFrame)
        return "a frame of a size that cannot be";
    if (packet.oob_bytes.get() != 0 || packet.oob_count.get() != 0) return "out-of-band data";

    infos = PacketInfos();
    if (packet.info_bytes.get() != 0) {
        const uint64_t begin = uint64_t{packet.info_offset.get()} + kRndisOffsetBase;
        const uint64_t end = begin + packet.info_bytes.get();
        if (begin < sizeof packet || end > message.bytes) return "per-packet info outside of its message";
        if (begin < data_end && data_begin < end) return "per-packet info inside of the frame";
        unsigned char bytes[kInfoLimit];
        if (packet.info_bytes.get() > sizeof bytes) return "too much per-packet info";
        copy_slice(pieces, message.offset + begin, bytes, packet.info_bytes.get());
        if (const char* const fault = parse_infos(bytes, packet.info_bytes.get(), infos)) return fault;
    }
    frame.assign(pieces, message.offset + data_begin, packet.data_bytes.get());
    return apply(infos, frame);
}

void PacketHeader::add(uint32_t type, uint32_t value) {
    hyperv::PacketInfo entry;
    entry.size.set(sizeof entry + sizeof value);
    entry.type.set(type);
    entry.offset.set(sizeof entry);
    memcpy(storage_ + bytes_, &entry, sizeof entry);
    memcpy(storage_ + bytes_ + sizeof entry, &value, sizeof value);
    bytes_ += sizeof entry + sizeof value;
}

void PacketHeader::finish(size_t frame_bytes) {
    const size_t info_bytes = bytes_ - sizeof(hyperv::RndisPacket);
    hyperv::RndisPacket packet = {};
    packet.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Packet));
    packet.header.length.set(static_cast<uint32_t>(bytes_ + frame_bytes));
    packet.data_offset.set(static_cast<uint32_t>(bytes_ - kRndisOffsetBase));
    packet.data_bytes.set(static_cast<uint32_t>(frame_bytes));
    if (info_bytes != 0) packet.info_offset.set(sizeof packet - kRndisOffsetBase);
    packet.info_bytes.set(static_cast<uint32_t>(info_bytes));
    memcpy(storage_, &packet, sizeof packet);
}

} // namespace host
