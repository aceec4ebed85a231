// SPDX-License-Identifier: GPL-2.0-only
#include "queue.hpp"

template class lis::ManyProducers<>;
template class lis::RingWriter<lis::ManyProducers<>>;

namespace netvsc_core {

using hyperv::PacketType;
using lis::RingEnvelope;
using lis::RingPacket;
using lis::Signal;
using lis::Span;

Queue::Queue()
    : owner_(nullptr), channel_(nullptr), context_(nullptr), number_(0), buffers_(nullptr), counters_(nullptr),
      closed_(1), broken_(0), expects_frames_(0), rings_are_good_(false), batch_(0), batch_used_(0), batch_messages_(0), crowded_(0),
      waits_(0), added_(false), row_parts_(0), row_bytes_(0), in_row_(false), arrival_() {}

Queue::~Queue() {}

Status Queue::init(netvsc& owner, lis_vmbus_channel* channel, uint32_t number, Buffers& buffers,
                   netvsc_counters* counters, void* context) {
    owner_ = &owner;
    channel_ = channel;
    number_ = number;
    buffers_ = &buffers;
    counters_ = counters;
    context_ = context;
    return space_lock_.init(lis::LockRank::Driver) ? Status::Ok : Status::NoMemory;
}

// ---- life ----

int32_t Queue::open(uint32_t ring_pages) {
    lis_vmbus_open open = {};
    open.size = sizeof open;
    open.send_pages = ring_pages;
    open.receive_pages = ring_pages;
    open.dispatch = LIS_VMBUS_DISPATCH_IRQ;
    open.cpu = LIS_VMBUS_CPU_ANY;
    open.on_rings = on_rings;
    open.on_event = on_event;
    open.on_rescind = on_rescind;
    open.context = this;
    rings_are_good_ = false;
    netvsc_shim_polling(context_, number_, 1);
    const int32_t result = lis_vmbus_channel_open(channel_, &open);
    if (result == 0 && rings_are_good_)
        return 0;
    end_polling();
    silence();
    close();
    return result != 0 ? result : -LIS_EINVAL;
}

void Queue::take_rings() {
    rings_are_good_ = writer_.init(*lis_vmbus_channel_send_ring(channel_)) == Status::Ok &&
                      reader_.init(*lis_vmbus_channel_receive_ring(channel_)) == Status::Ok;
    lis::atomic_store(&broken_, 0u);
    lis::atomic_store(&waits_, 0u);
    batch_ = 0;
    crowded_ = 0;
    added_ = false;
    end_row();
    lis::atomic_store(&closed_, rings_are_good_ ? 0u : 1u, __ATOMIC_RELEASE);
}

Status Queue::expect_frames() {
    LIS_TRY(owed_.init(buffers_->receive_sections + 1));
    lis::atomic_store(&expects_frames_, 1u, __ATOMIC_RELEASE);
    return Status::Ok;
}

// Interrupts and who sends are waited for; what begins from now on finds closed_.
void Queue::silence() {
    lis::atomic_store(&closed_, 1u, __ATOMIC_RELEASE);
    lis_os_quiesce();
    if (batch_ != 0)
        buffers_->sections.cancel(batch_);
    batch_ = 0;
}

void Queue::close() {
    lis_vmbus_channel_close(channel_);
    lis::atomic_store(&expects_frames_, 0u);
    owed_.fini();
}

void Queue::take_event() {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
        return;
    reader_.begin(); // masks
    netvsc_shim_schedule(context_, number_);
}

void Queue::nudge() {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) == 0)
        netvsc_shim_schedule(context_, number_);
}

void Queue::on_rescind(void* self) {
    on_trouble(*static_cast<Queue*>(self)->owner_);
}

void Queue::break_off() {
    lis::atomic_store(&broken_, 1u);
    on_trouble(*owner_);
}

Status Queue::judge_send(Status status) {
    if (status == Status::BadPacket)
        break_off();
    return status;
}

// ---- messages ----

Status Queue::send(uint64_t id, const void* message, uint32_t bytes) {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
        return Status::Rescinded;
    const Span piece(message, bytes);
    const RingPacket packet = {PacketType::InBand, id != 0, id, &piece, 1, 0};
    const Result<Signal> sent = writer_.send(packet);
    if (sent.ok())
        signal_if(sent.value());
    return judge_send(sent.status());
}

Status Queue::send_range(uint64_t id, const void* message, uint32_t bytes, const netvsc_range& range) {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
        return Status::Rescinded;
    struct {
        hyperv::GpaDirectHeader header;
        hyperv::GpaRange range;
        lis::Le64 frame;
    } extension = {};
    extension.header.range_count.set(1);
    extension.range.byte_count.set(range.bytes);
    extension.range.byte_offset.set(range.offset);
    extension.frame.set(range.frame);
    const Span pieces[] = {Span(&extension, sizeof extension), Span(message, bytes)};
    const RingPacket packet = {PacketType::GpaDirect, id != 0, id, pieces, 2, sizeof extension};
    const Result<Signal> sent = writer_.send(packet);
    if (sent.ok())
        signal_if(sent.value());
    return judge_send(sent.status());
}

} // namespace netvsc_core
