// SPDX-License-Identifier: GPL-2.0-only
// To the guest: frames and control messages become packets that name sections of its
// receive buffer. The session is shared.
#include "network_device.hpp"

#include "offload.hpp"
#include "rss.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {

const size_t kBatchLimit = 64;   // ranges of one packet, unless a coalesced frame has more
const size_t kPartsLimit = 375;  // of a coalesced frame
const uint16_t kPartsId = 1;
const uint32_t kControlSpace = 16 + 16 + hyperv::kNvspMessageBytes61 + 8; // in the ring, for a packet of one range

hyperv::TransferPageRange range_of(uint32_t offset, size_t bytes) {
    hyperv::TransferPageRange range;
    range.byte_offset.set(offset);
    range.byte_count.set(static_cast<uint32_t>(bytes));
    return range;
}

} // namespace

bool NetworkDevice::ready_for(const Frame& frame) {
    AdapterCounters& counters = adapter_.counters;
    if (!adapter_.link || !adapter_.session.rndis_ready || !receive_.attached() || !queues_[0]->channel) {
        counters.rx_down++;
        return false;
    }
    if (frame.size() < kEthernetBytes || !adapter_.wants(frame.head())) {
        counters.rx_filtered++;
        return false;
    }
    return true;
}

bool NetworkDevice::receive(Frame& frame, Delivery& delivery) {
    if (!ready_for(frame)) return false;
    const Session& session = adapter_.session;
    if (session.capabilities & hyperv::kNvspVlan) frame.extract_tag();
    else frame.insert_tag();
    if (frame.segmentation == Segmentation::None) return receive_one(frame, delivery);
    const bool coalesced = frame.segmentation == Segmentation::Tcp4 ? session.offloads.rsc4 : session.offloads.rsc6;
    if (coalesced) return receive_parts(frame, delivery);
    bool all = true;
    const auto each = [&](Frame& segment) {
        all = receive_one(segment, delivery) && all;
        return true;
    };
    for_each_segment(frame, delivery.segment, std::cref(each));
    return all;
}

// What is said about a frame, and the channel that it goes to.
void NetworkDevice::describe_packet(const Frame& frame, PacketHeader& header, uint32_t& queue) {
    const OffloadSettings& on = adapter_.session.offloads;
    const Layers layers = find_layers(frame);
    uint32_t found = 0;
    if (layers.tcp() && (layers.ip6 ? on.receive_tcp6 : on.receive_tcp4))
        found = frame.checksum_good ? hyperv::kChecksumTcpGood : hyperv::kChecksumTcpBad;
    if (layers.udp() && (layers.ip6 ? on.receive_udp6 : on.receive_udp4))
        found = frame.checksum_good ? hyperv::kChecksumUdpGood : hyperv::kChecksumUdpBad;
    if (found != 0) header.add(hyperv::PacketInfoType::Checksum, found);
    if (frame.tagged) {
        header.add(hyperv::PacketInfoType::Vlan, hyperv::vlan_info(frame.tag));
        adapter_.counters.rx_tagged++;
    }
    queue = 0;
    uint32_t hash = 0;
    const RssSettings& rss = adapter_.session.rss;
    if (!rss.enabled || !rss_hash(rss, frame, layers, hash)) return;
    header.add(hyperv::PacketInfoType::Hash, hash);
    const uint32_t wanted = rss.table[hash & (rss.table.size() - 1)];
    if (queues_[wanted]->channel) queue = wanted;
}

bool NetworkDevice::receive_one(Frame& frame, Delivery& delivery) {
    AdapterCounters& counters = adapter_.counters;
    finish_checksum(frame);
    if (!frame.checksum_good && !judge_checksum(frame)) counters.rx_bad_checksums++;
    if (pcap_) pcap_->write(frame);
    PacketHeader header;
    uint32_t number;
    describe_packet(frame, header, number);
    if (frame.size() > adapter_.session.mtu + kEthernetBytes + kTagBytes ||
        header.size() + frame.size() > receive_.section_bytes()) {
        counters.rx_too_long++;
        return false;
    }
    const uint32_t section = receive_.take(1);
    if (section == ReceiveBuffer::kNone) {
        counters.rx_no_buffer++;
        return false;
    }
    header.finish(frame.size());
    put(header, frame, 0, frame.size(), section);
    const hyperv::TransferPageRange range = range_of(receive_.offset_of(section), header.size() + frame.size());
    add_to_batch(*queues_[number], section, &range, 1);
    delivery.touch(number);
    counters.rx_frames++;
    counters.rx_bytes += frame.size();
    return true;
}

