// SPDX-License-Identifier: GPL-2.0-only
// What an adapter is, what its guest has negotiated, and what it has counted.
#ifndef HOST_NETWORK_ADAPTER_HPP
#define HOST_NETWORK_ADAPTER_HPP

#include <host/device.hpp>

#include <hyperv/ndis.h>
#include <hyperv/nvsp.h>
#include <hyperv/rndis.h>

#include <array>
#include <atomic>

namespace host {

typedef std::array<unsigned char, 6> MacAddress;

struct AdapterOptions {
    MacAddress mac = {{0x00, 0x15, 0x5d, 0x00, 0x00, 0x01}};
    uint32_t nvsp_version = hyperv::kNvspVersion61; // the newest that is spoken
    uint32_t mtu_limit = 9000;
    uint16_t channels = 8;               // with the primary one
    uint64_t link_bits = 10000000000ull; // per second
    bool checksum = true;                // offloads that are offered
    bool large_send = true;
    bool large_send_v1 = false;
    bool rsc = true;
    bool mac_changeable = true;
    uint32_t receive_sections = 0xFFFFFFFF; // at most
    uint32_t send_section_bytes = 6144;
};

// What the guest asks of the offloads. Off until it says so.
struct OffloadSettings {
    bool transmit4 = false, transmit6 = false; // TCP or UDP checksums
    bool receive_tcp4 = false, receive_tcp6 = false, receive_udp4 = false, receive_udp6 = false, receive_ip4 = false;
    bool lso1 = false, lso2_4 = false, lso2_6 = false;
    bool rsc4 = false, rsc6 = false;
};

struct RssSettings {
    bool enabled = false;
    uint32_t hash = 0;
    std::vector<uint32_t> table; // channel numbers
    std::array<unsigned char, hyperv::kRssKeyBytes> key = {};
};

// From the opening of the primary channel to its closing.
struct Session {
    uint32_t nvsp_version = 0; // 0: nothing agreed yet
    uint32_t ndis_major = 0, ndis_minor = 0;
    uint32_t mtu = 1500;
    uint64_t capabilities = 0; // hyperv::NvspCapabilities that the guest knows
    bool rndis_ready = false;
    uint32_t filter = 0;
    std::vector<MacAddress> multicast;
    OffloadSettings offloads;
    RssSettings rss;
    uint32_t subchannels = 0; // granted
    uint32_t data_path = hyperv::kNvspPathSynthetic;
};

// From everywhere at the same time.
struct AdapterCounters {
    typedef std::atomic<uint64_t> Count;
    Count tx_frames{0}, tx_bytes{0}, tx_errors{0};
    Count tx_large{0}, tx_checksums{0}, tx_tagged{0}, tx_batches{0}; // batches: sends of several frames
    Count rx_frames{0}, rx_bytes{0}, rx_packets{0}, rx_tagged{0}, rx_coalesced{0}, rx_bad_checksums{0};
    Count rx_filtered{0}, rx_no_buffer{0}, rx_no_space{0}, rx_too_long{0}, rx_down{0};
    Count controls{0}, lost_controls{0};
    Count faults{0}; // what the guest did wrong

    void add_to(Counters& counters) const;
};

struct Adapter {
    AdapterOptions options;
    MacAddress mac; // now
    bool link = true;
    Session session;
    AdapterCounters counters;

    explicit Adapter(const AdapterOptions& chosen) : options(chosen), mac(chosen.mac) {}
    uint32_t link_speed() const { return static_cast<uint32_t>(options.link_bits / 100); } // as NDIS counts
    // Whether the guest wants to see a frame to that address.
    bool wants(const unsigned char* destination) const;
};

} // namespace host

#endif
