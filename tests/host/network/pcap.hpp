// SPDX-License-Identifier: GPL-2.0-only
// Records frames in a file of the pcap format, as Wireshark and tcpdump read it: what the guest sends as it sends
// it, before it is segmented, and what it gets.
#ifndef HOST_NETWORK_PCAP_HPP
#define HOST_NETWORK_PCAP_HPP

#include "frame.hpp"

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

namespace host {

class PcapWriter {
public:
    // At most so many bytes of each frame. Null: errno says why there is no such file.
    static std::unique_ptr<PcapWriter> open(const std::string& path, uint32_t snap_bytes = 0x40000);
    ~PcapWriter();
    PcapWriter(const PcapWriter&) = delete;
    PcapWriter& operator=(const PcapWriter&) = delete;

    // Any thread. A tag is put where it belongs.
    void write(const Frame& frame);
    // All of it is in the file.
    void flush();
    uint64_t recorded() const { return recorded_; }

private:
    PcapWriter(FILE* file, uint32_t snap_bytes) : file_(file), snap_bytes_(snap_bytes) {}

    std::mutex mutex_;
    FILE* file_;
    uint32_t snap_bytes_;
    std::atomic<uint64_t> recorded_{0};
};

} // namespace host

#endif
