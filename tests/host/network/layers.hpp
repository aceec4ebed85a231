// SPDX-License-Identifier: GPL-2.0-only
// Where the headers of a frame begin, as far as checksums, segmentation and hashing
// need to know, and the arithmetic of Internet checksums.
#ifndef HOST_NETWORK_LAYERS_HPP
#define HOST_NETWORK_LAYERS_HPP

#include "frame.hpp"

namespace host {

inline uint16_t load_be16(const unsigned char* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
inline uint32_t load_be32(const unsigned char* at) { return uint32_t{load_be16(at)} << 16 | load_be16(at + 2); }
inline void store_be16(unsigned char* at, uint32_t value) {
    at[0] = static_cast<unsigned char>(value >> 8);
    at[1] = static_cast<unsigned char>(value);
}
inline void store_be32(unsigned char* at, uint32_t value) {
    store_be16(at, value >> 16);
    store_be16(at + 2, value & 0xFFFF);
}

const uint16_t kEtherIp4 = 0x0800;
const uint16_t kEtherArp = 0x0806;
const uint16_t kEtherTag = 0x8100;
const uint16_t kEtherIp6 = 0x86DD;
const unsigned char kProtocolIcmp = 1;
const unsigned char kProtocolTcp = 6;
const unsigned char kProtocolUdp = 17;
const unsigned char kProtocolIcmp6 = 58;
const size_t kTcpChecksumAt = 16;
const size_t kUdpChecksumAt = 6;
const size_t kTcpLeastBytes = 20;
const size_t kUdpBytes = 8;

struct Layers {
    uint16_t ether_type = 0; // behind tags
    size_t network = 0;      // offset of the IP header; 0: not IP, or not whole
    size_t transport = 0;    // 0: unknown, or not the first fragment
    size_t end = 0;          // of what IP says is there
    unsigned char protocol = 0;
    bool ip6 = false;
    bool fragment = false;

    bool tcp() const { return transport != 0 && !fragment && protocol == kProtocolTcp; }
    bool udp() const { return transport != 0 && !fragment && protocol == kProtocolUdp; }
};

// Of what is in the head.
Layers find_layers(const Frame& frame);

class InternetSum {
public:
    // What is added follows what was added before; it may be of odd length.
    void add(const void* data, size_t bytes);
    void add_word(uint16_t word) { sum_ += static_cast<uint16_t>(word << 8 | word >> 8); }
    // In host order, ready to be stored in network order; not inverted.
    uint16_t folded() const;

private:
    uint64_t sum_ = 0; // as little-endian words
    bool odd_ = false;
};

// The pseudo-header's sum, not inverted. layers.network is not 0.
uint16_t pseudo_sum(const Frame& frame, const Layers& layers, size_t transport_bytes);
// Of the bytes [offset, offset + bytes) of the frame, not inverted.
uint16_t sum_of(const Frame& frame, size_t offset, size_t bytes);
void set_ip_checksum(Frame& frame, const Layers& layers);

} // namespace host

#endif
