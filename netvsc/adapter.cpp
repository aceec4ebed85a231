// SPDX-License-Identifier: GPL-2.0-only
#include "adapter.hpp"

#include <lis/memory.hpp>

using lis::MutexGuard;
using lis::SpinGuard;
using lis::Status;
using netvsc_core::Queue;

namespace netvsc_core {

void on_completion(netvsc& owner, uint64_t id, lis::Span message) {
    owner.on_completion(id, message);
}

void on_message(netvsc& owner, lis::Span message) {
    owner.on_message(message);
}

void on_control(netvsc& owner, const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header) {
    owner.on_control(message, bytes, header);
}

void on_trouble(netvsc& owner) {
    owner.on_trouble();
}

void on_sections_free(netvsc& owner) {
    owner.on_sections_free();
}

void on_waiting(netvsc& owner) {
    owner.on_waiting();
}

} // namespace netvsc_core

namespace {

const uint32_t kNudgeMs = 10;
const uint32_t kDrainPollMs = 2;
const uint32_t kDrainMs = 1000;

} // namespace

netvsc::netvsc()
    : channel_(nullptr), context_(nullptr), options_(), info_(), worker_(nullptr), settle_work_(nullptr),
      late_work_(nullptr), nudge_work_(nullptr), open_(false), queues_(), counters_(), buffers_(), waiting_(0), newcomers_(),
      newcomer_count_(0), granted_(0), offers_end_(0), spreading_(), spreading_is_asked_for_(false),
      spreading_is_on_(false), offered_(0), coalesce_(true),
      link_up_(0), network_changes_(0), speed_mbit_(0), open_queues_(0), vf_allocated_(0), vf_serial_(0),
      path_is_vf_(0), broken_(0), send_table_() {}

netvsc::~netvsc() {
    lis_os_work_destroy(settle_work_);
    lis_os_work_destroy(late_work_);
    lis_os_work_destroy(nudge_work_);
    lis_os_queue_destroy(worker_);
}

Status netvsc::init(lis_vmbus_channel* channel, void* context) {
    channel_ = channel;
    context_ = context;
    worker_ = lis_os_queue_create("hv_netvsc");
    if (worker_ == nullptr || !life_.init(lis::LockRank::DriverControl) || !asking_.init(lis::LockRank::DriverRequest) ||
        !newcomers_lock_.init(lis::LockRank::Driver))
        return Status::NoMemory;
    settle_work_ = lis_os_work_create(worker_, on_settle, this);
    late_work_ = lis_os_work_create(worker_, on_settle, this);
    nudge_work_ = lis_os_work_create(worker_, on_nudge, this);
    if (settle_work_ == nullptr || late_work_ == nullptr || nudge_work_ == nullptr)
        return Status::NoMemory;
    LIS_TRY(nvsp_answer_.init());
    LIS_TRY(rndis_answer_.init());
    spread_over(1);
    return Status::Ok;
}

// ---- start and stop ----

int32_t netvsc::start(const netvsc_options& options) {
    options_ = options;
    if (options_.queues == 0 || options_.queues > NETVSC_QUEUE_LIMIT)
        options_.queues = options_.queues == 0 ? 1 : uint32_t{NETVSC_QUEUE_LIMIT};
    forget_state();
    int32_t result = open_primary();
    if (result != 0)
        return result;
    result = negotiate();
    if (result != 0) {
        stop();
        return result;
    }
    lis::atomic_store(&open_queues_, 1u);
    lis_vmbus_channel_on_subchannel(channel_, on_subchannel, this);
    request_subchannels();
    return 0;
}

void netvsc::forget_state() {
    info_ = netvsc_info();
    offered_ = 0;
    granted_ = 0;
    lis::atomic_store(&open_queues_, 0u);
    lis::atomic_store(&waiting_, 0u);
    lis::atomic_store(&broken_, 0u);
    lis::atomic_store(&path_is_vf_, 0u);
    lis::atomic_store(&vf_allocated_, 0u);
    lis::atomic_store(&link_up_, uint32_t{kLinkUnknown});
    lis::atomic_store(&speed_mbit_, 0u);
    for (uint16_t& entry : send_table_)
        lis::atomic_store(&entry, uint16_t{0});
}

int32_t netvsc::open_primary() {
    MutexGuard guard(life_);
    Queue* const queue = lis::create<Queue>();
    if (queue == nullptr || queue->init(*this, channel_, 0, buffers_, &counters_[0], context_) != Status::Ok) {
        lis::destroy(queue);
        return -LIS_ENOMEM;
    }
    lis::atomic_store(&queues_[0], queue, __ATOMIC_RELEASE); // messages come from now on
    const int32_t result = queue->open(options_.ring_pages);
    if (result != 0) {
        lis::atomic_store(&queues_[0], static_cast<Queue*>(nullptr));
        lis::destroy(queue);
        return result;
    }
    open_ = true;
    return 0;
}

