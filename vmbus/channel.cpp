// SPDX-License-Identifier: GPL-2.0-only
// A channel's life as an object; opening is in channel_open.cpp, interrupts and
// signals are in channel_event.cpp.
#include "channel.hpp"

#include <lis/memory.hpp>

#include "bus.hpp"

namespace vmbus {

using lis::LockRank;
using lis::MutexGuard;
using lis::SpinGuard;
using lis::Status;

Channel::Channel()
    : presence(Presence::Queued), reoffer_awaited(false), handed_over(false), in_sysfs(false), told_early(false), shim(nullptr),
      bus_(nullptr), primary_(nullptr), offer_(), references_(1), rescinded_(false), rescind_told_(false),
      low_latency_(false), state_(ChannelState::Offered), open_id_(0), late_answer_(LateAnswer::None), assigned_cpu_(0), cpu_(0), stray_cpu_(LIS_VMBUS_CPU_ANY),
      modify_unanswered_(false),      rings_(nullptr), ring_handle_(0), send_ring_(), receive_ring_(), send_counters_(), receive_counters_(),
      events_on_(false), dispatch_(0), on_event_(nullptr), on_rescind_(nullptr), context_(nullptr),
      softirq_(nullptr), handler_(nullptr), handler_context_(nullptr), interrupts_(0), events_(0), drops_() {}

Channel::~Channel() {
    if (primary_ != nullptr)
        primary_->put();
}

Status Channel::init(Bus* bus, const lis_vmbus_offer& offer, Channel* primary) {
    bus_ = bus;
    offer_ = offer;
    primary_ = primary;
    if (primary_ != nullptr)
        primary_->get();
    const LockRank rank = is_primary() ? LockRank::ChannelControl : LockRank::SubchannelControl;
    if (!control_.init(rank) || !state_lock_.init(LockRank::ChannelState) ||
        !handler_lock_.init(LockRank::SubchannelHandler) || !rescind_lock_.init(LockRank::RescindCallback) ||
        !rings_lock_.init(LockRank::ChannelRings))
        return Status::NoMemory;
    return Status::Ok;
}

void Channel::get() {
    __atomic_fetch_add(&references_, 1u, __ATOMIC_RELAXED);
}

void Channel::put() {
    if (__atomic_sub_fetch(&references_, 1u, __ATOMIC_ACQ_REL) == 0)
        lis::destroy(this);
}

// The connection that an abandoned open belonged to is over, and its rings with it.
void Channel::take_new_offer(const lis_vmbus_offer& offer) {
    offer_ = offer;
    SpinGuard guard(state_lock_);
    if (state_ == ChannelState::Abandoned)
        state_ = ChannelState::Offered;
    ring_handle_ = 0;
    late_answer_ = LateAnswer::None;
}

ChannelState Channel::state() {
    SpinGuard guard(state_lock_);
    return state_;
}

bool Channel::is_in_use() {
    const ChannelState now = state();
    return now != ChannelState::Offered && now != ChannelState::Abandoned;
}

bool Channel::change_state(ChannelEvent event) {
    SpinGuard guard(state_lock_);
    const lis::Result<ChannelState> next = next_state(state_, event);
    if (!next.ok())
        return false;
    state_ = next.value();
    return true;
}

void Channel::tell_rescinded() {
    MutexGuard callback(rescind_lock_);
    void (*on_rescind)(void*) = nullptr;
    void* context = nullptr;
    {
        MutexGuard guard(control_);
        if (state() == ChannelState::Open && !rescind_told_) {
            on_rescind = on_rescind_;
            context = context_;
            rescind_told_ = true;
        }
    }
    if (on_rescind != nullptr)
        on_rescind(context);
}

void Channel::wait_for_rescind_callback() {
    MutexGuard callback(rescind_lock_);
}

void Channel::set_subchannel_handler(SubchannelHandler handler, void* context) {
    {
        MutexGuard guard(handler_lock_);
        handler_ = handler;
        handler_context_ = context;
    }
    if (handler != nullptr)
        bus_->enumerator.hand_over_subchannels(*this);
    else
        bus_->enumerator.take_back_subchannels(*this);
}

bool Channel::hand_over(Channel& subchannel) {
    MutexGuard guard(handler_lock_);
    if (handler_ == nullptr)
        return false;
    if (!subchannel.handed_over && !subchannel.rescinded()) {
        subchannel.handed_over = true;
        handler_(handler_context_, &subchannel);
    }
    return true;
}

} // namespace vmbus
