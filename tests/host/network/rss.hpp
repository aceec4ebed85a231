// SPDX-License-Identifier: GPL-2.0-only
// Receive-side scaling: which flow a frame belongs to (Toeplitz hash).
#ifndef HOST_NETWORK_RSS_HPP
#define HOST_NETWORK_RSS_HPP

#include "adapter.hpp"
#include "layers.hpp"

namespace host {

// False: no hash is wanted for such a frame.
bool rss_hash(const RssSettings& rss, const Frame& frame, const Layers& layers, uint32_t& hash);
// Of up to 36 bytes, a multiple of four.
uint32_t toeplitz(const std::array<unsigned char, hyperv::kRssKeyBytes>& key, const unsigned char* data, size_t size);

} // namespace host

#endif
