// SPDX-License-Identifier: GPL-2.0-only
// What the host does for frames: checksums, cutting and joining (protocol.md 6.8).
#include "adapter.hpp"

using hyperv::NdisOffload;
using hyperv::NdisOffloadParameters;
using hyperv::NdisObjectHeader;
using hyperv::Oid;
using lis::MutexGuard;
using lis::Status;

namespace {

const uint32_t kTcp4 = hyperv::kCaps4Tcp | hyperv::kCaps4TcpOptions;
const uint32_t kTcp6 = hyperv::kCaps6Tcp | hyperv::kCaps6TcpOptions | hyperv::kCaps6Extensions;
const uint32_t kUdp6 = hyperv::kCaps6Udp | hyperv::kCaps6Extensions;
const uint32_t kLarge6 = hyperv::kLso6Extensions | hyperv::kLso6TcpOptions;
const uint16_t kParametersBytesOld = 22; // NVSP 4 and before
const uint32_t kLargeSendLeast = 4096;   // below that a host is better off with whole frames

bool has_all(uint32_t value, uint32_t bits) { return (value & bits) == bits; }

uint32_t checksums_of(const NdisOffload& offered, uint32_t nvsp_version) {
    uint32_t offloads = 0;
    const uint32_t caps4 = offered.transmit4.capabilities.get();
    const uint32_t caps6 = offered.transmit6.capabilities.get();
    if ((offered.transmit4.encapsulation.get() & hyperv::kEncapsulation8023) != 0) {
        if (has_all(caps4, kTcp4))
            offloads |= NETVSC_CHECKSUM_TCP4;
        if (has_all(caps4, hyperv::kCaps4Udp) && nvsp_version > hyperv::kNvspVersion4)
            offloads |= NETVSC_CHECKSUM_UDP4;
    }
    if ((offered.transmit6.encapsulation.get() & hyperv::kEncapsulation8023) != 0) {
        if (has_all(caps6, kTcp6))
            offloads |= NETVSC_CHECKSUM_TCP6;
        if (has_all(caps6, kUdp6) && nvsp_version > hyperv::kNvspVersion4)
            offloads |= NETVSC_CHECKSUM_UDP6;
    }
    return offloads;
}

// Cutting writes checksums too.
uint32_t large_sends_of(const NdisOffload& offered, uint32_t checksums) {
    uint32_t offloads = 0;
    if ((checksums & NETVSC_CHECKSUM_TCP4) != 0 && offered.lso2.max_bytes4.get() >= kLargeSendLeast &&
        (offered.lso2.encapsulation4.get() & hyperv::kEncapsulation8023) != 0)
        offloads |= NETVSC_LARGE_SEND4;
    if ((checksums & NETVSC_CHECKSUM_TCP6) != 0 && offered.lso2.max_bytes6.get() >= kLargeSendLeast &&
        (offered.lso2.encapsulation6.get() & hyperv::kEncapsulation8023) != 0 &&
        has_all(offered.lso2.options6.get(), kLarge6))
        offloads |= NETVSC_LARGE_SEND6;
    return offloads;
}

uint32_t lesser(uint32_t a, uint32_t b) { return a < b ? a : b; }

unsigned char checksum_setting(uint32_t offloads, uint32_t bit) {
    return (offloads & bit) != 0 ? hyperv::kOffloadBoth : hyperv::kOffloadOff;
}

unsigned char setting(uint32_t offloads, uint32_t bit) {
    return (offloads & bit) != 0 ? hyperv::kOffloadOn : hyperv::kOffloadOff;
}

} // namespace

// A host that offers nothing, or does not say what, does nothing.
Status netvsc::negotiate_offloads() {
    NdisObjectHeader input = {};
    const uint32_t version = info_.nvsp_version;
    const bool first = version <= hyperv::kNvspVersion2;
    const bool second = !first && version <= hyperv::kNvspVersion4;
    input.type = hyperv::kNdisObjectOffload;
    input.revision = first ? 1 : second ? 2 : 3;
    input.size.set(first ? hyperv::kNdisOffloadBytes1 : second ? hyperv::kNdisOffloadBytes2
                                                               : static_cast<uint16_t>(sizeof(NdisOffload)));
    NdisOffload offered = {};
    uint32_t got = 0;
    const Status status =
        query(Oid::OffloadHardwareCapabilities, &input, sizeof input, &offered, sizeof offered, &got);
    if (status == Status::Failed || (status == Status::Ok && got < hyperv::kNdisOffloadBytes1))
        return Status::Ok;
    LIS_TRY(status);
    if (offered.header.type != hyperv::kNdisObjectOffload)
        return Status::BadPacket;

    offered_ = checksums_of(offered, version);
    offered_ |= large_sends_of(offered, offered_);
    uint32_t largest = NETVSC_FRAME_LIMIT;
    if ((offered_ & NETVSC_LARGE_SEND4) != 0)
        largest = lesser(largest, offered.lso2.max_bytes4.get());
    if ((offered_ & NETVSC_LARGE_SEND6) != 0)
        largest = lesser(largest, offered.lso2.max_bytes6.get());
    info_.large_send_bytes = (offered_ & (NETVSC_LARGE_SEND4 | NETVSC_LARGE_SEND6)) != 0 ? largest : 0;
    if (version >= hyperv::kNvspVersion61 && offered.rsc4 != 0 && offered.rsc6 != 0)
        offered_ |= NETVSC_COALESCE;
    return send_offloads();
}

Status netvsc::send_offloads() {
    NdisOffloadParameters parameters = {};
    const uint32_t wanted = coalesce_ ? offered_ : offered_ & ~uint32_t{NETVSC_COALESCE};
    const bool old = info_.nvsp_version <= hyperv::kNvspVersion4;
    const uint16_t bytes = old ? kParametersBytesOld : static_cast<uint16_t>(sizeof parameters);
    parameters.header.type = hyperv::kNdisObjectDefault;
    parameters.header.revision = 3;
    parameters.header.size.set(bytes);
    parameters.ip4 = hyperv::kOffloadOff;
    parameters.tcp4 = checksum_setting(wanted, NETVSC_CHECKSUM_TCP4);
    parameters.tcp6 = checksum_setting(wanted, NETVSC_CHECKSUM_TCP6);
    parameters.udp4 = old ? hyperv::kOffloadNoChange : checksum_setting(wanted, NETVSC_CHECKSUM_UDP4);
    parameters.udp6 = old ? hyperv::kOffloadNoChange : checksum_setting(wanted, NETVSC_CHECKSUM_UDP6);
    parameters.lso1 = hyperv::kOffloadOff;
    parameters.lso2_4 = setting(wanted, NETVSC_LARGE_SEND4);
    parameters.lso2_6 = setting(wanted, NETVSC_LARGE_SEND6);
    if (info_.nvsp_version >= hyperv::kNvspVersion61) {
        parameters.rsc4 = setting(wanted, NETVSC_COALESCE);
        parameters.rsc6 = setting(wanted, NETVSC_COALESCE);
    }
    const Status status = set(Oid::OffloadParameters, &parameters, bytes);
    if (status != Status::Ok)
        return status;
    info_.offloads = offered_;
    return Status::Ok;
}

Status netvsc::set_coalesce(bool on) {
    if (on && (offered_ & NETVSC_COALESCE) == 0)
        return Status::Unsupported;
    coalesce_ = on;
    return send_offloads();
}
