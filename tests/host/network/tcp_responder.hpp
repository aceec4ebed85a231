// SPDX-License-Identifier: GPL-2.0-only
// The least TCP that serves: every port is open, for echo, for discard (9) or for chargen (19). Segments out of order
// are dropped; what the peer does not acknowledge in time is sent again from there on.
#ifndef HOST_NETWORK_TCP_RESPONDER_HPP
#define HOST_NETWORK_TCP_RESPONDER_HPP

#include "layers.hpp"

#include <map>
#include <string>

namespace host {

const uint32_t kTcpUntagged = 0x10000;

struct TcpFlow {
    bool ip6;
    uint32_t tag; // kTcpUntagged, or the 802.1Q tag
    unsigned char peer_mac[6];
    unsigned char peer[16], local[16];
    uint16_t peer_port, local_port;
};

class TcpOutput {
public:
    virtual ~TcpOutput() {}
    // TCP header and data, its checksum not filled in. False: lost.
    virtual bool send_segment(const TcpFlow& flow, const unsigned char* segment, size_t size) = 0;
};

class TcpResponder {
public:
    explicit TcpResponder(TcpOutput& output) : output_(output) {}

    // A frame whose checksum is good, without padding.
    void receive(const std::vector<unsigned char>& frame, const Layers& layers, uint32_t tag, uint64_t now_ns);
    void tick(uint64_t now_ns);
    // tick() is due again in a while.
    bool busy() const { return !connections_.empty(); }
    size_t connections() const { return connections_.size(); }
    uint64_t accepted() const { return accepted_; }
    uint64_t discarded_bytes() const { return discarded_bytes_; }

private:
    struct Connection {
        TcpFlow flow;
        uint32_t received = 0;     // next sequence number of the peer's
        uint32_t acknowledged = 0; // by the peer
        uint32_t sent = 0;         // next one of ours
        uint32_t window = 0;
        uint32_t mss = 536;
        unsigned scale = 0, own_scale = 0;
        size_t unanswered = 0; // bytes that we owe an acknowledgement for
        std::string data;      // from `acknowledged` on
        bool peer_done = false, fin_sent = false, established = false;
        uint64_t progress_ns = 0;
        uint64_t heard_ns = 0;
    };
    struct Segment {
        uint32_t sequence, acknowledgement;
        unsigned char flags;
        uint32_t window;
        const unsigned char* options;
        size_t option_bytes;
        const unsigned char* data;
        size_t bytes;
    };
    typedef std::string Key;

    void accept(const Key& key, const TcpFlow& flow, const Segment& segment, uint64_t now_ns);
    void take_acknowledgement(Connection& connection, const Segment& segment, uint64_t now_ns);
    void take_data(Connection& connection, const Segment& segment);
    // Sends what it may; returns whether something went that acknowledges.
    bool push(Connection& connection);
    bool emit(Connection& connection, unsigned char flags, uint32_t sequence, const char* data, size_t bytes);
    void refuse(const TcpFlow& flow, const Segment& segment);
    void generate(Connection& connection);

    TcpOutput& output_;
    std::map<Key, Connection> connections_;
    std::vector<unsigned char> segment_;
    uint64_t accepted_ = 0, discarded_bytes_ = 0;
};

} // namespace host

#endif
