// SPDX-License-Identifier: GPL-2.0-only
#include "offload.hpp"

#include <algorithm>

namespace host {

namespace {

const unsigned char kTcpFin = 0x01, kTcpPush = 0x08, kTcpCwr = 0x80;
const size_t kTcpFlagsAt = 13;
const size_t kTcpSequenceAt = 4;

void set_ip_length(Frame& frame, const Layers& layers, size_t end) {
    unsigned char* const header = frame.head() + layers.network;
    if (layers.ip6) {
        store_be16(header + 4, static_cast<uint32_t>(end - layers.network - 40));
    } else {
        store_be16(header + 2, static_cast<uint32_t>(end - layers.network));
        set_ip_checksum(frame, layers);
    }
}

void set_partial_checksum(Frame& frame, const Layers& layers) {
    frame.partial_checksum = true;
    frame.checksum_start = layers.transport;
    frame.checksum_at = layers.transport + kTcpChecksumAt;
    store_be16(frame.head() + frame.checksum_at, pseudo_sum(frame, layers, frame.size() - layers.transport));
}

} // namespace

bool want_checksum(Frame& frame, bool tcp, size_t transport) {
    if (transport == 0) {
        const Layers layers = find_layers(frame);
        if (tcp ? !layers.tcp() : !layers.udp()) return false;
        transport = layers.transport;
    }
    const size_t header = tcp ? kTcpLeastBytes : kUdpBytes;
    if (transport < kEthernetBytes || transport + header > frame.head_bytes()) return false;
    frame.partial_checksum = true;
    frame.checksum_start = transport;
    frame.checksum_at = transport + (tcp ? kTcpChecksumAt : kUdpChecksumAt);
    return true;
}

bool want_segments(Frame& frame, bool ip6, size_t segment_bytes) {
    const Layers layers = find_layers(frame);
    if (!layers.tcp() || layers.ip6 != ip6 || segment_bytes == 0) return false;
    if (layers.transport + kTcpLeastBytes > frame.head_bytes()) return false;
    const size_t header = (frame.head()[layers.transport + 12] >> 4) * 4u;
    if (header < kTcpLeastBytes || layers.transport + header > frame.head_bytes()) return false;
    if (frame.size() - layers.network > 0xFFFF) return false;
    set_ip_length(frame, layers, frame.size());
    set_partial_checksum(frame, layers);
    frame.header_bytes = layers.transport + header;
    if (frame.size() - frame.header_bytes <= segment_bytes) return true; // one segment as it is
    frame.segmentation = ip6 ? Segmentation::Tcp6 : Segmentation::Tcp4;
    frame.segment_bytes = segment_bytes;
    return true;
}

void finish_checksum(Frame& frame) {
    if (!frame.partial_checksum) return;
    frame.partial_checksum = false;
    frame.checksum_good = true;
    // The field itself holds the pseudo-header's sum, which belongs to the whole.
    uint16_t sum = static_cast<uint16_t>(~sum_of(frame, frame.checksum_start, frame.size() - frame.checksum_start));
    // For UDP zero means that there is none; for TCP both are zero.
    if (sum == 0) sum = 0xFFFF;
    store_be16(frame.head() + frame.checksum_at, sum);
}

bool judge_checksum(Frame& frame) {
    frame.checksum_good = false;
    const Layers layers = find_layers(frame);
    if (!layers.tcp() && !layers.udp()) return true;
    const size_t header = layers.tcp() ? kTcpLeastBytes : kUdpBytes;
    if (layers.transport + header > frame.head_bytes() || layers.end > frame.size() ||
        layers.end < layers.transport + header)
        return true;
    if (layers.udp() && !layers.ip6 && load_be16(frame.head() + layers.transport + kUdpChecksumAt) == 0) {
        frame.checksum_good = true;
        return true;
    }
    const size_t bytes = layers.end - layers.transport;
    InternetSum sum;
    sum.add_word(pseudo_sum(frame, layers, bytes));
    sum.add_word(sum_of(frame, layers.transport, bytes));
    frame.checksum_good = sum.folded() == 0xFFFF;
    return frame.checksum_good;
}

void for_each_segment(Frame& frame, Frame& scratch, const std::function<bool(Frame&)>& use) {
    if (frame.segmentation == Segmentation::None) {
        finish_checksum(frame);
        use(frame);
        return;
    }
    const Layers layers = find_layers(frame);
    uint32_t sequence = load_be32(frame.head() + layers.transport + kTcpSequenceAt);
    uint16_t id = layers.ip6 ? 0 : load_be16(frame.head() + layers.network + 4);
    const unsigned char flags = frame.head()[layers.transport + kTcpFlagsAt];
    for (size_t at = frame.header_bytes; at < frame.size();) {
        const size_t bytes = std::min(frame.segment_bytes, frame.size() - at);
        const bool first = at == frame.header_bytes, last = at + bytes == frame.size();
        scratch.assign_part(frame, frame.header_bytes, at, bytes);
        unsigned char* const tcp = scratch.head() + layers.transport;
        store_be32(tcp + kTcpSequenceAt, sequence);
        tcp[kTcpFlagsAt] = flags;
        if (!last) tcp[kTcpFlagsAt] &= static_cast<unsigned char>(~(kTcpFin | kTcpPush));
        if (!first) tcp[kTcpFlagsAt] &= static_cast<unsigned char>(~kTcpCwr);
        if (!layers.ip6) store_be16(scratch.head() + layers.network + 4, id++);
        set_ip_length(scratch, layers, scratch.size());
        set_partial_checksum(scratch, layers);
        finish_checksum(scratch);
        if (!use(scratch)) return;
        sequence += static_cast<uint32_t>(bytes);
        at += bytes;
    }
}

} // namespace host
