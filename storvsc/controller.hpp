// SPDX-License-Identifier: GPL-2.0-only
// A controller: its channels from the first to the last, and what is asked of the host
// beside commands.
//
// settle() brings the channels in order after each change: opens sub-channels that were
// offered, closes what is lost. It runs as a work item, in start() and in stop(), under
// life_; queues are added and removed by nobody else. The data path knows queues through
// the spread only.
#ifndef STORVSC_CONTROLLER_HPP
#define STORVSC_CONTROLLER_HPP

#include <lis/lock.hpp>

#include "spread.hpp"

struct storvsc {
public:
    storvsc();
    ~storvsc();
    storvsc(const storvsc&) = delete;
    storvsc& operator=(const storvsc&) = delete;

    LIS_MUST_USE lis::Status init(lis_vmbus_channel* channel, const storvsc_options& options, void* context);
    LIS_MUST_USE int32_t start();
    void stop();
    LIS_MUST_USE lis::Status reset();
    const storvsc_limits& limits() const { return limits_; }

    // Pinned to the CPU. In submit.cpp, for that alone.
    LIS_MUST_USE lis::Status submit(uint32_t cpu, storvsc_request* request, const storvsc_command& command, bool more);
    void commit();
    uint32_t outstanding();

    // The queues'.
    void on_answer(const hyperv::StoragePacket& answer, bool complete);
    void on_units_changed() { storvsc_shim_units_changed(context_); }
    void on_trouble();

private:
    typedef storvsc_core::Queue Queue;

    // ---- negotiation.cpp ----
    LIS_MUST_USE lis::Status negotiate();
    LIS_MUST_USE lis::Status query_version();
    LIS_MUST_USE lis::Status query_properties(storvsc_limits* limits);
    LIS_MUST_USE lis::Status query_names(storvsc_limits* limits);
    LIS_MUST_USE lis::Status read_ide_address(storvsc_limits* limits) const;
    void request_subchannels();
    LIS_MUST_USE lis::Status ask(hyperv::StorageOperation operation, hyperv::StoragePacket* packet, uint32_t timeout_ms);
    LIS_MUST_USE lis::Status ask_locked(hyperv::StorageOperation operation, hyperv::StoragePacket* packet, uint32_t timeout_ms);
    LIS_MUST_USE lis::Result<uint64_t> send_question(const hyperv::StoragePacket& packet, uint64_t deadline);
    LIS_MUST_USE lis::Status wait_for_answer(uint64_t id, uint64_t deadline);

    // ---- controller.cpp ----
    static void on_subchannel(void* self, lis_vmbus_channel* subchannel);
    static void on_settle(void* self) { static_cast<storvsc*>(self)->settle(); }
    LIS_MUST_USE int32_t start_channels();
    LIS_MUST_USE lis::Status submit_elsewhere(uint32_t first, storvsc_request* request, const storvsc_command& command,
                                              bool more);
    LIS_MUST_USE lis::Status submit_to_any(uint32_t cpu, storvsc_request* request, const storvsc_command& command, bool more);
    void commit_pinned();
    LIS_MUST_USE lis::Status reset_and_drain();
    void settle();
    void settle_locked();
    void open_newcomers();
    void open_subchannel(lis_vmbus_channel* channel);
    void close_subchannel(uint32_t slot, storvsc_outcome outcome);
    void close_all(storvsc_outcome outcome);
    lis_vmbus_channel* take_newcomer(); // nullptr: none
    void drop_newcomers();
    void deliver(Queue& queue, storvsc_outcome outcome);
    uint32_t depth_of_a_queue() const;
    bool is_lost() const { return primary_.is_lost(); }

    storvsc_options options_;
    void* context_;
    lis_vmbus_channel* channel_;
    storvsc_core::Format format_;
    storvsc_limits limits_;
    lis_os_queue* worker_;
    lis_os_work* settle_work_;

    lis::Mutex life_; // whether it is open, and which queues there are
    bool open_;
    Queue primary_;
    Queue* subqueues_[storvsc_core::Spread::kLimit];

    lis::Spinlock newcomers_lock_;
    lis_vmbus_channel* newcomers_[storvsc_core::Spread::kLimit]; // a reference each
    uint32_t newcomer_count_;

    lis::Mutex asking_; // one question at a time, and held over a reset
    storvsc_request question_;
    lis_os_event* changed_; // an answer has come, or none will
    uint32_t answered_;     // 1: a good answer; 2: a bad one
    hyperv::StoragePacket answer_;

    uint32_t gone_;  // 1: rescinded, broken or not started; commands find nothing any more
    uint32_t batch_; // 1: somebody owes commit()
    storvsc_core::Spread spread_;
};

#endif