void netvsc::stop() {
    lis_vmbus_channel_on_subchannel(channel_, nullptr, nullptr);
    say_goodbye();
    {
        MutexGuard asking(asking_);
        MutexGuard guard(life_);
        close_all();
    }
    lis_os_work_cancel(settle_work_); // nobody is left to submit it
    lis_os_work_cancel(late_work_);
    lis_os_work_cancel(nudge_work_);
    drop_newcomers();
}

// What the host does not take to heart costs nothing: its channels are closed next.
void netvsc::say_goodbye() {
    if (is_lost() || queue(0) == nullptr || queue(0)->is_broken())
        return;
    if (lis::atomic_load(&path_is_vf_) != 0 && switch_path(false) != Status::Ok)
        lis_os_log(LIS_OS_LOG_WARNING, "the host does not take the data path back");
    if (info_.receive_sections == 0)
        return; // it has come no further
    static_cast<void>(set_filter(0) == Status::Ok);
    halt_rndis();
    for (uint32_t waited = 0; buffers_.sections.outstanding() != 0 && waited < kDrainMs && !is_lost();
         waited += kDrainPollMs)
        lis_os_sleep_ms(kDrainPollMs);
}

// Before 4.0 hosts want their buffers' GPADLs back first, later ones the channel (protocol.md
// 6.11). Sub-channels go before their primary.
void netvsc::close_all() {
    if (!open_)
        return;
    open_ = false;
    lis::atomic_store(&open_queues_, 0u);
    for (Queue* const queue : queues_)
        if (queue != nullptr)
            queue->end_polling(); // a packet that is completed after the revocation is a fault
    revoke_buffers();
    for (Queue* const queue : queues_)
        if (queue != nullptr)
            queue->silence();
    if (lis_vmbus_version() < 4u << 16)
        release_buffers();
    for (uint32_t number = NETVSC_QUEUE_LIMIT; number-- > 0;)
        if (queues_[number] != nullptr)
            queues_[number]->close();
    deliver_outstanding();
    release_buffers();
    drop_queues();
}

// Nobody finds them any more, and who has found one is waited for.
void netvsc::drop_queues() {
    Queue* old[NETVSC_QUEUE_LIMIT];
    for (uint32_t number = 0; number < NETVSC_QUEUE_LIMIT; number++) {
        old[number] = queues_[number];
        lis::atomic_store(&queues_[number], static_cast<Queue*>(nullptr), __ATOMIC_RELEASE);
    }
    lis_os_quiesce();
    for (uint32_t number = 0; number < NETVSC_QUEUE_LIMIT; number++) {
        if (old[number] != nullptr && number != 0)
            lis_vmbus_channel_put(old[number]->channel());
        lis::destroy(old[number]);
    }
}

void netvsc::deliver_outstanding() {
    uint32_t index = 0;
    void* packet = nullptr;
    while (buffers_.sections.count() != 0 && buffers_.sections.take_any(&index, &packet))
        if (packet != nullptr)
            netvsc_shim_sent(context_, 0, packet);
    buffers_.sections.fini();
}

// ---- what changes while it runs ----

void netvsc::on_trouble() {
    if (!is_lost())
        lis::atomic_store(&broken_, 1u);
    nvsp_answer_.wake();
    rndis_answer_.wake();
    netvsc_shim_changed(context_);
}

void netvsc::on_subchannel(void* self, lis_vmbus_channel* subchannel) {
    netvsc& adapter = *static_cast<netvsc*>(self);
    {
        SpinGuard guard(adapter.newcomers_lock_);
        if (adapter.newcomer_count_ == NETVSC_QUEUE_LIMIT)
            return; // more than anybody has asked for
        lis_vmbus_channel_get(subchannel);
        adapter.newcomers_[adapter.newcomer_count_++] = subchannel;
    }
    lis_os_work_submit(adapter.settle_work_);
}

lis_vmbus_channel* netvsc::take_newcomer() {
    SpinGuard guard(newcomers_lock_);
    return newcomer_count_ == 0 ? nullptr : newcomers_[--newcomer_count_];
}

void netvsc::drop_newcomers() {
    while (lis_vmbus_channel* const channel = take_newcomer())
        lis_vmbus_channel_put(channel);
}

