// SPDX-License-Identifier: GPL-2.0-only
#include "controller.hpp"

#include <lis/memory.hpp>

#include "srb.hpp"

using lis::MutexGuard;
using lis::SpinGuard;
using lis::Status;
using storvsc_core::Queue;
using storvsc_core::Spread;

namespace storvsc_core {

void on_answer(storvsc& owner, const hyperv::StoragePacket& answer, bool complete) {
    owner.on_answer(answer, complete);
}

void on_units_changed(storvsc& owner) {
    owner.on_units_changed();
}

void on_trouble(storvsc& owner) {
    owner.on_trouble();
}

} // namespace storvsc_core

namespace {

const uint32_t kResetPollMs = 10;
const uint32_t kDrainMs = 180 * 1000;

class Pinned {
public:
    Pinned() : cpu(lis_os_cpu_pin()) {}
    ~Pinned() { lis_os_cpu_unpin(); }
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    const uint32_t cpu;
};

} // namespace

storvsc::storvsc()
    : options_(), context_(nullptr), channel_(nullptr), format_(storvsc_core::format_of(0)), limits_(),
      worker_(nullptr), settle_work_(nullptr), open_(false), subqueues_(), newcomers_(), newcomer_count_(0),
      question_(), changed_(nullptr), answered_(0), answer_(), gone_(0), batch_(0) {}

storvsc::~storvsc() {
    lis_os_work_destroy(settle_work_);
    lis_os_queue_destroy(worker_);
    lis_os_event_destroy(changed_);
}

Status storvsc::init(lis_vmbus_channel* channel, const storvsc_options& options, void* context) {
    options_ = options;
    context_ = context;
    channel_ = channel;
    if (options_.subchannel_limit >= Spread::kLimit)
        options_.subchannel_limit = Spread::kLimit - 1;
    worker_ = lis_os_queue_create("hv_storvsc");
    changed_ = lis_os_event_create();
    if (worker_ == nullptr || changed_ == nullptr || !life_.init(lis::LockRank::DriverControl) ||
        !asking_.init(lis::LockRank::DriverRequest) || !newcomers_lock_.init(lis::LockRank::Driver))
        return Status::NoMemory;
    settle_work_ = lis_os_work_create(worker_, on_settle, this);
    if (settle_work_ == nullptr)
        return Status::NoMemory;
    LIS_TRY(spread_.init());
    return primary_.init(*this, channel, Queue::kDepthLimit);
}

// ---- start and stop ----

// One that does not start fails commands, which would wait for it for ever.
int32_t storvsc::start() {
    lis::atomic_store(&gone_, 0u);
    const int32_t result = start_channels();
    if (result != 0)
        lis::atomic_store(&gone_, 1u);
    return result;
}

int32_t storvsc::start_channels() {
    {
        MutexGuard guard(life_);
        format_ = storvsc_core::format_of(0);
        primary_.set_format(format_);
        const int32_t result = primary_.open(options_.ring_pages, options_.dispatch);
        if (result != 0)
            return result;
        open_ = true;
    }
    Status status = negotiate();
    if (status == Status::Ok) {
        MutexGuard guard(life_);
        primary_.set_depth(depth_of_a_queue());
        status = open_ ? spread_.add(primary_) : Status::Rescinded;
    }
    if (status != Status::Ok) {
        stop();
        return lis::to_errno(status);
    }
    lis_vmbus_channel_on_subchannel(channel_, on_subchannel, this);
    request_subchannels();
    return 0;
}

void storvsc::stop() {
    lis_vmbus_channel_on_subchannel(channel_, nullptr, nullptr);
    {
        MutexGuard guard(life_);
        close_all(is_lost() ? STORVSC_NO_CONNECT : STORVSC_REQUEUE);
    }
    {
        MutexGuard guard(asking_); // who asks or resets sees that it is closed, and leaves
    }
    lis_os_work_cancel(settle_work_); // nobody is left to submit it
    drop_newcomers();
}

// Everything that was outstanding is delivered once: by its completion, or here.
void storvsc::close_all(storvsc_outcome outcome) {
    if (!open_)
        return;
    open_ = false;
    for (uint32_t slot = 0; slot < Spread::kLimit; slot++)
        close_subchannel(slot, outcome);
    spread_.remove(primary_);
    primary_.close();
    deliver(primary_, outcome);
    lis_os_event_set(changed_); // a question may have been among them
}

void storvsc::close_subchannel(uint32_t slot, storvsc_outcome outcome) {
    Queue* const queue = subqueues_[slot];
    if (queue == nullptr)
        return;
    subqueues_[slot] = nullptr;
    spread_.remove(*queue);
    queue->close();
    deliver(*queue, outcome);
    lis_vmbus_channel_put(queue->channel());
    lis::destroy(queue);
}

void storvsc::deliver(Queue& queue, storvsc_outcome outcome) {
    uint32_t index = 0;
    while (storvsc_request* const request = queue.take_any(&index)) {
        if (request->is_question)
            continue; // who asks sees that the channel is closed
        const storvsc_verdict verdict = storvsc_core::verdict_without_answer(*request, outcome);
        storvsc_shim_complete(request, &verdict);
    }
}

