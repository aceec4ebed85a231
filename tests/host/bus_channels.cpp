// SPDX-License-Identifier: GPL-2.0-only
// Offers, channels and GPADLs of the bus server.
#include "bus.hpp"

#include "tamper.hpp"

#include <hyperv/hypercall.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace host {

using hyperv::MessageType;

namespace {

template <typename T>
T as(const std::vector<unsigned char>& bytes) {
    T message = {};
    if (!bytes.empty()) memcpy(&message, bytes.data(), std::min(bytes.size(), sizeof message));
    return message;
}

template <typename T>
T make(MessageType type) {
    T message = {};
    message.header.type.set(static_cast<uint32_t>(type));
    return message;
}

std::string relid_text(uint32_t relid) { return "relid " + std::to_string(relid); }

const size_t kKeptAtMost = 1000; // of the guest's requests
const size_t kGpadlsAtMost = 8192;
const uint32_t kGpadlRefused = 0x8000FFFF;
const uint32_t kRelidLimit = hyperv::kEventFlagsBytes * 8; // a relid is the number of an event flag

} // namespace

// ---- devices and offers ----

uint32_t Bus::free_relid() {
    for (uint32_t tried = options.first_relid; tried < kRelidLimit; tried++) {
        if (next_relid_ >= kRelidLimit) next_relid_ = options.first_relid;
        const uint32_t relid = next_relid_++;
        if (!channels_.count(relid)) return relid;
    }
    throw std::length_error("no relid is free");
}

Channel& Bus::add_device(std::shared_ptr<Device> device, uint32_t relid) {
    if (relid == 0) relid = free_relid();
    std::unique_ptr<Channel>& place = channels_[relid];
    place.reset(new Channel(*this, std::move(device), relid, 0));
    if (offers_requested_) send_offer(*place);
    return *place;
}

Channel& Bus::add_subchannel(Channel& primary, uint16_t index, uint32_t relid) {
    if (relid == 0) relid = free_relid();
    std::unique_ptr<Channel>& place = channels_[relid];
    place.reset(new Channel(*this, primary.shared_device(), relid, index));
    if (offers_requested_) send_offer(*place);
    return *place;
}

Channel* Bus::channel(uint32_t relid) {
    auto found = channels_.find(relid);
    return found == channels_.end() ? nullptr : found->second.get();
}

Channel* Bus::channel_of(const Device& device) {
    for (auto& entry : channels_)
        if (&entry.second->device() == &device && entry.second->subchannel_index() == 0) return entry.second.get();
    return nullptr;
}

void Bus::send_offer(Channel& channel) {
    const OfferDescription description = channel.device().describe();
    hyperv::OfferChannel offer = make<hyperv::OfferChannel>(MessageType::OfferChannel);
    offer.class_id = description.class_id;
    offer.instance = description.instance;
    offer.flags.set(description.flags);
    offer.mmio_megabytes.set(description.mmio_megabytes);
    std::copy_n(description.user_data.begin(), std::min(description.user_data.size(), sizeof offer.user_data),
                offer.user_data);
    offer.subchannel_index.set(channel.subchannel_index());
    offer.relid.set(channel.relid());
    if (description.monitor_id >= 0) {
        offer.monitor_id = static_cast<unsigned char>(description.monitor_id);
        offer.monitor_allocated = 1;
    }
    if (version_ >= hyperv::kVersionWin7) {
        offer.dedicated_interrupt.set(description.dedicated_interrupt ? 1 : 0);
        offer.connection_id.set(channel.connection_id());
    }
    if (channel.state_ == ChannelState::Hidden) channel.state_ = ChannelState::Offered;
    transmit(outgoing(&offer, sizeof offer));
}

void Bus::offer_again(Channel& channel) { send_offer(channel); }

void Bus::rescind_relid(uint32_t relid) {
    hyperv::RelidMessage rescind = make<hyperv::RelidMessage>(MessageType::RescindChannelOffer);
    rescind.relid.set(relid);
    transmit(outgoing(&rescind, sizeof rescind));
}

