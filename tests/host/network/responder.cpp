// SPDX-License-Identifier: GPL-2.0-only
#include "responder.hpp"

#include "offload.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {

const uint64_t kTickNs = 50000000;
const uint16_t kDiscardPort = 9;
const size_t kMacBytes = 6;
const size_t kArpBytes = 28;
const unsigned char kEchoRequest = 8, kEchoRequest6 = 128, kEchoReply6 = 129;
const unsigned char kNeighbourSolicitation = 135, kNeighbourAdvertisement = 136;
const size_t kIcmpChecksumAt = 2;

void exchange(unsigned char* a, unsigned char* b, size_t bytes) { std::swap_ranges(a, a + bytes, b); }

bool all_zero(const unsigned char* bytes, size_t size) {
    return std::all_of(bytes, bytes + size, [](unsigned char each) { return each == 0; });
}

} // namespace

void Responder::attach(Port* port) {
    const std::lock_guard<std::mutex> guard(mutex_);
    port_ = port;
}

void Responder::send(Frame& frame, Inlet& inlet) {
    const std::lock_guard<std::mutex> guard(mutex_);
    frames_++;
    largest_ = std::max<uint64_t>(largest_, frame.size());
    frame.extract_tag();
    const unsigned char* const head = frame.head();
    if (frame.head_bytes() < kEthernetBytes) return;
    const bool for_us = memcmp(head, mac_.data(), kMacBytes) == 0;
    if (!for_us && !(head[0] & 1)) return;
    if (!frame.checksum_good && !judge_checksum(frame)) {
        bad_checksums_++;
        return;
    }
    inlet_ = &inlet;
    tagged_ = frame.tagged;
    tag_ = frame.tag;
    const Layers layers = find_layers(frame);
    in_.resize(frame.size());
    frame.copy(0, in_.data(), in_.size());
    if (layers.ether_type == kEtherArp) {
        answer_arp(frame);
    } else if (layers.transport != 0 && !layers.fragment && layers.end <= in_.size()) {
        in_.resize(layers.end); // without padding
        if (layers.protocol == kProtocolIcmp6 && layers.ip6) answer_icmp6(layers);
        else if (!for_us) ; // nobody answers a broadcast
        else if (layers.protocol == kProtocolIcmp && !layers.ip6) answer_icmp(layers);
        else if (layers.udp()) answer_udp(layers);
        else if (layers.tcp()) tcp_.receive(in_, layers, tagged_ ? tag_ : kTcpUntagged, platform_.now_ns());
    }
    inlet_ = nullptr;
    watch_tcp();
}

void Responder::reply(const unsigned char* bytes, size_t size) {
    frame_.assign(bytes, size);
    frame_.tagged = tagged_;
    frame_.tag = tag_;
    frame_.checksum_good = true;
    if (inlet_->receive(frame_)) replies_++;
    else lost_++;
}

void Responder::answer_arp(const Frame&) {
    if (in_.size() < kEthernetBytes + kArpBytes) return;
    in_.resize(kEthernetBytes + kArpBytes);
    unsigned char* const arp = &in_[kEthernetBytes];
    unsigned char* const sender = arp + 8;
    unsigned char* const target = arp + 18;
    // Ethernet and IPv4, a request; who asks for an address without having one wants to take it.
    if (load_be16(arp) != 1 || load_be16(arp + 2) != kEtherIp4 || load_be16(arp + 6) != 1) return;
    if (all_zero(sender + kMacBytes, 4) || memcmp(sender + kMacBytes, target + kMacBytes, 4) == 0) return;
    store_be16(arp + 6, 2);
    exchange(sender, target, kMacBytes + 4);
    memcpy(sender, mac_.data(), kMacBytes);
    memcpy(&in_[0], target, kMacBytes);
    memcpy(&in_[kMacBytes], mac_.data(), kMacBytes);
    reply(in_.data(), in_.size());
}

void Responder::turn_round(const Layers& layers, size_t checksum_at) {
    exchange(&in_[0], &in_[kMacBytes], kMacBytes);
    memcpy(&in_[kMacBytes], mac_.data(), kMacBytes);
    unsigned char* const ip = &in_[layers.network];
    if (layers.ip6) exchange(ip + 8, ip + 24, 16);
    else exchange(ip + 12, ip + 16, 4);
    // The IP header's sum is the same; so is the transport's for UDP, but ICMP has another type.
    store_be16(&in_[checksum_at], 0);
    InternetSum sum;
    const size_t bytes = in_.size() - layers.transport;
    if (layers.protocol != kProtocolIcmp) {
        frame_.assign(in_.data(), in_.size());
        sum.add_word(pseudo_sum(frame_, layers, bytes));
    }
    sum.add(&in_[layers.transport], bytes);
    uint16_t folded = static_cast<uint16_t>(~sum.folded());
    if (folded == 0) folded = 0xFFFF;
    store_be16(&in_[checksum_at], folded);
}

void Responder::answer_icmp(const Layers& layers) {
    if (in_.size() < layers.transport + 8 || in_[layers.transport] != kEchoRequest) return;
    in_[layers.transport] = 0;
    turn_round(layers, layers.transport + kIcmpChecksumAt);
    reply(in_.data(), in_.size());
}