// ---- what changes while it runs ----

void storvsc::on_trouble() {
    if (is_lost())
        lis::atomic_store(&gone_, 1u);
    lis_os_event_set(changed_);
    lis_os_work_submit(settle_work_);
}

void storvsc::on_subchannel(void* self, lis_vmbus_channel* subchannel) {
    storvsc& controller = *static_cast<storvsc*>(self);
    {
        SpinGuard guard(controller.newcomers_lock_);
        if (controller.newcomer_count_ == Spread::kLimit)
            return; // more than anybody has asked for
        lis_vmbus_channel_get(subchannel);
        controller.newcomers_[controller.newcomer_count_++] = subchannel;
    }
    lis_os_work_submit(controller.settle_work_);
}

void storvsc::settle() {
    MutexGuard guard(life_);
    if (open_)
        settle_locked();
}

void storvsc::settle_locked() {
    if (is_lost()) {
        lis::atomic_store(&gone_, 1u);
        if (primary_.is_broken())
            lis_os_log(LIS_OS_LOG_ERROR, "the host's ring makes no sense; the controller is given up");
        return close_all(STORVSC_NO_CONNECT);
    }
    for (uint32_t slot = 0; slot < Spread::kLimit; slot++)
        if (subqueues_[slot] != nullptr && subqueues_[slot]->is_lost())
            close_subchannel(slot, STORVSC_REQUEUE);
    open_newcomers();
}

// As many as were asked for; a host may offer more.
void storvsc::open_newcomers() {
    while (lis_vmbus_channel* const channel = take_newcomer()) {
        uint32_t count = 0;
        for (Queue* const queue : subqueues_)
            count += queue != nullptr ? 1 : 0;
        if (count < limits_.subchannels)
            open_subchannel(channel);
        else
            lis_vmbus_channel_put(channel);
    }
}

// Without it the others do its work.
void storvsc::open_subchannel(lis_vmbus_channel* channel) {
    uint32_t slot = 0;
    while (slot < Spread::kLimit && subqueues_[slot] != nullptr)
        slot++;
    Queue* const queue = slot < Spread::kLimit ? lis::create<Queue>() : nullptr;
    if (queue != nullptr && queue->init(*this, channel, depth_of_a_queue()) == Status::Ok) {
        queue->set_format(format_);
        int32_t result = queue->open(options_.ring_pages, options_.dispatch);
        if (result == 0) {
            if (spread_.add(*queue) == Status::Ok) {
                subqueues_[slot] = queue;
                return;
            }
            queue->close();
        } else if (result != -LIS_ENODEV) {
            lis_os_log(LIS_OS_LOG_WARNING, "sub-channel %u cannot be opened: error %d",
                       lis_vmbus_channel_offer(channel)->subchannel_index, result);
        }
    }
    lis::destroy(queue);
    lis_vmbus_channel_put(channel);
}

void storvsc::drop_newcomers() {
    while (lis_vmbus_channel* const channel = take_newcomer())
        lis_vmbus_channel_put(channel);
}

lis_vmbus_channel* storvsc::take_newcomer() {
    SpinGuard guard(newcomers_lock_);
    return newcomer_count_ == 0 ? nullptr : newcomers_[--newcomer_count_];
}

// The table of a queue has room for what all queues are to hold, as far as it may.
uint32_t storvsc::depth_of_a_queue() const {
    return limits_.queue_depth < Queue::kDepthLimit ? limits_.queue_depth : Queue::kDepthLimit;
}

// ---- commands ----

void storvsc::commit() {
    const Pinned pinned;
    commit_pinned();
}

// The flag first: what is added meanwhile is announced again.
void storvsc::commit_pinned() {
    lis::atomic_store(&batch_, 0u);
    lis::full_barrier();
    const uint32_t slots = spread_.slots();
    for (uint32_t slot = 0; slot < slots; slot++)
        if (Queue* const queue = spread_.at(slot))
            queue->commit();
}

uint32_t storvsc::outstanding() {
    const Pinned pinned;
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < spread_.slots(); slot++)
        if (Queue* const queue = spread_.at(slot))
            count += queue->outstanding();
    return count;
}

// What the host does not give back after a reset is taken from it with its channels: the
// SCSI layer uses the memory again.
Status storvsc::reset() {
    MutexGuard guard(asking_);
    const Status status = reset_and_drain();
    if (status == Status::Ok || primary_.is_closed())
        return status;
    lis_os_log(LIS_OS_LOG_ERROR, "the host does not reset its controller, which is given up");
    primary_.break_off();
    settle();
    return status;
}

Status storvsc::reset_and_drain() {
    hyperv::StoragePacket packet = {};
    LIS_TRY(ask_locked(hyperv::StorageOperation::ResetBus, &packet, kDrainMs));
    for (uint32_t waited = 0; outstanding() != 0; waited += kResetPollMs) {
        if (waited >= kDrainMs)
            return Status::TimedOut;
        lis_os_sleep_ms(kResetPollMs);
    }
    return Status::Ok;
}