void Bus::remove_channel(Channel& channel) {
    const uint32_t relid = channel.relid();
    if (channel.is_open()) close(channel);
    if (channel.state() == ChannelState::Hidden) {
        channels_.erase(relid);
        return;
    }
    channel.state_ = ChannelState::Revoked;
    rescind_relid(relid);
}

void Bus::remove_device(const Device& device) {
    std::vector<Channel*> channels;
    for (auto& entry : channels_)
        if (&entry.second->device() == &device && entry.second->state() != ChannelState::Revoked)
            channels.push_back(entry.second.get());
    // Sub-channels go before the channel that they belong to.
    std::stable_partition(channels.begin(), channels.end(), [](const Channel* each) { return each->subchannel_index() != 0; });
    for (Channel* const each : channels) remove_channel(*each);
}

void Bus::reset_device(const Device& device) {
    Channel* const primary = channel_of(device);
    if (!primary || primary->state() == ChannelState::Revoked) return;
    const std::shared_ptr<Device> kept = primary->shared_device();
    // What the guest has not been told of is as it was.
    const bool known = primary->state() != ChannelState::Hidden;
    primary->comes_back_ = known;
    remove_device(device);
    if (!known) add_device(kept);
}

void Bus::remove_all_devices() {
    for (auto& entry : channels_)
        if (entry.second->is_open()) close(*entry.second);
    channels_.clear();
}

std::vector<Channel*> Bus::primaries() {
    std::vector<Channel*> channels;
    for (auto& entry : channels_)
        if (entry.second->subchannel_index() == 0) channels.push_back(entry.second.get());
    return channels;
}

std::vector<Channel*> Bus::channels_of(const Device& device) {
    std::vector<Channel*> found;
    for (auto& entry : channels_)
        if (&entry.second->device() == &device) found.push_back(entry.second.get());
    return found;
}

void Bus::relid_released(const Bytes& bytes) {
    const uint32_t relid = as<hyperv::RelidMessage>(bytes).relid.get();
    Channel* const released = channel(relid);
    if (!released || released->is_open() || released->state() == ChannelState::Hidden) {
        violation("RELID_RELEASED for " + relid_text(relid) + ", which the guest cannot release");
        return;
    }
    // A guest may also let go of a closed channel that it has no use for.
    if (released->state() != ChannelState::Revoked) {
        released->state_ = ChannelState::Hidden;
        return;
    }
    const std::shared_ptr<Device> back = released->comes_back_ ? released->shared_device() : nullptr;
    channels_.erase(relid);
    if (back) add_device(back);
}

// ---- GPADLs ----

void Bus::gpadl_header(const Bytes& bytes) {
    const hyperv::GpadlHeader header = as<hyperv::GpadlHeader>(bytes);
    const uint32_t handle = header.gpadl.get();
    const Channel* const owner = channel(header.relid.get());
    if (!owner) violation("GPADL_HEADER for unknown " + relid_text(header.relid.get()));
    if (handle == 0) violation("GPADL handle 0");
    if (refused_early_.erase(handle)) return;
    if (gpadls_.count(handle)) {
        violation("GPADL handle in use is created again");
        return;
    }
    std::unique_ptr<Gpadl> gpadl(new Gpadl(platform_, header.relid.get(), handle));
    const bool good = gpadl->begin(header.range_bytes.get(), header.range_count.get(), bytes.data() + sizeof header,
                                   bytes.size() - sizeof header);
    // One that was not begun is refused.
    if (gpadls_.size() >= kGpadlsAtMost) gpadl.reset(new Gpadl(platform_, header.relid.get(), handle));
    Gpadl& kept = *gpadl;
    gpadls_[handle] = std::move(gpadl);
    if (!good || kept.complete()) finish_gpadl(handle);
}