// Frames are spread over the queues from the first on without a gap, once all have come that were
// promised, or their time is over.
void netvsc::settle() {
    uint32_t queues = 0;
    bool all = false;
    {
        MutexGuard guard(life_);
        if (!open_ || is_lost() || granted_ == 0)
            return; // offers may come before the answer that promises them
        open_newcomers();
        while (queues < NETVSC_QUEUE_LIMIT && queues_[queues] != nullptr)
            queues++;
        all = queues == granted_ + 1 || lis_os_now_ns() >= offers_end_;
    }
    if (!all || queues == lis::atomic_load(&open_queues_))
        return;
    // Who sets another spreading finds all of this done or none; stop() may come in between.
    MutexGuard asking(asking_);
    const Status status = spread_over_locked(queues);
    if (status != Status::Ok) {
        if (status != Status::Rescinded)
            lis_os_log(LIS_OS_LOG_WARNING, "the host does not spread frames: one queue does all");
        return;
    }
    {
        MutexGuard guard(life_);
        if (!open_)
            return;
        lis::atomic_store(&open_queues_, queues, __ATOMIC_RELEASE);
    }
    netvsc_shim_changed(context_);
}

void netvsc::open_newcomers() {
    while (lis_vmbus_channel* const channel = take_newcomer())
        if (!open_subchannel(channel))
            lis_vmbus_channel_put(channel);
}

// Without it the others do its work.
bool netvsc::open_subchannel(lis_vmbus_channel* channel) {
    const uint32_t number = lis_vmbus_channel_offer(channel)->subchannel_index;
    if (number == 0 || number > granted_ || queues_[number] != nullptr)
        return false; // not one that was asked for
    Queue* const queue = lis::create<Queue>();
    if (queue == nullptr ||
        queue->init(*this, channel, number, buffers_, &counters_[number], context_) != Status::Ok ||
        queue->expect_frames() != Status::Ok) {
        lis::destroy(queue);
        return false;
    }
    lis::atomic_store(&queues_[number], queue, __ATOMIC_RELEASE);
    const int32_t result = queue->open(options_.ring_pages);
    if (result == 0)
        return true;
    if (result != -LIS_ENODEV)
        lis_os_log(LIS_OS_LOG_WARNING, "sub-channel %u cannot be opened: error %d", number, result);
    lis::atomic_store(&queues_[number], static_cast<Queue*>(nullptr), __ATOMIC_RELEASE);
    lis_os_quiesce();
    lis::destroy(queue);
    return false;
}

// ---- queues that wait ----

// A queue announces itself before it looks for room, and who makes room looks here afterwards.
void netvsc::on_waiting() {
    static_cast<void>(lis::atomic_fetch_or(&waiting_, 1u));
    lis_os_work_submit_after(nudge_work_, kNudgeMs);
}

void netvsc::on_sections_free() {
    if (__builtin_expect(lis::atomic_load(&waiting_) == 0, 1))
        return;
    for (uint32_t number = 0; number < NETVSC_QUEUE_LIMIT; number++)
        if (Queue* const each = queue(number))
            each->wake_if_room();
}

// For hosts that forget to say that there is room (protocol.md 3.5).
void netvsc::nudge() {
    MutexGuard guard(life_);
    if (!open_)
        return;
    lis::atomic_store(&waiting_, 0u);
    lis::full_barrier();
    for (const Queue* const each : queues_) {
        if (each != nullptr && each->waits()) {
            on_waiting();
            break;
        }
    }
    for (Queue* const each : queues_)
        if (each != nullptr)
            each->nudge();
}

// ---- for the shim ----

void netvsc::read_state(netvsc_state* state) const {
    *state = netvsc_state();
    state->link_up = lis::atomic_load(&link_up_) == 1 ? 1 : 0;
    state->network_changes = lis::atomic_load(&network_changes_);
    state->speed_mbit = lis::atomic_load(&speed_mbit_);
    state->queues = lis::atomic_load(&open_queues_);
    state->vf_allocated = lis::atomic_load(&vf_allocated_);
    state->vf_serial = lis::atomic_load(&vf_serial_);
    state->path_is_vf = lis::atomic_load(&path_is_vf_);
    state->lost = is_lost() ? 1 : 0;
    state->broken = lis::atomic_load(&broken_);
}

uint32_t netvsc::queue_of(uint32_t hash) const {
    const uint32_t number = lis::atomic_load(&send_table_[hash % NETVSC_SEND_ENTRIES]);
    const uint32_t queues = lis::atomic_load(&open_queues_);
    return number < queues ? number : 0;
}