void Responder::answer_icmp6(const Layers& layers) {
    if (in_.size() < layers.transport + 8) return;
    if (in_[layers.transport] == kNeighbourSolicitation) return answer_neighbour(layers);
    if (in_[layers.transport] != kEchoRequest6 || (in_[layers.network + 24] == 0xFF)) return;
    in_[layers.transport] = kEchoReply6;
    turn_round(layers, layers.transport + kIcmpChecksumAt);
    reply(in_.data(), in_.size());
}

void Responder::answer_neighbour(const Layers& layers) {
    const size_t kAdvertisement = 32; // with the option that names the link-layer address
    // From nowhere: the guest wants to know whether it may have the address.
    if (in_.size() < layers.transport + 24 || all_zero(&in_[layers.network + 8], 16)) return;
    unsigned char target[16];
    memcpy(target, &in_[layers.transport + 8], sizeof target);
    in_.resize(layers.transport + kAdvertisement);
    unsigned char* const ip = &in_[layers.network];
    store_be16(ip + 4, kAdvertisement);
    unsigned char* const message = &in_[layers.transport];
    memset(message, 0, kAdvertisement);
    message[0] = kNeighbourAdvertisement;
    message[4] = 0x60; // solicited, override
    memcpy(message + 8, target, sizeof target);
    message[24] = 2; // target link-layer address
    message[25] = 1;
    memcpy(message + 26, mac_.data(), kMacBytes);
    memcpy(ip + 24, target, sizeof target); // becomes the source
    turn_round(layers, layers.transport + kIcmpChecksumAt);
    reply(in_.data(), in_.size());
}

void Responder::answer_udp(const Layers& layers) {
    if (in_.size() < layers.transport + kUdpBytes) return;
    unsigned char* const udp = &in_[layers.transport];
    if (load_be16(udp + 2) == kDiscardPort) {
        discarded_++;
        discarded_bytes_ += in_.size() - layers.transport - kUdpBytes;
        return;
    }
    exchange(udp, udp + 2, 2);
    turn_round(layers, layers.transport + kUdpChecksumAt);
    reply(in_.data(), in_.size());
}

// ---- TCP ----

bool Responder::send_segment(const TcpFlow& flow, const unsigned char* segment, size_t size) {
    const size_t header = kEthernetBytes + (flow.ip6 ? 40 : 20);
    out_.assign(header, 0);
    out_.insert(out_.end(), segment, segment + size);
    memcpy(&out_[0], flow.peer_mac, kMacBytes);
    memcpy(&out_[kMacBytes], mac_.data(), kMacBytes);
    store_be16(&out_[12], flow.ip6 ? kEtherIp6 : kEtherIp4);
    unsigned char* const ip = &out_[kEthernetBytes];
    if (flow.ip6) {
        ip[0] = 0x60;
        store_be16(ip + 4, static_cast<uint32_t>(size));
        ip[6] = kProtocolTcp;
        ip[7] = 64;
        memcpy(ip + 8, flow.local, 16);
        memcpy(ip + 24, flow.peer, 16);
    } else {
        ip[0] = 0x45;
        store_be16(ip + 2, static_cast<uint32_t>(20 + size));
        store_be16(ip + 6, 0x4000);
        ip[8] = 64;
        ip[9] = kProtocolTcp;
        memcpy(ip + 12, flow.local, 4);
        memcpy(ip + 16, flow.peer, 4);
    }
    frame_.assign(out_.data(), out_.size());
    frame_.tagged = flow.tag != kTcpUntagged;
    frame_.tag = static_cast<uint16_t>(flow.tag);
    const Layers layers = find_layers(frame_);
    if (!flow.ip6) set_ip_checksum(frame_, layers);
    store_be16(frame_.head() + layers.transport + kTcpChecksumAt, pseudo_sum(frame_, layers, size));
    want_checksum(frame_, true, layers.transport);
    finish_checksum(frame_);
    if (inlet_->receive(frame_)) return true;
    lost_++;
    return false;
}

// A look at the connections now and then, while there are any: what was lost is sent again.
void Responder::watch_tcp() {
    if (watching_ || !tcp_.busy() || !port_) return;
    watching_ = true;
    const std::weak_ptr<Responder> self = weak_from_this();
    platform_.after(kTickNs, [self] {
        const auto responder = self.lock();
        Port* const port = responder ? responder->port_ : nullptr;
        if (!port) return;
        port->deliver([&responder](Inlet& inlet) {
            const std::lock_guard<std::mutex> guard(responder->mutex_);
            responder->watching_ = false;
            responder->inlet_ = &inlet;
            responder->tcp_.tick(responder->platform_.now_ns());
            responder->inlet_ = nullptr;
            responder->watch_tcp();
        });
    });
}

void Responder::count(Counters& counters) const {
    const std::lock_guard<std::mutex> guard(mutex_);
    counters["responder-frames"] += frames_;
    counters["responder-replies"] += replies_;
    counters["responder-bad-checksums"] += bad_checksums_;
    counters["responder-discarded"] += discarded_;
    counters["responder-discarded-bytes"] += discarded_bytes_ + tcp_.discarded_bytes();
    counters["responder-largest"] = largest_;
    counters["responder-lost"] += lost_;
    counters["responder-connections"] = tcp_.connections();
    counters["responder-accepted"] = tcp_.accepted();
}

} // namespace host
