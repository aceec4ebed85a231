// SPDX-License-Identifier: GPL-2.0-only
// NVSP messages of the guest, and RNDIS control. The session is held alone.
#include "network_device.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace host {

using hyperv::NvspStatus;
using hyperv::NvspType;

namespace {

const uint32_t kVersions[] = {hyperv::kNvspVersion1, hyperv::kNvspVersion2, hyperv::kNvspVersion4,
                              hyperv::kNvspVersion5, hyperv::kNvspVersion6, hyperv::kNvspVersion61};
const uint32_t kNoVersion = 0xFFFFFFFF;
const uint32_t kMdlChain = 34;
const uint32_t kLeastFrame = 1514; // of the NDIS configuration's MTU, which counts the Ethernet header
const uint32_t kUsualSection = 1728;
const uint32_t kSectionReserve = 36; // at the end of each section, for old guests
const size_t kControlsLimit = 64;

template <typename T>
bool read(const Packet& packet, T& message) {
    if (packet.payload.size() < sizeof message) return false;
    memcpy(&message, packet.payload.data(), sizeof message);
    return true;
}

template <typename T>
T make(NvspType type) {
    T message = {};
    message.header.type.set(static_cast<uint32_t>(type));
    return message;
}

void set_status(lis::Le32& field, NvspStatus status) { field.set(static_cast<uint32_t>(status)); }

} // namespace

void NetworkDevice::obey(Queue& queue, const Packet& packet) {
    hyperv::NvspHeader header = {};
    read(packet, header);
    const NvspType type = static_cast<NvspType>(header.type.get());
    if (type == NvspType::Init) return init(queue, packet);
    if (adapter_.session.nvsp_version == 0) return fault("an NVSP message before INIT");
    adapter_.counters.controls++;
    switch (type) {
    case NvspType::SendNdisVersion: {
        hyperv::NvspNdisVersion version;
        if (!read(packet, version)) return fault("an NDIS version that is cut off");
        adapter_.session.ndis_major = version.major.get();
        adapter_.session.ndis_minor = version.minor.get();
        return;
    }
    case NvspType::SendNdisConfig: return take_ndis_config(packet);
    case NvspType::SendReceiveBuffer: return take_receive_buffer(queue, packet);
    case NvspType::RevokeReceiveBuffer: return revoke(packet, true);
    case NvspType::SendSendBuffer: return take_send_buffer(queue, packet);
    case NvspType::RevokeSendBuffer: return revoke(packet, false);
    case NvspType::SubChannel: return grant_subchannels(queue, packet);
    case NvspType::OidQueryEx: return query(queue, packet);
    case NvspType::SwitchDataPath: {
        hyperv::NvspSwitchDataPath path;
        if (!read(packet, path) || path.path.get() > hyperv::kNvspPathVf) return fault("an unknown data path");
        adapter_.session.data_path = path.path.get();
        answer(queue, packet, nullptr, 0);
        return;
    }
    default: return fault("an unknown NVSP message");
    }
}

// A completion, if one was asked for; as long as the version's messages are, unless it is empty.
void NetworkDevice::answer(Queue& queue, const Packet& packet, const void* message, size_t size, const Bytes& behind) {
    if (!(packet.flags & kCompletionRequested) || packet.transaction_id == 0) return;
    Bytes payload;
    if (message) {
        const unsigned char* const bytes = static_cast<const unsigned char*>(message);
        payload.assign(bytes, bytes + size);
        payload.insert(payload.end(), behind.begin(), behind.end());
        const bool newest = adapter_.session.nvsp_version >= hyperv::kNvspVersion61;
        const size_t least = newest ? hyperv::kNvspMessageBytes61 : hyperv::kNvspMessageBytes;
        payload.resize(std::max(payload.size(), least));
    }
    write(queue, kPacketCompletion, 0, packet.transaction_id, payload);
}

void NetworkDevice::init(Queue& queue, const Packet& packet) {
    hyperv::NvspInit init;
    if (!read(packet, init)) return fault("an INIT that is cut off");
    if (adapter_.session.nvsp_version != 0) return fault("INIT for the second time");
    const uint32_t low = init.min_version.get(), high = init.max_version.get();
    uint32_t chosen = 0;
    for (const uint32_t version : kVersions)
        if (version >= low && version <= high && version <= adapter_.options.nvsp_version) chosen = version;
    auto complete = make<hyperv::NvspInitComplete>(NvspType::InitComplete);
    complete.version.set(chosen == hyperv::kNvspVersion1 ? hyperv::kNvspVersion1 : kNoVersion);
    complete.max_mdl_chain.set(kMdlChain);
    set_status(complete.status, chosen != 0 ? NvspStatus::Success
                                : low > adapter_.options.nvsp_version ? NvspStatus::TooNew
                                                                      : NvspStatus::TooOld);
    answer(queue, packet, &complete, sizeof complete);
    adapter_.session.nvsp_version = chosen;
}

