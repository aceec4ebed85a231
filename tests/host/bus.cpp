// SPDX-License-Identifier: GPL-2.0-only
// The connection and the transport; channels and GPADLs are in bus_channels.cpp.
#include "bus.hpp"

#include "tamper.hpp"

#include <hyperv/hypercall.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace host {

using hyperv::MessageType;

namespace {

const uint32_t kStatusInvalidInput = 0x03;
const uint32_t kStatusInvalidParameter = 0x05;
const size_t kKeptAtMost = 1000;        // of each kind of record
const size_t kQueuedAtMost = 1 << 14;   // messages that the guest has yet to take, or the host to read

const std::set<uint32_t>& all_versions() {
    static const std::set<uint32_t> versions = {
        hyperv::kVersionWs2008,   hyperv::kVersionWin7,     hyperv::kVersionWin8,   hyperv::kVersionWin81,
        hyperv::kVersionWin10,    hyperv::kVersionWin10Rs3, hyperv::kVersionWin10V5, hyperv::kVersionWin10V51,
        hyperv::kVersionWin10V52, hyperv::kVersionIron,     hyperv::kVersionCopper};
    return versions;
}

// What a guest may send: size of the fixed part, and the first version that has it.
struct GuestMessage {
    MessageType type;
    size_t size;
    uint32_t version;
};
const GuestMessage kGuestMessages[] = {
    {MessageType::RequestOffers, 8, 0},
    {MessageType::OpenChannel, sizeof(hyperv::OpenChannel), 0},
    {MessageType::CloseChannel, sizeof(hyperv::RelidMessage), 0},
    {MessageType::GpadlHeader, sizeof(hyperv::GpadlHeader), 0},
    {MessageType::GpadlBody, sizeof(hyperv::GpadlBody), 0},
    {MessageType::GpadlTeardown, sizeof(hyperv::GpadlTeardown), 0},
    {MessageType::RelidReleased, sizeof(hyperv::RelidMessage), 0},
    {MessageType::InitiateContact, sizeof(hyperv::InitiateContact), 0},
    {MessageType::Unload, 8, hyperv::kVersionWin7},
    {MessageType::TlConnectRequest, hyperv::kTlConnectRequestOldBytes, hyperv::kVersionWin10},
    {MessageType::ModifyChannel, sizeof(hyperv::ModifyChannel), hyperv::kVersionWin10Rs3},
};

std::string name(uint32_t type) { return "message " + std::to_string(type); }

} // namespace

Bus::Bus(Platform& platform, Synic& synic, const BusOptions& bus_options)
    : options(bus_options), platform_(platform), synic_(synic), next_relid_(bus_options.first_relid) {}

void Bus::violation(const std::string& text) {
    if (violations_.size() < kKeptAtMost) violations_.push_back(text);
    platform_.log("guest: " + text);
}

uint64_t Bus::received(MessageType type) const {
    auto found = received_.find(static_cast<uint32_t>(type));
    return found == received_.end() ? 0 : found->second;
}

// ---- from the guest ----

void Bus::fail_posts(uint32_t status, uint32_t times) {
    fail_status_ = status;
    fail_times_ = times;
}