void Bus::gpadl_body(const Bytes& bytes) {
    const hyperv::GpadlBody body = as<hyperv::GpadlBody>(bytes);
    auto found = gpadls_.find(body.gpadl.get());
    if (found == gpadls_.end() || found->second->accepted) {
        violation("GPADL_BODY without GPADL_HEADER");
        return;
    }
    if (body.reserved.get() != 0) violation("GPADL_BODY with a reserved field set");
    found->second->add(bytes.data() + sizeof body, bytes.size() - sizeof body);
    if (found->second->complete()) finish_gpadl(body.gpadl.get());
}

void Bus::finish_gpadl(uint32_t handle) {
    Gpadl& gpadl = *gpadls_[handle];
    hyperv::GpadlCreated created = make<hyperv::GpadlCreated>(MessageType::GpadlCreated);
    created.relid.set(gpadl.relid());
    created.gpadl.set(handle);
    if (!gpadl.accept()) {
        violation("GPADL that makes no sense");
        gpadls_.erase(handle);
        if (!options.answers_bad_gpadl) return;
        created.status.set(kGpadlRefused);
    }
    Outgoing message = outgoing(&created, sizeof created);
    // The guest may free the pages once it has seen a failure, whoever made it one.
    const uint64_t generation = line_generation_;
    message.delivered = [this, handle, generation](const Outgoing& sent) {
        if (generation == line_generation_ && as<hyperv::GpadlCreated>(sent.bytes).status.get() != 0)
            gpadls_.erase(handle);
    };
    transmit(std::move(message));
}

void Bus::gpadl_teardown(const Bytes& bytes) {
    const hyperv::GpadlTeardown teardown = as<hyperv::GpadlTeardown>(bytes);
    const uint32_t handle = teardown.gpadl.get();
    auto found = gpadls_.find(handle);
    if (found == gpadls_.end() || !found->second->accepted || found->second->tearing_down) {
        violation("GPADL_TEARDOWN of a handle that is not there");
        return;
    }
    if (!channel(teardown.relid.get())) violation("GPADL_TEARDOWN after RELID_RELEASED");
    if (found->second->relid() != teardown.relid.get()) violation("GPADL_TEARDOWN with another relid");
    for (auto& entry : channels_)
        if (entry.second->is_open() && entry.second->ring_gpadl_ == handle)
            violation("GPADL_TEARDOWN of the rings of an open channel");
    found->second->tearing_down = true;
    hyperv::GpadlTorndown torndown = make<hyperv::GpadlTorndown>(MessageType::GpadlTorndown);
    torndown.gpadl.set(handle);
    const uint64_t generation = line_generation_;
    transmit(outgoing(&torndown, sizeof torndown, [this, handle, generation](const Outgoing&) {
        if (generation == line_generation_) gpadls_.erase(handle);
    }));
}

// ---- open, close, modify ----

bool Bus::attach_rings(Channel& channel, const std::vector<uint64_t>& frames, uint32_t downstream) {
    if (downstream < 2 || downstream + 2 > frames.size()) return false;
    const auto middle = frames.begin() + downstream;
    if (!channel.incoming_.pages.attach(platform_, {frames.begin(), middle}) ||
        !channel.outgoing_.pages.attach(platform_, {middle, frames.end()}))
        return false;
    channel.incoming_.attached();
    channel.outgoing_.attached();
    return true;
}