void NetworkDevice::take_ndis_config(const Packet& packet) {
    hyperv::NvspNdisConfig config;
    if (!read(packet, config)) return fault("an NDIS configuration that is cut off");
    if (adapter_.session.nvsp_version < hyperv::kNvspVersion2)
        return fault("an NDIS configuration in a version without it");
    if (receive_.attached()) return fault("an NDIS configuration behind the receive buffer");
    const uint32_t frame = config.mtu.get();
    const bool good = frame >= kLeastFrame && frame <= adapter_.options.mtu_limit + kEthernetBytes;
    adapter_.session.mtu = static_cast<uint32_t>((good ? frame : kLeastFrame) - kEthernetBytes);
    adapter_.session.capabilities = config.capabilities.get();
}

void NetworkDevice::take_receive_buffer(Queue& queue, const Packet& packet) {
    hyperv::NvspBuffer buffer;
    if (!read(packet, buffer)) return fault("a receive buffer that is cut off");
    struct {
        hyperv::NvspReceiveBufferComplete complete;
        hyperv::NvspReceiveSection section;
    } message = {};
    message.complete = make<hyperv::NvspReceiveBufferComplete>(NvspType::SendReceiveBufferComplete);
    set_status(message.complete.status, NvspStatus::Fail);
    const std::vector<uint64_t>* const frames = queue.channel->gpadl(buffer.gpadl.get());
    const size_t needed = PacketHeader::kLimit + adapter_.session.mtu + kEthernetBytes + kTagBytes + kSectionReserve;
    const uint32_t section_bytes = std::max<uint32_t>(kUsualSection, static_cast<uint32_t>((needed + 7) / 8 * 8));
    if (receive_.attached()) {
        fault("a receive buffer for the second time");
    } else if (buffer.id.get() != hyperv::kNvspReceiveBufferId || !frames ||
               !receive_.memory.attach(platform_, *frames) ||
               !receive_.divide(section_bytes, adapter_.options.receive_sections)) {
        receive_.detach();
        fault("a receive buffer that makes no sense");
    } else {
        set_status(message.complete.status, NvspStatus::Success);
        message.complete.section_count.set(1);
        message.section.section_bytes.set(section_bytes);
        message.section.count.set(receive_.section_count());
        message.section.end_offset.set(receive_.section_count() * section_bytes);
    }
    answer(queue, packet, &message, sizeof message);
}

void NetworkDevice::take_send_buffer(Queue& queue, const Packet& packet) {
    hyperv::NvspBuffer buffer;
    if (!read(packet, buffer)) return fault("a send buffer that is cut off");
    auto complete = make<hyperv::NvspSendBufferComplete>(NvspType::SendSendBufferComplete);
    set_status(complete.status, NvspStatus::Fail);
    const std::vector<uint64_t>* const frames = queue.channel->gpadl(buffer.gpadl.get());
    if (send_.attached()) {
        fault("a send buffer for the second time");
    } else if (!frames || !send_.attach(platform_, *frames) || send_.size() < adapter_.options.send_section_bytes) {
        send_.detach();
        fault("a send buffer that makes no sense");
    } else {
        set_status(complete.status, NvspStatus::Success);
        complete.section_bytes.set(adapter_.options.send_section_bytes);
    }
    answer(queue, packet, &complete, sizeof complete);
}

void NetworkDevice::revoke(const Packet& packet, bool receive) {
    hyperv::NvspRevoke message;
    if (!read(packet, message)) return fault("a REVOKE that is cut off");
    if (!receive) return send_.detach();
    if (message.id.get() != hyperv::kNvspReceiveBufferId) return fault("a REVOKE of another buffer");
    receive_.detach();
    controls_.clear();
}

