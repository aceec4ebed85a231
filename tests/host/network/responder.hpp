// SPDX-License-Identifier: GPL-2.0-only
// A back-end that answers by itself, without root: it has every address that somebody asks for, on every VLAN. ARP
// and neighbour discovery, ICMP and ICMPv6 echo, and on all ports of UDP and TCP echo, except discard on 9 and, of TCP,
// chargen on 19. It judges the checksums of all that it gets.
#ifndef HOST_NETWORK_RESPONDER_HPP
#define HOST_NETWORK_RESPONDER_HPP

#include "adapter.hpp"
#include "backend.hpp"
#include "layers.hpp"
#include "tcp_responder.hpp"

#include <host/platform.hpp>

#include <memory>
#include <mutex>

namespace host {

class Responder : public Backend, private TcpOutput, public std::enable_shared_from_this<Responder> {
public:
    explicit Responder(Platform& platform, const MacAddress& mac = {{0x02, 0x6c, 0x69, 0x73, 0x00, 0x01}})
        : platform_(platform), mac_(mac), tcp_(*this) {}

    void attach(Port* port) override;
    void send(Frame& frame, Inlet& inlet) override;
    void count(Counters& counters) const override;

private:
    void answer_arp(const Frame& frame);
    void answer_icmp(const Layers& layers);
    void answer_icmp6(const Layers& layers);
    void answer_neighbour(const Layers& layers);
    void answer_udp(const Layers& layers);
    // in_ with its addresses exchanged, and its transport checksum made anew.
    void turn_round(const Layers& layers, size_t checksum_at);
    void reply(const unsigned char* bytes, size_t size);
    bool send_segment(const TcpFlow& flow, const unsigned char* segment, size_t size) override;
    void watch_tcp();

    Platform& platform_;
    MacAddress mac_;
    mutable std::mutex mutex_;
    Port* port_ = nullptr;
    Inlet* inlet_ = nullptr; // while a frame is answered
    std::vector<unsigned char> in_, out_;
    Frame frame_;
    bool tagged_ = false;
    uint16_t tag_ = 0;
    TcpResponder tcp_;
    bool watching_ = false;
    uint64_t frames_ = 0, replies_ = 0, lost_ = 0, bad_checksums_ = 0, largest_ = 0;
    uint64_t discarded_ = 0, discarded_bytes_ = 0;
};

} // namespace host

#endif