void Bus::open_channel(const Bytes& bytes) {
    const hyperv::OpenChannel open = as<hyperv::OpenChannel>(bytes);
    const uint32_t relid = open.relid.get();
    Channel* const opened = channel(relid);
    if (!opened || opened->state() == ChannelState::Hidden || opened->is_open()) {
        violation("OPEN of " + relid_text(relid) + ", which cannot be opened");
        return;
    }
    if (opened->state() == ChannelState::Revoked) return; // the RESCIND is on its way
    hyperv::OpenChannelResult result = make<hyperv::OpenChannelResult>(MessageType::OpenChannelResult);
    result.relid.set(relid);
    result.open_id.set(open.open_id.get());
    result.status.set(kOpenRefused);

    const std::vector<uint64_t>* const frames = opened->gpadl(open.gpadl.get());
    if (version_ >= hyperv::kVersionWin8 && !synic_.ready(open.target_vp.get()))
        violation("OPEN with a target VP whose SynIC is off");
    if (!frames || !attach_rings(*opened, *frames, open.downstream_page_offset.get())) {
        violation("OPEN with rings that make no sense");
    } else {
        opened->state_ = ChannelState::Open;
        opened->ring_gpadl_ = open.gpadl.get();
        opened->target_vp_ = open.target_vp.get();
        opened->open_data_.assign(open.user_data, open.user_data + sizeof open.user_data);
        result.status.set(opened->device().on_open(*opened));
        if (result.status.get() == 0 && runner && !runner->opened(*opened)) {
            opened->device().on_close(*opened);
            result.status.set(kOpenRefused);
        }
        if (result.status.get() != 0) {
            opened->state_ = ChannelState::Offered;
            opened->incoming_.pages.detach();
            opened->outgoing_.pages.detach();
        } else {
            poll_monitors();
        }
    }
    transmit(outgoing(&result, sizeof result));
}

void Bus::close(Channel& channel) {
    if (runner) runner->closing(channel);
    channel.device().on_close(channel);
    channel.state_ = ChannelState::Offered;
    channel.serving_put_off_ = channel.interrupt_put_off_ = false;
    channel.incoming_.pages.detach();
    channel.outgoing_.pages.detach();
}

void Bus::close_channel(const Bytes& bytes) {
    const uint32_t relid = as<hyperv::RelidMessage>(bytes).relid.get();
    Channel* const closed = channel(relid);
    if (closed && closed->state() == ChannelState::Revoked) return;
    if (!closed || !closed->is_open()) {
        violation("CLOSE of " + relid_text(relid) + ", which is not open");
        return;
    }
    close(*closed);
}

void Bus::modify_channel(const Bytes& bytes) {
    const hyperv::ModifyChannel modify = as<hyperv::ModifyChannel>(bytes);
    const uint32_t relid = modify.relid.get();
    Channel* const modified = channel(relid);
    if (modified && modified->state() == ChannelState::Revoked) return;
    if (!modified || !modified->is_open()) {
        violation("MODIFY_CHANNEL of " + relid_text(relid) + ", which is not open");
        return;
    }
    if (!synic_.ready(modify.target_vp.get())) violation("MODIFY_CHANNEL to a VP whose SynIC is off");
    modified->target_vp_ = modify.target_vp.get();
    if (version_ < hyperv::kVersionIron) return;
    if (!modify_pending_.insert(relid).second) violation("MODIFY_CHANNEL before the answer to the last one");
    hyperv::ModifyChannelResponse response = make<hyperv::ModifyChannelResponse>(MessageType::ModifyChannelResponse);
    response.relid.set(relid);
    transmit(outgoing(&response, sizeof response, [this, relid](const Outgoing&) { modify_pending_.erase(relid); }));
}

void Bus::tl_connect(const Bytes& bytes) {
    const hyperv::TlConnectRequest request = as<hyperv::TlConnectRequest>(bytes);
    const bool with_silo = bytes.size() >= sizeof(hyperv::TlConnectRequest);
    if (with_silo != (version_ >= hyperv::kVersionWin10V52)) violation("TL_CONNECT_REQUEST of another version");
    const TlConnect connect{request.endpoint, request.service, request.silo, with_silo};
    if (tl_connects_.size() < kKeptAtMost) tl_connects_.push_back(connect);
    if (on_tl_connect) on_tl_connect(connect);
}

// ---- signals ----

void Bus::wake(Channel& channel) {
    if (runner) {
        runner->wake(channel);
        return;
    }
    for (bool more = channel.serve(1); more;) more = channel.serve(0);
}

