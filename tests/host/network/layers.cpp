// SPDX-License-Identifier: GPL-2.0-only
#include "layers.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {

const size_t kIp4LeastBytes = 20;
const size_t kIp6Bytes = 40;

void find_ip4(const unsigned char* head, size_t size, size_t at, Layers& layers) {
    const size_t header = (head[at] & 0xFu) * 4;
    if (head[at] >> 4 != 4 || header < kIp4LeastBytes || at + header > size) return;
    layers.network = at;
    layers.protocol = head[at + 9];
    layers.end = at + load_be16(head + at + 2);
    const uint16_t part = load_be16(head + at + 6);
    layers.fragment = (part & 0x3FFF) != 0;
    if ((part & 0x1FFF) == 0) layers.transport = at + header;
}

void find_ip6(const unsigned char* head, size_t size, size_t at, Layers& layers) {
    if (head[at] >> 4 != 6) return;
    layers.network = at;
    layers.ip6 = true;
    layers.end = at + kIp6Bytes + load_be16(head + at + 4);
    unsigned char next = head[at + 6];
    at += kIp6Bytes;
    // Hop-by-hop options, routing, fragment, destination options.
    while ((next == 0 || next == 43 || next == 44 || next == 60) && at + 8 <= size) {
        if (next == 44) {
            layers.fragment = true;
            if ((load_be16(head + at + 2) & 0xFFF8) != 0) return;
        }
        const size_t bytes = next == 44 ? 8 : (head[at + 1] + 1u) * 8;
        next = head[at];
        at += bytes;
    }
    layers.protocol = next;
    if (at < size) layers.transport = at;
}

} // namespace

Layers find_layers(const Frame& frame) {
    Layers layers;
    const unsigned char* const head = frame.head();
    const size_t size = frame.head_bytes();
    if (size < kEthernetBytes) return layers;
    size_t at = kEthernetBytes;
    layers.ether_type = load_be16(head + 12);
    while (layers.ether_type == kEtherTag && at + kTagBytes <= size) {
        layers.ether_type = load_be16(head + at + 2);
        at += kTagBytes;
    }
    if (layers.ether_type == kEtherIp4 && at + kIp4LeastBytes <= size) find_ip4(head, size, at, layers);
    if (layers.ether_type == kEtherIp6 && at + kIp6Bytes <= size) find_ip6(head, size, at, layers);
    return layers;
}

void InternetSum::add(const void* data, size_t bytes) {
    const unsigned char* at = static_cast<const unsigned char*>(data);
    if (odd_ && bytes > 0) {
        sum_ += uint64_t{*at++} << 8;
        bytes--;
        odd_ = false;
    }
    // Ones' complement: words of 64 bits, with their carries added at the other end, fold as words of 16 do.
    uint64_t wide = 0;
#pragma GCC unroll 4
    for (; bytes >= 8; at += 8, bytes -= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        wide += word;
        wide += wide < word;
    }
    sum_ += (wide & 0xFFFFFFFF) + (wide >> 32);
    for (; bytes >= 2; at += 2, bytes -= 2) {
        uint16_t word;
        memcpy(&word, at, sizeof word);
        sum_ += word;
    }
    if (bytes != 0) {
        sum_ += *at;
        odd_ = true;
    }
}

uint16_t InternetSum::folded() const {
    uint64_t sum = sum_;
    while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<uint16_t>(sum << 8 | sum >> 8);
}

uint16_t pseudo_sum(const Frame& frame, const Layers& layers, size_t transport_bytes) {
    InternetSum sum;
    if (layers.ip6) sum.add(frame.head() + layers.network + 8, 32);
    else sum.add(frame.head() + layers.network + 12, 8);
    sum.add_word(layers.protocol);
    sum.add_word(static_cast<uint16_t>(transport_bytes >> 16));
    sum.add_word(static_cast<uint16_t>(transport_bytes));
    return sum.folded();
}

uint16_t sum_of(const Frame& frame, size_t offset, size_t bytes) {
    InternetSum sum;
    for (const iovec& piece : frame.pieces()) {
        if (bytes == 0) break;
        if (offset >= piece.iov_len) {
            offset -= piece.iov_len;
            continue;
        }
        const size_t length = std::min(bytes, piece.iov_len - offset);
        sum.add(static_cast<const char*>(piece.iov_base) + offset, length);
        bytes -= length;
        offset = 0;
    }
    return sum.folded();
}

void set_ip_checksum(Frame& frame, const Layers& layers) {
    unsigned char* const header = frame.head() + layers.network;
    store_be16(header + 10, 0);
    InternetSum sum;
    sum.add(header, (header[0] & 0xFu) * 4);
    store_be16(header + 10, static_cast<uint16_t>(~sum.folded()));
}

} // namespace host