// A frame larger than a section, for a guest that puts the parts together (RSC).
bool NetworkDevice::receive_parts(Frame& frame, Delivery& delivery) {
    AdapterCounters& counters = adapter_.counters;
    finish_checksum(frame);
    if (pcap_) pcap_->write(frame);
    PacketHeader described;
    uint32_t number;
    describe_packet(frame, described, number);
    const size_t room = receive_.section_bytes() - PacketHeader::kLimit;
    const size_t count = (frame.size() + room - 1) / room;
    const uint32_t chain = count <= kPartsLimit ? receive_.take(static_cast<uint32_t>(count)) : ReceiveBuffer::kNone;
    if (chain == ReceiveBuffer::kNone) {
        counters.rx_no_buffer++;
        return false;
    }
    hyperv::TransferPageRange ranges[kPartsLimit];
    uint32_t section = chain;
    for (size_t i = 0; i < count; i++, section = receive_.next(section)) {
        hyperv::PacketId id = {};
        id.version = hyperv::kPacketIdVersion;
        id.flags = static_cast<unsigned char>(hyperv::kPacketIdParts | (i == 0 ? hyperv::kPacketIdFirst : 0) |
                                              (i == count - 1 ? hyperv::kPacketIdLast : 0));
        id.id.set(kPartsId);
        uint32_t word;
        memcpy(&word, &id, sizeof word);
        PacketHeader header;
        if (i == 0) header = described;
        header.add(hyperv::kPacketInfoId, word);
        const size_t bytes = std::min(room, frame.size() - i * room);
        header.finish(bytes);
        put(header, frame, i * room, bytes, section);
        ranges[i] = range_of(receive_.offset_of(section), header.size() + bytes);
    }
    add_to_batch(*queues_[number], chain, ranges, count);
    delivery.touch(number);
    counters.rx_frames++;
    counters.rx_coalesced++;
    counters.rx_bytes += frame.size();
    return true;
}

void NetworkDevice::put(const PacketHeader& header, const Frame& frame, size_t offset, size_t bytes, uint32_t section) {
    size_t at = receive_.offset_of(section);
    receive_.memory.write(at, header.data(), header.size());
    at += header.size();
    for (const iovec& piece : frame.pieces()) {
        if (bytes == 0) break;
        if (offset >= piece.iov_len) {
            offset -= piece.iov_len;
            continue;
        }
        const size_t length = std::min(bytes, piece.iov_len - offset);
        receive_.memory.write(at, static_cast<const char*>(piece.iov_base) + offset, length);
        at += length;
        bytes -= length;
        offset = 0;
    }
}

void NetworkDevice::add_to_batch(Queue& queue, uint32_t chain, const hyperv::TransferPageRange* ranges, size_t count) {
    const std::lock_guard<std::mutex> guard(queue.outgoing);
    if (queue.batch.size() + count > kBatchLimit) flush_locked(queue);
    if (queue.chain == ReceiveBuffer::kNone) queue.chain = chain;
    else receive_.join(queue.chain, chain);
    queue.batch.insert(queue.batch.end(), ranges, ranges + count);
}

void NetworkDevice::flush(Queue& queue) {
    const std::lock_guard<std::mutex> guard(queue.outgoing);
    flush_locked(queue);
}

void NetworkDevice::flush_locked(Queue& queue) {
    if (queue.batch.empty()) return;
    if (!send_ranges(queue, hyperv::kNvspChannelData)) adapter_.counters.rx_no_space += queue.batch.size();
    else adapter_.counters.rx_packets++;
    queue.batch.clear();
    queue.chain = ReceiveBuffer::kNone;
}

// One packet of the batch. False: there was no space, and its sections are free again.
bool NetworkDevice::send_ranges(Queue& queue, uint32_t channel_type) {
    hyperv::TransferPageHeader header = {};
    header.set_id.set(hyperv::kNvspReceiveBufferId);
    header.range_count.set(static_cast<uint32_t>(queue.batch.size()));
    const size_t range_bytes = queue.batch.size() * sizeof(hyperv::TransferPageRange);
    queue.extension.resize(sizeof header + range_bytes);
    memcpy(queue.extension.data(), &header, sizeof header);
    memcpy(queue.extension.data() + sizeof header, queue.batch.data(), range_bytes);
    hyperv::NvspRndisPacket message = {};
    message.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
    message.channel_type.set(channel_type);
    message.section_index.set(hyperv::kNvspNoSection);
    queue.payload.assign(reinterpret_cast<const unsigned char*>(&message),
                         reinterpret_cast<const unsigned char*>(&message + 1));
    queue.payload.resize(adapter_.session.nvsp_version >= hyperv::kNvspVersion61 ? hyperv::kNvspMessageBytes61
                                                                                 : hyperv::kNvspMessageBytes);
    // The guest may answer at once, on another thread.
    const uint64_t id = receive_.lend(queue.chain);
    if (queue.channel && queue.waiting.empty() &&
        queue.channel->write(kPacketTransferPages, kCompletionRequested, id, queue.payload, queue.extension) ==
            RingResult::Done)
        return true;
    receive_.put(queue.chain);
    return false;
}

void NetworkDevice::send_controls() {
    const std::lock_guard<std::mutex> guard(controls_mutex_);
    Queue& queue = *queues_[0];
    while (!controls_.empty()) {
        const Bytes& message = controls_.front();
        if (!queue.channel || !receive_.attached()) return;
        if (message.size() > receive_.section_bytes()) {
            adapter_.counters.lost_controls++;
            controls_.pop_front();
            continue;
        }
        const uint32_t section = receive_.take(1);
        if (section == ReceiveBuffer::kNone) return;
        receive_.memory.write(receive_.offset_of(section), message.data(), message.size());
        const std::lock_guard<std::mutex> outgoing(queue.outgoing);
        flush_locked(queue);
        queue.batch.push_back(range_of(receive_.offset_of(section), message.size()));
        queue.chain = section;
        const bool sent = send_ranges(queue, hyperv::kNvspChannelControl);
        queue.batch.clear();
        queue.chain = ReceiveBuffer::kNone;
        if (!sent) {
            queue.channel->outgoing().want_space(kControlSpace);
            if (queue.channel->outgoing().free_bytes() < kControlSpace) return; // the guest signals
            continue;
        }
        controls_.pop_front();
    }
}

} // namespace host