uint32_t Bus::post_message(uint32_t connection_id, uint32_t type, const unsigned char* payload, size_t size) {
    posts_++;
    if (fail_times_ > 0) {
        fail_times_--;
        return fail_status_;
    }
    if (type != hyperv::kSynicMessageChannel || size < sizeof(hyperv::MessageHeader)) return kStatusInvalidInput;
    if (size > hyperv::kMaxMessageBytes) return kStatusInvalidParameter;
    const Bytes bytes(payload, payload + size);
    hyperv::MessageHeader header;
    memcpy(&header, bytes.data(), sizeof header);

    bool known = connection_id == hyperv::kConnectionMessages;
    if (connection_id == hyperv::kConnectionMessagesMultiClient) known = options.knows_multi_client_port;
    if (version_ >= hyperv::kVersionWin10V5 && connection_id == options.message_connection_id) known = true;
    if (!known) return hyperv::kStatusInvalidConnectionId;

    if (header.type.get() != static_cast<uint32_t>(MessageType::InitiateContact)) {
        const uint32_t right =
            version_ >= hyperv::kVersionWin10V5 ? options.message_connection_id : hyperv::kConnectionMessages;
        if (version_ != 0 && connection_id != right)
            violation(name(header.type.get()) + " on connection id " + std::to_string(connection_id));
    } else if (size >= sizeof(hyperv::InitiateContact)) {
        hyperv::InitiateContact contact;
        memcpy(&contact, bytes.data(), sizeof contact);
        const uint32_t right = contact.version.get() >= hyperv::kVersionWin10V5
                                   ? hyperv::kConnectionMessagesMultiClient
                                   : hyperv::kConnectionMessages;
        if (connection_id != right) violation("INITIATE_CONTACT on connection id " + std::to_string(connection_id));
    }
    if (header.reserved.get() != 0) violation(name(header.type.get()) + " with a reserved field set");
    if (synic_.queued() + stalled_posts_.size() + stalled_messages_.size() >= kQueuedAtMost)
        return hyperv::kStatusInsufficientBuffers;
    if (stalled_) stalled_posts_.push_back(bytes);
    else dispatch(bytes);
    return hyperv::kStatusSuccess;
}

bool Bus::allowed(uint32_t type, size_t size) {
    for (const GuestMessage& message : kGuestMessages) {
        if (static_cast<uint32_t>(message.type) != type) continue;
        if (size < message.size) {
            violation(name(type) + " of " + std::to_string(size) + " bytes");
            return false;
        }
        if (message.type == MessageType::InitiateContact) return true;
        if (version_ == 0 || version_ < message.version) {
            violation(name(type) + (version_ == 0 ? " while disconnected" : " in a version without it"));
            return false;
        }
        return true;
    }
    violation("unknown " + name(type));
    return false;
}

void Bus::dispatch(const Bytes& bytes) {
    hyperv::MessageHeader header;
    memcpy(&header, bytes.data(), sizeof header);
    received_[header.type.get()]++;
    platform_.log("received " + name(header.type.get()));
    if (!allowed(header.type.get(), bytes.size())) return;
    switch (static_cast<MessageType>(header.type.get())) {
    case MessageType::InitiateContact: initiate_contact(bytes); break;
    case MessageType::RequestOffers: request_offers(); break;
    case MessageType::GpadlHeader: gpadl_header(bytes); break;
    case MessageType::GpadlBody: gpadl_body(bytes); break;
    case MessageType::GpadlTeardown: gpadl_teardown(bytes); break;
    case MessageType::OpenChannel: open_channel(bytes); break;
    case MessageType::CloseChannel: close_channel(bytes); break;
    case MessageType::RelidReleased: relid_released(bytes); break;
    case MessageType::ModifyChannel: modify_channel(bytes); break;
    case MessageType::TlConnectRequest: tl_connect(bytes); break;
    case MessageType::Unload: unload(); break;
    default: break;
    }
}

// ---- the connection ----

void Bus::hold_page(uint64_t address) {
    if (address == 0) return;
    platform_.page_held(address >> 12);
    connection_pages_.push_back(address >> 12);
}