void NetworkDevice::grant_subchannels(Queue& queue, const Packet& packet) {
    hyperv::NvspSubChannelRequest request;
    if (!read(packet, request)) return fault("a sub-channel request that is cut off");
    auto reply = make<hyperv::NvspSubChannelAnswer>(NvspType::SubChannel);
    set_status(reply.status, NvspStatus::Fail);
    Session& session = adapter_.session;
    if (session.nvsp_version < hyperv::kNvspVersion5) {
        fault("a sub-channel request in a version without it");
    } else if (request.operation.get() != hyperv::kNvspAllocateSubChannels || session.subchannels != 0) {
        fault("a sub-channel request that makes no sense");
    } else {
        session.subchannels = std::min<uint32_t>(request.count.get(), adapter_.options.channels - 1u);
        set_status(reply.status, NvspStatus::Success);
        reply.count.set(session.subchannels);
    }
    const uint32_t granted = reply.count.get();
    answer(queue, packet, &reply, sizeof reply);
    const std::weak_ptr<NetworkDevice> self = weak_from_this();
    const uint64_t session_number = session_number_;
    if (granted != 0) platform_.after(0, [self, granted, session_number] {
        const auto device = self.lock();
        Channel* const primary = device ? device->bus_.channel_of(*device) : nullptr;
        if (!primary || !primary->is_open() || device->session_number_ != session_number) return;
        try {
            for (uint16_t i = 1; i <= granted; i++) device->bus_.add_subchannel(*primary, i);
        } catch (const std::length_error&) {
            device->platform_.log("network: no relid is free for a sub-channel");
        }
    });
}

void NetworkDevice::query(Queue& queue, const Packet& packet) {
    hyperv::NvspOidQuery request;
    if (!read(packet, request)) return fault("an OID query that is cut off");
    Bytes value;
    auto complete = make<hyperv::NvspOidQueryComplete>(NvspType::OidQueryExComplete);
    complete.status.set(query_oid(adapter_, request.oid.get(), value));
    complete.bytes.set(static_cast<uint32_t>(value.size()));
    answer(queue, packet, &complete, sizeof complete, value);
}

void NetworkDevice::obey_rndis(Queue& queue, const Packet& packet, const Bytes& message) {
    adapter_.counters.controls++;
    const bool was_ready = adapter_.session.rndis_ready;
    Bytes reply;
    const char* const wrong = obey_control(adapter_, message, reply);
    if (wrong) fault(wrong);
    complete(queue, packet, wrong && reply.empty() ? NvspStatus::InvalidRndisPacket : NvspStatus::Success);
    if (!reply.empty()) tell(std::move(reply));
    if (!was_ready && adapter_.session.rndis_ready && vf_) send_vf_association();
}

// A control message to the guest; it goes when there is a section for it.
void NetworkDevice::tell(Bytes control) {
    if (!adapter_.session.rndis_ready && control.size() >= sizeof(hyperv::RndisIndicateStatus)) {
        hyperv::RndisHeader header;
        memcpy(&header, control.data(), sizeof header);
        // A guest that is not there yet asks when it comes.
        if (header.type.get() == static_cast<uint32_t>(hyperv::RndisType::IndicateStatus)) return;
    }
    {
        const std::lock_guard<std::mutex> guard(controls_mutex_);
        if (controls_.size() >= kControlsLimit) {
            adapter_.counters.lost_controls++;
            return;
        }
        controls_.push_back(std::move(control));
    }
    send_controls();
}

void NetworkDevice::send_indirection_table() {
    Queue& queue = *queues_[0];
    const uint32_t channels = adapter_.session.subchannels + 1;
    if (!queue.channel || channels == 1) return;
    // Behind a message of the largest size: where guests look that distrust the offset.
    Bytes payload(hyperv::kNvspMessageBytes61 + hyperv::kNvspIndirectionEntries * sizeof(lis::Le32));
    auto message = make<hyperv::NvspIndirectionTable>(NvspType::SendIndirectionTable);
    message.count.set(hyperv::kNvspIndirectionEntries);
    message.offset.set(hyperv::kNvspMessageBytes61);
    memcpy(payload.data(), &message, sizeof message);
    for (uint32_t i = 0; i < hyperv::kNvspIndirectionEntries; i++) {
        lis::Le32 entry;
        entry.set(i % channels);
        memcpy(payload.data() + hyperv::kNvspMessageBytes61 + i * sizeof entry, &entry, sizeof entry);
    }
    write(queue, kPacketInBand, 0, 0, payload);
}

void NetworkDevice::send_vf_association() {
    Queue& queue = *queues_[0];
    const Session& session = adapter_.session;
    if (!queue.channel || session.nvsp_version < hyperv::kNvspVersion4) return;
    if (!(session.capabilities & hyperv::kNvspSriov)) return;
    auto message = make<hyperv::NvspVfAssociation>(NvspType::SendVfAssociation);
    message.allocated.set(vf_);
    message.serial.set(vf_serial_);
    const bool newest = session.nvsp_version >= hyperv::kNvspVersion61;
    Bytes payload(newest ? hyperv::kNvspMessageBytes61 : hyperv::kNvspMessageBytes);
    memcpy(payload.data(), &message, sizeof message);
    write(queue, kPacketInBand, 0, 0, payload);
}

} // namespace host
