// SPDX-License-Identifier: GPL-2.0-only
#include "oids.hpp"

#include <algorithm>
#include <cstring>

namespace host {

using hyperv::Oid;

namespace {

const size_t kMulticastLimit = 128;

uint32_t set_filter(Adapter& adapter, const Bytes& value) {
    lis::Le32 filter;
    if (value.size() < sizeof filter) return hyperv::kRndisInvalidLength;
    memcpy(&filter, value.data(), sizeof filter);
    adapter.session.filter = filter.get();
    return hyperv::kRndisSuccess;
}

uint32_t set_multicast(Adapter& adapter, const Bytes& value) {
    const size_t count = value.size() / sizeof(MacAddress);
    if (value.size() % sizeof(MacAddress) != 0 || count > kMulticastLimit) return hyperv::kRndisInvalidLength;
    adapter.session.multicast.resize(count);
    if (count != 0) memcpy(adapter.session.multicast.data(), value.data(), value.size());
    return hyperv::kRndisSuccess;
}

bool transmits(unsigned char setting) { return setting == hyperv::kOffloadTransmit || setting == hyperv::kOffloadBoth; }
bool receives(unsigned char setting) { return setting == hyperv::kOffloadReceive || setting == hyperv::kOffloadBoth; }

// Old guests send less of the structure than there is: what is missing does not change.
uint32_t set_offloads(Adapter& adapter, const Bytes& value) {
    hyperv::NdisOffloadParameters wanted = {};
    if (value.size() < hyperv::kOffloadParametersLeast) return hyperv::kRndisInvalidLength;
    memcpy(&wanted, value.data(), std::min(value.size(), sizeof wanted));
    if (wanted.header.type != hyperv::kNdisObjectDefault) return hyperv::kRndisInvalidData;
    for (const unsigned char each : {wanted.ip4, wanted.tcp4, wanted.udp4, wanted.tcp6, wanted.udp6}) {
        if (each > hyperv::kOffloadBoth) return hyperv::kRndisInvalidData;
        if (each > hyperv::kOffloadOff && !adapter.options.checksum) return hyperv::kRndisNotSupported;
    }
    for (const unsigned char each : {wanted.lso2_4, wanted.lso2_6}) {
        if (each > hyperv::kOffloadOn) return hyperv::kRndisInvalidData;
        if (each == hyperv::kOffloadOn && !adapter.options.large_send) return hyperv::kRndisNotSupported;
    }
    if (wanted.lso1 == hyperv::kOffloadOn && !adapter.options.large_send_v1) return hyperv::kRndisNotSupported;
    const bool rsc = adapter.options.rsc && adapter.session.nvsp_version >= hyperv::kNvspVersion61;
    for (const unsigned char each : {wanted.rsc4, wanted.rsc6})
        if (each == hyperv::kOffloadOn && !rsc) return hyperv::kRndisNotSupported;

    OffloadSettings& on = adapter.session.offloads;
    const auto change = [](unsigned char setting, bool now, bool& place) {
        if (setting != hyperv::kOffloadNoChange) place = now;
    };
    change(wanted.tcp4, transmits(wanted.tcp4), on.transmit4);
    change(wanted.tcp6, transmits(wanted.tcp6), on.transmit6);
    change(wanted.ip4, receives(wanted.ip4), on.receive_ip4);
    change(wanted.tcp4, receives(wanted.tcp4), on.receive_tcp4);
    change(wanted.udp4, receives(wanted.udp4), on.receive_udp4);
    change(wanted.tcp6, receives(wanted.tcp6), on.receive_tcp6);
    change(wanted.udp6, receives(wanted.udp6), on.receive_udp6);
    change(wanted.lso1, wanted.lso1 == hyperv::kOffloadOn, on.lso1);
    change(wanted.lso2_4, wanted.lso2_4 == hyperv::kOffloadOn, on.lso2_4);
    change(wanted.lso2_6, wanted.lso2_6 == hyperv::kOffloadOn, on.lso2_6);
    change(wanted.rsc4, wanted.rsc4 == hyperv::kOffloadOn, on.rsc4);
    change(wanted.rsc6, wanted.rsc6 == hyperv::kOffloadOn, on.rsc6);
    return hyperv::kRndisSuccess;
}

bool within(uint64_t offset, uint64_t bytes, const Bytes& value) { return offset + bytes <= value.size(); }

uint32_t set_rss(Adapter& adapter, const Bytes& value) {
    hyperv::NdisRssParameters wanted;
    if (value.size() < sizeof wanted) return hyperv::kRndisInvalidLength;
    memcpy(&wanted, value.data(), sizeof wanted);
    if (wanted.header.type != hyperv::kNdisObjectRssParameters) return hyperv::kRndisInvalidData;
    RssSettings rss = adapter.session.rss;
    const uint16_t flags = wanted.flags.get();
    if (flags & hyperv::kRssDisable) {
        adapter.session.rss = RssSettings();
        return hyperv::kRndisSuccess;
    }
    // Real hosts refuse to change what is in use.
    if (rss.enabled) return hyperv::kRndisInvalidData;
    if (!(wanted.hash.get() & hyperv::kRssToeplitz)) return hyperv::kRndisInvalidData;
    rss.hash = wanted.hash.get();
    if (!(flags & hyperv::kRssTableUnchanged)) {
        const size_t count = wanted.table_bytes.get() / sizeof(lis::Le32);
        if (count == 0 || count > hyperv::kRssTableEntries || (count & (count - 1)) != 0 ||
            !within(wanted.table_offset.get(), wanted.table_bytes.get(), value))
            return hyperv::kRndisInvalidData;
        rss.table.resize(count);
        for (size_t i = 0; i < count; i++) {
            lis::Le32 entry;
            memcpy(&entry, value.data() + wanted.table_offset.get() + i * sizeof entry, sizeof entry);
            if (entry.get() > adapter.session.subchannels) return hyperv::kRndisInvalidData;
            rss.table[i] = entry.get();
        }
    }
    if (!(flags & hyperv::kRssKeyUnchanged)) {
        if (wanted.key_bytes.get() != rss.key.size() || !within(wanted.key_offset.get(), wanted.key_bytes.get(), value))
            return hyperv::kRndisInvalidData;
        memcpy(rss.key.data(), value.data() + wanted.key_offset.get(), rss.key.size());
    }
    if (rss.table.empty()) return hyperv::kRndisInvalidData;
    rss.enabled = true;
    adapter.session.rss = rss;
    return hyperv::kRndisSuccess;
}

// Text of 16-bit characters, as far as it is ASCII.
std::string narrow(const Bytes& value, size_t offset, size_t bytes) {
    std::string text;
    for (size_t i = offset; i + 1 < offset + bytes; i += 2)
        text.push_back(value[i + 1] != 0 ? '?' : static_cast<char>(value[i]));
    return text;
}

uint32_t set_config(Adapter& adapter, const Bytes& value) {
    hyperv::NdisConfigParameter parameter;
    if (value.size() < sizeof parameter) return hyperv::kRndisInvalidLength;
    memcpy(&parameter, value.data(), sizeof parameter);
    if (!within(parameter.name_offset.get(), parameter.name_bytes.get(), value) ||
        !within(parameter.value_offset.get(), parameter.value_bytes.get(), value))
        return hyperv::kRndisInvalidData;
    if (narrow(value, parameter.name_offset.get(), parameter.name_bytes.get()) != "NetworkAddress" ||
        parameter.type.get() != hyperv::kConfigString)
        return hyperv::kRndisSuccess; // parameters that mean nothing here
    if (!adapter.options.mac_changeable) return hyperv::kRndisFailure;
    const std::string digits = narrow(value, parameter.value_offset.get(), parameter.value_bytes.get());
    if (digits.size() != 12 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return hyperv::kRndisInvalidData;
    for (size_t i = 0; i < 6; i++)
        adapter.mac[i] = static_cast<unsigned char>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
    return hyperv::kRndisSuccess;
}

} // namespace

uint32_t set_oid(Adapter& adapter, uint32_t oid, const Bytes& value) {
    switch (static_cast<Oid>(oid)) {
    case Oid::PacketFilter: return set_filter(adapter, value);
    case Oid::MulticastList: return set_multicast(adapter, value);
    case Oid::OffloadParameters: return set_offloads(adapter, value);
    case Oid::RssParameters: return set_rss(adapter, value);
    case Oid::ConfigParameter: return set_config(adapter, value);
    case Oid::CurrentLookahead:
    case Oid::NetworkLayerAddresses:
    case Oid::MachineName:
    case Oid::OffloadEncapsulation: return hyperv::kRndisSuccess; // told for the host's interest only
    default: return hyperv::kRndisInvalidOid;
    }
}

} // namespace host
