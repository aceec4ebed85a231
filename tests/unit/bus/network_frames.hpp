// SPDX-License-Identifier: GPL-2.0-only
// Frames for the tests of the network adapter, and a back-end that keeps and gives them.
#ifndef TESTS_UNIT_BUS_NETWORK_FRAMES_HPP
#define TESTS_UNIT_BUS_NETWORK_FRAMES_HPP

#include "network_guest.hpp"

#include "host/network/offload.hpp"

namespace bus_test {

using host::AdapterOptions;
using host::Frame;
using host::Inlet;
using host::NetworkDevice;
using hyperv::PacketInfoType;

const uint32_t kTcp4 = hyperv::kChecksumIp4 | hyperv::kChecksumTcp;
const uint32_t kChecksum = static_cast<uint32_t>(PacketInfoType::Checksum);
const uint32_t kLargeSend = static_cast<uint32_t>(PacketInfoType::LargeSend);
const uint32_t kVlan = static_cast<uint32_t>(PacketInfoType::Vlan);
const uint32_t kHash = static_cast<uint32_t>(PacketInfoType::Hash);

// Keeps what the guest sends, and says what the test wants to be said.
class Recorder : public host::Backend {
public:
    struct Record {
        Bytes bytes;
        bool tagged;
        uint16_t tag;
        bool partial;
        host::Segmentation segmentation;
    };

    bool takes_partial_checksums() const override { return takes; }
    bool takes_segmentation() const override { return takes; }
    void attach(host::Port* port) override { port_ = port; }
    void send(Frame& frame, Inlet&) override {
        Record record = {Bytes(frame.size()), frame.tagged, frame.tag, frame.partial_checksum, frame.segmentation};
        frame.copy(0, record.bytes.data(), record.bytes.size());
        records.push_back(record);
    }
    // Returns how many the guest can have.
    unsigned give(const std::vector<Bytes>& frames) {
        unsigned given = 0;
        port_->deliver([&](Inlet& inlet) {
            for (const Bytes& bytes : frames) {
                frame.assign(bytes.data(), bytes.size());
                if (inlet.receive(frame)) given++;
            }
        });
        return given;
    }
    bool give_large(const Bytes& bytes, size_t segment_bytes) {
        bool given = false;
        port_->deliver([&](Inlet& inlet) {
            frame.assign(bytes.data(), bytes.size());
            EXPECT_TRUE(host::want_segments(frame, false, segment_bytes));
            given = inlet.receive(frame);
        });
        return given;
    }

    bool takes = false;
    std::vector<Record> records;
    Frame frame;

private:
    host::Port* port_ = nullptr;
};

inline void with_recorder(const AdapterOptions& options,
                          const std::function<void(Recorder&, NetworkDevice&, NetworkGuest&)>& body) {
    const auto recorder = std::make_shared<Recorder>();
    with_network(options, recorder, [&](World&, NetworkDevice& device, NetworkGuest& guest) {
        guest.start();
        ASSERT_EQ(guest.set_offloads(hyperv::kOffloadBoth, hyperv::kOffloadOn, hyperv::kOffloadOff), 0u);
        body(*recorder, device, guest);
    });
}

inline Bytes plain(size_t size, unsigned char first = 0) {
    Bytes bytes(size);
    for (size_t i = 0; i < size; i++) bytes[i] = static_cast<unsigned char>(first + i);
    const unsigned char destination[6] = {0x00, 0x15, 0x5d, 0x00, 0x00, 0x01};
    std::copy(destination, destination + 6, bytes.begin());
    bytes[12] = 0x88;
    bytes[13] = 0xB5; // an experiment's
    return bytes;
}

// TCP or UDP over IPv4 or IPv6, its checksums right.
inline Bytes packet_of(bool ip6, bool tcp, size_t data) {
    const size_t ip = 14, transport = ip + (ip6 ? 40 : 20), begin = transport + (tcp ? 20 : 8);
    Bytes bytes = plain(begin + data);
    unsigned char* const at = bytes.data();
    std::fill(at + ip, at + begin, 0);
    host::store_be16(at + 12, ip6 ? host::kEtherIp6 : host::kEtherIp4);
    at[ip] = ip6 ? 0x60 : 0x45;
    host::store_be16(at + ip + (ip6 ? 4 : 2), static_cast<uint32_t>(bytes.size() - (ip6 ? transport : ip)));
    at[ip + (ip6 ? 6 : 9)] = tcp ? host::kProtocolTcp : host::kProtocolUdp;
    for (size_t i = 0; i < (ip6 ? 32u : 8u); i++) at[ip + (ip6 ? 8 : 12) + i] = static_cast<unsigned char>(17 * i + 3);
    host::store_be16(at + transport, 1234);
    host::store_be16(at + transport + 2, 7);
    if (tcp) {
        host::store_be32(at + transport + 4, 0xFFFFFF00);
        at[transport + 12] = 0x50;
        at[transport + 13] = 0x19; // ACK, PSH, FIN
    } else {
        host::store_be16(at + transport + 4, static_cast<uint32_t>(8 + data));
    }
    Frame frame;
    frame.assign(bytes.data(), bytes.size());
    const host::Layers layers = host::find_layers(frame);
    if (!ip6) host::set_ip_checksum(frame, layers);
    EXPECT_TRUE(host::want_checksum(frame, tcp, 0));
    const uint16_t sum = host::pseudo_sum(frame, layers, frame.size() - layers.transport);
    host::store_be16(frame.head() + frame.checksum_at, sum);
    host::finish_checksum(frame);
    frame.copy(0, bytes.data(), bytes.size());
    return bytes;
}

// The same sum, done the slow way.
inline bool checksum_is_good(const Bytes& bytes) {
    const bool ip6 = host::load_be16(&bytes[12]) == host::kEtherIp6;
    const size_t transport = 14 + (ip6 ? 40 : 20);
    uint32_t sum = bytes[14 + (ip6 ? 6 : 9)] + static_cast<uint32_t>(bytes.size() - transport);
    for (size_t i = 14 + (ip6 ? 8 : 12); i < bytes.size(); i++)
        sum += (i - transport) % 2 == 0 ? bytes[i] << 8 : bytes[i];
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum == 0xFFFF;
}

// As a guest leaves it: only the pseudo-header is in the field.
inline Bytes unfinished(Bytes bytes, bool tcp, bool length = true) {
    Frame frame;
    frame.assign(bytes.data(), bytes.size());
    const host::Layers layers = host::find_layers(frame);
    const uint16_t sum = host::pseudo_sum(frame, layers, length ? bytes.size() - layers.transport : 0);
    host::store_be16(&bytes[layers.transport + (tcp ? 16 : 6)], sum);
    return bytes;
}

inline Bytes both(Bytes first, const Bytes& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

} // namespace bus_test

#endif
