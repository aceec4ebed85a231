// SPDX-License-Identifier: GPL-2.0-only
// From the guest. The session is shared.
#include "network_device.hpp"

#include "offload.hpp"

#include <cstring>

namespace host {

using hyperv::NvspStatus;

void NetworkDevice::take_rndis(Queue& queue, const Packet& packet, Shared& lock, Delivery& delivery) {
    hyperv::NvspRndisPacket header;
    size_t first_run = 0;
    const char* wrong = nullptr;
    if (packet.payload.size() < sizeof header) {
        wrong = "an RNDIS packet that is cut off";
    } else {
        memcpy(&header, packet.payload.data(), sizeof header);
        wrong = gather(queue, packet, header, first_run);
    }
    if (!wrong && header.channel_type.get() == hyperv::kNvspChannelControl) {
        if (queue.channel->subchannel_index() != 0) {
            wrong = "a control message on a sub-channel";
        } else {
            RndisMessage message;
            size_t total = 0;
            for (const iovec& piece : queue.pieces) total += piece.iov_len;
            wrong = find_message(queue.pieces, 0, total, message);
            if (!wrong && message.bytes > kControlLimit) wrong = "a control message that is too long";
            if (!wrong) {
                Bytes bytes(message.bytes);
                copy_slice(queue.pieces, 0, bytes.data(), bytes.size());
                alone(lock, delivery, [&] { obey_rndis(queue, packet, bytes); });
                return;
            }
        }
    } else if (!wrong) {
        wrong = adapter_.session.rndis_ready ? transmit_all(queue, first_run, delivery) : "frames before INITIALIZE";
    }
    if (wrong) {
        fault(wrong);
        adapter_.counters.tx_errors++;
    }
    complete(queue, packet, wrong ? NvspStatus::Fail : NvspStatus::Success);
}

// The message's bytes: of the send section, then those of the packet's ranges.
const char* NetworkDevice::gather(Queue& queue, const Packet& packet, const hyperv::NvspRndisPacket& header,
                                  size_t& first_run) {
    queue.pieces.clear();
    if (header.section_index.get() != hyperv::kNvspNoSection) {
        const uint64_t section_bytes = adapter_.options.send_section_bytes;
        const uint64_t begin = header.section_index.get() * section_bytes;
        if (!send_.attached()) return "a send section without a send buffer";
        if (begin + section_bytes > send_.size()) return "a send section past the buffer's end";
        if (header.section_bytes.get() > section_bytes) return "more than a send section holds";
        first_run = header.section_bytes.get();
        send_.append_pieces(begin, first_run, queue.pieces);
    }
    if (packet.type == kPacketGpaDirect) {
        switch (queue.ranges.assign_gpa_direct(platform_, packet.extension)) {
        case RangeFault::None: break;
        case RangeFault::Malformed: return "page ranges that make no sense";
        case RangeFault::NoMemory: return "pages that do not exist";
        }
        if (first_run == 0) {
            hyperv::GpaRange range;
            memcpy(&range, packet.extension.data() + sizeof(hyperv::GpaDirectHeader), sizeof range);
            first_run = range.byte_count.get();
        }
        const std::vector<iovec>& more = queue.ranges.pieces();
        queue.pieces.insert(queue.pieces.end(), more.begin(), more.end());
    }
    return queue.pieces.empty() ? "an RNDIS packet of nothing" : nullptr;
}

const char* NetworkDevice::transmit_all(Queue& queue, size_t first_run, Delivery& delivery) {
    size_t total = 0, frames = 0;
    for (const iovec& piece : queue.pieces) total += piece.iov_len;
    for (size_t at = 0; at < total;) {
        RndisMessage message;
        PacketInfos infos;
        if (const char* const wrong = find_message(queue.pieces, at, total, message)) return wrong;
        if (message.type != static_cast<uint32_t>(hyperv::RndisType::Packet)) return "a control message among frames";
        if (const char* const wrong = parse_packet(queue.pieces, message, infos, queue.frame)) return wrong;
        // Real hosts map the header as one piece.
        if (message.offset + sizeof(hyperv::RndisPacket) > first_run) return "an RNDIS header in more than one range";
        const bool large = queue.frame.segmentation != Segmentation::None;
        const AdapterOptions& options = adapter_.options;
        if (large && !((infos.large_send & hyperv::kLargeSendVersion2) ? options.large_send : options.large_send_v1))
            return "a large send, which was not offered";
        if (infos.has_checksum && !options.checksum && queue.frame.partial_checksum)
            return "a partial checksum, which was not offered";
        if (!large && queue.frame.size() > adapter_.session.mtu + kEthernetBytes + kTagBytes)
            return "a frame longer than the MTU";
        transmit(queue, queue.frame, delivery);
        at += message.bytes;
        frames++;
    }
    if (frames > 1) adapter_.counters.tx_batches++;
    return nullptr;
}

void NetworkDevice::transmit(Queue& queue, Frame& frame, Delivery& delivery) {
    AdapterCounters& counters = adapter_.counters;
    counters.tx_frames++;
    counters.tx_bytes += frame.size();
    if (frame.tagged) counters.tx_tagged++;
    if (frame.segmentation != Segmentation::None) counters.tx_large++;
    else if (frame.partial_checksum) counters.tx_checksums++;
    if (pcap_) pcap_->write(frame);
    if (!adapter_.link) return;
    if (frame.segmentation != Segmentation::None && !backend_->takes_segmentation()) {
        for_each_segment(frame, queue.segment, [this, &delivery](Frame& segment) {
            backend_->send(segment, delivery);
            return true;
        });
        return;
    }
    if (frame.partial_checksum && !backend_->takes_partial_checksums()) finish_checksum(frame);
    backend_->send(frame, delivery);
}

void NetworkDevice::complete(Queue& queue, const Packet& packet, NvspStatus status) {
    if (!(packet.flags & kCompletionRequested) || packet.transaction_id == 0) return;
    hyperv::NvspRndisPacketComplete message = {};
    message.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacketComplete));
    message.status.set(static_cast<uint32_t>(status));
    const std::lock_guard<std::mutex> guard(queue.outgoing);
    queue.payload.resize(adapter_.session.nvsp_version >= hyperv::kNvspVersion61 ? hyperv::kNvspMessageBytes61
                                                                                 : hyperv::kNvspMessageBytes);
    memcpy(queue.payload.data(), &message, sizeof message);
    write_locked(queue, kPacketCompletion, 0, packet.transaction_id, queue.payload);
}