// Also on threads that serve channels.
void Bus::signal_guest(Channel& channel) {
    if (!channel.is_open()) return;
    if (stalled_) {
        channel.interrupt_put_off_ = true;
        return;
    }
    channel.interrupts_++;
    std::vector<uint32_t> flags = {channel.relid()};
    if (Tamper* const tamper = platform_.tamper()) flags = tamper->event(channel.relid());
    if (version_ >= hyperv::kVersionWin8) {
        if (channel.target_vp() == hyperv::kNoInterruptVp) return;
        for (const uint32_t flag : flags) synic_.set_event_flag(channel.target_vp(), hyperv::kVmbusSint, flag);
        return;
    }
    uint32_t* const words = static_cast<uint32_t*>(platform_.page(interrupt_page_ >> 12));
    if (!words) return;
    for (const uint32_t flag : flags)
        if (flag < hyperv::kEventFlagsBytes * 8) __atomic_fetch_or(&words[flag / 32], 1u << (flag % 32), __ATOMIC_SEQ_CST);
    synic_.set_event_flag(0, hyperv::kVmbusSint, 0);
}

uint32_t Bus::signal_event(uint32_t connection_id, uint16_t flag) {
    signals_++;
    if (version_ == hyperv::kVersionWs2008 && connection_id == hyperv::kConnectionEvents) {
        scan_send_page();
        return hyperv::kStatusSuccess;
    }
    for (auto& entry : channels_) {
        Channel& to = *entry.second;
        if (to.connection_id() != connection_id || version_ == hyperv::kVersionWs2008) continue;
        if (flag != 0) violation("signal with a flag number");
        if (!to.is_open()) {
            unknown_signals_++;
            return hyperv::kStatusSuccess;
        }
        // A channel without an interrupt of its own is also marked in the interrupt page.
        if (version_ < hyperv::kVersionWin8 && !to.device().describe().dedicated_interrupt && !take_send_bit(to))
            violation("signal without the send bit of a channel that is not dedicated");
        wake(to);
        return hyperv::kStatusSuccess;
    }
    unknown_signals_++;
    return hyperv::kStatusInvalidConnectionId;
}

bool Bus::take_send_bit(const Channel& from) {
    char* const page = static_cast<char*>(platform_.page(interrupt_page_ >> 12));
    if (!page) return false;
    if (from.relid() >= hyperv::kInterruptPageSendOffset * 8) return false; // that half of the page has no more bits
    uint32_t* const words = reinterpret_cast<uint32_t*>(page + hyperv::kInterruptPageSendOffset);
    const uint32_t bit = 1u << (from.relid() % 32);
    return (__atomic_fetch_and(&words[from.relid() / 32], ~bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

void Bus::scan_send_page() {
    for (auto& entry : channels_) {
        Channel& to = *entry.second;
        if (!take_send_bit(to) || !to.is_open()) continue;
        wake(to);
    }
}

// Looks at the trigger bits as long as a channel with a monitor is open.
void Bus::poll_monitors() {
    if (polling_) return;
    hyperv::MonitorPage* const page =
        monitor_page_ ? static_cast<hyperv::MonitorPage*>(platform_.page(monitor_page_ >> 12)) : nullptr;
    bool wanted = false;
    for (auto& entry : channels_) {
        Channel& to = *entry.second;
        const int id = to.device().describe().monitor_id;
        if (!page || id < 0 || !to.is_open()) continue;
        wanted = true;
        const uint32_t group = static_cast<uint32_t>(id) / hyperv::kMonitorsInGroup;
        const uint32_t index = static_cast<uint32_t>(id) % hyperv::kMonitorsInGroup;
        page->latency[group][index].set(static_cast<uint16_t>(options.monitor_poll_ns / 100));
        page->parameter[group][index].connection_id.set(to.connection_id());
        const uint32_t bit = 1u << index;
        if (!(__atomic_fetch_and(&page->groups[group].pending, ~bit, __ATOMIC_SEQ_CST) & bit)) continue;
        wake(to);
    }
    if (!wanted) return;
    polling_ = true;
    platform_.after(options.monitor_poll_ns, [this] {
        polling_ = false;
        poll_monitors();
    });
}

} // namespace host
