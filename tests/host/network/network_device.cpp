// SPDX-License-Identifier: GPL-2.0-only
#include "network_device.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {
const char kClass[] = "f8615163-df3e-46c5-913f-f2d2f965ed0e";
const uint64_t kFaultsTold = 32; // the rest are counted only
const uint16_t kChannelLimit = 64;
const uint64_t kWithoutVfNs = 1000000000;
} // namespace

NetworkDevice::NetworkDevice(Platform& platform, Bus& bus, const hyperv::Guid& instance, const AdapterOptions& options,
                             std::shared_ptr<Backend> backend, std::unique_ptr<PcapWriter> pcap)
    : platform_(platform), bus_(bus), instance_(instance), backend_(std::move(backend)), pcap_(std::move(pcap)),
      adapter_(options) {
    adapter_.options.channels = std::min(std::max<uint16_t>(options.channels, 1), kChannelLimit);
    for (uint16_t i = 0; i < adapter_.options.channels; i++) queues_.emplace_back(new Queue);
    backend_->attach(this);
}

NetworkDevice::~NetworkDevice() { backend_->attach(nullptr); }

OfferDescription NetworkDevice::describe() const {
    OfferDescription offer;
    offer.class_id = guid(kClass);
    offer.instance = instance_;
    return offer;
}

uint32_t NetworkDevice::on_open(Channel& channel) {
    const std::lock_guard<std::shared_mutex> guard(session_mutex_);
    const uint16_t index = channel.subchannel_index();
    if (index >= queues_.size() || queues_[index]->channel) return kOpenRefused;
    queues_[index]->channel = &channel;
    if (index == 0) {
        end_session();
        return 0;
    }
    for (uint32_t i = 1; i <= adapter_.session.subchannels; i++)
        if (!queues_[i]->channel) return 0;
    // The guest is told that this channel is open before it can look at the table.
    const std::weak_ptr<NetworkDevice> self = weak_from_this();
    const uint64_t session = session_number_;
    platform_.after(0, [self, session] {
        if (const auto device = self.lock()) {
            const Shared lock(device->session_mutex_);
            if (device->session_number_ == session) device->send_indirection_table();
        }
    });
    return 0;
}

void NetworkDevice::on_close(Channel& channel) {
    const std::lock_guard<std::shared_mutex> guard(session_mutex_);
    Queue& queue = queue_of(channel);
    queue.channel = nullptr;
    queue.waiting.clear();
    queue.batch.clear();
    if (queue.chain != ReceiveBuffer::kNone && receive_.attached()) receive_.put(queue.chain);
    queue.chain = ReceiveBuffer::kNone;
    if (channel.subchannel_index() != 0) return;
    end_session();
    const std::weak_ptr<NetworkDevice> self = weak_from_this();
    platform_.after(0, [self] {
        if (const auto device = self.lock()) device->remove_subchannels();
    });
}

void NetworkDevice::end_session() {
    session_number_++;
    adapter_.session = Session();
    receive_.detach();
    send_.detach();
    controls_.clear();
    for (auto& queue : queues_) {
        queue->batch.clear();
        queue->chain = ReceiveBuffer::kNone;
    }
}

// Sub-channels do not outlive the primary one: the guest asks for new ones. Those are granted behind this, however
// late it runs, so that all that are here are of a session that has ended.
void NetworkDevice::remove_subchannels() {
    for (Channel* const each : bus_.channels_of(*this))
        if (each->subchannel_index() != 0 && each->state() != ChannelState::Revoked) bus_.remove_channel(*each);
}

void NetworkDevice::fault(const char* what) {
    adapter_.counters.faults++;
    const std::lock_guard<std::mutex> guard(fault_mutex_);
    last_fault_ = what;
    if (faults_told_++ < kFaultsTold) platform_.log(std::string("network: the guest sends ") + what);
}

void NetworkDevice::on_signal(Channel& channel) {
    Shared lock(session_mutex_);
    if (!channel.is_open()) return;
    Queue& queue = queue_of(channel);
    if (!send_waiting(queue)) return;
    Delivery delivery(*this);
    const RingResult result = channel.drain([&](Packet& packet) {
        take(queue, packet, lock, delivery);
        const std::lock_guard<std::mutex> guard(queue.outgoing);
        return queue.waiting.empty();
    });
    if (result == RingResult::Corrupt) fault("a ring that makes no sense");
    send_controls();
}

