// SPDX-License-Identifier: GPL-2.0-only
#include "tcp_responder.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {

const unsigned char kFin = 0x01, kSyn = 0x02, kReset = 0x04, kPush = 0x08, kAck = 0x10;
const uint16_t kDiscardPort = 9, kChargenPort = 19;
const uint32_t kOwnWindow = 0xFFFF;
const unsigned kOwnScale = 3;
const size_t kBufferLimit = 256 * 1024; // of data that waits for the peer
const uint64_t kAgainNs = 200000000;
const uint64_t kForgetNs = 60000000000;
const size_t kConnectionLimit = 1024;
const unsigned char kOptionEnd = 0, kOptionNone = 1, kOptionMss = 2, kOptionScale = 3;

int32_t after(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b); }

} // namespace

void TcpResponder::receive(const std::vector<unsigned char>& frame, const Layers& layers, uint32_t tag,
                           uint64_t now_ns) {
    const unsigned char* const tcp = frame.data() + layers.transport;
    const size_t left = frame.size() - layers.transport;
    const size_t header = left < kTcpLeastBytes ? 0 : (tcp[12] >> 4) * 4u;
    if (header < kTcpLeastBytes || header > left) return;
    TcpFlow flow = {};
    flow.ip6 = layers.ip6;
    flow.tag = tag;
    memcpy(flow.peer_mac, frame.data() + 6, 6);
    const unsigned char* const ip = frame.data() + layers.network;
    const size_t address_bytes = layers.ip6 ? 16 : 4;
    memcpy(flow.peer, ip + (layers.ip6 ? 8 : 12), address_bytes);
    memcpy(flow.local, ip + (layers.ip6 ? 24 : 16), address_bytes);
    flow.peer_port = load_be16(tcp);
    flow.local_port = load_be16(tcp + 2);
    const Segment segment = {load_be32(tcp + 4), load_be32(tcp + 8), tcp[13], load_be16(tcp + 14),
                             tcp + kTcpLeastBytes, header - kTcpLeastBytes, tcp + header, left - header};

    Key key(reinterpret_cast<const char*>(flow.peer), sizeof flow.peer + sizeof flow.local);
    key.append(reinterpret_cast<const char*>(tcp), 4);
    key.append(reinterpret_cast<const char*>(&tag), sizeof tag);
    const auto found = connections_.find(key);
    if (segment.flags & kReset) {
        if (found != connections_.end()) connections_.erase(found);
        return;
    }
    if (segment.flags & kSyn) return accept(key, flow, segment, now_ns);
    if (found == connections_.end()) return refuse(flow, segment);
    Connection& connection = found->second;
    connection.heard_ns = now_ns;
    take_acknowledgement(connection, segment, now_ns);
    take_data(connection, segment);
    const bool wrong = segment.sequence != connection.received - segment.bytes - ((segment.flags & kFin) ? 1 : 0);
    generate(connection);
    const bool told = push(connection);
    const bool due = connection.unanswered >= 2 * connection.mss || (segment.flags & (kPush | kFin)) || wrong;
    if (!told && due) emit(connection, kAck, connection.sent, nullptr, 0);
    if (connection.fin_sent && connection.acknowledged == connection.sent) connections_.erase(found);
}

void TcpResponder::accept(const Key& key, const TcpFlow& flow, const Segment& segment, uint64_t now_ns) {
    if (connections_.size() >= kConnectionLimit) return refuse(flow, segment);
    Connection& connection = connections_[key];
    connection = Connection();
    connection.flow = flow;
    connection.received = segment.sequence + 1;
    connection.acknowledged = connection.sent = 0x10000 + static_cast<uint32_t>(++accepted_) * 0x10000;
    connection.window = segment.window;
    connection.progress_ns = connection.heard_ns = now_ns;
    for (size_t at = 0; at < segment.option_bytes;) {
        const unsigned char kind = segment.options[at];
        if (kind == kOptionEnd) break;
        if (kind == kOptionNone) {
            at++;
            continue;
        }
        const size_t bytes = at + 1 < segment.option_bytes ? segment.options[at + 1] : 0;
        if (bytes < 2 || bytes > segment.option_bytes - at) break;
        if (kind == kOptionMss && bytes == 4)
            connection.mss = std::max<uint32_t>(64, load_be16(segment.options + at + 2));
        if (kind == kOptionScale && bytes == 3) {
            connection.scale = std::min<unsigned>(14, segment.options[at + 2]);
            connection.own_scale = kOwnScale;
        }
        at += bytes;
    }
    emit(connection, kSyn | kAck, connection.sent++, nullptr, 0);
}

void TcpResponder::take_acknowledgement(Connection& connection, const Segment& segment, uint64_t now_ns) {
    if (!(segment.flags & kAck)) return;
    connection.window = segment.window << connection.scale;
    const uint32_t acknowledged = segment.acknowledgement;
    if (after(acknowledged, connection.acknowledged) <= 0 || after(acknowledged, connection.sent) > 0) return;
    uint32_t bytes = acknowledged - connection.acknowledged;
    if (!connection.established) {
        connection.established = true; // our SYN
        bytes--;
    }
    connection.data.erase(0, std::min<size_t>(bytes, connection.data.size()));
    connection.acknowledged = acknowledged;
    connection.progress_ns = now_ns;
}

