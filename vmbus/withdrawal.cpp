// SPDX-License-Identifier: GPL-2.0-only
// Rescinds, and how a channel leaves the device model (protocol.md 2.7). The order
// for each: no more events, waiters released, driver removed, memory asked back,
// forgotten here, RELID_RELEASED as the last message.
#include "bus.hpp"
#include "enumerator.hpp"
#include "gpadl.hpp"

namespace vmbus {

using hyperv::MessageType;
using lis::MutexGuard;
using lis::Status;

static const uint32_t kReoffersTimeoutMs = 10 * 1000;

void Enumerator::rescind(uint32_t relid) {
    MutexGuard guard(list_lock_);
    Channel* const channel = bus_.channels.find(relid);
    if (channel == nullptr)
        return bus_.counters.add(Counter::RescindUnknown);
    if (!channel->mark_rescinded())
        return bus_.counters.add(Counter::RescindTwice);
    bus_.exchange.abort(relid);
    if (stopped_)
        return;
    to_withdraw_.push_back(*channel);
    run_late_work();
    if (channel->presence == Presence::Queued && channel->is_primary())
        lis_os_work_submit(announce_work_); // it need not wait for its elder any more
}

bool Enumerator::late_modify_response(uint32_t relid) {
    MutexGuard guard(list_lock_);
    Channel* const channel = bus_.channels.find(relid);
    return channel != nullptr && channel->late_modify_response();
}

bool Enumerator::late_open_result(uint32_t relid, uint32_t open_id, bool accepted) {
    MutexGuard guard(list_lock_);
    Channel* const channel = bus_.channels.find(relid);
    if (channel == nullptr || !channel->late_open_result(open_id, accepted))
        return false;
    late_open_is_due();
    return true;
}

void Enumerator::withdraw_all() {
    finish_late_opens();
    post_due_teardowns(bus_);
    release_relids();
    tell_those_in_probe();
    while (Channel* const channel = take_withdrawable())
        withdraw(*channel);
}

// A handshake inside probe need not sit out its time limits.
void Enumerator::tell_those_in_probe() {
    for (;;) {
        Channel* const probing = find_and_get([this](Channel& channel) {
            if (channel.presence != Presence::Announcing || channel.told_early || !to_withdraw_.contains(channel))
                return false;
            channel.told_early = true;
            return true;
        });
        if (probing == nullptr)
            return;
        probing->tell_rescinded();
        probing->put();
    }
}

// One that is Queued or Announcing stays on the list; settling it submits the work
// again.
Channel* Enumerator::take_withdrawable() {
    MutexGuard guard(list_lock_);
    for (Channel& channel : to_withdraw_) {
        if (channel.presence == Presence::Queued || channel.presence == Presence::Announcing)
            continue;
        to_withdraw_.remove(channel);
        return &channel;
    }
    return nullptr;
}

void Enumerator::withdraw(Channel& channel) {
    channel.tell_rescinded();
    if (channel.is_primary()) {
        if (retire(channel))
            vmbus_shim_device_remove(&channel);
        channel.close(); // an open that was abandoned, or that its driver forgot
    } else if (leaves_later(channel)) {
        return;
    } else {
        MutexGuard directories(directories_lock_);
        unlist(channel);
    }
    finish(channel);
}

// A sub-channel goes when its driver has closed it: until then the driver may be
// writing into the rings.
bool Enumerator::leaves_later(Channel& subchannel) {
    subchannel.primary()->wait_for_handler();
    if (subchannel.state() == ChannelState::Abandoned)
        subchannel.close();
    {
        MutexGuard guard(list_lock_);
        subchannel.presence = Presence::Leaving;
    }
    if (subchannel.state() != ChannelState::Offered)
        return true;
    // Closed meanwhile: whoever finds it Leaving goes on with it.
    MutexGuard guard(list_lock_);
    if (subchannel.presence != Presence::Leaving)
        return true;
    subchannel.presence = Presence::Present;
    return false;
}

void Enumerator::closed_after_rescind(Channel& channel) {
    MutexGuard guard(list_lock_);
    if (channel.presence != Presence::Leaving || stopped_)
        return;
    channel.presence = Presence::Present;
    to_withdraw_.push_back(channel);
    run_late_work();
}

void Enumerator::unlist(Channel& subchannel) {
    if (subchannel.in_sysfs)
        vmbus_shim_subchannel_remove(&subchannel);
    subchannel.in_sysfs = false;
}

// Whoever retires a primary removes its device; false: it has none, or another does.
bool Enumerator::retire(Channel& primary) {
    MutexGuard directories(directories_lock_);
    {
        MutexGuard guard(list_lock_);
        if (primary.presence != Presence::Present)
            return false;
        primary.presence = Presence::Absent;
    }
    for (;;) {
        Channel* const listed = find_and_get(
            [&primary](Channel& channel) { return channel.primary() == &primary && channel.in_sysfs; });
        if (listed == nullptr)
            return true;
        unlist(*listed);
        listed->put();
    }
}

void Enumerator::finish(Channel& channel) {
    const bool host_knows_it = !channel.reoffer_awaited;
    const uint32_t relid = channel.relid();
    {
        MutexGuard guard(list_lock_);
        channels_.remove(channel);
        if (host_knows_it)
            bus_.channels.remove(relid);
    }
    lis_os_quiesce();
    post_due_teardowns(bus_);
    if (host_knows_it)
        post_relid_released(relid);
    drop_reference(channel);
    // Its successor may have been waiting for the name.
    lis_os_work_submit(announce_work_);
}

void Enumerator::drop_reference(Channel& channel) {
    bus_.placement.unassign(channel.assigned_cpu());
    channel.put();
}

void Enumerator::finish_late_opens() {
    if (!__atomic_exchange_n(&late_opens_, false, __ATOMIC_ACQ_REL))
        return;
    for (;;) {
        Channel* const late = find_and_get([](Channel& channel) { return channel.late_open_is_due(); });
        if (late == nullptr)
            return;
        late->finish_late_open();
        late->put();
    }
}

// Of offers that were refused although their relid was free.
void Enumerator::release_relids() {
    for (uint32_t word = 0; word < hyperv::kChannelLimit / 32; word++) {
        uint32_t bits;
        {
            MutexGuard guard(list_lock_);
            bits = relids_to_release_[word];
            relids_to_release_[word] = 0;
        }
        for (; bits != 0; bits &= bits - 1)
            post_relid_released(word * 32 + static_cast<uint32_t>(__builtin_ctz(bits)));
    }
}

void Enumerator::post_relid_released(uint32_t relid) {
    hyperv::RelidMessage message = hyperv::RelidMessage();
    message.header.type.set(static_cast<uint32_t>(MessageType::RelidReleased));
    message.relid.set(relid);
    // Failed is counted. The host then never uses this relid again.
    const Status status = bus_.poster.post(message);
    static_cast<void>(status);
}

// ---- the end of a connection ----

// A withdrawal may let the successor of its device in, which may be rescinded too.
// One whose elder stays is not let in.
void Enumerator::drain() {
    uint32_t before, left;
    settle();
    do {
        before = waiting_to_be_announced();
        lis_os_queue_flush(withdraw_queue_);
        settle();
        left = waiting_to_be_announced();
    } while (left < before);
}

uint32_t Enumerator::waiting_to_be_announced() {
    MutexGuard guard(list_lock_);
    uint32_t count = 0;
    to_announce_.for_each([&count](Channel&) { count++; });
    return count;
}

void Enumerator::remove_devices() {
    {
        MutexGuard guard(list_lock_);
        stopped_ = true;
    }
    drain();
    for (;;) {
        Channel* const primary = find_and_get([](Channel& channel) {
            return channel.is_primary() && channel.presence == Presence::Present;
        });
        if (primary == nullptr)
            break;
        if (retire(*primary))
            vmbus_shim_device_remove(primary);
        primary->close();
        primary->put();
    }
    lis_os_queue_flush(withdraw_queue_); // the TEARDOWNs of those that were rescinded
}

void Enumerator::forget_channels() {
    for (;;) {
        Channel* channel;
        {
            MutexGuard guard(list_lock_);
            channel = channels_.pop_front();
            if (channel == nullptr)
                break;
            if (to_announce_.contains(*channel))
                to_announce_.remove(*channel);
            if (to_withdraw_.contains(*channel))
                to_withdraw_.remove(*channel);
            if (!channel->reoffer_awaited)
                bus_.channels.remove(channel->relid());
        }
        lis_os_quiesce();
        drop_reference(*channel);
    }
}

// ---- sleep ----

void Enumerator::suspend() {
    {
        MutexGuard guard(list_lock_);
        stopped_ = true;
    }
    drain();
    lis::List<Channel, OnBus> forgotten;
    {
        MutexGuard guard(list_lock_);
        awaited_ = 0;
        channels_.for_each([this, &forgotten](Channel& channel) {
            if (!channel.reoffer_awaited)
                bus_.channels.remove(channel.relid());
            if (channel.is_primary()) {
                channel.reoffer_awaited = true;
                awaited_ += channel.rescinded() ? 0 : 1;
                return;
            }
            channels_.remove(channel);
            forgotten.push_back(channel);
        });
    }
    lis_os_quiesce();
    while (Channel* const subchannel = forgotten.pop_front()) {
        // Whoever still holds it finds that it is of no use any more.
        subchannel->mark_rescinded();
        {
            MutexGuard directories(directories_lock_);
            unlist(*subchannel);
        }
        subchannel->close();
        drop_reference(*subchannel);
    }
}

void Enumerator::wait_for_reoffers() {
    bool complete;
    {
        MutexGuard guard(list_lock_);
        complete = awaited_ == 0;
    }
    if (!complete && lis_os_wait(all_reoffered_, kReoffersTimeoutMs) != 0)
        lis_os_log(LIS_OS_LOG_WARNING, "not every device has come back after the resume");
    withdraw_missing();
}

void Enumerator::withdraw_missing() {
    MutexGuard guard(list_lock_);
    for (Channel& channel : channels_) {
        if (!channel.reoffer_awaited || to_withdraw_.contains(channel))
            continue;
        channel.mark_rescinded();
        to_withdraw_.push_back(channel);
    }
    run_late_work();
}

} // namespace vmbus
