// SPDX-License-Identifier: GPL-2.0-only
// Offers, and how they reach the device model. Rescinds are in withdrawal.cpp.
#include "enumerator.hpp"

#include <lis/memory.hpp>

#include "bus.hpp"
#include "device_class.hpp"
#include "version.hpp"

namespace vmbus {

using lis::LockRank;
using lis::MutexGuard;
using lis::Status;

static const uint32_t kOffersTimeoutMs = 10 * 1000;

Enumerator::Enumerator(Bus& bus)
    : bus_(bus), relids_to_release_(), stopped_(true), awaited_(0), late_opens_(false), open_ids_(0),
      all_offers_(nullptr), all_reoffered_(nullptr), announce_queue_(nullptr), subchannel_queue_(nullptr),
      withdraw_queue_(nullptr), announce_work_(nullptr), subchannel_work_(nullptr), withdraw_work_(nullptr) {}

Enumerator::~Enumerator() {
    lis_os_work_destroy(announce_work_);
    lis_os_work_destroy(subchannel_work_);
    lis_os_work_destroy(withdraw_work_);
    lis_os_queue_destroy(announce_queue_);
    lis_os_queue_destroy(subchannel_queue_);
    lis_os_queue_destroy(withdraw_queue_);
    lis_os_event_destroy(all_offers_);
    lis_os_event_destroy(all_reoffered_);
}

static bool make_queue(const char* name, void (*run)(void*), void* context, lis_os_queue** queue,
                       lis_os_work** work) {
    *queue = lis_os_queue_create(name);
    if (*queue == nullptr)
        return false;
    *work = lis_os_work_create(*queue, run, context);
    return *work != nullptr;
}

Status Enumerator::init() {
    all_offers_ = lis_os_event_create();
    all_reoffered_ = lis_os_event_create();
    if (all_offers_ == nullptr || all_reoffered_ == nullptr || !list_lock_.init(LockRank::ChannelList) ||
        !directories_lock_.init(LockRank::ChannelDirectories) ||
        !make_queue("vmbus_announce", run_announce, this, &announce_queue_, &announce_work_) ||
        !make_queue("vmbus_subchan", run_subchannels, this, &subchannel_queue_, &subchannel_work_) ||
        !make_queue("vmbus_withdraw", run_withdraw, this, &withdraw_queue_, &withdraw_work_))
        return Status::NoMemory;
    return Status::Ok;
}

void Enumerator::begin() {
    MutexGuard guard(list_lock_);
    lis_os_event_reset(all_offers_);
    lis_os_event_reset(all_reoffered_);
    stopped_ = false;
}

bool Enumerator::wait_for_offers() {
    return lis_os_wait(all_offers_, kOffersTimeoutMs) == 0;
}

void Enumerator::settle() {
    lis_os_queue_flush(announce_queue_);
    lis_os_queue_flush(subchannel_queue_);
}

// ---- judging an offer ----

static lis_guid private_guid(const hyperv::Guid& wire) {
    lis_guid guid;
    __builtin_memcpy(guid.bytes, wire.bytes, sizeof guid.bytes);
    return guid;
}

static lis_vmbus_offer judge(const hyperv::OfferChannel& message) {
    lis_vmbus_offer offer = lis_vmbus_offer();
    offer.class_id = private_guid(message.class_id);
    offer.instance = private_guid(message.instance);
    offer.relid = message.relid.get();
    offer.connection_id = message.connection_id.get();
    offer.flags = message.flags.get();
    offer.mmio_megabytes = message.mmio_megabytes.get();
    offer.subchannel_index = message.subchannel_index.get();
    offer.monitor_id = message.monitor_id;
    // A monitor beyond the page would be written outside of it: signal by hypercall.
    offer.monitor_allocated = (message.monitor_allocated & 1) != 0 &&
                              message.monitor_id < hyperv::kMonitorGroups * hyperv::kMonitorsInGroup;
    offer.dedicated_interrupt = (message.dedicated_interrupt.get() & 1) != 0;
    __builtin_memcpy(offer.user_data, message.user_data, sizeof offer.user_data);
    return offer;
}

Channel* Enumerator::find_primary(const lis_vmbus_offer& offer) {
    for (Channel& channel : channels_)
        if (channel.is_primary() && !channel.rescinded() && same_guid(channel.offer().instance, offer.instance) &&
            same_guid(channel.offer().class_id, offer.class_id))
            return &channel;
    return nullptr;
}

// An older channel of the same instance still has a device of this name.
bool Enumerator::has_elder(const Channel& channel) {
    for (Channel& other : channels_) {
        if (&other == &channel)
            return false;
        if (other.is_primary() && same_guid(other.device(), channel.device()))
            return true;
    }
    return false;
}

void Enumerator::refuse(uint32_t relid, Counter reason) {
    bus_.counters.add(reason);
    lis_os_log_limited(LIS_OS_LOG_WARNING, "offer of channel %u refused: %s", relid,
                       Counters::name(static_cast<uint32_t>(reason)));
}

void Enumerator::offer(const hyperv::OfferChannel& message) {
    const lis_vmbus_offer offer = judge(message);
    if (offer.relid == 0 || offer.relid >= channel_limit(bus_.connection.version()))
        return refuse(offer.relid, Counter::OfferRelidRange);
    MutexGuard guard(list_lock_);
    if (stopped_)
        return bus_.counters.add(Counter::OfferIgnored);
    if (bus_.channels.find(offer.relid) != nullptr)
        return refuse(offer.relid, Counter::OfferRelidInUse);

    Channel* const primary = find_primary(offer);
    Counter reason = Counter::OfferNoMemory;
    if (offer.subchannel_index != 0 && primary == nullptr) {
        reason = Counter::OfferNoPrimary;
    } else if (offer.subchannel_index == 0 && primary != nullptr && !primary->reoffer_awaited) {
        reason = Counter::OfferDuplicate;
    } else if (offer.subchannel_index == 0 && primary != nullptr) {
        return adopt(*primary, offer);
    } else if (make_channel(offer, offer.subchannel_index == 0 ? nullptr : primary) != nullptr) {
        return;
    }
    refuse(offer.relid, reason);
    relids_to_release_[offer.relid / 32] |= 1u << (offer.relid % 32);
    run_late_work();
}

Channel* Enumerator::make_channel(const lis_vmbus_offer& offer, Channel* primary) {
    Channel* const channel = lis::create<Channel>();
    if (channel == nullptr)
        return nullptr;
    if (channel->init(&bus_, offer, primary) != Status::Ok) {
        channel->put();
        return nullptr;
    }
    const bool spread = find_device_class(offer.class_id)->performance &&
                        has_channel_events(bus_.connection.version());
    channel->assign_cpu_at_offer(spread ? bus_.placement.assign() : bus_.placement.assign_message_cpu());
    channels_.push_back(*channel);
    bus_.channels.insert(offer.relid, channel);
    to_announce_.push_back(*channel);
    lis_os_work_submit(primary == nullptr ? announce_work_ : subchannel_work_);
    return channel;
}

void Enumerator::adopt(Channel& old, const lis_vmbus_offer& offer) {
    const uint32_t old_relid = old.relid();
    old.take_new_offer(offer);
    old.reoffer_awaited = false;
    bus_.channels.insert(offer.relid, &old);
    vmbus_shim_device_reoffered(&old, old_relid);
    if (--awaited_ == 0)
        lis_os_event_set(all_reoffered_);
}

// ---- primaries ----

Channel* Enumerator::take_announceable() {
    MutexGuard guard(list_lock_);
    for (Channel& channel : to_announce_) {
        if (!channel.is_primary() || (has_elder(channel) && !channel.rescinded()))
            continue;
        to_announce_.remove(channel);
        channel.presence = Presence::Announcing;
        return &channel;
    }
    return nullptr;
}

// What is being announced is not withdrawn, so it stays valid meanwhile.
void Enumerator::announce_all() {
    while (Channel* const primary = take_announceable())
        announce(*primary);
}

void Enumerator::announce(Channel& primary) {
    const bool present = !primary.rescinded() && vmbus_shim_device_add(&primary) == 0;
    settle_presence(primary, present);
    // Sub-channels that came before have been waiting for the directory.
    lis_os_work_submit(subchannel_work_);
}

void Enumerator::settle_presence(Channel& channel, bool present) {
    MutexGuard guard(list_lock_);
    channel.presence = present ? Presence::Present : Presence::Absent;
    if (channel.rescinded())
        run_late_work();
}

// ---- sub-channels ----

void Enumerator::announce_subchannels() {
    for (;;) {
        Channel* const fresh = find_and_get([this](Channel& channel) {
            if (channel.is_primary() || !to_announce_.contains(channel))
                return false;
            to_announce_.remove(channel);
            channel.presence = Presence::Announcing;
            return true;
        });
        if (fresh == nullptr)
            break;
        // Settled first: a handler that is set meanwhile must find it.
        settle_presence(*fresh, true);
        fresh->primary()->hand_over(*fresh);
        fresh->put();
    }
    while (list_next_subchannel()) {
    }
}

// Gives a directory to one that has none; false: nothing more to do. When there is
// no memory for it the next sub-channel event tries again.
bool Enumerator::list_next_subchannel() {
    MutexGuard directories(directories_lock_);
    Channel* const bare = find_and_get([](Channel& channel) {
        return !channel.is_primary() && !channel.in_sysfs && !channel.rescinded() &&
               channel.presence == Presence::Present && channel.primary()->presence == Presence::Present;
    });
    if (bare == nullptr)
        return false;
    bare->in_sysfs = vmbus_shim_subchannel_add(bare) == 0;
    const bool listed = bare->in_sysfs;
    bare->put();
    return listed;
}

void Enumerator::hand_over_subchannels(Channel& primary) {
    for (;;) {
        Channel* const waiting = find_and_get([&primary](Channel& channel) {
            return channel.primary() == &primary && channel.presence == Presence::Present && !channel.handed_over &&
                   !channel.rescinded();
        });
        if (waiting == nullptr)
            return;
        const bool taken = primary.hand_over(*waiting);
        waiting->put();
        if (!taken)
            return;
    }
}

// The next driver of this device gets them again.
void Enumerator::take_back_subchannels(Channel& primary) {
    MutexGuard guard(list_lock_);
    for (Channel& channel : channels_)
        if (channel.primary() == &primary)
            channel.handed_over = false;
}

void Enumerator::close_subchannels(Channel& primary) {
    for (;;) {
        Channel* const open = find_and_get(
            [&primary](Channel& channel) { return channel.primary() == &primary && channel.is_in_use(); });
        if (open == nullptr)
            return;
        open->close();
        open->put();
    }
}

} // namespace vmbus
