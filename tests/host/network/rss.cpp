// SPDX-License-Identifier: GPL-2.0-only
#include "rss.hpp"

#include <cstring>

namespace host {

uint32_t toeplitz(const std::array<unsigned char, hyperv::kRssKeyBytes>& key, const unsigned char* data, size_t size) {
    uint32_t hash = 0;
    for (size_t i = 0; i < size; i += 4) {
        const uint64_t window = uint64_t{load_be32(&key[i])} << 32 | load_be32(&key[i + 4]);
        for (uint32_t bits = load_be32(data + i); bits != 0; bits &= bits - 1)
            hash ^= static_cast<uint32_t>(window >> (__builtin_ctz(bits) + 1));
    }
    return hash;
}

bool rss_hash(const RssSettings& rss, const Frame& frame, const Layers& layers, uint32_t& hash) {
    if (layers.network == 0) return false;
    const bool ports = (layers.tcp() && (rss.hash & (layers.ip6 ? hyperv::kRssTcp6 : hyperv::kRssTcp4))) ||
                       (layers.udp() && (rss.hash & (layers.ip6 ? hyperv::kRssUdp6 : hyperv::kRssUdp4)));
    if (!ports && !(rss.hash & (layers.ip6 ? hyperv::kRssIp6 : hyperv::kRssIp4))) return false;
    const size_t addresses = layers.ip6 ? 32 : 8;
    unsigned char input[36];
    memcpy(input, frame.head() + layers.network + (layers.ip6 ? 8 : 12), addresses);
    size_t size = addresses;
    if (ports && layers.transport + 4 <= frame.head_bytes()) {
        memcpy(input + size, frame.head() + layers.transport, 4);
        size += 4;
    }
    hash = toeplitz(rss.key, input, size);
    return true;
}

} // namespace host