void Bus::initiate_contact(const Bytes& bytes) {
    hyperv::InitiateContact contact;
    memcpy(&contact, bytes.data(), sizeof contact);
    const uint32_t version = contact.version.get();
    if (requested_versions_.size() < kKeptAtMost) requested_versions_.push_back(version);
    reset();
    contact_unanswered_ = true;

    contact_vp_ = version >= hyperv::kVersionWin81 ? contact.target_vp.get() : 0;
    message_vp_ = contact_vp_;
    const std::set<uint32_t>& accepted = options.versions.empty() ? all_versions() : options.versions;
    const bool supported = accepted.count(version) != 0;
    if (!synic_.ready(message_vp_)) violation("INITIATE_CONTACT for a VP whose SynIC is off");

    hyperv::VersionResponse response = {};
    response.header.type.set(static_cast<uint32_t>(MessageType::VersionResponse));
    response.supported = supported ? 1 : 0;
    size_t size = 16;
    Delivered delivered;
    if (supported && options.connection_state != 0) {
        response.connection_state = options.connection_state;
    } else if (supported) {
        version_ = version;
        if (version < hyperv::kVersionWin10V5) {
            interrupt_page_ = contact.target.get();
            hold_page(interrupt_page_);
            response.message_connection_id.set(version);
        } else {
            const uint64_t target = contact.target.get();
            if ((target & 0xFF) != hyperv::kVmbusSint) violation("INITIATE_CONTACT names another SINT");
            if ((target >> 16 & 0xFFFF) != 0) violation("INITIATE_CONTACT with a reserved field set");
            response.message_connection_id.set(options.message_connection_id);
            if (version >= hyperv::kVersionCopper) {
                features_ = static_cast<uint32_t>(target >> 32) & options.features;
                response.features.set(features_);
                size = 20;
            } else if (target >> 32 != 0) {
                violation("feature flags before version 6.0");
            }
        }
        if ((contact.parent_to_child_monitor.get() == 0) != (contact.child_to_parent_monitor.get() == 0))
            violation("one monitor page without the other");
        hold_page(contact.parent_to_child_monitor.get());
        hold_page(contact.child_to_parent_monitor.get());
        monitor_page_ = contact.child_to_parent_monitor.get();
        delivered = release_limbo();
    }
    if (options.version_response_bytes != 0) {
        // QEMU's structure ends after two bytes and is padded with zeroes.
        if (options.version_response_bytes <= 16) response.message_connection_id.set(0);
        size = options.version_response_bytes;
    }
    transmit(outgoing(&response, std::min(size, sizeof response), delivered));
}

void Bus::request_offers() {
    if (offers_requested_) {
        violation("REQUEST_OFFERS for the second time");
        return;
    }
    offers_requested_ = true;
    for (auto& entry : channels_)
        if (entry.second->subchannel_index() == 0) send_offer(*entry.second);
    for (auto& entry : channels_)
        if (entry.second->subchannel_index() != 0) send_offer(*entry.second);
    hyperv::MessageHeader done = {};
    done.type.set(static_cast<uint32_t>(MessageType::AllOffersDelivered));
    transmit(outgoing(&done, sizeof done));
}

void Bus::unload() {
    const uint32_t vp = message_vp_;
    reset();
    unload_unanswered_ = true;
    message_vp_ = vp;
    hyperv::MessageHeader response = {};
    response.type.set(static_cast<uint32_t>(MessageType::UnloadResponse));
    transmit(outgoing(&response, sizeof response, release_limbo()));
}

void Bus::reset() {
    std::vector<std::shared_ptr<Device>> coming_back;
    for (auto it = channels_.begin(); it != channels_.end();) {
        Channel& channel = *it->second;
        if (channel.is_open()) close(channel);
        if (channel.state() == ChannelState::Revoked) {
            if (channel.comes_back_) coming_back.push_back(channel.shared_device());
            it = channels_.erase(it);
            continue;
        }
        channel.state_ = ChannelState::Hidden;
        ++it;
    }
    for (auto& entry : gpadls_) limbo_.push_back(std::move(entry.second));
    gpadls_.clear();
    limbo_pages_.insert(limbo_pages_.end(), connection_pages_.begin(), connection_pages_.end());
    connection_pages_.clear();
    // A guest that connects again and again without reading an answer has given up on its pages.
    if (limbo_.size() + limbo_pages_.size() > kQueuedAtMost) leave_limbo();
    if (options.new_relids_on_reset && version_ != 0) {
        std::map<uint32_t, std::unique_ptr<Channel>> renumbered;
        for (auto& entry : channels_) {
            uint32_t relid = free_relid();
            if (renumbered.count(relid)) relid = entry.first; // more than half of them are taken
            entry.second->relid_ = relid;
            renumbered[relid] = std::move(entry.second);
        }
        channels_.swap(renumbered);
    }
    interrupt_page_ = monitor_page_ = 0;
    modify_pending_.clear();
    version_ = features_ = 0;
    offers_requested_ = false;
    for (const std::shared_ptr<Device>& device : coming_back) add_device(device);
    line_generation_++;
    line_due_ = 0;
    synic_.drop_queued();
}

