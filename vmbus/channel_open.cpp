// SPDX-License-Identifier: GPL-2.0-only
// Opening, closing and moving a channel (protocol.md 2.4.5, 2.6).
#include <lis/ring_space.hpp>

#include "bus.hpp"
#include "gpadl.hpp"
#include "version.hpp"

namespace vmbus {

using hyperv::MessageType;
using lis::MutexGuard;
using lis::Status;

static const uint32_t kOpenTimeoutMs = 60 * 1000;
static const uint32_t kModifyTimeoutMs = 10 * 1000;

static bool sizes_are_valid(const lis_vmbus_open& how) {
    return how.size == sizeof how && how.on_event != nullptr && how.send_pages >= 2 && how.receive_pages >= 2 &&
           how.send_pages <= hyperv::kGpadlPageLimit && how.receive_pages <= hyperv::kGpadlPageLimit &&
           how.user_data_size <= hyperv::kOpenUserDataBytes &&
           (how.user_data_size == 0 || how.user_data != nullptr) && how.dispatch <= LIS_VMBUS_DISPATCH_IRQ;
}

Status Channel::open(const lis_vmbus_open& how) {
    const Status status = open_checked(how);
    if (status != Status::Ok)
        wait_for_rescind_callback();
    if (status == Status::Rescinded)
        bus_->enumerator.closed_after_rescind(*this);
    return status;
}

Status Channel::open_checked(const lis_vmbus_open& how) {
    if (!sizes_are_valid(how))
        return Status::Invalid;
    if (how.send_pages + how.receive_pages > hyperv::kGpadlPageLimit)
        return Status::TooBig;
    MutexGuard guard(control_);
    if (rescinded())
        return Status::Rescinded;
    finish_late_locked();
    if (state() != ChannelState::Offered)
        return Status::Busy;
    if (bus_->ledger.is_over_limit(device()))
        return Status::NoSpace;

    LIS_TRY(share_rings(how));
    Status status = begin_events(how);
    if (status != Status::Ok) {
        unmap_rings();
        unshare(*bus_, *this, rings_);
        rings_ = nullptr;
        return status;
    }
    return request_open(how);
}

Status Channel::share_rings(const lis_vmbus_open& how) {
    rings_ = bus_->ledger.add(how.send_pages + how.receive_pages, device());
    if (rings_ == nullptr)
        return Status::NoMemory;
    lis::announce_ring_features(lis_os_pages_address(rings_->pages, 0));
    lis::announce_ring_features(lis_os_pages_address(rings_->pages, how.send_pages));
    // A failing share() frees the pages, so they are mapped only afterwards.
    Status status = share(*bus_, *this, rings_);
    if (status != Status::Ok) {
        rings_ = nullptr;
        return status;
    }
    status = map_rings(how);
    if (status != Status::Ok) {
        unmap_rings();
        unshare(*bus_, *this, rings_);
        rings_ = nullptr;
    }
    return status;
}

static Status map_ring(const lis_os_pages* pages, uint32_t first, uint32_t count, lis_vmbus_ring_counters* counters,
                       lis_vmbus_ring* ring) {
    ring->control = lis_os_pages_map_ring(pages, first, count);
    if (ring->control == nullptr)
        return Status::NoMemory;
    ring->data = static_cast<unsigned char*>(ring->control) + hyperv::kPageBytes;
    ring->data_bytes = (count - 1) * hyperv::kPageBytes;
    ring->counters = counters;
    return Status::Ok;
}

Status Channel::map_rings(const lis_vmbus_open& how) {
    MutexGuard guard(rings_lock_);
    send_counters_ = lis_vmbus_ring_counters();
    receive_counters_ = lis_vmbus_ring_counters();
    LIS_TRY(map_ring(rings_->pages, 0, how.send_pages, &send_counters_, &send_ring_));
    return map_ring(rings_->pages, how.send_pages, how.receive_pages, &receive_counters_, &receive_ring_);
}

void Channel::unmap_rings() {
    MutexGuard guard(rings_lock_);
    lis_os_unmap(send_ring_.control);
    lis_os_unmap(receive_ring_.control);
    send_ring_ = lis_vmbus_ring();
    receive_ring_ = lis_vmbus_ring();
}

void Channel::settle_cpu(uint32_t wanted) {
    if (!has_channel_events(bus_->connection.version()))
        wanted = Connection::kMessageCpu; // such a host knows no other
    else if (wanted == LIS_VMBUS_CPU_ANY)
        wanted = cpu();
    assign_cpu(bus_->placement.bind(wanted));
}

Status Channel::begin_events(const lis_vmbus_open& how) {
    dispatch_ = how.dispatch;
    on_event_ = how.on_event;
    on_rescind_ = how.on_rescind;
    context_ = how.context;
    if (dispatch_ == LIS_VMBUS_DISPATCH_SOFTIRQ) {
        softirq_ = lis_os_softirq_create(run_softirq, this);
        if (softirq_ == nullptr)
            return Status::NoMemory;
    }
    settle_cpu(how.cpu);
    if (how.on_rings != nullptr)
        how.on_rings(context_);
    // The host may raise an event before its answer to OPEN_CHANNEL is read.
    __atomic_store_n(&events_on_, true, __ATOMIC_RELEASE);
    return Status::Ok;
}

void Channel::end_events() {
    __atomic_store_n(&events_on_, false, __ATOMIC_RELEASE);
    lis_os_quiesce();
    lis_os_softirq_destroy(softirq_);
    softirq_ = nullptr;
    bus_->placement.unbind(cpu());
    forget_stray_cpu();
}

void Channel::forget_stray_cpu() {
    if (stray_cpu_ != LIS_VMBUS_CPU_ANY)
        bus_->placement.unbind(stray_cpu_);
    stray_cpu_ = LIS_VMBUS_CPU_ANY;
}

Status Channel::request_open(const lis_vmbus_open& how) {
    {
        lis::SpinGuard guard(state_lock_);
        open_id_ = bus_->enumerator.next_open_id();
        late_answer_ = LateAnswer::None;
    }
    hyperv::OpenChannel message = hyperv::OpenChannel();
    message.header.type.set(static_cast<uint32_t>(MessageType::OpenChannel));
    message.relid.set(relid());
    message.open_id.set(open_id_);
    message.gpadl.set(rings_->handle);
    message.target_vp.set(has_channel_events(bus_->connection.version()) ? lis_os_cpu_vp_index(cpu()) : 0);
    message.downstream_page_offset.set(how.send_pages);
    if (how.user_data_size != 0)
        __builtin_memcpy(message.user_data, how.user_data, how.user_data_size);

    Request request(bus_->exchange, AnswerKey{MessageType::OpenChannelResult, relid(), open_id_}, relid());
    Status status = request.arm();
    change_state(ChannelEvent::OpenSent);
    if (status == Status::Ok && rescinded())
        status = Status::Rescinded;
    bool host_has_it = false;
    if (status == Status::Ok) {
        status = bus_->poster.post(message);
        host_has_it = status == Status::Ok;
    }
    if (host_has_it)
        status = request.wait(kOpenTimeoutMs);
    if (status == Status::Ok) {
        if (request.answer<hyperv::OpenChannelResult>().status.get() == 0) {
            change_state(ChannelEvent::OpenAccepted);
            return Status::Ok;
        }
        status = Status::Refused;
    }
    give_up_open(status);
    return status;
}

// Takes back what open has prepared, as far as the host allows it.
void Channel::give_up_open(Status why) {
    end_events();
    unmap_rings();
    Gpadl* const rings = rings_;
    rings_ = nullptr;
    if (why == Status::TimedOut) {
        // The host may open it yet: its late answer is met by CLOSE and TEARDOWN.
        ring_handle_ = rings->handle;
        bus_->ledger.leave_with_host(*rings, Gpadl::Teardown::NotDue);
        abandon_open();
        return;
    }
    unshare(*bus_, *this, rings);
    if (why == Status::Rescinded) {
        change_state(ChannelEvent::CloseBegun);
        change_state(ChannelEvent::Closed);
    } else {
        change_state(ChannelEvent::OpenRefused);
    }
}

void Channel::abandon_open() {
    bool answered;
    {
        lis::SpinGuard guard(state_lock_);
        state_ = next_state(state_, ChannelEvent::OpenTimedOut).value();
        answered = late_answer_ != LateAnswer::None;
        if (answered)
            state_ = next_state(state_, late_answer_ == LateAnswer::Accepted ? ChannelEvent::OpenAccepted
                                                                             : ChannelEvent::OpenRefused).value();
    }
    if (answered)
        bus_->enumerator.late_open_is_due();
}

bool Channel::post_close() {
    hyperv::RelidMessage message = hyperv::RelidMessage();
    message.header.type.set(static_cast<uint32_t>(MessageType::CloseChannel));
    message.relid.set(relid());
    return bus_->poster.post(message) == Status::Ok;
}

void Channel::close() {
    if (is_primary())
        bus_->enumerator.close_subchannels(*this);
    {
        MutexGuard guard(control_);
        close_locked();
    }
    wait_for_rescind_callback();
    if (rescinded())
        bus_->enumerator.closed_after_rescind(*this);
}

void Channel::close_locked() {
    if (rescinded())
        late_open_result(open_id_, false); // no answer will come any more
    finish_late_locked();
    if (!change_state(ChannelEvent::CloseBegun))
        return;
    end_events();
    unmap_rings();
    Gpadl* const rings = rings_;
    rings_ = nullptr;
    if (post_close())
        unshare(*bus_, *this, rings);
    else
        bus_->ledger.leave_with_host(*rings, Gpadl::Teardown::NotDue); // the host still writes there
    change_state(ChannelEvent::Closed);
}

bool Channel::late_open_result(uint32_t open_id, bool accepted) {
    lis::SpinGuard guard(state_lock_);
    if (open_id_ != open_id)
        return false;
    if (state_ == ChannelState::Opening) {
        late_answer_ = accepted ? LateAnswer::Accepted : LateAnswer::Refused;
        return true;
    }
    if (state_ != ChannelState::Abandoned)
        return false;
    state_ = next_state(state_, accepted ? ChannelEvent::OpenAccepted : ChannelEvent::OpenRefused).value();
    return true;
}

bool Channel::late_open_is_due() {
    lis::SpinGuard guard(state_lock_);
    return ring_handle_ != 0 && state_ != ChannelState::Abandoned && state_ != ChannelState::Opening;
}

void Channel::finish_late_open() {
    MutexGuard guard(control_);
    finish_late_locked();
}

void Channel::finish_late_locked() {
    if (ring_handle_ == 0 || state() == ChannelState::Abandoned)
        return;
    const bool host_opened_it = state() == ChannelState::Closing;
    if (!host_opened_it || post_close())
        bus_->ledger.teardown_is_due(ring_handle_);
    ring_handle_ = 0;
    if (host_opened_it)
        change_state(ChannelEvent::Closed);
}

Status Channel::set_cpu(uint32_t cpu) {
    if (!has_modify_channel(bus_->connection.version()))
        return Status::Unsupported;
    MutexGuard guard(control_);
    if (rescinded() || state() != ChannelState::Open)
        return Status::Rescinded;
    const bool answered = has_modify_response(bus_->connection.version());
    // The answer to an earlier request would be taken for the one to this.
    if (answered && __atomic_load_n(&modify_unanswered_, __ATOMIC_ACQUIRE))
        return Status::Busy;
    if (bus_->placement.bind_exactly(cpu) != Status::Ok)
        return Status::Rescinded;
    hyperv::ModifyChannel message = hyperv::ModifyChannel();
    message.header.type.set(static_cast<uint32_t>(MessageType::ModifyChannel));
    message.relid.set(relid());
    message.target_vp.set(lis_os_cpu_vp_index(cpu));
    Request request(bus_->exchange, AnswerKey{MessageType::ModifyChannelResponse, relid(), 0}, relid());
    Status status = answered ? request.arm() : Status::Ok;
    if (status == Status::Ok)
        status = bus_->poster.post(message);
    if (status == Status::Ok && answered)
        status = request.wait(kModifyTimeoutMs);
    if (status == Status::Ok && answered && request.answer<hyperv::ModifyChannelResponse>().status.get() != 0)
        status = Status::Refused;
    if (status == Status::Ok) {
        bus_->placement.unbind(this->cpu());
        forget_stray_cpu();
        assign_cpu(cpu);
    } else if (status == Status::TimedOut) {
        // Either CPU may get the interrupts from now on, so neither may go offline.
        __atomic_store_n(&modify_unanswered_, true, __ATOMIC_RELEASE);
        forget_stray_cpu();
        stray_cpu_ = cpu;
    } else {
        bus_->placement.unbind(cpu);
    }
    return status;
}

} // namespace vmbus