void NetworkDevice::take(Queue& queue, Packet& packet, Shared& lock, Delivery& delivery) {
    if (packet.type == kPacketCompletion) {
        if (!receive_.give_back(packet.transaction_id)) fault("a completion of a packet that is not out");
        return;
    }
    if (packet.type != kPacketInBand && packet.type != kPacketGpaDirect) {
        fault("a packet of an unknown type");
        return;
    }
    hyperv::NvspHeader header;
    if (packet.payload.size() < sizeof header) {
        fault("an NVSP message that is cut off");
        return;
    }
    memcpy(&header, packet.payload.data(), sizeof header);
    if (header.type.get() == static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket)) {
        take_rndis(queue, packet, lock, delivery);
        return;
    }
    if (queue.channel->subchannel_index() != 0) {
        fault("a control message on a sub-channel");
        return;
    }
    alone(lock, delivery, [&] { obey(queue, packet); });
}

// What waits for the guest goes out first: its sections may be gone afterwards.
void NetworkDevice::alone(Shared& lock, Delivery& delivery, const std::function<void()>& action) {
    delivery.flush();
    lock.unlock();
    {
        const std::lock_guard<std::shared_mutex> guard(session_mutex_);
        action();
    }
    lock.lock();
}

void NetworkDevice::Delivery::flush() {
    for (size_t i = 0; touched_ != 0; i++, touched_ >>= 1)
        if (touched_ & 1) device_.flush(*device_.queues_[i]);
}

void NetworkDevice::deliver(const std::function<void(Inlet&)>& action) {
    const Shared lock(session_mutex_);
    Delivery delivery(*this);
    action(delivery);
}

// ---- what the host does ----

void NetworkDevice::set_link(bool up) {
    const std::lock_guard<std::shared_mutex> guard(session_mutex_);
    if (adapter_.link == up) return;
    adapter_.link = up;
    tell(indicate_status(up ? hyperv::kRndisMediaConnect : hyperv::kRndisMediaDisconnect));
}

void NetworkDevice::set_link_speed(uint64_t bits) {
    const std::lock_guard<std::shared_mutex> guard(session_mutex_);
    adapter_.options.link_bits = bits;
    lis::Le32 speed;
    speed.set(adapter_.link_speed());
    tell(indicate_status(hyperv::kRndisLinkSpeedChange, Bytes(speed.bytes, speed.bytes + sizeof speed.bytes)));
}

void NetworkDevice::change_network() {
    const std::lock_guard<std::shared_mutex> guard(session_mutex_);
    tell(indicate_status(hyperv::kRndisNetworkChange));
}

bool NetworkDevice::set_vf(bool allocated, uint32_t serial) {
    const std::lock_guard<std::shared_mutex> guard(session_mutex_);
    const Session& session = adapter_.session;
    if (session.nvsp_version != 0 &&
        (session.nvsp_version < hyperv::kNvspVersion4 || !(session.capabilities & hyperv::kNvspSriov)))
        return false;
    vf_ = allocated;
    vf_serial_ = serial;
    if (session.rndis_ready) send_vf_association();
    return true;
}

// A virtual function belongs to one machine: the guest goes without until the next one has given it another.
void NetworkDevice::on_other_host(Channel&) {
    if (!vf_ || !set_vf(false, vf_serial_)) return;
    const std::weak_ptr<NetworkDevice> self = weak_from_this();
    platform_.after(kWithoutVfNs, [self] {
        if (const auto device = self.lock()) device->set_vf(true, device->vf_serial_);
    });
}

void NetworkDevice::count(Counters& counters) const {
    const Shared lock(session_mutex_);
    const Session& session = adapter_.session;
    adapter_.counters.add_to(counters);
    counters["nvsp-version"] = session.nvsp_version;
    counters["mtu"] = session.mtu;
    counters["filter"] = session.filter;
    counters["link"] = adapter_.link;
    counters["rss"] = session.rss.enabled;
    counters["vf-path"] = session.data_path == hyperv::kNvspPathVf;
    counters["sections"] = receive_.section_count();
    counters["free-sections"] = receive_.free_count();
    uint64_t open = 0;
    for (const auto& queue : queues_) open += queue->channel != nullptr;
    counters["channels-open"] = open;
    if (pcap_) {
        pcap_->flush(); // who asks will look into the file
        counters["recorded"] = pcap_->recorded();
    }
    backend_->count(counters);
}

} // namespace host
