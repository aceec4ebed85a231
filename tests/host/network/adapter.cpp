// SPDX-License-Identifier: GPL-2.0-only
#include "adapter.hpp"

#include <cstring>

namespace host {

bool Adapter::wants(const unsigned char* destination) const {
    const uint32_t filter = session.filter;
    if (filter & hyperv::kFilterPromiscuous) return true;
    if (!(destination[0] & 1))
        return (filter & hyperv::kFilterDirected) && memcmp(destination, mac.data(), mac.size()) == 0;
    bool broadcast = true;
    for (int i = 0; i < 6; i++) broadcast = broadcast && destination[i] == 0xFF;
    if (broadcast) return filter & hyperv::kFilterBroadcast;
    if (filter & hyperv::kFilterAllMulticast) return true;
    if (!(filter & hyperv::kFilterMulticast)) return false;
    for (const MacAddress& each : session.multicast)
        if (memcmp(destination, each.data(), each.size()) == 0) return true;
    return false;
}

void AdapterCounters::add_to(Counters& counters) const {
    const struct {
        const char* name;
        const Count& count;
    } all[] = {
        {"tx-frames", tx_frames},         {"tx-bytes", tx_bytes},
        {"tx-errors", tx_errors},         {"tx-large", tx_large},
        {"tx-checksums", tx_checksums},   {"tx-tagged", tx_tagged},
        {"tx-batches", tx_batches},       {"rx-frames", rx_frames},
        {"rx-bytes", rx_bytes},           {"rx-packets", rx_packets},
        {"rx-tagged", rx_tagged},         {"rx-coalesced", rx_coalesced},
        {"rx-bad-checksums", rx_bad_checksums}, {"rx-filtered", rx_filtered},
        {"rx-no-buffer", rx_no_buffer},   {"rx-no-space", rx_no_space},
        {"rx-too-long", rx_too_long},     {"rx-down", rx_down},
        {"controls", controls},           {"lost-controls", lost_controls},
        {"faults", faults},
    };
    for (const auto& each : all) counters[each.name] += each.count;
}

} // namespace host