Delivered Bus::release_limbo() {
    return [this](const Outgoing&) { leave_limbo(); };
}

void Bus::leave_limbo() {
    limbo_.clear();
    for (const uint64_t frame : limbo_pages_) platform_.page_released(frame);
    limbo_pages_.clear();
}

// ---- to the guest ----

Outgoing Bus::outgoing(const void* message, size_t size, Delivered delivered) {
    Outgoing result;
    const unsigned char* bytes = static_cast<const unsigned char*>(message);
    result.bytes.assign(bytes, bytes + size);
    result.delivered = std::move(delivered);
    hyperv::MessageHeader header = {};
    memcpy(&header, bytes, std::min(size, sizeof header));
    result.type = header.type.get();
    return result;
}

void Bus::send(const void* message, size_t size) { transmit(outgoing(message, size)); }

void Bus::send_held() {
    for (const Outgoing& message : behaviour.take_held()) deliver(message);
}

std::vector<Behaviour::Sending> Bus::chosen(const Outgoing& message) {
    std::vector<Behaviour::Sending> sendings = behaviour.apply(message);
    Tamper* const tamper = platform_.tamper();
    if (!tamper) return sendings;
    std::vector<Behaviour::Sending> changed;
    for (const Behaviour::Sending& sending : sendings) {
        for (Behaviour::Sending& each : tamper->message(sending.message)) {
            each.delay_ns += sending.delay_ns;
            each.ordered = each.ordered && sending.ordered;
            changed.push_back(each);
        }
    }
    return changed;
}

void Bus::transmit(Outgoing message) {
    for (const Behaviour::Sending& sending : chosen(message)) {
        const uint64_t now = platform_.now_ns();
        const uint64_t jitter = options.jitter_ns ? options.jitter_ns() : 0;
        uint64_t due = now + options.message_delay_ns + jitter + sending.delay_ns;
        const Outgoing copy = sending.message;
        if (!sending.ordered) {
            platform_.after(due - now, [this, copy] { deliver(copy); });
            continue;
        }
        line_due_ = due = std::max(due, line_due_);
        const uint64_t generation = line_generation_;
        platform_.after(due - now, [this, copy, generation] {
            if (generation == line_generation_) deliver(copy);
        });
    }
}

void Bus::stall(bool on) {
    if (stalled_ == on) return;
    stalled_ = on;
    if (!on) start_again();
}

void Bus::start_again() {
    std::vector<Outgoing> messages;
    messages.swap(stalled_messages_);
    for (const Outgoing& message : messages) deliver(message);
    std::vector<Bytes> posts;
    posts.swap(stalled_posts_);
    for (const Bytes& bytes : posts) dispatch(bytes);
    for (auto& entry : channels_) {
        Channel& channel = *entry.second;
        if (!channel.is_open()) continue;
        if (channel.interrupt_put_off_.exchange(false)) signal_guest(channel);
        if (channel.serving_put_off_.exchange(false)) wake(channel);
    }
}

void Bus::deliver(const Outgoing& message) {
    if (stalled_) {
        stalled_messages_.push_back(message);
        return;
    }
    platform_.log("sends " + name(message.type));
    std::function<void()> delivered;
    if (message.delivered) delivered = [message] { message.delivered(message); };
    if (platform_.tamper()) {
        delivered = [this, message] {
            if (message.delivered) message.delivered(message);
            if (message.synic_type == hyperv::kSynicMessageChannel) keep_word(message.bytes);
        };
    }
    synic_.post(message_vp_, hyperv::kVmbusSint, message.synic_type, message.bytes, delivered);
}

} // namespace host