void NetworkDevice::write(Queue& queue, uint16_t type, uint16_t flags, uint64_t transaction_id, const Bytes& payload) {
    const std::lock_guard<std::mutex> guard(queue.outgoing);
    write_locked(queue, type, flags, transaction_id, payload);
}

void NetworkDevice::write_locked(Queue& queue, uint16_t type, uint16_t flags, uint64_t transaction_id,
                                 const Bytes& payload) {
    if (queue.waiting.empty()) {
        const RingResult result = queue.channel->write(type, flags, transaction_id, payload);
        if (result != RingResult::Full) return; // into a broken ring nothing goes any more
    }
    queue.waiting.push_back(Waiting{type, flags, transaction_id, payload});
    send_waiting_locked(queue);
}

bool NetworkDevice::send_waiting(Queue& queue) {
    const std::lock_guard<std::mutex> guard(queue.outgoing);
    return send_waiting_locked(queue);
}

bool NetworkDevice::send_waiting_locked(Queue& queue) {
    if (queue.waiting.empty()) return true;
    OutgoingRing& ring = queue.channel->outgoing();
    while (!queue.waiting.empty()) {
        const Waiting& first = queue.waiting.front();
        const RingResult result = queue.channel->write(first.type, first.flags, first.transaction_id, first.payload);
        if (result == RingResult::Full) {
            const uint32_t bytes = static_cast<uint32_t>((first.payload.size() + 7) / 8 * 8 + 24);
            ring.want_space(bytes);
            if (ring.free_bytes() < bytes) return false; // the guest signals when there is room
            continue;
        }
        queue.waiting.pop_front();
    }
    ring.want_space(0);
    return true;
}

} // namespace host
