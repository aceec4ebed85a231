// SPDX-License-Identifier: GPL-2.0-only
#include "oids.hpp"

#include <algorithm>
#include <cstring>

namespace host {

using hyperv::Oid;

namespace {

const uint32_t kLargestLso = 0xF53C;
const uint32_t kLeastSegments = 2;
const char kVendor[] = "lis-ng";

// In the order of the numbers.
const Oid kSupported[] = {
    Oid::SupportedList,     Oid::HardwareStatus,      Oid::MediaSupported,     Oid::MediaInUse,
    Oid::MaximumLookahead,  Oid::MaximumFrameSize,    Oid::LinkSpeed,          Oid::TransmitBufferSpace,
    Oid::ReceiveBufferSpace, Oid::TransmitBlockSize,  Oid::ReceiveBlockSize,   Oid::VendorId,
    Oid::VendorDescription, Oid::PacketFilter,        Oid::CurrentLookahead,   Oid::DriverVersion,
    Oid::MaximumTotalSize,  Oid::MacOptions,          Oid::MediaConnectStatus, Oid::MaximumSendPackets,
    Oid::VendorDriverVersion, Oid::NetworkLayerAddresses, Oid::RssCapabilities, Oid::RssParameters,
    Oid::MachineName,       Oid::ConfigParameter,     Oid::TransmitOk,         Oid::ReceiveOk,
    Oid::TransmitError,     Oid::ReceiveError,        Oid::ReceiveNoBuffer,    Oid::PermanentAddress,
    Oid::CurrentAddress,    Oid::MulticastList,       Oid::MaximumListSize,    Oid::OffloadEncapsulation,
    Oid::ReceiveErrorAlignment, Oid::TransmitOneCollision, Oid::TransmitMoreCollisions, Oid::OffloadCurrentConfig,
    Oid::OffloadParameters, Oid::OffloadHardwareCapabilities,
};

void put(Bytes& answer, const void* data, size_t size) {
    const unsigned char* const bytes = static_cast<const unsigned char*>(data);
    answer.assign(bytes, bytes + size);
}

void put32(Bytes& answer, uint64_t value) {
    lis::Le32 word;
    word.set(static_cast<uint32_t>(value));
    put(answer, &word, sizeof word);
}

void put_header(hyperv::NdisObjectHeader& header, unsigned char type, unsigned char revision, uint16_t size) {
    header.type = type;
    header.revision = revision;
    header.size.set(size);
}

void describe_offloads(const Adapter& adapter, bool checksum4, bool checksum6, bool lso1, bool lso4, bool lso6,
                       bool rsc4, bool rsc6, Bytes& answer) {
    const uint32_t version = adapter.session.nvsp_version;
    const unsigned char revision = version >= hyperv::kNvspVersion5 ? 3 : version >= hyperv::kNvspVersion4 ? 2 : 1;
    const uint16_t size = revision == 3   ? static_cast<uint16_t>(sizeof(hyperv::NdisOffload))
                          : revision == 2 ? hyperv::kNdisOffloadBytes2
                                          : hyperv::kNdisOffloadBytes1;
    hyperv::NdisOffload offload = {};
    put_header(offload.header, hyperv::kNdisObjectOffload, revision, size);
    // Before version 5 nobody fills in UDP.
    const uint32_t udp4 = version >= hyperv::kNvspVersion5 ? hyperv::kCaps4Udp : 0;
    const uint32_t udp6 = version >= hyperv::kNvspVersion5 ? hyperv::kCaps6Udp : 0;
    const uint32_t caps4 =
        hyperv::kCaps4IpOptions | hyperv::kCaps4TcpOptions | hyperv::kCaps4Tcp | hyperv::kCaps4Ip | udp4;
    const uint32_t caps6 = hyperv::kCaps6Extensions | hyperv::kCaps6TcpOptions | hyperv::kCaps6Tcp | udp6;
    const auto describe = [](hyperv::NdisOffload::Checksum& place, bool on, uint32_t capabilities) {
        if (!on) return;
        place.encapsulation.set(hyperv::kEncapsulation8023);
        place.capabilities.set(capabilities);
    };
    describe(offload.transmit4, checksum4, caps4);
    describe(offload.receive4, checksum4, caps4);
    describe(offload.transmit6, checksum6, caps6);
    describe(offload.receive6, checksum6, caps6);
    if (lso1) {
        offload.lso1.encapsulation.set(hyperv::kEncapsulation8023);
        offload.lso1.max_bytes.set(kLargestLso);
        offload.lso1.min_segments.set(kLeastSegments);
    }
    if (lso4) {
        offload.lso2.encapsulation4.set(hyperv::kEncapsulation8023);
        offload.lso2.max_bytes4.set(kLargestLso);
        offload.lso2.min_segments4.set(kLeastSegments);
    }
    if (lso6) {
        offload.lso2.encapsulation6.set(hyperv::kEncapsulation8023);
        offload.lso2.max_bytes6.set(kLargestLso);
        offload.lso2.min_segments6.set(kLeastSegments);
        offload.lso2.options6.set(hyperv::kLso6Extensions | hyperv::kLso6TcpOptions);
    }
    offload.rsc4 = rsc4;
    offload.rsc6 = rsc6;
    put(answer, &offload, size);
}

void describe_rss(const Adapter& adapter, Bytes& answer) {
    hyperv::NdisRssCapabilities rss = {};
    put_header(rss.header, hyperv::kNdisObjectRssCapabilities, 2, sizeof rss);
    rss.flags.set(hyperv::kRssToeplitz | hyperv::kRssIp4 | hyperv::kRssTcp4 | hyperv::kRssIp6 | hyperv::kRssTcp6);
    rss.interrupt_messages.set(adapter.options.channels);
    rss.receive_queues.set(adapter.options.channels);
    rss.table_entries.set(hyperv::kRssTableEntries);
    put(answer, &rss, sizeof rss);
}

void list_oids(Bytes& answer) {
    for (const Oid oid : kSupported) {
        lis::Le32 word;
        word.set(static_cast<uint32_t>(oid));
        answer.insert(answer.end(), word.bytes, word.bytes + sizeof word.bytes);
    }
}

} // namespace

uint32_t query_oid(const Adapter& adapter, uint32_t oid, Bytes& answer) {
    const Session& session = adapter.session;
    const AdapterOptions& options = adapter.options;
    const AdapterCounters& counters = adapter.counters;
    const bool newest = session.nvsp_version >= hyperv::kNvspVersion61;
    answer.clear();
    switch (static_cast<Oid>(oid)) {
    case Oid::SupportedList: list_oids(answer); break;
    case Oid::HardwareStatus: put32(answer, 0); break; // ready
    case Oid::MediaSupported:
    case Oid::MediaInUse: put32(answer, hyperv::kRndisMedium8023); break;
    case Oid::MaximumLookahead:
    case Oid::CurrentLookahead:
    case Oid::MaximumFrameSize: put32(answer, session.mtu); break;
    case Oid::TransmitBlockSize:
    case Oid::ReceiveBlockSize:
    case Oid::MaximumTotalSize: put32(answer, session.mtu + 14); break;
    case Oid::LinkSpeed: put32(answer, adapter.link_speed()); break;
    case Oid::TransmitBufferSpace:
    case Oid::ReceiveBufferSpace: put32(answer, (session.mtu + 14) * 256); break;
    case Oid::VendorId: put32(answer, options.mac[0] | options.mac[1] << 8 | options.mac[2] << 16); break;
    case Oid::VendorDescription: put(answer, kVendor, sizeof kVendor); break;
    case Oid::PacketFilter: put32(answer, session.filter); break;
    case Oid::DriverVersion:
    case Oid::VendorDriverVersion: put32(answer, session.ndis_major << 8 | session.ndis_minor); break;
    case Oid::MacOptions: put32(answer, 0); break;
    case Oid::MediaConnectStatus: put32(answer, adapter.link ? 0 : 1); break;
    case Oid::MaximumSendPackets: put32(answer, 1); break;
    case Oid::RssCapabilities: describe_rss(adapter, answer); break;
    case Oid::TransmitOk: put32(answer, counters.tx_frames); break;
    case Oid::ReceiveOk: put32(answer, counters.rx_frames); break;
    case Oid::TransmitError: put32(answer, counters.tx_errors); break;
    case Oid::ReceiveError: put32(answer, counters.rx_too_long); break;
    case Oid::ReceiveNoBuffer: put32(answer, counters.rx_no_buffer + counters.rx_no_space); break;
    case Oid::ReceiveErrorAlignment:
    case Oid::TransmitOneCollision:
    case Oid::TransmitMoreCollisions: put32(answer, 0); break;
    case Oid::PermanentAddress: put(answer, options.mac.data(), options.mac.size()); break;
    case Oid::CurrentAddress: put(answer, adapter.mac.data(), adapter.mac.size()); break;
    case Oid::MulticastList:
        for (const MacAddress& each : session.multicast) answer.insert(answer.end(), each.begin(), each.end());
        break;
    case Oid::MaximumListSize: put32(answer, 128); break;
    case Oid::OffloadHardwareCapabilities:
        describe_offloads(adapter, options.checksum, options.checksum, options.large_send_v1, options.large_send,
                          options.large_send, options.rsc && newest, options.rsc && newest, answer);
        break;
    case Oid::OffloadCurrentConfig: {
        const OffloadSettings& on = session.offloads;
        describe_offloads(adapter, on.transmit4, on.transmit6, on.lso1, on.lso2_4, on.lso2_6, on.rsc4, on.rsc6, answer);
        break;
    }
    default: return hyperv::kRndisInvalidOid;
    }
    return hyperv::kRndisSuccess;
}

} // namespace host
