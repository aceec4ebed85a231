// SPDX-License-Identifier: GPL-2.0-only
#include "storage_device.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace host {

using hyperv::StorageOperation;

namespace {

const char kScsiClass[] = "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f";
const char kIdeClass[] = "32412632-86cb-44a2-9b5c-50d1417354f5";
const char kFibreChannelClass[] = "2f9bcc4a-0069-4af3-b76b-6fd0be528cda";

const uint16_t kVersions[] = {hyperv::kStorageVersion2_0, hyperv::kStorageVersion4_2, hyperv::kStorageVersion5_1,
                              hyperv::kStorageVersion6_0, hyperv::kStorageVersion6_2};

} // namespace

StorageDevice::StorageDevice(Platform& platform, Bus& bus, const StorageOptions& options)
    : platform_(platform), bus_(bus), options_(options) {}

OfferDescription StorageDevice::describe() const {
    OfferDescription offer;
    offer.instance = options_.instance;
    switch (options_.kind) {
    case StorageKind::Scsi: offer.class_id = guid(kScsiClass); break;
    case StorageKind::FibreChannel: offer.class_id = guid(kFibreChannelClass); break;
    case StorageKind::Ide: {
        offer.class_id = guid(kIdeClass);
        // Guests take the target from these two bytes of the instance.
        offer.instance.bytes[4] = options_.ide_target;
        offer.instance.bytes[5] = 0;
        hyperv::StorageOfferData data = {};
        data.path = options_.ide_path;
        data.target = options_.ide_target;
        data.flags.set(hyperv::kStorageOfferIde);
        const unsigned char* const bytes = reinterpret_cast<const unsigned char*>(&data);
        offer.user_data.assign(bytes, bytes + sizeof data);
        break;
    }
    }
    return offer;
}

ScsiAddress StorageDevice::address_of(uint8_t lun) const {
    if (options_.kind == StorageKind::Ide) return ScsiAddress{options_.ide_path, options_.ide_target, lun};
    return ScsiAddress{0, 0, lun};
}

bool StorageDevice::add_unit(const ScsiAddress& address, std::shared_ptr<LogicalUnit> unit) {
    if (!units_.add(address, unit)) return false;
    if (ready()) announce_change();
    unit->forget_attentions(); // to the guest it is new
    return true;
}

bool StorageDevice::remove_unit(const ScsiAddress& address) {
    if (!units_.remove(address)) return false;
    if (ready()) announce_change();
    return true;
}

void StorageDevice::later(uint64_t ns, std::function<void(StorageDevice&)> action) {
    std::weak_ptr<StorageDevice> weak = shared_from_this();
    platform_.after(ns, [weak, action] {
        if (const std::shared_ptr<StorageDevice> device = weak.lock()) action(*device);
    });
}

StorageSession* StorageDevice::session(uint32_t relid) const {
    const auto found = sessions_.find(relid);
    return found == sessions_.end() ? nullptr : found->second.get();
}

uint32_t StorageDevice::on_open(Channel& channel) {
    sessions_[channel.relid()].reset(new StorageSession(channel));
    return 0;
}

void StorageDevice::on_close(Channel& channel) {
    if (StorageSession* const closed = session(channel.relid())) {
        closed->counts.lost = closed->waits();
        finished_.add(closed->counts);
    }
    sessions_.erase(channel.relid());
    if (channel.subchannel_index() != 0) return;
    state_ = State::Closed;
    version_ = 0;
    const std::vector<uint32_t> relids = std::move(subchannels_);
    subchannels_.clear();
    if (!relids.empty()) later(0, [relids](StorageDevice& device) { device.remove_subchannels(relids); });
}

void StorageDevice::on_signal(Channel& channel) {
    StorageSession* const session = this->session(channel.relid());
    if (!session || !channel.is_open()) return;
    while (session->flush()) {
        const RingResult result = channel.drain([this, session](Packet& packet) {
            receive(*session, packet);
            return !session->backlog();
        });
        if (result == RingResult::Corrupt) session->counts.malformed++;
        if (!session->backlog()) return;
    }
}

void StorageDevice::receive(StorageSession& session, const Packet& packet) {
    StorageRequest& request = session.current();
    if (packet.type != kPacketInBand && packet.type != kPacketGpaDirect) {
        session.counts.malformed++;
        return;
    }
    request.transaction_id = packet.transaction_id;
    request.completion_wanted = (packet.flags & kCompletionRequested) && packet.transaction_id != 0;
    if (request.completion_wanted) session.counts.received++;
    const size_t bytes = std::min(packet.payload.size(), sizeof request.packet);
    memcpy(&request.packet, packet.payload.data(), bytes);
    memset(reinterpret_cast<char*>(&request.packet) + bytes, 0, sizeof request.packet - bytes);
    request.reply_bytes = std::max<size_t>(bytes, hyperv::kStorageHeaderBytes);
    if (bytes < hyperv::kStorageHeaderBytes) {
        session.counts.malformed++;
        return session.complete(request, hyperv::kNtInvalidParameter);
    }
    switch (static_cast<StorageOperation>(request.packet.operation.get())) {
    case StorageOperation::ExecuteSrb: {
        if (!ready()) break;
        const hyperv::SrbStatus fault = judge(request, packet);
        if (fault == hyperv::SrbStatus::Pending) return execute(session, request, true);
        session.counts.malformed++;
        request.command.begin();
        return finish(session, request, fault);
    }
    case StorageOperation::ResetLun:
    case StorageOperation::ResetAdapter:
    case StorageOperation::ResetBus: {
        if (!ready()) break;
        const uint32_t relid = session.channel().relid();
        StorageRequest reset;
        reset.transaction_id = request.transaction_id;
        reset.completion_wanted = request.completion_wanted;
        reset.reply_bytes = request.reply_bytes;
        reset.packet = request.packet;
        return later(0, [relid, reset](StorageDevice& device) { device.finish_reset(relid, reset); });
    }
    default: return session.complete(request, negotiate(session, request.packet));
    }
    session.complete(request, hyperv::kNtInvalidDeviceState);
}

