// SPDX-License-Identifier: GPL-2.0-only
#include "rndis_frame.hpp"

#include <lis/reader.hpp>

namespace netvsc_core {

using hyperv::PacketInfo;
using hyperv::PacketInfoType;
using lis::ByteReader;
using lis::Le32;
using lis::Result;
using lis::Span;

namespace {

const uint32_t kInfoBytesLimit = 512; // what hosts send is below 200

Status take_packet_id(Span value, ReceivedFrame* frame) {
    hyperv::PacketId id;
    if (value.size() < sizeof id)
        return Status::BadPacket;
    __builtin_memcpy(&id, value.data(), sizeof id);
    frame->in_row = (id.flags & hyperv::kPacketIdParts) != 0;
    frame->is_first = (id.flags & hyperv::kPacketIdFirst) != 0;
    frame->is_last = (id.flags & hyperv::kPacketIdLast) != 0;
    return Status::Ok;
}

Status take_info(uint32_t type, Span value, ReceivedFrame* frame) {
    if (type == hyperv::kPacketInfoId)
        return take_packet_id(value, frame);
    const bool known = type == static_cast<uint32_t>(PacketInfoType::Checksum) ||
                       type == static_cast<uint32_t>(PacketInfoType::Vlan) ||
                       type == static_cast<uint32_t>(PacketInfoType::Hash);
    if (!known)
        return Status::Ok; // there are many that a guest has no use for
    Le32 word;
    if (value.size() < sizeof word)
        return Status::BadPacket;
    __builtin_memcpy(&word, value.data(), sizeof word);
    switch (static_cast<PacketInfoType>(type)) {
    case PacketInfoType::Checksum:
        if ((word.get() & (hyperv::kChecksumTcpGood | hyperv::kChecksumUdpGood)) != 0)
            frame->flags |= NETVSC_ARRIVAL_CHECKSUM;
        break;
    case PacketInfoType::Vlan:
        frame->vlan = hyperv::vlan_tag(word.get());
        frame->flags |= NETVSC_ARRIVAL_VLAN;
        break;
    case PacketInfoType::Hash:
        frame->hash = word.get();
        frame->flags |= NETVSC_ARRIVAL_HASH;
        break;
    case PacketInfoType::LargeSend:
        break;
    }
    return Status::Ok;
}

Status read_infos(Span bytes, ReceivedFrame* frame) {
    ByteReader reader(bytes);
    while (reader.remaining() != 0) {
        const PacketInfo info = LIS_TRY(reader.read<PacketInfo>());
        const uint32_t size = info.size.get();
        const uint32_t offset = info.offset.get();
        if (size < sizeof info || size % 4 != 0 || offset < sizeof info || offset > size)
            return Status::BadPacket;
        const Span rest = LIS_TRY(reader.take(size - sizeof info));
        LIS_TRY(take_info(info.type.get(), rest.from(offset - sizeof info), frame));
    }
    return Status::Ok;
}

// Whether [offset, offset + size) is inside of the message, behind its fixed part.
bool is_inside(uint32_t offset, uint32_t size, uint32_t length) {
    return offset >= kPlainHeaderBytes && offset <= length && size <= length - offset;
}

} // namespace

// Data and infos do not overlap, so that no byte is read twice.
Status read_frame(const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header,
                  ReceivedFrame* frame) {
    const uint32_t length = header.length.get();
    if (length < kPlainHeaderBytes || length > bytes)
        return Status::BadPacket;
    hyperv::RndisPacket packet;
    packet.header = header;
    lis::copy_in(reinterpret_cast<unsigned char*>(&packet) + sizeof header, message + sizeof header,
                 sizeof packet - sizeof header);

    const uint32_t kBase = hyperv::kRndisOffsetBase;
    const uint32_t data_offset = packet.data_offset.get() + kBase;
    const uint32_t data_bytes = packet.data_bytes.get();
    const uint32_t info_offset = packet.info_offset.get() + kBase;
    const uint32_t info_bytes = packet.info_bytes.get();
    if (packet.data_offset.get() > length || !is_inside(data_offset, data_bytes, length))
        return Status::BadPacket;
    *frame = ReceivedFrame();
    frame->data_offset = data_offset;
    frame->data_bytes = data_bytes;
    if (info_bytes == 0)
        return Status::Ok;

    if (packet.info_offset.get() > length || !is_inside(info_offset, info_bytes, length) || info_bytes > kInfoBytesLimit)
        return Status::BadPacket;
    if (info_offset + info_bytes > data_offset && data_offset + data_bytes > info_offset)
        return Status::BadPacket;
    unsigned char infos[kInfoBytesLimit];
    lis::copy_in(infos, message + info_offset, info_bytes);
    return read_infos(Span(infos, info_bytes), frame);
}

} // namespace netvsc_core
