// SPDX-License-Identifier: GPL-2.0-only
#include "queue.hpp"

namespace storvsc_core {

Queue::Queue()
    : owner_(nullptr), channel_(nullptr), softirq_(nullptr), table_memory_(nullptr), format_(format_of(0)), closed_(1),
      broken_(0), uncommitted_(0), turns_(0), deferred_(0), rings_are_good_(false) {}

Queue::~Queue() {
    lis_os_softirq_destroy(softirq_);
    lis_os_free(table_memory_);
}

Status Queue::init(storvsc& owner, lis_vmbus_channel* channel, uint32_t depth) {
    owner_ = &owner;
    channel_ = channel;
    softirq_ = lis_os_softirq_create(on_softirq, this);
    table_memory_ = lis_os_alloc(static_cast<uint32_t>(requests_.memory_bytes(depth)));
    if (softirq_ == nullptr || table_memory_ == nullptr)
        return Status::NoMemory;
    return requests_.init(table_memory_, depth);
}

void Queue::set_depth(uint32_t depth) {
    const Status status = requests_.init(table_memory_, depth);
    static_cast<void>(status); // it has been good for more
}

// ---- life ----

int32_t Queue::open(uint32_t ring_pages, uint32_t dispatch) {
    const hyperv::StorageProperties user_data = {};
    lis_vmbus_open open = {};
    open.size = sizeof open;
    open.send_pages = ring_pages;
    open.receive_pages = ring_pages;
    open.dispatch = dispatch;
    open.cpu = LIS_VMBUS_CPU_ANY;
    open.user_data = &user_data;
    open.user_data_size = sizeof user_data;
    open.on_rings = on_rings;
    open.on_event = on_event;
    open.on_rescind = on_rescind;
    open.context = this;
    rings_are_good_ = false;
    const int32_t result = lis_vmbus_channel_open(channel_, &open);
    if (result == 0 && rings_are_good_)
        return 0;
    close();
    return result != 0 ? result : -LIS_EINVAL;
}

void Queue::take_rings() {
    rings_are_good_ = writer_.init(*lis_vmbus_channel_send_ring(channel_)) == Status::Ok &&
                      reader_.init(*lis_vmbus_channel_receive_ring(channel_)) == Status::Ok;
    lis::atomic_store(&turns_, 0u);
    lis::atomic_store(&deferred_, 0u);
    lis::atomic_store(&broken_, 0u);
    lis::atomic_store(&uncommitted_, 0u);
    lis::atomic_store(&closed_, rings_are_good_ ? 0u : 1u, __ATOMIC_RELEASE);
}

// The softirq first, which only the interrupt starts: what that begins from now on
// finds closed_.
void Queue::close() {
    lis::atomic_store(&closed_, 1u, __ATOMIC_RELEASE);
    wait_for_completions();
    lis_vmbus_channel_close(channel_);
}

void Queue::wait_for_completions() {
    lis_os_quiesce();
    lis_os_softirq_disable(softirq_);
    lis_os_softirq_enable(softirq_);
}

// ---- from the host ----

void Queue::take_event() {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
        return;
    if (lis::atomic_fetch_add(&turns_, 1u) == 0)
        go_on();
}

// One that was left from before the queue was closed finds nothing to do.
void Queue::take_softirq() {
    if (lis::atomic_compare_exchange(&deferred_, 1u, 0u))
        go_on();
}

void Queue::defer() {
    lis::atomic_store(&deferred_, 1u, __ATOMIC_RELEASE);
    lis_os_softirq_schedule(softirq_);
}

void Queue::break_off() {
    lis::atomic_store(&broken_, 1u);
    on_trouble(*owner_);
}

} // namespace storvsc_core
