// SPDX-License-Identifier: GPL-2.0-only
// The data path of a channel as far as the bus has a part in it: interrupts from
// the host and signals to it. No locks.
#include <hyperv/hypercall.h>
#include <hyperv/ring.h>
#include <lis/shared.hpp>

#include "bus.hpp"
#include "version.hpp"

namespace vmbus {

void Channel::on_interrupt() {
    __atomic_store_n(&interrupts_, interrupts_ + 1, __ATOMIC_RELAXED);
    if (!__atomic_load_n(&events_on_, __ATOMIC_ACQUIRE))
        return;
    if (dispatch_ == LIS_VMBUS_DISPATCH_IRQ) {
        on_event_(context_);
        return;
    }
    // Until the tasklet has looked there is nothing to be told.
    lis::store_once(&static_cast<hyperv::RingControl*>(receive_ring_.control)->interrupt_mask, 1);
    lis_os_softirq_schedule(softirq_);
}

void Channel::run_softirq(void* context) {
    Channel* const channel = static_cast<Channel*>(context);
    channel->on_event_(channel->context_);
}

void Channel::signal() {
    if (rescinded())
        return;
    Connection& connection = bus_->connection;
    const uint32_t version = connection.version();
    __atomic_store_n(&events_, events_ + 1, __ATOMIC_RELAXED);
    const bool own_connection = has_offer_signalling(version);
    if (!own_connection || !offer_.dedicated_interrupt)
        connection.set_send_bit(offer_.relid);
    if (offer_.monitor_allocated && !__atomic_load_n(&low_latency_, __ATOMIC_RELAXED)) {
        connection.set_monitor_bit(offer_.monitor_id);
        return;
    }
    // Flag number 0 of the connection: the upper half of the input stays zero.
    const uint64_t input = own_connection ? offer_.connection_id : hyperv::kConnectionEvents;
    lis_os_hypercall_fast8(hyperv::kCallSignalEvent | hyperv::kCallFast, input);
}

void Channel::drop(uint32_t reason) {
    static const char* const kReasons[] = {"ring index", "packet length", "packet type", "transaction", "payload"};
    static_assert(sizeof kReasons / sizeof kReasons[0] == LIS_VMBUS_DROP_COUNT, "one text each");
    if (reason >= LIS_VMBUS_DROP_COUNT)
        return;
    __atomic_fetch_add(&drops_[reason], 1ul, __ATOMIC_RELAXED);
    lis_os_log_limited(LIS_OS_LOG_WARNING, "channel %u: bad %s from the host", offer_.relid, kReasons[reason]);
}

static void read_ring(const lis_vmbus_ring& ring, vmbus_core_ring_status* status) {
    const hyperv::RingControl* const control = static_cast<const hyperv::RingControl*>(ring.control);
    status->interrupt_mask = lis::load_once(&control->interrupt_mask);
    status->read_index = lis::load_once(&control->read_index);
    status->write_index = lis::load_once(&control->write_index);
    if (status->read_index >= ring.data_bytes || status->write_index >= ring.data_bytes)
        return; // a host that lies is shown as it is, without sums
    const uint32_t used = status->write_index >= status->read_index
                              ? status->write_index - status->read_index
                              : status->write_index + ring.data_bytes - status->read_index;
    status->bytes_to_read = used;
    status->bytes_to_write = ring.data_bytes - used;
}

static void read_monitor(const hyperv::MonitorPage* page, uint8_t id, vmbus_core_monitor_status* status) {
    const uint32_t group = id / hyperv::kMonitorsInGroup;
    const uint32_t bit = id % hyperv::kMonitorsInGroup;
    lis::Le16 latency;
    lis::Le32 connection_id;
    lis::copy_in(&latency, &page->latency[group][bit], sizeof latency);
    lis::copy_in(&connection_id, &page->parameter[group][bit].connection_id, sizeof connection_id);
    status->pending = lis::load_once(&page->groups[group].pending);
    status->latency = latency.get();
    status->connection_id = connection_id.get();
}

void Channel::read_status(struct vmbus_core_channel_status* status) {
    __builtin_memset(status, 0, sizeof *status);
    lis::MutexGuard guard(rings_lock_); // they stay mapped
    const ChannelState now = state();
    status->state = sysfs_state(now);
    status->open = now == ChannelState::Open && receive_ring_.control != nullptr;
    status->cpu = cpu();
    status->vp_index = lis_os_cpu_vp_index(cpu());
    if (status->open) {
        read_ring(send_ring_, &status->send);
        read_ring(receive_ring_, &status->receive);
    }
    if (offer_.monitor_allocated) {
        read_monitor(bus_->connection.monitor_page(true), offer_.monitor_id, &status->server);
        read_monitor(bus_->connection.monitor_page(false), offer_.monitor_id, &status->client);
    }
    status->send_counters = send_counters_;
    status->receive_counters = receive_counters_;
    status->interrupts = __atomic_load_n(&interrupts_, __ATOMIC_RELAXED);
    status->events = __atomic_load_n(&events_, __ATOMIC_RELAXED);
}

} // namespace vmbus