void TcpResponder::take_data(Connection& connection, const Segment& segment) {
    if (segment.sequence != connection.received || connection.peer_done) return;
    if (connection.data.size() > kBufferLimit) return; // it is sent again
    if (connection.flow.local_port == kDiscardPort) discarded_bytes_ += segment.bytes;
    else if (connection.flow.local_port != kChargenPort)
        connection.data.append(reinterpret_cast<const char*>(segment.data), segment.bytes);
    connection.received += static_cast<uint32_t>(segment.bytes);
    connection.unanswered += segment.bytes;
    if (segment.flags & kFin) {
        connection.received++;
        connection.peer_done = true;
    }
}

// As RFC 864 has it, but for the lines' ends.
void TcpResponder::generate(Connection& connection) {
    if (connection.flow.local_port != kChargenPort || connection.peer_done || !connection.established) return;
    while (connection.data.size() < kBufferLimit / 4) {
        for (char each = ' '; each <= '~'; each++) connection.data.push_back(each);
        connection.data.push_back('\n');
    }
}

bool TcpResponder::push(Connection& connection) {
    if (!connection.established || connection.fin_sent) return false;
    bool told = false;
    for (;;) {
        const size_t out = connection.sent - connection.acknowledged;
        const size_t left = connection.data.size() - out;
        const size_t room = connection.window > out ? connection.window - out : 0;
        const size_t bytes = std::min<size_t>({left, room, connection.mss});
        if (bytes == 0) break;
        const unsigned char flags = bytes == left ? kAck | kPush : kAck;
        if (!emit(connection, flags, connection.sent, connection.data.data() + out, bytes)) return told;
        connection.sent += static_cast<uint32_t>(bytes);
        told = true;
    }
    if (connection.peer_done && connection.sent - connection.acknowledged == connection.data.size()) {
        emit(connection, kFin | kAck, connection.sent++, nullptr, 0);
        connection.fin_sent = told = true;
    }
    return told;
}

void TcpResponder::tick(uint64_t now_ns) {
    for (auto it = connections_.begin(); it != connections_.end();) {
        Connection& connection = it->second;
        if (now_ns - connection.heard_ns > kForgetNs) {
            it = connections_.erase(it);
            continue;
        }
        ++it;
        const bool out = connection.sent != connection.acknowledged;
        if (connection.established && !connection.fin_sent) {
            if (out && now_ns - connection.progress_ns > kAgainNs) connection.sent = connection.acknowledged;
            push(connection);
        } else if (out && now_ns - connection.progress_ns > kAgainNs) {
            // The SYN or the FIN, with what is before it.
            const bool fin = connection.fin_sent;
            connection.fin_sent = false;
            connection.sent = connection.acknowledged;
            if (fin) push(connection);
            else emit(connection, kSyn | kAck, connection.sent++, nullptr, 0);
        }
        if (connection.sent != connection.acknowledged && now_ns - connection.progress_ns > kAgainNs)
            connection.progress_ns = now_ns;
    }
}

void TcpResponder::refuse(const TcpFlow& flow, const Segment& segment) {
    Connection nobody;
    nobody.flow = flow;
    nobody.received = segment.sequence + static_cast<uint32_t>(segment.bytes);
    if (segment.flags & (kSyn | kFin)) nobody.received++;
    emit(nobody, kReset | kAck, segment.acknowledgement, nullptr, 0);
}

bool TcpResponder::emit(Connection& connection, unsigned char flags, uint32_t sequence, const char* data,
                        size_t bytes) {
    const size_t options = (flags & kSyn) ? (connection.own_scale != 0 ? 8 : 4) : 0;
    segment_.assign(kTcpLeastBytes + options, 0);
    if (bytes != 0) segment_.insert(segment_.end(), data, data + bytes);
    unsigned char* const tcp = segment_.data();
    store_be16(tcp, connection.flow.local_port);
    store_be16(tcp + 2, connection.flow.peer_port);
    store_be32(tcp + 4, sequence);
    store_be32(tcp + 8, connection.received);
    tcp[12] = static_cast<unsigned char>((kTcpLeastBytes + options) / 4 << 4);
    tcp[13] = flags;
    store_be16(tcp + 14, connection.data.size() > kBufferLimit ? 0 : kOwnWindow);
    if (flags & kSyn) {
        tcp[20] = kOptionMss;
        tcp[21] = 4;
        store_be16(tcp + 22, connection.mss); // what the peer can take, we can
        if (connection.own_scale != 0) {
            tcp[24] = kOptionScale;
            tcp[25] = 3;
            tcp[26] = static_cast<unsigned char>(connection.own_scale);
        }
    }
    connection.unanswered = 0;
    return output_.send_segment(connection.flow, tcp, segment_.size());
}

} // namespace host
