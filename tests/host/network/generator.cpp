// SPDX-License-Identifier: GPL-2.0-only
#include "generator.hpp"

#include "offload.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {

const uint64_t kTickNs = 1000000;
const uint64_t kAtOnce = 256; // frames, before anyone else may do something
const size_t kHeaders = kEthernetBytes + 20 + kUdpBytes;
const size_t kNumberBytes = 8;
const unsigned char kSource[6] = {0x02, 0x6c, 0x69, 0x73, 0x00, 0x02};
const uint16_t kFirstPort = 10000, kPort = 9;

} // namespace

void Generator::attach(Port* port) {
    const std::lock_guard<std::mutex> guard(mutex_);
    port_ = port;
    generation_++;
}

void Generator::send(Frame&, Inlet&) { taken_++; }

void Generator::start(const GeneratorPlan& plan) {
    uint64_t generation;
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        plan_ = plan;
        plan_.bytes = std::max(plan.bytes, kHeaders + kNumberBytes);
        plan_.ports = std::max<uint16_t>(plan.ports, 1);
        done_ = 0;
        begun_ns_ = platform_.now_ns();
        generation = ++generation_;
        make_frame();
    }
    const std::weak_ptr<Generator> self = weak_from_this();
    platform_.after(kTickNs, [self, generation] {
        if (const auto generator = self.lock()) generator->run(generation);
    });
}

void Generator::stop() {
    const std::lock_guard<std::mutex> guard(mutex_);
    generation_++;
}

void Generator::make_frame() {
    bytes_.assign(plan_.bytes, 0);
    memcpy(&bytes_[0], guest_.data(), 6);
    memcpy(&bytes_[6], kSource, sizeof kSource);
    store_be16(&bytes_[12], kEtherIp4);
    unsigned char* const ip = &bytes_[kEthernetBytes];
    ip[0] = 0x45;
    store_be16(ip + 2, static_cast<uint32_t>(plan_.bytes - kEthernetBytes));
    ip[8] = 64;
    ip[9] = kProtocolUdp;
    store_be32(ip + 12, 0xC0000201);
    store_be32(ip + 16, plan_.address);
    unsigned char* const udp = ip + 20;
    store_be16(udp + 2, kPort);
    store_be16(udp + 4, static_cast<uint32_t>(plan_.bytes - kEthernetBytes - 20));
    frame_.assign(bytes_.data(), bytes_.size());
    set_ip_checksum(frame_, find_layers(frame_));
    frame_.copy(0, bytes_.data(), frame_.head_bytes());
}

// As many frames as the rate has become due since it began.
void Generator::run(uint64_t generation) {
    Port* port;
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        if (generation != generation_) return;
        port = port_;
    }
    if (!port) return;
    port->deliver([this](Inlet& inlet) {
        const std::lock_guard<std::mutex> guard(mutex_);
        uint64_t due = (platform_.now_ns() - begun_ns_) / 1000 * plan_.per_second / 1000000;
        if (plan_.frames != 0) due = std::min(due, plan_.frames);
        // Behind by more than that is behind for good.
        if (due > done_ + kAtOnce) {
            begun_ns_ += (due - done_ - kAtOnce) * 1000000000 / plan_.per_second;
            due = done_ + kAtOnce;
        }
        for (; done_ < due; done_++) {
            unsigned char* const udp = &bytes_[kEthernetBytes + 20];
            store_be16(udp, kFirstPort + static_cast<uint32_t>(done_ % plan_.ports));
            store_be32(udp + kUdpBytes, static_cast<uint32_t>(done_ >> 32));
            store_be32(udp + kUdpBytes + 4, static_cast<uint32_t>(done_));
            frame_.assign(bytes_.data(), bytes_.size());
            frame_.checksum_good = true; // UDP without one
            if (inlet.receive(frame_)) sent_++;
            else lost_++;
        }
    });
    const std::lock_guard<std::mutex> guard(mutex_);
    if (generation != generation_ || (plan_.frames != 0 && done_ >= plan_.frames)) return;
    const std::weak_ptr<Generator> self = weak_from_this();
    platform_.after(kTickNs, [self, generation] {
        if (const auto generator = self.lock()) generator->run(generation);
    });
}

void Generator::count(Counters& counters) const {
    const std::lock_guard<std::mutex> guard(mutex_);
    counters["generator-sent"] += sent_;
    counters["generator-lost"] += lost_;
    counters["generator-taken"] += taken_;
}

} // namespace host