uint32_t StorageDevice::negotiate(const StorageSession& session, hyperv::StoragePacket& packet) {
    const State state = state_.load(std::memory_order_relaxed);
    if (!session.primary()) return hyperv::kNtInvalidDeviceState;
    switch (static_cast<StorageOperation>(packet.operation.get())) {
    case StorageOperation::BeginInitialization:
        if (state != State::Closed) break;
        state_ = State::Begun;
        return hyperv::kNtSuccess;
    case StorageOperation::QueryProtocolVersion:
        if (state != State::Begun) break;
        return query_version(packet.version);
    case StorageOperation::QueryProperties:
        if (state != State::Versioned && state != State::Properties) break;
        query_properties(packet.properties);
        state_ = State::Properties;
        return hyperv::kNtSuccess;
    case StorageOperation::FibreChannelData:
        if (state != State::Properties || options_.kind != StorageKind::FibreChannel) break;
        fibre_channel_names(packet.names);
        return hyperv::kNtSuccess;
    case StorageOperation::CreateSubChannels:
        if ((state != State::Properties && state != State::Ready) || !multi_channel()) break;
        return create_subchannels(packet.subchannel_count.get());
    case StorageOperation::EndInitialization:
        if (state != State::Properties) break;
        state_.store(State::Ready, std::memory_order_release);
        return hyperv::kNtSuccess;
    default: break;
    }
    return hyperv::kNtInvalidDeviceState;
}

uint32_t StorageDevice::query_version(hyperv::StorageVersion& version) {
    const uint16_t asked = version.version.get();
    const bool known = std::find(std::begin(kVersions), std::end(kVersions), asked) != std::end(kVersions);
    if (!known || (!options_.versions.empty() && !options_.versions.count(asked))) return hyperv::kNtRevisionMismatch;
    version_ = asked;
    state_ = State::Versioned;
    return hyperv::kNtSuccess;
}

void StorageDevice::query_properties(hyperv::StorageProperties& properties) const {
    properties = {};
    properties.max_transfer_bytes.set(options_.max_transfer_bytes);
    if (!multi_channel()) return;
    properties.max_subchannels.set(static_cast<uint16_t>(options_.channels - 1));
    properties.flags.set(hyperv::kStorageMultiChannel);
}

void StorageDevice::fibre_channel_names(hyperv::FibreChannelNames& names) const {
    names = {};
    names.primary_active = 1;
    lis::Be64 port, node;
    port.set(options_.fibre_port);
    node.set(options_.fibre_node);
    memcpy(names.primary_port, &port, sizeof port);
    memcpy(names.primary_node, &node, sizeof node);
}

uint32_t StorageDevice::create_subchannels(uint16_t count) {
    if (count >= options_.channels) return hyperv::kNtInvalidParameter;
    later(0, [count](StorageDevice& device) { device.offer_subchannels(count); });
    return hyperv::kNtSuccess;
}

void StorageDevice::offer_subchannels(uint16_t count) {
    Channel* const primary = bus_.channel_of(*this);
    if (!primary || !primary->is_open()) return;
    while (subchannels_.size() < count) {
        const uint16_t index = static_cast<uint16_t>(subchannels_.size() + 1);
        try {
            subchannels_.push_back(bus_.add_subchannel(*primary, index).relid());
        } catch (const std::length_error&) {
            platform_.log("storage: no relid is free for a sub-channel");
            return;
        }
    }
}

bool StorageDevice::set_channels(uint16_t channels) {
    if (!ready() || !multi_channel() || channels == 0 || channels > options_.channels) return false;
    const size_t wanted = channels - size_t{1};
    if (subchannels_.size() > wanted) {
        const std::vector<uint32_t> surplus(subchannels_.begin() + static_cast<ptrdiff_t>(wanted), subchannels_.end());
        subchannels_.resize(wanted);
        remove_subchannels(surplus);
    }
    offer_subchannels(static_cast<uint16_t>(wanted));
    return true;
}

void StorageDevice::remove_subchannels(const std::vector<uint32_t>& relids) {
    for (const uint32_t relid : relids) {
        Channel* const channel = bus_.channel(relid);
        if (channel && &channel->device() == this && channel->subchannel_index() != 0 &&
            channel->state() != ChannelState::Revoked)
            bus_.remove_channel(*channel);
    }
}

void StorageDevice::count(Counters& counters) const {
    StorageCounts all = finished_;
    for (const auto& each : sessions_) {
        all.add(each.second->counts);
        counters["waiting"] += each.second->waits();
    }
    counters["requests"] += all.requests;
    counters["reads"] += all.reads;
    counters["writes"] += all.writes;
    counters["read-bytes"] += all.read_bytes;
    counters["written-bytes"] += all.written_bytes;
    counters["errors"] += all.errors;
    counters["malformed"] += all.malformed;
    counters["held"] += all.held;
    counters["received"] += all.received;
    counters["answered"] += all.answered;
    counters["lost"] += all.lost;
    counters["channels"] += sessions_.size();
}

} // namespace host
